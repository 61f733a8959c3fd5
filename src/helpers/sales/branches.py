"""Who the branches are: what each is called at the period's end, what it was called, whether it is open.

In come a source's small tables and the period, out comes one row a branch (pandas).
"""

import ibis
import ibis.expr.types as ir
import pandas as pd

from helpers.period import Period
from helpers.sales.identity import final_masters


def branches(tables: dict[str, ir.Table], period: Period) -> pd.DataFrame:
    """One row a branch of the master: branch_id (text), name at the period's end, former (names), opened_on, closed_on,
    sort_order; empty without a branch table."""
    columns = ["branch_id", "name", "former", "opened_on", "closed_on", "sort_order"]
    branch = tables.get("branch")
    if branch is None:
        return pd.DataFrame(columns=columns)
    branch = branch.mutate(branch_id=branch.branch_id.cast("string"))
    if (alias := tables.get("branch_alias")) is not None:
        branch = branch.anti_join(final_masters(alias, "branch"), [("branch_id", "other")])
    table = branch.to_pandas()
    names = _branch_names(tables.get("branch_name"), period)
    own = dict(zip(table.branch_id, table.get("branch_name", table.branch_id), strict=True))
    table["name"] = [names.get(b, [own[b]])[-1] for b in table.branch_id]
    table["former"] = [tuple(n for n in names.get(r.branch_id, []) if n != r.name) for r in table.itertuples()]
    for column in ("opened_on", "closed_on"):
        days = table.get(column, pd.Series([None] * len(table)))
        table[column] = pd.Series([None if pd.isna(d) else pd.Timestamp(d).date() for d in days], dtype=object)
    table = table.reindex(columns=columns).astype(object)
    return table.where(table.notna(), None)


def _branch_names(table: ir.Table | None, period: Period) -> dict[str, list[str]]:
    """Branch id → its names up to the period's end, oldest first."""
    if table is None:
        return {}
    rows = table.filter(table.valid_from <= ibis.literal(period.last)).order_by("valid_from")
    frame = rows.mutate(branch_id=rows.branch_id.cast("string")).to_pandas()
    return frame.groupby("branch_id", sort=False)["name"].agg(list).to_dict()
