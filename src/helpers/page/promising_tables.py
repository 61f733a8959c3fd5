"""The lists of the promising page: who may be next, rising, sleeping, sudden purchases, registered and never bought.

In comes a `Promising`, or None where nobody has bought yet; out come Pieces. What clients did spend is exact, what is
expected of them is rounded, and neither has decimals here.
"""

from dataclasses import replace
from decimal import Decimal

import pandas as pd

from helpers.page.drawing import Piece, draw
from helpers.page.figures import Figure
from helpers.page.promising_words import ahead, assumptions, cautions, chance, estimate, figure, one_in, people
from helpers.page.tables import Column, Table, notice, table_piece
from helpers.page.words import Words, capital, known


def outlook(told, w: Words, now: str) -> Piece:
    """At a glance: what all are expected to bring, how many will come, how good the last list was."""
    if told is None:
        return nobody(w)
    total, come = told.clients["expected_spend"].sum(), round(told.clients["p_buy"].sum())
    past = w.gettext("{period}: {value}", period=capital(now), value=w.whole(told.net))
    of_all = w.gettext("of {clients}", clients=w.clients(len(told.clients)))
    figures = [
        Figure(w.gettext("Expected"), w.whole(estimate(total)), [("", ahead(told, w)), ("", past)]),
        Figure(w.gettext("Expected to come"), w.count(come), [("", of_all)]),
        *_found(told.backtest, w),
    ]
    said = "\n".join(w.facts(f"{f.label}: {f.value}", *(text for _, text in f.changes)) for f in figures)
    return Piece(draw("figures.html.j2", w, figures=figures, notice=""), said)


def _found(tried, w: Words) -> list[Figure]:
    if tried is None or not tried.best:
        return []
    hits = w.gettext("{n} of {all}", n=w.count(tried.found), all=w.count(tried.best))
    lot = w.gettext("drawn by lot: {n}", n=w.count(round(tried.by_chance)))
    return [Figure(w.gettext("Best ones the last list found"), hits, [("", lot)])]


def promising(told, w: Words, now: str) -> Piece:
    """Of whom most is expected, with what must be known of it."""
    if told is None:
        return nobody(w)
    notes = [assumptions(told, w)]
    if "low" in told.best:
        notes.append(w.gettext("In about 8 cases of 10 the amount lies in the range given."))
    table = _expected(told, told.best, w.gettext("Who may be next?"), w, now)
    return table_piece(table, w, notes, cautions(told, w))


def rising(told, w: Words, now: str) -> Piece:
    """The clients outside the period's best of whom most is expected."""
    if told is None:
        return nobody(w)
    return table_piece(_expected(told, told.rising, w.gettext("Rising"), w, now), w)


def sleeping(told, w: Words) -> Piece:
    """Silent clients who will hardly come, but would bring much if they did."""
    if told is None or told.sleeping.empty:
        return notice(w.gettext("Nobody who has been silent has such potential."), w)
    columns = [
        *_who(told, w), Column(w.gettext("Last visit"), is_number=False),
        _money(w.gettext("If they come, {currency}", currency=w.symbol), w),
        Column(w.gettext("Chance"), is_number=False),
    ]  # fmt: skip
    named = people(told)
    rows = [
        [*_person(named, row), _day(row.last_on, w), figure(row.amount_if_buys, w), chance(row.p_buy, w)]
        for row in told.sleeping.itertuples()
    ]
    return table_piece(Table(w.gettext("Sleeping with potential"), columns, rows), w)


def sudden(told, w: Words) -> Piece:
    """Purchases far above what the client's earlier ones led to expect."""
    if told is None or told.sudden.empty:
        return notice(w.gettext("No purchase stands out from what its client usually spends."), w)
    columns = [
        *_who(told, w), Column(w.gettext("Day"), is_number=False),
        _money(w.gettext("Spent, {currency}", currency=w.symbol), w),
        replace(_money(w.gettext("Usual, {currency}", currency=w.symbol), w), is_minor=True),
        Column(w.gettext("Times the usual")),
    ]  # fmt: skip
    named = people(told)
    rows = [[*_person(named, row), _day(row.day, w), *_against_usual(row, w)] for row in told.sudden.itertuples()]
    flagged = int(told.sudden["flagged"].iloc[0])
    more = w.gettext("The largest of {n}.", n=w.count(flagged)) if flagged > len(rows) else ""
    return table_piece(Table(w.gettext("Sudden large purchases"), columns, rows), w, [more])


def _against_usual(row, w: Words) -> list[str]:
    return [w.amount(row.net, 0), figure(row.usual, w), w.count(round(row.times))]


def never_bought(told, w: Words, now: str) -> Piece:
    """One line for all who are registered and have never bought: nothing known tells them apart."""
    found = None if told is None else told.never_bought
    if found is None:
        return notice(w.gettext("The source does not say who is registered."), w)
    said = w.gettext("Registered, without a purchase so far: {clients}.", clients=w.clients(found.clients))
    return notice(f"{said} {_came(found, w, now)}", w)


def _came(found, w: Words, now: str) -> str:
    if found.reason == "no_registration_date":
        return w.gettext("Their days of registration are not known, and so neither is how many may come.")
    if found.chance is None:
        return w.gettext("It is too early to say how many of them may come.")
    watched, amount = w.count(found.watched), w.whole(Decimal(found.amount or 0))
    if not found.came:
        return w.gettext("Of {watched} in the same place before, nobody came in {period}.", watched=watched, period=now)
    return w.gettext(
        "Of {watched} in the same place before, {came} came in {period} and brought {amount} each on average. "
        "So each of them comes with a chance between {low} and {high}.",
        watched=watched, came=w.count(found.came), period=now, amount=amount,
        low=one_in(found.low, w, 0.5), high=one_in(found.high, w, 0.5),
    )  # fmt: skip


def nobody(w: Words) -> Piece:
    """The sentence for a company without a visit."""
    return notice(w.gettext("Nobody has bought yet, so nothing can be expected."), w)


def _expected(told, rows: pd.DataFrame, caption: str, w: Words, now: str) -> Table:
    past = w.gettext("{period}, {currency}", period=capital(now), currency=w.symbol)
    numbers = [
        w.gettext("Expected, {currency}", currency=w.symbol),
        *([w.gettext("Usually between, {currency}", currency=w.symbol)] if "low" in rows else []),
    ]
    named = people(told)
    columns = [
        *_who(told, w),
        replace(_money(past, w), is_minor=True),
        *(_money(label, w) for label in numbers),
        Column(w.gettext("Chance of buying"), is_number=False),
    ]
    return Table(caption, columns, [_expected_row(named, row, w) for row in rows.itertuples()])


def _expected_row(named: dict, row, w: Words) -> list[str]:
    spent = w.amount(known(row.net) or Decimal(0), 0)
    between = []
    if hasattr(row, "low"):
        between = [w.gettext("{low} and {high}", low=figure(row.low, w), high=figure(row.high, w))]
    return [*_person(named, row), spent, figure(row.expected_spend, w), *between, _unbroken(chance(row.p_buy, w))]


def _who(told, w: Words) -> list[Column]:
    """The client, and beside it the price list where anybody has one; a phone has no room for it."""
    price_list = Column(w.gettext("Price list"), is_number=False, is_minor=True)
    client = Column(capital(w.client()), is_number=False, is_name=True)
    return [client, price_list] if _has_lists(people(told)) else [client]


def _person(named: dict, row) -> list[str]:
    name, price_list = named.get(row.client_id, (row.client_id, ""))
    return [name, price_list or "–"] if _has_lists(named) else [name]


def _has_lists(named: dict) -> bool:
    return any(price_list for _, price_list in named.values())


def _day(day, w: Words) -> str:
    return _unbroken(w.short_day(pd.Timestamp(day).date()))


def _money(heading: str, w: Words) -> Column:
    """A column of amounts, whose heading keeps the currency beside its last word."""
    return Column(heading.replace(f" {w.symbol}", f"\u00a0{w.symbol}"))


def _unbroken(text: str) -> str:
    """The text in one line, however narrow its column."""
    return text.replace(" ", "\u00a0")
