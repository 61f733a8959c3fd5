"""A database of a known system: recognised by its tables, and the ready map as a company's source.yaml.

In comes an address or a system's name, out comes the map's own text, comments and all, with what a person has to fill
in named in `unconfirmed`.
"""

import re

import ibis
from ibis.common.exceptions import IbisError

from helpers.errors import BadParameter, SourceUnreachable, did_you_mean
from helpers.source import address_of
from helpers.source.guess.systems import DOCUMENTED, RECOGNISED, System, recognised_by_tables, systems

TO_CONFIRM = "unconfirmed: [company, connect, timezone, currency]"


def system_called(name: str) -> System:
    """A known database's map; BadParameter for a name of none, and for an export, which `init FILE` recognises."""
    known = {system.name: system for system in systems() if system.tables}
    if name not in known:
        raise BadParameter(f"unknown system '{name}'{did_you_mean(name, list(known))}")
    return known[name]


def system_at(connect: str) -> System:
    """The system whose tables a database has; `connect` as source.yaml has it. SourceUnreachable (69), BadParameter."""
    names = _tables(address_of(connect))
    if system := recognised_by_tables(names):
        return system
    known = ", ".join(system.name for system in systems() if system.tables)
    raise BadParameter(f"its {len(names)} tables are those of no known system ({known}); map them by hand, "
                       "docs/scale.md shows how")  # fmt: skip


def _tables(address: str) -> list[str]:
    if address.startswith(("mysql:", "mariadb:")):
        from helpers.source.mysql import table_names

        return table_names(address)
    try:
        con = ibis.connect(address)
        names = con.list_tables()
        con.disconnect()
    except (IbisError, OSError, ImportError, ValueError, AttributeError) as error:
        raise SourceUnreachable(f"the database cannot be asked for its tables ({type(error).__name__})") from None
    except Exception as error:  # the drivers' own, none of which is ibis's; their texts may hold the address
        raise SourceUnreachable(f"the database cannot be reached ({type(error).__name__}); look at the address, "
                                "PGUSER, and PGPASSWORD or .pgpass") from None  # fmt: skip
    return list(names)


def ready_map(system: System, connect: str | None) -> str:
    """The map of a database as source.yaml: what it is recognised by is left out, `connect` set where it is known."""
    kept = [line for line in system.text.splitlines() if not line.startswith((f"{RECOGNISED}:", f"{DOCUMENTED}:"))]
    text = "\n".join(kept)
    if connect:
        text = re.sub(r"^connect: \S+", lambda _: f"connect: {connect}", text, flags=re.MULTILINE)
    return re.sub(r"^company:", f"{TO_CONFIRM}\ncompany:", text, count=1, flags=re.MULTILINE) + "\n"
