"""Spark: a session of its own or a Spark Connect server; tables, or Parquet paths as "parquet.`/path`".

`spark:local[2]` starts (or joins) a session at that master, `sc://host:15002` asks a server. The group-bys run there;
what a run keeps the session has under a temporary view's name, and lets go with the run; a server's session that nobody
closes ends by its own time-out.
"""

import hashlib
import os
import weakref
from collections.abc import Callable
from contextlib import suppress
from threading import Thread

import ibis
import ibis.expr.types as ir
from ibis.backends import BaseBackend
from ibis.util import gen_name

from helpers.errors import BadConfiguration, SourceUnreachable
from helpers.settings.company import Company, Table
from helpers.source import sql
from helpers.source.engine_words import in_words
from helpers.source.opened import NamingSource, Source, Stamp
from helpers.source.spark_sql import compiler
from helpers.source.typed import mapping, typed

try:
    from pyspark.errors import AnalysisException, ParseException, PySparkException
    from pyspark.sql import DataFrame, SparkSession
except ImportError:
    raise BadConfiguration("connect: spark needs pyspark and Java; type: pip install 'client-rating[spark]'") from None


OURS: dict[str, bool | float | int | str | None] = {"spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "8"}
COLLECTOR = "-XX:+UseParallelGC"  # a run is short and waits for its end: a tenth sooner than with Java's own choice
CHOOSES_JAVA = {"SPARK_HOME", "SPARK_CONF_DIR", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"}
"""Where one of these variables is set, Java's options are somebody's own, and a second collector would not start."""


class SparkSource(NamingSource):
    """Names are those of temporary views. Spark looks for the files behind a query's text each time it reads it, and
    once for a view."""

    def fill(self, name: str, expr: ir.Table) -> Callable[[], object]:
        query = self._query(expr)
        # What a server caches is everybody's and outlives the session; a checkpoint is the session's own.
        return _view(query.localCheckpoint(eager=False) if _is_remote(query) else query.cache(), name)

    def view(self, name: str, expr: ir.Table) -> Callable[[], object]:
        return _view(self._query(expr), name)

    def gathered(self, expr: ir.Table, column: str, unless: Callable[[], bool] = bool) -> ir.Table:
        if unless():
            return expr
        return self._called(
            "gathered", expr, lambda name, _: _view(self._query(expr).repartition(column), name)
        ).to_expr()

    def _query(self, expr: ir.Table) -> DataFrame:
        return self.con._session.sql(self.con.compile(expr))


def _is_remote(query: DataFrame) -> bool:
    return "connect" in type(query).__module__


def _view(query: DataFrame, name: str) -> Callable[[], None]:
    """A query under a name; what lets go of it, and of what was computed. A server that has gone is asked for minutes:
    nobody waits for that."""

    def let_go() -> None:
        with suppress(Exception):
            query.sparkSession.catalog.dropTempView(name)

    query.createTempView(name)
    return Thread(target=let_go, daemon=True).start if _is_remote(query) else let_go


def open_spark(company: Company, address: str) -> Source:
    """The tables that a Spark session sees. Raises SourceUnreachable (69)."""
    session = _session(address)
    con = ibis.pyspark.connect(session)
    con.compiler = compiler
    source = SparkSource(con, {}, "")
    for name, table in company.tables.items():
        query = _selected(name, table, session)
        source.opened_with += _files(query)
        source.tables[name] = typed(name, _table(con, query, gen_name(name)), table.columns)
    froms = [sql.from_clause(table.from_, "spark") for table in company.tables.values()]
    source.stamps = lambda: [file for it in froms for file in _files(session.sql(f"SELECT * FROM {it}"))]
    described = "\n".join([path for path, *_ in source.opened_with] or [str(company.tables)])
    source.fingerprint = hashlib.sha256(described.encode()).hexdigest()
    return source


def _session(address: str) -> SparkSession:
    builder = SparkSession.builder.appName("client-rating").config("spark.sql.session.timeZone", "UTC")
    try:
        if address.startswith("sc:"):
            return builder.remote(address).getOrCreate()
        master = address.removeprefix("spark:")
        if not SparkSession.getActiveSession():  # one that runs already keeps its own settings
            builder = builder.config(map=OURS)
            if not CHOOSES_JAVA & os.environ.keys():
                builder = builder.config("spark.driver.extraJavaOptions", COLLECTOR)
        return builder.master(f"spark:{master}" if master.startswith("//") else master or "local[*]").getOrCreate()
    except Exception as error:
        raise SourceUnreachable(f"Spark cannot be reached ({type(error).__name__}); look at connect: in source.yaml, "
                                "and whether Java is installed") from None  # fmt: skip


def _files(query: DataFrame) -> list[Stamp]:
    """The files behind a query; Spark writes a new name with each file, so names tell a change."""
    return [(path, 0, 0) for path in sorted(query.inputFiles())]


def _selected(name: str, table: Table, session: SparkSession) -> DataFrame:
    """The mapped columns. Spark tells plans apart by the folder alone: without a mark of its own, what an earlier
    opening keeps of files that have changed since would answer this one."""
    relation = sql.from_clause(table.from_, "spark")
    try:
        have = session.sql(f"SELECT * FROM {relation}").columns
        columns = ", ".join(f"{value} AS {ours}" for ours, value in mapping(name, table, have, "spark").items())
        return session.sql(f"SELECT {columns} FROM {relation} WHERE '{gen_name(name)}' IS NOT NULL")
    except (AnalysisException, ParseException, PySparkException) as error:
        raise BadConfiguration(f"{name}: Spark refuses the mapping: {in_words(str(error))}") from None


def _table(con: BaseBackend, query: DataFrame, view: str) -> ir.Table:
    let_go = _view(query, view)
    table = con.table(view)
    weakref.finalize(table.op(), let_go).atexit = False
    return table
