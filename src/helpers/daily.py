"""What the clients of a page bought, by branch and day.

In come the sales and some clients, out comes a small table that the engine computes by one filtered scan and keeps:
the cells of the cross report and the story behind each of its lines are sums of it.
"""

import datetime as dt
from functools import lru_cache

import ibis.expr.types as ir

from helpers.sales import EXACT, Sales

MONTHS = 12


@lru_cache(maxsize=16)
def daily(sales: Sales, client_ids: tuple[str, ...], since: dt.date) -> ir.Table:
    """One row a client (text id), branch (text id or None) and local day with lines that count, from a day to the
    period's end: net."""
    lines = sales.until_end
    wanted = [int(i) for i in client_ids] if lines.client_id.type().is_integer() else list(client_ids)
    lines = lines.filter(lines.client_id.isin(wanted)) if wanted else lines.limit(0)
    lines = lines.filter(lines.sold_at >= sales.moment(since)).mutate(day=sales.day(lines.sold_at, since))
    sums = lines.group_by("client_id", "branch_id", "day").agg(net=lines.amount.sum().cast(EXACT))
    return sales.source.keep(sums.mutate(**{c: sums[c].cast("string") for c in ("client_id", "branch_id")}))


def reach(sales: Sales) -> dt.date:
    """The first day that a page with a comparison tells of: of the comparison period, or of twelve months."""
    return min(sales.before.period.first, year_before(sales)) if sales.before else sales.period.first


def year_before(sales: Sales) -> dt.date:
    """The first day of the twelve months up to the period's end."""
    months = sales.period.last.year * 12 + sales.period.last.month - MONTHS
    return dt.date(months // 12, months % 12 + 1, 1)
