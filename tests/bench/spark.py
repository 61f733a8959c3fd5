"""The report of a month on Spark beside the embedded engine: seconds, Spark's jobs, and the share of fixed cost.

usage: python -m tests.bench.spark [LINES …]      (1 M, 5 M and 20 M lines, 1 % as many clients, 40 branches)

Both ask the same questions of the same Parquet files (24 months, a file a month), each in a process of its own, two
cores each; seconds are those after the imports. Two workers of one core each, under a standalone master from pyspark's
own wheel, are asked the same. Fixed is what the same report takes on 2,400 lines: the session's start
and the planning of queries, whatever the data. Run it on an idle machine. With --steps each question is told with its
seconds and jobs, to see where they come from.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.bench.rating import FOLDER, TOP, make_sales

SPARK = """\
company: Bench
connect: {connect}
sale_line: {{from: 'parquet.`{folder}/*.parquet`', client_id: client_id, branch_id: branch, sold_at: sold_at,
  sale_id: sale_id, amount: amount}}
"""
EMBEDDED = """\
company: Bench
files: {folder}
sale_line: {{from: '*.parquet', branch_id: branch}}
"""
MASTER = "spark://127.0.0.1:7177"
ENGINES = {"embedded": "", "spark": "spark:local[2]", "workers": MASTER}
FEW = 2_400
QUESTIONS = ("summary", "change", "movement", "trend", "rating", "concentration", "cross_report", "control_totals")
BOUND, FIXED = 4, 40  # on 5 M lines: times the embedded engine's seconds, and seconds besides


def peer(engine: str, folder: Path) -> dict[str, Any]:
    """One report: its total, and for each question seconds and Spark's jobs."""
    root = folder.resolve() / f"project-{engine}"
    source = SPARK if ENGINES[engine] else EMBEDDED
    for path, text in (("notebooks/.keep", ""), ("params/bench/source.yaml", source)):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text.format(folder=folder.resolve(), connect=ENGINES[engine]))
    from helpers import notebook

    jobs = _jobs if ENGINES[engine] else lambda: 0
    steps: dict[str, tuple[float, int]] = {}

    def told(name: str, ask: Callable[[], Any]) -> Any:
        start, before = time.perf_counter(), jobs()
        answer = ask()
        steps[name] = (time.perf_counter() - start, jobs() - before)
        return answer

    sales = told("open_sales", lambda: notebook.open_sales("bench", "2026-12", "2027-01-15", root=root, top=TOP))
    for name in QUESTIONS:
        answer = told(name, lambda name=name: getattr(notebook, name)(sales))
    return {"total": str(answer.total), "steps": steps}


def _jobs() -> int:
    """How many jobs Spark has begun."""
    from pyspark.sql import SparkSession

    session = SparkSession.getActiveSession()
    return max(session.sparkContext.statusTracker().getJobIdsForGroup(), default=-1) + 1 if session else 0


def measured(engine: str, folder: Path) -> tuple[float, int, dict[str, Any]]:
    """Seconds, jobs, and all that a peer told."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.bench.spark", "--peer", engine, str(folder)]
    memory = {"PYSPARK_SUBMIT_ARGS": "--driver-memory 4g --executor-memory 2g pyspark-shell"}
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | memory)
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    said = json.loads(done.stdout.splitlines()[-1])
    seconds, jobs = map(sum, zip(*said["steps"].values(), strict=True))
    return seconds, jobs, said


@contextmanager
def two_workers() -> Iterator[None]:
    """A master at `MASTER`, and two workers."""
    import pyspark

    command = Path(pyspark.__file__).parent / "bin" / "spark-class"
    port = MASTER.rpartition(":")[2]
    master = ["master.Master", "--host", "127.0.0.1", "--port", port, "--webui-port", "0"]
    worker = ["worker.Worker", MASTER, "--cores", "1", "--memory", "2g", "--webui-port", "0"]
    folder = FOLDER / "workers"
    folder.mkdir(parents=True, exist_ok=True)
    started = []
    try:
        for which, *words in (master, worker, worker):
            words = [command, f"org.apache.spark.deploy.{which}", *words]
            started.append(subprocess.Popen(words, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
            time.sleep(5)
        if any(process.poll() is not None for process in started):
            raise SystemExit(f"a master or a worker ended at once; is {MASTER} taken?")
        yield
    finally:
        for process in reversed(started):
            process.kill()
            process.wait(30)


def main(sizes: list[int], tells_steps: bool) -> None:
    fixed = 0.0
    print("| lines | embedded, s | Spark local[2], s | jobs | fixed, share | bound, s | two workers, s |\n"
          "|---|---|---|---|---|---|---|")  # fmt: skip
    for lines in [FEW, *sizes]:
        folder = FOLDER / f"{lines}"
        make_sales(folder, lines, max(100, lines // 100), 40)
        ours, _, one = measured("embedded", folder)
        theirs, jobs, other = measured("spark", folder)
        with two_workers():
            shared, _, third = measured("workers", folder)
        assert one["total"] == other["total"] == third["total"], (one, other, third)
        fixed = fixed or theirs
        bound = BOUND * ours + FIXED
        print(f"| {lines:,} | {ours:.1f} | {theirs:.1f} | {jobs} | {min(1, fixed / theirs):.0%} | {bound:.0f}"
              f"{'' if theirs <= bound else ', missed'} | {shared:.1f} |", flush=True)  # fmt: skip
        for name, (seconds, count) in other["steps"].items() if tells_steps else ():
            print(f"    {name:16} {one['steps'][name][0]:7.2f} s  {seconds:7.2f} s  {count:4} jobs", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--peer"]:
        print(json.dumps(peer(sys.argv[2], Path(sys.argv[3]))))
    else:
        numbers = [int(float(word)) for word in sys.argv[1:] if word != "--steps"]
        main(numbers or [1_000_000, 5_000_000, 20_000_000], "--steps" in sys.argv)
