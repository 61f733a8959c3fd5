"""Sums by client: over a period, and day by day.

In come lines that count, out comes one row a client, or a client and day; an id keeps the source's own type, since
grouping by it is faster.
"""

from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from helpers.money import EXACT

if TYPE_CHECKING:
    from helpers.sales.sales import Sales

MIN_COVERAGE = 0.8  # of the lines, for a margin in per cent
MANY_UNNAMED = 0.1  # of the lines: so many without a client would keep one worker busy while others wait


def client_sums(lines: ir.Table, with_moments: bool) -> ir.Table:
    """Sums by client, one row for all lines without a client: client_id, net, returns, lines, margin and its coverage
    where costs exist; with `with_moments` first_sale and last_sale too."""
    sums = dict(net=lines.amount.sum(), returns=lines.amount.sum(where=lines.is_return), lines=lines.count())
    if with_moments:
        sold_at = ibis.ifelse(lines.is_sale, lines.sold_at, ibis.null(lines.sold_at.type()))
        sums |= dict(first_sale=sold_at.min(), last_sale=sold_at.max())
    if "cost_amount" in lines.columns:
        known = lines.cost_amount.notnull()
        sums |= dict(margin=(lines.amount - lines.cost_amount).sum(), covered=lines.amount.sum(where=known),
                     known=known.sum())  # fmt: skip
    table = lines.group_by("client_id").agg(**sums)
    money = dict(net=table.net.cast(EXACT), returns=table.returns.fill_null(0).cast(EXACT))  # no net is unknown
    if "margin" in sums:
        coverage = table.known.cast("float64") / table.lines  # PostgreSQL counts in decimals
        money |= dict(margin=table.margin.cast(EXACT), cost_coverage=coverage,
                      margin_percent=percent_where_covered(table.margin, table.covered, coverage))  # fmt: skip
    return table.mutate(**money)


def percent_where_covered(
    margin: ir.NumericValue, covered: ir.NumericValue, coverage: ir.FloatingValue
) -> ir.FloatingValue:
    """Margin over the covered net, None under 80 % coverage (a missing cost is unknown, not free)."""
    ratio = margin.cast("float64") / covered.nullif(0).cast("float64")
    return ibis.ifelse(coverage >= MIN_COVERAGE, ratio, ibis.null("float64"))


def gathered(sales: "Sales", lines: ir.Table, client: str) -> ir.Table:
    """Lines that are to be grouped by their column of the client: see `Source.gathered`."""

    def are_many_unnamed() -> bool:
        counted = sales.tally[sales.tally.reason.isna()]
        return bool(counted.no_client.sum() > counted.lines.sum() * MANY_UNNAMED)

    return sales.source.gathered(lines, client, are_many_unnamed)


def client_days(lines: ir.Table) -> ir.Table:
    """client_id, day, net, is_purchase (some line is a sale), gap (days since the client's purchase day before, of a
    purchase day that has one); the lines without a client as those of one, NULL. `lines` with their day.

    The gap leaves them client by client, and sums by client read them three times faster so than in any order."""
    days = lines.group_by("client_id", "day").agg(net=lines.amount.sum().cast(EXACT), is_purchase=lines.is_sale.any())
    before = days.day.lag().over(ibis.window(group_by=["client_id", "is_purchase"], order_by="day"))
    gap = ibis.ifelse(days.is_purchase, days.day.delta(before, unit="day").cast("int32"), ibis.null("int32"))
    return days.mutate(gap=gap)
