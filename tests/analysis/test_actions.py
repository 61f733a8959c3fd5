"""Each client's rhythm, whom to call, whom to thank, what to watch: against sums and days counted by hand."""

import datetime as dt
from decimal import Decimal as D

import pandas as pd
import pytest
from company import company, opened
from pandas import NA

from helpers.analysis.actions import actions
from helpers.analysis.client import client_details
from helpers.analysis.movement import movement
from helpers.analysis.rhythm import rhythm
from helpers.errors import BadParameter
from helpers.page.drawing import draw, words_of

pytestmark = pytest.mark.every_engine

LINES = """
    client_id | branch_id | sold_at             | amount
    weekly    | n         | 2026-09-01 10:00:00 | 100
    weekly    | n         | 2026-09-08 10:00:00 | 100
    weekly    | s         | 2026-09-15 10:00:00 | 60
    weekly    | n         | 2026-09-15 11:00:00 | 40
    monthly   | s         | 2026-07-20 10:00:00 | 900
    monthly   | s         | 2026-08-20 10:00:00 | 900
    monthly   | s         | 2026-09-20 10:00:00 | 900
    regular   | n         | 2026-09-10 10:00:00 | 50
    regular   | n         | 2026-10-10 10:00:00 | 75
    sleeper   | n         | 2025-09-01 10:00:00 | 10
    sleeper   | n         | 2025-09-03 10:00:00 | 10
    sleeper   | n         | 2025-09-05 10:00:00 | 10
    once      | n         | 2026-09-02 10:00:00 | 33
    big       | n         | 2026-10-30 10:00:00 | 5000
              | n         | 2026-10-05 10:00:00 | 8
"""


def test_the_rhythm_of_each_client(tmp_path):
    """Weekly: gaps 7 and 7, idle for 46 days. Monthly: 31 and 31, idle for 41. Sleeper: 2 and 2, idle for 421. All the
    company's gaps: 2, 2, 7, 7, 30, 31, 31, so 7 for who came once or twice."""
    table = rhythm(opened(company(tmp_path, {"sale_line": LINES}))).to_pandas().set_index("client_id")
    seen = {i: (r.usual_days, r.idle_days, bool(r.is_overdue)) for i, r in table.iterrows()}
    assert seen == {
        "weekly": (7, 46, True), "monthly": (31, 41, False), "regular": (7, 21, True), "sleeper": (2, 421, True),
        "once": (7, 59, True), "big": (7, 1, False),
    }  # fmt: skip
    months = dict(zip(table.index, table.months, strict=True))
    assert months == {"weekly": 1, "monthly": 3, "regular": 1, "sleeper": 12, "once": 1, "big": 1}


def test_overdue_begins_the_day_after_twice_the_usual_interval(tmp_path):
    """Gaps of 10 and 10 days, idle for 20, then 21."""
    days = ["2026-09-20", "2026-09-30", "2026-10-10"]
    late = ["2026-09-19", "2026-09-29", "2026-10-09"]
    lines = "client_id | sold_at | amount\n" + "\n".join(
        [f"on_time | {d} 10:00:00 | 1" for d in days] + [f"late | {d} 10:00:00 | 1" for d in late]
    )
    table = rhythm(opened(company(tmp_path, {"sale_line": lines}), "2026-10-01..2026-10-30")).to_pandas()
    assert dict(zip(table.client_id, table.is_overdue.astype(bool), strict=True)) == {"on_time": False, "late": True}


def test_a_day_with_a_discount_alone_is_no_purchase_wherever_the_last_one_is_told(tmp_path):
    """Sales on 1 and 11 September, a discount of the month on the 30th: a gap of 10 days, idle for 50."""
    lines = """
        client_id | sold_at             | kind     | amount
        anna      | 2026-09-01 10:00:00 | sale     | 100
        anna      | 2026-09-11 10:00:00 | sale     | 100
        anna      | 2026-09-30 10:00:00 | discount | -20
    """
    sales = opened(company(tmp_path, {"sale_line": lines}))
    found = rhythm(sales).to_pandas().iloc[0]
    assert (found.purchase_days, found.usual_days, found.idle_days, found.spent) == (2, 10, 50, 200)
    assert list(actions(sales).call.last_on) == [dt.date(2026, 9, 11)]
    story = client_details(sales, pd.DataFrame({"client_id": ["anna"]}), {}).table.iloc[0]
    assert (story.first_on, story.last_on) == (dt.date(2026, 9, 1), dt.date(2026, 9, 11))


def test_whom_to_call_by_the_money_at_stake_a_month(tmp_path):
    found = actions(opened(company(tmp_path, {"sale_line": LINES})))
    rows = [(r.client_id, r.reason, r.branch, r.last_on, r.at_stake) for r in found.call.itertuples()]
    assert rows == [
        ("weekly", "lost", "n", dt.date(2026, 9, 15), D(100 + 100 + 60 + 40)),
        ("regular", "overdue", "n", dt.date(2026, 10, 10), D(50 + 75)),
        ("once", "lost", "n", dt.date(2026, 9, 2), D(33)),
        ("sleeper", "sleeping", "n", dt.date(2025, 9, 5), D("2.50")),  # 30 in 12 months
    ]
    assert (found.overdue, found.stake) == (4, D(300) + D(125) + D(33) + D("2.5"))


def test_a_client_who_is_merely_absent_is_not_lost(tmp_path):
    found = movement(opened(company(tmp_path, {"sale_line": LINES})))
    groups = {r.group: (r.clients, r.net_before, r.net) for r in found.groups.itertuples()}
    assert groups == {"lost": (2, 300 + 33, 0), "absent": (1, 900, 0), "rose": (1, 50, 75), "new": (1, 0, 5000)}
    assert list(found.named[found.named.group == "lost"].client_id) == ["weekly", "once"]
    assert list(found.best_then.client_id) == ["monthly", "weekly", "regular", "once"]
    assert list(found.best.client_id) == ["big", "regular"]
    fate = found.best_before
    assert (fate.clients, fate.absent, fate.net_before, fate.net) == (4, 3, 900 + 300 + 50 + 33, 75)
    assert found.newly_best == 1


def test_the_frame_of_the_movement_has_everyone_of_either_period_whatever_the_top(tmp_path):
    """Weekly, monthly and once are in September alone, big in October alone; the sleeper in neither."""
    rows = movement(opened(company(tmp_path, {"sale_line": LINES}), top=1)).frame
    seen = [(r.client_id, r.rank_before, r.net_before, r.net, r.group, str(r.last_on)[:10]) for r in rows.itertuples()]
    assert seen == [
        ("big", NA, 0, 5000, "new", "2026-10-30"), ("regular", 3, 50, 75, "rose", "2026-10-10"),
        ("monthly", 1, 900, 0, "absent", "2026-09-20"), ("once", 4, 33, 0, "lost", "2026-09-02"),
        ("weekly", 2, 300, 0, "lost", "2026-09-15"),
    ]  # fmt: skip
    assert list(rows["rank"]) == [1, 2, NA, NA, NA]
    assert list((rows["rank"] - rows["rank_before"]).dropna()) == [2 - 3]


def test_whom_to_thank_and_what_to_watch(tmp_path):
    found = actions(opened(company(tmp_path, {"sale_line": LINES})))
    assert [(r.client_id, r.reason, r.change) for r in found.thank.itertuples()] == [
        ("big", "best", 5000), ("regular", "riser", 25),
    ]  # fmt: skip
    assert [(r.reason, r.branch, r.before, r.amount) for r in found.watch.itertuples()] == [
        ("closed", "s", 60 + 900, 0), ("no_client", None, None, 8),
    ]  # fmt: skip


def test_all_who_are_newly_among_the_ten_best_are_thanked_however_little_they_rose(tmp_path):
    """Twelve clients of 100 to 111 in September. In October a and b, the least, bring 2 and 1 more than the ten best of
    all, who fell; l rose most by far and was of the best before."""
    before = {chr(97 + n): 100 + n for n in range(12)}
    now = before | {"a": 200, "b": 199, "l": 900, "k": 198} | {c: 50 + n for n, c in enumerate("cdefghij")}
    lines = ["client_id | sold_at | amount"]
    lines += [f"{c} | 2026-09-01 10:00:00 | {amount}" for c, amount in before.items()]
    lines += [f"{c} | 2026-10-10 10:00:00 | {amount}" for c, amount in now.items()]
    sales = opened(company(tmp_path, {"sale_line": "\n".join(lines)}))
    thanked = [(r.client_id, r.reason, r.change) for r in actions(sales, rows=1).thank.itertuples()]
    assert thanked == [("a", "best", 100), ("b", "best", 98), ("l", "riser", 789)]
    assert movement(sales).newly_best == 2


CONTACTS = """
    client_id | client_name | phone      | email
    weekly    | Wanda       | 0601020304 | w@x.test
    regular   | Rolf        |            |
"""


def test_contacts_stand_in_the_list_on_request_alone_and_never_beside_initials(tmp_path):
    root = company(tmp_path, {"sale_line": LINES, "client": CONTACTS})
    assert "phone" not in actions(opened(root)).frame.columns
    first = actions(opened(root), contacts=True).call.iloc[0]
    assert (first.client_name, first.phone, first.email) == ("Wanda", "0601020304", "w@x.test")
    with pytest.raises(BadParameter, match="contacts: true needs names: full, got names: initials"):
        actions(opened(root, names="initials"), contacts=True)


def test_without_a_comparison_there_is_still_somebody_to_call(tmp_path):
    found = actions(opened(company(tmp_path, {"sale_line": LINES}), comparison="none"))
    assert list(found.call.reason) == ["overdue", "overdue", "overdue", "sleeping"]
    assert found.thank.empty
    assert found.not_overdue.empty


LATE, ON_TIME, SLOW, CAME = (
    [("late", "09-19"), ("late", "09-29"), ("late", "10-09")],  # every 10 days, idle for 21
    [("on_time", "09-20"), ("on_time", "09-30"), ("on_time", "10-10")],  # every 10 days, idle for 20
    [("slow", "08-02"), ("slow", "09-01"), ("slow", "10-01")],  # every 30 days, idle for 29
    [("came", "09-21"), ("came", "10-01"), ("came", "10-11")],  # on the period's first day
)


@pytest.mark.parametrize(
    ("purchases", "not_overdue"),
    [
        (LATE + CAME, []),
        (LATE + ON_TIME + CAME, [("on_time", 100 + 100)]),
        (LATE + SLOW + ON_TIME, [("on_time", 100 + 100), ("slow", 100)]),
    ],
    ids=["none", "one, on the last day", "two"],
)
def test_the_best_before_who_bought_nothing_are_in_the_list_or_not_overdue(tmp_path, purchases, not_overdue):
    """From 11 to 30 October, against the 20 days before."""
    lines = "\n".join(["client_id | sold_at | amount", *(f"{c} | 2026-{day} 10:00:00 | 100" for c, day in purchases)])
    found = actions(opened(company(tmp_path, {"sale_line": lines}), "2026-10-11..2026-10-30"))
    assert [(r.client_id, r.net_before) for r in found.not_overdue.itertuples()] == not_overdue
    assert list(found.call.client_id) == ["late"]


def test_the_best_before_who_bought_nothing_are_named_where_nobody_is_to_be_called(tmp_path):
    lines = "\n".join(["client_id | sold_at | amount", *(f"{c} | 2026-{day} 10:00:00 | 100" for c, day in ON_TIME)])
    found = actions(opened(company(tmp_path, {"sale_line": lines}), "2026-10-11..2026-10-30"))
    assert found.call.empty
    assert "not yet overdue: on_time (€200" in draw(found, words_of(found.reader)).html


LAST_LIST = """
    client_id | sold_at             | amount
    back      | 2026-06-01 10:00:00 | 50
    back      | 2026-06-11 10:00:00 | 50
    back      | 2026-06-21 10:00:00 | 50
    back      | 2026-10-01 00:00:00 | 70
    back      | 2026-10-20 10:00:00 | -20
    early     | 2026-06-01 10:00:00 | 80
    early     | 2026-06-08 10:00:00 | 80
    early     | 2026-06-15 10:00:00 | 80
    early     | 2026-10-31 23:59:59 | 11
    returner  | 2026-06-01 10:00:00 | 80
    returner  | 2026-06-08 10:00:00 | 80
    returner  | 2026-06-15 10:00:00 | 80
    returner  | 2026-10-15 10:00:00 | -80
    steady    | 2026-09-10 10:00:00 | 9
    steady    | 2026-09-20 10:00:00 | 9
    steady    | 2026-09-30 10:00:00 | 9
    steady    | 2026-10-05 10:00:00 | 9
"""


def test_who_of_the_last_list_came_and_with_how_much(tmp_path):
    """A return is no purchase; who was not overdue at the end of September was not on its list."""
    last = actions(opened(company(tmp_path, {"sale_line": LAST_LIST}))).last_list
    assert (last.listed, last.came, last.net) == (3, 2, 70 - 20 + 11)
    assert (last.client_id, last.client_name, last.client_net) == ("back", None, 70 - 20)


def test_nobody_is_overdue_by_a_history_that_begins_in_the_period(tmp_path):
    def october(first: str) -> str:
        days = [first, "2026-10-02", "2026-10-03", "2026-10-04"]
        return "client_id | sold_at | amount\n" + "\n".join(f"a | {day} 10:00:00 | 10" for day in days)

    assert actions(opened(company(tmp_path / "own", {"sale_line": october("2026-10-01")}))).overdue == 0
    assert actions(opened(company(tmp_path / "more", {"sale_line": october("2026-09-30")}))).overdue == 1


def test_a_branch_that_is_the_whole_company_is_not_watched(tmp_path):
    lines = """
        client_id | branch_id | sold_at             | amount
        a         | n         | 2026-09-01 10:00:00 | 50
        a         | n         | 2026-10-01 10:00:00 | 10
    """
    assert actions(opened(company(tmp_path, {"sale_line": lines}))).watch.empty
