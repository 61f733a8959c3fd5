"""The referee of what counts: each row of a source by the rules of its settings, one by one, in plain Python.

It shares no code with helpers. In come tables (name → rows, a row being a dict of texts, Decimals, days and moments as
the source has them), the settings of source.yaml and the parameters of a report, all as dicts; out come lines with
`client_id`, `branch_id`, `day`, `amount`, `kind` and `left_out`, as the referee's sums take them.
"""

import calendar
import datetime as dt
import unicodedata
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

import referee

ZERO, DAY = Decimal(0), dt.timedelta(days=1)
MONEY = ("amount", "tax_amount", "base_amount", "list_amount", "manual_discount", "coupon_discount", "bonus_paid",
         "cost_amount")  # fmt: skip
OWN_SIGN = ("cost_amount", "tax_amount", "base_amount", "list_amount")
COUNTED = ("sale", "return", "discount")
DIGITS = {"JPY": 0, "KWD": 3}
UNALLOCATED = "(unallocated)"
UNSEEN = "\ufeff\u200b\u200c\u200d\u2060\u00ad\u200e\u200f"


def rounded(value: Decimal, currency: str) -> Decimal:
    """To the minor unit of a currency, half away from zero."""
    return value.quantize(Decimal(1).scaleb(-DIGITS.get(currency, 2)), ROUND_HALF_UP)


def settled(tables: dict, source: dict, asked: dict) -> list[dict]:
    """Every line of the source, whatever its day and state, with what became of it."""
    tables = one_spelling(tables, source)
    basis = asked.get("basis") or source.get("basis", "invoiced")
    if basis == "paid":
        gross = {"returns_are_positive": False, "negative_lines": "return", "returns_date": "return", "tax": "included"}
        gross |= {"amount_includes_tax": True} if "amount_includes_tax" in source else {}
        rows, source = _paid(tables, source), source | gross
    else:
        rows = [dict(row) for row in tables["sale_line"]]
    source = source | {"basis": basis}
    for row in rows:
        if basis in ("delivered", "ordered"):
            row["sold_at"] = row[f"{basis}_at"] or row["sold_at"]
        row["source_day"] = local_day(row["sold_at"], source)
    _at_original(rows, source)
    _mark_reversals(rows, source)
    for row in rows:
        _convert(row, tables, source, asked.get("currency", ""))
    _merge(rows, tables, source)
    anonymous = _anonymous(tables, source)
    return [_signed(row, source, anonymous) for row in rows]


def one_spelling(tables: dict, source: dict) -> dict:
    """The tables with the first of its spellings for each client's id."""
    ignored = source.get("client_id_ignores", [])
    if not ignored:
        return tables
    columns = ("client_id", "master_client_id")
    every = {row[c] for rows in tables.values() for row in rows for c in columns if row.get(c) is not None}
    first = {}
    for own in sorted(every, key=str.encode):
        first.setdefault(_compared(own, ignored), own)
    spelt = {own: first[_compared(own, ignored)] for own in every}
    return {name: [row | {c: spelt.get(row[c], row[c]) for c in columns if c in row} for row in rows]
            for name, rows in tables.items()}  # fmt: skip


def _compared(own: str, ignored: list[str]) -> str:
    if "unicode_form" in ignored:
        own = unicodedata.normalize("NFC", own)
    if "blanks" in ignored:
        own = " ".join("".join(c for c in own if c not in UNSEEN).split())
    return own.lower() if "case" in ignored or ("case_of_emails" in ignored and "@" in own) else own


def local_day(moment: dt.datetime | dt.date, source: dict) -> dt.date:
    """The company's day of a moment that the source's clock shows."""
    local = local_moment(moment, source)
    return local.date() if isinstance(local, dt.datetime) else local


def local_moment(moment: dt.datetime | dt.date, source: dict) -> dt.datetime | dt.date:
    """A moment by the company's clock, counted from the beginning of its days."""
    if not isinstance(moment, dt.datetime):
        return moment
    zone = source.get("timezone", "UTC")
    there = moment.replace(tzinfo=ZoneInfo(source.get("times_are_in", zone))).astimezone(ZoneInfo(zone))
    hours, minutes = map(int, source.get("day_start", "00:00").split(":"))
    return there.replace(tzinfo=None) - dt.timedelta(hours=hours, minutes=minutes)


def _at_original(rows: list[dict], source: dict) -> None:
    """A return counts when, where and for whom the line it gives back did."""
    if source.get("returns_date") != "original":
        return
    by_line = "original_line_no" in rows[0]
    moved = [c for c in ("sold_at", "client_id", "branch_id") if c in rows[0]]
    found = defaultdict(list)
    for row in rows:
        found[(row["sale_id"], row["line_no"]) if by_line else row["sale_id"]].append({c: row[c] for c in moved})
    for row in rows:
        of = row["original_sale_id"]
        originals = found.get((of, row["original_line_no"]) if by_line else of, []) if of is not None else []
        for c in moved if originals else ():
            values = [o[c] for o in originals if o[c] is not None]
            row[f"moved_{c}"] = min(values) if values else row[c]
    for row in rows:
        row |= {c: row.pop(f"moved_{c}") for c in moved if f"moved_{c}" in row}


def _state(row: dict, source: dict) -> str:
    return source.get("state_map", {}).get(row["state"], row["state"]) if "state" in row else "posted"


def _mark_reversals(rows: list[dict], source: dict) -> None:
    """What gives back a cancelled document does not count either."""
    is_known = rows and {"state", "sale_id", "original_sale_id"} <= set(rows[0])
    cancelled = {r["sale_id"] for r in rows if is_known and r["sale_id"] and _state(r, source) == "cancelled"}
    for row in rows:
        row["is_reversal"] = bool(is_known) and row["original_sale_id"] in cancelled


def _convert(row: dict, tables: dict, source: dict, only: str) -> None:
    """Money in the report's currency, each column rounded by itself; or the lines of one currency alone."""
    if "currency" not in row:
        return
    to = source.get("currency", "EUR")
    theirs = row["currency"].upper() if row["currency"] else None
    if only:
        row["other_currency"] = (theirs or to) != only
        return
    if theirs is None or theirs == to:
        return
    rate, divides = row.get("fx_to_report"), False
    if rate is None:
        rate, divides = _table_rate(row, theirs, tables, source), source.get("rate_is") == "foreign_per_report"
    for c in MONEY:
        if row.get(c) is not None and rate is not None:
            row[c] = rounded(row[c] / rate if divides else row[c] * rate, to)


def _table_rate(row: dict, theirs: str, tables: dict, source: dict) -> Decimal | None:
    """The rate of the line's day, or the latest of the week before it."""
    on = local_day(row["sold_at"], source)
    near = [r for r in tables.get("fx_rate", ()) if r["currency"] == theirs and 0 <= (on - r["rate_date"]).days <= 7]
    return max(near, key=lambda r: r["rate_date"])["rate"] if near else None


def _merge(rows: list[dict], tables: dict, source: dict) -> None:
    for what in ("branch", "client"):
        masters = {r[f"{what}_id"]: r[f"master_{what}_id"] for r in tables.get(f"{what}_alias", ())}
        for row in rows:
            while row.get(f"{what}_id") in masters:
                row[f"{what}_id"] = masters[row[f"{what}_id"]]
    if source.get("group_level") == "group":
        groups = {own: r["group_id"] for own, r in latest_clients(tables).items() if r["group_id"]}
        for row in rows:
            row["client_id"] = groups.get(row["client_id"], row["client_id"])


def latest_clients(tables: dict) -> dict[str, dict]:
    """Client → its row in the table of clients, the latest of several, by its name where no day tells."""
    latest: dict[str, dict] = {}
    for row in sorted(tables.get("client", ()), key=lambda r: (r.get("created_on") or dt.date.min, r["client_name"])):
        latest[row["client_id"]] = row
    return latest


def _anonymous(tables: dict, source: dict) -> set[str]:
    """The ids that stand for nobody, by the settings in any spelling, and by the table of clients."""
    ignored = source.get("client_id_ignores", [])
    named = source.get("anonymous_client_ids", [])
    every = {row["client_id"] for rows in tables.values() for row in rows if row.get("client_id") is not None}
    alike = {own for own in every if ignored and _compared(own, ignored) in [_compared(n, ignored) for n in named]}
    return alike | set(named) | {r["client_id"] for r in tables.get("client", ()) if r.get("is_anonymous")}


def _signed(row: dict, source: dict, anonymous: set[str]) -> dict:
    """Signs, tax and the reason why a line does not count."""
    if source.get("cost_sign") == "as_amount":
        sign = -1 if row["amount"] < 0 else 1  # copy_sign would take the sign of Decimal's own -0
        row |= {c: sign * abs(row[c]) for c in OWN_SIGN if row.get(c) is not None}
    if "kind" in row:
        kind = source.get("kind_map", {}).get(row["kind"], row["kind"]) or "sale"
    else:
        kind = source.get("negative_lines", "return") if row["amount"] < 0 else "sale"
    if source.get("returns_are_positive") and kind == "return":
        row |= {c: -row[c] for c in MONEY if row.get(c) is not None}
    row["paid"] = row["amount"]
    if "tax_amount" in row and (source.get("tax") == "included") != source["amount_includes_tax"]:
        row["amount"] += (row["tax_amount"] or ZERO) * (-1 if source["amount_includes_tax"] else 1)
    state = _state(row, source)
    reason = None
    if row.get("other_currency"):
        reason = "other currency"
    elif state != "posted":
        reason = state
    elif row["is_reversal"]:
        reason = "reversal"
    elif kind not in COUNTED:
        reason = kind
    elif source["basis"] in ("delivered", "ordered") and row[f"{source['basis']}_at"] is None:
        reason = "not yet"
    client = None if row["client_id"] in anonymous else row["client_id"]
    return {"branch_id": None} | row | {"client_id": client, "kind": kind, "left_out": reason,
                                        "moment": local_moment(row["sold_at"], source),
                                        "day": local_day(row["sold_at"], source)}  # fmt: skip


def _paid(tables: dict, source: dict) -> list[dict]:
    """What payments bring each line that they pay, and what pays none."""
    lines = []
    for raw in tables["sale_line"]:
        signed = _signed(raw | {"is_reversal": False}, source | {"basis": "invoiced", "tax": _as_it_is(source)}, set())
        owed = signed["paid"] + ((signed["tax_amount"] or ZERO) if source.get("amount_includes_tax") is False else ZERO)
        if owed and raw.get("sale_id"):
            lines.append(signed | {"amount": owed})
    rows = []
    for payment in tables["payment"]:
        left = payment["amount"]
        for allocation in (a for a in tables.get("payment_allocation", ()) if a["payment_id"] == payment["payment_id"]):
            mine = [r for r in lines if r["sale_id"] == allocation["sale_id"]]
            mine.sort(key=lambda r: tuple(str(r.get(c) or "") for c in ("line_no", "client_id", "branch_id")))
            left -= allocation["amount"] if mine else ZERO
            for line, part in _parts(mine, allocation, source):
                kept = {c: line[c] for c in ("state", "client_id", "branch_id") if c in line}
                kept |= {} if line["kind"] in COUNTED else {"kind": line["kind"]}
                rows.append(_payment_row(payment, part, kept, tables))
        if left:
            whose = {"client_id": payment["client_id"], "branch_id": UNALLOCATED}
            rows.append(_payment_row(payment, left, whose, tables))
    return rows


def _payment_row(payment: dict, amount: Decimal, more: dict, tables: dict) -> dict:
    """A payment, or a part of it, as a line of the source: money that goes back is a return."""
    own = {"state": "posted", "kind": "return" if amount < 0 else "sale"} | more
    own = {c: v for c, v in own.items() if c in tables["sale_line"][0] or c not in ("state", "kind")}
    further = {"currency": payment["currency"]} if "currency" in payment else {}
    return own | further | {"sold_at": payment["paid_at"], "amount": amount}


def _as_it_is(source: dict) -> str:
    return "included" if source.get("amount_includes_tax") else "excluded"


def _parts(lines: list[dict], allocation: dict, source: dict) -> list[tuple[dict, Decimal]]:
    """What an allocation gives each line of a document, by the referee of payments."""
    named = [{"branch_id": str(n), "amount": r["amount"], "sale_id": r["sale_id"]} for n, r in enumerate(lines)]
    payment = {"payment_id": "p", "amount": allocation["amount"]}
    parts = referee.parts(named, [payment], [allocation | {"payment_id": "p"}], DIGITS.get(source.get("currency"), 2))
    return [(line, parts[str(n)]) for n, line in enumerate(lines) if parts.get(str(n))]


def period_of(text: str, today: dt.date, source: dict) -> tuple[dt.date, dt.date, str]:
    """First day, last day and unit of a period in words."""
    start = _fiscal_starts(source)
    months = {"month": 1, "quarter": 3, "year": 12}
    if ".." in text:
        first, last = map(dt.date.fromisoformat, text.split(".."))
        return first, last, "days"
    if text.startswith("last ") and text.split()[1].isdigit():
        count, unit = int(text.split()[1]), text.split()[2].rstrip("s")
        if unit == "day":
            return today - count * DAY, today - DAY, "days"
        first = _unit(unit, today, start)[0]
        for _ in range(count):
            first, last = _unit(unit, first - DAY, start)[0], _unit(unit, today, start)[0] - DAY
        return first, last, unit if count == 1 else "days"
    if text.endswith(" to date"):
        return _unit(text.split()[0], today, start)[0], today, "days"
    word, _, unit = text.partition(" ")
    if word in ("this", "last"):
        first, last = _unit(unit, today, start)
        first, last = (first, last) if word == "this" else _unit(unit, first - DAY, start)
        return first, last, unit if unit in months else "days"
    if "-W" in text:
        monday = dt.date.fromisocalendar(int(text[:4]), int(text[6:]), 1)
        return monday, monday + 6 * DAY, "days"
    if "-Q" in text:
        first = start(int(text[:4]), int(text[6:]) - 1)
        return first, start(int(text[:4]), int(text[6:])) - DAY, "quarter"
    if len(text) == 4:
        return start(int(text), 0), start(int(text) + 1, 0) - DAY, "year"
    if len(text) == 7:
        first = dt.date(int(text[:4]), int(text[5:]), 1)
        return first, _unit("month", first, start)[1], "month"
    day = dt.date.fromisoformat(text)
    return day, day, "day"


def _fiscal_starts(source: dict):
    """(year, quarter from 0) → its first day; a fiscal year is named by the year it ends in."""
    month, day = map(int, source.get("fiscal_year_start", "01-01").split("-"))

    def start(year: int, quarter: int) -> dt.date:
        number = (year if (month, day) == (1, 1) else year - 1) * 12 + month - 1 + 3 * quarter
        return _day(number // 12, number % 12 + 1, day)

    return start


def _day(year: int, month: int, day: int) -> dt.date:
    return dt.date(year, month, min(day, calendar.monthrange(year, month)[1]))


def _unit(unit: str, day: dt.date, start) -> tuple[dt.date, dt.date]:
    """First and last day of the calendar unit that a day lies in."""
    if unit == "week":
        return day - day.weekday() * DAY, day + (6 - day.weekday()) * DAY
    if unit == "month":
        return day.replace(day=1), _day(day.year, day.month, 31)
    step = 1 if unit == "quarter" else 4
    starts = [start(year, q) for year in range(day.year - 2, day.year + 4) for q in range(0, 4, step)]
    first = max(s for s in starts if s <= day)
    return first, min(s for s in starts if s > day) - DAY


def comparison_of(
    period: tuple[dt.date, dt.date, str], kind: str, today: dt.date, source: dict
) -> tuple[dt.date, dt.date] | None:
    """The days that a period is compared with."""
    if kind == "none":
        return None
    first, last, unit = period
    start = _fiscal_starts(source)
    if unit in ("month", "quarter", "year"):
        other = _unit(unit, first - DAY, start)
        for _ in range({"month": 11, "quarter": 3, "year": 0}[unit] if kind == "last year" else 0):
            other = _unit(unit, other[0] - DAY, start)
    elif kind == "last year":
        other = _day(first.year - 1, first.month, first.day), _day(last.year - 1, last.month, last.day)
    elif first.day == 1 and (last + DAY).day == 1:
        months = (last.year - first.year) * 12 + last.month - first.month + 1
        number = first.year * 12 + first.month - 1 - months
        other = dt.date(number // 12, number % 12 + 1, 1), first - DAY
    else:
        other = first - (last - first + DAY), first - DAY
    begun = today - first
    return (other[0], min(other[1], other[0] + begun)) if first <= today <= last else other
