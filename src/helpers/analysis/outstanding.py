"""What clients owe: what their documents ask less what they paid, up to the period's end.

In come the sales of a source that has payments, out comes one row a client with documents or payments. Amounts are with
tax where it is known, as payments are. A payment counts for the client of the document it pays, else for its own.
"""

from decimal import Decimal

import ibis
import ibis.expr.types as ir

from helpers.errors import BadData
from helpers.money import EXACT
from helpers.sales import Sales, kept


@kept
def outstanding(sales: Sales) -> ir.Table | None:
    """client_id (text, None for lines and payments without a client), invoiced, paid, outstanding = invoiced − paid,
    who owes most first; None for a source without payments, and of some branches alone: a client owes the company.
    Raises BadData when the sums are not those of the lines and payments."""
    if "payment" not in sales.source.tables or sales.only_branches:
        return None
    invoiced, paid = _invoiced(sales), sales.in_basis("paid").until_end
    rows = _signed(invoiced, "invoiced").union(_signed(paid, "paid"))
    sums = rows.group_by("client_id").agg(**{c: rows[c].sum().fill_null(0).cast(EXACT) for c in ("invoiced", "paid")})
    table = sales.source.keep(sums.mutate(outstanding=(sums.invoiced - sums.paid).cast(EXACT)))
    _assert_whole(table, invoiced, paid)
    return table.order_by([ibis.desc("outstanding"), "client_id"])


def total_outstanding(sales: Sales) -> Decimal | None:
    """What all clients owe together, as Decimal; None for a source without payments."""
    table = outstanding(sales)
    return None if table is None else table.outstanding.sum().fill_null(0).cast(EXACT).execute()


def _invoiced(sales: Sales) -> ir.Table:
    """The lines that count up to the period's end, with tax where it is known."""
    lines = sales.in_basis("invoiced")
    if lines.company.amount_includes_tax is not None:
        lines.company = lines.company.model_copy(update={"tax": "included"})
    return lines.until_end


def _signed(lines: ir.Table, name: str) -> ir.Table:
    amounts = {c: lines.amount.cast(EXACT) if c == name else ibis.null(EXACT) for c in ("invoiced", "paid")}
    return lines.select(client_id=lines.client_id.cast("string"), **amounts)


def _assert_whole(table: ir.Table, invoiced: ir.Table, paid: ir.Table) -> None:
    """The sums by client are those of the lines and the payments."""
    by_client = table.agg(invoiced=table.invoiced.sum(), paid=table.paid.sum()).to_pandas().iloc[0]
    for name, lines in (("invoiced", invoiced), ("paid", paid)):
        expected = lines.amount.sum().cast(EXACT).execute()
        if (by_client[name] or 0) != (expected or 0):
            raise BadData(f"the totals do not agree: {name} by client gives {by_client[name]}, the lines {expected}; "
                          "nothing is published")  # fmt: skip
