"""The discount waterfall drawn: from base prices, step by step, to what the clients paid.

In come Discounts, out comes a Drawing; the steps add up to the cent.
"""

from decimal import Decimal
from itertools import pairwise
from typing import Any

from helpers.analysis.discounts import Discounts, DiscountSteps
from helpers.page.bars import bars, per_cent
from helpers.page.drawing import Drawing, draw
from helpers.page.tables import Column
from helpers.page.words import Words

ZERO = Decimal(0)


@draw.register
def waterfall(result: DiscountSteps, w: Words) -> Drawing:
    """What was taken off the base prices, each step from where the one before it ended."""
    discounts = result.discounts
    if discounts.by_list.empty:
        return Drawing(w.gettext("There are no sales {when}.", when=w.during(result.reader.period)))
    steps, levels = _steps(discounts, w), [discounts.base]
    for _, amount in steps:
        levels.append(levels[-1] + amount)
    top = max(Decimal(1), discounts.net, *levels)
    rows = [_row(w.gettext("At base prices"), discounts.base, ZERO, discounts.base, top, w)]
    rows += [
        _row(label, amount, min(ends), max(ends), top, w)
        for (label, amount), ends in zip(steps, pairwise(levels), strict=True)
    ]
    rows.append(_row(w.gettext("Sold"), discounts.net, ZERO, discounts.net, top, w))
    columns = [Column(w.gettext("Step"), is_number=False), Column(w.gettext("Amount, {currency}", currency=w.symbol))]
    sentence = w.gettext(
        "{base} at base prices, sold for {net}", base=w.money(discounts.base), net=w.money(discounts.net)
    )
    return bars(sentence, w.gettext("Each step begins where the one before it ended."), columns, rows, "", w)


def _steps(discounts: Discounts, w: Words) -> list[tuple[str, Decimal]]:
    """What each step adds, those that add nothing left out."""
    off = (discounts.list_discount, discounts.manual_discount, discounts.coupon_discount, discounts.bonus_paid)
    labels = (w.gettext("Price lists"), w.gettext("By hand"), w.gettext("Coupons"), w.gettext("Paid with points"))
    unknown = discounts.net - (discounts.base - sum(off, ZERO))
    steps = [(label, -amount) for label, amount in zip(labels, off, strict=True)]
    return [step for step in [*steps, (w.gettext("Sold without a known base price"), unknown)] if step[1]]


def _row(label: str, amount: Decimal, low: Decimal, high: Decimal, top: Decimal, w: Words) -> dict[str, Any]:
    start = max(ZERO, low)
    return dict(label=label, start=per_cent(start / top), bar=per_cent((high - start) / top), cells=[w.amount(amount)])
