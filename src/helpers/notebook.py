"""Everything a notebook says, by one import: `from helpers.notebook import ...`."""

from helpers.bonus_points import bonus_points, most_points, points_by_month, points_expiring
from helpers.checks import checks
from helpers.client_lines import client_lines
from helpers.concentration import concentration
from helpers.cross_report import cross_report
from helpers.discounts import discounts, discounts_by, off_list
from helpers.files import save, save_tables
from helpers.incentives import agreed, incentives
from helpers.movement import movement
from helpers.near import near_next
from helpers.picker import Picker
from helpers.promising import promising
from helpers.rating import rating
from helpers.replay import what_if
from helpers.sales import frame, open_sales
from helpers.show import Show
from helpers.statement import first_client, statement
from helpers.summary import summary

__all__ = [
    "Picker", "Show", "agreed", "bonus_points", "checks", "client_lines", "concentration", "cross_report",
    "discounts", "discounts_by", "first_client", "frame", "incentives", "most_points", "movement", "near_next",
    "off_list", "open_sales", "points_by_month", "points_expiring", "promising", "rating", "save", "save_tables",
    "statement", "summary", "what_if",
]  # fmt: skip
