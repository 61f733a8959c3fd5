"""What counts as spent, and when: invoiced, paid, delivered or ordered; and what a client owes."""

from decimal import Decimal as D

import pytest
import referee
from company import company, opened, rows
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny import examples

from helpers.analysis.control_totals import control_totals
from helpers.analysis.cross_report import cross_report
from helpers.analysis.describe_source import describe_source
from helpers.analysis.outstanding import outstanding, total_outstanding
from helpers.analysis.rating import rating
from helpers.errors import BadConfiguration, BadData
from helpers.sales import frame

pytestmark = pytest.mark.every_engine

LINES = """
    sale_id | line_no | client_id | branch_id | sold_at             | amount | delivered_at        | ordered_at
    s1      | 1       | ann       | north     | 2026-09-10 10:00:00 | 100    | 2026-10-02 10:00:00 | 2026-08-01 10:00:00
    s1      | 2       | ann       | south     | 2026-09-10 10:00:00 | 50     | 2026-09-10 10:00:00 | 2026-08-01 10:00:00
    s2      | 1       | bob       | north     | 2026-10-02 10:00:00 | 70     |                     | 2026-10-01 10:00:00
    s3      | 1       | ann       | south     | 2026-10-05 10:00:00 | -20    | 2026-10-05 10:00:00 |
"""


def nets(sales) -> dict[str, D]:
    table = rating(sales).frame
    return dict(zip(table.client_id, table.net, strict=True)) if len(table) else {}


def whole(sales):
    """The cross report, its totals checked."""
    cross = cross_report(sales, 200)
    control_totals(sales)
    return cross


@pytest.mark.on_spark
def test_delivered_and_ordered_take_another_day_and_count_the_lines_without_one(tmp_path):
    root = company(tmp_path, {"sale_line": LINES})
    delivered = opened(root, basis="delivered")
    assert nets(delivered) == {"ann": D(100) - 20}
    assert delivered.left_out.values.tolist() == [["not delivered", 1, D(70)]]
    assert whole(delivered).corner == D(100) - 20
    ordered = opened(root, basis="ordered")
    assert nets(ordered) == {"bob": D(70)}
    assert ordered.left_out.values.tolist() == [["not ordered", 1, D(-20)]]
    assert nets(opened(root)) == {"bob": D(70), "ann": D(-20)}


def test_a_basis_is_the_sources_unless_a_report_asks_for_another(tmp_path):
    root = company(tmp_path, {"sale_line": LINES}, basis="ordered")
    assert nets(opened(root)) == {"bob": D(70)}
    assert nets(opened(root, basis="invoiced")) == {"bob": D(70), "ann": D(-20)}


@pytest.mark.parametrize(("basis", "missing"), [("delivered", "sale_line.delivered_at"), ("paid", "table payment")])
def test_a_basis_the_source_cannot_give_is_one_sentence(tmp_path, basis, missing):
    root = company(tmp_path, {"sale_line": "client_id | sold_at | amount\na | 2026-10-01 10:00:00 | 5"})
    with pytest.raises(BadConfiguration, match=missing):
        opened(root, basis=basis)


PAYMENT = """
    payment_id | client_id | paid_at             | amount
    p1         | ann       | 2026-10-03 10:00:00 | 100
    p2         | bob       | 2026-10-04 10:00:00 | 90
    p3         | ann       | 2026-10-06 10:00:00 | -20
    p4         | cid       | 2026-10-07 10:00:00 | 5
    p5         |           | 2026-10-08 10:00:00 | 3
    p6         | ann       | 2026-11-01 10:00:00 | 50
"""
ALLOCATION = """
    payment_id | sale_id | amount
    p1         | s1      | 100
    p2         | s2      | 70
    p3         | s3      | -20
    p4         | gone    | 5
    p6         | s1      | 50
"""
PAID = {"sale_line": LINES, "payment": PAYMENT, "payment_allocation": ALLOCATION}


@pytest.mark.on_spark
def test_paid_spreads_payments_over_the_lines_and_keeps_the_rest_apart(tmp_path):
    sales = opened(company(tmp_path, PAID), basis="paid")
    cross = whole(sales)
    # 100 of 150 over lines of 100 and 50: to the nearest cent 66.67, and the last line takes the rest
    assert cross.cells.loc["ann"].tolist() == [D("66.67"), D("33.33") - 20, D(0)]
    assert cross.cells.loc["bob"].tolist() == [D(70), D(0), D(90) - 70]
    assert cross.cells.loc["cid"].tolist() == [D(0), D(0), D(5)]
    assert cross.branches.kind.tolist() == ["branch", "branch", "unallocated"]
    assert cross.none.tolist() == [D(0), D(0), D(3)]
    assert cross.corner == D(100) + 90 - 20 + 5 + 3
    table = rating(sales).frame.set_index("client_id")
    assert (table.sales["ann"], table.returns["ann"]) == (D(100), D(-20))


def test_check_says_what_payments_raise(tmp_path):
    said = "\n".join(describe_source(opened(company(tmp_path, PAID))))
    assert "level 5      yes amounts paid, and what clients owe" in said
    without = "\n".join(describe_source(opened(company(tmp_path / "none", {"sale_line": LINES}))))
    assert "level 5      no  amounts paid, and what clients owe (map payment.amount)" in without


def test_payments_without_allocations_count_for_their_clients(tmp_path):
    sales = opened(company(tmp_path, {k: v for k, v in PAID.items() if k != "payment_allocation"}), basis="paid")
    assert nets(sales) == {"bob": D(90), "ann": D(100) - 20, "cid": D(5)}
    assert whole(sales).branches.kind.tolist() == ["unallocated"]


def test_a_payment_that_stands_twice_and_an_allocation_of_no_payment_are_errors(tmp_path):
    with pytest.raises(BadData, match="payment_id stands twice"):
        opened(company(tmp_path, PAID | {"payment": PAYMENT.rstrip() + "\np1 | ann | 2026-10-03 10:00:00 | 100"}),
               basis="paid")  # fmt: skip
    lost = PAID | {"payment_allocation": ALLOCATION.rstrip() + "\np9 | s1 | 7"}
    with pytest.raises(BadData, match="2 rows could not be read"):
        whole(opened(company(tmp_path / "lost", lost), basis="paid"))


def test_what_pays_drafts_tips_and_foreign_money_follows_the_documents(tmp_path):
    lines = """
        sale_id | client_id | sold_at             | amount | kind | state
        s1      | ann       | 2026-10-01 10:00:00 | 90     | sale | Booked
        s1      | ann       | 2026-10-01 10:00:00 | 10     | tip  | Booked
        s2      | ann       | 2026-10-01 10:00:00 | 40     | sale | Draft
    """
    payment = """
        payment_id | client_id | paid_at             | amount | currency
        p1         | ann       | 2026-10-02 10:00:00 | 50     | EUR
        p2         | ann       | 2026-10-03 10:00:00 | 40     | EUR
        p3         | bob       | 2026-10-04 10:00:00 | 10     | USD
    """
    allocation = """
        payment_id | sale_id | amount
        p1         | s1      | 50
        p2         | s2      | 40
    """
    rates = "currency | rate_date | rate\nUSD | 2026-10-04 | 0.5"
    tables = {"sale_line": lines, "payment": payment, "payment_allocation": allocation, "fx_rate": rates}
    sales = opened(company(tmp_path, tables, state_map={"Booked": "posted", "Draft": "draft"}), basis="paid")
    assert nets(sales) == {"ann": D(50) * 90 / 100, "bob": D(10) * D("0.5")}
    assert sales.left_out.values.tolist() == [["draft", 1, D(40)], ["tip", 1, D(50) * 10 / 100]]


def test_positive_returns_and_tax_are_as_the_document_asks(tmp_path):
    lines = """
        sale_id | line_no | client_id | branch_id | sold_at             | amount | tax_amount | kind
        s1      | 1       | ann       | north     | 2026-10-01 10:00:00 | 100    | 20         | sale
        s1      | 2       | ann       | south     | 2026-10-01 10:00:00 | 50     | 10         | return
    """
    payment = "payment_id | client_id | paid_at | amount\np1 | ann | 2026-10-02 10:00:00 | 30"
    allocation = "payment_id | sale_id | amount\np1 | s1 | 30"
    tables = {"sale_line": lines, "payment": payment, "payment_allocation": allocation}
    root = company(tmp_path, tables, returns_are_positive=True, amount_includes_tax=False)
    cross = whole(opened(root, basis="paid"))
    # the document asks 120 - 60 = 60; half of it is paid
    assert cross.cells.loc["ann"].tolist() == [D(120) / 2, D(-60) / 2]
    owed = frame(outstanding(opened(root)))
    assert owed.values.tolist() == [["ann", D(120) - 60, D(30), D(120) - 60 - 30]]


@pytest.mark.on_spark
def test_outstanding_is_what_documents_ask_less_what_was_paid(tmp_path):
    sales = opened(company(tmp_path, PAID))
    table = frame(outstanding(sales))
    # up to the end of October: ann was invoiced 100 + 50 - 20 and paid 100 - 20; bob 70 and 90
    assert table[["client_id", "outstanding"]].values.tolist() == [
        ["ann", D(100) + 50 - 20 - (D(100) - 20)], [None, D(0) - 3], ["cid", D(0) - 5], ["bob", D(70) - 90],
    ]  # fmt: skip
    assert total_outstanding(sales) == D(100) + 50 + 70 - 20 - (D(100) + 90 - 20 + 5 + 3)
    assert rating(sales).frame.set_index("client_id").outstanding.to_dict() == {"bob": D(-20), "ann": D(50)}
    assert total_outstanding(opened(company(tmp_path / "none", {"sale_line": LINES}))) is None


HALVES = {
    "half a cent": ("50", "0.01", ["0.01", 0]),  # 0.01 × 50 / 100 = 0.005: the nearest above
    "minus half a cent": ("50", "-0.01", [0, "-0.01"]),  # −0.005: again the one above
    "just under": ("49.99", "0.01", [0, "0.01"]),  # 0.01 × 49.99 / 100 = 0.004999
    "just over": ("50.01", "-0.01", ["-0.01", 0]),  # −0.005001
    "three halves": ("50", "0.03", ["0.02", "0.01"]),  # 0.015
    "minus three halves": ("50", "-0.03", ["-0.01", "-0.02"]),  # −0.015
}


@pytest.mark.on_spark
@pytest.mark.parametrize(("first", "paid", "parts"), HALVES.values(), ids=list(HALVES))
def test_half_a_cent_of_a_payment_goes_to_the_nearest_cent_above(tmp_path, first, paid, parts):
    lines = f"""
        sale_id | line_no | client_id | branch_id | sold_at             | amount
        s       | 1       | ann       | b1        | 2026-10-01 10:00:00 | {first}
        s       | 2       | ann       | b2        | 2026-10-01 10:00:00 | {100 - D(first)}
    """
    payment = f"payment_id | client_id | paid_at | amount\np1 | ann | 2026-10-02 10:00:00 | {paid}"
    allocation = f"payment_id | sale_id | amount\np1 | s | {paid}"
    tables = {"sale_line": lines, "payment": payment, "payment_allocation": allocation}
    found = frame(opened(company(tmp_path, tables), basis="paid").counted)
    given = dict(zip(found.branch_id, found.amount, strict=True))
    assert [given.get(branch, 0) for branch in ("b1", "b2")] == list(map(D, parts))


@pytest.mark.on_spark
def test_large_payments_are_spread_to_the_cent(tmp_path):
    lines = """
        sale_id | line_no | client_id | branch_id | sold_at             | amount
        s       | 1       | ann       | b1        | 2026-10-01 10:00:00 | 999999999999.9901
        s       | 2       | ann       | b2        | 2026-10-01 10:00:00 | 333333333333.3303
        s       | 3       | ann       | b3        | 2026-10-01 10:00:00 | -99999999999.0107
    """
    payment = "payment_id | client_id | paid_at | amount\np1 | ann | 2026-10-02 10:00:00 | 1100000000000.0707"
    allocation = "payment_id | sale_id | amount\np1 | s | 1100000000000.0707"
    tables = {"sale_line": lines, "payment": payment, "payment_allocation": allocation}
    found = frame(opened(company(tmp_path, tables), basis="paid").counted)
    expected = referee.parts(rows(lines), rows(payment), rows(allocation))
    assert dict(zip(found.branch_id, found.amount, strict=True)) == {b: a for b, a in expected.items() if a}


cents = st.integers(-30_000, 30_000).map(lambda n: D(n) / 100)


@settings(max_examples=examples(30))
@given(st.lists(cents, min_size=1, max_size=6), st.lists(cents, min_size=1, max_size=4))
def test_parts_add_up_to_what_is_allocated_whatever_the_document(tmp_path, amounts, given_amounts):
    head = "sale_id | line_no | client_id | branch_id | sold_at | amount\n"
    lines = head + "\n".join(f"s | {i} | a | b{i} | 2026-10-01 10:00:00 | {a}" for i, a in enumerate(amounts))
    payment = "payment_id | client_id | paid_at | amount\n" + "\n".join(
        f"p{i} | a | 2026-10-02 10:00:00 | {g}" for i, g in enumerate(given_amounts)
    )
    allocation = "payment_id | sale_id | amount\n" + "\n".join(f"p{i} | s | {g}" for i, g in enumerate(given_amounts))
    tables = {"sale_line": lines, "payment": payment, "payment_allocation": allocation}
    sales = opened(company(tmp_path, tables), basis="paid")
    found = frame(sales.counted.select("branch_id", "amount"))
    expected = referee.parts(rows(lines), rows(payment), rows(allocation))
    by_branch = {
        b: sum(a for k, a in zip(found.branch_id, found.amount, strict=True) if k == b) for b in found.branch_id
    }
    assert {b: a for b, a in by_branch.items() if a} == {b: a for b, a in expected.items() if a}
    assert sum(found.amount) == sum(given_amounts)


def test_who_ordered_and_got_no_invoice_yet_owes_nothing(tmp_path):
    """A rating by the order's date has clients whose first invoice comes after the period."""
    tables = {
        "sale_line": """
            client_id | ordered_at          | sold_at             | amount
            ann       | 2026-10-30 10:00:00 | 2026-11-02 10:00:00 | 40
            bob       | 2026-10-05 10:00:00 | 2026-10-31 23:59:59 | 7
        """,
        "payment": "payment_id | client_id | paid_at | amount\n1 | bob | 2026-10-31 10:00:00 | 2",
    }
    rows = rating(opened(company(tmp_path, tables, basis="ordered"), "2026-10")).frame
    assert dict(zip(rows.client_id, rows.outstanding, strict=True)) == {"ann": 0, "bob": 7 - 2}
