"""What a company's YAML may say, and where it stands.

A company is a folder `params/<company>/` under the project's root: `source.yaml` says where the sales are
(`Company`), `<notebook>.yaml` or `<notebook>.<variant>.yaml` carries a report's parameters (`ReportParameters`).
In come paths and texts, out come checked models; what is wrong is one sentence with exit code 78 or 64.
"""

import datetime as dt
import os
import re
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

import yaml
from babel.numbers import list_currencies
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from helpers import schema
from helpers.errors import BadConfiguration, BadParameter, NoInput, did_you_mean

MAX_BYTES = 1_000_000
SECRET = re.compile(r"pass(word|wd|phrase)?$|secret|token|api_?key|credential|^dsn$", re.IGNORECASE)
SECRET_VALUE = re.compile(r"://[^/\s:@]+:[^@\s]+@|password\s*=", re.IGNORECASE)


class _Loader(yaml.SafeLoader):
    """YAML as people write it: a repeated key and an alias are errors, dates stay text."""

    yaml_implicit_resolvers = {
        first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def compose_node(self, parent, index):
        if self.check_event(yaml.AliasEvent):
            raise yaml.MarkedYAMLError(
                problem="aliases (*name) are not allowed", problem_mark=self.peek_event().start_mark
            )
        return super().compose_node(parent, index)

    def construct_mapping(self, node, deep=False):
        lines = {}
        for key_node, _ in node.value:
            key, line = self.construct_object(key_node, deep=True), key_node.start_mark.line + 1
            if key in lines:
                raise yaml.MarkedYAMLError(problem=f"'{key}' stands twice, in lines {lines[key]} and {line}")
            lines[key] = line
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping a YAML file holds; empty for an empty file."""
    if not path.is_file():
        raise NoInput(f"{path}: there is no such file")
    if path.stat().st_size > MAX_BYTES:
        raise BadConfiguration(f"{path}: larger than {MAX_BYTES:,} bytes, which no settings file is")
    try:
        content = yaml.load(path.read_text("utf-8-sig"), Loader=_Loader)
    except UnicodeDecodeError:
        raise BadConfiguration(f"{path}: not UTF-8; save it as UTF-8") from None
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise BadConfiguration(f"{path}{where}: {getattr(error, 'problem', None) or 'not YAML'}") from None
    if not isinstance(content or {}, dict):
        raise BadConfiguration(f"{path}: expected `name: value` lines, got {type(content).__name__}")
    return content or {}


def project_root(start: Path | None = None) -> Path:
    """The folder that holds `params/` and `notebooks/`: CLIENT_RATING_ROOT, or the nearest one above `start`
    (the working folder), or the one this package was installed from."""
    if named := os.environ.get("CLIENT_RATING_ROOT"):
        return Path(named)
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents, *Path(__file__).resolve().parents):
        if (folder / "params").is_dir() and (folder / "notebooks").is_dir():
            return folder
    raise NoInput(f"no project found above {here}: expected a folder with params/ and notebooks/ in it")


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)  # listing all zones walks the disk, so only to name the nearest
    except (KeyError, ValueError, OSError):
        nearest = did_you_mean(name, sorted(available_timezones()))[:60]
        raise ValueError(f"unknown time zone '{name}'{nearest}") from None
    return name


def _currency(code: str) -> str:
    if code not in list_currencies():
        raise ValueError(f"unknown currency '{code}', expected an ISO 4217 code such as EUR")
    return code


def _currency_or_none(code: str) -> str:
    return _currency(code) if code else code


def _quoted(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError(f"got {str(value).lower()}, quote it")
    return value


Text = Annotated[str, BeforeValidator(_quoted)]
Zone = Annotated[str, AfterValidator(_zone)]
Plural = dict[Literal["zero", "one", "two", "few", "many", "other"], str]


class Strict(BaseModel):
    """A model of a YAML file: unknown names and other types are errors."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


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


def sentence(error: ValidationError) -> str:
    """The first complaint of pydantic as `place: what`, with what was found and the nearest allowed word."""
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    if first["type"] == "value_error":
        return ": ".join(filter(None, [place, str(first["ctx"]["error"])]))
    return f"{place}: {first['msg'][0].lower()}{first['msg'][1:]}, got {first['input']!r}"


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


def today_of(text: str, company: Company) -> dt.date:
    """`2026-11-23` as a date; empty asks the clock of the company's zone. Raises BadParameter."""
    if not text:
        return dt.datetime.now(company.zone).date()
    try:
        return dt.datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        raise BadParameter(f"today must be YYYY-MM-DD, got '{text}'") from None
