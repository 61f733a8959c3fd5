"""Why the revenue changed: the difference of two periods, split so that the parts always add up to it.

In come sales with a comparison period, out come four splits: by what each client did (`movement` owns the groups), by
branch, into the number and the size of sales, and by price, quantity and mix where items and quantities are known.
Sums are exact; what a division leaves is given out by largest remainder, in the unit shown.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import ibis
import ibis.expr.types as ir
import pandas as pd
from babel.numbers import get_currency_precision

from helpers.analysis.movement import GROUPS, grouped_clients
from helpers.analysis.rating import totals
from helpers.money import EXACT
from helpers.sales import Number, Result, Sales, frame, kept

SUMMED = ("number", "size", "price", "quantity", "mix")
ZERO, NOTHING = Decimal(0), (Fraction(0), Fraction(0))
NAMED = 10  # clients and branches that a page names
EXPLAINS, LEAST = Decimal("0.25"), Decimal("0.01")  # of a difference; of the total before


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Uncovered(Result):
    """No change can be told: there is no comparison, or the sales begin after its first day, on `sales_begin`."""

    sales_begin: dt.date | None

    @property
    def frame(self) -> pd.DataFrame:
        """Nothing."""
        return pd.DataFrame()


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Change(Result):
    """Money as Decimal; in each split `change` is exact and `shown` is in minor units and adds up to `difference`.

    difference: total less total_before, each as shown
    by_movement: group (of `movement.GROUPS`), clients, net_before, net, change, shown
    by_branch: branch_id, branch, group (closed, opened, fell, rose, same; none), net_before, net, change, shown
    by_volume: part (number, size, one_period, no_client), shown; None without documents
    by_price: part (price, quantity, mix, other_items, no_item), shown; None without items and quantities
    clients: those whose change was largest: client_id, client_name, group, net_before, net, change
    every_client: the same of all, lazy and without names: client_id (None: no client), group, net_before, net
    """

    total_before: Decimal
    total: Decimal
    difference: Decimal
    by_movement: pd.DataFrame
    by_branch: pd.DataFrame
    by_volume: pd.DataFrame | None
    by_price: pd.DataFrame | None
    clients: pd.DataFrame
    every_client: ir.Table

    @property
    def frame(self) -> pd.DataFrame:
        """The split by what each client did."""
        return self.by_movement

    @property
    def figures(self) -> dict[str, Number | None]:
        """The totals, each group and branch, and the parts that are no remainder."""
        figures: dict[str, Number | None] = dict(net=self.total, net_before=self.total_before)
        for r in self.by_movement.itertuples():
            figures |= {f"group_clients {r.group}": r.clients, f"group_net {r.group}": r.net,
                        f"group_net_before {r.group}": r.net_before}  # fmt: skip
        for r in self.by_branch.itertuples():
            figures |= {f"branch_net {r.branch_id}": r.net, f"branch_net_before {r.branch_id}": r.net_before}
        for split in (self.by_volume, self.by_price):
            rows = [] if split is None else [r for r in split.itertuples() if r.part in SUMMED]
            figures |= {f"change_{r.part}": r.shown for r in rows}
        return figures

    @property
    def tables(self) -> dict[str, ir.Table | pd.DataFrame]:
        """What every client did."""
        return {"change": self.every_client.order_by("client_id")}

    def is_explained_by(self, part: Decimal) -> bool:
        """Whether a part alone makes a quarter or more of a difference of one per cent or more."""
        is_told = self.difference and abs(self.difference) >= LEAST * abs(self.total_before)
        return bool(is_told) and part / self.difference >= EXPLAINS

    def shown_to(self, digits: int) -> "Change":
        """The same with `shown` in units of so many decimals, which add up to the difference of the totals so shown."""
        difference = _shown(self.total, digits) - _shown(self.total_before, digits)
        volume, price = (
            split
            if split is None
            else _parts({r.part: Fraction(r.shown) for r in split.itertuples()}, difference, digits)
            for split in (self.by_volume, self.by_price)
        )
        return replace(
            self, difference=difference, by_volume=volume, by_price=price,
            by_movement=_with_shown(self.by_movement, difference, digits),
            by_branch=_with_shown(self.by_branch, difference, digits),
        )  # fmt: skip


@kept
def change(sales: Sales) -> Change | Uncovered:
    """Why the period brought more or less than the one it is compared with.

    Example: `change(sales).frame`."""
    earlier = sales.comparable
    if earlier is None:
        return Uncovered(reader=sales.reader, sales_begin=sales.begin if sales.before else None)
    digits = get_currency_precision(sales.company.currency)
    before, now = totals(earlier).net, totals(sales).net
    difference = _shown(now, digits) - _shown(before, digits)
    clients = grouped_clients(sales)
    return Change(
        reader=sales.reader, total_before=before, total=now, difference=difference,
        by_movement=_with_shown(_by_movement(clients), difference, digits),
        by_branch=_with_shown(_by_branch(sales, earlier), difference, digits),
        by_volume=_by_volume(sales, earlier, difference, digits),
        by_price=_by_price(sales, earlier, difference, digits),
        clients=_most_changed(sales, clients),
        every_client=clients.select("client_id", "group", "net_before", "net"),
    )  # fmt: skip


def apportioned(parts: Iterable[Fraction], total: Decimal, digits: int) -> list[Decimal]:
    """Parts rounded to so many decimals that add up to the total: the units that rounding down leaves go to the largest
    remainders, the first of equal ones first.

    >>> apportioned([Fraction(1, 3), Fraction(1, 3), Fraction(1, 3)], Decimal("1.00"), 2)
    [Decimal('0.34'), Decimal('0.33'), Decimal('0.33')]
    """
    units = [part * 10**digits for part in parts]
    floors = [unit.numerator // unit.denominator for unit in units]
    left = int(total.scaleb(digits)) - sum(floors)
    order = sorted(range(len(units)), key=lambda i: floors[i] - units[i])
    for place in range(abs(left)):
        floors[order[place % len(order)] if left > 0 else order[-1 - place % len(order)]] += 1 if left > 0 else -1
    return [Decimal(floor).scaleb(-digits) for floor in floors]


def _shown(amount: Decimal, digits: int) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def _with_shown(rows: pd.DataFrame, difference: Decimal, digits: int) -> pd.DataFrame:
    parts = [Fraction(amount) for amount in rows.change]
    return rows.assign(shown=pd.Series(apportioned(parts, difference, digits), index=rows.index, dtype=object))


def _by_movement(clients: ir.Table) -> pd.DataFrame:
    """One row a group that occurs, in the order of the list."""
    sums = clients.group_by("group").agg(
        clients=clients.client_id.count(), net_before=clients.net_before.sum().cast(EXACT),
        net=clients.net.sum().cast(EXACT),
    )  # fmt: skip
    rows = frame(sums).set_index("group").reindex([group for group in GROUPS]).dropna(how="all").reset_index()
    return rows.assign(change=rows.net - rows.net_before, clients=rows.clients.astype("int64"))


def _by_branch(sales: Sales, earlier: Sales) -> pd.DataFrame:
    """One row a branch with a line in either period, the largest loss first; lines without a branch are one."""
    before, now = _branch_nets(earlier), _branch_nets(sales)
    names = dict(sales.branches[["branch_id", "name"]].to_numpy())
    closed = {b.branch_id for b in sales.branches.itertuples() if b.closed_on and b.closed_on <= sales.period.last}
    rows = []
    for branch in sorted({*before, *now}, key=lambda b: (now.get(b, ZERO) - before.get(b, ZERO), b or "")):
        group = _branch_group(branch, before.get(branch), now.get(branch), branch in closed)
        old, new = before.get(branch, ZERO), now.get(branch, ZERO)
        rows.append([branch, branch and (names.get(branch) or branch), group, old, new, new - old])
    columns = ["branch_id", "branch", "group", "net_before", "net", "change"]
    return pd.DataFrame(rows, columns=columns, dtype=object)


def _branch_nets(sales: Sales) -> dict[str | None, Decimal]:
    """Net by branch id, None for lines without one, of the branches with a line that counts."""
    counted = sales.tally[sales.tally.reason.isna()]
    return {None if pd.isna(b) else b: amount for b, amount in zip(counted.branch_id, counted.amount, strict=True)}


def _branch_group(branch: str | None, before: Decimal | None, now: Decimal | None, is_closed: bool) -> str:
    """The first that fits: no branch, closed (by its date, or no line now), opened (none before), fell, rose, same."""
    if branch is None:
        return "none"
    if is_closed or now is None:
        return "closed"
    if before is None:
        return "opened"
    return "fell" if now < before else "rose" if now > before else "same"


def _by_volume(sales: Sales, earlier: Sales, difference: Decimal, digits: int) -> pd.DataFrame | None:
    """Into the number of sales and their size, over the clients with sale documents in both periods.

    Clients of one pair of counts are summed in the engine, so that the few divisions left are exact fractions.
    """
    if not sales.has_documents:
        return None
    now, before = _documents(sales), _documents(earlier).rename(key="client_id", n0="n1", net0="net1")
    both = now.join(before, [("client_id", "key")]).filter((ibis._.n0 > 0) & (ibis._.n1 > 0))
    pairs = both.group_by("n0", "n1").agg(net0=both.net0.sum().cast(EXACT), net1=both.net1.sum().cast(EXACT))
    number = size = Fraction(0)
    for row in pairs.to_pandas().itertuples():
        average_before = Fraction(row.net0) / int(row.n0)
        number += (int(row.n1) - int(row.n0)) * average_before
        size += Fraction(row.net1) - int(row.n1) * average_before
    none = totals(sales).without_client - totals(earlier).without_client
    rest = Fraction(totals(sales).net - totals(earlier).net) - number - size - Fraction(none)
    parts = dict(number=number, size=size, one_period=rest, no_client=Fraction(none))
    return _parts(parts, difference, digits)


def _documents(sales: Sales) -> ir.Table:
    """client_id (text), n1 (sale documents, returns apart), net1; the clients with a line in the period."""
    lines = sales.counted.filter(sales.counted.client_id.notnull())
    sale = sales.sold_document(lines)
    sums = lines.group_by("client_id").agg(n1=sale.nunique(), net1=lines.amount.sum().cast(EXACT))
    return sums.mutate(client_id=sums.client_id.cast("string"))


def _by_price(sales: Sales, earlier: Sales, difference: Decimal, digits: int) -> pd.DataFrame | None:
    """By price, quantity and mix, over the items with a positive quantity in both periods: p is net ÷ quantity."""
    if not (sales.has("item_id") and sales.has("quantity")):
        return None
    now, before = _items(sales), _items(earlier)
    both = [(*before[i], *now[i]) for i in now if i is not None and i in before and now[i][0] > 0 and before[i][0] > 0]
    if not both:
        return None
    at_old_prices = sum((net0 * quantity1 / quantity0 for quantity0, net0, quantity1, _ in both), Fraction(0))
    quantity0, net0, quantity1, net1 = (sum(column, Fraction(0)) for column in zip(*both, strict=True))
    no_item = now.get(None, NOTHING)[1] - before.get(None, NOTHING)[1]
    parts = dict(price=net1 - at_old_prices, quantity=(quantity1 / quantity0 - 1) * net0,
                 mix=at_old_prices - quantity1 / quantity0 * net0)  # fmt: skip
    whole = Fraction(totals(sales).net - totals(earlier).net)
    parts["other_items"] = whole - sum(parts.values()) - no_item
    return _parts(parts | dict(no_item=no_item), difference, digits)


def _items(sales: Sales) -> dict[str | None, tuple[Fraction, Fraction]]:
    """Item id (None for lines without an item or a quantity) → quantity and net of the period's lines."""
    lines = sales.counted
    item = ibis.ifelse(lines.quantity.isnull(), ibis.null("string"), lines.item_id.cast("string"))
    sums = lines.group_by(item_id=item).agg(
        quantity=lines.quantity.cast("decimal(38, 6)").sum(), net=lines.amount.sum().cast(EXACT)
    )
    return {row.item_id: (Fraction(row.quantity or 0), Fraction(row.net)) for row in frame(sums).itertuples()}


def _parts(parts: dict[str, Fraction], difference: Decimal, digits: int) -> pd.DataFrame:
    shown = apportioned(parts.values(), difference, digits)
    return pd.DataFrame({"part": list(parts), "shown": pd.Series(shown, dtype=object)})


def _most_changed(sales: Sales, clients: ir.Table) -> pd.DataFrame:
    """The clients whose amount changed most, up or down."""
    rows = clients.filter(clients.client_id.notnull())
    rows = rows.mutate(change=(rows.net - rows.net_before).cast(EXACT))
    order = [ibis.desc(rows.change.abs()), rows.client_id]
    best = rows.order_by(order).limit(NAMED)
    named = best.left_join(sales.clients.select("client_id", "client_name"), "client_id").drop("client_id_right")
    named = named.order_by([ibis.desc(named.change.abs()), named.client_id])
    return frame(named.select("client_id", "client_name", "group", "net_before", "net", "change"))
