"""Two years of revenue: a column a month, a tick for the same month of the year before, and a small one a branch.

In comes a Trend, out comes a Drawing; the figures stand in a fold below the columns.
"""

import datetime as dt
from decimal import Decimal
from typing import Any

from helpers.analysis.trend import Trend
from helpers.page.charts import chart
from helpers.page.columns import columns, scale, ticks, width
from helpers.page.drawing import Drawing, draw, fill
from helpers.page.excel import Sheet
from helpers.page.picture import inside
from helpers.page.words import Words, capital, clean_name

HEIGHT, LONGEST = 200, 40
MULTIPLES = '<div class="multiples">'


@draw.register
def trend(result: Trend, w: Words) -> Drawing:
    """Nothing for a single month; else its columns, the branches on one scale, and the figures in a fold."""
    if len(result.months) < 2:
        return Drawing(w.gettext("There is only one month of sales."))
    sentence, detail = finding(result, w), _detail(result, w)
    html = fill("trend.html.j2", w, finding=sentence, detail=detail, **_columns(result, w), height=HEIGHT,
                branches=_branches(result, w), rows=_rows(result, w),
                heads=[w.gettext("Month"), w.gettext("Revenue, {currency}", currency=w.symbol),
                       w.gettext("A year before, {currency}", currency=w.symbol)])  # fmt: skip
    lines = ["  ".join(row) for row in _rows(result, w)]
    large, _, _ = html.partition(MULTIPLES)
    return chart("\n".join([f"{sentence}. {detail}", *lines]), html, inside(large), HEIGHT, sentence, detail, w)


def finding(result: Trend, w: Words) -> str:
    """The last twelve months against the twelve before, where there are as many; else from when to when."""
    if result.year_before is None or result.year is None or result.year_before <= 0:
        first, last = (_month(result.months.month.iloc[end], w) for end in (0, -1))
        return w.gettext("Revenue from {first} to {last}", first=first, last=last)
    change = w.signed_percent(float(result.year / result.year_before - 1))
    return w.gettext("The last 12 months brought {amount} ({change} against the 12 before)", change=change,
                     amount=w.money(result.year))  # fmt: skip


def _detail(result: Trend, w: Words) -> str:
    has_ticks = result.months.net_year_before.notna().any()
    last = _month(result.months.month.iloc[-1], w)
    average = w.money(result.year / 12) if result.year is not None else ""
    parts = [
        _against_a_year_before(result, w),
        w.gettext("An average month of the last 12 brought {amount}.", amount=average) if average else "",
        w.gettext("The line is the same month a year before.") if has_ticks else "",
        w.gettext("{month} ends with the period.", month=capital(last)) if result.is_cut else "",
    ]
    return " ".join(filter(None, parts))


def _against_a_year_before(result: Trend, w: Words) -> str:
    """The last month against the same of the year before, where both are whole and there was something."""
    last = result.months.iloc[-1]
    before = last.net_year_before
    if result.is_cut or before is None or before <= 0:
        return ""
    return w.gettext(
        "{month} brought {amount} ({change} against {before}).", month=capital(_month(last.month, w)),
        amount=w.money(last.net), change=w.signed_percent(float(last.net / before - 1)),
        before=_month(last.month.replace(year=last.month.year - 1), w),
    )  # fmt: skip


def _month(month: dt.date, w: Words) -> str:
    return w.month(f"{month:%Y-%m}")


def _columns(result: Trend, w: Words) -> dict[str, Any]:
    months = result.months
    nets, before, count = list(months.net), list(months.net_year_before), len(months)
    ends = scale(nets, before)
    return dict(
        width=width(count), path=columns(nets[:-1], ends), last=columns(nets[-1:], ends, count - 1),
        ticks=ticks(before, ends), labels=_labels(list(months.month), w),
        levels=[(f"{100 * (ends[1] - v) / (ends[1] - ends[0]):.0f}", w.amount(Decimal(round(v)), 0))
                for v in _levels(ends)],
    )  # fmt: skip


def _levels(ends: tuple[float, float]) -> list[float]:
    """0 and one or two round amounts above it.

    >>> _levels((0.0, 260000.0)), _levels((0.0, 90.0))
    ([0.0, 100000.0, 200000.0], [0.0, 50.0])
    """
    steps = (m * 10.0**e for e in range(15) for m in (1, 2, 5))
    step = next(s for s in steps if ends[1] / s < 3)
    return [i * step for i in range(int(ends[1] // step) + 1)]


def _labels(months: list[dt.date], w: Words) -> list[tuple[str, str, str]]:
    """(place in per cent, text, anchor): the first month, each January by its year, and the last month."""
    count, labels = len(months), []
    for i, month in enumerate(months):
        is_end = i in (0, count - 1)
        if is_end or (month.month == 1 and 3 <= i <= count - 4):
            text = w.short_month(month) if is_end else str(month.year)
            anchor = "start" if i == 0 else "end" if i == count - 1 else "middle"
            at = 0 if i == 0 else 100 if i == count - 1 else 100 * (i + 0.5) / count
            labels.append((f"{at:.0f}", text, anchor))
    return labels


def _branches(result: Trend, w: Words) -> list[dict[str, Any]]:
    """A small drawing a branch, all on one scale; none where there is a single one."""
    rows = result.branches.set_index("branch_id")
    if len(rows) < 2:
        return []
    months = list(rows.columns[1:])
    ends = scale(*(row[months] for _, row in rows.iterrows()))
    return [dict(label=clean_name(row.branch, LONGEST), path=columns(list(row[months]), ends),
                 last=w.amount(row[months[-1]])) for _, row in rows.iterrows()]  # fmt: skip


def _rows(result: Trend, w: Words) -> list[list[str]]:
    return [[capital(_month(r.month, w)), w.amount(r.net), w.amount(r.net_year_before)]
            for r in reversed(list(result.months.itertuples()))]  # fmt: skip


def sheet(result: Trend, w: Words) -> Sheet:
    """The months as a sheet of the workbook, each by its first day, oldest first."""
    columns = [(w.gettext("Month"), "day", 12), (w.gettext("Revenue, {currency}", currency=w.symbol), "money", 16),
               (w.gettext("A year before, {currency}", currency=w.symbol), "money", 16),
               (capital(w.client(5)), "count", 12)]  # fmt: skip
    rows = [[r.month, r.net, r.net_year_before, int(r.clients)] for r in result.months.itertuples()]
    return Sheet(w.gettext("By month"), columns, rows)
