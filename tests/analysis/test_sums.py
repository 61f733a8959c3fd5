"""How much the best bring, who moved, what the checks refuse, whose day it is."""

from dataclasses import replace
from decimal import Decimal as D

import pytest
import referee
from company import company, opened, rows

from helpers.analysis.concentration import concentration
from helpers.analysis.control_totals import control_totals
from helpers.analysis.cross_report import cross_report
from helpers.analysis.movement import movement
from helpers.analysis.rating import rating
from helpers.analysis.summary import summary
from helpers.errors import BadData

pytestmark = pytest.mark.every_engine


def lines_of(amounts: dict[str, int]) -> str:
    return "client_id | sold_at | amount\n" + "\n".join(f"{c} | 2026-10-03 10:00:00 | {a}" for c, a in amounts.items())


@pytest.mark.on_spark
def test_concentration_by_hand(tmp_path):
    amounts = {"a": 50, "b": 30, "c": 15, "d": 5, "gone": -7, "zero": 0}
    found = concentration(opened(company(tmp_path, {"sale_line": lines_of(amounts)})))
    assert (found.clients, found.excluded, found.total) == (4, 2, D(50) + 30 + 15 + 5)
    assert (found.half, found.eighty) == (1, 2)
    assert found.top_clients == {1: 0.5, 5: 1.0, 10: 1.0, 20: 1.0}
    assert found.top_percent == {1: 0.0, 10: 0.0, 20: 0.0}
    squares = 0.5**2 + 0.3**2 + 0.15**2 + 0.05**2
    assert found.hhi == pytest.approx(10_000 * squares)
    assert found.effective == pytest.approx(1 / squares)
    assert found.gini == pytest.approx(referee.gini([D(50), D(30), D(15), D(5)]))
    assert found.curve.values.tolist() == [[0, 0], [1, 0.5], [2, 0.8], [3, 0.95], [4, 1]]


@pytest.mark.on_spark
def test_nobody_with_a_positive_amount(tmp_path):
    found = concentration(opened(company(tmp_path, {"sale_line": lines_of({"a": -1, "b": 0})})))
    assert (found.clients, found.excluded, found.half, found.gini) == (0, 2, None, None)


HISTORY = """
    client_id | sold_at             | amount
    new       | 2026-10-02 10:00:00 | 10
    back      | 2025-01-02 10:00:00 | 10
    back      | 2026-10-02 10:00:00 | 90
    stays     | 2026-09-02 10:00:00 | 50
    stays     | 2026-10-02 10:00:00 | 40
    riser     | 2026-09-02 10:00:00 | 20
    riser     | 2026-10-02 10:00:00 | 60
    lost      | 2026-09-02 10:00:00 | 10
    returner  | 2026-09-03 10:00:00 | 5
    returner  | 2026-10-02 10:00:00 | -5
"""


@pytest.mark.on_spark
def test_movement_by_hand(tmp_path):
    found = movement(opened(company(tmp_path, {"sale_line": HISTORY})))
    table = found.table.set_index("client_id")
    assert table["rank"].to_dict() == {"back": 1, "riser": 2, "stays": 3, "new": 4, "returner": 5}
    assert table.rank_before.to_dict() == {"back": None, "riser": 2, "stays": 1, "new": None, "returner": 4}
    assert table.status.to_dict() == {
        "back": "recovered", "riser": "returning", "stays": "returning", "new": "new", "returner": None,
    }  # fmt: skip
    everything = rows(HISTORY)
    for client in table.index:
        assert table.status[client] == referee.status(everything, client, "2026-10-01", "2026-10-31")
    assert found.counts == {"rose": 0, "fell": 2, "same": 1, "new": 1, "returning": 2, "recovered": 1, "absent": 1}
    assert found.history_months == 20  # and absent is "lost" alone: the returner has a line in October


@pytest.mark.on_spark
@pytest.mark.parametrize(("days", "first", "earlier"), [(365, "2025-10-02", "2025-10-01"),
                                                        (10, "2026-09-22", "2026-09-21")])  # fmt: skip
@pytest.mark.parametrize("comparison", ["previous", "last year"])
def test_who_is_new_who_returns_and_who_was_away_too_long(tmp_path, days, first, earlier, comparison):
    lines = f"""
        client_id | sold_at             | amount
        exactly   | {first} 00:00:00    | 1
        exactly   | 2026-10-02 23:59:59 | 1
        longer    | {earlier} 23:59:59  | 1
        longer    | 2026-10-02 00:00:00 | 1
        first     | 2026-10-01 00:00:00 | 1
        again     | 2026-09-30 23:59:59 | 1
        again     | 2026-10-05 10:00:00 | 1
        last      | 2026-10-31 23:59:59 | 1
    """
    root = company(tmp_path, {"sale_line": lines}, lost_after_days=days)
    found = movement(opened(root, comparison=comparison))
    assert found.table.set_index("client_id").status.to_dict() == {
        "exactly": "returning", "longer": "recovered", "first": "new", "again": "returning", "last": "new",
    }  # fmt: skip
    assert (found.counts["new"], found.counts["returning"], found.counts["recovered"]) == (2, 2, 1)


MONTHS = {
    "the same day of the month": ("2026-09-15 23:59:59", "2026-10-15", 1),
    "a day less than a month": ("2026-09-16 00:00:00", "2026-10-15", 0),
    "a day more than a month": ("2026-09-14 10:00:00", "2026-10-15", 1),
    "the same day": ("2026-10-15 00:00:00", "2026-10-15", 0),
    "later": ("2026-10-16 10:00:00", "2026-10-15", 0),
    "over the turn of a year": ("2025-12-15 10:00:00", "2026-01-15", 1),
    "twelve months": ("2025-10-01 10:00:00", "2026-10-01", 12),
    "a day less than twelve": ("2025-10-02 00:00:00", "2026-10-01", 11),
    "from the end of a long month": ("2026-01-31 10:00:00", "2026-03-01", 1),  # 31 January to 28 February is none yet
    "to the end of a short month": ("2026-01-31 10:00:00", "2026-02-28", 0),
    "from the end of a short month": ("2026-02-28 10:00:00", "2026-03-28", 1),
}


@pytest.mark.parametrize(("oldest", "first", "months"), MONTHS.values(), ids=list(MONTHS))
def test_whole_months_of_history(tmp_path, oldest, first, months):
    lines = f"client_id | sold_at | amount\na | {oldest} | 1\na | 2026-10-20 10:00:00 | 1"
    assert opened(company(tmp_path, {"sale_line": lines}), f"{first}..2026-11-10").history_months == months


@pytest.mark.on_spark
def test_summary_by_hand(tmp_path):
    found = summary(opened(company(tmp_path, {"sale_line": HISTORY})))
    assert found.net == D(10) + 90 + 40 + 60 - 5
    assert found.net_before == D(50) + 20 + 10 + 5
    assert (found.clients, found.clients_before, found.new_clients) == (5, 4, 1)


@pytest.mark.on_spark
def test_the_periods_days_are_the_companys_days(tmp_path):
    lines = """
        client_id | sold_at                 | amount
        a         | 2026-10-01 03:59:59     | 1
        a         | 2026-10-01 04:00:00     | 2
        a         | 2026-11-01 03:59:59.999 | 4
        a         | 2026-11-01 04:00:00     | 8
    """
    utc = company(tmp_path / "utc", {"sale_line": lines}, timezone="America/New_York", times_are_in="UTC")
    assert summary(opened(utc)).net == D(2) + 4
    bar = company(tmp_path / "bar", {"sale_line": lines}, timezone="Europe/Paris", day_start="04:00")
    assert summary(opened(bar)).net == D(2) + 4
    naive = company(tmp_path / "naive", {"sale_line": lines})
    assert summary(opened(naive)).net == D(1) + 2
    assert summary(opened(naive, "2026-11-01")).net == D(4) + 8


@pytest.mark.on_spark
@pytest.mark.parametrize("kind", ["TIMESTAMPTZ", "DATE"])
def test_moments_with_a_zone_and_plain_days(tmp_path, kind):
    lines = """
        client_id | sold_at                | amount
        a         | 2026-09-30 21:59:59+00 | 1
        a         | 2026-10-01 00:00:00+00 | 2
    """
    root = company(tmp_path, {"sale_line": lines}, {"sold_at": kind}, timezone="Europe/Paris")
    assert summary(opened(root)).net == D(2)


LINES = lines_of({"a": 50, "b": 30, "c": 15})


def checked(root):
    """The control totals of a page that shows the cross report of two clients."""
    sales = opened(root)
    cross_report(sales, 2)
    return control_totals(sales)


@pytest.mark.on_spark
def test_control_totals(tmp_path):
    made = checked(company(tmp_path, {"sale_line": LINES}))
    assert made.total == made.total_by_client == made.total_by_branch == made.total_of_lines == D(50) + 30 + 15
    assert (made.rows_read, made.rows_accepted, made.rows_out_of_period) == (3, 3, 0)


@pytest.mark.on_spark
def test_a_client_that_is_listed_twice_counts_once(tmp_path):
    doubled = """
        client_id | client_name
        a         | Ann
        a         | Anna
    """
    root = company(tmp_path, {"sale_line": LINES, "client": doubled})
    assert checked(root).total == D(50) + 30 + 15
    assert rating(opened(root)).frame.client_id.is_unique


def test_a_lost_branch_is_refused(tmp_path):
    lines = LINES.replace("client_id |", "client_id | branch_id |").replace(" | 2026", " | n | 2026")
    sales = opened(company(tmp_path, {"sale_line": lines + "\nd | s | 2026-10-04 10:00:00 | 9"}))
    cross = cross_report(sales, 2)
    lost = cross.branches[cross.branches.branch_id != "s"]
    sales.answers["broken"] = replace(cross, branches=lost, total=cross.total[lost.key])
    with pytest.raises(BadData, match="do not agree"):
        control_totals(sales)


@pytest.mark.on_spark
def test_lines_without_amount_or_day_stop_the_report_beyond_the_tolerance(tmp_path):
    lines = LINES + "\nd | 2026-10-04 10:00:00 | \ne | | 5"
    with pytest.raises(BadData, match="2 rows could not be read"):
        checked(company(tmp_path, {"sale_line": lines}))
    made = checked(company(tmp_path / "t", {"sale_line": lines}, tolerance=2))
    assert (made.rows_quarantined, made.rows_accepted, made.total) == (2, 3, D(50) + 30 + 15)


@pytest.mark.on_spark
def test_a_state_that_nobody_mapped_is_refused_in_the_history_too(tmp_path):
    lines = """
        client_id | sold_at             | amount | state
        a         | 2026-10-01 10:00:00 | 10     | posted
        a         | 2025-10-01 10:00:00 | 20     | Paid
    """
    with pytest.raises(BadData, match="unmapped 'Paid'"):
        checked(company(tmp_path, {"sale_line": lines}))


def test_shuffled_and_split_lines_keep_every_total(tmp_path):
    whole = checked(company(tmp_path, {"sale_line": LINES}))
    head, *body = LINES.splitlines()
    split = "\n".join([head, *reversed(body), *("a | 2026-10-05 10:00:00 | 1", "a | 2026-10-05 10:00:00 | -1")])
    assert checked(company(tmp_path / "b", {"sale_line": split})).total_by_client == whole.total


def test_lines_say_the_companys_day_beside_the_sources_clock(tmp_path):
    """The source's clock is UTC, Paris is two hours ahead on 1 October, and a day begins at 6:00 there, 4:00 here."""
    lines = """
        client_id | sold_at             | amount
        ann       | 2026-10-01 03:59:59 | 1
        ann       | 2026-10-01 04:00:00 | 20
        ann       | 2026-10-31 23:30:00 | 300
        ann       | 2026-11-01 05:00:00 | 4000
    """
    root = company(tmp_path, {"sale_line": lines}, timezone="Europe/Paris", times_are_in="UTC", day_start="06:00")
    found = opened(root).lines()
    assert [(str(r.sold_at), str(r.sold_on)[:10], r.amount) for r in found.itertuples()] == [
        ("2026-10-31 23:30:00", "2026-10-31", D(300)),
        ("2026-10-01 04:00:00", "2026-10-01", D(20)),
    ]


def test_lines_gives_all_unless_asked_for_fewer(tmp_path):
    lines = "client_id | sold_at | amount\n" + "ann | 2026-10-01 10:00:00 | 1\n" * 1001
    sales = opened(company(tmp_path, {"sale_line": lines}))
    assert (len(sales.lines()), len(sales.lines(limit=7)), len(sales.lines("ann"))) == (1001, 7, 1001)


NOTED = {
    "the last instant of today": ("n | 2026-11-23 23:59:59", None),
    "the first instant of tomorrow": ("n | 2026-11-24 00:00:00", ("future_lines", 1, ())),
}


@pytest.mark.on_spark
@pytest.mark.parametrize(("line", "expected"), NOTED.values(), ids=list(NOTED))
def test_what_is_to_come(tmp_path, line, expected):
    lines = f"""
        client_id | branch_id | sold_at             | amount
        a         | n         | 2025-10-01 10:00:00 | 1
        a         | n         | 2026-10-31 10:00:00 | 1
        a         | {line} | 1
    """
    findings = checked(company(tmp_path, {"sale_line": lines})).findings
    assert [(f.code, f.count, f.sample) for f in findings] == ([expected] if expected else [])


def test_a_history_of_less_than_twelve_months_is_noted(tmp_path):
    lines = "client_id | sold_at | amount\na | 2025-10-{} | 1\na | 2026-10-05 10:00:00 | 1"
    whole = checked(company(tmp_path / "whole", {"sale_line": lines.format("01 23:59:59")}))
    less = checked(company(tmp_path / "less", {"sale_line": lines.format("02 00:00:00")}))
    assert [f.count for made in (whole, less) for f in made.findings if f.code == "short_history"] == [11]


def test_one_row_more_than_the_tolerance_is_too_many(tmp_path):
    lines = LINES + "\nd | 2026-10-04 10:00:00 | \ne | | 5"
    with pytest.raises(BadData, match="2 rows could not be read as sale lines, and tolerance: is 1"):
        checked(company(tmp_path, {"sale_line": lines}, tolerance=1))
