"""A look at an unknown export: what init proposes, run at once, and never among what is published.

In come a file and a project, out comes a page in the project's work/ with what is guessed on top; it lies in a small
project of its own, so nothing of the look reaches params/ or published/.
"""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

from helpers.errors import BadData, BadParameter, CannotCreate
from helpers.page.catalogues import languages
from helpers.publishing.notebook_run import prepare
from helpers.publishing.publish import RunOptions, publish
from helpers.source.guess import Proposal, propose

PAGES = "pages"


def company_name(file: Path) -> str:
    """A folder's name for the company of a file.

    >>> company_name(Path("Sales 2026.csv"))
    'sales_2026'
    """
    return re.sub(r"\W+", "_", file.stem.lower()).strip("_") or "company"


def look(file: Path, root: Path, out: Path | None = None, warn: Callable[[str], None] = print) -> tuple[Path, Proposal]:
    """The page of a file as init reads it, and the proposal it rests on. BadParameter (64) for an `out` among what is
    published; BadData (65) where no settings read the file, with what is missing.
    """
    place = root / "work" / "look" / company_name(file)
    out = (out or place / PAGES).absolute()
    if out.resolve().is_relative_to((root / "published").resolve()):
        raise BadParameter(f"{out} is where reports are published; a look rests on guesses, name another folder")
    _lay_out(place, root)
    proposal = propose(file.absolute(), place)
    if proposal.problem:
        raise BadData(
            f"{file}: {proposal.problem}; client-rating init {file} writes what it has found, for you to mend"
        )
    params = write_company(place, company_name(file), proposal)
    job = prepare(params, root=place)
    return publish(job, out, options=RunOptions(is_look=True), warn=warn), proposal


def new_company(root: Path, company: str) -> Path:
    """The folder of params/ that a new company will have; BadParameter where there is one."""
    if (folder := root / "params" / company).exists():
        raise BadParameter(f"{folder} is there already; name another company, --company NAME")
    return folder


def write_company(root: Path, company: str, proposal: Proposal) -> Path:
    """The two files of a company's folder of params/; the path of the second."""
    return write_map(root, company, proposal.text, proposal.period)


def write_map(root: Path, company: str, source: str, period: str = "last month", language: str = "") -> Path:
    """The same for a map that is ready; `language`, as fr or fr_FR, is the page's where there is a page in it."""
    folder = new_company(root, company)
    folder.mkdir(parents=True)
    (folder / "source.yaml").write_text(source, "utf-8")
    params = folder / "client_rating.yaml"
    page = language.lower().replace("-", "_").partition("_")[0]
    reader = f"language: {page}\n" if page in languages() else ""
    params.write_text(f'company: {company}\nperiod: "{period}"\n{reader}', "utf-8")
    return params


def _lay_out(place: Path, root: Path) -> None:
    """An empty project with this one's notebooks; what an earlier look left goes."""
    try:
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.rmtree(place / "params", ignore_errors=True)
        notebooks = place / "notebooks"
        notebooks.unlink(missing_ok=True)
        notebooks.symlink_to(root / "notebooks")
        (place / "params").mkdir(mode=0o700)
    except OSError as error:
        raise CannotCreate(f"{place}: a look cannot be laid there ({error.strerror})") from None
