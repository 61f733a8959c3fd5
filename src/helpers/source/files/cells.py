"""Spreadsheets, Parquet and SQLite files: cells that have a type, as texts for the same door.

In comes a file, out come column names and `Record`s in the declared dialect. A binary float is rounded to the decimals
we keep, half away from zero, and how many values that moved is noted.
"""

import datetime as dt
import math
import re
import sqlite3
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from decimal import ROUND_HALF_UP, Decimal
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq
import python_calamine as calamine

from helpers.errors import BadConfiguration, BadData, NoInput, TryLater, did_you_mean
from helpers.schema import DAY, MOMENT, TRUTH
from helpers.settings import company as config
from helpers.source import sql
from helpers.source.engine_words import in_words
from helpers.source.files.broken import broken_cells, column_number
from helpers.source.files.files import DATABASES
from helpers.source.files.judge import DIGITS, naive_form
from helpers.source.files.text import NUL, Record

MOST_CELLS, LONGEST_TAG = 100_000_000, 1 << 20
CELL_PLACE = re.compile(
    rb"""<(?:\w+:)?c\s(?:[^<>"']|"[^"]*"|'[^']*')*?\br\s*=\s*["']\s*([A-Z]{1,3})(\d{1,7})""", re.IGNORECASE
)
"""A cell of a sheet with its place, however its attributes are ordered and quoted."""


def sheet_rows(file: Path, sheet: str = "", most: int | None = None) -> list[list[Any]]:
    """Every row of a workbook's first sheet, or of the one named, or the first rows; blank cells are empty texts,
    errors and formulas without a value one of `ERRORS`."""
    (name, *_), book = sheet_names(file, sheet), _book(file)
    try:
        _refuse_far_cells(file)
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False, nrows=most)
        for (row, column), text in broken_cells(file, name).items():
            if row < len(rows) and column < len(rows[row]):
                rows[row][column] = text
        return rows
    except (calamine.CalamineError, calamine.XmlError, calamine.ZipError, zipfile.BadZipFile, OSError) as error:
        raise _too_large(file) if "Cell limit exceeded" in str(error) else _unreadable(file) from None


def _refuse_far_cells(file: Path) -> None:
    """BadData for an .xlsx whose farthest cells span more than a machine holds: memory is taken for all between them,
    and one lone cell is enough. (A reader of .ods looks itself, an .xls has no room for it.)"""
    if not zipfile.is_zipfile(file):
        return
    with zipfile.ZipFile(file) as parts:
        for sheet in parts.namelist():  # which of them are sheets, others say, and may say it oddly
            widths, last_row = set(), 0
            with parts.open(sheet) as xml:
                rest = b""
                while chunk := xml.read(1 << 20):
                    places = CELL_PLACE.findall(chunk := rest + chunk)
                    widths |= {column.upper() for column, _ in places}
                    last_row = max(last_row, *(int(row) for _, row in places), 0)
                    rest = chunk[chunk.rfind(b"<") :][:LONGEST_TAG]
            if last_row * max(map(column_number, widths), default=0) > MOST_CELLS:
                raise _too_large(file)


def _too_large(file: Path) -> BadData:
    return BadData(f"{file}: its cells span more than {MOST_CELLS:,} places, perhaps for one far cell; delete the "
                   "empty rows and columns behind the data, or save the sheet as CSV")  # fmt: skip


def sheet_names(file: Path, sheet: str = "") -> list[str]:
    """The first sheet's name, or those that a name or patterns (`2026*|May`) mean, in the workbook's order."""
    names = _book(file).sheet_names
    if not names:
        raise _unreadable(file)
    result = names[:1] if not sheet else [sheet] if sheet in names else _matching(names, sheet.split("|"))
    if not result:
        raise NoInput(f"{file}: there is no sheet '{sheet}'; it has {', '.join(names)}")
    return result


def _matching(names: list[str], patterns: list[str]) -> list[str]:
    return [name for name in names if any(name == each or fnmatchcase(name, each) for each in patterns)]


def _book(file: Path) -> calamine.CalamineWorkbook:
    try:
        return calamine.load_workbook(str(file))
    except calamine.PasswordError:
        raise NoInput(f"{file}: is locked with a password; save it without") from None
    except (calamine.CalamineError, calamine.XmlError, calamine.ZipError, OSError, IndexError):
        raise _unreadable(file) from None


def _unreadable(file: Path) -> BadData:
    return BadData(f"{file}: is no workbook that can be read; open it and save it anew")


class Workbook:
    """A sheet of a .xlsx, .xls or .ods file behind its header."""

    def __init__(self, file: Path, sheet: str, csv: config.Csv):
        self.file, self.sheet, self.csv = file, sheet, csv
        self._rows, self._first_day = sheet_rows(file, sheet), _first_day(file)
        filled = (place for place, row in enumerate(self._rows) if place >= csv.skip and _is_filled(row))
        if (header := next(filled, None)) is None:
            raise NoInput(f"{file}: the sheet is empty: no header was found")
        self.lines, self.names = header + 1, [str(cell).strip() for cell in self._rows[header]]

    def records(self, columns: dict[str, int], kinds: dict[str, str], notes: Counter[str]) -> Iterator[Record]:
        """Every row after the header that has a cell in it, under its row number in the sheet."""
        dates = {place for name, place in columns.items() if kinds[name] in (DAY, MOMENT)}
        texts: Counter[int] = Counter()
        days: Counter[int] = Counter()
        for number, row in enumerate(self._rows[self.lines :], start=self.lines + 1):
            if not _is_filled(row):
                continue
            for place in dates:
                texts[place] += isinstance(row[place], str) and bool(row[place].strip())
                days[place] += isinstance(row[place], dt.date)
            cells = [self._dated(row[place]) if place in dates else row[place] for place in columns.values()]
            yield _record(number, cells, kinds, self.csv, notes)
        notes["mixed_dates"] += sum(min(texts[place], days[place]) for place in dates)

    def _dated(self, cell: Any) -> Any:
        """A number in a column of dates is the day that a workbook counts from its own first one."""
        if isinstance(cell, float | int) and not isinstance(cell, bool) and SERIALS[0] <= cell <= SERIALS[1]:
            return self._first_day + dt.timedelta(seconds=round(cell * 86_400))
        return cell


SERIALS = 32_874, 73_050
"""What Excel calls 1 January 1990 and the end of 2099."""


EXCEL, OLD_MAC = dt.datetime(1899, 12, 30), dt.datetime(1904, 1, 1)
MAC_IN_XLS = re.compile(rb"\x09\x08.{2}\x00\x06.*?\x22\x00\x02\x00\x01\x00", re.DOTALL)
"""Of an old workbook's bytes: its first record, and further on the one that says "days from 1904"."""
WORKBOOK_HEAD = 1 << 16


def _first_day(file: Path) -> dt.datetime:
    """The day 0 of a workbook's dates, where it says one (old Macs', in OpenDocument any); else Excel's own."""
    with suppress(OSError, KeyError, ValueError, zipfile.BadZipFile):
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as packed:
                return _packed_first_day(packed)
        with file.open("rb") as stream:
            return OLD_MAC if MAC_IN_XLS.search(stream.read(WORKBOOK_HEAD)) else EXCEL
    return EXCEL


def _packed_first_day(packed: zipfile.ZipFile) -> dt.datetime:
    if "content.xml" in packed.namelist():
        named = re.search(rb'null-date[^>]*date-value="(\d{4}-\d\d-\d\d)', packed.read("content.xml"))
        return dt.datetime.fromisoformat(named[1].decode()) if named else EXCEL
    is_mac = re.search(rb'date1904="(1|true)"', packed.read("xl/workbook.xml")) is not None
    return OLD_MAC if is_mac else EXCEL


class ParquetFile:
    """A Parquet file whose mapping asks for more than columns: its values as texts, for the same door."""

    def __init__(self, file: Path, csv: config.Csv):
        self.file, self.csv = file, csv
        try:
            self._file = pq.ParquetFile(file)
        except (pa.ArrowException, OSError):
            raise BadData(f"{file}: a damaged Parquet file; export it anew") from None
        self.names = self._file.schema_arrow.names

    def records(self, columns: dict[str, int], kinds: dict[str, str], notes: Counter[str]) -> Iterator[Record]:
        """Every row, numbered from 1."""
        wanted, number = [self.names[place] for place in columns.values()], 0
        for batch in self._file.iter_batches(columns=list(dict.fromkeys(wanted))):
            values = batch.to_pydict()
            for cells in zip(*(values[name] for name in wanted), strict=True):
                number += 1
                yield _record(number, cells, kinds, self.csv, notes)


JOINED = re.compile(r"\bJOIN\b|^\(", re.IGNORECASE)
"""What of a name after `#` is SQL over several tables, and no name."""


class Database:
    """A SQLite file: our table, or what is named after `#` in `from`: a table, or tables and joins in SQL; columns may
    then be SQL too.
    """

    def __init__(self, file: Path, mapping: config.Table, csv: config.Csv, table: str):
        self.file, self.csv = file, csv
        named, _, part = mapping.from_.partition("#")
        is_query = Path(named).suffix.lower() not in DATABASES or JOINED.search(part) is not None
        clause = part if Path(named).suffix.lower() in DATABASES else mapping.from_
        self._from = sql.from_clause(clause, "sqlite") if is_query else _quoted(part or table)
        journal = file.with_name(file.name + "-wal")
        if journal.exists() and journal.stat().st_size:
            raise TryLater(f"{file}: is being written (there is a -wal file beside it); close what writes it")
        self._con = sqlite3.connect(f"file:{quote(str(file.resolve()))}?mode=ro", uri=True)
        self._con.text_factory = lambda text: text.decode("utf-8", "replace")
        own = [column[0] for column in self._select("*", "LIMIT 0").description]
        self._own = {name.casefold(): name for name in own}
        others = [text for text in mapping.columns.values() if is_query and text not in self._own.values()]
        self.names = [*self._own.values(), *others]

    def records(self, columns: dict[str, int], kinds: dict[str, str], notes: Counter[str]) -> Iterator[Record]:
        """Every row, numbered from 1 as SQLite gives them."""
        wanted = [self.names[place] for place in columns.values()]
        own = set(self._own.values())
        selected = ", ".join(_quoted(name) if name in own else sql.column(name, "sqlite") for name in wanted)
        for number, row in enumerate(self._select(selected), start=1):
            yield _record(number, row, kinds, self.csv, notes)

    def _select(self, what: str, end: str = "") -> sqlite3.Cursor:
        try:
            return self._con.execute(f"SELECT {what} FROM {self._from} {end}")
        except sqlite3.OperationalError as error:
            if "locked" in str(error) or "busy" in str(error):
                raise TryLater(f"{self.file}: is locked by another program; try again") from None
            raise BadData(f"{self.file}: {in_words(str(error))}{self._advice(str(error))}") from None
        except sqlite3.DatabaseError:
            raise BadData(f"{self.file}: is a damaged or encrypted SQLite database") from None

    def _advice(self, said: str) -> str:
        """What to do about an error: of a table that is not there those that are."""
        if not (wanted := re.search(r"no such table: (.+)", said)):
            return "; check from: and the columns in source.yaml"
        tables = [
            name for (name,) in self._con.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")
        ]
        return f"{did_you_mean(wanted[1], tables)} (from: {self.file.name}#TABLE)"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _is_filled(row: list[Any]) -> bool:
    return any(cell not in ("", None) for cell in row)


def _record(number: int, cells: Sequence[Any], kinds: dict[str, str], csv: config.Csv, notes: Counter[str]) -> Record:
    texts = tuple(_text(cell, kind, csv, notes) for cell, kind in zip(cells, kinds.values(), strict=True))
    if any(text and "\0" in text for text in texts):
        return Record(number, (None,) * len(texts), NUL, csv.delimiter.join(text or "" for text in texts))
    return Record(number, texts)


def _text(cell: Any, kind: str, csv: config.Csv, notes: Counter[str]) -> str | None:
    match cell:
        case None:
            return None
        case str():
            return cell
        case bool():
            return str(cell).lower() if kind == TRUTH else str(cell).upper()
        case int():
            return str(cell)
        case Decimal():
            return format(cell, "f").replace(".", csv.decimal)
        case float():
            return _float(cell, kind, csv, notes)
        case dt.datetime():
            return _moment(cell, csv)
        case dt.date():
            return cell.strftime(csv.date_format if kind == DAY else naive_form(csv.datetime_format))
        case bytes():
            return cell.hex()
    return str(cell)


def _moment(cell: dt.datetime, csv: config.Csv) -> str:
    if cell.tzinfo and "%z" not in csv.datetime_format:
        raise BadConfiguration("a column has moments with a zone; set csv.datetime_format: '%Y-%m-%d %H:%M:%S%z'")
    form = csv.datetime_format if cell.tzinfo else naive_form(csv.datetime_format)
    return cell.strftime(form.replace("%S", "%S.%f") if cell.microsecond else form)


def _float(cell: float, kind: str, csv: config.Csv, notes: Counter[str]) -> str:
    """
    >>> _float(7.0, "id", config.Csv(), Counter()), _float(0.1 + 0.2, "money", config.Csv(), Counter())
    ('7', '0.3000')
    """
    if not math.isfinite(cell):
        return str(cell)
    exact = Decimal(repr(cell))
    if kind in DIGITS and abs(cell) < 1e15:
        kept = exact.quantize(Decimal(1).scaleb(-DIGITS[kind][1]), ROUND_HALF_UP) if DIGITS[kind][1] else exact
        notes["float_amounts"] += kept != exact
        return format(kept, "f").replace(".", csv.decimal)
    return format(exact.to_integral_value() if cell.is_integer() else exact, "f")
