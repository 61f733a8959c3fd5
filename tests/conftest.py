"""What holds for every test: what a machine lacks is skipped aloud, and not at all where nothing may be skipped."""

import os
import sys
from pathlib import Path

from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))
settings.register_profile("ours", deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
settings.load_profile("ours")


def pytest_sessionfinish(session, exitstatus):
    """In CI a skipped test is a failed run: .ci/run installs what every test needs."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CLIENT_RATING_SKIPS") == "refused" and reporter and reporter.stats.get("skipped"):
        session.exitstatus = 1
        reporter.write_line("tests were skipped, and here none may be", red=True)
