"""What a refusal of source.yaml says to type is typed, letter by letter, and leads to the figure."""

import re
from collections.abc import Callable
from decimal import Decimal as D
from pathlib import Path

import pytest
import yaml
from advice import GOOD, RIGHT, Case, company_of, counted, data, followed, mapped, meant, part, told, total
from company import opened
from small_export import HEADER, answered, export

from helpers.errors import BadParameter, NoInput, ReportError
from helpers.sales import open_sales

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


def test_a_company_is_the_one_that_is_meant_and_its_folder_renamed(tmp_path):
    root = export(tmp_path, GOOD)
    with pytest.raises(BadParameter) as refused:
        open_sales("acm", "2026-03", "2026-06-01", root=root)
    assert total(open_sales(meant(str(refused.value)), "2026-03", "2026-06-01", root=root)) == RIGHT
    (root / "params" / "acme").rename(root / "params" / "ac\\me")
    with pytest.raises(ReportError, match="rename it"):
        open_sales("ac\\me", "2026-03", "2026-06-01", root=root)
    (root / "params" / "ac\\me").rename(root / "params" / "ac me")
    assert total(open_sales("ac me", "2026-03", "2026-06-01", root=root)) == RIGHT
