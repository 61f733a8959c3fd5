"""What stands behind one line of the cross report: when a client first and last came, and its last twelve months.

In come the sales and the clients shown, out comes one row a client: one filtered scan of a year of lines.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

import ibis
import ibis.expr.types as ir
import pandas as pd

from helpers.analysis.movement import moved
from helpers.analysis.points import points_by_client
from helpers.analysis.promising import forecast
from helpers.money import EXACT
from helpers.sales import Sales, frame
from helpers.sales.lines import lines_of

ZERO = Decimal(0)
MONTHS = 12


@dataclass(frozen=True)
class ClientDetails:
    """table: client_id, first_on and last_on (days of a sale, over the whole history up to the period's end), visits
    (days with a line in the period), months (list of Decimal), points (accrued in the period, or None),
    expected (spend over as many days after the period, a float in money; None where there is no forecast).
    month_names: "YYYY-MM" of each of the twelve months up to the period's end."""

    table: pd.DataFrame
    month_names: tuple[str, ...]


def client_details(sales: Sales, ids: list[str]) -> ClientDetails:
    """The story of each of these clients, twelve months up to the period's end, and what is expected of it."""
    names, future = _months(sales), forecast(sales)
    days = sales.source.keep(_days(sales, ids))
    table = pd.DataFrame({"client_id": ids}, dtype=object).merge(_dates(sales, days, ids), how="left", on="client_id")
    months = _by_month(days).reindex(index=ids, columns=names).astype(object).fillna(ZERO)
    points = _points(sales, ids)
    clients = None if future is None else future.clients
    expected = {} if clients is None else dict(zip(clients.client_id, clients.expected_spend, strict=True))
    table = table.assign(months=months.to_numpy().tolist(), points=[points.get(i) for i in ids])
    return ClientDetails(table.assign(expected=[expected.get(i) for i in ids]), tuple(names))


def _first_day(sales: Sales) -> dt.date:
    """The first day of the twelve months up to the period's end."""
    months = sales.period.last.year * 12 + sales.period.last.month - MONTHS
    return dt.date(months // 12, months % 12 + 1, 1)


def _months(sales: Sales) -> list[str]:
    count = _first_day(sales).year * 12 + _first_day(sales).month - 1
    return [f"{m // 12}-{m % 12 + 1:02d}" for m in range(count, count + MONTHS)]


def _days(sales: Sales, ids: list[str]) -> ir.Table:
    """One row a client and local day with a line, of the twelve months and the period: client_id (text), day, net."""
    since = min(_first_day(sales), sales.period.first)
    lines = lines_of(sales.until_end, ids)
    lines = lines.filter(lines.sold_at >= sales.clock.moment(since)).mutate(day=sales.clock.day(lines.sold_at, since))
    sums = lines.group_by("client_id", "day").agg(net=lines.amount.sum().cast(EXACT))
    return sums.mutate(client_id=sums.client_id.cast("string"))


def _dates(sales: Sales, days: ir.Table, ids: list[str]) -> pd.DataFrame:
    known = moved(sales)
    known = known.filter(known.client_id.isin(ids)) if ids else known.limit(0)
    day = sales.clock.day
    dates = known.select("client_id", first_on=day(known.first_sale), last_on=day(known.last_sale))
    visits = days.filter(days.day >= ibis.date(sales.period.first))
    visits = visits.group_by("client_id").agg(visits=visits.day.nunique())
    return frame(dates).merge(frame(visits), how="left", on="client_id")


def _by_month(days: ir.Table) -> pd.DataFrame:
    sums = days.group_by("client_id", year=days.day.year(), month=days.day.month())
    months = sums.agg(net=ibis._.net.sum().cast(EXACT)).to_pandas()
    months["name"] = [f"{y}-{m:02d}" for y, m in zip(months.year, months.month, strict=True)]
    return months.pivot(index="client_id", columns="name", values="net")


def _points(sales: Sales, ids: list[str]) -> dict[str, Decimal]:
    """What each client accrued in the period, by the balances that the page of bonuses reads; none for no points."""
    balances = points_by_client(sales) if ids else None
    if balances is None:
        return {}
    earned = balances.filter(balances.client_id.isin(ids) & (balances.accrued != 0))
    rows = earned.select("client_id", "accrued").to_pandas()
    return dict(zip(rows.client_id, rows.accrued, strict=True))
