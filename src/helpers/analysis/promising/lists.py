"""The lists of the page: rising, sleeping with potential, registered and never bought, sudden large purchases.

In come scored clients (a client table with `net` of the period and the columns of `scores.expected`) or engine tables;
out come small frames of ids, dates and figures, or codes with a number, which the page puts into words.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from ibis import _
from scipy.special import betaincinv

from helpers.analysis.promising.backtest import best_clients, best_first
from helpers.analysis.promising.model import Model
from helpers.analysis.promising.scores import visit_amount
from helpers.analysis.promising.table import floats

SMALL_CHANCE = 0.25
LEARNED_DAYS = 91  # purchases of at least so many days before the period say what is usual
RARE = 0.99
LEAST_LEARNED = 100  # a 99th percentile of fewer purchases is none
EARLIER, LONG = ((0, 0), (1, 1), (2, 3), (4, 9)), 10  # lengths of history, from … to


def rising(scored: pd.DataFrame, count: int) -> pd.DataFrame:
    """The `count` clients outside the period's best tenth of whom most is expected, best first."""
    best = best_clients(scored, "net")
    return best_first(scored[~scored.index.isin(best.index)], "corrected_spend", count)


def sleeping(scored: pd.DataFrame, first: dt.date, count: int) -> pd.DataFrame:
    """The `count` clients without a visit since `first` who will hardly buy, yet would be among the best if
    they did.

    With `amount_if_buys` (money, float: expected spend ÷ chance); a chance is small under 25 %, the best are the
    period's best tenth. Most expected first.
    """
    best = floats(best_clients(scored, "net")["net"])
    silent = scored[(scored["last_on"] < pd.Timestamp(first)) & (scored["p_buy"] < SMALL_CHANCE)]
    silent = silent[silent["p_buy"] > 0]
    silent = silent.assign(amount_if_buys=silent["expected_spend"] / silent["p_buy"])
    return best_first(silent[silent["amount_if_buys"] >= best.min(initial=np.inf)], "expected_spend", count)


@dataclass(frozen=True)
class NeverBought:
    """`clients` registered without a visit so far. Of the `watched` who were so the evening before the
    period, `came` bought in it: `chance`, from `low` to `high` (80 %), and then brought `amount` each (money,
    float).

    `reason` why there is no chance: "no_registration_date", "short_history", "none_watched".
    """

    clients: int
    watched: int = 0
    came: int = 0
    chance: float | None = None
    low: float | None = None
    high: float | None = None
    amount: float | None = None
    reason: str | None = None


def never_bought(clients: ir.Table, known: ir.Table, first: dt.date, is_short: bool = False) -> NeverBought:
    """One line for all of them; `clients` is the master: client_id and, for the chance, created_on (DATE), `known` from
    `two_tables`."""
    seen = known.filter(known.visits > 0)
    seen = seen.select(key=seen.client_id.cast("string"), first_on=seen.first_on, brought=seen.net)
    master = clients.mutate(client_id=clients.client_id.cast("string"))
    both = master.left_join(seen, master.client_id == seen.key)
    if "created_on" not in clients.columns or is_short:
        count = int(both.first_on.isnull().sum().execute() or 0)
        return NeverBought(count, reason="short_history" if is_short else "no_registration_date")
    watched = (both.created_on < ibis.date(first)) & (both.first_on.isnull() | (both.first_on >= ibis.date(first)))
    came = watched & both.first_on.notnull()
    sums = both.agg(never=both.first_on.isnull().sum(), watched=watched.sum(), came=came.sum(),
                    brought=both.brought.sum(where=came))  # fmt: skip
    return _chance(*sums.to_pyarrow().to_pylist()[0].values())


def _chance(never: int | None, watched: int | None, came: int | None, brought: Decimal | None) -> NeverBought:
    """Jeffreys' interval for a share."""
    if not watched:
        return NeverBought(never or 0, reason="none_watched")
    came = came or 0
    low, high = betaincinv(came + 0.5, watched - came + 0.5, [0.1, 0.9])  # scipy.stats is slow to import
    amount = float(brought) / came if came and brought is not None else None
    return NeverBought(never or 0, watched, came, came / watched, float(low), float(high), amount)


def sudden(client_days: ir.Table, known: ir.Table, model: Model, first: dt.date, until: dt.date) -> ir.Table:
    """The visits of `first` to `until` far above what the client's earlier visits led to expect, largest
    excess first.

    client_id, day, net (DECIMAL), earlier (visits before), usual (expected amount, float), times (net ÷
    usual), `flagged` (rows in all). Far above: over the 99th percentile of the same ratio among the company's
    visits before `first` (the last 91 days, or as many as the period has) with as long a history: 0, 1, 2–3,
    4–9, 10 or more earlier visits. Where fewer than 100 were seen none is flagged. `known` from `two_tables`.
    """
    start = first - max(dt.timedelta(days=LEARNED_DAYS), until - first + dt.timedelta(days=1))
    ratios = _ratios(client_days.filter(client_days.day.between(ibis.date(start), ibis.date(until))), known, model)
    limits = _limits(ratios.filter(_.day < ibis.date(first)))
    now = ratios.filter(_.day >= ibis.date(first)).inner_join(limits, "length")
    rare = now.filter(_.times > _.bar, _.seen >= LEAST_LEARNED)
    rows = rare.mutate(client_id=_.client_id.cast("string"), flagged=_.count().over(ibis.window()))
    rows = rows.order_by(ibis.desc(rows.net.cast("float64") - rows.usual), "client_id", "day")
    return rows.select("client_id", "day", "net", "earlier", "usual", "times", "flagged")


def _limits(learned: ir.Table) -> ir.Table:
    """length, bar (the 99th percentile of `times`, between two of them in proportion), seen: one row a length. From
    the places in order, since not every engine has percentiles."""
    same = ibis.window(group_by="length")
    learned = learned.mutate(
        place=ibis.row_number().over(group_by="length", order_by="times"), seen=_.count().over(same)
    )
    at = (learned.seen - 1).cast("float64") * RARE
    weight = ibis.greatest(1 - (learned.place.cast("float64") - at).abs(), ibis.literal(0.0))
    learned = learned.mutate(part=weight * learned.times)
    return learned.group_by("length").agg(bar=learned.part.sum(), seen=learned.seen.max())


def _ratios(days: ir.Table, known: ir.Table, model: Model) -> ir.Table:
    """Every visit of the last days with what the visits before it led to expect: all the client's, less this one and
    those after it, so that the days before need not be read again."""
    days = days.filter(days.net > 0)
    from_here = ibis.cumulative_window(group_by=days.client_id, order_by=ibis.desc(days.day))
    days = days.mutate(visits_on=days.count().over(from_here), net_on=days.net.sum().over(from_here))
    both = days.inner_join(known.select("client_id", "visits", "total"), "client_id")
    earlier = both.visits - both.visits_on
    known_amount = visit_amount(model, earlier.cast("float64"), (both.total - both.net_on).cast("float64"))
    usual = ibis.ifelse(earlier == 0, model.visit_amount, known_amount)
    rows = both.select("client_id", "day", "net", earlier=earlier, usual=usual)
    lengths = [(rows.earlier <= most, least) for least, most in EARLIER]
    return rows.mutate(times=rows.net.cast("float64") / rows.usual, length=ibis.cases(*lengths, else_=LONG))
