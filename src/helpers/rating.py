"""The rating: clients in descending order of the amount they spent.

In come the sales of a period, out comes one row a client, best first, computed in the engine. Lines without a client
have no row here: they are counted in the cross report and the totals.
"""

from functools import lru_cache

import ibis
import ibis.expr.types as ir
from babel.numbers import get_currency_precision

from helpers.sales import EXACT, PRICE_LIST_COLUMNS, Sales

A_UNTIL, B_UNTIL = 80, 95  # per cent of the cumulative share before


@lru_cache(maxsize=16)
def rating(sales: Sales) -> ir.Table:
    """One row a client with a line in the period, ordered by net descending, then client_id by UTF-8 bytes.

    Columns: position (1, 2, 3, 4), rank (competition rank on the amount in minor units: 1, 2, 2, 4), client_id,
    client_name, the price list's columns, net, sales, returns (DECIMAL), lines, share and cumulative_share (of Σ net
    over clients with net > 0), abc; margin, margin_percent and cost_coverage where costs exist.
    """
    by_client = sales.source.keep(_by_client(sales))  # measured: windows over a kept table are faster
    digits = get_currency_precision(sales.company.currency)
    ranked = _with_shares(_placed(by_client, "net", digits))
    if sales.parameters.rank_by != "net":
        ranked = _placed(ranked.drop("position", "rank", "before"), sales.parameters.rank_by, digits)
    ranked = ranked.left_join(sales.clients, "client_id").drop("client_id_right")
    ends = [c for c in ("margin", "margin_percent", "cost_coverage") if c in ranked.columns]
    kept = sales.source.keep(
        ranked.select("position", "rank", "client_id", "client_name", *PRICE_LIST_COLUMNS, "net", "sales", "returns",
                      "lines", "share", "cumulative_share", "abc", *ends)
    )  # fmt: skip
    return kept.order_by("position")


def _placed(table: ir.Table, by: str, digits: int) -> ir.Table:
    """The same with position and rank by an amount, and the positive net up to each one and before its equals.

    Windows are the dear part, so one sort serves them all: whoever differs in cents from the one above starts a rank.
    """
    amount = table[by]
    table = table.mutate(positive=ibis.ifelse(table.net > 0, table.net, 0).cast(EXACT), shown=amount.round(digits))
    order = [ibis.desc(table[by], nulls_first=False), table.client_id]
    window = ibis.window(order_by=order, preceding=None, following=0)
    above = table.shown.lag().over(ibis.window(order_by=order))
    table = table.mutate(position=ibis.row_number().over(window) + 1, cumulative=table.positive.sum().over(window),
                         total=table.positive.sum().over(ibis.window()), above=above)  # fmt: skip
    is_first = (table.position == 1) | ~table.shown.identical_to(table.above)
    so_far = ibis.window(order_by=table.position, preceding=None, following=0)
    first = table.mutate(starts=ibis.ifelse(is_first, table.position, ibis.null("int64")),
                         begins=ibis.ifelse(is_first, table.cumulative - table.positive, ibis.null(EXACT)))  # fmt: skip
    return first.mutate(rank=first.starts.max().over(so_far), before=first.begins.max().over(so_far)).drop(
        "starts", "begins", "above", "shown"
    )


def _by_client(sales: Sales) -> ir.Table:
    """Sums by client; ids become text only now, grouping by the source's own type is faster."""
    lines = sales.counted.filter(sales.counted.client_id.notnull())
    sums = dict(net=lines.amount.sum(), returns=lines.amount.sum(where=lines.is_return), lines=lines.count())
    if sales.has("cost_amount"):
        known = lines.cost_amount.notnull()
        sums |= dict(margin=(lines.amount - lines.cost_amount).sum(), covered=lines.amount.sum(where=known),
                     known=known.sum())  # fmt: skip
    elif sales.parameters.rank_by == "margin":
        raise_no_costs()
    table = lines.group_by("client_id").agg(**sums)
    money = {c: table[c].fill_null(0).cast(EXACT) for c in ("net", "returns")}
    if "margin" in sums:
        coverage = table.known / table.lines
        money |= dict(margin=table.margin.cast(EXACT), cost_coverage=coverage,
                      margin_percent=percent_where_covered(table.margin, table.covered, coverage))  # fmt: skip
    table = table.mutate(client_id=table.client_id.cast("string"), **money)
    return table.mutate(sales=(table.net - table.returns).cast(EXACT))


def raise_no_costs() -> None:
    """The error of a rating by margin over a source without costs."""
    from helpers.errors import BadParameter

    raise BadParameter("rank_by: margin needs costs; map sale_line.cost_amount in source.yaml, or say rank_by: net")


def percent_where_covered(margin: ir.NumericValue, covered: ir.NumericValue, coverage: ir.FloatingValue):
    """Margin over the covered net, None under 80 % coverage (a missing cost is unknown, not free)."""
    ratio = margin.cast("float64") / covered.nullif(0).cast("float64")
    return ibis.ifelse(coverage >= 0.8, ratio, ibis.null("float64"))


def _with_shares(placed: ir.Table) -> ir.Table:
    """Share, cumulative share and ABC class by net; equal amounts share a class."""
    whole = placed.total.nullif(0).cast("float64")
    classes = ibis.cases(
        (placed.net <= 0, "C"),
        (placed.before * 100 < placed.total * A_UNTIL, "A"),
        (placed.before * 100 < placed.total * B_UNTIL, "B"),
        else_="C",
    )
    placed = placed.mutate(
        share=ibis.ifelse(placed.net > 0, placed.positive.cast("float64") / whole, ibis.null("float64")),
        cumulative_share=placed.cumulative.cast("float64") / whole,
        abc=classes,
    )
    return placed.drop("positive", "cumulative", "total")
