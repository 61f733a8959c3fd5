"""The controls of the live view, in the reader's words: period, comparison, branches, price lists, basis, how many
clients; and what they say, as a report's parameters say it.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from helpers import schema
from helpers.errors import BadParameter
from helpers.page.words import Words, capital
from helpers.sales import Sales
from helpers.sales.basis import UNALLOCATED
from helpers.sales.lookup import branch_names, price_lists

FROM_TO = "from … to …"
ALL = ""
"""What "all" stands for among branches and price lists."""
LISTED = 4
"""Rows of a list before it scrolls."""
NAMED = {"description_width": "initial"}
"""As wide as its name."""


class Controls(widgets.HBox):  # type: ignore[misc]  # ipywidgets publishes no types
    """Each control with the place below it for what is wrong with it (`mistakes`)."""

    def __init__(self, period: str, day: dt.date, w: Words) -> None:
        self._is_quiet = False
        known = periods(w)
        own = [] if period in dict(known).values() else [(period, period)]
        self.period = widgets.Dropdown(options=[*own, *known], value=period, description=w.gettext("Period"))
        self.first = widgets.DatePicker(value=day.replace(day=1), description=w.gettext("From"))
        self.last = widgets.DatePicker(value=day, description=w.gettext("to"))
        self.comparison = widgets.Dropdown(options=_comparisons(w), description=w.gettext("Compare with"))
        self.branch, self.price_list = (_list(w) for _ in range(2))
        self.basis = widgets.Dropdown(options=_bases(w), description=w.gettext("Basis"))
        self.top = widgets.BoundedIntText(value=50, min=1, max=2000)
        self.all = [self.period, self.first, self.last, self.comparison, self.branch, self.price_list, self.basis,
                    self.top]  # fmt: skip
        self.mistakes = {control: widgets.HTML() for control in self.all}
        self._name_lists(w)
        self._toggle_days()
        super().__init__([widgets.VBox([control, self.mistakes[control]]) for control in self.all])
        self.layout.flex_flow, self.layout.grid_gap = "row wrap", "4px 16px"
        for control in self.all:
            control.style = NAMED

    def on_change(self, do: Callable[[widgets.Widget], None]) -> None:
        """Do it with each control that says something else than before."""
        for control in self.all:
            control.observe(lambda change: self._changed(change, do), "value")

    def _changed(self, change: Any, do: Callable[[widgets.Widget], None]) -> None:
        control = change["owner"]
        if self._is_quiet:
            return
        if control in (self.branch, self.price_list):
            settled = _settled(change["old"], change["new"])
            if settled != control.value:
                control.value = settled  # which is a change again
                return
        self._toggle_days()
        do(control)

    def named(self, sentence: str) -> widgets.Widget | None:
        """The control of the parameter that a sentence begins with, such as `basis: …`."""
        named = dict(basis=self.basis, comparison=self.comparison, branch=self.branch, price_list=self.price_list)
        return named.get(sentence.partition(":")[0])

    @property
    def chosen_period(self) -> str:
        """The period in words, or from one day to the other; BadParameter where a day is not chosen."""
        if self.period.value != FROM_TO:
            return str(self.period.value)
        if self.first.value is None or self.last.value is None:
            raise BadParameter("choose the first and the last day of the period")
        return f"{self.first.value}..{self.last.value}"

    @property
    def chosen_branches(self) -> tuple[str, ...]:
        """The ids of the branches chosen; none of them for all."""
        return tuple(value for value in self.branch.value if value != ALL)

    @property
    def chosen_price_lists(self) -> tuple[str, ...]:
        """The names of the price lists chosen; none of them for all."""
        return tuple(value for value in self.price_list.value if value != ALL)

    def offer(self, sales: Sales, w: Words) -> None:
        """The branches and price lists that there are, under the company's own words; what is chosen stays so."""
        self._name_lists(w)
        branches = branch_names(sales.whole)
        self._add(self.branch, {branch: name for branch, name in branches.items() if branch != UNALLOCATED})
        lists = {*sales.price_list_names.values(), *price_lists(sales.whole)}
        self._add(self.price_list, {name: name for name in lists})

    def _add(self, control: widgets.SelectMultiple, named: dict[str, str]) -> None:
        """Offer what is not offered yet (value → name), by name; what is chosen stays so, and nobody is told."""
        everything, *offered = control.options
        if set(named) <= {value for _, value in offered}:
            return
        chosen, self._is_quiet = control.value, True
        every = named | {value: name for name, value in offered}
        control.options = [everything, *sorted((name, value) for value, name in every.items())]
        control.value, self._is_quiet = chosen, False

    def _name_lists(self, w: Words) -> None:
        self.branch.description, self.price_list.description = capital(w.branch(5)), w.gettext("Price lists")
        self.top.description = capital(w.client(5))

    def _toggle_days(self) -> None:
        for days in (self.first, self.last):
            days.layout.display = "flex" if self.period.value == FROM_TO else "none"


def periods(w: Words) -> list[tuple[str, str]]:
    """The periods that the view offers: what they are called, and as a parameter."""
    return [
        (w.gettext("last month"), "last month"), (w.gettext("this month"), "this month"),
        (w.gettext("last quarter"), "last quarter"), (w.gettext("year to date"), "year to date"),
        (w.gettext("last year"), "last year"), (w.gettext("last 12 months"), "last 12 months"),
        (w.gettext("from … to …"), FROM_TO),
    ]  # fmt: skip


def _comparisons(w: Words) -> list[tuple[str, str]]:
    return [
        (w.gettext("the period before"), "previous"), (w.gettext("the same a year before"), "last year"),
        (w.gettext("nothing"), "none"),
    ]  # fmt: skip


def _bases(w: Words) -> list[tuple[str, str]]:
    named = dict(invoiced=w.gettext("as invoiced"), paid=w.gettext("as paid"), delivered=w.gettext("as delivered"),
                 ordered=w.gettext("as ordered"), as_supplied=w.gettext("as supplied by the source"))  # fmt: skip
    return [(w.gettext("as source.yaml says"), ""), *((named[basis], basis) for basis in schema.BASES)]


def _list(w: Words) -> widgets.SelectMultiple:
    """A list from which several are chosen; nothing is known yet but "all"."""
    return widgets.SelectMultiple(options=[(w.gettext("all"), ALL)], value=(ALL,), rows=LISTED)


def _settled(old: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
    """A choice in which "all" stands alone: it goes when something else is chosen, and comes where nothing is.

    >>> _settled(("",), ("", "n")), _settled(("n",), ("", "n")), _settled(("n",), ()), _settled((), ("n", "s"))
    (('n',), ('',), ('',), ('n', 's'))
    """
    chosen = tuple(value for value in new if value != ALL)
    return chosen if chosen and (ALL not in new or ALL in old) else (ALL,)
