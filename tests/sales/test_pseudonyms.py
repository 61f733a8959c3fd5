"""`names: code`: the same figures under codes; no id and no name of a client comes out of the engine."""

from decimal import Decimal as D

import pytest
from company import company, opened

from helpers.analysis.rating import rating
from helpers.errors import BadConfiguration
from helpers.sales.pseudonyms import CODE_SECRET, code

TABLES = {
    "sale_line": """
        client_id | sold_at             | amount
        ann       | 2026-10-01 00:00:00 | 100.10
        bob       | 2026-10-05 12:00:00 | 60.00
        bob       | 2026-10-06 12:00:00 | -10.00
        walk-in   | 2026-10-07 12:00:00 | 5.00
                  | 2026-10-08 12:00:00 | 7.00
    """,
    "client": """
        client_id | client_name | price_list_id
        ann       | Ann Archer  | VIP
        bob       | Bob Baker   |
    """,
    "client_price_list": """
        client_id | price_list_id | valid_from
        bob       | SEN           | 2026-09-01
    """,
}


@pytest.mark.on_spark
def test_the_same_figures_under_codes(tmp_path, monkeypatch):
    monkeypatch.setenv(CODE_SECRET, "a secret of the test")
    root = company(tmp_path, TABLES, anonymous_client_ids=["walk-in"])
    table = rating(opened(root, names="code")).frame
    assert list(table.client_id) == [code("ann"), code("bob")]
    assert list(table.net) == [D("100.10"), D("60.00") - D("10.00")]
    assert list(table.client_name) == [None, None]
    assert list(table.price_list) == ["VIP", "SEN"]


def test_codes_stay_with_the_secret_and_change_with_it(tmp_path, monkeypatch):
    monkeypatch.setenv(CODE_SECRET, "a secret of the test")
    first = code("ann")
    assert (first, len(first)) == (code("ann"), 16)
    assert code("Ann") != first
    monkeypatch.setenv(CODE_SECRET, "another secret of it")
    assert code("ann") != first


@pytest.mark.files
def test_a_secret_has_16_characters_at_least(tmp_path, monkeypatch):
    root = company(tmp_path, TABLES)
    monkeypatch.setenv(CODE_SECRET, "s" * 15)
    with pytest.raises(BadConfiguration, match="16 characters or more"):
        opened(root, names="code")
    monkeypatch.setenv(CODE_SECRET, "s" * 16)
    assert code("ann") in list(rating(opened(root, names="code")).frame.client_id)


@pytest.mark.files
def test_no_secret_no_codes(tmp_path, monkeypatch):
    monkeypatch.delenv(CODE_SECRET, raising=False)
    root = company(tmp_path, TABLES)
    with pytest.raises(BadConfiguration, match=CODE_SECRET):
        opened(root, names="code")


def test_a_client_who_stands_twice_has_the_same_group_under_a_code(tmp_path, monkeypatch):
    """Settings in pairs, 17: of two rows without a day the names decide, which codes had not."""
    monkeypatch.setenv(CODE_SECRET, "a secret of the test")
    client = """
        client_id | client_name | group_id | price_list_id
        ann       | Ann         | house    | b
        ann       | Ann Roe     | home     | a
    """
    lines = "client_id | sold_at | amount\n ann | 2026-10-01 10:00:00 | 10"
    root = company(tmp_path, {"sale_line": lines, "client": client}, group_level="group")
    shown, hidden = (rating(opened(root, names=names)).frame.client_id.tolist() for names in ("full", "code"))
    assert (shown, hidden) == (["home"], [code("home")])
