"""What runs when: `params/schedule.yaml` and the ticks its cron expressions mean.

In comes the file, out comes a checked `Schedule`; a job knows its ticks as moments of its own zone. cronsim reads the
expressions as Debian's cron does: a time that summer time skips comes right after the gap, a doubled one counts once.
"""

import datetime as dt
import re
from collections.abc import Iterator
from itertools import dropwhile, takewhile
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from helpers.settings.fields import JOB_NAME, Strict, Text, Zone
from helpers.settings.read import read_model

SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86400}
BYTES = {"MB": 10**6, "GB": 10**9}
AROUND = dt.timedelta(hours=3)  # cronsim reads wall clocks, and in autumn an hour comes twice: look around it
DURATION = re.compile(r"([1-9]\d{0,4}) ?(s|min|h|d)", re.ASCII)
SIZE = re.compile(r"([1-9]\d{0,4}) ?(MB|GB)", re.ASCII)


def _duration(text: Any) -> dt.timedelta:  # Any: what the file holds, before it is checked
    if isinstance(text, dt.timedelta):
        return text
    if not (isinstance(text, str) and (match := DURATION.fullmatch(text))):
        raise ValueError(f"expected a length of time such as 90 s, 30 min, 2 h or 1 d, got {text!r}")
    return dt.timedelta(seconds=int(match[1]) * SECONDS[match[2]])


def duration_text(length: dt.timedelta) -> str:
    """A length of time as the file writes it, in the largest unit that is whole.

    >>> duration_text(dt.timedelta(minutes=90))
    '90 min'
    """
    seconds = int(length.total_seconds())
    unit = max((unit for unit, size in SECONDS.items() if seconds % size == 0), key=SECONDS.__getitem__)
    return f"{seconds // SECONDS[unit]} {unit}"


def _size(text: Any) -> int:  # Any: what the file holds, before it is checked
    if isinstance(text, int) and not isinstance(text, bool):
        return text
    if not (isinstance(text, str) and (match := SIZE.fullmatch(text))):
        raise ValueError(f"expected a size such as 500 MB or 4 GB, got {text!r}")
    return int(match[1]) * BYTES[match[2]]


def _cron(text: str) -> str:
    try:
        next(CronSim(text, dt.datetime(2026, 1, 1)))
    except (CronSimError, StopIteration):
        raise ValueError(f"expected minute, hour, day, month, weekday such as '0 6 1 * *', got '{text}'") from None
    if len(text.split()) != 5:
        raise ValueError(f"five fields, minute first; got '{text}'")
    return text


def _params(text: str) -> str:
    parts = PurePosixPath(text).parts
    if len(parts) != 2 or ".." in parts or not text.endswith(".yaml"):
        raise ValueError(f"expected COMPANY/NOTEBOOK.yaml, a file below params/, got '{text}'")
    return text


def _day(text: str) -> str:
    try:
        dt.datetime.strptime(text, "%Y-%m-%d")
    except ValueError:
        raise ValueError(f"expected a day such as 2026-01-01, got '{text}'") from None
    return text


def _line(text: str) -> str:
    if wrong := next((c for c in text if c in "\r\n\0"), None):
        raise ValueError(f"one line without control characters, got {wrong!r} in it")
    return text


Duration = Annotated[
    dt.timedelta,
    BeforeValidator(_duration),
    WithJsonSchema({"type": "string", "pattern": f"^{DURATION.pattern}$"}),
]
Size = Annotated[int, BeforeValidator(_size), WithJsonSchema({"type": "string", "pattern": f"^{SIZE.pattern}$"})]
Line = Annotated[str, AfterValidator(_line)]
JobName = Annotated[str, Field(pattern=JOB_NAME)]


class Mail(Strict):
    """A message by SMTP; the server is CLIENT_RATING_SMTP of the environment, `smtp://host:25` or `smtps://user@host`."""

    to: list[Line] = Field(min_length=1, description="The addresses it goes to: [ops@example.org].")
    sender: Line = Field(alias="from", description="The address it comes from.")
    attach_pdf: bool = Field(default=False, description="Whether the page goes with it as a PDF, printed by Chromium.")


class Hook(Strict):
    """What is done with a message: a command gets it on its standard input, a mail carries it."""

    command: list[Line] = Field(
        default=[], description="A command as a list of words; it gets the message on its standard input."
    )
    mail: Mail | None = Field(default=None, description="A mail that carries the message, sent by CLIENT_RATING_SMTP.")


class ScheduledJob(Strict):
    """One job: which report, when, and what to do about runs that were missed or failed."""

    params: Annotated[Text, AfterValidator(_params)] = Field(
        description="The report's file below params/: COMPANY/NOTEBOOK.yaml."
    )
    cron: Annotated[str, AfterValidator(_cron)] = Field(
        description="Minute, hour, day, month, weekday, such as 0 6 1 * *; L is a month's last day."
    )
    timezone: Zone = Field(description="The zone in which cron and the day of a run are read, such as Europe/Paris.")
    period: Text | None = Field(
        default=None,
        description="The period, such as last quarter; by default that of the params file, then the notebook's.",
    )
    catch_up: Literal["all", "latest", "none"] = Field(
        default="latest",
        description="What a pause leaves to be made: all periods from since on, the latest one, or none.",
    )
    since: Annotated[Text, AfterValidator(_day)] | None = Field(
        default=None, description="The day, such as 2026-01-01, before which no tick counts; catch_up: all needs one."
    )
    late_after: Duration = Field(
        default=dt.timedelta(hours=1), description="How long after its tick a missing report is late, such as 2 h."
    )
    retries: int = Field(default=2, ge=0, le=10, description="How many times more a failed run is tried.")
    retry_after: Duration = Field(
        default=dt.timedelta(minutes=5),
        description="How long after a failure it is tried again; the wait doubles each time.",
    )
    timeout: Duration = Field(
        default=dt.timedelta(hours=1), description="How long all processes of a run may take before they are killed."
    )
    memory: Size | None = Field(
        default=None, description="How much memory all processes of a run may take together, such as 4 GB."
    )
    keep: int | None = Field(
        default=None, ge=1, description="How many periods of a unit, such as months, stay published; all by default."
    )
    on_failure: Hook | None = Field(
        default=None, description="What is done when the job is given up; by default what stands beside jobs."
    )
    on_success: Hook | None = Field(
        default=None, description="What is done when a page is published; by default what stands beside jobs."
    )

    @model_validator(mode="after")
    def _has_a_beginning(self) -> Self:
        if self.catch_up == "all" and self.since is None:
            raise ValueError("catch_up: all needs since: YYYY-MM-DD, the day from which every period must exist")
        return self

    @property
    def company(self) -> str:
        """The folder of params/ it reads."""
        return self.params.split("/")[0]

    @property
    def report(self) -> str:
        """The name it is published under: `client_rating.fr`."""
        return self.params.split("/")[1].removesuffix(".yaml")

    @property
    def zone(self) -> ZoneInfo:
        """The zone that its cron expression is read in."""
        return ZoneInfo(self.timezone)

    def next_tick(self, after: dt.datetime) -> dt.datetime:
        """The first tick after a moment."""
        after = after.astimezone(dt.UTC)  # within one zone Python compares wall clocks
        ticks = CronSim(self.cron, (after - AROUND).astimezone(self.zone))
        return next(dropwhile(lambda tick: tick <= after, ticks))

    def ticks_until(self, now: dt.datetime) -> Iterator[dt.datetime]:
        """The ticks up to a moment, itself included, newest first, none before `since`."""
        now = now.astimezone(dt.UTC)
        first = self.since and dt.datetime.combine(dt.date.fromisoformat(self.since), dt.time(), self.zone)
        ticks = CronSim(self.cron, (now + AROUND).astimezone(self.zone), reverse=True)
        past = dropwhile(lambda tick: tick > now, ticks)
        return takewhile(lambda tick: not first or tick >= first, past)


class Schedule(Strict):
    """The jobs by name, and the hooks of those that name none."""

    jobs: dict[JobName, ScheduledJob] = Field(default={}, description="The jobs by name, such as acme-monthly.")
    on_failure: Hook = Field(default=Hook(), description="What is done when a job that says nothing else is given up.")
    on_success: Hook = Field(
        default=Hook(), description="What is done when a job that says nothing else publishes a page."
    )

    @model_validator(mode="after")
    def _once_each(self) -> Self:
        reports = [(job.params, job.period) for job in self.jobs.values()]
        if twice := next((params for params, period in reports if reports.count((params, period)) > 1), None):
            raise ValueError(f"two jobs publish {twice} for the same period; one of them is enough")
        return self


def read_schedule(path: Path) -> Schedule:
    """The checked schedule; BadConfiguration, one sentence, for what is wrong, NoInput when there is none."""
    return read_model(path, Schedule)
