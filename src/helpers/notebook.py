"""Everything a notebook says, by one import: `from helpers.notebook import ...`."""

from helpers.bonus_points import bonus_points
from helpers.checks import checks
from helpers.client_lines import client_lines
from helpers.concentration import concentration
from helpers.cross_report import cross_report
from helpers.discounts import discounts
from helpers.files import save
from helpers.movement import movement
from helpers.picker import Picker
from helpers.rating import rating
from helpers.sales import frame, open_sales
from helpers.show import Show
from helpers.summary import summary

__all__ = [
    "Picker", "Show", "bonus_points", "checks", "client_lines", "concentration", "cross_report", "discounts", "frame", "movement",
    "open_sales", "rating", "save", "summary",
]  # fmt: skip
