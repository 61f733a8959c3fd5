"""A folder that is more than its files: read as what it is, or refused with advice that leads on."""

from pathlib import Path

import duckdb
import pytest
from company import company, opened

from helpers.errors import BadConfiguration

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
        ("Delta", "_delta_log/00000000000000000000.json"),
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
    with pytest.raises(BadConfiguration, match=f"is a {kind} table.*spark.*or export it to one Parquet file"):
        opened(root)


def test_a_folder_parted_into_folders_says_how_to_name_its_files(tmp_path):
    root = folder_of(
        tmp_path, "year=2026/month=10/a.parquet", "year=2026/month=9/a.parquet", "year=2025/month=9/a.parquet"
    )
    with pytest.raises(BadConfiguration, match=r"parted into folders by year; .* from: (?P<advice>\S+)$") as caught:
        opened(root)
    advice = str(caught.value).rpartition("from: ")[2]
    assert advice == "lake/*/*/*.parquet"
    company(root, {}, sale_line={"from": advice})
    assert opened(root).counted.amount.sum().execute() == 5 * 3


def test_a_plain_folder_of_files_is_read(tmp_path):
    assert opened(folder_of(tmp_path, "a.parquet", "b.parquet")).counted.amount.sum().execute() == 5 + 5
