"""What a person may type wrong, and the sentence and exit code each gets; no kernel starts for any of it."""

import shutil
import sys
from pathlib import Path

import pytest
from company import company

from helpers.__main__ import main
from helpers.errors import meanings
from helpers.execute import prepare

ROOT = Path(__file__).parents[1]
LINES = """
    client_id | branch_id | sold_at             | amount
    a         | 007       | 2026-10-01 10:00:00 | 10
"""


@pytest.fixture
def project(tmp_path):
    """A project with one company and the suite's own notebook."""
    root = company(tmp_path, {"sale_line": LINES})
    shutil.copy(ROOT / "notebooks" / "client_rating.ipynb", root / "notebooks")
    return root


def said(project, capsys, monkeypatch, *arguments: str, params: str = "", source: str | None = None) -> tuple[int, str]:
    """Exit code and stderr of `client-rating run` on params and source.yaml texts."""
    file = project / "params" / "acme" / "client_rating.yaml"
    file.write_bytes(params.encode())
    if source is not None:
        (file.parent / "source.yaml").write_text(source)
    monkeypatch.setattr(sys, "argv", ["client-rating", "run", str(file), "--out", str(project / "out"), *arguments])
    with pytest.raises(SystemExit) as end:
        main()
    assert not (project / "out").exists()
    return end.value.code, capsys.readouterr().err


FORMS = "period must be YYYY, YYYY-Qn, YYYY-MM or FROM..TO; got "
PARAMS = [
    ("1 no such month", "period: 2026-13", 64, FORMS + "'2026-13'"),
    ("2 a misspelt name", "perod: 2026-02", 64, "unknown parameter 'perod', did you mean 'period'?"),
    ("4 a line end", 'period: "2026-02\\n"', 64, FORMS),
    ("5 full-width digits", "period: ２０２６-02", 64, FORMS),
    ("6 no such day", "period: 2026-02-30..2026-03-01", 64, "no such day"),
    ("7 from after to", "period: 2026-03-01..2026-02-01", 64, "2026-03-01"),
    ("8 the future", 'period: 2027-02\ntoday: "2026-11-23"', 64, "future"),
    ("10 a path", "period: ../../etc/x", 64, FORMS),
    ("14 a key twice", "period: 2026-02\nperiod: 2026-03", 78, "lines 1 and 2"),
    ("15 a word that YAML reads as false", "language: no", 78, "got false, quote it"),
    ("16 a Python object", "period: !!python/object:os.system x", 78, "client_rating.yaml, line 1"),
    ("17 aliases", "a: &a [1]\nb: [*a, *a]", 78, "aliases"),
    ("17 a large file", "# " + "x" * 1_000_001, 78, "larger than"),
    ("18 a tab", "period:\n\t2026-02", 78, "line 2"),
    ("20 a password", "password: hunter2", 64, "put secrets into the environment (PGPASSWORD"),
    ("20 a DSN", 'period: "postgresql://u:hunter2@h/d"', 64, "put secrets into the environment (PGPASSWORD"),
    ("a number out of range", "top: 0", 64, "top: "),
    ("a text for a number", "top: many", 64, "top must be int"),
    ("a number for a text", "names: 7", 64, "names must be str, got 7, quote it"),
    ("an unknown choice", "comparison: next", 64, "'previous', 'last year' or 'none'"),
    ("an unknown language", "language: xx", 64, "unknown language 'xx'"),
    ("a list", "period: [2026]", 78, "one text, number or truth"),
    ("another company's name", "company: demo", 78, "params/acme/"),
    ("today is no day", "today: 23.11.2026", 64, "today must be YYYY-MM-DD"),
]


@pytest.mark.parametrize(("params", "code", "sentence"), [p[1:] for p in PARAMS], ids=[p[0] for p in PARAMS])
def test_a_wrong_params_file(project, capsys, monkeypatch, params, code, sentence):
    found, text = said(project, capsys, monkeypatch, params=params)
    assert (found, sentence in text) == (code, True), text
    assert text.count("\n") == 1
    assert "hunter2" not in text


SOURCE = "company: Acme\nfiles: data\ncurrency: EUR\nsale_line: {from: sale_line.parquet}\n"
SOURCES = [
    ("21 an unknown zone", SOURCE + "timezone: Europe/Pariss", 78, "unknown time zone 'Europe/Pariss'"),
    ("22 decimal is delimiter", SOURCE + 'csv: {delimiter: ",", decimal: ","}', 78, "three different characters"),
    ("an unknown setting", SOURCE + "timezon: UTC", 78, "unknown setting 'timezon', did you mean 'timezone'?"),
    (
        "an unknown column",
        "company: A\nfiles: data\nsale_line: {from: x, clientid: c}",
        78,
        "did you mean 'client_id'?",
    ),
    ("neither files nor connect", "company: A\nsale_line: {from: x}", 78, "either files:"),
    ("tax without its basis", SOURCE.replace("}", ", tax_amount: t}"), 78, "amount_includes_tax"),
    ("a currency of nobody", SOURCE.replace("EUR", "EUX"), 78, "unknown currency 'EUX'"),
    ("country: no", SOURCE.replace("Acme", "no"), 78, "got false, quote it"),
]


@pytest.mark.parametrize(("source", "code", "sentence"), [s[1:] for s in SOURCES], ids=[s[0] for s in SOURCES])
def test_a_wrong_source_file(project, capsys, monkeypatch, source, code, sentence):
    found, text = said(project, capsys, monkeypatch, source=source)
    assert (found, sentence in text) == (code, True), text
    assert text.count("\n") == 1


OPTIONS = [
    ("11 a name that is code", ["-p", "x;import os", "1"], 64, "is not a name"),
    ("2 a misspelt name", ["-p", "perod", "2026"], 64, "did you mean 'period'?"),
    ("20 a secret", ["-p", "api_key", "hunter2"], 64, "put secrets into the environment"),
    ("no number", ["-p", "top", "many"], 64, "top must be int, got 'many'"),
    ("an unknown option", ["--perod", "2026"], 64, "--perod"),
]


@pytest.mark.parametrize(("options", "code", "sentence"), [o[1:] for o in OPTIONS], ids=[o[0] for o in OPTIONS])
def test_a_wrong_option(project, capsys, monkeypatch, options, code, sentence):
    found, text = said(project, capsys, monkeypatch, *options)
    assert (found, sentence in text) == (code, True), text
    assert "hunter2" not in text


def test_19_a_missing_params_file(project, capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["client-rating", "run", str(project / "params" / "acme" / "nothing.yaml")])
    with pytest.raises(SystemExit) as end:
        main()
    assert (end.value.code, "there is no such file" in capsys.readouterr().err) == (66, True)


@pytest.mark.parametrize("text", ["period: 2025", 'period: "2025"'])
def test_3_a_year_is_a_year_quoted_or_not(project, text):
    file = project / "params" / "acme" / "client_rating.yaml"
    file.write_text(text)
    assert prepare(file).parameters["period"] == "2025"
    assert prepare(file, {"period": "2024", "top": "7"}).parameters["period"] == "2024"
    assert prepare(file, {"top": "7"}).parameters["top"] == 7


def test_exit_codes_of_the_readme_are_those_of_the_code():
    text = (ROOT / "README.md").read_text("utf-8").split("| exit code |")[1].split("\n\n")[0]
    rows = [line.split("|")[1:3] for line in text.splitlines()[2:]]
    table = {int(code): meaning.strip() for code, meaning in rows}
    assert table == meanings()
