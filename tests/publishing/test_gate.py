"""The gate: what a run's notebook must be before anybody sees it, on notebooks written here."""

import json
from pathlib import Path

import nbformat
import pytest
from tiny import notebook

from helpers.errors import BadData, KernelDied, ReportError
from helpers.page import drawing
from helpers.publishing.gate import OURS, TOTALS, WIDGET, assert_whole


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


new_output = nbformat.v4.new_output
FOREIGN = {
    "what it prints (stdout)": new_output("stream", name="stdout", text="a"),
    "what it prints (stderr)": new_output("stream", name="stderr", text="a warning"),
    "a widget or a progress bar": new_output("display_data", {WIDGET: {}, "text/plain": "IntSlider(value=1)"}),
    "a widget or a progress bar ": new_output("display_data", {"text/plain": "FloatProgress(value=0.0, max=100.0)"}),
    "an object that is no result (text/html, text/plain)": new_output(
        "execute_result", {"text/html": "<table>", "text/plain": "a"}
    ),
    "an object that is no result (text/plain)": new_output("execute_result", {"text/plain": "Rating(2026-10)"}),
}


@pytest.mark.parametrize("what", FOREIGN)
def test_a_page_shows_results_alone(tmp_path, what):
    ran = executed(tmp_path)
    ran.cells[3].outputs = [new_output("execute_result", {OURS: {}, "text/plain": "a result"}), FOREIGN[what]]
    with pytest.raises(BadData) as refused:
        judged(tmp_path, ran)
    assert str(refused.value).startswith(f"code cell 3 of 4 shows {what.strip()}; ")
    ran.cells[3].metadata["tags"] = ["analyst"]
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


def test_the_gate_knows_a_result_by_what_the_page_marks_it_with():
    assert OURS == drawing.OURS
