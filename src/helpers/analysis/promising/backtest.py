"""How good would the last list have been, and where did the best clients come from.

In comes a frame of `table.two_tables`: clients as they stood the evening before a period, and what they then brought.
The method is learned from the days up to that evening alone, so the period is a true test. Out come counts, shares and
small tables; no total is divided by its last error, since that made totals worse.
"""

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from helpers.analysis.promising.earlier import ClientDays
from helpers.analysis.promising.levels import MIN_RANGE_CHANCE
from helpers.analysis.promising.method import Method, learn_method, with_levels
from helpers.analysis.promising.scores import expected
from helpers.analysis.promising.season import times_the_year
from helpers.analysis.promising.table import TRACES, floats

BEST = 0.1  # the best clients of a period: this part of those who brought something
COVERED_ROWS = 2_000  # clients simulated to see whether their ranges held
GROUPS = ("top", "active", "first_purchase", "silent_several", "silent_one", "new")


@dataclass(frozen=True)
class Backtest:
    """What a list made the evening before the period would have been worth.

    It would have found `hits` of the `best` clients (a tenth of those who brought something, new ones
    included; a list drawn by lot finds `by_chance`). Money as float: `expected_total` of the clients known
    that evening, the `actual_total` they brought, `off` = expected ÷ actual − 1 (None: they brought nothing),
    `off_otherwise`: the same with the season where `method` leaves it out, without it where `method` follows it
    (None: no year lies before), `new_total` from clients without a visit before. `coverage`: the part of clients
    whose spend fell into their 80 % range. `calibration`: a row a tenth of the clients by expected spend: clients,
    chance, bought (share), expected, actual (mean a client).
    """

    method: Method
    best: int
    hits: int
    by_chance: float
    expected_total: float
    actual_total: float
    off: float | None
    off_otherwise: float | None
    new_total: float
    coverage: float | None
    calibration: pd.DataFrame


def best_first(table: pd.DataFrame, by: str, count: int) -> pd.DataFrame:
    """The `count` rows with the highest `by`, ties by client_id (UTF-8 bytes)."""
    values = floats(table[by])
    if 0 < count < len(values):
        keep = values >= np.partition(values, -count)[-count]
        table, values = table[keep], values[keep]
    keys = pa.table({"value": values, "client_id": pa.array(table["client_id"])})
    order = pc.sort_indices(keys, [("value", "descending"), ("client_id", "ascending")])
    return table.take(order[:count])


def best_clients(table: pd.DataFrame, by: str) -> pd.DataFrame:
    """The best tenth, rounded up, of the clients that brought something by the column `by`."""
    return best_first(table, by, int(np.ceil(BEST * np.sum(floats(table[by]) > 0))))


def as_then(table: pd.DataFrame) -> pd.DataFrame:
    """The client table of the evening before the period, `net` (what came after) beside it; index kept."""
    names = ("visits", "first_on", "last_on", "total", *TRACES)
    then = table[["client_id", "net", *(f"{name}_then" for name in names)]]
    then = then[floats(table["visits_then"]) > 0]
    return then.rename(columns={f"{name}_then": name for name in names})


def backtest(
    table: pd.DataFrame,
    past: ClientDays,
    daily: pd.Series,
    first: dt.date,
    until: dt.date,
    with_ranges: bool = True,
    seed: int = 1,
) -> Backtest:
    """The list of the evening before `first`, measured on `first` to `until`; `table` from `two_tables`, `past` and
    `daily` the days that may be learned from."""
    known, days = as_then(table), (until - first).days + 1
    method = learn_method(known, past, first - dt.timedelta(days=1), days, seed)
    net, best = floats(known["net"]), best_clients(table, "net")
    scores = expected(method.model, known, days)
    plain, came = float(scores["expected_spend"].sum()), float(net.sum())
    off, off_in_season = _off(plain, came), _off(plain * replace(method, daily=daily).season(method.until), came)
    if times_the_year(daily, method.until, days) is None:
        off_in_season = None
    if is_nearer(off_in_season, off):
        method = replace(method, daily=daily)
    method = with_levels(method, seed) if with_ranges else method
    scores = method.corrected(known, method.until, scores).assign(net=net)
    listed = best_first(scores, "corrected_spend", len(best))
    return Backtest(
        method=method,
        best=len(best),
        hits=len(listed.index.intersection(best.index)),
        by_chance=len(listed) / len(known) * len(best.index.intersection(known.index)),
        expected_total=float(scores["expected_spend"].sum()),
        actual_total=came,
        off=off if method.daily is None else off_in_season,
        off_otherwise=off_in_season if method.daily is None else off,
        new_total=float(floats(table["net"]).sum() - came),
        coverage=coverage(method, known, scores, seed) if with_ranges else None,
        calibration=_calibration(scores),
    )


def _off(expected: float, came: float) -> float | None:
    return expected / came - 1 if came > 0 else None


def is_nearer(one: float | None, other: float | None) -> bool:
    """Is one total's error smaller than another's, twice too much as bad as half? Both are expected ÷ actual − 1."""
    return one is not None and other is not None and bool(abs(np.log1p(one)) < abs(np.log1p(other)))


def coverage(method: Method, known: pd.DataFrame, scores: pd.DataFrame, seed: int = 1) -> float | None:
    """The part of clients whose `net` fell within their range: at most 2,000, drawn among those whose range
    is more than nothing; None where there is no such client."""
    uncertain = scores[scores["p_buy"] >= MIN_RANGE_CHANCE]
    if not len(uncertain):
        return None
    uncertain = uncertain.sample(min(COVERED_ROWS, len(uncertain)), random_state=seed)
    limits = method.ranges(known.loc[uncertain.index], uncertain)
    return float(((limits["low"] <= uncertain["net"]) & (uncertain["net"] <= limits["high"])).mean())


def _calibration(scores: pd.DataFrame) -> pd.DataFrame:
    """Ten groups of clients by expected spend, lowest first: what was expected of them and what came."""
    place = scores["expected_spend"].rank(method="first") - 1
    tenth = (place * 10 // len(scores)).astype(int) + 1
    means = {"chance": "p_buy", "bought": "bought", "expected": "expected_spend", "actual": "net"}
    groups = scores.assign(bought=scores["net"] > 0).groupby(tenth.rename("tenth"))
    columns = {name: (column, "mean") for name, column in means.items()}
    return groups.agg(clients=("net", "size"), **columns).reset_index()


def where_best_came_from(table: pd.DataFrame, first: dt.date, until: dt.date) -> pd.DataFrame:
    """group, clients, share (of clients), best (how many became best), best_share (of the best), chance (best
    ÷ clients).

    Groups by the period before: top (its best tenth), active (bought, several visits ever), first_purchase
    (bought for the first time), silent_several and silent_one (bought before it only), new (first visit after
    it). `table` from `two_tables`; every known or new client is in one group.
    """
    span = until - first + dt.timedelta(days=1)
    visits, several = floats(table["visits_then"]), floats(table["visits_then"]) > 1
    active = (table["last_on_then"] >= pd.Timestamp(first - span)).to_numpy()
    tests = [
        table.index.isin(best_clients(table, "net_then").index),
        active & several,
        active,
        several,
        visits > 0,
    ]
    group = np.select(tests, range(5), default=5)  # places in GROUPS: a million words take a third of a second
    counted = (visits > 0) | (floats(table["visits"]) > 0)
    became = table.index.isin(best_clients(table, "net").index)
    groups = pd.DataFrame({"group": group, "best": became})[counted].groupby("group")["best"].agg(["size", "sum"])
    clients, best = groups.reindex(range(len(GROUPS)), fill_value=0).to_numpy().T
    return pd.DataFrame({
        "group": GROUPS,
        "clients": clients,
        "share": clients / max(clients.sum(), 1),
        "best": best,
        "best_share": best / max(best.sum(), 1),
        "chance": best / np.maximum(clients, 1),
    })  # fmt: skip
