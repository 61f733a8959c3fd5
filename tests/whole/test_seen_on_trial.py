"""What was seen on trial, rows 113 to 133 of the list of bad inputs and what the same issue adds, each by the command
that a person types: the exit code, what is said, and no traceback, no secret and no part of one, said or left behind.

A `Row` is a small company with other files. `check` runs in this process; what publishes, or could end the process that
reads, runs as a command of its own.
"""

import contextlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from urllib.parse import unquote, urlsplit

import duckdb
import nbformat
import openpyxl
import pytest
from nbformat.v4 import new_code_cell
from tiny import project as tiny_project

from helpers.__main__ import main
from helpers.publishing.archive import ReportArchive

SUITE = Path(__file__).parents[2]
HEADER = "sale_id,client_id,branch_id,sold_at,amount\n"
GOOD = HEADER + "1,ann,n,2026-10-01 10:00:00,10.00\n2,bob,s,2026-10-02 10:00:00,20.50\n"
SOURCE, PARAMS, SALES = "params/acme/source.yaml", "params/acme/client_rating.yaml", "data/sales.csv"
SCHEDULE = "params/schedule.yaml"
CHECK, CHECK_SCHEDULE = ("check", PARAMS), ("check", SCHEDULE)
RUN_DUE = ("run-due", "--now", "2026-11-01T06:00:00+00:00")
SECRETS = ("canary", "sesame")
"""The two parts of each password."""
MONTH = "period: 2026-10\ntoday: '2026-11-23'\n"


def source(**more) -> str:
    """A source.yaml over files; JSON is YAML."""
    return json.dumps({"company": "Acme", "files": "data", "sale_line": {"from": "sales.csv"}} | more)


def database(address: str, relation: str = "s", **columns: str) -> dict[str, str]:
    """A source.yaml over a database."""
    line = {"from": relation, "client_id": "client_id", "sold_at": "sold_at", "amount": "amount"} | columns
    return {SOURCE: json.dumps({"company": "Acme", "connect": address, "sale_line": line})}


def scheduled(**job) -> dict[str, str]:
    """A schedule of one job."""
    whole = {"params": "acme/client_rating.yaml", "cron": "0 6 1 * *", "timezone": "UTC", "retries": 0} | job
    return {SCHEDULE: json.dumps({"jobs": {"monthly": whole}})}


def mail(**more) -> dict:
    return {"mail": {"to": ["director@example.org"], "from": "reports@example.org"} | more}


def parquet(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    sale = "SELECT 'ann' AS client_id, TIMESTAMP '2026-10-01' AS sold_at, 5::DECIMAL(9, 2) AS amount"
    duckdb.sql(sale).write_parquet(str(path))


def shop(root: Path) -> None:
    """A DuckDB file with one sale."""
    with duckdb.connect(str(root / "data/shop.duckdb")) as con:
        con.execute("CREATE TABLE s AS SELECT 'ann' AS client_id, DATE '2026-10-01' AS sold_at, 5.00 AS amount")


@contextlib.contextmanager
def held(root: Path) -> Iterator[None]:
    """A DuckDB file that another program writes to."""
    shop(root)
    writes = "import duckdb, time; con = duckdb.connect('data/shop.duckdb'); print(flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", writes], stdout=subprocess.PIPE, cwd=root) as writer:
        writer.stdout.readline()
        yield
        writer.kill()


def linked(root: Path) -> None:
    """In the folder of files a link to a file outside it."""
    (root / "outside.csv").write_text(GOOD)
    (root / "data/link.csv").symlink_to(root / "outside.csv")


def lake(*names: str) -> Callable[[Path], None]:
    """A folder of such files, those of Parquet with one sale each."""

    def made(root: Path) -> None:
        for name in names:
            parquet(root / "data/lake" / name)
            if not name.endswith(".parquet"):
                (root / "data/lake" / name).write_text("{}")

    return made


def workbook(second: list[list[str]] = (), far: str = "") -> bytes:
    """The good sales in a sheet, another sheet, a lone cell far away."""
    book, content = openpyxl.Workbook(), io.BytesIO()
    for line in GOOD.splitlines():
        book.active.append(line.split(","))
    if far:
        book.active[far] = "x"
    if second:
        sheet = book.create_sheet("more")
        for line in second:
            sheet.append(line)
    book.save(content)
    return content.getvalue()


@dataclass(frozen=True)
class Row:
    """`said` stands in what the command says; `files` take the place of the small company's."""

    number: int
    title: str
    code: int
    said: str
    files: dict[str, str | bytes] = field(default_factory=dict)
    command: tuple[str, ...] = CHECK
    environment: dict[str, str] = field(default_factory=dict)
    arrange: Callable[[Path], AbstractContextManager | None] = lambda root: None


ATTACKS = ["(SELECT * FROM read_csv('/etc/passwd')) AS t", "s; COPY s TO 'stolen'", "s; ATTACH 'stolen'",
           "s; INSTALL httpfs", "s; SET enable_external_access = true"]  # fmt: skip
SIGNED = {sign: f"canary{sign}sesame" for sign in "/@:%"}
KEYS = {"a list": "? [a]\n: 1", "a map": "? {a: 1}\n: 1", "a number": "1: 1", "bytes": "!!binary aGVsbG8=: 1"}
SIGNS = {"a line end": "\n", "a NUL": "\0"}
FAR = {"data/sales.xlsx": workbook(far="XFD1048576"), SOURCE: source(sale_line={"from": "sales.xlsx"})}
TWO_FORMS = "3,Zo\u00e9,n,2026-10-03 10:00:00,1.00\n4,Zoe\u0301,n,2026-10-03 10:00:00,1.00\n"
LOST = {
    "data/clients.csv": "client_id,price_list_id\nann,vip\nbob,gone\n",
    "data/lists.csv": "price_list_id,price_list_name\nvip,VIP\n",
}
FOREIGN = "client_id,sold_at,amount,currency\nann,2026-10-01,10.00,EUR\nbob,2026-10-02,20.50,EUR\nbob,2026-10-03,7,USD"
ALIAS = {"from": "alias.csv", "client_id": "old", "master_client_id": "new"}
SUBTOTALS = """client_id,sold_at,amount
ann,2026-10-01,10.00
ann,2026-10-02,5.00
Subtotal,2026-10-02,15.00
bob,2026-10-02,20.50
bob,2026-10-04,20.50
Subtotal,2026-10-31,41.00
"""
MAILS = scheduled(params="acme/none.yaml", on_failure=mail())
IN_LAKE = {SOURCE: source(sale_line={"from": "lake"})}

ROWS = [
    Row(113, "a fiscal quarter", 0, "2026-Q1: 2025-07-01 to 2025-09-30",
        {SOURCE: source(fiscal_year_start="07-01"), PARAMS: "period: 2026-Q1\n"}),
    Row(114, "no port", 78, "CLIENT_RATING_SMTP must be", MAILS, RUN_DUE,
        {"CLIENT_RATING_SMTP": "smtp://mail.canary:25x"}),
    *(Row(114, f"mail, a {sign}", 78, "CLIENT_RATING_SMTP must be", MAILS, RUN_DUE, {
        "CLIENT_RATING_SMTP": f"smtp://ann:{p}@127.0.0.1:1"}) for sign, p in SIGNED.items()),
    *(Row(114, f"{scheme} in source.yaml, a {sign}", 78, "PGPASSWORD" if scheme == "postgresql" else "MYSQL_PWD",
          database(f"{scheme}://ann:{p}@127.0.0.1:1/shop"))
      for scheme in ("postgresql", "mysql") for sign, p in SIGNED.items()),
    *(Row(114, f"{scheme}, a {sign}", 78 if sign in refused else 69,
          "connect: $SHOP is not written as" if sign in refused else "the database cannot be reached",
          database("$SHOP"), environment={"SHOP": f"{scheme}://ann:{p}@127.0.0.1:1/shop"})
      for scheme, refused in (("postgresql", "/@%"), ("mysql", "/")) for sign, p in SIGNED.items()),
    *(Row(114, f"a parameter, a {sign}", 64, "looks like a secret",
          {PARAMS: f"period: 'postgresql://ann:{p}@host/shop'\n"}) for sign, p in SIGNED.items()),
    *(Row(115, f"{name} in a {kind}", 78, "one line without control characters", scheduled(on_failure=hook), command)
      for name, sign in SIGNS.items() for command in (CHECK_SCHEDULE, RUN_DUE)
      for kind, hook in (("command", {"command": ["true", f"a{sign}b"]}),
                         ("recipient", mail(to=[f"a@example.org{sign}Bcc: b@example.org"])),
                         ("sender", mail(**{"from": f"a@example.org{sign}"})))),
    *(Row(116, attack, 78, "from: ", database("duckdb:data/shop.duckdb", attack), arrange=shop) for attack in ATTACKS),
    *(Row(116, f"a column, {attack}", 78, "a column: ", database("duckdb:data/shop.duckdb", amount=attack),
          arrange=shop)
      for attack in ATTACKS),
    *(Row(116, f"of files, {attack}", 66, "there is no such file", {SOURCE: source(sale_line={"from": attack})})
      for attack in ATTACKS),
    Row(117, "an alias and one currency", 0, "in period    2 lines, 30.50 EUR",
        {SALES: FOREIGN, "data/alias.csv": "old,new\nann,bob\n", SOURCE: source(client_alias=ALIAS),
         PARAMS: MONTH + "currency: EUR\n"}),
    *(Row(118, f"a total of {name!r}", 65, "1 line seems to be the sum of others, 30.50 EUR",
          {SALES: GOOD + f",{name},,2026-10-31 10:00:00,30.50\n"}) for name in ("Total", "Итого", "Grand total", "")),
    Row(118, "subtotals", 65, "2 lines seem to be sums of others, 56.00 EUR", {SALES: SUBTOTALS}),
    *(Row(119, f"{name} in an id", 0, "1 id of a client differs from another only in blanks, case",
          {SALES: GOOD + f"3,{spelt},n,2026-10-03 10:00:00,1.00\n"})
      for name, spelt in (("a BOM", "\ufeffann"), ("a mark of no width", "a\u200bnn"))),
    Row(119, "NFC and NFD", 0, "client_id_ignores: [unicode_form]", {SALES: GOOD + TWO_FORMS}),
    Row(120, "a DuckDB file held by a writer", 75, "which writes to it", database("duckdb:data/shop.duckdb"),
        arrange=held),
    *(Row(123, f"{name} as a name of {Path(file).name}", 78, ": a name must be text, got ", {file: text + key}, command)
      for name, key in KEYS.items() for file, text, command in (
          (PARAMS, MONTH, CHECK), (SOURCE, "company: Acme\nfiles: data\nsale_line: {from: sales.csv}\n", CHECK),
          (SCHEDULE, "jobs: {}\n", CHECK_SCHEDULE))),
    *(Row(124, f"today is {day}", 64, "today must lie in the years 1900 to 2199", {PARAMS: f"today: '{day}'\n"})
      for day in ("0001-01-01", "9999-12-31")),
    *(Row(124, period, 64, said, {PARAMS: f"period: {period}\n"}) for period, said in (
        ("last 2000 years", "sales are read from 1900 on"), ("last 99999999999999999999 days", "period must be "),
        ("9999-12-31", "lies in the future"))),
    *(Row(125, f"half a character in {Path(file).name}", 78, "line 1: holds half a character", {file: text}, command)
      for file, text, command in (
          (SOURCE, source(company="\ud800Acme"), CHECK), (PARAMS, '{"only_branches": "n\\udfff"}', CHECK),
          (SCHEDULE, '{"jobs": {"\\ud800": {}}}', CHECK_SCHEDULE))),
    Row(125, "both halves, as JSON writes them", 0, "company      \U0001f600 Acme (acme)",
        {SOURCE: source(company="\U0001f600 Acme")}),
    *(Row(125, f"a folder called {name}", 0, f"Acme ({name})",
          {f"params/{name}/source.yaml": source(), f"params/{name}/client_rating.yaml": MONTH},
          ("check", f"params/{name}/client_rating.yaml")) for name in ("{p}", "%s", "a#b?c")),
    Row(125, "a folder with a backslash", 78, "may have no backslash",
        {"params/a\\b/source.yaml": source(), "params/a\\b/client_rating.yaml": MONTH},
        ("check", "params/a\\b/client_rating.yaml")),
    *(Row(126, f"a file called {name}", 0, "2 lines, 30.50 EUR",
          {f"data/{name}": GOOD, SOURCE: source(sale_line={"from": name})}) for name in ("a#b.csv", "a?b.csv")),
    *(Row(127, name, 66, "leads outside its folder", {SOURCE: source(sale_line={"from": name})}, arrange=linked)
      for name in ("link.csv", "link*.csv")),
    Row(128, "line ends of old", 0, "2 lines, 30.50 EUR", {SALES: GOOD.replace("\n", "\r")}),
    Row(129, "a name of a megabyte and a sign", 65, "a field over 1 MB",
        {SALES: f"{GOOD}3,{'x' * ((1 << 20) + 1)},n,2026-10-03 10:00:00,5.00\n"}),
    Row(131, "a price list that no list knows", 0, "1 price list stands in no table of price lists",
        LOST | {SOURCE: source(client="clients.csv", price_list="lists.csv")}),
    Row(132, "a second sheet of sales", 65, "write from: 's.xlsx#*'",
        {"data/s.xlsx": workbook([line.split(",") for line in GOOD.splitlines()]),
         SOURCE: source(sale_line={"from": "s.xlsx"})}),
    Row(132, "a second sheet of something else", 0, "1 further sheet of a workbook is not read",
        {"data/s.xlsx": workbook([["colour"], ["red"]]), SOURCE: source(sale_line={"from": "s.xlsx"})}),
    Row(133, "Iceberg", 78, "Iceberg table", IN_LAKE, arrange=lake("a.parquet", "metadata/v1.metadata.json")),
    Row(133, "a Delta table without its log", 78, "is no whole Delta table", IN_LAKE,
        arrange=lake("a.parquet", f"_delta_log/{0:020}.json")),
    Row(133, "a folder of folders", 0, "2 lines, 10.00 EUR", IN_LAKE,
        arrange=lake("branch_id=n/a.parquet", "branch_id=s/a.parquet")),
    Row(0, "a million columns", 65, "has 1,000,004 columns, at most 16,384 are read",
        {SALES: HEADER.strip() + "," * 999_999 + "\n"}),
]  # fmt: skip


def written(root: Path, files: dict[str, str | bytes]) -> None:
    """The small company, with other files."""
    (root / "notebooks").mkdir()
    shutil.copy(SUITE / "notebooks/client_rating.ipynb", root / "notebooks")
    for name, content in ({SALES: GOOD, SOURCE: source(), PARAMS: MONTH} | files).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def assert_untold(root: Path, said: str, *but: str) -> None:
    """No traceback, no part of a secret, in what was said and in every file but those that a person wrote."""
    assert "Traceback" not in said
    found = {path.relative_to(root): path.read_text(errors="replace") for path in root.rglob("*") if path.is_file()}
    left = [text for path, text in found.items() if str(path) not in but]
    assert [text for text in (said, *left) for part in SECRETS if part in text] == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.number} {row.title}"[:60])
def test_check(tmp_path, monkeypatch, capfd, row):
    written(tmp_path, row.files)
    monkeypatch.chdir(tmp_path)
    for name, value in row.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["client-rating", *row.command])
    with row.arrange(tmp_path) or contextlib.nullcontext(), pytest.raises(SystemExit) as end:
        main()
    out, err = capfd.readouterr()
    assert (end.value.code or 0, row.said in out + err) == (row.code, True), out + err
    assert_untold(tmp_path, out + err, *row.files)
    assert row.code == 0 or all(": " in line for line in err.splitlines()), "a sentence of whom it concerns"
    assert not list(tmp_path.rglob("stolen"))
    assert not (tmp_path / "published/acme").exists()


def test_every_row_from_113_on_is_here():
    named = {int(n) for name in globals() if name.startswith("test_") for n in re.findall(r"_(\d+)(?=_)", name)}
    assert named | {row.number for row in ROWS} >= set(range(113, 134))


def command(root: Path, *words: str, **environment: str) -> tuple[int, str]:
    """The exit code of a command of its own, and what it says."""
    done = subprocess.run([sys.executable, "-m", "helpers", *words], cwd=root, env=os.environ | environment,
                          capture_output=True, text=True)  # fmt: skip
    return done.returncode, done.stdout + done.stderr


@pytest.mark.kernel
def test_113_117_125_126_companies_of_any_name_are_published_and_their_links_work(tmp_path):
    """Three companies beside one with a fiscal quarter, an alias and sales in another currency, in one call."""
    odd = {f"params/{name}/{file}": text for name in ("{p}", "%s", "a#b?c")
           for file, text in (("source.yaml", source(company=name)), ("client_rating.yaml", MONTH))}  # fmt: skip
    fiscal = source(fiscal_year_start="10-01", client_alias=ALIAS, sale_line={"from": "foreign.csv"})
    quarter = "period: 2027-Q1\ntoday: '2027-01-01'\ncurrency: EUR\n"
    mine = {"data/foreign.csv": FOREIGN, "data/alias.csv": "old,new\nann,bob\n", SOURCE: fiscal, PARAMS: quarter}
    written(tmp_path, odd | mine)
    params = [name for name in (*odd, *mine) if name.endswith("client_rating.yaml")]
    code, said = command(tmp_path, "run", "--jobs", "2", *params)
    assert code == 0, said
    assert_untold(tmp_path, said)
    out = tmp_path / "published"
    page = (out / "index.html").read_text()
    links = [unquote(urlsplit(link).path) for link in re.findall(r'href="([^"#:]+)"', page)]
    assert {f"{Path(file).parent.name}/client_rating" for file in params} == {
        str(Path(link).parents[1]) for link in links if link.endswith("/index.html")
    }
    assert [link for link in links if not (out / link).is_file()] == []
    assert ">2027 Q1 (" in page
    sums = json.loads((out / "acme/client_rating/2027-Q1/checks.json").read_text())
    assert (Decimal(sums["total"]), Decimal(sums["total_by_client"])) == (Decimal("10.00") + Decimal("20.50"),) * 2


CHANGES = {"replaced": "os.replace('{other}', '{file}')", "cut": "os.truncate('{file}', 300)"}


@pytest.mark.kernel
@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_121_a_parquet_file_that_changes_between_two_cells_ends_with_75(tmp_path, change):
    written(tmp_path, {SOURCE: source(sale_line={"from": "s.parquet"})})
    file, other, notebook = tmp_path / "data/s.parquet", tmp_path / "other", tmp_path / "notebooks/client_rating.ipynb"
    parquet(file)
    shutil.copy(file, other)
    report = nbformat.read(notebook, 4)
    at = next(n for n, cell in enumerate(report.cells) if cell.source == "rating(sales)")
    report.cells.insert(at, new_code_cell("import os\n" + change.format(file=file, other=other)))
    nbformat.write(report, notebook)
    code, said = command(tmp_path, "run", PARAMS)
    assert (code, "a source file changed while it was read" in said, said.count("\n")) == (75, True, 1), said
    assert_untold(tmp_path, said)
    assert ReportArchive(tmp_path / "published/acme/client_rating").published() == {}


WITH_PEAK = """
import atexit, pathlib
from helpers.__main__ import main
atexit.register(lambda: pathlib.Path("peak").write_text(pathlib.Path("/proc/self/status").read_text()))
main()
"""
"""The command, which leaves how much memory it took at most."""


def test_122_a_far_cell_is_refused_before_memory_is_taken(tmp_path):
    assert len(FAR["data/sales.xlsx"]) < 10_000
    written(tmp_path, FAR)
    done = subprocess.run([sys.executable, "-c", WITH_PEAK, *CHECK], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 65
    assert "its cells span more than 100,000,000 places" in done.stderr
    assert_untold(tmp_path, done.stderr)
    peak = int(re.search(r"VmHWM:\s+(\d+) kB", (tmp_path / "peak").read_text())[1])
    assert peak < 500_000, "kilobytes: what any check takes, and little more"


@pytest.mark.kernel
def test_129_a_name_of_a_megabyte_is_cut_on_the_page_and_whole_in_the_files(tmp_path):
    long = "x" * (1 << 20)
    written(tmp_path, {SALES: f"{GOOD}3,{long},n,2026-10-03 10:00:00,5.00\n"})
    code, said = command(tmp_path, "run", PARAMS)
    assert code == 0, said
    assert_untold(tmp_path, said)
    folder = tmp_path / "published/acme/client_rating/2026-10"
    assert f">{long}<" not in (folder / "index.html").read_text()
    assert long in (folder / "cross.csv").read_text()
    rows = duckdb.sql(f"SELECT client_id FROM read_parquet('{folder}/rating.parquet') WHERE net = 5").fetchall()
    assert rows == [(long,)]


@pytest.mark.kernel
def test_114_130_a_wrong_mail_server_and_a_clock_that_was_ahead(tmp_path):
    """Two jobs, one of which mails: both are published; then the clock is right again, and what it made is told."""
    root = tiny_project(tmp_path / "p", reports=("tiny", "tiny.fr"))
    jobs = {name: {"params": f"acme/{params}.yaml", "cron": "0 6 1 * *", "timezone": "UTC"} | hook
            for name, params, hook in (("a", "tiny", {"on_success": mail()}), ("b", "tiny.fr", {}))}  # fmt: skip
    (root / SCHEDULE).write_text(json.dumps({"jobs": jobs}))
    server = {"CLIENT_RATING_SMTP": f"smtp://ann:{SIGNED['/']}@127.0.0.1:25"}
    for year, expected in (("2029", 78), ("2026", 78)):
        code, said = command(root, "run-due", "--now", f"{year}-11-01T06:00:00+00:00", **server)
        assert code == expected, said
        assert_untold(root, said)
        for report in ("tiny", "tiny.fr"):
            assert (root / "published/acme" / report / "latest").readlink().name.startswith(f"{year}-10~")
    code, said = command(root, "status", "--now", "2026-11-01T06:00:00+00:00", **server)
    assert said.count("made by a clock that was ahead, not shown as latest: 2029-10") == 2
    assert_untold(root, said)
