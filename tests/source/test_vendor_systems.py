# ruff: noqa: E501  (tables read best as one row a line)
"""The ready maps of Dolibarr, PrestaShop, WooCommerce and Magento, each on MariaDB tables that were taken over from the
vendor's own definitions (vendors/take_over.py), with every column of that version; the rows are made up, figures by hand."""

import itertools
import os
import pty
import re
import subprocess
import sys
from contextlib import contextmanager
from decimal import Decimal as D
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from company import mariadb_connection, opened
from tests.source.vendors.take_over import of_sql, of_xml

from helpers.__main__ import cli
from helpers.analysis.control_totals import control_totals
from helpers.analysis.cross_report import cross_report
from helpers.analysis.outstanding import outstanding
from helpers.analysis.rating import rating
from helpers.errors import BadConfiguration, BadData, BadParameter
from helpers.sales import frame, open_sales
from helpers.settings.company import Company
from helpers.source.guess.databases import TO_CONFIRM, Choices, ready_map, system_at, system_called
from helpers.source.guess.systems import systems

pytestmark = pytest.mark.mariadb
VENDORS = Path(__file__).parent / "vendors"
FILES = {
    name: VENDORS / f"{name.removesuffix('_db')}.sql"
    for name in ("dolibarr", "prestashop", "woocommerce_db", "magento")
}
ENTITY = {"dolibarr": "1", "prestashop": "Acme Ltd", "woocommerce_db": "", "magento": "Acme Ltd"}

# In each: Ann buys for 100 and 30.50, less 10 for the whole document, and gives back 50; Bob buys for 45.25, and from
# America for what is 90. A draft of 1,000, a cancelled sale of 2,000, another company's of 777 do not count. Tax is a fifth.
ROWS = {
    "dolibarr": """
INSERT INTO llx_societe (rowid, nom, entity, price_level, datec) VALUES (10, 'Ann Ltd', 1, 1, '2025-01-01'), (20, 'Bob', 1, 2, '2025-01-01');
INSERT INTO llx_entrepot (rowid, ref, entity) VALUES (1, 'North shop', 1);
INSERT INTO llx_facture (rowid, ref, entity, type, fk_soc, datef, fk_statut, fk_facture_source, multicurrency_code, multicurrency_tx) VALUES
    (1, 'FA1', 1, 0, 10, '2026-10-01', 1, NULL, 'EUR', 1), (2, 'FA2', 1, 0, 20, '2026-10-02', 2, NULL, 'EUR', 1),
    (3, 'AV1', 1, 2, 10, '2026-10-05', 1, 1, 'EUR', 1), (4, '(PROV4)', 1, 0, 10, '2026-10-06', 0, NULL, 'EUR', 1),
    (5, 'FA5', 1, 0, 10, '2026-10-07', 3, NULL, 'EUR', 1), (6, 'FA6', 1, 0, 20, '2026-10-08', 1, NULL, 'USD', 1.2222),
    (7, 'BV1', 2, 0, 20, '2026-10-09', 1, NULL, 'EUR', 1), (8, 'AC1', 1, 3, 20, '2026-10-03', 2, NULL, 'EUR', 1),
    (9, 'PF1', 1, 4, 20, '2026-10-03', 1, NULL, 'EUR', 1);
INSERT INTO llx_facturedet (rowid, fk_facture, fk_product, qty, total_ht, total_tva, total_localtax1, total_localtax2, buy_price_ht, fk_warehouse) VALUES
    (1, 1, 7, 2, 100, 20, 0, 0, 20, 1), (2, 1, 8, 1, 30.5, 6.1, 0, 0, 0, 1), (3, 1, NULL, 1, -10, -2, 0, 0, 0, 1),
    (4, 2, 7, 1, 45.25, 9.05, 0, 0, 20, 1), (5, 3, 7, 1, -50, -10, 0, 0, 20, 1), (6, 4, 7, 1, 1000, 200, 0, 0, 20, 1),
    (7, 5, 7, 1, 2000, 400, 0, 0, 20, 1), (8, 6, 7, 1, 110, 22, 0, 0, 20, 1), (9, 6, NULL, 1, -20, -4, 0, 0, 0, 1),
    (10, 7, 7, 1, 777, 155.4, 0, 0, 20, 1), (11, 8, NULL, 1, 20, 4, 0, 0, 0, 1), (12, 9, 7, 1, 4000, 800, 0, 0, 0, 1);
INSERT INTO llx_c_paiement (id, code) VALUES (4, 'LIQ'), (6, 'CB');
INSERT INTO llx_paiement (rowid, entity, datep, amount, fk_paiement) VALUES (1, 1, '2026-10-10', 80, 6), (2, 1, '2026-10-11', -60, 4), (3, 2, '2026-10-12', 777, 6);
INSERT INTO llx_paiement_facture (rowid, fk_paiement, fk_facture, amount) VALUES (1, 1, 1, 80), (2, 2, 3, -60), (3, 3, 7, 777);
""",
    "prestashop": """
INSERT INTO ps_shop_group (id_shop_group, name) VALUES (1, 'Acme Ltd'), (2, 'Acme BV');
INSERT INTO ps_shop (id_shop, id_shop_group, name) VALUES (1, 1, 'North shop'), (2, 2, 'Amsterdam');
INSERT INTO ps_configuration (name, value) VALUES ('PS_OS_CANCELED', '6'), ('PS_OS_ERROR', '8'), ('PS_OS_REFUND', '7');
INSERT INTO ps_lang (id_lang, iso_code) VALUES (1, 'en'), (2, 'fr');
INSERT INTO ps_group_lang (id_group, id_lang, name) VALUES (3, 1, 'Level 1'), (3, 2, 'Niveau 1'), (4, 1, 'Level 2'), (4, 2, 'Niveau 2');
INSERT INTO ps_customer (id_customer, company, firstname, lastname, id_default_group, date_add) VALUES
    (10, '', 'Ann', 'Ltd', 3, '2025-01-01'), (20, 'Bob', 'B', 'B', 4, '2025-01-01');
INSERT INTO ps_orders (id_order, reference, id_shop_group, id_shop, id_customer, current_state, conversion_rate, total_discounts_tax_excl,
    total_discounts_tax_incl, total_shipping_tax_excl, total_shipping_tax_incl, total_wrapping_tax_excl, total_wrapping_tax_incl, total_paid_tax_incl, valid, date_add) VALUES
    (1, 'AAA', 1, 1, 10, 2, 1, 10, 12, 5, 6, 0, 0, 150.6, 1, '2026-10-01 09:00'), (2, 'BBB', 1, 1, 20, 5, 1, 0, 0, 0, 0, 0, 0, 54.3, 1, '2026-10-02 10:30'),
    (4, 'DDD', 1, 1, 10, 1, 1, 0, 0, 0, 0, 0, 0, 1200, 0, '2026-10-06 11:00'), (5, 'EEE', 1, 1, 10, 6, 1, 0, 0, 0, 0, 0, 0, 2400, 0, '2026-10-07 11:00'),
    (6, 'FFF', 1, 1, 20, 2, 1.25, 0, 0, 0, 0, 0, 0, 135, 1, '2026-10-08 11:00'), (7, 'GGG', 2, 2, 20, 2, 1, 0, 0, 0, 0, 0, 0, 932.4, 1, '2026-10-09 11:00');
INSERT INTO ps_order_detail (id_order_detail, id_order, product_id, product_quantity, total_price_tax_excl, total_price_tax_incl, original_wholesale_price) VALUES
    (1, 1, 7, 2, 100, 120, 20), (2, 1, 8, 1, 30.5, 36.6, 0), (4, 2, 7, 1, 45.25, 54.3, 20), (6, 4, 7, 1, 1000, 1200, 20),
    (7, 5, 7, 1, 2000, 2400, 20), (8, 6, 7, 1, 112.5, 135, 20), (10, 7, 7, 1, 777, 932.4, 20);
INSERT INTO ps_order_slip (id_order_slip, conversion_rate, id_customer, id_order, total_shipping_tax_excl, total_shipping_tax_incl, date_add) VALUES (1, 1, 10, 1, 0, 0, '2026-10-05 11:00');
INSERT INTO ps_order_slip_detail (id_order_slip, id_order_detail, product_quantity, total_price_tax_excl, total_price_tax_incl) VALUES (1, 1, 1, 50, 60);
INSERT INTO ps_order_payment (id_order_payment, order_reference, id_currency, amount, payment_method, conversion_rate, date_add) VALUES
    (1, 'AAA', 1, 80, 'Card', 1, '2026-10-10'), (2, 'FFF', 2, 135, 'Card', 1.25, '2026-10-10'), (3, 'GGG', 1, 777, 'Card', 1, '2026-10-10');
""",
    "woocommerce_db": """
INSERT INTO wp_wc_orders (id, status, currency, type, tax_amount, total_amount, customer_id, billing_email, date_created_gmt, parent_order_id, payment_method) VALUES
    (1, 'wc-completed', 'EUR', 'shop_order', 25.1, 150.6, 10, 'ann@example.com', '2026-10-01 09:00', 0, 'stripe'),
    (2, 'wc-completed', 'EUR', 'shop_order', 9.05, 54.3, 0, 'Bob@example.com', '2026-10-02 10:30', 0, 'bacs'),
    (3, 'wc-completed', 'EUR', 'shop_order_refund', -10, -60, 0, NULL, '2026-10-05 11:00', 1, NULL),
    (4, 'wc-pending', 'EUR', 'shop_order', 200, 1200, 10, 'ann@example.com', '2026-10-06 11:00', 0, NULL),
    (5, 'wc-cancelled', 'EUR', 'shop_order', 400, 2400, 10, 'ann@example.com', '2026-10-07 11:00', 0, NULL),
    (6, 'wc-processing', 'USD', 'shop_order', 20, 120, 0, 'bob@example.com', '2026-10-08 11:00', 0, 'stripe'),
    (8, 'wc-completed', 'EUR', 'shop_order_refund', 0, -3, 0, NULL, '2026-10-09 11:00', 1, NULL);
INSERT INTO wp_wc_order_operational_data (order_id, created_via, date_paid_gmt) VALUES
    (1, 'checkout', '2026-10-01 09:01'), (2, 'pos', NULL), (4, 'checkout', NULL), (5, 'checkout', NULL), (6, 'checkout', '2026-10-08 11:01');
INSERT INTO wp_wc_order_addresses (order_id, address_type, first_name, last_name, company, email, phone) VALUES
    (1, 'billing', 'A', 'A', 'Ann Ltd', 'ann@example.com', '1'), (5, 'billing', 'A', 'A', 'Ann Ltd', 'ann@example.com', '1'),
    (1, 'shipping', 'X', 'X', 'Elsewhere', NULL, NULL), (2, 'billing', 'Bob', '', '', 'Bob@example.com', '2'), (6, 'billing', 'Bob', '', '', 'bob@example.com', '2');
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES
    (1, 'pen', 'line_item', 1), (2, 'ink', 'line_item', 1), (3, 'by post', 'shipping', 1), (4, 'ten', 'coupon', 1), (5, 'FR-VAT', 'tax', 1),
    (6, 'pen', 'line_item', 2), (7, 'pen', 'line_item', 3), (8, 'pen', 'line_item', 4), (9, 'pen', 'line_item', 5), (10, 'pen', 'line_item', 6);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES
    (1, '_line_subtotal', '100'), (1, '_line_total', '93'), (1, '_line_tax', '18.6'), (1, '_qty', '2'), (1, '_product_id', '7'),
    (2, '_line_subtotal', '30.5'), (2, '_line_total', '27.5'), (2, '_line_tax', '5.5'), (2, '_qty', '1'), (2, '_product_id', '8'),
    (3, 'cost', '5'), (3, 'total_tax', '1'), (4, 'discount_amount', '10'), (5, 'tax_amount', '25.1'),
    (6, '_line_total', '45.25'), (6, '_line_tax', '9.05'), (6, '_qty', '1'), (6, '_product_id', '7'),
    (7, '_line_total', '-50'), (7, '_line_tax', '-10'), (7, '_qty', '-1'), (7, '_product_id', '7'),
    (8, '_line_total', '1000'), (8, '_line_tax', '200'), (9, '_line_total', '2000'), (9, '_line_tax', '400'),
    (10, '_line_total', '100'), (10, '_line_tax', '20'), (10, '_qty', '1'), (10, '_product_id', '7');
""",
    "magento": """
INSERT INTO store_website (website_id, code, name) VALUES (1, 'base', 'Acme Ltd'), (2, 'nl', 'Acme BV');
INSERT INTO store (store_id, website_id, group_id, name) VALUES (1, 1, 1, 'North shop'), (2, 2, 2, 'Amsterdam');
INSERT INTO customer_group (customer_group_id, customer_group_code) VALUES (1, 'Level 1'), (2, 'Level 2');
INSERT INTO sales_order (entity_id, state, store_id, customer_id, customer_email, customer_firstname, customer_lastname, customer_group_id, base_currency_code,
    order_currency_code, base_grand_total, base_tax_amount, base_tax_canceled, base_shipping_amount, base_discount_amount, created_at) VALUES
    (1, 'complete', 1, 10, 'ann@example.com', 'Ann', 'Ltd', 1, 'EUR', 'EUR', 150.6, 25.1, NULL, 5, -10, '2026-10-01 09:00'),
    (2, 'complete', 1, NULL, 'Bob@example.com', 'Bob', NULL, 2, 'EUR', 'EUR', 162.9, 27.15, 18.1, 0, 0, '2026-10-02 10:30'),
    (4, 'new', 1, 10, 'ann@example.com', 'Ann', 'Ltd', 1, 'EUR', 'EUR', 1200, 200, NULL, 0, 0, '2026-10-06 11:00'),
    (5, 'canceled', 1, 10, 'ann@example.com', 'Ann', 'Ltd', 1, 'EUR', 'EUR', 2400, 400, 400, 0, 0, '2026-10-07 11:00'),
    (6, 'processing', 1, NULL, 'bob@example.com', 'Bob', NULL, 2, 'EUR', 'USD', 108, 18, NULL, 0, 0, '2026-10-08 11:00'),
    (7, 'complete', 2, 20, 'cid@example.com', 'Cid', 'X', 2, 'EUR', 'EUR', 932.4, 155.4, NULL, 0, 0, '2026-10-09 11:00');
INSERT INTO sales_order_item (item_id, order_id, parent_item_id, product_id, qty_ordered, qty_canceled, base_row_total, base_cost) VALUES
    (1, 1, NULL, 7, 2, 0, 100, 20), (2, 1, NULL, 8, 1, 0, 30.5, NULL), (3, 1, 2, 9, 1, 0, 30.5, 5), (4, 2, NULL, 7, 3, 2, 135.75, 20),
    (6, 4, NULL, 7, 1, 0, 1000, 20), (7, 5, NULL, 7, 1, 1, 2000, 20), (8, 6, NULL, 7, 1, 0, 90, 20), (10, 7, NULL, 7, 1, 0, 777, 20);
INSERT INTO sales_creditmemo (entity_id, order_id, state, base_grand_total, base_tax_amount, created_at) VALUES (1, 1, 2, 63, 10, '2026-10-05 11:00'), (2, 1, 3, 6000, 1000, '2026-10-05 11:00');
INSERT INTO sales_creditmemo_item (entity_id, parent_id, order_item_id, product_id, qty, base_row_total, base_cost) VALUES (1, 1, 1, 7, 1, 50, 20);
INSERT INTO sales_invoice (entity_id, order_id, state, base_grand_total, created_at) VALUES (1, 1, 2, 150.6, '2026-10-01 09:05'), (2, 6, 1, 108, '2026-10-08 11:05'), (3, 7, 2, 932.4, '2026-10-09 11:05');
""",
}
GIVEN_BACK = {"dolibarr": 50, "prestashop": 50, "woocommerce_db": 50 + 3, "magento": 50 + 3}
SHIPPING = {"dolibarr": 0, "prestashop": 5, "woocommerce_db": 5, "magento": 5}
IDS = {
    "dolibarr": ("10", "20"),
    "prestashop": ("10", "20"),
    "woocommerce_db": ("10", "bob@example.com"),
    "magento": ("10", "bob@example.com"),
}
CANCELLED = {"dolibarr": 2000, "prestashop": 2000, "woocommerce_db": 2000, "magento": 2000 - (6000 - 1000)}
every_system = pytest.mark.parametrize("name", FILES)
_numbers = itertools.count()


@pytest.fixture
def database(mariadb_address):
    """Makes a database of a system's tables with some rows in it: its address."""

    def made(name: str, rows: str) -> str:
        place = f"{name}_{next(_numbers)}"
        with mariadb_connection(mariadb_address) as con, con.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {place}")
            con.select_db(place)
            for statement in filter(str.strip, (FILES[name].read_text("utf-8") + rows).split(";\n")):
                cursor.execute(statement)
            con.commit()
        return re.sub(r"(//[^/?]*/)[^?]*", rf"\1{place}", mariadb_address)

    return made


def ready(name: str, entity: str | None = None) -> str:
    """A map as `init --system` writes it, with what is in doubt confirmed."""
    text = ready_map(system_called(name), None).replace(f"{TO_CONFIRM}\n", "")
    return text.replace("LEGAL ENTITY", ENTITY[name] if entity is None else entity)


@contextmanager
def mapped(root, monkeypatch, address: str, name: str, source: str, **choices):
    """The sales of October in a database, by a map."""
    monkeypatch.setenv(re.search(r"connect: \$(\w+)", source)[1], address)
    (root / "params" / "acme").mkdir(parents=True, exist_ok=True)
    (root / "notebooks").mkdir(exist_ok=True)
    (root / "params/acme/source.yaml").write_text(source)
    choices |= {"currency": "EUR"} if name == "woocommerce_db" else {}
    sales = opened(root, **choices)
    yield sales
    sales.source.con.con.close()


PHP = """$sql = "
CREATE TABLE {$wpdb->prefix}lines (
    id bigint(20) unsigned auto_increment primary key,
    amount decimal(26,8) null,
    KEY amount (amount)
) $collate;"""
SQL = """create table llx_line
(
  rowid\tinteger AUTO_INCREMENT PRIMARY KEY,
  total_ht  double(24, 8) DEFAULT 0,  -- a remark
  PRIMARY KEY (rowid)
)ENGINE=innodb;"""
XML = """<schema xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><table name="sales_line">
  <column xsi:type="int" name="entity_id"/><column xsi:type="varchar" name="state" length="32"/>
  <column xsi:type="decimal" name="total" scale="4" precision="20"/><index><column name="state"/></index></table></schema>"""


def test_names_and_types_are_taken_over_from_each_vendors_form():
    assert of_sql(PHP) == {"wp_lines": {"id": "bigint(20) unsigned", "amount": "decimal(26,8)"}}
    assert of_sql(SQL) == {"llx_line": {"rowid": "integer", "total_ht": "double(24,8)"}}
    assert of_xml(XML) == {"sales_line": {"entity_id": "int", "state": "varchar(32)", "total": "decimal(20,4)"}}


@every_system
def test_a_database_is_known_by_its_tables(database, monkeypatch, name):
    monkeypatch.setenv("SHOP_DB", database(name, ""))
    assert system_at("$SHOP_DB").name == name


@every_system
def test_sales_returns_discounts_drafts_and_currencies(tmp_path, monkeypatch, database, name):
    with mapped(tmp_path, monkeypatch, database(name, ROWS[name]), name, ready(name)) as sales:
        cross = cross_report(sales, 10)
        made = control_totals(sales)
        left_out = sales.left_out
        discounts = frame(sales.counted.filter(sales.counted.kind == "discount"))
    rows = cross.clients
    ann = D(100) + D("30.5") - 10 + SHIPPING[name] - GIVEN_BACK[name]
    bob = D("45.25") + (0 if name == "woocommerce_db" else 90)
    if name == "dolibarr":
        bob += 20  # a deposit, invoiced in October and taken off again with 20 in FA6, of 110
    assert dict(zip(rows.client_name, rows.net, strict=True)) == {"Ann Ltd": ann, "Bob": bob}
    assert dict(zip(rows.client_name, rows.returns, strict=True)) == {"Ann Ltd": -GIVEN_BACK[name], "Bob": 0}
    assert made.total == ann + bob
    if name != "woocommerce_db":  # which takes coupons off the lines, and has no groups of clients
        assert -10 in discounts.amount.tolist()
        assert dict(zip(rows.client_name, rows.price_list, strict=True)) == {"Ann Ltd": "Level 1", "Bob": "Level 2"}
        assert cross.branches.label.tolist() == ["North shop"]
    out = dict(zip(left_out.reason, left_out.amount, strict=True))
    assert out == {"draft": 1000, "cancelled": CANCELLED[name]} | ({"in USD": None} if name == "woocommerce_db" else {})


@every_system
def test_what_was_paid_and_what_is_owed(tmp_path, monkeypatch, database, name):
    """Ann paid 80 by Dolibarr and PrestaShop, and got 60 back by the first; where an order is paid at once, all of it, and
    got her refunds. Bob paid 90 with tax from America by PrestaShop. A provider's charge lowers nothing."""
    address = database(name, ROWS[name])
    with mapped(tmp_path, monkeypatch, address, name, ready(name)) as sales:
        owed = frame(outstanding(sales)).set_index("client_id").outstanding.to_dict()
    asked = (D(100) + D("30.5") - 10 + SHIPPING[name] - 50) * D("1.2")
    ann, bob = IDS[name]
    expected = {
        "dolibarr": {ann: asked - 80 + 60, bob: (D("45.25") + 110) * D("1.2")},
        "prestashop": {ann: asked - 80, bob: D("45.25") * D("1.2")},
        "woocommerce_db": {ann: 0, bob: D("45.25") * D("1.2")},
        "magento": {ann: 0, bob: (D("45.25") + 90) * D("1.2")},
    }
    assert owed == expected[name]
    with mapped(tmp_path, monkeypatch, address, name, ready(name), basis="paid") as paid:
        received = rating(paid).frame.set_index("client_id").net.to_dict()
    back = D("150.6") - 60 - 3
    assert received == {
        "dolibarr": {ann: 80 - 60}, "prestashop": {bob: D(90) * D("1.2"), ann: 80},
        "woocommerce_db": {ann: back}, "magento": {ann: back},
    }[name]  # fmt: skip


@pytest.mark.parametrize("name", [name for name in FILES if ENTITY[name]])
def test_a_database_of_several_companies_is_refused_until_one_is_named(tmp_path, monkeypatch, database, name):
    of = {"dolibarr": "'of 1', 'of 2'"}.get(name, "'of Acme BV', 'of Acme Ltd'")
    unnamed, refused = ready(name, "LEGAL ENTITY"), pytest.raises(BadData, match=of)
    with mapped(tmp_path, monkeypatch, database(name, ROWS[name]), name, unnamed) as sales, refused:
        control_totals(sales)


SECOND_SITE = """
INSERT INTO wp_2_wc_orders (id, status, currency, type, tax_amount, total_amount, customer_id, billing_email, date_created_gmt, parent_order_id) VALUES
    (1, 'wc-completed', 'EUR', 'shop_order', 155.4, 932.4, 20, 'cid@example.com', '2026-10-09 11:00', 0);
INSERT INTO wp_2_wc_order_operational_data (order_id, created_via) VALUES (1, 'checkout');
INSERT INTO wp_2_woocommerce_order_items (order_item_id, order_item_type, order_id) VALUES (1, 'line_item', 1);
INSERT INTO wp_2_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (1, '_line_total', '777'), (1, '_line_tax', '155.4');
"""


@every_system
def test_the_other_company_has_its_own_sales_alone(tmp_path, monkeypatch, database, name):
    """777 in each: another entity, group of shops or website; in WooCommerce a second site of the network, by its prefix."""
    rows, text = ROWS[name], ready(name, {"dolibarr": "2"}.get(name, "Acme BV"))
    if name == "woocommerce_db":
        rows += FILES[name].read_text("utf-8").replace("`wp_", "`wp_2_") + SECOND_SITE
        text = text.replace(" wp_", " wp_2_")
    with mapped(tmp_path, monkeypatch, database(name, rows), name, text) as sales:
        assert control_totals(sales).total == 777
        assert len(rating(sales).frame) == 1


FEE = """
INSERT INTO wp_woocommerce_order_items (order_item_id, order_item_name, order_item_type, order_id) VALUES (20, 'by card', 'fee', 2);
INSERT INTO wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) VALUES (20, '_line_total', '2.5'), (20, '_line_tax', '0.5');
UPDATE wp_wc_orders SET total_amount = 57.3, tax_amount = 9.55 WHERE id = 2;
UPDATE wp_wc_order_operational_data SET date_paid_gmt = '2026-10-02 10:31' WHERE order_id = 2;
"""


def test_a_charge_for_paying_is_a_sale_and_what_the_provider_keeps_is_not_taken_off(tmp_path, monkeypatch, database):
    address = database("woocommerce_db", ROWS["woocommerce_db"] + FEE)
    with mapped(tmp_path, monkeypatch, address, "woocommerce_db", ready("woocommerce_db")) as sales:
        assert rating(sales).frame.set_index("client_id").net["bob@example.com"] == D("45.25") + D("2.5")
        assert frame(outstanding(sales)).set_index("client_id").outstanding["bob@example.com"] == 0


@pytest.mark.parametrize(
    ("name", "column"),
    [("dolibarr", "llx_facture.fk_facture_source"), ("prestashop", "ps_orders.conversion_rate"),
     ("woocommerce_db", "wp_wc_orders.parent_order_id"), ("magento", "sales_order.base_tax_canceled")],
)  # fmt: skip
def test_a_column_that_a_version_lacks_is_one_sentence(tmp_path, monkeypatch, database, name, column):
    table, column = column.split(".")
    address = database(name, f"ALTER TABLE {table} DROP COLUMN {column};\n")
    refused = pytest.raises(BadConfiguration, match=rf"sale_line: the database refuses the mapping: .*{column}")
    with refused, mapped(tmp_path, monkeypatch, address, name, ready(name)):
        pass


def test_a_currency_without_a_rate_is_refused(tmp_path, monkeypatch, database):
    """WooCommerce alone keeps amounts in the order's currency only."""
    monkeypatch.setenv("WOOCOMMERCE_DB", database("woocommerce_db", ROWS["woocommerce_db"]))
    (tmp_path / "params" / "acme").mkdir(parents=True)
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "params/acme/source.yaml").write_text(ready("woocommerce_db"))
    sales = open_sales("acme", "2026-10", "2026-11-23", root=tmp_path)
    with pytest.raises(BadData, match="no exchange rate to EUR for USD"):
        control_totals(sales)
    sales.source.con.con.close()


@pytest.fixture
def project(tmp_path, monkeypatch, database):
    """An empty project and Magento's database of two websites, by whose address `init` is called."""
    monkeypatch.setenv("MAGENTO_DB", database("magento", ROWS["magento"] + STORES))
    monkeypatch.setenv("CLIENT_RATING_ROOT", str(tmp_path))
    for folder in ("params", "notebooks"):
        (tmp_path / folder).mkdir()
    return tmp_path


PROJECTS = """
INSERT INTO llx_projet (rowid, entity, title) VALUES (5, 1, 'Fair'), (6, 2, 'Beurs');
INSERT INTO llx_bank_account (rowid, entity, label) VALUES (3, 1, 'Till of the fair');
UPDATE llx_facture SET fk_projet = 5, fk_account = 3, pos_source = '2' WHERE fk_soc = 10 AND entity = 1;
"""


@pytest.mark.parametrize(
    ("branch", "label"), [("project", "Fair"), ("bank account", "Till of the fair"), ("till", "2")]
)
def test_what_a_branch_is_can_be_chosen(tmp_path, monkeypatch, database, branch, label):
    """All of Ann's invoices are of one project, one bank account and one till."""
    text = ready_map(system_called("dolibarr"), None, Choices("1", branch)).replace(f"{TO_CONFIRM}\n", "")
    with mapped(tmp_path, monkeypatch, database("dolibarr", ROWS["dolibarr"] + PROJECTS), "dolibarr", text) as sales:
        cross = cross_report(sales, 10)
    key = cross.branches.set_index("label").key[label]
    assert cross.total[key] == D(100) + D("30.5") - 10 - 50


STORES = "INSERT INTO store_group (group_id, website_id, name) VALUES (1, 1, 'Pens and ink'), (2, 2, 'Pennen');\n"
INIT = ["init", "--system", "magento", "--connect", "$MAGENTO_DB", "--company", "acme"]


@pytest.mark.parametrize(
    ("more", "refused"),
    [
        ([], "the database holds Acme BV, Acme Ltd; say which: --entity NAME"),
        (["--entity", "Acme Lt"], "no legal entity 'Acme Lt', did you mean 'Acme Ltd'?"),
        (["--entity", "Acme Ltd", "--branch", "stores"], "no branch 'stores' in magento, did you mean 'store'?"),
        (["--entity", "Acme\\"], "no legal entity"),
    ],
)
def test_init_refuses_several_companies_and_unknown_words(project, more, refused):
    said = CliRunner().invoke(cli, [*INIT, *more])
    assert isinstance(said.exception, BadParameter)
    assert refused in str(said.exception)
    assert not list(project.glob("params/*"))


def test_init_writes_what_was_chosen(project):
    chosen = ["--entity", "Acme Ltd", "--branch", "store", "--language", "fr_FR"]
    said = CliRunner().invoke(cli, [*INIT, *chosen], catch_exceptions=False)
    assert said.exit_code == 0
    _assert_chosen(project, "fr")


def test_init_asks_on_a_terminal(project):
    ours, theirs = pty.openpty()
    os.write(ours, b"Acme Ltd\nstore\n")
    command = [Path(sys.executable).with_name("client-rating"), *INIT]
    done = subprocess.run(command, stdin=theirs, capture_output=True, text=True)
    os.close(theirs)
    os.close(ours)
    assert done.returncode == 0, done.stderr
    assert "Legal entity" in done.stderr
    assert "What is a branch (store view, store)" in done.stderr
    _assert_chosen(project, None)


def _assert_chosen(project: Path, language: str | None) -> None:
    source = project / "params/acme/source.yaml"
    source.write_text(source.read_text("utf-8").replace(f"{TO_CONFIRM}\n", ""), "utf-8")
    assert yaml.safe_load((project / "params/acme/client_rating.yaml").read_text()).get("language") == language
    sales = opened(project)
    cross = cross_report(sales, 10)
    assert cross.branches.label.tolist()[0] == "Pens and ink"
    assert sum(cross.clients.net) == D(100) + D("30.5") - 10 + 5 - 50 - 3 + D("45.25") + 90
    sales.source.con.con.close()


@pytest.mark.parametrize("system", [system for system in systems() if system.tables], ids=lambda system: system.name)
def test_every_choice_gives_a_map_that_can_be_read(system):
    entity = 'L\'Atelier: #1, "Büro"'
    for branch in system.branches or [""]:
        text = ready_map(system, None, Choices(entity, branch, "fr_FR"))
        source = Company.model_validate(yaml.safe_load(text))
        column = (system.branches.get(branch) or {}).get("column")
        assert column in (None, source.sale_line.columns["branch_id"])
        assert ("L''Atelier: #1, \"Büro\"" in source.sale_line.from_) is bool(system.entities)
        assert ("'fr_FR'" in text) is bool(system.names_in)
    with pytest.raises(BadParameter, match="by hand"):
        ready_map(system, None, Choices("a\\"))
