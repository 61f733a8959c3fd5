"""All that a notebook may say, by one import: `from helpers.notebook import *`.

In IPython the import lets results draw themselves (`page.shell`), and refuses a parameter that papermill gave and the
notebook does not declare.
"""

from IPython import get_ipython

from helpers.analysis.actions import actions
from helpers.analysis.change import change
from helpers.analysis.client import first_client, statement
from helpers.analysis.concentration import concentration
from helpers.analysis.control_totals import control_totals
from helpers.analysis.cross_report import cell_lines, cross_report
from helpers.analysis.discounts import discount_steps, discounts, discounts_by, margins_by_list, off_list
from helpers.analysis.headline import headline
from helpers.analysis.highlights import highlights
from helpers.analysis.left_out import left_out
from helpers.analysis.movement import movement
from helpers.analysis.next_step import next_step
from helpers.analysis.own_table import own_table
from helpers.analysis.points import bonus_points, most_points, points_by_month, points_expiring
from helpers.analysis.promising import (
    expected_against_past,
    last_list,
    never_bought_yet,
    origins,
    outlook,
    promising,
    rising_clients,
    sleeping_clients,
    sudden_purchases,
)
from helpers.analysis.rating import rating
from helpers.analysis.summary import summary
from helpers.analysis.trend import trend
from helpers.analysis.what_if import what_if, what_if_clients
from helpers.page.excel import to_excel
from helpers.page.explore import View
from helpers.page.files import save, working_folder
from helpers.page.renderers import __all__ as _renderers  # noqa: F401  registers them
from helpers.page.shell import prepare_shell
from helpers.sales import floats, frame, open_sales
from helpers.settings.parameters import refuse_unknown_in_kernel

__all__ = [
    "View", "actions", "bonus_points", "cell_lines", "change", "concentration", "control_totals",
    "cross_report", "discount_steps", "discounts", "discounts_by", "expected_against_past", "first_client", "floats",
    "frame", "headline", "highlights", "last_list", "left_out", "margins_by_list", "most_points", "movement",
    "never_bought_yet", "next_step", "off_list", "open_sales", "origins", "outlook", "own_table", "points_by_month",
    "points_expiring", "promising", "rating", "rising_clients", "save", "sleeping_clients", "statement",
    "sudden_purchases", "summary", "to_excel", "trend", "what_if", "what_if_clients", "working_folder",
]  # fmt: skip

if (shell := get_ipython()) is not None:
    prepare_shell(shell)
    refuse_unknown_in_kernel()
