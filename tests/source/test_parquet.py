"""Parquet files read in place: what they must have in common, and that none is changed by what another has."""

import os
from decimal import Decimal as D

import duckdb
import pytest
from company import company, opened

from helpers.analysis.cross_report import cross_report
from helpers.analysis.rating import rating
from helpers.analysis.summary import summary
from helpers.errors import BadData, NoInput, TryLater
from helpers.source import parquet

SALE = "SELECT {id} AS client_id, TIMESTAMP '2026-10-02 10:00' AS sold_at, {amount} AS amount"


def parquet_company(root, **files):
    """A company whose sale lines are these Parquet files: name → query, or the bytes of a file."""
    root = company(root, {}, sale_line={"from": "s*.parquet"})
    (root / "data").mkdir()
    for name, content in files.items():
        path = root / "data" / f"{name}.parquet"
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            duckdb.sql(f"COPY ({content}) TO '{path}'")
    return root


def nets(root) -> dict[str, D]:
    found = rating(opened(root)).frame
    return dict(zip(found.client_id, found.net, strict=True))


def whole(tmp_path) -> bytes:
    duckdb.sql(f"COPY ({SALE.format(id=1, amount='1.00')}) TO '{tmp_path}/whole.parquet'")
    return (tmp_path / "whole.parquet").read_bytes()


@pytest.mark.parametrize("few", [500, 0])
def test_an_id_is_what_its_file_says(tmp_path, monkeypatch, few):
    monkeypatch.setattr(parquet, "FEW_FILES", few)
    number, text = SALE.format(id=7, amount="1.00"), SALE.format(id="'007'", amount="2.00")
    assert nets(parquet_company(tmp_path, s1=number, s2=text)) == {"7": D(1), "007": D(2)}


@pytest.mark.parametrize("few", [500, 0])
def test_a_finer_amount_in_a_later_file_keeps_its_decimals(tmp_path, monkeypatch, few):
    monkeypatch.setattr(parquet, "FEW_FILES", few)
    coarse, fine = SALE.format(id=1, amount="1::DECIMAL(9,2)"), SALE.format(id=1, amount="1.999::DECIMAL(9,3)")
    assert nets(parquet_company(tmp_path, s1=coarse, s2=fine)) == {"1": D(1) + D("1.999")}


@pytest.mark.parametrize("few", [500, 0])
@pytest.mark.parametrize("names", [("s1", "s2"), ("s2", "s1")])
def test_a_file_that_lacks_a_column_is_named(tmp_path, monkeypatch, few, names):
    monkeypatch.setattr(parquet, "FEW_FILES", few)
    full = SALE.format(id=1, amount="1.00") + ", 'draft' AS state"
    root = parquet_company(tmp_path, **dict(zip(names, (full, SALE.format(id=1, amount="1.00")), strict=True)))
    with pytest.raises(BadData, match=rf"{names[1]}.parquet has no column 'state', and {names[0]}.parquet has one"):
        opened(root)


@pytest.mark.parametrize("few", [500, 0])
def test_a_further_column_of_one_file_is_not_read(tmp_path, monkeypatch, few):
    monkeypatch.setattr(parquet, "FEW_FILES", few)
    full = SALE.format(id=1, amount="1.00") + ", 'x' AS note"
    assert nets(parquet_company(tmp_path, s1=full, s2=SALE.format(id=2, amount="2.00"))) == {"1": D(1), "2": D(2)}


@pytest.mark.parametrize("content", [b"hello\n", "cut"])
def test_a_file_that_is_not_whole_is_named(tmp_path, content):
    content = whole(tmp_path)[:-5] if content == "cut" else content
    root = parquet_company(tmp_path, s1=SALE.format(id=1, amount="1.00"), s2=content)
    with pytest.raises(BadData, match=r"s2.parquet: not a whole Parquet file; is it still being written"):
        opened(root)


def test_a_file_whose_end_makes_no_sense_is_named(tmp_path):
    content = bytearray(whole(tmp_path))
    content[-200:-8] = b"\xff" * 192
    with pytest.raises(BadData, match=r"s2.parquet: a damaged Parquet file .*; export it anew"):
        opened(parquet_company(tmp_path, s1=SALE.format(id=1, amount="1.00"), s2=bytes(content)))


def test_a_column_in_capitals_is_the_same_column(tmp_path):
    capitals = (
        SALE.format(id=2, amount="2.00").replace("AS client_id", "AS Client_ID").replace("AS amount", "AS AMOUNT")
    )
    found = nets(parquet_company(tmp_path, s1=SALE.format(id=1, amount="1.00"), s2=capitals))
    assert found == {"1": D(1), "2": D(2)}


def test_a_branch_told_by_the_folders(tmp_path):
    root = company(tmp_path, {}, sale_line={"from": "*/s.parquet", "branch_id": "shop"})
    for number, shop in enumerate(("north", "south"), 1):
        (root / "data" / f"shop={shop}").mkdir(parents=True)
        sale = SALE.format(id=1, amount=f"{number}.00")
        duckdb.sql(f"COPY ({sale}) TO '{root}/data/shop={shop}/s.parquet'")
    sales = opened(root)
    assert cross_report(sales, 5).total.to_dict() == {"b:north": D(1), "b:south": D(2)}


def test_a_field_of_a_nested_column_is_no_column(tmp_path):
    nested = SALE.format(id=1, amount="1.00") + ", {'state': 'draft'} AS more"
    assert nets(parquet_company(tmp_path, s1=nested, s2=SALE.format(id=2, amount="2.00"))) == {"1": D(1), "2": D(2)}


def test_a_folder_whose_name_looks_like_a_pattern(tmp_path):
    root = parquet_company(tmp_path / "a[1]*", s1=SALE.format(id=1, amount="1.00"), s2=SALE.format(id=2, amount="2.00"))
    assert nets(root) == {"1": D(1), "2": D(2)}


def test_an_empty_file_is_named(tmp_path):
    with pytest.raises(NoInput, match=r"s1.parquet: is empty \(0 bytes\)"):
        opened(parquet_company(tmp_path, s1=b""))


@pytest.mark.parametrize("ids", [(0, 1, 2), (-5, 0, 5), (-(2**63), 0, 2**63 - 1), (10**6, 10**6 + 1, 3 * 10**6)])
def test_whole_number_ids_close_by_and_far_apart_are_summed_alike(tmp_path, ids):
    lines = " UNION ALL ".join(
        SALE.format(id=f"({i})::BIGINT", amount=f"{n}.50::DECIMAL(9,2)") for n, i in enumerate(ids * 2)
    )
    expected = {str(i): (D(n) + D("0.5")) + (D(n + 3) + D("0.5")) for n, i in enumerate(ids)}
    assert nets(parquet_company(tmp_path, s1=lines)) == expected


def test_whole_number_ids_of_pandas_are_ids_by_one_setting(tmp_path):
    """12345.0 is 12345, whatever stands beside it: no number, a fraction, one too large to tell from its neighbour."""
    ids = ["12345::DOUBLE", "'NaN'::DOUBLE", "NULL::DOUBLE", "1.5::DOUBLE", f"{2**53}::DOUBLE", "0::DOUBLE"]
    lines = [SALE.format(id=id, amount=f"{2**n}.00") for n, id in enumerate(ids)]
    root = parquet_company(tmp_path, s1=" UNION ALL ".join(lines))
    with pytest.raises(BadData, match=r"client_id is of type float64, .* or set whole_number_ids: true"):
        opened(root)
    company(root, {}, sale_line={"from": "s*.parquet"}, whole_number_ids=True)
    by_client = opened(root).counted.to_pandas().groupby("client_id", dropna=False).amount.sum()
    wanted = {"12345": 1, "1.5": 8, "9007199254740992.0": 16, "0": 32}
    assert by_client[by_client.index.notna()].to_dict() == wanted
    assert by_client[by_client.index.isna()].sum() == 2 + 4


@pytest.mark.parametrize("fate", ["cut", "removed", "replaced by something else"])
def test_a_file_that_changes_while_it_is_read_is_told_as_such(tmp_path, fate):
    """The engine's own error would be taken for a fault of ours."""
    root = parquet_company(tmp_path, s1=SALE.format(id="i", amount="1.00") + " FROM range(200_000) t(i)")
    sales, path = opened(root), root / "data" / "s1.parquet"
    if fate == "cut":
        os.truncate(path, path.stat().st_size // 2)
    elif fate == "removed":
        path.unlink()
    else:
        path.write_bytes(b"nothing that is Parquet" * 100)
    with pytest.raises(TryLater, match="changed while it was read"):
        summary(sales)
