"""Folders that are more than their files: a Delta, Iceberg or Hudi table, or one parted by the names of its folders.

In comes a folder that `from:` names, out come the Parquet files that are the table now, and the columns that the names
of its folders hold. Read as plain files, a table of a lake would count again what was overwritten or deleted.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

from helpers.errors import BadConfiguration, NoInput

LAKES = {"Delta": "_delta_log", "Iceberg": "metadata/*.metadata.json", "Hudi": ".hoodie"}
"""Kind of table → what its folder has."""
STORES = re.compile(r"(s3a?|gs|gcs|az|abfss?|wasbs?|r2|hdfs|https?)://", re.IGNORECASE)
DAY = re.compile(r"\d{4}-\d\d-\d\d")
NONE = "__HIVE_DEFAULT_PARTITION__"
PARTED = re.compile(r"([^=]+)=(.*)")
UNREADABLE = {"deletionVectors", "columnMapping"}
"""Of Delta's features those by which a live file holds rows or names that are not the table's."""


@dataclass(frozen=True)
class LakeTable:
    """The files of a table, and the columns told by the names of its folders with their DuckDB types."""

    files: list[Path]
    folder_columns: dict[str, str] = field(default_factory=dict)


def refuse_store(text: str) -> None:
    """BadConfiguration for an address of an object store: no run would see one state of it."""
    if STORES.match(text):
        scheme = text.partition(":")[0]
        raise BadConfiguration(
            f"{text.split('?')[0]}: files in a store ({scheme}://) are not read; copy them first (aws s3 sync, gsutil "
            "rsync, azcopy) and name the folder, or read them with connect: spark:local[*]"
        )


def lake_table(files: Path, pattern: str) -> LakeTable | None:
    """What a folder that a company names is where it is more than its files: a Delta table, or one parted by folders;
    None for a plain one. `files` is the folder of the company's files.

    Raises BadConfiguration for a table of another lake.
    """
    folder = files / pattern
    refuse_lake(folder, pattern, files, but="Delta")
    if (folder / LAKES["Delta"]).is_dir():
        return _delta(folder, pattern)
    return _parted(folder, pattern) if _parted_by(folder) else None


def refuse_lake(folder: Path, pattern: str, files: Path, but: str = "") -> None:
    """BadConfiguration for a folder that is a table of a lake, of which `pattern` names the files; `files` is the
    folder of the company's files."""
    for kind, mark in LAKES.items():
        if kind == but or next(folder.glob(mark), None) is None:
            continue
        article = "an" if kind == "Iceberg" else "a"
        advice = f"name the folder itself: from: '{folder.relative_to(files)}', " if kind == "Delta" else ""
        raise BadConfiguration(
            f"from: {pattern} is {article} {kind} table, and holds files of rows that were overwritten or deleted; "
            f"{advice}read it with connect: spark:local[*] and from: {kind.lower()}.`/path/to/it`, or export it to one "
            "Parquet file"
        )


def _delta(folder: Path, pattern: str) -> LakeTable:
    """The live files of a Delta table by its own log, as of now."""
    if not find_spec("deltalake"):
        raise BadConfiguration(
            f"from: {pattern} is a Delta table, which needs a reader; type: pip install 'client-rating[lake]'"
        )
    from deltalake import DeltaTable
    from deltalake.exceptions import DeltaError

    try:
        table = DeltaTable(folder)
        features = UNREADABLE & set(table.protocol().reader_features or [])
        fields = {f.name: f.type for f in table.schema().fields}
        uris, parted_by = table.file_uris(), table.metadata().partition_columns
    except DeltaError as error:
        raise BadConfiguration(f"from: {pattern} is no whole Delta table: {str(error).splitlines()[0]}") from None
    if features:
        raise BadConfiguration(
            f"from: {pattern} is a Delta table with {', '.join(sorted(features))}, by which its files hold more than "
            "the table; rewrite it without (OPTIMIZE, REORG TABLE … APPLY (PURGE)), or export it to one Parquet file"
        )
    if not uris:
        raise NoInput(f"from: {pattern} is a Delta table without a row")
    kinds = {name: _duckdb_type(json.loads(fields[name].to_json())) for name in parted_by}
    return LakeTable(sorted(_path(uri) for uri in uris), kinds)


def _path(uri: str) -> Path:
    """The file at an address, in which Delta writes a blank as %20."""
    path = Path(urlsplit(uri).path if "://" in uri else uri)
    return path if path.exists() else Path(unquote(str(path)))


def _duckdb_type(kind: str) -> str:
    """Delta's name of a type as DuckDB's."""
    names = {"string": "VARCHAR", "long": "BIGINT", "short": "SMALLINT", "byte": "TINYINT", "binary": "BLOB"}
    return names.get(kind, kind.upper())


def _parted(folder: Path, pattern: str) -> LakeTable:
    """The files below a folder whose folders are named `key=value`. A column of days is a date, any other is text, so
    that the branch 007 stays what it is."""
    files = sorted(
        path
        for path in folder.rglob("*.parquet")
        if not any(part.startswith(("_", ".")) for part in path.relative_to(folder).parts)
    )
    if not files:
        raise NoInput(f"from: {pattern} is parted into folders by {_parted_by(folder)}, and none holds a Parquet file")
    keys_of_files = [_keys_in(path.relative_to(folder)) for path in files]
    if uneven := next(
        (path for path, keys in zip(files, keys_of_files, strict=True) if keys.keys() != keys_of_files[0].keys()), None
    ):
        raise BadConfiguration(
            f"from: {pattern} is parted into folders by {', '.join(keys_of_files[0])}, and "
            f"{uneven.relative_to(folder)} is not"
        )
    return LakeTable(files, {key: _kind({keys[key] for keys in keys_of_files}) for key in keys_of_files[0]})


def _keys_in(path: Path) -> dict[str, str]:
    matches = (PARTED.fullmatch(part) for part in path.parts[:-1])
    return {match[1]: unquote(match[2]) for match in matches if match}


def _kind(values: Iterable[str]) -> str:
    return "DATE" if all(DAY.fullmatch(value) or value == NONE for value in values) else "VARCHAR"


def _parted_by(folder: Path) -> str:
    """The name before the `=` of a first folder such as `year=2026`."""
    named = (PARTED.fullmatch(path.name) for path in sorted(folder.iterdir()) if path.is_dir())
    return next((match[1] for match in named if match), "")
