"""What every drawing shares: the templates, always escaped, and the object a notebook cell shows.

In come a template's name and values, out comes a Piece. In JupyterLab it carries its own small style; the
published page has that style once and takes it off (`without_style`).
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from helpers.page.words import LONGEST_NAME, Words, capital, clean_name

TEMPLATES = Path(__file__).with_name("template")
SPACES = ((" {", "{"), ("{ ", "{"), (": ", ":"), ("; }", "}"), (", ", ","))
STYLE_BEGINS, STYLE_ENDS = "<style data-pieces>", "</style>"


@dataclass(frozen=True)
class Piece:
    """Something a cell shows: `html` drawn, `text` saying the same in words."""

    html: str
    text: str

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        return {
            "text/html": f"{STYLE_BEGINS}{read('style.css')}{STYLE_ENDS}{self.html}",
            "text/plain": self.text,
        }


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
    )
    env.filters.update(name=name, capital=capital, json=to_json)
    return env


def draw(template: str, words: Words, **values) -> str:
    """The template filled, in the words' language."""
    page = environment().get_template(template)
    return page.render(w=words, _=words.gettext, gettext=words.gettext, ngettext=words.ngettext, **values).strip()


def name(text: str | None, css: str = "") -> Markup:
    """A name in its own `<bdi>`, of a class if need be; a very long one is cut, its whole text a title."""
    whole, shown = clean_name(text), clean_name(text, LONGEST_NAME)
    own = Markup(' class="{}"').format(css) if css else ""
    title = Markup(' title="{}"').format(whole) if shown != whole else ""
    return Markup("<bdi{}{}>{}</bdi>").format(own, title, shown)


def to_json(value) -> Markup:
    """JSON that is harmless inside a page, in an element or in an attribute of one."""
    text = json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":"), default=str)
    unsafe = {ord(c): f"\\u{ord(c):04x}" for c in "<>&'\u2028\u2029"}
    return Markup(text.translate(unsafe))
