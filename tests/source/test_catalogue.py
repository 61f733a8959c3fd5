"""Known exports: from the file to its total with nothing typed but the company's name, currency and zone."""

import csv
import re
import shutil
from decimal import Decimal as D
from pathlib import Path

import openpyxl
import pytest
import yaml
from accounts import account
from company import company, opened

from helpers.analysis.control_totals import control_totals
from helpers.settings.company import Company
from helpers.settings.read import read_yaml
from helpers.source.guess import propose
from helpers.source.guess.draft import Draft
from helpers.source.guess.systems import recognised, systems

PUBLIC = [
    "ebay_orders", "etsy_items", "etsy_orders", "fec", "fec_montant_sens", "loyverse_receipts", "magento_orders",
    "paypal", "quaderno", "sage50_audit_trail", "shopify", "square", "squarespace", "stripe", "woocommerce",
    "woocommerce_orders", "xero_invoices", "zoho_books",
]  # fmt: skip
EXPORTS = Path(__file__).parent / "exports"
TYPED = {"timezone": "Europe/Paris", "currency": "EUR"}


def sales_of(root: Path, export: str | Path):
    """The October of a company with one export, mapped by what init writes; `TYPED` is what a person types."""
    root = company(root, {})
    (root / "data").mkdir()
    file = shutil.copy(EXPORTS / export, root / "data")
    path = root / "params" / "acme" / "source.yaml"
    _confirm(path, propose(Path(file), root).text, TYPED)
    return opened(root)


def _confirm(path: Path, text: str, typed: dict) -> None:
    """What a person does: type what only they know, and delete what is right from `unconfirmed`."""
    written = yaml.safe_load(text) | typed
    written.pop("unconfirmed")
    path.write_text(yaml.safe_dump(written, allow_unicode=True))


@pytest.mark.parametrize(
    ("export", "by_client", "skipped"),
    [
        ("shopify.csv", {"ann@example.com": 105 + 35, "bob@example.com": 55 - 55 + 125 - 60, "cid@example.com": 95}, 2),
        ("woo.csv", {"ann@example.com": 2 * 20 + 3 * 20 + 0 * 60, "bob@example.com": 50}, 0),
        ("zoho.csv", {"501": 60 + 40, "502": 500}, 0),
        ("stripe.csv", {"cus_A": 100, "cus_B": 200 - 200 + 80 - 20, "cus_C": 270}, 0),
        ("prestashop.csv", {"A. DURAND": D("61.80") + D("1299.90")}, 0),
        ("usu.csv", {"Иванова А. П.": 1500 - 1500, "Петров Б. В.": 3600}, 1),
        ("quickbooks.csv", {"Ann Ltd": 100 - 50, "Bob Inc": 5500}, 3 + 4),
        ("fec.csv", {"CLI001": 100, "CLI002": D("500.50")}, 4),
        ("fec_montant_sens.txt", {"CLI001": 100, "CLI002": D("500.50")}, 4),
    ],
)
def test_an_export_comes_out_right_as_init_maps_it(tmp_path, export, by_client, skipped):
    sales = sales_of(tmp_path, export)
    lines = sales.counted.to_pandas()
    assert lines.groupby("client_id").amount.sum().to_dict() == by_client
    assert (sales.source.rows_skipped, sales.source.rows_quarantined) == (skipped, 0)
    assert sum(rows for rows, _ in account(sales).values()) == control_totals(sales).rows_read


RESAVED = {
    "shopify.csv": {"ann@example.com": 105 + 35, "bob@example.com": 125 - 60, "cid@example.com": 95},
    "woo.csv": {"ann@example.com": 2 * D("20.50") + 3 * 20, "bob@example.com": 50},
    "stripe.csv": {"cus_A": 100, "cus_B": 80 - 20, "cus_C": 270},
}


@pytest.mark.parametrize("export", RESAVED)
def test_an_export_saved_anew_by_another_language_s_spreadsheet_has_the_same_sums(tmp_path, export):
    text = (EXPORTS / export).read_text("utf-8").replace(",Mug,2,20,", ",Mug,2,20.50,")
    rows = [[re.sub(r"^(-?\d+)\.(\d+)$", r"\1,\2", cell) for cell in row] for row in csv.reader(text.splitlines())]
    with (tmp_path / export).open("w", newline="") as file:
        csv.writer(file, delimiter=";").writerows(rows)
    lines = sales_of(tmp_path / "company", tmp_path / export).counted.to_pandas()
    assert lines.groupby("client_id").amount.sum().to_dict() == RESAVED[export]


@pytest.mark.parametrize("sides", [("+1", "-1"), ("d", "c")])
def test_the_french_accounting_file_writes_its_sides_in_three_ways(tmp_path, sides):
    """As the tax office's own tool reads them: D, +1 a debit; C, -1 a credit."""
    text = (EXPORTS / "fec_montant_sens.txt").read_text("utf-8")
    for letter, side in zip("DC", sides, strict=True):
        text = text.replace(f"|{letter}|", f"|{side}|")
    (tmp_path / "fec.txt").write_text(text, "utf-8")
    sales = sales_of(tmp_path / "company", tmp_path / "fec.txt")
    lines = sales.counted.to_pandas()
    assert lines.groupby("client_id").amount.sum().to_dict() == {"CLI001": 100, "CLI002": D("500.50")}
    assert (sales.source.rows_skipped, sales.source.rows_quarantined) == (4, 0)


def test_an_order_whose_fields_stand_on_each_of_its_lines_counts_once(tmp_path):
    """As some that pass a shop's orders on write them: what the shop says on an order's first line alone."""
    header, *rows = csv.reader((EXPORTS / "shopify.csv").read_text("utf-8").splitlines())
    first: dict[str, list[str]] = {}
    filled = [[cell or own for cell, own in zip(row, first.setdefault(row[0], row), strict=True)] for row in rows]
    assert filled != rows
    with (tmp_path / "shopify.csv").open("w", newline="") as file:
        csv.writer(file).writerows([header, *filled])
    lines = sales_of(tmp_path / "company", tmp_path / "shopify.csv").counted.to_pandas()
    assert lines.groupby("client_id").amount.sum().to_dict() == RESAVED["shopify.csv"]


@pytest.mark.parametrize("export", sorted(path.name for path in EXPORTS.iterdir()))
def test_only_name_zone_and_currency_are_left_to_confirm(export, tmp_path):
    """Nothing is typed or deleted from `unconfirmed` beside these three, or two where the file says its currency."""
    in_doubt = propose(EXPORTS / export, tmp_path).unconfirmed
    says_currency = export in ("shopify.csv", "zoho.csv", "stripe.csv", "prestashop.csv")
    assert set(in_doubt) == {"company", "timezone"} | (set() if says_currency else {"currency"})


@pytest.mark.parametrize("system", [system for system in systems() if system.columns], ids=lambda system: system.name)
def test_each_map_is_one_that_could_be_used(system, tmp_path):
    """Recognised by its own columns alone, valid settings, and each name it reads is one that it may find."""
    assert recognised(system.columns) == system
    assert recognised(system.columns[1:]) != system
    known, _ = system.settings_for("sales.csv", system.columns)
    known.pop("unconfirmed", None)
    known["csv"] = {"delimiter": ";"} | known.get("csv", {})  # as the file is written: never part of a map
    (tmp_path / "source.yaml").write_text(Draft("A", {"company": "A", "files": "data"} | known).text, "utf-8")
    settings = Company.model_validate(read_yaml(tmp_path / "source.yaml"))
    assert settings.sale_line.from_ == "sales.csv"
    assert {"client_id", "sold_at", "amount"} <= settings.sale_line.columns.keys()
    assert len(system.title) > 20


@pytest.mark.parametrize("name", PUBLIC)
def test_a_map_made_from_public_pages_says_which(name):
    system = next(each for each in systems() if each.name == name)
    assert all(address.startswith(("https://", "http://")) for address in system.documented_at)
    assert system.documented_at


def test_a_file_of_no_known_system_is_guessed_as_before():
    assert recognised(["client", "day", "amount"]) is None


SQUARE = """\
Date,Time,Time Zone,Gross Sales,Net Sales,Gift Card Sales,Tax,Tip,Total Collected,Transaction ID,Customer ID,Location
2026-10-01,10:05:00,Paris,$12.00,$10.00,$0.00,$2.00,$1.00,$13.00,T1,C1,North
2026-10-02,10:05:00,Paris,"$1,200.00","$1,200.00",$0.00,$0.00,$0.00,"$1,200.00",T2,C2,South
2026-10-03,10:05:00,Paris,($10.00),($10.00),$0.00,$0.00,$0.00,($10.00),T3,C1,North
"""
ETSY = """\
Sale Date,Item Name,Buyer,Quantity,Price,Discount Amount,Item Total,Currency,Transaction ID,Listing ID,Order ID
10/31/26,Mug,Ann,2,9.50,0,19.00,USD,1,11,100
10/31/26,Cup,Ann,1,5.00,0,5.00,USD,2,12,100
"""


@pytest.mark.parametrize(
    ("content", "by_client"),
    [
        (SQUARE, {"C1": 10 - 10, "C2": 1200}),
        (ETSY, {"Ann": 19 + 5}),
    ],
    ids=["square", "etsy"],
)
def test_made_up_rows_under_public_headers(tmp_path, content, by_client):
    """Their headers are public, their rows are made up here."""
    root = company(tmp_path, {})
    (root / "data").mkdir()
    (root / "data" / "s.csv").write_text(content)
    text = propose(root / "data" / "s.csv", root).text
    _confirm(root / "params" / "acme" / "source.yaml", text, TYPED | {"currency": "USD"})
    sales = opened(root)
    assert sales.counted.to_pandas().groupby("client_id").amount.sum().to_dict() == by_client
    assert sales.source.rows_quarantined == 0


QUICKBOOKS_WITHOUT_ITEMS = """Shop Ltd
Sales by Customer Detail

,Date,Transaction Type,Num,Memo,Qty,Sales Price,Amount,Balance
"Zed, Inc",,,,,,,,
,10/02/2026,Invoice,1001,Work,10,120.50,"1,205.00","1,205.00"
,10/09/2026,Credit Memo,1002,Back,-1,120.50,-120.50,"1,084.50"
"Total for Zed, Inc",,,,,,,"$1,084.50",
Total Recall Ltd,,,,,,,,
,10/12/2026,Invoice,1003,Film,1,99.00,99.00,99.00
Total for Total Recall Ltd,,,,,,,$99.00,
TOTAL,,,,,,,"$1,183.50",
"""


def test_an_export_without_a_column_that_changes_no_amount_is_read(tmp_path):
    root = company(tmp_path, {})
    (root / "data").mkdir()
    (root / "data" / "qb.csv").write_text(QUICKBOOKS_WITHOUT_ITEMS)
    text = propose(root / "data" / "qb.csv", root).text
    assert "# not in this export: item_id: Product/Service" in text
    _confirm(root / "params" / "acme" / "source.yaml", text, TYPED)
    lines = opened(root).counted.to_pandas()
    assert lines.groupby("client_id").amount.sum().to_dict() == {"Zed, Inc": 1205 - D("120.50"), "Total Recall Ltd": 99}


@pytest.mark.parametrize(
    ("export", "encoding", "mark", "taken_off", "by_client"),
    [
        ("quickbooks.csv", "utf-8", ",", ["Qty", "Balance", "Product/Service"], {"Ann Ltd": 100 - 50, "Bob Inc": 5500}),
        ("usu.csv", "cp1251", ";", ["Филиал", "Скидка", "Цена"], {"Иванова А. П.": 1500 - 1500, "Петров Б. В.": 3600}),
    ],
)
def test_a_known_report_without_columns_that_its_user_took_off_is_known(
    tmp_path, export, encoding, mark, taken_off, by_client
):
    rows = list(csv.reader((EXPORTS / export).read_text(encoding).splitlines(), delimiter=mark))
    head = next(row for row in rows if set(taken_off) <= set(row))
    left = [i for i, name in enumerate(head) if name not in taken_off]
    with (tmp_path / export).open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=mark).writerows([row[i] for i in left if i < len(row)] for row in rows)
    lines = sales_of(tmp_path / "company", tmp_path / export).counted.to_pandas()
    assert lines.groupby("client_id").amount.sum().to_dict() == by_client


def test_a_known_export_with_a_second_sheet_tells_that_it_is_not_read(tmp_path):
    book = openpyxl.Workbook()
    for row in csv.reader(ETSY.splitlines()):
        book.active.append(row)
    book.create_sheet("Notes").append(["stock", "place"])
    book.save(tmp_path / "s.xlsx")
    proposal = propose(tmp_path / "s.xlsx", tmp_path)
    assert "Etsy" in proposal.text
    assert "# not read: s.xlsx#Notes" in proposal.text
    assert "sale_line.from" in proposal.unconfirmed
    assert proposal.problem == ""
