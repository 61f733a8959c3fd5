"""The key figures: the numbers a director asks for first, each with its change in words.

In comes a Summary, out comes a Drawing; a figure the source cannot give is left out.
"""

from dataclasses import dataclass
from decimal import Decimal

from helpers.analysis.summary import Summary
from helpers.page.drawing import Drawing, draw, fill
from helpers.page.words import Words, capital, known

Changes = list[tuple[str, str]]
"""Lines below a figure: (up | down | "", words)."""


@dataclass(frozen=True)
class Figure:
    """A key number with its label and what is said below it."""

    label: str
    value: str
    changes: Changes


@draw.register
def key_figures(summary: Summary, w: Words) -> Drawing:
    """The key figures of the period as a row, compared with those before."""
    figures = [figure for figure in _figures(summary, w, w.comparison(summary.reader.before)) if figure.value != "–"]
    is_empty = known(summary.sales_count) == 0 or not (summary.clients or summary.net)
    now = w.period(summary.reader.period)
    return figures_drawing(figures, w, "" if not is_empty else w.gettext("There are no sales in {period}.", period=now))


def figures_drawing(figures: list[Figure], w: Words, notice: str = "") -> Drawing:
    """Key figures as a row, under a notice if there is one."""
    lines = [w.facts(f"{f.label}: {f.value}", *(text for _, text in f.changes)) for f in figures]
    return Drawing("\n".join([notice, *lines]).strip(), fill("figures.html.j2", w, figures=figures, notice=notice))


def _figures(summary: Summary, w: Words, before: str) -> list[Figure]:
    clients, points = summary.clients, known(summary.points)
    return [
        Figure(w.gettext("Revenue"), w.money(summary.net), _money_change(summary, w, before)),
        Figure(capital(w.client(clients)), w.count(clients), _client_change(summary, w, before)),
        Figure(w.gettext("Average sale"), w.money(_average(summary)), _sales(summary, w)),
        Figure(w.gettext("Margin"), w.money(known(summary.margin)), _margin(summary, w)),
        Figure(w.gettext("Discounts given"), w.money(known(summary.discount)), _percent(summary, w)),
        Figure(w.gettext("Bonus points given"), w.count(points), _points(summary, w)),
        Figure(w.gettext("Owed"), w.money(known(summary.outstanding)), [("", w.gettext("at the period's end"))]),
    ]


def _money_change(summary: Summary, w: Words, before: str) -> Changes:
    old = known(summary.net_before)
    if old is None:
        return []
    if old <= 0:
        return [("", w.gettext("{period}: {value}", period=capital(before), value=w.money(old)))]
    share = float((summary.net - old) / old)
    return [_change(share, w.percent(abs(share)), w, before)]


def _client_change(summary: Summary, w: Words, before: str) -> Changes:
    old, new = known(summary.clients_before), known(summary.new_clients)
    lines = []
    if old is not None:
        lines.append(_change(summary.clients - old, w.count(abs(summary.clients - old)), w, before))
    if new is not None:
        lines.append(("", w.ngettext("{n} first purchase", "{n} first purchases", new)))
    return lines


def _change(change: float, text: str, w: Words, before: str) -> tuple[str, str]:
    if not change:
        return "", w.gettext("unchanged on {period}", period=before)
    way = "up" if change > 0 else "down"
    return way, w.gettext("{change} on {period}", change=text, period=before)


def _average(summary: Summary) -> Decimal | None:
    count = known(summary.sales_count)
    return summary.net / count if count and summary.net > 0 else None


def _sales(summary: Summary, w: Words) -> Changes:
    sales, branches = known(summary.sales_count), known(summary.branches)
    lines = [w.ngettext("{n} sale", "{n} sales", sales) if sales else ""]
    lines.append(w.gettext("in {branches}", branches=w.branches(branches)) if branches else "")
    return [("", line) for line in lines if line]


def _margin(summary: Summary, w: Words) -> Changes:
    percent, coverage = known(summary.margin_percent), known(summary.cost_coverage)
    lines = []
    if percent is not None:
        lines.append(("", w.gettext("{share} of revenue", share=w.percent(percent))))
    if coverage is not None and coverage < 1:
        lines.append(("", w.gettext("costs known for {share} of lines", share=w.percent(coverage))))
    return lines


def _percent(summary: Summary, w: Words) -> Changes:
    share = known(summary.discount_percent)
    return [] if share is None else [("", w.gettext("{share} of base prices", share=w.percent(share)))]


def _points(summary: Summary, w: Words) -> Changes:
    worth = known(summary.points_value)
    return [] if worth is None else [("", w.gettext("worth {amount}", amount=w.money(worth)))]
