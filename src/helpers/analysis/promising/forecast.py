"""Who may spend much next: expected spend, how sure it is, and how good the last such list was.

In come the sales of a period, out comes a `Forecast`: figures for every client over as many days as the period
has, after it; the lists of the page; the backtest; what a reader must know, as codes with a number.
docs/promising.md tells how.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from ibis import _

from helpers.analysis.promising.backtest import Backtest, backtest, best_first, where_best_came_from
from helpers.analysis.promising.earlier import sampled_days
from helpers.analysis.promising.lists import NeverBought, never_bought, rising, sleeping, sudden
from helpers.analysis.promising.method import Method, learn_method, with_levels
from helpers.analysis.promising.season import NOTED, YEAR, daily_sales, times_all_history, times_the_year
from helpers.analysis.promising.table import fetch, floats, two_tables
from helpers.period import Period
from helpers.sales import Sales, frame, kept

FEW_CLIENTS, FEW_REPEAT = 100, 30
MAX_SUBSCRIPTION_SPREAD = 0.05  # the amounts of one client's visits differ by 5 %: subscriptions
LONG_AGO = dt.timedelta(days=365)  # after as many days without any visit nothing is expected
SHOWN, SUDDEN_SHOWN = 200, 50
LISTS = ("best", "rising", "sleeping", "sudden")
PEOPLE = ("client_id", "client_name", "price_list")


class Caution(NamedTuple):
    """Something a reader must know of this company's figures: a code that the page puts into words, and the number
    in them.

    few_clients: so many clients, so no ranges. few_repeat: so many with two visits, so no ranges.
    short_history: so many days, so no backtest. nothing_learned: in so many days there are too few earlier
    evenings to learn from. subscription_like: one client's amounts differ by this part.
    season_unknown: so many days of history, too few to see a season. seasonal: a year ago the days ahead brought so
    many times the average of all the history, and the amounts do not follow it.
    """

    code: str
    number: float


@dataclass(frozen=True)
class Forecast:
    """All that the promising page says, for `days` days after `until`.

    `clients`: one row a client with a visit, most expected first: client_id, visits, first_on, last_on,
    total, largest, net (of the period; DECIMAL, NULL: nothing), p_alive, p_buy, expected_visits,
    expected_spend, corrected_spend (money, float; the order is by the latter, see `Method`). `best`,
    `rising` and `sleeping` are rows of it; the first two have low and high where the company has ranges.
    `sudden`: see `lists.sudden`. `backtest` and `origins` are None where
    the history is too short. `net`: what all clients brought in the period (DECIMAL, returns counted).
    `season`: a year ago the days ahead brought so many times that year's average (None: unknown); `method` says
    whether the amounts follow it. `people`: client_id, client_name, price_list of the clients in the lists.
    """

    first: dt.date
    until: dt.date
    days: int
    method: Method
    clients: pd.DataFrame
    best: pd.DataFrame
    rising: pd.DataFrame
    sleeping: pd.DataFrame
    sudden: pd.DataFrame
    never_bought: NeverBought | None
    backtest: Backtest | None
    origins: pd.DataFrame | None
    cautions: tuple[Caution, ...]
    net: Decimal
    season: float | None = None
    people: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(PEOPLE)))

    def head(self, count: int) -> "Forecast":
        """The same with lists of at most `count` rows."""
        return replace(self, **{name: getattr(self, name).head(count) for name in LISTS})


def _lazy(table: ir.Table) -> ir.Table:
    return table


@kept
def forecast(sales: Sales, shown: int = SHOWN) -> Forecast | None:
    """What may be expected of every client after the sales' period; None where no client has a visit yet."""
    history = sales.every_day.select("day", amount="net")
    computed = forecast_clients(
        history, sales.client_days, sales.period, sales.today, _registered(sales), shown, sales.source.keep
    )
    return computed and replace(computed, people=_people(sales, computed))


def _registered(sales: Sales) -> ir.Table | None:
    """The master's clients who could buy under their own id: client_id and, where the source has it, created_on; None
    of some branches alone, since nobody knows to which a client belongs."""
    client, alias = (sales.source.tables.get(name) for name in ("client", "client_alias"))
    if client is None or sales.company.group_level == "group" or sales.only_branches:
        return None
    if "is_anonymous" in client.columns:
        client = client.filter(~client.is_anonymous.fill_null(False))
    dates = [name for name in ("created_on",) if name in client.columns]
    rows = client.select(*dates, client_id=client.client_id.cast("string"))
    if sales.only_clients is not None:
        rows = rows.filter(rows.client_id.isin(sales.only_clients.client_id))
    return (
        rows if alias is None else rows.anti_join(alias.select(client_id=alias.client_id.cast("string")), "client_id")
    )


def _people(sales: Sales, computed: Forecast) -> pd.DataFrame:
    """The names and price lists of the clients in the lists."""
    ids = sorted(set().union(*(getattr(computed, name)["client_id"] for name in LISTS)))
    return frame(sales.clients.filter(sales.clients.client_id.isin(ids)).select(*PEOPLE))


def forecast_clients(
    history: ir.Table,
    client_days: ir.Table,
    period: Period,
    today: dt.date,
    master: ir.Table | None = None,
    shown: int = SHOWN,
    keep: Callable[[ir.Table], ir.Table] = _lazy,
) -> Forecast | None:
    """Everything but the names; None where no client has a visit yet.

    `history` has the counted lines (amount, day), or sums of them, up to the period's end or later, `client_days`
    those of clients by client and day (see `by_client.client_days`), `master` the registered clients. `keep` makes an
    engine compute the clients' rows once.
    """
    first, until, days = period.first, min(period.last, today), period.days
    history = history.filter(history.day <= ibis.date(until))
    client_days = client_days.filter(client_days.day <= ibis.date(until))
    known = keep(two_tables(client_days, first, until))
    table = fetch(known, [_.visits == 0, "client_id"])
    now = table.head(int(np.sum(floats(table["visits"]) > 0)))  # a view: a copy of a million rows takes half a second
    if now.empty or until - now["last_on"].max().date() > LONG_AGO:
        return None
    past, daily = sampled_days(client_days, known, table), daily_sales(history, until)
    method = learn_method(now, past, until, days)
    cautions = _cautions(now, first, until, method)
    caution_codes = {caution.code for caution in cautions}
    is_short, has_ranges = "short_history" in caution_codes, not caution_codes & {"few_clients", "few_repeat"}
    tried = None if is_short else backtest(table, past, daily, first, until, has_ranges)
    if tried and tried.method.daily is not None:
        method = replace(method, daily=daily)
    method = with_levels(method) if has_ranges else method
    clients = _scored(method, now)
    lists = [best_first(clients, "corrected_spend", shown), rising(clients, shown)]
    if has_ranges:
        together = pd.concat(lists)
        together = together[~together.index.duplicated()]
        limits = method.ranges(together, together)
        lists = [rows.join(limits) for rows in lists]
    return Forecast(
        first=first,
        until=until,
        days=days,
        method=method,
        clients=clients,
        best=lists[0],
        rising=lists[1],
        sleeping=sleeping(clients, first, shown),
        sudden=fetch(sudden(client_days, known, method.model, first, until).limit(SUDDEN_SHOWN), order=()),
        never_bought=None if master is None else never_bought(master, known, first, is_short),
        backtest=tried,
        origins=None if is_short else where_best_came_from(table, first, until),
        cautions=cautions + _seasonal(method, daily),
        net=pc.sum(pa.array(table["net"])).as_py() or Decimal(0),
        season=times_the_year(daily, until, days),
    )


def _scored(method: Method, now: pd.DataFrame) -> pd.DataFrame:
    scores = method.scores(now).drop(columns="client_id")
    kept = ["client_id", "visits", "first_on", "last_on", "total", "largest", "net"]
    return best_first(now[kept].join(scores), "corrected_spend", len(now)).reset_index(drop=True)


def _cautions(now: pd.DataFrame, first: dt.date, until: dt.date, method: Method) -> tuple[Caution, ...]:
    """What keeps parts of the page away, or must be said beside them."""
    repeat = int((floats(now["visits"]) > 1).sum())
    began = now["first_on"].min().date()
    past, days, spread = (until - began).days + 1, (until - first).days + 1, _spread_within(now)
    possible = [
        ("few_clients", len(now), len(now) < FEW_CLIENTS),
        ("few_repeat", repeat, repeat < FEW_REPEAT),
        ("short_history", past, past < 2 * days),
        ("nothing_learned", past, method.correction is None),
        ("subscription_like", spread, repeat and spread < MAX_SUBSCRIPTION_SPREAD),
        ("season_unknown", past, began > until - YEAR),
    ]
    return tuple(Caution(code, number) for code, number, holds in possible if holds)


def _seasonal(method: Method, daily: pd.Series) -> tuple[Caution, ...]:
    """That the days ahead are unlike what the model's level rests on, where the amounts do not follow the season."""
    times = times_all_history(daily, method.until, method.days) if method.daily is None else None
    return () if times is None or 1 / NOTED <= times <= NOTED else (Caution("seasonal", times),)


def _spread_within(now: pd.DataFrame) -> float:
    """The standard deviation of the log of one client's amounts, pooled over clients: 0.05 is 5 %."""
    visits, logs, squares = (floats(now[name]) for name in ("visits", "sum_log", "sum_log2"))
    degrees = np.sum(visits - 1)
    variance = max(0.0, np.sum(squares - logs**2 / visits)) / max(degrees, 1)
    return round(float(np.sqrt(variance)), 4)
