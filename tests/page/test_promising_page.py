"""The promising page: what it says of figures drawn here, in words without statistics, in every language."""

import datetime as dt
import re
from dataclasses import replace
from decimal import Decimal as D

import made_up
import numpy as np
import pandas as pd
import pytest
from company import company, opened
from nbformat.v4 import new_markdown_cell, new_notebook

from helpers.analysis.promising import (
    ExpectedAgainstPast,
    Forecast,
    LastList,
    NeverBoughtYet,
    NobodyBought,
    Origins,
    Outlook,
    Promising,
    RisingClients,
    SleepingClients,
    SuddenPurchases,
    expected_against_past,
    last_list,
    never_bought_yet,
    origins,
    outlook,
    promising,
    rising_clients,
    sleeping_clients,
    sudden_purchases,
)
from helpers.analysis.promising.backtest import Backtest
from helpers.analysis.promising.forecast import Caution
from helpers.analysis.promising.levels import Levels
from helpers.analysis.promising.lists import NeverBought
from helpers.analysis.promising.method import Method
from helpers.page.drawing import Drawing, bundle, words_of
from helpers.page.html_page import page_html, render_page
from helpers.page.promising_charts import finding
from helpers.page.promising_words import chance
from helpers.page.words import Words

JARGON = re.compile(
    r"median|quantile|percentile|decile|probability|variance|deviation|confidence|likelihood|bayes|gamma|NBD|model|"
    r"coverage|calibrat|backtest|expected value|p_buy|nan|inf\b|médiane|écart-type|vraisemblance|espérance|modèle",
    re.IGNORECASE,
)
ANSWERS = [Outlook, Promising, ExpectedAgainstPast, LastList, Origins, RisingClients, SleepingClients, SuddenPurchases]
ANSWERS += [NeverBoughtYet]
every_answer = pytest.mark.parametrize("kind", ANSWERS, ids=lambda kind: kind.__name__)
UNTIL = dt.date(2026, 10, 31)
METHOD = Method(None, UNTIL, 31, [], None)
SEASONAL = replace(METHOD, daily=pd.Series(dtype=float))
CALIBRATED = replace(METHOD, levels=Levels(np.array([]), np.array([0.8])))


def people(*rows) -> pd.DataFrame:
    names = ["client_id", "net", "expected_spend", "p_buy", "low", "high"]
    return pd.DataFrame(rows, columns=names).astype({"net": object})


def forecast(**own) -> Forecast:
    """Three clients: one comes always, one rises, one sleeps; the list before found 13 of 24."""
    best = people(
        ("c1", D("1500.40"), 1234.6, 0.97, 800.0, 2100.0),
        ("c2", pd.NA, 640.2, 0.31, 0.0, 1900.0),
        ("c3", D("-5"), 0.3, 0.0004, 0.0, 0.0),
    )
    tenths = pd.DataFrame({
        "tenth": range(1, 11), "clients": 38, "chance": 0.5, "bought": 0.5,
        "expected": [10.0 * n for n in range(1, 11)], "actual": [9.0 * n for n in range(1, 11)],
    })  # fmt: skip
    groups = ["top", "active", "first_purchase", "silent_several", "silent_one", "new"]
    origins = pd.DataFrame({
        "group": groups, "clients": [24, 205, 5, 149, 2, 8], "best": [11, 10, 0, 2, 0, 1],
        "share": [24 / 393, 205 / 393, 5 / 393, 149 / 393, 2 / 393, 8 / 393],
        "best_share": [11 / 24, 10 / 24, 0, 2 / 24, 0, 1 / 24],
        "chance": [11 / 24, 10 / 205, 0, 2 / 149, 0, 1 / 8],
    })  # fmt: skip
    sleeping = best.tail(1).assign(last_on=pd.Timestamp(2025, 8, 1), amount_if_buys=2195.1)
    sudden = pd.DataFrame({
        "client_id": ["c1"], "day": [pd.Timestamp(2026, 10, 3)], "net": [D("1982.18")], "earlier": [30],
        "usual": [155.7], "times": [12.7], "flagged": [5],
    })  # fmt: skip
    names = [("c1", "<b>Ann</b> & Co", "VIP"), ("c2", "\u202egnirts", None), ("c3", None, "Standard")]
    made = Forecast(
        first=dt.date(2026, 10, 1), until=UNTIL, days=31, method=METHOD, clients=best, best=best,
        rising=best.iloc[1:2], sleeping=sleeping, sudden=sudden,
        never_bought=NeverBought(27, 26, 3, 3 / 26, 0.056, 0.216, 240.3),
        backtest=Backtest(METHOD, 24, 13, 1.43, 201_342.0, 137_376.0, 0.466, None, 3062.0, 0.79, tenths),
        origins=origins, cautions=(), net=D("1495.40"),
        people=pd.DataFrame(names, columns=["client_id", "client_name", "price_list"]),
    )  # fmt: skip
    return replace(made, **own)


def drawing(kind: type, found: Forecast, language: str = "en") -> Drawing:
    """An answer of the forecast, drawn."""
    return made_up.drawing(kind(reader=made_up.READER, forecast=found), made_up.reader(language))


def text(kind: type, found: Forecast, language: str = "en") -> str:
    return drawing(kind, found, language).text


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
@every_answer
def test_every_answer_speaks_every_language_without_statistics(kind, language):
    answer = kind(reader=made_up.reader(language), forecast=forecast())
    drawn = drawing(kind, forecast(), language)
    html = page_html({"data": bundle(answer)})
    assert html == drawn.html
    assert not JARGON.search(drawn.text)
    assert not JARGON.search(re.sub(r"<[^>]+>", " ", html))
    assert "<b>Ann" not in html
    assert not re.search(r"\b0\s?%", drawn.text)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (Outlook, "Devraient venir: 1 · sur 3 clients"),
        (Promising, "La dernière fois, le montant se situait dans la fourchette indiquée pour 79 %"),
        (LastList, "cette liste aurait désigné 13 des 24 meilleurs"),
        (Origins, "13 ne l’étaient pas auparavant"),
        (SleepingClients, "<1 %"),
        (NeverBoughtYet, "Enregistrés, sans achat à ce jour : 27 clients."),
    ],
)
def test_french_is_french(kind, said):
    assert said in text(kind, forecast(), "fr").replace("\u00a0", " ")


def test_a_chance_is_said_in_per_cent_never_none_and_never_certain():
    w = Words("en")
    said = {0.99: ">95%", 0.94: "90%", 0.31: "30%", 0.16: "20%", 0.115: "12%", 0.01: "1%", 0.0099: "<1%", 0.0: "<1%"}
    assert {share: chance(share, w) for share in said} == said
    assert [chance(share, Words("fr")) for share in (0.31, 0.0)] == ["30\u00a0%", "<1\u00a0%"]


def test_who_how_much_how_sure():
    said = text(Promising, forecast())
    assert re.search(r"<b>Ann</b> & Co\s+VIP\s+1,500\s+1,230\s+800 and 2,100\s+>95%", said)
    assert re.search(r"gnirts\s+–\s+0\s+640\s+0 and 1,900\s+30%", said)
    assert "1 November – 1 December 2026" in said


def test_a_range_is_promised_where_the_past_was_asked_how_wide_it_must_be():
    assert "About 80% end within their range" in text(Promising, forecast(method=CALIBRATED))
    assert "The last time the amount lay in the range given for 79%." in text(Promising, forecast())
    unseen = replace(forecast().backtest, coverage=None)
    assert "could not be measured yet" in text(Promising, forecast(backtest=unseen))
    assert "could not be measured yet" in text(Promising, forecast(backtest=None))


@pytest.mark.parametrize(("low", "expected", "high"), [(0.0, 1070.0, 836.0), (0.0, 640.0, 0.0), (700.0, 640.2, 900.0)])
def test_an_amount_beyond_its_range_is_said_in_words(low, expected, high):
    best = people(("c2", pd.NA, expected, 0.31, low, high))
    assert re.search(r"mostly nothing, at times much\s+30%", text(Promising, forecast(best=best)))


def test_who_brought_nothing_and_will_bring_nothing_has_no_row():
    best = people(
        ("c1", D(5), 0.3, 0.1, 0.0, 0.0), ("c2", pd.NA, 0.4, 0.1, 0.0, 0.0), ("c3", pd.NA, 1.0, 0.3, 0.0, 2.0)
    )
    said = text(Promising, forecast(best=best, rising=best))
    assert "c3" in said or "Standard" in said
    assert "<b>Ann" in said
    assert "gnirts" not in said


def test_the_last_error_stands_beside_the_total_as_large():
    html = drawing(Outlook, forecast()).html
    assert re.search(r'<dt>Error of the last total</dt><dd class="value">47% too much</dd>', html)
    assert "€201,000 expected, €137,000 came" in html
    assert "Error of the last total" not in drawing(Outlook, forecast(backtest=None)).html


def test_the_season_shows_both_totals_and_both_errors():
    tried = replace(forecast().backtest, method=SEASONAL, off=-0.12, off_otherwise=0.466)
    season = forecast(method=SEASONAL, backtest=tried, season=1.25)
    said = text(Outlook, season)
    total = 1234.6 + 640.2 + 0.3
    assert f"without the season: €{total / 1.25:,.0f}" in said
    assert "12% too little" in said
    assert "without the season: 47% too much" in said
    assert "times 1.25: so much did these days bring a year ago" in text(Promising, season)
    unused = forecast(backtest=replace(tried, method=METHOD, off=0.466, off_otherwise=0.9), season=1.25)
    assert "with the season: 90% too much" in text(LastList, unused).lower()
    assert "without the season" not in text(Outlook, unused)


def test_names_stand_apart_from_the_text_around_them():
    html = drawing(Promising, forecast()).html
    assert "<bdi>&lt;b&gt;Ann&lt;/b&gt; &amp; Co</bdi>" in html
    assert "\u2068\u202egnirts\u2069" in drawing(ExpectedAgainstPast, forecast()).html


def test_how_good_the_last_list_was():
    said = text(LastList, forecast())
    assert "would have found 13 of the 24 who became best" in said
    assert "drawn by lot would have found 1." in said
    assert "off by 47%: too much" in said
    assert "for 79%" in said
    assert "€3,060" in said
    assert finding(forecast(), words_of(made_up.READER), "October 2026") == said.partition(". ")[0]


@pytest.mark.parametrize(("off", "said"), [(-0.2, "off by 20%: too little"), (0.001, "The total was right")])
def test_the_total_may_be_right_or_too_low(off, said):
    assert said in text(LastList, forecast(backtest=replace(forecast().backtest, off=off)))


def test_where_the_best_came_from_adds_up():
    said = text(Origins, forecast())
    assert f"Of the {11 + 10 + 0 + 2 + 0 + 1} best of October 2026, {10 + 2 + 1} had not been" in said
    assert re.search(r"among the best\s+11\s+24\s+50%", said)


def test_a_bar_is_as_long_as_its_figure():
    html = drawing(LastList, forecast()).html
    bars, lines = (
        list(map(float, re.findall(p, html))) for p in (r'rect x="0.0%" y="3" width="([\d.]+)%', r'x1="([\d.]+)%')
    )
    assert bars == [9.0 * n for n in range(10, 0, -1)]
    assert lines == [10.0 * n for n in range(10, 0, -1)]


def test_sleeping_sudden_and_never():
    assert re.search(r"c3\s+Standard\s+1.Aug.2025\s+2,200\s+<1%", text(SleepingClients, forecast()))
    assert re.search(r"VIP\s+3.Oct.2026\s+1,982\s+156\s+× 13", text(SuddenPurchases, forecast()))
    assert "The largest of 5." in text(SuddenPurchases, forecast())
    said = text(NeverBoughtYet, forecast())
    assert "27 clients" in said
    assert "Of 26 in the same place before, 3 came" in said
    assert "between 6% and 20%" in said


@pytest.mark.parametrize(
    ("never", "said"),
    [
        (NeverBought(4, reason="no_registration_date"), "days of registration are not known"),
        (NeverBought(4, reason="short_history"), "too early"),
        (NeverBought(4, 9, 0, 0.0, 0.0, 0.1), "nobody came"),
        (None, "does not say who is registered"),
    ],
)
def test_never_bought_says_why_it_cannot_tell(never, said):
    assert said in text(NeverBoughtYet, forecast(never_bought=never))


CAUTIONS = {
    "few_clients": (60, "Too few have bought so far (60)"),
    "few_repeat": (12, "Too few have come twice so far (12)"),
    "short_history": (45, "only 45 days"),
    "nothing_learned": (45, "too short to learn from it how to correct the amounts (45 days of sales)"),
    "subscription_like": (0.01, "as with a subscription"),
    "season_unknown": (200, "Less than a year of sales"),
    "seasonal": (1.4, "1.4 times the average of all the history"),
}


@pytest.mark.parametrize("code", CAUTIONS)
def test_every_caution_has_its_sentence(code):
    number, said = CAUTIONS[code]
    found = forecast(cautions=(Caution(code, number),))
    assert said in text(Promising, found)
    assert '<p class="notice">' in drawing(Promising, found).html


def test_a_young_or_small_company_has_less_to_show():
    bare = forecast().best.drop(columns=["low", "high"])
    young = forecast(
        best=bare, rising=bare, backtest=None, origins=None, sleeping=forecast().sleeping.head(0),
        sudden=forecast().sudden.head(0), cautions=(Caution("short_history", 45), Caution("few_clients", 3)),
    )  # fmt: skip
    assert "Usually between" not in text(Promising, young)
    assert all("only 45 days" in text(kind, young) for kind in (LastList, Origins))
    assert "found" not in text(Outlook, young)
    assert text(SleepingClients, young).startswith("Nobody who has been silent")
    assert text(SuddenPurchases, young).startswith("No purchase stands out")


def test_where_nobody_has_bought_a_sentence_stands():
    drawn = made_up.drawing(NobodyBought(reader=made_up.READER))
    assert drawn.text == "Nobody has bought yet, so nothing can be expected."
    assert drawn.text in drawn.html
    drawn = made_up.drawing(NobodyBought(reader=made_up.READER, since=dt.date(2023, 5, 4)))
    assert drawn.text == "Nobody has bought since 4 May 2023: so long after it nothing is expected."


def test_a_page_says_once_that_nobody_has_bought(tmp_path):
    asked = opened(company(tmp_path, {"sale_line": LINES}), "2026-09")
    promising(asked)  # asked, and shown by no cell
    cells = [cell for question in (outlook, promising, origins)
             for cell in (new_markdown_cell(f"## {question.__name__}"), made_up.shown(question(asked)))]  # fmt: skip
    html = render_page(new_notebook(cells=cells), "en")
    assert html.count("Nobody has bought yet, so nothing can be expected.") == 1
    assert re.findall("<h2[^>]*>(.*?)</h2>", html) == ["outlook"]


LINES = """
    client_id | sold_at             | amount
    ann       | 2026-10-02 10:00:00 | 7
"""
QUESTIONS = [outlook, promising, expected_against_past, last_list, origins, rising_clients, sleeping_clients]
QUESTIONS += [sudden_purchases, never_bought_yet]


def test_before_the_first_sale_every_question_is_answered_so(tmp_path):
    sales = opened(company(tmp_path, {"sale_line": LINES}), "2026-09")
    assert {type(ask(sales)) for ask in QUESTIONS} == {NobodyBought}
    assert outlook(sales).frame.empty
    assert {type(ask(opened(tmp_path))) for ask in QUESTIONS} == set(ANSWERS)


def test_more_than_a_year_after_the_last_sale_nothing_is_expected(tmp_path):
    lines = LINES.replace("2026-10-02", "2024-10-02")
    late = opened(company(tmp_path, {"sale_line": lines}), "2025-10")
    assert promising(late).since == dt.date(2024, 10, 2)
    assert promising(opened(tmp_path, "2025-09")).frame.client_id.tolist() == ["ann"]


def test_the_page_links_to_the_reports_that_are_published_beside_it(tmp_path, monkeypatch):
    for published in ("client_rating.fr/2026-10", "my_report/2026-10", "late/2026-09", "promising_clients/.runs/x"):
        (tmp_path / published).mkdir(parents=True)
    monkeypatch.setenv("CLIENT_RATING_WORK", str(tmp_path / "promising_clients/.runs/x"))
    linked = made_up.headline(("client_rating.fr", "my_report", "late", "none"))
    html = made_up.drawing(linked, made_up.reader("fr")).html
    assert '<a href="../../client_rating.fr/2026-10/index.html">Évaluation des clients</a>' in html
    assert '<a href="../../my_report/2026-10/index.html">My report</a>' in html
    assert html.count("<a ") == 2
    monkeypatch.delenv("CLIENT_RATING_WORK")
    assert "<a " not in made_up.drawing(linked).html, "outside of an archive nothing is known to be published"
