"""The landing page: each company's newest rating as a card, then its reports, every period with its figures and the
state of its data.

In come the runs as their manifests tell them, out comes one small HTML file. A badge says when the next run
is late; the reader's own clock decides that, since nobody redraws the page on a machine that is off.
"""

import datetime as dt
from decimal import Decimal
from itertools import groupby
from typing import Any

from helpers.page.drawing import fill, read
from helpers.page.html_page import policy
from helpers.page.words import Words, capital
from helpers.period import Period

RATING = "client_rating"
SPARK_WIDTH, SPARK_HEIGHT = 150, 36


def landing_page(runs: list[dict[str, Any]], language: str) -> str:
    """The page for these runs: a card a company, then its reports, the rating first, newest period first; a period that
    stands there in several languages is one row.

    A run has: company, company_name, report, title, part (of the company, in words; empty of the whole), period, unit,
    first, last, language, href, finding, total, clients, half, best_client, best_amount, currency, state ("complete" or
    a sentence), files {label: href}, run_at, next_run, next_due (when it is late), digits (of amounts; None: the
    currency's),
    months [[YYYY-MM, total], ...]; days and moments are ISO texts, money text or Decimal.
    """
    w = Words(language)
    by_company = sorted(runs, key=lambda run: (run["company_name"], run["company"]))
    grouped = groupby(by_company, key=lambda run: run["company"])
    script = read("landing.js")
    return fill(
        "landing.html.j2", w, companies=[_company(list(group), w) for _, group in grouped], script=script,
        policy=policy(script), style=read("page.css") + read("landing.css"),
    )  # fmt: skip


def _company(runs: list[dict[str, Any]], w: Words) -> dict[str, Any]:
    """Its newest rating as the card, and its reports."""
    by_name = sorted(runs, key=_report_of)
    reports = [_report(list(group), w) for _, group in groupby(by_name, key=_report_of)]
    latest = reports[0]["runs"][0]
    return dict(
        name=latest["company_name"], reports=reports, latest=reports[0]["rows"][0], spark=_spark(latest["months"], w)
    )


def _report_of(run: dict[str, Any]) -> tuple[bool, bool, str]:
    """Which report a run is of, in whatever language, the rating first; a part of the company is a report of its
    own."""
    name, is_part = str(run["report"]), bool(run["part"])
    report = name.partition(".")[0]
    return report != RATING, is_part, name if is_part else report


def _report(runs: list[dict[str, Any]], w: Words) -> dict[str, Any]:
    """A row a period, newest first: its run in the page's language where there is one, with links to the others."""
    by_period = sorted(runs, key=lambda run: (str(run["last"]), str(run["first"]), run["language"] == w.language),
                       reverse=True)  # fmt: skip
    periods = [list(group) for _, group in groupby(by_period, key=lambda run: (run["last"], run["first"]))]
    rows = [_row(first, w) | dict(languages=[_language(run) for run in others]) for first, *others in periods]
    years = list(dict.fromkeys(row["year"] for row in rows))
    newest = periods[0][0]
    title = w.facts(newest["title"], newest["part"])
    return dict(runs=[first for first, *_ in periods], rows=rows, title=title, years=years)


def _language(run: dict[str, Any]) -> tuple[str, str, str]:
    """(code, its own name, address) of a run in another language."""
    locale = Words(run["language"]).locale
    return run["language"], capital(locale.get_display_name() or run["language"]), run["href"]


def _row(run: dict[str, Any], page: Words) -> dict[str, Any]:
    w = Words(page.language, run["currency"], shown=run["digits"])
    moments = {name: _moment(run[name], w) for name in ("run_at", "next_run")}
    return dict(
        moments, href=run["href"], finding=run["finding"], files=run["files"], language=run["language"],
        period=capital(_period(run, w)),
        year=str(run["last"])[:4], due=run["next_due"], is_complete=run["state"] == "complete",
        state=w.gettext("Complete") if run["state"] == "complete" else run["state"],
        total=w.money(_decimal(run["total"])), clients=w.count(run["clients"]), half=w.count(run["half"]),
        best_client=run["best_client"] or "", best_amount=w.money(_decimal(run["best_amount"])),
    )  # fmt: skip


def _period(run: dict[str, Any], w: Words) -> str:
    """The period in words, from its days: a name says them only to who knows where the fiscal year starts."""
    first, last = (dt.date.fromisoformat(str(run[end])) for end in ("first", "last"))
    period = Period(first, last, run["unit"])
    return w.period(period) if period.name == run["period"] else w.name_and_days(run["period"], first, last)


def _decimal(value: str | None) -> Decimal | None:
    return None if value in (None, "") else Decimal(value)


def _moment(text: str, w: Words) -> str:
    return w.moment(dt.datetime.fromisoformat(text)) if text else ""


def _spark(months: list[Any], w: Words) -> dict[str, Any] | None:
    """The last months' totals as a line, with its ends in words."""
    if len(months) < 2:
        return None
    totals = [float(total) for _, total in months]
    low, spread = min(totals), (max(totals) - min(totals)) or 1
    step = (SPARK_WIDTH - 8) / (len(totals) - 1)
    points = [(4 + i * step, 4 + (SPARK_HEIGHT - 8) * (1 - (t - low) / spread)) for i, t in enumerate(totals)]
    return dict(
        path="M" + " L".join(f"{x:.1f} {y:.1f}" for x, y in points),
        x=f"{points[-1][0]:.1f}", y=f"{points[-1][1]:.1f}",
        label=w.gettext("{n} months", n=w.count(len(months))),
        says=w.gettext("From {first} to {last}", first=w.month(months[0][0]), last=w.month(months[-1][0])),
    )  # fmt: skip
