"""Who moved: the best of both periods side by side, and who is lost, fell, rose, came back, is new.

In comes a Movement, out comes a Drawing; each client stands with its name and money, each figure can be read without
its bar.
"""

import datetime as dt

import pandas as pd

from helpers.analysis.movement import Movement
from helpers.page.bars import bars, per_cent
from helpers.page.data_notes import finding_sentence
from helpers.page.drawing import Drawing, draw, fill
from helpers.page.tables import Column, Table, table_drawing
from helpers.page.words import Words, capital, clean_name
from helpers.period import Period
from helpers.sales import Reader
from helpers.sales.quality import history

LONGEST = 40


@draw.register
def movement(moved: Movement, w: Words) -> Drawing:
    """The best before, and the clients of each group."""
    if moved.groups.empty:
        return _nothing(moved, w)
    both = [_bars(moved.best_then, finding(moved, w), moved, w)]
    is_other = moved.newly_best or len(moved.best) != len(moved.best_then)  # the same ones twice say nothing more
    if is_other and len(moved.best):
        both.append(_bars(moved.best, _newly(moved, w), moved, w))
    groups = _groups(moved, w)
    html = fill("pair.html.j2", w, parts=[part.html for part in both]) + groups.html
    return Drawing("\n\n".join(part.text for part in [*both, groups]), html)


def _nothing(moved: Movement, w: Words) -> Drawing:
    """Why nobody can be said to have moved."""
    before = moved.reader.before
    if before is None:
        return Drawing(w.gettext("There is no comparison period"))
    if moved.sales_begin is not None:
        return Drawing(uncovered(moved.sales_begin, w, before))
    return Drawing(w.gettext("There are no sales to compare."))


def uncovered(begin: dt.date, w: Words, before: Period) -> str:
    """From when the sales go, so why a comparison is not shown."""
    return w.gettext("The sales begin on {day}, so {before} cannot be compared.", day=w.day(begin),
                     before=w.period(before))  # fmt: skip


def finding(moved: Movement, w: Words) -> str:
    """What became of the best of the period before, as a sentence."""
    best, before = moved.best_before, moved.reader.before
    if best is None or not best.clients or before is None:
        return w.gettext("The best before")
    values = dict(when=w.during(before, True), clients=w.clients(best.clients),
                  before=w.money(best.net_before), now=w.money(best.net))  # fmt: skip
    if not best.absent or best.clients == 1:
        return w.gettext("The best {when}: from {before} to {now}", **values)
    return w.ngettext(
        "Best {when}, {clients}: from {before} to {now}; {n} of them bought nothing",
        "Best {when}, {clients}: from {before} to {now}; {n} of them bought nothing",
        best.absent, **values,
    )  # fmt: skip


def _newly(moved: Movement, w: Words) -> str:
    """How many of the period's best were not among them before."""
    when = w.during(moved.reader.period)
    if not moved.newly_best or len(moved.best) == 1:
        return w.gettext("The best {when}", when=when)
    return w.ngettext(
        "{n} of the {clients} best {when} is newly there", "{n} of the {clients} best {when} are newly there",
        moved.newly_best, clients=w.clients(len(moved.best)), when=when,
    )  # fmt: skip


def _bars(best: pd.DataFrame, sentence: str, moved: Movement, w: Words) -> Drawing:
    """A bar a client, what it spent, a tick where it stood before."""
    widest = max([*moved.best.net, *moved.best.net_before, *moved.best_then.net_before, *moved.best_then.net, 1])
    rows = [
        dict(label=clean_name(r.client_name or r.client_id, LONGEST), bar=per_cent(r.net / widest),
             tick=per_cent(r.net_before / widest), way="up" if r.change > 0 else "down" if r.change < 0 else "",
             cells=[w.amount(r.net_before), w.amount(r.net), w.signed_amount(r.change)])
        for r in best.itertuples()
    ]  # fmt: skip
    before, now = capital(w.comparison(moved.reader.before)), capital(w.period(moved.reader.period))
    columns = [Column(capital(w.client()), is_number=False, is_name=True), Column(before, is_minor=True), Column(now),
               Column(w.gettext("Change, {currency}", currency=w.symbol))]  # fmt: skip
    legend = w.gettext("The bar is {period}, the line {before}.", period=w.period(moved.reader.period),
                       before=w.comparison(moved.reader.before))  # fmt: skip
    return bars(sentence, "", columns, rows, legend, w)


def _groups(moved: Movement, w: Words) -> Drawing:
    """A row a group: how many, and the three whose amount changed most."""
    words = group_words(moved.reader, w)
    rows = [[words[r.group], w.count(r.clients), w.signed_amount(r.net - r.net_before), _names(moved, r.group, w)]
            for r in moved.groups.itertuples()]  # fmt: skip
    columns = [Column(w.gettext("What they did"), is_number=False), Column(capital(w.client(5))),
               Column(w.gettext("Change, {currency}", currency=w.symbol)),
               Column(w.gettext("The largest changes"), is_number=False)]  # fmt: skip
    notes = [finding_sentence(each, w) for each in history(moved.history_months)]
    title = w.gettext("Lost, fell, rose, came back, new")
    if (before := moved.reader.before) is not None and "lost" in set(moved.groups.group):
        notes.append(w.gettext(
            "Lost: bought {before}, not {now}, and the last purchase is over twice the usual interval ago.",
            before=w.during(before, True), now=w.during(moved.reader.period),
        ))  # fmt: skip
    return table_drawing(Table(title, columns, rows, title=title), w, notes)


def _names(moved: Movement, group: str, w: Words) -> str:
    named = moved.named[moved.named.group == group]
    names = [clean_name(r.client_name or r.client_id, LONGEST) for r in named.itertuples()]
    changes = map(w.signed_amount, named.change)
    return w.facts(*(w.isolated(f"\u2068{name}\u2069 {change}") for name, change in zip(names, changes, strict=True)))


def group_words(reader: Reader, w: Words) -> dict[str, str]:
    """What each group of clients did, in words."""
    before, now = w.comparison(reader.before), w.during(reader.period)
    then = w.during(reader.before, True) if reader.before else ""
    return {
        "no_client": w.gettext("(no {client})", client=w.client()),
        "fell": w.gettext("bought less"),
        "rose": w.gettext("bought more"),
        "same": w.gettext("bought as much"),
        "absent": w.gettext("nothing {when}", when=now),
        "lost": w.gettext("lost"),
        "returns_only": w.gettext("returns only"),
        "new": w.gettext("first purchase"),
        "since": w.gettext("first purchase since {period}", period=before),
        "back": w.gettext("back, nothing {when}", when=then),
    }


def status(code: str | None, w: Words) -> str:
    """A client's status in a word or two that fit any label."""
    return {
        "new": w.gettext("first purchase"),
        "returning": w.gettext("bought before"),
        "recovered": w.gettext("back after a long time"),
    }.get(code or "", "")


def says(rank: int, before: int | None, code: str | None, w: Words) -> str:
    """A rank's movement in words, for who does not see the arrow."""
    if before is None:
        return status(code, w) or w.gettext("not ranked before")
    places = abs(before - rank)
    if not places:
        return w.gettext("same place as before")
    if before > rank:
        return w.ngettext("{n} place up", "{n} places up", places)
    return w.ngettext("{n} place down", "{n} places down", places)
