"""Our column names over theirs, and our types over theirs.

In comes a table as an engine shows it with its mapping, out comes the same with the columns of `schema`; a column that
is missing or of a type that cannot be ours is one sentence.
"""

import functools
import math
import operator
import re
from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir

from helpers import schema
from helpers.errors import BadConfiguration, BadData, did_you_mean
from helpers.settings.company import Table
from helpers.source import sql


def terms(text: str) -> list[str]:
    """Their names and the signs between them in turn, of at most two factors a product; empty for a plain name.

    >>> terms("Qty * Unit price - Rebate"), terms("Amount"), terms("a * b * c")
    (['Qty', '*', 'Unit price', '-', 'Rebate'], [], [])
    """
    result = re.split(r" ([*+-]) ", text)
    return result if len(result) > 1 and "**" not in "".join(result[1::2]) else []


def renamed(name: str, raw: ir.Table, table: Table) -> ir.Table:
    """Our column names over theirs; equal names may be left out of the mapping, further columns are not read."""
    read = parts_read(name, raw.columns, table)
    return raw.select(**{c: _computed(raw, parts) if len(parts) > 1 else raw[parts[0]] for c, parts in read.items()})


def parts_read(name: str, have: Sequence[str], table: Table) -> dict[str, list[str]]:
    """Our column → the columns of a file it is made of, with the signs between them. Raises BadData for one that the
    file has not."""
    own = [c for c in have if schema.is_own(name, c)]
    read = {c: [c] for c in [*schema.TABLES[name], *own] if c in have}
    for ours, theirs in table.columns.items():
        read[ours] = [theirs] if theirs in have else terms(theirs) or [theirs]
        for part in read[ours][::2]:
            if part not in have:
                raise BadData(f"{table.from_}: no column '{part}' for {name}.{ours}{did_you_mean(part, have)}")
    for ours in schema.REQUIRED[name]:
        if ours not in read:
            raise BadData(f"{table.from_}: no column is mapped as {name}.{ours}{did_you_mean(ours, have)}")
    return read


def _computed(raw: ir.Table, parts: list[str]) -> ir.DecimalColumn:
    """An exact sum or product of columns, from their names and the signs between them."""
    products = [[raw[name].cast("decimal(19, 6)") for name in term.split(" * ")]
                for term in re.split(" [+-] ", " ".join(parts))]  # fmt: skip
    signs = ["+", *(sign for sign in parts[1::2] if sign != "*")]
    values = [math.prod(factors[1:], start=factors[0]).cast("decimal(38, 12)") for factors in products]
    signed = [value if sign == "+" else -value for sign, value in zip(signs, values, strict=True)]
    return functools.reduce(operator.add, signed)


def mapping(name: str, table: Table, have: list[str], dialect: str) -> dict[str, str]:
    """Our columns → SQL expressions over `from`: those that source.yaml names, and no other. Raises BadConfiguration
    for a required one that it does not name."""
    if missing := [ours for ours in schema.REQUIRED[name] if ours not in table.columns]:
        equal = [ours for ours in missing if ours in have]
        example = f"{(equal or missing)[0]}: {(equal or have or ['NAME'])[0]}"
        raise BadConfiguration(f"{name}: of a database only what is named is read: name {', '.join(missing)}, as in "
                               f"`{example}`; it has {', '.join(have)}")  # fmt: skip
    return {ours: sql.column(text, dialect) for ours, text in table.columns.items()}


MONEY_DIGITS = 18  # of an amount; a wider decimal cannot be multiplied by a rate
LARGEST_WHOLE = 2**53  # from here on a double no longer tells neighbours apart


def with_whole_ids(name: str, table: ir.Table) -> ir.Table:
    """Ids that are doubles as texts: 12345.0 is '12345'; NaN is none, and what is no whole number stays as it is."""
    ids = [c for c in table.columns if schema.kind_of(name, c) == schema.ID and table[c].type().is_floating()]
    return table.mutate(**{c: _whole_id(table[c]) for c in ids})


def _whole_id(column: ir.FloatingColumn) -> ir.StringColumn:
    is_whole = (column == column.floor()) & (column.abs() < LARGEST_WHOLE)
    whole = ibis.ifelse(is_whole, column, ibis.null("float64")).cast("int64").cast("string")
    return ibis.ifelse(column.isnan(), ibis.null("string"), ibis.coalesce(whole, column.cast("string")))


def typed(name: str, table: ir.Table, written: Mapping[str, str], in_sql: bool = True) -> ir.Table:
    """The table with columns of our types; ids keep an integer type until they leave the engine, it is faster.
    `written` is what source.yaml says of the columns, a database's SQL or, without `in_sql`, names of a file's.

    Raises BadData for a type that cannot be ours.
    """
    columns = {}
    for ours in table.columns:
        column = table[ours] if schema.is_own(name, ours) else _cast(table[ours], schema.TABLES[name][ours])
        if column is None:
            kind, theirs = schema.TABLES[name][ours], written.get(ours, ours)
            advice = (_advice_in_sql if in_sql else _advice_of_file)(ours, theirs, kind, table[ours])
            raise BadData(f"{name}.{ours} is of type {table[ours].type()}, expected {EXPECTED[kind]}; {advice}")
        columns[ours] = column.name(ours)
    if name == "sale_line" and not _is_exact(table.amount):
        columns["is_rounded"] = table.amount.cast("float64") != columns["amount"].cast("float64")
    return table.select(**columns)


def _is_exact(column: ir.Column) -> bool:
    """Whether a column is a decimal of at most four places; a numeric without declared places may hold any."""
    dtype = column.type()
    return dtype.is_integer() or (dtype.is_decimal() and dtype.scale is not None and dtype.scale <= 4)


def _is_blank(column: ir.StringColumn) -> ir.BooleanColumn:
    """Nothing but white space. The first half is for speed: what begins with a letter or digit is never blank.
    (`strip` of Ibis 12 takes the letters f and v off on Spark.)"""
    return (column < "!") & column.re_search(r"^\s*$")


def _cast(column: ir.Column, kind: str) -> ir.Column | None:
    """A column in our type; None where it cannot be."""
    dtype = column.type()
    if kind in (schema.ID, schema.TEXT) and (dtype.is_string() or dtype.is_integer()):
        return column if dtype.is_integer() else ibis.ifelse(_is_blank(column), ibis.null("string"), column)
    if kind == schema.MONEY and dtype.is_decimal() and _is_exact(column) and 0 < (dtype.precision or 0) <= MONEY_DIGITS:
        return column
    if kind == schema.MONEY and dtype.is_numeric():
        return (column.round(4) if dtype.is_floating() else column).cast("decimal(18, 4)")
    if kind == schema.MOMENT and (dtype.is_timestamp() or dtype.is_date()):
        return column
    if kind == schema.DAY and (dtype.is_timestamp() or dtype.is_date()):
        return column.cast("date")
    if kind == schema.NUMBER and dtype.is_numeric():
        return column.cast("decimal(18, 6)")
    if kind == schema.RATE and dtype.is_numeric():
        return column.cast("decimal(18, 10)")
    if kind == schema.WHOLE and dtype.is_integer():
        return column.cast("int64")
    if kind == schema.TRUTH and (dtype.is_boolean() or dtype.is_integer()):
        return column.cast("boolean")
    return None


def _advice_in_sql(ours: str, theirs: str, kind: str, column: ir.Column) -> str:
    if column.get_backend().name == "mysql" and column.type().is_string() and kind in NUMBERS:
        return "name a view in which it is a number: this server casts 1,5 to 1 without a word"
    is_number = kind == schema.ID and column.type().is_numeric()
    return f"write {ours}: CAST({theirs} AS {'bigint' if is_number else IN_SQL[kind]})"


def _advice_of_file(ours: str, theirs: str, kind: str, column: ir.Column) -> str:
    dtype = column.type()
    more = ", or set whole_number_ids: true" if kind == schema.ID and dtype.is_floating() else ""
    more = f", or write {ours}: trim({theirs}), which reads it as a text of a CSV file" if dtype.is_string() else more
    return f"convert it in the source{more}"


EXPECTED = {
    schema.ID: "text or whole numbers",
    schema.TEXT: "text",
    schema.MONEY: "a number",
    schema.NUMBER: "a number",
    schema.RATE: "a number",
    schema.WHOLE: "whole numbers",
    schema.DAY: "a date",
    schema.MOMENT: "a date or a timestamp",
    schema.TRUTH: "true or false",
}
NUMBERS = (schema.MONEY, schema.NUMBER, schema.RATE, schema.WHOLE)
IN_SQL = {
    schema.ID: "varchar",
    schema.TEXT: "varchar",
    schema.MONEY: "decimal(18, 4)",
    schema.NUMBER: "decimal(18, 6)",
    schema.RATE: "decimal(18, 10)",
    schema.WHOLE: "bigint",
    schema.DAY: "date",
    schema.MOMENT: "timestamp",
    schema.TRUTH: "boolean",
}
"""What a database's column is cast to; sqlglot writes it in the database's own words."""
