"""What a refusal says to type is typed, letter by letter, and leads to the figure."""

import re
from collections.abc import Callable
from decimal import Decimal as D
from pathlib import Path

import openpyxl
import pytest
import yaml
from accounts import account
from company import opened
from small_export import HEADER, answered, export

from helpers.errors import BadConfiguration, BadData

NAMES = {
    "cp1251": ("Иван Петров", "Анна"),
    "gb18030": ("王小明", "北京贸易公司"),
    "shift_jis": ("田中たろう", "さとう商店"),
    "big5": ("王小明", "台北貿易公司"),
    "cp949": ("김철수", "한국상사"),
    "koi8-r": ("Иван Петров", "Анна"),
    "cp1252": ("Zoé Müller", "Société Générale"),
    "utf-16-le": ("Anna", "Ben"),
}
"""Encoding → clients whose letters tell it."""
PLAIN = f"{HEADER}\n1,2026-03-01,{{}},North,400.00\n2,2026-03-02,{{}},South,30.00\n"
RATES = "day,cur,rate\n2026-03-02,JPY,{}\n"
YEN = f"{HEADER},cur\n1,2026-03-02,Anna,North,16000,JPY\n2,2026-03-02,Ben,North,100.00,EUR"
RATED = dict(
    sale_line={"currency": "cur"}, fx_rate={"from": "rates.csv", "currency": "cur", "rate_date": "day", "rate": "rate"}
)
TWICE = [f"2026-03-{day:02},Anna,North,{day}.00" for day in range(1, 11)]
BACK = f"{HEADER},kind\n1,2026-03-01,Anna,N,400.00,sale\n2,2026-03-02,Anna,N,-100.00,return"
ZONES = f"{HEADER}\n1,2026-03-05 10:00:00 +0100,Anna,N,10.00\n2,2026-03-06 10:00:00,Ben,N,20.00"


def encoded(root: Path, encoding: str) -> Path:
    root = export(root, "")
    (root / "data" / "sales.csv").write_bytes(PLAIN.format(*NAMES[encoding]).encode(encoding))
    return root


def with_two_sheets(root: Path) -> Path:
    book = openpyxl.Workbook()
    for sheet, line in (
        (book.active, ["1", "2026-03-01", "Anna", "N", 400]),
        (book.create_sheet(), ["2", "2026-03-02", "B", "N", 30]),
    ):
        sheet.append(HEADER.split(","))
        sheet.append(line)
    root = export(root, "", sale_line={"from": "sales.xlsx"})
    book.save(root / "data" / "sales.xlsx")
    return root


def unnumbered(root: Path) -> Path:
    root = export(root, "\n".join(["date,client,shop,amount", *TWICE, *TWICE]))
    path = root / "params" / "acme" / "source.yaml"
    written = yaml.safe_load(path.read_text())
    del written["sale_line"]["sale_id"]
    path.write_text(yaml.safe_dump(written))
    return root


REFUSED: dict[str, tuple[Callable[[Path], Path], D]] = {
    **{f"written in {name}": (lambda root, name=name: encoded(root, name), D(430)) for name in NAMES},
    "Excel's first line": (lambda root: export(root, "sep=;\n" + PLAIN.format("A", "B").replace(",", ";")), D(430)),
    "a second sheet of the same columns": (with_two_sheets, D(430)),
    "rates the wrong way": (
        lambda root: export(root, YEN, {"rates.csv": RATES.format("160")}, rate_is="report_per_foreign", **RATED),
        D(16000) / 160 + 100,
    ),
    "rates the other wrong way": (
        lambda root: export(root, YEN, {"rates.csv": RATES.format("0.00625")}, rate_is="foreign_per_report", **RATED),
        D(16000) / 160 + 100,
    ),
    "returns that have their minus": (
        lambda root: export(root, BACK, sale_line={"kind": "kind"}, returns_are_positive=True),
        D(400) - 100,
    ),
    "a file that is there twice": (unnumbered, D(sum(range(1, 11)))),
    "times of which some say no offset": (
        lambda root: export(root, ZONES, csv={"datetime_format": "%Y-%m-%d %H:%M:%S %z"}, timezone="Europe/Paris"),
        D(10) + 20,
    ),
}
"""What is refused → the company, the amount that is right."""

SETTING = re.compile(r"csv\.(\w+): ('[^']*'|[\w-]+)")
FROM = re.compile(r"write from: ('[^']+')")
LINE = re.compile(r"Say in source\.yaml (.*?)(?:, or confirmed: |$)")


def typed(message: str) -> dict:
    """What a message says to type, as source.yaml has it."""
    if settings := SETTING.findall(message):
        return {"csv": {name: yaml.safe_load(value) for name, value in settings}}
    if sheets := FROM.search(message):
        return {"sale_line": {"from": yaml.safe_load(sheets[1])}}
    return yaml.safe_load(LINE.search(message)[1])


@pytest.mark.parametrize(("made", "right"), REFUSED.values(), ids=list(REFUSED))
def test_what_is_typed_leads_to_the_figure(tmp_path, made, right):
    root = made(tmp_path)
    with pytest.raises((BadData, BadConfiguration)) as refused:
        account(opened(root, "2026-03", "2026-06-01"))
    sales = opened(answered(root, **typed(str(refused.value))), "2026-03", "2026-06-01")
    assert account(sales)["counted"][1] == right
