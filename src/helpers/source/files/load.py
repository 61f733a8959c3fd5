"""One file into Parquet: by DuckDB where it and the independent count agree, otherwise record by record.

In come an opened file and what is read of it, out come a Parquet file of the accepted rows, quarantined rows in the
table `quarantine`, and the `Account` of the file. DuckDB's own messages quote the line, so none of them
leaves this room.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from helpers.errors import BadConfiguration, BadData, KernelDied
from helpers.schema import DAY, MOMENT, MONEY, TEXT
from helpers.source.engine_words import in_words
from helpers.source.files import judge
from helpers.source.files.count import count_plain
from helpers.source.files.job import Job, no_quotations
from helpers.source.files.reading import AGAIN, CELL, Cell, Reading
from helpers.source.files.text import BROKEN, Record, TextFile

BATCH = 50_000
NUMBER, TROUBLE, RAW = '"record number"', '"what is wrong"', '"raw text"'  # no column of ours has blanks
SKIPPED = '"skipped by"'


class Opened(Protocol):
    """A file behind its header: the names of its columns, and its records."""

    file: Path
    names: list[str]

    def records(self, columns: dict[str, int], kinds: dict[str, str], notes: Counter[str]) -> Iterator[Record]: ...


@dataclass
class Account:
    """What became of the rows of a file; `skipped` has rows and amount of each rule, `dates_given` and `dates_parsed`
    count the texts of each column of dates."""

    accepted: int = 0
    quarantined: int = 0
    rejected: int = 0
    skipped: dict[str, tuple[int, Decimal | None]] = field(default_factory=dict)
    dates_given: Counter[str] = field(default_factory=Counter)
    dates_parsed: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)

    @property
    def read(self) -> int:
        return self.accepted + self.quarantined + self.rejected + sum(rows for rows, _ in self.skipped.values())


def load_file(job: Job, source: Opened, reading: Reading, out: Path, label: str) -> Account:
    """Write the accepted rows of a file to `out`; `label` is what a person calls it.

    Three ways, each taken where the one before fails: one strict pass of DuckDB for a clean file whose rows say by
    themselves what they are, a pass of DuckDB that numbers the rows, and Python, record by record, for one of
    doubtful shape.
    """
    staged, account = job.work / "staged.parquet", Account()
    count, copied = _counted_and_copied(job, source, reading, out)
    if count is not None and copied == count:
        return Account(accepted=count)
    with no_quotations():
        if not _staged_plain(job, source, reading, staged, count):
            count = stage(source, reading.own(), account.notes, staged)
        job.con.execute(f"CREATE OR REPLACE VIEW staged AS FROM read_parquet({judge.path(staged)})")
        _shape(job, reading, label)
        _complain(job, reading)
        _account_for(job, label, reading, account, out)
    staged.unlink()
    if account.read != count:
        raise KernelDied(f"{label}: {count} rows were read, {account.read} are accounted for")
    return account


def check_expressions(job: Job, reading: Reading) -> None:
    """BadConfiguration where DuckDB cannot make sense of an expression: before a row is read, so no row is quoted."""
    cells = ", ".join(f"NULL::VARCHAR AS {judge.name(name)}" for name in reading.cells)
    places = f"(SELECT NULL::BIGINT AS {NUMBER}, {cells})"
    tried = {ours: computed.sql for ours, computed in reading.computed.items()}
    tried |= {key: text.sql for key, text in reading.texts.items()}
    tried |= {f"skip: {why}": f"({sql})::BOOLEAN" for why, sql in reading.skip.items()}
    for key, sql in tried.items():
        try:
            job.con.execute(f"EXPLAIN SELECT {sql} FROM {places}")
        except duckdb.Error as error:
            raise BadConfiguration(f"{job.table}.{key}: cannot be computed: {in_words(str(error))}") from None


def _counted_and_copied(job: Job, source: Opened, reading: Reading, out: Path) -> tuple[int | None, int | None]:
    """The records told from a file's bytes and the rows DuckDB copied, at the same time; None for what it could not
    tell or copy."""
    if not isinstance(source, TextFile):
        return None, None

    def count() -> int | None:
        if (counted := count_plain(source)) is None:
            job.con.interrupt()  # a copy that nothing could be held against
        return counted

    with ThreadPoolExecutor(1) as background:
        counting = background.submit(count)
        copied = _copy_plain(job, source, partial(_strict, job, reading), out) if reading.is_one_pass else None
        return counting.result(), copied


def _strict(job: Job, reading: Reading, raw: str) -> str:
    """A SELECT over the raw columns `c0`, `c1` … that stops at the first value that is not as it should be."""
    cells = ", ".join(f"{_cell(cell)} AS {judge.name(name)}" for name, cell in reading.cells.items())
    texts = [f"{text.sql} AS {judge.name(key)}" for key, text in reading.texts.items()]
    for ours, number in reading.computed.items():
        missing = f"{number.strict} IS NULL OR " if number.is_required else ""
        wrong = f"{missing}{judge.is_over(number.strict)}"
        texts.append(f"CASE WHEN {wrong} THEN error('wrong') ELSE {number.strict} END AS {judge.name('= ' + ours)}")
    values = _named(reading.judged(job.style, is_strict=True))
    parts = _named({f"part {key}": sql for key, sql in _strict_parts(job, reading).items()})
    checked = ", ".join(judge.name(ours) for ours in reading.columns)
    inner = f"SELECT {', '.join(texts)} FROM (SELECT {cells} FROM {raw})"
    if parts:
        return f"SELECT {checked} FROM (SELECT {values}, {parts} FROM ({inner}))"
    return f"SELECT {values} FROM ({inner})"


def _strict_parts(job: Job, reading: Reading) -> dict[str, str]:
    """Parts of texts (`kind: Total`) that no computed number stops at."""
    lone = {key: text for key, text in reading.texts.items() if key.partition(": ")[2]}
    return {key: judge.strict_value(text.kind, judge.name(key), not text.may_be_blank, job.style, reading.currency_text)
            for key, text in lone.items() if key.partition(": ")[0] not in reading.computed}  # fmt: skip


def _named(values: dict[str, str]) -> str:
    return ", ".join(f"{sql} AS {judge.name(name)}" for name, sql in values.items())


def _cell(cell: Cell) -> str:
    raw = f"c{cell.place}"
    return f"CASE WHEN {judge.is_blank(raw)} THEN NULL ELSE {raw} END" if cell.kind == CELL else raw


def _staged_plain(job: Job, source: Opened, reading: Reading, staged: Path, count: int | None) -> bool:
    """Whether DuckDB could number and stage the `count` rows of a text file."""
    if count is None or not isinstance(source, TextFile):
        return False
    return _copy_plain(job, source, partial(_numbered, source, reading), staged) == count


def _numbered(source: TextFile, reading: Reading, raw: str) -> str:
    number = f"row_number() OVER () + {source.csv.skip + 1}"
    shape = [f"{number} AS {NUMBER}", f"NULL::VARCHAR AS {TROUBLE}", f"NULL::VARCHAR AS {RAW}"]
    cells = [f"c{cell.place} AS {judge.name(name)}" for name, cell in reading.own().items()]
    return f"SELECT {', '.join([*shape, *cells])} FROM {raw}"


def _copy_plain(job: Job, source: TextFile, select: Callable[[str], str], out: Path) -> int | None:
    """How many rows DuckDB copied; None as soon as it meets anything that is not as it should be."""
    shape, csv = {f"c{at}": "VARCHAR" for at in range(len(source.names))}, job.style.csv
    read = (
        f"read_csv({judge.path(source.plain)}, auto_detect = false, header = false, skip = {source.lines}, "
        f"delim = {judge.literal(csv.delimiter)}, quote = {judge.literal(csv.quote)}, "
        f"escape = {judge.literal(csv.quote)}, columns = {shape}, compression = 'none')"
    )
    try:
        return _write(job, select(read), out)
    except duckdb.Error:
        return None


def _write(job: Job, select: str, out: Path) -> int:
    """Copy a query's rows into a Parquet file; how many they are. A dictionary of few values alone, and differences in
    place of whole numbers, are written in half the time and read sooner."""
    return job.count(f"COPY ({select}) TO {judge.literal(str(out))} (PARQUET_VERSION v2, DICTIONARY_SIZE_LIMIT 4096)")


def stage(source: Opened, cells: dict[str, Cell], notes: Counter[str], staged: Path) -> int:
    """Write the records of a file as texts with their numbers and what is wrong with their shape; how many they are."""
    columns = {name: cell.place for name, cell in cells.items()}
    kinds = {name: TEXT if cell.kind == CELL else cell.kind for name, cell in cells.items()}
    count, names = 0, [*(name.strip('"') for name in (NUMBER, TROUBLE, RAW)), *columns]
    types = [pa.int64(), *[pa.string()] * (len(names) - 1)]
    with pq.ParquetWriter(staged, pa.schema(list(zip(names, types, strict=True)))) as writer:
        for values in _batches(source.records(columns, kinds, notes)):
            arrays = [pa.array(column, kind) for column, kind in zip(values, types, strict=True)]
            writer.write_table(pa.table(arrays, writer.schema))
            count += len(values[0])
    return count


def _batches(records: Iterator[Record]) -> Iterator[list[Any]]:
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


def _shape(job: Job, reading: Reading, label: str) -> None:
    """The table or view `shaped`: the staged rows with the texts to be judged, what is computed, and which rule skips
    them. A window looks at every row of the file, whatever becomes of it."""
    cells = [
        f"{blank_as_null(name)} AS {judge.name(name)}" for name, cell in reading.own().items() if cell.kind == CELL
    ]
    replaced = f"REPLACE ({', '.join(cells)})" if cells else ""
    joined = f"SELECT * {replaced} FROM staged{_joins(reading)}"
    texts = [f"{text.sql} AS {judge.name(key)}" for key, text in reading.texts.items()]
    texts += [f"{number.sql} AS {judge.name('= ' + ours)}" for ours, number in reading.computed.items()]
    again = " AND ".join(f"{cell} = {judge.literal(name)}" for cell, name in reading.header.items())
    rules = [(AGAIN, again)] if len(reading.header) > 1 else []
    rules += [(why, sql) for why, sql in reading.skip.items()]
    whens = " ".join(f"WHEN {sql} THEN {judge.literal(why)}" for why, sql in rules)
    skipped = f"CASE WHEN {TROUBLE} IS NOT NULL THEN NULL {whens} END AS {SKIPPED}"
    kind = "TABLE" if reading.has_window else "VIEW"
    job.con.execute("DROP VIEW IF EXISTS shaped" if _is_view(job) else "DROP TABLE IF EXISTS shaped")
    try:
        job.con.execute(f"CREATE {kind} shaped AS SELECT *, {', '.join([*texts, skipped])} FROM ({joined})")
    except (duckdb.ConversionException, duckdb.OutOfRangeException, duckdb.InvalidInputException):
        raise BadData(f"{label}: an expression of {job.table} cannot be computed in every row") from None


def _is_view(job: Job) -> bool:
    return bool(job.count("SELECT count(*) FROM duckdb_views() WHERE view_name = 'shaped'"))


def blank_as_null(name: str) -> str:
    """SQL of a cell, NULL where it is blank."""
    x = judge.name(name)
    return f"CASE WHEN {judge.is_blank(x)} THEN NULL ELSE {x} END"


def _joins(reading: Reading) -> str:
    pairs = enumerate(reading.joins, start=1)
    return "".join(f" LEFT JOIN joined{n} ON {ours} = {theirs}" for n, (ours, theirs) in pairs)


def _complain(job: Job, reading: Reading) -> None:
    """The table `complaint`: line, column, reason and text of what is wrong first in each bad record."""
    whens, reasons = [f"WHEN {TROUBLE} IS NOT NULL THEN {{c: NULL, r: {TROUBLE}, t: {RAW}}}"], []
    for key, text in reading.texts.items():
        x, is_required, reason = judge.name(key), not text.may_be_blank, judge.name(f"why not {key}")
        why = judge.error_reason(text.kind, x, is_required, job.style, reading.currency_text)
        if is_required and (part := key.partition(": ")[2]):
            advice = judge.literal(f"empty; where a blank is 0, write coalesce({part}, 0)")
            why = f"coalesce(nullif({why}, 'empty'), CASE WHEN {judge.is_blank(x)} THEN {advice} END)"
        reasons.append(f"{why} AS {reason}")
        whens.append(f"WHEN {reason} IS NOT NULL THEN {{c: {judge.literal(key)}, r: {reason}, t: nullif({x}, '')}}")
    for ours, computed in reading.computed.items():
        number, over = judge.name(f"= {ours}"), f"over the limit of {judge.DIGITS[MONEY][0]} digits"
        not_blank = [f"{judge.name(key)} IS NOT NULL" for key, text in reading.texts.items()
                 if key.startswith(f"{ours}: ") and not text.may_be_blank]  # fmt: skip
        too_large = f"{judge.is_over(number)} OR ({number} IS NULL AND {' AND '.join(not_blank) or 'false'})"
        whens.append(f"WHEN {too_large} THEN {{c: {judge.literal(ours)}, r: {judge.literal(over)}, t: NULL}}")
        if computed.is_required:
            whens.append(f"WHEN {number} IS NULL THEN {{c: {judge.literal(ours)}, r: 'empty', t: NULL}}")
    judged = f"SELECT {', '.join(['*', *reasons])} FROM shaped WHERE {SKIPPED} IS NULL"
    job.con.execute(
        'CREATE OR REPLACE TEMP TABLE complaint AS SELECT line, why.c AS "column", why.r AS reason, why.t AS text '
        f"FROM (SELECT {NUMBER} AS line, CASE {' '.join(whens)} END AS why FROM ({judged})) WHERE why IS NOT NULL"
    )


def _account_for(job: Job, label: str, reading: Reading, account: Account, out: Path) -> None:
    values = reading.judged(job.style)
    good = f"shaped ANTI JOIN complaint ON {NUMBER} = line WHERE {SKIPPED} IS NULL ORDER BY {NUMBER}"
    account.accepted = _write(job, f"SELECT {_named(values)} FROM {good}", out)
    account.rejected = job.count(f"SELECT count(*) FROM complaint WHERE reason = {judge.literal(BROKEN)}")
    account.quarantined = job.count("SELECT count(*) FROM complaint") - account.rejected
    job.con.execute("INSERT INTO quarantine SELECT ?, * FROM complaint ORDER BY line", [label])
    amount = f"sum({values['amount']})" if "amount" in values else "NULL"
    skipped = f"SELECT {SKIPPED}, count(*), {amount} FROM shaped WHERE {SKIPPED} IS NOT NULL GROUP BY ALL"
    account.skipped = {why: (rows, sum_) for why, rows, sum_ in job.con.execute(skipped).fetchall()}
    for ours in reading.columns:
        if ours in reading.texts and reading.texts[ours].kind in (DAY, MOMENT):
            shaped = f"SELECT count(*) FROM shaped WHERE {TROUBLE} IS NULL AND {SKIPPED} IS NULL AND "
            account.dates_given[ours] = job.count(f"{shaped} NOT {judge.is_blank(judge.name(ours))}")
            account.dates_parsed[ours] = job.count(f"{shaped} ({values[ours]}) IS NOT NULL")
            if ours == "sold_at" and job.style.is_zoned:
                is_zoned = judge.zoned(judge.name(ours), job.style)
                account.notes["naive_times"] += job.count(
                    f"{shaped} ({values[ours]}) IS NOT NULL AND {is_zoned} IS NULL"
                )
