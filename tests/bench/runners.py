"""papermill alone, nbconvert alone and our runner on the same twelve failures: `python tests/compare_runners.py`.

Before each, a good report stands in the published place. Printed for each way: what the caller is told (the exit code),
what readers see afterwards (the old report, the new one, or garbage: a page that is half, wrong or tells a secret), and
whether a process is left behind.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import nbformat
import psutil
from tiny import project

BIN = Path(sys.executable).parent
SECRET = "canary-secret-4d1f"
GOOD = {"error", "exit", "killed", "hung", "command", "thread", "one cent", "secret", "telling"}
WRONG = {"command", "thread", "one cent", "misspelt"}
FAILURES = {
    "a cell raises": "error",
    "`sys.exit(0)` in a cell": "exit",
    "the kernel is killed": "killed",
    "a cell hangs (5 s allowed)": "hung",
    "a `!command` fails": "command",
    "a thread raises": "thread",
    "totals differ by a cent": "one cent",
    "a secret is printed": "secret",
    "a secret in an error": "telling",
    "a parameter is misspelt": "misspelt",
    "the runner is killed": "runner",
    "two runs at once": "twice",
}


def table() -> str:
    """The table in Markdown, two runs at a time."""
    ways = (papermill, nbconvert, ours)
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        old = dict(zip(ways, pool.map(lambda way: with_a_good_report(Path(folder), way), ways), strict=True))
        cells = list(
            pool.map(lambda case: outcome(Path(folder), *case, old[case[0]]), product(ways, FAILURES.values()))
        )
    rows = zip(FAILURES, *(cells[i * len(FAILURES) : (i + 1) * len(FAILURES)] for i in range(3)), strict=True)
    head = ["| | papermill | nbconvert --execute | client-rating run |", "|---|---|---|---|"]
    return "\n".join(head + [f"| {' | '.join(row)} |" for row in rows])


def with_a_good_report(folder: Path, way) -> Path:
    """A project in which a way has published a good report."""
    root = project(folder / way.__name__)
    _, command = way(root, "good")
    subprocess.run(command, cwd=root, capture_output=True, check=True)
    return root


def outcome(folder: Path, way, ending: str, good: Path) -> str:
    """What is told, what readers see, and whether a process is left."""
    root = folder / f"{way.__name__}-{ending}"
    shutil.copytree(good, root, symlinks=True)
    page, command = way(root, ending)
    old = page.read_bytes()
    code = ended(command, root, ending)
    told = "told" if code not in (0, "0 and 0") else "**not told**"
    left = wait_for_none(root)
    for process in left:
        process.kill()
    return f"{told} ({code}), {seen(page, old, ending)}{', **a process is left**' if left else ''}"


def processes(root: Path) -> list[psutil.Process]:
    """Every process that was started for a case: it is named in its environment."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get("COMPARED") == str(root) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def wait_for_none(root: Path) -> list[psutil.Process]:
    """What is still there three seconds after the run has ended."""
    until = time.monotonic() + 3
    while (left := processes(root)) and time.monotonic() < until:
        time.sleep(0.1)
    return left


def ended(command: list, root: Path, ending: str) -> int | str:
    """The exit code; of two runs, both."""
    environment = os.environ | {"SHOP_PASSWORD": SECRET, "COMPARED": str(root)}
    start = [subprocess.Popen(command, cwd=root, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
             for _ in range(2 if ending == "twice" else 1)]  # fmt: skip
    if ending == "runner":
        while not any(process.name() == "sleep" for process in processes(root)):
            time.sleep(0.1)
        time.sleep(1)
        start[0].send_signal(signal.SIGKILL)
    codes = [run.wait(timeout=300) for run in start]
    return codes[0] if len(codes) == 1 else f"{min(codes)} and {max(codes)}"


def seen(page: Path, old: bytes, ending: str) -> str:
    """What stands in the published place now."""
    if not page.exists():
        return "**nothing left**"
    new = page.read_bytes()
    if new == old:
        return "old report"
    if SECRET.encode() in new:
        return "**the secret**"
    if ending in WRONG:
        return "**a wrong report**"
    is_whole = page.suffix == ".html" or all(
        c.get("execution_count") for c in nbformat.reads(new.decode(), 4).cells if c.cell_type == "code"
    )
    return "new page" if is_whole else "**half a report**"


def papermill(root: Path, ending: str) -> tuple[Path, list]:
    """papermill writing into the published place, with a time-out a cell."""
    name, value = ("perod", "2026-09") if ending == "misspelt" else ("ending", what(ending))
    command = [
        BIN / "papermill",
        "notebooks/tiny.ipynb",
        "published.ipynb",
        "-p",
        name,
        value,
        "--execution-timeout",
        "5",
    ]
    return root / "published.ipynb", command


def nbconvert(root: Path, ending: str) -> tuple[Path, list]:
    """nbconvert running the notebook; it takes no parameters, so the notebook is edited."""
    edited = nbformat.read(root / "notebooks/tiny.ipynb", 4)
    default = 'perod = "2026-09"' if ending == "misspelt" else f"ending = {what(ending)!r}"
    edited.cells[1].source += default + "\n"
    nbformat.write(edited, root / "edited.ipynb")
    command = [BIN / "jupyter", "nbconvert", "--execute", "--to", "html", "--ExecutePreprocessor.timeout=5",
               "--output", "published.html", "edited.ipynb"]  # fmt: skip
    return root / "published.html", command


def ours(root: Path, ending: str) -> tuple[Path, list]:
    """client-rating by its schedule, which carries the time-out."""
    name = "perod" if ending == "misspelt" else "ending"
    value = "2026-09" if ending == "misspelt" else what(ending)
    (root / "params/acme/tiny.yaml").write_text(f"company: acme\nperiod: 2026-10\n{name}: {value!r}\n")
    (root / "params/schedule.yaml").write_text(
        "jobs: {tiny: {params: acme/tiny.yaml, cron: '* * * * *', timezone: UTC, period: '2026-10', timeout: 5 s}}\n"
    )
    later = datetime.now(UTC) + timedelta(hours=1)
    command = [BIN / "client-rating", "run-due", "--now", later.isoformat()]
    if ending != "hung":
        command = [BIN / "client-rating", "run", "params/acme/tiny.yaml"]
    return root / "published/acme/tiny/2026-10/index.html", command


def what(ending: str) -> str:
    """The parameter of the tiny report that ends so; a run that is killed or doubled takes its time."""
    return ending if ending in GOOD else {"runner": "hung"}.get(ending, "good")


if __name__ == "__main__":
    print(table())
