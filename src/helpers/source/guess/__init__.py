"""A first source.yaml from a look at one file, for a person to confirm: the only place where anything is
guessed.

In comes a CSV, Excel, SQLite or Parquet file, out comes YAML text in which doubts are marked CONFIRM. Of the data it
shows the names of columns, and the words of a column of states.
"""

import json
import re
from pathlib import Path
from typing import Any

from helpers import schema
from helpers.settings import company as config
from helpers.source.guess.look import Look, looks
from helpers.source.guess.signs import choose, date_forms, date_style, number_style
from helpers.source.guess.systems import System, recognised
from helpers.source.guess.words import NAMES, PARTIAL_LIKENESS, is_called, likeness, state_of
from helpers.source.typed import terms

__all__ = ["first_source_yaml"]

MOST_STATES = 20


def first_source_yaml(file: Path, root: Path | None = None) -> str:
    """A source.yaml for a file of sales, in a project or elsewhere; NoInput or BadData for a file that cannot be read,
    as `ingest` has it.
    """
    for look in looks(file):
        if system := recognised(look.names):
            return _known(look, system, file, root)
    look, chosen, forms = max((_guess(look) for look in looks(file)), key=lambda guess: len(guess[1]))
    dates = forms.get(chosen.get("sold_at", ""), [])
    dialect = look.dialect | date_style(look, chosen.get("sold_at", ""), dates)
    if "delimiter" in dialect:
        dialect |= number_style(look)
    return "\n".join(
        [*_head(file, root), *_tax(chosen), *_csv(dialect), *_states(look, chosen), *_sale_line(look, chosen), ""]
    )


def _known(look: Look, system: System, file: Path, root: Path | None) -> str:
    """A source.yaml for a file of a known system: only what the file cannot say is left to a person."""
    declared = system.settings.get("csv", {})
    sold_at = system.settings["sale_line"]["sold_at"]
    dates = date_forms(look).get(sold_at, [])
    style = {} if {"date_format", "datetime_format"} & declared.keys() else date_style(look, sold_at, dates)
    dialect = look.dialect | style | {key: (value, "") for key, value in declared.items()}
    head = [line for line in _head(file, root) if not line.startswith("basis:")]
    head[0] = f"# {_line(file.name)} has the columns of a known system: confirm what is marked, and look at its total."
    return "\n".join([*head, *_csv(dialect), *system.written_for(_text(look.where), look.names), ""])


def _guess(look: Look) -> tuple[Look, dict[str, str], dict[str, list[str]]]:
    forms = date_forms(look)
    (decimal, _), (thousands, _) = number_style(look).values()
    return look, choose(look, (decimal, thousands), forms), forms


def _head(file: Path, root: Path | None) -> list[str]:
    folder = file.parent
    if root is not None and folder.is_relative_to(root):
        folder = folder.relative_to(root)
    return [
        f"# A first source.yaml, guessed from {_line(file.name)}: read every line, and mend what is not so.",
        f"company: {_text(file.stem)}  # CONFIRM: the name that the pages carry",
        f"files: {_text(str(folder))}  # a folder, seen from the project's root; or $NAME",
        "timezone: UTC  # CONFIRM: where the company lives, Europe/Kyiv for example",
        "currency: EUR  # CONFIRM",
        "basis: as_supplied",
    ]


def _csv(dialect: dict[str, tuple[Any, str]]) -> list[str]:
    """The settings that are not the usual ones, or are in doubt."""
    usual = config.Csv().model_dump()
    settings = {key: pair for key, pair in dialect.items() if pair[0] != usual[key] or "CONFIRM" in pair[1]}
    notes = {key: f"  # {note}" if note else "" for key, (_, note) in settings.items()}
    return (
        ["csv:", *(f"  {key}: {_text(value)}{notes[key]}" for key, (value, _) in settings.items())] if settings else []
    )


def _tax(chosen: dict[str, str]) -> list[str]:
    return ["amount_includes_tax: true  # CONFIRM"] if "tax_amount" in chosen else []


def _states(look: Look, chosen: dict[str, str]) -> list[str]:
    """A state_map of the words that a column of states has, if they are few enough to be states."""
    words = sorted({str(word) for word in look.column(chosen["state"])}) if "state" in chosen else []
    lines = [f"  {_text(word)}: {state_of(word) or 'posted'}  # CONFIRM" for word in words]
    return ["state_map:", *lines] if 0 < len(lines) <= MOST_STATES else []


def _sale_line(look: Look, chosen: dict[str, str]) -> list[str]:
    missing = [ours for ours in schema.REQUIRED["sale_line"] if ours not in chosen]
    used = {name for theirs in chosen.values() for name in ([theirs] if theirs in look.names else terms(theirs))}
    name = next((name for name in look.names if is_called(name, NAMES) and name not in used), "")
    unused = [column for column in look.names if column and column not in used | {name}]
    doubts = {
        ours: "" if likeness(ours, theirs) > PARTIAL_LIKENESS else "  # CONFIRM" for ours, theirs in chosen.items()
    }
    return [
        "sale_line:",
        f"  from: {_text(look.where)}  # or a pattern of several such files, as in sales_*.csv",
        *(f"  {ours}: {_text(theirs)}{doubts[ours]}" for ours, theirs in chosen.items()),
        *(f"  # {ours}: CONFIRM: no column looks like it, and the report needs it" for ours in missing),
        *([f"  # not used: {_line(', '.join(unused))}"] if unused else []),
        *(_client(look, chosen["client_id"], name) if name and "client_id" in chosen else []),
    ]


def _client(look: Look, client_id: str, name: str) -> list[str]:
    """The clients' names, where they stand in the lines themselves."""
    return [
        "client:  # CONFIRM: the names stand in the sales themselves; one is taken for each client",
        f"  from: {_text(look.where)}",
        f"  client_id: {_text(client_id)}",
        f"  client_name: {_text(name)}",
    ]


def _line(text: str) -> str:
    return " ".join(text.split())


def _text(value: Any) -> str:
    """A YAML scalar: plain where nobody could take it for anything else, quoted otherwise.

    >>> _text("Amount"), _text("no"), _text(";"), _text(3)
    ('Amount', '"no"', '";"', '3')
    """
    words = "yes no on off true false null y n"
    is_plain = isinstance(value, int) or (
        re.fullmatch(r"[A-Za-z_][\w.-]*", value) and value.casefold() not in words.split()
    )
    return str(value) if is_plain else json.dumps(value, ensure_ascii=False)
