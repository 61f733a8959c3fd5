"""Which method would have found how many: trials on a company's own past, and the command that prints them."""

import datetime as dt
import re
import shutil
from pathlib import Path

from click.testing import CliRunner
from company import company, opened

from helpers.__main__ import cli
from helpers.analysis.promising.trials import NAMES, Trial, comparison, trials

LINES = "client_id | sold_at | amount\n" + "\n".join(
    f"c{c:03} | {dt.date(2026, 10, 31) - dt.timedelta(days=ago)} 10:00:00 | {10 + c}.00"
    for c in range(120)
    for ago in range(c % 20, 120, 20)
)


def test_habits_that_stay_are_found_by_all_who_look_at_amounts(tmp_path):
    tried = trials(opened(company(tmp_path, {"sale_line": LINES}), "2026-10"))
    assert [trial.until for trial in tried] == [dt.date(2026, 9, 30), dt.date(2026, 8, 30)]
    assert [(trial.days, trial.clients, trial.best) for trial in tried] == [(31, 120, 12)] * 2
    hits = dict(zip(NAMES, tried[0].hits, strict=True))
    assert hits["by lot"] == 12 * 12 / 120
    assert hits["corrected, as on the page"] >= 8


def test_the_comparison_has_a_line_a_method_and_the_sums():
    tried = [Trial(dt.date(2026, 9, 30), 31, 1200, 24, (0.6, 10, 11, 4, 12, 13)),
             Trial(dt.date(2026, 8, 30), 31, 1100, 22, (0.6, 9, 10, 4, 12, 14))]  # fmt: skip
    lines = list(comparison(tried))
    assert re.fullmatch(r"evening +2026-09-30 +2026-08-30 +together", lines[1])
    assert re.fullmatch(r"best +24 +22 +46", lines[3])
    assert re.fullmatch(r"corrected, as on the page +13 +14 +27", lines[-1])
    assert len(lines) == 4 + len(NAMES)


def test_the_command_says_where_the_history_is_too_short(tmp_path):
    root = company(tmp_path, {"sale_line": "client_id | sold_at | amount\nann | 2026-10-02 10:00:00 | 7"})
    shutil.copy(Path(__file__).parents[2] / "notebooks/client_rating.ipynb", root / "notebooks")
    (root / "params/acme/client_rating.yaml").write_text("period: 2026-10\ntoday: 2026-11-23\n")
    said = CliRunner().invoke(cli, ["backtest", str(root / "params/acme/client_rating.yaml")])
    assert (said.exit_code, said.output.split(":")[0]) == (0, "The history is too short to try a list"), said
