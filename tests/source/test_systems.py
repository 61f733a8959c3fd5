# ruff: noqa: E501  (tables read best as one row a line)
"""The ready maps of ERPNext and Odoo, each on a small hand-made database of that shape, where the system keeps its own."""

import itertools
import re
from contextlib import contextmanager
from decimal import Decimal as D

import psycopg
import pytest
import yaml
from click.testing import CliRunner
from company import mariadb_connection, opened

from helpers.__main__ import cli
from helpers.analysis.control_totals import control_totals
from helpers.analysis.cross_report import cross_report
from helpers.analysis.outstanding import outstanding
from helpers.analysis.points import bonus_points, points_by_client
from helpers.analysis.rating import rating
from helpers.errors import BadData, BadParameter
from helpers.sales import frame, open_sales
from helpers.sales.basis import UNALLOCATED
from helpers.settings.company import Company
from helpers.source.guess.databases import TO_CONFIRM, entities_at, ready_map, system_at, system_called

SYSTEMS = [
    pytest.param("erpnext", marks=pytest.mark.mariadb),
    *(pytest.param(name, marks=pytest.mark.postgres) for name in ("odoo", "odoo_18")),
]

ERPNEXT = """
CREATE TABLE "tabSales Invoice" (name text, customer text, posting_date date, posting_time time, docstatus smallint,
    is_return smallint, is_opening text, return_against text, selling_price_list text);
CREATE TABLE "tabSales Invoice Item" (name text, parent text, idx int, item_code text, item_group text, cost_center text,
    qty numeric(21,9), base_net_amount numeric(21,9), incoming_rate numeric(21,9), sales_invoice_item text);
CREATE TABLE "tabCustomer" (name text, customer_name text, customer_group text, default_price_list text, creation timestamp);
CREATE TABLE "tabCustomer Group" (name text, default_price_list text);
CREATE TABLE "tabCost Center" (name text, cost_center_name text, is_group smallint);
CREATE TABLE "tabPrice List" (name text, price_list_name text, selling smallint);
CREATE TABLE "tabLoyalty Point Entry" (name text, customer text, posting_date date, invoice_type text, invoice text,
    redeem_against text, loyalty_points int, purchase_amount numeric(21,9), expiry_date date);
INSERT INTO "tabLoyalty Point Entry" VALUES
    ('LPE-1', 'ann', '2026-08-15', 'Sales Invoice', 'SI-0', NULL, 20, 200, '2026-10-20'),
    ('LPE-2', 'ann', '2026-10-01', 'Sales Invoice', 'SI-1', NULL, 8, 80.5, '2027-10-01'),
    ('LPE-3', 'ann', '2026-10-05', 'Sales Invoice', 'SI-3', 'LPE-1', -5, 0, '2026-10-20'),
    ('LPE-4', 'bob', '2026-10-02', 'Sales Invoice', 'SI-2', NULL, 4, 45.25, '2027-10-02'),
    ('LPE-5', 'bob', '2026-10-09', NULL, NULL, NULL, -1, 0, '2027-10-02'),
    ('LPE-6', 'bob', '2026-11-01', 'Sales Invoice', 'SI-9', NULL, 99, 990, '2027-11-01');
INSERT INTO "tabSales Invoice" VALUES
    ('SI-1', 'ann', '2026-10-01', '09:00', 1, 0, 'No', NULL, 'Retail'), ('SI-2', 'bob', '2026-10-02', '10:30', 1, 0, 'No', NULL, 'VIP'),
    ('SI-3', 'ann', '2026-10-05', '11:00', 1, 1, 'No', 'SI-1', 'Retail'), ('SI-4', 'ann', '2026-10-06', '11:00', 0, 0, 'No', NULL, 'Retail'),
    ('SI-5', 'ann', '2026-10-07', '11:00', 2, 0, 'No', NULL, 'Retail'), ('SI-6', 'bob', '2026-10-08', '00:00', 1, 0, 'Yes', NULL, 'VIP');
INSERT INTO "tabSales Invoice Item" VALUES
    ('a', 'SI-1', 1, 'pen', 'goods', 'North', 2, 100, 20, NULL), ('b', 'SI-1', 2, 'ink', 'goods', 'South', 1, 30.5, 0, NULL),
    ('c', 'SI-2', 1, 'pen', 'goods', 'North', 1, 45.25, 20, NULL), ('d', 'SI-3', 1, 'pen', 'goods', 'North', -1, -50, 20, 'a'),
    ('e', 'SI-4', 1, 'pen', 'goods', 'North', 1, 1000, 20, NULL), ('f', 'SI-5', 1, 'pen', 'goods', 'North', 1, 2000, 20, NULL),
    ('g', 'SI-6', 1, 'pen', 'goods', 'North', 1, 4000, 20, NULL);
CREATE TABLE "tabCompany" (name text);
INSERT INTO "tabCompany" VALUES ('Acme Ltd'), ('Acme BV');
INSERT INTO "tabCustomer" VALUES ('ann', 'Ann Ltd', 'Shops', '', '2025-01-01'), ('bob', 'Bob', 'Shops', 'VIP', '2025-01-01');
INSERT INTO "tabCustomer Group" VALUES ('Shops', 'Retail');
INSERT INTO "tabCost Center" VALUES ('North', 'North shop', 0), ('South', 'South shop', 0), ('All', 'All', 1);
INSERT INTO "tabPrice List" VALUES ('Retail', 'Retail prices', 1), ('VIP', 'VIP prices', 1), ('Buying', 'Buying', 0);
"""
ERPNEXT_PAID = """
ALTER TABLE "tabSales Invoice" ADD company text DEFAULT 'Acme Ltd', ADD currency text DEFAULT 'EUR';
ALTER TABLE "tabSales Invoice Item" ADD stock_qty numeric, ADD conversion_factor numeric DEFAULT 1;
UPDATE "tabSales Invoice Item" SET stock_qty = qty;
ALTER TABLE "tabLoyalty Point Entry" ADD company text DEFAULT 'Acme Ltd';
ALTER TABLE "tabSales Invoice" ADD base_net_total numeric, ADD base_total_taxes_and_charges numeric DEFAULT 0,
    ADD is_pos smallint DEFAULT 0, ADD base_paid_amount numeric DEFAULT 0, ADD base_change_amount numeric DEFAULT 0;
UPDATE "tabSales Invoice" i SET base_net_total = (SELECT SUM(base_net_amount) FROM "tabSales Invoice Item" WHERE parent = i.name);
UPDATE "tabSales Invoice" SET base_total_taxes_and_charges = 0.2 * base_net_total WHERE name IN ('SI-1', 'SI-3');
UPDATE "tabSales Invoice" SET is_pos = 1, base_paid_amount = 50, base_change_amount = 4.75 WHERE name = 'SI-2';
CREATE TABLE "tabPayment Entry" (name text, party text, party_type text, posting_date date, mode_of_payment text, payment_type text,
    base_paid_amount numeric, base_received_amount numeric, docstatus smallint);
ALTER TABLE "tabPayment Entry" ADD company text DEFAULT 'Acme Ltd';
CREATE TABLE "tabPayment Entry Reference" (parent text, reference_doctype text, reference_name text, allocated_amount numeric);
INSERT INTO "tabPayment Entry" (name, party, party_type, posting_date, mode_of_payment, payment_type, base_paid_amount, base_received_amount, docstatus) VALUES ('PE-1', 'ann', 'Customer', '2026-10-10', 'Cash', 'Receive', 80, 80, 1),
    ('PE-2', 'ann', 'Customer', '2026-10-11', 'Cash', 'Pay', 60, 60, 1), ('PE-3', 'ann', 'Customer', '2026-10-11', 'Cash', 'Receive', 900, 900, 2),
    ('PE-4', 'acme', 'Supplier', '2026-10-11', 'Cash', 'Pay', 700, 700, 1);
INSERT INTO "tabPayment Entry Reference" VALUES ('PE-1', 'Sales Invoice', 'SI-1', 78.3), ('PE-2', 'Sales Invoice', 'SI-3', -60),
    ('PE-3', 'Sales Invoice', 'SI-1', 900), ('PE-4', 'Purchase Invoice', 'PI-1', 700);
"""
ODOO = """
CREATE TABLE account_move (id int, name text, move_type text, state text, invoice_date date, date date,
    commercial_partner_id int, team_id int, reversed_entry_id int);
CREATE TABLE account_move_line (id int, move_id int, display_type text, product_id int, quantity numeric, balance numeric);
CREATE TABLE res_partner (id int, name text, create_date timestamp);
CREATE TABLE ir_property (name text, res_id text, value_reference text);
CREATE TABLE crm_team (id int, name jsonb);
CREATE TABLE product_pricelist (id int, name jsonb);
CREATE TABLE loyalty_program (id int, program_type text);
CREATE TABLE loyalty_card (id int, program_id int, partner_id int, points double precision);
CREATE TABLE loyalty_history (id int, card_id int, create_date timestamp, issued double precision, used double precision,
    order_model text, order_id int);
INSERT INTO loyalty_program VALUES (1, 'loyalty'), (2, 'gift_card');
INSERT INTO loyalty_card VALUES (1, 1, 11, 23), (2, 1, 20, 3), (3, 2, 20, 50), (4, 1, NULL, 7);
INSERT INTO loyalty_history VALUES
    (1, 1, '2026-08-15', 20, 0, 'sale.order', 100), (2, 1, '2026-10-01', 8, 5, 'sale.order', 101),
    (3, 2, '2026-10-02', 4, 0, 'pos.order', 7), (4, 2, '2026-10-09', 0, 1, NULL, NULL), (5, 3, '2026-10-09', 50, 0, NULL, 0),
    (6, 4, '2026-10-09', 7, 0, 'pos.order', 8), (7, 2, '2026-11-01', 99, 0, 'sale.order', 109);
INSERT INTO account_move VALUES
    (1, 'INV/1', 'out_invoice', 'posted', '2026-10-01', '2026-10-01', 10, 1, NULL),
    (2, 'INV/2', 'out_invoice', 'posted', '2026-10-31', '2026-10-31', 20, 1, NULL),
    (3, 'RINV/1', 'out_refund', 'posted', '2026-10-05', '2026-10-05', 10, 1, 1),
    (4, '/', 'out_invoice', 'draft', NULL, '2026-10-06', 10, 1, NULL),
    (5, 'INV/3', 'out_invoice', 'cancel', '2026-10-07', '2026-10-07', 10, 1, NULL),
    (6, 'BILL/1', 'in_invoice', 'posted', '2026-10-07', '2026-10-07', 10, 1, NULL);
INSERT INTO account_move_line VALUES
    (1, 1, 'product', 7, 2, -100), (2, 1, 'tax', NULL, 1, -20), (3, 1, 'payment_term', NULL, 1, 150.5), (4, 1, 'product', 8, 1, -30.5),
    (5, 2, 'product', 7, 1, -45.25), (6, 3, 'product', 7, 1, 50), (7, 4, 'product', 7, 1, -1000), (8, 5, 'product', 7, 1, -2000),
    (9, 6, 'product', 7, 1, 4000);
INSERT INTO res_partner VALUES (10, 'Ann Ltd', '2025-01-01'), (20, 'Bob', '2025-01-01');
INSERT INTO ir_property VALUES ('property_product_pricelist', 'res.partner,10', 'product.pricelist,1'),
    ('property_product_pricelist', 'res.partner,20', 'product.pricelist,2');
INSERT INTO crm_team VALUES (1, '{"en_US": "North shop"}');
INSERT INTO product_pricelist VALUES (1, '{"en_US": "Retail prices"}'), (2, '{"en_US": "VIP prices"}');
"""
ODOO_PAID = """
ALTER TABLE account_move ADD payment_id int, ADD statement_line_id int;
ALTER TABLE account_move_line ADD account_id int, ADD partner_id int, ADD date date, ADD price_subtotal numeric, ADD price_total numeric;
ALTER TABLE res_partner ADD IF NOT EXISTS commercial_partner_id int;
INSERT INTO res_partner (id, name, commercial_partner_id) VALUES (11, 'Ann, at the desk', 10);
UPDATE res_partner SET commercial_partner_id = id WHERE id <> 11;
UPDATE account_move_line SET price_subtotal = abs(balance), price_total = abs(balance) * CASE WHEN move_id IN (1, 3) THEN 1.2 ELSE 1 END;
CREATE TABLE account_account (id int, account_type text);
CREATE TABLE account_partial_reconcile (id int, debit_move_id int, credit_move_id int, amount numeric);
INSERT INTO account_account VALUES (1, 'asset_receivable'), (2, 'asset_cash');
INSERT INTO account_move (id, name, move_type, state, date, payment_id, statement_line_id) VALUES
    (107, 'PAY/1', 'entry', 'posted', '2026-10-10', 1, NULL), (108, 'PAY/2', 'entry', 'posted', '2026-10-11', 2, NULL),
    (109, 'BNK/1', 'entry', 'posted', '2026-10-12', NULL, 1), (110, 'PAY/3', 'entry', 'draft', '2026-10-12', 3, NULL);
INSERT INTO account_move_line (id, move_id, account_id, partner_id, date, balance) VALUES
    (120, 107, 1, 11, '2026-10-10', -80), (121, 107, 2, 11, '2026-10-10', 80), (122, 108, 1, 10, '2026-10-11', 60),
    (123, 108, 2, 10, '2026-10-11', -60), (124, 109, 1, 20, '2026-10-12', -45.25), (125, 109, 2, 20, '2026-10-12', 45.25),
    (126, 110, 1, 10, '2026-10-12', -900), (130, 1, 1, 10, '2026-10-01', 156.6), (131, 3, 1, 10, '2026-10-05', -60),
    (132, 2, 1, 20, '2026-10-31', 45.25);
INSERT INTO account_partial_reconcile VALUES (1, 130, 120, 78.3), (2, 122, 131, 60), (3, 132, 124, 45.25), (4, 130, 126, 900);
"""
ODOO_COMPANIES = """
CREATE TABLE res_company (id int, name varchar);
INSERT INTO res_company VALUES (1, 'Acme Ltd'), (2, 'Acme BV');
ALTER TABLE account_move ADD company_id int DEFAULT 1;
ALTER TABLE ir_property ADD company_id int DEFAULT 1;
INSERT INTO ir_property VALUES ('property_product_pricelist', 'res.partner,10', 'product.pricelist,2', 2);
INSERT INTO account_move (id, name, move_type, state, invoice_date, date, commercial_partner_id, team_id, company_id)
    VALUES (7, 'BV/1', 'out_invoice', 'posted', '2026-10-20', '2026-10-20', 20, 1, 2);
INSERT INTO account_move_line (id, move_id, display_type, product_id, quantity, balance, price_subtotal, price_total)
    VALUES (10, 7, 'product', 7, 1, -777, 777, 777);
"""
ODOO_18 = """
DROP TABLE ir_property;
ALTER TABLE account_move RENAME payment_id TO origin_payment_id;
ALTER TABLE res_partner ADD specific_property_product_pricelist jsonb;
UPDATE res_partner SET specific_property_product_pricelist = '{"1": 1, "2": 2}' WHERE id = 10;
UPDATE res_partner SET specific_property_product_pricelist = '{"1": 2}' WHERE id = 20;
"""


_numbers = itertools.count()


TABLES = {"erpnext": ERPNEXT + ERPNEXT_PAID, "odoo": ODOO + ODOO_PAID + ODOO_COMPANIES}
TABLES["odoo_18"] = TABLES["odoo"] + ODOO_18
ENTITY = "Acme Ltd"
MARIADB_TYPES = {r"\btext\b": "varchar(140)", r"\btimestamp\b": "datetime(6)", r"\btime\b(?=,)": "time(6)",
                 r"\bsmallint\b": "tinyint", r"\bnumeric\b(?!\()": "decimal(21,9)", '"': "`"}  # fmt: skip


def as_mariadb_writes(sql: str) -> str:
    """The tables of ERPNext as Frappe makes them on MariaDB."""
    for theirs, ours in MARIADB_TYPES.items():
        sql = re.sub(theirs, ours, sql)
    return sql


@pytest.fixture
def database(request, name):
    """Makes a database of a system's shape where that system keeps its own: a new one's address, by its tables."""
    address = request.getfixturevalue("mariadb_address" if name == "erpnext" else "postgres_address")

    def made(sql: str) -> str:
        place = f"{name}_{next(_numbers)}"
        if name == "erpnext":
            with mariadb_connection(address) as con, con.cursor() as cursor:
                cursor.execute(f"CREATE DATABASE {place}")
                con.select_db(place)
                for statement in filter(str.strip, as_mariadb_writes(sql).split(";\n")):
                    cursor.execute(statement)
        else:
            with psycopg.connect(address, autocommit=True) as con:
                con.execute(f"CREATE DATABASE {place}")
            with psycopg.connect(re.sub(r"(//[^/?]*/)[^?]*", rf"\1{place}", address), autocommit=True) as con:
                con.execute(sql)
        return re.sub(r"(//[^/?]*/)[^?]*", rf"\1{place}", address)

    return made


@contextmanager
def mapped(root, monkeypatch, database, name: str, source: str, more: str = ""):
    """The sales of a database of that shape, by a map."""
    monkeypatch.setenv(f"{name.partition('_')[0].upper()}_DB", database(TABLES[name] + more))
    (root / "params" / "acme").mkdir(parents=True)
    (root / "notebooks").mkdir()
    (root / "params/acme/source.yaml").write_text(source)
    sales = opened(root)
    yield sales
    sales.source.con.con.close()


def ready(name: str) -> str:
    """A map as `init --system` writes it, with what is in doubt confirmed."""
    return ready_map(system_called(name), None).replace(f"{TO_CONFIRM}\n", "").replace("LEGAL ENTITY", ENTITY)


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_database_is_known_by_its_tables(monkeypatch, database, name):
    with pytest.raises(BadParameter, match="of no known system"):
        system_at(database("CREATE TABLE t (i int);\n"))
    monkeypatch.setenv("SHOP_DB", database(TABLES[name]))
    system = system_at("$SHOP_DB")
    assert system.name == name
    assert entities_at(system, "$SHOP_DB") == ["Acme BV", "Acme Ltd"]
    text = ready_map(system, "$SHOP_DB")
    assert "\nconnect: $SHOP_DB" in text
    assert Company.model_validate(yaml.safe_load(text)).unconfirmed == ["company", "connect", "timezone", "currency"]


def test_a_map_is_written_for_a_person_to_fill_in(tmp_path, monkeypatch):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "params").mkdir()
    monkeypatch.setenv("CLIENT_RATING_ROOT", str(tmp_path))
    said = CliRunner().invoke(cli, ["init", "--system", "odoo", "--company", "acme"], catch_exceptions=False)
    assert said.exit_code == 0
    text = (tmp_path / "params" / "acme" / "source.yaml").read_text("utf-8")
    assert TO_CONFIRM in text
    assert "recognised_by" not in text
    wrong = CliRunner().invoke(cli, ["init", "--system", "odo"])
    assert isinstance(wrong.exception, BadParameter)
    assert "did you mean 'odoo'" in str(wrong.exception)


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_ready_map_reads_states_return_signs_and_price_lists(tmp_path, monkeypatch, database, name):
    with mapped(tmp_path, monkeypatch, database, name, ready(name)) as sales:
        cross = cross_report(sales, 10)
        made = control_totals(sales)
        left_out = sales.left_out
    rows = cross.clients
    assert rows.client_name.tolist() == ["Ann Ltd", "Bob"]
    assert rows.net.tolist() == [D(100) + D("30.5") - D(50), D("45.25")]
    assert rows.returns.tolist() == [D(-50), D(0)]
    assert rows.price_list.tolist() == ["Retail prices", "VIP prices"]
    assert "North shop" in cross.branches.label.tolist()
    assert made.total == D(100) + D("30.5") - D(50) + D("45.25")
    out = dict(zip(left_out.reason, left_out.amount, strict=True))
    assert out == {"draft": D(1000), "cancelled": D(2000) + (D(4000) if name == "erpnext" else 0)}


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_ready_map_feeds_the_bonus_points(tmp_path, monkeypatch, database, name):
    marks = re.compile(r"^# (?=point_value|bonus_entry|  )", re.MULTILINE)
    with mapped(tmp_path, monkeypatch, database, name, marks.sub("", ready(name))) as sales:
        found, clients = bonus_points(sales), frame(points_by_client(sales)).set_index("client_id")
    expired = 20 - 5 if name == "erpnext" else 0  # of the 20 of August, 5 were used before 20 October
    assert (found.opening, found.accrued, found.redeemed, found.expired) == (20, 8 + 4, 5, expired)
    assert (found.adjusted, found.reversed, found.closing) == (-1, 0, 20 + 8 - 5 - expired + 4 - 1)
    assert found.liability == found.closing * 1
    ann, bob = ("ann", "bob") if name == "erpnext" else ("10", "20")
    assert clients.closing.to_dict() == {ann: 20 + 8 - 5 - expired, bob: 4 - 1}


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_ready_map_tells_what_was_paid_and_what_is_owed(tmp_path, monkeypatch, database, name):
    """Ann's invoice asks 130.5 and a fifth of it as tax, her credit note 50 and a fifth; of her 80, 78.3 pay the invoice;
    Bob paid his in full, ERPNext's at the till, Odoo's by the bank. Drafts and cancelled payments do not count."""
    with mapped(tmp_path, monkeypatch, database, name, ready(name)) as sales:
        owed = frame(outstanding(sales))
        paid = open_sales("acme", "2026-10", "2026-11-23", root=tmp_path, basis="paid")
        received = rating(paid).frame.set_index("client_id").net
        apart = frame(paid.counted.filter(paid.counted.branch_id == UNALLOCATED)).amount.tolist()
        paid.source.con.con.close()
    ann, bob = owed.client_id
    assert owed.outstanding.tolist() == [D("130.5") * D("1.2") - D(50) * D("1.2") - 80 + 60, D("45.25") - D("45.25")]
    assert received.to_dict() == {ann: D(80) - 60, bob: D("45.25")}
    assert apart == [D(80) - D("78.3")]


CASES_AND_DOLLARS = """
INSERT INTO "tabSales Invoice" (name, customer, posting_date, posting_time, docstatus, is_return, is_opening, selling_price_list, currency, company)
    VALUES ('SI-7', 'bob', '2026-10-20', '12:00', 1, 0, 'No', 'VIP', 'USD', 'Acme Ltd'), ('SI-8', 'bob', '2026-10-21', '12:00', 1, 0, 'No', 'VIP', 'EUR', 'Acme BV');
INSERT INTO "tabSales Invoice Item" (name, parent, item_code, cost_center, qty, conversion_factor, stock_qty, incoming_rate, base_net_amount)
    VALUES ('h', 'SI-7', 'pen', 'North', 1, 12, 12, 5, 90), ('i', 'SI-8', 'pen', 'North', 1, 1, 1, 5, 7);
"""


@pytest.mark.mariadb
@pytest.mark.parametrize("name", ["erpnext"])
def test_a_case_costs_its_units_and_an_amount_of_the_company_is_not_converted_again(
    tmp_path, monkeypatch, database, name
):
    """A case of 12 at 5 each, sold to America for what is 90 in the company's currency; the sister company's is hers."""
    with mapped(tmp_path, monkeypatch, database, name, ready(name), CASES_AND_DOLLARS) as sales:
        line = frame(sales.counted.filter(sales.counted.sale_id == "SI-7")).iloc[0]
        clients = rating(sales).frame.set_index("client_id")
    assert (line.amount, line.cost_amount, line.quantity) == (90, 12 * 5, 1)
    assert clients.net["bob"] == D("45.25") + 90


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_database_of_several_companies_is_refused_until_one_is_named(tmp_path, monkeypatch, database, name):
    unnamed, more = ready(name).replace(ENTITY, "LEGAL ENTITY"), CASES_AND_DOLLARS if name == "erpnext" else ""
    refused = pytest.raises(BadData, match="'of Acme BV', 'of Acme Ltd'")
    with mapped(tmp_path, monkeypatch, database, name, unnamed, more) as sales, refused:
        control_totals(sales)
