"""The referee: the same reports in plain Python and Decimal, slow and obvious, from the rows of ASCII tables.

It shares no code with helpers. A row is a dict of texts: client_id, branch_id, sold_at, amount.
"""

from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import floor


def between(rows, first: str, last: str):
    """Rows whose local day lies in [first, last]."""
    return [r for r in rows if first <= r["sold_at"][:10] <= last]


def net(rows) -> Decimal:
    return sum((Decimal(r["amount"]) for r in rows), Decimal(0))


def by_client(rows) -> dict[str, Decimal]:
    sums = defaultdict(Decimal)
    for row in rows:
        if (row["client_id"] or "").strip():
            sums[row["client_id"]] += Decimal(row["amount"])
    return dict(sums)


def rating(rows, digits: int = 2) -> list[tuple[int, str, Decimal]]:
    """(rank, client_id, net) best first; equal minor units share a rank, then ids by their bytes."""
    return ranked(by_client(rows), digits)


def ranked(sums: dict[str, Decimal | None], digits: int = 2) -> list[tuple[int, str, Decimal | None]]:
    """The same of any amounts by client, an unknown one last."""
    order = sorted(sums.items(), key=lambda item: (item[1] is None, -(item[1] or 0), item[0].encode()))
    cents = [Decimal("-Infinity") if a is None else shown(a, digits) for _, a in order]
    return [(1 + sum(c > cents[i] for c in cents), client, amount) for i, (client, amount) in enumerate(order)]


def shown(amount: Decimal, digits: int) -> Decimal:
    """In minor units, half away from zero."""
    return amount.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def cross(rows) -> dict[tuple[str | None, str | None], Decimal]:
    """Net by (client, branch); None for a line without one."""
    sums = defaultdict(Decimal)
    for row in rows:
        key = tuple(((row[c] or "").strip() and row[c]) or None for c in ("client_id", "branch_id"))
        sums[key] += Decimal(row["amount"])
    return dict(sums)


def abc(rows, digits: int = 2) -> dict[str, str]:
    """A while the share before is under 80 %, B under 95 %, else C; equal minor units share a class, net <= 0 is C."""
    sums = by_client(rows)
    total = sum(a for a in sums.values() if a > 0)
    classes = {}
    for client, amount in sums.items():
        before = sum(max(a, Decimal(0)) for a in sums.values() if shown(a, digits) > shown(amount, digits))
        classes[client] = (
            "C" if amount <= 0 else "A" if before * 100 < total * 80 else "B" if before * 100 < total * 95 else "C"
        )
    return classes


def sells(row) -> bool:
    """Whether a line is a sale: by its kind where it has been settled, else by its sign."""
    return row["kind"] == "sale" if row.get("left_out", "") is None else Decimal(row["amount"]) >= 0


def status(rows, client: str, first: str, last: str, lost_after: int = 365) -> str | None:
    """new, returning or recovered, by the days of its sales; None without a sale in the period."""
    from datetime import date

    days = sorted(r["sold_at"][:10] for r in rows if r["client_id"] == client and sells(r))
    now, past = [d for d in days if first <= d <= last], [d for d in days if d < first]
    if not now:
        return None
    if not past:
        return "new"
    away = (date.fromisoformat(now[0]) - date.fromisoformat(past[-1])).days
    return "recovered" if away > lost_after else "returning"


def gini(amounts: list[Decimal]) -> float:
    """Half the mean absolute difference over the mean, by the definition (all pairs)."""
    n = len(amounts)
    return float(sum(abs(a - b) for a in amounts for b in amounts) / (2 * n * sum(amounts)))


def parts(lines, payments, allocations, digits: int = 2) -> dict[str, Decimal]:
    """What payments bring each branch of one client: in fractions, rounded so that each sum up to a line is
    nearest; "(unallocated)" for what pays no line."""
    sums = defaultdict(Decimal)
    left = {p["payment_id"]: Decimal(p["amount"]) for p in payments}
    for allocation in allocations:
        given = Decimal(allocation["amount"])
        asked = [(r["branch_id"], Decimal(r["amount"])) for r in lines if r["sale_id"] == allocation["sale_id"]]
        asked = [(branch, amount) for branch, amount in asked if amount]
        if not asked:
            continue
        left[allocation["payment_id"]] -= given
        whole = sum(amount for _, amount in asked)
        if whole * given <= 0 or abs(given) > abs(whole):
            asked = [(branch, abs(amount)) for branch, amount in asked]
            whole = sum(amount for _, amount in asked)
        so_far, done = Decimal(0), Decimal(0)
        for place, (branch, amount) in enumerate(asked, 1):
            so_far += amount
            share = _nearest(Fraction(given) * Fraction(so_far) / Fraction(whole), digits)
            until = given if place == len(asked) else share
            sums[branch] += until - done
            done = until
    sums["(unallocated)"] += sum(left.values())
    return dict(sums)


def _nearest(value: Fraction, digits: int) -> Decimal:
    return Decimal(floor(value * 10**digits + Fraction(1, 2))).scaleb(-digits)


def movement_groups(rows, now: tuple[str, str], before: tuple[str, str]) -> dict[str, tuple[int, Decimal, Decimal]]:
    """Group → (clients, net before, net now), by what each client did; "no_client" has no clients."""
    groups = {}
    for client, (group, old, new) in movement(rows, now, before).items():
        count, was, is_now = groups.get(group, (0, Decimal(0), Decimal(0)))
        groups[group] = count + (client is not None), was + old, is_now + new
    return groups


def movement(rows, now: tuple[str, str], before: tuple[str, str]) -> dict[str | None, tuple[str, Decimal, Decimal]]:
    """Client (None: lines without one) → group, net before, net now."""
    groups = {}
    in_now, in_before = between(rows, *now), between(rows, *before)
    ids = {row["client_id"] or None for row in [*in_now, *in_before]}
    for client in ids:
        mine = [[r for r in part if (r["client_id"] or None) == client] for part in (in_before, in_now)]
        old, new = (net(part) for part in mine)
        sold_on = [r["sold_at"][:10] for r in rows if r["client_id"] == client and sells(r)]
        first = min(sold_on, default=None)
        if client is None:
            group = "no_client"
        elif mine[0] and mine[1]:
            group = "fell" if new < old else "rose" if new > old else "same"
        elif mine[0]:
            group = "absent"
        elif not any(now[0] <= day <= now[1] for day in sold_on):
            group = "returns_only"
        elif first >= now[0]:
            group = "new"
        else:
            group = "since" if first > before[1] else "back"
        groups[client] = group, old, new
    return groups


def volume(rows, now: tuple[str, str], before: tuple[str, str]) -> dict[str, Fraction]:
    """How much of a change the number of sales and their size make, client by client, in fractions."""
    parts = dict.fromkeys(("number", "size", "one_period", "no_client"), Fraction(0))
    in_now, in_before = between(rows, *now), between(rows, *before)
    for client in {row["client_id"] or None for row in [*in_now, *in_before]}:
        (n0, net0), (n1, net1) = (
            (len({r["sale_id"] for r in mine if Decimal(r["amount"]) >= 0}), Fraction(net(mine)))
            for mine in ([r for r in part if (r["client_id"] or None) == client] for part in (in_before, in_now))
        )
        if client is None:
            parts["no_client"] += net1 - net0
        elif n0 and n1:
            parts["number"] += (n1 - n0) * net0 / n0
            parts["size"] += n1 * (net1 / n1 - net0 / n0)
        else:
            parts["one_period"] += net1 - net0
    return parts


def price(rows, now: tuple[str, str], before: tuple[str, str]) -> dict[str, Fraction]:
    """Price, quantity and mix over the items with a positive quantity in both periods, in fractions."""

    def sums(part):
        items = defaultdict(lambda: [Fraction(0), Fraction(0)])
        for row in part:
            key = (row["item_id"] if row["quantity"] else None) or None
            items[key][0] += Fraction(row["quantity"] or 0)
            items[key][1] += Fraction(row["amount"])
        return items

    new, old = sums(between(rows, *now)), sums(between(rows, *before))
    both = [i for i in {*new, *old} if i is not None and new[i][0] > 0 and old[i][0] > 0]
    at_old = sum((old[i][1] / old[i][0] * new[i][0] for i in both), Fraction(0))
    growth = sum(new[i][0] for i in both) / sum(old[i][0] for i in both) if both else Fraction(0)
    was = sum((old[i][1] for i in both), Fraction(0))
    others = [i for i in {*new, *old} if i is not None and i not in both]
    return dict(
        price=sum((new[i][1] for i in both), Fraction(0)) - at_old,
        quantity=(growth - 1) * was,
        mix=at_old - growth * was,
        other_items=sum((new[i][1] - old[i][1] for i in others), Fraction(0)),
        no_item=new[None][1] - old[None][1],
    )
