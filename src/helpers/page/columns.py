"""Columns and lines as short SVG paths: whole coordinates, ten units a column, a hundred high.

In come numbers, out come the `d` of paths in a box of their own (`0 0 WIDTH 100`), stretched by whoever draws them.
"""

from collections.abc import Sequence
from decimal import Decimal

STEP, WIDE, HIGH = 10, 8, 100
Numbers = Sequence[Decimal | int | float | None]


def scale(*series: Numbers) -> tuple[float, float]:
    """The lowest (at most 0) and highest value (over it) of all series together."""
    values = [float(v) for values in series for v in values if v is not None]
    low, high = min([0.0, *values]), max([0.0, *values])
    return low, high if high > low else low + 1


def _y(value: Decimal | int | float, ends: tuple[float, float]) -> int:
    low, high = ends
    return round(HIGH * (high - float(value)) / (high - low))


def columns(values: Numbers, ends: tuple[float, float], first: int = 0) -> str:
    """One path of a column a value, from the line of 0; nothing for None and 0.

    >>> columns([5, None, 10], (0, 10))
    'M1 100V50h8V100zM21 100V0h8V100z'
    """
    base = _y(0, ends)
    return "".join(f"M{STEP * i + 1} {base}V{_y(v, ends)}h{WIDE}V{base}z" for i, v in enumerate(values, first) if v)


def ticks(values: Numbers, ends: tuple[float, float]) -> str:
    """One path of a short line a value that is known.

    >>> ticks([None, 10], (0, 10))
    'M10 0h10'
    """
    return "".join(f"M{STEP * i} {_y(v, ends)}h{STEP}" for i, v in enumerate(values) if v is not None)


def line(values: Numbers) -> str:
    """One path through the values, broken where one is not known, on a scale of their own.

    >>> line([1, 2, None, 3, 2])
    'M0 100L10 50M30 0L40 50'
    """
    known = [float(v) for v in values if v is not None]
    if not known:
        return ""
    low, high = min(known), max(known)
    ends = (low, high if high > low else low + 1)
    parts, is_open = [], False
    for i, value in enumerate(values):
        if value is not None:
            parts.append(f"{'L' if is_open else 'M'}{STEP * i} {_y(value, ends)}")
        is_open = value is not None
    return "".join(parts)


def width(count: int) -> int:
    """How wide so many columns are."""
    return STEP * count
