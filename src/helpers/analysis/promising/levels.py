"""How wide a range must be: the level at which ranges held on the company's own earlier evenings.

Split conformal prediction over nested ranges (Gupta, Kuchibhotla, Ramdas 2022), a level for each group of like expected
spend, shrunk to the model's own as far as it may depart by chance (James, Stein 1961). In come, of earlier clients,
what was expected and the level that would have held what came; out comes the level to ask for.
"""

from typing import NamedTuple

import numpy as np

from helpers.analysis.promising.scores import LEVEL

MIN_RANGE_CHANCE = 0.2  # under this chance to buy an 80 % range is "nothing" and holds by itself
GROUPS, GROUP_SIZE = 10, 250  # at most so many groups, each of so many clients
CALIBRATED = 10_000  # clients simulated


class Levels(NamedTuple):
    """`levels`: one a group of clients by expected spend (money), between whose groups lie the `bounds`."""

    bounds: np.ndarray
    levels: np.ndarray

    def of(self, expected: np.ndarray) -> np.ndarray:
        """The level of the group of each expected amount."""
        return self.levels[np.searchsorted(self.bounds, expected, side="right")]


def learn_levels(expected: np.ndarray, needed: np.ndarray, repeats: float = 1.0) -> Levels | None:
    """The levels at which 80 % of each group would have been held, shrunk towards 80 % where `repeats` clients tell as
    much as one; None where there is less than a group."""
    count = min(GROUPS, len(expected) // GROUP_SIZE)
    if not count:
        return None
    bounds = np.quantile(expected, np.arange(1, count) / count)
    group = np.searchsorted(bounds, expected, side="right")
    return Levels(bounds, np.array([_level(needed[group == g], repeats) for g in range(count)]))


def _level(needed: np.ndarray, repeats: float) -> float:
    """The level of one group: the more surely the model's own 80 % held another share, the nearer to what held 80 %."""
    departure = np.mean(needed <= LEVEL) - LEVEL if len(needed) else 0.0
    if not departure:
        return LEVEL
    chance = LEVEL * (1 - LEVEL) * repeats / len(needed)  # the variance of a share of as many clients
    quantile = np.quantile(needed, LEVEL, method="higher")
    return float(LEVEL + max(0.0, 1 - chance / departure**2) * (quantile - LEVEL))
