"""Notebook Jobs of JupyterLab, by jupyter-scheduler's REST API: published as by `run`, refused by its sentences."""

import datetime as dt
import json
import time

import nbformat
import pytest
from notebook_server import project, rest, server

from helpers.publishing.notebook_run import prepare
from helpers.publishing.publish import publish
from helpers.source.demo import make_demo

TODAY = dt.date(2026, 11, 20)
MANAGER = "helpers.publishing.notebook_job.ReportExecution"
pytestmark = pytest.mark.kernel


@pytest.fixture(scope="module")
def jobs(tmp_path_factory):
    """A function that runs a job of the client rating to its end, and the project it runs in."""
    root = project(tmp_path_factory.mktemp("jobs"))
    make_demo(root / "data" / "demo", TODAY, 2_000)
    flags = ["--ServerApp.jpserver_extensions={'jupyter_scheduler': True}"]
    flags.append(f"--Scheduler.execution_manager_class={MANAGER}")
    with server(root, "jupyter_server", *flags) as address:
        environment = rest(address, "scheduler/runtime_environments")[0]["name"]

        def run(**parameters: str) -> dict:
            asked = {
                "name": "rating",
                "input_uri": "notebooks/client_rating.ipynb",
                "output_formats": ["ipynb", "html"],
            }
            asked |= {"runtime_environment_name": environment, "parameters": parameters}
            job = rest(address, "scheduler/jobs", asked)["job_id"]
            for _ in range(240):
                if (told := rest(address, f"scheduler/jobs/{job}"))["status"] in ("COMPLETED", "FAILED"):
                    return told
                time.sleep(0.5)
            raise AssertionError(f"still {told['status']}: {(root / 'jupyter.log').read_text()[-2000:]}")

        yield run, root


def test_a_job_publishes_the_same_page_as_the_command(jobs, tmp_path):
    run, root = jobs
    told = run(period="2026-10", top="20", today=str(TODAY))
    assert (told["status"], told["status_message"]) == ("COMPLETED", None)
    by_job = root / "published" / "demo" / "client_rating" / "2026-10"
    texts = {"period": "2026-10", "top": "20", "today": str(TODAY)}
    job = prepare(root / "params" / "demo" / "client_rating.yaml", texts)
    by_command = publish(job, tmp_path / "published").parent
    assert without_times(by_job) == without_times(by_command)
    staged = root / "settings" / "scheduler_staging_area" / told["job_id"]
    assert next(staged.glob("*.html")).read_bytes() == (by_job / "index.html").read_bytes()
    executed = nbformat.read(next(staged.glob("client_rating-*.ipynb")), as_version=4)
    assert all(cell.execution_count for cell in executed.cells if cell.cell_type == "code")


def without_times(published) -> dict:
    """Each published file's bytes; of the manifest all but its times."""
    files = {path.name: path.read_bytes() for path in published.iterdir()}
    manifest = json.loads(files.pop("manifest.json"))
    del manifest["times"]
    return files | manifest


MISTAKES = [
    ({"perod": "2026-10"}, "unknown parameter 'perod', did you mean 'period'?"),
    ({"top": "many"}, "top must be int, got 'many'"),
    ({"period": "2026-13"}, "period must be"),
    ({"company": "dmo"}, "unknown company 'dmo', did you mean 'demo'?"),
]


@pytest.mark.parametrize(("given", "sentence"), MISTAKES, ids=[str(given) for given, _ in MISTAKES])
def test_a_bad_parameter_fails_the_job_by_our_sentence(jobs, given, sentence):
    run, _ = jobs
    told = run(**given)
    assert told["status"] == "FAILED"
    assert told["status_message"].startswith(sentence)
