"""A progress bar for long loads, where there is something to wait for and a person who looks.

On a terminal the bar is drawn there. A run's kernel has none: it tells how far it is in a file of the run's folder, and
the runner draws what `followed` reads there.
"""

import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

import duckdb
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from helpers.source.files.load import Opened

LARGE = 50_000_000
"""Bytes; less than that is read before a person wonders."""
EVERY = 0.2  # seconds
LOADING = "loading.json"
T = TypeVar("T")


class Bar:
    """The bar of one load: `reading(source)` moves it while DuckDB or Python reads the source's file."""

    def __init__(self, con: duckdb.DuckDBPyConnection, files: list[Path]):
        self._con, self._sizes = con, {file: file.stat().st_size for file in files}
        self._done, self._total = 0, sum(self._sizes.values())
        self._drawn, run = _Drawn(), os.environ.get("CLIENT_RATING_WORK")
        self._progress_file = Path(run) / LOADING if run and not self._drawn.is_seen else None
        self._is_wanted = self._total > LARGE and (self._drawn.is_seen or self._progress_file is not None)

    def __enter__(self) -> Self:
        if self._is_wanted:
            self._con.execute("SET enable_progress_bar = true; SET enable_progress_bar_print = false")
        return self

    def __exit__(self, *_: object) -> None:
        self._drawn.end()
        if self._progress_file:
            for file in (self._progress_file, _new(self._progress_file)):
                file.unlink(missing_ok=True)

    def reading(self, source: "Opened") -> AbstractContextManager[None]:
        """A context in which the bar follows the reading of a source."""
        return self._following(source) if self._is_wanted else nullcontext()

    @contextmanager
    def _following(self, source: "Opened") -> Iterator[None]:
        with _in_background(self._watch, source):
            yield
        self._done += self._sizes[source.file]

    def _watch(self, source: "Opened", finished: threading.Event) -> None:
        while not finished.wait(EVERY):
            part = max(self._con.query_progress() / 100, getattr(source, "part", 0))
            part = (self._done + max(part, 0) * self._sizes[source.file]) / self._total
            if self._progress_file:
                _tell(self._progress_file, source.file.name, part)
            else:
                self._drawn.show(source.file.name, part)


class _Drawn:
    """The bar on stderr, drawn from when something is first shown."""

    def __init__(self) -> None:
        columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:3.0f} %")
        self._console = Console(stderr=True)
        self._progress = Progress(*columns, TimeElapsedColumn(), console=self._console, transient=True)
        self._task: TaskID | None = None

    @property
    def is_seen(self) -> bool:
        return self._console.is_terminal and not self._console.is_jupyter

    def show(self, name: str, part: float) -> None:
        if self._task is None:
            self._task = self._progress.add_task("", total=1)
            self._progress.start()
        self._progress.update(self._task, description=f"reading {name}", completed=part)

    def end(self) -> None:
        """Take the bar away; one that was never shown would leave an empty line."""
        if self._task is not None:
            self._progress.stop()
            self._progress.remove_task(self._task)
            self._task = None


def _tell(file: Path, name: str, part: float) -> None:
    """Write how far a load is, whole for whoever reads it; no load ends because a disk is full of it."""
    with suppress(OSError):
        _new(file).write_text(json.dumps([name, part]), "utf-8")
        _new(file).replace(file)


def _new(file: Path) -> Path:
    return file.with_suffix(".new")


@contextmanager
def _in_background(work: Callable[[T, threading.Event], None], what: T) -> Iterator[None]:
    """A context beside which `work(what, finished)` goes on in a thread, until `finished` is set at its end."""
    finished = threading.Event()
    thread = threading.Thread(target=work, args=(what, finished), daemon=True)
    thread.start()
    try:
        yield
    finally:
        finished.set()
        thread.join()


@contextmanager
def followed(folder: Path) -> Iterator[None]:
    """A context in which the loads of the kernel that works in `folder` are drawn on this terminal."""
    with _in_background(_follow, folder / LOADING):
        yield


def _follow(file: Path, finished: threading.Event) -> None:
    drawn = _Drawn()
    while not finished.wait(EVERY):
        try:
            drawn.show(*json.loads(file.read_text("utf-8")))
        except (OSError, ValueError):
            drawn.end()
    drawn.end()
