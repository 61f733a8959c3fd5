"""What a refusal of a workbook, a database's file, Parquet or Delta says to do is done, letter by letter, and leads to
the figure."""

import bz2
import re
import shutil
import sqlite3
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import duckdb
import openpyxl
import pytest
from advice import (
    GOOD,
    RIGHT,
    Case,
    counted,
    csv_setting,
    data,
    finding,
    followed,
    line,
    meant,
    part,
    told,
    written,
)
from small_export import answered, export

from helpers.errors import TryLater

ROWS = "(VALUES ('1', DATE '2026-03-01', '7', 'N', 400.00::DECIMAL(18,2)), ('2', DATE '2026-03-02', '8', 'S', 30.00))"
PARQUET = f"SELECT * FROM {ROWS} AS t(doc, date, client, shop, amount)"
ZONED = PARQUET.replace("DATE", "TIMESTAMPTZ")
SUM = """SELECT *, DATE '2026-03-05' AS date, client AS shop, CASE WHEN amount < 435 THEN client END AS doc
FROM (VALUES ('Anna', 400), ('Ben', 30), ('Carl', 5), ('Grand Total', 435)) AS t(client, amount)"""


def workbook(path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "March"
    for row in GOOD.splitlines():
        book.active.append(row.split(","))
    book.save(path)


def unmapped(root: Path) -> Path:
    """A Parquet file whose amount has another name, and is mapped by nothing."""
    root = of_file("sales.parquet", partial(parquet, query=PARQUET.replace("amount)", "net)")))(root)
    path = root / "params" / "acme" / "source.yaml"
    path.write_text(re.sub(r"  amount: amount\n", "", path.read_text()))
    return root


def far_cell(path: Path) -> None:
    """A workbook of two rows, and a cell where no row is."""
    workbook(path)
    book = openpyxl.load_workbook(path)
    book.active["XFD1048576"] = "x"
    book.save(path)


def two_shapes(root: Path) -> Path:
    """Two Parquet files, of which one lacks a column."""
    root = export(root, "", sale_line={"from": "s*.parquet"})
    parquet(data(root, "s1.parquet"), f"{PARQUET} WHERE doc = '1'")
    parquet(data(root, "s2.parquet"), f"SELECT * EXCLUDE (shop) FROM ({PARQUET}) WHERE doc = '2'")
    return root


def iceberg(root: Path) -> Path:
    root = export(root, "", sale_line={"from": "lake"})
    (data(root, "lake") / "metadata").mkdir(parents=True)
    (data(root, "lake") / "metadata" / "v1.metadata.json").write_text("{}")
    return root


def named_wrong(wrong: str, right: str, write: Callable[[Path], object]) -> Callable[[Path], Path]:
    """A company whose file is called otherwise than what it is."""

    def made(root: Path) -> Path:
        root = export(root, "", sale_line={"from": wrong})
        write(data(root, right))
        data(root, right).rename(data(root, wrong))
        return root

    return made


def renamed(root: Path, said: str) -> dict:
    """The file under the name that the sentence tells."""
    file = next(path for path in data(root, "").iterdir() if path.name in said)
    right = file.with_suffix(part(r"right name \((?:text: )?(\.\w+)\)", said))
    file.rename(right)
    return {"sale_line": {"from": right.name}}


def sqlite(path: Path, table: str = "sale_line") -> None:
    with sqlite3.connect(path) as con:
        con.execute(f"CREATE TABLE {table} (doc, date, client, shop, amount)")
        rows = [row.split(",") for row in GOOD.splitlines()[1:]]
        con.executemany(f"INSERT INTO {table} VALUES (?, ?, ?, ?, ?)", rows)
    con.close()


def parquet(path: Path, query: str = PARQUET) -> None:
    duckdb.sql(query).write_parquet(str(path))


def of_file(name: str, write: Callable[[Path], object], **mapping) -> Callable[[Path], Path]:
    def made(root: Path) -> Path:
        root = export(root, GOOD, sale_line={"from": name} | mapping)
        write(data(root, name))
        return root

    return made


def delta(folder: str, pattern: str) -> Callable[[Path], Path]:
    """A table of Delta Lake that was written twice, in a folder of the company's, read as plain files."""

    def made(root: Path) -> Path:
        deltalake = pytest.importorskip("deltalake")
        root = export(root, "", sale_line={"from": pattern})
        for mode in ("error", "overwrite"):
            deltalake.write_deltalake(str(data(root, folder)), duckdb.sql(PARQUET).to_arrow_table(), mode=mode)
        return root

    return made


def zipped(root: Path) -> Path:
    root = export(root, GOOD, sale_line={"from": "sales.zip"})
    with zipfile.ZipFile(data(root, "sales.zip"), "w") as packed:
        packed.write(data(root), "sales.csv")
    data(root).unlink()
    return root


def unpacked(root: Path, said: str) -> dict:
    assert "unpack it, and name what is in it" in said
    if (file := data(root, "sales.zip")).exists():
        shutil.unpack_archive(file, file.parent)
    else:
        data(root).write_bytes(bz2.decompress(data(root, "sales.csv.bz2").read_bytes()))
    return {"sale_line": {"from": "sales.csv"}}


CASES: dict[str, Case] = {
    "a form of moments with a zone": Case(
        of_file("sales.parquet", partial(parquet, query=ZONED), client_id="upper(client)"),
        csv_setting,
    ),
    "two kinds of files": Case(
        of_file("other.parquet", parquet, **{"from": "*"}),
        told("name one kind", lambda _: None, sale_line={"from": "*.csv"}),
    ),
    "a misspelt sheet": Case(
        of_file("sales.xlsx", workbook, **{"from": "sales.xlsx#Mrch"}),
        lambda _, said: {"sale_line": {"from": f"sales.xlsx#{part('it has (.*)$', said)}"}},
    ),
    "a workbook called CSV": Case(named_wrong("sales.csv", "sales.xlsx", workbook), renamed),
    "a workbook called OpenDocument": Case(named_wrong("sales.ods", "sales.xlsx", workbook), renamed),
    "a text called XLSX": Case(named_wrong("sales.xlsx", "sales.csv", lambda path: path.write_text(GOOD)), renamed),
    "a database called CSV": Case(named_wrong("sales.csv", "sales.sqlite", sqlite), renamed),
    "Parquet called CSV": Case(named_wrong("sales.csv", "sales.parquet", parquet), renamed),
    "a workbook that is cut": Case(
        lambda root: written(root, "sales.xlsx", b"PK\x03\x04" + b"\0" * 26 + b"xl/"),
        told("open it and save it anew", lambda root: workbook(data(root, "sales.xlsx"))),
    ),
    "a far cell": Case(
        of_file("sales.xlsx", far_cell),
        told("or save the sheet as CSV", lambda _: None, sale_line={"from": "sales.csv"}),
    ),
    "two Parquet files of other columns": Case(
        two_shapes,
        told(
            "write all files with the same columns",
            lambda root: parquet(data(root, "s2.parquet"), f"{PARQUET} WHERE doc = '2'"),
        ),
    ),
    "an Iceberg table": Case(
        iceberg,
        told(
            "or export it to one Parquet file",
            lambda root: parquet(data(root, "one.parquet")),
            sale_line={"from": "one.parquet"},
        ),
    ),
    "files in a store": Case(
        lambda root: answered(export(root, GOOD), files="s3://acme/sales"),
        told("copy them first", lambda _: None, files="data"),
    ),
    "a ZIP": Case(zipped, unpacked),
    "bzip2": Case(lambda root: written(root, "sales.csv.bz2", bz2.compress(GOOD.encode())), unpacked),
    "Parquet that is cut": Case(
        lambda root: written(root, "sales.parquet", b"PAR1"),
        told("xport it anew", lambda root: parquet(data(root, "sales.parquet"))),
    ),
    "a database's table that nobody named": Case(
        of_file("sales.db", partial(sqlite, table="orders")),
        lambda _, said: {"sale_line": {"from": f"sales.db#{part('allowed: (.*?) .from: sales.db#TABLE', said)}"}},
    ),
    "a database's misspelt table": Case(
        of_file("sales.db", partial(sqlite, table="orders"), **{"from": "sales.db#order"}),
        lambda _, said: {"sale_line": {"from": f"sales.db#{meant(said)}"}},
    ),
    "a column of Parquet that nobody mapped": Case(
        of_file("sales.parquet", partial(parquet, query=PARQUET.replace("amount)", "net)")), amount="nett"),
        lambda _, said: {"sale_line": {"amount": meant(said)}},
    ),
    "a column of Parquet that is mapped under no name": Case(
        unmapped,
        lambda _, said: {part(r"as (\w+)\.", said): {part(r"as \w+\.(\w+);", said): part("allowed: .*, (.*)$", said)}},
    ),
    "ids of Parquet as pandas writes them": Case(
        of_file("sales.parquet", partial(parquet, query=PARQUET.replace("'7'", "7.0::DOUBLE").replace("'8'", "8.0"))),
        line(r"or set (whole_number_ids: .*)$"),
    ),
    "days of Parquet that are texts": Case(
        of_file("sales.parquet", partial(parquet, query=PARQUET.replace("DATE ", ""))),
        line(r"or write (sold_at: trim\(date\)),", "sale_line"),
    ),
    "files of a Delta table": Case(delta("lake", "lake/*.parquet"), line("itself: (from: '.*?'),", "sale_line")),
    "files of a Delta table in a deeper folder": Case(
        delta("lake/my sales", "lake/*/*.parquet"), line("itself: (from: '.*?'),", "sale_line")
    ),
    "files of a Delta table that is the folder": Case(delta("", "*.parquet"), line("(from: '.*?'),", "sale_line")),
    "a sum of all in Parquet": Case(of_file("sales.parquet", partial(parquet, query=SUM)), finding, RIGHT + 5),
}
"""What is the matter → the company, what the sentence has one do, the amount that is right."""


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_what_is_done_leads_to_the_figure(tmp_path, case):
    followed(tmp_path, case)


def test_a_database_that_is_being_written_is_read_once_it_is_closed(tmp_path):
    root = of_file("sales.db", sqlite)(tmp_path)
    writer = sqlite3.connect(data(root, "sales.db"), isolation_level=None)
    writer.execute("PRAGMA journal_mode = WAL")
    writer.execute("INSERT INTO sale_line VALUES ('3', '2026-03-03', 'Carl', 'North', '5.00')")
    with pytest.raises(TryLater, match="close what writes it"):
        counted(root)
    writer.close()
    assert counted(root) == RIGHT + 5
