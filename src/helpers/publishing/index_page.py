"""The landing page `<out>/index.html`: every published period of every report, from the manifests.

In come the archive and the schedule, out comes one file, put in place by one rename under a lock. A page that a dead
run left behind its archive is noticed by its time and drawn anew.
"""

import datetime as dt
import threading
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote
from zoneinfo import ZoneInfo

from filelock import FileLock

from helpers.errors import ReportError
from helpers.publishing.archive import ReportArchive, Run, report_archives
from helpers.publishing.atomic_write import atomic_write
from helpers.settings.schedule import Schedule, ScheduledJob, read_schedule
from helpers.settings.secrets import scrubbed

LOCK = ".index.lock"


def prepare_index_page() -> None:
    """Import what the page is drawn with meanwhile: the runner waits for its children."""
    threading.Thread(target=_import_page).start()


def _import_page() -> None:
    with suppress(Exception):  # it is imported again when it is drawn
        import_module("helpers.page.index_page")


def refresh_index_page(out: Path, root: Path, warn: Callable[[str], None], *, only_behind: bool = False) -> bool:
    """Draw the landing page, or only when it `is_behind`; a page that cannot be drawn is a warning, for what is
    published stays so, and the next run draws it. Whether what was drawn shows all that is published."""
    try:
        if only_behind and not is_behind(out, root):
            return True
        left_out = write_index_page(out, root)
    except Exception as error:
        reason = scrubbed(f"{type(error).__name__}: {error}").partition("\n")[0]
        warn(f"{out / 'index.html'}: could not be drawn ({reason}); the reports are published and stand beside it")
        return False
    for damaged in left_out:
        warn(f"{damaged}: its manifest is damaged; the landing page leaves it out, publish it again")
    return not left_out


def write_index_page(out: Path, root: Path | None = None) -> list[Path]:
    """Draw the landing page, dated when the archive was read; `root` is the project whose schedule says when the next
    run is due. The published runs that it has to leave out."""
    from helpers.page.index_page import landing_page

    with FileLock(out / LOCK, mode=0o640):
        read_at = dt.datetime.now(dt.UTC).timestamp()
        damaged: list[Path] = []
        runs = [card for archive in report_archives(out) for card in _cards(archive, out, root, damaged)]
        if not runs:
            return damaged
        newest = max(runs, key=lambda run: ("." not in run["report"], run["run_at"]))  # not a translation's language
        language = newest.get("language") or "en"
        try:
            page = landing_page(runs, language)
        except Exception:  # one run's facts are not what they were: the others are shown
            bad = [run for run in runs if not _can_be_drawn(run)]
            damaged += [out / unquote(run["href"]) for run in bad]
            page = landing_page([run for run in runs if run not in bad], language)
        if damaged:  # another call tries again, and says it again
            read_at = min(read_at, max(_changes(out, root)) - 1)
        atomic_write(out / "index.html", page, modified_at=read_at)
    return damaged


def _can_be_drawn(run: dict[str, Any]) -> bool:
    from helpers.page.index_page import landing_page

    try:
        return bool(landing_page([run], run["language"]))
    except Exception:
        return False


def is_behind(out: Path, root: Path) -> bool:
    """Whether something was published, or the schedule changed, since the page was drawn."""
    page, changes = out / "index.html", _changes(out, root)
    drawn = page.stat().st_mtime if page.is_file() else 0
    return bool(changes) and max(changes) > drawn


def _changes(out: Path, root: Path | None) -> list[float]:
    """When each link was set, and the schedule written; nothing where nothing is published."""
    folders = [archive.folder for archive in report_archives(out)]
    links = [p for folder in folders for p in folder.iterdir() if p.is_symlink() and not p.name.startswith(".")]
    schedule = root / "params" / "schedule.yaml" if root else None
    return [p.lstat().st_mtime for p in [*links, *([schedule] if links and schedule and schedule.is_file() else [])]]


def _cards(archive: ReportArchive, out: Path, root: Path | None, damaged: list[Path]) -> list[dict[str, Any]]:
    """What the landing page says of each published period of one report; to `damaged` go the runs that say too
    little."""
    cards, whole, job = [], archive.whole(), _job(archive, root)
    newest = max((run.due_at for run in whole.values()), default=None)
    tick = job.next_tick(newest).astimezone(job.zone).isoformat() if job and newest else ""
    due = dict(next_run=tick, next_due=deadline(job, newest).isoformat() if job and newest else "")
    for name, run in archive.published().items():
        try:
            cards.append(_card(whole[name], archive.folder / name, out) | due)
        except Exception:
            damaged.append(run.folder)
    return cards


def deadline(job: ScheduledJob, after: dt.datetime) -> dt.datetime:
    """When the run behind a moment should be published at the latest, in the job's zone."""
    return (job.next_tick(after) + job.late_after).astimezone(job.zone)


def _job(archive: ReportArchive, root: Path | None) -> ScheduledJob | None:
    company, report = archive.folder.parts[-2:]
    mine = (j for j in _schedule(root).jobs.values() if (j.company, j.report) == (company, report))
    return next(mine, None)


def _schedule(root: Path | None) -> Schedule:
    """The project's schedule; none when it is missing or wrong, which `check` and `run-due` tell."""
    try:
        return read_schedule(root / "params" / "schedule.yaml") if root else Schedule()
    except ReportError:
        return Schedule()


def _card(run: Run, place: Path, out: Path) -> dict[str, Any]:
    manifest, here = run.manifest, quote(place.relative_to(out).as_posix())
    older: dict[str, Any] = {
        "months": [],
        "timezone": "UTC",
        "digits": None,
        "part": "",
    }  # a run of before 2026-11 has none of them
    facts = older | manifest["facts"]
    kinds = (".pdf", ".xlsx", ".csv", ".parquet")
    files = {name: f"{here}/{quote(name)}" for name in manifest["files"] if name.endswith(kinds)}
    return facts | {
        "company": manifest["company"], "report": manifest["report"], "period": manifest["period"]["name"],
        "unit": manifest["period"].get("unit", "days"), "first": manifest["period"]["first"],
        "last": manifest["period"]["last"], "href": f"{here}/index.html", "files": files,
        "run_at": _local(manifest["times"]["finished_at"], facts["timezone"]),
    }  # fmt: skip


def _local(moment: str, zone: str) -> str:
    """A moment as the company's clocks show it."""
    return dt.datetime.fromisoformat(moment).astimezone(ZoneInfo(zone)).isoformat()
