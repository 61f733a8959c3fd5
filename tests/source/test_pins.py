"""Why pyproject.toml holds DuckDB below 2, sqlglot below 30 and Spark below 4.1: Ibis 12 asks of them what is gone.

Each test fails as long as its pin is needed, and is expected to. The day an Ibis no longer asks, it passes, which is a
failure here, and its reason says which line of pyproject.toml changes.
"""

import inspect
import re
from importlib.metadata import requires

import ibis.backends.duckdb
import ibis.backends.sql
import pytest
from packaging.requirements import Requirement

GONE_IN_DUCKDB_2 = ("fetch_arrow_table", "fetch_record_batch")
"""Methods of a connection, by which Ibis lists tables, finds out types and reads batches; DuckDB 2.0.1 has neither, and
refuses the next query while an answer is not read to its end."""


@pytest.mark.xfail(
    strict=True, reason='"duckdb>=1.5.6,<2" may be "duckdb>=2" now: Ibis asks for nothing that DuckDB 2 lacks'
)
@pytest.mark.parametrize("name", GONE_IN_DUCKDB_2)
def test_ibis_calls_no_method_that_duckdb_2_removed(name):
    assert not re.search(rf"\.{name}\(", inspect.getsource(ibis.backends.duckdb))


@pytest.mark.xfail(strict=True, reason='"sqlglot<30" may go: Ibis drops tables and views as sqlglot 30 has it')
def test_ibis_drops_a_table_by_the_argument_that_sqlglot_30_knows():
    """sqlglot 30 writes `DROP VIEW IF EXISTS` and no name where the name stands in `this`."""
    assert not re.search(r"\.Drop\([^)]*\bthis=", inspect.getsource(ibis.backends.sql))


@pytest.mark.xfail(
    strict=True, reason='"pyspark[connect]>=4.0.1,<4.1" may take later ones: Ibis itself admits Spark 4.1'
)
def test_ibis_admits_spark_4_1():
    declared = map(Requirement, requires("ibis-framework") or [])
    assert all(r.specifier.contains("4.1.0") for r in declared if r.name == "pyspark")
