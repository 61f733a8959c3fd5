"""How papermill saves the notebook of a run: for its owner alone, and without secrets from the first byte.

In comes the notebook's text, out comes the file; that a secret was in it is noted beside, for the gate to read.
"""

import os
from pathlib import Path

from papermill.iorw import papermill_io

from helpers.settings.secrets import scrubbed

SCHEME, SECRET_NOTE = "scrubbed:", "secret_removed.txt"


class ScrubbedFile:
    """papermill's handler of paths that begin with `scrubbed:`."""

    def write(self, text: str, path: str) -> None:
        """Write the text without secrets."""
        place = Path(path.removeprefix(SCHEME))
        if (clean := scrubbed(text)) != text:
            (place.parent / SECRET_NOTE).touch()
        with open(place, "w", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(clean)

    def pretty_path(self, path: str) -> str:
        """The path as people write it."""
        return path.removeprefix(SCHEME)


papermill_io.register(SCHEME, ScrubbedFile())
