"""What a page asks of the forecast, one answer a question.

In come the sales of a period, out comes one part of the same `Forecast`, which is computed once.
"""

import datetime as dt
from dataclasses import dataclass
from typing import TypeVar

import ibis.expr.types as ir
import pandas as pd

from helpers.analysis.promising.forecast import Forecast, forecast
from helpers.sales import Result, Sales, kept


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class NobodyBought(Result):
    """No client has a visit yet, or none for more than a year (`since`: the last sale's day), so nothing can be
    expected; false where a truth is asked."""

    since: dt.date | None = None

    @property
    def frame(self) -> pd.DataFrame:
        """Nothing."""
        return pd.DataFrame()

    def __bool__(self) -> bool:
        return False


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class _OfForecast(Result):
    forecast: Forecast


class Outlook(_OfForecast):
    """What all clients may bring."""

    @property
    def frame(self) -> pd.DataFrame:
        """One row a client with a visit, most expected first; see `Forecast.clients`."""
        return self.forecast.clients

    @property
    def tables(self) -> dict[str, ir.Table | pd.DataFrame]:
        """Every client's figures."""
        return {"promising": self.forecast.clients}


class Promising(_OfForecast):
    """Of whom most is expected."""

    @property
    def frame(self) -> pd.DataFrame:
        """The clients shown, most expected first."""
        return self.forecast.best


class ExpectedAgainstPast(_OfForecast):
    """What is expected beside what was spent in the period."""

    @property
    def frame(self) -> pd.DataFrame:
        """The clients of whom most is expected, the rising ones among them."""
        return pd.concat([self.forecast.best, self.forecast.rising]).drop_duplicates("client_id")


class RisingClients(_OfForecast):
    """Who is not among the best of the period, and may be."""

    @property
    def frame(self) -> pd.DataFrame:
        """The clients shown, most expected first."""
        return self.forecast.rising


class SleepingClients(_OfForecast):
    """Who will hardly come, but would bring much."""

    @property
    def frame(self) -> pd.DataFrame:
        """The clients shown, with amount_if_buys."""
        return self.forecast.sleeping


class SuddenPurchases(_OfForecast):
    """Purchases far above what a client usually spends."""

    @property
    def frame(self) -> pd.DataFrame:
        """The days shown, largest excess first."""
        return self.forecast.sudden


class NeverBoughtYet(_OfForecast):
    """Who is registered and has never bought."""

    @property
    def frame(self) -> pd.DataFrame:
        """One row: how many, of how many watched how many came."""
        never_bought = self.forecast.never_bought
        return pd.DataFrame([] if never_bought is None else [vars(never_bought)])


class LastList(_OfForecast):
    """How good such a list would have been one period ago."""

    @property
    def frame(self) -> pd.DataFrame:
        """Expected and actual amounts by tenths."""
        tried = self.forecast.backtest
        return pd.DataFrame() if tried is None else tried.calibration


class Origins(_OfForecast):
    """Where the best of the period came from."""

    @property
    def frame(self) -> pd.DataFrame:
        """One row a group of one period before."""
        return pd.DataFrame() if self.forecast.origins is None else self.forecast.origins


@kept
def outlook(sales: Sales) -> Outlook | NobodyBought:
    """What may be expected of all, over as many days as the period has, after it.

    Example: `outlook(sales).frame`."""
    return _answer(sales, Outlook)


@kept
def promising(sales: Sales, rows: int = 10) -> Promising | NobodyBought:
    """Of whom most may be expected, how much, how sure.

    Example: `promising(sales, rows=5).frame`."""
    return _answer(sales, Promising, rows)


@kept
def expected_against_past(sales: Sales) -> ExpectedAgainstPast | NobodyBought:
    """Expected spend against past spend."""
    return _answer(sales, ExpectedAgainstPast)


@kept
def rising_clients(sales: Sales, rows: int = 10) -> RisingClients | NobodyBought:
    """Who is not among the best, and may be.

    Example: `rising_clients(sales, rows=5)`."""
    return _answer(sales, RisingClients, rows)


@kept
def sleeping_clients(sales: Sales, rows: int = 10) -> SleepingClients | NobodyBought:
    """Who will hardly come, but would bring much.

    Example: `sleeping_clients(sales, rows=5).frame`."""
    return _answer(sales, SleepingClients, rows)


@kept
def sudden_purchases(sales: Sales, rows: int = 10) -> SuddenPurchases | NobodyBought:
    """Purchases far above what a client usually spends.

    Example: `sudden_purchases(sales, rows=5).frame`."""
    return _answer(sales, SuddenPurchases, rows)


@kept
def never_bought_yet(sales: Sales) -> NeverBoughtYet | NobodyBought:
    """Who is registered and has never bought."""
    return _answer(sales, NeverBoughtYet)


@kept
def last_list(sales: Sales) -> LastList | NobodyBought:
    """How good such a list would have been one period ago."""
    return _answer(sales, LastList)


@kept
def origins(sales: Sales) -> Origins | NobodyBought:
    """Where the best of the period came from."""
    return _answer(sales, Origins)


R = TypeVar("R", bound=_OfForecast)


def _answer(sales: Sales, kind: type[R], rows: int | None = None) -> R | NobodyBought:
    whole = forecast(sales)
    if whole is None:
        return NobodyBought(reader=sales.reader, since=_last_sale(sales))
    return kind(reader=sales.reader, forecast=whole if rows is None else whole.head(rows))


def _last_sale(sales: Sales) -> dt.date | None:
    lines = sales.until_end
    sold = lines.filter(lines.client_id.notnull(), lines.amount > 0)
    days: list[dt.date | None] = sold.agg(last=sales.clock.day(sold.sold_at).max()).to_pyarrow()["last"].to_pylist()
    return days[0]
