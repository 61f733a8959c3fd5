"""Cells of a workbook that have no value: errors (#REF!, #N/A), and formulas that no program has computed yet.

In come a .xlsx or .ods file and a sheet, out come the texts that stand for such cells; the reader of workbooks takes
them for empty ones. What these texts are worth, `judge` says, in any kind of file.
"""

import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from functools import reduce
from pathlib import Path

from helpers.errors import BadData

NOT_COMPUTED = "#FORMULA!"
ERRORS = ("#REF!", "#N/A", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", NOT_COMPUTED)
CHUNK = 1 << 20
CELL = re.compile(rb"<c\s([^<>]*[^<>/])>(.*?)</c>", re.DOTALL)
PLACE = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
VALUE = re.compile(rb"<v[^<>]*>([^<]+)</v>")
TABLE, OFFICE = (
    "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}",
    "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}",
)
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"

ERROR_IN_XLS = re.compile(
    rb"\x05\x02\x08\x00.{6}[\x00\x07\x0f\x17\x1d\x24\x2a]\x01"
    rb"|\x06\x00.{8}\x02.[\x00\x07\x0f\x17\x1d\x24\x2a].{3}\xff\xff", re.DOTALL
)  # fmt: skip
"""Of an old workbook's bytes: the record of a cell that is an error, or of a formula whose result is one."""

Place = tuple[int, int]
"""Row and column of a cell, from 0."""


def broken_cells(file: Path, sheet: str) -> dict[Place, str]:
    """Where a sheet has an error or a formula that was never computed, and the text that stands for it. BadData for an
    old .xls with errors: where they are is not known."""
    if not zipfile.is_zipfile(file):
        _refuse_errors_of_xls(file)
        return {}
    with zipfile.ZipFile(file) as packed:
        if "content.xml" in packed.namelist():
            return dict(_of_opendocument(packed, sheet))
        part = _part(packed, sheet) if "xl/workbook.xml" in packed.namelist() else None
        return dict(_of_xlsx(packed, part)) if part in packed.namelist() else {}


def _refuse_errors_of_xls(file: Path) -> None:
    """BadData for a .xls in which a cell, or the result of a formula, is an error."""
    content = file.read_bytes()
    if ERROR_IN_XLS.search(content):
        raise BadData(f"{file}: has cells with errors ({', '.join(ERRORS[:3])} …), which an old .xls does not "
                      "place; mend them, or save it as .xlsx, where each row that needs one is named")  # fmt: skip


def column_number(letters: bytes) -> int:
    """
    >>> column_number(b"A"), column_number(b"Z"), column_number(b"AA"), column_number(b"XFD")
    (1, 26, 27, 16384)
    """
    return reduce(lambda number, letter: number * 26 + letter - 64, letters, 0)


def _part(packed: zipfile.ZipFile, sheet: str) -> str:
    """The part of a .xlsx that holds a sheet; empty where it says none."""
    book, links = (ET.fromstring(packed.read(f"xl/{name}")) for name in ("workbook.xml", "_rels/workbook.xml.rels"))
    own = next((each.get(RELATION) for each in book.iter() if each.get("name") == sheet and each.get(RELATION)), None)
    target = next((link.get("Target", "") for link in links if link.get("Id") == own), "")
    return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"


def _of_xlsx(packed: zipfile.ZipFile, part: str) -> Iterator[tuple[Place, str]]:
    rest = b""
    with packed.open(part) as xml:
        while chunk := xml.read(CHUNK):
            rest += chunk
            if b't="e"' in rest or b"<f" in rest:
                for cell in CELL.finditer(rest):
                    if (text := _text_of(cell[1], cell[2])) and (place := PLACE.search(cell[1])):
                        yield (int(place[2]) - 1, column_number(place[1]) - 1), text
            rest = rest[max(rest.rfind(b"</c>"), rest.rfind(b"<row"), 0) :]  # a cell that goes on in the next chunk


def _text_of(attributes: bytes, content: bytes) -> str:
    """What stands for a cell of a .xlsx that has no value; empty for any other."""
    value = VALUE.search(content)
    if b't="e"' in attributes:
        return value[1].decode() if value else ERRORS[0]
    is_text = b't="str"' in attributes  # its value may be empty
    return NOT_COMPUTED if b"<f" in content and not value and not is_text else ""


def _of_opendocument(packed: zipfile.ZipFile, sheet: str) -> Iterator[tuple[Place, str]]:
    if b'value-type="error"' not in (content := packed.read("content.xml")):
        return
    tables = (each for each in ET.fromstring(content).iter(f"{TABLE}table") if each.get(f"{TABLE}name") == sheet)
    row = 0
    for line in next(tables, ET.Element("none")).iter(f"{TABLE}table-row"):
        column = 0
        for cell in line:
            if any(name.endswith("value-type") and value == "error" for name, value in cell.items()):
                yield (row, column), "".join(cell.itertext()) or ERRORS[0]
            column += int(cell.get(f"{TABLE}number-columns-repeated", 1))
        row += int(line.get(f"{TABLE}number-rows-repeated", 1))
