"""The page in Chromium, as its readers use it: mouse, keyboard, phone, dark, zoom, paper; and as its enemies
would."""

import csv
import io
import re
from dataclasses import replace
from decimal import Decimal

import made_up
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from tests.page.test_index_page import run
from tests.page.test_page import number

from helpers.page.drawing import LONGEST_NAME
from helpers.page.html_page import MARK, render_page
from helpers.page.index_page import landing_page
from helpers.page.words import clean_name

pytestmark = pytest.mark.browser
ROWS = ".cross tbody tr:not(.line):visible"
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


@pytest.fixture
def page(open_page, page_of):
    """The English report on a wide screen."""
    return open_page(page_of())


def names(page) -> list[str]:
    return page.locator(f"{ROWS} .name").all_text_contents()


def cells(page, row: str) -> list[Decimal]:
    """The cells of a row, the total last."""
    total, *texts = page.locator(f".cross tr.{row} td:not(.n, .m, .g, .s)").all_text_contents()
    return [number(text) for text in [*texts, total]]


def choose(page, name: str, value: str):
    page.locator(f".tools [name={name}]").select_option(value)


def test_the_page_asks_for_nothing_and_says_nothing(page):
    page.wait_for_load_state("networkidle")
    assert page.heard == []
    assert page.evaluate("window.hit") is None


def test_an_injected_script_does_not_run(open_page, page_of):
    attacks = '<script>window.hit=1</script><img src=x onerror="window.hit=1">'
    attacks += '<a href="javascript:window.hit=1">x</a><iframe srcdoc="<script>parent.hit=1</script>"></iframe>'
    page = open_page(page_of().replace("</main>", attacks + "</main>"))
    page.get_by_text("x", exact=True).last.click()
    assert page.evaluate("window.hit") is None
    assert any("Content Security Policy" in text for text in page.heard)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_axe_finds_nothing(open_page, page_of, language, scheme):
    page = open_page(page_of(language), color_scheme=scheme)
    page.locator(".name button").first.click()
    assert_accessible(page)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_axe_finds_nothing_on_a_phone(open_page, page_of, language):
    page = open_page(page_of(language), **PHONE)
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 390


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_landing_page(open_page, scheme):
    runs = [
        run("2026-10", next_due="2020-01-01T05:00:00+01:00"),
        run("2026-09", state="2 branches sent no data"),
    ]
    assert_accessible(open_page(landing_page(runs, "fr"), color_scheme=scheme))


def assert_accessible(page):
    result = Axe().run(page)
    assert result.violations_count == 0, result.generate_report()


def test_search_ignores_accents_and_case_and_shows_its_own_sum(page, cross):
    total = cells(page, "total")
    page.get_by_label("Search patient").fill("zoe")
    found = names(page)
    assert found
    assert all("Zoé" in name or "ZOE" in name.upper() for name in found)
    by_id = {c.client_id: c.net for c in cross.clients.itertuples()}
    ids = page.eval_on_selector_all(
        ROWS.replace(":visible", ":not([hidden])"), "rows => rows.map(row => row.dataset.id)"
    )
    assert cells(page, "shown")[-1] == sum(by_id[i] for i in ids)
    assert cells(page, "total") == total
    assert page.locator("[role=status]").text_content() == f"Shown ({len(ids)} / 200)"


def test_a_search_that_nobody_matches_says_so(page):
    page.get_by_label("Search patient").fill("zzz <b>")
    assert page.locator(".nobody").text_content() == "No patient matches “zzz <b>”."
    page.get_by_label("Search patient").fill("")
    assert not page.locator(".nobody").is_visible()


def tab_stops(page, most: int = 80) -> list[str]:
    """What the tab key reaches from the top of the page to its end: the tag and text of each."""
    stops = []
    for _ in range(most):
        page.keyboard.press("Tab")
        stop = page.evaluate("[document.activeElement.tagName, document.activeElement.textContent.trim().slice(0, 30)]")
        if stop[0] == "BODY":
            return stops
        stops.append(" ".join(stop))
    return stops


def test_the_keyboard_reaches_the_end_of_the_page_in_few_steps(page):
    stops = tab_stops(page)
    assert stops[0] == "A Skip to the report"
    assert 5 < len(stops) <= 60


def test_arrow_keys_lead_from_name_to_name_and_from_heading_to_heading(page):
    first, second = names(page)[:2]
    page.locator(".name button").first.focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.textContent") == second
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.textContent") == first
    page.locator(".cross thead button").first.focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.closest('th').cellIndex") == 1


HIDDEN = """() => {
  const focus = document.activeElement, at = focus.getBoundingClientRect();
  const seen = document.elementFromPoint(at.left + Math.min(at.width, 20) / 2, at.top + at.height / 2);
  return !(seen && (focus.contains(seen) || seen.contains(focus) && seen.closest("th") === focus.closest("th")));
}"""


@pytest.mark.parametrize("screen", [{"viewport": {"width": 800, "height": 700}}, PHONE], ids=["narrow", "phone"])
def test_focus_is_never_hidden_behind_what_stays_in_place(open_page, page_of, screen):
    page = open_page(page_of(), **screen)
    page.locator(".cross thead button").first.focus()
    for key, count in (("ArrowRight", page.locator(".cross thead button:visible").count() - 1), ("ArrowLeft", 4)):
        for _ in range(count):
            page.keyboard.press(key)
            assert not page.evaluate(HIDDEN), page.evaluate("document.activeElement.textContent")
    page.locator(".name button").first.focus()
    for key, count in (("ArrowDown", 60), ("ArrowUp", 40)):
        for _ in range(count):
            page.keyboard.press(key)
            assert not page.evaluate(HIDDEN), page.evaluate("document.activeElement.textContent")


@pytest.mark.parametrize(
    ("name", "value", "column", "expected"),
    [("list", "VIP −15 %", "price_list", "VIP −15 %"), ("abc", "B", "abc", "B")],
)
def test_filters_keep_what_they_say(page, cross, name, value, column, expected):
    choose(page, name, value)
    wanted = cross.clients[cross.clients[column] == expected]
    assert len(names(page)) == len(wanted)
    assert cells(page, "shown")[-1] == sum(wanted.net)


def test_filter_by_movement(page, cross):
    choose(page, "move", "rose")
    assert len(names(page)) == sum(c.rank_before > c.rank for c in cross.clients.itertuples())


@pytest.mark.parametrize(("mode", "column", "row"), [("client", 0, 0), ("branch", 1, -1)])
def test_cells_as_shares_close_with_one_hundred_percent(page, mode, column, row):
    choose(page, "cells", mode)
    line = page.locator(f"{ROWS} >> nth=0") if row == 0 else page.locator("tr.total")
    assert line.locator("td:not(.n, .m, .g, .s)").all_text_contents()[column] == "100.0%"


def test_change_is_the_cell_less_the_cell_before(page, cross):
    choose(page, "cells", "change")
    total, *first = page.locator(f"{ROWS} >> nth=0").locator("td:not(.n, .m, .g, .s)").all_text_contents()
    now, before = cross.cells.iloc[0], cross.before_cells.iloc[0]
    changes = [now[k] - before[k] for k in cross.cells.columns]
    assert [number(text.replace("+", "")) for text in [*first, total]] == [*changes, sum(changes)]
    choose(page, "cells", "")
    assert cells(page, "total")[-1] == cross.corner


def test_sorting_moves_clients_and_leaves_the_totals_below(page, cross):
    page.get_by_role("button", name="Nantes").click()
    key = cross.branches.key[list(cross.branches.label).index("Nantes")]
    assert (
        page.locator(f"{ROWS} >> nth=0").get_attribute("data-id")
        == cross.cells.sort_values(key, ascending=False).index[0]
    )
    assert page.locator("th[aria-sort=descending]").text_content() == "Nantes"
    last = page.locator(".cross table tr").last
    assert last.get_attribute("class") == "total"
    page.get_by_role("button", name="Rank", exact=True).click()
    assert names(page)[0] == cross.clients.client_name[0]


def test_the_keyboard_reaches_everything_and_comes_back(page):
    page.get_by_label("Search patient").focus()
    page.keyboard.type("van")
    for _ in range(5):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Download CSV"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "box"
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.closest('th').className") == "c"
    page.keyboard.press("Enter")
    assert page.locator("th.c[aria-sort=ascending]").count() == 1
    button = page.locator(f"{ROWS} .name button").first
    button.focus()
    page.keyboard.press("Enter")
    assert button.get_attribute("aria-expanded") == "true"
    assert "First purchase" in page.locator("tr.line").text_content()
    page.keyboard.press("Escape")
    assert page.locator("tr.line").count() == 0
    assert button.evaluate("button => button === document.activeElement")


def test_a_clients_line_tells_its_story(page):
    page.locator(".name button").first.click()
    line = page.locator("tr.line")
    assert line.locator("rect").count() == 12
    assert "5 Mar 2024" in line.text_content()
    assert (
        line.locator("svg")
        .get_attribute("aria-label")
        .startswith("November 2025: 0, December 2025: 100, January 2026: 200")
    )
    page.locator(".name button").nth(1).click()
    assert page.locator("tr.line").count() == 1


def test_a_view_can_be_sent_as_an_address(open_page, page_of, page):
    page.get_by_label("Search patient").fill("o'brien")
    choose(page, "cells", "client")
    page.get_by_role("button", name="Total").click()
    hash = "#" + page.url.split("#")[1]
    again = open_page(page_of(), hash)
    assert names(again) == names(page)
    assert again.locator("[name=cells]").input_value() == "client"
    assert again.locator("th[aria-sort]").text_content() == "Total\u00a0€"
    assert open_page(page_of(), "#list=nobody&sort=99&cells=x").locator(ROWS).count() == 200


def test_csv_of_the_view_is_what_is_seen_and_guarded(page):
    choose(page, "list", "VIP −15 %")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").click()
    text = download.value.path().read_text("utf-8-sig")
    head, *rows = csv.reader(io.StringIO(text))
    assert len(rows) == len(names(page)) + 2 + 2, "other clients, no client, shown, total"
    assert not [c for row in rows for c in row if c.startswith(tuple("=+@\t\r")) or re.match(r"-\D", c)]
    shown = next(row for row in rows if row[2].startswith("Shown"))
    assert Decimal(shown[5]) == cells(page, "shown")[-1]
    assert len({len(row) for row in [head, *rows]}) == 1


def test_sticky_on_four_sides(page):
    box = page.locator(".box")
    box.evaluate("box => box.scrollTo(300, 2000)")
    page.wait_for_timeout(50)
    inside = box.bounding_box()
    head, total = (
        page.locator(".cross thead th.c").bounding_box(),
        page.locator("tr.total th.c").bounding_box(),
    )
    sums = page.locator("tr.total td.t").bounding_box()
    assert abs(head["y"] - inside["y"]) < 3
    assert abs(total["y"] + total["height"] - inside["y"] - inside["height"]) < 20
    assert inside["x"] <= head["x"] < inside["x"] + 120
    assert sums["x"] + sums["width"] <= inside["x"] + inside["width"]


def test_strange_names_are_shown_as_typed_and_break_nothing(open_page):
    found = made_up.random_names(200)
    cross = made_up.cross_report(clients=200, names=[])
    cross.clients["client_name"] = found
    page = open_page(render_page(made_up.notebook(cross), "en"))
    shown = page.locator(".cross .name").all_text_contents()
    expected = [clean_name(n, LONGEST_NAME) or i for n, i in zip(found, cross.clients.client_id, strict=True)]
    assert shown == expected
    assert_unbroken(page)


def test_hostile_names_are_shown_as_typed_and_break_nothing(page, cross):
    assert page.locator(".cross .name").all_text_contents() == [
        clean_name(n, LONGEST_NAME) for n in cross.clients.client_name
    ]
    assert_unbroken(page)


def assert_unbroken(page):
    assert page.heard == []
    assert page.evaluate("window.hit") is None
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    heights = page.eval_on_selector_all(".cross tbody tr", "rows => rows.map(row => row.offsetHeight)")
    assert max(heights) <= 48


CLINIC = ["Dentistry", "Cardiology", "Dermatology", "Paediatrics", "Radiology", "Laboratory", "Physiotherapy",
          "Ophthalmology"]  # fmt: skip


def test_the_names_of_branches_stand_whole_in_the_head_at_1280(open_page, monkeypatch):
    monkeypatch.setattr(made_up, "BRANCHES", CLINIC)
    html = render_page(
        made_up.notebook(made_up.cross_report(branches=len(CLINIC)), replace(made_up.READER, digits=0)), "en"
    )
    page = open_page(html, viewport={"width": 1280, "height": 900})
    broken = page.evaluate("""[...document.querySelectorAll(".box thead th bdi")].filter(name => {
        const words = document.createRange(), lines = text => {
            words.selectNodeContents(text); return new Set([...words.getClientRects()].map(r => r.top)).size; };
        return lines(name) > name.textContent.split(" ").length; }).map(name => name.textContent)""")
    assert broken == []


def test_without_script_the_table_is_whole(open_page, page_of):
    page = open_page(page_of(), java_script_enabled=False)
    assert page.locator(ROWS).count() == 200
    assert not page.locator(".tools").is_visible()


def test_at_two_hundred_percent_nothing_is_lost(open_page, page_of):
    page = open_page(page_of(), viewport={"width": 720, "height": 450}, device_scale_factor=2)
    assert page.evaluate("document.documentElement.scrollWidth") == 720
    assert page.get_by_label("Search patient").is_visible()


def test_nothing_moves(page):
    page.locator(f"{ROWS} >> nth=3").hover()
    page.locator(".name button").first.click()
    assert page.evaluate("document.getAnimations().length") == 0


def test_arabic_runs_from_right_to_left(open_page, page_of):
    page = open_page(page_of("ar"))
    client, total = page.locator("thead th.c").bounding_box(), page.locator("thead th.t").bounding_box()
    assert client["x"] > total["x"]


@pytest.fixture(scope="module")
def large():
    """2,000 clients in 40 branches, and their page."""
    cross = made_up.cross_report(clients=2000, branches=40, names=[])
    return cross, render_page(made_up.notebook(cross), "en")


def totals(page) -> list[Decimal]:
    return [number(text) for text in page.locator(f"{ROWS} .t").all_text_contents()]


def test_two_thousand_clients_by_forty_branches(open_page, large):
    _cross, html = large
    page = open_page(html)
    assert html.count("class=later") == 9, "the first 200 are there before the others"
    page.get_by_label("Search client").fill("ivanov")
    assert 0 < page.locator(ROWS).count() < 2000
    assert cells(page, "shown")[-1] > 0
    page.get_by_label("Search client").fill("")
    assert page.locator(ROWS).count() == 2000
    for _ in range(2):  # the largest first, then the smallest
        page.locator("th.t button").click()
    expect(page.locator(ROWS)).to_have_count(2000, timeout=60_000)
    assert totals(page) == sorted(totals(page))
    assert len(set(totals(page))) > 1000


def test_many_rows_come_by_themselves(open_page, large):
    expect(open_page(large[1]).locator(ROWS)).to_have_count(2000, timeout=60_000)


@pytest.mark.parametrize("broken", ["mark", "script"])
def test_a_page_whose_scripts_are_kept_from_running_has_every_row(open_page, large, broken):
    """A server's own policy, or a proxy that touches them, so that no hash fits."""
    html = large[1]
    if broken == "mark":
        html = html.replace(f"<script>{MARK}", f"<script>{MARK} ").replace('"use strict";', '"use strict" ;', 1)
    else:
        html = re.sub(r"script-src '(sha256-\S+)' 'sha256-\S+'", "script-src 'none'", html)
    expect(open_page(html).locator(ROWS)).to_have_count(2000, timeout=60_000)


def test_an_address_with_a_choice_opens_on_all_that_fits_and_a_place_on_the_page_changes_nothing(open_page, large):
    page = open_page(large[1], "#abc=C&sort=-3")
    fitting = page.locator(ROWS).count()
    assert 0 < fitting < 2000
    assert totals(page) == sorted(totals(page), reverse=True)
    page.locator("th.t button").click()  # sorted again, while filtered
    assert page.locator(ROWS).count() == fitting
    page.evaluate("location.hash = '#page'")
    page.wait_for_timeout(100)
    assert page.locator(ROWS).count() == fitting


def test_paper_and_a_reader_without_scripts_have_every_row(open_page, large, browser, tmp_path):
    page = open_page(large[1])
    page.emulate_media(media="print")
    assert page.locator(ROWS).count() == 2000
    (tmp_path / "page.html").write_text(large[1], "utf-8")
    context = browser.new_context(java_script_enabled=False)
    try:
        still = context.new_page()
        still.goto((tmp_path / "page.html").as_uri())
        assert still.locator(ROWS).count() == 2000
    finally:
        context.close()
