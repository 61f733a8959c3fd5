"""What is due: the periods that the ticks of a job mean, against what the archive holds.

Pure but for reading: in come a job, the project and the moment `now`; out come `Task`s, one a period that should exist,
oldest first, each with its state. Nothing here starts a run.
"""

import ast
import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from helpers.errors import BadConfiguration, NoInput
from helpers.period import Period, parse_period
from helpers.publishing.archive import ReportArchive, Run
from helpers.settings.company import Company, read_company
from helpers.settings.parameters import ParametersFile, ReportParameters, today_of
from helpers.settings.read import notebook_file, read_model
from helpers.settings.schedule import ScheduledJob

MAX_TASKS = 2_000


@dataclass(frozen=True)
class Task:
    """One period that should be published, because of the newest tick that means it."""

    name: str
    job: ScheduledJob
    period: Period
    tick: dt.datetime
    archive: ReportArchive

    @property
    def title(self) -> str:
        """`demo/client_rating 2026-10`."""
        return f"{self.job.company}/{self.job.report} {self.period.name}"

    @property
    def attempts(self) -> list[Run]:
        """The failed runs of this tick, oldest first."""
        # In UTC: a moment that comes twice is equal to none of another zone (PEP 495).
        runs = self.archive.run_folders(self.period.name)
        failed = [run for run in runs if run.state == "failed" and run.has_times and run.is_scheduled]
        return [run for run in failed if run.due_at == self.tick.astimezone(dt.UTC)]

    @property
    def is_published(self) -> bool:
        """Whether readers see a run of this period that is as new as the tick; of one that says no moment nobody knows,
        and it is a person who publishes it again."""
        run = self.archive.shown(self.period.name)
        return run is not None and (not run.has_times or run.due_at >= self.tick)

    def state(self, now: dt.datetime) -> str:
        """ "published", "due", "waiting" (for its next attempt), "gave up" or "skipped" (missed, and not caught up)."""
        if self.is_published:
            return "published"
        attempts = self.attempts
        if not attempts:
            is_late = now - self.tick > self.job.late_after
            return "skipped" if is_late and self.job.catch_up == "none" else "due"
        if len(attempts) > self.job.retries:
            return "gave up"
        return "waiting" if attempts[-1].ended_at <= now < self.next_attempt(attempts) else "due"

    def next_attempt(self, attempts: list[Run]) -> dt.datetime:
        """When it is tried again: at once after a run that died, else a delay that doubles with each failure."""
        last = attempts[-1]
        return last.ended_at + (dt.timedelta(0) if last.has_died else self.job.retry_after * 2 ** (len(attempts) - 1))


def tasks(name: str, job: ScheduledJob, root: Path, out: Path, now: dt.datetime) -> list[Task]:
    """What should exist of one job by `now`, oldest first: of the newest tick, or of all since `since`.

    A period that several ticks mean is due by the newest of them: the archive comes to hold what it would have held
    had the machine never been off. Raises BadConfiguration, NoInput, BadParameter for what is wrong in params/.
    """
    archive = ReportArchive(out.absolute() / job.company / job.report)
    by_period: dict[str, Task] = {}
    for tick, period in _meant(job, root, now):
        by_period.setdefault(period.name, Task(name, job, period, tick, archive))
        if job.catch_up != "all" or len(by_period) == (job.keep or MAX_TASKS):
            break
    return list(reversed(by_period.values()))


def _meant(job: ScheduledJob, root: Path, now: dt.datetime) -> Iterator[tuple[dt.datetime, Period]]:
    """Each day's last tick and the period it means, newest first."""
    company = read_company(job.company, root)
    text, fixed = _period_text(job, root)
    before = None
    for tick in job.ticks_until(now):
        if tick.date() != before:
            before = tick.date()
            yield tick, parse_period(text, _day(fixed, company) or before, company.fiscal_start)


def _day(text: str, company: Company) -> dt.date | None:
    return today_of(text, company) if text else None


def _period_text(job: ScheduledJob, root: Path) -> tuple[str, str]:
    """The words that name the period, of the job, the params file or the notebook, and the file's `today`."""
    path = root / "params" / job.params
    values = read_model(path, ParametersFile).root
    text = job.period or values.get("period") or _declared_period(job.report, root)
    today = values.get("today", "")
    if not isinstance(text, str) or not isinstance(today, str):
        raise BadConfiguration(f"{path}: period and today must be texts")
    return text, today


def _declared_period(report: str, root: Path) -> str:
    """The default of a notebook's parameters cell, read without starting papermill."""
    try:
        cells = json.loads(notebook_file(report, root).read_text("utf-8"))["cells"]
        source = next("".join(c["source"]) for c in cells if "parameters" in c["metadata"].get("tags", []))
        lines = (n for n in ast.parse(source).body if isinstance(n, ast.AnnAssign | ast.Assign))
        named = {ast.unparse(n.targets[0] if isinstance(n, ast.Assign) else n.target): n.value for n in lines}
        return ast.literal_eval(named["period"] or "")
    except (NoInput, OSError, ValueError, KeyError, StopIteration, SyntaxError):
        return ReportParameters().period
