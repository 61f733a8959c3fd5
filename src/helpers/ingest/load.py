"""One file into Parquet: fast where DuckDB and the independent count agree, otherwise record by record.

In come an opened file and its columns, out come a Parquet file of the accepted rows, quarantined rows in the table
`quarantine`, and the `Account` of the file. DuckDB's own messages quote the line, so none of them leaves this module.
"""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from helpers import config, schema
from helpers.errors import KernelDied, OutOfSpace
from helpers.ingest import judge
from helpers.ingest.count import count_plain
from helpers.ingest.text import BROKEN, Record, TextFile

BATCH = 50_000
MAY_BE_BLANK = {("sale_line", "client_id"), ("bonus_entry", "client_id")}
"""Required columns whose blanks are a bucket of their own, `(no client)`."""


@dataclass
class Account:
    """What became of a file's rows; `given` and `parsed` count the texts of each column of days or moments."""

    accepted: int = 0
    quarantined: int = 0
    rejected: int = 0
    given: Counter = field(default_factory=Counter)
    parsed: Counter = field(default_factory=Counter)
    notes: Counter = field(default_factory=Counter)

    @property
    def read(self) -> int:
        return self.accepted + self.quarantined + self.rejected


@dataclass(frozen=True)
class Job:
    """What every file of one table has in common."""

    con: duckdb.DuckDBPyConnection
    table: str
    csv: config.Csv
    work: Path

    def kind(self, column: str) -> str:
        return schema.TABLES[self.table][column]

    def is_required(self, column: str) -> bool:
        return column in schema.REQUIRED[self.table] and (self.table, column) not in MAY_BE_BLANK


def connect(work: Path) -> duckdb.DuckDBPyConnection:
    """DuckDB in memory, with at most half of the machine's, spilling into `work`."""
    half = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    con = duckdb.connect(config={"memory_limit": f"{half // 2**20}MiB", "temp_directory": str(work / "spill")})
    con.execute('CREATE TABLE quarantine (file VARCHAR, line BIGINT, "column" VARCHAR, reason VARCHAR, text VARCHAR)')
    return con


@contextmanager
def no_quotations() -> Iterator[None]:
    """DuckDB's and the system's errors as ours, without a word of the data."""
    try:
        yield
    except duckdb.OutOfMemoryException:
        raise OutOfSpace("the files do not fit into memory and spill folder; free some space and try again") from None
    except (duckdb.IOException, OSError) as error:
        raise OutOfSpace(f"reading or writing failed ({_cause(error)})") from None
    except duckdb.Error as error:
        raise KernelDied(f"DuckDB could not read what ingest had prepared ({type(error).__name__})") from None


def _cause(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return "no space left" if "space" in str(error) else type(error).__name__


def load_file(job: Job, source, columns: dict[str, int], out: Path) -> Account:
    """Write the accepted rows of a file to `out`; `source` has names and records, as `TextFile` does."""
    if isinstance(source, TextFile) and (count := count_plain(source)) is not None:
        if _copy_plain(job, source, columns, out) == count:
            return Account(accepted=count)
    return _load_records(job, source, columns, out)


def _copy_plain(job: Job, source: TextFile, columns: dict[str, int], out: Path) -> int | None:
    """One strict pass of DuckDB; None as soon as it meets anything that is not as it should be."""
    texts = {ours: f"c{position}" for ours, position in columns.items()}
    values = [f"{judge.strict(job.kind(ours), text, job.is_required(ours), job.csv)} AS {judge.name(ours)}"
              for ours, text in texts.items()]  # fmt: skip
    shape = {f"c{position}": "VARCHAR" for position in range(len(source.names))}
    read = (
        f"read_csv({judge.path(source.plain)}, auto_detect = false, header = false, skip = {source.lines}, "
        f"delim = {judge.literal(job.csv.delimiter)}, quote = {judge.literal(job.csv.quote)}, "
        f"escape = {judge.literal(job.csv.quote)}, columns = {shape}, compression = 'none')"
    )
    try:
        return job.con.execute(f"COPY (SELECT {', '.join(values)} FROM {read}) TO {judge.literal(str(out))}").fetchone()[0]
    except duckdb.Error:
        return None


def _load_records(job: Job, source, columns: dict[str, int], out: Path) -> Account:
    staged, account = job.work / "staged.parquet", Account()
    kinds = {ours: job.kind(ours) for ours in columns}
    with no_quotations():
        _stage(source.records(columns, kinds, account.notes), list(columns), staged)
        job.con.execute(f"CREATE OR REPLACE VIEW staged AS FROM read_parquet({judge.path(staged)})")
        _judge(job, source.file.name, list(columns), account, out)
    staged.unlink()
    return account


def _stage(records: Iterator[Record], columns: list[str], staged: Path) -> None:
    """The records as texts in Parquet, with their numbers and what is wrong with their shape."""
    names = ["record number", "trouble", "raw text", *columns]
    types = [pa.int64(), *[pa.string()] * (len(names) - 1)]
    with pq.ParquetWriter(staged, pa.schema(list(zip(names, types, strict=True)))) as writer:
        while batch := list(islice(records, BATCH)):
            numbers, texts, troubles, raws = zip(*batch, strict=True)
            values = [numbers, troubles, raws, *zip(*texts, strict=True)]
            writer.write_table(pa.table([pa.array(v, t) for v, t in zip(values, types, strict=True)], writer.schema))


def _judge(job: Job, file: str, columns: list[str], account: Account, out: Path) -> None:
    con, kinds = job.con, {ours: job.kind(ours) for ours in columns}
    why = {c: judge.complaint(kinds[c], c, job.is_required(c), job.csv) for c in columns}
    values = {c: judge.value(kinds[c], c, job.csv) for c in columns}
    whens = [f"WHEN {why[c]} IS NOT NULL THEN {{c: {judge.literal(c)}, r: {why[c]}, t: {judge.name(c)}}}" for c in columns]
    con.execute(
        'CREATE OR REPLACE TEMP TABLE complaint AS FROM (SELECT "record number" AS line, CASE WHEN trouble IS NOT NULL '
        f'THEN {{c: NULL::VARCHAR, r: trouble, t: "raw text"}} {" ".join(whens)} END AS why FROM staged) '
        "WHERE why IS NOT NULL"
    )
    con.execute("INSERT INTO quarantine SELECT ?, line, why.c, why.r, why.t FROM complaint ORDER BY line", [file])
    good = 'staged ANTI JOIN complaint ON staged."record number" = complaint.line'
    chosen = ", ".join(f"{values[c]} AS {judge.name(c)}" for c in columns)
    order = 'ORDER BY "record number"'
    account.accepted = con.execute(
        f"COPY (SELECT {chosen} FROM {good} {order}) TO {judge.literal(str(out))}"
    ).fetchone()[0]
    account.rejected, account.quarantined = con.execute(
        "SELECT count(*) FILTER (why.r = ?), count(*) FILTER (why.r <> ?) FROM complaint", [BROKEN, BROKEN]
    ).fetchone()
    for column in (c for c in columns if kinds[c] in (schema.DAY, schema.MOMENT)):
        given, parsed = f"NOT {judge.is_blank(column)}", f"({values[column]}) IS NOT NULL"
        account.given[column], account.parsed[column] = con.execute(
            f"SELECT count(*) FILTER ({given}), count(*) FILTER ({parsed}) FROM staged WHERE trouble IS NULL"
        ).fetchone()
