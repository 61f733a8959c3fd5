"""What holds for every test: what a machine lacks is skipped aloud, and not at all where nothing may be skipped."""

import gc
import os
import shutil
import sys
from importlib.util import find_spec

sys.modules.setdefault("rfc3987_syntax", None)  # as the command has it: jsonschema would spend three seconds on it

import mariadb
import postgres
import pytest
from company import engine
from hypothesis import HealthCheck, settings

from helpers.errors import NoInput
from helpers.page.pdf import chromium
from helpers.publishing.child import GARBAGE_THRESHOLDS

gc.set_threshold(*GARBAGE_THRESHOLDS)  # a tenth of the time

settings.register_profile("ours", deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
settings.load_profile("ours")


SPARK_SAMPLE = 8


def pytest_collection_modifyitems(config, items):
    """Of the tests of every engine Spark takes one in eight: each costs it some 20 seconds; `make soak` runs all."""
    on_spark = [item for item in items if item.get_closest_marker("on_spark") and item.get_closest_marker("spark")]
    if os.environ.get("CLIENT_RATING_SOAK") != "whole":
        left_out = {item for at, item in enumerate(on_spark) if at % SPARK_SAMPLE}
        config.hook.pytest_deselected(items=list(left_out))
        items[:] = [item for item in items if item not in left_out]


def pytest_sessionfinish(session, exitstatus):
    """In CI a skipped test is a failed run: .ci/run installs what every test needs. Of several processes the first
    has the reporter, and in it what the others skipped."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CLIENT_RATING_SKIPS") == "refused" and reporter and reporter.stats.get("skipped"):
        session.exitstatus = 1
        reporter.write_line("tests were skipped, and here none may be", red=True)


@pytest.fixture(scope="session")
def browser():
    """One headless Chromium for all tests of a worker."""
    from playwright.sync_api import sync_playwright

    try:
        path = chromium()
    except NoInput as error:
        pytest.skip(str(error))
    with sync_playwright() as play:
        launched = play.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield launched
        launched.close()


def pytest_generate_tests(metafunc):
    """The tests marked `every_engine` once for each engine: DuckDB, PostgreSQL, MariaDB, and Spark those marked
    `on_spark` (a session takes its time); files' own (`files`) apart."""
    marks = {m.name for m in metafunc.definition.iter_markers()}
    if "every_engine" in marks and "files" not in marks:
        engines = [
            "duckdb",
            *(pytest.param(name, marks=getattr(pytest.mark, name)) for name in ("postgres", "mariadb")),
        ]
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
def mariadb_address():
    """The address of a MariaDB server of the tests' own."""
    if not mariadb.server_program() or not find_spec("pymysql"):
        absent("MariaDB is not here: apt-get install mariadb-server, pip install 'client-rating[mysql]'")
    with mariadb.server() as folder:
        yield f"mysql://tester@localhost/shop?socket={folder}/sock"


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
