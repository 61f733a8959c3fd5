"""Publication: whole or not at all.

In comes a job; its notebook runs in a private run folder and passes the gate, nbconvert renders the page, the run is
finalized and shown (see `transaction`), the landing page comes last. A run that fails or is killed changes nothing.
"""

import hashlib
import json
import logging
import os
import platform
import secrets
import shutil
import socket
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nbformat
from nbformat.sign import NotebookNotary

from helpers.errors import BadData, KernelDied, NoInput, OutOfSpace, ReportError
from helpers.publishing import run_page
from helpers.publishing.agreement import assert_agreed
from helpers.publishing.archive import ReportArchive, Run
from helpers.publishing.batch import prepare_children
from helpers.publishing.child import UNLIMITED, Limits, call, workplace
from helpers.publishing.cleanup import clean_up
from helpers.publishing.engine import ENGINE
from helpers.publishing.failures import fail, recover_crashed_runs, write_manifest
from helpers.publishing.index_page import prepare_index_page, refresh_index_page
from helpers.publishing.notebook_run import ReportJob, execute
from helpers.publishing.transaction import (
    disk_checked,
    finalize,
    is_published,
    open_archive,
    period_lock,
    show_run,
    update_latest,
)
from helpers.settings.company import read_company, refuse_unconfirmed
from helpers.settings.secrets import tells_a_secret

log = logging.getLogger(__name__)
PACKAGES = ("client-rating", "papermill", "nbconvert", "pandas", "duckdb", "ibis-framework")


@dataclass(frozen=True)
class RunOptions:
    """On what options a run is made: its bounds, how many periods of its unit stay, the tick and the clock it answers,
    whether the page is printed to report.pdf too, the job whose `on_success` hook is to be run, whether it is a look,
    which may rest on guesses, and where a copy of the executed notebook goes, which is never published."""

    limits: Limits = UNLIMITED
    keep: int | None = None
    due_at: datetime | None = None
    tried_at: datetime | None = None
    pdf: bool = False
    notify_job: str | None = None
    is_look: bool = False
    executed: Path | None = None


def publish(
    job: ReportJob,
    out: Path,
    *,
    progress: bool = False,
    require_data: bool = False,
    options: RunOptions = RunOptions(),
    warn: Callable[[str], None] = print,
) -> Path:
    """Run a job and publish it under `out`; the path of the page. A landing page that cannot be drawn goes to `warn`.

    Raises a ReportError whose message names the folder a failed run is kept in; TryLater (75) when another run of the
    same report and period is in progress; NoInput (66) for a period without sales when `require_data`.
    """
    out = out.absolute()
    with disk_checked(out):
        archive = open_archive(out, job.company, job.report)
        with period_lock(archive, job.period.name):
            recover_crashed_runs(archive, job.period.name)
            make(job, archive, progress=progress, require_data=require_data, options=options)
    refresh_index_page(out, job.root, warn)
    clean_up(job.root)
    return archive.folder / job.period.name / "index.html"


def make(
    job: ReportJob,
    archive: ReportArchive,
    *,
    progress: bool = False,
    require_data: bool = False,
    options: RunOptions = RunOptions(),
) -> None:
    """Run a job and show it on its archive, whose lock for the period is held."""
    prepare_children()
    prepare_index_page()
    run = begin(archive, job, options)
    log.info("%s: runs %s", run.title, job.notebook)
    with kept_when_failed(run):
        if not options.is_look:
            refuse_unconfirmed(read_company(job.company, job.root))
        with workplace(run.folder, job.root, options.limits) as place:
            clock = time.perf_counter()
            notebook = execute(job, place, progress=progress)
            run.manifest["times"]["notebook_seconds"] = round(time.perf_counter() - clock, 3)
            log.info("%s: its cells took %s s", run.title, run.manifest["times"]["notebook_seconds"])
            clock = time.perf_counter()
            facts = call(place, run_page.draw_page, run.folder, options.pdf)
            run.manifest["times"]["page_seconds"] = round(time.perf_counter() - clock, 3)
        _describe(run, facts)
        if require_data and run.manifest["checks"]["rows_accepted"] == "0":
            raise NoInput(f"no sales in {job.period.name}, and --require-data is set; check says from when to when")
        assert_agreed(run, archive)
        if options.executed:
            copy_executed(notebook, options.executed)
        finalize(run)
        show_run(archive, run)
    log.info("%s: published", run.title)
    now = options.tried_at or datetime.now(UTC)
    update_latest(archive, max(now.date(), job.today), options.keep, job.period.unit)


def copy_executed(notebook: Path, place: Path) -> None:
    """The executed notebook at a place of its own, for its owner alone, trusted by this user's JupyterLab."""
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    shutil.copyfile(notebook, place)
    place.chmod(0o600)
    NotebookNotary().sign(nbformat.read(place, as_version=4))


@contextmanager
def kept_when_failed(run: Run) -> Iterator[None]:
    """Whatever ends a run before its time leaves a failed run with its evidence, and one of our errors."""
    try:
        yield
    except ReportError as error:
        raise fail(run, error) from None
    except OSError as error:
        raise fail(run, OutOfSpace(f"{error.strerror}: {error.filename or run.folder}")) from None
    except Exception as error:
        with (run.folder / "log.txt").open("a", encoding="utf-8") as log:
            log.writelines(traceback.format_exception(error))
        raise fail(run, KernelDied(f"internal error: {type(error).__name__}")) from error
    except BaseException:
        fail(run, KernelDied("the runner was interrupted"), has_died=True)
        raise


def begin(archive: ReportArchive, job: ReportJob, options: RunOptions) -> Run:
    """A new private run folder whose manifest says "running", and who runs it."""
    name = f"{job.period.name}~{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}"
    run = Run(archive.runs / name, _manifest(job, options))
    run.folder.mkdir(mode=0o700)
    try:
        write_manifest(run)
    except OSError:
        shutil.rmtree(run.folder, ignore_errors=True)
        raise
    return run


def _manifest(job: ReportJob, options: RunOptions) -> dict[str, Any]:
    """What is known before the run; times stand together under `times`, all else is the same for the same input."""
    period = job.period
    times = {"due_at": options.due_at, "tried_at": options.tried_at, "started_at": datetime.now(UTC)}
    return {
        "state": "running",
        "runner": f"process {os.getpid()} on {socket.gethostname()}",
        "company": job.company,
        "report": job.report,
        "notebook": job.notebook.name,
        "parameters": job.parameters,
        "period": {"name": period.name, "first": str(period.first), "last": str(period.last), "unit": period.unit},
        "engine": ENGINE,
        "versions": {name: version(name) for name in PACKAGES} | {"python": platform.python_version()},
        "times": {name: moment.isoformat(timespec="seconds") for name, moment in times.items() if moment},
    } | ({"notify_job": options.notify_job} if options.notify_job else {})


def _describe(run: Run, facts: dict[str, Any]) -> None:
    """Put what a run says of itself and its files into the manifest; BadData when one shows a secret."""
    folder, manifest = run.folder, run.manifest
    manifest |= {
        "snapshot": facts.pop("snapshot", None),
        "facts": facts,
        "checks": json.loads((folder / "checks.json").read_text("utf-8")),
    }
    names = sorted(p.name for p in folder.iterdir() if is_published(p))
    if with_secrets := [name for name in names if tells_a_secret(folder / name)]:
        raise BadData(f"{', '.join(with_secrets)} would show a secret of the environment; nothing is published")
    manifest["files"] = {n: hashlib.sha256((folder / n).read_bytes()).hexdigest() for n in names}
