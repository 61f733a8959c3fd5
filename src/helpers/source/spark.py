"""Spark: a session of its own or a Spark Connect server; tables, or Parquet paths as "parquet.`/path`".

`spark:local[2]` starts (or joins) a session at that master, `sc://host:15002` asks a server. The group-bys run there;
what a run keeps is cached by the session under a temporary view's name and let go with the run.
"""

import hashlib
import os
import weakref
from collections.abc import Callable
from contextlib import suppress

import ibis
import ibis.expr.types as ir
from ibis.backends import BaseBackend
from ibis.util import gen_name

from helpers.errors import BadConfiguration, SourceUnreachable
from helpers.settings.company import Company, Table
from helpers.source import sql
from helpers.source.engine_words import in_words
from helpers.source.opened import NamingSource, Source
from helpers.source.spark_sql import compiler
from helpers.source.typed import mapping, typed

try:
    from pyspark.errors import AnalysisException, ParseException, PySparkException
    from pyspark.sql import DataFrame, SparkSession
except ImportError:
    raise BadConfiguration("connect: spark needs pyspark and Java; type: pip install 'client-rating[spark]'") from None


OURS: dict[str, bool | float | int | str | None] = {
    "spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "8",
    "spark.sql.icu.caseMappings.enabled": "false",  # lower() as Java has it, without a second of loading another
}  # fmt: skip
COLLECTOR = "-XX:+UseParallelGC"  # a run is short and waits for its end: a tenth sooner than with Java's own choice


class SparkSource(NamingSource):
    """Names are those of temporary views. Spark looks for the files behind a query's text each time it reads it, and
    once for a view."""

    def fill(self, name: str, expr: ir.Table) -> Callable[[], object]:
        return _view(self._query(expr).cache(), name)

    def view(self, name: str, expr: ir.Table) -> Callable[[], object]:
        return _view(self._query(expr), name)

    def gathered(self, expr: ir.Table, column: str) -> ir.Table:
        return self._called(
            "gathered", expr, lambda name, _: _view(self._query(expr).repartition(column), name)
        ).to_expr()

    def _query(self, expr: ir.Table) -> DataFrame:
        return self.con._session.sql(self.con.compile(expr))


def _view(query: DataFrame, name: str) -> Callable[[], None]:
    """A query under a name; what lets go of it, and of what was computed. A session that has ended has let go."""

    def let_go() -> None:
        with suppress(Exception):
            query.unpersist()
            query.sparkSession.catalog.dropTempView(name)

    query.createTempView(name)
    return let_go


def open_spark(company: Company, address: str) -> Source:
    """The tables that a Spark session sees. Raises SourceUnreachable (69)."""
    session = _session(address)
    con = ibis.pyspark.connect(session)
    con.compiler = compiler
    tables = {name: typed(name, _selected(name, table, con), table.columns) for name, table in company.tables.items()}
    source = SparkSource(con, tables, "")
    source.stamps = lambda: [(path, 0, 0) for table in company.tables.values() for path in _files(session, table)]
    source.opened_with = source.stamps()
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
            if not {"SPARK_HOME", "SPARK_CONF_DIR"} & os.environ.keys():  # whose options of Java these would replace
                builder = builder.config("spark.driver.extraJavaOptions", COLLECTOR)
        return builder.master(f"spark:{master}" if master.startswith("//") else master or "local[*]").getOrCreate()
    except Exception as error:
        raise SourceUnreachable(f"Spark cannot be reached ({type(error).__name__}); look at connect: in source.yaml, "
                                "and whether Java is installed") from None  # fmt: skip


def _files(session: SparkSession, table: Table) -> list[str]:
    """The files behind a table; Spark writes a new name with each file, so names tell a change."""
    return sorted(session.sql(f"SELECT * FROM {sql.from_clause(table.from_, 'spark')}").inputFiles())


def _selected(name: str, table: Table, con: BaseBackend) -> ir.Table:
    relation = sql.from_clause(table.from_, "spark")
    try:
        have = con._session.sql(f"SELECT * FROM {relation}").columns
        columns = ", ".join(f"{value} AS {ours}" for ours, value in mapping(name, table, have, "spark").items())
        view = gen_name(name)
        # Spark tells plans apart by the folder alone: without a name of its own, what an earlier opening keeps of files
        # that have changed since would answer this one.
        let_go = _view(con._session.sql(f"SELECT {columns} FROM {relation} WHERE '{view}' IS NOT NULL"), view)
        selected = con.table(view)
        weakref.finalize(selected.op(), let_go).atexit = False
        return selected
    except (AnalysisException, ParseException, PySparkException) as error:
        raise BadConfiguration(f"{name}: Spark refuses the mapping: {in_words(str(error))}") from None
