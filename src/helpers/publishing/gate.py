"""The gate: what a run's notebook must be before anybody sees it.

In comes the executed notebook of a run folder; nothing comes out, or an error that says why it is not published.
"""

import json
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from helpers.errors import BadData, KernelDied
from helpers.publishing.cells import FAILURES_FILE
from helpers.publishing.scrubbed_file import SECRET_NOTE

OURS = "application/vnd.client-rating+json"  # as page.drawing has it, whose import takes a second
WIDGET = "application/vnd.jupyter.widget-view+json"
BARS = ("FloatProgress(", "IntProgress(")  # a widget's text, where nothing else is kept of it
TOTALS = ("total", "total_by_client", "total_by_branch", "total_of_lines")


def assert_whole(output: Path) -> None:
    """The gate: every code cell ran without error and shows results alone, the last one reached its end, and the
    control totals agree."""
    notebook = nbformat.read(output, as_version=4)
    cells = [c for c in notebook.cells if c.cell_type == "code" and c.source.strip()]
    for number, cell in enumerate(cells, 1):
        if cell.execution_count is None:
            raise KernelDied(f"code cell {number} of {len(cells)} never ran: the notebook stopped early")
        if any(o.output_type == "error" for o in cell.outputs):
            raise BadData(f"code cell {number} of {len(cells)} shows an error")
    if (output.parent / SECRET_NOTE).exists():
        raise BadData("the notebook would show a secret of the environment; nothing is published")
    if (failures := output.parent / FAILURES_FILE).is_file():
        raise KernelDied(failures.read_text("utf-8").splitlines()[0])
    _refuse_foreign(cells)
    path = output.parent / "checks.json"
    if not path.is_file():
        raise BadData("the notebook wrote no checks.json: its last cell must call save(...)")
    checks = json.loads(path.read_text("utf-8"))
    totals = {name: checks.get(name) for name in TOTALS}
    if None in totals.values() or len(set(totals.values())) != 1:
        raise BadData(f"the control totals do not agree: {totals}; nothing is published")
    if stops := checks.get("unanswered"):
        raise BadData(f"source.yaml must answer for {', '.join(stops)}; nothing is published")


def _refuse_foreign(cells: list[NotebookNode]) -> None:
    """BadData when a cell that readers see shows anything but the suite's own results."""
    for number, cell in enumerate(cells, 1):
        foreign = [out for out in cell.outputs if OURS not in out.get("data", {})]
        if foreign and "analyst" not in cell.metadata.get("tags", []):
            raise BadData(f"code cell {number} of {len(cells)} shows {_kind(foreign[0])}; a page shows results "
                          "alone: end it with one (a frame: own_table), or tag it analyst")  # fmt: skip


def _kind(output: NotebookNode) -> str:
    data = output.get("data", {})
    if output.output_type == "stream":
        return f"what it prints ({output.name})"
    if WIDGET in data or any(sign in data.get("text/plain", "") for sign in BARS):
        return "a widget or a progress bar"
    return f"an object that is no result ({', '.join(data)})"
