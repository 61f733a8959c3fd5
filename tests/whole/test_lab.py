"""The notebooks in JupyterLab, driven in a real browser as an analyst would."""

import datetime as dt
import os
import re
import time
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb
import nbformat
import papermill
import pytest
import referee
from notebook_server import explored, project, server

from helpers.page.drawing import OURS
from helpers.publishing.publish import copy_executed
from helpers.source.demo import make_demo

SAVED = "any(code.startswith('save(') for code in In[:-1])"
CELLS_TRUSTED = """[...new Set([...window.jupyterapp.shell.currentWidget.content.model.cells]
    .filter(cell => cell.type === 'code' && cell.outputs.length).map(cell => cell.trusted))]"""
NOT_OF_THE_NOTEBOOK = re.compile("favicon|/api/|Failed to load resource|WebSocket")
pytestmark = [pytest.mark.browser, pytest.mark.kernel]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """JupyterLab over a project of its own; its address."""
    root = project(tmp_path_factory.mktemp("lab"))
    make_demo(root / "data" / "demo", dt.date.today(), 5_000)
    flags = ["--expose-app-in-browser", "--LabApp.news_url=None"]
    flags.append("--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate")
    with server(root, "jupyterlab", *flags) as address:
        yield address, root


def opened(browser, address: str, notebook: str, scheme: str = "light"):
    """A notebook open in JupyterLab; what the page says of errors is in `page.errors`, what it asked of others than the
    server, in vain, in `page.elsewhere`."""
    page = browser.new_context(viewport={"width": 1400, "height": 1000}, color_scheme=scheme).new_page()
    page.errors, page.elsewhere = [], []

    def leave(route) -> None:
        page.elsewhere.append(route.request.url)
        route.abort()

    page.route(lambda url: not url.startswith((address, "data:", "blob:")), leave)
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.on("console", lambda message: page.errors.append(message.text) if message.type == "error" else None)
    page.set_default_timeout(120_000)
    page.goto(f"{address}/lab/tree/notebooks/{notebook}?reset")
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    theme = f"JupyterLab {scheme.capitalize()}"
    page.evaluate("theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})", theme)
    page.wait_for_function("window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'")
    return page


def run_all(browser, address: str, notebook: str, last: str, scheme: str = "light"):
    """Open a notebook in JupyterLab, run all its cells; the page once the kernel says that the last of them ran."""
    page = opened(browser, address, notebook, scheme)
    page.click("text=Run >> nth=0")
    page.click("text=Run All Cells >> nth=0")
    for _ in range(120):
        if kernel_says(page, f"print({last})").strip() == "True":
            return page
        time.sleep(0.5)
    raise AssertionError(f"{notebook}: never {last}")


def kernel_says(page, code: str) -> str:
    """What the notebook's own kernel prints for a line of code."""
    return page.evaluate(
        """async code => {
            const panel = window.jupyterapp.shell.currentWidget;
            const future = panel.sessionContext.session.kernel.requestExecute({code});
            let text = '';
            future.onIOPub = m => { if (m.header.msg_type === 'stream') text += m.content.text;
                                    if (m.header.msg_type === 'error') text += m.content.evalue; };
            await future.done;
            return text;
        }""",
        code,
    )


def test_the_rating_runs_in_jupyterlab_and_gives_the_runners_control_totals(lab, browser, tmp_path):
    address, root = lab
    page = run_all(browser, address, "client_rating.ipynb", SAVED)
    assert not page.query_selector(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.error']")
    assert kernel_says(page, "print(type(rating(sales).head(10)).__name__)").strip() == "DataFrame"
    name = kernel_says(page, "print(sales.period.name)").strip()
    from helpers.publishing.notebook_run import prepare
    from helpers.publishing.publish import publish

    job = prepare(root / "params" / "demo" / "client_rating.yaml", {"period": name})
    published = publish(job, tmp_path / "published").parent
    alone = root / "work" / "demo" / name / "checks.json"
    assert alone.read_bytes() == (published / "checks.json").read_bytes()
    page.screenshot(path=os.environ.get("LAB_PICTURES", str(tmp_path)) + "/lab_rating.png")


def test_an_untrusted_notebook_shows_every_chart_and_table(lab, browser, tmp_path, monkeypatch):
    """Executed elsewhere, as one that comes by mail: its HTML is sanitized, its charts are their pictures."""
    address, root = lab
    monkeypatch.setenv("CLIENT_RATING_ROOT", str(root))
    monkeypatch.setenv("CLIENT_RATING_WORK", str(tmp_path))
    path, mailed = root / "notebooks" / "client_rating.ipynb", root / "notebooks" / "mailed.ipynb"
    papermill.execute_notebook(str(path), str(mailed), {}, progress_bar=False, execution_timeout=120)
    cells = nbformat.read(mailed, as_version=4).cells
    drawn = [out.data for cell in cells for out in cell.get("outputs", []) if OURS in out.get("data", {})]
    assert len(drawn) == sum(cell.cell_type == "code" for cell in cells) - 2, "all but parameters and the import"
    charts = [data for data in drawn if "image/png" in data]
    assert [data[OURS]["result"] for data in charts] == ["Trend", "Concentration"]
    page = opened(browser, address, "mailed.ipynb")
    assert page.evaluate(CELLS_TRUSTED) == [False]
    for at in range(len(cells)):
        page.evaluate("at => window.jupyterapp.shell.currentWidget.content.scrollToItem(at)", at)
        page.wait_for_timeout(100)
    pictures = page.locator(".jp-OutputArea-output img")
    assert pictures.count() == len(charts)
    widths = pictures.evaluate_all("images => images.map(image => image.complete && image.naturalWidth)")
    assert all(width >= 1000 for width in widths)
    shown = page.locator(".jp-OutputArea-output.jp-RenderedHTMLCommon .cr, .jp-OutputArea-output table").count()
    assert shown >= sum("text/html" in data for data in drawn)
    text = page.locator(".jp-Notebook").text_content()
    expected = ("Control totals", "Price lists and discounts", "Rating", "Excel")
    assert [said for said in expected if said not in text] == []
    assert [error for error in page.errors if not NOT_OF_THE_NOTEBOOK.search(error)] == []
    page.screenshot(path=os.environ.get("LAB_PICTURES", str(tmp_path)) + "/lab_untrusted.png")
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(root / "settings"))
    copy_executed(mailed, root / "notebooks" / "signed.ipynb")
    page = opened(browser, address, "signed.ipynb")
    assert page.evaluate(CELLS_TRUSTED) == [True]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_live_view_draws_anew_and_opens_what_is_clicked(lab, browser, tmp_path, scheme):
    """What the referee adds up of the demo's own lines stands on the screen, whatever is chosen, with no other address
    asked."""
    address, root = lab
    pictures = os.environ.get("LAB_PICTURES", str(tmp_path))
    page = run_all(browser, address, "explore.ipynb", "'best' in globals()", scheme)
    demo = demo_of(root)
    table = page.locator(".cr-view .cross tbody tr")
    table.first.wait_for()
    choose(page, "Period", "last quarter")
    shows(page, demo)
    choose(page, "Compare with", "nothing")
    _until(page, "print(view.sales.before)", "None")
    choose(page, "Departments", "Dentistry")
    shows(page, demo, branches={"Dentistry"})
    choose(page, "Departments", "Dentistry", "Cardiology")
    shows(page, demo, branches={"Dentistry", "Cardiology"})
    choose(page, "Departments", "all")
    choose(page, "Price lists", "VIP")
    shows(page, demo, lists={"VIP"})
    name = table.first.locator(".name").text_content()
    table.first.locator("th").click()
    _until(page, "print(view.detail.value.count('Rank by month') > 0)", "True")
    page.screenshot(path=f"{pictures}/lab_view_statement_{scheme}.png")
    table.first.locator("td.t").click()
    _until(page, "print(view.opened is not None and view.lines.client_name.unique().tolist())", str([name]))
    page.locator(".cr-view .cross thead th", has_text="Cardiology").click()
    shows(page, demo, branches={"Cardiology"}, lists={"VIP"})
    choose(page, "Basis", "as paid")
    assert "payment" in said_at(page, "Basis")
    choose(page, "Period", "last month")
    assert "payment" in said_at(page, "Basis"), "still what is wrong"
    choose(page, "Basis", "as source.yaml says")
    choose(page, "Period", "from … to …")
    page.get_by_label("From", exact=True).fill(str(dt.date.today() + dt.timedelta(days=1)))
    assert "type the earlier day first" in said_at(page, "From")
    choose(page, "Period", "last quarter")
    shows(page, demo, branches={"Cardiology"}, lists={"VIP"})
    _until(page, "print(view.progress.value)", "")
    page.screenshot(path=f"{pictures}/lab_view_{scheme}.png")
    assert [error for error in page.errors if not NOT_OF_THE_NOTEBOOK.search(error)] == []
    assert page.elsewhere == []


def choose(page, control: str, *options: str) -> None:
    """Choose from a list of the view, as somebody with a mouse does."""
    page.get_by_label(control, exact=True).select_option(list(options))


def test_explore_opens_the_view_and_asks_nothing_else(tmp_path, browser):
    """No pop-up, no other address: of JupyterLab's own accord it would ask whether its news are wanted."""
    root = project(tmp_path)
    make_demo(root / "data" / "demo", dt.date.today(), 1_000)
    with explored(root) as address:
        page = browser.new_context().new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address)
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
        page.wait_for_selector("[data-status=idle].jp-Notebook-ExecutionIndicator", timeout=60_000)
        page.wait_for_timeout(3_000)
        assert page.locator(".Toastify__toast, dialog, .jp-Dialog").count() == 0
        assert "Explore" in page.locator(".jp-Notebook h1").first.text_content()
        assert [url for url in asked if not url.startswith((address.partition("/lab")[0], "data:", "blob:"))] == []


def said_at(page, control: str) -> str:
    """The sentence at a control of the view, once there is one."""
    place = page.locator(".cr-view .widget-hbox > .widget-vbox", has=page.get_by_label(control, exact=True))
    return place.get_by_role("alert").text_content()


@dataclass
class Demo:
    """The demo's tables as rows of texts, added up by the referee."""

    lines: list[dict[str, str]]
    branches: dict[str, str]
    lists: dict[str, str]
    clients: dict[str, str]
    history: list[dict[str, str]]

    def nets(self, first: str, last: str, branches: set[str], lists: set[str]) -> dict[str, Decimal]:
        """Client → net of some days, in some branches (all, where none is named), of those with some price lists at
        the last of the days."""
        found = referee.between(self.lines, first, last)
        found = [row for row in found if not branches or self.branches.get(row["branch_id"]) in branches]
        return {c: net for c, net in referee.by_client(found).items() if not lists or self.list_of(c, last) in lists}

    def list_of(self, client: str, day: str) -> str:
        """The name of the price list that a client has on a day."""
        rows = [row for row in self.history if row["client_id"] == client and row["valid_from"][:10] <= day]
        rows = [max(rows, key=lambda row: row["valid_from"])] if rows else []
        rows = [row for row in rows if not row["valid_to"] or row["valid_to"][:10] >= day]
        return self.lists[rows[0]["price_list_id"] if rows else self.clients.get(client) or "STD"]


def demo_of(root: Path) -> Demo:
    """The demo of a project, read without the suite."""

    def rows(name: str) -> list[dict[str, str]]:
        table = duckdb.sql(f"SELECT COLUMNS(*)::VARCHAR FROM '{root}/data/demo/{name}.parquet'")
        return [dict(zip(table.columns, row, strict=True)) for row in table.fetchall()]

    counts = {("final", "sale"), ("final", "return")}  # a tip or a gift card is no revenue
    lines = [row for row in rows("sale_line/*") if (row["state"], row["kind"]) in counts]
    return Demo(
        lines, {row["branch_id"]: row["branch_name"] for row in rows("branch")},
        {row["price_list_id"]: row["price_list_name"] for row in rows("price_list")},
        {row["client_id"]: row["price_list_id"] for row in rows("client")}, rows("client_price_list"),
    )  # fmt: skip


ON_SCREEN = """([best, asked, all]) => {
    const text = part => document.querySelector('.cr-view .cross ' + part)?.innerText ?? '';
    const isRight = asked.length < 2 || all.every(name => text('thead').includes(name) === asked.includes(name));
    return isRight && best.some(amount => text('tbody tr').includes(amount));
}"""


def shows(page, demo: Demo, branches: frozenset[str] = frozenset(), lists: frozenset[str] = frozenset()) -> None:
    """Wait until the view's rating is what the referee adds up for the last quarter; its table shows the best."""
    first, last = last_quarter(dt.date.today())
    nets = {client: f"{net:.2f}" for client, net in demo.nets(str(first), str(last), branches, lists).items()}
    _until(page, "print({c: f'{n:.2f}' for c, n in sorted(zip(view.rating.client_id, view.rating.net))})",
           str(dict(sorted(nets.items()))))  # fmt: skip
    best = max(demo.nets(str(first), str(last), branches, lists).values())
    page.wait_for_function(
        ON_SCREEN, arg=[[f"{best:,.0f}", f"{best:,.2f}"], sorted(branches), sorted(demo.branches.values())]
    )


def last_quarter(today: dt.date) -> tuple[dt.date, dt.date]:
    """The days of the quarter before that of a day."""
    first = dt.date(today.year, today.month - (today.month - 1) % 3, 1)
    last = first - dt.timedelta(days=1)
    return dt.date(last.year, last.month - 2, 1), last


def _until(page, code: str, expected: str) -> None:
    """Wait until the kernel prints it."""
    for _ in range(120):
        if (said := kernel_says(page, code).strip()) == expected:
            return
        time.sleep(0.5)
    raise AssertionError(f"{code}: {said}, expected {expected}")
