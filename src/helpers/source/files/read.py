"""A table's files one after another, and what can only be said of all of them together.

In come checked files, out comes the account of their rows: files that differ in their columns, that are there
twice, that changed meanwhile, that repeat a sale line or in which no date could be read, are refused.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from helpers import schema
from helpers.errors import BadConfiguration, BadData, KernelDied, NoInput, ReportError
from helpers.findings import quoted
from helpers.settings import company as config
from helpers.source.duckdb_connection import walls
from helpers.source.files import judge
from helpers.source.files.bar import Bar
from helpers.source.files.cells import Database, ParquetFile, Workbook, sheet_names
from helpers.source.files.encodings import odd_words, plain_utf8
from helpers.source.files.files import refuse_changed
from helpers.source.files.job import Job, connect
from helpers.source.files.load import Account, Opened, blank_as_null, check_expressions, load_file, stage
from helpers.source.files.reading import Reading, read_mapping
from helpers.source.files.snapshot import QUARANTINE, ROWS, Snapshot, pattern
from helpers.source.files.text import TextFile

KEY = ("sale_id", "line_no")
SAMPLE = 1 << 20


@dataclass(frozen=True)
class Files:
    """What is to be read: the files of one table with their kinds and digests, how they are written, and the files that
    are joined to each of them."""

    table: str
    mapping: config.Table
    style: judge.Style
    kinds: dict[Path, str]
    digests: dict[Path, str]
    joined: dict[str, Path] = field(default_factory=dict)

    def open(self, file: Path, work: Path) -> Iterator[tuple[str, Opened]]:
        """The file behind its header, or each of its sheets that `from` means, and what a person calls it."""
        match self.kinds[file]:
            case "workbook":
                sheet = self.mapping.from_.partition("#")[2] if file not in self.joined.values() else ""
                for name in sheet_names(file, sheet):
                    label = f"{file.name}#{name}" if sheet else file.name
                    yield label, Workbook(file, name, self.style.csv)
            case "sqlite":
                yield file.name, Database(file, self.mapping, self.style.csv, self.table)
            case "parquet":
                yield file.name, ParquetFile(file, self.style.csv)
            case _:
                yield file.name, TextFile(file, plain_utf8(file, self.style.csv, work), self.style.csv)


@dataclass
class Loaded:
    """The accounts of the files, by what a person calls them, and the columns that all have."""

    accounts: dict[str, Account] = field(default_factory=dict)
    columns: list[str] = field(default_factory=list)
    file_of: dict[str, Path] = field(default_factory=dict)


def read_files(files: Files, work: Path, mark: str) -> Snapshot:
    """Read every file into `work`; the snapshot's account, with its paths still there."""
    job = Job(connect(work, files.style), files.table, files.mapping, files.style, work)
    job.con.execute(walls([work], files.kinds))
    judge.check_formats(job.con, files.style.csv)
    try:
        loaded = _load_all(files, job)
        _refuse_twice(files, loaded)
        _refuse_repeated(files, job, loaded.columns)
        _refuse_hopeless(files, job, loaded)
    except (ReportError, OSError):
        refuse_changed(files.digests)
        raise
    refuse_changed(files.digests)
    return _snapshot(job, loaded, mark)


def _load_all(files: Files, job: Job) -> Loaded:
    loaded, extra = Loaded(), set()
    main = [file for file in files.kinds if file not in files.joined.values()]
    joined = {name: list(_open_joined(files, file, job).names) for name, file in files.joined.items()}
    with Bar(job.con, main) as bar:
        for file in main:
            for label, source in files.open(file, job.work):
                reading = read_mapping(files.table, files.mapping, files.style, file, source.names, joined)
                if reading.has_currency:
                    judge.read_currencies(job.con)
                check_expressions(job, reading)
                _refuse_other_columns(loaded, reading, file)
                if not loaded.accounts:
                    _load_joined(files, job, reading)
                extra |= set(source.names) - {source.names[cell.place] for cell in reading.own().values()}
                out = job.work / ROWS / f"{len(loaded.accounts) + 1:05}.parquet"
                with bar.reading(source):
                    account = loaded.accounts[label] = load_file(job, source, reading, out, label)
                loaded.file_of[label] = file
                account.notes["odd_words"] = _odd_words(source)
                account.notes["unread_sheets"] = _unread_sheets(files, source, reading)
                _forget_copy(source)
    next(iter(loaded.accounts.values())).notes["extra_columns"] = len(extra - {""})
    return loaded


def _refuse_other_columns(loaded: Loaded, reading: Reading, file: Path) -> None:
    loaded.columns = loaded.columns or reading.columns
    if set(reading.columns) != set(loaded.columns):
        differs = ", ".join(sorted(set(reading.columns) ^ set(loaded.columns)))
        first = next(iter(loaded.file_of.values())).name
        raise BadData(f"{file}: {differs}: not in every file; {first} has other columns than this one")


def _unread_sheets(files: Files, source: Opened, reading: Reading) -> int:
    """How many other sheets a workbook has, where `from` names none. BadData for one that continues the first: it has
    the columns that are read."""
    if not isinstance(source, Workbook) or "#" in files.mapping.from_:
        return 0
    read, others = {source.names[cell.place] for cell in reading.own().values()}, dict[str, set[str]]()
    for name in sheet_names(source.file, "*")[1:]:
        with suppress(NoInput):  # an empty sheet
            others[name] = set(Workbook(source.file, name, files.style.csv).names)
    if alike := [name for name, columns in others.items() if read <= columns]:
        every = "*" if len(alike) == len(others) else "|".join([source.sheet, *alike])
        all_of_them, first = (f"{source.file.name}#{sheets}".replace("'", "''") for sheets in (every, source.sheet))
        raise BadData(
            f"{source.file}: the sheet '{alike[0]}' has the columns of the first one; write from: '{all_of_them}' for "
            f"all that have them, or '{first}'"
        )
    return len(others)


def _open_joined(files: Files, file: Path, job: Job) -> Opened:
    (_, source), *_ = files.open(file, job.work)
    return source


def _load_joined(files: Files, job: Job, reading: Reading) -> None:
    """A table `joined1` … of texts for each joined file. BadData for a key that stands in it twice, or a record that
    cannot be read: the rows that need it would be wrong."""
    for number, (name, file) in enumerate(files.joined.items(), start=1):
        cells, staged = reading.own(number), job.work / f"joined{number}.parquet"
        stage(_open_joined(files, file, job), cells, Counter(), staged)
        key = reading.joins[number - 1][1]
        columns = ", ".join(f"{blank_as_null(cell)} AS {judge.name(cell)}" for cell in cells)
        rows = f"read_parquet({judge.path(staged)})"
        if bad := job.con.execute(f'SELECT "record number", "what is wrong" FROM {rows} '
                                  'WHERE "what is wrong" IS NOT NULL LIMIT 1').fetchone():  # fmt: skip
            raise BadData(f"join: {name} record {bad[0]}: {bad[1]}")
        job.con.execute(f"CREATE TABLE joined{number} AS SELECT {columns} FROM {rows}")
        twice = f"SELECT {key} FROM joined{number} WHERE {key} IS NOT NULL GROUP BY ALL HAVING count(*) > 1"
        if count := job.count(f"SELECT count(*) FROM ({twice})"):
            raise BadData(f"join: {name}: {count} values of its key stand in more than one row; a row of "
                          f"{files.table} would be counted twice")  # fmt: skip


def _odd_words(source: Opened) -> int:
    """Of the beginning of a file whose encoding was declared: a wrong one of a byte a letter decodes as well."""
    if not isinstance(source, TextFile) or source.plain == source.file:
        return 0
    with source.plain.open("rb") as stream:
        return odd_words(stream.read(SAMPLE).decode("utf-8", "ignore"))


def _forget_copy(source: Opened) -> None:
    if isinstance(source, TextFile) and source.plain != source.file:
        source.plain.unlink()


def _refuse_twice(files: Files, loaded: Loaded) -> None:
    seen: dict[str, Path] = {}
    for label, account in loaded.accounts.items():
        file = loaded.file_of[label]
        if (twin := seen.setdefault(files.digests[file], file)) != file and account.read:
            raise BadData(f"{file}: has the same content as {twin.name}; remove one of the two")


def _rows(job: Job) -> str:
    return f"read_parquet({judge.literal(pattern(job.work / ROWS))})"


def _refuse_repeated(files: Files, job: Job, columns: list[str]) -> None:
    """BadData naming two records with one key. Hashes first: they are cheap, and never miss one."""
    if files.table != "sale_line" or not set(KEY) <= set(columns):
        return
    rows = f"{_rows(job)} WHERE sale_id IS NOT NULL AND line_no IS NOT NULL"
    if not job.count(f"SELECT count(*) - count(DISTINCT hash(sale_id, line_no)) FROM {rows}"):
        return
    doubles = f"SELECT sale_id, line_no FROM {rows} GROUP BY ALL HAVING count(*) > 1 LIMIT 1"
    if double := job.con.execute(doubles).fetchone():
        places = " and ".join(_places(files, job, double)) or "two rows"
        key = ", ".join(files.mapping.columns.get(column, column) for column in KEY)
        rule = f"sale_line: {{skip: {{again: {quoted(f'row_number() OVER (PARTITION BY {key}) > 1')}}}}}"
        raise BadData(f"{places} have the same sale_id and line_no; a sale line has one row. Where a file has it "
                      f"twice, say in source.yaml {rule}; of two files take one out")  # fmt: skip


def _places(files: Files, job: Job, key: tuple[str, str]) -> list[str]:
    """Where two rows with one key are; nowhere if the key is no plain column of the file."""
    result: list[str] = []
    for file in files.kinds:
        for label, source in files.open(file, job.work):
            picked = {ours: files.mapping.columns.get(ours, ours) for ours in KEY}
            if not set(picked.values()) <= set(source.names):
                continue
            places = {ours: source.names.index(theirs) for ours, theirs in picked.items()}
            for record in source.records(places, dict.fromkeys(KEY, schema.ID), Counter()):
                if record.texts == key:
                    result.append(f"{label} record {record.number}")
                if len(result) == 2:
                    return result
    return result


def _refuse_hopeless(files: Files, job: Job, loaded: Loaded) -> None:
    """BadConfiguration where a column of dates has texts and not one of them is a date as declared."""
    for column in loaded.columns:
        accounts = loaded.accounts.values()
        parts = "dates_given", "dates_parsed"
        texts, parsed = (sum(getattr(account, part)[column] for account in accounts) for part in parts)
        if texts and not parsed and not job.count(f"SELECT count({judge.name(column)}) FROM {_rows(job)}"):
            is_day = schema.kind_of(files.table, column) == schema.DAY
            setting = "date_format" if is_day else "datetime_format"
            form, theirs = getattr(files.style.csv, setting), files.mapping.columns.get(column, column)
            label = next(label for label, account in loaded.accounts.items() if account.dates_given[column])
            file = loaded.file_of[label]
            raise BadConfiguration(f"{file}: no value of '{theirs}' is written as '{form}'; set csv.{setting}")


def _snapshot(job: Job, loaded: Loaded, mark: str) -> Snapshot:
    accounts = loaded.accounts.values()
    notes = sum((account.notes for account in accounts), Counter())
    if "amount" in loaded.columns:
        notes["fine_amounts"] = job.count(f"SELECT count(*) FROM {_rows(job)} WHERE amount <> trunc(amount, 2)")
    parts = "read", "accepted", "quarantined", "rejected"
    rows = {f"rows_{part}": sum(getattr(account, part) for account in accounts) for part in parts}
    if left_out := rows["rows_quarantined"] + rows["rows_rejected"]:
        written = job.count(f"COPY quarantine TO {judge.literal(str(job.work / QUARANTINE))}")
        if written != left_out:
            raise KernelDied(f"{left_out} rows were left out, {written} are in quarantine")
    job.con.close()
    counted = {code: count for code, count in sorted(notes.items()) if count}
    return Snapshot(path=job.work / ROWS, fingerprint=mark, **rows, notes=counted, skipped=_skipped(loaded))


def _skipped(loaded: Loaded) -> dict[str, list[Any]]:
    """Rule → rows it skipped, and their amount as a text where one can be read."""
    result: dict[str, list[Any]] = {}
    for account in loaded.accounts.values():
        for why, (rows, amount) in account.skipped.items():
            before, sum_ = result.get(why, [0, None])
            amounts = [Decimal(part) for part in (sum_, amount) if part is not None]
            result[why] = [before + rows, format(sum(amounts), "f") if amounts else None]
    return result
