"""How an estimate is said to a reader who knows no statistics.

In come figures of a `Forecast`, out comes text: a chance is a round per cent, never none and never certain; an amount
has the two or three figures that mean something; every caution is a sentence.
"""

import datetime as dt
from decimal import Decimal

from helpers.analysis.promising import Forecast
from helpers.analysis.promising.backtest import Backtest
from helpers.analysis.promising.scores import LEVEL
from helpers.page.words import Words, clean_name, known

LEAST, TENS_FROM, MOST = 0.01, 0.15, 0.95


def chance(share: float, w: Words) -> str:
    """A chance in per cent, one way for all of them: `30%`, `4%`, `<1%`, `>95%`; above 15 % to the nearest ten.

    >>> [chance(share, Words("en")) for share in (0.0004, 0.044, 0.31, 0.97)]
    ['<1%', '4%', '30%', '>95%']
    """
    if share < LEAST:
        return f"<{w.percent(LEAST, 0)}"
    if share > MOST:
        return f">{w.percent(MOST, 0)}"
    return w.percent(share if share < TENS_FROM else round(share, 1), 0)


def estimate(value: float) -> Decimal:
    """An estimated amount, rounded to three figures: 12,781 is 12,800.

    >>> estimate(12780.6), estimate(284.7), estimate(0.4)
    (Decimal('12800'), Decimal('285'), Decimal('0'))
    """
    return Decimal(round(value, -max(0, len(str(int(abs(value)))) - 3)) + 0.0).quantize(Decimal(1))


def figure(value: float, w: Words) -> str:
    """An estimated amount for a column: `12,800`."""
    return w.amount(estimate(value), 0)


def ahead(forecast: Forecast, w: Words) -> str:
    """The days the figures are about: as many as the period's, right after it."""
    return w.span(forecast.until + dt.timedelta(days=1), forecast.until + dt.timedelta(days=forecast.days))


def people(forecast: Forecast) -> dict[str, tuple[str, str]]:
    """Client id → name and price list of the clients in the lists; the id where there is no name."""
    rows = forecast.people.itertuples()
    return {
        p.client_id: (clean_name(known(p.client_name) or p.client_id), clean_name(known(p.price_list))) for p in rows
    }


def assumptions(forecast: Forecast, w: Words) -> str:
    """What every expected amount takes for granted, in one sentence."""
    if forecast.season and forecast.method.daily is not None:
        return w.gettext(
            "Expected for {ahead}: an estimate from past purchases alone, times {times}: so much did these days bring "
            "a year ago against that year’s average. No promotion and no competitor is considered.",
            ahead=ahead(forecast, w),
            times=w.number(forecast.season, 2),
        )
    return w.gettext(
        "Expected for {ahead}: an estimate from past purchases alone; no promotion, no season and no competitor is "
        "considered.",
        ahead=ahead(forecast, w),
    )


def how_sure(forecast: Forecast, w: Words) -> str:
    """What may be promised of the ranges: a share, where they are as wide as the past asked for, or what was seen."""
    if forecast.method.levels is not None:
        share = w.percent(LEVEL, 0)
        return w.gettext("About {share} end within their range, as they did in the past.", share=share)
    if forecast.backtest is None or forecast.backtest.coverage is None:
        return w.gettext("How often the amount lies in the range given could not be measured yet.")
    return range_share(forecast.backtest.coverage, w)


def range_share(coverage: float, w: Words) -> str:
    """How often the ranges of the last list held."""
    return w.gettext("The last time the amount lay in the range given for {share}.", share=w.percent(coverage, 0))


def off(share: float, w: Words) -> str:
    """How far a total was off: `47% too much`."""
    size = max(abs(share), LEAST)
    sign = "<" if abs(share) < LEAST else ""
    if share > 0:
        return w.gettext("{share} too much", share=f"{sign}{w.percent(size, 0)}")
    return w.gettext("{share} too little", share=f"{sign}{w.percent(size, 0)}")


def otherwise(tried: Backtest, w: Words) -> str:
    """How far the last total was off by the other reckoning, with the season or without it."""
    value = off(tried.off_otherwise or 0.0, w)
    if tried.method.daily is None:
        return w.gettext("with the season: {value}", value=value)
    return w.gettext("without the season: {value}", value=value)


def cautions(forecast: Forecast, w: Words) -> list[str]:
    """What a reader must know of this company's figures, a sentence each."""
    return [_caution(code, number, w) for code, number in forecast.cautions]


def _caution(code: str, number: float, w: Words) -> str:
    n = w.count(round(number))
    sentences = {
        "few_clients": w.gettext("Too few have bought so far ({n}) to say how sure an amount is.", n=n),
        "few_repeat": w.gettext("Too few have come twice so far ({n}) to say how sure an amount is.", n=n),
        "short_history": short_history(number, w),
        "nothing_learned": w.gettext(
            "The past is too short to learn from it how to correct the amounts ({n} days of sales).", n=n
        ),
        "subscription_like": w.gettext(
            "Most pay the same amount each time, as with a subscription: the amounts are surer than shown, "
            "and who stops is noticed late."
        ),
        "season_unknown": w.gettext("Less than a year of sales lies before this period, so a season cannot be seen."),
        "seasonal": w.gettext(
            "A year ago the days after this period brought {times} times the average of all the history; "
            "the expected amounts do not follow that season.",
            times=w.number(number, 1),
        ),
    }  # fmt: skip
    return sentences[code]


def short_history(days: float, w: Words) -> str:
    """Why the last list cannot be tried."""
    return w.gettext(
        "The sales go back only {n} days: too short to try how good an earlier list would have been.",
        n=w.count(round(days)),
    )
