"""The small tables: discounts and bonus points, and how any small table is drawn.

In come the analyses' results, out come Drawings.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from numbers import Integral, Real
from typing import Any

import pandas as pd

from helpers.analysis.discounts import Discounts
from helpers.analysis.own_table import OwnTable
from helpers.analysis.points import BonusPoints
from helpers.analysis.rating import Rating
from helpers.page.drawing import Drawing, draw, fill
from helpers.page.words import Words, capital, clean_name, known

RATING_SHOWN = 10


@dataclass(frozen=True)
class Column:
    """A column's heading; numbers stand at the right, in figures of one width, a name apart from other text; what is
    minor hides on a phone."""

    label: str
    is_number: bool = True
    is_name: bool = False
    is_minor: bool = False

    @property
    def css(self) -> str:
        """The classes of its cells."""
        return " ".join(name for name, holds in (("num", self.is_number), ("minor", self.is_minor)) if holds)


@dataclass(frozen=True)
class Table:
    """A small table ready to be drawn: its cells are text; the first of each row heads it, `foot` closes it; a `title`
    stands above it, and links lead to its `anchor`."""

    caption: str
    columns: list[Column]
    rows: list[list[str]]
    foot: list[str] = field(default_factory=list)
    title: str = ""
    anchor: str = ""


def table_drawing(table: Table, w: Words, notes: Iterable[str] = (), notices: Iterable[str] = ()) -> Drawing:
    """A table with its notes; a notice stands above it and is meant to be seen. Of a table of nobody without either a
    page shows nothing."""
    notes, notices = [n for n in notes if n], [n for n in notices if n]
    is_bare = not (table.rows or notes or notices)
    html = "" if is_bare else fill("table.html.j2", w, table=table, notes=notes, notices=notices)
    rows = [[c.label for c in table.columns], *table.rows, *([table.foot] if table.foot else [])]
    lines = ["  ".join(f"{cell:<24}" for cell in row).rstrip() for row in rows]
    return Drawing("\n".join([table.caption, *lines, *notices, *notes]), html)


def notice(text: str, w: Words) -> Drawing:
    """One sentence instead of a table."""
    html = fill("table.html.j2", w, table=Table("", [], []), notes=[text], notices=[])
    return Drawing(text, html, is_notice=True)


@draw.register
def discounts(result: Discounts, w: Words) -> Drawing:
    """What each price list sold and gave away, and the waterfall's other parts; of a period without sales nothing."""
    if result.by_list.empty:
        return Drawing(w.gettext("There are no sales {when}.", when=w.during(result.reader.period)))
    columns = [
        Column(w.gettext("Price list"), is_number=False),
        Column(capital(w.client(3))),
        Column(w.gettext("Sold, {currency}", currency=w.symbol)),
        Column(w.gettext("At base prices, {currency}", currency=w.symbol), is_minor=True),
        Column(w.gettext("Discount, {currency}", currency=w.symbol)),
        Column(w.gettext("Discount, %")),
    ]
    rows = [_discount_row(row, w) for row in result.by_list.to_dict("records")]
    sums = map(w.amount, (result.net, result.base, result.list_discount))
    foot = [w.gettext("Total"), "", *sums, w.percent(result.percent)]
    table = Table(w.gettext("Price lists and discounts"), columns, rows, foot)
    return table_drawing(table, w, _discount_notes(result, w))


def _discount_notes(result: Discounts, w: Words) -> list[str]:
    notes = []
    if result.coverage is not None and result.coverage < 1:
        notes.append(w.gettext(
            "Base prices are known for {share} of the lines; discounts are counted on these.",
            share=w.percent(result.coverage),
        ))  # fmt: skip
    by_hand, coupons, bonuses = result.manual_discount, result.coupon_discount, result.bonus_paid
    if by_hand or coupons or bonuses:
        notes.append(w.gettext(
            "Besides: discounts by hand {manual}, coupons {coupon}, paid with bonuses {bonus}.",
            manual=w.money(by_hand), coupon=w.money(coupons), bonus=w.money(bonuses),
        ))  # fmt: skip
    if result.off_list_lines:
        notes.append(w.ngettext(
            "{n} line was sold by another list than the one assigned.",
            "{n} lines were sold by another list than the one assigned.",
            result.off_list_lines,
        ))  # fmt: skip
    return notes


def _discount_row(row: dict[str, Any], w: Words) -> list[str]:
    base, discount = known(row["base"]), known(row["discount"])
    share = float(discount / base) if base and discount is not None else None
    label = clean_name(known(row["price_list"]) or known(row["price_list_id"])) or w.gettext("(no price list)")
    return [label, w.count(row["clients"]), *map(w.amount, (row["net"], base, discount)), w.percent(share)]


@draw.register
def bonus_points(points: BonusPoints, w: Words) -> Drawing:
    """The points of the period from opening to closing, and what they may still cost; nothing where there is none."""
    if not points.frame.points.any():
        return Drawing(w.gettext("There are no bonus points {when}.", when=w.during(points.reader.period)))
    parts = [
        (w.gettext("At the beginning"), points.opening), (w.gettext("Accrued"), points.accrued),
        (w.gettext("Taken back for returns"), -points.reversed), (w.gettext("Redeemed"), -points.redeemed),
        (w.gettext("Expired"), -points.expired), (w.gettext("Adjusted"), points.adjusted),
    ]  # fmt: skip
    rows = [[label, w.count(value + 0)] for label, value in parts]
    columns = [Column(w.gettext("Bonus points"), is_number=False), Column(w.gettext("Points"))]
    foot = [w.gettext("At the end"), w.count(points.closing)]
    table = Table(w.gettext("Bonus points"), columns, rows, foot)
    return table_drawing(table, w, [_liability(points, w)])


def _liability(points: BonusPoints, w: Words) -> str:
    if points.liability is None or points.point_value is None:
        return ""
    digits = max(w.digits, -int(points.point_value.normalize().as_tuple().exponent))
    return w.gettext(
        "At {value} a point they are worth {amount}.",
        value=w.money(points.point_value, digits),
        amount=w.money(points.liability),
    )


@draw.register
def rating(result: Rating, w: Words) -> Drawing:
    """The best clients, for an analyst: the cross report is the page's own form of the rating."""
    columns = [
        Column(w.gettext("Rank")), Column(capital(w.client()), is_number=False, is_name=True),
        Column(w.gettext("Price list"), is_number=False), Column(w.gettext("Net")), Column(w.gettext("Share")),
        Column(w.gettext("Class"), is_number=False),
    ]  # fmt: skip
    rows = [
        [w.count(r.rank), clean_name(r.client_name or r.client_id, 60), clean_name(r.price_list) or "–",
         w.amount(r.net), w.percent(r.share), r.abc]
        for r in result.head(RATING_SHOWN).itertuples()
    ]  # fmt: skip
    return table_drawing(Table(w.gettext("Rating"), columns, rows), w)


@draw.register
def own_table(result: OwnTable, w: Words) -> Drawing:
    """An analyst's own rows, each value as its kind is written."""
    rows = result.rows
    columns = [Column(capital(clean_name(str(name)).replace("_", " ")), _is_numeric(rows[name])) for name in rows]
    cells = [[own_cell(value, w) for value in row] for row in rows.itertuples(index=False)]
    drawing = table_drawing(Table(clean_name(result.title), columns, cells), w)
    return drawing if cells else notice(w.gettext("{title}: no rows.", title=clean_name(result.title)), w)


def _is_numeric(column: pd.Series) -> bool:
    values = [value for value in column if known(value) is not None]
    return bool(values) and all(isinstance(v, Real | Decimal) and not isinstance(v, bool) for v in values)


def own_cell(value: Any, w: Words) -> str:
    """A value as its kind is written: Decimals as money, other numbers and days as the language writes them."""
    match known(value):
        case None:
            return "–"
        case Decimal() as amount:
            return w.amount(amount)
        case bool() as truth:
            return str(truth)
        case Integral() as count:
            return w.count(int(count))
        case Real() as number:
            return w.number(float(number))
        case dt.datetime() as moment if moment.time() != dt.time():
            return w.moment(moment)
        case dt.date() as day:
            return w.short_day(day)
        case other:
            return clean_name(str(other))
