"""One report, whatever the engine: the same rating, whole while others write, and the raw lines stay where they are."""

import gc
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import duckdb
import mariadb
import pandas as pd
import psycopg
import pytest
import yaml
from company import company, engine, mariadb_connection, opened
from tests.publishing.test_failures import wait_for

import helpers
from helpers.analysis.control_totals import control_totals
from helpers.analysis.cross_report import cross_report
from helpers.analysis.rating import rating
from helpers.errors import BadConfiguration, NoInput, ReportError, SourceUnreachable, TimedOut, TryLater
from helpers.findings import english
from helpers.sales import frame
from helpers.sales.quality import findings
from helpers.source import address_of
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
    assert checks(one[2].to_json()) == checks(other[2].to_json())


def checks(text: str) -> dict:
    """checks.json without the ids that are alike but for their spelling: that é is e with a mark beside it neither
    Spark nor MariaDB can tell."""
    facts = json.loads(text)
    return facts | {"findings": [each for each in facts["findings"] if each["code"] != "client_spellings"]}


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
    monkeypatch.setenv("CLIENT_RATING_MEMORY", str(360 << 20))
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


SERVERS = [pytest.param(name, marks=getattr(pytest.mark, name)) for name in ("postgres", "mariadb")]


@pytest.fixture(params=SERVERS)
def server(request) -> str:
    """The address of a database server; what a test draws goes there."""
    address = request.getfixturevalue(f"{request.param}_address")
    engine.set(address)
    return address


@contextmanager
def writer(address: str) -> Iterator[Callable[[str], None]]:
    """Runs statements as somebody else does."""
    con = mariadb_connection(address) if address.startswith("mysql") else psycopg.connect(address, autocommit=True)
    with con, con.cursor() as cursor:
        yield cursor.execute


def log_of(address: str) -> Path:
    """The server's log of statements."""
    if address.startswith("mysql"):
        return Path(address.partition("socket=")[2]).parent / "log"
    return Path(address.partition("host=")[2].partition("&")[0]) / "log"


def statements(address: str, said: str) -> list[str]:
    """What a part of the log says was asked."""
    return mariadb.statements(said) if address.startswith("mysql") else said.split("LOG:  ")


def test_a_server_gives_the_rating_of_the_files(tmp_path, embedded, server):
    agree(embedded, asked(company(tmp_path, {"sale_line": LINES})))


@pytest.mark.spark
def test_spark_gives_the_rating_of_the_files(tmp_path, embedded, spark_address):
    engine.set(spark_address)
    agree(embedded, asked(company(tmp_path, {"sale_line": LINES})))


DAYS = """SELECT 'ann' AS client_id, 1.5::DECIMAL(18, 2) AS amount, d::DATE AS sold_on
    FROM range(DATE '2026-09-15', DATE '2026-11-15', INTERVAL 5 DAY) t(d)"""


def company_of_days(folder: Path, address: str, form: str, lines: str = DAYS) -> None:
    """A company in `company` whose lines Spark reads from the Parquet folder `lines`."""
    duckdb.connect().execute(f"COPY ({lines}) TO '{folder / 'lines'}' ({form})")
    engine.set(address)
    root = company(folder / "company", {})
    lines = {"client_id": "client_id", "sold_at": "sold_on", "amount": "amount"}
    settings = {"company": "Acme", "currency": "EUR", "connect": address}
    settings |= {"sale_line": {"from": f"parquet.`{folder / 'lines'}`"} | lines}
    (root / "params/acme/source.yaml").write_text(yaml.safe_dump(settings))


@pytest.mark.spark
@pytest.mark.parametrize(
    ("form", "pushed"),
    [
        (
            "FORMAT parquet, PARTITION_BY (sold_on)",
            r"PartitionFilters: .*#\d+ >= 2026-10-01\).*#\d+ < 2026-11-01\)",
        ),
        ("FORMAT parquet", r"PushedFilters: .*OrEqual\(sold_on,2026-10-01\).*LessThan\(sold_on,2026-11-01\)"),
    ],
)
def test_spark_reads_only_the_days_of_a_period(tmp_path, spark_address, form, pushed):
    """The plan names the folders of days, by the partition's column, or the days within a file."""
    company_of_days(tmp_path, spark_address, form)
    sales = opened(tmp_path / "company", comparison="none")
    con = sales.source.con
    assert re.search(pushed, con.raw_sql(f"EXPLAIN FORMATTED {con.compile(sales.counted)}").collect()[0][0])
    assert control_totals(sales).total == 6 * Decimal("1.5")  # the 5th, 10th, … 30th of October


@pytest.mark.spark
def test_spark_reads_the_files_that_were_there_when_it_was_opened(tmp_path, spark_address):
    """A file that comes meanwhile is in no figure of the run, and the run's end refuses it; opened anew it counts."""
    company_of_days(tmp_path, spark_address, "FORMAT parquet, PER_THREAD_OUTPUT")
    sales = opened(tmp_path / "company", comparison="none")
    before = sum(rating(sales).frame.net)
    duckdb.connect().execute(f"COPY ({DAYS}) TO '{tmp_path / 'lines/later.parquet'}' (FORMAT parquet)")
    assert control_totals(sales).total == before == 6 * Decimal("1.5")
    with pytest.raises(TryLater):
        sales.source.assert_unchanged()
    again = rating(opened(tmp_path / "company", comparison="none"))  # in the same session, beside what the first keeps
    assert sum(again.frame.net) == 2 * before


@pytest.mark.spark
def test_spark_lets_go_of_what_nobody_reads(tmp_path, spark_address):
    company_of_days(tmp_path, spark_address, "FORMAT parquet")
    source = opened(tmp_path / "company", comparison="none").source
    session, lines = source.con._session, source.tables["sale_line"]
    gc.collect()
    before = {view.name for view in session.catalog.listTables()}
    rows = source.gathered(lines, "client_id")
    sums = source.keep(rows.group_by("client_id").agg(net=rows.amount.sum()))
    again = source.keep(sums.filter(sums.net > 0))
    assert again.net.sum().execute() == 13 * Decimal("1.5")
    kept = {view.name for view in session.catalog.listTables()} - before
    assert sorted(session.catalog.isCached(view) for view in kept) == [False, True, True]
    cached = session._jsparkSession.sharedState().cacheManager()
    assert not cached.isEmpty()
    del rows, sums
    gc.collect()
    assert again.net.sum().execute() == 13 * Decimal("1.5")
    del again
    gc.collect()
    assert {view.name for view in session.catalog.listTables()} == before
    assert cached.isEmpty()


@pytest.mark.spark
@pytest.mark.parametrize(("without", "is_gathered"), [(1, True), (2, False)])
def test_spark_gathers_lines_by_client_unless_many_have_none(tmp_path, spark_address, without, is_gathered):
    """Of ten lines one without a client is not many; two are, and would go to one worker."""
    ids = ["NULL"] * without + [f"'c{n}'" for n in range(10 - without)]
    rows = ", ".join(f"({client}, 1.5::DECIMAL(18, 2), DATE '2026-10-05')" for client in ids)
    company_of_days(tmp_path, spark_address, "FORMAT parquet", f"FROM (VALUES {rows}) t(client_id, amount, sold_on)")
    sales = opened(tmp_path / "company", comparison="none")
    con = sales.source.con
    plan = con.raw_sql(f"EXPLAIN {con.compile(sales.client_days)}").collect()[0][0]
    assert ("REPARTITION_BY_COL" in plan) == is_gathered
    assert sum(frame(sales.every_day).net) == 15


def test_the_group_bys_run_in_the_server_and_lines_stay_there(tmp_path, server):
    root = company(tmp_path, {"sale_line": LINES})
    start = log_of(server).stat().st_size
    asked(root)
    said = log_of(server).read_bytes()[start:].decode()
    queries = [q for q in statements(server, said)
               if "sale_line" in q and "LIMIT 0" not in q and "information_schema" not in q]  # fmt: skip
    assert queries
    sums = ("GROUP BY", "SELECT DISTINCT", "SUM(", "COUNT(", "MIN(", "MAX(")
    assert not [q for q in queries if not any(word in q for word in sums)]
    snapshot = "WITH CONSISTENT SNAPSHOT, READ ONLY" if server.startswith("mysql") else "REPEATABLE READ READ ONLY"
    assert snapshot in said
    assert "CREATE" not in said


def test_a_run_sees_one_state_while_others_insert(tmp_path, embedded, server):
    root = company(tmp_path, {"sale_line": LINES})
    table = yaml.safe_load((root / "params/acme/source.yaml").read_text())["sale_line"]["from"]
    sales = opened(root, top=5)
    stop = threading.Event()

    def insert():
        with writer(server) as execute:
            while not stop.is_set():
                execute(f"INSERT INTO {table} SELECT * FROM {table} LIMIT 5")

    thread = threading.Thread(target=insert)
    thread.start()
    try:
        cross = cross_report(sales, 5)
        agree(embedded, (rating(sales).frame, cross, control_totals(sales)))
    finally:
        stop.set()
        thread.join()
    assert asked(root)[2].rows_read > 200


def test_a_mapping_is_a_select(tmp_path, server):
    moment = "timestamp(6) NULL" if server.startswith("mysql") else "timestamptz"
    with writer(server) as execute:
        if server.startswith("mysql"):
            execute("SET time_zone = '+00:00'")
        execute(f"CREATE TABLE shop_invoice (id int PRIMARY KEY, customer_no varchar(9), booked {moment})")
        execute("CREATE TABLE shop_item (invoice_id int, qty int, price numeric(9, 2))")
        execute("INSERT INTO shop_invoice VALUES (1, 'Ann', '2026-10-01 10:00')")
        execute("INSERT INTO shop_invoice VALUES (2, 'Bob', '2026-10-31 23:30')")  # November in Paris
        execute("INSERT INTO shop_item VALUES (1, 2, 10.5), (1, 1, 4), (2, 3, 1.25)")
    sale_line = {"from": "shop_item l JOIN shop_invoice i ON i.id = l.invoice_id", "client_id": "i.customer_no",
                 "sold_at": "i.booked", "amount": "l.qty * l.price", "sale_id": "i.id"}  # fmt: skip
    root = company(tmp_path, {}, connect=server, files=None, sale_line=sale_line, timezone="Europe/Paris")
    found = rating(opened(root)).frame
    assert found[["client_id", "net"]].astype(str).values.tolist() == [["Ann", "25.0000"]]


READ = """
postgresql://reader@db.example.com/shop
postgres://[::1]:5432,host:5433/shop?target_session_attrs=any
postgresql:///shop?host=/run/postgresql&user=ann@example.org
postgresql://ann:a#b?c:d,e%40f%25g%2Fh@host:5432/shop
mysql://ann:a@b%c:d%2F@host:3306/shop
mariadb:///shop?socket=/run/mysqld/mysqld.sock
duckdb:data/a@b/c%d.duckdb
sc://host:15002/;token=a@b/c
"""
NOT_READ = """
postgresql://ann:a/b@host/shop
postgresql://ann:12/b@host/shop
postgresql://ann:a@b@host/shop
postgresql://ann:a%b@host/shop
mysql://ann:a/b@host/shop
mysql://ann:12#b@host/shop
mysql://ann:12?b@host/shop
mysql://host:33o6/shop
mysql:shop
"""


@pytest.mark.parametrize("address", [*READ.split(), *NOT_READ.split()])
def test_an_address_is_one_to_its_driver_too(monkeypatch, address):
    """libpq ends a login at the first @ or /, urlsplit at the last @ before a /, ? or #: the rest would be told."""
    monkeypatch.setenv("SHOP", address)
    if address in READ.split():
        assert address_of(address) == address_of("$SHOP") == address
        return
    for text, which in ((address, "the address"), ("$SHOP", "$SHOP")):
        with pytest.raises(BadConfiguration) as refused:
            address_of(text)
        said = str(refused.value)
        assert said.startswith(f"connect: {which} is not written as SCHEME://USER@HOST/DATABASE; ")
        assert address not in said


NOWHERE = {"from": "nowhere", "client_id": "c", "sold_at": "d", "amount": "a"}
WORDS = {"postgres": ("postgresql", "PGPASSWORD"), "mariadb": ("mysql", "MYSQL_PWD")}


def test_what_is_wrong_is_a_sentence_without_secrets(tmp_path, server, monkeypatch, request):
    def connect(address):
        return company(tmp_path, {}, files=None, connect=address, sale_line=NOWHERE)

    scheme, variable = WORDS[request.node.callspec.params["server"]]
    with pytest.raises(BadConfiguration, match="nowhere"):
        opened(connect(server))
    with pytest.raises(BadConfiguration, match=variable):
        opened(connect(f"{scheme}://ann:hunter2@localhost/db"))
    with pytest.raises(SourceUnreachable, match="connect:") as error:
        opened(connect(f"{scheme}://ann@localhost:1/db"))
    monkeypatch.setenv("SHOP_DB", f"{scheme}://ann:hunter2@localhost:1/db")
    with pytest.raises(SourceUnreachable) as secret:
        opened(connect("$SHOP_DB"))
    assert "hunter2" not in str(error.value) + str(secret.value)
    assert secret.value.__cause__ is None
    monkeypatch.delenv("SHOP_DB")
    with pytest.raises(NoInput, match="SHOP_DB"):
        opened(connect("$SHOP_DB"))
    with pytest.raises(BadConfiguration, match="allowed: duckdb:PATH"):
        opened(connect("oracle://db"))


def test_what_is_refused_leaves_no_session_open(tmp_path, server):
    """An open snapshot would hold up whoever alters a table, for as long as somebody looks at the error."""
    root = company(tmp_path, {"sale_line": LINES})
    file = root / "params" / "acme" / "source.yaml"
    listed = (
        "information_schema.processlist WHERE user" if server.startswith("mysql") else "pg_stat_activity WHERE usename"
    )

    def sessions() -> int:
        with writer(server) as execute:
            cursor = execute.__self__
            execute(f"SELECT count(*) FROM {listed} = 'reader'")
            return cursor.fetchone()[0]

    before, kept = sessions(), []
    sales = opened(root)
    assert sessions() == before + 1
    cases = [(dict(basis="paid"), ""), (dict(only_branches="nowhere"), ""), ({}, "nowhere")]
    for parameters, column in cases:
        file.write_text(file.read_text().replace("amount: amount", f"amount: {column or 'amount'}"))
        with pytest.raises(ReportError) as refused:
            opened(root, **parameters)
        kept.append(refused)
        wait_for(lambda: sessions() == before + 1, seconds=10)
    assert sales.counted.count().execute() > 0


def test_a_role_that_may_change_a_table_is_told(tmp_path, server):
    root = company(tmp_path, {"sale_line": LINES})
    assert not {"writable_role", "server_rights"} & {finding.code for finding in findings(opened(root))}
    file = root / "params" / "acme" / "source.yaml"
    file.write_text(file.read_text().replace("//reader@", "//tester@").replace("user=reader", "user=postgres"))
    (told,) = (finding for finding in findings(opened(root)) if finding.code == "writable_role")
    assert told.count >= 1
    assert "may also change" in english(told, "EUR")
    (told,) = (finding for finding in findings(opened(root)) if finding.code == "server_rights")
    assert set(told.sample) == ({"FILE"} if server.startswith("mysql") else {
        "pg_execute_server_program", "pg_read_server_files", "pg_write_server_files",
    })  # fmt: skip
    assert f"of the server ({', '.join(told.sample)})" in english(told, "EUR")


def test_a_query_that_takes_too_long_is_ended(tmp_path, server):
    is_mariadb = server.startswith("mysql")
    numbers = "(SELECT seq AS n FROM seq_1_to_1000000000)" if is_mariadb else "generate_series(1, 1000000000)"
    slow = {"from": "(SELECT 'a' AS client_id, timestamp '2026-10-01' AS sold_at, 1.5 AS amount, concat('n', n)"
            f" AS i FROM {numbers} AS g{'' if is_mariadb else '(n)'}) AS s", "item_id": "s.i",
            "client_id": "s.client_id", "sold_at": "s.sold_at", "amount": "s.amount"}  # fmt: skip
    root = company(tmp_path, {}, files=None, connect=server, query_timeout=1, sale_line=slow)
    counted = opened(root).counted
    with pytest.raises(TimedOut):
        counted.item_id.max().execute()


@pytest.mark.mariadb
def test_user_and_password_come_from_the_environment_or_my_cnf(tmp_path, mariadb_address, monkeypatch):
    engine.set(mariadb_address)
    root = company(tmp_path, {"sale_line": LINES})
    with writer(mariadb_address) as execute:
        execute("CREATE OR REPLACE USER analyst@localhost IDENTIFIED BY 'hunter2'")
        execute("GRANT SELECT ON shop.* TO analyst@localhost")
    monkeypatch.setenv("HOME", str(tmp_path))
    path, socket = root / "params/acme/source.yaml", mariadb_address.partition("socket=")[2]
    path.write_text(path.read_text().replace("reader@", "analyst@"))
    with pytest.raises(SourceUnreachable, match="Access denied"):
        opened(root)
    monkeypatch.setenv("MYSQL_PWD", "hunter2")
    assert control_totals(opened(root)).rows_read == 200
    monkeypatch.delenv("MYSQL_PWD")
    path.write_text(path.read_text().replace(f"analyst@localhost/shop?socket={socket}", "/shop"))
    (tmp_path / ".my.cnf").write_text(f"[client]\nuser = analyst\npassword = hunter2\nsocket = {socket}\n")
    assert control_totals(opened(root)).rows_read == 200
    (tmp_path / ".my.cnf").write_text("user = analyst\n")
    with pytest.raises(BadConfiguration, match=r"my\.cnf"):
        opened(root)


@pytest.mark.mariadb
def test_what_only_mariadb_has_is_read(tmp_path, mariadb_address):
    """Bits, choices, unsigned numbers, days of no calendar; texts that differ in case or a blank at the end."""
    with writer(mariadb_address) as execute:
        execute("SET sql_mode = ''")
        execute("CREATE TABLE odd (id varchar(9), day date, qty int unsigned, back int unsigned, price decimal(9, 2),"
                " state enum('posted', 'draft'), is_nobody bit(1), delivered datetime)")  # fmt: skip
        execute("INSERT INTO odd VALUES ('a', '2026-10-01', 1, 3, 10, 'posted', 0, '0000-00-00')")
        execute("INSERT INTO odd VALUES ('A', '2026-10-02', 5, 1, 10, 'posted', 0, '2026-10-05')")
        execute("INSERT INTO odd VALUES ('á', '2026-10-03', 1, 0, 2, 'posted', 0, NULL)")
        execute("INSERT INTO odd VALUES ('a ', '2026-10-03', 1, 0, 1, 'posted', 0, NULL)")
        execute("INSERT INTO odd VALUES ('b', '2026-10-03', 1, 0, 1, 'draft', 1, NULL)")
    line = {"from": "odd", "client_id": "id", "sold_at": "day", "amount": "(qty - back) * price",
            "state": "state", "delivered_at": "delivered"}  # fmt: skip
    client = {"from": "odd", "client_id": "id", "is_anonymous": "is_nobody"}
    root = company(tmp_path, {}, connect=mariadb_address, files=None, sale_line=line, client=client)
    sales = opened(root)
    found = rating(sales).frame
    assert dict(zip(found.client_id, found.net, strict=True)) == {"a": -20, "A": 40, "á": 2, "a ": 1}
    assert sales.left_out.reason.tolist() == ["draft"]
    assert frame(sales.counted.order_by("client_id")).delivered_at.isna().tolist() == [False, True, True, True]


@pytest.mark.mariadb
def test_a_table_that_no_snapshot_holds_ends_the_run_when_it_changes(tmp_path, mariadb_address):
    engine.set(mariadb_address)
    root = company(tmp_path, {"sale_line": LINES})
    table = yaml.safe_load((root / "params/acme/source.yaml").read_text())["sale_line"]["from"]
    with writer(mariadb_address) as execute:
        execute(f"ALTER TABLE {table} ENGINE = MyISAM")
        sales = opened(root)
        sales.source.assert_unchanged()
        execute(f"INSERT INTO {table} SELECT * FROM {table} LIMIT 1")
    with pytest.raises(TryLater):
        sales.source.assert_unchanged()


def test_a_server_of_before_windows_is_refused():
    from helpers.source.mysql import kind_of_server

    for version in ("5.7.44-log", "5.5.5-10.3.39-MariaDB-log"):
        with pytest.raises(BadConfiguration, match="it needs MariaDB"):
            kind_of_server(version)
    found = map(kind_of_server, ("8.4.2", "5.5.5-10.11.19-MariaDB-0+deb12u1", "11.8.3-MariaDB"))
    assert list(found) == ["MySQL", "MariaDB", "MariaDB"]


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
from company import opened
from helpers.notebook import control_totals, cross_report, rating

sales = opened(Path(sys.argv[1]), top=5)
cross_report(sales, 5)
rating(sales).frame.astype(str).to_csv(sys.argv[2])
print(control_totals(sales).to_json())
session = sales.source.con._session
kept = [view.name for view in session.catalog.listTables() if "kept" in view.name]
assert kept and not [view for view in kept if "FileScan" in session.table(view)._explain_string()]
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
    assert checks(found.stdout) == checks(embedded[2].to_json())
    read = pd.read_csv(tmp_path / "ranked.csv", index_col=0, dtype=str, keep_default_na=False)
    columns = ["rank", "client_id", "net"]
    assert read[columns].values.tolist() == embedded[0][columns].astype(str).values.tolist()


def test_what_is_computed_once_is_one_table_and_goes_when_nobody_reads_it(tmp_path):
    source = opened(company(tmp_path, {"sale_line": LINES})).source
    lines = source.tables["sale_line"]
    sums = source.keep(lines.group_by("client_id").agg(net=lines.amount.sum()))
    again = source.keep(lines.group_by("client_id").agg(net=lines.amount.sum()))
    kept = "SELECT count(*) FROM duckdb_tables() WHERE starts_with(table_name, 'ibis_kept')"
    assert source.con.raw_sql(kept).fetchall() == [(1,)]
    assert again.schema() == sums.schema()
    assert again.net.sum().execute() == sum(Decimal(f"{i * 37 % 101 - 5}.{i % 100:02d}") for i in range(200))
    del sums, again
    gc.collect()
    assert source.con.raw_sql(kept).fetchall() == [(0,)]
