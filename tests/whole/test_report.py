"""The published report of a small company: what stands on the page, in the files, in the manifest; what stops it."""

import csv
import hashlib
import io
import json
import shutil
from decimal import Decimal as D
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import nbformat
import openpyxl
import pandas as pd
import pytest
from company import company, rows, write_parquet

from helpers.errors import BadData, KernelDied, NoInput
from helpers.publishing.notebook_run import prepare
from helpers.publishing.publish import RunOptions, publish

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.kernel

LINES = """
    sale_id | client_id | branch_id | sold_at             | amount
    1       | ann       | n         | 2026-10-01 10:00:00 | 1100.10
    2       | ann       | s         | 2026-10-02 10:00:00 | 50.05
    3       | bob       | n         | 2026-10-03 10:00:00 | 60
    4       | bob       | n         | 2026-10-04 10:00:00 | -10
    5       | cid       |           | 2026-10-05 10:00:00 | 50
    6       |           | s         | 2026-10-06 10:00:00 | 3
    7       | bad       | s         | 2026-10-07 10:00:00 | 2
    8       | eve       | s         | 2026-10-07 10:00:00 | 1
    9       | ann       | n         | 2026-09-07 10:00:00 | 5
"""
CLIENT = """
    client_id | client_name               | price_list_id
    ann       | =HYPERLINK("http://x","y") | std
    bob       | <script>alert(1)</script> | std
    cid       | Zoë <b>& Söhne</b>        | vip
    bad       | </td></tr></table>        | std
    eve       | {{7*7}} $x$ [a](javascript:alert(1)) | std
"""
BRANCH = """
    branch_id | branch_name
    n         | North
    s         | "><img src=x onerror=alert(1)>
"""
PRICE_LIST = """
    price_list_id | price_list_name
    std           | Standard
    vip           | +VIP
"""
HISTORY = """
    client_id | price_list_id | valid_from
    ann       | std           | 2020-01-01
    ann       | vip           | 2026-10-14
"""
TABLES = dict(sale_line=LINES, client=CLIENT, branch=BRANCH, price_list=PRICE_LIST, client_price_list=HISTORY)


def project(root: Path, params: str = "period: 2026-10\ntoday: '2026-11-23'\n", **tables) -> Path:
    """A project around the small company; the params file to run."""
    company(root, TABLES | tables)
    shutil.copy(ROOT / "notebooks" / "client_rating.ipynb", root / "notebooks")
    file = root / "params" / "acme" / "client_rating.yaml"
    file.write_text(params)
    return file


class Tables(HTMLParser):
    """Every table of a page as rows of texts; and what would run or ask the network."""

    def __init__(self, html: str):
        super().__init__()
        self.tables, self.scripts, self.links, self.cell = [], [], [], None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.links += [found[k] for k in ("src", "href", "srcset") if k in found]
        assert not [k for k in found if k.startswith("on")], attrs
        if tag in ("td", "th", "tr"):
            self.handle_endtag("td")  # HTML lets the end of a cell be left out
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.cell = []
        elif tag == "script" and found.get("type") != "application/json":
            self.scripts.append(found)

    def handle_endtag(self, tag):
        if tag in ("td", "th", "tbody") and self.cell is not None:
            self.tables[-1][-1].append("".join(self.cell).strip())
            self.cell = None

    def handle_data(self, data):
        if self.cell is not None:
            self.cell.append(data)


@pytest.fixture(scope="module")
def published(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("acme")
    return publish(prepare(project(root)), root / "published").parent


@pytest.fixture(scope="module")
def page(published) -> str:
    return (published / "index.html").read_text("utf-8")


def amount(text: str) -> D:
    """An English cell as a number; a dash is nothing."""
    return D(text.replace(",", "").replace("−", "-").replace("–", "0"))


def test_the_totals_of_the_page_add_up(page):
    cross = next(t for t in Tables(page).tables if t[0][0] == "#")
    body = [row for row in cross if row and row[0].isdigit()]
    name = cross[0].index("Client")
    total, money = name + 1, slice(name + 2, -1)
    closing = {row[name]: row for row in cross if row and not row[0].isdigit() and row[total]}
    assert [row[0] for row in body] == ["1", "2", "2", "4", "5"]
    for row in [*body, closing["(no client)"], closing["Total"]]:
        assert sum(map(amount, row[money])) == amount(row[total]), row
    for column in range(total, len(body[0]) - 1):
        parts = [amount(row[column]) for row in [*body, closing["(no client)"]]]
        assert sum(parts) == amount(closing["Total"][column])
    assert amount(closing["Total"][total]) == D("1100.10") + D("50.05") + 60 - 10 + 50 + 3 + 2 + 1


def test_a_list_that_changed_in_the_period_is_shown_with_the_one_before(page):
    assert "+VIP" in page
    assert "14 Oct 2026" in page or "14 October 2026" in page


def test_names_are_text_and_nothing_else(page):
    found = Tables(page)
    assert len(found.scripts) == 2, "the page's own: what marks it, and what works on it"
    assert "&lt;script&gt;alert(1)" in page
    assert "49" not in [cell.split()[0] for table in found.tables for row in table for cell in row if cell.split()]
    for name in ("<script>alert(1)</script>", "</td></tr></table>", "Zoë <b>& Söhne</b>"):
        assert any(name in cell for table in found.tables for row in table for cell in row), name


def test_the_page_asks_nothing_of_the_network(page):
    links = Tables(page).links
    assert [link for link in links if "//" in link or link.startswith("/")] == []
    assert "default-src 'none'" in page


def test_csv_and_excel_hold_what_the_page_shows_and_no_formula_of_the_data(published):
    text = (published / "cross.csv").read_text("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert not [c for c in cells if c[:1] in ("=", "@", "+", "\t") or (c[:1] == "-" and not c[1:2].isdigit())]
    book = openpyxl.load_workbook(published / "rating.xlsx")
    formulas = [c.value for sheet in book for line in sheet.iter_rows() for c in line if c.data_type == "f"]
    assert formulas
    assert all(f.startswith(("=SUM(", "=SUBTOTAL(")) for f in formulas)
    values = [str(c.value) for sheet in book for line in sheet.iter_rows() for c in line]
    assert '=HYPERLINK("http://x","y")' in values


def test_the_rating_file_holds_every_client_exactly(published):
    table = pd.read_parquet(published / "rating.parquet")
    assert table.client_id.tolist() == ["ann", "bob", "cid", "bad", "eve"]
    assert table.net.tolist() == [D("1100.10") + D("50.05"), D(60) - 10, D(50), D(2), D(1)]


def test_the_manifest_tells_how_it_was_made(published):
    manifest = json.loads((published / "manifest.json").read_text("utf-8"))
    checks = manifest["checks"]
    total = str(D("1100.10") + D("50.05") + 60 - 10 + 50 + 3 + 2 + 1)
    for name in ("total", "total_by_client", "total_by_branch"):
        assert D(checks[name]) == D(total)
    assert [checks[f"rows_{n}"] for n in ("read", "accepted", "quarantined", "out_of_period")] == ["9", "8", "0", "1"]
    period = manifest["period"]
    assert (period["name"], period["first"], period["last"]) == ("2026-10", "2026-10-01", "2026-10-31")
    assert manifest["parameters"]["period"] == "2026-10"
    assert len(manifest["snapshot"]) == 64
    for name, digest in manifest["files"].items():
        assert hashlib.sha256((published / name).read_bytes()).hexdigest() == digest
    assert {"index.html", "rating.parquet", "rating.xlsx", "cross.csv"} <= set(manifest["files"])


def test_the_same_input_gives_the_same_bytes(published, tmp_path):
    again = publish(prepare(project(tmp_path)), tmp_path / "published").parent
    first, second = (json.loads((f / "manifest.json").read_text("utf-8")) for f in (published, again))
    assert first["files"] == second["files"]
    assert {k: v for k, v in first.items() if k != "times"} == {k: v for k, v in second.items() if k != "times"}


def test_folders_and_links(published):
    archive = published.parent
    assert (archive / "latest").resolve() == (archive / "2026-10").resolve()
    assert (archive.parents[1] / "index.html").is_file()
    assert not (archive / "2026-10" / "notebook.ipynb").exists()


def test_french_page(tmp_path):
    params = "period: 2026-10\ntoday: '2026-11-23'\nlanguage: fr\n"
    page = publish(prepare(project(tmp_path, params)), tmp_path / "published").read_text("utf-8")
    assert '<html lang="fr"' in page
    assert "1\u202f256,15\u00a0€" in page
    assert "Who spent how much?" not in page
    assert "October" not in page


def test_9_a_period_without_sales_is_a_page_that_says_so(tmp_path):
    file = project(tmp_path, "period: 2025-01\ntoday: '2026-11-23'\n")
    page = publish(prepare(file), tmp_path / "published").read_text("utf-8")
    assert "<h1>There are no sales in January 2025.</h1>" in page
    assert page.count("There are sales from ") == 1
    with pytest.raises(NoInput, match="no sales in 2025-01"):
        publish(prepare(file), tmp_path / "strict", require_data=True)


@pytest.mark.browser
def test_the_page_is_printed_beside_when_asked(tmp_path, browser):
    page = publish(prepare(project(tmp_path)), tmp_path / "published", options=RunOptions(pdf=True))
    pdf = page.with_name("report.pdf").read_bytes()
    assert pdf.startswith(b"%PDF")
    digest = json.loads(page.with_name("manifest.json").read_text())["files"]["report.pdf"]
    assert digest == hashlib.sha256(pdf).hexdigest()


def test_a_branch_added_to_the_data_is_one_more_column(published, tmp_path):
    file = project(tmp_path)
    source = file.parent / "source.yaml"
    source.write_text(source.read_text().replace("sale_line.parquet", "sale_line*.parquet"))
    more = """
        sale_id | client_id | branch_id | sold_at             | amount
        10      | ann       | west      | 2026-10-09 10:00:00 | 5
    """
    write_parquet(tmp_path / "data" / "sale_line_more.parquet", "sale_line", more)
    after = publish(prepare(file), tmp_path / "published").parent
    headers = [(f / "cross.csv").read_text("utf-8-sig").splitlines()[0].split(",") for f in (published, after)]
    assert len(headers[1]) == len(headers[0]) + 1
    assert "west" in headers[1]
    totals = [D(json.loads((f / "checks.json").read_text())["total"]) for f in (published, after)]
    assert totals[1] == totals[0] + 5


def broken(root: Path, before: str, code: str) -> Path:
    """The project whose notebook has a further cell before that of a question."""
    file = project(root)
    path = root / "notebooks" / "client_rating.ipynb"
    notebook = nbformat.read(path, as_version=4)
    (at,) = (i for i, c in enumerate(notebook.cells) if c.cell_type == "code" and c.source.startswith(before))
    notebook.cells.insert(at, nbformat.v4.new_code_cell(code, metadata={"tags": ["analyst"]}))
    nbformat.write(notebook, path)
    return file


TWICE = """
best = rating(sales)
object.__setattr__(best, "table", best.table.union(best.table.head(1)))
"""
LOSE_A_CENT = """
cross = cross_report(sales, top, details=True)
cross.cells.iloc[0, 0] += type(cross.corner)("0.01")
"""
SWAP_TWO = """
cells = cross_report(sales, top, details=True).cells
cells.iloc[0, 0], cells.iloc[1, 0] = cells.iloc[1, 0], cells.iloc[0, 0]
"""
DROP = "cross_report(sales, top, details=True).{}.drop(index=0, inplace=True)"
BREAKS = {
    "a client twice in the cross report": ("cross_report(", TWICE, BadData, "a client stands twice in the rating"),
    "a client twice in the file": ("control_totals(", TWICE, BadData, "the totals do not agree: clients give"),
    "a lost branch": ("control_totals(", DROP.format("branches"), BadData, "the totals do not agree: branches give"),
    "a lost client": ("control_totals(", DROP.format("clients"), BadData, "the totals do not agree: rows of clients"),
    "a lost cent": ("control_totals(", LOSE_A_CENT, BadData, "do not agree: the cells of one client give"),
    "two cells that changed places": ("control_totals(", SWAP_TWO, BadData, "the cells of one client give"),
    "a cell that fails": ("control_totals(", "undefined", KernelDied, "raised NameError"),
    "a cell that leaves": ("control_totals(", "import os; os._exit(0)", KernelDied, ""),
}


@pytest.mark.parametrize(("before", "code", "error", "said"), BREAKS.values(), ids=list(BREAKS))
def test_a_broken_run_publishes_nothing_and_keeps_its_evidence(tmp_path, before, code, error, said):
    job = prepare(broken(tmp_path, before, code))
    with pytest.raises(error, match="kept in") as refused:
        publish(job, tmp_path / "published")
    assert said in str(refused.value)
    archive = tmp_path / "published" / "acme" / "client_rating"
    assert [p.name for p in archive.iterdir()] == [".runs"]
    (kept,) = (p for p in (archive / ".runs").iterdir() if p.is_dir())
    assert kept.stat().st_mode & 0o077 == 0
    manifest = json.loads((kept / "manifest.json").read_text())
    assert (manifest["state"], manifest["error"]["exit_code"]) == ("failed", error.exit_code)
    assert (kept / "log.txt").is_file() or (kept / "notebook.ipynb").is_file()


def test_a_failed_run_leaves_the_published_page_as_it_was(tmp_path):
    file = project(tmp_path)
    page = publish(prepare(file), tmp_path / "published")
    before = page.read_bytes()
    (tmp_path / "data" / "client.parquet").unlink()
    with pytest.raises(NoInput):
        publish(prepare(file), tmp_path / "published")
    assert page.read_bytes() == before


def test_an_analysts_copy_with_a_parameter_and_a_pandas_cell_is_published_without_touching_a_helper(tmp_path):
    file = project(tmp_path)
    notebook = nbformat.read(tmp_path / "notebooks" / "client_rating.ipynb", as_version=4)
    parameters = next(c for c in notebook.cells if "parameters" in c.metadata.get("tags", []))
    parameters.source += "\nat_least: int = 10  # clients under this amount are not listed"
    at = next(i for i, c in enumerate(notebook.cells) if "cross_report(sales" in c.source)
    pandas = "big = rating(sales).frame\nown_table(sales, big[big.net >= at_least][['client_name', 'net']], 'Big')"
    notebook.cells[at:at] = [nbformat.v4.new_markdown_cell("## The big ones"), nbformat.v4.new_code_cell(pandas)]
    nbformat.write(notebook, tmp_path / "notebooks" / "big_clients.ipynb")
    file.with_name("big_clients.yaml").write_text("period: 2026-10\ntoday: '2026-11-23'\nat_least: 1000\n")
    folder = publish(prepare(file.with_name("big_clients.yaml")), tmp_path / "published").parent
    page = (folder / "index.html").read_text("utf-8")
    assert "The big ones" in page
    assert json.loads((folder / "manifest.json").read_text())["parameters"]["at_least"] == 1000


def test_a_damaged_page_of_a_parquet_file_is_said_and_nothing_is_published(tmp_path):
    file = project(tmp_path)
    path = tmp_path / "data" / "sale_line.parquet"
    many = "SELECT 'c' || hash(i) AS client_id, TIMESTAMP '2026-10-02' AS sold_at, 1.00 AS amount FROM range(9000) t(i)"
    duckdb.sql(f"COPY ({many}) TO '{path}'")
    content = bytearray(path.read_bytes())
    content[9_000:12_000] = bytes(byte ^ 255 for byte in content[9_000:12_000])
    path.write_bytes(content)
    with pytest.raises(BadData, match="perhaps a damaged Parquet file"):
        publish(prepare(file), tmp_path / "published")
    assert not (tmp_path / "published" / "acme" / "client_rating" / "2026-10").exists()


def test_papermill_alone_gives_the_same_control_totals(published, tmp_path, monkeypatch):
    import papermill

    root = published.parents[3]
    monkeypatch.setenv("CLIENT_RATING_ROOT", str(root))
    parameters = {"company": "acme", "period": "2026-10", "today": "2026-11-23"}
    notebook = root / "notebooks" / "client_rating.ipynb"
    papermill.execute_notebook(str(notebook), str(tmp_path / "out.ipynb"), parameters, progress_bar=False)
    alone = root / "work" / "acme" / "2026-10" / "checks.json"
    assert alone.read_bytes() == (published / "checks.json").read_bytes()


@pytest.mark.examples
def test_the_grocery_sample_gives_the_figures_of_its_reference(tmp_path):
    (tmp_path / "notebooks").mkdir()
    shutil.copy(ROOT / "notebooks" / "client_rating.ipynb", tmp_path / "notebooks")
    shutil.copytree(ROOT / "params" / "complete_journey", tmp_path / "params" / "complete_journey")
    job = prepare(tmp_path / "params" / "complete_journey" / "client_rating.yaml", {"period": "2017"})
    folder = publish(job, tmp_path / "published").parent
    checks = json.loads((folder / "checks.json").read_text())
    assert (checks["rows_accepted"], D(checks["total"])) == ("1469307", D("4596039.58"))
    table = pd.read_parquet(folder / "rating.parquet")
    assert len(table) == 2469
    assert table.head(2)[["client_id", "net"]].values.tolist() == [["1023", D("24879.75")], ["1609", D("16581.36")]]
    page = (folder / "index.html").read_text("utf-8")
    for figure in ("35.0%", "54.5%", "1,132.6"):
        assert figure in page
    source = job.root / "params" / "complete_journey" / "source.yaml"
    source.write_text(source.read_text().replace("America/New_York", "UTC"))
    utc = json.loads((publish(job, tmp_path / "utc").parent / "checks.json").read_text())
    assert (utc["rows_accepted"], D(utc["total"])) == ("1468773", D("4594146.32"))


def test_rows_helper_reads_empty_cells_as_none():
    assert rows("a | b\n1 | \n· | x") == [{"a": "1", "b": None}, {"a": "", "b": "x"}]
