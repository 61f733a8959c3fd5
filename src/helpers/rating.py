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
    by_client = _by_client(sales)
    measure = by_client[sales.parameters.rank_by]
    digits = get_currency_precision(sales.company.currency)
    order = [ibis.desc(measure, nulls_first=False), by_client.client_id]
    by_rank = ibis.window(order_by=[ibis.desc(measure.round(digits), nulls_first=False)])
    ranked = by_client.mutate(position=ibis.row_number().over(order_by=order) + 1, rank=ibis.rank().over(by_rank) + 1)
    ranked = ranked.left_join(sales.clients, "client_id").drop("client_id_right")
    ranked = _with_shares(ranked, digits)
    ends = [c for c in ("margin", "margin_percent", "cost_coverage") if c in ranked.columns]
    kept = sales.source.keep(
        ranked.select("position", "rank", "client_id", "client_name", *PRICE_LIST_COLUMNS, "net", "sales", "returns",
                      "lines", "share", "cumulative_share", "abc", *ends).order_by("position")  # fmt: skip
    )
    return kept.order_by("position")


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


def _with_shares(ranked: ir.Table, digits: int) -> ir.Table:
    """Share, cumulative share and ABC class by net, whatever the rank is by; equal amounts share a class."""
    positive = ibis.ifelse(ranked.net > 0, ranked.net, 0).cast(EXACT)
    ranked = ranked.mutate(positive=positive, shown=ranked.net.round(digits))
    total = ranked.positive.sum().over(ibis.window())
    by_amount = ibis.window(order_by=[ibis.desc(ranked.shown), ranked.client_id], preceding=None, following=0)
    peers = ibis.window(group_by=ranked.shown)
    ranked = ranked.mutate(total=total, cumulative=ranked.positive.sum().over(by_amount))
    ranked = ranked.mutate(before=(ranked.cumulative - ranked.positive).min().over(peers))
    whole = ranked.total.nullif(0).cast("float64")
    classes = ibis.cases(
        (ranked.net <= 0, "C"),
        (ranked.before * 100 < ranked.total * A_UNTIL, "A"),
        (ranked.before * 100 < ranked.total * B_UNTIL, "B"),
        else_="C",
    )
    return ranked.mutate(
        share=ibis.ifelse(ranked.net > 0, ranked.positive.cast("float64") / whole, ibis.null("float64")),
        cumulative_share=ranked.cumulative.cast("float64") / whole,
        abc=classes,
    )
