"""Each client's own rhythm: when it last bought, how often it usually does, whether it is overdue, what is at stake.

In come the sales, out comes one row a client with a purchase up to the period's end. A purchase day is a local day with
a sale; returns lower the amounts and are no purchase.
"""

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import ibis
import ibis.expr.types as ir

from helpers.money import EXACT
from helpers.sales import Sales, kept

OWN_RHYTHM_FROM = 3  # purchase days
OVERDUE_AFTER = 2  # usual intervals
MONTHS = 12


@kept
def rhythm(sales: Sales) -> ir.Table:
    """client_id (text), first_on, last_on and purchase_days (up to the period's end), idle_days (since the last one),
    usual_days (float: the median gap of a client with three purchase days or more, else of all the company's gaps; None
    without any), is_overdue (idle for over twice that), spent (net of the 12 months that end with the last purchase),
    months (whole ones since the first purchase, 1 to 12): `at_stake` of the last two is what a month brought.

    Lazy, in no order."""
    days, last = _days(sales), as_of(sales)
    gaps = _gaps(days)
    own = _middle(gaps, "client_id").rename(gap_client="client_id")
    clients = (
        days.filter(days.sales > 0)
        .group_by("client_id")
        .agg(first_on=ibis._.day.min(), last_on=ibis._.day.max(), purchase_days=ibis._.count())
    )
    table = clients.left_join(own, [("client_id", "gap_client")]).drop("gap_client")
    everyone = _usual(sales)
    usual = ibis.ifelse(table.purchase_days >= OWN_RHYTHM_FROM, table.usual_days, ibis.literal(everyone, "float64"))
    idle = ibis.literal(last).delta(table.last_on, unit="day").cast("int64")
    table = table.mutate(usual_days=usual, idle_days=idle)
    spent = _spent(days, table)
    table = table.left_join(spent, [("client_id", "spent_client")]).drop("spent_client")
    first = table.first_on
    begun = last.year * 12 + last.month - first.year() * 12 - first.month() - ibis.ifelse(first.day() > last.day, 1, 0)
    return sales.source.keep(table.mutate(
        spent=table.spent.fill_null(0).cast(EXACT), months=ibis.greatest(1, ibis.least(MONTHS, begun)).cast("int64"),
        is_overdue=(table.idle_days > table.usual_days * OVERDUE_AFTER).fill_null(False),
    ))  # fmt: skip


def as_of(sales: Sales) -> dt.date:
    """The day to which idle days are counted: the period's last, today in one that is not over."""
    return min(sales.period.last, sales.today)


def at_stake(spent: Decimal, months: int, digits: int) -> Decimal:
    """What such a client brought in a month, in minor units.

    >>> at_stake(Decimal("100.00"), 12, 2)
    Decimal('8.33')
    """
    exact = Fraction(spent) / int(months)
    return (Decimal(exact.numerator) / exact.denominator).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


@kept
def _days(sales: Sales) -> ir.Table:
    """One row a client and local day up to the period's end: client_id (text), day, net, sales (lines that are no
    return)."""
    lines = sales.until_end.filter(sales.until_end.client_id.notnull())
    lines = lines.mutate(day=sales.day(lines.sold_at))
    sums = lines.group_by("client_id", "day").agg(net=lines.amount.sum().cast(EXACT), sales=(~lines.is_return).sum())
    return sales.source.keep(sums.mutate(client_id=sums.client_id.cast("string")))


def _gaps(days: ir.Table) -> ir.Table:
    """client_id and gap: the days between a client's purchase days."""
    bought = days.filter(days.sales > 0)
    before = bought.day.lag().over(ibis.window(group_by=bought.client_id, order_by=bought.day))
    pairs = bought.mutate(before=before).filter(ibis._.before.notnull())
    return pairs.select("client_id", gap=pairs.day.delta(pairs.before, unit="day").cast("int64"))


def _middle(gaps: ir.Table, key: str) -> ir.Table:
    """`key` and usual_days: the median gap by window functions, which every engine has."""
    ordered = ibis.window(group_by=gaps[key], order_by=gaps.gap)
    rows = gaps.mutate(place=ibis.row_number().over(ordered), count=gaps.count().over(ibis.window(group_by=gaps[key])))
    middle = rows.filter((rows.place == (rows["count"] - 1) // 2) | (rows.place == rows["count"] // 2))
    return middle.group_by(key).agg(usual_days=middle.gap.cast("float64").mean())


@kept
def _usual(sales: Sales) -> float | None:
    """The median of all the company's gaps; None where nobody came twice."""
    gaps = _gaps(_days(sales)).mutate(all=ibis.literal(1))
    median = _middle(gaps, "all").to_pandas().usual_days
    return float(median.iloc[0]) if len(median) else None


def _spent(days: ir.Table, clients: ir.Table) -> ir.Table:
    """spent_client, spent: the net of the 12 months that end with each client's last purchase."""
    ends = clients.select(spent_client="client_id", until="last_on")
    rows = days.join(ends, [("client_id", "spent_client")])
    year = rows.filter((rows.day <= rows.until) & (rows.day > (rows.until - ibis.interval(months=MONTHS)).cast("date")))
    return year.group_by("spent_client").agg(spent=year.net.sum().cast(EXACT))
