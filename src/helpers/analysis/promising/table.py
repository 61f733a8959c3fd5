"""One row a client from the engine: all that the models, the backtest and the lists need.

In come `Sales.client_days` or a table like it: client_id, day (the business day, a DATE), net (DECIMAL); a positive net
makes a visit. Out come Ibis tables; nothing here runs before it is asked for.
"""

import datetime as dt
import math
from collections.abc import Sequence

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


def _visits(days: ir.Table) -> dict[str, ir.Scalar]:
    """Of a client's visits how many, the first and the last day, what they brought, the largest, Σ ln and Σ ln²."""
    amount, day = _where(days.net > 0, days.net), _where(days.net > 0, days.day)
    log = _where(days.net > 0, days.net.cast("float64")).ln()
    return {
        "visits": day.count(),
        "first_on": day.min(),
        "last_on": day.max(),
        "total": amount.sum(),
        "largest": amount.max(),
        "sum_log": log.sum(),
        "sum_log2": (log * log).sum(),
    }


def _where(holds: ir.BooleanValue, value: ir.Column) -> ir.Column:
    """The value or NULL: where most rows have it, engines add this up sooner than with a filter."""
    return ibis.ifelse(holds, value, ibis.null(value.type()))


def _recent(days: ir.Table, at: dt.date) -> ir.Scalar:
    """Σ net of the last 91 days up to the end of `at`."""
    return days.net.sum(where=days.day.between(ibis.date(at - dt.timedelta(days=RECENT_DAYS - 1)), ibis.date(at)))


def client_table(client_days: ir.Table, until: dt.date) -> ir.Table:
    """client_id, visits, first_on, last_on, total, largest (DECIMAL), sum_log, sum_log2 (Σ ln, Σ ln² of the
    visits' amounts): one row a client with a visit up to the end of `until`."""
    visits = client_days.filter(client_days.day <= ibis.date(until), client_days.net > 0)
    return visits.group_by("client_id").agg(**_visits(visits))


def two_tables(days: ir.Table, first: dt.date, until: dt.date) -> ir.Table:
    """The client table at the end of `until`, and beside it, as `visits_then` …, that of the evening before
    `first`.

    With `net`, what each client brought from `first` to `until` (DECIMAL, returns counted; NULL: no line),
    and `net_then` in as many days before. Both have what fades (`TRACES`): fading_N = Σ net · 2^(−age ÷ N), returns
    counted, and recent = Σ net of the last 91 days. What is `_then` or fades is for statistics, its amounts are
    float64. `days` are read once; one row a client with any line. What the evening before saw is the whole less what
    came since: few rows are added up sooner than most of them.
    """
    cut = first - dt.timedelta(days=1)
    days = days.filter(days.day <= ibis.date(until))
    is_since, is_visit = days.day > ibis.date(cut), days.net > 0
    before = days.day.between(ibis.date(cut - (until - first)), ibis.date(cut))
    age = ibis.ifelse(is_since, ibis.date(until), ibis.date(cut)).delta(days.day, unit="day").cast("float64")
    faded = {n: (days.net.cast("float64") * (age * (-math.log(2) / n)).exp()).cast(EXACT_SUM) for n in HALF_LIVES}
    sums = _visits(days) | {"recent": _recent(days, until), "recent_then": _recent(days, cut)}
    sums |= {"net": days.net.sum(where=is_since), "net_then": days.net.sum(where=before)}
    sums |= {"last_on_then": _where(is_visit & ~is_since, days.day).max()}
    sums |= {"visits_since": days.count(where=is_visit & is_since)}
    sums |= {"total_since": days.net.sum(where=is_visit & is_since)}
    for n, column in faded.items():
        sums |= {f"fading_{n}": column.sum(), f"fading_{n}_since": column.sum(where=is_since)}
    table = _apart(days.group_by("client_id").agg(**sums), cut, until)
    inexact = [*TRACES, *(f"{name}_then" for name in ("total", "net", *TRACES))]
    return table.mutate(**{name: table[name].cast("float64") for name in inexact})


def _apart(table: ir.Table, cut: dt.date, until: dt.date) -> ir.Table:
    """The sums of two evenings, from those up to `until` and what of them is `_since` the evening `cut`."""
    fading = [f"fading_{n}" for n in HALF_LIVES]
    then = {name: table[name] - table[f"{name}_since"].fill_null(0) for name in ("visits", "total", *fading)}
    aged = {
        name: then[name].cast("float64") * 2 ** (-(until - cut).days / n)
        + table[f"{name}_since"].cast("float64").fill_null(0)
        for n, name in zip(HALF_LIVES, fading, strict=True)
    }
    first_on = ibis.ifelse(table.first_on <= ibis.date(cut), table.first_on, ibis.null("date"))
    table = table.mutate(first_on_then=first_on, **{f"{name}_then": value for name, value in then.items()}, **aged)
    return table.drop(*(name for name in table.columns if name.endswith("_since")))


def fetch(table: ir.Table, order: Sequence[str | ir.Value] = ("client_id",)) -> pd.DataFrame:
    """The table in memory, in an order, ids by their bytes: engines give groups in any order, and seeds need one.

    DECIMAL stays DECIMAL (Arrow), days are datetime64; a million clients take some 150 MB. Ids become text only
    here: grouping by the source's own type is faster.
    """
    table = table.mutate(client_id=table.client_id.cast("string"))
    arrow = (table.order_by(*order) if order else table).to_pyarrow()
    moments = [f.with_type(pa.timestamp("s")) if pa.types.is_date(f.type) else f for f in arrow.schema]
    return arrow.cast(pa.schema(moments)).to_pandas(types_mapper=_column)


def floats(column: pd.Series) -> np.ndarray:
    """A column as floats, nothing as 0. Arrow turns a million DECIMALs without making a million objects."""
    if isinstance(column.dtype, pd.ArrowDtype):
        return pc.fill_null(pa.chunked_array(pa.array(column)).cast("float64"), 0).to_numpy()
    return column.to_numpy(float, na_value=0)


def _column(kind: pa.DataType) -> pd.ArrowDtype | None:
    return None if pa.types.is_timestamp(kind) else pd.ArrowDtype(kind)
