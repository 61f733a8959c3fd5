"""The published page as text: one file, its policy, what is on it and what is not, totals that add up, same
bytes."""

import base64
import hashlib
import re
from dataclasses import replace
from decimal import Decimal
from html.parser import HTMLParser

import made_up
import nbformat
import pandas as pd
import pytest

from helpers.analysis.concentration import Concentration
from helpers.page.html_page import page_title, render_page

MINUS = "−"
CURVE_OF_NOBODY = pd.DataFrame({"clients": [0], "share": [0.0]})


class Reader(HTMLParser):
    """A page as a list of tables, each a list of rows of (classes, text)."""

    def __init__(self, html: str):
        super().__init__()
        self.tables, self.scripts, self.hidden = [], [], 0
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append([attrs.get("class") or "", ""])
        elif tag == "script":
            self.scripts.append(attrs)

    def handle_data(self, data):
        if self.tables and self.tables[-1] and self.tables[-1][-1]:
            self.tables[-1][-1][-1][1] += data


def number(text: str) -> Decimal:
    """`1,234.50` as a Decimal, `–` as 0."""
    return Decimal(text.replace(",", "").replace(MINUS, "-")) if text != "–" else Decimal(0)


@pytest.fixture
def cross_rows(page_of):
    """The cross report's rows on the page: cells of branches and the total at the right, as Decimals."""
    table = next(t for t in Reader(page_of()).tables if len(t) > 200)
    rows = [row for row in table[1:] if row[-2][1]]
    return [[number(text) for css, text in row if css in ("", "neg", "t") or css[:1] == "q"] for row in rows]


def test_every_row_and_every_column_adds_up_on_the_page(cross_rows, cross):
    *parts, total = cross_rows
    assert len(parts) == 200 + 2, "clients, other clients, no client"
    assert all(sum(row[:-1]) == row[-1] for row in cross_rows)
    assert [sum(column) for column in zip(*parts, strict=True)] == total
    assert total[-1] == cross.corner


def test_the_only_script_is_ours_and_its_hash_is_in_the_policy(page_of):
    html = page_of()
    script = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script[0].encode()).digest()).decode()
    assert len(script) == 1
    assert f"script-src 'sha256-{digest}'" in html
    assert [s for s in Reader(html).scripts if s] == [{"type": "application/json", "class": "opened"}]
    assert not re.search(
        r"""<[^>]*\son\w+\s*=\s*["']?[a-z]""", re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL)
    )
    assert not re.search(r"""(src|href)="?(https?:)?//""", html)


def test_the_policy_stands_first_in_the_head(page_of):
    head = page_of().split("<head>")[1]
    assert head.index("Content-Security-Policy") < head.index("<title>")
    assert head.lstrip().startswith('<meta charset="utf-8">')


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("fr", "ltr"), ("ar", "rtl")])
def test_the_page_says_its_language_direction_and_title(page_of, language, direction):
    html = page_of(language)
    assert html.startswith(f'<!doctype html>\n<html lang="{language}" dir="{direction}">')
    title = {"en": "Client rating", "fr": "Évaluation des clients", "ar": "تقييم العملاء"}[language]
    assert f"<title>{title}</title>" in html
    assert html.count("<h1>") == 1


def test_the_same_notebook_gives_the_same_bytes(cross):
    pages = {render_page(made_up.notebook(made_up.sales(), cross), "en") for _ in range(2)}
    assert len(pages) == 1


def test_code_and_the_analysts_cells_are_not_on_the_page():
    cells = [
        nbformat.v4.new_markdown_cell("# My report\n\nFor the analyst", metadata={"tags": ["analyst"]}),
        nbformat.v4.new_code_cell(
            "secret = 1", outputs=[nbformat.v4.new_output("stream", name="stdout", text="<b>said</b>")]
        ),
        nbformat.v4.new_code_cell("noise", outputs=[nbformat.v4.new_output("stream", name="stderr", text="a warning")]),
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    html = render_page(notebook, "en")
    body = html.split("<body")[1]
    assert "<h1>My report</h1>" in body
    assert "&lt;b&gt;said&lt;/b&gt;" in body
    assert not re.search("secret|analyst|a warning", body.split("<script>")[0])
    assert page_title(notebook, "fr") == "My report"


def test_an_analysts_own_frame_stands_on_the_page_escaped():
    frame = pd.DataFrame({"name": ["<script>alert(1)</script>"]})
    data = {"text/html": frame.to_html(), "text/plain": str(frame)}
    output = nbformat.v4.new_output("execute_result", data=data, execution_count=1)
    html = render_page(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("frame", outputs=[output])]), "en")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_the_finding_is_a_sentence_with_any_label(cross):
    found = made_up.concentration(cross)
    said = f"{found.half} of 200"
    assert made_up.sales("en").finding(found) == f"{said} clients bring half of the revenue"
    assert made_up.sales("en", labels=made_up.LABELS).finding(found) == f"{said} patients bring half of the revenue"
    french = made_up.sales("fr", labels=made_up.LABELS).finding(found)
    assert french == f"{found.half} patients sur 200 apportent la moitié du chiffre d’affaires"


def test_what_the_source_cannot_give_is_a_notice(cross):
    show = made_up.sales()
    assert "no base prices" in show.discounts(None).text
    assert "no bonus points" in show.bonus_points(None).text
    assert "Nothing was left out" in show.left_out(made_up.left_out().iloc[:0]).text
    show.sales.before = None
    assert "There is no comparison period" in show.movement(made_up.movement(cross)).text
    assert show.title().text.startswith("1–31 October 2026\n")


def test_two_clients_of_one_name_are_told_apart():
    cross = made_up.cross_report(clients=3, names=["Twin"] * 9)
    cross.clients["client_name"] = ["Twin", "Twin", "Other"]
    html = made_up.sales().cross_report(cross).html
    ids = list(cross.clients.client_id)
    assert [f"<small><bdi>{i}</bdi></small>" in html for i in ids] == [True, True, False]


def test_a_short_history_says_so(cross):
    assert "Only 7 months of history lie before" in made_up.sales().movement(made_up.movement(cross, history=7)).html
    assert "Only 11 months of history" in made_up.sales().movement(made_up.movement(cross, history=11)).html
    assert "months of history" not in made_up.sales().movement(made_up.movement(cross, history=12)).html


def test_a_piece_brings_its_style_to_jupyterlab_and_the_page_has_it_once(cross, page_of):
    piece = made_up.sales().curve(made_up.concentration(cross))
    assert piece._repr_mimebundle_()["text/html"].startswith("<style data-pieces>")
    assert page_of().count("<style") == 1


def test_an_ordinary_page_is_small():
    cross = made_up.cross_report(names=[])
    html = render_page(made_up.notebook(made_up.sales(), cross, made_up.client_details(cross)), "en")
    assert len(html.encode()) <= 200_000


@pytest.mark.parametrize("clients", [0, 1])
def test_a_report_of_nobody_and_of_one_is_a_page(clients):
    cross = made_up.cross_report(clients=clients, branches=2, names=[])
    show = made_up.sales("fr")
    pieces = [show.cross_report(cross, made_up.client_details(cross)), show.movement(made_up.movement(cross))]
    assert all(piece.html and piece.text for piece in pieces)


def test_without_revenue_shares_are_a_dash():
    found = Concentration(0, 3, Decimal(0), None, None, {}, {}, None, None, None, CURVE_OF_NOBODY)
    show = made_up.sales()
    assert show.finding(found) == "No clients brought revenue"
    assert "<svg" not in show.curve(found).html
    cross = made_up.cross_report(clients=2, branches=1, names=[])
    cross.clients["share"] = None
    refunds = replace(cross, corner=Decimal(-5), other=None, none=None)
    rows = Reader(show.cross_report(refunds).html).tables[0]
    assert [row[-1][1].split("\n")[0] for row in rows[1:] if row[-2][1]] == ["–"] * 3


def test_a_period_without_sales_says_so():
    empty = made_up.summary()
    empty.sales_count = 0
    assert made_up.sales().key_figures(empty).text.startswith("There are no sales in October 2026.\n")
    empty.clients_before, empty.clients = 3, 3
    assert "Clients: 3 · unchanged on September 2026" in made_up.sales().key_figures(empty).text


def test_a_source_without_sale_ids_still_has_sales():
    found = made_up.summary()
    found.sales_count = None
    assert "no sales" not in made_up.sales().key_figures(found).text


CHANGES = {
    "more": ("150", "120", "up", "25.0% on September 2026"),  # (150 − 120) / 120
    "less": ("150", "200", "down", "25.0% on September 2026"),  # (150 − 200) / 200
    "doubled": ("200", "100", "up", "100.0% on September 2026"),
    "all of it": ("0", "80", "down", "100.0% on September 2026"),
    "more than all of it": ("-20", "80", "down", "125.0% on September 2026"),  # (−20 − 80) / 80
    "the same": ("80", "80", "", "unchanged on September 2026"),
    "a cent before": ("0.02", "0.01", "up", "100.0% on September 2026"),
    "nothing before": ("150", "0", "", "September 2026: €0.00"),
    "less than nothing before": ("150", "-40", "", "September 2026: −€40.00"),
}


@pytest.mark.parametrize(("now", "before", "way", "said"), CHANGES.values(), ids=list(CHANGES))
def test_a_change_is_a_part_of_what_was_before(now, before, way, said):
    found = made_up.summary()
    found.net, found.net_before = Decimal(now), Decimal(before)
    piece = made_up.sales().key_figures(found)
    revenue = piece.html.split("</div>")[0]
    sign = {"up": "▲", "down": "▼"}.get(way, "")
    assert " ".join(re.sub("<[^>]+>", " ", revenue).split()).endswith(f"{sign} {said}".strip())
    assert f" · {said}\n" in piece.text
