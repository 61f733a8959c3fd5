"""The processes of one run: how they are found, bounded and ended, and their temporary folder.

In comes the private folder of a run. Every process of it runs below a guard (`python -m helpers.publishing.kernel`)
that ends with the runner, and carries that folder in its environment (CLIENT_RATING_WORK); by both it is found,
whatever it became.
"""

import ctypes
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from helpers.errors import KernelDied, ReportError, TimedOut

MARK = "CLIENT_RATING_WORK"
MEMORY = "CLIENT_RATING_MEMORY"
RUNNER, SCRATCH = "CLIENT_RATING_RUNNER", "CLIENT_RATING_SCRATCH"
GUARD = (sys.executable, "-m", "helpers.publishing.kernel")
POLL_SECONDS = 0.2
stopping = threading.Event()


@dataclass(frozen=True)
class Limits:
    """What a run may take: seconds in all, and bytes of memory of all its processes; None for no bound."""

    seconds: float | None = None
    memory: int | None = None


UNLIMITED = Limits()


def scratch(folder: Path) -> Path:
    """The temporary folder of a run: sockets, an empty configuration. Short: a socket's path has 107 bytes at most."""
    return Path(tempfile.gettempdir()) / f"client-rating-{folder.name[-8:]}"


def marked(folder: Path) -> dict[str, str]:
    """What the environment of a run's process says beside its own: whose it is, and where its temporary files go."""
    private = str(scratch(folder))
    return {MARK: str(folder), RUNNER: str(os.getpid()), SCRATCH: private, "TMPDIR": private}


def processes(folder: Path) -> list[psutil.Process]:
    """Every process that was started for a run, and all below them."""
    of_run = set()
    for process in (p for p in psutil.process_iter() if _mark(p) == str(folder)):
        with suppress(psutil.Error):
            of_run |= {process, *process.children(recursive=True)}
    return list(of_run)


def _mark(process: psutil.Process) -> str | None:
    try:
        return None if process.pid == os.getpid() else process.environ().get(MARK)
    except (psutil.Error, OSError):
        return None


def kill(folder: Path) -> list[psutil.Process]:
    """Kill every process of a run; those it had."""
    running = processes(folder)
    for process in running:
        with suppress(psutil.Error):
            process.kill()
    return running


def end_run(folder: Path) -> None:
    """Kill what a run started, until nothing is left, and remove its temporary folders."""
    until = time.monotonic() + 10
    while (killed := kill(folder)) and time.monotonic() < until:
        psutil.wait_procs(killed, timeout=1)
    clear(folder, scratch(folder))


def clear(folder: Path, private: Path) -> None:
    """Remove a run's temporary folders: its own, and what an engine spilled."""
    for left in (private, *folder.glob("spill-*")):
        shutil.rmtree(left, ignore_errors=True)


@contextmanager
def watched(folder: Path, limits: Limits) -> Iterator["Watch"]:
    """A temporary folder and a watch for the time of a run; afterwards no process of it is left."""
    scratch(folder).mkdir(mode=0o700)
    watch = Watch(folder, limits)
    watch.start()
    try:
        yield watch
    finally:
        watch.over.set()
        watch.join()
        end_run(folder)


class Interrupted(BaseException):
    """Raised in a thread whose run must end; nothing else catches it."""


class Watch(threading.Thread):
    """Ends a run that takes too long or too much, and says why in `reason`; `enough` ends it whatever it does."""

    def __init__(self, folder: Path, limits: Limits):
        super().__init__(daemon=True)
        self.folder, self.limits = folder, limits
        self.enough, self.over = threading.Event(), threading.Event()
        self.reason: ReportError | None = None
        self.busy, self.changing = 0, threading.Lock()

    def run(self) -> None:
        """Look five times a second until the run is over."""
        until = time.monotonic() + (self.limits.seconds or float("inf"))
        while not self.over.wait(POLL_SECONDS):
            self.reason = self.reason or self._too_much(until)
            if self.reason:
                kill(self.folder)
                self._interrupt()

    @contextmanager
    def here(self) -> Iterator[None]:
        """Bound what the runner does by itself in this thread, where nothing can be killed: it is interrupted."""
        try:
            self.busy = threading.get_ident()
            try:
                yield
            finally:
                with self.changing:
                    self.busy = 0
        except (Exception, Interrupted):
            if not self.reason:
                raise
        if self.reason:
            raise self.reason

    def _interrupt(self) -> None:
        with self.changing:
            if self.busy:
                raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc
                raise_in(ctypes.c_ulong(self.busy), ctypes.py_object(Interrupted))
                self.busy = 0

    def _too_much(self, until: float) -> ReportError | None:
        if stopping.is_set() or self.enough.is_set():
            return KernelDied("the runner was interrupted")
        if time.monotonic() > until:
            return TimedOut(f"the run took longer than the {self.limits.seconds:g} seconds it may")
        if self.limits.memory and _resident(self.folder) > self.limits.memory:
            return KernelDied(f"the run took more than the {self.limits.memory // 10**6} MB of memory it may")
        return None


def _resident(folder: Path) -> int:
    """Bytes of memory that a run's processes hold."""
    total = 0
    for process in processes(folder):
        with suppress(psutil.Error):
            total += process.memory_info().rss
    return total
