"""One client by hand: its statement (purchases, returns, lists, points, ranks) and its opened line, each figure beside
its sum; and that both say the same."""

import datetime as dt
import shutil
from decimal import Decimal as D
from pathlib import Path

import pandas as pd
import pytest
from company import company, opened

from helpers.analysis.client import Statement, first_client, statement
from helpers.analysis.cross_report import CrossReport, cross_report
from helpers.analysis.points import most_points
from helpers.analysis.promising import forecast
from helpers.errors import BadParameter
from helpers.sales import Sales, open_sales
from helpers.source.demo import make_demo

pytestmark = pytest.mark.every_engine

LINES = """
    sale_id | client_id | branch_id | sold_at             | amount | bonus_paid | kind   | original_sale_id
    1       | ann       | n         | 2026-07-03 10:00:00 | 100.00 |            | sale   |
    2       | bob       | n         | 2026-07-04 10:00:00 | 200.00 |            | sale   |
    3       | ann       | n         | 2026-08-05 10:00:00 | 50.00  | 4          | sale   |
    4       | ann       | s         | 2026-08-06 10:00:00 | 70.00  |            | sale   |
    5       | ann       | s         | 2026-09-07 10:00:00 | -70.00 |            | return | 4
    6       | bob       | s         | 2026-09-08 10:00:00 | 30.00  |            | sale   |
"""
TABLES = {
    "sale_line": LINES,
    "client": """
        client_id | client_name | bonus_kind_id
        ann       | Ann         | ten
        bob       | Bob         |
        eve       | Eve         | ten
    """,
    "branch": """
        branch_id | branch_name
        n         | North
        s         | South
    """,
    "bonus_kind": """
        bonus_kind_id | name | rate | expiry_days
        ten           | 10 % | 0.1  | 60
    """,
    "price_list": """
        price_list_id | price_list_name | is_base
        std           | Standard        | true
        vip           | VIP             | false
    """,
    "client_price_list": """
        client_id | price_list_id | valid_from
        ann       | std           | 2026-01-01
        ann       | vip           | 2026-08-01
        ann       | std           | 2026-12-01
    """,
}


@pytest.fixture
def sales(tmp_path):
    return opened(company(tmp_path, TABLES, point_value="1"), "2026-Q3")


def test_purchases_returns_and_lists(sales):
    found = statement(sales, "ann")
    assert found.client_name == "Ann"
    assert found.purchases.to_dict("index") == {
        "2026-07": {"North": D(100), "South": D(0), "Total": D(100)},
        "2026-08": {"North": D(50), "South": D(70), "Total": D(50) + 70},
        "2026-09": {"North": D(0), "South": D(-70), "Total": D(-70)},
    }
    assert found.returns.amount.tolist() == [D(-70)]
    assert found.price_lists.price_list.tolist() == ["Standard", "VIP"]  # December's is yet to come


def test_points_from_opening_to_closing(sales):
    rows = statement(sales, "ann").points.frame
    assert [(f"{r.day:%m-%d}", r.kind, r.points, r.balance) for r in rows.itertuples()] == [
        ("07-01", "opening", 0, 0),
        ("07-03", "accrued", 10, 10),
        ("08-05", "accrued", 5, 10 + 5),
        ("08-05", "redeemed", -4, 10 + 5 - 4),
        ("08-06", "accrued", 7, 11 + 7),
        ("09-01", "expired", -6, 18 - 6),  # 60 days after 3 July is 1 September; 4 of those 10 were redeemed
        ("09-07", "reversed", -7, 12 - 7),
    ]
    assert statement(sales, "bob").points.frame.points.tolist() == [0]


def test_rank_over_time_and_expected_spend(sales):
    found = statement(sales, "ann")
    assert [tuple(r) for r in found.ranks[["month", "net", "rank", "clients"]].to_numpy()] == [
        ("2026-07", 100, 2, 2), ("2026-08", 120, 1, 1), ("2026-09", -70, 2, 2)
    ]  # fmt: skip
    told = forecast(sales).clients.set_index("client_id")
    (row,) = found.expected.itertuples()
    assert (str(row.until), row.days) == ("2026-09-30", 31 + 31 + 30)
    assert (row.expected_spend, row.p_buy) == (told.expected_spend["ann"], told.p_buy["ann"])


def test_who_has_never_bought_and_who_is_unknown(sales):
    found = statement(sales, "eve")
    assert (found.client_name, len(found.purchases), len(found.ranks), len(found.expected)) == ("Eve", 0, 0, 0)
    with pytest.raises(BadParameter, match="no client 'zoe'"):
        statement(sales, "zoe")
    assert first_client(sales) == "bob"


OPENED = {
    "sale_line": """
        sale_id | client_id | branch_id | sold_at             | amount | kind     | original_sale_id
        1       | ann       | n         | 2025-08-31 10:00:00 | 9.00   | sale     |
        2       | ann2      | n         | 2025-09-30 23:59:59 | 3.00   | sale     |
        3       | ann2      | n         | 2025-10-01 00:00:00 | 20.00  | sale     |
        4       | ann       | n         | 2026-07-01 00:00:00 | 100.00 | sale     |
        5       | ann2      | s         | 2026-08-06 10:00:00 | 70.00  | sale     |
        6       | ann2      | s         | 2026-08-06 18:00:00 | 5.00   | sale     |
        7       | ann       | s         | 2026-09-07 10:00:00 | -70.00 | return   | 5
        8       | ann       | n         | 2026-09-30 23:59:59 | -2.00  | discount |
        9       | bob       | s         | 2026-09-08 10:00:00 | 30.00  | sale     |
        10      | ann       | n         | 2026-10-01 00:00:00 | 500.00 | sale     |
    """,
    "client": TABLES["client"],
    "branch": TABLES["branch"],
    "client_alias": "client_id | master_client_id\nann2 | ann",
    "payment": "payment_id | client_id | paid_at | amount\n1 | ann2 | 2026-09-30 10:00:00 | 60",
    "bonus_entry": """
        client_id | entry_at            | points | kind     | expires_on
        ann       | 2026-06-30 10:00:00 | 40     | accrued  | 2026-08-31
        ann2      | 2026-07-01 10:00:00 | 10     | accrued  |
        ann       | 2026-08-06 10:00:00 | 7      | accrued  |
        ann       | 2026-08-07 10:00:00 | -4     | redeemed |
        bob       | 2026-07-01 10:00:00 | 8      | accrued  | 2026-07-31
        bob       | 2026-08-01 10:00:00 | -8     | expired  |
    """,
}


@pytest.fixture
def merged(tmp_path):
    return opened(company(tmp_path, OPENED), "2026-Q3")


def test_an_opened_line_of_a_merged_client_with_returns(merged):
    """A discount alone is a day with a line and no purchase. What came after the period is not known."""
    details = cross_report(merged, details=True).details
    ann, bob = details.table.itertuples()
    assert (ann.client_id, bob.client_id) == ("ann", "bob")
    assert (ann.sales, ann.returns, ann.net) == (100 + 70 + 5 - 2, -70, 173 - 70)
    assert (ann.first_on, ann.last_on) == (dt.date(2025, 8, 31), dt.date(2026, 8, 6))
    assert (ann.visits, bob.visits) == (4, 1)  # 1 July, 6 August, 7 and 30 September
    assert (details.month_names[0], details.month_names[-1]) == ("2025-10", "2026-09")
    assert ann.months == [20, *[0] * 8, 100, 70 + 5, -70 - 2]
    assert ann.outstanding == 9 + 3 + 20 + 103 - 60
    assert (ann.points, bob.points) == (10 + 7, 8)


def test_the_points_of_a_statement_are_those_of_the_page_of_bonuses(merged):
    """The ledger says that bob's points expired, so nothing is added for ann, who has no such line."""
    closing = most_points(merged).frame.set_index("client_id").closing.to_dict()
    assert closing == {"ann": 40 + 10 + 7 - 4, "bob": 0}
    assert {i: statement(merged, i).points.frame.balance.iloc[-1] for i in closing} == closing


def shared(cross: CrossReport, client_id: str) -> list[object]:
    """What the cross report says of a client, its line opened: by branch, month and all other figures."""
    row = cross.details.table.set_index("client_id").loc[client_id]
    cells = {b.label or "(no branch)": cross.cells.loc[client_id, b.key] for b in cross.branches.itertuples()}
    months = dict(zip(cross.details.month_names, row.months, strict=True))
    return [{b: n for b, n in cells.items() if n}, {m: n for m, n in months.items() if n}, row.net, row.returns,
            row.points or 0, row.expected]  # fmt: skip


def by_its_lines(found: Statement) -> list[object]:
    """The same of a statement's tables."""
    nets, points = found.purchases.sum(), found.points.frame
    return [{b: n for b, n in nets.items() if n and b != "Total"},
            {r.month: r.net for r in found.ranks.itertuples() if r.net}, nets.Total, sum(found.returns.amount, D(0)),
            sum(points.points[points.kind == "accrued"], D(0)), found.expected.expected_spend.iloc[0]]  # fmt: skip


def assert_agree(sales: Sales, cross: CrossReport) -> None:
    """Each client's opened line and statement say the same of every figure; its lines say when it came."""
    for client_id, row in cross.details.table.set_index("client_id", drop=False).iterrows():
        found, lines = statement(sales, client_id), sales.lines(client_id)
        pd.testing.assert_series_equal(found.details.table.iloc[0], row, check_names=False)
        assert found.details.month_names == cross.details.month_names
        assert by_its_lines(found) == shared(cross, client_id)
        assert (row.net, row.visits) == (sum(lines.amount, D(0)), lines.sold_on.nunique())


def test_an_opened_line_and_a_statement_say_the_same(merged):
    assert_agree(merged, cross_report(merged, details=True))


@pytest.mark.files
@pytest.mark.parametrize(("period", "has_returns"), [("2026-10", False), ("2026", True)])
def test_the_ten_best_of_the_demo_have_the_same_figures_in_both(tmp_path, period, has_returns):
    make_demo(tmp_path / "data" / "demo", dt.date(2026, 11, 23), 5_000)
    shutil.copytree(Path(__file__).parents[2] / "params", tmp_path / "params")
    sales = open_sales("demo", period, "2026-11-23", root=tmp_path)
    cross = cross_report(sales, 10, details=True)
    assert len(cross.details.table) == 10
    assert any(cross.details.table.returns < 0) == has_returns
    assert_agree(sales, cross)


def test_a_statement_of_who_has_no_line_in_the_period(merged):
    """Eve is in the master alone: neither sales nor months nor days."""
    row = statement(merged, "eve").details.table.iloc[0]
    assert (row.client_id, row.visits, row.months) == ("eve", 0, [D(0)] * 12)
    assert not row[["net", "first_on", "last_on", "outstanding", "points", "expected"]].notna().any()


def test_an_opened_line_of_nobody(tmp_path):
    """Bob's last line is of September."""
    details = cross_report(opened(company(tmp_path, TABLES)), details=True).details
    assert (len(details.table), len(details.month_names)) == (0, 12)


def test_a_number_of_the_master_that_no_line_can_have_is_nobodys(tmp_path):
    """Lines say 7, as a whole number; 07 and A7 are other clients of the master, whose ids are texts."""
    lines = "client_id | sold_at | amount\n7 | 2026-10-01 10:00:00 | 10\n7 | 2026-10-02 10:00:00 | -4"
    tables = {"sale_line": lines, "client": "client_id | client_name\n7 | Ann\n07 | Bob\nA7 | Eve"}
    sales = opened(company(tmp_path, tables, {"client_id": "BIGINT"}))
    seen = {i: (s := statement(sales, i)).client_name + f" {s.details.table.visits[0]}" for i in ("7", "07", "A7")}
    assert seen == {"7": "Ann 2", "07": "Bob 0", "A7": "Eve 0"}
    assert [len(statement(sales, i).purchases) for i in seen] == [1, 0, 0]
