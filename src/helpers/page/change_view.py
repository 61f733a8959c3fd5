"""Why the revenue changed, as a page shows it: the bridge from one period to the other, branches, parts and names.

In comes a Change, out comes a Drawing; every row's figure can be read without its bar, and the rows add up.
"""

from decimal import Decimal
from itertools import accumulate

from helpers.analysis.change import Change, Uncovered
from helpers.page.bars import bars, per_cent
from helpers.page.drawing import Drawing, draw, fill
from helpers.page.tables import Column, Table, notice, table_drawing
from helpers.page.words import Words, capital, clean_name

ZERO = Decimal(0)
LONGEST, EXPLAINS = 40, Decimal("0.25")


@draw.register
def uncovered(found: Uncovered, w: Words) -> Drawing:
    """Why there is no change to be shown."""
    if found.reader.before is None:
        return Drawing(w.gettext("There is no comparison period"))
    if found.sales_begin is None:
        return notice(w.gettext("There are no sales to compare."), w)
    day, before = w.day(found.sales_begin), w.period(found.reader.before)
    said = w.gettext("The sales begin on {day}, so {before} cannot be compared.", day=day, before=before)
    return notice(said, w)


@draw.register
def change(found: Change, w: Words) -> Drawing:
    """The bridge, the branches beside it, then what kind of change it was, and who made most of it."""
    parts = [[_bridge(found, w)], [_branches(found, w)], [_clients(found, w)], _kinds(found, w)]
    html = fill("pair.html.j2", w, parts=["".join(drawing.html for drawing in part) for part in parts])
    return Drawing("\n\n".join(drawing.text for part in parts for drawing in part), html)


def finding(found: Change, w: Words) -> str:
    """By how much the revenue changed, as a sentence."""
    before = w.comparison(found.reader.before)
    if not found.difference:
        return w.gettext("Revenue is the same as in {period}", period=before)
    share = abs(found.difference / found.total_before) if found.total_before > 0 else None
    amount = w.facts(w.money(abs(found.difference)), w.percent(float(share)) if share is not None else "")
    if found.difference < 0:
        return w.gettext("Revenue fell on {period}: {amount}", period=before, amount=amount)
    return w.gettext("Revenue rose on {period}: {amount}", period=before, amount=amount)


def _most(found: Change, w: Words) -> str:
    """Who alone made a quarter of it or more."""
    if found.clients.empty or not found.difference:
        return ""
    first = found.clients.iloc[0]
    share = first.change / found.difference
    if share < EXPLAINS:
        return ""
    name = clean_name(first.client_name or first.client_id, LONGEST)
    return w.gettext("{name} alone: {amount}.", name=name, amount=w.signed(first.change))


def _bridge(found: Change, w: Words) -> Drawing:
    """From the one total to the other, a step a group."""
    words, shown = _groups(found, w), list(found.by_movement.shown)
    levels = list(accumulate(shown, initial=found.total_before))
    top = max(Decimal(1), found.total, *levels)
    before, now = w.comparison(found.reader.before), w.period(found.reader.period)
    ends = ((before, found.total_before), (now, found.total))
    first, last = (
        dict(label=capital(label), bar=per_cent(total / top), cells=["", w.amount(total)]) for label, total in ends
    )
    steps = [
        dict(label=words[row.group], way=_way(step), start=per_cent(min(level, level + step) / top),
             bar=per_cent(abs(step) / top), cells=[w.count(row.clients) if row.clients else "", w.signed_amount(step)])
        for row, level, step in zip(found.by_movement.itertuples(), levels, shown, strict=False)
    ]  # fmt: skip
    columns = [Column(w.gettext("What they did"), is_number=False), Column(capital(w.client(5))),
               Column(w.gettext("Amount, {currency}", currency=w.symbol))]  # fmt: skip
    return bars(finding(found, w), _most(found, w), columns, [first, *steps, last], "", w)


def _way(step: Decimal) -> str:
    return "up" if step > 0 else "down" if step < 0 else ""


def _groups(found: Change, w: Words) -> dict[str, str]:
    before = w.comparison(found.reader.before)
    return {
        "no_client": w.gettext("(no {client})", client=w.client()),
        "fell": w.gettext("bought less"),
        "rose": w.gettext("bought more"),
        "same": w.gettext("bought as much"),
        "absent": w.gettext("nothing in {period}", period=w.period(found.reader.period)),
        "returns_only": w.gettext("returns only"),
        "new": w.gettext("first purchase"),
        "since": w.gettext("first purchase since {period}", period=before),
        "back": w.gettext("back, nothing in {period}", period=before),
    }


def _branches(found: Change, w: Words) -> Drawing:
    """A bar a branch, to the left for a loss, to the right for a gain."""
    rows = found.by_branch
    widest = max([abs(step) for step in rows.shown], default=ZERO) or Decimal(1)
    marks = {"closed": w.gettext("closed"), "opened": w.gettext("opened")}
    drawn = []
    for row in rows.itertuples():
        width = abs(row.shown) / widest / 2
        start = Decimal("0.5") - width if row.shown < 0 else Decimal("0.5")
        label = clean_name(row.branch, LONGEST) if row.branch else w.gettext("(no {branch})", branch=w.branch())
        cells = [w.amount(row.net_before), w.amount(row.net), w.signed_amount(row.shown)]
        drawn.append(dict(label=w.facts(label, marks.get(row.group, "")), way=_way(row.shown), start=per_cent(start),
                          bar=per_cent(width), tick="50.0", cells=cells))  # fmt: skip
    before, now = (capital(text) for text in (w.comparison(found.reader.before), w.period(found.reader.period)))
    columns = [Column(capital(w.branch()), is_number=False), Column(before), Column(now),
               Column(w.gettext("Change, {currency}", currency=w.symbol))]  # fmt: skip
    return bars(w.gettext("Where it changed"), "", columns, drawn, "", w)


def _kinds(found: Change, w: Words) -> list[Drawing]:
    """The number and the size of sales; price, quantity and mix where items are known."""
    words = {
        "number": w.gettext("more or fewer sales"),
        "size": w.gettext("larger or smaller sales"),
        "one_period": w.gettext("sales in one of the two periods only"),
        "no_client": w.gettext("(no {client})", client=w.client()),
        "price": w.gettext("prices"),
        "quantity": w.gettext("quantities"),
        "mix": w.gettext("which items were bought"),
        "other_items": w.gettext("items of one of the two periods only"),
        "no_item": w.gettext("lines without an item or a quantity"),
    }
    splits = [(w.gettext("By sales"), found.by_volume), (w.gettext("By items"), found.by_price)]
    drawings = []
    for label, split in splits:
        if split is not None:
            rows = [[words[row.part], w.signed_amount(row.shown)] for row in split.itertuples()]
            columns = [Column(label, is_number=False), Column(w.gettext("Change, {currency}", currency=w.symbol))]
            foot = [w.gettext("Total"), w.signed_amount(found.difference)]
            drawings.append(table_drawing(Table(label, columns, rows, foot), w))
    return drawings


def _clients(found: Change, w: Words) -> Drawing:
    """Those whose amount changed most."""
    words = _groups(found, w)
    rows = [
        [clean_name(row.client_name or row.client_id, LONGEST), words[row.group], w.amount(row.net_before),
         w.amount(row.net), w.signed_amount(row.change)]
        for row in found.clients.itertuples()
    ]  # fmt: skip
    before, now = (capital(text) for text in (w.comparison(found.reader.before), w.period(found.reader.period)))
    columns = [Column(capital(w.client()), is_number=False, is_name=True),
               Column(w.gettext("What they did"), is_number=False, is_minor=True), Column(before), Column(now),
               Column(w.gettext("Change, {currency}", currency=w.symbol))]  # fmt: skip
    return table_drawing(Table(w.gettext("Who made the difference"), columns, rows), w)
