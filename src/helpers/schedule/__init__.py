"""What should be published by now, what is, and the difference run: `run_due`, `status`."""

from helpers.schedule.run import run_due
from helpers.schedule.status import status

__all__ = ["run_due", "status"]
