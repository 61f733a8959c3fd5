"""What happened, in a few figures: the finding that heads a page, its main cause, and what to do about it.

In come the answers to why the revenue changed, who moved and what to do, out comes what the head of a page says of
them. Nothing is summed here.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

import pandas as pd

from helpers.analysis.actions import Actions, actions
from helpers.analysis.change import Change, change
from helpers.analysis.movement import BestBefore, best_figures, movement
from helpers.analysis.rating import totals
from helpers.sales import Number, Result, Sales, kept

NEARLY = Decimal("0.8")
PARTS = (("by_price", ("price", "quantity")), ("by_volume", ("number", "size")))


@dataclass(frozen=True)
class Cause:
    """What alone makes a quarter of a difference or more: kind (client, branch, price, quantity, number, size), its
    name (of a client or branch), group (closed, for example), change, and share of the difference."""

    kind: str
    name: str
    group: str
    change: Decimal
    share: Decimal


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Highlights(Result):
    """net and clients of the period; difference and net_before where the sales cover the comparison, with its cause;
    sales_from and sales_until: from when to when there are sales at all, where the period has none or the comparison
    is not covered (`is_uncovered`)."""

    net: Decimal
    clients: int
    net_before: Decimal | None
    difference: Decimal | None
    cause: Cause | None
    best_before: BestBefore | None
    actions: Actions
    is_uncovered: bool
    sales_from: dt.date | None
    sales_until: dt.date | None

    @property
    def frame(self) -> pd.DataFrame:
        """One row a figure of the finding."""
        cause = self.cause
        facts = dict(net=self.net, clients=self.clients, net_before=self.net_before, difference=self.difference,
                     cause=cause and (cause.name or cause.kind), cause_change=cause and cause.change)  # fmt: skip
        return pd.DataFrame({"figure": list(facts), "value": pd.Series(list(facts.values()), dtype=object)})

    @property
    def figures(self) -> dict[str, Number | None]:
        """Those of the finding and of the three sentences."""
        own: dict[str, Number | None] = dict(net=self.net, clients=self.clients, net_before=self.net_before)
        return own | best_figures(self.best_before) | self.actions.figures


@kept
def highlights(sales: Sales, rows: int = 10, contacts: bool = False) -> Highlights:
    """What happened in the period, why, and what to do: the head of a page.

    Example: `highlights(sales).frame`."""
    changed, is_covered = change(sales), sales.comparable is not None
    is_empty = sales.tally[sales.tally.reason.isna()].empty
    is_uncovered = sales.before is not None and not is_covered
    return Highlights(
        reader=sales.reader, net=totals(sales).net, clients=totals(sales).clients,
        net_before=changed.total_before if isinstance(changed, Change) else None,
        difference=changed.difference if isinstance(changed, Change) else None,
        cause=cause(changed) if isinstance(changed, Change) else None, best_before=movement(sales).best_before,
        actions=actions(sales, rows, contacts), is_uncovered=is_uncovered,
        sales_from=sales.begin if is_empty or is_uncovered else None,
        sales_until=sales.end if is_empty and sales.part_of is None else None,
    )  # fmt: skip


def cause(changed: Change) -> Cause | None:
    """What made most of a difference: of those that nearly reach the largest share, the most particular one, a client
    before a branch before prices, quantities and sales."""
    candidates = [c for c in _candidates(changed) if changed.is_explained_by(c.change)] if changed.difference else []
    largest = max((min(c.share, Decimal(1)) for c in candidates), default=None)
    return next((c for c in candidates if largest and c.share >= NEARLY * largest), None)


def _candidates(changed: Change) -> list[Cause]:
    whole, candidates = changed.difference, []
    clients, branches = changed.clients, changed.by_branch
    if len(clients):
        first = max(clients.itertuples(), key=lambda r: r.change / whole)
        name = first.client_name or first.client_id
        candidates.append(Cause("client", name, first.group, first.change, first.change / whole))
    named = [r for r in branches.itertuples() if r.branch is not None]
    if len(named) > 1:
        first = max(named, key=lambda r: r.change / whole)
        candidates.append(Cause("branch", first.branch, first.group, first.change, first.change / whole))
    for split, parts in PARTS:
        rows = getattr(changed, split)
        if rows is not None:
            candidates += [
                Cause(r.part, "", "", r.shown, r.shown / whole)
                for r in rows.itertuples()
                if r.part in parts and r.shown / whole <= 1  # another part takes more than all back
            ]
    return candidates
