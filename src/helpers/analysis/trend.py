"""Two years: revenue by month, beside the same month of the year before, and by branch.

In come the sales, out comes one row a calendar month of the company up to the period's end, 25 at most, from the data
and not from what was published.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

import ibis
import ibis.expr.types as ir
import pandas as pd

from helpers.money import EXACT
from helpers.sales import Number, Result, Sales, frame, kept

MONTHS, YEAR = 25, 12
SHOWN_BRANCHES = 12
ZERO = Decimal(0)


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Trend(Result):
    """`months`: month (its first day), net, net_year_before (None where no sales are known of the whole month), clients
    (with a line), sales_count (None without sale ids), margin (None without costs), oldest first; is_cut says that the
    last month ends with the period, before its own end; `year` the net of the last twelve months, `year_before` that of
    the twelve before (None where the sales do not cover them). `branches`: branch_id, branch, then one net a month, the
    largest sum first, at most 12."""

    months: pd.DataFrame
    is_cut: bool
    year: Decimal | None
    year_before: Decimal | None
    branches: pd.DataFrame

    @property
    def frame(self) -> pd.DataFrame:
        """One row a month."""
        return self.months

    @property
    def figures(self) -> dict[str, Number | None]:
        """Each month, and the two years."""
        figures: dict[str, Number | None] = dict(year_net=self.year, year_net_before=self.year_before)
        for r in self.months.itertuples():
            figures |= {f"month_net {r.month:%Y%m}": r.net, f"month_clients {r.month:%Y%m}": r.clients}
        return figures

    @property
    def tables(self) -> dict[str, ir.Table | pd.DataFrame]:
        """The months."""
        return {"trend": self.months}


@kept
def trend(sales: Sales) -> Trend:
    """Revenue by month, up to 25 of them, with the same month of the year before.

    Example: `trend(sales).frame`."""
    months = _months(sales)
    sums = _sums(sales, months)
    last, nets = sales.period.last, [n for m, n in zip(sums.month, sums.net, strict=True) if m >= _first_whole(sales)]
    return Trend(
        reader=sales.reader, months=_beside_year_before(sums, _first_whole(sales)),
        year=sum(nets[-YEAR:], ZERO) if len(nets) >= YEAR else None,
        year_before=sum(nets[-2 * YEAR : -YEAR], ZERO) if len(nets) >= 2 * YEAR else None,
        is_cut=last + dt.timedelta(days=1) != _next(last.replace(day=1)) or sales.today < last,
        branches=_by_branch(sales, months).head(SHOWN_BRANCHES),
    )  # fmt: skip


def _months(sales: Sales) -> list[dt.date]:
    """The first days of the months up to the period's end that the sales reach, 25 at most."""
    last = sales.period.last.replace(day=1)
    begin = last if sales.begin is None else min(last, sales.begin.replace(day=1))
    count = min(MONTHS, (last.year - begin.year) * YEAR + last.month - begin.month + 1)
    number = last.year * YEAR + last.month - count
    return [dt.date(m // YEAR, m % YEAR + 1, 1) for m in range(number, number + count)]


def _next(month: dt.date) -> dt.date:
    return dt.date(month.year + month.month // YEAR, month.month % YEAR + 1, 1)


def _first_whole(sales: Sales) -> dt.date:
    """The first month that the sales cover from its first day."""
    begin = sales.begin or sales.period.last
    return begin if begin.day == 1 else _next(begin.replace(day=1))


@kept
def _lines(sales: Sales, first: dt.date) -> ir.Table:
    """The lines that count from a day on, up to the period's end, each with its month."""
    lines = sales.until_end
    lines = lines.filter(lines.sold_at >= sales.clock.moment(first))
    day = sales.clock.day(lines.sold_at, first)
    return lines.mutate(month=ibis.date(day.year(), day.month(), 1))


def _sums(sales: Sales, months: list[dt.date]) -> pd.DataFrame:
    lines = _lines(sales, months[0])
    sums = dict(net=lines.amount.sum().cast(EXACT), clients=lines.client_id.nunique())
    if sales.has("cost_amount"):
        sums["margin"] = (lines.amount - lines.cost_amount).sum().cast(EXACT)
    rows = frame(lines.group_by("month").agg(**sums))
    if sales.has_documents:  # in a query of its own: two kinds counted at once are one more copy of each line to Spark
        rows = rows.merge(
            frame(lines.group_by("month").agg(sales_count=sales.sold_document(lines).nunique())), on="month"
        )
    rows = _by_month(rows, months).reindex(columns=["month", "net", "clients", "sales_count", "margin"])
    blank = dict(net=ZERO, clients=0) | ({"sales_count": 0} if sales.has_documents else {})
    rows = rows.astype(object)
    rows = rows.where(rows.notna(), None).fillna(blank)
    return rows.astype({"clients": "int64"} | ({"sales_count": "int64"} if sales.has_documents else {}))


def _by_month(rows: pd.DataFrame, months: list[dt.date]) -> pd.DataFrame:
    """The rows by the first day of their month, one for each of the months."""
    days = [pd.Timestamp(month).date() for month in rows.month]
    table = rows.drop(columns="month").assign(month=pd.Series(days, index=rows.index, dtype=object)).set_index("month")
    return table.reindex(pd.Index(months, name="month", dtype=object)).reset_index()


def _beside_year_before(rows: pd.DataFrame, first_whole: dt.date) -> pd.DataFrame:
    nets = dict(zip(rows.month, rows.net, strict=True))
    years = [month.replace(year=month.year - 1) for month in rows.month]
    before = [nets.get(year) if year >= first_whole else None for year in years]
    column = pd.Series(before, index=rows.index, dtype=object)
    rows.insert(2, "net_year_before", column.where(column.notna(), None))
    return rows


def _by_branch(sales: Sales, months: list[dt.date]) -> pd.DataFrame:
    """branch_id, branch, then one column a month; no row for lines without a branch."""
    names = dict(sales.branches[["branch_id", "name"]].to_numpy())
    if not sales.has("branch_id"):
        return pd.DataFrame(columns=["branch_id", "branch", *months])
    lines = _lines(sales, months[0])
    lines = lines.filter(lines.branch_id.notnull())
    sums = lines.group_by("month", branch_id=lines.branch_id.cast("string")).agg(net=lines.amount.sum().cast(EXACT))
    rows = frame(sums)
    table = {b: _by_month(part[["month", "net"]], months).net.tolist() for b, part in rows.groupby("branch_id")}
    table = {b: [ZERO if pd.isna(net) else net for net in nets] for b, nets in table.items()}
    order = sorted(table, key=lambda b: (-sum(table[b], ZERO), b))
    data = [[b, names.get(b) or b, *table[b]] for b in order]
    return pd.DataFrame(data, columns=["branch_id", "branch", *months], dtype=object)
