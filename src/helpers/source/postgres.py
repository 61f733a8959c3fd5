"""PostgreSQL: one read-only snapshot a run, asked where it stands.

Every query of a run sees one state (REPEATABLE READ READ ONLY), whatever others insert meanwhile; the group-bys happen
in the server and only their rows come back. Such a transaction makes no temporary objects, so nothing is kept there.
Who asks, and the password, come from PGUSER, PGPASSWORD, PGSERVICE or .pgpass.
"""

import hashlib
from typing import Any
from urllib.parse import parse_qs, urlsplit

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis.backends.postgres import Backend

from helpers.errors import BadConfiguration, SourceUnreachable, TimedOut
from helpers.settings.company import Company, Table
from helpers.source import sql
from helpers.source.engine_words import in_words
from helpers.source.opened import Source, closed_on_error
from helpers.source.typed import mapping, typed

try:
    import psycopg
except ImportError:
    raise BadConfiguration("connect: postgresql needs a driver; type: pip install 'client-rating[postgres]'") from None


WRITABLE = """SELECT count(*) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
    AND has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')"""
"""How many tables the role that asks may change."""
SERVER_RIGHTS = """SELECT rolname FROM pg_roles WHERE pg_has_role(oid, 'MEMBER')
    AND rolname IN ('pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program') ORDER BY rolname"""
"""By what the role that asks reaches files or programs of the server."""


class Exact(Backend):  # type: ignore[misc]  # Ibis publishes no types
    """Ibis' backend, whose own `execute` passes money through floats."""

    def execute(self, expr: ir.Expr, /, *, params: Any = None, limit: Any = None, **_: Any) -> Any:
        table = expr.as_table()
        try:
            with self.con.cursor() as cursor, self.con.transaction():
                rows = cursor.execute(self.compile(table, params=params, limit=limit)).fetchall()
        except psycopg.errors.QueryCanceled:
            raise TimedOut("a query took longer than query_timeout: in source.yaml allows (seconds)") from None
        except psycopg.OperationalError as error:
            raise SourceUnreachable(f"the database went away: {_reason(error)}") from None
        result = pd.DataFrame.from_records(rows, columns=table.columns)
        return expr.__pandas_result__(result, schema=table.schema())

    def _get_schema_using_query(self, query: str) -> ibis.Schema:
        """Without a view, which a read-only transaction may not make."""
        return _types(self, _described(self, query))


def open_postgres(company: Company, address: str, is_ours: bool = False) -> Source:
    """The tables as one snapshot of the database shows them; `is_ours`: the address came from the environment, so it
    may hold a password. Raises SourceUnreachable (69), never with the address in it."""
    parts = urlsplit(address)
    if not is_ours and (parts.password or "password" in parse_qs(parts.query)):
        raise BadConfiguration("connect: holds a password; put it into PGPASSWORD or .pgpass")
    con = Exact.from_connection(_connected(address, company.query_timeout))
    with closed_on_error(con):
        con.raw_sql("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").close()
        tables = {
            name: typed(name, _selected(name, table, con), table.columns) for name, table in company.tables.items()
        }
        snapshot = con.raw_sql("SELECT current_database(), pg_current_snapshot()::text").fetchone()
        writable = con.raw_sql(WRITABLE).fetchone()[0]
        rights = tuple(right for (right,) in con.raw_sql(SERVER_RIGHTS).fetchall())
    fingerprint = hashlib.sha256(" ".join(snapshot).encode()).hexdigest()
    return Source(con, tables, fingerprint, writable_tables=writable, server_rights=rights)


def _connected(address: str, timeout: int) -> "psycopg.Connection":
    options = f"-c statement_timeout={timeout}s -c default_transaction_read_only=on"
    try:
        return psycopg.connect(address, autocommit=True, options=options, connect_timeout=10)
    except psycopg.Error as error:
        raise SourceUnreachable(f"the database cannot be reached: {_reason(error)}; look at connect: in source.yaml, "
                                "PGUSER, and PGPASSWORD or .pgpass") from None  # fmt: skip


def _reason(error: Exception) -> str:
    """What the server said, without the address it was asked at."""
    return str(error).strip().splitlines()[-1].rpartition("failed: ")[2].removeprefix("FATAL:").strip()


def _selected(name: str, table: Table, con: Backend) -> ir.Table:
    """A mapping as a query with its types told, since the server may not make a view to find them out."""
    relation = sql.from_clause(table.from_, "postgres")
    try:
        have = [c.name for c in _described(con, f"SELECT * FROM {relation}")]
        columns = mapping(name, table, have, "postgres")
        query = _query(columns, relation)
        result = _types(con, _described(con, query))
        query = _query({c: _bytewise(v) if result[c].is_string() else v for c, v in columns.items()}, relation)
    except psycopg.Error as error:
        raise BadConfiguration(f"{name}: the database refuses the mapping: {in_words(str(error))}") from None
    return con.sql(query, schema=result)


def _query(columns: dict[str, str], relation: str) -> str:
    return f"SELECT {', '.join(f'{value} AS {ours}' for ours, value in columns.items())} FROM {relation}"


def _bytewise(value: str) -> str:
    """Ids sort by their bytes, as on every engine, whatever the database's collation."""
    return f'({value})::text COLLATE "C"'


def _described(con: Backend, query: str) -> list["psycopg.Column"]:
    with con.con.cursor() as cursor, con.con.transaction():
        return list(cursor.execute(f"SELECT * FROM ({query}) AS q LIMIT 0").description)


def _types(con: Backend, columns: list["psycopg.Column"]) -> ibis.Schema:
    """The server's types as Ibis', by their own names: `numeric(18,2)`, `timestamp with time zone`."""
    mapper = con.compiler.type_mapper
    return ibis.schema({c.name: mapper.from_string(c.type_display) for c in columns})
