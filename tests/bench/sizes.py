"""Sizes and times of the page beside what a user would pick instead, measured in one run, as Markdown.

Run it from the project's root: `PYTHONPATH=tests/support .venv/bin/python -m tests.bench.sizes`. itables and
great_tables are measured where they are installed.
"""

import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

import made_up
from playwright.sync_api import sync_playwright

from helpers.page.html_page import render_page
from helpers.page.pdf import chromium

PAINTED = """async () => {
    while (document.querySelectorAll("tbody tr td").length < 20) await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
    return performance.now() / 1000;
}"""
WHOLE = """async () => {
    while (document.querySelector(".later")) await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
    return performance.now() / 1000;
}"""
SORTED = """async () => {
    const begun = performance.now();
    document.querySelector(".cross th.t button").click();
    await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
    return (performance.now() - begun) / 1000;
}"""


def ours(cross) -> str:
    """The whole report, with what a click on a client opens."""
    return render_page(made_up.notebook(made_up.with_details(cross)), "en")


def by_itables(cross) -> str:
    """The cells alone as an offline itables page."""
    from itables import options, to_html_datatable
    from itables.javascript import generate_init_offline_itables_html

    frame = cross.cells.astype(float).reset_index()
    table = to_html_datatable(frame, connected=False, maxBytes=0, showIndex=False)
    return f"<meta charset=utf-8>{generate_init_offline_itables_html(options.dt_bundle)}{table}"


def by_great_tables(cross) -> str:
    """The cells alone as a great_tables page."""
    from great_tables import GT

    return GT(cross.cells.astype(float).reset_index()).as_raw_html()


def seconds(browser, html: str) -> list[float]:
    """From opening the file to the first rows that are painted, and to the last; of our page also to sort it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.html"
        path.write_text(html, "utf-8")
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(path.as_uri(), timeout=300_000)
        questions = [PAINTED, WHOLE, *([SORTED] if page.locator(".cross th.t button").count() else [])]
        times = [page.evaluate(question) for question in questions]
        page.close()
    return times


def main() -> None:
    """Print the table."""
    print("| clients × branches | page | HTML, KB | drawn and exported, s | first rows, s | all rows, s | sorted, s |")
    print("|---|---|---|---|---|---|---|")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        for clients, branches in ((200, 12), (2000, 40)):
            cross = made_up.cross_report(clients, branches, names=[])
            for label, draw in _pages(clients):
                begun = time.perf_counter()
                html = draw(cross)
                drawn, size = time.perf_counter() - begun, len(html.encode()) / 1000
                times = " | ".join(f"{each:.2f}" for each in seconds(browser, html))
                print(f"| {clients:,} × {branches} | {label} | {size:,.0f} | {drawn:.2f} | {times} |", flush=True)
        browser.close()


def _pages(clients: int):
    yield "the whole report", ours
    if find_spec("itables"):
        yield "itables, cells alone", by_itables
    if find_spec("great_tables") and clients <= 200:
        yield "great_tables, cells alone", by_great_tables


if __name__ == "__main__":
    main()
