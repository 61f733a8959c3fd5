"""An Airflow DAG for those who outgrow one machine: one mapped task a params file, each the command by hand.

Airflow keeps the clock, its retries and its history; what is published, whole or not at all, `client-rating` still
decides. CLIENT_RATING_HOME is the project's folder on the workers, CLIENT_RATING_OUT a folder all of them share.
"""

import os
from datetime import datetime, timedelta
from pathlib import Path

try:
    from airflow.sdk import dag, get_current_context, task
except ImportError:  # Airflow 2
    from airflow.decorators import dag, task
    from airflow.operators.python import get_current_context

HOME = Path(os.environ.get("CLIENT_RATING_HOME", "/srv/client-rating"))
OUT = os.environ.get("CLIENT_RATING_OUT", str(HOME / "published"))
COMMAND = os.environ.get("CLIENT_RATING_COMMAND", str(HOME / ".venv/bin/client-rating"))


@dag(schedule="0 6 1 * *", start_date=datetime(2026, 1, 1), catchup=False, max_active_runs=1, tags=["client rating"])
def client_rating():
    """The month before the logical date, for every company."""

    @task
    def params_files() -> list[str]:
        found = HOME.glob("params/*/client_rating*.yaml")
        return sorted(str(path.relative_to(HOME)) for path in found)

    @task(retries=2, retry_delay=timedelta(minutes=5), retry_exponential_backoff=True)
    def publish(params_file: str) -> str:
        import subprocess

        context = get_current_context()
        today = (context.get("data_interval_end") or context["logical_date"]).date().isoformat()
        command = [COMMAND, "run", params_file, "-p", "period", "last month", "-p", "today", today, "--out", OUT]
        done = subprocess.run(command, cwd=HOME, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"exit code {done.returncode}: {done.stderr.strip().splitlines()[-1]}")
        return done.stdout.strip()

    publish.expand(params_file=params_files())


client_rating()
