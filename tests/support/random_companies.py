"""Clean companies made at random, and the faults that an export may bring: each a few small changes of the same lines.

A clean line has a document, a client who is known, a branch, a moment and an amount of its kind's sign.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from random import Random

COLUMNS = ("sale_id", "line_no", "client_id", "branch_id", "sold_at", "amount", "kind", "cost_amount")
BEGIN, DAYS = dt.datetime(2025, 8, 1), 457
"""To the end of October 2026."""


@dataclass(frozen=True)
class Line:
    """One row of a file of sales."""

    sale_id: str
    line_no: int
    client_id: str
    branch_id: str
    sold_at: dt.datetime
    amount: Decimal
    kind: str
    cost_amount: Decimal | None


def lines_of(seed: int, fewest: int = 1, begin: dt.datetime = BEGIN, days: int = DAYS) -> list[Line]:
    """The sales of a clean company: up to 12 clients and 4 branches, ordinary prices or round ones, some lines without
    a client, some returns, costs or none; `fewest` documents of the 60 that they may be."""
    r = Random(seed)
    clients = [f"c{n}" for n in range(r.randint(1, 12))] + [""] * r.randint(0, 2)
    branches = [f"b{n}" for n in range(r.randint(1, 4))]
    prices = r.choice([["10"], ["5", "10", "25"], [f"{n / 100:.2f}" for n in range(99, 30000, 7)]])
    has_costs = r.random() < 0.5
    lines = []
    for sale in range(r.randint(fewest, 60)):
        client, branch = r.choice(clients), r.choice(branches)
        moment = begin + dt.timedelta(minutes=r.randrange(days * 24 * 60))
        kind, sign = ("return", -1) if r.random() < 0.05 else ("sale", 1)
        for number in range(r.randint(1, 3)):
            amount = Decimal(r.choice(prices)) * r.randint(1, 3) * sign
            cost = (amount * Decimal("0.6")).quantize(Decimal("0.01")) if has_costs else None
            lines.append(Line(f"s{sale}", number, client, branch, moment, amount, kind, cost))
    return lines


def as_csv(lines: list[Line]) -> str:
    """The lines as a file, the latest last."""
    latest_last = sorted(lines, key=lambda line: line.sold_at)
    rows = [["" if (cell := getattr(line, c)) is None else str(cell) for c in COLUMNS] for line in latest_last]
    return "\n".join(map(",".join, [COLUMNS, *rows]))


def net(lines: list[Line], month: tuple[int, int] = (2026, 10)) -> Decimal:
    """What a month brought."""
    return sum((line.amount for line in lines if (line.sold_at.year, line.sold_at.month) == month), Decimal(0))
