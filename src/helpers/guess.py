"""A first source.yaml from a look at one file, for a person to confirm: the only place where anything is
guessed.

In comes a CSV, Excel or SQLite file, out comes YAML text in which every guess carries its evidence and doubts
are marked `CONFIRM`. Of the data it shows the names of columns, and the words of a column of states.
"""

import csv
import datetime as dt
import gzip
import io
import json
import re
import sqlite3
import unicodedata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpers import config, schema
from helpers.errors import NoInput
from helpers.ingest import kind_of, likely_encoding, sheet_rows

SAMPLE = 1 << 20
ROWS = 1000
DELIMITERS = ";,\t|"
NUMBERS = ((".", ""), (",", ""), (".", ","), (",", "."), (",", " "), (".", " "), (".", "'"), (",", "'"))
"""(decimal mark, thousands mark), the plainest first."""

DAYS = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%d-%m-%Y", "%m-%d-%Y", "%Y.%m.%d", "%Y%m%d",
        "%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%d-%b-%Y", "%d %b %Y", "%d-%b-%y", "%d %B %Y", "%b %d, %Y")  # fmt: skip
TIMES = (
    "",
    " %H:%M:%S",
    " %H:%M",
    "T%H:%M:%S",
    " %I:%M:%S %p",
    " %I:%M %p",
    "T%H:%M:%SZ",
    "T%H:%M:%S%z",
    " %H:%M:%S%z",
)

WORDS = {
    "client_id": "client id, client, client no, customer id, customer no, customer number, customer, account, patient id, "
                 "patient, household id, household, member id, user id, buyer, kunde, kundennr, kundennummer, клиент, "
                 "контрагент, покупатель, клієнт, покупець, пацієнт, пациент, cliente, codigo cliente, code client",
    "branch_id": "branch id, branch, store id, store, shop, location, department, warehouse, outlet, unit, site, country, "
                 "магазин, филиал, подразделение, філія, підрозділ, filiale, agence, succursale, sucursal, tienda, magasin",
    "sold_at": "sold at, sale date, sold on, date, datetime, timestamp, time, transaction date, transaction timestamp, "
               "invoice date, order date, posting date, created at, purchase date, date time, datum, rechnungsdatum, "
               "дата, дата продажи, дата продажу, date facture, fecha",
    "amount": "amount, net amount, total amount, total, line total, sales value, sales, sum, net, revenue, subtotal, "
              "price paid, betrag, umsatz, summe, сумма, сума, стоимость, montant, total ht, importe, price total",
    "sale_id": "sale id, sale, invoice no, invoice number, invoice id, invoice, order id, order no, order, basket id, receipt, "
               "receipt no, transaction id, document no, чек, номер документа, facture, no facture, beleg, belegnr, factura",
    "line_no": "line no, line number, line, position, pos, row no, строка, рядок, ligne",
    "quantity": "quantity, qty, units, menge, anzahl, количество, кількість, quantité, cantidad",
    "item_id": "item id, item, item code, product id, product, product code, stock code, sku, article, artikel, товар, "
               "артикул",
    "item_category": "item category, category, product category, kategorie, категория, категорія, catégorie",
    "price_list_id": "price list id, price list, pricelist, tariff, preisliste, прайс",
    "state": "state, status, document status, статус, état, statut, estado",
    "kind": "kind, type, document type, transaction type, тип, вид",
    "tax_amount": "tax amount, tax, vat, vat amount, mwst, ндс, пдв, tva, iva",
    "currency": "currency, currency code, währung, валюта, devise, moneda",
    "cost_amount": "cost amount, cost, cogs, einstand, себестоимость, собівартість, coût",
    "bonus_paid": "bonus paid, points redeemed, bonus",
    "manual_discount": "manual discount, discount, discount amount, rabatt, скидка, знижка, remise",
    "coupon_discount": "coupon discount, coupon disc, coupon",
}  # fmt: skip
WEAK = {
    "code",
    "date",
    "time",
    "number",
    "price",
    "unit",
    "line",
    "type",
    "product",
    "item",
    "sales",
    "net",
    "id",
}
"""Words that say little when they are only a part of a name."""

STATES = {
    "posted": "posted paid completed complete closed submitted done invoiced shipped delivered проведен оплачен",
    "draft": "draft open pending new quotation processing черновик чернетка brouillon entwurf",
    "cancelled": "cancelled canceled void voided deleted reversed storno отменен скасовано annulé",
}


@dataclass(frozen=True)
class Look:
    """What a file looks like: where its rows are, its column names, a sample of its rows, and how it is
    written.
    """

    where: str
    names: list[str]
    rows: list[list[Any]]
    dialect: dict[str, tuple[Any, str]]
    """Setting → (value, evidence)."""

    def column(self, name: str) -> list[Any]:
        """The values of a column that are not blank."""
        place = self.names.index(name)
        return [row[place] for row in self.rows if place < len(row) and row[place] not in ("", None)]


def first_source_yaml(file: Path) -> str:
    """A source.yaml for a file of sales, with comments for a person to confirm; NoInput or BadData as
    `ingest` has them.
    """
    kind = kind_of(file, is_pattern=False)
    look = {"csv": _look_at_text, "workbook": _look_at_workbook, "sqlite": _look_at_database}[kind](file)
    number = _number_style(look)
    forms = _date_forms(look)
    chosen = _choose(look, number, forms)
    if kind == "csv":
        look.dialect.update(number)
    look.dialect.update(_dates(look, chosen, forms))
    return _yaml(file, look, chosen)


# -- looking -------------------------------------------------------------------------------------------------------


def _look_at_text(file: Path) -> Look:
    with file.open("rb") as stream:
        is_packed = stream.read(2) == b"\x1f\x8b"
    with (gzip.open if is_packed else open)(file, "rb") as stream:
        content = stream.read(SAMPLE)
    encoding, evidence = _encoding(content)
    lines = content.decode(encoding, "ignore").removeprefix("\ufeff").splitlines(keepends=True)
    lines = lines[:-1] if len(content) == SAMPLE else lines
    first = next(
        (at for at, line in enumerate(lines) if line.strip() and not line.lower().startswith("sep=")), None
    )
    if first is None:
        raise NoInput(f"{file}: is empty: no header was found")
    delimiter = max(DELIMITERS, key=lambda mark: _fit(lines[first:], mark))
    width, share = _fit_of(lines[first:], delimiter)
    header = next(
        at
        for at in range(first, len(lines))
        if len(next(csv.reader([lines[at]], delimiter=delimiter), [])) == width
    )
    rows = [
        row
        for row in csv.reader(io.StringIO("".join(lines[header:]), newline=""), delimiter=delimiter)
        if row
    ]
    dialect = {
        "delimiter": (delimiter, f"{width} columns in {share:.0%} of the first lines"),
        "encoding": (encoding, evidence),
        "skip": (header, "lines above the header" if header else ""),
    }
    return Look(file.name, [name.strip() for name in rows[0]], rows[1 : ROWS + 1], dialect)


def _encoding(content: bytes) -> tuple[str, str]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16", "it begins with the mark of UTF-16"
    if content[1::2].count(0) > len(content) / 4 or content[::2].count(0) > len(content) / 4:
        return ("utf-16-le" if content[1:2] == b"\0" else "utf-16-be"), "every other byte is zero"
    try:
        content[: content.rfind(b"\n") + 1 or None].decode("utf-8")
    except UnicodeDecodeError:
        return likely_encoding(
            content
        ), "CONFIRM: it is not UTF-8; look whether the names read well on the page"
    return "utf-8", ""


def _widths(lines: list[str], delimiter: str) -> Counter:
    return Counter(len(row) for row in csv.reader(lines[:ROWS], delimiter=delimiter) if row)


def _fit_of(lines: list[str], delimiter: str) -> tuple[int, float]:
    widths = _widths(lines, delimiter)
    (width, times), *_ = widths.most_common(1) or [(1, 0)]
    return width, times / max(widths.total(), 1)


def _fit(lines: list[str], delimiter: str) -> tuple[bool, float, int]:
    width, share = _fit_of(lines, delimiter)
    return width > 1, round(share, 1), width


def _look_at_workbook(file: Path) -> Look:
    rows = sheet_rows(file)
    filled = [sum(cell != "" for cell in row) for row in rows]
    if not any(filled):
        raise NoInput(f"{file}: the sheet is empty: no header was found")
    (width, _), *_ = Counter(filter(None, filled)).most_common(1)
    header = next(at for at, cells in enumerate(filled) if cells >= width)
    skip = {"skip": (header, "rows above the header" if header else "")}
    return Look(file.name, [str(cell).strip() for cell in rows[header]], rows[header + 1 :][:ROWS], skip)


def _look_at_database(file: Path) -> Look:
    with sqlite3.connect(f"file:{file.resolve()}?mode=ro", uri=True) as con:
        tables = [
            name for (name,) in con.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")
        ]
        looks = [_look_at_table(con, file, table) for table in tables]
    con.close()
    if not looks:
        raise NoInput(f"{file}: has no tables")
    return max(looks, key=lambda look: len(_choose(look, {}, {})))


def _look_at_table(con: sqlite3.Connection, file: Path, table: str) -> Look:
    rows = con.execute('SELECT * FROM "{}" LIMIT {}'.format(table.replace('"', '""'), ROWS))
    names = [column[0] for column in rows.description]
    return Look(f"{file.name}#{table}", names, [list(row) for row in rows], {})


# -- guessing ------------------------------------------------------------------------------------------------------


def _number(value: Any, decimal: str, thousands: str) -> bool:
    if isinstance(value, int | float):
        return True
    group = {"": "", " ": "[ \u00a0\u202f]", "'": "['’]"}.get(thousands, re.escape(thousands))
    whole = rf"(\d+|\d{{1,3}}({group}\d{{3}})+)" if group else r"\d+"
    return isinstance(value, str) and bool(
        re.fullmatch(rf"\s*[+-]?{whole}({re.escape(decimal)}\d+)?\s*", value)
    )


def _number_style(look: Look) -> dict[str, tuple[Any, str]]:
    """The decimal and thousands marks that make the most values numbers."""
    values = [
        v
        for name in look.names
        for v in look.column(name)
        if isinstance(v, str) and re.search(r"\d[.,' \u00a0\u202f’]\d", v)
    ]
    delimiter = look.dialect.get("delimiter", ("",))[0]
    styles = [style for style in NUMBERS if delimiter not in style]
    fit = {style: sum(_number(value, *style) for value in values) for style in styles}
    decimal, thousands = max(styles, key=lambda style: (fit[style], -styles.index(style)))
    rival = next((s for s in styles if s[0] != decimal and fit[s] == fit[decimal, thousands] > 0), None)
    doubt = f"CONFIRM: '{rival[0]}' fits as well" if rival else ""
    return {"decimal": (decimal, doubt), "thousands": (thousands, "")}


def _date_forms(look: Look) -> dict[str, list[str]]:
    """Column → the forms in which all its values are dates, for those columns that have one."""
    forms = [day + time for day in DAYS for time in TIMES]
    found = {name: [form for form in forms if _all_dates(look.column(name), form)] for name in look.names}
    return {name: fitting for name, fitting in found.items() if fitting}


def _all_dates(values: list[Any], form: str) -> bool:
    texts = [value for value in values if not isinstance(value, dt.date)]
    return bool(values) and all(_is_date(value, form) for value in texts)


def _is_date(value: Any, form: str) -> bool:
    try:
        return 1990 <= dt.datetime.strptime(re.sub(r"(:\d\d)\.\d+", r"\1", value.strip()), form).year <= 2098
    except (ValueError, AttributeError):
        return False


def _choose(look: Look, number: dict, forms: dict[str, list[str]]) -> dict[str, str]:
    """Our column → theirs: by the words of the name, if the values are of the kind."""
    decimal, thousands = (
        number[key][0] if number else mark for key, mark in (("decimal", "."), ("thousands", ""))
    )
    fits = {
        (ours, theirs): _likeness(ours, theirs)
        for ours in WORDS
        for theirs in look.names
        if theirs
        and _is_of_kind(
            schema.TABLES["sale_line"][ours], look.column(theirs), theirs in forms, decimal, thousands
        )
    }
    chosen: dict[str, str] = {}
    for ours, theirs in sorted(fits, key=fits.get, reverse=True):
        if fits[ours, theirs] > 0 and ours not in chosen and theirs not in chosen.values():
            chosen[ours] = theirs
    return {ours: chosen[ours] for ours in schema.TABLES["sale_line"] if ours in chosen}


def _is_of_kind(kind: str, values: list[Any], is_date: bool, decimal: str, thousands: str) -> bool:
    if kind == schema.MOMENT:
        return is_date
    if kind in (schema.MONEY, schema.NUMBER):
        return not is_date and sum(_number(value, decimal, thousands) for value in values) >= 0.9 * len(
            values
        )
    return not is_date


def _likeness(ours: str, theirs: str) -> float:
    """How much a column's name says what ours says: 2 for our name, 1 for a known one, less for a part of
    one.

    >>> _likeness("client_id", "CustomerID"), _likeness("amount", "Grand total"), _likeness("amount", "colour")
    (0.997, 0.5, 0.0)
    """
    if theirs == ours:
        return 2.0
    words, known = _words(theirs), WORDS[ours].split(", ")
    if " ".join(words) in known:
        return 1.0 - known.index(" ".join(words)) / 1000
    return 0.5 * any(word in known for word in words if word not in WEAK)


def _words(name: str) -> list[str]:
    apart = re.sub(r"(?<=[a-zа-яії])(?=[A-ZА-ЯІЇ])", " ", unicodedata.normalize("NFC", name))
    return re.findall(r"[^\W_]+", apart.casefold())


def _dates(look: Look, chosen: dict[str, str], forms: dict[str, list[str]]) -> dict[str, tuple[str, str]]:
    fitting = forms.get(chosen.get("sold_at", ""), [])
    if not fitting or all(isinstance(value, dt.date) for value in look.column(chosen["sold_at"])):
        return {}
    form, *others = fitting
    doubt = f"CONFIRM: '{others[0]}' fits as well" if others else ""
    day = next(day for day in sorted(DAYS, key=len, reverse=True) if form.startswith(day))
    return {"date_format": (day, doubt)} | ({"datetime_format": (form, doubt)} if form != day else {})


# -- writing -------------------------------------------------------------------------------------------------------


def _yaml(file: Path, look: Look, chosen: dict[str, str]) -> str:
    standard = config.Csv().model_dump()
    settings = {
        key: pair
        for key, pair in look.dialect.items()
        if pair[0] != standard[key] or pair[1].startswith("CONFIRM")
    }
    missing = [ours for ours in schema.REQUIRED["sale_line"] if ours not in chosen]
    unused = [name for name in look.names if name and name not in chosen.values()]
    lines = [
        f"# A first source.yaml, guessed from {file.name}: read every line, and mend what is not so.",
        f"company: {_text(file.stem)}  # CONFIRM: the name the pages carry",
        f"files: {_text(str(file.parent))}  # the folder, as seen from the project's root, or $NAME for an environment variable",
        "timezone: UTC  # CONFIRM: where the company lives, Europe/Kyiv for example",
        "currency: EUR  # CONFIRM",
        "basis: as_supplied",
        *(
            ["csv:", *(f"  {key}: {_text(value)}{_note(note)}" for key, (value, note) in settings.items())]
            if settings
            else []
        ),
        *_states(look, chosen),
        "sale_line:",
        f"  from: {_text(look.where)}  # or a pattern of several such files, as in sales_*.csv",
        *(f"  {ours}: {_text(theirs)}" for ours, theirs in chosen.items()),
        *(f"  # {ours}: CONFIRM: no column looks like it, and the report needs it" for ours in missing),
        *([f"  # not used: {', '.join(unused)}"] if unused else []),
    ]
    return "\n".join(lines) + "\n"


def _states(look: Look, chosen: dict[str, str]) -> list[str]:
    """A state_map of the words a column of states has, if they are few enough to be states."""
    words = sorted({str(word) for word in look.column(chosen["state"])}) if "state" in chosen else []
    if not 0 < len(words) <= 20:
        return []
    known = {word: state for state, synonyms in STATES.items() for word in synonyms.split()}
    return [
        "state_map:",
        *(f"  {_text(word)}: {known.get(word.casefold(), 'posted')}  # CONFIRM" for word in words),
    ]


def _note(evidence: str) -> str:
    return f"  # {evidence}" if evidence else ""


def _text(value: Any) -> str:
    is_plain = isinstance(value, int) or (
        re.fullmatch(r"[A-Za-z_][\w.-]*", value)
        and value.casefold() not in ("yes", "no", "on", "off", "true", "false", "null", "y", "n")
    )
    return str(value) if is_plain else json.dumps(value, ensure_ascii=False)
