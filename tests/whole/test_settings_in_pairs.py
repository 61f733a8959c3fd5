"""Settings in pairs: small companies of made-up settings through the real command, each published figure held against a
referee that shares no code with the suite.

A batch of four companies publishes into one folder, so that each has others beside it; one of eight has a fault, whose
exit code the command must have, and stops no other. `make test` takes two batches, `make soak` two thousand settings.
"""

import json
import os
import re
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from random_settings import Setting, settings, write
from referee_settings import SECRET, Expected, differences

from helpers.__main__ import main

pytestmark = pytest.mark.kernel
IS_WHOLE = os.environ.get("CLIENT_RATING_SOAK") == "whole"
BATCH = 4
SAMPLE = slice(2, 4)  # one batch of `run` and one of `run-due`; of them those without CSV files, which are slow to read
COUNT = 2000 if IS_WHOLE else SAMPLE.stop * BATCH
PARAMETERS = """\
period: str = "last month"
company: str = "demo"
comparison: str = "previous"
basis: str = ""
currency: str = ""
rank_by: str = "net"
top: int = 200
max_branch_columns: int = 40
language: str = "en"
names: str = "full"
page_units: str = "auto"
full_cross: bool = False
today: str = ""
"""
OPEN = """\
how = dict(basis=basis, currency=currency, rank_by=rank_by, top=top, max_branch_columns=max_branch_columns)
sales = open_sales(company, period, today, comparison, language=language, names=names, page_units=page_units, **how)
headline(sales)
"""
SPENDING = """\
import json
from pathlib import Path
table = movement(sales).table[["client_id", "status", "rank_before"]].astype(object)
rows = table.where(table.notna(), None).to_dict("records")
figures = {"movement": rows, "change": getattr(change(sales), "total_before", None)}
Path("figures.json").write_text(json.dumps(figures, default=str))
None
"""
GIVING = """\
import json
from pathlib import Path
given, points = discounts(sales), bonus_points(sales)
names = ("manual_discount", "coupon_discount", "bonus_paid")
off = {name: getattr(given, name) for name in names if hasattr(given, name)}
lists = given.by_list.astype(object).to_dict("records") if off else None
parts = dict(zip(points.frame.part, points.frame.points)) if hasattr(points, "closing") else None
figures = {"discounts": off and {"by_list": lists, **off} or None, "points": parts}
Path("figures.json").write_text(json.dumps(figures, default=str))
None
"""
QUESTIONS = {
    "spending": ["rating(sales)", "cross_report(sales, top)", "movement(sales)", "change(sales)", SPENDING],
    "giving": ["rating(sales)", "cross_report(sales, top)", "discounts(sales)", "bonus_points(sales)",
               "most_points(sales, 10)", GIVING],
}  # fmt: skip
ADDRESSES = {"smtp://mail.canary:25x": 78, "smtp://ann:sesame/canary@127.0.0.1:25": 78, "smtp://127.0.0.1:1": 75}
"""Addresses of a mail server, and the exit code of a run whose pages are well: the first two are none, and weigh more
than a report that fails; at the third nobody listens, and the next call tries again."""


def write_notebooks(root: Path) -> None:
    """The two notebooks that ask what the referee knows."""
    (root / "notebooks").mkdir(parents=True)
    python = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    for name, questions in QUESTIONS.items():
        cells = [new_code_cell(source) for source in ("from helpers.notebook import *", OPEN, *questions,
                                                      "control_totals(sales)", "save(sales, full_cross)")]  # fmt: skip
        cells = [new_markdown_cell(f"# {name}"), new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}), *cells]
        nbformat.write(new_notebook(cells=cells, metadata=python), root / "notebooks" / f"{name}.ipynb")


def command(*words: object) -> int:
    """The exit code of the real command, in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["client-rating", *map(str, words)])
        with pytest.raises(SystemExit) as end:
            main()
    return end.value.code or 0


def published(batch: list[Setting], root: Path, address: str) -> int:
    """The batch by `run`, or, where an address of a mail server is given, by `run-due` with mails; the exit code."""
    write_notebooks(root)
    files = [write(made, root) for made in batch]
    if not address:
        return command("run", *files, "--out", root / "out", "--jobs", 2)
    mail = {"mail": {"to": ["a@example.org"], "from": "b@example.org"}}
    jobs = {made.name: {"params": f"{made.name}/{file.name}", "cron": "0 6 23 11 *", "timezone": "UTC", "retries": 0,
                        "late_after": "1 h"} for made, file in zip(batch, files, strict=True)}  # fmt: skip
    schedule = {"jobs": jobs, "on_success": mail, "on_failure": mail}
    (root / "params" / "schedule.yaml").write_text(json.dumps(schedule))
    return command("run-due", "--schedule", root / "params" / "schedule.yaml", "--now", "2026-11-23T12:00:00",
                   "--out", root / "out", "--jobs", 2)  # fmt: skip


def on_landing_page(out: Path) -> list[str]:
    """The pages that it links, each once."""
    return sorted(set(re.findall(r'href="([^"]*/index\.html)"', (out / "index.html").read_text("utf-8"))))


ALL = settings(COUNT)
BATCHES = [ALL[at : at + BATCH] for at in range(0, COUNT, BATCH)]
if not IS_WHOLE:
    BATCHES = [[made for made in batch if "csv" not in made.choices["form"]] for batch in BATCHES[SAMPLE]]


@pytest.mark.parametrize("batch", BATCHES, ids=lambda batch: f"{batch[0].number}-{batch[-1].number}")
def test_every_figure_of_settings_in_pairs(tmp_path, monkeypatch, capfd, batch):
    number = batch[0].number // BATCH
    address = list(ADDRESSES)[number // 2 % len(ADDRESSES)] if number % 2 else ""
    monkeypatch.setenv("CLIENT_RATING_SMTP", address or "smtp://127.0.0.1:1")
    monkeypatch.setenv("CLIENT_RATING_CODE_SECRET", SECRET)
    code = published(batch, tmp_path, address)
    said, out = capfd.readouterr().err, tmp_path / "out"
    failed, of_mail = next((made.code for made in batch if made.code), 0), ADDRESSES.get(address, 0)
    wrong = [f"exit code: {code}"] if code != (of_mail if of_mail == 78 else failed or of_mail) else []
    good = [made for made in batch if not made.code]
    hrefs = sorted(f"{m.name}/{m.choices['questions']}/{Expected(m).folder}/index.html" for m in good)
    wrong += [f"landing page: {on_landing_page(out)}"] if on_landing_page(out) != hrefs else []
    wrong += [f"{made.name}: {text}" for made in good for text in differences(made, out)]
    wrong += [f"said: {word}" for word in ("Traceback", "canary", "sesame", "could not be drawn") if word in said]
    assert not wrong, "\n".join([*wrong, said, json.dumps([made.choices for made in batch])])
