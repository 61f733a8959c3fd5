"""SEMANTICS: the period a user names, what it is compared with, and the moments it covers."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from helpers.errors import BadParameter
from helpers.period import FORMS, Period, comparison_period, parse_period

TODAY = dt.date(2026, 11, 23)  # a Monday


def rows(table: str) -> list[tuple[str, ...]]:
    """The cells of an ASCII table, without its heading."""
    lines = [tuple(cell.strip() for cell in line.split("|")) for line in table.strip().splitlines()]
    return [line for line in lines[1:] if set(line) != {""}]


def start(text: str) -> tuple[int, int]:
    month, day = text.split("-")
    return int(month), int(day)


NAMES = """
text                   | fiscal | name                    | first      | last       | unit
2026                   | 01-01  | 2026                    | 2026-01-01 | 2026-12-31 | year
2026-Q3                | 01-01  | 2026-Q3                 | 2026-07-01 | 2026-09-30 | quarter
2026-09                | 01-01  | 2026-09                 | 2026-09-01 | 2026-09-30 | month
2024-02                | 01-01  | 2024-02                 | 2024-02-01 | 2024-02-29 | month
2026-09-15             | 01-01  | 2026-09-15              | 2026-09-15 | 2026-09-15 | day
2026-09-01..2026-09-15 | 01-01  | 2026-09-01_2026-09-15   | 2026-09-01 | 2026-09-15 | days
2026-09-01_2026-09-15  | 01-01  | 2026-09-01_2026-09-15   | 2026-09-01 | 2026-09-15 | days
2026-09-15..2026-09-15 | 01-01  | 2026-09-15              | 2026-09-15 | 2026-09-15 | day
last month             | 01-01  | 2026-10                 | 2026-10-01 | 2026-10-31 | month
this month             | 01-01  | 2026-11                 | 2026-11-01 | 2026-11-30 | month
last quarter           | 01-01  | 2026-Q3                 | 2026-07-01 | 2026-09-30 | quarter
this quarter           | 01-01  | 2026-Q4                 | 2026-10-01 | 2026-12-31 | quarter
last year              | 01-01  | 2025                    | 2025-01-01 | 2025-12-31 | year
this year              | 01-01  | 2026                    | 2026-01-01 | 2026-12-31 | year
year to date           | 01-01  | 2026-01-01_2026-11-23   | 2026-01-01 | 2026-11-23 | days
quarter to date        | 01-01  | 2026-10-01_2026-11-23   | 2026-10-01 | 2026-11-23 | days
month to date          | 01-01  | 2026-11-01_2026-11-23   | 2026-11-01 | 2026-11-23 | days
week to date           | 01-01  | 2026-11-23              | 2026-11-23 | 2026-11-23 | day
this week              | 01-01  | 2026-11-23_2026-11-29   | 2026-11-23 | 2026-11-29 | days
last week              | 01-01  | 2026-11-16_2026-11-22   | 2026-11-16 | 2026-11-22 | days
2026-W10               | 01-01  | 2026-03-02_2026-03-08   | 2026-03-02 | 2026-03-08 | days
2026-W01               | 01-01  | 2025-12-29_2026-01-04   | 2025-12-29 | 2026-01-04 | days
last 30 days           | 01-01  | 2026-10-24_2026-11-22   | 2026-10-24 | 2026-11-22 | days
last 1 day             | 01-01  | 2026-11-22              | 2026-11-22 | 2026-11-22 | day
last 2 weeks           | 01-01  | 2026-11-09_2026-11-22   | 2026-11-09 | 2026-11-22 | days
last 12 months         | 01-01  | 2025-11-01_2026-10-31   | 2025-11-01 | 2026-10-31 | days
last 1 month           | 01-01  | 2026-10                 | 2026-10-01 | 2026-10-31 | month
last 2 quarters        | 01-01  | 2026-04-01_2026-09-30   | 2026-04-01 | 2026-09-30 | days
last 3 years           | 01-01  | 2023-01-01_2025-12-31   | 2023-01-01 | 2025-12-31 | days
2026                   | 04-01  | 2026                    | 2025-04-01 | 2026-03-31 | year
2026-Q1                | 04-01  | 2026-Q1                 | 2025-04-01 | 2025-06-30 | quarter
2026-Q4                | 04-01  | 2026-Q4                 | 2026-01-01 | 2026-03-31 | quarter
2026-09                | 04-01  | 2026-09                 | 2026-09-01 | 2026-09-30 | month
last year              | 04-01  | 2026                    | 2025-04-01 | 2026-03-31 | year
this year              | 04-01  | 2027                    | 2026-04-01 | 2027-03-31 | year
last quarter           | 04-01  | 2027-Q2                 | 2026-07-01 | 2026-09-30 | quarter
year to date           | 04-01  | 2026-04-01_2026-11-23   | 2026-04-01 | 2026-11-23 | days
last 2 quarters        | 04-01  | 2026-04-01_2026-09-30   | 2026-04-01 | 2026-09-30 | days
this quarter           | 12-01  | 2026-Q4                 | 2026-09-01 | 2026-11-30 | quarter
2026                   | 04-06  | 2026                    | 2025-04-06 | 2026-04-05 | year
2026-Q4                | 04-06  | 2026-Q4                 | 2026-01-06 | 2026-04-05 | quarter
2026-Q3                | 08-31  | 2026-Q3                 | 2026-02-28 | 2026-05-30 | quarter
2024-Q3                | 08-31  | 2024-Q3                 | 2024-02-29 | 2024-05-30 | quarter
"""


@pytest.mark.parametrize(("text", "fiscal", "name", "first", "last", "unit"), rows(NAMES))
def test_a_text_names_a_period(text, fiscal, name, first, last, unit):
    period = parse_period(text, TODAY, start(fiscal))
    assert (period.name, str(period.first), str(period.last), period.unit) == (name, first, last, unit)


@pytest.mark.parametrize(("text", "fiscal"), [row[:2] for row in rows(NAMES)])
def test_a_folders_name_names_the_same_period(text, fiscal):
    period = parse_period(text, TODAY, start(fiscal))
    later = TODAY + dt.timedelta(1000)
    assert parse_period(period.name, later, start(fiscal)) == period


@pytest.mark.parametrize(
    ("today", "text", "name"),
    rows("""
today      | text         | name
2026-01-01 | last month   | 2025-12
2026-01-01 | last quarter | 2025-Q4
2026-01-01 | last year    | 2025
2026-01-01 | this year    | 2026
2026-01-01 | year to date | 2026-01-01
2024-02-29 | this month   | 2024-02
2024-03-01 | last 1 days  | 2024-02-29
2026-11-22 | last 1 weeks | 2026-11-09_2026-11-15
2026-11-30 | last 1 weeks | 2026-11-23_2026-11-29
"""),
)
def test_words_are_as_seen_today(today, text, name):
    assert parse_period(text, dt.date.fromisoformat(today)).name == name


NONE_NAMED = f"period must be {FORMS}; got "


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("2026-13", NONE_NAMED + "'2026-13'"),
        ("2026-00", NONE_NAMED + "'2026-00'"),
        ("2026-Q5", NONE_NAMED + "'2026-Q5'"),
        ("2026-q1", NONE_NAMED + "'2026-q1'"),
        ("2026-02\n", NONE_NAMED + r"'2026-02\n'"),
        (" 2026-02", NONE_NAMED + "' 2026-02'"),
        ("２０２６-02", NONE_NAMED + "'２０２６-02'"),
        ("٢٠٢٦", NONE_NAMED + "'٢٠٢٦'"),
        ("last ３ months", NONE_NAMED + "'last ３ months'"),
        ("last 0 months", NONE_NAMED + "'last 0 months'"),
        ("last -1 months", NONE_NAMED + "'last -1 months'"),
        ("Last month", NONE_NAMED + "'Last month'"),
        ("../../etc/x", NONE_NAMED + "'../../etc/x'"),
        ("2026-9-01..2026-09-15", NONE_NAMED + "'2026-9-01..2026-09-15'"),
        ("2026-09-01...2026-09-15", NONE_NAMED + "'2026-09-01...2026-09-15'"),
        ("20260915", NONE_NAMED + "'20260915'"),
        ("", NONE_NAMED + "''"),
        ("0000", NONE_NAMED + "'0000'"),
        ("x" * 100_000, NONE_NAMED + repr("x" * 40)),
        ("2026-02-30..2026-03-01", "period: no such day in '2026-02-30..2026-03-01'"),
        ("2025-02-29", "period: no such day in '2025-02-29'"),
        ("0000-01-01", "period: no such day in '0000-01-01'"),
        ("last 9999 years", "period: no such day in 'last 9999 years'"),
        ("2026-03-02..2026-03-01", "period: 2026-03-02 comes after 2026-03-01; type the earlier day first"),
        ("2027", "period '2027' lies in the future: it begins on 2027-01-01, today is 2026-11-23"),
        (
            "2026-11-24",
            "period '2026-11-24' lies in the future: it begins on 2026-11-24, today is 2026-11-23",
        ),
    ],
)
def test_what_names_no_period_is_one_sentence(text, sentence):
    with pytest.raises(BadParameter) as caught:
        parse_period(text, TODAY)
    assert str(caught.value) == sentence
    assert caught.value.exit_code == 64


def test_a_period_contains_both_its_ends():
    period = parse_period("2026-09-01..2026-09-15", TODAY)
    assert period.days == 15
    assert period.contains(dt.date(2026, 9, 1))
    assert period.contains(dt.date(2026, 9, 15))
    assert not period.contains(dt.date(2026, 8, 31))
    assert not period.contains(dt.date(2026, 9, 16))


@pytest.mark.parametrize(
    ("text", "incomplete"),
    [
        ("this month", True),
        ("year to date", True),
        ("2026-11-23", True),
        ("last month", False),
        ("last 30 days", False),
    ],
)
def test_a_period_that_contains_today_is_incomplete(text, incomplete):
    assert parse_period(text, TODAY).is_incomplete(TODAY) is incomplete


COMPARED = """
today      | text                   | fiscal | previous                | last year
2026-11-23 | 2026-10                | 01-01  | 2026-09                 | 2025-10
2026-11-23 | 2026-Q1                | 01-01  | 2025-Q4                 | 2025-Q1
2026-11-23 | 2025                   | 01-01  | 2024                    | 2024
2026-11-23 | 2026-Q1                | 04-01  | 2025-Q4                 | 2025-Q1
2026-11-23 | 2026-01                | 04-01  | 2025-12                 | 2025-01
2026-11-23 | 2024-02                | 01-01  | 2024-01                 | 2023-02
2026-11-23 | 2025-02                | 01-01  | 2025-01                 | 2024-02
2026-11-23 | 2024-02-29             | 01-01  | 2024-02-28              | 2023-02-28
2026-11-23 | 2024-02-20..2024-02-29 | 01-01  | 2024-02-10_2024-02-19   | 2023-02-20_2023-02-28
2026-11-23 | 2026-09-01..2026-09-15 | 01-01  | 2026-08-17_2026-08-31   | 2025-09-01_2025-09-15
2026-11-23 | last 30 days           | 01-01  | 2026-09-24_2026-10-23   | 2025-10-24_2025-11-22
2026-11-23 | this month             | 01-01  | 2026-10-01_2026-10-23   | 2025-11-01_2025-11-23
2026-11-23 | this quarter           | 01-01  | 2026-07-01_2026-08-23   | 2025-10-01_2025-11-23
2026-11-23 | this year              | 01-01  | 2025-01-01_2025-11-23   | 2025-01-01_2025-11-23
2026-11-23 | 2026-11-20..2026-11-29 | 01-01  | 2026-11-10_2026-11-13   | 2025-11-20_2025-11-23
2026-11-23 | 2026-11-23             | 01-01  | 2026-11-22              | 2025-11-23
2026-11-01 | this month             | 01-01  | 2026-10-01              | 2025-11-01
2026-03-30 | this month             | 01-01  | 2026-02                 | 2025-03-01_2025-03-30
2028-03-10 | this year              | 01-01  | 2027-01-01_2027-03-11   | 2027-01-01_2027-03-11
2028-03-10 | year to date           | 01-01  | 2027-10-23_2027-12-31   | 2027-01-01_2027-03-10
2026-08-03 | last 3 months          | 01-01  | 2026-02-01_2026-04-30   | 2025-05-01_2025-07-31
2026-11-23 | 2026-05-01..2026-07-31 | 01-01  | 2026-02-01_2026-04-30   | 2025-05-01_2025-07-31
2026-11-23 | 2026-05-01..2026-07-30 | 01-01  | 2026-01-30_2026-04-30   | 2025-05-01_2025-07-30
2026-11-23 | 2026-05-02..2026-07-31 | 01-01  | 2026-01-31_2026-05-01   | 2025-05-02_2025-07-31
2026-11-23 | last 12 months         | 01-01  | 2024-11-01_2025-10-31   | 2024-11-01_2025-10-31
"""


@pytest.mark.parametrize(("today", "text", "fiscal", "previous", "last_year"), rows(COMPARED))
def test_a_period_is_compared_with_an_earlier_one(today, text, fiscal, previous, last_year):
    day = dt.date.fromisoformat(today)
    period = parse_period(text, day, start(fiscal))
    assert comparison_period(period, "previous", day).name == previous
    assert comparison_period(period, "last year", day).name == last_year
    assert comparison_period(period, "none", day) is None


def test_a_named_period_is_compared_alike_next_year():
    period = parse_period("2026-10", TODAY)
    later = TODAY.replace(year=2027)
    assert comparison_period(period, "previous", TODAY) == comparison_period(period, "previous", later)


def test_an_unknown_comparison_is_one_sentence():
    period = parse_period("2026-10", TODAY)
    with pytest.raises(BadParameter, match="unknown comparison 'previos', did you mean 'previous'"):
        comparison_period(period, "previos", TODAY)


INSTANTS = """
zone              | day        | day start | from (UTC)          | to (UTC)            | hours
UTC               | 2026-09-15 | 00:00     | 2026-09-15 00:00:00 | 2026-09-16 00:00:00 | 24
America/New_York  | 2026-09-15 | 00:00     | 2026-09-15 04:00:00 | 2026-09-16 04:00:00 | 24
Europe/Paris      | 2026-03-29 | 00:00     | 2026-03-28 23:00:00 | 2026-03-29 22:00:00 | 23
Europe/Paris      | 2026-10-25 | 00:00     | 2026-10-24 22:00:00 | 2026-10-25 23:00:00 | 25
Europe/Paris      | 2026-03-28 | 04:00     | 2026-03-28 03:00:00 | 2026-03-29 02:00:00 | 23
Europe/Paris      | 2026-03-29 | 02:30     | 2026-03-29 01:00:00 | 2026-03-30 00:30:00 | 23.5
Europe/Paris      | 2026-10-25 | 02:30     | 2026-10-25 00:30:00 | 2026-10-26 01:30:00 | 25
America/Sao_Paulo | 2018-11-04 | 00:00     | 2018-11-04 03:00:00 | 2018-11-05 02:00:00 | 23
America/Sao_Paulo | 2018-02-17 | 00:00     | 2018-02-17 02:00:00 | 2018-02-18 03:00:00 | 25
Asia/Beirut       | 2022-03-27 | 00:00     | 2022-03-26 22:00:00 | 2022-03-27 21:00:00 | 23
Africa/Cairo      | 2026-04-24 | 00:00     | 2026-04-23 22:00:00 | 2026-04-24 21:00:00 | 23
America/Havana    | 2026-11-01 | 00:00     | 2026-11-01 04:00:00 | 2026-11-02 05:00:00 | 25
America/Toronto   | 1919-03-31 | 00:00     | 1919-03-31 04:30:00 | 1919-04-01 04:00:00 | 23.5
Pacific/Apia      | 2011-12-30 | 00:00     | 2011-12-30 10:00:00 | 2011-12-30 10:00:00 | 0
"""


@pytest.mark.parametrize(("zone", "day", "day_start", "first", "end", "hours"), rows(INSTANTS))
def test_a_day_is_as_long_as_it_was_lived(zone, day, day_start, first, end, hours):
    period = Period(dt.date.fromisoformat(day), dt.date.fromisoformat(day), "day")
    lived = period.instants(ZoneInfo(zone), dt.time.fromisoformat(day_start))
    assert [f"{moment:%Y-%m-%d %H:%M:%S %Z}" for moment in lived] == [f"{first} UTC", f"{end} UTC"]
    assert (lived[1] - lived[0]) / dt.timedelta(hours=1) == float(hours)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Paris", "America/Sao_Paulo"])
def test_neighbouring_periods_leave_no_gap(zone):
    months = [parse_period(f"2018-{month:02d}", TODAY).instants(ZoneInfo(zone)) for month in range(1, 13)]
    assert [end for _, end in months[:-1]] == [begin for begin, _ in months[1:]]
    assert months[-1][1] - months[0][0] == dt.timedelta(days=365)
