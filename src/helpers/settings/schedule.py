"""What runs when: `params/schedule.yaml` and the ticks its cron expressions mean.

In comes the file, out comes a checked `Schedule`; a job knows its ticks as moments of its own zone. cronsim reads the
expressions as Debian's cron does: a time that summer time skips comes right after the gap, a doubled one counts once.
"""

import datetime as dt
import re
from collections.abc import Iterator
from itertools import dropwhile, takewhile
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, WithJsonSchema, model_validator

from helpers.errors import BadConfiguration, did_you_mean
from helpers.settings.read import Strict, Text, Zone, read_yaml, sentence

SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86400}
BYTES = {"MB": 10**6, "GB": 10**9}
AROUND = dt.timedelta(hours=3)  # cronsim reads wall clocks, and in autumn an hour comes twice: look around it
DURATION = re.compile(r"([1-9]\d{0,4}) ?(s|min|h|d)", re.ASCII)
SIZE = re.compile(r"([1-9]\d{0,4}) ?(MB|GB)", re.ASCII)


def _duration(text: Any) -> Any:
    if isinstance(text, dt.timedelta):
        return text
    if not (isinstance(text, str) and (match := DURATION.fullmatch(text))):
        raise ValueError(f"expected a length of time such as 90 s, 30 min, 2 h or 1 d, got {text!r}")
    return dt.timedelta(seconds=int(match[1]) * SECONDS[match[2]])


def _size(text: Any) -> Any:
    if isinstance(text, int):
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
    dt.date.fromisoformat(text)
    return text


Duration = Annotated[
    dt.timedelta,
    BeforeValidator(_duration),
    WithJsonSchema({"type": "string", "pattern": f"^{DURATION.pattern}$"}),
]
Size = Annotated[int, BeforeValidator(_size), WithJsonSchema({"type": "string", "pattern": f"^{SIZE.pattern}$"})]


class Mail(Strict):
    """A message by SMTP; the server is CLIENT_RATING_SMTP of the environment, `smtp://host:25` or `smtps://user@host`."""

    to: list[str] = Field(min_length=1)
    sender: str = Field(alias="from")
    attach_pdf: bool = False


class Hook(Strict):
    """What is done with a message: a command gets it on its standard input, a mail carries it."""

    command: list[str] = []
    mail: Mail | None = None


class ScheduledJob(Strict):
    """One job: which report, when, and what to do about runs that were missed or failed."""

    params: Annotated[Text, AfterValidator(_params)]
    cron: Annotated[str, AfterValidator(_cron)]
    timezone: Zone
    period: Text | None = None
    catch_up: Literal["all", "latest", "none"] = "latest"
    since: Annotated[Text, AfterValidator(_day)] | None = None
    late_after: Duration = dt.timedelta(hours=1)
    retries: int = Field(2, ge=0, le=10)
    retry_after: Duration = dt.timedelta(minutes=5)
    timeout: Duration = dt.timedelta(hours=1)
    memory: Size | None = None
    keep: int | None = Field(None, ge=1)
    on_failure: Hook | None = None
    on_success: Hook | None = None

    @model_validator(mode="after")
    def _has_a_beginning(self):
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
        found = CronSim(self.cron, (after - AROUND).astimezone(self.zone))
        return next(dropwhile(lambda tick: tick <= after, found))

    def ticks_until(self, now: dt.datetime) -> Iterator[dt.datetime]:
        """The ticks up to a moment, itself included, newest first, none before `since`."""
        now = now.astimezone(dt.UTC)
        first = self.since and dt.datetime.combine(dt.date.fromisoformat(self.since), dt.time(), self.zone)
        found = CronSim(self.cron, (now + AROUND).astimezone(self.zone), reverse=True)
        past = dropwhile(lambda tick: tick > now, found)
        return takewhile(lambda tick: not first or tick >= first, past)


class Schedule(Strict):
    """`params/schedule.yaml`: the jobs by name, and the hooks of those that name none."""

    jobs: dict[Annotated[str, Field(pattern=r"^[A-Za-z0-9][\w.-]{0,60}$")], ScheduledJob] = {}
    on_failure: Hook = Hook()
    on_success: Hook = Hook()

    @model_validator(mode="after")
    def _once_each(self):
        told = [(job.params, job.period) for job in self.jobs.values()]
        if twice := next((params for params, period in told if told.count((params, period)) > 1), None):
            raise ValueError(f"two jobs publish {twice} for the same period; one of them is enough")
        return self


def read_schedule(path: Path) -> Schedule:
    """The checked schedule; BadConfiguration, one sentence, for what is wrong, NoInput when there is none."""
    content = read_yaml(path)
    jobs = content.get("jobs") if isinstance(content.get("jobs"), dict) else {}
    for known, found in (
        (Schedule, content),
        *((ScheduledJob, job) for job in jobs.values() if isinstance(job, dict)),
    ):
        for key in found:
            if key not in known.model_fields:
                raise BadConfiguration(f"{path}: unknown setting '{key}'{did_you_mean(str(key), known.model_fields)}")
    try:
        return Schedule.model_validate(content)
    except ValidationError as error:
        raise BadConfiguration(f"{path}: {sentence(error)}") from None
