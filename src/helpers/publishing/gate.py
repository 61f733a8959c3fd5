"""The gate: what a run's notebook must be before anybody sees it.

In comes the executed notebook of a run folder; nothing comes out, or an error that says why it is not published.
"""

import json
from pathlib import Path

import nbformat

from helpers.errors import BadData, KernelDied
from helpers.publishing.cells import FAILURES_FILE
from helpers.publishing.scrubbed_file import SECRET_NOTE

TOTALS = ("total", "total_by_client", "total_by_branch", "total_of_lines")


def assert_whole(output: Path) -> None:
    """The gate: every code cell ran without error, the last one reached its end, and the control totals agree."""
    cells = [c for c in nbformat.read(output, as_version=4).cells if c.cell_type == "code" and c.source.strip()]
    for number, cell in enumerate(cells, 1):
        if cell.execution_count is None:
            raise KernelDied(f"code cell {number} of {len(cells)} never ran: the notebook stopped early")
        if any(o.output_type == "error" for o in cell.outputs):
            raise BadData(f"code cell {number} of {len(cells)} shows an error")
    if (output.parent / SECRET_NOTE).exists():
        raise BadData("the notebook would show a secret of the environment; nothing is published")
    if (failures := output.parent / FAILURES_FILE).is_file():
        raise KernelDied(failures.read_text("utf-8").splitlines()[0])
    path = output.parent / "checks.json"
    if not path.is_file():
        raise BadData("the notebook wrote no checks.json: its last cell must call save(...)")
    checks = json.loads(path.read_text("utf-8"))
    totals = {name: checks.get(name) for name in TOTALS}
    if None in totals.values() or len(set(totals.values())) != 1:
        raise BadData(f"the control totals do not agree: {totals}; nothing is published")
    if stops := checks.get("unanswered"):
        raise BadData(f"source.yaml must answer for {', '.join(stops)}; nothing is published")
