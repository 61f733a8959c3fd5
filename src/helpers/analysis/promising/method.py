"""All that is learned at the end of one day, and what it expects of each client over the days ahead.

In come the client table of that day and the days of purchases up to it; out comes a `Method`, which the forecast uses
at the end of a period and the backtest on the evening before it.
"""

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from helpers.analysis.promising.correction import Correction, Known, learn, levelled
from helpers.analysis.promising.earlier import ClientDays, Evening, evenings
from helpers.analysis.promising.model import Model, fit
from helpers.analysis.promising.scores import expected
from helpers.analysis.promising.table import floats


@dataclass(frozen=True)
class Method:
    """Learned at the end of `until` for `days` ahead: the model, and its correction (None: nothing to learn from)."""

    model: Model
    until: dt.date
    days: int
    correction: Correction | None

    def scores(self, table: pd.DataFrame) -> pd.DataFrame:
        """client_id, p_alive, p_buy, expected_visits, expected_spend, corrected_spend (money, float) of each row of a
        client table of that day.

        By `corrected_spend` clients are ranked; `expected_spend`, which is stated, is the geometric mean of it and of
        what the model alone expects. Both sum to what the model expects of all.
        """
        return self._scored(table, self.until)

    def _scored(self, table: pd.DataFrame, until: dt.date) -> pd.DataFrame:
        scores = expected(replace(self.model, until=until), table, self.days)
        plain = corrected = scores["expected_spend"].to_numpy()
        if self.correction is not None:
            corrected = self.correction.corrected(Known(table, until, self.days, plain))
        return scores.assign(expected_spend=levelled(np.sqrt(plain * corrected), plain), corrected_spend=corrected)


def learn_method(table: pd.DataFrame, past: ClientDays, until: dt.date, days: int, seed: int = 1) -> Method:
    """What can be learned at the end of the day `until`: of `past` nothing later is looked at."""
    model = fit(table, until, seed=seed)
    return Method(model, until, days, learn([_known(model, evening, days) for evening in evenings(past, until, days)]))


def _known(model: Model, evening: Evening, days: int) -> tuple[Known, np.ndarray]:
    """A client table of an earlier evening as the model of today would have seen it, and what then came."""
    then = expected(replace(model, until=evening.until), evening.table, days)
    return Known(evening.table, evening.until, days, then["expected_spend"].to_numpy()), floats(evening.table["net"])
