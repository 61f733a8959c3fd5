"""Why the revenue changed: every split against hand sums and the referee, and the comparison that data do not cover."""

import datetime as dt
import random
from decimal import ROUND_HALF_UP
from decimal import Decimal as D

import pytest
import referee
from ascii_table import rows
from company import company, opened

from helpers.analysis.change import Change, Uncovered, apportioned, change
from helpers.analysis.movement import GROUPS

pytestmark = pytest.mark.every_engine

NOW, BEFORE = ("2026-10-01", "2026-10-31"), ("2026-09-01", "2026-09-30")
OLDEST = "    old       | x         | 2024-01-01 10:00:00 | 1\n"

CLIENTS = """
    client_id | branch_id | sold_at             | amount
    fell      | x         | 2026-09-01 00:00:00 | 100
    fell      | x         | 2026-10-31 23:59:59 | 99.99
    rose      | x         | 2026-09-30 23:59:59 | 100
    rose      | x         | 2026-10-01 00:00:00 | 100.01
    same      | x         | 2026-09-05 10:00:00 | 50
    same      | x         | 2026-10-05 10:00:00 | 50
    absent    | x         | 2026-09-05 10:00:00 | 70
    giver     | x         | 2026-08-05 10:00:00 | 30
    giver     | x         | 2026-10-05 10:00:00 | -30
    new       | x         | 2026-10-05 10:00:00 | 11
    back      | x         | 2026-08-31 23:59:59 | 12
    back      | x         | 2026-10-05 10:00:00 | 13
              | x         | 2026-09-05 10:00:00 | 5
              | x         | 2026-10-05 10:00:00 | 3
"""


@pytest.mark.on_spark
def test_each_client_stands_in_the_first_group_that_fits(tmp_path):
    found = change(opened(company(tmp_path, {"sale_line": CLIENTS + OLDEST})))
    groups = {r.group: (r.clients, r.net_before, r.net, r.shown) for r in found.by_movement.itertuples()}
    assert groups == {
        "no_client": (0, 5, 3, -2), "fell": (1, 100, D("99.99"), D("-0.01")), "rose": (1, 100, D("100.01"), D("0.01")),
        "same": (1, 50, 50, 0), "absent": (1, 70, 0, -70), "returns_only": (1, 0, -30, -30), "new": (1, 0, 11, 11),
        "back": (1, 0, 13, 13),
    }  # fmt: skip
    assert list(groups) == [g for g in GROUPS if g in groups]
    assert found.difference == -2 - D("0.01") + D("0.01") - 70 - 30 + 11 + 13


def test_a_client_between_the_two_periods_is_since(tmp_path):
    """Compared with last year: who first came in between is neither new nor back."""
    lines = """
        client_id | sold_at             | amount
        old       | 2024-01-01 10:00:00 | 1
        since     | 2025-11-01 00:00:00 | 5
        since     | 2026-10-05 10:00:00 | 7
        back      | 2025-09-30 23:59:59 | 5
        back      | 2026-10-05 10:00:00 | 8
    """
    found = change(opened(company(tmp_path, {"sale_line": lines}), comparison="last year"))
    assert dict(zip(found.by_movement.group, found.by_movement.net, strict=True)) == {"since": 7, "back": 8}


BRANCH = """
    branch_id | branch_name | opened_on  | closed_on
    shut      | Shut        | 2020-01-01 | 2026-10-31
    dark      | Dark        | 2020-01-01 |
    fresh     | Fresh       | 2026-10-01 |
"""


@pytest.mark.on_spark
def test_branches_that_closed_opened_rose_and_fell(tmp_path):
    lines = """
        client_id | branch_id | sold_at             | amount
        a         | shut      | 2026-09-05 10:00:00 | 10
        a         | shut      | 2026-10-05 10:00:00 | 30
        a         | dark      | 2026-09-05 10:00:00 | 4
        a         | fresh     | 2026-10-05 10:00:00 | 6
        a         | known     | 2026-09-05 10:00:00 | 9
        a         | known     | 2026-10-05 10:00:00 | 8
        a         |           | 2026-10-05 10:00:00 | 2
        a         | known     | 2024-10-05 10:00:00 | 1
    """
    found = change(opened(company(tmp_path, {"sale_line": lines, "branch": BRANCH}))).by_branch
    assert [(r.branch_id, r.branch, r.group, r.change) for r in found.itertuples()] == [
        ("dark", "Dark", "closed", -4), ("known", "known", "fell", -1), (None, None, "none", 2),
        ("fresh", "Fresh", "opened", 6), ("shut", "Shut", "closed", 20),
    ]  # fmt: skip


@pytest.mark.on_spark
def test_number_and_size_of_sales(tmp_path):
    """Ann: 2 sales of 30 on average, then 3 of 25: 1 x 30 for the number, 3 x (25 - 30) for the size."""
    lines = """
        sale_id | client_id | sold_at             | amount
        0       | old       | 2024-01-01 10:00:00 | 1
        1       | ann       | 2026-09-05 10:00:00 | 20
        2       | ann       | 2026-09-06 10:00:00 | 40
        3       | ann       | 2026-10-05 10:00:00 | 30
        3       | ann       | 2026-10-05 10:00:00 | 20
        4       | ann       | 2026-10-06 10:00:00 | 20
        5       | ann       | 2026-10-07 10:00:00 | 15
        6       | ann       | 2026-10-07 10:00:00 | -10
        7       | bob       | 2026-10-07 10:00:00 | 9
        8       |           | 2026-09-07 10:00:00 | 3
    """
    found = change(opened(company(tmp_path, {"sale_line": lines}))).by_volume
    assert dict(zip(found.part, found.shown, strict=True)) == {
        "number": 1 * 30, "size": 3 * (25 - 30), "one_period": 9, "no_client": -3,
    }  # fmt: skip


@pytest.mark.on_spark
def test_price_quantity_and_mix(tmp_path):
    """Tea: 10 at 2, then 10 at 3. Cake: 10 at 4, then 30 at 4. So 40 pieces for 20: twice the quantity."""
    lines = """
        client_id | sold_at             | item_id | quantity | amount
        old       | 2024-01-01 10:00:00 | tea     | 1        | 1
        a         | 2026-09-05 10:00:00 | tea     | 10       | 20
        a         | 2026-09-05 10:00:00 | cake    | 10       | 40
        a         | 2026-10-05 10:00:00 | tea     | 10       | 30
                  | 2026-10-05 10:00:00 | cake    | 30       | 120
        a         | 2026-10-05 10:00:00 | jam     | 2        | 7
        a         | 2026-10-05 10:00:00 | cup     |          | 5
    """
    found = change(opened(company(tmp_path, {"sale_line": lines}))).by_price
    at_old_prices = 2 * 10 + 4 * 30
    assert dict(zip(found.part, found.shown, strict=True)) == {
        "price": 30 + 120 - at_old_prices, "quantity": (2 - 1) * 60, "mix": at_old_prices - 2 * 60,
        "other_items": 7, "no_item": 5,
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_the_referee_agrees_and_every_split_adds_up(tmp_path, seed):
    r = random.Random(seed)
    days = [*(f"2026-{m:02d}-{d:02d}" for m in (8, 9, 10) for d in (1, 15, 30)), "2024-02-29"]

    def sold(i: int) -> str:
        client, item = r.choice(["a", "b", "c", "d", ""]), r.choice(["tea", "cake", "jam", ""])
        quantity = r.choice(["", "1", "2.5", "7"])
        what = f"{item} | {quantity} | {r.randint(-300, 900)}.{i % 100:02d}"
        return f"{i // 2} | {client} | {r.choice(days)} 10:00:00 | {what}"

    text = "sale_id | client_id | sold_at | item_id | quantity | amount\n" + "\n".join(
        ["x | z | 2023-01-01 10:00:00 | tea | 1 | 1", *map(sold, range(90))]
    )
    lines, found = rows(text), change(opened(company(tmp_path, {"sale_line": text})))
    expected = referee.movement_groups(lines, NOW, BEFORE)
    assert {m.group: (m.clients, m.net_before, m.net) for m in found.by_movement.itertuples()} == expected
    cent = referee.Fraction(1, 100)
    for split, fractions in ((found.by_volume, referee.volume), (found.by_price, referee.price)):
        exact = fractions(lines, NOW, BEFORE)
        assert set(split.part) == set(exact)
        assert all(abs(exact[p] - referee.Fraction(s)) < cent for p, s in zip(split.part, split.shown, strict=True))
    for shown in (found, whole := found.shown_to(0)):
        for split in (shown.by_movement, shown.by_branch, shown.by_volume, shown.by_price):
            assert sum(split.shown) == shown.difference
    assert whole.difference == found.total.quantize(1, ROUND_HALF_UP) - found.total_before.quantize(1, ROUND_HALF_UP)
    assert all(abs(r.shown - r.change) < 1 + D("0.5") for r in whole.by_branch.itertuples())


@pytest.mark.parametrize(
    ("oldest", "covered"),
    [("2026-09-01 00:00:00", True), ("2026-09-01 23:59:59", True), ("2026-09-02 00:00:00", False)],
)
def test_a_comparison_that_the_sales_do_not_cover_shows_no_change(tmp_path, oldest, covered):
    lines = f"client_id | sold_at | amount\na | {oldest} | 100\na | 2026-10-05 10:00:00 | 50"
    found = change(opened(company(tmp_path, {"sale_line": lines})))
    assert isinstance(found, Change if covered else Uncovered)
    if not covered:
        assert found.sales_begin == dt.date(2026, 9, 2)


@pytest.mark.parametrize(("oldest", "begin"), [("03:59:59", dt.date(2026, 9, 1)), ("04:00:00", dt.date(2026, 9, 2))])
def test_the_sales_begin_on_the_companys_day(tmp_path, oldest, begin):
    """Of a bar whose days begin at four: what it sells before belongs to the evening."""
    lines = f"client_id | sold_at | amount\na | 2026-09-02 {oldest} | 100\na | 2026-10-05 10:00:00 | 50"
    sales = opened(company(tmp_path, {"sale_line": lines}, day_start="04:00"))
    assert (sales.begin, sales.end) == (begin, dt.date(2026, 10, 5))
    assert isinstance(change(sales), Change if begin.day == 1 else Uncovered)


def test_without_a_comparison_there_is_no_change(tmp_path):
    lines = "client_id | sold_at | amount\na | 2026-10-05 10:00:00 | 50"
    assert change(opened(company(tmp_path, {"sale_line": lines}), comparison="none")).sales_begin is None


@pytest.mark.parametrize("total", ["1.00", "0.99", "1.01", "-1.00"])
def test_parts_add_up_to_the_total_by_largest_remainder(total):
    third = D(total) / 3
    parts = apportioned([referee.Fraction(third)] * 3, D(total), 2)
    assert sum(parts) == D(total)
    assert max(parts) - min(parts) <= D("0.01")
