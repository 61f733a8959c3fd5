"""How many visits, and how much a visit: two small models fitted on one row a client.

Visits follow the MBG/NBD model (Batislam, Denizel, Filiztekin 2007), amounts the Gamma-Gamma model (Fader,
Hardie 2013), both on all visits including the first, by penalised maximum likelihood. In comes a frame of
`table.client_table`, out comes a `Model`. A visit is a client's day with a positive net amount.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import betaln, expit, gammaln, psi

from helpers.analysis.promising.table import floats

BOUND = 9.0  # of |log θ|: equal amounts or clockwork visits have no finite maximum
LEAST_Q = 1.05  # q above 1 keeps the mean amount finite


@dataclass(frozen=True)
class Model:
    """A fitted company: α in days, γ in money, both models' log-likelihoods (days, money) without the
    penalty.

    `visit_amount` is the mean amount of a visit; `clients` rows were fitted on, `repeat` of them with two
    visits or more.
    """

    until: dt.date
    r: float
    alpha: float
    a: float
    b: float
    p: float
    q: float
    gamma: float
    log_likelihood_visits: float
    log_likelihood_amounts: float
    visit_amount: float
    clients: int
    repeat: int


class Observed(NamedTuple):
    """What the models see of each client: `x` repeat visits, the last `recency` days after the first, `age`
    days since the first, `visits` = x + 1 that brought `total`; five arrays of floats."""

    x: np.ndarray
    recency: np.ndarray
    age: np.ndarray
    visits: np.ndarray
    total: np.ndarray


def observe(table: pd.DataFrame, until: dt.date) -> Observed:
    """The arrays of a client table (visits, first_on, last_on, total) seen at the end of the day `until`."""
    first, last = (table[name].to_numpy("datetime64[D]") for name in ("first_on", "last_on"))
    visits, total = (floats(table[name]) for name in ("visits", "total"))
    age, recency = (np.datetime64(until, "D") - first).astype(float), (last - first).astype(float)
    return Observed(visits - 1, recency, age, visits, total)


def maximise(
    log_likelihood: Callable[..., Any],
    least: list[float],
    clients: int,
    penalty: bool = True,
    near: Sequence[float] | None = None,
) -> np.ndarray:
    """The θ > `least` that maximise log_likelihood(θ) − ½ Σ (log θ / 2)², looked for `near` some; log_likelihood gives
    value and gradient."""

    def loss(logs: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = log_likelihood(np.exp(logs))
        value -= 0.5 * penalty * np.sum((logs / 2) ** 2)
        return -value / clients, (penalty * logs / 4 - gradient * np.exp(logs)) / clients

    bounds = [(np.log(low) if low else -BOUND, BOUND) for low in least]
    start = [max(0.0, low + 0.1) for low, _ in bounds] if near is None else np.log(near)
    options = {"ftol": 1e-13, "gtol": 1e-8, "maxiter": 500}
    return np.exp(minimize(loss, start, method="L-BFGS-B", jac=True, bounds=bounds, options=options).x)


def visits_log_likelihood(
    theta: Sequence[float] | np.ndarray, x: np.ndarray, recency: np.ndarray, age: np.ndarray,
    weight: float | np.ndarray = 1.0,
) -> tuple[float, np.ndarray]:  # fmt: skip
    """MBG/NBD likelihood of `x` repeat visits, the last `recency` after the first, seen for `age` since it,
    one unit of time; and its gradient by θ = (r, α, a, b)."""
    r, alpha, a, b = theta
    ahead = np.log((alpha + age) / (alpha + recency))
    gone = np.log(a / (b + x)) + (r + x) * ahead
    left = expit(gone)
    place, counts = pd.factorize(x)  # the slow part once for each count of visits
    chances = gammaln(r + counts) - gammaln(r) + betaln(a, b + counts + 1) - betaln(a, b)
    each = chances[place] + r * np.log(alpha) - (r + x) * np.log(alpha + age) + np.logaddexp(0, gone)
    both = psi(a + b) - psi(a + b + counts + 1)
    slopes = (
        (psi(r + counts) - psi(r))[place] + np.log(alpha / (alpha + age)) + left * ahead,
        r / alpha - (r + x) * ((1 - left) / (alpha + age) + left / (alpha + recency)),
        both[place] + left / a,
        (both + psi(b + counts + 1) - psi(b))[place] - left / (b + x),
    )
    return np.sum(weight * each), np.array([np.sum(weight * slope) for slope in slopes])


def amounts_log_likelihood(
    theta: Sequence[float] | np.ndarray, visits: np.ndarray, total: np.ndarray
) -> tuple[float, np.ndarray]:
    """Gamma-Gamma likelihood of `visits` that brought `total` together, as a density of their mean; and its
    gradient by θ = (p, q, γ)."""
    p, q, gamma = theta
    share, shape = np.log(total / (gamma + total)), p * visits + q
    each = gammaln(shape) - gammaln(p * visits) - gammaln(q) + p * visits * share + np.log(visits / total)
    slopes = (
        visits * (psi(shape) - psi(p * visits) + share),
        psi(shape) - psi(q) + np.log(gamma / (gamma + total)),
        q / gamma - shape / (gamma + total),
    )
    return np.sum(each + q * np.log(gamma / (gamma + total))), np.array([np.sum(slope) for slope in slopes])


def _sample(seen: Observed, size: int, seed: int) -> Observed:
    """At most `size` clients, by their places: `table.fetch` has them in one order whatever the engine's."""
    if len(seen.x) <= size:
        return seen
    chosen = np.random.default_rng(seed).choice(len(seen.x), size, replace=False)
    return Observed(*(column[chosen] for column in seen))


def fit_visits(
    x: np.ndarray, recency: np.ndarray, age: np.ndarray, penalty: bool = True, near: Model | None = None
) -> tuple[np.ndarray, float]:
    """(r, α, a, b) of MBG/NBD with α in the unit of the times given, and the log-likelihood in that unit."""
    unit = np.median(age) or 1.0
    start = None if near is None else (near.r, near.alpha / unit, near.a, near.b)
    rows, counts = np.unique(np.column_stack([x, recency, age]) / [1, unit, unit], axis=0, return_counts=True)
    theta = maximise(
        lambda t: visits_log_likelihood(t, rows[:, 0], rows[:, 1], rows[:, 2], counts),
        [0, 0, 0, 0], len(x), penalty, start,
    )  # fmt: skip
    theta[1] *= unit
    return theta, visits_log_likelihood(theta, x, recency, age)[0]


def fit_amounts(
    visits: np.ndarray, total: np.ndarray, penalty: bool = True, near: Model | None = None
) -> tuple[np.ndarray, float]:
    """(p, q, γ) of Gamma-Gamma with γ in the unit of the amounts given, and the log-likelihood there."""
    unit = total.sum() / visits.sum()
    scaled, start = total / unit, None if near is None else (near.p, near.q, near.gamma / unit)
    theta = maximise(lambda t: amounts_log_likelihood(t, visits, scaled), [0, LEAST_Q, 0], len(visits), penalty, start)
    theta[2] *= unit
    return theta, amounts_log_likelihood(theta, visits, total)[0]


def fit(
    table: pd.DataFrame,
    until: dt.date,
    penalty: bool = True,
    sample: int = 50_000,
    seed: int = 1,
    near: Model | None = None,
) -> Model:
    """Both models, fitted on at most `sample` rows of a client table seen at the end of the day `until`; one that must
    lie `near`, as that of a day close by, is found sooner.

    The penalty keeps small companies finite and moves a large one's total by 0.3 % at most. Sources: see the
    module.
    """
    seen = _sample(observe(table, until), sample, seed)
    visits, visits_fit = fit_visits(seen.x, seen.recency, seen.age, penalty, near)
    amounts, amounts_fit = fit_amounts(seen.visits, seen.total, penalty, near)
    mean = seen.total.sum() / seen.visits.sum()
    parameters = [float(value) for value in (*visits, *amounts, visits_fit, amounts_fit, mean)]
    fitted: list[Any] = [until, *parameters, len(seen.x), int((seen.x > 0).sum())]
    return Model(*fitted)
