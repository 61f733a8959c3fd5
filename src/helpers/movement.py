"""Movement: who rose, who fell, who is new, who came back, who was lost.

In come the sales of a period with those of the comparison period, out comes one row a client of the rating with its
rank before and its status. New and returning look at sales, not returns, over the whole history.
"""

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache

import ibis
import ibis.expr.types as ir
import pandas as pd

from helpers.rating import rating
from helpers.sales import Sales, frame


@dataclass(frozen=True)
class Movement:
    """`table`: the rating's `top` clients, best first: client_id, client_name, rank, rank_before (None: not there),
    net, net_before, status (new, returning, recovered or None). `counts`: rose, fell, same, new, returning, recovered,
    lost clients. `history_months`: whole months of sales known before the period; under 12, new is overstated."""

    table: pd.DataFrame
    counts: dict[str, int]
    history_months: int


def movement(sales: Sales) -> Movement:
    """Ranks of the period beside those of the comparison period, and each client's status."""
    moves = moved(sales)
    table = frame(moves.order_by("position").head(sales.parameters.top))
    counts = moves.agg(
        rose=(moves.rank < moves.rank_before).sum(),
        fell=(moves.rank > moves.rank_before).sum(),
        same=(moves.rank == moves.rank_before).sum(),
        **{s: (moves.status == s).sum() for s in ("new", "returning", "recovered")},
    ).to_pandas().iloc[0].fillna(0).astype(int).to_dict()  # fmt: skip
    counts["lost"] = _lost(sales)
    columns = ["client_id", "client_name", "rank", "rank_before", "net", "net_before", "status"]
    return Movement(table[columns], counts, _history_months(sales))


@lru_cache(maxsize=16)
def moved(sales: Sales) -> ir.Table:
    """The rating with rank_before and net_before (None: not in the comparison period) and status, a row a client."""
    ranked = rating(sales)
    table = ranked.left_join(statuses(sales), "client_id").drop("client_id_right")
    if sales.before is None:
        table = table.mutate(rank_before=ibis.null("int64"), net_before=ibis.null(ranked.net.type()))
    else:
        earlier = rating(sales.before)
        earlier = earlier.select("client_id", rank_before=earlier["rank"], net_before=earlier.net)
        table = table.left_join(earlier, "client_id").drop("client_id_right")
    return sales.source.keep(table)


def statuses(sales: Sales) -> ir.Table:
    """One row a client with a sale in the period: client_id (text), status.

    new: the first sale ever lies in the period; recovered: the sale before it is older than `lost_after_days`;
    returning: any other.
    """
    first = _sales_only(sales.counted).group_by("client_id").agg(first=ibis._.sold_at.min())
    past = _sales_only(sales.history).group_by("client_id").agg(last=ibis._.sold_at.max())
    both = first.left_join(past, "client_id").drop("client_id_right")
    away = both.first.cast("date") - ibis.interval(days=sales.company.lost_after_days)
    status = ibis.cases(
        (both["last"].isnull(), "new"), (both["last"].cast("date") < away.cast("date"), "recovered"), else_="returning"
    )
    return both.select(client_id=both.client_id.cast("string"), status=status)


def _lost(sales: Sales) -> int:
    """Clients with a sale in the comparison period and none in this one."""
    if sales.before is None:
        return 0
    now, earlier = (_sales_only(s.counted).select("client_id").distinct() for s in (sales, sales.before))
    return int(earlier.anti_join(now, "client_id").count().execute())


def _sales_only(lines: ir.Table) -> ir.Table:
    return lines.filter(lines.client_id.notnull() & ~lines.is_return)


def _history_months(sales: Sales) -> int:
    oldest = sales.local(sales.history.sold_at.min().execute())
    if oldest is None:
        return 0
    first: dt.date = sales.period.first
    day = oldest.date() if isinstance(oldest, dt.datetime) else oldest
    return max(0, (first.year - day.year) * 12 + first.month - day.month - (day.day > first.day))
