"""What the whole promising page costs beside the client table that it stands on: time, processor and memory.

usage: python -m tests.bench.promising_page [LINES] [CLIENTS]      (20 M lines, 1 M clients)

Two processes on the same Parquet files (24 months), the engine held to a third of 2 GB in both. `table` fetches one row
a client (`client_table`: visits, first and last day, total, largest, sums of logs), nothing else. `page` is
`client-rating run` of the notebook as anybody runs it: a child, every cell, control totals, files, page; it is killed
when its processes take more than 2 GB. Each is measured with all its children from start to end; beside the imports,
which the table needs as well and which do not grow with the data, stands the work alone: less the same with no sales.
Memory is the most that all its processes held at one time, what they share counted once.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
from tests.bench.rating import FOLDER, _company, make_sales

MEMORY = 2 * 10**9
PERIOD, TODAY = "2026-12", "2027-01-15"
PARAMS = f"period: '{PERIOD}'\ntoday: '{TODAY}'\n"


def table(root: Path) -> None:
    """One row a client, in Python's hands."""
    import datetime as dt

    from helpers.analysis.promising.table import client_table
    from helpers.notebook import open_sales

    sales = open_sales("bench", PERIOD, TODAY, "none", root=root)
    lines = sales.until_end
    lines = lines.filter(lines.client_id.notnull()).mutate(day=sales.clock.day(lines.sold_at))
    days = lines.group_by("client_id", "day").agg(net=lines.amount.sum())
    print(f"{len(client_table(days, dt.date(2026, 12, 31)).to_pyarrow()):,} clients", flush=True)


def page(root: Path) -> None:
    """The published page."""
    from pyarrow import parquet

    from helpers.publishing.child import Limits
    from helpers.publishing.notebook_run import prepare
    from helpers.publishing.publish import RunOptions, publish

    terms = RunOptions(limits=Limits(memory=MEMORY))
    shown = publish(prepare(root / "params/bench/promising_clients.yaml"), root / "published", options=terms)
    times = json.loads((shown.parent / "manifest.json").read_text())["times"]
    clients = parquet.read_metadata(shown.parent / "promising.parquet").num_rows
    print(f"{clients:,} clients; cells {times['notebook_seconds']} s, page {times['page_seconds']} s")


def measured(what: str, root: Path) -> tuple[float, float, float]:
    """Seconds on the clock, of processor, and GB at most, of a process and all that it starts."""
    environment = os.environ | {"CLIENT_RATING_MEMORY": str(MEMORY)}
    command = [sys.executable, "-W", "ignore", "-m", "tests.bench.promising_page", what, str(root)]
    start, seconds, most = time.perf_counter(), {}, 0
    process = subprocess.Popen(command, env=environment)
    while process.poll() is None:
        most = max(most, _look(process.pid, seconds))
        time.sleep(0.2)
    if process.returncode:
        sys.exit(f"{what}: failed, status {process.returncode}")
    return time.perf_counter() - start, sum(seconds.values()), most / 1e9


def _look(root: int, seconds: dict[int, float]) -> int:
    """Bytes that a tree's processes hold now, what they share counted once; the seconds so far of each, by the system's
    own count: nobody waits for a kernel that is killed, so its parent does not know."""
    held = 0
    with suppress(psutil.Error, OSError, IndexError):  # one that has just ended
        for each in [psutil.Process(root), *psutil.Process(root).children(recursive=True)]:
            times, memory = each.cpu_times(), Path(f"/proc/{each.pid}/smaps_rollup").read_text()
            seconds[each.pid] = times.user + times.system
            held += int(memory.partition("\nPss:")[2].split()[0]) * 1024
    return held


def project(folder: Path) -> Path:
    """A project root beside the data, whose one report is the promising page."""
    root = _company(folder)
    shutil.copy(Path(__file__).parents[2] / "notebooks/promising_clients.ipynb", root / "notebooks")
    (root / "params/bench/promising_clients.yaml").write_text(PARAMS)
    return root


def main(lines: float = 20e6, clients: float = 1e6) -> None:
    full, empty = FOLDER / f"{int(lines)}", FOLDER / "nothing"
    make_sales(full, int(lines), int(clients), 40)
    make_sales(empty, 24, 1, 1)
    print(f"{int(lines):,} lines, {int(clients):,} clients")
    found = {(what, folder): measured(what, project(folder)) for folder in (full, empty) for what in ("table", "page")}
    print(f"\n{'':24} {'table':>8} {'page':>8} {'ratio':>6}")
    for name, i in (("seconds on the clock", 0), ("seconds of processor", 1)):
        row, none = ([found[what, folder][i] for what in ("table", "page")] for folder in (full, empty))
        _print(f"{name}", *row)
        _print("  start and imports apart", *(all_ - start for all_, start in zip(row, none, strict=True)))
        _print("  apart in the table only", row[0] - none[0], row[1])
    _print("GB at most", *(found[what, full][2] for what in ("table", "page")))


def _print(name: str, alone: float, whole: float) -> None:
    print(f"{name:24} {alone:8.2f} {whole:8.2f} {whole / alone:6.2f}")


if __name__ == "__main__":
    if sys.argv[1:2] in (["table"], ["page"]):
        {"table": table, "page": page}[sys.argv[1]](Path(sys.argv[2]))
    else:
        main(*map(float, sys.argv[1:]))
