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
from helpers.findings import Finding
from helpers.page.charts import finding
from helpers.page.drawing import OURS, words_of
from helpers.page.html_page import page_title, render_page
from helpers.sales import Unavailable

MINUS = "−"
CURVE_OF_NOBODY = pd.DataFrame({"clients": [0], "share": [0.0]})


class Tables(HTMLParser):
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
    table = next(t for t in Tables(page_of()).tables if len(t) > 200)
    rows = [row for row in table[1:] if row[3][1]]
    cells = [[number(text) for css, text in row if css in ("", "neg", "t") or css[:1] == "q"] for row in rows]
    return [[*branches, total] for total, *branches in cells]


def test_every_row_and_every_column_adds_up_on_the_page(cross_rows, cross):
    *parts, total = cross_rows
    assert len(parts) == 200 + 2, "clients, other clients, no client"
    assert all(sum(row[:-1]) == row[-1] for row in cross_rows)
    assert [sum(column) for column in zip(*parts, strict=True)] == total
    assert total[-1] == cross.corner


def test_the_only_scripts_are_ours_and_their_hashes_are_in_the_policy(page_of):
    html = page_of()
    mark, script = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    assert mark == 'document.documentElement.classList.add("scripted")'
    first, second = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (mark, script))
    assert f"script-src 'sha256-{first}' 'sha256-{second}';" in html
    assert [s for s in Tables(html).scripts if s] == [{"type": "application/json", "class": "opened"}]
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
    title = {"en": "Client rating", "fr": "Évaluation des patients", "ar": "تقييم العملاء"}[language]
    assert f"<title>{title}</title>" in html
    assert html.count("<h1>") == 1


def test_the_same_notebook_gives_the_same_bytes(cross):
    pages = {render_page(made_up.notebook(cross), "en") for _ in range(2)}
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
    english, own, french = (
        finding(found, words_of(made_up.reader(language, labels=labels)))
        for language, labels in (("en", None), ("en", made_up.LABELS), ("fr", made_up.LABELS))
    )
    assert english == f"{said} clients bring half of the revenue"
    assert own == f"{said} patients bring half of the revenue"
    assert french == f"{found.half} patients sur 200 apportent la moitié du chiffre d’affaires"


def test_what_the_source_cannot_give_is_a_sentence_for_the_analyst_and_nothing_on_a_page():
    for level, said in ((3, "sale_line.base_amount"), (4, "bonus_entry.points or client.bonus_kind_id")):
        drawn = made_up.drawing(Unavailable(reader=made_up.READER, level=level))
        assert drawn.text.startswith("The source has nothing for this: ")
        assert f"Map {said} in source.yaml." in drawn.text
        assert (drawn.html, drawn.svg, drawn.png()) == ("", "", b"")


def test_a_section_whose_results_are_unavailable_is_absent_with_its_heading():
    md = nbformat.v4.new_markdown_cell
    nothing = [made_up.shown(Unavailable(reader=made_up.READER, level=3)) for _ in range(3)]
    cells = [md("# My report"), md("## What was given?\n\nDiscounts."), *nothing[:2]]
    cells += [md("## Half of it"), nothing[2], made_up.shown(made_up.bonus_points()), md("Prose alone.")]
    html = render_page(nbformat.v4.new_notebook(cells=cells), "en")
    body = html.split("<body")[1].split("<script>")[0]
    assert not re.search("What was given|Discounts|source has nothing|source.yaml", body)
    assert body.count("<section") == body.count("</section>") == 2
    assert body.index("Half of it") < body.index("18,427") < body.index("Prose alone.")


def test_what_is_not_there_is_a_notice(cross):
    nothing = replace(made_up.left_out(), findings=())
    assert "Nothing was left out" in made_up.drawing(nothing).html
    alone = made_up.reader(before=None)
    uncompared = made_up.drawing(made_up.uncompared(made_up.movement(cross)), alone)
    assert (uncompared.text, uncompared.html) == ("There is no comparison period", "")
    assert made_up.drawing(made_up.headline(), alone).text.startswith("1–31 October 2026\n")


def test_two_clients_of_one_name_are_told_apart():
    cross = made_up.cross_report(clients=3, names=["Twin"] * 9)
    cross.clients["client_name"] = ["Twin", "Twin", "Other"]
    html = made_up.drawing(cross).html
    ids = list(cross.clients.client_id)
    assert [f"<small><bdi>{i}</bdi></small>" in html for i in ids] == [True, True, False]


def test_a_short_history_says_so(cross):
    said = {months: made_up.drawing(made_up.movement(cross, history=months)).html for months in (7, 11, 12)}
    assert "Only 7 months of history lie before" in said[7]
    assert "Only 11 months of history" in said[11]
    assert "months of history" not in said[12]


def test_a_result_brings_its_style_to_jupyterlab_and_the_page_has_it_once(cross, page_of):
    data = made_up.shown(cross).outputs[0].data
    assert data["text/html"].startswith("<style data-pieces>")
    assert data[OURS]["result"] == "CrossReport"
    assert page_of().count("<style") == 1


def test_an_ordinary_page_is_small():
    cross = made_up.cross_report(names=[])
    html = render_page(made_up.notebook(made_up.with_details(cross)), "en")
    assert len(html.encode()) <= 200_000


@pytest.mark.parametrize("clients", [0, 1])
def test_a_report_of_nobody_and_of_one_is_a_page(clients):
    cross = made_up.cross_report(clients=clients, branches=2, names=[])
    french = made_up.reader("fr")
    drawn = [made_up.drawing(each, french) for each in (made_up.with_details(cross), made_up.movement(cross))]
    assert all(drawing.html and drawing.text for drawing in drawn)


def test_one_branch_or_none_is_a_rating_with_bars():
    cross = made_up.cross_report(clients=5, branches=1, names=[])
    cross = replace(cross, branches=cross.branches.head(1))
    html = made_up.drawing(cross).html
    head = [text for css, text in Tables(html).tables[0][0]]
    assert [text.strip() for text in head if text.strip()] == ["#", "±", "Client", "Total\u00a0€", "Margin", "Share"]
    widths = [float(width) for width in re.findall(r'<rect width="([\d.]+)%"', html)]
    assert len(widths) == 5
    assert widths[0] == max(widths) == 100


def test_many_branches_with_few_sales_each_are_told_in_words():
    """A row of dashes says nothing: each client's largest branches, and how many more."""
    cross = made_up.cross_report(clients=3, branches=40, names=["Ann", "Bob", "Cid"])
    cells = cross.cells.copy()
    cells.loc[:, :] = Decimal(0)
    spent = {"b:7": 50, "b:3": 900, "b:0": 70, "b:9": 60, "b:1": 10, "b:2": 5}
    for key, amount in spent.items():
        cells.loc[cells.index[0], key] = Decimal(amount)
    html = made_up.drawing(replace(cross, cells=cells)).html
    labels = dict(zip(cross.branches.key, cross.branches.label, strict=True))
    named = " · ".join(
        f"\u2068{labels[k]}\u2069: {n}.00" for k, n in (("b:3", 900), ("b:0", 70), ("b:9", 60), ("b:7", 50))
    )
    assert f"<td class=b>{named} · 2 more" in html
    assert '<th scope="col" class="b">Main branches</th>' in html
    assert 'data-count="0"' in html


def test_a_half_section_left_alone_has_its_row_whole():
    def half(heading: str, *outputs: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
        return [nbformat.v4.new_markdown_cell(heading, metadata={"tags": ["half"]}), *outputs]

    def there() -> nbformat.NotebookNode:
        return made_up.shown(made_up.bonus_points())

    absent = made_up.shown(Unavailable(reader=made_up.READER, level=3))
    cells = [*half("## A", there()), *half("## B", absent), *half("## C", there()), *half("## D", there())]
    html = render_page(nbformat.v4.new_notebook(cells=cells), "en")
    sections = re.findall(r'<section( class="half")?>\s*<div class="prose"><h2>(\w)', html)
    assert sections == [(' class="half"', "A"), (' class="half"', "C"), ("", "D")]


def test_the_line_of_trust_counts_what_the_table_below_it_lists():
    """Nine drafts, fourteen rows in quarantine: twenty-three are not in the report."""
    findings = Finding("draft", 9, Decimal("1204.50")), Finding("quarantined", 14), Finding("fine_amounts", 31)
    totals = replace(made_up.control_totals(made_up.cross_report()), findings=findings)
    said, *table = made_up.drawing(totals).text.splitlines()
    assert said == "Checks passed: 1,200,000 lines counted, 23 left out, totals agree to the cent."
    assert [line.split()[-1] for line in table if line.startswith(("Drafts", "In quarantine"))] == ["1,204.50", "–"]
    assert sum(n in " ".join(table) for n in ("  9  ", "  14  ")) == 2


def test_whole_units_stand_on_the_page_and_cents_in_what_it_adds_up():
    cross, whole = made_up.cross_report(clients=3, branches=2, names=[]), replace(made_up.READER, digits=0)
    html = made_up.drawing(cross, whole).html
    rows = [row for row in Tables(html).tables[0][1:] if row[3][1]]
    assert not any("." in text for row in rows for css, text in row if css in ("", "t"))
    exact = [line.split(",") for line in re.findall(r'data-now="([^"]*)"', html)]
    assert [Decimal(line[-1]) / 100 for line in exact[:3]] == list(cross.clients.net)


def test_without_revenue_shares_are_a_dash():
    found = Concentration(
        reader=made_up.READER, clients=0, excluded=3, total=Decimal(0), half=None, eighty=None, top_clients={},
        top_percent={}, hhi=None, effective=None, gini=None, curve=CURVE_OF_NOBODY,
    )  # fmt: skip
    assert finding(found, words_of(made_up.READER)) == "No clients brought revenue"
    drawn = made_up.drawing(found)
    assert drawn.text == "No clients brought revenue."
    assert not drawn.html + drawn.svg, "there is nothing to draw"
    cross = made_up.cross_report(clients=2, branches=1, names=[])
    cross.clients["share"] = None
    refunds = replace(cross, corner=Decimal(-5), other=None, none=None)
    rows = Tables(made_up.drawing(refunds).html).tables[0]
    assert [row[-1][1].split("\n")[0] for row in rows[1:] if row[3][1]] == ["–"] * 3


def test_as_many_clients_are_unchanged():
    same = replace(made_up.summary(), clients_before=3, clients=3)
    assert "Clients: 3 · unchanged against September 2026" in made_up.drawing(same).text


@pytest.mark.parametrize(
    ("branches", "earlier", "said"), [(1, 1, ""), (1, None, ""), (1, 2, "in 1 branch"), (2, 1, "in 2 branches")]
)
def test_one_branch_alone_is_the_company(branches, earlier, said):
    before = None if earlier is None else made_up.summary(branches=earlier)
    text = made_up.drawing(made_up.summary(branches=branches, before=before)).text
    assert re.findall(r"in \d+ branch\w*", text) == ([said] if said else [])


CHANGES = {
    "more": ("150", "120", "up", "25.0% against September 2026"),  # (150 − 120) / 120
    "less": ("150", "200", "down", "25.0% against September 2026"),  # (150 − 200) / 200
    "doubled": ("200", "100", "up", "100.0% against September 2026"),
    "all of it": ("0", "80", "down", "100.0% against September 2026"),
    "more than all of it": ("-20", "80", "down", "125.0% against September 2026"),  # (−20 − 80) / 80
    "the same": ("80", "80", "", "unchanged against September 2026"),
    "a cent before": ("0.02", "0.01", "up", "100.0% against September 2026"),
    "nothing before": ("150", "0", "", "September 2026: €0.00"),
    "less than nothing before": ("150", "-40", "", "September 2026: −€40.00"),
}


@pytest.mark.parametrize(("now", "before", "way", "said"), CHANGES.values(), ids=list(CHANGES))
def test_a_change_is_a_part_of_what_was_before(now, before, way, said):
    drawn = made_up.drawing(made_up.summary(net=Decimal(now), net_before=Decimal(before)))
    revenue = drawn.html.split("</div>")[0]
    sign = {"up": "▲", "down": "▼"}.get(way, "")
    text = re.sub("<[^>]+>", " ", revenue).replace("\u2060", "")
    assert " ".join(text.split()).endswith(f"{sign} {said}".strip())
    assert f" · {said}\n" in drawn.text


def test_a_pdf_is_linked_where_there_is_one(cross):
    with_pdf, without = (render_page(made_up.notebook(cross), "en", pdf=pdf) for pdf in ("report.pdf", ""))
    assert '<a href="report.pdf" download>PDF</a>' in with_pdf
    assert "report.pdf" not in without
