"""A company's own columns: read, grouped by, and nothing counts by them."""

import datetime as dt
from decimal import Decimal as D

import pytest
import yaml
from company import company, engine, opened

from helpers.errors import BadConfiguration
from helpers.sales import open_sales

ROWS = """Client,Day,Total,Till No,Doctor
ann,2026-10-02,10.00,007,Dr. Ö
ann,2026-10-03,20.00,7,
bob,2026-10-04,3.00,007,Dr. Ö
"""
MAPPED = {"from": "s.csv", "client_id": "Client", "sold_at": "Day", "amount": "Total", "own_till": "Till No",
          "own_doctor": "upper(Doctor)"}  # fmt: skip


def made(tmp_path, mapped):
    (tmp_path / "notebooks").mkdir(parents=True)
    (tmp_path / "params" / "acme").mkdir(parents=True)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "s.csv").write_text(ROWS, "utf-8")
    says = {"company": "Acme", "currency": "EUR", "files": "data", "sale_line": mapped}
    (tmp_path / "params" / "acme" / "source.yaml").write_text(yaml.safe_dump(says, allow_unicode=True))
    return tmp_path


def test_a_column_of_a_file_is_a_text_to_group_by(tmp_path):
    sales = opened(made(tmp_path, MAPPED))
    lines = sales.lines()
    assert dict(lines.groupby("own_till").amount.sum()) == {"007": D(13), "7": D(20)}
    found = sales.sql("select own_doctor, sum(amount) as net from lines group by 1 order by 2")
    assert list(found.itertuples(index=False, name=None)) == [("DR. Ö", D(13)), (None, D(20))]


def test_rows_that_only_an_own_column_tells_apart_are_equal(tmp_path):
    lines = "client_id | sold_at | amount | own_file\na | 2026-10-02 | 10 | x\na | 2026-10-02 | 10 | y"
    assert opened(company(tmp_path, {"sale_line": lines}, equal_rows="once")).lines().amount.tolist() == [10]


def test_a_misspelt_column_is_still_refused(tmp_path):
    with pytest.raises(BadConfiguration, match="unknown column 'amout'"):
        opened(made(tmp_path, MAPPED | {"amout": "Total"}))
    for name in ("own_till no", 'own_a"; DROP VIEW x --', "own_"):
        with pytest.raises(BadConfiguration, match="unknown column 'own_"):
            opened(made(tmp_path / f"{len(name)}", MAPPED | {name: "Total"}))
    root = made(tmp_path / "other", MAPPED)
    path = root / "params" / "acme" / "source.yaml"
    path.write_text(path.read_text() + "client: {from: s.csv, client_id: Client, own_name: Client}\n")
    with pytest.raises(BadConfiguration, match="unknown column 'own_name'"):
        open_sales("acme", "2026-10", "2026-11-01", root=root)


@pytest.mark.every_engine
def test_a_column_of_a_table_keeps_its_type(tmp_path):
    lines = "client_id | sold_at | amount | own_shift | own_on\na | 2026-10-02 10:00:00 | 5 | 2 | 2026-10-01"
    types = {"own_shift": "INTEGER", "own_on": "DATE"}
    mapped = {"from": "sale_line.parquet", "own_shift": "own_shift", "own_on": "own_on"}
    settings = {} if engine.get() else {"sale_line": mapped}
    sales = opened(company(tmp_path, {"sale_line": lines}, types, **settings))
    row = sales.named_lines.select("own_shift", "own_on").to_pandas().iloc[0]
    assert (row.own_shift, str(row.own_on)[:10]) == (2, dt.date(2026, 10, 1).isoformat())
