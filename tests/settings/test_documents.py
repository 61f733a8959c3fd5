"""What is published of the models is up to date: JSON Schemas, docs/settings.md, help, the notebooks' comments.

Every YAML file that comes with the suite keeps its schema, and every setting has a description.
"""

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator
from tiny import root_of_the_suite

from helpers.__main__ import cli
from helpers.publishing.notebook_run import declared_parameters
from helpers.settings.documents import MODELS, schema_of, settings_table, write_documents
from helpers.settings.parameters import RENAMED, ReportParameters
from helpers.settings.read import read_yaml
from helpers.settings.schedule import Hook

ROOT = root_of_the_suite()
KINDS = {"source": "source", "rules": "rules", "schedule": "schedule"}
FILES = sorted(ROOT.glob("params/**/*.yaml"))


@pytest.mark.parametrize("name", MODELS)
def test_published_schemas_are_up_to_date(name):
    """When this fails, type: client-rating schemas"""
    published = json.loads((ROOT / "docs/schemas" / f"{name}.schema.json").read_text())
    assert published == json.loads(json.dumps(schema_of(MODELS[name])))


def test_the_published_table_is_up_to_date():
    """When this fails, type: client-rating schemas"""
    assert (ROOT / "docs/settings.md").read_text("utf-8") == settings_table()


def test_a_folder_gets_all_of_them(tmp_path):
    written = write_documents(tmp_path, tmp_path / "settings.md")
    assert {path.name for path in written} == {f"{name}.schema.json" for name in MODELS} | {"settings.md"}
    for name in MODELS:
        Draft202012Validator.check_schema(json.loads((tmp_path / f"{name}.schema.json").read_text("utf-8")))


def properties():
    for name, model in MODELS.items():
        schema = model.model_json_schema()
        for part, content in {name: schema, **schema.get("$defs", {})}.items():
            for setting, declared in content["properties"].items():
                yield pytest.param(declared, id=f"{part}.{setting}")


@pytest.mark.parametrize("declared", list(properties()))
def test_every_setting_has_a_sentence(declared):
    sentence = declared.get("description", "")
    assert sentence[:1].isupper(), sentence
    assert sentence.endswith(".")
    assert not sentence[:-1].endswith(".")
    assert "|" not in sentence, "it stands in a Markdown table"


def test_the_table_says_value_default_and_meaning():
    table = settings_table()
    assert "| `skip` | whole number 0 to 100 | `0` | The number of lines above the header. |" in table
    assert "| `retry_after` | text | `5 min` | How long after a failure it is tried again" in table
    assert "| `cron` | text | required | Minute, hour, day" in table
    assert "| `max_part_paid` | number 0 to 1 |  | The share" in table


NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_parameters_cell_says_what_the_model_says(path):
    declared = declared_parameters(path)
    for name, field in ReportParameters.model_fields.items():
        if name in declared:
            assert declared[name].help == field.description, name
    assert not RENAMED.keys() & declared.keys()


@pytest.mark.parametrize("command", ["run", "check"])
def test_help_lists_the_parameters(command):
    said = " ".join(CliRunner().invoke(cli, [command, "--help"]).output.split())
    for name, field in ReportParameters.model_fields.items():
        assert f"{name} {field.description}" in said
    assert "all. By default 200. max_branch_columns" in said


@pytest.mark.parametrize("command", [None, *cli.commands])
def test_help_says_what_happens(command):
    said = CliRunner().invoke(cli, [*([command] if command else []), "--help"]).output
    assert "unless told" not in said
    for parameter in cli.commands[command].params if command else ():
        if isinstance(parameter, click.Option):
            assert (parameter.help or "").endswith("."), parameter.name


def test_the_version_is_the_packages():
    from importlib.metadata import version

    assert CliRunner().invoke(cli, ["--version"]).output.strip().endswith(version("client-rating"))


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
    assert list(Draft202012Validator(schema_of(MODELS["schedule"])).iter_errors(wrong))


@pytest.mark.parametrize("wrong", [{"kinds": {"A": {"rate": -1}}}, {"tiers": [{"from": 1}]}, {"price_list": {}},
                                   {"max_part_paid": "half"}])  # fmt: skip
def test_wrong_rules_break_their_schema(wrong):
    assert list(Draft202012Validator(schema_of(MODELS["rules"])).iter_errors(wrong))


@pytest.mark.parametrize("sign", ["\n", "\r", "\0"])
def test_a_hook_is_of_whole_lines(sign):
    """A line end in an address would be another header of the mail, a NUL in a command another word."""
    whole = {"to": ["a@b.test"], "from": "c@d.test"}
    assert Hook.model_validate({"command": ["cat", "-"], "mail": whole}).mail.to == ["a@b.test"]
    for wrong in ({"command": [f"ca{sign}t"]}, {"mail": whole | {"to": [f"a@b.test{sign}Bcc: x@y.test"]}},
                  {"mail": whole | {"from": f"c@d.test{sign}"}}):  # fmt: skip
        with pytest.raises(ValueError, match="one line without control characters"):
            Hook.model_validate(wrong)
