"""What init has found, and what became of it when it was tried: read whole, before a person sees it.

In come a draft and the look that it rests on, out comes a `Proposal`: text, first period, rows as typed and as read.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from helpers import schema
from helpers.errors import ReportError
from helpers.money import EXACT
from helpers.source import Source, open_source
from helpers.source.files.expression import columns_in
from helpers.source.files.reading import named
from helpers.source.guess.draft import Draft
from helpers.source.guess.look import Look
from helpers.source.guess.words import likeness, meanings

ROWS_SHOWN = 3
WHOLE_MONTH_FROM = 25
"""The day from which on a month's sales are taken for whole."""


@dataclass
class Proposal:
    """A first source.yaml: its text, the names in doubt, the newest month that has sales, what a person may recognise
    of the rows, and why it cannot be read yet (empty where it can)."""

    text: str
    unconfirmed: tuple[str, ...]
    period: str
    preview: list[str] = field(default_factory=list)
    problem: str = ""


def tried(draft: Draft, look: Look, root: Path) -> Proposal:
    """A draft read as a run reads it; words of states and kinds that only further rows have are added to its maps."""
    lines = draft.settings["sale_line"]
    if missing := [ours for ours in schema.REQUIRED["sale_line"] if ours not in lines]:
        what = f"no column looks like {', '.join(missing)}; the file has {', '.join(filter(None, look.names))}"
        if numbered := [name for name in look.names if "sold_at" in missing and _are_numbers_for_days(look, name)]:
            what += f"; '{numbered[0]}' counts days or seconds: save it as dates (2026-10-31)"
        return Proposal(draft.text, tuple(draft.unconfirmed), "last month", problem=what)
    try:
        source = open_source(draft.company, root)
        _add_words(draft, source)
        preview = list(_preview(draft, look, source))
        return Proposal(draft.text, tuple(draft.unconfirmed), _period(source), preview)
    except (ReportError, ValueError) as error:
        return Proposal(draft.text, tuple(draft.unconfirmed), "last month", problem=str(error))


def _are_numbers_for_days(look: Look, name: str) -> bool:
    """Whether a column that is called like a day has numbers, as a spreadsheet or a computer counts days."""
    cells = look.column(name) if name and likeness("sold_at", name) else []
    return bool(cells) and all(re.fullmatch(r"\d{5,13}(\.\d+)?", str(cell).strip()) for cell in cells)


def _add_words(draft: Draft, source: Source) -> None:
    lines = source.tables["sale_line"]
    for ours, setting in (("state", "state_map"), ("kind", "kind_map")):
        if ours in lines.columns:
            words = set(map(str, lines.select(ours).distinct().to_pandas()[ours].dropna()))
            known = draft.settings.setdefault(setting, {})
            meant = meanings(ours, words | set(known))
            for word in sorted(words - set(known)):
                known[word] = meant[word]
                draft.doubt(setting)


def _period(source: Source) -> str:
    """The newest month that has sales, or the one before it that has some where the newest has hardly begun."""
    lines = source.tables["sale_line"].filter(lambda table: table.sold_at.notnull())
    by_month = lines.group_by(month=lines.sold_at.truncate("M")).agg(last=lines.sold_at.max())
    months = by_month.order_by(by_month.month.desc()).limit(2).to_pandas()
    if months.empty:
        return "last month"
    is_whole = months["last"][0].day >= WHOLE_MONTH_FROM or len(months) == 1
    return f"{months.month[0 if is_whole else 1]:%Y-%m}"


def _preview(draft: Draft, look: Look, source: Source) -> Iterator[str]:
    """Rows read and left out, and the first rows as the file has them and as they are read."""
    lines = source.tables["sale_line"]
    mapped = {ours: theirs for ours, theirs in draft.settings["sale_line"].items() if ours in lines.columns}
    rows, total = lines.agg(rows=lines.count(), total=lines.amount.sum().cast(EXACT)).to_pandas().iloc[0]
    yield f"read         {rows:,} rows, amounts {total or 0:,.2f}"
    for skipped in source.skipped:
        if skipped.table == "sale_line":
            amount = "" if skipped.amount is None else f", amounts {skipped.amount:,.2f}"
            yield f"skipped      {skipped.rows:,} rows{amount}: {skipped.why}"
    if kept_out := source.rows_quarantined + source.rows_rejected:
        yield f"not read     {kept_out:,} rows; client-rating check says which and why"
    used = {name for theirs in mapped.values() for name in columns_in(theirs, named(look.names))}
    places = [at for at, name in enumerate(named(look.names)) if name in used]
    for row in look.rows[:ROWS_SHOWN]:
        yield f"as typed     {' | '.join(_shown(row[at]) for at in places if at < len(row))}"
    for row in lines.select(*mapped).limit(ROWS_SHOWN).to_pandas().itertuples(index=False):
        yield f"as read      {' | '.join(f'{ours}: {_shown(cell)}' for ours, cell in zip(mapped, row, strict=True))}"


def _shown(cell: Any) -> str:  # Any: a cell of any kind
    return "–" if cell is None or cell != cell else str(cell).strip()
