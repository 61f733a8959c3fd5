"""The charts of the promising page: expected against past spend, the last list tried, where the best came from.

In come answers of the forecast, out come Drawings; each says its finding as a sentence above the drawing and as its
text alternative, and bars stand in a table whose figures can be read without them.
"""

from typing import Any

import numpy as np
import pandas as pd

from helpers.analysis.promising import ExpectedAgainstPast, Forecast, LastList, Origins
from helpers.analysis.promising.backtest import Backtest
from helpers.page.bars import bars, per_cent
from helpers.page.charts import chart
from helpers.page.drawing import Drawing, draw, fill
from helpers.page.picture import inside
from helpers.page.promising_words import chance, estimate, figure, otherwise, people, range_share, short_history
from helpers.page.tables import Column, notice
from helpers.page.words import Words, capital, clean_name

NAMED, LONGEST, MIN_LABEL_GAP = 5, 22, 6.0


@draw.register
def against_past(result: ExpectedAgainstPast, w: Words) -> Drawing:
    """Expected spend against what was spent in the period, the rising ones named."""
    forecast, now, points = result.forecast, w.period(result.reader.period), result.frame
    past, hoped = (np.clip(points[c].to_numpy(float, na_value=0), 0, None) for c in ("net", "expected_spend"))
    top = max(1.0, *past, *hoped)
    named = forecast.rising.head(NAMED)
    names = [f"\u2068{clean_name(people(forecast).get(i, (i,))[0], LONGEST)}\u2069" for i in named["client_id"]]
    sentence = w.gettext(
        "Outside the best of {period}, most is expected of {names}",
        period=now,
        names=w.listed(names),
    )
    sentence = sentence if names else w.gettext("Everyone of whom much is expected is among the best already")
    detail = w.gettext("Above the line, more is expected than {period} brought.", period=now)
    html = fill(
        "scatter.html.j2", w, finding=sentence, detail=detail, marks=_labels(named, names, top),
        dots=[(_at(p, top), _down(h, top)) for p, h in zip(past, hoped, strict=True)],
        ticks=[(_at(v, top), _down(v, top), w.amount(estimate(v), 0)) for v in _ticks(top)],
        across=w.isolated(w.gettext("{period}, {currency}", period=capital(now), currency=w.symbol)),
        up=w.isolated(w.gettext("Expected, {currency}", currency=w.symbol)),
    )  # fmt: skip
    return chart(f"{sentence}. {detail}", html, inside(html), 340, sentence, detail, w)


def _at(value: float, top: float) -> str:
    """A place on the axis in per cent: by the root, so that small amounts have room too."""
    return f"{100 * (value / top) ** 0.5:.1f}"


def _down(value: float, top: float) -> str:
    return f"{100 - 100 * (value / top) ** 0.5:.1f}"


def _ticks(top: float) -> list[float]:
    """Round amounts far enough apart: 0, 100, 1,000, 5,000."""
    chosen = [0.0]
    for value in (m * 10.0**e for e in range(12) for m in (1, 2, 5)):
        if value <= top and (value / top) ** 0.5 - (chosen[-1] / top) ** 0.5 > 0.17:
            chosen.append(value)
    return chosen


def _labels(named: pd.DataFrame, names: list[str], top: float) -> list[dict[str, Any]]:
    """The named clients with the heights of their labels pushed apart, highest first."""
    marks, last = [], -MIN_LABEL_GAP
    for row, name in zip(named.itertuples(), names, strict=True):
        x, y = _at(max(0.0, float(row.net) if not pd.isna(row.net) else 0.0), top), _down(row.expected_spend, top)
        last = max(last + MIN_LABEL_GAP, float(y))
        marks.append(dict(x=x, y=y, label=name, label_y=f"{last:.1f}", is_left=float(x) > 55))
    return marks


def finding(forecast: Forecast, w: Words, now: str) -> str:
    """How good the last list was, or why nobody can say, as one sentence."""
    tried = forecast.backtest
    if tried is None:
        return short_history(dict(forecast.cautions)["short_history"], w)
    return w.gettext(
        "Made before {period}, such a list would have found {found} of the {best} who became best",
        period=now, found=w.count(tried.hits), best=w.count(tried.best),
    )  # fmt: skip


@draw.register
def last_list(result: LastList, w: Words) -> Drawing:
    """How good such a list would have been one period ago, the expected and the actual amounts by tenths."""
    forecast = result.forecast
    sentence = finding(forecast, w, w.period(result.reader.period))
    if forecast.backtest is None:
        return notice(sentence, w)
    groups = forecast.backtest.calibration.sort_values("tenth", ascending=False)
    top = max(1.0, groups["expected"].max(), groups["actual"].max())
    rows = [
        dict(label=_tenth(i, len(groups), w), bar=per_cent(g.actual / top), tick=per_cent(g.expected / top),
             cells=[w.count(g.clients), figure(g.expected, w), figure(g.actual, w)])
        for i, g in enumerate(groups.itertuples(), 1)
    ]  # fmt: skip
    columns = [
        Column(w.gettext("Tenth"), is_number=False), Column(capital(w.client(5))),
        Column(w.gettext("Expected of each, {currency}", currency=w.symbol)),
        Column(w.gettext("Came from each, {currency}", currency=w.symbol)),
    ]  # fmt: skip
    legend = w.gettext("The tenth of whom most was expected stands first. Bar: what came; line: what was expected.")
    return bars(sentence, _how_good(forecast.backtest, w), columns, rows, legend, w)


def _tenth(place: int, last: int, w: Words) -> str:
    n = w.count(place)
    if place == 1:
        return w.gettext("{n} (most expected)", n=n)
    return w.gettext("{n} (least expected)", n=n) if place == last else n


def _how_good(tried: Backtest, w: Words) -> str:
    sentences = [w.gettext("A list drawn by lot would have found {n}.", n=w.count(round(tried.by_chance)))]
    if tried.off is not None:
        sentences.append(_total(tried.off, w))
    if tried.off_otherwise is not None:
        sentences.append(f"{capital(otherwise(tried, w))}.")
    if tried.coverage is not None:
        sentences.append(range_share(tried.coverage, w))
    if tried.new_total > 0:
        amount = w.whole(estimate(tried.new_total))
        sentences.append(w.gettext("New ones, whom no list can name, brought {amount} besides.", amount=amount))
    return " ".join(sentences)


def _total(off: float, w: Words) -> str:
    share = w.percent(abs(off), 0)
    if round(abs(off) * 100) == 0:
        return w.gettext("The total was right.")
    if off > 0:
        return w.gettext("The total was off by {share}: too much was expected.", share=share)
    return w.gettext("The total was off by {share}: too little was expected.", share=share)


@draw.register
def origins(result: Origins, w: Words) -> Drawing:
    """Where the period's best had stood one period before."""
    forecast, now = result.forecast, w.period(result.reader.period)
    if forecast.origins is None:
        return notice(finding(forecast, w, now), w)
    best, top = int(forecast.origins["best"].sum()), forecast.origins[["share", "best_share"]].max(axis=None) or 1.0
    others = best - int(forecast.origins.set_index("group")["best"]["top"])
    sentence = w.gettext(
        "Of the {best} best of {period}, {n} had not been among the best before",
        best=w.count(best), period=now, n=w.count(others),
    )  # fmt: skip
    words = _groups(w)
    rows = [
        dict(label=words[g.group], bar=per_cent(g.best_share / top), tick=per_cent(g.share / top),
             cells=[w.count(g.best), w.count(g.clients), chance(g.chance, w) if g.best else "–"])
        for g in forecast.origins.itertuples()
    ]  # fmt: skip
    columns = [
        Column(w.gettext("One period before"), is_number=False), Column(w.gettext("Became best")),
        Column(w.gettext("Of so many")), Column(w.gettext("Chance")),
    ]  # fmt: skip
    legend = w.gettext("Bar: share of the best; line: share of all.")
    return bars(sentence, w.gettext("The best are the tenth that brought most."), columns, rows, legend, w)


def _groups(w: Words) -> dict[str, str]:
    return {
        "top": w.gettext("among the best"),
        "active": w.gettext("came, and not for the first time"),
        "first_purchase": w.gettext("came for the first time"),
        "silent_several": w.gettext("silent, after several visits"),
        "silent_one": w.gettext("silent, after one visit"),
        "new": w.gettext("not there yet"),
    }
