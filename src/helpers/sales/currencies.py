"""Money in one currency: each line at the rate of its day, or the lines of one currency alone.

In come lines as the source has them, out come the same with money in the report's currency, `no_rate` naming what could
not be converted; and what the rates were, for a person who asks which way they go.
"""

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

import ibis
import ibis.expr.types as ir
import pandas as pd
from babel.numbers import get_currency_precision

from helpers import schema
from helpers.errors import BadParameter
from helpers.settings.company import Company

MONEY_COLUMNS = tuple(c for c, kind in schema.TABLES["sale_line"].items() if kind == schema.MONEY)
MONEY, RATE = "decimal(18, 4)", "decimal(19, 10)"  # a factor of 19: as helpers.money.WIDE
RATE_HOLDS_DAYS = 7  # over a week-end and a holiday, not over a forgotten month
UNLIKE = 3
"""How many times more one unit must be worth than the other before a rate's direction can be told from its size."""
ROUGH_WORTH = dict(
    USD=1.0, EUR=1.1, GBP=1.25, CHF=1.1, CAD=0.73, AUD=0.65, NZD=0.6, SGD=0.75, KWD=3.25, BHD=2.65, OMR=2.6, JOD=1.41,
    JPY=0.0067, CNY=0.14, INR=0.012, RUB=0.011, BRL=0.18, MXN=0.055, KRW=0.00075, SEK=0.095, NOK=0.093, DKK=0.148,
    PLN=0.25, CZK=0.043, HUF=0.0028, RON=0.22, TRY=0.03, UAH=0.024, KZT=0.002, AED=0.27, SAR=0.27, ILS=0.27, EGP=0.02,
    MAD=0.1, TND=0.32, DZD=0.0075, ZAR=0.054, NGN=0.0007, KES=0.0077, XOF=0.0016, XAF=0.0016, IDR=0.000062,
    VND=0.00004, THB=0.028, PHP=0.0175, MYR=0.22, HKD=0.128, TWD=0.031, PKR=0.0036, BDT=0.0085, LKR=0.0033,
    ARS=0.0007, CLP=0.0011, COP=0.00024, PEN=0.27, ISK=0.0072,
)  # fmt: skip
"""US dollars that one unit is worth, so roughly that years do not matter: it only tells a rate from its inverse."""


class Rate(NamedTuple):
    """What one unit of a currency was worth in the report's: the lowest and the highest used, of so many lines."""

    currency: str
    lines: int
    low: Decimal
    high: Decimal
    is_doubtful: bool

    def sentence(self, to: str) -> str:
        """`1 USD = 0.8 EUR`, or from .. to."""
        low, high = (f"{value:.6f}".rstrip("0").rstrip(".") for value in (self.low, self.high))
        return f"1 {self.currency} = {low if low == high else f'{low} – {high}'} {to}"


def converted(
    lines: ir.Table, rates: ir.Table | None, company: Company, day: Callable[[ir.Column], ir.DateColumn]
) -> ir.Table:
    """Money in the report's currency, each line rounded to its minor unit, half away from zero; `no_rate` names a
    currency that has none.

    The rate is the line's own (`fx_to_report`), else the table's of the line's day or of at most a week before it.
    """
    if "currency" not in lines.columns:
        return lines.mutate(no_rate=ibis.null("string"))
    columns, to = lines.columns, company.currency
    lines = with_rates(lines, rates, company, day)
    digits = get_currency_precision(to)

    def in_report(amount: ir.DecimalColumn) -> ir.DecimalColumn:
        product = (amount * lines.own_rate).round(digits).cast(MONEY)
        by_table = (
            _quotient(amount, lines.table_rate, digits)
            if _divides(company)
            else (amount * lines.table_rate).round(digits).cast(MONEY)
        )
        in_table = ibis.ifelse(lines.own_rate.isnull(), by_table, product)
        return ibis.ifelse(lines.is_foreign, in_table, amount.cast(MONEY))

    money = {c: in_report(lines[c]) for c in MONEY_COLUMNS if c in lines.columns}
    is_unknown = lines.is_foreign & lines.own_rate.isnull() & lines.table_rate.isnull()
    no_rate = ibis.ifelse(is_unknown, lines.their, ibis.null("string"))
    return lines.mutate(no_rate=no_rate, **money).select(*columns, "no_rate")


def with_rates(
    lines: ir.Table, rates: ir.Table | None, company: Company, day: Callable[[ir.Column], ir.DateColumn]
) -> ir.Table:
    """The lines with `their` currency, whether it `is_foreign`, their `own_rate` and the `table_rate` of their day."""
    own = lines.fx_to_report if "fx_to_report" in lines.columns else ibis.null(RATE)
    lines = lines.mutate(their=lines.currency.upper(), own_rate=own.cast(RATE), on=day(lines.sold_at))
    lines = lines.mutate(is_foreign=(lines.their != company.currency).fill_null(False))
    if rates is None:
        return lines.mutate(table_rate=ibis.null(RATE))
    valid = _valid_days(rates)
    same = [lines.their == valid.rate_currency, lines.on >= valid.valid_from, lines.on < valid.valid_to]
    joined = lines.left_join(valid, same)
    return joined.mutate(table_rate=joined.table_rate.cast(RATE))


def rates_used(lines: ir.Table, company: Company) -> list[Rate]:
    """What the foreign currencies of lines `with_rates` were worth, in the order of their codes."""
    foreign = lines.filter(lines.is_foreign)
    by_table = ibis.ifelse(foreign.own_rate.isnull(), foreign.table_rate, ibis.null(RATE))
    own = foreign.own_rate
    rows = foreign.group_by(currency="their").agg(
        lines=foreign.count(), own_low=own.min(), own_high=own.max(), low=by_table.min(), high=by_table.max()
    )
    return [_rate(row, company) for row in rows.order_by("currency").to_pandas().astype(object).itertuples()]


def _rate(row: Any, company: Company) -> Rate:  # Any: a row of rates_used
    written = [Decimal(value) for value in (row.low, row.high) if not pd.isna(value)]
    worth = [1 / value if _divides(company) else value for value in written]
    own = [Decimal(value) for value in (row.own_low, row.own_high) if not pd.isna(value)]
    low, high = min(worth + own, default=Decimal(0)), max(worth + own, default=Decimal(0))
    is_doubtful = any(_is_upside_down(row.currency, company.currency, value) for value in worth)
    return Rate(row.currency, int(row.lines), low, high, is_doubtful)


def _is_upside_down(currency: str, to: str, worth: Decimal) -> bool:
    """Whether the other way round a rate would be nearer to what one unit is roughly worth; of two currencies of
    nearly one worth nobody can tell."""
    if currency not in ROUGH_WORTH or to not in ROUGH_WORTH or worth <= 0:
        return False
    expected = math.log(ROUGH_WORTH[currency] / ROUGH_WORTH[to])
    as_used = math.log(worth)
    return abs(expected) > math.log(UNLIKE) and abs(as_used - expected) > abs(-as_used - expected)


def _divides(company: Company) -> bool:
    return company.rate_is == "foreign_per_report"


def _quotient(amount: ir.DecimalColumn, rate: ir.DecimalColumn, digits: int) -> ir.DecimalValue:
    """amount / rate to the minor unit, half away from zero, the same on every engine: their division is not exact, so a
    first guess is mended by what it leaves, in products of decimals, which are."""
    step, size = Decimal(1).scaleb(-digits), amount.abs()
    guess = (size.cast("float64") / rate.cast("float64")).round(digits).cast("decimal(17, 4)")
    left, half = size.cast("decimal(36, 14)") - guess * rate, rate * (step / 2)
    quotient = guess + ibis.cases((left >= half, step), (left < -half, -step), else_=Decimal(0))
    return ibis.ifelse(amount < 0, -quotient, quotient).cast(MONEY)


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


def _valid_days(rates: ir.Table) -> ir.Table:
    """Rates with the days they hold: to the next one, a week at most; two of one day that differ hold not at all, nor
    what is not above 0."""
    named = rates.mutate(rate_currency=rates.currency.upper(), valid_from=rates.rate_date)
    daily = named.group_by("rate_currency", "valid_from").agg(low=named.rate.min(), high=named.rate.max())
    next_day = daily.valid_from.lead().over(group_by=daily.rate_currency, order_by=daily.valid_from)
    daily = daily.mutate(
        next_day=next_day, last=(daily.valid_from + ibis.interval(days=RATE_HOLDS_DAYS + 1)).cast("date")
    )
    return daily.select(
        "rate_currency", "valid_from", valid_to=ibis.least(daily.next_day.fill_null(daily["last"]), daily["last"]),
        table_rate=ibis.ifelse((daily.low == daily.high) & (daily.low > 0), daily.low, ibis.null("decimal(18, 10)")),
    )  # fmt: skip
