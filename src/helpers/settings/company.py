"""What a company's `source.yaml` may say: where its sales are, how its columns map, what its words are.

A company is a folder `params/<company>/` under the project's root. In comes its name, out comes a checked model; what
is wrong is one sentence with exit code 78.
"""

import os
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, ValidationError, model_validator

from helpers import schema
from helpers.errors import BadConfiguration, BadParameter, NoInput, did_you_mean
from helpers.settings.read import Strict, Text, Zone, _currency, project_root, read_yaml, sentence

Plural = dict[Literal["zero", "one", "two", "few", "many", "other"], str]


class Labels(Strict):
    """A company's own words in one language, by plural category of that language (`one: patient, other: patients`)."""

    client: Plural | None = None
    branch: Plural | None = None


class Table(Strict):
    """Where one table comes from: `from` is a file name or pattern, or SQL; `columns` maps our names to theirs."""

    from_: str = Field(alias="from")
    columns: dict[str, str] = {}

    @model_validator(mode="before")
    @classmethod
    def _flat(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"from": value}
        if isinstance(value, dict) and "columns" not in value:
            return {"from": value.get("from"), "columns": {k: v for k, v in value.items() if k != "from"}}
        return value


class Csv(Strict):
    """How a company's CSV files are written; nothing is guessed."""

    delimiter: str = ","
    encoding: str = "utf-8"
    decimal: Literal[".", ","] = "."
    thousands: Literal["", " ", ",", ".", "'"] = ""
    quote: str = '"'
    date_format: str = "%Y-%m-%d"
    datetime_format: str = "%Y-%m-%d %H:%M:%S"
    skip: int = Field(0, ge=0, le=100)

    @model_validator(mode="after")
    def _distinct(self):
        if self.delimiter == self.decimal or (self.thousands and self.thousands in (self.decimal, self.delimiter)):
            raise ValueError("delimiter, decimal and thousands must be three different characters")
        return self


class Company(Strict):
    """`source.yaml`: where a company's sales are, how its columns map, and what its words are."""

    company: Text
    files: str | None = None
    connect: str | None = None
    timezone: Zone = "UTC"
    times_are_in: Zone | None = None
    day_start: str = Field("00:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    fiscal_year_start: str = Field("01-01", pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")
    currency: Annotated[Text, AfterValidator(_currency)] = "EUR"
    basis: Literal[schema.BASES] = "invoiced"
    amount_includes_tax: bool | None = None
    tax: Literal["excluded", "included"] = "excluded"
    returns_are_positive: bool = False
    returns_date: Literal["return", "original"] = "return"
    state_map: dict[str, Literal[schema.STATES]] = {}
    kind_map: dict[str, Literal[schema.KINDS]] = {}
    anonymous_client_ids: list[Text] = []
    default_price_list_id: Text | None = None
    group_level: Literal["client", "group"] = "client"
    lost_after_days: int = Field(365, ge=1)
    show_empty_branches: bool = True
    point_value: Annotated[Decimal | None, Field(strict=False)] = None
    tolerance: int = Field(0, ge=0)
    query_timeout: int = Field(600, ge=1)
    labels: dict[str, Labels] = {}
    csv: Csv = Csv()
    sale_line: Table
    client: Table | None = None
    branch: Table | None = None
    branch_name: Table | None = None
    price_list: Table | None = None
    client_price_list: Table | None = None
    price_list_item: Table | None = None
    client_alias: Table | None = None
    fx_rate: Table | None = None
    payment: Table | None = None
    payment_allocation: Table | None = None
    bonus_kind: Table | None = None
    bonus_entry: Table | None = None

    @model_validator(mode="after")
    def _consistent(self):
        if (self.files is None) == (self.connect is None):
            raise ValueError("say either files: (a folder) or connect: (a database), one of the two")
        for name, table in self.tables.items():
            for column in table.columns:
                if column not in schema.TABLES[name]:
                    raise ValueError(f"{name}: unknown column '{column}'{did_you_mean(column, schema.TABLES[name])}")
        if "tax_amount" in self.sale_line.columns and self.amount_includes_tax is None:
            raise ValueError("amount_includes_tax: true or false is required where tax_amount is mapped")
        return self

    @property
    def tables(self) -> dict[str, Table]:
        """Table name → where it comes from, only those the company has."""
        return {name: table for name in schema.TABLES if (table := getattr(self, name)) is not None}

    @property
    def fiscal_start(self) -> tuple[int, int]:
        """Month and day a fiscal year begins."""
        month, day = self.fiscal_year_start.split("-")
        return int(month), int(day)

    @property
    def zone(self) -> ZoneInfo:
        """The zone the company lives in; a period's days are its days."""
        return ZoneInfo(self.timezone)

    @property
    def source_zone(self) -> ZoneInfo:
        """The zone that naive moments of the source are written in."""
        return ZoneInfo(self.times_are_in or self.timezone)


def company_folder(name: str, root: Path | None = None) -> Path:
    """`params/<name>`; the name is a plain folder name, never a path."""
    root = root or project_root()
    known = sorted(p.parent.name for p in root.glob("params/*/source.yaml"))
    if name not in known:
        raise BadParameter(
            f"unknown company '{name}'{did_you_mean(name, known)} (folders of params/ with a source.yaml)"
        )
    return root / "params" / name


def read_company(name: str, root: Path | None = None) -> Company:
    """The checked `source.yaml` of a company."""
    path = company_folder(name, root) / "source.yaml"
    content = read_yaml(path)
    for key in content:
        if key not in Company.model_fields:
            raise BadConfiguration(f"{path}: unknown setting '{key}'{did_you_mean(str(key), Company.model_fields)}")
    try:
        return Company.model_validate(content)
    except ValidationError as error:
        raise BadConfiguration(f"{path}: {sentence(error)}") from None


def files_folder(company: Company, root: Path) -> Path:
    """The folder `files:` names: a path from the project's root, an environment variable's name (`$SALES`), or
    `package:NAME/folder` for data that comes as a Python package."""
    text = company.files or "."
    if text.startswith("package:"):
        package, _, folder = text.removeprefix("package:").partition("/")
        spec = find_spec(package)
        if spec is None or not spec.submodule_search_locations:
            raise NoInput(f"package '{package}' is not installed; type: pip install {package.replace('_', '-')}")
        return Path(spec.submodule_search_locations[0]) / folder
    if text.startswith("$"):
        if not (value := os.environ.get(text[1:])):
            raise NoInput(
                f"the environment variable {text[1:]} is not set; source.yaml reads the folder's path from it"
            )
        return Path(value)
    return root / text
