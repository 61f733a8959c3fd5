# ruff: noqa: E501  (tables read best as one row a line)
"""The ready maps of ERPNext and Odoo, each on a small hand-made database of that shape."""

from decimal import Decimal as D
from importlib.resources import files

import psycopg
import pytest
from company import opened

from helpers.checks import checks
from helpers.cross_report import cross_report
from helpers.rating import rating

pytestmark = pytest.mark.postgres

ERPNEXT = """
CREATE TABLE "tabSales Invoice" (name text, customer text, posting_date date, posting_time time, docstatus smallint,
    is_return smallint, is_opening text, return_against text, selling_price_list text);
CREATE TABLE "tabSales Invoice Item" (name text, parent text, idx int, item_code text, item_group text, cost_center text,
    qty numeric(21,9), base_net_amount numeric(21,9), incoming_rate numeric(21,9), sales_invoice_item text);
CREATE TABLE "tabCustomer" (name text, customer_name text, customer_group text, default_price_list text, creation timestamp);
CREATE TABLE "tabCustomer Group" (name text, default_price_list text);
CREATE TABLE "tabCost Center" (name text, cost_center_name text, is_group smallint);
CREATE TABLE "tabPrice List" (name text, price_list_name text, selling smallint);
INSERT INTO "tabSales Invoice" VALUES
    ('SI-1', 'ann', '2026-10-01', '09:00', 1, 0, 'No', NULL, 'Retail'), ('SI-2', 'bob', '2026-10-02', '10:30', 1, 0, 'No', NULL, 'VIP'),
    ('SI-3', 'ann', '2026-10-05', '11:00', 1, 1, 'No', 'SI-1', 'Retail'), ('SI-4', 'ann', '2026-10-06', '11:00', 0, 0, 'No', NULL, 'Retail'),
    ('SI-5', 'ann', '2026-10-07', '11:00', 2, 0, 'No', NULL, 'Retail'), ('SI-6', 'bob', '2026-10-08', '00:00', 1, 0, 'Yes', NULL, 'VIP');
INSERT INTO "tabSales Invoice Item" VALUES
    ('a', 'SI-1', 1, 'pen', 'goods', 'North', 2, 100, 20, NULL), ('b', 'SI-1', 2, 'ink', 'goods', 'South', 1, 30.5, 0, NULL),
    ('c', 'SI-2', 1, 'pen', 'goods', 'North', 1, 45.25, 20, NULL), ('d', 'SI-3', 1, 'pen', 'goods', 'North', -1, -50, 20, 'a'),
    ('e', 'SI-4', 1, 'pen', 'goods', 'North', 1, 1000, 20, NULL), ('f', 'SI-5', 1, 'pen', 'goods', 'North', 1, 2000, 20, NULL),
    ('g', 'SI-6', 1, 'pen', 'goods', 'North', 1, 4000, 20, NULL);
INSERT INTO "tabCustomer" VALUES ('ann', 'Ann Ltd', 'Shops', '', '2025-01-01'), ('bob', 'Bob', 'Shops', 'VIP', '2025-01-01');
INSERT INTO "tabCustomer Group" VALUES ('Shops', 'Retail');
INSERT INTO "tabCost Center" VALUES ('North', 'North shop', 0), ('South', 'South shop', 0), ('All', 'All', 1);
INSERT INTO "tabPrice List" VALUES ('Retail', 'Retail prices', 1), ('VIP', 'VIP prices', 1), ('Buying', 'Buying', 0);
"""
ODOO = """
CREATE TABLE account_move (id int, name text, move_type text, state text, invoice_date date, date date,
    commercial_partner_id int, team_id int, reversed_entry_id int);
CREATE TABLE account_move_line (id int, move_id int, display_type text, product_id int, quantity numeric, balance numeric);
CREATE TABLE res_partner (id int, name text, create_date timestamp);
CREATE TABLE ir_property (name text, res_id text, value_reference text);
CREATE TABLE crm_team (id int, name jsonb);
CREATE TABLE product_pricelist (id int, name jsonb);
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


@pytest.mark.parametrize(("name", "tables"), [("erpnext", ERPNEXT), ("odoo", ODOO)])
def test_a_ready_map_reads_states_return_signs_and_price_lists(tmp_path, monkeypatch, postgres_address, name, tables):
    with psycopg.connect(postgres_address, autocommit=True) as con:
        con.execute(f"CREATE SCHEMA {name}")
        con.execute(f"SET search_path = {name}")
        con.execute(tables)
        con.execute(f"ALTER DATABASE postgres SET search_path = {name}, public")
    try:
        monkeypatch.setenv(f"{name.upper()}_DB", postgres_address)
        (tmp_path / "params" / "acme").mkdir(parents=True)
        (tmp_path / "notebooks").mkdir()
        (tmp_path / "params/acme/source.yaml").write_text(files("helpers").joinpath(f"maps/{name}.yaml").read_text())
        sales = opened(tmp_path)
        ranked = rating(sales)
        cross = cross_report(sales, ranked.head(10))
        made = checks(sales, ranked, cross)
    finally:
        with psycopg.connect(postgres_address, autocommit=True) as con:
            con.execute("ALTER DATABASE postgres RESET search_path")
    rows = cross.clients
    assert rows.client_name.tolist() == ["Ann Ltd", "Bob"]
    assert rows.net.tolist() == [D(100) + D("30.5") - D(50), D("45.25")]
    assert rows.returns.tolist() == [D(-50), D(0)]
    assert rows.price_list.tolist() == ["Retail prices", "VIP prices"]
    assert "North shop" in cross.branches.label.tolist()
    assert made.total == D(100) + D("30.5") - D(50) + D("45.25")
    out = dict(zip(sales.left_out.reason, sales.left_out.amount, strict=True))
    assert out == {"draft": D(1000), "cancelled": D(2000) + (D(4000) if name == "erpnext" else 0)}
