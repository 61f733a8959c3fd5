"""The key figures: the numbers a director asks for first, each with its change in words.

In comes a Summary, out comes a Drawing; a figure the source cannot give is left out.
"""

from dataclasses import dataclass
from decimal import Decimal

import pandas as pd

from helpers.analysis.summary import Summary
from helpers.page.columns import line, width
from helpers.page.drawing import Drawing, draw, fill
from helpers.page.words import Words, capital, known

SPARK = 13  # months of a line: a year and the month it began with
WEIGHS = 0.01
"""The part of the revenue from which it is said that no client brought it."""
Changes = list[tuple[str, str]]
"""Lines below a figure: (up | down | "", words)."""


@dataclass(frozen=True)
class Figure:
    """A key number with its label, what is said below it, and the months that led to it (the path of a line)."""

    label: str
    value: str
    changes: Changes
    spark: str = ""


@draw.register
def key_figures(summary: Summary, w: Words) -> Drawing:
    """The key figures of the period as a row, compared with those before; a figure without a value is left out."""
    figures = [figure for figure in _figures(summary, w, w.comparison(summary.reader.before)) if figure.value != "–"]
    note = _span(summary, w) if any(figure.spark for figure in figures) else ""
    return figures_drawing(figures, w, note)


def figures_drawing(figures: list[Figure], w: Words, note: str = "") -> Drawing:
    """Key figures as a row, above a note if there is one."""
    lines = [w.facts(f"{f.label}: {f.value}", *(text for _, text in f.changes)) for f in figures]
    html = fill("figures.html.j2", w, figures=figures, note=note, width=width(SPARK))
    return Drawing("\n".join(lines), html)


def _span(summary: Summary, w: Words) -> str:
    """From which month to which the lines go."""
    months = _last_months(summary).month
    first, last = (w.month(f"{month:%Y-%m}") for month in (months.iloc[0], months.iloc[-1]))
    return w.gettext("Lines: by month, from {first} to {last}.", first=first, last=last)


def _last_months(summary: Summary) -> pd.DataFrame:
    return summary.months.months.tail(SPARK) if summary.months else pd.DataFrame()


def _spark(summary: Summary, column: str, of: str = "") -> str:
    """The path of the last thirteen months of a column, or of its quotient by another; empty for a single month."""
    rows = _last_months(summary)
    if len(rows) < 2:
        return ""
    values = [known(value) for value in rows[column]]  # of a month without sales it is unknown
    if of:
        counts = [int(known(n) or 0) for n in rows[of]]
        values = [value / n if n else None for value, n in zip(values, counts, strict=True)]
    return line(values)


def _figures(summary: Summary, w: Words, before: str) -> list[Figure]:
    clients, points = summary.clients, known(summary.points)

    def change(now: Decimal | None, name: str) -> Changes:
        return _share_change(now, known(getattr(summary.before, name, None)), w, before)

    old_average = _average(summary.before) if summary.before else None
    return [
        Figure(w.gettext("Revenue"), w.money(summary.net), _money_change(summary, w, before), _spark(summary, "net")),
        Figure(capital(w.client(clients)), _clients(clients, w), _client_change(summary, w, before),
               _spark(summary, "clients")),
        Figure(w.gettext("Average sale"), w.money(_average(summary)),
               _share_change(_average(summary), old_average, w, before) + _sales(summary, w),
               _spark(summary, "net", "sales_count")),
        Figure(w.gettext("Margin"), w.money(known(summary.margin)),
               change(known(summary.margin), "margin") + _margin(summary, w), _spark(summary, "margin")),
        Figure(w.gettext("Discounts given"), w.money(known(summary.discount)),
               change(known(summary.discount), "discount") + _percent(summary, w)),
        Figure(w.gettext("Bonus points given"), w.count(points), change(points, "points") + _points(summary, w)),
        Figure(w.gettext("Owed"), w.money(known(summary.outstanding)), [("", w.gettext("at the period's end"))]),
    ]  # fmt: skip


def _clients(clients: int, w: Words) -> str:
    return w.count(clients) if clients else w.gettext("none")


def _money_change(summary: Summary, w: Words, before: str) -> Changes:
    old, lines = known(summary.net_before), []
    if old is not None and old <= 0:
        lines = [("", w.gettext("{period}: {value}", period=capital(before), value=w.money(old)))]
    else:
        lines = _share_change(summary.net, old, w, before)
    return lines + _without_client(summary, w)


def _without_client(summary: Summary, w: Words) -> Changes:
    """The part of the revenue that no client brought, where it weighs something."""
    share = float(summary.no_client / summary.net) if summary.net > 0 else 0.0
    if share < WEIGHS:
        return []
    return [("", w.gettext("{share} has no {client}", share=w.percent(share), client=w.client()))]


def _share_change(now: Decimal | None, old: Decimal | None, w: Words, before: str) -> Changes:
    """By how much of what was before a figure changed; nothing where that is unknown or none."""
    if now is None or old is None or old <= 0:
        return []
    share = float((now - old) / old)
    return [_change(share, w.percent(abs(share)), w, before)]


def _client_change(summary: Summary, w: Words, before: str) -> Changes:
    old, new = known(summary.clients_before), known(summary.new_clients)
    lines = []
    if old is not None:
        lines.append(_change(summary.clients - old, w.count(abs(summary.clients - old)), w, before))
    if new:
        lines.append(("", w.ngettext("{n} first purchase", "{n} first purchases", new)))
    return lines


def _change(change: float, text: str, w: Words, before: str) -> tuple[str, str]:
    if not change:
        return "", w.gettext("unchanged against {period}", period=before)
    way = "up" if change > 0 else "down"
    return way, w.gettext("{change} against {period}", change=text, period=before)


def _average(summary: Summary) -> Decimal | None:
    count = known(summary.sales_count)
    return summary.net / count if count and summary.net > 0 else None


def _sales(summary: Summary, w: Words) -> Changes:
    sales, branches = known(summary.sales_count), known(summary.branches)
    lines = [w.ngettext("{n} sale", "{n} sales", sales) if sales else ""]
    if notes := known(summary.credit_notes):
        lines.append(w.ngettext("and {n} credit note", "and {n} credit notes", notes))
    earlier = known(summary.before.branches) if summary.before else None
    if branches and max(branches, earlier or 0) > 1:  # one alone is the company
        lines.append(w.gettext("in {branches}", branches=w.branches(branches)))
    return [("", line) for line in lines if line]


def _margin(summary: Summary, w: Words) -> Changes:
    percent, coverage = known(summary.margin_percent), known(summary.cost_coverage)
    lines = []
    is_whole = coverage is None or coverage == 1
    if percent is not None and is_whole:
        lines.append(("", w.gettext("{share} of revenue", share=w.percent(percent))))
    elif percent is not None:
        lines.append(("", w.gettext("{share} of the revenue whose cost is known", share=w.percent(percent))))
    if coverage is not None and not is_whole:
        lines.append(("", w.gettext("costs known for {share} of lines", share=w.percent(coverage))))
    return lines


def _percent(summary: Summary, w: Words) -> Changes:
    share = known(summary.discount_percent)
    return [] if share is None else [("", w.gettext("{share} of base prices", share=w.percent(share)))]


def _points(summary: Summary, w: Words) -> Changes:
    worth = known(summary.points_value)
    return [] if worth is None else [("", w.gettext("worth {amount}", amount=w.money(worth)))]
