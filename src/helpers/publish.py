"""Publication: whole or not at all.

In comes a job; its notebook runs in a private run folder beside the place it is published to, and passes the gate.
Then the folder becomes readable and the links `<period>` and `latest` are renamed onto it, one rename each. A run that
fails changes nothing published and keeps its folder: notebook, log and manifest.

    published/index.html
    published/<company>/<report>/<period>  → .runs/<period>~<run>/   index.html, rating.parquet, …, manifest.json
    published/<company>/<report>/latest    → .runs/…                 of the newest period
"""

import hashlib
import json
import os
import platform
import re
import secrets
import shutil
import time
import traceback
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import nbformat
from filelock import FileLock, Timeout

from helpers import show
from helpers.errors import CannotCreate, KernelDied, NoInput, OutOfSpace, ReportError, TryLater
from helpers.execute import Job, execute
from helpers.period import Period

MEASURED = ("client-rating", "papermill", "nbconvert", "pandas", "duckdb", "ibis-framework")
MONTH = re.compile(r"\d{4}-\d\d")
PRIVATE = ("notebook.ipynb", "facts.json", "log.txt")


def publish(job: Job, out: Path, *, progress: bool = False, require_data: bool = False) -> Path:
    """Run a job and publish it under `out`; the path of the page.

    Raises a ReportError whose message names the folder a failed run is kept in; TryLater (75) when another run of the
    same report and period is at it; NoInput (66) for a period without sales when `require_data`.
    """
    out = out.absolute()
    shelf = _shelf(out, job)
    lock = FileLock(shelf / ".runs" / f"{job.period.name}.lock", timeout=0)
    try:
        with lock:
            return _publish(job, out, shelf, progress, require_data)
    except Timeout:
        raise TryLater(f"{job.company}/{job.report} {job.period.name}: another run is at it; try later") from None


def _publish(job: Job, out: Path, shelf: Path, progress: bool, require_data: bool) -> Path:
    folder = shelf / ".runs" / f"{job.period.name}~{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    folder.mkdir(mode=0o700)
    manifest = _manifest(job)
    try:
        clock = time.perf_counter()
        notebook = execute(job, folder, progress=progress)
        manifest["times"]["notebook_seconds"] = round(time.perf_counter() - clock, 3)
        clock = time.perf_counter()
        _finish(manifest, notebook, folder)
        if require_data and manifest["checks"]["rows_accepted"] == "0":
            raise NoInput(f"no sales in {job.period.name}, and --require-data was said")
        manifest["times"]["page_seconds"] = round(time.perf_counter() - clock, 3)
        _write_manifest(folder, manifest, "published")
        _sync(folder)
        _swap(shelf, job.period, folder)
    except ReportError as error:
        raise _kept(error, folder, manifest) from None
    except OSError as error:
        raise _kept(OutOfSpace(f"{error.strerror}: {error.filename or folder}"), folder, manifest) from None
    except Exception as error:
        with (folder / "log.txt").open("a", encoding="utf-8") as log:
            log.writelines(traceback.format_exception(error))
        raise _kept(KernelDied(f"a bug of ours, {type(error).__name__}"), folder, manifest) from error
    write_landing(out)
    return shelf / job.period.name / "index.html"


def _shelf(out: Path, job: Job) -> Path:
    """`<out>/<company>/<report>` with its `.runs`, created when missing."""
    shelf = out / job.company / job.report
    try:
        (shelf / ".runs").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotCreate(f"{shelf}: {error.strerror}; name a folder you may write, --out FOLDER") from None
    for folder in (out, shelf):
        if folder.stat().st_mode & 0o002:
            raise CannotCreate(f"{folder}: anyone may write there; type: chmod o-w {folder}")
        if not os.access(folder, os.W_OK):
            raise CannotCreate(f"{folder}: not writable; name another, --out FOLDER")
    return shelf


def _manifest(job: Job) -> dict:
    """What is known before the run; times stand together under `times`, all else is the same for the same input."""
    return {
        "state": "running",
        "company": job.company,
        "report": job.report,
        "notebook": job.notebook.name,
        "parameters": job.parameters,
        "period": {"name": job.period.name, "first": str(job.period.first), "last": str(job.period.last)},
        "versions": {name: version(name) for name in MEASURED} | {"python": platform.python_version()},
        "times": {"started_at": datetime.now(UTC).isoformat(timespec="seconds")},
    }


def _finish(manifest: dict, notebook: Path, folder: Path) -> None:
    """The page beside the files that the notebook wrote, and all of them in the manifest."""
    facts = json.loads((folder / "facts.json").read_text("utf-8"))
    executed = nbformat.read(notebook, as_version=4)
    (folder / "index.html").write_text(show.render_page(executed, facts["language"]), "utf-8")
    facts["title"] = show.page_title(executed, facts["language"])
    manifest |= {"facts": facts, "checks": json.loads((folder / "checks.json").read_text("utf-8"))}
    names = sorted(p.name for p in folder.iterdir() if p.is_file() and p.name not in PRIVATE)
    manifest["files"] = {n: hashlib.sha256((folder / n).read_bytes()).hexdigest() for n in names}


def _write_manifest(folder: Path, manifest: dict, state: str) -> None:
    manifest |= {"state": state}
    manifest["times"]["finished_at"] = datetime.now(UTC).isoformat(timespec="seconds")
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", "utf-8")


def _sync(folder: Path) -> None:
    """Private parts removed, the rest on the disk and readable by the group, before any link points here."""
    for name in PRIVATE:
        (folder / name).unlink()
    for path in (*folder.iterdir(), folder):
        path.chmod(0o750 if path.is_dir() else 0o640)
        handle = os.open(path, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)


def _swap(shelf: Path, period: Period, folder: Path) -> None:
    """Point `<period>`, and `latest` when no newer period is published, to the run folder; drop the run replaced."""
    place, target = shelf / period.name, Path(".runs") / folder.name
    replaced = place.resolve() if place.is_symlink() else None
    _link(place, target)
    if str(period.last) >= _last_day(shelf / "latest"):
        _link(shelf / "latest", target)
    if replaced and replaced != folder.resolve() and replaced.parent == (shelf / ".runs").resolve():
        shutil.rmtree(replaced, ignore_errors=True)


def _last_day(published: Path) -> str:
    """The last day of a published period, "" when nothing is there."""
    manifest = published / "manifest.json"
    return json.loads(manifest.read_text("utf-8"))["period"]["last"] if manifest.is_file() else ""


def _link(place: Path, target: Path) -> None:
    """A relative link put in place by one rename: a reader sees the old one or the new one."""
    if place.exists() and not place.is_symlink():
        raise CannotCreate(f"{place}: not a link of ours; move it away")
    beside = place.with_name(f".{place.name}.{secrets.token_hex(4)}")
    beside.symlink_to(target)
    beside.replace(place)


def _kept(error: ReportError, folder: Path, manifest: dict) -> ReportError:
    """The same error, told with where its evidence is; the failed run's manifest is the ledger of retries."""
    try:
        manifest["error"] = {"exit_code": error.exit_code, "message": str(error)}
        _write_manifest(folder, manifest, "failed")
    except OSError:
        pass
    return type(error)(f"{error} (kept in {folder})")


def write_landing(out: Path) -> None:
    """`<out>/index.html`: every published period of every report, from the manifests."""
    runs = [_card(path, out) for path in sorted(out.glob("*/*/*/manifest.json")) if path.parent.name != "latest"]
    if not runs:
        return
    for run in runs:
        run["months"] = _months_until(run, runs)
    newest = max(runs, key=lambda run: run["run_at"])
    beside = out / f".index.{secrets.token_hex(4)}"
    beside.write_text(show.landing_page(runs, newest["language"]), "utf-8")
    beside.chmod(0o640)
    beside.replace(out / "index.html")


def _months_until(run: dict, runs: list[dict]) -> list[list[str]]:
    """The totals of the same report's last twelve months, for its spark line."""
    months = [r for r in runs if MONTH.fullmatch(r["period"]) and r["last"] <= run["last"]]
    same = [r for r in months if (r["company"], r["report"]) == (run["company"], run["report"])]
    return [[r["period"], r["total"]] for r in sorted(same, key=lambda r: r["last"])[-12:]]


def _card(path: Path, out: Path) -> dict:
    """What the landing page says of one published run."""
    manifest = json.loads(path.read_text("utf-8"))
    here = path.parent.relative_to(out)
    files = {name: str(here / name) for name in manifest["files"] if name.endswith((".xlsx", ".csv", ".parquet"))}
    return manifest["facts"] | {
        "company": manifest["company"], "report": manifest["report"], "period": manifest["period"]["name"],
        "first": manifest["period"]["first"], "last": manifest["period"]["last"], "href": str(here / "index.html"),
        "files": files, "run_at": manifest["times"]["finished_at"], "next_due": "",
    }  # fmt: skip
