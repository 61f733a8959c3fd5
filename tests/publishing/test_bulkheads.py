"""Bulkheads: whatever fails in one report, hook, mail, page or archive, the others appear and the one is named."""

import json
import re
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from tiny import project, stand_in, token

import helpers.publishing.publish as publishing
from helpers.page import index_page as html
from helpers.publishing import index_page
from helpers.publishing.archive import ReportArchive
from helpers.publishing.scheduler import due as due_module
from helpers.publishing.scheduler import hooks, notifier
from helpers.publishing.scheduler.hooks import deliver
from helpers.publishing.scheduler.run import run_due
from helpers.publishing.scheduler.status import sentence, status
from helpers.settings.schedule import read_schedule

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 1, 6, tzinfo=PARIS)
REPORTS = ["one", "two", "three", "four", "five"]
ONE = "three"


class Unforeseen(Exception):
    """What nobody thought of."""


@pytest.fixture
def five(tmp_path, monkeypatch) -> Path:
    """A project of five reports without a kernel, each due once a month."""
    monkeypatch.setattr(publishing, "execute", stand_in)
    root = project(tmp_path / "p")
    tiny = (root / "notebooks" / "tiny.ipynb").read_text()
    jobs = {}
    for name in REPORTS:
        (root / "notebooks" / f"{name}.ipynb").write_text(tiny)
        (root / "params/acme" / f"{name}.yaml").write_text("company: acme\n")
        jobs[name] = {"params": f"acme/{name}.yaml", "cron": "0 6 1 * *", "timezone": "Europe/Paris"}
        jobs[name] |= {"on_success": {"command": ["true"]}, "retries": 0}
    (root / "params" / "schedule.yaml").write_text(json.dumps({"jobs": jobs}))
    return root


def run(root: Path, now: datetime = NOW) -> tuple[int, list[str]]:
    said: list[str] = []
    schedule = read_schedule(root / "params" / "schedule.yaml")
    return run_due(schedule, root, root / "out", now, say=said.append, warn=said.append), said


def published(root: Path) -> list[str]:
    """The reports that readers see, by the folder and by the landing page."""
    page = (root / "out" / "index.html").read_text()
    seen = [name for name in REPORTS if (root / "out/acme" / name / "2026-10").is_symlink()]
    assert [name for name in REPORTS if f'href="acme/{name}/2026-10/index.html"' in page] == seen
    for name in seen:
        token(root / "out/acme" / name / "2026-10")
    return seen


def only(function, name: str = ONE):
    """The same function, which fails for one report."""

    def fails(*args, **options):
        if name in repr(args):
            raise Unforeseen("what nobody thought of")
        return function(*args, **options)

    return fails


OTHERS = [name for name in REPORTS if name != ONE]
PLACES = {
    "its cells": (publishing, "execute", OTHERS),
    "its periods": (due_module, "_period_text", OTHERS),
    "its links": (publishing, "show_run", OTHERS),
    "its latest": (publishing, "update_latest", REPORTS),
    "its hook": (notifier, "notify_success", REPORTS),
}
STATUS = {
    "its cells": "gave up; no success yet; ", "its periods": "wrong; no success yet; ",
    "its links": "gave up; no success yet; ", "its latest": "nobody was notified of 2026-10",
    "its hook": "nobody was notified of 2026-10",
}  # fmt: skip


def sentences(root: Path) -> dict[str, str]:
    """What status says of each report."""
    jobs = status(read_schedule(root / "params/schedule.yaml"), root, root / "out", NOW)
    return {job["job"]: sentence(job) for job in jobs}


@pytest.mark.parametrize("place", PLACES)
def test_an_arbitrary_exception_stops_one_report_at_most(five, monkeypatch, place):
    """run-due ends with 70 and names the one, and so does status; of the others neither says a word more."""
    owner, name, seen = PLACES[place]
    monkeypatch.setattr(owner, name, only(getattr(owner, name)))
    exit_code, said = run(five)
    assert published(five) == seen
    named = [line for line in said if "Unforeseen" in line or "internal error" in line]
    assert named
    assert all(ONE in line for line in named)
    assert exit_code == 70
    told = sentences(five)
    assert STATUS[place] in told[ONE]
    assert [told[name].startswith(f"{name} (acme/{name}): fresh; last success") for name in OTHERS] == [True] * 4
    assert not any("nobody was notified" in told[name] for name in OTHERS)


LANDING = {
    "one card": (index_page, "_card", ONE), "one row": (html, "_row", ONE),
    "the whole page": (index_page, "write_index_page", ""),
}  # fmt: skip


@pytest.mark.parametrize(("owner", "name", "of"), LANDING.values(), ids=list(LANDING))
def test_an_arbitrary_exception_of_the_landing_page_stops_no_report(five, monkeypatch, owner, name, of):
    """All are published; run-due ends with 75, says of which page or report, and once it can, draws the page whole."""
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, only(getattr(owner, name), of))
        exit_code, said = run(five)
        assert run(five)[0] == 75, "it is said again until it is mended"
    assert exit_code == 75
    assert [name for name in REPORTS if (five / "out/acme" / name / "2026-10").is_symlink()] == REPORTS
    named = [line for line in said if "could not be drawn" in line or "the landing page leaves it out" in line]
    assert named
    if of:
        assert all(f"acme/{ONE}/" in line for line in named)
        assert set(published_by_page(five)) == set(OTHERS)
    else:
        assert all("out/index.html: could not be drawn (Unforeseen" in line for line in named)
    assert run(five) == (0, [])
    assert published(five) == REPORTS


WRONG_MOMENTS = {
    "started never": {"started_at": "never"},
    "finished on no day": {"finished_at": "2026-13-45T00:00:00+00:00"},
    "due without a zone": {"due_at": "2026-11-01T06:00:00"},
}


def damage(root: Path, text: str) -> Path:
    """The manifest of the one report, as a bad disk or a hand left it."""
    manifest = (root / "out/acme" / ONE / "2026-10").resolve() / "manifest.json"
    if moment := WRONG_MOMENTS.get(text):
        facts = json.loads(manifest.read_text())
        text = json.dumps(facts | {"times": facts["times"] | moment})
    manifest.write_text(text if not text.startswith("without ") else json.dumps(
        {k: v for k, v in json.loads(manifest.read_text()).items() if k != text.removeprefix("without ")}
    ))  # fmt: skip
    return manifest


DAMAGES = ["", "[]", "started never", "finished on no day", "due without a zone",
           "without facts", "without period", "without files", "without company", '{"times": 7}',
           '{"state": "published", "times": {"started_at": "never", "finished_at": 0}}']  # fmt: skip


@pytest.mark.parametrize("text", DAMAGES)
def test_a_damaged_neighbour_stops_no_report_and_hides_none(five, text):
    assert run(five)[0] == 0
    is_shown = ReportArchive(damage(five, text).parents[2]).shown("2026-10") is not None
    (five / "out/acme/one/2026-10").unlink()  # is due again
    exit_code, said = run(five)
    assert exit_code == (75 if is_shown else 0)
    assert set(OTHERS) <= set(published_by_page(five))
    assert (five / "out/acme/one/2026-10/index.html").is_file()
    assert (five / "out/acme/one/latest").is_symlink()
    states = {job["job"]: job["state"] for job in status(
        read_schedule(five / "params/schedule.yaml"), five, five / "out", NOW)}  # fmt: skip
    assert [states[name] for name in OTHERS] == ["fresh"] * 4
    told = sentences(five)
    assert [name for name in REPORTS if "the manifest of 2026-10 is damaged" in told[name]] == [ONE] * is_shown
    assert not any("Traceback" in line and ONE not in line for line in said)


@pytest.mark.parametrize("moment", WRONG_MOMENTS.values(), ids=list(WRONG_MOMENTS))
def test_a_failed_run_that_says_no_moment_stops_nothing(five, monkeypatch, moment):
    with monkeypatch.context() as patch:
        patch.setattr(publishing, "execute", only(stand_in))
        assert run(five)[0] != 0
    (manifest,) = (five / "out/acme" / ONE / ".runs").glob("*/manifest.json")
    facts = json.loads(manifest.read_text())
    manifest.write_text(json.dumps(facts | {"times": facts["times"] | moment}))
    assert run(five)[0] == 0
    assert published(five) == REPORTS
    assert manifest.is_file(), "its evidence stays"


def published_by_page(root: Path) -> list[str]:
    return re.findall(r'href="acme/(\w+)/2026-10/index.html"', (root / "out" / "index.html").read_text())


FACTS = [{"language": "en", "total": "much"}, {"timezone": "No/Where"}]


@pytest.mark.parametrize("wrong", FACTS)
def test_facts_that_cannot_be_drawn_leave_the_others_on_the_landing_page(five, wrong):
    assert run(five)[0] == 0
    manifest = (five / "out/acme" / ONE / "2026-10").resolve() / "manifest.json"
    facts = json.loads(manifest.read_text())
    facts["facts"] = wrong if "total" in wrong else facts["facts"] | wrong
    manifest.write_text(json.dumps(facts))
    said: list[str] = []
    index_page.refresh_index_page(five / "out", five, said.append)
    assert set(OTHERS) <= set(published_by_page(five))
    assert ["its manifest is damaged" in line and ONE in line for line in said] == [True]


# What goes wrong in them is no error of theirs: a label of a host that is too long, an environment that cannot be.
UNFORESEEN_HOOKS = {
    "a mail": ({"mail": {"to": ["a@example.org"], "from": "b@example.org"}}, f"smtp://ann:sesame@{'x' * 70}.canary:25"),
    "a mail of no host": ({"mail": {"to": ["a@example.org"], "from": "b@example.org"}}, "smtp://ann:12/canary@host:25"),
    "a command": ({"command": ["false"]}, ""),
    "a command that is none": ({"command": ["canary/not/there"]}, ""),
}


@pytest.mark.parametrize(("hook", "address"), UNFORESEEN_HOOKS.values(), ids=list(UNFORESEEN_HOOKS))
def test_a_hook_that_fails_is_named_and_hides_no_report(five, monkeypatch, hook, address):
    """The mail or command of one report fails in its child: all are published, run-due and status name the one."""
    monkeypatch.setenv("CLIENT_RATING_SMTP", address or "smtp://127.0.0.1:1")
    schedule = json.loads((five / "params/schedule.yaml").read_text())
    schedule["jobs"][ONE]["on_success"] = hook
    (five / "params/schedule.yaml").write_text(json.dumps(schedule))
    exit_code, said = run(five)
    assert exit_code == (78 if "12/canary" in address else 75)
    assert published(five) == REPORTS
    failed = [line for line in said if "the hook failed" in line]
    assert [ONE in line for line in failed] == [True]
    assert not any("Traceback" in line or "sesame" in line or "12/canary" in line for line in said)
    states = status(read_schedule(five / "params/schedule.yaml"), five, five / "out", NOW)
    assert {job["job"]: job["not_notified"] for job in states} == {
        name: ["2026-10"] * (name == ONE) for name in REPORTS
    }
    assert "nobody was notified of 2026-10" in next(sentence(job) for job in states if job["job"] == ONE)


def deliver_all_but_one(hook, subject, *rest):
    """In the child of a hook: what nobody thought of, for one report."""
    if ONE in subject:
        raise Unforeseen("sesame, which nobody may read")
    return deliver(hook, subject, *rest)


def test_an_arbitrary_exception_in_the_child_of_a_hook_stops_nothing(five, monkeypatch):
    monkeypatch.setattr(hooks, "deliver", deliver_all_but_one)
    exit_code, said = run(five)
    assert (exit_code, published(five)) == (75, REPORTS)
    assert [line for line in said if "internal error: Unforeseen" in line and ONE in line]
    assert not any("sesame" in line for line in said)
