"""The tables that a vendor's system keeps its sales in, taken over from the vendor's own definitions: names and types.

    python tests/source/vendors/take_over.py dolibarr FOLDER 20.0

reads FOLDER, where the vendor's source lies, and writes dolibarr.sql beside this script: CREATE TABLE statements of the
tables that the ready map reads, with every column they have in that version, without keys, defaults and comments. The
tests of the ready maps make their databases from these files.
"""

import re
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
NOT_COLUMNS = ("primary", "key", "unique", "index", "constraint", "fulltext", ")")
Tables = dict[str, dict[str, str]]

WANTED = {
    "dolibarr": """llx_facture llx_facturedet llx_societe llx_entrepot llx_paiement llx_paiement_facture
        llx_c_paiement llx_bank_account llx_projet""",
    "prestashop": """ps_orders ps_order_detail ps_order_slip ps_order_slip_detail ps_customer ps_shop ps_shop_group
        ps_group_lang ps_lang ps_configuration ps_order_payment""",
    "woocommerce": """wp_wc_orders wp_wc_order_addresses wp_wc_order_operational_data wp_woocommerce_order_items
        wp_woocommerce_order_itemmeta""",
    "magento": """sales_order sales_order_item sales_invoice sales_creditmemo sales_creditmemo_item store store_group
        store_website customer_group""",
}
FILES = {
    "dolibarr": "htdocs/install/mysql/tables/llx_*.sql",
    "prestashop": "install-dev/data/db_structure.sql",
    "woocommerce": "**/*.php",
    "magento": "**/etc/db_schema.xml",
}
VARIABLES = {
    r"\$orders_table_name": "wp_wc_orders", r"\$addresses_table_name": "wp_wc_order_addresses",
    r"\$operational_data_table_name": "wp_wc_order_operational_data", r"\{\$wpdb->prefix\}": "wp_", "PREFIX_": "ps_",
}  # fmt: skip


def of_sql(text: str) -> Tables:
    """The tables of CREATE TABLE statements, also of those in PHP."""
    for theirs, ours in VARIABLES.items():
        text = re.sub(theirs, ours, text)
    tables: Tables = {}
    statement = re.compile(r"^create table(?: if not exists)? `?(\w+)`?\s*\((.*?)^\)", re.I | re.M | re.S)
    for name, body in statement.findall(text):
        tables[name] = dict(_columns(body))
    return tables


def _columns(body: str) -> Iterator[tuple[str, str]]:
    for line in body.splitlines():
        line = re.sub(r"--.*|/\*.*", "", line).strip().rstrip(",")
        found = re.match(r"`?(\w+)`?\s+(\w+(?:\s*\([^)]*\))?)(\s+unsigned)?", line, re.I)
        if found and not line.lower().startswith(NOT_COLUMNS):
            yield found[1], re.sub(r"\s", "", found[2].lower()) + (" unsigned" if found[3] else "")


def of_xml(text: str) -> Tables:
    """The tables of a declarative schema."""
    return {
        table.get("name", ""): {column.get("name", ""): _xml_type(column.attrib) for column in table.findall("column")}
        for table in ET.fromstring(text).findall("table")
    }


def _xml_type(column: dict[str, str]) -> str:
    kind = column["{http://www.w3.org/2001/XMLSchema-instance}type"]
    if kind == "decimal":
        return f"decimal({column.get('precision', 10)},{column.get('scale', 0)})"
    if kind == "varchar":
        return f"varchar({column['length']})"
    return f"{kind} unsigned" if column.get("unsigned") == "true" else kind


def taken_over(vendor: str, folder: Path, version: str) -> str:
    """The statements; a table that is not there is an error."""
    read = of_xml if vendor == "magento" else of_sql
    known: Tables = {}
    for file in sorted(folder.glob(FILES[vendor])):
        known |= read(file.read_text("utf-8", "replace"))
    statements = [f"-- {vendor} {version}: names and types of its tables, by take_over.py\n"]
    for name in WANTED[vendor].split():
        columns = ",\n".join(f"  `{column}` {kind}" for column, kind in known[name].items())
        statements.append(f"CREATE TABLE `{name}` (\n{columns}\n);\n")
    return "".join(statements)


if __name__ == "__main__":
    vendor, folder, version = sys.argv[1:]
    (HERE / f"{vendor}.sql").write_text(taken_over(vendor, Path(folder), version), "utf-8")
