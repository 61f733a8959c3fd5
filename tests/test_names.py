"""What a reader meets in every module: plain names, a docstring of a few lines, a type for every parameter."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import helpers

PACKAGE = Path(helpers.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
OURS = """
told found made asked given beside few soon_days foretell client_lines near_next survey replay masters codes scrub
saved leftovers Turn Terms Teller tell_success PlannedReport Shelf held seal settle tidy mend workshop complaint
PART WEAK ENOUGH APART ASKED ALIKE
"""
FORBIDDEN = set(OURS.split())
"""Words of our own making for things that have a plain name."""


def names(tree: ast.AST) -> Iterator[str]:
    """Every name that a module gives: to a function, class, parameter, variable or attribute."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name
            case ast.ExceptHandler(name=str(name)) | ast.alias(asname=str(name)):
                yield name
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                yield name


def not_annotated(tree: ast.AST) -> Iterator[str]:
    """`function(parameter)` for each parameter without a type; self and cls need none."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            a = node.args
            every = [*a.posonlyargs, *a.args, *a.kwonlyargs, *filter(None, (a.vararg, a.kwarg))]
            yield from (
                f"{node.name}({arg.arg})" for arg in every if not arg.annotation and arg.arg not in ("self", "cls")
            )


def is_described(tree: ast.Module) -> bool:
    """Whether a module says in one to five lines what it is."""
    return 1 <= len((ast.get_docstring(tree) or "").splitlines()) <= 5


@cache
def remarks(module: Path) -> dict[str, set[str]]:
    """What a module's syntax tree has of each kind that is not wanted."""
    tree = ast.parse(module.read_text("utf-8"))
    own = {name for name in {*names(tree), module.stem} if name.lstrip("_") in FORBIDDEN}
    described = set() if is_described(tree) else {str(module.relative_to(PACKAGE))}
    return {"names": own, "not annotated": set(not_annotated(tree)), "not described": described}


@pytest.mark.parametrize("kind", ["names", "not annotated", "not described"])
def test_no_module_has_what_is_not_allowed(kind: str):
    more = {str(module.relative_to(PACKAGE)): remarks(module)[kind] for module in MODULES}
    assert {module: these for module, these in more.items() if these} == {}


def test_every_kind_of_name_is_seen():
    source = """
def told(beside, *few, held=1, **saved): ...
class Turn: seal: int
try: import os as codes
except OSError as found: made = tidy.mended
for asked in x: self.given = [scrub for scrub in y]
match z:
    case {"a": settle, **mend}: (lambda PART: (WEAK := 1))
"""
    every = "told beside few held saved Turn seal codes found made asked given scrub settle mend PART WEAK"
    assert {name for name in names(ast.parse(source)) if name in FORBIDDEN} == set(every.split(" "))
    assert list(not_annotated(ast.parse("class A:\n def f(self, a, b: int, *c, d=1): ..."))) == ["f(a)", "f(d)", "f(c)"]
