"""A progress bar for long loads, where stderr is a terminal and there is something to wait for."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import duckdb
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

LARGE = 50_000_000
"""Bytes; less than that is read before a person wonders."""


class Bar:
    """The bar of one load: `reading(source)` moves it while DuckDB or Python reads the source's file."""

    def __init__(self, con: duckdb.DuckDBPyConnection, files: list[Path]):
        self._con, self._sizes = con, {file: file.stat().st_size for file in files}
        console = Console(stderr=True)
        self._shown = console.is_terminal and not console.is_jupyter and sum(self._sizes.values()) > LARGE
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:3.0f} %"),
            TimeElapsedColumn(),
        )
        self._progress = Progress(*columns, console=console, transient=True)
        self._task, self._done = self._progress.add_task("", total=sum(self._sizes.values())), 0

    def __enter__(self):
        if self._shown:
            self._progress.start()
            self._con.execute("SET enable_progress_bar = true; SET enable_progress_bar_print = false")
        return self

    def __exit__(self, *_):
        if self._shown:
            self._progress.stop()

    def reading(self, source):
        """A context in which the bar follows the reading of a source."""
        return self._following(source) if self._shown else nullcontext()

    @contextmanager
    def _following(self, source) -> Iterator[None]:
        self._progress.update(self._task, description=f"reading {source.file.name}")
        finished = threading.Event()
        watch = threading.Thread(target=self._watch, args=(source, finished), daemon=True)
        watch.start()
        try:
            yield
        finally:
            finished.set()
            watch.join()
            self._done += self._sizes[source.file]
            self._progress.update(self._task, completed=self._done)

    def _watch(self, source, finished: threading.Event) -> None:
        while not finished.wait(0.2):
            part = max(self._con.query_progress() / 100, getattr(source, "part", 0))
            self._progress.update(self._task, completed=self._done + part * self._sizes[source.file])
