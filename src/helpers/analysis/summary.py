"""The key figures of a period, beside those of the comparison period."""

from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import Any

import ibis.expr.types as ir
import pandas as pd

from helpers.analysis.cross_report import count_of_branches
from helpers.analysis.discounts import list_discount
from helpers.analysis.movement import new_clients
from helpers.analysis.outstanding import total_outstanding
from helpers.analysis.points import BonusPoints, bonus_points
from helpers.analysis.rating import totals
from helpers.analysis.trend import Trend, trend
from helpers.money import EXACT
from helpers.sales import Number, Result, Sales, kept
from helpers.sales.by_client import percent_where_covered

SUMMED = ("net", "clients", "branches", "sales_count", "credit_notes", "no_client", "margin")


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Summary(Result):
    """Money is Decimal, counts are int, percents are fractions; what the source cannot tell is None.

    net counts every line, with or without a client; clients are those of the rating; branches those with a line;
    sales_count are the documents that sell, credit_notes those that do not; no_client is the part of net that no client
    brought.
    before: the same of the comparison period, where the sales cover it; months: the way there.
    """

    net: Decimal
    net_before: Decimal | None
    clients: int
    clients_before: int | None
    new_clients: int | None
    sales_count: int | None
    branches: int | None
    points: Decimal | None
    points_value: Decimal | None
    discount: Decimal | None
    discount_percent: float | None
    margin: Decimal | None
    margin_percent: float | None
    cost_coverage: float | None
    outstanding: Decimal | None = None
    before: "Summary | None" = None
    months: Trend | None = None
    credit_notes: int | None = None
    no_client: Decimal = Decimal(0)

    @property
    def frame(self) -> pd.DataFrame:
        """One row a figure."""
        named = [(f.name, getattr(self, f.name)) for f in fields(self) if f.name not in ("reader", "before", "months")]
        return pd.DataFrame(named, columns=["figure", "value"]).astype({"value": object})

    @property
    def figures(self) -> dict[str, Number | None]:
        """Those of both periods."""
        names = dict(list_discount="discount", points_accrued="points") | {name: name for name in SUMMED}
        figures = {figure: getattr(self, name) for figure, name in names.items()} | dict(new_clients=self.new_clients)
        before = {} if self.before is None else self.before.figures
        return figures | {f"{name}_before": value for name, value in before.items() if name != "new_clients"}


@kept
def summary(sales: Sales) -> Summary:
    """The key figures of the page's head.

    Example: `summary(sales).net`."""
    earlier = sales.comparable
    before = _figures(earlier) if earlier else None
    return replace(
        _figures(sales), before=before,
        net_before=before.net if before else None, clients_before=before.clients if before else None,
        new_clients=_new_clients(sales), outstanding=total_outstanding(sales), months=trend(sales),
    )  # fmt: skip


def _new_clients(sales: Sales) -> int | None:
    """How many bought for the first time; unknown where no sales lie before the period."""
    is_known = sales.begin is not None and sales.begin < sales.period.first
    return new_clients(sales) if is_known else None


def _figures(sales: Sales) -> Summary:
    """What one period alone tells."""
    points, (discount, discount_percent) = bonus_points(sales), list_discount(sales)
    whole = totals(sales)
    value = points.accrued * points.point_value if isinstance(points, BonusPoints) and points.point_value else None
    return Summary(
        reader=sales.reader,
        **_documents_and_margin(sales),
        net=whole.net,
        net_before=None,
        clients=whole.clients,
        clients_before=None,
        new_clients=None,
        branches=count_of_branches(sales),
        points=points.accrued if isinstance(points, BonusPoints) else None,
        points_value=value,
        discount=discount,
        discount_percent=discount_percent,
        no_client=whole.without_client,
    )


def _documents_and_margin(sales: Sales) -> dict[str, Any]:
    lines = sales.counted
    sums: dict[str, ir.Value] = {}
    if sales.has_documents:
        sums |= dict(sales_count=sales.sold_document(lines).nunique(), documents=sales.document(lines).nunique())
    if sales.has("cost_amount"):
        known = lines.cost_amount.notnull()
        margin, coverage = (lines.amount - lines.cost_amount).sum(), known.mean()
        sums |= dict(margin=margin.cast(EXACT), cost_coverage=coverage,
                     margin_percent=percent_where_covered(margin, lines.amount.sum(where=known), coverage))  # fmt: skip
    blank = dict(sales_count=None, margin=None, margin_percent=None, cost_coverage=None, credit_notes=None)
    row = lines.agg(**sums).to_pandas().astype(object).iloc[0] if sums else {}
    known = blank | {k: None if v != v else v for k, v in row.items()}
    if (documents := known.pop("documents", None)) is not None:
        known["credit_notes"] = documents - known["sales_count"]
    return known
