"""A small company for a test: tables drawn in ASCII become Parquet files and a project folder around them.

Columns are parted by `|`, an empty cell is NULL, `·` stands for an empty text.
"""

from pathlib import Path

import duckdb
import yaml

from helpers import schema
from helpers.sales import Sales, open_sales

SQL = {
    schema.ID: "VARCHAR", schema.TEXT: "VARCHAR", schema.MONEY: "DECIMAL(18,4)", schema.NUMBER: "DECIMAL(18,6)",
    schema.WHOLE: "BIGINT", schema.DAY: "DATE", schema.MOMENT: "TIMESTAMP", schema.TRUTH: "BOOLEAN",
}  # fmt: skip


def rows(table: str) -> list[dict[str, str | None]]:
    """The rows of an ASCII table, every value a text or None."""
    lines = [[c.strip() for c in line.split("|")] for line in table.strip().splitlines() if line.strip()]
    return [{k: {"": None, "·": ""}.get(v, v) for k, v in zip(lines[0], line, strict=True)} for line in lines[1:]]


def write_parquet(path: Path, name: str, table: str, types: dict[str, str] | None = None) -> None:
    """One ASCII table as a Parquet file with our types, or those told."""
    found = rows(table)
    columns = list(found[0]) if found else [c.strip() for c in table.strip().splitlines()[0].split("|")]
    sql = {c: SQL[schema.TABLES[name][c]] for c in columns} | (types or {})
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as con:
        con.execute(f"CREATE TABLE t ({', '.join(f'{c} {t}' for c, t in sql.items())})")
        for row in found:
            con.execute(f"INSERT INTO t VALUES ({', '.join('?' * len(columns))})", list(row.values()))
        con.execute(f"COPY t TO '{path}' (FORMAT parquet)")


def company(root: Path, tables: dict[str, str], types: dict[str, str] | None = None, **settings) -> Path:
    """A project root with one company `acme` whose tables are those drawn; settings go into source.yaml."""
    (root / "notebooks").mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        write_parquet(root / "data" / f"{name}.parquet", name, table, types if name == "sale_line" else None)
    source = {"company": "Acme", "files": "data", "currency": "EUR"} | settings
    source |= {name: {"from": f"{name}.parquet"} for name in tables}
    path = root / "params" / "acme" / "source.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(source, allow_unicode=True))
    return root


def opened(root: Path, period: str = "2026-10", today: str = "2026-11-23", **parameters) -> Sales:
    """The sales of `acme`."""
    return open_sales("acme", period, today, root=root, **parameters)
