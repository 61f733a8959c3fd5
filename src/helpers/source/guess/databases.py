"""A database of a known system: recognised by its tables, and the ready map as a company's source.yaml.

In comes an address or a system's name, and whose sales, what a branch is and the language of names, out comes the map's
own text, comments and all, with what a person has to fill in named in `unconfirmed`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ibis
from ibis.common.exceptions import IbisError

from helpers.errors import BadParameter, SourceUnreachable, did_you_mean
from helpers.source import address_of
from helpers.source.guess.systems import ABOUT, System, recognised_by_tables, systems

TO_NAME = "LEGAL ENTITY"
TO_CONFIRM = "unconfirmed: [company, connect, timezone, currency]"


def system_called(name: str) -> System:
    """A known database's map; BadParameter for a name of none, and for an export, which `init FILE` recognises."""
    known = {system.name: system for system in systems() if system.tables}
    if name not in known:
        raise BadParameter(f"unknown system '{name}'{did_you_mean(name, list(known))}")
    return known[name]


def system_at(connect: str, name: str | None = None) -> System:
    """The system whose tables a database has, or the one of that name, with what its tables have beside; `connect` as
    source.yaml has it. SourceUnreachable (69), BadParameter."""
    names = _tables(address_of(connect))
    if system := system_called(name).fitted(names) if name else recognised_by_tables(names):
        return system
    known = ", ".join(system.name for system in systems() if system.tables)
    raise BadParameter(f"its {len(names)} tables are those of no known system ({known}); map them by hand, "
                       "docs/scale.md shows how")  # fmt: skip


def _tables(address: str) -> list[str]:
    if address.startswith(("mysql:", "mariadb:")):
        from helpers.source.mysql import table_names

        return table_names(address)
    return _answer_of(address, lambda con: con.list_tables())


def entities_at(system: System, connect: str) -> list[str]:
    """The names of the legal entities that a database holds, in order. Raises SourceUnreachable (69)."""
    if not system.entities:
        return []
    address = address_of(connect)
    if address.startswith(("mysql:", "mariadb:")):
        from helpers.source.mysql import first_column

        return sorted(first_column(address, system.entities))
    return sorted(_answer_of(address, lambda con: [str(row[0]) for row in con.raw_sql(system.entities).fetchall()]))


def _answer_of(address: str, question: Callable[[Any], list[str]]) -> list[str]:  # Any: a backend of Ibis
    """What a database answers."""
    try:
        con = ibis.connect(address)
        answer = list(question(con))
        con.disconnect()
    except (IbisError, OSError, ImportError, ValueError, AttributeError) as error:
        raise SourceUnreachable(f"the database cannot be asked ({type(error).__name__})") from None
    except Exception as error:  # the drivers' own, none of which is ibis's; their texts may hold the address
        raise SourceUnreachable(f"the database cannot be reached ({type(error).__name__}); look at the address, "
                                "PGUSER, and PGPASSWORD or .pgpass") from None  # fmt: skip
    return answer


@dataclass(frozen=True)
class Choices:
    """What a person says of a database: whose sales, what a branch is, in which language names are; empty: as the map
    has it."""

    entity: str = ""
    branch: str = ""
    language: str = ""


def ready_map(system: System, connect: str | None, choices: Choices = Choices()) -> str:
    """The map of a database as source.yaml, with what was chosen and `connect`, where it is known.

    BadParameter for a choice that the system has not, or that cannot stand in its SQL."""
    about = "|".join(ABOUT)
    text = re.sub(rf"^(?:{about}):.*\n(?:  .*\n)*", "", system.text, flags=re.MULTILINE)
    if choices.branch:
        text = _with_branch(text, system, choices.branch)
    if choices.entity:
        text = text.replace(TO_NAME, _in_sql(choices.entity))
    if choices.language and system.names_in:
        text = text.replace(f"'{system.names_in}'", f"'{_in_sql(choices.language)}'")
    if connect:
        text = re.sub(r"^connect: \S+", lambda _: f"connect: {connect}", text, flags=re.MULTILINE)
    return re.sub(r"^company:", f"{TO_CONFIRM}\ncompany:", text, count=1, flags=re.MULTILINE)


def _in_sql(name: str) -> str:
    """A name between the marks of an SQL text. BadParameter for one that would not be that text in every engine."""
    if "\\" in name or not name.isprintable():
        raise BadParameter(f"{name!r} cannot be written into source.yaml; name the entity by hand")
    return name.replace("'", "''")


def _with_branch(text: str, system: System, branch: str) -> str:
    """The map with another column as branch; one without a table of its own is called by what stands in the column."""
    if branch not in system.branches:
        raise BadParameter(f"no branch '{branch}' in {system.name}{did_you_mean(branch, system.branches)}")
    if not (said := system.branches[branch]):
        return text
    text = re.sub(r"^  branch_id: .*", lambda _: f"  branch_id: {said['column']}", text, count=1, flags=re.MULTILINE)
    names = "".join(f"  {key}: >-\n    {said[key]}\n" for key in ("from", "branch_id", "branch_name") if key in said)
    block = f"branch:\n{names}" if names else ""
    return re.sub(r"^branch:.*\n(?:  .*\n)+", lambda _: block, text, count=1, flags=re.MULTILINE)
