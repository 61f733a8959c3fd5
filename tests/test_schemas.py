"""The published JSON Schemas are those of the models, and every YAML file that comes with the suite keeps them."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from tiny import root_of_the_suite

from helpers.config import read_yaml
from helpers.schemas import SCHEMAS, schema_of

ROOT = root_of_the_suite()
KINDS = {"source.yaml": "source", "schedule.yaml": "schedule"}
FILES = sorted(p for p in ROOT.glob("params/**/*.yaml") if not p.name.startswith("rules"))


@pytest.mark.parametrize("name", SCHEMAS)
def test_published_schemas_are_up_to_date(name):
    """When this fails, type: client-rating schemas"""
    published = json.loads((ROOT / "docs/schemas" / f"{name}.schema.json").read_text())
    assert published == json.loads(json.dumps(schema_of(SCHEMAS[name])))


@pytest.mark.parametrize("path", FILES, ids=lambda p: "/".join(p.parts[-2:]))
def test_files_of_the_suite_keep_their_schema(path: Path):
    schema = json.loads((ROOT / "docs/schemas" / f"{KINDS.get(path.name, 'parameters')}.schema.json").read_text())
    Draft202012Validator.check_schema(schema)
    assert list(Draft202012Validator(schema).iter_errors(read_yaml(path))) == []


@pytest.mark.parametrize("wrong", [{"jobs": {"a": {"cron": 1}}}, {"job": {}}, {"jobs": {"a": {"params": "x/y.yaml",
                                   "cron": "0 6 1 * *", "timezone": "UTC", "timeout": "soon"}}}])  # fmt: skip
def test_a_wrong_schedule_breaks_its_schema(wrong):
    assert list(Draft202012Validator(schema_of(SCHEMAS["schedule"])).iter_errors(wrong))
