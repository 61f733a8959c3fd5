"""The parameters that reports share, as a person names them.

In come the values of a params file or a command line, out comes a checked model; what is wrong is one sentence with
exit code 64.
"""

import ast
import datetime as dt
import sys
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, RootModel, ValidationError, field_validator

from helpers import schema
from helpers.errors import BadParameter, did_you_mean
from helpers.period import FIRST_YEAR
from helpers.settings.company import Company
from helpers.settings.fields import CurrencyOrEmpty, Strict
from helpers.settings.read import sentence, shown
from helpers.settings.secrets import SECRET, SECRET_VALUE

SEMICOLON = ";"
Scalar = str | int | float | bool
RENAMED = {"beside": "related_reports", "few": "rows", "soon_days": "expiring_within_days"}
"""What a parameter was called before → what it is called."""


class ReportParameters(Strict):
    """The parameters that reports share; a notebook's parameters cell declares those it uses, with its defaults."""

    period: str = Field(
        default="last month", description="A year, quarter, month, day, FROM..TO, or words such as last quarter."
    )
    company: str = Field(default="demo", description="A folder of params/ with a source.yaml.")
    comparison: Literal["previous", "last year", "none"] = Field(
        default="previous", description="The period to compare with: previous, last year or none."
    )
    basis: Literal["", schema.Basis] = Field(
        default="", description="What counts: invoiced, paid, delivered or ordered; empty is as source.yaml says."
    )
    currency: CurrencyOrEmpty = Field(
        default="", description="Sales in this currency alone, such as USD; empty is all, converted."
    )
    only_branches: str = Field(
        default="", description="Branches shown alone, by id or name, a semicolon between two; empty is all."
    )
    only_price_lists: str = Field(
        default="", description="Price lists whose clients are shown alone, as only_branches; empty is all."
    )

    @field_validator("only_branches", "only_price_lists", mode="before")
    @classmethod
    def _in_one(cls, value: Any) -> Any:  # Any: a text, or an analyst's list of them
        return in_one(map(str, value)) if isinstance(value, list | tuple) else value

    rank_by: Literal["net", "margin"] = Field(default="net", description="What clients are ranked by: net or margin.")
    top: int = Field(
        default=200, ge=1, le=2000, description="Clients in the cross report, 1 to 2000; the files hold all."
    )
    max_branch_columns: int = Field(
        default=40, ge=1, le=200, description="Branch columns, 1 to 200; further branches fold into one."
    )
    rows: int = Field(default=10, ge=1, le=2000, description="Clients in each list, 1 to 2000.")
    expiring_within_days: int = Field(
        default=60, ge=1, description="Points that expire within so many days are listed."
    )
    other_rules: str = Field(
        default="", description="Rules to calculate the period under as well, such as rules.vip; empty for none."
    )
    language: str = Field(default="en", description="The language of the page, such as en, fr or ar.")
    names: Literal["full", "initials", "code"] = Field(
        default="full", description="How clients are named: full, initials or code."
    )
    page_units: Literal["auto", "whole", "minor"] = Field(
        default="auto",
        description="Amounts on a page: whole, minor (cents), or auto: whole where the median client spent 100.",
    )
    full_cross: bool = Field(
        default=False, description="Whether every client by every branch is written to cross.parquet."
    )
    related_reports: str = Field(
        default="", description="Reports of the same period to link to, such as client_rating."
    )
    today: str = Field(default="", description="The day of the run, YYYY-MM-DD; empty asks the clock.")


def _plain(value: Any) -> Scalar:  # Any: what the file holds, before it is checked
    if not isinstance(value, str | int | float):
        raise ValueError(f"a parameter is one text, number or truth, got {shown(value)}")
    return value


class ParametersFile(RootModel[dict[str, Annotated[Any, AfterValidator(_plain)]]]):
    """`params/<company>/<notebook>.yaml`: what differs from the notebook's parameters cell, which says the types."""

    @field_validator("root")
    @classmethod
    def _year_is_text(cls, values: dict[str, Scalar]) -> dict[str, Scalar]:
        return values | ({"period": str(values["period"])} if type(values.get("period")) is int else {})


def checked_parameters(values: dict[str, Any]) -> ReportParameters:
    """The parameters by these values; raises BadParameter for an unknown name, a wrong type or range, or what looks
    like a secret."""
    refuse_secrets(values)
    for name in values:
        if name not in ReportParameters.model_fields:
            raise unknown_parameter(name, ReportParameters.model_fields)
    try:
        return ReportParameters.model_validate(values)
    except ValidationError as error:
        raise BadParameter(sentence(error, ReportParameters)) from None


def shared_parameters(values: dict[str, Any]) -> dict[str, Any]:
    """Those of a notebook's parameters that reports share."""
    return {name: value for name, value in values.items() if name in ReportParameters.model_fields}


def several(text: str) -> list[str]:
    """What a parameter that may name several names.

    >>> several("Dentistry; b2"), several("")
    (['Dentistry', 'b2'], [])
    """
    return [name for part in text.split(SEMICOLON) if (name := part.strip())]


def in_one(names: Iterable[str]) -> str:
    """The same names as one text, each once; raises BadParameter for one that holds the sign between two."""
    names = list(names)
    for name in names:
        if SEMICOLON in name:
            raise BadParameter(f"'{name}' cannot be shown alone: its name holds a semicolon; map it without one, as in "
                               f"replace(COLUMN, '{SEMICOLON}', ',')")  # fmt: skip
    return f"{SEMICOLON} ".join(dict.fromkeys(names))


def refuse_secrets(values: dict[str, Any]) -> None:
    """Raise BadParameter for a name or value that looks like a secret."""
    for name, value in values.items():
        if SECRET.search(name) or (isinstance(value, str) and SECRET_VALUE.search(value)):
            raise BadParameter(f"'{name}' looks like a secret, and parameters are written into the report; "
                               "put secrets into the environment (PGPASSWORD, for example)")  # fmt: skip


def unknown_parameter(name: str, allowed: Iterable[str]) -> BadParameter:
    """What is said of a name that is no parameter: its present name where it had another, else the nearest one.

    >>> str(unknown_parameter("few", ["rows", "top"]))
    "the parameter 'few' is called 'rows' now; type that name"
    """
    allowed = list(allowed)
    if (present := RENAMED.get(name)) in allowed:
        return BadParameter(f"the parameter '{name}' is called '{present}' now; type that name")
    return BadParameter(f"unknown parameter '{name}'{did_you_mean(name, allowed)}")


def refuse_unknown_in_kernel() -> None:
    """Raise BadParameter when bare papermill gave this kernel's notebook a parameter that it does not declare.

    papermill only warns of it; its cell, which begins with `# Parameters`, comes after the one that declares.
    """
    kernel = sys.modules.get("IPython")
    shell = kernel.get_ipython() if kernel else None
    declared: list[str] = []
    for cell in shell.user_ns.get("In", ()) if shell else ():
        names = _assigned(cell)
        if cell.startswith("# Parameters\n"):
            for name in names:
                if name not in declared:
                    raise unknown_parameter(name, declared)
        declared += names


def _assigned(cell: str) -> list[str]:
    try:
        lines = ast.parse(cell).body
    except SyntaxError:  # a magic, for example
        return []
    targets = [t for n in lines for t in (n.targets if isinstance(n, ast.Assign) else [getattr(n, "target", None)])]
    return [target.id for target in targets if isinstance(target, ast.Name)]


YEARS = FIRST_YEAR, 2199
"""The years in which a day of a run may lie: a typing error is told, not computed with."""


def today_of(text: str, company: Company) -> dt.date:
    """`2026-11-23` as a date; empty asks the clock of the company's zone. Raises BadParameter."""
    if not text:
        return dt.datetime.now(company.zone).date()
    try:
        day = dt.datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        raise BadParameter(f"today must be YYYY-MM-DD, got '{text}'") from None
    if not YEARS[0] <= day.year <= YEARS[1]:
        raise BadParameter(f"today must lie in the years {YEARS[0]} to {YEARS[1]}, got '{text}'")
    return day
