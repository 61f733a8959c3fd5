"""The key figures and the small tables: discounts, bonus points, what was left out, the checks.

In come the analyses' results, out come Pieces; a result the source cannot give is None and becomes a notice.
"""

from dataclasses import dataclass, field

from helpers.show.charts import history_sentence
from helpers.show.cross_table import known
from helpers.show.drawing import Piece, draw
from helpers.show.words import Words, capital, clean_name


@dataclass(frozen=True)
class Column:
    """A column's heading; numbers stand at the right, in figures of one width."""

    label: str
    is_number: bool = True


@dataclass(frozen=True)
class Table:
    """A small table ready to be drawn: its cells are text; the first of each row heads it, `foot` closes it."""

    caption: str
    columns: list[Column]
    rows: list[list[str]]
    foot: list[str] = field(default_factory=list)


def table_piece(table: Table, w: Words, notes=(), notices=()) -> Piece:
    """A table with its notes; a notice stands above it and is meant to be seen."""
    html = draw("table.html.j2", w, table=table, notes=[n for n in notes if n], notices=[n for n in notices if n])
    rows = [[c.label for c in table.columns], *table.rows, *([table.foot] if table.foot else [])]
    lines = ["  ".join(f"{cell:<24}" for cell in row).rstrip() for row in rows]
    return Piece(html, "\n".join([table.caption, *lines, *filter(None, [*notices, *notes])]))


def notice(text: str, w: Words) -> Piece:
    """One sentence instead of a table."""
    return Piece(draw("table.html.j2", w, table=Table("", [], []), notes=[text], notices=[]), text)


@dataclass(frozen=True)
class Figure:
    """A key number: label, value, and lines of (up | down | "", words) below it."""

    label: str
    value: str
    changes: list[tuple[str, str]]


def key_figures(summary, w: Words, before: str) -> Piece:
    """The numbers a director asks for first, each with its change on the comparison period, called `before`."""
    figures = [figure for figure in _figures(summary, w, before) if figure.value != "–"]
    said = "\n".join(w.facts(f"{f.label}: {f.value}", *(text for _, text in f.changes)) for f in figures)
    return Piece(draw("figures.html.j2", w, figures=figures), said)


def _figures(summary, w: Words, before: str) -> list[Figure]:
    average = summary.net / summary.sales_count if summary.sales_count and summary.net > 0 else None
    sales = w.ngettext("{n} sale", "{n} sales", summary.sales_count)
    return [
        Figure(w.gettext("Revenue"), w.money(summary.net), _money_change(summary, w, before)),
        Figure(capital(w.client(summary.clients)), w.count(summary.clients), _client_change(summary, w, before)),
        Figure(
            w.gettext("Average sale"), w.money(average),
            [("", sales), ("", w.gettext("in {branches}", branches=w.branches(summary.branches)) if summary.branches else "")],
        ),
        Figure(w.gettext("Margin"), w.money(known(summary.margin)), _margin(summary, w)),
        Figure(w.gettext("Discounts given"), w.money(known(summary.discount)), _percent(summary, w)),
        Figure(w.gettext("Bonus points given"), w.count(known(summary.points)), _points(summary, w)),
    ]  # fmt: skip


def _change(way: str, text: str, w: Words, before: str) -> tuple[str, str]:
    return way, w.gettext("{change} on {period}", change=text, period=before)


def _money_change(summary, w: Words, before: str) -> list[tuple[str, str]]:
    old = known(summary.net_before)
    if old is None:
        return []
    if old <= 0:
        return [("", w.gettext("{period}: {value}", period=capital(before), value=w.money(old)))]
    share = float((summary.net - old) / old)
    return [_change(_way(share), w.percent(abs(share)), w, before)]


def _client_change(summary, w: Words, before: str) -> list[tuple[str, str]]:
    old, new = known(summary.clients_before), known(summary.new_clients)
    lines = [] if old is None else [_change(_way(summary.clients - old), w.count(abs(summary.clients - old)), w, before)]
    return lines + ([] if new is None else [("", w.ngettext("{n} first purchase", "{n} first purchases", new))])


def _way(change: float) -> str:
    return "up" if change > 0 else "down" if change < 0 else ""


def _margin(summary, w: Words) -> list[tuple[str, str]]:
    lines = []
    if known(summary.margin_percent) is not None:
        lines.append(("", w.gettext("{share} of revenue", share=w.percent(summary.margin_percent))))
    if known(summary.cost_coverage) is not None and summary.cost_coverage < 1:
        lines.append(("", w.gettext("costs known for {share} of lines", share=w.percent(summary.cost_coverage))))
    return lines


def _percent(summary, w: Words) -> list[tuple[str, str]]:
    share = known(summary.discount_percent)
    return [] if share is None else [("", w.gettext("{share} of base prices", share=w.percent(share)))]


def _points(summary, w: Words) -> list[tuple[str, str]]:
    worth = known(summary.points_value)
    return [] if worth is None else [("", w.gettext("worth {amount}", amount=w.money(worth)))]


def discounts(found, w: Words) -> Piece:
    """What each price list sold and gave away, and the waterfall's other parts."""
    if found is None:
        return notice(w.gettext("The source has no base prices, so discounts cannot be shown."), w)
    columns = [
        Column(w.gettext("Price list"), is_number=False), Column(capital(w.client(3))),
        Column(w.gettext("Sold, {currency}", currency=w.symbol)), Column(w.gettext("At base prices, {currency}", currency=w.symbol)),
        Column(w.gettext("Discount, {currency}", currency=w.symbol)), Column(w.gettext("Discount, %")),
    ]  # fmt: skip
    rows = [_discount_row(row, w) for row in found.by_list.to_dict("records")]
    foot = [w.gettext("Total"), "", *map(w.amount, (found.net, found.base, found.list_discount)), w.percent(found.percent)]
    notes = [
        w.gettext("Base prices are known for {share} of the lines; discounts are counted on these.", share=w.percent(found.coverage))
        if found.coverage is not None and found.coverage < 1 else "",
        w.gettext("Besides: discounts by hand {manual}, coupons {coupon}, paid with bonuses {bonus}.",
                  manual=w.money(found.manual_discount), coupon=w.money(found.coupon_discount), bonus=w.money(found.bonus_paid))
        if any((found.manual_discount, found.coupon_discount, found.bonus_paid)) else "",
        w.ngettext("{n} line was sold by another list than the one assigned.", "{n} lines were sold by another list than the one assigned.",
                   found.off_list_lines) if found.off_list_lines else "",
    ]  # fmt: skip
    return table_piece(Table(w.gettext("Price lists and discounts"), columns, rows, foot), w, notes)


def _discount_row(row: dict, w: Words) -> list[str]:
    base, discount = known(row["base"]), known(row["discount"])
    share = float(discount / base) if base and discount is not None else None
    label = clean_name(known(row["price_list"]) or known(row["price_list_id"])) or w.gettext("(no price list)")
    return [label, w.count(row["clients"]), *map(w.amount, (row["net"], base, discount)), w.percent(share)]


def bonus_points(points, w: Words) -> Piece:
    """The points of the period from opening to closing, and what they may still cost."""
    if points is None:
        return notice(w.gettext("The source has no bonus points."), w)
    parts = [
        (w.gettext("At the beginning"), points.opening), (w.gettext("Accrued"), points.accrued),
        (w.gettext("Taken back for returns"), -points.reversed), (w.gettext("Redeemed"), -points.redeemed),
        (w.gettext("Expired"), -points.expired), (w.gettext("Adjusted"), points.adjusted),
    ]  # fmt: skip
    rows = [[label, w.count(value + 0)] for label, value in parts]
    columns = [Column(w.gettext("Bonus points"), is_number=False), Column(w.gettext("Points"))]
    worth = ""
    if known(points.liability) is not None:
        worth = w.gettext("At {value} a point they are worth {amount}.", value=w.money(points.point_value, max(2, -points.point_value.as_tuple().exponent)),
                          amount=w.money(points.liability))  # fmt: skip
    foot = [w.gettext("At the end"), w.count(points.closing)]
    return table_piece(Table(w.gettext("Bonus points"), columns, rows, foot), w, [worth])


def left_out(frame, w: Words) -> Piece:
    """The lines that are not in the report, by reason, with their amounts."""
    if not len(frame):
        return notice(w.gettext("Nothing was left out: every line of the period is in this report."), w)
    columns = [
        Column(w.gettext("Why"), is_number=False), Column(w.gettext("Lines")),
        Column(w.gettext("Amount, {currency}", currency=w.symbol)),
    ]  # fmt: skip
    rows = [[_reason(row["reason"], w), w.count(row["lines"]), w.amount(known(row["amount"]))] for row in frame.to_dict("records")]
    return table_piece(Table(w.gettext("What is not in this report"), columns, rows), w)


def _reason(code: str, w: Words) -> str:
    return {
        "draft": w.gettext("Drafts"),
        "cancelled": w.gettext("Cancelled documents"),
        "tip": w.gettext("Tips"),
        "gift_card": w.gettext("Gift cards sold (the later purchase counts)"),
        "quarantined": w.gettext("In quarantine: the line breaks the rules"),
        "rejected": w.gettext("Rejected: the line cannot be read"),
        "no_amount": w.gettext("Without an amount"),
        "undated": w.gettext("Without a date"),
    }.get(code, code)


def checks(found, w: Words) -> Piece:
    """The control totals: how the rows add up, the total reached in four ways, and what the reader should know."""
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
    return table_piece(Table(w.gettext("Control totals"), columns, [list(row) for row in rows]), w, notes)


def note_sentence(note, w: Words) -> str:
    """What a check found, as a sentence."""
    n, detail = note.count, clean_name(note.detail, 300)
    sentences = {
        "orphan_clients": lambda: w.ngettext("{n} {client} of the sales stands in no list and is shown by its id.",
                                             "{n} {client} of the sales stand in no list and are shown by their ids.", n, client=w.client(n)),
        "orphan_branches": lambda: w.ngettext("{n} {branch} of the sales stands in no list and is shown by its id.",
                                              "{n} {branch} of the sales stand in no list and are shown by their ids.", n, branch=w.branch(n)),
        "future_lines": lambda: w.ngettext("{n} line is dated in the future.", "{n} lines are dated in the future.", n),
        "late_branches": lambda: w.ngettext("{n} {branch} sent its last document long before the others: {detail}.",
                                            "{n} {branch} sent their last documents long before the others: {detail}.", n, branch=w.branch(n), detail=detail),
        "sign_violations": lambda: w.ngettext("{n} line has a sign that does not fit its kind.", "{n} lines have a sign that does not fit their kind.", n),
        "fine_amounts": lambda: w.ngettext("{n} line has more decimals than {currency} have; it is summed in full.",
                                           "{n} lines have more decimals than {currency} have; they are summed in full.", n, currency=w.currency_name()),
        "rounded_amounts": lambda: w.ngettext("{n} amount came as a binary fraction and was rounded to four decimals.",
                                              "{n} amounts came as binary fractions and were rounded to four decimals.", n),
        "no_client": lambda: w.ngettext("{n} line has no {client}; it counts in every total.",
                                        "{n} lines have no {client}; they count in every total.", n, client=w.client()),
        "short_history": lambda: history_sentence(int(detail or 0), w),
    }  # fmt: skip
    return sentences[note.code]() if note.code in sentences else detail
