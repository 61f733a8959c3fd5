"""Who the clients are: names, and the price list assigned at the period's last instant.

In come a source's small tables and the period, out comes one row a client (lazy). What is assigned stands here; what
was applied stands on the lines.
"""

from dataclasses import replace

import ibis
import ibis.expr.types as ir

from helpers.period import Period
from helpers.settings.company import Company
from helpers.source import Source

PRICE_LIST_COLUMNS = ("price_list", "price_list_before", "price_list_from", "price_list_is_default")
NOBODY = {c: ibis.null("string") for c in ("client_name", *PRICE_LIST_COLUMNS[:2])} | dict(
    price_list_from=ibis.null("date"), price_list_is_default=ibis.literal(False)
)
"""What is said of a client where there is no master."""
SEPARATORS = '\\s\u00a0\u202f\u3000.,;:/&()"«»“”„'
WORD = f"([^{SEPARATORS}'’-])[^{SEPARATORS}]*\\.?"
"""A word of a name, its first letter apart; known by what is no letter, since engines differ in what a letter is."""


def with_one_row_each(source: Source) -> Source:
    """The source with one row a client, so that who joins the master doubles nothing: the latest of several
    (`created_on`), else one of them, the same each time and before names become codes."""
    if (client := source.tables.get("client")) is None:
        return source
    further = [ibis.desc(client[c], nulls_first=False) for c in ("created_on", "client_name") if c in client.columns]
    rest = [client[c] for c in client.columns if c not in ("created_on", "client_name")]
    order = ibis.window(group_by=client.client_id.cast("string"), order_by=[*further, *rest])
    latest = client.mutate(age=ibis.row_number().over(order)).filter(ibis._.age == 0).drop("age")
    return replace(source, tables=source.tables | {"client": latest})


def named_clients(tables: dict[str, ir.Table], names: str) -> ir.Table:
    """One row a client of the master, the same in any period: client_id (text), client_name (initials when `names`
    says so), own_list (the price list that the master itself names); none without a master."""
    client = tables.get("client")
    if client is None:
        lines, unknown = tables["sale_line"], ibis.null("string")
        return lines.select(client_id=lines.client_id.cast("string"), client_name=unknown, own_list=unknown).limit(0)
    named = client.client_name if "client_name" in client.columns else ibis.null("string")
    if names == "initials":
        named = named.re_replace(WORD, "$1." if client.get_backend().name == "pyspark" else r"\1.")
    own = client.price_list_id.cast("string") if "price_list_id" in client.columns else ibis.null("string")
    return client.select(client_id=client.client_id.cast("string"), client_name=named, own_list=own)


def clients(tables: dict[str, ir.Table], company: Company, period: Period, client: ir.Table) -> ir.Table:
    """The clients of `named_clients` (client_id, client_name) with the price list assigned at the period's end:
    price_list, price_list_before and price_list_from when it changed within the period, price_list_is_default."""
    if "client" not in tables:
        return client.drop("client_name", "own_list").mutate(**NOBODY)
    history = tables.get("client_price_list")
    if history is None:
        listed = client.mutate(
            list_id=client.own_list, before_id=ibis.null("string"), price_list_from=ibis.null("date")
        )
    else:
        listed = client.left_join(_assigned(history, period), "client_id").drop("client_id_right")
        listed = listed.mutate(list_id=listed.list_id.fill_null(listed.own_list))
    default = company.default_price_list_id
    listed = listed.mutate(price_list_is_default=listed.list_id.isnull() & ibis.literal(default is not None),
                           list_id=listed.list_id.fill_null(default) if default else listed.list_id)  # fmt: skip
    names = tables.get("price_list")
    for column, key in (("price_list", "list_id"), ("price_list_before", "before_id")):
        if names is None:
            listed = listed.mutate(**{column: listed[key]})
        else:
            label = names.select(**{key: names.price_list_id.cast("string"), column: names.price_list_name})
            listed = listed.left_join(label, key).drop(f"{key}_right")
            listed = listed.mutate(**{column: listed[column].fill_null(listed[key])})
    return listed.select("client_id", "client_name", *PRICE_LIST_COLUMNS)


def _assigned(history: ir.Table, period: Period) -> ir.Table:
    """The list assigned at the period's last instant, and the one before when it changed within the period."""
    last = ibis.literal(period.last)
    until = history.valid_to if "valid_to" in history.columns else ibis.null("date")
    rows = history.mutate(client_id=history.client_id.cast("string"), list_id=history.price_list_id.cast("string"),
                          is_valid=until.isnull() | (until >= last)).filter(history.valid_from <= last)  # fmt: skip
    order = ibis.window(group_by=rows.client_id, order_by=[ibis.desc(rows.valid_from), rows.list_id])
    rows = rows.mutate(age=ibis.row_number().over(order), before_id=rows.list_id.lead().over(order))
    newest = rows.filter((rows.age == 0) & rows.is_valid)
    is_new = (newest.valid_from > ibis.literal(period.first)) & newest.before_id.notnull()
    return newest.select("client_id", "list_id", before_id=ibis.ifelse(is_new, newest.before_id, ibis.null("string")),
                         price_list_from=ibis.ifelse(is_new, newest.valid_from, ibis.null("date")))  # fmt: skip
