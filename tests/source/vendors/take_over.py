"""The tables that a vendor's system keeps its sales in, taken over from the vendor's own definitions: names and types.

    python tests/source/vendors/take_over.py dolibarr FOLDER 20.0
    python tests/source/vendors/take_over.py odoo_18 FOLDER 18.0

reads FOLDER, where the vendor's source lies, and writes dolibarr.sql beside this script: CREATE TABLE statements of the
tables that the ready map reads, with every column they have in that version, without keys, defaults and comments. The
tests of the ready maps make their databases from these files. Forms: SQL, declarative XML (Magento), DocTypes in JSON
(ERPNext), fields of Python classes (Odoo, read as text and never imported; columns of mixins are left out).
"""

import ast
import functools
import json
import re
import sys
import textwrap
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
    "erpnext": """Company|Customer|Customer Group|Cost Center|Warehouse|Price List|Sales Invoice|Sales Invoice Item|
        POS Invoice|POS Invoice Item|Payment Entry|Payment Entry Reference|Payment Entry Deduction|
        Loyalty Point Entry""",
    "odoo": """res_company res_currency res_partner crm_team product_pricelist account_move account_move_line
        account_account account_journal account_payment account_bank_statement_line account_partial_reconcile uom_uom
        product_product product_template pos_config pos_session pos_order pos_order_line pos_payment
        pos_payment_method loyalty_program loyalty_card""",
}
NEWER = {
    **dict.fromkeys(("odoo_16", "odoo_17"), "uom_category ir_property"),
    "odoo_18": "uom_category loyalty_history",
    "odoo_19": "loyalty_history",
}
"""Tables that some versions alone have."""
FILES = {
    "dolibarr": "htdocs/install/mysql/tables/llx_*.sql",
    "prestashop": "install-dev/data/db_structure.sql",
    "woocommerce": "**/*.php",
    "magento": "**/etc/db_schema.xml",
    "erpnext": "erpnext/*/doctype/*/*.json",
    "odoo": "**/models/*.py",
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


FRAPPE = {
    "Currency": "decimal(21,9)", "Float": "decimal(21,9)", "Percent": "decimal(21,9)", "Int": "int(11)",
    "Check": "tinyint(4)", "Date": "date", "Time": "time(6)", "Datetime": "datetime(6)", "Duration": "decimal(21,9)",
    "Small Text": "text", "Text": "text", "Attach": "text", "Attach Image": "text", "Long Text": "longtext",
    "Text Editor": "longtext", "Code": "longtext", "HTML Editor": "longtext", "Markdown Editor": "longtext",
    "JSON": "json",
    **dict.fromkeys(("Data", "Link", "Dynamic Link", "Select", "Read Only", "Phone", "Autocomplete"), "varchar(140)"),
    "Color": "varchar(140)",
}  # fmt: skip
"""Kinds of fields as MariaDB keeps them; all others have no column."""
OF_EACH = {"name": "varchar(140)", "creation": "datetime(6)", "modified": "datetime(6)", "owner": "varchar(140)",
           "docstatus": "tinyint(4)", "idx": "int(11)"}  # fmt: skip
OF_A_CHILD = dict.fromkeys(("parent", "parentfield", "parenttype"), "varchar(140)")


def of_doctype(text: str) -> Tables:
    """The table of a DocType."""
    said = json.loads(text)
    if not isinstance(said, dict) or said.get("doctype") != "DocType":
        return {}
    columns = {field["fieldname"]: FRAPPE[field["fieldtype"]] for field in said["fields"]
               if field["fieldtype"] in FRAPPE and not field.get("is_virtual")}  # fmt: skip
    return {f"tab{said['name']}": OF_EACH | (OF_A_CHILD if said.get("istable") else {}) | columns}


POSTGRES = {
    "Char": "varchar", "Text": "text", "Html": "text", "Selection": "varchar", "Integer": "int4", "Monetary": "numeric",
    "Boolean": "bool", "Date": "date", "Datetime": "timestamp", "Many2one": "int4", "Many2oneReference": "int4",
    "Json": "jsonb", "Reference": "varchar", "Properties": "jsonb", "PropertiesDefinition": "jsonb",
}  # fmt: skip
OF_EACH_MODEL = {
    "id": "int4",
    "create_uid": "int4",
    "create_date": "timestamp",
    "write_uid": "int4",
    "write_date": "timestamp",
}


def of_models(text: str, of_each_company: str | None = "jsonb") -> Tables:
    """The columns that the classes of a module give to their models' tables, new ones and those they extend.

    of_each_company: the type of a field that has a value a company, None where those are kept elsewhere."""
    tables: Tables = {}
    for model in (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ClassDef)):
        said = {ast.unparse(part.targets[0] if isinstance(part, ast.Assign) else part.target): part.value
                for part in model.body if isinstance(part, ast.Assign | ast.AnnAssign) and part.value}  # fmt: skip
        name = said.get("_name", said.get("_inherit"))
        if isinstance(name, ast.Constant) and isinstance(name.value, str):
            columns = {field: kind for field, value in said.items() if (kind := _column_of(value, of_each_company))}
            new = OF_EACH_MODEL if "_name" in said else {}
            tables.setdefault(name.value.replace(".", "_"), {}).update(new | columns)
    return tables


def _column_of(value: ast.expr, of_each_company: str | None) -> str | None:
    """The type of a field's column; None where it has none: computed, of another model, or a list."""
    if not (isinstance(value, ast.Call) and ast.unparse(value.func).startswith("fields.")):
        return None
    kind = ast.unparse(value.func).removeprefix("fields.")
    options = {word.arg: ast.unparse(word.value) for word in value.keywords}
    is_derived = {"compute", "related"} & set(options) and options.get("store") != "True"
    if is_derived or options.get("store") == "False":
        return None
    if kind == "Float":
        return "numeric" if options.get("digits", "None") != "None" else "float8"
    if options.get("company_dependent") == "True":
        return of_each_company
    return "jsonb" if "translate" in options and options["translate"] != "False" else POSTGRES.get(kind)


READERS = {
    "magento": of_xml, "erpnext_15": of_doctype, "erpnext_16": of_doctype, "odoo_18": of_models, "odoo_19": of_models,
    **dict.fromkeys(("odoo_16", "odoo_17"), functools.partial(of_models, of_each_company=None)),
}  # fmt: skip


def taken_over(name: str, folder: Path, version: str) -> str:
    """The statements; a table that is not there is an error."""
    vendor = name.partition("_")[0]
    known: Tables = {}
    for file in sorted(folder.glob(FILES[vendor])):
        for table, columns in READERS.get(name, of_sql)(file.read_text("utf-8", "replace")).items():
            known[table] = known.get(table, {}) | columns
    wanted = (
        [f"tab{kind.strip()}" for kind in WANTED[vendor].split("|")] if vendor == "erpnext" else WANTED[vendor].split()
    )
    statements = [f"-- {name} {version}: names and types of its tables, by take_over.py\n"]
    mark = '"' if vendor == "odoo" else "`"
    for table in wanted + NEWER.get(name, "").split():
        columns = ", ".join(f"{mark}{column}{mark}~{kind}".replace(" ", "~") for column, kind in known[table].items())
        lines = textwrap.fill(columns, 118, initial_indent="  ", subsequent_indent="  ").replace("~", " ")
        statements.append(f"CREATE TABLE {mark}{table}{mark} (\n{lines}\n);\n")
    return "".join(statements)


if __name__ == "__main__":
    name, folder, version = sys.argv[1:]
    (HERE / f"{name}.sql").write_text(taken_over(name, Path(folder), version), "utf-8")
