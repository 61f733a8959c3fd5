"""The landing page: the latest period as a card, every period in a row, the state of the data in words."""

import datetime as dt
import re

import pytest

from helpers.page.index_page import landing_page
from helpers.page.words import Words, capital
from helpers.period import parse_period


def run(period: str, **own) -> dict:
    """A published run as its manifest tells it."""
    told = dict(
        company="demo",
        company_name="Dental <b>Clinics</b>",
        report="client_rating",
        title="Client rating",
        part="",
        period=period,
        unit="month",
        first=f"{period}-01",
        last=f"{period}-28",
        language="en",
        href=f"demo/client_rating/{period}/index.html",
        finding="10 of 200 clients bring half of the revenue",
        total="524944.10",
        clients=200,
        half=10,
        best_client="<script>alert(1)</script>",
        best_amount="53170.00",
        currency="EUR",
        digits=None,
        state="complete",
        files={"Excel": f"demo/client_rating/{period}/rating.xlsx"},
        run_at="2026-11-01T05:00:00+01:00",
        next_run="2026-12-01T05:00:00+01:00",
        next_due="2026-12-01T07:00:00+01:00",
        months=[["2026-08", "451020"], ["2026-09", "494296"], ["2026-10", "524944.10"]],
    )
    return told | own


def test_newest_first_with_years_apart():
    html = landing_page([run("2025-12"), run("2026-10"), run("2026-09", state="2 branches sent no data")], "en")
    assert re.findall(r'<th scope="row"><a href="[^"]+">([^<]+)', html) == [
        "October 2026",
        "September 2026",
        "December 2025",
    ]
    assert '<p class="latest">October 2026</p>' in html
    assert '<td class="state">2 branches sent no data</td>' in html
    assert html.count("€524,944.10") == 1 + 3
    assert len(html.encode()) < 12_000


def test_amounts_are_in_the_units_of_the_page():
    html = landing_page([run("2026-10", digits=0), run("2026-09")], "en")
    assert "€524,944<" in html
    assert html.count("€524,944.10") == 1


NAMES = ("2026", "2026-Q1", "2026-Q4", "2026-01")


@pytest.mark.parametrize("start", [(1, 1), (4, 6), (2, 29), *((month, 1) for month in range(2, 13))])
@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_periods_of_a_fiscal_year_that_starts_in_any_month(start, language):
    """The words are those of the report's own page."""
    w = Words(language)
    for name in NAMES:
        period = parse_period(name, dt.date(2027, 12, 31), start)
        html = landing_page([run(name, unit=period.unit, first=str(period.first), last=str(period.last))], language)
        assert capital(w.period(period)) in html


def test_a_fiscal_quarter_says_its_days():
    """Its year starts on 1 July 2025: the first quarter has July, August and September."""
    html = landing_page([run("2026-Q1", unit="quarter", first="2025-07-01", last="2025-09-30")], "en")
    assert ">2026 Q1 (1 July – 30 September 2025)<" in html


def test_a_card_a_company_its_rating_first_and_its_languages_in_one_row():
    french = dict(report="client_rating.fr", language="fr", title="Évaluation des clients", finding="Dix clients")
    runs = [
        run("2026-10", report="bonuses", title="Bonuses", finding="Points"),
        run("2026-10", href="fr.html", **french),
        run("2026-10", href="en.html"),
        run("2026-09", company="other", company_name="Another", href="b.html"),
    ]
    html = landing_page(runs, "en")
    assert html.count('<article class="card">') == 2
    assert re.findall(r"<h2><bdi>([^/]+)</bdi></h2>", html)[0] == "Another"
    assert re.findall(r"<caption>([^<]+)", html) == ["Client rating", "Client rating", "Bonuses"]
    row = '<th scope="row"><a href="{}">October 2026</a> <a class="also" lang="{}" hreflang="{}" href="{}">{}</a></th>'
    assert row.format("en.html", "fr", "fr", "fr.html", "Français") in html
    assert "Dix clients" not in html
    assert "Points" not in html, "a card tells the rating's finding"
    assert row.format("fr.html", "en", "en", "en.html", "English").replace("October", "Octobre") in landing_page(
        runs, "fr"
    )


def test_a_part_of_the_company_is_a_report_of_its_own(tmp_path):
    """It neither passes for a language of the whole, nor stands on the company's card."""
    part = dict(report="client_rating.south", part="Only branch South", total="3.00", finding="Only branch South · 3")
    runs = [run("2026-11", href="south.html", **part), run("2026-10", href="whole.html", finding="The whole")]
    for language in ("en", "fr"):
        html = landing_page([*runs, run("2026-11", report="bonuses", title="Bonuses")], language)
        captions = re.findall(r"<caption>([^<]+)", html)
        assert captions == ["Client rating", "Client rating · Only branch South", "Bonuses"]
        assert "hreflang" not in html
        card = html[html.index('<article class="card">') : html.index("<table")]
        assert "The whole" in card
        assert "Only branch South" not in card


def test_the_next_run_is_when_it_runs_and_late_only_after_that():
    html = landing_page([run("2026-10")], "en")
    assert "1 December 2026, 05:00" in html
    assert 'data-due="2026-12-01T07:00:00+01:00"' in html


def test_names_are_escaped():
    html = landing_page([run("2026-10")], "en")
    assert "<bdi>Dental &lt;b&gt;Clinics&lt;/b&gt;</bdi>" in html
    assert "<script>alert" not in html


def test_no_run_and_a_bare_run():
    assert "Nothing has been published yet." in landing_page([], "en")
    bare = run("2026-10", months=[], next_run="", next_due="", half=None, best_client=None, best_amount=None)
    assert "spark" not in landing_page([bare], "fr").split("</style>")[1]


@pytest.mark.browser
@pytest.mark.parametrize(
    ("next_due", "is_late"), [("2020-01-01T05:00:00+01:00", True), ("2999-01-01T05:00:00+01:00", False)]
)
def test_the_badge_follows_the_readers_clock(open_page, next_due, is_late):
    page = open_page(landing_page([run("2026-10", next_due=next_due)], "fr"))
    assert page.locator(".late").is_visible() == is_late
    assert page.heard == []
