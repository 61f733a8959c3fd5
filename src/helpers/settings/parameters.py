"""The parameters that every report shares, as a person names them.

In come the values of a params file or a command line, out comes a checked model; what is wrong is one sentence with
exit code 64.
"""

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError

from helpers import schema
from helpers.errors import BadParameter
from helpers.settings.company import Company
from helpers.settings.read import Strict, _currency_or_none, sentence
from helpers.settings.secrets import SECRET, SECRET_VALUE


class ReportParameters(Strict):
    """The parameters every report shares; a notebook's parameters cell declares those it uses, with its defaults."""

    period: str = "last month"
    company: str = "demo"
    comparison: Literal["previous", "last year", "none"] = "previous"
    basis: Literal["", *schema.BASES] = ""
    currency: Annotated[str, AfterValidator(_currency_or_none)] = ""
    rank_by: Literal["net", "margin"] = "net"
    top: int = Field(200, ge=1, le=2000)
    max_branch_columns: int = Field(40, ge=1, le=200)
    language: str = "en"
    names: Literal["full", "initials", "code"] = "full"
    full_cross: bool = False
    today: str = ""


def checked_parameters(values: dict[str, Any]) -> ReportParameters:
    """The shared ones among `values`; raises BadParameter for a wrong type or range, or what looks like a secret."""
    for name, value in values.items():
        if SECRET.search(name) or (isinstance(value, str) and SECRET_VALUE.search(value)):
            raise BadParameter(f"'{name}' looks like a secret, and parameters are written into the report; "
                               "put secrets into the environment (PGPASSWORD, for example)")  # fmt: skip
    try:
        return ReportParameters.model_validate({k: v for k, v in values.items() if k in ReportParameters.model_fields})
    except ValidationError as error:
        raise BadParameter(sentence(error)) from None


def today_of(text: str, company: Company) -> dt.date:
    """`2026-11-23` as a date; empty asks the clock of the company's zone. Raises BadParameter."""
    if not text:
        return dt.datetime.now(company.zone).date()
    try:
        return dt.datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        raise BadParameter(f"today must be YYYY-MM-DD, got '{text}'") from None
