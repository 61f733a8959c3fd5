"""The tables of bonuses and price lists: what was given, to whom, and what other rules would have given.

In come the analyses' results, out come Drawings.
"""

from collections.abc import Callable, Iterable, Iterator, Set
from decimal import Decimal
from typing import Any

import pandas as pd

from helpers.analysis.client import PointsStatement
from helpers.analysis.discounts import Discounts, DiscountsBy, MarginsByList, OffList
from helpers.analysis.next_step import NextSteps
from helpers.analysis.points import BonusPoints, ExpiringPoints, MostPoints, PointsByMonth
from helpers.analysis.what_if import NoOtherRules, WhatIf, WhatIfClients
from helpers.page.drawing import Drawing, draw
from helpers.page.rules_words import difference
from helpers.page.tables import Column, Table, notice, table_drawing
from helpers.page.words import Words, capital, clean_name, known
from helpers.sales import Unavailable

LONGEST, OFF_LIST_SHOWN = 60, 20
ZERO = Decimal(0)


@draw.register
def points_by_month(result: PointsByMonth, w: Words) -> Drawing:
    """Accrued against redeemed, month by month, and what was outstanding at each month's end."""
    rows = result.rows
    heads = [w.gettext("Accrued"), w.gettext("Taken back"), w.gettext("Redeemed"), w.gettext("Expired"),
             w.gettext("Outstanding at the end")]  # fmt: skip
    kinds = ("accrued", "reversed", "redeemed", "expired")
    cells = [[w.month(r["month"]), *(w.count(r[k]) for k in (*kinds, "outstanding"))] for r in _records(rows)]
    foot = [w.gettext("Total"), *(w.count(sum(rows[k], ZERO)) for k in kinds), ""]
    return _table(
        w.gettext("Bonus points by month"), w.gettext("Month"), heads, cells, w, foot if len(cells) > 1 else []
    )


@draw.register
def most_points(result: MostPoints, w: Words) -> Drawing:
    """The clients with most points, each from opening to closing."""
    rows = result.rows
    heads = [w.gettext("At the beginning"), w.gettext("Accrued"), w.gettext("Redeemed"), w.gettext("Expired"),
             w.gettext("At the end")]  # fmt: skip
    kinds = ("opening", "accrued", "redeemed", "expired", "closing")
    cells = [[_name(r), *(w.count(r[k]) for k in kinds)] for r in _records(rows)]
    return _table(w.gettext("Most bonus points"), capital(w.client()), heads, cells, w)


@draw.register
def expiring(result: ExpiringPoints, w: Words) -> Drawing:
    """The clients whose points expire soon."""
    rows = result.rows
    if rows.empty:
        return notice(w.gettext("No points expire soon."), w)
    heads = [w.gettext("Points that expire"), w.gettext("First on"), w.gettext("Balance")]
    cells = [
        [_name(r), w.count(r["points"]), w.short_day(r["first_on"]), w.count(r["balance"])] for r in _records(rows)
    ]
    return _table(w.gettext("Points that expire soon"), capital(w.client()), heads, cells, w)


@draw.register
def next_step(result: NextSteps, w: Words) -> Drawing:
    """The clients who stand just under an amount from which better terms begin."""
    rows = result.rows
    if rows.empty:
        return notice(w.gettext("Nobody is near a next step."), w)
    heads = [w.gettext("Spent this year, {currency}", currency=w.symbol),
             w.gettext("Missing, {currency}", currency=w.symbol), w.gettext("Next step")]  # fmt: skip
    cells = [
        [_name(r), w.amount(r["spent"]), w.amount(r["missing"]), f"{clean_name(r['step'])} ({w.amount(r['starts'])})"]
        for r in _records(rows)
    ]
    return _table(w.gettext("Near the next step"), capital(w.client()), heads, cells, w)


@draw.register
def given_by(result: DiscountsBy, w: Words) -> Drawing:
    """The waterfall by client or branch: what it would have brought at base prices, what was given, what it brought."""
    rows = result.rows
    heads = [w.gettext("At base prices, {currency}", currency=w.symbol),
             w.gettext("Discount, {currency}", currency=w.symbol), w.gettext("Discount, %"),
             w.gettext("By hand"), w.gettext("Coupons"), w.gettext("Paid with points"),
             w.gettext("Sold, {currency}", currency=w.symbol)]  # fmt: skip
    is_branch = result.key == "branch_id"
    word = w.branch() if is_branch else w.client()
    missing = w.gettext("(no {branch})", branch=word) if is_branch else w.gettext("(no {client})", client=word)
    parts = ("manual_discount", "coupon_discount", "bonus_paid", "net")
    cells = [
        [clean_name(known(r["name"]), LONGEST) or missing, w.amount(r["base"]), w.amount(r["list_discount"]),
         w.percent(known(r["percent"])), *(w.amount(r[k]) for k in parts)]
        for r in _records(rows)
    ]  # fmt: skip
    label = capital(word)
    return _table(w.gettext("What was given by {what}", what=label), label, heads, cells, w)


@draw.register
def off_list(result: OffList, w: Words) -> Drawing:
    """What was sold by a list that was not the client's own."""
    rows = result.rows
    if rows.empty:
        return notice(w.gettext("Every line was sold by the list assigned to the client."), w)
    heads = [w.gettext("Assigned list"), w.gettext("Applied list"), w.gettext("Lines"),
             w.gettext("Sold, {currency}", currency=w.symbol)]  # fmt: skip
    cells = [
        [
            _name(r),
            clean_name(known(r["assigned"])) or "–",
            clean_name(r["applied"]),
            w.count(r["lines"]),
            w.amount(r["net"]),
        ]
        for r in _records(rows.head(OFF_LIST_SHOWN))
    ]
    texts = {w.gettext("Assigned list"), w.gettext("Applied list")}
    return _table(w.gettext("Sold by another list"), capital(w.client()), heads, cells, w, texts=texts)


@draw.register
def margins_by_list(result: MarginsByList, w: Words) -> Drawing:
    """What remained of each list's sales after discount."""
    heads = [w.gettext("Sold, {currency}", currency=w.symbol), w.gettext("Discount, {currency}", currency=w.symbol),
             w.gettext("Margin, {currency}", currency=w.symbol), w.gettext("Margin, %")]  # fmt: skip
    cells = [
        [_list(r, w), w.amount(r["net"]), w.amount(r["discount"]), w.amount(known(r["margin"])),
         w.percent(known(r["margin_percent"]))]
        for r in _records(result.rows)
    ]  # fmt: skip
    return _table(w.gettext("Margin after discount"), w.gettext("Price list"), heads, cells, w)


@draw.register
def no_other_rules(result: NoOtherRules, w: Words) -> Drawing:
    """The sentence of a page for which nobody named other rules."""
    return notice(w.gettext("No other rules were named."), w)


def _by(title: str, w: Words) -> str:
    """The heading of what other rules give, by what they call themselves."""
    return w.gettext("By {rules}", rules=clean_name(title, LONGEST) or w.gettext("these rules"))


def _list_names(rows: pd.DataFrame) -> dict[str, str]:
    """Price list id → its name, where the source has one."""
    pairs = zip(rows.price_list_id, rows.price_list, strict=True)
    return {list_id: name for list_id, name in pairs if known(list_id) and known(name)}


@draw.register
def what_if(comparison: WhatIf, w: Words) -> Drawing:
    """The period's totals and price lists by today's rules and by the others."""
    heads = [
        w.gettext("As it was"),
        _by(comparison.title, w),
        w.gettext("Difference"),
    ]
    rows = [[label, *_three(a, b, write)] for label, a, b, write in _figures(comparison, w)]
    for r in _records(comparison.by_list) if comparison.by_list is not None else ():
        label = w.gettext("{list}: discount", list=_list(r, w))
        rows.append([label, *_three(r["discount"], r["discount_then"], w.money)])
    notes = [w.gettext("Past sales under other rules: what was bought, when and by whom stays as it was. It says "
                       "nothing of how clients would have behaved.")]  # fmt: skip
    if comparison.changes:
        lists = {} if comparison.by_list is None else _list_names(comparison.by_list)
        differences = "; ".join(difference(*change, lists, w) for change in comparison.changes)
        notes.insert(0, w.gettext("What differs: {changes}.", changes=differences))
    if known(comparison.differs):
        notes.append(w.gettext("The ledger of the source closes with {n} points more than these rules give.",
                               n=w.count(comparison.differs)))  # fmt: skip
    return _table(w.gettext("What if?"), w.gettext("In the period"), heads, rows, w, notes=notes)


@draw.register
def what_if_clients(result: WhatIfClients, w: Words) -> Drawing:
    """The clients whom the other rules would have given most."""
    if result.rows.empty:
        return notice(w.gettext("The other rules change nothing for any client."), w)
    heads = [w.gettext("Discount, {currency}", currency=w.symbol), _by(result.title, w),
             w.gettext("Points accrued"), _by(result.title, w),
             w.gettext("Gain, {currency}", currency=w.symbol)]  # fmt: skip
    cells = [
        [_name(r), w.amount(r["list_discount"]), w.amount(r["list_discount_then"]), w.count(r["accrued"]),
         w.count(r["accrued_then"]), w.amount(r["gain"])]
        for r in _records(result.rows)
    ]  # fmt: skip
    return _table(w.gettext("Who would gain"), capital(w.client()), heads, cells, w)


@draw.register
def statement(result: PointsStatement, w: Words) -> Drawing:
    """One client's points, movement by movement, with the balance after each."""
    if result.rows.empty:
        return notice(w.gettext("The source has no bonus points."), w)
    words = {"accrued": w.gettext("Accrued"), "reversed": w.gettext("Taken back"), "redeemed": w.gettext("Redeemed"),
             "expired": w.gettext("Expired"), "adjusted": w.gettext("Adjusted"),
             "opening": w.gettext("At the beginning")}  # fmt: skip
    heads = [w.gettext("Movement"), w.gettext("Sale"), w.gettext("Points"), w.gettext("Balance")]
    cells = [
        [
            w.short_day(r["day"]),
            words[r["kind"]],
            clean_name(known(r["document"])),
            w.count(r["points"]),
            w.count(r["balance"]),
        ]
        for r in _records(result.rows)
    ]
    texts = {w.gettext("Movement"), w.gettext("Sale")}
    return _table(w.gettext("Statement of bonus points"), w.gettext("Day"), heads, cells, w, texts=texts)


def finding(discounts: Discounts | Unavailable, points: BonusPoints | Unavailable, w: Words) -> str:
    """The landing page's sentence: what was given, and what is still owed."""
    parts = []
    if not isinstance(discounts, Unavailable):
        parts.append(w.gettext("Discounts of {amount}", amount=w.money(discounts.list_discount)))
    if not isinstance(points, Unavailable):
        parts.append(w.gettext("{n} points outstanding", n=w.count(points.closing)))
    return w.facts(*parts)


def _figures(comparison: WhatIf, w: Words) -> Iterator[tuple[str, Decimal, Decimal, Callable[[Decimal], str]]]:
    now, then = comparison.now, comparison.then
    yield w.gettext("Sold"), now.net, then.net, w.money
    if now.discounts and then.discounts:
        yield w.gettext("Discount"), now.discounts.list_discount, then.discounts.list_discount, w.money
    if now.points and then.points:
        yield w.gettext("Points accrued"), now.points.accrued, then.points.accrued, w.count
        yield w.gettext("Points at the end"), now.points.closing, then.points.closing, w.count
        if now.points.liability is not None and then.points.liability is not None:
            yield w.gettext("What they are worth"), now.points.liability, then.points.liability, w.money


def _three(now: Decimal, then: Decimal, write: Callable[[Decimal], str]) -> list[str]:
    return [write(now), write(then), write(then - now)]


def _records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    return rows.to_dict("records")


def _name(row: dict[str, Any]) -> str:
    return clean_name(known(row.get("client_name")) or row["client_id"], LONGEST)


def _list(row: dict[str, Any], w: Words) -> str:
    return clean_name(known(row["price_list"]) or known(row["price_list_id"])) or w.gettext("(no price list)")


def _table(
    caption: str, first: str, heads: list[str], cells: list[list[str]], w: Words, foot: Iterable[str] = (),
    texts: Set[str] = frozenset(), notes: Iterable[str] = (),
) -> Drawing:  # fmt: skip
    columns = [Column(first, is_number=False), *(Column(head, is_number=head not in texts) for head in heads)]
    return table_drawing(Table(caption, columns, cells, list(foot)), w, notes)
