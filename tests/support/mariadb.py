"""A MariaDB server of the tests' own: its data in a temporary folder, on a Unix socket, gone with the session.

Its tables compare texts without regard to case and accents, as most do, so that an order by bytes is seen to be ours;
its log holds every statement.
"""

import contextlib
import os
import pwd
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

SETTINGS = ("--skip-networking", "--general-log", "--innodb-buffer-pool-size=64M", "--innodb-flush-log-at-trx-commit=0",
            "--character-set-server=utf8mb4", "--collation-server=utf8mb4_unicode_ci", "--max-connections=200",
            "--innodb-fast-shutdown=2", "--lower-case-table-names=0", "--lock-wait-timeout=60")  # fmt: skip


def server_program() -> str | None:
    """The server, which Debian keeps beside the path of users."""
    return shutil.which("mariadbd") or shutil.which("mariadbd", path="/usr/sbin")


@contextlib.contextmanager
def server() -> Iterator[Path]:
    """The folder of a running server's socket, `sock`; its log is `log` in the same folder. Everybody of this machine
    who reaches the socket is `tester`, or `reader`, who can only read, without a password."""
    folder = Path(tempfile.mkdtemp(prefix="my"))
    user = "mysql" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
    owner = pwd.getpwnam(user)
    os.chown(folder, owner.pw_uid, owner.pw_gid)
    common = ("--no-defaults", f"--datadir={folder}/data", f"--user={user}", f"--tmpdir={folder}")
    subprocess.run(["mariadb-install-db", *common, "--skip-test-db", "--auth-root-authentication-method=normal"],
                   check=True, capture_output=True)  # fmt: skip
    (folder / "init.sql").write_text("""CREATE USER tester@localhost;
GRANT ALL ON *.* TO tester@localhost WITH GRANT OPTION;
CREATE USER reader@localhost;
CREATE DATABASE shop;
GRANT SELECT ON shop.* TO reader@localhost;
""")
    (folder / "init.sql").chmod(0o644)
    files = (f"--socket={folder}/sock", f"--general-log-file={folder}/log", f"--log-error={folder}/errors.err",
             f"--pid-file={folder}/pid", f"--init-file={folder}/init.sql")  # fmt: skip
    running = subprocess.Popen([server_program(), *common, *files, *SETTINGS])
    try:
        _wait_for(folder / "sock", running)
        yield folder
    finally:
        running.kill()
        running.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def statements(log: str) -> list[str]:
    """The statements of a part of the log, each whole."""
    return [said.strip() for said in re.split(r"^(?:\d{6} +\d+:\d\d:\d\d)?\t+ *\d+ \w+(?: \w+)?\t?", log, flags=re.M)]


def _wait_for(socket: Path, running: subprocess.Popen) -> None:
    deadline = time.monotonic() + 60
    while not (socket.exists() and _is_ready(socket)):
        if running.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError((socket.parent / "errors.err").read_text())
        time.sleep(0.1)


def _is_ready(socket: Path) -> bool:
    command = ["mariadb", "--no-defaults", f"--socket={socket}", "--user=tester", "--execute=SELECT 1", "shop"]
    return subprocess.run(command, capture_output=True).returncode == 0
