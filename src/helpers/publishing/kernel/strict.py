"""An extension of the kernel that notes what a notebook would hide: a thread that raised, a `!command` that failed.

Jupyter lets both pass, exit code 0. Here each leaves a line in `failures.txt` of the working folder; the gate reads it.
"""

import os
import threading
from pathlib import Path

from helpers.publishing.kernel.processes import MARK

FAILURES_FILE = "failures.txt"


def load_ipython_extension(shell) -> None:
    """Called by IPython when the kernel starts."""
    threading.excepthook = _thread_raised
    shell.events.register("post_run_cell", lambda result: _command_failed(shell))


def _thread_raised(raised) -> None:
    _note(f"a thread raised {raised.exc_type.__name__}")
    threading.__excepthook__(raised)


def _command_failed(shell) -> None:
    code = shell.user_ns.pop("_exit_code", 0)
    if code:
        _note(f"a command of a cell ended with exit code {code}")


def _note(line: str) -> None:
    with (Path(os.environ[MARK]) / FAILURES_FILE).open("a", encoding="utf-8") as notes:
        notes.write(line + "\n")
