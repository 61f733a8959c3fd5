"""The page of bonuses and price lists: its totals are the rating's to the cent, or it is not published."""

import json
import re
import shutil
from decimal import Decimal as D
from pathlib import Path

import pytest
from company import company, opened

from helpers.errors import BadData
from helpers.notebook import (
    bonus_points,
    control_totals,
    cross_report,
    discount_steps,
    discounts,
    discounts_by,
    most_points,
)
from helpers.page.drawing import draw, words_of
from helpers.publishing.agreement import assert_agreed
from helpers.publishing.archive import ReportArchive, Run
from helpers.publishing.notebook_run import prepare
from helpers.publishing.publish import publish
from helpers.sales import Result, Sales, Unavailable

ROOT = Path(__file__).parents[2]
LINES = """
    sale_id | client_id | branch_id | sold_at             | amount | price_list_id | base_amount | bonus_paid
    1       | ann       | n         | 2026-10-01 10:00:00 | 85.00  | vip           | 100.00      |
    2       | ann       | s         | 2026-10-02 10:00:00 | 17.50  | std           | 20.00       | 2.50
    3       |           | s         | 2026-10-03 10:00:00 | 3.00   | std           |             |
"""
LISTS = """
    price_list_id | price_list_name | is_base
    std           | Standard        | true
    vip           | VIP             | false
"""
CLIENTS = """
    client_id | client_name | bonus_kind_id
    ann       | Ann <b>     | ten
"""
KINDS = """
    bonus_kind_id | name | rate | expiry_days
    ten           | 10 % | 0.1  | 365
"""


def project(root: Path) -> Path:
    tables = {"sale_line": LINES, "price_list": LISTS, "client": CLIENTS, "bonus_kind": KINDS}
    company(root, tables, point_value="1")
    for name in ("client_rating", "bonuses_and_price_lists"):
        shutil.copy(ROOT / "notebooks" / f"{name}.ipynb", root / "notebooks")
        other = {"client_rating": "bonuses_and_price_lists"}.get(name, "client_rating")
        said = f"period: 2026-10\ntoday: '2026-11-23'\nrelated_reports: {other}\n"
        (root / "params" / "acme" / f"{name}.yaml").write_text(said)
    return root


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A project whose rating and bonus page are published for October: its root, and the two pages."""
    root = project(tmp_path_factory.mktemp("acme"))
    return root, [again(root, name) for name in ("client_rating", "bonuses_and_price_lists")]


def again(root: Path, name: str, **overrides: str) -> Path:
    """The page of a report of the project, published."""
    return publish(prepare(root / "params" / "acme" / f"{name}.yaml", overrides), root / "out")


def manifest(page: Path) -> dict:
    """What the run says of itself."""
    return json.loads((page.parent / "manifest.json").read_text())


@pytest.mark.kernel
def test_its_control_totals_are_those_of_the_rating(published):
    root, pages = published
    rating_checks, ours = (json.loads((page.parent / "checks.json").read_text()) for page in pages)
    assert ours.pop("figures").items() <= rating_checks.pop("figures").items()  # each page's own, of one period
    assert ours == rating_checks
    assert ours["total"] == f"{D('85.00') + D('17.50') + 3:.4f}"
    assert manifest(pages[1])["agreement"] == {"client_rating": "agrees with client_rating to the cent"}
    html = pages[1].read_text("utf-8")
    assert "Ann &lt;b&gt;" in html
    assert 'href="../../client_rating/2026-10/index.html"' in html
    assert (pages[1].parent / "points.parquet").is_file()
    assert (root / "out/acme/client_rating/2026-10/index.html").is_file()


@pytest.mark.kernel
def test_a_rating_of_the_same_data_that_says_otherwise_stops_the_page(published):
    _, (rating_page, ours) = published
    path = rating_page.parent.resolve() / "manifest.json"
    kept, said = path.read_text(), manifest(rating_page)
    archive = ReportArchive(ours.parents[1])
    run = Run(ours.parent.resolve(), manifest(ours))
    try:
        said["checks"]["total"] = "105.5100"
        path.write_text(json.dumps(said))
        with pytest.raises(BadData, match=r"105\.5000 here, 105\.5100 in client_rating of the same period and data"):
            assert_agreed(run, archive)
        path.write_text(json.dumps(said | {"snapshot": "older"}))
        assert_agreed(run, archive)
        assert (
            "was published from other data: the total is 105.5100 there" in run.manifest["agreement"]["client_rating"]
        )
        path.write_text(json.dumps(said | {"parameters": {"basis": "paid"}}))
        run.manifest.pop("agreement")
        assert_agreed(run, archive)
        assert "agreement" not in run.manifest, "paid and invoiced differ rightly"
        rated = Run(path.parent, said)
        assert_agreed(rated, ReportArchive(rating_page.parents[1]))
        assert "agreement" not in rated.manifest, "the rating comes first"
    finally:
        path.write_text(kept)


def test_lists_or_points_that_do_not_add_up_are_refused(tmp_path):
    project(tmp_path)
    assert control_totals(asked(tmp_path)).total == D("85.00") + D("17.50") + 3
    points = bonus_points(asked(tmp_path))
    assert points.closing == 9 + 2 - 2.5  # 85.00 and 17.50 at 10 %, each rounded; 2.50 paid
    wrong = {
        "price lists": lambda sales: set_anyway(discounts(sales), "net", discounts(sales).net + 1),
        "discounts by branch_id": lambda sales: set_anyway(
            of_branches := discounts_by(sales, "branch_id", 200), "rows", of_branches.rows.drop(index=0)
        ),
        "points accrued": lambda sales: set_anyway(bonus_points(sales), "accrued", points.accrued + 1),
    }
    for said, spoil in wrong.items():
        sales = asked(tmp_path)
        spoil(sales)
        with pytest.raises(BadData, match=f"the totals do not agree: {said} give"):
            control_totals(sales)


def asked(root: Path) -> Sales:
    """The sales of which a page has asked its questions."""
    sales = opened(root)
    cross_report(sales, 5), discounts(sales), discounts_by(sales, "branch_id", 200), most_points(sales)
    return sales


def set_anyway(result: Result, name: str, value: object) -> None:
    """Change what is frozen, as nobody should."""
    object.__setattr__(result, name, value)


def test_a_clients_points_that_do_not_add_up_are_refused(tmp_path):
    sales = opened(project(tmp_path))
    found = most_points(sales)
    set_anyway(found, "balances", found.balances.mutate(opening=found.balances.opening + 1))
    with pytest.raises(BadData, match="the points of 1 clients do not add up"):
        control_totals(sales)


def test_the_waterfall_goes_step_by_step_from_base_prices_to_what_was_sold(tmp_path):
    tables = {"sale_line": LINES, "price_list": LISTS, "client": CLIENTS, "bonus_kind": KINDS}
    sales = opened(company(tmp_path, tables, point_value="1"), page_units="minor")
    drawn = draw(discount_steps(sales), words_of(sales.reader))
    assert drawn.text.splitlines()[-5:] == [
        "At base prices  120.00",  # 100 + 20
        "Price lists  −15.00",  # 100 − 85
        "Paid with points  −2.50",
        "Sold without a known base price  3.00",
        "Sold  105.50",  # 85 + 17.50 + 3
    ]
    bars = re.findall(r'<rect x="([\d.]+)%" y="3" width="([\d.]+)%"', drawn.html)
    assert bars == [("0.0", "100.0"), ("87.5", "12.5"), ("85.4", "2.1"), ("85.4", "2.5"), ("0.0", "87.9")]


def test_without_base_prices_the_waterfall_is_unavailable(tmp_path):
    lines = "client_id | sold_at | amount\nann | 2026-10-02 10:00:00 | 7"
    sales = opened(company(tmp_path, {"sale_line": lines}))
    steps = discount_steps(sales)
    assert isinstance(steps, Unavailable)
    drawn = draw(steps, words_of(sales.reader))
    assert drawn.text == "The source has nothing for this: discounts. Map sale_line.base_amount in source.yaml."
    assert drawn.html == ""
