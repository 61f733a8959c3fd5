"""Which method would have found how many of the best, on the company's own past.

In come the sales of a period, out comes a trial for each of its last evenings: the days after it are known, and each
method names as many clients as became best, from what was known then.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd

from helpers.analysis.promising.backtest import best_clients, best_first
from helpers.analysis.promising.earlier import LEAST_CLIENTS, ClientDays, brought, client_table_at, sampled_days
from helpers.analysis.promising.method import learn_method
from helpers.analysis.promising.model import observe
from helpers.analysis.promising.table import fetch, two_tables
from helpers.sales import Sales

TRIALS = 6  # at most, one horizon apart
NAMES = ("by lot", "last days again", "decayed rate", "RFM score", "the model alone", "corrected, as on the page")


@dataclass(frozen=True)
class Trial:
    """The evening `until`: of the `clients` known then, how many became `best` in the `days` after it (a tenth of those
    who brought something), and how many of them each method of `NAMES` would have named among as many."""

    until: dt.date
    days: int
    clients: int
    best: int
    hits: tuple[float, ...]


def trials(sales: Sales) -> list[Trial]:
    """Trials of the last evenings before the period's end, newest first; none where the history is too short. Of more
    than 10,000 clients or 300,000 visits every n-th client is tried."""
    first, until = sales.period.first, min(sales.period.last, sales.today)
    days = sales.client_days.filter(ibis._.day <= ibis.date(until))
    known = sales.source.keep(two_tables(days, first, until))
    table = fetch(known)
    return list(_tried(sampled_days(days, known, table), until, sales.period.days)) if len(table) else []


def _tried(days: ClientDays, until: dt.date, horizon: int) -> Iterator[Trial]:
    for count in range(1, TRIALS + 1):
        evening = until - dt.timedelta(days=horizon * count)
        known = client_table_at(days, evening, horizon)
        began = known["first_on"].min()
        if len(known) >= LEAST_CLIENTS and began <= pd.Timestamp(evening) - pd.Timedelta(days=horizon - 1):
            yield _trial(days, known, evening, horizon)


def _trial(days: ClientDays, known: pd.DataFrame, evening: dt.date, horizon: int) -> Trial:
    best = best_clients(known, "net")
    scores = learn_method(known, days, evening, horizon).scores(known)
    last = brought(days, evening - dt.timedelta(days=horizon), evening)[known["client_id"]]
    by = [
        last, known["fading_90"], _rfm(known, evening), scores["model_spend"], scores["corrected_spend"],
    ]  # fmt: skip
    listed = [best_first(known.assign(by=score), "by", len(best)) for score in by]
    hits = [len(rows.index.intersection(best.index)) for rows in listed]
    return Trial(evening, horizon, len(known), len(best), (len(best) ** 2 / len(known), *hits))


def _rfm(known: pd.DataFrame, evening: dt.date) -> pd.Series:
    """The usual score: fifths of recency, frequency and money, added."""
    seen = observe(known, evening)
    columns = (seen.recency - seen.age, seen.visits, seen.total)
    return sum((np.ceil(pd.Series(c).rank(method="first", pct=True) * 5) for c in columns), pd.Series(0.0, known.index))


def comparison(tried: list[Trial]) -> Iterator[str]:
    """The trials as lines of text: one line a method, one column an evening."""
    if not tried:
        yield "The history is too short to try a list: it takes two periods, and 100 clients at the end of the first."
        return
    yield f"Best clients of the {tried[0].days} days after each evening, and how many each method would have named:"
    yield _line("evening", [f"{trial.until}" for trial in tried], "together")
    yield _line("clients", [f"{trial.clients:,}" for trial in tried], "")
    yield _line("best", [f"{trial.best:,}" for trial in tried], f"{sum(trial.best for trial in tried):,}")
    for method, name in enumerate(NAMES):
        hits = [trial.hits[method] for trial in tried]
        yield _line(name, [f"{round(n):,}" for n in hits], f"{round(sum(hits)):,}")


def _line(name: str, cells: list[str], total: str) -> str:
    return f"{name:<24}" + "".join(f"{cell:>12}" for cell in [*cells, total]).rstrip()
