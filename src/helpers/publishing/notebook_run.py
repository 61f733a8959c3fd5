"""papermill: a notebook run whole in a private folder, or an error that says why not.

In come a params file and overrides, out comes a `ReportJob` (what to run, checked before a kernel starts), then the
executed notebook. papermill's own file lies after a crash, so only the raised exception and the gate (`gate`) decide.
"""

import datetime as dt
import logging
import re
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import papermill
from nbclient.exceptions import DeadKernelError
from papermill.exceptions import PapermillExecutionError

from helpers import errors
from helpers.errors import BadConfiguration, BadData, BadParameter, KernelDied, OutOfSpace, did_you_mean
from helpers.page.catalogues import languages
from helpers.period import Period, parse_period
from helpers.publishing.child import Workplace, death
from helpers.publishing.engine import ENGINE, engine_options
from helpers.publishing.gate import assert_whole
from helpers.publishing.scrubbed_file import SCHEME
from helpers.settings.company import company_folder, read_company
from helpers.settings.parameters import (
    ParametersFile,
    ReportParameters,
    checked_parameters,
    refuse_secrets,
    shared_parameters,
    today_of,
    unknown_parameter,
)
from helpers.settings.read import notebook_file, project_root, read_model

TYPES = {"str": str, "int": int, "float": float, "bool": bool}
for library in ("papermill", "traitlets"):  # what they would say on stderr, the run's error says
    logging.getLogger(library).setLevel(logging.CRITICAL + 1)


@dataclass(frozen=True)
class ReportJob:
    """One report of one company for one period: which notebook, with what."""

    root: Path
    company: str
    report: str
    notebook: Path
    parameters: dict[str, Any]
    period: Period

    @property
    def today(self) -> dt.date:
        """The day of the run; of a notebook that does not ask for it, the first one that can be."""
        return dt.date.fromisoformat(self.parameters.get("today") or str(self.period.first))


def prepare(
    params_file: Path,
    overrides: dict[str, str] | None = None,
    today: dt.date | None = None,
    root: Path | None = None,
    notebook: Path | None = None,
) -> ReportJob:
    """The job a params file means, with every parameter checked and the period and today settled.

    `params/<company>/<notebook>[.<variant>].yaml` names company and notebook. Overrides are texts and win; `today` is
    the day of a scheduled run where the file names none; `root` is the project where it is not the one above the file,
    `notebook` a copy of the report's that is to be run in place of the project's.
    Raises BadParameter, BadConfiguration, NoInput (no such params file, company or notebook).
    """
    values = dict(read_model(params_file, ParametersFile).root)
    root = root or project_root(params_file.parent)
    company, report = params_file.resolve().parent.name, params_file.stem
    company_folder(company, root)
    notebook = notebook or notebook_file(report, root)
    declared = declared_parameters(notebook)
    if values.setdefault("company", company) != company:
        raise BadConfiguration(f"{params_file}: company: {values['company']}, but the file stands in params/{company}/")
    typed = {name: _typed(name, value, declared) for name, value in (values | (overrides or {})).items()}
    refuse_secrets(typed)
    checked_parameters(shared_parameters(typed))
    if (language := typed.get("language", "en")) not in languages():
        raise BadParameter(f"unknown language '{language}'{did_you_mean(language, languages())}")
    settings = read_company(company, root)
    today = today_of(typed.get("today") or (today.isoformat() if today else ""), settings)
    default = declared["period"].default if "period" in declared else ReportParameters().period
    period = parse_period(typed.get("period", default), today, settings.fiscal_start)
    settled = {"period": period.name, "today": today.isoformat()}
    typed |= {name: value for name, value in settled.items() if name in declared}
    return ReportJob(root, company, report, notebook, typed, period)


@dataclass(frozen=True)
class Declared:
    """A parameter as the notebook's parameters cell declares it."""

    type: type
    default: Any
    help: str


def declared_parameters(notebook: Path) -> dict[str, Declared]:
    """What the parameters cell of a notebook declares, read by papermill."""
    declared = papermill.inspect_notebook(_escaped(notebook))
    return {
        name: Declared(TYPES.get(p["inferred_type_name"], str), _literal(p["default"]), p["help"])
        for name, p in declared.items()
    }


def _escaped(path: Path) -> str:
    """A path as papermill takes it, to which {name} is a parameter."""
    return str(path).replace("{", "{{").replace("}", "}}")


def _literal(text: str) -> Any:
    from ast import literal_eval

    try:
        return literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def _typed(name: str, value: Any, declared: dict[str, Declared]) -> Any:
    """The value in the type of the parameters cell; texts from the command line are converted, nothing else is."""
    if not re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII):
        raise BadParameter(f"parameter name {name!r} is not a name: letters, digits and _ only")
    if name not in declared:
        refuse_secrets({name: value})
        raise unknown_parameter(name, declared)
    expected = declared[name].type
    if isinstance(value, bool) and expected is not bool:
        raise BadConfiguration(f"{name}: got {str(value).lower()}, quote it")
    if type(value) is expected or (expected is float and type(value) is int):
        return value
    try:
        if isinstance(value, str) and expected in (int, float):
            return expected(value)
        if value in ("true", "false") and expected is bool:
            return value == "true"
    except ValueError:
        pass
    hint = ", quote it" if expected is str else ""
    raise BadParameter(f"{name} must be {expected.__name__}, got {value!r}{hint}")


def execute(job: ReportJob, place: Workplace, *, progress: bool = False) -> Path:
    """Run the job's notebook in a workplace, by the engine `fork` where there is one; the executed notebook's path.

    Raises what the notebook raised when it is one of ours, KernelDied, TimedOut or OutOfSpace.
    """
    output = place.folder / "notebook.ipynb"
    with _loads_followed(place.folder) if progress else nullcontext():
        try:
            papermill.execute_notebook(
                _escaped(job.notebook), f"{SCHEME}{_escaped(output)}", parameters=job.parameters, kernel_name="python3",
                request_save_on_cell_execute=False, autosave_cell_every=0, log_output=False, progress_bar=progress,
                engine_name=ENGINE, **engine_options(place),
            )  # fmt: skip
        except PapermillExecutionError as error:
            raise _as_ours(error) from None
        except DeadKernelError:
            raise death(place.folder) from None
        except OSError as error:
            raise OutOfSpace(f"{error.strerror}: {error.filename or place.folder}") from None
    assert_whole(output)
    return output


def _loads_followed(folder: Path) -> AbstractContextManager[None]:
    """What draws the loads of a run's child on the terminal; imported where somebody looks."""
    from helpers.source.files.bar import followed

    return followed(folder)


def _as_ours(error: PapermillExecutionError) -> errors.ReportError:
    """The exception of a cell as one of ours by its name; anything else is a bug, named without the cell's data."""
    ours = getattr(errors, error.ename, None)
    if isinstance(ours, type) and issubclass(ours, errors.ReportError):
        return ours(error.evalue)
    if error.ename in ("OSError", "IOException", "OutOfMemoryException"):
        return OutOfSpace(f"cell {error.cell_index}: {error.ename}; see the notebook that was kept")
    if error.ename == "InvalidInputException":  # DuckDB's word for pages of a file that make no sense
        return BadData(f"cell {error.cell_index}: the engine cannot make sense of what it reads ({error.ename}); "
                       "perhaps a damaged Parquet file; the notebook that was kept shows where")  # fmt: skip
    return KernelDied(f"cell {error.cell_index} raised {error.ename}; the notebook that was kept shows where")
