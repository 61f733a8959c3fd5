"""The analyst's bench: a period picker over the same calls as the published notebook.

In comes a company's name, out comes a widget: choose a period, see the key figures and the cross report, and go on in
pandas with what it holds (`sales`, `rating`, `cross`).
"""

import datetime as dt
from html import escape

import ipywidgets as widgets

from helpers.analysis.cross_report import CrossReport, cross_report
from helpers.analysis.headline import headline
from helpers.analysis.rating import Rating, rating
from helpers.analysis.summary import summary
from helpers.errors import BadParameter, ReportError
from helpers.page.drawing import bundle
from helpers.sales import Sales, open_sales
from helpers.settings.secrets import scrubbed

PERIODS = ["last month", "this month", "last quarter", "year to date", "last year", "last 12 months"]
OWN = "from … to …"


class Picker(widgets.VBox):  # type: ignore[misc]  # ipywidgets publishes no types
    """`sales`, `rating` and `cross` hold what was shown last; `show_period()` is what the button does.

    Example: `Picker("demo", "last quarter").rating.head(10)`."""

    def __init__(
        self, company: str = "demo", period: str = "last month", language: str = "en", today: str = ""
    ) -> None:
        self.company, self.language, self.today = company, language, today
        self.sales: Sales | None = None
        self.rating: Rating | None = None
        self.cross: CrossReport | None = None
        known = [*PERIODS, OWN] if period in PERIODS else [period, *PERIODS, OWN]
        self.period = widgets.Dropdown(options=known, value=period, description="Period")
        day = _day(today) or dt.date.today()
        self.first = widgets.DatePicker(value=day.replace(day=1), description="From")
        self.last = widgets.DatePicker(value=day, description="to")
        self.top = widgets.BoundedIntText(value=50, min=1, max=2000, description="Top")
        self.button = widgets.Button(description="Show rating", button_style="primary")
        self.message, self.output = widgets.HTML(), widgets.HTML()
        self.output.add_class("client-rating")
        self.button.on_click(lambda _: self.show_period())
        days = widgets.HBox([self.first, self.last])
        self.period.observe(lambda _: self._toggle(days), "value")
        self._toggle(days)
        super().__init__([widgets.HBox([self.period, self.top, self.button]), days, self.message, self.output])
        self.show_period()

    def show_period(self) -> None:
        """Read the chosen period and draw it; a mistake is a sentence above the table that was there."""
        try:
            sales = open_sales(self.company, self._chosen(), self.today, language=self.language)
            ranked, cross = rating(sales), cross_report(sales, self.top.value)
            answers = [headline(sales), summary(sales), cross]
            drawn = "".join(str(bundle(answer)["text/html"]) for answer in answers)
        except ReportError as error:
            self.message.value = escape(scrubbed(str(error)))
            return
        except Exception as error:  # a bug of ours, which a click on a button would not show at all
            self.message.value = escape(scrubbed(f"a bug of ours, {type(error).__name__}: {error}"))
            return
        self.sales, self.rating, self.cross, self.message.value = sales, ranked, cross, ""
        self.output.value = f'<div style="contain: inline-size">{drawn}</div>'  # or the widget grows with the table

    def _chosen(self) -> str:
        """The period in words, or from one day to the other; BadParameter where a day is not chosen."""
        if self.period.value != OWN:
            return self.period.value
        if self.first.value is None or self.last.value is None:
            raise BadParameter("choose the first and the last day of the period")
        return f"{self.first.value}..{self.last.value}"

    def _toggle(self, days: widgets.HBox) -> None:
        days.layout.display = "flex" if self.period.value == OWN else "none"


def _day(text: str) -> dt.date | None:
    """The day a text says, or None: `show_period` says what is wrong with it."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
