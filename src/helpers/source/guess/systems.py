"""The exports and databases that the suite knows: one YAML file each in source/systems/, recognised by its columns.

In come the names of a file's columns, out comes the map whose columns the file has, the one of the most columns first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import yaml

from helpers.errors import BadConfiguration
from helpers.source.files.expression import parsed

FILE, RECOGNISED = "FILE", "recognised_by"
OPTIONAL = ("branch_id", "quantity", "item_id", "item_category")  # of sale_line; all else decides what counts


@dataclass(frozen=True)
class System:
    """A known export: its file's name, what its first line says, and its text."""

    name: str
    text: str

    @property
    def title(self) -> str:
        return self.text.partition("\n")[0].removeprefix("# ")

    @property
    def settings(self) -> dict[str, Any]:  # Any: whatever the file holds
        return yaml.safe_load(self.text)

    @property
    def columns(self) -> list[str]:
        """The columns it is recognised by; none for a database, whose map is copied by hand."""
        return self.settings.get(RECOGNISED, {}).get("columns", [])

    def written_for(self, where: str, names: Sequence[str]) -> list[str]:
        """The lines of its source.yaml that read a file with these columns, without those on how this file is written.

        A column of ours whose lack changes no amount is left out where the export has nothing for it.
        """
        named = self.text.replace(f"from: {FILE}\n", f"from: {where}\n")
        own = (f"{RECOGNISED}:", "csv:")
        lines = [line for line in named.splitlines() if not line.startswith(own)]
        columns = self.settings["sale_line"]
        lacking = tuple(f"  {ours}:" for ours in OPTIONAL if not _has(columns.get(ours), names))
        return [f"  # not in this export: {line.strip()}" if line.startswith(lacking) else line for line in lines]


def _has(expression: str | None, names: Sequence[str]) -> bool:
    """Whether a file with these columns can give an expression."""
    try:
        if expression is not None:
            parsed(expression, names)
    except BadConfiguration:
        return False
    return True


def systems() -> Iterator[System]:
    """Every known system, by name."""
    folder = files("helpers").joinpath("source/systems")
    for path in sorted(folder.iterdir(), key=lambda path: path.name):
        if path.name.endswith(".yaml"):
            yield System(path.name.removesuffix(".yaml"), path.read_text("utf-8"))


def recognised(names: Sequence[str]) -> System | None:
    """The system that a file with these columns is an export of."""
    known = [system for system in systems() if system.columns and set(system.columns) <= set(names)]
    return max(known, key=lambda system: len(system.columns), default=None)
