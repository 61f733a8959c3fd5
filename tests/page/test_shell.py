"""What a cell shows in IPython: results and sales drawn, tables of the engine short, a mistake one sentence."""

import subprocess
import sys

import nbformat
import papermill
import pytest
from company import company
from papermill.exceptions import PapermillExecutionError

LINES = """
client_id | branch_id | sold_at             | amount
ann       | n         | 2026-10-02 10:00:00 | 7
bob       | n         | 2026-10-03 10:00:00 | 5
"""
SCRIPT = """
import sys
from IPython.core.interactiveshell import InteractiveShell

shell = InteractiveShell.instance(colors="nocolor")
for cell in sys.stdin.read().split("# %%"):
    print("[", shell.run_cell(cell, store_history=True).success, "]")
"""


@pytest.fixture
def ran(tmp_path, monkeypatch):
    """What IPython prints for cells parted by `# %%`, in a small company's project."""
    monkeypatch.setenv("CLIENT_RATING_ROOT", str(company(tmp_path, {"sale_line": LINES})))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))

    def run(cells: str) -> str:
        begin = 'from helpers.notebook import *\nsales = open_sales("acme", "2026-10", "2026-11-23")\n# %%\n'
        command = [sys.executable, "-c", SCRIPT]
        done = subprocess.run(command, input=begin + cells, capture_output=True, text=True, timeout=120)
        return done.stdout + done.stderr

    return run


def test_a_mistake_is_a_sentence_and_its_traceback_comes_on_request(ran):
    said = ran('sales.lines("an")\n# %%\n%tb')
    first, asked = said.split("[ False ]")
    assert "BadParameter: client: there is no client 'an', did you mean 'ann'?\n(%tb shows where)" in first
    assert "Traceback" not in first
    assert "Traceback" in asked
    assert "client_called" in asked


def test_an_error_of_the_analysts_own_keeps_its_traceback(ran):
    said = ran("1 / 0")
    assert "Traceback" in said
    assert "ZeroDivisionError" in said


@pytest.mark.parametrize("shown", ["sales", "sales.company", "sales.source", "sales.counted", "rating(sales)",
                                   'statement(sales, "ann")', "sales.reader", "sales.parameters"])  # fmt: skip
def test_every_object_shows_itself_in_short(ran, shown):
    said = ran(shown)
    assert "[ False ]" not in said
    assert "Traceback" not in said
    assert len(said) < 3_500, said


@pytest.mark.kernel
def test_bare_papermill_refuses_a_name_that_the_notebook_does_not_declare(tmp_path, monkeypatch):
    monkeypatch.setenv("CLIENT_RATING_ROOT", str(company(tmp_path, {"sale_line": LINES})))
    cells = [nbformat.v4.new_code_cell('company = "acme"\ntop = 3\nown = "x"', metadata={"tags": ["parameters"]}),
             nbformat.v4.new_code_cell("from helpers.notebook import *"), nbformat.v4.new_code_cell("top")]  # fmt: skip
    path, out = tmp_path / "own.ipynb", tmp_path / "out.ipynb"
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), path)
    settings = dict(kernel_name="python3", progress_bar=False)
    papermill.execute_notebook(str(path), str(out), {"top": 5, "own": "y"}, **settings)
    with pytest.raises(PapermillExecutionError, match="unknown parameter 'tpo', did you mean 'top'") as refused:
        papermill.execute_notebook(str(path), str(out), {"tpo": 5}, **settings)
    assert refused.value.exec_count == 3, "the first cell after the parameters"
    assert "Traceback" not in str(refused.value)
