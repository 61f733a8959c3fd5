"""Child processes, forked with their libraries imported, bounded in time and memory, ended with all that they started.
runner ── server (imports, uses nothing, forks) ── guard ── the work, and whatever that starts. In come a function and
its arguments, out come its messages (lines of JSON) or its value. The guard ends with the work or with the runner,
however that ends, and kills whatever is left below it; on Linux nothing can leave its place there.
"""

import base64
import ctypes
import gc
import json
import os
import pickle
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import psutil

from helpers import errors
from helpers.errors import KernelDied, OutOfSpace, ReportError, TimedOut
from helpers.settings.secrets import scrubbed

FOLDER, MEMORY = "CLIENT_RATING_WORK", "CLIENT_RATING_MEMORY"
RUNNER, SCRATCH = "CLIENT_RATING_RUNNER", "CLIENT_RATING_SCRATCH"
DYING_CHECKS, DYING_PAUSE = 20, 0.01
NOT_INHERITED = ("PYTHONSTARTUP", "PYTHONINSPECT", "IPYTHON", "JUPYTER", "LC_")
FIXED = {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "UTC", "PYTHONHASHSEED": "0", "JUPYTER_NO_CONFIG": "1"}
PR_SET_PDEATHSIG, PR_SET_NAME, PR_SET_CHILD_SUBREAPER = 1, 15, 36
POLL_SECONDS, KILL_SECONDS = 0.2, 10
MIN_FREE_BYTES = 1 << 18
GARBAGE_THRESHOLDS = 50_000, 20, 50  # Ibis makes many small objects and few rings of them: a tenth of a run's time
stopping = threading.Event()


@dataclass(frozen=True)
class Limits:
    """What a run may take: seconds in all, and bytes of memory of all its processes; None for no bound."""

    seconds: float | None = None
    memory: int | None = None


UNLIMITED = Limits()


def scratch(folder: Path) -> Path:
    """The temporary folder of a run's children."""
    return Path(tempfile.gettempdir()) / f"client-rating-{folder.name[-8:]}"


@dataclass(frozen=True)
class Workplace:
    """Where the children of a run work, with what environment, and until when."""

    folder: Path
    root: Path
    limits: Limits = UNLIMITED
    began: float = field(default_factory=time.monotonic)

    @property
    def environment(self) -> dict[str, str]:
        """The children's environment: the secrets that a source names, nobody's start-up files, one locale, one zone,
        whose they are, and the bytes that they may take."""
        private = str(scratch(self.folder))
        bound = {MEMORY: str(self.limits.memory)} if self.limits.memory else {}
        return _inherited() | bound | {
            FOLDER: str(self.folder), "CLIENT_RATING_ROOT": str(self.root), RUNNER: str(os.getpid()),
            SCRATCH: private, "TMPDIR": private, "IPYTHONDIR": private, "JUPYTER_CONFIG_DIR": private,
        }  # fmt: skip

    def excess(self, guard: int | None) -> ReportError | None:
        """Why the children must end, if they must."""
        if stopping.is_set():
            return KernelDied("the runner was interrupted")
        if self.limits.seconds and time.monotonic() > self.began + self.limits.seconds:
            return TimedOut(f"the run took longer than the {self.limits.seconds:g} seconds it may")
        if self.limits.memory and guard and _memory(guard) > self.limits.memory:
            return KernelDied(f"the run took more than the {self.limits.memory // 10**6} MB of memory it may")
        return None


def _inherited() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(NOT_INHERITED)} | FIXED


@contextmanager
def workplace(folder: Path, root: Path, limits: Limits = UNLIMITED) -> Iterator[Workplace]:
    """A workplace with its temporary folder, which goes at the end; so does what an engine spilled."""
    scratch(folder).mkdir(mode=0o700)
    try:
        yield Workplace(folder, root, limits)
    finally:
        clear(folder, scratch(folder))


def clear(folder: Path, private: Path) -> None:
    """Remove a run's temporary folders: its own, and what an engine spilled."""
    for left in (private, *folder.glob("spill-*")):
        shutil.rmtree(left, ignore_errors=True)


def call(place: Workplace, work: Callable[..., Any], *args: Any) -> Any:
    """What the work returns, as JSON, in a child; its ReportError is raised here, any other error as an internal one,
    its traceback in log.txt."""
    if not hasattr(os, "fork"):
        return work(*args)
    with started(place, answer, work, args) as child:
        message = next(child.messages(), None)
    if message is None:
        raise death(place.folder)
    if "error" in message:
        raise _as_ours(place.folder, *message["error"])
    return message["value"]


def death(folder: Path) -> ReportError:
    """Why a run's child may have died that said nothing."""
    places = (folder, scratch(folder))
    if full := next((place for place in places if shutil.disk_usage(place).free < MIN_FREE_BYTES), None):
        return OutOfSpace(f"the kernel died, and the disk of {full} is full")
    return KernelDied("the kernel died, perhaps for lack of memory")


def answer(channel: "Channel", work: Callable[..., Any], args: tuple[Any, ...]) -> None:
    """In the child of `call`: do the work and send what came of it."""
    try:
        channel.send({"value": work(*args)})
    except OSError as error:
        channel.send({"error": ["OSError", f"{error.strerror}: {error.filename}", ""]})
    except Exception as error:
        channel.send({"error": [type(error).__name__, str(error), traceback.format_exc()]})


def _as_ours(folder: Path, name: str, text: str, trace: str) -> ReportError:
    if name == "OSError":
        return OutOfSpace(text)
    if isinstance(known := getattr(errors, name, None), type) and issubclass(known, ReportError):
        return known(text)
    _log(folder, trace)
    return KernelDied(f"internal error: {name}")


@contextmanager
def started(place: Workplace, work: Callable[..., None], *args: Any) -> Iterator["Child"]:
    """A child at its work, `work(channel, *args)`; afterwards neither it nor what it started is left."""
    child = Child(place, work, *args)
    try:
        yield child
    finally:
        child.end()


class Child:
    """A child as its runner sees it."""

    def __init__(self, place: Workplace, work: Callable[..., None], *args: Any):
        self.place = place
        self.guard: int | None = None
        self.outputs = [_unnamed_file(), _unnamed_file()]
        connection, theirs = socket.socketpair()
        self.channel = Channel(connection)
        self.lifeline: int | None
        lifeline, self.lifeline = os.pipe()
        request = pickle.dumps((sys.path, place.environment, str(place.folder), pickle.dumps((work, args))))
        with theirs:
            try:
                _server().fork(request, [theirs.fileno(), lifeline, *self.outputs])
            finally:
                os.close(lifeline)

    def messages(self) -> Iterator[dict[str, Any]]:
        """What the child sends, until it ends; raises why it had to, when it takes too long or too much."""
        looked_at = time.monotonic()
        while True:
            while (message := self.channel.received()) is not None:
                if "guard" in message:
                    self.guard = message["guard"]
                elif "ended" not in message:
                    yield message
            if not self.channel.wait(POLL_SECONDS) and self.channel.is_closed:
                return
            if time.monotonic() - looked_at > POLL_SECONDS:
                looked_at = time.monotonic()
                if excess := self.place.excess(self.guard):
                    raise excess

    def send(self, message: dict[str, Any]) -> None:
        """Send the child a message; one that has ended hears nothing."""
        with suppress(OSError):
            self.channel.send(message)

    def end(self) -> None:
        """Kill what is left of it and wait for that; what it said outside of its messages goes to log.txt."""
        if self.lifeline is None:
            return
        os.close(self.lifeline)
        self.lifeline = None
        until = time.monotonic() + KILL_SECONDS
        while not self.channel.is_closed and time.monotonic() < until:
            self.channel.wait(POLL_SECONDS)
            while self.channel.received() is not None:
                pass
        self.channel.close()
        for output in self.outputs:
            with open(output, "rb") as said:
                said.seek(0)
                _log(self.place.folder, said.read().decode("utf-8", "replace"))


def _log(folder: Path, text: str) -> None:
    """Add to a run's log, without secrets; what a full disk refuses is lost."""
    with suppress(OSError), open(folder / "log.txt", "a", encoding="utf-8", opener=_private) as log:
        log.write(scrubbed(text))


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _unnamed_file() -> int:
    """A file without a name, in memory where the system has such."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("output")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _as_text(value: Any) -> str:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)


class Channel:
    """Messages over a socket, a line of JSON each."""

    def __init__(self, connection: socket.socket):
        self.connection, self.is_closed = connection, False
        self.lock, self.buffer, self.searched = threading.Lock(), bytearray(), 0

    def send(self, message: dict[str, Any]) -> None:
        """Send a message."""
        with self.lock:
            self.connection.sendall(json.dumps(message, default=_as_text).encode() + b"\n")

    def wait(self, seconds: float | None) -> bool:
        """Whether something came within so many seconds."""
        if self.is_closed or not select.select([self.connection], [], [], seconds)[0]:
            return False
        try:
            data = self.connection.recv(1 << 20)
        except ConnectionError:
            data = b""
        self.buffer += data
        self.is_closed = not data
        return bool(data)

    def received(self) -> dict[str, Any] | None:
        """The next message that has come whole; a line that a killed sender left is none."""
        while (end := self.buffer.find(b"\n", self.searched)) >= 0:
            line = bytes(self.buffer[:end])
            del self.buffer[: end + 1]
            self.searched = 0
            with suppress(ValueError):
                return json.loads(line)
        self.searched = len(self.buffer)
        return None

    def receive(self) -> dict[str, Any] | None:
        """The next message, waited for; None when there will be no more."""
        while (message := self.received()) is None and not self.is_closed:
            self.wait(None)
        return message

    def close(self) -> None:
        """Hear and send no more."""
        self.connection.close()


class _Server:
    """The process that forks the children of this one."""

    def __init__(self) -> None:
        self.owner, self.lock = os.getpid(), threading.Lock()
        self.control, theirs = socket.socketpair()
        command = [sys.executable, "-P", "-c", f"from helpers.publishing.child import serve; serve({theirs.fileno()})"]
        with theirs:
            self.process = subprocess.Popen(
                command, pass_fds=[theirs.fileno()], env=_inherited(), start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip

    @property
    def is_mine(self) -> bool:
        """Whether it is this process's own and lives."""
        return self.owner == os.getpid() and self.process.poll() is None

    def fork(self, request: bytes, handles: list[int]) -> None:
        """Have a child forked, or, where no files are handed over, libraries imported."""
        with self.lock:
            socket.send_fds(self.control, [len(request).to_bytes(8)], handles)
            self.control.sendall(request)


_servers: list[_Server] = []
_starting = threading.Lock()


def _server() -> _Server:
    with _starting:
        if not (_servers and _servers[0].is_mine):
            _servers[:] = [_Server()]
        return _servers[0]


def warm_up(*imports: Callable[[], None]) -> None:
    """Have the server import libraries meanwhile, by functions that do no more."""
    _server().fork(pickle.dumps(imports), [])


def serve(handle: int) -> None:
    """In the server: fork a child for each request that comes over a socket, until the runner ends."""
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    imported: set[Callable[[], None]] = set()
    control = socket.socket(fileno=handle)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, lambda *_: _reap())
    while True:
        header, handles, _, _ = socket.recv_fds(control, 8, 4)
        if not header:
            return
        request = bytearray()
        while len(request) < int.from_bytes(header):
            if not (part := control.recv(int.from_bytes(header) - len(request))):
                return
            request += part
        if not handles:
            _import_libraries([each for each in pickle.loads(request) if each not in imported])
            imported.update(pickle.loads(request))
        elif not select.select([handles[1]], [], [], 0)[0] and os.fork() == 0:  # its runner lives
            control.close()
            _guard(pickle.loads(request), *handles)
        for handle in handles:
            os.close(handle)


def _import_libraries(imports: list[Callable[[], None]]) -> None:
    """Import; what cannot be imported fails again in the child, which says so."""
    for libraries in imports:
        with suppress(Exception):
            libraries()
    gc.freeze()  # what is forked is not to be copied for the sake of counting it


def _guard(request: tuple[Any, ...], connection: int, lifeline: int, *outputs: int) -> NoReturn:
    """In the guard: start the work, wait for its end or the runner's, kill what is left, and say how it ended."""
    _, environment, folder, _ = request
    wake, waker = socket.socketpair()
    waker.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(waker.fileno())
    _ask_linux(PR_SET_CHILD_SUBREAPER, 1)
    _name_process(folder)
    channel = Channel(socket.socket(fileno=connection))
    guard = os.getpid()
    worker = os.fork()
    if worker == 0:
        signal.set_wakeup_fd(-1)
        for handle in (wake, waker):
            handle.close()
        os.close(lifeline)
        _die_with(guard)
        _work(channel, outputs, request)
    with suppress(OSError):
        channel.send({"guard": guard})
    code = None
    while code is None and lifeline not in select.select([lifeline, wake.fileno()], [], [])[0]:
        wake.recv(64)
        code = _reap().get(worker)
    end_all_below()
    with suppress(OSError):
        channel.send({"ended": code})
    if code is None and _has_died(int(environment[RUNNER])):  # a runner that lives clears its folders itself
        clear(Path(folder), Path(environment[SCRATCH]))
    os._exit(0)


def _has_died(runner: int) -> bool:
    """Whether the runner is gone; its files are closed a moment before the system says so."""
    for _ in range(DYING_CHECKS):
        with suppress(psutil.Error):
            if psutil.Process(runner).status() != psutil.STATUS_ZOMBIE:
                time.sleep(DYING_PAUSE)
                continue
        return True
    return False


def _reap() -> dict[int, int]:
    """Let what has ended go; the exit code of each process, negative for a signal."""
    exit_codes = {}
    with suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            exit_codes[ended[0]] = os.waitstatus_to_exitcode(ended[1])
    return exit_codes


def _work(channel: Channel, outputs: tuple[int, ...], request: tuple[Any, ...]) -> NoReturn:
    """In the child: surroundings that are nobody's own, then the work; no core file, files for the owner alone."""
    import resource

    path, environment, folder, pickled = request
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.umask(0o077)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    tempfile.tempdir = None
    os.chdir(folder)
    for standard, output in enumerate(outputs, 1):
        os.dup2(output, standard)
        os.close(output)
    sys.stdout, sys.stderr = (os.fdopen(standard, "w", 1, closefd=False) for standard in (1, 2))
    code = 1
    try:
        sys.path[:] = path
        work, args = pickle.loads(pickled)
        work(channel, *args)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        with suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def end_all_below() -> None:
    """Kill every process below this one, and those that they start meanwhile."""
    me, until = psutil.Process(), time.monotonic() + KILL_SECONDS
    while (below := me.children(recursive=True)) and time.monotonic() < until:
        for process in below:
            with suppress(psutil.Error):
                process.kill()
        _reap()
        time.sleep(0.01)


def processes(folder: Path) -> list[psutil.Process]:
    """Every process that was started for a run, and all below them: by its name or its environment. One that has ended,
    and whose parent has not noticed, runs no more."""
    of_run = set()
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and _is_of(process, folder):
                of_run |= {process, *process.children(recursive=True)}
    return [process for process in of_run if _runs(process)]


def _runs(process: psutil.Process) -> bool:
    try:
        return process.status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    except psutil.NoSuchProcess:
        return False


def _is_of(process: psutil.Process, folder: Path) -> bool:
    return process.name() == _process_name(str(folder)) or process.environ().get(FOLDER) == str(folder)


def end_run(folder: Path) -> None:
    """Kill what a dead runner's run started, until nothing is left, and remove its temporary folders."""
    until = time.monotonic() + KILL_SECONDS
    while (running := processes(folder)) and time.monotonic() < until:
        for process in running:
            with suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(running, timeout=1)
    clear(folder, scratch(folder))


def _memory(guard: int) -> int:
    """Bytes of memory of a guard and all below it; what they share with the server counts in part."""
    total = 0
    with suppress(psutil.Error):
        for process in (me := psutil.Process(guard), *me.children(recursive=True)):
            with suppress(psutil.Error):
                used = process.memory_full_info()
                total += getattr(used, "pss", used.rss)
    return total


def _process_name(folder: str) -> str:
    return f"run-{folder[-8:]}"


def _name_process(folder: str) -> None:
    """Name the process after its run: the system shows its environment as that of the server."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_NAME, _process_name(folder).encode(), 0, 0, 0)


def _die_with(parent: int) -> None:
    """Let Linux kill this process when its parent dies, which it may have done already."""
    _ask_linux(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def _ask_linux(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value)
