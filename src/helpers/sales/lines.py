"""Which lines count, whose they are, and how much: the rules that every line passes once, before any sum.

In come lines in one currency and one basis, under the client they count for (`currencies`, `basis`, `identity`); out
they come with signed amounts, and with `left_out` for those that do not count.
"""

import re
from collections.abc import Mapping

import ibis
import ibis.expr.types as ir
from babel.numbers import get_currency_precision

from helpers import schema
from helpers.errors import BadConfiguration, BadData
from helpers.money import EXACT
from helpers.sales.currencies import MONEY_COLUMNS
from helpers.settings.company import Company

OF_THE_AMOUNTS_SIGN = ("cost_amount", "tax_amount", "base_amount", "list_amount")
AMOUNT_OF = "amount of "
WHOLE_NUMBER = re.compile("0|-?[1-9][0-9]*")
TOTAL_WORDS = ("total", "totals", "subtotal", "totaux", "sous-total", "somme", "gesamt", "summe", "totale", "totaal",
               "suma", "toplam", "итого", "всего", "合計", "合计", "المجموع", "الإجمالي")  # fmt: skip


def at_original(lines: ir.Table, company: Company) -> ir.Table:
    """With `returns_date: original`, a return has the moment, client and branch of the line it gives back; one whose
    original is not in the source keeps its own."""
    if company.returns_date == "return":
        return lines
    if not {"sale_id", "original_sale_id"} <= set(lines.columns):
        raise BadConfiguration(
            "returns_date: original needs sale_line.sale_id and sale_line.original_sale_id; map both"
        )
    keys = [k for k in ("sale_id", "line_no") if k in lines.columns and f"original_{k}" in lines.columns]
    moved = [c for c in ("sold_at", "client_id", "branch_id") if c in lines.columns]
    named = lines.filter(lines.original_sale_id.notnull()).select(**{f"first_{k}": f"original_{k}" for k in keys})
    first = lines.semi_join(named, [lines[k] == named[f"first_{k}"] for k in keys])
    first = first.group_by(keys).agg(**{f"first_{c}": first[c].min() for c in moved})
    first = first.rename({f"first_{k}": k for k in keys})
    moved_lines = lines.left_join(first, [lines[f"original_{k}"] == first[f"first_{k}"] for k in keys])
    moved_lines = moved_lines.mutate(**{c: moved_lines[f"first_{c}"].fill_null(moved_lines[c]) for c in moved})
    return moved_lines.select(*lines.columns)


def with_reversals(lines: ir.Table, company: Company) -> ir.Table:
    """`is_reversal` says of a line that it gives back a document that was cancelled: neither of the two counts."""
    if not {"state", "sale_id", "original_sale_id"} <= set(lines.columns):
        return lines
    state = mapped(lines, "state", company.state_map)
    of_cancelled = lines.filter((state == "cancelled") & lines.sale_id.notnull())
    cancelled = of_cancelled.select(cancelled_id=of_cancelled.sale_id.cast("string")).distinct()
    marked = lines.left_join(cancelled, [lines.original_sale_id.cast("string") == cancelled.cancelled_id])
    return marked.mutate(is_reversal=marked.cancelled_id.notnull()).select(*lines.columns, "is_reversal")


def with_repeats(lines: ir.Table, company: Company) -> ir.Table:
    """With `equal_rows: once`, `is_repeat` says of a line that one before it is the same in every column but the
    company's own."""
    if company.equal_rows == "each" or company.basis == "paid":
        return lines
    columns = [c for c in lines.columns if not schema.is_own("sale_line", c)]
    number = ibis.row_number().over(group_by=columns, order_by="sold_at")
    return lines.mutate(is_repeat=number > 0)


def signed(lines: ir.Table, company: Company, anonymous: list[str]) -> ir.Table:
    """Signs, tax and reasons settled once: `amount`, `is_return`, `left_out` (None for a line that counts)."""
    if company.cost_sign == "as_amount":
        own = {c: lines[c].abs() for c in OF_THE_AMOUNTS_SIGN if c in lines.columns}
        lines = lines.mutate(**{c: ibis.ifelse(lines.amount < 0, -size, size) for c, size in own.items()})
    if "kind" in lines.columns:
        kind = mapped(lines, "kind", company.kind_map)
    else:
        kind = ibis.ifelse(lines.amount < 0, company.negative_lines, "sale")
    is_return = kind == "return"
    changed: dict[str, ir.Value] = dict(left_out=_left_out(lines, company), is_return=is_return, is_sale=kind == "sale")
    if company.returns_are_positive:
        changed |= {c: ibis.ifelse(is_return, -lines[c], lines[c]) for c in MONEY_COLUMNS if c in lines.columns}
    paid = changed["paid"] = changed.get("amount", lines.amount)
    if "tax_amount" in lines.columns and (company.tax == "included") != company.amount_includes_tax:
        tax = changed.get("tax_amount", lines.tax_amount).fill_null(0)
        changed["amount"] = paid - tax if company.amount_includes_tax else paid + tax
    if anonymous:
        is_named = ~lines.client_id.cast("string").isin(anonymous)
        changed["client_id"] = ibis.ifelse(is_named, lines.client_id, ibis.null(lines.client_id.type()))
    if "branch_id" not in lines.columns:
        changed["branch_id"] = ibis.null("string")
    return lines.mutate(**changed)


def mapped(lines: ir.Table, column: str, mapping: Mapping[str, str]) -> ir.StringColumn:
    """The source's own words of `state` or `kind` as ours; one that is neither mapped nor ours is `unmapped …`."""
    allowed = schema.STATES if column == "state" else schema.KINDS
    known = {**{word: word for word in allowed}, **mapping}
    default = schema.STATES[0] if column == "state" else schema.KINDS[0]
    text = lines[column]
    cases = [(text == theirs, ours) for theirs, ours in known.items()]
    cases += [(text.isnull(), default)] if column == "kind" else []
    return ibis.cases(*cases, else_=ibis.literal(f"unmapped {column} ") + text.fill_null("(empty)"))


def _left_out(lines: ir.Table, company: Company) -> ir.StringColumn:
    cases = []
    if "other_currency" in lines.columns:
        cases.append((lines.other_currency.notnull(), ibis.literal("in ") + lines.other_currency))
    cases += [(lines.amount.isnull() & lines.no_rate.isnull(), ibis.literal("no_amount"))]
    cases.append((lines.no_rate.notnull(), ibis.literal("no rate ") + lines.no_rate))
    if "state" in lines.columns:
        state = mapped(lines, "state", company.state_map)
        cases.append((state != "posted", state))
    if "is_repeat" in lines.columns:
        cases.append((lines.is_repeat, ibis.literal("repeated")))
    if "is_reversal" in lines.columns:
        cases.append((lines.is_reversal, ibis.literal("reversal")))
    if "kind" in lines.columns:
        kind = mapped(lines, "kind", company.kind_map)
        cases.append((~kind.isin(schema.COUNTED_KINDS), kind))
    if company.basis in schema.DATE_OF:
        cases.append((lines[schema.DATE_OF[company.basis]].isnull(), ibis.literal(f"not {company.basis}")))
    return ibis.cases(*cases, else_=ibis.null("string"))


def is_unnamed(lines: ir.Table) -> ir.BooleanValue:
    """Whether a line lacks what a sale has, so that it may be a sum: a client or a branch, and a document's number (a
    text without a digit is none) where others have one."""
    if "sale_id" not in lines.columns:
        return lines.client_id.isnull() & lines.branch_id.isnull()
    is_numbered = lines.sale_id.notnull()
    if lines.sale_id.type().is_string():
        is_numbered &= lines.sale_id.re_search("[0-9]")
    return ~is_numbered & (lines.client_id.isnull() | lines.branch_id.isnull())


def tally(lines: ir.Table, currency: str) -> ir.Table:
    """One row a branch and reason: branch_id (text or None), reason (None: the lines count), lines, amount, none (net
    without a client), last (moment of the last line), and how many lines a finding is about, by its code, of some with
    their net; of returns, where kinds are known, how many there are."""
    digits = get_currency_precision(currency)
    noted = dict(no_client=lines.client_id.isnull(), unnamed=is_unnamed(lines))
    if (lines.amount.type().scale or 0) > digits:
        noted["fine_amounts"] = lines.amount.round(digits) != lines.amount
    if "is_rounded" in lines.columns:
        noted["rounded_amounts"] = lines.is_rounded
    if "kind" in lines.columns:
        noted["returns"] = lines.is_return
        noted["positive_returns"] = lines.is_return & (lines.amount > 0)
        noted["sign_violations"] = ibis.ifelse(lines.is_sale, lines.amount < 0, lines.amount > 0)
    if signed_too := [lines[c] for c in OF_THE_AMOUNTS_SIGN if c in lines.columns]:
        noted["cost_sign"] = ibis.or_(*(_is_contrary(column, lines.amount) for column in signed_too))
    weighed = {f"{AMOUNT_OF}{code}": lines.amount.sum(where=noted[code]).fill_null(0).cast(EXACT)
               for code in ("positive_returns", "cost_sign") if code in noted}  # fmt: skip
    table = lines.group_by("branch_id", reason=lines.left_out).agg(
        lines=lines.count(),
        amount=lines.amount.sum().cast(EXACT),
        none=lines.amount.sum(where=lines.client_id.isnull()).fill_null(0).cast(EXACT),
        last=lines.sold_at.max(),
        **{code: is_so.sum().fill_null(0) for code, is_so in noted.items()},
        **weighed,
    )
    return table.mutate(branch_id=table.branch_id.cast("string"))


def _is_contrary(column: ir.Column, amount: ir.Column) -> ir.BooleanValue:
    """Whether one is below 0 and the other above."""
    return (((column < 0) & (amount > 0)) | ((column > 0) & (amount < 0))).fill_null(False)


def refuse_unmapped(reasons: list[str], company: Company) -> None:
    """Raise BadData where a line carries a word that nobody mapped, or a currency without a rate."""
    if missing := [r.removeprefix("no rate ") for r in reasons if r.startswith("no rate ")]:
        raise BadData(f"no exchange rate to {company.currency} for {', '.join(missing)} on some days of the period; "
                      "add them to fx_rate, map sale_line.fx_to_report, or report one currency alone: "
                      f"currency: {company.currency} in the report's params file")  # fmt: skip
    unmapped = [r.removeprefix("unmapped ") for r in reasons if r.startswith("unmapped ")]
    if not unmapped:
        return
    column = unmapped[0].split(" ")[0]
    words = ", ".join(repr(f.removeprefix(column + " ")) for f in unmapped if f.startswith(column))
    allowed = " | ".join(schema.STATES if column == "state" else schema.KINDS)
    raise BadData(
        f"sale_line.{column} has the unmapped {words}; say in source.yaml {column}_map: what each is ({allowed})"
    )


def lines_of(lines: ir.Table, client_ids: list[str]) -> ir.Table:
    """The lines of some clients, their ids given as text."""
    ids = own_ids(lines.client_id, client_ids)
    return lines.filter(lines.client_id.isin(ids)) if ids else lines.limit(0)


def own_ids(column: ir.Column, ids: list[str]) -> list[int] | list[str]:
    """Ids given as text in the source's own type; in whole numbers without those that are none, such as A7 or 07."""
    return [int(i) for i in ids if WHOLE_NUMBER.fullmatch(i)] if column.type().is_integer() else ids
