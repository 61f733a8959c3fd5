"""The recipes do what they say: systemd takes the units, the crontab line and the Airflow DAG publish the demo."""

import os
import re
import shutil
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import psutil
import pytest
from cronsim import CronSim
from tests.publishing.test_failures import wait_for
from tiny import assert_clean, root_of_the_suite

from helpers.publishing.archive import ReportArchive

RECIPES = root_of_the_suite() / "recipes"
PLACE = "/srv/client-rating"
COMMAND = Path(sys.executable).parent / "client-rating"


@pytest.fixture
def demo(tmp_path) -> Path:
    """A project with the demo company alone, and the command where the recipes expect it."""
    root, suite = tmp_path / "suite", root_of_the_suite()
    shutil.copytree(suite / "notebooks", root / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    for company in ("demo", "demo_fr"):
        shutil.copytree(suite / "params" / company, root / "params" / company)
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


def crontab_times() -> str:
    """When the recipe's only job runs."""
    lines = (RECIPES / "crontab").read_text().splitlines()
    (line,) = (line for line in lines if line[:1] in "*0123456789")
    return " ".join(line.split()[:5])


PRIVATE_CRON = """\
set -e
mount -t tmpfs none /var/spool/cron && mount -t tmpfs none /run && mount -t tmpfs none /etc/cron.d
mount --bind /dev/null /etc/crontab
mkdir -m 1730 /var/spool/cron/crontabs
crontab {table}
exec cron -f
"""


@pytest.mark.kernel
@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("cron"), reason="needs root and Debian's cron")
def test_cron_publishes_the_demo(demo, tmp_path):
    """Debian's cron itself, in a mount namespace where the recipe is the only crontab, once its minute has come."""
    times = crontab_times()
    assert next(CronSim(times, datetime(2026, 11, 1, 6, 0))) == datetime(2026, 11, 1, 6, 5)
    recipe = (RECIPES / "crontab").read_text().replace(PLACE, str(demo)).replace(times, "* * * * *")
    (tmp_path / "table").write_text(recipe)
    script = PRIVATE_CRON.format(table=tmp_path / "table")
    cron = subprocess.Popen(["unshare", "--mount", "sh", "-c", script], start_new_session=True)
    pages = ("client_rating", "promising_clients", "bonuses_and_price_lists")
    reports = [f"{company}/{page}" for page in pages for company in ("demo", "demo_fr")]
    out = demo / "published"
    try:
        wait_for(lambda: all(ReportArchive(out / report).published() for report in reports), seconds=300)
        wait_for(lambda: not psutil.Process(cron.pid).children(recursive=True), seconds=60)
    finally:
        os.killpg(cron.pid, signal.SIGKILL)
        cron.wait()
    assert (demo / "work/run-due.log").read_text().count(": published in ") == len(reports)
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
    for company in ("demo", "demo_fr"):
        assert "2026-10" in ReportArchive(demo / "published" / company / "client_rating").published()
