"""MySQL and MariaDB: one read-only snapshot a run, queried where it stands.

Every query of a run sees one state of the tables that InnoDB keeps (START TRANSACTION WITH CONSISTENT SNAPSHOT, READ
ONLY), whatever others insert meanwhile; a table of another engine that changes ends the run. The driver is PyMySQL,
which needs no compiler. Who asks, and the password, come from MYSQL_PWD or the [client] part of ~/.my.cnf.
"""

import configparser
import hashlib
import os
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from helpers.errors import BadConfiguration, SourceUnreachable, TimedOut
from helpers.settings.company import Company, Table
from helpers.source import sql
from helpers.source.engine_words import in_words
from helpers.source.opened import Source, Stamp, closed_on_error
from helpers.source.typed import mapping, typed

try:
    import pymysql
except ImportError:
    raise BadConfiguration("connect: mysql needs a driver; type: pip install 'client-rating[mysql]'") from None
pymysql.install_as_MySQLdb()  # the name by which Ibis asks for a driver, whose usual one must be compiled

from ibis.backends.mysql import Backend  # noqa: E402
from ibis.formats.pandas import PandasData  # noqa: E402
from pymysql.constants import FIELD_TYPE  # noqa: E402
from pymysql.converters import conversions, convert_date, convert_datetime  # noqa: E402
from pymysql.cursors import Cursor, SSCursor  # noqa: E402

from helpers.source.mysql_sql import compiler  # noqa: E402

ROWS_A_BATCH = 50_000
TOO_LONG = {1969, 3024}  # what MariaDB and MySQL say of a statement that took longer than it may
GONE = {1053, 1317, 1927, 2006, 2013, 2014, 2055}
SLACK = 30  # seconds that a server has to end a statement itself before its socket is closed
OLDEST = {"MariaDB": (10, 5), "MySQL": (8, 0)}
COLLATION = {"MariaDB": "utf8mb4_nopad_bin", "MySQL": "utf8mb4_0900_bin"}
"""Texts are compared by their bytes, blanks at the end too."""

TYPES: dict[int, dt.DataType] = {
    FIELD_TYPE.TINY: dt.int8, FIELD_TYPE.SHORT: dt.int16, FIELD_TYPE.INT24: dt.int32, FIELD_TYPE.LONG: dt.int64,
    FIELD_TYPE.LONGLONG: dt.int64, FIELD_TYPE.YEAR: dt.int16, FIELD_TYPE.BIT: dt.int64, FIELD_TYPE.FLOAT: dt.float32,
    FIELD_TYPE.DOUBLE: dt.float64, FIELD_TYPE.DATE: dt.date, FIELD_TYPE.NEWDATE: dt.date, FIELD_TYPE.TIME: dt.time,
    FIELD_TYPE.DATETIME: dt.timestamp, FIELD_TYPE.TIMESTAMP: dt.Timestamp("UTC"),
}  # fmt: skip
"""Of a column that is neither a decimal nor a text. A TIMESTAMP is an instant, shown in the session's zone, UTC."""


class Exact(Backend):  # type: ignore[misc]  # Ibis publishes no types
    """Ibis' backend, whose own ways pass money through floats and need zone tables that few servers have."""

    compiler = compiler

    def _post_connect(self) -> None:
        """Nothing: `_connected` has set the zone, as an offset."""

    def execute(self, expr: ir.Expr, /, *, params: Any = None, limit: Any = None, **_: Any) -> Any:
        table = expr.as_table()
        with closing(self.con.cursor()) as cursor:
            _run_query(cursor, self.compile(table, params=params, limit=limit))
            result = pd.DataFrame.from_records(list(cursor.fetchall()), columns=table.columns)
        return expr.__pandas_result__(result, schema=table.schema())

    def _get_schema_using_query(self, query: str) -> ibis.Schema:
        """Within the snapshot, which Ibis' own way would end."""
        types = _described(self, f"SELECT * FROM ({query}) AS q")
        return ibis.schema({name: _with_type("", *kind, "")[1] for name, kind in types.items()})

    def to_pyarrow_batches(
        self, expr: ir.Expr, /, *, params: Any = None, limit: Any = None, **_: Any
    ) -> pa.ipc.RecordBatchReader:
        """The rows as they come, so many at a time."""
        table = expr.as_table()
        schema, query = table.schema(), self.compile(table, params=params, limit=limit)
        return pa.RecordBatchReader.from_batches(schema.to_pyarrow(), self._batches(query, schema))

    def _batches(self, query: str, schema: ibis.Schema) -> Iterator[pa.RecordBatch]:
        with closing(self.con.cursor(SSCursor)) as cursor:
            _run_query(cursor, query)
            while rows := cursor.fetchmany(ROWS_A_BATCH):
                part = PandasData.convert_table(pd.DataFrame.from_records(rows, columns=schema.names), schema)
                yield from pa.Table.from_pandas(part, schema=schema.to_pyarrow(), preserve_index=False).to_batches()


def open_mysql(company: Company, address: str, is_ours: bool = False) -> Source:
    """The tables as one snapshot of the database shows them; `is_ours`: the address came from the environment, so it
    may hold a password. Raises SourceUnreachable (69), never with the address in it."""
    parts = urlsplit(address)
    if not is_ours and (parts.password or {"password", "passwd"} & parse_qs(parts.query).keys()):
        raise BadConfiguration("connect: holds a password; put it into MYSQL_PWD or ~/.my.cnf")
    connection = _connected(parts, company.query_timeout)
    con = Exact.from_connection(connection)
    with closed_on_error(con):
        collation = prepared(connection, company.query_timeout)
        tables = {name: typed(name, _selected(name, table, con, collation), table.columns)
                  for name, table in company.tables.items()}  # fmt: skip
        snapshot = _rows(connection, "SELECT database(), @@hostname, @@port, now(6)")[0]
        fingerprint, writable = hashlib.sha256(repr(snapshot).encode()).hexdigest(), _rows(connection, WRITABLE)[0][0]
        rights = tuple(right for (right,) in _rows(connection, SERVER_RIGHTS))
        source = Source(con, tables, fingerprint, writable_tables=writable, server_rights=rights, arrays=False)
        source.stamps = _stamps_of(connection, company)
        source.opened_with = source.stamps()
    return source


def table_names(address: str) -> list[str]:
    """The tables of a database."""
    return first_column(address, "SHOW TABLES")


def first_column(address: str, query: str) -> list[str]:
    """What a query of our own gives, as texts. Raises SourceUnreachable (69)."""
    with closing(_connected(urlsplit(address), 60)) as con:
        try:
            return [str(row[0]) for row in _rows(con, query)]
        except pymysql.Error as error:
            raise SourceUnreachable(f"the database does not answer {query}: {_reason(error)}") from None


def _connected(parts: SplitResult, timeout: int) -> "pymysql.Connection":
    """A connection that shows days of no calendar, 0000-00-00, as none. A host in the address goes before a socket in
    ~/.my.cnf."""
    options = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    password = unquote(parts.password or "") or options.get("password") or os.environ.get("MYSQL_PWD", "")
    try:
        con = pymysql.connect(
            user=unquote(parts.username or "") or options.get("user"), password=password, host=parts.hostname,
            port=parts.port or 0, database=parts.path.strip("/") or None, unix_socket=options.get("socket"),
            read_default_file="~/.my.cnf", charset="utf8mb4", autocommit=True, connect_timeout=10,
            read_timeout=timeout + SLACK, conv=conversions | ZERO_DAYS, defer_connect=True,
        )  # fmt: skip
        if parts.hostname and "socket" not in options:
            con.unix_socket = None
        con.connect()
    except configparser.Error as error:
        raise BadConfiguration(f"~/.my.cnf cannot be read: {str(error).splitlines()[0]}") from None
    except (pymysql.Error, ValueError, RuntimeError) as error:
        raise SourceUnreachable(f"the database cannot be reached: {_reason(error)}; look at connect: in source.yaml, "
                                "and the user and password in MYSQL_PWD or ~/.my.cnf") from None  # fmt: skip
    return con


def _day_or_none(convert: Callable[[str], object]) -> Callable[[str], object]:
    """A converter of the driver, which gives a text back where it is no day."""

    def converted(text: str) -> object:
        value = convert(text)
        return None if isinstance(value, str) else value

    return converted


ZERO_DAYS = {
    FIELD_TYPE.DATE: _day_or_none(convert_date),
    FIELD_TYPE.DATETIME: _day_or_none(convert_datetime),
    FIELD_TYPE.TIMESTAMP: _day_or_none(convert_datetime),
}


def _reason(error: Exception) -> str:
    """What the server or the driver said: in words, without its number."""
    return str(error.args[-1] if error.args else error).strip().splitlines()[0]


def _rows(con: "pymysql.Connection", query: str) -> list[tuple[Any, ...]]:
    with closing(con.cursor()) as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


def _run_query(cursor: Cursor, query: str) -> None:
    """Run a query of the report."""
    try:
        cursor.execute(query)
    except pymysql.Error as error:
        if error.args[0] in TOO_LONG:
            raise TimedOut("a query took longer than query_timeout: in source.yaml allows (seconds)") from None
        if error.args[0] in GONE:
            raise SourceUnreachable(f"the database went away: {_reason(error)}") from None
        raise


def kind_of_server(version: str) -> str:
    """MariaDB or MySQL, by what a server says of its version. Raises BadConfiguration for one that is too old."""
    kind = "MariaDB" if "MariaDB" in version else "MySQL"
    numbers = tuple(map(int, re.findall(r"\d+", version.removeprefix("5.5.5-"))[:2]))
    if numbers < OLDEST[kind]:
        oldest = " or ".join(f"{name} {major}.{minor}" for name, (major, minor) in OLDEST.items())
        raise BadConfiguration(f"the database is {kind} {'.'.join(map(str, numbers))}, which lacks what a report asks; "
                               f"it needs {oldest}; export the tables to CSV or Parquet")  # fmt: skip
    return kind


def prepared(con: "pymysql.Connection", timeout: int) -> str:
    """Set the session and begin the snapshot; the collation by which texts are compared."""
    kind = kind_of_server(con.get_server_info())
    bounds = {"MariaDB": f"max_statement_time = {timeout}, join_cache_level = 4",  # 4: joins by hash
              "MySQL": f"max_execution_time = {timeout * 1000}"}[kind]  # fmt: skip
    for statement in (
        f"SET NAMES utf8mb4 COLLATE {COLLATION[kind]}",
        "SET SESSION time_zone = '+00:00', sql_mode = 'NO_UNSIGNED_SUBTRACTION', div_precision_increment = 16",
        f"SET SESSION {bounds}",
        "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
        "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
    ):
        _rows(con, statement)
    return COLLATION[kind]


def _selected(name: str, table: Table, con: Backend, collation: str) -> ir.Table:
    """A mapping as a query with its types told, since the server may not make a view to find them out."""
    relation = sql.from_clause(table.from_, "mysql")
    try:
        columns = mapping(name, table, list(_described(con, f"SELECT * FROM {relation}")), "mysql")
        types = _described(con, _query(columns, relation))
    except pymysql.Error as error:
        raise BadConfiguration(f"{name}: the database refuses the mapping: {in_words(_reason(error))}") from None
    with_types = {ours: _with_type(value, *types[ours], collation) for ours, value in columns.items()}
    query = _query({ours: value for ours, (value, _) in with_types.items()}, relation)
    return con.sql(query, schema=ibis.schema({ours: kind for ours, (_, kind) in with_types.items()}))


def _query(columns: dict[str, str], relation: str) -> str:
    return f"SELECT {', '.join(f'{value} AS {ours}' for ours, value in columns.items())} FROM {relation}"


def _described(con: Backend, query: str) -> dict[str, tuple[int, int, int]]:
    """Column → its type's number, length and places."""
    with closing(con.con.cursor()) as cursor:
        cursor.execute(f"{query} LIMIT 0")
        return {c[0]: (c[1], c[3], c[5]) for c in cursor.description}


def _with_type(value: str, code: int, length: int, places: int, collation: str) -> tuple[str, dt.DataType]:
    """A column's expression, texts by their bytes whatever the table's collation, and Ibis' type of it."""
    if code in (FIELD_TYPE.DECIMAL, FIELD_TYPE.NEWDECIMAL):
        return value, dt.Decimal(min(38, length - (places > 0)), min(38, places))
    if code == FIELD_TYPE.BIT:
        return f"({value}) + 0", TYPES[code]
    if code in TYPES:
        return value, TYPES[code]
    return TEXT.format(value, collation), dt.string


OWN = """grantee = concat(
    quote(substring_index(current_user(), '@', 1)), '@', quote(substring_index(current_user(), '@', -1)))"""
CHANGES = f"privilege_type IN ('INSERT', 'UPDATE', 'DELETE', 'DROP', 'ALTER') AND {OWN}"
WRITABLE = f"""SELECT count(*) FROM information_schema.tables AS t
    WHERE t.table_type = 'BASE TABLE' AND t.table_schema = database() AND (
    EXISTS (SELECT * FROM information_schema.user_privileges WHERE {CHANGES})
    OR EXISTS (SELECT * FROM information_schema.schema_privileges AS s
        WHERE {CHANGES} AND t.table_schema LIKE s.table_schema)
    OR EXISTS (SELECT * FROM information_schema.table_privileges AS p
        WHERE {CHANGES} AND p.table_schema = t.table_schema AND p.table_name = t.table_name))"""
"""How many tables the role that asks may change, by its own grants."""
SERVER_RIGHTS = f"SELECT privilege_type FROM information_schema.user_privileges WHERE privilege_type = 'FILE' AND {OWN}"
"""By what the role that asks reaches files of the server."""

TEXT = "CONVERT({} USING utf8mb4) COLLATE {}"


def _stamps_of(con: "pymysql.Connection", company: Company) -> Callable[[], list[Stamp]]:
    """What tells that a table changed which no snapshot holds, one of MyISAM for example; none for InnoDB's."""
    names = sorted({n for t in company.tables.values() for n in sql.tables(sql.from_clause(t.from_, "mysql"), "mysql")})
    listed = ", ".join(f"'{n}'" for n in names if "'" not in n and "\\" not in n)
    query = f"""SELECT table_name, coalesce(table_rows, 0), coalesce(unix_timestamp(update_time), 0)
        FROM information_schema.tables JOIN information_schema.engines USING (engine)
        WHERE transactions <> 'YES' AND table_schema = database() AND table_name IN ({listed}) ORDER BY table_name"""
    return lambda: [(name, int(rows), int(when)) for name, rows, when in _rows(con, query)]
