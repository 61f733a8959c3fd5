"""The lines that count, and what was left out.

In come a company's name and a period in words; out comes `Sales`: the posted sale and return lines of the period as
one lazy table with signed amounts in one basis, the same of the comparison period, the whole history before, and the
small tables beside (clients with their price list, branches). Every rule of what counts stands here and nowhere else.
"""

import datetime as dt
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir
import pandas as pd

from helpers.codes import code, coded
from helpers.config import Company, ReportParameters, checked_parameters, project_root, read_company, today_of
from helpers.lines import at_original, converted, merged, refuse_unmapped, signed
from helpers.period import Period, comparison_period, parse_period
from helpers.source import Source, open_source

EXACT = "decimal(38, 4)"


@dataclass(eq=False)
class Sales:
    """A company's sales of one period, ready to be asked.

    `counted` has one row a line that counts: the columns of sale_line that the source has, `amount` signed (returns
    negative) and with or without tax as source.yaml says, `paid` (the same as supplied), `is_return`, and ids of the
    source's own type.
    """

    name: str
    company: Company
    source: Source
    period: Period
    today: dt.date
    parameters: ReportParameters
    before: "Sales | None" = field(default=None, repr=False)
    root: Path | None = None

    @cached_property
    def all_lines(self) -> ir.Table:
        """Every line that came through the door, whatever its date and state, with `amount` signed and taxed."""
        tables = self.source.tables
        lines = at_original(tables["sale_line"], self.company)
        lines = converted(lines, tables.get("fx_rate"), self.company.currency, self.day)
        return signed(merged(lines, tables, self.company), self.company, self._anonymous)

    @cached_property
    def in_period(self) -> ir.Table:
        """The period's lines, whatever their state."""
        return self.all_lines.filter(self.between(self.all_lines.sold_at, self.period))

    @cached_property
    def counted(self) -> ir.Table:
        """The period's lines that count."""
        return _counted(self.in_period)

    @cached_property
    def history(self) -> ir.Table:
        """The lines that count before the period began."""
        past = self.all_lines.sold_at < self.moment(self.period.first)
        return _counted(self.all_lines.filter(past))

    @cached_property
    def until_end(self) -> ir.Table:
        """The lines that count up to the period's end: the whole history and the period."""
        return _counted(self.all_lines.filter(self.all_lines.sold_at < self.moment(_after(self.period.last))))

    @cached_property
    def by_reason(self) -> pd.DataFrame:
        """The period's lines by why they do not count (None: they do): reason, lines, amount."""
        groups = self.in_period.group_by(reason=self.in_period.left_out)
        table = groups.agg(lines=ibis._.count(), amount=ibis._.amount.sum().cast(EXACT)).to_pandas()
        refuse_unmapped(list(table.reason.dropna()), self.company)
        return table

    @cached_property
    def left_out(self) -> pd.DataFrame:
        """The period's lines that do not count: reason, lines, amount."""
        return self.by_reason.dropna(subset="reason").sort_values("reason", ignore_index=True)

    @cached_property
    def data_through(self) -> dt.datetime | None:
        """The moment of the last line that counts, by the company's clock; None without a line."""
        return self.local(self.counted.sold_at.max().execute())

    @cached_property
    def clients(self) -> ir.Table:
        """One row a client of the master: client_id (text), client_name, price list assigned at the period's end."""
        return _clients(self)

    @cached_property
    def branches(self) -> pd.DataFrame:
        """One row a branch of the master, named as at the period's end, with its former names."""
        return _branches(self)

    @cached_property
    def _anonymous(self) -> list[str]:
        ids = list(self.company.anonymous_client_ids)
        client = self.source.tables.get("client")
        if client is not None and "is_anonymous" in client.columns:
            ids += client.filter(client.is_anonymous).client_id.cast("string").to_pandas().tolist()
        return sorted(ids)

    def has(self, column: str) -> bool:
        """Whether the sale lines of this source carry a column."""
        return column in self.source.tables["sale_line"].columns

    def lines(self, client_id: str | None = None, branch_id: str | None = None, limit: int = 1_000) -> pd.DataFrame:
        """The lines behind a cell of the cross report, latest first, in pandas; money as Decimal."""
        lines = self.counted
        if client_id is not None:
            lines = lines.filter(lines.client_id.cast("string") == client_id)
        if branch_id is not None:
            lines = lines.filter(lines.branch_id.cast("string") == branch_id)
        return lines.drop("left_out").order_by(ibis.desc("sold_at")).limit(limit).to_pandas()

    def between(self, column: ir.Column, period: Period) -> ir.BooleanValue:
        """Whether a moment lies in the period's local days, compared in the source's own zone so files are pruned."""
        return (column >= self.moment(period.first, column)) & (column < self.moment(_after(period.last), column))

    def day(self, column: ir.Column) -> ir.DateColumn:
        """The local day of a moment, day_start and daylight saving considered, on any engine.

        The zone's changes are few, so they are written out as cases; engines differ in their own functions.
        """
        if column.type().is_date():
            return column
        start = dt.timedelta(minutes=int(self.company.day_start[:2]) * 60 + int(self.company.day_start[3:]))
        shifts = [(since, by - start) for since, by in self._shifts]
        utc = column.cast("timestamp") if column.type().timezone else column
        cases = [(utc < since, utc + _interval(by)) for (_, by), (since, _) in pairwise(shifts)]
        shifted = ibis.cases(*cases, else_=utc + _interval(shifts[-1][1])) if cases else utc + _interval(shifts[0][1])
        return shifted.cast("date")

    @cached_property
    def _shifts(self) -> list[tuple[dt.datetime, dt.timedelta]]:
        """(since, how far the company's clock is ahead of the source's), over the history read."""
        zoned = self.source.tables["sale_line"].sold_at.type().timezone
        there, here = ZoneInfo("UTC") if zoned else self.company.source_zone, self.company.zone

        def ahead(naive: dt.datetime) -> dt.timedelta:
            return naive.replace(tzinfo=there).astimezone(here).replace(tzinfo=None) - naive

        oldest = self.source.tables["sale_line"].sold_at.min().execute()
        day = dt.datetime(1990 if pd.isna(oldest) else max(1990, pd.Timestamp(oldest).year), 1, 1)
        found, last = [(day, ahead(day))], dt.datetime(self.period.last.year + 1, 1, 2)
        while there != here and (day := day + dt.timedelta(days=1)) < last:
            if ahead(day) != found[-1][1]:
                hours = (day - dt.timedelta(hours=h) for h in range(23, -1, -1))
                found.append((next(h for h in hours if ahead(h) == ahead(day)), ahead(day)))
        return found

    def local(self, moment: dt.datetime | None) -> dt.datetime | None:
        """A moment of the source as the company's clock shows it."""
        if moment is None or pd.isna(moment):
            return None
        moment = pd.Timestamp(moment).to_pydatetime()
        if not self._has_moments:
            return moment
        aware = moment if moment.tzinfo else moment.replace(tzinfo=self.company.source_zone)
        return aware.astimezone(self.company.zone).replace(tzinfo=None)

    @property
    def _has_moments(self) -> bool:
        return self.source.tables["sale_line"].sold_at.type().is_timestamp()

    def moment(self, day: dt.date, column: ir.Column | None = None) -> ir.Scalar:
        """The instant a local day begins, as a literal of the type and zone of a column (sold_at unless told)."""
        column = self.source.tables["sale_line"].sold_at if column is None else column
        if column.type().is_date():
            return ibis.literal(day)
        instant = Period(day, day, "day").instants(self.company.zone, dt.time.fromisoformat(self.company.day_start))[0]
        if column.type().timezone:
            return ibis.literal(instant)
        return ibis.literal(instant.astimezone(self.company.source_zone).replace(tzinfo=None))


def open_sales(
    company: str = "demo",
    period: str = "last month",
    today: str = "",
    comparison: str = "previous",
    root: Path | None = None,
    **parameters,
) -> Sales:
    """The sales of a company (a folder of params/) in a period, with those of the comparison period in `.before`.

    `today` is `YYYY-MM-DD`; empty asks the clock of the company's zone. `parameters` are further ones of
    `ReportParameters`: rank_by, top, max_branch_columns, names. Raises BadParameter (64),
    NoInput (66), BadConfiguration (78), BadData (65).
    """
    root = root or project_root()
    asked = checked_parameters(dict(period=period, company=company, comparison=comparison, today=today, **parameters))
    settings = read_company(company, root)
    day = today_of(today, settings)
    chosen = parse_period(period, day, settings.fiscal_start)
    source = open_source(settings, root)
    if asked.names == "code":
        source = coded(source)
        settings = settings.model_copy(
            update={"anonymous_client_ids": [code(i) for i in settings.anonymous_client_ids]}
        )
    sales = Sales(company, settings, source, chosen, day, asked, root=root)
    if earlier := comparison_period(chosen, comparison, day):
        sales.before = Sales(company, settings, source, earlier, day, asked, root=root)
    return sales


def frame(table: ir.Table) -> pd.DataFrame:
    """A small table in pandas: money as Decimal, and None for what is unknown, in any column."""
    found = table.to_pandas()
    unknown = found.columns[found.isna().any()]
    return found.assign(**{c: found[c].astype(object).where(found[c].notna(), None) for c in unknown})


def _interval(by: dt.timedelta) -> ir.IntervalScalar:
    return ibis.interval(minutes=int(by.total_seconds() // 60))


def _after(day: dt.date) -> dt.date:
    return day + dt.timedelta(days=1)


def _counted(lines: ir.Table) -> ir.Table:
    return lines.filter(lines.left_out.isnull())


def _clients(sales: Sales) -> ir.Table:
    """The client master with text ids and three facts of the price list (SEMANTICS: assigned, not applied)."""
    client = sales.source.tables.get("client")
    if client is None:
        lines = sales.source.tables["sale_line"]
        ids = lines.select(client_id=lines.client_id.cast("string")).limit(0)
        return ids.mutate(**{c: ibis.null("string") for c in ("client_name", *PRICE_LIST_COLUMNS[:2])},
                          price_list_from=ibis.null("date"), price_list_is_default=ibis.literal(False))  # fmt: skip
    named = client.client_name if "client_name" in client.columns else ibis.null("string")
    if sales.parameters.names == "initials":
        named = named.re_replace(r"(\pL)[\pL\pM'’-]*", r"\1.")
    own = client.price_list_id.cast("string") if "price_list_id" in client.columns else ibis.null("string")
    base = client.select(client_id=client.client_id.cast("string"), client_name=named, own_list=own)
    return _with_price_list(sales, base)


PRICE_LIST_COLUMNS = ("price_list", "price_list_before", "price_list_from", "price_list_is_default")


def _with_price_list(sales: Sales, client: ir.Table) -> ir.Table:
    history = sales.source.tables.get("client_price_list")
    if history is None:
        listed = client.mutate(
            list_id=client.own_list, before_id=ibis.null("string"), price_list_from=ibis.null("date")
        )
    else:
        listed = client.left_join(_assigned(history, sales.period), "client_id").drop("client_id_right")
        listed = listed.mutate(list_id=listed.list_id.fill_null(listed.own_list))
    default = sales.company.default_price_list_id
    listed = listed.mutate(price_list_is_default=listed.list_id.isnull() & ibis.literal(default is not None),
                           list_id=listed.list_id.fill_null(default) if default else listed.list_id)  # fmt: skip
    names = sales.source.tables.get("price_list")
    for column, key in (("price_list", "list_id"), ("price_list_before", "before_id")):
        if names is None:
            listed = listed.mutate(**{column: listed[key]})
        else:
            label = names.select(**{key: names.price_list_id.cast("string"), column: names.price_list_name})
            listed = listed.left_join(label, key).drop(f"{key}_right")
            listed = listed.mutate(**{column: listed[column].fill_null(listed[key])})
    return listed.select("client_id", "client_name", *PRICE_LIST_COLUMNS)


def _assigned(history: ir.Table, period: Period) -> ir.Table:
    """The list assigned at the period's last instant, and the one before when it changed within the period."""
    last = ibis.literal(period.last)
    until = history.valid_to if "valid_to" in history.columns else ibis.null("date")
    rows = history.mutate(client_id=history.client_id.cast("string"), list_id=history.price_list_id.cast("string"),
                          is_valid=until.isnull() | (until >= last)).filter(history.valid_from <= last)  # fmt: skip
    order = ibis.window(group_by=rows.client_id, order_by=[ibis.desc(rows.valid_from), rows.list_id])
    rows = rows.mutate(age=ibis.row_number().over(order), before_id=rows.list_id.lead().over(order))
    newest = rows.filter((rows.age == 0) & rows.is_valid)
    is_new = (newest.valid_from > ibis.literal(period.first)) & newest.before_id.notnull()
    return newest.select("client_id", "list_id", before_id=ibis.ifelse(is_new, newest.before_id, ibis.null("string")),
                         price_list_from=ibis.ifelse(is_new, newest.valid_from, ibis.null("date")))  # fmt: skip


def _branches(sales: Sales) -> pd.DataFrame:
    """branch_id, name, former (names), opened_on, closed_on, sort_order; empty without a branch table."""
    columns = ["branch_id", "name", "former", "opened_on", "closed_on", "sort_order"]
    branch = sales.source.tables.get("branch")
    if branch is None:
        return pd.DataFrame(columns=columns)
    table = frame(branch.mutate(branch_id=branch.branch_id.cast("string")))
    names = _branch_names(sales)
    own = dict(zip(table.branch_id, table.get("branch_name", table.branch_id), strict=True))
    table["name"] = [names.get(b, [own[b]])[-1] for b in table.branch_id]
    table["former"] = [tuple(n for n in names.get(r.branch_id, []) if n != r.name) for r in table.itertuples()]
    for column in ("opened_on", "closed_on"):
        days = table.get(column, pd.Series([None] * len(table)))
        table[column] = pd.Series([None if pd.isna(d) else pd.Timestamp(d).date() for d in days], dtype=object)
    table = table.reindex(columns=columns).astype(object)
    return table.where(table.notna(), None)


def _branch_names(sales: Sales) -> dict[str, list[str]]:
    """Branch id → its names up to the period's end, oldest first."""
    table = sales.source.tables.get("branch_name")
    if table is None:
        return {}
    rows = table.filter(table.valid_from <= ibis.literal(sales.period.last)).order_by("valid_from")
    frame = rows.mutate(branch_id=rows.branch_id.cast("string")).to_pandas()
    return frame.groupby("branch_id", sort=False)["name"].agg(list).to_dict()
