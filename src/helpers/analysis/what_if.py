"""What if? The period's sales calculated under other rules.

In come the sales and the name of a rules file, out come the figures under the company's rules and under the others,
side by side. What was bought, when and by whom stays as it was: it is no claim about how clients would behave.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd
from babel.numbers import get_currency_precision

from helpers.analysis.discounts import Discounts, by_client_and_list, discounts_of, knows_base, period_sums, waterfall
from helpers.analysis.points import BonusPoints, bonus_points, computed, rules_of
from helpers.analysis.points.balance import by_client, moves_by_rules, points_of, summed
from helpers.analysis.points.documents import document_of, origin_of, spent_before
from helpers.analysis.points.ledger import can_compute
from helpers.errors import BadParameter, did_you_mean
from helpers.money import EXACT
from helpers.sales import Result, Rows, Sales, frame, kept
from helpers.sales.sales import SEPARATOR
from helpers.settings.rules import PriceListRule, Rules, changes

FINE, WIDE = "decimal(18, 6)", "decimal(19, 6)"  # a product of two with 18 digits overflows in DuckDB


@dataclass(frozen=True)
class PeriodUnderRules:
    """The figures of the period under some rules; clients: client_id, net, list_discount, accrued, closing."""

    points: BonusPoints | None
    discounts: Discounts | None
    net: Decimal
    clients: ir.Table


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class WhatIf(Result):
    """`now` by the company's rules, `then` by the others; by_list and by_client: both and the difference, the largest
    first. `differs`: the source's own ledger closes with this much more than the rules give (None without a ledger).
    title: what the others call themselves, "" where they do not. changes: where the rules differ (place in the file,
    now, then)."""

    title: str
    now: PeriodUnderRules
    then: PeriodUnderRules
    by_list: pd.DataFrame | None
    by_client: pd.DataFrame
    differs: Decimal | None
    changes: list[tuple[str, str, str]]

    @property
    def frame(self) -> pd.DataFrame:
        """The clients whose terms differ most."""
        return self.by_client


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class NoOtherRules(Result):
    """Nobody named other rules."""

    @property
    def frame(self) -> pd.DataFrame:
        """Nothing."""
        return pd.DataFrame()


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class WhatIfClients(Rows):
    """client_id, client_name, and net, list_discount, accrued and closing, each now and then (`_then`), and the gain;
    the largest first. `title`: what the other rules call themselves."""

    title: str


@kept
def what_if_clients(sales: Sales, name: str | dict[str, Any], rows: int = 20) -> WhatIfClients | NoOtherRules:
    """Whom the other rules would have given most.

    Example: `what_if_clients(sales, "rules.vip", rows=5)`."""
    comparison = what_if(sales, name, rows)
    return (
        comparison
        if isinstance(comparison, NoOtherRules)
        else WhatIfClients(reader=sales.reader, rows=comparison.by_client, title=comparison.title)
    )


@kept
def what_if(sales: Sales, name: str | dict[str, Any], rows: int = 20) -> WhatIf | NoOtherRules:
    """The period under other terms of price lists and bonus points beside the company's own: of a file (rules.vip),
    or what its file would say, as `{"price_lists": {"VIP": {"percent_off": 12}}}`. Its clients are the `rows` that gain
    most. What a percentage of some clients' amounts comes to is no other terms: multiply their `net`.

    Example: `what_if(sales, "rules.vip").changes`."""
    if not name:
        return NoOtherRules(reader=sales.reader)
    if sales.only_branches:
        raise BadParameter("what_if: terms hold in all branches; ask it of sales.whole")
    rules, others = rules_of(sales), rules_of(sales, name)
    _refuse_unknown(sales, rules, others)
    now, then = under_rules(sales, rules), under_rules(sales, others)
    own = bonus_points(sales) if sales.bonus_entries is not None else None
    differs = own.closing - now.points.closing if isinstance(own, BonusPoints) and now.points else None
    lists = _lists(now.discounts, then.discounts) if now.discounts and then.discounts else None
    gains = _clients(sales, now.clients, then.clients, rows)
    return WhatIf(
        reader=sales.reader, title=others.title, now=now, then=then, by_list=lists,
        by_client=gains, differs=differs, changes=changes(rules, others),
    )  # fmt: skip


def _refuse_unknown(sales: Sales, rules: Rules, others: Rules) -> None:
    """Raise BadParameter for terms of a price list or a bonus kind that neither the source nor the company's own rules
    have: they would change nothing."""
    known = {"price_lists": set(sales.price_list_names), "kinds": set()}
    if sales.has("price_list_id"):
        known["price_lists"] |= _ids(sales.counted.price_list_id)
    if (kinds := sales.source.tables.get("bonus_kind")) is not None:
        known["kinds"] = _ids(kinds.bonus_kind_id)
    for place, ids in known.items():
        for one in set(getattr(others, place)) - set(getattr(rules, place)):
            if ids and one not in ids:
                raise BadParameter(f"what_if: {place}: there is no '{one}'{did_you_mean(one, sorted(ids))}")


def _ids(column: ir.Column) -> set[str]:
    return set(column.cast("string").as_table().distinct().to_pandas().iloc[:, 0].dropna())


def under_rules(sales: Sales, rules: Rules) -> PeriodUnderRules:
    """The period's sales under `rules`, what came before it under the company's own."""
    before = rules_of(sales)
    lines = repriced(sales, rules, before) if knows_base(sales) else sales.counted
    sums = period_sums(sales) if rules == before else by_client_and_list(sales, lines)
    moved = _moved(sales, lines, rules, before)
    return PeriodUnderRules(
        points_of(sales, moved) if moved is not None else None,
        discounts_of(sales, sums) if knows_base(sales) else None,
        sums.net.sum().fill_null(0).cast(EXACT).execute(),
        sales.source.keep(_by_client(sales, sums, moved)),
    )


def _moved(sales: Sales, lines: ir.Table, rules: Rules, before: Rules) -> ir.Table | None:
    """The ledger that rules give, summed; None where the source does not say who earns."""
    if not can_compute(sales, rules):
        return None
    if rules == before:
        return moves_by_rules(sales)
    period = lines.select(*sales.history.columns).cast(sales.history.schema())
    return summed(sales, computed(sales, [(sales.history, before), (period, rules)]))


def repriced(sales: Sales, rules: Rules, before: Rules) -> ir.Table:
    """The period's lines with their waterfall under other list rules: a list's price is its percentage off the base
    price, rounded to the minor unit; manual discounts and coupons stay as they were. Points pay no more than
    their part."""
    lines = same = waterfall(sales)
    changed = {k: r for k, r in rules.price_lists.items() if before.price_lists.get(k) != r}
    if changed:
        lines = _relisted(sales, lines, changed)
    if rules.max_part_paid is not None and rules.max_part_paid != before.max_part_paid:
        lines = _capped(sales, lines, rules.max_part_paid)
    return lines if lines is same else sales.source.keep(lines)


def _relisted(sales: Sales, lines: ir.Table, lists: dict[str, PriceListRule]) -> ir.Table:
    """Lines of a list that the rules change, and of clients that had reached one, at its percentage where the base
    price is known; a return follows the document that it gives back, so one of an earlier period stays as it was."""
    lines = lines.mutate(then=_list_then(sales, lines, lists))
    off = [(lines.then == k, ibis.literal(r.percent_off / 100).cast(FINE)) for k, r in lists.items()]
    discount_then = (
        (lines.base_amount.cast(WIDE) * ibis.cases(*off, else_=ibis.null(FINE))).round(_digits(sales)).cast(EXACT)
    )
    lines = lines.mutate(discount_then=discount_then)
    own, is_better = lines.then == lines.price_list_id, lines.discount_then.abs() > lines.list_discount.abs()
    is_changed = (lines.is_covered & lines.discount_then.notnull() & (own | is_better)).fill_null(False)
    lines = lines.mutate(
        is_changed=is_changed, more=ibis.ifelse(is_changed, lines.discount_then - lines.list_discount, 0).cast(EXACT)
    )
    changed = _paid_less(sales, lines, lines.more).mutate(
        list_discount=(lines.list_discount + lines.more).cast(EXACT), list_amount=lines.list_amount - lines.more,
        price_list_id=ibis.ifelse(lines.is_changed, lines.then, lines.price_list_id),
    )  # fmt: skip
    return changed.drop("then", "discount_then", "is_changed", "more")


def _list_then(sales: Sales, lines: ir.Table, lists: dict[str, PriceListRule]) -> ir.StringColumn:
    """The highest list whose amount the client had reached before the document, or else the applied one; None for a
    return whose document is not of this period."""
    document, known = document_of(sales, lines), ~lines.is_return
    if "original_sale_id" in lines.columns:
        mine = sales.counted.filter(~sales.counted.is_return)
        origin = origin_of(sales, lines)
        known = known | origin.isin(document_of(sales, mine))
        document = ibis.ifelse(lines.is_return, origin, document)
    then = lines.price_list_id
    steps = sorted((r.from_, k) for k, r in lists.items() if r.from_ is not None)
    if steps:
        spent = spent_before(sales, sales.until_end)
        for amount, name in steps:
            reached = spent.filter(spent.spent >= amount)
            then = ibis.ifelse(_of_client(lines, document).isin(_of_client(reached, reached.document)), name, then)
    return ibis.ifelse(known, then, ibis.null("string"))


def _of_client(table: ir.Table, document: ir.Value) -> ir.StringValue:
    """A document with its client: one without a number has its moment, which others may have too."""
    return table.client_id.cast("string") + SEPARATOR + document.cast("string")


def _capped(sales: Sales, lines: ir.Table, part: Decimal) -> ir.Table:
    """What points paid of a document beyond their part of it is paid with money, its last lines first."""
    lines = lines.mutate(document=document_of(sales, lines))
    whole = ibis.window(group_by=["client_id", "document", "is_return"])
    order = [c for c in ("line_no", "item_id", "amount") if c in lines.columns]
    so_far = ibis.window(group_by=["client_id", "document", "is_return"], order_by=order, preceding=None, following=0)
    most = ((lines.paid + lines.bonus_paid).sum().over(whole).cast(WIDE) * ibis.literal(part).cast(FINE)).round(
        _digits(sales)
    )
    lines = lines.mutate(most=most.cast(EXACT), until=lines.bonus_paid.sum().over(so_far).cast(EXACT))
    allowed = ibis.least(lines.until, lines.most) - ibis.least((lines.until - lines.bonus_paid).cast(EXACT), lines.most)
    by_points = ibis.ifelse(lines.is_return, lines.bonus_paid.cast(EXACT), allowed.cast(EXACT))
    lines = lines.mutate(by_points=by_points)
    changed = _paid_less(sales, lines, (lines.by_points - lines.bonus_paid).cast(EXACT)).mutate(
        bonus_paid=lines.by_points
    )
    return changed.drop("document", "most", "until", "by_points")


def _paid_less(sales: Sales, lines: ir.Table, less: ir.Value) -> ir.Table:
    """The lines whose client paid that much less; where the amounts are without a part of it, that changes in
    proportion, rounded to the minor unit."""
    net = less
    if "tax_amount" in lines.columns and (sales.company.tax == "included") != sales.company.amount_includes_tax:
        share = lines.amount.cast("float64") / lines.paid.nullif(0).cast("float64")
        net = (less.cast("float64") * share).round(_digits(sales)).fill_null(0).cast(EXACT)
    return lines.mutate(amount=(lines.amount - net).cast(EXACT), paid=(lines.paid - less).cast(EXACT))


def _digits(sales: Sales) -> int:
    return get_currency_precision(sales.company.currency)


def _by_client(sales: Sales, sums: ir.Table, moved: ir.Table | None) -> ir.Table:
    named = sums.filter(sums.client_id.notnull())
    off = named.list_discount if "list_discount" in named.columns else ibis.literal(Decimal(0))
    table = named.group_by("client_id").agg(net=named.net.sum().cast(EXACT), list_discount=off.sum().cast(EXACT))
    nothing = ibis.literal(Decimal(0)).cast("decimal(38, 3)")
    if moved is None:
        return table.mutate(accrued=nothing, closing=nothing)
    points = by_client(sales, moved).select("client_id", "accrued", "closing")
    table = table.outer_join(points, "client_id")
    table = table.mutate(client_id=table.client_id.fill_null(table.client_id_right)).drop("client_id_right")
    money = {c: table[c].fill_null(0).cast(EXACT) for c in ("net", "list_discount")}
    return table.mutate(**money, **{c: table[c].fill_null(0).cast("decimal(38, 3)") for c in ("accrued", "closing")})


def _clients(sales: Sales, now: ir.Table, then: ir.Table, top: int) -> pd.DataFrame:
    """client_id, client_name, and each figure now and then; the largest gain in discount and points' worth first."""
    then = then.rename(**{f"{c}_then": c for c in then.columns if c != "client_id"})
    both = now.outer_join(then, "client_id")
    both = both.mutate(client_id=both.client_id.fill_null(both.client_id_right)).drop("client_id_right")
    value = sales.company.point_value or Decimal(0)
    gain = (both.list_discount_then - both.list_discount).cast(EXACT) + (
        (both.accrued_then - both.accrued).cast("decimal(18, 4)") * ibis.literal(value).cast(WIDE)
    ).cast(EXACT)
    both = both.mutate(gain=gain).filter(ibis._.gain != 0).order_by([ibis.desc("gain"), "client_id"]).limit(top)
    named = both.left_join(sales.clients.select("client_id", "client_name"), "client_id").drop("client_id_right")
    return frame(named.order_by([ibis.desc("gain"), "client_id"]))


def _lists(now: Discounts, then: Discounts) -> pd.DataFrame:
    """price_list_id, price_list, net and discount now and then."""
    columns = ["price_list_id", "price_list", "net", "discount"]
    keys = columns[:2]
    two = (part.by_list[columns].astype(object) for part in (now, then))  # pandas joins no empty texts
    both = pd.merge(*two, how="outer", on=keys, suffixes=("", "_then"))
    both = both.sort_values("net", ascending=False, na_position="last", ignore_index=True)
    numbers = both.columns.difference(keys)
    both[numbers] = both[numbers].where(both[numbers].notna(), Decimal(0))
    return both.where(both.notna(), None)
