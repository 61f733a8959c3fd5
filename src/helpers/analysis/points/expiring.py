"""Points that expire soon: whom a reminder would bring back.

In come the sales, out come the clients whose points end within some days of the period's end, most first.
"""

import datetime as dt
from dataclasses import dataclass

import ibis

from helpers.analysis.points.balance import LEVEL
from helpers.analysis.points.documents import POINTS
from helpers.analysis.points.ledger import ledger
from helpers.sales import Rows, Sales, Unavailable, frame, kept


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class ExpiringPoints(Rows):
    """client_id, client_name, points (that expire soon if nothing is redeemed), first_on (the earliest day of it),
    balance. Redemptions take what expires first, so a balance is what expires last."""


@kept
def points_expiring(sales: Sales, within_days: int = 60, rows: int = 20) -> ExpiringPoints | Unavailable:
    """The clients whose points expire within so many days of the period's end, most first.

    Example: `points_expiring(sales, within_days=30).frame`."""
    entries = ledger(sales)
    if entries is None:
        return sales.unavailable(LEVEL)
    last = sales.period.last
    lots = entries.filter((entries.kind == "accrued") & (entries.expires_on > ibis.literal(last)))
    lots = lots.mutate(is_soon=lots.expires_on <= ibis.literal(last + dt.timedelta(days=within_days)))
    soon = lots.group_by("client_id").agg(
        later=lots.points.sum(where=~lots.is_soon).fill_null(0), first_on=lots.expires_on.min(),
        due=lots.points.sum(where=lots.is_soon),
    )  # fmt: skip
    endless = entries.filter((entries.kind == "accrued") & entries.expires_on.isnull())
    endless = endless.group_by("client_id").agg(endless=endless.points.sum())
    balance = entries.group_by("client_id").agg(balance=entries.points.sum())
    table = soon.filter(soon.due > 0).join(balance, "client_id").left_join(endless, "client_id")
    left = (table.balance - table.later - table.endless.fill_null(0)).cast(POINTS)
    points = ibis.least(left, table.due)  # what came back beyond all that was ever taken does not expire
    table = (
        table.mutate(points=points, client_id=table.client_id.cast("string"))
        .filter(ibis._.points > 0)
        .select("client_id", "points", "first_on", "balance")
    )
    table = table.order_by([ibis.desc("points"), "client_id"]).limit(rows)
    names = sales.clients.select("client_id", "client_name")
    named = table.left_join(names, "client_id").drop("client_id_right")
    return ExpiringPoints(reader=sales.reader, rows=frame(named.order_by([ibis.desc("points"), "client_id"])))
