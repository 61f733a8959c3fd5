"""What a text is worth: each kind of column as SQL that gives its exact value, or the reason why it has none.

In come the name of a VARCHAR column and the dialect, out come DuckDB expressions. A value is NULL where the
text is blank or wrong; nothing is rounded, and nothing that only looks like a number or a day is taken for
one.
"""

import glob
import re
from pathlib import Path

import duckdb

from helpers.errors import BadConfiguration
from helpers.schema import DAY, ID, MOMENT, MONEY, NUMBER, RATE, TEXT, TRUTH, WHOLE
from helpers.settings import company as config

TYPES = {ID: "VARCHAR", TEXT: "VARCHAR", MONEY: "DECIMAL(18,4)", NUMBER: "DECIMAL(18,6)", RATE: "DECIMAL(18,10)",
         WHOLE: "BIGINT", DAY: "DATE", MOMENT: "TIMESTAMP", TRUTH: "BOOLEAN"}  # fmt: skip
DIGITS = {MONEY: (14, 4), NUMBER: (12, 6), RATE: (8, 10), WHOLE: (18, 0)}
"""(digits before the decimal mark, after it) at most; zeros at the end do not count."""

GROUPS = {"": "", " ": "[ \u00a0\u2009\u202f]", "'": "['’]", ",": ",", ".": r"\."}
BLANKS = " \t\r\n\v\f\u00a0\u2007\u2009\u202f\u3000\ufeff"
YES, NO = ("true", "t", "yes", "y", "1"), ("false", "f", "no", "n", "0")
FIRST_DAY, LAST_DAY = "1990-01-01", "2098-12-31"


def literal(text: str) -> str:
    """A SQL string."""
    return "'" + text.replace("'", "''") + "'"


def path(file: Path) -> str:
    """A SQL string that DuckDB reads as this one file, though it may look like a pattern."""
    return literal(glob.escape(str(file)))


def name(column: str) -> str:
    """A SQL identifier."""
    return '"' + column.replace('"', '""') + '"'


def is_blank(column: str) -> str:
    """SQL: nothing, or nothing but blanks. Only what begins with a blank is trimmed, which is slow."""
    x = name(column)
    trimmed = f"coalesce(trim({x}, {literal(BLANKS)}), '')"
    return f"(CASE WHEN {x} >= '!' AND {x} < '\u0080' THEN false ELSE {trimmed} = '' END)"


def value(kind: str, column: str, csv: config.Csv) -> str:
    """SQL of the column's value in its type; NULL where it is blank or wrong."""
    x = name(column)
    if kind in (ID, TEXT):
        return f"CASE WHEN {is_blank(column)} THEN NULL ELSE {x} END"
    if kind in DIGITS:
        matches = f"regexp_full_match({x}, {literal(_number(kind, csv))})"
        return f"CASE WHEN {matches} THEN TRY_CAST({_plain(x, csv)} AS {TYPES[kind]}) END"
    if kind == TRUTH:
        return f"CASE WHEN lower(trim({x})) IN {YES} THEN true WHEN lower(trim({x})) IN {NO} THEN false END"
    at = _moment(x, csv)
    sensible = f"{at} >= DATE '{FIRST_DAY}' AND {at} < DATE '{LAST_DAY}' + 1"
    return f"CAST(CASE WHEN {sensible} THEN {at} END AS {TYPES[kind]})"


def complaint(kind: str, column: str, is_required: bool, csv: config.Csv) -> str:
    """SQL of the reason why a text has no value; NULL where nothing is wrong."""
    empty = "'empty'" if is_required else "NULL"
    wrong = f"({value(kind, column, csv)}) IS NULL"
    return f"CASE WHEN {is_blank(column)} THEN {empty} WHEN {wrong} THEN {_why(kind, column, csv)} END"


def strict(kind: str, column: str, is_required: bool, csv: config.Csv) -> str:
    """SQL of the value that stops the query where there is a complaint."""
    fits = value(kind, column, csv)
    if kind in (ID, TEXT) and not is_required:
        return fits
    stop = f"error('wrong')::{TYPES[kind]}"
    otherwise = stop if is_required else f"CASE WHEN NOT {is_blank(column)} THEN {stop} END"
    return f"coalesce({fits}, {otherwise})"


def computed(parts: list[str], values: dict[str, str]) -> str:
    """SQL of an exact sum or product, from names and signs in turn and the SQL of each name's number."""
    exact = {name: f"({value})::DECIMAL(19, 6)" for name, value in values.items()}
    return f"({' '.join(exact.get(part, part) for part in parts)})::DECIMAL(38, 12)"


def is_over(number: str) -> str:
    """SQL: whether a computed number has more digits than money may have."""
    return f"abs({number}) >= 1{'0' * DIGITS[MONEY][0]}"


def formats(csv: config.Csv) -> list[str]:
    """The forms a moment or a day may have: as declared, with a fraction of a second, or without the time."""
    declared = [csv.datetime_format, csv.datetime_format.replace("%S", "%S.%n")]
    if csv.datetime_format == config.Csv().datetime_format:
        declared += [form.replace(" ", "T") for form in declared]
    return list(dict.fromkeys([*declared, csv.date_format]))


def check_formats(con: duckdb.DuckDBPyConnection, csv: config.Csv) -> None:
    """BadConfiguration unless DuckDB knows the declared forms of days and moments."""
    for setting in ("date_format", "datetime_format"):
        form = getattr(csv, setting)
        try:
            con.execute("SELECT try_strptime('', ?)", [form]).fetchall()
        except duckdb.Error:
            form = ""
        if "%" not in form:
            raise BadConfiguration(f"csv.{setting}: '{getattr(csv, setting)}' is no form of a date (%d.%m.%Y is)")


def _moment(x: str, csv: config.Csv) -> str:
    forms = formats(csv)
    parsed = f"try_strptime({x}, [{', '.join(map(literal, forms))}])"
    return f"({parsed} AT TIME ZONE 'UTC')" if any("%z" in form for form in forms) else parsed


def _number(kind: str, csv: config.Csv) -> str:
    whole, fine = DIGITS[kind]
    group, mark = GROUPS[csv.thousands], re.escape(csv.decimal)
    digits = rf"\d{{1,{whole}}}"
    if group:
        digits = rf"(?:{digits}|\d{{1,3}}(?:{group}\d{{3}})+)"
    decimals = rf"{mark}\d{{1,{fine}}}0*" if fine else rf"{mark}0+"
    return rf" *[+-]?(?:{digits}(?:{decimals})?|{decimals}) *"


def _plain(x: str, csv: config.Csv) -> str:
    if csv.thousands:
        x = f"regexp_replace({x}, {literal(GROUPS[csv.thousands])}, '', 'g')"
    return x if csv.decimal == "." else f"replace({x}, {literal(csv.decimal)}, '.')"


def _why(kind: str, column: str, csv: config.Csv) -> str:
    if kind in DIGITS:
        return _why_no_number(kind, column, csv)
    if kind == TRUTH:
        return "'neither true nor false'"
    outside = f"'outside {FIRST_DAY[:4]}–{LAST_DAY[:4]}'"
    unread = literal(f"no such day, or not written as {csv.datetime_format} or {csv.date_format}")
    return f"CASE WHEN {_moment(name(column), csv)} IS NOT NULL THEN {outside} ELSE {unread} END"


def _why_no_number(kind: str, column: str, csv: config.Csv) -> str:
    whole, fine = DIGITS[kind]
    digits = f"regexp_replace({name(column)}, {literal(GROUPS[csv.thousands] or ' ')}, '', 'g')"
    number = literal(rf" *[+-]?(\d*)(?:{re.escape(csv.decimal)}(\d*?)0*)? *")
    parts = [f"length(regexp_extract({digits}, '^' || {number} || '$', {part}))" for part in (1, 2)]
    return (
        f"CASE WHEN {parts[0]} > {whole} THEN 'over the limit of {whole} digits' "
        f"WHEN {parts[1]} > {fine} THEN 'more than {fine} decimals' "
        f"ELSE {literal(f'not a number with the decimal mark {csv.decimal}')} END"
    )
