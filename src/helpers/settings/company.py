"""What a company's `source.yaml` may say: where its sales are, how its columns map, what its words are.

A company is a folder `params/<company>/` under the project's root. In comes its name, out comes a checked model; what
is wrong is one sentence with exit code 78.
"""

import os
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from helpers import schema
from helpers.errors import BadConfiguration, BadParameter, NoInput, did_you_mean, nearest
from helpers.findings import KINDS
from helpers.settings.fields import MONTH_AND_DAY, TIME, Currency, Language, Strict, Text, Zone
from helpers.settings.read import project_root, read_model

Spelling = Literal["blanks", "case", "case_of_emails", "unicode_form", "zeros", "look_alikes"]
Plural = dict[Literal["zero", "one", "two", "few", "many", "other"], str]


class Labels(Strict):
    """A company's own words in one language, by plural category of that language (`one: patient, other: patients`)."""

    client: Plural | None = Field(
        default=None, description="The word for a client by plural category: {one: patient, other: patients}."
    )
    branch: Plural | None = Field(
        default=None, description="The word for a branch by plural category: {one: department, other: departments}."
    )


TABLE_SETTINGS = ("from", "skip", "join")
"""What of a table is no column of ours."""


def _names(columns: Any) -> Any:  # Any: what the file holds, before it is checked
    """Columns by their names; what YAML took for a truth (`no`, `yes`) is a text again."""
    if not isinstance(columns, dict):
        return columns
    truths = {True: "yes", False: "no"}
    return {ours: truths[theirs] if isinstance(theirs, bool) else theirs for ours, theirs in columns.items()}


class Table(Strict):
    """Where one table comes from: a file's name alone, or `from` with the columns of another name, beside it or below
    `columns`."""

    from_: str = Field(
        alias="from",
        description="A file's name or a pattern of several, such as sales_*.csv; of a database a table or SQL.",
    )
    skip: dict[str, str] = Field(
        default={},
        description="Rows of files to leave out: what they are, and the SQL condition over one row that tells them.",
    )
    join: dict[str, str] = Field(
        default={},
        description="Files whose columns are added to each row, with the key: {orders.csv: order_id}.",
    )
    columns: dict[str, str] = Field(
        default={},
        description="The source's name for each column of ours, or an SQL expression over one row; of files "
        "equal names may be left out, of a database only what is named is read. A column of sale lines whose name "
        "begins with own_ is the company's own: nothing counts by it, analysts group by it.",
    )

    @model_validator(mode="before")
    @classmethod
    def _from_short_forms(cls, value: Any) -> Any:  # Any: what the file holds, before it is checked
        if isinstance(value, str):
            return {"from": value}
        if not isinstance(value, dict):
            return value
        if "columns" in value:
            return value | {"columns": _names(value["columns"])}
        own = {key: value[key] for key in TABLE_SETTINGS if key in value}
        columns = {key: content for key, content in value.items() if key not in own}
        for name, content in columns.items():
            near = nearest(name, [*TABLE_SETTINGS, "columns"])
            if near and (isinstance(content, dict) or "from" not in value):
                raise ValueError(f"unknown setting '{name}'{near}")
        return own | {"columns": _names(columns)}


class Csv(Strict):
    """How a company's CSV files are written; nothing is guessed."""

    delimiter: str = Field(default=",", description="The character between two fields.")
    encoding: str = Field(default="utf-8", description="The files' encoding, such as utf-8 or windows-1252.")
    decimal: Literal[".", ","] = Field(
        default=".",
        description="The character before the decimals of a number; the delimiter itself where amounts are quoted.",
    )
    thousands: Literal["", " ", ",", ".", "'"] = Field(
        default="", description="The character between groups of three digits; empty where there is none."
    )
    quote: str = Field(default='"', description="The character around a field that holds the delimiter or a line end.")
    date_format: str = Field(default="%Y-%m-%d", description="How a day is written, such as %d.%m.%Y.")
    datetime_format: str = Field(
        default="%Y-%m-%d %H:%M:%S", description="How a day with its time is written, such as %d.%m.%Y %H:%M."
    )
    skip: int = Field(default=0, ge=0, le=100, description="The number of lines above the header.")

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        if self.decimal == self.thousands:
            raise ValueError("decimal and thousands must be two different characters")
        if self.delimiter in (self.decimal, self.thousands) and not self.quote:
            raise ValueError("decimal and thousands must be other characters than delimiter where nothing is quoted")
        return self


OF_A_DATABASE = {
    "skip": "(SELECT * FROM TABLE WHERE (CONDITION) IS NOT TRUE) AS TABLE",
    "join": "TABLE JOIN OTHER USING (KEY)",
}
"""What stands in `from:` of a database in place of a setting for files."""


class Company(Strict):
    """Where a company's sales are, how its columns map, and what its words are."""

    company: Text = Field(description="The company's name, as the page shows it.")
    files: str | None = Field(
        default=None,
        description="The folder of the files, from the project's root: data/acme, $VARIABLE or package:NAME/folder.",
    )
    connect: str | None = Field(
        default=None,
        description="The database in place of files, such as duckdb:data/shop.duckdb, postgresql://host/shop or "
        "mysql://host/shop.",
    )
    timezone: Zone = Field(default="UTC", description="The time zone whose days a period means, such as Europe/Paris.")
    times_are_in: Zone | None = Field(
        default=None, description="The zone of the source's times that name none; by default that of timezone."
    )
    day_start: str = Field(
        default="00:00",
        pattern=TIME,
        description="The time at which a day begins; with 04:00 a bar's Friday ends on Saturday at four.",
    )
    fiscal_year_start: str = Field(
        default="01-01",
        pattern=MONTH_AND_DAY,
        description="The month and day a fiscal year begins; with 07-01, 2026 is July 2025 to June 2026.",
    )
    currency: Currency = Field(default="EUR", description="The currency of the report, an ISO 4217 code such as USD.")
    basis: schema.Basis = Field(
        default="invoiced", description="What counts, and on which day: documents, payments, deliveries or orders."
    )
    amount_includes_tax: bool | None = Field(
        default=None, description="Whether amount is with tax; required where tax_amount is mapped."
    )
    tax: Literal["excluded", "included"] = Field(
        default="excluded", description="Whether the report's amounts are without or with tax."
    )
    returns_are_positive: bool = Field(
        default=False, description="Whether the source writes what comes back without a minus."
    )
    cost_sign: Literal["as_written", "as_amount"] = Field(
        default="as_written",
        description="Whether cost, tax, base and list amounts have their own sign, or that of their line's amount.",
    )
    returns_date: Literal["return", "original"] = Field(
        default="return",
        description="Whether a return counts on its own day, or when, where and for whom the original did.",
    )
    state_map: dict[str, schema.State] = Field(
        default={},
        description="The source's words for a document's state: {Paid: posted, Quote: draft, Void: cancelled}.",
    )
    kind_map: dict[str, schema.Kind] = Field(
        default={},
        description="The source's words for a line's kind: {RMA: return, Rebate: discount, Tip: tip, Note: ignored}.",
    )
    whole_number_ids: bool = Field(
        default=False, description="Whether ids that Parquet files keep as 12345.0, as pandas writes them, are 12345."
    )
    equal_rows: Literal["each", "once"] = Field(
        default="each",
        description="Whether rows that are equal in every column are a sale each, or one that was loaded again.",
    )
    client_id_ignores: list[Spelling] = Field(
        default=[],
        description="In what two ids of one client may differ: blanks and marks nobody sees, case, Unicode form, zeros "
        "(007 and 7.0 are 7), letters that look alike.",
    )
    sale_key: list[Text] = Field(
        default=["sale_id"],
        min_length=1,
        description="What makes lines one document: [sale_id]; where tickets start anew, [branch_id, day, sale_id].",
    )
    negative_lines: Literal["return", "discount"] = Field(
        default="return", description="What a line below 0 is where no kind is mapped: a return, or a discount."
    )
    rate_is: Literal["report_per_foreign", "foreign_per_report"] | None = Field(
        default=None,
        description="Which way fx_rate goes: what one foreign unit is worth, or how many one of the report's buys; "
        "required where fx_rate is mapped.",
    )
    anonymous_client_ids: list[Text] = Field(
        default=[], description='The ids that stand for nobody in particular, such as ["0", walk-in].'
    )
    default_price_list_id: Text | None = Field(
        default=None, description="The price list of a client who has none assigned; shown in a dashed frame."
    )
    group_level: Literal["client", "group"] = Field(
        default="client",
        description="Whether clients are ranked, or the groups that client.group_id names, such as households.",
    )
    lost_after_days: int = Field(
        default=365, ge=1, description="The days without a purchase after which a client who comes again is recovered."
    )
    show_empty_branches: bool = Field(default=True, description="Whether a branch that sold nothing has a column.")
    point_value: Annotated[Decimal | None, Field(strict=False)] = Field(
        default=None, description="What a bonus point is worth in the report's currency, such as 0.10."
    )
    tolerance: int = Field(
        default=0, ge=0, description="The rows that may be unreadable, and are left out, before nothing is published."
    )
    confirmed: dict[str, Annotated[int, Field(ge=1)]] = Field(
        default={},
        description="What was noticed in the data and is right as it is, and of how many rows: {cost_sign: 3}.",
    )
    unconfirmed: list[str] = Field(
        default=[],
        description="The settings that init wrote and is not sure of, such as [timezone, csv.encoding]; delete each "
        "name that is right: nothing is published while one stands here.",
    )
    query_timeout: int = Field(default=600, ge=1, description="The seconds a query of a database may take.")
    labels: dict[Language, Labels] = Field(
        default={},
        description="The company's own words for client and branch by language: {en: {client: {other: patients}}}.",
    )
    csv: Csv = Field(default=Csv(), description="How the CSV files are written; nothing is guessed.")
    sale_line: Table = Field(description="The sales, one row a line: client_id, sold_at and amount at least.")
    client: Table | None = Field(default=None, description="The clients: names, price lists, groups, bonus kinds.")
    branch: Table | None = Field(default=None, description="The branches: names, order, days of opening and closing.")
    branch_name: Table | None = Field(default=None, description="The branches' names with the day each is valid from.")
    price_list: Table | None = Field(default=None, description="The price lists and their names.")
    client_price_list: Table | None = Field(
        default=None, description="The price list assigned to each client, with its days."
    )
    price_list_item: Table | None = Field(
        default=None, description="The prices of the items in each list, with their days."
    )
    client_alias: Table | None = Field(
        default=None, description="The duplicates: which client each further id belongs to."
    )
    branch_alias: Table | None = Field(
        default=None, description="The former codes of branches: which branch each further id belongs to."
    )
    fx_rate: Table | None = Field(default=None, description="The exchange rates into the report's currency, by day.")
    payment: Table | None = Field(default=None, description="The payments, with tax; refunds are negative.")
    payment_allocation: Table | None = Field(
        default=None, description="The documents that each payment pays, with amounts."
    )
    bonus_kind: Table | None = Field(default=None, description="The kinds of bonus and the points that each earns.")
    bonus_entry: Table | None = Field(
        default=None, description="The bonus points that were accrued, redeemed or expired."
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.files is None) == (self.connect is None):
            raise ValueError("say either files: (a folder) or connect: (a database), one of the two")
        for name, table in self.tables.items():
            if self.connect and (part := "skip" if table.skip else "join" if table.join else ""):
                raise ValueError(f"{name}: {part} is for files; of a database from: says it: {OF_A_DATABASE[part]}")
            for column in table.columns:
                if column not in schema.TABLES[name] and not schema.is_own(name, column):
                    raise ValueError(f"{name}: unknown column '{column}'{did_you_mean(column, schema.TABLES[name])}")
        stops = [code for code, kind in KINDS.items() if kind.severity == "stop"]
        for code in self.confirmed:
            if code not in stops:
                raise ValueError(f"confirmed: unknown finding '{code}'{did_you_mean(code, stops)}")
        known = [f"{name}{part}" for name in settable() for part in ("", *SETTABLE_PARTS.get(name, ()))]
        for name in self.unconfirmed:
            if name not in known:
                raise ValueError(f"unconfirmed: unknown setting '{name}'{did_you_mean(name, known)}")
        if self.fx_rate is not None and self.rate_is is None:
            raise ValueError(
                "rate_is: report_per_foreign or foreign_per_report is required where fx_rate is mapped; with "
                f"report_per_foreign a rate of 1.25 makes 1.25 {self.currency} of 1 USD, with foreign_per_report 0.80"
            )
        places = [*schema.TABLES["sale_line"], "day"]
        for column in self.sale_key:
            if column not in places:
                raise ValueError(f"sale_key: unknown column '{column}'{did_you_mean(column, places)}")
        if "tax_amount" in self.sale_line.columns and self.amount_includes_tax is None:
            raise ValueError("amount_includes_tax: true or false is required where tax_amount is mapped")
        return self

    def __repr__(self) -> str:
        return f"<Company: {self.company}, {self.currency}, {self.timezone}>"

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


SETTABLE_PARTS = {"csv": [f".{name}" for name in Csv.model_fields]} | {
    table: [f".{column}" for column in (*TABLE_SETTINGS, *columns)] for table, columns in schema.TABLES.items()
}
"""The settings that have settings of their own, as `unconfirmed` names them: `csv` → `.encoding`, …"""


def settable() -> list[str]:
    """The settings that `unconfirmed` may name."""
    return [name for name in Company.model_fields if name not in ("unconfirmed", "confirmed")]


def refuse_unconfirmed(company: Company) -> None:
    """Raise BadConfiguration while a setting that init guessed waits for a person."""
    if names := company.unconfirmed:
        raise BadConfiguration(f"unconfirmed: in source.yaml names {', '.join(names)}: look at each of them, mend what "
                               "is not so, delete the names that are right; nothing is published before")  # fmt: skip


def company_folder(name: str, root: Path | None = None) -> Path:
    """`params/<name>`; the name is a plain folder name, never a path, and no engine reads another in it."""
    root = root or project_root()
    known = sorted(p.parent.name for p in root.glob("params/*/source.yaml"))
    if name not in known:
        raise BadParameter(
            f"unknown company '{name}'{did_you_mean(name, known)} (folders of params/ with a source.yaml)"
        )
    if "\\" in name:  # Ibis writes the path of a file as Python does, with two of them
        raise BadConfiguration(f"params/{name}: a company's folder may have no backslash in its name; rename it")
    return root / "params" / name


def read_company(name: str, root: Path | None = None) -> Company:
    """The checked `source.yaml` of a company."""
    return read_model(company_folder(name, root) / "source.yaml", Company)


def files_folder(company: Company, root: Path) -> Path:
    """The folder `files:` names: a path from the project's root, an environment variable's name (`$SALES`), or
    `package:NAME/folder` for data that comes as a Python package."""
    text = company.files or "."
    if text.startswith("package:"):
        package, _, folder = text.removeprefix("package:").partition("/")
        try:
            spec = find_spec(package)
        except (ModuleNotFoundError, ValueError):  # of a package within one that is not there; of no name
            spec = None
        if spec is None or not spec.submodule_search_locations:
            raise NoInput(
                f"package '{package}' is not installed; type: pip install {package.split('.')[0].replace('_', '-')}"
            )
        return Path(spec.submodule_search_locations[0]) / folder
    if text.startswith("$"):
        if not (value := os.environ.get(text[1:])):
            raise NoInput(
                f"the environment variable {text[1:]} is not set; source.yaml reads the folder's path from it"
            )
        return root / value
    return root / text
