"""CSV read record by record: the header by name, and the careful reading of a file in which something is
wrong.

In comes a plain UTF-8 file and its dialect, out come column names and `Record`s. What is a record is decided
here, by the standard csv module: a blank line is none, and one whose quotes are broken ends with its line.
"""

import csv as standard
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from helpers.errors import BadData, NoInput
from helpers.settings import company as config
from helpers.source.files.encodings import otherwise_written

if TYPE_CHECKING:
    from _csv import Reader

LONGEST_LINE, LONGEST_FIELD = 2_097_152, 1_048_576
MOST_COLUMNS = 16_384  # what a spreadsheet has
standard.field_size_limit(LONGEST_FIELD)

BROKEN = "quotes that do not close, or a field over 1 MB"
SHORT, LONG, NUL, FOREIGN = "too few fields", "too many fields", "a NUL byte", "invalid encoding (not UTF-8)"


class Record(NamedTuple):
    """One physical row: its number in the file, and the wanted texts, or what is wrong with it and its raw
    text.

    The number is the line an editor shows, as long as no field has a line break in it and no line is blank.
    """

    number: int
    texts: tuple[str | None, ...]
    trouble: str | None = None
    raw: str | None = None


@dataclass
class _Seen:
    """What the records of one file were like: whether their ends are CRLF, and how many go beyond ASCII."""

    crlf: set[bool] = field(default_factory=set)
    foreign: int = 0
    letters: int = 0


class TextFile:
    """A CSV file behind its header: `names` of the columns, `offset` and `lines` where the records begin, `part` how
    much of it was read record by record (0 to 1).
    """

    def __init__(self, file: Path, plain: Path, csv: config.Csv):
        self.file, self.plain, self.csv, self.part = file, plain, csv, 0.0
        with plain.open("rb") as stream:
            reader = self._reader(self._header_lines(stream))
            try:
                self.names = [name.strip() for name in next(filter(None, reader), [])]
            except standard.Error as error:
                self._refuse_line_ends(error, "the header")
                raise BadData(f"{file}: the header's quotes do not close; is csv.quote right?") from None
            self.lines, self.offset = csv.skip + reader.line_num, stream.tell()
        if not self.names:
            raise NoInput(f"{file}: is empty: no header was found")
        if len(self.names) > MOST_COLUMNS:
            raise BadData(f"{file}: its header has {len(self.names):,} columns, at most {MOST_COLUMNS:,} are read; is "
                          "csv.delimiter right?")  # fmt: skip

    def records(self, columns: dict[str, int], _kinds: dict[str, str], _notes: Counter[str]) -> Iterator[Record]:
        """Every record after the header, with the texts of `columns` (our name → position) in their order."""
        seen, number, none = _Seen(), self.csv.skip + 1, (None,) * len(columns)
        positions, size = tuple(columns.values()), self.plain.stat().st_size
        with self.plain.open("rb") as stream:
            stream.seek(self.offset)
            for row, raw in self._rows(self._lines(stream, self.lines + 1), seen):
                if row == []:
                    continue
                number += 1
                if number % 4096 == 0:
                    self.part = stream.tell() / size
                trouble = self._trouble(row, raw, seen)
                if row is None or trouble:
                    yield Record(number, none, trouble, _visible(raw))
                else:
                    yield Record(number, tuple([row[position] for position in positions]))
        # one odd row in a UTF-8 file is a bad row, a file of them is written in another encoding
        if seen.foreign > 1 and (seen.foreign > seen.letters or seen.foreign > number / 2):
            raise BadData(otherwise_written(self.file, self.csv))

    def _reader(self, lines: Iterator[str]) -> "Reader":
        quoting: dict[str, Any] = {"quotechar": self.csv.quote} if self.csv.quote else {"quoting": standard.QUOTE_NONE}
        return standard.reader(lines, delimiter=self.csv.delimiter, strict=True, **quoting)

    def _header_lines(self, stream: BinaryIO) -> Iterator[str]:
        lines = self._lines(stream, 1)
        for _ in range(self.csv.skip):
            next(lines, None)
        for line in lines:
            if line[:4].lower() == "sep=":
                hint = f"set csv.delimiter: '{line[4:5]}' and csv.skip: {self.csv.skip + 1}"
                raise BadData(f"{self.file}: the first line is Excel's `sep=`; {hint}")
            if not _is_text(line):
                raise BadData(otherwise_written(self.file, self.csv))
            yield line

    def _lines(self, stream: BinaryIO, number: int) -> Iterator[str]:
        while line := stream.readline(LONGEST_LINE + 1):
            if len(line) > LONGEST_LINE:
                raise BadData(f"{self.file}: line {number} is longer than 2 MB; is it the right file?")
            text = line.decode("utf-8", "surrogateescape")
            yield text.removeprefix("\ufeff") if number == 1 else text
            number += 1

    def _rows(self, lines: Iterator[str], seen: _Seen) -> Iterator[tuple[list[str] | None, str]]:
        """(fields, raw text) of each record; [] for a blank line, None where the quotes are broken."""
        taken: list[str] = []
        waiting: deque[str] = deque()

        def feed() -> Iterator[str]:
            while (line := waiting.popleft() if waiting else next(lines, None)) is not None:
                taken.append(line)
                yield line

        reader = self._reader(feed())
        while True:
            taken.clear()
            try:
                row = next(reader, None)
            except standard.Error as error:
                self._refuse_line_ends(error, "a record")
                row, reader = None, self._reader(feed())
                waiting.extendleft(reversed(taken[1:]))
                del taken[1:]
            if not taken:
                return
            self._note_line_end(taken[-1], seen)
            yield row, taken[0] if len(taken) == 1 else "".join(taken)

    def _refuse_line_ends(self, error: standard.Error, where: str) -> None:
        if str(error).startswith("new-line"):
            raise BadData(f"{self.file}: {where} has a bare CR: old or mixed line ends; save with LF or CRLF") from None

    def _note_line_end(self, line: str, seen: _Seen) -> None:
        if line.endswith("\n"):
            seen.crlf.add(line.endswith("\r\n"))
        if len(seen.crlf) > 1:
            raise BadData(f"{self.file}: has mixed line ends, LF and CRLF; save it with one of them")

    def _trouble(self, row: list[str] | None, raw: str, seen: _Seen) -> str | None:
        if not raw.isascii():
            if not _is_text(raw):
                seen.foreign += 1
                return FOREIGN
            seen.letters += 1
        if row is None:
            return BROKEN
        if "\0" in raw:
            return NUL
        # a delimiter after the last field is a habit of some exports, and takes nothing away
        extra = len(row) - len(self.names) - (len(row) > len(self.names) and not row[-1])
        return SHORT if extra < 0 else LONG if extra > 0 else None


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _visible(raw: str) -> str:
    return raw.rstrip("\r\n").encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
