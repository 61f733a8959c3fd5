"""The lists of the promising page: who may be next, rising, sleeping, sudden purchases, registered and never bought.

In come answers of the forecast, out come Drawings. What clients did spend is exact, what is
expected of them is rounded, and neither has decimals here.
"""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pandas as pd

from helpers.analysis.promising import (
    Forecast,
    NeverBoughtYet,
    NobodyBought,
    Outlook,
    Promising,
    RisingClients,
    SleepingClients,
    SuddenPurchases,
)
from helpers.analysis.promising.backtest import Backtest
from helpers.analysis.promising.lists import NeverBought
from helpers.page.drawing import Drawing, draw
from helpers.page.figures import Figure, figures_drawing
from helpers.page.promising_words import (
    ahead,
    assumptions,
    cautions,
    chance,
    estimate,
    figure,
    how_sure,
    off,
    otherwise,
    people,
)  # fmt: skip
from helpers.page.tables import Column, Table, notice, table_drawing
from helpers.page.words import Words, capital, known


@draw.register
def outlook(result: Outlook, w: Words) -> Drawing:
    """At a glance: what all are expected to bring, how many will come, how good the last list was."""
    forecast, now = result.forecast, w.period(result.reader.period)
    total, come = forecast.clients["expected_spend"].sum(), round(forecast.clients["p_buy"].sum())
    past = w.gettext("{period}: {value}", period=capital(now), value=w.whole(forecast.net))
    of_all = w.gettext("of {clients}", clients=w.clients(len(forecast.clients)))
    in_season = []
    if forecast.backtest and forecast.backtest.method.daily is not None and forecast.season:
        plain = w.whole(estimate(total / forecast.season))
        in_season = [("", w.gettext("without the season: {value}", value=plain))]
    figures = [
        Figure(w.gettext("Expected"), w.whole(estimate(total)), [("", ahead(forecast, w)), *in_season, ("", past)]),
        *_error(forecast.backtest, w),
        Figure(w.gettext("Expected to come"), w.count(come), [("", of_all)]),
        *_hits(forecast.backtest, w),
    ]
    return figures_drawing(figures, w)


def _error(tried: Backtest | None, w: Words) -> list[Figure]:
    """How far the last total was off, beside the new one."""
    if tried is None or tried.off is None:
        return []
    expected, came = (w.whole(estimate(value)) for value in (tried.expected_total, tried.actual_total))
    lines = [("", w.gettext("{expected} expected, {came} came", expected=expected, came=came))]
    if tried.off_otherwise is not None:
        lines.append(("", otherwise(tried, w)))
    return [Figure(w.gettext("Error of the last total"), off(tried.off, w), lines)]


def _hits(tried: Backtest | None, w: Words) -> list[Figure]:
    if tried is None or not tried.best:
        return []
    hits = w.gettext("{n} of {all}", n=w.count(tried.hits), all=w.count(tried.best))
    lot = w.gettext("drawn by lot: {n}", n=w.count(round(tried.by_chance)))
    return [Figure(w.gettext("Best ones the last list found"), hits, [("", lot)])]


@draw.register
def promising(result: Promising, w: Words) -> Drawing:
    """Of whom most is expected, with what must be known of it."""
    forecast, now = result.forecast, w.period(result.reader.period)
    notes = [assumptions(forecast, w)]
    if "low" in forecast.best:
        notes.append(how_sure(forecast, w))
    table = _expected(forecast, forecast.best, w.gettext("Who may be next?"), w, now)
    return table_drawing(table, w, notes, cautions(forecast, w))


@draw.register
def rising(result: RisingClients, w: Words) -> Drawing:
    """The clients outside the period's best of whom most is expected."""
    forecast, now = result.forecast, w.period(result.reader.period)
    return table_drawing(_expected(forecast, forecast.rising, w.gettext("Rising"), w, now), w)


@draw.register
def sleeping(result: SleepingClients, w: Words) -> Drawing:
    """Silent clients who will hardly come, but would bring much if they did."""
    forecast = result.forecast
    if forecast.sleeping.empty:
        return notice(w.gettext("Nobody who has been silent has such potential."), w)
    columns = [
        *_who(forecast, w), Column(w.gettext("Last visit"), is_number=False),
        _money(w.gettext("If they come, {currency}", currency=w.symbol), w),
        Column(w.gettext("Chance")),
    ]  # fmt: skip
    named = people(forecast)
    rows = [
        [*_person(named, row), _day(row.last_on, w), figure(row.amount_if_buys, w), chance(row.p_buy, w)]
        for row in forecast.sleeping.itertuples()
    ]
    return table_drawing(Table(w.gettext("Sleeping with potential"), columns, rows), w)


@draw.register
def sudden(result: SuddenPurchases, w: Words) -> Drawing:
    """Purchases far above what the client's earlier ones led to expect."""
    forecast = result.forecast
    if forecast.sudden.empty:
        return notice(w.gettext("No purchase stands out from what its client usually spends."), w)
    columns = [
        *_who(forecast, w), Column(w.gettext("Day"), is_number=False),
        _money(w.gettext("Spent, {currency}", currency=w.symbol), w),
        replace(_money(w.gettext("Usual, {currency}", currency=w.symbol), w), is_minor=True),
        Column(w.gettext("Times the usual")),
    ]  # fmt: skip
    named = people(forecast)
    rows = [[*_person(named, row), _day(row.day, w), *_against_usual(row, w)] for row in forecast.sudden.itertuples()]
    flagged = int(forecast.sudden["flagged"].iloc[0])
    more = w.gettext("The largest of {n}.", n=w.count(flagged)) if flagged > len(rows) else ""
    return table_drawing(Table(w.gettext("Sudden large purchases"), columns, rows), w, [more])


def _against_usual(row: Any, w: Words) -> list[str]:
    return [w.amount(row.net, 0), figure(row.usual, w), f"× {w.count(round(row.times))}"]


@draw.register
def never_bought(result: NeverBoughtYet, w: Words) -> Drawing:
    """One line for all who are registered and have never bought: nothing known tells them apart."""
    registered, now = result.forecast.never_bought, w.period(result.reader.period)
    if registered is None:
        return notice(w.gettext("The source does not say who is registered."), w)
    sentence = w.gettext("Registered, without a purchase so far: {clients}.", clients=w.clients(registered.clients))
    return notice(f"{sentence} {_came(registered, w, now)}", w)


def _came(registered: NeverBought, w: Words, now: str) -> str:
    if registered.reason == "no_registration_date":
        return w.gettext("Their days of registration are not known, and so neither is how many may come.")
    if registered.chance is None:
        return w.gettext("It is too early to say how many of them may come.")
    watched, amount = w.count(registered.watched), w.whole(Decimal(registered.amount or 0))
    if not registered.came:
        return w.gettext("Of {watched} in the same place before, nobody came in {period}.", watched=watched, period=now)
    return w.gettext(
        "Of {watched} in the same place before, {came} came in {period} and brought {amount} each on average. "
        "So each of them comes with a chance between {low} and {high}.",
        watched=watched, came=w.count(registered.came), period=now, amount=amount,
        low=chance(registered.low or 0.0, w), high=chance(registered.high or 0.0, w),
    )  # fmt: skip


@draw.register
def nobody(result: NobodyBought, w: Words) -> Drawing:
    """The sentence for a company without a visit, or long after its last one."""
    if result.since:
        return notice(w.gettext("Nobody has bought since {day}: so long after it nothing is expected.",
                                day=w.day(result.since)), w)  # fmt: skip
    return notice(w.gettext("Nobody has bought yet, so nothing can be expected."), w)


def _expected(forecast: Forecast, rows: pd.DataFrame, caption: str, w: Words, now: str) -> Table:
    past = w.gettext("{period}, {currency}", period=capital(now), currency=w.symbol)
    numbers = [
        w.gettext("Expected, {currency}", currency=w.symbol),
        *([w.gettext("Usually between, {currency}", currency=w.symbol)] if "low" in rows else []),
    ]
    named = people(forecast)
    columns = [
        *_who(forecast, w),
        replace(_money(past, w), is_minor=True),
        *(_money(label, w) for label in numbers),
        Column(w.gettext("Chance of buying")),
    ]
    shown = [row for row in rows.itertuples() if estimate(row.expected_spend) or known(row.net)]
    return Table(caption, columns, [_expected_row(named, row, w) for row in shown])


def _expected_row(named: dict[str, tuple[str, str]], row: Any, w: Words) -> list[str]:
    spent = w.amount(known(row.net) or Decimal(0), 0)
    between = []
    if hasattr(row, "low"):
        between = [_between(row, w)]
    return [*_person(named, row), spent, figure(row.expected_spend, w), *between, _unbroken(chance(row.p_buy, w))]


def _between(row: Any, w: Words) -> str:
    """The range, or in words that most of such clients bring nothing, where the mean lies beyond it."""
    low, expected, high = (estimate(value) for value in (row.low, row.expected_spend, row.high))
    if not low <= expected <= high or not high:
        return w.gettext("mostly nothing, at times much")
    return w.gettext("{low} and {high}", low=figure(row.low, w), high=figure(row.high, w))


def _who(forecast: Forecast, w: Words) -> list[Column]:
    """The client, and beside it the price list where anybody has one; a phone has no room for it."""
    price_list = Column(w.gettext("Price list"), is_number=False, is_minor=True)
    client = Column(capital(w.client()), is_number=False, is_name=True)
    return [client, price_list] if _has_lists(people(forecast)) else [client]


def _person(named: dict[str, tuple[str, str]], row: Any) -> list[str]:
    name, price_list = named.get(row.client_id, (row.client_id, ""))
    return [name, price_list or "–"] if _has_lists(named) else [name]


def _has_lists(named: dict[str, tuple[str, str]]) -> bool:
    return any(price_list for _, price_list in named.values())


def _day(day: Any, w: Words) -> str:
    return _unbroken(w.short_day(pd.Timestamp(day).date()))


def _money(heading: str, w: Words) -> Column:
    """A column of amounts, whose heading keeps the currency beside its last word."""
    return Column(heading.replace(f" {w.symbol}", f"\u00a0{w.symbol}"))


def _unbroken(text: str) -> str:
    """The text in one line, however narrow its column."""
    return text.replace(" ", "\u00a0")
