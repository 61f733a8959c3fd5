"""Concentration: how much of the revenue the best clients bring.

In comes the rating, out come the headline figures and the curve. On clients with net > 0; the others are counted.
"""

import math
from dataclasses import dataclass
from decimal import Decimal

import ibis
import ibis.expr.types as ir
import pandas as pd

from helpers.analysis.rating import ranked
from helpers.money import EXACT
from helpers.sales import Number, Reader, Result, Sales, kept

POINTS = 200
TOP_CLIENTS = (1, 5, 10, 20)
TOP_PERCENT = (1, 10, 20)
MAKERS_OF = (50, 80)


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Concentration(Result):
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

    @property
    def frame(self) -> pd.DataFrame:
        """The curve: clients, and the share that so many of the best bring."""
        return self.curve

    @property
    def figures(self) -> dict[str, Number | None]:
        """Who make half and four fifths, the shares of the first ones, and the indices."""
        shares = {f"share_of_{n}": share for n, share in self.top_clients.items()}
        shares |= {f"share_of_{n}_percent": share for n, share in self.top_percent.items()}
        return dict(
            buyers=self.clients, clients=self.clients + self.excluded, positive_net=self.total, half=self.half,
            eighty=self.eighty, hhi=self.hhi, effective=self.effective, gini=self.gini, **shares,
        )  # fmt: skip


@kept
def concentration(sales: Sales) -> Concentration:
    """How much of the period's revenue the best bring.

    Example: `concentration(sales).half`."""
    return concentration_of(ranked(sales, sales.is_compared), sales.reader)


def concentration_of(ranked: ir.Table, reader: Reader) -> Concentration:
    """The headline figures of a rating, computed in the engine by one pass; top n % is the floor of the count."""
    rows = _points_of(_amounts(ranked)).order_by("n").to_pandas()
    first = rows.iloc[0] if len(rows) else None
    if first is None or not first.whole:
        empty = pd.DataFrame({"clients": [0], "share": [0.0]})
        everyone = 0 if first is None else int(first.everyone)
        return Concentration(
            reader=reader, clients=0, excluded=everyone, total=Decimal(0), half=None, eighty=None, top_clients={},
            top_percent={}, hhi=None, effective=None, gini=None, curve=empty,
        )  # fmt: skip
    n, total, amount = int(first.buyers), first.whole, float(first.whole)
    share_at = _shares_at(rows, n, total)
    half, eighty = (_makers(rows, total * p / 100) for p in MAKERS_OF)
    return Concentration(
        reader=reader, clients=n, excluded=int(first.everyone) - n, total=total, half=half, eighty=eighty,
        top_clients={k: share_at[min(k, n)] for k in TOP_CLIENTS},
        top_percent={p: share_at[n * p // 100] for p in TOP_PERCENT},
        hhi=10_000 * first.squares / amount**2,
        effective=amount**2 / first.squares,
        gini=(n + 1 - 2 * first.weighted / amount) / n,
        curve=pd.DataFrame({"clients": list(share_at), "share": list(share_at.values())}),
    )  # fmt: skip


def _amounts(ranked: ir.Table) -> ir.Table:
    """One row a net that occurs: net, clients that have it, n and sum of the positive ones up to and with it, and of
    all amounts everyone, buyers (net > 0), whole (Σ net of the buyers), squares and weighted (Σ net², Σ net × place),
    largest.

    Equal amounts need no order among themselves, and a window over the amounts is shorter than one over the clients.
    """
    amounts = ranked.group_by("net").agg(clients=ranked.count())
    is_positive = amounts.net > 0
    amounts = amounts.mutate(positive=ibis.ifelse(is_positive, amounts.clients, 0),
                             step=ibis.ifelse(is_positive, amounts.net * amounts.clients, 0).cast(EXACT))  # fmt: skip
    so_far = ibis.window(order_by=ibis.desc("net"), preceding=None, following=0)
    amounts = amounts.mutate(n=amounts.positive.sum().over(so_far).cast("int64"),
                             sum=amounts.step.sum().over(so_far).cast(EXACT))  # fmt: skip
    size, every = ibis.ifelse(amounts.net > 0, amounts.net, 0).cast("float64"), ibis.window()
    places = (amounts.clients * (2 * amounts.n - amounts.clients + 1)).cast("float64") / 2
    return amounts.mutate(
        everyone=amounts.clients.sum().over(every), buyers=amounts.positive.sum().over(every),
        whole=amounts.step.sum().over(every).cast(EXACT), squares=(size * size * amounts.clients).sum().over(every),
        weighted=(size * places).sum().over(every), largest=amounts.net.max().over(every),
    )  # fmt: skip


def _points_of(rows: ir.Table) -> ir.Table:
    """The amounts that the figures and the curve need: the first ones, points of the curve, and where a part of the
    total is reached; the largest in any case."""

    def points(up_to: ir.IntegerValue) -> ir.IntegerValue:
        """How many points of the curve lie at that many clients or before."""
        return ((up_to + 1) * POINTS - 1) // rows.buyers.nullif(0)

    before, sum_before = rows.n - rows.positive, rows["sum"] - rows.step
    is_needed = (before < 20) | (points(rows.n) > points(before))
    for p in MAKERS_OF:
        is_needed |= (rows["sum"] * 100 >= rows.whole * p) & (sum_before * 100 < rows.whole * p)
    return rows.filter((is_needed & (rows.net > 0)) | (rows.net == rows.largest))


def _makers(rows: pd.DataFrame, part: Decimal) -> int:
    """How many of the best clients make a part of the total."""
    last = rows[rows["sum"] >= part].iloc[0]
    missing = part - (last["sum"] - last.step)
    return int(last.n - last.positive) + math.ceil(missing / last.net)


def _shares_at(rows: pd.DataFrame, n: int, total: Decimal) -> dict[int, float]:
    """Cumulative share of the best k clients, for the k that the figures and the curve need."""
    wanted = {n * i // POINTS for i in range(1, POINTS + 1)} | {n * p // 100 for p in TOP_PERCENT}
    wanted |= {k for k in range(1, min(n, 20) + 1)}
    shares, steps = {0: 0.0}, rows.itertuples(index=False)
    step = next(steps)
    for k in sorted(wanted - {0}):
        while step.n < k:
            step = next(steps)
        shares[k] = float((step.sum - step.net * int(step.n - k)) / total)
    return shares
