"""What every drawing shares: one renderer a type of result, the templates, always escaped, and what a cell shows.

In comes a result, out comes a Drawing: `draw` finds the renderer that a module of this folder registered for its type.
IPython shows the drawing's forms (`bundle`). In JupyterLab HTML carries its own small style, which the published page
has once and takes off (`without_style`); a chart shows itself there as SVG or PNG, and its HTML on the page alone.
"""

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, singledispatch
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from helpers import schema
from helpers.page.words import LONGEST_NAME, LONGEST_TITLE, Words, capital, clean_name
from helpers.sales import Reader, Result, Unavailable

TEMPLATES = Path(__file__).with_name("template")
SPACES = ((" {", "{"), ("{ ", "{"), (": ", ":"), ("; }", "}"), (", ", ","))
SHORT = 3  # letters of a currency
SIGN_OF_MONEY = re.compile(r"([+\u2212])(?=[^\s\d.,;:)])")
STYLE_BEGINS, STYLE_ENDS = "<style data-pieces>", "</style>"


OURS = "application/vnd.client-rating+json"
"""Marks what the suite has drawn: the gate refuses a page that shows anything else."""


@dataclass(frozen=True)
class Drawing:
    """How a result looks: `text` says it in words; `html` as a page has it, or empty for what a page leaves out; a
    chart's `svg` and what draws its `png` stand alone; a finding that heads the whole page is its `heading`. A notice
    is one sentence in place of an answer: a page says it once."""

    text: str
    html: str = ""
    svg: str = ""
    png: Callable[[], bytes] = bytes
    heading: str = ""
    is_notice: bool = False


@singledispatch
def draw(result: Result, w: Words) -> Drawing:
    """The drawing of a result in the reader's words."""
    raise TypeError(f"no renderer for {type(result).__name__}")


@draw.register
def _(result: Unavailable, w: Words) -> Drawing:
    _, gives, needs = schema.LEVELS[result.level]
    if result.reader.only_branches:
        return Drawing(f"Some branches alone have none of this: {gives}. Ask it of sales.whole.")
    return Drawing(f"The source has nothing for this: {gives}. Map {' or '.join(needs)} in source.yaml.")


def words_of(reader: Reader) -> Words:
    """The words of a result's reader."""
    return Words(reader.language, reader.currency, reader.labels, reader.digits)


def bundle(result: Result) -> dict[str, object]:
    """What IPython shows of a result, by MIME type."""
    drawing = draw(result, words_of(result.reader))
    ours = {
        "result": type(result).__name__,
        "language": result.reader.language,
        "labels": {k: v.model_dump() for k, v in result.reader.labels.items()},
    } | ({"notice": drawing.text} if drawing.is_notice else {})
    if drawing.svg:
        picture = base64.b64encode(drawing.png()).decode()
        forms: dict[str, object] = {"image/svg+xml": drawing.svg, "image/png": picture}
        return forms | {"text/plain": drawing.text, OURS: ours | {"html": drawing.html}}
    forms = {"text/html": f"{STYLE_BEGINS}{read('style.css')}{STYLE_ENDS}{drawing.html}"} if drawing.html else {}
    heading = {"heading": drawing.heading} if drawing.heading else {}
    return forms | {"text/plain": drawing.text, OURS: ours | heading}


def without_style(html: str) -> str:
    """A piece's HTML without the style it carries for JupyterLab."""
    if not html.startswith(STYLE_BEGINS):
        return html
    return html[html.index(STYLE_ENDS) + len(STYLE_ENDS) :]


@cache
def read(name: str) -> str:
    """A style or script as it is sent: without indentation, whole-line comments and a style's spaces."""
    lines = (line.strip() for line in (TEMPLATES / name).read_text("utf-8").splitlines())
    text = "\n".join(line for line in lines if line and not line.startswith("//"))
    for wide, tight in SPACES if name.endswith(".css") else ():
        text = text.replace(wide, tight)
    return text


@cache
def environment() -> Environment:
    """Jinja with autoescape for every template; a forgotten value is an error."""
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        finalize=joined,
    )
    env.filters.update(name=name, capital=capital, json=to_json, tied=tied)
    return env


def fill(template: str, words: Words, **values: Any) -> str:
    """The template filled, in the words' language."""
    page = environment().get_template(template)
    return page.render(w=words, _=words.gettext, gettext=words.gettext, ngettext=words.ngettext, **values).strip()


def name(text: str | None, css: str = "") -> Markup:
    """A name in its own `<bdi>`, of a class if need be; a very long one is cut, its whole text a title, unless nobody
    would read that to its end."""
    whole, shown = clean_name(text, LONGEST_TITLE), clean_name(text, LONGEST_NAME)
    own = Markup(' class="{}"').format(css) if css else ""
    title = Markup(' title="{}"').format(whole) if shown != whole else ""
    return Markup("<bdi{}{}>{}</bdi>").format(own, title, shown)


def joined(value: object) -> object:
    """A text in which no line ends between a sign and the currency behind it.

    >>> joined("rose most (+€500)") == "rose most (+\u2060€500)", joined(5)
    (True, 5)
    """
    return SIGN_OF_MONEY.sub("\\1\u2060", value) if type(value) is str else value


def tied(text: str) -> str:
    """A heading whose last word, when short (a currency, a per cent sign), stays beside the one before it.

    >>> tied("Change, €") == "Change,\u00a0€", tied("Whom to call")
    (True, 'Whom to call')
    """
    first, _, last = text.rpartition(" ")
    return f"{first}\u00a0{last}" if first and len(last) <= SHORT else text


def to_json(value: object) -> Markup:
    """JSON that is harmless inside a page, in an element or in an attribute of one."""
    text = json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":"), default=str)
    unsafe = {ord(c): f"\\u{ord(c):04x}" for c in "<>&'\u2028\u2029"}
    return Markup(text.translate(unsafe))
