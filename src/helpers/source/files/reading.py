"""What is read of a file: which of its cells make which of our columns, and by which rule a row is left out.

In come a table's mapping and the file's header, out comes a `Reading`: DuckDB SQL in three layers, cells (texts of the
file) → texts to be judged → values. Columns are found by name, never by position; what does not fit is one sentence.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from helpers import schema
from helpers.errors import BadConfiguration, BadData, did_you_mean, nearest
from helpers.settings import company as config
from helpers.source.files import judge
from helpers.source.files.expression import Expression, Reader, parsed, unknown_in

MAY_BE_BLANK = {("sale_line", "client_id"), ("bonus_entry", "client_id"), ("payment", "client_id")}
"""Required columns whose blanks are a bucket of their own, `(no client)`; a payment counts for the client of what it
pays."""

CELL = "cell"
"""The kind of a cell in an expression: a text, NULL where it is blank."""

COMPUTES = re.compile(r"[*+|/(]| - ")
"""Signs by which a mapping is more than a name."""

AGAIN = "the header again"
TRUTHS = {"no": ("no", "off", "false"), "yes": ("yes", "on", "true")}
"""What YAML reads as one truth, so a column called so comes as the first of them."""


@dataclass(frozen=True)
class Cell:
    """Where a text of a row is: the position in the file itself (0) or in the n-th joined one, and its kind."""

    place: int
    kind: str
    source: int = 0

    @property
    def name(self) -> str:
        return f"{self.kind} {self.place}" + (f" of {self.source}" if self.source else "")


@dataclass(frozen=True)
class Text:
    """A text to be judged: its SQL over cells, what it is to be, and whether a blank is no complaint."""

    sql: str
    kind: str
    may_be_blank: bool


@dataclass(frozen=True)
class Computed:
    """A number made of several: its SQL over cells, the same that stops at a wrong text, and whether NULL is wrong."""

    sql: str
    strict: str
    is_required: bool


@dataclass
class Reading:
    """`texts` and `computed` by our columns (`amount: Quantity` is a part of ours); `skip` by the rule's name; `joins`
    are the cells of the file itself and of each joined one that are to be equal; `header` has what each cell of a
    repeated header would say."""

    table: str
    columns: list[str]
    currency: str
    cells: dict[str, Cell] = field(default_factory=dict)
    texts: dict[str, Text] = field(default_factory=dict)
    computed: dict[str, Computed] = field(default_factory=dict)
    skip: dict[str, str] = field(default_factory=dict)
    joins: list[tuple[str, str]] = field(default_factory=list)
    header: dict[str, str] = field(default_factory=dict)
    has_window: bool = False

    @property
    def is_one_pass(self) -> bool:
        """Whether each row says by itself what it is, so that one pass over the file is enough."""
        return not (self.has_window or self.skip or any(cell.source for cell in self.cells.values()))

    def own(self, source: int = 0) -> dict[str, Cell]:
        """The cells of the file itself, or of the n-th joined one."""
        return {name: cell for name, cell in self.cells.items() if cell.source == source}

    def cell(self, place: int, kind: str, source: int = 0) -> str:
        """SQL of a cell, noted as one that is read."""
        built = Cell(place, kind, source)
        self.cells[built.name] = built
        return judge.name(built.name)

    def judged(self, style: judge.Style, is_strict: bool = False) -> dict[str, str]:
        """Our column → SQL of its value over the judged texts; what is computed has its own."""
        value = {}
        for ours in self.columns:
            if ours in self.computed:
                value[ours] = judge.name(f"= {ours}")
                continue
            text, x = self.texts[ours], judge.name(ours)
            value[ours] = (judge.strict_value(text.kind, x, not text.may_be_blank, style, self.currency_text)
                           if is_strict else judge.value(text.kind, x, style, self.currency_text))  # fmt: skip
        return value

    @property
    def currency_text(self) -> str:
        """SQL, over the judged texts, of the currency that a line is in."""
        return (
            f"coalesce(nullif({judge.name('currency')}, ''), {self.currency})" if self.has_currency else self.currency
        )

    @property
    def has_currency(self) -> bool:
        """Whether each line says its currency."""
        return "currency" in self.texts


def named(names: Sequence[str]) -> list[str]:
    """The names of columns; one without a name is called by its place: `column 1`.

    >>> named(["", "Date"])
    ['column 1', 'Date']
    """
    return [name or f"column {place}" for place, name in enumerate(names, start=1)]


def read_mapping(
    table: str, mapping: config.Table, style: judge.Style, file: Path, names: list[str], joined: dict[str, list[str]]
) -> Reading:
    """What is read of a file with these column names, and with those of the files joined to it.

    BadData for a column that is missing, or if two names of the header differ only in case; BadConfiguration for what
    is no expression over one row.
    """
    places = _places(names, joined)
    own = (name for name in [*mapping.columns, *names] if schema.is_own(table, name))
    known = dict.fromkeys([*schema.TABLES[table], *own])
    wanted = {ours: _alike(mapping.columns.get(ours, ours), places) for ours in known
              if ours in mapping.columns or ours in names or ours in schema.REQUIRED[table]}  # fmt: skip
    _refuse_missing([theirs for theirs in wanted.values() if theirs not in places], len(wanted), names, places, file)
    _refuse_doubles(names, file)
    reading = Reading(table, list(wanted), judge.literal(style.currency))
    reading.joins = [_join(reading, n, mapping.join[name], named(names), named(columns), name)
                     for n, (name, columns) in enumerate(joined.items(), start=1)]  # fmt: skip
    reader = Reader(_cells(reading, places), _currency(reading, wanted, places))
    for ours, theirs in wanted.items():
        if theirs in places:
            _read_plain(reading, ours, *places[theirs])
        else:
            _read_expression(reading, ours, reader, theirs, list(places))
    for why, condition in mapping.skip.items():
        built = reader.condition(parsed(condition, list(places)))
        reading.skip[why] = built.sql
        reading.has_window |= built.has_window
    reading.header = {judge.name(c.name): names[c.place] for c in reading.own().values() if names[c.place]}
    return reading


def _places(names: list[str], joined: dict[str, list[str]]) -> dict[str, tuple[int, int]]:
    """Name → (position, source); a joined column of a name that is there already is called `FILE NAME`."""
    places = {name: (at, 0) for at, name in reversed(list(enumerate(named(names))))}
    for source, (file, columns) in enumerate(joined.items(), start=1):
        for at, name in enumerate(named(columns)):
            places[f"{Path(file).stem} {name}" if name in places else name] = at, source
    return places


def _alike(theirs: str, places: dict[str, tuple[int, int]]) -> str:
    """The column that is meant: YAML says `no` where `off` or `False` was written."""
    if theirs in places or theirs not in TRUTHS:
        return theirs
    return next((name for name in places if name.casefold() in TRUTHS[theirs]), theirs)


def _cells(reading: Reading, places: dict[str, tuple[int, int]]) -> Callable[[str, bool], str]:
    def cell(name: str, is_number: bool) -> str:
        place, source = places[name]
        return reading.cell(place, schema.NUMBER if is_number else CELL, source)

    return cell


def _currency(reading: Reading, wanted: dict[str, str], places: dict[str, tuple[int, int]]) -> str:
    """SQL, over cells, of the currency that a line is in: its own column, else the company's."""
    if (theirs := wanted.get("currency")) in places:
        place, source = places[theirs]
        return f"coalesce({reading.cell(place, CELL, source)}, {reading.currency})"
    return reading.currency


def _read_plain(reading: Reading, ours: str, place: int, source: int) -> None:
    kind = schema.kind_of(reading.table, ours)
    reading.texts[ours] = Text(reading.cell(place, kind, source), kind, not _is_required(reading.table, ours))


def _read_expression(reading: Reading, ours: str, reader: Reader, theirs: str, names: list[str]) -> None:
    kind = schema.kind_of(reading.table, ours)
    is_number = kind in judge.DIGITS
    built, is_required = reader.value(parsed(theirs, names), is_number), _is_required(reading.table, ours)
    for number in built.numbers:
        key = f"{ours}: {number.label}"
        may_be_blank = number.may_be_blank or not is_required
        if key in reading.texts:
            may_be_blank = may_be_blank and reading.texts[key].may_be_blank
        reading.texts[key] = Text(number.sql, schema.NUMBER, may_be_blank)
    if is_number:
        reading.computed[ours] = _computed(built, kind, is_required)
    else:
        reading.texts[ours] = Text(built.sql, kind, not is_required)
    reading.has_window |= built.has_window


def _computed(built: Expression, kind: str, is_required: bool) -> Computed:
    """Kept in full; too large a number has no value (a window cannot be tried)."""
    whole = "BIGINT" if kind == schema.WHOLE else "DECIMAL(38, 12)"
    sql, strict = (f"CAST({text} AS {whole})" for text in (built.sql, built.strict))
    return Computed(sql if built.has_window else f"TRY({sql})", strict, is_required)


def _is_required(table: str, ours: str) -> bool:
    return ours in schema.REQUIRED[table] and (table, ours) not in MAY_BE_BLANK


def _refuse_missing(missing: list[str], wanted: int, names: list[str], places: Collection[str], file: Path) -> None:
    """BadData for names that no header has, which are no expressions either."""
    plain = [theirs for theirs in missing if not _is_expression(theirs, places)]
    if plain and len(plain) == wanted:
        hint = "is csv.delimiter right? " if len(names) == 1 else ""
        raise BadData(
            f"{file}: the first line has none of the expected column names ({', '.join(plain)}); {hint}"
            "if title lines stand above the header, set csv.skip"
        )
    if plain:
        near = nearest(plain[0], places)
        is_computed = COMPUTES.search(plain[0]) and not COMPUTES.search(near)  # the name alone would lose the rest
        hint = (unknown_in(plain[0], names) if is_computed else "") or did_you_mean(plain[0], places)
        raise BadData(f"{file}: there is no column {', '.join(map(repr, plain))} in the header{hint}")


def _is_expression(theirs: str, places: Collection[str]) -> bool:
    """Whether a text is no mere name: it has a sign of SQL in it, and calls something or holds a column's name."""
    has_sign = re.search(r"[-+*/|=<>('\";]| (?:AND|OR|IS|LIKE|IN) ", theirs) is not None
    return has_sign and ("(" in theirs or theirs[0] == "'" or any(name in theirs for name in places))


def _refuse_doubles(names: list[str], file: Path) -> None:
    seen = Counter(name.casefold() for name in names if name)
    if doubles := [name for name in names if seen[name.casefold()] > 1]:
        twins = " and ".join(map(repr, doubles[:2]))
        raise BadData(f"{file}: {twins} are both in the header, and differ at most in case; rename one of them there")


def _join(reading: Reading, source: int, key: str, names: list[str], joined: list[str], file: str) -> tuple[str, str]:
    """The two cells by which a file is joined: of one name that both have, or `ours = theirs`."""
    ours, _, other = (key, "", key) if key in names else key.partition(" = ")
    for name, known, what in ((ours, names, "the file"), (other or ours, joined, file)):
        if name not in known:
            raise BadConfiguration(f"join: {file}: {what} has no column '{name}'{did_you_mean(name, known)}")
    return reading.cell(names.index(ours), CELL), reading.cell(joined.index(other or ours), CELL, source)
