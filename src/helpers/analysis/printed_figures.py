"""The printed figures, added up once more by the queries of figures.sql, which share nothing with the analyses.

In come sales, out comes each figure by its name; `control_totals` holds what the answers print against them.
"""

import datetime as dt
import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

import ibis
import ibis.expr.types as ir

from helpers.analysis.points.ledger import says_expired
from helpers.money import EXACT
from helpers.sales import Number, Sales, frame, kept
from helpers.sales.by_client import gathered

EPOCH = dt.date(1970, 1, 1)
HEAD, COLUMN = re.compile(r"^-- (\w+) from (\w+)\n", re.MULTILINE), re.compile(r"\bAS (\w+)")
MONEY = {"cost": "cost_amount", "base": "base_amount", "listed": "list_amount"}
REDUCTIONS = {"manual": "manual_discount", "coupon": "coupon_discount", "bonus": "bonus_paid"}


@cache
def queries() -> list[tuple[str, str, str]]:
    """Each query of figures.sql: (name, the table it reads, its text)."""
    _, *parts = HEAD.split(files("helpers.analysis").joinpath("figures.sql").read_text("utf-8"))
    return list(zip(parts[0::3], parts[1::3], (text.strip() for text in parts[2::3]), strict=True))


def printed_figures(sales: Sales, wanted: Iterable[str] | None = None) -> dict[str, Number | None]:
    """Figure → its sum; None of what the source cannot tell. Money is Decimal, a quotient is a float. Only the queries
    of the `wanted` figures are asked, by default all of them.

    Example: `printed_figures(sales)["net"]`."""
    columns = None if wanted is None else {name.partition(" ")[0] for name in wanted}
    figures: dict[str, Number | None] = {}
    read = {table for _, table, _ in queries()}
    for name, _, text in queries():
        if name not in read and (columns is None or columns & set(COLUMN.findall(text))):
            figures |= _sums(sales, name)
    return figures


@kept
def _sums(sales: Sales, name: str) -> dict[str, Number | None]:
    """The figures of a query; none where the source lacks what it reads."""
    answer = _answer(sales, name)
    return {} if answer is None else _named(frame(answer).to_dict("records"))


def _answer(sales: Sales, name: str) -> ir.Table | None:
    table, text = next((table, text) for query, table, text in queries() if query == name)
    source = _table(sales, table)
    return None if source is None else source.alias(table).sql(_with_days(text, sales), dialect="duckdb")


@kept
def _table(sales: Sales, name: str) -> ir.Table | None:
    """What a query reads: lines or points of the source, or the answer of another query."""
    if (read := {"history": _history, "lines": _lines, "points": _points}.get(name)) is not None:
        table = read(sales)
        return None if table is None else sales.source.named(table)
    answer = _answer(sales, name)
    return None if answer is None else sales.source.keep(answer)


def _named(rows: list[dict[str, Any]]) -> dict[str, Number | None]:
    """The figures of some rows: the column's name, and the row's where it has one."""
    return {
        " ".join([column, *([str(row["which"])] if "which" in row else [])]): value
        for row in rows
        for column, value in row.items()
        if column != "which"
    }


def _with_days(text: str, sales: Sales) -> str:
    """A query with the days of the period written in."""
    earlier, as_of = sales.before and sales.before.period, min(sales.period.last, sales.today)
    days = dict(
        begin=_number(sales.period.first), end=_number(sales.period.last),
        begin_before=_number(earlier.first) if earlier else 0, end_before=_number(earlier.last) if earlier else -1,
        since=_number(earlier.last) + 1 if earlier else 0,
        as_of=_number(as_of), as_of_ymd=int(f"{as_of:%Y%m%d}"), as_of_months=_months(as_of),
        **{f"month_{n}": _first_of_month(sales.period.last, n) for n in (11, 23, 24)},
        has_past=int(sales.begin is not None and sales.begin < sales.period.first),
    )  # fmt: skip
    return re.sub(r":(\w+)", lambda name: str(days[name[1]]), text)


def _number(day: dt.date) -> int:
    return (day - EPOCH).days


def _months(day: dt.date) -> int:
    return day.year * 12 + day.month


def _first_of_month(day: dt.date, before: int) -> int:
    """The first day of the month so many months before, as 20261001."""
    month = _months(day) - 1 - before
    return month // 12 * 10000 + (month % 12 + 1) * 100 + 1


def _history(sales: Sales) -> ir.Table:
    """The lines that count up to the period's end: whose they are, when, and how much."""
    lines = sales.until_end
    lines = lines.mutate(local_day=sales.clock.day(lines.sold_at))
    day = lines.local_day
    rows = lines.select(
        client=lines.client_id, amount=lines.amount, is_sale=_flag(lines.is_sale),
        day=day.delta(ibis.literal(EPOCH), unit="day").cast("int32"),
        ymd=(day.year() * 10000 + day.month() * 100 + day.day()).cast("int32"),
    )  # fmt: skip
    return gathered(sales, rows, "client")


def _lines(sales: Sales) -> ir.Table:
    """The lines of the period and the comparison with all that is told of them; NULL where the source has no such
    column."""
    lines = sales.until_end
    is_asked = sales.clock.between(lines.sold_at, sales.period)
    if sales.before:
        is_asked |= sales.clock.between(lines.sold_at, sales.before.period)
    lines = lines.filter(is_asked)
    money = {name: _column(lines, column).cast(EXACT) for name, column in MONEY.items()}
    taken_off = {name: _column(lines, c).cast(EXACT).fill_null(0).cast(EXACT) for name, c in REDUCTIONS.items()}
    document = sales.document(lines) if sales.has_documents else ibis.null("string")
    return lines.select(
        client=lines.client_id.cast("string"), branch=lines.branch_id.cast("string"),
        document=document.cast("string"), amount=lines.amount.cast(EXACT), paid=lines.paid.cast(EXACT),
        is_sale=_flag(lines.is_sale), **_periods(sales, lines.sold_at), **money, **taken_off,
        has_listed=ibis.literal(int("list_amount" in lines.columns)), by_list=_by_list(sales, lines),
        item=_column(lines, "item_id").cast("string"), quantity=_column(lines, "quantity").cast("decimal(38, 6)"),
    )  # fmt: skip


def _points(sales: Sales) -> ir.Table | None:
    """The source's own ledger of points; None without one."""
    if (own := sales.bonus_entries) is None:
        return None
    own = own.filter(own.entry_at < sales.clock.moment(sales.period.last + dt.timedelta(days=1), own.entry_at))
    return own.select(
        kind=own.kind, points=own.points.cast("decimal(38, 3)"), **_periods(sales, own.entry_at),
        is_told=ibis.literal(int("expires_on" not in own.columns or says_expired(sales))),
    )  # fmt: skip


def _periods(sales: Sales, moment: ir.Column) -> dict[str, ir.Value]:
    """Whether a moment lies in the period, and in the comparison."""
    before = sales.before
    return dict(
        is_now=_flag(sales.clock.between(moment, sales.period)),
        is_before=_flag(sales.clock.between(moment, before.period)) if before else ibis.literal(0),
    )


def _flag(truth: ir.BooleanValue) -> ir.Value:
    return ibis.ifelse(truth, 1, 0)


def _column(lines: ir.Table, name: str) -> ir.Value:
    return lines[name] if name in lines.columns else ibis.null(EXACT)


def _by_list(sales: Sales, lines: ir.Table) -> ir.Value:
    """Whether a line was sold by a list that is not the base one; of a source without lists each was."""
    lists = sales.source.tables.get("price_list")
    if "price_list_id" not in lines.columns or lists is None or "is_base" not in lists.columns:
        return ibis.literal(1)
    base = lists.filter(lists.is_base).select(base_id=lists.price_list_id.cast("string")).to_pandas().base_id
    own = lines.price_list_id.cast("string")
    return _flag(own.notnull() & own.notin(list(base))) if len(base) else ibis.literal(1)
