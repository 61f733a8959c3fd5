"""What a source holds, in a few lines for a person who is mapping it: `client-rating check`."""

from collections.abc import Iterator

import ibis

from helpers import schema
from helpers.analysis.control_totals import control_totals
from helpers.analysis.rating import best_clients
from helpers.errors import BadData, ReportError
from helpers.findings import Finding, english, first_places, to_type
from helpers.sales import Sales
from helpers.sales.quality import findings, kept_out_csv, reasons_in_quarantine
from helpers.settings.company import refuse_unconfirmed

BEST_SHOWN = 5
LABELS = {"guess": "guess", "stop": "stop", "tell": "note", "left out": "left out"}


def describe_source(sales: Sales) -> Iterator[str]:
    """Every finding, rows and dates of each table, lines in the period, the levels reached and what the next ones need,
    the exit code of a run; raises in the end what a run would end with."""
    yield f"company      {sales.company.company} ({sales.name})"
    yield f"period       {sales.period.name}: {sales.period.first} to {sales.period.last}, {sales.company.timezone}"
    noticed = _findings(sales)
    for finding in noticed:
        yield from _as_lines(finding, sales.company.currency)
    yield from _kept_out(sales, noticed)
    yield from _tables(sales)
    have = schema.reached({name: set(table.columns) for name, table in sales.source.tables.items()})
    for level, gives, needs in schema.LEVELS:
        yield f"level {level}      {'yes' if have[level] else 'no '} {gives}" + (
            "" if have[level] else f" (map {' or '.join(needs)})"
        )
    try:
        refuse_unconfirmed(sales.company)
        control_totals(sales)
    except ReportError as error:
        yield f"a run        would end with exit code {error.exit_code}, and so does this check"
        raise
    yield "a run        would end with exit code 0"


def first_impression(sales: Sales) -> Iterator[str]:
    """The period's total and its best clients, for a person to recognise."""
    total = sum(sales.by_reason[sales.by_reason.reason.isna()].amount)
    yield f"in {sales.period.name:<9} {total:,.2f} {sales.company.currency}"
    for row in best_clients(sales, BEST_SHOWN).itertuples():
        yield f"             {row.net:,.2f}  {row.client_name or row.client_id}"


def _findings(sales: Sales) -> tuple[Finding, ...]:
    """The findings; none where a word that nobody mapped keeps the lines from being told apart: a run ends with it."""
    try:
        return findings(sales)
    except BadData:
        return ()


def _as_lines(finding: Finding, currency: str) -> Iterator[str]:
    yield f"{LABELS[finding.kind.severity]:<12} {english(finding, currency)}"
    if "{detail}" not in finding.kind.one + finding.kind.remedy:
        yield from (f"             {place}" for place in first_places(finding))
    if typed := to_type(finding):
        yield f"             in source.yaml: {typed}"


def _kept_out(sales: Sales, noticed: tuple[Finding, ...]) -> Iterator[str]:
    """The rows that could not be read, and of tables beside the sales which; those of the sales are findings."""
    source, listed = sales.source, {place for finding in noticed for place in finding.sample}
    yield f"kept out     {source.rows_quarantined + source.rows_rejected:,} rows" + "".join(
        f"; see {kept_out_csv(path, sales.company.csv.delimiter)}" for path in source.quarantine
    )
    for quarantine in source.quarantine:
        yield from (f"             {row}" for row in reasons_in_quarantine(quarantine) if row not in listed)
    for skipped in source.skipped:
        if skipped.table != "sale_line":
            yield f"skipped      {skipped.table}: {skipped.rows:,} rows: {skipped.why}"


def _tables(sales: Sales) -> Iterator[str]:
    tables = sales.source.tables
    for name, table in tables.items():
        yield f"{name:<12} {table.count().execute():,} rows: {', '.join(table.columns)}"
    lines = tables["sale_line"]
    first, last = lines.agg(first=lines.sold_at.min(), last=lines.sold_at.max()).execute().iloc[0]
    yield f"dates        {sales.clock.local(first)} to {sales.clock.local(last)}"
    counted = sales.counted.agg(n=ibis._.count(), net=ibis._.amount.sum()).execute().iloc[0]
    yield f"in period    {counted.n:,} lines, {counted.net or 0:,.2f} {sales.company.currency}"
