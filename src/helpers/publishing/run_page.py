"""In the child: the page of a run, drawn from the notebook that its cells left and the files they wrote."""

import json
from pathlib import Path
from typing import Any

PDF = "report.pdf"


def draw_page(folder: Path, pdf: bool) -> dict[str, Any]:
    """Write index.html, and report.pdf if wanted; what the landing page says of the run."""
    import nbformat

    from helpers.page.html_page import page_title, render_page
    from helpers.page.pdf import write_pdf

    facts = json.loads((folder / "facts.json").read_text("utf-8"))
    executed = nbformat.read(folder / "notebook.ipynb", as_version=4)
    page = render_page(executed, facts["language"], pdf=PDF if pdf else "")
    (folder / "index.html").write_text(page, "utf-8")
    if pdf:
        write_pdf(folder / "index.html", folder / PDF)
    return facts | {"title": page_title(executed, facts["language"])}


def import_libraries() -> None:
    """Have the exporter and its templates ready."""
    import nbformat

    from helpers.page.html_page import render_page

    render_page(nbformat.v4.new_notebook(), "en")
