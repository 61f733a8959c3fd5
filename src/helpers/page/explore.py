"""The analyst's bench: a live view over the same questions as the published page, redrawn as its controls change.

In comes a company's name, out comes a widget; what it shows is also what its frames, query and command mean.
"""

import base64
import datetime as dt
import re
import shlex
import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from html import escape
from typing import Any

import ipywidgets as widgets
import pandas as pd
import yaml
from IPython import get_ipython

from helpers.analysis.change import change
from helpers.analysis.client import statement
from helpers.analysis.concentration import concentration
from helpers.analysis.cross_report import CrossReport, cell_lines, cross_report
from helpers.analysis.headline import headline
from helpers.analysis.left_out import left_out
from helpers.analysis.own_table import own_table
from helpers.analysis.rating import rating
from helpers.analysis.summary import summary
from helpers.analysis.trend import trend
from helpers.errors import BadParameter, ReportError, TryLater
from helpers.page.catalogues import languages
from helpers.page.drawing import bundle, words_of
from helpers.page.explore_controls import ALL, Controls
from helpers.page.words import Words
from helpers.sales import Result, Sales, open_sales
from helpers.sales.lookup import NO_CLIENT, OTHER_CLIENTS, TOTAL
from helpers.settings.secrets import scrubbed

REST = (summary, change, concentration, trend, left_out)
"""What is drawn below the table, one after the other."""

SQL = """
select client_id, client_name, sum(amount) as net
from lines
where client_id is not null
group by client_id, client_name
order by net desc, client_id
limit {top}"""

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

    sales: Sales | None
    """The sales on the screen; None before anything is shown.

    Example: `movement(view.sales).frame`."""

    def __init__(
        self, company: str = "demo", period: str = "last month", language: str = "en", today: str = ""
    ) -> None:
        self.company, self.language, self.today = company, language, today
        self.sales = None
        self.opened: pd.DataFrame | None = None
        self._top = 0
        self._wanted: Iterator[None] = iter(())
        self._drawing = self._wanted
        self.w = Words(language if language in languages() else "en")
        self.controls = Controls(period, _day(today) or dt.date.today(), self.w)
        self.progress, self.message = widgets.HTML(), widgets.HTML()
        self.clicked = widgets.Text(layout=widgets.Layout(display="none"))
        self.head, self.table, self.rest, self.detail = (widgets.HTML() for _ in range(4))
        self.controls.on_change(self.show)
        self.clicked.observe(lambda change: _between_cells(self.open_clicked, change["new"]), "value")
        self.clicked.add_class("cr-clicked")
        super().__init__([self.controls, self.message, self.progress, self.head, self.detail, self.table, self.rest,
                          self.clicked])  # fmt: skip
        self.add_class("cr-view")
        self.show(None)

    def __repr__(self) -> str:
        return f"<View of {self.company}: .rating, .cross, .lines, .query, .command>"

    def show(self, changed: widgets.Widget | None) -> None:
        """Draw what the controls say: the head at once, then the table, then the rest, and nothing more of what was
        being drawn. A mistake is a sentence at its control, and leaves what was there."""
        self._wanted = self._stages()
        _between_cells(self._begin, self._wanted, changed)

    def _begin(self, stages: Iterator[None], changed: widgets.Widget | None) -> None:
        if stages is self._wanted and self._guarded(changed, lambda: next(stages)):
            self._drawing = stages
            _later(self._go_on, stages, changed)

    def _go_on(self, stages: Iterator[None], changed: widgets.Widget | None) -> None:
        """Draw the next stage, unless something newer is being drawn; cells run in between."""
        if stages is self._drawing and self._guarded(changed, lambda: next(stages)):
            _later(self._go_on, stages, changed)

    def _stages(self) -> Iterator[None]:
        self._clear_mistakes()
        self._say(0, self.w.gettext("Reading the sales"))
        sales, top = self._chosen_sales(), int(self.controls.top.value)
        head = _html(headline(sales))
        self.sales, self.opened, self._top, self.w = sales, None, top, words_of(sales.reader)
        self.head.value, self.table.value, self.rest.value, self.detail.value = head, "", "", ""
        self._say(1, self.w.gettext("Adding up the table"))
        yield
        table = _html(self._shown_cross())
        self.table.value = f'{STYLE}<div onclick="{ON_CLICK}">{table}</div>'
        self.controls.offer(sales, self.w)
        for at, question in enumerate(REST, 2):
            self._say(at, self.w.gettext("Drawing what stands below it"))
            yield
            self.rest.value += _html(question(sales))

    def _chosen_sales(self) -> Sales:
        """The sales that the controls name; the source is opened anew where it changed."""
        says = self.controls
        opened = self._source_of(says.basis.value)
        sales = opened.whole.in_period_called(says.chosen_period, says.comparison.value)
        return sales.only(says.chosen_branches, says.chosen_price_lists)

    def _source_of(self, basis: str) -> Sales:
        if self.sales is not None and self.sales.parameters.basis == basis:
            try:
                self.sales.source.assert_unchanged()
                return self.sales
            except TryLater:
                pass
        period = self.controls.chosen_period
        return open_sales(self.company, period, self.today, language=self.language, basis=basis)

    def open_clicked(self, click: str) -> None:
        """Open what was clicked: a client's statement, the lines of a cell, or the branch of a column's head."""
        if not click or self.sales is None:
            return
        _, column, where = click.split("|", 2)
        kind, _, row = where.partition(":")
        self._clear_mistakes()
        self._guarded(None, lambda: self._open(self._shown_cross(), column, kind, row))

    def _open(self, cross: CrossReport, column: str, kind: str, row: str) -> None:
        assert self.sales is not None
        if column == "name":
            if kind == "client":
                self.detail.value = _html(statement(self.sales.whole, row))
            return
        keys = [*cross.branches.key, TOTAL]  # -1 is the total, which stands before the branches
        if not -1 <= int(column) < len(cross.branches):
            return
        if kind == "head":
            branch, key = self.controls.branch, keys[int(column)]
            branch_id = ALL if key == TOTAL else key.removeprefix("b:")
            if branch_id in {value for _, value in branch.options}:
                branch.value = (branch_id,)
            return
        client = CLOSING_ROWS[row] if kind == "row" else row
        self.opened = cell_lines(self.sales, client, keys[int(column)], top=self._top)
        self.detail.value = _lines_html(self.sales, self.opened)

    def _shown_cross(self) -> CrossReport:
        assert self.sales is not None
        return cross_report(self.sales, self._top)

    @property
    def rating(self) -> pd.DataFrame:
        """Every client of what is shown, best first.

        Example: `view.rating.head(10)`.
        """
        return rating(self._shown_sales()).frame

    @property
    def cross(self) -> pd.DataFrame:
        """The cross report as it is shown.

        Example: `view.cross`.
        """
        self._shown_sales()
        return self._shown_cross().frame

    @property
    def lines(self) -> pd.DataFrame:
        """The lines of the cell that was opened last, or all of what is shown.

        Example: `view.lines.amount.sum()`.
        """
        return self._shown_sales().lines() if self.opened is None else self.opened

    @property
    def query(self) -> str:
        """How to ask what is shown: in Ibis, and in SQL over the same lines.

        Example: `print(view.query)`.
        """
        code = f"open_sales({', '.join(f'{name}={value!r}' for name, value in self._parameters().items())})"
        return f'sales = {code}\nrating(sales).table.head({self._top})\n\nsales.sql("""{SQL.format(top=self._top)}""")'

    @property
    def command(self) -> str:
        """How to publish what is shown: the params file, and the command.

        Example: `print(view.command)`.
        """
        values = {k: v for k, v in self._parameters().items() if k != "company"} | {"top": self._top}
        path = f"params/{self.company}/client_rating.view.yaml"
        return f"# {path}\n{yaml.safe_dump(values, allow_unicode=True)}\nclient-rating run {shlex.quote(path)}"

    def _parameters(self) -> dict[str, Any]:
        """What is shown, as parameters; the period by its own name, so that it means the same tomorrow."""
        sales = self._shown_sales()
        values = dict(company=self.company, period=sales.period.name, comparison=sales.parameters.comparison,
                     basis=sales.parameters.basis, only_branches=sales.parameters.only_branches,
                     only_price_lists=sales.parameters.only_price_lists, language=self.language,
                     today=sales.today.isoformat())  # fmt: skip
        return {name: value for name, value in values.items() if value}

    def _shown_sales(self) -> Sales:
        if self.sales is None:
            raise BadParameter("nothing is shown yet: mend what the view says")
        return self.sales

    def _guarded(self, changed: widgets.Widget | None, do: Callable[[], object]) -> bool:
        """Whether it was done and there is more; a mistake is a sentence at the control it names, else at the one that
        was changed, and so is a bug of ours, which a click would not show at all."""
        try:
            do()
            return True
        except StopIteration:
            pass
        except ReportError as error:
            self._say_at(changed, str(error))
        except Exception as error:
            self._say_at(changed, f"a bug of ours, {type(error).__name__}: {error}")
        self.progress.value = ""
        return False

    def _say_at(self, changed: widgets.Widget | None, sentence: str) -> None:
        control = self.controls.named(sentence) or changed
        self.controls.mistakes.get(control, self.message).value = _mistake(sentence)

    def _clear_mistakes(self) -> None:
        for place in (*self.controls.mistakes.values(), self.message):
            place.value = ""

    def _say(self, stage: int, what: str) -> None:
        """How far the drawing is, as a bar and in words."""
        bar = f'<progress max="{2 + len(REST)}" value="{stage + 1}" aria-label="{escape(what)}"></progress>'
        self.progress.value = f'<div role="status">{bar} <small>{escape(what)} …</small></div>'


def _between_cells(do: Callable[..., None], *args: object) -> None:
    """Do it where cells run, at once or between two of them: a source serves one thread at a time, and JupyterLab tells
    of a change on another."""
    if threading.current_thread() is threading.main_thread():
        do(*args)
    else:
        _later(do, *args)


def _later(do: Callable[..., None], *args: object) -> None:
    """Do it after the cell that runs, where a kernel runs cells; else at once."""
    kernel = getattr(get_ipython(), "kernel", None)
    if (loop := getattr(kernel, "io_loop", None)) is None:
        do(*args)
    else:
        loop.add_callback(do, *args)


def _html(*results: Result) -> str:
    """Results one below the other, as a cell would show them."""
    drawn = "".join(str(form.get("text/html") or _chart(form)) for form in map(bundle, results))
    return f'<div style="contain: inline-size">{drawn}</div>'  # or the widget grows with the table


def _chart(form: dict[str, Any]) -> str:
    """A chart as a picture, or its style would be that of JupyterLab's own icons too; nothing without one."""
    if not (svg := form.get("image/svg+xml")):
        return ""
    data = base64.b64encode(svg.encode()).decode()
    return f'<img style="max-width: 100%" src="data:image/svg+xml;base64,{data}" alt="{escape(form["text/plain"])}">'


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
