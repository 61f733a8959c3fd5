"""A small company for a test: tables drawn in ASCII become Parquet files, tables of PostgreSQL, MariaDB or Spark,
and a project folder around them.

Columns are parted by `|`, an empty cell is NULL, `·` stands for an empty text. `company.engine` is where they go; the
spec tests run on each engine that is there (conftest.py).
"""

import contextvars
import itertools
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import ibis.expr.types as ir
import pandas as pd
import yaml
from ascii_table import rows

from helpers import schema
from helpers.sales import Sales, open_sales

if TYPE_CHECKING:
    import pymysql

SQL = {
    schema.ID: "VARCHAR", schema.TEXT: "VARCHAR", schema.MONEY: "DECIMAL(18,4)", schema.NUMBER: "DECIMAL(18,6)",
    schema.RATE: "DECIMAL(18,10)",
    schema.WHOLE: "BIGINT", schema.DAY: "DATE", schema.MOMENT: "TIMESTAMP", schema.TRUTH: "BOOLEAN",
}  # fmt: skip

engine = contextvars.ContextVar("engine", default="")
"""Where tables are written: "" (Parquet in place), or the address of a PostgreSQL, MariaDB or Spark."""


def columns(name: str, table: str, types: dict[str, str] | None = None) -> dict[str, str]:
    """Column name → SQL type of an ASCII table: ours, or those told."""
    names = map(str.strip, table.strip().splitlines()[0].split("|"))
    return {c: SQL[schema.kind_of(name, c)] for c in names} | (types or {})


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


def as_reader(address: str) -> str:
    """The same server, asked by a role that can only read."""
    return address.replace("user=postgres", "user=reader").replace("//tester@", "//reader@")


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
    relations = {name: named(f"{place}.{name}", columns(name, tables[name])) for name in tables}
    return {"connect": as_reader(address)} | relations


def named(relation: str, names: Iterable[str]) -> dict[str, str]:
    """What source.yaml says of a database's table whose columns are called as ours."""
    return {"from": relation} | {name: name for name in names}


def mariadb_connection(address: str) -> "pymysql.Connection":
    """A connection to the server of the tests, as one who may write."""
    import pymysql

    socket = address.partition("socket=")[2]
    return pymysql.connect(user="tester", unix_socket=socket, database="shop", autocommit=True, charset="utf8mb4")


def _into_mariadb(address: str, tables: dict[str, str], types: dict[str, str] | None) -> dict:
    """The tables under names of their own, and the settings that read them."""
    place = f"t{next(_numbers)}"
    with mariadb_connection(address) as con, con.cursor() as cursor:
        cursor.execute("SET time_zone = '+00:00'")
        for name, table in tables.items():
            sql = columns(name, table, types if name == "sale_line" else None)
            kinds = [MARIADB.get(t, t) for t in sql.values()]
            cursor.execute(f"CREATE TABLE {place}_{name} ({', '.join(map(' '.join, zip(sql, kinds, strict=True)))})")
            for row in rows(table):
                values = [_as_mariadb_writes(v, k) for k, v in zip(kinds, row.values(), strict=True)]
                cursor.execute(f"INSERT INTO {place}_{name} VALUES ({', '.join('%s' for _ in row)})", values)
    relations = {name: named(f"{place}_{name}", columns(name, tables[name])) for name in tables}
    return {"connect": as_reader(address)} | relations


def mariadb_table(address: str, name: str, frame: pd.DataFrame) -> ir.Table:
    """A frame of texts and moments as a table of the server."""
    from helpers.source.mysql import TEXT, Exact, prepared

    kinds = {c: "DATETIME(6)" if kind.kind == "M" else "VARCHAR(255)" for c, kind in frame.dtypes.items()}
    con = mariadb_connection(address)
    with con.cursor() as cursor:
        cursor.execute(f"CREATE OR REPLACE TABLE {name} ({', '.join(map(' '.join, kinds.items()))})")
        rows = frame.astype(object).itertuples(index=False, name=None)
        cursor.executemany(f"INSERT INTO {name} VALUES ({', '.join('%s' for _ in kinds)})", list(rows))
    collation = prepared(con, 600)
    columns = [f"{TEXT.format(c, collation)} AS {c}" if kind != "DATETIME(6)" else c for c, kind in kinds.items()]
    types = {c: "timestamp" if kind == "DATETIME(6)" else "string" for c, kind in kinds.items()}
    return Exact.from_connection(con).sql(f"SELECT {', '.join(columns)} FROM {name}", schema=types)


MARIADB = {"VARCHAR": "VARCHAR(255)", "TIMESTAMP": "DATETIME(6)", "TIMESTAMPTZ": "TIMESTAMP(6) NULL"}


def _as_mariadb_writes(value: str | None, kind: str) -> str | None:
    """A truth as a number, a moment without its zone, which is UTC."""
    if value is None:
        return None
    if kind == "BOOLEAN":
        return str(int(value.strip().lower() in ("true", "t", "1", "yes")))
    return value.removesuffix("+00") if kind == "DATE" or kind.startswith(("DATETIME", "TIMESTAMP")) else value


_numbers = itertools.count()


def _literal(value: str | None) -> str:
    return "NULL" if value is None else "'" + value.replace("'", "''") + "'"


def company(root: Path, tables: dict[str, str], types: dict[str, str] | None = None, **settings) -> Path:
    """A project root with one company `acme` whose tables are those drawn; settings go into source.yaml."""
    (root / "notebooks").mkdir(parents=True, exist_ok=True)
    address = engine.get()
    if address.startswith(("postgresql", "mysql")):
        where = (_into_postgres if address.startswith("postgresql") else _into_mariadb)(address, tables, types)
    else:
        for name, table in tables.items():
            write_parquet(root / "data" / f"{name}.parquet", name, table, types if name == "sale_line" else None)
        where = {"files": "data"} | {name: {"from": f"{name}.parquet"} for name in tables}
    if address.startswith(("spark", "sc")):
        paths = {
            name: named(f"parquet.`{root / 'data' / name}.parquet`", columns(name, tables[name])) for name in tables
        }
        where = {"connect": address} | paths
    rates = {"rate_is": "report_per_foreign"} if "fx_rate" in tables else {}
    source = {"company": "Acme", "currency": "EUR"} | rates | where | settings
    path = root / "params" / "acme" / "source.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(source, allow_unicode=True))
    return root


def opened(root: Path, period: str = "2026-10", today: str = "2026-11-23", **parameters) -> Sales:
    """The sales of `acme`."""
    return open_sales("acme", period, today, root=root, **parameters)
