"""Every figure that a page prints has a query of its own in figures.sql; one that differs from it stops the page."""

import dataclasses
import random
from dataclasses import replace
from decimal import Decimal as D

import pytest
import referee
from company import company, opened, rows

from helpers.analysis.actions import actions
from helpers.analysis.change import change
from helpers.analysis.concentration import concentration
from helpers.analysis.control_totals import assert_answers_agree, control_totals, figures_of
from helpers.analysis.discounts import discounts
from helpers.analysis.highlights import highlights
from helpers.analysis.movement import movement
from helpers.analysis.points import bonus_points
from helpers.analysis.printed_figures import printed_figures, queries
from helpers.analysis.summary import summary
from helpers.analysis.trend import trend
from helpers.errors import BadData
from helpers.sales import Result

NOW, BEFORE = ("2026-10-01", "2026-10-31"), ("2026-09-01", "2026-09-30")
QUESTIONS = [highlights, summary, change, movement, trend, actions, concentration, discounts, bonus_points]
TABLES = {
    "client": "client_id | client_name\nc0 | Ann\nc1 | Bob",
    "price_list": "price_list_id | price_list_name | is_base\nbase | Base | true\nsen | Seniors | false",
    "bonus_entry": """
        client_id | entry_at            | kind     | points
        c1        | 2026-08-05 10:00:00 | accrued  | 500
        c1        | 2026-10-05 10:00:00 | accrued  | 70.5
        c1        | 2026-10-31 23:59:59 | redeemed | -20
        c2        | 2026-10-08 10:00:00 | expired  | -100
        c2        | 2026-09-08 10:00:00 | accrued  | 130
        c2        | 2026-11-01 00:00:00 | accrued  | 9
    """,
}
HELD_ELSEWHERE = {
    ("Summary", "points_value"): "points times the worth of a point",
    ("Summary", "discount_percent"): "list_discount by base",
    ("Summary", "margin_percent"): "margin by the net of the lines with a cost",
    ("Summary", "cost_coverage"): "a part of the lines",
    ("Summary", "outstanding"): "held by outstanding itself, against lines and payments",
    ("Change", "difference"): "total less total_before, each as shown",
    ("Movement", "history_months"): "a length of time",
    ("Actions", "rows"): "how many a page shows",
    ("Actions", "branches"): "whether a page names them",
    ("Actions", "sleeping_after"): "of source.yaml",
    ("Discounts", "percent"): "list_discount by base",
    ("Discounts", "coverage"): "a part of the lines",
    ("Discounts", "off_list_lines"): "the sum of its table",
    ("BonusPoints", "point_value"): "of source.yaml",
    ("BonusPoints", "liability"): "points_closing times the worth of a point",
    ("Highlights", "difference"): "that of Change",
}


def a_line(r: random.Random, number: int) -> str:
    """A line of one of twelve clients, of nobody at times, of one of three branches, given back at times."""
    month = r.choice(["2026-10", "2026-10", "2026-09", "2026-09", "2026-08", f"2025-{r.randrange(1, 13):02d}"])
    client = r.choice(["", *(f"c{n}" for n in range(12))])
    base, listed = D(r.choice([5, 10, 10, 25])), r.choice(["base", "sen", ""])
    paid = base * D("0.9") if listed == "sen" else base
    sign = r.choice([1, 1, 1, 1, -1])
    sold_at = f"{month}-{r.randrange(1, 29):02d} {r.randrange(24):02d}:00:00"
    cells = [client, r.choice("nsw"), sold_at, f"s{number // 2}", r.choice(["tea", "ink", ""]), sign * r.choice([1, 2])]
    return " | ".join(map(str, [*cells, sign * paid, sign * base, sign * paid / 2, listed]))


def made_up(seed: int) -> dict[str, str]:
    """A company of 300 lines with all that the figures need."""
    r = random.Random(seed)
    head = "client_id | branch_id | sold_at | sale_id | item_id | quantity | amount | base_amount | cost_amount"
    lines = [f"{head} | price_list_id", *(a_line(r, n) for n in range(300))]
    return TABLES | {"sale_line": "\n".join(lines)}


def asked(root, **parameters):
    """Sales of which every question was asked."""
    sales = opened(root, **parameters)
    for question in QUESTIONS:
        question(sales)
    return sales


@pytest.mark.every_engine
@pytest.mark.on_spark
def test_every_figure_agrees_with_its_query_and_the_referee(tmp_path):
    tables = made_up(1)
    sales = asked(company(tmp_path, tables))
    assert_answers_agree(sales, control_totals(sales))
    figures, lines = printed_figures(sales), rows(tables["sale_line"])
    now, before = (referee.between(lines, *days) for days in (NOW, BEFORE))
    assert (figures["net"], figures["net_before"]) == (referee.net(now), referee.net(before))
    assert figures["list_discount"] == sum(
        D(r["base_amount"]) - D(r["amount"]) for r in now if r["price_list_id"] == "sen"
    )
    assert figures["margin"] == sum(D(r["amount"]) - D(r["cost_amount"]) for r in now)
    assert figures["sales_count"] == len({r["sale_id"] for r in now if D(r["amount"]) > 0})
    assert (figures["points_opening"], figures["points_closing"]) == (500 + 130, D("500") + 130 + D("70.5") - 20 - 100)
    for group, (clients, old, new) in referee.movement_groups(lines, NOW, BEFORE).items():
        shown = [figures[f"group_{what} {group}"] for what in ("clients", "net_before", "net")]
        assert shown == [clients, old, new]


@pytest.fixture(scope="module")
def sales(tmp_path_factory):
    """One company for all tests that change nothing of it."""
    return asked(company(tmp_path_factory.mktemp("company"), made_up(1)))


def test_nothing_that_is_asked_here_is_untold(sales):
    """A figure that is None would be held by nothing."""
    figures = printed_figures(sales)
    assert [name for name, value in figures.items() if value is None] == []


def test_every_number_of_an_answer_has_a_query(sales):
    texts = " ".join(text for _, _, text in queries())
    answers = [answer for answer in sales.answers.values() if isinstance(answer, Result) and answer.figures]
    assert {type(a).__name__ for a in answers} > {"Summary", "Change", "Movement", "Trend", "Actions", "Highlights"}
    for answer in answers:
        assert [name for name in answer.figures if f" AS {name.partition(' ')[0]}" not in texts] == []
        kind, printed = type(answer).__name__, set(answer.figures.values())
        numbers = {f.name: getattr(answer, f.name) for f in dataclasses.fields(answer)}
        numbers = {n: v for n, v in numbers.items() if isinstance(v, int | float | D) and not isinstance(v, bool)}
        assert [n for n, v in numbers.items() if v not in printed and (kind, n) not in HELD_ELSEWHERE] == []


WRONG = {
    "one client more": (summary, dict(clients=99)),
    "a cent more before": (change, dict(total_before=D("0.01"))),
    "the groups changed": (movement, dict(newly_best=9)),
    "one more makes half": (concentration, dict(half=9)),
    "a lost month": (trend, dict(year=D(1))),
    "more at stake": (actions, dict(stake=D("123456.00"))),
    "a cent less given": (discounts, dict(list_discount=D("0.01"))),
    "points": (bonus_points, dict(closing=D(1))),
    "the finding": (highlights, dict(net=D(1))),
}


@pytest.mark.parametrize(("question", "wrong"), WRONG.values(), ids=list(WRONG))
def test_a_figure_that_differs_from_its_query_stops_the_page(sales, monkeypatch, question, wrong):
    totals = control_totals(sales)
    monkeypatch.setitem(sales.answers, "wrong", replace(question(sales), **wrong))
    with pytest.raises(BadData, match="by a query of its own"):
        assert_answers_agree(sales, totals)


@pytest.mark.parametrize("parameters", [dict(comparison="last year"), dict(today="2026-10-15", comparison="none"),
                                        dict(period="2026-09-29..2026-10-02")])  # fmt: skip
def test_other_periods_agree_too(tmp_path, parameters):
    root = company(tmp_path, made_up(2), timezone="America/New_York", times_are_in="UTC", day_start="04:00")
    sales = asked(root, **parameters)
    assert_answers_agree(sales, control_totals(sales))
    assert figures_of(sales)["net"] == control_totals(sales).total
