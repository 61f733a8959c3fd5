"""What a first report of CSV costs beside the engine's own copy, and what the next one costs.

usage: python -m tests.bench.csv_files [LINES]      (5 M lines, 50,000 clients, 40 branches, one file)

duckdb: read_csv with the types told (it rounds a third decimal in silence, and its reading ends at the first wrong
row), a copy into Parquet, then the least SQL that gives the report. first: the same report by us, every value judged,
every row accounted for, the file's digest taken before and after. again: the next report of the same file. CPU seconds
are those of all threads, imports apart, which on a busy machine tell more than the clock.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

from tests.bench import rating as bench

TYPES = {"sold_at": "TIMESTAMP", "sale_id": "BIGINT", "client_id": "VARCHAR", "branch": "VARCHAR",
         "amount": "DECIMAL(18,4)"}  # fmt: skip


def make_csv(folder: Path, lines: int) -> int:
    """`sales.csv` in the folder, made from the benchmark's sales; its physical lines behind the header."""
    import duckdb

    bench.make_sales(folder / "parquet", lines, max(1000, lines // 100), 40)
    if not (folder / "sales.csv").exists():
        with duckdb.connect() as con:
            con.execute(f"COPY (FROM '{folder}/parquet/*.parquet') TO '{folder}/sales.csv' (HEADER)")
    with (folder / "sales.csv").open("rb") as file:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 22), b"")) - 1


def duckdb(folder: Path) -> list:
    """DuckDB's typed copy, then `limit` on it: clients, total, rows."""
    import duckdb

    copy = folder / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir()
    with duckdb.connect() as con:
        con.execute("SET threads = 2")
        read = f"read_csv('{folder}/sales.csv', auto_detect = false, header = true, columns = {TYPES})"
        rows = con.execute(f"COPY (FROM {read}) TO '{copy}/sales.parquet'").fetchone()[0]
    return [*bench.limit(copy, bench.YEAR)[:2], rows]


def first(folder: Path) -> list:
    """Our rating and cross report of a file never seen before: clients, total, the sum of its parts."""
    shutil.rmtree(_company(folder) / "work", ignore_errors=True)
    return again(folder)


def again(folder: Path) -> list:
    """The same from the snapshot."""
    from helpers.notebook import cross_report, open_sales, rating

    sales = open_sales("bench", bench.YEAR[0], "2027-01-15", "none", root=_company(folder), top=bench.TOP)
    rating(sales).head(bench.TOP)
    cross = cross_report(sales, bench.TOP, details=False)
    lines, source = sales.source.tables["sale_line"], sales.source
    parts = lines.count().execute() + source.rows_quarantined + source.rows_rejected
    return [len(cross.clients) + cross.other_count, str(cross.corner), int(parts)]


def _company(folder: Path) -> Path:
    root = folder.resolve() / "project"
    for path, text in (("notebooks/.keep", ""), ("params/bench/source.yaml", bench.SOURCE)):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text.format(folder="..", pattern="sales.csv"))
    return root


PEERS = {f.__name__: f for f in (duckdb, first, again)}


def run_peer(peer: str, folder: str) -> None:
    import helpers.notebook  # noqa: F401  imports are not measured, ours or theirs

    start, cpu = time.perf_counter(), sum(os.times()[:2])
    clients, total, rows = PEERS[peer](Path(folder))
    seconds, cpu = time.perf_counter() - start, sum(os.times()[:2]) - cpu
    print(json.dumps(dict(clients=clients, total=total, rows=rows, seconds=seconds, cpu=cpu)))


def _once(peer: str, folder: Path) -> dict:
    command = [sys.executable, "-W", "ignore", "-m", "tests.bench.csv_files", "--peer", peer, str(folder)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])


def main(lines: float = 5e6) -> None:
    folder = bench.FOLDER / f"csv-{int(lines)}"
    physical = make_csv(folder, int(lines))
    rounds = [{peer: _once(peer, folder) for peer in PEERS} for _ in range(3)]
    best = {peer: {k: min(r[peer][k] for r in rounds) for k in ("seconds", "cpu")} for peer in PEERS}
    base = rounds[0]["duckdb"]
    size = (folder / "sales.csv").stat().st_size
    print(f"\n{physical:,} lines of CSV, {size / 1e6:,.0f} MB; the best of three rounds\n")
    print(f"{'':8} {'seconds':>8} {'ratio':>6} {'CPU s':>8} {'ratio':>6}")
    for peer, row in best.items():
        for found in (r[peer] for r in rounds):
            assert found["rows"] == physical, (peer, found, physical)
            assert (found["clients"], Decimal(found["total"])) == (base["clients"], Decimal(base["total"])), found
        ratios = [row[k] / best["duckdb"][k] for k in ("seconds", "cpu")]
        print(f"{peer:8} {row['seconds']:8.2f} {ratios[0]:6.2f} {row['cpu']:8.2f} {ratios[1]:6.2f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--peer"]:
        run_peer(*sys.argv[2:])
    else:
        main(*map(float, sys.argv[1:2]))
