# ruff: noqa: E501  (tables read best as one row a line)
"""The ready maps of ERPNext (MariaDB) and Odoo (PostgreSQL), each on tables that were taken over from the vendor's own
definitions of each version (vendors/take_over.py), with every column of it; the rows are made up, figures by hand."""

import itertools
import re
from contextlib import contextmanager
from decimal import Decimal as D
from pathlib import Path

import psycopg
import pytest
import yaml
from click.testing import CliRunner
from company import mariadb_connection, opened
from tests.source.vendors.take_over import of_doctype, of_models

from helpers.__main__ import cli
from helpers.analysis.control_totals import control_totals
from helpers.analysis.cross_report import cross_report
from helpers.analysis.outstanding import outstanding
from helpers.analysis.points import bonus_points, points_by_client
from helpers.analysis.rating import rating
from helpers.errors import BadConfiguration, BadData, BadParameter
from helpers.sales import frame
from helpers.sales.basis import UNALLOCATED
from helpers.settings.company import Company
from helpers.source.guess.databases import TO_CONFIRM, Choices, entities_at, ready_map, system_at
from helpers.source.guess.systems import systems

VENDORS = Path(__file__).parent / "vendors"
ERPNEXT, ODOO = ("erpnext_15", "erpnext_16"), ("odoo_16", "odoo_17", "odoo_18", "odoo_19")
erpnext = [pytest.param(name, marks=pytest.mark.mariadb) for name in ERPNEXT]
odoo = [pytest.param(name, marks=pytest.mark.postgres) for name in ODOO]
every_version = pytest.mark.parametrize("name", erpnext + odoo)

# Ann buys for 100 and 40, less 10 for the whole document, and gives back 50; Bob buys a case of twelve from America for
# what is 90. At the till, not invoiced one by one, Bob buys for 30 with 5 taken off, for 45.25, and gives back 3. A draft of
# 1,000, a cancelled sale of 2,000 and the sister company's 777 dollars do not count. Tax is a fifth where there is any.
ERPNEXT_ROWS = """
INSERT INTO `tabCompany` (name, default_currency) VALUES ('Acme Ltd', 'EUR'), ('Acme BV', 'USD');
INSERT INTO `tabCustomer` (name, customer_name, customer_group, default_price_list, creation) VALUES
    ('ann', 'Ann Ltd', 'Shops', '', '2025-01-01'), ('bob', 'Bob', 'Shops', 'VIP', '2025-01-01');
INSERT INTO `tabCustomer Group` (name, default_price_list) VALUES ('Shops', 'Retail');
INSERT INTO `tabCost Center` (name, cost_center_name, is_group) VALUES ('North', 'North shop', 0), ('South', 'South shop', 0), ('All', 'All', 1);
INSERT INTO `tabPrice List` (name, price_list_name, selling) VALUES ('Retail', 'Retail prices', 1), ('VIP', 'VIP prices', 1), ('Buying', 'Buying', 0);
INSERT INTO `tabSales Invoice` (name, customer, company, currency, posting_date, posting_time, docstatus, is_return, is_opening, return_against, selling_price_list,
    is_pos, is_consolidated, base_net_total, base_total_taxes_and_charges, base_paid_amount, base_change_amount, loyalty_amount) VALUES
    ('SI-1', 'ann', 'Acme Ltd', 'EUR', '2026-10-01', '09:00', 1, 0, 'No', NULL, 'Retail', 0, 0, 130, 26, 0, 0, 0),
    ('SI-3', 'ann', 'Acme Ltd', 'EUR', '2026-10-05', '11:00', 1, 1, 'No', 'SI-1', 'Retail', 0, 0, -50, -10, 0, 0, 0),
    ('SI-4', 'ann', 'Acme Ltd', 'EUR', '2026-10-06', '11:00', 0, 0, 'No', NULL, 'Retail', 0, 0, 1000, 200, 0, 0, 0),
    ('SI-5', 'ann', 'Acme Ltd', 'EUR', '2026-10-07', '11:00', 2, 0, 'No', NULL, 'Retail', 0, 0, 2000, 400, 0, 0, 0),
    ('SI-6', 'bob', 'Acme Ltd', 'EUR', '2026-10-08', '00:00', 1, 0, 'Yes', NULL, 'VIP', 0, 0, 4000, 0, 0, 0, 0),
    ('SI-7', 'bob', 'Acme Ltd', 'USD', '2026-10-20', '12:00', 1, 0, 'No', NULL, 'VIP', 0, 0, 90, 0, 0, 0, 0),
    ('SI-8', 'bob', 'Acme BV', 'USD', '2026-10-21', '12:00', 1, 0, 'No', NULL, 'VIP', 0, 0, 777, 0, 0, 0, 0),
    ('SI-9', 'bob', 'Acme Ltd', 'EUR', '2026-10-02', '23:00', 1, 0, 'No', NULL, 'VIP', 1, 1, 75.25, 15.05, 80, 4.75, 0);
INSERT INTO `tabSales Invoice Item` (name, parent, item_code, item_group, cost_center, qty, conversion_factor, stock_qty, base_amount, base_net_amount, incoming_rate, sales_invoice_item, pos_invoice_item) VALUES
    ('a', 'SI-1', 'pen', 'goods', 'North', 2, 1, 2, 100, 92.86, 20, NULL, NULL), ('b', 'SI-1', 'ink', 'goods', 'South', 1, 1, 1, 40, 37.14, 0, NULL, NULL),
    ('d', 'SI-3', 'pen', 'goods', 'North', -1, 1, -1, -50, -50, 20, 'a', NULL), ('e', 'SI-4', 'pen', 'goods', 'North', 1, 1, 1, 1000, 1000, 20, NULL, NULL),
    ('f', 'SI-5', 'pen', 'goods', 'North', 1, 1, 1, 2000, 2000, 20, NULL, NULL), ('g', 'SI-6', 'pen', 'goods', 'North', 1, 1, 1, 4000, 4000, 20, NULL, NULL),
    ('h', 'SI-7', 'pen', 'goods', 'North', 1, 12, 12, 90, 90, 5, NULL, NULL), ('i', 'SI-8', 'pen', 'goods', 'North', 1, 1, 1, 777, 777, 5, NULL, NULL),
    ('k', 'SI-9', 'pen', 'goods', 'North', 2, 1, 2, 75.25, 75.25, 5, NULL, 'p1');
INSERT INTO `tabPOS Invoice` (name, customer, company, posting_date, posting_time, docstatus, is_return, is_opening, return_against, selling_price_list, consolidated_invoice,
    base_net_total, base_total_taxes_and_charges, base_paid_amount, base_change_amount, loyalty_amount) VALUES
    ('PS-1', 'bob', 'Acme Ltd', '2026-10-02', '10:30', 1, 0, 'No', NULL, 'VIP', 'SI-9', 45.25, 0, 50, 4.75, 0),
    ('PS-2', 'bob', 'Acme Ltd', '2026-10-02', '11:30', 1, 0, 'No', NULL, 'VIP', NULL, 25, 5, 20, 0, 5),
    ('PS-3', 'bob', 'Acme Ltd', '2026-10-02', '12:30', 1, 1, 'No', 'PS-1', 'VIP', NULL, -3, -0.6, -3.6, 0, 0);
INSERT INTO `tabPOS Invoice Item` (name, parent, item_code, item_group, cost_center, qty, stock_qty, base_amount, base_net_amount, pos_invoice_item) VALUES
    ('p1', 'PS-1', 'pen', 'goods', 'North', 1, 1, 45.25, 45.25, NULL), ('p2', 'PS-2', 'pen', 'goods', 'North', 1, 1, 30, 25, NULL), ('p3', 'PS-3', 'pen', 'goods', 'North', -1, -1, -3, -3, 'p1');
INSERT INTO `tabPayment Entry` (name, party, party_type, company, posting_date, mode_of_payment, payment_type, base_paid_amount, base_received_amount,
    base_total_allocated_amount, unallocated_amount, source_exchange_rate, target_exchange_rate, docstatus) VALUES
    ('PE-1', 'ann', 'Customer', 'Acme Ltd', '2026-10-10', 'Bank', 'Receive', 77, 77, 78.3, 1.7, 1, 1, 1),
    ('PE-2', 'ann', 'Customer', 'Acme Ltd', '2026-10-11', 'Cash', 'Pay', 60, 60, 60, 0, 1, 1, 1),
    ('PE-3', 'ann', 'Customer', 'Acme Ltd', '2026-10-11', 'Cash', 'Receive', 900, 900, 900, 0, 1, 1, 2),
    ('PE-4', 'acme', 'Supplier', 'Acme Ltd', '2026-10-11', 'Cash', 'Pay', 700, 700, 700, 0, 1, 1, 1),
    ('PE-5', 'bob', 'Customer', 'Acme Ltd', '2026-10-25', 'Bank', 'Receive', 91, 91, 90, 0, 0.91, 1, 1),
    ('PE-6', 'bob', 'Customer', 'Acme BV', '2026-10-25', 'Bank', 'Receive', 777, 777, 777, 0, 1, 1, 1);
INSERT INTO `tabPayment Entry Deduction` (name, parent, amount) VALUES ('x', 'PE-1', 3);
INSERT INTO `tabPayment Entry Reference` (name, parent, reference_doctype, reference_name, allocated_amount, exchange_rate) VALUES
    ('r1', 'PE-1', 'Sales Invoice', 'SI-1', 78.3, 1), ('r2', 'PE-2', 'Sales Invoice', 'SI-3', -60, 0), ('r3', 'PE-3', 'Sales Invoice', 'SI-1', 900, 1),
    ('r4', 'PE-4', 'Purchase Invoice', 'PI-1', 700, 1), ('r5', 'PE-5', 'Sales Invoice', 'SI-7', 100, 0.9), ('r6', 'PE-6', 'Sales Invoice', 'SI-8', 777, 1);
INSERT INTO `tabLoyalty Point Entry` (name, customer, company, posting_date, invoice_type, invoice, redeem_against, loyalty_points, purchase_amount, expiry_date) VALUES
    ('LPE-1', 'ann', 'Acme Ltd', '2026-08-15', 'Sales Invoice', 'SI-0', NULL, 20, 200, '2026-10-20'), ('LPE-2', 'ann', 'Acme Ltd', '2026-10-01', 'Sales Invoice', 'SI-1', NULL, 8, 80.5, '2027-10-01'),
    ('LPE-3', 'ann', 'Acme Ltd', '2026-10-05', 'Sales Invoice', 'SI-3', 'LPE-1', -5, 0, '2026-10-20'), ('LPE-4', 'bob', 'Acme Ltd', '2026-10-02', 'POS Invoice', 'PS-1', NULL, 4, 45.25, '2027-10-02'),
    ('LPE-5', 'bob', 'Acme Ltd', '2026-10-09', NULL, NULL, NULL, -1, 0, '2027-10-02'), ('LPE-6', 'bob', 'Acme Ltd', '2026-11-01', 'Sales Invoice', 'SI-99', NULL, 99, 990, '2027-11-01'),
    ('LPE-7', 'bob', 'Acme BV', '2026-10-21', 'Sales Invoice', 'SI-8', NULL, 77, 777, '2027-10-21');
"""
ODOO_ROWS = """
INSERT INTO res_currency (id, name) VALUES (1, 'EUR'), (2, 'USD');
INSERT INTO res_company (id, name, currency_id, partner_id) VALUES (1, 'Acme Ltd', 1, 1), (2, 'Acme BV', 2, 2);
INSERT INTO res_partner (id, name, commercial_partner_id, create_date, tz) VALUES (1, 'Acme Ltd', 1, '2025-01-01', 'Europe/Paris'), (2, 'Acme BV', 2, '2025-01-01', NULL),
    (10, 'Ann Ltd', 10, '2025-01-01', NULL), (11, 'Ann, at the desk', 10, '2025-01-01', NULL), (20, 'Bob', 20, '2025-01-01', NULL);
INSERT INTO crm_team (id, name) VALUES (1, '{"en_US": "North shop", "fr_FR": "Magasin nord"}');
INSERT INTO product_pricelist (id, name) VALUES (1, '{"en_US": "Retail prices", "fr_FR": "Prix publics"}'), (2, '{"en_US": "VIP prices"}');
INSERT INTO product_template (id, uom_id) VALUES (70, 1), (80, 1);
INSERT INTO product_product (id, product_tmpl_id) VALUES (7, 70), (8, 80);
INSERT INTO account_journal (id, name, company_id) VALUES (3, NAME_OF_JOURNAL, 1);
INSERT INTO account_account (id, account_type) VALUES (1, 'asset_receivable'), (2, 'asset_cash'), (3, 'expense');
INSERT INTO account_move (id, move_type, state, invoice_date, date, commercial_partner_id, team_id, journal_id, company_id, currency_id, reversed_entry_id) VALUES
    (1, 'out_invoice', 'posted', '2026-10-01', '2026-10-01', 10, 1, 3, 1, 1, NULL), (2, 'out_invoice', 'posted', '2026-10-31', '2026-10-31', 20, 1, 3, 1, 2, NULL),
    (3, 'out_refund', 'posted', '2026-10-05', '2026-10-05', 10, 1, 3, 1, 1, 1), (4, 'out_invoice', 'draft', NULL, '2026-10-06', 10, 1, 3, 1, 1, NULL),
    (5, 'out_invoice', 'cancel', '2026-10-07', '2026-10-07', 10, 1, 3, 1, 1, NULL), (6, 'in_invoice', 'posted', '2026-10-07', '2026-10-07', 10, NULL, 3, 1, 1, NULL),
    (7, 'out_invoice', 'posted', '2026-10-20', '2026-10-20', 20, 1, 3, 2, 2, NULL), (8, 'out_invoice', 'posted', '2026-10-02', '2026-10-02', 20, 1, 3, 1, 1, NULL);
INSERT INTO account_move_line (id, move_id, display_type, product_id, product_uom_id, quantity, balance, amount_currency, price_subtotal, price_total, account_id, partner_id) VALUES
    (1, 1, 'product', 7, 1, 2, -100, -100, 100, 120, 4, 10), (2, 1, 'tax', NULL, NULL, 1, -26, -26, 0, 0, 5, 10), (3, 1, 'payment_term', NULL, NULL, 1, 156, 156, 0, 0, 1, 10),
    (4, 1, 'product', 8, 1, 1, -40, -40, 40, 48, 4, 10), (5, 1, 'product', NULL, NULL, 1, 10, 10, -10, -12, 4, 10), (6, 2, 'product', 7, 2, 1, -90, -100, 100, 100, 4, 20),
    (7, 3, 'product', 7, 1, 1, 50, 50, 50, 60, 4, 10), (8, 4, 'product', 7, 1, 1, -1000, -1000, 1000, 1200, 4, 10), (9, 5, 'product', 7, 1, 1, -2000, -2000, 2000, 2400, 4, 10),
    (10, 6, 'product', 7, 1, 1, 4000, 4000, 4000, 4800, 4, 10), (11, 7, 'product', 7, 1, 1, -777, -777, 777, 777, 4, 20), (12, 8, 'product', 7, 1, 1, -45.25, -45.25, 45.25, 45.25, 4, 20),
    (13, 3, 'payment_term', NULL, NULL, 1, -60, -60, 0, 0, 1, 10), (14, 2, 'payment_term', NULL, NULL, 1, 90, 100, 0, 0, 1, 20), (15, 8, 'payment_term', NULL, NULL, 1, 45.25, 45.25, 0, 0, 1, 20);
INSERT INTO account_move (id, move_type, state, date, company_id, statement_line_id) VALUES (107, 'entry', 'posted', '2026-10-10', 1, NULL), (108, 'entry', 'posted', '2026-10-11', 1, NULL),
    (109, 'entry', 'posted', '2026-10-12', 1, 1), (110, 'entry', 'draft', '2026-10-12', 1, NULL), (111, 'entry', 'posted', '2026-10-02', 1, NULL), (112, 'entry', 'posted', '2026-10-02', 1, NULL), (113, 'entry', 'posted', '2026-10-25', 2, NULL);
INSERT INTO account_payment (id, move_id, pos_session_id) VALUES (1, 107, NULL), (2, 108, NULL), (3, 110, NULL), (4, 111, 1), (5, 113, NULL);
INSERT INTO account_bank_statement_line (id, move_id, pos_session_id) VALUES (1, 109, NULL);
INSERT INTO account_move_line (id, move_id, account_id, partner_id, date, balance) VALUES (120, 107, 1, 11, '2026-10-10', -80), (121, 107, 2, 11, '2026-10-10', 77), (122, 107, 3, 11, '2026-10-10', 3),
    (123, 108, 1, 10, '2026-10-11', 60), (124, 108, 2, 10, '2026-10-11', -60), (125, 109, 1, 20, '2026-10-12', -90), (126, 109, 2, 20, '2026-10-12', 90), (127, 110, 1, 10, '2026-10-12', -900),
    (128, 111, 1, 20, '2026-10-02', -20), (129, 112, 1, 20, '2026-10-02', -45.25), (130, 113, 1, 20, '2026-10-25', -777);
INSERT INTO account_partial_reconcile (id, debit_move_id, credit_move_id, amount) VALUES (1, 3, 120, 78.3), (2, 123, 13, 60), (3, 14, 125, 90), (4, 3, 127, 900), (5, 15, 129, 45.25);
"""
ODOO_TILL = """
INSERT INTO pos_config (id, name, company_id) VALUES (1, 'Till one', 1);
INSERT INTO pos_session (id, config_id) VALUES (1, 1);
INSERT INTO pos_order (id, state, partner_id, company_id, session_id, date_order, currency_rate, account_move) VALUES (101, 'done', 20, 1, 1, '2026-10-02 08:30', 1, 8),
    (102, 'paid', 20, 1, 1, '2026-09-30 22:30', 1, NULL), (103, 'done', 20, 1, 1, '2026-10-02 10:30', 1, NULL), (104, 'draft', 10, 1, 1, '2026-10-03', 1, NULL);
INSERT INTO pos_order_line (id, order_id, product_id, qty, price_subtotal, price_subtotal_incl, total_cost, refunded_orderline_id) VALUES (1, 101, 7, 1, 45.25, 45.25, 5, NULL),
    (2, 102, 7, 1, 30, 36, 5, NULL), (3, 102, NULL, 1, -5, -6, 0, NULL), (4, 103, 7, -1, -3, -3.6, -5, 2), (5, 104, 7, 1, 500, 600, 5, NULL);
INSERT INTO pos_payment_method (id, name, journal_id) VALUES (1, '{"en_US": "Cash"}', 3), (2, '{"en_US": "Customer account"}', NULL);
INSERT INTO pos_payment (id, pos_order_id, payment_method_id, amount, payment_date) VALUES (1, 101, 1, 45.25, '2026-10-02 08:30'), (2, 102, 1, 25, '2026-09-30 22:30'),
    (3, 102, 1, -5, '2026-09-30 22:30'), (4, 102, 2, 10, '2026-09-30 22:30'), (5, 103, 1, -3.6, '2026-10-02 10:30');
"""
ODOO_LOYALTY = """
INSERT INTO loyalty_program (id, program_type, company_id) VALUES (1, 'loyalty', NULL), (2, 'gift_card', NULL), (3, 'loyalty', 2);
INSERT INTO loyalty_card (id, program_id, partner_id, points) VALUES (1, 1, 11, 23), (2, 1, 20, 3), (3, 2, 20, 50), (4, 1, NULL, 7), (5, 3, 20, 77);
INSERT INTO loyalty_history (id, card_id, create_date, issued, used, order_model, order_id) VALUES (1, 1, '2026-08-15', 20, 0, 'sale.order', 100), (2, 1, '2026-10-01', 8, 5, 'sale.order', 101),
    (3, 2, '2026-10-02', 4, 0, 'pos.order', 7), (4, 2, '2026-10-09', 0, 1, NULL, NULL), (5, 3, '2026-10-09', 50, 0, NULL, 0), (6, 4, '2026-10-09', 7, 0, 'pos.order', 8),
    (7, 2, '2026-11-01', 99, 0, 'sale.order', 109), (8, 5, '2026-10-20', 77, 0, 'sale.order', 110);
"""
OLD = """
INSERT INTO uom_uom (id, factor) VALUES (1, 1), (2, 0.083333333333);
INSERT INTO ir_property (name, res_id, value_reference, company_id) VALUES ('property_product_pricelist', 'res.partner,10', 'product.pricelist,1', 1),
    ('property_product_pricelist', 'res.partner,10', 'product.pricelist,2', 2), ('property_product_pricelist', 'res.partner,20', 'product.pricelist,2', 1);
"""
OF_CLIENTS = """
UPDATE res_partner SET specific_property_product_pricelist = '{"1": 1, "2": 2}' WHERE id = 10;
UPDATE res_partner SET specific_property_product_pricelist = '{"1": 2}' WHERE id = 20;
"""
TRANSLATED = """'{"en_US": "Invoices", "fr_FR": "Factures"}'"""
ROWS = {name: ERPNEXT_ROWS for name in ERPNEXT} | {
    "odoo_16": ODOO_ROWS.replace("NAME_OF_JOURNAL", "'Invoices'") + ODOO_TILL + OLD,
    "odoo_17": ODOO_ROWS.replace("NAME_OF_JOURNAL", TRANSLATED) + ODOO_TILL + OLD,
    "odoo_18": ODOO_ROWS.replace("NAME_OF_JOURNAL", TRANSLATED) + ODOO_TILL + ODOO_LOYALTY + OF_CLIENTS
    + "INSERT INTO uom_uom (id, factor) VALUES (1, 1), (2, 0.083333333333);\n",
    "odoo_19": ODOO_ROWS.replace("NAME_OF_JOURNAL", TRANSLATED) + ODOO_TILL + ODOO_LOYALTY + OF_CLIENTS
    + "INSERT INTO uom_uom (id, relative_factor, factor, relative_uom_id) VALUES (1, 1, 1, NULL), (2, 12, 12, 1);\n",
}  # fmt: skip
ENTITY = "Acme Ltd"
OURS = Choices(ENTITY)
ANN = D(100) + 40 - 10 - 50
TICKETS = D("30") - 5 + D("45.25") - 3
BOB = 90 + TICKETS
_numbers = itertools.count()


@pytest.fixture
def database(request, name):
    """Makes a database of a version's tables with some rows in it, where that system keeps its own: its address."""
    address = request.getfixturevalue("mariadb_address" if name in ERPNEXT else "postgres_address")

    def made(rows: str) -> str:
        place, tables = f"{name}_{next(_numbers)}", (VENDORS / f"{name}.sql").read_text("utf-8")
        if name in ERPNEXT:
            with mariadb_connection(address) as con, con.cursor() as cursor:
                cursor.execute(f"CREATE DATABASE {place}")
                con.select_db(place)
                for statement in filter(str.strip, (tables + rows).split(";\n")):
                    cursor.execute(statement)
        else:
            with psycopg.connect(address, autocommit=True) as con:
                con.execute(f"CREATE DATABASE {place}")
            with psycopg.connect(re.sub(r"(//[^/?]*/)[^?]*", rf"\1{place}", address), autocommit=True) as con:
                con.execute(tables + rows)
        return re.sub(r"(//[^/?]*/)[^?]*", rf"\1{place}", address)

    return made


@contextmanager
def mapped(root, monkeypatch, address: str, choices: Choices = OURS, **parameters):
    """The sales of October in a database, by the map that `init --connect` writes for it, with what is in doubt confirmed."""
    monkeypatch.setenv("SHOP_DB", address)
    (root / "params" / "acme").mkdir(parents=True, exist_ok=True)
    (root / "notebooks").mkdir(exist_ok=True)
    source = ready_map(system_at("$SHOP_DB"), "$SHOP_DB", choices).replace(f"{TO_CONFIRM}\n", "")
    (root / "params/acme/source.yaml").write_text(source)
    sales = opened(root, **parameters)
    yield sales
    sales.source.con.con.close()


def test_names_and_types_are_taken_over_from_each_vendors_form():
    doctype = """{"doctype": "DocType", "name": "Line", "istable": 0, "fields": [{"fieldname": "part", "fieldtype": "Section Break"},
        {"fieldname": "net", "fieldtype": "Currency"}, {"fieldname": "seen", "fieldtype": "Data", "is_virtual": 1}]}"""
    assert of_doctype(doctype)["tabLine"] | {"net": "decimal(21,9)"} == of_doctype(doctype)["tabLine"]
    assert not {"part", "seen", "parent"} & set(of_doctype(doctype)["tabLine"])
    model = """class Line(models.Model):
    _inherit = 'sale.line'
    name = fields.Char(translate=True)
    net: float = fields.Monetary(compute='_sum', store=True)
    tax = fields.Monetary(compute='_sum')
    list_id = fields.Many2one('l', company_dependent=True)
    line_ids = fields.One2many('m', 'n')
    weight = fields.Float()
    rate = fields.Float(digits=0)
"""
    always = {"name": "jsonb", "net": "numeric", "weight": "float8", "rate": "numeric"}
    assert of_models(model) == {"sale_line": always | {"list_id": "jsonb"}}
    assert of_models(model, None) == {"sale_line": always}


@every_version
def test_a_database_is_known_by_its_tables(monkeypatch, database, name):
    monkeypatch.setenv("SHOP_DB", database(ROWS[name]))
    system = system_at("$SHOP_DB")
    assert system.name == name.partition("_")[0]
    assert entities_at(system, "$SHOP_DB") == ["Acme BV", "Acme Ltd"]
    text = ready_map(system, "$SHOP_DB")
    assert "\nconnect: $SHOP_DB" in text
    assert "where:" not in text
    assert Company.model_validate(yaml.safe_load(text)).unconfirmed == ["company", "connect", "timezone", "currency"]


@pytest.mark.postgres
def test_a_database_of_no_known_system_is_told(postgres_address):
    with pytest.raises(BadParameter, match="of no known system"):
        system_at(postgres_address)


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


@every_version
def test_sales_returns_discounts_tickets_drafts_units_and_currencies(tmp_path, monkeypatch, database, name):
    """What is 90 in the company's currency is not converted again; a case of 12 sells and costs twelve."""
    with mapped(tmp_path, monkeypatch, database(ROWS[name])) as sales:
        cross = cross_report(sales, 10)
        made = control_totals(sales)
        left_out = sales.left_out
        lines = frame(sales.counted)
    rows = cross.clients
    assert dict(zip(rows.client_name, rows.net, strict=True)) == {"Ann Ltd": ANN, "Bob": BOB}
    assert dict(zip(rows.client_name, rows.returns, strict=True)) == {"Ann Ltd": -50, "Bob": -3}
    assert dict(zip(rows.client_name, rows.price_list, strict=True)) == {
        "Ann Ltd": "Retail prices",
        "Bob": "VIP prices",
    }
    assert made.total == ANN + BOB
    out = dict(zip(left_out.reason, left_out.amount, strict=True))
    opening = {"draft": 1000, "cancelled": 2000 + 4000}  # debts that ERPNext carried over
    assert out == (opening if name in ERPNEXT else {"draft": 1000 + 500, "cancelled": 2000})
    tickets = 2 if name in ERPNEXT else 1  # of three sales of Bob's; Odoo invoiced one ticket of the two
    assert lines[(lines.client_id.astype(str).isin(["bob", "20"])) & (lines.kind == "sale")].sale_id.nunique() == 3
    assert lines.sale_id.astype(str).str.startswith(("PS", "till")).sum() == tickets + 1 + (name in ODOO)
    line = lines.set_index(lines.amount.map(float))
    assert {amount: round(line.quantity[amount], 6) for amount in (90, 45.25, -50, -3)} == {
        90: 12,
        45.25: 1,
        -50: -1,
        -3: -1,
    }
    if name in ERPNEXT:  # a ticket's cost is known when it is merged
        assert [line.cost_amount[amount] for amount in (90, 45.25, -50)] == [12 * 5, 5, -20]
    else:
        assert line.cost_amount[-3] == -5
    labels = set(cross.branches.label)
    assert labels == ({"North shop", "South shop"} if name in ERPNEXT else {"North shop", "Till one"})


@every_version
def test_what_was_paid_and_what_is_owed(tmp_path, monkeypatch, database, name):
    """Ann's invoice asks 130 and a fifth of it as tax, her credit note 50 and a fifth, which was paid back; of the 80 that
    she paid the bank kept 3, and 78.3 pay the invoice. Bob's dollars came as 90. Of his tickets 10 stand on his account by
    Odoo; by ERPNext 5 of them were paid with points, and 5 by nothing. Drafts and cancelled payments do not count."""
    address = database(ROWS[name])
    with mapped(tmp_path, monkeypatch, address) as sales:
        owed = frame(outstanding(sales)).set_index("client_id").outstanding.to_dict()
    ann, bob = ("ann", "bob") if name in ERPNEXT else ("10", "20")
    asked = {ann: D(130) * D("1.2") - D(50) * D("1.2"), bob: 90 + D("45.25") + (D(30) - 5 - 3) * D("1.2")}
    tickets = D("45.25") + 20 + (5 if name in ERPNEXT else 0) - D("3.6")
    paid = {ann: D(80) - 60, bob: 90 + tickets}
    assert owed == {client: asked[client] - paid[client] for client in asked}
    with mapped(tmp_path, monkeypatch, address, basis="paid") as sales:
        received = rating(sales).frame.set_index("client_id").net.to_dict()
        apart = frame(sales.counted.filter(sales.counted.branch_id == UNALLOCATED)).amount.tolist()
    assert received == paid
    assert apart == [D(80) - D("78.3")]


@pytest.mark.parametrize("name", erpnext + odoo[2:])
def test_loyalty_points(tmp_path, monkeypatch, database, name):
    """The sister company's 77 points, a gift card's and a nameless card's do not count."""
    with mapped(tmp_path, monkeypatch, database(ROWS[name])) as sales:
        found, clients = bonus_points(sales), frame(points_by_client(sales)).set_index("client_id")
    expired = 20 - 5 if name in ERPNEXT else 0  # of the 20 of August, 5 were used before 20 October
    assert (found.opening, found.accrued, found.redeemed, found.expired) == (20, 8 + 4, 5, expired)
    assert (found.adjusted, found.reversed, found.closing) == (-1, 0, 20 + 8 - 5 - expired + 4 - 1)
    ann, bob = ("ann", "bob") if name in ERPNEXT else ("10", "20")
    assert clients.closing.to_dict() == {ann: 20 + 8 - 5 - expired, bob: 4 - 1}


@pytest.mark.parametrize("name", odoo[::2])
def test_names_are_in_the_language_that_is_asked_for_or_in_odoos_own(tmp_path, monkeypatch, database, name):
    address = database(ROWS[name])
    with mapped(tmp_path, monkeypatch, address, Choices(ENTITY, "", "fr_FR")) as sales:
        cross = cross_report(sales, 10)
    assert dict(zip(cross.clients.client_name, cross.clients.price_list, strict=True)) == {
        "Ann Ltd": "Prix publics",
        "Bob": "VIP prices",
    }
    assert "Magasin nord" in set(cross.branches.label)
    with mapped(tmp_path, monkeypatch, address, Choices(ENTITY, "journal", "fr_FR")) as sales:
        assert ("Invoices" if name == "odoo_16" else "Factures") in set(cross_report(sales, 10).branches.label)


@pytest.mark.parametrize("name", odoo[1::2])
def test_a_database_without_the_till_and_loyalty_is_read_too(tmp_path, monkeypatch, database, name):
    tables = "pos_order, pos_order_line, pos_payment, pos_payment_method, pos_config, pos_session, loyalty_card, loyalty_program"
    gone = f"DROP TABLE {tables}; DROP TABLE IF EXISTS loyalty_history;"
    with mapped(tmp_path, monkeypatch, database(ROWS[name] + gone)) as sales:
        found = rating(sales).frame.set_index("client_name").net.to_dict()
        line = frame(sales.counted.filter(sales.counted.amount == D(90))).iloc[0]
    assert found == {"Ann Ltd": ANN, "Bob": 90 + D("45.25")}
    assert round(line.quantity, 6) == 12


@pytest.mark.parametrize("name", [erpnext[0], odoo[3]])
def test_the_sister_companys_dollars_are_never_added_to_euros(tmp_path, monkeypatch, database, name):
    address = database(ROWS[name])
    several = pytest.raises(BadData, match="'of Acme BV', 'of Acme Ltd'")
    with mapped(tmp_path, monkeypatch, address, Choices()) as sales, several:
        control_totals(sales)
    in_euros = pytest.raises(BadData, match="no exchange rate to EUR for USD")
    with mapped(tmp_path, monkeypatch, address, Choices("Acme BV")) as sales, in_euros:
        control_totals(sales)


@pytest.mark.parametrize(
    ("name", "column"),
    [
        *((pytest.param(name, "tabSales Invoice.is_consolidated", marks=pytest.mark.mariadb)) for name in ERPNEXT),
        *((pytest.param(name, "account_move.commercial_partner_id", marks=pytest.mark.postgres)) for name in ODOO),
    ],
)
def test_a_column_that_a_version_lacks_is_one_sentence(tmp_path, monkeypatch, database, name, column):
    table, column = column.split(".")
    mark = "`" if name in ERPNEXT else '"'
    address = database(f"ALTER TABLE {mark}{table}{mark} DROP COLUMN {column};\n")
    refused = pytest.raises(BadConfiguration, match=rf"sale_line: .*refuses the mapping: .*{column}")
    with refused as said, mapped(tmp_path, monkeypatch, address):
        pass
    assert "\n" not in str(said.value)


def test_every_part_of_a_map_can_be_read():
    for system in systems():
        tables = [name for part in system.parts for name in yaml.safe_load(part)["where"]]
        for some in ([tables] + [[table] for table in tables]) if tables else []:
            Company.model_validate(yaml.safe_load(ready_map(system.fitted(some), None)))
