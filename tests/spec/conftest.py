"""Where a spec test runs: DuckDB always, PostgreSQL all, Spark those marked `on_spark` (a session takes its time).

An engine that is not installed is skipped aloud; with CLIENT_RATING_SKIPS=refused it fails.
"""

import os
import shutil
from importlib.util import find_spec

import postgres
import pytest
from company import engine

EVERYWHERE = (
    "test_rating",
    "test_referee",
    "test_cross_report",
    "test_sums",
    "test_basis",
    "test_lines",
    "test_masters",
    "test_promising_sales",
    "test_bonus_points",
    "test_discounts",
    "test_statement",
)


def pytest_generate_tests(metafunc):
    """The analyses' tests once for each engine, files' own (`files`) apart."""
    marks = {m.name for m in metafunc.definition.iter_markers()}
    if metafunc.module.__name__.rpartition(".")[2] in EVERYWHERE and "files" not in marks:
        engines = ["duckdb", pytest.param("postgres", marks=pytest.mark.postgres)]
        engines += [pytest.param("spark", marks=pytest.mark.spark)] if "on_spark" in marks else []
        metafunc.parametrize("where", engines, indirect=True)


def absent(what: str) -> None:
    """Skip aloud, or fail where nothing may be skipped."""
    (pytest.fail if os.environ.get("CLIENT_RATING_SKIPS") == "refused" else pytest.skip)(what)


@pytest.fixture(scope="session")
def postgres_address():
    """The address of a PostgreSQL server of the tests' own."""
    if not postgres.binaries() or not find_spec("psycopg"):
        absent("PostgreSQL is not here: apt-get install postgresql, pip install 'client-rating[postgres]'")
    with postgres.server() as folder:
        yield f"postgresql:///postgres?host={folder}&user=postgres"


@pytest.fixture(scope="session")
def spark_address():
    """A Spark session of two threads."""
    if not shutil.which("java") or not find_spec("pyspark"):
        absent("Spark is not here: apt-get install default-jre-headless, pip install 'client-rating[spark]'")
    from pyspark.sql import SparkSession

    quiet = {"spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "2", "spark.driver.memory": "1g"}
    quiet |= {"spark.sql.codegen.wholeStage": "false"}  # compiling a query costs more than a few rows take
    session = SparkSession.builder.master("local[2]").config(map=quiet).getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield "spark:local[2]"
    session.stop()


@pytest.fixture(autouse=True)
def where(request):
    """Sends the company's tables to the engine that the test runs on."""
    name = getattr(request, "param", "duckdb")
    token = engine.set("" if name == "duckdb" else request.getfixturevalue(f"{name}_address"))
    yield name
    engine.reset(token)
