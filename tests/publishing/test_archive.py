"""The archive read from manifests written here, files put in place by one rename, and pages held against each other."""

import datetime as dt
import json
import os
import stat
import threading
from pathlib import Path

import pytest

from helpers.errors import BadData
from helpers.publishing.agreement import assert_agreed
from helpers.publishing.archive import ReportArchive, Run, read_run, report_archives
from helpers.publishing.atomic_write import atomic_link, atomic_write
from helpers.publishing.gate import TOTALS
from helpers.publishing.scheduler.notifier import Notifier
from helpers.settings.schedule import Schedule


def run_of(report: Path, period: str, shown: bool = False, **manifest: object) -> Path:
    """A run folder with a manifest; `shown` links the period to it."""
    known = {"company": "acme", "report": report.name, "state": "published" if shown else "failed",
             "parameters": {}, "times": {"started_at": "2026-11-01T06:00:00+00:00"}}  # fmt: skip
    folder = report / ".runs" / f"{period}~{len(list(report.glob('.runs/*')))}"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps(known | manifest))
    if shown:
        (report / period).unlink(missing_ok=True)
        (report / period).symlink_to(Path(".runs") / folder.name)
    return folder


def test_what_readers_see(tmp_path):
    """Links of ours alone, to runs that say they are published."""
    report = tmp_path / "acme/tiny"
    october = run_of(report, "2026-10", shown=True)
    run_of(report, "2026-09", shown=True, state="running")
    (report / "2026-08").mkdir()
    (report / "2026-07").symlink_to("/etc")
    (report / "2026-06").symlink_to(Path(".runs") / october.name)  # another period's
    (report / "2026-05").symlink_to(".runs/2026-05~gone")
    archive = ReportArchive(report)
    assert {name: run.folder for name, run in archive.published().items()} == {"2026-10": october}
    assert [run.period for run in archive.run_folders()] == ["2026-09", "2026-10"]
    assert [run.period for run in archive.run_folders("2026-10")] == ["2026-10"]
    assert [found.folder for found in report_archives(tmp_path)] == [report]
    assert ReportArchive(tmp_path / "none").published() == {}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"state": "published"}'])
def test_a_manifest_that_a_killed_runner_left(tmp_path, text):
    (tmp_path / "manifest.json").write_text(text)
    assert read_run(tmp_path).state == ""


def test_when_a_run_was():
    """By the clock that its caller named: it took 90 s of the machine's, two years after the schedule's moment."""
    times = {"due_at": "2024-11-01T06:00:00+01:00", "tried_at": "2024-11-01T06:10:00+01:00",
             "started_at": "2026-11-01T05:00:00+00:00", "finished_at": "2026-11-01T05:01:30+00:00"}  # fmt: skip
    run = Run(Path("2024-10~a"), {"times": times})
    zone = dt.timezone(dt.timedelta(hours=1))
    assert run.started_at == dt.datetime(2024, 11, 1, 6, 10, tzinfo=zone)
    assert run.ended_at == dt.datetime(2024, 11, 1, 6, 11, 30, tzinfo=zone)
    assert run.due_at == dt.datetime(2024, 11, 1, 6, 0, tzinfo=zone)
    assert (run.is_scheduled, run.has_died) == (True, False)
    by_hand = Run(Path("2024-10~b"), {"times": {"started_at": times["started_at"]}})
    assert by_hand.due_at == by_hand.started_at == by_hand.ended_at
    assert (by_hand.is_scheduled, by_hand.has_died) == (False, True)


OTHER_DATA = "client_rating was published from other data: the total is 10.00 there, 10.01 here; publish it again"


def totals(total: str) -> dict[str, str]:
    """Control totals that agree."""
    return dict.fromkeys(TOTALS, total)


@pytest.mark.parametrize(
    ("total", "snapshot", "parameters", "expected"),
    [
        ("10.00", "same", {}, {"client_rating": "agrees with client_rating to the cent"}),
        ("10.01", "other", {}, {"client_rating": OTHER_DATA}),
        ("10.01", "same", {"basis": "paid"}, None),
        ("10.01", "same", {"currency": "USD"}, None),
    ],
)  # fmt: skip
def test_pages_of_one_period(tmp_path, total, snapshot, parameters, expected):
    run_of(tmp_path / "acme/client_rating", "2026-10", shown=True, checks=totals("10.00"), snapshot="same")
    mine = {"parameters": parameters, "checks": totals(total), "snapshot": snapshot}
    run = Run(tmp_path / "acme/bonuses/.runs/2026-10~x", mine)
    assert_agreed(run, ReportArchive(tmp_path / "acme/bonuses"))
    assert run.manifest.get("agreement") == expected


def test_another_total_of_the_same_data_is_refused(tmp_path):
    run_of(tmp_path / "acme/client_rating", "2026-10", shown=True, checks=totals("10.00"), snapshot="same")
    mine = {"parameters": {}, "checks": totals("10.01"), "snapshot": "same"}
    with pytest.raises(BadData, match=r"10\.01 here, 10\.00 in client_rating"):
        assert_agreed(Run(tmp_path / "acme/bonuses/.runs/2026-10~x", mine), ReportArchive(tmp_path / "acme/bonuses"))


@pytest.mark.parametrize(
    ("here", "there", "comparison", "expected"),
    [
        ({"half": "12"}, {"half": "12"}, "previous", "agrees with client_rating to the cent"),
        ({"half": "12"}, {"eighty": "13"}, "previous", "agrees with client_rating to the cent"),
        ({"half": "12"}, {"half": "13"}, "previous", None),
        ({"half": "12"}, {"half": "13"}, "last year", "agrees with client_rating to the cent; figures stand apart: "
         "compared with last year here, with previous there"),
    ],
)  # fmt: skip
def test_figures_that_stand_on_two_pages(tmp_path, here, there, comparison, expected):
    """The same, or with the reason why they differ; else nothing is published."""
    rating = {"parameters": {"comparison": "previous"}, "checks": totals("10.00") | {"figures": there}}
    run_of(tmp_path / "acme/client_rating", "2026-10", shown=True, snapshot="same", **rating)
    checks = totals("10.00") | {"figures": here}
    run = Run(tmp_path / "acme/bonuses/.runs/2026-10~x",
              {"parameters": {"comparison": comparison}, "checks": checks, "snapshot": "same"})  # fmt: skip
    if expected is None:
        with pytest.raises(BadData, match="half is 12 here, 13 in client_rating"):
            assert_agreed(run, ReportArchive(tmp_path / "acme/bonuses"))
    else:
        assert_agreed(run, ReportArchive(tmp_path / "acme/bonuses"))
        assert run.manifest["agreement"]["client_rating"] == expected


@pytest.mark.parametrize("key", ["notify_job", "to_tell"])
def test_manifests_of_an_earlier_version_are_notified_too(tmp_path, key):
    """Once: the key is gone afterwards, whichever it was."""
    report, sent = tmp_path / "acme/tiny", tmp_path / "sent"
    times = {"started_at": "2026-11-01T06:00:00+00:00", "finished_at": "2026-11-01T06:01:00+00:00"}
    folder = run_of(report, "2026-10", shown=True, times=times, **{key: "tiny"})
    job = {"params": "acme/tiny.yaml", "cron": "0 6 1 * *", "timezone": "UTC",
           "on_success": {"command": ["sh", "-c", f"cat >> {sent}"]}}  # fmt: skip
    notifier = Notifier(
        Schedule.model_validate({"jobs": {"tiny": job}}), dt.datetime(2026, 11, 1, 7, tzinfo=dt.UTC), print
    )
    for _ in range(2):
        notifier.notify_successes(ReportArchive(report))
    assert sent.read_text().count("acme/tiny 2026-10 is published") == 1
    manifest = read_run(folder).manifest
    assert key not in manifest
    assert "notified_at" in manifest["times"]


def test_a_reader_sees_one_text_or_the_other(tmp_path):
    """A hundred replacements while somebody reads all along."""
    place, texts, seen = tmp_path / "page", {c: c * 100_000 for c in "ab"}, set()
    atomic_write(place, texts["a"])
    finished = threading.Event()

    def read():
        while not finished.is_set():
            seen.add(place.read_text())

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(100):
        atomic_write(place, texts["ab"[number % 2]])
    finished.set()
    reader.join()
    assert seen == set(texts.values())


def test_what_is_put_in_place(tmp_path):
    """For whom it is readable, its date, what a dead writer left, and a folder that cannot be written."""
    place = tmp_path / "manifest.json"
    (tmp_path / ".manifest.json.0123.tmp").write_text("half")
    atomic_write(place, "{}", 0o600, modified_at=86_400)
    assert (stat.S_IMODE(place.stat().st_mode), place.stat().st_mtime) == (0o600, 86_400)
    atomic_link(tmp_path / "latest", Path(".runs/a"))
    atomic_link(tmp_path / "latest", Path(".runs/b"))
    assert os.readlink(tmp_path / "latest") == ".runs/b"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["latest", "manifest.json"]
    with pytest.raises(FileNotFoundError):
        atomic_write(tmp_path / "none/manifest.json", "{}")
