"""What a reader should know of the data: what was left out, how the rows add up, what the checks noticed.

In come LeftOut and ControlTotals, out come Drawings and sentences.
"""

from helpers.analysis.control_totals import ControlTotals, Note
from helpers.analysis.left_out import LeftOut
from helpers.page.charts import history_sentence
from helpers.page.drawing import Drawing, draw
from helpers.page.tables import Column, Table, notice, table_drawing
from helpers.page.words import Words, clean_name, known


@draw.register
def left_out(result: LeftOut, w: Words) -> Drawing:
    """The lines that are not in the report, by reason, with their amounts."""
    if result.rows.empty:
        return notice(w.gettext("Nothing was left out: every line of the period is in this report."), w)
    columns = [
        Column(w.gettext("Why"), is_number=False), Column(w.gettext("Lines")),
        Column(w.gettext("Amount, {currency}", currency=w.symbol)),
    ]  # fmt: skip
    rows = [
        [_reason(row["reason"], w), w.count(row["lines"]), w.amount(known(row["amount"]))]
        for row in result.rows.to_dict("records")
    ]
    return table_drawing(Table(w.gettext("What is not in this report"), columns, rows), w)


def _reason(code: str, w: Words) -> str:
    if code.startswith("in "):
        return w.gettext("Sales in {currency}, which this report does not add up", currency=code.removeprefix("in "))
    return {
        "draft": w.gettext("Drafts"),
        "cancelled": w.gettext("Cancelled documents"),
        "tip": w.gettext("Tips"),
        "gift_card": w.gettext("Gift cards sold (the later purchase counts)"),
        "quarantined": w.gettext("In quarantine: the line breaks the rules"),
        "rejected": w.gettext("Rejected: the line cannot be read"),
        "no_amount": w.gettext("Without an amount"),
        "undated": w.gettext("Without a date"),
        "not delivered": w.gettext("Not delivered yet"),
        "not ordered": w.gettext("Without an order"),
    }.get(code, code)


@draw.register
def control_totals(found: ControlTotals, w: Words) -> Drawing:
    """The control totals: how the rows add up, the total reached in four ways, and what the reader should
    know."""
    rows = [
        (w.gettext("Rows read"), w.count(found.rows_read)),
        (w.gettext("accepted in the period"), w.count(found.rows_accepted)),
        (w.gettext("outside the period"), w.count(found.rows_out_of_period)),
        (w.gettext("in quarantine"), w.count(found.rows_quarantined)),
        (w.gettext("rejected"), w.count(found.rows_rejected)),
        (w.gettext("Total"), w.money(found.total)),
        (w.gettext("by {client}", client=w.client()), w.money(found.total_by_client)),
        (w.gettext("by {branch}", branch=w.branch()), w.money(found.total_by_branch)),
        (w.gettext("summed again over the lines"), w.money(found.total_of_lines)),
    ]
    columns = [Column(w.gettext("Check"), is_number=False), Column(w.gettext("Result"))]
    data = found.data_through
    through = w.gettext("Data through {moment}.", moment=w.moment(data)) if known(data) is not None else ""
    notes = [through, *(note_sentence(note, w) for note in found.notes)]
    return table_drawing(Table(w.gettext("Control totals"), columns, [list(row) for row in rows]), w, notes)


def note_sentence(note: Note, w: Words) -> str:
    """What a check found, as a sentence; an unknown code says its own detail."""
    n, detail = note.count, clean_name(note.detail, 300)
    if note.code == "short_history":
        return history_sentence(int(detail or 0), w)
    return _line_note(note.code, n, w) or _id_note(note.code, n, detail, w) or detail


def _id_note(code: str, n: int, detail: str, w: Words) -> str:
    if code == "orphan_clients":
        return w.ngettext(
            "{n} {client} of the sales stands in no list and is shown by its id.",
            "{n} {client} of the sales stand in no list and are shown by their ids.",
            n,
            client=w.client(n),
        )
    if code == "orphan_branches":
        return w.ngettext(
            "{n} {branch} of the sales stands in no list and is shown by its id.",
            "{n} {branch} of the sales stand in no list and are shown by their ids.",
            n,
            branch=w.branch(n),
        )
    if code == "late_branches":
        return w.ngettext(
            "{n} {branch} sent its last document long before the others: {detail}.",
            "{n} {branch} sent their last documents long before the others: {detail}.",
            n,
            branch=w.branch(n),
            detail=detail,
        )
    return ""


def _line_note(code: str, n: int, w: Words) -> str:
    if code == "no_client":
        return w.ngettext(
            "{n} line has no {client}; it counts in every total.",
            "{n} lines have no {client}; they count in every total.",
            n,
            client=w.client(),
        )
    if code == "future_lines":
        return w.ngettext("{n} line is dated in the future.", "{n} lines are dated in the future.", n)
    if code == "sign_violations":
        return w.ngettext(
            "{n} line has a sign that does not fit its kind.",
            "{n} lines have a sign that does not fit their kind.",
            n,
        )
    if code == "fine_amounts":
        return w.ngettext(
            "{n} line has more decimals than {currency} have; it is summed in full.",
            "{n} lines have more decimals than {currency} have; they are summed in full.",
            n,
            currency=w.currency_name(),
        )
    if code in ("rounded_amounts", "float_amounts"):
        return w.ngettext(
            "{n} amount came as a binary fraction and was rounded to four decimals.",
            "{n} amounts came as binary fractions and were rounded to four decimals.",
            n,
        )
    if code == "odd_words":
        return w.ngettext(
            "{n} word of the file has letters that no language writes together; is its encoding the declared one?",
            "{n} words of the file have letters that no language writes together; is its encoding the declared one?",
            n,
        )
    return ""


def state(found: ControlTotals, w: Words) -> str:
    """The state of the data for the landing page: "complete", or what is late or left out, as a sentence."""
    serious = [n for n in found.notes if n.code == "late_branches"]
    return " ".join(note_sentence(n, w) for n in serious) or "complete"
