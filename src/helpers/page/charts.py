"""The two charts: how much the best clients bring, and who rose and fell among them.

In come a Concentration or a Movement, out comes a Drawing: SVG drawn by a template, in the page's colours, with
the finding as a sentence above it and as its text alternative. Labels keep their size on a phone, lines
stretch.
"""

from typing import Any

import numpy as np
import pandas as pd

from helpers.analysis.concentration import Concentration
from helpers.analysis.movement import Movement
from helpers.page.data_notes import finding_sentence
from helpers.page.drawing import Drawing, draw, fill
from helpers.page.picture import inside, picture
from helpers.page.words import Words, capital, clean_name
from helpers.sales.quality import history

SLOPES, STEP = 14, 24
ROOM, LONGEST = 48, 40
"""Characters beside a slope, and of a name at most."""


def chart(text: str, html: str, svg: str, height: int, finding: str, detail: str, w: Words) -> Drawing:
    """A chart with its three forms: of the page, and standing alone as SVG and PNG."""
    alone, png = picture(svg, height, finding, detail, w)
    return Drawing(text, html, alone, png)


def finding(concentration: Concentration, w: Words) -> str:
    """The headline of a concentration: how many clients bring half of the revenue."""
    if not concentration.clients:
        return w.gettext("No {client} brought revenue", client=w.client(0))
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
    html = fill("curve.html.j2", w, finding=headline, detail=detail, **_plot(concentration, w))
    text = f"{headline}. {detail}".strip()
    return chart(text, html, inside(html), 240, headline, detail, w) if concentration.clients else Drawing(text, html)


def _detail(concentration: Concentration, w: Words) -> str:
    if not concentration.clients:
        return ""
    eighty = concentration.eighty or 0
    rest = concentration.clients - eighty
    first = w.ngettext("{some} brings {share}.", "{some} bring {share}.", eighty,
                       some=w.clients(eighty), share=w.percent(0.8, 0))  # fmt: skip
    others = w.ngettext("The other one brings the rest.", "The other {n} bring the rest.", rest) if rest else ""
    return f"{first} {others}".strip()


def _plot(concentration: Concentration, w: Words) -> dict[str, Any]:
    if not concentration.clients:
        return dict(path="", shares=[])
    n, curve = concentration.clients, concentration.curve
    points = [f"{1000 * c / n:.1f} {1000 * (1 - s):.1f}" for c, s in zip(curve.clients, curve.share, strict=True)]
    best = [(w.count(k), s) for k, s in concentration.top_clients.items() if k <= n]
    best += [(w.percent(k / 100, 0), s) for k, s in concentration.top_percent.items() if n * k // 100]
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


@draw.register
def movement(moved: Movement, w: Words) -> Drawing:
    """The best clients' ranks beside those of the comparison period."""
    table, before = moved.table.head(SLOPES), moved.reader.before
    if before is None or table.empty:
        headline = (
            w.gettext("There is no comparison period") if before is None else w.gettext("No sales in this period")
        )
        return Drawing(headline, fill("movement.html.j2", w, finding=headline, detail="", rows=[], notes=[]))
    rows = [_slope(row, i, len(table), w) for i, row in enumerate(table.itertuples())]
    rose, fell = (sum(row["way"] == way for row in rows) for way in ("up", "down"))
    headline = w.gettext(
        "Of the top {top}, {rose} rose and {fell} fell",
        top=w.count(len(rows)), rose=w.count(rose), fell=w.count(fell),
    )  # fmt: skip
    detail = _counts(moved, w)
    notes = [finding_sentence(each, w) for each in history(moved.history_months)]
    height = (len(table) + 1) * STEP
    now, then = (capital(w.period(period)) for period in (moved.reader.period, before))
    drawn: dict[str, Any] = dict(rows=rows, now=now, before=then, starts=_starts(rows, w))
    html = fill("movement.html.j2", w, finding=headline, detail=detail, height=height, notes=notes, **drawn)
    names = "\n".join(f"{row['rank']:>3} {clean_name(row['name'], 40)}, {row['says']}" for row in rows)
    return chart(f"{headline}. {detail}\n{names}", html, fill("slopes.svg.j2", w, **drawn), height, headline, detail, w)


def _slope(row: Any, i: int, count: int, w: Words) -> dict[str, Any]:
    before = None if pd.isna(row.rank_before) else int(row.rank_before)
    way = "same" if before == row.rank else "up" if before is None or before > row.rank else "down"
    start = None if before is None else min(before, count + 1)
    y, from_y = (i + 0.5) * STEP, ((start or 0) - 0.5) * STEP
    badge = status(row.status, w) if before is None else ""
    room = min(LONGEST, max(12, ROOM - len(badge)))
    return dict(
        rank=w.count(row.rank), name=row.client_name or row.client_id, way=way,
        short=w.isolated(clean_name(row.client_name or row.client_id, room)), start=start, y=y,
        from_y=from_y, path=f"M0 {from_y} C45 {from_y} 55 {y} 100 {y}" if start else "", badge=badge,
        says=says(row.rank, before, row.status, w),
    )  # fmt: skip


def _starts(rows: list[dict[str, Any]], w: Words) -> list[tuple[float, str]]:
    """Where the lines begin: y and the rank before, the ones beyond the chart together at its foot."""
    starts = {row["start"]: row["from_y"] for row in rows if row["start"]}
    return [(y, w.count(k) if k <= len(rows) else f">{w.count(len(rows))}") for k, y in starts.items()]


def status(code: str | None, w: Words) -> str:
    """A client's status in a word or two that fit any label."""
    return {
        "new": w.gettext("first purchase"),
        "returning": w.gettext("bought before"),
        "recovered": w.gettext("back after a long time"),
    }.get(code or "", "")


def says(rank: int, before: int | None, code: str | None, w: Words) -> str:
    """A rank's movement in words, for who does not see the arrow."""
    if before is None:
        return status(code, w) or w.gettext("not ranked before")
    places = abs(before - rank)
    if not places:
        return w.gettext("same place as before")
    if before > rank:
        return w.ngettext("{n} place up", "{n} places up", places)
    return w.ngettext("{n} place down", "{n} places down", places)


def _counts(moved: Movement, w: Words) -> str:
    new, back, absent = (moved.counts.get(code, 0) for code in ("new", "recovered", "absent"))
    then = w.comparison(moved.reader.before)
    return w.facts(
        new and w.ngettext("{n} first purchase", "{n} first purchases", new),
        back and w.ngettext("{n} back after a long time", "{n} back after a long time", back),
        absent and w.ngettext("{n} of {period} bought nothing", "{n} of {period} bought nothing", absent, period=then),
    )
