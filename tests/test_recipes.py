"""The recipes do what they say: systemd takes the units, the crontab line and the Airflow DAG publish the demo."""

import os
import re
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from cronsim import CronSim
from tiny import assert_clean, root_of_the_suite

from helpers.archive import Shelf

RECIPES = root_of_the_suite() / "recipes"
PLACE = "/srv/client-rating"
COMMAND = Path(sys.executable).parent / "client-rating"


@pytest.fixture
def demo(tmp_path) -> Path:
    """A project with the demo company alone, and the command where the recipes expect it."""
    root, suite = tmp_path / "suite", root_of_the_suite()
    shutil.copytree(suite / "notebooks", root / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    shutil.copytree(suite / "params/demo", root / "params/demo")
    shutil.copy(suite / "params/schedule.yaml", root / "params")
    for folder in ("work", ".venv/bin"):
        (root / folder).mkdir(parents=True)
    (root / ".venv/bin/client-rating").symlink_to(COMMAND)
    subprocess.run([COMMAND, "make-demo", "--lines", "1000", "--out", "data/demo"], cwd=root, check=True)
    return root


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze here")
def test_systemd_takes_the_units(tmp_path):
    for unit in RECIPES.glob("client-rating*.*"):
        (tmp_path / unit.name).write_text(unit.read_text().replace(f"{PLACE}/.venv/bin/client-rating", "/bin/true"))
    units = sorted(tmp_path.iterdir())
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(units) == 3


def crontab_line() -> tuple[str, str]:
    """The time and the command of the recipe's only job."""
    lines = (RECIPES / "crontab").read_text().splitlines()
    (line,) = (line for line in lines if line[:1] in "*0123456789")
    *fields, command = line.split(maxsplit=5)
    return " ".join(fields), command


@pytest.mark.kernel
def test_the_crontab_line_publishes_the_demo(demo):
    times, command = crontab_line()
    CronSim(times, datetime(2026, 1, 1))
    done = subprocess.run(["sh", "-c", command.replace(PLACE, str(demo))], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    out = demo / "published"
    assert [len(Shelf(out / "demo" / r).published()) for r in ("client_rating", "client_rating.fr")] == [1, 1]
    assert_clean(out)


@pytest.mark.kernel
@pytest.mark.skipif("CLIENT_RATING_AIRFLOW" not in os.environ, reason="CLIENT_RATING_AIRFLOW names no airflow command")
def test_airflow_runs_the_dag(demo, tmp_path):
    """Airflow, in its own environment, loads the DAG and runs one mapped task a params file."""
    dags = tmp_path / "airflow/dags"
    dags.mkdir(parents=True)
    shutil.copy(RECIPES / "airflow/client_rating.py", dags)
    told = {
        "AIRFLOW_HOME": dags.parent, "AIRFLOW__CORE__DAGS_FOLDER": dags, "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "CLIENT_RATING_HOME": demo, "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
    }  # fmt: skip
    environment = os.environ | {name: str(value) for name, value in told.items()}

    def airflow(*arguments: str) -> str:
        done = subprocess.run(
            [os.environ["CLIENT_RATING_AIRFLOW"], *arguments], env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
        return done.stdout + done.stderr

    airflow("db", "migrate")
    told = airflow("dags", "test", "client_rating", "2026-11-01")
    assert not re.search(r"\bFAILED\b|failed", told.replace("upstream_failed", "")[-2000:])
    for report in ("client_rating", "client_rating.fr"):
        assert "2026-10" in Shelf(demo / "published/demo" / report).published()
