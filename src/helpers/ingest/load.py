"""One file into Parquet: fast where DuckDB and the independent count agree, otherwise record by record.

In come an opened file and its columns, out come a Parquet file of the accepted rows, quarantined rows in the
table `quarantine`, and the `Account` of the file. DuckDB's own messages quote the line, so none of them
leaves this room.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from helpers.errors import KernelDied
from helpers.ingest import judge
from helpers.ingest.count import count_plain
from helpers.ingest.job import Job, no_quotations
from helpers.ingest.text import BROKEN, Record, TextFile
from helpers.schema import DAY, MOMENT

BATCH = 50_000


@dataclass
class Account:
    """What became of a file's rows; `given` and `parsed` count the texts of each column of dates."""

    accepted: int = 0
    quarantined: int = 0
    rejected: int = 0
    given: Counter = field(default_factory=Counter)
    parsed: Counter = field(default_factory=Counter)
    notes: Counter = field(default_factory=Counter)

    @property
    def read(self) -> int:
        return self.accepted + self.quarantined + self.rejected


def load_file(job: Job, source, columns: dict[str, int], out: Path) -> Account:
    """Write the accepted rows of a file to `out`; `source` has names and records, as `TextFile` does."""
    count = count_plain(source) if isinstance(source, TextFile) else None
    if count is not None and _copy_plain(job, source, columns, out) == count:
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
        return job.count(f"COPY (SELECT {', '.join(values)} FROM {read}) TO {judge.literal(str(out))}")
    except duckdb.Error:
        return None


def _load_records(job: Job, source, columns: dict[str, int], out: Path) -> Account:
    staged, account = job.work / "staged.parquet", Account()
    kinds = {ours: job.kind(ours) for ours in columns}
    with no_quotations():
        count = _stage(source.records(columns, kinds, account.notes), list(columns), staged)
        job.con.execute(f"CREATE OR REPLACE VIEW staged AS FROM read_parquet({judge.path(staged)})")
        _complain(job, kinds)
        _account_for(job, source.file.name, kinds, account, out)
    staged.unlink()
    if account.read != count:
        raise KernelDied(f"{source.file}: {count} rows were read, {account.read} are accounted for")
    return account


def _stage(records: Iterator[Record], columns: list[str], staged: Path) -> int:
    """Write the records as texts with their numbers and what is wrong with their shape; how many they are."""
    count, names = 0, ["record number", "trouble", "raw text", *columns]
    types = [pa.int64(), *[pa.string()] * (len(names) - 1)]
    with pq.ParquetWriter(staged, pa.schema(list(zip(names, types, strict=True)))) as writer:
        while batch := list(islice(records, BATCH)):
            numbers, texts, troubles, raws = zip(*batch, strict=True)
            values = [numbers, troubles, raws, *zip(*texts, strict=True)]
            arrays = [pa.array(column, kind) for column, kind in zip(values, types, strict=True)]
            writer.write_table(pa.table(arrays, writer.schema))
            count += len(batch)
    return count


def _complain(job: Job, kinds: dict[str, str]) -> None:
    """The table `complaint`: line, column, reason and text of what is wrong first in each bad record."""
    whens = ['WHEN trouble IS NOT NULL THEN {c: NULL, r: trouble, t: "raw text"}']
    for column, kind in kinds.items():
        why = judge.complaint(kind, column, job.is_required(column), job.csv)
        whens.append(
            f"WHEN {why} IS NOT NULL THEN {{c: {judge.literal(column)}, r: {why}, t: {judge.name(column)}}}"
        )
    job.con.execute(
        "CREATE OR REPLACE TEMP TABLE complaint AS "
        'SELECT line, why.c AS "column", why.r AS reason, why.t AS text '
        f'FROM (SELECT "record number" AS line, CASE {" ".join(whens)} END AS why FROM staged) '
        "WHERE why IS NOT NULL"
    )


def _account_for(job: Job, file: str, kinds: dict[str, str], account: Account, out: Path) -> None:
    values = {column: judge.value(kind, column, job.csv) for column, kind in kinds.items()}
    chosen = ", ".join(f"{value} AS {judge.name(column)}" for column, value in values.items())
    good = 'staged ANTI JOIN complaint ON staged."record number" = complaint.line ORDER BY "record number"'
    account.accepted = job.count(f"COPY (SELECT {chosen} FROM {good}) TO {judge.literal(str(out))}")
    account.rejected = job.count(f"SELECT count(*) FROM complaint WHERE reason = {judge.literal(BROKEN)}")
    account.quarantined = job.count("SELECT count(*) FROM complaint") - account.rejected
    job.con.execute("INSERT INTO quarantine SELECT ?, * FROM complaint ORDER BY line", [file])
    for column, kind in kinds.items():
        if kind in (DAY, MOMENT):
            shaped = "SELECT count(*) FROM staged WHERE trouble IS NULL AND "
            account.given[column] = job.count(f"{shaped} NOT {judge.is_blank(column)}")
            account.parsed[column] = job.count(f"{shaped} ({values[column]}) IS NOT NULL")
