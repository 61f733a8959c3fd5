"""What a person sees while a large file is read: a bar, on the terminal, whoever reads the file."""

import fcntl
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import termios
from pathlib import Path

import duckdb
import pytest
from company import company

from helpers.source.files.bar import LARGE

ROOT = Path(__file__).parents[2]
COMMAND = Path(sys.executable).with_name("client-rating")


@pytest.fixture(scope="module")
def params(tmp_path_factory) -> Path:
    """The params file of a company with a CSV that takes a while."""
    root = company(tmp_path_factory.mktemp("bar"), {}, sale_line={"from": "sales.csv"})
    (root / "data").mkdir()
    duckdb.sql(f"""COPY (SELECT 'client ' || i % 1000 AS client_id, DATE '2026-10-02' AS sold_at,
                   (i * 0.01)::DECIMAL(12, 2) AS amount FROM range({LARGE // 20}) t(i)) TO '{root}/data/sales.csv'""")
    assert (root / "data" / "sales.csv").stat().st_size > LARGE
    shutil.copy(ROOT / "notebooks" / "client_rating.ipynb", root / "notebooks")
    file = root / "params" / "acme" / "client_rating.yaml"
    file.write_text("period: 2026-10\ntoday: '2026-11-23'\n")
    return file


def first_time(command: str, params: Path) -> list:
    """The command line, and no snapshot left of an earlier one."""
    root = params.parents[2]
    shutil.rmtree(root / "work", ignore_errors=True)
    return [COMMAND, command, params, *(["--out", root / "published"] if command == "run" else [])]


def seen_on_a_terminal(command: list, width: int = 100) -> tuple[int, str]:
    """Exit code and what a terminal of that width gets."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    run = subprocess.Popen(list(map(str, command)), stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 4096):
            shown += part
    except OSError:  # the other end is closed
        pass
    os.close(ours)
    return run.wait(), shown.decode()


@pytest.mark.kernel
@pytest.mark.parametrize("command", ["run", "check"])
def test_a_large_load_has_a_bar(params, command):
    code, shown = seen_on_a_terminal(first_time(command, params))
    parts = [int(part) for part in re.findall(r"reading sales\.csv .*?(\d+) %", shown)]
    assert code == 0, shown
    assert parts == sorted(parts)
    assert 0 < parts[-1] <= 100
    assert not list(params.parents[2].rglob("loading*"))


@pytest.mark.kernel
@pytest.mark.parametrize("command", ["run", "check"])
def test_no_bar_where_nobody_looks(params, command):
    done = subprocess.run(first_time(command, params), capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.kernel
def test_a_terminal_that_can_draw_nothing_gets_no_empty_lines(params, monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    code, shown = seen_on_a_terminal(first_time("run", params))
    lines = [line for line in re.split(r"[\r\n]+", shown) if line.strip()]
    assert code == 0
    assert shown.count("\n") <= len(lines) + 2, shown


@pytest.mark.kernel
@pytest.mark.parametrize("no_color", ["", "1"])
def test_no_color_keeps_colours_off(params, monkeypatch, no_color):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", no_color)
    code, shown = seen_on_a_terminal(first_time("check", params))
    assert code == 0
    assert bool(re.search(r"\x1b\[[\d;]*3\d[\d;]*m", shown)) is not bool(no_color)
