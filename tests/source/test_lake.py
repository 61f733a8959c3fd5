"""A folder that is more than its files: read as what it is, or refused with advice that leads on."""

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from company import company, opened

from helpers.errors import BadConfiguration
from helpers.sales import Sales

deltalake = pytest.importorskip("deltalake")

LINES = "client_id | sold_at | amount\n a | 2026-10-01 10:00:00 | 10"


def folder_of(root: Path, *places: str) -> Path:
    """A company whose `data/lake` has one sale of 5 in each of these files, and the project's root."""
    root = company(root, {"sale_line": LINES}, sale_line={"from": "lake"})
    for place in places:
        path = root / "data" / "lake" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        sale = "SELECT 'a' AS client_id, TIMESTAMP '2026-10-01' AS sold_at, 5::DECIMAL(9, 2) AS amount"
        duckdb.sql(sale).write_parquet(str(path))
    return root


@pytest.mark.parametrize(
    ("kind", "mark"),
    [
        ("Iceberg", "metadata/v1.metadata.json"),
        ("Hudi", ".hoodie/hoodie.properties"),
    ],
)
@pytest.mark.parametrize(
    "pattern", ["lake", "lake/*.parquet", "lake/data/*.parquet", "*/*.parquet", "lake/now.parquet"]
)
def test_a_table_of_a_lake_is_no_folder_of_files(tmp_path, kind, mark, pattern):
    root = folder_of(tmp_path, "now.parquet", "before.parquet", "data/now.parquet")
    (root / "data" / "lake" / mark).parent.mkdir(exist_ok=True)
    (root / "data" / "lake" / mark).write_text("{}")
    company(root, {}, sale_line={"from": pattern})
    with pytest.raises(BadConfiguration, match=f"is an? {kind} table.*spark.*or export it to one Parquet file"):
        opened(root)


def plan_of(sales: Sales) -> str:
    """How the engine reads the period's lines, run."""
    return sales.source.con.raw_sql(f"EXPLAIN ANALYZE {sales.source.con.compile(sales.counted)}").fetchall()[0][1]


def test_a_folder_parted_into_folders_is_read_and_other_days_are_not_opened(tmp_path):
    """Two shops, three days in folders; a branch called 007 stays a text, one without a name is none."""
    shops = ("007", "7", "__HIVE_DEFAULT_PARTITION__")
    root = company(tmp_path, {"sale_line": LINES})
    for day in ("2026-09-30", "2026-10-01", "2026-10-02"):
        for shop in shops:
            place = root / f"data/lake/day={day}/shop={shop}"
            place.mkdir(parents=True)
            duckdb.sql("SELECT 'a' AS client_id, 5::DECIMAL(9, 2) AS amount").write_parquet(str(place / "a.parquet"))
    (root / "data/lake/_temporary").mkdir()
    company(root, {}, sale_line={"from": "lake", "sold_at": "day", "branch_id": "shop"})
    sales = opened(root)
    by_shop = sales.counted.group_by("branch_id").agg(net=sales.counted.amount.sum()).to_pandas()
    found = {shop or "": net for shop, net in zip(by_shop.branch_id.fillna(""), by_shop.net, strict=True)}
    assert found == {"007": 5 + 5, "7": 5 + 5, "": 5 + 5}
    assert "Scanning Files: 6/9" in plan_of(sales)


def test_a_file_beside_the_folders_of_a_parted_table_is_refused(tmp_path):
    root = folder_of(tmp_path, "year=2026/a.parquet", "b.parquet")
    with pytest.raises(BadConfiguration, match=r"parted into folders by .* is not"):
        opened(root)


def delta_of(root: Path, **options: Any) -> Path:
    """A company whose `data/lake` is a Delta table of three days, 10 a day for each of two clients."""
    rows = [(client, dt.datetime(2026, 10, day), Decimal(10), f"0{day}") for client in "ab" for day in (1, 2, 3)]
    columns = zip(("client_id", "sold_at", "amount", "shop"), zip(*rows, strict=True), strict=True)
    deltalake.write_deltalake(root / "data/lake", pa.table({name: list(values) for name, values in columns}), **options)
    return company(root, {}, sale_line={"from": "lake", "branch_id": "shop"})


def net_of(root: Path) -> dict[str, Decimal]:
    lines = opened(root).counted.to_pandas()
    return lines.groupby("client_id").amount.sum().to_dict()


@pytest.mark.parametrize("parted_by", [None, ["shop"]])
def test_a_delta_table_is_what_its_log_says_after_it_was_overwritten_and_rows_were_deleted(tmp_path, parted_by):
    root = delta_of(company(tmp_path, {"sale_line": LINES}), partition_by=parted_by)
    assert net_of(root) == {"a": 10 + 10 + 10, "b": 10 + 10 + 10}
    delta_of(root, partition_by=parted_by, mode="overwrite")
    assert net_of(root) == {"a": 10 + 10 + 10, "b": 10 + 10 + 10}
    deltalake.DeltaTable(root / "data/lake").delete("client_id = 'b' AND shop = '02'")
    assert net_of(root) == {"a": 10 + 10 + 10, "b": 10 + 10}
    assert len(list((root / "data/lake").rglob("*.parquet"))) > len(
        deltalake.DeltaTable(root / "data/lake").file_uris()
    )


def test_a_delta_table_parted_by_days_opens_the_files_of_its_period_alone(tmp_path):
    root = company(tmp_path, {"sale_line": LINES})
    days = [dt.date(2026, 9, 30), dt.date(2026, 10, 1), dt.date(2026, 10, 31), dt.date(2026, 11, 1)]
    columns = {"client_id": ["a"] * 4, "day": days, "amount": [Decimal(10), Decimal(20), Decimal(30), Decimal(40)]}
    deltalake.write_deltalake(root / "data/lake", pa.table(columns), partition_by=["day"])
    sales = opened(company(root, {}, sale_line={"from": "lake", "sold_at": "day"}))
    assert sales.counted.amount.sum().execute() == 20 + 30
    assert "Scanning Files: 2/4" in plan_of(sales)


def test_a_run_reads_the_delta_table_of_its_beginning(tmp_path):
    root = delta_of(company(tmp_path, {"sale_line": LINES}))
    sales = opened(root)
    delta_of(root, mode="append")
    assert sales.counted.amount.sum().execute() == 6 * 10
    assert opened(root).counted.amount.sum().execute() == 12 * 10


def test_a_delta_tables_own_files_are_not_its_rows(tmp_path):
    root = delta_of(company(tmp_path, {"sale_line": LINES}))
    company(root, {}, sale_line={"from": "lake/*.parquet"})
    with pytest.raises(BadConfiguration, match=r"is a Delta table.*name the folder itself: from: 'lake'"):
        opened(root)


def test_a_delta_table_whose_files_hold_deleted_rows_is_refused(tmp_path):
    """Databricks marks rows as deleted beside the file; the files alone would count them."""
    root = delta_of(company(tmp_path, {"sale_line": LINES}))
    log = root / "data/lake/_delta_log/00000000000000000001.json"
    names = ["deletionVectors", "timestampNtz"]
    features = {"minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": names, "writerFeatures": names}
    log.write_text(json.dumps({"protocol": features}) + "\n")
    with pytest.raises(BadConfiguration, match="deletionVectors"):
        opened(root)


@pytest.mark.parametrize("address", ["s3://shop/sales", "gs://shop/sales", "az://shop/sales", "abfss://a@b/c"])
def test_a_store_is_refused_with_what_to_do(tmp_path, address):
    root = company(tmp_path, {"sale_line": LINES})
    for settings in (dict(files=address), dict(sale_line={"from": address})):
        company(root, {}, **({"sale_line": {"from": "x"}} | settings))
        with pytest.raises(BadConfiguration, match="copy them first"):
            opened(root)


def test_a_plain_folder_of_files_is_read(tmp_path):
    assert opened(folder_of(tmp_path, "a.parquet", "b.parquet")).counted.amount.sum().execute() == 5 + 5
