"""DuckDB without its own progress bar, which a notebook would show as a line of text on the published page.

DuckDB turns it on for each new connection of an interactive Python that has ipywidgets, and takes the setting only once
connected.
"""

import duckdb

SILENCE = "SET enable_progress_bar = false"


def connect_duckdb(**config: str) -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory that shows nothing while it works."""
    con = duckdb.connect(config=dict(config))
    con.execute(SILENCE)
    return con
