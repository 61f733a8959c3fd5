"""Everything a notebook says, by one import: `from helpers.notebook import ...`."""

from helpers.analysis.client_details import client_details
from helpers.analysis.concentration import concentration
from helpers.analysis.control_totals import checks
from helpers.analysis.cross_report import cross_report
from helpers.analysis.discounts import discounts, discounts_by, off_list
from helpers.analysis.incentives import agreed, incentives
from helpers.analysis.movement import movement
from helpers.analysis.next_step import next_step
from helpers.analysis.points import bonus_points, most_points, points_by_month, points_expiring
from helpers.analysis.promising import promising
from helpers.analysis.rating import rating
from helpers.analysis.statement import first_client, statement
from helpers.analysis.summary import summary
from helpers.analysis.what_if import what_if
from helpers.page import Show
from helpers.page.explore import Picker
from helpers.page.files import save, save_tables
from helpers.sales import frame, open_sales

__all__ = [
    "Picker", "Show", "agreed", "bonus_points", "checks", "client_details", "concentration", "cross_report",
    "discounts", "discounts_by", "first_client", "frame", "incentives", "most_points", "movement", "next_step",
    "off_list", "open_sales", "points_by_month", "points_expiring", "promising", "rating", "save", "save_tables",
    "statement", "summary", "what_if",
]  # fmt: skip
