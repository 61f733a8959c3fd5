"""Small exports whose right figure is known: what a person would first write, what is said of it, and the line of
source.yaml after which it is right."""

import re
from decimal import Decimal as D
from pathlib import Path

import pytest
import yaml
from accounts import account
from company import opened
from small_export import HEADER, answered, export

from helpers.analysis.cross_report import cross_report
from helpers.analysis.describe_source import describe_source
from helpers.analysis.movement import movement
from helpers.analysis.rating import rating
from helpers.analysis.summary import summary
from helpers.errors import BadConfiguration, BadData
from helpers.sales import Sales
from helpers.sales.quality import findings


def march(root: Path, **parameters) -> Sales:
    return opened(root, "2026-03", "2026-06-01", **parameters)


def nets(sales: Sales) -> dict[str, D]:
    table = rating(sales).frame
    return dict(zip(table.client_id, table.net, strict=True))


def codes(sales: Sales) -> set[str]:
    return {finding.code for finding in findings(sales)}


# -- which way a rate goes ----------

FOREIGN = f"""
    {HEADER},cur
    1,2026-03-02,Anna,North,100.00,EUR
    2,2026-03-02,Ben,North,125.00,USD
"""
RATED = dict(
    sale_line={"currency": "cur"}, fx_rate={"from": "rates.csv", "currency": "cur", "rate_date": "day", "rate": "rate"}
)


@pytest.mark.parametrize(
    ("rate_is", "ben", "said"),
    [("report_per_foreign", D("156.25"), "1 USD = 1.25 EUR"), ("foreign_per_report", D(100), "1 USD = 0.8 EUR")],
)
def test_a_rate_goes_the_way_that_source_yaml_says(tmp_path, rate_is, ben, said):
    root = export(tmp_path, FOREIGN, {"rates.csv": "day,cur,rate\n2026-03-02,USD,1.25"}, **RATED)
    with pytest.raises(BadConfiguration, match="rate_is: report_per_foreign or foreign_per_report is required"):
        march(root)
    sales = march(answered(root, rate_is=rate_is))
    assert nets(sales) == {"Anna": D(100), "Ben": ben}
    assert account(sales) == {"counted": (2, 100 + ben)}
    assert any(said in line for line in describe_source(sales))


def test_a_rate_that_seems_to_be_upside_down_stops_until_it_is_answered(tmp_path):
    """So many yen a euro, taken for euros a yen; of dollars and euros nobody can tell."""
    lines = FOREIGN.replace("125.00,USD", "16000,JPY")
    rates = {"rates.csv": "day,cur,rate\n2026-03-02,JPY,160"}
    root = export(tmp_path, lines, rates, rate_is="report_per_foreign", **RATED)
    with pytest.raises(
        BadData, match=r"upside down: 1 JPY = 160 EUR\. Say in source\.yaml rate_is: foreign_per_report"
    ):
        account(march(root))
    assert account(march(answered(root, rate_is="foreign_per_report"))) == {"counted": (2, D(100) + 16000 / D(160))}


# -- what makes one client, branch and document ----------

SPELLINGS = f"""
    {HEADER}
    0,2025-05-01,anna@example.org,North,50.00
    1,2026-03-01,Anna@Example.org,North,400.00
    2,2026-03-02,anna@example.org,North,30.00
    3,2026-03-02,"anna@example.org ",North,30.00
    4,2026-03-03,ben@example.org,South,420.00
"""


def test_one_client_in_three_spellings_is_told_and_merged_by_one_setting(tmp_path):
    root = export(tmp_path, SPELLINGS)
    said = list(describe_source(march(root)))
    assert any("2 ids of clients differ" in line and "460.00 EUR" in line for line in said)
    assert "             in source.yaml: client_id_ignores: [blanks, case]" in said
    sales = march(answered(root, client_id_ignores=["blanks", "case"]))
    assert list(nets(sales).values()) == [D(400) + 30 + 30, D(420)]
    assert dict(zip(movement(sales).table.net, movement(sales).table.status, strict=True))[D(460)] == "returning"
    assert account(sales) == {"counted": (4, D(880)), "out of period": (1, D(50))}
    assert "client_spellings" not in codes(sales)


def test_a_branch_renamed_by_a_new_code_is_one_column(tmp_path):
    lines = f"""
        {HEADER}
        1,2026-03-01,Anna,WH-01,400.00
        2,2026-03-20,Anna,PARIS,30.00
        3,2026-03-21,Ben,PARIS,70.00
    """
    files = {"branches.csv": "code,name\nPARIS,Paris\nWH-01,Old store", "alias.csv": "old,new\nWH-01,PARIS"}
    branch = {"from": "branches.csv", "branch_id": "code", "branch_name": "name"}
    root = export(tmp_path, lines, files, branch=branch)
    assert list(cross_report(march(root), 5).branches.branch_id) == ["WH-01", "PARIS"]
    alias = {"from": "alias.csv", "branch_id": "old", "master_branch_id": "new"}
    sales = march(answered(root, branch_alias=alias))
    cross = cross_report(sales, 5)
    assert list(cross.branches.branch_id) == ["PARIS"]
    assert account(sales) == {"counted": (3, D(400) + 30 + 70)}


def test_a_branch_with_two_masters_is_refused(tmp_path):
    files = {"alias.csv": "old,new\nNorth,A\nNorth,B"}
    alias = {"from": "alias.csv", "branch_id": "old", "master_branch_id": "new"}
    with pytest.raises(BadData, match="branch_alias: 1 branches with two masters"):
        account(march(export(tmp_path, SPELLINGS, files, branch_alias=alias)))


def test_a_ticket_number_that_starts_anew_each_day_in_each_shop(tmp_path):
    lines = f"""
        {HEADER}
        1,2026-03-01,Anna,North,100.00
        1,2026-03-02,Anna,North,100.00
        1,2026-03-02,Anna,South,100.00
        2,2026-03-02,Ben,South,100.00
    """
    root = export(tmp_path, lines)
    assert "             in source.yaml: sale_key: [branch_id, day, sale_id]" in list(describe_source(march(root)))
    sales = march(answered(root, sale_key=["branch_id", "day", "sale_id"]))
    assert summary(sales).sales_count == 4
    assert account(sales) == {"counted": (4, D(400))}
    assert "reused_documents" not in codes(sales)


def test_a_sale_key_of_no_column_is_refused(tmp_path):
    with pytest.raises(BadConfiguration, match="sale_key: unknown column 'branch', did you mean 'branch_id'"):
        march(export(tmp_path, SPELLINGS, sale_key=["branch"]))


NAMES = """
    doc,date,client,shop,amount,name
    1,2026-03-01,7,North,400.00,Zeta Ltd
    2,2026-03-09,7,North,30.00,Alpha Ltd
    3,2026-03-10,7,North,5.00,
    4,2026-03-02,8,North,1.00,Ben
    5,2026-03-02,8,North,1.00,Benjamin
"""


@pytest.mark.parametrize(
    ("dated", "name"), [({"created_on": "date"}, "Alpha Ltd"), ({}, "Zeta Ltd")], ids=["by day", "by letters"]
)
def test_of_several_names_of_a_client_the_latest_stands(tmp_path, dated, name):
    """And of two names of one day, or where no day is mapped, the last by its letters."""
    client = {"from": "sales.csv", "client_id": "client", "client_name": "name"} | dated
    sales = march(export(tmp_path, NAMES, client=client))
    assert rating(sales).frame.client_name.tolist() == [name, "Benjamin"]
    assert account(sales) == {"counted": (5, D(400) + 30 + 5 + 1 + 1)}


def test_of_several_rows_of_a_client_in_its_own_list_the_latest_stands(tmp_path):
    clients = {"clients.csv": "client,name,since\n7,Zeta Ltd,2025-01-01\n7,Alpha Ltd,2026-01-01\n8,Ben,2025-01-01"}
    client = {"from": "clients.csv", "client_id": "client", "client_name": "name", "created_on": "since"}
    sales = march(export(tmp_path, NAMES, clients, client=client))
    assert rating(sales).frame.client_name.tolist() == ["Alpha Ltd", "Ben"]


# -- what is neither a sale nor a return ----------

REBATES = f"""
    {HEADER}
    1,2026-03-01,Anna,North,110.00
    1,2026-03-01,Anna,North,-10.00
    2,2026-03-02,Ben,South,90.00
    3,2026-03-03,Ben,South,-5.00
"""


@pytest.mark.parametrize(
    "settings",
    [
        dict(negative_lines="discount"),
        dict(sale_line={"kind": "CASE WHEN amount < 0 THEN 'discount' ELSE 'sale' END"}),
        dict(
            sale_line={"kind": "CASE WHEN amount < 0 THEN 'Rebate' ELSE 'Sale' END"},
            kind_map={"Rebate": "discount", "Sale": "sale"},
        ),
    ],
)
def test_a_discount_on_a_line_of_its_own_lowers_the_sale_and_is_no_return(tmp_path, settings):
    sales = march(export(tmp_path, REBATES, **settings))
    table = rating(sales).frame.set_index("client_id")
    assert table.net.to_dict() == {"Anna": D(110) - 10, "Ben": D(90) - 5}
    assert table.returns.fillna(0).tolist() == [0, 0]
    made = summary(sales)
    assert (made.sales_count, made.net / made.sales_count) == (2, D("92.50"))
    assert account(sales) == {"counted": (4, D(185))}
    assert "sign_violations" not in codes(sales)


def test_negative_lines_are_returns_where_nothing_is_said(tmp_path):
    sales = march(export(tmp_path, REBATES))
    assert sum(rating(sales).frame.returns.fillna(0)) == -10 - 5
    made = summary(sales)
    assert (made.sales_count, made.credit_notes) == (2, 1), "the credit note is no sale that an average is divided by"


def test_an_ignored_line_is_left_out_with_its_amount(tmp_path):
    lines = REBATES.replace("3,2026-03-03,Ben,South,-5.00", "3,2026-03-03,Ben,South,7.00")
    kind = {"kind": "CASE WHEN doc = '3' THEN 'ignored' ELSE 'sale' END"}
    sales = march(export(tmp_path, lines, sale_line=kind))
    assert account(sales) == {"counted": (3, D(110) - 10 + 90), "left out": (1, D(7))}


def test_of_a_cancelled_document_and_its_reversal_neither_counts(tmp_path):
    lines = f"""
        {HEADER},state,of
        1,2026-03-01,Anna,North,800.00,cancelled,
        1C,2026-03-02,Anna,North,-800.00,billed,1
        2,2026-03-02,Ben,South,100.00,billed,
        3,2026-03-03,Ben,South,-30.00,billed,2
    """
    states = {"billed": "posted", "cancelled": "cancelled"}
    sales = march(export(tmp_path, lines, sale_line={"state": "state", "original_sale_id": "of"}, state_map=states))
    assert nets(sales) == {"Ben": D(100) - 30}
    assert account(sales) == {"counted": (2, D(70)), "left out": (2, D(800) - 800)}


# -- rows that need one more line ----------


def test_advice_followed_word_by_word_leads_to_the_right_figure(tmp_path):
    """Each refusal names the next line of source.yaml; typed, it gets to the next one or to the figure."""
    cases = {
        "thousands": (f'{HEADER}\n1,2026-03-01,A,N,400.00\n2,2026-03-02,B,N,"1,200.50"', {},
                      "set csv.thousands", dict(csv={"thousands": ","}), D("1600.50")),
        "total": (f"{HEADER}\n1,2026-03-01,A,N,400.00\n2,2026-03-02,B,N,30.00\nTotal,,,,430.00", {},
                  "leave them out by name", dict(sale_line={"skip": {"totals": "doc = 'Total'"}}), D(430)),
        "total allowed": (f"{HEADER}\n1,2026-03-01,A,N,400.00\n2,2026-03-02,B,N,30.00\nTotal,,,,430.00", {},
                          r"tolerance: 1\)", dict(tolerance=1), D(430)),
        "subtotals": (f"{HEADER}\n1,2026-03-01,A,N,400.00\n,2026-03-31,A Total,,400.00\n2,2026-03-02,B,N,30.00\n"
                      ",2026-03-31,B Total,,30.00\n,2026-03-31,Grand Total,,430.00", {},
                      "sale_line: {skip: {totals:", dict(sale_line={"skip": {"totals": "client LIKE '%Total'"}}),
                      D(430)),
        "a blank": ("doc,date,client,shop,Debit,Credit\n1,2026-03-01,A,N,400.00,\n2,2026-03-02,A,N,,30.00",
                    {"sale_line": {"amount": "coalesce(Debit, 0) - Credit"}}, r"write coalesce\(Credit, 0\)",
                    dict(sale_line={"amount": "coalesce(Debit, 0) - coalesce(Credit, 0)"}), D(370)),
        "further lines of an order": (f"{HEADER},state\n1,2026-03-01,A,N,110.00,paid\n1,2026-03-01,A,N,,",
                                      {"state_map": {"paid": "posted"}},
                                      "leave them out by name",
                                      dict(sale_line={"skip": {"further": "state IS NULL"}}), D(110)),
    }  # fmt: skip
    for name, (lines, settings, advice, answer, right) in cases.items():
        root = export(tmp_path / name, lines, **settings)
        with pytest.raises(BadData, match=advice):
            account(march(root))
        assert account(march(answered(root, **answer)))["counted"][1] == right, name


COST = f"{HEADER},cost\n1,2026-03-01,Anna,N,400.00,300\n2,2026-03-02,Anna,N,-100.00,75"
KIND = f"{HEADER},kind\n1,2026-03-01,Anna,N,400.00,sale\n2,2026-03-02,Anna,N,100.00,return"
SALES = f"{HEADER}\n1,2026-03-01,Anna,N,400.00\n2,2026-03-02,Total Recall,N,30.00\n3,2026-03-03,Ben,N,5.00"
MINUS = f"{HEADER}\n" + "\n".join(f"{n},2026-03-01,Anna,N,-{n}.00" for n in range(1, 7))
TO_TYPE: dict[str, tuple[str, dict, D]] = {
    "a client called a total": (f"{SALES}\n9,2026-03-31,total,N,435.00", {}, D(435)),
    "a total of no document": (f"{SALES}\n,2026-03-31,*** Gesamtsumme ***,,435.00", {}, D(435)),
    "a total in a branch's place": (f"{SALES}\n,2026-03-31,,TOTAL GÉNÉRAL,435.00", {}, D(435)),
    "a total of no name": (f"{SALES}\nΣ,2026-03-31,,,435.00", {}, D(435)),
    "a total of no day": (f"{SALES}\nTotal,,,,435.00", {}, D(435)),
    "further lines of a sale": (f"{SALES}\n3,2026-03-03,Ben,N,", {}, D(435)),
    "costs without a sign": (COST, {"sale_line": {"cost_amount": "cost"}}, D(300)),
    "returns without a sign": (KIND, {"sale_line": {"kind": "kind"}}, D(300)),
    "sales with a minus": (MINUS, {}, D(1 + 2 + 3 + 4 + 5 + 6)),
}
"""What stops → the file, what source.yaml says, the amount that is right once what the refusal says is typed."""


@pytest.mark.parametrize(("lines", "settings", "right"), TO_TYPE.values(), ids=list(TO_TYPE))
def test_what_a_refusal_says_to_type_leads_to_the_right_figure(tmp_path, lines, settings, right):
    root = export(tmp_path, lines, **settings)
    with pytest.raises(BadData) as refused:
        account(march(root))
    typed = re.search(
        r"(?:Say in source\.yaml |by name \()(.*)(?:, or confirmed: |\) or by number)", str(refused.value)
    )
    sales = march(answered(root, **yaml.safe_load(typed[1])))
    assert account(sales)["counted"][1] == right


def test_a_day_with_a_return_alone_is_no_sale_with_a_minus(tmp_path):
    sales = march(export(tmp_path, f"{HEADER}\n1,2026-02-01,Anna,N,400.00\n2,2026-03-02,Anna,N,-30.00"))
    assert account(sales)["counted"] == (1, D(-30))


def test_returns_that_outweigh_sales_are_no_sales_with_a_minus_where_their_kind_is_told(tmp_path):
    back = "\n".join(f"{n},2026-03-02,Anna,N,-90.00,return" for n in range(2, 9))
    lines = f"{HEADER},kind\n1,2026-03-01,Anna,N,400.00,sale\n{back}"
    sales = march(export(tmp_path, lines, sale_line={"kind": "kind"}))
    assert account(sales)["counted"] == (1 + 7, D(400 - 7 * 90))


def test_a_name_written_once_for_several_rows_is_told_and_carried_down(tmp_path):
    lines = f"{HEADER}\n1,2026-03-01,Anna,N,400.00\n2,2026-03-02,,N,70.00\n3,2026-03-02,,N,30.00\n4,2026-03-02,Ben,N,8"
    root = export(tmp_path, lines)
    said = list(describe_source(march(root)))
    assert any("2 lines have no client" in line for line in said)
    assert any("client_id: fill_down(CLIENT)" in line for line in said)
    sales = march(answered(root, sale_line={"client_id": "fill_down(client)"}))
    assert nets(sales) == {"Anna": D(400) + 70 + 30, "Ben": D(8)}
    assert account(sales) == {"counted": (4, D(508))}


def test_reasons_stand_before_rows_and_what_was_kept_out_beside_as_csv(tmp_path):
    """Thirty amounts in another currency, twenty days written otherwise."""
    lines = [f"{n},2026-03-{n % 28 + 1:02},C,N,{'$' if n % 2 and n < 60 else ''}{n}.00" for n in range(1, 60)]
    lines += [f"=1+{n},2026/03/05,C,N,{n}.00" for n in range(60, 80)]
    sales, said = march(export(tmp_path, "\n".join([HEADER, *lines]))), []
    with pytest.raises(BadData, match="50 rows could not be read"):
        said.extend(line for line in describe_source(sales) if not said.append(line))
    assert (
        "             sales.csv, lines 2, 4, 6, …, amount: marked with another currency or unit than EUR (30 rows)"
        in said
    )
    assert any("sales.csv, lines 61, 62, 63, …, sold_at: " in line and "(20 rows)" in line for line in said)
    file = next(iter(tmp_path.glob("work/snapshots/*/quarantine.csv")))
    written = file.read_text("utf-8-sig").splitlines()
    assert written[0] == "file,line,column,reason,text"
    assert len(written) == 1 + 50
    assert not any(cell.startswith("=") for line in written for cell in line.split(","))
    assert file.stat().st_mode & 0o077 == 0


def test_there_are_no_sales_but_from_when_to_when(tmp_path):
    sales = march(export(tmp_path, f"{HEADER}\n1,2026-01-05,A,N,4.00\n2,2026-02-07,B,N,3.00"))
    assert any("there are some from 2026-01-05 – 2026-02-07" in line for line in describe_source(sales))


def test_what_no_client_brought_is_weighed_by_its_amount(tmp_path):
    sales = march(export(tmp_path, f"{HEADER}\n1,2026-03-05,A,N,88.00\n2,2026-03-07,,N,12.00"))
    assert summary(sales).no_client / summary(sales).net == D("0.12")


@pytest.mark.parametrize(
    ("ids", "setting"),
    [(["7", "7.0", "007"], "zeros"), (["СОСА-1", "COCA-1", "COCA-1"], "look_alikes")],  # the first in Cyrillic
)
def test_ids_that_only_look_different_are_told_and_merged_by_one_setting(tmp_path, ids, setting):
    lines = "\n".join([HEADER, *(f"{n},2026-03-0{n + 1},{i},North,10.00" for n, i in enumerate([*ids, "70"]))])
    root = export(tmp_path, lines)
    assert f"             in source.yaml: client_id_ignores: [{setting}]" in list(describe_source(march(root)))
    sales = march(answered(root, client_id_ignores=[setting]))
    assert sorted(nets(sales).values()) == [D(10), D(10) + 10 + 10]
    assert "client_spellings" not in codes(sales)


# -- a file that was loaded twice ----------

BOUGHT = [f"2026-03-{day:02},{client},North,{day}.50" for day in range(1, 13) for client in ("Anna", "Ben")]
HEAD = "date,client,shop,amount"
ONCE = 2 * sum((D(day) + D("0.50") for day in range(1, 13)), D(0))


def unnumbered(root: Path, lines: list[str], files: dict[str, str] | None = None, **settings) -> Path:
    """An export without documents' numbers."""
    root = export(root, "\n".join([HEAD, *lines]), files, **settings)
    path = root / "params" / "acme" / "source.yaml"
    written = yaml.safe_load(path.read_text())
    del written["sale_line"]["sale_id"]
    path.write_text(yaml.safe_dump(written))
    return root


@pytest.mark.parametrize("times", [2, 3])
def test_a_file_that_holds_its_rows_twice_stops_until_it_is_answered(tmp_path, times):
    root = unnumbered(tmp_path, BOUGHT * times)
    (stop,) = (f for f in findings(march(root)) if f.kind.severity == "stop")
    again = times - 1
    assert (stop.code, stop.count, stop.amount) == ("repeated_rows", 24 * again, ONCE * again)
    assert "equal_rows: once" in stop.sample
    assert account(march(answered(root, equal_rows="once"))) == {
        "counted": (24, ONCE),
        "left out": (24 * again, ONCE * again),
    }


def test_two_files_whose_periods_overlap(tmp_path):
    later = "\n".join([HEAD, *BOUGHT[12:], "2026-03-20,Cat,North,5.00"])
    root = unnumbered(tmp_path, BOUGHT, {"sales2.csv": later}, sale_line={"from": "sales*.csv"})
    stop = next(f for f in findings(march(root)) if f.kind.severity == "stop")
    assert (stop.code, stop.count) == ("repeated_rows", 12)
    assert account(march(answered(root, equal_rows="once")))["counted"] == (25, ONCE + 5)


def test_the_month_it_is_compared_with_may_be_there_twice(tmp_path):
    february = [line.replace("-03-", "-02-") for line in BOUGHT]
    root = unnumbered(tmp_path, [*february, *february, *BOUGHT])
    assert [f.count for f in findings(march(root)) if f.code == "repeated_rows"] == [24]


def test_lines_that_chance_made_equal_do_not_stop(tmp_path):
    root = unnumbered(tmp_path, [*BOUGHT, *BOUGHT[:4], *BOUGHT[20:]])
    found = {f.code: (f.count, f.kind.severity) for f in findings(march(root))}
    assert found["equal_rows"] == (8, "tell")
    assert "repeated_rows" not in found


def test_equal_lines_of_a_file_that_is_there_twice_are_not_lost_by_advice(tmp_path):
    root = unnumbered(tmp_path, [*BOUGHT, *BOUGHT[:4]] * 2)
    (stop,) = (f for f in findings(march(root)) if f.kind.severity == "stop")
    assert stop.count == 28
    assert "take out the file" in stop.sample[0]


# -- times of which some say their offset ----------

OFFSETS = f"""
    {HEADER}
    1,2026-03-05 10:00:00 -0400,Anna,North,10.00
    2,2026-03-31 22:30:00,Ben,North,20.00
    3,2026-03-31 22:30:00 -0400,Cat,North,40.00
"""


def test_times_without_an_offset_beside_others_stop_until_their_zone_is_said(tmp_path):
    root = export(tmp_path, OFFSETS, csv={"datetime_format": "%Y-%m-%d %H:%M:%S %z"}, timezone="America/New_York")
    (stop,) = (f for f in findings(march(root)) if f.kind.severity == "stop")
    assert (stop.code, stop.count) == ("naive_times", 1)
    assert march(answered(root, times_are_in="America/New_York")).counted.amount.sum().execute() == 10 + 20 + 40
    sales = march(answered(root, times_are_in="Asia/Tokyo"))
    assert {f.code for f in findings(sales) if f.kind.severity == "stop"} == set()
    assert nets(sales) == {"Anna": D(10), "Ben": D(20), "Cat": D(40)}
