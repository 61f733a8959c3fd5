"""Clients as codes (`names: code`): on the way out of the engine each id becomes a keyed digest, and names stay in.

The same client has the same code in every report made with the same secret, and nobody without it finds the id back.
In comes an open source, out comes the same with coded tables; what is computed from it holds no client's id or name.
"""

import hashlib
import os
from collections.abc import Callable
from dataclasses import replace

import ibis
import ibis.expr.types as ir

from helpers.errors import BadConfiguration
from helpers.settings.secrets import CODE_SECRET, code_keys
from helpers.source import Source

SHORTEST, DIGITS = 16, 16
IDS = ("client_id", "master_client_id", "group_id")


def coded(source: Source) -> Source:
    """The source with a code for each client id; BadConfiguration when the environment holds no secret to make them."""
    keys, engine = _keys(), source.con.name
    return replace(source, tables={name: _coded(t, keys, engine) for name, t in source.tables.items()})


def code(client_id: str) -> str:
    """The code of one client id, the same that the engine makes."""
    inner, outer = _keys()
    return _sha256(outer + _sha256(inner + client_id))[:DIGITS]


def _keys() -> tuple[str, str]:
    """Two keys of the secret: a digest within a digest, as HMAC is built, in functions that every engine has."""
    if len(os.environ.get(CODE_SECRET, "")) < SHORTEST:
        raise BadConfiguration(f"names: code needs a secret of {SHORTEST} characters or more in {CODE_SECRET}")
    inner, outer = code_keys()
    return inner, outer


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _coded(table: ir.Table, keys: tuple[str, str], engine: str) -> ir.Table:
    inner, outer = keys
    digest = _digest_in(engine)

    def coded_id(client_id: ir.Value) -> ir.StringValue:
        text = digest(ibis.literal(outer) + digest(ibis.literal(inner) + client_id.cast("string")))
        return text.substr(0, DIGITS)

    coded_ids = {name: coded_id(table[name]) for name in IDS if name in table.columns}
    return table.drop(*({"client_name"} & set(table.columns))).mutate(**coded_ids)


def _digest_in(engine: str) -> Callable[[ir.Value], ir.StringValue]:
    """SHA-256 in hexadecimal as an engine spells it."""
    if engine != "postgres":
        return lambda text: text.hexdigest("sha256")
    return lambda text: _encode(_digest(_convert_to(text, "UTF8")), "hex")


@ibis.udf.scalar.builtin(name="sha256")
def _digest(content: bytes) -> bytes: ...


@ibis.udf.scalar.builtin(name="convert_to")
def _convert_to(text: str, encoding: str) -> bytes: ...


@ibis.udf.scalar.builtin(name="encode")
def _encode(content: bytes, form: str) -> str: ...
