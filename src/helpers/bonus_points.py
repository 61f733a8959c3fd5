"""Bonus points of a period, from the source's ledger.

In comes the ledger (`bonus_entry`, points signed as they change the balance), out come the sums of the balance
equation: opening + accrued − reversed − redeemed − expired + adjusted = closing.
"""

from dataclasses import dataclass
from decimal import Decimal

import ibis

from helpers.errors import BadData
from helpers.sales import Sales

SIGNS = {"accrued": 1, "reversed": -1, "redeemed": -1, "expired": -1, "adjusted": 1}


@dataclass(frozen=True)
class BonusPoints:
    """Points of all clients; `point_value` is money per point, `liability` = closing × point_value."""

    opening: Decimal
    accrued: Decimal
    reversed: Decimal
    redeemed: Decimal
    expired: Decimal
    adjusted: Decimal
    closing: Decimal
    point_value: Decimal | None
    liability: Decimal | None


def bonus_points(sales: Sales) -> BonusPoints | None:
    """The period's movements of the ledger; None where the source has no `bonus_entry`."""
    ledger = sales.source.tables.get("bonus_entry")
    if ledger is None:
        return None
    is_now = sales.between(ledger.entry_at, sales.period)
    is_before = ledger.entry_at < sales.moment(sales.period.first, ledger.entry_at)
    grouped = ledger.mutate(is_now=is_now).filter(is_now | is_before).group_by("kind", "is_now")
    rows = grouped.agg(points=ibis._.points.sum()).to_pandas()
    if unknown := sorted(set(rows.kind) - set(SIGNS)):
        raise BadData(f"bonus_entry.kind has {', '.join(map(repr, unknown))}; allowed: {', '.join(SIGNS)}")
    moved = {k: sum(rows.points[rows.is_now & (rows.kind == k)], Decimal(0)) * sign for k, sign in SIGNS.items()}
    opening = sum(rows.points[~rows.is_now.astype(bool)], Decimal(0))
    closing = opening + sum(sign * moved[k] for k, sign in SIGNS.items())
    value = sales.company.point_value
    return BonusPoints(opening, *moved.values(), closing, value, None if value is None else closing * value)
