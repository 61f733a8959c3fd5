"""The key figures: the numbers a director asks for first, each with its change in words.

In comes a Summary, out comes a Piece; a figure the source cannot give is left out.
"""

from dataclasses import dataclass

from helpers.page.drawing import Piece, draw
from helpers.page.words import Words, capital, known

Changes = list[tuple[str, str]]
"""Lines below a figure: (up | down | "", words)."""


@dataclass(frozen=True)
class Figure:
    """A key number with its label and what is said below it."""

    label: str
    value: str
    changes: Changes


def key_figures(summary, w: Words, now: str, before: str) -> Piece:
    """The key figures of the period called `now` as a row, compared with the one called `before`."""
    figures = [figure for figure in _figures(summary, w, before) if figure.value != "–"]
    said = "\n".join(w.facts(f"{f.label}: {f.value}", *(text for _, text in f.changes)) for f in figures)
    is_empty = known(summary.sales_count) == 0 or not (summary.clients or summary.net)
    nothing = "" if not is_empty else w.gettext("There are no sales in {period}.", period=now)
    html = draw("figures.html.j2", w, figures=figures, notice=nothing)
    return Piece(html, f"{nothing}\n{said}".strip())


def _figures(summary, w: Words, before: str) -> list[Figure]:
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


def _money_change(summary, w: Words, before: str) -> Changes:
    old = known(summary.net_before)
    if old is None:
        return []
    if old <= 0:
        return [("", w.gettext("{period}: {value}", period=capital(before), value=w.money(old)))]
    share = float((summary.net - old) / old)
    return [_change(share, w.percent(abs(share)), w, before)]


def _client_change(summary, w: Words, before: str) -> Changes:
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


def _average(summary):
    count = known(summary.sales_count)
    return summary.net / count if count and summary.net > 0 else None


def _sales(summary, w: Words) -> Changes:
    sales, branches = known(summary.sales_count), known(summary.branches)
    lines = [w.ngettext("{n} sale", "{n} sales", sales) if sales else ""]
    lines.append(w.gettext("in {branches}", branches=w.branches(branches)) if branches else "")
    return [("", line) for line in lines if line]


def _margin(summary, w: Words) -> Changes:
    percent, coverage = known(summary.margin_percent), known(summary.cost_coverage)
    lines = []
    if percent is not None:
        lines.append(("", w.gettext("{share} of revenue", share=w.percent(percent))))
    if coverage is not None and coverage < 1:
        lines.append(("", w.gettext("costs known for {share} of lines", share=w.percent(coverage))))
    return lines


def _percent(summary, w: Words) -> Changes:
    share = known(summary.discount_percent)
    return [] if share is None else [("", w.gettext("{share} of base prices", share=w.percent(share)))]


def _points(summary, w: Words) -> Changes:
    worth = known(summary.points_value)
    return [] if worth is None else [("", w.gettext("worth {amount}", amount=w.money(worth)))]
