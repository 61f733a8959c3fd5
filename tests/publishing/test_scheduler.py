"""What is due: ticks against the archive. Expected periods are written out by hand; the clock is an argument."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from ascii_table import rows
from tests.publishing.test_publish import due, in_a_child
from tiny import assert_clean, assert_readers_see_whole, project, stand_in, token

from helpers.errors import BadConfiguration, BadData, TryLater
from helpers.publishing import publish as publishing
from helpers.publishing.archive import ReportArchive
from helpers.publishing.notebook_run import prepare
from helpers.publishing.publish import publish
from helpers.publishing.scheduler.due import tasks
from helpers.publishing.scheduler.hooks import MailServer, _link, mail_server
from helpers.publishing.scheduler.notifier import Notifier
from helpers.publishing.scheduler.status import is_alarming, sentence, status
from helpers.settings.schedule import read_schedule
from helpers.settings.secrets import scrubbed

PARIS = ZoneInfo("Europe/Paris")
MONTHLY = {"params": "acme/tiny.yaml", "cron": "0 6 1 * *", "timezone": "Europe/Paris"}


@pytest.fixture
def quick(monkeypatch):
    """Runs without a kernel; the (report, period, today) of each, in order."""
    made = []

    def run(job, place, **options):
        made.append((job.report, job.period.name, job.parameters["today"]))
        return stand_in(job, place, **options)

    monkeypatch.setattr(publishing, "execute", run)
    return made


def planned(root: Path, **settings):
    """The only job of a project, read from its schedule."""
    return read_schedule(write(root, {"tiny": MONTHLY | settings})).jobs["tiny"]


def write(root: Path, jobs: dict, **others) -> Path:
    """The project's schedule, which JSON writes as YAML."""
    path = root / "params" / "schedule.yaml"
    path.write_text(json.dumps({"jobs": jobs} | others))
    return path


# Each line: what the clock shows, and the periods that should exist by then, oldest first.
DUE = """
cron          | zone             | period        | catch_up | since      | now                       | periods
0 6 1 * *     | Europe/Paris     | last month    | latest   |            | 2026-11-01T05:59+01:00    | 2026-09
0 6 1 * *     | Europe/Paris     | last month    | latest   |            | 2026-11-01T06:00+01:00    | 2026-10
0 6 1 * *     | Europe/Paris     | last month    | all      | 2026-08-15 | 2026-11-23T12:00+01:00    | 2026-08 2026-09 2026-10
0 6 1 * *     | Europe/Paris     | last month    | all      | 2026-08-01 | 2026-11-23T12:00+01:00    | 2026-07 2026-08 2026-09 2026-10
0 6 1 * *     | Europe/Paris     | last month    | all      | 2027-01-01 | 2026-11-23T12:00+01:00    |
0 6 * * *     | Europe/Paris     | this month    | all      | 2026-09-29 | 2026-11-02T12:00+01:00    | 2026-09 2026-10 2026-11
0 6 * * MON   | Europe/Paris     | last 1 week     | latest   |            | 2026-11-24T00:00+01:00    | 2026-11-16_2026-11-22
0 6 1 1,4 *   | Europe/Paris     | last quarter  | all      | 2026-01-01 | 2026-11-24T00:00+01:00    | 2025-Q4 2026-Q1
30 2 * * *    | Europe/Paris     | last 1 day      | all      | 2026-03-28 | 2026-03-30T12:00+02:00    | 2026-03-27 2026-03-28 2026-03-29
30 2 * * *    | Europe/Paris     | last 1 day      | latest   |            | 2026-03-29T02:59:59+02:00 | 2026-03-27
30 2 * * *    | Europe/Paris     | last 1 day      | latest   |            | 2026-03-29T03:00:00+02:00 | 2026-03-28
30 2 * * *    | Europe/Paris     | last 1 day      | all      | 2026-10-24 | 2026-10-26T12:00+01:00    | 2026-10-23 2026-10-24 2026-10-25
0 0 * * *     | Africa/Cairo     | last 1 day      | all      | 2026-04-23 | 2026-04-25T12:00+03:00    | 2026-04-22 2026-04-23 2026-04-24
0 20 L * *    | Europe/Paris     | this month    | all      | 2028-01-01 | 2028-03-30T12:00+02:00    | 2028-01 2028-02
0 6 29 2 *    | Europe/Paris     | last month    | latest   |            | 2027-06-01T12:00+02:00    | 2024-01
0 6 1 * *     | America/New_York | last month    | latest   |            | 2026-11-01T06:00-04:00    | 2026-09
0 6 1 * *     | Pacific/Auckland | last month    | latest   |            | 2026-10-31T17:00+00:00    | 2026-10
"""  # noqa: E501


@pytest.mark.parametrize("case", rows(DUE), ids=lambda c: f"{c['cron']} {c['catch_up']} {c['now']}")
def test_periods_that_should_exist(tmp_path, case):
    names = {"cron": "cron", "timezone": "zone", "period": "period", "catch_up": "catch_up", "since": "since"}
    job = planned(project(tmp_path / "p"), **{k: case[v] for k, v in names.items() if case[v]})
    found = tasks("tiny", job, tmp_path / "p", tmp_path / "out", datetime.fromisoformat(case["now"]))
    assert [task.period.name for task in found] == (case["periods"] or "").split()


def days(first: date, last: date) -> list[str]:
    """The names of each day from one to another."""
    return [str(first + timedelta(n)) for n in range((last - first).days + 1)]


def test_three_months_with_five_weeks_off(tmp_path, quick):
    """Machine off from 10 March to 14 April, the change to summer time within: each right period exists, once."""
    monthly = MONTHLY | {"params": "acme/monthly.yaml", "catch_up": "all", "since": "2026-02-01"}
    daily = {"params": "acme/daily.yaml", "cron": "30 2 * * *", "timezone": "Europe/Paris", "period": "last 1 day"}
    weekly = {"params": "acme/weekly.yaml", "cron": "0 7 * * MON", "timezone": "America/New_York",
              "period": "last 1 week", "catch_up": "none", "late_after": "4 h"}  # fmt: skip
    root, out = project(tmp_path / "p"), tmp_path / "out"
    tiny = root / "notebooks" / "tiny.ipynb"
    for report in ("monthly", "daily", "weekly"):
        (root / "notebooks" / f"{report}.ipynb").write_text(tiny.read_text())
        (root / "params/acme" / f"{report}.yaml").write_text("company: acme\n")
    write(root, {"monthly": monthly, "daily": daily, "weekly": weekly})
    now, end = datetime(2026, 2, 1, 3, tzinfo=PARIS).astimezone(UTC), datetime(2026, 5, 1, 12, tzinfo=PARIS)
    off = datetime(2026, 3, 10, 20, tzinfo=PARIS), datetime(2026, 4, 14, 9, tzinfo=PARIS)
    while now <= end:
        if not off[0] <= now < off[1]:
            assert due(root, out, now) == 0
        now += timedelta(hours=6)

    weeks = ["2026-01-26_2026-02-01", "2026-02-02_2026-02-08", "2026-02-09_2026-02-15", "2026-02-16_2026-02-22",
             "2026-02-23_2026-03-01", "2026-03-02_2026-03-08",
             "2026-04-13_2026-04-19", "2026-04-20_2026-04-26"]  # fmt: skip
    expected = {
        "monthly": ["2026-01", "2026-02", "2026-03", "2026-04"],  # March late, on 14 April: catch_up all
        "daily": days(date(2026, 1, 31), date(2026, 3, 9)) + days(date(2026, 4, 13), date(2026, 4, 30)),  # latest
        "weekly": weeks,  # none: five Mondays were missed and stay so
    }
    assert {r: sorted(ReportArchive(out / "acme" / r).published()) for r in expected} == expected
    assert Counter((report, period) for report, period, _ in quick) == Counter(
        (report, period) for report, periods in expected.items() for period in periods
    )
    assert ("monthly", "2026-03", "2026-04-01") in quick  # as seen on the day it was due
    assert_readers_see_whole(out)
    assert_clean(out)

    before = os.times()
    done = subprocess.run(
        [sys.executable, "-m", "helpers", "run-due", "--out", out, "--now", end.isoformat()],
        cwd=root, capture_output=True, text=True, check=True,
    )  # fmt: skip
    after = os.times()
    assert (done.stdout, done.stderr) == ("", "")
    assert after.children_user + after.children_system - before.children_user - before.children_system < 1


def test_a_period_is_made_again_at_each_tick_that_means_it(tmp_path, quick):
    """`this month`, daily: one period, a run a day; a run by hand in between counts as that day's."""
    root, out = project(tmp_path / "p"), tmp_path / "out"
    write(root, {"tiny": MONTHLY | {"cron": "0 6 * * *", "period": "this month"}})
    for day in (2, 3, 3, 4):
        assert due(root, out, datetime(2026, 11, day, 6, 1, tzinfo=PARIS)) == 0
    assert quick == [("tiny", "2026-11", f"2026-11-0{day}") for day in (2, 3, 4)]
    publish(prepare(root / "params/acme/tiny.yaml", {"period": "2026-11", "today": "2026-11-05"}), out)
    by_hand = ReportArchive(out / "acme/tiny").published()["2026-11"].started_at
    assert due(root, out, by_hand.astimezone(PARIS).replace(hour=0)) == 0
    assert len(quick) == 4


def test_clock_set_back(tmp_path, quick):
    """What a later tick published stays; nothing is run twice when the clock comes by again."""
    root, out = project(tmp_path / "p"), tmp_path / "out"
    write(root, {"tiny": MONTHLY})
    for now in ("2026-11-01T06:00+01:00", "2026-10-15T00:00+02:00", "2026-11-01T06:00+01:00"):
        assert due(root, out, datetime.fromisoformat(now)) == 0
    assert [period for _, period, _ in quick] == ["2026-10", "2026-09"]
    assert (out / "acme/tiny/latest").readlink().name.startswith("2026-10~")


def test_retries_back_off_then_give_up_and_are_told_once(tmp_path, monkeypatch):
    """Two retries, called each minute: at 6:00, 290 s after its end (6:05), twice as long after that (6:15); then one
    message, and no more."""
    times = []

    def fails(job, place, **_):
        times.append(clock[0].strftime("%H:%M"))
        raise BadData("two totals do not agree")

    monkeypatch.setattr(publishing, "execute", fails)
    root, out, told = project(tmp_path / "p"), tmp_path / "out", tmp_path / "told"
    hook = {"command": ["sh", "-c", f'cat >> {told}; echo "$CLIENT_RATING_PERIOD" >> {told}']}
    write(root, {"tiny": MONTHLY | {"retry_after": "290 s"}}, on_failure=hook)
    codes, said, clock = [], [], [None]
    for minute in range(60):
        clock[0] = datetime(2026, 11, 1, 6, minute, tzinfo=PARIS)
        codes.append(due(root, out, clock[0], said=said))
    assert times == ["06:00", "06:05", "06:15"]
    assert Counter(codes) == {0: 57, BadData.exit_code: 3}
    (line,) = (line for line in said if "gave up" in line)
    assert line.startswith("acme/tiny 2026-10: gave up after 3 attempts; run again: ")
    assert line.endswith("client-rating run params/acme/tiny.yaml -p period 2026-10")
    message = told.read_text()
    assert message.count("was not published") == 1
    for part in ("acme/tiny 2026-10", "two totals do not agree", "Exit code 65", "-p period 2026-10", "\n2026-10\n"):
        assert part in message
    found = status(read_schedule(root / "params/schedule.yaml"), root, out, clock[0])
    assert (found[0]["state"], found[0]["missing"], found[0]["late_seconds"]) == ("gave up", "2026-10", 59 * 60)
    assert "two totals do not agree" in found[0]["last_error"]
    assert sentence(found[0]).endswith("; run again: client-rating run params/acme/tiny.yaml -p period 2026-10")

    monkeypatch.setattr(publishing, "execute", stand_in)
    publish(prepare(root / "params/acme/tiny.yaml", {"period": "2026-10"}), out)
    assert status(read_schedule(root / "params/schedule.yaml"), root, out, clock[0])[0]["state"] == "fresh"


def test_retries_in_the_hour_that_comes_twice(tmp_path, monkeypatch):
    """2:30 on the last Sunday of October: its two retries are counted, though 2:30 is no single moment in Paris."""
    monkeypatch.setattr(publishing, "execute", lambda *_, **__: (_ for _ in ()).throw(BadData("no")))
    root, out = project(tmp_path / "p"), tmp_path / "out"
    write(root, {"tiny": MONTHLY | {"cron": "30 2 * * *", "period": "last 1 day"}})
    now = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert sum(due(root, out, now + timedelta(minutes=n)) != 0 for n in range(90)) == 1 + 2


def test_a_report_that_cannot_be_prepared_is_a_failed_attempt(tmp_path, quick):
    """A misspelt parameter is told by the first call, not by each call of the next hour, and other jobs go on."""
    root, out = project(tmp_path / "p", reports=("tiny", "tiny.wrong")), tmp_path / "out"
    (root / "params/acme/tiny.wrong.yaml").write_text("perod: 2026-10\n")
    jobs = {"tiny": MONTHLY, "wrong": MONTHLY | {"params": "acme/tiny.wrong.yaml", "retries": 0}}
    write(root, jobs)
    now, said = datetime(2026, 11, 1, 6, tzinfo=PARIS), []
    assert due(root, out, now, said=said) == 64
    assert due(root, out, now + timedelta(minutes=1), said=said) == 0
    assert len([line for line in said if "unknown parameter 'perod'" in line]) == 1
    assert [made[0] for made in quick] == ["tiny"]


def test_a_job_that_cannot_be_read_does_not_stop_the_others(tmp_path, quick):
    root, out = project(tmp_path / "p"), tmp_path / "out"
    write(root, {"gone": MONTHLY | {"params": "acme/gone.yaml"}, "tiny": MONTHLY})
    assert due(root, out, datetime(2026, 11, 1, 6, tzinfo=PARIS)) == 66
    assert len(quick) == 1
    found = status(read_schedule(root / "params/schedule.yaml"), root, out, datetime(2026, 11, 1, 7, tzinfo=PARIS))
    assert [job["state"] for job in found] == ["wrong", "fresh"]


def test_status(tmp_path, quick):
    root, out = project(tmp_path / "p"), tmp_path / "out"
    schedule = read_schedule(write(root, {"tiny": MONTHLY | {"late_after": "2 h"}}))
    due(root, out, datetime(2026, 10, 1, 6, tzinfo=PARIS))

    def at(day: int, hour: int) -> tuple[str, bool]:
        found = status(schedule, root, out, datetime(2026, 11, day, hour, tzinfo=PARIS))
        assert found[0]["period"] == "2026-09"
        return found[0]["state"], is_alarming(found)

    # The tick of 1 November is at 6:00, and it is late two hours after.
    expected = {5: ("fresh", False), 7: ("due", False), 9: ("late", True)}
    assert {hour: at(1, hour) for hour in expected} == expected
    found = status(schedule, root, out, datetime(2026, 11, 2, 6, tzinfo=PARIS))[0]
    assert found["next_tick"] == "2026-12-01T06:00:00+01:00"
    assert sentence(found).startswith("tiny (acme/tiny): late; missing 2026-10 for 1 day, 0:00:00; last success 20")


def test_a_period_that_lies_ahead_is_not_the_latest(tmp_path, quick):
    """A clock three years ahead, then right: what it made stays, and is neither latest nor a success."""
    root, out = project(tmp_path / "p"), tmp_path / "out"
    schedule = read_schedule(write(root, {"tiny": MONTHLY}))
    latest = ReportArchive(out / "acme/tiny").shown
    due(root, out, datetime(2029, 11, 1, 6, tzinfo=PARIS))
    assert (latest("2029-10") is not None, latest("latest")) == (True, None)
    assert (out / "acme/tiny/latest").readlink().name.startswith("2029-10~")
    now = datetime(2026, 11, 1, 6, tzinfo=PARIS)
    due(root, out, now)
    assert (out / "acme/tiny/latest").readlink().name.startswith("2026-10~")
    (job,) = status(schedule, root, out, now)
    assert (job["state"], job["period"], job["ahead"]) == ("fresh", "2026-10", ["2029-10"])
    assert "made by a clock that was ahead, not shown as latest: 2029-10" in sentence(job)
    due(root, out, datetime(2029, 11, 1, 7, tzinfo=PARIS))
    assert (out / "acme/tiny/latest").readlink().name.startswith("2029-10~"), "when its time has come"


def test_landing_page_says_when_the_next_run_is_due(tmp_path, quick):
    """The reader's clock compares with tick + late_after: 1 December, 6:00 + 1 h."""
    root, out = project(tmp_path / "p"), tmp_path / "out"
    write(root, {"tiny": MONTHLY})
    due(root, out, datetime(2026, 11, 1, 6, tzinfo=PARIS))
    assert 'data-due="2026-12-01T07:00:00+01:00"' in (out / "index.html").read_text()
    write(root, {"tiny": MONTHLY | {"cron": "0 8 1 * *"}})
    later = time.time() + 5
    os.utime(root / "params/schedule.yaml", (later, later))
    due(root, out, datetime(2026, 11, 1, 6, 30, tzinfo=PARIS))
    assert 'data-due="2026-11-01T09:00:00+01:00"' in (out / "index.html").read_text()


def test_keep_bounds_what_should_exist(tmp_path, quick):
    """All months since January, the newest three kept: removed ones are not made again."""
    root, out = project(tmp_path / "p"), tmp_path / "out"
    write(root, {"tiny": MONTHLY | {"catch_up": "all", "since": "2026-01-01", "keep": 3}})
    for month in (6, 7, 8, 8):
        assert due(root, out, datetime(2026, month, 2, tzinfo=PARIS)) == 0
    assert [period for _, period, _ in quick] == ["2026-03", "2026-04", "2026-05", "2026-06", "2026-07"]
    assert sorted(ReportArchive(out / "acme/tiny").published()) == ["2026-05", "2026-06", "2026-07"]


def test_reports_in_parallel(tmp_path, monkeypatch):
    """Three jobs, two at a time: the third waits for one of them."""
    at_once, most = [], []

    def slow(job, place, **options):
        at_once.append(job.report)
        most.append(len(at_once))
        time.sleep(0.3)
        at_once.remove(job.report)
        return stand_in(job, place, **options)

    monkeypatch.setattr(publishing, "execute", slow)
    reports = ("tiny", "tiny.fr", "tiny.vip")
    root, out = project(tmp_path / "p", reports=reports), tmp_path / "out"
    write(root, {r.replace(".", "-"): MONTHLY | {"params": f"acme/{r}.yaml"} for r in reports})
    assert due(root, out, datetime(2026, 11, 1, 6, tzinfo=PARIS), jobs=2) == 0
    assert max(most) == 2
    for report in reports:
        token(out / "acme" / report / "2026-10")
    assert_clean(out)


WRONG = """
setting  | value      | told
cron     | 0 6 1 *    | expected minute, hour, day, month, weekday
cron     | 61 6 1 * * | expected minute, hour, day, month, weekday
cron     | 0 0 31 2 * | expected minute, hour, day, month, weekday
timezone | Paris      | unknown time zone 'Paris'
params   | ../x.yaml  | expected COMPANY/NOTEBOOK.yaml
timeout  | soon       | expected a length of time such as 90 s
memory   | much       | expected a size such as 500 MB
catch_up | some       | 'all', 'latest' or 'none'
catch_up | all        | catch_up: all needs since
crn      | 0 6 1 * *  | did you mean 'cron'
"""


@pytest.mark.parametrize("case", rows(WRONG), ids=lambda c: f"{c['setting']} {c['value']}")
def test_a_wrong_schedule_is_one_sentence(tmp_path, case):
    path = write(project(tmp_path / "p"), {"tiny": MONTHLY | {case["setting"]: case["value"]}})
    with pytest.raises(BadConfiguration) as told:
        read_schedule(path)
    assert case["told"] in str(told.value)
    assert "\n" not in str(told.value)


def test_two_jobs_for_the_same_period_are_refused(tmp_path):
    path = write(project(tmp_path / "p"), {"one": MONTHLY, "two": MONTHLY | {"cron": "0 7 1 * *"}})
    with pytest.raises(BadConfiguration, match="two jobs publish"):
        read_schedule(path)


class Mailbox(threading.Thread):
    """A mail server of one message, on a free port."""

    def __init__(self):
        super().__init__(daemon=True)
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.text = ""

    def run(self):
        with self.server:
            connection, _ = self.server.accept()
        with connection, connection.makefile("rwb") as talk:
            talk.write(b"220 here\r\n")
            talk.flush()
            while (line := talk.readline()) and not line.upper().startswith(b"QUIT"):
                if line.upper().startswith(b"DATA"):
                    talk.write(b"354 go on\r\n")
                    talk.flush()
                    while (line := talk.readline()) != b".\r\n":
                        self.text += line.decode()
                talk.write(b"250 well\r\n")
                talk.flush()
            talk.write(b"221 bye\r\n")


def test_mail_on_success_carries_the_link_and_no_client(tmp_path, quick, monkeypatch):
    box = Mailbox()
    box.start()
    monkeypatch.setenv("CLIENT_RATING_SMTP", f"smtp://127.0.0.1:{box.port}")
    monkeypatch.setenv("CLIENT_RATING_URL", "https://reports.example/ratings/")
    root, out, said = project(tmp_path / "p"), tmp_path / "out", []
    mail = {"mail": {"to": ["director@example.org"], "from": "reports@example.org"}}
    write(root, {"tiny": MONTHLY | {"on_success": mail}})
    assert due(root, out, datetime(2026, 11, 1, 6, tzinfo=PARIS), said=said) == 0
    box.join(5)
    assert "Subject: Published: acme/tiny 2026-10" in box.text
    assert "https://reports.example/ratings/acme/tiny/2026-10/index.html" in box.text
    assert "Bo" not in box.text.replace("Content", "")


ADDRESSES = """
address                                | is_encrypted | host        | port | user       | password
smtp://mail.example:25                 | no           | mail.example | 25  |            |
smtp://localhost                       | no           | localhost   | 0    |            |
smtp://[::1]:2525/                     | no           | ::1         | 2525 |            |
smtps://ann@mail.example               | yes          | mail.example | 0   | ann        |
smtp://ann:hunter2two@mail.example:587 | no           | mail.example | 587 | ann        | hunter2two
smtps://a%40b.c:a%2Fb%40c%3Ad%25e%23f%3Fg@mail.example:465 | yes | mail.example | 465 | a@b.c | a/b@c:d%e#f?g
smtp://ann:h%C3%A9@mail.example        | no           | mail.example | 0   | ann        | hé
"""


@pytest.mark.parametrize("case", rows(ADDRESSES), ids=lambda c: c["address"])
def test_addresses_of_a_mail_server(case):
    expected = MailServer(case["is_encrypted"] == "yes", case["host"], int(case["port"]), case["user"] or None,
                          case["password"] or "")  # fmt: skip
    assert mail_server(case["address"]) == expected
    assert not case["password"] or case["password"] not in repr(expected)


# The password has each character that an address needs for itself, and a port or a host that is none.
WRONG_ADDRESSES = [
    "smtp://mail.canary:25x",
    "smtp://mail.canary:99999",
    "smtp://[canary:25",
    "smtp://",
    "mail.canary:25",
    "http://mail.canary:25",
    "smtp://ann:sesame/canary@127.0.0.1:25",
    "smtp://ann:12/canary@127.0.0.1:25",
    "smtp://ann:sesame@canary@127.0.0.1:25",
    "smtp://ann:sesame:canary@127.0.0.1:25",
    "smtp://ann:sesame%%canary@127.0.0.1:25",
    "smtp://ann:sesame#canary@127.0.0.1:25",
    "smtp://ann:12#canary@127.0.0.1:25",
    "smtp://ann:12?canary@127.0.0.1:25",
    "smtp://ann:sesame canary@127.0.0.1:25",
    "smtp://ann:sesame[canary@127.0.0.1:25",
]


@pytest.mark.parametrize("address", WRONG_ADDRESSES)
def test_a_wrong_mail_server_is_one_sentence_and_stops_no_report(tmp_path, quick, monkeypatch, address):
    """Nothing of it is quoted, on the terminal or in a file."""
    monkeypatch.setenv("CLIENT_RATING_SMTP", address)
    root, out, said = project(tmp_path / "p", reports=("tiny", "tiny.fr")), tmp_path / "out", []
    mail = {"mail": {"to": ["director@example.org"], "from": "reports@example.org"}}
    jobs = {name: MONTHLY | {"params": f"acme/{params}.yaml"} for name, params in (("a", "tiny"), ("b", "tiny.fr"))}
    write(root, jobs, on_success=mail)
    assert due(root, out, datetime(2026, 11, 1, 6, tzinfo=PARIS), said=said) == BadConfiguration.exit_code
    assert len([line for line in said if "the hook failed" in line and "CLIENT_RATING_SMTP must be" in line]) == 2
    for report in ("tiny", "tiny.fr"):
        token(out / "acme" / report / "2026-10")
    files = [p.read_text(errors="replace") for p in tmp_path.rglob("*") if p.is_file()]
    assert [text for text in [*said, *files] if "canary" in text or "sesame" in text] == []


@pytest.mark.parametrize(
    "password", ["hunter/canary", "hunter@canary", "hunter:canary", "a@b/c:canary", "plain-canary"]
)
def test_a_password_is_hidden_whatever_its_characters(monkeypatch, password):
    """With the address and without."""
    monkeypatch.setenv("CLIENT_RATING_SMTP", f"smtp://ann:{password}@mail.example:25")
    for text in (f"no host in smtp://ann:{password}@mail.example:25", f"refused: {password}"):
        assert "canary" not in scrubbed(text)
    assert scrubbed("no host in smtp://ann:other/canary@mail.example") == "no host in smtp://ann:***@mail.example"


def test_a_link_leads_to_a_report_of_any_name(monkeypatch):
    monkeypatch.setenv("CLIENT_RATING_URL", "https://reports.example/ratings/")
    page = Path("/srv/published/a#b?c %/tiny/2026-10/index.html")
    assert _link(page) == "https://reports.example/ratings/a%23b%3Fc%20%25/tiny/2026-10/index.html"


def test_a_period_removed_before_its_success_was_told(tmp_path, quick, monkeypatch):
    """Others removed it between the look without the lock and the look with it: there is nothing to tell."""
    root, out, said = project(tmp_path / "p"), tmp_path / "out", []
    write(root, {"tiny": MONTHLY | {"on_success": {"command": ["false"]}}})
    assert due(root, out, datetime(2026, 11, 1, 6, tzinfo=PARIS)) == TryLater.exit_code
    seen = ReportArchive(out / "acme/tiny").published()
    (out / "acme/tiny/2026-10").unlink()
    monkeypatch.setattr(ReportArchive, "published", lambda self: seen)
    schedule = read_schedule(root / "params/schedule.yaml")
    notifier = Notifier(schedule, datetime(2026, 11, 1, 7, tzinfo=PARIS), said.append)
    assert notifier.notify_successes(ReportArchive(out / "acme/tiny"))
    assert said == []


def test_failures_removed_before_they_were_told(tmp_path):
    """The failed runs went with a publication by others: the task is not given up any more."""
    root, out, said = project(tmp_path / "p"), tmp_path / "out", []
    schedule = read_schedule(write(root, {"tiny": MONTHLY}))
    (task,) = tasks("tiny", schedule.jobs["tiny"], root, out, datetime(2026, 11, 1, 6, tzinfo=PARIS))
    (out / "acme/tiny/.runs").mkdir(parents=True)
    Notifier(schedule, datetime(2026, 11, 1, 7, tzinfo=PARIS), said.append).notify_failure(task)
    assert said == []


@pytest.mark.browser
def test_mail_can_carry_the_page_as_pdf(tmp_path, quick, monkeypatch):
    box = Mailbox()
    box.start()
    monkeypatch.setenv("CLIENT_RATING_SMTP", f"smtp://127.0.0.1:{box.port}")
    root, said = project(tmp_path / "p"), []
    mail = {"mail": {"to": ["director@example.org"], "from": "reports@example.org", "attach_pdf": True}}
    write(root, {"tiny": MONTHLY}, on_success=mail)
    assert due(root, tmp_path / "out", datetime(2026, 11, 1, 6, tzinfo=PARIS), said=said) == 0
    box.join(5)
    assert "Content-Type: application/pdf" in box.text, said
    assert 'filename="2026-10.pdf"' in box.text


def test_a_hook_that_fails_is_tried_again_for_a_day(tmp_path, quick):
    """Nothing else changes: the report stands; one line a call says that nobody could be told, until a day is over."""
    root, out = project(tmp_path / "p"), tmp_path / "out"
    write(root, {"tiny": MONTHLY | {"on_success": {"command": ["false"]}}})

    def lines(day: int, hour: int) -> tuple[int, int]:
        said = []
        exit_code = due(root, out, datetime(2026, 11, day, hour, tzinfo=PARIS), said=said)
        return exit_code, len([line for line in said if "the hook failed" in line])

    assert [lines(1, 6), lines(1, 7), lines(2, 7), lines(2, 8)] == [(75, 1), (75, 1), (75, 1), (0, 0)]
    token(out / "acme/tiny/2026-10")


def test_success_is_told_though_the_runner_dies_right_after_publishing(tmp_path, quick):
    """Killed before the hook ends: the next call, that publishes nothing, tells; the one after it does not."""
    root, out, told = project(tmp_path / "p"), tmp_path / "out", tmp_path / "told"
    now = datetime(2026, 11, 1, 6, tzinfo=PARIS)
    dies = {"command": ["sh", "-c", "kill -9 $CLIENT_RATING_RUNNER"]}
    write(root, {"tiny": MONTHLY | {"on_success": dies}})
    assert in_a_child(lambda: due(root, out, now)) == -signal.SIGKILL
    published = token(out / "acme/tiny/2026-10")
    write(root, {"tiny": MONTHLY | {"on_success": {"command": ["sh", "-c", f"cat >> {told}"]}}})
    for _ in range(2):
        assert due(root, out, now) == 0
        assert told.read_text().count("acme/tiny 2026-10 is published") == 1
    assert token(out / "acme/tiny/2026-10") == published
    assert stat.S_IMODE((out / "acme/tiny/2026-10/manifest.json").stat().st_mode) == 0o640
