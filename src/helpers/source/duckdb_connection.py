"""DuckDB without its own progress bar, which a notebook would show as a line of text on the published page, and with
walls.

DuckDB turns the bar on for each new connection of an interactive Python that has ipywidgets, and takes the setting only
once connected.
"""

import glob
from collections.abc import Iterable
from pathlib import Path

import duckdb

SILENCE = "SET enable_progress_bar = false"


def connect_duckdb(**config: str) -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory that shows nothing while it works."""
    con = duckdb.connect(config=dict(config))
    con.execute(SILENCE)
    return con


def walls(folders: Iterable[Path | str], files: Iterable[Path] = ()) -> str:
    """The statements after which a connection reads and writes in these folders and files alone, whatever it is asked,
    for good; it spills all the same."""
    return (f"SET allowed_directories = [{_listed(folders)}]; SET allowed_paths = [{_listed(files)}]; "
            "SET enable_external_access = false")  # fmt: skip


def _listed(paths: Iterable[Path | str]) -> str:
    """Paths as they are and as they stand in a pattern: DuckDB looks at what was asked, not at what was opened."""
    forms = {form for path in map(str, paths) for form in (path, glob.escape(path))}
    return ", ".join("'" + form.replace("'", "''") + "'" for form in sorted(forms))
