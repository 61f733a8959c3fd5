"""The ledger: every movement of every client's points, from the source or computed from the rules.

One row a movement: client_id, document, day, kind (accrued, reversed, redeemed, expired, adjusted), points (signed as
they change the balance), expires_on. Redemptions and reversals take the points that expire first, so what has expired
by a day is the most by which the points due by then ever exceeded those taken until then: running sums, no loop.
"""

import datetime as dt
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir

from helpers.analysis.points.documents import POINTS, documents, returned, rounded, sold, spent_before
from helpers.sales import Sales, kept
from helpers.settings.rules import Rules, read_rules


def rules_of(sales: Sales, name: str | dict[str, Any] = "rules") -> Rules:
    """The company's rules, or those of a what-if."""
    return read_rules(sales.name, name, sales.root)


def ledger(sales: Sales, client_id: str | None = None) -> ir.Table | None:
    """Every movement up to the period's end: the source's own, or else what the rules give; None without either.
    Expiry is dated by its month, that of one client by its day."""
    own = sales.bonus_entries
    return ledger_by_rules(sales, client_id) if own is None else _own(sales, own, client_id)


def ledger_by_rules(sales: Sales, client_id: str | None = None) -> ir.Table | None:
    """Every movement that the company's rules give, whatever the source's own ledger says."""
    rules, lines = rules_of(sales), sales.until_end
    if not can_compute(sales, rules):
        return None
    if client_id is not None:
        lines = lines.filter(lines.client_id.cast("string") == client_id)
    return computed(sales, [(lines, rules)], by_day=client_id is not None)


def can_compute(sales: Sales, rules: Rules) -> bool:
    """Whether the source says who earns at what rate, and what a point pays; not for some branches alone."""
    if sales.only_branches:
        return False
    has_kinds = sales.source.tables.get("bonus_kind") is not None or any(r.rate for r in rules.kinds.values())
    client = sales.source.tables.get("client")
    has_cards = rules.default_kind is not None or (client is not None and "bonus_kind_id" in client.columns)
    return has_kinds and has_cards and (sales.company.point_value is not None or not sales.has("bonus_paid"))


def computed(sales: Sales, parts: list[tuple[ir.Table, Rules]], *, by_day: bool = False) -> ir.Table:
    """The ledger that rules give: each part is lines that count and the rules of their time, oldest first."""
    spent = spent_before(sales, _union([lines for lines, _ in parts])) if any(r.tiers for _, r in parts) else None
    papers = [(documents(sales, lines, rules), rules) for lines, rules in parts]
    earned = _union([sold(sales, table, rules, spent) for table, rules in papers])
    back = _union([returned(sales, table, rules) for table, rules in papers])
    rules = parts[-1][1]
    accrued = _entries(earned.filter(earned.points > 0), "accrued", earned.points, earned.expires_on)
    moved = [_reversed(earned, back, rules)]
    if sales.company.point_value is not None:
        moved += [_redeemed(earned, sales.company.point_value), _redeemed(back, sales.company.point_value)]
    entries = _union([accrued, *moved])
    return _union([entries, expired(sales, entries, by_day=by_day)])


def expired(sales: Sales, entries: ir.Table, *, by_day: bool = False) -> ir.Table:
    """The expiry of each client's points by the end of the last day of the period that is over: dated by its
    month, or with `by_day` by its day."""
    over = min(sales.period.last, sales.today - dt.timedelta(days=1))
    is_lot = entries.kind.isin(["accrued", "adjusted"]) & (entries.points > 0)
    due, taken = entries.filter(is_lot & (entries.expires_on <= ibis.literal(over))), entries.filter(~is_lot)
    events = _union([due.select("client_id", "points", day="expires_on", is_due=ibis.literal(1)),
                     taken.select("client_id", "points", "day", is_due=ibis.literal(0))])  # fmt: skip
    so_far = ibis.window(group_by="client_id", order_by=["day", "is_due", "points"], preceding=None, following=0)
    due, taken = (events.points.sum(where=events.is_due == kind).over(so_far).fill_null(0) for kind in (1, 0))
    taken = ibis.least(taken, ibis.literal(0))  # what came back beyond all that was ever taken came from no lot
    events = events.mutate(due=due + taken, at=events.day if by_day else bucket(sales, events.day))
    steps = events.group_by("client_id", "at").agg(peak=ibis._.due.max())
    in_order = ibis.window(group_by="client_id", order_by="at", preceding=None, following=0)
    steps = steps.mutate(gone=ibis.greatest(steps.peak.max().over(in_order), ibis.literal(0)))
    lost = steps.gone - steps.gone.lag(1).over(ibis.window(group_by="client_id", order_by="at")).fill_null(0)
    steps = steps.mutate(lost=lost.cast(POINTS))
    steps = steps.filter(steps.lost > 0).mutate(day=ibis._.at, document=ibis.null(entries.document.type()))
    return _entries(steps, "expired", -steps.lost.cast(POINTS))


def bucket(sales: Sales, day: ir.DateColumn) -> ir.DateColumn:
    """The month of a day within the period, as its first day; one bucket for all that was before."""
    first = sales.period.first
    opening = ibis.literal(first.fromordinal(first.toordinal() - 1))
    month = ibis.greatest(day.truncate("M").cast("date"), ibis.literal(first))
    return ibis.ifelse(day < ibis.literal(first), opening, month)


def _own(sales: Sales, own: ir.Table, client_id: str | None) -> ir.Table:
    """The source's ledger in our columns; where it says when points expire and not that they did, that is added."""
    own = own if client_id is None else own.filter(own.client_id == client_id)
    own = own.mutate(day=sales.clock.day(own.entry_at))
    own = own.filter(own.day <= ibis.literal(sales.period.last))
    document = own.sale_id.cast("string") if "sale_id" in own.columns else ibis.null("string")
    expires_on = own.expires_on if "expires_on" in own.columns else ibis.null("date")
    entries = own.select(
        "client_id", "day", "kind", points=own.points.cast(POINTS), document=document, expires_on=expires_on
    )
    has_expiry = "expires_on" not in own.columns or says_expired(sales)
    return entries if has_expiry else _union([entries, expired(sales, entries, by_day=client_id is not None)])


@kept
def says_expired(sales: Sales) -> bool:
    """Whether the source's ledger says itself, up to the period's end, that somebody's points expired: of the whole
    company, also where a part is asked."""
    own = sales.whole.bonus_entries
    assert own is not None, "the source has a ledger"
    until_end = sales.clock.day(own.entry_at) <= ibis.literal(sales.period.last)
    return bool(own.filter(until_end & (own.kind == "expired")).count().execute())


def _entries(table: ir.Table, kind: str, points: ir.Value, expires_on: ir.Value | None = None) -> ir.Table:
    expires_on = ibis.null("date") if expires_on is None else expires_on
    return table.select(
        "client_id",
        "day",
        kind=ibis.literal(kind),
        points=points.cast(POINTS),
        document=table.document,
        expires_on=expires_on,
    )


def _redeemed(documents: ir.Table, point_value: Decimal) -> ir.Table:
    """What was paid with points leaves the balance, whatever the kind of document; what came back returns to it."""
    documents = documents.filter(documents.bonus_paid != 0)
    points = (documents.bonus_paid * ibis.literal(1 / point_value).cast("decimal(18, 6)")).round(3)
    return _entries(documents, "redeemed", -points.cast(POINTS))


def _reversed(earned: ir.Table, back: ir.Table, rules: Rules) -> ir.Table:
    """What returns take back: in proportion, together at most what the document earned. A return that names no
    document takes by the client's rate; one of a document that earned nothing, or is not in the data, takes nothing."""
    known = back.filter(back.origin.notnull()).drop("client_id", "rate")
    origin = earned.select("client_id", "rate", "points", origin="document")
    known = known.join(origin.filter(origin.points > 0), "origin")
    so_far = ibis.window(group_by=["client_id", "origin"], order_by=["day", "document"], preceding=None, following=0)
    known = known.mutate(until=known.eligible.sum().over(so_far).cast("decimal(18, 4)"))
    taken = [
        ibis.least(rounded(known.rate * e, rules), known.points) for e in (known.until, known.until - known.eligible)
    ]
    known = known.mutate(taken=(taken[0] - taken[1]).cast(POINTS))
    unknown = back.filter(back.origin.isnull())
    unknown = unknown.mutate(taken=rounded(unknown.rate * unknown.eligible, rules))
    return _union([_entries(t, "reversed", -t.taken) for t in (known, unknown)]).filter(ibis._.points != 0)


def _union(tables: list[ir.Table]) -> ir.Table:
    first, *rest = tables
    return first.union(*(t.select(*first.columns) for t in rest)) if rest else first
