"""A publication is a transaction: what readers see when the runner is killed at a file operation, or the disk fills."""

import json
import os
import shutil
import stat
from datetime import UTC, datetime
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner
from nbformat.sign import NotebookNotary
from tiny import assert_readers_see_whole, project, stand_in, token

from helpers.__main__ import cli
from helpers.errors import BadData, CannotCreate, TryLater
from helpers.publishing import publish as publishing
from helpers.publishing.archive import ReportArchive
from helpers.publishing.notebook_run import prepare
from helpers.publishing.publish import RunOptions, publish
from helpers.publishing.scheduler import run_due
from helpers.publishing.transaction import period_lock
from helpers.settings.schedule import read_schedule

MONTHLY = {"params": "acme/tiny.yaml", "cron": "0 6 1 * *", "timezone": "Europe/Paris"}
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def quick(monkeypatch):
    """Runs without a kernel."""
    monkeypatch.setattr(publishing, "execute", stand_in)


def due(root: Path, out: Path, now: datetime = NOW, **options) -> int:
    """Run what is due; outcomes are not printed."""
    said = options.pop("said", [])
    schedule = read_schedule(root / "params" / "schedule.yaml")
    return run_due(schedule, root, out, now, say=said.append, warn=said.append, **options)


def in_a_child(act) -> int:
    """Run `act` in a forked process; how it ended, as os.waitstatus_to_exitcode tells (−9 when killed)."""
    pid = os.fork()
    if pid == 0:
        try:
            act()
            os._exit(0)
        except BaseException:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_readers_group_alone_reads(tmp_path, quick):
    root = project(tmp_path / "project")
    out = tmp_path / "published"
    publish(prepare(root / "params/acme/tiny.yaml"), out)
    for path in out.rglob("*"):
        mode = stat.S_IMODE(path.lstat().st_mode)
        assert path.is_symlink() or mode in (0o750, 0o640), (path, oct(mode))


def test_run_sign_keeps_the_executed_notebook_which_jupyterlab_trusts(tmp_path, quick, monkeypatch):
    root = project(tmp_path / "project", period="2026-10")
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    done = CliRunner().invoke(cli, ["run", str(root / "params/acme/tiny.yaml"), "--sign"], catch_exceptions=False)
    kept = root / "work" / "acme" / "2026-10" / "tiny.ipynb"
    assert done.stderr == f"executed and trusted: {kept}\n"
    executed = nbformat.read(kept, as_version=4)
    assert NotebookNotary().check_signature(executed)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    executed.cells[2].outputs[0].data["text/html"] = "<script>"
    assert not NotebookNotary().check_signature(executed)
    assert "tiny.ipynb" not in {path.name for path in (root / "published").rglob("*")}


@pytest.mark.parametrize("place", ["", "acme", "acme/tiny", "acme/tiny/.runs"])
def test_world_writable_is_refused(tmp_path, quick, place):
    root, out = project(tmp_path / "project"), tmp_path / "published"
    job = prepare(root / "params/acme/tiny.yaml")
    publish(job, out)
    (out / place).chmod(0o777)
    with pytest.raises(CannotCreate, match="anyone may write"):
        publish(job, out)


@pytest.mark.parametrize("name", ["2026-10", "latest"])
def test_a_foreign_link_is_replaced(tmp_path, quick, name):
    """The victim of a planted link is never written to."""
    root, out, victim = project(tmp_path / "project"), tmp_path / "published", tmp_path / "victim"
    victim.mkdir()
    (victim / "manifest.json").write_text("mine")
    (out / "acme/tiny").mkdir(parents=True, mode=0o750)
    (out / "acme/tiny" / name).symlink_to(victim)
    publish(prepare(root / "params/acme/tiny.yaml", {"period": "2026-10"}), out)
    assert [p.name for p in victim.iterdir()] == ["manifest.json"]
    assert (victim / "manifest.json").read_text() == "mine"
    token(out / "acme/tiny" / name)


@pytest.mark.parametrize("place", ["acme", "acme/tiny", "acme/tiny/.runs"])
def test_a_link_in_the_way_is_not_followed(tmp_path, quick, place):
    root, out, victim = project(tmp_path / "project"), tmp_path / "published", tmp_path / "victim"
    victim.mkdir()
    (out / place).parent.mkdir(parents=True, mode=0o750)
    (out / place).symlink_to(victim)
    with pytest.raises(CannotCreate, match="not followed"):
        publish(prepare(root / "params/acme/tiny.yaml"), out)
    assert not list(victim.iterdir())


def test_a_folder_in_the_way_is_left_alone(tmp_path, quick):
    root, out = project(tmp_path / "project"), tmp_path / "published"
    (out / "acme/tiny/2026-10").mkdir(parents=True, mode=0o750)
    with pytest.raises(CannotCreate, match="not a link of ours"):
        publish(prepare(root / "params/acme/tiny.yaml", {"period": "2026-10"}), out)


def test_busy_tells_who_and_since_when(tmp_path, quick):
    root, out = project(tmp_path / "project"), tmp_path / "published"
    job = prepare(root / "params/acme/tiny.yaml", {"period": "2026-10"})
    archive = publishing.open_archive(out, "acme", "tiny")
    with period_lock(archive, "2026-10"):
        publishing.begin(archive, job, RunOptions())
        with pytest.raises(
            TryLater, match=rf"acme/tiny 2026-10 is in progress \(process {os.getpid()} on \S+ since 20"
        ):
            publish(job, out)
        publish(prepare(root / "params/acme/tiny.yaml", {"period": "2026-09"}), out)


def test_keep_removes_the_oldest_of_a_unit(tmp_path, quick):
    root, out = project(tmp_path / "project"), tmp_path / "published"
    for period in ("2026-07", "2026-Q3", "2026-08", "2026-09", "2026-10"):
        publish(prepare(root / "params/acme/tiny.yaml", {"period": period}), out, options=RunOptions(keep=2))
    assert set(ReportArchive(out / "acme/tiny").published()) == {"2026-Q3", "2026-09", "2026-10"}
    assert_readers_see_whole(out)


def test_a_replaced_run_stays_for_those_who_read_it(tmp_path, quick):
    """A reader half-way through the old report finds its files; the run after the next one clears them."""
    root, out = project(tmp_path / "project"), tmp_path / "published"
    job = prepare(root / "params/acme/tiny.yaml", {"period": "2026-10"})
    publish(job, out)
    reading = (out / "acme/tiny/2026-10").resolve()
    publish(job, out)
    token(reading)
    publish(job, out)
    assert not reading.exists()


def test_old_failures_keep_their_place_in_the_ledger(tmp_path, monkeypatch):
    """25 months fail, once each: all are given up and stay so, the newest 20 with their notebook."""
    root = project(tmp_path / "project")
    settings = MONTHLY | {"catch_up": "all", "since": "2024-11-01", "retries": 0}
    (root / "params/schedule.yaml").write_text(json.dumps({"jobs": {"tiny": settings}}))
    out, tries = tmp_path / "published", []

    def fails(job, place, **_):
        tries.append(job.period.name)
        (place.folder / "notebook.ipynb").write_text("{}")
        raise BadData("no")

    monkeypatch.setattr(publishing, "execute", fails)
    assert [due(root, out) for _ in range(3)] == [BadData.exit_code, 0, 0]
    assert len(tries) == len(set(tries)) == 25
    assert len(list(out.rglob("notebook.ipynb"))) == 20 + 1  # thinned out before each run
    monkeypatch.setattr(publishing, "execute", stand_in)
    for period in tries:
        publish(prepare(root / "params/acme/tiny.yaml", {"period": period}), out)
    assert len([r for r in ReportArchive(out / "acme/tiny").run_folders() if r.state == "failed"]) == 20


def test_what_a_notebook_leaves_beside_files_is_not_published(tmp_path, monkeypatch):
    def leaves(job, place, **_):
        folder = place.folder
        (folder / "stolen.csv").symlink_to("/etc/passwd")
        (folder / "left").mkdir()
        return stand_in(job, place)

    monkeypatch.setattr(publishing, "execute", leaves)
    root, out = project(tmp_path / "project"), tmp_path / "published"
    page = publish(prepare(root / "params/acme/tiny.yaml"), out)
    assert {p.name for p in page.parent.iterdir()} == {"a.csv", "b.csv", "checks.json", "index.html", "manifest.json"}


@pytest.mark.parametrize("month", range(1, 13))
def test_a_fiscal_quarter_is_published_and_on_the_landing_page(tmp_path, quick, month):
    """Whichever month the fiscal year starts with, the page says which quarter it is of."""
    root, out, said = project(tmp_path / "p", period="last quarter"), tmp_path / "out", []
    source = root / "params/acme/source.yaml"
    source.write_text(source.read_text() + f'fiscal_year_start: "{month:02}-01"\n')
    (root / "params/schedule.yaml").write_text(json.dumps({"jobs": {"tiny": MONTHLY}}))
    assert due(root, out, said=said) == 0
    ((name, run),) = ((k, r) for k, r in ReportArchive(out / "acme/tiny").published().items() if k != "latest")
    assert name == run.manifest["period"]["name"]
    shown = "Q3 2026" if month == 1 else name.replace("-", " ") + " ("
    assert f">{shown}" in (out / "index.html").read_text()
    assert [line for line in said if "could not be drawn" in line] == []


def test_a_landing_page_that_cannot_be_drawn_is_a_warning(tmp_path, quick):
    """A page in whose place a folder stands: both reports are published, the page follows later."""
    root, out, said = project(tmp_path / "p", reports=("tiny", "tiny.fr")), tmp_path / "out", []
    jobs = {name: MONTHLY | {"params": f"acme/{params}.yaml"} for name, params in (("a", "tiny"), ("b", "tiny.fr"))}
    (root / "params/schedule.yaml").write_text(json.dumps({"jobs": jobs}))
    publish(prepare(root / "params/acme/tiny.yaml", {"period": "2026-01"}), out)
    page = out / "index.html"
    page.unlink()
    (page / "in the way").mkdir(parents=True)
    assert due(root, out, said=said) == 75
    for report in ("tiny", "tiny.fr"):
        token(out / "acme" / report / "2026-10")
    warned = [line for line in said if "could not be drawn" in line]
    assert warned
    assert all("\n" not in line for line in warned)
    publish(prepare(root / "params/acme/tiny.yaml", {"period": "2026-02"}), out, warn=said.append)
    token(out / "acme/tiny/2026-02")
    shutil.rmtree(page)
    assert due(root, out) == 0
    assert_readers_see_whole(out)
