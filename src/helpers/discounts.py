"""Discounts given through price lists, by the waterfall of each line.

base amount → list discount → manual discount → coupon → paid by bonus → net. In come the sales, out come totals and a
row for each applied list. A line whose base price is unknown, or whose parts do not add up, is not covered: its
amount counts, its discount is unknown, and the coverage says how much that is.
"""

from dataclasses import dataclass
from decimal import Decimal

import ibis
import ibis.expr.types as ir
import pandas as pd

from helpers.sales import EXACT, Sales, frame

ZERO = Decimal(0)
PARTS = ("list_discount", "manual_discount", "coupon_discount", "bonus_paid")


@dataclass(frozen=True)
class Discounts:
    """by_list: price_list_id, price_list (label), clients, lines, net, base and discount over covered lines, best
    first. Totals over covered lines; percent = list_discount / base; coverage = covered lines / lines;
    off_list_lines: lines whose applied list is not the one assigned to the client."""

    by_list: pd.DataFrame
    net: Decimal
    base: Decimal
    list_discount: Decimal
    manual_discount: Decimal
    coupon_discount: Decimal
    bonus_paid: Decimal
    percent: float | None
    coverage: float | None
    off_list_lines: int


def discounts(sales: Sales) -> Discounts | None:
    """What was given through separate price lists in the period; None where the source has no base amounts."""
    if not sales.has("base_amount"):
        return None
    lines = waterfall(sales)
    table = _labelled(sales, lines.group_by("price_list_id").agg(clients=lines.client_id.nunique(), **_sums(lines)))
    rows = frame(table.order_by([ibis.desc("net"), "price_list_id"]))
    sums = {c: sum(rows[c], ZERO) for c in ("net", "base", *PARTS)}
    covered, count = int(rows.covered.sum()), int(rows.lines.sum())
    rows = rows.rename(columns={"list_discount": "discount"})
    return Discounts(
        by_list=rows[["price_list_id", "price_list", "clients", "lines", "net", "base", "discount"]], **sums,
        percent=float(sums["list_discount"] / sums["base"]) if sums["base"] > 0 else None,
        coverage=covered / count if count else None, off_list_lines=_off_list(sales),
    )  # fmt: skip


def waterfall(sales: Sales) -> ir.Table:
    """The lines with `list_discount` (only of a list other than the base one, a surcharge is negative) and
    `is_covered`: base known and base − list − manual − coupon − bonus = what the client paid, tax aside."""
    lines = sales.counted
    given = {c: lines[c].fill_null(0) if c in lines.columns else ibis.literal(ZERO) for c in PARTS[1:]}
    lines = lines.mutate(**given)
    listed = lines.list_amount if "list_amount" in lines.columns else lines.paid + sum(lines[c] for c in PARTS[1:])
    paid = listed - lines.manual_discount - lines.coupon_discount - lines.bonus_paid
    is_covered = (lines.base_amount.notnull() & (paid == lines.paid) & (lines.manual_discount.abs() <= listed.abs()))
    list_id = lines.price_list_id.cast("string") if "price_list_id" in lines.columns else ibis.null("string")
    return lines.mutate(list_discount=lines.base_amount - listed, is_covered=is_covered.fill_null(False),
                        price_list_id=list_id)  # fmt: skip


def _sums(lines: ir.Table) -> dict[str, ir.Value]:
    covered = {c: lines[c].sum(where=lines.is_covered).fill_null(0).cast(EXACT) for c in PARTS}
    base = lines.base_amount.sum(where=lines.is_covered).fill_null(0).cast(EXACT)
    return dict(lines=lines.count(), covered=lines.is_covered.sum(), net=lines.amount.sum().cast(EXACT), base=base, **covered)


def _labelled(sales: Sales, table: ir.Table) -> ir.Table:
    names = sales.source.tables.get("price_list")
    if names is None:
        return table.mutate(price_list=table.price_list_id)
    label = names.select(price_list_id=names.price_list_id.cast("string"), price_list=names.price_list_name)
    table = table.left_join(label, "price_list_id").drop("price_list_id_right")
    return table.mutate(price_list=table.price_list.fill_null(table.price_list_id))


def _off_list(sales: Sales) -> int:
    """Lines sold by a list that was not assigned to the client at any moment of the period."""
    if not sales.has("price_list_id"):
        return 0
    lines = sales.counted.filter(sales.counted.client_id.notnull() & sales.counted.price_list_id.notnull())
    applied = lines.group_by("client_id", "price_list_id").agg(lines=lines.count())
    applied = applied.mutate(client_id=applied.client_id.cast("string"), price_list_id=applied.price_list_id.cast("string"))
    clients = sales.clients.select("client_id", assigned="price_list", earlier="price_list_before")
    table = _labelled(sales, applied).join(clients, "client_id")
    is_off = (table.price_list != table.assigned) & (table.price_list != table.earlier).fill_null(True)
    return int(table.filter(is_off).lines.sum().fill_null(0).execute())
