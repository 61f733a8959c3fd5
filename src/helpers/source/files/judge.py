"""What a text is worth: each kind of column as SQL that gives its exact value, or the reason why it has none.

In come the name of a VARCHAR column and the dialect, out come DuckDB expressions. A value is NULL where the
text is blank or wrong; nothing is rounded, and nothing that only looks like a number or a day is taken for
one.
"""

import glob
import re
from dataclasses import dataclass
from pathlib import Path

import duckdb

from helpers.errors import BadConfiguration
from helpers.schema import DAY, ID, MOMENT, MONEY, NUMBER, RATE, TEXT, TRUTH, WHOLE
from helpers.settings import company as config
from helpers.source.files.broken import ERRORS
from helpers.source.files.marks import ANY_MARK, MARKS, marks

TYPES = {ID: "VARCHAR", TEXT: "VARCHAR", MONEY: "DECIMAL(18,4)", NUMBER: "DECIMAL(18,6)", RATE: "DECIMAL(18,10)",
         WHOLE: "BIGINT", DAY: "DATE", MOMENT: "TIMESTAMP", TRUTH: "BOOLEAN"}  # fmt: skip
DIGITS = {MONEY: (14, 4), NUMBER: (12, 6), RATE: (8, 10), WHOLE: (18, 0)}
"""(digits before the decimal mark, after it) at most; zeros at the end do not count."""

SPACE = "[ \u00a0\u2009\u202f]"
GROUPS = {"": "", " ": SPACE, "'": "['’]", ",": ",", ".": r"\."}
BLANKS = " \t\r\n\v\f\u00a0\u2007\u2009\u202f\u3000\ufeff"
YES, NO = ("true", "t", "yes", "y", "1"), ("false", "f", "no", "n", "0")
OF_A_SPREADSHEET = "an error of a spreadsheet (#REF!, #N/A …), or a formula never computed: mend it there and save it"
FIRST_DAY, LAST_DAY = "1990-01-01", "2098-12-31"
ZEROS = "٠۰०০੦૦௦౦೦൦๐໐၀០０"
"""The zero of each script that writes its own digits in exports; the other nine follow it."""
THEIRS = "".join(chr(ord(zero) + digit) for zero in ZEROS for digit in range(10)) + "٫−－﹣（）"
OURS = "0123456789" * len(ZEROS) + ".---()"
UNSEEN = "\u066c\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069"
"""What programs that write from right to left put around an amount, and between its thousands; it is read over."""


@dataclass(frozen=True)
class Style:
    """How a company's files are written: the dialect, its currency, and the zone of times that name none."""

    csv: config.Csv
    currency: str = ""
    zone: str = "UTC"

    @property
    def is_zoned(self) -> bool:
        """Whether the declared form of a moment says its offset: such a moment is an instant."""
        return "%z" in self.csv.datetime_format or self.csv.datetime_format.endswith("Z")


def literal(text: str) -> str:
    """A SQL string."""
    return "'" + text.replace("'", "''") + "'"


def path(file: Path) -> str:
    """A SQL string that DuckDB reads as this one file, though it may look like a pattern."""
    return literal(glob.escape(str(file)))


def name(column: str) -> str:
    """A SQL identifier."""
    return '"' + column.replace('"', '""') + '"'


def sql_type(kind: str, style: Style) -> str:
    """The type in which a kind of column is kept."""
    return "TIMESTAMPTZ" if kind == MOMENT and style.is_zoned else TYPES[kind]


def define_macros(con: duckdb.DuckDBPyConnection, style: Style) -> None:
    """What is long to write: amounts as people write them, and texts that an expression reads as numbers."""
    con.execute(f"CREATE MACRO ascii_digits(x) AS trim(translate(x, {literal(THEIRS + UNSEEN)}, {literal(OURS)}), "
                f"{literal(BLANKS)})")  # fmt: skip
    own = _without("x", marks(style.currency)) if style.currency else "x"
    con.execute(f"CREATE MACRO without_mark(x, currency) AS {own}")
    con.execute(f"CREATE MACRO without_any_mark(x) AS {_without('x', ANY_MARK)}")
    for kind in DIGITS:
        con.execute(f"CREATE MACRO loose_{kind}(x) AS {_loose(kind, style.csv)}")
    number = value(NUMBER, "x", style, "currency")
    strict, or_blank = (strict_value(NUMBER, "x", is_required, style, "currency") for is_required in (True, False))
    numbers = {
        "as_number": number,
        "as_number_or_blank": number,
        "strict_number": strict,
        "strict_number_or_blank": or_blank,
    }
    for macro, sql in numbers.items():  # of more than 18 digits, so that DuckDB multiplies without an overflow
        con.execute(f"CREATE MACRO {macro}(x, currency) AS ({sql})::DECIMAL(19, 6)")


def read_currencies(con: duckdb.DuckDBPyConnection) -> None:
    """Let the currency of its own line say which mark an amount may have; it takes longer than one for all."""
    whens = " ".join(f"WHEN {literal(code)} THEN {_without('x', marks(code))}" for code in sorted(MARKS))
    con.execute(f"CREATE OR REPLACE MACRO without_mark(x, currency) AS CASE upper(trim(currency)) {whens} ELSE x END")


def _without(x: str, mark: str) -> str:
    """SQL: an amount without a mark before or behind it; a sign or a bracket may stand on either side of it."""
    before = rf"^([+(-]?){SPACE}*{mark}{SPACE}*"
    behind = rf"{SPACE}*{mark}{SPACE}*([+)-]?)$"
    once = f"regexp_replace({x}, {literal(before)}, '\\1')"
    return f"regexp_replace({once}, {literal(behind)}, '\\1')"


def _loose(kind: str, csv: config.Csv) -> str:
    """SQL: a number without marks, in brackets or with its sign behind, as a plain one; NULL where it is neither.

    What x stands for is long, and DuckDB writes out a macro's argument wherever it stands: so it stands once."""
    digits = _digits(kind, csv)
    forms = {rf"([+-]?) *({digits})": r"\1\2", rf"\( *()({digits}) *\)": r"-\2", rf"({digits}) *([+-])": r"\2\1"}
    whens = " ".join(
        f"WHEN regexp_full_match(t, {literal(form)}) THEN regexp_replace(t, {literal(f'^{form}$')}, {literal(to)})"
        for form, to in forms.items()
    )
    return f"list_transform([x], lambda t: CASE {whens} END)[1]"


def is_blank(x: str) -> str:
    """SQL: nothing, or nothing but blanks. Only what begins with a blank is trimmed, which is slow."""
    trimmed = f"coalesce(trim({x}, {literal(BLANKS)}), '')"
    return f"(CASE WHEN {x} >= '!' AND {x} < '\u0080' THEN false ELSE {trimmed} = '' END)"


def _is_error(x: str) -> str:
    """SQL: what a spreadsheet shows in place of a value. Only what begins with # is looked up, which is slow; in a
    list, for DuckDB plans a join for a long IN and then knows nothing of its progress."""
    return f"({x} >= '#' AND {x} < '$' AND list_contains([{_literals(list(ERRORS))}], {x}))"


def value(kind: str, x: str, style: Style, currency: str = "''") -> str:
    """SQL of a text's value in its type, NULL where it is blank or wrong; `currency` is SQL of what its line is in."""
    if kind in (ID, TEXT):
        return f"CASE WHEN {is_blank(x)} OR {_is_error(x)} THEN NULL ELSE {x} END"
    if kind in DIGITS:
        plain = f"regexp_full_match({x}, {literal(_number(kind, style.csv))})"
        loose = _plain(f"loose_{kind}(without_mark(ascii_digits({x}), {currency}))", style.csv)
        return (f"CASE WHEN {plain} THEN TRY_CAST({_plain(x, style.csv)} AS {TYPES[kind]}) "
                f"WHEN {x} IS NOT NULL THEN TRY_CAST({loose} AS {TYPES[kind]}) END")  # fmt: skip
    if kind == TRUTH:
        return f"CASE WHEN lower(trim({x})) IN {YES} THEN true WHEN lower(trim({x})) IN {NO} THEN false END"
    at = _moment(x, style)
    sensible = f"CASE WHEN {at} >= DATE '{FIRST_DAY}' AND {at} < DATE '{LAST_DAY}' + 1 THEN {at} END"
    if kind == DAY and style.is_zoned:
        sensible = f"({sensible} AT TIME ZONE {literal(style.zone)})"
    return f"CAST({sensible} AS {sql_type(kind, style)})"


def error_reason(kind: str, x: str, is_required: bool, style: Style, currency: str = "''") -> str:
    """SQL of the reason why a text has no value; NULL where nothing is wrong."""
    empty = "'empty'" if is_required else "NULL"
    wrong = f"({value(kind, x, style, currency)}) IS NULL"
    why = f"WHEN {_is_error(x)} THEN {literal(OF_A_SPREADSHEET)} WHEN {wrong} THEN {_why(kind, x, style)}"
    return f"CASE WHEN {is_blank(x)} THEN {empty} {why} END"


def strict_value(kind: str, x: str, is_required: bool, style: Style, currency: str = "''") -> str:
    """SQL of the value that stops the query where there is a complaint."""
    if kind in (ID, TEXT) and not is_required:
        return f"CASE WHEN {is_blank(x)} THEN NULL WHEN {_is_error(x)} THEN error('wrong') ELSE {x} END"
    fits = value(kind, x, style, currency)
    stop = f"error('wrong')::{sql_type(kind, style)}"
    if kind == MOMENT and style.is_zoned:  # one without an offset is counted
        fits = f"CASE WHEN {zoned(x, style)} IS NOT NULL THEN {fits} END"
    otherwise = stop if is_required else f"CASE WHEN NOT {is_blank(x)} THEN {stop} END"
    return f"coalesce({fits}, {otherwise})"


def is_over(number: str) -> str:
    """SQL: whether a computed number has more digits than money may have."""
    return f"abs({number}) >= 1{'0' * DIGITS[MONEY][0]}"


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


def naive_form(form: str) -> str:
    """A form of moments without its offset.

    >>> naive_form("%Y-%m-%d %H:%M:%S %z"), naive_form("%Y-%m-%dT%H:%M:%SZ")
    ('%Y-%m-%d %H:%M:%S', '%Y-%m-%dT%H:%M:%S')
    """
    return form.replace("%z", "").removesuffix("Z").strip()


def _forms(form: str) -> list[str]:
    """A form, and the same with a fraction of a second; the usual one with a T too."""
    forms = [form, form.replace("%S", "%S.%n")]
    if naive_form(form) == config.Csv().datetime_format:
        forms += [form.replace(" ", "T", 1) for form in forms]
    return list(dict.fromkeys(forms))


def _moment(x: str, style: Style) -> str:
    """SQL: the moment a text says as declared, or its day alone; with an offset or Z an instant, whatever the zone of
    the others."""
    naive = f"try_strptime({x}, [{_literals([*_forms(naive_form(style.csv.datetime_format)), style.csv.date_format])}])"
    return f"coalesce({zoned(x, style)}, {naive} AT TIME ZONE {literal(style.zone)})" if style.is_zoned else naive


def zoned(x: str, style: Style) -> str:
    """SQL: the instant that a text says with its offset or Z; NULL where it says none."""
    form = style.csv.datetime_format
    zulu = form.replace(" %z", "Z").replace("%z", "Z")
    tried = [f"try_strptime({x}, [{_literals(_forms(form))}])"] if "%z" in form else []
    tried.append(f"try_strptime({x}, [{_literals(_forms(zulu))}]) AT TIME ZONE 'UTC'")
    return f"coalesce({', '.join(tried)})"


def _literals(texts: list[str]) -> str:
    return ", ".join(map(literal, dict.fromkeys(texts)))


def _digits(kind: str, csv: config.Csv) -> str:
    """A pattern of the digits of a number with their marks, in groups of three, or as in India (1,23,456)."""
    whole, fine = DIGITS[kind]
    group, mark = GROUPS[csv.thousands], re.escape(csv.decimal)
    digits = rf"\d{{1,{whole}}}"
    if group:
        digits = rf"(?:{digits}|\d{{1,3}}(?:{group}\d{{3}})+|\d{{1,2}}(?:{group}\d{{2}})+{group}\d{{3}})"
    decimals = rf"{mark}\d{{1,{fine}}}0*" if fine else rf"{mark}0+"
    return rf"(?:{digits}(?:{decimals})?|{decimals})"


def _number(kind: str, csv: config.Csv) -> str:
    return rf" *[+-]?{_digits(kind, csv)} *"


def _plain(x: str, csv: config.Csv) -> str:
    if csv.thousands:
        x = f"regexp_replace({x}, {literal(GROUPS[csv.thousands])}, '', 'g')"
    return x if csv.decimal == "." else f"replace({x}, {literal(csv.decimal)}, '.')"


def _why(kind: str, x: str, style: Style) -> str:
    if kind in DIGITS:
        return _why_no_number(kind, x, style)
    if kind == TRUTH:
        return "'neither true nor false'"
    outside = f"'outside {FIRST_DAY[:4]}–{LAST_DAY[:4]}'"
    unread = literal(f"no such day, or not written as {style.csv.datetime_format} or {style.csv.date_format}")
    return f"CASE WHEN {_moment(x, style)} IS NOT NULL THEN {outside} ELSE {unread} END"


def _why_no_number(kind: str, x: str, style: Style) -> str:
    whole, fine = DIGITS[kind]
    csv = style.csv
    bare = f"regexp_replace(ascii_digits({x}), {literal(GROUPS[csv.thousands] or ' ')}, '', 'g')"
    number = literal(rf"^ *[+-]?(\d*)(?:{re.escape(csv.decimal)}(\d*?)0*)? *$")
    parts = [f"length(regexp_extract({bare}, {number}, {part}))" for part in (1, 2)]
    unmarked = f"loose_{kind}(without_any_mark(ascii_digits({x})))"
    others = "[" + ",.'’ \u00a0\u202f".replace(csv.decimal, "") + "]"
    group = literal(rf"\D*\d{{1,3}}{others}\d{{3}}(\D.*)?")
    grouped = f"NOT {bool(csv.thousands)} AND regexp_full_match({x}, {group})"
    foreign = literal(f"marked with another currency or unit than {style.currency or 'its own'}")
    hint = literal(f"not a number with the decimal mark {csv.decimal}; if thousands are grouped, set csv.thousands")
    return (
        f"CASE WHEN {parts[0]} > {whole} THEN 'over the limit of {whole} digits' "
        f"WHEN {parts[1]} > {fine} THEN 'more than {fine} decimals' "
        f"WHEN {unmarked} IS NOT NULL THEN {foreign} "
        f"WHEN {grouped} THEN {hint} "
        f"ELSE {literal(f'not a number with the decimal mark {csv.decimal}')} END"
    )
