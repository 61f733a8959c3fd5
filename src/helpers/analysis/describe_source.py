"""What a source holds, in a few lines for a person who is mapping it: `client-rating check`."""

import glob
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ibis

from helpers import schema
from helpers.sales import Sales
from helpers.source.duckdb_connection import connect_duckdb

NOTES = {
    "extra_columns": "columns that nothing maps",
    "fine_amounts": "amounts with more than two decimals, summed in full",
    "float_amounts": "amounts that came as binary fractions, rounded to four decimals",
    "mixed_dates": "texts beside dates in a workbook's column of days; day and month of the dates may be swapped",
    "unread_sheets": "further sheets of a workbook, not read; name them in from: book.xlsx#Sheet2, or all by #*",
    "odd_words": "words of letters that no language writes together; is csv.encoding right?",
}

FEW = 5
"""Rows kept out that are told of; they are named, their content is not."""


def describe_source(sales: Sales) -> Iterator[str]:
    """Rows and dates of each table, lines in the period, the levels reached, and what the next ones need."""
    tables = sales.source.tables
    yield f"company      {sales.company.company} ({sales.name})"
    yield f"period       {sales.period.name}: {sales.period.first} to {sales.period.last}, {sales.company.timezone}"
    for name, table in tables.items():
        yield f"{name:<12} {table.count().execute():,} rows: {', '.join(table.columns)}"
    kept_out = sales.source.rows_quarantined + sales.source.rows_rejected
    yield f"kept out     {kept_out:,} rows" + "".join(f"; see {p}" for p in sales.source.quarantine)
    for quarantine in sales.source.quarantine:
        for file, line, column, reason in _kept_out(quarantine):
            yield f"             {file}, line {line}{f', {column}' if column else ''}: {reason}"
    for skipped in sales.source.skipped:
        amount = "" if skipped.amount is None else f", {skipped.amount:,.2f} {sales.company.currency}"
        yield f"skipped      {skipped.table}: {skipped.rows:,} rows{amount}: {skipped.why}"
    for key, count in sales.source.notes.items():
        table, _, code = key.partition(".")
        yield f"note         {table}: {count:,} {NOTES[code]}"
    lines = tables["sale_line"]
    first, last = lines.agg(first=lines.sold_at.min(), last=lines.sold_at.max()).execute().iloc[0]
    yield f"dates        {sales.local(first)} to {sales.local(last)}"
    counted = sales.counted.agg(n=ibis._.count(), net=ibis._.amount.sum()).execute().iloc[0]
    yield f"in period    {counted.n:,} lines, {counted.net or 0:,.2f} {sales.company.currency}"
    for row in sales.left_out.itertuples():
        yield f"left out     {row.lines:,} lines, {row.reason}"
    have = schema.reached({name: set(table.columns) for name, table in tables.items()})
    for level, gives, needs in schema.LEVELS:
        yield f"level {level}      {'yes' if have[level] else 'no '} {gives}" + (
            "" if have[level] else f" (map {' or '.join(needs)})"
        )


def _kept_out(quarantine: Path) -> list[tuple[Any, ...]]:
    """file, line, column, reason of the first rows of a quarantine file."""
    with connect_duckdb() as con:
        found = con.read_parquet(glob.escape(str(quarantine))).limit(FEW)
        return found.project('file, line, "column", reason').fetchall()
