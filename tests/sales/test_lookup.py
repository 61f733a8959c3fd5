"""Clients and branches by id or by name, numbers and texts alike; what is unknown names the nearest."""

import datetime as dt
from dataclasses import dataclass

import pandas as pd
import pytest
from company import company, opened

from helpers.analysis.client import statement
from helpers.analysis.discounts import discounts_by
from helpers.analysis.own_table import own_table
from helpers.analysis.rating import rating
from helpers.errors import BadParameter
from helpers.sales import Result, frame
from helpers.sales.lookup import branch_called, client_called

TABLES = {
    "sale_line": """
        sale_id | client_id | branch_id | price_list_id | sold_at             | amount
        1       | 7         | n         | a             | 2026-10-02 10:00:00 | 10
        2       | 8         | s         | a             | 2026-10-03 23:30:00 | 200
        3       | 9         | s         | b             | 2026-10-03 10:00:00 | 3000
        4       |           |           | b             | 2026-10-04 10:00:00 | 40000
        5       | 8         | n         |               | 2026-09-04 10:00:00 | 1
    """,
    "client": """
        client_id | client_name | price_list_id
        7         | Ann Smith   | a
        8         | Bob         | b
        9         | Bob         | b
        10        | Zoe         |
    """,
    "branch": """
        branch_id | branch_name
        n         | North
        s         | South
    """,
    "branch_name": """
        branch_id | name  | valid_from
        s         | Souk  | 2020-01-01
        s         | South | 2025-01-01
    """,
    "price_list": """
        price_list_id | price_list_name
        a             | Standard
        b             | VIP
    """,
}


@pytest.fixture
def sales(tmp_path):
    return opened(company(tmp_path, TABLES, {"client_id": "INTEGER"}, timezone="Europe/Paris", times_are_in="UTC"))


@pytest.mark.parametrize("typed", [7, "7", " 7", "Ann Smith"])
def test_a_client_is_an_id_or_a_name(sales, typed):
    assert client_called(sales, typed) == "7"
    assert list(sales.lines(typed).sale_id) == ["1"]
    assert statement(sales, typed).client_name == "Ann Smith"


@pytest.mark.parametrize("typed", ["s", "South", "Souk"])
def test_a_branch_is_an_id_a_name_or_a_former_one(sales, typed):
    assert branch_called(sales, typed) == "s"
    assert list(sales.lines(branch=typed).sale_id) == ["2", "3"]


REFUSED = [
    ({"client": "Ann Smit"}, "there is no client 'Ann Smit', did you mean '7'?"),
    ({"client": 77}, "there is no client '77', did you mean '7'?"),
    ({"client": "Xenia"}, "there is no client 'Xenia'"),
    ({"client": "Bob"}, "2 clients are called 'Bob'; type an id: 8, 9"),
    ({"branch": "Sout"}, "there is no branch 'Sout', did you mean 'South'?"),
    ({"branch": "x"}, "there is no branch 'x'; allowed: North, South"),
    ({"client_id": "7"}, "unknown argument 'client_id', did you mean 'client'?"),
    ({"client": "total"}, "'total' is a row of the cross report; ask cell_lines(sales, 'total')"),
]


@pytest.mark.parametrize(("given", "sentence"), REFUSED)
def test_what_is_unknown_is_refused_with_the_nearest(sales, given, sentence):
    with pytest.raises(BadParameter) as refused:
        sales.lines(**given)
    assert str(refused.value).endswith(sentence)
    assert "Smith" not in str(refused.value), "no message quotes a name of the data"


MISUSED = [
    (lambda sales: rating(sales, row=3), "rating: unknown argument 'row'; it takes none beside sales"),
    (lambda sales: rating("acme"), "rating: the first argument is sales, as open_sales gives them; got str"),
    (lambda sales: own_table(pd.DataFrame(), "A title"), "own_table: the first argument is sales"),
    (lambda sales: frame(rating(sales)), "frame: expected a lazy table, such as sales.clients, got Rating; an answer"),
    (lambda sales: discounts_by(sales, "branch"), "discounts_by: key must be client_id or branch_id, got 'branch'"),
    (lambda sales: sales.sql("drop table lines"), "sql: only a SELECT is asked"),
]


@pytest.mark.parametrize(("ask", "sentence"), MISUSED)
def test_what_is_misused_is_a_sentence(tmp_path, ask, sentence):
    lines = TABLES["sale_line"].replace("amount\n", "amount | base_amount\n", 1)
    lines = "\n".join(f"{line} | 1" if " 2026-" in line else line for line in lines.splitlines())
    with pytest.raises(BadParameter) as refused:
        ask(opened(company(tmp_path, TABLES | {"sale_line": lines})))
    assert str(refused.value).startswith(sentence)


def test_who_is_known_and_bought_nothing_has_no_lines(sales):
    assert sales.lines("Zoe").empty
    assert sales.lines("(no client)").sale_id.tolist() == sales.lines(branch="(none)").sale_id.tolist() == ["4"]


def test_lines_say_names_and_local_moments_beside_ids(sales):
    found = sales.lines("8").iloc[0]
    names = [found[c] for c in ("client_id", "client_name", "branch_id", "branch_name", "price_list_name",
                                "assigned_price_list")]  # fmt: skip
    assert names == ["8", "Bob", "s", "South", "Standard", "VIP"]
    assert (found.sold_on, found.sold_at_local) == (pd.Timestamp("2026-10-04"), pd.Timestamp("2026-10-04 01:30:00"))
    assert found.sold_at == pd.Timestamp("2026-10-03 23:30:00")


def test_without_a_master_an_id_is_one_that_bought(tmp_path):
    lines = "client_id | sold_at | amount\nann | 2026-10-02 10:00:00 | 1\nbob | 2026-09-02 10:00:00 | 1"
    sales = opened(company(tmp_path, {"sale_line": lines}))
    assert (len(sales.lines("ann")), len(sales.lines("bob"))) == (1, 0)
    with pytest.raises(BadParameter, match="there is no client 'anne', did you mean 'ann'"):
        sales.lines("anne")


@pytest.mark.every_engine
def test_sql_asks_the_lines_that_count(tmp_path):
    sales = opened(company(tmp_path, TABLES))
    found = sales.sql("select branch_name, sum(amount) as net from lines group by branch_name order by 2")
    assert [(r.branch_name, int(r.net)) for r in found.itertuples()] == [
        ("North", 10),
        ("South", 200 + 3000),
        (None, 40000),
    ]
    assert [r.sold_on for r in sales.lines(limit=1).itertuples()] == [pd.Timestamp("2026-10-04")]
    for wrong in ("select amout from lines", "selec amount from lines"):
        with pytest.raises(BadParameter, match=r"^sql: ") as refused:
            sales.sql(wrong)
        assert "\x1b" not in str(refused.value)


def test_a_day_without_a_time_is_its_own_moment(tmp_path):
    lines = "client_id | sold_at | amount\nann | 2026-10-02 | 1"
    found = opened(company(tmp_path, {"sale_line": lines}, {"sold_at": "DATE"})).lines()
    assert found.sold_at_local.map(lambda at: pd.Timestamp(at).date()).tolist() == [dt.date(2026, 10, 2)]


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Broken(Result):
    """An answer whose frame fails within."""

    @property
    def frame(self) -> pd.DataFrame:
        return pd.DataFrame().no_such_method()


def test_what_fails_within_an_answer_is_not_told_as_missing(tmp_path):
    found = Broken(reader=opened(company(tmp_path, TABLES)).reader)
    with pytest.raises(AttributeError, match="'DataFrame' object has no attribute 'no_such_method'"):
        _ = found.frame
    with pytest.raises(AttributeError, match=r"Broken has no 'groupby': it is pandas' own, ask \.frame"):
        _ = found.groupby
