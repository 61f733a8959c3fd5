"""Numbers as the reader's language writes them.

The locale's patterns are read once from Babel; a number then costs one `format` and one `translate`, so a
table of 80,000 cells is no matter. In come Decimals, ints and shares, out comes text.
"""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from babel import Locale
from babel.numbers import get_currency_name, get_currency_precision, get_currency_symbol

MINUS = "\u2212"
NONE = "–"


class Numbers:
    """How one locale writes numbers and one currency's money; every method returns text, `–` for None.

    digits: the currency's decimals; shown: those of an amount on a page, which may be none."""

    def __init__(self, locale: Locale, currency: str, shown: int | None = None) -> None:
        symbols = locale.number_symbols["latn"]
        money, percent = locale.currency_formats["standard"], locale.percent_formats[None]
        self.locale, self.currency = locale, currency
        self.digits = get_currency_precision(currency)
        self.shown = self.digits if shown is None else min(shown, self.digits)
        self.symbol = get_currency_symbol(currency, locale)
        self._minus = symbols["minusSign"].replace("-", MINUS)
        self._signs = str.maketrans({",": symbols["group"], ".": symbols["decimal"], "-": self._minus})
        self.decimal, self._plus = symbols["decimal"], symbols["plusSign"]
        self._percent = [part.replace("%", symbols["percentSign"]) for part in (percent.prefix[0], percent.suffix[0])]
        before, after = (
            [part.replace("¤", self.symbol).replace("-", self._minus) for part in parts]
            for parts in (money.prefix, money.suffix)
        )
        self._money = {False: (before[0], after[0]), True: (before[1], after[1])}

    def amount(self, value: Decimal | None, digits: int | None = None) -> str:
        """Money without its symbol, half away from zero, to the unit that the page shows unless `digits` says."""
        if value is None:
            return NONE
        digits = self.shown if digits is None else digits
        step = Decimal(1).scaleb(-digits)
        rounded = Decimal(value).quantize(step, ROUND_HALF_UP) + 0
        return f"{rounded:,.{digits}f}".translate(self._signs)

    def money(self, value: Decimal | None, digits: int | None = None) -> str:
        """Money with its symbol where the language puts it."""
        if value is None:
            return NONE
        before, after = self._money[value < 0]
        return before + self.amount(abs(value), digits) + after

    def signed_amount(self, value: Decimal) -> str:
        """A change without the currency's symbol, a rise with a plus."""
        return (self._plus if value > 0 else "") + self.amount(value)

    def signed(self, value: Decimal) -> str:
        """A change of money, a rise with a plus."""
        return (self._plus if value > 0 else "") + self.money(value)

    def whole(self, value: Decimal | None) -> str:
        """Money with its symbol, without the minor unit: for headlines, never for what has to add up."""
        return self.money(value, 0)

    def count(self, value: int | Decimal | None) -> str:
        """A whole number, or a number of points that keeps its own decimals."""
        if isinstance(value, Decimal):
            value = value.quantize(1) if value == value.to_integral_value() else value.normalize()
        return NONE if value is None else f"{value:,}".translate(self._signs)

    def percent(self, share: float | None, digits: int = 1) -> str:
        """A share of one as percent, half away from zero: 0.351 is `35.1%`."""
        if share is None:
            return NONE
        exact = Decimal(repr(float(share))) * 100
        return f"{exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP):,f}".translate(self._signs).join(
            self._percent
        )

    def signed_percent(self, share: float, digits: int = 0) -> str:
        """A change as percent, a rise with a plus: `−42%`, `+12%`."""
        return (self._plus if round(share * 100, digits) > 0 else "") + self.percent(share, digits)

    def number(self, value: float | None, digits: int = 2) -> str:
        """An index such as Gini."""
        return NONE if value is None else f"{value:,.{digits}f}".translate(self._signs)

    def currency_name(self) -> str:
        """The currency as a word in the plural: `euros`."""
        return get_currency_name(self.currency, 2, self.locale)

    def for_script(self) -> dict[str, Any]:
        """What the page's script needs to read and write the same numbers."""
        group, decimal = self._signs[ord(",")], self._signs[ord(".")]
        signs = dict(group=group, decimal=decimal, minus=self._minus, percent=self._percent)
        return signs | dict(digits=self.digits, shown=self.shown)
