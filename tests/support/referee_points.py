"""The referee of bonus points and of replays: lines, documents and lots one by one, in plain Python and Decimal.

It shares no code with helpers. In come drawn rows and the rules of each client, out come every client's balance, and
what clients and price lists would have had under other rules. A point is worth one unit of money.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

ZERO, FAR = Decimal(0), date(9999, 1, 1)


@dataclass(frozen=True)
class Rules:
    """kinds: client → (rate, minimum of a document, days until expiry or None); tiers: (from, rate), ascending;
    excluded: items; part: how much of a document points may pay; lists: list → (percent off, from or None); places:
    what points are rounded to."""

    kinds: dict = field(default_factory=lambda: {"ann": (Decimal("0.03"), 20, 30), "bob": (Decimal("0.1"), 0, None)})
    tiers: tuple = ()
    excluded: tuple = ()
    part: Decimal | None = None
    lists: dict = field(default_factory=dict)
    places: str = "1"


def rounded(value: Decimal, places: str = "1") -> Decimal:
    """Half away from zero."""
    return value.quantize(Decimal(places), ROUND_HALF_UP)


def balances(
    rows: list[dict], first: str, last: str, now: Rules | None = None, then: Rules | None = None, over: str = ""
) -> dict:
    """Client → opening, movements of the period and closing; sales of the period go by the rules of `then`. What is due
    after `over`, the last day that is over, has not expired."""
    now = now or Rules()
    papers = _documents(rows, first, now, then or now)
    return {c: _client([p for p in papers if p["client"] == c], _day(first), _day(last), _day(over or last))
            for c in {p["client"] for p in papers}}  # fmt: skip


def replayed(rows: list[dict], first: str, last: str, now: Rules, then: Rules) -> tuple[dict, dict, dict]:
    """Client → (net, list discount), list → (net, discount), and the balances, all under `then` in the period."""
    lines = [_line(r) for r in rows]
    spent = _spent_before(lines)
    sold = {r["sale_id"]: r for r in lines if r["kind"] == "sale" and r["day"] >= _day(first)}
    changed = {k: rule for k, rule in then.lists.items() if now.lists.get(k) != rule}
    for line in lines:
        if line["day"] >= _day(first):
            _relist(line, sold, spent, changed)
    if then.part is not None and then.part != now.part:
        _cap([r for r in lines if r["day"] >= _day(first) and r["kind"] == "sale"], then.part)
    clients, lists = defaultdict(lambda: [ZERO, ZERO]), defaultdict(lambda: [ZERO, ZERO])
    for line in lines:
        if line["day"] >= _day(first):
            off = line["off"] if line["base_amount"] is not None else ZERO
            for sums, key in ((clients, line["client_id"]), (lists, line["price_list_id"])):
                sums[key][0] += line["amount"]
                sums[key][1] += off
    return dict(clients), dict(lists), balances(lines, first, last, now, then)


def _line(row: dict) -> dict:
    money = {
        k: None if row[k] is None else Decimal(row[k]) for k in ("amount", "base_amount", "list_amount", "bonus_paid")
    }
    off = money["base_amount"] - money["list_amount"] if money["base_amount"] is not None else ZERO
    return row | money | {"day": _day(row["sold_at"]), "off": off if row["price_list_id"] != "std" else ZERO}


def _relist(line: dict, sold: dict, spent: dict, lists: dict) -> None:
    """The better of the applied list and the highest one reached; of a list whose price changed, the new price."""
    paper = line["sale_id"] if line["kind"] == "sale" else line["original_sale_id"]
    if line["kind"] == "return" and paper not in sold:
        return
    reached = [(at, name) for name, (_, at) in lists.items() if at is not None and spent.get(paper, ZERO) >= at]
    name = max(reached)[1] if reached else line["price_list_id"]
    if name not in lists or line["base_amount"] is None:
        return
    off = rounded(line["base_amount"] * lists[name][0] / 100, "0.01")
    if name == line["price_list_id"] or abs(off) > abs(line["off"]):
        line["amount"] -= off - line["off"]
        line |= {"off": off, "price_list_id": name}


def _cap(lines: list[dict], part: Decimal) -> None:
    """Beyond its part of a document, what points paid is paid with money, the last lines first."""
    for sale in {r["sale_id"] for r in lines}:
        mine = sorted((r for r in lines if r["sale_id"] == sale), key=lambda r: int(r["line_no"]))
        left = rounded(sum((r["amount"] + r["bonus_paid"] for r in mine), ZERO) * part, "0.01")
        for line in mine:
            kept = min(line["bonus_paid"], left)
            left -= kept
            line["amount"] += line["bonus_paid"] - kept
            line["bonus_paid"] = kept


def _spent_before(lines: list[dict]) -> dict[str, Decimal]:
    """Sale → what its client had spent before it in the same year."""
    papers, found, so_far = {}, {}, defaultdict(Decimal)
    for line in lines:
        key = (line["sold_at"], line["kind"] == "return", line["sale_id"])
        papers.setdefault(key, []).append(line)
    for (at, _, sale), mine in sorted(papers.items()):
        key = (mine[0]["client_id"], mine[0].get("year", at[:4]))
        found[sale] = so_far[key]
        so_far[key] += sum((Decimal(r["amount"]) for r in mine), ZERO)
    return found


def _documents(rows: list[dict], first: str, now: Rules, then: Rules) -> list[dict]:
    spent, papers = _spent_before(rows), {}
    for row in rows:
        day = _day(row["sold_at"])
        rules = now if day < _day(first) else then
        own_rate, least, days = rules.kinds.get(row["client_id"], (ZERO, 0, None))
        rate = own_rate
        for at, higher in rules.tiers:
            own = higher if rate and spent[row["sale_id"]] >= at else None
            rate = rate if own is None else own
        start = dict(client=row["client_id"], sale=row["sale_id"], day=day, at=row["sold_at"], rate=rate, least=least,
                     days=days, is_return=row["kind"] == "return", origin=row["original_sale_id"], eligible=ZERO,
                     paid=ZERO, places=rules.places, own_rate=own_rate)  # fmt: skip
        paper = papers.setdefault(row["sale_id"], start)
        paper["paid"] += Decimal(row["bonus_paid"])
        if row.get("item_id") not in rules.excluded:
            paper["eligible"] += Decimal(row["amount"])
    return list(papers.values())


def _client(papers: list[dict], first: date, last: date, over: date) -> dict[str, Decimal]:
    """Day by day: what is earned becomes a lot, what is taken comes from the lot that expires first and goes back to
    the one it came from, and what is left of a lot is gone after its last day."""
    found, lots, debt = defaultdict(Decimal), [], ZERO
    earned, returned = {}, defaultdict(Decimal)
    day = min([p["day"] for p in papers], default=last)
    while day <= last:
        moves = defaultdict(Decimal)
        for paper in (p for p in papers if p["day"] == day and not p["is_return"]):
            enough = paper["eligible"] > 0 and paper["eligible"] >= paper["least"]
            points = rounded(paper["eligible"] * paper["rate"], paper["places"]) if enough else ZERO
            earned[paper["sale"]] = (points, paper["rate"])
            moves["accrued"] += points
            lots.append(
                {"end": day + timedelta(days=paper["days"]) if paper["days"] else FAR, "left": points, "used": ZERO}
            )
        for paper in (p for p in papers if p["day"] == day and p["is_return"]):
            if paper["origin"] is None:  # takes by the client's own rate
                moves["reversed"] += rounded(-paper["eligible"] * paper["own_rate"], paper["places"])
                continue
            have, rate = earned.get(paper["origin"], (ZERO, ZERO))
            before = min(have, rounded(returned[paper["origin"]] * rate, paper["places"]))
            returned[paper["origin"]] -= paper["eligible"]
            moves["reversed"] += min(have, rounded(returned[paper["origin"]] * rate, paper["places"])) - before
        moves["redeemed"] = sum((p["paid"] for p in papers if p["day"] == day), ZERO)
        lots.sort(key=lambda lot: lot["end"])
        debt = _taken(lots, debt + moves["reversed"] + moves["redeemed"])
        for lot in (lot for lot in lots if lot["end"] <= min(day, over)):
            moves["expired"] += lot["left"]
            lot["left"] = ZERO
        for kind, points in moves.items():
            sign = 1 if kind == "accrued" else -1
            found["closing"] += sign * points
            found["opening" if day < first else kind] += sign * points if day < first else points
        day += timedelta(days=1)
    return dict(found)


def _taken(lots: list[dict], debt: Decimal) -> Decimal:
    """Take a debt from the lots, or give a negative one back to them; what no lot could bear stays."""
    for lot in lots if debt > 0 else reversed(lots):
        moved = min(lot["left"], debt) if debt > 0 else -min(lot["used"], -debt)
        lot["left"], lot["used"], debt = lot["left"] - moved, lot["used"] + moved, debt - moved
    return debt


def _day(text: str) -> date:
    return date.fromisoformat(str(text)[:10])
