"""Lines become documents, and documents know what they earn.

In come lines that count and the rules, out come tables of one row a document: sales with the points they earn by the
client's bonus kind and tier, returns with the document that they give back. Everything is computed in the engine.
"""

from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir

from helpers.sales import Sales, frame
from helpers.sales.sales import SEPARATOR
from helpers.settings.rules import KindRule, Rules

MONEY, POINTS, RATE = "decimal(18, 4)", "decimal(18, 3)", "decimal(18, 6)"


def documents(sales: Sales, lines: ir.Table, rules: Rules) -> ir.Table:
    """One row a document, and a document that it gives back: client_id, document, is_return, origin (None for a sale,
    and when unknown), day, eligible (of lines that are not excluded), bonus_paid, kind_id (None: earns nothing).

    Documents of clients that earn nothing are in it only when something was paid with points. Kept for
    the run where the engine can.
    """
    paid = lines.bonus_paid.fill_null(0) if "bonus_paid" in lines.columns else ibis.literal(Decimal(0)).cast(MONEY)
    origin = ibis.ifelse(lines.is_return, origin_of(sales, lines), ibis.null(document_of(sales, lines).type()))
    lines = lines.filter(lines.client_id.notnull()).select(
        "client_id", "is_return", "sold_at", "amount", document=document_of(sales, lines), origin=origin,
        paid_by_points=paid, earns=_earns(lines, rules),
    )  # fmt: skip
    parts = [sales.source.keep(_grouped(part)) for part in _of_interest(sales, lines, rules)]
    table = parts[0].union(*parts[1:]) if parts[1:] else parts[0]
    return _with_kind(sales, table.mutate(day=sales.clock.day(table.at)).drop("at"), rules)


def _grouped(lines: ir.Table) -> ir.Table:
    return lines.group_by("client_id", "document", "origin", "is_return").agg(
        at=lines.sold_at.min(),
        bonus_paid=lines.paid_by_points.sum().cast(MONEY),
        eligible=lines.amount.sum(where=lines.earns).fill_null(0).cast(MONEY),
    )


def sold(sales: Sales, table: ir.Table, rules: Rules, spent: ir.Table | None = None) -> ir.Table:
    """The documents sold: client_id, document, day, bonus_paid, rate, points, expires_on. `spent` says what a client
    spent before; tiers need it."""
    table = table.filter(~table.is_return)
    if rules.tiers:
        table = table.join(spent, ["client_id", "document"])
    kinds = kinds_of(sales, rules)
    rate, least = _rate(table, kinds, rules), _by_kind(table, kinds, "min_order", MONEY)
    points = rounded(table.eligible * rate, rules)
    points = ibis.ifelse((table.eligible > 0) & (table.eligible >= least), points, 0).cast(POINTS)
    expiry = {k: r.expiry_days for k, r in kinds.items() if r.expiry_days}
    ends = [(table.kind_id == k, table.day + ibis.interval(days=days)) for k, days in expiry.items()]
    none = ibis.null("date")
    expires_on = ibis.cases(*ends, else_=none).cast("date") if ends else none
    return table.select("client_id", "document", "day", "bonus_paid", rate=rate, points=points, expires_on=expires_on)


def returned(sales: Sales, table: ir.Table, rules: Rules) -> ir.Table:
    """The documents that give back: client_id, document, origin, day, bonus_paid (negative: paid with points, given
    back), eligible (positive: what came back), rate by the client's kind."""
    table = table.filter(table.is_return)
    rate = _by_kind(table, kinds_of(sales, rules), "rate", RATE)
    return table.select("client_id", "document", "origin", "day", "bonus_paid", eligible=-table.eligible, rate=rate)


def spent_before(sales: Sales, lines: ir.Table) -> ir.Table:
    """client_id, document, spent: what the client spent before it in the same fiscal year, returns taken off."""
    lines = lines.filter(lines.client_id.notnull()).mutate(document=document_of(sales, lines))
    table = lines.group_by("client_id", "document", "is_return").agg(at=lines.sold_at.min(), net=lines.amount.sum())
    table = table.mutate(year=fiscal_year(sales, sales.clock.day(table.at)))
    order = ["at", "is_return", "document"]
    before = ibis.window(group_by=["client_id", "year"], order_by=order, preceding=(None, 1), following=None)
    table = table.mutate(spent=table.net.sum().over(before).fill_null(0).cast(MONEY))
    return table.filter(~table.is_return).select("client_id", "document", "spent")


def fiscal_year(sales: Sales, day: ir.DateColumn) -> ir.IntegerColumn:
    """The calendar year in which the fiscal year of a day begins."""
    month, first = sales.company.fiscal_start
    return day.year() - ibis.ifelse(day.month() * 100 + day.day() < month * 100 + first, 1, 0)


def document_of(sales: Sales, lines: ir.Table) -> ir.Column:
    """What makes lines of a client one document, by `sale_key`, or the moment where the source or a line names none."""
    if not sales.has_documents:
        return lines.sold_at
    document = sales.document(lines)
    if document.type().is_integer():  # by way of a decimal: Ibis takes DuckDB's seconds for whole numbers, they are not
        seconds = lines.sold_at.cast("timestamp").epoch_seconds().cast("decimal(18, 0)").cast("int64")
        return document.fill_null(-seconds)
    return document.fill_null(ibis.literal(SEPARATOR) + lines.sold_at.cast("string"))


def origin_of(sales: Sales, lines: ir.Table) -> ir.Value:
    """The document that a return gives back, in the type of a document; None when unknown, as where documents are told
    apart by their day too, which no return names."""
    key = sales.company.sale_key
    is_named = sales.has_documents and "original_sale_id" in lines.columns and "sale_id" in key
    if not is_named or "day" in key:
        return ibis.null(document_of(sales, lines).type())
    original, kind = lines.original_sale_id, lines.sale_id.type()
    return sales.document(lines, original if original.type() == kind else original.cast(kind))


def kinds_of(sales: Sales, rules: Rules) -> dict[str, KindRule]:
    """Every bonus kind that earns: the source's table, and over it what the rules say."""
    table = sales.source.tables.get("bonus_kind")
    rows = [] if table is None else frame(table).to_dict("records")
    kinds = {str(row["bonus_kind_id"]): _known(row) for row in rows}
    kinds |= {name: kinds.get(name, {}) | _known(dict(rule)) for name, rule in rules.kinds.items()}
    checked = {name: KindRule.model_validate(kind) for name, kind in kinds.items()}
    return {name: rule for name, rule in checked.items() if rule.rate}


def rounded(points: ir.DecimalValue, rules: Rules) -> ir.DecimalValue:
    """Points of one document, half away from zero."""
    return points.round(rules.points_decimals).cast(POINTS)


def _known(row: dict[str, Any]) -> dict[str, Any]:
    values = {k: row[k] for k in KindRule.model_fields if row.get(k) is not None}
    return values | ({"expiry_days": int(values["expiry_days"])} if "expiry_days" in values else {})


def _earns(lines: ir.Table, rules: Rules) -> ir.BooleanValue:
    excluded = dict(item_id=rules.excluded_items, item_category=rules.excluded_categories,
                    price_list_id=rules.excluded_price_lists)  # fmt: skip
    out = [
        lines[c].cast("string").isin(ids).fill_null(False) for c, ids in excluded.items() if ids and c in lines.columns
    ]
    return ~ibis.or_(*out) if out else ibis.literal(True)


def _of_interest(sales: Sales, lines: ir.Table, rules: Rules) -> list[ir.Table]:
    """The lines of clients who earn, and apart, lest an engine hold all lines, what others paid with points."""
    paying = [lines.filter(lines.paid_by_points != 0)] if sales.has("bonus_paid") else []
    if (cards := _cards(sales, lines, rules)) is None:
        return [lines] if rules.default_kind in kinds_of(sales, rules) else paying or [lines.limit(0)]
    holders = cards.select("holder").distinct()  # an inner join: engines filter while they scan
    earners = lines.join(holders, lines.client_id == holders.holder).drop("holder")
    return [earners, *(t.anti_join(cards, t.client_id == cards.holder) for t in paying)]


def _with_kind(sales: Sales, table: ir.Table, rules: Rules) -> ir.Table:
    """Each row with its client's bonus kind, by the card or else the default; None for one that earns nothing."""
    if (cards := _cards(sales, table, rules)) is None:
        default = rules.default_kind if rules.default_kind in kinds_of(sales, rules) else None
        return table.mutate(kind_id=ibis.literal(default, "string"))
    return table.left_join(cards, table.client_id == cards.holder).drop("holder")


def _cards(sales: Sales, table: ir.Table, rules: Rules) -> ir.Table | None:
    """holder, kind_id of the clients whose kind earns; None where the source has no cards."""
    client = sales.source.tables.get("client")
    if client is None or "bonus_kind_id" not in client.columns:
        return None
    kind_id = client.bonus_kind_id.cast("string").fill_null(ibis.literal(rules.default_kind, "string"))
    cards = client.select(holder=client.client_id.cast(table.client_id.type()), kind_id=kind_id)
    return cards.filter(cards.kind_id.isin(list(kinds_of(sales, rules)) or [""]))


def _by_kind(table: ir.Table, kinds: dict[str, KindRule], field: str, kind: str) -> ir.Value:
    nothing = ibis.literal(Decimal(0)).cast(kind)
    values = [(table.kind_id == k, ibis.literal(getattr(r, field) or Decimal(0)).cast(kind)) for k, r in kinds.items()]
    return ibis.cases(*values, else_=nothing) if values else nothing


def _rate(table: ir.Table, kinds: dict[str, KindRule], rules: Rules) -> ir.Value:
    """The highest tier that was reached before the document, or else the kind's own rate."""
    tiers = [(table.spent >= t.from_, ibis.literal(t.rate).cast(RATE)) for t in reversed(rules.tiers)]
    own = _by_kind(table, kinds, "rate", RATE)
    return ibis.ifelse(own > 0, ibis.cases(*tiers, else_=own), own) if tiers else own
