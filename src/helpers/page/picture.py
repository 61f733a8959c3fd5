"""A chart that stands alone: SVG with its finding and its own light palette, and the same as PNG.

In comes a chart of a page (its SVG drawn in percent of a width) with its sentences, out come the two forms that
JupyterLab shows. An untrusted notebook shows the PNG, so it is drawn here, by a font that is always there.
"""

from importlib.util import find_spec
from pathlib import Path
from textwrap import wrap

import resvg_py
from markupsafe import escape

from helpers.page.drawing import read
from helpers.page.words import Words

WIDTH, LEFT, RIGHT, BOTTOM = 760, 64, 32, 56
LINE, PER_LINE = 22, 84
ZOOM = 2.0
SLIDE = (1600, 900)


def picture(chart: str, height: int, finding: str, detail: str, w: Words) -> str:
    """The chart as SVG: its finding and detail above it; `chart` is an svg element without a size."""
    lines = [(text, "finding") for text in wrap(finding, PER_LINE)] + [(text, "detail") for text in wrap(detail, 98)]
    top = 16 + LINE * len(lines)
    at, anchor = (WIDTH - 16, "end") if w.direction == "rtl" else (16, "start")
    above = "".join(
        f'<text class="{kind}" x="{at}" y="{20 + LINE * i}" text-anchor="{anchor}">{escape(w.isolated(text))}</text>'
        for i, (text, kind) in enumerate(lines)
    )
    place = f'x="{LEFT}" y="{top + 12}" width="{WIDTH - LEFT - RIGHT}" height="{height}" overflow="visible"'
    whole = top + 12 + height + BOTTOM
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{whole}" viewBox="0 0 {WIDTH} {whole}" '
        f'role="img" aria-label="{escape(f"{finding}. {detail}")}"><style>{read("picture.css")}</style>'
        f'<rect class="ground" width="100%" height="100%"/>{above}<svg {place}>{chart}</svg></svg>'
    )


def slide(svg: str) -> bytes:
    """A picture as large as fits a slide of 1600 × 900, as PNG."""
    width, height = SLIDE
    whole = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">{svg}</svg>'
    fitted = whole.replace(f'width="{WIDTH}"', f'width="{width}"', 1)
    start = fitted.index('height="', fitted.index("<svg", 5))
    end = fitted.index('"', start + 8)
    return png(f'{fitted[:start]}height="{height}"{fitted[end + 1 :]}', 1.0)


def png(svg: str, zoom: float = ZOOM) -> bytes:
    """An SVG as PNG, twice as large for sharp screens."""
    return resvg_py.svg_to_bytes(
        svg_string=svg, zoom=zoom, background="#ffffff", skip_system_fonts=True, font_files=_fonts(),
        font_family="DejaVu Sans", sans_serif_family="DejaVu Sans",
    )  # fmt: skip


def _fonts() -> list[str]:
    """The fonts that come with matplotlib, which is not imported for them."""
    spec = find_spec("matplotlib")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("matplotlib, whose fonts the charts use, is not installed")
    folder = Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf"
    return [str(folder / name) for name in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")]


def inside(figure: str) -> str:
    """What stands within the SVG of a page's figure."""
    start = figure.index(">", figure.index("<svg class=")) + 1
    return figure[start : figure.rindex("</svg>")]
