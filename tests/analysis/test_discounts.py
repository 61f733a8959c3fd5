"""The waterfall by hand, base prices by version and date, lists that were not assigned, and what if."""

from decimal import Decimal as D

import pytest
import yaml
from company import company, opened

from helpers.analysis.discounts import discounts, discounts_by, off_list, waterfall
from helpers.analysis.points import bonus_points
from helpers.analysis.rating import rating
from helpers.analysis.what_if import NoOtherRules, rules_of, under_rules, what_if
from helpers.sales import Unavailable

pytestmark = pytest.mark.every_engine

LISTS = """
    price_list_id | price_list_name | is_base
    std           | Standard        | true
    vip           | VIP             | false
    dear          | Night prices    | false
"""
LINES = """
    sale_id | line_no | client_id | branch_id | sold_at             | amount | price_list_id | base_amount | list_amount | manual_discount | coupon_discount | bonus_paid | cost_amount
    1       | 1       | ann       | n         | 2026-10-01 10:00:00 | 72.00  | vip           | 100.00      | 85.00       | 5.00            | 3.00            | 5.00       | 40.00
    2       | 1       | ann       | s         | 2026-10-02 10:00:00 | 55.00  | dear          | 50.00       | 55.00       |                 |                 |            | 20.00
    3       | 1       | bob       | n         | 2026-10-03 10:00:00 | 20.00  | std           |             | 20.00       |                 |                 |            |
    4       | 1       | bob       | n         | 2026-10-04 10:00:00 | 30.00  | std           | 30.00       | 30.00       |                 |                 |            | 0.00
    5       | 1       | bob       | n         | 2026-10-05 10:00:00 | 27.00  | std           | 30.00       | 27.00       |                 |                 |            | 10.00
    6       | 1       | ann       | n         | 2026-10-06 10:00:00 | -72.00 | vip           | -100.00     | -85.00      | -5.00           | -3.00           | -5.00      | -40.00
    7       | 1       | bob       | s         | 2026-10-07 10:00:00 | 40.00  | vip           | 60.00       | 50.00       |                 |                 |            | 10.00
"""  # noqa: E501


def shop(root, lines: str = LINES, **tables) -> "object":
    rules = tables.pop("rules", None)
    company(root, {"sale_line": lines, "price_list": LISTS} | tables, point_value="1")
    for name, content in (rules or {}).items():
        (root / "params" / "acme" / f"{name}.yaml").write_text(yaml.safe_dump(content))
    return root


@pytest.mark.on_spark
def test_the_waterfall_of_each_line_adds_up(tmp_path):
    found = waterfall(opened(shop(tmp_path))).to_pandas().set_index("sale_id")
    parts = ["base_amount", "list_discount", "manual_discount", "coupon_discount", "bonus_paid", "amount"]
    rows = {i: [found[c][i] for c in parts] for i in found.index if found.is_covered[i]}
    assert rows == {
        "1": [100, 15, 5, 3, 5, 72],
        "2": [50, -5, 0, 0, 0, 55],  # a surcharge
        "4": [30, 0, 0, 0, 0, 30],
        "5": [30, 0, 3, 0, 0, 27],  # cheaper than the base list on a line of that list: by hand, not by a list
        "6": [-100, -15, -5, -3, -5, -72],
    }
    for base, *given, net in rows.values():
        assert base - sum(given) == net
    assert not found.is_covered["3"], "an unknown base price is unknown"
    assert not found.is_covered["7"], "60 − 10 is 50, and 40 was paid: the parts do not add up"


WATERFALLS = {
    "a list": ("vip  | 100.00 | 85.00 |      |      |      | 85.00", [100, 15, 0, 0, 0, 85]),
    "a surcharge": ("dear | 50.00  | 55.00 |      |      |      | 55.00", [50, -5, 0, 0, 0, 55]),
    "by hand": ("vip  | 100.00 | 85.00 | 5.00 |      |      | 80.00", [100, 15, 5, 0, 0, 80]),
    "a coupon": ("vip  | 100.00 | 85.00 |      | 3.00 |      | 82.00", [100, 15, 0, 3, 0, 82]),
    "points": ("vip  | 100.00 | 85.00 |      |      | 9.00 | 76.00", [100, 15, 0, 0, 9, 76]),
    "all of them": ("vip  | 100.00 | 85.00 | 5.00 | 3.00 | 9.00 | 68.00", [100, 15, 5, 3, 9, 68]),
    "the base list, cheaper": ("std  | 30.00  | 27.00 |      |      |      | 27.00", [30, 0, 3, 0, 0, 27]),
    "by hand the whole price": ("vip  | 10.00  | 8.00  | 8.00 |      |      | 0.00", [10, 2, 8, 0, 0, 0]),
    "by hand more than the price": ("vip  | 10.00  | 8.00  | 9.00 |      |      | -1.00", None),
    "an unknown base price": ("vip  |        | 85.00 | 5.00 |      |      | 80.00", None),
    "parts that do not add up": ("vip  | 100.00 | 85.00 | 5.00 |      |      | 81.00", None),
}


@pytest.mark.parametrize(("line", "parts"), WATERFALLS.values(), ids=list(WATERFALLS))
def test_one_line(tmp_path, line, parts):
    table = f"""
        client_id | sold_at             | price_list_id | base_amount | list_amount | manual_discount | coupon_discount | bonus_paid | amount
        ann       | 2026-10-01 10:00:00 | {line}
    """  # noqa: E501
    found = discounts(opened(shop(tmp_path, table)))
    if parts is None:
        assert (found.coverage, found.base, found.list_discount, found.manual_discount) == (0, 0, 0, 0)
        return
    base, *given, net = parts
    assert base - sum(given) == net
    shown = [found.base, found.list_discount, found.manual_discount, found.coupon_discount, found.bonus_paid, found.net]
    assert (shown, found.coverage) == (parts, 1)


@pytest.mark.on_spark
def test_totals_by_list_client_and_branch(tmp_path):
    sales = opened(shop(tmp_path))
    found = discounts(sales)
    assert found.net == 72 + 55 + 20 + 30 + 27 - 72 + 40
    assert found.base == 100 + 50 + 30 + 30 - 100
    assert (found.list_discount, found.manual_discount) == (15 - 5 - 15, 5 + 3 - 5)
    assert (found.coupon_discount, found.bonus_paid) == (3 - 3, 5 - 5)
    assert found.base - found.list_discount - 3 == 72 + 55 + 30 + 27 - 72
    assert (found.percent, found.coverage) == (pytest.approx(-5 / 110), pytest.approx(5 / 7))
    by_list = found.by_list.set_index("price_list")
    assert by_list.net.to_dict() == {"VIP": 72 - 72 + 40, "Night prices": 55, "Standard": 20 + 30 + 27}
    assert by_list.discount.to_dict() == {"VIP": 0, "Night prices": -5, "Standard": 0}
    assert by_list.margin["Night prices"] == 55 - 20
    assert by_list.margin_percent["Standard"] is None, "two of three lines have a cost"
    for key in ("client_id", "branch_id"):
        rows = discounts_by(sales, key).frame
        assert sum(rows.net) == found.net
        assert sum(rows.list_discount) == found.list_discount
    by_branch = discounts_by(sales, "branch_id").frame.set_index("branch_id")
    assert by_branch.base.to_dict() == {"n": 100 + 30 + 30 - 100, "s": 50}
    assert found.net == rating(sales).table.net.sum().execute(), "as the rating's page says"


@pytest.mark.on_spark
def test_a_lists_margin_is_told_from_exactly_80_percent_of_costs(tmp_path):
    head = "client_id | sold_at | amount | base_amount | price_list_id | cost_amount\n"
    lines = [f"ann | 2026-10-01 10:00:00 | 10 | 10 | vip | {cost}" for cost in (6, 6, 6, 6, "")]
    lines += [f"ann | 2026-10-01 10:00:00 | 10 | 10 | std | {cost}" for cost in (6, 6, 6, "")]
    by_list = discounts(opened(shop(tmp_path, head + "\n".join(lines)))).by_list.set_index("price_list")
    assert by_list.margin_percent.to_dict() == {"VIP": 4 * (10 - 6) / (4 * 10), "Standard": None}


VERSIONS = """
    price_list_id | item_id | price | valid_from | valid_to
    std           | tea     | 10.00 | 2026-01-01 | 2026-10-14
    std           | tea     | 12.50 |            |
    std           | tea     | 11.00 | 2026-10-15 |
    vip           | tea     | 8.00  | 2026-01-01 |
    std           | cup     | 3.00  | 2026-01-01 | 2026-10-10
"""


@pytest.mark.on_spark
def test_base_price_by_version_and_date(tmp_path):
    lines = """
        sale_id | client_id | sold_at             | amount | quantity | item_id | price_list_id
        1       | ann       | 2026-10-14 23:59:59 | 16.00  | 2        | tea     | vip
        2       | ann       | 2026-10-15 00:00:00 | 16.00  | 2        | tea     | vip
        3       | ann       | 2025-12-31 10:00:00 | 8.00   | 1        | tea     | vip
        4       | ann       | 2026-10-10 10:00:00 | 3.00   | 1        | cup     | std
        5       | ann       | 2026-10-11 10:00:00 | 3.00   | 1        | cup     | std
        6       | ann       | 2026-10-12 10:00:00 | 3.00   | 1        | hat     | std
        7       | ann       | 2026-10-13 10:00:00 | 12.00  | 1.5      | tea     | vip
    """
    sales = opened(shop(tmp_path, lines, price_list_item=VERSIONS), "2025-12-01..2026-10-31")
    found = waterfall(sales).to_pandas().set_index("sale_id").sort_index()
    assert found.base_amount.astype(object).where(found.base_amount.notna(), None).to_dict() == {
        "1": D(2) * 10, "2": D(2) * 11, "3": D("12.50"), "4": 3, "5": None, "6": None, "7": D("1.5") * 10,
    }  # fmt: skip
    assert discounts(sales).list_discount == (20 - 16) + (22 - 16) + (D("12.50") - 8) + (15 - 12)


def test_large_quantities_at_large_prices(tmp_path):
    lines = """
        sale_id | client_id | sold_at             | amount   | quantity | item_id | price_list_id
        1       | ann       | 2026-10-14 10:00:00 | 40000000 | 4000     | car     | vip
    """
    items = """
        price_list_id | item_id | price
        std           | car     | 12500
    """
    assert discounts(opened(shop(tmp_path, lines, price_list_item=items))).list_discount == 4000 * 12500 - 40_000_000


def test_odoo_5790_a_list_on_another_base_shows_its_discount(tmp_path):
    lines = """
        client_id | sold_at             | amount | price_list_id | base_amount
        ann       | 2026-10-14 10:00:00 | 80.00  | vip           | 100.00
    """
    assert discounts(opened(shop(tmp_path, lines))).list_discount == 100 - 80


def test_odoo_30243_the_price_is_the_lists_own_not_one_made_from_a_rounded_percentage(tmp_path):
    lines = """
        client_id | sold_at             | amount | price_list_id | base_amount | list_amount
        ann       | 2026-10-14 10:00:00 | 80.00  | vip           | 180.00      | 80.00
    """
    found = discounts(opened(shop(tmp_path, lines)))
    assert (found.net, found.list_discount, found.percent) == (80, 180 - 80, pytest.approx(0.5556, abs=1e-4))


@pytest.mark.on_spark
def test_lists_that_were_not_assigned(tmp_path):
    client = """
        client_id | client_name | price_list_id
        ann       | Ann         | vip
        bob       | Bob         | std
    """
    found = off_list(opened(shop(tmp_path, client=client))).frame
    assert found[["client_id", "applied", "assigned", "lines", "net"]].to_numpy().tolist() == [
        ["ann", "Night prices", "VIP", 1, 55],
        ["bob", "VIP", "Standard", 1, 40],
    ]


def test_without_base_prices_there_are_no_discounts(tmp_path):
    sales = opened(shop(tmp_path, "client_id | sold_at | amount\nann | 2026-10-01 10:00:00 | 1"))
    answers = discounts(sales), discounts_by(sales, "client_id")
    assert [(type(answer), answer.level) for answer in answers] == [(Unavailable, 3)] * 2


SOLD = """
    sale_id | line_no | client_id | sold_at             | amount | kind   | price_list_id | base_amount | list_amount | manual_discount | bonus_paid | original_sale_id
    0       | 1       | ann       | 2026-09-15 10:00:00 | 900.00 | sale   | std           | 900.00      | 900.00      |                 |            |
    1       | 1       | ann       | 2026-10-01 10:00:00 | 100.00 | sale   | std           | 100.00      | 100.00      |                 |            |
    2       | 1       | ann       | 2026-10-02 10:00:00 | 100.00 | sale   | std           | 100.00      | 100.00      |                 |            |
    3       | 1       | bob       | 2026-10-03 10:00:00 | 80.00  | sale   | vip           | 99.99       | 85.00       | 5.00            |            |
    4       | 1       | bob       | 2026-10-04 10:00:00 | 10.00  | sale   | std           | 50.00       | 50.00       |                 | 40.00      |
    4       | 2       | bob       | 2026-10-04 10:00:00 | 20.00  | sale   | std           | 20.00       | 20.00       |                 |            |
    5       | 1       | ann       | 2026-10-05 10:00:00 | -90.00 | return | std           | -90.00      | -90.00      |                 |            | 0
    6       | 1       | ann       | 2026-10-06 10:00:00 | -50.00 | return | std           | -50.00      | -50.00      |                 |            | 2
    7       | 1       | cid       | 2026-10-07 10:00:00 | 70.00  | sale   | vip           |             | 70.00       |                 |            |
"""  # noqa: E501
MEMBERS = """
    client_id | client_name | bonus_kind_id
    ann       | Ann         | three
    bob       | Bob         | three
    cid       | Cid         |
"""
THREE = """
    bonus_kind_id | name | rate | expiry_days
    three         | 3 %  | 0.03 | 365
"""
RULES = {"kinds": {"three": {"rate": 0.03}}}
OTHERS = {
    "rules.same": {},
    "rules.five": {"kinds": {"three": {"rate": 0.05}}},
    "rules.vip": {"price_lists": {"vip": {"percent_off": 12, "from": 1000}}},
    "rules.seniors": {"price_lists": {"dear": {"percent_off": 8}}},
    "rules.half": {"max_part_paid": 0.5},
}


@pytest.fixture
def sold(tmp_path):
    rules = {"rules": RULES} | OTHERS
    return opened(shop(tmp_path, SOLD, client=MEMBERS, bonus_kind=THREE, rules=rules))


@pytest.mark.on_spark
def test_the_actual_rules_again_gives_the_actual_figures(sold):
    found = what_if(sold, "rules.same")
    assert found.now.points == found.then.points == bonus_points(sold)
    for made in (found.now, found.then):
        assert made.net == discounts(sold).net == rating(sold).table.net.sum().execute()
        assert made.discounts.by_list.equals(discounts(sold).by_list)
    assert found.by_client.empty
    assert isinstance(what_if(sold, ""), NoOtherRules)


@pytest.mark.parametrize("rules", ["rules.five", OTHERS["rules.five"]], ids=["a file", "a dict"])
def test_another_rate_changes_points_and_nothing_else(sold, rules):
    found = what_if(sold, rules)
    now, then = found.now.points, found.then.points
    assert now.accrued == 3 + 3 + 2 + 1  # 100, 100, 80 and 30 × 0.03, each rounded
    assert then.accrued == 5 + 5 + 4 + 2
    assert now.reversed == 3 + 2  # 90 of document 0, 50 × 0.03 = 1.5 of document 2
    assert then.reversed == 3 + 3  # document 0 was sold before the period, at 3 %
    assert (now.opening, now.redeemed) == (then.opening, then.redeemed) == (27, 40)
    assert found.changes == [("kinds.three.rate", "0.03", "0.05")]
    assert found.now.net == found.then.net
    assert found.now.discounts.list_discount == found.then.discounts.list_discount


@pytest.mark.on_spark
def test_a_list_for_who_spent_enough_changes_their_lines_and_nothing_else(sold):
    found = what_if(sold, "rules.vip")
    lists = found.by_list.set_index("price_list")
    # ann had spent 900 + 100 before document 2: 12 % off 100, and off the 50 that came back of it; document 1 came
    # too early, document 0 was of another period. bob's VIP line takes 12 % off 99.99 = 12.00 for 14.99.
    assert found.then.net - found.now.net == -12 + 6 + (D("14.99") - 12)
    assert lists.net_then["VIP"] == (100 - 12) - (50 - 6) + (80 + D("2.99")) + 70
    assert lists.discount_then["VIP"] == 12 - 6 + 12
    assert lists.net_then["Standard"] == 100 + 10 + 20 - 90
    assert found.then.points.accrued == 3 + 3 + 2 + 1  # 88 × 0.03 = 2.64, 82.99 × 0.03 = 2.4897
    assert found.by_client.client_id.tolist()[-1] == "bob"


def test_a_list_nobody_used_changes_nothing(sold):
    found = what_if(sold, "rules.seniors")
    assert (found.now.points, found.now.net) == (found.then.points, found.then.net)
    assert found.by_client.empty


@pytest.mark.on_spark
def test_points_may_pay_only_a_part(sold):
    found = what_if(sold, "rules.half")
    # document 4: (10 + 40) + 20 = 70 to pay, of which points may pay 35 for 40
    assert found.then.points.redeemed == 35
    assert found.then.net == found.now.net + 5
    assert found.then.points.accrued == found.now.points.accrued  # 35 × 0.03 = 1.05


@pytest.mark.on_spark
@pytest.mark.parametrize(("money", "points", "redeemed"), [
    ("35.00", "35.00", "35.00"),  # half of 70: exactly what points may pay
    ("34.99", "35.01", "35.00"),
    ("0.01", "0.04", "0.03"),  # half of 0.05 is 0.025
])  # fmt: skip
def test_points_may_pay_exactly_their_part(tmp_path, money, points, redeemed):
    lines = f"""
        sale_id | line_no | client_id | sold_at             | amount  | price_list_id | base_amount | bonus_paid
        1       | 1       | ann       | 2026-10-01 10:00:00 | {money} | std           | 70.00       | {points}
    """
    rules = {"rules": RULES, "rules.half": {"max_part_paid": 0.5}}
    found = what_if(opened(shop(tmp_path, lines, client=MEMBERS, bonus_kind=THREE, rules=rules)), "rules.half")
    assert found.then.points.redeemed == D(redeemed)
    assert found.then.net == D(money) + D(points) - D(redeemed)


def test_what_if_says_how_far_the_sources_ledger_is_from_the_rules(tmp_path):
    lots = """
        client_id | entry_at            | points | kind    | expires_on
        ann       | 2026-09-15 10:00:00 | 30     | accrued | 2027-09-15
    """
    rules = {"rules": RULES} | OTHERS
    sales = opened(shop(tmp_path, SOLD, client=MEMBERS, bonus_kind=THREE, bonus_entry=lots, rules=rules))
    found = what_if(sales, "rules.five")
    assert found.differs == 30 - found.now.points.closing
    assert under_rules(sales, rules_of(sales)).points == found.now.points
