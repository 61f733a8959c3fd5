"""Any engine opened as lazy tables in our schema.

In come a company's `source.yaml` and the project's root; out comes a `Source`: Ibis tables with our column names and
types, what the door kept out, and a fingerprint of what was read. Parquet and DuckDB files are scanned in place;
files without types (CSV, Excel, SQLite) pass `ingest` first. Nothing is computed here but types.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import ibis
import ibis.expr.types as ir
from ibis.backends import BaseBackend

from helpers import schema
from helpers.config import Company, Table, files_folder
from helpers.errors import BadConfiguration, BadData, NoInput, TryLater, did_you_mean
from helpers.ingest import find_files, ingest

CHUNK = 1 << 20
Stamp = tuple[str, int, int]


@dataclass(eq=False)
class Source:
    """Tables by name, and what a manifest says of where they came from."""

    con: BaseBackend
    tables: dict[str, ir.Table]
    fingerprint: str
    rows_quarantined: int = 0
    rows_rejected: int = 0
    quarantine: list[Path] = field(default_factory=list)
    notes: dict[str, int] = field(default_factory=dict)
    stamps: Callable[[], list[Stamp]] = list
    opened_with: list[Stamp] = field(default_factory=list)

    def keep(self, expr: ir.Table) -> ir.Table:
        """The same table, computed once."""
        return expr.cache()

    def assert_unchanged(self) -> None:
        """Raise TryLater when a file is not what it was when it was opened: two pages would show two truths."""
        if self.stamps() != self.opened_with:
            raise TryLater("a source file changed while it was read; run again when the export is finished")


def open_source(company: Company, root: Path, *, progress: bool = False) -> Source:
    """The company's tables, lazily; errors name the file, table or column to mend."""
    con = ibis.duckdb.connect(temp_directory=str(root / "work" / "spill"))
    con.raw_sql("SET TimeZone = 'UTC'")
    if company.connect:
        return _open_database(company, root, con)
    return _open_files(company, root, con, progress)


def _open_files(company: Company, root: Path, con: BaseBackend, progress: bool) -> Source:
    folder = files_folder(company, root)
    if not folder.exists():
        raise NoInput(f"{folder}: there is no such folder (files: in source.yaml)")
    source = Source(con, {}, "")
    read: dict[str, list[Path]] = {}
    digests = []
    for name, table in company.tables.items():
        paths = read[name] = _matching(folder, table.from_)
        if paths[0].suffix == ".parquet":
            raw = con.read_parquet([str(p) for p in paths], union_by_name=False)
            digests += [f"{p.relative_to(folder)} {_sample(p)}" for p in paths]
        else:
            snapshot = ingest(name, table, paths, company.csv, root / "work" / "snapshots", progress)
            raw = con.read_parquet(snapshot.pattern)
            table = Table.model_validate({"from": table.from_})
            digests.append(snapshot.fingerprint)
            source.rows_quarantined += snapshot.rows_quarantined if name == "sale_line" else 0
            source.rows_rejected += snapshot.rows_rejected if name == "sale_line" else 0
            source.quarantine += [snapshot.quarantine] if snapshot.quarantine else []
            source.notes |= {f"{name}.{key}": count for key, count in snapshot.notes.items()}
        source.tables[name] = _typed(name, _renamed(name, raw, table))
    source.fingerprint = hashlib.sha256("\n".join(digests).encode()).hexdigest()
    source.stamps = lambda: [_stamp(p) for paths in read.values() for p in paths if p.exists()]
    source.opened_with = source.stamps()
    return source


def _matching(folder: Path, pattern: str) -> list[Path]:
    """The files a pattern means, in name order: a file, a folder of Parquet files, or a glob inside the folder."""
    if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
        raise BadConfiguration(f"from: {pattern} leaves the folder of files:; name a file inside it")
    paths = find_files(folder, f"{pattern}/*.parquet" if (folder / pattern).is_dir() else pattern)
    if len({p.suffix == ".parquet" for p in paths}) > 1:
        raise BadConfiguration(f"from: {pattern} matches Parquet and other files; name one kind")
    return paths


def _stamp(path: Path) -> Stamp:
    stat = path.stat()
    return str(path), stat.st_size, stat.st_mtime_ns


def _sample(path: Path) -> str:
    """Size and digest of a file's first and last MiB: a Parquet footer holds every row group's counts and bounds, so
    this costs the same for a large history as for a small one."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(CHUNK)
        file.seek(max(0, size - CHUNK))
        return f"{size} {hashlib.sha256(head + file.read(CHUNK)).hexdigest()}"


def _open_database(company: Company, root: Path, con: BaseBackend) -> Source:
    scheme, _, place = company.connect.partition(":")
    if scheme != "duckdb":
        raise BadConfiguration(f"connect: '{scheme}:' is not known; allowed: duckdb:PATH")
    path = root / place.removeprefix("//")
    if not path.is_file():
        raise NoInput(f"{path}: there is no such file")
    try:
        con.raw_sql(f"ATTACH '{str(path).replace(chr(39), chr(39) * 2)}' AS source_file (READ_ONLY)")
    except duckdb.Error as error:
        raise BadConfiguration(f"{path}: not a DuckDB file this version ({duckdb.__version__}) can read; "
                               "export it to Parquet") from error  # fmt: skip
    con.raw_sql("USE source_file")
    tables = {name: _typed(name, _selected(name, table, con)) for name, table in company.tables.items()}
    source = Source(con, tables, hashlib.sha256(_sample(path).encode()).hexdigest())
    source.stamps = lambda: [_stamp(path)]
    source.opened_with = source.stamps()
    con.raw_sql("USE memory")
    return source


def _selected(name: str, table: Table, con: BaseBackend) -> ir.Table:
    """A database table by its mapping, which is a SELECT: each value is an SQL expression over `from`."""
    columns = ", ".join(f"{expression} AS {column}" for column, expression in table.columns.items())
    try:
        have = con.raw_sql(f"DESCRIBE SELECT * FROM {table.from_}").fetchall()
        same = [c[0] for c in have if c[0] in schema.TABLES[name] and c[0] not in table.columns]
        query = f"SELECT {', '.join([*filter(None, [columns]), *same])} FROM {table.from_}"
        con.raw_sql(f"CREATE OR REPLACE TEMP VIEW our_{name} AS {query}")
    except duckdb.Error as error:
        raise BadConfiguration(f"{name}: the database refuses the mapping: {str(error).splitlines()[0]}") from None
    return _required(name, con.table(f"our_{name}", database=("temp", "main")))


def _renamed(name: str, raw: ir.Table, table: Table) -> ir.Table:
    """Our column names over theirs; equal names may be left out of the mapping, further columns are not read."""
    for ours, theirs in table.columns.items():
        if theirs not in raw.columns:
            raise BadData(f"{table.from_}: no column '{theirs}' for {name}.{ours}{did_you_mean(theirs, raw.columns)}")
    mapping = {c: c for c in schema.TABLES[name] if c in raw.columns} | table.columns
    return _required(name, raw.select(**{ours: raw[theirs] for ours, theirs in mapping.items()}))


def _required(name: str, table: ir.Table) -> ir.Table:
    for column in schema.REQUIRED[name]:
        if column not in table.columns:
            raise BadData(f"{name}: no column '{column}', and it is required; columns read: {', '.join(table.columns)}")
    return table


def _typed(name: str, table: ir.Table) -> ir.Table:
    """The table with columns of our types; ids keep an integer type until they leave the engine, it is faster."""
    typed = {c: _cast(name, table[c], schema.TABLES[name][c]).name(c) for c in table.columns}
    if name == "sale_line" and not _is_exact(table.amount):
        typed["is_rounded"] = table.amount.cast("float64") != typed["amount"].cast("float64")
    return table.select(**typed)


def _is_exact(column: ir.Column) -> bool:
    dtype = column.type()
    return dtype.is_decimal() and (dtype.scale or 0) <= 4


def _cast(table: str, column: ir.Column, kind: str) -> ir.Column:
    dtype = column.type()
    if kind in (schema.ID, schema.TEXT) and (dtype.is_string() or dtype.is_integer()):
        return column if dtype.is_integer() else ibis.ifelse(column.strip() == "", ibis.null("string"), column)
    if kind == schema.MONEY and dtype.is_numeric():
        return column if _is_exact(column) else column.round(4).cast("decimal(18, 4)")
    if kind == schema.MOMENT and (dtype.is_timestamp() or dtype.is_date()):
        return column
    if kind == schema.DAY and (dtype.is_timestamp() or dtype.is_date()):
        return column.cast("date")
    if kind == schema.NUMBER and dtype.is_numeric():
        return column.cast("decimal(18, 6)")
    if kind == schema.WHOLE and dtype.is_integer():
        return column.cast("int64")
    if kind == schema.TRUTH and (dtype.is_boolean() or dtype.is_integer()):
        return column.cast("boolean")
    raise BadData(f"{table}.{column.get_name()} is of type {dtype}, expected {EXPECTED[kind]}; convert it in the source")


EXPECTED = {
    schema.ID: "text or whole numbers",
    schema.TEXT: "text",
    schema.MONEY: "a number",
    schema.NUMBER: "a number",
    schema.WHOLE: "whole numbers",
    schema.DAY: "a date",
    schema.MOMENT: "a date or a timestamp",
    schema.TRUTH: "true or false",
}
