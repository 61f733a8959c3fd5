"""What the rows of a file tell beside the names of its columns: rates, totals that are repeated, columns twice.

In come a `Look` and how its numbers are written, out come judgments of single columns and of columns together.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any

from helpers.source.guess.look import Look

LARGEST_RATE = 100
MOSTLY = 0.8
MIN_ROWS = 10
"""Fewer rows tell nothing of what a column always is."""
MIN_GROUPED_ROWS = 4


class Values:
    """The numbers of a look's rows by column; None where a cell is none."""

    def __init__(self, look: Look, read: Callable[[Any], Decimal | None], key: str | None):  # Any: a cell
        self.look, self.key, self._read = look, key, read
        self._columns: dict[str, list[Decimal | None]] = {}

    def of(self, name: str) -> list[Decimal | None]:
        """The numbers of a column, row by row."""
        if name not in self._columns:
            place = self.look.names.index(name)
            cells = [row[place] if place < len(row) else None for row in self.look.rows]
            self._columns[name] = [None if cell in ("", None) else self._read(cell) for cell in cells]
        return self._columns[name]

    @cached_property
    def documents(self) -> list[list[int]]:
        """The rows of each document that has several, by the column that numbers documents."""
        groups: dict[Any, list[int]] = defaultdict(list)
        if self.key in self.look.names:
            place = self.look.names.index(self.key)
            for at, row in enumerate(self.look.rows):
                if place < len(row) and row[place] not in ("", None):
                    groups[row[place]].append(at)
        return [rows for rows in groups.values() if len(rows) > 1]

    def is_repeated(self, name: str) -> bool:
        """Whether a column says the same on each row of a document: a total of it, not a line's amount."""
        values = self.of(name)
        several = [[values[at] for at in rows] for rows in self.documents]
        return bool(several) and all(len(set(rows)) == 1 and rows[0] is not None for rows in several)

    def is_on_first_row(self, name: str) -> bool:
        """Whether a column is filled on one row of a document alone."""
        values = self.of(name)
        filled = [sum(values[at] is not None for at in rows) for rows in self.documents]
        return bool(filled) and all(count == 1 for count in filled)

    def is_rate(self, name: str) -> bool:
        """Whether a column is a share or a percentage: always below 100, never cents of its own, few values."""
        known = _known(self.of(name))
        if not known or any(abs(value) >= LARGEST_RATE for value in known):
            return False
        if "%" in name or self.is_share(name):
            return True
        is_few = len(known) >= MIN_ROWS and len(set(known)) <= max(2, len(known) // 5)
        return is_few and all(value * 2 == int(value * 2) for value in known)

    def is_share(self, name: str) -> bool:
        """Whether a column has shares of one, 0.2, and no amounts."""
        known = _known(self.of(name))
        return all(0 <= value <= 1 for value in known) and any(value % 1 for value in known)

    def is_flag(self, name: str) -> bool:
        """Whether a column has nothing but 0 and 1, yes and no."""
        return Decimal(1) in (known := set(_known(self.of(name)))) and known <= {Decimal(0), Decimal(1)}

    def is_mostly_zero(self, name: str) -> bool:
        """Whether four of five cells are 0 or blank."""
        values = self.of(name)
        return len(values) >= MIN_ROWS and sum(not value for value in values) >= MOSTLY * len(values)

    def adds_up_to(self, name: str, totals: Iterable[str]) -> str | None:
        """The first column of totals that the lines of each document add up to."""
        return next((total for total in totals if self._sums(self.of(name)) == self._firsts(total)), None)

    def product_adds_up_to(self, one: str, other: str, totals: Iterable[str]) -> str | None:
        """The same of the product of two columns."""
        pairs = zip(self.of(one), self.of(other), strict=True)
        product = [None if a is None or b is None else a * b for a, b in pairs]
        return next((total for total in totals if self._sums(product) == self._firsts(total)), None)

    def _sums(self, values: list[Decimal | None]) -> list[Decimal] | None:
        if not self.documents or any(values[at] is None for rows in self.documents for at in rows):
            return None
        return [sum((value for at in rows if (value := values[at]) is not None), Decimal(0)) for rows in self.documents]

    def _firsts(self, total: str) -> list[Decimal | None]:
        values = self.of(total)
        return [next((values[at] for at in rows if values[at] is not None), None) for rows in self.documents]

    def is_without_tax(self, amount: str, tax: str) -> bool:
        """Whether the tax is a plain percentage of each amount: of an amount with tax it hardly ever is."""
        pairs = [(a, t) for a, t in zip(self.of(amount), self.of(tax), strict=True) if a and t]
        return bool(pairs) and all(_is_plain(a, t) for a, t in pairs)

    def twins(self, name: str) -> list[str]:
        """The columns that repeat another, cell by cell."""
        cells = self.look.cells(name)
        others = (other for other in self.look.names if other and other != name)
        return [other for other in others if any(cells) and self.look.cells(other) == cells]


def is_written_once(cells: Sequence[Any]) -> bool:
    """Whether a column is filled on the first row of each group alone, as merged cells are: mostly blank, no value
    twice.

    >>> is_written_once(["Ann", None, None, "Bob"]), is_written_once(["Ann", None, None, "Ann"])
    (True, False)
    """
    filled = [cell for cell in cells if cell is not None]
    is_mostly_blank = len(cells) >= MIN_GROUPED_ROWS and 2 * len(filled) <= len(cells)
    return is_mostly_blank and cells[0] is not None and len(set(filled)) == len(filled)


def _is_plain(amount: Decimal, tax: Decimal) -> bool:
    """Whether a tax is a whole number of quarter percents of an amount, to the cent.

    >>> _is_plain(Decimal("15.00"), Decimal("1.20")), _is_plain(Decimal("13.80"), Decimal("1.20"))
    (True, False)
    """
    rate = round(tax / amount * 400) / Decimal(400)
    return abs(amount * rate - tax) <= Decimal("0.005")


def _known(values: list[Decimal | None]) -> list[Decimal]:
    return [value for value in values if value is not None]
