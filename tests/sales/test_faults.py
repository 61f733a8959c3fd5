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

IS_WHOLE = os.environ.get("CLIENT_RATING_SOAK") == "whole"
SEEDS = range(0, 200, 1 if IS_WHOLE else 40)
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


def with_repeated_totals(lines: list[Line], r: Random) -> str:
    """Each line of a document says what the whole document came to."""
    return as_csv([replace(line, amount=whole_of(line, lines)) for line in lines])


def whole_of(line: Line, lines: list[Line]) -> D:
    return sum((x.amount for x in lines if x.sale_id == line.sale_id), D(0))


def with_every_row_twice(lines: list[Line], r: Random) -> str:
    return as_csv([*lines, *lines])


def with_a_header_on_each_page(lines: list[Line], r: Random) -> str:
    header, *rows = as_csv(lines).split("\n")
    return "\n".join(
        [header, *(text for at, row in enumerate(rows) for text in ([header, row] if at % 7 == 3 else [row]))]
    )


def with_words_below(lines: list[Line], r: Random) -> str:
    return as_csv(lines) + "\nPrinted on 2 November 2026 by the shop\n"


def with_marks(lines: list[Line], r: Random) -> str:
    """Amounts as a book-keeper's report shows them: (1,234.50) and €12.00."""
    return with_amounts(lines, lambda amount: f"({-amount:,.2f})" if amount < 0 else f"€{amount:,.2f}")


def with_commas(lines: list[Line], r: Random) -> str:
    return with_amounts(lines, lambda amount: f"{amount:,.2f}".translate({ord(","): ".", ord("."): ","}))


def with_the_minus_behind(lines: list[Line], r: Random) -> str:
    return with_amounts(lines, lambda amount: f"{-amount}-" if amount < 0 else f"{amount}")


def with_amounts(lines: list[Line], written: Callable[[D], str]) -> str:
    """The lines with amounts written in some way, between quotes; costs are left out."""
    header, *rows = as_csv([replace(line, cost_amount=None) for line in lines]).split("\n")
    cells = [row.split(",") for row in rows]
    return "\n".join([header, *(",".join([*row[:5], f'"{written(D(row[5]))}"', *row[6:]]) for row in cells)])


def with_days_first(lines: list[Line], r: Random) -> str:
    text = as_csv(lines)
    for line in lines:
        text = text.replace(f",{line.sold_at},", f",{line.sold_at:%d/%m/%Y %H:%M},")
    return text


def with_months_first(lines: list[Line], r: Random) -> str:
    text = as_csv(lines)
    for line in lines:
        text = text.replace(f",{line.sold_at},", f",{line.sold_at:%m/%d/%Y %H:%M},")
    return text


def with_cancelled_and_reversed(lines: list[Line], r: Random) -> str:
    """A document written by mistake is cancelled, and one of its own gives back what it took."""
    mistake = [line for line in lines if line.sale_id == lines[0].sale_id]
    cancelled = [replace(line, sale_id="wrong") for line in mistake]
    reversal = [replace(line, sale_id="back", amount=-line.amount, cost_amount=line.cost_amount and -line.cost_amount)
                for line in mistake]  # fmt: skip
    header, *rows = as_csv([*lines, *cancelled, *reversal]).split("\n")
    ends = {"wrong": "cancelled,", "back": "posted,wrong"}
    return "\n".join(
        [f"{header},state,original_sale_id", *(f"{row},{ends.get(row.split(',')[0], 'posted,')}" for row in rows)]
    )


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
    with_repeated_totals: dict(sale_line={"skip": {"again": "row_number() OVER (PARTITION BY sale_id) > 1"}}),
    with_every_row_twice: dict(sale_line={"skip": {"again": "row_number() OVER (PARTITION BY sale_id, line_no) > 1"}}),
    with_a_header_on_each_page: {},
    with_words_below: dict(tolerance=1),
    with_marks: dict(csv={"thousands": ","}),
    with_commas: dict(csv={"thousands": ".", "decimal": ","}),
    with_the_minus_behind: {},
    with_days_first: dict(csv={"datetime_format": "%d/%m/%Y %H:%M"}),
    with_months_first: dict(csv={"datetime_format": "%m/%d/%Y %H:%M"}),
    with_cancelled_and_reversed: {},
}
"""What breaks a file → the settings by which it is right."""
SEEN_IN: dict[Fault, dict] = {with_repeated_totals: dict(fewest=40, begin=dt.datetime(2026, 10, 1), days=31)}
"""What only many documents of a period show."""


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
@given(seed=st.integers(0, 10_000))
@settings(max_examples=20 if IS_WHOLE else 2)
def test_a_fault_is_told_or_changes_nothing_and_settings_put_it_right(tmp_path_factory, fault, seed):
    lines, root = lines_of(seed, **SEEN_IN.get(fault, {})), tmp_path_factory.mktemp("fault")
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
