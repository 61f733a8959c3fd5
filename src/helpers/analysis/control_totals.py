"""The control totals: sums made independently in the engine, compared to the cent.

In come sales of which a page has asked its questions; out come the figures that the page prints, the manifest carries
and the gate compares. Every answer kept on the sales is held against them: a difference of any size raises BadData, and
nothing is published.
"""

import datetime as dt
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from functools import singledispatch
from typing import TypeVar

import pandas as pd
from babel.numbers import get_currency_precision

from helpers.analysis.cross_report import CrossReport
from helpers.analysis.discounts import Discounts, DiscountsBy
from helpers.analysis.points import MostPoints
from helpers.analysis.printed_figures import printed_figures
from helpers.analysis.rating import Rating, ranked
from helpers.errors import BadData
from helpers.findings import Finding, english, to_type, unanswered
from helpers.money import EXACT
from helpers.sales import Number, Result, Sales, kept
from helpers.sales.lines import refuse_unmapped
from helpers.sales.quality import findings, kept_out_csv, reasons_in_quarantine, rule_for_empty
from helpers.settings.company import Company

R = TypeVar("R", bound=Result)
ZERO = Decimal(0)
EMPTY: Mapping[str, int | Decimal] = {}
BALANCE = ("opening", "accrued", "reversed", "redeemed", "expired", "adjusted", "closing")


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class ControlTotals(Result):
    """Rows read = accepted (they count) + left out + skipped + quarantined + rejected + out of period; total = by
    client = by branch = of the lines. Of a part of the company the rows of others are out of period too."""

    rows_read: int
    rows_accepted: int
    rows_quarantined: int
    rows_rejected: int
    rows_out_of_period: int
    rows_left_out: int
    rows_skipped: int = 0
    total: Decimal
    total_by_client: Decimal
    total_by_branch: Decimal
    total_of_lines: Decimal
    data_through: dt.datetime | None
    findings: tuple[Finding, ...] = ()
    confirmed: dict[str, int] = field(default_factory=dict)

    @property
    def frame(self) -> pd.DataFrame:
        """One row a total: total, value."""
        figures = self._figures()
        return pd.DataFrame({"total": list(figures), "value": pd.Series(list(figures.values()), dtype=object)})

    @property
    def figures(self) -> dict[str, Number | None]:
        """The total."""
        return dict(net=self.total)

    def to_json(self, figures: Mapping[str, int | Decimal] = EMPTY) -> str:
        """The control totals as text, the same bytes for the same data: what the gate and the manifest read; with the
        figures that a page prints."""
        checks: dict[str, object] = {k: _text(v) for k, v in self._figures().items()}
        listed = [
            dict(
                code=f.code,
                count=f.count,
                amount=None if f.amount is None else _text(f.amount),
                sample=f.sample,
                severity=f.kind.severity,
            )
            for f in self.findings
        ]
        stops = [f.code for f in unanswered(self.findings, self.confirmed)]
        checks |= {"findings": listed, "unanswered": stops}
        checks["figures"] = {name: _text(value) for name, value in sorted(figures.items())}
        return json.dumps(checks, indent=1, ensure_ascii=False) + "\n"

    def _figures(self) -> dict[str, int | Decimal]:
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name.startswith(("rows_", "total"))}


@kept
def control_totals(sales: Sales) -> ControlTotals:
    """Everything added up once more, straight from the lines; raises BadData where a cent or a row is missing.

    Example: `control_totals(sales).total`."""
    _refuse_unmapped_history(sales)
    facts = sales.tally[sales.tally.reason.isna()]
    of_lines, none = _straight(sales), sum(facts.none, ZERO)
    best = _answer(sales, Rating)
    table = ranked(sales, sales.is_compared) if best is None else best.table
    by_client = table.net.sum().fill_null(0).cast(EXACT).execute() + none
    totals = ControlTotals(
        reader=sales.reader, **_rows(sales), total=of_lines, total_by_client=by_client, total_of_lines=of_lines,
        total_by_branch=_by_branch(sales), data_through=sales.data_through, findings=findings(sales),
        confirmed=sales.company.confirmed,
    )  # fmt: skip
    _assert_equal("clients", by_client, of_lines)
    _assert_equal("branches", totals.total_by_branch, of_lines)
    _assert_rows(totals, sales)
    _assert_answered(totals.findings, sales.company)
    assert_answers_agree(sales, totals)
    return totals


def assert_answers_agree(sales: Sales, totals: ControlTotals) -> None:
    """Hold every answer that was asked so far against the totals; BadData where a cent is missing."""
    none = sum(sales.tally[sales.tally.reason.isna()].none, ZERO)
    for answer in list(sales.answers.values()):
        _assert_agrees(answer, totals, none)
        if isinstance(answer, Result) and answer.figures:
            _assert_figures(answer, printed_figures(sales, answer.figures))


def figures_of(sales: Sales) -> dict[str, int | Decimal]:
    """Every exact figure that the answers asked so far print, by its name."""
    answers = [answer for answer in sales.answers.values() if isinstance(answer, Result)]
    known = ((name, value) for answer in answers for name, value in answer.figures.items())
    return {
        name: value if isinstance(value, Decimal) else int(value)
        for name, value in known
        if value is not None and not isinstance(value, float)
    }


def _assert_figures(answer: Result, summed: dict[str, Number | None]) -> None:
    """Hold each figure that an answer prints against its query; one that the query cannot tell is held by nothing."""
    for name, shown in answer.figures.items():
        expected = summed.get(name, 0 if " " in name else None)  # of a month without lines there is no row
        if shown is not None and expected is not None and not _agrees(shown, expected, answer.reader.currency):
            raise BadData(f"the totals do not agree: {name} of {type(answer).__name__} is {shown}, "
                          f"by a query of its own {expected}; nothing is published")  # fmt: skip


def _agrees(shown: Number, expected: Number, currency: str) -> bool:
    """Whether two figures are the same; where the query divides, an amount may differ by a minor unit, which is what
    rounding so that parts add up gives and takes."""
    if not isinstance(expected, float):
        return shown == expected
    unit = 10.0 ** -get_currency_precision(currency) if isinstance(shown, Decimal) else 0
    return math.isclose(shown, expected, rel_tol=1e-9, abs_tol=unit + 1e-9)


def _text(value: int | Decimal) -> str:
    return f"{value:.4f}" if isinstance(value, Decimal) else str(value)


@singledispatch
def _assert_agrees(answer: object, totals: ControlTotals, none: Decimal) -> None:
    """Hold an answer that the page shows against the totals; most have nothing that must add up to them."""


@_assert_agrees.register
def _(cross: CrossReport, totals: ControlTotals, none: Decimal) -> None:
    """Each client's cells add up to its amount, each column to its total, and the rows not shown to the rest."""
    _assert_equal("corner", cross.corner, totals.total)
    _assert_equal("branches", sum((cross.total[k] for k in cross.branches.key), ZERO), totals.total)
    _assert_equal("rows of clients", Decimal(len(cross.clients)), Decimal(len(cross.cells)))
    for client, net in zip(cross.cells.itertuples(index=False), cross.clients.net, strict=True):
        _assert_equal("the cells of one client", sum(client, ZERO), net)
    for key in cross.branches.key:
        rows = [sum(cross.cells[key], ZERO), *(s[key] for s in (cross.other, cross.none) if s is not None)]
        _assert_equal("the rows of one column", sum(rows, ZERO), cross.total[key])
    named = totals.total_by_client - none
    _assert_equal("the clients not shown", cross.other_total, named - sum(cross.clients.net, ZERO))


@_assert_agrees.register
def _(result: Discounts, totals: ControlTotals, none: Decimal) -> None:
    _assert_equal("price lists", result.net, totals.total)


@_assert_agrees.register
def _(result: DiscountsBy, totals: ControlTotals, none: Decimal) -> None:
    if result.is_whole:
        _assert_equal(f"discounts by {result.key}", sum(result.rows.net, ZERO), totals.total)


@_assert_agrees.register
def _(result: MostPoints, totals: ControlTotals, none: Decimal) -> None:
    """Each client's balance equation holds, and the clients add up to the whole."""
    table = result.balances
    parts = table.opening + table.accrued - table.reversed - table.redeemed - table.expired + table.adjusted
    wrong = int(table.filter(parts != table.closing).count().execute())
    if wrong:
        raise BadData(f"the points of {wrong} clients do not add up; nothing is published")
    sums = table.agg(**{k: table[k].sum().fill_null(0).cast(EXACT) for k in BALANCE}).to_pandas().iloc[0]
    for name in BALANCE:
        _assert_equal(f"points {name}", sums[name], getattr(result.whole, name))


def _refuse_unmapped_history(sales: Sales) -> None:
    """A word that nobody mapped would silently leave a sale out of who is new, so it is an error at any date."""
    if sales.has("state") or sales.has("kind"):
        lines = sales.all_lines.filter(sales.all_lines.sold_at < sales.clock.moment(sales.period.last))
        words = lines.filter(lines.left_out.startswith("unmapped ")).select("left_out").distinct()
        refuse_unmapped(sorted(words.to_pandas().left_out), sales.company)


def _answer(sales: Sales, kind: type[R]) -> R | None:
    """The answer of a kind that the page has asked for, as it will be shown and filed."""
    return next((answer for answer in sales.answers.values() if isinstance(answer, kind)), None)


def _straight(sales: Sales) -> Decimal:
    """The net of the lines that count by the tally, which knows neither clients nor the cross report: the sum the
    others are held against."""
    return sum(sales.by_reason[sales.by_reason.reason.isna()].amount, ZERO)


def _by_branch(sales: Sales) -> Decimal:
    """The net of all lines that count, added up by branch: by the cross report where there is one, else by a scan."""
    cross = _answer(sales, CrossReport)
    if cross is not None:
        return sum((cross.total[k] for k in cross.branches.key), ZERO)
    lines = sales.counted
    sums = lines.group_by("branch_id").agg(net=lines.amount.sum().cast(EXACT))
    return sum(sums.net.fill_null(0).execute(), ZERO)


def _assert_equal(what: str, sum_: Decimal, expected: Decimal) -> None:
    if sum_ != expected:
        raise BadData(f"the totals do not agree: {what} give {sum_}, the lines {expected}; nothing is published")


def _assert_rows(totals: ControlTotals, sales: Sales) -> None:
    kept_out = totals.rows_left_out + totals.rows_skipped + totals.rows_quarantined + totals.rows_rejected
    parts = totals.rows_accepted + kept_out + totals.rows_out_of_period
    if parts != totals.rows_read:
        raise BadData(f"{totals.rows_read} rows were read and {parts} accounted for; nothing is published")
    bad = totals.rows_quarantined + totals.rows_rejected
    if bad > sales.company.tolerance:
        raise BadData(_unreadable(sales, bad))


def _unreadable(sales: Sales, rows: int) -> str:
    """What to say of rows that cannot be read: the first reason, where they stand, and what may be done."""
    reasons = [reason for quarantine in sales.source.quarantine for reason in reasons_in_quarantine(quarantine)]
    files = [kept_out_csv(quarantine, sales.company.csv.delimiter) for quarantine in sales.source.quarantine]
    first = f": {reasons[0]}" if reasons else ""
    see = "".join(f" See {file}." for file in files)
    rule = f"by name (sale_line: {{{rule_for_empty(sales)}}}) or "
    if not sales.source.rows_quarantined:  # of a broken line no column can be told
        rule = ""
    unread = f"{rows} rows could not be read as sale lines" if rows != 1 else "1 row could not be read as a sale line"
    return (
        f"{unread}, and tolerance: is {sales.company.tolerance}{first}. Mend them, or leave them out {rule}by number "
        f"(tolerance: {rows}).{see}"
    )


def _rows(sales: Sales) -> dict[str, int]:
    """Every row of the source by what became of it; accepted ones lie in the period and count."""
    kept_out = sales.source.rows_quarantined
    in_period = int(sales.by_reason.lines.sum())
    left_out = sales.left_out.set_index("reason").lines
    no_amount = int(left_out.get("no_amount", 0))
    count_out = int(left_out.sum()) - no_amount
    stored, undated = int(sales.stored.rows), int(sales.stored.undated)
    rejected, skipped = sales.source.rows_rejected, sales.source.rows_skipped
    return dict(rows_read=stored + kept_out + rejected + skipped, rows_accepted=in_period - no_amount - count_out,
                rows_quarantined=kept_out + no_amount + undated, rows_rejected=rejected,
                rows_out_of_period=stored - in_period - undated,
                rows_left_out=count_out, rows_skipped=skipped)  # fmt: skip


def _assert_answered(findings: tuple[Finding, ...], company: Company) -> None:
    """Raise BadData for what source.yaml must answer before anything is published; what rests on guesses never is, so
    its page may show what stops."""
    if company.unconfirmed:
        return
    if stops := unanswered(findings, company.confirmed):
        says = " ".join(f"{english(f, company.currency)} Say in source.yaml {to_type(f)}." for f in stops)
        raise BadData(f"{says} Nothing is published.")
