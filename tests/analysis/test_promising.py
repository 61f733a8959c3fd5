"""Expected spend: published figures, formulas against simulation, units, small companies, lists by hand."""

import datetime as dt
import math
from dataclasses import replace
from decimal import Decimal

import ibis
import made_up
import numpy as np
import pandas as pd
import pytest
from purchases import DAY, UNTIL, client_days, company, history, lines_of, seen
from scipy.optimize import check_grad
from scipy.special import betaln, gammaln, hyp2f1
from tests.bench.promising import cdnow_lines

from helpers.analysis.promising import Forecast, Promising, forecast_clients
from helpers.analysis.promising.backtest import backtest, best_clients, best_first, where_best_came_from
from helpers.analysis.promising.lists import never_bought, sudden
from helpers.analysis.promising.model import fit, fit_amounts, fit_visits, maximise, observe
from helpers.analysis.promising.scores import expected, p_alive, p_buy, ranges, simulate
from helpers.analysis.promising.season import daily_sales
from helpers.analysis.promising.table import client_table, fetch, two_tables
from helpers.page.drawing import draw, words_of
from helpers.page.renderers import __all__ as _renderers  # noqa: F401  registers them
from helpers.period import parse_period


def table_of(lines: pd.DataFrame, until: dt.date = UNTIL) -> pd.DataFrame:
    return fetch(client_table(client_days(lines_of(lines["client_id"], lines["day"], lines["amount"])), until))


# One row a client ---------------------------------------------------------------------------------


def test_a_visit_is_a_day_with_a_positive_net():
    lines = history("""
        a  2026-01-05  10.00
        a  2026-01-05   5.50
        a  2026-02-01  40.00
        a  2026-02-01 -15.00
        a  2026-03-01  -7.00
        a  2026-10-01  99.00
        b  2026-05-05  20.00
        b  2026-05-06   8.00
        b  2026-05-06  -8.00
        c  2026-05-05  -1.00
        -  2026-05-05 500.00
    """)
    table = client_table(client_days(lines), UNTIL).order_by("client_id").to_pandas()
    assert table.client_id.tolist() == ["a", "b"]
    assert table.visits.tolist() == [2, 1]
    assert table.total.tolist() == [Decimal("10.00") + Decimal("5.50") + 40 - 15, 20]
    assert table.largest.tolist() == [40 - 15, 20]
    assert table.first_on.astype(str).tolist() == ["2026-01-05", "2026-05-05"]
    assert table.last_on.astype(str).tolist() == ["2026-02-01", "2026-05-05"]
    assert table.sum_log.tolist() == pytest.approx([math.log(15.5) + math.log(25), math.log(20)])
    assert table.sum_log2.tolist() == pytest.approx([math.log(15.5) ** 2 + math.log(25) ** 2, math.log(20) ** 2])


def test_two_tables_is_the_client_table_of_both_days_and_what_came_between():
    lines = company(200, seed=1)
    engine = lines_of(lines["client_id"], lines["day"], lines["amount"])
    first = dt.date(2026, 7, 1)
    both = fetch(two_tables(client_days(engine), first, UNTIL)).set_index("client_id").sort_index()
    names = ["visits", "first_on", "last_on", "total"]
    for until, suffix in [(UNTIL, ""), (first - DAY, "_then")]:
        alone = fetch(client_table(client_days(engine), until)).set_index("client_id").sort_index()
        here = both[both[f"visits{suffix}"] > 0]
        for name in names:
            beside = here[name + suffix].rename(name)
            pd.testing.assert_series_equal(beside, alone[name].astype(beside.dtype))
    inside = lines[lines["day"] >= pd.Timestamp(first)].groupby("client_id")["amount"].sum()
    assert both["net"].dropna().astype(float).to_dict() == pytest.approx(inside.to_dict())
    span = lines[lines["day"].between("2026-03-31", "2026-06-30")]  # 92 days as well
    before = span.groupby("client_id")["amount"].sum()
    assert both["net_then"].dropna().to_dict() == pytest.approx(before.to_dict())


# The published figures ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cdnow_sample() -> pd.DataFrame:
    """The 2,357 clients of Fader, Hardie, Lee (2005) after 39 weeks: x, recency, age, repeat total."""
    lines = cdnow_lines("CDNOW_sample.txt")
    days = lines[lines["day"] <= "1997-09-30"].groupby(["client_id", "day"], as_index=False)["amount"].sum()
    groups = days.groupby("client_id")
    first, last = groups["day"].min(), groups["day"].max()
    spent = groups["amount"].sum() - groups["amount"].first()
    weeks = {"recency": (last - first).dt.days / 7, "age": (pd.Timestamp("1997-09-30") - first).dt.days / 7}
    return pd.DataFrame({"x": groups.size() - 1.0, **weeks, "spent": spent})


def test_mbg_nbd_gives_the_published_figures(cdnow_sample):
    theta, value = fit_visits(*(cdnow_sample[n].to_numpy() for n in ("x", "recency", "age")), penalty=False)
    assert theta == pytest.approx([0.5248, 6.1831, 0.8914, 1.6140], rel=0.005)
    assert value == pytest.approx(-9582.14, abs=0.01)


def test_gamma_gamma_gives_the_published_figures(cdnow_sample):
    repeat = cdnow_sample[cdnow_sample["x"] > 0]
    assert len(repeat) == 946
    assert (repeat["spent"] / repeat["x"]).mean() == pytest.approx(35.08, abs=0.005)
    theta, _ = fit_amounts(repeat["x"].to_numpy(), repeat["spent"].to_numpy(), penalty=False)
    assert theta == pytest.approx([6.25, 3.74, 15.44], rel=0.005)


def bg_nbd(theta, x, recency, age):
    """The likelihood of Fader, Hardie, Lee (2005): it shows that data and search are those of the paper."""
    r, alpha, a, b = theta
    stays = betaln(a, b + x) - (r + x) * np.log(alpha + age)
    left = np.where(x > 0, betaln(a + 1, b + np.maximum(x, 1) - 1) - (r + x) * np.log(alpha + recency), -np.inf)
    each = gammaln(r + x) - gammaln(r) + r * np.log(alpha) - betaln(a, b) + np.logaddexp(stays, left)
    return each.sum()


def test_bg_nbd_gives_the_published_figures(cdnow_sample):
    data = [cdnow_sample[n].to_numpy() for n in ("x", "recency", "age")]

    def with_slope(theta):
        steps = theta * 1e-6 * np.eye(4)
        ahead, behind = ([bg_nbd(theta + sign * step, *data) for step in steps] for sign in (1, -1))
        return bg_nbd(theta, *data), np.subtract(ahead, behind) / (2e-6 * theta)

    theta = maximise(with_slope, [0, 0, 0, 0], len(cdnow_sample), penalty=False)
    assert theta == pytest.approx([0.243, 4.414, 0.793, 2.426], rel=0.005)
    assert bg_nbd(theta, *data) == pytest.approx(-9582.4, abs=0.05)


def test_the_penalty_hardly_moves_a_large_company(cdnow_sample):
    data = [cdnow_sample[n].to_numpy() for n in ("x", "recency", "age")]
    (free, best), (held, value) = (fit_visits(*data, penalty=p) for p in (False, True))
    assert best - 0.01 < value <= best
    assert held == pytest.approx(free, rel=0.03)


# The formulas -------------------------------------------------------------------------------------


def test_known_parameters_are_found_again():
    rng, size = np.random.default_rng(3), 20_000
    r, alpha, a, b = truth = (0.8, 40.0, 0.7, 2.0)
    age, x, recency = rng.uniform(100, 700, size), np.zeros(size), np.zeros(size)
    rate, chance, now = rng.gamma(r, 1 / alpha, size), rng.beta(a, b, size), np.zeros(size)
    alive = rng.random(size) >= chance
    while alive.any():
        now += rng.exponential(1 / rate)
        alive &= now <= age
        x[alive] += 1
        recency[alive] = now[alive]
        alive &= rng.random(size) >= chance
    assert fit_visits(x, recency, age)[0] == pytest.approx(truth, rel=0.1)
    visits, scale = x + 1, rng.gamma(3.5, 1 / 50, size)
    assert fit_amounts(visits, rng.gamma(2.5 * visits) / scale)[0] == pytest.approx([2.5, 3.5, 50], rel=0.1)


def test_the_gradients_are_those_of_the_likelihoods():
    from helpers.analysis.promising.model import amounts_log_likelihood, visits_log_likelihood

    rng = np.random.default_rng(0)
    x, age = rng.poisson(2, 30).astype(float), rng.uniform(1, 5, 30)
    for function, data in [
        (visits_log_likelihood, (x, age * rng.random(30), age)),
        (amounts_log_likelihood, (x + 1, age)),
    ]:
        theta = np.array([0.5, 2.0, 0.7, 1.5])[: 4 if len(data) == 3 else 3]
        wrong = check_grad(lambda t, f=function, d=data: f(t, *d)[0], lambda t, f=function, d=data: f(t, *d)[1], theta)
        assert wrong < 1e-4


@pytest.fixture(scope="module")
def simulated() -> pd.DataFrame:
    return table_of(company(1500, seed=4))


def test_expected_visits_are_those_of_the_paper(simulated):
    model, days = fit(simulated, UNTIL), 91
    watched, scores = observe(simulated, UNTIL), expected(model, simulated, 91)
    grown = model.alpha + watched.age
    series = hyp2f1(model.r + watched.x, model.b + watched.x + 1, model.a + model.b + watched.x, days / (grown + days))
    left = 1 - (grown / (grown + days)) ** (model.r + watched.x) * series
    paper = (model.a + model.b + watched.x) / (model.a - 1) * left * scores["p_alive"]
    assert scores["expected_visits"].to_numpy() == pytest.approx(paper.to_numpy(), rel=1e-6)


@pytest.mark.parametrize("change", [
    {"a": 1e-4, "b": 8000}, {"a": 8000, "b": 1e-4}, {"a": 1e-4, "b": 1e-4}, {"a": 1.0}, {"a": 0.5, "b": 0.5},
    {"r": 8000, "alpha": 9e6}, {"r": 1e-4, "alpha": 1.0}, {"p": 8000, "q": 1.05}, {"p": 1e-4, "q": 8000},
])  # fmt: skip
def test_no_corner_of_the_parameters_breaks_it(simulated, change):
    model, rows = replace(fit(simulated, UNTIL), **change), simulated.head(100)
    scores, drawn = expected(model, rows, 365), simulate(model, observe(rows, UNTIL), 365, draws=4000, seed=1)
    figures = scores.drop(columns="client_id").to_numpy()
    assert np.isfinite(figures).all()
    assert (figures >= 0).all()
    assert drawn.mean() == pytest.approx(scores["expected_spend"].mean(), rel=0.1, abs=0.01)


def test_closed_form_is_what_simulation_gives(simulated):
    model, rows = fit(simulated, UNTIL), simulated.head(300)
    scores = expected(model, rows, 91)
    drawn = simulate(model, observe(rows, UNTIL), 91, draws=4000, seed=2)
    error = drawn.std(axis=1) / math.sqrt(4000)
    assert np.mean(np.abs(drawn.mean(axis=1) - scores["expected_spend"]) < 3 * error + 1e-9) > 0.98
    assert drawn.mean() == pytest.approx(scores["expected_spend"].mean(), rel=0.02)
    assert (drawn > 0).mean(axis=1) == pytest.approx(scores["p_buy"].to_numpy(), abs=0.04)


def test_what_was_expected_comes_in_a_company_that_keeps_to_the_model():
    lines, first = company(3000, seed=5), UNTIL - 90 * DAY
    engine = lines_of(lines["client_id"], lines["day"], lines["amount"])
    future = backtest(*seen(engine, first), daily_sales(engine, UNTIL), first, UNTIL)
    assert future.off == pytest.approx(0, abs=0.12)
    assert 0.75 < future.coverage < 0.85
    assert future.hits > 3 * future.by_chance
    assert future.calibration["chance"].to_numpy() == pytest.approx(future.calibration["bought"].to_numpy(), abs=0.08)


def test_the_engine_computes_the_same_chances(simulated):
    model = fit(simulated, UNTIL)
    engine = ibis.duckdb.connect().create_table("t", simulated.astype({"total": float, "largest": float}))
    engine = engine.mutate(first_on=engine.first_on.date(), last_on=engine.last_on.date())
    future = engine.select("client_id", alive=p_alive(model, engine), buy=p_buy(model, engine, 30)).to_pandas()
    both = future.merge(expected(model, simulated, 30), on="client_id")
    assert both["alive"].to_numpy() == pytest.approx(both["p_alive"].to_numpy(), rel=1e-9)
    assert both["buy"].to_numpy() == pytest.approx(both["p_buy"].to_numpy(), rel=1e-9)


def test_ranges_hold_four_in_five_draws(simulated):
    model, rows = fit(simulated, UNTIL), simulated.head(200)
    limits = ranges(model, rows, 91)
    drawn = simulate(model, observe(rows, UNTIL), 91, draws=2000, seed=9)
    inside = ((limits["low"].to_numpy()[:, None] <= drawn) & (drawn <= limits["high"].to_numpy()[:, None])).mean(axis=1)
    asked = (drawn > 0).mean(axis=1) > 0.25
    assert inside[asked].mean() == pytest.approx(0.8, abs=0.03)
    assert (limits["low"] <= limits["high"]).all()
    assert ranges(model, rows, 91).equals(limits)
    assert ranges(model, rows.head(0), 91).empty


# Every engine -------------------------------------------------------------------------------------


@pytest.fixture(
    params=[pytest.param(name, marks=getattr(pytest.mark, name)) for name in ("postgres", "mariadb", "spark")]
)
def elsewhere(request):
    """Puts a frame into another engine than DuckDB and gives it back as its table."""
    address = request.getfixturevalue(f"{request.param}_address")
    if request.param == "spark":
        from pyspark.sql import SparkSession

        session = SparkSession.builder.getOrCreate()
        con = ibis.pyspark.connect(session)

        def put(name, frame):
            session.createDataFrame(frame).createOrReplaceTempView(name)
            return con.table(name)

        return put
    if request.param == "mariadb":
        from company import mariadb_table

        return lambda name, frame: mariadb_table(address, name, frame)
    con = ibis.connect(address)
    return lambda name, frame: con.create_table(name, frame, temp=True)


@pytest.fixture
def both(elsewhere):
    """The same clients' lines in DuckDB and elsewhere, and who is registered."""
    late = pd.DataFrame({"client_id": ["c00650"], "day": [pd.Timestamp(2026, 8, 5)], "amount": [33.0]})
    lines = pd.concat([company(600, seed=11), late], ignore_index=True)
    here = lines_of(lines["client_id"], lines["day"], lines["amount"])
    there = elsewhere("promised_lines", lines.assign(amount=lines["amount"].map(str)))
    there = there.select("client_id", sold_at="day", amount=there.amount.cast("decimal(38, 4)"), day=there.day.date())
    master = pd.DataFrame({"client_id": [f"c{n:05}" for n in range(700)], "created_on": "2026-01-01"})
    masters = (ibis.memtable(master), elsewhere("promised_master", master))
    return here, there, [m.mutate(created_on=m.created_on.cast("date")) for m in masters]


def test_every_engine_gives_the_same(both):
    here, there, _ = both
    first, model = dt.date(2026, 7, 1), fit(fetch(client_table(client_days(here), UNTIL)), UNTIL)
    for question in [
        lambda h: client_table(client_days(h), UNTIL),
        lambda h: two_tables(client_days(h), first, UNTIL),
        lambda h: sudden(client_days(h), two_tables(client_days(h), first, UNTIL), model, first, UNTIL),
        lambda h: (t := client_table(client_days(h), UNTIL)).select(
            "client_id", a=p_alive(model, t), b=p_buy(model, t, 30)
        ),
    ]:
        assert_same(*(fetch(question(h)) for h in (here, there)))


def test_every_engine_gives_the_same_page(both):
    here, there, masters = both
    today = dt.date(2026, 11, 23)
    one, other = (forecast_clients(h, client_days(h), parse_period("2026-Q3", today), today, m)
                  for h, m in zip((here, there), masters, strict=True))  # fmt: skip
    assert min(len(one.sudden), len(one.sleeping), one.never_bought.came) > 0
    for name in ("clients", "best", "rising", "sleeping", "sudden", "origins"):
        ours, theirs = getattr(one, name), getattr(other, name)
        assert list(ours.iloc[:, 0]) == list(theirs.iloc[:, 0]), f"another order in {name}"
        assert_same(ours, theirs)
    assert other.never_bought == one.never_bought
    assert (other.cautions, other.net) == (one.cautions, one.net)
    assert (other.backtest.hits, other.backtest.best) == (one.backtest.hits, one.backtest.best)
    assert_same(other.backtest.calibration, one.backtest.calibration)


def assert_same(*frames: pd.DataFrame) -> None:
    ours, theirs = (frame.astype(object).map(comparable).reset_index(drop=True) for frame in frames)
    pd.testing.assert_frame_equal(ours, theirs, check_dtype=False, rtol=1e-9)


def comparable(value):
    return float(value) if isinstance(value, Decimal) else None if pd.isna(value) else value


# Units, order, seeds ------------------------------------------------------------------------------


@pytest.mark.parametrize("factor", [0.001, 0.01, 100, 10_000])
def test_another_currency_gives_the_same_ranking_and_scaled_amounts(simulated, factor):
    scaled = simulated.assign(total=simulated["total"].astype(float) * factor)
    here, there = (expected(fit(t, UNTIL), t, 30) for t in (simulated, scaled))
    assert there["expected_spend"].to_numpy() == pytest.approx(here["expected_spend"].to_numpy() * factor, rel=1e-5)
    assert there["p_buy"].to_numpy() == pytest.approx(here["p_buy"].to_numpy(), rel=1e-5)
    best = [list(best_first(scores, "expected_spend", 200)["client_id"]) for scores in (here, there)]
    assert best[0] == best[1]


def test_days_or_weeks_give_the_same_model(simulated):
    seen = observe(simulated, UNTIL)
    days, in_days = fit_visits(seen.x, seen.recency, seen.age)
    weeks, in_weeks = fit_visits(seen.x, seen.recency / 7, seen.age / 7)
    assert weeks * [1, 7, 1, 1] == pytest.approx(days, rel=1e-4)
    assert in_weeks == pytest.approx(in_days + seen.x.sum() * math.log(7), abs=1e-4)  # a density
    model = fit(simulated, UNTIL)
    r, alpha, a, b = weeks * [1, 7, 1, 1]
    one, other = (expected(m, simulated, 30) for m in (model, replace(model, r=r, alpha=alpha, a=a, b=b)))
    assert other["expected_spend"].to_numpy() == pytest.approx(one["expected_spend"].to_numpy(), rel=1e-4)
    best = [list(best_first(scores, "expected_spend", 200)["client_id"]) for scores in (one, other)]
    assert best[0] == best[1]


def test_a_moment_is_taken_as_its_day(simulated):
    assert np.array_equal(observe(simulated, pd.Timestamp(UNTIL)).age, observe(simulated, UNTIL).age)


def test_the_order_of_lines_does_not_matter_and_samples_are_seeded(simulated):
    shuffled = table_of(company(1500, seed=4).sample(frac=1, random_state=1))
    assert fit(shuffled, UNTIL, sample=500) == fit(simulated, UNTIL, sample=500)
    assert fit(simulated, UNTIL, sample=500, seed=2) != fit(simulated, UNTIL, sample=500)
    here, there = (
        expected(fit(simulated, UNTIL), simulated, 30),
        expected(fit(simulated, UNTIL, sample=1000), simulated, 30),
    )
    assert there["expected_spend"].sum() == pytest.approx(here["expected_spend"].sum(), rel=0.1)


# Any company --------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(120))
def test_no_small_company_breaks_it(seed):
    rng = np.random.default_rng(seed)
    clients, days = int(rng.integers(30, 121)), int(rng.choice([20, 90, 365, 1000]))
    rate, leave = (
        (rng.uniform(0.1, 3), days / rng.uniform(0.2, 30)),
        (rng.uniform(0.01, 2), rng.uniform(0.3, 5)),
    )
    amount = (rng.uniform(0.3, 30), rng.uniform(1.1, 8), 10.0 ** rng.uniform(-1, 5))
    lines = company(clients, seed, days, rate, leave, amount)
    if seed % 4 == 0:
        lines["amount"] = 9.99  # a subscription
    table = table_of(lines)
    model, horizon = fit(table, UNTIL), int(rng.choice([1, 30, 365]))
    scores, limits = expected(model, table, horizon), ranges(model, table, horizon, draws=50)
    figures = np.column_stack([scores.drop(columns="client_id"), limits[["low", "high"]]])
    assert np.isfinite(figures).all()
    assert (figures >= 0).all()
    assert (scores[["p_alive", "p_buy"]] <= 1).all().all()
    assert scores["expected_spend"].sum() < 20 * float(table["total"].astype(float).sum()) * max(horizon / days, 1)


@pytest.mark.parametrize(
    "lines", ["a 2026-09-30 5", "a 2026-01-01 5\n b 2026-01-01 5", "a 2026-01-01 5\n a 2026-09-30 5"]
)
def test_one_or_two_clients_are_a_company(lines):
    table = fetch(client_table(client_days(history(lines)), UNTIL))
    scores = expected(fit(table, UNTIL), table, 30)
    assert np.isfinite(scores["expected_spend"]).all()
    assert (scores["expected_spend"] > 0).all()


# The lists, by hand -------------------------------------------------------------------------------

QUARTERS = """
    top     2026-04-10 900
    top     2026-07-10 800
    several 2026-01-10  50
    several 2026-05-10  60
    several 2026-08-10 950
    first   2026-06-10  70
    slept2  2026-01-10  10
    slept2  2026-02-10  10
    slept1  2026-03-10  30
    new     2026-09-10 990
    back    2026-06-20  40
    back    2026-09-20 -40
    """


def test_where_the_best_came_from_by_hand():
    more = "\n".join(f"n{i:02} 2026-09-01 {i}" for i in range(1, 8))
    table = fetch(two_tables(client_days(history(QUARTERS + more)), dt.date(2026, 7, 1), UNTIL))
    rows = where_best_came_from(table, dt.date(2026, 7, 1), UNTIL).set_index("group")
    # a tenth of ten: top, several, new, n01 to n07
    assert best_clients(table, "net").client_id.tolist() == ["new"]
    assert rows["clients"].tolist() == [1, 1, 1 + 1, 1, 1, 1 + 7]  # back and first made their first purchase
    assert rows["best"].tolist() == [0, 0, 0, 0, 0, 1]
    assert rows["best_share"].sum() == 1
    assert rows["share"].sum() == pytest.approx(1)
    assert rows.loc["new", "chance"] == pytest.approx(1 / 8)


def test_the_backtest_counts_by_hand():
    lines = "\n".join(f"c{i:02} 2026-0{m}-1{i % 10} {10 + i * i}" for i in range(20) for m in range(1, 10))
    engine = history(lines + "\n new 2026-08-01 5000")
    both, daily = seen(engine, dt.date(2026, 7, 1)), daily_sales(engine, UNTIL)
    future = backtest(*both, daily, dt.date(2026, 7, 1), UNTIL, with_ranges=False)
    assert future.best == 3  # a tenth of 21, rounded up: new, c19, c18
    assert future.hits == 2  # nobody can list who is new
    assert future.by_chance == pytest.approx(3 / 20 * 2)
    assert future.actual_total == sum(3 * (10 + i * i) for i in range(20))
    assert future.new_total == 5000
    assert future.off == pytest.approx(future.expected_total / future.actual_total - 1)
    assert future.coverage is None
    assert future.calibration["clients"].tolist() == [2] * 10


def test_equal_amounts_go_by_client_id():
    rows = pd.DataFrame({"client_id": ["b", "ä", "A", "a"], "net": [Decimal(5), Decimal(5), Decimal(5), Decimal(1)]})
    assert best_first(rows, "net", 3).client_id.tolist() == ["A", "b", "ä"]
    assert best_first(rows, "net", 2).client_id.tolist() == ["A", "b"]
    assert best_first(rows, "net", 0).empty


def regular(amount=lambda client, day: 20 + client % 5 + day % 7, extra=()) -> ibis.Table:
    """150 clients who come every twenty days in the half year before UNTIL, and `extra` lines."""
    rows = [(f"c{c:03}", UNTIL - n * DAY, amount(c, n)) for c in range(150) for n in range(c % 20, 180, 20)]
    return lines_of(*zip(*rows, *extra, strict=True))


def told_sudden(lines: ibis.Table, model, first: dt.date) -> ibis.Table:
    return sudden(client_days(lines), two_tables(client_days(lines), first, UNTIL), model, first, UNTIL)


def test_a_sudden_large_purchase_is_found_and_a_refunded_one_is_not():
    refunded = dt.date(2026, 9, 16)
    table = regular(extra=[("c007", dt.date(2026, 9, 15), 500), ("c008", refunded, 500), ("c008", refunded, -480)])
    first = dt.date(2026, 9, 1)
    model = fit(fetch(client_table(client_days(table), UNTIL)), UNTIL)
    rows = fetch(told_sudden(table, model, first), order="")
    top = rows.iloc[0]
    assert (top.client_id, str(top.day)[:10], top.net) == ("c007", "2026-09-15", 500)
    assert top.earlier == sum(1 for n in range(7, 180, 20) if UNTIL - n * DAY < dt.date(2026, 9, 15))
    assert top.times == pytest.approx(500 / top.usual)
    assert "c008" not in rows[rows.day == pd.Timestamp(refunded)].client_id.tolist()
    assert (rows.flagged == len(rows)).all()
    alone = history("a 2026-01-01 5\n a 2026-09-15 900")
    assert fetch(told_sudden(alone, model, first)).empty  # nothing to learn from


def test_one_in_a_hundred_is_flagged_as_sudden():
    lines = company(3000, seed=6, rate=(2, 40))
    engine, first = lines_of(lines["client_id"], lines["day"], lines["amount"]), UNTIL - 90 * DAY
    flagged = len(fetch(told_sudden(engine, fit(table_of(lines), UNTIL), first)))
    visits = len(lines[lines["day"] >= pd.Timestamp(first)])
    assert flagged / visits == pytest.approx(0.01, abs=0.005)


MASTER = pd.DataFrame(
    {
        "client_id": ["a", "b", "c", "d", "e", "f"],
        "created_on": [dt.date(2026, 1, 1)] * 4 + [dt.date(2026, 8, 1), None],
    }
)


def test_registered_and_never_bought_by_hand():
    lines = history("""
        a 2026-03-01 10
        b 2026-08-01 30
        b 2026-08-02 12
        x 2026-08-02 12
    """)
    first = dt.date(2026, 7, 1)
    known = two_tables(client_days(lines), first, UNTIL)
    future = never_bought(ibis.memtable(MASTER), known, first)
    assert (future.clients, future.watched, future.came) == (4, 3, 1)  # c d e f; b c d; b
    assert future.chance == 1 / 3
    assert 0 < future.low < 1 / 3 < future.high < 1
    assert future.amount == 30 + 12
    undated = never_bought(ibis.memtable(MASTER[["client_id"]]), known, first)
    assert (undated.clients, undated.chance, undated.reason) == (4, None, "no_registration_date")
    assert never_bought(ibis.memtable(MASTER), known, first, is_short=True).reason == "short_history"
    assert never_bought(ibis.memtable(MASTER.head(1)), known, first).reason == "none_watched"


# The page -----------------------------------------------------------------------------------------


def told_of(lines: ibis.Table, period: str = "2026-09", today=dt.date(2026, 11, 23)) -> Forecast | None:
    return forecast_clients(lines, client_days(lines), parse_period(period, today), today)


def codes(future) -> dict[str, float]:
    return dict(future.cautions)


@pytest.fixture(scope="module")
def future():
    lines = company(1500, seed=7, leave=(0.8, 2.5))
    return told_of(lines_of(lines["client_id"], lines["day"], lines["amount"]), "2026-Q3")


def test_everything_for_a_company_of_two_years(future):
    assert codes(future) == {}
    assert future.days == 92
    assert (future.clients["corrected_spend"].diff().dropna() <= 0).all()
    assert future.best["client_id"].tolist() == future.clients["client_id"].head(200).tolist()
    assert (future.best["low"] <= future.best["high"]).all()
    assert future.backtest.hits <= future.backtest.best
    assert future.origins["best"].sum() == future.backtest.best
    assert [len(rows) for rows in (future.head(3).best, future.head(3).rising)] == [3, 3]


def test_the_same_again(future):
    lines = company(1500, seed=7, leave=(0.8, 2.5)).sample(frac=1, random_state=2)
    again = told_of(lines_of(lines["client_id"], lines["day"], lines["amount"]), "2026-Q3")
    assert again.backtest.coverage == future.backtest.coverage
    assert again.method.model == future.method.model
    for name in ("clients", "best", "rising", "sleeping", "sudden", "origins"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(future, name), check_exact=True)


def test_rising_are_not_among_the_best_of_the_period(future):
    count = math.ceil((future.clients["net"].astype(float).fillna(0) > 0).sum() / 10)
    best = set(future.clients.sort_values("net", ascending=False)["client_id"].head(count))
    others = [client for client in future.clients["client_id"] if client not in best]
    assert future.rising["client_id"].tolist() == others[: len(future.rising)]


def test_the_sleeping_have_a_small_chance_and_a_large_amount(future):
    count = math.ceil((future.clients["net"].astype(float).fillna(0) > 0).sum() / 10)
    least = future.clients["net"].astype(float).nlargest(count).min()
    assert len(future.sleeping)
    assert (future.sleeping["last_on"] < pd.Timestamp(2026, 7, 1)).all()
    assert (future.sleeping["p_buy"] < 0.25).all()
    assert (future.sleeping["amount_if_buys"] >= least).all()


def test_a_small_company_keeps_its_ranking_and_loses_its_ranges():
    lines = company(60, seed=8)
    future = told_of(lines_of(lines["client_id"], lines["day"], lines["amount"]), "2026-Q3")
    assert codes(future)["few_clients"] == lines["client_id"].nunique() == 60
    assert "low" not in future.best
    assert future.backtest.coverage is None
    assert len(future.best) == 60


def test_a_young_company_has_no_backtest():
    future = told_of(regular(), "2026-Q3")
    assert codes(future) == {"short_history": 180, "season_unknown": 180}
    assert future.backtest is None
    assert future.origins is None
    assert len(future.best) == 150


def test_a_subscription_is_recognised():
    future = told_of(regular(lambda client, day: 9.99 + client))
    assert codes(future) == {"subscription_like": 0.0, "season_unknown": 180}
    assert codes(told_of(regular())) == {"season_unknown": 180}


def test_a_season_is_seen_a_year_later():
    rows = [(f"c{c}", UNTIL - n * DAY, 1) for c in range(150) for n in range(720 - c % 10, 0, -10)]
    rows += [(f"once{c}", dt.date(2025, 10, 20), 20) for c in range(100)]
    future = told_of(lines_of(*zip(*rows, strict=True)))
    ahead = sum(a for _, d, a in rows if dt.date(2025, 10, 1) <= d <= dt.date(2025, 10, 30))
    days = (UNTIL - min(d for _, d, _ in rows)).days + 1
    assert future.method.daily is None, "September was forecast well without a season"
    assert codes(future)["seasonal"] == pytest.approx(ahead / (sum(a for *_, a in rows) * 30 / days))


def test_no_visit_no_page():
    assert told_of(history("a 2026-09-05 -5\n - 2026-09-06 50")) is None


def test_an_unfinished_period_is_judged_by_the_days_there_were():
    future = told_of(regular(), "2026-09", today=dt.date(2026, 9, 15))
    assert (future.until, future.days) == (dt.date(2026, 9, 15), 30)
    assert future.method.until == dt.date(2026, 9, 15)


def once_or_twice(clients: int = 150, twice: int = 20) -> ibis.Table:
    """Clients of whom some came twice."""
    rows = [(f"c{c:03}", UNTIL - n * DAY, 10 + n % 9) for c in range(clients) for n in (c, c + 200)[: 1 + (c < twice)]]
    return lines_of(*zip(*rows, strict=True))


def seasonal() -> ibis.Table:
    """150 clients who come every ten days for 800 days; in October they spend 20 more."""
    days = [UNTIL - n * DAY for n in range(800)]
    rows = [(f"c{c}", d, (30 if d.month == 10 else 10) + i // 10 % 3)
            for c in range(150) for i, d in enumerate(days) if i % 10 == c % 10]  # fmt: skip
    return lines_of(*zip(*rows, strict=True))


def small() -> ibis.Table:
    lines = company(60, seed=8, days=300)
    return lines_of(lines["client_id"], lines["day"], lines["amount"])


KINDS = {
    "small": (
        small, {"few_clients", "nothing_learned", "season_unknown"},
        "Too few have bought so far (60) to say how sure an amount is.",
    ),
    "seldom": (once_or_twice, {"few_repeat", "season_unknown"}, "Too few have come twice so far (20) to say how sure"),
    "young": (
        lambda: regular().filter(ibis._.day > ibis.date(UNTIL - 45 * DAY)),
        {"short_history", "nothing_learned", "season_unknown"}, "The sales go back only 45 days: too short to try",
    ),
    "subscription": (
        lambda: regular(lambda client, day: 9.99 + client),
        {"subscription_like", "season_unknown"}, "Most pay the same amount each time, as with a subscription",
    ),
    "seasonal": (seasonal, set(), "so much did these days bring a year ago against that year’s average"),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_company_has_its_sentence_on_the_page(kind):
    lines, expected_codes, sentence = KINDS[kind]
    future = told_of(lines())
    assert set(codes(future)) == expected_codes
    page = draw(Promising(reader=made_up.reader(), forecast=future), words_of(made_up.reader())).text
    assert sentence in page
    assert ("Usually between" in page) == (not expected_codes & {"few_clients", "few_repeat"})
    assert (future.backtest is None) == ("short_history" in expected_codes)


@pytest.mark.parametrize(
    ("clients", "twice", "few"), [(100, 30, set()), (99, 30, {"few_clients"}), (100, 29, {"few_repeat"})]
)
def test_a_hundred_clients_and_thirty_who_came_twice_are_enough(clients, twice, few):
    assert set(codes(told_of(once_or_twice(clients, twice)))) & {"few_clients", "few_repeat"} == few
