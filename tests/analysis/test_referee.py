"""A year and a half of made-up sales, held against the referee: all analyses, on every engine."""

import random
from decimal import Decimal as D

import pytest
import referee
from company import company, opened, rows

from helpers.analysis.concentration import concentration
from helpers.analysis.control_totals import control_totals
from helpers.analysis.cross_report import cross_report
from helpers.analysis.movement import movement
from helpers.analysis.rating import rating

pytestmark = pytest.mark.every_engine

NOW, BEFORE = ("2026-10-01", "2026-10-31"), ("2026-09-01", "2026-09-30")


def sold(r: random.Random) -> str:
    """A line: few clients and amounts, so that ranks tie; some without client, branch, or with money given back."""
    month = r.choice(["2026-10", "2026-10", "2026-09", "2026-08", f"2025-{r.randrange(1, 13):02d}"])
    client = r.choice(["", *(f"c{r.randrange(12)}" for _ in range(12))])
    amount = D(r.choice([5, 10, 10, 25, -5, 0])) + D(r.randrange(100)) / r.choice([100, 1000, 10**9])
    moment = f"{month}-{r.randrange(1, 29):02d} {r.randrange(24):02d}:00:00"
    return f"{client} | {r.choice(['n', 's', 'w', ''])} | {moment} | {amount:.4f}"


@pytest.mark.on_spark
def test_the_referee_agrees(tmp_path):
    r = random.Random(1)
    text = "client_id | branch_id | sold_at | amount\n" + "\n".join(sold(r) for _ in range(300))
    lines = rows(text)
    now, before = (referee.between(lines, *days) for days in (NOW, BEFORE))
    sales = opened(company(tmp_path, {"sale_line": text}))
    table = rating(sales).frame
    assert [*zip(table["rank"], table.client_id, table.net, strict=True)] == referee.rating(now)
    assert dict(zip(table.client_id, table.abc, strict=True)) == referee.abc(now)
    cross = cross_report(sales, 5)
    made = control_totals(sales)
    assert (made.total, cross.corner) == (referee.net(now), referee.net(now))
    ids, expected = dict(zip(cross.branches.key, cross.branches.branch_id, strict=True)), referee.cross(now)
    for client in cross.clients.client_id:
        for key, cell in cross.cells.loc[client].items():
            assert cell == expected.get((client, ids[key]), 0)
    moves = movement(sales).table.set_index("client_id")
    places = {client: rank for rank, client, _ in referee.rating(before)}
    for client, row in moves.iterrows():
        assert (row.status, row.rank_before) == (referee.status(lines, client, *NOW), places.get(client))
    positive = [net for _, _, net in referee.rating(now) if net > 0]
    assert concentration(sales).gini == pytest.approx(referee.gini(positive))
