"""The tables a source can have, their columns and types.

Only `sale_line` with its three required columns is needed; every further table or column raises what the reports can
show (`level_of`). Ids are text (`007` is not `7`), days end in `_on`, moments in `_at`, truths begin with `is_`.
"""

from typing import Literal, get_args

ID, TEXT, MONEY, NUMBER, RATE = "id", "text", "money", "number", "rate"
WHOLE, DAY, MOMENT, TRUTH = "whole", "day", "moment", "truth"

TABLES: dict[str, dict[str, str]] = {
    "sale_line": dict(
        sale_id=ID, line_no=ID, client_id=ID, branch_id=ID, sold_at=MOMENT, amount=MONEY, quantity=NUMBER,
        kind=TEXT, state=TEXT, tax_amount=MONEY, currency=TEXT, fx_to_report=RATE, item_id=ID, item_category=TEXT,
        price_list_id=ID, base_amount=MONEY, list_amount=MONEY, manual_discount=MONEY, coupon_discount=MONEY,
        bonus_paid=MONEY, cost_amount=MONEY, original_sale_id=ID, original_line_no=ID, delivered_at=MOMENT,
        ordered_at=MOMENT,
    ),
    "client": dict(client_id=ID, client_name=TEXT, price_list_id=ID, group_id=ID, bonus_kind_id=ID,
                   created_on=DAY, is_anonymous=TRUTH, phone=TEXT, email=TEXT),
    "branch": dict(branch_id=ID, branch_name=TEXT, parent_id=ID, opened_on=DAY, closed_on=DAY, sort_order=WHOLE),
    "branch_name": dict(branch_id=ID, name=TEXT, valid_from=DAY),
    "price_list": dict(price_list_id=ID, price_list_name=TEXT, is_base=TRUTH),
    "client_price_list": dict(client_id=ID, price_list_id=ID, valid_from=DAY, valid_to=DAY),
    "price_list_item": dict(price_list_id=ID, item_id=ID, price=MONEY, valid_from=DAY, valid_to=DAY),
    "client_alias": dict(client_id=ID, master_client_id=ID),
    "branch_alias": dict(branch_id=ID, master_branch_id=ID),
    "payment": dict(payment_id=ID, client_id=ID, paid_at=MOMENT, amount=MONEY, method=TEXT, currency=TEXT),
    "payment_allocation": dict(payment_id=ID, sale_id=ID, amount=MONEY),
    "fx_rate": dict(currency=TEXT, rate_date=DAY, rate=RATE),
    "bonus_kind": dict(bonus_kind_id=ID, name=TEXT, rate=NUMBER, min_order=MONEY, expiry_days=WHOLE),
    "bonus_entry": dict(entry_id=ID, client_id=ID, entry_at=MOMENT, points=NUMBER, kind=TEXT, sale_id=ID,
                        expires_on=DAY),
}  # fmt: skip

OWN = "own_"
"""What the name of a company's own column of sale lines begins with: nothing counts by it, analysts group by it."""

REQUIRED: dict[str, tuple[str, ...]] = {
    "sale_line": ("client_id", "sold_at", "amount"),
    "client": ("client_id",),
    "branch": ("branch_id",),
    "branch_name": ("branch_id", "name", "valid_from"),
    "price_list": ("price_list_id", "price_list_name"),
    "client_price_list": ("client_id", "price_list_id", "valid_from"),
    "price_list_item": ("price_list_id", "item_id", "price"),
    "client_alias": ("client_id", "master_client_id"),
    "branch_alias": ("branch_id", "master_branch_id"),
    "payment": ("payment_id", "client_id", "paid_at", "amount"),
    "payment_allocation": ("payment_id", "sale_id", "amount"),
    "fx_rate": ("currency", "rate_date", "rate"),
    "bonus_kind": ("bonus_kind_id", "name", "rate"),
    "bonus_entry": ("client_id", "entry_at", "points", "kind"),
}

Kind = Literal["sale", "return", "discount", "tip", "gift_card", "ignored"]
COUNTED_KINDS = ("sale", "return", "discount")
State = Literal["posted", "draft", "cancelled"]
Basis = Literal["invoiced", "paid", "delivered", "ordered", "as_supplied"]
KINDS, STATES, BASES = get_args(Kind), get_args(State), get_args(Basis)
DATE_OF = {"delivered": "delivered_at", "ordered": "ordered_at"}

LEVELS: tuple[tuple[int, str, tuple[str, ...]], ...] = (
    (0, "rating, shares, concentration, new and returning clients", ()),
    (1, "the cross report of clients by branches", ("sale_line.branch_id",)),
    (2, "the price list beside each client's name", ("client.price_list_id", "client_price_list.price_list_id")),
    (3, "discounts", ("sale_line.base_amount",)),
    (4, "bonus points", ("bonus_entry.points", "client.bonus_kind_id")),
    (5, "amounts paid, and what clients owe", ("payment.amount",)),
    (6, "margin", ("sale_line.cost_amount",)),
    (7, "merged clients and groups", ("client_alias.master_client_id", "client.group_id")),
    (8, "several currencies", ("sale_line.currency",)),
)
"""(level, what it gives, any of these columns reaches it)"""


def is_own(table: str, column: str) -> bool:
    """Whether a column is a company's own: a plain word, as SQL and pandas take it.

    >>> is_own("sale_line", "own_till"), is_own("sale_line", "own_till no"), is_own("client", "own_till")
    (True, False, False)
    """
    return table == "sale_line" and column.startswith(OWN) and column != OWN and column.isidentifier()


def kind_of(table: str, column: str) -> str:
    """The type of a table's column; a company's own is text where its source has no types."""
    return TEXT if is_own(table, column) else TABLES[table][column]


def reached(columns: dict[str, set[str]]) -> dict[int, bool]:
    """Level → whether a source with these columns (table → names) reaches it."""
    have = {f"{table}.{name}" for table, names in columns.items() for name in names}
    return {level: not needs or bool(have & set(needs)) for level, _, needs in LEVELS}
