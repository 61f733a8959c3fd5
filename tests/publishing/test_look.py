"""A look at an unknown export is a page from one command, its guesses on top; and nothing guessed is published."""

import shutil
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from helpers.__main__ import cli
from helpers.errors import BadConfiguration, BadData, BadParameter
from helpers.publishing.look import look
from helpers.publishing.notebook_run import prepare
from helpers.publishing.publish import publish
from helpers.settings.read import project_root

EXPORTS = Path(__file__).parents[1] / "source" / "exports"
EXPORT = EXPORTS / "usu.csv"


@pytest.fixture
def root(tmp_path, monkeypatch) -> Path:
    """A project with our notebooks and no company."""
    notebooks = project_root(Path(__file__).parent) / "notebooks"
    shutil.copytree(notebooks, tmp_path / "notebooks")
    (tmp_path / "params").mkdir()
    monkeypatch.setenv("CLIENT_RATING_ROOT", str(tmp_path))
    return tmp_path


@pytest.mark.kernel
def test_a_page_in_work_with_the_guesses_on_top(root):
    page, proposal = look(EXPORT, root)
    assert page.is_relative_to(root / "work")
    assert not (root / "published").exists()
    assert not list((root / "params").iterdir())
    text = page.read_text("utf-8")
    assert "A first look: 3 settings are guessed and nobody has confirmed them: company, timezone, currency." in text
    assert "3,600.00" in text
    again, _ = look(EXPORT, root)
    assert again == page, "a second look takes the place of the first"
    assert proposal.period == "2026-10"


@pytest.mark.kernel
@pytest.mark.parametrize(
    ("export", "total"),
    [("shopify", "300.00"), ("woo", "150.00"), ("zoho", "600.00"), ("stripe", "430.00"), ("prestashop", "1,361.70"),
     ("usu", "3,600.00"), ("quickbooks", "5,550.00"), ("fec", "600.50")],
)  # fmt: skip
def test_each_known_export_has_a_page_from_one_command(root, export, total):
    page, proposal = look(EXPORTS / f"{export}.csv", root)
    text = page.read_text("utf-8")
    assert total in text
    assert "A first look" in text
    assert set(proposal.unconfirmed) <= {"company", "timezone", "currency"}


@pytest.mark.kernel
def test_what_is_guessed_is_never_published(root):
    """`check` lists it and ends as `run` does; with the names deleted both go on."""
    folder = root / "params" / "usu"
    assert CliRunner().invoke(cli, ["init", str(EXPORT)], catch_exceptions=False).exit_code == 0
    out = root / "published"
    with pytest.raises(BadConfiguration, match=r"unconfirmed: .* company, timezone, currency"):
        publish(prepare(folder / "client_rating.yaml"), out)
    assert not list(out.rglob("index.html"))
    checked = CliRunner().invoke(cli, ["check", str(folder / "client_rating.yaml")])
    assert isinstance(checked.exception, BadConfiguration)
    assert "A first look: 3 settings are guessed" in checked.output
    assert "exit code 78" in checked.output
    settings = yaml.safe_load((folder / "source.yaml").read_text("utf-8"))
    del settings["unconfirmed"]
    (folder / "source.yaml").write_text(yaml.safe_dump(settings, allow_unicode=True), "utf-8")
    assert publish(prepare(folder / "client_rating.yaml"), out).exists()


def test_init_shows_what_a_person_recognises(root):
    said = CliRunner().invoke(cli, ["init", str(EXPORT)], catch_exceptions=False).output
    assert "as typed     02.10.2026 10:15:00 | 000000102 | Петров Б. В. | Север" in said
    assert "client_id: Петров Б. В. | branch_id: Север | sold_at: 2026-10-02 10:15:00 | amount: 3600.0000" in said
    assert "skipped      1 rows, amounts 3,600.00: totals" in said
    assert "in 2026-10   3,600.00 EUR\n             3,600.00  Петров Б. В.\n" in said


def test_a_look_is_refused_where_it_would_lie_among_reports(root):
    for out in (root / "published", root / "published" / "x"):
        with pytest.raises(BadParameter, match="rests on guesses"):
            look(EXPORT, root, out)


def test_a_file_that_nothing_reads_is_told_with_what_it_lacks(root, tmp_path):
    (tmp_path / "s.csv").write_text("colour,size\nred,5\n")
    with pytest.raises(BadData, match="no column looks like client_id, sold_at, amount; the file has colour, size"):
        look(tmp_path / "s.csv", root)


def test_unconfirmed_takes_names_of_settings(root):
    from helpers.settings.company import Company

    base = {"company": "A", "files": "data", "sale_line": "s.csv"}
    names = ["timezone", "csv.encoding", "sale_line.amount", "state_map", "client"]
    assert Company.model_validate(base | {"unconfirmed": names}).unconfirmed == names
    with pytest.raises(ValueError, match="unknown setting 'time_zone', did you mean 'timezone'"):
        Company.model_validate(base | {"unconfirmed": ["time_zone"]})
