"""Run what is due, oldest first, and no more: idempotent, safe to call every minute from anywhere.

In come the schedule, the archive and `now`; out come published reports, one line for each outcome, and an exit code.
The state is looked at twice: before, without a lock, and again with the lock of the report and period in hand.
"""

import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpers.errors import TryLater
from helpers.publishing.archive import ReportArchive, report_archives
from helpers.publishing.batch import report_failure, run_each, worst
from helpers.publishing.child import Limits
from helpers.publishing.cleanup import clean_up
from helpers.publishing.failures import recover_crashed_runs
from helpers.publishing.index_page import refresh_index_page
from helpers.publishing.scheduler.due import Task, tasks
from helpers.publishing.scheduler.hooks import mail_server_of_environment
from helpers.publishing.scheduler.notifier import Notifier
from helpers.publishing.transaction import Busy, disk_checked, open_archive, period_lock, update_latest
from helpers.settings.schedule import Schedule

Say = Callable[[str], None]


def run_due(
    schedule: Schedule, root: Path, out: Path, now: dt.datetime, *, dry_run: bool = False, **options: Any
) -> int:
    """Publish what should be published by `now` and is not; the exit code: 0, or that of the first failure.

    A report that is in progress elsewhere is left alone (75); a job that cannot even be read is named (64, 66, 78) and
    does not stop the others, nor does a wrong CLIENT_RATING_SMTP (78), nor a hook that failed or a landing page that
    shows less than all, which the next call tries again (75). `dry_run` only says what would run. Options: jobs
    (reports at a time), progress, say, warn.
    """
    scheduler_run = SchedulerRun(schedule, root, out.absolute(), now.astimezone(dt.UTC), **options)
    if dry_run:
        due, exit_codes = scheduler_run.due()
        for task in due:
            scheduler_run.say(f"{task.title}: due since {task.tick:%Y-%m-%d %H:%M %Z} (job {task.name})")
        return worst(exit_codes)
    with disk_checked(scheduler_run.out):
        exit_codes = [*scheduler_run.mail(), *scheduler_run.repair()]
        due, of_jobs = scheduler_run.due()
        exit_codes += [*of_jobs, *scheduler_run.run_all(due)]
        exit_codes += scheduler_run.notify_failures()
        exit_codes.append(scheduler_run.show())
    clean_up(root)
    return worst(exit_codes)


@dataclass(frozen=True)
class SchedulerRun:
    """One call of `run-due`: what it goes by, and where it says what it did (`say`) and what is wrong (`warn`)."""

    schedule: Schedule
    root: Path
    out: Path
    now: dt.datetime
    jobs: int = 1
    progress: bool = False
    say: Say = print
    warn: Say = print

    @property
    def notifier(self) -> Notifier:
        """Who notifies of what this call, or one that died, did."""
        return Notifier(self.schedule, self.now, self.warn)

    def mail(self) -> list[int]:
        """The exit code of a mail server that cannot be, where a hook sends mail; the reports go on."""
        hooks = [self.schedule.on_failure, self.schedule.on_success]
        hooks += [hook for job in self.schedule.jobs.values() for hook in (job.on_failure, job.on_success) if hook]
        if any(hook.mail for hook in hooks):
            try:
                mail_server_of_environment()
            except Exception as error:
                return [report_failure("mail", error, self.warn)]
        return []

    def due(self) -> tuple[list[Task], list[int]]:
        """The tasks that are due, oldest tick first, and the exit exit_codes of the jobs that cannot be read."""
        due, exit_codes = [], []
        for name, job in self.schedule.jobs.items():
            try:
                due += self._tasks(name, "due")
            except Exception as error:
                exit_codes.append(report_failure(f"job {name} (params/{job.params})", error, self.warn))
        return sorted(due, key=lambda task: (task.tick, task.name)), exit_codes

    def _tasks(self, name: str, state: str) -> list[Task]:
        all_of_job = tasks(name, self.schedule.jobs[name], self.root, self.out, self.now)
        return [task for task in all_of_job if task.state(self.now) == state]

    def repair(self) -> list[int]:
        """Clear what dead runs left on every archive; a run that lives holds its lock and is left alone. The exit codes
        of archives in which that fails: they stop no other."""
        exit_codes = []
        for archive in report_archives(self.out):
            try:
                exit_codes.append(0 if self._repair(archive) else TryLater.exit_code)
            except Exception as error:
                exit_codes.append(report_failure(str(archive.folder), error, self.warn))
        return [*exit_codes, self.show()]

    def show(self, *, only_behind: bool = True) -> int:
        """Draw the landing page; 75 where it shows less than all, which another call may mend."""
        is_whole = refresh_index_page(self.out, self.root, self.warn, only_behind=only_behind)
        return 0 if is_whole else TryLater.exit_code

    def _repair(self, archive: ReportArchive) -> bool:
        for period in {run.period for run in archive.run_folders() if run.state in ("running", "")}:
            with suppress(Busy), period_lock(archive, period):
                recover_crashed_runs(archive, period)
        update_latest(archive, self.now.date())
        return self.notifier.notify_successes(archive)

    def run_all(self, due: list[Task]) -> list[int]:
        """Run the tasks, `jobs` at a time; a signal ends those that run, cleanly, and starts no more."""
        if not due:
            return []
        return run_each(self._run, due, self.jobs)

    def _run(self, task: Task) -> int:
        """One task, under its lock, if it is still due by then; its exit code."""
        began = dt.datetime.now(dt.UTC)
        try:
            with disk_checked(self.out):
                if not self._make(task):
                    return 0
            of_page = self.show(only_behind=False)
            page = task.archive.folder / task.period.name / "index.html"
            self.say(f"{task.title}: published in {(dt.datetime.now(dt.UTC) - began).total_seconds():.1f} s, {page}")
            return of_page if self.notifier.notify_successes(task.archive) else TryLater.exit_code
        except Busy as error:
            self.warn(str(error))
            return error.exit_code
        except Exception as error:
            return report_failure(task.title, error, self.warn)

    def _make(self, task: Task) -> bool:
        """Whether the task was still due with its lock in hand, and so was made."""
        import helpers.publishing.publish  # noqa: F401  slow: under the lock others could not learn who holds it

        archive = open_archive(self.out, task.job.company, task.job.report)
        with period_lock(archive, task.period.name):
            recover_crashed_runs(archive, task.period.name)
            if task.state(self.now) != "due":
                return False
            progress, notify_job = self.progress and self.jobs == 1, self.notifier.job_to_notify(task)
            make_scheduled(task, self.root, self.now, progress=progress, notify_job=notify_job)
            return True

    def notify_failures(self) -> list[int]:
        """Notify of each task that was given up, once; the exit codes of the hooks."""
        exit_codes = []
        for name in self.schedule.jobs:
            with suppress(Exception):  # a job that cannot be read was named already
                for task in self._tasks(name, "gave up"):
                    exit_codes.append(0 if self.notifier.notify_failure(task) else TryLater.exit_code)
        return exit_codes


def make_scheduled(task: Task, root: Path, now: dt.datetime, *, progress: bool, notify_job: str | None = None) -> None:
    """Prepare and make a task; one that cannot be prepared is a failed run too, or each minute would try it again."""
    from helpers.publishing.notebook_run import ReportJob, prepare
    from helpers.publishing.publish import RunOptions, begin, kept_when_failed, make

    job = task.job
    limits = Limits(job.timeout.total_seconds(), job.memory)
    options = RunOptions(limits, job.keep, due_at=task.tick, tried_at=now, notify_job=notify_job)
    try:
        ready = prepare(root / "params" / job.params, {"period": task.period.name}, today=task.tick.date())
    except Exception as error:
        blank = ReportJob(root, job.company, job.report, Path(job.report), {}, task.period)
        with kept_when_failed(begin(task.archive, blank, options)):
            raise error from None
    make(ready, task.archive, progress=progress, options=options)
