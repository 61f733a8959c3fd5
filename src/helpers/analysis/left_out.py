"""The lines of the period that were read and do not count, by why they do not."""

from dataclasses import dataclass

from helpers.sales import Rows, Sales, kept


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class LeftOut(Rows):
    """reason (a code that the page puts into words), lines, amount (None: unknown)."""


@kept
def left_out(sales: Sales) -> LeftOut:
    """What is not in the report, with its amounts."""
    return LeftOut(reader=sales.reader, rows=sales.left_out)
