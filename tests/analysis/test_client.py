"""One client's statement by hand: purchases, returns, lists, points and ranks, each beside its sum."""

from decimal import Decimal as D

import pytest
from company import company, opened

from helpers.analysis.client import first_client, statement
from helpers.analysis.promising import forecast
from helpers.errors import BadParameter

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
