"""What a refusal of a CSV file says to do is done, letter by letter, and leads to the figure."""

import gzip
import shutil
from collections.abc import Callable
from decimal import Decimal as D
from pathlib import Path

import duckdb
import pytest
import yaml
from advice import (
    GOOD,
    RIGHT,
    Case,
    company_of,
    csv_setting,
    data,
    finding,
    followed,
    line,
    mapped,
    meant,
    part,
    sets,
    told,
    written,
)
from small_export import HEADER, export

TOTAL = f"{GOOD}\n3,2026-03-02,Ben,South,5.00"
JSON = """[{"doc": 1, "date": "2026-03-01", "client": "Anna", "shop": "N", "amount": 400.00},
{"doc": 2, "date": "2026-03-02", "client": "Ben", "shop": "S", "amount": 30.00}]"""
TWO_FILES = {"copy.csv": GOOD}
ORDERS = {"orders.csv": "doc,state\n1,x\n2,y"}
TOTALS = "\n".join(
    [f"{HEADER},item", *(f"{n},2026-03-{n:02},A,N,{n}0.00,{i}" for n in range(1, 21) for i in (1, 2, 3))]
)
MINUS = "\n".join([HEADER, *(f"{n},2026-03-0{n},A,N,-{n}.00" for n in range(1, 7))])


def encoded(text: str, theirs: str, declared: str) -> Callable[[Path], Path]:
    content = GOOD.replace("Anna", text).replace("Ben", text).encode(theirs)
    return lambda root: written(root, "sales.csv", content, csv={"encoding": declared})


FAR_DOWN = (
    GOOD + "".join(f"\n{n},2026-02-01,Anna,North,1.00" for n in range(3, 45_000)) + "\n2,2026-02-01,Zoé,S,1.00" * 3
)
"""Over a megabyte of March's two sales and a February in which the first letter beyond ASCII stands near the end."""


def rewritten(old: str, new: str) -> Callable[[Path], object]:
    """The file saved anew with another text."""
    return lambda root: data(root).write_bytes(data(root).read_bytes().replace(old.encode(), new.encode()))


def outside(root: Path) -> Path:
    root = export(root, GOOD)
    (root / "elsewhere.csv").write_text(GOOD)
    data(root).unlink()
    data(root).symlink_to(root / "elsewhere.csv")
    return root


def copied(root: Path) -> None:
    data(root).unlink()
    shutil.copy(root / "elsewhere.csv", data(root))


def makes_parquet(root: Path, said: str) -> dict:
    """The command of the sentence, in the folder of the file; the SQL is DuckDB's own."""
    command = part(r'duckdb -c "(.*)"$', said)
    for name in ("sales.json", "sales.parquet"):
        command = command.replace(f"'{name}'", f"'{data(root, name)}'")
    duckdb.sql(command)
    return {"sale_line": {"from": "sales.parquet"}}


def computed(_: Path, said: str) -> dict:
    """The mapping of the sentence with the name that is meant in place of the misspelt one."""
    theirs, misspelt = part(r"(?:column |^)'(.*?)' i[ns]", said), part(r"; there is no column '(.*?)'", said)
    return {"sale_line": {"amount": theirs.replace(misspelt, meant(said))}}


CASES: dict[str, Case] = {
    "a misspelt column": Case(mapped(amount="amout"), lambda _, said: {"sale_line": {"amount": meant(said)}}),
    "a misspelt column in a product": Case(mapped(amount="amout * 2"), computed, 2 * RIGHT),
    "a misspelt column beside another": Case(mapped(amount="amount + 0 * dco"), computed),
    "another delimiter": Case(company_of(GOOD.replace(",", ";")), sets(csv={"delimiter": ";"})),
    "title lines": Case(company_of(f"Sales of March\n\n{GOOD}"), sets(csv={"skip": 2})),
    "a tab by its name": Case(
        company_of(GOOD.replace(",", "\t"), csv={"delimiter": "TAB"}),
        lambda _, said: {"csv": {"delimiter": yaml.safe_load(part("a tab is (.*), in double", said))}},
    ),
    "an encoding of no name": Case(
        company_of(csv={"encoding": "ansi"}),
        lambda _, said: {"csv": {"encoding": part("expected ([^,]+),", said)}},
    ),
    "a form of dates of another program": Case(
        company_of(
            GOOD.replace("2026-03-01", "01.03.2026").replace("2026-03-02", "02.03.2026"),
            csv={"datetime_format": "DD.MM.YYYY"},
        ),
        lambda _, said: {"csv": {"datetime_format": part(r"\((\S+) is\)", said)}},
    ),
    "days that nobody declared": Case(
        company_of(GOOD.replace("2026-03-0", "03/2026/0")), sets(csv={"datetime_format": "%m/%Y/%d"})
    ),
    "a quote that is a part of a name": Case(
        mapped(GOOD.replace("doc", '"doc', 1), sale_id='"doc'), sets(csv={"quote": ""})
    ),
    "a quote that is the delimiter": Case(
        company_of(GOOD.replace(",", ";"), csv={"delimiter": ";", "quote": ";"}), sets(csv={"quote": '"'})
    ),
    "two columns of one name": Case(
        company_of(GOOD.replace("amount", "amount,Amount").replace(".00", ".00,1")),
        told("rename one of them there", rewritten("Amount", "gross")),
    ),
    "mixed line ends": Case(
        lambda root: written(root, "sales.csv", GOOD.replace("\n", "\r", 1).encode() + b"\n"),
        told("save with LF", rewritten("\r", "\n")),
    ),
    "line ends of two kinds": Case(
        lambda root: written(root, "sales.csv", f"{GOOD}\n".replace("\n", "\r\n", 2).encode(), tolerance=1),
        told("save it with one of them", rewritten("\r", "")),
    ),
    "a file that is there under two names": Case(
        mapped(files=TWO_FILES, from_="*.csv"), told("remove one of", lambda root: data(root, "copy.csv").unlink())
    ),
    "a misspelt file": Case(mapped(from_="sale.csv"), lambda _, said: {"sale_line": {"from": meant(said)}}),
    "a path out of the folder": Case(
        mapped(from_="/data/sales.csv"), told("name a file inside it", lambda _: None, sale_line={"from": "sales.csv"})
    ),
    "a link out of the folder": Case(outside, told("copy the file there", copied)),
    "JSON": Case(lambda root: written(root, "sales.json", JSON.encode()), makes_parquet),
    "a web page": Case(
        lambda root: written(root, "sales.csv", b"<html><table></table></html>"),
        told("export it as CSV", lambda root: data(root).write_text(GOOD)),
    ),
    "gzip that is cut": Case(
        lambda root: written(root, "sales.csv.gz", gzip.compress(GOOD.encode())[:-9]),
        told("copy it again", lambda root: data(root, "sales.csv.gz").write_bytes(gzip.compress(GOOD.encode()))),
    ),
    "a division": Case(
        mapped(amount="amount / 100"),
        lambda _, said: {"sale_line": {"amount": f"amount {part('by a decimal .([*] 0.01).', said)}"}},
        RIGHT / 100,
    ),
    "a sum of nobody knows which rows": Case(
        mapped(amount="sum(amount)"),
        lambda _, said: {"sale_line": {"amount": part("as in (.*)$", said).replace("column", "doc")}},
    ),
    "a power of ten": Case(
        mapped(amount="amount * 1e2"),
        told("write its digits", lambda _: None, sale_line={"amount": "amount * 100"}),
        RIGHT * 100,
    ),
    "a word that needs a column": Case(
        mapped(client_id="fill_down()"),
        lambda _, said: {"sale_line": {"client_id": part("write ([^,]*),", said).replace("column", "client")}},
    ),
    "a joined file's key": Case(
        mapped(files=ORDERS, join={"orders.csv": "dco"}),
        lambda _, said: {"sale_line": {"join": {"orders.csv": meant(said)}}},
    ),
    "a sum of all, told by a column in quotes": Case(
        mapped(f"{TOTAL}\n4,2026-03-31,Grand Total,,435.00", client_id='"client"'), finding, RIGHT + 5
    ),
    "a file with a row twice": Case(
        mapped(
            f"{HEADER},no\n1,2026-03-01,Anna,N,400.00,1\n1,2026-03-01,Anna,N,400.00,1\n2,2026-03-02,Ben,N,30.00,1",
            sale_id='"doc"',
            line_no="no",
        ),
        line(r"in source\.yaml (sale_line: .*); of two files"),
    ),
    "a document's total on each of its lines": Case(
        mapped(TOTALS, sale_id='"doc"', item_id="item"), finding, sum((D(10 * n) for n in range(1, 21)), D(0))
    ),
    "sales with a minus, of a mapping with a comma": Case(
        mapped(MINUS, amount="coalesce(amount, 0)"), finding, D(1 + 2 + 3 + 4 + 5 + 6)
    ),
    "a wrong encoding of two bytes": Case(encoded("Иван Петров", "cp1251", "shift_jis"), csv_setting),
    "a Western letter far down in a file": Case(
        lambda root: written(root, "sales.csv", FAR_DOWN.encode("cp1252")), csv_setting
    ),
    "a wrong encoding of a Western file": Case(encoded("Zoé Müller", "cp1252", "cp949"), csv_setting),
    "UTF-16 that is none": Case(encoded("Иван", "utf-8", "utf-16"), csv_setting),
    "UTF-16 that is of one byte": Case(encoded("Иван Петров", "cp1251", "utf-16"), csv_setting),
    "UTF-16 without its mark": Case(encoded("Anna", "utf-16-be", "utf-16"), csv_setting),
    "UTF-16 that was declared otherwise": Case(encoded("Anna", "utf-16-le", "cp1252"), csv_setting),
}
"""What is the matter → the company, what the sentence has one do, the amount that is right."""


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_what_is_done_leads_to_the_figure(tmp_path, case):
    followed(tmp_path, case)
