"""A source that is open: its tables, and what a manifest says of where they came from."""

import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import ClassVar

import ibis.expr.operations as ops
import ibis.expr.types as ir
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
    arrays: bool = True

    def __repr__(self) -> str:
        return f"<Source: {', '.join(self.tables)}>"

    @property
    def rows_skipped(self) -> int:
        """Rows of sale_line that a rule left out before anything was counted."""
        return sum(skipped.rows for skipped in self.skipped if skipped.table == "sale_line")

    def keep(self, expr: ir.Table) -> ir.Table:
        """The same table, computed once where the engine can hold it; a read-only transaction cannot."""
        return expr

    def named(self, expr: ir.Table) -> ir.Table:
        """The same table under a name, where the engine takes one."""
        return expr

    def gathered(self, expr: ir.Table, column: str, unless: Callable[[], bool] = bool) -> ir.Table:
        """The same rows, to be grouped by a column: where workers share them, all of one value go to one worker,
        `unless` too many have the same."""
        return expr

    def assert_unchanged(self) -> None:
        """Raise TryLater when a file is not what it was when it was opened: two pages would show two truths."""
        if self.stamps() != self.opened_with:
            raise TryLater("a source file changed while it was read; run again when the export is finished")


@dataclass(eq=False, repr=False)
class NamingSource(Source):
    """A source whose engine takes queries, and their answers, under names: Ibis writes each query anew from its first
    table on and asks the engine for the columns of each, which for a small company takes longer than the answer.

    place: where the engine has what is under a name.
    computed: what was computed once, by the query.
    """

    place: ClassVar[ops.Namespace] = ops.Namespace(None, None)
    computed: "weakref.WeakValueDictionary[ops.Node, ops.DatabaseTable]" = field(
        default_factory=weakref.WeakValueDictionary, init=False
    )

    def keep(self, expr: ir.Table) -> ir.Table:
        if (answer := self.computed.get(expr.op())) is None:
            answer = self.computed[expr.op()] = self._called("kept", expr, self.fill)
        return answer.to_expr()

    def named(self, expr: ir.Table) -> ir.Table:
        view = self._called("view", expr, self.view)
        weakref.finalize(view, id, expr)  # what is kept lives as long as an expression that reads it
        return view.to_expr()

    def fill(self, name: str, expr: ir.Table) -> Callable[[], object]:
        """Compute a table once under a name; what lets go of it when nobody reads it any more."""
        raise NotImplementedError

    def view(self, name: str, expr: ir.Table) -> Callable[[], object] | None:
        """Give a query a name; what lets go of it when nobody reads it any more, if it takes room."""
        raise NotImplementedError

    def _called(
        self, kind: str, expr: ir.Table, make: Callable[[str, ir.Table], Callable[[], object] | None]
    ) -> ops.DatabaseTable:
        name = gen_name(kind)
        let_go = make(name, expr)
        table = ops.DatabaseTable(name, expr.schema(), self.con, self.place)
        if let_go:
            weakref.finalize(table, let_go).atexit = False
        return table
