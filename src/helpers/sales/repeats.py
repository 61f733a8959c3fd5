"""Lines that are equal in every column, where no number tells one from another: two purchases, or a file loaded twice.

In come sales and their lines, out come findings. Chance makes some lines equal; it hardly makes all lines of several
days so, each two or three times as often.
"""

from collections.abc import Iterator
from decimal import Decimal

import ibis
import pandas as pd

from helpers import schema
from helpers.findings import Finding
from helpers.money import EXACT
from helpers.sales.sales import Sales

FEWEST, FEWEST_OF_ALL = 8, 2
"""Different lines that must stand twice, on days that follow each other; fewer where all lines of the period do."""
ONCE = "equal_rows: once"
TAKE_OUT = "take out the file that is there twice (some lines were equal before; equal_rows: once would lose them)"
TIMES = (2, 3)  # how often a file may have been loaded; four times are twice two


def repeated_rows(sales: Sales) -> Iterator[Finding]:
    """Lines of days on which every line stands twice, or three times, in the period and its comparison; and those that
    are equal to others elsewhere."""
    if sales.company.basis != "paid" and not (sales.has("sale_id") and sales.has("line_no")):
        days = _days(sales)
        is_again = _is_again(days, ["branch_id"]) | _is_again(days, [])
        again = days[is_again]
        answer = ONCE if (again.lines == again.different * again.by).all() else TAKE_OUT
        yield Finding("repeated_rows", int((again.lines - again.lines // again.by).sum()), _less(again), (answer,))
        others = days[~is_again]
        yield Finding("equal_rows", int(others.equal.sum()), sum(others.equal_amount, Decimal(0)))


def _days(sales: Sales) -> pd.DataFrame:
    """One row a branch and day, in order: lines and their amount, how many are different, `by` how often each stands
    there at least (0: nothing common), and what is equal to another one."""
    periods = [each.period for each in (sales, sales.comparable) if each]
    is_meant = ibis.or_(*(sales.clock.between(sales.all_lines.sold_at, period) for period in periods))
    lines = sales.all_lines.filter(is_meant & sales.all_lines.left_out.isnull())
    first = min(period.first for period in periods)
    known = (c for c in sales.source.tables["sale_line"].columns if not schema.is_own("sale_line", c))
    columns = [c for c in known if c in lines.columns]
    equal = lines.group_by(columns).agg(times=lines.count())
    keys = dict(branch_id=equal.branch_id.cast("string")) if "branch_id" in columns else {}
    days = equal.group_by(day=sales.clock.day(equal.sold_at, first), **keys).agg(
        lines=equal.times.sum(), different=equal.count(), amount=(equal.amount * equal.times).sum().cast(EXACT),
        equal=(equal.times - 1).sum(), equal_amount=(equal.amount * (equal.times - 1)).sum().cast(EXACT),
        **{f"not_by{times}": (equal.times % times != 0).sum() for times in TIMES},
    ).to_pandas()  # fmt: skip
    days = days.assign(by=0, **({} if keys else {"branch_id": ""})).fillna({"branch_id": ""})
    for times in reversed(TIMES):
        days.loc[days[f"not_by{times}"] == 0, "by"] = times
    return days.sort_values(["branch_id", "day"], ignore_index=True)


def _is_again(days: pd.DataFrame, parts: list[str]) -> pd.Series:
    """Of each row of `days`, whether it lies in a run of days, of its branch or of all, on which all stands again."""
    whole = days.groupby([*parts, "day"]).agg(by=("by", "min"), different=("different", "sum")).reset_index()
    ends = whole.by.diff().ne(0) | (whole[parts].ne(whole[parts].shift()).any(axis=1) if parts else False)
    different = whole.groupby(ends.cumsum()).different.transform("sum")
    fewest = FEWEST_OF_ALL if days.by.all() else FEWEST
    whole = whole.assign(is_again=whole.by.gt(0) & different.ge(fewest)).drop(columns=["by", "different"])
    return days.merge(whole, on=[*parts, "day"], how="left").is_again


def _less(again: pd.DataFrame) -> Decimal:
    """What the lines amount to beyond one of each."""
    return sum((row.amount - row.amount / row.by for row in again.itertuples()), Decimal(0)).quantize(Decimal("0.0001"))
