"""Bars in a table: a drawing whose figures can be read without it.

In come rows with a label, cells and the place of a bar in per cent, out comes a Drawing with the finding as a sentence
above it and as its text alternative.
"""

from helpers.page.drawing import Drawing, fill
from helpers.page.tables import Column
from helpers.page.words import Words


def per_cent(share: float) -> str:
    """A share of the whole width, at least nothing."""
    return f"{100 * max(0.0, share):.1f}"


def bars(finding: str, detail: str, columns: list[Column], rows: list[dict], legend: str, w: Words) -> Drawing:
    """`rows`: label, bar (width), cells; optional start (of the bar) and tick (a line), all in per cent as text;
    way (up, down)."""
    drawn = [dict(start="0.0", tick=None, way="") | row for row in rows]
    html = fill("bars.html.j2", w, finding=finding, detail=detail, columns=columns, rows=drawn, legend=legend)
    lines = ["  ".join([row["label"], *row["cells"]]) for row in rows]
    return Drawing("\n".join([f"{finding}. {detail}", "  ".join(c.label for c in columns), *lines]), html)
