"""A PostgreSQL server of the tests' own: a cluster in a temporary folder, on a Unix socket, gone with the session. The
role `reader` can only read.

Its database sorts by an ICU collation, as many do, so that an order by bytes is seen to be ours.
"""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

SETTINGS = (
    "-c listen_addresses='' -c fsync=off -c log_statement=all -c max_connections=200 -c shared_buffers=64MB "
    "-c lock_timeout=60s"
)  # a test that waits for another's lock fails, it does not hang


def binaries() -> Path | None:
    """The folder of initdb and pg_ctl, Debian's or the one on the path."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name))
    found = shutil.which("initdb")
    return folders[-1] if folders else Path(found).parent if found else None


@contextlib.contextmanager
def server() -> Iterator[Path]:
    """The folder of a running server's socket; its log is `log` in the same folder."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    owner = pwd.getpwnam("postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name)
    os.chown(folder, owner.pw_uid, owner.pw_gid)
    bin = binaries()

    def run(*command: str | Path) -> None:
        subprocess.run(command, check=True, capture_output=True, cwd=folder, user=owner.pw_uid, group=owner.pw_gid)

    icu = ("--encoding=UTF8", "--locale-provider=icu", "--icu-locale=en-US")
    run(bin / "initdb", "-D", folder / "data", "-U", "postgres", "--auth=trust", "--no-sync", *icu)
    try:
        run(bin / "pg_ctl", "-D", folder / "data", "-l", folder / "log", "-o", f"{SETTINGS} -k {folder}", "-w", "start")
        role = "CREATE ROLE reader LOGIN IN ROLE pg_read_all_data"
        run(bin / "psql", "-q", "-h", folder, "-U", "postgres", "-c", role)
        yield folder
    finally:
        subprocess.run([bin / "pg_ctl", "-D", folder / "data", "-m", "immediate", "-w", "stop"],
                       capture_output=True, user=owner.pw_uid, group=owner.pw_gid)  # fmt: skip
        shutil.rmtree(folder, ignore_errors=True)
