"""How a kernel is started: this environment's Python, over sockets, in surroundings that are nobody's own."""

import os
import sys
from pathlib import Path

from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec
from traitlets import default

from helpers.kernel.processes import MARK, scratch

NOT_INHERITED = ("PYTHONSTARTUP", "PYTHONINSPECT", "IPYTHON", "JUPYTER", "LC_")


class QuietKernel(AsyncKernelManager):
    """The kernel of one run: no TCP port to race for, no kernel or start-up file of somebody's home folder."""

    folder: Path
    root: Path

    @default("transport")
    def _over_sockets(self) -> str:
        return "ipc"

    @default("connection_file")
    def _in_private(self) -> str:
        return str(scratch(self.folder) / "kernel.json")

    @property
    def kernel_spec(self) -> KernelSpec:
        """The command of `python -m helpers.kernel`."""
        command = [sys.executable, "-m", "helpers.kernel", "-f", "{connection_file}",
                   "--IPKernelApp.extra_extensions=helpers.kernel.strict"]  # fmt: skip
        return KernelSpec(argv=command, display_name="Python 3", language="python")

    async def start_kernel(self, **kw) -> None:
        """Start it in the private folder, with `log.txt` there as its stderr."""
        with open(self.folder / "log.txt", "ab", opener=_private) as log:
            kw |= {"cwd": str(self.folder), "env": surroundings(self.folder, self.root), "stderr": log}
            await super().start_kernel(**kw)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def surroundings(folder: Path, root: Path) -> dict[str, str]:
    """The kernel's environment: the secrets that a source names, nobody's start-up files, one locale, one zone."""
    private = str(scratch(folder))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(NOT_INHERITED)}
    return kept | {
        "CLIENT_RATING_ROOT": str(root), MARK: str(folder), "TMPDIR": private, "IPYTHONDIR": private,
        "JUPYTER_CONFIG_DIR": private, "JUPYTER_RUNTIME_DIR": private, "JUPYTER_NO_CONFIG": "1",
        "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "UTC", "PYTHONHASHSEED": "0",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }  # fmt: skip
