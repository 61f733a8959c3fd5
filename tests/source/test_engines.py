"""One report, whatever the engine: the same rating, whole while others write, and the raw lines stay where they are."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import psycopg
import pytest
from company import company, engine, opened

import helpers
from helpers.analysis.control_totals import control_totals
from helpers.analysis.cross_report import cross_report
from helpers.analysis.rating import rating
from helpers.errors import BadConfiguration, NoInput, SourceUnreachable, TimedOut
from helpers.source.embedded import connect

NAMES = ["a", "A", "é", "e\u0301", "Ž-1", "Ž1", "ß", "007", "7", "NA", "日本", "f", "v", "o'brien", "-1", "_"]
LINES = "sale_id | client_id | branch_id | sold_at | amount\n" + "\n".join(
    f"{i} | {NAMES[i % len(NAMES)]} | b{i % 3} | 2026-10-{i % 28 + 1:02d} {i % 24:02d}:00:00"
    f" | {i * 37 % 101 - 5}.{i % 100:02d}"
    for i in range(200)
)


def asked(root: Path):
    sales = opened(root, top=5)
    cross = cross_report(sales, 5)
    return rating(sales).frame, cross, control_totals(sales)


def agree(one, other) -> None:
    """The same rating cell by cell, the same cross report, the same control totals."""
    pd.testing.assert_frame_equal(one[0], other[0], check_dtype=False)
    pd.testing.assert_frame_equal(one[1].cells, other[1].cells, check_dtype=False)
    assert one[1].total.to_dict() == other[1].total.to_dict()
    assert one[2].to_json() == other[2].to_json()


SETTING = "SELECT current_setting('enable_progress_bar')"


def test_no_connection_draws_a_progress_bar(tmp_path):
    """In an interactive Python, as `python -c` and a kernel are, DuckDB turns it on; the page would show it as text."""
    lines = "client_id | sold_at | amount\na | 2026-10-01 10:00:00 | 5"
    root = company(tmp_path, {"sale_line": lines})
    program = f"""
import duckdb
from pathlib import Path
from helpers.settings.company import read_company
from helpers.source.duckdb_connection import connect_duckdb
from helpers.source.files.job import connect
from helpers.settings.company import Csv
from helpers.source import open_source
from helpers.source.files.judge import Style
root, settings = Path({str(root)!r}), read_company("acme", Path({str(root)!r}))
print(duckdb.connect().execute({SETTING!r}).fetchone()[0], end=" ")
print(open_source(settings, root).con.raw_sql({SETTING!r}).fetchone()[0], end=" ")
print(*(con.execute({SETTING!r}).fetchone()[0] for con in (connect(root, Style(Csv())), connect_duckdb())))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False", "False", "False"]


def test_connections_are_made_in_two_places():
    """Neither DuckDB's own connect nor its default connection is used but where the bar is turned off."""
    made = re.compile(r"duckdb\.(connect|sql|query|execute|read_\w+|from_\w+|default_connection)\(")
    package = Path(helpers.__file__).parent
    found = {str(p.relative_to(package)) for p in package.rglob("*.py") if made.search(p.read_text("utf-8"))}
    assert found == {"source/duckdb_connection.py", "source/embedded.py"}


def test_two_that_spill_at_once_do_not_read_each_others_data(tmp_path, monkeypatch):
    monkeypatch.setenv("CLIENT_RATING_MEMORY", str(240 << 20))
    query = (
        "SELECT count(*), sum(n) FROM (SELECT i * {} % 2999999 AS k, count(*) AS n FROM range(6000000) t(i) GROUP BY k)"
    )

    def counted(factor: int):
        con = connect(tmp_path)
        assert con.raw_sql("SELECT current_setting('memory_limit')").fetchone() == ("120.0 MiB",)
        return con.raw_sql(query.format(factor)).fetchone()

    with ThreadPoolExecutor(3) as threads:
        assert list(threads.map(counted, [3, 7, 11])) == [(2_999_999, 6_000_000)] * 3
    assert not list((tmp_path / "work").iterdir())


@pytest.fixture
def embedded(tmp_path):
    return asked(company(tmp_path / "embedded", {"sale_line": LINES}))


@pytest.mark.postgres
def test_postgres_gives_the_rating_of_the_files(tmp_path, embedded, postgres_address):
    engine.set(postgres_address)
    agree(embedded, asked(company(tmp_path, {"sale_line": LINES})))


@pytest.mark.spark
def test_spark_gives_the_rating_of_the_files(tmp_path, embedded, spark_address):
    engine.set(spark_address)
    agree(embedded, asked(company(tmp_path, {"sale_line": LINES})))


@pytest.mark.postgres
def test_the_group_bys_run_in_the_server_and_lines_stay_there(tmp_path, postgres_address):
    engine.set(postgres_address)
    root = company(tmp_path, {"sale_line": LINES})
    log = Path(postgres_address.partition("host=")[2].partition("&")[0]) / "log"
    start = log.stat().st_size
    asked(root)
    said = log.read_text()[start:]
    queries = [q for q in said.split("LOG:  ") if "sale_line" in q and "LIMIT 0" not in q]
    assert queries
    plain = [
        q for q in queries if not any(word in q for word in ("GROUP BY", "DISTINCT", "SUM(", "COUNT(", "MIN(", "MAX("))
    ]
    assert plain == []
    assert "REPEATABLE READ READ ONLY" in said
    assert "CREATE" not in said


@pytest.mark.postgres
def test_a_run_sees_one_state_while_others_insert(tmp_path, embedded, postgres_address):
    engine.set(postgres_address)
    root = company(tmp_path, {"sale_line": LINES})
    table = (root / "params/acme/source.yaml").read_text().partition("from: s")[2].split(".")[0]
    sales = opened(root, top=5)
    stop = threading.Event()

    def insert():
        with psycopg.connect(postgres_address, autocommit=True) as con:
            while not stop.is_set():
                con.execute(f"INSERT INTO s{table}.sale_line SELECT * FROM s{table}.sale_line LIMIT 5")

    writer = threading.Thread(target=insert)
    writer.start()
    try:
        cross = cross_report(sales, 5)
        agree(embedded, (rating(sales).frame, cross, control_totals(sales)))
    finally:
        stop.set()
        writer.join()
    assert asked(root)[2].rows_read > 200


@pytest.mark.postgres
def test_a_mapping_is_a_select(tmp_path, postgres_address):
    with psycopg.connect(postgres_address, autocommit=True) as con:
        con.execute("CREATE SCHEMA shop")
        con.execute("CREATE TABLE shop.invoice (id int PRIMARY KEY, customer_no text, booked timestamptz)")
        con.execute("CREATE TABLE shop.item (invoice_id int, qty int, price numeric)")
        con.execute("INSERT INTO shop.invoice VALUES (1, 'Ann', '2026-10-01 10:00+02')")
        con.execute("INSERT INTO shop.invoice VALUES (2, 'Bob', '2026-10-31 23:30+00')")  # November in Paris
        con.execute("INSERT INTO shop.item VALUES (1, 2, 10.5), (1, 1, 4), (2, 3, 1.25)")
    sale_line = {"from": "shop.item l JOIN shop.invoice i ON i.id = l.invoice_id", "client_id": "i.customer_no",
                 "sold_at": "i.booked", "amount": "l.qty * l.price", "sale_id": "i.id"}  # fmt: skip
    root = company(tmp_path, {}, connect=postgres_address, files=None, sale_line=sale_line, timezone="Europe/Paris")
    found = rating(opened(root)).frame
    assert found[["client_id", "net"]].astype(str).values.tolist() == [["Ann", "25.0000"]]


NOWHERE = {"from": "nowhere", "client_id": "c", "sold_at": "d", "amount": "a"}


@pytest.mark.postgres
def test_what_is_wrong_is_a_sentence_without_secrets(tmp_path, postgres_address, monkeypatch):
    def connect(address):
        return company(tmp_path, {}, files=None, connect=address, sale_line=NOWHERE)

    with pytest.raises(BadConfiguration, match="nowhere"):
        opened(connect(postgres_address))
    with pytest.raises(BadConfiguration, match="PGPASSWORD"):
        opened(connect("postgresql://ann:hunter2@localhost/db"))
    with pytest.raises(SourceUnreachable, match="connect:") as error:
        opened(connect("postgresql://ann@localhost:1/db"))
    monkeypatch.setenv("SHOP_DB", "postgresql://ann:hunter2@localhost:1/db")
    with pytest.raises(SourceUnreachable) as secret:
        opened(connect("$SHOP_DB"))
    assert "hunter2" not in str(error.value) + str(secret.value)
    assert secret.value.__cause__ is None
    monkeypatch.delenv("SHOP_DB")
    with pytest.raises(NoInput, match="SHOP_DB"):
        opened(connect("$SHOP_DB"))
    with pytest.raises(BadConfiguration, match="allowed: duckdb:PATH"):
        opened(connect("mysql://db"))


@pytest.mark.postgres
def test_a_query_that_takes_too_long_is_ended(tmp_path, postgres_address):
    slow = {"from": "(SELECT 'a' AS client_id, timestamp '2026-10-01' AS sold_at, 1.5 AS amount, g::text AS n"
            " FROM generate_series(1, 1000000000) AS g) AS s", "item_id": "s.n", "client_id": "s.client_id",
            "sold_at": "s.sold_at", "amount": "s.amount"}  # fmt: skip
    root = company(tmp_path, {}, files=None, connect=postgres_address, query_timeout=1, sale_line=slow)
    with pytest.raises(TimedOut):
        opened(root).counted.to_pandas()


@pytest.fixture
def connect_server(tmp_path, spark_address):
    """The port of a Spark Connect server on loopback, of this test's own."""
    import pyspark

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {"spark.connect.grpc.binding.address": "127.0.0.1", "spark.connect.grpc.binding.port": port,
                "spark.ui.enabled": "false", "spark.sql.shuffle.partitions": 2}  # fmt: skip
    command = [Path(pyspark.__file__).parent / "bin" / "spark-submit", "--master", "local[2]"]
    command += [part for key, value in settings.items() for part in ("--conf", f"{key}={value}")]
    command += ["--class", "org.apache.spark.sql.connect.service.SparkConnectServer", "spark-internal"]
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, cwd=tmp_path, start_new_session=True)
    try:
        for _ in range(120):
            with socket.socket() as asked_for:
                if asked_for.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.5)
        yield port
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(30)


ASK = """
import sys
from pathlib import Path
from tests.source.test_engines import asked

ranked, cross, made = asked(Path(sys.argv[1]))
ranked.astype(str).to_csv(sys.argv[2])
print(made.to_json())
"""


@pytest.mark.spark
def test_a_spark_connect_server_gives_the_rating_of_the_files(tmp_path, embedded, connect_server):
    engine.set(f"sc://127.0.0.1:{connect_server}")
    root = company(tmp_path, {"sale_line": LINES})
    here = Path(__file__).parent
    environment = os.environ | {"PYTHONPATH": f"{here.parents[1]}{os.pathsep}{here.parent / 'support'}"}
    command = [sys.executable, "-W", "ignore", "-c", ASK, root, tmp_path / "ranked.csv"]
    found = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240)
    assert found.returncode == 0, found.stderr
    assert found.stdout.strip() == embedded[2].to_json().strip()
    read = pd.read_csv(tmp_path / "ranked.csv", index_col=0, dtype=str, keep_default_na=False)
    columns = ["rank", "client_id", "net"]
    assert read[columns].values.tolist() == embedded[0][columns].astype(str).values.tolist()
