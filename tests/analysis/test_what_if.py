"""What if? Any small company replayed: by its own rules to the last digit, by others only where they differ."""

from decimal import Decimal as D

import pytest
import referee_points
import yaml
from ascii_table import rows
from company import company, opened
from hypothesis import Phase, given, note, settings
from hypothesis import strategies as st
from referee_points import Rules
from tiny import examples

from helpers.analysis.discounts import discounts, discounts_by
from helpers.analysis.points import bonus_points
from helpers.analysis.points.ledger import rules_of
from helpers.analysis.rating import rating
from helpers.analysis.what_if import under_rules, what_if
from helpers.errors import BadParameter

LISTS = """
    price_list_id | price_list_name | is_base
    std           | Standard        | true
    vip           | VIP             | false
    dear          | Night prices    | false
"""
CLIENTS = """
    client_id | client_name | bonus_kind_id
    ann       | Ann         | three
    bob       | Bob         | ten
    cid       | Cid         | none
    dot       | Dot         |
"""
KINDS = """
    bonus_kind_id | name       | rate | min_order | expiry_days
    none          | No bonuses | 0    |           |
    three         | 3 %        | 0.03 | 20        | 30
    ten           | 10 %       | 0.1  |           |
"""
HEAD = ("sale_id | line_no | client_id | sold_at | amount | kind | item_id | price_list_id | base_amount | list_amount"
        " | manual_discount | coupon_discount | bonus_paid | original_sale_id")  # fmt: skip
FIRST, LAST = "2026-09-01", "2026-09-30"
NOW = Rules(lists={"dear": (D(-10), None)})

cents = st.integers(0, 40_000).map(lambda n: D(n) / 100)
LINE = st.tuples(
    st.sampled_from(["tea", "cup", "card"]), st.sampled_from(["std", "std", "vip", "dear"]), cents,
    st.sampled_from([D(0), D(0), D("0.1"), D("0.333"), D("-0.1")]), st.sampled_from([D(0), D(0), D("0.05")]),
    st.sampled_from([D(0), D(0), D("1.50")]), st.booleans()
)  # fmt: skip
DOCUMENT = st.tuples(
    st.sampled_from(["ann", "bob", "cid", "dot"]), st.integers(0, 60), st.lists(LINE, min_size=1, max_size=3),
    st.sampled_from([D(0), D(0), D(7), D(40)]), st.integers(0, 6)
)  # fmt: skip
DOCUMENTS = st.lists(DOCUMENT, min_size=4, max_size=16)


def drawn(documents: list[tuple]) -> str:
    """Documents as an ASCII table in which each line's waterfall adds up; a document may give an earlier one back."""
    text, sold, last = [HEAD], {}, {}
    for number, (client, day, lines, points, back) in enumerate(sorted(documents, key=lambda d: d[1])):
        moment = f"2026-{8 + day // 31:02d}-{1 + day % 31:02d} {number % 24:02d}:00:00"
        if back == 1 and client in last:
            origin = last.pop(client)
            for line in sold[origin]:
                text.append(written(number, client, moment, "return", *line, origin=origin))
            continue
        sold[number] = [_parts(*line, points if n == 0 else D(0)) for n, line in enumerate(lines)]
        last[client] = number
        for n, line in enumerate(sold[number], 1):
            text.append(written(number, client, moment, "sale", n, *line))
        sold[number] = [(n, line[0], line[1], *(None if v is None else -v for v in line[2:]))
                        for n, line in enumerate(sold[number], 1)][: 1 + number % 3]  # fmt: skip
    return "\n".join(text)


def _parts(item, list_id, base, off, by_hand, coupon, is_known, points):
    listed = base - round(base * off, 2) if list_id != "std" else base
    manual = round(listed * by_hand, 2)
    coupon = min(coupon, listed - manual)
    points = min(points, listed - manual - coupon)
    net = listed - manual - coupon - points
    return item, list_id, net, base if is_known or list_id == "std" else None, listed, manual, coupon, points


def written(sale, client, moment, kind, line_no, item, list_id, net, base, listed, manual, coupon, points, origin=""):
    """One row of the table."""
    cells = [sale, line_no, client, moment, net, kind, item, list_id, base, listed, manual, coupon, points, origin]
    return " | ".join("" if c is None else str(c) for c in cells)


CHANGES = {
    "same": ({}, NOW),
    "a rate": ({"kinds": {"ten": {"rate": 0.15}}},
               Rules(NOW.kinds | {"bob": (D("0.15"), 0, None)}, lists=NOW.lists)),
    "a minimum": ({"kinds": {"three": {"min_order": 150}}},
                  Rules(NOW.kinds | {"ann": (D("0.03"), 150, 30)}, lists=NOW.lists)),
    "a tier": ({"tiers": [{"from": 300, "rate": 0.2}]}, Rules(tiers=((300, D("0.2")),), lists=NOW.lists)),
    "an exclusion": ({"excluded_items": ["card"]}, Rules(excluded=("card",), lists=NOW.lists)),
    "a part": ({"max_part_paid": 0.1}, Rules(part=D("0.1"), lists=NOW.lists)),
    "a list": ({"price_lists": {"vip": {"percent_off": 12.5}}}, Rules(lists=NOW.lists | {"vip": (D("12.5"), None)})),
    "a list to reach": ({"price_lists": {"vip": {"percent_off": 15, "from": 400}}},
                        Rules(lists=NOW.lists | {"vip": (D(15), 400)})),
}  # fmt: skip


def company_of(root, table: str):
    """The sales of a company of these lines, and a file of rules for each change."""
    tables = {"sale_line": table, "price_list": LISTS, "client": CLIENTS, "bonus_kind": KINDS}
    company(root, tables, point_value="1")
    files = {"rules": {"price_lists": {"dear": {"percent_off": -10}}}}
    files |= {_file(change): other for change, (other, _) in CHANGES.items()}
    for name, rules in files.items():
        (root / "params" / "acme" / f"{name}.yaml").write_text(yaml.safe_dump(rules))
    return opened(root, "2026-09")


def _file(change: str) -> str:
    return f"rules.{change.replace(' ', '_')}"


def figures(made) -> tuple[dict, dict, dict]:
    """A replay's clients, lists and totals of points, without what is zero."""
    rows = made.clients.to_pandas().itertuples()
    clients = {r.client_id: (r.net, r.list_discount, r.accrued, r.closing) for r in rows}
    lists = {r.price_list_id: (r.net, r.discount) for r in made.discounts.by_list.itertuples()}
    points = {k: v for k, v in vars(made.points).items() if k not in ("reader", "point_value", "liability") and v}
    return {c: f for c, f in clients.items() if any(f)}, lists, points


def expected(table: str, then: Rules) -> tuple[dict, dict, dict]:
    """The same by the referee."""
    clients, lists, moves = referee_points.replayed(rows(table), FIRST, LAST, NOW, then)
    of_clients = {c: (*clients.get(c, (0, 0)), moves.get(c, {}).get("accrued", 0), moves.get(c, {}).get("closing", 0))
                  for c in {*clients, *moves}}  # fmt: skip
    totals = {k: sum(m.get(k, D(0)) for m in moves.values()) for m in moves.values() for k in m}
    of_clients = {c: f for c, f in of_clients.items() if any(f)}
    return of_clients, {k: tuple(v) for k, v in lists.items()}, {k: v for k, v in totals.items() if v}


def touched(table: str, change: str) -> set[str]:
    """Who may be touched by a change: those with a line of the period that it speaks of."""
    lines = [r for r in rows(table) if r["sold_at"] >= FIRST]
    said = {
        "same": lambda r: False,
        "a rate": lambda r: r["client_id"] == "bob",
        "a minimum": lambda r: r["client_id"] == "ann",
        "a tier": lambda r: r["client_id"] in ("ann", "bob") and spent(table, r["client_id"]) >= 300,
        "an exclusion": lambda r: r["item_id"] == "card" and r["client_id"] in ("ann", "bob"),
        "a part": lambda r: D(r["bonus_paid"]) > 0,
        "a list": lambda r: r["price_list_id"] == "vip",
        "a list to reach": lambda r: r["price_list_id"] == "vip" or spent(table, r["client_id"]) >= 400,
    }[change]
    return {r["client_id"] for r in lines if said(r)}


def spent(table: str, client: str) -> D:
    """What a client's sales came to, returns apart: the most that can have been reached."""
    return sum((D(r["amount"]) for r in rows(table) if r["client_id"] == client and r["kind"] == "sale"), D(0))


@given(DOCUMENTS)
@settings(max_examples=examples(5), phases=[Phase.generate])
def test_a_changed_rule_changes_only_what_it_should(tmp_path_factory, documents):
    table = drawn(documents)
    note(table)
    sales = company_of(tmp_path_factory.mktemp("acme"), table)
    now = figures(under_rules(sales, rules_of(sales)))
    assert now == expected(table, NOW)
    for change, (_, rules) in CHANGES.items():
        note(change)
        then = figures(under_rules(sales, rules_of(sales, _file(change))))
        assert then == expected(table, rules)
        assert_only_what_it_should(table, change, now, then)


def assert_only_what_it_should(table: str, change: str, now: tuple, then: tuple) -> None:
    """Of the figures of two replays, those that a change does not speak of are the same."""
    (clients, lists, points), (clients_then, lists_then, points_then) = now, then
    assert {c for c in {*clients, *clients_then} if clients.get(c) != clients_then.get(c)} <= touched(table, change)
    net, net_then = (sum(net for net, *_ in each.values()) for each in (clients, clients_then))
    redeemed, redeemed_then = points.get("redeemed", 0), points_then.get("redeemed", 0)
    if change == "a part":
        assert net_then - net == redeemed - redeemed_then >= 0
    else:
        assert redeemed == redeemed_then
        assert "list" in change or net == net_then
    if "list" not in change:
        assert {k: d for k, (_, d) in lists.items()} == {k: d for k, (_, d) in lists_then.items()}
    if change == "a list":
        assert {k: v for k, v in lists.items() if k != "vip"} == {k: v for k, v in lists_then.items() if k != "vip"}
    assert points.get("opening", 0) == points_then.get("opening", 0)


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        ({"price_lists": {"VIP": {"percent_off": 5}}}, "what_if: price_lists: there is no 'VIP', did you mean 'vip'?"),
        ({"kinds": {"platin": {"rate": 1}}}, "what_if: kinds: there is no 'platin'; allowed: none, ten, three"),
    ],
)
def test_terms_of_what_there_is_not_are_refused(tmp_path, other, sentence):
    lines = f"{HEAD}\n1 | 1 | ann | 2026-09-02 | 9 | sale | tea | std | 9 | 9 | 0 | 0 | 0 |"
    with pytest.raises(BadParameter) as refused:
        what_if(company_of(tmp_path, lines), other)
    assert str(refused.value) == sentence


def test_terms_that_only_the_companys_own_rules_have_are_no_mistake(tmp_path):
    sales = company_of(tmp_path, f"{HEAD}\n1 | 1 | ann | 2026-09-02 | 9 | sale | tea | std | 9 | 9 | 0 | 0 | 0 |")
    (sales.root / "params" / "acme" / "rules.yaml").write_text("kinds: {gold: {rate: 0.5}}\n")
    assert what_if(sales, {"points_decimals": 2}).then.net == 9


def test_a_list_that_one_client_reached_is_no_other_s_who_bought_at_the_same_moment(tmp_path):
    """Without numbers of documents a client's moment is one: ann has brought 400 before the second, bob nothing."""
    lines = f"""{HEAD}
           | 1 | ann | 2026-09-01 | 400 | sale | tea | std | 400 | 400 | 0 | 0 | 0 |
           | 1 | ann | 2026-09-02 | 100 | sale | tea | std | 100 | 100 | 0 | 0 | 0 |
           | 1 | bob | 2026-09-02 | 100 | sale | tea | std | 100 | 100 | 0 | 0 | 0 |"""
    found = what_if(company_of(tmp_path, lines), _file("a list to reach"))
    assert (found.now.net, found.then.net) == (600, 400 + D(100) * 85 / 100 + 100)


@given(DOCUMENTS)
@settings(max_examples=examples(5), phases=[Phase.generate])
def test_the_companys_own_rules_give_the_actual_figures(tmp_path_factory, documents):
    sales = company_of(tmp_path_factory.mktemp("acme"), drawn(documents))
    found = what_if(sales, _file("same"))
    actual = discounts(sales)
    ranked = rating(sales).frame
    by_client = discounts_by(sales, "client_id").frame
    for made in (found.now, found.then):
        assert made.points == bonus_points(sales)
        assert made.net == actual.net == sum(ranked.net, D(0))
        assert made.discounts.by_list.to_dict("records") == actual.by_list.to_dict("records")
        clients = made.clients.to_pandas().set_index("client_id")
        assert {r.client_id: r.net for r in ranked.itertuples()} == clients.net[ranked.client_id].to_dict()
        assert {r.client_id: r.list_discount for r in by_client.itertuples()} == clients.list_discount[
            by_client.client_id
        ].to_dict()
    assert found.by_client.empty
