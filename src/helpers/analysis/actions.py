"""What to do: whom to call, whom to thank, what to watch, each by the money in it.

In come the sales of a period with those of the comparison, out come three small tables, and the same as one for the
front desk. Whom to call goes by each client's own rhythm; what a list led to, nobody here knows.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd
from babel.numbers import get_currency_precision

from helpers.analysis.change import Change, change
from helpers.analysis.cross_report import count_of_branches
from helpers.analysis.movement import grouped_clients, movement
from helpers.analysis.next_step import next_step
from helpers.analysis.points import BonusPoints, bonus_points, points_expiring
from helpers.analysis.rating import totals
from helpers.analysis.rhythm import at_stake, rhythm
from helpers.errors import BadParameter
from helpers.money import EXACT
from helpers.sales import Number, Result, Sales, frame, kept
from helpers.sales.clients import NOBODY
from helpers.sales.lines import lines_of

LISTED, EXPIRING_WITHIN_DAYS = 200, 60
CONTACTS = ("phone", "email")
ZERO = Decimal(0)
COLUMNS = ("action", "reason", "client_id", "client_name", "price_list", "branch", "last_on", "usual_days", "idle_days",
           "spent", "at_stake", "points", "net_before", "net", "change", *CONTACTS)  # fmt: skip


@dataclass(frozen=True)
class LastList:
    """What became of those whom the list after the comparison period named: how many they were, how many of them bought
    in the period, their net in it, and who of them brought most."""

    listed: int
    came: int
    net: Decimal
    client_id: str
    client_name: str | None
    client_net: Decimal


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Actions(Result):
    """What to do after the period; a page shows the first `rows` of each table, the file has all of them.

    branches: how many branches have lines in the period, or in the comparison period where these are more
    call: overdue clients by the money at stake, at most 200: client_id, client_name, price_list, branch (where most was
        spent), reason (lost: bought in the comparison period and not now; sleeping: idle for `lost_after_days`;
        overdue), last_on, usual_days, idle_days, spent (net of the 12 months up to the last purchase), at_stake (of a
        month), points (that expire within 60 days, None for none), phone and email where asked for
    not_overdue: who of the ten best of the comparison period bought nothing and is not overdue, so not in `call`:
        client_id, client_name, net_before, best first
    overdue, stake: how many clients are overdue, and what is at stake a month with all of them
    thank: client_id, client_name, reason (best: newly among the ten best; riser; step: near an amount from which better
        terms begin), net_before, net, change, step and missing
    watch: reason (closed, negative, fell, points, no_client), branch (its name), before, amount
    sleeping_after: the `lost_after_days`
    last_list: what became of the list after the comparison period; None where nobody of it came
    """

    branches: int
    call: pd.DataFrame
    not_overdue: pd.DataFrame
    overdue: int
    stake: Decimal
    thank: pd.DataFrame
    watch: pd.DataFrame
    last_list: LastList | None
    sleeping_after: int
    rows: int

    @property
    def frame(self) -> pd.DataFrame:
        """The three as one table, `action` first."""
        parts = [t.assign(action=name) for name, t in (("call", self.call), ("thank", self.thank)) if len(t)]
        watch = self.watch.rename(columns={"before": "net_before", "amount": "net"}).assign(action="watch")
        is_points = watch.reason == "points"
        watch = watch.assign(points=watch.net.where(is_points), net=watch.net.where(~is_points),
                             net_before=watch.net_before.where(~is_points))  # fmt: skip
        table = pd.concat([*parts, *([watch] if len(watch) else [])]) if parts or len(watch) else pd.DataFrame()
        columns = [c for c in COLUMNS if c not in CONTACTS or c in table.columns]
        table = table.reindex(columns=columns).astype(object).reset_index(drop=True)
        return table.where(table.notna(), None)

    @property
    def figures(self) -> dict[str, Number | None]:
        """How many are overdue and what is at stake with them; what the watched things brought."""
        figures: dict[str, Number | None] = dict(overdue=self.overdue, stake=self.stake)
        for r in self.watch.itertuples():
            if r.reason == "no_client":
                figures["no_client"] = r.amount
            if r.reason == "points":
                figures |= dict(points_redeemed=r.before, points_expired=r.amount)
        return figures


@kept
def actions(sales: Sales, rows: int = 10, contacts: bool = False) -> Actions:
    """Whom to call, whom to thank, what to watch; with `contacts` each client's phone and email, where the source has
    them and names are shown in full.

    Example: `actions(sales, rows=5).call`."""
    if contacts and sales.parameters.names != "full":
        raise BadParameter(f"contacts: true needs names: full, got names: {sales.parameters.names}")
    overdue = _overdue(sales)
    count, stake = _at_stake_in_all(sales, overdue)
    branches = max(count_of_branches(each) for each in (sales, sales.before) if each)
    return Actions(reader=sales.reader, branches=branches, rows=rows, call=_call(sales, overdue, contacts),
                   not_overdue=_not_overdue(sales), overdue=count, stake=stake, thank=_thank(sales, rows),
                   watch=_watch(sales, rows), last_list=_last_list(sales),
                   sleeping_after=sales.company.lost_after_days)  # fmt: skip


def _overdue(sales: Sales) -> ir.Table:
    """The overdue clients who brought something in the 12 months before they stopped; nobody where the sales begin in
    the period, for then no rhythm is known."""
    table = rhythm(sales)
    is_known = sales.begin is not None and sales.begin < sales.period.first
    return table.filter(table.is_overdue & (table.spent > 0) & is_known)


def _at_stake_in_all(sales: Sales, overdue: ir.Table) -> tuple[int, Decimal]:
    """How many clients, and what is at stake a month with all of them: exact, since months are few."""
    sums = overdue.group_by("months").agg(clients=overdue.count(), spent=overdue.spent.sum().cast(EXACT)).to_pandas()
    whole = sum((Fraction(row.spent) / int(row.months) for row in sums.itertuples()), Fraction(0))
    cents = Decimal(whole.numerator) / whole.denominator
    return int(sums.clients.sum()), cents.quantize(Decimal(1).scaleb(-_digits(sales)))


def _listed(overdue: ir.Table) -> ir.Table:
    """Those whom a list names: the first by the money at stake a month."""
    most = overdue.mutate(order=overdue.spent.cast("float64") / overdue.months)
    return most.order_by([ibis.desc("order"), "client_id"]).limit(LISTED)


def _last_list(sales: Sales) -> LastList | None:
    """The list that was due after the comparison period, from the data, and who of it bought since."""
    if sales.comparable is None:
        return None
    ids = list(_listed(_overdue(sales.comparable)).select("client_id").to_pandas().client_id)
    table, clients = rhythm(sales), grouped_clients(sales)
    bought = table.filter(table.client_id.isin(ids) & (table.last_on >= ibis.literal(sales.period.first)))
    came = list(bought.select("client_id").to_pandas().client_id) if ids else []
    if not came:
        return None
    nets = frame(clients.filter(clients.client_id.isin(came)).select("client_id", "net"))
    nets = nets.sort_values(["net", "client_id"], ascending=[False, True], ignore_index=True)
    best = nets.iloc[0]
    names = _known(sales, [best.client_id], contacts=False).client_name
    name = next(iter(names), None)  # the table of clients may lack it
    return LastList(len(ids), len(came), sum(nets.net, ZERO), best.client_id, name, best.net)


def _call(sales: Sales, overdue: ir.Table, contacts: bool) -> pd.DataFrame:
    rows = frame(_listed(overdue))
    ids = list(rows.client_id)
    known = _known(sales, ids, contacts)
    rows = rows.merge(known, how="left", on="client_id")
    stakes = [at_stake(r.spent, r.months, _digits(sales)) for r in rows.itertuples()]
    branches, points, lost = _branches(sales, ids), _points(sales), _absent(sales, ids)
    after = sales.company.lost_after_days
    reasons = ["lost" if r.client_id in lost else "sleeping" if r.idle_days > after else "overdue"
               for r in rows.itertuples()]  # fmt: skip
    rows = rows.assign(
        reason=reasons,
        last_on=pd.Series([_plain_day(day) for day in rows.last_on], index=rows.index, dtype=object),
        at_stake=pd.Series(stakes, index=rows.index, dtype=object),
        branch=pd.Series([branches.get(i) for i in ids], index=rows.index, dtype=object),
        points=pd.Series([points.get(i) for i in ids], index=rows.index, dtype=object),
    )  # fmt: skip
    columns = [c for c in COLUMNS if c in rows.columns and c not in ("action", "net_before", "net", "change")]
    table = rows[columns].astype(object)
    return table.where(table.notna(), None)


def _not_overdue(sales: Sales) -> pd.DataFrame:
    """Of the ten best of the comparison period those with nothing now who are not overdue; lost ones are."""
    columns = ["client_id", "client_name", "net_before"]
    if sales.comparable is None:
        return pd.DataFrame(columns=columns)
    best = movement(sales).best_then
    return best.loc[best.group == "absent", columns].reset_index(drop=True)


def _plain_day(day: Any) -> dt.date:  # a date or pandas' own moment, as the engine gives it
    """The day alone."""
    return day.date() if isinstance(day, dt.datetime) else day


def _known(sales: Sales, ids: list[str], contacts: bool) -> pd.DataFrame:
    """client_id, client_name, price_list and, on request, the contact columns that the source has."""
    if "client" not in sales.source.tables or not ids:
        columns = {"client_id": ids} | {c: None for c in NOBODY if c in ("client_name", "price_list")}
        return pd.DataFrame(columns, dtype=object)
    table = sales.clients.filter(sales.clients.client_id.isin(ids)).select("client_id", "client_name", "price_list")
    master = sales.source.tables["client"]
    if asked_for := [c for c in CONTACTS if contacts and c in master.columns]:
        own = master.select(*asked_for, contact_id=master.client_id.cast("string"))
        table = table.left_join(own, [("client_id", "contact_id")]).drop("contact_id")
    return frame(table)


def _branches(sales: Sales, ids: list[str]) -> dict[str, str]:
    """Client id → the name of the branch where it spent most, over the whole history."""
    if not ids or not sales.has("branch_id"):
        return {}
    lines = lines_of(sales.until_end, ids)
    sums = lines.filter(lines.branch_id.notnull()).group_by("client_id", "branch_id").agg(net=lines.amount.sum())
    rows = sums.mutate(client_id=sums.client_id.cast("string"), branch_id=sums.branch_id.cast("string")).to_pandas()
    names = dict(sales.branches[["branch_id", "name"]].to_numpy())
    best = rows.sort_values(["net", "branch_id"], ascending=[False, True]).drop_duplicates("client_id")
    return {r.client_id: names.get(r.branch_id) or r.branch_id for r in best.itertuples()}


def _points(sales: Sales) -> dict[str, Decimal]:
    """Client id → points that expire soon."""
    expiring = points_expiring(sales, EXPIRING_WITHIN_DAYS, 2000)
    return dict(zip(expiring.frame.client_id, expiring.frame.points, strict=True)) if expiring else {}


def _absent(sales: Sales, ids: list[str]) -> set[str]:
    """Those of the ids that bought in the comparison period and not in this one; nobody where it is not covered."""
    if sales.comparable is None or not ids:
        return set()
    groups = grouped_clients(sales)
    absent = groups.filter((groups.group == "absent") & groups.client_id.isin(ids))
    return set(absent.select("client_id").to_pandas().client_id)


THANK = ["client_id", "client_name", "reason", "net_before", "net", "change", "step", "missing"]


def _thank(sales: Sales, rows: int) -> pd.DataFrame:
    """Who is newly among the ten best, then who rose most, then who is near a step; each client once."""
    parts = [] if sales.comparable is None else _risers(sales, rows)
    steps = next_step(sales, "rules", rows).frame
    parts += [dict(r, reason="step") for r in steps.to_dict("records")]
    table = pd.DataFrame(parts, columns=THANK, dtype=object).drop_duplicates("client_id", ignore_index=True)
    return table.where(table.notna(), None)


def _risers(sales: Sales, rows: int) -> list[dict[str, Any]]:
    moved, clients = movement(sales), grouped_clients(sales)
    newly = moved.best[~moved.best.client_id.isin(moved.best_then.client_id)]
    clients = clients.mutate(change=(clients.net - clients.net_before).cast(EXACT))
    others = clients.filter(
        clients.client_id.notnull(), clients.change > 0, clients.client_id.notin(list(newly.client_id))
    )
    most = others.order_by([ibis.desc("change"), "client_id"]).limit(rows)
    named = most.left_join(sales.clients.select("client_id", "client_name"), "client_id").drop("client_id_right")
    risers = frame(named.order_by([ibis.desc("change"), "client_id"]))
    newly = newly.sort_values(["change", "client_id"], ascending=[False, True])
    return [*newly.assign(reason="best").to_dict("records"), *risers.assign(reason="riser").to_dict("records")]


def _watch(sales: Sales, rows: int) -> pd.DataFrame:
    """Branches that closed, turned negative or fell, the largest loss first; points lost against used; revenue without
    a client."""
    watched, changed = [], change(sales)
    if isinstance(changed, Change) and changed.by_branch.branch.notna().sum() > 1:  # one alone is the company
        for r in changed.by_branch.itertuples():
            reason = "negative" if r.net < 0 <= r.net_before else r.group
            if r.branch is not None and r.change < 0 and reason in ("closed", "negative", "fell"):
                watched.append([reason, r.branch, r.net_before, r.net])
    points, none = bonus_points(sales), totals(sales).without_client
    if isinstance(points, BonusPoints) and points.expired > points.redeemed:
        watched.append(["points", None, points.redeemed, points.expired])
    if none > 0:
        watched.append(["no_client", None, None, none])
    return pd.DataFrame(watched, columns=["reason", "branch", "before", "amount"], dtype=object)


def _digits(sales: Sales) -> int:
    return get_currency_precision(sales.company.currency)
