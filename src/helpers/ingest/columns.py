"""Which column of a file is which of ours: by name, never by position.

In come a table's mapping and a file's header, out comes our name → position; what does not fit is one
sentence.
"""

from collections import Counter
from pathlib import Path

from helpers import config, schema
from helpers.errors import BadData, did_you_mean


def pick(table: str, mapping: config.Table, names: list[str], file: Path) -> dict[str, int]:
    """Our column → its position among `names`: the mapped ones, and those that are called as we call them.

    BadData if one is missing, or if two names of the header differ only in case.
    """
    wanted = {ours: mapping.columns.get(ours, ours) for ours in schema.TABLES[table]
              if ours in mapping.columns or ours in names or ours in schema.REQUIRED[table]}  # fmt: skip
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


def _refuse_doubles(names: list[str], file: Path) -> None:
    seen = Counter(name.casefold() for name in names if name)
    if doubles := [name for name in names if seen[name.casefold()] > 1]:
        twins = " and ".join(map(repr, doubles[:2]))
        raise BadData(f"{file}: {twins} are both in the header, and differ at most in case")
