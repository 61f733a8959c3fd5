"""The cross report on the page: clients down, branches across, totals on both sides.

In comes a CrossReport, out comes a Drawing: a plain HTML table, its cells shaded by size, with what the page's script
needs to search, sort and open it.
"""

from bisect import bisect_right
from dataclasses import replace
from decimal import Decimal
from typing import Any

from helpers.analysis.client import ClientDetails
from helpers.analysis.cross_report import CrossReport
from helpers.page.bars import per_cent
from helpers.page.cross_view import CrossView, Line, amount, cross_view
from helpers.page.drawing import Drawing, draw, fill
from helpers.page.promising_words import figure
from helpers.page.words import Words, capital, clean_name, known

QUANTILES = (0.50, 0.75, 0.90, 0.96, 0.99)
SCREEN, OTHER_COLUMNS = 1230, 342  # pixels of the box at 1280, and of rank, movement, client and share in it
TOTAL_LETTER, HEAD_LETTER, LONGEST_WORD = 7.8, 6.6, 18
MANY, SPARSE, MAIN_BRANCHES = 12, 0.25, 4  # over so many branches, so few filled cells: this many are told in words


@draw.register
def cross_table(cross: CrossReport, w: Words) -> Drawing:
    """The page's cross report; a click on a client opens its details."""
    view = whole = cross_view(cross, w)
    main = [_main_branches(line, whole, w) for line in whole.clients] if _is_sparse(whole) else []
    if main:
        view = _without_branches(whole)
    positive = sorted(cell for line in view.clients for cell in line.cells if cell > 0)
    steps = [positive[int(q * (len(positive) - 1))] for q in QUANTILES] if positive else []
    columns = _widths(view, w) if len(view.columns) > 1 else []  # one branch says what the total does
    largest = max((line.net for line in view.clients), default=Decimal(0))
    before = [""] * len(main) if main else _before(cross, w)
    html = fill(
        "cross.html.j2", w, view=view,
        rows=[
            _row(line, b, view, steps, w) | dict(bar=_bar(line, largest), main=text)
            for line, b, text in zip(view.clients, before, main or [""] * len(before), strict=True)
        ],
        main=w.gettext("Main {branches}", branches=w.branch(2)) if main else "",
        closing=[_closing_row(line, cross.corner, w) for line in view.closing], columns=columns,
        has_before=cross.before_cells is not None, lists=_lists(view), as_of=cross.price_lists_as_of,
        total_pixels=_pixels(w.amount(cross.corner), TOTAL_LETTER), other_pixels=OTHER_COLUMNS,
        margin_pixels=_pixels(w.amount(cross.corner)),
        by_margin=cross.rank_by == "margin", moves=_moves(view), opened=_opened(cross.details, view, w),
    )  # fmt: skip
    last = view.closing[-1]
    caption = w.gettext("{clients} by {branches}, {total} in all", clients=w.clients(len(view.clients)),
                     branches=w.branches(len(whole.columns)), total=w.money(last.net))  # fmt: skip
    names = [f"{line.rank:>4}  {clean_name(line.label, 40):<42}{w.amount(line.net):>16}" for line in view.clients[:20]]
    return Drawing("\n".join([caption, *names]), html if view.clients or cross.corner else "")


def _is_sparse(view: CrossView) -> bool:
    """Whether the branches are many and nearly all cells empty, so that a row would be dashes."""
    cells = [cell for line in view.clients for cell in line.cells]
    return len(view.columns) > MANY and sum(map(bool, cells)) < SPARSE * len(cells)


def _main_branches(line: Line, view: CrossView, w: Words) -> str:
    """Where a client spent most, and in how many branches beside these."""
    spent = sorted((-cell, i) for i, cell in enumerate(line.cells) if cell)
    named = [
        w.isolated(w.gettext("{label}: {said}", label=f"\u2068{view.columns[i]['label']}\u2069", said=w.amount(-cell)))
        for cell, i in spent[:MAIN_BRANCHES]
    ]
    rest = len(spent) - len(named)
    return w.facts(*named, w.ngettext("{n} more", "{n} more", rest) if rest else "")


def _without_branches(view: CrossView) -> CrossView:
    """The same as of a company of one branch, whose only cell is the total."""
    clients, closing = ([replace(line, cells=[line.net]) for line in lines] for lines in (view.clients, view.closing))
    return replace(view, columns=view.columns[:1], clients=clients, closing=closing)


def _row(line: Line, before: str, view: CrossView, steps: list[Decimal], w: Words) -> dict[str, Any]:
    facts = line.facts
    change, way = _change(line, facts["rank_before"])
    return dict(
        line=line, change=change, way=way, exact=_exact(line, w), price_list=facts["price_list"],
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
    places = str(abs(before - line.rank)) if move in ways and before is not None and line.rank is not None else ""
    return signs[move] + places, ways.get(move, "")


def _moves(view: CrossView) -> set[str]:
    return {_move(line) for line in view.clients}


def _bar(line: Line, largest: Decimal) -> str:
    return per_cent(line.net / largest if largest > 0 else 0)


def _exact(line: Line, w: Words) -> str:
    """The cells and the total in minor units, empty for 0, where the page shows whole ones: what the script adds up."""
    cells = line.cells if len(line.cells) > 1 else []
    return "" if w.shown == w.digits else _minor([*cells, line.net], w)


def _minor(cells: list[Decimal], w: Words) -> str:
    scale = Decimal(10) ** w.digits
    return ",".join(str(round(c * scale)) if c else "" for c in cells)


def _before(cross: CrossReport, w: Words) -> list[str]:
    """For each client the cells of the comparison period in minor units, empty for 0: what the script needs
    for the change."""
    if cross.before_cells is None:
        return [""] * len(cross.clients)
    cells = cross.before_cells.loc[cross.cells.index, list(cross.branches.key)].to_numpy(dtype=object)
    return [_minor(list(map(amount, row)), w) if len(row) > 1 else "" for row in cells]


def _closing_row(line: Line, corner: Decimal, w: Words) -> dict[str, Any]:
    share = float(line.net / corner) if corner > 0 else None
    margin = "" if line.margin is None else w.amount(line.margin)
    percent = "" if line.margin_percent is None else w.percent(line.margin_percent)
    return dict(line=line, exact=_exact(line, w),
                cells=[w.amount(c) if c else "–" for c in line.cells], share=w.percent(share),
                margin=margin, margin_percent=percent)  # fmt: skip


def _widths(view: CrossView, w: Words) -> list[dict[str, Any]]:
    """Each column with its width: that of its total, or of its label's longest word where all columns then fit a screen
    of 1280, else of as many letters of it as do. Widths that are said make a large table appear at once, and it does
    not jump when rows are hidden."""
    numbers = [_pixels(w.amount(net)) for net in view.closing[-1].cells]
    words = [max(map(len, column["label"].split()), default=1) for column in view.columns]
    margin = _pixels(w.amount(view.closing[-1].margin)) if view.has_margin else 0
    room = SCREEN - OTHER_COLUMNS - _pixels(w.amount(view.closing[-1].net), TOTAL_LETTER) - margin

    def widths(letters: int) -> list[int]:
        return [max(n, int(HEAD_LETTER * min(word, letters)) + 9) for n, word in zip(numbers, words, strict=True)]

    fitting = next((widths(n) for n in range(LONGEST_WORD, 8, -1) if sum(widths(n)) <= room), widths(8))
    return [column | dict(pixels=pixels) for column, pixels in zip(view.columns, fitting, strict=True)]


def _pixels(number: str, per_character: float = 7.0) -> int:
    return int(max(5, len(number)) * per_character) + 14


def _lists(view: CrossView) -> list[str]:
    return list(dict.fromkeys(line.facts["price_list"] for line in view.clients if line.facts["price_list"]))


def _opened(lines: ClientDetails | None, view: CrossView, w: Words) -> dict[str, Any] | None:
    """What a click on a client opens, in the order of the rows; None without ClientDetails."""
    if lines is None:
        return None
    by_client = lines.table.set_index("client_id").to_dict("index")
    stories = [by_client[line.client_id] for line in view.clients]
    rows = [_details({name: known(value) for name, value in story.items()}, w) for story in stories]
    labels = [label for label in (rows[0] if rows else ()) if any(row[label] for row in rows)]
    return dict(labels=labels, rows=[[row[label] for label in labels] for row in rows],
                months=[capital(w.month(m)) for m in lines.month_names],
                bars=[[int(amount(m).to_integral_value()) for m in story["months"]] for story in stories])  # fmt: skip


def _details(story: dict[str, Any], w: Words) -> dict[str, str]:
    """What a client's line says; empty where nothing is known."""
    first, last, returns, coverage, owed, points, expected = map(
        story.get, ("first_on", "last_on", "returns", "cost_coverage", "outstanding", "points", "expected")
    )
    return {
        w.gettext("First purchase"): w.short_day(first) if first else "",
        w.gettext("Last purchase"): w.short_day(last) if last else "",
        w.gettext("Days with a purchase"): w.count(story["visits"]),
        w.gettext("Sales"): w.amount(story["sales"], w.digits),
        w.gettext("Returns"): w.amount(returns, w.digits) if returns else "",
        w.gettext("Costs known"): w.percent(coverage, 0) if coverage is not None and coverage < 1 else "",
        w.gettext("Owed"): w.amount(owed, w.digits) if owed else "",
        w.gettext("Bonus points"): "" if points is None else w.count(points),
        w.gettext("Expected"): "" if expected is None else figure(expected, w),
    }
