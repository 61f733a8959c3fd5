"""Which column of a file is which of ours: by name, never by position.

In come a table's mapping and a file's header, out comes our name → position; what does not fit is one
sentence. A column may be a sum or product of theirs (`amount: Quantity * UnitPrice`): its parts are read as
`amount: Quantity` and `amount: UnitPrice`.
"""

import re
from collections import Counter
from pathlib import Path

from helpers import schema
from helpers.errors import BadData, did_you_mean
from helpers.settings import company as config
from helpers.source.files.judge import DIGITS


def terms(text: str) -> list[str]:
    """Their names and the signs between them in turn, of at most two factors a product; empty for a plain name.

    >>> terms("Qty * Unit price - Rebate"), terms("Amount"), terms("a * b * c")
    (['Qty', '*', 'Unit price', '-', 'Rebate'], [], [])
    """
    found = re.split(r" ([*+-]) ", text)
    return found if len(found) > 1 and "**" not in "".join(found[1::2]) else []


def pick(table: str, mapping: config.Table, names: list[str], file: Path) -> dict[str, int]:
    """Our column → its position among `names`: the mapped ones, and those that are called as we call them.

    BadData if one is missing, or if two names of the header differ only in case.
    """
    wanted = {ours: mapping.columns.get(ours, ours) for ours in schema.TABLES[table]
              if ours in mapping.columns or ours in names or ours in schema.REQUIRED[table]}  # fmt: skip
    wanted = {key: theirs for ours, whole in wanted.items() for key, theirs in _parts(table, ours, whole, names)}
    missing = [theirs for theirs in wanted.values() if theirs not in names]
    if len(missing) == len(wanted):
        hint = "is csv.delimiter right? " if len(names) == 1 else ""
        raise BadData(
            f"{file}: the first line has none of the expected column names ({', '.join(missing)}); {hint}"
            "if title lines stand above the header, set csv.skip"
        )
    if missing:
        near = did_you_mean(missing[0], [name for name in names if name])
        raise BadData(f"{file}: there is no column {', '.join(map(repr, missing))} in the header{near}")
    _refuse_doubles(names, file)
    return {ours: names.index(theirs) for ours, theirs in wanted.items()}


def _parts(table: str, ours: str, theirs: str, names: list[str]) -> list[tuple[str, str]]:
    """What is read for one of our columns: theirs, or the parts of a sum or product; a name goes before its signs."""
    is_plain = theirs in names or schema.TABLES[table][ours] not in DIGITS
    parts = [] if is_plain else terms(theirs)[::2]
    return [(f"{ours}: {part}", part) for part in parts] or [(ours, theirs)]


def _refuse_doubles(names: list[str], file: Path) -> None:
    seen = Counter(name.casefold() for name in names if name)
    if doubles := [name for name in names if seen[name.casefold()] > 1]:
        twins = " and ".join(map(repr, doubles[:2]))
        raise BadData(f"{file}: {twins} are both in the header, and differ at most in case")
