"""Files at the door: columns by name, exact types, every row accounted for, one snapshot for one content."""

import contextlib
import csv
import gzip
import os
import pty
import stat
import subprocess
import sys
import tempfile
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from company import company, opened
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.analysis.rating import rating
from helpers.errors import BadConfiguration, BadData, CannotCreate, NoInput, ReportError
from helpers.settings.company import Csv, Table
from helpers.source.files import count as counting
from helpers.source.files import find_files, ingest, load, read

HEADER = "client_id,sold_at,amount\n"


def taken_in(folder: Path, content, table="sale_line", name="sales.csv", **csv):
    """The snapshot of one file in the dialect of the keywords."""
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return ingest(table, Table.model_validate({"from": name}), [file], Csv(**csv), folder / "snapshots")


def rows(taken, columns="*") -> list[tuple]:
    return duckdb.sql(f"SELECT {columns} FROM read_parquet('{taken.pattern}')").fetchall()


def left_out(taken, columns="*") -> list[tuple]:
    return duckdb.sql(f"SELECT {columns} FROM '{taken.quarantine}'").fetchall()


def account(taken) -> tuple[int, int, int, int]:
    return taken.rows_read, taken.rows_accepted, taken.rows_quarantined, taken.rows_rejected


# -- what becomes of the columns ----------


@pytest.mark.parametrize(("table", "needed"), [("payment", "payment_id"), ("bonus_entry", "kind")])
def test_what_nobody_is_named_of_is_read_and_what_lacks_more_is_not(tmp_path, table, needed):
    names = {"payment": "payment_id,client_id,paid_at,amount", "bonus_entry": "kind,client_id,entry_at,points"}[table]
    lines = [names, "accrued,,2026-09-01 10:30:00,5", ",ann,2026-09-01 10:30:00,5"]
    taken = taken_in(tmp_path, "\n".join(lines) + "\n", table, "file.csv")
    assert account(taken) == (2, 1, 1, 0)
    assert rows(taken, "client_id") == [(None,)]
    assert left_out(taken, '"column", reason') == [(needed, "empty")]


def test_every_kind_of_column_has_its_exact_type(tmp_path):
    header = "client_id,sold_at,amount,quantity,kind\n"
    taken = taken_in(tmp_path, header + "007,2026-09-01 10:30:00,-1.5,0.333333,return\n")
    names = duckdb.read_parquet(taken.pattern)
    assert dict(zip(names.columns, map(str, names.types), strict=True)) == {
        "client_id": "VARCHAR", "sold_at": "TIMESTAMP", "amount": "DECIMAL(18,4)",
        "quantity": "DECIMAL(18,6)",
        "kind": "VARCHAR"}  # fmt: skip
    branches = "branch_id,branch_name,opened_on,sort_order\nB1,North,2020-02-29,3\n"
    taken = taken_in(tmp_path, branches, "branch", "branch.csv")
    assert [str(kind) for kind in duckdb.read_parquet(taken.pattern).types] == [
        "VARCHAR",
        "VARCHAR",
        "DATE",
        "BIGINT",
    ]
    taken = taken_in(tmp_path, "client_id,is_anonymous\n7,yes\n8,\n9,False\n", "client", "client.csv")
    assert rows(taken) == [("7", True), ("8", None), ("9", False)]


def test_columns_are_found_by_their_mapped_names_in_any_order(tmp_path):
    (tmp_path / "s.csv").write_text("Total,Mood,Customer no,When\n12.50,good,007,2026-09-01\n")
    names = {"client_id": "Customer no", "sold_at": "When", "amount": "Total"}
    mapping = Table.model_validate({"from": "s.csv", **names})
    taken = ingest("sale_line", mapping, [tmp_path / "s.csv"], Csv(), tmp_path / "snapshots")
    assert rows(taken, "client_id, amount") == [("007", Decimal("12.5000"))]
    assert taken.notes == {"extra_columns": 1}


def test_a_missing_mapped_column_is_named_with_its_neighbour(tmp_path):
    (tmp_path / "s.csv").write_text("client,sold_at,amount\n")
    mapping = Table.model_validate({"from": "s.csv", "client_id": "clients"})
    with pytest.raises(BadData, match=r"s\.csv: there is no column 'clients' in the header, did you mean 'client'"):
        ingest("sale_line", mapping, [tmp_path / "s.csv"], Csv(), tmp_path / "snapshots")


def test_a_client_of_the_master_needs_an_id(tmp_path):
    taken = taken_in(tmp_path, "client_id,client_name\n7,Anna\n,Nobody\n", "client", "client.csv")
    assert account(taken) == (2, 1, 1, 0)
    assert left_out(taken) == [("client.csv", 3, "client_id", "empty", None)]


SUM = {"from": "s.csv", "client_id": "client", "amount": "Qty * Unit price",
       "cost_amount": "Qty * Unit price - Rebate"}  # fmt: skip


def summed(folder: Path, lines: str, mapping: dict = SUM):
    (folder / "s.csv").write_text("client,sold_at,Qty,Unit price,Rebate\n" + lines)
    table = Table.model_validate(mapping)
    return ingest("sale_line", table, [folder / "s.csv"], Csv(thousands=" "), folder / "snapshots")


def test_a_column_may_be_a_sum_or_product_of_theirs_exactly(tmp_path):
    lines = "1,2026-09-01,3,2.555,0.5\n2,2026-09-02,-1,1 000 000.123456,\n"
    wanted = [(3 * Decimal("2.555"), 3 * Decimal("2.555") - Decimal("0.5")), (-Decimal("1000000.123456"), None)]
    taken = summed(tmp_path, lines)
    assert rows(taken, "amount, cost_amount") == wanted
    assert account(taken) == (2, 2, 0, 0)
    taken = summed(
        tmp_path, lines + "3,2026-09-03,x,1,1\n4,2026-09-04,2,,1\n5,2026-09-05,900000000000,900000000000,1\n"
    )
    assert rows(taken, "amount, cost_amount") == wanted
    assert left_out(taken, 'line, "column", reason') == [
        (4, "amount: Qty", "not a number with the decimal mark ."),
        (5, "amount: Unit price", "empty; where a blank is 0, write coalesce(Unit price, 0)"),
        (6, "amount", "over the limit of 14 digits"),
    ]


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("Qty * Unit prise", "no column 'Unit prise', did you mean 'Unit price'"),
        ("Qty * Qty * Qty * Qty * Qty * Qty * Qty", "cannot be computed"),  # its digits would not fit
    ],
)
def test_a_sum_of_columns_that_are_not_there(tmp_path, amount, words):
    with pytest.raises(BadConfiguration, match=words):
        summed(tmp_path, "1,2026-09-01,3,2.555,0.5\n", SUM | {"amount": amount})


def test_parquet_in_place_may_be_summed_too_and_name_its_clients(tmp_path):
    """Binary fractions in the file, exact sums of what they round to; of two names of one client the last."""
    lines = """
        SELECT *, DATE '2026-10-01' AS sold_at
        FROM (VALUES ('7', 'Ben', 3, 2.55505::DOUBLE, 0.5::DECIMAL(9,2)), ('7', 'Benjamin', -1, 0.1, 0),
                     (NULL, NULL, 2, 0.25, 0)) AS t(client, name, qty, price, rebate)
    """
    where = {"from": "s.parquet", "client_id": "client"}
    sale_line, client = where | {"amount": "qty * price - rebate"}, where | {"client_name": "name"}
    root = company(tmp_path, {}, sale_line=sale_line, client=client)
    (root / "data").mkdir()
    duckdb.sql(lines).write_parquet(str(root / "data" / "s.parquet"))
    sales = opened(root)
    exact = [3 * Decimal("2.55505") - Decimal("0.5"), -Decimal("0.1"), 2 * Decimal("0.25")]
    rounded = [amount.quantize(Decimal("0.0001"), "ROUND_HALF_UP") for amount in exact]
    assert sales.counted.amount.sum().execute() == sum(rounded)
    ranked = rating(sales).frame
    assert ranked[["client_name", "net"]].values.tolist() == [["Benjamin", rounded[0] + rounded[1]]]
    assert sales.counted.is_rounded.sum().execute() == 1
    with pytest.raises(BadData, match=r"no column 'prise' for sale_line\.amount, did you mean 'price'"):
        opened(company(tmp_path, {}, sale_line=where | {"amount": "qty * prise"}))


def test_a_header_may_look_like_a_sum(tmp_path):
    taken = taken_in(tmp_path, "client_id,sold_at,amount,Net - Tax\n1,2026-09-01,5,4\n")
    mapping = Table.model_validate({"from": "sales.csv", "amount": "Net - Tax"})
    taken = ingest("sale_line", mapping, [tmp_path / "sales.csv"], Csv(), tmp_path / "snapshots")
    assert rows(taken, "amount") == [(4,)]


# -- what becomes of the rows ----------


def test_quarantine_says_file_line_column_reason_and_text(tmp_path):
    content = (
        HEADER
        + "1,2026-09-01,10.00\n"
        + '"Anna\nMaria",2026-09-02,1.00\n'  # one record on two lines
        + "3,2026-13-01,1.00\n"
        + "4,2026-09-04,1,00\n"
        + '"5,2026-09-05,1.00\n'
        + "6,2026-09-06,x\n"
    )
    taken = taken_in(tmp_path, content)
    assert account(taken) == (2 + 3 + 1, 2, 3, 1)
    day = "no such day, or not written as %Y-%m-%d %H:%M:%S or %Y-%m-%d"
    assert left_out(taken) == [
        ("sales.csv", 4, "sold_at", day, "2026-13-01"),
        ("sales.csv", 5, None, "too many fields", "4,2026-09-04,1,00"),
        ("sales.csv", 6, None, "quotes that do not close, or a field over 1 MB", '"5,2026-09-05,1.00'),
        ("sales.csv", 7, "amount", "not a number with the decimal mark .", "x"),
    ]


def test_a_sum_is_exact(tmp_path):
    amounts = ["0.1", "0.2", "99999999999999.9999", "-99999999999999.9999", "1.005"]
    taken = taken_in(tmp_path, HEADER + "".join(f"1,2026-09-01,{text}\n" for text in amounts))
    assert rows(taken, "sum(amount)") == [(sum(map(Decimal, amounts)),)]
    assert taken.notes == {"fine_amounts": 3}


@pytest.mark.parametrize(
    ("form", "text", "value"),
    [
        ("%d.%m.%Y %H:%M", "01.09.2026 10:30", "2026-09-01 10:30:00"),
        ("%m/%d/%Y %I:%M:%S %p", "9/1/2026 3:05:00 PM", "2026-09-01 15:05:00"),
        ("%Y-%m-%d %H:%M:%S", "2026-09-01T10:30:00.123456", "2026-09-01 10:30:00.123456"),
        ("%Y-%m-%d %H:%M:%S", "2026-09-01 23:59:59.9999999", "2026-09-01 23:59:59.999999"),
        ("%Y-%m-%dT%H:%M:%SZ", "2026-09-01T10:30:00Z", "2026-09-01 10:30:00+00"),
        ("%Y-%m-%dT%H:%M:%S%z", "2026-09-01T10:30:00+02:00", "2026-09-01 08:30:00+00"),
        ("%Y-%m-%d %H:%M:%S %z", "2026-09-01 10:30:00 -0400", "2026-09-01 14:30:00+00"),
        ("%Y-%m-%dT%H:%M:%S%z", "2026-09-01T10:30:00.5Z", "2026-09-01 10:30:00.5+00"),
    ],
)
def test_moments_are_read_as_declared(tmp_path, form, text, value):
    taken = taken_in(tmp_path, HEADER + f"1,{text},1\n", datetime_format=form)
    assert rows(taken, "sold_at::VARCHAR") == [(value,)]


@pytest.mark.parametrize("form", ["%Q", "day", ""])
def test_a_form_no_date_has_is_refused(tmp_path, form):
    with pytest.raises(BadConfiguration, match=r"csv\.date_format"):
        taken_in(tmp_path, HEADER, date_format=form)


@pytest.mark.parametrize(
    ("setting", "words"),
    [({"delimiter": "||"}, "delimiter"), ({"delimiter": "§"}, "delimiter"),
     ({"encoding": "klingon"}, "unknown encoding"),
     ({"encoding": "rot13"}, "unknown encoding"), ({"quote": ","}, "two different")],
)  # fmt: skip
def test_a_dialect_that_cannot_be_is_refused(tmp_path, setting, words):
    with pytest.raises(BadConfiguration, match=words):
        taken_in(tmp_path, HEADER, **setting)


def test_no_quote_character_at_all(tmp_path):
    taken = taken_in(tmp_path, 'client_id;sold_at;amount\n"Anna;2026-09-01;1\n', quote="", delimiter=";")
    assert rows(taken, "client_id") == [('"Anna',)]


# -- the snapshot ----------


def test_a_snapshot_is_kept_and_reused(tmp_path, monkeypatch):
    first = taken_in(tmp_path, HEADER + "1,2026-09-01,1.00\n1,x,1.00\n")
    monkeypatch.setattr(read, "connect", lambda *_: pytest.fail("read again"))
    assert taken_in(tmp_path, HEADER + "1,2026-09-01,1.00\n1,x,1.00\n") == first


def test_other_content_dialect_or_mapping_make_another_snapshot(tmp_path):
    marks = {
        taken_in(tmp_path, HEADER + "1,2026-09-01,1.00\n").fingerprint,
        taken_in(tmp_path, HEADER + "1,2026-09-01,1.01\n").fingerprint,
        taken_in(tmp_path, HEADER + "1,2026-09-01,1.01\n", thousands=" ").fingerprint,
        taken_in(tmp_path, HEADER + "1,2026-09-01,1.01\n", name="other.csv").fingerprint,
    }
    assert len(marks) == 4


def test_a_snapshot_is_private_and_nothing_is_left_beside_it(tmp_path):
    taken = taken_in(tmp_path, gzip.compress((HEADER + "1,2026-09-01,1.00\n1,x,1.00\n").encode()), name="s.csv.gz")
    folder = taken.path.parent
    assert [path.name for path in (tmp_path / "snapshots").iterdir()] == [folder.name]
    assert sorted(path.name for path in folder.iterdir()) == ["account.json", "quarantine.parquet", "rows"]
    for path in (folder, *folder.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


def test_a_failed_reading_leaves_nothing(tmp_path):
    with pytest.raises(BadData):
        taken_in(tmp_path, HEADER + "1,2026-09-01,1.00\n" * 2 + "x" * 3_000_000)
    assert not list((tmp_path / "snapshots").iterdir())


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "snapshots").write_text("a file")
    with pytest.raises(CannotCreate):
        taken_in(tmp_path, HEADER)


def test_names_that_look_like_patterns_are_names(tmp_path):
    folder = tmp_path / "year [2026]"
    folder.mkdir()
    (folder / "sales1.csv").write_text(HEADER + "1,2026-09-01,1.00\n")
    taken = taken_in(folder, HEADER + "2,2026-09-01,2.00\n3,2026-09-01,x\n", name="sales[1].csv")
    assert rows(taken, "client_id") == [("2",)]
    assert find_files(folder, "sales[1].csv") == [folder / "sales[1].csv"]


def test_several_files_are_one_table(tmp_path):
    for month in (1, 2, 3):
        (tmp_path / f"s{month}.csv").write_text(HEADER + f"{month},2026-0{month}-01,{month}.00\n{month},x,1\n")
    files = find_files(tmp_path, "s*.csv")
    taken = ingest("sale_line", Table.model_validate({"from": "s*.csv"}), files, Csv(), tmp_path / "snapshots")
    assert account(taken) == (3 + 3, 3, 3, 0)
    assert rows(taken, "sum(amount)") == [(Decimal(1 + 2 + 3),)]
    assert left_out(taken, "file, line") == [("s1.csv", 3), ("s2.csv", 3), ("s3.csv", 3)]


# -- a good file, broken ----------

TEXTS = st.sampled_from(["7", "007", "Anna", 'said "hi"', "a,b", "two\nlines", "", " ", "Zoé", "Київ", "5' 3"])
DAYS = st.sampled_from(["2026-09-01", "2026-09-02 10:00:00", "2026-09-03T23:59:59.999"])
SUMS = st.sampled_from(["1.00", "-2.5", "1.9999", "0", "12345678901234", ".5"])
BREAKS = st.sampled_from(
    [
        b'"',
        b",",
        b"\n",
        b"\n\n",
        b"\r\n",
        b"\r",
        b"\0",
        b"\xff",
        b" ",
        b'" ',
        b' "',
        b'""',
        b"x",
        b"-",
        b"NaN",
        b"\xd0",
        b"",
    ]
)


@st.composite
def broken_files(draw) -> bytes:
    """A good CSV file with up to four places of it overwritten."""
    lines = draw(st.lists(st.tuples(TEXTS, DAYS, SUMS), min_size=1, max_size=6))
    quoting = draw(st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]))
    with tempfile.TemporaryFile("w+", newline="") as file:
        ends = draw(st.sampled_from(["\n", "\r\n"]))
        csv.writer(file, quoting=quoting, lineterminator=ends).writerows([HEADER.strip().split(","), *lines])
        file.seek(0)
        content = file.read().encode()
    for _ in range(draw(st.integers(0, 4))):
        at, length = draw(st.integers(0, len(content))), draw(st.integers(0, 3))
        content = content[:at] + draw(BREAKS) + content[at + length :]
    return content


def physical_rows(content: bytes) -> int:
    """The records behind the header, slowly: the fewest lines that make a record, or else a line alone."""
    lines = [line + "\n" for line in content.decode("utf-8", "surrogateescape").split("\n")]
    count, at = 0, 0
    while at < len(lines):
        length = next((n for n in range(1, len(lines) - at + 1) if is_record(lines[at : at + n])), 1)
        count += bool("".join(lines[at : at + length]).strip("\r\n"))
        at += length
    return count - 1


def is_record(lines: list[str]) -> bool:
    try:
        return len(list(csv.reader(lines, strict=True))) == 1
    except csv.Error:
        return False


@pytest.mark.parametrize("encoding", ["utf-16", "utf-7", "ascii", "shift_jis"])
def test_a_gzip_file_cut_short_is_told_whatever_is_declared(tmp_path, encoding):
    root = company(tmp_path, {}, files="data", csv={"encoding": encoding}, sale_line={"from": "s.csv.gz"})
    (root / "data").mkdir()
    rows = "".join(f"Zoé,2026-10-01,{n}.00\n" for n in range(3_000)).encode("cp1252")
    packed = gzip.compress(b"client_id,sold_at,amount\n" + rows)
    (root / "data/s.csv.gz").write_bytes(packed[: len(packed) // 2])
    with pytest.raises(BadData, match="the gzip file is broken or cut short; copy it again"):
        opened(root)


PIECES = ["a,b\n", "\n", '"x\ny",b\n', "c,d\r\n", "c\r", 'e,"f"\n', "\0\n", "g", "h" * 9 + "\n"]


@given(st.lists(st.sampled_from(PIECES)), st.sampled_from(['"', ""]))
def test_a_plain_chunk_counts_as_any_other(pieces, quote):
    """The short way of counting records against the long one; the longest field is made short for it."""
    chunk = "".join(pieces).encode()
    if not chunk:
        return
    before = csv.field_size_limit(8)
    try:
        short = counting._count(chunk, ",", quote)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(counting, "_count_simple", lambda *_: None)
            assert short == counting._count(chunk, ",", quote)
    finally:
        csv.field_size_limit(before)


@given(broken_files())
@settings(max_examples=60, deadline=None)
def test_any_broken_file_is_accounted_for_or_refused(content):
    with tempfile.TemporaryDirectory() as folder:
        try:
            taken = taken_in(Path(folder), content)
        except (BadData, NoInput, BadConfiguration):
            return
        kept_out = taken.rows_quarantined + taken.rows_rejected + taken.rows_skipped
        assert taken.rows_read == taken.rows_accepted + kept_out
        assert taken.rows_read == physical_rows(content)
        assert len(rows(taken)) == taken.rows_accepted
        kept_aside = left_out(taken) if taken.quarantine else []
        assert len(kept_aside) == taken.rows_quarantined + taken.rows_rejected


@given(broken_files())
@settings(max_examples=60, deadline=None)
def test_every_way_of_reading_says_the_same(content):
    """By DuckDB where it can be, or all in Python: the same rows, the same reasons, the same refusals."""
    results = []
    for count in (load.count_plain, lambda _: None):
        with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
            patch.setattr(load, "count_plain", count)
            try:
                taken = taken_in(Path(folder), content)
                results.append((account(taken), rows(taken), taken.notes, taken.quarantine and left_out(taken)))
            except ReportError as error:
                results.append((type(error), str(error).replace(folder, "")))
    assert results[0] == results[1]


@pytest.mark.parametrize(
    ("content", "csv"),
    [
        (HEADER + '"A, B",2026-09-01,1.00\n', {}),
        (HEADER.replace("\n", "\r\n") + "A,2026-09-01,1.00\r\n", {}),
        ("\ufeff" + HEADER + '"two\nlines","2026-09-01","1.00"', {}),
        ("Sales\n" + HEADER.replace(",", ";") + "A;01.09.2026;1 000,5\n",
         {"skip": 1, "delimiter": ";", "decimal": ",", "thousands": " ", "date_format": "%d.%m.%Y"}),
    ],
)  # fmt: skip
def test_a_clean_file_takes_the_fast_way(tmp_path, monkeypatch, content, csv):
    monkeypatch.setattr(load, "_complain", lambda *_: pytest.fail("read again"))
    assert account(taken_in(tmp_path, content, **csv)) == (1, 1, 0, 0)


WATCHED = """
from pathlib import Path
import sys
from helpers.settings.company import Csv, Table
from helpers.source.files import bar, ingest

bar.LARGE = 0
file = Path(sys.argv[1])
ingest("sale_line", Table.model_validate({"from": file.name}), [file], Csv(), file.parent / "snapshots")
"""


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_long_load_shows_a_bar_to_a_person_alone(tmp_path, is_terminal):
    (tmp_path / "sales.csv").write_text(HEADER + "1,2026-09-01,1.00\n" * 400_000)
    ours, theirs = pty.openpty() if is_terminal else os.pipe()
    command = [sys.executable, "-c", WATCHED, tmp_path / "sales.csv"]
    done = subprocess.Popen(command, stderr=theirs, env=os.environ | {"TERM": "xterm", "COLUMNS": "100"})
    os.close(theirs)
    said = b""
    with contextlib.suppress(OSError):  # a terminal whose other side is gone
        while part := os.read(ours, 65_536):
            said += part
    os.close(ours)
    assert done.wait() == 0
    assert (b"reading sales.csv" in said, b"%" in said) == (is_terminal, is_terminal), said
