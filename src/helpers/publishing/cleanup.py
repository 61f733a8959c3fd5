"""What nobody uses any more in the project's `work/`: old snapshots, and what a killed session's engine spilled.

Nothing is lost with a snapshot: the next report that needs it reads the files again.
"""

import shutil
import time
from contextlib import suppress
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

DAY = 86_400
UNUSED_DAYS = 35  # a month's snapshot and its quarantine stay until the next month's report is read


def clean_up(root: Path) -> None:
    """Remove snapshots that no report has opened for 35 days, and day-old spilled data of processes that are gone."""
    work = root / "work"
    if not work.is_dir():
        return
    with suppress(Timeout, OSError), FileLock(work / ".leftovers.lock", timeout=0, mode=0o640):
        for account in work.glob("snapshots/*/account.json"):
            if _age(account) > UNUSED_DAYS * DAY:
                _remove(account.parent)
        for spilled in work.glob("spill-*-*"):
            if _age(spilled) > DAY and not _lives(spilled.name.split("-")[1]):
                shutil.rmtree(spilled, ignore_errors=True)


def _age(path: Path) -> float:
    return time.time() - path.stat().st_mtime


def _lives(pid: str) -> bool:
    return pid.isdigit() and psutil.pid_exists(int(pid))


def _remove(snapshot: Path) -> None:
    """Renamed first, as an unfinished one: nobody finds half of it."""
    gone = snapshot.rename(snapshot.with_name(f".partial-{snapshot.name}"))
    shutil.rmtree(gone, ignore_errors=True)
