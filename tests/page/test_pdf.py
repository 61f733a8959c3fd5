"""The report on paper: every client, a header on each page, the grand total once, page numbers."""

import re

import made_up
import pypdfium2
import pytest

from helpers.errors import CannotCreate, NoInput
from helpers.page.html_page import render_page
from helpers.page.pdf import write_pdf

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def pages(tmp_path_factory, browser):
    """The text of each page of a report whose clients have plain names."""
    folder = tmp_path_factory.mktemp("pdf")
    cross = made_up.cross_report(names=[])
    cross.clients["client_name"] = [f"Client{i:03}" for i in range(1, 201)]
    (folder / "index.html").write_text(render_page(made_up.notebook(cross), "en"), "utf-8")
    write_pdf(folder / "index.html", folder / "report.pdf")
    document = pypdfium2.PdfDocument(folder / "report.pdf")
    texts = [page.get_textpage().get_text_bounded() for page in document]
    document.close()
    return texts


def test_every_client_is_there_once(pages):
    rows = re.findall(r"^\d+ \S+\s(Client\d{3}) ", "\n".join(pages).replace("\r", ""), re.MULTILINE)
    assert rows == [f"Client{i:03}" for i in range(1, 201)]


def test_each_page_of_the_table_has_its_header_and_the_total_stands_once(pages):
    tables = [page for page in pages if re.search(r"Client(0[2-9]|1|2)\d", page)]
    assert len(tables) > 2
    assert all("Nantes" in page and "Share" in page for page in tables)
    assert sum(len(re.findall(r"^Total [\d,]+\.\d\d .* 100\.0%", page, re.MULTILINE)) for page in pages) == 1


def test_pages_are_numbered_and_the_charts_stand_side_by_side(pages):
    assert [f"{i} / {len(pages)}" in page for i, page in enumerate(pages, 1)] == [True] * len(pages)
    (chart,) = (page for page in pages if "bring half of the revenue" in page)
    assert "Client010" in chart, "who moved stands beside how much the best bring"


def test_no_page_is_left_white_and_what_opens_on_a_screen_alone_is_not_printed(pages):
    assert min(len(page) for page in pages[:-1]) > 500
    assert "The figures" not in "".join(pages)


def test_without_chromium_it_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CLIENT_RATING_CHROMIUM", raising=False)
    with pytest.raises(NoInput, match="no Chromium was found"):
        write_pdf(tmp_path / "index.html", tmp_path / "report.pdf")


def test_a_browser_that_fails_is_a_sentence(monkeypatch, tmp_path):
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setenv("CLIENT_RATING_CHROMIUM", str(broken))
    with pytest.raises(CannotCreate, match=r"report\.pdf: exit code 3"):
        write_pdf(tmp_path / "index.html", tmp_path / "report.pdf")
