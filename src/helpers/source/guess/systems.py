"""The exports and databases that the suite knows: one YAML file each in source/systems/.

In come the names of a file's columns, or of a database's tables, out comes the map that reads them, the one of the most
names first. A column of ours whose lack changes no amount is left out where the export has nothing for it. What a
database has only in some versions or with some modules stands below the map, each part `where` its tables are.
"""

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Any

import yaml

from helpers.source.files.expression import columns_in
from helpers.source.guess.draft import Settings

FILE, RECOGNISED, DOCUMENTED = "FILE", "recognised_by", "documented_at"
ENTITIES, BRANCHES, NAMES_IN, WHERE = "entities", "branches", "names_in", "where"
ABOUT = (RECOGNISED, DOCUMENTED, ENTITIES, BRANCHES, NAMES_IN, WHERE)
"""What a map says of the system itself; all else is source.yaml."""
OPTIONAL = ("line_no", "branch_id", "quantity", "item_id", "item_category", "currency", "cost_amount")
"""Of sale_line: without them an export of that system is still read; all else decides what counts."""


@dataclass(frozen=True)
class System:
    """A known export or database: its file's name, and what that file holds."""

    name: str
    text: str
    settings: Settings
    parts: tuple[str, ...] = ()

    def fitted(self, tables: Sequence[str]) -> "System":
        """The map with those of its parts whose tables are there."""
        have, text = _names(tables), self.text
        for part in self.parts:
            if _names(yaml.safe_load(part)[WHERE]) <= have:
                text = _with_part(text, part)
        return replace(self, text=text, settings=yaml.safe_load(text))

    @property
    def title(self) -> str:
        """What its first line says."""
        return self.text.partition("\n")[0].removeprefix("# ")

    @property
    def columns(self) -> list[str]:
        """The columns that an export is recognised by."""
        return self._recognised_by("columns")

    @property
    def tables(self) -> list[str]:
        """The tables that a database is recognised by."""
        return self._recognised_by("tables")

    def _recognised_by(self, what: str) -> list[str]:
        return list(self.settings.get(RECOGNISED, {}).get(what, []))

    @property
    def documented_at(self) -> list[str]:
        """The public addresses where its header, or its tables, are described."""
        return list(self.settings.get(DOCUMENTED, []))

    @property
    def entities(self) -> str:
        """The query for the names of the legal entities in a database; empty where it holds one."""
        return str(self.settings.get(ENTITIES, ""))

    @property
    def branches(self) -> dict[str, dict[str, str] | None]:
        """What a branch may be → what the map then says of it; None for what it says already."""
        return dict(self.settings.get(BRANCHES, {}))

    @property
    def names_in(self) -> str:
        """The language of translated names, as the system writes it; empty where it translates none."""
        return str(self.settings.get(NAMES_IN, ""))

    def settings_for(self, where: str, names: Sequence[str]) -> tuple[Settings, list[str]]:
        """What source.yaml says of a file with these columns, and what this export lacks of the map."""
        known = {key: value for key, value in self.settings.items() if key not in ABOUT}
        result = {key: _placed(value, where) for key, value in known.items()}
        lines = result["sale_line"]
        lacking = [ours for ours in OPTIONAL if ours in lines and not columns_in(lines[ours], names)]
        remarks = [f"not in this export: {ours}: {lines.pop(ours)}" for ours in lacking]
        tables = [name for name, value in result.items() if isinstance(value, dict) and value.get("from") == where]
        for name in tables[1:]:
            if not all(columns_in(theirs, names) for ours, theirs in result[name].items() if ours != "from"):
                result.pop(name)
        return result, remarks


def _placed(value: Any, where: str) -> Any:  # Any: a setting of whatever kind
    return value | {"from": where} if isinstance(value, dict) and value.get("from") == FILE else value


def systems() -> Iterator[System]:
    """Every known system, by name."""
    folder = files("helpers").joinpath("source/systems")
    for path in sorted(folder.iterdir(), key=lambda path: path.name):
        if path.name.endswith(".yaml"):
            text, *parts = re.split(r"^---\n", path.read_text("utf-8"), flags=re.MULTILINE)
            yield System(path.name.removesuffix(".yaml"), text, yaml.safe_load(text), tuple(parts))


def _names(tables: Sequence[str]) -> set[str]:
    return {name.casefold() for name in tables}


def _with_part(text: str, part: str) -> str:
    """A map's text with what a part says: columns in place of the same ones, what is new behind the others."""
    for block in re.findall(r"^(?!where:)(?:#.*\n)*\w+:.*\n(?:  .*\n)*", part, flags=re.MULTILINE):
        head, *columns = re.split(r"^(?=  \w)", block, flags=re.MULTILINE)
        table = re.search(rf"^{head.split(':')[0]}:.*\n(?:  .*\n)*", text, flags=re.MULTILINE)
        if table:
            text = text.replace(table[0], functools.reduce(_with_column, columns, table[0]))
        else:
            text += block
    return text


def _with_column(table: str, column: str) -> str:
    same = re.compile(rf"^{column.split(':')[0]}:.*\n(?:    .*\n)*", re.MULTILINE)
    return same.sub(lambda _: column, table, count=1) if same.search(table) else table + column


def recognised(names: Sequence[str]) -> System | None:
    """The system that a file with these columns is an export of."""
    known = [system for system in systems() if system.columns and set(system.columns) <= set(names)]
    return max(known, key=lambda system: len(system.columns), default=None)


def recognised_by_tables(names: Sequence[str]) -> System | None:
    """The system whose database has tables of these names."""
    known = [system for system in systems() if system.tables and _names(system.tables) <= _names(names)]
    system = max(known, key=lambda system: len(system.tables), default=None)
    return system and system.fitted(names)
