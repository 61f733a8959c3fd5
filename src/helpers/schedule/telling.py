"""Who was told of what: each published run that its job wants told, and each task that was given up.

That it was told stands in the run's manifest, written after the hook: a runner that dies in between tells again. A hook
that fails is tried again by each call, for a day.
"""

import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from helpers.archive import Run, Shelf
from helpers.ledger import write_manifest
from helpers.plan import Hook, PlannedReport, Schedule
from helpers.schedule.due import Task
from helpers.schedule.hooks import how_to_run, tell_failure, tell_success
from helpers.transaction import Busy, held

TRIED_FOR = dt.timedelta(days=1)


@dataclass(frozen=True)
class Teller:
    """Tells by the hooks of a schedule, as seen at `now`; what is wrong with a hook goes to `warn`."""

    schedule: Schedule
    now: dt.datetime
    warn: Callable[[str], None]

    def wanted_by(self, task: Task) -> str | None:
        """The task's job, when it has somebody told of success."""
        hook = self._on_success(task.job)
        return task.name if hook.command or hook.mail else None

    def tell_of_successes(self, shelf: Shelf) -> None:
        """Tell of each run that readers see and nobody was told of: this call's, or that of one that died."""
        for period, run in shelf.published().items():
            if run.manifest.get("to_tell") in self.schedule.jobs:
                with suppress(Busy), held(shelf, period):
                    self._tell_success(shelf, period)

    def tell_of_failure(self, task: Task) -> None:
        """Tell of a task that was given up; that it was told stands in its last failed run."""
        with suppress(Busy), held(task.shelf, task.period.name):
            attempts = task.attempts  # looked at again, as above
            if attempts and "told_at" not in attempts[-1].manifest["times"]:
                self.warn(f"{task.title}: gave up after {len(attempts)} attempts; run again: {how_to_run(task)}")
                hook = task.job.on_failure or self.schedule.on_failure
                self._note(attempts[-1], tell_failure(hook, task, self.warn))

    def _tell_success(self, shelf: Shelf, period: str) -> None:
        run = shelf.shown(period)  # looked at again, with the lock in hand: others may have removed it
        if run and (job := self.schedule.jobs.get(run.manifest.get("to_tell", ""))):
            page = shelf.folder / period / "index.html"
            self._note(run, tell_success(self._on_success(job), run, page, self.warn))

    def _on_success(self, job: PlannedReport) -> Hook:
        return job.on_success or self.schedule.on_success

    def _note(self, run: Run, was_told: bool) -> None:
        if was_told or self.now - run.ended_at > TRIED_FOR:
            run.manifest.pop("to_tell", None)
            run.manifest["times"]["told_at"] = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
            write_manifest(run)
