"""A table's files one after another, and what can only be said of all of them together.

In come checked files, out comes the account of their rows: files that differ in their columns, that are there
twice, that changed meanwhile, that repeat a sale line or in which no date could be read, are refused.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from helpers import schema
from helpers.errors import BadConfiguration, BadData, KernelDied, ReportError
from helpers.settings import company as config
from helpers.source.files import judge
from helpers.source.files.bar import Bar
from helpers.source.files.cells import Database, Workbook
from helpers.source.files.columns import pick
from helpers.source.files.encodings import odd_words, plain_utf8
from helpers.source.files.files import refuse_changed
from helpers.source.files.job import Job, connect
from helpers.source.files.load import Account, load_file
from helpers.source.files.snapshot import QUARANTINE, ROWS, Snapshot, pattern
from helpers.source.files.text import TextFile

KEY = ("sale_id", "line_no")
SAMPLE = 1 << 20


@dataclass(frozen=True)
class Files:
    """What is to be read: the files of one table with their kinds and digests, and how they are written."""

    table: str
    mapping: config.Table
    csv: config.Csv
    kinds: dict[Path, str]
    digests: dict[Path, str]

    def open(self, file: Path, work: Path):
        """The file behind its header: `names` and `records`."""
        match self.kinds[file]:
            case "workbook":
                return Workbook(file, self.mapping, self.csv)
            case "sqlite":
                return Database(file, self.mapping, self.csv, self.table)
        return TextFile(file, plain_utf8(file, self.csv, work), self.csv)


def read_files(files: Files, work: Path, mark: str) -> Snapshot:
    """Read every file into `work`; the snapshot's account, with its paths still there."""
    job = Job(connect(work), files.table, files.mapping, files.csv, work)
    judge.check_formats(job.con, files.csv)
    try:
        accounts, columns = _load_all(files, job)
        _refuse_twice(files, accounts)
        _refuse_repeated(files, job, columns)
        _refuse_hopeless(files, job, accounts, columns)
    except (ReportError, OSError):
        refuse_changed(files.digests)
        raise
    refuse_changed(files.digests)
    return _snapshot(job, accounts, columns, mark)


def _load_all(files: Files, job: Job) -> tuple[dict[Path, Account], list[str]]:
    accounts, first, extra = {}, None, set()
    with Bar(job.con, list(files.kinds)) as bar:
        for number, file in enumerate(files.kinds, start=1):
            source = files.open(file, job.work)
            columns = pick(files.table, files.mapping, source.names, file)
            first = first or (file, columns.keys())
            if columns.keys() != first[1]:
                differs = ", ".join(sorted(columns.keys() ^ first[1]))
                raise BadData(f"{file}: {differs}: not in every file; {first[0].name} has other columns than this one")
            extra |= set(source.names) - {source.names[place] for place in columns.values()}
            with bar.reading(source):
                accounts[file] = load_file(job, source, columns, job.work / ROWS / f"{number:05}.parquet")
            accounts[file].notes["odd_words"] = _odd_words(source)
            _forget_copy(source)
    next(iter(accounts.values())).notes["extra_columns"] = len(extra - {""})
    return accounts, list(first[1])


def _odd_words(source) -> int:
    """Of the beginning of a file whose encoding was declared: a wrong one of a byte a letter decodes as well."""
    if not isinstance(source, TextFile) or source.plain == source.file:
        return 0
    with source.plain.open("rb") as stream:
        return odd_words(stream.read(SAMPLE).decode("utf-8", "ignore"))


def _forget_copy(source) -> None:
    if isinstance(source, TextFile) and source.plain != source.file:
        source.plain.unlink()


def _refuse_twice(files: Files, accounts: dict[Path, Account]) -> None:
    seen: dict[str, Path] = {}
    for file, account in accounts.items():
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
        places = " and ".join(_places(files, job, columns, double))
        raise BadData(f"{places} have the same sale_id and line_no; a sale line has one row")


def _places(files: Files, job: Job, columns: list[str], key: tuple[str, str]) -> list[str]:
    kinds, found = {name: job.kind(name) for name in columns}, []
    for file in files.kinds:
        source = files.open(file, job.work)
        picked = pick(files.table, files.mapping, source.names, file)
        key_at = [list(picked).index(name) for name in KEY]
        for record in source.records(picked, kinds, Counter()):
            if tuple(record.texts[place] for place in key_at) == key:
                found.append(f"{file.name} record {record.number}")
            if len(found) == 2:
                return found
    return found


def _refuse_hopeless(files: Files, job: Job, accounts: dict[Path, Account], columns: list[str]) -> None:
    """BadConfiguration where a column of dates has texts and not one of them is a date as declared."""
    for column in columns:
        given, parsed = (sum(getattr(a, part)[column] for a in accounts.values()) for part in ("given", "parsed"))
        if given and not parsed and not job.count(f"SELECT count({judge.name(column)}) FROM {_rows(job)}"):
            setting = "date_format" if job.kind(column) == schema.DAY else "datetime_format"
            form, theirs = getattr(files.csv, setting), files.mapping.columns.get(column, column)
            file = next(file for file, account in accounts.items() if account.given[column])
            raise BadConfiguration(f"{file}: no value of '{theirs}' is written as '{form}'; set csv.{setting}")


def _snapshot(job: Job, accounts: dict[Path, Account], columns: list[str], mark: str) -> Snapshot:
    notes = sum((account.notes for account in accounts.values()), Counter())
    if any(column.partition(": ")[0] == "amount" for column in columns):
        notes["fine_amounts"] = job.count(f"SELECT count(*) FROM {_rows(job)} WHERE amount <> trunc(amount, 2)")
    parts = "read", "accepted", "quarantined", "rejected"
    rows = {f"rows_{part}": sum(getattr(account, part) for account in accounts.values()) for part in parts}
    if left_out := rows["rows_quarantined"] + rows["rows_rejected"]:
        written = job.count(f"COPY quarantine TO {judge.literal(str(job.work / QUARANTINE))}")
        if written != left_out:
            raise KernelDied(f"{left_out} rows were left out, {written} are in quarantine")
    job.con.close()
    counted = {code: count for code, count in sorted(notes.items()) if count}
    return Snapshot(path=job.work / ROWS, fingerprint=mark, **rows, notes=counted)
