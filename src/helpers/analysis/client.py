"""One client's page: purchases by month and branch, list history, points from opening to closing, rank over time,
expected spend.

In come the sales and a client's id, out come small frames; a client without sales or points has empty ones.
"""

from dataclasses import dataclass
from decimal import Decimal

import ibis
import ibis.expr.types as ir
import pandas as pd

from helpers.analysis.points import ledger
from helpers.analysis.promising import forecast
from helpers.errors import BadParameter
from helpers.money import EXACT
from helpers.sales import Result, Rows, Sales, frame, kept
from helpers.sales.lookup import client_called

ZERO = Decimal(0)


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class PointsStatement(Rows):
    """day, kind, document, points, balance of one client, the opening balance first."""


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Statement(Result):
    """client_name; purchases: month by branch name, with Total; returns: the period's return lines; price_lists: list
    by valid_from; ranks: month, net, rank, clients;
    expected: over so many days after `until`: expected_spend, p_buy, expected_visits (one row, or none for a client
    who has never bought)."""

    client_name: str
    purchases: pd.DataFrame
    returns: pd.DataFrame
    price_lists: pd.DataFrame
    points: PointsStatement
    ranks: pd.DataFrame
    expected: pd.DataFrame

    @property
    def frame(self) -> pd.DataFrame:
        """The purchases, month by branch."""
        return self.purchases


@kept
def statement(sales: Sales, client: str | int) -> Statement:
    """The statement of a client, by id or name, for the period; raises BadParameter for who neither buys nor is in the
    master.

    Example: `statement(sales, first_client(sales)).ranks`."""
    client_id = client_called(sales, client)
    known = frame(sales.clients.filter(sales.clients.client_id == client_id))
    lines = sales.counted.filter(sales.counted.client_id.cast("string") == client_id)
    name = client_id if known.empty else known.client_name.iloc[0] or client_id
    returns = lines.filter(lines.is_return).drop("left_out", "is_sale").order_by(["sold_at", *sales.keys]).to_pandas()
    return Statement(
        reader=sales.reader, client_name=name, purchases=_purchases(sales, lines), returns=returns,
        price_lists=_price_lists(sales, client_id),
        points=PointsStatement(reader=sales.reader, rows=_points(sales, client_id)),
        ranks=ranks(sales, client_id), expected=_expected(sales, client_id),
    )  # fmt: skip


@kept
def first_client(sales: Sales) -> str:
    """The id of the client who spent most in the period, for a page that names nobody."""
    lines = sales.counted.filter(sales.counted.client_id.notnull())
    sums = lines.group_by(client_id=lines.client_id.cast("string")).agg(net=lines.amount.sum())
    best = sums.order_by([ibis.desc("net"), "client_id"]).limit(1).to_pandas()
    if best.empty:
        raise BadParameter("client_id: nobody bought in this period; name a client")
    return best.client_id.iloc[0]


def ranks(sales: Sales, client_id: str, months: int = 12) -> pd.DataFrame:
    """month (YYYY-MM), net, rank among the clients of that month, clients; the last `months` up to the period's end."""
    lines = sales.until_end.filter(sales.until_end.client_id.notnull())
    month = sales.clock.day(lines.sold_at).truncate("M").cast("date")
    since = (pd.Timestamp(sales.period.last).to_period("M") - (months - 1)).start_time.date()
    lines = lines.mutate(month=month, client_id=lines.client_id.cast("string")).filter(
        ibis._.month >= ibis.literal(since)
    )
    table = lines.group_by("client_id", "month").agg(net=lines.amount.sum().cast(EXACT))
    by_net = ibis.window(group_by="month", order_by=ibis.desc("net"))
    table = table.mutate(
        rank=ibis.rank().over(by_net) + 1, clients=table.client_id.count().over(ibis.window(group_by="month"))
    )
    rows = frame(table.filter(table.client_id == client_id).order_by("month"))
    rows["month"] = [f"{pd.Timestamp(m):%Y-%m}" for m in rows["month"]]
    return rows[["month", "net", "rank", "clients"]]


def _purchases(sales: Sales, lines: ir.Table) -> pd.DataFrame:
    month = sales.clock.day(lines.sold_at).truncate("M").cast("date")
    sums = lines.group_by(month=month, branch_id=lines.branch_id.cast("string")).agg(net=lines.amount.sum().cast(EXACT))
    rows = frame(sums.order_by("month", "branch_id"))
    names = dict(sales.branches[["branch_id", "name"]].to_numpy())
    rows["month"] = [f"{pd.Timestamp(m):%Y-%m}" for m in rows["month"]]
    rows["branch"] = [names.get(b, b) or "(no branch)" for b in rows.branch_id]
    wide = rows.groupby(["month", "branch"])["net"].sum().unstack().astype(object)
    wide = wide.where(wide.notna(), ZERO)
    return wide.assign(Total=[sum(r, ZERO) for r in wide.to_numpy()])


def _price_lists(sales: Sales, client_id: str) -> pd.DataFrame:
    history, names = (sales.source.tables.get(t) for t in ("client_price_list", "price_list"))
    if history is None:
        return pd.DataFrame(columns=["price_list", "valid_from"])
    rows = history.filter(history.client_id.cast("string") == client_id)
    rows = rows.filter(rows.valid_from <= ibis.literal(sales.period.last)).order_by("valid_from")
    rows = frame(rows.select("valid_from", price_list=rows.price_list_id.cast("string")))
    labels = (
        {}
        if names is None
        else dict(frame(names.select(names.price_list_id.cast("string"), "price_list_name")).to_numpy())
    )
    return rows.assign(price_list=[labels.get(p, p) for p in rows.price_list])[["price_list", "valid_from"]]


def _points(sales: Sales, client_id: str) -> pd.DataFrame:
    columns = ["day", "kind", "document", "points", "balance"]
    entries = ledger(sales, client_id)
    if entries is None:
        return pd.DataFrame(columns=columns)
    rows = frame(entries.order_by("day", "document", "kind"))
    rows["day"] = [pd.Timestamp(d).date() for d in rows["day"]]
    is_now = [d >= sales.period.first for d in rows["day"]]
    opening = sum((p for p, now in zip(rows.points, is_now, strict=True) if not now), ZERO)
    first = dict(day=sales.period.first, kind="opening", document=None, points=opening)
    rows = pd.concat([pd.DataFrame([first]), rows[is_now]], ignore_index=True).astype(object)
    return rows.assign(balance=rows.points.cumsum())[columns]


def _expected(sales: Sales, client_id: str) -> pd.DataFrame:
    columns = ["until", "days", "expected_spend", "p_buy", "expected_visits"]
    future = forecast(sales)
    if future is None:
        return pd.DataFrame(columns=columns)
    mine = future.clients[future.clients.client_id == client_id]
    return mine.assign(until=future.until, days=future.days)[columns].reset_index(drop=True)
