"""The head of a page: the finding as its title, and three sentences that lead to what to do.

In come Highlights, out comes a Drawing whose heading is the page's own; each name stands with its money.
"""

from typing import Any

from helpers.analysis.highlights import Cause, Highlights
from helpers.page.drawing import Drawing, draw, fill
from helpers.page.movement_view import uncovered
from helpers.page.words import Words, at_a_start, capital, clean_name, in_a_sentence, part_of

LONGEST = 40
WHOLE_PERCENT = 0.005  # a smaller change has a decimal


@draw.register
def highlights(result: Highlights, w: Words) -> Drawing:
    """What happened, then whom to call, whom to thank, what to watch."""
    heading, gestures, why_not = finding(result, w), _gestures(result, w), _notice(result, w)
    html = fill("highlights.html.j2", w, gestures=gestures, notice=why_not)
    labelled = (w.gettext("{label}: {said}", label=label, said=said) for _, label, said in gestures)
    lines = [heading, *([why_not] if why_not else []), *labelled]
    return Drawing("\n".join(lines), html, heading=heading)


def finding(result: Highlights, w: Words) -> str:
    """What happened and why: the period's revenue, its change, its main cause; of a part of the company, of which."""
    return w.facts(part_of(result.reader, w), _finding(result, w))


def _finding(result: Highlights, w: Words) -> str:
    period = capital(w.period(result.reader.period))
    if result.sales_until is not None or not (result.clients or result.net):
        return w.gettext("There are no sales {when}.", when=w.during(result.reader.period))
    if result.difference is None or result.net_before is None:
        return w.gettext("{period}: {amount} from {clients}", period=period, amount=w.money(result.net),
                         clients=w.clients(result.clients))  # fmt: skip
    if result.net_before <= 0:
        first = w.gettext("{period}: {amount}", period=period, amount=w.money(result.net))
    else:
        share = float(result.difference / result.net_before)
        change = w.signed_percent(share, 1 if 0 < abs(share) < WHOLE_PERCENT else 0)
        first = w.gettext("{period}: {amount} ({change}).", period=period, amount=w.money(result.net), change=change)
    return f"{first} {cause_sentence(result.cause, w)}" if result.cause else first


def cause_sentence(cause: Cause, w: Words) -> str:
    """What made most of the difference, as a sentence."""
    is_fall = (cause.change < 0) == (cause.share > 0)
    label = at_a_start(clean_name(cause.name, LONGEST), w.branch() if cause.kind == "branch" else w.client())
    if cause.share > 1:  # others took more than all of the rest back
        return w.gettext("{name} alone: {amount}.", name=label, amount=w.signed(cause.change))
    values = dict(share=w.percent(float(cause.share), 0),
                  name=f"{label} ({w.gettext('closed')})" if cause.group == "closed" else label)  # fmt: skip
    falls = {
        "client": w.gettext("{name} alone explains {share} of the fall.", **values),
        "branch": w.gettext("{name} alone explains {share} of the fall.", **values),
        "price": w.gettext("Prices explain {share} of the fall.", **values),
        "quantity": w.gettext("Quantities explain {share} of the fall.", **values),
        "number": w.gettext("The number of sales explains {share} of the fall.", **values),
        "size": w.gettext("The size of sales explains {share} of the fall.", **values),
    }
    rises = {
        "client": w.gettext("{name} alone explains {share} of the rise.", **values),
        "branch": w.gettext("{name} alone explains {share} of the rise.", **values),
        "price": w.gettext("Prices explain {share} of the rise.", **values),
        "quantity": w.gettext("Quantities explain {share} of the rise.", **values),
        "number": w.gettext("The number of sales explains {share} of the rise.", **values),
        "size": w.gettext("The size of sales explains {share} of the rise.", **values),
    }
    return (falls if is_fall else rises)[cause.kind]


def _notice(result: Highlights, w: Words) -> str:
    before = result.reader.before
    if result.sales_from is not None and result.sales_until is not None:
        first, last = w.day(result.sales_from), w.day(result.sales_until)
        return w.gettext("There are sales from {first} to {last}.", first=first, last=last)
    if result.is_uncovered and result.sales_from is not None and before is not None:
        return uncovered(result.sales_from, w, before)
    return ""


def _gestures(result: Highlights, w: Words) -> list[tuple[str, str, str]]:
    """(the block's anchor, what to do, a sentence), of those that have something to say."""
    said = [
        ("call", w.gettext("Call"), f"{_best(result, w)} {call_sentence(result, w)}".strip()),
        ("thank", w.gettext("Thank"), thank_sentence(result, w)),
        ("watch", w.gettext("Watch"), watch_sentence(result, w)),
    ]
    return [gesture for gesture in said if gesture[2]]


def _best(result: Highlights, w: Words) -> str:
    best, before = result.best_before, result.reader.before
    if best is None or before is None or not best.absent:
        return ""
    if best.clients == 1:
        return w.gettext("The only {client} {when} bought nothing.", client=w.client(), when=w.during(before, True))
    return w.ngettext(
        "{n} of the {clients} who were best {when} bought nothing.",
        "{n} of the {clients} who were best {when} bought nothing.",
        best.absent, clients=w.clients(best.clients), when=w.during(before, True),
    )  # fmt: skip


def call_sentence(result: Highlights, w: Words) -> str:
    """Who is overdue, and what they brought a month."""
    todo = result.actions
    if not todo.overdue:
        return ""
    first = todo.call.iloc[0]
    return w.ngettext(
        "{clients} is overdue and brought {amount} a month: {name}.",
        "{clients} are overdue and brought {amount} a month together, {name} the most ({most}).",
        todo.overdue, clients=w.clients(todo.overdue), amount=w.money(todo.stake), most=w.money(first.at_stake),
        name=client_in_a_sentence(first, w),
    )  # fmt: skip


def client_in_a_sentence(row: Any, w: Words) -> str:
    """A client's name, or its number behind the word for a client."""
    return in_a_sentence(clean_name(row.client_name or row.client_id, LONGEST), w.client())


def client_at_a_start(row: Any, w: Words) -> str:
    """The same where the sentence begins with it."""
    return at_a_start(clean_name(row.client_name or row.client_id, LONGEST), w.client())


def thank_sentence(result: Highlights, w: Words) -> str:
    """Who rose most, and how many are newly among the best."""
    table = result.actions.thank
    risers = table[table.reason.isin(["best", "riser"])] if len(table) else table
    if risers.empty:
        return ""
    first, best = risers.iloc[risers.change.argmax()], int((risers.reason == "best").sum())
    name, amount = client_at_a_start(first, w), w.signed(first.change)
    rose = w.gettext("{name} rose most ({amount}).", name=name, amount=amount) if first.change > 0 else ""
    newly = w.ngettext("{clients} is newly among the ten best.", "{clients} are newly among the ten best.", best,
                       clients=w.clients(best)) if best else ""  # fmt: skip
    return f"{rose} {newly}".strip()


def watch_sentence(result: Highlights, w: Words) -> str:
    """What fell, closed or turned negative, the first three and the points."""
    table = result.actions.watch
    branches = [watched(r, w) for r in table[table.reason.isin(["closed", "negative", "fell"])].head(3).itertuples()]
    points = [watched(r, w) for r in table[table.reason == "points"].itertuples()]
    return w.facts(*branches, *points)


def watched(row: object, w: Words) -> str:
    """One thing to watch, with its figure."""
    reason, before, amount = row.reason, row.before, row.amount  # type: ignore[attr-defined]
    if reason == "points":
        return w.gettext("{lost} points expired, {used} were used", lost=w.count(amount), used=w.count(before))
    if reason == "no_client":
        return w.gettext("{amount} without a {client}", amount=w.money(amount), client=w.client())
    name = at_a_start(clean_name(row.branch, LONGEST), w.branch())  # type: ignore[attr-defined]
    if reason == "closed":
        return w.gettext("{branch} closed ({amount})", branch=name, amount=w.signed(amount - before))
    if reason == "negative":
        return w.gettext("{branch} is negative ({amount} after {before})", branch=name, amount=w.money(amount),
                         before=w.money(before))  # fmt: skip
    return w.gettext("{branch} fell ({amount})", branch=name, amount=w.signed(amount - before))
