"""Whom an analyst means: a client, a branch or a price list by its id or by its name, a number or a text.

In come sales and what was typed, out comes the id as text; what is unknown is one sentence that names the nearest id.
"""

from difflib import get_close_matches
from typing import TYPE_CHECKING

import ibis.expr.types as ir

from helpers.errors import BadParameter, did_you_mean
from helpers.sales.basis import UNALLOCATED

if TYPE_CHECKING:
    from helpers.sales.sales import Sales

MOST_ALIKE = 5_000  # clients looked at for the nearest one
NO_CLIENT, NO_BRANCH = "(no client)", "(none)"
"""What a cross report's frame calls the row of lines without a client, and the column of those without a branch."""
OTHER_CLIENTS, TOTAL = "(other clients)", "total"
"""What it calls the rows that are no client's."""


def client_called(sales: "Sales", typed: str | int) -> str:
    """The id of the client with this id, or else with this name; raises BadParameter where there is none, or several of
    that name."""
    text, clients = str(typed).strip(), sales.clients
    rows = clients.filter((clients.client_id == text) | (clients.client_name == text)).select("client_id")
    ids = sorted(rows.limit(MOST_ALIKE).to_pandas().client_id)
    if text in ids or (not ids and _has_lines(sales, text)):
        return text
    if text in (OTHER_CLIENTS, TOTAL):
        raise BadParameter(f"client: {text!r} is a row of the cross report; ask cell_lines(sales, {text!r})")
    if not ids:
        raise BadParameter(f"client: there is no client {text!r}{_nearest_client(sales, text)}")
    if len(ids) > 1:
        raise BadParameter(f"client: {len(ids)} clients are called {text!r}; type an id: {', '.join(ids[:5])}")
    return str(ids[0])


def branch_called(sales: "Sales", typed: str | int, may_be_several: bool = False) -> str:
    """The id of the branch with this id, or else with this name, a former one too; raises BadParameter where there is
    none, or several of that name. `may_be_several`: where a list of them may stand in its place."""
    text, master, known = str(typed).strip(), sales.branches, branch_names(sales)
    if text in known:
        return text
    ids = [b.branch_id for b in master.itertuples() if b.name == text]
    ids = ids or [b.branch_id for b in master.itertuples() if text in b.former]
    if not ids and text in _branches_of_all_lines(sales):
        return text
    if not ids:
        names = [name for branch, name in known.items() if branch != UNALLOCATED]
        hint = _parted(text) if may_be_several and "," in text else did_you_mean(text, names)
        raise BadParameter(f"branch: there is no branch {text!r}{hint}")
    if len(ids) > 1:
        raise BadParameter(f"branch: {len(ids)} branches are called {text!r}; type an id: {', '.join(ids)}")
    return str(ids[0])


def branch_names(sales: "Sales") -> dict[str, str]:
    """Branch id → its name, or the id where it has none: those of the master, then others with a line in the period."""
    master = sales.branches
    named = {b.branch_id: b.name or b.branch_id for b in master.itertuples()}
    others = sorted({str(b) for b in sales.tally.branch_id.dropna()} - set(named))
    return named | dict(zip(others, others, strict=True))


def _branches_of_all_lines(sales: "Sales") -> set[str]:
    """The ids of branches that have a line in any period, whether it counts or not."""
    ids = sales.whole.all_lines.branch_id.cast("string").as_table().distinct()
    return set(ids.to_pandas().iloc[:, 0].dropna())


def price_list_called(sales: "Sales", typed: str | int) -> str:
    """The name of the price list with this name, or else with this id; raises BadParameter where there is none, in the
    table of price lists or with a client at the period's end."""
    text = str(typed).strip()
    known = sorted({*price_lists(sales), *sales.price_list_names.values()})
    name = text if text in known else sales.price_list_names.get(text, text)
    if name not in known:
        hint = _parted(text) if "," in text else did_you_mean(text, known)
        raise BadParameter(f"price_list: there is no price list {text!r}{hint}")
    return name


def _parted(text: str) -> str:
    """The end of a sentence about several names in one text."""
    names = [part.strip() for part in text.split(",")]
    return f"; several are parted by semicolons: {'; '.join(names)}, in a notebook a list: {names}"


def price_lists(sales: "Sales") -> list[str]:
    """The names of the price lists that clients have at the period's end, in order."""
    return sorted(sales.clients.select("price_list").distinct().to_pandas().price_list.dropna())


def _has_lines(sales: "Sales", client_id: str) -> bool:
    lines = sales.until_end.filter(sales.until_end.client_id.cast("string") == client_id)
    return bool(int(lines.limit(1).count().execute()))


def _nearest_client(sales: "Sales", text: str) -> str:
    """The end of a sentence that names the id, never the name, of the client who is written most alike."""
    begin, known = text[:1].lower(), _ids_and_names(sales)
    rows = known.filter(known.client_id.lower().startswith(begin) | known.client_name.lower().startswith(begin))
    alike = rows.limit(MOST_ALIKE).to_pandas()
    ids = {str(name).lower(): str(i) for i, name in zip(alike.client_id, alike.client_name, strict=True) if name}
    ids |= {i.lower(): i for i in map(str, alike.client_id)}
    return "".join(f", did you mean '{ids[near]}'?" for near in get_close_matches(text.lower(), ids, n=1))


def _ids_and_names(sales: "Sales") -> ir.Table:
    if "client" in sales.source.tables:
        return sales.clients.select("client_id", "client_name")
    ids = sales.until_end.client_id.cast("string")
    return sales.until_end.select(client_id=ids, client_name=ids).distinct()
