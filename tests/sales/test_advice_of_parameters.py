"""What a refusal of a report's parameter or of an analyst's question says to type is typed, letter by letter, and leads
to the figure."""

import re
from collections.abc import Callable
from decimal import Decimal as D

import pytest
import yaml
from advice import GOOD, RIGHT, counted, meant, part, total
from company import opened
from small_export import HEADER, answered, export

from helpers.analysis.cross_report import cell_lines
from helpers.analysis.rating import rating
from helpers.errors import BadParameter, ReportError
from helpers.period import FORMS
from helpers.sales import Sales, frame
from helpers.sales.pseudonyms import CODE_SECRET

SHOPS = f"{HEADER}\n1,2026-03-01,Anna,North,400.00\n2,2026-03-02,Ben,South,30.00\n3,2026-03-03,Ben,East; far,5.00"
Typed = Callable[[str], dict]
PARAMETERS: dict[str, tuple[dict, Typed, D]] = {
    "a name of before": ({"few": 3}, lambda s: {part("is called '(.*)' now", s): 3}, RIGHT + 5),
    "a misspelt name": ({"tpo": 3}, lambda s: {meant(s): 3}, RIGHT + 5),
    "a misspelt choice": ({"names": "initial"}, lambda s: {"names": meant(s)}, RIGHT + 5),
    "too few": ({"top": 0}, lambda s: {"top": int(part(r"equal to (\d+)", s))}, RIGHT + 5),
    "too many": ({"top": 5000}, lambda s: {"top": int(part(r"equal to (\d+)", s))}, RIGHT + 5),
    "a currency in small letters": ({"currency": "eur"}, lambda s: {"currency": part(r"as (\w+)$", s)}, RIGHT + 5),
    "a currency of no column": ({"currency": "USD"}, lambda s: {"currency": part(r"are in (\w+)$", s)}, RIGHT + 5),
    "a misspelt branch": ({"only_branches": "Nort"}, lambda s: {"only_branches": meant(s)}, D(400)),
    "branches with a comma": (
        {"only_branches": "North, South"}, lambda s: {"only_branches": part("semicolons: (.*), in a", s)}, RIGHT,
    ),
    "an unknown comparison": ({"comparison": "last yr"}, lambda s: {"comparison": meant(s)}, RIGHT + 5),
    "days the wrong way round": (
        {"period": "2026-03-31..2026-03-01"},
        lambda s: {"period": "..".join(reversed(re.findall(r"\d{4}-\d\d-\d\d", s)))},
        RIGHT + 5,
    ),
    "a month by its name": ({"period": "march"}, lambda s: {"period": part("([0-9]{4})-09,", s) + "-03"}, RIGHT + 5),
    "a day of no calendar": (
        {"period": "2026-03-01..2026-03-32"}, lambda _: {"period": "2026-03-01..2026-03-31"}, RIGHT + 5,
    ),
    "a day of the run in another form": ({"today": "1.6.2026"}, lambda s: {"today": written(s, 2026, 6, 1)}, RIGHT + 5),
    "a day of the run of another age": ({"today": "0026-06-01"}, lambda s: {"today": "2026-06-01"}, RIGHT + 5),
    "a secret": ({"password": "hunter2"}, lambda s: {} if "environment" in s else {"password": "hunter2"}, RIGHT + 5),
}  # fmt: skip
"""What is the matter → the parameter, what the sentence has one type, the amount that is right."""


def written(said: str, year: int, month: int, day: int) -> str:
    """A day in the form that a sentence tells."""
    form = part("must be (YYYY-MM-DD)", said)
    return form.replace("YYYY", f"{year}").replace("MM", f"{month:02}").replace("DD", f"{day:02}")


@pytest.mark.parametrize(("given", "typed", "right"), PARAMETERS.values(), ids=list(PARAMETERS))
def test_what_is_typed_as_a_parameter_leads_to_the_figure(tmp_path, given, typed, right):
    root, usual = export(tmp_path, SHOPS), {"period": "2026-03", "today": "2026-06-01"}
    with pytest.raises(BadParameter) as refused:
        total(opened(root, **usual | given))
    assert total(opened(root, **usual | typed(str(refused.value)))) == right


def test_every_form_of_a_period_that_is_named_is_one(tmp_path):
    root, today = export(tmp_path, GOOD), "2026-12-31"
    plain, words = FORMS.split(", FROM..TO, ")
    first, *units, last, of_last, to_date = re.fullmatch(
        r"(last) or this (week), (month), (quarter) or (year), (last) N (.*), or (week.*) to date", words
    ).groups()
    named = [*plain.split(", "), "2026-03-01..2026-03-31"]
    named += [f"{word} {unit}" for word in (first, "this") for unit in units]
    named += [f"{last} 2 {unit}" for unit in re.split(", | or ", of_last)]
    named += [f"{unit} to date" for unit in re.split(", | or ", to_date)]
    assert len(named) == 5 + 1 + 2 * 4 + 5 + 4
    for period in named:
        assert opened(root, period, today).period.days >= 1


def test_a_secret_for_codes_is_as_long_as_is_told(tmp_path, monkeypatch):
    root = export(tmp_path, GOOD)
    monkeypatch.setenv(CODE_SECRET, "short")
    with pytest.raises(ReportError) as refused:
        counted(root, names="code")
    length, variable = re.search(r"of (\d+) characters or more in (\w+)$", str(refused.value)).groups()
    monkeypatch.setenv(variable, "x" * int(length))
    assert counted(root, names="code") == RIGHT


def test_a_branch_whose_id_holds_a_semicolon_is_mapped_without_one(tmp_path):
    root = export(tmp_path, SHOPS)
    with pytest.raises(BadParameter) as refused:
        opened(root, "2026-03", "2026-06-01").only(branch=["East; far"])
    mapping = part(r"as in (replace\(.*\))$", str(refused.value)).replace("COLUMN", "shop")
    sales = opened(answered(root, sale_line={"branch_id": mapping}), "2026-03", "2026-06-01")
    assert total(sales.only(branch=["East, far"])) == 5


CLIENTS = "client,name,list\n1,Bob,VIP\n2,Bob,\n3,Zoe,"
BRANCHES = "shop,called\nNorth,North\nSouth,South\nE1,Harbour\nE2,Harbour"
BOBS = f"""{HEADER}
1,2026-03-01,1,North,400.00
2,2026-03-02,2,South,30.00
3,2026-03-03,3,South,5.00
4,2026-03-04,3,E1,2.00"""
WHOLE = RIGHT + 5 + 2
Question, Answer = Callable[[Sales], object], Callable[[Sales, str], D]
ASKED: dict[str, tuple[Question, Answer, D]] = {
    "a misspelt client": (lambda s: s.lines("Zo"), lambda s, said: s.lines(meant(said)).amount.sum(), D(5) + 2),
    "a name of two": (
        lambda s: s.lines("Bob"),
        lambda s, said: s.lines(part("an id: (.*?),", said)).amount.sum(), D(400),
    ),
    "a row of the cross report": (
        lambda s: s.lines("total"),
        lambda s, said: cell_lines(s, part(r"cell_lines\(sales, '(.*)'\)$", said)).amount.sum(), WHOLE,
    ),
    "a misspelt branch": (
        lambda s: s.lines(branch="Sout"), lambda s, said: s.lines(branch=meant(said)).amount.sum(), D(30) + 5,
    ),
    "a name of two branches": (
        lambda s: s.lines(branch="Harbour"),
        lambda s, said: s.lines(branch=part("an id: (.*?),", said)).amount.sum(), D(2),
    ),
    "a misspelt price list": (
        lambda s: s.only(price_list="VPI"), lambda s, said: total(s.only(price_list=meant(said))), D(400),
    ),
    "a company in place of its sales": (
        lambda s: rating("acme"),
        lambda s, said: rating({"sales": s}[part(r"argument is (\w+)", said)]).frame.net.sum(), WHOLE,
    ),
    "branches where one is meant": (
        lambda s: s.lines(branch="North, South"),
        lambda s, said: s.lines(branch=part("allowed: (.*?),", said)).amount.sum(), D(400),
    ),
    "branches in one text": (
        lambda s: s.only(branch="North, South"),
        lambda s, said: total(s.only(branch=yaml.safe_load(part("a list: (.*)$", said)))), RIGHT + 5,
    ),
    "a statement": (
        lambda s: s.sql("drop table lines"), lambda s, said: s.sql(part("as in: (.*)$", said)).iloc[0, 0], WHOLE,
    ),
    "an answer in place of a table": (lambda s: frame(rating(s)), lambda s, _: rating(s).frame.net.sum(), WHOLE),
    "a misspelt argument": (
        lambda s: s.only(brnch="North"), lambda s, said: total(s.only(**{meant(said): "North"})), D(400),
    ),
}  # fmt: skip
"""What is asked → the question, what the sentence has one ask, the amount that is right."""


@pytest.mark.parametrize(("asked", "again", "right"), ASKED.values(), ids=list(ASKED))
def test_what_is_asked_as_told_leads_to_the_figure(tmp_path, asked, again, right):
    client = {"from": "clients.csv", "client_id": "client", "client_name": "name", "price_list_id": "list"}
    branch = {"from": "shops.csv", "branch_id": "shop", "branch_name": "called"}
    files = {"clients.csv": CLIENTS, "shops.csv": BRANCHES}
    sales = opened(export(tmp_path, BOBS, files, client=client, branch=branch), "2026-03", "2026-06-01")
    with pytest.raises(BadParameter) as refused:
        asked(sales)
    assert again(sales, str(refused.value)) == right
