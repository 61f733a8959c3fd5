"""Who the branches are: what each is called at the period's end, what it was called, whether it is open.

In come a source's small tables and the period, out comes one row a branch (pandas).
"""

from dataclasses import dataclass

import ibis.expr.types as ir
import pandas as pd

from helpers.period import Period
from helpers.sales.identity import final_masters

COLUMNS = ["branch_id", "name", "former", "opened_on", "closed_on", "sort_order"]


@dataclass(frozen=True)
class Master:
    """What a source says of branches in any period: its branch table, and their names by valid_from, None without."""

    branch: pd.DataFrame | None
    names: pd.DataFrame | None


def read_master(tables: dict[str, ir.Table]) -> Master:
    """The small tables of branches, their ids text."""
    branch, names = tables.get("branch"), tables.get("branch_name")
    if branch is None:
        return Master(None, None)
    branch = branch.mutate(branch_id=branch.branch_id.cast("string"))
    if (alias := tables.get("branch_alias")) is not None:
        branch = branch.anti_join(final_masters(alias, "branch"), [("branch_id", "other")])
    if names is not None:
        names = names.mutate(branch_id=names.branch_id.cast("string")).order_by("valid_from")
    return Master(branch.to_pandas(), None if names is None else names.to_pandas())


def branches(master: Master, period: Period) -> pd.DataFrame:
    """One row a branch of the master: branch_id (text), name at the period's end, former (names), opened_on, closed_on,
    sort_order; empty without a branch table."""
    if master.branch is None:
        return pd.DataFrame(columns=COLUMNS)
    table = master.branch.copy()
    names = _branch_names(master.names, period)
    own = dict(zip(table.branch_id, table.get("branch_name", table.branch_id), strict=True))
    table["name"] = [names.get(b, [own[b]])[-1] for b in table.branch_id]
    table["former"] = [tuple(n for n in names.get(r.branch_id, []) if n != r.name) for r in table.itertuples()]
    for column in ("opened_on", "closed_on"):
        days = table.get(column, pd.Series([None] * len(table)))
        table[column] = pd.Series([None if pd.isna(d) else pd.Timestamp(d).date() for d in days], dtype=object)
    table = table.reindex(columns=COLUMNS).astype(object)
    return table.where(table.notna(), None)


def _branch_names(names: pd.DataFrame | None, period: Period) -> dict[str, list[str]]:
    """Branch id → its names up to the period's end, oldest first."""
    if names is None:
        return {}
    until_end = names[[not pd.isna(day) and pd.Timestamp(day).date() <= period.last for day in names.valid_from]]
    return until_end.groupby("branch_id", sort=False)["name"].agg(list).to_dict()
