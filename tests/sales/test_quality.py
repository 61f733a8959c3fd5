"""What is noticed of the data: one list of findings, each with its count, amount and place, and what must be
answered."""

import datetime as dt
import json
from dataclasses import replace
from decimal import Decimal as D
from pathlib import Path

import pytest
import yaml
from company import company, opened
from small_export import answered

from helpers.analysis.control_totals import control_totals
from helpers.analysis.describe_source import describe_source
from helpers.analysis.left_out import left_out
from helpers.analysis.rating import rating
from helpers.errors import BadConfiguration, BadData
from helpers.findings import KINDS, Finding, english, to_type
from helpers.sales.pseudonyms import CODE_SECRET
from helpers.sales.quality import findings

LINES = """
    client_id | branch_id | sold_at             | amount | state  | kind     | currency
    ann       | n         | 2025-10-01 10:00:00 | 1      | posted | sale     | EUR
    ann       | n         | 2026-10-01 10:00:00 | 100    | posted | sale     | EUR
    ann       | n         | 2026-10-02 10:00:00 | 20     | draft  | sale     | EUR
    ann       | n         | 2026-10-02 10:00:00 | 7      | draft  | sale     | EUR
    ann       | n         | 2026-10-03 10:00:00 | 5      | posted | tip      | EUR
    bob       | s         | 2026-10-31 10:00:00 | 30     | posted | sale     | EUR
    bob       | s         | 2026-10-31 10:00:00 | 9      | posted | sale     | USD
              | s         | 2026-10-31 10:00:00 | 3      | posted | sale     | EUR
"""
CLIENT = """
    client_id | client_name
    ann       | Ann
"""


def found(root, **parameters) -> dict[str, Finding]:
    """Code → finding of the sales of October."""
    return {f.code: f for f in findings(opened(root, **parameters))}


def test_one_list_holds_what_was_left_out_and_what_was_noticed(tmp_path):
    root = company(tmp_path, {"sale_line": LINES, "client": CLIENT})
    made = found(root, currency="EUR")
    assert made == {
        "draft": Finding("draft", 2, D(20) + 7),
        "tip": Finding("tip", 1, D(5)),
        "other_currency": Finding("other_currency", 1, None, ("USD",)),
        "no_client": Finding("no_client", 1, D(3)),
        "orphan_clients": Finding("orphan_clients", 1),
    }


def test_the_block_of_what_was_left_out_is_a_part_of_the_list(tmp_path):
    sales = opened(company(tmp_path, {"sale_line": LINES}), currency="EUR")
    block = left_out(sales).frame
    assert block.values.tolist() == [["draft", 2, D(20) + 7], ["other_currency", 1, None], ["tip", 1, D(5)]]
    assert control_totals(sales).findings == findings(sales)


def test_the_gates_file_holds_the_list(tmp_path):
    checks = json.loads(control_totals(opened(company(tmp_path, {"sale_line": LINES}), currency="EUR")).to_json())
    assert [(f["code"], f["severity"], f["count"], f["amount"]) for f in checks["findings"][:-1]] == [
        ("no_client", "tell", 1, "3.0000"),
        ("draft", "left out", 2, "27.0000"),
        ("other_currency", "left out", 1, None),
    ]
    assert checks["unanswered"] == []
    assert checks["total"] == "133.0000"  # 100 + 30 + 3


def test_a_row_in_quarantine_is_a_finding_with_its_place(tmp_path):
    root = company(tmp_path, {"sale_line": "client_id | sold_at | amount\nann | 2026-10-01 10:00:00 | 1"}, tolerance=1)
    (root / "data" / "sales.csv").write_text(
        "client_id,sold_at,amount\nAnn Smith,2026-10-01,1\nAnn Smith,2026-10-02,x\n"
    )
    source = root / "params" / "acme" / "source.yaml"
    source.write_text(source.read_text() + "csv: {datetime_format: '%Y-%m-%d'}\n")
    source.write_text(source.read_text().replace("sale_line.parquet", "sales.csv"))
    row = found(root)["quarantined"]
    assert row.count == 1
    assert len(row.sample) == 1
    assert row.sample[0].startswith("sales.csv, line 3, amount: ")
    assert "Smith" not in row.sample[0]


def test_what_is_left_out_may_add_up_to_nothing(tmp_path):
    """Settings in pairs, 0: a sum of exactly 0 could not be written into checks.json."""
    lines = LINES.replace("| 7      | draft", "| -20    | draft")
    listed = json.loads(control_totals(opened(company(tmp_path, {"sale_line": lines}), currency="EUR")).to_json())
    assert {f["code"]: f["amount"] for f in listed["findings"]}["draft"] == f"{D(20) - 20:.4f}"


def test_every_kind_is_said_and_those_that_stop_say_how_they_are_settled():
    for code, kind in KINDS.items():
        for count in (1, 2):
            assert "{" not in english(Finding(code, count, D("1234.5"), ("Nice",)), "EUR"), code
        assert kind.severity != "stop" or kind.remedy, code
    assert english(Finding("draft", 1200, D("1234.5")), "EUR") == "Drafts (1,200, 1,234.50 EUR)"
    assert english(Finding("orphan_clients", 1), "EUR").startswith("1 client of the sales stands")
    assert english(Finding("orphan_clients", 2), "EUR").startswith("2 clients of the sales stand")


def test_check_says_every_finding_first_and_how_a_run_would_end(tmp_path):
    good = company(tmp_path / "good", {"sale_line": LINES, "client": CLIENT})
    said = list(describe_source(opened(good, currency="EUR")))
    assert said[2] == "note         1 line has no client; it counts in every total."
    assert "left out     Drafts (2, 27.00 EUR)" in said
    assert said.index("note         1 client of the sales stands in no list and is shown by its id.") < next(
        i for i, line in enumerate(said) if line.startswith("sale_line")
    )
    assert said[-1] == "a run        would end with exit code 0"
    bad = company(tmp_path / "bad", {"sale_line": LINES.replace("draft ", "Offer ")})
    lines, said = describe_source(opened(bad, currency="EUR")), []
    with pytest.raises(BadData, match="unmapped 'Offer'"):
        said.extend(line for line in lines if not said.append(line))
    assert said[-1] == "a run        would end with exit code 65, and so does this check"
    assert any(line.startswith("sale_line") for line in said)


COSTS = """
    client_id | sold_at             | amount | cost_amount
    anna      | 2025-03-01 10:00:00 | 1      |
    anna      | 2026-10-01 10:00:00 | 15000  | 12000
    anna      | 2026-10-05 10:00:00 | -1000  | 800
    ben       | 2026-10-05 10:00:00 | 1000   | 800
    ben       | 2026-10-06 10:00:00 | 10     | 0
"""
RETURNS = """
    client_id | sold_at             | amount | kind
    anna      | 2025-03-01 10:00:00 | 1      | sale
    anna      | 2026-10-01 10:00:00 | 400    | sale
    anna      | 2026-10-20 10:00:00 | 30     | return
    ben       | 2026-10-21 10:00:00 | 70     | sale
"""


def test_a_cost_of_another_sign_than_its_amount_stops_until_it_is_answered(tmp_path):
    root = company(tmp_path / "as it is", {"sale_line": COSTS})
    assert found(root) == {"cost_sign": Finding("cost_sign", 1, D(-1000))}
    with pytest.raises(BadData, match=r"Say in source\.yaml cost_sign: as_amount, or confirmed: {cost_sign: 1}\."):
        control_totals(opened(root))
    settled = opened(company(tmp_path / "settled", {"sale_line": COSTS}, cost_sign="as_amount"))
    assert control_totals(settled).findings == ()
    margins = rating(settled).frame.set_index("client_id").margin
    assert margins.to_dict() == {"anna": D(15000) - 12000 - 1000 + 800, "ben": D(1000) - 800 + 10}
    confirmed = opened(company(tmp_path / "confirmed", {"sale_line": COSTS}, confirmed={"cost_sign": 1}))
    assert control_totals(confirmed).total == D(15000) - 1000 + 1000 + 10


def test_one_row_more_than_was_confirmed_stops(tmp_path):
    more = COSTS + "    ben | 2026-10-07 10:00:00 | 5 | -1\n"
    with pytest.raises(BadData, match="2 lines have costs"):
        control_totals(opened(company(tmp_path, {"sale_line": more}, confirmed={"cost_sign": 1})))


def test_only_what_stops_can_be_confirmed(tmp_path):
    with pytest.raises(BadConfiguration, match=r"unknown finding 'cost_sing', did you mean 'cost_sign'\?"):
        opened(company(tmp_path, {"sale_line": COSTS}, confirmed={"cost_sing": 1}))


def test_returns_with_the_sign_of_sales_stop_until_they_are_answered(tmp_path):
    root = company(tmp_path / "as it is", {"sale_line": RETURNS})
    assert found(root)["returns_stored_positive"] == Finding("returns_stored_positive", 1, D(30))
    with pytest.raises(BadData, match="returns_are_positive: true"):
        control_totals(opened(root))
    settled = opened(company(tmp_path / "settled", {"sale_line": RETURNS}, returns_are_positive=True))
    assert control_totals(settled).total == D(400) - 30 + 70
    negative = RETURNS.replace("| 30 ", "| -30")
    turned = opened(company(tmp_path / "turned", {"sale_line": negative}, returns_are_positive=True))
    with pytest.raises(BadData, match="returns_are_positive: false"):
        control_totals(turned)


def test_half_of_the_returns_with_the_sign_of_sales_is_told_and_stops_nothing(tmp_path):
    half = RETURNS + "    ben | 2026-10-22 10:00:00 | -5 | return\n"
    made = control_totals(opened(company(tmp_path, {"sale_line": half})))
    assert [(f.code, f.count) for f in made.findings] == [("sign_violations", 1)]


TOTALS = """
    client_id   | sold_at             | amount
    Anna        | 2025-03-01 10:00:00 | 1
    Anna        | 2026-10-01 10:00:00 | 400
    Anna        | 2026-10-02 10:00:00 | 30
    Anna Total  | 2026-10-31 10:00:00 | 430
    Ben         | 2026-10-02 10:00:00 | 30
    Ben Total   | 2026-10-31 10:00:00 | 30
    Grand Total | 2026-10-31 10:00:00 | 460
"""


@pytest.mark.every_engine
@pytest.mark.on_spark
def test_rows_that_are_sums_of_others_stop_until_they_are_answered(tmp_path):
    root = company(tmp_path, {"sale_line": TOTALS})
    rule = "lower(client_id) LIKE '%total'"
    made = found(root)["totals_rows"]
    assert replace(made, settled_by="") == Finding("totals_rows", 3, D(430) + 30 + 460, (rule,))
    with pytest.raises(BadData, match="3 lines seem to be sums of others"):
        control_totals(opened(root))
    typed = yaml.safe_load(to_type(made).partition(", or confirmed")[0])
    assert control_totals(opened(answered(root, **typed))).total == D(400) + 30 + 30
    without = company(tmp_path / "w", {"sale_line": "\n".join(t for t in TOTALS.splitlines() if "Total" not in t)})
    assert control_totals(opened(without)).total == D(400) + 30 + 30
    confirmed = company(tmp_path / "c", {"sale_line": TOTALS}, confirmed={"totals_rows": 3})
    assert control_totals(opened(confirmed)).total == 2 * (D(430) + 30) + 460


def test_a_row_of_no_client_that_is_as_much_as_the_rest_is_a_sum(tmp_path):
    lines = (
        TOTALS.replace("Anna Total ", "Carl       ")
        .replace("Ben Total ", "Dora      ")
        .replace("Grand Total", " " * 11)
    )
    whole = lines.replace("460", str(400 + 30 + 430 + 30 + 30))
    made = Finding("totals_rows", 1, D(920), ("client_id IS NULL",))
    assert found(company(tmp_path / "whole", {"sale_line": whole}))["totals_rows"] == made
    less = lines.replace("460", "919")
    assert "totals_rows" not in found(company(tmp_path / "less", {"sale_line": less}))


REPEATED = "sale_id | client_id | sold_at | amount" + "".join(
    f"\n{n} | ann | 2026-10-{n:02d} 10:00:00 | {10 * (1 + n % 3)}.00" for n in range(1, 9) for _ in "ab"
)
TICKETS = REPEATED.replace("sale_id", "item_id | sale_id").replace("\n", "\nseat | ")
"""Eight documents of two lines, of three amounts; as an item of which one buys two, they are as they should be."""


@pytest.mark.parametrize(("lines", "settings", "advice"), [
    (REPEATED, {}, 'sale_line: {skip: {further lines: "row_number() OVER (PARTITION BY sale_id) > 1"}}, or confirmed: '
                   "{repeated_totals: 8}"),
    (REPEATED, {"sale_key": ["day", "sale_id"]},
     "sale_line: {amount: COLUMN}, by the column of a line's own amount, or confirmed: {repeated_totals: 8}"),
    (REPEATED.replace("30.00", "10.00"), {}, None),  # of two amounts
    (REPEATED.replace("\n8 | ann | 2026-10-08 10:00:00 | 30.00", "", 1), {}, None),  # of seven documents
    (TICKETS, {}, None),
])  # fmt: skip
def test_an_amount_that_each_line_of_a_document_repeats(tmp_path, lines, settings, advice):
    made = found(company(tmp_path, {"sale_line": lines}, **settings))
    assert (to_type(made["repeated_totals"]) if "repeated_totals" in made else None) == advice
    if advice:
        assert made["repeated_totals"].amount == sum(D(10 * (1 + n % 3)) for n in range(1, 9))


def test_a_client_whose_name_holds_the_word_is_no_sum(tmp_path):
    names = (
        TOTALS.replace("Anna Total ", "Total SA   ")
        .replace("Ben Total ", "Totalia   ")
        .replace("Grand Total", "Carl Total ")
    )
    assert "totals_rows" not in found(company(tmp_path, {"sale_line": names}))


def sold(branch: str, days: list[int]) -> str:
    """A line of a branch on each of these days, counted from the end of October 2026 backwards."""
    end = dt.date(2026, 10, 31)
    return "".join(f"\nann | {branch} | {end - dt.timedelta(days=back)} 10:00:00 | 1" for back in days)


DAILY = list(range(0, 40))
RHYTHMS = {
    "silent for as long as its longest pause": ([3, 4, 5, 6, 9, 10, 11], False),
    "silent for a day longer": ([4, 5, 6, 7, 10, 11, 12], True),
    "weekly, silent for a week": ([7, 14, 21, 28, 35, 42], False),
    "weekly, silent for eight days": ([8, 15, 22, 29, 36, 43], True),
    "of four pauses nothing is known": ([20, 21, 22, 23, 24], False),
    "five pauses": ([20, 21, 22, 23, 24, 25], True),
}


@pytest.mark.parametrize(("days", "is_late"), RHYTHMS.values(), ids=list(RHYTHMS))
def test_a_branch_is_late_by_its_own_rhythm(tmp_path, days, is_late):
    lines = "client_id | branch_id | sold_at | amount\nann | n | 2025-09-01 10:00:00 | 1"
    made = found(company(tmp_path, {"sale_line": lines + sold("n", DAILY) + sold("s", days)}))
    assert made == ({"late_branches": Finding("late_branches", 1, sample=("s",))} if is_late else {})


def test_the_totals_of_a_file_are_left_out_by_a_rule(tmp_path):
    root = company(tmp_path, {"sale_line": TOTALS}, csv={"datetime_format": "%Y-%m-%d"}, tolerance=0)
    (root / "data" / "sales.csv").write_text(
        "doc,date,client,shop,amount\n1,2026-10-01,Anna,North,400.00\n2,2026-10-02,Anna,North,30.00\n"
        ",2026-10-31,Anna Total,,430.00\n3,2026-10-02,Ben,North,30.00\n,2026-10-31,Ben Total,,30.00\n"
        ",2026-10-31,Grand Total,,460.00\n"
    )
    columns = {"sale_id": "doc", "client_id": "client", "branch_id": "shop", "sold_at": "date"}
    source = root / "params" / "acme" / "source.yaml"
    settings = yaml.safe_load(source.read_text()) | {"sale_line": {"from": "sales.csv"} | columns}
    source.write_text(yaml.safe_dump(settings))
    with pytest.raises(BadData, match="3 lines seem to be sums of others"):
        control_totals(opened(root))
    settings["sale_line"]["skip"] = {"totals": advised(root, "totals_rows")}
    source.write_text(yaml.safe_dump(settings))
    sales = opened(root)
    assert control_totals(sales).total == D(400) + 30 + 30
    (skipped,) = (each for each in findings(sales) if each.code == "skipped")
    assert skipped == Finding("skipped", 3, D(430) + 30 + 460, ("totals",))
    assert rating(sales).frame.client_id.tolist() == ["Anna", "Ben"]


def advised(root: Path, code: str) -> str:
    """The condition that a finding proposes."""
    (rule,) = found(root)[code].sample
    return rule


BY_MONTH = """
    sale_id | client_id      | branch_id | sold_at             | amount
    1       | Anna           | n         | 2026-09-01 10:00:00 | 400
    2       | Total Recall   | s         | 2026-09-02 10:00:00 | 30
            | September 2026 |           | 2026-09-30 10:00:00 | 430
    3       | Anna           | n         | 2026-10-01 10:00:00 | 20
    4       | Ben            | s         | 2026-10-02 10:00:00 | 5
    5       | Ben            | s         | 2026-10-03 10:00:00 | 5
            | October 2026   |           | 2026-10-31 10:00:00 | 30
"""
BY_BRANCH = BY_MONTH.replace("September 2026 |         ", "               | n Total ").replace(
    "October 2026   |         ", "               | s Total "
)
BESIDE = """
    sale_id | client_id    | branch_id | sold_at             | amount
    1       | Big Total    | n         | 2026-10-01 10:00:00 | 400
            | Anna         | n         | 2026-10-02 10:00:00 | 30
            | Anna Total   | n         | 2026-10-31 10:00:00 | 30
"""
SUMS = {
    "of months": (BY_MONTH, 2, "sale_id IS NULL"),
    "of months and of all": (BY_MONTH + "     |       |       | 2026-10-31 10:00:00 | 460", 3, "sale_id IS NULL"),
    "of branches": (BY_BRANCH, 2, "sale_id IS NULL"),
    "beside sales of no number": (BESIDE, 1, "sale_id IS NULL AND lower(client_id) LIKE '%total'"),
}


@pytest.mark.parametrize(("lines", "count", "rule"), SUMS.values(), ids=list(SUMS))
def test_sums_of_groups_are_told_with_the_rule_that_leaves_them_out(tmp_path, lines, count, rule):
    sales = opened(company(tmp_path, {"sale_line": lines}), period="2026")
    (made,) = (each for each in findings(sales) if each.code == "totals_rows")
    assert (made.count, made.sample) == (count, (rule,))


NUMBERED = """
    sale_id | client_id | branch_id | sold_at             | amount
    1       | Anna      | n         | 2026-10-01 10:00:00 | 400
    2       | Ben       | n         | 2026-10-02 10:00:00 | 30
    3       |           | n         | 2026-10-02 10:00:00 | 430
"""
FEW = """
    client_id | branch_id | sold_at             | amount
    {} | 2026-10-01 10:00:00 | {}
    {} | 2026-10-02 10:00:00 | {}
    {} | 2026-10-03 10:00:00 | {}
"""
OTHER_TOTALS = {
    "a document's number tells a sale": (NUMBERED, 0),
    "no number and no client": (NUMBERED.replace("3       |           | n", "        |           | n"), 1),
    "no number and no branch": (NUMBERED.replace("3       |           | n", "        | Carl      |  "), 1),
    "called so in place of a number": (NUMBERED.replace("3       |           | n", "TOTAL   |           |  "), 1),
    "a sign in place of a number": (NUMBERED.replace("3       |           | n", "Σ       |           |  "), 1),
    "called so as a branch": (NUMBERED.replace("3       |           | n", "        | Carl      | Total"), 1),
    "a number like the word, and a client": (NUMBERED.replace("3       |           | n", "TOTAL   | Carl      | n"), 0),
    "two equal clients": (FEW.format("a | n", 5, "b | n", 5, "c | n", 7), 0),
    "one client a branch": (FEW.format("a | x", 5, "b | y", 5, "c | z", 10), 0),
    "few rows without numbers": (FEW.format("a | x", 5, "b | y", 5, " | ", 10), 0),
}  # fmt: skip


@pytest.mark.every_engine
@pytest.mark.parametrize(("lines", "count"), OTHER_TOTALS.values(), ids=list(OTHER_TOTALS))
def test_what_tells_a_sum_from_a_sale(tmp_path, lines, count):
    made = found(company(tmp_path, {"sale_line": lines}))
    assert (made["totals_rows"].count if "totals_rows" in made else 0) == count


def test_codes_hide_no_sums(tmp_path, monkeypatch):
    monkeypatch.setenv(CODE_SECRET, "a secret of the test")
    made = found(company(tmp_path, {"sale_line": TOTALS}), names="code")
    assert made["totals_rows"] == Finding("totals_rows", 3, D(430) + 30 + 460, ("lower(client_id) LIKE '%total'",))


def test_a_price_list_that_no_list_knows_is_told(tmp_path):
    client = "client_id | price_list_id\nann | vip\nbob | gone"
    lists = "price_list_id | price_list_name\nvip | VIP"
    root = company(tmp_path, {"sale_line": LINES, "client": client, "price_list": lists})
    assert found(root, currency="EUR")["orphan_price_lists"] == Finding("orphan_price_lists", 1)
