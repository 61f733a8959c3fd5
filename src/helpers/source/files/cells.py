"""Spreadsheets and SQLite files: cells that have a type, but never an exact one for money, as texts for the
same door.

In comes a workbook (python-calamine) or a SQLite file, out come column names and `Record`s in the declared
dialect. A binary float is rounded to the decimals we keep, half away from zero, and how many values that
moved is noted.
"""

import datetime as dt
import math
import sqlite3
from collections import Counter
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

import python_calamine as calamine

from helpers.errors import BadData, NoInput, TryLater
from helpers.schema import DAY, TRUTH
from helpers.settings import company as config
from helpers.source.files.files import DATABASES
from helpers.source.files.judge import DIGITS
from helpers.source.files.text import NUL, Record


def sheet_rows(file: Path, sheet: str = "") -> list[list[Any]]:
    """Every row of a workbook's first sheet, or of the one named; blank cells are empty texts."""
    try:
        book = calamine.load_workbook(str(file))
        if sheet and sheet not in book.sheet_names:
            raise NoInput(f"{file}: there is no sheet '{sheet}'; it has {', '.join(book.sheet_names)}")
        return book.get_sheet_by_name(sheet or book.sheet_names[0]).to_python(skip_empty_area=False)
    except calamine.PasswordError:
        raise NoInput(f"{file}: is locked with a password; save it without") from None
    except (calamine.CalamineError, calamine.XmlError, calamine.ZipError, OSError, IndexError):
        raise BadData(f"{file}: is no workbook that can be read; open it and save it anew") from None


class Workbook:
    """A sheet of a .xlsx, .xls or .ods file behind its header; `from: book.xlsx#Sheet2` names another than
    the first.
    """

    def __init__(self, file: Path, mapping: config.Table, csv: config.Csv):
        self.file, self.csv = file, csv
        self._rows = sheet_rows(file, mapping.from_.partition("#")[2])
        filled = (place for place, row in enumerate(self._rows) if place >= csv.skip and _is_filled(row))
        if (header := next(filled, None)) is None:
            raise NoInput(f"{file}: the sheet is empty: no header was found")
        self.lines, self.names = header + 1, [str(cell).strip() for cell in self._rows[header]]

    def records(self, columns: dict[str, int], kinds: dict[str, str], notes: Counter) -> Iterator[Record]:
        """Every row after the header that has a cell in it, under its row number in the sheet."""
        for number, row in enumerate(self._rows[self.lines :], start=self.lines + 1):
            if _is_filled(row):
                yield _record(number, [row[place] for place in columns.values()], kinds, self.csv, notes)


class Database:
    """A SQLite file: our table, the one named after `#` in `from`, or what `from` says in SQL; columns may
    be SQL too.
    """

    def __init__(self, file: Path, mapping: config.Table, csv: config.Csv, table: str):
        self.file, self.csv = file, csv
        named, _, part = mapping.from_.partition("#")
        self._from = (part or table) if Path(named).suffix.lower() in DATABASES else mapping.from_
        journal = file.with_name(file.name + "-wal")
        if journal.exists() and journal.stat().st_size:
            raise TryLater(f"{file}: is being written (there is a -wal file beside it); close what writes it")
        self._con = sqlite3.connect(f"file:{quote(str(file.resolve()))}?mode=ro", uri=True)
        self._con.text_factory = lambda text: text.decode("utf-8", "replace")
        own = [column[0] for column in self._select("*", "LIMIT 0").description]
        self._own = {name.casefold(): name for name in own}
        self.names = [
            *self._own.values(),
            *(sql for sql in mapping.columns.values() if sql not in self._own.values()),
        ]

    def records(self, columns: dict[str, int], kinds: dict[str, str], notes: Counter) -> Iterator[Record]:
        """Every row, numbered from 1 as SQLite gives them."""
        wanted = [self.names[place] for place in columns.values()]
        sql = ", ".join(
            '"{}"'.format(name.replace('"', '""')) if name in self._own.values() else name for name in wanted
        )
        for number, row in enumerate(self._select(sql), start=1):
            yield _record(number, row, kinds, self.csv, notes)

    def _select(self, what: str, end: str = "") -> sqlite3.Cursor:
        try:
            return self._con.execute(f"SELECT {what} FROM {self._from} {end}")
        except sqlite3.OperationalError as error:
            if "locked" in str(error) or "busy" in str(error):
                raise TryLater(f"{self.file}: is locked by another program; try again") from None
            raise BadData(f"{self.file}: {error}; check from: and the columns in source.yaml") from None
        except sqlite3.DatabaseError:
            raise BadData(f"{self.file}: is a damaged or encrypted SQLite database") from None


def _is_filled(row: list[Any]) -> bool:
    return any(cell not in ("", None) for cell in row)


def _record(number: int, cells, kinds: dict[str, str], csv: config.Csv, notes: Counter) -> Record:
    texts = tuple(_text(cell, kind, csv, notes) for cell, kind in zip(cells, kinds.values(), strict=True))
    if any(text and "\0" in text for text in texts):
        return Record(number, (None,) * len(texts), NUL, csv.delimiter.join(text or "" for text in texts))
    return Record(number, texts)


def _text(cell: Any, kind: str, csv: config.Csv, notes: Counter) -> str | None:
    match cell:
        case None:
            return None
        case str():
            return cell
        case bool():
            return str(cell).lower() if kind == TRUTH else str(cell).upper()
        case int():
            return str(cell)
        case float():
            return _float(cell, kind, csv, notes)
        case dt.datetime():
            return _moment(cell, csv)
        case dt.date():
            return cell.strftime(csv.date_format if kind == DAY else csv.datetime_format)
        case bytes():
            return cell.hex()
    return str(cell)


def _moment(cell: dt.datetime, csv: config.Csv) -> str:
    form = csv.datetime_format
    return cell.strftime(form.replace("%S", "%S.%f") if cell.microsecond else form)


def _float(cell: float, kind: str, csv: config.Csv, notes: Counter) -> str:
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
