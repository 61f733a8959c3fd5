"""Some branches, or the clients of some price lists, alone: every sum by hand, and the page that shows them."""

import gc
import json
import shutil
import weakref
from decimal import Decimal as D
from pathlib import Path

import pytest
from company import company, opened

from helpers.analysis.control_totals import control_totals
from helpers.analysis.cross_report import cross_report
from helpers.analysis.highlights import highlights
from helpers.analysis.next_step import next_step
from helpers.analysis.outstanding import total_outstanding
from helpers.analysis.points import bonus_points, points_by_client
from helpers.analysis.rating import rating
from helpers.analysis.summary import summary
from helpers.errors import BadParameter
from helpers.publishing.notebook_run import prepare
from helpers.publishing.publish import publish
from helpers.sales import Unavailable
from helpers.sales.quality import findings

ROOT = Path(__file__).parents[2]
TABLES = {
    "sale_line": """
        sale_id | client_id | branch_id | sold_at             | amount
        1       | ann       | n         | 2026-10-02 10:00:00 | 10
        2       | ann       | s         | 2026-10-03 10:00:00 | 200
        3       | bob       | s         | 2026-10-03 10:00:00 | 3000
        4       | cid       | w         | 2026-10-04 10:00:00 | 40000
        5       |           | n         | 2026-10-31 23:59:59 | 500000
        6       | bob       | n         | 2026-09-30 10:00:00 | 6
        7       | cid       | n         | 2026-09-30 10:00:00 | 70
    """,
    "client": """
        client_id | client_name | price_list_id
        ann       | Ann         | v
        bob       | Bob         | s
        cid       | Cid         | p
    """,
    "price_list": "price_list_id | price_list_name\nv | VIP\ns | Staff\np | Public",
    "branch": "branch_id | branch_name\nn | North\ns | South\nw | West; far\ne | East",
    "bonus_entry": """
        entry_id | client_id | entry_at            | kind    | points
        1        | ann       | 2026-10-02 10:00:00 | accrued | 1
        2        | bob       | 2026-10-02 10:00:00 | accrued | 20
        3        | cid       | 2026-10-02 10:00:00 | accrued | 300
    """,
}
PARTS = [
    (dict(branch="North"), {"ann": 10, "cid": 0, "bob": 0}, 500010, 76, ["North"]),
    (dict(branch=["n", "South", "s"]), {"bob": 3000, "ann": 210}, 503210, 76, ["North", "South"]),
    (dict(price_list=["VIP", "s"]), {"bob": 3000, "ann": 210}, 3210, 6, ["South", "North", "East", "West; far"]),
    (dict(branch="n", price_list="VIP"), {"ann": 10}, 10, 0, ["North"]),
    ({}, {"cid": 40000, "bob": 3000, "ann": 210}, 543210, 76, ["North", "West; far", "South", "East"]),
]


@pytest.mark.parametrize("says", [True, False])
def test_a_ledger_that_says_what_expired_says_it_of_every_part(tmp_path, says):
    """Ann's points are due on 31 August; whether the ledger itself says what is gone, Bob's entry tells, of another
    list."""
    ledger = f"""
        client_id | entry_at            | points | kind    | expires_on
        ann       | 2026-08-01 10:00:00 | 40     | accrued | 2026-08-31
        bob       | 2026-08-01 10:00:00 | {-8 if says else 8} | {"expired" if says else "accrued"} |
    """
    whole = opened(company(tmp_path, TABLES | {"bonus_entry": ledger}))
    for sales in (whole, whole.only(price_list="VIP")):
        held = dict(points_by_client(sales).select("client_id", "closing").to_pandas().to_numpy())
        assert held.get("ann", 0) == (40 if says else 0)
        control_totals(sales)


@pytest.mark.every_engine
@pytest.mark.parametrize(("only", "nets", "total", "before", "columns"), PARTS, ids=[str(p[0]) for p in PARTS])
def test_a_part_is_summed_alone(tmp_path, only, nets, total, before, columns):
    sales = opened(company(tmp_path, TABLES)).only(**only)
    assert dict(rating(sales).frame[["client_id", "net"]].to_numpy()) == {c: D(n) for c, n in nets.items() if n}
    figures = summary(sales)
    assert (figures.net, sales.before.counted.amount.sum().execute() or 0) == (total, before)
    cross = cross_report(sales)
    assert (cross.corner, list(cross.branches.label)) == (total, columns)


def test_points_are_those_of_the_clients_and_none_of_some_branches(tmp_path):
    sales = opened(company(tmp_path, TABLES))
    assert bonus_points(sales).accrued == 321
    assert bonus_points(sales.only(price_list=["VIP", "Staff"])).accrued == 21
    assert isinstance(bonus_points(sales.only(branch="n")), Unavailable)
    assert points_by_client(sales.only(branch="n", price_list="VIP")) is None


def test_a_part_keeps_what_it_is_in_another_period(tmp_path):
    part = opened(company(tmp_path, TABLES), only_branches="North;s ;", only_price_lists="Staff")
    assert (part.only_branches, part.only_price_lists) == (["n", "s"], ["Staff"])
    assert part.counted.amount.sum().execute() == 3000
    september = part.in_period_called("2026-09", "none")
    assert (september.counted.amount.sum().execute(), september.before) == (6, None)
    assert september.whole.counted.amount.sum().execute() == 76
    assert part.only().counted.amount.sum().execute() == 543210
    assert part.whole.parameters.only_branches == ""


def test_what_is_not_named_stays_as_it_was(tmp_path):
    sales = opened(company(tmp_path, TABLES), comparison="last year")
    both = sales.only(branch="s").only(price_list="Staff")
    assert (both.only_branches, both.only_price_lists) == (["s"], ["Staff"])
    assert both.counted.amount.sum().execute() == 3000
    assert both.only(branch="").counted.amount.sum().execute() == 3000
    assert both.only(branch="", price_list=[]).counted.amount.sum().execute() == 543210
    assert both.only(price_list=()).counted.amount.sum().execute() == 3200
    assert sales.in_period_called("2026-09").before.period.name == "2025-09", "compared as before"


def test_a_list_is_a_parameter_too(tmp_path):
    sales = opened(company(tmp_path, TABLES), only_branches=["North", "s"])
    assert sales.counted.amount.sum().execute() == 503210


OWED = TABLES | {
    "payment": "payment_id | client_id | paid_at | amount\n1 | ann | 2026-10-05 10:00:00 | 210",
    "branch": TABLES["branch"],
}


def test_what_a_client_owes_is_unknown_of_some_branches_and_known_of_some_lists(tmp_path):
    sales = opened(company(tmp_path, OWED, point_value="1"))
    assert total_outstanding(sales) == 543216 + 70 - 210
    assert total_outstanding(sales.only(branch="n")) is None
    assert total_outstanding(sales.only(price_list="VIP")) == 0


def test_what_is_wrong_with_a_source_is_that_of_the_whole(tmp_path):
    """In North alone two equal lines would be all lines of two days, and stop the publication."""
    few = "\n".join(f"c{n} | n | 2026-10-0{n} | 5\nc{n} | n | 2026-10-0{n} | 5" for n in (1, 2))
    more = "\n".join(f"d{n} | s | 2026-10-0{n} | {n}" for n in (1, 2, 3, 4, 5))
    lines = f"client_id | branch_id | sold_at | amount\n{few}\n{more}"
    sales = opened(company(tmp_path, {"sale_line": lines}), comparison="none")
    part = sales.only(branch="n")
    assert [f.code for f in findings(part)] == [f.code for f in findings(sales)]
    assert "repeated_rows" not in [f.code for f in findings(part)]


def test_a_next_step_counts_what_is_spent_in_all_branches(tmp_path):
    root = company(tmp_path, TABLES)
    (root / "params" / "acme" / "rules.yaml").write_text("tiers: [{from: 220, rate: 0.5, name: Gold}]\n")
    sales = opened(root)
    assert [(r.client_id, r.missing) for r in next_step(sales).frame.itertuples()] == [("ann", 10)]
    assert [(r.client_id, r.missing) for r in next_step(sales.only(price_list="VIP")).frame.itertuples()] == [
        ("ann", 10)
    ]
    assert next_step(sales.only(branch="s")).frame.empty


def test_a_branch_without_a_master_is_known_in_a_month_without_its_sales(tmp_path):
    lines = "client_id | branch_id | sold_at | amount\na | x | 2026-10-02 | 1\na | y | 2026-09-02 | 2"
    sales = opened(company(tmp_path, {"sale_line": lines}), only_branches="y")
    assert sales.lines().empty
    assert sales.in_period_called("2026-09").lines().amount.tolist() == [2]
    with pytest.raises(BadParameter, match="there is no branch 'z'"):
        sales.only(branch="z")


def test_narrowing_again_and_again_keeps_no_more(tmp_path):
    sales = opened(company(tmp_path, TABLES))
    sizes = []
    for _ in range(4):
        part = sales.in_period_called("2026-10").only(price_list="VIP")
        assert part.client_days.count().execute() == 2
        sizes.append(len(sales.lasting))
    assert len(set(sizes)) == 1


def test_an_empty_part_does_not_say_from_when_there_are_sales(tmp_path):
    found = highlights(opened(company(tmp_path, TABLES)).only(branch="East"))
    assert (found.net, found.sales_until) == (0, None)


def test_the_last_sale_is_the_companys(tmp_path):
    sales = opened(company(tmp_path, TABLES))
    assert sales.only(branch="s").data_through == sales.data_through


REFUSED = [
    (dict(branch="North, South"), "there is no branch 'North, South'; several are parted by semicolons"),
    (dict(branch=["North", "Sout"]), "there is no branch 'Sout', did you mean 'South'"),
    (dict(price_list="VIPP"), "there is no price list 'VIPP', did you mean 'VIP'"),
]


@pytest.mark.parametrize(("only", "sentence"), REFUSED)
def test_a_part_that_is_not_there_is_refused(tmp_path, only, sentence):
    with pytest.raises(BadParameter, match=sentence):
        opened(company(tmp_path, TABLES)).only(**only)


def test_a_name_with_a_semicolon_is_chosen_by_its_id(tmp_path):
    lines = "client_id | branch_id | sold_at | amount\na | x;y | 2026-10-02 10:00:00 | 1"
    sales = opened(company(tmp_path, TABLES))
    assert sales.only(branch="West; far").only_branches == ["w"]
    with pytest.raises(BadParameter, match="'x;y' cannot be shown alone: its name holds a semicolon"):
        opened(company(tmp_path / "other", {"sale_line": lines})).only(branch="x;y")


@pytest.mark.kernel
def test_the_page_of_a_part_says_so_and_is_held_against_no_other(tmp_path):
    root = company(tmp_path, TABLES)
    shutil.copy(ROOT / "notebooks" / "client_rating.ipynb", root / "notebooks")
    pages = {}
    for name, says in (
        ("client_rating", ""),
        ("client_rating.south", "only_branches: South\nonly_price_lists: Staff\n"),
    ):
        params = root / "params" / "acme" / f"{name}.yaml"
        params.write_text(f"period: 2026-10\ntoday: '2026-11-23'\n{says}")
        pages[name] = publish(prepare(params, {}), root / "out").parent
    south = pages["client_rating.south"]
    checks, manifest = (json.loads((south / f"{name}.json").read_text()) for name in ("checks", "manifest"))
    assert D(checks["total"]) == 3000
    assert [checks[f"rows_{kind}"] for kind in ("read", "accepted", "out_of_period")] == ["7", "1", "6"]
    assert "agreement" not in manifest
    html = (south / "index.html").read_text("utf-8")
    assert "Only branch South · only clients with the price list Staff" in html
    assert "Only branch South · only clients with the price list Staff · October 2026: €3,000" in html
    assert "those of this part" in html
    assert (south / "summary.txt").read_text("utf-8").startswith("Only branch South")
    assert manifest["facts"]["part"].startswith("Only branch South")
    assert "outside the period, or not of this part" in html
    assert "North" not in html
    whole = (pages["client_rating"] / "index.html").read_text("utf-8")
    assert "Only branch" not in whole
    assert "those of this part" not in whole
    assert "not of this part" not in whole


def test_sales_and_their_parts_are_gone_when_dropped(tmp_path):
    """At once, not when the collector comes by: an engine's connection that outlives its run breaks a forked child."""
    root = company(tmp_path, TABLES)
    gc.disable()
    try:
        sales = opened(root)
        part = sales.only(branch="n")
        summary(sales), summary(part)
        known = [weakref.ref(each) for each in (sales, part, sales.before, part.before)]
        del sales, part
        assert [each() for each in known] == [None] * 4
    finally:
        gc.enable()
