"""Notifications due: one for each published run whose job has an `on_success` hook, and for each task given up.

That a hook ran is noted in the run's manifest afterwards: when a runner dies in between, the next call notifies again.
A hook that fails is tried again by each call, for a day.
"""

import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from helpers.publishing.archive import ReportArchive, Run
from helpers.publishing.failures import write_manifest
from helpers.publishing.scheduler.due import Task
from helpers.publishing.scheduler.hooks import how_to_run, notify_failure, notify_success
from helpers.publishing.transaction import Busy, period_lock
from helpers.settings.schedule import Hook, Schedule, ScheduledJob

NOTIFYING_PERIOD = dt.timedelta(days=1)
JOB_KEYS, NOTIFIED_KEYS = ("notify_job", "to_tell"), ("notified_at", "told_at")  # the second: manifests until 2026-11


@dataclass(frozen=True)
class Notifier:
    """Runs the hooks of a schedule, as seen at `now`; what is wrong with a hook goes to `warn`."""

    schedule: Schedule
    now: dt.datetime
    warn: Callable[[str], None]

    def job_to_notify(self, task: Task) -> str | None:
        """The task's job, when it has an `on_success` hook."""
        hook = self._on_success(task.job)
        return task.name if hook.command or hook.mail else None

    def notify_successes(self, archive: ReportArchive) -> bool:
        """Notify of each run that readers see and nobody was notified of: this call's, or that of one that died.
        Whether every hook did its work."""
        is_done = True
        for period, run in archive.published().items():
            if run.has_times and _job_name(run) in self.schedule.jobs:
                with suppress(Busy), period_lock(archive, period):
                    is_done &= self._notify_success(archive, period)
        return is_done

    def notify_failure(self, task: Task) -> bool:
        """Notify of a task that was given up; that it was done is noted in its last failed run. Whether the hook did
        its work."""
        is_done = True
        with suppress(Busy), period_lock(task.archive, task.period.name):
            attempts = task.attempts  # looked at again, as above
            if attempts and not _is_notified(attempts[-1]):
                self.warn(f"{task.title}: gave up after {len(attempts)} attempts; run again: {how_to_run(task)}")
                hook = task.job.on_failure or self.schedule.on_failure
                is_done = notify_failure(hook, task, self.warn)
                self._note(attempts[-1], is_done)
        return is_done

    def _notify_success(self, archive: ReportArchive, period: str) -> bool:
        run = archive.shown(period)  # looked at again, with the lock in hand: others may have removed it
        if not run or not (job := self.schedule.jobs.get(_job_name(run))):
            return True
        is_done = notify_success(self._on_success(job), run, archive.folder / period / "index.html", self.warn)
        self._note(run, is_done)
        return is_done

    def _on_success(self, job: ScheduledJob) -> Hook:
        return job.on_success or self.schedule.on_success

    def _note(self, run: Run, is_done: bool) -> None:
        if is_done or self.now - run.ended_at > NOTIFYING_PERIOD:
            for name in JOB_KEYS:
                run.manifest.pop(name, None)
            run.manifest["times"]["notified_at"] = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
            write_manifest(run)


def awaits_hook(run: Run) -> bool:
    """Whether the hook of a published run has not done its work yet."""
    return bool(_job_name(run))


def _job_name(run: Run) -> str:
    return next((run.manifest[key] for key in JOB_KEYS if key in run.manifest), "")


def _is_notified(run: Run) -> bool:
    return any(key in run.manifest["times"] for key in NOTIFIED_KEYS)
