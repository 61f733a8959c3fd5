"""Each way a run can end badly, in a real kernel: its exit code, nothing published, no process left, no secret told.

Readers see the old report whole all along, and the next call completes.
"""

import itertools
import os
import random
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import nbformat
import psutil
import pytest
from tests.publishing.test_publish import MONTHLY, in_a_child
from tests.publishing.test_scheduler import write
from tiny import assert_clean, assert_documented, assert_readers_see_whole, project, token

from helpers.errors import BadData, KernelDied, ReportError, TimedOut
from helpers.publishing import run_page
from helpers.publishing.archive import ReportArchive, report_archives
from helpers.publishing.child import Limits, processes, scratch
from helpers.publishing.failures import EVIDENCE
from helpers.publishing.notebook_run import prepare
from helpers.publishing.publish import RunOptions, publish
from helpers.publishing.transaction import open_archive, period_lock
from helpers.settings.secrets import SECRET

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
    "secret": (BadData, "would show a secret"),
    "telling": (KernelDied, "raised ValueError"),
    "prints": (BadData, "code cell 4 of 5 shows what it prints (stdout)"),
    "frame": (BadData, "code cell 4 of 5 shows an object that is no result"),
    "bar": (BadData, "code cell 4 of 5 shows a widget or a progress bar"),
    "homeless": (KernelDied, "cell 4 raised AttributeError"),  # a renderer that raises
}


def job(root: Path, ending: str = "good", period: str = "2026-10"):
    """The tiny report, ending so."""
    return prepare(root / "params/acme/tiny.yaml", {"period": period, "ending": ending})


def run_folders(out: Path) -> list[Path]:
    """Every run folder of every report."""
    return [run.folder for archive in report_archives(out) for run in archive.run_folders()]


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
        publish(job(root, ending), out, options=RunOptions(LIMITS.get(ending, Limits())))
    assert type(told.value) is expected
    assert part in str(told.value)
    assert SECRET_CANARY not in str(told.value)
    (failed,) = ReportArchive(out / "acme/tiny").run_folders()
    assert (failed.state, failed.error["exit_code"]) == ("failed", expected.exit_code)
    assert not ReportArchive(out / "acme/tiny").published()
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
        "facts = os.environ['TZ'], locale.setlocale(locale.LC_ALL, ''), os.umask(0), 'profile' in total\n"
        "display({OURS: {}, 'text/html': ' '.join(map(str, facts))}, raw=True)"
    )
    nbformat.write(notebook, root / "notebooks/tiny.ipynb")
    page = publish(job(root), out)
    assert "UTC C.UTF-8 63 False" in page.read_text()  # 63 is 0o077
    assert_clean(out)


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
    assert_documented("kill −9 at random moments with a real kernel", 20)


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
    (failed,) = ReportArchive(out / "acme/tiny").run_folders()
    assert (failed.state, failed.has_died) == ("failed", True)
    (root / "params/acme/tiny.yaml").write_text("company: acme\n")
    assert subprocess.run(command, cwd=root, capture_output=True).returncode == 0
    token(out / "acme/tiny/2026-10")
    assert_documented("SIGTERM and Ctrl-C in a hung cell with a child of its own", 2)


def draw_for_ever(*_) -> None:
    """A page that is never done."""
    for _ in itertools.count():
        time.sleep(0.01)


def test_the_time_bounds_the_drawing_of_the_page_too(tmp_path, monkeypatch):
    """A page that would be drawn for ever, in Python: ended after the six seconds that the run may take."""
    root, out = project(tmp_path / "p"), tmp_path / "out"
    monkeypatch.setattr(run_page, "draw_page", draw_for_ever)
    began = time.monotonic()
    with pytest.raises(TimedOut, match="longer than the 6 seconds"):
        publish(job(root), out, options=RunOptions(Limits(seconds=6)))
    assert time.monotonic() - began < 30
    (failed,) = ReportArchive(out / "acme/tiny").run_folders()
    assert (failed.state, failed.error["exit_code"]) == ("failed", 124)
    assert not ReportArchive(out / "acme/tiny").published()


@pytest.mark.parametrize("number", [None, signal.SIGKILL])
def test_a_browser_that_hangs_is_ended(tmp_path, monkeypatch, number):
    """A Chromium that never prints, with a child that hides: gone when the time is over, and when the runner is
    killed."""
    browser = tmp_path / "chromium"
    browser.write_text("#!/bin/sh\nsetsid env -i sleep 600 &\nsleep 600\n")
    browser.chmod(0o755)
    monkeypatch.setenv("CLIENT_RATING_CHROMIUM", str(browser))
    root, out = project(tmp_path / "p"), tmp_path / "out"
    runner = psutil.Process(os.fork() or run_with_pdf(root, out))
    wait_for(lambda: names_below(runner).count("sleep") == 2)
    started = runner.children(recursive=True)
    if number:
        runner.send_signal(number)
    assert os.waitstatus_to_exitcode(os.waitpid(runner.pid, 0)[1]) == (-number if number else 124)
    assert not psutil.wait_procs(started, timeout=5)[1]
    assert not [folder for folder in run_folders(out) if scratch(folder).exists()]


def names_below(process: psutil.Process) -> list[str]:
    """The names of the processes below one; some may end meanwhile."""
    names = []
    for below in process.children(recursive=True):
        with suppress(psutil.Error):
            names.append(below.name())
    return names


def run_with_pdf(root: Path, out: Path) -> int:
    """In the child: publish, then again with a PDF, ten seconds at the most; exits with what it was told."""
    publish(job(root), out)
    try:
        publish(job(root), out, options=RunOptions(Limits(seconds=10), pdf=True))
    except ReportError as error:
        os._exit(error.exit_code)
    os._exit(0)


@pytest.mark.parametrize("ending", ["waits", "good"])
def test_eight_at_once(tmp_path, ending):
    """Eight command lines, started together: one publishes; the seven others find it busy (75) or, come late, nothing
    to do. With a cell that waits for all of them exactly seven find it busy."""
    root, out = project(tmp_path / "p", ending=ending), tmp_path / "out"
    write(root, {"tiny": MONTHLY})
    command = [sys.executable, "-m", "helpers", "run-due", "--out", out, "--now", "2026-11-01T06:00+01:00"]
    runs = [psutil.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(8)]
    if ending == "waits":
        wait_for(lambda: sum(run.poll() is not None for run in runs) == 7, seconds=120)
        late = subprocess.run(command, cwd=root, capture_output=True, text=True)
        assert re.match(
            r"acme/tiny 2026-10 is in progress \(process \d+ on \S+ since 20\S+\); try later\n$", late.stderr
        )
        (root / "go").touch()
    said = [run.communicate(timeout=120) for run in runs]
    codes = sorted(run.returncode for run in runs)
    assert codes[0] == 0
    assert set(codes) <= {0, 75}
    if ending == "waits":
        assert codes == [0] + 7 * [75]
    assert sum(b": published in " in stdout for stdout, _ in said) == 1
    assert sum(b" is in progress" in stderr for _, stderr in said) == codes.count(75)
    assert len(run_folders(out)) == 1
    assert_readers_see_whole(out)
    assert_clean(out)
    assert_documented("eight `run-due` at once", 2)


def test_a_child_of_ours_that_dies_is_no_lock(tmp_path):
    """A lock dies with who held it: no stale one after kill −9."""
    archive = open_archive(tmp_path / "out", "acme", "tiny")

    def hold_and_die():
        with period_lock(archive, "2026-10"):
            os.kill(os.getpid(), signal.SIGKILL)

    assert in_a_child(hold_and_die) == -signal.SIGKILL
    with period_lock(archive, "2026-10"):
        pass
