"""What a season does to the total: the same days a year ago against that year's average.

In comes what the company sold each day, out comes a factor. It is used only where the backtest says that it helps.
"""

import datetime as dt

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

YEAR = dt.timedelta(days=365)
NOTED = 1.25  # the days ahead brought this many times an average a year ago, or one over it


def daily_sales(history: ir.Table, until: dt.date) -> pd.Series:
    """What each day up to the end of `until` brought (money, float), days without a line left out, in order."""
    days = history.filter(history.day <= ibis.date(until)).group_by("day").agg(net=history.amount.sum())
    rows = days.to_pyarrow().sort_by("day")
    return pd.Series(rows["net"].cast("float64").to_numpy(), index=rows["day"].to_numpy().astype("datetime64[D]"))


def times_the_year(daily: pd.Series, until: dt.date, days: int) -> float | None:
    """What the `days` after `until` brought a year before ÷ what as many days brought on average in the year up to
    `until`; None where that is not known."""
    return _times(daily, until, days, until - YEAR)


def times_all_history(daily: pd.Series, until: dt.date, days: int) -> float | None:
    """The same against the average of all the history, on which the model's level rests."""
    return _times(daily, until, days, _began(daily, until) - dt.timedelta(days=1))


def _times(daily: pd.Series, until: dt.date, days: int, since: dt.date) -> float | None:
    """Against the average of the days after `since`."""
    if days > YEAR.days or _began(daily, until) > until - YEAR:
        return None
    ahead = _between(daily, until - YEAR, until - YEAR + dt.timedelta(days=days))
    average = _between(daily, since, until) / (until - since).days * days
    return ahead / average if ahead > 0 and average > 0 else None


def _began(daily: pd.Series, until: dt.date) -> dt.date:
    return pd.Timestamp(daily.index[0]).date() if len(daily) else until


def _between(daily: pd.Series, after: dt.date, until: dt.date) -> float:
    """The sum of the days after one day, to another and with it."""
    first, last = np.searchsorted(daily.index.to_numpy(), np.array([after, until], "datetime64[D]"), side="right")
    return float(daily.to_numpy()[first:last].sum())
