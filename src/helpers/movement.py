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

from helpers.rating import best_first, rating
from helpers.sales import Sales, frame


@dataclass(frozen=True)
class Movement:
    """`table`: the rating's `top` clients, best first: client_id, client_name, rank, rank_before (None: not there),
    net, net_before, status (new, returning, recovered or None). `counts`: rose, fell, same, new, returning, recovered,
    lost clients. `history_months`: whole months of sales known before the period; under 12, new is overstated."""

    table: pd.DataFrame
    counts: dict[str, int]
    history_months: int


@lru_cache(maxsize=16)
def movement(sales: Sales) -> Movement:
    """Ranks of the period beside those of the comparison period, and each client's status."""
    moves, known = moved(sales), lives(sales)
    table = frame(best_first(sales, moves).head(sales.parameters.top))
    counts = moves.agg(
        rose=(moves.rank < moves.rank_before).sum(),
        fell=(moves.rank > moves.rank_before).sum(),
        same=(moves.rank == moves.rank_before).sum(),
        **{s: (moves.status == s).sum() for s in ("new", "returning", "recovered")},
    ).to_pandas().iloc[0].fillna(0).astype(int).to_dict()  # fmt: skip
    is_lost = known.was_there & known.first_now.isnull() & known.client_id.notnull()
    whole = known.agg(lost=is_lost.sum().fill_null(0), oldest=known.oldest.min()).to_pandas().iloc[0]
    columns = ["client_id", "client_name", "rank", "rank_before", "net", "net_before", "status"]
    months = _whole_months(sales.local(whole.oldest), sales.period.first)
    return Movement(table[columns], counts | {"lost": int(whole.lost)}, months)


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


@lru_cache(maxsize=16)
def lives(sales: Sales) -> ir.Table:
    """One row a client with a line up to the period's end (a NULL for lines without a client), by one scan of the
    whole history: client_id (text), oldest (moment of any line), first_sale, last_sale, first_now (first sale in the
    period), last_past (last sale before it), was_there (whether it bought in the comparison period)."""
    lines = sales.until_end
    moment, is_sale = lines.sold_at, ~lines.is_return
    is_now = moment >= sales.moment(sales.period.first)
    was_there = sales.between(moment, sales.before.period) if sales.before else ibis.literal(False)
    table = lines.group_by("client_id").agg(
        oldest=moment.min(), first_sale=moment.min(where=is_sale), last_sale=moment.max(where=is_sale),
        first_now=moment.min(where=is_sale & is_now), last_past=moment.max(where=is_sale & ~is_now),
        was_there=(is_sale & was_there).any(),
    )  # fmt: skip
    return sales.source.keep(table.mutate(client_id=table.client_id.cast("string")))


def statuses(sales: Sales) -> ir.Table:
    """One row a client with a sale in the period: client_id (text), status.

    new: the first sale ever lies in the period; recovered: the sale before it is older than `lost_after_days`;
    returning: any other.
    """
    known = lives(sales)
    known = known.filter(known.first_now.notnull() & known.client_id.notnull())
    away = known.first_now.cast("date") - ibis.interval(days=sales.company.lost_after_days)
    is_recovered = known.last_past.cast("date") < away.cast("date")
    status = ibis.cases((known.last_past.isnull(), "new"), (is_recovered, "recovered"), else_="returning")
    return known.select("client_id", status=status)


def _whole_months(oldest: dt.datetime | dt.date | None, first: dt.date) -> int:
    """Whole months of sales known before the period."""
    if oldest is None:
        return 0
    day = oldest.date() if isinstance(oldest, dt.datetime) else oldest
    return max(0, (first.year - day.year) * 12 + first.month - day.month - (day.day > first.day))
