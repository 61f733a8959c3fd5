"""The basis of a report: what counts as spent, and on which day.

In come an open source and its settings, out come both in one basis, `sold_at` being the day that counts and `amount`
what counts: `invoiced` and `as_supplied` leave the lines as they are, `delivered` and `ordered` take another of their
days, `paid` puts in their place what was paid, spread over the lines of the documents it pays.
"""

from dataclasses import replace
from decimal import Decimal

import ibis
import ibis.expr.types as ir
from babel.numbers import get_currency_precision

from helpers import schema
from helpers.errors import BadConfiguration, BadData
from helpers.money import WIDE
from helpers.sales.lines import mapped, signed
from helpers.settings.company import Company
from helpers.source import Source

MONEY = "decimal(18, 4)"
FACTOR = "decimal(17, 4)"
"""With WIDE the factors of a product that no engine cuts: Spark has 38 digits for two of them and their difference."""
UNALLOCATED = "(unallocated)"
"""The branch of a payment that pays no document of the source."""
KEPT = ("item_id", "item_category", "price_list_id", "state")
ZERO = Decimal(0)


def in_basis(source: Source, company: Company, basis: str) -> tuple[Source, Company]:
    """The source and the settings in a basis; BadConfiguration when the source lacks what it needs."""
    if basis in schema.DATE_OF:
        return _dated(source, schema.DATE_OF[basis], basis), company.model_copy(update={"basis": basis})
    if basis == "paid":
        paid = source.keep(_paid(source, company))
        gross = None if company.amount_includes_tax is None else True
        changed = dict(
            returns_are_positive=False,
            negative_lines="return",
            returns_date="return",
            tax="included",
            amount_includes_tax=gross,
        )
        return _with_lines(source, paid), company.model_copy(update={"basis": basis} | changed)
    return source, company.model_copy(update={"basis": basis})


def _with_lines(source: Source, lines: ir.Table) -> Source:
    return replace(source, tables=source.tables | {"sale_line": lines})


def _dated(source: Source, column: str, basis: str) -> Source:
    """Lines by another of their days; those that have none stay at their document's, to be counted as left out."""
    lines = source.tables["sale_line"]
    if column not in lines.columns:
        raise BadConfiguration(f"basis: {basis} needs sale_line.{column}; map it in source.yaml")
    return _with_lines(source, lines.mutate(sold_at=lines[column].fill_null(lines.sold_at.cast(lines[column].type()))))


def _paid(source: Source, company: Company) -> ir.Table:
    """One row a payment and line that it pays, and one for what a payment pays of no document: columns of sale_line,
    `sold_at` the moment of the payment."""
    payment = _payments(source)
    parts, rest = None, payment
    if (allocation := source.tables.get("payment_allocation")) is not None:
        lines = _document_lines(source, company)
        pays = allocation.select(
            payment_id=allocation.payment_id.cast("string"), sale_id=allocation.sale_id.cast("string"),
            allocated=allocation.amount.cast(MONEY),
        )  # fmt: skip
        pays = pays.semi_join(lines, "sale_id")
        parts = _parts(pays, lines, payment, get_currency_precision(company.currency))
        rest = _rest(payment, pays)
    rest = rest.mutate(branch_id=ibis.literal(UNALLOCATED), state=ibis.literal("posted"), kind=_own_kind(rest.amount))
    return rest if parts is None else parts.union(_as(rest, parts))


def _payments(source: Source) -> ir.Table:
    if (table := source.tables.get("payment")) is None:
        raise BadConfiguration("basis: paid needs the table payment (payment_id, client_id, paid_at, amount); "
                               "map it in source.yaml")  # fmt: skip
    if (table.payment_id.count() - table.payment_id.nunique()).execute():
        raise BadData("payment: a payment_id stands twice; each payment needs one row")
    further = {"currency": table.currency} if "currency" in table.columns else {}
    return table.select(payment_id=table.payment_id.cast("string"), client_id=table.client_id.cast("string"),
                        sold_at=table.paid_at, amount=table.amount.cast(MONEY), **further)  # fmt: skip


def _document_lines(source: Source, company: Company) -> ir.Table:
    """The lines of documents with what each of them costs (`owed`, signed, with tax where it is known), and the sums of
    it over a document, up to a line and in all: as they are (`net`), and by size."""
    lines = source.tables["sale_line"]
    if "sale_id" not in lines.columns:
        raise BadConfiguration("payment_allocation needs sale_line.sale_id; map it in source.yaml")
    order = [lines[c].cast("string").fill_null("") for c in ("line_no", "client_id", "branch_id") if c in lines.columns]
    order = ibis.literal("|").join(order)
    lines = signed(lines.mutate(no_rate=ibis.null("string"), line_order=order), company, [])
    owed = lines.paid.fill_null(0)
    if "tax_amount" in lines.columns and not company.amount_includes_tax:
        owed = owed + lines.tax_amount.fill_null(0)
    kept = {c: lines[c] for c in KEPT if c in lines.columns}
    if "kind" in lines.columns:
        kept["kind"] = mapped(lines, "kind", company.kind_map)
    lines = lines.select("line_order", sale_id=lines.sale_id.cast("string"), client_id=lines.client_id.cast("string"),
                         branch_id=lines.branch_id.cast("string"), owed=owed.cast(MONEY), **kept)  # fmt: skip
    lines = lines.filter((lines.owed != 0) & lines.sale_id.notnull()).mutate(size=ibis._.owed.abs())
    whole = ibis.window(group_by="sale_id")
    so_far = ibis.window(group_by="sale_id", order_by=["line_order", "owed"], preceding=None, following=0)
    sums = {f"{name}_{at}": lines[column].sum().over(window).cast(MONEY)
            for name, column in (("net", "owed"), ("size", "size"))
            for at, window in (("so_far", so_far), ("whole", whole))}  # fmt: skip
    is_last = lines.count().over(so_far) == lines.count().over(whole)
    return lines.mutate(**sums, is_last=is_last)


def _parts(pays: ir.Table, lines: ir.Table, payment: ir.Table, digits: int) -> ir.Table:
    """What each payment gives each line: in proportion to what the lines ask, returns less, as long as it pays at most
    the whole; else in proportion to their sizes. The parts are in minor units and add up to what it allocates."""
    payment = payment.rename(their_id="payment_id", payer="client_id", whole_payment="amount")
    rows = pays.join(lines, "sale_id").left_join(payment, [("payment_id", "their_id")])
    is_fair = (rows.allocated.sign() == rows.net_whole.sign()) & (rows.allocated.abs() <= rows.net_whole.abs())
    is_owed = is_fair & (rows.net_whole < 0)
    sign = ibis.ifelse(is_owed, -1, 1).cast("int8")
    whole = ibis.ifelse(is_fair, rows.net_whole * sign, rows.size_whole).cast(MONEY)
    so_far = ibis.ifelse(is_fair, rows.net_so_far * sign, rows.size_so_far).cast(MONEY)
    own = ibis.ifelse(is_fair, rows.owed * sign, rows["size"]).cast(MONEY)
    rows = rows.mutate(whole=whole, so_far=so_far, before=(so_far - own).cast(MONEY))
    until = ibis.ifelse(rows.is_last, rows.allocated, _share(rows.allocated, rows.so_far, rows.whole, digits))
    rows = rows.mutate(amount=(until - _share(rows.allocated, rows.before, rows.whole, digits)).cast(MONEY))
    rows = rows.filter(rows.amount != 0)
    if "kind" in rows.columns:
        is_sale = rows.kind.isin(schema.COUNTED_KINDS)
        rows = rows.mutate(kind=ibis.ifelse(is_sale, _own_kind(rows.amount), rows.kind))
    further = [c for c in (*KEPT, "kind", "currency") if c in rows.columns]
    return rows.select("sale_id", "client_id", "branch_id", "sold_at", "amount", *further)


def _share(total: ir.DecimalValue, part: ir.DecimalValue, whole: ir.DecimalValue, digits: int) -> ir.DecimalValue:
    """total × part / whole, to the nearest minor unit, the same on every engine: their division is not exact, so a
    first guess is mended by what it leaves, in products of decimals, which are."""
    step = Decimal(1).scaleb(-digits)
    guess = (total.cast("float64") * part.cast("float64") / whole.cast("float64")).round(digits).cast(FACTOR)
    part, whole = part.cast(WIDE), whole.cast(WIDE)
    left, half = total.cast(FACTOR) * part - guess * whole, whole * (step / 2)
    return guess + ibis.cases((left >= half, step), (left < -half, -step), else_=ZERO)


def _rest(payment: ir.Table, pays: ir.Table) -> ir.Table:
    """What is left of each payment when it has paid documents of the source."""
    allocated = pays.group_by(their_id="payment_id").agg(allocated=pays.allocated.sum().cast(MONEY))
    rest = payment.left_join(allocated, [("payment_id", "their_id")])
    rest = rest.mutate(amount=(rest.amount - rest.allocated.fill_null(0)).cast(MONEY))
    return rest.filter(rest.amount != 0)


def _as(rest: ir.Table, parts: ir.Table) -> ir.Table:
    """The columns of the parts, in their types; None where a payment knows nothing of it."""
    kinds = parts.schema()
    return rest.select(**{c: (rest[c] if c in rest.columns else ibis.null(t)).cast(t) for c, t in kinds.items()})


def _own_kind(amount: ir.DecimalValue) -> ir.StringValue:
    """Money that goes back is a return, whatever document it stands on."""
    return ibis.ifelse(amount < 0, "return", "sale")
