"""In which currency the amounts are, where the file says it: a column, the marks beside the amounts, or its title.

In come a `Look` and the columns of the amounts, out comes a code and whether it is sure.
"""

import re
from collections import Counter
from functools import cache

from babel.numbers import get_currency_name, list_currencies

from helpers.source.files.marks import MARKS
from helpers.source.guess.look import Look

CODES = frozenset(list_currencies("en"))
DOLLAR = "$"


def currency_of(look: Look, column: str | None, amounts: list[str]) -> tuple[str | None, bool]:
    """(code, whether nothing else is possible); (None, False) where the file does not say it."""
    if column in look.names and (counted := Counter(code_of(str(text)) for text in look.column(column or ""))):
        known = [code for code, _ in counted.most_common() if code]
        return (known[0], len(counted) == 1) if known else (None, False)
    texts = [str(value) for name in amounts if name in look.names for value in look.column(name)]
    currencies = {code for text in [*texts, *amounts, *look.above] for code in _currencies(text)}
    if len(currencies) == 1:
        return currencies.pop(), True
    return ("USD", False) if not currencies and any(DOLLAR in text for text in texts) else (None, False)


def code_of(text: str) -> str | None:
    """The one currency that a cell names: by its code, by a mark that only one has, or by its English name.

    >>> code_of("eur"), code_of("United States Dollar - USD"), code_of("€"), code_of("Swiss Franc"), code_of("$")
    ('EUR', 'USD', 'EUR', 'CHF', None)
    """
    bare = text.strip()
    if bare.upper() in CODES:
        return bare.upper()
    currencies = _currencies(bare) or {code for code, name in _names().items() if name == bare}
    return currencies.pop() if len(currencies) == 1 else None


@cache
def _names() -> dict[str, str]:
    """Code → English name."""
    return {code: get_currency_name(code, locale="en") for code in CODES}


def _currencies(text: str) -> set[str]:
    """The currencies that a text names, by code or by a mark that only one of them has."""
    words = {word for word in re.findall(r"(?<![A-Za-z])[A-Z]{3}(?![A-Za-z])", text) if word in MARKS}
    return words | {code for mark, code in _OWN_MARKS.items() if mark in re.findall(r"[^\d\s.,()+'’:;-]+", text)}


def _own_marks() -> dict[str, str]:
    """Mark → the one currency that is written so."""
    counted = Counter(mark for marks in MARKS.values() for mark in marks.split())
    return {mark: code for code, marks in MARKS.items() for mark in marks.split() if counted[mark] == 1}


_OWN_MARKS = _own_marks()
