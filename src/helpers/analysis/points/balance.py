"""The balance equation of bonus points: in total, by client, by month.

In comes a ledger, out come its sums. The ledger is read once, into one row a client, month and kind; the closing
balance is added up by itself, not taken from the parts.
"""

from dataclasses import dataclass
from decimal import Decimal

import ibis
import ibis.expr.types as ir
import pandas as pd

from helpers.analysis.points.ledger import bucket, ledger, ledger_by_rules
from helpers.errors import BadData
from helpers.sales import Number, Result, Rows, Sales, Unavailable, frame, kept

SIGNS = {"accrued": 1, "reversed": -1, "redeemed": -1, "expired": -1, "adjusted": 1}
POINTS = "decimal(38, 3)"
ZERO = Decimal(0)
LEVEL = 4  # of schema.LEVELS


@dataclass(frozen=True, kw_only=True, repr=False)
class BonusPoints(Result):
    """Points of all clients; `point_value` is money per point, `liability` = closing × point_value."""

    opening: Decimal
    accrued: Decimal
    reversed: Decimal
    redeemed: Decimal
    expired: Decimal
    adjusted: Decimal
    closing: Decimal
    point_value: Decimal | None
    liability: Decimal | None

    @property
    def frame(self) -> pd.DataFrame:
        """One row a part of the balance equation: part, points."""
        parts = ("opening", *SIGNS, "closing")
        points = pd.Series([getattr(self, part) for part in parts], dtype=object)
        return pd.DataFrame({"part": parts, "points": points})

    @property
    def figures(self) -> dict[str, Number | None]:
        """The parts of the balance equation; what rules gave has none, its parts are held against each other."""
        return {f"points_{part}": getattr(self, part) for part in ("opening", *SIGNS, "closing")}


@kept
def bonus_points(sales: Sales) -> BonusPoints | Unavailable:
    """The period's movements of all points; unavailable where the source has neither a ledger nor bonus kinds.

    Example: `bonus_points(sales).closing`."""
    return points_of(sales, table) if (table := moves(sales)) is not None else sales.unavailable(LEVEL)


def points_of(sales: Sales, moved: ir.Table) -> BonusPoints:
    """The sums of a table of moves. Raises BadData for a kind that is not ours, or where the equation does not hold."""
    rows = moved.group_by("kind", is_now=_is_now(sales, moved)).agg(points=moved.points.sum().cast(POINTS)).to_pandas()
    if unknown := sorted(set(rows.kind) - set(SIGNS)):
        raise BadData(f"bonus_entry.kind has {', '.join(map(repr, unknown))}; allowed: {', '.join(SIGNS)}")
    now = rows.is_now.astype(bool)
    parts = {k: sum(rows.points[now & (rows.kind == k)], ZERO) * sign for k, sign in SIGNS.items()}
    opening, closing = sum(rows.points[~now], ZERO), moved.points.sum().fill_null(0).cast(POINTS).execute()
    expected = opening + sum(sign * parts[k] for k, sign in SIGNS.items())
    if expected != closing:
        raise BadData(
            f"bonus points: opening and movements give {expected}, the ledger {closing}; nothing is published"
        )
    value = sales.company.point_value
    liability = None if value is None else closing * value
    return BonusPoints(
        reader=sales.reader, opening=opening, **parts, closing=closing, point_value=value, liability=liability
    )


def points_by_client(sales: Sales) -> ir.Table | None:
    """One row a client with points: client_id, opening, accrued, reversed, redeemed, expired, adjusted, closing."""
    moved = moves(sales)
    return None if moved is None else by_client(sales, moved)


def by_client(sales: Sales, moved: ir.Table) -> ir.Table:
    """The balance of each client in a table of moves, in no order."""
    is_now = _is_now(sales, moved)
    sums = {"opening": moved.points.sum(where=~is_now)}
    sums |= {k: moved.points.sum(where=is_now & (moved.kind == k)) for k in SIGNS} | {"closing": moved.points.sum()}
    table = moved.group_by("client_id").agg(**sums)
    signed = {k: table[k].fill_null(0).cast(POINTS) * SIGNS.get(k, 1) for k in sums}
    return table.mutate(**{k: v.cast(POINTS) for k, v in signed.items()})


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class PointsByMonth(Rows):
    """One row a month of the period: month (YYYY-MM), accrued, reversed, redeemed, expired, adjusted, outstanding (at
    its end)."""


@kept
def points_by_month(sales: Sales) -> PointsByMonth | Unavailable:
    """Points accrued and redeemed month by month, and what was outstanding at each month's end."""
    moved = moves(sales)
    if moved is None:
        return sales.unavailable(LEVEL)
    now = moved.filter(_is_now(sales, moved))
    sums = now.group_by(at=now.bucket).agg(
        **{k: now.points.sum(where=now.kind == k).fill_null(0).cast(POINTS) for k in SIGNS}
    )
    rows = frame(sums.order_by("at"))
    opening = points_of(sales, moved).opening
    rows["outstanding"] = [opening + total for total in rows[list(SIGNS)].sum(axis=1).cumsum()]
    for kind, sign in SIGNS.items():
        rows[kind] = [sign * v + 0 for v in rows[kind]]
    rows.insert(0, "month", [f"{pd.Timestamp(at):%Y-%m}" for at in rows["at"]])
    return PointsByMonth(reader=sales.reader, rows=rows.drop(columns="at"))


@kept
def moves(sales: Sales) -> ir.Table | None:
    """client_id, bucket (a month of the period, or the day before it for all that was earlier), kind, points."""
    if sales.bonus_entries is None:
        return moves_by_rules(sales)
    return summed(sales, ledger(sales))


@kept
def moves_by_rules(sales: Sales) -> ir.Table | None:
    """The same of the ledger that the company's rules give; None where the source does not say who earns."""
    entries = ledger_by_rules(sales)
    return None if entries is None else summed(sales, entries)


def summed(sales: Sales, entries: ir.Table) -> ir.Table:
    """A ledger as one row a client, month and kind; kept for the run."""
    rows = entries.group_by("client_id", "kind", bucket=bucket(sales, entries.day))
    sums = rows.agg(points=entries.points.sum().cast(POINTS))
    return sales.source.keep(sums.mutate(client_id=sums.client_id.cast("string")))


def _is_now(sales: Sales, moved: ir.Table) -> ir.BooleanColumn:
    return moved.bucket >= ibis.literal(sales.period.first)


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class MostPoints(Rows):
    """client_id, client_name and each part of their balance equation; `balances` is the same of every client, lazy,
    `whole` of all of them together."""

    balances: ir.Table
    whole: BonusPoints

    @property
    def tables(self) -> dict[str, ir.Table | pd.DataFrame]:
        """Every client's balance equation."""
        return {"points": self.balances.order_by("client_id")}


@kept
def most_points(sales: Sales, rows: int = 20) -> MostPoints | Unavailable:
    """The clients with most points at the period's end.

    Example: `most_points(sales, rows=5)`."""
    table, whole = points_by_client(sales), bonus_points(sales)
    if table is None or isinstance(whole, Unavailable):
        return sales.unavailable(LEVEL)
    best = table.order_by([ibis.desc("closing"), "client_id"]).limit(rows)
    named = best.left_join(sales.clients.select("client_id", "client_name"), "client_id").drop("client_id_right")
    most = frame(named.order_by([ibis.desc("closing"), "client_id"]))
    return MostPoints(reader=sales.reader, rows=most, balances=table, whole=whole)
