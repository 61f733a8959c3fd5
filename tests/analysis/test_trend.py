"""Two years of revenue from the data: months at their edges, the month a year before, the last one cut."""

import datetime as dt
from decimal import Decimal as D

import pytest
from company import company, opened

from helpers.analysis.trend import trend

pytestmark = pytest.mark.every_engine

LINES = """
    client_id | branch_id | sold_at             | amount
    a         | n         | 2024-09-30 23:59:59 | 1
    a         | n         | 2024-10-01 00:00:00 | 2
    b         | s         | 2024-10-31 23:59:59 | 4
    a         | n         | 2025-10-15 10:00:00 | 8
    a         | n         | 2025-10-16 10:00:00 | -3
    b         | n         | 2026-10-01 00:00:00 | 16
              | s         | 2026-10-31 23:59:59 | 32
    b         | s         | 2026-11-01 00:00:00 | 64
"""


def test_twenty_five_months_at_most_each_beside_the_one_a_year_before(tmp_path):
    found = trend(opened(company(tmp_path, {"sale_line": LINES})))
    months = found.months.set_index("month")
    assert len(months) == 25
    assert months.index[0] == dt.date(2024, 10, 1)
    assert {m: n for m, n in months.net.items() if n} == {
        dt.date(2024, 10, 1): 2 + 4, dt.date(2025, 10, 1): 8 - 3, dt.date(2026, 10, 1): 16 + 32,
    }  # fmt: skip
    before = months.net_year_before
    assert (before[dt.date(2025, 10, 1)], before[dt.date(2026, 10, 1)]) == (6, 5)
    assert before[dt.date(2024, 10, 1)] is None
    assert (found.year, found.year_before) == (16 + 32, 8 - 3)
    assert months.clients[dt.date(2026, 10, 1)] == 1
    assert [type(n) for n in found.months.sales_count] == [type(None)] * 25
    branches = {r[1]: sum(r[2:], D(0)) for r in found.branches.itertuples(index=False)}
    assert branches == {"s": 4 + 32, "n": 2 + 8 - 3 + 16}


@pytest.mark.parametrize(("oldest", "before"), [("2025-09-01", D(7)), ("2025-09-02", None)])
def test_a_month_that_the_sales_cover_in_part_is_no_month_a_year_before(tmp_path, oldest, before):
    lines = f"client_id | sold_at | amount\na | {oldest} 10:00:00 | 7\na | 2026-09-05 10:00:00 | 9"
    found = trend(opened(company(tmp_path, {"sale_line": lines}), "2026-09"))
    assert found.months.net_year_before.iloc[-1] == before
    assert len(found.months) == 13


@pytest.mark.parametrize(("period", "is_cut"), [("2026-10", False), ("2026-10-01..2026-10-30", True)])
def test_the_last_month_is_cut_as_the_period_is(tmp_path, period, is_cut):
    found = trend(opened(company(tmp_path, {"sale_line": LINES}), period))
    assert found.is_cut == is_cut
    assert found.months.net.iloc[-1] == (16 if is_cut else 16 + 32)


def test_sales_of_a_month_are_whole_numbers_though_another_has_none(tmp_path):
    lines = """
        sale_id | client_id | sold_at             | amount
        1       | a         | 2026-08-05 10:00:00 | 7
        2       | a         | 2026-08-06 10:00:00 | 7
    """
    found = trend(opened(company(tmp_path, {"sale_line": lines})))
    assert found.months.sales_count.tolist() == [2, 0, 0]
