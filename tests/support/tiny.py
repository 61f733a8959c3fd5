"""A project whose report is three small cells, for the tests of running and publishing; how it ends is a parameter.

`stand_in` does what the cells do without a kernel, for the tests that need hundreds of runs.
"""

import hashlib
import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from helpers.publishing.archive import ReportArchive
from helpers.publishing.child import Workplace, processes
from helpers.settings.read import project_root

PARAMETERS = """\
period: str = "last month"
company: str = "acme"
today: str = ""
names: str = "full"
ending: str = "good"  # how the last cell ends
"""

# What each ending does, in the second cell; the third writes the files.
ENDINGS = {
    "good": "",
    "error": 'raise ValueError("a cell that fails")',
    "waits": 'import os, time\n    while not Path(os.environ["CLIENT_RATING_ROOT"], "go").exists(): time.sleep(0.05)',
    "exit": "import sys; sys.exit(0)",
    "command": 'get_ipython().system("exit 3")',
    "killed": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "hung": 'import subprocess, time; subprocess.Popen(["sleep", "600"], start_new_session=True); time.sleep(600)',
    "escaped": (
        'import subprocess, time; subprocess.Popen(["sleep", "600"], start_new_session=True, env={}); time.sleep(600)'
    ),
    "memory": 'import time; held = bytearray(700_000_000); held[::4096] = b"x" * len(held[::4096]); time.sleep(60)',
    "secret": 'import os; print(os.environ.get("SHOP_PASSWORD", ""))',
    "telling": 'import os; raise ValueError("cannot log in with " + os.environ.get("SHOP_PASSWORD", ""))',
    "bad data": 'from helpers.errors import BadData; raise BadData("two lines contradict each other")',
    "one cent": "total = '10.01'",
    "thread": "import threading; t = threading.Thread(target=lambda: 1 / 0); t.start(); t.join()",
    "prints": "print('a line that nobody wants on a page')",
    "frame": "import pandas; display(pandas.DataFrame({'a': [1]}))",
    "bar": "import ipywidgets; display(ipywidgets.FloatProgress(value=0.5))",
    "homeless": (
        "import pandas\n"
        "    from helpers import notebook\n"
        "    from helpers.page.drawing import bundle\n"
        "    from helpers.sales import Result, Rows\n"
        "    get_ipython().display_formatter.mimebundle_formatter.for_type(Result, bundle)\n"
        "    Homeless = type('Homeless', (Rows,), {})\n"
        "    display(Homeless(reader=None, rows=pandas.DataFrame()))"
    ),
    "links": 'import os; os.symlink("/etc/passwd", "stolen.csv"); os.mkdir("left")',
}

WORK = """\
import json, secrets
from IPython.display import display
OURS = "application/vnd.client-rating+json"
from pathlib import Path
token = secrets.token_hex(8)
total = "10.00"
display({OURS: {}, "text/html": f"<p>run {token}</p>"}, raw=True)
"""
OURS = "application/vnd.client-rating+json"

SAVE = """\
Path("a.csv").write_text(token)
Path("b.csv").write_text(token * 500)
totals = {name: total for name in ("total", "total_by_client", "total_by_branch", "total_of_lines")}
totals["total"] = "10.00"
Path("facts.json").write_text(json.dumps(dict(
    company_name="Acme", language="en", currency="EUR", comparison=None, snapshot="", finding="One client.",
    total="10.00", clients=1, half=1, best_client="Bo", best_amount="10.00", state="complete")))
Path("checks.json").write_text(json.dumps(totals | {"rows_accepted": "1"}));
"""


def notebook() -> nbformat.NotebookNode:
    """The notebook, never run."""
    choice = "\n".join(f"if ending == {name!r}:\n    {code or 'pass'}" for name, code in ENDINGS.items())
    cells = [
        new_markdown_cell("# Tiny"),
        new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}),
        new_code_cell(WORK),
        new_code_cell(choice),
        new_code_cell(SAVE),
    ]
    python = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return new_notebook(cells=cells, metadata=python)


def project(root: Path, schedule: dict | None = None, reports: tuple[str, ...] = ("tiny",), **parameters) -> Path:
    """A project root with the company `acme`, its reports, and a schedule."""
    (root / "notebooks").mkdir(parents=True)
    nbformat.write(notebook(), root / "notebooks" / "tiny.ipynb")
    folder = root / "params" / "acme"
    folder.mkdir(parents=True)
    source = {"company": "Acme", "files": "data", "timezone": "Europe/Paris", "sale_line": "sale_line.parquet"}
    (folder / "source.yaml").write_text(yaml.safe_dump(source))
    for report in reports:
        (folder / f"{report}.yaml").write_text(yaml.safe_dump({"company": "acme"} | parameters))
    if schedule:
        (root / "params" / "schedule.yaml").write_text(yaml.safe_dump(schedule))
    return root


def stand_in(job, place: Workplace, **_) -> Path:
    """What the cells write, written here."""
    folder = place.folder
    executed = notebook()
    for number, cell in enumerate((c for c in executed.cells if c.cell_type == "code"), 1):
        cell.execution_count = number
    token = folder.name
    executed.cells[2].outputs = [new_output("display_data", {OURS: {}, "text/html": f"<p>run {token}</p>"})]
    nbformat.write(executed, folder / "notebook.ipynb")
    (folder / "log.txt").write_text("")
    (folder / "a.csv").write_text(token)
    (folder / "b.csv").write_text(token * 500)
    facts = dict(
        company_name="Acme", language="en", currency="EUR", comparison=None, snapshot="", finding="One client.",
        total="10.00", clients=1, half=1, best_client="Bo", best_amount="10.00", state="complete",
    )  # fmt: skip
    (folder / "facts.json").write_text(json.dumps(facts))
    (folder / "checks.json").write_text(json.dumps({"total": "10.00", "rows_accepted": "1"}))
    return folder / "notebook.ipynb"


class _Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found: list[str] = []
        self.is_whole = False

    def handle_starttag(self, tag, attrs):
        self.found += [v for k, v in attrs if k == "href" and not v.startswith(("data:", "#"))]

    def handle_endtag(self, tag):
        self.is_whole = tag == "html"


def token(report: Path) -> str:
    """Which run a reader sees at `<period>` or `latest`, every file of it being whole and of that one run."""
    here = report.resolve(strict=True)
    manifest = json.loads((here / "manifest.json").read_text())
    assert manifest["state"] == "published"
    for name, digest in manifest["files"].items():
        assert hashlib.sha256((here / name).read_bytes()).hexdigest() == digest, name
    assert {p.name for p in here.iterdir()} == {*manifest["files"], "manifest.json"}
    found = (here / "a.csv").read_text()
    assert (here / "b.csv").read_text() == found * 500
    assert re.search(r"run ([^\s<]+)", (here / "index.html").read_text())[1] == found
    return found


def assert_readers_see_whole(out: Path) -> None:
    """Every link of every report leads to a whole run, and the landing page, whole too, to them."""
    for link in out.glob("*/*/*"):
        if link.is_symlink() and not link.name.startswith("."):
            token(link)
    page = out / "index.html"
    if page.exists():
        links = _Links()
        links.feed(page.read_text())
        assert links.is_whole
        assert all((out / href).exists() for href in links.found), links.found


def assert_clean(out: Path) -> None:
    """Nothing half-made is left: no temporary file, no process; beside published and failed runs, one replaced."""
    assert not [p for p in out.rglob("*.tmp")]
    for runs in out.glob("*/*/.runs"):
        archive = ReportArchive(runs.parent)
        shown = {run.folder for run in archive.published().values()}
        others = [run for run in archive.run_folders() if run.folder not in shown and run.state != "failed"]
        assert [run.state for run in others] in ([], ["published"])
        assert not [run for run in archive.run_folders() if processes(run.folder)]


def sampled(numbers: range) -> list[int]:
    """Every eighth of them and the last two, in the order they have; all of them under `make soak`."""
    if os.environ.get("CLIENT_RATING_SOAK") == "whole":
        return list(numbers)
    return sorted({*numbers[::8], *numbers[-2:]})


def examples(whole: int) -> int:
    """How many made-up inputs a test tries: so many under `make soak`, two in five otherwise."""
    return whole if os.environ.get("CLIENT_RATING_SOAK") == "whole" else max(2, whole * 2 // 5)


def assert_documented(what: str, count: int, leeway: int = 0) -> None:
    """What a test counted stands in the table of docs/operations.md as `count of count`, give or take a leeway."""
    documents = (root_of_the_suite() / "docs/operations.md").read_text("utf-8")
    found = re.search(rf"^\| {re.escape(what)} \| (\d+) of \1 \|", documents, re.MULTILINE)
    assert found, f"| {what} | {count} of {count} |"
    assert abs(int(found[1]) - count) <= leeway, f"| {what} | {count} of {count} |"


@contextmanager
def small_disk(place: Path, size: str) -> Iterator[Path]:
    """A disk of its own in memory; skips aloud where none may be mounted."""
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", place], capture_output=True).returncode:
        pytest.skip("no tmpfs may be mounted here")
    try:
        yield place
    finally:
        subprocess.run(["umount", place], check=True)


def fill(disk: Path, pages: int) -> None:
    """Leave so many free pages of 4 KB on a disk."""
    free = os.statvfs(disk)
    (disk / "filler").write_bytes(b"\0" * ((free.f_bavail - pages) * free.f_frsize))


def root_of_the_suite() -> Path:
    """Where this project's own notebooks and params are."""
    return project_root(Path(__file__).parent)
