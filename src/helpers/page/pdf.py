"""A published page as PDF, by the Chromium that is installed.

In comes the page's file, out comes the PDF beside it: the page's own print style, page numbers at the foot.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from helpers.errors import CannotCreate, NoInput, TimedOut

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SECONDS = 120


def chromium() -> str:
    """The installed browser: CLIENT_RATING_CHROMIUM, or the first of the usual names; NoInput when there is
    none."""
    candidates = [os.environ.get("CLIENT_RATING_CHROMIUM", ""), *NAMES]
    path = next((candidate for name in candidates if name and (candidate := shutil.which(name))), None)
    if path is None:
        raise NoInput("no Chromium was found to write the PDF with; install one, or name it in CLIENT_RATING_CHROMIUM")
    return path


def write_pdf(html: Path, pdf: Path) -> None:
    """Print the page in `html` to `pdf`. CannotCreate when the browser fails, TimedOut when it does not end."""
    with tempfile.TemporaryDirectory() as profile:
        options = ["--headless", "--disable-gpu", "--no-first-run", f"--user-data-dir={profile}", *_sandbox()]
        output = ["--no-pdf-header-footer", f"--print-to-pdf={pdf.resolve()}"]
        command = [chromium(), *options, *output, html.resolve().as_uri()]
        try:
            done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
        except subprocess.TimeoutExpired:
            raise TimedOut(f"Chromium did not finish {pdf.name} in {SECONDS} seconds") from None
    if done.returncode or not pdf.is_file():
        raise CannotCreate(f"Chromium could not write {pdf.name}: exit code {done.returncode}")


def _sandbox() -> list[str]:
    """Chromium refuses its sandbox to root; the page is ours and its policy lets nothing in."""
    return ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
