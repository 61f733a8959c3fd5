"""The report as an Excel file: rating, cross report, branches, change, actions, trend, notes.

In come a CrossReport and facts, out comes a workbook of real numbers: one table a sheet, header frozen,
filters, totals as SUM with the value beside it. Text is written as text, so no name becomes a formula; the
same report gives the same bytes.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from helpers import schema
from helpers.analysis.cross_report import CrossReport
from helpers.analysis.own_table import with_index
from helpers.page.cross_view import CrossView, Line, cross_view
from helpers.page.drawing import words_of
from helpers.page.words import Words, capital, clean_name, known
from helpers.sales import Sales, checked

AS_TEXT = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
LONGEST = 32_000
A4 = 9  # as Excel numbers papers
CREATED = dt.datetime(2000, 1, 1)
NUMBERS = {c for table in schema.TABLES.values() for c, kind in table.items() if kind in (schema.NUMBER, schema.RATE)}
"""Columns of Decimals that are no money, such as quantity."""


@dataclass(frozen=True)
class Sheet:
    """A further sheet: columns are (label, kind, width), as `_Sheets` has them."""

    name: str
    columns: list[tuple[str, str, int]]
    rows: list[list[Any]]


def write_workbook(
    path: Path, cross: CrossReport, w: Words, facts: list[tuple[str, str]], more: Iterable[Sheet] = ()
) -> None:
    """Write the cross report, further sheets, and what is to be known about it (`facts`: label, value) to `path`."""
    view = cross_view(cross, w)
    with xlsxwriter.Workbook(path, AS_TEXT) as book:
        book.set_properties({"created": CREATED})
        sheets = _Sheets(book, w)
        sheets.write(w.gettext("Rating"), *_rating(view, w))
        sheets.write(w.gettext("Cross report"), *_cross(view, w))
        sheets.write(capital(w.branch(5)), *_branches(view, w))
        for sheet in more:
            sheets.write(sheet.name, sheet.columns, sheet.rows, [])
        sheets.write(w.gettext("Notes"), [("", "text", 60), ("", "text", 60)], [list(fact) for fact in facts], [])


@checked
def to_excel(sales: Sales, frame: pd.DataFrame, path: str | Path) -> Path:
    """Write a frame to an Excel file: Decimals as money, other numbers as numbers, days as days, text as text; an index
    of names or of values is a column. The file's path.

    Example: `to_excel(sales, rating(sales).head(20), "work/best.xlsx")`."""
    rows = with_index(frame)
    cells = [[known(value) for value in row] for row in rows.astype(object).itertuples(index=False)]
    kinds = [_kind(str(name), [row[place] for row in cells]) for place, name in enumerate(rows)]
    columns = [(str(name), kind, 24 if kind == "text" else 14) for name, kind in zip(rows, kinds, strict=True)]
    texts = [[str(v) if kind == "text" and v is not None else v for v, kind in zip(row, kinds, strict=True)]
             for row in cells]  # fmt: skip
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(path, AS_TEXT) as book:
        _Sheets(book, words_of(sales.reader)).write("Sheet1", columns, texts, [])
    return Path(path)


def _kind(name: str, values: list[Any]) -> str:
    """What a column's values are, as `_Sheets` has it; a Decimal is money but where the name says a number."""
    kinds = {type(value) for value in values if value is not None}
    if not kinds or bool in kinds:
        return "text"
    if Decimal in kinds and kinds <= {Decimal, int}:
        return "number" if name in NUMBERS else "money"
    if all(issubclass(kind, int | float) for kind in kinds):
        return "count" if kinds == {int} else "number"
    return "day" if all(issubclass(kind, dt.date) for kind in kinds) else "text"


class _Sheets:
    """Writes tables to sheets: columns are (label, kind, width), kind one of text, money, count, share,
    day, number."""

    def __init__(self, book: xlsxwriter.Workbook, w: Words) -> None:
        money = "#,##0" + (f".{'0' * w.digits}" if w.digits else "")
        formats = dict(text="@", money=money, count="0", share="0.0%", day="yyyy-mm-dd", number="General")
        self.book, self.is_rtl = book, w.direction == "rtl"
        self.head = book.add_format(dict(bold=True, text_wrap=True, valign="top", bottom=1))
        self.formats = {kind: book.add_format(dict(num_format=f)) for kind, f in formats.items()}
        self.totals = {kind: book.add_format(dict(num_format=f, bold=True, top=1)) for kind, f in formats.items()}

    def write(self, name: str, columns: list[tuple[Any, ...]], rows: list[list[Any]], closing: list[list[Any]]) -> None:
        """One sheet: a header, the rows with a filter, the closing rows, and under them the SUM of the money
        columns."""
        sheet = self.book.add_worksheet(name[:31])
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.fit_to_pages(1, 0)
        if self.is_rtl:
            sheet.right_to_left()
        has_header = any(label for label, _, _ in columns)
        for i, (label, _, width) in enumerate(columns):
            sheet.set_column(i, i, width)
            if has_header:
                sheet.write_string(0, i, label, self.head)
        for r, row in enumerate([*rows, *closing], start=int(has_header)):
            self._row(sheet, r, row, columns, self.formats)
        if has_header:
            sheet.repeat_rows(0)
            sheet.freeze_panes(1, 1 + (len(columns) > 1 and columns[1][1] == "text"))
            sheet.autofilter(0, 0, max(len(rows), 1), len(columns) - 1)

    def _row(
        self, sheet: Worksheet, r: int, row: list[Any], columns: list[tuple[Any, ...]], formats: dict[str, Any]
    ) -> None:
        for i, (value, (_, kind, _)) in enumerate(zip(row, columns, strict=True)):
            if isinstance(value, Total):
                sheet.write_formula(r, i, value.formula(i, r), self.totals[kind], float(value.value))
            elif isinstance(value, Decimal | int | float):
                sheet.write_number(r, i, value, formats[kind])
            elif isinstance(value, dt.date):
                sheet.write_datetime(r, i, value, formats[kind])
            elif value is not None:
                sheet.write_string(r, i, value[:LONGEST], formats[kind])


class Total:
    """The sum of the column above, with its value for programs that do not calculate."""

    def __init__(self, value: Decimal) -> None:
        self.value = value

    def formula(self, column: int, row: int) -> str:
        """`=SUM(D2:D201)` for a total in row 202."""
        return f"=SUM({xl_rowcol_to_cell(1, column)}:{xl_rowcol_to_cell(row - 1, column)})"


def _rating(view: CrossView, w: Words) -> tuple[list[Any], list[Any], list[Any]]:
    columns = [
        *_heads(w),
        (w.gettext("Price list before"), "text", 18),
        (w.gettext("Since"), "day", 12),
        (w.gettext("Class"), "text", 7),
        (w.gettext("Sales"), "money", 16),
        (w.gettext("Returns"), "money", 16),
        (w.gettext("Net"), "money", 16),
        (w.gettext("Margin"), "money", 16),
        (w.gettext("Margin, %"), "share", 9),
        (w.gettext("Share"), "share", 9),
        (w.gettext("Rank before"), "count", 9),
        (w.gettext("Net before"), "money", 16),
        (w.gettext("Movement"), "text", 22),
    ]
    rows = [_rating_row(line) for line in view.clients]
    closing = [_margin_row(line) for line in (view.shown, *view.closing)] if view.has_margin else []
    if not any("outstanding" in line.facts for line in view.clients):
        return columns, rows, closing
    owed = [line.facts.get("outstanding") for line in view.clients]
    total = Total(sum((o for o in owed if o is not None), Decimal(0)))
    *others, last = closing or [[None, w.gettext("Total"), *[None] * (len(columns) - 2)]]
    closing = [*([*row, None] for row in others), [*last, total]]
    return [*columns, (w.gettext("Owed"), "money", 16)], [[*r, o] for r, o in zip(rows, owed, strict=True)], closing


def _margin_row(line: Line) -> list[Any]:
    """A closing row of the rating: its net and margin, of its own lines."""
    return [None, line.label, *[None] * 7, line.net, line.margin, line.margin_percent, *[None] * 4]


def _heads(w: Words) -> list[tuple[Any, ...]]:
    return [
        (w.gettext("Rank"), "count", 7),
        (capital(w.client()), "text", 34),
        (w.gettext("Number"), "text", 16),
        (w.gettext("Price list"), "text", 18),
    ]


def _rating_row(line: Line) -> list[Any]:
    f = line.facts
    names = [clean_name(f[name]) or None for name in ("price_list", "price_list_before")]
    return [
        line.rank, line.label, clean_name(line.client_id), *names, f["price_list_from"], f["abc"], f["sales"],
        f["returns"], line.net, f["margin"], f.get("margin_percent"), f["share"], f["rank_before"], f["net_before"],
        line.says,
    ]  # fmt: skip


def _cross(view: CrossView, w: Words) -> tuple[list[Any], list[Any], list[Any]]:
    columns = [
        *_heads(w),
        *((c["label"], "money", 14) for c in view.columns),
        (w.gettext("Total"), "money", 16),
    ]
    rows = [_cross_row(line) for line in view.clients]
    *others, total = view.closing
    sums = [None, total.label, None, None, *map(Total, total.cells), Total(total.net)]
    return columns, rows, [*map(_cross_row, others), sums]


def _cross_row(line: Line) -> list[Any]:
    price_list = clean_name(line.facts.get("price_list")) or None
    return [line.rank, line.label, clean_name(line.client_id) or None, price_list, *line.cells, line.net]


def _branches(view: CrossView, w: Words) -> tuple[list[Any], list[Any], list[Any]]:
    total = view.closing[-1]
    columns = [
        (capital(w.branch()), "text", 34), (w.gettext("State"), "text", 14), (w.gettext("Net"), "money", 16),
        (w.gettext("Share"), "share", 9),
    ]  # fmt: skip
    rows = [
        [column["label"], column["mark"] or None, net, float(net / total.net) if total.net > 0 else None]
        for column, net in zip(view.columns, total.cells, strict=True)
    ]
    return columns, rows, [[total.label, None, Total(total.net), None]]
