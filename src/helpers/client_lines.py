"""What stands behind one line of the cross report: when a client first and last came, and its last twelve months.

In come the sales and the cross report, out comes one row a client shown: one filtered scan of a year of lines.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

import ibis
import pandas as pd

from helpers.cross_report import CrossReport
from helpers.movement import lives
from helpers.promising import Promising
from helpers.sales import EXACT, Sales, frame

ZERO = Decimal(0)
MONTHS = 12


@dataclass(frozen=True)
class ClientLines:
    """table: client_id, first_on and last_on (days of a sale, over the whole history up to the period's end), visits
    (days with a line in the period), months (list of Decimal), points (accrued in the period, or None),
    expected (spend over as many days after the period, a float in money; None where nothing is foretold).
    month_names: "YYYY-MM" of each of the twelve months up to the period's end."""

    table: pd.DataFrame
    month_names: tuple[str, ...]


def client_lines(sales: Sales, cross: CrossReport, told: Promising | None = None) -> ClientLines:
    """The story of each client shown, twelve months up to the period's end, and what is expected of it."""
    ids = list(cross.clients.client_id)
    names = _months(sales.period.last)
    table = pd.DataFrame({"client_id": ids}, dtype=object).merge(_dates(sales, ids), how="left", on="client_id")
    months = _by_month(sales, ids).reindex(index=ids, columns=names).fillna(ZERO)
    points = _points(sales, ids)
    expected = {} if told is None else dict(zip(told.clients.client_id, told.clients.expected_spend, strict=True))
    table = table.assign(months=months.to_numpy().tolist(), points=[points.get(i) for i in ids])
    return ClientLines(table.assign(expected=[expected.get(i) for i in ids]), tuple(names))


def _months(last: dt.date) -> list[str]:
    count = last.year * 12 + last.month - 1
    return [f"{m // 12}-{m % 12 + 1:02d}" for m in range(count - MONTHS + 1, count + 1)]


def _of(lines, sales: Sales, ids: list[str]):
    wanted = [int(i) for i in ids] if lines.client_id.type().is_integer() else ids
    return lines.filter(lines.client_id.isin(wanted)) if ids else lines.limit(0)


def _dates(sales: Sales, ids: list[str]) -> pd.DataFrame:
    known = lives(sales)
    known = known.filter(known.client_id.isin(ids)) if ids else known.limit(0)
    dates = known.select("client_id", first_on=sales.day(known.first_sale), last_on=sales.day(known.last_sale))
    lines = _of(sales.counted, sales, ids)
    visits = lines.group_by("client_id").agg(visits=sales.day(lines.sold_at).nunique())
    visits = visits.mutate(client_id=visits.client_id.cast("string"))
    return frame(dates).merge(frame(visits), how="left", on="client_id")


def _by_month(sales: Sales, ids: list[str]) -> pd.DataFrame:
    lines = _of(sales.until_end, sales, ids)
    first = dt.date.fromisoformat(_months(sales.period.last)[0] + "-01")
    lines = lines.filter(lines.sold_at >= sales.moment(first))
    day = sales.day(lines.sold_at)
    sums = lines.group_by(client_id=lines.client_id.cast("string"), year=day.year(), month=day.month())
    found = sums.agg(net=ibis._.amount.sum().cast(EXACT)).to_pandas()
    found["name"] = [f"{y}-{m:02d}" for y, m in zip(found.year, found.month, strict=True)]
    return found.pivot(index="client_id", columns="name", values="net")


def _points(sales: Sales, ids: list[str]) -> dict[str, Decimal]:
    ledger = sales.source.tables.get("bonus_entry")
    if ledger is None or not ids:
        return {}
    rows = _of(ledger, sales, ids)
    rows = rows.filter((rows.kind == "accrued") & sales.between(rows.entry_at, sales.period))
    sums = rows.group_by(client_id=rows.client_id.cast("string")).agg(points=rows.points.sum()).to_pandas()
    return dict(zip(sums.client_id, sums.points, strict=True))
