"""A Jupyter server of the tests' own over a project of its own, with nobody's settings."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def project(root: Path) -> Path:
    """The suite's notebooks and params, to which sales are still to be added."""
    for name in ("notebooks", "params"):
        shutil.copytree(ROOT / name, root / name)
    return root


@contextmanager
def server(root: Path, app: str, *flags: str) -> Iterator[str]:
    """The address of `python -m <app>` over a folder; it ends with the block."""
    port = free_port()
    command = [sys.executable, "-m", app, "--no-browser", "--allow-root", f"--port={port}", f"--notebook-dir={root}"]
    command += ["--ServerApp.token=", "--ServerApp.password=", "--ServerApp.disable_check_xsrf=True", *flags]
    with running(command, root, f"http://127.0.0.1:{port}") as address:
        yield address


@contextmanager
def explored(root: Path) -> Iterator[str]:
    """The address that `client-rating explore` prints in a project, with its token."""
    port = free_port()
    command = [sys.executable, "-m", "helpers", "explore", "--no-browser", f"--port={port}"]
    with running(command, root, f"http://127.0.0.1:{port}") as address:
        yield re.findall(rf"{address}/\S+token=\S+", (root / "jupyter.log").read_text())[0]


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def running(command: list[str], root: Path, address: str) -> Iterator[str]:
    """A Jupyter server in a folder, which answers at an address; it ends with the block."""
    settings = str(root / "settings")
    names = ("JUPYTER_CONFIG_DIR", "JUPYTERLAB_SETTINGS_DIR", "IPYTHONDIR", "JUPYTER_DATA_DIR")
    environment = os.environ | dict.fromkeys(names, settings) | {"CLIENT_RATING_ROOT": ""}
    with (root / "jupyter.log").open("w") as log:
        process = subprocess.Popen(command, env=environment, cwd=root, stdout=log, stderr=log)
    try:
        for _ in range(120):
            try:
                urllib.request.urlopen(f"{address}/api", timeout=1)
                break
            except OSError:
                time.sleep(0.5)
        yield address
    finally:
        process.terminate()
        process.wait(20)


def rest(address: str, path: str, content: dict[str, Any] | None = None) -> Any:
    """What the server's REST API answers; content is posted."""
    body = json.dumps(content).encode() if content is not None else None
    with urllib.request.urlopen(urllib.request.Request(f"{address}/{path}", body), timeout=30) as answer:
        return json.load(answer)
