"""The company's clock over the source's moments: local days and times on any engine, and the instant a day begins.

In come moments as the source writes them, out come days of the company's zone that begin at `day_start`.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir
import pandas as pd

from helpers.period import ClockChange, Period, clock_changes
from helpers.settings.company import Company

ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, eq=False)
class Clock:
    """`sold_at` is the source's own column of moments, `oldest` asks for the first of them; clock changes are written
    out up to `last_year`."""

    company: Company
    sold_at: ir.Column
    last_year: int
    oldest: Callable[[], dt.datetime | None]

    def between(self, column: ir.Column, period: Period) -> ir.BooleanValue:
        """Whether a moment lies in the period's local days, compared in the source's own zone so files are pruned."""
        return (column >= self.moment(period.first, column)) & (column < self.moment(period.last + ONE_DAY, column))

    def day(self, column: ir.Column, since: dt.date | None = None) -> ir.DateColumn:
        """The local day of a moment, day_start and daylight saving considered, on any engine.

        The zone's changes are few, so they are written out as cases; engines differ in their own functions. `since`
        says that no moment is older, so that the engine need not look for the oldest.
        """
        return column if column.type().is_date() else self.local_time(column, self._start, since).cast("date")

    def day_of(self, moment: dt.datetime | None) -> dt.date | None:
        """The same of a single moment of `sold_at`."""
        local = self.local(moment)
        start = self._start if self.sold_at.type().is_timestamp() else dt.timedelta()
        return None if local is None else (local - start).date()

    @property
    def _start(self) -> dt.timedelta:
        return dt.timedelta(minutes=int(self.company.day_start[:2]) * 60 + int(self.company.day_start[3:]))

    def local_time(
        self, column: ir.Column, less: dt.timedelta = dt.timedelta(), since: dt.date | None = None
    ) -> ir.TimestampColumn:
        """A moment by the company's clock, `less` so much; a day without a time as it is."""
        if column.type().is_date():
            return column
        shifts = [(change, by - less) for change, by in self._shifts(since, column.type().timezone)]
        utc = column.cast("timestamp") if column.type().timezone else column
        cases = [(utc < until, _later(utc, by)) for (_, by), (until, _) in pairwise(shifts)]
        return ibis.cases(*cases, else_=_later(utc, shifts[-1][1])) if cases else _later(utc, shifts[0][1])

    def _shifts(self, since: dt.date | None, zoned: str | None) -> tuple[ClockChange, ...]:
        """(moment, how far the company's clock is ahead of the source's from then on), over the history read."""
        there = ZoneInfo("UTC") if zoned else self.company.source_zone
        if there == self.company.zone:
            return ((dt.datetime.min, dt.timedelta()),)
        first = max(1990, _year(since or self.oldest()) - 1)
        return clock_changes(there, self.company.zone, first, self.last_year + 1)

    def local(self, moment: dt.datetime | None) -> dt.datetime | None:
        """A moment of the source as the company's clock shows it."""
        if moment is None or pd.isna(moment):
            return None
        moment = pd.Timestamp(moment).to_pydatetime()
        if not self.sold_at.type().is_timestamp():
            return moment
        aware = moment if moment.tzinfo else moment.replace(tzinfo=self.company.source_zone)
        return aware.astimezone(self.company.zone).replace(tzinfo=None)

    def moment(self, day: dt.date, column: ir.Column | None = None) -> ir.Scalar:
        """The instant a local day begins, as a literal of the type and zone of a column (else of sold_at)."""
        column = self.sold_at if column is None else column
        if column.type().is_date():
            return ibis.literal(day)
        instant = Period(day, day, "day").instants(self.company.zone, dt.time.fromisoformat(self.company.day_start))[0]
        if column.type().timezone:
            return ibis.literal(instant)
        return ibis.literal(instant.astimezone(self.company.source_zone).replace(tzinfo=None))


def _later(moment: ir.TimestampColumn, by: dt.timedelta) -> ir.TimestampColumn:
    """A moment so much later; engines spend time on adding nothing."""
    return moment + ibis.interval(minutes=int(by.total_seconds() // 60)) if by else moment


def _year(day: dt.date | None) -> int:
    return 0 if pd.isna(day) else pd.Timestamp(day).year
