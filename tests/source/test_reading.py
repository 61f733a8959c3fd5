"""Shape before mapping: expressions over one row, rows left out by name, files joined, amounts as people write them.

Each case is a small file with the total that is right; the sums are done by hand beside it.
"""

from decimal import Decimal as D
from pathlib import Path

import duckdb
import pytest
from company import company, opened

from helpers.errors import BadConfiguration, BadData
from helpers.sales import Sales
from helpers.settings.company import Csv, Table
from helpers.source.files import Snapshot, ingest

MAPPED = dict(sale_id="doc", client_id="client", branch_id="shop", sold_at="date", amount="amount")
HEADER = "doc,date,client,shop,amount\n"


def taken_in(folder: Path, content: str, mapping: dict | None = None, currency: str = "EUR", **csv) -> Snapshot:
    """The snapshot of a file `s.csv`, mapped as MAPPED with some differences."""
    (folder / "s.csv").write_text(content, "utf-8")
    table = Table.model_validate({"from": "s.csv"} | MAPPED | (mapping or {}))
    return ingest("sale_line", table, [folder / "s.csv"], Csv(**csv), folder / "snapshots", currency)


def rows(taken: Snapshot, columns: str = "client_id, amount") -> list[tuple]:
    return duckdb.sql(f"SELECT {columns} FROM read_parquet('{taken.pattern}')").fetchall()


def left_out(taken: Snapshot) -> list[tuple]:
    return duckdb.sql(f"SELECT \"column\", reason, count(*) FROM '{taken.quarantine}' GROUP BY ALL").fetchall()


def total(taken: Snapshot) -> D:
    """The sum of the accepted rows, every row being accounted for."""
    kept_out = taken.rows_quarantined + taken.rows_rejected + taken.rows_skipped
    assert taken.rows_read == taken.rows_accepted + kept_out
    assert len(rows(taken)) == taken.rows_accepted
    return rows(taken, "coalesce(sum(amount), 0)")[0][0]


# -- amounts as people write them ----------


@pytest.mark.parametrize(
    ("currency", "csv", "amounts", "right"),
    [
        ("USD", {"thousands": ","}, ["$400.00", "($30.00)", '"$1,200.50"'], 400 - 30 + D("1200.50")),
        ("EUR", {}, ["400.00", "30.00-", "1200.50"], 400 - 30 + D("1200.50")),
        ("BRL", {"thousands": ".", "decimal": ",", "delimiter": ";"}, ["R$ 1.234,56", "R$ 12,00", "-R$ 2,00"],
         D("1234.56") + 12 - 2),
        ("CHF", {"thousands": "'", "delimiter": ";"}, ["1'234.50", "12’000.00"], D("1234.50") + 12_000),
        ("EUR", {"thousands": " ", "decimal": ",", "delimiter": ";"},
         ["61,80 €", "1 299,90\u00a0€", "1\u202f000,00 EUR"], D("61.80") + D("1299.90") + 1000),
        ("INR", {"thousands": ","}, ['"₹12,34,567.50"', '"Rs. 1,00,000"'], D("1234567.50") + 100_000),
        ("EUR", {}, ["\u22125.00", "- 1", "+2", "€-3.00", "-€4.00", "(5.00 €)", "(6) EUR", "eur 7"],
         -5 - 1 + 2 - 3 - 4 - 5 - 6 + 7),
        ("AED", {}, ["١٢٣", "۴۵", "१२.५", "１２", "7٫5"], 123 + 45 + D("12.5") + 12 + D("7.5")),
        ("RUB", {"decimal": ",", "thousands": " ", "delimiter": ";"}, ["1 500,00 руб.", "2,50 ₽"], D("1502.50")),
        ("EUR", {"decimal": ",", "thousands": ".", "delimiter": ";"}, ["1.234,5", "€ 1.000"], D("1234.5") + 1000),
    ],
)  # fmt: skip
def test_amounts_as_people_write_them(tmp_path, currency, csv, amounts, right):
    mark = csv.get("delimiter", ",")
    lines = [f"{n},2026-03-01,Anna,North,{amount}".replace(",", mark, 4) for n, amount in enumerate(amounts)]
    taken = taken_in(tmp_path, "\n".join([HEADER.strip().replace(",", mark), *lines]), currency=currency, **csv)
    assert (total(taken), taken.rows_quarantined) == (right, 0)


@pytest.mark.parametrize(
    "amount", ["$5", "5 USD", "1€2", "€", "(-5)", "((5))", "-5-", "€5€€", "£5", "5 €/h", "R5", "5 kg"]
)
def test_what_is_no_amount_of_the_company_is_no_amount(tmp_path, amount):
    taken = taken_in(tmp_path, HEADER + f"1,2026-03-01,Anna,North,{amount}\n2,2026-03-01,Anna,North,1\n")
    assert (total(taken), taken.rows_quarantined) == (1, 1)


def test_the_lines_own_currency_says_which_mark_it_may_have(tmp_path):
    lines = ["$1,USD", "€2,EUR", "$4,EUR", "€8,USD", "€16,", "C$32,CAD", "64 usd,usd"]
    content = "doc,date,client,shop,amount,cur\n" + "".join(f"1,2026-03-01,A,N,{line}\n" for line in lines)
    taken = taken_in(tmp_path, content, {"currency": "cur"})
    assert total(taken) == 1 + 2 + 16 + 32 + 64
    assert left_out(taken) == [("amount", "marked with another currency or unit than EUR", 2)]
    product = taken_in(tmp_path, content, {"currency": "cur", "amount": "amount * 2"})
    assert total(product) == 2 * (1 + 2 + 16 + 32 + 64)


def test_reasons_with_their_counts(tmp_path):
    """Thirty amounts in another currency, twenty days written otherwise, 29 rows left."""
    lines = [f"{n},2026-03-{n % 28 + 1:02},C,N,{'$' if n % 2 and n < 60 else ''}{n}.00" for n in range(1, 60)]
    lines += [f"{n},2026/03/05,C,N,{n}.00" for n in range(60, 80)]
    taken = taken_in(tmp_path, HEADER + "\n".join(lines) + "\n")
    assert total(taken) == sum(range(2, 60, 2)) == 870
    assert sorted(left_out(taken)) == [
        ("amount", "marked with another currency or unit than EUR", 30),
        ("sold_at", "no such day, or not written as %Y-%m-%d %H:%M:%S or %Y-%m-%d", 20),
    ]


def test_grouped_thousands_that_nobody_declared_are_told(tmp_path):
    taken = taken_in(tmp_path, HEADER + '1,2026-03-01,A,N,"$1,200.50"\n', currency="USD")
    assert left_out(taken) == [
        ("amount", "not a number with the decimal mark .; if thousands are grouped, set csv.thousands", 1)
    ]


# -- rows that are no sale lines ----------


def test_the_header_in_the_middle_is_left_out_and_counted(tmp_path):
    lines = ["1,2026-03-01,Anna,North,400.00", HEADER.strip(), "3,2026-03-03,Ben,South,1200.50"]
    taken = taken_in(tmp_path, HEADER + "\n".join(lines))
    assert total(taken) == 400 + D("1200.50")
    assert taken.skipped == {"the header again": [1, None]}


def test_total_rows_are_left_out_by_name_with_their_amount(tmp_path):
    lines = ["1,2026-03-01,Anna,N,400.00", ",2026-03-31,Anna Total,,400.00", "3,2026-03-02,Ben,N,30.00",
             ",2026-03-31,Ben Total,,30.00", ",2026-03-31,Grand Total,,430.00"]  # fmt: skip
    skip = {"the end": "client = 'Grand Total'", "subtotals": "client LIKE '% Total'"}
    taken = taken_in(tmp_path, HEADER + "\n".join(lines), {"skip": skip})
    assert total(taken) == 400 + 30
    assert taken.skipped == {"the end": [1, "430.0000"], "subtotals": [2, "430.0000"]}  # the first rule that fits


ORDERS = """\
Name,Email,Status,Total,Refunded,Created at,Qty,Price,Location,Source
#1,anna,paid,110.00,0.00,2026-03-01 10:00:00 -0500,2,50.00,North,web
#1,anna,,,,2026-03-01 10:00:00 -0500,1,10.00,,web
#2,ben,refunded,90.00,20.00,2026-03-31 23:30:00 -0400,1,60.00,,web
#2,ben,,,,2026-03-31 23:30:00 -0400,1,30.00,,web
"""
ORDER = {"sale_id": "Name", "client_id": "Email", "branch_id": "coalesce(Location, Source)", "sold_at": "Created at"}
ZONED = {"datetime_format": "%Y-%m-%d %H:%M:%S %z"}


@pytest.mark.parametrize(
    ("amount", "skip", "right"),
    [
        ("Total - Refunded", {"further lines": "Status IS NULL"}, (110 - 0) + (90 - 20)),
        ("Total", {"further lines": "row_number() OVER (PARTITION BY Name) > 1"}, 110 + 90),
        ("Qty * Price", {}, 2 * 50 + 10 + 60 + 30),
        ("CASE WHEN Status = 'paid' THEN Qty * Price ELSE 0 END", {}, 100),
        ("Qty * Price * (1 - 0.15)", {}, (2 * 50 + 10 + 60 + 30) * D("0.85")),
        ("sum(Qty * Price) OVER (PARTITION BY Name)", {"further lines": "Status IS NULL"}, 110 + 90),
        ("coalesce(Total, 0) - coalesce(Refunded, 0)", {}, 110 + 90 - 20),
    ],
)
def test_an_amount_is_an_expression_over_one_row(tmp_path, amount, skip, right):
    taken = taken_in(tmp_path, ORDERS, ORDER | {"amount": amount, "skip": skip}, **ZONED)
    assert (total(taken), taken.rows_quarantined) == (right, 0)
    assert {branch for (branch,) in rows(taken, "branch_id")} == {"North", "web"}
    assert taken.rows_skipped == (2 if skip else 0)


def test_a_blank_is_0_only_where_the_mapping_says_so(tmp_path):
    content = "doc,date,client,shop,Debit,Credit\n1,2026-03-01,A,N,400.00,\n2,2026-03-02,A,N,,30.00\n"
    taken = taken_in(tmp_path, content, {"amount": "Debit - Credit"})
    assert (total(taken), taken.rows_quarantined) == (0, 2)
    assert ("amount: Credit", "empty; where a blank is 0, write coalesce(Credit, 0)", 1) in left_out(taken)
    taken = taken_in(tmp_path, content, {"amount": "coalesce(Debit, 0) - coalesce(Credit, 0)"})
    assert (total(taken), taken.rows_quarantined) == (400 - 30, 0)
    taken = taken_in(
        tmp_path, content + "3,2026-03-01,A,N,x,\n", {"amount": "coalesce(Debit, 0) - coalesce(Credit, 0)"}
    )
    assert left_out(taken) == [("amount: Debit", "not a number with the decimal mark .", 1)]


def test_a_name_written_above_its_group_is_carried_down(tmp_path):
    content = """\
,Date,Num,Amount
Ann,,,
,2026-03-01,1,100.00
,2026-03-02,2,-50.00
Total for Ann,,,50.00
Bob,,,
,2026-03-03,3,"5,500.00"
TOTAL,,,"5,550.00"
"""
    skip = {"totals": "column 1 LIKE 'Total for %' OR column 1 = 'TOTAL'", "names": "Date IS NULL AND Amount IS NULL"}
    mapping = {"sale_id": "Num", "client_id": "fill_down(column 1)", "branch_id": "'one'", "sold_at": "Date",
               "amount": "Amount", "skip": skip}  # fmt: skip
    taken = taken_in(tmp_path, content, mapping, thousands=",")
    assert rows(taken) == [("Ann", 100), ("Ann", -50), ("Bob", 5500)]
    assert taken.skipped == {"totals": [2, "5600.0000"], "names": [2, None]}


def test_the_client_of_another_line_of_the_same_entry(tmp_path):
    content = """\
entry|account|client|date|debit|credit
0|411000|CLI1|20260301|120,00|0,00
0|707000||20260301|0,00|100,00
0|445710||20260301|0,00|20,00
1|411000|CLI1|20260301|7,00|0,00
1|411000|CLI2|20260301|5,00|0,00
1|707000||20260301|0,00|12,00
"""
    mapping = {"sale_id": "entry", "client_id": "only_one(client, entry)", "branch_id": "account", "sold_at": "date",
               "amount": "credit - debit", "skip": {"accounts other than 70": "account NOT LIKE '70%'"}}  # fmt: skip
    taken = taken_in(tmp_path, content, mapping, delimiter="|", decimal=",", date_format="%Y%m%d")
    assert rows(taken) == [("CLI1", 100), (None, 12)]  # an entry of two clients belongs to neither
    assert taken.skipped == {"accounts other than 70": [4, format(D(20 - 120 - 7 - 5), ".12f")]}


@pytest.mark.parametrize("name", ["no", "off", "yes"])
def test_a_column_may_be_called_what_yaml_takes_for_something_else(tmp_path, name):
    content = f"doc,date,{name},shop,amount\n1,2026-03-01,00123,North,400.00\n"
    told = {"no": False, "off": False, "yes": True}[name]
    assert rows(taken_in(tmp_path, content, {"client_id": told})) == [("00123", 400)]


def test_four_decimals_half_away_from_zero_and_counted(tmp_path):
    """Three times 0.33335 and its negative: 1.00005 becomes 1.0001, and -1.00005 becomes -1.0001."""
    mapping = {"from": "s.csv", "client_id": "client", "sold_at": "date", "amount": "qty * price"}
    root = company(tmp_path, {}, sale_line=mapping, files="data")
    (root / "data").mkdir()
    lines = ["A,2026-10-01,3,0.33335", "B,2026-10-01,-3,0.33335", "B,2026-10-01,2,0.5"]
    (root / "data" / "s.csv").write_text("\n".join(["client,date,qty,price", *lines]))
    lines = opened(root).counted.order_by("amount").to_pandas()
    assert lines.amount.tolist() == [D("-1.0001"), D(1), D("1.0001")]
    assert lines.is_rounded.tolist() == [True, False, True]


# -- joined files ----------


LINES = "doc,date,order,amount\n1,2026-03-01,A,10.00\n2,2026-03-02,B,5.00\n3,2026-03-02,,1.00\n"
JOINED = {"join": {"orders.csv": "order = no"}, "branch_id": "shop", "client_id": "client", "sale_id": "doc"}


def joined(folder: Path, orders: str, mapping: dict | None = None) -> Snapshot:
    (folder / "s.csv").write_text(LINES)
    (folder / "orders.csv").write_text(orders)
    table = Table.model_validate({"from": "s.csv", "sold_at": "date", "amount": "amount"} | JOINED | (mapping or {}))
    files = {"orders.csv": folder / "orders.csv"}
    return ingest("sale_line", table, [folder / "s.csv"], Csv(), folder / "snapshots", "EUR", "UTC", files)


def test_a_joined_file_adds_the_columns_of_at_most_one_row(tmp_path):
    taken = joined(tmp_path, "no,client,shop,date\nA,Anna,North,x\nC,Cid,South,x\n,Nobody,South,x\n")
    assert rows(taken, "client_id, branch_id, amount") == [("Anna", "North", 10), (None, None, 5), (None, None, 1)]
    taken = joined(
        tmp_path, "no,client,shop,date\nA,Anna,North,2026-05-05\n", {"sold_at": "coalesce(orders date, date)"}
    )
    assert rows(taken, "sold_at::DATE::VARCHAR") == [("2026-05-05",), ("2026-03-02",), ("2026-03-02",)]


def test_a_joined_key_that_stands_twice_is_refused(tmp_path):
    with pytest.raises(BadData, match=r"orders\.csv: 1 values of its key stand in more than one row"):
        joined(tmp_path, "no,client,shop\nA,Anna,North\nA,Anna,South\n")
    with pytest.raises(BadData, match=r"orders\.csv record 2: too few fields"):
        joined(tmp_path, "no,client,shop\nA\n")
    with pytest.raises(BadConfiguration, match=r"orders\.csv has no column 'no'.*"):
        joined(tmp_path, "number,client,shop\nA,Anna,North\n")


def test_another_joined_file_makes_another_snapshot(tmp_path):
    first, second = (joined(tmp_path, f"no,client,shop\nA,{client},North\n") for client in ("Anna", "Ben"))
    assert first.fingerprint != second.fingerprint


# -- days and times ----------


def sales_of(root: Path, lines: list[str], zone: str, **csv) -> Sales:
    mapping = {"from": "s.csv", "client_id": "client", "sold_at": "date", "amount": "amount"}
    root = company(root, {}, sale_line=mapping, files="data", csv=csv, timezone=zone, times_are_in="Asia/Tokyo")
    (root / "data").mkdir()
    (root / "data" / "s.csv").write_text("\n".join(["client,date,amount", *lines]))
    return opened(root, "2026-03")


def test_an_offset_is_an_instant_whatever_the_zone_of_other_times(tmp_path):
    """Of New York's March: the last evening, 23:30 at -0400, is in it, whatever UTC's calendar says; a day alone is one
    of Tokyo's clock, where naive times are."""
    lines = ["Anna,2026-03-01 10:00:00 -0500,1", "Anna,2026-03-31 23:30:00 -0400,2", "Anna,2026-04-01 00:00:00 -0400,4",
             "Ben,2026-03-31,8", "Ben,2026-04-01,16", "Ben,2026-04-02,32"]  # fmt: skip
    sales = sales_of(tmp_path, lines, "America/New_York", datetime_format="%Y-%m-%d %H:%M:%S %z")
    assert sales.counted.amount.sum().execute() == 1 + 2 + 8 + 16


def test_z_is_an_instant(tmp_path):
    moments = ["2026-03-01T04:59:59Z", "2026-03-01T05:00:00Z", "2026-04-01T03:59:59Z", "2026-04-01T04:00:00Z"]
    lines = [f"Anna,{moment},{2**n}" for n, moment in enumerate(moments)]
    sales = sales_of(tmp_path, lines, "America/New_York", datetime_format="%Y-%m-%dT%H:%M:%SZ")
    assert sales.counted.amount.sum().execute() == 2 + 4


# -- what is refused ----------


ATTACKS = [
    "read_text('/etc/passwd')", "(SELECT content FROM read_text('/etc/passwd'))", "getenv('HOME')", "query('SELECT 1')",
    "amount; COPY (SELECT 1) TO '{canary}'", "amount FROM s; ATTACH '{canary}'", "amount) TO '{canary}' --",
    "current_setting('home_directory')", "query_table('duckdb_settings')", "glob('/etc/*')", "COLUMNS(*)", "*",
    "amount IN (SELECT 1)", "EXISTS (SELECT 1)", "CASE WHEN 1 = 1 THEN read_blob('/etc/passwd') END",
    "fill_down(read_text('/etc/passwd'))", "amount /* */ ; INSTALL httpfs", "SET enable_external_access = true",
    "CALL pragma_version()", "$1", "?", "x -> x", "list_transform([1], x -> x)", "getvariable('x')", "nextval('s')",
    "pg_read_file('/etc/passwd')", "load_extension('x')", "sniff_csv('/etc/passwd')", "duckdb_secrets()", "error('x')",
    "strict_number(amount, '')", "as_number(amount, '')", "set_config('a', 'b')", "write_log('x')", "version()",
    "now()", "random()", "sleep_ms(1000)", "* EXCLUDE (amount)", "amount UNION SELECT 1",
    "amount IN (FROM 'secret.csv')", "(SELECT max(amount) FROM 'secret.csv')", "amount::VARCHAR::BLOB",
    "current_user", "amount AS x",
]  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("where", ["amount", "client_id", "skip"])
def test_a_mapping_is_an_expression_over_one_row_and_nothing_else(tmp_path, attack, where):
    attack = attack.format(canary=tmp_path / "canary")
    mapping = {"skip": {"why": attack}} if where == "skip" else {where: attack}
    before = {"s.csv", "snapshots"}
    with pytest.raises((BadConfiguration, BadData)) as caught:
        taken_in(tmp_path, HEADER + "1,2026-03-01,Anna,North,1.00\n", mapping)
    assert "root:" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert {path.name for path in tmp_path.iterdir()} <= before


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("amount / 2", "/ gives no exact amount"),
        ("amount * 1e3", "1e3 is no exact number"),
        ("sum(amount)", r"OVER \(PARTITION BY column\)"),
        ("Amount", "no column 'Amount' in the header, did you mean 'amount'"),
        ("amount * rate", "there is no column 'rate'"),
        ("fill_down()", "write fill_down"),
        ("only_one(client)", r"only_one\(column, key"),
        ("amount AND 1", "cannot be computed|no SQL expression"),
        ("amount +", "no SQL expression over one row"),
        ("lower(amount) * 2 || 'x'", ""),
    ],
)
def test_an_expression_that_cannot_be_says_so(tmp_path, amount, words):
    if not words:
        taken = taken_in(tmp_path, HEADER + "1,2026-03-01,Anna,North,1.00\n", {"amount": amount})
        assert taken.rows_quarantined == 1
        return
    with pytest.raises((BadConfiguration, BadData), match=words):
        taken_in(tmp_path, HEADER + "1,2026-03-01,Anna,North,1.00\n", {"amount": amount})
