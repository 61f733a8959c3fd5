"""What is noticed of the data: one list of findings, each with its count, amount and place, and what must be
answered."""

import json
from decimal import Decimal as D

import pytest
from company import company, opened

from helpers.analysis.control_totals import control_totals
from helpers.analysis.describe_source import describe_source
from helpers.analysis.left_out import left_out
from helpers.errors import BadData
from helpers.findings import KINDS, Finding, english
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
        "late_branches": Finding("late_branches", 1, sample=("n",)),
    }


def test_the_block_of_what_was_left_out_is_a_part_of_the_list(tmp_path):
    sales = opened(company(tmp_path, {"sale_line": LINES}), currency="EUR")
    block = left_out(sales).frame
    assert block.values.tolist() == [["draft", 2, D(20) + 7], ["other_currency", 1, None], ["tip", 1, D(5)]]
    assert control_totals(sales).findings == findings(sales)


def test_the_gates_file_holds_the_list(tmp_path):
    checks = json.loads(control_totals(opened(company(tmp_path, {"sale_line": LINES}), currency="EUR")).to_json())
    assert [(f["code"], f["severity"], f["count"], f["amount"]) for f in checks["findings"][:2]] == [
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
    assert said[2] == "left out     Drafts (2, 27.00 EUR)"
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
