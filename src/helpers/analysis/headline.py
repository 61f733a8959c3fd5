"""What a report is about: whose sales, of which days, compared with which, counted how, known up to when."""

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from helpers.findings import Finding
from helpers.sales import Result, Sales, kept
from helpers.sales.quality import findings


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Headline(Result):
    """company: its own name; data_through: the last line that counts, by the company's clock; currency_alone: the one
    currency that was asked for; is_tax_included: None where the source does not say; open_day: today, where the period
    is not over; related_reports: published for the same period, by name (`promising_clients.fr`); open_questions: of a
    look at a file what is guessed, and what would stop a publication."""

    company: str
    basis: str
    rank_by: str
    data_through: dt.datetime | None
    currency_alone: str
    is_tax_included: bool | None
    open_day: dt.date | None
    related_reports: tuple[str, ...]
    open_questions: tuple[Finding, ...] = ()

    @property
    def frame(self) -> pd.DataFrame:
        """One row a fact."""
        period, before = self.reader.period, self.reader.before
        facts = dict(company=self.company, first=period.first, last=period.last, data_through=self.data_through,
                     compared_with=before.name if before else None, currency=self.reader.currency, basis=self.basis,
                     rank_by=self.rank_by, is_tax_included=self.is_tax_included,
                     only=", ".join([*self.reader.only_branches, *self.reader.only_price_lists]) or None)  # fmt: skip
        return pd.DataFrame({"fact": list(facts), "value": pd.Series(list(facts.values()), dtype=object)})


@kept
def headline(sales: Sales, related_reports: str = "") -> Headline:
    """The head of a page; `related_reports` names reports of the same period to link to, with blanks or commas
    between.

    Example: `headline(sales, "promising_clients")`."""
    company, parameters = sales.company, sales.parameters
    has_tax = "tax_amount" in company.sale_line.columns
    return Headline(
        reader=sales.reader, company=company.company, basis=company.basis, rank_by=parameters.rank_by,
        data_through=sales.data_through, currency_alone=parameters.currency,
        is_tax_included=company.tax == "included" if has_tax else company.amount_includes_tax,
        open_day=sales.today if sales.period.is_incomplete(sales.today) else None,
        related_reports=tuple(related_reports.replace(",", " ").split()), open_questions=_open_questions(sales),
    )  # fmt: skip


def _open_questions(sales: Sales) -> tuple[Finding, ...]:
    if not sales.company.unconfirmed:
        return ()
    return tuple(each for each in findings(sales) if each.kind.severity in ("guess", "stop"))
