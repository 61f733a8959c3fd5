"""One company, whatever it keeps its sales in: the same rating.parquet, cell by cell; no raw line leaves a server."""

from pathlib import Path

import duckdb
import exports
import pytest
import sqlglot
import yaml
from sqlglot import exp

from helpers import notebook as n
from helpers.sales import open_sales
from helpers.settings.read import read_yaml

PERIOD, TODAY = "2025", "2026-11-23"
SETTINGS = {k: v for k, v in read_yaml(Path(__file__).parents[2] / "params/demo/source.yaml").items()
            if k in ("company", "timezone", "currency", "amount_includes_tax", "tax", "default_price_list_id",
                     "state_map")}  # fmt: skip


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> Path:
    """The demo's tables as Parquet, a few awkward clients among them."""
    folder = tmp_path_factory.mktemp("demo")
    exports.demo_with_awkward_clients(folder)
    return folder


@pytest.fixture(scope="module")
def expected(demo, tmp_path_factory) -> duckdb.DuckDBPyRelation:
    return rated(tmp_path_factory.mktemp("expected"), exports.parquet(demo, demo))


def project(root: Path, where: dict) -> Path:
    (root / "notebooks").mkdir(parents=True, exist_ok=True)
    (root / "params" / "demo").mkdir(parents=True)
    (root / "params" / "demo" / "source.yaml").write_text(yaml.safe_dump(SETTINGS | where))
    return root


def rated(root: Path, where: dict) -> duckdb.DuckDBPyRelation:
    """rating.parquet of a year, as the notebook's last cell writes it."""
    sales = open_sales("demo", PERIOD, TODAY, "none", root=project(root, where))
    written = root / "work" / "rating.parquet"  # a DuckDB file's engine writes nowhere else
    written.parent.mkdir(exist_ok=True)
    n.rating(sales).table.to_parquet(written)
    return duckdb.read_parquet(str(written))


def agree(found: duckdb.DuckDBPyRelation, expected: duckdb.DuckDBPyRelation) -> None:
    assert found.columns == expected.columns
    for mine, theirs in zip(found.fetchall(), expected.fetchall(), strict=True):
        assert mine == theirs


def test_the_awkward_clients_are_apart_and_sorted_by_their_bytes(expected):
    ids = expected.project("client_id").fetchall()
    found = [client for (client,) in ids if client in exports.AWKWARD]
    assert found == sorted(exports.AWKWARD, key=str.encode)
    assert len(ids) > 100


@pytest.mark.files
@pytest.mark.parametrize("form", list(exports.FILES)[1:])
def test_every_file_gives_the_same_rating(tmp_path, demo, expected, form):
    if form == "ods":  # calamine reads no <text:tab/>
        expected = expected.project("* REPLACE (replace(client_name, chr(9), '') AS client_name)")
    agree(rated(tmp_path / "project", exports.FILES[form](demo, tmp_path)), expected)


@pytest.mark.files
def test_a_code_page_gives_the_same_rating_without_the_names_it_cannot_write(tmp_path, demo, expected):
    of_client = {"client_name", *(name for name in expected.columns if name.startswith("price_list"))}
    chosen = ", ".join(name for name in expected.columns if name not in of_client)
    found = rated(tmp_path / "project", exports.CP1252(demo, tmp_path))
    agree(found.project(chosen), expected.project(chosen))


@pytest.mark.postgres
def test_postgres_gives_the_same_rating(tmp_path, demo, expected, postgres_address):
    agree(rated(tmp_path, exports.postgres(demo, postgres_address)), expected)


@pytest.mark.mariadb
def test_mariadb_gives_the_same_rating(tmp_path, demo, expected, mariadb_address):
    agree(rated(tmp_path, exports.mariadb(demo, mariadb_address)), expected)


@pytest.mark.spark
def test_spark_gives_the_same_rating(tmp_path, demo, expected, spark_address):
    agree(rated(tmp_path, exports.spark(demo, spark_address)), expected)


@pytest.mark.postgres
def test_no_statement_of_a_report_fetches_raw_lines(tmp_path, demo, postgres_address):
    log = Path(postgres_address.partition("host=")[2].partition("&")[0]) / "log"
    root = project(tmp_path, exports.postgres(demo, postgres_address))
    start = log.stat().st_size
    sales = n.open_sales("demo", "2025-12", TODAY, root=root)
    n.rating(sales).table.to_parquet(tmp_path / "rating.parquet")
    n.cross_report(sales, 50)
    n.summary(sales), n.concentration(sales), n.movement(sales), n.discounts(sales), n.promising(sales)
    n.bonus_points(sales)
    n.control_totals(sales)
    said = log.read_bytes()[start:].decode().split("LOG:  ")
    asked = [q for q in said if "sale_line" in q and "LIMIT 0" not in q]
    starts = [min(q.find(word) for word in ("SELECT", "WITH") if word in q) for q in asked]
    queries = [
        q[start:].split("\n20")[0] for q, start in zip(asked, starts, strict=True)
    ]  # the log's next line is a date
    trees = [sqlglot.parse_one(query, read="postgres") for query in queries]
    assert sum("GROUP BY" in q for q in asked) >= 5
    assert not [tree.sql() for tree in trees if is_raw(tree, {})]


def is_raw(query: exp.Expression, above: dict[str, bool]) -> bool:
    """Whether a query's rows are sale lines themselves: it neither sums nor limits what comes from them."""
    if isinstance(query, exp.Table):
        return above.get(query.name, query.name == "sale_line")
    if isinstance(query, exp.Subquery):
        return is_raw(query.this, above)
    named = above | {}
    for cte in query.ctes:
        named[cte.alias] = is_raw(cte.this, named)
    if isinstance(query, exp.SetOperation):
        return is_raw(query.left, named) or is_raw(query.right, named)
    sources = [query.args.get("from") or query.args.get("from_"), *query.args.get("joins", [])]
    comes_from = any(is_raw(source.this, named) for source in sources if source)
    sums = [
        a
        for a in query.find_all(exp.AggFunc)
        if a.find_ancestor(exp.Select) is query and not a.find_ancestor(exp.Window)
    ]
    return comes_from and not (sums or any(query.args.get(part) for part in ("group", "limit", "distinct")))


def test_a_raw_query_would_be_found():
    raw = "WITH a AS (SELECT * FROM sale_line AS l), b AS (SELECT a.x, ROW_NUMBER() OVER () FROM a) SELECT * FROM b"
    assert is_raw(sqlglot.parse_one(raw), {})
    assert is_raw(sqlglot.parse_one("SELECT SUM(x) OVER () FROM sale_line JOIN client USING (client_id)"), {})
    assert not is_raw(sqlglot.parse_one(f"SELECT SUM(x) AS y FROM ({raw}) AS q"), {})
    assert not is_raw(sqlglot.parse_one(f"SELECT * FROM (SELECT x FROM ({raw}) AS q GROUP BY x) AS r"), {})
