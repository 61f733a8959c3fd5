"""How a kernel is started: this environment's Python, over sockets, in surroundings that are nobody's own."""

import os
import threading
from contextlib import suppress
from pathlib import Path

import zmq.asyncio
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec
from traitlets import default

from helpers.publishing.kernel.processes import GUARD, MEMORY, kill, marked, scratch
from helpers.settings.secrets import scrubbed

NOT_INHERITED = ("PYTHONSTARTUP", "PYTHONINSPECT", "IPYTHON", "JUPYTER", "LC_")


class QuietKernel(AsyncKernelManager):
    """The kernel of one run: no TCP port to race for, no kernel or start-up file of somebody's home folder."""

    folder: Path
    root: Path
    sockets: zmq.asyncio.Context
    memory: int | None = None

    @default("context")
    def _closed_by_the_runner(self) -> zmq.asyncio.Context:
        return self.sockets

    @default("transport")
    def _over_sockets(self) -> str:
        return "ipc"

    @default("connection_file")
    def _in_private(self) -> str:
        return str(scratch(self.folder) / "kernel.json")

    @property
    def kernel_spec(self) -> KernelSpec:
        """IPython's kernel, guarded."""
        command = [*GUARD, "-m", "ipykernel_launcher", "-f", "{connection_file}",
                   "--IPKernelApp.extra_extensions=helpers.publishing.kernel.strict"]  # fmt: skip
        return KernelSpec(argv=command, display_name="Python 3", language="python")

    async def start_kernel(self, **kw) -> None:
        """Start it in the private folder; what it and its children say outside of cells goes to `log.txt` there."""
        reading, writing = os.pipe()
        threading.Thread(target=_keep, args=(reading, self.folder / "log.txt"), daemon=True).start()
        kw |= {"cwd": str(self.folder), "env": surroundings(self.folder, self.root, self.memory)}
        try:
            await super().start_kernel(**kw, stdout=writing, stderr=writing)
        finally:
            os.close(writing)

    async def shutdown_kernel(self, *args, **kw) -> None:
        """End it with all that its cells left, while they stand below it and are found."""
        kill(self.folder)
        await super().shutdown_kernel(*args, **kw)


def _keep(reading: int, path: Path) -> None:
    """Write what a kernel says to a file as it comes, without secrets; what a full disk refuses is lost."""
    with suppress(OSError):
        open(path, "a", opener=_private).close()  # a kernel that says nothing leaves an empty log
    with open(reading, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            with suppress(OSError), open(path, "a", encoding="utf-8", opener=_private) as log:
                log.write(scrubbed(line))


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def surroundings(folder: Path, root: Path, memory: int | None = None) -> dict[str, str]:
    """The kernel's environment: the secrets that a source names, nobody's start-up files, one locale, one zone, and
    the bytes that the run may take."""
    private = str(scratch(folder))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(NOT_INHERITED)}
    bound = {MEMORY: str(memory)} if memory else {}
    return kept | bound | marked(folder) | {
        "CLIENT_RATING_ROOT": str(root), "IPYTHONDIR": private, "JUPYTER_CONFIG_DIR": private,
        "JUPYTER_RUNTIME_DIR": private, "JUPYTER_NO_CONFIG": "1", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "UTC",
        "PYTHONHASHSEED": "0", "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }  # fmt: skip
