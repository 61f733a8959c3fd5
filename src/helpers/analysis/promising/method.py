"""All that is learned at the end of one day, and what it expects of each client over the days ahead.

In come the client table of that day and the days of purchases up to it; out comes a `Method`, which the forecast uses
at the end of a period and the backtest on the evening before it.
"""

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from helpers.analysis.promising.correction import Correction, Known, learn, levelled
from helpers.analysis.promising.earlier import DAYS_BETWEEN, ClientDays, Evening, evenings
from helpers.analysis.promising.levels import CALIBRATED, MIN_RANGE_CHANCE, Levels, learn_levels
from helpers.analysis.promising.model import Model, fit
from helpers.analysis.promising.scores import LEVEL, expected, level_needed, ranges
from helpers.analysis.promising.season import times_the_year
from helpers.analysis.promising.table import floats


@dataclass(frozen=True)
class Method:
    """Learned at the end of `until` for `days` ahead.

    `past`: the earlier evenings learned from; `correction`: of the model's forecasts; `levels`: of its ranges (None:
    too little to learn from). `daily`: the sales of each day, where the level follows the season; None where not.
    """

    model: Model
    until: dt.date
    days: int
    past: list[Evening]
    correction: Correction | None
    daily: pd.Series | None = None
    levels: Levels | None = None

    def scores(self, table: pd.DataFrame) -> pd.DataFrame:
        """client_id, p_alive, p_buy, expected_visits, expected_spend, corrected_spend, model_spend (money, float) of
        each row of a client table of that day.

        By `corrected_spend` clients are ranked; `expected_spend`, which is stated, is the geometric mean of it and of
        `model_spend`, what the model alone expects. All sum to what the model expects, the first two times the season.
        """
        return self.corrected(table, self.model.until, expected(self.model, table, self.days))

    def corrected(self, table: pd.DataFrame, until: dt.date, scores: pd.DataFrame) -> pd.DataFrame:
        """The same of the client table of any day, from what that day's model expects (`scores.expected`)."""
        plain = corrected = scores["expected_spend"].to_numpy()
        if self.correction is not None:
            corrected = self.correction.corrected(Known(table, until, self.days, plain))
        times = self.season(until)
        stated = levelled(np.sqrt(plain * corrected), plain) * times
        return scores.assign(expected_spend=stated, corrected_spend=corrected * times, model_spend=plain)

    def season(self, until: dt.date) -> float:
        """What the total is multiplied by on an evening."""
        return 1.0 if self.daily is None else times_the_year(self.daily, until, self.days) or 1.0

    def ranges(self, rows: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
        """low and high of clients of that day's table, and `scores` of the same clients."""
        hoped = floats(scores["expected_spend"])
        level = LEVEL if self.levels is None else self.levels.of(hoped)
        return ranges(self.model, rows, self.days, level, _scale(scores))[["low", "high"]]


def learn_method(table: pd.DataFrame, past: ClientDays, until: dt.date, days: int, seed: int = 1) -> Method:
    """What can be learned at the end of the day `until`: of `past` nothing later is looked at."""
    model, seen = fit(table, until, seed=seed), evenings(past, until, days)
    return Method(model, until, days, seen, learn([_known(evening, days) for evening in seen]))


def _known(evening: Evening, days: int) -> tuple[Known, np.ndarray]:
    """A client table of an earlier evening with what its model expected, and what then came."""
    hoped = evening.scores["expected_spend"].to_numpy()
    return Known(evening.table, evening.model.until, days, hoped), floats(evening.table["net"])


def with_levels(method: Method, seed: int = 1) -> Method:
    """The same with ranges as wide as they had to be on the earlier evenings, for clients with a chance to buy."""
    if not (past := method.past):
        return replace(method, levels=None)
    seen = [_needed(method, evening, CALIBRATED // len(past), seed) for evening in past]
    apart = 1 + (len(past) - 1) * min(1, DAYS_BETWEEN / method.days)  # evenings whose outcomes do not overlap
    hoped, needed = np.hstack(seen)
    return replace(method, levels=learn_levels(hoped, needed, len(past) / apart))


def _needed(method: Method, evening: Evening, count: int, seed: int) -> np.ndarray:
    """Of some clients of an evening what was expected, and the level that would have held what came: two rows."""
    scores = method.corrected(evening.table, evening.model.until, evening.scores)
    scores = scores[scores["p_buy"] >= MIN_RANGE_CHANCE]
    scores = scores.sample(min(count, len(scores)), random_state=seed)
    rows = evening.table.loc[scores.index]
    came = floats(rows["net"])
    needed = level_needed(evening.model, rows, method.days, came, _scale(scores), seed=seed)
    return np.vstack([floats(scores["expected_spend"]), needed])


def _scale(scores: pd.DataFrame) -> np.ndarray:
    hoped, alone = floats(scores["expected_spend"]), floats(scores["model_spend"])
    return np.divide(hoped, alone, out=np.ones(len(scores)), where=alone > 0)
