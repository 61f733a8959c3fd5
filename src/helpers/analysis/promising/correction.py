"""What the company's own past says of the model's forecasts: a factor for each client.

A Tweedie regression with a ridge (Jørgensen 1987; Hoerl and Kennard 1970), the model's forecast as its offset, learned
from earlier evenings whose outcome is known. In come client tables with the model's expected spend, out come expected
amounts of the same sum: the model's level is kept, clients move within it.
"""

import datetime as dt
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from helpers.analysis.promising.model import observe
from helpers.analysis.promising.table import HALF_LIVES, RECENT_DAYS, floats

POWER, RIDGE = 1.2, 0.05
MOST = 0.7  # of |log factor|: no forecast is doubled or halved by more
LEAST = 1e-9  # of the mean forecast: less has no logarithm
SMALL = 0.3  # of the mean forecast, added to both sides of a quotient: next to nothing is not infinitely less


class Known(NamedTuple):
    """Clients at the end of the day `until`, and what the model expects of each over `days` (money, float)."""

    table: pd.DataFrame
    until: dt.date
    days: int
    expected: np.ndarray


class Correction(NamedTuple):
    """`slopes` of the standardised columns, their `mean` and `spread`; learned from so many `evenings`."""

    slopes: np.ndarray
    mean: np.ndarray
    spread: np.ndarray
    evenings: int

    def corrected(self, known: Known) -> np.ndarray:
        """The corrected amounts, which sum to what the model expects of all."""
        logs = (columns(known) - self.mean) / self.spread @ self.slopes
        return levelled(known.expected * np.exp(np.clip(logs, -MOST, MOST)), known.expected)


def levelled(amounts: np.ndarray, like: np.ndarray) -> np.ndarray:
    """The amounts in proportion, with the sum of `like`."""
    return amounts * (like.sum() / amounts.sum()) if amounts.sum() > 0 else amounts


def columns(known: Known) -> np.ndarray:
    """Nine columns without a unit: logs of five plain rates over the model's forecast (three that fade, the last days,
    all since the first visit), of the forecast, of the days since the last and the first visit, of the visits."""
    seen, mean = observe(known.table, known.until), known.expected.mean()
    hoped = np.maximum(known.expected, LEAST * mean)
    watched = max(seen.age.max(), 1.0)  # days of the company's history: what fades had no longer to grow
    rates = [
        floats(known.table[f"fading_{n}"]) * np.log(2) / n / -np.expm1(-np.log(2) / n * watched) for n in HALF_LIVES
    ]
    rates += [floats(known.table["recent"]) / min(RECENT_DAYS, watched), seen.total / np.maximum(seen.age, 1)]
    small = SMALL * mean
    over = [np.log((np.maximum(rate * known.days, 0) + small) / (hoped + small)) for rate in rates]
    times = [np.log1p(seen.age - seen.recency), np.log1p(seen.age), np.log(seen.visits)]
    return np.column_stack([*over, np.log(hoped / mean), *times])


def learn(past: list[tuple[Known, np.ndarray]]) -> Correction | None:
    """The correction that would have served best on earlier evenings, each with what then came (money); None where
    there are none."""
    if not past:
        return None
    plain = np.vstack([columns(known) for known, _ in past])
    expected = np.concatenate([known.expected for known, _ in past])
    expected = np.maximum(expected, LEAST * expected.mean())
    came = np.maximum(np.concatenate([net for _, net in past]), 0) / expected.mean()
    mean, spread = plain.mean(axis=0), plain.std(axis=0) + 1e-9
    inputs, offset = np.column_stack([np.ones(len(plain)), (plain - mean) / spread]), np.log(expected / expected.mean())
    ridge = RIDGE * np.r_[0.0, np.ones(plain.shape[1])]  # the level is free, the ridge holds the slopes

    def loss(slopes: np.ndarray) -> tuple[float, np.ndarray]:
        hoped = np.exp(offset + inputs @ slopes)
        each = hoped ** (2 - POWER) / (2 - POWER) - came * hoped ** (1 - POWER) / (1 - POWER)
        slope = inputs.T @ (hoped ** (2 - POWER) - came * hoped ** (1 - POWER)) / len(came)
        return each.mean() + np.sum(ridge * slopes**2) / 2, slope + ridge * slopes

    best = minimize(loss, np.zeros(inputs.shape[1]), jac=True, method="L-BFGS-B", bounds=[(-3, 3)] * inputs.shape[1])
    return Correction(best.x[1:], mean, spread, len(past))
