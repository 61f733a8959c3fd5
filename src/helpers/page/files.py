"""The files beside the page, written by a report's last cell into its working folder.

In come sales of which a page has asked its questions; out come the files that their answers name, and checks.json (the
control totals, which the gate compares) and facts.json (what the landing page says). The working folder is the runner's
private run folder, or work/<company>/<period> where papermill or JupyterLab runs the notebook alone.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import pandas as pd

from helpers.analysis.actions import Actions
from helpers.analysis.change import Change
from helpers.analysis.concentration import concentration
from helpers.analysis.control_totals import ControlTotals, assert_answers_agree, control_totals, figures_of
from helpers.analysis.cross_report import CrossReport
from helpers.analysis.discounts import discounts
from helpers.analysis.headline import headline
from helpers.analysis.highlights import Highlights
from helpers.analysis.points import bonus_points
from helpers.analysis.promising import Forecast
from helpers.analysis.rating import best_clients
from helpers.analysis.trend import Trend, trend
from helpers.page import (
    actions_view,
    bonus_tables,
    change_view,
    charts,
    data_notes,
    highlights_view,
    promising_charts,
    title,
    trend_view,
)
from helpers.page.cross_view import write_cross_csv
from helpers.page.csv_files import write_csv
from helpers.page.drawing import Drawing, draw, fill, words_of
from helpers.page.excel import Sheet, write_workbook
from helpers.page.picture import slide
from helpers.page.words import Words, clean_name, part_of
from helpers.sales import Result, Sales, checked
from helpers.settings.read import project_root

LONGEST, SPARK = 80, 13


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Files(Result):
    """The files that stand beside the page, by name."""

    names: tuple[str, ...]

    @property
    def frame(self) -> pd.DataFrame:
        """One row a file."""
        return pd.DataFrame({"file": self.names})


@draw.register
def files(result: Files, w: Words) -> Drawing:
    """Links to the files."""
    return Drawing("  ".join(result.names), fill("files.html.j2", w, links=_links(result.names, w)))


def _links(names: tuple[str, ...], w: Words) -> list[tuple[str, str]]:
    """(file, what it is) in the reader's words."""
    labels = {
        "rating.xlsx": w.gettext("Excel"), "cross.csv": w.gettext("Cross report (CSV)"),
        "actions.csv": w.gettext("What to do (CSV)"), "summary.txt": w.gettext("Summary (text)"),
    }  # fmt: skip
    return [(name, labels.get(name) or name.replace(".parquet", " (Parquet)")) for name in names]


def save(sales: Sales, full_cross: bool = False) -> Files:
    """Write the files of the answers that a page shows, and hold all of them against the control totals.

    With `full_cross` every client by every branch too, as cross.parquet, streamed by the engine. Raises BadData where a
    cent is missing, and TryLater where a source file changed while it was read.

    Example: `save(sales).names`.
    """
    totals, folder, w = control_totals(sales), working_folder(sales), words_of(sales.reader)
    assert_answers_agree(sales, totals)  # those too that were asked since the totals
    cross = _answer(sales, CrossReport)
    if cross is not None:
        write_workbook(folder / "rating.xlsx", cross, w, _notes(sales, totals, w), _sheets(sales, w))
        write_cross_csv(folder / "cross.csv", cross, w)
    actions = _answer(sales, Actions)
    if actions is not None:
        heads = [label for _, label in actions_view.file_columns(actions, w)]
        write_csv(folder / "actions.csv", [heads, *actions_view.file_rows(actions, w)], w)
    if (happened := _answer(sales, Highlights)) is not None:
        said = [draw(happened, w).text, data_notes.passed(totals, w)]
        (folder / "summary.txt").write_text("\n".join(said) + "\n", "utf-8")
    for name, png in _slides(sales, w).items():
        (folder / name).write_bytes(png)
    tables = _tables(sales) | ({"cross": long_cross(sales)} if full_cross else {})
    for name, table in tables.items():
        table.to_parquet(folder / f"{name}.parquet")
    facts = json.dumps(_facts(sales, totals, w), indent=1, ensure_ascii=False)
    (folder / "facts.json").write_text(facts, "utf-8")
    sales.source.assert_unchanged()
    (folder / "checks.json").write_text(totals.to_json(figures_of(sales)), "utf-8")
    names = [*(("rating.xlsx", "cross.csv") if cross is not None else ()), *(("actions.csv",) if actions else ()),
             *(("summary.txt",) if happened else ()), *(f"{name}.parquet" for name in tables)]  # fmt: skip
    return Files(reader=sales.reader, names=tuple(names))


def _sheets(sales: Sales, w: Words) -> Iterator[Sheet]:
    """The workbook's sheets of what changed, what to do and how it got here, as far as the page asked."""
    changed, todo, months = (_answer(sales, kind) for kind in (Change, Actions, Trend))
    if changed is not None:
        yield change_view.sheet(changed, w)
    if todo is not None:
        yield actions_view.sheet(todo, w)
    if months is not None:
        yield trend_view.sheet(months, w)


def _slides(sales: Sales, w: Words) -> dict[str, bytes]:
    """PNG file → each chart of the page as a slide of 1600 × 900."""
    charts = (trend(sales), concentration(sales)) if _answer(sales, Highlights) is not None else ()
    drawn = {type(chart).__name__.lower(): draw(chart, w).svg for chart in charts}
    return {f"{name}.png": slide(svg) for name, svg in drawn.items() if svg}


@checked
def working_folder(sales: Sales) -> Path:
    """Where this run's files go, created when missing."""
    named = os.environ.get("CLIENT_RATING_WORK")
    folder = Path(named) if named else project_root() / "work" / sales.name / sales.period.name
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _answer(sales: Sales, kind: type) -> Any:
    """The answer of a kind that the page has asked for; None where it has not."""
    return next((answer for answer in sales.answers.values() if isinstance(answer, kind)), None)


def _tables(sales: Sales) -> dict[str, ir.Table | pd.DataFrame]:
    """Parquet file → its table, of every answer that the page has asked for."""
    answers = [a for a in sales.answers.values() if isinstance(a, Result)]
    return {name: table for answer in answers for name, table in answer.tables.items()}


def _notes(sales: Sales, totals: ControlTotals, w: Words) -> list[tuple[str, str]]:
    """What a workbook says of its report: (label, value)."""
    head = headline(sales)
    about = [(w.gettext("Company"), clean_name(head.company)), (w.gettext("Period"), title.when_of(head, w))]
    about += [(w.gettext("Basis"), fact) for fact in title.facts_of(head, w)]
    return [*about, *((line, "") for line in draw(totals, w).text.splitlines())]


def _facts(sales: Sales, totals: ControlTotals, w: Words) -> dict[str, Any]:
    """What the landing page and the manifest say of this run, money as text."""
    best, first = concentration(sales), best_clients(sales, 1)
    names = [clean_name(row.client_name or row.client_id, LONGEST) for row in first.itertuples()]
    return dict(
        company_name=sales.company.company, language=w.language, currency=sales.company.currency,
        comparison=sales.before.period.name if sales.before else None, snapshot=sales.source.fingerprint,
        part=part_of(sales.reader, w), finding=_finding(sales, w),
        total=str(totals.total), clients=best.clients + best.excluded, half=best.half,
        best_client=next(iter(names), None), best_amount=next(map(str, first.net), None),
        state=data_notes.state(totals, w), timezone=sales.company.timezone, months=_months(sales),
        digits=sales.reader.digits,
    )  # fmt: skip


def _months(sales: Sales) -> list[list[str]]:
    """The revenue of the last thirteen months, where the page asked for it: [YYYY-MM, net]."""
    history = _answer(sales, Trend)
    return [[f"{r.month:%Y-%m}", str(r.net)] for r in history.months.tail(SPARK).itertuples()] if history else []


def _finding(sales: Sales, w: Words) -> str:
    """The landing page's sentence: that of the report whose questions were asked."""
    if (happened := _answer(sales, Highlights)) is not None:
        return highlights_view.finding(happened, w)
    if _answer(sales, CrossReport) is not None:
        return charts.finding(concentration(sales), w)
    if (forecast := _answer(sales, Forecast)) is not None:
        return promising_charts.finding(forecast, w, w.period(sales.period))
    sentence = bonus_tables.finding(discounts(sales), bonus_points(sales), w)
    return sentence or charts.finding(concentration(sales), w)


def long_cross(sales: Sales) -> ir.Table:
    """Every cell, one row a client and branch: client_id, branch_id (text, None for none), net."""
    lines = sales.counted
    sums = lines.group_by("client_id", "branch_id").agg(net=lines.amount.sum().cast("decimal(38, 4)"))
    ids = {c: sums[c].cast("string") for c in ("client_id", "branch_id")}
    return sums.mutate(**ids).order_by("client_id", "branch_id")
