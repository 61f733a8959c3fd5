"""Small companies and their settings: every pair of choices stands in one of them, and every three of those that money
depends on.

A setting is a choice for each factor; from it and a number follow the tables of a made-up company, its source.yaml,
rules and parameters, and what is to come of them. In come numbers, out come folders of params/ and data/.
"""

import csv
import datetime as dt
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from random import Random

import duckdb
import yaml
from company import SQL
from referee_lines import rounded

from helpers import schema

TODAY = dt.date(2026, 11, 23)
PERIODS = ("2026-10", "last month", "this month", "2026-Q1", "last quarter", "2026", "last year", "2026-W42",
           "2026-10-05", "2026-09-10..2026-10-20", "last 30 days", "last 3 months", "year to date")  # fmt: skip
MONEY_FACTORS = dict(
    basis=("invoiced", "as_supplied", "delivered", "ordered", "paid"),
    kinds=("words", "mapped", "positive", "by sign", "discounts by sign"),
    foreign=("none", "per report", "per foreign", "on the line", "alone"),
    tax=("none", "with, without", "with, with", "without, without", "without, with"),
    originals=("none", "known", "by line", "moved", "moved by line"),
    currency=("EUR", "USD", "JPY", "KWD"),
    merges=("none", "alias", "chain", "groups", "alias and groups"),
)
OTHER_FACTORS = dict(
    form=("csv", "euro csv", "parquet", "whole numbers", "duckdb"),
    timezone=("UTC", "Europe/Paris", "America/New_York", "Asia/Kolkata"),
    times_are_in=("", "UTC", "America/New_York"),
    moments=("times", "days"),
    day_start=("00:00", "04:00"),
    fiscal_year_start=("01-01", "07-01", "10-15", "02-29"),
    asked_basis=("", "own"),
    states=("none", "words", "mapped"),
    costs=("none", "all", "some", "unsigned", "confirmed"),
    spelling=("none", "blanks", "case", "case_of_emails", "all"),
    documents=("none", "numbers", "by day"),
    nobody=("none", "ids", "clients"),
    clients=("none", "names", "twice"),
    lists=("none", "own", "history", "default"),
    branches=("none", "no table", "names", "dates", "history"),
    former_branches=("none", "some"),
    show_empty_branches=(True, False),
    lost_after_days=(365, 30),
    points=("none", "kinds", "rules", "tiers", "ledger"),
    point_value=("", "1.00", "0.10"),
    tolerance=("none", "some"),
    skip=("none", "rule"),
    join=("none", "client"),
    labels=("none", "en", "fr"),
    query_timeout=(600, 30),
    discounts=("none", "base", "all", "items"),
    payments=("none", "some"),
    begin=("long", "short"),
    comparison=("previous", "last year", "none"),
    rank_by=("net", "margin"),
    top=(200, 3, 1),
    max_branch_columns=(40, 2),
    language=("en", "fr", "ar"),
    names=("full", "initials", "code"),
    page_units=("auto", "whole", "minor"),
    full_cross=(False, True),
    period=PERIODS,
    questions=("spending", "giving"),
)
FACTORS = MONEY_FACTORS | OTHER_FACTORS
FAULTS = {
    "unconfirmed": 78, "unmapped state": 65, "no rate": 65, "no costs": 64, "no groups": 78, "no payments": 78,
    "no delivery": 78, "no numbers": 78, "unknown currency": 64, "circle": 65, "unreadable": 65, "unsigned costs": 65,
    "returns stored positive": 65, "future": 64, "wrong period": 64, "misspelt": 78, "no file": 66,
    "rates upside down": 65,
}  # fmt: skip
"""What is wrong with one company of eight → the exit code."""
THEIR_KINDS = {"sale": "S", "return": "RMA", "discount": "Rebate", "tip": "Tip", "gift_card": "Card", "ignored": "?"}
ANONYMOUS, EMAIL = "0", "ann@x.test"


@dataclass
class Setting:
    """One company with its settings: `choices` by factor, `tables` as the source has them, what stands in source.yaml,
    rules.yaml and the params file, and the exit code."""

    number: int
    choices: dict
    tables: dict = field(default_factory=dict)
    source: dict = field(default_factory=dict)
    rules: dict | None = None
    parameters: dict = field(default_factory=dict)
    bad_rows: int = 0
    skipped_rows: int = 0
    code: int = 0

    @property
    def name(self) -> str:
        """Its folder of params/."""
        return f"c{self.number}"


def settings(count: int) -> list[Setting]:
    """So many: rounds in which every pair stands, each with other values first, and triples of what money depends on;
    each eighth has a fault."""
    return [setting_of(number, choices) for number, choices in zip(range(count), _rows(), strict=False)]


def _rows() -> Iterator[dict]:
    """Rounds without end: rows in which every pair stands, then rows with every three of what money depends on."""
    for number in itertools.count():
        r = Random(number)
        pairs = []
        for row in covering(FACTORS, 2, r):
            pairs.append(row)
            yield row
        others = itertools.cycle(r.sample(pairs, len(pairs)))
        for row, money in zip(others, covering(MONEY_FACTORS, 3, r), strict=False):
            yield row | money


def covering(factors: dict, together: int, r: Random) -> Iterator[dict]:
    """Choices in which every so many values of different factors stand together: each begins with some that do not yet,
    and is the one of a few that brings most."""
    names = list(itertools.combinations(factors, together))
    every = [(c, values) for c in names for values in itertools.product(*(factors[name] for name in c))]
    wanted = dict.fromkeys(r.sample(every, len(every)))
    while wanted:
        missing = next(iter(wanted))
        tries = [{name: r.choice(values) for name, values in factors.items()} | dict(zip(*missing, strict=True))
                 for _ in range(12)]  # fmt: skip
        best = max(tries, key=lambda row: sum((c, tuple(row[n] for n in c)) in wanted for c in names))
        for c in names:
            wanted.pop((c, tuple(best[n] for n in c)), None)
        yield best


def setting_of(number: int, choices: dict) -> Setting:
    """A company drawn for these choices; what does not go together is settled first."""
    r, c = Random(number), dict(choices)
    fault = [*FAULTS][number // 8 % len(FAULTS)] if number % 8 == 7 else ""
    _settle(c, fault)
    made = Setting(number, c)
    _Maker(made, r, fault).make()
    return made


def _settle(c: dict, fault: str) -> None:
    """What one choice asks of others."""
    if fault in ("unreadable", "no file"):
        c["form"] = "csv"
    if fault in ("no rate", "rates upside down"):
        c |= {"foreign": "per foreign", "currency": "JPY", "basis": "invoiced"}
    if fault == "no groups":
        c |= {"merges": "groups", "clients": "names"}
    if fault in ("no payments", "no delivery"):
        c |= {"basis": "paid" if fault == "no payments" else "delivered", "asked_basis": "", "payments": "none"}
    if fault == "no numbers":
        c |= {"originals": "moved", "documents": "numbers", "basis": "invoiced"}
    if fault == "no costs":
        c |= {"costs": "none", "rank_by": "margin", "basis": "invoiced"}
    if fault == "unsigned costs":
        c |= {"costs": "all", "kinds": "words", "basis": "invoiced"}
    if fault == "returns stored positive":
        c |= {"kinds": "words", "basis": "invoiced", "costs": "none", "tax": "none", "discounts": "none"}
    if fault == "unmapped state":
        c["states"] = "words"
    if fault == "circle":
        c["merges"] = "alias"
    if fault == "unknown currency":
        c |= {"foreign": "none"}
    files = c["form"] in ("csv", "euro csv")
    if c["form"] != "csv":  # the careful reading of a file takes seconds
        c["tolerance"] = "none"
    if not files:
        c |= {"skip": "none", "join": "none"}
    else:
        c["moments"] = "times"
    if c["form"] == "whole numbers":
        c["spelling"] = "none"
    if c["join"] == "client" and c["documents"] != "numbers":
        c["documents"] = "numbers"
    if c["originals"] != "none" or c["payments"] == "some" or c["basis"] == "paid":
        c["documents"] = "numbers"
    if c["basis"] == "paid" and fault != "no payments":
        c |= {"payments": "some", "questions": "spending", "rank_by": "net", "costs": "none"}
    if c["rank_by"] == "margin" and c["costs"] == "none" and fault != "no costs":
        c["costs"] = "all"
    if "groups" in c["merges"] or c["lists"] != "none" or c["points"] in ("kinds", "rules", "tiers"):
        c["clients"] = c["clients"] if c["clients"] != "none" else "names"
    if c["nobody"] == "clients":
        c["clients"] = c["clients"] if c["clients"] != "none" else "names"
    if c["branches"] in ("none", "no table"):
        c["former_branches"] = "none" if c["branches"] == "none" else c["former_branches"]
    if c["foreign"] == "alone":
        c["payments"] = "none" if c["basis"] != "paid" else c["payments"]


class _Maker:
    """Draws the tables of one company and writes down its settings."""

    def __init__(self, made: Setting, r: Random, fault: str):
        self.made, self.r, self.fault, self.c = made, r, fault, made.choices
        self.currency = self.c["currency"]
        self.other = {"EUR": "USD", "USD": "EUR", "JPY": "EUR", "KWD": "USD"}[self.currency]
        self.rate = {"EUR": "0.9", "USD": "1.1", "JPY": "160.5", "KWD": "0.3"}[self.currency]

    def make(self) -> None:
        c = self.c
        self.source = self.made.source = {"company": f"Company {self.made.number}", "currency": self.currency}
        self._plain_settings()
        self.ids = self._ids()
        self.branch_ids = ["n", "s", "w"]
        lines = self._lines()
        tables = self.made.tables = {"sale_line": lines}
        self._currencies(lines, tables)
        self._clients(tables)
        self._branches(tables)
        self._points(tables)
        self._payments(tables)
        if c["tolerance"] == "some" or self.fault == "unreadable":
            self.made.bad_rows = 2
            if self.fault != "unreadable":
                self.source["tolerance"] = self.r.choice([2, 5])
        self.made.skipped_rows = 3 if c["skip"] == "rule" else 0
        self._faults(lines, tables)
        self.made.code = FAULTS.get(self.fault, 0)
        self._parameters()

    def _plain_settings(self) -> None:
        c = self.c
        for name in ("timezone", "times_are_in", "day_start", "fiscal_year_start", "show_empty_branches",
                     "lost_after_days", "point_value", "query_timeout"):  # fmt: skip
            if c[name] != "":
                self.source[name] = c[name]
        if c["form"] == "whole numbers":
            self.source["whole_number_ids"] = True
        if c["labels"] != "none":
            self.source["labels"] = {c["labels"]: {"client": {"one": "patient", "other": "patients"}}}
        own = self.r.choice(["invoiced", "as_supplied"])
        self.source["basis"] = own if c["asked_basis"] == "own" else c["basis"]
        self.made.parameters["basis"] = c["basis"] if c["asked_basis"] == "own" else ""
        spellings = {"blanks": ["blanks"], "case": ["case"], "case_of_emails": ["case_of_emails"],
                     "all": ["blanks", "case", "unicode_form"]}  # fmt: skip
        if c["spelling"] != "none":
            self.source["client_id_ignores"] = spellings[c["spelling"]]
        self.source["sale_key"] = ["branch_id", "day", "sale_id"] if self._is_by_day else ["sale_id"]
        if "moved" in c["originals"]:
            self.source["returns_date"] = "original"
        if c["kinds"] == "discounts by sign":
            self.source["negative_lines"] = "discount"
        if c["costs"] == "unsigned":
            self.source["cost_sign"] = "as_amount"
        if c["tax"] != "none":
            has, shows = c["tax"].split(", ")
            self.source |= {"amount_includes_tax": has == "with", "tax": "included" if shows == "with" else "excluded"}

    @property
    def _is_by_day(self) -> bool:
        return self.c["documents"] == "by day" and self.c["branches"] != "none"

    def _ids(self) -> list[str]:
        """Ids of clients, some in several spellings."""
        if self.c["form"] == "whole numbers":
            return [str(n) for n in range(101, 108)]
        further = {"none": [], "blanks": ["c1 ", "c 2"], "case": ["C1", "C2"], "case_of_emails": [EMAIL, EMAIL.upper()],
                   "all": ["C1", " c2", "z\u00e9", "Ze\u0301"]}[self.c["spelling"]]  # fmt: skip
        return ["c1", "c2", "c3", "c4", "c5", "c6", "c7", *further]

    def _moment(self) -> dt.datetime:
        """A moment of the last months or years, often of the last ones and near a day's edge; no clock changes then."""
        r = self.r
        begin = dt.date(2025, 8, 3) if self.c["begin"] == "short" else dt.date(2024, 5, 1)
        if r.random() < 0.55:
            begin = dt.date(2026, 8, 25)
        day = begin + dt.timedelta(days=r.randrange((dt.date(2026, 11, 20) - begin).days))
        day = r.choice([day, day, day, day.replace(day=1), _last_of(day)])
        time = r.choice([(0, 0, 0), (3, 59, 59), (4, 0, 0), (23, 59, 59), (r.randrange(7, 22), r.randrange(60), 0)])
        if day.weekday() == 6 and day.month in (3, 10, 11):
            time = (15, 30, 0)
        return dt.datetime.combine(min(day, dt.date(2026, 11, 20)), dt.time(*time))

    def _amount(self) -> Decimal:
        r = self.r
        cents = Decimal(r.choice([500, 1000, 1000, 2500, 9999, 0, 1234567, 33, r.randrange(1, 100_000)]))
        amount = cents / 100
        return amount + Decimal("0.0015") if r.random() < 0.05 else amount

    def _lines(self) -> list[dict]:
        lines: list[dict] = []
        for number in range(1, 46):
            lines += self._document(number, lines)
        return lines

    def _document(self, number: int, earlier: list[dict]) -> list[dict]:
        r, c = self.r, self.c
        client = r.choice([*self.ids, *self.ids, "", ANONYMOUS if c["form"] != "whole numbers" else "100"]) or None
        branch = r.choice([*self.branch_ids, *self.branch_ids, *self._former(), ""]) or None
        at = self._moment()
        kind = r.choices(["sale", "return", "discount", "tip", "gift_card", "ignored"], [80, 12, 3, 2, 2, 1])[0]
        state = r.choices(["posted", "draft", "cancelled"], [86, 6, 8])[0]
        origin = None
        sales = [row for row in earlier if row["*kind"] == "sale"]
        if kind == "return" and sales and r.random() < 0.8:
            origin = r.choice(sales)
            client, at = origin["client_id"], _later(origin["sold_at"], r)
        rows = []
        for line in range(1, r.randint(1, 3) + 1):
            amount = self._amount() * (-1 if kind in ("return", "discount") else 1)
            rows.append(self._line(number, line, client, branch, at, amount, kind, state, origin))
        return rows

    def _line(self, number, line, client, branch, at, amount, kind, state, origin) -> dict:
        r, c = self.r, self.c
        row = {"client_id": client, "sold_at": at if c["moments"] == "times" else at.date(), "amount": amount,
               "*kind": kind}  # fmt: skip
        if c["branches"] != "none":
            row["branch_id"] = branch
        if self._is_by_day:
            row["sale_id"] = str(1 + number % 3)
        elif c["documents"] != "none":
            row |= {"sale_id": f"d{number}", "line_no": str(line)}
        if c["originals"] != "none":
            row["original_sale_id"] = origin["sale_id"] if origin else None
            if "line" in c["originals"]:
                row["original_line_no"] = origin["line_no"] if origin else None
        row |= self._kind_and_state(kind, state)
        if self._has_delivery:
            away = dt.timedelta(days=number % 20)  # the days of a document are those of its lines
            row["delivered_at"] = row["sold_at"] + away if number % 7 else None
            row["ordered_at"] = row["sold_at"] - away if number % 11 else None
        if c["tax"] != "none":
            row["tax_amount"] = (amount / 5).quantize(Decimal("0.01"), ROUND_HALF_UP)
        if c["costs"] != "none":
            is_known = c["costs"] != "some" or r.random() < 0.7
            row["cost_amount"] = (amount * Decimal("0.6")).quantize(Decimal("0.01")) if is_known else None
            if c["costs"] == "confirmed":
                row["cost_amount"] *= r.choice([1, 1, 1, -1])
                self.source["confirmed"] = {"cost_sign": 1000}
        row |= self._discounted(amount)
        if c["kinds"] == "positive" and kind == "return":
            row |= {k: -row[k] for k in ("amount", "tax_amount", "cost_amount", "base_amount", "list_amount",
                                         "manual_discount", "coupon_discount", "bonus_paid")
                    if row.get(k) is not None}  # fmt: skip
        if c["costs"] == "unsigned":
            row |= {k: abs(row[k]) for k in ("cost_amount", "tax_amount", "base_amount", "list_amount") if row.get(k)}
        return row

    @property
    def _has_delivery(self) -> bool:
        return self.c["basis"] in ("delivered", "ordered") and self.fault != "no delivery"

    def _kind_and_state(self, kind: str, state: str) -> dict:
        c, own = self.c, {}
        if c["kinds"] in ("words", "positive"):
            own["kind"] = kind
        elif c["kinds"] == "mapped":
            own["kind"] = THEIR_KINDS[kind] if kind != "sale" or self.r.random() < 0.9 else None
            self.source["kind_map"] = {word: ours for ours, word in THEIR_KINDS.items()}
        if c["kinds"] == "positive":
            self.source["returns_are_positive"] = True
        if c["states"] == "words":
            own["state"] = state
        elif c["states"] == "mapped":
            theirs = {"posted": self.r.choice(["Paid", "Open"]), "draft": "Quote", "cancelled": "Void"}
            own["state"] = theirs[state]
            self.source["state_map"] = {"Paid": "posted", "Open": "posted", "Quote": "draft", "Void": "cancelled"}
        return own

    def _discounted(self, amount: Decimal) -> dict:
        r, c = self.r, self.c
        if c["discounts"] == "none":
            return {"price_list_id": r.choice(["std", "vip", None])} if c["lists"] != "none" else {}
        row = {"price_list_id": r.choice(["std", "vip", "vip", None])}
        if c["discounts"] == "items":
            return row | {"item_id": r.choice(["tea", "cup", "new", None]),
                          "quantity": Decimal(r.choice([1, 2, 3])) * (1 if amount >= 0 else -1)}  # fmt: skip
        if c["discounts"] == "base":
            base = amount * r.choice([Decimal("1.25"), Decimal(1)])
            return row | {"base_amount": base.quantize(Decimal("0.01")) if r.random() < 0.9 else None}
        sign = 1 if amount >= 0 else -1
        parts = {k: sign * Decimal(r.choice([0, 0, 1, 2])) for k in ("manual_discount", "coupon_discount")}
        parts["bonus_paid"] = sign * Decimal(r.choice([0, 0, 3]))
        listed = amount + sum(parts.values(), Decimal(0)) + (sign if r.random() < 0.05 else 0)
        base = listed + sign * Decimal(r.choice([0, 5, -2 if abs(listed) > 2 else 0]))
        return row | {"base_amount": base, "list_amount": listed} | parts

    def _former(self) -> list[str]:
        return ["old"] if self.c["former_branches"] == "some" else []

    def _currencies(self, lines: list[dict], tables: dict) -> None:
        r, c = self.r, self.c
        if c["foreign"] == "none":
            return
        for row in lines:
            row["currency"] = r.choice([self.currency, self.currency.lower(), self.other, None])
        if c["foreign"] == "on the line":
            for row in lines:
                is_other = row["currency"] == self.other
                row["fx_to_report"] = Decimal(self.rate) + Decimal(r.randrange(9)) / 1000 if is_other else None
        elif c["foreign"] != "alone":
            begin, rate = dt.date(2024, 4, 1), Decimal(self.rate)
            rate = rate if c["foreign"] == "per foreign" else (1 / rate).quantize(Decimal("0.0000001"))
            rows = [(begin + dt.timedelta(days=n), rate * (1 + Decimal(r.randrange(99)) / 1000))
                    for n in range(0, 1000, 6)]  # fmt: skip
            tables["fx_rate"] = [dict(currency=self.other, rate_date=day, rate=value.quantize(Decimal("0.00000001")))
                                 for day, value in rows]  # fmt: skip
            self.source["rate_is"] = "report_per_foreign" if c["foreign"] == "per foreign" else "foreign_per_report"
        else:
            self.made.parameters["currency"] = r.choice([self.currency, self.other])

    def _clients(self, tables: dict) -> None:
        r, c = self.r, self.c
        anonymous = "100" if c["form"] == "whole numbers" else ANONYMOUS
        if c["nobody"] == "ids":
            self.source["anonymous_client_ids"] = [anonymous]
        if "alias" in c["merges"] or c["merges"] == "chain":
            ids = self.ids
            rows = [(ids[5], ids[0])] if "alias" in c["merges"] else [(ids[5], ids[4]), (ids[4], ids[0])]
            tables["client_alias"] = [dict(client_id=own, master_client_id=master) for own, master in rows]
        if c["clients"] == "none":
            return
        rows = []
        for n, own in enumerate(self.ids[: 7 if c["spelling"] == "none" else None][:-1]):
            row = dict(client_id=own, client_name=f"Client {n}")
            if c["lists"] in ("own", "default") or (c["lists"] == "history" and r.random() < 0.7):
                row["price_list_id"] = r.choice(["std", "vip", None])
            if "groups" in c["merges"]:
                row["group_id"] = None if self.fault == "no groups" else r.choice(["g1", "g2", None])
            if c["points"] in ("kinds", "rules", "tiers"):
                row["bonus_kind_id"] = r.choice(["three", "ten", "none", None])
            if c["nobody"] == "clients":
                row["is_anonymous"] = n == 3
            if c["clients"] == "twice":
                row["created_on"] = dt.date(2025, 1, 1 + n)
            rows.append(row)
        columns = dict.fromkeys(k for row in rows for k in row)
        rows = [{k: row.get(k) for k in columns} for row in rows]
        if self.fault == "no groups":
            rows = [{k: v for k, v in row.items() if k != "group_id"} for row in rows]
        if c["clients"] == "twice":
            rows.append(rows[1] | dict(client_name="Renamed", created_on=dt.date(2026, 1, 1)))
        tables["client"] = rows
        if "groups" in c["merges"]:
            self.source["group_level"] = "group"
        if c["lists"] != "none" or c["discounts"] != "none":
            tables["price_list"] = [dict(price_list_id="std", price_list_name="Standard", is_base=True),
                                    dict(price_list_id="vip", price_list_name="VIP - 15 %", is_base=False)]  # fmt: skip
        if c["lists"] == "default":
            self.source["default_price_list_id"] = "std"
        if c["lists"] == "history":
            days = [dt.date(2025, 1, 1), dt.date(2026, 9, 1), dt.date(2026, 10, 1), dt.date(2026, 10, 14),
                    dt.date(2026, 10, 31)]  # fmt: skip
            tables["client_price_list"] = [
                dict(client_id=row["client_id"], price_list_id=r.choice(["std", "vip"]), valid_from=day,
                     valid_to=day + dt.timedelta(days=20) if r.random() < 0.2 else None)
                for row in rows[:5] for day in sorted(r.sample(days, 2))
            ]  # fmt: skip

    def _branches(self, tables: dict) -> None:
        c = self.c
        if c["discounts"] == "items":
            tables.setdefault("price_list", [
                dict(price_list_id="std", price_list_name="Standard", is_base=True),
                dict(price_list_id="vip", price_list_name="VIP - 15 %", is_base=False)])  # fmt: skip
            tables["price_list_item"] = [
                dict(price_list_id="std", item_id=item, price=Decimal(price), valid_from=day)
                for item, price, day in (("tea", 12, dt.date(2024, 1, 1)), ("tea", 14, dt.date(2026, 10, 10)),
                                         ("cup", 30, dt.date(2024, 1, 1)))
            ]  # fmt: skip
        if c["former_branches"] == "some":
            tables["branch_alias"] = [dict(branch_id="old", master_branch_id="s")]
        if c["branches"] in ("none", "no table"):
            return
        rows = [dict(branch_id=b, branch_name=name) for b, name in
                (("n", "North"), ("s", "South"), ("w", "South"), ("e", "East"))]  # fmt: skip
        if c["branches"] == "dates":
            for row, order, opened, closed in zip(
                rows, (2, 1, None, 3), (None, dt.date(2026, 10, 3), None, dt.date(2027, 1, 1)),
                (dt.date(2026, 9, 1), None, dt.date(2026, 10, 20), None), strict=True,
            ):  # fmt: skip
                row |= dict(opened_on=opened, closed_on=closed, sort_order=order)
        tables["branch"] = rows
        if c["branches"] == "history":
            tables["branch_name"] = [dict(branch_id="n", name="Nord", valid_from=dt.date(2025, 1, 1)),
                                     dict(branch_id="n", name="Nord-Est", valid_from=dt.date(2026, 10, 9))]  # fmt: skip

    def _points(self, tables: dict) -> None:
        r, c = self.r, self.c
        if c["points"] == "ledger":
            tables["bonus_entry"] = [
                dict(client_id=r.choice(self.ids), entry_at=self._moment(), points=Decimal(sign * r.randrange(1, 40)),
                     kind=kind)
                for kind, sign in r.choices([("accrued", 1), ("redeemed", -1), ("expired", -1), ("reversed", -1),
                                             ("adjusted", 1)], k=25)
            ]  # fmt: skip
        elif c["points"] != "none":
            tables["bonus_kind"] = [
                dict(bonus_kind_id="none", name="No bonuses", rate=Decimal(0), min_order=None, expiry_days=None),
                dict(bonus_kind_id="three", name="3 %", rate=Decimal("0.03"), min_order=Decimal(20), expiry_days=30),
                dict(bonus_kind_id="ten", name="10 %", rate=Decimal("0.1"), min_order=None, expiry_days=None),
            ]
        if c["points"] == "rules":
            self.made.rules = {"kinds": {"ten": {"rate": 0.2, "min_order": 5}}, "points_decimals": r.choice([0, 2])}
        if c["points"] == "tiers":
            self.made.rules = {"tiers": [{"from": 100, "rate": 0.15}, {"from": 3000, "rate": 0.3}]}

    def _payments(self, tables: dict) -> None:
        r, c, lines = self.r, self.c, tables["sale_line"]
        if c["payments"] == "none":
            return
        payments, allocations = [], []
        documents = sorted({row["sale_id"] for row in lines})
        for n in range(25):
            sale = r.choice(documents)
            mine = [row for row in lines if row["sale_id"] == sale]
            whole = sum((abs(row["amount"]) for row in mine), Decimal(0)).quantize(Decimal("0.01"))
            amount = rounded(whole / r.choice([1, 2, 3]), self.currency) or Decimal(7)
            payment = dict(payment_id=f"p{n}", client_id=r.choice([*self.ids, mine[0]["client_id"]]),
                           paid_at=self._moment(), amount=amount)  # fmt: skip
            if c["foreign"] not in ("none",):
                payment["currency"] = self.currency
            payments.append(payment)
            if r.random() < 0.75:
                allocations.append(dict(payment_id=f"p{n}", sale_id=sale, amount=amount - r.choice([0, 0, 1])))
        tables |= {"payment": payments, "payment_allocation": allocations}

    def _faults(self, lines: list[dict], tables: dict) -> None:
        fault, source = self.fault, self.source
        now = [row for row in lines if str(row["sold_at"])[:7] == "2026-10"] or lines
        if fault == "unconfirmed":
            source["unconfirmed"] = ["timezone"]
        elif fault == "unmapped state":
            for row in lines:
                row["state"] = "Odd"
        elif fault == "no rate":
            tables["fx_rate"] = tables["fx_rate"][:1]
            now[0]["currency"] = self.other
        elif fault == "rates upside down":
            source["rate_is"] = "foreign_per_report"
            now[0]["currency"] = self.other
        elif fault == "no numbers":
            for row in lines:
                del row["original_sale_id"]
        elif fault == "unknown currency":
            self.made.parameters["currency"] = "CHF"
        elif fault == "circle":
            a, b = self.ids[0], self.ids[5]
            tables["client_alias"] = [dict(client_id=a, master_client_id=b), dict(client_id=b, master_client_id=a)]
        elif fault == "unsigned costs":
            for row in now:
                row["cost_amount"] = -abs(row["amount"]) - 1
        elif fault == "returns stored positive":
            for row in now:
                row |= dict(kind="return", amount=abs(row["amount"]) + 1)
        elif fault == "misspelt":
            source["timezon"] = "UTC"

    def _parameters(self) -> None:
        c, p = self.c, self.made.parameters
        own = ("comparison", "rank_by", "top", "max_branch_columns", "language", "names", "page_units", "full_cross",
               "period")  # fmt: skip
        p |= {name: c[name] for name in own} | {"company": self.made.name, "today": f"{TODAY}"}
        if FAULTS.get(self.fault) == 65:  # what is wrong with lines is told of those of the period
            p["period"] = "2026-10"
        if self.fault in ("future", "wrong period"):
            p["period"] = "2027-03" if self.fault == "future" else "2026-13"


def _later(moment: dt.date, r: Random) -> dt.datetime:
    """A moment of a later day, by daylight."""
    day = dt.date(moment.year, moment.month, moment.day) + dt.timedelta(days=r.randrange(1, 40))
    return dt.datetime.combine(min(day, TODAY - dt.timedelta(days=2)), dt.time(12, r.randrange(60)))


def _last_of(day: dt.date) -> dt.date:
    return (day.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)


def write(made: Setting, root: Path) -> Path:
    """The company's files; the path of its params file."""
    folder, data = root / "params" / made.name, root / "data" / made.name
    folder.mkdir(parents=True)
    data.mkdir(parents=True)
    form = made.choices["form"]
    source = dict(made.source)
    if form == "duckdb":
        source["connect"] = f"duckdb:data/{made.name}/shop.duckdb"
    else:
        source["files"] = f"data/{made.name}"
    writers = {"csv": _as_csv, "euro csv": _as_csv, "duckdb": _as_duckdb}
    source |= writers.get(form, _as_parquet)(made, data)
    (folder / "source.yaml").write_text(yaml.safe_dump(source, allow_unicode=True), "utf-8")
    if made.rules is not None:
        (folder / "rules.yaml").write_text(yaml.safe_dump(made.rules), "utf-8")
    params = folder / f"{made.choices['questions']}.yaml"
    params.write_text(yaml.safe_dump({k: v for k, v in made.parameters.items()}), "utf-8")
    (folder / "choices.json").write_text(json.dumps(made.choices | {"code": made.code}, indent=1))
    return params


EURO = {"delimiter": ";", "decimal": ",", "encoding": "windows-1252", "date_format": "%d.%m.%Y", "quote": "'",
        "datetime_format": "%d.%m.%Y %H:%M:%S", "skip": 2}  # fmt: skip


def _as_csv(made: Setting, data: Path) -> dict:
    style = EURO if made.choices["form"] == "euro csv" else {}
    if style and made.choices["spelling"] == "all":
        style = style | {"encoding": "utf-8"}
    source: dict = {"csv": style} if style else {}
    for name, rows in made.tables.items():
        table: dict = {"from": f"{name}.csv"}
        rows = [{k: v for k, v in row.items() if not k.startswith("*")} for row in rows]
        if name == "sale_line":
            rows = _with_rows_apart(made, rows, table, data, style)
        if name == "sale_line" or made.number % 4 == 0:
            _write_csv(data / f"{name}.csv", rows, style)
            source[name] = table
    source |= _as_parquet(made, data, [name for name in made.tables if name not in source])
    if made.code == 66:
        (data / "sale_line.csv").unlink()
    return source


def _with_rows_apart(made: Setting, rows: list[dict], table: dict, data: Path, style: dict) -> list[dict]:
    """The lines with rows that cannot be read, rows that a rule leaves out, and clients in a file of their own."""
    first = dict(rows[0])
    bad = [{k: f"bad{n}" if k in ("sale_id", "line_no") else v for k, v in first.items()} | {"amount": "much"}
           for n in range(made.bad_rows)]  # fmt: skip
    test = [{k: f"test{n}" if k in ("sale_id", "line_no") else v for k, v in first.items()}
            for n in range(made.skipped_rows)]  # fmt: skip
    if made.skipped_rows:
        rows = [row | {"note": ""} for row in rows] + [row | {"note": "test"} for row in test]
        bad = [row | {"note": ""} for row in bad]
        table["skip"] = {"tests": "note = 'test'"}
    rows = [*rows, *bad]
    if made.choices["join"] == "client":
        owners = {row["sale_id"]: row["client_id"] for row in rows}
        if all(owners[row["sale_id"]] == row["client_id"] for row in rows):
            _write_csv(data / "orders.csv", [{"order": k, "buyer": v} for k, v in owners.items()], style)
            table |= {"join": {"orders.csv": "sale_id = order"}, "client_id": "buyer"}
            rows = [{k: v for k, v in row.items() if k != "client_id"} for row in rows]
    return rows


def _write_csv(path: Path, rows: list[dict], style: dict) -> None:
    decimal, day = style.get("decimal", "."), style.get("date_format", "%Y-%m-%d")
    moment = style.get("datetime_format", "%Y-%m-%d %H:%M:%S")

    def text(value: object) -> str:
        if isinstance(value, Decimal):
            return f"{value:f}".replace(".", decimal)
        if isinstance(value, dt.datetime):
            return value.strftime(moment)
        if isinstance(value, bool):
            return str(value).lower()
        return value.strftime(day) if isinstance(value, dt.date) else "" if value is None else str(value)

    with path.open("w", encoding=style.get("encoding", "utf-8"), newline="") as file:
        file.write("\n".join(["A title", "of two lines", ""]) if style.get("skip") else "")
        writer = csv.writer(file, delimiter=style.get("delimiter", ","), quotechar=style.get("quote", '"'),
                            lineterminator="\n")  # fmt: skip
        writer.writerow(rows[0])
        writer.writerows([text(value) for value in row.values()] for row in rows)


def _into_duckdb(made: Setting, con: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """The tables of a company in a database; their columns."""
    columns = {}
    for name, rows in made.tables.items():
        kept = [c for c in rows[0] if not c.startswith("*")]
        types = {c: SQL[schema.TABLES[name][c]] for c in kept}
        if made.choices["form"] == "whole numbers":
            types |= {c: "DOUBLE" for c in ("client_id", "master_client_id") if c in types}
        if name == "sale_line" and made.choices["moments"] == "days":
            types |= {c: "DATE" for c in ("sold_at", "delivered_at", "ordered_at") if c in types}
        con.execute(f"CREATE TABLE {name} ({', '.join(f'{c} {t}' for c, t in types.items())})")
        values = [[row[c] for c in kept] for row in rows]
        con.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(kept))})", values)
        columns[name] = kept
    return columns


def _as_parquet(made: Setting, data: Path, names: list[str] | None = None) -> dict:
    names = list(made.tables) if names is None else names
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        _into_duckdb(made, con)
        for name in names:
            con.execute(f"COPY {name} TO '{data / name}.parquet' (FORMAT parquet)")
    return {name: f"{name}.parquet" for name in names}


def _as_duckdb(made: Setting, data: Path) -> dict:
    with duckdb.connect(str(data / "shop.duckdb")) as con:
        con.execute("SET TimeZone = 'UTC'")
        columns = _into_duckdb(made, con)
    return {name: {"from": name} | {c: c for c in kept} for name, kept in columns.items()}
