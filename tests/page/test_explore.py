"""The analyst's view without a browser: what each control draws, what a click opens, each mistake where it was made."""

import datetime as dt
import socket
from decimal import Decimal

import pytest
import referee
from ascii_table import rows
from click.testing import CliRunner
from company import company, opened

from helpers.__main__ import cli
from helpers.analysis.cross_report import cross_report
from helpers.errors import BadParameter
from helpers.page.explore import View
from helpers.page.explore_controls import FROM_TO
from helpers.page.renderers import __all__ as _renderers  # noqa: F401  registers them
from helpers.period import FORMS

LINES = """
client_id | branch_id | sold_at             | amount
ann       | n         | 2026-10-02 10:00:00 | 7
bob       | s         | 2026-10-03 10:00:00 | 5
bob       | n         | 2026-10-04 10:00:00 | 1
cid       | s         | 2026-10-05 10:00:00 | 2
          | s         | 2026-10-06 10:00:00 | 3
ann       | s         | 2026-09-06 10:00:00 | 40
bob       | n         | 2026-09-07 10:00:00 | 60
"""
TABLES = {
    "sale_line": LINES,
    "client": """
        client_id | client_name | price_list_id
        ann       | Ann         | std
        bob       | Bob         | vip
        cid       | Cid         | std
    """,
    "branch": "branch_id | branch_name\nn | North\ns | South",
}
TODAY = "2026-11-23"


@pytest.fixture
def made(tmp_path, monkeypatch):
    """A view in a small company's project."""
    root = company(tmp_path, TABLES)
    monkeypatch.setenv("CLIENT_RATING_ROOT", str(root))
    return lambda **given: View(**{"company": "acme", "today": TODAY} | given)


def asked(first: str, last: str, **where: str | None) -> dict[str, Decimal]:
    """Client → net, by the referee, over the lines of some days of a branch or of some clients."""
    found = referee.between(rows(LINES), first, last)
    found = [row for row in found if where.get("branch") in (None, row["branch_id"])]
    return {c: net for c, net in referee.by_client(found).items() if c in where.get("clients", c)}


def shown(view: View) -> dict[str, Decimal]:
    return dict(view.rating[["client_id", "net"]].to_numpy())


def mistakes(view: View) -> dict[str, str]:
    """Control → the sentence at it, of those that have one."""
    return {c.description: place.value for c, place in view.controls.mistakes.items() if place.value}


def test_each_control_draws_what_it_says(made):
    view = made()
    october = ("2026-10-01", "2026-10-31")
    assert (view.message.value, mistakes(view), shown(view)) == ("", {}, asked(*october))
    assert view.table.value.index("Ann") < view.table.value.index("Bob")
    view.controls.branch.value = ("s",)
    assert shown(view) == asked(*october, branch="s")
    assert view.sales.before.counted.amount.sum().execute() == 40, "the comparison is narrowed too"
    view.controls.branch.value, view.controls.price_list.value = ("",), ("std",)
    assert shown(view) == asked(*october, clients=("ann", "cid"))
    assert set(view.lines.client_id) == {"ann", "cid"}
    view.controls.price_list.value = ()
    view.controls.period.value = FROM_TO
    view.controls.first.value = dt.date(2026, 9, 1)
    view.controls.last.value = dt.date(2026, 9, 30)
    assert shown(view) == asked("2026-09-01", "2026-09-30")
    view.controls.comparison.value = "none"
    assert view.sales.before is None
    view.controls.top.value = 1
    assert list(view.cross.index) == ["bob", "(other clients)", "total"]


def test_a_click_opens_a_statement_lines_or_a_branch(made):
    view = made()
    view.clicked.value = "1|name|client:bob"
    assert "Bob" in view.detail.value
    columns = list(cross_report(view.sales, 50).branches.branch_id)
    north = columns.index("n")
    view.clicked.value = f"2|{north}|client:bob"
    assert view.lines.amount.tolist() == [1]
    assert "1 lines, €1.00" in view.detail.value
    view.clicked.value = "3|-1|row:none"
    assert view.lines.amount.tolist() == [3]
    view.clicked.value = "4|-1|row:total"
    assert view.lines.amount.sum() == 7 + 5 + 1 + 2 + 3
    view.clicked.value = f"5|{north}|head:"
    assert (view.controls.branch.value, shown(view)) == (("n",), asked("2026-10-01", "2026-10-31", branch="n"))
    assert len(view.lines) == 2, "all of what is shown"
    assert view.message.value == ""


def test_the_query_and_the_command_are_what_is_shown(made):
    view = made(period="2026-10")
    code, _, sql = view.query.partition("\n\n")
    known: dict[str, object] = {}
    exec(f"from helpers.notebook import *\n{code}\nby_sql = {sql}", known)
    assert known["by_sql"].client_id.tolist() == view.rating.client_id.tolist()
    assert known["by_sql"].net.tolist() == view.rating.net.tolist()
    assert "open_sales(company='acme', period='2026-10', comparison='previous'" in code
    assert sql.startswith('sales.sql("""')
    view.controls.top.value = 7
    assert "# params/acme/client_rating.view.yaml" in view.command
    assert "top: 7" in view.command
    assert view.command.endswith("client-rating run params/acme/client_rating.view.yaml")
    view.controls.branch.value = ("n",)
    assert "only_branches='n'" in view.query
    assert "only_branches: n\n" in view.command
    view.controls.branch.value, view.controls.price_list.value = ("n", "s"), ("vip",)
    assert "only_branches: n; s\nonly_price_lists: vip\n" in view.command


def test_a_branch_that_only_another_period_has_is_offered_and_what_is_chosen_stays(tmp_path, monkeypatch):
    root = company(tmp_path, TABLES | {"sale_line": LINES + "dan | x | 2026-09-02 10:00:00 | 9\n"})
    monkeypatch.setenv("CLIENT_RATING_ROOT", str(root))
    view = View("acme", today=TODAY)
    branch = view.controls.branch
    assert branch.options == (("all", ""), ("North", "n"), ("South", "s"))
    branch.value = ("s",)
    heads = []
    view.head.observe(lambda _: heads.append(view.sales.period.name), "value")
    view.controls.period.value = FROM_TO
    view.controls.first.value = dt.date(2026, 9, 1)
    view.controls.last.value = dt.date(2026, 9, 30)
    assert branch.options == (("all", ""), ("North", "n"), ("South", "s"), ("x", "x"))
    assert (branch.value, shown(view)) == (("s",), asked("2026-09-01", "2026-09-30", branch="s"))
    assert len(heads) == 3, "each choice drew it once"
    branch.value = ("s", "x")
    assert shown(view)["dan"] == 9
    branch.value = ("", "s", "x")
    assert branch.value == ("",)
    branch.value = ("", "x")
    assert (branch.value, shown(view)) == (("x",), {"dan": 9})


def test_only_narrows_and_widens_again(tmp_path):
    sales = opened(company(tmp_path, TABLES))
    assert sales.only("North", "vip").lines().amount.tolist() == [1]
    assert len(sales.only("North").only().lines()) == 5
    with pytest.raises(BadParameter, match="there is no price list 'vipp', did you mean 'vip'"):
        sales.only(price_list="vipp")
    with pytest.raises(BadParameter, match="there is no branch 'Nort', did you mean 'North'"):
        sales.only("Nort")


MISTAKES = [
    ({"period": "2027-01"}, "period &#x27;2027-01&#x27; lies in the future"),
    ({"period": "<b>soon"}, f"period must be {FORMS}; got &#x27;&lt;b&gt;soon&#x27;"),
    ({"today": "yesterday"}, "today"),
    ({"today": "2026-02-30"}, "today"),
    ({"company": "acne"}, "acne"),
    ({"language": "xx"}, "xx"),
]


@pytest.mark.parametrize(("given", "sentence"), MISTAKES, ids=[str(given) for given, _ in MISTAKES])
def test_a_mistake_of_the_cell_is_a_sentence(made, given, sentence):
    view = made(**given)
    assert sentence in view.message.value
    assert (view.head.value, view.table.value) == ("", "")
    assert "bug of ours" not in view.message.value
    with pytest.raises(BadParameter, match="nothing is shown yet"):
        assert view.rating


DAYS = [
    ("first", None, "From", "choose the first and the last day"),
    ("last", None, "to", "choose the first and the last day"),
    ("last", dt.date(2026, 10, 1), "to", "type the earlier day first"),
]


@pytest.mark.parametrize(("name", "day", "control", "sentence"), DAYS)
def test_a_mistake_stands_at_its_control_and_leaves_what_was_there(made, name, day, control, sentence):
    view = made()
    view.controls.period.value = FROM_TO
    there = view.table.value
    getattr(view.controls, name).value = day
    assert list(mistakes(view)) == [control]
    assert sentence in mistakes(view)[control]
    assert (view.table.value, view.message.value) == (there, "")
    assert view.sales.period.first.isoformat() == "2026-11-01", "as shown"
    view.controls.period.value = "last month"
    assert mistakes(view) == {}


def test_a_basis_that_the_source_lacks_is_said_at_the_basis(made):
    view = made()
    view.controls.basis.value = "paid"
    assert list(mistakes(view)) == ["Basis"]
    assert "payment" in mistakes(view)["Basis"]
    assert view.sales.parameters.basis == ""


def test_an_error_nobody_foresaw_is_a_sentence_too(made, monkeypatch):
    """A click would show nothing of it; what it quotes of a secret is hidden."""
    view = made()
    monkeypatch.setenv("SHOP_PASSWORD", "canary-canary")

    def fails(*_: object, **__: object) -> None:
        raise ValueError("<refused> canary-canary")

    monkeypatch.setattr("helpers.page.explore.cross_report", fails)
    view.controls.top.value = 3
    assert "a bug of ours, ValueError: &lt;refused&gt; ***" in mistakes(view)["Clients"]


def test_the_command_says_what_to_do_when_its_port_is_taken(made, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = CliRunner().invoke(cli, ["explore", "--no-browser", "--port", str(port)])
    assert str(done.exception) == f"port {port} is taken; type client-rating explore --port {port + 1}"


def test_the_source_is_read_anew_where_it_changed(made, tmp_path):
    view = made()
    company(tmp_path, TABLES | {"sale_line": LINES + "dan | n | 2026-10-02 10:00:00 | 9\n"})
    view.controls.top.value = 3
    assert shown(view)["dan"] == 9
