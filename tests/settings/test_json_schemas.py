"""The published JSON Schemas are those of the models, and every YAML file that comes with the suite keeps them."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from tiny import root_of_the_suite

from helpers.settings.json_schemas import SCHEMAS, schema_of
from helpers.settings.read import read_yaml

ROOT = root_of_the_suite()
KINDS = {"source": "source", "rules": "rules", "schedule": "schedule"}
FILES = sorted(ROOT.glob("params/**/*.yaml"))


@pytest.mark.parametrize("name", SCHEMAS)
def test_published_schemas_are_up_to_date(name):
    """When this fails, type: client-rating schemas"""
    published = json.loads((ROOT / "docs/schemas" / f"{name}.schema.json").read_text())
    assert published == json.loads(json.dumps(schema_of(SCHEMAS[name])))


@pytest.mark.parametrize("path", FILES, ids=lambda p: "/".join(p.parts[-2:]))
def test_files_of_the_suite_keep_their_schema(path: Path):
    schema = json.loads(
        (ROOT / "docs/schemas" / f"{KINDS.get(path.name.split('.')[0], 'parameters')}.schema.json").read_text()
    )
    Draft202012Validator.check_schema(schema)
    assert list(Draft202012Validator(schema).iter_errors(read_yaml(path))) == []


@pytest.mark.parametrize("wrong", [{"jobs": {"a": {"cron": 1}}}, {"job": {}}, {"jobs": {"a": {"params": "x/y.yaml",
                                   "cron": "0 6 1 * *", "timezone": "UTC", "timeout": "soon"}}}])  # fmt: skip
def test_a_wrong_schedule_breaks_its_schema(wrong):
    assert list(Draft202012Validator(schema_of(SCHEMAS["schedule"])).iter_errors(wrong))


@pytest.mark.parametrize("wrong", [{"kinds": {"A": {"rate": -1}}}, {"tiers": [{"from": 1}]}, {"price_list": {}},
                                   {"max_part_paid": "half"}])  # fmt: skip
def test_wrong_rules_break_their_schema(wrong):
    assert list(Draft202012Validator(schema_of(SCHEMAS["rules"])).iter_errors(wrong))
