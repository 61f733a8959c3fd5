"""An analyst's own table on the page: what was computed in a cell, drawn as the suite's tables are.

In come the sales and a pandas frame, out comes a result; what it says is the analyst's, no control total holds it.
"""

from dataclasses import dataclass

import pandas as pd

from helpers.errors import BadParameter
from helpers.sales import Rows, Sales, checked

MOST_ROWS = 2_000


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class OwnTable(Rows):
    """The analyst's rows under a title of theirs."""

    title: str


@checked
def own_table(sales: Sales, frame: pd.DataFrame, title: str) -> OwnTable:
    """A frame of your own as a table of the page: Decimals are written as money, other numbers and days as the reader's
    language writes them; an index of names or of values is a column.

    Example: `own_table(sales, rating(sales).head(5)[["client_name", "net"]], "The first five")`."""
    if not isinstance(frame, pd.DataFrame):
        raise BadParameter(f"own_table: expected a pandas DataFrame, found {type(frame).__name__}")
    if len(frame) > MOST_ROWS:
        raise BadParameter(
            f"own_table: a page shows at most {MOST_ROWS:,} rows, these are {len(frame):,}; take .head(…)"
        )
    return OwnTable(reader=sales.reader, rows=with_index(frame), title=title)


def with_index(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with its index as its first columns, where that is more than the numbers of the rows.

    >>> list(with_index(pd.DataFrame({"a": [1]}, index=["x"]))), list(with_index(pd.DataFrame({"a": [1]}, index=[7])))
    (['index', 'a'], ['a'])
    """
    is_numbered = list(frame.index.names) == [None] and pd.api.types.is_integer_dtype(frame.index)
    is_there = any(name in frame.columns for name in frame.index.names)
    return frame if is_numbered or is_there else frame.reset_index()
