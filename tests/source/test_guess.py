"""A first source.yaml: what is guessed from a file, and that the file can be read with it."""

import gzip
import sqlite3
from decimal import Decimal
from pathlib import Path

import duckdb
import openpyxl
import pytest
import yaml
from company import company as project
from company import opened

from helpers.errors import BadConfiguration, BadData, NoInput
from helpers.settings.company import Company
from helpers.settings.read import read_yaml
from helpers.source.files import ingest
from helpers.source.guess import propose

DAYS = range(1, 29)
PLAIN = [
    "Invoice No,Customer ID,Store,Invoice Date,Total amount,Status,Mood",
    *(f"{n},C{n % 3},S1,2026-09-{n:02} 10:00:00,{n}.50,{'Paid' if n % 2 else 'Draft'},good" for n in DAYS),
]
GERMAN = ["Kundennummer;Filiale;Datum;Betrag", *(f"00{n};Köln;{n:02}.09.2026;1.{n:03},50" for n in DAYS)]
RUSSIAN = [
    "Клиент\tМагазин\tДата продажи\tСумма",
    *(f"Иванов {n}\tКиїв\t{n:02}/09/2026 10:30\t1 {n:03},5" for n in DAYS),
]
AMERICAN = ["CustomerId|SaleDate|NetAmount", *(f"{n}|9/{n}/2026 3:05:00 PM|1,{n:03}.25" for n in DAYS)]
QUOTED = ["Kundennummer,Filiale,Datum,Betrag", *(f'00{n},Köln,{n:02}.09.2026,"1.{n:03},50"' for n in DAYS)]
GROUPED = ["Customer,Date,Amount", *(f'C{n},2026-09-{n:02},"1,{n:03}"' for n in DAYS)]
WHOLE = sum(DAYS)


def text_of(file: Path) -> str:
    """The guessed source.yaml."""
    return propose(file, file.parent).text


def company(file: Path) -> Company:
    """The guessed source.yaml, read as any other."""
    written = file.parent / "source.yaml"
    written.write_text(text_of(file), "utf-8")
    return Company.model_validate(read_yaml(written))


def guessed(file: Path):
    """(company, snapshot) of a file read as guessed."""
    found = company(file)
    return found, ingest("sale_line", found.sale_line, [file], found.csv, file.parent / "snapshots")


def total(taken) -> Decimal:
    return duckdb.sql(f"SELECT sum(amount) FROM read_parquet('{taken.pattern}')").fetchone()[0]


@pytest.mark.parametrize(
    ("lines", "encoding", "amount", "moment"),
    [
        (PLAIN, "utf-8", WHOLE + 28 * Decimal("0.5"), "2026-09-01 10:00:00"),
        (GERMAN, "latin-1", 28 * 1000 + WHOLE + 28 * Decimal("0.5"), "2026-09-01 00:00:00"),
        (RUSSIAN, "utf-16", 28 * 1000 + WHOLE + 28 * Decimal("0.5"), "2026-09-01 10:30:00"),
        (AMERICAN, "utf-8", 28 * 1000 + WHOLE + 28 * Decimal("0.25"), "2026-09-01 15:05:00"),
        (QUOTED, "utf-8", 28 * 1000 + WHOLE + 28 * Decimal("0.5"), "2026-09-01 00:00:00"),
        (GROUPED, "utf-8", 28 * 1000 + WHOLE, "2026-09-01 00:00:00"),
    ],
    ids=["plain", "german", "russian", "american", "quoted", "grouped"],
)
@pytest.mark.parametrize("above", [[], ["Report of sales", ""]], ids=["", "title"])
def test_a_file_can_be_read_as_guessed(tmp_path, lines, encoding, amount, moment, above):
    file = tmp_path / "sales.csv"
    file.write_bytes("\n".join([*above, *lines, ""]).encode(encoding))
    _, taken = guessed(file)
    assert taken.rows_accepted == taken.rows_read == 28
    assert total(taken) == amount
    assert duckdb.sql(f"SELECT min(sold_at)::VARCHAR FROM read_parquet('{taken.pattern}')").fetchone() == (moment,)


def test_every_guess_can_be_confirmed(tmp_path):
    file = tmp_path / "sales 2026.csv"
    file.write_text("\n".join(PLAIN))
    text = text_of(file)
    found = company(file)
    assert found.sale_line.columns == {
        "sale_id": "Invoice No", "client_id": "Customer ID", "branch_id": "Store", "sold_at": "Invoice Date",
        "amount": "Total amount", "state": "Status"}  # fmt: skip
    assert found.state_map == {"Paid": "posted", "Draft": "draft"}
    assert "# not used: Mood" in text
    assert "from: sales 2026.csv  #" in text
    assert found.unconfirmed == ["company", "timezone", "currency", "state_map"]


def test_a_likeness_is_a_doubt_and_tax_a_question(tmp_path):
    file = tmp_path / "s.csv"
    file.write_text("Customer type,Sale date,Total due,VAT\nMember,2026-09-01,12.00,2.00\n")
    found = company(file)
    assert found.sale_line.columns["client_id"] == "Customer type"
    assert found.sale_line.columns["amount"] == "Total due"
    assert found.sale_line.columns["sold_at"] == "Sale date"
    assert {"sale_line.client_id", "sale_line.amount", "amount_includes_tax"} <= set(found.unconfirmed)
    assert "sale_line.sold_at" not in found.unconfirmed
    assert found.amount_includes_tax is True


RETAIL = """\
InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID,Customer Name,State,Discount,Country
536365,85123A,6,12/1/2010 8:26,2.55,17850,Anna,Ohio,0.2,France
C536379,22139,-1,12/13/2010 9:41,27.5,007,Ben,Utah,0,France
536380,22139,2,12/14/2010 10:00,0.125,007,Benjamin,Utah,0.15,France
"""


def test_an_amount_may_be_quantity_times_price(tmp_path):
    file = tmp_path / "retail.csv"
    file.write_text(RETAIL)
    text = text_of(file)
    assert '  amount: "Quantity * UnitPrice * (1 - Discount)"\n' in text
    assert "sale_line.amount" in company(file).unconfirmed
    assert "  client_name: Customer Name\n  created_on: InvoiceDate\n" in text
    assert "state" not in company(file).sale_line.columns  # Ohio is no state of a document
    assert "manual_discount" not in company(file).sale_line.columns  # and 0.2 no amount
    _, taken = guessed(file)
    assert total(taken) == Decimal("12.24") - Decimal("27.5") + Decimal("0.2125")  # 15.30 less 20 %, 0.25 less 15 %


def test_a_cost_may_be_the_amount_less_the_profit(tmp_path):
    file = tmp_path / "s.csv"
    file.write_text("customer,date,sales,profit\nAnna,2026-09-01,12.00,2.50\n")
    assert "  cost_amount: sales - profit\n" in text_of(file)
    assert "sale_line.cost_amount" in company(file).unconfirmed
    _, taken = guessed(file)
    assert duckdb.sql(f"SELECT cost_amount FROM read_parquet('{taken.pattern}')").fetchone() == (Decimal("9.5"),)


def test_a_parquet_file(tmp_path):
    lines = "SELECT 1 AS household_id, TIMESTAMP '2026-09-01 10:00' AS sold, 2.5::DECIMAL(9,2) AS sales_value"
    duckdb.sql(lines).write_parquet(str(tmp_path / "s [1].parquet"))
    text = text_of(tmp_path / "s [1].parquet")
    assert "  client_id: household_id\n" in text
    assert "  amount: sales_value\n" in text
    (tmp_path / "s.parquet").write_text("PAR1, or so it says")
    with pytest.raises(BadData, match="no Parquet file"):
        text_of(tmp_path / "s.parquet")


def test_a_folder_of_the_project_is_named_from_its_root(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "s.csv").write_text("customer,date,amount\nAnna,2026-09-01,1.00\n")
    assert "\nfiles: data\n" in propose(tmp_path / "data" / "s.csv", tmp_path).text


def test_what_cannot_be_told_is_said(tmp_path):
    file = tmp_path / "s.csv"
    file.write_text('customer,date,amount\nA,05/03/2026,"1,234"\n')
    assert """date_format: "%d/%m/%Y"  # '%m/%d/%Y' fits as well""" in text_of(file)
    assert "csv.date_format" in company(file).unconfirmed
    file.write_text("colour,size\nred,5\n")
    proposal = propose(file, tmp_path)
    for column in ("client_id", "sold_at", "amount"):
        assert f"  # {column}: no column looks like it" in proposal.text
    assert proposal.problem.startswith("no column looks like client_id, sold_at, amount; the file has colour, size")


def test_packed_and_marked_files(tmp_path):
    (tmp_path / "s.csv.gz").write_bytes(gzip.compress("\n".join(["sep=;", *GERMAN]).encode("utf-8-sig")))
    assert guessed(tmp_path / "s.csv.gz")[1].rows_accepted == 28


def test_a_workbook_and_a_database(tmp_path):
    book = openpyxl.Workbook()
    for row in [
        ["Report"],
        [],
        *(line.split(",") for line in PLAIN[:1]),
        ["1", "C1", "S1", "2026-09-01", 5.5, "Paid", "good"],
    ]:
        book.active.append(row)
    book.save(tmp_path / "s.xlsx")
    assert total(guessed(tmp_path / "s.xlsx")[1]) == Decimal("5.5")


def test_the_data_do_not_show(tmp_path):
    file = tmp_path / "s.csv"
    file.write_text("customer,date,amount,note\nIvanenko,2026-09-01,77.77,secret\n")
    assert not any(word in text_of(file) for word in ("Ivanenko", "77.77", "secret"))


def test_no_file_no_guess(tmp_path):
    with pytest.raises(NoInput):
        text_of(tmp_path / "missing.csv")
    (tmp_path / "s.csv").write_text("\n\n")
    with pytest.raises(NoInput):
        text_of(tmp_path / "s.csv")


ORDERS = "order_id,customer,order_date\n" + "".join(f"{n},C{n % 3},2026-09-{n:02}\n" for n in DAYS)
ITEMS = "order_id,sku,line_total\n" + "".join(f"{n},P{k},{n}.{k}0\n" for n in DAYS for k in (1, 2))


def test_lines_and_documents_in_two_files_are_joined_by_their_key(tmp_path):
    (tmp_path / "orders.csv").write_text(ORDERS)
    (tmp_path / "items.csv").write_text(ITEMS)
    (tmp_path / "other.csv").write_text("order_id,note\n1,x\n1,y\n")  # no key of anything
    proposal = propose(tmp_path / "items.csv", tmp_path)
    assert proposal.problem == ""
    assert "  join:\n    orders.csv: order_id\n" in proposal.text
    assert "sale_line.join" in proposal.unconfirmed
    assert f"read         56 rows, amounts {2 * WHOLE + 28 * Decimal('0.30'):.2f}" in proposal.preview[0]


def test_no_sheet_is_left_unread_in_silence(tmp_path):
    book = openpyxl.Workbook()
    for row in (["customer", "date", "amount"], ["Anna", "2026-09-01", 5.5], ["Ben", "2026-09-02", 1]):
        book.active.append(row)
    for row in (["customer", "date", "amount"], ["Cid", "2026-09-03", 2]):
        book.create_sheet("More").append(row) if row[0] == "customer" else book["More"].append(row)
    book.save(tmp_path / "s.xlsx")
    proposal = propose(tmp_path / "s.xlsx", tmp_path)
    assert 'from: "s.xlsx#*"  # the 2 sheets that have the same columns' in proposal.text
    assert "read         3 rows, amounts 8.50" in proposal.preview
    for row in (["stock", "place"], ["Mug", "A1"]):
        book.create_sheet("Stock").append(row) if row[0] == "stock" else book["Stock"].append(row)
    book.save(tmp_path / "t.xlsx")
    proposal = propose(tmp_path / "t.xlsx", tmp_path)
    assert 'from: "t.xlsx#Sheet|More"  # the 2 sheets that have the same columns' in proposal.text
    assert "# not read: t.xlsx#Stock" in proposal.text
    assert "sale_line.from" in proposal.unconfirmed
    assert (proposal.problem, proposal.preview[0]) == ("", "read         3 rows, amounts 8.50")


REPEATED = """\
invoice,customer,date,item,qty,price,total
1,Anna,2026-09-01,a,2,10.00,45.00
1,Anna,2026-09-01,b,1,25.00,45.00
2,Ben,2026-09-02,a,3,10.00,40.00
2,Ben,2026-09-02,c,1,10.00,40.00
3,Cid,2026-09-03,a,1,10.00,10.00
"""
ONLY_TOTALS = """\
invoice,customer,date,item,total
1,Anna,2026-09-01,a,45.00
1,Anna,2026-09-01,b,45.00
2,Ben,2026-09-02,a,40.00
2,Ben,2026-09-02,c,40.00
3,Cid,2026-09-03,a,10.00
"""
ON_FIRST_ROW = """\
invoice,customer,date,item,total
1,Anna,2026-09-01,a,45.00
1,Anna,2026-09-01,b,
2,Ben,2026-09-02,a,40.00
2,Ben,2026-09-02,c,
"""


@pytest.mark.parametrize(
    ("content", "amount", "total", "is_asked"),
    [
        (REPEATED, "qty * price", 45 + 40 + 10, False),
        (ONLY_TOTALS, "total", 45 + 40 + 10, True),
        (ON_FIRST_ROW, "total", 45 + 40, True),
    ],
    ids=["lines add up to it", "once a document", "on its first row"],
)
def test_a_total_that_is_repeated_counts_once(tmp_path, content, amount, total, is_asked):
    file = tmp_path / "s.csv"
    file.write_text(content)
    found, taken = guessed(file)
    assert sum(row for (row,) in duckdb.sql(f"SELECT amount FROM read_parquet('{taken.pattern}')").fetchall()) == total
    assert found.sale_line.columns["amount"] == amount
    assert ("sale_line.amount" in found.unconfirmed) == is_asked


def test_a_rate_is_no_amount_and_the_tax_tells_whether_it_is_in(tmp_path):
    file = tmp_path / "s.csv"
    rows = [f"C{n},2026-09-{n:02},{n}.00,{percent(n, 20)},20\n" for n in range(1, 11)]
    file.write_text("customer,date,amount,tax,tax amount %\n" + "".join(rows))
    found = company(file)
    assert found.sale_line.columns["tax_amount"] == "tax"
    assert found.amount_includes_tax is False
    assert "amount_includes_tax" in found.unconfirmed


def percent(amount: int, rate: int) -> str:
    return f"{amount * rate / 100:.2f}"


@pytest.mark.parametrize(
    ("content", "zone", "currency"),
    [
        ("customer,date,amount\nAnna,2026-09-01,€ 5.00\n", "UTC", "EUR"),
        ("customer,date,amount\nAnna,2026-09-01,$5.00\n", "UTC", "USD?"),
        ("customer,date,amount,Time Zone\nAnna,2026-09-01,5.00,Europe/Kyiv\n", "Europe/Kyiv", "EUR?"),
        ("All amounts in GBP,,\nEurope/London,,\ncustomer,date,amount\nA,2026-09-01,5\nB,2026-09-02,6\n",
         "Europe/London", "GBP"),
        ("customer,date,amount (SEK)\nAnna,2026-09-01,5.00\n", "UTC", "SEK"),
        ("customer,date,amount,currency\nAnna,2026-09-01,5.00,pln\n", "UTC", "PLN"),
        ("customer,date,amount,currency\nAnna,2026-09-01,5,PLN\nBen,2026-09-01,5,PLN\nBen,2026-09-01,5,CZK\n",
         "UTC", "PLN?"),
    ],
)  # fmt: skip
def test_zone_and_currency_are_taken_where_the_file_says_them(tmp_path, content, zone, currency):
    """A question mark: a person is asked all the same."""
    file = tmp_path / "s.csv"
    file.write_text(content)
    found = company(file)
    assert (found.timezone, found.currency) == (zone, currency.rstrip("?"))
    assert ("currency" in found.unconfirmed) == currency.endswith("?")
    assert ("timezone" in found.unconfirmed) == (zone == "UTC")


@pytest.mark.parametrize(
    ("lines", "amount", "asked", "rows"),
    [
        (["$400.00", '"$1,200.50"', "($30.00)"], Decimal("1570.50"), {"currency"}, 3),
        (["R$ 400", "-R$ 2"], Decimal(398), set(), 2),
        (["5.00", "amount", "6.00"], Decimal(11), {"currency"}, 2),
    ],
    ids=["dollars", "reais", "the header again"],
)
def test_amounts_as_people_write_them(tmp_path, lines, amount, asked, rows):
    file = tmp_path / "s.csv"
    body = (
        f"A{n},2026-09-{n + 13},{text}" if text != "amount" else "client,date,amount" for n, text in enumerate(lines)
    )
    file.write_text("client,date,amount\n" + "\n".join(body) + "\n")
    found, _ = guessed(file)
    taken = ingest("sale_line", found.sale_line, [file], found.csv, tmp_path / "again", found.currency)
    assert (total(taken), taken.rows_accepted) == (amount, rows)
    assert set(found.unconfirmed) - {"company", "timezone"} == asked


def test_a_total_below_the_sales_and_an_account_with_two_sides(tmp_path):
    file = tmp_path / "s.csv"
    file.write_text("client,date,amount\nAnna,2026-09-01,5.00\nBen,2026-09-02,6.00\nTotal,,11.00\n")
    found, taken = guessed(file)
    assert total(taken) == 5 + 6
    assert "sale_line.skip" in found.unconfirmed
    file.write_text("client,date,Debit,Credit\nAnna,2026-09-13,,5.00\nBen,2026-09-14,,6.00\nBen,2026-09-15,1.50,\n")
    found, taken = guessed(file)
    assert total(taken) == 5 + 6 - Decimal("1.50")
    assert "sale_line.amount" in found.unconfirmed


MERGED = """\
Customer,Invoice,Date,Amount
Anna,1,2026-09-01,400.00
,2,2026-09-02,70.00
,3,2026-09-03,30.00
Ben,4,2026-09-04,8.00
"""
BY_DAY = """\
Date,Customer,Invoice,Amount
2026-09-01,Anna,1,400.00
,Ben,2,70.00
,Anna,3,30.00
2026-09-04,Ben,4,8.00
"""
PAGES = """\
Customer,Date,Amount
Anna,2026-09-01,400.00
,,
Page 1 of 2,,
Customer,Date,Amount
Ben,2026-09-02,30.00
Anna,2026-09-03,5.00
"""


@pytest.mark.parametrize(
    ("content", "written", "asked", "by_client"),
    [
        (MERGED, '  client_id: "fill_down(Customer)"', {"sale_line.client_id"}, {"Anna": 400 + 70 + 30, "Ben": 8}),
        (BY_DAY, '  sold_at: "fill_down(Date)"', {"sale_line.sold_at"}, {"Anna": 400 + 30, "Ben": 70 + 8}),
        (MERGED.replace(",3,2", "Anna,3,2"), "  client_id: Customer", set(), {"Anna": 400 + 30, None: 70, "Ben": 8}),
        (PAGES, "rows without a day and an amount: Date IS NULL AND Amount IS NULL", {"sale_line.skip"},
         {"Anna": 400 + 5, "Ben": 30}),
        ("Customer,Date,Amount\nعلي,2026-09-01,\u200f٤٠٠٫٥٠\nمنى,2026-09-02,٣٠\n", "  amount: Amount", set(),
         {"علي": Decimal("400.50"), "منى": 30}),
        ('Customer,Date,Amount\nAnna,2026-09-01,"1,40,000.00"\n', '  thousands: ","', set(), {"Anna": 140_000}),
        ("Customer,Date,Amount\nAnna,2026-09-01 02:30:00+02,5\n", '  datetime_format: "%Y-%m-%d %H:%M:%S%z"', set(),
         {"Anna": 5}),
    ],
    ids=["a client once", "a day once", "a client twice", "pages", "Arabic digits", "Indian groups", "short offsets"],
)  # fmt: skip
def test_how_reports_are_laid_out(tmp_path, content, written, asked, by_client):
    file = tmp_path / "s.csv"
    file.write_text(content)
    found, taken = guessed(file)
    assert written in text_of(file)
    assert set(found.unconfirmed) - {"company", "timezone", "currency"} == asked
    sums = duckdb.sql(f"SELECT client_id, sum(amount) FROM read_parquet('{taken.pattern}') GROUP BY ALL").fetchall()
    assert dict(sums) == by_client


def test_ids_and_moments_of_pandas(tmp_path):
    rows = "(VALUES (100.0, 7.0, '2026-10-01 10:00:00+00', 2.5), (NULL, 8.0, '2026-10-02 10:00:00+00', 4.0))"
    names = "a::DOUBLE AS order_id, b::DOUBLE AS customer_id, c::TIMESTAMPTZ AS order_date, d::DOUBLE AS amount"
    lines = f"SELECT {names} FROM {rows} t(a, b, c, d)"
    duckdb.sql(lines).write_parquet(str(tmp_path / "s.parquet"))
    proposal = propose(tmp_path / "s.parquet", tmp_path)
    assert (proposal.problem, proposal.period) == ("", "2026-10")
    assert "\nwhole_number_ids: true\n" in proposal.text
    assert "as read      sale_id: 100 | client_id: 7 |" in "\n".join(proposal.preview)


LANGUAGES = [
    "Data;Klient;Kwota", "Data;Cliente;Importo", "Tarih;Müşteri;Tutar", "תאריך;לקוח;סכום", "التاريخ;العميل;المبلغ",
    "日付;顧客;金額", "日期;客户;金额",
]  # fmt: skip


@pytest.mark.parametrize("names", LANGUAGES)
def test_further_languages(tmp_path, names):
    file = tmp_path / "s.csv"
    file.write_text(f"{names}\n13.10.2026;A;1.400,00\n")
    assert propose(file, tmp_path).preview[0] == "read         1 rows, amounts 1,400.00"


def test_old_line_ends_and_what_is_no_text(tmp_path):
    (tmp_path / "s.csv").write_bytes(b"customer,date,amount,note\rAnna,2026-09-01,5.50, \rBen,2026-09-02,1.00,()\r")
    assert propose(tmp_path / "s.csv", tmp_path).preview[0] == "read         2 rows, amounts 6.50"
    (tmp_path / "t.csv").write_bytes(bytes(range(1, 256)) * 16)
    assert propose(tmp_path / "t.csv", tmp_path).problem.startswith("no column looks like client_id")
    (tmp_path / "u.csv.gz").write_bytes(gzip.compress(b'{"a": 1}'))
    with pytest.raises(BadData, match="this is JSON"):
        propose(tmp_path / "u.csv.gz", tmp_path)


def test_a_workbook_of_texts_says_its_decimal_mark(tmp_path):
    book = openpyxl.Workbook()
    for row in (["customer", "date", "amount"], ["Anna", "2026-09-01", "5,50"], ["Ben", "2026-09-02", 1.25]):
        book.active.append(row)
    book.save(tmp_path / "s.xlsx")
    assert propose(tmp_path / "s.xlsx", tmp_path).preview[0] == "read         2 rows, amounts 6.75"


def test_a_header_without_rows_is_no_error(tmp_path):
    (tmp_path / "s.csv").write_text("customer,date,amount\n")
    assert propose(tmp_path / "s.csv", tmp_path).problem.startswith("no column looks like")


def test_one_foreign_line_makes_no_file_foreign(tmp_path):
    file = tmp_path / "s.csv"
    lines = "".join(f"Zoé,2026-09-{n:02},1.00\n" for n in DAYS).encode()
    file.write_bytes(b"client,date,amount\n" + lines + "Chloé,2026-09-28,1.00\n".encode("cp1252"))
    _, taken = guessed(file)
    assert (company(file).csv.encoding, taken.rows_accepted, taken.rows_quarantined) == ("utf-8", 28, 1)
    assert "csv.encoding" in company(file).unconfirmed


@pytest.mark.parametrize("day", ["46300", "46300.5", "1790000000", "1790000000000"])
def test_days_that_are_numbers_are_told(tmp_path, day):
    (tmp_path / "s.csv").write_text(f"client,date,amount\nAnna,{day},1.00\n")
    assert "'date' counts days or seconds: save it as dates" in propose(tmp_path / "s.csv", tmp_path).problem


def test_an_instant_is_no_doubt(tmp_path):
    (tmp_path / "s.csv").write_text("client,date,amount\nAnna,2026-10-01T02:30:00Z,1.00\n")
    found = company(tmp_path / "s.csv")
    assert found.csv.datetime_format == "%Y-%m-%dT%H:%M:%SZ"
    assert found.unconfirmed == ["company", "timezone", "currency"]


def shop_in_two_tables(file: Path) -> None:
    """Invoices, their lines, whose amount is a product, and the customers; one line has lost its invoice."""
    with sqlite3.connect(file) as con:
        con.execute("CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT)")
        con.execute("CREATE TABLE invoices (id INTEGER PRIMARY KEY, customer_id INT, invoice_date TEXT, shop TEXT)")
        con.execute("CREATE TABLE invoice_lines (id INTEGER PRIMARY KEY, invoice_id INT, qty INT, unit_price NUMERIC)")
        con.executemany("INSERT INTO customers VALUES (?, ?)", [(1, "Ann"), (2, "Ben")])
        invoices = [(n, n % 2 + 1, f"2026-10-{n:02}", "N") for n in range(1, 13)]
        con.executemany("INSERT INTO invoices VALUES (?, ?, ?, ?)", invoices)
        lines = [(n, (n + 1) // 2, n % 3 + 1, f"{n}.5") for n in range(1, 25)] + [(25, 99, 1, "7")]
        con.executemany("INSERT INTO invoice_lines VALUES (?, ?, ?, ?)", lines)
    con.close()


def test_a_database_whose_amounts_need_two_tables_is_joined(tmp_path):
    root = project(tmp_path, {})
    shop_in_two_tables(file := tmp_path / "shop.sqlite")
    proposal = propose(file, root)
    clause = "shop.sqlite#invoice_lines LEFT JOIN invoices ON invoice_lines.invoice_id = invoices.id"
    written = yaml.safe_load(proposal.text)
    assert (written["sale_line"]["from"], written["sale_line"]["amount"]) == (clause, "qty * unit_price")
    assert "sale_line.from" in proposal.unconfirmed
    (root / "params" / "acme" / "source.yaml").write_text(yaml.safe_dump(written | {"unconfirmed": []}))
    sales = opened(root)
    spent = sales.counted.to_pandas().groupby("client_id").amount.sum().to_dict()
    right = {client: sum(Decimal(f"{n}.5") * (n % 3 + 1) for n in range(1, 25) if (n + 1) // 2 % 2 + 1 == client)
             for client in (1, 2)}  # fmt: skip
    assert {int(client): amount for client, amount in spent.items()} == right
    assert [left_out.rows for left_out in sales.source.skipped] == [1], "the line without an invoice, by name"


def test_sql_behind_a_file_is_one_from_clause(tmp_path):
    lines = {"from": "shop.sqlite#(SELECT load_extension('x')) AS t"}
    root = project(tmp_path, {}, files=str(tmp_path), sale_line=lines)
    shop_in_two_tables(tmp_path / "shop.sqlite")
    with pytest.raises(BadConfiguration, match="cannot stand in source"):
        opened(root)
