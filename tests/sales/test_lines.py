"""Whose a line is, when it counts, and in what money: originals of returns, currencies, merged clients."""

import datetime as dt
from decimal import Decimal as D

import pytest
from company import company, opened

from helpers.analysis.control_totals import control_totals
from helpers.analysis.cross_report import cross_report
from helpers.analysis.movement import movement
from helpers.analysis.rating import rating
from helpers.analysis.summary import summary
from helpers.errors import BadConfiguration, BadData, BadParameter
from helpers.sales.quality import findings

pytestmark = pytest.mark.every_engine


def nets(root, period="2026-10", **parameters) -> dict[str, D]:
    sales = opened(root, period, **parameters)
    sales.left_out  # noqa: B018  (raises for what nobody mapped)
    table = rating(sales).frame
    return dict(zip(table.client_id, table.net, strict=True)) if len(table) else {}


RETURNS = """
    sale_id | line_no | client_id | sold_at             | amount | original_sale_id | original_line_no
    s1      | 1       | ann       | 2026-09-10 10:00:00 | 100    |                  |
    s1      | 2       | ann       | 2026-09-10 10:00:00 | 50     |                  |
    s2      | 1       | bob       | 2026-10-02 10:00:00 | 70     |                  |
    s3      | 1       |           | 2026-10-05 10:00:00 | -50    | s1               | 2
    s4      | 1       | bob       | 2026-10-06 10:00:00 | -7     | gone             | 1
"""


@pytest.mark.on_spark
def test_a_return_counts_where_it_happened_or_where_its_original_did(tmp_path):
    now = company(tmp_path / "now", {"sale_line": RETURNS})
    assert (nets(now, "2026-09"), nets(now)) == ({"ann": D(100) + 50}, {"bob": D(70) - 7})
    then = company(tmp_path / "then", {"sale_line": RETURNS}, returns_date="original")
    assert (nets(then, "2026-09"), nets(then)) == ({"ann": D(100) + 50 - 50}, {"bob": D(70) - 7})


def test_original_dates_without_originals_are_refused(tmp_path):
    lines = "client_id | sold_at | amount\na | 2026-10-01 10:00:00 | 5"
    with pytest.raises(BadConfiguration, match="original_sale_id"):
        nets(company(tmp_path, {"sale_line": lines}, returns_date="original"))


CURRENCIES = """
    client_id | sold_at             | amount | currency | fx_to_report
    ann       | 2026-10-01 10:00:00 | 10.005 | EUR      |
    ann       | 2026-10-02 10:00:00 | 10.01  | USD      |
    ann       | 2026-10-05 10:00:00 | 10.01  | usd      |
    bob       | 2026-10-06 10:00:00 | 1000   | JPY      | 0.0061234567
    bob       | 2026-10-06 10:00:00 | -10.01 | USD      |
    cid       | 2026-10-06 10:00:00 | 3      |          |
"""
RATES = """
    currency | rate_date  | rate
    USD      | 2026-09-20 | 7
    USD      | 2026-10-02 | 0.85
    USD      | 2026-10-06 | 0.5
"""


@pytest.mark.on_spark
def test_each_line_is_converted_at_its_day_and_rounded_then_summed(tmp_path):
    found = nets(company(tmp_path, {"sale_line": CURRENCIES, "fx_rate": RATES}))
    # 10.01 × 0.85 = 8.5085 → 8.51 on its day and on the Monday after it; 10.01 × 0.5 = 5.005 → 5.01
    assert found == {"ann": D("10.005") + D("8.51") + D("8.51"), "bob": D("6.12") - D("5.01"), "cid": D(3)}


@pytest.mark.on_spark
def test_a_rate_holds_for_seven_days_and_not_for_eight(tmp_path):
    tables = {"fx_rate": "currency | rate_date | rate\nUSD | 2026-09-25 | 0.5"}
    line = "client_id | sold_at | amount | currency\na | 2026-10-{} | 5 | USD"
    week = company(tmp_path / "week", tables | {"sale_line": line.format("02 23:59:59")})
    assert nets(week) == {"a": D(5) * D("0.5")}
    with pytest.raises(BadData, match="no exchange rate to EUR for USD"):
        nets(company(tmp_path / "more", tables | {"sale_line": line.format("03 00:00:00")}))


@pytest.mark.on_spark
def test_half_a_cent_is_rounded_away_from_zero(tmp_path):
    lines = """
        client_id | sold_at             | amount | currency | fx_to_report
        a         | 2026-10-01 10:00:00 | 0.01   | USD      | 0.5
        b         | 2026-10-01 10:00:00 | -0.01  | USD      | 0.5
        c         | 2026-10-01 10:00:00 | 0.01   | USD      | 0.4999999999
        d         | 2026-10-01 10:00:00 | 0.03   | USD      | 0.5
    """
    # 0.005 → 0.01, −0.005 → −0.01, just under half a cent → 0, 0.015 → 0.02
    expected = {"a": D("0.01"), "b": D("-0.01"), "c": D(0), "d": D("0.02")}
    assert nets(company(tmp_path, {"sale_line": lines})) == expected


@pytest.mark.on_spark
def test_large_amounts_are_converted_exactly(tmp_path):
    lines = """
        client_id | sold_at             | amount          | currency | fx_to_report
        ann       | 2026-10-01 10:00:00 | 123456789012.34 | USD      | 0.9876543219
    """
    exact = D("123456789012.34") * D("0.9876543219")
    assert nets(company(tmp_path, {"sale_line": lines})) == {"ann": exact.quantize(D("0.01"))}


@pytest.mark.parametrize("rates", [None, "USD | 2026-09-20 | 7", "USD | 2026-10-01 | 7\nUSD | 2026-10-01 | 8"])
def test_a_missing_an_old_and_a_doubtful_rate_are_errors(tmp_path, rates):
    lines = "client_id | sold_at | amount | currency\na | 2026-10-02 10:00:00 | 5 | USD"
    tables = {"sale_line": lines} | ({"fx_rate": f"currency | rate_date | rate\n{rates}"} if rates else {})
    with pytest.raises(BadData, match=r"no exchange rate to EUR for USD.*fx_rate.*fx_to_report.*currency: EUR"):
        nets(company(tmp_path, tables))


@pytest.mark.on_spark
@pytest.mark.parametrize(
    ("currency", "expected", "others"),
    [
        ("EUR", {"ann": D("10.005"), "cid": D(3)}, {"in JPY": 1, "in USD": 3}),
        ("USD", {"ann": D("10.01") + D("10.01"), "bob": D("-10.01")}, {"in EUR": 2, "in JPY": 1}),
    ],
)
def test_one_currency_alone_is_neither_converted_nor_added_to_another(tmp_path, currency, expected, others):
    sales = opened(company(tmp_path, {"sale_line": CURRENCIES}), currency=currency)
    table = rating(sales).frame
    assert dict(zip(table.client_id, table.net, strict=True)) == expected
    assert dict(zip(sales.left_out.reason, sales.left_out.lines, strict=True)) == others
    assert sales.left_out.amount.isna().all()
    assert sales.company.currency == currency


@pytest.mark.on_spark
@pytest.mark.parametrize("currency", ["EUR", "USD"])
@pytest.mark.parametrize("level", ["client", "group"])
@pytest.mark.parametrize("has_alias", [True, False])
def test_one_currency_alone_of_merged_clients(tmp_path, currency, level, has_alias):
    """ann has 10.005 EUR and twice 10.01 USD, bob −10.01 USD, cid 3 EUR; cid is bob, and ann and bob are a house."""
    client = "client_id | client_name | group_id\nann | Ann | house\nbob | Bob | house"
    alias = {"client_alias": "client_id | master_client_id\ncid | bob"} if has_alias else {}
    tables = {"sale_line": CURRENCIES, "client": client} | alias
    sales = opened(company(tmp_path, tables, group_level=level), currency=currency)
    found = rating(sales).frame
    alone = {"EUR": {"ann": D("10.005"), "cid": D(3)}, "USD": {"ann": D("20.02"), "bob": D("-10.01")}}[currency]
    masters = ({"cid": "bob"} if has_alias else {}, {"ann": "house", "bob": "house"} if level == "group" else {})
    expected = {}
    for who, amount in alone.items():
        for master in masters:
            who = master.get(who, who)
        expected[who] = expected.get(who, D(0)) + amount
    assert dict(zip(found.client_id, found.net, strict=True)) == expected
    assert set(sales.left_out.reason) == {"in EUR", "in USD", "in JPY"} - {f"in {currency}"}


def test_a_currency_that_the_lines_do_not_tell_is_refused(tmp_path):
    root = company(tmp_path, {"sale_line": LINES})
    assert nets(root, currency="EUR")["bob"] == D(4000)
    with pytest.raises(BadParameter, match=r"currency: USD needs sale_line\.currency"):
        nets(root, currency="USD")
    with pytest.raises(BadParameter, match="unknown currency 'EUX'"):
        nets(root, currency="EUX")


LINES = """
    client_id | sold_at             | amount
    ann       | 2026-10-01 10:00:00 | 1
    anna      | 2026-10-01 10:00:00 | 20
    annie     | 2026-10-01 10:00:00 | 300
    bob       | 2026-10-01 10:00:00 | 4000
              | 2026-10-01 10:00:00 | 50000
"""
ALIASES = """
    client_id | master_client_id
    annie     | anna
    anna      | ann
    anna      | ann
"""


@pytest.mark.on_spark
def test_aliases_are_followed_to_their_end(tmp_path):
    found = nets(company(tmp_path, {"sale_line": LINES, "client_alias": ALIASES}))
    assert found == {"ann": D(1) + 20 + 300, "bob": D(4000)}


@pytest.mark.parametrize("more", ["ann | annie", "annie | bob"])
def test_a_circle_of_aliases_and_two_masters_are_errors(tmp_path, more):
    with pytest.raises(BadData, match="client_alias"):
        nets(company(tmp_path, {"sale_line": LINES, "client_alias": ALIASES.rstrip() + f"\n{more}"}))


def test_a_chain_of_aliases_may_have_32_links_and_no_more(tmp_path):
    def aliases(links: int) -> str:
        return "client_id | master_client_id\n" + "\n".join(f"c{n} | c{n + 1}" for n in range(links))

    lines = "client_id | sold_at | amount\nc0 | 2026-10-01 10:00:00 | 5"
    whole = company(tmp_path / "whole", {"sale_line": lines, "client_alias": aliases(2**5)})
    assert nets(whole) == {"c32": D(5)}
    with pytest.raises(BadData, match="a chain of over 32"):
        nets(company(tmp_path / "over", {"sale_line": lines, "client_alias": aliases(2**5 + 1)}))


@pytest.mark.on_spark
def test_groups_roll_clients_up(tmp_path):
    client = """
        client_id | client_name | group_id
        ann       | Ann         | house
        bob       | Bob         | house
        anna      | Anna        |
    """
    root = company(tmp_path, {"sale_line": LINES, "client": client}, group_level="group")
    assert nets(root) == {"house": D(1) + 4000, "annie": D(300), "anna": D(20)}
    with pytest.raises(BadConfiguration, match="group_id"):
        nets(company(tmp_path / "without", {"sale_line": LINES}, group_level="group"))


@pytest.mark.on_spark
def test_a_client_who_stands_twice_has_its_lines_once_in_its_latest_group(tmp_path):
    """Settings in pairs, 12: each line stood once for each row of its client, and every total with it."""
    client = """
        client_id | client_name | group_id | created_on
        ann       | Ann         | house    | 2025-01-01
        ann       | Ann Roe     | home     | 2026-01-01
        bob       | Bob         | house    | 2025-01-01
    """
    sales = opened(company(tmp_path, {"sale_line": LINES, "client": client}, group_level="group"))
    assert dict(rating(sales).frame[["client_id", "net"]].to_numpy()) == {
        "house": D(4000), "annie": D(300), "anna": D(20), "home": D(1)
    }  # fmt: skip
    assert control_totals(sales).total == D(1) + 20 + 300 + 4000 + 50000


BEGINS = {"2026-09-01": True, "2026-09-02": False, "2026-10-05": False, "2024-01-01": True}


@pytest.mark.parametrize(("day", "is_covered"), BEGINS.items())
def test_a_comparison_that_the_sales_do_not_cover_is_none(tmp_path, day, is_covered):
    """They begin on its first day or before; else no figure of it is shown."""
    lines = f"""
        client_id | branch_id | sold_at             | amount
        ann       | x         | {day} 10:00:00      | 4
        ann       | x         | 2026-10-05 11:00:00 | 7
    """
    sales = opened(company(tmp_path, {"sale_line": lines}))
    assert sales.begin == dt.date.fromisoformat(day)
    assert (sales.comparable is sales.before) == is_covered
    assert (summary(sales).net_before is not None) == is_covered
    assert (summary(sales).clients_before is not None) == is_covered
    assert (cross_report(sales, 5).before_cells is not None) == is_covered
    if not is_covered:
        counts = movement(sales).counts
        assert [counts[k] for k in ("rose", "fell", "same", "absent")] == [0, 0, 0, 0]
        assert movement(sales).table.net_before.isna().all()


IDENTITY = {
    "sale_line": """
        sale_id | client_id | branch_id | sold_at       | amount | currency | state     | kind     | original_sale_id
        0       | old       | n         | 2026-09-01 10 | 1      | EUR      | posted    | sale     |
        1       | Anna      | n         | 2026-10-01 10 | 100    | EUR      | posted    | sale     |
        1       | anna_     | n         | 2026-10-01 10 | -10    | EUR      | posted    | discount |
        1       | ANNA      | m         | 2026-10-02 10 | 20.02  | USD      | posted    | sale     |
        1       | ^Ben      | s         | 2026-10-02 10 | -10.01 | USD      | posted    | return   |
        2       | Ben       | s         | 2026-10-03 10 | 800    | EUR      | cancelled | sale     |
        2C      | Ben       | s         | 2026-10-04 10 | -800   | EUR      | posted    | return   | 2
        3       | Ben       | s         | 2026-10-05 10 | 7      | EUR      | posted    | ignored  |
    """.replace("_ ", "\u00a0 ")
    .replace("^", "\u200b")
    .replace(" 10 |", " 10:00:00 |"),
    "fx_rate": "currency | rate_date | rate\nUSD | 2026-10-01 | 1.6",
    "branch_alias": "branch_id | master_branch_id\nm | k\nk | n",
}
ALIKE = dict(
    rate_is="foreign_per_report", client_id_ignores=["blanks", "case"], sale_key=["branch_id", "day", "sale_id"]
)  # fmt: skip


@pytest.mark.on_spark
def test_identity_and_rates_are_the_same_on_every_engine(tmp_path):
    """20.02 USD at 1.6 USD a EUR are 12.5125, so 12.51; -10.01 are -6.25625, so -6.26."""
    sales = opened(company(tmp_path, IDENTITY, **ALIKE))
    totals = control_totals(sales)
    table = rating(sales).frame
    assert list(table.net) == [D(100) - 10 + D("12.51"), D("-6.26")]
    assert {c.strip("\u00a0\u200b").casefold() for c in table.client_id} == {"anna", "ben"}
    branches = cross_report(sales, 5).branches.branch_id
    assert list(branches) == ["n", "s"]
    assert (summary(sales).sales_count, summary(sales).credit_notes) == (2, 1)
    made = {f.code: (f.count, f.amount) for f in totals.findings if f.kind.severity == "left out"}
    assert made == {"cancelled": (1, D(800)), "reversal": (1, D(-800)), "ignored": (1, D(7))}
    assert {f.code: f.sample for f in totals.findings}["rates"] == ("1 USD = 0.625 EUR",)
    as_written = opened(company(tmp_path / "raw", IDENTITY, rate_is="foreign_per_report"))
    told = {f.code: (f.count, f.sample) for f in findings(as_written)}
    assert (told["client_spellings"], told["reused_documents"][0]) == ((2, ("case",)), 1)
