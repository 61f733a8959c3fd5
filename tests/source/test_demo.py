"""The demo company has in its data everything that the pages promise to show.

Questions are asked in plain SQL on the files; money is added up in Python and Decimal.
"""

import datetime as dt
import hashlib
import re
from collections import Counter, defaultdict
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest

from helpers import schema
from helpers.errors import BadParameter, CannotCreate
from helpers.settings.company import read_company
from helpers.source.demo import SPECIAL_NAMES, TABLES, make_demo

TODAY = dt.date(2026, 11, 23)
LAST_MONTH = "sold_at >= '2026-10-01'"
COUNTS = "state = 'final' AND kind IN ('sale', 'return')"
RATES = {
    None: (Decimal(0), Decimal(0)),
    "SILVER": (Decimal("0.3"), Decimal(20)),
    "GOLD": (Decimal("0.5"), Decimal(0)),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    make_demo(folder, TODAY)
    return folder


@pytest.fixture(scope="module")
def ask(folder):
    """SQL → its rows, over the demo's tables by name."""
    with duckdb.connect() as con:
        for name in TABLES:
            con.read_parquet(str(folder / f"{name}.parquet")).create_view(name)
        for name in ("sale_line", "bonus_entry"):
            con.read_parquet(str(folder / name / "*.parquet")).create_view(name)
        yield lambda query: con.sql(query).fetchall()


def digest(folder: Path) -> dict[str, str]:
    files = (p for p in folder.rglob("*") if p.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


# The files


def test_tables_are_those_of_the_schema(ask):
    for name in (*TABLES, "sale_line", "bonus_entry"):
        types = {column: kind for column, kind, *_ in ask(f"DESCRIBE {name}")}
        assert {c for c in types if not schema.is_own(name, c)} <= set(schema.TABLES[name])
        assert set(types) >= set(schema.REQUIRED[name])
        money = [c for c in types if schema.kind_of(name, c) == schema.MONEY and name != "bonus_kind"]
        assert {types[c] for c in money} <= {"DECIMAL(18,2)"}


def test_the_company_maps_it_all():
    company = read_company("demo")
    assert set(company.tables) == {*TABLES, "sale_line", "bonus_entry"}
    assert {"en", "fr", "ar"} <= set(company.labels)


def test_the_french_company_is_the_same_one_in_french(folder):
    """Its names are French letters alone, one a client; departments are known by the same ids."""
    company = read_company("demo_fr")
    assert set(company.tables) == {*TABLES, "sale_line", "bonus_entry"} - {"branch_name"}
    with duckdb.connect() as con:
        for name in ("client", "branch", "price_list"):
            same, french = (con.read_parquet(str(folder / f"{name}{of}.parquet")) for of in ("", "_fr"))
            assert french.columns == same.columns
            kept = [f"{name}_id", *(c for c in same.columns if not c.endswith("_name"))]
            assert french.order(kept[0]).select(*kept).fetchall() == same.order(kept[0]).select(*kept).fetchall()
        names = [
            name for (name,) in con.read_parquet(str(folder / "client_fr.parquet")).select("client_name").fetchall()
        ]
        assert len(set(names)) == len(names)
        assert all(re.fullmatch(r"[A-Za-zÀ-ÿ’ -]+", name) for name in names)
        assert ("Ophtalmologie",) in con.read_parquet(str(folder / "branch_fr.parquet")).select(
            "branch_name"
        ).fetchall()


@pytest.mark.parametrize(("lines", "clients"), [(1_000, 60 + 3), (60_000, 60_000 // 50 + 60_000 // 1000)])
def test_about_as_many_lines_as_asked_for_and_clients_in_proportion(tmp_path, lines, clients):
    make_demo(tmp_path, TODAY, lines)
    (made,) = duckdb.sql(f"SELECT count(*) FROM '{tmp_path}/sale_line/*.parquet'").fetchone()
    assert 0.95 * lines <= made <= 1.05 * lines
    assert duckdb.sql(f"SELECT count(*) FROM '{tmp_path}/client.parquet'").fetchone() == (clients,)


@pytest.mark.parametrize(
    ("today", "first", "last"),
    [
        (dt.date(2026, 11, 1), "2024-11", "2026-10"),
        (dt.date(2026, 1, 1), "2024-01", "2025-12"),
        (dt.date(2024, 3, 31), "2022-03", "2024-02"),
    ],
)
def test_months_end_with_the_last_complete_one(tmp_path, today, first, last):
    make_demo(tmp_path, today, 1_000)
    names = sorted(p.stem for p in (tmp_path / "sale_line").iterdir())
    assert (len(names), names[0], names[-1]) == (24, first, last)
    for name in names:
        file = str(tmp_path / "sale_line" / f"{name}.parquet")
        assert duckdb.sql(f"SELECT DISTINCT strftime(sold_at, '%Y-%m') FROM '{file}'").fetchall() == [(name,)]


def test_each_file_is_sorted_by_time(folder):
    for file in (folder / "sale_line").iterdir():
        moments = [moment for (moment,) in duckdb.sql(f"SELECT sold_at FROM '{file}'").fetchall()]
        assert moments == sorted(moments)


def test_same_arguments_same_bytes_on_any_number_of_threads(folder, tmp_path, monkeypatch):
    connect = duckdb.connect
    monkeypatch.setattr(duckdb, "connect", lambda config: connect(config=config | {"threads": 5}))
    make_demo(tmp_path, TODAY)
    assert digest(tmp_path) == digest(folder)


def test_an_earlier_demo_is_replaced(tmp_path):
    make_demo(tmp_path, dt.date(2026, 9, 10), 1_000)
    make_demo(tmp_path, TODAY, 1_000)
    for name in ("sale_line", "bonus_entry"):
        months = sorted(p.stem for p in (tmp_path / name).glob("????-??.parquet"))
        assert (len(months), months[-1]) == (24, "2026-10")


@pytest.mark.parametrize("lines", [0, 999, 10**9 + 1])
def test_a_size_out_of_range_is_one_sentence(tmp_path, lines):
    with pytest.raises(BadParameter, match="lines must lie between"):
        make_demo(tmp_path, TODAY, lines)


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotCreate, match="cannot be written"):
        make_demo(tmp_path / "file", TODAY, 1_000)


# Clients


def test_a_dozen_clients_bring_half_of_the_last_month(ask):
    nets = [net for (net,) in ask(f"""
        SELECT sum(amount) FROM sale_line WHERE {LAST_MONTH} AND {COUNTS} AND client_id IS NOT NULL
        GROUP BY client_id ORDER BY 1 DESC""")]  # fmt: skip
    assert 150 <= len(nets) <= 260
    best = next(n for n in range(len(nets)) if 2 * sum(nets[:n]) >= sum(nets))
    assert 10 <= best <= 15


@pytest.mark.parametrize("seed", [1, 2])
def test_two_of_the_better_clients_tie_in_the_last_month(tmp_path, seed):
    make_demo(tmp_path, TODAY, 20_000, seed)
    nets = duckdb.sql(f"""
        SELECT client_id, sum(amount) FROM '{tmp_path}/sale_line/2026-10.parquet'
        WHERE {COUNTS} AND client_id IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1""").fetchall()
    rank = next(n for n, (client_id, _) in enumerate(nets) if client_id == "B-204")
    assert nets[rank + 1][0] == "a-204"
    assert nets[rank][1] == nets[rank + 1][1]
    assert rank < len(nets) // 10


def test_clients_are_new_returning_recovered_and_lost(ask):
    days = defaultdict(list)
    for client_id, day in ask(f"""
            SELECT client_id, sold_at::DATE FROM sale_line
            WHERE {COUNTS} AND kind = 'sale' AND client_id IS NOT NULL ORDER BY sold_at"""):  # fmt: skip
        days[client_id].append(day)
    begin, previous = dt.date(2026, 10, 1), dt.date(2026, 9, 1)
    kinds = Counter()
    for bought in days.values():
        before = [day for day in bought if day < begin]
        kinds["lost"] += bought[-1] < begin and bought[-1] >= previous
        if bought[-1] >= begin:
            gap = before and (bought[len(before)] - before[-1]).days > 365
            kinds["recovered" if gap else "returning" if before else "new"] += 1
    assert kinds["returning"] > 100
    assert kinds["lost"] > 20
    assert kinds["new"] >= 3
    assert kinds["recovered"] >= 3


def test_some_clients_never_bought_and_all_who_bought_are_known(ask):
    assert 10 <= ask("SELECT count(*) FROM client ANTI JOIN sale_line USING (client_id)")[0][0] <= 60
    unknown = ask("SELECT client_id FROM sale_line ANTI JOIN client USING (client_id)")
    assert set(unknown) == {(None,)}


def test_nobody_buys_before_being_registered(ask):
    assert ask("SELECT count(*) FROM sale_line JOIN client USING (client_id) WHERE sold_at < created_on") == [(0,)]


def test_names_are_in_many_scripts_hostile_and_not_unique(ask):
    names = dict(ask("SELECT client_id, client_name FROM client"))
    assert set(SPECIAL_NAMES) <= set(names.values())
    assert names["7"] == names["007"]
    assert {"NA", "null", "True", "None", "nan"} <= set(names.values())
    assert max(map(len, names.values())) == 300
    scripts = {
        "Latin": "é",
        "Cyrillic": "Ж",
        "Greek": "Ζ",
        "Arabic": "ن",
        "Hebrew": "א",
        "Han": "云",
        "Turkish": "ı",
    }
    together = "".join(names.values())
    assert all(letter in together for letter in scripts.values())
    ordinary = [name for name in names.values() if name not in SPECIAL_NAMES]
    assert len(set(ordinary)) == len(ordinary)
    bought = {client_id for (client_id,) in ask(f"SELECT DISTINCT client_id FROM sale_line WHERE {LAST_MONTH}")}
    assert sum(names[client_id] in SPECIAL_NAMES for client_id in bought - {None}) > 20


# Branches


def test_one_branch_opens_one_closes_one_is_renamed(ask):
    assert ask("SELECT branch_name, opened_on FROM branch WHERE opened_on > '2024-11-01'") == [
        ("Physiotherapy", dt.date(2026, 8, 1))
    ]
    assert ask("SELECT branch_name, closed_on FROM branch WHERE closed_on IS NOT NULL") == [
        ("Ophthalmology", dt.date(2026, 10, 14))
    ]
    assert ask("SELECT name, valid_from FROM branch_name WHERE branch_id = 'D5' ORDER BY valid_from") == [
        ("X-ray", dt.date(2015, 9, 1)),
        ("Radiology", dt.date(2026, 10, 16)),
    ]
    assert ask("SELECT count(*) FROM branch") == [(8,)]


def test_branches_sell_while_they_are_open(ask):
    closed = "kind = 'sale' AND (sold_at < opened_on OR sold_at::DATE > closed_on)"
    assert ask(f"SELECT count(*) FROM sale_line JOIN branch USING (branch_id) WHERE {closed}") == [(0,)]
    assert ask(f"SELECT count(DISTINCT branch_id) FROM sale_line WHERE {LAST_MONTH} AND {COUNTS}") == [(8,)]


# Lines


@pytest.mark.parametrize(
    ("what", "condition", "least", "most"),
    [
        ("without a client", "client_id IS NULL", 2, 5),
        ("without a branch", "branch_id IS NULL", 0.1, 1),
        ("returns", "kind = 'return'", 1, 4),
        ("drafts", "state = 'draft'", 0.3, 1.5),
        ("cancelled", "state = 'void'", 0.3, 1.5),
        ("tips", "kind = 'tip'", 0.1, 1),
        ("gift cards", "kind = 'gift_card'", 0.1, 1),
        ("without a cost", "cost_amount IS NULL AND item_id IS NOT NULL", 2, 4),
        ("without a base price", "base_amount IS NULL AND item_id IS NOT NULL", 0.1, 2),
        ("with a manual discount", "manual_discount > 0", 2, 6),
        ("with a coupon", "coupon_discount > 0", 1, 3),
        ("paid with points", "bonus_paid > 0", 1, 10),
    ],
)
def test_special_lines_are_a_few_percent_and_in_the_last_month(ask, what, condition, least, most):
    assert least <= ask(f"SELECT 100 * avg(({condition})::INT) FROM sale_line")[0][0] <= most, what
    assert ask(f"SELECT count(*) FROM sale_line WHERE {LAST_MONTH} AND {condition}")[0][0] > 0, what


def test_sales_fall_into_opening_hours_but_for_the_first_and_the_last_moment(ask):
    odd = "sold_at::TIME NOT BETWEEN '08:00' AND '19:00'"
    assert ask(f"SELECT DISTINCT sold_at FROM sale_line WHERE {odd} ORDER BY 1") == [
        (dt.datetime(2026, 10, 1),),
        (dt.datetime(2026, 10, 31, 23, 59, 59, 999_000),),
    ]


def test_the_waterfall_of_every_line_adds_up(ask):
    """base − list discount − manual − coupon − paid with points = amount, every step towards zero."""
    for kind, base, listed, *given, amount in ask("""
            SELECT kind, base_amount, list_amount, manual_discount, coupon_discount, bonus_paid, amount
            FROM sale_line WHERE item_id IS NOT NULL"""):  # fmt: skip
        sign = -1 if kind == "return" else 1
        list_discount = listed - listed if base is None else base - listed
        assert (listed if base is None else base) - list_discount - sum(given) == amount
        assert all(sign * part >= 0 for part in (list_discount, *given, amount))


def test_tax_is_a_fifth_on_top_included(ask):
    cent = Decimal("0.01")
    rows = ask("SELECT amount, tax_amount FROM sale_line WHERE item_id IS NOT NULL")
    assert all(tax == (amount / 6).quantize(cent, ROUND_HALF_UP) for amount, tax in rows)


def test_base_and_list_amounts_are_prices_of_the_day_times_quantity(ask):
    price = """SELECT price FROM price_list_item p WHERE p.item_id = l.item_id AND p.price_list_id = {}
               AND sold_at::DATE BETWEEN valid_from AND coalesce(valid_to, DATE '9999-12-31')"""
    rows = ask(f"""
        SELECT quantity, base_amount, list_amount,
               ({price.format("'STD'")}), ({price.format("l.price_list_id")})
        FROM sale_line l WHERE kind = 'sale' AND base_amount IS NOT NULL""")
    assert len(rows) > 15_000
    assert all((quantity * base, quantity * listed) == (b, li) for quantity, b, li, base, listed in rows)


@pytest.mark.parametrize(("list_id", "percent"), [("STD", 0), ("VIP", 15), ("SEN", 5), ("EMP", 20), ("PAR", 8)])
def test_lists_are_the_standard_one_less_a_percentage(ask, list_id, percent):
    rows = ask(f"""
        SELECT s.price, l.price FROM price_list_item s JOIN price_list_item l USING (item_id, valid_from)
        WHERE s.price_list_id = 'STD' AND l.price_list_id = '{list_id}'""")
    assert len(rows) == 2 * 39
    cent = Decimal("0.01")
    assert all(price == (standard * (100 - percent) / 100).quantize(cent, ROUND_HALF_UP) for standard, price in rows)


def test_a_return_gives_back_lines_of_an_earlier_sale_once(ask):
    rows = ask("""
        SELECT r.client_id IS NOT DISTINCT FROM s.client_id AND r.branch_id IS NOT DISTINCT FROM s.branch_id
               AND r.item_id = s.item_id AND s.kind = 'sale' AND s.state = 'final' AND s.sold_at < r.sold_at
               AND r.amount = -s.amount AND r.cost_amount IS NOT DISTINCT FROM -s.cost_amount,
               r.original_sale_id, r.original_line_no
        FROM sale_line r LEFT JOIN sale_line s
             ON s.sale_id = r.original_sale_id AND s.line_no = r.original_line_no
        WHERE r.kind = 'return'""")
    assert all(is_right for is_right, *_ in rows)
    assert len({tuple(line) for _, *line in rows}) == len(rows)


def test_a_line_is_named_once(ask):
    assert ask("SELECT count(*) - count(DISTINCT (sale_id, line_no)) FROM sale_line") == [(0,)]


# Price lists


def test_some_clients_change_their_list_inside_the_last_month(ask):
    rows = ask("""
        SELECT n.client_id FROM client_price_list n JOIN client_price_list o USING (client_id)
        WHERE o.valid_to = n.valid_from - 1 AND n.valid_from > '2026-10-01'
          AND o.price_list_id <> n.price_list_id""")
    assert 3 <= len(rows) <= 12
    bought = {client_id for (client_id,) in ask(f"SELECT DISTINCT client_id FROM sale_line WHERE {LAST_MONTH}")}
    assert {client_id for (client_id,) in rows} & bought


def test_assignments_follow_one_another_without_overlap(ask):
    history = defaultdict(list)
    for client_id, *row in ask(
        "SELECT client_id, valid_from, valid_to, price_list_id FROM client_price_list ORDER BY 1, 2"
    ):
        history[client_id].append(row)
    for rows in history.values():
        assert all(until < begin for (_, until, _), (begin, _, _) in pairwise(rows))
        assert rows[-1][1] is None
    current = dict(ask("SELECT client_id, price_list_id FROM client"))
    assert {client_id: rows[-1][2] for client_id, rows in history.items()} == {
        client_id: list_id for client_id, list_id in current.items() if list_id
    }
    assert 10 <= sum(list_id is None for list_id in current.values()) <= 80
    assert set(current.values()) == {None, "STD", "VIP", "SEN", "EMP", "PAR"}


def test_few_lines_have_another_list_than_the_assigned_one(ask):
    (share,) = ask("""
        SELECT 100 * avg((l.price_list_id <> coalesce(a.price_list_id, 'STD'))::INT)
        FROM sale_line l LEFT JOIN client_price_list a ON a.client_id = l.client_id
             AND sold_at::DATE BETWEEN valid_from AND coalesce(valid_to, DATE '9999-12-31')
        WHERE kind = 'sale' AND item_id IS NOT NULL""")[0]
    assert 0.5 <= share <= 2


# The ledger


def documents(ask) -> dict[str, tuple]:
    """sale_id → (client, kind, amount, bonus paid, original) of what may earn points."""
    rows = ask(f"""
        SELECT sale_id, client_id, kind, sum(amount), sum(bonus_paid), any_value(original_sale_id)
        FROM sale_line WHERE {COUNTS} AND client_id IS NOT NULL GROUP BY ALL""")
    return {sale_id: tuple(rest) for sale_id, *rest in rows}


def test_points_are_the_rate_of_each_document(ask):
    kind_of = dict(ask("SELECT client_id, bonus_kind_id FROM client"))
    sales = documents(ask)
    earned, reversed_, redeemed = {}, {}, {}

    def points(client_id, amount):
        return (amount * RATES[kind_of[client_id]][0]).quantize(Decimal(1), ROUND_HALF_UP)

    for sale_id, (client_id, kind, amount, paid, _) in sales.items():
        if kind == "sale" and amount >= RATES[kind_of[client_id]][1] and points(client_id, amount):
            earned[sale_id] = points(client_id, amount)
        if paid:
            redeemed[sale_id] = -paid * 10
    for sale_id, (client_id, kind, amount, _, original) in sales.items():
        if kind == "return" and (back := min(points(client_id, -amount), earned.get(original, Decimal(0)))):
            reversed_[sale_id] = -back
    ledger = {kind: {} for kind in ("accrued", "reversed", "redeemed", "expired")}
    for kind, sale_id, amount in ask("SELECT kind, sale_id, points FROM bonus_entry"):
        ledger[kind][sale_id] = amount
    assert ledger["accrued"] == earned
    assert ledger["reversed"] == reversed_
    assert ledger["redeemed"] == redeemed
    assert all(ledger.values())


def test_what_is_left_of_points_expires_after_a_year(ask):
    """Points lie in lots; whatever is taken by a lot's last day comes out of those that expire first."""
    lots, taken = defaultdict(list), defaultdict(list)
    for client_id, moment, points, kind, expires_on in ask("""
            SELECT client_id, entry_at, points, kind, expires_on FROM bonus_entry
            WHERE kind <> 'expired' ORDER BY entry_at"""):  # fmt: skip
        if kind == "accrued":
            assert expires_on == moment.date() + dt.timedelta(365)
            lots[client_id].append((expires_on, points))
        else:
            taken[client_id].append((moment.date(), -points))
    gone = Counter()
    for client_id, client_lots in lots.items():
        used = Decimal(0)  # of what was taken so far, how much came out of earlier lots
        for expires_on, points in client_lots:
            if expires_on <= dt.date(2026, 10, 31):
                out = sum(p for day, p in taken[client_id] if day <= expires_on) - used
                used += min(out, points)
                gone[client_id] += points - min(out, points)
    ledger = dict(ask("SELECT client_id, -sum(points) FROM bonus_entry WHERE kind = 'expired' GROUP BY ALL"))
    assert ledger == {client_id: points for client_id, points in gone.items() if points}


def test_only_a_return_takes_a_balance_below_zero(ask):
    rows = ask("""
        SELECT kind, sum(points) OVER so_far, bool_or(kind = 'reversed') OVER so_far FROM bonus_entry
        WINDOW so_far AS (PARTITION BY client_id ORDER BY entry_at, entry_id)""")
    assert all(balance >= 0 or had_return for _, balance, had_return in rows)
