"""The account of every row: what became of it, and with which amount, added up once more in plain Python."""

from decimal import Decimal

from helpers.analysis.control_totals import control_totals
from helpers.sales import Sales

ZERO = Decimal(0)
Parts = dict[str, tuple[int, Decimal]]


def account(sales: Sales) -> Parts:
    """What became of the rows read: part → (rows, amount); rows that cannot be read have no amount. Asserts that the
    parts add up to the rows read and to the amounts of all lines that came through the door."""
    totals, lines = control_totals(sales), sales.all_lines.to_pandas()
    left_out = [
        f for f in totals.findings if f.kind.severity == "left out" and f.code not in ("quarantined", "rejected")
    ]
    skipped = [f for f in left_out if f.code == "skipped"]
    in_period = sum(
        lines.amount[lines.sold_at.map(lambda at: sales.period.contains(sales.clock.local(at).date()))], ZERO
    )
    parts = {
        "counted": (totals.rows_accepted, totals.total),
        "left out": (totals.rows_left_out, _sum(f.amount for f in left_out if f not in skipped)),
        "skipped": (totals.rows_skipped, _sum(f.amount for f in skipped)),
        "quarantined": (totals.rows_quarantined, ZERO),
        "rejected": (totals.rows_rejected, ZERO),
        "out of period": (totals.rows_out_of_period, sum(lines.amount.dropna(), ZERO) - in_period),
    }
    assert sum(rows for rows, _ in parts.values()) == totals.rows_read
    of_lines = parts["counted"][1] + parts["left out"][1] + parts["out of period"][1]
    assert of_lines == sum(lines.amount.dropna(), ZERO)
    return {part: value for part, value in parts.items() if value[0]}


def _sum(amounts: object) -> Decimal:
    return sum((amount for amount in amounts if amount is not None), ZERO)
