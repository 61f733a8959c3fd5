"""Clients by branches: a column for each branch, totals on both sides, nothing lost between them."""

import re
from decimal import Decimal as D

import openpyxl
import pytest
import referee
from company import company, opened, rows, write_parquet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tiny import examples

from helpers.analysis.control_totals import control_totals
from helpers.analysis.cross_report import Margin, cross_report
from helpers.analysis.headline import headline
from helpers.page.drawing import draw, words_of
from helpers.page.excel import write_workbook
from helpers.page.renderers import __all__ as _renderers  # noqa: F401  registers them

pytestmark = pytest.mark.every_engine

LINES = """
    sale_id | client_id | branch_id | sold_at             | amount
    1       | ann       | n         | 2026-10-01 10:00:00 | 100.10
    2       | ann       | s         | 2026-10-02 10:00:00 | 50.05
    3       | bob       | n         | 2026-10-03 10:00:00 | 60
    4       | bob       | n         | 2026-10-04 10:00:00 | -10
    5       | cid       |           | 2026-10-05 10:00:00 | 7
    6       |           | s         | 2026-10-06 10:00:00 | 3
    7       |           |           | 2026-10-07 10:00:00 | 2
    8       | dan       | s         | 2026-10-08 10:00:00 | 1
"""
BRANCH = """
    branch_id | branch_name | opened_on  | closed_on  | sort_order
    n         | North       | 2020-01-01 |            | 2
    s         | South       | 2020-01-01 | 2026-10-20 | 1
    e         | East        | 2026-10-15 |            | 3
    old       | Old         | 2020-01-01 | 2026-09-30 | 4
    next      | Next        | 2026-11-01 |            | 5
"""


def crossed(root, top=200, **parameters):
    sales = opened(root, top=top, **parameters)
    cross = cross_report(sales, top)
    control_totals(sales)
    return cross


@pytest.mark.on_spark
def test_rows_columns_and_corner(tmp_path):
    cross = crossed(company(tmp_path, {"sale_line": LINES, "branch": BRANCH}))
    assert cross.branches.label.tolist() == ["South", "North", "East", ""]
    assert cross.branches.kind.tolist() == ["branch", "branch", "branch", "none"]
    south, north, east, none = cross.branches.key
    assert cross.cells.loc["ann"].tolist() == [D("50.05"), D("100.10"), D(0), D(0)]
    assert cross.cells.loc["bob"].tolist() == [D(0), D(60) - D(10), D(0), D(0)]
    assert cross.none.tolist() == [D(3), D(0), D(0), D(2)]
    assert cross.total[south] == D("50.05") + 3 + 1
    assert cross.total[north] == D("100.10") + 60 - 10
    assert (cross.total[east], cross.total[none]) == (D(0), D(7) + 2)
    assert cross.corner == D("100.10") + D("50.05") + 60 - 10 + 7 + 3 + 2 + 1
    assert cross.other is None


@pytest.mark.on_spark
def test_open_branches_have_a_column_and_closed_ones_stay_and_say_so(tmp_path):
    branches = crossed(company(tmp_path, {"sale_line": LINES, "branch": BRANCH})).branches.set_index("label")
    assert branches.is_closed.to_dict() == {"South": True, "North": False, "East": False, "": False}
    assert branches.is_new["East"]
    hidden = crossed(company(tmp_path, {"sale_line": LINES, "branch": BRANCH}, show_empty_branches=False))
    assert "East" not in hidden.branches.label.tolist()


@pytest.mark.on_spark
def test_branches_that_open_or_close_on_the_periods_first_and_last_day(tmp_path):
    branch = """
        branch_id | branch_name | opened_on  | closed_on
        a         | a           |            | 2026-09-30
        b         | b           |            | 2026-10-01
        c         | c           |            | 2026-10-31
        d         | d           |            | 2026-11-01
        e         | e           | 2026-09-30 |
        f         | f           | 2026-10-01 |
        g         | g           | 2026-10-31 |
        h         | h           | 2026-11-01 |
    """
    lines = "client_id | branch_id | sold_at | amount\nann | d | 2026-10-01 10:00:00 | 5"
    branches = crossed(company(tmp_path, {"sale_line": lines, "branch": branch})).branches
    assert branches.label.tolist() == ["d", "b", "c", "e", "f", "g"]  # the largest first
    assert branches[branches.is_closed].label.tolist() == ["b", "c"]
    assert branches[branches.is_new].label.tolist() == ["f", "g"]


@pytest.mark.on_spark
def test_as_many_clients_and_branches_as_are_asked_for_fold_into_nothing(tmp_path):
    lines = """
        client_id | branch_id | sold_at             | amount
        a         | n         | 2026-10-01 10:00:00 | 5
        b         | s         | 2026-10-01 10:00:00 | 4
    """
    root = company(tmp_path, {"sale_line": lines})
    whole = crossed(root, top=2, max_branch_columns=2)
    assert (whole.branches.kind.tolist(), whole.folded_count, whole.other) == (["branch", "branch"], 0, None)
    less = crossed(root, top=1, max_branch_columns=1)
    assert (less.branches.kind.tolist(), less.folded_count, less.other_count) == (["branch", "other"], 1, 1)


@pytest.mark.on_spark
@pytest.mark.parametrize(("amounts", "kinds"), [((0, 0), ["branch"]), ((5, -5), ["branch", "none"])])
def test_lines_without_a_branch_have_a_column_unless_each_is_nothing(tmp_path, amounts, kinds):
    lines = "client_id | branch_id | sold_at | amount\na | n | 2026-10-01 10:00:00 | 5"
    for client, amount in zip("ab", amounts, strict=True):
        lines += f"\n{client} | | 2026-10-02 10:00:00 | {amount}"
    assert crossed(company(tmp_path, {"sale_line": lines})).branches.kind.tolist() == kinds


@pytest.mark.files
def test_a_branch_added_to_the_data_adds_its_column_and_nothing_else(tmp_path):
    root = company(tmp_path, {"sale_line": LINES}, sale_line={"from": "*_line*.parquet"})
    before = crossed(root)
    more = """
        sale_id | client_id | branch_id | sold_at             | amount
        9       | ann       | w         | 2026-10-09 10:00:00 | 5
    """
    write_parquet(root / "data" / "sale_line_more.parquet", "sale_line", more)
    (root / "params" / "acme" / "source.yaml").write_text(
        "company: Acme\nfiles: data\ncurrency: EUR\nsale_line: {from: 'sale_line*.parquet'}\n"
    )
    after = crossed(root)
    assert set(after.branches.label) - set(before.branches.label) == {"w"}
    assert after.corner == before.corner + 5
    assert after.cells.loc["ann"].sum() == before.cells.loc["ann"].sum() + 5


@pytest.mark.on_spark
def test_clients_not_shown_fold_into_one_row_and_every_column_still_adds_up(tmp_path):
    cross = crossed(company(tmp_path, {"sale_line": LINES}), top=1)
    assert cross.clients.client_id.tolist() == ["ann"]
    assert (cross.other_count, cross.other_total) == (3, D(60) - 10 + 7 + 1)
    for key in cross.branches.key:
        assert cross.cells[key].sum() + cross.other[key] + cross.none[key] == cross.total[key]


@pytest.mark.on_spark
def test_too_many_branches_fold_into_one_column(tmp_path):
    lines = "client_id | branch_id | sold_at | amount\n" + "\n".join(
        f"a | b{i} | 2026-10-01 10:00:00 | {i}" for i in range(1, 6)
    )
    cross = crossed(company(tmp_path, {"sale_line": lines}), max_branch_columns=2)
    assert cross.branches.label.tolist() == ["b5", "b4", ""]
    assert cross.branches.kind.tolist() == ["branch", "branch", "other"]
    assert cross.cells.loc["a"].tolist() == [D(5), D(4), D(1) + 2 + 3]
    assert cross.folded_count == 3


@pytest.mark.on_spark
def test_a_renamed_branch_has_the_name_of_the_periods_end_and_its_former_one(tmp_path):
    names = """
        branch_id | name       | valid_from
        n         | Radiology  | 2020-01-01
        n         | Imaging    | 2026-10-20
        n         | Scans      | 2026-11-01
        s         | Southern   | 2026-10-31
    """
    root = company(tmp_path, {"sale_line": LINES, "branch": BRANCH, "branch_name": names})
    rows = crossed(root).branches.set_index("branch_id")
    assert (rows.label["n"], rows.title["n"]) == ("Imaging", "Radiology")  # "Scans" begins the day after the period
    assert rows.label["s"] == "Southern"  # on its last day


def test_branches_of_one_name_are_told_apart_by_id(tmp_path):
    branch = """
        branch_id | branch_name
        n         | Kyiv
        s         | Kyiv
    """
    assert crossed(company(tmp_path, {"sale_line": LINES, "branch": branch})).branches.label.tolist()[:2] == [
        "Kyiv (n)",
        "Kyiv (s)",
    ]


@pytest.mark.on_spark
def test_branch_names_that_break_pivots_are_only_names(tmp_path):
    names = ["client", "total", "sum(v)", 'a"b; drop table', "Kyiv", "kyiv", "(none)", "(other)"]
    lines = "client_id | branch_id | sold_at | amount\n" + "\n".join(
        f"a | {name} | 2026-10-01 10:00:00 | {i}" for i, name in enumerate(names, 1)
    )
    cross = crossed(company(tmp_path, {"sale_line": lines}))
    assert dict(zip(cross.branches.label, cross.cells.loc["a"], strict=True)) == {
        n: D(i) for i, n in enumerate(names, 1)
    }


@pytest.mark.on_spark
@pytest.mark.parametrize(
    "client", ["a\\b", "a\\", "o'brien", "'); DROP TABLE x; --", "$1 %s {0} :id", 'a"b', "$$", "\\'"]
)
def test_ids_that_break_queries_are_only_ids(tmp_path, client):
    lines = f"""
        client_id | branch_id | sold_at             | amount
        {client}  | {client}  | 2026-10-01 10:00:00 | 5
        {client}  | n         | 2026-10-01 10:00:00 | 2
        bob       | n         | 2026-10-02 10:00:00 | 1
    """
    cross = crossed(company(tmp_path, {"sale_line": lines}), top=1)
    assert cross.cells.loc[client].to_dict() == {f"b:{client}": D(5), "b:n": D(2)}
    assert (cross.other_total, cross.corner) == (D(1), D(5) + D(2) + D(1))


@pytest.mark.on_spark
def test_price_list_is_the_one_of_the_periods_last_day(tmp_path):
    tables = {
        "sale_line": """
            client_id | sold_at             | amount
            a         | 2026-10-01 10:00:00 | 5
            b         | 2026-10-01 10:00:00 | 4
            c         | 2026-10-01 10:00:00 | 3
            d         | 2026-10-01 10:00:00 | 2
            x         | 2026-10-01 10:00:00 | 1
        """,
        "client": """
            client_id | client_name | price_list_id
            a         | Ann         | std
            b         | Bob         | std
            c         | Cid         |
            d         | Dan         | vip
        """,
        "price_list": """
            price_list_id | price_list_name | is_base
            std           | Standard        | true
            vip           | VIP −15 %       | false
        """,
        "client_price_list": """
            client_id | price_list_id | valid_from | valid_to
            a         | std           | 2020-01-01 | 2026-10-13
            a         | vip           | 2026-10-14 |
            b         | vip           | 2020-01-01 | 2026-09-30
            b         | std           | 2026-10-01 |
            d         | vip           | 2020-01-01 |
            d         | std           | 2026-11-05 |
        """,
    }
    cross = crossed(company(tmp_path, tables, default_price_list_id="std"))
    found = cross.clients.set_index("client_id")
    assert found.price_list.to_dict() == {
        "a": "VIP −15 %",
        "b": "Standard",
        "c": "Standard",
        "d": "VIP −15 %",
        "x": None,
    }
    assert found.price_list_before.to_dict() == {"a": "Standard", "b": None, "c": None, "d": None, "x": None}
    assert str(found.price_list_from["a"])[:10] == "2026-10-14"
    assert found.price_list_is_default["c"]
    assert not found.price_list_is_default["a"]
    assert cross.price_lists_as_of is None
    del tables["client_price_list"]
    assert str(crossed(company(tmp_path / "b", tables)).price_lists_as_of) == "2026-11-23"


line = st.fixed_dictionaries({
    "client_id": st.sampled_from(["a", "b", "c", "d", ""]),
    "branch_id": st.sampled_from(["n", "s", "w", ""]),
    "amount": st.decimals(-1000, 1000, places=2),
})  # fmt: skip


@settings(max_examples=examples(20), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(line, min_size=1, max_size=25), st.integers(1, 5), st.integers(1, 4))
def test_the_referee_agrees_whatever_is_folded(tmp_path, lines, top, columns):
    text = "client_id | branch_id | sold_at | amount\n" + "\n".join(
        f"{r['client_id']} | {r['branch_id']} | 2026-10-03 10:00:00 | {r['amount']}" for r in lines
    )
    expected = referee.cross(rows(text))
    root = company(tmp_path, {"sale_line": text}, confirmed={"amounts_below_zero": len(lines)})
    cross = crossed(root, top=top, max_branch_columns=columns)
    for column in cross.branches.itertuples():
        for client in cross.clients.client_id:
            if column.kind != "other":
                assert cross.cells.loc[client, column.key] == expected.get((client, column.branch_id), 0)
    assert cross.corner == sum(expected.values())
    assert cross.none_total == sum(v for (client, _), v in expected.items() if client is None)


COSTS = """
    client_id | branch_id | sold_at             | amount | cost_amount
    ann       | x         | 2026-10-01 10:00:00 | 100    | 60.004
    ann       | y         | 2026-10-01 10:00:00 | 200    | 170.004
    bob       | x         | 2026-10-01 10:00:00 | 500    | 490
    cid       | y         | 2026-10-01 10:00:00 | 30     | 25
    cid       | y         | 2026-10-02 10:00:00 | 70     |
              | x         | 2026-10-01 10:00:00 | 9      |
"""


@pytest.mark.parametrize("top", [1, 3])
def test_each_closing_row_has_the_margin_of_its_own_lines(tmp_path, top):
    """Thousandths are added before anything is rounded; per cent where at least 80 % of the lines have a cost."""
    sales = opened(company(tmp_path, {"sale_line": COSTS}), rank_by="margin", top=top, page_units="minor")
    cross = cross_report(sales, top)
    ann, bob, cid = D(100) - D("60.004") + D(200) - D("170.004"), D(500) - 490, D(30) - 25
    if top == 1:
        expected = {"shown": Margin(ann, float(ann / 300)), "other": Margin(bob + cid, None)}  # 2 of 3 lines
    else:
        expected = {"shown": Margin(ann + bob + cid, float((ann + bob + cid) / 830)), "other": Margin()}  # 4 of 5
    total = Margin(ann + bob + cid, None)  # 4 of 6
    assert cross.margins == expected | {"none": Margin(), "total": total}
    assert cross.rank_by == "margin"
    book, w = tmp_path / "rating.xlsx", words_of(sales.reader)
    table = draw(cross, w).html
    assert "ranked by margin" in draw(headline(sales), w).html
    assert ", ranked by margin</caption>" in table
    assert "the largest margin first" in table
    assert re.search(r'<tr class="total">.*?<td class=g>84.99</td>', table)
    assert re.search(r'<tr class="none">.*?<td class=g></td>', table)
    control_totals(sales)
    write_workbook(book, cross, w, [])
    sheet = openpyxl.load_workbook(book)["Rating"]
    heads = [cell.value for cell in sheet[1]]
    closing = {row[1].value: [row[heads.index(h)].value for h in ("Net", "Margin", "Margin, %")]
               for row in sheet.iter_rows(min_row=2 + top)}  # fmt: skip
    shown = expected["shown"]
    assert closing["Shown"] == pytest.approx([300 if top == 1 else 900, float(shown.amount), shown.percent], rel=1e-12)
    assert (closing["(no client)"], closing["Total"]) == ([9, None, None], [909, float(total.amount), None])


def test_ranked_by_amount_says_so_and_without_costs_nothing_has_a_margin(tmp_path):
    lines = "client_id | sold_at | amount\na | 2026-10-01 10:00:00 | 5"
    sales = opened(company(tmp_path, {"sale_line": lines}), language="fr")
    cross, w = cross_report(sales), words_of(sales.reader)
    assert cross.margins == {}
    table = draw(cross, w).html
    assert "classement par montant</caption>" in table
    assert "Marge" not in table
    assert "classement" not in draw(headline(sales), w).html
