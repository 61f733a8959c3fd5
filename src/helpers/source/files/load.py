"""One file into Parquet: by DuckDB where it and the independent count agree, otherwise record by record.

In come an opened file and its columns, out come a Parquet file of the accepted rows, quarantined rows in the
table `quarantine`, and the `Account` of the file. DuckDB's own messages quote the line, so none of them
leaves this room.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from helpers.errors import KernelDied
from helpers.schema import DAY, MOMENT, MONEY
from helpers.source.files import judge
from helpers.source.files.columns import terms
from helpers.source.files.count import count_plain
from helpers.source.files.job import Job, no_quotations
from helpers.source.files.text import BROKEN, Record, TextFile

BATCH = 50_000
NUMBER, TROUBLE, RAW = '"record number"', '"what is wrong"', '"raw text"'  # no column of ours has blanks


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
    """Write the accepted rows of a file to `out`; `source` has names and records, as `TextFile` does.

    Three ways, each taken where the one before fails: one strict pass of DuckDB for a clean file, a pass of
    DuckDB that numbers the rows where only values are wrong, and Python, record by record, for one of
    doubtful shape.
    """
    staged, account = job.work / "staged.parquet", Account()
    count, copied = _counted_and_copied(job, source, columns, out)
    if count is not None and copied == count:
        return Account(accepted=count)
    with no_quotations():
        if count is None or _copy_plain(job, source, _numbered(source, columns), staged) != count:
            kinds = {ours: job.kind(ours) for ours in columns}
            count = _stage(source.records(columns, kinds, account.notes), list(columns), staged)
        job.con.execute(f"CREATE OR REPLACE VIEW staged AS FROM read_parquet({judge.path(staged)})")
        _complain(job, columns)
        _account_for(job, source.file.name, columns, account, out)
    staged.unlink()
    if account.read != count:
        raise KernelDied(f"{source.file}: {count} rows were read, {account.read} are accounted for")
    return account


def _counted_and_copied(job: Job, source, columns: dict[str, int], out: Path) -> tuple[int | None, int | None]:
    """The records told from a file's bytes and the rows DuckDB copied, at the same time; None for what it could not
    tell or copy."""
    if not isinstance(source, TextFile):
        return None, None

    def count() -> int | None:
        if (counted := count_plain(source)) is None:
            job.con.interrupt()  # a copy that nothing could be held against
        return counted

    with ThreadPoolExecutor(1) as beside:
        counting = beside.submit(count)
        copied = _copy_plain(job, source, _strict(job, columns), out)
        return counting.result(), copied


def _strict(job: Job, columns: dict[str, int]) -> list[str]:
    values = {o: judge.strict(job.kind(o), f"c{at}", job.is_required(o), job.csv) for o, at in columns.items()}
    sums = {ours: f"CASE WHEN {judge.is_over(sql)} THEN error('wrong') ELSE {sql} END" for ours, sql in
            _computed(job, values).items()}  # fmt: skip
    return _chosen(values, sums)


def _computed(job: Job, values: dict[str, str]) -> dict[str, str]:
    """Our column → SQL, for those that are a sum or product of columns; its value is kept in full."""
    found = {ours: terms(job.mapping.columns[ours]) for ours, _, part in (c.partition(": ") for c in values) if part}
    return {o: judge.computed(parts, {p: values[f"{o}: {p}"] for p in parts[::2]}) for o, parts in found.items()}


def _chosen(values: dict[str, str], sums: dict[str, str]) -> list[str]:
    """What is written: the values that are no part of a sum or product, and those."""
    plain = {ours: value for ours, value in values.items() if ": " not in ours}
    return [f"{value} AS {judge.name(ours)}" for ours, value in (plain | sums).items()]


def _numbered(source: TextFile, columns: dict[str, int]) -> list[str]:
    number = f"row_number() OVER () + {source.csv.skip + 1}"
    shape = [f"{number} AS {NUMBER}", f"NULL::VARCHAR AS {TROUBLE}", f"NULL::VARCHAR AS {RAW}"]
    return [*shape, *(f"c{at} AS {judge.name(ours)}" for ours, at in columns.items())]


def _copy_plain(job: Job, source: TextFile, values: list[str], out: Path) -> int | None:
    """How many rows DuckDB copied; None as soon as it meets anything that is not as it should be."""
    shape = {f"c{at}": "VARCHAR" for at in range(len(source.names))}
    read = (
        f"read_csv({judge.path(source.plain)}, auto_detect = false, header = false, skip = {source.lines}, "
        f"delim = {judge.literal(job.csv.delimiter)}, quote = {judge.literal(job.csv.quote)}, "
        f"escape = {judge.literal(job.csv.quote)}, columns = {shape}, compression = 'none')"
    )
    try:
        return job.count(f"COPY (SELECT {', '.join(values)} FROM {read}) TO {judge.literal(str(out))}")
    except duckdb.Error:
        return None


def _stage(records: Iterator[Record], columns: list[str], staged: Path) -> int:
    """Write the records as texts with their numbers and what is wrong with their shape; how many they are."""
    count, names = 0, [*(name.strip('"') for name in (NUMBER, TROUBLE, RAW)), *columns]
    types = [pa.int64(), *[pa.string()] * (len(names) - 1)]
    with pq.ParquetWriter(staged, pa.schema(list(zip(names, types, strict=True)))) as writer:
        for values in _batches(records):
            arrays = [pa.array(column, kind) for column, kind in zip(values, types, strict=True)]
            writer.write_table(pa.table(arrays, writer.schema))
            count += len(values[0])
    return count


def _batches(records: Iterator[Record]) -> Iterator[list]:
    """Columns of many records; no record itself is held, for the garbage collector would visit each again."""
    while True:
        numbers, troubles, raws, texts = [], [], [], []
        for number, text, trouble, raw in islice(records, BATCH):
            numbers.append(number)
            troubles.append(trouble)
            raws.append(raw)
            texts.append(text)
        if not numbers:
            return
        yield [numbers, troubles, raws, *zip(*texts, strict=True)]


def _complain(job: Job, columns: Iterable[str]) -> None:
    """The table `complaint`: line, column, reason and text of what is wrong first in each bad record."""
    whens = [f"WHEN {TROUBLE} IS NOT NULL THEN {{c: NULL, r: {TROUBLE}, t: {RAW}}}"]
    for ours in columns:
        why = judge.complaint(job.kind(ours), ours, job.is_required(ours), job.csv)
        text = f"nullif({judge.name(ours)}, '')"
        whens.append(f"WHEN {why} IS NOT NULL THEN {{c: {judge.literal(ours)}, r: {why}, t: {text}}}")
    values = {ours: judge.value(job.kind(ours), ours, job.csv) for ours in columns}
    for ours, number in _computed(job, values).items():
        over = f"over the limit of {judge.DIGITS[MONEY][0]} digits"
        whens.append(
            f"WHEN {judge.is_over(number)} THEN {{c: {judge.literal(ours)}, r: {judge.literal(over)}, t: NULL}}"
        )
    job.con.execute(
        'CREATE OR REPLACE TEMP TABLE complaint AS SELECT line, why.c AS "column", why.r AS reason, why.t AS text '
        f"FROM (SELECT {NUMBER} AS line, CASE {' '.join(whens)} END AS why FROM staged) WHERE why IS NOT NULL"
    )


def _account_for(job: Job, file: str, columns: Iterable[str], account: Account, out: Path) -> None:
    values = {ours: judge.value(job.kind(ours), ours, job.csv) for ours in columns}
    chosen = ", ".join(_chosen(values, _computed(job, values)))
    good = f"staged ANTI JOIN complaint ON {NUMBER} = line ORDER BY {NUMBER}"
    account.accepted = job.count(f"COPY (SELECT {chosen} FROM {good}) TO {judge.literal(str(out))}")
    account.rejected = job.count(f"SELECT count(*) FROM complaint WHERE reason = {judge.literal(BROKEN)}")
    account.quarantined = job.count("SELECT count(*) FROM complaint") - account.rejected
    job.con.execute("INSERT INTO quarantine SELECT ?, * FROM complaint ORDER BY line", [file])
    for ours in columns:
        if job.kind(ours) in (DAY, MOMENT):
            shaped = f"SELECT count(*) FROM staged WHERE {TROUBLE} IS NULL AND "
            account.given[ours] = job.count(f"{shaped} NOT {judge.is_blank(ours)}")
            account.parsed[ours] = job.count(f"{shaped} ({values[ours]}) IS NOT NULL")
