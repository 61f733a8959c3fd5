"""Secrets kept out of what is told: every value of the environment that a name calls secret becomes `***`.

In come texts and files on their way to a log, a manifest, an error or a page; the environment is asked each time.
"""

import html
import json
import os
import re
from pathlib import Path

import markupsafe

from helpers.config import SECRET

HIDDEN = "***"
LOGIN = re.compile(r"(://[^/\s:@]*:)[^@\s/]+@")
PASSWORD = re.compile(r"(password\s*=\s*)('[^']*'|[^\s'\"&;]+)", re.IGNORECASE)
SHORTEST = 6


def secrets_known() -> list[str]:
    """The secrets of this process's environment, longest first; what is shorter than six characters is no secret."""
    named = [value for name, value in os.environ.items() if SECRET.search(name)]
    logins = [match[0][1:-1] for value in os.environ.values() for match in re.finditer(r":[^/\s:@]+@", value)]
    return sorted({v for v in named + logins if len(v) >= SHORTEST}, key=len, reverse=True)


def scrubbed(text: str) -> str:
    """The text with known secrets, and passwords in connection strings, made `***`."""
    for form in _forms(secrets_known()):
        text = text.replace(form, HIDDEN)
    return PASSWORD.sub(rf"\1{HIDDEN}", LOGIN.sub(rf"\1{HIDDEN}@", text))


def scrub_file(path: Path) -> None:
    """Rewrite a text file without secrets; one that holds none stays untouched."""
    before = path.read_text("utf-8", errors="surrogateescape")
    if (after := scrubbed(before)) != before:
        path.write_text(after, "utf-8", errors="surrogateescape")


def tells_a_secret(path: Path) -> bool:
    """Whether a file holds a known secret, in clear or as JSON or HTML write it."""
    content = path.read_bytes()
    return any(form.encode() in content for form in _forms(secrets_known()))


def _forms(values: list[str]) -> list[str]:
    """Each value as typed, as JSON writes it, and as HTML does, in both of its spellings."""
    spelt = ((v, json.dumps(v)[1:-1], html.escape(v), str(markupsafe.escape(v))) for v in values)
    return list(dict.fromkeys(form for forms in spelt for form in forms))
