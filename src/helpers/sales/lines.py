"""Which lines count, whose they are, and how much: the rules that every line passes once, before any sum.

In come the source's tables as they are, out come the lines with signed amounts in one currency, one basis and one
client each, and `left_out` for those that do not count.
"""

from collections.abc import Callable, Mapping

import ibis
import ibis.expr.types as ir
from babel.numbers import get_currency_precision

from helpers import schema
from helpers.errors import BadConfiguration, BadData, BadParameter
from helpers.money import EXACT
from helpers.settings.company import Company

MONEY_COLUMNS = tuple(c for c, kind in schema.TABLES["sale_line"].items() if kind == schema.MONEY)
OF_THE_AMOUNTS_SIGN = ("cost_amount", "tax_amount", "base_amount", "list_amount")
AMOUNT_OF = "amount of "
RATE_HOLDS_DAYS = 7  # over a week-end and a holiday, not over a forgotten month
ROUNDS = 5  # of pointer jumping: chains of up to 2^5 aliases


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


def converted(lines: ir.Table, rates: ir.Table | None, to: str, day: Callable[[ir.Column], ir.DateColumn]) -> ir.Table:
    """Money in the report's currency, each line rounded to its minor unit, half away from zero; `no_rate` names a
    currency that has none.

    The rate is the line's own (`fx_to_report`), else the table's of the line's day or of at most a week before it.
    """
    if "currency" not in lines.columns:
        return lines.mutate(no_rate=ibis.null("string"))
    rate = lines.fx_to_report if "fx_to_report" in lines.columns else ibis.null("decimal(18, 10)")
    lines = lines.mutate(their=lines.currency.upper(), own_rate=rate, on=day(lines.sold_at))
    if rates is None:
        lines = lines.mutate(table_rate=ibis.null("decimal(18, 10)"))
    else:
        valid = _valid_days(rates)
        same = [lines.their == valid.rate_currency, lines.on >= valid.valid_from, lines.on < valid.valid_to]
        lines = lines.left_join(valid, same)
    is_foreign = (lines.their != to).fill_null(False)
    used = lines.own_rate.fill_null(lines.table_rate).cast("decimal(19, 10)")  # as WIDE
    digits = get_currency_precision(to)

    def in_report(amount: ir.DecimalColumn) -> ir.DecimalColumn:
        return ibis.ifelse(
            is_foreign, (amount * used).round(digits).cast("decimal(18, 4)"), amount.cast("decimal(18, 4)")
        )

    money = {c: in_report(lines[c]) for c in MONEY_COLUMNS if c in lines.columns}
    no_rate = ibis.ifelse(is_foreign & used.isnull(), lines.their, ibis.null("string"))
    return lines.mutate(no_rate=no_rate, **money).drop("their", "own_rate", "on", *_columns_of_rates(lines))


def in_currency(lines: ir.Table, only: str, own: str) -> ir.Table:
    """Money as it is, of the lines in one currency alone (`own` where a line names none); `other_currency`
    names that of the rest, whose amounts are not read: two currencies are never added up."""
    if "currency" not in lines.columns:
        if only != own:
            raise BadParameter(f"currency: {only} needs sale_line.currency; without it all amounts are in {own}")
        return lines.mutate(no_rate=ibis.null("string"))
    theirs = lines.currency.upper().fill_null(own)
    money = {c: ibis.ifelse(theirs == only, lines[c], ibis.null(lines[c].type()))
             for c in MONEY_COLUMNS if c in lines.columns}  # fmt: skip
    other = ibis.ifelse(theirs == only, ibis.null("string"), theirs)
    return lines.mutate(no_rate=ibis.null("string"), other_currency=other, **money)


def _columns_of_rates(lines: ir.Table) -> list[str]:
    return [c for c in ("rate_currency", "valid_from", "valid_to", "table_rate") if c in lines.columns]


def _valid_days(rates: ir.Table) -> ir.Table:
    """Rates with the days they hold: to the next one, a week at most; two of one day that differ hold not at all."""
    named = rates.mutate(rate_currency=rates.currency.upper(), valid_from=rates.rate_date)
    daily = named.group_by("rate_currency", "valid_from").agg(low=named.rate.min(), high=named.rate.max())
    next_day = daily.valid_from.lead().over(group_by=daily.rate_currency, order_by=daily.valid_from)
    daily = daily.mutate(
        next_day=next_day, last=(daily.valid_from + ibis.interval(days=RATE_HOLDS_DAYS + 1)).cast("date")
    )
    return daily.select(
        "rate_currency", "valid_from", valid_to=ibis.least(daily.next_day.fill_null(daily["last"]), daily["last"]),
        table_rate=ibis.ifelse(daily.low == daily.high, daily.low, ibis.null("decimal(18, 10)")),
    )  # fmt: skip


def merged(lines: ir.Table, tables: dict[str, ir.Table], company: Company) -> ir.Table:
    """Each line under the client it counts for: the master of an alias, then with `group_level: group` its group."""
    if (alias := tables.get("client_alias")) is not None:
        lines = _renamed(lines, _final_masters(alias))
    if company.group_level == "group":
        client = tables.get("client")
        if client is None or "group_id" not in client.columns:
            raise BadConfiguration("group_level: group needs client.group_id; map it in source.yaml")
        groups = client.filter(client.group_id.notnull())
        lines = _renamed(
            lines, groups.select(other=groups.client_id.cast("string"), master=groups.group_id.cast("string"))
        )
    return lines


def _renamed(lines: ir.Table, targets: ir.Table) -> ir.Table:
    lines = lines.mutate(client_id=lines.client_id.cast("string"))
    targets = targets.rename(alias_of_master="other", master_of_alias="master")
    renamed = lines.left_join(targets, lines.client_id == targets.alias_of_master)
    return renamed.mutate(client_id=renamed.master_of_alias.fill_null(renamed.client_id)).select(*lines.columns)


def _final_masters(alias: ir.Table) -> ir.Table:
    """other, master (text): the end of each chain, a repeated row once. Raises BadData for a circle, and for a client
    with two masters."""
    rows = alias.select(other=alias.client_id.cast("string"), master=alias.master_client_id.cast("string"))
    rows = rows.filter(rows.other != rows.master).distinct()
    for _ in range(ROUNDS):
        ahead = rows.select(at=rows.other, further=rows.master).view()
        jumped = rows.left_join(ahead, [("master", "at")])
        rows = jumped.mutate(master=jumped.further.fill_null(jumped.master)).select("other", "master")
    circles = rows.semi_join(rows.select(start=rows.other).view(), [("master", "start")]).count()
    twice = rows.other.count() - rows.other.nunique()
    faults = rows.agg(twice=twice).to_pandas().twice.item(), circles.execute()
    if any(faults):
        raise BadData(f"client_alias: {faults[0]} clients with two masters, {faults[1]} in a circle or a chain of over "
                      f"{2**ROUNDS}; each client needs one master")  # fmt: skip
    return rows


def signed(lines: ir.Table, company: Company, anonymous: list[str]) -> ir.Table:
    """Signs, tax and reasons settled once: `amount`, `is_return`, `left_out` (None for a line that counts)."""
    if company.cost_sign == "as_amount":
        own = {c: lines[c].abs() for c in OF_THE_AMOUNTS_SIGN if c in lines.columns}
        lines = lines.mutate(**{c: ibis.ifelse(lines.amount < 0, -size, size) for c, size in own.items()})
    is_return = mapped(lines, "kind", company.kind_map) == "return" if "kind" in lines.columns else lines.amount < 0
    changed: dict[str, ir.Value] = {"left_out": _left_out(lines, company), "is_return": is_return}
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
    if "kind" in lines.columns:
        kind = mapped(lines, "kind", company.kind_map)
        cases.append((~kind.isin(["sale", "return"]), kind))
    if company.basis in schema.DATE_OF:
        cases.append((lines[schema.DATE_OF[company.basis]].isnull(), ibis.literal(f"not {company.basis}")))
    return ibis.cases(*cases, else_=ibis.null("string"))


def tally(lines: ir.Table, currency: str) -> ir.Table:
    """One row a branch and reason: branch_id (text or None), reason (None: the lines count), lines, amount, none (net
    without a client), last (moment of the last line), and how many lines a finding is about, by its code, of some with
    their net; of returns, where kinds are known, how many there are."""
    digits = get_currency_precision(currency)
    noted = dict(no_client=lines.client_id.isnull())
    if (lines.amount.type().scale or 0) > digits:
        noted["fine_amounts"] = lines.amount.round(digits) != lines.amount
    if "is_rounded" in lines.columns:
        noted["rounded_amounts"] = lines.is_rounded
    if "kind" in lines.columns:
        noted["returns"] = lines.is_return
        noted["positive_returns"] = lines.is_return & (lines.amount > 0)
        noted["sign_violations"] = ibis.ifelse(lines.is_return, lines.amount > 0, lines.amount < 0)
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
                      f"currency: {company.currency}")  # fmt: skip
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
    return lines.filter(lines.client_id.isin(own_ids(lines.client_id, client_ids))) if client_ids else lines.limit(0)


def own_ids(column: ir.Column, ids: list[str]) -> list[int] | list[str]:
    """Ids given as text in the source's own type."""
    return [int(i) for i in ids] if column.type().is_integer() else ids
