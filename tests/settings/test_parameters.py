"""A parameter under a name it had before, or a name of nobody, is one sentence wherever it is typed."""

import shutil

import papermill
import pytest
from click.testing import CliRunner
from company import company
from papermill.exceptions import PapermillExecutionError
from tiny import root_of_the_suite

from helpers.__main__ import cli
from helpers.errors import BadParameter
from helpers.publishing.notebook_run import prepare
from helpers.sales import open_sales
from helpers.settings.parameters import RENAMED, checked_parameters

LINES = """
    client_id | branch_id | sold_at             | amount | currency
    ann       | Kyiv      | 2026-10-02 10:00:00 | 10     | EUR
    bob       | Kyiv      | 2026-10-03 10:00:00 | 20     | USD
"""
HOLDER = {"beside": "bonuses_and_price_lists", "few": "promising_clients", "soon_days": "bonuses_and_price_lists"}


@pytest.fixture
def project(tmp_path):
    """A company that sells in two currencies and has no rates, with the suite's notebooks."""
    root = company(tmp_path, {"sale_line": LINES})
    shutil.copytree(root_of_the_suite() / "notebooks", root / "notebooks", dirs_exist_ok=True)
    return root


def params(root, notebook: str, text: str = "period: 2026-10\ntoday: '2026-11-23'\n"):
    path = root / "params" / "acme" / f"{notebook}.yaml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(("before", "now"), RENAMED.items())
def test_a_name_of_before_says_the_one_of_now(project, before, now):
    said = rf"^the parameter '{before}' is called '{now}' now; type that name$"
    notebook = HOLDER[before]
    with pytest.raises(BadParameter, match=said):
        prepare(params(project, notebook, f"{before}: 3"))
    with pytest.raises(BadParameter, match=said):
        prepare(params(project, notebook), {before: "3"})
    with pytest.raises(BadParameter, match=said):
        open_sales("acme", "2026-10", "2026-11-23", root=project, **{before: 3})


def test_a_notebook_may_declare_a_name_of_before(project):
    path = project / "notebooks" / "own.ipynb"
    path.write_text(
        (project / "notebooks" / "client_rating.ipynb").read_text().replace('"top: int = 200', '"few: int = 3')
    )
    assert prepare(params(project, "own", "few: 4\nperiod: 2026-10")).parameters["few"] == 4


def test_a_name_of_nobody_is_refused_with_the_nearest(project):
    with pytest.raises(BadParameter, match=r"unknown parameter 'rank_bye', did you mean 'rank_by'\?"):
        open_sales("acme", "2026-10", "2026-11-23", root=project, rank_bye="margin")
    with pytest.raises(BadParameter, match=r"'initial', did you mean 'initials'\?"):
        checked_parameters({"names": "initial"})
    with pytest.raises(BadParameter, match="rows: input should be greater than or equal to 1, got 0"):
        checked_parameters({"rows": 0})


@pytest.mark.kernel
def test_bare_papermill_says_the_name_of_now(project, monkeypatch):
    monkeypatch.setenv("CLIENT_RATING_ROOT", str(project))
    notebook = project / "notebooks" / "promising_clients.ipynb"
    typed = {"company": "acme", "period": "2026-10", "today": "2026-11-23", "few": 3}
    with pytest.raises(PapermillExecutionError, match="the parameter 'few' is called 'rows' now"):
        papermill.execute_notebook(
            str(notebook), str(project / "o.ipynb"), typed, kernel_name="python3", progress_bar=False
        )


def check(*words: object) -> tuple[int, str]:
    done = CliRunner().invoke(cli, ["check", *map(str, words)])
    return (getattr(done.exception, "exit_code", done.exit_code), f"{done.output}{done.exception or ''}")


def test_check_takes_the_parameters_of_the_job(project):
    code, said = check(params(project, "client_rating"))
    assert (code, "rate" in said) == (65, True), "bob paid in dollars, and there are no rates"
    only_dollars = params(project, "client_rating", "period: 2026-10\ntoday: '2026-11-23'\ncurrency: USD\n")
    code, said = check(only_dollars)
    assert code == 0, said
    assert "in period    1 lines, 20.00 USD" in said
    assert "parameter    currency: USD  Sales in this currency alone" in said
    code, said = check(only_dollars, "-p", "currency", "EUR", "-p", "top", "7")
    assert "in period    1 lines, 10.00 EUR" in said
    assert "parameter    top: 7  Clients in the cross report" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("-p", "basis", "paid"), "payment"),
        (("-p", "names", "code"), "CLIENT_RATING_CODE_SECRET"),
        (("-p", "tpo", "3"), "unknown parameter 'tpo', did you mean 'top'?"),
        (("-p", "top", "0"), "top: input should be greater than or equal to 1, got 0"),
        (("-p", "period", "last decade"), "period must be"),
    ],
)
def test_check_refuses_what_run_refuses(project, monkeypatch, words, said):
    monkeypatch.delenv("CLIENT_RATING_CODE_SECRET", raising=False)
    text = "period: 2026-10\ntoday: '2026-11-23'\ncurrency: EUR\n"
    code, refused = check(params(project, "client_rating", text), *words)
    assert code in (64, 65, 66, 78)
    assert said in refused


def test_check_of_the_schedule_takes_no_parameters(project):
    schedule = project / "params" / "schedule.yaml"
    schedule.write_text("jobs: {}\n")
    assert check(schedule) == (0, "")
    assert check(schedule, "-p", "top", "3")[0] == 64


def test_check_takes_what_the_notebook_itself_declares(project):
    own = (project / "notebooks" / "client_rating.ipynb").read_text()
    (project / "notebooks" / "own.ipynb").write_text(own.replace('currency: str = \\"\\"', 'currency: str = \\"USD\\"'))
    code, said = check(params(project, "own"))
    assert code == 0, said
    assert "20.00 USD" in said
