"""The curve: how much the best clients bring.

In comes a Concentration, out comes a Drawing: SVG drawn by a template, in the page's colours, with the finding as a
sentence above it and as its text alternative. Labels keep their size on a phone, lines stretch.
"""

from functools import partial
from typing import Any

import numpy as np

from helpers.analysis.concentration import Concentration
from helpers.page.drawing import Drawing, draw, fill
from helpers.page.picture import inside, picture, png
from helpers.page.words import Words


def chart(text: str, html: str, svg: str, height: int, finding: str, detail: str, w: Words) -> Drawing:
    """A chart with its three forms: of the page, and standing alone as SVG and PNG."""
    alone = picture(svg, height, finding, detail, w)
    return Drawing(text, html, alone, partial(png, alone))


def finding(concentration: Concentration, w: Words) -> str:
    """The headline of a concentration: how many clients bring half of the revenue."""
    if not concentration.clients:
        return w.gettext("No {client} brought revenue", client=w.client(0))
    if concentration.clients == 1:
        return w.gettext("One {client} brings all of the revenue", client=w.client())
    half = concentration.half or 0
    return w.ngettext(
        "{n} of {clients} brings half of the revenue",
        "{n} of {clients} bring half of the revenue",
        half,
        clients=w.clients(concentration.clients),
        some=w.clients(half),
        all=w.count(concentration.clients),
    )


@draw.register
def curve(concentration: Concentration, w: Words) -> Drawing:
    """Cumulative share of revenue by clients, best first, with the points of 50 % and 80 % named."""
    headline, detail = finding(concentration, w), _detail(concentration, w)
    if concentration.clients < 2:
        return Drawing(f"{headline}. {detail}".strip())  # there is no curve
    html = fill("curve.html.j2", w, finding=headline, detail=detail, **_plot(concentration, w))
    return chart(f"{headline}. {detail}", html, inside(html), 240, headline, detail, w)


def _detail(concentration: Concentration, w: Words) -> str:
    if not concentration.clients:
        return ""
    eighty = concentration.eighty or 0
    rest = concentration.clients - eighty
    first = w.ngettext("{some} brings {share}.", "{some} bring {share}.", eighty,
                       some=w.clients(eighty), share=w.percent(0.8, 0))  # fmt: skip
    others = w.ngettext("The other one brings the rest.", "The other {n} bring the rest.", rest) if rest else ""
    apart = concentration.excluded
    nothing = w.ngettext("{n} more brought nothing in all, returns counted.",
                         "{n} more brought nothing in all, returns counted.", apart) if apart else ""  # fmt: skip
    return " ".join(filter(None, (first, others, nothing)))


def _plot(concentration: Concentration, w: Words) -> dict[str, Any]:
    n, curve = concentration.clients, concentration.curve
    points = [f"{1000 * c / n:.1f} {1000 * (1 - s):.1f}" for c, s in zip(curve.clients, curve.share, strict=True)]
    best = [(w.ngettext("the first", "the first {n}", k), s) for k, s in concentration.top_clients.items() if k <= n]
    best += [(w.gettext("the first {share}", share=w.percent(k / 100, 0)), s)
             for k, s in concentration.top_percent.items() if n * k // 100]  # fmt: skip
    return dict(
        path="M" + " L".join(points),
        levels=[(share, w.percent(share / 100, 0)) for share in (0, 25, 50, 75, 100)],
        marks=[
            _mark(k or 0, share, concentration, w)
            for k, share in ((concentration.half, 0.5), (concentration.eighty, 0.8))
        ],
        ticks=[(f"{100 * k / n:.2f}", w.count(k), "end" if k == n else "middle") for k in _ticks(n)],
        axis=w.isolated(w.gettext("{clients}, best first", clients=w.client(n))),
        shares=[(label, w.percent(share)) for label, share in best],
        indices=w.facts(
            w.gettext("As uneven as {n} equal ones", n=w.number(concentration.effective, 1)),
            w.gettext("Gini {value}", value=w.number(concentration.gini)),
            w.gettext("HHI {value}", value=w.number(concentration.hhi, 0)),
        ),
    )


def _ticks(n: int) -> list[int]:
    """Round numbers from 0 on, and n itself.

    >>> _ticks(231), _ticks(4)
    ([0, 50, 100, 150, 200, 231], [0, 1, 2, 3, 4])
    """
    steps = (m * 10**e for e in range(12) for m in (1, 2, 5))
    step = next(s for s in steps if n / s <= 5)
    return [*(k for k in range(0, n, step) if n - k > 0.12 * n or n < 8), n]


def _mark(clients: int, share: float, concentration: Concentration, w: Words) -> dict[str, Any]:
    """A point of the curve and its label: at its right, or at its left where there is no room."""
    x = 100 * clients / concentration.clients
    y = 100 * (1 - float(np.interp(clients, concentration.curve.clients, concentration.curve.share)))
    label = w.gettext("{some}: {share}", some=w.clients(clients), share=w.percent(share, 0))
    side = dict(anchor="start", dx=8) if x < 55 else dict(anchor="end", dx=-8)
    return dict(x=f"{x:.2f}", y=f"{y:.2f}", label=w.isolated(label), **side)
