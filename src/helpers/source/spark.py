"""Spark: a session of its own or a Spark Connect server; tables, or Parquet paths as "parquet.`/path`".

`spark:local[2]` starts (or joins) a session at that master, `sc://host:15002` asks a server. The group-bys run there;
what a run keeps is cached by a session of its own and let go with the run. Over Connect nothing is kept: Ibis 12
asserts that a table built on a cached one is cached at once, and there it is not.
"""

import hashlib

import ibis
import ibis.expr.types as ir
from ibis.backends import BaseBackend

from helpers.errors import BadConfiguration, SourceUnreachable
from helpers.settings.company import Company, Table
from helpers.source import sql
from helpers.source.engine_words import in_words
from helpers.source.opened import Source
from helpers.source.typed import mapping, typed

try:
    from pyspark.errors import AnalysisException, ParseException, PySparkException
    from pyspark.sql import SparkSession
except ImportError:
    raise BadConfiguration("connect: spark needs pyspark and Java; type: pip install 'client-rating[spark]'") from None


def open_spark(company: Company, address: str) -> Source:
    """The tables that a Spark session sees. Raises SourceUnreachable (69)."""
    session = _session(address)
    con = ibis.pyspark.connect(session)
    tables = {name: typed(name, _selected(name, table, con), table.columns) for name, table in company.tables.items()}
    source = Source(con, tables, "", keeps=not address.startswith("sc:"))
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
            builder = builder.config("spark.ui.enabled", "false").config("spark.sql.shuffle.partitions", "8")
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
        return con.sql(f"SELECT {columns} FROM {relation}")
    except (AnalysisException, ParseException, PySparkException) as error:
        raise BadConfiguration(f"{name}: Spark refuses the mapping: {in_words(str(error))}") from None
