"""What to do, as a page shows it: whom to call, whom to thank, what to watch; and the same as a file.

In come Actions, out come a Drawing of three tables and the rows of actions.csv.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from helpers.analysis.actions import Actions
from helpers.page.drawing import Drawing, draw, fill
from helpers.page.excel import Sheet
from helpers.page.highlights_view import watched
from helpers.page.tables import Column, Table, notice, table_drawing
from helpers.page.words import Words, capital, clean_name, in_a_sentence, known

LONGEST = 40
ZERO = Decimal(0)


@draw.register
def actions(result: Actions, w: Words) -> Drawing:
    """Whom to call across the page; whom to thank and what to watch below it, side by side."""
    quiet = _not_overdue(result, w)
    first = [_call(result, w)] if len(result.call) else [notice(quiet, w)] if quiet else []
    pair = [part(result, w) for part, rows in ((_thank, result.thank), (_watch, result.watch)) if len(rows)]
    if not first and not pair:
        return Drawing(w.gettext("There is nothing to do: nobody is overdue, rose or fell."))
    html = "".join(drawing.html for drawing in first)
    html += fill("pair.html.j2", w, parts=[drawing.html for drawing in pair]) if pair else ""
    return Drawing("\n\n".join(drawing.text for drawing in [*first, *pair]), html)


def _call(result: Actions, w: Words) -> Drawing:
    shown, words = result.call.head(result.rows), reason_words(w)
    wanted = _call_columns(result, w)
    rows = [[text(row, words, w) for _, text in wanted] for row in shown.to_dict("records")]
    foot = ["" for _ in wanted]
    at = [column.label for column, _ in wanted].index(_stake_label(w))
    foot[0], foot[at] = w.gettext("Shown"), w.amount(sum(shown.at_stake, ZERO))
    notes = [" ".join(_meanings(result, set(shown.reason), w))]
    if result.overdue > len(shown):
        notes.append(w.ngettext(
            "{n} is overdue in all, {amount} a month; actions.csv lists {listed}.",
            "{n} are overdue in all, {amount} a month; actions.csv lists {listed}.",
            result.overdue, amount=w.money(result.stake), listed=w.count(len(result.call)),
        ))  # fmt: skip
    notes += [_not_overdue(result, w), _last_list(result, w)]
    title = w.gettext("Whom to call")
    columns = [column for column, _ in wanted]
    return table_drawing(Table(title, columns, rows, foot, title, "call"), w, notes)


def _meanings(result: Actions, reasons: set[str], w: Words) -> Iterator[str]:
    """What the words of the list mean, each where it stands there."""
    yield w.gettext("Overdue: the last purchase is over twice the usual interval ago.")
    if "lost" in reasons:
        yield w.gettext("Lost: overdue, and bought {before}, not {now}.",
                        before=w.during(result.reader.before or result.reader.period, True),
                        now=w.during(result.reader.period))  # fmt: skip
    if "sleeping" in reasons:
        yield w.ngettext("Sleeping: no purchase for over {n} day.", "Sleeping: no purchase for over {n} days.",
                         result.sleeping_after)  # fmt: skip
    yield w.gettext("At stake a month: the average month of the year before the last purchase, or since the first one.")


def _not_overdue(result: Actions, w: Words) -> str:
    """Who was among the best, bought nothing, and stands in no list."""
    before, rows = result.reader.before, result.not_overdue.to_dict("records")
    if before is None or not rows:
        return ""
    names = [f"{in_a_sentence(_name(row), w.client())} ({w.money(row['net_before'])})" for row in rows]
    return w.gettext(
        "Among the best {before}, nothing bought {now}, but not in the list, since not yet overdue: {names}.",
        before=w.during(before, True), now=w.during(result.reader.period), names=w.listed(names),
    )  # fmt: skip


def _last_list(result: Actions, w: Words) -> str:
    """Who of the list before came since, and with how much."""
    last, before = result.last_list, result.reader.before
    if last is None or before is None:
        return ""
    name = in_a_sentence(clean_name(known(last.client_name) or last.client_id, LONGEST), w.client())
    return w.ngettext(
        "Of the {listed} to call after {period}, {n} bought {when}: {amount}, from {name} the most ({most}).",
        "Of the {listed} to call after {period}, {n} bought {when}: {amount} together, from {name} the most ({most}).",
        last.came, listed=w.clients(last.listed), period=w.comparison(before), when=w.during(result.reader.period),
        amount=w.money(last.net), name=name, most=w.money(last.client_net),
    )  # fmt: skip


def _stake_label(w: Words) -> str:
    return w.gettext("At stake a month, {currency}", currency=w.symbol)


def _call_columns(result: Actions, w: Words) -> list[tuple[Column, Any]]:
    """Each column with how its cell is written; those that nobody has are left out."""
    table = result.call

    def has(name: str) -> bool:
        is_asked = name != "branch" or result.branches > 1  # one branch alone is the company
        return is_asked and name in table.columns and bool(table[name].notna().any())

    columns = [
        (Column(capital(w.client()), is_number=False, is_name=True), lambda r, _, w: _name(r)),
        (Column(w.gettext("Why"), is_number=False, is_minor=True), lambda r, words, w: words[r["reason"]]),
        (Column(w.gettext("Last purchase")), lambda r, _, w: w.short_day(r["last_on"])),
        (Column(w.gettext("Usual interval, days"), is_minor=True), lambda r, _, w: w.number(r["usual_days"], 0)),
        (Column(w.gettext("Spent in the year up to it, {currency}", currency=w.symbol), is_minor=True),
         lambda r, _, w: w.amount(r["spent"])),
        (Column(_stake_label(w)), lambda r, _, w: w.amount(r["at_stake"])),
    ]  # fmt: skip
    optional = [
        ("points", Column(w.gettext("Points that expire"), is_minor=True), lambda r, _, w: w.count(known(r["points"]))),
        ("branch", Column(capital(w.branch()), is_number=False, is_minor=True),
         lambda r, _, w: clean_name(r["branch"])),
        ("price_list", Column(w.gettext("Price list"), is_number=False, is_minor=True),
         lambda r, _, w: clean_name(r["price_list"])),
        ("phone", Column(w.gettext("Phone"), is_number=False), lambda r, _, w: clean_name(r["phone"])),
        ("email", Column(w.gettext("Email"), is_number=False), lambda r, _, w: clean_name(r["email"])),
    ]  # fmt: skip
    return [*columns, *((column, text) for name, column, text in optional if has(name))]


def _thank(result: Actions, w: Words) -> Drawing:
    shown = result.thank.head(result.rows)
    rows = [
        [_name(r), _why(r, w), w.amount(known(r["net_before"])), w.amount(known(r["net"])),
         w.signed_amount(r["change"]) if known(r["change"]) is not None else "–"]
        for r in shown.to_dict("records")
    ]  # fmt: skip
    before, now = capital(w.comparison(result.reader.before)), capital(w.period(result.reader.period))
    columns = [Column(capital(w.client()), is_number=False, is_name=True), Column(w.gettext("Why"), is_number=False),
               Column(before, is_minor=True), Column(now),
               Column(w.gettext("Change, {currency}", currency=w.symbol))]  # fmt: skip
    title = w.gettext("Whom to thank")
    return table_drawing(Table(title, columns, rows, title=title, anchor="thank"), w)


def _why(row: dict[str, Any], w: Words) -> str:
    if row["reason"] == "step":
        return w.gettext("{amount} to go to {step}", amount=w.money(row["missing"]), step=clean_name(row["step"]))
    return reason_words(w)[row["reason"]]


def _watch(result: Actions, w: Words) -> Drawing:
    rows = [[watched(row, w)] for row in result.watch.head(result.rows).itertuples()]
    title = w.gettext("What to watch")
    columns = [Column(w.gettext("What happened"), is_number=False)]
    return table_drawing(Table(title, columns, rows, title=title, anchor="watch"), w)


def reason_words(w: Words) -> dict[str, str]:
    """Why somebody stands in a list."""
    return {
        "lost": w.gettext("lost"),
        "overdue": w.gettext("overdue"),
        "sleeping": w.gettext("sleeping"),
        "best": w.gettext("newly among the ten best"),
        "riser": w.gettext("bought more"),
        "step": w.gettext("near better terms"),
        "closed": w.gettext("closed"),
        "negative": w.gettext("negative"),
        "fell": w.gettext("fell"),
        "points": w.gettext("points that expired"),
        "no_client": w.gettext("(no {client})", client=w.client()),
    }


def _name(row: dict[str, Any]) -> str:
    return clean_name(known(row["client_name"]) or row["client_id"], LONGEST)


def file_columns(result: Actions, w: Words) -> list[tuple[str, str]]:
    """The columns of the file for the front desk: our name and its heading in the reader's words."""
    labels = {
        "action": w.gettext("What to do"), "reason": w.gettext("Why"), "client_id": w.gettext("Number"),
        "client_name": capital(w.client()), "price_list": w.gettext("Price list"), "branch": capital(w.branch()),
        "last_on": w.gettext("Last purchase"), "usual_days": w.gettext("Usual interval, days"),
        "idle_days": w.gettext("Days since the last purchase"),
        "spent": w.gettext("Spent in the year up to it, {currency}", currency=w.symbol), "at_stake": _stake_label(w),
        "points": w.gettext("Points that expire"), "net_before": w.gettext("Net before"), "net": w.gettext("Net"),
        "change": w.gettext("Change, {currency}", currency=w.symbol), "phone": w.gettext("Phone"),
        "email": w.gettext("Email"),
    }  # fmt: skip
    return [(name, labels[name]) for name in result.frame.columns]


def file_rows(result: Actions, w: Words) -> Iterator[list[Any]]:
    """One row a thing to do: text, numbers and days as they are."""
    words = reason_words(w)
    groups = {"call": w.gettext("Call"), "thank": w.gettext("Thank"), "watch": w.gettext("Watch")}
    for row in result.frame.to_dict("records"):
        yield [*(groups[row["action"]], words[row["reason"]]), *list(row.values())[2:]]


def sheet(result: Actions, w: Words) -> Sheet:
    """The same rows as a sheet of the workbook."""
    kinds = {"last_on": "day", "usual_days": "count", "idle_days": "count", "points": "count"}
    kinds |= dict.fromkeys(("spent", "at_stake", "net_before", "net", "change"), "money")
    columns = [(label, kinds.get(name, "text"), 34 if name == "client_name" else 16)
               for name, label in file_columns(result, w)]  # fmt: skip
    return Sheet(w.gettext("What to do"), columns, list(file_rows(result, w)))
