"""What a reader should know of the data: what was left out, how the rows add up, what the checks noticed.

In come LeftOut and ControlTotals, out come Drawings and sentences.
"""

from collections.abc import Sequence

from helpers.analysis.control_totals import ControlTotals
from helpers.analysis.left_out import LeftOut
from helpers.findings import Finding
from helpers.page.drawing import Drawing, draw, fill
from helpers.page.tables import Column, Table, notice, table_drawing
from helpers.page.words import Words, clean_name, known


@draw.register
def left_out(result: LeftOut, w: Words) -> Drawing:
    """The lines that are not in the report, by reason, with their amounts."""
    if not result.findings:
        return notice(w.gettext("Nothing was left out: every line of the period is in this report."), w)
    return _left_out_table(result.findings, w)


def _left_out_table(findings: Sequence[Finding], w: Words) -> Drawing:
    columns = [
        Column(w.gettext("What is not in this report"), is_number=False), Column(w.gettext("Lines")),
        Column(w.gettext("Amount, {currency}", currency=w.symbol)),
    ]  # fmt: skip
    rows = [[finding_sentence(f, w), w.count(f.count), w.amount(known(f.amount), w.digits)] for f in findings]
    return table_drawing(Table(w.gettext("What is not in this report"), columns, rows), w)


def _outside(totals: ControlTotals, w: Words) -> str:
    if totals.reader.is_part:
        return w.gettext("outside the period, or not of this part")
    return w.gettext("outside the period")


@draw.register
def control_totals(totals: ControlTotals, w: Words) -> Drawing:
    """The control totals: how the rows add up, the total reached in four ways, and what the reader should
    know."""
    rows = [
        (w.gettext("Rows read"), w.count(totals.rows_read)),
        (w.gettext("accepted in the period"), w.count(totals.rows_accepted)),
        (w.gettext("left out"), w.count(totals.rows_left_out)),
        (_outside(totals, w), w.count(totals.rows_out_of_period)),
        *([(w.gettext("skipped by a rule"), w.count(totals.rows_skipped))] if totals.rows_skipped else []),
        (w.gettext("in quarantine"), w.count(totals.rows_quarantined)),
        (w.gettext("rejected"), w.count(totals.rows_rejected)),
        (w.gettext("Total"), w.money(totals.total, w.digits)),
        (w.gettext("by {client}", client=w.client()), w.money(totals.total_by_client, w.digits)),
        (w.gettext("by {branch}", branch=w.branch()), w.money(totals.total_by_branch, w.digits)),
        (w.gettext("summed again over the lines"), w.money(totals.total_of_lines, w.digits)),
    ]
    columns = [Column(w.gettext("Check"), is_number=False), Column(w.gettext("Result"))]
    data = known(totals.data_through)
    through = w.gettext("Data through {moment}.", moment=w.moment(data)) if data is not None else ""
    noticed = [f for f in totals.findings if f.kind.severity != "left out" and f.kind.on_page]
    notes = [through, *(finding_sentence(finding, w) for finding in noticed)]
    table = table_drawing(Table(w.gettext("Control totals"), columns, [list(row) for row in rows]), w, notes)
    apart = [] if totals.reader.is_part else _apart(totals)  # what was left out is known of the whole company
    tables = [_left_out_table(apart, w), table] if apart else [table]
    html = fill("pair.html.j2", w, parts=[part.html for part in tables])
    return folded(passed(totals, w), Drawing("\n".join(part.text for part in tables), html), w)


def _apart(totals: ControlTotals) -> list[Finding]:
    """What is not in the report, whatever kept it out: a rule, its state, that it could not be read."""
    return [finding for finding in totals.findings if finding.kind.severity == "left out"]


def passed(totals: ControlTotals, w: Words) -> str:
    """That the totals agree, in one line."""
    is_part = totals.reader.is_part
    left = totals.rows_left_out if is_part else sum(finding.count for finding in _apart(totals))
    return w.gettext(
        "Checks passed: {counted} lines counted, {left} left out, totals agree to the cent.",
        counted=w.count(totals.rows_accepted), left=w.count(left),
    )  # fmt: skip


def folded(line: str, table: Drawing, w: Words) -> Drawing:
    """One line that opens on a click."""
    return Drawing(f"{line}\n{table.text}", fill("folded.html.j2", w, line=line, html=table.html))


def finding_sentence(finding: Finding, w: Words) -> str:
    """A finding in the reader's language."""
    n, kind = finding.count, finding.kind
    values = dict(
        client=w.client(), clients=w.client(n), branch=w.branch(), branches=w.branch(n), currency=w.currency_name(),
        amount=w.money(known(finding.amount), w.digits), detail=clean_name(", ".join(finding.sample), 300),
    )  # fmt: skip
    return w.ngettext(kind.one, kind.many, n, **values) if kind.many else w.gettext(kind.one, **values)


def state(totals: ControlTotals, w: Words) -> str:
    """The state of the data for the landing page: "complete", or what is late or left out, as a sentence."""
    serious = [f for f in totals.findings if f.code == "late_branches"]
    return " ".join(finding_sentence(f, w) for f in serious) or "complete"
