"""A table's files one after another, and what can only be said of all of them together.

In come checked files, out comes the account of their rows: files that differ in their columns, that are there twice, that
changed meanwhile, that repeat a sale line or in which no date could be read, are refused.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from helpers import config, schema
from helpers.errors import BadConfiguration, BadData, ReportError
from helpers.ingest import judge
from helpers.ingest.bar import Bar
from helpers.ingest.cells import Database, Workbook
from helpers.ingest.columns import pick
from helpers.ingest.files import plain_utf8, refuse_changed
from helpers.ingest.load import Account, Job, connect, load_file
from helpers.ingest.snapshot import QUARANTINE, ROWS, Snapshot, pattern
from helpers.ingest.text import TextFile

KEY = ("sale_id", "line_no")


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


def read_files(files: Files, work: Path, mark: str, progress: bool) -> Snapshot:
    """Read every file into `work`; the snapshot's account, with its paths still there."""
    job = Job(connect(work), files.table, files.csv, work)
    judge.check_formats(job.con, files.csv)
    try:
        accounts, columns = _load_all(files, job, progress)
        _refuse_twice(files, accounts)
        _refuse_repeated(files, job, columns)
        _refuse_hopeless(files, job, accounts, columns)
    except (ReportError, OSError):
        refuse_changed(files.digests)
        raise
    refuse_changed(files.digests)
    return _snapshot(job, accounts, columns, mark)


def _load_all(files: Files, job: Job, progress: bool) -> tuple[dict[Path, Account], list[str]]:
    accounts, first, extra = {}, None, set()
    with Bar(job.con, list(files.kinds), progress) as bar:
        for number, file in enumerate(files.kinds, start=1):
            source = files.open(file, job.work)
            columns = pick(files.table, files.mapping, source.names, file)
            first = first or (file, columns.keys())
            if columns.keys() != first[1]:
                raise BadData(f"{file}: its columns differ from those of {first[0].name} ({_difference(columns, first[1])})")
            extra |= set(source.names) - {source.names[place] for place in columns.values()}
            with bar.reading(file):
                accounts[file] = load_file(job, source, columns, job.work / ROWS / f"{number:05}.parquet")
            _forget_copy(source)
    next(iter(accounts.values())).notes["extra_columns"] = len(extra - {""})
    return accounts, list(first[1])


def _difference(these, those) -> str:
    return ", ".join(f"{name} is in one of them only" for name in sorted(set(these) ^ set(those)))


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
    """BadData naming two records with one key. Hashes first: they take a fraction of the memory, and never miss one."""
    if files.table != "sale_line" or not set(KEY) <= set(columns):
        return
    rows = f"{_rows(job)} WHERE sale_id IS NOT NULL AND line_no IS NOT NULL"
    count, distinct = job.con.execute(f"SELECT count(*), count(DISTINCT hash(sale_id, line_no)) FROM {rows}").fetchone()
    if count == distinct:
        return
    double = job.con.execute(f"SELECT sale_id, line_no FROM {rows} GROUP BY ALL HAVING count(*) > 1 LIMIT 1").fetchone()
    if double:
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
        given = sum(account.given[column] for account in accounts.values())
        if not given or sum(account.parsed[column] for account in accounts.values()):
            continue
        if not job.con.execute(f"SELECT count({judge.name(column)}) FROM {_rows(job)}").fetchone()[0]:
            theirs = files.mapping.columns.get(column, column)
            setting = "date_format" if job.kind(column) == schema.DAY else "datetime_format"
            raise BadConfiguration(
                f"{next(iter(accounts))}: no value of '{theirs}' is written as '{getattr(files.csv, setting)}'; set csv.{setting}"
            )


def _snapshot(job: Job, accounts: dict[Path, Account], columns: list[str], mark: str) -> Snapshot:
    notes = sum((account.notes for account in accounts.values()), Counter())
    if "amount" in columns:
        notes["fine_amounts"] = job.con.execute(
            f"SELECT count(*) FILTER (amount <> trunc(amount, 2)) FROM {_rows(job)}"
        ).fetchone()[0]
    total = {part: sum(getattr(account, part) for account in accounts.values()) for part in ("accepted", "quarantined", "rejected")}
    if left_out := total["quarantined"] + total["rejected"]:
        target = judge.literal(str(job.work / QUARANTINE))
        assert left_out == job.con.execute(f"COPY quarantine TO {target}").fetchone()[0]
    job.con.close()
    return Snapshot(
        path=job.work / ROWS,
        fingerprint=mark,
        rows_read=sum(account.read for account in accounts.values()),
        rows_accepted=total["accepted"],
        rows_quarantined=total["quarantined"],
        rows_rejected=total["rejected"],
        notes={code: count for code, count in sorted(notes.items()) if count},
    )
