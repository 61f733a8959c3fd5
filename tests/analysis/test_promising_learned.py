"""What the company's own past teaches: earlier evenings, the correction of each forecast, and when there is none."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from purchases import DAY, UNTIL, client_days, company, history, lines_of, seen

from helpers.analysis.promising import forecast_clients
from helpers.analysis.promising.backtest import as_then, best_first, coverage, is_nearer
from helpers.analysis.promising.correction import MOST, Known, learn
from helpers.analysis.promising.earlier import client_table_at, evenings
from helpers.analysis.promising.levels import learn_levels
from helpers.analysis.promising.method import learn_method, with_levels
from helpers.analysis.promising.model import fit
from helpers.analysis.promising.scores import level_needed, ranges
from helpers.analysis.promising.season import daily_sales, times_all_history, times_the_year
from helpers.analysis.promising.table import TRACES, floats
from helpers.period import parse_period

FIRST = dt.date(2026, 7, 1)


@pytest.fixture(scope="module")
def made():
    return company(800, seed=21, rate=(1.5, 40), leave=(0.5, 6))


@pytest.fixture(scope="module")
def both(made):
    return seen(lines_of(made["client_id"], made["day"], made["amount"]), FIRST)


def test_what_fades_and_what_is_recent_by_hand():
    table, _ = seen(
        history("a 2026-08-31 100\n a 2026-09-30 8\n a 2026-06-30 40\n a 2026-09-01 -4\n b 2026-06-01 5"), FIRST
    )
    ann = table.set_index("client_id").loc["a"]
    assert ann.fading_30 == pytest.approx(100 / 2 + 8 + 40 * 2 ** (-92 / 30) - 4 * 2 ** (-29 / 30), abs=1e-5)
    assert ann.fading_90 == pytest.approx(
        100 * 2 ** (-30 / 90) + 8 + 40 * 2 ** (-92 / 90) - 4 * 2 ** (-29 / 90), abs=1e-5
    )
    assert ann.recent == 100 + 8 - 4, "30 June is 92 days ago"
    assert (ann.fading_180_then, ann.recent_then) == (40, 40)


def test_an_earlier_evening_is_as_the_engine_saw_it(both):
    table, days = both
    engine = as_then(table).set_index("client_id").sort_index()
    ours = client_table_at(days, FIRST - DAY, 92)
    assert len(ours) == len(engine)
    for name in ("visits", "total", *TRACES):
        assert floats(ours[name]) == pytest.approx(floats(engine[name]), abs=1e-3), name
    assert floats(ours["net"]) == pytest.approx(floats(engine["net"]))
    for name in ("first_on", "last_on"):
        assert list(ours[name]) == list(engine[name])


def test_evenings_lie_one_horizon_back_and_fourteen_days_apart(both):
    _, days = both
    assert [evening.model.until for evening in evenings(days, UNTIL, 92)] == [
        UNTIL - (92 + 14 * n) * DAY for n in range(8)
    ]  # fmt: skip


@pytest.mark.parametrize(("clients", "last", "count"), [(100, 44, 2), (99, 44, 0), (100, 43, 0)])
def test_under_two_evenings_of_a_hundred_clients_nothing_is_learned(clients, last, count):
    rows = [(f"c{n}", UNTIL - ago * DAY, 5) for n in range(clients) for ago in (last, 3)]
    table, days = seen(lines_of(*zip(*rows, strict=True)), UNTIL - 29 * DAY)
    assert len(evenings(days, UNTIL, 30)) == count
    assert (learn_method(table, days, UNTIL, 30).correction is None) == (count == 0)


def test_nothing_after_the_evening_is_looked_at(made):
    until, rows = FIRST - DAY, made
    frames = [rows, rows[rows["day"] <= pd.Timestamp(until)]]
    learned = []
    for frame in frames:
        table, days = seen(lines_of(frame["client_id"], frame["day"], frame["amount"]), FIRST)
        learned.append(learn_method(as_then(table), days, until, 92))
    assert learned[0].model == learned[1].model
    assert np.array_equal(learned[0].correction.slopes, learned[1].correction.slopes)


def test_habits_that_drift_are_learned():
    """Each client's amounts rise or fall once; the model takes them as constant, the correction does not."""
    rng, rows = np.random.default_rng(3), []
    for client in range(600):
        turn, rises, level = rng.uniform(100, 600), rng.random() < 0.5, rng.uniform(5, 50)
        for day in range(client % 9, 640, 9):
            factor = (4 if rises else 0.25) if day > turn else 1
            rows.append((f"c{client:03}", UNTIL - (639 - day) * DAY, round(level * factor, 2)))
    table, days = seen(lines_of(*zip(*rows, strict=True)), FIRST)
    known = as_then(table)
    method = learn_method(known, days, FIRST - DAY, 92)
    scores, came = method.scores(known), floats(known["net"])
    alone = scores["expected_spend"] ** 2 / scores["corrected_spend"]
    alone *= scores["corrected_spend"].sum() / alone.sum()
    assert scores["expected_spend"].sum() == pytest.approx(scores["corrected_spend"].sum())
    wrong = [np.abs(hoped - came).mean() for hoped in (scores["corrected_spend"], scores["expected_spend"], alone)]
    assert wrong[0] < wrong[1] < wrong[2]


def test_no_forecast_moves_by_more_than_the_limit(both):
    table, _ = both
    known = as_then(table)
    hoped = np.full(len(known), 10.0)
    past = (Known(known, FIRST - DAY, 92, hoped), np.where(floats(known["recent"]) > 0, 1e6, 0.0))
    correction = learn([past, past])
    factors = correction.corrected(past[0]) / hoped
    assert factors.max() / factors.min() <= np.exp(2 * MOST) * (1 + 1e-9)
    assert correction.corrected(past[0]).sum() == pytest.approx(hoped.sum())


@pytest.mark.parametrize("factor", [0.01, 100])
def test_another_currency_gives_the_same_ranking_and_scaled_amounts(made, both, factor):
    scaled = seen(lines_of(made["client_id"], made["day"], (made["amount"] * factor).round(4)), FIRST)
    here, there = (learn_method(t, d, UNTIL, 92).scores(t) for t, d in (both, scaled))
    for name in ("expected_spend", "corrected_spend"):
        assert floats(there[name]) == pytest.approx(floats(here[name]) * factor, rel=2e-3)
    best = [list(best_first(scores, "corrected_spend", 50)["client_id"]) for scores in (here, there)]
    assert best[0] == best[1]


def test_the_order_of_rows_does_not_matter(made, both):
    shuffled = made.sample(frac=1, random_state=5)
    again = seen(lines_of(shuffled["client_id"], shuffled["day"], shuffled["amount"]), FIRST)
    here, there = (learn_method(t, d, UNTIL, 92).scores(t) for t, d in (both, again))
    pd.testing.assert_frame_equal(here, there, check_exact=True)


def test_ranges_are_as_wide_as_the_past_asked_for(made, both):
    """Amounts jump more than the model believes: its own ranges hold too few, those learned hold four in five."""
    rng = np.random.default_rng(8)
    wild = made.assign(amount=(made["amount"] * np.exp(rng.normal(0, 1.2, len(made)))).round(2).clip(0.01))
    table, days = seen(lines_of(wild["client_id"], wild["day"], wild["amount"]), FIRST)
    known = as_then(table)
    method = with_levels(learn_method(known, days, FIRST - DAY, 92))
    scores = method.scores(known).assign(net=floats(known["net"]))
    assert len(method.levels.levels) == len(method.levels.bounds) + 1
    assert 0.75 < coverage(method, known, scores) < 0.85


def test_a_level_is_the_share_of_a_group_that_was_needed():
    """Two groups of 250. Of the first 80 % hold what came, of the second all do: .2 more, by chance .16 ÷ 250."""
    expected, needed = np.arange(500.0), np.r_[np.linspace(0, 1, 250), np.full(250, 0.5)]
    levels = learn_levels(expected, needed)
    assert levels.bounds.tolist() == [249.5]
    assert levels.of(np.array([0.0, 499.0])) == pytest.approx([0.8, 0.8 - 0.3 * (1 - 0.16 / 250 / 0.2**2)])
    four_alike = learn_levels(np.arange(1000.0), np.full(1000, 0.5), repeats=4)
    assert four_alike.levels == pytest.approx([0.8 - 0.3 * (1 - 4 * 0.16 / 250 / 0.2**2)] * 4)
    together = learn_levels(np.ones(1000), np.full(1000, 0.5)).levels
    assert together == pytest.approx([0.8, 0.8, 0.8, 0.8 - 0.3 * (1 - 0.16 / 1000 / 0.2**2)])
    assert learn_levels(expected[:249], needed[:249]) is None


def test_a_level_departs_from_the_models_own_by_more_than_chance_alone():
    """Of 250 clients 80 % hold 205 in place of 200: the square of .02 is under the variance .16 ÷ 250."""
    needed = np.r_[np.zeros(205), np.ones(45)]
    assert learn_levels(np.arange(250.0), needed).levels.tolist() == [0.8]
    many = np.repeat(needed, 10)
    assert learn_levels(np.ones(2500), many).levels[-1] == pytest.approx(0.8 - 0.8 * (1 - 0.16 / 2500 / 0.02**2))


def test_the_level_needed_is_that_at_which_a_range_holds_what_came(both):
    table, _ = both
    model, rows = fit(table, UNTIL), table.head(300)
    came = floats(rows["net"])
    needed = level_needed(model, rows, 92, came, 1.0, draws=400)
    for level in (0.5, 0.8, 0.95):
        limits = ranges(model, rows, 92, level)
        inside = (limits["low"] <= came + 1e-9) & (came <= limits["high"] + 1e-9)
        assert np.mean(inside == (needed <= level)) > 0.98
    assert level_needed(model, rows.head(1), 92, np.array([-5.0]), 1.0) == [1.0]


# The season ---------------------------------------------------------------------------------------


def seasonal(years: float = 2.5, peak: float = 3.0, clients: int = 200):
    """Clients who come every twelfth day; from October to December they spend `peak` times as much."""
    days = [UNTIL - n * DAY for n in range(int(years * 365), -1, -1)]
    rows = [(f"c{c:03}", day, (10 + c % 7) * (peak if day.month >= 10 else 1.0))
            for c in range(clients) for n, day in enumerate(days) if n % 12 == c % 12]  # fmt: skip
    return lines_of(*zip(*rows, strict=True))


def test_the_season_by_hand():
    lines = history("a 2025-06-01 30\n a 2025-10-10 50\n b 2026-02-01 20\n - 2026-09-30 30\n a 2025-09-30 7")
    daily = daily_sales(lines, UNTIL)
    assert daily.tolist() == [30, 7, 50, 20, 30]
    year = (50 + 20 + 30) / 365
    assert times_the_year(daily, UNTIL, 31) == pytest.approx(50 / (year * 31))
    history_days = (UNTIL - dt.date(2025, 6, 1)).days + 1
    assert times_all_history(daily, UNTIL, 31) == pytest.approx(50 / (137 / history_days * 31))
    assert times_the_year(daily, dt.date(2026, 5, 30), 31) is None, "no year lies before"
    assert times_the_year(daily, UNTIL, 366) is None


def test_the_level_follows_the_season_where_the_backtest_says_that_it_helps():
    engine = seasonal()
    today = UNTIL + DAY
    summer = forecast_clients(engine, client_days(engine), parse_period("2026-Q3", today), today)
    assert summer.backtest.method.daily is not None
    assert abs(summer.backtest.off) < abs(summer.backtest.off_otherwise)
    assert summer.season == pytest.approx(3 / (1.5), rel=0.1)
    assert summer.clients["expected_spend"].sum() == pytest.approx(
        summer.season * summer.clients["model_spend"].sum()
    )  # fmt: skip
    assert "seasonal" not in dict(summer.cautions)


def test_a_level_without_a_season_is_left_alone():
    engine = seasonal(peak=1.0)
    today = UNTIL + DAY
    even = forecast_clients(engine, client_days(engine), parse_period("2026-Q3", today), today)
    assert even.clients["expected_spend"].sum() == pytest.approx(even.clients["model_spend"].sum(), rel=0.03)


@pytest.mark.parametrize(("one", "other", "is_so"), [
    (0.9, -0.5, True), (1.1, -0.5, False), (None, 0.5, False), (0.1, None, False), (0.2, 0.2, False),
])  # fmt: skip
def test_twice_too_much_is_as_wrong_as_half(one, other, is_so):
    assert is_nearer(one, other) is is_so
