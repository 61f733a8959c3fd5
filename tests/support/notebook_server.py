"""A Jupyter server of the tests' own over a project of its own, with nobody's settings."""

import json
import os
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
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = str(root / "settings")
    names = ("JUPYTER_CONFIG_DIR", "JUPYTERLAB_SETTINGS_DIR", "IPYTHONDIR", "JUPYTER_DATA_DIR")
    environment = os.environ | dict.fromkeys(names, settings) | {"CLIENT_RATING_ROOT": ""}
    command = [sys.executable, "-m", app, "--no-browser", "--allow-root", f"--port={port}", f"--notebook-dir={root}"]
    command += ["--ServerApp.token=", "--ServerApp.password=", "--ServerApp.disable_check_xsrf=True", *flags]
    with (root / "jupyter.log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
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
