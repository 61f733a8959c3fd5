"""The analyst's bench: a live view over the same questions as the published page, redrawn as its controls change.

In comes a company's name, out comes a widget; what it shows is also what its frames, query and command mean.
"""

import datetime as dt
import re
import shlex
from collections.abc import Callable
from decimal import Decimal
from html import escape
from typing import Any

import ibis
import ipywidgets as widgets
import pandas as pd
import yaml

from helpers import schema
from helpers.analysis.change import change
from helpers.analysis.concentration import concentration
from helpers.analysis.cross_report import OTHER_CLIENTS, TOTAL, CrossReport, cell_lines, cross_report
from helpers.analysis.headline import headline
from helpers.analysis.left_out import left_out
from helpers.analysis.own_table import own_table
from helpers.analysis.rating import rating
from helpers.analysis.statement import statement
from helpers.analysis.summary import summary
from helpers.analysis.trend import trend
from helpers.errors import BadParameter, ReportError, TryLater
from helpers.page.drawing import bundle, words_of
from helpers.sales import Result, Sales, open_sales
from helpers.sales.lookup import NO_CLIENT
from helpers.settings.secrets import scrubbed

PERIODS = ["last month", "this month", "last quarter", "year to date", "last year", "last 12 months"]
OWN = "from … to …"
COMPARISONS = ["previous", "last year", "none"]
AS_SUPPLIED = ("as source.yaml says", "")
ALL = ("all", "")
REST = (summary, change, concentration, trend, left_out)
"""What is drawn below the table, one after the other."""

SHOWN_LINES = 200
COLUMNS = ("sold_on", "client_name", "branch_name", "price_list_name", "item_category", "quantity", "amount")
CLOSING_ROWS = {"other": OTHER_CLIENTS, "none": NO_CLIENT, "total": TOTAL}
"""The class of a closing row of the table → what the cross report's frame calls it."""

STYLE = "<style>.cr-view .cross td, .cr-view .cross th {cursor: pointer}</style>"
ON_CLICK = re.sub(
    r"\s+", " ", """
    const cell = event.target.closest('td,th'), table = cell && cell.closest('.cross'), row = cell && cell.parentNode;
    if (!table) return;
    const where = row.parentNode.tagName === 'THEAD' ? 'head:' : row.dataset.id === undefined
      ? 'row:' + row.className : 'client:' + row.dataset.id;
    const column = cell.classList.contains('c') ? 'name' : cell.cellIndex - table.dataset.first;
    if (column >= +table.dataset.count) return;
    const box = this.closest('.cr-view').querySelector('.cr-clicked input');
    box.value = [Date.now(), column, where].join('|');
    box.dispatchEvent(new Event('input', {bubbles: true}))"""
).strip()  # fmt: skip
"""A click on the table, told to the kernel through a text box that nobody sees."""


class View(widgets.VBox):  # type: ignore[misc]  # ipywidgets publishes no types
    """`sales` are those on the screen; `rating`, `cross` and `lines` are frames of them, `query` says how they were
    asked, `command` how to publish them.

    Example: `View("demo", "last quarter").rating.head(10)`."""

    def __init__(
        self, company: str = "demo", period: str = "last month", language: str = "en", today: str = ""
    ) -> None:
        self.company, self.language, self.today = company, language, today
        self.sales: Sales | None = None
        self.opened: pd.DataFrame | None = None
        day = _day(today) or dt.date.today()
        known = [*PERIODS, OWN] if period in PERIODS else [period, *PERIODS, OWN]
        self.period = widgets.Dropdown(options=known, value=period, description="Period")
        self.first = widgets.DatePicker(value=day.replace(day=1), description="From")
        self.last = widgets.DatePicker(value=day, description="to")
        self.comparison = widgets.Dropdown(options=COMPARISONS, description="Compare")
        self.branch = widgets.Dropdown(options=[ALL], description="Branch")
        self.price_list = widgets.Dropdown(options=[ALL], description="Price list")
        self.basis = widgets.Dropdown(
            options=[AS_SUPPLIED, *zip(schema.BASES, schema.BASES, strict=True)], description="Basis"
        )
        self.top = widgets.BoundedIntText(value=50, min=1, max=2000, description="Top")
        controls = [self.period, self.first, self.last, self.comparison, self.branch, self.price_list, self.basis,
                    self.top]  # fmt: skip
        self.mistakes = {control: widgets.HTML() for control in controls}
        self.progress, self.message = widgets.HTML(), widgets.HTML()
        self.clicked = widgets.Text(layout=widgets.Layout(display="none"))
        self.head, self.table, self.rest, self.detail = (widgets.HTML() for _ in range(4))
        for control in controls:
            control.observe(lambda change: self.show(change["owner"]), "value")
        self.clicked.observe(lambda change: self.open_clicked(change["new"]), "value")
        self.clicked.add_class("cr-clicked")
        row = widgets.HBox([widgets.VBox([control, self.mistakes[control]]) for control in controls])
        row.layout.flex_flow = "row wrap"
        parts = [row, self.message, self.progress, self.head, self.detail, self.table, self.rest, self.clicked]
        super().__init__(parts)
        self.add_class("cr-view")
        self.show(None)

    def __repr__(self) -> str:
        return f"<View of {self.company}: .rating, .cross, .lines, .query, .command>"

    def show(self, changed: widgets.Widget | None) -> None:
        """Draw what the controls say: the head first, then the table, then the rest. A mistake is a sentence at the
        control that was changed, and leaves what was there."""
        self._toggle_days()
        self._clear_mistakes()
        place = self.mistakes.get(changed, self.message)
        self._guarded(place, self._draw)
        self.progress.value = ""

    def _draw(self) -> None:
        self._say("reading the sales")
        sales = self._chosen_sales()
        head = _html(headline(sales))
        self.sales, self.opened = sales, None
        self.head.value, self.table.value, self.rest.value, self.detail.value = head, "", "", ""
        self._say("the table")
        table = _html(cross_report(sales, self.top.value))
        self.table.value = f'{STYLE}<div onclick="{ON_CLICK}">{table}</div>'
        self._offer(sales)
        for question in REST:
            self._say(question.__name__.replace("_", " "))
            self.rest.value += _html(question(sales))

    def _chosen_sales(self) -> Sales:
        """The sales that the controls name; the source is opened anew where it changed."""
        opened = self._source_of(self.basis.value)
        sales = opened.in_period_called(self._chosen_period(), self.comparison.value)
        return sales.only(self.branch.value, self.price_list.value)

    def _source_of(self, basis: str) -> Sales:
        if self.sales is not None and self.sales.parameters.basis == basis:
            try:
                self.sales.source.assert_unchanged()
                return self.sales
            except TryLater:
                pass
        return open_sales(self.company, self._chosen_period(), self.today, language=self.language, basis=basis)

    def _chosen_period(self) -> str:
        """The period in words, or from one day to the other; BadParameter where a day is not chosen."""
        if self.period.value != OWN:
            return str(self.period.value)
        if self.first.value is None or self.last.value is None:
            raise BadParameter("choose the first and the last day of the period")
        return f"{self.first.value}..{self.last.value}"

    def _offer(self, sales: Sales) -> None:
        """The branches and price lists that there are, once."""
        if len(self.branch.options) == 1:
            rows = sales.branches.itertuples()
            self.branch.options = [ALL, *sorted((row.name or row.branch_id, row.branch_id) for row in rows)]
            lists = sales.clients.select("price_list").distinct().to_pandas().price_list.dropna()
            self.price_list.options = [ALL, *((name, name) for name in sorted(lists))]

    def open_clicked(self, click: str) -> None:
        """Open what was clicked: a client's statement, the lines of a cell, or the branch of a column's head."""
        if not click or self.sales is None:
            return
        _, column, where = click.split("|", 2)
        kind, _, row = where.partition(":")
        self._clear_mistakes()
        self._guarded(self.message, lambda: self._open(self._shown_cross(), column, kind, row))

    def _open(self, cross: CrossReport, column: str, kind: str, row: str) -> None:
        assert self.sales is not None
        if column == "name":
            if kind == "client":
                self.detail.value = _html(statement(self.sales, row))
            return
        keys = [*cross.branches.key, TOTAL]  # -1 is the total, which stands before the branches
        if not -1 <= int(column) < len(cross.branches):
            return
        if kind == "head":
            branch_id = keys[int(column)].removeprefix("b:")
            self.branch.value = branch_id if branch_id in dict(self.branch.options).values() else ""
            return
        client = CLOSING_ROWS[row] if kind == "row" else row
        self.opened = cell_lines(self.sales, client, keys[int(column)], top=self.top.value)
        self.detail.value = _lines_html(self.sales, self.opened)

    def _shown_cross(self) -> CrossReport:
        assert self.sales is not None
        return cross_report(self.sales, self.top.value)

    @property
    def rating(self) -> pd.DataFrame:
        """Every client of what is shown, best first."""
        return rating(self._shown_sales()).frame

    @property
    def cross(self) -> pd.DataFrame:
        """The cross report as it is shown."""
        self._shown_sales()
        return self._shown_cross().frame

    @property
    def lines(self) -> pd.DataFrame:
        """The lines of the cell that was opened last, or all of what is shown."""
        return self._shown_sales().lines() if self.opened is None else self.opened

    @property
    def query(self) -> str:
        """How to ask what is shown: in Ibis, and the SQL that the engine runs."""
        sales = self._shown_sales()
        only = f".only({self.branch.value!r}, {self.price_list.value!r})"
        narrowed = only if self.branch.value or self.price_list.value else ""
        code = f"open_sales({', '.join(f'{name}={value!r}' for name, value in self._parameters().items())}){narrowed}"
        sql = ibis.to_sql(rating(sales).table.head(self.top.value))
        return f"sales = {code}\nrating(sales).table.head({self.top.value})\n\n{sql}"

    @property
    def command(self) -> str:
        """How to publish what is shown: the params file and the command; BadParameter for a part, which no page has."""
        self._shown_sales()
        if self.branch.value or self.price_list.value:
            raise BadParameter("a page shows every branch and price list: choose all of both to publish this view")
        values = {k: v for k, v in self._parameters().items() if k != "company"} | {"top": self.top.value}
        path = f"params/{self.company}/client_rating.view.yaml"
        return f"# {path}\n{yaml.safe_dump(values, allow_unicode=True)}\nclient-rating run {shlex.quote(path)}"

    def _parameters(self) -> dict[str, Any]:
        """What is shown, as parameters; the period by its own name, so that it means the same tomorrow."""
        sales = self._shown_sales()
        values = dict(company=self.company, period=sales.period.name, comparison=sales.parameters.comparison,
                     basis=sales.parameters.basis, language=self.language, today=sales.today.isoformat())  # fmt: skip
        return {name: value for name, value in values.items() if value}

    def _shown_sales(self) -> Sales:
        if self.sales is None:
            raise BadParameter("nothing is shown yet: mend what the view says")
        return self.sales

    def _guarded(self, place: widgets.HTML, do: Callable[[], None]) -> None:
        """Do it; a mistake is a sentence at its place, and so is a bug of ours, which a click would not show at all."""
        try:
            do()
        except ReportError as error:
            place.value = _mistake(str(error))
        except Exception as error:
            place.value = _mistake(f"a bug of ours, {type(error).__name__}: {error}")

    def _clear_mistakes(self) -> None:
        for place in (*self.mistakes.values(), self.message):
            place.value = ""

    def _say(self, what: str) -> None:
        self.progress.value = f"<small>{what} …</small>"

    def _toggle_days(self) -> None:
        for days in (self.first, self.last):
            days.layout.display = "flex" if self.period.value == OWN else "none"


def _html(*results: Result) -> str:
    """Results one below the other, as a cell would show them."""
    forms = [bundle(result) for result in results]
    drawn = "".join(str(form.get("text/html") or form.get("image/svg+xml") or "") for form in forms)
    return f'<div style="contain: inline-size">{drawn}</div>'  # or the widget grows with the table


def _lines_html(sales: Sales, lines: pd.DataFrame) -> str:
    """The first lines of a cell, and how many there are."""
    shown = lines[[c for c in COLUMNS if c in lines.columns]].head(SHOWN_LINES)
    first = f", the first {SHOWN_LINES} here, all in view.lines" if len(lines) > SHOWN_LINES else ""
    w = words_of(sales.reader)
    title = f"{w.count(len(lines))} lines, {w.money(sum(lines.amount, Decimal(0)), w.digits)}{first}"
    return f"<p><b>{title}</b></p>{_html(own_table(sales, shown, title))}"


def _mistake(sentence: str) -> str:
    return f'<span role="alert" style="color: #a3400d">{escape(scrubbed(sentence))}</span>'


def _day(text: str) -> dt.date | None:
    """The day a text says, or None: `show` says what is wrong with it."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
