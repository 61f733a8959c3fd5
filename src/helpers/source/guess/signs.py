"""What the values of a column tell: which marks make them numbers, in which forms they are dates.

In comes a `Look`, out come settings with their doubts, and for each of our columns the one that fits it best.
"""

import datetime as dt
import re
from decimal import Decimal
from typing import Any

from helpers import schema
from helpers.source.guess.look import Look
from helpers.source.guess.words import PRICES, PROFITS, WORDS, is_called, likeness, state_of

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
]
TIMES = ["", *(f" {time}" for time in ("%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p", "%H:%M:%S%z"))]
TIMES += ["T%H:%M:%S", "T%H:%M:%SZ", "T%H:%M:%S%z"]
MIN_NUMERIC_SHARE = 0.9
"""The share of a column's values that must be numbers for it to be one of numbers."""


def number_style(look: Look) -> dict[str, tuple[str, str]]:
    """The decimal and thousands marks that make the most values numbers."""
    values = [value for name in look.names for value in look.column(name) if _has_marks(value)]
    delimiter = look.dialect.get("delimiter", ("",))[0]
    styles = [style for style in NUMBERS if delimiter not in style]
    fit = {style: sum(is_number(value, *style) for value in values) for style in styles}
    best = max(styles, key=lambda style: (fit[style], -styles.index(style)))
    rivals = [style[0] for style in styles if style[0] != best[0] and fit[style] == fit[best] > 0]
    return {"decimal": (best[0], _doubt(rivals)), "thousands": (best[1], "")}


def _has_marks(value: Any) -> bool:
    return isinstance(value, str) and re.search(r"\d[.,' \u00a0\u202f’]\d", value) is not None


def is_number(value: Any, decimal: str, thousands: str) -> bool:
    """Whether a value is a number, written with these marks if it is a text.

    >>> is_number("1 234,5", ",", " "), is_number("1 234,5", ".", ","), is_number(7, ".", "")
    (True, False, True)
    """
    if not isinstance(value, str):
        return isinstance(value, int | float | Decimal)
    group = {"": "", " ": "[ \u00a0\u202f]", "'": "['’]"}.get(thousands, re.escape(thousands))
    whole = rf"(\d+|\d{{1,3}}({group}\d{{3}})+)" if group else r"\d+"
    return re.fullmatch(rf"\s*[+-]?{whole}({re.escape(decimal)}\d+)?\s*", value) is not None


def date_forms(look: Look) -> dict[str, list[str]]:
    """Column → the forms in which every value of it is a date, for those columns that have one."""
    forms = [day + time for day in DAYS for time in TIMES]
    result = {name: [form for form in forms if _all_dates(look.column(name), form)] for name in look.names}
    return {name: fitting for name, fitting in result.items() if fitting}


def _all_dates(values: list[Any], form: str) -> bool:
    return bool(values) and all(isinstance(value, dt.date) or _is_date(value, form) for value in values)


def _is_date(value: Any, form: str) -> bool:
    try:
        text = re.sub(r"(:\d\d)\.\d+", r"\1", value.strip())
        return 1990 <= dt.datetime.strptime(text, form).year <= 2098
    except (ValueError, AttributeError):
        return False


def date_style(look: Look, column: str, forms: list[str]) -> dict[str, tuple[str, str]]:
    """The settings that a column of dates needs; none where its cells are dates already."""
    if not forms or all(isinstance(value, dt.date) for value in look.column(column)):
        return {}
    day = next(day for day in sorted(DAYS, key=len, reverse=True) if forms[0].startswith(day))
    style = {"date_format": (day, _doubt(forms[1:]))}
    return style | ({"datetime_format": (forms[0], _doubt(forms[1:]))} if forms[0] != day else {})


def _doubt(rivals: list[str]) -> str:
    return f"CONFIRM: '{rivals[0]}' fits as well" if rivals else ""


def choose(look: Look, marks: tuple[str, str], forms: dict[str, list[str]]) -> dict[str, str]:
    """Our column → theirs: the likeliest name first, if its values are of the kind."""
    pairs = [(likeness(ours, theirs), ours, theirs) for ours in WORDS for theirs in look.names if theirs]
    chosen: dict[str, str] = {}
    for like, ours, theirs in sorted(pairs, key=lambda pair: -pair[0]):
        is_free = ours not in chosen and theirs not in chosen.values()
        if like and is_free and _fits(ours, look.column(theirs), theirs in forms, marks):
            chosen[ours] = theirs
    chosen |= _computed(look, chosen, marks)
    return {ours: chosen[ours] for ours in schema.TABLES["sale_line"] if ours in chosen}


def _computed(look: Look, chosen: dict[str, str], marks: tuple[str, str]) -> dict[str, str]:
    """An amount that is quantity × price, and a cost that is amount − profit, where nothing else tells them."""

    def called(known: str) -> list[str]:
        free = [name for name in look.names if is_called(name, known) and name not in chosen.values()]
        return [name for name in free if _are_numbers(look.column(name), marks)]

    result = {}
    if "amount" not in chosen and "quantity" in chosen and (prices := called(PRICES)):
        result["amount"] = f"{chosen['quantity']} * {prices[0]}"
    if "amount" in chosen and "cost_amount" not in chosen and (profits := called(PROFITS)):
        result["cost_amount"] = f"{chosen['amount']} - {profits[0]}"
    return result


def _fits(ours: str, values: list[Any], is_date: bool, marks: tuple[str, str]) -> bool:
    kind = schema.TABLES["sale_line"][ours]
    if kind == schema.MOMENT or is_date:
        return is_date and kind == schema.MOMENT
    if ours == "state":
        return any(state_of(str(value)) for value in values)
    if kind not in (schema.MONEY, schema.NUMBER):
        return True
    return _are_numbers(values, marks) and not (ours.endswith("_discount") and all(_is_rate(v, marks) for v in values))


def _are_numbers(values: list[Any], marks: tuple[str, str]) -> bool:
    return sum(is_number(value, *marks) for value in values) >= MIN_NUMERIC_SHARE * len(values)


def _is_rate(value: Any, marks: tuple[str, str]) -> bool:
    """Whether a discount is a share of the price, 0.2, and no amount of money."""
    text = str(value).strip().replace(marks[1], "") if marks[1] else str(value).strip()
    try:
        return 0 <= float(text.replace(marks[0], ".")) < 1
    except ValueError:
        return False
