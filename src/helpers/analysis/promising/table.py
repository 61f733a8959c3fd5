"""One row a client from the engine: all that the models, the backtest and the lists need.

In come `Sales.client_days` or a table like it: client_id, day (the business day, a DATE), net (DECIMAL); a positive net
makes a visit. Out come Ibis tables; nothing here runs before it is asked for.
"""

import datetime as dt
import math

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

HALF_LIVES = (30, 90, 180)  # days after which a purchase counts half in what is `fading`
RECENT_DAYS = 91
TRACES = (*(f"fading_{days}" for days in HALF_LIVES), "recent")
EXACT_SUM = "decimal(38, 6)"  # floats would add up to another last digit at each run


def _visits(days: ir.Table, where: ir.BooleanValue) -> dict[str, ir.Scalar]:
    """The sums over a client's visits among some days; no row is read for them twice."""
    counted = (days.net > 0) & where
    return {
        "visits": counted.sum(),
        "first_on": days.day.min(where=counted),
        "last_on": days.day.max(where=counted),
        "total": days.net.sum(where=counted),
    }


def _spread(days: ir.Table) -> dict[str, ir.Scalar]:
    """The largest visit, Σ ln and Σ ln² of the visits' amounts."""
    amount = ibis.ifelse(days.net > 0, days.net, ibis.null(days.net.type()))
    log = amount.cast("float64").ln()
    return {"largest": amount.max(), "sum_log": log.sum(), "sum_log2": (log * log).sum()}


def _recent(days: ir.Table, at: dt.date) -> ir.Scalar:
    """Σ net of the last 91 days up to the end of `at`."""
    return days.net.sum(where=days.day.between(ibis.date(at - dt.timedelta(days=RECENT_DAYS - 1)), ibis.date(at)))


def client_table(client_days: ir.Table, until: dt.date) -> ir.Table:
    """client_id, visits, first_on, last_on, total, largest (DECIMAL), sum_log, sum_log2 (Σ ln, Σ ln² of the
    visits' amounts): one row a client with a visit up to the end of `until`."""
    visits = client_days.filter(client_days.day <= ibis.date(until), client_days.net > 0)
    return visits.group_by("client_id").agg(**_visits(visits, ibis.literal(True)), **_spread(visits))


def two_tables(days: ir.Table, first: dt.date, until: dt.date) -> ir.Table:
    """The client table at the end of `until`, and beside it, as `visits_then` …, that of the evening before
    `first`.

    With `net`, what each client brought from `first` to `until` (DECIMAL, returns counted; NULL: no line),
    and `net_then` in as many days before. Both have what fades (`TRACES`): fading_N = Σ net · 2^(−age ÷ N), returns
    counted, and recent = Σ net of the last 91 days. What is `_then` or fades is for statistics, its amounts are
    float64. `days` are read once; one row a client with any line. The first day's sums and those of the days since
    make the second's, so that no day is added twice.
    """
    cut = first - dt.timedelta(days=1)
    days = days.filter(days.day <= ibis.date(until))
    is_then = days.day <= ibis.date(cut)
    before = days.day.between(ibis.date(cut - (until - first)), ibis.date(cut))
    age = ibis.date(cut).delta(days.day, unit="day").cast("float64")
    age = ibis.ifelse(is_then, age, age + (until - cut).days)
    faded = {n: (days.net.cast("float64") * (age * (-math.log(2) / n)).exp()).cast(EXACT_SUM) for n in HALF_LIVES}
    sums = _spread(days) | {"recent": _recent(days, until), "recent_then": _recent(days, cut)}
    sums |= {"net": days.net.sum(where=~is_then), "net_then": days.net.sum(where=before)}
    for name, where in (("then", is_then), ("since", ~is_then)):
        parts = _visits(days, where) | {f"fading_{n}": column.sum(where=where) for n, column in faded.items()}
        sums |= {f"{part}_{name}": value for part, value in parts.items()}
    table = days.group_by("client_id").agg(**sums)
    inexact = [*TRACES, *(f"{name}_then" for name in ("total", "net", *TRACES))]
    return _together(table, (until - cut).days).mutate(**{name: ibis._[name].cast("float64") for name in inexact})


def _together(table: ir.Table, days: int) -> ir.Table:
    """The sums of the evening before and of the `days` since as those of the second evening, in place of the latter."""
    total = table.total_then.fill_null(0) + table.total_since.fill_null(0)
    fading = {
        f"fading_{n}": table[f"fading_{n}_then"].cast("float64").fill_null(0) * 2 ** (-days / n)
        + table[f"fading_{n}_since"].cast("float64").fill_null(0)
        for n in HALF_LIVES
    }
    table = table.mutate(
        visits=table.visits_then + table.visits_since, total=total.cast(table.total_then.type()),
        first_on=ibis.coalesce(table.first_on_then, table.first_on_since),
        last_on=ibis.coalesce(table.last_on_since, table.last_on_then), **fading,
    )  # fmt: skip
    return table.drop(*(name for name in table.columns if name.endswith("_since")))


def fetch(table: ir.Table, order: str = "client_id") -> pd.DataFrame:
    """The table in memory, in the order of a column: engines give groups in any order, and seeds need one.

    DECIMAL stays DECIMAL (Arrow), days are datetime64; a million clients take some 150 MB. Ids become text only
    here: grouping by the source's own type is faster.
    """
    arrow = table.mutate(client_id=table.client_id.cast("string")).to_pyarrow()
    arrow = arrow.sort_by(order) if order else arrow
    moments = [f.with_type(pa.timestamp("s")) if pa.types.is_date(f.type) else f for f in arrow.schema]
    return arrow.cast(pa.schema(moments)).to_pandas(types_mapper=_column)


def among(table: pd.DataFrame, chosen: np.ndarray) -> pd.DataFrame:
    """The chosen rows; the table itself where all are, since a copy of a million rows takes a second."""
    return table if chosen.all() else table[chosen]


def floats(column: pd.Series) -> np.ndarray:
    """A column as floats, nothing as 0. Arrow turns a million DECIMALs without making a million objects."""
    if isinstance(column.dtype, pd.ArrowDtype):
        return pc.fill_null(pa.chunked_array(pa.array(column)).cast("float64"), 0).to_numpy()
    return column.to_numpy(float, na_value=0)


def _column(kind: pa.DataType) -> pd.ArrowDtype | None:
    return None if pa.types.is_timestamp(kind) else pd.ArrowDtype(kind)
