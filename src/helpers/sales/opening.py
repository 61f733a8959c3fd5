"""A company's sales by its name and a period in words.

Settings and parameters are checked, the source is opened, its clients have one row and one spelling each, and one basis
counts.
"""

from dataclasses import replace
from pathlib import Path

from helpers.period import parse_period
from helpers.sales.basis import in_basis
from helpers.sales.clients import with_one_row_each
from helpers.sales.identity import with_one_spelling
from helpers.sales.pseudonyms import code, coded
from helpers.sales.sales import Sales
from helpers.settings.company import Company, read_company
from helpers.settings.parameters import checked_parameters, several, today_of
from helpers.settings.read import project_root
from helpers.source import Source, closed_on_error, open_source


def open_sales(
    company: str = "demo",
    period: str = "last month",
    today: str = "",
    comparison: str = "previous",
    root: Path | None = None,
    **parameters: object,
) -> Sales:
    """The sales of a company (a folder of params/) in a period, with those of the comparison period in `.before`.

    `today` is `YYYY-MM-DD`; empty asks the clock of the company's zone. `parameters` are further ones of
    `ReportParameters`: basis, currency, only_branches, only_price_lists, rank_by, top (clients shown),
    max_branch_columns, language, names. Raises BadParameter (64; for an unknown name too), NoInput (66),
    BadConfiguration (78), BadData (65).

    Example: `open_sales("demo", "2026-Q3", language="fr")`.
    """
    root = root or project_root()
    chosen_parameters = checked_parameters(
        dict(period=period, company=company, comparison=comparison, today=today, **parameters)
    )
    only = {name: several(getattr(chosen_parameters, name)) for name in ("only_branches", "only_price_lists")}
    chosen_parameters = chosen_parameters.model_copy(update=dict.fromkeys(only, ""))
    settings = read_company(company, root)
    day = today_of(today, settings)
    chosen = parse_period(period, day, settings.fiscal_start)

    def in_chosen_basis(source: Source, settings: Company) -> Sales:
        opened = source, settings
        source, settings = in_basis(source, settings, chosen_parameters.basis or settings.basis)
        if chosen_parameters.currency and chosen_parameters.currency != settings.currency:
            settings = settings.model_copy(update={"currency": chosen_parameters.currency, "point_value": None})
        return Sales(company, settings, source, opened, chosen, day, chosen_parameters, root=root)

    source = open_source(settings, root)
    with closed_on_error(source.con):
        source, settings = with_one_spelling(source, settings)
        source = with_one_row_each(source)
        sales = in_chosen_basis(source, settings)
        if chosen_parameters.names == "code":
            anonymous = [code(i) for i in settings.anonymous_client_ids]
            shown = in_chosen_basis(coded(source), settings.model_copy(update={"anonymous_client_ids": anonymous}))
            sales = replace(shown, uncoded=sales)
        return sales.compared().only(*only.values())
