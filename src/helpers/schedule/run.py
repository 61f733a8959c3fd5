"""Run what is due, oldest first, and no more: idempotent, safe to call every minute from anywhere.

In come the schedule, the archive and `now`; out come published reports, one line for each outcome, and an exit code.
The state is looked at twice: before, without a lock, and again with the lock of the report and period in hand.
"""

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from helpers.archive import shelves
from helpers.errors import ReportError
from helpers.kernel.processes import Limits, stopping
from helpers.landing import is_behind, write_landing
from helpers.plan import Hook, Schedule
from helpers.schedule.due import Task, tasks
from helpers.schedule.hooks import how_to_run, tell_failure, tell_success
from helpers.transaction import Busy, held, open_shelf, settle, tidy, write_manifest

Say = Callable[[str], None]


def run_due(
    schedule: Schedule, root: Path, out: Path, now: dt.datetime, *,
    jobs: int = 1, dry_run: bool = False, progress: bool = False, say: Say = print, warn: Say = print,
) -> int:  # fmt: skip
    """Publish what should be published by `now` and is not; the exit code: 0, or that of the worst outcome.

    `jobs` reports run at a time. `dry_run` only says what would run. A report that another process is at is left to it
    (75); a job that cannot even be read is told (64, 66, 78) and does not stop the others.
    """
    codes: list[int] = []
    if not dry_run:
        _mend(out, root)
    found = _due(schedule, root, out, now, codes, warn)
    if dry_run:
        for task in found:
            say(f"{task.title}: due since {task.tick:%Y-%m-%d %H:%M %Z} (job {task.name})")
        return max(codes, default=0)
    codes += _run_all(found, schedule, root, out, now, jobs, progress, say, warn)
    _tell_of_failures(schedule, root, out, now, warn)
    if is_behind(out, root):
        write_landing(out, root)
    return _worst(codes)


def _worst(codes: list[int]) -> int:
    """The first failure; 75 only when all others are well."""
    failures = [c for c in codes if c not in (0, Busy.exit_code)]
    return failures[0] if failures else max(codes, default=0)


def _due(schedule: Schedule, root: Path, out: Path, now: dt.datetime, codes: list[int], warn: Say) -> list[Task]:
    """The tasks of every job that are due now, oldest tick first."""
    found = []
    for name, job in schedule.jobs.items():
        try:
            found += [task for task in tasks(name, job, root, out, now) if task.state(now) == "due"]
        except ReportError as error:
            warn(f"job {name}: {error}")
            codes.append(error.exit_code)
    return sorted(found, key=lambda task: (task.tick, task.name))


def _mend(out: Path, root: Path) -> None:
    """Clear what dead runs left on every shelf; a run that lives holds its lock and is left alone."""
    for shelf in shelves(out):
        for period in {run.period for run in shelf.run_folders() if run.state in ("running", "")}:
            try:
                with held(shelf, period):
                    tidy(shelf, period)
            except Busy:
                continue
        settle(shelf)
    if is_behind(out, root):
        write_landing(out, root)


def _run_all(
    found: list[Task], schedule: Schedule, root: Path, out: Path, now: dt.datetime, jobs: int, progress: bool, say: Say, warn: Say
) -> list[int]:
    """Run the tasks, `jobs` at a time; a signal ends those that run, cleanly, and starts no more."""
    if not found:
        return []
    with ThreadPoolExecutor(jobs, "report") as pool:
        try:
            runs = [pool.submit(_run, t, t.job.on_success or schedule.on_success, root, out, now, progress and jobs == 1, say, warn) for t in found]
            return [run.result() for run in runs]
        except BaseException:
            stopping.set()
            pool.shutdown(cancel_futures=True)
            raise
        finally:
            stopping.clear()


def _run(task: Task, hook: Hook, root: Path, out: Path, now: dt.datetime, progress: bool, say: Say, warn: Say) -> int:
    """One task, under its lock, if it is still due by then; its exit code."""
    from helpers.publish import disk_checked

    began = dt.datetime.now(dt.UTC)
    try:
        with disk_checked(out):
            shelf = open_shelf(out.absolute(), task.job.company, task.job.report)
            with held(shelf, task.period.name):
                tidy(shelf, task.period.name)
                if task.state(now) != "due":
                    return 0
                _publish(task, root, now, progress)
            write_landing(out.absolute(), root)
    except ReportError as error:
        warn(f"{task.title}: {error}")
        return error.exit_code
    seconds = (dt.datetime.now(dt.UTC) - began).total_seconds()
    page = task.shelf.folder / task.period.name / "index.html"
    say(f"{task.title}: published in {seconds:.1f} s, {page}")
    tell_success(hook, task, page, warn)
    return 0


def _publish(task: Task, root: Path, now: dt.datetime, progress: bool) -> None:
    """Prepare and make it; a report that cannot be prepared is a failed run too, so that it is not tried each minute."""
    from helpers.execute import Job, prepare
    from helpers.publish import Terms, begin, kept_when_failed, make

    job = task.job
    limits = Limits(job.timeout.total_seconds(), job.memory)
    terms = Terms(limits, job.keep, due_at=task.tick, tried_at=now)
    try:
        ready = prepare(root / "params" / job.params, {"period": task.period.name}, today=task.tick.date())
    except ReportError as error:
        blank = Job(root, job.company, job.report, Path(job.report), {}, task.period)
        with kept_when_failed(begin(task.shelf, blank, terms)):
            raise error from None
    make(ready, task.shelf, progress=progress, terms=terms)


def _tell_of_failures(schedule: Schedule, root: Path, out: Path, now: dt.datetime, warn: Say) -> None:
    """Each task that was given up is told once: that it has been told stands in its last failed run."""
    for name, job in schedule.jobs.items():
        try:
            given_up = [task for task in tasks(name, job, root, out, now) if task.state(now) == "gave up"]
        except ReportError:
            continue
        for task in given_up:
            _tell_once(task, job.on_failure or schedule.on_failure, warn)


def _tell_once(task: Task, hook: Hook, warn: Say) -> None:
    try:
        with held(task.shelf, task.period.name):
            last = task.attempts[-1]
            if "told_at" in last.manifest["times"]:
                return
            warn(f"{task.title}: gave up after {len(task.attempts)} attempts; {how_to_run(task)}")
            tell_failure(hook, task, warn)
            last.manifest["times"]["told_at"] = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
            write_manifest(last)
    except Busy:
        return
