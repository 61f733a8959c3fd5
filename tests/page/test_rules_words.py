"""What a what-if changes is said in words: every place that a rules file can differ in has them, in every language."""

import re

import pytest

from helpers.page.catalogues import languages
from helpers.page.rules_words import difference
from helpers.page.words import Words
from helpers.settings.rules import Rules, changes

FULL = Rules.model_validate({
    "title": "Everything", "points_decimals": 1, "default_kind": "GOLD", "max_part_paid": 0.5,
    "kinds": {"GOLD": {"rate": 0.5, "min_order": 20, "expiry_days": 365}},
    "tiers": [{"from": 1000, "rate": 0.7, "name": "Best"}], "price_lists": {"SEN": {"percent_off": 12.5, "from": 2000}},
    "excluded_items": ["a", "b"], "excluded_categories": ["food"], "excluded_price_lists": ["SEN"],
})  # fmt: skip
LISTS = {"SEN": "Seniors"}


def test_numbers_are_the_readers_and_lists_have_names():
    french = [difference(*change, LISTS, Words("fr")) for change in changes(Rules(), FULL)]
    plain = [text.replace("\u202f", " ").replace("\u00a0", " ") for text in french]
    assert "points GOLD par € : 0,5" in plain
    assert "remise de la liste Seniors : 12,5 %" in plain
    assert "dépense annuelle à partir de laquelle la liste Seniors s’applique : 2 000,00 €" in plain
    assert "listes de prix sans points : Seniors" in plain
    assert "part maximale d’une vente payable en points : 50 %" in plain


def test_both_values_stand_where_both_are_known():
    now, then = (Rules.model_validate({"kinds": {"GOLD": {"rate": rate}}}) for rate in (0.3, 0.5))
    (change,) = changes(now, then)
    assert difference(*change, {}, Words("en")) == "points of GOLD for each €: 0.5 instead of 0.3"


@pytest.mark.parametrize("language", languages())
def test_every_place_of_a_rules_file_has_words_and_none_stands_as_a_key(language):
    for now, then in ((Rules(), FULL), (FULL, Rules())):
        found = changes(now, then)
        assert {place.partition(".")[0] for place, _, _ in found} == set(Rules.model_fields) - {"title"}
        for change in found:
            assert not re.search(r"_|\w\.[a-z]", difference(*change, LISTS, Words(language))), change
