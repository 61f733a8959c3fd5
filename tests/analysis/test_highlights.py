"""The finding that heads a page: a planted cause is found and named first, and every figure it says is the table's."""

import datetime as dt
from decimal import Decimal as D

import pytest
from company import company, opened

from helpers.analysis.change import Change, change
from helpers.analysis.highlights import highlights
from helpers.page.drawing import draw, words_of
from helpers.page.renderers import __all__ as _renderers  # noqa: F401  registers them

HEAD = "client_id | branch_id | sold_at | item_id | quantity | amount | sale_id"


def lines(before: list[str], now: list[str]) -> str:
    """A company of two months; each text is `client | branch | item | quantity | amount`."""
    rows = ["z | n | 2024-01-01 10:00:00 | tea | 1 | 1 | old"]
    for month, texts in (("09", before), ("10", now)):
        for i, text in enumerate(texts):
            client, branch, *rest = text.split(" | ")
            rows.append(" | ".join([client, branch, f"2026-{month}-05 10:00:00", *rest, f"{month}{i}"]))
    return "\n".join([HEAD, *rows])


def sold(clients: str, branch: str, quantity: str, amount: str) -> list[str]:
    """One sale of tea to each of these clients."""
    return [f"{client} | {branch} | tea | {quantity} | {amount}" for client in clients.split()]


EVERYBODY = "a b c d e f g h"
PLANTED = {
    "one client lost": (
        [*sold(EVERYBODY, "n", "1", "100"), *sold("star", "s", "5", "500")], sold(EVERYBODY, "n", "1", "100"),
        ("client", "star", -500, 1), "star alone explains 100% of the fall.",
    ),
    "one branch closed": (
        [*sold(EVERYBODY, "n", "1", "100"), *sold(EVERYBODY, "s", "1", "40")], sold(EVERYBODY, "n", "1", "100"),
        ("branch", "s", -8 * 40, 1), "s (closed) alone explains 100% of the fall.",
    ),
    "a price rise of five per cent": (
        [*sold("a b c d", "n", "1", "100"), *sold("e f g h", "s", "1", "100")],
        [*sold("a b c d", "n", "1", "105"), *sold("e f g h", "s", "1", "105")],
        ("price", "", 8 * 5, 1), "Prices explain 100% of the rise.",
    ),
    "ten per cent more volume": (
        [*sold("a b c d", "n", "10", "100"), *sold("e f g h", "s", "10", "100")],
        [*sold("a b c d", "n", "11", "110"), *sold("e f g h", "s", "11", "110")],
        ("quantity", "", 8 * 10, 1), "Quantities explain 100% of the rise.",
    ),
}  # fmt: skip


@pytest.mark.every_engine
@pytest.mark.parametrize(("before", "now", "cause", "said"), PLANTED.values(), ids=list(PLANTED))
def test_a_planted_cause_is_found_and_named_first(tmp_path, before, now, cause, said):
    found = highlights(opened(company(tmp_path, {"sale_line": lines(before, now)})))
    assert (found.cause.kind, found.cause.name, found.cause.change, found.cause.share) == cause
    assert draw(found, words_of(found.reader)).heading.endswith(said)


def test_the_figures_of_the_finding_are_those_of_the_tables(tmp_path):
    before = [*sold("a b c", "n", "1", "100"), *sold("star", "s", "5", "700")]
    sales = opened(company(tmp_path, {"sale_line": lines(before, sold("a b c", "n", "1", "100"))}))
    found, why = highlights(sales), change(sales)
    assert isinstance(why, Change)
    assert (found.net, found.net_before, found.difference) == (why.total, why.total_before, why.difference)
    assert found.net == D(300)
    assert found.net_before == 300 + 700
    heading = draw(found, words_of(found.reader)).heading
    assert heading == "October 2026: €300 (−70%). star alone explains 100% of the fall."


@pytest.mark.parametrize(("star", "others", "heading"), [
    (500, 300, "October 2026: €600 (−25%). star alone: −€500."),  # the others gave three fifths of it back
    (500, 201, "October 2026: €501 (−37%). star alone: −€500."),
    (500, 0, "October 2026: €300 (−63%). star alone explains 100% of the fall."),
    (9, 2, "October 2026: €302 (−2%). star alone: −€9."),
    (9, 6, "October 2026: €306 (−1%)."),  # 3 of 309 is under one per cent: nothing is explained
    (9, 8, "October 2026: €308 (−0.3%)."),
    (9, 9, "October 2026: €309 (0%)."),
])  # fmt: skip
def test_what_others_gave_back_is_not_said_to_be_explained(tmp_path, star, others, heading):
    """Three clients brought 100 each, and the star; it is lost, and the first of the others brings so much more."""
    before = [*sold("a b c", "n", "1", "100"), *sold("star", "s", "1", f"{star}")]
    now = [*sold("b c", "n", "1", "100"), *sold("a", "n", "1", f"{100 + others}")]
    found = highlights(opened(company(tmp_path, {"sale_line": lines(before, now)})))
    assert draw(found, words_of(found.reader)).heading == heading


def test_a_period_without_sales_says_when_there_are_some(tmp_path):
    text = "client_id | sold_at | amount\na | 2026-03-04 10:00:00 | 7\nb | 2026-08-31 10:00:00 | 9"
    found = highlights(opened(company(tmp_path, {"sale_line": text})))
    assert (found.sales_from, found.sales_until) == (dt.date(2026, 3, 4), dt.date(2026, 8, 31))
    drawn = draw(found, words_of(found.reader))
    assert drawn.heading == "There are no sales in October 2026."
    assert "There are sales from 4 March 2026 to 31 August 2026." in drawn.text


def test_an_uncovered_comparison_is_said_and_nothing_is_compared(tmp_path):
    text = "client_id | sold_at | amount\na | 2026-09-02 10:00:00 | 7\nb | 2026-10-31 10:00:00 | 900"
    found = highlights(opened(company(tmp_path, {"sale_line": text})))
    drawn = draw(found, words_of(found.reader))
    assert (found.difference, found.cause) == (None, None)
    assert drawn.heading == "October 2026: €900 from 1 client"
    assert "The sales begin on 2 September 2026, so September 2026 cannot be compared." in drawn.text
