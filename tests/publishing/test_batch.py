"""Several reports of one call: the failure of one stops no other, and the exit code tells."""

import threading
import time

import pytest
from tiny import project, stand_in, token

from helpers.errors import BadData
from helpers.publishing import publish as publishing
from helpers.publishing.batch import publish_files, run_each, worst
from helpers.publishing.notebook_run import prepare
from helpers.publishing.publish import publish


@pytest.mark.parametrize(("codes", "expected"), [([], 0), ([0, 0], 0), ([0, 75], 75), ([75, 65, 0, 64], 65)])
def test_the_exit_code_of_several(codes, expected):
    assert worst(codes) == expected


@pytest.mark.parametrize("jobs", [1, 2])
def test_failures_of_some_do_not_stop_the_others(tmp_path, monkeypatch, jobs):
    """Of five reports one has no params file, one a wrong parameter and one fails: the two others are published."""

    def execute(job, place, **_):
        if job.report == "tiny.fails":
            raise BadData("no")
        return stand_in(job, place)

    monkeypatch.setattr(publishing, "execute", execute)
    root, out, said = (
        project(tmp_path / "p", reports=("tiny", "tiny.a", "tiny.wrong", "tiny.fails")),
        tmp_path / "out",
        [],
    )
    (root / "params/acme/tiny.wrong.yaml").write_text("perod: 2026-10\n")
    names = ("none", "tiny", "tiny.wrong", "tiny.fails", "tiny.a")
    files = tuple(root / f"params/acme/{name}.yaml" for name in names)

    def publish_file(file):
        publish(prepare(file, {"period": "2026-10"}), out)

    assert publish_files(files, publish_file, said.append, jobs) == 66
    assert [file for file in files if any(str(file) in line for line in said)] == [files[0], files[2], files[3]]
    for name in ("tiny", "tiny.a"):
        token(out / "acme" / name / "2026-10")


def test_an_internal_error_stops_no_other_either(tmp_path):
    done, said = [], []

    def publish_file(file):
        if file.name == "b":
            raise KeyError("x")
        done.append(file.name)

    assert publish_files(tuple(tmp_path / name for name in "abc"), publish_file, said.append, 1) == 70
    assert done == ["a", "c"]
    assert "KeyError" in said[0]


def test_so_many_at_a_time():
    running, most, lock = [], [], threading.Lock()

    def work(item: int) -> int:
        with lock:
            running.append(item)
            most.append(len(running))
        time.sleep(0.1)
        running.remove(item)
        return item

    assert run_each(work, range(6), 3) == list(range(6))
    assert max(most) == 3
