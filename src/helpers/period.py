"""The one thing a user names: a period, two local calendar days, both included.

In come a text (`2026-10`, `last month`) and today's date; out comes a Period, which knows its folder's name,
its instants in a time zone and what it is compared with. Nothing here asks the clock.
"""

import datetime as dt
import re
from bisect import bisect_left
from calendar import monthrange
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, cast
from zoneinfo import ZoneInfo

from helpers.errors import BadParameter, did_you_mean

FORMS = (
    "2026, 2026-Q3, 2026-09, 2026-W38, 2026-09-15, FROM..TO, last or this week, month, quarter or year, last N days, "
    "weeks, months, quarters or years, or week, month, quarter or year to date"
)
"""Every way to name a period, for whoever named none."""

Unit = Literal["year", "quarter", "month", "day", "days"]
MonthDay = tuple[int, int]
ClockChange = tuple[dt.datetime, dt.timedelta]

MONTHS = {"year": 12, "quarter": 3, "month": 1}
DAYS = {"week": 7, "day": 1}
FIRST_YEAR = 1900
COMPARISONS = ("previous", "last year", "none")

NAMED = re.compile(r"([12]\d{3})(?:-Q([1-4])|-(0[1-9]|1[0-2]))?", re.ASCII)
DATED = re.compile(r"(\d{4}-\d\d-\d\d)(?:(?:\.\.|_)(\d{4}-\d\d-\d\d))?", re.ASCII)
WEEK = re.compile(r"([12]\d{3})-W(\d\d)", re.ASCII)
CURRENT = re.compile(r"(this|last) (month|quarter|year)")
TO_DATE = re.compile(r"(week|month|quarter|year) to date")
RECENT = re.compile(r"last ([1-9]\d{0,3}) (day|week|month|quarter|year)s?", re.ASCII)


@dataclass(frozen=True)
class Period:
    """The local days `first` to `last`, both included; `unit` is "days" where no calendar unit was named."""

    first: dt.date
    last: dt.date
    unit: Unit
    fiscal_year_start: MonthDay = (1, 1)

    @property
    def name(self) -> str:
        """What folders carry: `2026`, `2026-Q3`, `2026-10`, `2026-09-15` or `2026-09-01_2026-09-15`."""
        if self.unit == "year":
            return str(_number("year", self.first, self.fiscal_year_start))
        if self.unit == "quarter":
            year, quarter = divmod(_number("quarter", self.first, self.fiscal_year_start), 4)
            return f"{year}-Q{quarter + 1}"
        return {"month": f"{self.first:%Y-%m}", "day": f"{self.first}"}.get(self.unit, f"{self.first}_{self.last}")

    @property
    def days(self) -> int:
        """How many days, both ends included."""
        return (self.last - self.first).days + 1

    def contains(self, day: dt.date) -> bool:
        """Whether a local day lies within."""
        return self.first <= day <= self.last

    def is_incomplete(self, today: dt.date) -> bool:
        """Whether sales may still be added to it: it contains today."""
        return self.contains(today)

    def instants(self, zone: ZoneInfo, day_start: dt.time = dt.time(0)) -> tuple[dt.datetime, dt.datetime]:
        """The half-open [start, end) in UTC of the days as lived in `zone`, each beginning at `day_start`."""
        days = (self.first, self.last + dt.timedelta(1))
        start, end = (_instant(dt.datetime.combine(day, day_start), zone) for day in days)
        return start, end


def parse_period(text: str, today: dt.date, fiscal_year_start: MonthDay = (1, 1)) -> Period:
    """The period a text names, as seen on `today`; BadParameter when it names none or one that has not begun.

    >>> parse_period("last month", dt.date(2026, 11, 23)).name
    '2026-10'
    >>> parse_period("last 30 days", dt.date(2026, 11, 23)).name
    '2026-10-24_2026-11-22'
    """
    try:
        period = _named(text, fiscal_year_start) or _relative(text, today, fiscal_year_start)
    except (ValueError, OverflowError):
        raise BadParameter(f"period: no such day in {text!r}") from None
    if period is None:
        raise BadParameter(f"period must be {FORMS}; got {text[:40]!r}")
    if period.first > period.last:
        raise BadParameter(f"period: {period.first} comes after {period.last}; type the earlier day first")
    if period.first.year < FIRST_YEAR:
        raise BadParameter(f"period {text!r} begins on {period.first}; sales are read from {FIRST_YEAR} on")
    if period.first > today:
        raise BadParameter(f"period {text!r} lies in the future: it begins on {period.first}, today is {today}")
    return period


def comparison_period(period: Period, kind: Literal["previous", "last year", "none"], today: dt.date) -> Period | None:
    """What a period is compared with; of one that contains `today`, only as many days as have begun.

    A calendar unit meets the unit before, or the same unit a year earlier; whole calendar months meet as many whole
    ones before; other days meet as many days just before, or the same dates a year earlier (29 February: the 28th).
    """
    if kind not in COMPARISONS:
        raise BadParameter(f"unknown comparison {kind!r}{did_you_mean(kind, COMPARISONS)}")
    if kind == "none":
        return None
    other = _earlier(period, kind)
    begun = (today - period.first).days + 1
    if not period.is_incomplete(today) or begun >= other.days:
        return other
    return _stretch(other.first, other.first + dt.timedelta(begun - 1), period.fiscal_year_start)


def _named(text: str, fiscal: MonthDay) -> Period | None:
    if match := NAMED.fullmatch(text):
        year, quarter, month = (int(part or 0) for part in match.groups())
        if quarter:
            return _whole("quarter", year * 4 + quarter - 1, fiscal)
        return _whole("month", year * 12 + month - 1, fiscal) if month else _whole("year", year, fiscal)
    if match := DATED.fullmatch(text):
        first, last = match[1], match[2] or match[1]
        return _stretch(dt.date.fromisoformat(first), dt.date.fromisoformat(last), fiscal)
    if match := WEEK.fullmatch(text):
        monday = dt.date.fromisocalendar(int(match[1]), int(match[2]), 1)
        return _stretch(monday, monday + dt.timedelta(6), fiscal)
    return None


def _relative(text: str, today: dt.date, fiscal: MonthDay) -> Period | None:
    if match := CURRENT.fullmatch(text):
        word, unit = match[1], cast(Unit, match[2])
        return _whole(unit, _number(unit, today, fiscal) - (word == "last"), fiscal)
    if match := RECENT.fullmatch(text):
        count, unit = int(match[1]), cast(Unit, match[2])
        now = _number(unit, today, fiscal)
        if count == 1 and unit in MONTHS:
            return _whole(unit, now - 1, fiscal)
        return _stretch(_start(unit, now - count, fiscal), _start(unit, now, fiscal) - dt.timedelta(1), fiscal)
    if match := TO_DATE.fullmatch(text):
        return _stretch(_start(match[1], _number(match[1], today, fiscal), fiscal), today, fiscal)
    if text in ("this week", "last week"):
        monday = _start("week", _number("week", today, fiscal) - (text == "last week"), fiscal)
        return _stretch(monday, monday + dt.timedelta(6), fiscal)
    return None


def _earlier(period: Period, kind: str) -> Period:
    fiscal = period.fiscal_year_start
    if period.unit in MONTHS:
        back = 1 if kind == "previous" else 12 // MONTHS[period.unit]
        return _whole(period.unit, _number(period.unit, period.first, fiscal) - back, fiscal)
    if kind == "previous":
        months = _whole_months(period)
        first = _start("month", _number("month", period.first, fiscal) - months, fiscal) if months else None
        return _stretch(first or period.first - dt.timedelta(period.days), period.first - dt.timedelta(1), fiscal)
    first, last = (_date(day.year - 1, day.month, day.day) for day in (period.first, period.last))
    return _stretch(first, last, fiscal)


def _whole_months(period: Period) -> int:
    """How many whole calendar months a period is; 0 for one that begins or ends within a month."""
    ends_on = period.last + dt.timedelta(1)
    if period.first.day > 1 or ends_on.day > 1:
        return 0
    return (ends_on.year - period.first.year) * 12 + ends_on.month - period.first.month


def _whole(unit: Unit, number: int, fiscal: MonthDay) -> Period:
    last = _start(unit, number + 1, fiscal) - dt.timedelta(1)
    return Period(_start(unit, number, fiscal), last, unit, fiscal)


def _stretch(first: dt.date, last: dt.date, fiscal: MonthDay) -> Period:
    return Period(first, last, "day" if first == last else "days", fiscal)


def _start(unit: str, number: int, fiscal: MonthDay) -> dt.date:
    """The first day of a calendar unit; units of a kind are numbered (a month: 12 × year + month − 1)."""
    if unit in DAYS:
        return dt.date.fromordinal(number * DAYS[unit] + 1)
    offset, day = _origin(unit, fiscal)
    year, month = divmod(number * MONTHS[unit] + offset, 12)
    return _date(year, month + 1, day)


def _number(unit: str, day: dt.date, fiscal: MonthDay) -> int:
    """The number of the calendar unit that a day lies in: the inverse of `_start`."""
    if unit in DAYS:
        return (day.toordinal() - 1) // DAYS[unit]
    number = (day.year * 12 + day.month - 1 - _origin(unit, fiscal)[0]) // MONTHS[unit]
    return number if _start(unit, number, fiscal) <= day else number - 1


def _origin(unit: str, fiscal: MonthDay) -> MonthDay:
    """How many months after 1 January the year 0 of a unit begins, and on which day; months are never fiscal.

    A fiscal year is named by its ending year, so one that begins on another day begins in the year before.
    """
    month, day = fiscal
    return (0, 1) if unit == "month" or fiscal == (1, 1) else (month - 13, day)


def _date(year: int, month: int, day: int) -> dt.date:
    """The day, or the month's last one where the month is shorter."""
    return dt.date(year, month, min(day, monthrange(year, month)[1]))


def _instant(local: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The first moment, in UTC, at which the clocks of `zone` show `local` or later."""
    first, second = (local.replace(tzinfo=zone, fold=fold).astimezone(dt.UTC) for fold in (0, 1))
    if first <= second:
        return first
    # The time does not exist: fold 1 falls before the gap, fold 0 behind it, and the clocks jump in between.
    jump = range(int((first - second).total_seconds()))
    moments = bisect_left(
        jump, local, key=lambda s: (second + dt.timedelta(seconds=s)).astimezone(zone).replace(tzinfo=None)
    )
    return second + dt.timedelta(seconds=moments)


@lru_cache(maxsize=64)
def clock_changes(
    there: ZoneInfo, here: ZoneInfo, first: int, last: int
) -> tuple[tuple[dt.datetime, dt.timedelta], ...]:
    """(moment on the clock there, to the hour; how far the clock here is ahead of it from then on), for the years
    from `first` up to `last`.

    >>> [f"{at:%d %B} {by}" for at, by in clock_changes(ZoneInfo("UTC"), ZoneInfo("Europe/Paris"), 2026, 2026)]
    ['01 January 1:00:00', '29 March 2:00:00', '25 October 1:00:00']
    """

    def ahead(naive: dt.datetime) -> dt.timedelta:
        return naive.replace(tzinfo=there).astimezone(here).replace(tzinfo=None) - naive

    day, end = dt.datetime(first, 1, 1), dt.datetime(last + 1, 1, 2)
    changes = [(day, ahead(day))]
    while (day := day + dt.timedelta(days=1)) < end:
        if ahead(day) != changes[-1][1]:
            hours = (day - dt.timedelta(hours=h) for h in range(23, -1, -1))
            changes.append((next(h for h in hours if ahead(h) == ahead(day)), ahead(day)))
    return tuple(changes)
