"""What the values of a column tell: which marks make them numbers, in which forms they are dates.

In comes a `Look`, out come settings with their doubts, and for each of our columns the one that fits it best.
"""

import datetime as dt
import re
from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from helpers import schema
from helpers.source.files.judge import OURS, THEIRS, UNSEEN, literal, naive_form
from helpers.source.guess.amounts import Amount, amount_of
from helpers.source.guess.look import Look
from helpers.source.guess.money import CODES, code_of
from helpers.source.guess.values import Values
from helpers.source.guess.words import (
    NAMES,
    PARTIAL_LIKENESS,
    PROFITS,
    WORDS,
    is_called,
    is_of_sale,
    kinds_of_lines,
    likeness,
    state_of,
)

NUMBERS = ((".", ""), (",", ""), (".", ","), (",", "."), (",", " "), (".", " "), (".", "'"), (",", "'"))
"""(decimal mark, thousands mark), the plainest first."""

DAYS = [
    *(
        "%Y-%m-%d",
        "%d.%m.%Y",
        "%d/%m/%Y",
        "%m/%d/%Y",
        "%Y/%m/%d",
        "%d-%m-%Y",
        "%m-%d-%Y",
        "%Y.%m.%d",
        "%Y%m%d",
    ),
    *("%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%d %B %Y", "%b %d, %Y"),
    *("%B %d, %Y", "%b-%d-%y", "%y-%m-%d"),
]
TIMES = ["", *(f" {time}" for time in ("%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p", "%H:%M:%S%z", "%H:%M:%S %z"))]
TIMES += ["T%H:%M:%S", "T%H:%M:%SZ", "T%H:%M:%S%z"]
MOST_WORDS = 20  # of a column of states or kinds
MIN_NUMERIC_SHARE = 0.9
"""The share of a column's values that must be numbers for it to be one of numbers."""


AS_OURS = str.maketrans(THEIRS, OURS, UNSEEN)
"""Digits and signs of other scripts as ours, without marks that nobody sees."""


def number_style(look: Look, names: Sequence[str]) -> dict[str, tuple[str, str]]:
    """The decimal and thousands marks that make the most values of these columns numbers; a decimal mark that is the
    file's delimiter, as in "1.234,50", only where no other reads as many."""
    delimiter = look.dialect.get("delimiter", ("",))[0]
    styles = sorted(NUMBERS, key=lambda style: style[0] == delimiter)
    fit = {style: numbers_read(look, names, style) for style in styles}
    best = max(styles, key=lambda style: (fit[style], -styles.index(style)))
    rivals = [style[0] for style in styles if style[0] not in (best[0], delimiter) and fit[style] == fit[best] > 0]
    return {"decimal": (best[0], _doubt(rivals)), "thousands": (best[1], "")}


def numbers_read(look: Look, names: Sequence[str], marks: tuple[str, str]) -> int:
    """How many values of these columns, of those that have a mark inside, are numbers if written with these marks."""
    values = (value for name in names for value in look.column(name) if _has_marks(value))
    return sum(exact(value, marks) is not None for value in values)


def _has_marks(value: Any) -> bool:
    return isinstance(value, str) and re.search(r"\d[.,' \u00a0\u202f’]\d", value) is not None


def is_number(value: Any, decimal: str, thousands: str) -> bool:
    """Whether a value is a number, written with these marks if it is a text.

    >>> is_number("1 234,5", ",", " "), is_number("1 234,5", ".", ","), is_number("1,23,456.5", ".", ",")
    (True, False, True)
    """
    if not isinstance(value, str):
        return isinstance(value, int | float | Decimal)
    group = {"": "", " ": "[ \u00a0\u202f]", "'": "['’]"}.get(thousands, re.escape(thousands))
    indian = rf"\d{{1,2}}({group}\d{{2}})+{group}\d{{3}}"
    whole = rf"(\d+|\d{{1,3}}({group}\d{{3}})+|{indian})" if group else r"\d+"
    return re.fullmatch(rf"\s*[+-]?{whole}({re.escape(decimal)}\d+)?\s*", value) is not None


def date_forms(look: Look) -> dict[str, list[str]]:
    """Column → the forms in which every value of it is a date, for those columns that have one."""
    result = {name: _forms(look.column(name)) for name in look.names if name}
    return {name: fitting for name, fitting in result.items() if fitting}


def _forms(values: list[Any]) -> list[str]:
    """The forms in which all values are dates, but for what stands in a foot below them and is a date in none."""
    every = [day + time for day in DAYS for time in TIMES]
    while values and len(values) > 1 and not _reading(values[-1], every):
        values = values[:-1]
    return _common(values, every) or _common([value for value in values if not _is_naive(value)], ZONED)


ZONED = [day + time for day in DAYS for time in TIMES if time.endswith(("%z", "Z"))]


def _common(values: list[Any], forms: list[str]) -> list[str]:
    """Those of the forms in which all values are dates; none where there is no value."""
    for value in values:
        if not (forms := _reading(value, forms)):
            return []
    return forms if values else []


def _is_naive(value: Any) -> bool:  # value: a cell of any kind
    """Whether a cell is a moment without an offset, as some of a column may be."""
    return bool(_reading(value, [naive_form(form) for form in ZONED]))


def _reading(value: Any, forms: list[str]) -> list[str]:  # value: a cell of any kind
    return forms if isinstance(value, dt.date) else [form for form in forms if _is_date(value, form)]


def _is_date(value: Any, form: str) -> bool:
    try:
        text = re.sub(r"(:\d\d)\.\d+", r"\1", value.strip())
        text = re.sub(r"(:\d\d ?[+-]\d\d)$", r"\1:00", text)  # an offset as PostgreSQL writes it
        return 1990 <= dt.datetime.strptime(text, form).year <= 2098
    except (ValueError, AttributeError):
        return False


def date_style(look: Look, column: str, forms: list[str]) -> dict[str, tuple[str, str]]:
    """The settings that a column of dates needs; none where its cells are dates already."""
    if not forms or all(isinstance(value, dt.date) for value in look.column(column)):
        return {}
    day = next(day for day in sorted(DAYS, key=len, reverse=True) if forms[0].startswith(day))
    doubt = _doubt([form for form in forms[1:] if form.replace("%z", "Z") != forms[0]])  # an offset may be Z
    style = {"date_format": (day, doubt)}
    return style | ({"datetime_format": (forms[0], doubt)} if forms[0] != day else {})


def _doubt(rivals: list[str]) -> str:
    return f"'{rivals[0]}' fits as well" if rivals else ""


def choose(look: Look, marks: tuple[str, str], forms: dict[str, list[str]]) -> tuple[dict[str, str], Amount | None]:
    """Our column → theirs, the likeliest name first if its values are of the kind; and the amount, by values too."""
    pairs = [(likeness(ours, theirs), ours, theirs) for ours in WORDS if ours != "amount" for theirs in look.names]
    values, chosen = Values(look, partial(exact, marks=marks), None), dict[str, str]()
    for like, ours, theirs in sorted(pairs, key=lambda pair: -pair[0]):
        is_free = ours not in chosen and theirs not in chosen.values()
        if like and theirs and is_free and _fits(ours, theirs, look, values, theirs in forms, marks):
            chosen[ours] = theirs
    if "state" not in chosen and (said := _state(look, chosen)):
        chosen["state"] = said
    if "kind" not in chosen and (said := _kind(look, chosen)):
        chosen["kind"] = said
    if "currency" not in chosen and (said := _currency(look)):
        chosen["currency"] = said
    days = [name for name in forms if name not in chosen.values() and is_of_sale(name)]
    if "sold_at" not in chosen and days:
        chosen["sold_at"] = days[0]
    if "client_id" not in chosen and (names := [name for name in look.names if is_called(name, NAMES)]):
        chosen["client_id"] = names[0]
    values = Values(look, partial(exact, marks=marks), chosen.get("sale_id"))
    amount = amount_of(look, values, _numbers(look, marks, forms, chosen), chosen.get("quantity"))
    if amount:
        chosen["amount"] = amount.text
    if amount and amount.text in look.names and "cost_amount" not in chosen:
        chosen |= _cost(look, chosen, marks)
    return {ours: chosen[ours] for ours in schema.TABLES["sale_line"] if ours in chosen}, amount


def _state(look: Look, chosen: dict[str, str]) -> str | None:
    """A column of a few words, whatever it is called, some of which say that a document never became a sale."""
    for name in (name for name in look.names if name and name not in chosen.values()):
        words = {str(cell) for cell in look.column(name)}
        if len(words) <= MOST_WORDS and any(state_of(word) in ("draft", "cancelled") for word in words):
            return name
    return None


def _kind(look: Look, chosen: dict[str, str]) -> str | None:
    """A column of a few words, whatever it is called, each of which is a known kind of line: of a sale, and of none."""
    for name in (name for name in look.names if name and name not in chosen.values()):
        words = {str(cell) for cell in look.column(name)}
        kinds = set(kinds_of_lines(words).values()) if len(words) <= MOST_WORDS else {None}
        if None not in kinds and "sale" in kinds and kinds & {"return", "ignored", "discount"}:
            return name
    return None


def _currency(look: Look) -> str | None:
    """An expression for the codes of a column that writes currencies in words, as in "Euro - EUR"."""
    for name in (name for name in look.names if name and is_called(name, WORDS["currency"])):
        currencies = {text: code_of(text) for text in sorted({str(cell) for cell in look.column(name)})}
        if 0 < len(currencies) <= MOST_WORDS and all(currencies.values()):
            whens = " ".join(f"WHEN {literal(text)} THEN {literal(code)}" for text, code in currencies.items() if code)
            return f"CASE {name} {whens} ELSE {name} END"  # a further word has no rate, and is told
    return None


def _numbers(look: Look, marks: tuple[str, str], forms: dict[str, list[str]], chosen: dict[str, str]) -> list[str]:
    """The columns of numbers of which nothing is read yet."""
    free = [name for name in look.names if name and name not in forms and name not in chosen.values()]
    return [name for name in free if look.column(name) and _are_numbers(look.column(name), marks)]


def _cost(look: Look, chosen: dict[str, str], marks: tuple[str, str]) -> dict[str, str]:
    """A cost that is amount − profit, where nothing else tells it."""
    free = [name for name in look.names if is_called(name, PROFITS) and name not in chosen.values()]
    profits = [name for name in free if _are_numbers(look.column(name), marks)]
    return {"cost_amount": f"{chosen['amount']} - {profits[0]}"} if profits else {}


def _fits(
    ours: str, theirs: str, look: Look, values: Values, is_date: bool, marks: tuple[str, str]
) -> bool:  # fmt: skip
    kind, cells = schema.TABLES["sale_line"][ours], look.column(theirs)
    if kind == schema.MOMENT or is_date:
        return is_date and kind == schema.MOMENT
    if ours == "state":
        return any(state_of(str(cell)) for cell in cells)
    if ours == "kind":
        words = {str(cell) for cell in cells}
        known = [word for word, kind in kinds_of_lines(words).items() if kind]
        return bool(known) and (
            len(known) == len(words) or (is_called(theirs, WORDS[ours]) and len(words) <= MOST_WORDS)
        )
    if ours == "currency":
        return bool(cells) and all(str(cell).strip().upper() in CODES for cell in cells)
    if kind not in (schema.MONEY, schema.NUMBER):
        return likeness(ours, theirs) > PARTIAL_LIKENESS or not likeness("amount", theirs)
    is_amount = kind == schema.MONEY and ours != "quantity"
    return _are_numbers(cells, marks) and not (is_amount and values.is_rate(theirs))


def _are_numbers(values: list[Any], marks: tuple[str, str]) -> bool:
    return sum(exact(value, marks) is not None for value in values) >= MIN_NUMERIC_SHARE * len(values)


def exact(value: Any, marks: tuple[str, str]) -> Decimal | None:  # value: a cell of any kind
    """The number that a cell is: written with these marks, with a currency or brackets around it, or a number already.

    >>> exact("(1 234,50 €)", (",", " ")), exact("7", (".", "")), exact("x7y", (".", ""))
    (Decimal('-1234.50'), Decimal('7'), None)
    """
    if not isinstance(value, str):
        return Decimal(str(value)) if isinstance(value, int | float | Decimal) and not isinstance(value, bool) else None
    bare, is_negative = _bare(value)
    if not is_number(bare, *marks):
        return None
    digits = re.sub(r"[ \u00a0\u202f'’]", "", bare).replace(marks[1] or " ", "").replace(marks[0], ".")
    return -Decimal(digits) if is_negative else Decimal(digits)


def _bare(text: str) -> tuple[str, bool]:
    """A number without what people write around it, and whether that says it is negative."""
    inner = text.translate(AS_OURS).strip()
    in_brackets = inner.startswith("(") and inner.endswith(")")
    inner = inner.strip("()").strip()
    sign = "-" if re.match(r"[-−]", inner) or re.search(r"\d\s*[-−]$", inner) else ""
    if not (unmarked := re.sub(r"^[^\d.,]*|[^\d]*$", "", inner)):
        return "", False
    before, after = (part.strip(" +-−\u00a0\u202f") for part in inner.split(unmarked, 1))
    is_mark = not (before and after) and re.fullmatch(r"([^\d\s]{1,4}\.?)?", before or after)
    return (unmarked if is_mark else inner), bool(sign) != in_brackets
