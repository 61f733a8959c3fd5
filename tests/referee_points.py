"""The referee of bonus points: documents one by one, lots one by one, in plain Python and Decimal.

It shares no code with helpers. Rates are those of the spec's shop: ann 3 % from 20 on, for 30 days; bob 10 %, for ever.
"""

from collections import defaultdict
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

KINDS = {"ann": (Decimal("0.03"), 20, 30), "bob": (Decimal("0.1"), 0, None)}
FAR = date(9999, 1, 1)


def whole(points: Decimal) -> Decimal:
    return points.quantize(Decimal(1), ROUND_HALF_UP)


def balances(rows: list[dict], first: str, last: str) -> dict[str, dict[str, Decimal]]:
    """Client → opening and the movements of the period, by replaying every day; a lot is [last day, points left]."""
    first, last = date.fromisoformat(first), date.fromisoformat(last)
    return {c: _client([r for r in rows if r["client_id"] == c], *KINDS[c], first, last) for c in KINDS}


def _client(rows, rate, least, days, first, last):
    found, lots, debt, earned, returned = defaultdict(Decimal), [], Decimal(0), {}, defaultdict(Decimal)
    rows = sorted(rows, key=lambda r: (r["sold_at"], r["kind"] == "return", r["sale_id"]))
    day = min([date.fromisoformat(r["sold_at"][:10]) for r in rows], default=last)
    while day <= last:
        moves = defaultdict(Decimal)
        for row in (r for r in rows if r["sold_at"][:10] == str(day) and r["kind"] == "sale"):
            amount = Decimal(row["amount"])
            points = whole(amount * rate) if amount >= least else Decimal(0)
            earned[row["sale_id"]] = points
            moves["accrued"] += points
            if points:
                lots.append([day + timedelta(days=days) if days else FAR, points])
        for row in (r for r in rows if r["sold_at"][:10] == str(day) and r["kind"] == "return"):
            origin = row["original_sale_id"]
            have = earned.get(origin, Decimal(0))
            before = min(have, whole(returned[origin] * rate))
            returned[origin] -= Decimal(row["amount"])
            moves["reversed"] += min(have, whole(returned[origin] * rate)) - before
        moves["redeemed"] = sum((Decimal(r["bonus_paid"]) for r in rows if r["sold_at"][:10] == str(day)), Decimal(0))
        debt += moves["reversed"] + moves["redeemed"]
        lots.sort()
        for lot in lots:
            taken = max(Decimal(0), min(lot[1], debt))
            lot[1], debt = lot[1] - taken, debt - taken
        moves["expired"] = sum((p for end, p in lots if end == day), Decimal(0))
        lots = [lot for lot in lots if lot[0] > day]
        for kind, points in moves.items():
            sign = 1 if kind == "accrued" else -1
            found["closing"] += sign * points
            found["opening" if day < first else kind] += sign * points if day < first else points
        day += timedelta(days=1)
    return dict(found)
