"""The files beside the page, written by a report's last cell into its working folder.

In come what the notebook bound; out come rating.parquet, rating.xlsx, cross.csv, checks.json (the control totals, which
the gate compares) and facts.json (what the landing page says). The working folder is the runner's private run folder,
or work/<company>/<period> when papermill or JupyterLab runs the notebook alone.
"""

import json
import os
from pathlib import Path

import ibis.expr.types as ir

from helpers.analysis.concentration import concentration
from helpers.analysis.control_totals import Checks
from helpers.analysis.cross_report import CrossReport
from helpers.analysis.outstanding import outstanding
from helpers.page import Show, clean_name
from helpers.sales import Sales
from helpers.settings.read import project_root

LONGEST = 80


def working_folder(sales: Sales) -> Path:
    """Where this run's files go, created when missing."""
    named = os.environ.get("CLIENT_RATING_WORK")
    folder = Path(named) if named else project_root() / "work" / sales.name / sales.period.name
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def save(show: Show, ranked: ir.Table, cross: CrossReport, made: Checks, full_cross: bool = False) -> list[str]:
    """Write the report's files; the names of those that stand beside the page.

    Where payments are known, what every client owes as outstanding.parquet. With `full_cross` every client by every
    branch too, as cross.parquet, streamed by the engine.

    Raises TryLater when a source file changed while it was read.
    """
    sales, folder = show.sales, working_folder(show.sales)
    ranked.to_parquet(folder / "rating.parquet")
    show.write_workbook(folder / "rating.xlsx", cross, made, sales.left_out)
    show.write_cross_csv(folder / "cross.csv", cross)
    names = ["rating.xlsx", "cross.csv", "rating.parquet"]
    if (owed := outstanding(sales)) is not None:
        owed.to_parquet(folder / "outstanding.parquet")
        names.append("outstanding.parquet")
    if full_cross:
        long_cross(sales).to_parquet(folder / "cross.parquet")
        names.append("cross.parquet")
    _seal(show, folder, _facts(show, ranked, cross, made), made)
    return names


def save_tables(
    show: Show, tables: dict[str, ir.Table], finding: str, ranked: ir.Table, cross: CrossReport, made: Checks
) -> list[str]:
    """Write a further report's tables as `<name>.parquet`, with the control totals of the rating of the same period
    and a finding of its own; the names of the files that stand beside the page."""
    folder = working_folder(show.sales)
    for name, table in tables.items():
        table.to_parquet(folder / f"{name}.parquet")
    _seal(show, folder, _facts(show, ranked, cross, made) | {"finding": finding}, made)
    return [f"{name}.parquet" for name in tables]


def _seal(show: Show, folder: Path, facts: dict, made: Checks) -> None:
    (folder / "facts.json").write_text(json.dumps(facts, indent=1, ensure_ascii=False), "utf-8")
    show.sales.source.assert_unchanged()
    (folder / "checks.json").write_text(made.to_json(), "utf-8")


def _facts(show: Show, ranked: ir.Table, cross: CrossReport, made: Checks) -> dict:
    """What the landing page and the manifest say of this run, money as text."""
    sales, best = show.sales, concentration(ranked)
    first = cross.clients.iloc[0] if len(cross.clients) else None
    name = None if first is None else clean_name(first.client_name or first.client_id, LONGEST)
    return dict(
        company_name=sales.company.company, language=show.words.language, currency=sales.company.currency,
        comparison=sales.before.period.name if sales.before else None, snapshot=sales.source.fingerprint,
        finding=show.finding(best), total=str(made.total), clients=best.clients + best.excluded, half=best.half,
        best_client=name, best_amount=None if first is None else str(first.net), state=show.state(made),
    )  # fmt: skip


def long_cross(sales: Sales) -> ir.Table:
    """Every cell, one row a client and branch: client_id, branch_id (text, None for none), net."""
    lines = sales.counted
    sums = lines.group_by("client_id", "branch_id").agg(net=lines.amount.sum().cast("decimal(38, 4)"))
    ids = {c: sums[c].cast("string") for c in ("client_id", "branch_id")}
    return sums.mutate(**ids).order_by("client_id", "branch_id")
