"""A frame of an analyst's own as an Excel file: money, numbers, days and texts, never a formula."""

import datetime as dt
from decimal import Decimal

import ibis
import openpyxl
import pandas as pd
from company import company, opened

from helpers.analysis.cross_report import cross_report
from helpers.page.excel import to_excel
from helpers.sales import frame

LINES = "client_id | sold_at | amount\nann | 2026-10-02 10:00:00 | 7"


def test_each_value_is_written_as_its_kind(tmp_path):
    sales = opened(company(tmp_path, {"sale_line": LINES}))
    rows = pd.DataFrame({
        "name": ["=1+1", None], "net": [Decimal("1234.50"), None], "lines": [3, 4], "share": [0.25, None],
        "on": [dt.date(2026, 10, 2), None], "known": [True, False], "quantity": [Decimal("1.500"), Decimal(2)],
    })  # fmt: skip
    path = to_excel(sales, rows, tmp_path / "new" / "own.xlsx")
    sheet = openpyxl.load_workbook(path).active
    heads, first, second = ([cell.value for cell in row] for row in sheet.iter_rows())
    assert heads == list(rows)
    assert first == ["=1+1", 1234.5, 3, 0.25, dt.datetime(2026, 10, 2), "True", 1.5]
    assert second == [None, None, 4, None, None, "False", 2]
    assert sheet["G2"].number_format == "General"
    assert (sheet["A2"].data_type, sheet["B2"].number_format) == ("s", "#,##0.00")


def test_a_series_of_groups_has_its_names(tmp_path):
    sales = opened(company(tmp_path, {"sale_line": LINES}))
    path = to_excel(sales, sales.lines().groupby("client_id")[["amount"]].sum(), tmp_path / "own.xlsx")
    assert [[cell.value for cell in row] for row in openpyxl.load_workbook(path).active.iter_rows()] == [
        ["client_id", "amount"],
        ["ann", 7],
    ]


def test_a_cross_report_names_its_rows_and_so_does_a_frame_without_a_named_index(tmp_path):
    sales = opened(company(tmp_path, {"sale_line": LINES}))
    for number, rows in enumerate((cross_report(sales).frame, pd.DataFrame({"n": [1]}, index=["ann"]))):
        path = to_excel(sales, rows, tmp_path / f"{number}.xlsx")
        heads, first, *_ = ([cell.value for cell in row] for row in openpyxl.load_workbook(path).active.iter_rows())
        assert (heads[0], first[0]) == (["client_id", "index"][number], "ann")


def test_whole_numbers_stay_whole_where_one_is_unknown(tmp_path):
    sales = opened(company(tmp_path, {"sale_line": LINES}))
    lines = sales.counted.select("amount", places=(sales.counted.amount > 9).ifelse(1, None).cast("int64"))
    found = frame(lines.union(lines.mutate(places=ibis.literal(13, "int64")))).places.tolist()
    assert sorted(found, key=str) == [13, None]
    assert {type(value) for value in found} == {int, type(None)}
