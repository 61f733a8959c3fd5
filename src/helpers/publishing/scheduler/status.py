"""How the scheduled reports are doing, for a person and for monitoring: read from the archive, changes nothing."""

import datetime as dt
from pathlib import Path
from typing import Any

from helpers.errors import ReportError
from helpers.publishing.archive import ReportArchive, Run
from helpers.publishing.scheduler.due import Task, tasks
from helpers.publishing.scheduler.hooks import how_to_run
from helpers.publishing.scheduler.notifier import awaits_hook
from helpers.settings.schedule import Schedule, ScheduledJob
from helpers.settings.secrets import scrubbed

ALARMS = ("late", "gave up", "wrong")
NEVER: dict[str, Any] = {"last_success": None, "period": None, "ahead": [], "not_notified": [], "damaged": []}


def status(schedule: Schedule, root: Path, out: Path, now: dt.datetime) -> list[dict[str, Any]]:
    """One mapping a job: job, report, state, last_success, period, ahead (published periods that have not begun),
    not_notified (published periods whose hook has not done its work: it failed, or its runner died), damaged (published
    periods whose manifest says too little, which the landing page leaves out), next_tick, missing (a period that should
    exist and does not), late_seconds, last_error, how_to_run.

    state is "fresh", "due", "waiting" (to try again), "late" (not published within `late_after`), "gave up", "skipped"
    or "wrong" (its files in params/ cannot be read). Moments are ISO texts in the job's zone, or None.
    """
    now = now.astimezone(dt.UTC)
    return [_one(name, job, root, out, now) for name, job in schedule.jobs.items()]


def is_alarming(reports: list[dict[str, Any]]) -> bool:
    """Whether somebody has to look: a report is late, was given up, is damaged, or cannot be read."""
    return any(job["state"] in ALARMS or job["damaged"] for job in reports)


def sentence(job: dict[str, Any]) -> str:
    """A job's status as a line."""
    parts = [f"{job['job']} ({job['report']}): {job['state']}"]
    if job["late_seconds"]:
        parts.append(f"missing {job['missing']} for {dt.timedelta(seconds=job['late_seconds'])}")
    parts.append(f"last success {job['last_success']} ({job['period']})" if job["last_success"] else "no success yet")
    parts.append(f"next {job['next_tick']}")
    if job["ahead"]:
        parts.append(f"made by a clock that was ahead, not shown as latest: {', '.join(job['ahead'])}")
    if job["not_notified"]:
        parts.append(f"nobody was notified of {', '.join(job['not_notified'])}: run-due says what its hook fails with")
    if job["damaged"]:
        parts.append(f"the manifest of {', '.join(job['damaged'])} is damaged: publish it again")
    if job["last_error"]:
        parts.append(f"last error: {job['last_error']}")
    if job["state"] == "gave up":
        parts.append(f"run again: {job['how_to_run']}")
    return "; ".join(parts)


def _one(name: str, job: ScheduledJob, root: Path, out: Path, now: dt.datetime) -> dict[str, Any]:
    archive = ReportArchive(out.absolute() / job.company / job.report)
    about = {"job": name, "report": f"{job.company}/{job.report}", "next_tick": job.next_tick(now).isoformat()}
    try:
        about |= _last_success(archive, job, now)
        missing = [(t, t.state(now)) for t in tasks(name, job, root, out, now) if not t.is_published]
    except Exception as error:
        reason = str(error) if isinstance(error, ReportError) else scrubbed(f"{type(error).__name__}: {error}")
        return NEVER | about | {"state": "wrong", "missing": None, "late_seconds": 0, "last_error": reason,
                                "how_to_run": None}  # fmt: skip
    late = [(t, s) for t, s in missing if s != "skipped"]
    return about | {
        "state": _state(missing, now), "missing": late[0][0].period.name if late else None,
        "late_seconds": int((now - late[0][0].tick).total_seconds()) if late else 0,
        "last_error": _last_error(late), "how_to_run": how_to_run(late[0][0]) if late else None,
    }  # fmt: skip


def _state(missing: list[tuple[Task, str]], now: dt.datetime) -> str:
    """The worst of the tasks that are not published."""
    states = {state for _, state in missing}
    is_late = any(now - t.tick > t.job.late_after for t, s in missing if s in ("due", "waiting"))
    if is_late:
        states.add("late")
    order = ("gave up", "late", "waiting", "due", "skipped")
    return next((state for state in order if state in states), "fresh")


def _last_success(archive: ReportArchive, job: ScheduledJob, now: dt.datetime) -> dict[str, Any]:
    """The newest run, of a period that has begun; those that lie ahead apart."""
    published = archive.whole()
    ahead = sorted({run.period for run in published.values() if run.lies_ahead(now.date())})
    about = {
        "ahead": ahead, "not_notified": sorted({run.period for run in published.values() if awaits_hook(run)}),
        "damaged": sorted({run.period for run in archive.published().values() if not run.is_whole}),
    }  # fmt: skip
    begun = [run for run in published.values() if run.period not in ahead]
    newest: Run | None = max(begun, key=lambda run: run.ended_at, default=None)
    if newest is None:
        return NEVER | about
    moment = dt.datetime.fromisoformat(newest.manifest["times"]["finished_at"]).astimezone(job.zone)
    return about | {"last_success": moment.isoformat(), "period": newest.period}


def _last_error(late: list[tuple[Task, str]]) -> str | None:
    """What the newest failed run of a missing period said."""
    failed = [task.attempts[-1] for task, _ in late if task.attempts]
    return max(failed, key=lambda run: run.ended_at).error.get("message") if failed else None
