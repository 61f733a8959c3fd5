"""The waterfall of each line: base → list discount → manual discount → coupon → paid by bonus → net.

In come the lines that count, out come the same lines with their parts, which add up or are unknown. The base price is
the line's own, or that of the base list's version which was valid on the day.
"""

from decimal import Decimal
from functools import reduce
from operator import add, sub

import ibis
import ibis.expr.types as ir

from helpers.sales import Sales, kept

ZERO, MONEY = Decimal(0), "decimal(18, 4)"
PARTS = ("list_discount", "manual_discount", "coupon_discount", "bonus_paid")


def knows_base(sales: Sales) -> bool:
    """Whether the source says what anything costs in the base list: on its lines, or in the list with quantities."""
    tables = sales.source.tables
    has_list = tables.get("price_list_item") is not None and "is_base" in getattr(
        tables.get("price_list"), "columns", ()
    )
    return sales.has("base_amount") or (has_list and sales.has("quantity") and sales.has("item_id"))


def waterfall(sales: Sales, lines: ir.Table | None = None) -> ir.Table:
    """The lines with base_amount, list_amount, the four parts and `is_covered`: base known and base − list − manual −
    coupon − bonus = what the client paid, tax aside. A surcharge is negative; a price that differs from the base list
    on a line of that list, or of none, is a manual discount, since no separate list gave it."""
    lines = sales.counted if lines is None else lines
    if "base_amount" not in lines.columns:
        lines = _with_base(sales, lines)
    parts = [c for c in PARTS[1:] if c in lines.columns]  # arithmetic by line is dear: only what is there
    none = ibis.literal(ZERO).cast(MONEY)
    lines = lines.mutate(**{c: lines[c].fill_null(0) if c in parts else none for c in PARTS[1:]})
    taken = [lines[c] for c in parts]
    listed = lines.list_amount if "list_amount" in lines.columns else reduce(add, taken, lines.paid)
    is_covered = lines.base_amount.notnull() & (reduce(sub, taken, listed) == lines.paid)
    is_covered = is_covered & (lines.manual_discount.abs() <= listed.abs())
    list_id = lines.price_list_id.cast("string") if "price_list_id" in lines.columns else ibis.null("string")
    by_list = _separate(sales, list_id) if "price_list_id" in lines.columns else ibis.literal(True)
    off = (lines.base_amount - listed).cast(MONEY)
    by_hand = ibis.ifelse(by_list, none, off.fill_null(none))
    return lines.mutate(
        list_discount=ibis.ifelse(by_list, off, none), list_amount=listed, price_list_id=list_id,
        manual_discount=(lines.manual_discount + by_hand).cast(MONEY),
        is_covered=is_covered.fill_null(False),
    )  # fmt: skip


@kept
def base_lists(sales: Sales) -> list[str]:
    """The ids of the base lists."""
    lists = sales.source.tables.get("price_list")
    if lists is None or "is_base" not in lists.columns:
        return []
    return sorted(lists.filter(lists.is_base).price_list_id.cast("string").to_pandas())


def _separate(sales: Sales, list_id: ir.StringColumn) -> ir.BooleanValue:
    """Whether a line was sold by a list other than the base one."""
    base = base_lists(sales)
    return list_id.notnull() & ~list_id.isin(base) if base else ibis.literal(True)


def _with_base(sales: Sales, lines: ir.Table) -> ir.Table:
    """Quantity × the base list's price on the day of sale; unknown where the list has no version valid then."""
    items = _versions(sales)
    lines = lines.mutate(sold_on=sales.clock.day(lines.sold_at), item_key=lines.item_id.cast("string"))
    on = (lines.item_key == items.item_key, lines.sold_on >= items.since, lines.sold_on <= items.until)
    joined = lines.left_join(items, on)
    kept = [c for c in lines.columns if c not in ("sold_on", "item_key")]
    quantity = joined.quantity.cast("decimal(19, 6)")  # DuckDB makes of two with 18 digits a product of 18
    base = (quantity * joined.price.cast("decimal(18, 6)")).round(4).cast(MONEY)
    return joined.select(*kept, base_amount=base)


def _versions(sales: Sales) -> ir.Table:
    """item_key, price, since, until: each price from its first day to the day before the next, so that none overlap."""
    items = sales.source.tables["price_list_item"]
    items = items.filter(items.price_list_id.cast("string").isin(base_lists(sales)))
    early, late = ibis.date("0001-01-01"), ibis.date("9999-12-30")
    since = items.valid_from.fill_null(early) if "valid_from" in items.columns else early
    until = items.valid_to.fill_null(late) if "valid_to" in items.columns else late
    items = items.select(item_key=items.item_id.cast("string"), price=items.price, since=since, until=until)
    order = ibis.window(group_by="item_key", order_by=[items.since, items.price])
    following = items.since.lead().over(order).fill_null(ibis.date("9999-12-31")) - ibis.interval(days=1)
    return items.mutate(until=ibis.least(items.until, following.cast("date")))
