"""In the child: the cells of a notebook, run by IPython as its kernel runs them, without a kernel.

In come sources over the channel, out come the messages that a kernel publishes, in the same order: what is printed,
displayed and returned, errors, and at last the reply. What a notebook would hide, a thread that raised or a `!command`
that failed, leaves a line in `failures.txt` of the working folder, which the gate reads.
"""

import io
import os
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from helpers.publishing.child import FOLDER, Channel

FAILURES_FILE = "failures.txt"


def import_libraries() -> None:
    """What a report's cells import; the notebook's own import is forgotten, for it registers with the shell."""
    # jsonschema's check of addresses, idle here, takes a second to import
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None is how Python bars an import

    import helpers.notebook  # noqa: F401

    del sys.modules["helpers.notebook"]


def run_cells(channel: Channel) -> None:
    """Run each source that comes, until no more come."""
    publisher = Publisher(channel)
    shell = _shell(publisher)
    while (message := channel.receive()) is not None:
        publisher.send("status", {"execution_state": "busy"})
        publisher.send("execute_input", {"execution_count": shell.execution_count})
        shell.is_failed_display, shell.last_error = False, {}
        result = shell.run_cell(message["source"], store_history=True)
        sys.stdout.flush()
        sys.stderr.flush()
        publisher.send_written()
        failed = not result.success or shell.is_failed_display
        publisher.send("execute_reply", shell.last_error | {"status": "error" if failed else "ok"})
        publisher.send("status", {"execution_state": "idle"})
        if shell.exit_now:
            return


class Publisher:
    """Sends what a kernel publishes; before each message, what was written past Python's streams meanwhile."""

    def __init__(self, channel: Channel):
        self.channel, self.owner = channel, os.getpid()
        self.written, self.lock = {1: 0, 2: 0}, threading.RLock()

    def send(self, kind: str, content: dict[str, Any]) -> None:
        """Send a message as Jupyter's protocol has it."""
        with self.lock:
            self.send_written()
            self._send(kind, content)

    def send_written(self) -> None:
        """What subprocesses and libraries wrote to the standard files since it was last asked."""
        with self.lock:
            for handle, name in ((1, "stdout"), (2, "stderr")):
                while data := os.pread(handle, 1 << 20, self.written[handle]):
                    self.written[handle] += len(data)
                    self._send("stream", {"name": name, "text": data.decode("utf-8", "replace")})

    def _send(self, kind: str, content: dict[str, Any]) -> None:
        self.channel.send({"msg_type": kind, "content": content, "date": datetime.now(UTC).isoformat()})


class Stream(io.TextIOBase):
    """Python's stdout or stderr of a cell: each line is a message; a forked process writes to the file beneath."""

    def __init__(self, publisher: Publisher, name: str, handle: int):
        self.publisher, self.name_of_stream, self.handle = publisher, name, handle
        self.waiting: list[str] = []

    encoding = "utf-8"

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self.handle

    def write(self, text: str) -> int:
        """Keep the text until its line ends."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if os.getpid() != self.publisher.owner:
            os.write(self.handle, text.encode("utf-8", "replace"))
            return len(text)
        with self.publisher.lock:
            self.waiting.append(text)
            if "\n" in text:
                self.flush()
        return len(text)

    def flush(self) -> None:
        """Send what was written."""
        if os.getpid() != self.publisher.owner:
            return
        with self.publisher.lock:
            text, self.waiting = "".join(self.waiting), []
            if text:
                self.publisher.send("stream", {"name": self.name_of_stream, "text": text})


def _shell(publisher: Publisher) -> Any:
    """IPython's shell, which publishes what it shows."""
    from IPython.core.displayhook import DisplayHook
    from IPython.core.displaypub import DisplayPublisher
    from IPython.core.history import HistoryManager
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils import process

    def send(kind: str, content: dict[str, Any]) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        publisher.send(kind, content)

    class Result(DisplayHook):
        """The value of a cell's last line."""

        is_formatting = False

        def start_displayhook(self) -> None:
            self.is_formatting = True

        def write_output_prompt(self) -> None:
            pass

        def write_format_data(self, format_dict: dict[str, Any], md_dict: dict[str, Any] | None = None) -> None:
            content = {"data": format_dict, "metadata": md_dict or {}, "execution_count": self.prompt_count}
            send("execute_result", content)

        def finish_displayhook(self) -> None:
            self.is_formatting = False

    class Display(DisplayPublisher):
        """What a cell displays."""

        def publish(
            self, data: Any, metadata: Any = None, source: Any = None, *, transient: Any = None, update: Any = False,
            **kwargs: Any,
        ) -> None:  # fmt: skip
            kind = "update_display_data" if update else "display_data"
            send(kind, {"data": data, "metadata": metadata or {}, "transient": transient or {}})

        def clear_output(self, wait: bool = False) -> None:
            send("clear_output", {"wait": wait})

    class Shell(InteractiveShell):
        """IPython without a terminal."""

        is_failed_display, last_error = False, {}

        def _showtraceback(self, etype: type, evalue: BaseException, stb: list[str]) -> None:
            self.is_failed_display |= getattr(self.displayhook, "is_formatting", False)
            self.last_error = {"ename": etype.__name__, "evalue": str(evalue), "traceback": stb}
            send("error", self.last_error)

        def system_piped(self, cmd: str) -> None:
            if cmd.rstrip().endswith("&"):
                raise OSError("Background processes not supported.")
            self.user_ns["_exit_code"] = process.system(self.var_expand(cmd, depth=1))  # type: ignore[attr-defined, no-untyped-call]

        system = system_piped

        def ask_exit(self) -> None:
            self.exit_now = True

        def enable_gui(self, gui: str | None = None) -> None:
            pass

    HistoryManager.enabled = False  # type: ignore[assignment]  # a trait, which takes plain values
    shell = Shell.instance(displayhook_class=Result, display_pub_class=Display, colors_force=True, autoindent=False)
    sys.stdout, sys.stderr = Stream(publisher, "stdout", 1), Stream(publisher, "stderr", 2)
    threading.excepthook = _thread_raised
    shell.events.register("post_run_cell", lambda result: _command_failed(shell))
    return shell


def _thread_raised(raised: threading.ExceptHookArgs) -> None:
    _note(f"a thread raised {raised.exc_type.__name__}")
    threading.__excepthook__(raised)


def _command_failed(shell: Any) -> None:
    code = shell.user_ns.pop("_exit_code", 0)
    if code:
        _note(f"a command of a cell ended with exit code {code}")


def _note(line: str) -> None:
    with (Path(os.environ[FOLDER]) / FAILURES_FILE).open("a", encoding="utf-8") as notes:
        notes.write(line + "\n")
