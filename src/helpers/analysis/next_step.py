"""Who is near the next step: clients to whom a little more would bring better terms.

In come the sales and rules, out come the clients whose spending in the fiscal year stands just under an amount from
which a tier or a price list begins.
"""

from dataclasses import dataclass
from decimal import Decimal

import ibis
import pandas as pd

from helpers.analysis.points import rules_of
from helpers.analysis.points.documents import fiscal_year
from helpers.money import EXACT
from helpers.sales import Rows, Sales, frame, kept

CLOSE = Decimal("0.8")  # of the amount is spent
COLUMNS = ("client_id", "client_name", "spent", "starts", "step", "missing")


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class NextSteps(Rows):
    """client_id, client_name, spent (in the fiscal year up to the period's end), step (its name or list), starts (the
    amount it begins at), missing; the least missing first."""


@kept
def next_step(sales: Sales, rules: str = "rules", rows: int = 20) -> NextSteps:
    """The clients who stand just under an amount from which better terms begin; empty where rules have no steps, and of
    some branches alone: what is spent in all of them counts.

    Example: `next_step(sales, "rules.vip").frame`."""
    company_rules = rules_of(sales, rules or "rules")
    steps = [(t.from_, t.name or f"{t.rate:f}") for t in company_rules.tiers]
    steps += [(r.from_, name) for name, r in company_rules.price_lists.items() if r.from_ is not None]
    if not steps or sales.only_branches:
        return NextSteps(reader=sales.reader, rows=pd.DataFrame(columns=list(COLUMNS)))
    lines = sales.until_end.filter(sales.until_end.client_id.notnull())
    lines = lines.filter(fiscal_year(sales, sales.clock.day(lines.sold_at)) == _year(sales))
    table = lines.group_by(client_id=lines.client_id.cast("string")).agg(spent=lines.amount.sum().cast(EXACT))
    near = [(table.spent < at) & (table.spent >= at * CLOSE) for at, _ in steps]
    starts = ibis.cases(*((is_near, at) for is_near, (at, _) in zip(near, steps, strict=True)), else_=None)
    names = ibis.cases(*((is_near, name) for is_near, (_, name) in zip(near, steps, strict=True)), else_=None)
    table = table.mutate(starts=starts.cast(EXACT), step=names).filter(ibis._.starts.notnull())
    table = (
        table.mutate(missing=(table.starts - table.spent).cast(EXACT)).order_by(["missing", "client_id"]).limit(rows)
    )
    named = table.left_join(sales.clients.select("client_id", "client_name"), "client_id").drop("client_id_right")
    return NextSteps(reader=sales.reader, rows=frame(named.order_by(["missing", "client_id"])))


def _year(sales: Sales) -> int:
    last, (month, day) = sales.period.last, sales.company.fiscal_start
    return last.year - ((last.month, last.day) < (month, day))
