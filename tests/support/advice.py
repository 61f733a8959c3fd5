"""What a refusal says to do, taken from its sentence and done, letter by letter."""

import re
from collections.abc import Callable
from decimal import Decimal as D
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from accounts import account
from company import opened
from small_export import HEADER, answered, export

from helpers.errors import ReportError
from helpers.sales import Sales

GOOD = f"{HEADER}\n1,2026-03-01,Anna,North,400.00\n2,2026-03-02,Ben,South,30.00"
RIGHT = D(400) + 30


class Case(NamedTuple):
    """A company that is refused, what is done by the sentence (further lines of source.yaml, or to its files), and the
    amount that is right."""

    made: Callable[[Path], Path]
    done: Callable[[Path, str], dict]
    right: D = RIGHT


def company_of(text: str = GOOD, **settings) -> Callable[[Path], Path]:
    """A company of these lines."""
    return lambda root: export(root, text, **settings)


def mapped(text: str = GOOD, files: dict[str, str] | None = None, **columns) -> Callable[[Path], Path]:
    """A company of these lines that maps some columns otherwise; `from_` is `from`."""
    return lambda root: export(root, text, files, sale_line={name.rstrip("_"): what for name, what in columns.items()})


def data(root: Path, name: str = "sales.csv") -> Path:
    """A file of the company's."""
    return root / "data" / name


def part(pattern: str, said: str, group: int = 1) -> str:
    """What a sentence says at a place."""
    found = re.search(pattern, said)
    assert found, said
    return found[group]


def meant(said: str) -> str:
    """The name that a sentence takes for the one that is meant."""
    return part("did you mean '(.*?)'\\?", said)


def sets(**settings) -> Callable[[Path, str], dict]:
    """A setting that the sentence names, with the value that is this file's."""

    def done(_: Path, said: str) -> dict:
        for name, value in settings.items():
            assert all(f"{name}.{key}" in said for key in value), said
        return settings

    return done


def line(pattern: str, table: str = "") -> Callable[[Path, str], dict]:
    """The line of source.yaml that stands in the sentence, below a table where one is told."""

    def done(_: Path, said: str) -> dict:
        typed = yaml.safe_load(part(pattern, said))
        return {table: typed} if table else typed

    return done


finding = line("Say in source.yaml (.*), or conf")
"""The line that settles a finding."""


def csv_setting(_: Path, said: str) -> dict:
    """The setting of `csv:` that stands in the sentence with its value."""
    return {"csv": {part(r"csv\.(\w+): ", said): yaml.safe_load(part(r"csv\.\w+: ('[^']*'|[\w-]+)", said))}}


def told(words: str, do: Callable[[Path], object], **settings) -> Callable[[Path, str], dict]:
    """What a person does by these words of the sentence."""

    def done(root: Path, said: str) -> dict:
        assert words in said, said
        do(root)
        return settings

    return done


def written(root: Path, name: str, content: bytes, **settings) -> Path:
    """A company whose file has these bytes."""
    root = export(root, "", sale_line={"from": name}, **settings)
    data(root).unlink()
    data(root, name).write_bytes(content)
    return root


def total(sales: Sales) -> D:
    """What the lines that count add up to."""
    return sales.counted.amount.sum().execute()


def counted(root: Path, **parameters) -> D:
    """What counts of March."""
    return account(opened(root, "2026-03", "2026-06-01", **parameters))["counted"][1]


def followed(root: Path, case: Case) -> None:
    """Assert that a company is refused, and that what its sentence says to do leads to the figure."""
    root = case.made(root)
    with pytest.raises(ReportError) as refused:
        counted(root)
    settings = case.done(root, str(refused.value))
    assert counted(answered(root, **settings)) == case.right, settings
