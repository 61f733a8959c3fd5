"""The notebooks in JupyterLab, driven in a real browser as an analyst would."""

import datetime as dt
import os
import re
import time

import nbformat
import papermill
import pytest
from notebook_server import project, server

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


def opened(browser, address: str, notebook: str):
    """A notebook open in JupyterLab; what the page says of errors is in `page.errors`."""
    page = browser.new_context(viewport={"width": 1400, "height": 1000}).new_page()
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.on("console", lambda message: page.errors.append(message.text) if message.type == "error" else None)
    page.set_default_timeout(120_000)
    page.goto(f"{address}/lab/tree/notebooks/{notebook}?reset")
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    page.wait_for_function("window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'")
    return page


def run_all(browser, address: str, notebook: str, last: str):
    """Open a notebook in JupyterLab, run all its cells; the page once the kernel says that the last of them ran."""
    page = opened(browser, address, notebook)
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


def test_the_live_view_draws_anew_and_opens_what_is_clicked(lab, browser, tmp_path):
    address, _ = lab
    pictures = os.environ.get("LAB_PICTURES", str(tmp_path))
    page = run_all(browser, address, "explore.ipynb", "'best' in globals()")
    table = page.locator(".cr-view .cross tbody tr")
    table.first.wait_for()
    total = "view.lines.amount[view.lines.client_id.notna()].sum()"
    figures = f"print(view.sales.period.unit, len(view.rating) > 10, view.rating.net.sum() == {total})"
    page.select_option(".cr-view select >> nth=0", "last quarter")
    page.wait_for_function("document.querySelector('.cr-view').innerText.match(/–.*compared with/)")
    _until(page, figures, "quarter True True")
    page.select_option(".cr-view select >> nth=1", "none")
    _until(page, "print(view.sales.before)", "None")
    page.select_option(".cr-view select >> nth=2", "Dentistry")
    _until(page, "print(set(view.lines.branch_name))", "{'Dentistry'}")
    page.select_option(".cr-view select >> nth=2", "all")
    page.select_option(".cr-view select >> nth=3", "VIP")
    _until(page, "print(set(view.rating.price_list))", "{'VIP'}")
    name = table.first.locator(".name").text_content()
    table.first.locator("th").click()
    _until(page, "print(view.detail.value.count('Rank by month') > 0)", "True")
    page.screenshot(path=f"{pictures}/lab_view_statement.png")
    table.first.locator("td.t").click()
    _until(
        page, "print('view.opened' if view.opened is None else view.lines.client_name.unique().tolist())", str([name])
    )
    page.select_option(".cr-view select >> nth=4", "paid")
    said = page.locator(".cr-view [role=alert]")
    said.wait_for()
    assert "payment" in said.text_content()
    page.screenshot(path=f"{pictures}/lab_view.png")
    assert [error for error in page.errors if not NOT_OF_THE_NOTEBOOK.search(error)] == []


def _until(page, code: str, expected: str) -> None:
    """Wait until the kernel prints it."""
    for _ in range(120):
        if (said := kernel_says(page, code).strip()) == expected:
            return
        time.sleep(0.5)
    raise AssertionError(f"{code}: {said}, expected {expected}")
