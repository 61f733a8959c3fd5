"""Chromium for the tests that look at a page as a reader would; without it they skip, and say so."""

import made_up
import pytest

from helpers.page.html_page import render_page


@pytest.fixture
def open_page(browser, tmp_path):
    """Open HTML from a file; whatever the page says on its console or asks of the outside is in
    `page.heard`."""
    contexts = []

    def opened(html: str, hash: str = "", **options):
        path = tmp_path / "index.html"
        path.write_text(html, "utf-8")
        context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}} | options)
        contexts.append(context)
        page = context.new_page()
        page.heard = []
        page.on("console", lambda message: page.heard.append(message.text))
        page.on("pageerror", lambda error: page.heard.append(str(error)))
        page.on("request", lambda r: r.url.startswith(("file:", "data:", "blob:")) or page.heard.append(r.url))
        page.goto(path.as_uri() + hash)
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def cross():
    """200 clients by 12 branches, with hostile names among them."""
    return made_up.cross_report()


@pytest.fixture(scope="session")
def page_of(cross):
    """The report's page in a language, drawn once."""
    drawn = {}

    def page(language: str = "en") -> str:
        if language not in drawn:
            whose = made_up.reader(language, labels=made_up.LABELS)
            drawn[language] = render_page(made_up.notebook(made_up.with_details(cross), whose), language)
        return drawn[language]

    return page
