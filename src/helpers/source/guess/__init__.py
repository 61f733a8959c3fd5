"""A first source.yaml from a look at one file, for a person to confirm: the only place where anything is guessed.

In comes a CSV, Excel, ODS, SQLite or Parquet file, out comes a `Proposal`: settings in which what is in doubt is named
in `unconfirmed`. Of the data the text shows the names of columns, and the words of a column of states or kinds.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from helpers import schema
from helpers.settings import company as config
from helpers.source.files.expression import columns_in
from helpers.source.files.judge import literal
from helpers.source.files.reading import named
from helpers.source.guess.amounts import Amount
from helpers.source.guess.draft import Draft, one_line
from helpers.source.guess.joins import joined_looks, joined_tables
from helpers.source.guess.look import Look, looks
from helpers.source.guess.money import currency_of
from helpers.source.guess.proposal import Proposal, tried
from helpers.source.guess.signs import MOST_WORDS, choose, date_forms, date_style, exact, number_style, numbers_read
from helpers.source.guess.systems import System, recognised
from helpers.source.guess.values import Values, is_written_once
from helpers.source.guess.words import (
    GIVEN_BACK,
    NAMES,
    NO,
    PARTIAL_LIKENESS,
    REFUNDS,
    VALID,
    VOID,
    YES,
    is_called,
    likeness,
    meanings,
)
from helpers.source.guess.zones import zone_of

__all__ = ["Proposal", "propose"]

MOST_FOOT_ROWS = 3
GROUPED_BY, CARRIED = ("client_id", "branch_id", "sold_at"), ("client_id", "branch_id", "sold_at", "sale_id")
"""What a report may write once for several rows, and what goes down with it."""
ALWAYS = {"company": "the name that the pages carry", "timezone": "where the company lives, Europe/Kyiv for example"}
"""What no file tells for sure."""


def propose(file: Path, root: Path) -> Proposal:
    """A source.yaml for a file of sales, tried on the whole file; NoInput or BadData for a file that cannot be read, as
    `ingest` has it.
    """
    every = looks(file)
    for look in every:
        if system := recognised(look.names):
            draft = _known(look, system, file, root)
            _name_others(draft, look, every)
            return tried(draft, look, root)
    look, draft = max(((look, _guess(look, file, root)) for look in every), key=lambda pair: _mapped(pair[1]))
    look, draft = _with_join(*_with_table(look, draft, every, file, root), file, root)
    _name_others(draft, look, every)
    return tried(draft, look, root)


def _with_table(look: Look, draft: Draft, every: list[Look], file: Path, root: Path) -> tuple[Look, Draft]:
    """The draft, or one over two tables of a database where only both have what a report needs."""
    best = look, draft
    is_database = len(every) > 1 and not look.sheet
    if not is_database or _mapped(draft)[0] == len(schema.REQUIRED["sale_line"]):
        return best
    for joined in (joined for each in every for joined in joined_tables(each, every)):
        other = _guess(joined, file, root)
        if _mapped(other) > _mapped(best[1]):
            other.doubt("sale_line.from", "two tables of the database")
            best = joined, other
    return best


def _with_join(look: Look, draft: Draft, file: Path, root: Path) -> tuple[Look, Draft]:
    """The draft, or one that joins a file beside it where only that has what a report needs."""
    best = look, draft
    if _mapped(draft)[0] == len(schema.REQUIRED["sale_line"]):
        return best
    for joined, name, key in joined_looks(look, file):
        other = _guess(joined, file, root)
        if _mapped(other)[0] > _mapped(best[1])[0]:
            lines = other.settings["sale_line"]
            other.settings["sale_line"] = {"from": lines.pop("from"), "join": {name: key}} | lines
            other.settings.pop("client", None)
            other.doubt("sale_line.join")
            best = joined, other
    return best


def _mapped(draft: Draft) -> tuple[int, int]:
    """How much of a sale line a draft finds: first what a report needs, then all."""
    lines = draft.settings["sale_line"]
    return sum(ours in lines for ours in schema.REQUIRED["sale_line"]), len(lines)


def _head(file: Path, root: Path) -> dict[str, Any]:  # Any: settings of whatever kind
    is_inside = file.parent.is_relative_to(root)
    folder = file.parent.relative_to(root) if is_inside else file.parent
    return {"company": file.stem.partition(".")[0], "files": str(folder), "timezone": "UTC", "currency": "EUR"}


def _known(look: Look, system: System, file: Path, root: Path) -> Draft:
    """A source.yaml for a file of a known system: only what the file cannot say is left to a person."""
    settings, lacking = system.settings_for(look.where, named(look.names))
    declared, doubts = settings.pop("csv", {}), settings.pop("unconfirmed", {})
    sold_at = settings["sale_line"]["sold_at"]
    title = f"{one_line(file.name)} has the columns of a known system. {system.title}"
    draft = Draft(title, _head(file, root) | settings, remarks={"sale_line": lacking}, unconfirmed=list(ALWAYS))
    draft.notes |= ALWAYS
    marks = _marks(look, settings["sale_line"], declared)
    _declare(draft, look, look.dialect | {key: (value, "") for key, value in declared.items()} | marks)
    _dates(draft, look, sold_at, declared)
    if any(not name.isascii() for name in system.columns):  # the header reads as that of this language does
        for name in ("csv.encoding", "csv.date_format", "csv.datetime_format"):
            draft.sure(name)
    _money(draft, look, settings["sale_line"])
    for name, why in doubts.items():
        draft.doubt(name, why)
    return _in_order(draft)


def _guess(look: Look, file: Path, root: Path) -> Draft:
    forms, style = date_forms(look), number_style(look, look.names)
    marks = style["decimal"][0], style["thousands"][0]
    chosen, amount = choose(look, marks, forms)
    title = f"Guessed from {one_line(file.name)}: read every line, and mend what is not so."
    skip = (amount.skip if amount else {}) | _foot(look, chosen) | _marked(look, chosen)
    lines = {"from": look.where} | ({"skip": skip} if skip else {}) | chosen
    head = _head(file, root) | {"basis": "as_supplied"}
    draft = Draft(title, head | {"sale_line": lines}, unconfirmed=list(ALWAYS))
    draft.notes |= ALWAYS | {"sale_line.from": "or a pattern of several such files, as in sales_*.csv"}
    if "tax_amount" in chosen:
        values = Values(look, partial(exact, marks=marks), None)
        is_column = chosen.get("amount") in look.names
        is_without = is_column and values.is_without_tax(chosen["amount"], chosen["tax_amount"])
        draft.settings["amount_includes_tax"] = not is_without
        draft.doubt("amount_includes_tax")
    if look.where.endswith(".parquet") and _has_floats(look, chosen):
        draft.settings["whole_number_ids"] = True
    _declare(draft, look, look.dialect | style)
    _dates(draft, look, chosen.get("sold_at", ""), {})
    _money(draft, look, chosen)
    _words(draft, look, chosen)
    _sale_line(draft, look, chosen, amount)
    _carry_down(draft, look, chosen)
    return _in_order(draft)


def _has_floats(look: Look, chosen: dict[str, str]) -> bool:
    """Whether ids are numbers with a fraction of nothing, 12345.0, as pandas keeps whole numbers beside blanks."""
    ids = [chosen[ours] for ours, kind in schema.TABLES["sale_line"].items() if kind == schema.ID and ours in chosen]
    cells = [cell for name in ids if name in look.names for cell in look.column(name) if isinstance(cell, float)]
    return bool(cells) and all(cell.is_integer() for cell in cells)


def _foot(look: Look, chosen: dict[str, str]) -> dict[str, str]:
    """A rule that leaves out rows that are no sales: those below the sales that have no day, or wherever they stand,
    those that have neither a day nor an amount."""
    day, amount = chosen.get("sold_at", ""), chosen.get("amount", "")
    days = look.cells(day) if day in look.names else []
    blank = [at for at, cell in enumerate(days) if cell is None]
    if blank and len(blank) <= MOST_FOOT_ROWS and blank == list(range(len(days) - len(blank), len(days))):
        return {"rows below the sales, without a day": f"{day} IS NULL"}
    if amount in look.names and any(look.cells(amount)[at] is None for at in blank):
        return {"rows without a day and an amount": f"{day} IS NULL AND {amount} IS NULL"}
    return {}


def _marked(look: Look, chosen: dict[str, str]) -> dict[str, str]:
    """Rules that leave out rows which a column of yes and no marks as void, a test, given back, not posted."""
    rules, no_sale = {}, f"{VOID}, {GIVEN_BACK}"
    read = columns_in(chosen.get("amount", ""), look.names)
    if any(is_called(name, REFUNDS) for name in read):  # what was given back of a line is taken off already
        no_sale = f"{VOID}, fully refunded"
    for name in (name for name in look.names if name and name not in chosen.values()):
        cells = {str(cell).strip().casefold() for cell in look.column(name)}
        if cells and cells <= {*YES.split(", "), *NO.split(", ")} and is_called(name, f"{no_sale}, {VALID}"):
            words = sorted(cells & set((YES if is_called(name, no_sale) else NO).split(", ")))
            if words and not (is_called(name, GIVEN_BACK) and _are_returns(look, name, words, read)):
                rules[name] = f"lower({name}) IN ({', '.join(map(literal, words))})"
    return rules


def _are_returns(look: Look, name: str, words: list[str], amount: Sequence[str]) -> bool:
    """Whether rows that a column marks as given back have an amount below 0: they are what came back."""
    marked = [str(cell).strip().casefold() in words for cell in look.cells(name)]
    pairs = (zip(marked, look.cells(each), strict=True) for each in amount)
    return any(is_marked and str(cell).strip()[:1] in ("-", "−", "(") for each in pairs for is_marked, cell in each)


def _carry_down(draft: Draft, look: Look, chosen: dict[str, str]) -> None:
    """What is written once for several rows, as in merged cells, is that of the rows below it too."""
    cells = {ours: look.cells(chosen[ours]) for ours in CARRIED if chosen.get(ours) in look.names}
    blank = {ours: {at for at, cell in enumerate(column) if cell is None} for ours, column in cells.items()}
    heads = [blank[ours] for ours in GROUPED_BY if ours in cells and is_written_once(cells[ours])]
    for ours, column in cells.items():
        if any(blank[ours] and blank[ours] <= head for head in heads) and column[0] is not None:
            draft.settings["sale_line"][ours] = f"fill_down({chosen[ours]})"
            draft.doubt(f"sale_line.{ours}", "written once for several rows, or are the blank ones of nobody?")


def _in_order(draft: Draft) -> Draft:
    """The settings as source.yaml has them: whose they are, how the files are written, the tables."""
    order = [name for name in config.Company.model_fields if name in draft.settings]
    draft.settings = {name: draft.settings[name] for name in order}
    return draft


def _declare(draft: Draft, look: Look, dialect: dict[str, tuple[Any, str]]) -> None:  # Any: a setting's value
    """How the file is written, where it is not the usual way; what another way would fit as well is a doubt."""
    usual = config.Csv().model_dump()
    for key, (value, evidence) in dialect.items():
        is_doubt = (key == "encoding" and bool(evidence)) or "fits as well" in evidence
        if value != usual[key] or is_doubt:
            draft.settings.setdefault("csv", {})[key] = value
            if evidence:
                draft.notes[f"csv.{key}"] = evidence
            if is_doubt and "begins with" not in evidence:
                draft.doubt(f"csv.{key}")


def _marks(look: Look, lines: dict[str, str], declared: dict[str, Any]) -> dict[str, tuple[str, str]]:  # Any: as _dates
    """The marks of a known export's numbers, where they are not those of its map: a spreadsheet of another language
    saved it anew."""
    kinds = schema.TABLES["sale_line"]
    mapped = [theirs for ours, theirs in lines.items() if kinds.get(ours) in (schema.MONEY, schema.NUMBER)]
    names = list(dict.fromkeys(name for theirs in mapped for name in columns_in(theirs, look.names)))
    own, known = number_style(look, names), (declared.get("decimal", "."), declared.get("thousands", ""))
    marks = own["decimal"][0], own["thousands"][0]
    return own if numbers_read(look, names, marks) > numbers_read(look, names, known) else {}


def _dates(draft: Draft, look: Look, sold_at: str, declared: dict[str, Any]) -> None:  # Any: a setting's value
    """How the days are written: as the map has it where the values agree, else as they are; in doubt where day and
    month may be swapped."""
    forms = date_forms(look).get(sold_at, [])
    known = {declared.get("date_format"), declared.get("datetime_format")} - {None}
    if forms and not known & set(forms):
        _declare(draft, look, date_style(look, sold_at, forms))
    if known & set(forms) and len(forms) > 1:
        draft.doubt("csv.datetime_format" if declared.get("datetime_format") in forms else "csv.date_format",
                    f"'{next(form for form in forms if form not in known)}' fits as well")  # fmt: skip


def _money(draft: Draft, look: Look, lines: dict[str, str]) -> None:
    """The currency, where the file says it; the zone, where a column does."""
    column = next(iter(columns_in(lines.get("currency", ""), look.names)), None)
    code, is_sure = currency_of(look, column, columns_in(lines.get("amount", ""), look.names))
    draft.settings["currency"] = code or draft.settings["currency"]
    if not is_sure:
        draft.doubt("currency")
    if zone := zone_of(look):
        draft.settings["timezone"] = zone
        draft.sure("timezone")


def _words(draft: Draft, look: Look, chosen: dict[str, str]) -> None:
    """What the words of a column of states, and of one of kinds, mean."""
    for ours, setting in (("state", "state_map"), ("kind", "kind_map")):
        words = sorted({str(word) for word in look.column(chosen[ours])}) if ours in chosen else []
        if 0 < len(words) <= MOST_WORDS:
            lines_of = {word.casefold() for word in words}
            draft.settings[setting] = meanings(ours, words)
            for word in (word for word in words if ours == "kind" and f"{word} line".casefold() in lines_of):
                draft.settings[setting][word] = "ignored"  # the document above its lines
            draft.doubt(setting)
        elif words:
            draft.settings["sale_line"].pop(ours)


def _sale_line(draft: Draft, look: Look, chosen: dict[str, str], amount: Amount | None) -> None:
    """What is in doubt of the columns, what is missing, what is not used; and the clients' names, if they stand there
    too."""
    lines = draft.settings["sale_line"]
    for ours, theirs in chosen.items():
        if (ours != "amount" and likeness(ours, theirs) <= PARTIAL_LIKENESS and ours != "client_id") or "-" in theirs:
            draft.doubt(f"sale_line.{ours}")
    if "client_id" in chosen and likeness("client_id", chosen["client_id"]) <= PARTIAL_LIKENESS:
        draft.doubt("sale_line.client_id")
    elif (
        chosen.get("client_id") in look.names and len(look.rows) > 1 and len(set(look.cells(chosen["client_id"]))) == 1
    ):
        draft.doubt("sale_line.client_id", "the same in every row: is it who sells?")
    if amount and amount.why:
        draft.notes["sale_line.amount"] = amount.why
    for name in [*(["amount"] if amount and not amount.is_sure else []), *(["skip"] if "skip" in lines else [])]:
        draft.doubt(f"sale_line.{name}")
    missing = [ours for ours in schema.REQUIRED["sale_line"] if ours not in chosen]
    used = {name for theirs in chosen.values() for name in columns_in(theirs, look.names)}
    name = next((name for name in look.names if is_called(name, NAMES) and name not in used), "")
    unused = [column for column in look.names if column and column not in used | {name}]
    draft.remarks["sale_line"] = [f"{ours}: no column looks like it, and the report needs it" for ours in missing]
    draft.remarks["sale_line"] += [f"not used: {one_line(', '.join(unused))}"] if unused else []
    if name and "client_id" in chosen:
        dated = {"created_on": chosen["sold_at"]} if chosen.get("sold_at") in look.names else {}
        client = {"from": look.where, "client_id": chosen["client_id"], "client_name": name}
        draft.settings["client"] = client | dated
        draft.notes["client"] = "the names stand in the sales themselves; the latest is taken"


def _name_others(draft: Draft, look: Look, every: list[Look]) -> None:
    """Say which sheets or tables are not read; sheets of the same columns are read together."""
    alike = [other for other in every if other.names == look.names and other.sheet]
    if len(alike) > 1:
        file = look.where.partition("#")[0]
        sheets = "*" if len(alike) == len(every) else "|".join(other.sheet for other in alike)
        for table in ("sale_line", "client"):
            if table in draft.settings:
                draft.settings[table]["from"] = f"{file}#{sheets}"
        draft.notes["sale_line.from"] = f"the {len(alike)} sheets that have the same columns"
    read = look.where.partition("#")[2].split()  # the tables of a join
    if unread := [each for each in every if each is not look and each not in alike and _table(each) not in read]:
        others = ", ".join(other.where for other in unread)
        draft.remarks["sale_line"].append(f"not read: {one_line(others)}")
        draft.doubt("sale_line.from")


def _table(look: Look) -> str:
    return look.where.partition("#")[2]
