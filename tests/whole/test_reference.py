"""The pages that are drawn from the code are as the code says, and every example of docs/notebook.md runs."""

import datetime as dt
import re
import shutil
from pathlib import Path

import pytest
from docs import reference

from helpers import notebook
from helpers.sales import Sales, open_sales
from helpers.source.demo import make_demo

ROOT = Path(__file__).parents[2]
TODAY = dt.date(2026, 11, 23)


@pytest.mark.parametrize("name", ["architecture.md", "architecture.svg", "notebook.md", "cookbook.md"])
def test_what_is_drawn_from_the_code_is_up_to_date(name: str):
    """When this fails, type: make docs"""
    assert (ROOT / "docs" / name).read_text("utf-8") == reference.drawn()[name]


def test_the_picture_shows_each_folder_above_those_it_imports_from():
    for place, folder in enumerate(reference.FLOORS):
        assert set(reference.imports_of(folder)) <= set(reference.FLOORS[place + 1 :])


def test_every_module_has_its_line_in_the_tree():
    lines = [line.strip() for line in reference.tree().splitlines()]
    modules = [p for p in reference.PACKAGE.rglob("*.py") if p != reference.PACKAGE / "__init__.py"]
    assert len(lines) == len(modules)
    assert all(len(line.partition(": ")[2]) > 10 for line in lines)


@pytest.fixture(scope="module")
def sales(tmp_path_factory) -> Sales:
    """A small demo company's October."""
    root = tmp_path_factory.mktemp("project")
    shutil.copytree(ROOT / "params", root / "params")
    make_demo(root / "data" / "demo", TODAY, 5_000)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLIENT_RATING_ROOT", str(root))
        patch.setenv("CLIENT_RATING_WORK", str(root))
        yield open_sales("demo", today=TODAY.isoformat())


@pytest.mark.parametrize("name", notebook.__all__)
def test_its_example_runs_on_the_demo_company(sales: Sales, name: str):
    assert name in reference.example(name)
    answer = eval(reference.example(name), {n: getattr(notebook, n) for n in notebook.__all__}, {"sales": sales})
    assert answer is not None


@pytest.mark.parametrize("name", reference.OF_SALES)
def test_what_sales_knows_runs_on_the_demo_company(sales: Sales, name: str):
    _, call = reference.members(Sales, reference.OF_SALES)[name]
    assert f"sales.{name}" in call
    assert eval(call, {"sales": sales, "frame": notebook.frame}) is not None


@pytest.fixture(scope="module")
def view(sales: Sales) -> notebook.View:
    """The same, in the live view."""
    return notebook.View(today=TODAY.isoformat())


@pytest.mark.parametrize("name", reference.OF_VIEW)
def test_what_the_view_knows_runs_on_the_demo_company(view: notebook.View, name: str, capsys):
    _, call = reference.members(notebook.View, reference.OF_VIEW)[name]
    assert f"view.{name}" in call
    answer = eval(call, {"view": view, "movement": notebook.movement})
    assert answer is not None or capsys.readouterr().out


def test_the_rules_of_architecture_live_where_it_says():
    table = (ROOT / "docs" / "architecture.md").read_text("utf-8").split("| rule | in | function |")[1].split("\n\n")[0]
    rows = [line.split("|")[-3:-1] for line in table.splitlines()[2:]]
    assert len(rows) > 25
    for modules, functions in rows:
        texts = "".join(
            (reference.PACKAGE / path).read_text("utf-8") for path in re.findall(r"`([\w/]+\.py)`", modules)
        )
        assert texts
        for function in re.findall(r"`(\w+)`", functions):
            assert f"def {function}(" in texts, function
