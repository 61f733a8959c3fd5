"""What every model of a YAML file shares: strictness, and the kinds of text that several of them take.

A field says its type, default, range and description once; schemas, documents, help and errors are drawn from there.
"""

from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from babel.localedata import locale_identifiers
from babel.numbers import list_currencies
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

from helpers.errors import nearest

TIME = r"^([01]\d|2[0-3]):[0-5]\d$"
MONTH_AND_DAY = r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$"
JOB_NAME = r"^[A-Za-z0-9][\w.-]{0,60}$"
IN_WORDS = {
    TIME: "a time such as 04:00",
    MONTH_AND_DAY: "a month and a day such as 07-01",
    JOB_NAME: "a name of letters, digits, dots, - and _ such as acme-monthly",
}
"""A pattern of a text → what a person writes there."""


class Strict(BaseModel):
    """A model of a YAML file: unknown names and other types are errors."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def known_zone(name: str) -> str:
    """The name of a time zone; ValueError for any other."""
    try:
        ZoneInfo(name)  # listing all zones walks the disk, so only to name the nearest
    except (KeyError, ValueError, OSError):
        near = nearest(name, sorted(available_timezones())) or ", expected a name such as Europe/Paris"
        raise ValueError(f"unknown time zone '{name}'{near}") from None
    return name


def known_currency(code: str) -> str:
    """An ISO 4217 code; ValueError for any other."""
    if code not in list_currencies():
        raise ValueError(f"unknown currency '{code}', expected an ISO 4217 code such as EUR")
    return code


def known_currency_or_empty(code: str) -> str:
    """An ISO 4217 code, or the empty text."""
    return known_currency(code) if code else code


def known_language(code: str) -> str:
    """The code of a language that Babel knows; ValueError for any other."""
    known = locale_identifiers()
    if code.replace("-", "_") not in known:
        near = nearest(code, (name for name in known if "_" not in name)) or ", expected a code such as en, fr or pt_BR"
        raise ValueError(f"unknown language '{code}'{near}")
    return code


def _refuse_truth(value: Any) -> Any:
    """YAML reads a bare no, off or yes as a truth; `Any`, since this runs before the type is checked."""
    if isinstance(value, bool):
        raise ValueError(f"got {str(value).lower()}, quote it")
    return value


Text = Annotated[str, BeforeValidator(_refuse_truth)]
Zone = Annotated[str, AfterValidator(known_zone)]
Currency = Annotated[Text, AfterValidator(known_currency)]
CurrencyOrEmpty = Annotated[str, AfterValidator(known_currency_or_empty)]
Language = Annotated[str, AfterValidator(known_language)]
