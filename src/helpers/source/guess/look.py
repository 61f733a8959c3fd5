"""A look at a file: its column names, a sample of its rows, and how it is written.

In comes a path, out comes a `Look`. Only the beginning of the file is read.
"""

import csv
import glob
import gzip
import sqlite3
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb

from helpers.errors import BadData, NoInput
from helpers.source.duckdb_connection import connect_duckdb
from helpers.source.files import kind_of, likely_encoding, sheet_names, sheet_rows
from helpers.source.files.files import kind_by_content

SAMPLE, ROWS = 1 << 20, 1000
DELIMITERS = ";,\t|"


@dataclass(frozen=True)
class Look:
    """What `from:` should say, the column names, a sample of rows, setting → (value, evidence), and what stands above
    the header; `sheet` is a workbook's."""

    where: str
    names: list[str]
    rows: list[list[Any]]
    dialect: dict[str, tuple[Any, str]]
    above: list[str] = field(default_factory=list)
    sheet: str = ""

    def cells(self, name: str) -> list[Any]:
        """The cells of a column, row by row; None where the row has none."""
        place = self.names.index(name)
        return [row[place] if place < len(row) and row[place] != "" else None for row in self.rows]

    def column(self, name: str) -> list[Any]:
        """The values of a column that are not blank."""
        return [cell for cell in self.cells(name) if cell is not None]


def looks(file: Path) -> list[Look]:
    """The one look of a text file, or one a sheet of a workbook or a table of a SQLite file."""
    if file.suffix == ".parquet" and file.is_file():
        return [_parquet(file)]
    match kind_of(file, is_pattern=False):
        case "workbook":
            return _sheets(file)
        case "sqlite":
            return _tables(file)
    return [_text(file)]


def _text(file: Path) -> Look:
    with file.open("rb") as stream:
        is_packed = stream.read(2) == b"\x1f\x8b"
    try:
        with (gzip.open if is_packed else open)(file, "rb") as stream:
            content = stream.read(SAMPLE)
    except (EOFError, gzip.BadGzipFile):
        raise BadData(f"{file}: the gzip file is broken or cut short; copy it again") from None
    if is_packed:
        kind_by_content(Path(file.stem), content[:512])
    encoding, evidence = _encoding(content)
    lines = content.decode(encoding, "ignore").removeprefix("\ufeff").splitlines(keepends=True)
    lines = lines[:-1] if len(content) == SAMPLE else lines
    delimiter, width, header = _shape(file, lines)
    rows = [row for row in csv.reader(lines[header:], delimiter=delimiter) if row]
    dialect = {
        "delimiter": (delimiter, f"{width} columns"),
        "encoding": (encoding, evidence),
        "skip": (header, "lines above the header"),
    }
    body = [row for row in rows[1 : ROWS + 1] if row != rows[0]]  # a header that comes again is no row
    return Look(file.name, [name.strip() for name in rows[0]], body, dialect, lines[:header])


def _encoding(content: bytes) -> tuple[str, str]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16", "it begins with the mark of UTF-16"
    for name, zeros in (("utf-16-le", content[1::2]), ("utf-16-be", content[::2])):
        if zeros and zeros.count(0) > len(zeros) / 2:
            return name, "every other byte is zero"
    foreign = [line for line in content[: content.rfind(b"\n") + 1 or None].splitlines() if not line.isascii()]
    if unread := sum(not _is_utf8(line) for line in foreign):
        if 2 * unread <= len(foreign):
            return "utf-8", f"of {len(foreign)} lines with other letters {unread} are not"
        return likely_encoding(content), "it is not UTF-8; look whether names read well on the page"
    return "utf-8", ""


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _shape(file: Path, lines: list[str]) -> tuple[str, int, int]:
    """(delimiter, number of columns, lines above the header): the delimiter that cuts most lines alike."""
    lines = ["" if line.lower().startswith("sep=") else line for line in lines[:ROWS]]
    best = max(DELIMITERS, key=lambda mark: _fit(lines, mark))
    widths = _widths(lines, best)
    if not widths:
        raise NoInput(f"{file}: is empty: no header was found")
    (width, _), *_ = widths.most_common(1)
    rows = ((at, next(csv.reader([line], delimiter=best), [])) for at, line in enumerate(lines))
    wide = (at for at, row in rows if len(row) == width and 2 * sum(map(bool, row)) > width)  # a title fills one field
    return best, width, next(wide, 0)


def _widths(lines: list[str], delimiter: str) -> Counter[int]:
    return Counter(len(row) for row in csv.reader(lines, delimiter=delimiter) if row)


def _fit(lines: list[str], delimiter: str) -> tuple[bool, float, int]:
    widths = _widths(lines, delimiter)
    (width, times), *_ = widths.most_common(1) or [(1, 0)]
    return width > 1, round(times / max(widths.total(), 1), 1), width


def _sheets(file: Path) -> list[Look]:
    """A look at each sheet that has rows under a header; the first one needs no name in `from:`."""
    names = sheet_names(file, "*")
    result = [look for number, name in enumerate(names) if (look := _sheet(file, name, number == 0))]
    if not result:
        raise NoInput(f"{file}: the sheet is empty: no header was found")
    return result


def _sheet(file: Path, name: str, is_first: bool) -> Look | None:
    rows = sheet_rows(file, name)
    filled = [sum(cell not in ("", None) for cell in row) for row in rows]
    if not any(filled):
        return None
    (width, _), *_ = Counter(filter(None, filled)).most_common(1)
    header = next(at for at, cells in enumerate(filled) if cells >= width)
    skip = {"skip": (header, "rows above the header")}
    above = [" ".join(str(cell) for cell in row if cell not in ("", None)) for row in rows[:header]]
    where = file.name if is_first else f"{file.name}#{name}"
    return Look(where, [str(cell).strip() for cell in rows[header]], rows[header + 1 :][:ROWS], skip, above, name)


def _parquet(file: Path) -> Look:
    try:
        with connect_duckdb() as con:
            result = con.read_parquet(glob.escape(str(file))).limit(ROWS)
            rows = result.to_arrow_table().to_pylist()
            return Look(file.name, result.columns, [list(row.values()) for row in rows], {})
    except duckdb.Error:
        raise BadData(f"{file}: is no Parquet file that can be read; write it anew") from None


def _tables(file: Path) -> list[Look]:
    con = sqlite3.connect(f"file:{quote(str(file.resolve()))}?mode=ro", uri=True)
    try:
        names = con.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')").fetchall()
        result = [_table(con, file, name) for (name,) in names]
    except sqlite3.DatabaseError:
        raise BadData(f"{file}: is a damaged or encrypted SQLite database") from None
    finally:
        con.close()
    if not result:
        raise NoInput(f"{file}: has no tables")
    return result


def _table(con: sqlite3.Connection, file: Path, table: str) -> Look:
    rows = con.execute('SELECT * FROM "{}" LIMIT {}'.format(table.replace('"', '""'), ROWS))
    names = [column[0] for column in rows.description]
    return Look(f"{file.name}#{table}", names, [list(row) for row in rows], {})
