"""How wide a range must be: the level at which ranges held on the company's own earlier evenings.

Split conformal prediction over nested ranges (Gupta, Kuchibhotla, Ramdas 2022), one level for each group of clients of
like expected spend, drawn towards the model's own: evenings close to one another say much the same. In come, of clients
of earlier evenings, what was expected and the level that would have held what came; out comes the level to ask for.
"""

from typing import NamedTuple

import numpy as np

from helpers.analysis.promising.scores import LEVEL

MIN_RANGE_CHANCE = 0.2  # under this chance to buy an 80 % range is "nothing" and holds by itself
GROUPS, GROUP_SIZE = (
    10,
    250,
)  # at most so many groups, each of so many clients; the model's word weighs as much as these
CALIBRATED = 5_000  # clients simulated


class Levels(NamedTuple):
    """`levels`: one a group of clients by expected spend (money), between whose groups lie the `bounds`."""

    bounds: np.ndarray
    levels: np.ndarray

    def of(self, expected: np.ndarray) -> np.ndarray:
        """The level of the group of each expected amount."""
        return self.levels[np.searchsorted(self.bounds, expected, side="right")]


def learn_levels(expected: np.ndarray, needed: np.ndarray) -> Levels | None:
    """The levels at which 80 % of each group would have been held, each in the mean with 80 % by its clients' weight;
    None where there is less than a group."""
    count = min(GROUPS, len(expected) // GROUP_SIZE)
    if not count:
        return None
    bounds = np.quantile(expected, np.arange(1, count) / count)
    group = np.searchsorted(bounds, expected, side="right")
    return Levels(bounds, np.array([_level(needed[group == g]) for g in range(count)]))


def _level(needed: np.ndarray) -> float:
    quantile = np.quantile(needed, LEVEL, method="higher") if len(needed) else LEVEL
    return float((quantile * len(needed) + LEVEL * GROUP_SIZE) / (len(needed) + GROUP_SIZE))
