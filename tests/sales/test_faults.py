"""A clean company raises no alarm; one whose file is broken by a fault of exports is right by declared settings, or
told before publication: never another total in silence."""

import datetime as dt
import os
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal as D
from pathlib import Path
from random import Random

import pytest
from accounts import account
from company import company, opened
from hypothesis import given, settings
from hypothesis import strategies as st
from random_companies import Line, as_csv, lines_of, net

from helpers.errors import BadConfiguration, BadData
from helpers.findings import Finding
from helpers.sales import Sales
from helpers.sales.quality import findings
from helpers.source.demo import make_demo

SEEDS = range(0, 200, 1 if os.environ.get("CLIENT_RATING_SOAK") == "whole" else 40)
LAST = dt.datetime(2026, 10, 31, 23, 0)
OFFSET = dt.timezone(dt.timedelta(hours=-7))


def sales_of(root: Path, text: str, **answers) -> Sales:
    """October of a company whose only file is this text."""
    table = {"from": "s.csv"} | answers.pop("sale_line", {})
    root = company(root, {}, files="data", sale_line=table, timezone="UTC", **answers)
    (root / "data").mkdir(exist_ok=True)
    (root / "data" / "s.csv").write_text(text, "utf-8")
    return opened(root)


def noticed(sales: Sales) -> set[tuple[str, int]]:
    return {(finding.code, finding.count) for finding in findings(sales)}


def stops(sales: Sales) -> list[Finding]:
    return [finding for finding in findings(sales) if finding.kind.severity == "stop"]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_clean_company_raises_no_alarm(tmp_path, seed):
    lines = lines_of(seed)
    sales = sales_of(tmp_path, as_csv(lines))
    assert stops(sales) == []
    assert account(sales).get("counted", (0, D(0)))[1] == net(lines)


def test_the_demo_raises_no_alarm(tmp_path):
    make_demo(tmp_path / "data" / "demo", dt.date(2026, 11, 23), 2_000)
    (tmp_path / "notebooks").mkdir()
    demo = tmp_path / "params" / "acme" / "source.yaml"
    demo.parent.mkdir(parents=True)
    demo.write_text((Path(__file__).parents[2] / "params" / "demo" / "source.yaml").read_text("utf-8"), "utf-8")
    assert stops(opened(tmp_path)) == []


def october(lines: list[Line]) -> list[Line]:
    return [line for line in lines if (line.sold_at.year, line.sold_at.month) == (2026, 10)]


def total_row(name: str, lines: list[Line]) -> Line:
    """A row that a report ends with: the sum of others, without a document."""
    return Line("", 0, name, "", LAST, sum((line.amount for line in lines), D(0)), "", None)


def with_grand_total(lines: list[Line], r: Random) -> str:
    return as_csv([*lines, total_row("Grand Total", october(lines))])


def with_unnamed_total(lines: list[Line], r: Random) -> str:
    return as_csv([*lines, total_row("", october(lines))])


def with_subtotals(lines: list[Line], r: Random) -> str:
    clients = sorted({line.client_id for line in october(lines)} - {""})
    subtotals = [total_row(f"{c} Total", [x for x in october(lines) if x.client_id == c]) for c in clients]
    return as_csv([*lines, *subtotals])


def with_sums_of_branches(lines: list[Line], r: Random) -> str:
    """What each branch sold in October, without a word that says so."""
    branches = sorted({line.branch_id for line in october(lines)})
    sums = [replace(total_row("", [x for x in october(lines) if x.branch_id == b]), branch_id=b) for b in branches]
    return as_csv([*lines, *sums])


def with_a_minus(lines: list[Line], r: Random) -> str:
    return as_csv([replace(line, amount=-line.amount) for line in lines])


def with_positive_returns(lines: list[Line], r: Random) -> str:
    return as_csv([replace(x, amount=abs(x.amount), cost_amount=x.cost_amount and abs(x.cost_amount)) for x in lines])


def with_offsets(lines: list[Line], r: Random) -> str:
    text = as_csv(lines)
    for line in lines:
        there = line.sold_at.replace(tzinfo=dt.UTC).astimezone(OFFSET)
        text = text.replace(f",{line.sold_at},", f",{there:%Y-%m-%d %H:%M:%S %z},")
    return text


def spelt(client: str, r: Random) -> str:
    return client and r.choice([client, client.upper(), f"{client} ", f"\u200b{client}", f"\u00a0{client}"])


def with_spellings(lines: list[Line], r: Random) -> str:
    return as_csv([replace(line, client_id=spelt(line.client_id, r)) for line in lines])


Fault = Callable[[list[Line], Random], str]
NO_TOTALS = dict(sale_line={"skip": {"totals": "client_id LIKE '%Total' OR sale_id IS NULL"}})
FAULTS: dict[Fault, dict] = {
    with_grand_total: NO_TOTALS,
    with_unnamed_total: NO_TOTALS,
    with_subtotals: NO_TOTALS,
    with_sums_of_branches: NO_TOTALS,
    with_a_minus: dict(sale_line={"amount": "0 - amount"}),
    with_positive_returns: dict(returns_are_positive=True, cost_sign="as_amount"),
    with_offsets: dict(csv={"datetime_format": "%Y-%m-%d %H:%M:%S %z"}),
    with_spellings: dict(client_id_ignores=["blanks", "case"]),
}
"""What breaks a file → the settings by which it is right."""


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
@given(seed=st.integers(0, 10_000))
@settings(max_examples=2)
def test_a_fault_is_told_or_changes_nothing_and_settings_put_it_right(tmp_path_factory, fault, seed):
    lines, root = lines_of(seed), tmp_path_factory.mktemp("fault")
    broken, clean = fault(lines, Random(seed)), sales_of(root / "clean", as_csv(lines))
    right = net(lines)
    try:
        sales = sales_of(root / "broken", broken)
        told = noticed(sales) - noticed(clean)
        total = sum(sales.by_reason[sales.by_reason.reason.isna()].amount.dropna(), D(0))
    except (BadData, BadConfiguration):
        pass  # a refusal tells
    else:
        assert total == right or told
    put_right = sales_of(root / "right", broken, **FAULTS[fault])
    assert account(put_right).get("counted", (0, D(0)))[1] == right
    kinds = {finding.code for finding in stops(put_right)} | ({"client_spellings"} & {c for c, _ in noticed(put_right)})
    assert kinds == set()
