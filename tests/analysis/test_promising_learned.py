"""What the company's own past teaches: earlier evenings, the correction of each forecast, and when there is none."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from purchases import DAY, UNTIL, company, history, lines_of, seen

from helpers.analysis.promising.backtest import as_then, best_first
from helpers.analysis.promising.correction import MOST, Known, learn
from helpers.analysis.promising.earlier import client_table_at, evenings
from helpers.analysis.promising.method import learn_method
from helpers.analysis.promising.table import TRACES, floats

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
    assert [evening.until for evening in evenings(days, UNTIL, 92)] == [
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
