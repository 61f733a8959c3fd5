"""The waterfall added up once, by client and applied list: what every table of discounts is made from.

In come lines, out come sums in the engine; several keys and one scan, since lines are many and clients are few.
"""

import ibis.expr.types as ir

from helpers.analysis.discounts.waterfall import PARTS, knows_base, waterfall
from helpers.money import EXACT
from helpers.sales import Sales, kept

KEYS = ("client_id", "price_list_id")
COUNTS = ("lines", "covered", "costed")


@kept
def period_sums(sales: Sales) -> ir.Table:
    """The sums of the period's lines by client and applied list, kept for the run."""
    return by_client_and_list(sales, waterfall(sales) if knows_base(sales) else sales.counted)


def by_client_and_list(sales: Sales, lines: ir.Table) -> ir.Table:
    """The sums of lines, one row a client and applied list (ids as text)."""
    keys = [k for k in KEYS if k in lines.columns]
    table = summed(lines, *keys)
    return sales.source.keep(table.mutate(**{k: table[k].cast("string") for k in keys}))


def by_branch(sales: Sales, lines: ir.Table) -> ir.Table:
    """The sums of lines, one row a branch, with `clients`."""
    table = summed(lines, "branch_id", clients=lines.client_id.nunique())
    return table.mutate(branch_id=table.branch_id.cast("string"))


def summed(lines: ir.Table, *keys: str, **further: ir.Value) -> ir.Table:
    """By `keys`: lines, covered, net; base and the four parts over covered lines; margin, costed (lines with a cost)
    and with_cost (their net)."""
    sums = dict(lines=lines.count(), net=lines.amount.sum())
    if "is_covered" in lines.columns:
        parts = {"base": lines.base_amount} | {c: lines[c] for c in PARTS}
        sums |= {c: part.sum(where=lines.is_covered).fill_null(0) for c, part in parts.items()}
        sums["covered"] = lines.is_covered.sum()
    if "cost_amount" in lines.columns:
        known = lines.cost_amount.notnull()
        sums |= dict(margin=(lines.amount - lines.cost_amount).sum(), costed=known.sum(),
                     with_cost=lines.amount.sum(where=known).fill_null(0))  # fmt: skip
    table = lines.group_by(*keys).agg(**sums, **further)
    return table.mutate(**{c: table[c].cast(EXACT) for c in sums if c not in COUNTS})


def regrouped(table: ir.Table, key: str) -> ir.Table:
    """The sums of (client, list) by one of them, with `clients`."""
    sums = {c: table[c].sum() for c in table.columns if c not in KEYS}
    sums_by_key = table.group_by(key).agg(clients=table.client_id.nunique(), **sums)
    return sums_by_key.mutate(**{c: sums_by_key[c].cast(EXACT) for c in sums if c not in COUNTS})
