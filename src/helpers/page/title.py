"""The head of a page: period, comparison, company, how far the data go, and in what the amounts are."""

import os
from pathlib import Path
from urllib.parse import quote

from helpers.analysis.headline import Headline
from helpers.page.data_notes import finding_sentence
from helpers.page.drawing import Drawing, draw, fill
from helpers.page.words import Words, clean_name, part_of


@draw.register
def title(headline: Headline, w: Words) -> Drawing:
    """The head, with links to the related reports that are published for the same period."""
    when, facts, notices = (
        when_of(headline, w),
        [clean_name(headline.company), *facts_of(headline, w)],
        _notices(headline, w),
    )
    links = [_link(report, headline, w) for report in headline.related_reports if _is_published(report, headline)]
    html = fill("title.html.j2", w, when=when, facts=facts, notices=notices, links=links)
    return Drawing("\n".join([when, *facts, *notices]), html)


def when_of(headline: Headline, w: Words) -> str:
    """The period in words, and what it is compared with."""
    period, before = headline.reader.period, headline.reader.before
    days = w.period(period) if period.unit in ("year", "quarter") else w.span(period.first, period.last)
    if before is None:
        return days
    return w.gettext("{days}, compared with {before}", days=days, before=w.period(before))


def facts_of(headline: Headline, w: Words) -> list[str]:
    """How far the data go, and what the amounts are."""
    return [
        part_of(headline.reader, w),
        _until(headline, w),
        w.facts(
            w.gettext("amounts in {currency}", currency=w.currency_name()),
            w.gettext("sales in it alone") if headline.currency_alone else "",
            _tax(headline, w),
            _basis(headline, w),
            w.gettext("ranked by margin") if headline.rank_by == "margin" else "",
        ),
    ]


def _is_published(report: str, headline: Headline) -> bool:
    """Whether a report stands in the archive where this run's folder lies, for the same period; a page outside of one
    has no links."""
    run = Path(os.environ.get("CLIENT_RATING_WORK", ""))
    return bool(run.parts) and (run.absolute().parents[2] / report / headline.reader.period.name).is_dir()


def _link(report: str, headline: Headline, w: Words) -> tuple[str, str]:
    """A report's heading in the reader's language, and where it stands from the page of this one."""
    heading = report.partition(".")[0].replace("_", " ").capitalize()
    return w.translated(heading), f"../../{quote(report, safe='')}/{headline.reader.period.name}/index.html"


def _until(headline: Headline, w: Words) -> str:
    if headline.data_through is None:
        return ""
    moment = w.moment(headline.data_through)
    if headline.basis == "paid":
        return w.gettext("Payments up to {moment}", moment=moment)
    return w.gettext("Sales up to {moment}", moment=moment)


def _tax(headline: Headline, w: Words) -> str:
    if headline.is_tax_included is None:
        return ""
    return w.gettext("tax included") if headline.is_tax_included else w.gettext("tax excluded")


def _basis(headline: Headline, w: Words) -> str:
    return {
        "invoiced": w.gettext("as invoiced, by the document's date"),
        "paid": w.gettext("as paid, by the payment's date"),
        "delivered": w.gettext("as delivered, by the delivery's date"),
        "ordered": w.gettext("as ordered, by the order's date"),
        "as_supplied": w.gettext("as supplied by the source"),
    }[headline.basis]


def _notices(headline: Headline, w: Words) -> list[str]:
    questions = [finding_sentence(finding, w) for finding in headline.open_questions]
    if headline.reader.is_part:
        questions.append(w.gettext("First purchases, ranks, who is lost and what is expected are those of this part."))
    if headline.open_day is None:
        return questions
    return [*questions, w.gettext("This period is not over: it contains {day}.", day=w.day(headline.open_day))]
