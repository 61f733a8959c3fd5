"""Do bonuses and price lists add up to the rating? The control totals of a page that shows what was given.

In come the sales, the rating's checks and what the page shows; what does not agree to the cent stops the publication.
"""

from decimal import Decimal

import ibis.expr.types as ir

from helpers.analysis.control_totals import Checks
from helpers.analysis.discounts import Discounts, discounts_by
from helpers.analysis.points import BonusPoints, points_by_client
from helpers.errors import BadData
from helpers.money import EXACT
from helpers.sales import Sales

ZERO = Decimal(0)
POINTS = ("opening", "accrued", "reversed", "redeemed", "expired", "adjusted", "closing")


def agreed(sales: Sales, made: Checks, given: Discounts | None, points: BonusPoints | None) -> Checks:
    """The rating's checks, when sales by list and by branch give its total, and each client's points the whole.
    Raises BadData."""
    if given is not None:
        _assert_equal("price lists", given.net, made.total)
        _assert_equal("branches", sum(discounts_by(sales, "branch_id", top=1_000_000).net, ZERO), made.total)
    if points is not None:
        _assert_points(sales, points)
    return made


def incentives(sales: Sales) -> dict[str, ir.Table]:
    """The tables beside the page: points, one row a client with its balance equation, where there are any."""
    points = points_by_client(sales)
    return {} if points is None else {"points": points.order_by("client_id")}


def _assert_points(sales: Sales, points: BonusPoints) -> None:
    table = points_by_client(sales)
    parts = table.opening + table.accrued - table.reversed - table.redeemed - table.expired + table.adjusted
    wrong = int(table.filter(parts != table.closing).count().execute())
    if wrong:
        raise BadData(f"the points of {wrong} clients do not add up; nothing is published")
    sums = table.agg(**{k: table[k].sum().fill_null(0).cast(EXACT) for k in POINTS}).to_pandas().iloc[0]
    for name in POINTS:
        _assert_equal(f"points {name}", sums[name], getattr(points, name))


def _assert_equal(what: str, found: Decimal, expected: Decimal) -> None:
    if found != expected:
        raise BadData(f"the totals do not agree: {what} give {found}, expected {expected}; nothing is published")
