"""From a cell of the cross report to its lines: every cell, totals and closing rows too, is the sum of its lines."""

import datetime as dt
import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from helpers.analysis.cross_report import cell_lines, cross_report
from helpers.errors import BadParameter
from helpers.sales import open_sales
from helpers.source.demo import make_demo

ROOT = Path(__file__).parents[2]
TODAY = dt.date(2026, 11, 23)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    root = tmp_path_factory.mktemp("project")
    make_demo(root / "data" / "demo", TODAY, 5_000)
    shutil.copytree(ROOT / "params", root / "params")
    return root


@pytest.mark.parametrize("columns", [40, 3], ids=["every branch", "branches folded"])
def test_the_lines_of_every_cell_of_the_demo_sum_to_the_cell(project, columns):
    given = dict(comparison="none", max_branch_columns=columns)
    sales = open_sales("demo", "2026", TODAY.isoformat(), root=project, **given)
    cells = cross_report(sales, 2).frame
    assert {"(other clients)", "(no client)", "total"} < set(cells.index)
    assert {"(none)", "total", *(["(other)"] if columns == 3 else [])} < set(cells.columns)
    for client in cells.index:
        for branch in cells.columns:
            amounts = cell_lines(sales, client, branch, top=2).amount
            assert sum(amounts, Decimal(0)) == cells.loc[client, branch], (client, branch)


def test_a_row_or_column_that_is_not_there_is_refused(project):
    sales = open_sales("demo", "2026-10", TODAY.isoformat(), root=project, comparison="none")
    with pytest.raises(BadParameter, match="there is no branch 'Dentisty', did you mean 'Dentistry'"):
        cell_lines(sales, "total", "Dentisty")
    with pytest.raises(BadParameter, match="unknown argument 'row'; allowed: client, branch, top"):
        cell_lines(sales, row="total")
