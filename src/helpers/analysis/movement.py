"""Movement: who is lost, fell, rose, came back, is new, each with name and money; the best of both periods.

In come the sales of a period with those of the comparison period, out come a group a client and the rating's ranks
before. New and returning look at sales, not returns, over the whole history; lost goes by each client's own rhythm.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from helpers.analysis.rating import best_first, placed, ranked, rating
from helpers.analysis.rhythm import rhythm
from helpers.money import EXACT
from helpers.period import Period
from helpers.sales import Number, Result, Sales, frame, kept

GROUPS = ("no_client", "fell", "rose", "same", "absent", "returns_only", "new", "since", "back")
"""What a client did between two periods, in the order in which the parts of a change are told."""


SHOWN_GROUPS = ("lost", "absent", "fell", "rose", "back", "since", "new")
"""The groups whose clients a page names; lost are the absent ones that are overdue."""
BEST, NAMED = 10, 3


@dataclass(frozen=True)
class BestBefore:
    """What became of the comparison period's best: how many they are, how many of them have no line now, their net in
    both periods."""

    clients: int
    absent: int
    net_before: Decimal
    net: Decimal


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Movement(Result):
    """`table`: the rating's `top` clients, best first: client_id, client_name, rank, rank_before (None: not there),
    net, net_before, status (by earlier purchases: new, the first ever; recovered, after a long time; returning, any
    other; None without one). `everyone`: all clients of either period, lazy, with the same columns, group (by amount:
    fell, rose, same, absent or lost with nothing now, lost where that is overdue, new, since, back, returns_only; None
    where the comparison is not covered) and last_on, the day of the last purchase up to the period's end. `counts`: how
    many rose and fell by rank, and the statuses. `history_months`: whole months of sales known before the period; under
    12, new is overstated.

    What needs a comparison that the sales cover, else empty or None: `best` and `best_then`, the ten best of the period
    and of the comparison, best first, and `named`, the three of each of `SHOWN_GROUPS` whose amount changed most:
    client_id, client_name, group, net_before, net, change; `groups`: group, clients, net_before, net; `best_before`;
    `newly_best`: how many of `best` are not in `best_then`.
    `sales_begin`: the day of the first sale where the comparison is not covered.
    """

    table: pd.DataFrame
    everyone: ir.Table
    counts: dict[str, int]
    history_months: int
    best: pd.DataFrame
    best_then: pd.DataFrame
    named: pd.DataFrame
    groups: pd.DataFrame
    best_before: BestBefore | None
    newly_best: int = 0
    sales_begin: dt.date | None = None

    @property
    def frame(self) -> pd.DataFrame:
        """Everyone of either period beside what they were, best first; ranks are Int64, so that they subtract."""
        rows = frame(self.everyone.order_by([ibis.desc("net"), "client_id"]))
        return rows.astype({"rank": "Int64", "rank_before": "Int64"})

    @property
    def figures(self) -> dict[str, Number | None]:
        """Each group that a page names, and what became of the best."""
        figures = best_figures(self.best_before)
        for r in self.groups.itertuples():
            figures |= {f"moved_clients {r.group}": r.clients, f"moved_net {r.group}": r.net,
                        f"moved_net_before {r.group}": r.net_before}  # fmt: skip
        return figures | (dict(newly_best=self.newly_best) if self.best_before else {})


def best_figures(best: BestBefore | None) -> dict[str, Number | None]:
    """What became of the comparison period's best, as figures."""
    if best is None:
        return {}
    return dict(best_before=best.clients, best_absent=best.absent, best_net_before=best.net_before, best_net=best.net)


@kept
def movement(sales: Sales) -> Movement:
    """Ranks of the period beside those of the comparison period, and each client's status.

    Example: `movement(sales).counts`."""
    moves = moved(sales)
    table = frame(best_first(sales, with_past(sales, rating(sales).table.head(sales.parameters.top))))
    counts = moves.agg(
        rose=(moves.rank < moves.rank_before).sum(),
        fell=(moves.rank > moves.rank_before).sum(),
        same=(moves.rank == moves.rank_before).sum(),
        **{s: (moves.status == s).sum() for s in ("returning", "recovered")},
    ).to_pandas().iloc[0].fillna(0).astype(int).to_dict()  # fmt: skip
    columns = ["client_id", "client_name", "rank", "rank_before", "net", "net_before", "status"]
    return Movement(
        reader=sales.reader, table=table[columns], everyone=_everyone(sales),
        counts=counts | {"new": new_clients(sales), "absent": _absent(sales)},
        history_months=sales.history_months, **_compared(sales),
    )  # fmt: skip


def _everyone(sales: Sales) -> ir.Table:
    """Who has a line in the period or in the comparison, with what is known of both."""
    now = ranked(sales, True).select("client_id", "rank", "net")
    if sales.comparable is None:
        table = now.mutate(net_before=ibis.null(EXACT), group=ibis.null("string"))
    else:
        table = _with_lost(sales).left_join(now.drop("net"), "client_id").drop("client_id_right")
    for other in (
        _before(sales).select("client_id", "rank_before"),
        moved(sales).select("client_id", "status"),
        rhythm(sales).select("client_id", "last_on"),
        sales.clients.select("client_id", "client_name"),
    ):
        table = table.left_join(other, "client_id").drop("client_id_right")
    return table.select("client_id", "client_name", "rank", "rank_before", "net", "net_before", "status", "group",
                        "last_on")  # fmt: skip


def _compared(sales: Sales) -> dict[str, Any]:
    """What tells of both periods; nothing where the sales do not cover the comparison."""
    if sales.comparable is None:
        nothing, begin = pd.DataFrame(), sales.begin if sales.before else None
        return dict(best=nothing, best_then=nothing, named=nothing, groups=nothing, best_before=None, sales_begin=begin)
    clients = _with_lost(sales)
    best, then = (_best(sales, clients, amount) for amount in ("net", "net_before"))
    sums = clients.group_by("group").agg(
        clients=clients.count(), net_before=clients.net_before.sum().cast(EXACT), net=clients.net.sum().cast(EXACT)
    )
    groups = frame(sums).set_index("group").reindex(list(SHOWN_GROUPS)).dropna(how="all").reset_index()
    place = ibis.row_number().over(
        ibis.window(group_by=clients.group, order_by=[ibis.desc(clients.change.abs()), clients.client_id])
    )
    named = clients.mutate(place=place).filter(ibis._.place < NAMED, clients.group.isin(SHOWN_GROUPS)).drop("place")
    return dict(
        best=best, best_then=then, named=_named(sales, named, "change"), groups=groups.astype({"clients": "int64"}),
        best_before=_fate(then), newly_best=len(set(best.client_id) - set(then.client_id)),
    )  # fmt: skip


@kept
def _with_lost(sales: Sales) -> ir.Table:
    """The clients of `grouped_clients` with their change; the absent that are overdue in a group of their own."""
    clients = grouped_clients(sales)
    clients = clients.filter(clients.client_id.notnull())
    overdue = rhythm(sales).filter(ibis._.is_overdue).select(overdue_id="client_id")
    clients = clients.left_join(overdue, [("client_id", "overdue_id")])
    is_lost = (clients.group == "absent") & clients.overdue_id.notnull()
    change = (clients.net - clients.net_before).cast(EXACT)
    group = ibis.ifelse(is_lost, "lost", clients.group)
    return sales.source.keep(clients.select("client_id", "net", "net_before", group=group, change=change))


def _best(sales: Sales, clients: ir.Table, amount: str) -> pd.DataFrame:
    """The ten with the largest amount over 0."""
    first = clients.filter(clients[amount] > 0).order_by([ibis.desc(amount), "client_id"]).limit(BEST)
    return _named(sales, first, amount)


def _named(sales: Sales, clients: ir.Table, amount: str) -> pd.DataFrame:
    """The same with names, the largest amount first, whatever its sign."""
    named = clients.left_join(sales.clients.select("client_id", "client_name"), "client_id").drop("client_id_right")
    rows = named.select("client_id", "client_name", "group", "net_before", "net", "change")
    return frame(rows.order_by([ibis.desc(rows[amount].abs()), rows.client_id]))


def _fate(best: pd.DataFrame) -> BestBefore:
    absent = int(best.group.isin(["lost", "absent"]).sum())
    return BestBefore(len(best), absent, sum(best.net_before, Decimal(0)), sum(best.net, Decimal(0)))


def with_past(sales: Sales, best: ir.Table) -> ir.Table:
    """A head of the rating with status, rank_before and net_before."""
    past = moved(sales).select("client_id", "status", "rank_before", "net_before")
    return best.join(past, "client_id")


def _absent(sales: Sales) -> int:
    """How many clients have a line in the comparison period and none in this one: the group of that name, counted
    without the history that `grouped_clients` reads."""
    if sales.comparable is None:
        return 0
    now, then = (period.filter(period.client_id.notnull()).select("client_id")
                 for period in (sales.client_sums(True), sales.comparable.client_sums(True)))  # fmt: skip
    return int(then.anti_join(now, "client_id").count().execute())


@kept
def moved(sales: Sales) -> ir.Table:
    """One row a client of the rating: client_id (text), rank, rank_before and net_before (None: not in the comparison
    period), status, first_sale and last_sale (moments, over the whole history up to the period's end).

    status: new, the first sale ever lies in the period; recovered, the sale before it is older than
    `lost_after_days`; returning, any other; None without a sale in the period.
    """
    now = ranked(sales, True).select("client_id", "rank", first_now="first_sale", last_now="last_sale")
    table = now.left_join(_before(sales), "client_id").drop("client_id_right")
    table = table.left_join(_older(sales), "client_id").drop("client_id_right")
    last_past = ibis.greatest(table.last_before, table.last_older)
    away = table.first_now.cast("date") - ibis.interval(days=sales.company.lost_after_days)
    status = ibis.cases(
        (table.first_now.isnull(), ibis.null("string")),
        (last_past.isnull(), "new"),
        (last_past.cast("date") < away.cast("date"), "recovered"),
        else_="returning",
    )
    return sales.source.keep(table.select(
        "client_id", "rank", "rank_before", "net_before", status=status,
        first_sale=ibis.least(table.first_now, table.first_before, table.first_older),
        last_sale=ibis.greatest(table.last_now, last_past),
    ))  # fmt: skip


@kept
def new_clients(sales: Sales) -> int:
    """How many clients have their first sale ever in the period."""
    return int((moved(sales).status == "new").sum().fill_null(0).execute())


@kept
def grouped_clients(sales: Sales) -> ir.Table:
    """One row a client with a line in the period or the comparison, and one for all lines without a client: client_id
    (text), net, net_before (0 without a line), group.

    The first of these that fits: no_client; lines in both, so fell, rose or same; absent (none in the period);
    returns_only; new (the first sale ever lies in the period); since (the first sale lies between the two periods);
    back (an earlier sale, none in the comparison).
    """
    earlier = sales.before
    assert earlier is not None, "two periods are compared"
    now, before = sales.client_sums(True), earlier.client_sums(True)
    first, none = now.first_sale.type(), ibis.null(EXACT)
    rows = now.select(
        net=now.net.cast(EXACT), first_sale="first_sale", client_id=now.client_id.cast("string"), net_before=none
    )
    rows = rows.union(
        before.select(
            net=none,
            first_sale=ibis.null(first),
            client_id=before.client_id.cast("string"),
            net_before=before.net.cast(EXACT),
        )
    )
    table = rows.group_by("client_id").agg(  # a join of both sides cannot match lines without a client
        net=rows.net.sum().cast(EXACT), net_before=rows.net_before.sum().cast(EXACT), first_sale=rows.first_sale.min()
    )
    older = _older(sales).select(older_id="client_id", first_older="first_older")
    table = table.left_join(older, [("client_id", "older_id")])
    between = sales.clock.moment(earlier.period.last + dt.timedelta(days=1))
    is_now, is_before = table.net.notnull(), table.net_before.notnull()
    group = ibis.cases(
        (table.client_id.isnull(), "no_client"),
        (is_now & is_before & (table.net < table.net_before), "fell"),
        (is_now & is_before & (table.net > table.net_before), "rose"),
        (is_now & is_before, "same"),
        (is_before, "absent"),
        (table.first_sale.isnull(), "returns_only"),
        (table.first_older.isnull(), "new"),
        (table.first_older >= between, "since"),
        else_="back",
    )
    amounts = {c: table[c].fill_null(0).cast(EXACT) for c in ("net", "net_before")}
    return sales.source.keep(table.select("client_id", group=group, **amounts))


def _past_period(sales: Sales) -> Period | None:
    """The comparison period if it ends before the period begins, so that its sales are past."""
    before = sales.before.period if sales.before else None
    return before if before and before.last < sales.period.first else None


def _before(sales: Sales) -> ir.Table:
    """client_id, rank_before and net_before in the comparison period (None where the sales do not cover it);
    first_before and last_before sale when past."""
    earlier = placed(sales.before or sales, True)
    unknown = ibis.null(earlier.first_sale.type())
    first, last = (earlier.first_sale, earlier.last_sale) if _past_period(sales) else (unknown, unknown)
    rank, net = earlier["rank"], earlier.net
    if sales.comparable is None:
        rank, net = ibis.null(rank.type()), ibis.null(net.type())
    table = earlier.select("client_id", rank_before=rank, net_before=net, first_before=first, last_before=last)
    return table if sales.before else table.limit(0)


@kept
def _older(sales: Sales) -> ir.Table:
    """client_id, first_older and last_older sale before the period, those of the comparison period apart: each line of
    the history is read once."""
    lines = sales.history.filter(sales.history.is_sale)
    if past := _past_period(sales):
        end_on = past.last + dt.timedelta(days=1)
        begin, end = sales.clock.moment(past.first), sales.clock.moment(end_on)
        is_between = (lines.sold_at >= end) if end_on < sales.period.first else ibis.literal(False)
        lines = lines.filter((lines.sold_at < begin) | is_between)
    table = lines.group_by("client_id").agg(first_older=lines.sold_at.min(), last_older=lines.sold_at.max())
    return sales.source.keep(table.mutate(client_id=table.client_id.cast("string")))
