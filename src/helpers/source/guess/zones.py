"""In which zone the company lives, where the file says it: a column of zones, or the title above the header.

In comes a `Look`, out comes the name of a zone, or nothing.
"""

import re
from zoneinfo import available_timezones

from helpers.source.guess.look import Look

AMERICAN = {
    "Eastern Time (US & Canada)": "America/New_York", "Central Time (US & Canada)": "America/Chicago",
    "Mountain Time (US & Canada)": "America/Denver", "Pacific Time (US & Canada)": "America/Los_Angeles",
    "Arizona": "America/Phoenix", "Alaska": "America/Anchorage", "Hawaii": "Pacific/Honolulu",
}  # fmt: skip
"""The names that American shops write for their zones."""


def zone_of(look: Look) -> str | None:
    """The one zone that a file names.

    >>> zone_of(Look("s.csv", ["Time Zone"], [["Eastern Time (US & Canada)"]], {}))
    'America/New_York'
    """
    columns = [name for name in look.names if re.fullmatch(r"time[ _]?zone", name, re.IGNORECASE)]
    cells = {str(cell).strip() for name in columns for cell in look.column(name)}
    words = {word for line in look.above for word in re.findall(r"\b[A-Z][A-Za-z]+/[A-Z][A-Za-z_]+", line)}
    named = {zone for text in cells | words if (zone := _zone(text))}
    return named.pop() if len(named) == 1 else None


def _zone(text: str) -> str | None:
    return AMERICAN.get(text) or (text if "/" in text and text in available_timezones() else None)
