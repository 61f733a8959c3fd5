"""Whose a line is and where: ids compared as source.yaml says, duplicates under their master, groups.

In come the tables of a source, out come the same under one id a client and a branch; no document is rewritten, an id
that is shown is one that the source wrote.
"""

import re
import unicodedata
from dataclasses import replace
from functools import reduce
from typing import Literal

import ibis
import ibis.expr.types as ir
import pandas as pd

from helpers.errors import BadConfiguration, BadData
from helpers.settings.company import Company, Spelling
from helpers.source import Source

ROUNDS = 5  # of pointer jumping: chains of up to 2^5 aliases
OF_CLIENTS = ("client_id", "master_client_id")
SPACES = " \t\r\n\v\f\u00a0\u2007\u2009\u202f\u3000"
UNSEEN = "\ufeff\u200b\u200c\u200d\u2060\u00ad\u200e\u200f"
"""Marks of no width: what a byte order mark leaves, joiners, soft hyphens, marks of direction."""
WITHOUT_UNICODE_FORMS = ("pyspark", "mysql")
"""Engines that have no function for them."""
ALL_SPELLINGS: tuple[Spelling, ...] = ("blanks", "case", "unicode_form", "zeros", "look_alikes")
WHOLE_NUMBER, FRACTION = "^[0-9]+([.,]00?)?$", "[.,]00?$"
LOOK_ALIKES = str.maketrans(
    "АВЕЅІЈКМНОРСТХУавеѕіјкмнорстхуΑΒΕΖΗΙΚΜΝΟΡΤΥΧαβεζηικμνορτυχ",
    "ABESIJKMHOPCTXYabesijkmhopctxyABEZHIKMNOPTYXabezhikmnoptyx",
)
"""Cyrillic and Greek letters that look like Latin ones, small ones as their capitals do."""


def with_one_spelling(source: Source, company: Company) -> tuple[Source, Company]:
    """The source with one of its own spellings for ids of clients that are alike but for what `client_id_ignores`
    names, and the anonymous ids of the settings in every spelling that it has of them."""
    ignored = company.client_id_ignores
    if not ignored:
        return source, company
    lines = source.tables["sale_line"]
    if not lines.client_id.type().is_string():
        return source, company
    _refuse_unicode_form(source, ignored)
    ids = _ids(source)
    spelt = ids.mutate(key=key_of(ids.own, ignored, source.con.name))
    one = spelt.group_by("key").agg(master=spelt.own.min())
    targets = spelt.join(one, "key").select(other="own", master="master")
    targets = source.keep(targets.filter(targets.other != targets.master))
    tables = {name: _with_masters(table, targets) for name, table in source.tables.items()}
    anonymous = [written_alike(each, ignored) for each in company.anonymous_client_ids]
    named = one.filter(one.key.isin(anonymous)).master.to_pandas().tolist() if anonymous else []
    settings = company.model_copy(update={"anonymous_client_ids": sorted({*company.anonymous_client_ids, *named})})
    return replace(source, tables=tables), settings


def _with_masters(table: ir.Table, targets: ir.Table) -> ir.Table:
    """A table with the ids of its clients in one spelling; ids that are numbers have but one."""
    for column in OF_CLIENTS:
        if column in table.columns and table[column].type().is_string():
            table = _renamed(table, column, targets.view())
    return table


def _ids(source: Source) -> ir.Table:
    """own: every id of a client that the tables hold, once."""
    columns = [table.filter(table[c].notnull()).select(own=table[c]) for table in source.tables.values()
               for c in OF_CLIENTS if c in table.columns and table[c].type().is_string()]  # fmt: skip
    return ibis.union(*columns, distinct=True) if len(columns) > 1 else columns[0].distinct()


def _refuse_unicode_form(source: Source, ignored: list[Spelling]) -> None:
    if "unicode_form" in ignored and source.con.name in WITHOUT_UNICODE_FORMS:
        raise BadConfiguration("client_id_ignores: unicode_form is not known on Spark, MySQL and MariaDB; all else is")


def key_of(ids: ir.StringColumn, ignored: tuple[Spelling, ...] | list[Spelling], engine: str) -> ir.StringValue:
    """What an id is compared by, in the engine."""
    if "unicode_form" in ignored and engine not in WITHOUT_UNICODE_FORMS:
        ids = _nfc(ids) if engine == "duckdb" else _normalize(ids)
    if "blanks" in ignored:
        ids = ids.re_replace(f"[{UNSEEN}]+", "").re_replace(f"[{SPACES}]+", " ").re_replace("^ | $", "")
    if "zeros" in ignored:
        may_have = ids.startswith("0") | ids.contains(".0") | ids.contains(",0")
        bare = ids.re_replace(FRACTION, "").re_replace("^0+", "")
        ids = ibis.ifelse(may_have & ids.re_search(WHOLE_NUMBER), ibis.ifelse(bare == "", "0", bare), ids)
    if "look_alikes" in ignored:
        ids = _in_latin(ids, engine)
    is_address = ids.contains("@")
    if "case" in ignored:
        return ids.lower()
    return ibis.ifelse(is_address, ids.lower(), ids) if "case_of_emails" in ignored else ids


def _in_latin(ids: ir.StringValue, engine: str) -> ir.StringValue:
    """Ids with Latin letters in place of those that look so."""
    pairs = [(chr(theirs), chr(int(latin))) for theirs, latin in LOOK_ALIKES.items()]
    if engine == "mysql":  # has no function for it
        return reduce(lambda text, pair: text.replace(*pair), pairs, ids)
    return ids.translate(*("".join(letters) for letters in zip(*pairs, strict=True)))


def written_alike(client_id: str, ignored: tuple[Spelling, ...] | list[Spelling]) -> str:
    """What one id is compared by, as `key_of` does in the engine.

    >>> written_alike("  Anna@Example.org", ["blanks", "case_of_emails"])
    'anna@example.org'
    >>> written_alike("007,0", ["zeros"]), written_alike("0", ["zeros"]), written_alike("АВ-1", ["look_alikes"])
    ('7', '0', 'AB-1')
    """
    if "unicode_form" in ignored:
        client_id = unicodedata.normalize("NFC", client_id)
    if "blanks" in ignored:
        seen = client_id.translate(dict.fromkeys(map(ord, UNSEEN)))
        client_id = " ".join(part for part in seen.translate(dict.fromkeys(map(ord, SPACES), " ")).split(" ") if part)
    if "zeros" in ignored and re.fullmatch(WHOLE_NUMBER, client_id):
        client_id = re.sub(FRACTION, "", client_id).lstrip("0") or "0"
    if "look_alikes" in ignored:
        client_id = client_id.translate(LOOK_ALIKES)
    is_lower = "case" in ignored or ("case_of_emails" in ignored and "@" in client_id)
    return client_id.lower() if is_lower else client_id


def alike(lines: ir.Table, engine: str) -> pd.DataFrame:
    """own, key, net: the ids of lines that are alike another but for what `client_id_ignores` may name."""
    ids = lines.filter(lines.client_id.notnull())
    ids = ids.group_by(own="client_id").agg(net=ids.amount.sum())
    ids = ids.mutate(key=key_of(ids.own, ALL_SPELLINGS, engine))
    shared = ids.group_by("key").agg(spellings=ids.count()).filter(ibis._.spellings > 1)
    return ids.semi_join(shared, "key").to_pandas()


def needed_to_merge(ids: list[str]) -> list[Spelling]:
    """The fewest differences to ignore that make one client of ids that `alike` found: each by itself is left out where
    as many are merged without it."""
    needed = list(ALL_SPELLINGS)
    for each in ALL_SPELLINGS:
        fewer = [spelling for spelling in needed if spelling != each]
        if len({written_alike(i, fewer) for i in ids}) == len({written_alike(i, needed) for i in ids}):
            needed = fewer
    return needed


@ibis.udf.scalar.builtin(name="nfc_normalize")
def _nfc(text: str) -> str: ...


@ibis.udf.scalar.builtin(name="normalize")
def _normalize(text: str) -> str: ...


def merged(lines: ir.Table, tables: dict[str, ir.Table], company: Company) -> ir.Table:
    """Each line under the client and the branch it counts for: the master of an alias, then with `group_level: group`
    the client's group."""
    if (alias := tables.get("branch_alias")) is not None and "branch_id" in lines.columns:
        lines = _renamed(lines, "branch_id", final_masters(alias, "branch"))
    if (alias := tables.get("client_alias")) is not None:
        lines = _renamed(lines, "client_id", final_masters(alias, "client"))
    if company.group_level == "group":
        client = tables.get("client")
        if client is None or "group_id" not in client.columns:
            raise BadConfiguration("group_level: group needs client.group_id; map it in source.yaml")
        groups = client.filter(client.group_id.notnull())
        targets = groups.select(other=groups.client_id.cast("string"), master=groups.group_id.cast("string"))
        lines = _renamed(lines, "client_id", targets)
    return lines


def _renamed(lines: ir.Table, column: str, targets: ir.Table) -> ir.Table:
    """A table with the ids of a column replaced by their masters, where they have one; the ids become text."""
    lines = lines.mutate(**{column: lines[column].cast("string")})
    targets = targets.rename(alias_of_master="other", master_of_alias="master")
    renamed = lines.left_join(targets, lines[column] == targets.alias_of_master)
    return renamed.mutate(**{column: renamed.master_of_alias.fill_null(renamed[column])}).select(*lines.columns)


def final_masters(alias: ir.Table, what: Literal["client", "branch"]) -> ir.Table:
    """other, master (text): the end of each chain, a repeated row once. Raises BadData for a circle, and for one with
    two masters."""
    own, master = alias[f"{what}_id"], alias[f"master_{what}_id"]
    rows = alias.select(other=own.cast("string"), master=master.cast("string"))
    rows = rows.filter(rows.other != rows.master).distinct()
    for _ in range(ROUNDS):
        ahead = rows.select(at=rows.other, further=rows.master).view()
        jumped = rows.left_join(ahead, [("master", "at")])
        rows = jumped.mutate(master=jumped.further.fill_null(jumped.master)).select("other", "master")
    circles = rows.semi_join(rows.select(start=rows.other).view(), [("master", "start")]).count()
    twice = rows.other.count() - rows.other.nunique()
    faults = rows.agg(twice=twice).to_pandas().twice.item(), circles.execute()
    if any(faults):
        several = "clients" if what == "client" else "branches"
        raise BadData(f"{what}_alias: {faults[0]} {several} with two masters, {faults[1]} in a circle or a chain of "
                      f"over {2**ROUNDS}; each {what} needs one master")  # fmt: skip
    return rows
