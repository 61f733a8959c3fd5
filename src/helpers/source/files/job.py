"""What every file of one table has in common: DuckDB, the columns' kinds, the dialect, a folder to work
in.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from helpers.errors import KernelDied, OutOfSpace
from helpers.settings import company as config
from helpers.source.duckdb_connection import connect_duckdb
from helpers.source.files.judge import Style, define_macros


@dataclass(frozen=True)
class Job:
    """What every file of one table has in common."""

    con: duckdb.DuckDBPyConnection
    table: str
    mapping: config.Table
    style: Style
    work: Path

    def count(self, sql: str) -> int:
        """The one number that a query gives, or the rows that a COPY wrote."""
        return int(one_value(self.con, sql))


def one_value(con: duckdb.DuckDBPyConnection, sql: str) -> Any:
    """The one value that a query gives."""
    row = con.execute(sql).fetchone()
    assert row is not None, sql
    return row[0]


def connect(work: Path, style: Style) -> duckdb.DuckDBPyConnection:
    """DuckDB in memory that knows how the files are written, with three quarters of what it would take; it spills into
    `work`."""
    con = connect_duckdb(temp_directory=str(work / "spill"))
    size, unit = one_value(con, "SELECT current_setting('memory_limit')").split()
    con.execute(f"SET memory_limit = '{float(size) * 3 / 4} {unit}'; SET TimeZone = 'UTC'")
    con.execute('CREATE TABLE quarantine (file TEXT, line BIGINT, "column" TEXT, reason TEXT, text TEXT)')
    define_macros(con, style)
    return con


@contextmanager
def no_quotations() -> Iterator[None]:
    """DuckDB's and the system's errors as ours, without a word of the data."""
    try:
        yield
    except duckdb.OutOfMemoryException:
        raise OutOfSpace("the files do not fit into memory and spill folder; free some space") from None
    except (duckdb.IOException, OSError) as error:
        raise OutOfSpace(f"reading or writing failed ({_cause(error)})") from None
    except duckdb.Error as error:
        raise KernelDied(f"DuckDB could not read what ingest had prepared ({type(error).__name__})") from None


def _cause(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return "no space left" if "space" in str(error) else type(error).__name__
