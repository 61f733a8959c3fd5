"""Bad files and rows, one case each: what the door does with them. The numbers are those of the list of bad
inputs.

A case is a file (or several), how it is written, and what comes of it: an exit code with words of its
message, or the account of its rows (accepted, quarantined, rejected) with the reason of the first one left
out.
"""

import gzip
import os
from dataclasses import dataclass, field
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import duckdb
import openpyxl
import pytest

from helpers.config import Csv, Table
from helpers.errors import NoInput, ReportError, TryLater
from helpers.ingest import find_files, ingest, load

HEADER = "sale_id,line_no,client_id,branch_id,sold_at,amount\n"
FIRST = "A1,1,007,Kyiv,2026-09-01 10:00:00,10.00\n"
SECOND = "A1,2,7,Lviv,2026-09-02,20.50\n"
GOOD = HEADER + FIRST + SECOND
SECRET = "Ivanenko"


@dataclass(frozen=True)
class Case:
    """`code` and `words` for a refusal, else `account` and, where rows are left out, `reason`."""

    number: int
    title: str
    content: str | bytes | dict[str, bytes]
    code: int = 0
    words: str = ""
    account: tuple[int, int, int] = (0, 0, 0)
    reason: str = ""
    csv: dict = field(default_factory=dict)
    pattern: str = "sales.csv"


def line(text: str, **more) -> dict:
    """A third row beside two good ones is left out, the others stay."""
    return {"content": GOOD + text + "\n", "account": (2, 1, 0), **more}


def amount(text: str, **more) -> dict:
    return line(f'A1,3,{SECRET},Kyiv,2026-09-03,"{text}"', **more)


def day(text: str, **more) -> dict:
    return line(f"A1,3,{SECRET},Kyiv,{text},5.00", **more)


def kept(content, rows: int, **more) -> dict:
    return {"content": content, "account": (rows, 0, 0), **more}


def refused(content, code: int, words: str, **more) -> dict:
    return {"content": content, "code": code, "words": words, **more}


def workbook() -> bytes:
    book, content = openpyxl.Workbook(), BytesIO()
    book.active.append(HEADER.strip().split(","))
    book.save(content)
    return content.getvalue()


NAMES = ["NA", "None", "null", "NULL", "nan", "NaN", "True", "N/A", "-", "0", "\\N"]
EURO = {"delimiter": ";", "decimal": ",", "date_format": "%d.%m.%Y"}


def euro(text: str) -> str:
    return f"client_id;sold_at;amount\n007;05.03.2026;1,00\n008;06.03.2026;{text}\n"


CYRILLIC = HEADER + "".join(f"A1,{n},Іваненко,Київ,2026-09-01,10.00\n" for n in (1, 2, 3))
PLAIN_ROWS = "".join(f"B1,{n},c{n},Kyiv,2026-09-01,1.00\n" for n in range(30_000))
GZIP = gzip.compress(GOOD.encode() * 50)
WIDE = GOOD + f"A1,3,{'x' * 2_200_000},Kyiv,2026-09-01,1.00\n"

CASES = [
    Case(26, "0 bytes", **refused("", 66, "empty")),
    Case(26, "a mark and nothing else", **refused("\ufeff", 66, "empty")),
    Case(26, "0 bytes, packed", **refused(gzip.compress(b""), 66, "empty")),
    Case(27, "header only", **kept(HEADER, 0)),
    Case(27, "header only, no line end", **kept(HEADER.strip(), 0)),
    Case(28, "no header row", **refused(FIRST + SECOND, 65, "none of the expected column names")),
    Case(29, "XLSX renamed .csv", **refused(workbook(), 65, "ZIP or XLSX")),
    Case(30, "HTML renamed .csv", **refused("\n<html><table><tr><td>1", 65, "HTML")),
    Case(30, "HTML renamed .xls",
         **refused({"sales.xls": b"<html><table>"}, 65, "HTML", pattern="sales.xls")),
    Case(30, "text renamed .xlsx",
         **refused({"s.xlsx": GOOD.encode()}, 65, "the content does not", pattern="s.xlsx")),
    Case(31, "truncated gzip", **refused({"s.csv.gz": GZIP[:-20]}, 65, "cut short", pattern="s.csv.gz")),
    Case(31, "whole gzip", **kept({"s.csv.gz": gzip.compress(GOOD.encode())}, 2, pattern="s.csv.gz")),
    Case(37, "a line over 2 MB", **refused(WIDE, 65, "line 4 is longer than 2 MB")),
    Case(40, "mixed line ends", **refused(GOOD + "A1,3,9,Kyiv,2026-09-03,1.00\r\n", 65, "mixed line ends")),
    Case(40, "line ends of old", **refused(GOOD.replace("\n", "\r"), 65, "line ends")),
    Case(40, "CRLF everywhere", **kept(GOOD.replace("\n", "\r\n"), 2)),
    Case(41, "sep=;", **refused("sep=;\n" + GOOD.replace(",", ";"), 65, "csv.skip: 1")),
    Case(41, "sep=; by setting",
         **kept("sep=;\n" + GOOD.replace(",", ";"), 2, csv={"delimiter": ";", "skip": 1})),
    Case(42, "title lines", **refused("Sales\n\n" + GOOD, 65, "set csv.skip")),
    Case(42, "title lines by setting", **kept('Sales "2026\n\n' + GOOD, 2, csv={"skip": 2})),
    Case(44, "columns in another order", **kept("amount,client_id,sold_at\n1.00,7,2026-09-01\n", 1)),
    Case(45, "other header names", **refused(GOOD.replace("amount", "value"), 65, "no column 'amount'")),
    Case(46, "a name twice", **refused(GOOD.replace("line_no", "amount"), 65, "both in the header")),
    Case(46, "names that differ in case",
         **refused(GOOD.replace("line_no", "AMOUNT"), 65, "both in the header")),
    Case(47, "an extra column", **kept("client_id,sold_at,amount,mood\n7,2026-09-01,1.00,good\n", 1)),
    Case(48, "a typo in one file of a pattern", **refused(
        {"s1.csv": GOOD.encode(), "s2.csv": GOOD.replace("sold_at", "sold").encode()}, 65, "s2.csv",
        pattern="s*.csv")),
    Case(48, "a column that one file lacks", **refused(
        {"s1.csv": GOOD.encode(), "s2.csv": b"client_id,sold_at,amount\n"}, 65, "branch_id",
        pattern="s*.csv")),
    Case(49, "the same file twice", **refused(
        {"s1.csv": GOOD.encode(), "s2.csv": GOOD.encode()}, 65, "same content as s1.csv", pattern="s*.csv")),
    Case(49, "two months without a sale", **kept(
        {"s1.csv": HEADER.encode(), "s2.csv": HEADER.encode()}, 0, pattern="s*.csv")),
    Case(50, "UTF-8 BOM", **kept("\ufeff" + GOOD, 2)),
    Case(52, "cp1251 undeclared",
         **refused(CYRILLIC.encode("cp1251"), 65, "looks like cp1251, set csv.encoding")),
    Case(52, "cp1251 in the header", **refused("клієнт\n1\n".encode("cp1251"), 65, "looks like cp1251")),
    Case(52, "cp1251 declared", **kept(CYRILLIC.encode("cp1251"), 3, csv={"encoding": "cp1251"})),
    Case(55, "UTF-16 LE with BOM", **kept(b"\xff\xfe" + GOOD.encode("utf-16-le"), 2)),
    Case(55, "UTF-16 BE with BOM", **kept(b"\xfe\xff" + GOOD.encode("utf-16-be"), 2)),
    Case(55, "UTF-16 LE without", **refused(GOOD.encode("utf-16-le"), 65, "set csv.encoding: utf-16-le")),
    Case(55, "UTF-16 BE without", **refused(GOOD.encode("utf-16-be"), 65, "set csv.encoding: utf-16-be")),
    Case(55, "UTF-16 BE declared", **kept(GOOD.encode("utf-16-be"), 2, csv={"encoding": "utf-16-be"})),
    Case(56, "one cp1251 row in UTF-8",
         CYRILLIC.encode() + "A1,4,Іван,Київ,2026-09-01,1.00\n".encode("cp1251"),
         account=(3, 1, 0), reason="invalid encoding"),
    Case(57, "a NUL byte", **line(f"A1,3,{SECRET}\0,Kyiv,2026-09-03,1.00", reason="a NUL byte")),
    Case(58, "too few fields", **line(f"A1,3,{SECRET},Kyiv,2026-09-03", reason="too few fields")),
    Case(58, "too many fields", **line(f"A1,3,{SECRET},Kyiv,2026-09-03,1,00", reason="too many fields")),
    Case(58, "a delimiter after the last field", **kept(GOOD + "A1,3,9,Kyiv,2026-09-03,1.00,\n", 3)),
    Case(59, "an unclosed quote", HEADER + f'A1,3,"{SECRET},Kyiv,2026-09-03,1.00\n' + FIRST + SECOND,
         account=(2, 0, 1), reason="quotes that do not close"),
    Case(59, "an unclosed quote at the end", GOOD + f'A1,3,9,Kyiv,2026-09-03,"{SECRET}\n',
         account=(2, 0, 1), reason="quotes that do not close"),
    Case(59, "an inch sign in a name", **kept(GOOD + 'A1,3,5" pipe,Kyiv,2026-09-03,1.00\n', 3)),
    Case(61, "a newline in quotes", **kept(GOOD + 'A1,3,"Anna\nMaria",Kyiv,2026-09-03,1.00\n', 3)),
    Case(62, "30 000 whole amounts, then 2.5",
         **kept(HEADER + PLAIN_ROWS.replace("1.00", "1") + FIRST, 30_001)),
    Case(63, "three decimals", **kept(GOOD + "A1,3,9,Kyiv,2026-09-03,1.999\n", 3)),
    Case(63, "five decimals", **amount("1.99999", reason="more than 4 decimals")),
    Case(63, "zeros are no decimals", **kept(GOOD + "A1,3,9,Kyiv,2026-09-03,1.990000000\n", 3)),
    Case(64, "a decimal comma undeclared", **amount("1,50", reason="not a number")),
    Case(64, "a decimal comma declared", **kept(euro("1,50"), 2, csv=EURO)),
    Case(64, "a decimal point where a comma is declared",
         euro("1.50"), csv=EURO, account=(1, 1, 0), reason="not a number"),
    Case(65, "thousands undeclared", **amount("1 234.50", reason="not a number")),
    Case(65, "a space", **kept(euro("1 234,50"), 2, csv=EURO | {"thousands": " "})),
    Case(65, "a no-break space", **kept(euro("1\u00a0234,50"), 2, csv=EURO | {"thousands": " "})),
    Case(65, "a narrow no-break space", **kept(euro("1\u202f234,50"), 2, csv=EURO | {"thousands": " "})),
    Case(65, "a space in the wrong place", euro("12 34,50"), csv=EURO | {"thousands": " "}, account=(1, 1, 0),
         reason="not a number"),
    *(Case(66, text, **amount(text, reason="not a number"))
      for text in ("(3.00)", "4.00-", "$1", "2 руб", "€2", "5%")),
    *(Case(67, text, **amount(text, reason="not a number"))
      for text in ("NaN", "inf", "-Infinity", "1e3", "--5", "١٢٣", "１２", "0x10", "1_000", "5.")),
    Case(68, "an empty amount", **amount("", reason="empty")),
    Case(68, "a blank amount", **amount("  ", reason="empty")),
    Case(69, "15 digits", **amount("123456789012345", reason="over the limit of 14 digits")),
    Case(69, "14 digits", **kept(GOOD + "A1,3,9,Kyiv,2026-09-03,12345678901234.5678\n", 3)),
    Case(70, "a return", **kept(GOOD + "A1,3,9,Kyiv,2026-09-03,-1.00\n", 3)),
    Case(71, "nothing to pay", **kept(GOOD + "A1,3,9,Kyiv,2026-09-03,0\n", 3)),
    Case(73, "31 February",
         euro("1,00").replace("06.03", "31.02"), csv=EURO, account=(1, 1, 0), reason="no such day"),
    Case(73, "29 February 2026", **day("2026-02-29", reason="no such day")),
    Case(74, "05/03/2026 among others", **day("05/03/2026", reason="no such day, or not written as")),
    Case(74, "05/03/2026 everywhere", **refused(
        "client_id,sold_at,amount\n1,05/03/2026,1.00\n2,06/03/2026,1.00\n", 78, "csv.datetime_format")),
    Case(75, "05.03.26 undeclared",
         euro("1,00").replace("06.03.2026", "06.03.26"), csv=EURO, account=(1, 1, 0),
         reason="no such day, or not written as"),
    Case(75, "05.03.26 declared",
         **kept(euro("1,00").replace(".2026", ".26"), 2, csv=EURO | {"date_format": "%d.%m.%y"})),
    Case(76, "an Excel serial", **day("46100", reason="no such day")),
    Case(77, "31 December 1989", **day("1989-12-31", reason="outside 1990–2098")),
    Case(77, "1 January 2099", **day("2099-01-01", reason="outside 1990–2098")),
    Case(77, "31 December 2098", **kept(GOOD + "A1,3,9,Kyiv,2098-12-31 23:59:59,1.00\n", 3)),
    Case(78, "23:59:59.999", **kept(GOOD + "A1,3,9,Kyiv,2026-09-30 23:59:59.999,1.00\n", 3)),
    Case(85, "a repeated key", **refused(
        GOOD + FIRST, 65, "sales.csv record 2 and sales.csv record 4 have the same sale_id and line_no")),
    Case(85, "a repeated key in two files", **refused(
        {"s1.csv": GOOD.encode(), "s2.csv": (HEADER + SECOND).encode()}, 65,
        "s1.csv record 3 and s2.csv record 2", pattern="s*.csv")),
]  # fmt: skip


def taken_in(folder: Path, case: Case):
    contents = case.content if isinstance(case.content, dict) else {"sales.csv": case.content}
    for name, content in contents.items():
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    mapping = Table.model_validate({"from": case.pattern})
    return ingest("sale_line", mapping, find_files(folder, case.pattern), Csv(**case.csv), folder / "snapshots")


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.number} {case.title[:40]}")
def test_bad_inputs(tmp_path, case):
    if case.code:
        with pytest.raises(ReportError) as caught:
            taken_in(tmp_path, case)
        assert caught.value.exit_code == case.code
        assert case.words in str(caught.value)
        assert SECRET not in str(caught.value)
        assert "\n" not in str(caught.value)
        assert not list((tmp_path / "snapshots").rglob("*"))
        return
    taken = taken_in(tmp_path, case)
    assert (taken.rows_accepted, taken.rows_quarantined, taken.rows_rejected) == case.account
    assert taken.rows_read == sum(case.account)
    assert duckdb.read_parquet(taken.pattern).shape[0] == taken.rows_accepted
    if case.reason:
        file, number, _, reason, _ = duckdb.read_parquet(str(taken.quarantine)).fetchall()[0]
        assert reason.startswith(case.reason)
        assert file == case.pattern
        assert number > 1


def sold(taken, column: str) -> list:
    return [row[0] for row in duckdb.sql(f"SELECT {column} FROM read_parquet('{taken.pattern}')").fetchall()]


def test_23_24_25_35_what_is_no_file(tmp_path):
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    (outside / "sales.csv").write_text(GOOD)
    (inside / "folder.csv").mkdir()
    (inside / "link1.csv").symlink_to(outside / "sales.csv")
    os.mkfifo(inside / "pipe")
    table = Table.model_validate({"from": "*.csv"})
    with pytest.raises(NoInput, match=r"missing\.csv.*no such file"):
        find_files(inside, "missing.csv")
    for name, words in (
        ("missing.csv", "no such file"),
        ("folder.csv", "is a folder"),
        ("pipe", "pipe"),
        ("link1.csv", "outside"),
    ):
        with pytest.raises(NoInput, match=words):
            ingest("sale_line", table, [inside / name], Csv(), tmp_path / "snapshots")
    with pytest.raises(NoInput, match="outside its folder"):
        find_files(inside, "link*.csv")


def test_25_no_permission(tmp_path):
    file = tmp_path / "sales.csv"
    file.write_text(GOOD)
    file.chmod(0)
    if os.getuid() == 0:
        os.seteuid(65534)  # root reads everything, so be nobody for a moment
    try:
        with pytest.raises(NoInput, match="cannot be read"):
            ingest("sale_line", Table.model_validate({"from": "sales.csv"}), [file], Csv(), tmp_path / "snapshots")
    finally:
        os.seteuid(os.getuid())


@pytest.mark.parametrize("change", ["grows", "is replaced", "vanishes"])
def test_33_34_a_file_that_changes_while_it_is_read(tmp_path, monkeypatch, change):
    file = tmp_path / "sales.csv"
    file.write_text(GOOD)
    counted = load.count_plain

    def meddle(source):
        if change == "grows":
            file.write_text(GOOD + "A1,3,9")
        elif change == "is replaced":
            (tmp_path / "other").write_text(GOOD.replace("10.00", "11.00"))
            os.replace(tmp_path / "other", file)
        count = counted(source)
        if change == "vanishes":
            file.unlink()
        return count

    monkeypatch.setattr(load, "count_plain", meddle)
    with pytest.raises(TryLater, match="changed while it was read"):
        ingest("sale_line", Table.model_validate({"from": "sales.csv"}), [file], Csv(), tmp_path / "snapshots")
    assert not list((tmp_path / "snapshots").iterdir())


def test_63_amounts_are_kept_as_they_came_and_fine_ones_counted(tmp_path):
    taken = taken_in(tmp_path, Case(63, "", GOOD + "A1,3,9,Kyiv,2026-09-03,1.9999\n"))
    assert sum(sold(taken, "amount")) == Decimal("10.00") + Decimal("20.50") + Decimal("1.9999")
    assert taken.notes == {"fine_amounts": 1}


def test_79_81_82_83_ids_are_text_and_blanks_are_a_bucket(tmp_path):
    rows = [f"A2,{n},{name},{name},2026-09-03,1.00\n" for n, name in enumerate(NAMES)]
    rows += [
        "A3,1,,,2026-09-03,1.00\n",
        "A3,2,  ,\u00a0,2026-09-03,1.00\n",
        'A3,3,"",Kyiv ,2026-09-03,1.00\n',
    ]
    taken = taken_in(tmp_path, Case(81, "", GOOD + "".join(rows)))
    assert sold(taken, "client_id") == ["007", "7", *NAMES, None, None, None]
    assert sold(taken, "branch_id") == ["Kyiv", "Lviv", *NAMES, None, None, "Kyiv "]


def test_85_a_key_needs_both_its_parts(tmp_path):
    rows = "A9,,1,Kyiv,2026-09-03,1.00\n" * 2 + ",1,1,Kyiv,2026-09-03,1.00\n" * 2
    assert taken_in(tmp_path, Case(85, "", GOOD + rows)).rows_accepted == 2 + 4


@pytest.mark.parametrize(
    "content",
    [
        f"{SECRET},x\n{SECRET},y\n",
        f'client_id,sold_at,amount\n"{SECRET},1\n' * 2,
        f"{SECRET};2026-09-01;1.00\n",
    ],
)
def test_no_refusal_quotes_a_row(tmp_path, content):
    with pytest.raises(ReportError) as caught:
        taken_in(tmp_path, Case(0, "", content))
    assert SECRET not in str(caught.value)


def test_49_one_file_named_twice(tmp_path):
    (tmp_path / "sales.csv").write_text(GOOD)
    files = [tmp_path / "sales.csv"] * 2
    with pytest.raises(ReportError, match="named twice"):
        ingest("sale_line", Table.model_validate({"from": "sales.csv"}), files, Csv(), tmp_path / "snapshots")
