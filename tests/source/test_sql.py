"""SQL in source.yaml reads tables and nothing else: every other thing is refused before it is sent."""

import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from itertools import product
from pathlib import Path
from urllib.parse import urlsplit

import duckdb
import psycopg
import pymysql
import pytest
from company import as_reader, company, opened, write_parquet

from helpers.errors import BadConfiguration, BadData
from helpers.settings.company import Csv, Table
from helpers.source.duckdb_connection import walls
from helpers.source.files import ingest
from helpers.source.files.job import Job
from helpers.source.files.reading import Reading
from helpers.source.sql import column, from_clause, tables

ATTACKS = [
    "read_text('/etc/passwd')", "(SELECT content FROM read_text('/etc/passwd')) AS t", "read_csv('/etc/passwd')",
    "s; COPY s TO '{canary}'", "s; ATTACH '{canary}'", "s; INSTALL httpfs", "s; SET enable_external_access = true",
    "(SELECT * FROM s) AS t; DROP TABLE s", "(SELECT 1 INTO x FROM s) AS t", "s WHERE true", "s LIMIT 1",
    "(WITH d AS (DELETE FROM s RETURNING *) SELECT * FROM d) AS t", "(INSERT INTO s VALUES (1) RETURNING *) AS t",
    "s FOR UPDATE", "query('SELECT 1')", "query_table('s')", "glob('/etc/*')", "duckdb_secrets()",
    "pg_read_file('/etc/passwd') AS t",
    "(SELECT pg_ls_dir('/')) AS t", "ROWS FROM (pg_ls_dir('/')) AS t", "dblink('host=x', 'SELECT 1') AS t",
    "(SELECT lo_import('/etc/passwd')) AS t", "(SELECT lo_export(1, '{canary}')) AS t", "(SELECT pg_sleep(9)) AS t",
    "(SELECT set_config('a.b', 'c', false)) AS t", "(SELECT nextval('s')) AS t", "(SELECT getenv('HOME')) AS t",
    "(SELECT TRANSFORM(a) USING 'cat' AS (b) FROM s) AS t", "text.`/etc/passwd`", "csv.`/etc/passwd`",
    "(SELECT reflect('java.lang.Runtime', 'getRuntime')) AS t", "(SELECT java_method('a', 'b')) AS t", "CALL x()",
    "(SELECT load_extension('{canary}')) AS t", "pragma_table_info('s')",
    "s JOIN read_parquet('http://x/y') AS b ON true",
    '"/etc/passwd"', "(SELECT load_file('/etc/passwd')) AS t", "(SELECT sys_exec('x')) AS t",
]  # fmt: skip


@pytest.mark.parametrize("dialect", ["duckdb", "postgres", "spark", "sqlite"])
@pytest.mark.parametrize("attack", ATTACKS)
def test_from_is_one_from_clause_of_tables(dialect, attack):
    with pytest.raises(BadConfiguration) as caught:
        from_clause(attack, dialect)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("dialect", ["duckdb", "postgres", "spark", "sqlite"])
@pytest.mark.parametrize("attack", [attack for attack in ATTACKS if attack.startswith("(")] + [
    "a, b", "a AS b", "*", "a FROM s", "a; DROP TABLE s", "read_text('/etc/passwd')", "pg_read_file('/etc/passwd')",
    "getenv('HOME')", "current_setting('data_directory')",
])  # fmt: skip
def test_a_column_is_one_expression(dialect, attack):
    with pytest.raises(BadConfiguration):
        column(attack.removesuffix(" AS t").replace("(SELECT * FROM s)", "*"), dialect)


@pytest.mark.parametrize(
    ("clause", "dialect", "names"),
    [
        ("line l JOIN invoice i USING (id)", "postgres", ["line", "invoice"]),
        ("shop.line", "postgres", ["line"]),
        ('"tabSales Invoice" i', "postgres", ["tabSales Invoice"]),
        ("(WITH x AS (SELECT * FROM a) SELECT * FROM x JOIN b ON x.i = b.i) AS t", "duckdb", ["a", "b"]),
        ("(SELECT a FROM s UNION ALL SELECT b FROM r) AS t", "sqlite", ["s", "r"]),
        ("s LEFT JOIN LATERAL (SELECT max(x) AS x FROM r WHERE r.i = s.i) AS q ON true", "postgres", ["s", "r"]),
        ("parquet.`/lake/sales`", "spark", ["/lake/sales"]),
        ("s CROSS JOIN r", "spark", ["s", "r"]),
    ],
)
def test_tables_joins_and_sub_selects_are_what_from_is_for(clause, dialect, names):
    assert sorted(tables(from_clause(clause, dialect), dialect)) == sorted(names)


@pytest.mark.parametrize(
    ("text", "dialect"),
    [("-l.balance", "postgres"), ("t.name ->> 'en_US'", "postgres"), ("i.docstatus::text", "postgres"),
     ("split_part(o.value, ',', 2)", "postgres"), ("i.posting_date + i.posting_time", "postgres"),
     ("CASE WHEN a = 1 THEN 'x' ELSE b END", "sqlite"), ("sum(a) OVER (PARTITION BY b ORDER BY c)", "spark"),
     ("to_timestamp(a)", "duckdb"), ("strftime('%Y', day)", "sqlite"), ("date_format(a, 'yyyy')", "spark"),
     ("(SELECT max(x) FROM r WHERE r.i = s.i)", "postgres"), ("a AT TIME ZONE 'UTC'", "postgres")],
)  # fmt: skip
def test_expressions_of_each_database_are_understood(text, dialect):
    assert column(column(text, dialect), dialect) == column(text, dialect)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A DuckDB file with one sale, in a project beside a file that nobody may read."""
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as con:
        con.execute("CREATE TABLE s AS SELECT 'A' AS client_id, TIMESTAMP '2026-10-01' AS sold_at, 5.00 AS amount")
        con.execute("CREATE VIEW v AS SELECT * FROM s")
    (tmp_path / "secret.csv").write_text("client_id,sold_at,amount\nA,2026-10-01,7.00\n")
    return tmp_path


NAMED = {"client_id": "client_id", "sold_at": "sold_at", "amount": "amount"}


def attacked(canary: Path) -> Iterator[dict[str, str]]:
    """Each attack as a relation, as a column, and as a column hidden in a sub-select, over a table `s`."""
    for attack in (attack.format(canary=canary) for attack in ATTACKS):
        yield NAMED | {"from": attack}
        yield NAMED | {"from": "s", "client_id": f"({attack})"}
        if attack not in ("s WHERE true", "s LIMIT 1"):  # a sub-select may hold these
            yield NAMED | {"from": f"(SELECT * FROM {attack}) AS t"}


def test_a_duckdb_file_reads_its_own_tables_and_views_alone(shop, monkeypatch):
    for name in ("s", "v", "(SELECT * FROM s WHERE amount > 1) AS t"):
        lines = NAMED | {"from": name}
        sales = opened(company(shop, {}, files=None, connect="duckdb:shop.duckdb", sale_line=lines))
        assert sales.counted.amount.sum().execute() == 5
    monkeypatch.chdir(shop)
    paths = ["'secret.csv'", '"secret.csv"', f"'{shop}/secret.csv'", "sales"]
    for line in [*(NAMED | {"from": path} for path in paths), *attacked(shop / "canary")]:
        root = company(shop, {}, files=None, connect="duckdb:shop.duckdb", sale_line=line)
        with pytest.raises(BadConfiguration):
            opened(root)
    assert not (shop / "canary").exists()


@pytest.mark.parametrize("relation", [
    "(FROM read_csv('{secret}'))", "(FROM '{secret}')",
    "(SELECT client_id, sold_at, amount FROM read_parquet('{other}'))",
    "(FROM glob('{secret}*') SELECT file AS client_id, DATE '2026-10-01' AS sold_at, 1.00 AS amount)",
])  # fmt: skip
def test_a_view_of_a_duckdb_file_reads_no_other_file(shop, relation):
    """Refused by the engine: the parser sees a table's name alone."""
    secret, other = shop / "secret.csv", shop / "other.parquet"
    with duckdb.connect(str(shop / "shop.duckdb")) as con:
        con.execute(f"COPY s TO '{other}' (FORMAT parquet)")
        con.execute(f"CREATE VIEW leak AS {relation.format(secret=secret, other=other)}")
        con.execute("CREATE TABLE keeps AS FROM leak LIMIT 0")  # it can be read where nobody forbids it
    root = company(shop, {}, files=None, connect="duckdb:shop.duckdb", sale_line=NAMED | {"from": "leak"})
    with pytest.raises(BadConfiguration, match="disabled by configuration"):
        opened(root)


OUT = ("etc/", "{canary}", "http", "INSTALL", "SET ")
OUTSIDE = [attack for attack in ATTACKS if any(word in attack for word in OUT)]


@pytest.mark.parametrize("of", ["files", "a DuckDB file"])
@pytest.mark.parametrize("attack", OUTSIDE)
def test_the_engine_itself_refuses_what_the_parser_would_have_let_through(shop, attack, of):
    inside, canary = shop / "inside", shop / "canary"
    inside.mkdir()
    con = duckdb.connect()
    con.execute("CREATE TABLE s AS SELECT 1 AS a, 2 AS amount")
    con.execute(walls([inside]) + ("" if of == "files" else "; SET lock_configuration = true"))
    for query in ("SELECT * FROM {}", "SELECT ({}) AS t FROM s", "SELECT * FROM (SELECT * FROM {}) AS t"):
        with pytest.raises(duckdb.Error):
            con.execute(query.format(attack.format(canary=canary))).fetchall()
    assert not canary.exists()
    con.execute(f"COPY s TO '{inside}/rows.parquet'")  # what a run itself does goes on


def test_files_are_read_behind_the_same_walls(shop, monkeypatch):
    tried = []

    def attack(job: Job, reading: Reading) -> None:
        with pytest.raises(duckdb.PermissionException):
            job.con.execute(f"FROM read_text('{shop}/secret.csv')")
        with pytest.raises(duckdb.Error):
            job.con.execute("SET enable_external_access = true")
        tried.append(job.table)

    monkeypatch.setattr("helpers.source.files.read.check_expressions", attack)
    (shop / "data").mkdir()
    (shop / "data" / "sales.csv").write_text("C,D,A\nann,2026-10-02,7.00\n")
    lines = {"from": "sales.csv", "client_id": "C", "sold_at": "D", "amount": "A"}
    assert opened(company(shop, {}, files="data", sale_line=lines)).counted.amount.sum().execute() == 7
    assert tried == ["sale_line"]


def test_a_database_is_read_by_named_columns_alone(shop):
    """Equal names are a convenience of files: a column of a database that nobody named is not read."""
    with duckdb.connect(str(shop / "shop.duckdb")) as con:
        con.execute("ALTER TABLE s ADD COLUMN branch_id VARCHAR DEFAULT 'secret branch'")
    root = company(shop, {}, files=None, connect="duckdb:shop.duckdb", sale_line=NAMED | {"from": "s"})
    assert set(opened(root).source.tables["sale_line"].columns) == set(NAMED)
    root = company(shop, {}, files=None, connect="duckdb:shop.duckdb", sale_line={"from": "s"})
    with pytest.raises(BadConfiguration, match="name client_id, sold_at, amount, as in `client_id: client_id`; it has"):
        opened(root)


@pytest.mark.postgres
def test_postgres_is_sent_nothing_that_was_refused(tmp_path, postgres_address):
    with psycopg.connect(postgres_address, autocommit=True) as con:
        con.execute("CREATE TABLE IF NOT EXISTS s (client_id text, sold_at timestamp, amount numeric)")
        con.execute("TRUNCATE s")
        con.execute("INSERT INTO s VALUES ('A', '2026-10-01', 5)")
        before = con.execute("SELECT count(*) FROM pg_class").fetchone()[0]
    more = ["(SELECT pg_terminate_backend(1)) AS t", "query_to_xml('DROP TABLE s', true, true, '') AS t",
            "(SELECT lo_from_bytea(0, 'x')) AS t", "s; COPY s TO PROGRAM 'touch {canary}'"]  # fmt: skip
    lines = [
        *attacked(tmp_path / "canary"),
        *(NAMED | {"from": text.format(canary=tmp_path / "canary")} for text in more),
    ]
    for line in lines:
        with pytest.raises(BadConfiguration):
            opened(company(tmp_path, {}, files=None, connect=postgres_address, sale_line=line))
    with psycopg.connect(postgres_address) as con:
        assert con.execute("SELECT count(*) FROM pg_class").fetchone()[0] == before
        assert con.execute("SELECT sum(amount) FROM s").fetchone()[0] == 5
    assert not (tmp_path / "canary").exists()


WRITES = [
    "DROP TABLE s", "INSERT INTO s VALUES ('B', NULL, 1)", "UPDATE s SET amount = 7", "DELETE FROM s", "TRUNCATE s",
    "ALTER TABLE s ADD COLUMN x int", "CREATE TABLE t (x int)", "CREATE VIEW t AS SELECT * FROM s",
]  # fmt: skip
OF_POSTGRES = [
    "COPY s TO '{canary}'", "COPY s TO PROGRAM 'touch {canary}'", "COPY s FROM '/etc/passwd'", "CREATE SCHEMA t",
    "COPY s FROM PROGRAM 'cat /etc/passwd'", "SELECT lo_export(lo_from_bytea(0, 'x'), '{canary}')", "LOAD 'dblink'",
    "SELECT pg_read_binary_file('/etc/passwd')", "SELECT pg_stat_file('/etc/passwd')", "SELECT pg_reload_conf()",
    "CREATE EXTENSION dblink", "ALTER SYSTEM SET log_statement = 'none'", "SET ROLE postgres",
    "DO $$ BEGIN DELETE FROM s; END $$", "CREATE FUNCTION f() RETURNS int LANGUAGE c AS 'libc', 'getpid'",
]  # fmt: skip
OF_MARIADB = [
    "SELECT * FROM s INTO OUTFILE '{canary}'", "SELECT 1 INTO DUMPFILE '{canary}'", "SELECT * FROM mysql.global_priv",
    "LOAD DATA INFILE '/etc/passwd' INTO TABLE s", "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE s",
    "CREATE FUNCTION f RETURNS integer SONAME 'libc.so'", "INSTALL SONAME 'x'", "SET GLOBAL general_log = 0",
    "CREATE DATABASE t", "CREATE TEMPORARY TABLE t (x int)", "GRANT ALL ON shop.* TO reader@localhost", "SHUTDOWN",
    "CREATE TRIGGER t BEFORE INSERT ON s FOR EACH ROW SET NEW.amount = 1", "FLUSH TABLES", "LOCK TABLES s WRITE",
]  # fmt: skip
HARMLESS = {"s WHERE true", "s LIMIT 1"}
OF_NO_MATTER = {
    "postgres": HARMLESS | {"(SELECT set_config('a.b', 'c', false)) AS t"},  # a setting of this session alone
    # a lock until the session ends, a text, and NULL
    "mariadb": HARMLESS | {"s FOR UPDATE", '"/etc/passwd"', "(SELECT load_file('/etc/passwd')) AS t"},
}


@pytest.mark.parametrize("name", [pytest.param(n, marks=getattr(pytest.mark, n)) for n in ("postgres", "mariadb")])
def test_a_role_that_can_only_read_refuses_what_the_parser_would_have_let_through(tmp_path, request, name):
    """Every attack is sent as it stands, by the role that docs/scale.md asks for, outside a read-only transaction."""
    address, canary = request.getfixturevalue(f"{name}_address"), tmp_path / "canary"

    def connected(address: str):
        if name == "postgres":
            return psycopg.connect(address, autocommit=True)
        user, socket = urlsplit(address).username, address.partition("socket=")[2]
        return pymysql.connect(user=user, unix_socket=socket, database="shop", autocommit=True)

    def state() -> list[tuple]:
        with connected(address) as con, con.cursor() as cursor:
            cursor.execute("SELECT count(*), sum(amount) FROM s")
            rows = list(cursor.fetchall())
            cursor.execute("SELECT count(*) FROM information_schema.columns")
            return rows + list(cursor.fetchall())

    with connected(address) as con, con.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS s")
        cursor.execute("CREATE TABLE s (client_id varchar(9), sold_at timestamp NULL, amount numeric(9, 2))")
        cursor.execute("INSERT INTO s VALUES ('A', '2026-10-01', 5)")
    before, let_through, answers = state(), set(), []
    of_engine = OF_POSTGRES if name == "postgres" else OF_MARIADB
    forms = ("SELECT * FROM {}", "SELECT ({}) AS t FROM s", "SELECT * FROM (SELECT * FROM {}) AS q")
    with connected(as_reader(address)) as con, con.cursor() as cursor:
        cursor.execute("SET statement_timeout = 1000" if name == "postgres" else "SET max_statement_time = 1")
        for attack, form in [*product(ATTACKS, forms), *product(WRITES + of_engine, ["{}"])]:
            with suppress(psycopg.Error, pymysql.Error):
                cursor.execute(form.format(attack.format(canary=canary)))
                answers += cursor.fetchall() if cursor.description else []
                let_through.add(attack)
    assert let_through == OF_NO_MATTER[name]
    assert not any("root:" in str(answer) for answer in answers)
    assert (state(), canary.exists()) == (before, False)


def test_sqlite_is_asked_with_what_was_understood(tmp_path):
    with sqlite3.connect(tmp_path / "s.db") as con:
        con.execute("CREATE TABLE s AS SELECT 'A' AS client_id, '2026-10-01' AS sold_at, 5 AS amount")
    con.close()
    for attack in ATTACKS:
        table = Table.model_validate({"from": attack.format(canary=tmp_path / "canary")})
        with pytest.raises((BadConfiguration, BadData)):
            ingest("sale_line", table, [tmp_path / "s.db"], Csv(), tmp_path / "snapshots")
    assert not (tmp_path / "canary").exists()


SPARK_ATTACKS = [
    "text.`{secret}`", "csv.`{secret}`", "json.`{secret}`", "binaryFile.`{secret}`", "orc.`{secret}`",
    "s; DROP TABLE s", "s; INSERT OVERWRITE DIRECTORY '{canary}' USING csv SELECT * FROM s", "s; ADD JAR '{canary}'",
    "(SELECT TRANSFORM(client_id) USING 'touch {canary}' AS (client_id) FROM s) AS t", "read_files('{secret}')",
    "s; SET spark.sql.ansi.enabled = true", "s TABLESAMPLE (1 ROWS) CROSS JOIN text.`{secret}`", "DESCRIBE s",
    "(SELECT java_method('java.lang.System', 'getenv', 'HOME')) AS t", "VALUES (1) AS t; CACHE TABLE s",
    "(SELECT reflect('java.nio.file.Files', 'createFile', '{canary}')) AS t",
    "(SELECT try_reflect('java.lang.System', 'exit', 0)) AS t",
]  # fmt: skip


def is_refused(root: Path, address: str, line: dict[str, str]) -> bool:
    """Whether what source.yaml says of the sale lines ends with 78."""
    try:
        opened(company(root, {}, files=None, connect=address, sale_line=line))
    except BadConfiguration as error:
        return error.exit_code == 78
    return False


@pytest.mark.spark
def test_spark_is_sent_nothing_that_was_refused(tmp_path, spark_address):
    secret, canary = tmp_path / "secret.csv", tmp_path / "canary"
    secret.write_text("client_id,sold_at,amount\nA,2026-10-01,7.00\n")
    sales = "client_id | sold_at | amount\nA | 2026-10-01 00:00:00 | 5.00"
    write_parquet(tmp_path / "data" / "s.parquet", "sale_line", sales)
    from pyspark.sql import SparkSession

    session = SparkSession.getActiveSession()
    session.read.parquet(str(tmp_path / "data" / "s.parquet")).createOrReplaceTempView("s")
    more = [attack.format(secret=secret, canary=canary) for attack in SPARK_ATTACKS]
    before, ansi = list(tmp_path.rglob("*")), session.conf.get("spark.sql.ansi.enabled")
    lines = [*attacked(canary), *(NAMED | {"from": attack} for attack in more)]
    lines += [NAMED | {"from": "s", "client_id": f"({attack})"} for attack in more]
    let_through = [line for line in lines if not is_refused(tmp_path, spark_address, line)]
    assert let_through == [NAMED | {"from": "s", "client_id": '("/etc/passwd")'}], "to Spark it is a text, as 'x' is"
    assert [each for each in tmp_path.rglob("*") if each not in before and "params" not in each.parts
            and each.name != "notebooks"] == []  # fmt: skip
    assert session.conf.get("spark.sql.ansi.enabled") == ansi
    assert session.sql("SELECT sum(amount) FROM s").collect()[0][0] == 5
    root = company(tmp_path, {}, files=None, connect=spark_address, sale_line=NAMED | {"from": "s"})
    assert opened(root).counted.amount.sum().execute() == 5
