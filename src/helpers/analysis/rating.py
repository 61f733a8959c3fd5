"""The rating: clients in descending order of the amount they spent.

In come the sales of a period, out comes one row a client, best first, computed in the engine. Lines without a client
have no row here: they are counted in the cross report and the totals.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import pandas as pd
from babel.numbers import get_currency_precision

from helpers.analysis.outstanding import outstanding
from helpers.errors import BadParameter
from helpers.money import EXACT
from helpers.sales import Result, Sales, frame, kept
from helpers.sales.clients import NOBODY, PRICE_LIST_COLUMNS

UNKNOWN = ibis.literal(Decimal(-(10**30)), EXACT)  # below any amount: an unknown margin comes last
MOMENTS = ("first_sale", "last_sale")
A_UNTIL, B_UNTIL = 80, 95  # per cent of the cumulative share before


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Rating(Result):
    """`table`: one row a client with a line in the period, lazy, in the engine; ordered by net descending, then
    client_id by UTF-8 bytes.

    Columns: rank (competition rank on the amount in minor units: 1, 2, 2, 4), client_id, client_name, the price
    list's columns, net, sales, returns (DECIMAL), lines, share and cumulative_share (of Σ net over clients with net
    > 0; equal amounts in one step), abc; margin, margin_percent and cost_coverage where costs exist;
    outstanding (what the client owes at the period's end) where payments do.
    """

    table: ir.Table
    owed: ir.Table | None

    @property
    def frame(self) -> pd.DataFrame:
        """Every client, best first."""
        return frame(self.table)

    def head(self, count: int = 10) -> pd.DataFrame:
        """The best clients in pandas, money as Decimal."""
        return frame(self.table.head(count))  # the engine orders, and sends no more

    @property
    def tables(self) -> dict[str, ir.Table | pd.DataFrame]:
        """Every client, and what all of them owe where payments are known."""
        return {"rating": self.table} | ({} if self.owed is None else {"outstanding": self.owed})


@kept
def rating(sales: Sales) -> Rating:
    """The clients in descending order of what they spent.

    Example: `rating(sales).head(3)`."""
    return Rating(reader=sales.reader, table=_in_order(sales), owed=outstanding(sales))


def best_clients(sales: Sales, count: int) -> pd.DataFrame:
    """The first rows of the rating."""
    return frame(_in_order(sales).head(count))


def _in_order(sales: Sales) -> ir.Table:
    table = ranked(sales, sales.is_compared)
    return best_first(sales, table.drop(*(c for c in MOMENTS if c in table.columns)))


@kept
def ranked(sales: Sales, with_moments: bool) -> ir.Table:
    """The rating in no order; with `with_moments` first_sale and last_sale in the period too."""
    table = placed(sales, with_moments)
    if "client" in sales.source.tables:
        table = table.left_join(sales.clients, "client_id").drop("client_id_right")
    else:
        table = table.mutate(**NOBODY)
    if (owed := outstanding(sales)) is not None:
        table = table.left_join(owed.select("client_id", "outstanding"), "client_id").drop("client_id_right")
        table = table.mutate(outstanding=table.outstanding.fill_null(0).cast(EXACT))  # of a basis before the invoice
    ends = [c for c in ("margin", "margin_percent", "cost_coverage", "outstanding", *MOMENTS) if c in table.columns]
    return sales.source.named(
        table.select("rank", "client_id", "client_name", *PRICE_LIST_COLUMNS, "net", "sales", "returns",
                     "lines", "share", "cumulative_share", "abc", *ends)
    )  # fmt: skip


def best_first(sales: Sales, table: ir.Table) -> ir.Table:
    """Clients in the rating's order: by exact amount, an unknown margin last, then client_id by its bytes."""
    return table.order_by([ibis.desc(table[sales.parameters.rank_by], nulls_first=False), table.client_id])


def placed(sales: Sales, with_moments: bool) -> ir.Table:
    """The sums by client for those that are named, their client_id text, with rank, share, cumulative_share and
    abc."""
    named = _named(sales, with_moments)
    table = named.join(_places(sales, with_moments, "net"), [("net", "at")]).drop("at")
    if (by := sales.parameters.rank_by) == "net":
        return table
    ranks = _places(sales, with_moments, by).select("at", "rank")
    table = table.drop("rank").mutate(own=_or_unknown(table[by]))
    return table.join(ranks, [("own", "at")]).drop("own", "at")


def _named(sales: Sales, with_moments: bool) -> ir.Table:
    if sales.parameters.rank_by == "margin" and not sales.has("cost_amount"):
        raise BadParameter("rank_by: margin needs costs; map sale_line.cost_amount in source.yaml, or say rank_by: net")
    sums = sales.client_sums(with_moments)
    named = sums.filter(sums.client_id.notnull())
    return named.mutate(client_id=named.client_id.cast("string"), sales=(named.net - named.returns).cast(EXACT))


def _or_unknown(amount: ir.DecimalColumn) -> ir.DecimalColumn:
    return amount.fill_null(UNKNOWN)


@kept
def _places(sales: Sales, with_moments: bool, by: str) -> ir.Table:
    """One row an amount that occurs (`at`): rank on it in minor units, share, cumulative_share and class.

    A window over a million clients costs more than their sums, so it runs over the amounts, which many share.
    """
    amounts = _named(sales, with_moments).group_by(at=_or_unknown(ibis._[by])).agg(clients=ibis._.count())
    amounts = amounts.mutate(shown=_in_minor_units(sales, amounts["at"]))
    positive = ibis.ifelse(amounts["at"] > 0, amounts["at"], 0)
    steps = amounts.group_by("shown").agg(
        clients=amounts.clients.sum(), step=(positive * amounts.clients).sum().cast(EXACT)
    )
    so_far = ibis.cumulative_window(order_by=ibis.desc(steps.shown))
    up_to = steps.step.sum().over(so_far).cast(EXACT)
    steps = steps.select(
        "shown", rank=(steps.clients.sum().over(so_far) - steps.clients + 1).cast("int64"), cumulative=up_to,
        before=(up_to - steps.step).cast(EXACT), total=steps.step.sum().over(ibis.window()).cast(EXACT),
    )  # fmt: skip
    return sales.source.keep(_with_shares(amounts.join(steps, "shown")))


def _in_minor_units(sales: Sales, amount: ir.DecimalColumn) -> ir.DecimalColumn:
    """The amount as a page shows it; rounding is slow, and idle where no line has a finer amount."""
    digits = get_currency_precision(sales.company.currency)
    scales = [sales.counted[c].type().scale for c in ("amount", "cost_amount") if c in sales.counted.columns]
    is_fine = any(scale is None or scale > digits for scale in scales)
    return amount.round(digits).cast(EXACT) if is_fine else amount


def _with_shares(amounts: ir.Table) -> ir.Table:
    """Share, cumulative share and ABC class of an amount; equal amounts share a class."""
    at, whole = amounts["at"], amounts.total.nullif(0).cast("float64")
    classes = ibis.cases(
        (at <= 0, "C"),
        (amounts.before * 100 < amounts.total * A_UNTIL, "A"),
        (amounts.before * 100 < amounts.total * B_UNTIL, "B"),
        else_="C",
    )
    return amounts.select(
        "at", "rank", share=ibis.ifelse(at > 0, at.cast("float64") / whole, ibis.null("float64")),
        cumulative_share=amounts.cumulative.cast("float64") / whole, abc=classes,
    )  # fmt: skip


class Totals(NamedTuple):
    """`net`: of all lines that count; `without_client`: of those that have none; `clients`: rows of the rating."""

    net: Decimal
    without_client: Decimal
    clients: int


@kept
def totals(sales: Sales) -> Totals:
    """What the rating adds up to, and what it leaves out."""
    sums = sales.client_sums(sales.is_compared)
    nets = dict(net=sums.net.sum(), without_client=sums.net.sum(where=sums.client_id.isnull()))
    money = {name: net.fill_null(0).cast(EXACT) for name, net in nets.items()}
    row = sums.agg(**money, clients=sums.client_id.count()).to_pandas().iloc[0]
    return Totals(row.net, row.without_client, int(row.clients))
