"""The house as one sees it: six folders, a few words beside them, imports only downwards and never in a circle."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

import helpers

ROOT = Path(__file__).parents[1]
PACKAGE = Path(helpers.__file__).parent
FOLDERS = {"settings", "source", "sales", "analysis", "page", "publishing"}
WORDS = {"__init__", "__main__", "notebook", "errors", "period", "schema", "money", "findings", "spreadsheet"}


def test_the_package_is_six_folders_and_a_few_words():
    seen = {path.name for path in PACKAGE.iterdir() if path.name != "__pycache__"}
    assert {name for name in seen if not name.endswith(".py")} == FOLDERS
    assert {name.removesuffix(".py") for name in seen if name.endswith(".py")} <= WORDS


def test_the_tests_mirror_the_folders():
    seen = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir() and any(path.glob("test_*.py"))}
    assert seen - {"whole"} == FOLDERS


def test_the_contract_of_imports_is_ten_lines_at_most():
    (contract,) = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    assert len(contract["layers"]) <= 10
    named = {word.strip().partition(".")[2] for line in contract["layers"] for word in line.split("|")}
    assert named == (FOLDERS | WORDS & {path.stem for path in PACKAGE.glob("*.py")}) - {"__init__"}


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("helpers", exclude_type_checking_imports=True, cache_dir=None)


@pytest.mark.parametrize("folder", sorted(FOLDERS))
def test_no_module_of_a_folder_imports_itself_by_a_way_round(graph: grimp.ImportGraph, folder: str):
    inside = {module for module in graph.modules if module.startswith(f"helpers.{folder}")}
    imports = {module: graph.find_modules_directly_imported_by(module) & inside for module in inside}
    assert sorted(in_a_circle(imports)) == []


def test_a_circle_would_be_found():
    assert set(in_a_circle({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}})) == {"b", "c"}


def in_a_circle(imports: dict[str, set[str]]) -> Iterator[str]:
    """The modules from which a way of imports leads back to themselves."""
    for start in imports:
        seen, ahead = set(), list(imports[start])
        while ahead:
            module = ahead.pop()
            if module not in seen:
                seen.add(module)
                ahead += imports[module]
        if start in seen:
            yield start
