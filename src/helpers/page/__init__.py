"""Show: the only floor that draws. Results come in, HTML, SVG, Excel and words in the reader's language go
out.

A notebook makes one `Show(sales, language)` and shows what its methods return; `publish` renders the page (`page`) and
the landing page (`landing`), which a kernel need not import.
"""

from pathlib import Path
from urllib.parse import quote

from helpers.page import (
    bonus_tables,
    charts,
    cross_table,
    cross_view,
    data_notes,
    figures,
    promising_charts,
    promising_tables,
    tables,
)
from helpers.page.catalogues import languages
from helpers.page.drawing import Drawing, draw, fill
from helpers.page.excel import write_workbook
from helpers.page.waterfall import waterfall
from helpers.page.words import Words, clean_name

__all__ = ["Piece", "Show", "Words", "clean_name", "languages"]


class Show:
    """Draws the results of one company's sales in one language; each method returns a Drawing for a cell to
    show."""

    def __init__(self, sales, language: str = "en"):
        self.sales = sales
        self.words = Words(language, sales.company.currency, sales.company.labels)

    def title(self, beside: str = "") -> Drawing:
        """Period, comparison, company, how far the data go, and in what the amounts are; links to the reports
        `beside` of the same period, by their published names: `promising_clients.fr`."""
        facts, notices = self._facts(), self._notices()
        links = [self._link(name) for name in beside.replace(",", " ").split()]
        html = fill("title.html.j2", self.words, when=self._when(), facts=facts, notices=notices, links=links)
        return DRAWING(html, "\n".join([self._when(), *facts, *notices]))

    def _link(self, report: str) -> tuple[str, str]:
        """A report's heading in the reader's language, and where it stands from the page of this one."""
        heading = report.partition(".")[0].replace("_", " ").capitalize()
        href = f"../../{quote(report, safe='')}/{self.sales.period.name}/index.html"
        return self.words.translated(heading), href

    def key_figures(self, summary) -> Drawing:
        """The numbers a director asks for first."""
        return figures.key_figures(summary, self.words, self.words.period(self.sales.period), self._before_name())

    def finding(self, concentration) -> str:
        """The headline as a sentence: how many clients bring half of the revenue."""
        return charts.finding(concentration, self.words)

    def curve(self, concentration) -> Drawing:
        """How much of the revenue the best clients bring."""
        return charts.curve(concentration, self.words)

    def movement(self, moved) -> Drawing:
        """Who rose and who fell among the best clients."""
        before = self.words.period(self.sales.before.period) if self.sales.before else None
        return charts.movement(moved, self.words, self.words.period(self.sales.period), before)

    def cross_report(self, cross, lines=None) -> Drawing:
        """Clients by branches, totals on both sides; `lines` (ClientDetails) opens under a client's name."""
        return cross_table.cross_table(cross, self.words, lines)

    def discounts(self, found) -> Drawing:
        """What each price list sold and gave away."""
        return tables.discounts(found, self.words)

    def waterfall(self, found) -> Drawing:
        """The steps from base prices to what was sold."""
        return waterfall(found, self.words)

    def bonus_points(self, points) -> Drawing:
        """Bonus points from the period's beginning to its end."""
        return tables.bonus_points(points, self.words)

    def points_by_month(self, rows) -> Drawing:
        """Points accrued, redeemed, expired and outstanding, month by month."""
        return bonus_tables.points_by_month(rows, self.words)

    def most_points(self, rows) -> Drawing:
        """The clients with most points."""
        return bonus_tables.most_points(rows, self.words)

    def expiring(self, rows) -> Drawing:
        """The clients whose points expire soon."""
        return bonus_tables.expiring(rows, self.words)

    def next_step(self, rows) -> Drawing:
        """The clients just under an amount from which better terms begin."""
        return bonus_tables.next_step(rows, self.words)

    def given_by(self, rows, kind: str) -> Drawing:
        """What was given by "client" or "branch"."""
        return bonus_tables.given_by(rows, kind, self.words)

    def off_list(self, rows) -> Drawing:
        """What was sold by a list that was not assigned."""
        return bonus_tables.off_list(rows, self.words)

    def worth(self, found) -> Drawing:
        """What remained of each list's sales after discount."""
        return bonus_tables.worth(found, self.words)

    def what_if(self, found) -> Drawing:
        """The period by today's rules and by others."""
        return bonus_tables.what_if(found, self.words)

    def what_if_clients(self, found) -> Drawing:
        """Whom the other rules would have given most."""
        return bonus_tables.what_if_clients(found, self.words)

    def statement(self, rows) -> Drawing:
        """One client's points, movement by movement."""
        return bonus_tables.statement(rows, self.words)

    def given(self, given, points) -> str:
        """What was given, as a sentence for the landing page."""
        return bonus_tables.finding(given, points, self.words)

    def outlook(self, told) -> Drawing:
        """What may be expected, at a glance; `told` is what `promising` gave."""
        return promising_tables.outlook(told, self.words, self._now())

    def promising(self, told) -> Drawing:
        """Who may be next, how much, how sure, and what must be known of it."""
        return promising_tables.promising(told, self.words, self._now())

    def expected_against_past(self, told) -> Drawing:
        """Expected spend against past spend, the rising ones named."""
        return promising_charts.against_past(told, self.words, self._now())

    def rising(self, told) -> Drawing:
        """Who is not among the best, and may be."""
        return promising_tables.rising(told, self.words, self._now())

    def sleeping(self, told) -> Drawing:
        """Who will hardly come, but would bring much."""
        return promising_tables.sleeping(told, self.words)

    def sudden(self, told) -> Drawing:
        """Purchases far above what a client usually spends."""
        return promising_tables.sudden(told, self.words)

    def never_bought(self, told) -> Drawing:
        """Who is registered and has never bought."""
        return promising_tables.never_bought(told, self.words, self._now())

    def last_list(self, told) -> Drawing:
        """How good such a list would have been one period ago."""
        return promising_charts.last_list(told, self.words, self._now())

    def origins(self, told) -> Drawing:
        """Where the best of the period came from."""
        return promising_charts.origins(told, self.words, self._now())

    def expectation(self, told) -> str:
        """The landing page's sentence: how good the last list was."""
        return promising_charts.finding(told, self.words, self._now())

    def left_out(self, frame) -> Drawing:
        """The lines that are not in this report."""
        return data_notes.left_out(frame, self.words)

    def checks(self, found) -> Drawing:
        """The control totals and what the checks noticed."""
        return data_notes.checks(found, self.words)

    def state(self, found) -> str:
        """The state of the data for the landing page: "complete", or what is late or kept out, as a
        sentence."""
        serious = [n for n in found.notes if n.code == "late_branches"]
        return " ".join(data_notes.note_sentence(n, self.words) for n in serious) or "complete"

    def files(self, names=("rating.xlsx", "cross.csv", "rating.parquet")) -> Drawing:
        """Links to the files that stand beside the page."""
        return DRAWING(fill("files.html.j2", self.words, names=names), "  ".join(names))

    def write_workbook(self, path: Path, cross, checks, left_out=None) -> None:
        """The report as Excel: Rating, Cross report, Branches, Notes."""
        write_workbook(path, cross, self.words, [*self.facts(), *self._check_facts(checks, left_out)])

    def write_cross_csv(self, path: Path, cross) -> None:
        """The cross report as the page shows it, as CSV."""
        cross_view.write_cross_csv(path, cross, self.words)

    def facts(self) -> list[tuple[str, str]]:
        """What the report is about, as (label, value)."""
        w, sales = self.words, self.sales
        return [
            (w.gettext("Company"), clean_name(sales.company.company)),
            (w.gettext("Period"), self._when()),
            *((w.gettext("Basis"), fact) for fact in self._facts()[1:]),
        ]

    def _check_facts(self, checks, left_out) -> list[tuple[str, str]]:
        w = self.words
        rows = [(c, "") for c in data_notes.checks(checks, w).text.splitlines()]
        return (
            rows
            if left_out is None
            else [*rows, *((t, "") for t in data_notes.left_out(left_out, w).text.splitlines())]
        )

    def _when(self) -> str:
        w, period, before = self.words, self.sales.period, self.sales.before
        days = w.period(period) if period.unit in ("year", "quarter") else w.span(period.first, period.last)
        if before is None:
            return days
        return w.gettext("{days}, compared with {before}", days=days, before=w.period(before.period))

    def _now(self) -> str:
        return self.words.period(self.sales.period)

    def _before_name(self) -> str:
        before = self.sales.before
        if before is None or before.period.unit in ("day", "days"):
            return self.words.gettext("the period before")
        return self.words.period(before.period)

    def _facts(self) -> list[str]:
        w, company = self.words, self.sales.company
        through = self.sales.data_through
        return [
            clean_name(company.company),
            self._until(w.moment(through)) if through else "",
            w.facts(
                w.gettext("amounts in {currency}", currency=w.currency_name()),
                self._alone(),
                self._tax(),
                self._basis(),
                self._order(),
            ),
        ]

    def _until(self, moment: str) -> str:
        w = self.words
        if self.sales.company.basis == "paid":
            return w.gettext("Payments up to {moment}", moment=moment)
        return w.gettext("Sales up to {moment}", moment=moment)

    def _alone(self) -> str:
        return self.words.gettext("sales in it alone") if self.sales.parameters.currency else ""

    def _tax(self) -> str:
        company, w = self.sales.company, self.words
        has_tax = "tax_amount" in company.sale_line.columns
        is_included = company.tax == "included" if has_tax else company.amount_includes_tax
        if is_included is None:
            return ""
        return w.gettext("tax included") if is_included else w.gettext("tax excluded")

    def _basis(self) -> str:
        w = self.words
        return {
            "invoiced": w.gettext("as invoiced, by the document's date"),
            "paid": w.gettext("as paid, by the payment's date"),
            "delivered": w.gettext("as delivered, by the delivery's date"),
            "ordered": w.gettext("as ordered, by the order's date"),
            "as_supplied": w.gettext("as supplied by the source"),
        }[self.sales.company.basis]

    def _order(self) -> str:
        return self.words.gettext("ranked by margin") if self.sales.parameters.rank_by == "margin" else ""

    def _notices(self) -> list[str]:
        w, period = self.words, self.sales.period
        if not period.is_incomplete(self.sales.today):
            return []
        return [w.gettext("This period is not over: it contains {day}.", day=w.day(self.sales.today))]
