"""`check` and `run` end with the same exit code, whatever is wrong with the data or with what source.yaml says."""

import shutil
from pathlib import Path

import pytest
from click import ClickException
from small_export import HEADER, export

from helpers.__main__ import cli
from helpers.errors import BadParameter, ReportError

pytestmark = pytest.mark.kernel
ROOT = Path(__file__).parents[2]

GOOD = f"{HEADER}\n1,2026-03-01,Anna,North,400.00\n2,2026-03-02,Ben,South,30.00"
MARCH = "period: 2026-03\ntoday: '2026-06-01'\n"
RATED = dict(
    sale_line={"currency": "shop"},
    fx_rate={"from": "sales.csv", "currency": "shop", "rate_date": "date", "rate": "amount"},
)
CASES: dict[str, tuple[int, str, dict, str]] = {
    "nothing is wrong": (0, GOOD, {}, MARCH),
    "no sales in the period": (0, GOOD, {}, MARCH.replace("2026-03", "2026-04")),
    "a row that cannot be read": (65, f"{GOOD}\nTotal,,,,430.00", {}, MARCH),
    "a row that cannot be read, allowed": (0, f"{GOOD}\nTotal,,,,430.00", dict(tolerance=1), MARCH),
    "a sum that looks like a client": (65, f"{GOOD}\n,2026-03-31,Grand Total,,430.00", {}, MARCH),
    "such a sum, confirmed": (0, f"{GOOD}\n,2026-03-31,Grand Total,,430.00", dict(confirmed={"totals_rows": 1}), MARCH),
    "a state that nobody mapped": (65, GOOD, dict(sale_line={"state": "shop"}), MARCH),
    "a file's own sums, left out by name": (
        0,
        f"{GOOD}\n,2026-03-31,Grand Total,,430.00",
        dict(sale_line={"skip": {"totals": "doc IS NULL"}}),
        MARCH,
    ),
    "a header in the middle": (0, f"{GOOD}\n{HEADER}\n3,2026-03-02,Ben,South,5.00", {}, MARCH),
    "amounts with their currency": (0, GOOD.replace("400.00", '"€1,400.50"'), dict(csv={"thousands": ","}), MARCH),
    "thousands that nobody declared": (65, GOOD.replace("400.00", '"1,400.50"'), {}, MARCH),
    "sales with a minus": (65, f"{HEADER}\n" + "\n".join(f"{n},2026-03-01,A,N,-{n}.00" for n in range(6)), {}, MARCH),
    "such sales, turned": (
        0,
        f"{HEADER}\n" + "\n".join(f"{n},2026-03-01,A,N,-{n}.00" for n in range(6)),
        dict(sale_line={"amount": "0 - amount"}),
        MARCH,
    ),
    "costs without a sign": (
        65,
        GOOD.replace("30.00", "-30.00"),
        dict(sale_line={"cost_amount": "abs(amount)"}),
        MARCH,
    ),
    "times with an offset": (
        0,
        GOOD.replace("2026-03-01", "2026-03-01 23:30:00 -0400").replace("2026-03-02", "2026-03-02 10:00:00 -0500"),
        dict(csv={"datetime_format": "%Y-%m-%d %H:%M:%S %z"}),
        MARCH,
    ),
    "an offset in some rows": (
        65,
        GOOD.replace("2026-03-01", "2026-03-01 23:30:00 -0400"),
        dict(csv={"datetime_format": "%Y-%m-%d %H:%M:%S %z"}),
        MARCH,
    ),
    "days that nobody declared": (78, GOOD.replace("2026-03-0", "03/2026/0"), {}, MARCH),
    "a blank in a sum": (65, GOOD, dict(sale_line={"amount": "amount + shop"}), MARCH),
    "no expression over one row": (78, GOOD, dict(sale_line={"amount": "(SELECT 1)"}), MARCH),
    "a column that is not there": (65, GOOD, dict(sale_line={"amount": "total"}), MARCH),
    "another encoding": (65, GOOD, dict(csv={"encoding": "utf-16"}), MARCH),
    "an unknown sheet": (66, GOOD, dict(client={"from": "book.xlsx#None", "client_id": "client"}), MARCH),
    "rates of no declared direction": (78, GOOD, RATED, MARCH),
    "a setting that does not exist": (78, GOOD, dict(tolerence=1), MARCH),
    "a guess that nobody confirmed": (78, GOOD, dict(unconfirmed=["timezone"]), MARCH),
    "no such file": (66, GOOD, dict(client="clients.csv"), MARCH),
    "no such period": (64, GOOD, {}, "period: 2026-13\n"),
}
"""What is the matter → the exit code, the file, further settings, the report's parameters."""


def exit_code(*words: str) -> int:
    """What the command would end with."""
    try:
        cli.main(list(words), standalone_mode=False)
    except ReportError as error:
        return error.exit_code
    except ClickException:
        return BadParameter.exit_code
    return 0


@pytest.mark.parametrize(("code", "lines", "settings", "parameters"), CASES.values(), ids=list(CASES))
def test_check_and_run_agree(tmp_path, code, lines, settings, parameters):
    root = export(tmp_path, lines, **settings)
    shutil.copy(ROOT / "notebooks" / "client_rating.ipynb", root / "notebooks")
    params = root / "params" / "acme" / "client_rating.yaml"
    params.write_text(parameters)
    codes = exit_code("check", str(params)), exit_code("run", str(params), "--out", str(root / "published"))
    assert codes == (code, code)
