"""Each way a run can end badly, in a real kernel: its exit code, nothing published, no process left, no secret told.

Readers see the old report whole all along, and the next call completes.
"""

import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from company import company
from nbformat.v4 import new_code_cell
from test_publish import MONTHLY, due, in_a_child
from test_schedule import write
from tiny import assert_clean, assert_readers_see_whole, project, root_of_the_suite, token

from helpers.archive import Shelf
from helpers.codes import code
from helpers.config import SECRET
from helpers.errors import BadData, KernelDied, ReportError, TimedOut
from helpers.execute import prepare
from helpers.kernel.processes import Limits, processes, scratch
from helpers.ledger import EVIDENCE
from helpers.publish import Terms, publish
from helpers.transaction import held, open_shelf

pytestmark = pytest.mark.kernel
SECRET_CANARY = 'canary"7f3d1c'
LIMITS = {"hung": Limits(seconds=4), "memory": Limits(memory=400_000_000)}

# ending → our error, and a part of what is told
FAILURES = {
    "error": (KernelDied, "raised ValueError"),
    "exit": (BadData, "shows an error"),
    "killed": (KernelDied, "the kernel died"),
    "hung": (TimedOut, "longer than the 4 seconds"),
    "memory": (KernelDied, "more than the 400 MB"),
    "command": (KernelDied, "ended with exit code 3"),
    "thread": (KernelDied, "a thread raised ZeroDivisionError"),
    "bad data": (BadData, "two lines contradict each other"),
    "one cent": (BadData, "the control totals do not agree"),
    "secret": (BadData, "would tell a secret"),
    "telling": (KernelDied, "raised ValueError"),
}


def job(root: Path, ending: str = "good", period: str = "2026-10"):
    """The tiny report, ending so."""
    return prepare(root / "params/acme/tiny.yaml", {"period": period, "ending": ending})


def run_folders(out: Path) -> list[Path]:
    """Every run folder of the tiny report."""
    return [run.folder for run in Shelf(out / "acme/tiny").run_folders()]


def assert_nothing_runs(out: Path, seconds: float = 5) -> None:
    """No process of any run is left, soon."""
    until = time.monotonic() + seconds
    while left := [p for folder in run_folders(out) for p in processes(folder)]:
        assert time.monotonic() < until, left
        time.sleep(0.1)


def assert_no_secret(folder: Path) -> None:
    """No file below tells the canary, in clear or as JSON or HTML write it."""
    forms = [SECRET_CANARY, SECRET_CANARY.replace('"', '\\"'), SECRET_CANARY.replace('"', "&quot;")]
    told = [p for p in folder.rglob("*") if p.is_file() and any(f.encode() in p.read_bytes() for f in forms)]
    assert not told


@pytest.mark.parametrize("ending", FAILURES)
def test_a_run_that_fails_publishes_nothing(tmp_path, monkeypatch, ending):
    monkeypatch.setenv("SHOP_PASSWORD", SECRET_CANARY)
    assert SECRET.search("SHOP_PASSWORD")
    root, out = project(tmp_path / "p"), tmp_path / "out"
    expected, part = FAILURES[ending]
    with pytest.raises(ReportError) as told:
        publish(job(root, ending), out, terms=Terms(LIMITS.get(ending, Limits())))
    assert type(told.value) is expected
    assert part in str(told.value)
    assert SECRET_CANARY not in str(told.value)
    (failed,) = Shelf(out / "acme/tiny").run_folders()
    assert (failed.state, failed.error["exit_code"]) == ("failed", expected.exit_code)
    assert not Shelf(out / "acme/tiny").published()
    assert not processes(failed.folder)
    assert not scratch(failed.folder).exists()
    assert failed.folder.stat().st_mode & 0o077 == 0
    assert {p.name for p in failed.folder.iterdir()} <= set(EVIDENCE)
    assert_no_secret(out)


def test_a_good_run_in_clean_surroundings(tmp_path, monkeypatch):
    """Nobody's start-up file, locale, zone or Jupyter folder reaches the kernel; secrets of a source do."""
    startup = tmp_path / "startup.py"
    startup.write_text("raise SystemExit('a start-up file ran')")
    monkeypatch.setenv("PYTHONSTARTUP", str(startup))
    profile = tmp_path / "ipython/profile_default/startup"
    profile.mkdir(parents=True)
    (profile / "00.py").write_text("total = 'from a profile'")
    kernels = tmp_path / "data/kernels/python3"
    kernels.mkdir(parents=True)
    (kernels / "kernel.json").write_text('{"argv": ["false"], "display_name": "x", "language": "python"}')
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("LC_ALL", "tr_TR.UTF-8")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    root, out = project(tmp_path / "p"), tmp_path / "out"
    notebook = nbformat.read(root / "notebooks/tiny.ipynb", 4)
    notebook.cells[3].source = (
        "import locale, os\n"
        "print(os.environ['TZ'], locale.setlocale(locale.LC_ALL, ''), os.umask(0), 'profile' in total)"
    )
    nbformat.write(notebook, root / "notebooks/tiny.ipynb")
    page = publish(job(root), out)
    assert "UTC C.UTF-8 63 False" in page.read_text()  # 63 is 0o077
    assert_clean(out)


LINES = """
    client_id    | branch_id | sold_at             | amount
    CANARY-ID-77 | north     | 2026-10-01 00:00:00 | 100.10
    CANARY-ID-77 | south     | 2026-09-01 00:00:00 | 40.00
    bob          | north     | 2026-10-05 12:00:00 | 60.00
"""
CLIENTS = """
    client_id    | client_name
    CANARY-ID-77 | Canaria Pavarotti
    bob          | Bob Baker
"""
CODED = {
    "good": "",
    "error": "raise ValueError(str(ranked.to_pandas()) + str(sales.clients.to_pandas()) + str(sales.lines()))",
    "engine": "sales.source.con.raw_sql('SELECT client_id::INTEGER FROM (' + str(sales.clients.compile()) + ')')",
    "exit": "import sys; sys.exit(0)",
    "killed": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "hung": "import time; time.sleep(600)",
    "memory": 'import time; held = bytearray(1_500_000_000); held[::4096] = b"x" * len(held[::4096]); time.sleep(60)',
}


@pytest.mark.parametrize("ending", CODED)
def test_no_client_is_named_in_code_mode(tmp_path, monkeypatch, capfd, ending):
    """The whole client rating, run well and ended badly: no file, log or message holds the canary's id or name."""
    monkeypatch.setenv("CLIENT_RATING_CODE_SECRET", "the secret of codes")
    monkeypatch.setenv("SHOP_PASSWORD", SECRET_CANARY)
    root, out = company(tmp_path / "p", {"sale_line": LINES, "client": CLIENTS}), tmp_path / "out"
    report = nbformat.read(root_of_the_suite() / "notebooks/client_rating.ipynb", 4)
    after_rating = next(i for i, cell in enumerate(report.cells) if "ranked = rating" in cell.source) + 1
    report.cells.insert(after_rating, new_code_cell(CODED[ending]))
    nbformat.write(report, root / "notebooks/client_rating.ipynb")
    (root / "params/acme/client_rating.yaml").write_text("company: acme\nnames: code\n")
    ready = prepare(root / "params/acme/client_rating.yaml", {"period": "2026-10", "today": "2026-11-23"})
    bounds = {"hung": Limits(seconds=15), "memory": Limits(memory=1_400_000_000)}
    message = ""
    try:
        publish(ready, out, terms=Terms(bounds.get(ending, Limits())))
    except ReportError as error:
        message = str(error)
    assert bool(message) == (ending != "good")
    printed = capfd.readouterr()
    told = b"\n".join([message.encode(), printed.out.encode(), printed.err.encode(), *contents(out)])
    for canary in (b"CANARY-ID-77", b"Canaria", b"Pavarotti", SECRET_CANARY.encode(), b"the secret of codes"):
        assert canary not in told
    if ending == "good":
        assert code("CANARY-ID-77").encode() in told


def contents(folder: Path) -> Iterator[bytes]:
    """Every file below a folder, what is packed in a workbook or a Parquet file unpacked."""
    for path in (p for p in folder.rglob("*") if p.is_file() and not p.is_symlink()):
        yield path.read_bytes()
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                yield from (book.read(name) for name in book.namelist())
        if path.suffix == ".parquet":
            yield pd.read_parquet(path).to_csv().encode()


def wait_for(find, seconds: float = 60):
    """What `find` returns once it is something."""
    until = time.monotonic() + seconds
    while not (found := find()):
        assert time.monotonic() < until
        time.sleep(0.02)
    return found


def test_killed_at_twenty_random_moments(tmp_path):
    """kill −9 between the start of a run and its end: no orphan, old or new whole, and the next call completes."""
    root, out = project(tmp_path / "p"), tmp_path / "out"
    began = time.monotonic()
    publish(job(root), out)
    lasts, moments = time.monotonic() - began, random.Random(5)
    for _ in range(20):
        pid = os.fork()
        if pid == 0:
            publish(job(root), out)
            os._exit(0)
        time.sleep(moments.uniform(0, lasts))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        assert_readers_see_whole(out)
        assert_nothing_runs(out)
    last = token(out / "acme/tiny/2026-10")
    publish(job(root), out)
    assert token(out / "acme/tiny/2026-10") == token(out / "acme/tiny/latest") != last
    assert_readers_see_whole(out)
    assert_clean(out)
    assert not [folder for folder in run_folders(out) if scratch(folder).exists()]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop(tmp_path, number):
    """SIGTERM in the middle of a hung cell: 143, the kernel and its children gone; the next call starts at once."""
    root, out = project(tmp_path / "p", ending="hung"), tmp_path / "out"
    write(root, {"tiny": MONTHLY})
    command = [sys.executable, "-m", "helpers", "run-due", "--out", out, "--now", "2026-11-01T06:00+01:00"]
    runner = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wait_for(lambda: any("sleep" in p.name() for f in run_folders(out) for p in processes(f)))
    runner.send_signal(number)
    runner.communicate(timeout=30)
    assert runner.returncode == 128 + number
    assert_nothing_runs(out, 0)
    (failed,) = Shelf(out / "acme/tiny").run_folders()
    assert (failed.state, failed.has_died) == ("failed", True)
    (root / "params/acme/tiny.yaml").write_text("company: acme\n")
    assert subprocess.run(command, cwd=root, capture_output=True).returncode == 0
    token(out / "acme/tiny/2026-10")


def test_eight_at_once(tmp_path):
    """One publication; the seven others are idle (0) or find it busy (75)."""
    root, out = project(tmp_path / "p"), tmp_path / "out"
    write(root, {"tiny": MONTHLY})
    start = time.time() + 1
    children = []
    for _ in range(8):
        if (pid := os.fork()) == 0:
            time.sleep(max(0, start - time.time()))
            os._exit(due(root, out, datetime(2026, 11, 1, 6, tzinfo=UTC)))
        children.append(pid)
    codes = sorted(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children)
    assert codes.count(0) + codes.count(75) == 8
    assert len(run_folders(out)) == 1
    assert_readers_see_whole(out)
    assert_clean(out)


def test_a_child_of_ours_that_dies_is_no_lock(tmp_path):
    """A lock dies with who held it: no stale one after kill −9."""
    shelf = open_shelf(tmp_path / "out", "acme", "tiny")

    def hold_and_die():
        with held(shelf, "2026-10"):
            os.kill(os.getpid(), signal.SIGKILL)

    assert in_a_child(hold_and_die) == -signal.SIGKILL
    with held(shelf, "2026-10"):
        pass
