"""What the documents say is what the code does."""

import importlib.metadata
import re
import textwrap
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from company import company, opened
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import helpers.page.tables
import helpers.sales
from helpers import schema
from helpers.__main__ import cli
from helpers.analysis import control_totals as totals_module
from helpers.errors import BadData, meanings
from helpers.money import EXACT
from helpers.page.drawing import draw
from helpers.page.words import Words
from helpers.settings.company import Company
from helpers.settings.parameters import ReportParameters

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")


def test_the_commands_of_the_readme_exist():
    said = set(re.findall(r"client-rating ([a-z][a-z-]*) ", README))
    assert said
    assert said <= set(cli.commands)
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:^|`)make ([a-z]+)", README, re.MULTILINE)) <= targets


def test_the_source_example_of_the_readme_is_valid():
    (text,) = re.findall(r"```yaml\n(# params/acme/source.yaml.*?)```", README, re.DOTALL)
    company = Company.model_validate(yaml.safe_load(text))
    assert set(company.sale_line.columns) == {"client_id", "branch_id", "sold_at", "amount"}


BLOCKS = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/sources.md").read_text("utf-8"), re.DOTALL)


@pytest.mark.parametrize("text", BLOCKS, ids=lambda text: text.split(":")[0].splitlines()[-1])
def test_the_settings_of_the_documents_are_valid(text):
    block = yaml.safe_load(text)
    if text.startswith("# params/"):
        assert ReportParameters.model_validate(block).model_dump(include=set(block)) == block
        return
    source = {"company": "Acme", "files": "data", "sale_line": {"from": "lines.csv"}} | block
    assert Company.model_validate(source).model_dump(include=set(block)).keys() == block.keys()


def test_every_setting_and_parameter_is_told_of():
    """With an example or in a sentence: docs/settings.md, which is drawn from the models, has them all anyway."""
    said = README + "".join(p.read_text("utf-8") for p in (ROOT / "docs").glob("*.md") if p.stem != "settings")
    assert [
        name
        for name in (*Company.model_fields, *schema.BASES)
        if not re.search(rf"\b{name}\b(?=[`:]| =|$)", said, re.MULTILINE)
    ] == []


def test_the_paths_and_rooms_of_the_readme_exist():
    for path in re.findall(r"`((?:notebooks|src|params)/[\w./]+)`", README):
        assert (ROOT / path).exists(), path
    floors = README.split("## How it is laid out")[1]
    for line in floors.splitlines():
        if re.match(r"\| [1-5] \|", line):
            for room in re.findall(r"`(\w+)/?`", line.split("|")[2]):
                assert (ROOT / "src/helpers" / room).exists() or (ROOT / "src/helpers" / f"{room}.py").exists(), room


def test_every_column_the_readme_names_is_in_the_schema():
    known = {c for table in schema.TABLES.values() for c in table} | set(schema.TABLES)
    known |= set(Company.model_fields) | set(ReportParameters.model_fields)
    table = README.split("| level |")[1].split("\n\n")[0]
    for name in re.findall(r"\b([a-z]+_[a-z_]+)\b", table):
        assert name in known, name


def test_the_words_of_the_glossary_are_used():
    words = re.findall(r"^\| ([a-z ]+) \|", (ROOT / "GLOSSARY.md").read_text("utf-8"), re.MULTILINE)
    code = " ".join(p.read_text("utf-8") for p in (ROOT / "src").rglob("*.py")).replace("_", " ").lower()
    missing = [w for w in words if w not in ("word",) and w not in code]
    assert not missing


def test_environment_yml_points_to_the_lock_and_the_lock_has_every_dependency():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    pip = next(d["pip"] for d in environment["dependencies"] if isinstance(d, dict))
    assert pip == ["-r requirements.lock"]
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for lock, wanted in (
        ("requirements.lock", project["dependencies"]),
        ("requirements-test.lock", [d for extra in project["optional-dependencies"].values() for d in extra]),
    ):
        text = (ROOT / lock).read_text()
        pinned = {re.sub(r"[._]", "-", n.lower()) for n in re.findall(r"^([\w.-]+)(?:\[.*\])?==", text, re.MULTILINE)}
        needed = {re.sub(r"[._]", "-", re.match(r"[\w.-]+", d)[0].lower()) for d in wanted}
        assert needed <= pinned, needed - pinned
        assert text.count("--hash=sha256:") > len(pinned)


def test_the_lock_pins_a_package_with_the_extras_that_others_ask_of_it():
    """pip takes the newest of `coverage[toml]` where the lock says `coverage==` alone, and then misses its hash."""
    pins = re.findall(r"^([\w.-]+)(?:\[(.*)\])?==", (ROOT / "requirements-test.lock").read_text(), re.MULTILINE)
    extras = {canonicalize_name(name): set(filter(None, (listed or "").split(","))) for name, listed in pins}
    asked = {
        (canonicalize_name(wanted.name), extra)
        for package in importlib.metadata.distributions()
        if canonicalize_name(package.name) in extras
        for wanted in map(Requirement, package.requires or ())
        if wanted.marker is None or wanted.marker.evaluate({"extra": ""})
        for extra in wanted.extras
    }
    assert ("coverage", "toml") in asked
    assert not {(name, extra) for name, extra in asked if extra not in extras[name]}


def test_exit_codes_of_the_readme_are_those_of_the_code():
    text = README.split("| exit code |")[1].split("\n\n")[0]
    rows = [line.split("|")[1:3] for line in text.splitlines()[2:]]
    assert {int(code): meaning.strip() for code, meaning in rows} == meanings()


def test_the_analysis_that_contributing_adds_works(tmp_path):
    """Its pieces as they stand there: the question, how it is held against the totals, the renderer, the test."""
    pieces = map(textwrap.dedent, re.findall(r"^   ```python\n(.*?)^   ```", CONTRIBUTING, re.DOTALL | re.MULTILINE))
    question, held_against, renderer, test = pieces
    known = {name: value for module in (helpers.page.tables, helpers.sales) for name, value in vars(module).items()}
    known |= dict(EXACT=EXACT, Decimal=Decimal, company=company, opened=opened, __name__="contributed")
    exec(question, known)
    exec(held_against, vars(totals_module) | dict(Months=known["Months"]))
    exec(renderer, dict(known))
    exec(test, known)
    known["test_a_month_has_the_sum_of_its_days"](tmp_path)
    shown = draw(known["months"](opened(tmp_path, "2026-Q3")), Words("en"))
    assert shown.text.splitlines()[2].split() == ["August", "2026", "75.50"]
    sales = opened(tmp_path, "2026-Q3")
    rows = known["months"](sales).rows
    totals_module.control_totals(sales)
    rows.loc[0, "net"] += Decimal("0.01")
    with pytest.raises(BadData, match=r"months give 79\.51"):
        totals_module.assert_answers_agree(sales, totals_module.control_totals(sales))


def test_the_commands_and_paths_of_contributing_exist():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"`make ([a-z]+)", CONTRIBUTING))
    assert {"quick", "unit", "docs"} <= named <= targets
    paths = set(re.findall(r"`((?:src|tests|docs)/[\w/]+\.\w+)`", CONTRIBUTING))
    assert {path for path in paths if not (ROOT / path).exists()} == {
        "src/helpers/analysis/months.py",
        "src/helpers/page/locale/es/LC_MESSAGES/helpers.po",
        "tests/analysis/test_months.py",
    }
