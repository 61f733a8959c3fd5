"""Why the revenue changed, as a page shows it: the bridge from one period to the other, branches, parts and names.

In comes a Change, out comes a Drawing; every row's figure can be read without its bar, and the rows add up.
"""

from decimal import Decimal
from itertools import accumulate

import pandas as pd

from helpers.analysis.change import Change, Uncovered
from helpers.page.bars import bars, per_cent
from helpers.page.drawing import Drawing, draw, fill
from helpers.page.excel import Sheet
from helpers.page.highlights_view import client_at_a_start
from helpers.page.movement_view import group_words
from helpers.page.movement_view import uncovered as why_uncovered
from helpers.page.tables import Column, Table, table_drawing
from helpers.page.words import Words, capital, clean_name

ZERO = Decimal(0)
LONGEST = 40
SHOWN_BRANCHES, ENDS = 10, 2


@draw.register
def uncovered(result: Uncovered, w: Words) -> Drawing:
    """Why there is no change to be shown."""
    if result.reader.before is None:
        return Drawing(w.gettext("There is no comparison period"))
    if result.sales_begin is None:
        return Drawing(w.gettext("There are no sales to compare."))
    return Drawing(why_uncovered(result.sales_begin, w, result.reader.before))  # the head of the page says it


@draw.register
def change(result: Change, w: Words) -> Drawing:
    """The bridge, the branches beside it, then what kind of change it was, and who made most of it; in the page's
    units, so that every column adds up as it stands."""
    if not (result.total or result.total_before or len(result.clients)):
        return Drawing(w.gettext("There are no sales to compare."))
    result = result.shown_to(w.shown)
    kinds = _kinds(result, w)
    if result.by_branch.branch.notna().sum() > 1:
        columns = [[_bridge(result, w)], [_branches(result, w)]]
        if len(kinds) == 1:  # alone in a row it would leave a hole, and so under the longer of the two
            is_bridge_longer = len(result.by_movement) + ENDS > len(_largest(result.by_branch, w))
            columns[is_bridge_longer] += kinds
        parts = columns if len(kinds) == 1 else [*columns, *([kind] for kind in kinds)]
    else:
        parts = [[_bridge(result, w)], kinds]
    html = fill("pair.html.j2", w, parts=["".join(drawing.html for drawing in part) for part in parts])
    return Drawing("\n\n".join(drawing.text for part in parts for drawing in part), html)


def finding(result: Change, w: Words) -> str:
    """By how much the revenue changed, as a sentence."""
    before = w.comparison(result.reader.before)
    if not result.difference:
        return w.gettext("Revenue is the same as in {period}", period=before)
    exact = result.total - result.total_before
    share = abs(exact / result.total_before) if result.total_before > 0 else None
    amount = w.facts(w.money(abs(result.difference)), w.percent(float(share)) if share is not None else "")
    if result.difference < 0:
        return w.gettext("Revenue fell against {period}: {amount}", period=before, amount=amount)
    return w.gettext("Revenue rose against {period}: {amount}", period=before, amount=amount)


def _most(result: Change, w: Words) -> str:
    """Who alone made a quarter of it or more."""
    if result.clients.empty or not result.is_explained_by(result.clients.iloc[0].change):
        return ""
    first = result.clients.iloc[0]
    name = client_at_a_start(first, w)
    return w.gettext("{name} alone: {amount}.", name=name, amount=w.signed(first.change))


def _bridge(result: Change, w: Words) -> Drawing:
    """From the one total to the other, a step a group."""
    words, shown = group_words(result.reader, w), list(result.by_movement.shown)
    levels = list(accumulate(shown, initial=result.total_before))
    top = max(Decimal(1), result.total, *levels)
    before, now = w.comparison(result.reader.before), w.period(result.reader.period)
    ends = ((before, result.total_before), (now, result.total))
    first, last = (
        dict(label=capital(label), bar=per_cent(total / top), cells=["", w.amount(total)]) for label, total in ends
    )
    steps = [
        dict(label=words[row.group], way=_way(step), start=per_cent(min(level, level + step) / top),
             bar=per_cent(abs(step) / top), cells=[w.count(row.clients) if row.clients else "", w.signed_amount(step)])
        for row, level, step in zip(result.by_movement.itertuples(), levels, shown, strict=False)
    ]  # fmt: skip
    columns = [Column(w.gettext("What they did"), is_number=False), Column(capital(w.client(5))),
               Column(w.gettext("Amount, {currency}", currency=w.symbol))]  # fmt: skip
    return bars(finding(result, w), _most(result, w), columns, [first, *steps, last], "", w)


def _way(step: Decimal) -> str:
    return "up" if step > 0 else "down" if step < 0 else ""


def _branches(result: Change, w: Words) -> Drawing:
    """A bar a branch, to the left for a loss, to the right for a gain; of many those that changed most, the others
    in one row."""
    rows = _largest(result.by_branch, w)
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
    before, now = (capital(text) for text in (w.comparison(result.reader.before), w.period(result.reader.period)))
    columns = [Column(capital(w.branch()), is_number=False), Column(before, is_minor=True), Column(now),
               Column(w.gettext("Change, {currency}", currency=w.symbol))]  # fmt: skip
    return bars(w.gettext("Where it changed"), "", columns, drawn, "", w)


def _largest(rows: pd.DataFrame, w: Words) -> pd.DataFrame:
    """The branches whose amount changed most, in their order, then one row for all others."""
    if len(rows) <= SHOWN_BRANCHES + 1:
        return rows
    order = sorted(rows.index, key=lambda i: -abs(rows.change[i]))
    named, others = rows.loc[sorted(order[:SHOWN_BRANCHES])], rows.loc[order[SHOWN_BRANCHES:]]
    label = w.gettext("Other {branches} ({n})", branches=w.branch(len(others)), n=w.count(len(others)))
    sums = {name: sum(others[name], ZERO) for name in ("net_before", "net", "change", "shown")}
    rest = pd.DataFrame([dict(branch_id="", branch=label, group="other", **sums)], dtype=object)
    return pd.concat([named, rest], ignore_index=True)


def part_words(w: Words) -> dict[str, str]:
    """The parts of a change by number, size, price and quantity, in words."""
    return {
        "number": w.gettext("more or fewer sales ({clients} of both periods)", clients=w.client(2)),
        "size": w.gettext("larger or smaller sales ({clients} of both periods)", clients=w.client(2)),
        "one_period": w.gettext("sales to {clients} who bought in one of the two periods only", clients=w.client(2)),
        "no_client": w.gettext("(no {client})", client=w.client()),
        "price": w.gettext("prices"),
        "quantity": w.gettext("quantities"),
        "mix": w.gettext("which items were bought"),
        "other_items": w.gettext("items of one of the two periods only"),
        "no_item": w.gettext("lines without an item or a quantity"),
    }


def _kinds(result: Change, w: Words) -> list[Drawing]:
    """The number and the size of sales; price, quantity and mix where items are known."""
    words = part_words(w)
    splits = [(w.gettext("By sales"), result.by_volume), (w.gettext("By items"), result.by_price)]
    drawings = []
    for label, split in splits:
        if split is not None:
            rows = [
                [words[row.part], w.signed_amount(row.shown)]
                for row in split.itertuples()
                if row.shown or row.part not in ("no_client", "no_item")
            ]
            columns = [Column(label, is_number=False), Column(w.gettext("Change, {currency}", currency=w.symbol))]
            foot = [w.gettext("Total"), w.signed_amount(result.difference)]
            drawings.append(table_drawing(Table(label, columns, rows, foot), w))
    return drawings


def sheet(result: Change, w: Words) -> Sheet:
    """Every split as rows of one sheet of the workbook."""
    words = group_words(result.reader, w)
    rows = [[w.gettext("What they did"), words[r.group], r.net_before, r.net, r.shown]
            for r in result.by_movement.itertuples()]  # fmt: skip
    rows += [[capital(w.branch()), clean_name(r.branch) or w.gettext("(no {branch})", branch=w.branch()), r.net_before,
              r.net, r.shown] for r in result.by_branch.itertuples()]  # fmt: skip
    parts = part_words(w)
    for label, split in ((w.gettext("By sales"), result.by_volume), (w.gettext("By items"), result.by_price)):
        rows += [] if split is None else [[label, parts[r.part], None, None, r.shown] for r in split.itertuples()]
    before, now = (capital(text) for text in (w.comparison(result.reader.before), w.period(result.reader.period)))
    columns = [("", "text", 20), (w.gettext("What happened"), "text", 40), (before, "money", 16), (now, "money", 16),
               (w.gettext("Change, {currency}", currency=w.symbol), "money", 16)]  # fmt: skip
    return Sheet(w.gettext("Change"), columns, rows)
