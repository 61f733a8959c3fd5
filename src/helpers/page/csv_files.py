"""CSV for the spreadsheet of the reader: the separator and decimals of its language, UTF-8 with BOM.

In come rows of text, numbers and days, out comes a file that opens as numbers in columns; Parquet is for machines.
"""

import csv
import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

from helpers.page.words import Words
from helpers.spreadsheet import as_text

Cell = str | int | float | Decimal | dt.date | None


def write_csv(path: Path, rows: Iterable[Iterable[Cell]], w: Words) -> None:
    """Write rows; `;` parts the columns where a comma parts the decimals."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";" if w.decimal == "," else ",", lineterminator="\r\n")
        writer.writerows([_text(cell, w) for cell in row] for row in rows)


def _text(cell: Cell, w: Words) -> str:
    """A cell as a spreadsheet reads it: text never as a formula, a number in full, never in powers of ten."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return as_text(cell)
    if isinstance(cell, dt.date):
        return cell.isoformat()
    text = f"{cell:g}" if isinstance(cell, float) else f"{cell:f}" if isinstance(cell, Decimal) else str(cell)
    return text.replace(".", w.decimal)
