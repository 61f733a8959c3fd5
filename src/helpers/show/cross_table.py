"""The cross report as a reader sees it: clients down, branches across, totals on both sides.

In comes a CrossReport, out come its columns and rows as values (for the page, CSV and Excel alike) and the
page's table, its cells shaded by size. Rows are keyed by client id; what is shown adds up to the total in
every column.
"""

import csv
from bisect import bisect_right
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pandas as pd

from helpers.show.charts import says
from helpers.show.drawing import Piece, draw
from helpers.show.words import Words, capital, clean_name, known

QUANTILES = (0.50, 0.75, 0.90, 0.96, 0.99)
FORMULA = ("=", "+", "-", "@", "\t", "\r")


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
    facts: dict = field(default_factory=dict)


@dataclass(frozen=True)
class CrossView:
    """The columns and lines of a cross report: the clients best first, then what closes it, the total
    last."""

    columns: list[dict]
    clients: list[Line]
    closing: list[Line]
    has_margin: bool
    has_lists: bool


def cross_view(cross, w: Words) -> CrossView:
    """A CrossReport as columns and lines, in the reader's words."""
    keys = list(cross.branches.key)
    rows = [{k: known(v) for k, v in row.items()} for row in cross.clients.to_dict("records")]
    rows = [row | dict(rank_before=row["rank_before"] and int(row["rank_before"])) for row in rows]
    cells = cross.cells[keys].to_numpy(dtype=object)
    clients = [_client(row, list(map(amount, line)), w) for row, line in zip(rows, cells, strict=True)]
    names = pd.Series([line.label for line in clients], dtype=object)
    for line, twice in zip(clients, names.duplicated(keep=False), strict=True):
        line.name = line.client_id if twice and line.label != line.client_id else ""
    return CrossView(
        columns=[_column(c, cross, w) for c in cross.branches.to_dict("records")],
        clients=clients,
        closing=_closing(cross, keys, w),
        has_margin=any(row["margin"] is not None for row in rows),
        has_lists=any(row["price_list"] is not None for row in rows),
    )


def amount(value) -> Decimal:
    """A cell as Decimal: a client that never came to a branch spent 0 there."""
    return Decimal(0) if known(value) is None else value


def _client(row: dict, cells: list[Decimal], w: Words) -> Line:
    return Line(
        label=clean_name(row["client_name"]) or clean_name(row["client_id"]), cells=cells, net=row["net"],
        rank=int(row["rank"]), client_id=row["client_id"], facts=row,
        says=says(row["rank"], row["rank_before"], row["status"], w),
    )  # fmt: skip


def _column(column: dict, cross, w: Words) -> dict:
    label = {
        "other": w.gettext(
            "Other {branches} ({n})", branches=w.branch(cross.folded_count), n=w.count(cross.folded_count)
        ),
        "none": w.gettext("(no {branch})", branch=w.branch()),
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


def _closing(cross, keys: list[str], w: Words) -> list[Line]:
    other = w.gettext(
        "Other {clients} ({n})", clients=w.client(cross.other_count), n=w.count(cross.other_count)
    )
    rows = [
        ("other", other, cross.other, cross.other_total),
        ("none", w.gettext("(no {client})", client=w.client()), cross.none, cross.none_total),
        ("total", w.gettext("Total"), cross.total, cross.corner),
    ]
    return [
        Line(label, [amount(series[k]) for k in keys], net, kind)
        for kind, label, series, net in rows
        if series is not None
    ]  # fmt: skip


def cross_table(cross, w: Words, lines=None) -> Piece:
    """The page's cross report; `lines` (ClientLines) is what a click on a client opens."""
    view = cross_view(cross, w)
    positive = sorted(cell for line in view.clients for cell in line.cells if cell > 0)
    steps = [positive[int(q * (len(positive) - 1))] for q in QUANTILES] if positive else []
    before = zip(view.clients, _before(cross, w), strict=True)
    html = draw(
        "cross.html.j2", w, view=view, rows=[_row(line, b, view, steps, w) for line, b in before],
        closing=[_closing_row(line, cross.corner, w) for line in view.closing], columns=_widths(view, w),
        has_before=cross.before_cells is not None, lists=_lists(view), as_of=cross.price_lists_as_of,
        total_pixels=_pixels(w.amount(cross.corner), 7.8), margin_pixels=_pixels(w.amount(cross.corner)),
        moves=_moves(view), opened=_opened(lines, view, w),
    )  # fmt: skip
    last = view.closing[-1]
    said = w.gettext("{clients} by {branches}, {total} in all", clients=w.clients(len(view.clients)),
                     branches=w.branches(len(view.columns)), total=w.money(last.net))  # fmt: skip
    names = [
        f"{line.rank:>4}  {clean_name(line.label, 40):<42}{w.amount(line.net):>16}"
        for line in view.clients[:20]
    ]
    return Piece(html, "\n".join([said, *names]))


def _row(line: Line, before: str, view: CrossView, steps: list[Decimal], w: Words) -> dict:
    facts = line.facts
    change, way = _change(line, facts["rank_before"])
    return dict(
        line=line, change=change, way=way, price_list=facts["price_list"],
        list_before=facts["price_list_before"], share=w.percent(facts["share"]),
        list_from=w.short_day(facts["price_list_from"]) if facts["price_list_from"] else "",
        margin=w.amount(facts["margin"]) if view.has_margin else "",
        cells=[(_shade(cell, steps), w.amount(cell) if cell else "–") for cell in line.cells],
        before=before,
    )  # fmt: skip


def _shade(cell: Decimal, steps: list[Decimal]) -> str:
    if cell <= 0:
        return "neg" if cell < 0 else ""
    step = bisect_right(steps, cell)
    return f"q{step}" if step else ""


def _move(line: Line) -> str:
    before = line.facts["rank_before"]
    if before is None:
        return "new" if line.facts["status"] == "new" else "back"
    return "same" if before == line.rank else "rose" if before > line.rank else "fell"


def _change(line: Line, before: int | None) -> tuple[str, str]:
    signs = {"rose": "▲", "fell": "▼", "same": "–", "new": "+", "back": "↩"}
    ways = {"rose": "up", "fell": "down"}
    move = _move(line)
    places = str(abs(before - line.rank)) if move in ways else ""
    return signs[move] + places, ways.get(move, "")


def _moves(view: CrossView) -> set[str]:
    return {_move(line) for line in view.clients}


def _before(cross, w: Words) -> list[str]:
    """For each client the cells of the comparison period in minor units, empty for 0: what the script needs
    for the change."""
    if cross.before_cells is None:
        return [""] * len(cross.clients)
    scale = Decimal(10) ** w.digits
    cells = cross.before_cells.loc[cross.cells.index, list(cross.branches.key)].to_numpy(dtype=object)
    return [",".join(str(round(amount(c) * scale)) if amount(c) else "" for c in row) for row in cells]


def _closing_row(line: Line, corner: Decimal, w: Words) -> dict:
    share = float(line.net / corner) if corner > 0 else None
    return dict(line=line, cells=[w.amount(c) if c else "–" for c in line.cells], share=w.percent(share))


def _widths(view: CrossView, w: Words) -> list[dict]:
    """Each column with its width: that of its total, or of its label's longest word. Widths that are said
    make a
    large table appear at once, and it does not jump when rows are hidden."""
    total = view.closing[-1].cells
    words = [max(map(len, column["label"].split()), default=1) for column in view.columns]
    return [
        column | dict(pixels=max(_pixels(w.amount(net)), int(7.7 * min(word, 15)) + 16))
        for column, net, word in zip(view.columns, total, words, strict=True)
    ]


def _pixels(number: str, per_character: float = 7.0) -> int:
    return int(max(7, len(number)) * per_character) + 16


def _lists(view: CrossView) -> list[str]:
    return list(dict.fromkeys(line.facts["price_list"] for line in view.clients if line.facts["price_list"]))


def _opened(lines, view: CrossView, w: Words) -> dict | None:
    """What a click on a client opens, in the order of the rows; None without ClientLines."""
    if lines is None:
        return None
    stories = lines.table.set_index("client_id").to_dict("index")
    rows = [
        _details(line, {k: known(v) for k, v in stories.get(line.client_id, {}).items()}, w)
        for line in view.clients
    ]
    return dict(labels=list(rows[0]) if rows else [], rows=[list(row.values()) for row in rows],
                months=[capital(w.month(m)) for m in lines.month_names],
                bars=[_bars(stories.get(line.client_id)) for line in view.clients])  # fmt: skip


def _details(line: Line, story: dict, w: Words) -> dict[str, str]:
    """What a client's line says, the same labels for everyone; empty where nothing is known."""
    facts = line.facts
    coverage, points = facts["cost_coverage"], story.get("points")
    first, last = story.get("first_on"), story.get("last_on")
    return {
        w.gettext("First purchase"): w.short_day(first) if first else "",
        w.gettext("Last purchase"): w.short_day(last) if last else "",
        w.gettext("Days with a purchase"): w.count(int(story.get("visits") or 0)),
        w.gettext("Sales"): w.amount(facts["sales"]),
        w.gettext("Returns"): w.amount(facts["returns"]) if facts["returns"] else "",
        w.gettext("Costs known"): w.percent(coverage, 0) if coverage is not None and coverage < 1 else "",
        w.gettext("Bonus points"): "" if points is None else w.count(points),
    }


def _bars(story: dict | None) -> list[int]:
    return [int(amount(m).to_integral_value()) for m in story["months"]] if story else []


def write_cross_csv(path: Path, cross, w: Words) -> None:
    """The cross report as the page shows it, UTF-8 with BOM, numbers in full with a point, text never a
    formula."""
    view = cross_view(cross, w)
    heads = [capital(w.client()), "client_id", w.gettext("Price list"), *(c["label"] for c in view.columns)]
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.writer(file, lineterminator="\r\n")
        rows.writerow(map(guarded, [w.gettext("Rank"), *heads, w.gettext("Total")]))
        for line in [*view.clients, *view.closing]:
            names = [line.label, line.client_id or "", clean_name(line.facts.get("price_list"))]
            rows.writerow([line.rank or "", *map(guarded, names), *map(plain, [*line.cells, line.net])])


def guarded(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def plain(value: Decimal) -> str:
    """A Decimal in full, never in powers of ten."""
    return f"{value:f}"
