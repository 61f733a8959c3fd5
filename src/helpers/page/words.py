"""Words, dates and names in the reader's language.

In come ids, counts and days, out comes text, never HTML. A company's own labels for client and branch take the place
of ours, by plural category, so every sentence is written to hold with any of them.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import pandas as pd
from babel import Locale
from babel.dates import format_date, format_datetime, format_skeleton
from babel.lists import format_list

from helpers.page.catalogues import catalogue, read_locale
from helpers.page.numbers import Numbers
from helpers.period import Period
from helpers.sales import Reader

DATES = {"en": "en_150"}
LONGEST_NAME, LONGEST_TITLE = 120, 1_000
NOT_SHOWN = {"Cc", "Cs", "Zl", "Zp"}
OUR_WORDS = re.compile(r"\b(clients?|branch(?:es)?)\b")
NOT_IN_XML = "\ufffe\uffff"


def clean_name(name: str | None, longest: int | None = None) -> str:
    """A name as it is shown: control characters, lone surrogates and what no picture (XML) may hold become U+FFFD,
    nothing else changes; cut after `longest` characters.

    >>> clean_name("Zoë\\x00 \\ud800 O'Brien"), clean_name("x" * 200, 3)
    ("Zoë\ufffd \ufffd O'Brien", 'xxx…')
    """
    if name is None:
        return ""
    shown = "".join("\ufffd" if unicodedata.category(c) in NOT_SHOWN or c in NOT_IN_XML else c for c in name)
    return shown if longest is None or len(shown) <= longest else shown[:longest] + "…"


def in_a_sentence(name: str, kind: str) -> str:
    """A name in a sentence: a bare number stands behind the word for what it is.

    >>> in_a_sentence("1023", "household"), in_a_sentence("Ann", "household")
    ('household 1023', 'Ann')
    """
    return f"{kind} {name}" if name.isdecimal() else name


def at_a_start(name: str, kind: str) -> str:
    """The same where the sentence begins with it: our own word is raised, a name or an id stays as it is.

    >>> at_a_start("1023", "household"), at_a_start("iMed", "household")
    ('Household 1023', 'iMed')
    """
    return in_a_sentence(name, capital(kind))


def known(value: Any) -> Any:
    """The value, or None for everything pandas writes where a value is missing."""
    return None if pd.api.types.is_scalar(value) and pd.isna(value) else value


def capital(text: str) -> str:
    """The text with its first letter raised, the rest as it is."""
    return text[:1].upper() + text[1:]


def part_of(reader: Reader, w: "Words") -> str:
    """What part of the company it is about; empty of the whole."""
    says, (branches, lists) = [], (reader.only_branches, reader.only_price_lists)
    if branches:
        says.append(w.gettext("only {branch} {names}", branch=w.branch(len(branches)), names=w.listed(branches)))
    if lists:
        says.append(w.gettext("only {clients} with the price list {names}", clients=w.client(5), names=w.listed(lists)))
    return capital(w.facts(*says))


class Words(Numbers):
    """Everything said in one language to the readers of one company; `labels` is `Company.labels`, `shown` the decimals
    of amounts."""

    def __init__(
        self, language: str, currency: str = "EUR", labels: dict[str, Any] | None = None, shown: int | None = None
    ) -> None:
        super().__init__(read_locale(language), currency, shown)
        self.language = str(self.locale).replace("_", "-")
        self.direction = self.locale.text_direction
        self._dates = Locale.parse(DATES.get(str(self.locale), str(self.locale)))
        self._catalogue = catalogue(self.locale.language)
        self._labels = (labels or {}).get(language) or (labels or {}).get(self.locale.language)

    def gettext(self, message: str, **values: object) -> str:
        """The message in the reader's language, its {places} filled."""
        return self._catalogue.gettext(message).format(**self._own | values)

    def translated(self, text: str) -> str:
        """A whole text, such as a notebook cell's prose, as the catalogue has it, a translation with the company's own
        words; the text itself where it has none, with their words in the sentences of an English one."""
        translation = self._catalogue.gettext(text) if text else text
        if translation == text:
            return "\n".join(map(self._in_own_words, text.split("\n"))) if self.language == "en" else text
        for place, word in self._own.items():
            translation = translation.replace(f"{{{place}}}", word)
        return capital(translation)

    def _in_own_words(self, line: str) -> str:
        """An English sentence with the company's words in place of ours; a heading as it is."""
        if not line.endswith("."):
            return line
        return OUR_WORDS.sub(lambda ours: self._own[ours[0]], line)

    @cached_property
    def _own(self) -> dict[str, str]:
        """The company's words for one and for several, which a translation may use where the English does not."""
        return dict(client=self.client(), clients=self.client(5), branch=self.branch(), branches=self.branch(5))

    def pgettext(self, context: str, message: str, **values: object) -> str:
        """As `gettext`, for a message that means different things in different places."""
        return self._catalogue.pgettext(context, message).format(**values)

    def ngettext(self, one: str, many: str, n: int, **values: object) -> str:
        """The plural form that `n` asks for; `{n}` in it is the number as written."""
        return self._catalogue.ngettext(one, many, n).format(n=self.count(n), **values)

    def _label(self, kind: str, n: int) -> str | None:
        forms = getattr(self._labels, kind, None) or {}
        return forms.get(self.locale.plural_form(n)) or forms.get("other") or next(iter(forms.values()), None)

    def _counted(self, kind: str, n: int, word: str) -> str:
        """A number and its word; a dual, as Arabic has it, is the number itself."""
        own = getattr(self._labels, kind, None) or {}
        is_dual = self.locale.plural_form(n) == "two" and (not own or "two" in own)
        return word if is_dual else f"{self.count(n)} {word}"

    def client(self, n: int = 1) -> str:
        """The company's word for a client, as it stands beside the number `n`."""
        return self._label("client", n) or self._catalogue.ngettext("client", "clients", n)

    def branch(self, n: int = 1) -> str:
        """The company's word for a branch, as it stands beside the number `n`."""
        return self._label("branch", n) or self._catalogue.ngettext("branch", "branches", n)

    def clients(self, n: int) -> str:
        """`200 clients`, in the company's word."""
        return self._counted("client", n, self.client(n))

    def branches(self, n: int) -> str:
        """`12 branches`, in the company's word."""
        return self._counted("branch", n, self.branch(n))

    def facts(self, *texts: str | int | None) -> str:
        """Short facts in one line."""
        return " · ".join(str(text) for text in texts if text)

    def listed(self, names: Sequence[str]) -> str:
        """Names one after the other: `Cardiology, Dentistry and Radiology`."""
        return format_list([clean_name(name, LONGEST_NAME) for name in names], locale=self.locale)

    def isolated(self, text: str) -> str:
        """The text in the reader's direction inside a drawing, which always runs from left to right."""
        return f"\u2067{text}\u2069" if self.direction == "rtl" else text

    def day(self, day: dt.date) -> str:
        """`15 September 2026`."""
        return self._first(day, format_date(day, "long", self._dates))

    def short_day(self, day: dt.date) -> str:
        """`15 Sep 2026`."""
        return self._first(day, format_skeleton("yMMMd", day, locale=self._dates))

    def moment(self, moment: dt.datetime) -> str:
        """`31 October 2026, 23:59`, in the zone the moment came in."""
        return f"{self.day(moment.date())}, {format_datetime(moment, 'HH:mm', locale=self._dates)}"

    def month(self, month: str) -> str:
        """`2026-10` as `October 2026`."""
        return format_skeleton("yMMMM", dt.date.fromisoformat(f"{month}-01"), locale=self._dates)

    def short_month(self, month: dt.date) -> str:
        """`Oct 2026`."""
        return format_skeleton("yMMM", month, locale=self._dates)

    def _first(self, day: dt.date, text: str) -> str:
        first = self.pgettext("the first day of a month", "1")
        return text.replace("1", first, 1) if day.day == 1 and text.startswith("1") else text

    def span(self, first: dt.date, last: dt.date) -> str:
        """The days from `first` to `last`, as short as the language allows: `1–31 October 2026`."""
        if first == last:
            return self.day(first)
        start = self.day(first)
        if first.year == last.year:
            start = self._first(first, format_skeleton("MMMMd", first, locale=self._dates))
        if (first.year, first.month) == (last.year, last.month):
            start = self._first(first, str(first.day))
            return self.gettext("{first}–{last}", first=start, last=self.day(last))
        return self.gettext("{first} – {last}", first=start, last=self.day(last))

    def period(self, period: Period) -> str:
        """A period by its name: `October 2026`, `Q3 2026`, `2026`, or its days."""
        if period.unit == "month":
            return self.month(f"{period.first:%Y-%m}")
        if period.fiscal_year_start != (1, 1) and period.unit in ("quarter", "year"):
            return self.name_and_days(period.name, period.first, period.last)
        if period.unit == "quarter":
            return format_skeleton("yQQQ", period.first, locale=self._dates)
        return period.name if period.unit == "year" else self.span(period.first, period.last)

    def name_and_days(self, name: str, first: dt.date, last: dt.date) -> str:
        """`2026 Q1 (1 July – 30 September 2025)`: a name that does not say its days, with them."""
        return self.pgettext("fiscal year", "{name} ({days})", name=name.replace("-", " "), days=self.span(first, last))

    def during(self, period: Period, is_before: bool = False) -> str:
        """`in October 2026`; days without a name of their own are this period, or the one before."""
        if period.unit in ("month", "quarter", "year"):
            return self.gettext("in {period}", period=self.period(period))
        return self.gettext("in the period before") if is_before else self.gettext("in this period")

    def comparison(self, before: Period | None) -> str:
        """The comparison period by its name; one without a calendar unit is only the one before."""
        if before is None or before.unit in ("day", "days"):
            return self.gettext("the period before")
        return self.period(before)
