"""A small company for a test: tables drawn in ASCII become Parquet files, PostgreSQL or Spark tables, and a project
folder around them.

Columns are parted by `|`, an empty cell is NULL, `·` stands for an empty text. `company.engine` is where they go; the
spec tests run on each engine that is there (conftest.py).
"""

import contextvars
import itertools
from collections.abc import Iterable
from pathlib import Path

import duckdb
import yaml
from ascii_table import rows

from helpers import schema
from helpers.sales import Sales, open_sales

SQL = {
    schema.ID: "VARCHAR", schema.TEXT: "VARCHAR", schema.MONEY: "DECIMAL(18,4)", schema.NUMBER: "DECIMAL(18,6)",
    schema.RATE: "DECIMAL(18,10)",
    schema.WHOLE: "BIGINT", schema.DAY: "DATE", schema.MOMENT: "TIMESTAMP", schema.TRUTH: "BOOLEAN",
}  # fmt: skip

engine = contextvars.ContextVar("engine", default="")
"""Where tables are written: "" (Parquet in place), a PostgreSQL or a Spark address."""


def columns(name: str, table: str, types: dict[str, str] | None = None) -> dict[str, str]:
    """Column name → SQL type of an ASCII table: ours, or those told."""
    names = map(str.strip, table.strip().splitlines()[0].split("|"))
    return {c: SQL[schema.TABLES[name][c]] for c in names} | (types or {})


def write_parquet(path: Path, name: str, table: str, types: dict[str, str] | None = None) -> None:
    """One ASCII table as a Parquet file with our types, or those told."""
    sql, found = columns(name, table, types), rows(table)
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        con.execute(f"CREATE TABLE t ({', '.join(f'{c} {t}' for c, t in sql.items())})")
        for row in found:
            con.execute(f"INSERT INTO t VALUES ({', '.join('?' * len(sql))})", list(row.values()))
        con.execute(f"COPY t TO '{path}' (FORMAT parquet)")


def _into_postgres(address: str, tables: dict[str, str], types: dict[str, str] | None) -> dict:
    """The tables in a schema of their own, and the settings that read them."""
    import psycopg

    place = f"s{next(_numbers)}"
    with psycopg.connect(address, autocommit=True) as con:
        con.execute("SET TimeZone = 'UTC'")
        con.execute(f"CREATE SCHEMA {place}")
        for name, table in tables.items():
            sql = columns(name, table, types if name == "sale_line" else None)
            kinds = [t.replace("DOUBLE", "double precision") for t in sql.values()]
            con.execute(f"CREATE TABLE {place}.{name} ({', '.join(map(' '.join, zip(sql, kinds, strict=True)))})")
            for row in rows(table):
                con.execute(f"INSERT INTO {place}.{name} VALUES ({', '.join(map(_literal, row.values()))})")
    return {"connect": address} | {name: named(f"{place}.{name}", columns(name, tables[name])) for name in tables}


def named(relation: str, names: Iterable[str]) -> dict[str, str]:
    """What source.yaml says of a database's table whose columns are called as ours."""
    return {"from": relation} | {name: name for name in names}


_numbers = itertools.count()


def _literal(value: str | None) -> str:
    return "NULL" if value is None else "'" + value.replace("'", "''") + "'"


def company(root: Path, tables: dict[str, str], types: dict[str, str] | None = None, **settings) -> Path:
    """A project root with one company `acme` whose tables are those drawn; settings go into source.yaml."""
    (root / "notebooks").mkdir(parents=True, exist_ok=True)
    address = engine.get()
    if address.startswith("postgresql"):
        where = _into_postgres(address, tables, types)
    else:
        for name, table in tables.items():
            write_parquet(root / "data" / f"{name}.parquet", name, table, types if name == "sale_line" else None)
        where = {"files": "data"} | {name: {"from": f"{name}.parquet"} for name in tables}
    if address.startswith(("spark", "sc")):
        paths = {
            name: named(f"parquet.`{root / 'data' / name}.parquet`", columns(name, tables[name])) for name in tables
        }
        where = {"connect": address} | paths
    source = {"company": "Acme", "currency": "EUR"} | where | settings
    path = root / "params" / "acme" / "source.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(source, allow_unicode=True))
    return root


def opened(root: Path, period: str = "2026-10", today: str = "2026-11-23", **parameters) -> Sales:
    """The sales of `acme`."""
    return open_sales("acme", period, today, root=root, **parameters)
