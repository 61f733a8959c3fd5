"""Several reports in one process: they share what is imported, and the failure of one stops no other.

In come items of work, or params files of one call of `run`, out come exit codes.
"""

import traceback
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from helpers.errors import ReportError, TryLater
from helpers.publishing import cells, run_page
from helpers.publishing.child import stopping, warm_up
from helpers.settings.secrets import scrubbed


def prepare_children() -> None:
    """Have what the children of a run import imported once, before they are forked."""
    warm_up(cells.import_libraries, run_page.import_libraries)


def run_each(work: Callable[[Any], int], items: Iterable[Any], jobs: int) -> list[int]:
    """The exit code of each item, so many at a time; a signal ends those that run, cleanly, and starts no more."""
    with ThreadPoolExecutor(jobs, "report") as pool:
        try:
            return list(pool.map(work, items))
        except BaseException:
            stopping.set()
            pool.shutdown(cancel_futures=True)
            raise
        finally:
            stopping.clear()


def worst(exit_codes: list[int]) -> int:
    """The first failure; 75 only when all others are well."""
    failures = [c for c in exit_codes if c not in (0, TryLater.exit_code)]
    return failures[0] if failures else max(exit_codes, default=0)


def report_failure(what: str, error: Exception, warn: Callable[[str], None]) -> int:
    """Say what failed and why, an error of our own with where it arose; its exit code."""
    if isinstance(error, ReportError):
        warn(f"{what}: {scrubbed(str(error))}")
        return error.exit_code
    warn(f"{what}:\n{scrubbed(''.join(traceback.format_exception(error)))}")  # which may quote an address
    return ReportError.exit_code


def publish_files(
    files: tuple[Path, ...],
    publish_file: Callable[[Path], None],
    warn: Callable[[str], None],
    jobs: int,
    *,
    progress: bool = False,
) -> int:  # fmt: skip
    """Publish the report of each params file; the worst exit code. `progress` draws one bar, with the time left."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = TextColumn("reports"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    task = bar.add_task("", total=len(files))

    def publish_one(file: Path) -> int:
        try:
            publish_file(file)
        except Exception as error:
            return report_failure(f"client-rating: {file}", error, warn)
        finally:
            bar.advance(task)
        return 0

    with bar if progress else nullcontext():
        return worst(run_each(publish_one, files, jobs))
