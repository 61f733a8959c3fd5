"""A company's own repository, which depends on the suite as a package; and the suite's notebooks copied into it.

In come a folder or a notebook's name, out come files for the company to change: what it changes is its own, all else
comes from the installed package and is upgraded with it.
"""

import datetime as dt
import shutil
from importlib.metadata import version
from pathlib import Path
from zoneinfo import ZoneInfo

from helpers.errors import BadParameter, CannotCreate
from helpers.settings.documents import write_documents
from helpers.settings.read import notebook_file, shipped
from helpers.source.demo import make_demo

REQUIREMENT = "client-rating=="


def new_repository(folder: Path, today: dt.date | None = None, lines: int = 20_000) -> Path:
    """Make the folder: the recipe's files, the demo company's params and sales, schemas for editors; its path.

    BadParameter where the folder has something in it, CannotCreate where it cannot be written."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadParameter(f"{folder} is there already; name a new folder")
    try:
        shutil.copytree(shipped() / "recipes" / "company", folder, dirs_exist_ok=True)
        shutil.copytree(shipped() / "params" / "demo", folder / "params" / "demo", dirs_exist_ok=True)
        with (folder / "requirements.txt").open("a", encoding="utf-8") as requirements:
            requirements.write(f"{REQUIREMENT}{version('client-rating')}\n")
        write_documents(folder / "docs" / "schemas", folder / "docs" / "settings.md")
    except OSError as error:
        raise CannotCreate(f"{error.filename or folder}: {error.strerror}") from None
    make_demo(folder / "data" / "demo", today or dt.datetime.now(ZoneInfo("Europe/Paris")).date(), lines)
    return folder


def copy_notebook(name: str, root: Path) -> Path:
    """Copy a notebook of the suite into the project, where it wins; its path. BadParameter where there is one already,
    NoInput for a name that the suite does not know."""
    shipped_file = notebook_file(name, shipped())
    own = root / "notebooks" / shipped_file.name
    if own.exists():
        raise BadParameter(f"{own} is there already, and wins over the suite's")
    try:
        shutil.copyfile(shipped_file, own)
    except OSError as error:
        raise CannotCreate(f"{own}: {error.strerror}") from None
    return own
