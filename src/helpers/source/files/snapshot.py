"""The snapshot: a private folder of Parquet files in our columns and types, with the account of every row
read.

In come counts and the folder they were written to, out comes a `Snapshot`; it appears by one rename, whole or
not at all.
"""

import glob
import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from helpers.errors import CannotCreate
from helpers.source.files.files import make_private

ROWS, QUARANTINE, ACCOUNT, PARTIAL = "rows", "quarantine.parquet", "account.json", ".partial-"
DAY = 86_400


@dataclass(frozen=True)
class Snapshot:
    """A table read from files: `path` is a folder of Parquet files, one a source file, `quarantine` the rows
    left out.

    rows_read = rows_accepted + rows_quarantined + rows_rejected + rows_skipped, the records of the files without their
    headers; rejected are those whose fields could not be told apart; `skipped` has the rows and the amount (a text,
    None where none could be read) of each rule. `quarantine` has file, line (the record's number), column, reason and
    text, one row a row left out. `notes` counts extra_columns, fine_amounts (more than two decimals), float_amounts
    (rounded to the decimals we keep), odd_words (letters that no language writes together, where the declared encoding
    may be another), mixed_dates (texts in a workbook's column of dates), naive_times (moments without an offset where
    the declared form has one) and unread_sheets.
    """

    path: Path
    fingerprint: str
    rows_read: int
    rows_accepted: int
    rows_quarantined: int
    rows_rejected: int
    quarantine: Path | None = None
    notes: dict[str, int] = field(default_factory=dict)
    skipped: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def rows_skipped(self) -> int:
        """Rows that a rule of `skip` left out, or that are the header again."""
        return sum(rows for rows, _ in self.skipped.values())

    @property
    def files(self) -> list[Path]:
        """Its Parquet files, in the order of the files they come from."""
        return sorted(self.path.glob("*.parquet"))

    @property
    def pattern(self) -> str:
        """What `read_parquet` takes."""
        return pattern(self.path)


def pattern(folder: Path) -> str:
    """All Parquet files of a folder, whatever signs its own name has."""
    return glob.escape(str(folder)) + "/*.parquet"


def find_snapshot(folder: Path) -> Snapshot | None:
    """The snapshot kept in a folder, if there is one."""
    try:
        account = json.loads((folder / ACCOUNT).read_text("utf-8"))
    except OSError:
        return None
    quarantine = folder / QUARANTINE
    return Snapshot(path=folder / ROWS, quarantine=quarantine if quarantine.exists() else None, **account)


def keep(work: Path, folder: Path, snapshot: Snapshot) -> Snapshot:
    """Give a finished snapshot its name; if another run was first, its snapshot is the same and stays."""
    account = {name: count for name, count in asdict(snapshot).items() if name not in ("path", "quarantine")}
    (work / ACCOUNT).write_text(json.dumps(account, indent=1, sort_keys=True), "utf-8")
    make_private(work)
    try:
        work.rename(folder)
    except OSError:
        if not (folder / ACCOUNT).exists():
            raise
    named = find_snapshot(folder)
    assert named is not None, folder
    return named


@contextmanager
def staging_folder(root: Path) -> Iterator[Path]:
    """A private folder under `root` to write a snapshot in, gone afterwards; so are those of killed runs a
    day later.
    """
    try:
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        work = Path(tempfile.mkdtemp(prefix=PARTIAL, dir=root))
    except OSError as error:
        raise CannotCreate(f"{root}: snapshots cannot be written there ({error.strerror})") from None
    for left in root.glob(f"{PARTIAL}*"):
        if time.time() - left.stat().st_mtime > DAY:
            shutil.rmtree(left, ignore_errors=True)
    try:
        (work / ROWS).mkdir()
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
