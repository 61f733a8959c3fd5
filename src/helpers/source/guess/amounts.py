"""Which column is the amount of a line: by its name, and by whether its lines add up to what the file calls totals.

In come a `Look`, its `Values` and the columns that are taken already, out comes an `Amount` with the rows to leave out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from helpers.source.guess.look import Look
from helpers.source.guess.values import Values
from helpers.source.guess.words import (
    CREDITS,
    DEBITS,
    DISCOUNTS,
    PARTIAL_LIKENESS,
    PRICES,
    REFUNDS,
    is_called,
    likeness,
)

FURTHER = "further lines of a document"


@dataclass(frozen=True)
class Amount:
    """What source.yaml says of the amount: a column or an expression, the rows to leave out, and what speaks for it."""

    text: str
    is_sure: bool
    why: str = ""
    skip: dict[str, str] = field(default_factory=dict)


def amount_of(look: Look, values: Values, numbers: Sequence[str], quantity: str | None) -> Amount | None:
    """The amount of a line, less what a column says was given back of it; None where no column is like one."""
    refunds = next((name for name in numbers if is_called(name, REFUNDS) and not values.is_flag(name)), None)
    amount = _amount_of(look, values, [name for name in numbers if name != refunds], quantity)
    if not (amount and refunds and amount.text in look.names and any(values.of(refunds))):
        return amount
    sign = "-" if max(filter(None, values.of(refunds))) > 0 else "+"
    return Amount(f"{amount.text} {sign} coalesce({refunds}, 0)", False, "less what was given back", amount.skip)


def _amount_of(look: Look, values: Values, numbers: Sequence[str], quantity: str | None) -> Amount | None:
    """The amount of a line, out of the columns of numbers that nothing else is read from; None where nothing is like
    one."""
    totals = [name for name in numbers if values.is_repeated(name) or values.is_on_first_row(name)]
    single = [name for name in numbers if name not in totals and not _is_other(values, name)]
    named = [name for name in sorted(numbers, key=lambda name: -likeness("amount", name)) if likeness("amount", name)]
    for name in [*(each for each in named if each in single), *single]:
        if (total := values.adds_up_to(name, totals)) and name != quantity:
            return Amount(name, True, f"the lines of each document add up to {total}")
    price = next((name for name in numbers if name not in totals and is_called(name, PRICES)), None)
    product = f"{quantity} * {price}" if quantity and price else None
    if product and (total := values.product_adds_up_to(quantity or "", price or "", totals)):
        return Amount(product, True, f"the lines of each document add up to {total}")
    if lines := [name for name in named if name in single]:
        return _by_name(lines, values)
    if product:
        return Amount(_discounted(product, values, numbers), False)
    if sides := _sides(values, numbers):
        return sides
    if repeated := [name for name in named if name in totals]:
        return _of_documents(repeated[0], values)
    return Amount(named[0], False) if named else None


def _discounted(product: str, values: Values, numbers: Sequence[str]) -> str:
    """A product less the share of it that was given away, where a column has that share."""
    share = next((name for name in numbers if is_called(name, DISCOUNTS) and values.is_share(name)), None)
    return f"{product} * (1 - {share})" if share else product


def _sides(values: Values, numbers: Sequence[str]) -> Amount | None:
    """What an account has on one side less what it has on the other, the way round that makes the sum positive."""
    debit, credit = (next((name for name in numbers if is_called(name, known)), None) for known in (DEBITS, CREDITS))
    if not (debit and credit):
        return None
    sums = {name: sum(filter(None, values.of(name)), Decimal(0)) for name in (debit, credit)}
    more, less = sorted(sums, key=lambda name: -sums[name])
    return Amount(f"coalesce({more}, 0) - coalesce({less}, 0)", False)


def _is_other(values: Values, name: str) -> bool:
    """Whether a column of numbers can be no line's amount: a rate, or nearly nothing but zeros."""
    return values.is_rate(name) or values.is_mostly_zero(name)


def _by_name(lines: list[str], values: Values) -> Amount:
    """The likeliest of several lines' amounts; in doubt where another one of other numbers may be meant."""
    best, *others = lines
    twins = values.twins(best)
    rivals = [name for name in others if name not in twins]
    why = f"or {', '.join(rivals[:2])}?" if rivals else ""
    return Amount(best, likeness("amount", best) > PARTIAL_LIKENESS and not rivals, why)


def _of_documents(total: str, values: Values) -> Amount:
    """A document's total, counted once a document."""
    rule = f"{total} IS NULL" if values.is_on_first_row(total) else f"row_number() OVER (PARTITION BY {values.key}) > 1"
    return Amount(total, False, "a total of the whole document, counted on its first row alone", {FURTHER: rule})
