"""The engine `fork` beside papermill's own kernel: the same outputs; the children it forks: bounded, nothing left."""

import os
import re
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import nbformat
import papermill
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from papermill.exceptions import PapermillExecutionError

from helpers.errors import KernelDied, NoInput, OutOfSpace, ReportError, TimedOut
from helpers.publishing.child import Limits, call, processes, scratch, workplace
from helpers.publishing.engine import ForkEngine

PYTHON = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


def executed(folder: Path, cells: list[str], engine: str) -> nbformat.NotebookNode:
    """A notebook of these cells, run to its end or its first error."""
    nbformat.write(new_notebook(cells=[new_code_cell(c) for c in cells], metadata=PYTHON), folder / "in.ipynb")
    out = folder / f"{engine}.ipynb"
    options = {"engine_name": engine, "kernel_name": "python3", "progress_bar": False}
    with suppress(PapermillExecutionError):
        papermill.execute_notebook(str(folder / "in.ipynb"), str(out), {"x": 1}, **options)
    return nbformat.read(out, as_version=4)


def shown(notebook: nbformat.NotebookNode) -> list:
    """What each code cell shows, the colours of tracebacks apart. A kernel sends what was printed so far each fifth of
    a second: how many pieces a text comes in is chance, and neighbours of one stream are one text."""
    outputs = []
    for cell in (c for c in notebook.cells if c.cell_type == "code"):
        printed: list[dict] = []
        for output in map(plain, cell.outputs):
            if printed and output["output_type"] == "stream" and printed[-1].get("name") == output["name"]:
                printed[-1]["text"] += output["text"]
            else:
                printed.append(output)
        outputs.append((cell.execution_count, printed))
    return outputs


def plain(output: nbformat.NotebookNode) -> dict:
    """An output whose traceback has no colours."""
    traceback = [re.sub(r"\x1b\[[\d;]*m", "", line) for line in output.get("traceback", [])]
    return dict(output) | {"traceback": traceback}


CELLS = [
    "print('a')\nprint('b', end='')\nprint('c')",
    "import sys\nprint('to stderr', file=sys.stderr)",
    "1 + 1",
    "None",
    "x + 1;",
    "from IPython.display import HTML, display, clear_output\ndisplay(HTML('<b>x</b>'), metadata={'a': 1})\n'last'",
    "import pandas as pd\npd.DataFrame({'a': [1]})",
    "handle = display('one', display_id=True)\nhandle.update('two')",
    "print('gone')\nclear_output()\nprint('stays')",
    "print('gone')\nclear_output(wait=True)\nprint('stays')",
    "class Picture:\n    def _repr_png_(self): return b'\\x89PNG'\n    def __repr__(self): return 'picture'\nPicture()",
    "Out[4] + 1, _",
    "import asyncio\nawait asyncio.sleep(0)\n'awaited'",
    "!echo from a command",
    "%%writefile note.txt\ntext",
    "print(open('note.txt').read())",
    "1 / 0",
    "'never'",
]


@pytest.mark.kernel
def test_a_notebook_shows_what_it_shows_in_a_kernel(tmp_path, monkeypatch):
    """Prints, displays, values, errors, magics: the same outputs in the same order, and metadata of the same kind."""
    monkeypatch.chdir(tmp_path)
    forked, kernel = (executed(tmp_path, CELLS, e) for e in ("fork", "nbclient"))
    assert shown(forked) == shown(kernel)
    assert forked.metadata.language_info == kernel.metadata.language_info
    assert set(forked.metadata.papermill) == set(kernel.metadata.papermill)
    for ours, theirs in zip(forked.cells, kernel.cells, strict=True):
        assert set(ours.metadata) == set(theirs.metadata)
        assert set(ours.metadata.get("execution", {})) == set(theirs.metadata.get("execution", {}))
        assert ours.metadata.get("papermill", {}).get("status") == theirs.metadata.get("papermill", {}).get("status")


@pytest.mark.kernel
def test_what_a_kernel_shows_in_no_certain_order_is_shown_in_its_own(tmp_path):
    """Both streams, and what a subprocess writes, between two prints."""
    cell = ("import subprocess, sys\nprint('a')\nprint('b', file=sys.stderr)\nprint('c', flush=True)\n"
            "subprocess.run('echo d; echo e >&2', shell=True)\nprint('f')")  # fmt: skip
    (_, outputs) = shown(executed(tmp_path, [cell], "fork"))[1]
    assert [(o["name"], o["text"]) for o in outputs] == [
        ("stdout", "a\n"), ("stderr", "b\n"), ("stdout", "c\nd\n"), ("stderr", "e\n"), ("stdout", "f\n"),
    ]  # fmt: skip


@pytest.mark.kernel
def test_a_renderer_that_raises_fails_its_cell(tmp_path):
    """IPython shows the exception and then the plain repr; the run does not go on as if nothing had been."""
    cells = [
        "class R:\n    def _repr_html_(self): raise ValueError('no')\n    def __repr__(self): return 'plain'",
        "R()",
        "1",
    ]
    notebook = executed(tmp_path, cells, "fork")
    failed, never = notebook.cells[-2:]
    assert [out.output_type for out in failed.outputs] == ["error", "execute_result"]
    assert failed.metadata.papermill.status == "failed"
    assert never.execution_count is None


def test_papermill_knows_the_engine():
    assert papermill.engines.papermill_engines.get_engine("fork") is ForkEngine


FORKED_AFTER_IMPORT = """
import os, signal, duckdb
for _ in range(10):
    pid = os.fork()
    if pid == 0:
        signal.alarm(60)
        duckdb.sql("SELECT i % 7, count(DISTINCT i) FROM range(500_000) t(i) GROUP BY ALL").fetchall()
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""


def test_duckdb_may_be_imported_before_a_fork():
    """What the server relies on: it imports libraries, and uses none."""
    done = subprocess.run([sys.executable, "-c", FORKED_AFTER_IMPORT], capture_output=True, text=True, check=True)
    assert done.stdout == "0\n" * 10


@pytest.mark.parametrize("sent", [b"", (100).to_bytes(8), (100).to_bytes(8) + b"x" * 99])
def test_the_server_ends_with_its_runner_wherever_that_is_killed(sent):
    """Before a request, between its length and itself, in the middle of it."""
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-P", "-c", f"from helpers.publishing.child import serve; serve({theirs.fileno()})"]
    with ours, theirs:
        server = subprocess.Popen(command, pass_fds=[theirs.fileno()])
        ours.sendall(sent)
    try:
        assert server.wait(30) == 0
    finally:
        server.kill()


@pytest.fixture
def folder(tmp_path) -> Path:
    """A run's folder of its own."""
    path = tmp_path / f"2026-10~{os.urandom(4).hex()}"
    path.mkdir()
    return path


def refuses(kind: str) -> None:
    """Raise an error of that name."""
    errors = {
        "NoInput": NoInput("nothing there"),
        "OSError": OSError(28, "No space left", "a.csv"),
        "KeyError": KeyError("x"),
    }
    raise errors[kind]


@pytest.mark.parametrize(
    ("kind", "expected", "text"),
    [("NoInput", NoInput, "nothing there"), ("OSError", OutOfSpace, "No space left: a.csv"),
     ("KeyError", KernelDied, "internal error: KeyError")],
)  # fmt: skip
def test_an_error_of_a_child_is_raised_as_ours(folder, kind, expected, text):
    with workplace(folder, folder) as place, pytest.raises(ReportError) as raised:
        call(place, refuses, kind)
    assert (type(raised.value), str(raised.value)) == (expected, text)
    assert ("Traceback" in (folder / "log.txt").read_text()) == (expected is KernelDied)


ASLEEP = ["sleep", "600.125"]  # a length that nobody else chooses


def misbehave(how: str) -> int:
    """What a child may do that its runner has to bear."""
    if how == "sleeps":
        subprocess.Popen(ASLEEP, start_new_session=True, env={})
        time.sleep(600)
    if how == "grows":
        held = bytearray(600_000_000)
        held[::4096] = b"x" * len(held[::4096])
        time.sleep(600)
    if how == "dies":
        os.kill(os.getpid(), 9)
    if how == "leaves":
        subprocess.Popen(ASLEEP, start_new_session=True, env={})
    return 7


def sleeping() -> set[int]:
    """What a test of this file has put to sleep, whosever child it is now."""
    return {p.pid for p in psutil.process_iter(["cmdline"]) if p.info["cmdline"] == ASLEEP}


@pytest.mark.parametrize(
    ("how", "limits", "expected"),
    [("sleeps", Limits(seconds=8), TimedOut), ("grows", Limits(memory=300_000_000), KernelDied),
     ("dies", Limits(), KernelDied), ("leaves", Limits(), 7)],
)  # fmt: skip
def test_a_child_is_bounded_and_leaves_nothing(folder, how, limits, expected):
    before = sleeping()
    with workplace(folder, folder, limits) as place:
        try:
            outcome = call(place, misbehave, how)
        except ReportError as error:
            outcome = type(error)
    assert outcome == expected
    assert not processes(folder)
    assert not scratch(folder).exists()
    assert sleeping() <= before


def test_a_message_of_many_megabytes(folder):
    with workplace(folder, folder) as place:
        assert call(place, "x".__mul__, 30_000_000) == "x" * 30_000_000
