"""The demo company written in every form a company may keep its sales in, the same values in each.

In comes a folder of the demo's Parquet files, out comes what `source.yaml` says of the form: where, and how written.
"""

import csv
import datetime as dt
import secrets
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import duckdb
import xlsxwriter
from company import MARIADB, mariadb_connection, named

TABLES = ("sale_line", "client", "client_price_list", "price_list", "branch", "branch_name")
AWKWARD = ["é1", "É1", "a", "A", "A-1", "A1", "b", "B", "ß", "Œ", "_", "007 "]
"""Ids that a collation, a trim or a comparison without case would merge or sort otherwise; all spend alike."""


def demo_with_awkward_clients(folder: Path) -> None:
    """Make the demo's six tables in `folder`, one Parquet file each."""
    from helpers.source.demo import make_demo

    make_demo(folder / "made", dt.date(2026, 11, 23), 6_000)
    with duckdb.connect() as con:
        for table in TABLES:
            con.execute(f"CREATE TABLE {table} AS FROM '{folder}/made/{table}{'/*' * (table == 'sale_line')}.parquet'")
        counts = "kind = 'sale' AND state = 'final' AND sold_at > '2025-06-01'"
        con.execute(f"CREATE TABLE one AS FROM sale_line WHERE {counts} LIMIT 1")
        for number, client in enumerate(AWKWARD):
            con.execute("INSERT INTO sale_line SELECT * REPLACE (? AS sale_id, ? AS client_id) FROM one",
                        [f"X{number}", client])  # fmt: skip
            con.execute("INSERT INTO client SELECT * REPLACE (? AS client_id) FROM client LIMIT 1", [client])
        for table in TABLES:
            con.execute(f"COPY (FROM {table} ORDER BY ALL) TO '{folder}/{table}.parquet'")


def read(folder: Path, table: str) -> tuple[list[str], list[str], list[tuple]]:
    """(columns, their SQL types, rows) of a table."""
    found = duckdb.sql(f"FROM '{folder}/{table}.parquet'")
    return found.columns, [str(kind) for kind in found.types], found.fetchall()


def parquet(folder: Path, out: Path) -> dict:
    return {"files": str(folder), **{table: f"{table}.parquet" for table in TABLES}}


def as_csv(tables=TABLES, **dialect) -> Callable[[Path, Path], dict]:
    """A writer of CSV in a dialect of source.yaml's `csv:`."""

    def write(folder: Path, out: Path) -> dict:
        for table in tables:
            names, _, rows = read(folder, table)
            with (out / f"{table}.csv").open("w", encoding=dialect.get("encoding", "utf-8"), newline="") as file:
                writer = csv.writer(file, delimiter=dialect.get("delimiter", ","))
                writer.writerow(names)
                writer.writerows([told(cell, dialect) for cell in row] for row in rows)
        return {"files": str(out), "csv": dialect, **{table: f"{table}.csv" for table in tables}}

    return write


def told(cell: Any, dialect: dict) -> str:
    """A cell as an export in a dialect writes it."""
    match cell:
        case None:
            return ""
        case Decimal() | bool() | int():
            text = f"{cell:,}" if dialect.get("thousands") and not isinstance(cell, bool) else str(cell)
            swap = {",": dialect.get("thousands", ""), ".": dialect.get("decimal", ".")}
            return "".join(swap.get(sign, sign) for sign in text)
        case dt.datetime():
            return cell.strftime(dialect.get("datetime_format", "%Y-%m-%d %H:%M:%S"))
        case dt.date():
            return cell.strftime(dialect.get("date_format", "%Y-%m-%d"))
    return cell


def xlsx(folder: Path, out: Path) -> dict:
    options = {"strings_to_formulas": False, "strings_to_urls": False, "default_date_format": "yyyy-mm-dd hh:mm:ss"}
    with xlsxwriter.Workbook(out / "demo.xlsx", options) as book:
        for table in TABLES:
            sheet, (names, _, rows) = book.add_worksheet(table), read(folder, table)
            for at, row in enumerate([names, *rows]):
                for place, cell in enumerate(row):
                    sheet.write(at, place, cell)
    return {"files": str(out), **{table: f"demo.xlsx#{table}" for table in TABLES}}


def ods(folder: Path, out: Path) -> dict:
    """OpenDocument written as text, since a library takes minutes for so many cells."""
    spaces = ' xmlns:'.join(f'{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for short, name in
                            (("office", "office"), ("table", "table"), ("text", "text")))  # fmt: skip
    sheets = "".join(
        f'<table:table table:name="{table}">{"".join(_ods_rows(folder, table))}</table:table>' for table in TABLES
    )
    body = f"<office:body><office:spreadsheet>{sheets}</office:spreadsheet></office:body>"
    with zipfile.ZipFile(out / "demo.ods", "w") as book:
        book.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        book.writestr("META-INF/manifest.xml", "<manifest/>")
        book.writestr("content.xml", f"<office:document-content xmlns:{spaces}>{body}</office:document-content>")
    return {"files": str(out), **{table: f"demo.ods#{table}" for table in TABLES}}


def _ods_rows(folder: Path, table: str) -> Iterator[str]:
    names, _, rows = read(folder, table)
    for row in [names, *rows]:
        yield f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>"


def _ods_cell(cell: Any) -> str:
    match cell:
        case None:
            return "<table:table-cell/>"
        case bool():
            kind, value = "boolean", f'office:boolean-value="{str(cell).lower()}"'
        case Decimal() | int():
            kind, value = "float", f'office:value="{cell}"'
        case dt.date():
            kind, value = "date", f'office:date-value="{cell.isoformat()}"'
        case str():
            text = escape(cell).replace("\t", "<text:tab/>").replace("  ", '<text:s text:c="2"/>')
            return f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'
    return f'<table:table-cell office:value-type="{kind}" {value}/>'


def sqlite(folder: Path, out: Path) -> dict:
    """Amounts as REAL and moments as text, as SQLite has neither decimals nor dates."""
    with sqlite3.connect(out / "demo.sqlite") as con:
        for table in TABLES:
            names, _, rows = read(folder, table)
            con.execute(f"CREATE TABLE {table} ({', '.join(names)})")
            plain = [[float(c) if isinstance(c, Decimal) else str(c) if isinstance(c, dt.date) else c for c in row]
                     for row in rows]  # fmt: skip
            con.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(names))})", plain)
    con.close()
    return {"files": str(out), **{table: f"demo.sqlite#{table}" for table in TABLES}}


def duckdb_file(folder: Path, out: Path) -> dict:
    with duckdb.connect(out / "demo.duckdb") as con:
        for table in TABLES:
            con.execute(f"CREATE TABLE {table} AS FROM '{folder}/{table}.parquet'")
    return {"connect": f"duckdb:{out}/demo.duckdb", **{table: named(table, read(folder, table)[0]) for table in TABLES}}


def postgres(folder: Path, address: str) -> dict:
    """The tables in a schema of a PostgreSQL server."""
    import psycopg

    schema = f"demo_{secrets.token_hex(4)}"
    with psycopg.connect(address, autocommit=True) as con:
        con.execute(f"CREATE SCHEMA {schema}")
        for table in TABLES:
            names, types, rows = read(folder, table)
            con.execute(f"CREATE TABLE {schema}.{table} ({', '.join(map(' '.join, zip(names, types, strict=True)))})")
            with con.cursor() as cursor, cursor.copy(f"COPY {schema}.{table} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
    return {"connect": address} | {table: named(f"{schema}.{table}", read(folder, table)[0]) for table in TABLES}


def mariadb(folder: Path, address: str) -> dict:
    """The tables on a MariaDB server, under names of their own."""
    place = f"demo_{secrets.token_hex(4)}"
    with mariadb_connection(address) as con, con.cursor() as cursor:
        cursor.execute("SET time_zone = '+00:00'")
        for table in TABLES:
            names, types, rows = read(folder, table)
            kinds = [(MARIADB | {"VARCHAR": "TEXT"}).get(t, t) for t in types]  # some names are long
            cursor.execute(f"CREATE TABLE {place}_{table} ({', '.join(map(' '.join, zip(names, kinds, strict=True)))})")
            cursor.executemany(f"INSERT INTO {place}_{table} VALUES ({', '.join('%s' for _ in names)})", rows)
    return {"connect": address} | {table: named(f"{place}_{table}", read(folder, table)[0]) for table in TABLES}


def spark(folder: Path, address: str) -> dict:
    return {"connect": address} | {
        table: named(f"parquet.`{folder}/{table}.parquet`", read(folder, table)[0]) for table in TABLES
    }


FILES = {
    "parquet": parquet,
    "csv, comma, UTF-8": as_csv(),
    "csv, semicolon, decimal comma, GB 18030": as_csv(
        delimiter=";", decimal=",", encoding="gb18030", date_format="%d.%m.%Y", datetime_format="%d.%m.%Y %H:%M:%S"),
    "csv, tab, UTF-16, thousands marks": as_csv(
        delimiter="\t", thousands=",", encoding="utf-16", date_format="%m/%d/%Y",
        datetime_format="%m/%d/%Y %I:%M:%S %p"),
    "xlsx": xlsx, "ods": ods, "sqlite": sqlite, "duckdb": duckdb_file,
}  # fmt: skip
CP1252 = as_csv(("sale_line",), delimiter=";", decimal=",", thousands=".", encoding="cp1252",
                date_format="%d/%m/%Y", datetime_format="%d/%m/%Y %H:%M:%S")  # fmt: skip
"""Latin letters alone, so without the clients' names."""
