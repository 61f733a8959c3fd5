"""What is noticed of the data while they are read, counted and compared: the one list of findings.

In come sales, out come `Finding`s; how each is said, and what it weighs, is declared in `helpers.findings`.
"""

import csv
import datetime as dt
import glob
import os
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import ibis
import pandas as pd

from helpers import schema
from helpers.findings import Finding, in_yaml
from helpers.money import EXACT
from helpers.sales.basis import UNALLOCATED
from helpers.sales.currencies import rates_used, with_rates
from helpers.sales.identity import alike, needed_to_merge
from helpers.sales.lines import AMOUNT_OF
from helpers.sales.repeats import repeated_rows
from helpers.sales.sales import Sales
from helpers.sales.store import kept
from helpers.sales.sums import count_and_sum, totals_rows
from helpers.source import sql
from helpers.source.duckdb_connection import connect_duckdb
from helpers.spreadsheet import as_text

RHYTHM_DAYS = 365
MIN_PAUSES = 5
FULL_HISTORY_MONTHS = 12
SAMPLE_ROWS = 5
OF_THE_SOURCE = ("float_amounts", "odd_words", "mixed_dates", "unread_sheets", "extra_columns")
FEWEST_BELOW_ZERO = 4
FEWEST_REPEATED, FEWEST_TOTALS = 8, 3  # documents of several lines, and different amounts of theirs
ORDER = ("guess", "stop", "tell", "left out")
DIALECTS = {"pyspark": "spark"}
"""The engine's name → that of its SQL, where they differ."""
FACTS = ["branch_id", "reason", "lines", "amount", "none", "last", "unnamed", "returns", "positive_returns"]
"""What a row of the tally says beside how many lines each finding is about."""


@kept
def findings(sales: Sales) -> tuple[Finding, ...]:
    """What was noticed of the period's sales and of their source, what stops first; of a part of the company that of
    the whole, since what is wrong with a source shows there. Raises BadData for a word that nobody mapped."""
    if sales.part_of is not None:
        return findings(sales.part_of)
    rules = (_guessed, _left_out, _kept_out, _of_lines, _returns, _amounts_below_zero, _totals_rows, repeated_rows,
             _rates, _spellings, _documents, _orphan_clients, _orphan_branches, _orphan_price_lists,
             _late_branches, _future_lines, _no_sales, _uncovered_comparison,
             lambda each: history(each.history_months), _naive_times, _of_the_source)  # fmt: skip
    noticed = [each for rule in rules for each in rule(sales) if each.count]
    return tuple(sorted(noticed, key=lambda each: ORDER.index(each.kind.severity)))


def history(months: int) -> list[Finding]:
    """What so many whole months of history do to first purchases."""
    if months >= FULL_HISTORY_MONTHS:
        return []
    return [Finding("short_history", months) if months else Finding("no_history", 1)]


def reasons_in_quarantine(quarantine: Path) -> list[str]:
    """Why rows of a quarantine file are there, the most frequent reason first, with how many and where the first
    stand; they are named, their content is not."""
    with connect_duckdb() as con:
        rows = con.read_parquet(glob.escape(str(quarantine)))
        reasons = rows.query("kept", """
            SELECT file, coalesce("column", ''), reason, count(*) AS n, list(line ORDER BY line)[:3]
            FROM kept GROUP BY ALL ORDER BY n DESC, min(line) LIMIT 5
        """).fetchall()  # fmt: skip
    return [_reason(*reason) for reason in reasons]


def left_out_by(sales: Sales, name: str, condition: str) -> str:
    """What to write below sale_line so that rows are left out: of files a rule of `skip` by name, of a database a
    sub-select."""
    if sales.company.connect:
        engine = sales.source.con.name
        dialect = DIALECTS.get(engine, engine)
        return f"from: {in_yaml(sql.without(sales.company.sale_line.from_, condition, dialect))}"
    return f"skip: {{{name}: {in_yaml(condition)}}}"


def rule_for_empty(sales: Sales) -> str:
    """The setting that leaves out the rows of the sales that lack a column, where that is why most of those that cannot
    be read are none; else its form."""
    for quarantine in (file for file in sales.source.quarantine if file.parent.name.startswith("sale_line-")):
        with connect_duckdb() as con:
            rows = con.read_parquet(glob.escape(str(quarantine)))
            column, reason = rows.query("kept", """
                SELECT "column", reason FROM kept GROUP BY ALL ORDER BY count(*) DESC, min(line) LIMIT 1
            """).fetchone() or ("", "")  # fmt: skip
        if reason == "empty" and column in schema.REQUIRED["sale_line"]:
            empty = f"{sales.company.sale_line.columns.get(column, column)} IS NULL"
            return left_out_by(sales, f"no {column}", empty)
    return left_out_by(sales, "NAME", "CONDITION")


def _reason(file: str, column: str, why: str, count: int, lines: list[int]) -> str:
    of = f", {column}" if column else ""
    if count == 1:
        return f"{file}, line {lines[0]}{of}: {why}"
    more = ", …" if count > len(lines) else ""
    return f"{file}, lines {', '.join(map(str, lines))}{more}{of}: {why} ({count:,} rows)"


def kept_out_csv(quarantine: Path, delimiter: str) -> Path:
    """A quarantine file as CSV that a spreadsheet opens, beside it: file, line, column, reason, the row's text; no cell
    is taken for a formula."""
    path = quarantine.with_suffix(".csv")
    if not path.exists():
        with connect_duckdb() as con:
            rows = con.read_parquet(glob.escape(str(quarantine)))
            names, cells = rows.columns, rows.fetchall()
        with open(path, "w", encoding="utf-8-sig", newline="", opener=_for_its_owner) as file:
            writer = csv.writer(file, delimiter=delimiter)
            writer.writerows(
                [names, *([as_text(cell) if isinstance(cell, str) else cell for cell in row] for row in cells)]
            )
    return path


def _for_its_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _guessed(sales: Sales) -> Iterator[Finding]:
    names = tuple(sales.company.unconfirmed)
    yield Finding("guessed", len(names), sample=names)


def _left_out(sales: Sales) -> Iterator[Finding]:
    for row in sales.left_out.itertuples():
        if row.reason.startswith("in "):
            yield Finding("other_currency", row.lines, row.amount, (row.reason.removeprefix("in "),))
        else:
            yield Finding(row.reason.replace(" ", "_"), row.lines, row.amount)
    yield Finding("undated", int(sales.stored.undated))


def _kept_out(sales: Sales) -> Iterator[Finding]:
    source = sales.source
    rows = tuple(row for quarantine in source.quarantine for row in reasons_in_quarantine(quarantine))[:SAMPLE_ROWS]
    yield Finding("quarantined", source.rows_quarantined, sample=rows)
    yield Finding("rejected", source.rows_rejected, sample=rows)
    for skipped in source.skipped:
        if skipped.table == "sale_line":
            yield Finding("skipped", skipped.rows, skipped.amount, (skipped.why,))


def _counted(sales: Sales) -> pd.DataFrame:
    """The tally's rows of lines that count."""
    return sales.tally[sales.tally.reason.isna()]


def _of_lines(sales: Sales) -> Iterator[Finding]:
    counted = _counted(sales)
    sums = counted.drop(columns=["branch_id", "reason", "last"]).sum()
    amounts = {"no_client": sums["none"]}
    for code in (c for c in counted.columns if c not in FACTS and not c.startswith(AMOUNT_OF)):
        yield Finding(code, int(sums[code]), amounts.get(code, sums.get(f"{AMOUNT_OF}{code}")))


def _returns(sales: Sales) -> Iterator[Finding]:
    """Returns with the sign of sales, where most have it; of a few the signs that do not fit tell."""
    counted = _counted(sales)
    if "returns" in counted.columns and 2 * (count := int(counted.positive_returns.sum())) > counted.returns.sum():
        stored = "negative" if sales.company.returns_are_positive else "positive"
        yield Finding(f"returns_stored_{stored}", count, sum(counted[f"{AMOUNT_OF}positive_returns"], Decimal(0)))


def _totals_rows(sales: Sales) -> Iterator[Finding]:
    """Lines that are sums of others, and the rule that leaves them out."""
    rows, amount, rule = totals_rows(sales, _counted(sales))
    settled_by = f"sale_line: {{{left_out_by(sales, 'totals', rule)}}}" if sales.company.connect else ""
    yield Finding("totals_rows", rows, amount, (rule,), settled_by)


def _amounts_below_zero(sales: Sales) -> Iterator[Finding]:
    """Sales that are written with a minus: most of all lines up to now, where the period's total is below 0 too."""
    counted = _counted(sales)
    if sum(counted.amount.dropna(), Decimal(0)) < 0:
        lines = sales.until_end
        if "kind" in lines.columns:  # what gives back is told by its kind
            lines = lines.filter(lines.is_sale)
        below, net = count_and_sum(lines.filter(lines.amount < 0))
        above, more = count_and_sum(lines.filter(lines.amount >= 0))
        if below > max(above, FEWEST_BELOW_ZERO) and net + more < 0:
            amount = sales.company.sale_line.columns.get("amount", "amount")
            turned = f"0 - {amount}" if re.fullmatch(r"[\w. ]+", amount) else f"0 - ({amount})"
            yield Finding("amounts_below_zero", below, net, (in_yaml(turned),))


def _rates(sales: Sales) -> Iterator[Finding]:
    """What other currencies were worth, as a sentence; and those whose rate seems to be upside down."""
    lines = sales.source.tables["sale_line"]
    if "currency" in lines.columns and not sales.parameters.currency:
        lines = lines.filter(sales.clock.between(lines.sold_at, sales.period))
        company = sales.company
        used = rates_used(with_rates(lines, sales.source.tables.get("fx_rate"), company, sales.clock.day), company)
        said = {rate: rate.sentence(company.currency) for rate in used if rate.high}
        yield Finding("rates", sum(rate.lines for rate in said), sample=tuple(said.values()))
        doubtful = [rate for rate in said if rate.is_doubtful]
        code = "rates_per_report" if company.rate_is == "foreign_per_report" else "rates_per_foreign"
        yield Finding(code, sum(rate.lines for rate in doubtful), sample=tuple(said[rate] for rate in doubtful))


def _spellings(sales: Sales) -> Iterator[Finding]:
    """Ids that are another's but for what nobody sees, over the history and the period, with what all of them brought
    in the period."""
    lines = (sales.uncoded or sales).until_end
    if lines.client_id.type().is_string():
        is_now = lines.sold_at >= sales.clock.moment(sales.period.first)
        ids = alike(lines.mutate(amount=ibis.ifelse(is_now, lines.amount, 0)), sales.source.con.name)
        needed = needed_to_merge(list(ids.own)) if len(ids) else []
        amount = sum(ids.net, Decimal(0))
        yield Finding("client_spellings", len(ids) - ids.key.nunique(), amount, tuple(needed))


def _documents(sales: Sales) -> Iterator[Finding]:
    """Numbers of documents that stand for sales of several clients, branches or days; a payment has its own day. And
    documents of which each line says what the whole came to: all that have several lines, whatever was sold."""
    if not sales.has_documents or sales.company.basis == "paid":
        return
    lines = sales.counted.filter(sales.counted.is_sale)
    lines = lines.mutate(document=sales.document(lines))
    lines = lines.filter(lines.document.notnull())
    places, things = ("client_id", "branch_id", "sold_at"), [c for c in ("item_id", "quantity") if c in lines.columns]
    ends = {f"{c}_{end}": getattr(lines[c], end)() for c in (*places, "amount", *things) for end in ("min", "max")}
    each = lines.group_by("document").agg(lines=lines.count(), **ends)
    first, last = (sales.clock.day(each[f"sold_at_{end}"], sales.period.first) for end in ("min", "max"))
    is_reused = ibis.or_(*(each[f"{c}_min"] != each[f"{c}_max"] for c in places[:2]), first != last)
    is_alike = (each.lines > 1) & (each.amount_min == each.amount_max)
    if things:  # the same thing several times has the same price
        is_alike &= ibis.or_(*(each[f"{c}_min"] != each[f"{c}_max"] for c in things)).fill_null(False)
    counts = dict(reused=is_reused.sum(), several=(each.lines > 1).sum(), alike=is_alike.sum())
    facts = each.agg(
        **{name: count.fill_null(0) for name, count in counts.items()}, amounts=each.amount_min.nunique(where=is_alike),
        more=((each.lines - 1) * each.amount_min).sum(where=is_alike).cast(EXACT),
    ).to_pandas().iloc[0]  # fmt: skip
    if sales.company.sale_key == ["sale_id"]:
        yield Finding("reused_documents", int(facts.reused))
    if facts.alike == facts.several >= FEWEST_REPEATED and facts.amounts >= FEWEST_TOTALS:
        key = ", ".join(sales.company.sale_line.columns.get(c, c) for c in sales.company.sale_key)
        has_rule = not sales.company.connect and "day" not in sales.company.sale_key  # no column has the day alone
        of_lines = "" if has_rule else "sale_line: {amount: COLUMN}, by the column of a line's own amount"
        yield Finding("repeated_totals", int(facts.alike), facts.more, (key,), of_lines)


def _orphan_price_lists(sales: Sales) -> Iterator[Finding]:
    """Price lists that lines, clients or prices name and the table of price lists does not."""
    tables = sales.source.tables
    if (known := tables.get("price_list")) is not None:
        named = [table.price_list_id.cast("string") for table in tables.values() if "price_list_id" in table.columns]
        ids = {i for column in named for i in column.as_table().distinct().to_pandas().iloc[:, 0].dropna()}
        yield Finding("orphan_price_lists", len(ids - set(known.price_list_id.cast("string").to_pandas())))


def _no_sales(sales: Sales) -> Iterator[Finding]:
    if sales.begin and _counted(sales).empty:
        yield Finding("no_sales", 1, sample=(f"{sales.begin} – {sales.end}",))


def _uncovered_comparison(sales: Sales) -> Iterator[Finding]:
    if sales.before and not sales.comparable and sales.begin:
        yield Finding("uncovered_comparison", 1, sample=(f"{sales.begin}",))


def _orphan_clients(sales: Sales) -> Iterator[Finding]:
    if (master := sales.source.tables.get("client")) is not None:
        lines = sales.counted.filter(sales.counted.client_id.notnull())
        sold_to = lines.select(client_id=lines.client_id.cast("string")).distinct()
        known = master.select(client_id=master.client_id.cast("string"))
        yield Finding("orphan_clients", int(sold_to.anti_join(known, "client_id").count().execute()))


def _orphan_branches(sales: Sales) -> Iterator[Finding]:
    if not sales.branches.empty:
        ids = set(_counted(sales).branch_id.dropna()) - set(sales.branches.branch_id) - {UNALLOCATED}
        yield Finding("orphan_branches", len(ids), sample=tuple(sorted(ids)))


def _late_branches(sales: Sales) -> Iterator[Finding]:
    """Open branches that are silent for longer than they ever paused in the year before: late data look like a
    collapse. One whose pauses are too few to know is not judged."""
    days = _days_of_sales(sales)
    if not days.empty:
        pauses = days.groupby("branch_id").day.diff().groupby(days.branch_id)
        silence = days.day.max() - days.groupby("branch_id").day.max()
        is_late = (pauses.count() >= MIN_PAUSES) & (silence > pauses.max())
        labels = _open_branches(sales, pd.Index(silence.index))
        late = tuple(labels[branch] for branch in labels if is_late.get(branch, False))
        yield Finding("late_branches", len(late), sample=late)


def _days_of_sales(sales: Sales) -> pd.DataFrame:
    """Branch and day of the lines that count, each pair once and in order, in the year up to the period's end."""
    lines, since = sales.until_end, sales.period.last - dt.timedelta(days=RHYTHM_DAYS)
    lines = lines.filter((lines.sold_at >= sales.clock.moment(since)) & lines.branch_id.notnull())
    days = lines.select(branch_id=lines.branch_id.cast("string"), day=sales.clock.day(lines.sold_at, since)).distinct()
    pairs = days.to_pandas()
    return pairs.assign(day=pd.to_datetime(pairs.day)).sort_values(["branch_id", "day"], ignore_index=True)


def _open_branches(sales: Sales, sold: pd.Index) -> dict[str, str]:
    """Branch id → label: the opened ones of the master that a page shows, and those that sold, but for the closed."""
    master, last = sales.branches, sales.period.last
    is_closed = master.closed_on.map(lambda day: day is not None and day <= last).astype(bool)
    is_shown = master.opened_on.map(lambda day: sales.company.show_empty_branches and (day is None or day <= last))
    shown = dict.fromkeys([*master.branch_id[is_shown.astype(bool)], *sorted(set(sold) - {UNALLOCATED})])
    own = dict(zip(master.branch_id, master["name"], strict=True))
    names = {branch: own.get(branch) or branch for branch in shown if branch not in set(master.branch_id[is_closed])}
    twice = {name for name in names.values() if list(names.values()).count(name) > 1}
    return {branch: f"{name} ({branch})" if name in twice else name for branch, name in names.items()}


def _future_lines(sales: Sales) -> Iterator[Finding]:
    table = sales.source.tables["sale_line"]
    tomorrow = sales.clock.moment(sales.today + dt.timedelta(days=1))
    yield Finding("future_lines", int(table.filter(table.sold_at >= tomorrow).count().execute()))


def _naive_times(sales: Sales) -> Iterator[Finding]:
    """Times that name no offset beside others that do, until source.yaml says in which zone they are."""
    naive = sales.source.notes.get("sale_line.naive_times", 0)
    if not sales.company.times_are_in and naive < sales.stored.rows:
        yield Finding("naive_times", naive, sample=(sales.company.timezone,))


def _of_the_source(sales: Sales) -> Iterator[Finding]:
    notes = sales.source.notes
    for code in OF_THE_SOURCE:
        tables = [table for table in sales.source.tables if notes.get(f"{table}.{code}")]
        yield Finding(code, sum(notes[f"{table}.{code}"] for table in tables), sample=tuple(tables))
    yield Finding("writable_role", sales.source.writable_tables)
    yield Finding("server_rights", len(sales.source.server_rights), sample=sales.source.server_rights)
