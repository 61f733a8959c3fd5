"""Files beside a file of sales, or tables of the same database, that may say what it lacks: who bought, when, what the
branch is called.

In comes a `Look` at lines, out come looks in which each row has the columns of one row of another file, with the key.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from helpers.errors import ReportError
from helpers.source.guess.look import Look, looks

MOST_FILES = 20
MIN_MATCHES = 0.9
"""The share of the sampled rows that must have their row in the other file."""


def joined_looks(look: Look, file: Path) -> Iterator[tuple[Look, str, str]]:
    """(the look with the other file's columns, that file's name, the key) for each file that gives every row at most
    one of its own."""
    others = sorted(path for path in file.parent.glob(f"*{file.suffix}") if path != file and path.is_file())
    for path in others[:MOST_FILES]:
        for other in _looks(path):
            if _is_written_alike(look, other) and (key := _key(look, other)):
                yield _joined(look, other, key, path), path.name, key


def joined_tables(look: Look, every: list[Look]) -> Iterator[Look]:
    """The look with the columns of another table of its database, for each that gives every row at most one of its own;
    `where` then has the join."""
    file, _, table = look.where.partition("#")
    for other in (each for each in every[:MOST_FILES] if each is not look and re.fullmatch(r"\w+", table)):
        name = other.where.partition("#")[2]
        for own, theirs in _keys_of_tables(look, other, name) if re.fullmatch(r"\w+", name) else ():
            on = f"USING ({own})" if own == theirs else f"ON {table}.{own} = {name}.{theirs}"
            shared = {each for each in look.names if each in other.names and (each, each) != (own, theirs)}
            ours = [f"{table}.{each}" if each in shared else each for each in look.names]
            added = [at for at, each in enumerate(other.names) if each != theirs]
            rows = {row[other.names.index(theirs)]: [row[at] for at in added] for row in other.rows}
            blank, key = [None] * len(added), look.names.index(own)
            yield replace(
                look,
                where=f"{file}#{table} LEFT JOIN {name} {on}",
                names=[*ours, *(f"{name}.{other.names[at]}" if other.names[at] in shared else other.names[at]
                                for at in added)],
                rows=[[*row, *rows.get(row[key], blank)] for row in look.rows],
            )  # fmt: skip
            break


def _keys_of_tables(look: Look, other: Look, name: str) -> Iterator[tuple[str, str]]:
    """(column, the other table's column): of one name, or `invoice_id` and the `id` of `invoice` or `invoices`."""
    pairs = [(each, each) for each in look.names if each in other.names and each.casefold() != "id"]
    ids = [theirs for theirs in other.names if theirs.casefold() == "id"]
    for each in look.names:
        stem = re.sub(r"_?id$", "", each.casefold())
        if stem and stem != each.casefold() and stem in name.casefold():
            pairs += [(each, theirs) for theirs in ids]
    for own, theirs in pairs:
        known, wanted = other.column(theirs), look.column(own)
        is_unique = len(known) == len(set(known)) == len(other.rows)
        if is_unique and wanted and sum(value in set(known) for value in wanted) >= MIN_MATCHES * len(wanted):
            yield own, theirs


def _looks(path: Path) -> list[Look]:
    """The looks at a file; none at one that cannot be read, which is nobody's question here."""
    try:
        return looks(path)[:1]
    except ReportError:
        return []


def _is_written_alike(look: Look, other: Look) -> bool:
    """Whether one `csv:` reads both."""
    return all(look.dialect.get(name, ("",))[0] == value for name, (value, _) in other.dialect.items())


def _key(look: Look, other: Look) -> str | None:
    """The first column of both whose values tell the rows of the other apart, and of which nearly all rows have one."""
    for name in (name for name in look.names if name and name in other.names):
        known, wanted = other.column(name), look.column(name)
        is_unique = len(known) == len(set(known)) == len(other.rows)
        if is_unique and wanted and sum(value in set(known) for value in wanted) >= MIN_MATCHES * len(wanted):
            return name
    return None


def _joined(look: Look, other: Look, key: str, path: Path) -> Look:
    """Each row with the cells of its row in the other file; a name that both have is called `FILE NAME`, as `join` has
    it."""
    at, places = other.names.index(key), [n for n, name in enumerate(other.names) if name and name != key]
    rows: dict[Any, list[Any]] = {row[at]: [_cell(row, n) for n in places] for row in other.rows if at < len(row)}
    names = [f"{path.stem} {other.names[n]}" if other.names[n] in look.names else other.names[n] for n in places]
    own, blank = look.names.index(key), [None] * len(places)
    width = len(look.names)
    filled = [[*(_cell(row, n) for n in range(width)), *rows.get(_cell(row, own), blank)] for row in look.rows]
    return replace(look, names=[*look.names, *names], rows=filled)


def _cell(row: list[Any], place: int) -> Any:  # Any: a cell of any kind
    return row[place] if place < len(row) else None
