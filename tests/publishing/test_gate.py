"""The gate: what a run's notebook must be before anybody sees it, on notebooks written here."""

import json
from pathlib import Path

import nbformat
import pytest
from tiny import notebook

from helpers.errors import BadData, KernelDied, ReportError
from helpers.publishing.gate import TOTALS, assert_whole


def executed(folder: Path, totals: dict[str, str | list[str]] | None = None) -> nbformat.NotebookNode:
    """A notebook whose three cells ran, in the folder of a run, and control totals that agree."""
    ran = notebook()
    for number, cell in enumerate((c for c in ran.cells if c.cell_type == "code"), 1):
        cell.execution_count = number
    checks = dict.fromkeys(TOTALS, "10.00") | (totals or {})
    (folder / "checks.json").write_text(json.dumps(checks))
    return ran


def judged(folder: Path, ran: nbformat.NotebookNode) -> None:
    """Put the notebook before the gate."""
    nbformat.write(ran, folder / "notebook.ipynb")
    assert_whole(folder / "notebook.ipynb")


def test_a_whole_notebook_passes(tmp_path):
    judged(tmp_path, executed(tmp_path))


def test_a_cell_that_never_ran(tmp_path):
    ran = executed(tmp_path)
    ran.cells[3].execution_count = None
    with pytest.raises(KernelDied, match="code cell 3 of 4 never ran"):
        judged(tmp_path, ran)


def test_an_error_in_a_cell(tmp_path):
    ran = executed(tmp_path)
    ran.cells[2].outputs = [nbformat.v4.new_output("error", ename="SystemExit", evalue="0", traceback=[])]
    with pytest.raises(BadData, match="code cell 2 of 4 shows an error"):
        judged(tmp_path, ran)


@pytest.mark.parametrize("name", TOTALS)
@pytest.mark.parametrize("other", ["10.01", None])
def test_each_control_total_must_agree(tmp_path, name, other):
    with pytest.raises(BadData, match="the control totals do not agree"):
        judged(tmp_path, executed(tmp_path, {name: other}))


def test_what_source_yaml_must_answer_stops_the_publication(tmp_path):
    with pytest.raises(BadData, match=r"source\.yaml must answer for cost_sign"):
        judged(tmp_path, executed(tmp_path, {"unanswered": ["cost_sign"]}))
    judged(tmp_path, executed(tmp_path, {"unanswered": []}))


def test_no_control_totals(tmp_path):
    ran = executed(tmp_path)
    (tmp_path / "checks.json").unlink()
    with pytest.raises(BadData, match=r"must call save\(\.\.\.\)"):
        judged(tmp_path, ran)


@pytest.mark.parametrize(
    ("name", "text", "kind", "message"),
    [
        ("failures.txt", "a thread raised KeyError\nand more\n", KernelDied, "a thread raised KeyError"),
        (
            "secret_removed.txt",
            "",
            BadData,
            "the notebook would show a secret of the environment; nothing is published",
        ),
    ],
)
def test_what_the_run_noted_beside(tmp_path, name, text, kind, message):
    ran = executed(tmp_path)
    (tmp_path / name).write_text(text)
    with pytest.raises(ReportError) as refused:
        judged(tmp_path, ran)
    assert (type(refused.value), str(refused.value)) == (kind, message)
