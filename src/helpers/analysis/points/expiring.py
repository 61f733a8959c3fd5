"""Points that expire soon: whom a reminder would bring back.

In come the sales, out come the clients whose points end within some days of the period's end, most first.
"""

import datetime as dt

import ibis
import pandas as pd

from helpers.analysis.points.ledger import POINTS, ledger
from helpers.sales import Sales, frame


def points_expiring(sales: Sales, days: int = 60, top: int = 20) -> pd.DataFrame | None:
    """client_id, client_name, points (that expire within `days` of the period's end if nothing is redeemed),
    first_on (the earliest day of it), balance. Redemptions take what expires first, so a balance is what expires last.
    """
    entries = ledger(sales)
    if entries is None:
        return None
    last = sales.period.last
    lots = entries.filter((entries.kind == "accrued") & (entries.expires_on > ibis.literal(last)))
    lots = lots.mutate(is_soon=lots.expires_on <= ibis.literal(last + dt.timedelta(days=days)))
    soon = lots.group_by("client_id").agg(
        later=lots.points.sum(where=~lots.is_soon).fill_null(0), first_on=lots.expires_on.min(), due=lots.is_soon.sum()
    )
    endless = entries.filter((entries.kind == "accrued") & entries.expires_on.isnull())
    endless = endless.group_by("client_id").agg(endless=endless.points.sum())
    balance = entries.group_by("client_id").agg(balance=entries.points.sum())
    table = soon.filter(soon.due > 0).join(balance, "client_id").left_join(endless, "client_id")
    points = (table.balance - table.later - table.endless.fill_null(0)).cast(POINTS)
    table = (
        table.mutate(points=points, client_id=table.client_id.cast("string"))
        .filter(ibis._.points > 0)
        .select("client_id", "points", "first_on", "balance")
    )
    table = table.order_by([ibis.desc("points"), "client_id"]).limit(top)
    names = sales.clients.select("client_id", "client_name")
    return frame(
        table.left_join(names, "client_id").drop("client_id_right").order_by([ibis.desc("points"), "client_id"])
    )
