"""The guard of a run's processes: `python -m helpers.publishing.kernel COMMAND …`, or `-m MODULE …` for one of Python.

The command runs below the guard, which on Linux is made the parent of whatever that leaves behind. When the command
ends, or the runner does, however it does, all of it is killed; with a dead runner its temporary folder goes too.
"""

import ctypes
import os
import resource
import runpy
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil

from helpers.publishing.kernel.processes import MARK, RUNNER, SCRATCH, clear

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
SECONDS = 10


def main(command: list[str]) -> int:
    """Run the command to its end; its exit code."""
    runner, guard = int(os.environ[RUNNER]), os.getpid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _stop)
    _ask_linux(PR_SET_CHILD_SUBREAPER, 1)
    _die_with(runner, signal.SIGTERM)
    child = os.fork()
    if child == 0:
        _die_with(guard, signal.SIGKILL)
        become(command)
    code = None
    try:
        code = _wait_for(child)
        return code
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        end_all_below()
        if code is None:  # the runner is dying: nobody else will
            clear(Path(os.environ[MARK]), Path(os.environ[SCRATCH]))


def become(command: list[str]) -> None:
    """Go on as the command: no core file, written for its owner alone."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.umask(0o077)
    if command[0] != "-m":
        os.execvp(command[0], command)
    os.environ["JPY_PARENT_PID"] = str(os.getppid())
    sys.argv = command[1:]
    runpy.run_module(command[1], run_name="__main__", alter_sys=True)
    sys.exit()


def end_all_below() -> None:
    """Kill every process below this one, and those that they start meanwhile."""
    me, until = psutil.Process(), time.monotonic() + SECONDS
    while (below := me.children(recursive=True)) and time.monotonic() < until:
        for process in below:
            with suppress(psutil.Error):
                process.kill()
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        time.sleep(0.01)


def _wait_for(child: int) -> int:
    ended = 0
    while ended != child:
        ended, status = os.wait()
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def _die_with(parent: int, number: int) -> None:
    """Let Linux send this process a signal when its parent dies, which it may have done already."""
    _ask_linux(PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:
        os.kill(os.getpid(), number)


def _ask_linux(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value)


def _stop(number: int, frame) -> None:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
