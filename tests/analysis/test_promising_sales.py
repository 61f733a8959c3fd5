"""From a company's sales to what may be expected: which lines, whose, who is registered, what they are called."""

import datetime as dt
from decimal import Decimal as D

import pytest
from company import company, opened

from helpers.analysis.promising import forecast

pytestmark = pytest.mark.every_engine

LINES = """
    client_id | sold_at             | amount
    ann       | 2026-08-03 10:00:00 | 100
    ann       | 2026-10-03 10:00:00 | 40
    ann       | 2026-10-03 15:00:00 | -15
    annie     | 2026-09-30 23:30:00 | 7
    bob       | 2026-10-09 10:00:00 | 30
    cid       | 2026-10-20 10:00:00 | -8
    till      | 2026-10-20 10:00:00 | 500
              | 2026-10-21 10:00:00 | 3
    bob       | 2026-11-02 10:00:00 | 900
"""
CLIENTS = """
    client_id | client_name | price_list_id | created_on | is_anonymous
    ann       | Ann A       | V             | 2026-01-01 | false
    annie     | Ann again   |               | 2026-01-01 | false
    bob       |             |               | 2026-01-01 |
    cid       | Cid         |               | 2026-01-01 | false
    dan       | Dan         | V             | 2026-01-01 | false
    till      | Cash desk   |               | 2026-01-01 | true
"""
LISTS = """
    price_list_id | price_list_name
    V             | VIP
"""
ALIASES = """
    client_id | master_client_id
    annie     | ann
"""
TABLES = {"sale_line": LINES, "client": CLIENTS, "price_list": LISTS, "client_alias": ALIASES}


def by_client(future, column: str) -> dict:
    return dict(zip(future.clients["client_id"], future.clients[column], strict=True))


@pytest.mark.on_spark
def test_the_lines_are_those_that_count_until_the_periods_end(tmp_path):
    future = forecast(opened(company(tmp_path, TABLES)))
    assert by_client(future, "total") == {"ann": D(100) + (40 - 15) + 7, "bob": D(30)}
    assert by_client(future, "visits") == {"ann": 3, "bob": 1}
    assert future.net == D(40) - 15 + 30 - 8
    assert (future.until, future.days) == (dt.date(2026, 10, 31), 31)


@pytest.mark.on_spark
def test_days_are_those_of_the_companys_clock(tmp_path):
    root = company(tmp_path, TABLES, timezone="Europe/Paris", times_are_in="UTC")
    future = forecast(opened(root))
    assert future.net == D(7) + 40 - 15 + 30 - 8, "23:30 UTC on 30 September is 1 October in Paris"


@pytest.mark.on_spark
def test_names_and_price_lists_come_with_the_lists(tmp_path):
    future = forecast(opened(company(tmp_path, TABLES)))
    rows = sorted(future.people.itertuples(index=False, name=None))
    assert rows == [("ann", "Ann A", "VIP"), ("bob", None, None)]


@pytest.mark.on_spark
def test_registered_are_those_who_could_buy_under_their_own_id(tmp_path):
    future = forecast(opened(company(tmp_path / "a", TABLES)))
    assert future.never_bought.clients == 2, "cid, who only returned, and dan; not annie, who is ann, nor the till"
    alone = company(tmp_path / "b", {"sale_line": LINES})
    assert forecast(opened(alone)).never_bought is None


@pytest.mark.on_spark
def test_without_a_visit_nothing_is_expected(tmp_path):
    lines = "client_id | sold_at | amount\ncid | 2026-10-01 10:00:00 | -5"
    assert forecast(opened(company(tmp_path, {"sale_line": lines}))) is None
