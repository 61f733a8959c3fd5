"""The transaction on the disk: locks, run folders, links and their order. Nothing here knows what a report is.

A run is written in a private folder beside the place it is published to, written through to the disk, made readable,
and shown by one rename of a link. Whoever holds the lock of a report and period clears what dead runs left of it.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from helpers.errors import CannotCreate, OutOfSpace, TryLater
from helpers.publishing.archive import RUNS, ReportArchive, Run
from helpers.publishing.atomic_write import atomic_link, sync
from helpers.publishing.failures import remove, write_manifest

PRIVATE = ("notebook.ipynb", "facts.json", "log.txt")


class Busy(TryLater):
    """Another run holds the lock of the same report and period."""


@contextmanager
def disk_checked(out: Path) -> Iterator[None]:
    """What the disk refuses is an error of ours; what was published by then stays."""
    try:
        yield
    except OSError as error:
        raise OutOfSpace(f"{error.strerror}: {error.filename or out}") from None


def open_archive(out: Path, company: str, report: str) -> ReportArchive:
    """`<out>/<company>/<report>` with its `.runs`, created when missing; CannotCreate when others could write there."""
    archive = ReportArchive(out / company / report)
    folders = [out, out / company, archive.folder, archive.runs]
    for folder in folders:
        try:
            if folder.is_symlink() and folder != out:
                raise CannotCreate(f"{folder}: a link, which is not followed; move it away")
            folder.mkdir(parents=folder == out, exist_ok=True, mode=0o750)
        except OSError as error:
            raise CannotCreate(f"{folder}: {error.strerror}; name a folder you may write, --out FOLDER") from None
        if folder.stat().st_mode & 0o002:
            raise CannotCreate(f"{folder}: anyone may write there; type: chmod o-w {folder}")
        if not os.access(folder, os.W_OK):
            raise CannotCreate(f"{folder}: not writable; name another, --out FOLDER")
    return archive


@contextmanager
def period_lock(archive: ReportArchive, period: str) -> Iterator[None]:
    """The lock of one report and period; Busy says who has it, and since when."""
    try:
        with FileLock(archive.runs / f"{period}.lock", timeout=0, mode=0o640):
            yield
    except Timeout:
        running = [r for r in archive.run_folders(period) if r.state == "running"]
        who = running[-1].manifest.get("runner", "another run") if running else "another run"
        since = f" since {running[-1].manifest['times']['started_at']}" if running else ""
        name = "/".join(archive.folder.parts[-2:])
        raise Busy(f"{name} {period} is in progress ({who}{since}); try later") from None


def finalize(run: Run) -> None:
    """Private parts removed, the rest on the disk and readable by the group, before any link points here."""
    for path in run.folder.iterdir():
        if not is_published(path):
            remove(path)
    run.manifest.pop("runner")
    run.manifest["state"] = "published"
    run.manifest["times"]["finished_at"] = datetime.now(UTC).isoformat(timespec="seconds")
    write_manifest(run)
    for path in (*run.folder.iterdir(), run.folder):
        path.chmod(0o750 if path.is_dir() else 0o640)
        sync(path)
    sync(run.folder.parent)


def is_published(path: Path) -> bool:
    """A plain file of the page; links and folders that a notebook left are not."""
    return path.is_file() and not path.is_symlink() and path.name not in (*PRIVATE, "manifest.json")


def show_run(archive: ReportArchive, run: Run) -> None:
    """Point `<period>` to a finalized run: from here on it is what readers see."""
    _link(archive.folder / run.period, run.folder.name)


def update_latest(archive: ReportArchive, today: date, keep: int | None = None, unit: str = "") -> None:
    """Point `latest` to the newest period that has begun by `today`, and drop the oldest periods of a unit beyond
    `keep`."""
    with links_lock(archive):
        _point_latest(archive, today)
        if keep:
            _retain(archive, keep, unit)


def links_lock(archive: ReportArchive) -> FileLock:
    """The lock of a report's links, held for moments only."""
    return FileLock(archive.runs / ".lock", mode=0o640)


def _point_latest(archive: ReportArchive, today: date) -> None:
    """Point `latest` to the newest period that is published, when it does not yet; to one that lies ahead only where
    there is no other."""
    published = list(archive.whole().values())
    begun = [run for run in published if not run.lies_ahead(today)]
    newest = max(begun or published, key=_age, default=None)
    place = archive.folder / "latest"
    if newest and not (place.is_symlink() and place.readlink() == Path(RUNS) / newest.folder.name):
        _link(place, newest.folder.name)


def _age(run: Run) -> tuple[str, str]:
    return run.manifest["period"]["last"], run.manifest["times"]["finished_at"]


def _link(place: Path, run: str) -> None:
    """A link of ours, to a run folder."""
    if place.exists() and not place.is_symlink():
        raise CannotCreate(f"{place}: not a link of ours; move it away")
    atomic_link(place, Path(RUNS) / run)


def _retain(archive: ReportArchive, keep: int, unit: str) -> None:
    """Remove the oldest periods beyond `keep`: the link first, then what it pointed to."""
    runs = (r for r in archive.whole().values() if r.manifest["period"].get("unit") == unit)
    for run in sorted(runs, key=_age, reverse=True)[keep:]:
        (archive.folder / run.period).unlink()
        shutil.rmtree(run.folder, ignore_errors=True)
