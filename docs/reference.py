"""What docs/ says of the code, drawn from it: the picture and the tree of architecture.md, notebook.md, cookbook.md.

In come docstrings, signatures, imports and the cookbook, out come texts; `make docs` writes them, and
tests/whole/test_reference.py fails where one is not as the code says. A function's example stands in its docstring:
Example: `rating(sales).head(3)`.
"""

import ast
import inspect
import re
import textwrap
from html import escape
from itertools import pairwise
from pathlib import Path

import nbformat

from helpers import notebook
from helpers.notebook import View
from helpers.sales import Sales

DOCS = Path(__file__).resolve().parent
PACKAGE = DOCS.parent / "src" / "helpers"
NOTEBOOKS = DOCS.parent / "notebooks"
FLOORS = ("publishing", "page", "analysis", "sales", "source", "settings")
FURTHER = ("open_sales", "rating", "cross_report", "summary", "change", "concentration", "movement")
OF_SALES = ("only", "lines", "sql", "in_period_called", "counted", "named_lines", "history", "before", "clients",
            "branches", "price_list_names", "clock")  # fmt: skip
OF_VIEW = ("sales", "rating", "cross", "lines", "query", "command")
"""What an analyst asks of `sales` itself, and of the live view."""
TREE = re.compile(r"(?<=<!-- tree -->\n).*?(?=<!-- end of tree -->)", re.DOTALL)
EXAMPLE = re.compile(r"Example: `([^`]+)`")
BOX, GAP, WIDTH = 62, 18, 880
HEAD = """# What a notebook may call

`from helpers.notebook import *` brings the names below, and in JupyterLab results draw themselves: a cell ends with a
question, and its answer is what is shown. An answer knows its own figures:

- `.frame` is the answer in pandas, money as exact Decimal; `.floats` is the same for arithmetic and plots;
- `Unavailable` stands in its place where the source lacks a level (README): one sentence in JupyterLab, nothing on a
  published page;
- what a function has computed is kept on `sales`: asking twice costs nothing;
- `sales.lines(client, branch)` brings the sale lines behind any figure, by id or name (`branch="Dentistry"`), with
  names and the company's own day and moment beside them; `cell_lines` those of a total or a closing row too;
- `sales.sql("select … from lines")` asks the same lines in the engine's SQL; `sales.counted` (the lines that count) and
  `sales.named_lines` (the same with names and days) are lazy Ibis tables.

A wrong or misspelt argument is refused with a sentence that names the nearest right one; `%tb` shows where. `make docs`
writes this page from the docstrings; a test runs each example on the demo company, with `sales = open_sales("demo")`.
"""


def first_sentence(text: str) -> str:
    """The first sentence of a docstring, in one line."""
    paragraph = " ".join(inspect.cleandoc(text).partition("\n\n")[0].split())
    return re.split(r"(?<=[.:]) (?=In com|[A-Z`]|runner ──)", paragraph)[0].rstrip(".:")


def sentence_of(module: Path) -> str:
    """What a module is."""
    return first_sentence(ast.get_docstring(ast.parse(module.read_text("utf-8"))) or "")


def tree(folder: Path = PACKAGE, indent: str = "") -> str:
    """Every module with its sentence, a folder's own first."""
    modules = sorted(p for p in folder.glob("*.py") if p.name != "__init__.py")
    lines = [f"{indent}- `{p.name}`: {sentence_of(p)}\n" for p in modules]
    for inner in sorted(p.parent for p in folder.glob("*/__init__.py")):
        own = f"{indent}- `{inner.relative_to(PACKAGE)}/`: {sentence_of(inner / '__init__.py')}\n"
        lines += [own, tree(inner, indent + "  ")]
    return "".join(lines)


def imports_of(folder: str) -> list[str]:
    """The folders that the modules of a folder import from, highest first."""
    nodes = (node for module in (PACKAGE / folder).rglob("*.py") for node in ast.walk(ast.parse(module.read_text())))
    names = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    return [
        floor for floor in FLOORS if floor != folder and any(f"{n}.".startswith(f"helpers.{floor}.") for n in names)
    ]


def picture() -> str:
    """The six folders as an SVG: each stands on those that it imports from."""
    height = len(FLOORS) * (BOX + GAP) + GAP
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif">',
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
    ]
    for place, folder in enumerate(FLOORS):
        y = GAP + place * (BOX + GAP)
        below = ", ".join(imports_of(folder)) or "none of the folders"
        parts += [
            f'<rect x="40" y="{y}" width="{WIDTH - 60}" height="{BOX}" rx="6" fill="#eef3f8" stroke="#5b7f9f"/>',
            f'<text x="56" y="{y + 22}" font-size="16" font-weight="bold">{folder}/</text>',
            f'<text x="170" y="{y + 22}" font-size="12">{escape(sentence_of(PACKAGE / folder / "__init__.py"))}</text>',
            f'<text x="170" y="{y + 46}" font-size="12" fill="#555">imports from {below}</text>',
        ]
    parts.append(f'<path d="M20 {GAP} V{height - GAP} m-6 -10 l6 10 l6 -10" fill="none" stroke="#5b7f9f"/></svg>')
    return "\n".join(parts) + "\n"


def example(name: str) -> str:
    """How a function of the notebook is called: its docstring's example, or with the sales alone."""
    return _example_in(getattr(notebook, name).__doc__ or "") or f"{name}(sales)"


def _example_in(docstring: str) -> str:
    written = EXAMPLE.search(docstring)
    return written[1] if written else ""


def members(kind: type, names: tuple[str, ...]) -> dict[str, tuple[str, str]]:
    """Member of a class → its first sentence and its example, by its docstring or the text below its field."""
    cls = next(n for n in ast.walk(ast.parse(inspect.getsource(inspect.getmodule(kind)))) if _is_class(n, kind))
    told = {node.name: ast.get_docstring(node) or "" for node in cls.body if isinstance(node, ast.FunctionDef)}
    for field, below in pairwise(cls.body):
        if isinstance(field, ast.AnnAssign) and isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            told[ast.unparse(field.target)] = str(below.value.value)
    return {name: (first_sentence(told[name]), _example_in(told[name])) for name in names}


def _is_class(node: ast.AST, kind: type) -> bool:
    return isinstance(node, ast.ClassDef) and node.name == kind.__name__


def _table(title: str, found: dict[str, tuple[str, str]]) -> str:
    rows = [f"- `{call}`: {sentence}.\n" for sentence, call in found.values()]
    return f"## {title}\n\n{''.join(rows)}"


def signature(name: str) -> str:
    """A function's name, parameters and answer as its source has them."""
    what = inspect.unwrap(getattr(notebook, name))
    function = what.__init__ if inspect.isclass(what) else what
    node = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    assert isinstance(node, ast.FunctionDef)
    parameters = ast.unparse(node.args).removeprefix("self, ").replace("'", '"')
    parameters = re.sub(r"(: [^=,]+)=", r"\1 = ", parameters)
    answer = name if inspect.isclass(what) else ast.unparse(node.returns) if node.returns else ""
    return f"{name}({parameters}) -> {answer}"


def reference() -> str:
    """docs/notebook.md: everything that a notebook may call, what most begin with first."""
    names = [*FURTHER, *(name for name in sorted(notebook.__all__, key=str.lower) if name not in FURTHER)]
    entries = [
        f"## {name}\n\n{first_sentence(getattr(notebook, name).__doc__)}.\n\n"
        f"```python\n{signature(name)}\n\n{example(name)}\n```\n"
        for name in names
    ]
    of_sales = _table("What `sales` knows", members(Sales, OF_SALES))
    of_view = _table("What the live view knows", members(View, OF_VIEW))
    return "\n".join([HEAD, of_sales, of_view, *entries])


def cookbook() -> str:
    """docs/cookbook.md: the notebook of that name, its prose and its code."""
    cells = nbformat.read(NOTEBOOKS / "cookbook.ipynb", as_version=4).cells
    return "\n\n".join(c.source if c.cell_type == "markdown" else f"```python\n{c.source}\n```" for c in cells) + "\n"


def drawn() -> dict[str, str]:
    """File of docs/ → what it should hold."""
    architecture = (DOCS / "architecture.md").read_text("utf-8")
    return {
        "architecture.md": TREE.sub(lambda _: tree(), architecture),
        "architecture.svg": picture(),
        "notebook.md": reference(),
        "cookbook.md": cookbook(),
    }


if __name__ == "__main__":
    for name, text in drawn().items():
        (DOCS / name).write_text(text, "utf-8")
