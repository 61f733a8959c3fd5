"""The files beside the page: Excel with real numbers and no formula from data, CSV that no spreadsheet
runs."""

import csv
import io
import re
import shutil
import subprocess
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import made_up
import openpyxl
import pypdfium2
import pytest
from company import company, opened
from PIL import Image

from helpers.analysis.cross_report import CrossReport
from helpers.errors import BadData
from helpers.notebook import bonus_points, control_totals, cross_report, left_out, save
from helpers.page.cross_view import write_cross_csv
from helpers.page.drawing import words_of
from helpers.page.excel import write_workbook
from helpers.page.picture import slide

FORMULA = tuple("=+-@\t\r")


def written(path: Path, cross: CrossReport, language: str = "en") -> None:
    """The workbook, with what its last sheet says of the totals and of what was left out."""
    whose = made_up.reader(language)
    texts = [made_up.drawing(each, whose).text for each in (made_up.control_totals(cross), made_up.left_out())]
    write_workbook(path, cross, words_of(whose), [(line, "") for text in texts for line in text.splitlines()])


@pytest.fixture(scope="module")
def book_path(tmp_path_factory, cross):
    path = tmp_path_factory.mktemp("files") / "rating.xlsx"
    written(path, cross)
    return path


@pytest.fixture(scope="module")
def book(book_path):
    return openpyxl.load_workbook(book_path)


def test_four_sheets_with_header_filter_and_frozen_panes(book):
    assert book.sheetnames == ["Rating", "Cross report", "Branches", "Notes"]
    for name in book.sheetnames[:3]:
        assert book[name].freeze_panes
        assert book[name].auto_filter.ref.startswith("A1:")


def test_the_only_formulas_are_our_sums(book):
    formulas = [c.value for sheet in book for row in sheet.iter_rows() for c in row if c.data_type == "f"]
    assert len(formulas) == 13 + 1 + 1, "12 branches and (no branch), the corner, and the branches' total"
    assert all(f.startswith("=SUM(") for f in formulas)


def test_totals_are_real_numbers_equal_to_the_page(book_path, cross):
    sheet = openpyxl.load_workbook(book_path, data_only=True)["Cross report"]
    rows = list(sheet.iter_rows(min_row=2, min_col=5, values_only=True))
    cents = [[round(Decimal(str(v)), 2) for v in row] for row in rows]
    *parts, total = cents
    assert len(parts) == 202
    assert [sum(column) for column in zip(*parts, strict=True)] == total
    assert total[-1] == cross.corner


OFFICE = shutil.which("soffice")


office = pytest.mark.skipif(not OFFICE, reason="LibreOffice is not installed (apt-get install libreoffice-calc-nogui)")
SHEETS = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
FRENCH = "59,34,76,1,,1036,false,true"  # columns by semicolons, quotes, UTF-8, from the first line, as France writes
IN_FRANCE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry"><item oor:path="/org.openoffice.Setup/L10N">
<prop oor:name="ooSetupSystemLocale" oor:op="fuse"><value>fr-FR</value></prop></item></oor:items>"""


def converted(path: Path, form: str, folder: Path, *flags: str) -> Path:
    """The file as LibreOffice of a French office writes it in another form."""
    profile = folder / "profile"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(IN_FRANCE)
    command = [OFFICE, f"-env:UserInstallation={profile.as_uri()}", "--headless", *flags, "--convert-to", form]
    subprocess.run([*command, "--outdir", folder, path], check=True, capture_output=True, timeout=120)
    return folder / f"{path.stem}.{form.partition(':')[0]}"


@pytest.mark.office
@office
def test_libreoffice_computes_the_same_totals(book_path, cross, tmp_path):
    """Opened and computed anew by another program: each sheet as CSV, the cross report's last line the totals."""
    converted(book_path, SHEETS, tmp_path)
    with (tmp_path / "rating-Cross report.csv").open(encoding="utf-8", newline="") as file:
        _, *rows = csv.reader(file)
    *parts, total = [[Decimal(cell.replace(",", ".") or 0) for cell in row[4:]] for row in rows]
    assert [sum(column) for column in zip(*parts, strict=True)] == total
    assert total[-1] == cross.corner


@pytest.mark.office
@office
def test_a_french_office_opens_the_csv_as_numbers_in_columns(tmp_path, cross):
    path = tmp_path / "croise.csv"
    write_cross_csv(path, cross, words_of(made_up.reader("fr")))
    book = converted(path, "xlsx", tmp_path, f"--infilter=Text - txt - csv (StarCalc):{FRENCH}")
    head, *rows = openpyxl.load_workbook(book).active.iter_rows()
    assert [cell.value for cell in head[:4]] == ["Rang", "Client", "Numéro", "Liste de prix"]
    assert {cell.data_type for row in rows for cell in row[4:]} == {"n"}
    assert round(Decimal(str(rows[-1][-1].value)), 2) == cross.corner
    assert all(cell.data_type == "s" for row in rows for cell in row[1:4] if cell.value is not None)


@pytest.mark.office
@office
def test_the_workbook_of_200_clients_is_ten_landscape_pages_at_most(book_path, cross, tmp_path):
    assert len(cross.clients) == 200
    pdf = pypdfium2.PdfDocument(converted(book_path, "pdf", tmp_path))
    sizes = [page.get_size() for page in pdf]
    assert len(sizes) <= 10
    assert all(width > height for width, height in sizes)


def test_hostile_names_stay_text(book, cross):
    names = [row[1].value for row in book["Rating"].iter_rows(min_row=2, max_row=1 + len(cross.clients))]
    assert '=HYPERLINK("http://x.test")' in names
    clients = book["Rating"].iter_rows(min_row=2, max_row=1 + len(cross.clients), min_col=2, max_col=3)
    assert all(c.data_type == "s" for row in clients for c in row)
    assert len(names) == len(cross.clients)


def test_the_same_report_gives_the_same_bytes(tmp_path, cross, book_path):
    again = tmp_path / "again.xlsx"
    written(again, cross)
    assert again.read_bytes() == book_path.read_bytes()


def test_arabic_sheets_run_from_right_to_left(tmp_path, cross):
    path = tmp_path / "ar.xlsx"
    written(path, cross, "ar")
    assert openpyxl.load_workbook(path).active.sheet_view.rightToLeft


def test_csv_holds_the_table_and_guards_text(tmp_path, cross):
    path = tmp_path / "cross.csv"
    write_cross_csv(path, cross, words_of(made_up.READER))
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        head, *rows = csv.reader(file)
    assert head[:4] == ["Rank", "Client", "Number", "Price list"]
    assert not [cell for row in rows for cell in row[1:4] if cell.startswith(FORMULA)]
    *parts, total = [[Decimal(cell) for cell in row[4:]] for row in rows]
    assert [sum(column) for column in zip(*parts, strict=True)] == total
    assert total[-1] == cross.corner


def test_a_french_csv_opens_as_numbers_in_columns(tmp_path, cross):
    path = tmp_path / "cross.csv"
    write_cross_csv(path, cross, words_of(made_up.reader("fr")))
    with path.open(encoding="utf-8-sig", newline="") as file:
        head, *rows = csv.reader(file, delimiter=";")
    assert head[:4] == ["Rang", "Client", "Numéro", "Liste de prix"]
    assert all(re.fullmatch(r"-?\d+(,\d+)?", cell) for row in rows for cell in row[4:])
    assert Decimal(rows[-1][-1].replace(",", ".")) == cross.corner


def test_a_slide_of_each_chart_is_as_large_as_a_screen(cross):
    for result in (made_up.concentration(cross), made_up.trend()):
        image = Image.open(io.BytesIO(slide(made_up.drawing(result).svg)))
        assert image.size == (1600, 900)
        assert min(image.convert("L").crop((1590, 0, 1600, 900)).tobytes()) == 255, "nothing is cut"


@pytest.mark.parametrize("language", ["en", "fr"])
def test_no_separator_of_a_reader_makes_a_formula_of_a_name(tmp_path, language):
    names = ["＝1+1", "Ann;=1+1", "Ann\t=1+1", "Ann|@SUM(A1)", 'Ann,"=1+1', "Ann, +7 999", "Anne-Marie = Ann"]
    cross = made_up.cross_report(clients=len(names), names=names)
    write_cross_csv(tmp_path / "cross.csv", cross, words_of(made_up.reader(language)))
    for separator in ",;\t|":
        with (tmp_path / "cross.csv").open(encoding="utf-8-sig", newline="") as file:
            cells = [cell.lstrip(' "') for row in csv.reader(file, delimiter=separator) for cell in row]
        assert [c for c in cells if c.startswith(("=", "＝", "@", "+")) and not re.fullmatch(r"[-+\d.,]+", c)] == []


def test_csv_keeps_every_decimal(tmp_path):
    cross = made_up.cross_report(clients=1, branches=1)
    cross.cells.iloc[0, 0] = Decimal("0.1234")
    write_cross_csv(tmp_path / "cross.csv", cross, words_of(made_up.READER))
    assert ",0.1234," in (tmp_path / "cross.csv").read_text("utf-8-sig")


LINES = """
    sale_id | client_id | branch_id | sold_at             | amount | state
    1       | ann       | n         | 2026-10-01 10:00:00 | 70     | posted
    2       | bob       | s         | 2026-10-02 10:00:00 | 5      | posted
    3       | bob       | s         | 2026-10-02 10:00:00 | 9      | draft
"""


@pytest.fixture
def sales(tmp_path, monkeypatch):
    """A small company of two clients, whose files go into `files`."""
    monkeypatch.setenv("CLIENT_RATING_WORK", str(tmp_path / "files"))
    return opened(company(tmp_path, {"sale_line": LINES}))


def test_the_last_sheet_says_what_the_workbook_is_about(sales, tmp_path):
    cross_report(sales)
    save(sales)
    notes = openpyxl.load_workbook(tmp_path / "files" / "rating.xlsx")["Notes"]
    said = [[cell for cell in row if cell] for row in notes.iter_rows(values_only=True)]
    assert said[0] == ["Company", "Acme"]
    assert said[1] == ["Period", "1–31 October 2026, compared with September 2026"]
    assert any("Drafts" in line[0] and "9.00" in line[0] for line in said)
    assert any("summed again over the lines" in line[0] and "75.00" in line[0] for line in said)  # 70 + 5


def test_the_files_are_those_of_the_answers_that_were_asked_for(sales, tmp_path):
    bonus_points(sales), left_out(sales), control_totals(sales)
    assert save(sales).names == ()
    assert {path.name for path in (tmp_path / "files").iterdir()} == {"checks.json", "facts.json"}
    cross_report(sales)
    shown = save(sales, full_cross=True)
    assert shown.names == ("rating.xlsx", "cross.csv", "rating.parquet", "cross.parquet")
    assert {path.name for path in (tmp_path / "files").iterdir()} == {"checks.json", "facts.json", *shown.names}
    links = made_up.drawing(shown).html
    assert [f'href="{name}"' in links for name in shown.names] == [True] * 4


def test_what_is_asked_after_the_control_totals_is_held_against_them_too(sales):
    control_totals(sales)
    cross = cross_report(sales)
    sales.answers["later"] = replace(cross, corner=cross.corner + Decimal("0.01"))
    with pytest.raises(BadData, match=r"the totals do not agree: corner give 75.01"):
        save(sales)
