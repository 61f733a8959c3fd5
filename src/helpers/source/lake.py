"""Folders that are more than their files: a Delta, Iceberg or Hudi table, or one parted by the names of its folders.

Their Parquet files can be listed, but the overwritten and deleted ones too: read as plain files they would count
again what is no more.
"""

import re
from pathlib import Path

from helpers.errors import BadConfiguration

LAKES = {"Delta": "_delta_log", "Iceberg": "metadata/*.metadata.json", "Hudi": ".hoodie"}
"""Kind of table → what its folder has."""


def refuse_lake(folder: Path, pattern: str, is_pattern: bool = False) -> None:
    """BadConfiguration for a folder that is a table of a lake, or, where `from` names it, one parted into folders."""
    for kind, mark in LAKES.items():
        if next(folder.glob(mark), None) is not None:
            raise BadConfiguration(
                f"from: {pattern} is a {kind} table, and holds files of rows that were overwritten or deleted; read it "
                f"with connect: spark:local[*] and from: {kind.lower()}.`/path/to/it`, or export it to one Parquet file"
            )
    if not is_pattern and (key := _parted_by(folder)):
        deep = "/*" * _depth(folder)
        raise BadConfiguration(
            f"from: {pattern} is parted into folders by {key}; name its files: from: {pattern}{deep}/*.parquet"
        )


def _parted_by(folder: Path) -> str:
    """The name before the `=` of a first folder such as `year=2026`."""
    named = (re.fullmatch(r"([^=]+)=.*", path.name) for path in sorted(folder.iterdir()) if path.is_dir())
    return next((match[1] for match in named if match), "")


def _depth(folder: Path) -> int:
    """How many folders named `key=value` lie one in another."""
    inner = next((path for path in sorted(folder.iterdir()) if path.is_dir() and "=" in path.name), None)
    return 1 + _depth(inner) if inner else 0
