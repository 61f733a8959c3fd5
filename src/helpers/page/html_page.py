"""The published page: an executed notebook as one HTML file that asks nothing of the outside.

In comes the notebook, out comes text: its prose in the reader's language, each markdown cell and the outputs
that follow it a section, no code, one style, one script whose hash stands in the page's security policy. The
same notebook gives the same bytes.
"""

import base64
import hashlib
from functools import cache

from nbconvert.exporters import HTMLExporter
from nbconvert.exporters.templateexporter import TemplateExporter
from nbconvert.filters import DataTypeFilter
from nbformat import NotebookNode
from traitlets.config import Config

from helpers.page.catalogues import split_prose
from helpers.page.drawing import STYLE_BEGINS, TEMPLATES, read, without_style
from helpers.page.words import Words

SHOWN = ["text/html", "text/markdown", "image/svg+xml", "image/png", "image/jpeg", "text/plain"]


def policy(script: str) -> str:
    """The Content-Security-Policy of a page whose only script is this one."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
        f"script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )


def render_page(notebook: NotebookNode, language: str, title: str = "") -> str:
    """The page of an executed notebook; `title` names it in the browser, its first heading when empty."""
    words = Words(language)
    cells = _sections(notebook, words)
    shown = NotebookNode(cells=cells, metadata=NotebookNode(), nbformat=4, nbformat_minor=5)
    heading, script = page_title(notebook, language), read("script.js")
    resources = dict(
        words=words, heading=heading, title=title or heading, style=read("page.css") + read("style.css"),
        script=script, policy=policy(script),
    )  # fmt: skip
    html, _ = _exporter().from_notebook_node(shown, resources)
    return html


def page_title(notebook: NotebookNode, language: str) -> str:
    """The notebook's first heading in the reader's language."""
    words = Words(language)
    headings = (split_prose(c.source)[0] for c in notebook.cells if c.cell_type == "markdown")
    return words.translated(next(filter(None, headings), "")) or words.gettext("Report")


def _sections(notebook: NotebookNode, words: Words) -> list[NotebookNode]:
    """The cells the reader sees, each knowing whether it opens or closes a section."""
    cells = [cell for cell in notebook.cells if _is_shown(cell)]
    opens = [i == 0 or cell.cell_type == "markdown" for i, cell in enumerate(cells)]
    closes = [*opens[1:], True]
    shown = []
    for cell, is_first, is_last in zip(cells, opens, closes, strict=True):
        section = dict(opens=is_first, closes=is_last, half="half" in cell.metadata.get("tags", []))
        own = dict(metadata=NotebookNode(section=NotebookNode(section)))
        if cell.cell_type == "markdown":
            own["source"] = words.translated(split_prose(cell.source)[1])
        shown.append(NotebookNode({**cell, **own}))
    return shown


def _is_shown(cell: NotebookNode) -> bool:
    if "analyst" in cell.metadata.get("tags", []):
        return False
    return bool(split_prose(cell.source)[1] if cell.cell_type == "markdown" else cell.get("outputs"))


class PageExporter(HTMLExporter):
    """nbconvert with our template on `base`: escaped by default, without its second parse of the whole
    page."""

    extra_template_basedirs = (str(TEMPLATES.parent),)
    template_name = TEMPLATES.name
    exclude_anchor_links = True

    @property
    def default_config(self) -> Config:
        return Config(NbConvertBase=dict(display_data_priority=SHOWN))

    def _create_environment(self):
        environment = super()._create_environment()
        environment.autoescape = True
        environment.trim_blocks = environment.lstrip_blocks = True
        environment.filters |= {
            "filter_data_type": DataTypeFilter(parent=self),
            "is_piece": lambda html: html.startswith(STYLE_BEGINS),
            "without_style": without_style,
        }
        return environment

    def from_notebook_node(self, nb, resources=None, **kw):
        return TemplateExporter.from_notebook_node(self, nb, self._init_resources(resources), **kw)


@cache
def _exporter() -> PageExporter:
    return PageExporter()
