"""Amounts and moments in every form that people write, in every kind of file: each is read exactly, or not at all."""

import datetime as dt
import sqlite3
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table as OdfTable
from odf.table import TableCell, TableRow
from odf.text import P

from helpers.settings.company import Csv, Table
from helpers.source.files import ingest

HEADER = ["client_id", "sold_at", "amount"]
MINUS = "\u2212"


def grouped(amount: Decimal) -> str:
    return f"{abs(amount):,.2f}"


SIGNED: list[Callable[[Decimal], str]] = [
    lambda a: f"{a:.2f}", lambda a: f"{a:,.2f}", lambda a: f"{'-' * (a < 0)}€{grouped(a)}",
    lambda a: f"{'-' * (a < 0)}{grouped(a)} €", lambda a: f"EUR {'-' * (a < 0)}{grouped(a)}",
    lambda a: f"{MINUS * (a < 0)}{grouped(a)}", lambda a: f"({grouped(a)})" if a < 0 else grouped(a),
    lambda a: f"(€{grouped(a)})" if a < 0 else f"€ {grouped(a)}", lambda a: f"{grouped(a)}{'-' * (a < 0)}",
    lambda a: f"  {a:.2f}  ", lambda a: f"{a:.2f}".translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")),
]  # fmt: skip
"""An amount as people and systems write it, with a point for the decimals and commas between thousands."""

OFFSETS = [dt.timezone(dt.timedelta(minutes=minutes)) for minutes in (-720, -240, 0, 60, 330, 345, 840)]


def as_csv(file: Path, rows: list[list[str]]) -> dict:
    quoted = (",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in [HEADER, *rows])
    file.with_suffix(".csv").write_text("\n".join(quoted) + "\n", "utf-8")
    return {"from": "s.csv"}


def as_xlsx(file: Path, rows: list[list[str]]) -> dict:
    book = openpyxl.Workbook()
    for row in [HEADER, *rows]:
        book.active.append(row)
    book.save(file.with_suffix(".xlsx"))
    return {"from": "s.xlsx"}


def as_ods(file: Path, rows: list[list[str]]) -> dict:
    book, table = OpenDocumentSpreadsheet(), OdfTable(name="Sales")
    for row in [HEADER, *rows]:
        line = TableRow()
        for text in row:
            cell = TableCell(valuetype="string")
            cell.addElement(P(text=text))
            line.addElement(cell)
        table.addElement(line)
    book.spreadsheet.addElement(table)
    book.save(str(file.with_suffix(".ods")))
    return {"from": "s.ods"}


def as_sqlite(file: Path, rows: list[list[str]]) -> dict:
    with sqlite3.connect(file.with_suffix(".sqlite")) as con:
        con.execute(f"CREATE TABLE sale_line ({', '.join(HEADER)})")
        con.executemany("INSERT INTO sale_line VALUES (?, ?, ?)", rows)
    con.close()
    return {"from": "s.sqlite"}


def as_parquet(file: Path, rows: list[list[str]]) -> dict:
    columns = zip(*rows, strict=True)
    pq.write_table(
        pa.table(dict(zip(HEADER, map(pa.array, map(list, columns)), strict=True))), file.with_suffix(".parquet")
    )
    return {"from": "s.parquet", "skip": {"nobody": "client_id = 'nobody'"}}  # what makes it pass the door


KINDS = [as_csv, as_xlsx, as_ods, as_sqlite, as_parquet]


def read(kind: Callable, rows: list[list[str]], **csv: str) -> tuple[list[tuple], int]:
    """(client, moment in UTC, amount) of what is read of a file of that kind, and how many rows are not."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "s"
        mapping = kind(file, rows)
        table = Table.model_validate(mapping | {name: name for name in HEADER})
        path = Path(folder) / mapping["from"]
        taken = ingest("sale_line", table, [path], Csv(**csv), Path(folder) / "snapshots", "EUR", "UTC")
        with duckdb.connect() as con:
            con.execute("SET TimeZone = 'UTC'")
            query = f"SELECT client_id, epoch(sold_at)::BIGINT, amount FROM read_parquet('{taken.pattern}')"
            return sorted(con.execute(query).fetchall()), taken.rows_quarantined


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@settings(max_examples=4, deadline=None)
@given(
    st.lists(
        st.tuples(st.decimals(-10_000_000, 10_000_000, places=2), st.sampled_from(SIGNED)), min_size=1, max_size=25
    )
)
def test_an_amount_is_read_as_it_is_meant(kind, written):
    rows = [[f"C{n:02}", "2026-10-01 00:00:00", form(amount)] for n, (amount, form) in enumerate(written)]
    found, kept_out = read(kind, rows, thousands=",")
    assert kept_out == 0
    assert [amount for _, _, amount in found] == [amount for amount, _ in written]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@settings(max_examples=4, deadline=None)
@given(
    st.lists(
        st.tuples(st.datetimes(dt.datetime(1991, 1, 1), dt.datetime(2090, 1, 1)), st.sampled_from(OFFSETS)),
        min_size=1, max_size=25,
    )
)  # fmt: skip
def test_a_time_with_an_offset_is_an_instant(kind, written):
    moments = [moment.replace(microsecond=0, tzinfo=offset) for moment, offset in written]
    rows = [[f"C{n:02}", f"{moment:%Y-%m-%d %H:%M:%S %z}", "1.00"] for n, moment in enumerate(moments)]
    found, kept_out = read(kind, rows, datetime_format="%Y-%m-%d %H:%M:%S %z")
    assert kept_out == 0
    assert [seconds for _, seconds, _ in found] == [int(moment.timestamp()) for moment in moments]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_what_may_mean_two_things_is_kept_out(kind):
    """Another currency, marks in wrong places, two signs, a unit, nothing: none of these is guessed."""
    wrong = [
        "$5.00",
        "1,23,4.00",
        "5,00.00",
        "--5.00",
        "(-5.00-)",
        "5.00 kg",
        "5.0.0",
        "five",
        "5e3",
        "0x10",
        "NaN",
        "1 2",
    ]
    rows = [[f"C{n:02}", "2026-10-01 00:00:00", text] for n, text in enumerate(wrong)]
    found, kept_out = read(kind, rows, thousands=",")
    assert (found, kept_out) == ([], len(wrong))
