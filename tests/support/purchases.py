"""Made-up purchases for the tests of what is promised: an ASCII table, or a company that keeps to the model."""

import datetime as dt

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from helpers.analysis.promising.earlier import ClientDays, sampled_days
from helpers.analysis.promising.table import fetch, two_tables

DAY = dt.timedelta(days=1)
UNTIL = dt.date(2026, 9, 30)


def history(lines: str) -> ibis.Table:
    """An ASCII table of client, day, amount (`-` is no client) as the engine's history."""
    rows = [line.split() for line in lines.strip().splitlines()]
    return lines_of([None if c == "-" else c for c, _, _ in rows], [d for _, d, _ in rows], [a for *_, a in rows])


def lines_of(clients, days, amounts) -> ibis.Table:
    days = pd.to_datetime(pd.Series(days))
    frame = pd.DataFrame({"client_id": pd.Series(clients, dtype="str"), "sold_at": days, "amount": amounts})
    table = ibis.duckdb.connect().create_table("lines", frame.astype({"amount": str}))
    return table.mutate(amount=table.amount.cast("decimal(38, 4)"), day=table.sold_at.date())


def company(
    clients: int, seed: int, days: int = 730, rate=(0.8, 60), leave=(0.5, 3), amount=(4, 3, 40)
) -> pd.DataFrame:
    """A made-up company that keeps to the model: client_id, day, amount from 730 days before UNTIL on.

    Each client buys at a rate ~ Gamma, is gone after a purchase with a chance ~ Beta, and spends amounts
    ~ Gamma of a scale ~ inverse Gamma.
    """
    rng, rows = np.random.default_rng(seed), []
    for client in range(clients):
        pace, chance = rng.gamma(rate[0], 1 / rate[1]), rng.beta(*leave)
        scale, day = 1 / rng.gamma(amount[1], 1 / amount[2]), rng.uniform(0, days * 0.8)
        while day < days:
            rows.append((f"c{client:05}", int(day), rng.gamma(amount[0], scale)))
            if rng.random() < chance:
                break
            day += max(1, rng.exponential(1 / max(pace, 1e-9)))
    frame = pd.DataFrame(rows, columns=["client_id", "day", "amount"])
    start = pd.Timestamp(UNTIL) - pd.Timedelta(days=days - 1)
    return frame.assign(day=start + pd.to_timedelta(frame["day"], "D"), amount=frame["amount"].round(2).clip(0.01))


def seen(engine: ibis.Table, first: dt.date, until: dt.date = UNTIL) -> tuple[pd.DataFrame, ClientDays]:
    """The client tables of both days, fetched, and the days of purchases."""
    days = client_days(engine)
    known = two_tables(days, first, until)
    table = fetch(known)
    return table, sampled_days(days, known, table)


def client_days(history: ir.Table) -> ir.Table:
    """client_id, day, net (DECIMAL): one row a client and day; a positive net makes it a visit."""
    lines = history.filter(history.client_id.notnull())
    return lines.group_by("client_id", "day").agg(net=lines.amount.sum())
