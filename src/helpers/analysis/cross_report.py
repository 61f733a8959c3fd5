"""The cross report: clients by branches, totals at the right of each client and at the bottom of each branch.

In come the sales, out comes what a page shows of the best clients of the rating. Rank first, cross only what is
shown: one scan tells the clients shown from all others, and "other clients" is the branch's total less the rest, exact
because money is DECIMAL. A branch that is added to the data adds its column here by itself.
"""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

import ibis
import ibis.expr.types as ir
import pandas as pd

from helpers.analysis.client import ClientDetails, client_details, points_accrued
from helpers.analysis.movement import with_past
from helpers.analysis.rating import best_first, rating, totals
from helpers.errors import BadData
from helpers.money import EXACT
from helpers.period import Period
from helpers.sales import Result, Sales, checked, frame, kept
from helpers.sales.basis import UNALLOCATED
from helpers.sales.by_client import MIN_COVERAGE
from helpers.sales.lines import own_ids
from helpers.sales.lookup import NO_BRANCH, NO_CLIENT, OTHER_CLIENTS, TOTAL, branch_called, client_called

ZERO = Decimal(0)
FOLDED = "(other)"


@dataclass(frozen=True)
class Margin:
    """The margin of some lines: of those with a cost, None without any; percent None under 80 % coverage."""

    amount: Decimal | None = None
    percent: float | None = None


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class CrossReport(Result):
    """What a page shows of clients by branches; every column adds up: cells + other + none = total.

    branches: one row a column: key, branch_id, label, title, kind (branch, other, none,
        unallocated), is_closed, is_new
    clients: one row a client shown, best first; cells: the same rows by client_id, a column a branch key, Decimal
    other, none, total: rows by branch key; other is None when every client is shown, none when each line has a client
    price_lists_as_of: the day the lists were read when the source keeps no history of them, else None
    before_cells: as cells, of the comparison period; None without one
    margins: that of the lines of the clients "shown", of "other" clients, of "none" and of all, "total"; empty without
        costs
    rank_by: what the clients are ordered by, "net" or "margin"
    details: what opens under a client's name; None where nobody asked for it
    """

    branches: pd.DataFrame
    clients: pd.DataFrame
    cells: pd.DataFrame
    other: pd.Series | None
    none: pd.Series | None
    total: pd.Series
    other_count: int
    folded_count: int
    other_total: Decimal
    none_total: Decimal
    corner: Decimal
    price_lists_as_of: dt.date | None
    before_cells: pd.DataFrame | None = None
    margins: dict[str, Margin] = field(default_factory=dict)
    rank_by: str = "net"
    details: ClientDetails | None = None

    @property
    def frame(self) -> pd.DataFrame:
        """The whole table, a row a client and the closing rows, a column a branch label and the total."""
        rows = {OTHER_CLIENTS: self.other, NO_CLIENT: self.none, TOTAL: self.total}
        table = pd.concat([self.cells, *(s.to_frame(k).T for k, s in rows.items() if s is not None)])
        table[TOTAL] = table.sum(axis=1)
        return table.rename(columns=self.labels).rename_axis(index="client_id", columns=None)

    @property
    def labels(self) -> dict[str, str]:
        """Branch key → what `frame` calls its column."""
        return {b.key: b.label or b.key for b in self.branches.itertuples()}


@checked
def cross_report(sales: Sales, top: int | None = None, details: bool = False) -> CrossReport:
    """The `top` best clients (else as many as `sales` show) by the branches of the period; with `details` what opens
    under each name.

    Example: `cross_report(sales, top=50).frame`."""
    return _cross_report(sales, sales.parameters.top if top is None else top, details)


@kept
def _cross_report(sales: Sales, top: int, details: bool) -> CrossReport:
    clients = _client_rows(sales, rating(sales).table.head(top))
    ids = list(clients.client_id)
    branches, folded = _columns(sales)
    grid = _folded(_grid(sales, ids), folded)
    total, none = (_row(part, branches) for part in (grid, grid[grid.is_none]))
    cells = _cells(grid, ids, branches)
    other = total - none - _sum(cells)
    corner = sum(total, ZERO)
    hidden = totals(sales).clients - len(clients)
    clients["share"] = [float(n / corner) if corner > 0 else None for n in clients.net]
    opened = client_details(sales, clients, points_accrued(sales, ids)) if details else None
    return CrossReport(
        reader=sales.reader, branches=branches, clients=clients, cells=cells, total=total, corner=corner,
        other=other if hidden else None, other_count=hidden, other_total=sum(other, ZERO),
        none=none if grid.is_none.any() else None, none_total=sum(none, ZERO),
        folded_count=len(folded), price_lists_as_of=_as_of(sales),
        before_cells=_before(sales, ids, branches, folded), margins=_margins(grid),
        rank_by=sales.parameters.rank_by, details=opened,
    )  # fmt: skip


@checked
def cell_lines(
    sales: Sales, client: str | int = TOTAL, branch: str | int = TOTAL, top: int | None = None
) -> pd.DataFrame:
    """The lines behind a cell of the cross report, its totals and closing rows too, as `sales.lines` gives them.

    Client and branch are an id, a name, or what `cross_report(sales, top).frame` calls its row and its column; `top` as
    the report was asked with.

    Example: `cell_lines(sales, "(other clients)", "total", top=50)`."""
    cross, lines = cross_report(sales, top), sales.named_lines
    keys = {label: key for key, label in cross.labels.items()}
    key = keys.get(str(branch), branch)
    if key == FOLDED:
        shown = [b for b in cross.branches.branch_id if b is not None]
        lines = lines.filter(lines.branch_id.notnull() & lines.branch_id.notin([*shown, UNALLOCATED]))
    elif key == NO_BRANCH:
        lines = lines.filter(lines.branch_id.isnull())
    elif key != TOTAL:
        lines = lines.filter(lines.branch_id == branch_called(sales, str(key).removeprefix("b:")))
    if client == OTHER_CLIENTS:
        lines = lines.filter(lines.client_id.notnull() & lines.client_id.notin(list(cross.cells.index)))
    elif client == NO_CLIENT:
        lines = lines.filter(lines.client_id.isnull())
    elif client != TOTAL:
        lines = lines.filter(lines.client_id == client_called(sales, client))
    return sales.latest_first(lines)


def _client_rows(sales: Sales, best: ir.Table) -> pd.DataFrame:
    rows = frame(best_first(sales, _with_past(sales, best)))
    if rows.client_id.duplicated().any():
        raise BadData("the totals do not agree: a client stands twice in the rating; nothing is published")
    unknown = {c: None for c in ("margin", "margin_percent", "cost_coverage") if c not in rows.columns}
    return rows.drop(columns=["share", "cumulative_share"]).assign(**unknown)


def _with_past(sales: Sales, best: ir.Table) -> ir.Table:
    """What the rating and the movement know of the best; without a comparison nothing but the period is read."""
    if sales.before is not None:
        return with_past(sales, best)
    return best.mutate(status=ibis.null("string"), rank_before=ibis.null("int64"), net_before=ibis.null(EXACT))


def _grid(sales: Sales, client_ids: list[str], how: Literal["left", "inner"] = "left") -> pd.DataFrame:
    """One row a branch key and client shown; a left join adds one for all other clients of the branch and one for no
    client: key, client_id (text, None for others), is_none, net, by one scan; where costs exist margin, covered (the
    net of lines with a cost), known (their count) and lines too."""
    lines = sales.counted.select("branch_id", "client_id", "amount", *(["cost_amount"] if _has_costs(sales) else []))
    if not client_ids:
        rows = lines.mutate(shown=ibis.null(lines.client_id.type()))
    elif not sales.source.arrays:
        is_shown = lines.client_id.isin(own_ids(lines.client_id, client_ids))
        rows = lines.mutate(shown=ibis.ifelse(is_shown, lines.client_id, ibis.null(lines.client_id.type())))
        rows = rows.filter(is_shown) if how == "inner" else rows
    else:
        best = ibis.literal(own_ids(lines.client_id, client_ids), f"array<{lines.client_id.type()}>")
        best = best.unnest().name("shown").as_table()
        rows = lines.join(best, lines.client_id == best.shown, how=how)
    sums = rows.group_by("branch_id", "shown", is_none=rows.client_id.isnull()).agg(
        net=rows.amount.sum().cast(EXACT), **(_sums_of_margin(rows) if _has_costs(sales) else {})
    )
    texts = sums.mutate(client_id=sums.shown.cast("string"), branch_id=sums.branch_id.cast("string"))
    nets = texts.to_pyarrow().to_pandas()  # ten thousand Decimals, sooner than by Ibis
    return nets.assign(key=_key(nets.branch_id))


def _has_costs(sales: Sales) -> bool:
    return sales.has("cost_amount")


def _sums_of_margin(rows: ir.Table) -> dict[str, ir.Scalar]:
    known = rows.cost_amount.notnull()
    return dict(
        margin=(rows.amount - rows.cost_amount).sum().cast(EXACT), covered=rows.amount.sum(where=known).cast(EXACT),
        known=known.sum(), lines=rows.count(),
    )  # fmt: skip


def _margins(grid: pd.DataFrame) -> dict[str, Margin]:
    """The margin of each closing row, from the lines' own sums, by whose they are."""
    if "margin" not in grid.columns:
        return {}
    is_shown, is_none = grid.client_id.notna(), grid.is_none.astype(bool)
    parts = {"shown": is_shown, "other": ~is_shown & ~is_none, "none": is_none, "total": is_shown | ~is_shown}
    return {kind: _margin(grid[part]) for kind, part in parts.items()}


def _margin(part: pd.DataFrame) -> Margin:
    if not part.known.sum():
        return Margin()
    amount, covered = (sum(part[c].dropna(), ZERO) for c in ("margin", "covered"))
    is_covered = part.known.sum() >= MIN_COVERAGE * part.lines.sum()
    return Margin(amount, float(amount / covered) if is_covered and covered else None)


def _folded(grid: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """The same with the branches of `keys` under one key."""
    return grid.assign(key=grid.key.where(~grid.key.isin(keys), FOLDED))


def _row(grid: pd.DataFrame, branches: pd.DataFrame) -> pd.Series:
    """Net by branch key, of every branch."""
    return grid.groupby("key")["net"].sum().reindex(branches.key).astype(object).fillna(ZERO)


def _cells(grid: pd.DataFrame, client_ids: list[str], branches: pd.DataFrame) -> pd.DataFrame:
    """Net by client (text id) and branch key, of the clients shown and every branch."""
    sums = grid[grid.client_id.notna()].groupby(["client_id", "key"])["net"].sum().unstack("key")
    return sums.reindex(index=client_ids, columns=branches.key).astype(object).fillna(ZERO)


def count_of_branches(sales: Sales) -> int:
    """How many branches have a line that counts in the period."""
    counted = sales.tally[sales.tally.reason.isna()]
    return len(set(counted.branch_id.dropna()) - {UNALLOCATED})


def _key(branch_id: pd.Series) -> pd.Series:
    none = {UNALLOCATED: UNALLOCATED}
    return branch_id.map(lambda b: NO_BRANCH if b is None or pd.isna(b) else none.get(b, f"b:{b}")).astype(object)


@kept
def _columns(sales: Sales) -> tuple[pd.DataFrame, list[str]]:
    """The columns in order (sort_order, the largest amount first, name), and the keys folded into one because there are
    too many; one for each branch that has lines, and each open one of the branch table."""
    counted = sales.tally[sales.tally.reason.isna()]
    nets = counted.groupby(_key(counted.branch_id))["amount"].sum()
    period, master = sales.period, sales.branches.set_index("branch_id")
    is_shown = sales.company.show_empty_branches
    shown_alone = sales.only_branches or master.index
    wanted = [
        f"b:{b.Index}" for b in master.itertuples() if is_shown and b.Index in shown_alone and _is_open(b, period)
    ]
    keys = dict.fromkeys([*wanted, *(k for k in nets.index if k not in (NO_BRANCH, UNALLOCATED))])
    rows = pd.DataFrame([_column(k, master, sales) for k in keys], columns=COLUMN_FIELDS)
    rows["less"] = [-nets.get(key, ZERO) for key in rows.key]
    rows = rows.sort_values(["sort_order", "less", "label", "branch_id"], ignore_index=True).drop(columns="less")
    twice = rows.label.str.strip().duplicated(keep=False)
    rows.loc[twice, "label"] = rows.label + " (" + rows.branch_id + ")"
    limit, folded = sales.parameters.max_branch_columns, []
    if len(rows) > limit:
        by_size = sorted(rows.key, key=lambda k: (-nets.get(k, ZERO), k))
        folded = by_size[limit:]
        rows = rows[~rows.key.isin(folded)]
    special = [FOLDED] if folded else []
    if NO_BRANCH in nets.index and (nets[NO_BRANCH] != 0 or _has_amounts(sales)):
        special.append(NO_BRANCH)
    if UNALLOCATED in nets.index:
        special.append(UNALLOCATED)
    kinds = {FOLDED: "other", NO_BRANCH: "none", UNALLOCATED: "unallocated"}
    extra = [
        dict(key=k, branch_id=None, label="", title="", kind=kinds[k], is_closed=False, is_new=False) for k in special
    ]
    table = pd.concat([rows.drop(columns="sort_order"), pd.DataFrame(extra)], ignore_index=True) if extra else rows
    return table.drop(columns="sort_order", errors="ignore").reset_index(drop=True), folded


def _has_amounts(sales: Sales) -> bool:
    """Whether a line without a branch has an amount other than 0, though all of them may add up to it."""
    lines = sales.counted.filter(sales.counted.branch_id.isnull() & (sales.counted.amount != 0))
    return int(lines.count().execute()) > 0


def _is_open(branch: Any, period: Period) -> bool:
    """Whether a branch of the master was open on some day of the period; an unknown day does not close it."""
    is_opened = branch.opened_on is None or branch.opened_on <= period.last
    return is_opened and (branch.closed_on is None or branch.closed_on >= period.first)


COLUMN_FIELDS = ["key", "branch_id", "label", "title", "kind", "is_closed", "is_new", "sort_order"]


def _column(key: str, master: pd.DataFrame, sales: Sales) -> list[Any]:
    branch_id = key.removeprefix("b:")
    if branch_id not in master.index:
        return [key, branch_id, branch_id, "", "branch", False, False, float("inf")]
    row, period = master.loc[branch_id], sales.period
    order = float("inf") if row.sort_order is None else float(row.sort_order)
    is_closed = row.closed_on is not None and row.closed_on <= period.last
    is_new = row.opened_on is not None and period.contains(row.opened_on)
    return [key, branch_id, row["name"] or branch_id, ", ".join(row.former), "branch", is_closed, is_new, order]


def _before(sales: Sales, client_ids: list[str], branches: pd.DataFrame, folded: list[str]) -> pd.DataFrame | None:
    if sales.comparable is None:
        return None
    return _cells(_folded(_grid(sales.comparable, client_ids, "inner"), folded), client_ids, branches)


def _sum(cells: pd.DataFrame) -> pd.Series:
    return pd.Series({k: sum(cells[k], ZERO) for k in cells.columns}, dtype=object)


def _as_of(sales: Sales) -> dt.date | None:
    has_lists = "client" in sales.source.tables and "price_list_id" in sales.source.tables["client"].columns
    return sales.today if has_lists and "client_price_list" not in sales.source.tables else None
