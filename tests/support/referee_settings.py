"""The referee of a published report of made-up settings: every figure that it knows, computed anew, against the files.

In come a setting and the folder that its report was published into, out come the differences as sentences.
"""

import csv
import datetime as dt
import hashlib
import hmac
import json
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pandas as pd
import referee
import referee_points
from random_settings import TODAY, Setting
from referee_lines import DIGITS, UNALLOCATED, comparison_of, latest_clients, one_spelling, period_of, settled

ZERO = Decimal(0)
SECRET = "a secret of the tests, long enough"
POINTS = ("opening", "accrued", "reversed", "redeemed", "expired", "adjusted", "closing")


class Expected:
    """What the referee says of one setting."""

    def __init__(self, made: Setting):
        self.made, self.source, self.asked = made, made.source, made.parameters
        self.currency = self.asked.get("currency") or self.source["currency"]
        self.digits = DIGITS.get(self.currency, 2)
        self.period = period_of(self.asked["period"], TODAY, self.source)
        self.before = comparison_of(self.period, self.asked["comparison"], TODAY, self.source)
        self.every = self._settled(self.source, self.asked)
        self.counted = [row for row in self.every if row["left_out"] is None]
        self.now = self.between(*self.period[:2])
        begin = min(row["source_day"] for row in self.every)
        self.is_comparable = self.before is not None and begin <= self.before[0]

    def _settled(self, source: dict, asked: dict) -> list[dict]:
        rows = settled(self.made.tables, source, asked)
        for row in rows:
            row["client_id"] = self.shown_id(row["client_id"])
            row["sold_at"] = f"{row['day']}"
        return rows

    def shown_id(self, own: str | None) -> str | None:
        """A client's id as the report has it: the code of it where names are codes."""
        if own is None or self.asked["names"] != "code":
            return own
        inner, outer = (hmac.new(SECRET.encode(), part, hashlib.sha256).hexdigest() for part in (b"inner", b"outer"))
        return _digest(outer + _digest(inner + own))[:16]

    def between(self, first: dt.date, last: dt.date) -> list[dict]:
        """The lines that count of these days."""
        return [row for row in self.counted if first <= row["day"] <= last]

    @property
    def folder(self) -> str:
        """What the period's folder is called."""
        first, last, unit = self.period
        if unit == "days":
            return f"{first}_{last}" if first != last else f"{first}"
        named = {"month": f"{first:%Y-%m}", "day": f"{first}"}
        return named.get(unit) or self._fiscal_name(first, unit)

    def _fiscal_name(self, first: dt.date, unit: str) -> str:
        return next(
            name for year in range(first.year - 1, first.year + 3)
            for name in ([f"{year}"] if unit == "year" else [f"{year}-Q{q}" for q in range(1, 5)])
            if period_of(name, TODAY, self.source)[0] == first
        )  # fmt: skip

    def rating(self) -> dict[str, dict]:
        """Client → its row of the rating, best first."""
        rows = {c: self._sums([r for r in self.now if r["client_id"] == c]) for c in _clients(self.now)}
        by = self.asked["rank_by"]
        whole = sum(max(row["net"], ZERO) for row in rows.values())
        classes = referee.abc(self.now, self.digits)
        lists, owed = self._lists(), self._owed()
        ranked = referee.ranked({c: row[by] for c, row in rows.items()}, self.digits)
        return {
            client: dict(rank=rank, abc=classes[client], price_list=lists.get(client),
                         share=float(rows[client]["net"] / whole) if rows[client]["net"] > 0 else None,
                         **rows[client], **({} if owed is None else {"outstanding": owed.get(client, ZERO)}))
            for rank, client, _ in ranked
        }  # fmt: skip

    def _sums(self, rows: list[dict]) -> dict:
        net, returns = referee.net(rows), referee.net([r for r in rows if r["kind"] == "return"])
        sums = dict(net=net, returns=returns, sales=net - returns, lines=len(rows))
        if self._has("cost_amount"):
            known = [r for r in rows if r["cost_amount"] is not None]
            margin = sum((r["amount"] - r["cost_amount"] for r in known), ZERO) if known else None
            sums |= dict(margin=margin, cost_coverage=len(known) / len(rows))
        return sums

    def _has(self, column: str) -> bool:
        return bool(self.every) and column in self.every[0]

    def _owed(self) -> dict[str | None, Decimal] | None:
        """Client → what it owes at the period's end, with tax where it is known; None without payments."""
        if "payment" not in self.made.tables:
            return None
        gross = {"tax": "included"} if "amount_includes_tax" in self.source else {}
        asked = self.asked | {"basis": "invoiced"}
        owed = defaultdict(Decimal)
        for sign, rows in ((1, self._settled(self.source | gross, asked)),
                           (-1, self._settled(self.source, asked | {"basis": "paid"}))):  # fmt: skip
            for row in rows:
                if row["left_out"] is None and row["day"] <= self.period[1]:
                    owed[row["client_id"]] += sign * row["amount"]
        return dict(owed)

    def _lists(self) -> dict[str, str | None]:
        """Client of the master → the price list at the period's end, by name."""
        tables = one_spelling(self.made.tables, self.source)
        names = {r["price_list_id"]: r["price_list_name"] for r in tables.get("price_list", ())}
        found = {}
        for row in latest_clients(tables).values():
            mine = [h for h in tables.get("client_price_list", ())
                    if h["client_id"] == row["client_id"] and h["valid_from"] <= self.period[1]]  # fmt: skip
            newest = max(mine, key=lambda h: h["valid_from"], default=None)
            is_valid = newest and (newest["valid_to"] is None or newest["valid_to"] >= self.period[1])
            own = newest["price_list_id"] if is_valid else row.get("price_list_id")
            own = own or self.source.get("default_price_list_id")
            found[self.shown_id(row["client_id"])] = names.get(own, own)
        return found

    def columns(self) -> tuple[list[str | None], list[str]]:
        """The ids of the branches of the cross report in order, and those folded into one."""
        first, last, _ = self.period
        nets = defaultdict(Decimal)
        for row in self.now:
            nets[row["branch_id"]] += row["amount"]
        former = {r["branch_id"] for r in self.made.tables.get("branch_alias", ())}
        master = {r["branch_id"]: r for r in self.made.tables.get("branch", ()) if r["branch_id"] not in former}
        is_open = {b: (r.get("opened_on") or first) <= last and (r.get("closed_on") or last) >= first
                   for b, r in master.items()}  # fmt: skip
        wanted = [b for b in master if is_open[b] and self.source["show_empty_branches"]]
        ids = {*wanted, *nets} - {None, UNALLOCATED}
        names = {b: self._branch_name(master, b) for b in ids}
        order = {b: master.get(b, {}).get("sort_order") for b in ids}
        ids = sorted(ids, key=lambda b: (order[b] is None, order[b] or 0, -nets[b], names[b], b))
        limit = self.asked["max_branch_columns"]
        largest = sorted(ids, key=lambda b: (-nets[b], f"b:{b}"))
        folded = largest[limit:] if len(ids) > limit else []
        return [b for b in ids if b not in folded], folded

    def _branch_name(self, master: dict, branch: str) -> str:
        renamed = [r for r in self.made.tables.get("branch_name", ())
                   if r["branch_id"] == branch and r["valid_from"] <= self.period[1]]  # fmt: skip
        newest = max(renamed, key=lambda r: r["valid_from"], default=None)
        return newest["name"] if newest else master.get(branch, {}).get("branch_name") or branch

    def cross(self) -> list[tuple[str | None, list[Decimal]]]:
        """The rows of cross.csv: client or None for what closes it, the cells and the total."""
        columns, folded = self.columns()
        cells = referee.cross(self.now)
        none = [r for r in self.now if r["branch_id"] is None]
        keys = [[b] for b in columns] + ([folded] if folded else [])
        keys += [[None]] if any(r["amount"] for r in none) else []
        keys += [[UNALLOCATED]] if any(r["branch_id"] == UNALLOCATED for r in self.now) else []
        clients = list(self.rating())
        shown, other = clients[: self.asked["top"]], clients[self.asked["top"] :]
        groups = [(c, [c]) for c in shown] + ([(None, other)] if other else [])
        groups += [(None, [None])] if any(r["client_id"] is None for r in self.now) else []
        groups += [(None, [*clients, None])]
        rows = []
        for label, whose in groups:
            line = [sum((cells.get((c, b), ZERO) for c in whose for b in key), ZERO) for key in keys]
            rows.append((label, [*line, sum(line, ZERO)]))
        return rows

    def past(self) -> dict[str, tuple]:
        """Client → status and rank before."""
        first, last = (f"{day}" for day in self.period[:2])
        ranks = {}
        if self.is_comparable:
            earlier = self.between(*self.before)
            sums = {c: self._sums([r for r in earlier if r["client_id"] == c]) for c in _clients(earlier)}
            ranks = {c: rank for rank, c, _ in referee.ranked({c: s[self.asked["rank_by"]] for c, s in sums.items()},
                                                              self.digits)}  # fmt: skip
        lost = self.source["lost_after_days"]
        return {c: (referee.status(self.counted, c, first, last, lost), ranks.get(c)) for c in _clients(self.now)}

    def discounts(self) -> dict | None:
        """What was given through price lists; None where no line of any period says what the base price is."""
        if "base_amount" not in self._priced(self.every[0]):
            return None
        lines = [self._priced(row) for row in self.now]
        covered = [row for row in lines if row["is_covered"]]
        by_list = {}
        for list_id in {row.get("price_list_id") for row in lines}:
            mine = [row for row in lines if row.get("price_list_id") == list_id]
            known = [row for row in mine if row["is_covered"]]
            base, off = (sum((row[k] for row in known), ZERO) for k in ("base_amount", "off"))
            by_list[list_id] = len({r["client_id"] for r in mine} - {None}), len(mine), referee.net(mine), base, off
        totals = {k: sum((row[k] for row in covered), ZERO) for k in ("manual", "coupon_discount", "bonus_paid")}
        return {"by_list": by_list, "covered": len(covered), **totals}

    def _priced(self, row: dict) -> dict:
        """A line with its base price, what its list and a hand took off, and whether all of it adds up."""
        lists = self.made.tables.get("price_list")
        if "base_amount" not in row:
            items = self.made.tables.get("price_list_item")
            if not (items and "quantity" in row):
                return row
            valid = [i for i in items if i["item_id"] == row["item_id"] and i["valid_from"] <= row["day"]]
            price = max(valid, key=lambda i: i["valid_from"])["price"] if valid else None
            base = None if price is None or row["quantity"] is None else row["quantity"] * price
            row = row | {"base_amount": base}
        parts = {k: row.get(k) or ZERO for k in ("manual_discount", "coupon_discount", "bonus_paid")}
        taken = sum(parts.values(), ZERO)
        listed = row["list_amount"] if "list_amount" in row else row["paid"] + taken
        is_covered = (row["base_amount"] is not None and listed is not None and listed - taken == row["paid"]
                      and abs(parts["manual_discount"]) <= abs(listed))  # fmt: skip
        off = row["base_amount"] - listed if row["base_amount"] is not None and listed is not None else ZERO
        base_lists = {r["price_list_id"] for r in lists or () if r.get("is_base")}
        list_id = row.get("price_list_id")
        is_separate = "price_list_id" not in row or not base_lists or (list_id and list_id not in base_lists)
        by_hand = parts["manual_discount"] + (ZERO if is_separate else off)
        return row | parts | {"off": off if is_separate else ZERO, "manual": by_hand, "is_covered": is_covered}

    def points(self) -> dict[str, dict[str, Decimal]] | None:
        """Client → opening, movements and closing balance; None where nothing says who earns."""
        tables = self.made.tables
        if "bonus_entry" in tables:
            return self._ledger()
        pays = self._has("bonus_paid")
        is_worth = "point_value" in self.source and self.currency == self.source["currency"]
        if "bonus_kind" not in tables or (pays and not is_worth):
            return None
        value = Decimal(self.source.get("point_value", 1))
        rows = [self._earning(row, value) for row in self.counted if row["client_id"] and row["day"] <= self.period[1]]
        first, last = self.period[:2]
        over = min(last, TODAY - dt.timedelta(days=1))
        found = referee_points.balances(rows, f"{first}", f"{last}", self._rules(), over=f"{over}")
        return {c: sums for c, sums in found.items() if any(sums.values())}

    def _earning(self, row: dict, value: Decimal) -> dict:
        key = self._document(row)
        is_named = row["kind"] == "return" and "day" not in self.source["sale_key"]
        origin = row.get("original_sale_id") if is_named else None
        month, day = map(int, self.source["fiscal_year_start"].split("-"))
        year = row["day"].year - ((row["day"].month, row["day"].day) < (month, day))
        return row | {"sale_id": key, "original_sale_id": origin, "year": year, "sold_at": f"{row['moment']}",
                      "bonus_paid": ((row.get("bonus_paid") or ZERO) / value).quantize(Decimal("0.001"))}  # fmt: skip

    def _document(self, row: dict) -> str:
        """What tells documents apart; what gives back is another document of its client."""
        of = f"{row['client_id']}|{row['kind'] == 'return'}"
        if not self._has("sale_id"):
            return f"{of}|{row['moment']}"
        if "day" in self.source["sale_key"]:
            return f"{of}|{row['branch_id']}|{row['day']}|{row['sale_id']}"
        return row["sale_id"]

    def _ledger(self) -> dict[str, dict[str, Decimal]]:
        """The source's own entries, under the client that they count for."""
        entries = self._settled_entries()
        signs = dict(accrued=1, reversed=-1, redeemed=-1, expired=-1, adjusted=1)
        found = defaultdict(lambda: defaultdict(Decimal))
        for entry in entries:
            if entry["day"] <= self.period[1]:
                part = "opening" if entry["day"] < self.period[0] else entry["own_kind"]
                sign = 1 if part == "opening" else signs[part]
                found[entry["client_id"]][part] += sign * entry["amount"]
                found[entry["client_id"]]["closing"] += entry["amount"]
        return {c: sums for c, sums in found.items()}

    def _settled_entries(self) -> list[dict]:
        rows = [dict(client_id=e["client_id"], sold_at=e["entry_at"], amount=e["points"], own_kind=e["kind"])
                for e in one_spelling(self.made.tables, self.source)["bonus_entry"]]  # fmt: skip
        plain = {k: v for k, v in self.source.items() if k in ("timezone", "times_are_in", "day_start", "group_level")}
        tables = one_spelling(self.made.tables, self.source) | {"sale_line": rows}
        tables = {k: v for k, v in tables.items() if k in ("sale_line", "client", "client_alias")}
        for row in tables.get("client", ()):
            row.pop("is_anonymous", None)
        found = settled(tables, plain, {})
        return [row | {"client_id": self.shown_id(row["client_id"])} for row in found]

    def _rules(self) -> referee_points.Rules:
        kinds = {r["bonus_kind_id"]: (r["rate"], r["min_order"] or 0, r["expiry_days"])
                 for r in self.made.tables["bonus_kind"]}  # fmt: skip
        rules = self.made.rules or {}
        for name, own in rules.get("kinds", {}).items():
            rate, least, days = kinds[name]
            kinds[name] = Decimal(str(own.get("rate", rate))), Decimal(str(own.get("min_order", least))), days
        cards = {}
        for row in latest_clients(one_spelling(self.made.tables, self.source)).values():
            cards[self.shown_id(row["client_id"])] = row.get("bonus_kind_id")
        tiers = tuple((Decimal(str(t["from"])), Decimal(str(t["rate"]))) for t in rules.get("tiers", ()))
        places = {0: "1", 2: "0.01"}[rules.get("points_decimals", 0)]
        return referee_points.Rules(kinds={c: kinds[k] for c, k in cards.items() if k}, tiers=tiers, places=places)

    def rows(self) -> dict[str, int]:
        """What became of the rows of the source."""
        inside = [row for row in self.every if self.period[0] <= row["day"] <= self.period[1]]
        out = [row for row in inside if row["left_out"]]
        bad, skipped = self.made.bad_rows, self.made.skipped_rows
        return dict(rows_read=len(self.every) + bad + skipped, rows_accepted=len(inside) - len(out),
                    rows_quarantined=bad, rows_rejected=0, rows_out_of_period=len(self.every) - len(inside),
                    rows_left_out=len(out), rows_skipped=skipped)  # fmt: skip


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _clients(rows: list[dict]) -> list[str]:
    return sorted({row["client_id"] for row in rows} - {None})


def differences(made: Setting, out: Path) -> list[str]:
    """What a published report says otherwise than the referee; one that is not there is one difference."""
    expected = Expected(made)
    folder = out / made.name / made.choices["questions"] / expected.folder
    if not (folder / "index.html").is_file():
        return [f"nothing at {folder.relative_to(out)}"]
    found: list[str] = []
    differ = _Differ(found, folder)
    differ.totals(expected)
    differ.rating(expected)
    differ.cross(expected)
    figures = json.loads((folder / "figures.json").read_text("utf-8"))
    if made.choices["questions"] == "spending":
        differ.movement(expected, figures)
    else:
        differ.given(expected, figures)
    return found


class _Differ:
    """Notes each figure of a published folder that is not what is expected."""

    def __init__(self, found: list[str], folder: Path):
        self.found, self.folder = found, folder

    def same(self, what: str, is_: object, expected: object) -> None:
        if is_ != expected:
            self.found.append(f"{what}: {is_!r}, expected {expected!r}")

    def totals(self, e: Expected) -> None:
        checks = json.loads((self.folder / "checks.json").read_text("utf-8"))
        facts = json.loads((self.folder / "manifest.json").read_text("utf-8"))
        net = referee.net(e.now)
        for name in ("total", "total_by_client", "total_by_branch", "total_of_lines"):
            self.same(name, Decimal(checks[name]), net)
        for name, count in e.rows().items():
            self.same(name, int(checks[name]), count)
        self.same("the landing page's total", Decimal(facts["facts"]["total"]), net)
        self.same("clients", facts["facts"]["clients"], len(_clients(e.now)))
        self.same("first day", facts["period"]["first"], f"{e.period[0]}")
        self.same("last day", facts["period"]["last"], f"{e.period[1]}")

    def rating(self, e: Expected) -> None:
        table = pd.read_parquet(self.folder / "rating.parquet")
        expected = e.rating()
        self.same("order", list(table.client_id), list(expected))
        for row in table.to_dict("records"):
            for name, value in expected.get(row["client_id"], {}).items():
                own = None if pd.isna(row[name]) else row[name]
                own = round(own, 9) if isinstance(own, float) else own
                self.same(f"{name} of {row['client_id']}", own, round(value, 9) if isinstance(value, float) else value)

    def cross(self, e: Expected) -> None:
        decimal = "," if e.asked["language"] == "fr" else "."
        with (self.folder / "cross.csv").open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file, delimiter=";" if decimal == "," else ","))[1:]
        cells = [[Decimal(cell.replace(decimal, ".")) for cell in row[4:]] for row in rows]
        lines = [(row[2].removeprefix("'") or None, line) for row, line in zip(rows, cells, strict=True)]
        self.same("cross.csv", lines, e.cross())
        if e.asked["full_cross"]:
            table = pd.read_parquet(self.folder / "cross.parquet").astype(object)
            table = table.where(table.notna(), None)
            cells = {(r.client_id, r.branch_id): r.net for r in table.itertuples()}
            self.same("cross.parquet", cells, referee.cross(e.now))

    def movement(self, e: Expected, figures: dict) -> None:
        past = e.past()
        for row in figures["movement"]:
            own = row["status"], row["rank_before"] and int(row["rank_before"])
            self.same(f"past of {row['client_id']}", own, past[row["client_id"]])
        if not e.is_comparable:
            self.same("change", figures["change"], None)
            return
        days = [tuple(map(str, pair)) for pair in (e.period[:2], e.before)]
        expected = referee.movement(e.counted, *days)
        table = pd.read_parquet(self.folder / "change.parquet").astype(object)
        table = table.where(table.notna(), None)
        own = {r.client_id: (r.group, r.net_before, r.net) for r in table.itertuples()}
        self.same("change.parquet", own, expected)
        was = sum((before for _, before, _ in expected.values()), ZERO)
        self.same("total before", Decimal(figures["change"]), was)

    def given(self, e: Expected, figures: dict) -> None:
        self._discounts(e.discounts(), figures["discounts"])
        points = e.points()
        if points is None or figures["points"] is None:
            self.same("points", figures["points"], points)
            return
        sums = {part: sum((p.get(part, ZERO) for p in points.values()), ZERO) for part in POINTS}
        self.same("points", {k: Decimal(v) for k, v in figures["points"].items()}, sums)
        table = pd.read_parquet(self.folder / "points.parquet")
        for row in table.to_dict("records"):
            mine = points.get(row["client_id"], {})
            own = {k: row[k] for k in POINTS if row[k]}
            self.same(f"points of {row['client_id']}", own, {k: v for k, v in mine.items() if v})

    def _discounts(self, expected: dict | None, own: dict | None) -> None:
        if expected is None or own is None:
            self.same("discounts", own, expected)
            return
        rows = {r["price_list_id"]: (int(r["clients"]), int(r["lines"]), *(Decimal(r[k]) for k in
                                     ("net", "base", "discount"))) for r in own["by_list"]}  # fmt: skip
        self.same("discounts by list", rows, expected["by_list"])
        for name, key in (("manual_discount", "manual"), ("coupon_discount", "coupon_discount"),
                          ("bonus_paid", "bonus_paid")):  # fmt: skip
            self.same(name, Decimal(own[name]), expected[key])
