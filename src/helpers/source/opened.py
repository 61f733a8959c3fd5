"""A source that is open: its tables, and what a manifest says of where they came from."""

import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import duckdb
import ibis.expr.operations as ops
import ibis.expr.types as ir
from ibis import Schema
from ibis.backends import BaseBackend
from ibis.util import gen_name

from helpers.errors import TryLater

Stamp = tuple[str, int, int]


@contextmanager
def closed_on_error(con: BaseBackend) -> Iterator[None]:
    """What cannot be opened leaves no open snapshot in its database, where it would hold up whoever alters a table. A
    Spark session may be somebody's own and goes on."""
    try:
        yield
    except BaseException:
        if con.name != "pyspark":
            con.disconnect()
        raise


@dataclass(frozen=True)
class Skipped:
    """Rows of a table that a rule of `skip` left out, with their amount where one can be read."""

    table: str
    why: str
    rows: int
    amount: Decimal | None


@dataclass(eq=False, repr=False)
class Source:
    """Tables by name, and what a manifest says of where they came from.

    writable_tables: how many tables the role that reads them on a server may change.
    server_rights: by what it reaches files or programs of the server.
    keeps: whether the engine may hold a computed table for the run (a read-only transaction may not).
    names: whether it may hold a query, or its answer, under a name.
    computed: what was computed once, by the query.
    arrays: whether it has arrays; a join with one is faster than a long IN.
    """

    con: BaseBackend
    tables: dict[str, ir.Table]
    fingerprint: str
    rows_quarantined: int = 0
    rows_rejected: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    quarantine: list[Path] = field(default_factory=list)
    notes: dict[str, int] = field(default_factory=dict)
    stamps: Callable[[], list[Stamp]] = list
    opened_with: list[Stamp] = field(default_factory=list)
    writable_tables: int = 0
    server_rights: tuple[str, ...] = ()
    keeps: bool = True
    names: bool = False
    arrays: bool = True
    computed: "weakref.WeakValueDictionary[ops.Node, ops.DatabaseTable]" = field(
        default_factory=weakref.WeakValueDictionary, init=False
    )

    def __repr__(self) -> str:
        return f"<Source: {', '.join(self.tables)}>"

    @property
    def rows_skipped(self) -> int:
        """Rows of sale_line that a rule left out before anything was counted."""
        return sum(skipped.rows for skipped in self.skipped if skipped.table == "sale_line")

    def keep(self, expr: ir.Table) -> ir.Table:
        """The same table, computed once where the engine can hold it. Where it takes a name, without all that Ibis asks
        of the engine for a table of its own, which for a small company takes longer than the answer."""
        if not self.names:
            return expr.cache() if self.keeps else expr
        if (answer := self.computed.get(expr.op())) is None:
            name, schema = gen_name("kept"), expr.schema()
            columns = ", ".join(
                column.sql(self.con.dialect) for column in schema.to_sqlglot_column_defs(self.con.dialect)
            )
            self.con.raw_sql(f"CREATE TEMP TABLE {name} ({columns})")
            self.con.raw_sql(f"INSERT INTO {name} {self.con.compile(expr)}")
            answer = self.computed[expr.op()] = self._temporary(name, schema)
            weakref.finalize(answer, _drop, self.con, name).atexit = False
        return answer.to_expr()

    def named(self, expr: ir.Table) -> ir.Table:
        """The same table under a name, where the engine takes one: Ibis writes each query anew from its first table on,
        which for a small company takes longer than the answer."""
        if not self.names:
            return expr
        name = gen_name("view")
        self.con.raw_sql(f"CREATE TEMP VIEW {name} AS {self.con.compile(expr)}")
        view = self._temporary(name, expr.schema())
        weakref.finalize(view, id, expr)  # what is kept lives as long as an expression that reads it
        return view.to_expr()

    def _temporary(self, name: str, schema: Schema) -> ops.DatabaseTable:
        return ops.DatabaseTable(name, schema, self.con, ops.Namespace("temp", "main"))

    def assert_unchanged(self) -> None:
        """Raise TryLater when a file is not what it was when it was opened: two pages would show two truths."""
        if self.stamps() != self.opened_with:
            raise TryLater("a source file changed while it was read; run again when the export is finished")


def _drop(con: BaseBackend, table: str) -> None:
    """Let go of a table that nobody reads any more; one whose connection is closed is gone."""
    with suppress(duckdb.Error):
        con.raw_sql(f"DROP TABLE {table}")
