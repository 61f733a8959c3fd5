"""Results draw themselves: each type has its renderer, charts stand alone as pictures, `.frame` goes on in pandas."""

import base64
import datetime as dt
import inspect
import io
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from decimal import Decimal

import made_up
import pandas as pd
import pytest
from company import company, opened
from PIL import Image
from tests.page.test_promising_page import ANSWERS, forecast

from helpers import notebook
from helpers.analysis.actions import actions
from helpers.analysis.client import ClientDetails
from helpers.analysis.cross_report import cross_report
from helpers.analysis.discounts import DiscountsBy, DiscountSteps, MarginsByList
from helpers.analysis.own_table import OwnTable, own_table
from helpers.analysis.points import PointsByMonth
from helpers.analysis.promising import ExpectedAgainstPast, NobodyBought
from helpers.analysis.rating import rating
from helpers.analysis.summary import summary
from helpers.analysis.what_if import NoOtherRules
from helpers.errors import BadParameter
from helpers.page.charts import chart
from helpers.page.drawing import OURS, bundle, draw, words_of
from helpers.page.files import Files
from helpers.page.picture import ZOOM
from helpers.sales import Result, Rows, Sales, Unavailable, floats, open_sales

NOT_ASKED_FOR = {"Rows", "_OfForecast"}
"""Bases of others; a statement is shown by its parts."""
LINES = """
    sale_id | client_id | branch_id | sold_at             | amount
    1       | ann       | n         | 2026-10-01 10:00:00 | 70
    2       | bob       |           | 2026-10-02 10:00:00 | 5
    3       | ann       | n         | 2026-09-02 10:00:00 | 5
"""


def subclasses(kind: type) -> set[type]:
    return {kind}.union(*map(subclasses, kind.__subclasses__()))


REAL = [kind for kind in subclasses(Result) - {Result} if kind.__module__.startswith("helpers.")]
KINDS = sorted((k for k in REAL if k.__name__ not in NOT_ASKED_FOR), key=lambda kind: kind.__name__)


def results() -> list[Result]:
    """One of many types: those that a page can draw from what is made up."""
    cross, reader = made_up.with_details(made_up.cross_report(30, 4)), made_up.READER
    rows = dict(price_list_id=["s"], price_list=["S"], net=[Decimal(9)], discount=[Decimal(1)], margin=[Decimal("2.5")],
                margin_percent=[0.1], cost_coverage=[1.0])  # fmt: skip
    given = dict(client_id=["a"], name=["A"], clients=[1], base=[Decimal(9)], list_discount=[Decimal(1)],
                 percent=[0.1], manual_discount=[Decimal(0)], coupon_discount=[Decimal(0)], bonus_paid=[Decimal(0)],
                 net=[Decimal(8)])  # fmt: skip
    made = [made_up.headline(), made_up.summary(), cross, made_up.concentration(cross), made_up.movement(cross)]
    made += [made_up.discounts(), DiscountSteps(reader=reader, discounts=made_up.discounts()), made_up.bonus_points()]
    made += [made_up.left_out(), made_up.control_totals(cross), Unavailable(reader=reader, level=3)]
    made += [NobodyBought(reader=reader), NoOtherRules(reader=reader), Files(reader=reader, names=("rating.xlsx",))]
    made += [MarginsByList(reader=reader, rows=pd.DataFrame(rows))]
    made += [DiscountsBy(reader=reader, rows=pd.DataFrame(given), key="client_id", is_whole=True)]
    made += [OwnTable(reader=reader, rows=pd.DataFrame(dict(name=["A"], net=[Decimal(9)])), title="Mine")]
    return made + [kind(reader=reader, forecast=forecast()) for kind in ANSWERS]


every_result = pytest.mark.parametrize("result", results(), ids=lambda result: type(result).__name__)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_type_of_result_has_its_renderer(kind):
    assert draw.dispatch(kind) is not draw.dispatch(object)


def test_nothing_but_bases_and_parts_is_without_a_renderer():
    assert {kind.__name__ for kind in REAL if draw.dispatch(kind) is draw.dispatch(object)} == NOT_ASKED_FOR
    assert len(KINDS) > 25


def test_a_type_without_a_renderer_is_an_error():
    class Homeless(Rows):
        """Nobody draws it."""

    with pytest.raises(TypeError, match="no renderer for Homeless"):
        bundle(Homeless(reader=made_up.READER, rows=pd.DataFrame()))


@every_result
def test_every_bundle_is_ours_and_says_it_in_words(result):
    shown = bundle(result)
    assert shown[OURS]["result"] == type(result).__name__
    assert shown["text/plain"]
    assert ("text/html" in shown) + ("image/png" in shown) == (not isinstance(result, Unavailable))


@every_result
def test_every_result_goes_on_in_pandas_with_floats_for_money(result):
    exact, rough = result.frame, result.floats
    assert list(exact.columns) == list(rough.columns)
    assert exact.columns.is_unique
    for name in exact:
        held = exact[name].dropna()
        if any(isinstance(value, Decimal) for value in held):
            assert str(rough[name].dtype) == "float64", name
            assert [float(v) for v in held] == list(rough[name].dropna())


@every_result
def test_a_repr_is_one_line(result):
    assert re.fullmatch(r"<.{10,120}>", repr(result))


def charts() -> list[Result]:
    cross = made_up.cross_report()
    return [
        made_up.concentration(cross), made_up.trend(),
        ExpectedAgainstPast(reader=made_up.READER, forecast=forecast()),
    ]  # fmt: skip


every_chart = pytest.mark.parametrize("result", charts(), ids=lambda result: type(result).__name__)


@pytest.mark.parametrize(
    ("before", "is_cut", "is_said"),
    [("2100", False, True), ("2100", True, False), ("0.01", False, True), ("0", False, False), (None, False, False)],
)
def test_the_last_month_is_held_against_the_same_of_the_year_before(before, is_cut, is_said):
    whole = made_up.trend()
    months = whole.months.copy()
    months.loc[months.index[-1], "net_year_before"] = before and Decimal(before)
    text = draw(replace(whole, months=months, is_cut=is_cut), words_of(made_up.READER)).text
    assert ("October 2026 brought" in text) == is_said
    assert before != "2100" or not is_said or "brought €3,300.00 (+57% against October 2025)" in text  # 3300 / 2100


def dark(png: bytes, height: int | None = None) -> int:
    """How many dark pixels a picture, or its upper part, has."""
    image = Image.open(io.BytesIO(png)).convert("L")
    image.load()
    return sum(image.crop((0, 0, image.width, height or image.height)).histogram()[:110])


@every_chart
@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_a_chart_is_svg_png_and_text_and_no_html_that_an_untrusted_notebook_would_show(result, language):
    shown = bundle(made_up.read_by(result, made_up.reader(language)))
    assert set(shown) == {"text/plain", OURS, "image/svg+xml", "image/png"}
    assert "<figure" in shown[OURS]["html"]
    png = base64.b64decode(shown["image/png"])
    image = Image.open(io.BytesIO(png))
    root = ET.fromstring(shown["image/svg+xml"])
    assert (image.format, image.size) == ("PNG", tuple(round(ZOOM * float(root.get(k))) for k in ("width", "height")))
    assert dark(png, 100) > 1_000, "the sentence above the chart is drawn"
    assert not re.search(r"var\(|--\w", shown["image/svg+xml"])
    assert_harmless(root)
    assert root.get("aria-label").startswith(shown["text/plain"].splitlines()[0].split(". ")[0])


def test_the_words_of_a_chart_are_what_is_dark_in_it():
    w = words_of(made_up.READER)
    said, silent = (chart("", "", "", 40, text, "", w).png() for text in ("Three of nine bring half", ""))
    assert dark(said) > 1_000
    assert dark(silent) == 0


DRAWN = {"svg", "style", "rect", "text", "line", "circle", "path"}
HOSTILE = ["<script>alert(1)</script>", "]]><b>&amp;", '"><image href="http://x.test"/>', "\x00\uffff\ufffe\x1b"]


def assert_harmless(root: ET.Element) -> None:
    """Nothing but lines and text: no script, no link, no event, nothing from elsewhere."""
    assert {element.tag.rpartition("}")[2] for element in root.iter()} <= DRAWN
    names = {name for element in root.iter() for name in element.attrib}
    assert not [name for name in names if name.startswith("on") or "href" in name or name == "style"]
    assert "url(" not in "".join(element.text or "" for element in root.iter() if element.tag.endswith("style"))


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_a_hostile_name_is_text_in_a_picture(name):
    told = forecast(people=pd.DataFrame([("c2", name, None)], columns=["client_id", "client_name", "price_list"]))
    drawn = made_up.drawing(ExpectedAgainstPast(reader=made_up.READER, forecast=told))
    root = ET.fromstring(drawn.svg)
    assert_harmless(root)
    assert "<script" not in drawn.svg
    assert dark(drawn.png()) > 1_000


def test_figures_of_money_and_counts_are_floats_together_and_texts_stay():
    frame = pd.DataFrame({"value": [Decimal("1.5"), 2, None], "fact": [Decimal(1), "a", None]}, dtype=object)
    rough = floats(frame)
    assert rough["value"].dtype == "float64"
    assert rough["value"].tolist()[:2] == [1.5, 2.0]
    assert list(rough["fact"])[:2] == [Decimal(1), "a"]


def test_an_own_table_writes_each_value_as_its_kind_is_written(sales):
    own = pd.DataFrame({
        "client_name": ["<b>Ann</b>", None],
        "net": [Decimal("1234.565"), None],
        "sales": [1200, 3],
        "share": [0.5, float("nan")],
        "seen_on": [dt.date(2026, 10, 1), dt.date(2026, 10, 2)],
    })  # fmt: skip
    shown = draw(own_table(sales, own.set_index("client_name"), "Mine"), words_of(sales.reader))
    heads, first, second = (re.split(r"  +", line) for line in shown.text.splitlines()[1:])
    assert heads == ["Client name", "Net", "Sales", "Share", "Seen on"]
    assert first == ["<b>Ann</b>", "1,234.57", "1,200", "0.50", "1 Oct 2026"]
    assert second == ["–", "–", "3", "–", "2 Oct 2026"]
    assert "<b>" not in shown.html
    assert shown.html.count('<th scope="col" class="num">') == 3


def test_an_own_table_is_a_frame_of_at_most_two_thousand_rows(sales):
    most = pd.DataFrame({"n": range(2_000)})
    assert len(own_table(sales, most, "Most").frame) == 2_000
    with pytest.raises(BadParameter, match=r"at most 2,000 rows, these are 2,001; take \.head"):
        own_table(sales, pd.DataFrame({"n": range(2_001)}), "Too many")
    with pytest.raises(BadParameter, match="expected a pandas DataFrame, found list"):
        own_table(sales, [1], "A list")
    assert draw(own_table(sales, most.head(0), "None"), words_of(sales.reader)).text == "None: no rows."


UNKNOWN = {
    "a month without sales": LINES.replace("2026-09-02", "2026-08-02"),
    "no documents": re.sub(r"(?m)^ +(sale_id|\d) +\|", "", LINES),
}


@pytest.mark.parametrize("lines", UNKNOWN.values(), ids=list(UNKNOWN))
def test_what_is_unknown_of_a_month_is_a_gap_in_a_spark_line(tmp_path, lines):
    drawing = draw(summary(opened(company(tmp_path, {"sale_line": lines}))), words_of(made_up.READER))
    paths = re.findall(r"<path[^>]* d=['\"]?([^'\">]*)", drawing.html)
    assert paths
    assert not [path for path in paths if "nan" in path.casefold()]


@pytest.fixture
def sales(tmp_path) -> Sales:
    """A small company's October."""
    return opened(company(tmp_path, {"sale_line": LINES}))


ABSENT = """
    client_id | sold_at             | amount
    1         | 2026-09-01 10:00:00 | 10
    1         | 2026-09-08 10:00:00 | 10
    1         | 2026-09-15 10:00:00 | 10
    2         | 2026-07-20 10:00:00 | 900
    2         | 2026-08-20 10:00:00 | 900
    2         | 2026-09-20 10:00:00 | 900
    3         | 2026-07-25 10:00:00 | 50
    3         | 2026-08-25 10:00:00 | 50
    3         | 2026-09-25 10:00:00 | 50
"""


def test_the_best_before_who_are_not_yet_overdue_are_named_below_the_list(tmp_path):
    """The first comes weekly and is overdue, the others monthly."""
    tables = {"sale_line": ABSENT, "client": "client_id | client_name\n2 | Öhlbrück\n3 |"}
    text = draw(actions(sales := opened(company(tmp_path, tables))), words_of(sales.reader)).text
    assert text.splitlines()[-1] == (
        "Among the best in September 2026, nothing bought in October 2026, but not in the list, since not yet overdue: "
        "Öhlbrück (€900.00) and client 3 (€50.00)."
    )
    alone = opened(company(tmp_path, tables | {"sale_line": "\n".join(ABSENT.splitlines()[:5])}))
    assert "Among the best" not in draw(actions(alone), words_of(alone.reader)).text


def test_columns_without_a_branch_have_a_name(sales):
    table = cross_report(sales).frame
    assert list(table.columns) == ["n", "(none)", "total"]
    assert cross_report(sales).floats.loc["total"].tolist() == [70.0, 5.0, 75.0]


MONTHLY = ["month", "accrued", "reversed", "redeemed", "expired", "outstanding"]
NONE = dict.fromkeys(("opening", "accrued", "reversed", "redeemed", "expired", "adjusted", "closing"), Decimal(0))


@pytest.mark.parametrize(
    "result",
    [
        replace(made_up.discounts(), by_list=made_up.discounts().by_list.head(0)),
        DiscountSteps(
            reader=made_up.READER,
            discounts=replace(made_up.discounts(), by_list=made_up.discounts().by_list.head(0)),
        ),
        replace(made_up.bonus_points(), **NONE),
        PointsByMonth(reader=made_up.READER, rows=pd.DataFrame(columns=MONTHLY)),
    ],
    ids=lambda result: type(result).__name__,
)
def test_a_table_of_nobody_stands_on_no_page(result):
    drawn = draw(result, words_of(made_up.READER))
    assert drawn.text
    assert drawn.html == ""


def test_one_point_is_a_table():
    assert draw(replace(made_up.bonus_points(), **NONE | {"adjusted": Decimal(1)}), words_of(made_up.READER)).html


@pytest.mark.parametrize(
    ("clients", "branches", "is_told"),
    [("ab", "n", False), ("a", "n", False), ("ab", "ns", True), ("a", "ns", True)],
    ids=["two of one branch", "one of one branch", "two of two", "one of two"],
)
def test_the_call_list_names_branches_where_there_is_more_than_one(tmp_path, clients, branches, is_told):
    """All who are to be called bought in n; c bought in each branch, and still comes."""
    lines = [f"{c} | n | 2026-09-{day} 10:00:00 | 9" for c in clients for day in ("01", "03", "05")]
    lines += [f"c | {branch} | 2026-10-31 10:00:00 | 9" for branch in branches]
    asked = opened(company(tmp_path, {"sale_line": "\n".join(["client_id | branch_id | sold_at | amount", *lines])}))
    drawn = draw(actions(asked), words_of(asked.reader)).html
    heads = re.findall(r"<th[^>]*>([^<]+)", drawn[drawn.index("Whom to call") :])
    assert "Last purchase" in heads
    assert ("Branch" in heads) == is_told


def test_an_answer_is_computed_once_and_belongs_to_its_sales(sales, tmp_path):
    assert cross_report(sales) is cross_report(sales, top=200, details=False)
    assert cross_report(sales, 5) is not cross_report(sales)
    assert cross_report(opened(tmp_path)) is not cross_report(sales)
    assert cross_report(sales).details is None
    assert isinstance(cross_report(sales, details=True).details, ClientDetails)


QUESTIONS = sorted(
    name for name in notebook.__all__
    if next(iter(inspect.signature(getattr(notebook, name)).parameters), "") == "sales" and name != "save"
)  # fmt: skip


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_refuses_an_argument_it_does_not_know(sales, name):
    with pytest.raises(BadParameter, match=f"^{name}: unknown argument 'zzz'; (allowed: |it takes none beside sales)"):
        getattr(notebook, name)(sales, zzz=5)


def test_a_misspelt_argument_names_the_right_one(sales, tmp_path):
    with pytest.raises(BadParameter, match=r"cross_report: unknown argument 'tpo', did you mean 'top'\?"):
        cross_report(sales, tpo=5)
    with pytest.raises(BadParameter, match=r"unknown parameter 'tpo', did you mean 'top'\?"):
        open_sales("acme", "2026-10", root=tmp_path, tpo=5)
    with pytest.raises(BadParameter, match="rating: too many positional arguments"):
        rating(sales, 5)
