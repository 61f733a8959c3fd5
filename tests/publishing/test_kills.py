"""Kill -9 of the runner at each file operation, a full disk at each write: papermill, a kernel and nbconvert at work.

After each, readers see the whole old or the whole new report, no process is left, and the next call completes. A change
of a file is one that Python's audit hook tells of, below the published folder.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import nbformat
import psutil
import pytest
from company import company
from nbformat.v4 import new_code_cell
from tests.publishing.test_failures import assert_nothing_runs, run_folders, wait_for
from tests.publishing.test_publish import MONTHLY, NOW, due, in_a_child
from tiny import (
    assert_clean,
    assert_documented,
    assert_readers_see_whole,
    fill,
    project,
    root_of_the_suite,
    sampled,
    small_disk,
    token,
)  # fmt: skip

from helpers.errors import OutOfSpace
from helpers.publishing.child import scratch
from helpers.publishing.notebook_run import prepare
from helpers.publishing.publish import publish

pytestmark = pytest.mark.kernel
SIZES = 40
WRITES = {
    "open", "os.mkdir", "os.rename", "os.symlink", "os.remove", "os.rmdir", "os.chmod", "os.utime", "os.truncate",
    "os.link", "shutil.rmtree",
}  # fmt: skip


def counting(out: Path, seen):
    """An audit hook that calls `seen` at each change of the file system below `out`."""

    def hook(event, args):
        if event not in WRITES or not args or not str(args[0]).startswith(str(out)):
            return
        if event != "open" or args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            seen()

    return hook


def killed_at(number: int, out: Path, act):
    """`act`, with kill -9 of itself at its n-th change of a file below `out`; 0 writes how many there are."""

    def run():
        changes = []

        def seen():
            changes.append(1)
            if len(changes) == number:
                os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(counting(out, seen))
        act()
        if number == 0:
            (out.parent / "count").write_text(str(len(changes)))

    return run


def test_killed_at_each_file_operation(tmp_path):
    """`run-due` replaces a report: at each change of a file that it makes it is killed, once, and called again."""
    root = project(tmp_path / "project", {"jobs": {"tiny": MONTHLY}})
    start = tmp_path / "start"
    publish(prepare(root / "params/acme/tiny.yaml", {"period": "2026-10", "today": "2026-10-20"}), start)
    archive = "acme/tiny"
    for manifest in start.rglob("manifest.json"):  # as if the month had been published before its tick
        manifest.write_text(
            manifest.read_text().replace(f'"started_at": "{datetime.now(UTC):%Y}', '"started_at": "2020')
        )

    def attempt(number: int) -> Path:
        out = tmp_path / f"at{number}"
        shutil.copytree(start, out, symlinks=True)
        code = in_a_child(killed_at(number, out, lambda: due(root, out)))
        assert code == (-signal.SIGKILL if number else 0)
        return out

    attempt(0)
    operations = int((tmp_path / "count").read_text())
    old, seen = token(start / archive / "2026-10"), []
    for number in sampled(range(1, operations + 1)):
        out = attempt(number)
        assert_readers_see_whole(out)
        assert_nothing_runs(out)
        seen.append(token(out / archive / "2026-10") == old)
        assert due(root, out) == 0
        assert_readers_see_whole(out)
        assert_clean(out)
        assert token(out / archive / "2026-10") == token(out / archive / "latest") != old
        shutil.rmtree(out)
    assert seen == sorted(seen, reverse=True)
    assert True in seen
    assert False in seen
    assert_documented("kill −9 at each change of a file by `run-due`", operations, leeway=5)


LINES = """
    client_id | branch_id | sold_at             | amount
    ann       | north     | 2026-10-01 00:00:00 | 100.10
    bob       | south     | 2026-10-05 12:00:00 | 60.00
"""
HOOK = """\
import os, signal, sys
changes, writes = [], {writes!r}
def hook(event, args):
    if event in writes and args and isinstance(args[0], str) and os.path.abspath(args[0]).startswith(os.getcwd()):
        if event != "open" or (args[2] and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)):
            changes.append(str(args[0]))
            if len(changes) == {number}:
                os.kill(int(os.environ["CLIENT_RATING_RUNNER"]), signal.SIGKILL)
sys.addaudithook(hook)
"""


COUNT = """\
from IPython.display import display
display({"application/vnd.client-rating+json": {}, "text/html": f"<p>{len(changes)} changes</p>"}, raw=True)
"""


def test_killed_at_each_file_operation_of_the_notebook(tmp_path):
    """The client rating itself, run by the command: at each change of a file that its cells make the runner is killed;
    each call finds what the one before left."""
    root, out = company(tmp_path / "p", {"sale_line": LINES}), tmp_path / "out"
    params = root / "params/acme/client_rating.yaml"
    params.write_text("company: acme\nperiod: 2026-10\ntoday: 2026-11-23\n")
    report = nbformat.read(root_of_the_suite() / "notebooks/client_rating.ipynb", 4)
    report.cells.insert(2, new_code_cell(metadata={"tags": ["analyst"]}))
    report.cells.append(new_code_cell(COUNT))
    command = [sys.executable, "-m", "helpers", "run", params, "--out", out]

    def run(number: int) -> int:
        report.cells[2].source = HOOK.format(writes=WRITES, number=number)
        nbformat.write(report, root / "notebooks/client_rating.ipynb")
        return subprocess.run(command, cwd=root, capture_output=True).returncode

    assert run(0) == 0
    page = (out / "acme/client_rating/2026-10").resolve()
    changes = int((page / "index.html").read_text().partition(" changes")[0].rpartition(">")[2])
    for number in sampled(range(1, changes + 1)):
        assert run(number) == -signal.SIGKILL
        assert (out / "acme/client_rating/2026-10").resolve() == page
        assert_nothing_runs(out)
    assert run(0) == 0
    assert (out / "acme/client_rating/2026-10").resolve() != page
    assert_clean(out)
    assert_documented("kill −9 at each change of a file by the cells", changes, leeway=5)


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
def test_full_disk(tmp_path, monkeypatch):
    """With n pages of disk left for what is published and for temporary files, for each n, the old report stays whole
    or the new one is; then the disk is freed."""
    root = project(tmp_path / "project", {"jobs": {"tiny": MONTHLY | {"retries": 10}}})
    start = tmp_path / "start"
    publish(prepare(root / "params/acme/tiny.yaml", {"period": "2026-09", "today": "2026-10-20"}), start)
    codes = []
    with small_disk(tmp_path / "d", "1m") as disk:
        (disk / "t").mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(disk / "t"))
        for pages in sampled(range(SIZES)):
            out = disk / f"out{pages}"
            shutil.copytree(start, out, symlinks=True)
            fill(disk, pages)
            codes.append(due(root, out))
            assert_readers_see_whole(out)
            assert_nothing_runs(out, 0)
            (disk / "filler").unlink()
            assert due(root, out, NOW.replace(day=24)) == 0
            assert_clean(out)
            token(out / "acme/tiny/2026-10")
            assert not list((disk / "t").iterdir())
            shutil.rmtree(out)
    assert set(codes) == {0, OutOfSpace.exit_code}
    what = f"disk full after 0, 1, … {SIZES - 1} free pages of 4 KB, temporary files on it too"
    assert_documented(what, SIZES)


CSV = "client_id,branch_id,sold_at,amount\nann,north,2026-10-01 00:00:00,100.10\nbob,south,2026-10-05 12:00:00,60.00\n"
POWERS = 6


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
def test_full_disk_of_snapshots(tmp_path):
    """The client rating by the command, with 1, 4, 16 … 1,024 pages left in work/ alone: the old report or the new one,
    74 where it is the old one, and nothing but the disk to free for the next call."""
    root, out = company(tmp_path / "p", {}, sale_line={"from": "sales.csv"}, files="data"), tmp_path / "out"
    (root / "data").mkdir()
    (root / "data/sales.csv").write_text(CSV)
    shutil.copy(root_of_the_suite() / "notebooks/client_rating.ipynb", root / "notebooks")
    params = root / "params/acme/client_rating.yaml"
    params.write_text("company: acme\nperiod: 2026-10\ntoday: 2026-11-23\n")
    link, seen = out / "acme/client_rating/2026-10", []
    command = [sys.executable, "-m", "helpers", "run", params, "--out", out]

    def run() -> tuple[int, str]:
        done = subprocess.run(command, cwd=root, capture_output=True, text=True)
        return done.returncode, done.stderr

    with small_disk(root / "work", "8m") as disk:
        assert run() == (0, "")
        for power in sampled(range(POWERS)):
            before = link.resolve()
            shutil.rmtree(disk / "snapshots", ignore_errors=True)
            fill(disk, 4**power)
            code, said = run()
            assert (link.resolve() == before) == (code == OutOfSpace.exit_code), said
            assert (code, said.count("\n")) in ((0, 0), (OutOfSpace.exit_code, 1)), said
            assert_nothing_runs(out)
            (disk / "filler").unlink()
            assert {path.name for path in link.iterdir()} >= {"index.html", "manifest.json", "rating.xlsx"}
            assert run() == (0, "")
            assert_clean(out)
            seen.append(code)
    assert (seen[0], seen[-1]) == (OutOfSpace.exit_code, 0)
    assert seen == sorted(seen, reverse=True)
    assert_documented("disk of work/ full after 1, 4, 16 … 1,024 free pages of 4 KB", POWERS)


def test_nothing_outlives_a_killed_runner(tmp_path):
    """kill −9 of the runner in a hung cell, whose child has a session and an environment of its own, and no next call:
    at once no process and no temporary file is left."""
    root, out = project(tmp_path / "p", {"jobs": {"tiny": MONTHLY}}, ending="escaped"), tmp_path / "out"
    command = [sys.executable, "-m", "helpers", "run-due", "--out", out, "--now", "2026-11-01T06:00+01:00"]
    runner = psutil.Popen(command, cwd=root)
    wait_for(lambda: [p for p in runner.children(recursive=True) if p.name() == "sleep"])
    started = runner.children(recursive=True)
    (folder,) = run_folders(out)
    assert scratch(folder).exists()
    runner.kill()
    runner.wait()
    _, alive = psutil.wait_procs(started, timeout=3)
    assert not alive
    wait_for(lambda: not scratch(folder).exists(), seconds=3)
