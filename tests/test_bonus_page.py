"""The page of bonuses and price lists: its totals are the rating's to the cent, or it is not published."""

import json
import shutil
from pathlib import Path

import pytest
from company import company, opened

from helpers.bonus_points import bonus_points
from helpers.checks import checks
from helpers.cross_report import cross_report
from helpers.discounts import discounts
from helpers.errors import BadData
from helpers.execute import prepare
from helpers.incentives import agreed
from helpers.publish import publish
from helpers.rating import rating

ROOT = Path(__file__).parents[1]
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
        (root / "params" / "acme" / f"{name}.yaml").write_text("period: 2026-10\ntoday: '2026-11-23'\n")
    return root


@pytest.mark.kernel
def test_its_control_totals_are_those_of_the_rating(tmp_path):
    params = project(tmp_path) / "params" / "acme"
    pages = [publish(prepare(params / f"{n}.yaml"), tmp_path / "out")
             for n in ("client_rating", "bonuses_and_price_lists")]  # fmt: skip
    rating_checks, ours = (json.loads((page.parent / "checks.json").read_text()) for page in pages)
    assert ours == rating_checks
    html = pages[1].read_text("utf-8")
    assert "Ann &lt;b&gt;" in html
    assert (pages[1].parent / "points.parquet").is_file()


def test_lists_or_points_that_do_not_add_up_are_refused(tmp_path):
    from dataclasses import replace

    sales = opened(project(tmp_path))
    ranked = rating(sales)
    made = checks(sales, ranked, cross_report(sales, ranked.head(5)))
    given, points = discounts(sales), bonus_points(sales)
    assert agreed(sales, made, given, points) is made
    assert points.closing == 9 + 2 - 2.5  # 85.00 and 17.50 at 10 %, each rounded; 2.50 paid
    with pytest.raises(BadData, match="price lists"):
        agreed(sales, made, replace(given, net=given.net + 1), points)
    with pytest.raises(BadData, match="points accrued"):
        agreed(sales, made, given, replace(points, accrued=points.accrued + 1))
