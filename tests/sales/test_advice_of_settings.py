"""What a refusal of source.yaml, of a report's parameter or of an analyst's question says to type is typed, letter by
letter, and leads to the figure."""

import re
from collections.abc import Callable
from decimal import Decimal as D
from pathlib import Path

import pytest
import yaml
from advice import GOOD, RIGHT, Case, company_of, counted, data, followed, mapped, meant, part, told
from company import opened
from small_export import HEADER, answered, export

from helpers.analysis.cross_report import cell_lines
from helpers.analysis.rating import rating
from helpers.errors import BadParameter, NoInput, ReportError
from helpers.period import FORMS
from helpers.sales import Sales, frame
from helpers.sales.pseudonyms import CODE_SECRET

YEN = f"{HEADER},cur,rate\n1,2026-03-02,Anna,North,16000,JPY,0.01\n2,2026-03-02,Ben,North,100.00,EUR,"
RATES = {"rates.csv": "day,cur,rate\n2026-03-02,JPY,160\n"}
RATED = {"from": "rates.csv", "currency": "cur", "rate_date": "day", "rate": "rate"}
PAID = {"payments.csv": "id,client,on,paid\n1,Anna,2026-03-05,300\n2,Ben,2026-03-06,20"}
PAYMENT = {"from": "payments.csv", "payment_id": "id", "client_id": "client", "paid_at": "on", "amount": "paid"}
PARTS = {"parts.csv": "id,number,paid\n1,1,300\n2,2,20"}
ALLOCATION = {"from": "parts.csv", "payment_id": "id", "sale_id": "number", "amount": "paid"}
TAXED = GOOD.replace("amount", "amount,vat").replace(".00", ".00,5")
STATES = GOOD.replace("amount", "amount,state").replace("400.00", "400.00,Paid").replace("30.00", "30.00,Void")
BACK = f"{HEADER},of\n1,2026-02-01,Anna,North,400.00,\n2,2026-03-02,Anna,North,-100.00,1\n3,2026-03-03,Ben,N,30.00,"
NOON = GOOD.replace(",Anna", " 12:00:00,Anna").replace(",Ben", " 12:00:00,Ben")
TWICE = {"merged.csv": "old,new\nAnna,Ben\nAnna,Carl"}
ALIAS = {"from": "merged.csv", "client_id": "old", "master_client_id": "new"}


def without(*names: str, **settings) -> Callable[[Path, str], dict]:
    """Further settings, and some settings or columns of the sales taken out, as the sentence has it."""

    def done(root: Path, _: str) -> dict:
        path = root / "params" / "acme" / "source.yaml"
        written = yaml.safe_load(path.read_text())
        for name in names:
            (written if name in written else written["sale_line"]).pop(name)
        path.write_text(yaml.safe_dump(written))
        return settings

    return done


def of(text: str, leave: str, **settings) -> Callable[[Path], Path]:
    """A company that maps all but one of the usual columns."""

    def made(root: Path) -> Path:
        root = export(root, text, settings.pop("files", None), **settings)
        without(leave)(root, "")
        return root

    return made


def maps(**columns: str) -> Callable[[Path, str], dict]:
    """The columns that the sentence asks for, mapped."""

    def done(_: Path, said: str) -> dict:
        assert all(f"sale_line.{ours}" in said for ours in columns), said
        return {"sale_line": columns}

    return done


def saved_as_utf8(root: Path, said: str) -> dict:
    path = root / "params" / "acme" / "source.yaml"
    assert f"{path}: not UTF-8; save it as UTF-8" in said
    path.write_text(path.read_text("cp1252"), "utf-8")
    return {}


def in_cp1252(root: Path) -> Path:
    root = export(root, GOOD)
    path = root / "params" / "acme" / "source.yaml"
    path.write_text(path.read_text().replace("Acme", "Café"), "cp1252")
    return root


def first_of(place: str) -> Callable[[Path, str], dict]:
    """The first form that the sentence names, as the value of the setting that it is about."""
    return lambda _, said: {place: part(r"such as ([\w:/-]+)", said)}


CASES: dict[str, Case] = {
    "files and a database": Case(company_of(connect="duckdb:x"), without("connect")),
    "neither files nor a database": Case(of(GOOD, "files"), told("files: (a folder)", lambda _: None, files="data")),
    "rates of no direction": Case(
        company_of(YEN, files=RATES, sale_line={"currency": "cur"}, fx_rate=RATED),
        lambda _, said: {"rate_is": part(r"or (\w+) is required", said)},
        D(16000) / 160 + 100,
    ),
    "tax of no side": Case(
        mapped(TAXED, tax_amount="vat"),
        lambda _, said: {part(r": (\w+): true or", said): True},
        RIGHT - 10,
    ),
    "a time of another form": Case(company_of(NOON, day_start="4:00"), first_of("day_start")),
    "a day of another form": Case(company_of(fiscal_year_start="7-1"), first_of("fiscal_year_start")),
    "a zone by its town": Case(company_of(timezone="Paris"), first_of("timezone")),
    "a misspelt zone": Case(company_of(timezone="Europe/Pari"), lambda _, said: {"timezone": meant(said)}),
    "a currency by its name": Case(company_of(currency="Euro"), lambda _, s: {"currency": part(r"as (\w+)$", s)}),
    "a number in place of a text": Case(
        mapped(GOOD.replace("shop", "1"), branch_id=1),
        told("got 1, quote it", lambda _: None, sale_line={"branch_id": "1"}),
    ),
    "a misspelt finding": Case(company_of(confirmed={"total_rows": 1}),
                               lambda root, said: without("confirmed", confirmed={meant(said): 1})(root, said)),
    "a misspelt part of the key": Case(
        company_of(sale_key=["branch", "day"]), lambda _, said: {"sale_key": [meant(said), "day"]}
    ),
    "a file of another encoding": Case(in_cp1252, saved_as_utf8),
    "a basis without its day": Case(
        company_of(GOOD.replace("amount", "amount,sent").replace(".00", ".00,2026-03-09"), basis="delivered"),
        maps(delivered_at="sent"),
    ),
    "payments that nobody mapped": Case(
        company_of(files=PAID, basis="paid"), told("map it", lambda _: None, payment=PAYMENT), D(300) + 20
    ),
    "a payment twice": Case(
        company_of(files={"payments.csv": PAID["payments.csv"].replace("\n2", "\n1")}, basis="paid", payment=PAYMENT),
        told("each payment needs one row", lambda root: data(root, "payments.csv").write_text(PAID["payments.csv"])),
        D(300) + 20,
    ),
    "parts of payments without documents' numbers": Case(
        of(GOOD, "sale_id", files=PAID | PARTS, basis="paid", payment=PAYMENT, payment_allocation=ALLOCATION),
        maps(sale_id="doc"), D(300) + 20,
    ),
    "groups of nobody": Case(
        company_of(files={"clients.csv": "client,home\nAnna,h1\nBen,h1"}, group_level="group"),
        told("map it", lambda _: None, client={"from": "clients.csv", "client_id": "client", "group_id": "home"}),
    ),
    "returns of no original": Case(
        company_of(BACK, returns_date="original"), maps(original_sale_id="of"), D(30)
    ),
    "words of a state": Case(
        mapped(STATES, state="state"),
        lambda _, said: {part(r"(\w+_map): what", said): dict(zip(re.findall(r"'(\w+)'", said), ("posted", "cancelled"),
                                                                  strict=True))},
        D(400),
    ),
    "a currency without a rate, by a table": Case(
        company_of(YEN, files=RATES, sale_line={"currency": "cur"}),
        told("add them to fx_rate", lambda _: None, fx_rate=RATED, rate_is="foreign_per_report"),
        D(16000) / 160 + 100,
    ),
    "a currency without a rate, by the line": Case(
        mapped(YEN, currency="cur"), maps(fx_to_report="rate"), D(16000) * D("0.01") + 100
    ),
    "a client of two masters": Case(
        company_of(files=TWICE, client_alias=ALIAS),
        told("each client needs one master", lambda root: data(root, "merged.csv").write_text("old,new\nAnna,Ben\n")),
    ),
}  # fmt: skip
"""What is the matter → the company, what the sentence has one type, the amount that is right."""


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_what_is_typed_leads_to_the_figure(tmp_path, case):
    followed(tmp_path, case)


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


def total(sales: Sales) -> D:
    return sales.counted.amount.sum().execute()


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


def test_one_currency_alone_is_said_in_the_reports_params_file(tmp_path):
    """In source.yaml it would be the report's currency, which it is already."""
    root = mapped(YEN, currency="cur")(tmp_path)
    with pytest.raises(ReportError, match="in the report's params file") as refused:
        counted(root)
    alone = yaml.safe_load(part("one currency alone: (.*) in the", str(refused.value)))
    assert total(opened(root, "2026-03", "2026-06-01", **alone)) == 100


def test_a_variable_that_is_not_set_is_set(tmp_path, monkeypatch):
    root = answered(export(tmp_path, GOOD), files="$ACME_SALES")
    monkeypatch.delenv("ACME_SALES", raising=False)
    for value in (str(root / "data"), "data"):  # as source.yaml has it: from the project's root
        with pytest.raises(NoInput) as refused:
            counted(root)
        monkeypatch.setenv(part(r"variable (\w+) is not set", str(refused.value)), value)
        assert counted(root) == RIGHT
        monkeypatch.delenv("ACME_SALES")


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


CLIENTS = "client,name\n1,Bob\n2,Bob\n3,Zoe"
BOBS = f"{HEADER}\n1,2026-03-01,1,North,400.00\n2,2026-03-02,2,South,30.00\n3,2026-03-03,3,South,5.00"
WHOLE = RIGHT + 5
Question, Answer = Callable[[Sales], object], Callable[[Sales, str], D]
ASKED: dict[str, tuple[Question, Answer, D]] = {
    "a misspelt client": (lambda s: s.lines("Zo"), lambda s, said: s.lines(meant(said)).amount.sum(), D(5)),
    "a name of two": (
        lambda s: s.lines("Bob"), lambda s, said: s.lines(part("an id: (.*?),", said)).amount.sum(), D(400),
    ),
    "a row of the cross report": (
        lambda s: s.lines("total"),
        lambda s, said: cell_lines(s, part(r"cell_lines\(sales, '(.*)'\)$", said)).amount.sum(), WHOLE,
    ),
    "a misspelt branch": (
        lambda s: s.lines(branch="Sout"), lambda s, said: s.lines(branch=meant(said)).amount.sum(), D(30) + 5,
    ),
    "branches where one is meant": (
        lambda s: s.lines(branch="North, South"),
        lambda s, said: s.lines(branch=part("allowed: (.*?),", said)).amount.sum(), D(400),
    ),
    "branches in one text": (
        lambda s: s.only(branch="North, South"),
        lambda s, said: total(s.only(branch=yaml.safe_load(part("a list: (.*)$", said)))), WHOLE,
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
    columns = {"from": "clients.csv", "client_id": "client", "client_name": "name"}
    sales = opened(export(tmp_path, BOBS, {"clients.csv": CLIENTS}, client=columns), "2026-03", "2026-06-01")
    with pytest.raises(BadParameter) as refused:
        asked(sales)
    assert again(sales, str(refused.value)) == right
