"""What a person, a file or a machine may do wrong, one row each, and what comes of it; the numbers are those of the
list of bad inputs.

A `Case` is a file (or several), how it is written, and what comes of it: an exit code with words of its message, or the
account of its rows (accepted, quarantined, rejected) with the reason of the first one left out. A `Typed` is what a
person types into params, source.yaml or the command. `Elsewhere` names the test of a row that needs a page, a kernel or
a server; test_seen_on_trial.py has each row from 113 on once more, by the command. What needs a few more lines is a
test below with the row's number in its name.
"""

import gzip
import os
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass, field
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import duckdb
import openpyxl
import pytest
from company import company, opened

from helpers.__main__ import main
from helpers.analysis.control_totals import control_totals
from helpers.analysis.cross_report import cross_report
from helpers.analysis.rating import rating
from helpers.errors import BadConfiguration, BadData, NoInput, ReportError, TryLater
from helpers.period import FORMS
from helpers.publishing.notebook_run import prepare
from helpers.sales import open_sales
from helpers.settings.company import Csv, Table
from helpers.source.files import find_files, ingest, load

TESTS = Path(__file__).parents[1]
RUNS = [(1, 11), (13, 31), (33, 35), (37, 38), (40, 42), (44, 50), (52, 59), (61, 79), (81, 83), (85, 88), (90, 92),
        (94, 103), (105, 105), (107, 133)]  # fmt: skip
NUMBERS = {number for first, last in RUNS for number in range(first, last + 1)}
"""The rows of the list."""

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
    notes: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Typed:
    """What a person types: a params file (None: there is none), a source.yaml, or options of `client-rating run`."""

    number: int
    title: str
    code: int
    words: str
    params: str | None = ""
    source: str | None = None
    options: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Elsewhere:
    """A row whose test stands in another file, `file::name`."""

    number: int
    test: str


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
FRENCH = HEADER + "".join(f"A1,{n},Zoé,Liège,2026-09-01,10.00\n" for n in (1, 2, 3))
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
    *(Case(30, "JSON", **refused({name: text}, 65, "this is JSON, not a table", pattern=name))
      for name, text in (("s.csv", b'{"id": 1, "amount": 2}\n'), ("s.jsonl", b'\n[ {\n"id": 1}]'))),
    Case(30, "HTML renamed .xls",
         **refused({"sales.xls": b"<html><table>"}, 65, "HTML", pattern="sales.xls")),
    Case(30, "text renamed .xlsx",
         **refused({"s.xlsx": GOOD.encode()}, 65, "the content does not", pattern="s.xlsx")),
    Case(31, "truncated gzip", **refused({"s.csv.gz": GZIP[:-20]}, 65, "cut short", pattern="s.csv.gz")),
    Case(31, "whole gzip", **kept({"s.csv.gz": gzip.compress(GOOD.encode())}, 2, pattern="s.csv.gz")),
    Case(37, "a line over 2 MB", **refused(WIDE, 65, "line 4 is longer than 2 MB")),
    Case(38, "a line without an end", **refused("x" * 30_000_000, 65, "line 1 is longer than 2 MB")),
    Case(38, "a million columns", **refused("client_id,sold_at,amount" + "," * 1_000_000 + "\n", 65,
                                            "its header has 1,000,003 columns, at most 16,384 are read")),
    Case(40, "mixed line ends", **refused(GOOD + "A1,3,9,Kyiv,2026-09-03,1.00\r\n", 65, "mixed line ends")),
    Case(128, "line ends of old", **kept(GOOD.replace("\n", "\r"), 2)),
    Case(128, "line ends of old, CP1251",
         **kept(CYRILLIC.replace("\n", "\r").encode("cp1251"), 3, csv={"encoding": "cp1251"})),
    Case(40, "line ends of old among others", **refused(GOOD + "A1,3,9,Ky\riv,2026-09-03,1.00\n", 65, "line ends")),
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
    Case(53, "cp1251 declared as latin-1", CYRILLIC.encode("cp1251"), account=(3, 0, 0), csv={"encoding": "latin-1"},
         notes={"odd_words": 3}),
    Case(53, "French declared as cp1251", FRENCH.encode("cp1252"), account=(3, 0, 0), csv={"encoding": "cp1251"},
         notes={"odd_words": 3 + 3}),
    Case(53, "French declared as what it is", FRENCH.encode("cp1252"), account=(3, 0, 0), csv={"encoding": "cp1252"}),
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
    Case(64, "a decimal comma quoted in a comma file",
         **kept(GOOD.replace(".", ",").replace("10,00", '"1.234,50"').replace("20,50", '"20,50"'), 2,
                csv={"decimal": ",", "thousands": "."})),
    Case(64, "a decimal comma that is not quoted there", GOOD.replace("20.50", "20,50").replace("10.00", "10"),
         account=(1, 1, 0), reason="too many fields", csv={"decimal": ","}),
    Case(64, "a decimal point where a comma is declared",
         euro("1.50"), csv=EURO, account=(1, 1, 0), reason="not a number"),
    Case(65, "thousands undeclared", **amount("1 234.50", reason="not a number")),
    Case(65, "a space", **kept(euro("1 234,50"), 2, csv=EURO | {"thousands": " "})),
    Case(65, "a no-break space", **kept(euro("1\u00a0234,50"), 2, csv=EURO | {"thousands": " "})),
    Case(65, "a narrow no-break space", **kept(euro("1\u202f234,50"), 2, csv=EURO | {"thousands": " "})),
    Case(65, "a space in the wrong place", euro("12 34,50"), csv=EURO | {"thousands": " "}, account=(1, 1, 0),
         reason="not a number"),
    *(Case(66, text, **kept(GOOD + f'A1,3,9,Kyiv,2026-09-03,"{text}"\n', 3))
      for text in ("(3.00)", "4.00-", "\u2212 5.00")),
    *(Case(66, text, **amount(text, reason="marked with another currency or unit"))
      for text in ("$1", "2 руб", "€2", "5%")),
    *(Case(67, text, **kept(GOOD + f"A1,3,9,Kyiv,2026-09-03,{text}\n", 3)) for text in ("١٢٣", "１２")),
    *(Case(67, "marks of direction that nobody sees", **kept(GOOD + f"A1,3,9,Kyiv,2026-09-03,{text}\n", 3))
      for text in ("\u200e10.50\u200e", "\u2067-1.25\u2069")),
    *(Case(67, text, **amount(text, reason="not a number"))
      for text in ("NaN", "inf", "-Infinity", "1e3", "--5", "0x10", "1_000", "5.", "(-5)", "-(5)", "(5", "1€2")),
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


NONE_NAMED = f"period must be {FORMS}; got "
SOURCE = "company: Acme\nfiles: data\ncurrency: EUR\nsale_line: {from: sale_line.parquet}\n"
TYPED = [
    Typed(1, "no such month", 64, NONE_NAMED + "'2026-13'", params="period: 2026-13"),
    Typed(2, "a misspelt name", 64, "unknown parameter 'perod', did you mean 'period'?", params="perod: 2026-02"),
    Typed(2, "a misspelt name", 64, "did you mean 'period'?", options=["-p", "perod", "2026"]),
    Typed(4, "a line end", 64, NONE_NAMED, params='period: "2026-02\\n"'),
    Typed(5, "full-width digits", 64, NONE_NAMED, params="period: ２０２６-02"),
    Typed(6, "no such day", 64, "no such day", params="period: 2026-02-30..2026-03-01"),
    Typed(7, "from after to", 64, "2026-03-01", params="period: 2026-03-01..2026-02-01"),
    Typed(124, "before the calendar", 64, "sales are read from 1900 on", params="period: last 2000 years"),
    Typed(124, "a day of old", 64, "must lie in the years 1900 to 2199", params='period: 2026\ntoday: "0001-01-01"'),
    Typed(124, "the last day", 64, "must lie in the years 1900 to 2199", params='period: 2026\ntoday: "9999-12-31"'),
    *(
        Typed(123, f"the name {name!r}", 78, "a name must be text", params=f"period: 2026\n{name}: 1\n")
        for name in ("? [a, b]\n", "? {a: 1}\n", "1", "!!binary aGVsbG8=", "null", "1.5")
    ),
    Typed(8, "the future", 64, "future", params='period: 2027-02\ntoday: "2026-11-23"'),
    Typed(10, "a path", 64, NONE_NAMED, params="period: ../../etc/x"),
    Typed(11, "a name that is code", 64, "is not a name", options=["-p", "x;import os", "1"]),
    Typed(
        13, "an id that is no text", 78, "expected text, got 7, quote it", source=SOURCE + "anonymous_client_ids: [007]"
    ),
    Typed(14, "a key twice", 78, "lines 1 and 2", params="period: 2026-02\nperiod: 2026-03"),
    Typed(15, "a word that YAML reads as false", 78, "got false, quote it", params="language: no"),
    Typed(15, "country: no", 78, "got false, quote it", source=SOURCE.replace("Acme", "no")),
    Typed(16, "a Python object", 78, "client_rating.yaml, line 1", params="period: !!python/object:os.system x"),
    Typed(17, "aliases", 78, "aliases", params="a: &a [1]\nb: [*a, *a]"),
    Typed(17, "a large file", 78, "larger than", params="# " + "x" * 1_000_001),
    Typed(18, "a tab", 78, "line 2", params="period:\n\t2026-02"),
    Typed(19, "a missing params file", 66, "there is no such file", params=None),
    Typed(20, "a password", 64, "put secrets into the environment (PGPASSWORD", params="password: hunter2"),
    Typed(
        20, "a DSN", 64, "put secrets into the environment (PGPASSWORD", params='period: "postgresql://u:hunter2@h/d"'
    ),
    Typed(20, "a secret", 64, "put secrets into the environment", options=["-p", "api_key", "hunter2"]),
    Typed(21, "an unknown zone", 78, "unknown time zone 'Europe/Pariss'", source=SOURCE + "timezone: Europe/Pariss"),
    Typed(
        22,
        "decimal is delimiter",
        78,
        "decimal and thousands must be other characters than delimiter where nothing is quoted",
        source=SOURCE + 'csv: {delimiter: ",", decimal: ",", quote: ""}',
    ),
    Typed(
        54,
        "an option that skips what cannot be decoded",
        78,
        "unknown setting 'csv.ignore_errors'",
        source=SOURCE + "csv: {ignore_errors: true}",
    ),
    Typed(96, "a file where a folder should be", 73, "name a folder you may write", options=["--out", "/dev/null/x"]),
    Typed(0, "a number out of range", 64, "top: ", params="top: 0"),
    Typed(0, "a text for a number", 64, "top must be int", params="top: many"),
    Typed(0, "a number for a text", 64, "names must be str, got 7, quote it", params="names: 7"),
    Typed(0, "an unknown choice", 64, "'previous', 'last year' or 'none'", params="comparison: next"),
    Typed(0, "an unknown language", 64, "unknown language 'xx'", params="language: xx"),
    Typed(0, "a list", 78, "one text, number or truth", params="period: [2026]"),
    Typed(0, "another company's name", 78, "params/acme/", params="company: demo"),
    Typed(0, "today is no day", 64, "today must be YYYY-MM-DD", params="today: 23.11.2026"),
    Typed(
        0,
        "an unknown setting",
        78,
        "unknown setting 'timezon', did you mean 'timezone'?",
        source=SOURCE + "timezon: UTC",
    ),
    Typed(
        0,
        "an unknown column",
        78,
        "did you mean 'client_id'?",
        source="company: A\nfiles: data\nsale_line: {from: x, clientid: c}",
    ),
    Typed(0, "neither files nor connect", 78, "either files:", source="company: A\nsale_line: {from: x}"),
    Typed(0, "tax without its basis", 78, "amount_includes_tax", source=SOURCE.replace("}", ", tax_amount: t}")),
    Typed(0, "a currency of nobody", 78, "unknown currency 'EUX'", source=SOURCE.replace("EUR", "EUX")),
    Typed(0, "no number", 64, "top must be int, got 'many'", options=["-p", "top", "many"]),
    Typed(0, "an unknown option", 64, "--perod", options=["--perod", "2026"]),
]

ELSEWHERE = [
    Elsewhere(9, "whole/test_report.py::test_9_a_period_without_sales_is_a_page_that_says_so"),
    Elsewhere(72, "analysis/test_discounts.py::test_the_waterfall_of_each_line_adds_up"),
    Elsewhere(78, "analysis/test_sums.py::test_the_periods_days_are_the_companys_days"),
    Elsewhere(86, "page/test_browser.py::test_hostile_names_are_shown_as_typed_and_break_nothing"),
    Elsewhere(86, "whole/test_report.py::test_names_are_text_and_nothing_else"),
    Elsewhere(87, "page/test_files.py::test_hostile_names_stay_text"),
    Elsewhere(87, "page/test_files.py::test_csv_holds_the_table_and_guards_text"),
    Elsewhere(88, "page/test_browser.py::test_strange_names_are_shown_as_typed_and_break_nothing"),
    Elsewhere(90, "analysis/test_cross_report.py::test_branch_names_that_break_pivots_are_only_names"),
    Elsewhere(91, "page/test_browser.py::test_hostile_names_are_shown_as_typed_and_break_nothing"),
    Elsewhere(92, "page/test_words.py::test_clean_name_changes_only_what_cannot_be_shown"),
    Elsewhere(94, "page/test_browser.py::test_strange_names_are_shown_as_typed_and_break_nothing"),
    Elsewhere(95, "publishing/test_kills.py::test_full_disk"),
    Elsewhere(96, "publishing/test_publish.py::test_world_writable_is_refused"),
    Elsewhere(97, "publishing/test_publish.py::test_a_foreign_link_is_replaced"),
    Elsewhere(98, "publishing/test_kills.py::test_full_disk"),  # the published folder is another file system there
    Elsewhere(99, "publishing/test_publish.py::test_busy_tells_who_and_since_when"),
    Elsewhere(100, "publishing/test_failures.py::test_a_run_that_fails_publishes_nothing"),
    Elsewhere(101, "publishing/test_failures.py::test_a_run_that_fails_publishes_nothing"),
    Elsewhere(103, "source/test_engines.py::test_what_is_wrong_is_a_sentence_without_secrets"),
    Elsewhere(108, "page/test_browser.py::test_the_page_asks_for_nothing_and_says_nothing"),
    Elsewhere(108, "whole/test_report.py::test_the_page_asks_nothing_of_the_network"),
    Elsewhere(109, "analysis/test_cross_report.py::test_too_many_branches_fold_into_one_column"),
    Elsewhere(110, "page/test_page.py::test_a_report_of_nobody_and_of_one_is_a_page"),
    Elsewhere(111, "page/test_page.py::test_without_revenue_shares_are_a_dash"),
    Elsewhere(112, "analysis/test_sums.py::test_nobody_with_a_positive_amount"),
    Elsewhere(113, "publishing/test_publish.py::test_a_fiscal_quarter_is_published_and_on_the_landing_page"),
    Elsewhere(114, "publishing/test_scheduler.py::test_a_wrong_mail_server_is_one_sentence_and_stops_no_report"),
    Elsewhere(115, "settings/test_documents.py::test_a_hook_is_of_whole_lines"),
    Elsewhere(116, "source/test_sql.py::test_from_is_one_from_clause_of_tables"),
    Elsewhere(117, "sales/test_lines.py::test_one_currency_alone_of_merged_clients"),
    Elsewhere(118, "sales/test_quality.py::test_rows_that_are_sums_of_others_stop_until_they_are_answered"),
    Elsewhere(119, "sales/test_cases.py::test_one_client_in_three_spellings_is_told_and_merged_by_one_setting"),
    Elsewhere(121, "source/test_parquet.py::test_a_file_that_changes_while_it_is_read_is_told_as_such"),
    Elsewhere(131, "sales/test_quality.py::test_a_price_list_that_no_list_knows_is_told"),
    Elsewhere(130, "publishing/test_scheduler.py::test_a_period_that_lies_ahead_is_not_the_latest"),
    Elsewhere(132, "source/test_file_cells.py::test_a_second_sheet_is_never_ignored_in_silence"),
    Elsewhere(133, "source/test_lake.py::test_a_table_of_a_lake_is_no_folder_of_files"),
]


def test_every_row_of_the_list_has_its_test():
    named = [int(n) for name in globals() if name.startswith("test_") for n in re.findall(r"_(\d+)(?=_)", name)]
    assert {row.number for row in (*CASES, *TYPED, *ELSEWHERE)} | set(named) - {0} >= NUMBERS
    for row in ELSEWHERE:
        file, _, name = row.test.partition("::")
        assert f"\ndef {name}(" in (TESTS / file).read_text("utf-8"), row


@pytest.fixture
def project(tmp_path):
    """A project with one company and the suite's own notebook."""
    lines = "client_id | branch_id | sold_at | amount\n a | 007 | 2026-10-01 10:00:00 | 10"
    root = company(tmp_path, {"sale_line": lines})
    shutil.copy(TESTS.parent / "notebooks" / "client_rating.ipynb", root / "notebooks")
    return root


@pytest.mark.parametrize("row", TYPED, ids=lambda row: f"{row.number} {row.title}")
def test_bad_words(project, capsys, monkeypatch, row):
    file = project / "params" / "acme" / "client_rating.yaml"
    if row.params is not None:
        file.write_bytes(row.params.encode())
    if row.source is not None:
        (file.parent / "source.yaml").write_text(row.source)
    monkeypatch.setattr(sys, "argv", ["client-rating", "run", str(file), "--out", str(project / "out"), *row.options])
    with pytest.raises(SystemExit) as end:
        main()
    said = capsys.readouterr().err
    assert (end.value.code, row.words in said) == (row.code, True), said
    assert said.count("\n") == 1 or said.startswith("Usage: ")
    assert "hunter2" not in said
    assert not (project / "out").exists()


@pytest.mark.parametrize("text", ["period: 2025", 'period: "2025"'])
def test_3_a_year_is_a_year_quoted_or_not(project, text):
    file = project / "params" / "acme" / "client_rating.yaml"
    file.write_text(text)
    assert prepare(file).parameters["period"] == "2025"
    assert prepare(file, {"period": "2024", "top": "7"}).parameters["period"] == "2024"
    assert prepare(file, {"top": "7"}).parameters["top"] == 7


def taken_in(folder: Path, case: Case):
    contents = case.content if isinstance(case.content, dict) else {"sales.csv": case.content}
    for name, content in contents.items():
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    mapping = Table.model_validate({"from": case.pattern})
    return ingest("sale_line", mapping, find_files(folder, case.pattern), Csv(**case.csv), folder / "snapshots")


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.number} {case.title[:40]}")
def test_bad_files(tmp_path, case):
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
    assert taken.notes.items() >= case.notes.items()
    assert ("odd_words" in taken.notes) == ("odd_words" in case.notes)
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
        f"{SECRET};2026-09-01;1.00\n",
    ],
)
def test_no_refusal_quotes_a_row(tmp_path, content):
    with pytest.raises(ReportError) as caught:
        taken_in(tmp_path, Case(0, "", content))
    assert SECRET not in str(caught.value)


def test_quotes_that_do_not_close_are_counted_and_the_header_again_is_told(tmp_path):
    taken = taken_in(tmp_path, Case(0, "", f'client_id,sold_at,amount\n"{SECRET},1\n' * 2))
    assert (taken.rows_read, taken.rows_accepted, taken.rows_rejected) == (3, 0, 2)
    assert taken.skipped == {"the header again": [1, None]}


def test_49_one_file_named_twice(tmp_path):
    (tmp_path / "sales.csv").write_text(GOOD)
    files = [tmp_path / "sales.csv"] * 2
    with pytest.raises(ReportError, match="named twice"):
        ingest("sale_line", Table.model_validate({"from": "sales.csv"}), files, Csv(), tmp_path / "snapshots")


def test_77_a_line_dated_in_the_future_is_kept_and_counted(tmp_path):
    lines = """
        client_id | branch_id | sold_at             | amount
        a         | b         | 2026-10-02 10:00:00 | 5
        a         | b         | 2098-12-31 10:00:00 | 7
    """
    sales = opened(company(tmp_path, {"sale_line": lines}), "2026-10")
    cross_report(sales, 5)
    made = control_totals(sales)
    assert (made.rows_read, made.rows_out_of_period, made.total) == (2, 1, 5)
    assert [(note.code, note.count) for note in made.findings if note.code == "future_lines"] == [("future_lines", 1)]


def test_102_a_small_memory_spills_or_says_so(tmp_path):
    root = company(tmp_path, {"sale_line": "client_id | sold_at | amount\na | 2026-10-01 10:00:00 | 1"})
    client = "'c' || (i * 7919 % 400000) AS client_id"
    many = f"SELECT {client}, TIMESTAMP '2026-10-02' AS sold_at, 1.00::DECIMAL(18,4) AS amount FROM range(1200000) t(i)"
    duckdb.sql(f"COPY ({many}) TO '{root}/data/sale_line.parquet'")
    sales = opened(root)
    sales.source.con.raw_sql("SET memory_limit = '100MB'; SET threads = 2")
    ranked = rating(sales).table
    assert ranked.aggregate(n=ranked.count(), net=ranked.net.sum()).to_pandas().values.tolist() == [
        [400_000, 1_200_000]
    ]


def test_105_nothing_is_written_near_the_source(tmp_path):
    root = company(tmp_path, {}, sale_line={"from": "sales.csv"})
    (root / "data").mkdir()
    (root / "data" / "sales.csv").write_text(GOOD)
    (root / "data" / "sales.csv").chmod(0o444)
    (root / "data").chmod(0o555)
    before = (root / "data").stat().st_mtime_ns
    assert len(rating(opened(root, "2026-09")).frame) == 2
    assert ([p.name for p in (root / "data").iterdir()], (root / "data").stat().st_mtime_ns) == (["sales.csv"], before)


def test_107_a_duckdb_file_of_a_later_version(tmp_path):
    with duckdb.connect(tmp_path / "shop.duckdb") as con:
        con.execute("CREATE TABLE sale_line AS SELECT 'a' AS client_id, DATE '2026-10-01' AS sold_at, 1 AS amount")
    content = bytearray((tmp_path / "shop.duckdb").read_bytes())
    content[12:20] = (9_999).to_bytes(8, "little")  # the version of the storage, behind a checksum and DUCK
    (tmp_path / "shop.duckdb").write_bytes(content)
    root = company(tmp_path, {}, files=None, connect="duckdb:shop.duckdb", sale_line={"from": "sale_line"})
    with pytest.raises(BadConfiguration, match=r"not a DuckDB file this version .* can read; export it to Parquet"):
        opened(root)


def test_120_a_duckdb_file_held_by_a_writer(tmp_path):
    file = str(tmp_path / "shop.duckdb")
    held = f"import duckdb, time; con = duckdb.connect({file!r}); print('held', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", held], stdout=subprocess.PIPE) as writer:
        assert writer.stdout.readline() == b"held\n"
        root = company(tmp_path, {}, files=None, connect="duckdb:shop.duckdb", sale_line={"from": "sale_line"})
        with pytest.raises(TryLater, match=rf"is held by .*python.* \(process {writer.pid}\), which writes to it"):
            opened(root)
        writer.kill()


def far_cell(place: str) -> bytes:
    """A workbook of a good table, and of one lone cell."""
    book, content = openpyxl.Workbook(), BytesIO()
    for line in GOOD.splitlines():
        book.active.append(line.split(","))
    book.active[place] = "x"
    book.save(content)
    return content.getvalue()


@pytest.mark.parametrize("place", ["XFD1048576", "CS1048576", "XFD6104"])  # 97 x 1,048,576; 16,384 x 6,104 places
def test_122_a_far_cell_is_told_before_memory_is_taken(tmp_path, place):
    content = far_cell(place)
    assert len(content) < 6_000
    with pytest.raises(ReportError, match=r"its cells span more than 100,000,000 places") as refused:
        taken_in(tmp_path, Case(122, place, {"sales.xlsx": content}, pattern="sales.xlsx"))
    assert refused.value.exit_code == 65


def test_122_a_cell_that_is_not_so_far_is_read(tmp_path):
    case = Case(122, "near", {"sales.xlsx": far_cell("A20000")}, pattern="sales.xlsx")
    taken = taken_in(tmp_path, case)
    assert (taken.rows_accepted, taken.rows_quarantined) == (2, 1)


@pytest.mark.parametrize("name", ["{p}", "a b", "%s", "$x", "ключ"])
def test_125_a_company_may_be_called_so(tmp_path, name):
    root = company(tmp_path, {"sale_line": "client_id | sold_at | amount\n a | 2026-10-01 10:00:00 | 10"})
    (root / "params" / "acme").rename(root / "params" / name)
    assert open_sales(name, "2026-10", "2026-11-23", root=root).company.company == "Acme"


@pytest.mark.parametrize("name", ["a#b.csv", "a?b.csv", "a%20b.csv", "a b.csv", "a[1].csv", "{p}.csv"])
def test_126_a_file_may_be_called_so(tmp_path, name):
    assert taken_in(tmp_path, Case(126, name, {name: GOOD}, pattern=name)).rows_accepted == 2


@pytest.mark.parametrize("pattern", ["sales.csv", "*.csv"])
def test_127_a_link_out_of_the_folder_is_not_followed(tmp_path, pattern):
    (tmp_path / "inside").mkdir()
    (tmp_path / "outside.csv").write_text(GOOD)
    (tmp_path / "inside" / "sales.csv").symlink_to(tmp_path / "outside.csv")
    with pytest.raises(NoInput, match="leads outside its folder"):
        find_files(tmp_path / "inside", pattern)


def test_129_a_name_of_a_megabyte_is_kept_whole(tmp_path):
    for size, accepted in ((1 << 20, 2), ((1 << 20) + 1, 1)):
        folder = tmp_path / str(size)
        folder.mkdir()
        taken = taken_in(folder, Case(129, "long", HEADER + FIRST.replace("007", "x" * size) + SECOND))
        assert (taken.rows_accepted, taken.rows_quarantined + taken.rows_rejected) == (accepted, 2 - accepted)


SHEET, PLACE = "xl/worksheets/sheet1.xml", b'<c r="A3"'
ODD_FAR_CELLS = {
    "behind other attributes": lambda xml: xml.replace(PLACE, b'<c s="0"' + b" " * 60 + b'r="XFD1048576"'),
    "in single quotes": lambda xml: xml.replace(PLACE, b"<c r='XFD1048576'"),
    "in small letters": lambda xml: xml.replace(PLACE, b'<c r="xfd1048576"'),
    "behind a sign that ends no tag": lambda xml: xml.replace(PLACE, b'<c foo="a>b" r="XFD1048576"'),
}


def edited_workbook(change, sheet: str = SHEET) -> bytes:
    """A workbook of a good table whose sheet's XML was changed, and perhaps called otherwise."""
    book, original, content = openpyxl.Workbook(), BytesIO(), BytesIO()
    for line in GOOD.splitlines():
        book.active.append(line.split(","))
    book.save(original)
    with zipfile.ZipFile(original) as parts, zipfile.ZipFile(content, "w") as changed:
        for name in parts.namelist():
            part = parts.read(name).replace(SHEET.encode(), sheet.encode())
            changed.writestr(sheet if name == SHEET else name, change(part) if name == SHEET else part)
    return content.getvalue()


@pytest.mark.parametrize("change", ODD_FAR_CELLS.values(), ids=list(ODD_FAR_CELLS))
def test_122_a_far_cell_is_told_however_it_is_written(tmp_path, change):
    with pytest.raises(BadData, match="its cells span more than 100,000,000 places"):
        taken_in(tmp_path, Case(122, "odd", {"s.xlsx": edited_workbook(change)}, pattern="s.xlsx"))


def test_122_a_far_cell_is_told_in_a_sheet_of_another_name(tmp_path):
    content = edited_workbook(lambda xml: xml.replace(PLACE, b'<c r="XFD1048576"'), "xl/odd/sheet.part")
    with pytest.raises(BadData, match="its cells span more than 100,000,000 places"):
        taken_in(tmp_path, Case(122, "odd", {"s.xlsx": content}, pattern="s.xlsx"))


def test_122_a_size_that_a_sheet_only_declares_is_not_believed(tmp_path):
    content = edited_workbook(lambda xml: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:XFD1048576"', xml))
    taken = taken_in(tmp_path, Case(122, "declared", {"s.xlsx": content}, pattern="s.xlsx"))
    assert (taken.rows_accepted, taken.rows_quarantined) == (2, 0)


SIZES = {
    "a line": (GOOD.encode() + b"A1,3,", "line 4 is longer than 2 MB; is it the right file?"),
    "the header": (b"", "line 1 is longer than 2 MB; is it the right file?"),
}


@pytest.mark.parametrize(("begin", "words"), SIZES.values(), ids=list(SIZES))
def test_38_a_line_of_two_gigabytes_is_told_before_memory_is_taken(tmp_path, begin, words):
    root = company(tmp_path, {}, sale_line={"from": "sales.csv"})
    shutil.copy(TESTS.parent / "notebooks" / "client_rating.ipynb", root / "notebooks")
    (root / "params" / "acme" / "client_rating.yaml").write_text("company: acme\n")
    (root / "data").mkdir()
    with (root / "data" / "sales.csv").open("wb") as file:  # a hole takes no room on the disk
        file.write(begin)
        file.seek(2 << 30)
        file.write(b"\n")
    words_typed = ["-m", "helpers", "check", str(root / "params" / "acme" / "client_rating.yaml")]
    with subprocess.Popen([sys.executable, *words_typed], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        said = process.stderr.read().decode()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert (process.returncode, words in said, said.count("\n")) == (65, True, 1), said
    assert usage.ru_maxrss < 1_000_000, "kilobytes: half of the line"
