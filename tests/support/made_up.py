"""A made-up company's results, of any size, without an engine: hostile names, returns, a branch that closed.

All sums are plain Python over the cells drawn here, so a test can hold the page against them.
"""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import TypeVar

import ibis
import nbformat
import pandas as pd

from helpers.analysis.client import OF_THE_RATING, ClientDetails
from helpers.analysis.concentration import Concentration
from helpers.analysis.control_totals import ControlTotals
from helpers.analysis.cross_report import CrossReport
from helpers.analysis.discounts import Discounts
from helpers.analysis.headline import Headline
from helpers.analysis.left_out import LeftOut
from helpers.analysis.movement import BestBefore, Movement
from helpers.analysis.points import BonusPoints
from helpers.analysis.summary import Summary
from helpers.analysis.trend import Trend
from helpers.findings import Finding
from helpers.page.drawing import Drawing, bundle, draw, words_of
from helpers.page.files import Files
from helpers.page.renderers import __all__ as _renderers  # noqa: F401  registers them
from helpers.period import parse_period
from helpers.sales import Reader, Result
from helpers.settings.company import Company

HOSTILE = [
    "<script>window.hit=1;alert(1)</script>",
    '"><img src=x onerror="window.hit=1">',
    "</td></tr></table>",
    "javascript:window.hit=1",
    "{{7*7}}",
    "$x$",
    "[a](javascript:window.hit=1)",
    "</script><script>window.hit=1</script>",
    '=HYPERLINK("http://x.test")',
    "@SUM(A1)",
    "+7 999",
    "-Иван",
    "\t=1+1",
    "\u202egnirts desrever\u202c",
    "zero\u200bwidth",
    "Z\u0335\u0310a\u0336\u0301l\u0334\u0303g\u0337\u0312o\u0338\u0313" * 4,
    "x" * 10_000,
    "İstanbul ß 🦷 ﷽",
    "مؤسسة النور للتجارة 123",
    "NA",
    "null",
    'O\'Brien "The Quote" & Söhne',
    "李雷",
    "bell\x07",
    "{n} {client}",
    "%s %(x)s",
]
FIRST = [
    "Yann",
    "Rosa",
    "Vera",
    "Bruno",
    "Xenia",
    "Marta",
    "David",
    "Inès",
    "Zoé",
    "Noah",
    "Ugo",
    "Élise",
    "Léa",
    "Tomás",
    "Amina",
    "Jürgen",
]
LAST = [
    "Ivanov",
    "Schmidt",
    "Moreau",
    "Garcia",
    "Martin",
    "Nguyen",
    "Tanaka",
    "Chevalier",
    "Novak",
    "Kowalski",
    "Silva",
    "Öztürk",
]
BRANCHES = [
    "Paris 11e",
    "Lyon Part-Dieu",
    "Marseille Prado",
    "Lille Centre",
    "Bordeaux",
    "Nantes",
    "Toulouse",
    "Nice",
    "Rennes",
    "Strasbourg",
    "Grenoble",
    "En ligne",
]
LISTS = ["Standard", "VIP −15 %", "Seniors −5 %", "Partner −8 %", None]
LABELS = {
    "en": {
        "client": {"one": "patient", "other": "patients"},
        "branch": {"one": "department", "other": "departments"},
    },
    "fr": {
        "client": {"one": "patient", "other": "patients"},
        "branch": {"one": "département", "other": "départements"},
    },
}
CLIENT_COLUMNS = """
    rank client_id client_name net sales returns margin cost_coverage share abc price_list price_list_before
    price_list_from price_list_is_default rank_before status net_before
""".split()  # noqa: SIM905
DETAIL_COLUMNS = [*OF_THE_RATING, "first_on", "last_on", "visits", "months", "points"]
ZERO = Decimal(0)


def company(**own) -> Company:
    """A company's settings, only what is drawn."""
    settings = dict(company="Dental Clinics Group", files="data", sale_line="lines.csv", amount_includes_tax=True)
    return Company.model_validate(settings | own)


def reader(language: str = "en", before: str | None = "2026-09", labels: dict | None = None) -> Reader:
    """Who reads of October 2026, compared with September."""
    today = dt.date(2026, 11, 1)
    earlier = None if before is None else parse_period(before, today)
    words = company(labels=labels or {}).labels
    return Reader("acme", language, "EUR", words, parse_period("2026-10", today), earlier)


READER = reader()
R = TypeVar("R", bound=Result)


def read_by(result: R, whose: Reader) -> R:
    """The same result for another reader."""
    return replace(result, reader=whose)


def drawing(result: Result, whose: Reader = READER) -> Drawing:
    """How a result looks to a reader."""
    return draw(read_by(result, whose), words_of(whose))


def headline(related_reports: tuple[str, ...] = ()) -> Headline:
    """The head of a page about all of October."""
    return Headline(
        reader=READER, company=company().company, basis=company().basis, rank_by="net",
        data_through=dt.datetime(2026, 10, 31, 23, 59), currency_alone="", is_tax_included=True, open_day=None,
        related_reports=related_reports,
    )  # fmt: skip


def cross_report(clients: int = 200, branches: int = 12, names=HOSTILE, other: int = 57, seed: int = 7) -> CrossReport:
    """A cross report whose every column adds up."""
    r = Random(seed)
    keys = [f"b:{i}" for i in range(branches)] + ["(none)"]
    sizes = [40_000 / (1 + i) ** 0.9 + 40 for i in range(clients)]
    cells = {f"C{i:04}": [_spent(r, size) for _ in keys[:-1]] + [ZERO] for i, size in enumerate(sizes)}
    cells = dict(sorted(cells.items(), key=lambda row: (-sum(row[1], ZERO), row[0])))
    frame = pd.DataFrame.from_dict(cells, orient="index", columns=keys, dtype=object)
    frame.index.name = "client_id"
    nets = [sum(row, ZERO) for row in cells.values()]
    rest, nobody = (pd.Series([Decimal(r.randrange(10**6)) / 100 for _ in keys], keys, dtype=object) for _ in range(2))
    total = pd.Series([sum(frame[k], ZERO) + rest[k] + nobody[k] for k in keys], keys, dtype=object)
    corner = sum(total, ZERO)
    people = [
        _client(r, i, client_id, net, corner, names) for i, (client_id, net) in enumerate(zip(cells, nets, strict=True))
    ]
    return CrossReport(
        reader=READER,
        branches=_branches(keys),
        clients=pd.DataFrame(people, columns=CLIENT_COLUMNS),
        cells=frame,
        other=rest,
        none=nobody,
        total=total,
        other_count=other,
        folded_count=0,
        other_total=sum(rest, ZERO),
        none_total=sum(nobody, ZERO),
        corner=corner,
        price_lists_as_of=None,
        before_cells=frame.map(lambda v: (v * Decimal("0.9")).quantize(Decimal("0.01"))),
    )


def _spent(r: Random, size: float) -> Decimal:
    amount = Decimal(int(r.lognormvariate(0, 1) * size * 25)) / 100
    return amount if r.random() < 0.6 else -amount if r.random() < 0.02 else ZERO


def _branches(keys: list[str]) -> pd.DataFrame:
    labels = [BRANCHES[i] if i < len(BRANCHES) else f"Branch {i + 1}" for i in range(len(keys) - 1)]
    rows = [
        dict(
            key=k,
            branch_id=k[2:],
            label=label,
            title="Lutetia" if i == 0 else "",
            kind="branch",
            is_closed=i == 3,
            is_new=i == 11,
        )
        for i, (k, label) in enumerate(zip(keys, labels, strict=False))
    ]
    return pd.DataFrame([*rows, dict(rows[0], key="(none)", branch_id=None, label="", title="", kind="none")])


def _client(r: Random, i: int, client_id: str, net: Decimal, corner: Decimal, names: list[str]) -> dict:
    person = f"{FIRST[i % len(FIRST)]} {LAST[i * 7 % len(LAST)]}"
    before = None if i % 9 == 4 else max(1, i + 1 + r.randrange(-6, 7) if i % 5 else i + 1)
    price_list = LISTS[i % len(LISTS)]
    return dict(
        rank=i + 1,
        client_id=client_id,
        client_name=names[i // 2] if i % 2 and i // 2 < len(names) else person,
        net=net,
        sales=net + 10,
        returns=Decimal(-10),
        margin=net / 3 if i % 7 else None,
        cost_coverage=0.9,
        share=float(net / corner),
        abc="AABC"[min(3, i * 4 // 150)],
        price_list=price_list,
        price_list_before="Standard" if i in (2, 30) else None,
        price_list_from=dt.date(2026, 10, 14) if i in (2, 30) else None,
        price_list_is_default=i % 11 == 5 and price_list is not None,
        rank_before=before,
        status=("new" if i % 2 else "recovered") if before is None else "returning",
        net_before=net * Decimal("0.9"),
    )


def concentration(cross: CrossReport) -> Concentration:
    """Shares of the clients shown, by hand."""
    nets = sorted((n for n in cross.clients.net if n > 0), reverse=True)
    total, shares, running = sum(nets, ZERO), [0.0], ZERO
    for net in nets:
        running += net
        shares.append(float(running / total))
    n = len(nets)
    squares = sum(float(net / total) ** 2 for net in nets)
    return Concentration(
        reader=READER,
        clients=n,
        excluded=0,
        total=total,
        half=next(i for i, s in enumerate(shares) if s >= 0.5),
        eighty=next(i for i, s in enumerate(shares) if s >= 0.8),
        top_clients={k: shares[min(k, n)] for k in (1, 5, 10, 20)},
        top_percent={p: shares[n * p // 100] for p in (1, 10, 20)},
        hhi=10_000 * squares,
        effective=1 / squares,
        gini=0.5247,
        curve=pd.DataFrame({"clients": range(n + 1), "share": shares}),
    )


def movement(cross: CrossReport, history: int = 14) -> Movement:
    """The clients of a cross report with their ranks before."""
    columns = ["client_id", "client_name", "rank", "rank_before", "net", "net_before", "status"]
    counts = dict(rose=70, fell=81, same=20, new=21, returning=160, recovered=3, absent=17)
    best = cross.clients[["client_id", "client_name", "net_before", "net"]].head(10)
    best = best.assign(change=best.net - best.net_before, group="rose").reset_index(drop=True)
    sums = {c: sum(best[c], ZERO) for c in ("net_before", "net")}
    everyone = cross.clients[["client_id", "rank", "rank_before", "net"]].astype({"rank_before": "Int64"})
    return Movement(
        reader=READER, table=cross.clients[columns], everyone=ibis.memtable(everyone),
        counts=counts, history_months=history, best=best, best_then=best,
        named=best.head(3), groups=pd.DataFrame([dict(group="rose", clients=len(best), **sums)]),
        best_before=BestBefore(clients=len(best), absent=0, **sums),
    )  # fmt: skip


def trend(months: int = 24) -> Trend:
    """So many months up to October 2026 of two branches, each with 100 more than the one before it."""
    numbers = range(2026 * 12 + 10 - months, 2026 * 12 + 10)
    days = [dt.date(n // 12, n % 12 + 1, 1) for n in numbers]
    nets = [Decimal(1000 + 100 * i) for i in range(months)]
    before = [nets[i - 12] if i >= 12 else None for i in range(months)]
    table = dict(month=days, net=nets, net_year_before=before, clients=9, sales_count=12, margin=None)
    shares = (("n", "Nantes", Decimal("0.7")), ("p", "Paris", Decimal("0.3")))
    branches = [[branch, name, *(net * share for net in nets)] for branch, name, share in shares]
    year, earlier = sum(nets[-12:], ZERO), sum(nets[-24:-12], ZERO)
    return Trend(
        reader=READER, months=pd.DataFrame(table, dtype=object), is_cut=False, year=year,
        year_before=earlier if months >= 24 else None,
        branches=pd.DataFrame(branches, columns=["branch_id", "branch", *days], dtype=object),
    )  # fmt: skip


def uncompared(moved: Movement) -> Movement:
    """The same where no period before can be told."""
    nothing = pd.DataFrame()
    return replace(moved, best=nothing, best_then=nothing, named=nothing, groups=nothing, best_before=None)


def summary(**own) -> Summary:
    """Key figures; `own` are told otherwise."""
    figures = dict(
        net=Decimal("524944.10"),
        net_before=Decimal("494296.00"),
        clients=200,
        clients_before=203,
        new_clients=21,
        sales_count=1480,
        branches=12,
        points=Decimal(26247),
        points_value=Decimal("2624.70"),
        discount=Decimal("31480.00"),
        discount_percent=0.057,
        margin=Decimal("180211.40"),
        margin_percent=0.343,
        cost_coverage=0.93,
        outstanding=None,
    )
    return Summary(reader=READER, **figures | own)


def discounts() -> Discounts:
    """Two lists whose discounts are 18255 + 14680."""
    rows = [
        ("s", "Standard", 113, 289519, 289519, 0),
        ("v", "VIP −15 %", 31, 103446, 121701, 18255),
        ("e", "Employee", 14, 58720, 73400, 14680),
    ]
    columns = ["price_list_id", "price_list", "clients", "net", "base", "discount"]
    frame = pd.DataFrame([[*row[:3], *map(Decimal, row[3:])] for row in rows], columns=columns)
    return Discounts(
        reader=READER, by_list=frame, net=Decimal(289519 + 103446 + 58720), base=Decimal(484620),
        list_discount=Decimal(18255 + 14680), manual_discount=Decimal(210), coupon_discount=ZERO,
        bonus_paid=Decimal("12.50"), percent=0.068, coverage=0.97, off_list_lines=14,
    )  # fmt: skip


def bonus_points() -> BonusPoints:
    """1000 + 26247 − 120 − 8400 − 300 + 0 = 18427."""
    numbers = dict(opening=1000, accrued=26247, reversed=120, redeemed=8400, expired=300, adjusted=0, closing=18427)
    return BonusPoints(
        reader=READER,
        **{k: Decimal(v) for k, v in numbers.items()},
        point_value=Decimal("0.1"),
        liability=Decimal("1842.70"),
    )


def control_totals(cross: CrossReport) -> ControlTotals:
    """Control totals that agree."""
    noticed = Finding("orphan_clients", 2), Finding("late_branches", 1, sample=("Nice",)), Finding("fine_amounts", 31)
    return ControlTotals(
        reader=READER, rows_read=1_248_301, rows_accepted=1_200_000, rows_quarantined=14, rows_rejected=0,
        rows_out_of_period=48_287, rows_left_out=9, total=cross.corner, total_by_client=cross.corner,
        total_by_branch=cross.corner, total_of_lines=cross.corner,
        data_through=dt.datetime(2026, 10, 31, 23, 59), findings=noticed,
    )  # fmt: skip


def left_out() -> LeftOut:
    """Lines that do not count."""
    noticed = Finding("draft", 11, Decimal("1204.50")), Finding("tip", 3, Decimal("12.00"))
    return LeftOut(reader=READER, findings=noticed)


def with_details(cross: CrossReport) -> CrossReport:
    """The same, with what a click on a client opens."""
    months = tuple(f"{2025 + (m > 1)}-{(m + 10) % 12 + 1:02}" for m in range(12))
    rows = [
        dict(
            **{name: row.get(name) for name in OF_THE_RATING},
            first_on=dt.date(2024, 3, 5),
            last_on=dt.date(2026, 10, 29),
            visits=7 + i % 5,
            months=[Decimal(100 * ((i + m) % 7)) for m in range(12)],
            points=Decimal(120),
        )
        for i, row in enumerate(cross.clients.to_dict("records"))
    ]
    return replace(cross, details=ClientDetails(pd.DataFrame(rows, columns=DETAIL_COLUMNS), months))


def notebook(cross: CrossReport, whose: Reader = READER) -> nbformat.NotebookNode:
    """The report as an executed notebook, without a kernel."""
    md, half = nbformat.v4.new_markdown_cell, {"metadata": {"tags": ["half"]}}

    def code(result: Result) -> nbformat.NotebookNode:
        return shown(read_by(result, whose))

    cells = [
        md("# Client rating"),
        code(headline()),
        code(summary()),
        md("## How much do the best bring?", **half),
        code(concentration(cross)),
        md("## Who rose, who fell?", **half),
        code(movement(cross)),
        md("## Where do they spend?\n\nBest first. The price list stands beside the name."),
        code(cross),
        md("## What did the price lists give away?", **half),
        code(discounts()),
        md("## Bonus points", **half),
        code(bonus_points()),
        md("## What is not in this report", **half),
        code(left_out()),
        md("## Checks", **half),
        code(control_totals(cross)),
        code(Files(reader=whose, names=("rating.xlsx", "cross.csv", "rating.parquet"))),
    ]
    return nbformat.v4.new_notebook(cells=cells)


def shown(result: Result) -> nbformat.NotebookNode:
    """A cell that ends with a result, executed."""
    output = nbformat.v4.new_output("execute_result", data=bundle(result), execution_count=1)
    return nbformat.v4.new_code_cell("show", outputs=[output], execution_count=1)


def random_names(count: int) -> list[str]:
    """Names of any characters that Unicode has, the same at each run."""
    from hypothesis import HealthCheck, Phase, given, seed, settings, strategies

    found = {}

    @seed(3)
    @settings(
        database=None,
        max_examples=6 * count,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategies.text(min_size=1, max_size=60))
    def collect(name):
        if name.strip():
            found[name] = None

    collect()
    return [*found][-count:]
