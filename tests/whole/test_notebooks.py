"""Every notebook in the folder is a test case: thin, without outputs, declared, run on the demo, rendered."""

import ast
import datetime as dt
import shlex
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest
import yaml

from helpers.page.html_page import render_page
from helpers.publishing.notebook_run import TYPES, declared_parameters
from helpers.settings.parameters import ReportParameters
from helpers.source.demo import make_demo

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
TODAY = dt.date(2026, 11, 23)
every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)


def code_cells(path: Path):
    return [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]


@every_notebook
def test_it_is_stored_without_outputs(path):
    assert not [c for c in code_cells(path) if c.outputs or c.execution_count]


@every_notebook
def test_its_cells_are_thin(path):
    for cell in code_cells(path):
        tree = ast.parse(cell.source)
        logic = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.For | ast.While | ast.If | ast.Try)]
        assert not logic, cell.source
        if "parameters" not in cell.metadata.get("tags", []):
            assert len(tree.body) <= 5, cell.source


@every_notebook
def test_its_parameters_cell_declares_what_the_shared_model_checks(path):
    declared = declared_parameters(path)
    assert {"company", "period", "today"} <= set(declared)
    for name, parameter in declared.items():
        assert parameter.help, f"{name} has no help beside it"
        if name in ReportParameters.model_fields:
            field = ReportParameters.model_fields[name]
            assert parameter.default == field.default, name
            assert parameter.type is TYPES.get(getattr(field.annotation, "__name__", "str"), str), name


@every_notebook
def test_every_code_cell_follows_prose(path):
    cells = nbformat.read(path, as_version=4).cells
    assert not [b.source for a, b in pairwise(cells) if a.cell_type == b.cell_type == "code"]


def test_the_hook_takes_out_what_jupyterlab_writes_when_a_notebook_is_opened_run_and_saved(tmp_path):
    """The hook that ships with a company's repository; what is left is the file as it was, byte by byte."""
    hooks = yaml.safe_load((ROOT / "recipes/company/.pre-commit-config.yaml").read_text("utf-8"))["repos"][0]["hooks"]
    command = shlex.split(next(hook["entry"] for hook in hooks if hook["id"] == "strip-outputs"))
    for path in NOTEBOOKS:
        opened = nbformat.read(path, as_version=4)
        opened.metadata.language_info = {"name": "python", "version": "3.99", "file_extension": ".py"}
        for count, cell in enumerate((c for c in opened.cells if c.cell_type == "code"), start=1):
            cell.execution_count = count
            cell.outputs = [nbformat.v4.new_output("stream", text="a client's name")]
        nbformat.write(opened, tmp_path / path.name)
    copies = [str(tmp_path / path.name) for path in NOTEBOOKS]
    subprocess.run([sys.executable, *command[1:], *copies], check=True, timeout=120)
    assert [path.name for path in NOTEBOOKS if (tmp_path / path.name).read_bytes() != path.read_bytes()] == []


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """A project with the suite's notebooks and params, and a small demo company."""
    root = tmp_path_factory.mktemp("project")
    shutil.copytree(ROOT / "notebooks", root / "notebooks")
    shutil.copytree(ROOT / "params", root / "params")
    make_demo(root / "data" / "demo", TODAY, 5_000)
    return root


@pytest.mark.kernel
@every_notebook
def test_it_runs_on_the_demo_and_renders(path, demo, tmp_path, monkeypatch):
    import papermill

    monkeypatch.setenv("CLIENT_RATING_ROOT", str(demo))
    monkeypatch.setenv("CLIENT_RATING_WORK", str(tmp_path))
    parameters, settings = {"today": TODAY.isoformat()}, dict(progress_bar=False, execution_timeout=120)
    papermill.execute_notebook(str(path), str(tmp_path / "out.ipynb"), parameters, kernel_name="python3", **settings)
    executed = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    page = render_page(executed, "en")
    assert page.lower().startswith("<!doctype html>")
    assert "Traceback" not in page


@pytest.mark.kernel
def test_nbconvert_executes_into_the_page_by_name(demo, tmp_path, monkeypatch):
    """`jupyter nbconvert --to client_rating --execute`: the same bytes as of the notebook that papermill executed."""
    import papermill

    monkeypatch.setenv("CLIENT_RATING_ROOT", str(demo))
    monkeypatch.setenv("CLIENT_RATING_WORK", str(tmp_path))
    path = tmp_path / "client_rating.ipynb"
    said = (demo / "notebooks" / "client_rating.ipynb").read_text("utf-8")
    path.write_text(
        said.replace('today: str = \\"\\"', f'today: str = \\"{TODAY}\\"').replace('= \\"en\\"', '= \\"fr\\"')
    )
    flags = ["--to", "client_rating", "--execute", str(path), "--output-dir", str(tmp_path / "page")]
    subprocess.run([sys.executable, "-m", "nbconvert", *flags], check=True, timeout=300)
    page = (tmp_path / "page" / "client_rating.html").read_text("utf-8")
    papermill.execute_notebook(str(path), str(tmp_path / "out.ipynb"), kernel_name="python3", progress_bar=False)
    assert page == render_page(nbformat.read(tmp_path / "out.ipynb", as_version=4), "fr")
    assert '<html lang="fr"' in page
    assert "open_sales" not in page
