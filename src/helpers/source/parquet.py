"""Parquet files, read in place: are they whole, and alike enough to be one table?

In come paths, out come a lazy table and what a fingerprint says of each file. No row is looked at.
"""

import glob
import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import ibis.expr.types as ir
import sqlglot
from ibis.backends.duckdb import Backend

from helpers.errors import BadData, NoInput
from helpers.settings.company import Table
from helpers.source.typed import parts_read

PLAIN = re.compile(r"""[^|(<>='"]*""")
CHUNK = 1 << 18
PARQUET = b"PAR1"  # how such a file begins and ends
FEW_FILES = 500


def is_in_place(table: Table) -> bool:
    """Whether a mapping asks no more than columns, or sums and products of them: then the files are not copied."""
    is_plain = all(PLAIN.fullmatch(t) and t.count(" * ") < 2 for t in table.columns.values())
    return is_plain and not (table.skip or table.join)


def sample(path: Path, mark: bytes = b"") -> str:
    """Size and digest of a file's first and last 256 KiB: a Parquet footer holds every row group's counts and bounds,
    so this costs the same for a large history as for a small one.

    Raises NoInput for a file that cannot be read, BadData for one that does not begin and end with the mark.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(CHUNK)
            file.seek(max(0, size - CHUNK))
            tail = file.read(CHUNK)
    except OSError as error:
        raise NoInput(f"{path}: cannot be read ({error.strerror})") from None
    if not size:
        raise NoInput(f"{path}: is empty (0 bytes)")
    if not (head.startswith(mark) and tail.endswith(mark)):
        raise BadData(f"{path}: not a whole Parquet file; is it still being written, or cut short? Export it anew")
    return f"{size} {hashlib.sha256(head + tail).hexdigest()}"


def read_parquet(
    con: Backend, name: str, table: Table, paths: list[Path], folder_columns: Mapping[str, str] | None = None
) -> ir.Table:
    """Parquet files as one table, scanned in place. Raises BadData for a file that lacks a column of another.

    `folder_columns`, with their types, are those that the names of folders hold; the engine opens no file whose folder
    a filter leaves out.

    Read by name, types that differ widen (7 beside '007' is a text; else all would be cast to what the first file has),
    and the engine knows the bounds of each column. Of many files that are alike, to ask each costs more than it gives.
    """
    files, shapes = [glob.escape(str(path)) for path in paths], _shapes(con, paths)
    options = _options_for(folder_columns or {})
    by_name = con.read_parquet(files, union_by_name=True, **options)
    read = {part.lower() for parts in parts_read(name, by_name.columns, table).values() for part in parts[::2]}
    for column in sorted(read & shapes.keys()):  # one told by folders, `year=2026`, stands in no file
        having, _ = shapes[column]
        if lacking := sorted({str(path) for path in paths} - having):
            raise BadData(f"{table.from_}: {Path(lacking[0]).name} has no column '{column}', and "
                          f"{Path(min(having)).name} has one; write all files with the same columns")  # fmt: skip
    are_alike = all(types == 1 for column, (_, types) in shapes.items() if column in read)
    return con.read_parquet(files, **options) if are_alike and len(files) > FEW_FILES else by_name


def _options_for(columns: Mapping[str, str]) -> dict[str, Any]:  # Any: options of the engine's reader
    if not columns:
        return {}
    kinds = ", ".join(f"""'{name.replace("'", "''")}': '{kind}'""" for name, kind in columns.items())
    return {"hive_partitioning": True, "hive_types": sqlglot.parse_one(f"{{{kinds}}}", read="duckdb")}


def _shapes(con: Backend, paths: list[Path]) -> dict[str, tuple[set[str], int]]:
    """Column, in small letters, as the engine reads names → the files that have it, and of how many types it is in
    them."""
    query = """SELECT lower(name), list(file_name), count(DISTINCT duckdb_type) FROM parquet_schema(?)
               WHERE duckdb_type IS NOT NULL GROUP BY ALL"""
    try:
        rows = con.raw_sql(query, parameters=[[glob.escape(str(path)) for path in paths]]).fetchall()
    except duckdb.Error as error:
        for path in paths if len(paths) > 1 else ():
            _shapes(con, [path])  # the one at fault raises
        raise BadData(f"{paths[0]}: a damaged Parquet file ({str(error).splitlines()[0]}); export it anew") from None
    return {column: (set(having), types) for column, having, types in rows}
