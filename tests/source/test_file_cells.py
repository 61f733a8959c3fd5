"""Spreadsheets and SQLite files: the same door, with cells that have a type and money that was a float."""

import datetime as dt
import sqlite3
import zipfile
from decimal import Decimal
from pathlib import Path

import duckdb
import openpyxl
import pytest
import xlsxwriter
import xlwt
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table as OdfTable
from odf.table import TableCell, TableRow
from odf.text import P

from helpers.errors import BadData, NoInput, TryLater
from helpers.settings.company import Csv, Table
from helpers.source.files import ingest

HEADER = ["client_id", "sold_at", "amount", "branch_id"]
CELLS = [
    [7.0, dt.datetime(2026, 9, 1, 10, 30), 12.5, "Kyiv"],
    ["007", dt.datetime(2026, 9, 2), 0.1 + 0.2, None],
    [None, None, None, None],
    [1023.5, "2026-09-03", "1.25", "None"],
    ["Anna", 46100.0, 1.0, "Kyiv"],  # a number that is a date to nobody but Excel
]
EXPECTED = [
    ("7", dt.datetime(2026, 9, 1, 10, 30), Decimal("12.5"), "Kyiv"),
    ("007", dt.datetime(2026, 9, 2), Decimal("0.3"), None),
    ("1023.5", dt.datetime(2026, 9, 3), Decimal("1.25"), "None"),
]
NULL_DATE = b'<table:calculation-settings><table:null-date table:date-value="1904-01-01"/></table:calculation-settings>'
SERIAL = ("Anna", dt.datetime(1899, 12, 30) + dt.timedelta(46100), Decimal("1.0"), "Kyiv")


def xlsx(file: Path) -> None:
    book = openpyxl.Workbook()
    for row in [HEADER, *CELLS]:
        book.active.append(row)
    book.save(file)


def xls(file: Path) -> None:
    book, moment = xlwt.Workbook(), xlwt.easyxf(num_format_str="yyyy-mm-dd hh:mm:ss")
    sheet = book.add_sheet("Sales")
    for at, row in enumerate([HEADER, *CELLS]):
        for place, cell in enumerate(row):
            if cell is not None:
                sheet.write(at, place, cell, *([moment] if isinstance(cell, dt.datetime) else []))
    book.save(str(file))


def ods(file: Path) -> None:
    book, table = OpenDocumentSpreadsheet(), OdfTable(name="Sales")
    for row in [HEADER, *CELLS]:
        line = TableRow()
        for cell in row:
            if isinstance(cell, float):
                line.addElement(TableCell(valuetype="float", value=repr(cell)))
            elif isinstance(cell, dt.datetime):
                line.addElement(TableCell(valuetype="date", datevalue=cell.isoformat()))
            else:
                line.addElement(texted := TableCell(valuetype="string"))
                texted.addElement(P(text=cell or ""))
        table.addElement(line)
    book.spreadsheet.addElement(table)
    book.save(str(file))


def taken_in(file: Path, mapping: dict | None = None, **csv):
    table = Table.model_validate({"from": file.name} | (mapping or {}))
    return ingest("sale_line", table, [file], Csv(**csv), file.parent / "snapshots")


def rows(taken, columns="client_id, sold_at, amount, branch_id") -> list[tuple]:
    return duckdb.sql(f"SELECT {columns} FROM read_parquet('{taken.pattern}')").fetchall()


def test_a_new_workbook_says_from_which_day_it_counts(tmp_path):
    xlsx(tmp_path / "sales.xlsx")
    taken = taken_in(tmp_path / "sales.xlsx")
    assert rows(taken) == [*EXPECTED, SERIAL]
    assert taken.notes == {"mixed_dates": 1}  # of the texts and the dates of sold_at the fewer
    book = openpyxl.load_workbook(tmp_path / "sales.xlsx")
    book.epoch = openpyxl.utils.datetime.MAC_EPOCH
    book.save(tmp_path / "mac.xlsx")
    assert rows(taken_in(tmp_path / "mac.xlsx"))[-1][1] == dt.datetime(1904, 1, 1) + dt.timedelta(46100)


@pytest.mark.parametrize("write", [xls, ods], ids=lambda write: write.__name__)
def test_a_spreadsheet_gives_what_its_cells_show(tmp_path, write):
    file = tmp_path / f"sales.{write.__name__}"
    write(file)
    taken = taken_in(file)
    assert rows(taken) == [*EXPECTED, SERIAL]
    assert (taken.rows_read, taken.rows_accepted, taken.rows_quarantined) == (4, 4, 0)
    assert taken.notes["mixed_dates"] == 1


def test_old_and_open_workbooks_say_from_which_day_they_count(tmp_path):
    from_1904 = dt.datetime(1904, 1, 1) + dt.timedelta(46100)
    book = xlwt.Workbook()
    book.dates_1904 = True
    sheet = book.add_sheet("Sales")
    for at, row in enumerate([HEADER, CELLS[-1]]):
        for place, cell in enumerate(row):
            sheet.write(at, place, cell)
    book.save(str(tmp_path / "mac.xls"))
    assert rows(taken_in(tmp_path / "mac.xls"))[-1][1] == from_1904
    ods(tmp_path / "plain.ods")
    with zipfile.ZipFile(tmp_path / "plain.ods") as plain, zipfile.ZipFile(tmp_path / "mac.ods", "w") as mac:
        for name in plain.namelist():
            content = plain.read(name).replace(b"<table:table ", NULL_DATE + b"<table:table ", 1)
            mac.writestr(name, content if name == "content.xml" else plain.read(name))
    assert rows(taken_in(tmp_path / "mac.ods"))[-1][1] == from_1904


def test_cells_with_a_type_do_not_depend_on_the_dialect(tmp_path):
    xlsx(tmp_path / "sales.xlsx")
    euro = {"delimiter": ";", "decimal": ",", "datetime_format": "%d.%m.%Y %H:%M"}
    taken = taken_in(tmp_path / "sales.xlsx", **euro)
    assert rows(taken)[0] == EXPECTED[0]
    assert taken.rows_quarantined == 1  # "2026-09-03" and "1.25" are texts, and not written as declared


def test_floats_are_rounded_once_and_counted(tmp_path):
    book = openpyxl.Workbook()
    for row in [
        HEADER[:3],
        *([n, "2026-09-01", value] for n, value in enumerate([1.00005, 2.00004, 3.5, 2.675, -1.00005])),
    ]:
        book.active.append(row)
    book.save(tmp_path / "s.xlsx")
    taken = taken_in(tmp_path / "s.xlsx")
    amounts = ["1.0001", "2.0000", "3.5", "2.675", "-1.0001"]
    assert [amount for (amount,) in rows(taken, "amount")] == [Decimal(text) for text in amounts]
    assert taken.notes == {"fine_amounts": 3, "float_amounts": 3}


def test_a_sheet_is_named_after_the_file(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["nothing here"])
    sheet = book.create_sheet("2026")
    for row in [["Report of sales"], [], HEADER[:3], ["Anna", "2026-09-01", 5]]:
        sheet.append(row)
    book.save(tmp_path / "s.xlsx")
    assert rows(taken_in(tmp_path / "s.xlsx", {"from": "s.xlsx#2026"}, skip=1), "client_id, amount") == [
        ("Anna", Decimal(5))
    ]
    with pytest.raises(NoInput, match="there is no sheet '2025'; it has Sheet, 2026"):
        taken_in(tmp_path / "s.xlsx", {"from": "s.xlsx#2025"})


def test_an_empty_or_broken_workbook(tmp_path):
    openpyxl.Workbook().save(tmp_path / "s.xlsx")
    with pytest.raises(NoInput, match="empty"):
        taken_in(tmp_path / "s.xlsx")
    content = (tmp_path / "s.xlsx").read_bytes()
    (tmp_path / "s.xlsx").write_bytes(content[: len(content) // 2])
    with pytest.raises(BadData, match="no workbook that can be read"):
        taken_in(tmp_path / "s.xlsx")


def database(file: Path) -> None:
    with sqlite3.connect(file) as con:
        con.execute("CREATE TABLE sale_line (client_id, sold_at, amount, branch_id)")
        lines = [[str(cell) if isinstance(cell, dt.datetime) else cell for cell in row] for row in CELLS if row[1]]
        con.executemany("INSERT INTO sale_line VALUES (?, ?, ?, ?)", lines)
        con.execute("CREATE TABLE invoice (invoice_id, customer_no, day)")
        con.execute("INSERT INTO invoice VALUES (1, '007', '2026-09-01'), (2, NULL, '2026-09-02')")
        con.execute("CREATE TABLE line (invoice_id, qty, price)")
        con.execute("INSERT INTO line VALUES (1, 3, 0.1), (1, 1, '2.50'), (2, 2, 5)")
    con.close()


def test_a_sqlite_table(tmp_path):
    database(tmp_path / "shop.sqlite")
    taken = taken_in(tmp_path / "shop.sqlite")
    assert rows(taken) == EXPECTED
    assert taken.rows_quarantined == 1
    assert taken.notes == {"float_amounts": 1}


def test_a_mapping_over_sqlite_is_a_select(tmp_path):
    database(tmp_path / "shop.sqlite")
    mapping = {"from": "line l JOIN invoice i USING (invoice_id)", "client_id": "i.customer_no",
               "sold_at": "day", "amount": "l.qty * l.price", "sale_id": "invoice_id"}  # fmt: skip
    taken = taken_in(tmp_path / "shop.sqlite", mapping)
    assert sorted(rows(taken, "sale_id, amount")) == [
        ("1", Decimal("0.3")),
        ("1", Decimal("2.5")),
        ("2", Decimal(10)),
    ]
    with pytest.raises(BadData, match=r"there is no column 'i\.client'"):
        taken_in(tmp_path / "shop.sqlite", mapping | {"client_id": "i.client"})
    with pytest.raises(BadData, match="there is no table 'invoices'"):
        taken_in(tmp_path / "shop.sqlite", mapping | {"from": "invoices"})


def test_a_sqlite_file_being_written(tmp_path):
    database(tmp_path / "shop.db")
    con = sqlite3.connect(tmp_path / "shop.db")
    con.execute("PRAGMA journal_mode = wal")
    con.execute("INSERT INTO invoice VALUES (3, '9', '2026-09-03')")
    con.commit()
    with pytest.raises(TryLater, match="-wal"):
        taken_in(tmp_path / "shop.db")
    con.close()


def test_a_damaged_sqlite_file(tmp_path):
    database(tmp_path / "shop.db")
    content = (tmp_path / "shop.db").read_bytes()
    (tmp_path / "shop.db").write_bytes(content[:100] + b"\xff" * (len(content) - 100))
    with pytest.raises(BadData, match="damaged"):
        taken_in(tmp_path / "shop.db")


def two_sheets(file: Path, second: list[str]) -> None:
    """Sales of two months, and a second sheet with other columns if told."""
    book = openpyxl.Workbook()
    book.active.title = "2026-01"
    for row in [HEADER[:3], ["Anna", "2026-01-01", 5]]:
        book.active.append(row)
    sheet = book.create_sheet("2026-02")
    for row in [second, ["Ben", "2026-02-01", 7]]:
        sheet.append(row)
    book.save(file)


def test_a_second_sheet_is_never_ignored_in_silence(tmp_path):
    two_sheets(tmp_path / "s.xlsx", HEADER[:3])
    with pytest.raises(
        BadData, match=r"the sheet '2026-02' has the columns of the first one; write from: 's\.xlsx#\*'"
    ):
        taken_in(tmp_path / "s.xlsx")
    both = taken_in(tmp_path / "s.xlsx", {"from": "s.xlsx#*"})
    assert sorted(rows(both, "client_id, amount")) == [("Anna", 5), ("Ben", 7)]
    assert rows(taken_in(tmp_path / "s.xlsx", {"from": "s.xlsx#2026-01"}), "client_id") == [("Anna",)]
    two_sheets(tmp_path / "s.xlsx", ["colour", "size", "mood"])
    assert taken_in(tmp_path / "s.xlsx").notes == {"unread_sheets": 1}


def test_a_value_is_carried_down_within_its_sheet_alone(tmp_path):
    two_sheets(tmp_path / "s.xlsx", HEADER[:3])
    book = openpyxl.load_workbook(tmp_path / "s.xlsx")
    book["2026-01"].append([None, "2026-01-02", 2])
    book["2026-02"].delete_rows(2)
    book["2026-02"].append([None, "2026-02-01", 1])
    book.save(tmp_path / "s.xlsx")
    taken = taken_in(tmp_path / "s.xlsx", {"from": "s.xlsx#*", "client_id": "fill_down(client_id)"})
    assert rows(taken, "client_id, amount") == [("Anna", 5), ("Anna", 2), (None, 1)]


def test_parquet_that_asks_for_more_than_columns_passes_the_same_door(tmp_path):
    lines = """SELECT * FROM (VALUES (1, 'Anna', DATE '2026-03-01', 2.5::DOUBLE, 'sale', 3::DECIMAL(9,2)),
               (2, NULL, DATE '2026-03-02', 1.0, 'sale', 0.1), (3, 'Ben', NULL, 9.0, 'total', 5.0))
               AS t(no, client, day, qty, kind, price)"""
    duckdb.sql(lines).write_parquet(str(tmp_path / "s.parquet"))
    mapping = {"client_id": "fill_down(client)", "sold_at": "day", "amount": "qty * price * (1 - 0.5)", "sale_id": "no",
               "skip": {"totals": "kind = 'total'"}}  # fmt: skip
    taken = taken_in(tmp_path / "s.parquet", mapping)
    assert rows(taken, "sale_id, client_id, amount") == [
        ("1", "Anna", Decimal("2.5") * 3 / 2),
        ("2", "Anna", 1 * Decimal("0.1") / 2),
    ]
    assert taken.skipped == {"totals": [1, format(9 * Decimal(5) / 2, ".12f")]}


ERRONEOUS = {"=1/0": "#DIV/0!", "=Z9": "#REF!", "=VLOOKUP(1,Z:Z,1)": "#N/A"}


def with_errors(file: Path) -> None:
    """Ann whole, then an error as client, as amount and in a column that nobody reads, and a sum never computed."""
    book = xlsxwriter.Workbook(str(file))
    sheet = book.add_worksheet("Sales")
    rows = [["Anna", "2026-09-01", 12.5, "x"], ["=1/0", "2026-09-02", 1, "x"], ["Ben", "2026-09-03", "=Z9", "x"],
            ["Ben", "2026-09-04", 2, "=VLOOKUP(1,Z:Z,1)"], ["Ben", "2026-09-05", "=C2*2", "x"]]  # fmt: skip
    for at, row in enumerate([["client_id", "sold_at", "amount", "note"], *rows]):
        for place, cell in enumerate(row):
            if isinstance(cell, str) and cell.startswith("="):
                sheet.write_formula(at, place, cell, None, ERRONEOUS.get(cell, ""))
            else:
                sheet.write(at, place, cell)
    book.close()


def test_an_error_or_a_formula_without_its_value_is_no_blank(tmp_path):
    with_errors(tmp_path / "s.xlsx")
    taken = taken_in(tmp_path / "s.xlsx")
    assert rows(taken, "client_id, amount") == [("Anna", Decimal("12.5")), ("Ben", Decimal(2))]
    places = [("client_id", 3, "#DIV/0!"), ("amount", 4, "#REF!"), ("amount", 6, "#FORMULA!")]
    kept_out = duckdb.sql(f"""SELECT "column", line, text FROM '{taken.quarantine}' ORDER BY line""").fetchall()
    assert kept_out == places
    reasons = duckdb.sql(f"SELECT DISTINCT reason FROM '{taken.quarantine}'").fetchall()
    assert len(reasons) == 1
    assert "an error of a spreadsheet" in reasons[0][0]


def test_a_sum_never_computed_can_be_skipped_by_name(tmp_path):
    with_errors(tmp_path / "s.xlsx")
    skip = {"errors": "client_id LIKE '#%' OR amount LIKE '#%'"}
    taken = taken_in(tmp_path / "s.xlsx", {"from": "s.xlsx", "skip": skip})
    assert (taken.rows_accepted, taken.skipped) == (2, {"errors": [3, "1.0000"]})


def test_an_error_that_a_spreadsheet_left_in_a_text_file_is_nobodys_id(tmp_path):
    (tmp_path / "s.csv").write_text("client_id,sold_at,amount\nAnna,2026-09-01,1\n#N/A,2026-09-02,2\n#1,2026-09-02,3\n")
    taken = taken_in(tmp_path / "s.csv", datetime_format="%Y-%m-%d")
    assert (rows(taken, "client_id"), taken.rows_quarantined) == ([("Anna",), ("#1",)], 1)


def test_an_error_of_an_open_document(tmp_path):
    ods(tmp_path / "s.ods")
    text = b'<table:table-cell office:value-type="string"><text:p>007'
    error = (
        b'<table:table-cell office:value-type="string" office:string-value="" calcext:value-type="error" '
        b'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"><text:p>#N/A'
    )
    with zipfile.ZipFile(tmp_path / "s.ods") as packed, zipfile.ZipFile(tmp_path / "broken.ods", "w") as out:
        for part in packed.namelist():
            out.writestr(part, packed.read(part).replace(text, error))
    taken = taken_in(tmp_path / "broken.ods")
    assert (rows(taken, "client_id")[0], taken.rows_quarantined) == (("7",), 1)


def test_an_old_workbook_with_errors_is_refused(tmp_path):
    book = xlwt.Workbook()
    sheet = book.add_sheet("Sales")
    for place, name in enumerate(HEADER):
        sheet.write(0, place, name)
    sheet.row(1).set_cell_error(0, "#REF!")
    book.save(str(tmp_path / "s.xls"))
    with pytest.raises(BadData, match=r"has cells with errors .* save it as \.xlsx"):
        taken_in(tmp_path / "s.xls")
