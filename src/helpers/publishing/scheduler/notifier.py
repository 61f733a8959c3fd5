"""Who was told of what: each published run that its job wants told, and each task that was given up.

That it was told stands in the run's manifest, written after the hook: a runner that dies in between tells again. A hook
that fails is tried again by each call, for a day.
"""

import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from helpers.publishing.archive import ReportArchive, Run
from helpers.publishing.failures import write_manifest
from helpers.publishing.scheduler.due import Task
from helpers.publishing.scheduler.hooks import how_to_run, notify_failure, notify_success
from helpers.publishing.transaction import Busy, held
from helpers.settings.schedule import Hook, Schedule, ScheduledJob

TRIED_FOR = dt.timedelta(days=1)


@dataclass(frozen=True)
class Notifier:
    """Tells by the hooks of a schedule, as seen at `now`; what is wrong with a hook goes to `warn`."""

    schedule: Schedule
    now: dt.datetime
    warn: Callable[[str], None]

    def wanted_by(self, task: Task) -> str | None:
        """The task's job, when it has somebody told of success."""
        hook = self._on_success(task.job)
        return task.name if hook.command or hook.mail else None

    def tell_of_successes(self, archive: ReportArchive) -> None:
        """Tell of each run that readers see and nobody was told of: this call's, or that of one that died."""
        for period, run in archive.published().items():
            if run.manifest.get("to_tell") in self.schedule.jobs:
                with suppress(Busy), held(archive, period):
                    self._tell_success(archive, period)

    def tell_of_failure(self, task: Task) -> None:
        """Tell of a task that was given up; that it was told stands in its last failed run."""
        with suppress(Busy), held(task.archive, task.period.name):
            attempts = task.attempts  # looked at again, as above
            if attempts and "told_at" not in attempts[-1].manifest["times"]:
                self.warn(f"{task.title}: gave up after {len(attempts)} attempts; run again: {how_to_run(task)}")
                hook = task.job.on_failure or self.schedule.on_failure
                self._note(attempts[-1], notify_failure(hook, task, self.warn))

    def _tell_success(self, archive: ReportArchive, period: str) -> None:
        run = archive.shown(period)  # looked at again, with the lock in hand: others may have removed it
        if run and (job := self.schedule.jobs.get(run.manifest.get("to_tell", ""))):
            page = archive.folder / period / "index.html"
            self._note(run, notify_success(self._on_success(job), run, page, self.warn))

    def _on_success(self, job: ScheduledJob) -> Hook:
        return job.on_success or self.schedule.on_success

    def _note(self, run: Run, was_told: bool) -> None:
        if was_told or self.now - run.ended_at > TRIED_FOR:
            run.manifest.pop("to_tell", None)
            run.manifest["times"]["told_at"] = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
            write_manifest(run)
