"""What can go wrong for a user, one class for each exit code.

A message is one sentence or two: what was found, what is allowed, what to type. It never quotes a client's data.
The numbers are those of BSD's sysexits.h, and 124 of coreutils' timeout.
"""

from collections.abc import Iterable
from difflib import get_close_matches


class ReportError(Exception):
    """Anything a person can mend; `exit_code` is what the command returns, `meaning` what README says of it."""

    exit_code = 70
    meaning = "the kernel died, or an internal error"


class BadParameter(ReportError):
    exit_code = 64
    meaning = "a parameter is unknown, misspelt or out of range"


class BadData(ReportError):
    exit_code = 65
    meaning = "the data break their contract, or the totals do not agree"


class NoInput(ReportError):
    exit_code = 66
    meaning = "a file is missing, empty or unreadable"


class SourceUnreachable(ReportError):
    exit_code = 69
    meaning = "the database cannot be reached"


class KernelDied(ReportError):
    exit_code = 70
    meaning = "the kernel died, or an internal error"


class CannotCreate(ReportError):
    exit_code = 73
    meaning = "the output folder cannot be written"


class OutOfSpace(ReportError):
    exit_code = 74
    meaning = "reading or writing failed, a full disk for example"


class TryLater(ReportError):
    exit_code = 75
    meaning = "another run is in progress, or the source changed while it was read: try later"


class BadConfiguration(ReportError):
    exit_code = 78
    meaning = "a YAML file of params/ is wrong"


class TimedOut(ReportError):
    exit_code = 124
    meaning = "the run took longer than it may"


def meanings() -> dict[int, str]:
    """Exit code → what it means, 0 included, in ascending order."""
    return {0: "published"} | {e.exit_code: e.meaning for e in ReportError.__subclasses__()}


def did_you_mean(word: str, allowed: Iterable[str]) -> str:
    """The end of a sentence that names the nearest allowed word, or all of them.

    >>> did_you_mean("perod", ["period", "top"])
    ", did you mean 'period'?"
    >>> did_you_mean("zzz", ["period", "top"])
    '; allowed: period, top'
    >>> did_you_mean("zzz", [])
    '; there is none'
    """
    allowed = list(allowed)
    return nearest(word, allowed) or (f"; allowed: {', '.join(allowed)}" if allowed else "; there is none")


def nearest(word: str, allowed: Iterable[str]) -> str:
    """The end of a sentence that names the nearest allowed word; empty where none is near.

    >>> nearest("zzz", ["period", "top"]), nearest("vip", ["Staff", "VIP"])
    ('', ", did you mean 'VIP'?")
    """
    allowed = list(allowed)
    small = {each.casefold(): each for each in allowed}
    near = get_close_matches(word, allowed, n=1) or [
        small[each] for each in get_close_matches(word.casefold(), small, n=1)
    ]
    return f", did you mean '{near[0]}'?" if near else ""
