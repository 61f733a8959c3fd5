"""The report's own cost beside what the engine could do at best, and beside what a user would write instead.

usage: python -m tests.bench.rating [LINES] [CLIENTS] [BRANCHES]      (5 M lines, 1 % as many clients, 40 branches)

Every peer computes the same rating and cross report of the hundred best clients, in a process of its own, from the same
Parquet files (24 months, a file a month, sorted by day); seconds are those after the imports. What is said is the ratio
to `limit`: rank first in DuckDB's own SQL and cross only what is shown, the least work that gives this report.
"""

import json
import resource
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

FOLDER = Path("work/bench")
MONTHS, TOP = 24, 100
YEAR, MONTH = ("2026", "2026-01-01", "2027-01-01"), ("2026-12", "2026-12-01", "2027-01-01")
SOURCE = """\
company: Bench
files: {folder}
sale_line: {{from: '{pattern}', branch_id: branch}}
"""


def make_sales(folder: Path, lines: int, clients: int, branches: int) -> None:
    """Sale lines from January 2025 to December 2026: sold_at, sale_id, client_id (2 % without), branch, amount (1 %
    returns)."""
    import duckdb

    folder.mkdir(parents=True, exist_ok=True)
    each = lines // MONTHS
    for month in range(MONTHS):
        path = folder / f"{2025 + month // 12}-{month % 12 + 1:02d}.parquet"
        if path.exists():
            continue
        with duckdb.connect() as con:
            con.execute(f"SET threads = 2; SELECT setseed({month / 100})")
            con.execute(f"""COPY (
                WITH r AS (SELECT i, random() AS u, random() AS v, random() AS w, random() AS x, random() AS y
                           FROM range({each}) t(i))
                SELECT DATE '2025-01-01' + INTERVAL {month} MONTH + to_seconds(i * 2419200 // {each}) AS sold_at,
                       ({month}::BIGINT * {each} + i) // 3 AS sale_id,
                       CASE WHEN u >= 0.02 THEN floor(pow(v, 3) * {clients})::BIGINT END AS client_id,
                       'Branch ' || lpad(floor(pow(w, 1.5) * {branches})::INT::VARCHAR, 3, '0') AS branch,
                       ((CASE WHEN x < 0.01 THEN -1 ELSE 1 END) * exp(1 + 4 * y))::DECIMAL(18, 2) AS amount
                FROM r) TO '{path}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 500000)""")


def ours(folder: Path, period: tuple[str, str, str]) -> list:
    """Rating and cross report as the notebook's cells compute them, without comparison and details."""
    from helpers.notebook import cross_report, open_sales, rating

    root = _company(folder)
    start = time.perf_counter()
    sales = open_sales("bench", period[0], "2027-01-15", "none", root=root, top=TOP)
    rating(sales).head(TOP)
    cross = cross_report(sales, TOP, details=False)
    return [len(cross.clients) + cross.other_count, str(cross.corner), time.perf_counter() - start]


def report(folder: Path, period: tuple[str, str, str]) -> list:
    """Every cell of the client rating: comparison, new and returning clients over the whole history, checks."""
    from helpers import notebook as n

    root = _company(folder)
    start = time.perf_counter()
    sales = n.open_sales("bench", period[0], "2027-01-15", root=root, top=TOP)
    n.headline(sales), n.summary(sales), n.rating(sales).head(), n.concentration(sales), n.movement(sales)
    cross = n.cross_report(sales, TOP)
    n.discounts(sales), n.bonus_points(sales), n.promising(sales, rows=5), n.left_out(sales)
    totals = n.control_totals(sales)
    return [len(cross.clients) + cross.other_count, str(totals.total), time.perf_counter() - start]


def _company(folder: Path) -> Path:
    """A project root beside the data whose one company reads them."""
    root = folder.resolve() / "project"
    for path, text in (("notebooks/.keep", ""), ("params/bench/source.yaml", SOURCE)):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text.format(folder="..", pattern="*.parquet"))
    return root


def limit(folder: Path, period: tuple[str, str, str]) -> list:
    """DuckDB at its best: clients, then branches, then only the cells that are shown."""
    import duckdb

    start = time.perf_counter()
    con = duckdb.connect()
    con.execute("SET threads = 2")
    lines = _lines(folder, period)
    con.execute(f"CREATE TEMP TABLE c AS SELECT client_id, sum(amount) AS spent {lines} GROUP BY client_id")
    con.execute(f"""CREATE TEMP TABLE best AS SELECT client_id FROM c WHERE client_id IS NOT NULL
                    ORDER BY spent DESC, client_id LIMIT {TOP}""")
    rows = con.execute(f"SELECT branch, client_id IS NULL, sum(amount) {lines} GROUP BY ALL").fetchall()
    con.execute(f"""SELECT client_id, branch, sum(amount) {lines} AND client_id IN (SELECT client_id FROM best)
                    GROUP BY ALL""").fetchall()
    clients = con.execute("SELECT count(client_id) FROM c").fetchone()[0]
    return [clients, str(sum(r[2] for r in rows)), time.perf_counter() - start]


def sql(folder: Path, period: tuple[str, str, str]) -> list:
    """DuckDB the obvious way: one group-by of clients and branches, then pandas' pivot."""
    import duckdb

    start = time.perf_counter()
    con = duckdb.connect()
    con.execute("SET threads = 2")
    con.execute(f"""CREATE TEMP TABLE cb AS SELECT client_id, branch, sum(amount) AS spent {_lines(folder, period)}
                    GROUP BY ALL""")
    con.execute("""CREATE TEMP TABLE c AS SELECT client_id, sum(spent) AS spent, rank() OVER (ORDER BY sum(spent) DESC)
                   AS place FROM cb WHERE client_id IS NOT NULL GROUP BY client_id""")
    con.execute(f"CREATE TEMP TABLE best AS SELECT * FROM c ORDER BY place, client_id LIMIT {TOP}")
    cross = con.sql("""SELECT coalesce(best.client_id, CASE WHEN cb.client_id IS NULL THEN -2 ELSE -1 END) AS client,
                       branch, sum(cb.spent) AS spent FROM cb LEFT JOIN best USING (client_id) GROUP BY ALL""").df()
    cross.pivot_table(index="client", columns="branch", values="spent", aggfunc="sum", fill_value=0, margins=True)
    clients, total = con.execute("SELECT (SELECT count(*) FROM c), (SELECT sum(spent) FROM cb)").fetchone()
    return [clients, str(total), time.perf_counter() - start]


def _lines(folder: Path, period: tuple[str, str, str]) -> str:
    return f"FROM read_parquet('{folder}/*.parquet') WHERE sold_at >= '{period[1]}' AND sold_at < '{period[2]}'"


def polars(folder: Path, period: tuple[str, str, str]) -> list:
    """Polars' streaming engine, the obvious way."""
    import datetime as dt

    import polars as pl

    start = time.perf_counter()
    first, end = map(dt.datetime.fromisoformat, period[1:])
    lines = pl.scan_parquet(f"{folder}/*.parquet").filter((pl.col("sold_at") >= first) & (pl.col("sold_at") < end))
    sums = lines.group_by("client_id", "branch").agg(pl.col("amount").sum().alias("spent")).collect(engine="streaming")
    clients = sums.filter(pl.col("client_id").is_not_null()).group_by("client_id").agg(pl.col("spent").sum())
    placed = clients.with_columns(place=pl.col("spent").rank("min", descending=True))
    best = placed.sort("place", "client_id").head(TOP)
    named = sums.join(best.select("client_id", hit=pl.lit(True)), on="client_id", how="left")
    other = pl.when(pl.col("client_id").is_null()).then(-2).otherwise(-1)
    named = named.with_columns(client=pl.when(pl.col("hit")).then(pl.col("client_id")).otherwise(other))
    named.pivot(on="branch", index="client", values="spent", aggregate_function="sum")
    return [len(clients), str(sums["spent"].sum()), time.perf_counter() - start]


def whole_run() -> None:
    """The demo's page, from source to published, beside papermill's and nbconvert's commands on an empty notebook."""
    import nbformat
    from nbformat.v4 import new_code_cell, new_notebook

    FOLDER.mkdir(parents=True, exist_ok=True)
    empty, out, bin = FOLDER / "empty.ipynb", FOLDER / "done.ipynb", Path(sys.executable).parent
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(new_notebook(cells=[new_code_cell("1 + 1")], metadata=kernel), empty)
    if not Path("data/demo").is_dir():
        _seconds([bin / "client-rating", "make-demo"])
    two, one = [], []
    for _ in range(2):
        papermill = _seconds([bin / "papermill", empty, out])
        two.append(papermill + _seconds([bin / "jupyter-nbconvert", "--to", "html", out]))
        run = [bin / "client-rating", "run", "params/demo/client_rating.yaml", "--out", FOLDER / "published"]
        one.append(_seconds(run))
    print(f"""
the demo's page beside an empty notebook's
papermill and nbconvert, empty notebook {min(two):6.2f} s
client-rating run, the demo's rating    {min(one):6.2f} s, {min(one) / min(two):.2f} times""")


def _seconds(command: list) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


PEERS = {f.__name__: f for f in (ours, report, limit, sql, polars)}


def measured(peers: list[str], folder: Path, period: tuple[str, str, str]) -> dict[str, dict]:
    """Peer → clients, total, seconds and peak memory (GB), each in its own process; the better of two rounds, since
    other work on the machine comes and goes."""
    rounds = [{peer: _once(peer, folder, period) for peer in peers} for _ in range(2)]
    return {peer: min((r[peer] for r in rounds), key=lambda run: run.get("seconds", 0)) for peer in peers}


def _once(peer: str, folder: Path, period: tuple[str, str, str]) -> dict:
    command = [sys.executable, "-W", "ignore", "-m", "tests.bench.rating", "--peer", peer, str(folder), *period]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        return {"error": done.stderr.strip().splitlines()[-1]}
    return json.loads(done.stdout.splitlines()[-1])


def run_peer(peer: str, folder: str, *period: str) -> None:
    clients, total, seconds = PEERS[peer](Path(folder), period)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(json.dumps(dict(clients=clients, total=total, seconds=seconds, peak=peak)))


def compared(title: str, folder: Path, period: tuple[str, str, str], peers: list[str]) -> dict[str, float]:
    """Print a table of peers; their ratios to `limit`. All must give one number of clients and one total."""
    found = measured(peers, folder, period)
    base = found["limit"]
    print(f"\n{title}\n{'':8} {'seconds':>8} {'ratio':>6} {'GB':>6}")
    for peer, row in found.items():
        if "error" in row:
            print(f"{peer:8} skipped: {row['error']}")
            continue
        assert (row["clients"], Decimal(row["total"])) == (base["clients"], Decimal(base["total"])), (peer, row, base)
        print(f"{peer:8} {row['seconds']:8.2f} {row['seconds'] / base['seconds']:6.2f} {row['peak']:6.2f}", flush=True)
    return {peer: row["seconds"] / base["seconds"] for peer, row in found.items() if "error" not in row}


def main(lines: float = 5e6, clients: float = 0, branches: int = 40) -> None:
    lines, clients = int(lines), int(clients) or max(1000, int(lines) // 100)
    folder, short = FOLDER / f"{lines}", FOLDER / f"{lines}-short"
    make_sales(folder, lines, clients, branches)
    short.mkdir(exist_ok=True)
    for month in ("2026-11", "2026-12"):
        (short / f"{month}.parquet").unlink(missing_ok=True)
        (short / f"{month}.parquet").hardlink_to(folder / f"{month}.parquet")
    print(f"{lines:,} lines, {clients:,} clients, {branches} branches")
    every = ["limit", "ours", "report", "sql", "polars"]
    compared("a year", folder, YEAR, every)
    compared("a month", folder, MONTH, every)
    long, brief = (measured(["ours"], f, MONTH)["ours"]["seconds"] for f in (folder, short))
    print(
        f"\nthe same month of 24 months of history and of 2: {long:.2f} s and {brief:.2f} s, ratio {long / brief:.2f}"
    )
    whole_run()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--peer"]:
        run_peer(*sys.argv[2:])
    else:
        main(*map(float, sys.argv[1:3]), *map(int, sys.argv[3:4]))
