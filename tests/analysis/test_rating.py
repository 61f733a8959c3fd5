"""Clients in descending order of the amount they spent (who ranks where, who counts, what is left out)."""

from datetime import date
from decimal import Decimal as D

import pytest
import referee
from company import company, opened, rows
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tiny import examples

from helpers.analysis.rating import rating
from helpers.analysis.summary import summary
from helpers.errors import BadData, BadParameter

pytestmark = pytest.mark.every_engine

LINES = """
    client_id | branch_id | sold_at             | amount
    ann       | north     | 2026-10-01 00:00:00 | 100.10
    ann       | south     | 2026-10-31 23:59:59 | 0.20
    bob       | north     | 2026-10-05 12:00:00 | 60.00
    bob       | north     | 2026-10-06 12:00:00 | -10.00
    cid       | south     | 2026-10-07 12:00:00 | 50.00
              | south     | 2026-10-08 12:00:00 | 7.00
    ·         | south     | 2026-10-08 12:00:00 | 2.00
    dan       | north     | 2026-11-01 00:00:00 | 999.00
    eve       | north     | 2026-09-30 23:59:59 | 999.00
"""


def ranks(sales) -> list[tuple]:
    table = rating(sales).frame
    return [(r.rank, r.client_id, r.net) for r in table.itertuples()]


@pytest.mark.on_spark
def test_descending_by_amount_with_ties_sharing_a_rank(tmp_path):
    sales = opened(company(tmp_path, {"sale_line": LINES}))
    assert ranks(sales) == [
        (1, "ann", D("100.10") + D("0.20")),
        (2, "bob", D("60.00") - D("10.00")),
        (2, "cid", D("50.00")),
    ]


@pytest.mark.on_spark
def test_returns_stand_apart_and_reduce_the_net(tmp_path):
    table = rating(opened(company(tmp_path, {"sale_line": LINES}))).frame.set_index("client_id")
    assert (table.sales["bob"], table.returns["bob"], table.net["bob"]) == (D(60), D(-10), D(60) - D(10))


@pytest.mark.on_spark
def test_ids_order_by_bytes_and_keep_case_accents_and_zeros(tmp_path):
    lines = """
        client_id | sold_at             | amount
        b         | 2026-10-01 10:00:00 | 5
        a         | 2026-10-01 10:00:00 | 5
        B         | 2026-10-01 10:00:00 | 5
        é         | 2026-10-01 10:00:00 | 5
        A-1       | 2026-10-01 10:00:00 | 5
        A1        | 2026-10-01 10:00:00 | 5
        007       | 2026-10-01 10:00:00 | 5
        7         | 2026-10-01 10:00:00 | 5
        NA        | 2026-10-01 10:00:00 | 5
        null      | 2026-10-01 10:00:00 | 5
    """
    found = ranks(opened(company(tmp_path, {"sale_line": lines})))
    assert [c for _, c, _ in found] == ["007", "7", "A-1", "A1", "B", "NA", "a", "b", "null", "é"]
    assert {rank for rank, _, _ in found} == {1}


@pytest.mark.on_spark
def test_rank_compares_cents_and_sums_keep_every_decimal(tmp_path):
    lines = """
        client_id | sold_at             | amount
        a         | 2026-10-01 10:00:00 | 1.0049
        b         | 2026-10-01 10:00:00 | 1.0001
        c         | 2026-10-01 10:00:00 | 1.0050
    """
    assert ranks(opened(company(tmp_path, {"sale_line": lines}))) == [
        (1, "c", D("1.0050")),
        (2, "a", D("1.0049")),
        (2, "b", D("1.0001")),
    ]


@pytest.mark.on_spark
def test_abc_gives_the_one_who_crosses_the_line_the_higher_class(tmp_path):
    lines = """
        client_id | sold_at             | amount
        a         | 2026-10-01 10:00:00 | 79
        b         | 2026-10-01 10:00:00 | 10
        c         | 2026-10-01 10:00:00 | 6
        d         | 2026-10-01 10:00:00 | 5
        e         | 2026-10-01 10:00:00 | 0
        f         | 2026-10-01 10:00:00 | -3
    """
    table = rating(opened(company(tmp_path, {"sale_line": lines}))).frame.set_index("client_id")
    # before a: 0 %, b: 79 %, c: 79+10 = 89 %, d: 79+10+6 = 95 %
    assert table.abc.to_dict() == {"a": "A", "b": "A", "c": "B", "d": "C", "e": "C", "f": "C"}
    assert table.share["a"] == pytest.approx(79 / (79 + 10 + 6 + 5))
    assert table.cumulative_share["c"] == pytest.approx((79 + 10 + 6) / 100)
    assert table.share["f"] is None


ABC = {
    "exactly 80 and 95 %": ([80, 15, 5], "ABC"),  # before b: 80 of 100; before c: 80 + 15 = 95
    "a cent under both": (["79.99", 15, "5.01"], "AAB"),  # before b: 79.99; before c: 79.99 + 15 = 94.99
    "of cents": (["0.04", "0.01"], "AB"),  # before b: 4 of 5 cents, 80 %
    "equal amounts": ([40, 40, 20], "AAB"),  # before both: 0; before c: 40 + 40 = 80
}


@pytest.mark.on_spark
@pytest.mark.parametrize(("amounts", "classes"), ABC.values(), ids=list(ABC))
def test_abc_at_the_line(tmp_path, amounts, classes):
    lines = "client_id | sold_at | amount\n" + "\n".join(
        f"{client} | 2026-10-01 10:00:00 | {amount}" for client, amount in zip("abc", amounts, strict=False)
    )
    table = rating(opened(company(tmp_path, {"sale_line": lines}))).frame
    assert "".join(table.abc) == classes


@pytest.mark.on_spark
def test_rank_rounds_half_a_cent_away_from_zero_on_both_sides(tmp_path):
    lines = """
        client_id | sold_at             | amount
        a         | 2026-10-01 10:00:00 | 1.0050
        b         | 2026-10-01 10:00:00 | 1.0100
        c         | 2026-10-01 10:00:00 | -1.0049
        d         | 2026-10-01 10:00:00 | -1.0050
        e         | 2026-10-01 10:00:00 | -1.0100
    """
    found = ranks(opened(company(tmp_path, {"sale_line": lines})))
    # 1.005 is 1.01 as 1.01 is; −1.0049 is −1.00, −1.005 is −1.01
    assert [(rank, client) for rank, client, _ in found] == [(1, "b"), (1, "a"), (3, "c"), (4, "d"), (4, "e")]


@pytest.mark.on_spark
def test_a_state_that_nobody_mapped_is_an_error_and_a_mapped_one_is_counted(tmp_path):
    lines = """
        client_id | sold_at             | amount | state
        a         | 2026-10-01 10:00:00 | 10     | Paid
        a         | 2026-10-02 10:00:00 | 20     | Draft
        b         | 2026-10-03 10:00:00 | 40     | Void
    """
    tables = {"sale_line": lines}
    with pytest.raises(BadData, match=r"'Draft', 'Paid', 'Void'.*state_map"):
        opened(company(tmp_path, tables)).left_out  # noqa: B018
    states = {"Paid": "posted", "Draft": "draft", "Void": "cancelled"}
    sales = opened(company(tmp_path, tables, state_map=states))
    assert ranks(sales) == [(1, "a", D(10))]
    assert sales.left_out.values.tolist() == [["cancelled", 1, D(40)], ["draft", 1, D(20)]]


@pytest.mark.on_spark
def test_tips_and_gift_cards_do_not_count_and_positive_returns_are_signed_once(tmp_path):
    lines = """
        client_id | sold_at             | amount | kind
        a         | 2026-10-01 10:00:00 | 100    | sale
        a         | 2026-10-02 10:00:00 | 30     | return
        a         | 2026-10-02 10:00:00 | 5      | tip
        a         | 2026-10-02 10:00:00 | 50     | gift_card
    """
    sales = opened(company(tmp_path, {"sale_line": lines}, returns_are_positive=True))
    assert ranks(sales) == [(1, "a", D(100) - D(30))]
    assert sales.left_out.reason.tolist() == ["gift_card", "tip"]


@pytest.mark.on_spark
@pytest.mark.parametrize(
    ("includes", "tax", "expected"),
    [(True, "excluded", 120 - 20), (True, "included", 120), (False, "excluded", 120), (False, "included", 120 + 20)],
)
def test_tax_is_in_or_out_never_mixed(tmp_path, includes, tax, expected):
    lines = """
        client_id | sold_at             | amount | tax_amount
        a         | 2026-10-01 10:00:00 | 120    | 20
    """
    root = company(tmp_path, {"sale_line": lines}, amount_includes_tax=includes, tax=tax)
    assert ranks(opened(root)) == [(1, "a", D(expected))]


@pytest.mark.on_spark
def test_margin_counts_lines_with_a_cost_and_is_blank_under_80_percent(tmp_path):
    lines = """
        client_id | sold_at             | amount | cost_amount
        a         | 2026-10-01 10:00:00 | 100    | 60
        a         | 2026-10-02 10:00:00 | 50     |
        b         | 2026-10-02 10:00:00 | 80     | 0
    """
    root = company(tmp_path, {"sale_line": lines})
    table = rating(opened(root, rank_by="margin")).frame.set_index("client_id")
    assert table.index.tolist() == ["b", "a"]
    assert (table.margin["a"], table.margin["b"]) == (D(100) - D(60), D(80) - D(0))
    assert (table.cost_coverage["a"], table.margin_percent["a"], table.margin_percent["b"]) == (0.5, None, 1.0)


@pytest.mark.on_spark
def test_margin_is_told_from_exactly_80_percent_of_costs(tmp_path):
    head = "client_id | sold_at | amount | cost_amount"
    five = "\n".join(f"a | 2026-10-0{day} 10:00:00 | 10 | {cost}" for day, cost in enumerate([6, 6, 6, 6, ""], 1))
    four = "\n".join(f"b | 2026-10-0{day} 10:00:00 | 10 | {cost}" for day, cost in enumerate([6, 6, 6, ""], 1))
    both = opened(company(tmp_path / "both", {"sale_line": f"{head}\n{five}\n{four}"}))
    table = rating(both).frame.set_index("client_id")
    assert table.margin_percent.to_dict() == {"a": 4 * (10 - 6) / (4 * 10), "b": None}
    assert table.cost_coverage.to_dict() == {"a": 4 / 5, "b": 3 / 4}
    assert summary(both).margin_percent is None  # 7 of 9 lines
    alone = opened(company(tmp_path / "alone", {"sale_line": f"{head}\n{five}"}))
    assert summary(alone).margin_percent == pytest.approx(4 * (10 - 6) / (4 * 10))


@pytest.mark.on_spark
@pytest.mark.parametrize("kind", ["DECIMAL(18,2)", "DECIMAL(18,4)"])
def test_ranks_count_who_stands_above_whatever_the_places_of_the_amounts(tmp_path, kind):
    lines = """
        client_id | sold_at             | amount
        a         | 2026-10-01 10:00:00 | 7.10
        b         | 2026-10-01 10:00:00 | 7.10
        c         | 2026-10-01 10:00:00 | 7.11
        d         | 2026-10-01 10:00:00 | 0
        e         | 2026-10-01 10:00:00 | -3
        f         | 2026-10-01 10:00:00 | -3
        g         | 2026-10-01 10:00:00 | -4
    """
    sales = opened(company(tmp_path, {"sale_line": lines}, {"amount": kind}))
    assert [(rank, client) for rank, client, _ in ranks(sales)] == [
        (1, "c"), (2, "a"), (2, "b"), (4, "d"), (5, "e"), (5, "f"), (7, "g"),
    ]  # fmt: skip
    table = rating(sales).frame.set_index("client_id")
    whole = 7.10 + 7.10 + 7.11
    assert table.cumulative_share.astype(float).tolist() == pytest.approx([7.11 / whole, *[1] * 6])
    assert table.abc.tolist() == ["A", "A", "A", "C", "C", "C", "C"]


@pytest.mark.on_spark
@pytest.mark.parametrize("kind", ["DECIMAL(18,2)", "DECIMAL(18,4)"])
def test_ranks_by_margin_put_the_unknown_last(tmp_path, kind):
    lines = """
        client_id | sold_at             | amount | cost_amount
        a         | 2026-10-01 10:00:00 | 100    | 90
        b         | 2026-10-01 10:00:00 | 30     | 20
        c         | 2026-10-01 10:00:00 | 900    |
        d         | 2026-10-01 10:00:00 | 20     | 25
        e         | 2026-10-01 10:00:00 | 40     | 28
    """
    root = company(tmp_path, {"sale_line": lines}, {"amount": kind, "cost_amount": kind})
    found = rating(opened(root, rank_by="margin")).frame
    assert list(zip(found["rank"], found.client_id, found.margin, strict=True)) == [
        (1, "e", D(40) - D(28)), (2, "a", D(100) - D(90)), (2, "b", D(30) - D(20)), (4, "d", D(20) - D(25)),
        (5, "c", None),
    ]  # fmt: skip
    assert found.set_index("client_id").share["c"] == pytest.approx(900 / (100 + 30 + 900 + 20 + 40))


def test_rank_by_margin_without_costs_is_refused(tmp_path):
    with pytest.raises(BadParameter, match="cost_amount"):
        rating(opened(company(tmp_path, {"sale_line": LINES}), rank_by="margin"))


@pytest.mark.on_spark
def test_anonymous_clients_are_never_ranked(tmp_path):
    client = """
        client_id | client_name | is_anonymous
        ann       | Walk-in     | true
        cid       | Cid         | false
    """
    root = company(tmp_path, {"sale_line": LINES, "client": client}, anonymous_client_ids=["bob"])
    assert [c for _, c, _ in ranks(opened(root))] == ["cid"]


@pytest.mark.on_spark
@pytest.mark.parametrize("kind", ["BIGINT", "DOUBLE"])
def test_amounts_of_other_types_are_made_exact(tmp_path, kind):
    lines = """
        client_id | sold_at             | amount
        a         | 2026-10-01 10:00:00 | 3
        a         | 2026-10-01 10:00:00 | 4
    """
    assert ranks(opened(company(tmp_path, {"sale_line": lines}, {"amount": kind}))) == [(1, "a", D(3) + D(4))]


@pytest.mark.on_spark
def test_whole_number_ids_become_text(tmp_path):
    lines = """
        client_id | branch_id | sold_at             | amount
        10        | 1         | 2026-10-01 10:00:00 | 5
        9         | 1         | 2026-10-01 10:00:00 | 5
    """
    root = company(tmp_path, {"sale_line": lines}, {"client_id": "BIGINT", "branch_id": "INTEGER"})
    assert [c for _, c, _ in ranks(opened(root))] == ["10", "9"]


line = st.fixed_dictionaries({
    "client_id": st.sampled_from(["a", "b", "c", "d", ""]),
    "sold_at": st.dates(date(2026, 9, 20), date(2026, 11, 10)),
    "amount": st.decimals(-1000, 1000, places=2),
})  # fmt: skip


@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(line, min_size=1, max_size=30))
def test_the_referee_agrees_on_any_lines(tmp_path, lines):
    text = "client_id | sold_at | amount\n" + "\n".join(
        f"{r['client_id']} | {r['sold_at']} 10:00:00 | {r['amount']}" for r in lines
    )
    found = referee.between(rows(text), "2026-10-01", "2026-10-31")
    sales = opened(company(tmp_path, {"sale_line": text}))
    assert ranks(sales) == referee.rating(found)
    assert dict(zip(*rating(sales).frame[["client_id", "abc"]].T.values, strict=True) if found else []) == referee.abc(
        found
    )
