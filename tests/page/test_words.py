"""What the pages say: numbers, days and periods by language, a company's own words, catalogues without a
hole."""

import datetime as dt
import re
import string
from decimal import Decimal
from pathlib import Path

import made_up
import pytest
from babel import Locale
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po
from made_up import LABELS
from sentences import sentences

from helpers.errors import BadParameter
from helpers.page.catalogues import CATALOGUES, languages
from helpers.page.words import Words, clean_name
from helpers.period import parse_period

ROOT = Path(__file__).parents[2]
THIN, NO_BREAK, LRM, RLM = "\u202f", "\u00a0", "\u200e", "\u200f"


@pytest.mark.parametrize(
    ("language", "amount", "money", "count", "percent"),
    [
        ("en", "−1,234.50", "−€1,234.50", "26,247", "10.1%"),
        ("fr", f"−1{THIN}234,50", f"−1{THIN}234,50{NO_BREAK}€", f"26{THIN}247", f"10,1{NO_BREAK}%"),
        ("ar", f"{LRM}−1,234.50", f"{RLM}{LRM}−1,234.50{NO_BREAK}€", "26,247", f"10.1{LRM}%{LRM}"),
    ],
)
def test_numbers_follow_the_language(language, amount, money, count, percent):
    w = Words(language, "EUR")
    value = Decimal("-1234.495")
    assert (w.amount(value), w.money(value), w.count(26247), w.percent(0.101)) == (
        amount,
        money,
        count,
        percent,
    )


def test_minor_units_follow_the_currency():
    assert Words("en", "JPY").amount(Decimal("1234.5")) == "1,235"
    assert Words("en", "KWD").amount(Decimal("1234.5")) == "1,234.500"
    assert Words("en", "EUR").amount(Decimal("-0.001")) == "0.00"


@pytest.mark.parametrize(
    ("text", "english", "french"),
    [
        ("2026-10", "October 2026", "octobre 2026"),
        ("2026-Q3", "Q3 2026", "T3 2026"),
        ("2026", "2026", "2026"),
        ("2026-09-15", "15 September 2026", "15 septembre 2026"),
        ("2026-10-01", "1 October 2026", "1er octobre 2026"),
        ("2026-09-01..2026-09-15", "1–15 September 2026", "du 1er au 15 septembre 2026"),
        ("2026-09-21..2026-10-01", "21 September – 1 October 2026", "du 21 septembre au 1er octobre 2026"),
    ],
)
def test_periods_have_names(text, english, french):
    period = parse_period(text, dt.date(2026, 11, 1))
    assert (Words("en").period(period), Words("fr").period(period)) == (english, french)


def test_a_companys_own_words_stand_by_plural():
    w = Words("fr", "EUR", made_up.company(labels=LABELS).labels)
    assert (w.clients(1), w.clients(200), w.branches(0)) == ("1 patient", "200 patients", "0 département")
    assert Words("fr").clients(2) == "2 clients"


def test_arabic_counts_in_six_forms():
    w = Words("ar")
    assert [w.client(n) for n in (0, 1, 2, 3, 11, 100)] == [
        "عميل",
        "عميل",
        "عميلان",
        "عملاء",
        "عميلًا",
        "عميل",
    ]


def test_an_arabic_dual_is_its_own_number():
    def counted(labels=None):
        w = Words("ar", labels=labels or {})
        return [w.clients(2), w.clients(3), w.branches(2), w.branches(102)]

    own = {"client": {"two": "مريضان", "few": "مرضى", "other": "مريض"}, "branch": {"other": "قسم"}}
    assert counted() == ["عميلان", "3 عملاء", "فرعان", "102 فرع"]
    assert counted(made_up.company(labels={"ar": own}).labels) == ["مريضان", "3 مرضى", "2 قسم", "102 قسم"]


def test_an_unknown_language_is_a_sentence():
    with pytest.raises(BadParameter, match="unknown language 'xx'"):
        Words("xx")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Zoë", "Zoë"),
        ("a\x00b\r\n", "a\ufffdb\ufffd\ufffd"),
        ("\ud800", "\ufffd"),
        ("a\ufffe\uffffb", "a\ufffd\ufffdb"),
        ("\u202eabc", "\u202eabc"),
        (None, ""),
    ],
)
def test_clean_name_changes_only_what_cannot_be_shown(name, shown):
    assert clean_name(name) == shown


def _messages() -> dict:
    """Every message of the code, the templates and the notebooks: (context, id) → places in it."""
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    found = {}
    for _, _, message, _, context in extract_from_dir(
        ROOT, methods, options, directory_filter=lambda d: ".venv" not in d
    ):
        first = message[0] if isinstance(message, tuple) else message
        found[context, first] = _places(" ".join(message) if isinstance(message, tuple) else message)
    return found


def _places(text: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(text) if field} if re.search(r"{\w+}", text) else set()


def test_the_customers_language_is_spoken():
    assert {"en", "fr", "ar"} <= set(languages())


@pytest.mark.parametrize("language", [name for name in languages() if name != "en"])
def test_no_catalogue_has_a_hole(language):
    with (CATALOGUES / language / "LC_MESSAGES" / "helpers.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    needed = _messages()
    held = {(m.context, m.id[0] if isinstance(m.id, tuple) else m.id): m for m in catalogue if m.id}
    assert set(needed) - set(held) == set(), "messages without a translation"
    assert set(held) - set(needed) == set(), "translations that nothing asks for"
    extra = {"some", "all", "n", "client", "clients", "branch", "branches"}
    for key, message in held.items():
        texts = message.string if isinstance(message.string, tuple) else (message.string,)
        assert all(texts), f"not translated: {key}"
        assert not message.fuzzy, f"not sure: {key}"
        assert len(texts) == (catalogue.num_plurals if message.pluralizable else 1), key
        assert all(_places(text) <= needed[key] | extra for text in texts), f"unknown place: {key}"
    assert Locale.parse(language).text_direction in ("ltr", "rtl")


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_every_sentence_that_counts_can_be_listed(language):
    """The list that a person reads: at 1 and at 5 nothing is left to fill in, and the number is not said twice."""
    listed = dict(sentences(language))
    assert len(listed) > 30
    for said in listed.values():
        assert not any("{" in text or re.search(r"(\d) \1\b", text) for text in said)
