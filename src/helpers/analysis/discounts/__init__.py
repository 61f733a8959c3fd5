"""Discounts given through price lists, by the waterfall of each line.

In come the sales, out come totals and a row for each applied list, client or branch, and the lines whose applied list
is not the assigned one. A line whose base price is unknown, or whose parts do not add up, is not covered: its amount
counts, its discount is unknown, and the coverage says how much that is.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import ibis
import ibis.expr.types as ir
import pandas as pd

from helpers.analysis.discounts.sums import by_branch, by_client_and_list, period_sums, regrouped
from helpers.analysis.discounts.waterfall import PARTS, ZERO, base_lists, knows_base, waterfall
from helpers.errors import BadParameter
from helpers.sales import Number, Result, Rows, Sales, Unavailable, frame, kept, needs

__all__ = [
    "DiscountSteps", "Discounts", "DiscountsBy", "MarginsByList", "OffList", "base_lists", "by_client_and_list",
    "discount_steps", "discounts", "discounts_by", "discounts_of", "knows_base", "list_discount", "margins_by_list",
    "off_list", "period_sums", "waterfall",
]  # fmt: skip

LEVEL, COSTS = 3, 6  # of schema.LEVELS
FULLY = 0.8  # of the lines must have a cost, or a margin would be that of the rest


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Discounts(Result):
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

    @property
    def frame(self) -> pd.DataFrame:
        """One row an applied list."""
        return self.by_list

    @property
    def figures(self) -> dict[str, Number | None]:
        """The sums over covered lines."""
        return dict(net=self.net) | {name: getattr(self, name) for name in ("base", *PARTS)}


@kept
def discounts(sales: Sales) -> Discounts | Unavailable:
    """What was given through separate price lists in the period; unavailable where the source has no base prices.

    Example: `discounts(sales).by_list`."""
    return _discounts(sales, _lists(sales)) if knows_base(sales) else sales.unavailable(LEVEL)


def list_discount(sales: Sales) -> tuple[Decimal | None, float | None]:
    """The discount of all lists together and its part of the base, over covered lines; None where none is known."""
    if not knows_base(sales):
        return None, None
    sums = _sums(_lists(sales))
    return sums["list_discount"], _percent(sums)


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class DiscountSteps(Result):
    """The way from base prices to what was sold."""

    discounts: Discounts

    @property
    def frame(self) -> pd.DataFrame:
        """One row a part that was taken off: part, amount."""
        amounts = pd.Series([getattr(self.discounts, part) for part in PARTS], dtype=object)
        return pd.DataFrame({"part": PARTS, "amount": amounts})


@kept
def discount_steps(sales: Sales) -> DiscountSteps | Unavailable:
    """What was taken off the base prices, step by step."""
    result = discounts(sales)
    return result if isinstance(result, Unavailable) else DiscountSteps(reader=sales.reader, discounts=result)


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class MarginsByList(Rows):
    """What remained of each list's sales after discount: price_list_id, price_list, net, discount, margin,
    margin_percent (blank below 80 % coverage), cost_coverage."""


@kept
@needs(COSTS)
def margins_by_list(sales: Sales) -> MarginsByList | Unavailable:
    """What remained of each list's sales after discount and cost."""
    result = discounts(sales)
    if isinstance(result, Unavailable):
        return result
    columns = ["price_list_id", "price_list", "net", "discount", "margin", "margin_percent", "cost_coverage"]
    return MarginsByList(reader=sales.reader, rows=result.by_list[columns])


def discounts_of(sales: Sales, table: ir.Table) -> Discounts:
    """The same of sums by client and applied list."""
    return _discounts(sales, _lists_of(sales, table))


@kept
def _lists(sales: Sales) -> pd.DataFrame:
    return _lists_of(sales, period_sums(sales))


def _lists_of(sales: Sales, table: ir.Table) -> pd.DataFrame:
    """One row an applied list, largest net first."""
    rows = _rows(labelled(sales, regrouped(table, "price_list_id")), "price_list_id", "net")
    return rows.rename(columns={"list_discount": "discount"})


def _sums(rows: pd.DataFrame) -> dict[str, Decimal]:
    return {c: sum(rows["discount" if c == "list_discount" else c], ZERO) for c in ("net", "base", *PARTS)}


def _percent(sums: dict[str, Decimal]) -> float | None:
    """What the lists take off the base."""
    return float(sums["list_discount"] / sums["base"]) if sums["base"] > 0 else None


def _discounts(sales: Sales, rows: pd.DataFrame) -> Discounts:
    sums = _sums(rows)
    covered, count = int(rows.covered.sum()), int(rows.lines.sum())
    kept_columns = [c for c in ("margin", "margin_percent", "cost_coverage") if c in rows.columns]
    columns = ["price_list_id", "price_list", "clients", "lines", "net", "base", "discount"]
    return Discounts(
        reader=sales.reader, by_list=rows[[*columns, *kept_columns]], **sums, percent=_percent(sums),
        coverage=covered / count if count else None, off_list_lines=int(off_list(sales).rows.lines.sum()),
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class DiscountsBy(Rows):
    """One row a `key` (client_id or branch_id), most list discount first: key, name, clients, lines, covered, net,
    base, the four parts (over covered lines), percent (list_discount / base), coverage. `is_whole`: none is missing."""

    is_whole: bool
    key: Literal["client_id", "branch_id"]


@kept
def discounts_by(sales: Sales, key: Literal["client_id", "branch_id"], rows: int = 20) -> DiscountsBy | Unavailable:
    """To whom ("client_id") or where ("branch_id") discounts were given.

    Example: `discounts_by(sales, "branch_id").frame`."""
    if key not in ("client_id", "branch_id"):
        raise BadParameter(f"discounts_by: key must be client_id or branch_id, got '{key}'")
    if not knows_base(sales):
        return sales.unavailable(LEVEL)
    table = by_branch(sales, waterfall(sales)) if key == "branch_id" else regrouped(period_sums(sales), key)
    most = _rows(table, key, "list_discount", rows)
    names = dict(sales.branches[["branch_id", "name"]].to_numpy()) if key == "branch_id" else _names(sales, most[key])
    most = most.assign(name=pd.Series([names.get(k) or k for k in most[key]], index=most.index, dtype=object))
    return DiscountsBy(reader=sales.reader, rows=most, key=key, is_whole=len(most) < rows)


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class OffList(Rows):
    """client_id, client_name, applied, assigned (labels), lines, net: what was sold by a list that was not assigned
    to the client at any moment of the period; most lines first."""


@kept
def off_list(sales: Sales) -> OffList:
    """Who was sold by another list than the one assigned."""
    if not sales.has("price_list_id"):
        columns = ["client_id", "client_name", "applied", "assigned", "lines", "net"]
        return OffList(reader=sales.reader, rows=pd.DataFrame(columns=columns))
    applied = period_sums(sales).filter(ibis._.client_id.notnull() & ibis._.price_list_id.notnull())
    clients = sales.clients.select("client_id", "client_name", assigned="price_list", earlier="price_list_before")
    table = labelled(sales, applied).join(clients, "client_id")
    is_off = (table.price_list != table.assigned) & (table.price_list != table.earlier).fill_null(True)
    off = table.filter(is_off).select("client_id", "client_name", "assigned", "lines", "net", applied="price_list")
    return OffList(reader=sales.reader, rows=frame(off.order_by([ibis.desc("lines"), "client_id", "applied"])))


def _rows(table: ir.Table, key: str, first: str, limit: int | None = None) -> pd.DataFrame:
    """Sums as a frame, the largest `first`; percent and coverage of each row."""
    rows = frame(table.order_by([ibis.desc(first), key]).limit(limit))
    percent = [float(r.list_discount / r.base) if r.base else None for r in rows.itertuples()]
    rows = rows.assign(
        percent=pd.Series(percent, dtype=object), coverage=[r.covered / r.lines for r in rows.itertuples()]
    )
    if "costed" not in rows:
        return rows
    rows = rows.assign(cost_coverage=[r.costed / r.lines for r in rows.itertuples()])
    return rows.assign(margin_percent=pd.Series(_margins(rows), dtype=object))


def labelled(sales: Sales, table: ir.Table) -> ir.Table:
    """The table with `price_list`, the name of its price_list_id."""
    names = sales.source.tables.get("price_list")
    if names is None:
        return table.mutate(price_list=table.price_list_id)
    label = names.select(price_list_id=names.price_list_id.cast("string"), price_list=names.price_list_name)
    table = table.left_join(label, "price_list_id").drop("price_list_id_right")
    return table.mutate(price_list=table.price_list.fill_null(table.price_list_id))


def _margins(rows: pd.DataFrame) -> list[float | None]:
    known = [r.margin is not None and r.with_cost and r.cost_coverage >= FULLY for r in rows.itertuples()]
    return [float(r.margin / r.with_cost) if k else None for r, k in zip(rows.itertuples(), known, strict=True)]


def _names(sales: Sales, ids: pd.Series) -> dict[str, str]:
    named = sales.clients.filter(sales.clients.client_id.isin([i for i in ids if i is not None] or [""]))
    return dict(frame(named.select("client_id", "client_name")).to_numpy())
