"""The analyst's picker without a browser: what its button does, and each mistake as a sentence above the table."""

import datetime as dt

import pytest
from company import company

from helpers.page.explore import OWN, Picker
from helpers.period import FORMS

LINES = """
client_id | sold_at             | amount
ann       | 2026-10-02 10:00:00 | 7
bob       | 2026-10-03 10:00:00 | 5
"""
TODAY = "2026-11-23"


@pytest.fixture
def made(tmp_path, monkeypatch):
    """A picker in a small company's project."""
    root = company(tmp_path, {"sale_line": LINES})
    monkeypatch.setenv("CLIENT_RATING_ROOT", str(root))
    return lambda **given: Picker(**{"company": "acme", "today": TODAY} | given)


def test_the_button_shows_the_chosen_period(made):
    picker = made()
    assert picker.message.value == ""
    assert picker.output.value.index("ann") < picker.output.value.index("bob")
    assert list(picker.sales.lines().client_id) == ["bob", "ann"]


MISTAKES = [
    ({"period": "2027-01"}, "period &#x27;2027-01&#x27; lies in the future"),
    ({"period": "<b>soon"}, f"period must be {FORMS}; got &#x27;&lt;b&gt;soon&#x27;"),
    ({"today": "yesterday"}, "today"),
    ({"today": "2026-02-30"}, "today"),
    ({"company": "acne"}, "acne"),
    ({"language": "xx"}, "xx"),
]


@pytest.mark.parametrize(("given", "sentence"), MISTAKES, ids=[str(given) for given, _ in MISTAKES])
def test_a_mistake_is_a_sentence(made, given, sentence):
    picker = made(**given)
    assert sentence in picker.message.value
    assert picker.output.value == ""
    assert "bug of ours" not in picker.message.value


DAYS = [
    (None, dt.date(2026, 10, 31), "choose the first and the last day"),
    (dt.date(2026, 10, 1), None, "choose the first and the last day"),
    (dt.date(2026, 10, 31), dt.date(2026, 10, 1), "type the earlier day first"),
    (dt.date(2027, 1, 1), dt.date(2027, 1, 2), "lies in the future"),
]


@pytest.mark.parametrize(("first", "last", "sentence"), DAYS)
def test_a_mistake_in_the_days_leaves_the_table_that_was_there(made, first, last, sentence):
    picker = made()
    table = picker.output.value
    picker.period.value, picker.first.value, picker.last.value = OWN, first, last
    picker.button.click()
    assert sentence in picker.message.value
    assert picker.output.value == table
    picker.first.value, picker.last.value = dt.date(2026, 10, 2), dt.date(2026, 10, 2)
    picker.button.click()
    assert picker.message.value == ""
    assert "bob" not in picker.output.value


def test_an_error_nobody_foresaw_is_a_sentence_too(made, monkeypatch):
    """A click would show nothing of it; what it quotes of a secret is hidden."""
    picker = made()
    monkeypatch.setenv("SHOP_PASSWORD", "canary-canary")

    def fails(_sales: object) -> None:
        raise ValueError("<refused> canary-canary")

    monkeypatch.setattr("helpers.page.explore.rating", fails)
    picker.button.click()
    assert picker.message.value == "a bug of ours, ValueError: &lt;refused&gt; ***"
