"""The company's own earlier evenings: its clients as they stood then, and what they brought in the days after.

In come the days of purchases of all clients, or of a sample of a large company's; out come client tables of evenings
gone by, each with the outcome, for whatever can be learned from them.
"""

import datetime as dt
from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from helpers.analysis.promising.model import Model, fit
from helpers.analysis.promising.scores import expected
from helpers.analysis.promising.table import HALF_LIVES, RECENT_DAYS, floats

LEARNED_CLIENTS, LEARNED_ROWS = 10_000, 300_000  # of a larger company every n-th client, by id
EVENINGS, DAYS_BETWEEN = 8, 14  # so many evenings are learned from, so many days between two
LEAST_EVENINGS, LEAST_CLIENTS = 2, 100  # and no fewer, each with no fewer clients


class ClientDays(NamedTuple):
    """A row a client and day, in order of days: `client` (a number), `day` (since 1970), `net` (money, float)."""

    client: np.ndarray
    day: np.ndarray
    net: np.ndarray


class Evening(NamedTuple):
    """`table`: the client table at the end of the day `model.until`, with what fades, and `net` of the days after it;
    `model`: fitted on it; `scores`: what it expected of those days."""

    model: Model
    table: pd.DataFrame
    scores: pd.DataFrame


def sampled_days(client_days: ir.Table, known: ir.Table, table: pd.DataFrame) -> ClientDays:
    """The days of all clients or, beyond 10,000 clients or 300,000 visits, of every n-th; `known` from `two_tables`
    over `client_days`, `table` the same fetched."""
    visits = floats(table["visits"]).sum()
    step = int(np.ceil(max(len(table) / LEARNED_CLIENTS, visits / LEARNED_ROWS, 1)))
    numbered = known.select("client_id", client=ibis.row_number().over(order_by=known.client_id))
    sample = client_days.inner_join(numbered.filter(numbered.client % step == 0), "client_id")
    rows = sample.select("client", "day", net=sample.net.cast("float64")).to_pyarrow()
    rows = rows.sort_by([("day", "ascending"), ("client", "ascending")])
    client = np.unique(rows["client"].to_numpy(), return_inverse=True)[1]
    return ClientDays(client, rows["day"].to_numpy().astype("datetime64[D]").astype("int64"), rows["net"].to_numpy())


def client_table_at(days: ClientDays, until: dt.date, horizon_days: int) -> pd.DataFrame:
    """client_id (a number), visits, first_on, last_on, total, what fades, and `net` of the `horizon_days` after the end
    of `until` (money, float): one row a client with a visit by then."""
    end = np.searchsorted(days.day, _number(until), side="right")
    client, day, net = (column[:end] for column in days)
    size, age = _size(days), (_number(until) - day).astype(float)

    def summed(values: np.ndarray) -> np.ndarray:
        return np.bincount(client, values, size)

    visit = net > 0
    first_on, last_on = np.zeros(size, "int64"), np.zeros(size, "int64")
    first_on[client[visit][::-1]], last_on[client[visit]] = day[visit][::-1], day[visit]
    table = pd.DataFrame({
        "client_id": np.arange(size), "visits": summed(visit), "total": summed(net * visit),
        "first_on": first_on.astype("datetime64[D]").astype("datetime64[s]"),
        "last_on": last_on.astype("datetime64[D]").astype("datetime64[s]"),
        **{f"fading_{n}": summed(net * 2 ** (-age / n)) for n in HALF_LIVES},
        "recent": summed(net * (age < RECENT_DAYS)),
        "net": brought(days, until, until + dt.timedelta(days=horizon_days)),
    })  # fmt: skip
    return table[table["visits"] > 0].reset_index(drop=True)


def brought(days: ClientDays, after: dt.date, until: dt.date) -> np.ndarray:
    """What each client, by its number, brought after one day's end to another's (money, float)."""
    part = slice(*np.searchsorted(days.day, [_number(after), _number(until)], side="right"))
    return np.bincount(days.client[part], days.net[part], _size(days))


def evenings(days: ClientDays, until: dt.date, horizon_days: int) -> list[Evening]:
    """Up to eight evenings whose outcome is known at the end of `until`, newest first: the first one horizon back, then
    fourteen days apart. None where fewer than two have a hundred clients."""
    cuts = [until - dt.timedelta(days=horizon_days + DAYS_BETWEEN * n) for n in range(EVENINGS)]
    begun = [cut for cut in cuts if len(days.day) and _number(cut) >= days.day[0]]
    tables = {cut: client_table_at(days, cut, horizon_days) for cut in begun}
    seen = {cut: table for cut, table in tables.items() if len(table) >= LEAST_CLIENTS}
    if len(seen) < LEAST_EVENINGS:
        return []
    learned: list[Evening] = []
    for cut, table in seen.items():
        model = fit(table, cut, near=learned[-1].model if learned else None)
        learned.append(Evening(model, table, expected(model, table, horizon_days)))
    return learned


def _size(days: ClientDays) -> int:
    return int(days.client.max(initial=-1)) + 1


def _number(day: dt.date) -> int:
    return int(np.datetime64(day, "D").astype("int64"))
