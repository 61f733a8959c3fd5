"""The landing page: the latest report as a card, then every period with its figures and the state of its
data.

In come the runs as their manifests tell them, out comes one small HTML file. A badge says when the next run
is late; the reader's own clock decides that, since nobody redraws the page on a machine that is off.
"""

import datetime as dt
from decimal import Decimal
from itertools import groupby

from helpers.page.drawing import fill, read
from helpers.page.html_page import policy
from helpers.page.words import Words, capital
from helpers.period import Period

SPARK_WIDTH, SPARK_HEIGHT = 150, 36


def landing_page(runs: list[dict], language: str) -> str:
    """The page for these runs, newest period first within each company and report.

    A run has: company, company_name, report, title, period, unit, first, last, language, href, finding, total,
    clients, half, best_client, best_amount, currency, state ("complete" or a sentence), files {label: href},
    run_at, next_due, months [[YYYY-MM, total], ...]; days and moments are ISO texts, money text or Decimal.
    """
    w = Words(language)
    by_report = sorted(runs, key=lambda run: (run["company_name"], run["company"], run["title"], run["report"]))
    grouped = groupby(by_report, key=lambda run: (run["company"], run["report"]))
    reports = [_report(sorted(group, key=_newest, reverse=True), language) for _, group in grouped]
    script = read("landing.js")
    return fill(
        "landing.html.j2", w, reports=reports, script=script, policy=policy(script),
        style=read("page.css") + read("landing.css"),
    )  # fmt: skip


def _newest(run: dict) -> tuple[str, str]:
    return str(run["last"]), str(run["first"])


def _report(runs: list[dict], language: str) -> dict:
    rows = [_row(run, Words(language, run["currency"])) for run in runs]
    latest, years = runs[0], list(dict.fromkeys(row["year"] for row in rows))
    return dict(
        latest=rows[0], rows=rows, title=latest["title"], company=latest["company_name"], years=years,
        spark=_spark(latest["months"], Words(language)),
    )  # fmt: skip


def _row(run: dict, w: Words) -> dict:
    moments = {name: _moment(run[name], w) for name in ("run_at", "next_due")}
    return dict(
        moments, href=run["href"], finding=run["finding"], files=run["files"], language=run["language"],
        period=capital(_period(run, w)),
        year=str(run["last"])[:4], due=run["next_due"], is_complete=run["state"] == "complete",
        state=w.gettext("Complete") if run["state"] == "complete" else run["state"],
        total=w.money(_decimal(run["total"])), clients=w.count(run["clients"]), half=w.count(run["half"]),
        best_client=run["best_client"] or "", best_amount=w.money(_decimal(run["best_amount"])),
    )  # fmt: skip


def _period(run: dict, w: Words) -> str:
    """The period in words, from its days: a name says them only to who knows where the fiscal year starts."""
    first, last = (dt.date.fromisoformat(str(run[end])) for end in ("first", "last"))
    period = Period(first, last, run["unit"])
    return w.period(period) if period.name == run["period"] else w.name_and_days(run["period"], first, last)


def _decimal(value: str | None) -> Decimal | None:
    return None if value in (None, "") else Decimal(value)


def _moment(text: str, w: Words) -> str:
    return w.moment(dt.datetime.fromisoformat(text)) if text else ""


def _spark(months: list, w: Words) -> dict | None:
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
