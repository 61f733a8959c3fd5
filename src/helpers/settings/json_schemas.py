"""The JSON Schemas of the YAML files a company writes, so that an editor completes and checks them."""

import json
from pathlib import Path

from pydantic import BaseModel

from helpers.settings.company import Company
from helpers.settings.parameters import ReportParameters
from helpers.settings.rules import Rules
from helpers.settings.schedule import Schedule

SCHEMAS: dict[str, type[BaseModel]] = {
    "source": Company,
    "rules": Rules,
    "parameters": ReportParameters,
    "schedule": Schedule,
}


def write_schemas(folder: Path) -> list[Path]:
    """Write `<name>.schema.json` for each file; their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    return [_write(folder / f"{name}.schema.json", model) for name, model in SCHEMAS.items()]


def schema_of(model: type[BaseModel]) -> dict:
    """The schema of a file as people write it: a table may be a text, lengths of time are texts too.

    A notebook may declare further parameters than the shared ones; a what-if says only what differs.
    """
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema"} | model.model_json_schema()
    parts = schema.get("$defs", {})
    if table := parts.get("Table"):
        parts["Table"] = {"anyOf": [{"type": "string"}, table | {"additionalProperties": {"type": "string"}}]}
    for part in (schema, *parts.values()):
        for setting in part.get("properties", {}).values():
            if str(setting.get("default", "")).startswith("PT"):
                del setting["default"]
    if listed := parts.get("PriceListRule"):
        del listed["required"]
    return schema | {"additionalProperties": True} if model is ReportParameters else schema


def _write(path: Path, model: type[BaseModel]) -> Path:
    path.write_text(json.dumps(schema_of(model), indent=1) + "\n", "utf-8")
    return path
