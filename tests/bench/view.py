"""How soon the live view is drawn anew, beside the rating's notebook run anew: the demo, and a company of many lines.

usage: python -m tests.bench.view [LINES] [CLIENTS]      (10 M lines, 1 % as many clients)

Ten choices one after the other in one process (periods, a branch, a comparison), the first drawing apart; seconds from
the choice until the head, the table and all the rest stand. What is said is the median.
"""

import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from tests.bench.rating import FOLDER, _company, make_sales

ROOT = Path(__file__).parents[2]
CHOICES = [("period", "last quarter"), ("period", "last month"), ("comparison", "last year"), ("branch", 1),
           ("branch", 0), ("period", "year to date"), ("comparison", "previous"), ("period", "last 12 months"),
           ("top", 100), ("period", "last month")]  # fmt: skip
LATER = "2027-01-15"
PARTS = ("head", "table", "rest")


def drawn(company: str, today: str) -> list[tuple[float, ...]]:
    """Seconds until each part stands: of the first drawing, then of each choice."""
    from helpers.notebook import View

    begin = time.perf_counter()
    view = View(company, "last month", today=today)
    if view.message.value:
        raise SystemExit(view.message.value)
    seconds = [(time.perf_counter() - begin,) * len(PARTS)]
    said: list[float] = []  # moments at which the progress was told: reading, the table, the rest, nothing more
    view.progress.observe(lambda _: said.append(time.perf_counter()), "value")
    for name, value in CHOICES:
        control = getattr(view.controls, name)
        said.clear()
        start = time.perf_counter()
        control.value = (control.options[value][1],) if name == "branch" else value
        seconds.append(tuple(said[at] - start for at in (1, 2, -1)))
    return seconds


def anew(params: Path) -> float:
    """Seconds of the rating's notebook, by papermill and to the end of the process."""
    start = time.perf_counter()
    notebook = ROOT / "notebooks" / "client_rating.ipynb"
    command = [
        sys.executable,
        "-m",
        "papermill",
        "--no-progress-bar",
        "--log-level",
        "ERROR",
        str(notebook),
        "/dev/null",
    ]
    subprocess.run([*command, "-y", params.read_text()], check=True, capture_output=True)
    return time.perf_counter() - start


def main(lines: float = 10e6, clients: float = 0) -> None:
    full = FOLDER / f"{int(lines)}"
    make_sales(full, int(lines), int(clients or lines / 100), 40)
    root = _company(full)
    for title, place, company, today in (
        ("the demo", ROOT, "demo", ""),
        (f"{int(lines):,} lines", root, "bench", LATER),
    ):
        os.environ["CLIENT_RATING_ROOT"] = str(place)
        params = place / "params" / company / "view.bench.yaml"
        params.write_text(f"company: {company}\ntoday: '{today}'\n")
        first, *redrawn = drawn(company, today)
        again = anew(params)
        params.unlink()
        print(f"\n{title}: first drawing {first[0]:.2f} s, the notebook anew {again:.2f} s")
        for at, part in enumerate(PARTS):
            each = [row[at] for row in redrawn]
            print(f"  {part:6} {median(each):6.2f} s   {' '.join(f'{s:.2f}' for s in each)}")


if __name__ == "__main__":
    main(*map(float, sys.argv[1:]))
