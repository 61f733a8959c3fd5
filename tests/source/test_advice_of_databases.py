"""What a refusal of a database says to type is typed, letter by letter, and leads to the figure."""

import os
import re
import signal
import subprocess
import sys
import tomllib
from collections.abc import Callable
from decimal import Decimal as D
from pathlib import Path

import duckdb
import pytest
import yaml
from advice import RIGHT, Case, counted, finding, followed, line, meant, part, told, total
from company import company, engine, opened
from small_export import answered

from helpers.errors import ReportError, TryLater

ROOT = Path(__file__).parents[2]
ROWS = "VALUES ('Anna', DATE '2026-03-01', 400.00::DECIMAL(18,2), 1), ('Ben', DATE '2026-03-02', 30.00, 1)"
COLUMNS = "(client, day, net, ok)"
LINE = f"CREATE TABLE line AS FROM ({ROWS}) AS t{COLUMNS}"
OLD = LINE.replace("line", "old").replace("Anna", "Carl").replace("Ben", "Dan")
MORE = f"INSERT INTO line {ROWS.replace('Anna', 'Carl').replace('Ben', 'Dan')}"  # as much again
TOTAL = f"INSERT INTO line VALUES ('Grand Total', '2026-03-31', {2 * RIGHT}, 1)"
NOT_OK = "INSERT INTO line VALUES ('Eve', '2026-03-09', 7, 0)"
MINUS = [f"INSERT INTO line VALUES ('Carl', '2026-03-0{n}', -{n}, 1)" for n in range(1, 6)]
DOUBLE, TEXT = LINE.replace("'Anna'", "7.0::DOUBLE").replace("'Ben'", "8.0"), LINE.replace("DATE ", "")
MACRO = "CREATE MACRO twice(x) AS 2 * x"


def database(*made: str, **mapping) -> Callable[[Path], Path]:
    """A company whose sales are a table of a DuckDB file; None in the mapping leaves a column out."""
    columns = {"from_": "line", "client_id": "client", "sold_at": "day", "amount": "net"} | mapping

    def build(root: Path) -> Path:
        root.mkdir(exist_ok=True)
        with duckdb.connect(root / "shop.duckdb") as con:
            for statement in made or (LINE,):
                con.execute(statement)
        table = {name.rstrip("_"): what for name, what in columns.items() if what is not None}
        return company(root, {}, files=None, connect="duckdb:shop.duckdb", sale_line=table)

    return build


def connected(address: str) -> Callable[[Path], Path]:
    return lambda root: answered(database()(root), connect=address)


def named(_: Path, said: str) -> dict:
    """A name for each column that the sentence asks for: the example's, and those of the table."""
    assert "name sold_at, amount" in said
    return {"sale_line": {"sold_at": "day", "amount": "net"}}


def bracketed(_: Path, said: str) -> dict:
    """The clause of the sentence, as the form of its brackets."""
    clause = part("^from: (.*?): (?:it is|holds)", said)
    select = clause if clause.startswith("SELECT") else f"SELECT * FROM {clause}"
    form = part(r"stands in brackets: (.*)$", said)
    return {"sale_line": {"from": form.replace("SELECT … WHERE …", select)}}


def in_a_view(view: str, **mapping) -> Callable[[Path, str], dict]:
    """What cannot stand in source.yaml in a view of the database."""

    def done(root: Path, said: str) -> dict:
        assert "a view of" in said, said
        with duckdb.connect(root / "shop.duckdb") as con:
            con.execute(f"CREATE VIEW ours AS {view}")
        return {"sale_line": {"from": "ours"} | mapping}

    return done


def without_skip(root: Path, said: str) -> dict:
    """The form of the sentence with this company's table and condition; the rule goes."""
    path = root / "params" / "acme" / "source.yaml"
    settings = yaml.safe_load(path.read_text())
    condition = settings["sale_line"].pop("skip")["eve"]
    path.write_text(yaml.safe_dump(settings))
    form = part("says it: (.*)$", said)
    return {"sale_line": {"from": form.replace("TABLE", "line").replace("CONDITION", condition)}}


def of_a_later_version(root: Path) -> Path:
    content = bytearray((root / "shop.duckdb").read_bytes())
    (root / "copy.duckdb").write_bytes(content)
    content[12:20] = (9_999).to_bytes(8, "little")
    (root / "shop.duckdb").write_bytes(content)
    return root


def as_parquet(root: Path, said: str) -> dict:
    """The table exported, by the program that can read it, and its folder named in place of the database."""
    assert "export it to Parquet" in said
    (root / "data").mkdir()
    with duckdb.connect(root / "copy.duckdb") as con:
        con.execute(f"COPY line TO '{root}/data/line.parquet'")
    path = root / "params" / "acme" / "source.yaml"
    settings = yaml.safe_load(path.read_text())
    del settings["connect"]
    path.write_text(yaml.safe_dump(settings))
    return {"files": "data", "sale_line": {"from": "line.parquet"}}


CASES: dict[str, Case] = {
    "a misspelt table": Case(database(from_="lien"), lambda _, said: {"sale_line": {"from": meant(said)}}),
    "columns that are not named": Case(database(sold_at=None, amount=None), named),
    "a condition": Case(database(LINE, NOT_OK, from_="line WHERE ok = 1"), bracketed),
    "a whole query": Case(database(LINE, NOT_OK, from_="SELECT * FROM line WHERE ok = 1"), bracketed),
    "two queries": Case(database(LINE, OLD, from_="line UNION ALL SELECT * FROM old"), bracketed, 2 * RIGHT),
    "a column with a name": Case(
        database(amount="net AS n"), told("without AS", lambda _: None, sale_line={"amount": "net"})
    ),
    "a function of the database": Case(
        database(LINE, MACRO, amount="twice(net)"),
        in_a_view("SELECT client, day, twice(net) AS net FROM line", amount="net"),
        2 * RIGHT,
    ),
    "what is not understood": Case(
        database(amount="net ++ ("), in_a_view("SELECT client, day, net + 0 AS net FROM line", amount="net")
    ),
    "ids that are binary fractions": Case(database(DOUBLE), line(r"write (client_id: .*)$", "sale_line")),
    "days that are texts": Case(database(TEXT), line(r"write (sold_at: .*)$", "sale_line")),
    "a sum of all": Case(database(LINE, MORE, TOTAL), finding, 2 * RIGHT),
    "a sum of all, of a table with another name": Case(
        database(LINE, MORE, TOTAL, from_="line AS l", client_id="l.client"), finding, 2 * RIGHT
    ),
    "a sum of all, of a name in quotes": Case(
        database(LINE, MORE, TOTAL, from_='"line"', client_id='"client"'), finding, 2 * RIGHT
    ),
    "sales with a minus": Case(
        database(LINE, *MINUS, from_="(SELECT * FROM line WHERE net < 0) AS l", amount="coalesce(net, 0)"),
        finding,
        D(1 + 2 + 3 + 4 + 5),
    ),
    "a rule for files": Case(
        database(LINE, NOT_OK, skip={"eve": "client = 'Eve'"}),
        without_skip,
    ),
    "a scheme of nobody": Case(
        connected("sqlite:shop.duckdb"), lambda _, said: {"connect": part("(duckdb:)PATH", said) + "shop.duckdb"}
    ),
    "a file of a later version": Case(lambda root: of_a_later_version(database()(root)), as_parquet),
}
"""What is the matter → the company, what the sentence has one type, the amount that is right."""


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_what_is_typed_leads_to_the_figure(tmp_path, case):
    followed(tmp_path, case)


def test_sums_of_several_tables_are_left_out_by_the_form_of_a_clause(tmp_path):
    """Two tables have no one name under which their columns are known: the person fills in what stands there."""
    joined = "line JOIN (SELECT 1 AS one) AS o ON one = 1"
    root = database(LINE, MORE, TOTAL, from_=joined)(tmp_path)
    with pytest.raises(ReportError) as refused:
        counted(root)
    form = finding(root, str(refused.value))["sale_line"]["from"]
    typed = form.replace("SELECT …", f"SELECT client, day, net FROM {joined}")
    assert counted(answered(root, sale_line={"from": typed})) == 2 * RIGHT


def test_a_file_that_is_held_is_read_when_its_writer_has_ended(tmp_path):
    root = database()(tmp_path)
    file = str(root / "shop.duckdb")
    held = f"import duckdb, time; con = duckdb.connect({file!r}); print(1, flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", held], stdout=subprocess.PIPE) as writer:
        writer.stdout.readline()
        with pytest.raises(TryLater) as refused:
            counted(root)
        os.kill(int(part(r"\(process (\d+)\)", str(refused.value))), signal.SIGTERM)
    assert counted(root) == RIGHT


def test_a_variable_that_is_not_set_is_set(tmp_path, monkeypatch):
    root = connected("$SHOP")(tmp_path)
    monkeypatch.delenv("SHOP", raising=False)
    with pytest.raises(ReportError) as refused:
        counted(root)
    monkeypatch.setenv(part(r"variable (\w+) is not set", str(refused.value)), "host=db password=hunter2")
    with pytest.raises(ReportError, match=r"^connect: \$SHOP is not known; allowed: duckdb:PATH") as refused:
        counted(root)
    assert "hunter2" not in str(refused.value)
    monkeypatch.setenv("SHOP", "duckdb:shop.duckdb")
    assert counted(root) == RIGHT


OCTOBER = """
    client_id | sold_at             | amount
    7         | 2026-10-01 10:00:00 | 400
    8         | 2026-10-02 10:00:00 | 30
"""
OTHER_TYPES = {"ids": {"client_id": "DOUBLE"}, "moments": {"sold_at": "VARCHAR"}, "amounts": {"amount": "VARCHAR"}}


@pytest.fixture(
    params=[pytest.param(name, marks=getattr(pytest.mark, name)) for name in ("postgres", "mariadb")],
)
def server(request) -> str:
    """The address of a database server; what a test draws goes there."""
    address = request.getfixturevalue(f"{request.param}_address")
    engine.set(address)
    return address


@pytest.mark.parametrize("types", OTHER_TYPES.values(), ids=list(OTHER_TYPES))
def test_a_column_of_another_type_is_cast_in_the_databases_own_words(tmp_path, server, types):
    root = company(tmp_path, {"sale_line": OCTOBER}, types)
    with pytest.raises(ReportError) as refused:
        opened(root)
    if "amount" in types and server.startswith("mysql"):  # there 1,5 as a decimal is 1, and nobody says so
        assert str(refused.value).endswith(
            "name a view in which it is a number: this server casts 1,5 to 1 without a word"
        )
        return
    typed = yaml.safe_load(part(r"; write (\w+: CAST\(.*\))$", str(refused.value)))
    assert total(opened(answered(root, sale_line=typed))) == D(400) + 30


def test_a_password_in_the_address_goes_into_the_environment(tmp_path, server, monkeypatch):
    root = company(tmp_path, {"sale_line": OCTOBER})
    path = root / "params" / "acme" / "source.yaml"
    address = yaml.safe_load(path.read_text())["connect"]
    user = "" if address.startswith("mysql") else "reader"
    telling = address.replace("reader@", "reader:hunter2@") if not user else address.replace("//", f"//{user}:hunter2@")
    with pytest.raises(ReportError) as refused:
        opened(answered(root, connect=telling))
    monkeypatch.setenv(part(r"put it into (\w+)", str(refused.value)), "")  # the tests' own roles have none
    assert total(opened(answered(root, connect=telling.replace(":hunter2", "")))) == D(400) + 30


def test_an_address_that_is_no_address_is_written_in_the_form_that_is_told(tmp_path, server):
    root = company(tmp_path, {"sale_line": OCTOBER})
    address = yaml.safe_load((root / "params" / "acme" / "source.yaml").read_text())["connect"]
    scheme, _, rest = address.partition("://")
    with pytest.raises(ReportError, match="is not written as SCHEME://USER@HOST/DATABASE"):
        opened(answered(root, connect=f"{scheme}:{rest}"))
    assert total(opened(answered(root, connect=f"{scheme}://{rest}"))) == D(400) + 30


def test_what_is_told_to_install_is_an_extra_of_the_package():
    """Typed without network it cannot be; its name is held against those that there are."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    told = {
        extra
        for path in (ROOT / "src" / "helpers").rglob("*.py")
        for extra in re.findall(r"pip install 'client-rating\[(\w+)\]'", path.read_text("utf-8"))
    }
    assert told
    assert told <= set(extras)


@pytest.mark.mariadb
def test_a_spelling_that_the_engine_does_not_know_is_left_out(tmp_path, mariadb_address):
    engine.set(mariadb_address)
    root = company(tmp_path, {"sale_line": OCTOBER}, client_id_ignores=["case", "unicode_form"])
    with pytest.raises(ReportError) as refused:
        opened(root)
    unknown = part(r": (\w+) is not known on .*; all else is$", str(refused.value))
    known = [spelling for spelling in ("case", "unicode_form") if spelling != unknown]
    assert total(opened(answered(root, client_id_ignores=known))) == D(400) + 30
