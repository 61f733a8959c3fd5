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
    days, last = sales.client_days, as_of(sales)
    gaps = days.filter(days.gap.notnull())
    clients = sales.source.keep(
        days.filter(days.is_purchase)
        .group_by("client_id")
        .agg(first_on=ibis._.day.min(), last_on=ibis._.day.max(), purchase_days=ibis._.count())
    )
    table = _with_more(clients, _own_usual(gaps))
    usual = ibis.ifelse(table.purchase_days >= OWN_RHYTHM_FROM, table.usual_days, ibis.literal(_usual(gaps), "float64"))
    idle = ibis.literal(last).delta(table.last_on, unit="day").cast("int64")
    table = _with_more(table.mutate(usual_days=usual, idle_days=idle), _spent(days, clients))
    first = table.first_on
    begun = last.year * 12 + last.month - first.year() * 12 - first.month() - ibis.ifelse(first.day() > last.day, 1, 0)
    return sales.source.keep(table.mutate(
        spent=table.spent.fill_null(0).cast(EXACT), months=ibis.greatest(1, ibis.least(MONTHS, begun)).cast("int64"),
        is_overdue=(table.idle_days > table.usual_days * OVERDUE_AFTER).fill_null(False),
        client_id=table.client_id.cast("string"),
    ))  # fmt: skip


def _with_more(clients: ir.Table, more: ir.Table) -> ir.Table:
    return clients.left_join(more, "client_id").drop("client_id_right")


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


def _own_usual(gaps: ir.Table) -> ir.Table:
    """client_id and usual_days: each one's median gap by window functions, which every engine has."""
    counted = gaps.group_by("client_id", "gap").agg(many=ibis._.count())
    ordered = ibis.cumulative_window(group_by=counted.client_id, order_by=counted.gap)
    rows = counted.mutate(
        up_to=counted.many.sum().over(ordered), of_all=counted.many.sum().over(ibis.window(group_by=counted.client_id))
    )
    lower, upper = (
        rows.gap.min(where=is_past) for is_past in (rows.up_to * 2 >= rows.of_all, rows.up_to * 2 > rows.of_all)
    )
    middle = rows.group_by("client_id").agg(lower=lower, upper=upper)
    return middle.select("client_id", usual_days=(middle.lower + middle.upper).cast("float64") / 2)


def _usual(gaps: ir.Table) -> float | None:
    """The median of all gaps; None where nobody came twice."""
    counts = gaps.group_by("gap").agg(count=gaps.count()).to_pandas().sort_values("gap")
    places = counts["count"].cumsum()
    if not len(places):
        return None
    middle = [(places.iloc[-1] - 1) // 2, places.iloc[-1] // 2]
    return float(counts.gap.iloc[places.searchsorted(middle, side="right")].mean())


def _spent(days: ir.Table, clients: ir.Table) -> ir.Table:
    """client_id, spent: the net of the 12 months that end with each client's last purchase."""
    before = (clients.last_on - ibis.interval(months=MONTHS)).cast("date")
    rows = days.join(clients.select("client_id", until="last_on", before=before), "client_id")
    year = rows.filter((rows.day <= rows.until) & (rows.day > rows.before))
    return year.group_by("client_id").agg(spent=year.net.sum().cast(EXACT))
