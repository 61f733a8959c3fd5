"""A source.yaml in the making: settings with the reason for each, and what a person has to confirm.

In come settings, notes and doubts, out comes YAML text; the same settings are what a dry run reads.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from helpers.settings.company import Company

Settings = dict[str, Any]  # Any: whatever a source.yaml may hold


@dataclass
class Draft:
    """`settings` as source.yaml nests them; `notes` by dotted name (`csv.decimal`) are comments beside them, `remarks`
    by the name of a table the comments below it; `unconfirmed` are the names of what is in doubt."""

    title: str
    settings: Settings
    notes: dict[str, str] = field(default_factory=dict)
    remarks: dict[str, list[str]] = field(default_factory=dict)
    unconfirmed: list[str] = field(default_factory=list)

    def doubt(self, name: str, why: str = "") -> None:
        """Have a person confirm a setting."""
        if name not in self.unconfirmed:
            self.unconfirmed.append(name)
        if why:
            self.notes[name] = why

    def sure(self, name: str) -> None:
        """Take a doubt back."""
        if name in self.unconfirmed:
            self.unconfirmed.remove(name)

    @property
    def company(self) -> Company:
        """The settings as a run reads them; a ValueError for what is not settled yet."""
        return Company.model_validate(self.settings | {"unconfirmed": self.unconfirmed})

    @property
    def text(self) -> str:
        """The whole source.yaml."""
        lines = [f"# {self.title}"]
        if self.unconfirmed:
            lines += [
                "# What nobody can tell from the file alone stands in unconfirmed: look at each setting, mend what is",
                "# not so, delete the name of what is right. Nothing is published before.",
                f"unconfirmed: [{', '.join(self.unconfirmed)}]",
            ]
        for name, value in self.settings.items():
            lines += self._lines(name, value, name, "")
            lines += [f"  # {remark}" for remark in self.remarks.get(name, [])]
        return "\n".join([*lines, ""])

    def _lines(self, name: str, value: Any, path: str, indent: str) -> list[str]:
        note = f"  # {self.notes[path]}" if path in self.notes else ""
        if not isinstance(value, dict):
            return [f"{indent}{as_yaml(name)}: {as_yaml(value)}{note}"]
        inner = [self._lines(key, each, f"{path}.{key}", f"{indent}  ") for key, each in value.items()]
        return [f"{indent}{as_yaml(name)}:{note}", *(line for lines in inner for line in lines)]


def as_yaml(value: Any) -> str:
    """A YAML scalar: plain where nobody could take it for anything else, quoted otherwise.

    >>> as_yaml("Amount"), as_yaml("no"), as_yaml(";"), as_yaml(3)
    ('Amount', '"no"', '";"', '3')
    """
    words = "yes no on off true false null y n"
    if isinstance(value, bool | int):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(as_yaml, value))}]"
    is_plain = re.fullmatch(r"[A-Za-z_][\w./ -]*[\w.-]|[A-Za-z_]", value) and value.casefold() not in words.split()
    return value if is_plain else json.dumps(value, ensure_ascii=False)


def one_line(text: str) -> str:
    """A text from a file as a comment may hold it."""
    return " ".join(text.split())
