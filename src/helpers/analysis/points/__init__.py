"""Bonus points of a period: from the source's ledger, or computed from the rules where it has none.

In come the sales, out come the sums of the balance equation, in total, by month and by client: opening + accrued −
reversed − redeemed − expired + adjusted = closing, asserted at every level.
"""

from helpers.analysis.points.balance import (
    BonusPoints,
    MostPoints,
    PointsByMonth,
    bonus_points,
    most_points,
    points_by_client,
    points_by_month,
    points_of,
)
from helpers.analysis.points.expiring import ExpiringPoints, points_expiring
from helpers.analysis.points.ledger import computed, ledger, rules_of

__all__ = [
    "BonusPoints", "ExpiringPoints", "MostPoints", "PointsByMonth", "bonus_points", "computed", "ledger", "most_points",
    "points_by_client", "points_by_month", "points_expiring", "points_of", "rules_of",
]  # fmt: skip
