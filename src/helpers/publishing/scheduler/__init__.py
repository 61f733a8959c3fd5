"""What should be published by now, what is, and the difference run: `run_due`, `status`."""

from helpers.publishing.scheduler.run import run_due
from helpers.publishing.scheduler.status import status

__all__ = ["run_due", "status"]
