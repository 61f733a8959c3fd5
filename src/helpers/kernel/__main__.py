"""The process that runs the cells: ends with the runner, leaves no core file, writes for its owner alone."""

import ctypes
import os
import resource
import signal
import sys

PR_SET_PDEATHSIG = 1


def bind_to_parent() -> None:
    """Let Linux kill this process when the runner dies, however it dies."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    bind_to_parent()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.umask(0o077)
    from ipykernel.kernelapp import launch_new_instance

    launch_new_instance()
