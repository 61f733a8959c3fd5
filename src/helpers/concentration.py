"""Concentration: how much of the revenue the best clients bring.

In comes the rating, out come the headline figures and the curve. On clients with net > 0; the others are counted.
"""

from dataclasses import dataclass
from decimal import Decimal

import ibis
import ibis.expr.types as ir
import pandas as pd

POINTS = 200
TOP_CLIENTS = (1, 5, 10, 20)
TOP_PERCENT = (1, 10, 20)


@dataclass(frozen=True)
class Concentration:
    """Shares are fractions of Σ net over `clients`; `half` and `eighty` say how many clients make 50 % and 80 %.

    HHI = 10 000 Σ s², effective = 1 / Σ s², Gini by ranks (Sen 1973); all None when nobody has a positive net.
    `curve` has clients (int) and share, from (0, 0.0) to (clients, 1.0), at most about 200 points.
    """

    clients: int
    excluded: int
    total: Decimal
    half: int | None
    eighty: int | None
    top_clients: dict[int, float]
    top_percent: dict[int, float]
    hhi: float | None
    effective: float | None
    gini: float | None
    curve: pd.DataFrame


def concentration(ranked: ir.Table) -> Concentration:
    """The headline figures of a rating, computed in the engine; top n % is the floor of the count."""
    rows = ranked.filter(ranked.net > 0)
    rows = rows.select("net", n=ibis.row_number().over(order_by=[ibis.desc("net"), "client_id"]) + 1)
    rows = rows.mutate(sum=rows.net.sum().over(ibis.window(order_by="n", preceding=None, following=0)))
    n, total, squares, weighted = rows.agg(
        n=rows.count(),
        total=rows.net.sum(),
        squares=(rows.net.cast("float64") * rows.net.cast("float64")).sum(),
        weighted=(rows.net.cast("float64") * rows.n).sum(),
    ).to_pandas().iloc[0]  # fmt: skip
    excluded = int(ranked.count().execute()) - int(n)
    if not n:
        empty = pd.DataFrame({"clients": [0], "share": [0.0]})
        return Concentration(0, excluded, Decimal(0), None, None, {}, {}, None, None, None, empty)
    n, amount = int(n), float(total)
    share_at = _shares_at(rows, n, amount)
    below = {f"p{p}": (rows["sum"] * 100 < total * p).sum() for p in (50, 80)}
    half, eighty = (int(count) + 1 for count in rows.agg(**below).to_pandas().iloc[0])
    return Concentration(
        clients=n, excluded=excluded, total=total, half=half, eighty=eighty,
        top_clients={k: share_at[min(k, n)] for k in TOP_CLIENTS},
        top_percent={p: share_at[n * p // 100] for p in TOP_PERCENT},
        hhi=10_000 * squares / amount**2,
        effective=amount**2 / squares,
        gini=(n + 1 - 2 * weighted / amount) / n,
        curve=pd.DataFrame({"clients": list(share_at), "share": list(share_at.values())}),
    )  # fmt: skip


def _shares_at(rows: ir.Table, n: int, amount: float) -> dict[int, float]:
    """Cumulative share of the best k clients, for the k that the figures and the curve need."""
    wanted = {n * i // POINTS for i in range(1, POINTS + 1)} | {n * p // 100 for p in TOP_PERCENT}
    wanted |= {k for k in range(1, min(n, 20) + 1)}
    found = rows.filter(rows.n.isin(sorted(wanted - {0}))).order_by("n").select("n", "sum").to_pandas()
    return {0: 0.0} | {int(k): float(s) / amount for k, s in zip(found.n, found["sum"], strict=True)}
