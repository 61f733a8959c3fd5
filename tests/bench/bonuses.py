"""Points and discounts beside hand-written SQL of the same: seconds, memory, ratio.

usage: python -m tests.bench.bonuses [LINES] [CLIENTS]      (20 M lines, 1 % as many clients)

Both read the same Parquet files (24 months), each in a process of its own (`cpu`: seconds of its threads together), in
DECIMAL throughout, and must give the same figures to the last digit: the balance equation of all clients for the last
year, computed from the rules over the whole history (rounded a document, 365 days to expiry, first-expiring first, what
others paid with points), the waterfall of the year by list over lines whose parts add up, and lines sold off the list.
"""

import json
import resource
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

FOLDER = Path("work/bench_bonuses")
MONTHS = 24
SOURCE = """\
company: Bench
files: ..
point_value: 1
tax: included
sale_line: 'sale-*.parquet'
client: client.parquet
bonus_kind: bonus_kind.parquet
price_list: price_list.parquet
"""


def make_sales(folder: Path, lines: int, clients: int) -> None:
    """Lines of three a document; every third client earns 3 %, every fifth buys by a list 10 % below the base one and
    others by mistake now and then, one document in fifty is paid by 2 points (of clients who earn, and a few others),
    one in a hundred gives back an earlier one, one line in a thousand has no base price."""
    import duckdb

    folder.mkdir(parents=True, exist_ok=True)
    each = lines // MONTHS // 3 * 3
    con = duckdb.connect()
    con.execute("SET threads = 2")
    con.execute(f"""COPY (SELECT i AS client_id, CASE WHEN i % 3 = 0 THEN 'three' ELSE 'none' END AS bonus_kind_id,
                          CASE WHEN i % 5 = 0 THEN 'vip' ELSE 'std' END AS price_list_id FROM range({clients}) t(i))
                    TO '{folder}/client.parquet'""")
    con.execute(f"""COPY (FROM (VALUES ('none', 'None', 0.0, 0.0, NULL), ('three', '3 %', 0.03, 5.0, 365))
                    t(bonus_kind_id, name, rate, min_order, expiry_days)) TO '{folder}/bonus_kind.parquet'""")
    con.execute(f"""COPY (FROM (VALUES ('std', 'Standard', true), ('vip', 'VIP', false))
                    t(price_list_id, price_list_name, is_base)) TO '{folder}/price_list.parquet'""")
    for month in range(MONTHS):
        path = folder / f"sale-{month:02d}.parquet"
        if not path.exists():
            con.execute(f"COPY ({_month(month, each, clients)}) TO '{path}' (COMPRESSION zstd, ROW_GROUP_SIZE 500000)")


def _month(month: int, each: int, clients: int) -> str:
    return f"""
        WITH d AS (
            SELECT {month}::BIGINT * {each // 3} + i AS doc, hash(i, {month}) AS h,
                   DATE '2025-01-01' + INTERVAL {month} MONTH + to_seconds(i * 2419200 // {each // 3}) AS sold_at
            FROM range({each // 3}) t(i)
        ), o AS (SELECT *, h % 100 = 0 AND doc > 1000 AS back, doc - 1000 AS origin FROM d
        ), p AS (
            SELECT *, (pow(hash(CASE WHEN back THEN origin ELSE doc END) % 100000 / 100000, 3) * {clients})::BIGINT AS c
            FROM o
        )
        SELECT doc AS sale_id, n AS line_no, c AS client_id, 'B' || h % 40 AS branch_id, sold_at,
               CASE WHEN back THEN 'return' ELSE 'sale' END AS kind, CASE WHEN back THEN origin END AS original_sale_id,
               CASE WHEN c % 5 = 0 OR h % 500 = 7 THEN 'vip' ELSE 'std' END AS price_list_id,
               CASE WHEN hash(doc, n, 1) % 1000 > 0 THEN s * b::DECIMAL(18, 2) END AS base_amount,
               s * l AS list_amount, s * paid AS bonus_paid, s * (l - paid) AS amount
        FROM (SELECT *, CASE WHEN back THEN -1 ELSE 1 END AS s,
                     (CASE WHEN c % 5 = 0 THEN b - b // 10 ELSE b END)::DECIMAL(18, 2) AS l,
                     CASE WHEN n = 1 AND NOT back AND (c % 3 = 0 OR c % 100 = 1) AND h % 50 = 1 THEN 2.00
                          ELSE 0.00 END::DECIMAL(18, 2) AS paid
              FROM (SELECT p.*, n, 5 + hash(doc, n) % 90 AS b FROM p, range(1, 4) t(n)))"""


def plain(figure) -> str:
    """A figure to its last digit, whatever its trailing zeros."""
    return f"{figure.normalize():f}" if isinstance(figure, Decimal) else str(figure)


def ours(folder: Path) -> dict:
    """The two functions that the page calls."""
    from helpers.notebook import bonus_points, discounts, open_sales

    root = folder.resolve() / "project"
    for path, text in (("notebooks/.keep", ""), ("params/bench/source.yaml", SOURCE)):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    start, cpu = time.perf_counter(), time.process_time()
    sales = open_sales("bench", "2026", "2027-01-15", "none", root=root)
    points, given = bonus_points(sales), discounts(sales)
    figures = [points.opening, points.accrued, points.reversed, points.redeemed, points.expired, points.closing]
    figures += [given.net, given.base, given.list_discount, given.manual_discount, given.bonus_paid]
    figures += [given.coverage, given.off_list_lines]
    return dict(figures=[plain(f) for f in figures], seconds=time.perf_counter() - start,
                cpu=time.process_time() - cpu)  # fmt: skip


def sql(folder: Path) -> dict:
    """The same by hand, every client's balance equation first, as the page has it."""
    import duckdb

    start, cpu = time.perf_counter(), time.process_time()
    con = duckdb.connect()
    con.execute("SET threads = 2")
    con.execute(f"CREATE TEMP VIEW line AS FROM read_parquet('{folder}/sale-*.parquet')")
    con.execute(f"""CREATE TEMP TABLE move AS {SQL.format(folder=folder)}""")
    equation = con.execute("""
        SELECT sum(points) FILTER (y < 2026), sum(points) FILTER (y = 2026 AND kind = 'accrued'),
               -sum(points) FILTER (y = 2026 AND kind = 'reversed'),
               -sum(points) FILTER (y = 2026 AND kind = 'redeemed'),
               -sum(points) FILTER (y = 2026 AND kind = 'expired'), sum(points) FROM move""").fetchone()
    lists = con.execute("""
        SELECT price_list_id, count(DISTINCT client_id), sum(amount), sum(base_amount) FILTER (covered),
               sum(base_amount - list_amount) FILTER (covered AND price_list_id <> 'std'),
               sum(base_amount - list_amount) FILTER (covered AND price_list_id = 'std'),
               sum(bonus_paid) FILTER (covered), count(*) FILTER (covered), count(*)
        FROM (SELECT *, coalesce(list_amount - bonus_paid = amount AND base_amount IS NOT NULL, false) AS covered
              FROM line WHERE sold_at >= '2026-01-01' AND sold_at < '2027-01-01')
        GROUP BY ALL""").fetchall()
    off = con.execute(f"""
        SELECT l.price_list_id, l.client_id, count(*), sum(amount)
        FROM line l JOIN '{folder}/client.parquet' c USING (client_id)
        WHERE sold_at >= '2026-01-01' AND sold_at < '2027-01-01' AND l.price_list_id <> c.price_list_id GROUP BY ALL
    """).fetchall()
    net, base, listed, manual, paid, covered, count = (sum(row[i] or 0 for row in lists) for i in range(2, 9))
    figures = [*equation, net, base, listed, manual, paid, covered / count, sum(row[2] for row in off)]
    return dict(figures=[plain(f) for f in figures], seconds=time.perf_counter() - start,
                cpu=time.process_time() - cpu)  # fmt: skip


SQL = """
    WITH kind AS (SELECT client_id, rate, min_order, expiry_days FROM '{folder}/client.parquet'
                  JOIN '{folder}/bonus_kind.parquet' USING (bonus_kind_id) WHERE rate > 0
    ), sold AS (
        SELECT client_id, sale_id, min(sold_at)::DATE AS day, sum(bonus_paid) AS paid,
               CASE WHEN sum(amount) >= any_value(min_order) THEN round(sum(amount) * any_value(rate), 0)
                    ELSE 0 END AS points,
               any_value(rate) AS rate, any_value(expiry_days) AS days
        FROM line JOIN kind USING (client_id) WHERE kind = 'sale' GROUP BY ALL
    ), back AS (
        SELECT client_id, sale_id, original_sale_id, min(sold_at)::DATE AS day, -sum(amount) AS amount
        FROM line JOIN kind USING (client_id) WHERE kind = 'return' GROUP BY ALL
    ), so_far AS (
        SELECT b.client_id, b.day, s.points, s.rate, b.amount,
               sum(b.amount) OVER (PARTITION BY original_sale_id ORDER BY b.day, b.sale_id) AS until
        FROM back b JOIN sold s ON s.sale_id = b.original_sale_id
    ), entry AS (
        SELECT client_id, day, 'accrued' AS kind, points, day + days AS expires_on FROM sold WHERE points > 0
        UNION ALL SELECT client_id, day, 'redeemed', -paid, NULL FROM sold WHERE paid <> 0
        UNION ALL SELECT client_id, min(sold_at)::DATE, 'redeemed', -sum(bonus_paid), NULL
        FROM line ANTI JOIN kind USING (client_id) WHERE bonus_paid <> 0 GROUP BY client_id, sale_id
        UNION ALL SELECT client_id, day, 'reversed',
               -(least(round(until * rate, 0), points) - least(round((until - amount) * rate, 0), points)), NULL
        FROM so_far
    ), event AS (
        SELECT client_id, expires_on AS day, 1 AS is_due, points FROM entry WHERE expires_on <= DATE '2026-12-31'
        UNION ALL SELECT client_id, day, 0, points FROM entry WHERE kind <> 'accrued'
    ), due AS (
        SELECT client_id, day,
               sum(points) OVER (PARTITION BY client_id ORDER BY day, is_due ROWS UNBOUNDED PRECEDING) AS due
        FROM event
    ), gone AS (
        SELECT client_id, month, max(peak) OVER (PARTITION BY client_id ORDER BY month) AS gone
        FROM (SELECT client_id, date_trunc('month', day) AS month, max(due) AS peak FROM due GROUP BY ALL)
    )
    SELECT client_id, year(day) AS y, month(day) AS m, kind, sum(points) AS points FROM entry GROUP BY ALL
    UNION ALL
    SELECT client_id, year(month), month(month), 'expired',
           lag(greatest(gone, 0), 1, 0) OVER (PARTITION BY client_id ORDER BY month) - greatest(gone, 0) FROM gone
"""

PEERS = {"sql": sql, "ours": ours}


def measured(peer: str, folder: Path) -> dict:
    """Figures, seconds and peak memory (GB) of one peer in its own process; the better of two runs."""
    runs = []
    for _ in range(2):
        command = [sys.executable, "-W", "ignore", "-m", "tests.bench.bonuses", "--peer", peer, str(folder)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(done.stderr)
        runs.append(json.loads(done.stdout.splitlines()[-1]))
    return min(runs, key=lambda run: run["seconds"])


def main(lines: float = 20e6, clients: float = 0) -> None:
    lines = int(lines)
    folder = FOLDER / f"{lines}"
    make_sales(folder, lines, int(clients) or max(1000, lines // 100))
    found = {peer: measured(peer, folder) for peer in PEERS}
    print(f"{lines:,} lines\n{'':8} {'seconds':>8} {'ratio':>6} {'cpu':>8} {'ratio':>6} {'GB':>6}")
    base = found["sql"]
    for peer, row in found.items():
        assert row["figures"] == found["sql"]["figures"], found
        said = (f"{row[k]:8.2f} {row[k] / base[k]:6.2f}" for k in ("seconds", "cpu"))
        print(f"{peer:8} {' '.join(said)} {row['peak']:6.2f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--peer"]:
        row = PEERS[sys.argv[2]](Path(sys.argv[3]))
        print(json.dumps(row | dict(peak=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6)))
    else:
        main(*map(float, sys.argv[1:3]))
