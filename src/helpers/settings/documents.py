"""What is drawn from the models of settings: JSON Schemas for editors, the table of docs/settings.md, help.

In come the models with their descriptions, out come texts; nobody writes a setting's type, range or meaning twice.
"""

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from helpers.settings.company import Company
from helpers.settings.parameters import ReportParameters
from helpers.settings.rules import Rules
from helpers.settings.schedule import Schedule, duration_text

Schema = dict[str, Any]  # JSON
MODELS: dict[str, type[BaseModel]] = {
    "source": Company,
    "rules": Rules,
    "parameters": ReportParameters,
    "schedule": Schedule,
}
CHAPTERS = {
    "parameters": "## `params/<company>/<notebook>.yaml`, and `-p NAME VALUE`",
    "source": "## `params/<company>/source.yaml`",
    "rules": "## `params/<company>/rules.yaml`, and what-ifs such as `rules.vip.yaml`",
    "schedule": "## `params/schedule.yaml`",
}
PARTS = {
    "Csv": "`csv:`",
    "Labels": "a language of `labels:`",
    "Table": "a table such as `sale_line:`",
    "KindRule": "a kind of `kinds:`",
    "Tier": "an entry of `tiers:`",
    "PriceListRule": "a list of `price_lists:`",
    "ScheduledJob": "a job of `jobs:`",
    "Hook": "`on_failure:` and `on_success:`",
    "Mail": "`mail:` of a hook",
}
INTRODUCTION = """\
# Settings and parameters

Written by `client-rating schemas` from the models that check the files: what may be said, what is meant when it is left
out. What the numbers mean, with examples: [sources.md](sources.md), [bonuses.md](bonuses.md),
[operations.md](operations.md).
"""


class _AsWritten(GenerateJsonSchema):
    """A schema whose lengths of time are written as people write them: `5 min`."""

    def encode_default(self, dft: Any) -> Any:  # Any: whatever a default is
        return duration_text(dft) if isinstance(dft, dt.timedelta) else super().encode_default(dft)


def write_documents(schemas: Path, table: Path) -> list[Path]:
    """Write `<name>.schema.json` for each kind of file into a folder, and the table of them all; the paths."""
    schemas.mkdir(parents=True, exist_ok=True)
    texts = {schemas / f"{name}.schema.json": json.dumps(schema_of(model), indent=1) for name, model in MODELS.items()}
    for path, text in (texts | {table: settings_table().rstrip("\n")}).items():
        path.write_text(f"{text}\n", "utf-8")
    return [*texts, table]


def schema_of(model: type[BaseModel]) -> Schema:
    """The schema of a file as people write it: a table may be a text.

    A notebook may declare further parameters than the shared ones; a what-if says only what differs.
    """
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema"} | model.model_json_schema(
        schema_generator=_AsWritten
    )
    parts = schema.get("$defs", {})
    if table := parts.get("Table"):
        parts["Table"] = {"anyOf": [{"type": "string"}, table | {"additionalProperties": {"type": "string"}}]}
    if price_list_rule := parts.get("PriceListRule"):
        del price_list_rule["required"]
    return schema | {"additionalProperties": True} if model is ReportParameters else schema


def settings_table() -> str:
    """docs/settings.md: each setting and parameter with its values, its default and what it means."""
    chapters = [INTRODUCTION]
    for name, heading in CHAPTERS.items():
        schema = MODELS[name].model_json_schema(schema_generator=_AsWritten)
        parts = schema.get("$defs", {})
        chapters.append(_chapter(heading, schema))
        chapters += [
            _chapter(f"### {title[0].upper()}{title[1:]}", parts[part])
            for part, title in PARTS.items()
            if part in parts
        ]
    return "\n".join(chapters)


def parameters_help() -> list[tuple[str, str]]:
    """Each shared parameter with what `--help` says of it: its meaning, and its default where that is not empty."""
    fields = ReportParameters.model_fields.items()
    defaults = {name: f" By default {_yaml(field.default)}." for name, field in fields if field.default != ""}
    return [(name, f"{field.description}{defaults.get(name, '')}") for name, field in fields]


def described(parameters: dict[str, Any]) -> Iterator[str]:
    """The parameters of a job, one a line as `check` says them: name, value, what the shared ones mean."""
    for name, value in parameters.items():
        meaning = f"  {field.description}" if (field := ReportParameters.model_fields.get(name)) else ""
        yield f"parameter    {name}: {value}{meaning}"


def _chapter(heading: str, schema: Schema) -> str:
    """A heading, what a model says of itself, and its table."""
    return "\n".join([heading, "", " ".join(schema["description"].split()), "", *_rows(schema), ""])


def _rows(schema: Schema) -> Iterator[str]:
    yield "| name | values | by default | meaning |"
    yield "|---|---|---|---|"
    for name, setting in schema["properties"].items():
        default = "required" if name in schema.get("required", ()) else _default(setting.get("default"))
        yield (
            "| "
            + " | ".join([f"`{name}`", _values(setting), default, setting["description"]]).replace("\n", " ")
            + " |"
        )


def _default(value: Any) -> str:
    """A default as YAML writes it."""
    if value in (None, "", [], {}) and value is not False:
        return "" if value is None else "empty"
    if isinstance(value, dict):
        return "see below"
    return f"`{_yaml(value)}`"


def _yaml(value: str | int | bool) -> str:
    """A scalar as YAML writes it."""
    return value if isinstance(value, str) else json.dumps(value)


def _values(setting: Schema) -> str:
    """What may stand there, in words."""
    choices = setting.get("anyOf") or setting.get("allOf")
    if choices:
        return " or ".join(dict.fromkeys(_values(c) for c in choices if c.get("type") != "null"))
    if reference := setting.get("$ref"):
        return f"see {PARTS[reference.rpartition('/')[2]]}"
    if "enum" in setting:
        return ", ".join(f"`{choice}`" if choice else "empty" for choice in setting["enum"])
    kind = {"array": "list", "object": "mapping", "integer": "whole number", "boolean": "`true` or `false`",
            "string": "text"}  # fmt: skip
    bounds = setting.get("minimum"), setting.get("maximum")
    return " ".join(filter(None, [kind.get(setting["type"], setting["type"]), _between(*bounds)]))


def _between(least: int | None, most: int | None) -> str:
    if least is None:
        return ""
    return f"from {least}" if most is None else f"{least} to {most}"
