"""The rating: clients in descending order of the amount they spent.

In come the sales of a period, out comes one row a client, best first, computed in the engine. Lines without a client
have no row here: they are counted in the cross report and the totals.
"""

from decimal import Decimal
from functools import lru_cache

import ibis
import ibis.expr.types as ir
from babel.numbers import get_currency_precision

from helpers.masters import PRICE_LIST_COLUMNS
from helpers.outstanding import outstanding
from helpers.sales import EXACT, Sales

UNKNOWN = Decimal(-(10**30))  # below any amount: an unknown margin comes last
A_UNTIL, B_UNTIL = 80, 95  # per cent of the cumulative share before


@lru_cache(maxsize=16)
def rating(sales: Sales) -> ir.Table:
    """One row a client with a line in the period, ordered by net descending, then client_id by UTF-8 bytes.

    Columns: rank (competition rank on the amount in minor units: 1, 2, 2, 4), client_id, client_name, the price
    list's columns, net, sales, returns (DECIMAL), lines, share and cumulative_share (of Σ net over clients with net
    > 0; equal amounts in one step), abc; margin, margin_percent and cost_coverage where costs exist;
    outstanding (what the client owes at the period's end) where payments do.
    """
    by_client = sales.source.keep(_by_client(sales))
    digits = get_currency_precision(sales.company.currency)
    ranked = _with_shares(_placed(by_client, "net", digits))
    if sales.parameters.rank_by != "net":
        ranked = _placed(ranked.drop("rank"), sales.parameters.rank_by, digits)
    ranked = ranked.left_join(sales.clients, "client_id").drop("client_id_right")
    if (owed := outstanding(sales)) is not None:
        ranked = ranked.left_join(owed.select("client_id", "outstanding"), "client_id").drop("client_id_right")
    ends = [c for c in ("margin", "margin_percent", "cost_coverage", "outstanding") if c in ranked.columns]
    kept = sales.source.keep(
        ranked.select("rank", "client_id", "client_name", *PRICE_LIST_COLUMNS, "net", "sales", "returns",
                      "lines", "share", "cumulative_share", "abc", *ends)
    )  # fmt: skip
    return best_first(sales, kept)


def best_first(sales: Sales, table: ir.Table) -> ir.Table:
    """Clients in the rating's order: by exact amount, an unknown margin last, then client_id by its bytes."""
    return table.order_by([ibis.desc(table[sales.parameters.rank_by], nulls_first=False), table.client_id])


def _placed(table: ir.Table, by: str, digits: int) -> ir.Table:
    """The same with rank by an amount, and the positive net of all, up to (with equals) and before each one.

    A window over a million clients costs more than their sums, so it runs over the amounts that occur, then joins.
    """
    shown = table[by].round(digits).fill_null(UNKNOWN).cast(EXACT)
    table = table.mutate(positive=ibis.ifelse(table.net > 0, table.net, 0).cast(EXACT), shown=shown)
    amounts = table.group_by("shown").agg(clients=table.count(), step=table.positive.sum())
    so_far = ibis.window(order_by=ibis.desc(amounts.shown), preceding=None, following=0)
    above, up_to = amounts.clients.sum().over(so_far), amounts.step.sum().over(so_far).cast(EXACT)
    amounts = amounts.select(
        at="shown", rank=(above - amounts.clients + 1).cast("int64"), cumulative=up_to, before=up_to - amounts.step,
        total=amounts.step.sum().over(ibis.window()).cast(EXACT),
    )  # fmt: skip
    extra = ["shown", "at"] if by == "net" else ["shown", "at", "positive", "cumulative", "before", "total"]
    return table.join(amounts, [("shown", "at")]).drop(*extra)


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
        coverage = table.known.cast("float64") / table.lines  # PostgreSQL counts in decimals
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
    return placed.drop("positive", "cumulative", "total", "before")
