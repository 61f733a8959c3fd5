"""The cross report as values in the reader's words: its columns and lines, and the same as CSV.

In comes a CrossReport, out comes a CrossView, from which the page's table, the CSV and the Excel sheets are made. Rows
are keyed by client id; what is shown adds up to the total in every column.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from helpers.analysis.cross_report import CrossReport
from helpers.page.csv_files import Cell, write_csv
from helpers.page.movement_view import says
from helpers.page.words import Words, capital, clean_name, known


@dataclass
class Line:
    """One line of the cross report: `cells` by branch key, `net` their sum, and for a client all the rest."""

    label: str
    cells: list[Decimal]
    net: Decimal
    kind: str = "client"
    rank: int | None = None
    client_id: str | None = None
    name: str = ""
    says: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    margin: Decimal | None = None
    margin_percent: float | None = None


@dataclass(frozen=True)
class CrossView:
    """The columns and lines of a cross report: the clients best first, then what closes it, the total
    last; `shown` is the sum of the clients."""

    columns: list[dict[str, Any]]
    clients: list[Line]
    closing: list[Line]
    shown: Line
    has_margin: bool
    has_lists: bool


def cross_view(cross: CrossReport, w: Words) -> CrossView:
    """A CrossReport as columns and lines, in the reader's words."""
    keys = list(cross.branches.key)
    rows = [{k: known(v) for k, v in row.items()} for row in cross.clients.to_dict("records")]
    rows = [row | dict(rank_before=row["rank_before"] and int(row["rank_before"])) for row in rows]
    cells = cross.cells[keys].to_numpy(dtype=object)
    clients = [_client(row, list(map(amount, line)), w) for row, line in zip(rows, cells, strict=True)]
    names = pd.Series([line.label for line in clients], dtype=object)
    for line, twice in zip(clients, names.duplicated(keep=False), strict=True):
        line.name = (line.client_id or "") if twice and line.label != line.client_id else ""
    return CrossView(
        columns=[_column(c, cross, w) for c in cross.branches.to_dict("records")],
        clients=clients,
        closing=_closing(cross, keys, w),
        shown=_shown(clients, cross, w),
        has_margin=any(row["margin"] is not None for row in rows) or bool(cross.margins),
        has_lists=any(row["price_list"] is not None for row in rows),
    )


def amount(value: Any) -> Decimal:
    """A cell as Decimal: a client that never came to a branch spent 0 there."""
    return Decimal(0) if known(value) is None else value


def _client(row: dict[str, Any], cells: list[Decimal], w: Words) -> Line:
    return Line(
        label=clean_name(row["client_name"]) or clean_name(row["client_id"]), cells=cells, net=row["net"],
        rank=int(row["rank"]), client_id=row["client_id"], facts=row,
        says=says(row["rank"], row["rank_before"], row["status"], w),
    )  # fmt: skip


def _column(column: dict[str, Any], cross: CrossReport, w: Words) -> dict[str, Any]:
    label = {
        "other": w.gettext(
            "Other {branches} ({n})", branches=w.branch(cross.folded_count), n=w.count(cross.folded_count)
        ),
        "none": w.gettext("(no {branch})", branch=w.branch()),
        "unallocated": w.gettext("Unallocated payments"),
    }.get(column["kind"]) or clean_name(column["label"], 60)
    marks = [
        w.gettext("closed") if column["is_closed"] else "",
        w.gettext("opened") if column["is_new"] else "",
    ]
    former = clean_name(known(column["title"]), 300)
    return dict(
        key=column["key"], kind=column["kind"], label=label, mark=w.facts(*marks),
        title=w.gettext("formerly {names}", names=former) if former else "",
    )  # fmt: skip


def _closing(cross: CrossReport, keys: list[str], w: Words) -> list[Line]:
    other = w.gettext("Other {clients} ({n})", clients=w.client(cross.other_count), n=w.count(cross.other_count))
    rows = [
        ("other", other, cross.other, cross.other_total),
        ("none", w.gettext("(no {client})", client=w.client()), cross.none, cross.none_total),
        ("total", w.gettext("Total"), cross.total, cross.corner),
    ]
    return [
        Line(label, [amount(series[k]) for k in keys], net, kind, **_margin_of(cross, kind))
        for kind, label, series, net in rows
        if series is not None
    ]  # fmt: skip


def _shown(clients: list[Line], cross: CrossReport, w: Words) -> Line:
    net = sum((line.net for line in clients), Decimal(0))
    return Line(w.gettext("Shown"), [], net, "shown", **_margin_of(cross, "shown"))


def _margin_of(cross: CrossReport, kind: str) -> dict[str, Any]:
    margin = cross.margins.get(kind)
    return dict(margin=margin.amount, margin_percent=margin.percent) if margin else {}


def write_cross_csv(path: Path, cross: CrossReport, w: Words) -> None:
    """The cross report as the page shows it, amounts in full."""
    view = cross_view(cross, w)
    heads = [capital(w.client()), w.gettext("Number"), w.gettext("Price list"), *(c["label"] for c in view.columns)]
    rows: list[list[Cell]] = [[w.gettext("Rank"), *heads, w.gettext("Total")]]
    for line in [*view.clients, *view.closing]:
        names = [line.label, line.client_id, clean_name(line.facts.get("price_list"))]
        rows.append([line.rank, *names, *line.cells, line.net])
    write_csv(path, rows, w)
