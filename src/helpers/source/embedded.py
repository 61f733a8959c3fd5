"""The embedded engine, DuckDB: files scanned in place or through `ingest`, and DuckDB's own files.

It takes what memory the machine has free, up to a third, and spills the rest into the project's work folder.
"""

import datetime as dt
import hashlib
import os
import re
import secrets
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from functools import partial
from pathlib import Path

import duckdb
import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from helpers.errors import BadConfiguration, NoInput, TryLater, did_you_mean
from helpers.settings.company import Company, Table, files_folder
from helpers.source import sql
from helpers.source.duckdb_connection import SILENCE, walls
from helpers.source.engine_words import in_words
from helpers.source.files import Snapshot, find_files, ingest
from helpers.source.lake import LakeTable, lake_table, refuse_lake, refuse_store
from helpers.source.opened import NamingSource, Skipped, Source, Stamp, closed_on_error
from helpers.source.parquet import PARQUET, is_in_place, read_parquet, sample
from helpers.source.typed import mapping, renamed, typed, with_whole_ids

KEYS = {"client": "client_id", "branch": "branch_id", "price_list": "price_list_id"}
"""What an export of sale lines may name in each of them, and what tells one from another."""
BYTES_A_SUM = 128  # of one client in an array of sums, at most


class EmbeddedSource(NamingSource):
    """Names are those of DuckDB's own temporary tables and views."""

    place = ops.Namespace("temp", "main")

    def fill(self, name: str, expr: ir.Table) -> Callable[[], object]:
        columns = ", ".join(
            column.sql(self.con.dialect) for column in expr.schema().to_sqlglot_column_defs(self.con.dialect)
        )
        self.con.raw_sql(f"CREATE TEMP TABLE {name} ({columns})")
        self.con.raw_sql(f"INSERT INTO {name} {self.con.compile(expr)}")
        return partial(_drop, self.con, name)

    def view(self, name: str, expr: ir.Table) -> None:
        self.con.raw_sql(f"CREATE TEMP VIEW {name} AS {self.con.compile(expr)}")


def _drop(con: Backend, table: str) -> None:
    """One whose connection is closed is gone."""
    with suppress(duckdb.Error):
        con.raw_sql(f"DROP TABLE {table}")


def connect(root: Path) -> Backend:
    """An empty DuckDB, clock in UTC, with this machine's bounds.

    Sums by a whole number go into an array in place of a hash table where the numbers lie close enough for it: a third
    sooner over a million clients.
    """
    memory = _third_of_memory()
    con = ibis.duckdb.connect(temp_directory=str(_spill(root)), memory_limit=f"{memory >> 20}MiB")
    con.raw_sql(f"{SILENCE}; SET TimeZone = 'UTC'")
    threads = con.raw_sql("SELECT current_setting('threads')").fetchone()[0]
    places = memory // 16 // threads // BYTES_A_SUM  # each thread has an array of its own
    con.raw_sql(f"SET perfect_ht_threshold = {min(24, max(12, places.bit_length() - 1))}")
    con.raw_sql("SET parquet_metadata_cache = true; SET preserve_insertion_order = false")
    return con


def _spill(root: Path) -> Path:
    """A folder that no other connection has: two that spill into one read each other's data. DuckDB makes it when it
    needs it and removes it; what a run's killed kernel left goes with `end_run`."""
    run = os.environ.get("CLIENT_RATING_WORK")
    folder = Path(run) if run else root / "work"
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder / f"spill-{os.getpid()}-{secrets.token_hex(3)}"


def _third_of_memory() -> int:
    """Bytes: a third of the machine's memory, of what its control group allows, or of what the run may take."""
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    group = Path("/sys/fs/cgroup/memory.max")
    allowed = group.read_text().strip() if group.is_file() else "max"
    bounds = [int(limit) for limit in (allowed, os.environ.get("CLIENT_RATING_MEMORY", "")) if limit.isdigit()]
    return min([whole, *bounds]) // 3


def open_files(company: Company, root: Path) -> Source:
    """A folder of files; Parquet in place, the rest through `ingest` into a snapshot."""
    refuse_store(company.files or "")
    folder = files_folder(company, root)
    if not folder.exists():
        raise NoInput(f"{folder}: there is no such folder (files: in source.yaml)")
    source = EmbeddedSource(connect(root), {}, "")
    read: dict[str, list[Path]] = {}
    sold_in = company.sale_line.from_
    digests = []
    for name, table in company.tables.items():
        lake = _matching(folder, table.from_)
        paths = read[name] = lake.files
        if paths[0].suffix == ".parquet" and is_in_place(table):
            digests += [f"{p.relative_to(folder)} {sample(p, PARQUET)}" for p in paths]
            raw = read_parquet(source.con, name, table, paths, lake.folder_columns)
        else:
            joined = {file: _matching(folder, file).files[0] for file in table.join}
            read[name] = [*paths, *joined.values()]
            zone = str(company.source_zone)
            snapshots = root / "work" / "snapshots"
            snapshot = ingest(name, table, paths, company.csv, snapshots, company.currency, zone, joined)
            os.utime(snapshot.path.parent / "account.json")  # unused ones are removed in time: `leftovers`
            table = Table.model_validate({"from": table.from_})
            raw = read_parquet(source.con, name, table, snapshot.files)
            digests.append(snapshot.fingerprint)
            _account(source, name, snapshot)
        named = renamed(name, raw, table)
        named = with_whole_ids(name, named) if company.whole_number_ids else named
        result = typed(name, named, table.columns, in_sql=False)
        is_in_sales = name in KEYS and table.from_ == sold_in
        source.tables[name] = _one_each(result, KEYS[name]) if is_in_sales else result
    source.fingerprint = hashlib.sha256("\n".join(digests).encode()).hexdigest()
    source.stamps = lambda: [_stamp(p) for paths in read.values() for p in paths if p.exists()]
    source.opened_with = source.stamps()
    return source


def _account(source: Source, name: str, snapshot: Snapshot) -> None:
    """What the door says of a table's rows, added to what it said of others."""
    if name == "sale_line":
        source.rows_quarantined += snapshot.rows_quarantined
        source.rows_rejected += snapshot.rows_rejected
    source.quarantine += [snapshot.quarantine] if snapshot.quarantine else []
    source.notes |= {f"{name}.{key}": count for key, count in snapshot.notes.items()}
    for why, (rows, amount) in snapshot.skipped.items():
        source.skipped.append(Skipped(name, why, rows, None if amount is None else Decimal(amount)))


def _one_each(lines: ir.Table, key: str) -> ir.Table:
    """Clients, branches or price lists out of an export that names them in each sale line: of several names, the
    latest by `created_on`, and of one day or where no day is mapped, the last by its letters; of days the first."""
    others = [c for c in lines.columns if c != key]
    if "created_on" not in others:
        return lines.group_by(key).agg(**{c: lines[c].max() for c in others})
    day = lines.created_on.fill_null(dt.date.min)
    dated = {c: ibis.struct({"day": day, "text": lines[c]}).max(where=lines[c].notnull()) for c in others}
    latest = {c: last["text"] for c, last in dated.items()} | {"created_on": lines.created_on.min()}
    return lines.group_by(key).agg(**latest)


def _matching(folder: Path, pattern: str) -> LakeTable:
    """The files a pattern means, in name order: a file, a folder of Parquet files, a table of a lake, or a glob inside
    the folder."""
    refuse_store(pattern)
    if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
        raise BadConfiguration(f"from: {pattern} leaves the folder of files:; name a file inside it")
    if (folder / pattern).is_dir():
        if lake := lake_table(folder, pattern):
            return lake
        pattern = f"{pattern}/*.parquet"
    paths = find_files(folder, pattern)
    for parent in {parent for path in paths for parent in path.parents if parent.is_relative_to(folder)}:
        refuse_lake(parent, pattern, folder)
    if len({p.suffix == ".parquet" for p in paths}) > 1:
        raise BadConfiguration(f"from: {pattern} matches Parquet and other files; name one kind")
    return LakeTable(paths)


def _stamp(path: Path) -> Stamp:
    stat = path.stat()
    return str(path), stat.st_size, stat.st_mtime_ns


def open_duckdb(company: Company, root: Path, address: str) -> Source:
    """A DuckDB file, read only; the mapping is a SELECT."""
    path = root / address.partition(":")[2].removeprefix("//")
    if not path.is_file():
        raise NoInput(f"{path}: there is no such file")
    con = connect(root)
    with closed_on_error(con):
        _attach(con, path)
        con.raw_sql("USE source_file")
        _lock_in(con, root)
        tables = {
            name: typed(name, _selected(name, table, con), table.columns) for name, table in company.tables.items()
        }
    source = EmbeddedSource(con, tables, hashlib.sha256(sample(path).encode()).hexdigest())
    source.stamps = lambda: [_stamp(path)]
    source.opened_with = source.stamps()
    return source


def _attach(con: Backend, path: Path) -> None:
    try:
        con.raw_sql(f"ATTACH '{str(path).replace(chr(39), chr(39) * 2)}' AS source_file (READ_ONLY)")
    except duckdb.Error as error:
        if holder := re.search(r"Conflicting lock is held in (.*?)\s*(?:\(PID (\d+)\))", str(error)):
            raise TryLater(f"{path}: is held by {Path(holder[1]).name} (process {holder[2]}), which writes to it; "
                           "try again when that has ended") from None  # fmt: skip
        raise BadConfiguration(f"{path}: not a DuckDB file this version ({duckdb.__version__}) can read; "
                               "export it to Parquet") from error  # fmt: skip


def _lock_in(con: Backend, root: Path) -> None:
    """From here on the connection reads its own database and writes the run's files: a view of the database that reads
    another file, or the network, is refused by DuckDB. It spills all the same."""
    place = os.environ.get("CLIENT_RATING_WORK") or str(root / "work")
    con.raw_sql(f"{walls([place])}; SET lock_configuration = true")


def _selected(name: str, table: Table, con: Backend) -> ir.Table:
    """A view for a mapping; the source file stays the default, for a view looks its tables up anew each time. DuckDB
    would read a file of a name that is no table's, so each must be one."""
    relation = sql.from_clause(table.from_, "duckdb")
    listed = "SELECT table_name FROM information_schema.tables WHERE table_catalog = 'source_file'"
    known = {row[0].casefold(): row[0] for row in con.raw_sql(listed).fetchall()}
    for wanted in sql.tables(relation, "duckdb"):
        if wanted.casefold() not in known:
            raise BadConfiguration(f"{name}: from: there is no table '{wanted}'{did_you_mean(wanted, known.values())}")
    try:
        have = [c[0] for c in con.raw_sql(f"DESCRIBE SELECT * FROM {relation}").fetchall()]
        columns = ", ".join(f"{value} AS {ours}" for ours, value in mapping(name, table, have, "duckdb").items())
        con.raw_sql(f"CREATE OR REPLACE TEMP VIEW our_{name} AS SELECT {columns} FROM {relation}")
    except duckdb.Error as error:
        raise BadConfiguration(f"{name}: the database refuses the mapping: {in_words(str(error))}") from None
    return con.table(f"our_{name}", database=("temp", "main"))
