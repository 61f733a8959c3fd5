"""Clients one by one: what an opened line of the cross report says of each, and a client's statement, the same of one
with its lines.

In come the sales and clients of the rating, out come their figures, each computed by one query for all that are asked;
a client without sales or points has empty tables.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

import ibis
import ibis.expr.types as ir
import pandas as pd

from helpers.analysis.points import ledger, points_by_client
from helpers.analysis.promising import forecast
from helpers.analysis.rating import rating
from helpers.errors import BadParameter
from helpers.money import EXACT
from helpers.sales import Result, Rows, Sales, frame, kept
from helpers.sales.lines import lines_of
from helpers.sales.lookup import client_called

ZERO = Decimal(0)
MONTHS = 12
OF_THE_RATING = ["client_id", "rank", "net", "sales", "returns", "cost_coverage", "outstanding"]
EXPECTED = ["until", "days", "expected_spend", "p_buy", "expected_visits"]


@dataclass(frozen=True)
class ClientDetails:
    """table: client_id, what the rating says of the period (rank, net, sales, returns, cost_coverage, outstanding; None
    without a line in it), first_on and last_on (days of a sale, over the whole history up to the period's end), visits
    (days with a line in the period), months (list of Decimal), points (accrued in the period, or None), expected (spend
    over as many days after the period, a float in money; None where there is no forecast).
    month_names: "YYYY-MM" of each of the twelve months up to the period's end."""

    table: pd.DataFrame
    month_names: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class PointsStatement(Rows):
    """day, kind, document, points, balance of one client, the opening balance first."""


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Statement(Result):
    """client_name; details: what its opened line in a cross report says; purchases: month by branch name, with Total;
    returns: the period's return lines; price_lists: list by valid_from; ranks: month, net, rank, clients;
    expected: over so many days after `until`: expected_spend, p_buy, expected_visits (one row, or none for a client
    who has never bought)."""

    client_name: str
    details: ClientDetails
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
    table, lines = rating(sales).table, lines_of(sales.counted, [client_id])
    known = rated = frame(table.filter(table.client_id == client_id))
    if rated.empty:
        known = frame(sales.clients.filter(sales.clients.client_id == client_id))
        rated = pd.DataFrame({"client_id": [client_id]}, dtype=object)
    returns = lines.filter(lines.is_return).drop("left_out", "is_sale").order_by(["sold_at", *sales.keys]).to_pandas()
    points = _points(sales, client_id)
    accrued = sum(points.points[points.kind == "accrued"], ZERO)
    return Statement(
        reader=sales.reader, client_name=next(iter(known.client_name), None) or client_id,
        details=client_details(sales, rated, {client_id: accrued}), purchases=_purchases(sales, lines), returns=returns,
        price_lists=_price_lists(sales, client_id), points=PointsStatement(reader=sales.reader, rows=points),
        ranks=_ranks(sales, client_id), expected=_expected(sales, [client_id])[EXPECTED],
    )  # fmt: skip


@kept
def first_client(sales: Sales) -> str:
    """The id of the client who spent most in the period, for a page that names nobody."""
    sums = sales.client_sums(sales.is_compared)
    sums = sums.filter(sums.client_id.notnull()).select("net", client_id=sums.client_id.cast("string"))
    best = sums.order_by([ibis.desc("net"), "client_id"]).limit(1).to_pandas()
    if best.empty:
        raise BadParameter("client_id: nobody bought in this period; name a client")
    return best.client_id.iloc[0]


def client_details(sales: Sales, rated: pd.DataFrame, accrued: dict[str, Decimal]) -> ClientDetails:
    """The story of each of these clients (rows of the rating, or a client_id alone), twelve months up to the period's
    end, and what is expected of it; `accrued` says the points of who earned some."""
    ids, months = list(rated.client_id), _months(sales)
    table = rated.reindex(columns=OF_THE_RATING).merge(_story(sales, ids, months), how="left", on="client_id")
    nets = table[list(months)].astype(object).fillna(ZERO).to_numpy().tolist()
    future = _expected(sales, ids)
    expected = dict(zip(future.client_id, future.expected_spend, strict=True))
    table = table.drop(columns=list(months)).assign(
        visits=table.visits.fillna(0).astype(int), months=nets,
        points=[accrued.get(i) or None for i in ids], expected=[expected.get(i) for i in ids],
    )  # fmt: skip
    table = table.astype(object)
    return ClientDetails(table.where(table.notna(), None), tuple(months))


def _months(sales: Sales) -> dict[str, dt.date]:
    """The twelve months up to the period's end: "YYYY-MM" → the first day, oldest first."""
    end = sales.period.last.year * 12 + sales.period.last.month
    days = [dt.date(m // 12, m % 12 + 1, 1) for m in range(end - MONTHS, end)]
    return {f"{day:%Y-%m}": day for day in days}


def _story(sales: Sales, ids: list[str], months: dict[str, dt.date]) -> pd.DataFrame:
    """One row a client with a line up to the period's end: client_id (text), first_on, last_on, visits, and the net of
    each month, None without a line in it."""
    days = lines_of(sales.client_days, ids)
    of_month = days.day.truncate("M").cast("date")
    nets = {name: days.net.sum(where=of_month == ibis.literal(first)).cast(EXACT) for name, first in months.items()}
    sums = days.group_by("client_id").agg(
        first_on=days.day.min(where=days.is_purchase), last_on=days.day.max(where=days.is_purchase),
        visits=(days.day >= ibis.literal(sales.period.first)).sum(), **nets,
    )  # fmt: skip
    return sums.mutate(client_id=sums.client_id.cast("string")).to_pyarrow().to_pandas()


def points_accrued(sales: Sales, ids: list[str]) -> dict[str, Decimal]:
    """What each client accrued in the period, by the balances that the page of bonuses reads; without those of none."""
    balances = points_by_client(sales) if ids else None
    if balances is None:
        return {}
    earned = balances.filter(balances.client_id.isin(ids) & (balances.accrued != 0))
    rows = earned.select("client_id", "accrued").to_pandas()
    return dict(zip(rows.client_id, rows.accrued, strict=True))


def _expected(sales: Sales, ids: list[str]) -> pd.DataFrame:
    """client_id and EXPECTED, a row each of these clients who has ever bought; none without a forecast."""
    future = forecast(sales)
    if future is None:
        return pd.DataFrame(columns=["client_id", *EXPECTED])
    rows = future.clients[future.clients.client_id.isin(ids)]
    return rows.assign(until=future.until, days=future.days)[["client_id", *EXPECTED]].reset_index(drop=True)


def _ranks(sales: Sales, client_id: str) -> pd.DataFrame:
    """month (YYYY-MM), net, rank among the clients of that month, clients; of the twelve months up to the period's
    end."""
    since, *_ = _months(sales).values()
    days = sales.client_days.filter(sales.client_days.day >= ibis.literal(since))
    table = days.group_by("client_id", month=days.day.truncate("M").cast("date")).agg(net=days.net.sum().cast(EXACT))
    by_net = ibis.window(group_by="month", order_by=ibis.desc("net"))
    table = table.mutate(
        rank=ibis.rank().over(by_net) + 1, clients=table.client_id.count().over(ibis.window(group_by="month"))
    )
    rows = frame(table.filter(table.client_id.cast("string") == client_id).order_by("month"))
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
    history, names = sales.source.tables.get("client_price_list"), sales.price_list_names
    if history is None:
        return pd.DataFrame(columns=["price_list", "valid_from"])
    rows = history.filter(history.client_id.cast("string") == client_id)
    rows = rows.filter(rows.valid_from <= ibis.literal(sales.period.last)).order_by("valid_from")
    rows = frame(rows.select("valid_from", price_list=rows.price_list_id.cast("string")))
    return rows.assign(price_list=[names.get(p, p) for p in rows.price_list])[["price_list", "valid_from"]]


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
