"""What nobody uses any more in work/: snapshots after 35 days, what dead processes spilled after one."""

import os
import time
from pathlib import Path

import psutil
from company import company

from helpers.publishing.cleanup import DAY, clean_up
from helpers.sales import open_sales


def aged(path: Path, days: float) -> Path:
    """The path, as last used so many days ago."""
    used = time.time() - days * DAY
    os.utime(path, (used, used))
    return path


def test_a_snapshot_that_is_read_stays_one_that_is_not_goes(tmp_path):
    root = company(tmp_path, {"sale_line": "client_id | sold_at | amount"}, files="data", sale_line="*.csv")
    sales = root / "data/sales.csv"
    sales.write_text("client_id,sold_at,amount\nann,2026-10-01 00:00:00,1.00\n")

    def opened() -> Path:
        open_sales("acme", "2026-10", "2026-11-23", root=root)
        return max(root.glob("work/snapshots/*/account.json"), key=lambda p: p.stat().st_mtime)

    old = opened()
    sales.write_text("client_id,sold_at,amount\nann,2026-10-01 00:00:00,2.00\n")
    new = opened()
    assert new != old
    aged(old, 34.9)
    aged(new, 35.1)
    assert opened() == new  # read again, and so used today
    clean_up(root)
    assert old.exists()
    assert new.exists()
    aged(old, 35.1)
    clean_up(root)
    assert [p.name for p in (root / "work/snapshots").iterdir()] == [new.parent.name]


def test_what_a_dead_process_spilled_goes_after_a_day(tmp_path):
    dead = next(n for n in range(10_000, 30_000) if not psutil.pid_exists(n))
    cases = {f"spill-{os.getpid()}-aa": 2, f"spill-{dead}-bb": 2, f"spill-{dead}-cc": 0.5}
    for name, days in cases.items():
        (tmp_path / "work" / name).mkdir(parents=True)
        aged(tmp_path / "work" / name, days)
    clean_up(tmp_path)
    left = {p.name for p in (tmp_path / "work").iterdir() if p.is_dir()}
    assert left == {f"spill-{os.getpid()}-aa", f"spill-{dead}-cc"}
