"""The published page: an executed notebook as one HTML file that asks nothing of the outside.

In comes the notebook, out comes text: its prose in the reader's language, each markdown cell and the outputs
that follow it a section, no code, one style, one script whose hash stands in the page's security policy. The
same notebook gives the same bytes.
"""

import base64
import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from jinja2 import Environment
from nbconvert.exporters import HTMLExporter
from nbconvert.exporters.templateexporter import TemplateExporter
from nbconvert.filters import DataTypeFilter
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from traitlets.config import Config

from helpers.page.catalogues import split_prose
from helpers.page.drawing import OURS, TEMPLATES, read, without_style
from helpers.page.words import Words
from helpers.settings.company import Labels

SHOWN = [OURS, "text/html", "text/markdown", "image/svg+xml", "image/png", "image/jpeg", "text/plain"]


MARK = 'document.documentElement.classList.add("scripted")'
"""Marks a page whose scripts run, before its first row is read: what they will show may wait."""


def policy(*scripts: str) -> str:
    """The Content-Security-Policy of a page whose only scripts are these."""
    digests = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    return (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
        f"script-src {allowed}; base-uri 'none'; form-action 'none'"
    )


def render_page(notebook: NotebookNode, language: str, title: str = "", pdf: str = "") -> str:
    """The page of an executed notebook; `title` names it in the browser, its first heading when empty; `pdf` is the
    file of the same beside it, linked where there is one."""
    html, _ = _exporter().from_notebook_node(notebook, dict(language=language, title=title, pdf=pdf))
    return html


def _words(notebook: NotebookNode, language: str) -> Words:
    """The reader's words, with the company's own as the first answer carries them."""
    labels: dict[str, Any] = next((ours["labels"] for ours in _ours(notebook.cells) if ours.get("labels")), {})
    return Words(language, labels={name: Labels.model_validate(own) for name, own in labels.items()})


def _language(notebook: NotebookNode) -> str:
    """The language that the first answer was drawn in."""
    return next((ours["language"] for ours in _ours(notebook.cells) if ours.get("language")), "en")


def _ours(cells: list[NotebookNode]) -> Iterator[dict[str, Any]]:
    """What the suite's own outputs carry."""
    return (out.get("data", {}).get(OURS, {}) for cell in cells for out in cell.get("outputs", []))


def _finding(cells: list[NotebookNode]) -> str:
    """What happened, said by the first answer that heads the page; empty where none does."""
    return next((ours["heading"] for ours in _ours(cells) if ours.get("heading")), "")


def page_title(notebook: NotebookNode, language: str) -> str:
    """The notebook's first heading in the reader's language."""
    words = _words(notebook, language)
    headings = (split_prose(c.source)[0] for c in notebook.cells if c.cell_type == "markdown")
    return words.translated(next(filter(None, headings), "")) or words.gettext("Report")


def _sections(notebook: NotebookNode, words: Words) -> list[NotebookNode]:
    """The cells the reader sees, each knowing whether it opens or closes a section; a section whose cells drew nothing,
    or a notice that stands above already, is absent, heading and all."""
    shown = []
    for section, is_half in _paired(_present(_without_repeats(notebook))):
        for cell in section:
            place = dict(opens=cell is section[0], closes=cell is section[-1], half=is_half)
            own = dict(metadata=NotebookNode(section=NotebookNode(place)))
            if cell.cell_type == "markdown":
                own["source"] = words.translated(split_prose(cell.source)[1])
            else:
                own["outputs"] = _drawn(cell)
            shown.append(NotebookNode({**cell, **own}))
    return shown


def _without_repeats(notebook: NotebookNode) -> NotebookNode:
    """The notebook, a notice that stands above already left out."""
    said: set[str] = set()

    def is_new(output: NotebookNode) -> bool:
        notice = output.get("data", {}).get(OURS, {}).get("notice")
        is_repeat = notice in said
        said.update([notice] if notice else [])
        return not is_repeat

    cells = [
        NotebookNode({**cell, "outputs": list(filter(is_new, cell.outputs))}) if cell.get("outputs") else cell
        for cell in notebook.cells
    ]
    return NotebookNode({**notebook, "cells": cells})


def _present(notebook: NotebookNode) -> Iterator[list[NotebookNode]]:
    """The sections that show something, each with the cells that do."""
    for section in _by_section(notebook):
        cells = [cell for cell in section if cell.cell_type == "markdown" or _drawn(cell)]
        is_bare = len(cells) == 1 < len(section) and cells[0].cell_type == "markdown"
        if cells and not is_bare:
            yield cells


def _paired(sections: Iterable[list[NotebookNode]]) -> list[tuple[list[NotebookNode], bool]]:
    """Each section and whether it shares its row: two that may and stand together do, one left alone has it whole."""
    rows: list[tuple[list[NotebookNode], bool]] = []
    waiting = False
    for section in sections:
        may = "half" in _tags(section[0])
        if may and waiting:
            rows[-1] = (rows[-1][0], True)
        rows.append((section, may and waiting))
        waiting = may and not waiting
    return rows


def _by_section(notebook: NotebookNode) -> list[list[NotebookNode]]:
    """The reader's cells: each prose cell with the code cells that follow it."""
    sections: list[list[NotebookNode]] = []
    for cell in notebook.cells:
        is_prose = cell.cell_type == "markdown"
        if "analyst" in _tags(cell) or (is_prose and not split_prose(cell.source)[1]):
            continue
        if is_prose or not sections:
            sections.append([])
        sections[-1].append(cell)
    return sections


def _tags(cell: NotebookNode) -> list[str]:
    return cell.metadata.get("tags", [])


def _drawn(cell: NotebookNode) -> list[NotebookNode]:
    """The outputs of a code cell that show something on a page."""
    return [out for out in cell.get("outputs", []) if OURS not in out.get("data", {}) or page_html(out)]


def page_html(output: NotebookNode) -> str:
    """What a page shows of a result; empty for one that is unavailable."""
    data = output.get("data", {})
    return data.get(OURS, {}).get("html") or without_style(data.get("text/html", ""))


class AsPage(Preprocessor):
    """The sections that a page shows, after the notebook was executed, and what stands around them."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """The notebook of what is shown, and the template's values beside what the caller gave."""
        language = resources.get("language") or _language(nb)
        words, name, script = _words(nb, language), page_title(nb, language), read("script.js")
        cells = _sections(nb, words)
        finding, title = _finding(cells), resources.get("title")
        around = dict(
            words=words, heading=finding or name, kicker=name if finding else "", title=title or name,
            style=read("page.css") + read("style.css"), pdf=resources.get("pdf", ""), script=script,
            policy=policy(MARK, script), mark=MARK, skip=words.gettext("Skip to the report"),
        )  # fmt: skip
        return NotebookNode(cells=cells, metadata=NotebookNode(), nbformat=4, nbformat_minor=5), resources | around


class PageExporter(HTMLExporter):
    """nbconvert with our template on `base`: escaped by default, without its second parse of the whole page. By name:
    `jupyter nbconvert --to client_rating`."""

    extra_template_basedirs = [str(TEMPLATES.parent)]
    preprocessors = [AsPage]
    template_name = TEMPLATES.name
    exclude_anchor_links = True

    @property
    def default_config(self) -> Config:
        return Config(NbConvertBase=dict(display_data_priority=SHOWN))

    def _create_environment(self) -> Environment:
        environment: Environment = super()._create_environment()  # type: ignore[no-untyped-call]  # nbconvert has no types
        environment.autoescape = True
        environment.trim_blocks = environment.lstrip_blocks = True
        environment.filters |= {
            "filter_data_type": DataTypeFilter(parent=self),
            "page_html": page_html,
        }
        return environment

    def from_notebook_node(
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        return TemplateExporter.from_notebook_node(self, nb, self._init_resources(resources), **kw)


@cache
def _exporter() -> PageExporter:
    return PageExporter()
