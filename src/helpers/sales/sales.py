"""The lines that count, and what was left out.

In come a company's name and a period in words; out comes `Sales`: the posted sale and return lines of the period as
one lazy table with signed amounts in one basis, the same of the comparison period, the whole history before, and the
small tables beside (clients with their price list, branches). Every rule of what counts stands here and nowhere else.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property, partial, reduce
from numbers import Integral
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from helpers import schema
from helpers.errors import BadParameter
from helpers.period import Period, comparison_period, parse_period
from helpers.sales.basis import in_basis
from helpers.sales.branches import branches, read_master
from helpers.sales.by_client import client_days, client_sums, gathered
from helpers.sales.clients import clients, named_clients
from helpers.sales.clock import ONE_DAY, Clock
from helpers.sales.currencies import converted, in_currency
from helpers.sales.identity import merged
from helpers.sales.lines import at_original, refuse_unmapped, signed, tally, with_repeats, with_reversals
from helpers.sales.lookup import (
    NO_BRANCH,
    NO_CLIENT,
    branch_called,
    branch_names,
    client_called,
    price_list_called,
)
from helpers.sales.store import Reader, Unavailable, checked, kept
from helpers.settings.company import Company
from helpers.settings.parameters import ReportParameters, checked_parameters, in_one, several
from helpers.source import Source

WHOLE_FROM = 100  # units of the currency that the median client spent
ANSI = re.compile("\x1b\\[[0-9;]*m")
SELECT = re.compile(r"(\s|--.*\n|/\*.*?\*/)*(select|with)\b", re.IGNORECASE | re.DOTALL)
SEPARATOR = "\x1f"  # between the parts of a document's key: no id holds it


@dataclass(eq=False, repr=False)
class Sales:
    """A company's sales of one period, ready to be asked.

    `counted` has one row a line that counts: the columns of sale_line that the source has, `amount` signed (returns
    negative) and with or without tax as source.yaml says, `paid` (the same as supplied), `is_return`, `is_sale` (false
    of a discount on a line of its own too), and ids of the source's own type.
    """

    name: str
    company: Company
    source: Source
    opened: tuple[Source, Company]
    period: Period
    today: dt.date
    parameters: ReportParameters
    before: "Sales | None" = field(default=None, repr=False)
    """The sales of the comparison period; None where nothing is compared.

    Example: `sales.before.counted.amount.sum().execute()`."""
    root: Path | None = None
    uncoded: "Sales | None" = field(default=None, repr=False)
    """With `names: code` the same sales under the ids of the source, for what only counts; nothing shows its ids."""
    part_of: "Sales | None" = field(default=None, repr=False)
    """The same sales of all branches and clients, where `only` narrowed these."""
    only_clients: ir.Table | None = None
    """The clients (rows of `clients`) that they were narrowed to."""
    lasting: dict[tuple[object, ...], Any] = field(default_factory=dict, repr=False)
    """What is the same in every period of one source and basis, kept for all sales that are made of these."""
    answers: dict[tuple[Any, ...], Any] = field(default_factory=dict, init=False, repr=False)

    def __repr__(self) -> str:
        against = f", compared with {self.before.period.name}" if self.before else ""
        part = ", only " + ", ".join(only) if (only := [*self.only_branches, *self.only_price_lists]) else ""
        return f"<Sales of {self.name}, {self.period.name}{part}{against}: ask rating(sales), summary(sales), …>"

    @cached_property
    def reader(self) -> Reader:
        """For whom results of these sales are drawn."""
        company, parameters = self.company, self.parameters
        before = self.before.period if self.before else None
        digits = 0 if self.is_in_whole_units else None
        names = branch_names(self.whole) if self.only_branches else {}
        return Reader(
            self.name, parameters.language, company.currency, company.labels, self.period, before, digits,
            tuple(names.get(branch, branch) for branch in self.only_branches), tuple(self.only_price_lists),
        )  # fmt: skip

    @cached_property
    def is_in_whole_units(self) -> bool:
        """Whether a page shows whole units of the currency: as `page_units` says, or where the median of the clients
        shown spent at least 100 of them."""
        if (units := self.parameters.page_units) != "auto":
            return units == "whole"
        sums = self.client_sums(self.is_compared)
        nets = sums.filter(sums.client_id.notnull()).order_by(ibis.desc("net"))
        shown = sorted(nets.limit(self.parameters.top).net.to_pandas())
        return bool(shown) and shown[len(shown) // 2] >= WHOLE_FROM

    @cached_property
    def clock(self) -> Clock:
        """The company's clock.

        Example: `sales.clock.day(sales.counted.sold_at)`.
        """
        sold_at = self.source.tables["sale_line"].sold_at
        oldest = partial(_oldest, self.source, self.lasting)  # which does not hold these sales: they go when dropped
        return Clock(self.company, sold_at, self._last_year, oldest)

    @cached_property
    def reached(self) -> dict[int, bool]:
        """Level of `schema.LEVELS` → whether this source has what it needs."""
        return schema.reached({name: set(table.columns) for name, table in self.source.tables.items()})

    def unavailable(self, level: int) -> Unavailable:
        """The answer to a question for which this source does not reach a level."""
        return Unavailable(reader=self.reader, level=level)

    def _once(self, *what: object, ask: Callable[[], Any]) -> Any:
        """What was asked before in whatever period, else the answer."""
        return _asked_once(self.lasting, what, ask)

    @cached_property
    def all_lines(self) -> ir.Table:
        """Every line that came through the door, whatever its date and state, with `amount` signed and taxed."""
        return self._narrowed(self._once("lines", self._last_year, ask=self._whole_lines))

    def _whole_lines(self) -> ir.Table:
        tables, only = self.source.tables, self.parameters.currency
        lines = with_repeats(tables["sale_line"], self.company)
        lines = with_reversals(at_original(lines, self.company), self.company)
        if only:
            lines = in_currency(lines, only, self.opened[1].currency)
        else:
            lines = converted(lines, tables.get("fx_rate"), self.company, self.clock.day)
        lines = signed(merged(lines, tables, self.company), self.company, self._anonymous)
        return self.source.named(lines.drop(c for c in ("is_repeat", "is_reversal") if c in lines.columns))

    def _narrowed(self, lines: ir.Table) -> ir.Table:
        if self.only_branches:
            lines = lines.filter(lines.branch_id.cast("string").isin(self.only_branches))
        if self.only_clients is not None:
            lines = lines.filter(lines.client_id.cast("string").isin(self.only_clients.client_id))
        return lines

    @property
    def _last_year(self) -> int:
        """The last year whose clock changes are written out in what all periods share."""
        return max(self.period.last.year, self.today.year)

    @cached_property
    def in_period(self) -> ir.Table:
        """The period's lines, whatever their state."""
        return self.all_lines.filter(self.clock.between(self.all_lines.sold_at, self.period))

    @cached_property
    def counted(self) -> ir.Table:
        """The period's lines that count.

        Example: `sales.counted.group_by("branch_id").agg(net=sales.counted.amount.sum())`.
        """
        return _counted(self.in_period)

    @cached_property
    def history(self) -> ir.Table:
        """The lines that count before the period began.

        Example: `sales.history.sold_at.min().execute()`.
        """
        past = self.all_lines.sold_at < self.clock.moment(self.period.first)
        return _counted(self.all_lines.filter(past))

    @cached_property
    def until_end(self) -> ir.Table:
        """The lines that count up to the period's end: the whole history and the period."""
        return _counted(self.all_lines.filter(self.all_lines.sold_at < self.clock.moment(self.period.last + ONE_DAY)))

    @cached_property
    def client_days(self) -> ir.Table:
        """One row a client and local day up to the period's end: see `by_client.client_days`."""
        return self.every_day.filter(self.every_day.client_id.notnull())

    @cached_property
    def every_day(self) -> ir.Table:
        """The same, with a row a day for the lines without a client: all that counts. Added up once for all periods."""
        only = self.only_price_lists and (self.parameters.only_price_lists, self.whole.period.last)
        days = self._once("days", self._last_year, self.parameters.only_branches, only or "", ask=self._every_day)
        return days.filter(days.day <= ibis.date(self.period.last))

    def _every_day(self) -> ir.Table:
        lines = _counted(self.all_lines)
        lines = lines.mutate(day=self.clock.day(lines.sold_at))
        return self.source.keep(client_days(gathered(self, lines, "client_id")))

    @kept
    def client_sums(self, with_moments: bool) -> ir.Table:
        """One row a client of the period, and one for all lines without: see `by_client.client_sums`."""
        return self.source.keep(client_sums(self.counted, with_moments))

    @property
    def is_compared(self) -> bool:
        """Whether a comparison is asked for, so that sums by client bring first and last sales by the same scan."""
        return self.parameters.comparison != "none"

    @cached_property
    def tally(self) -> pd.DataFrame:
        """The period's lines by branch and by why they do not count, by one scan: see `lines.tally`."""
        table = tally(self.in_period, self.company.currency).to_pandas().astype({"reason": object, "branch_id": object})
        table = table.assign(**{c: table[c].where(table[c].notna(), None) for c in ("reason", "branch_id", "amount")})
        refuse_unmapped(sorted(table.reason.dropna().unique()), self.company)
        return table

    @cached_property
    def by_reason(self) -> pd.DataFrame:
        """The period's lines by why they do not count (None: they do): reason, lines, amount (None: all unknown)."""
        groups = self.tally.groupby("reason", dropna=False)
        rows = [(None if pd.isna(why) else why, int(part.lines.sum()), _sum(part.amount)) for why, part in groups]
        return pd.DataFrame(rows, columns=["reason", "lines", "amount"]).astype({"reason": object, "amount": object})

    @cached_property
    def left_out(self) -> pd.DataFrame:
        """The period's lines that do not count: reason, lines, amount."""
        return self.by_reason.dropna(subset="reason").sort_values("reason", ignore_index=True)

    @cached_property
    def data_through(self) -> dt.datetime | None:
        """The moment of the last line of the company that counts, by its clock; None without a line."""
        tally = self.whole.tally
        return self.clock.local(tally[tally.reason.isna()]["last"].max())

    @property
    def stored(self) -> pd.Series:
        """Of all lines, whatever their date: rows, undated, oldest and newest (moments)."""
        return _stored(self.source, self.lasting)

    @cached_property
    def begin(self) -> dt.date | None:
        """The local day of the oldest line of the source; None without a line."""
        return self.clock.day_of(self.stored.oldest)

    @cached_property
    def end(self) -> dt.date | None:
        """The local day of the newest line of the source; None without a line."""
        return self.clock.day_of(self.stored.newest)

    @property
    def comparable(self) -> "Sales | None":
        """The comparison where the sales cover it: they begin (`begin`) on its first day or before; else None."""
        is_covered = self.before is not None and self.begin is not None and self.begin <= self.before.period.first
        return self.before if is_covered else None

    @property
    def history_months(self) -> int:
        """Whole months of sales known before the period."""
        if (day := self.begin) is None:
            return 0
        first = self.period.first
        return max(0, (first.year - day.year) * 12 + first.month - day.month - (day.day > first.day))

    @cached_property
    def clients(self) -> ir.Table:
        """One row a client of the master: client_id (text), client_name, price list assigned at the period's end.

        Example: `frame(sales.clients.filter(sales.clients.price_list == "VIP"))`.
        """
        tables = self.source.tables
        named = self._once("clients", ask=lambda: self.source.named(named_clients(tables, self.parameters.names)))
        return self.source.named(clients(tables, self.company, self.period, named))

    @cached_property
    def branches(self) -> pd.DataFrame:
        """One row a branch of the master, named as at the period's end, with its former names.

        Example: `sales.branches[["branch_id", "name"]]`.
        """
        master = self._once("branches", ask=lambda: read_master(self.source.tables))
        return branches(master, self.period)

    def in_period_called(self, period: str, comparison: str | None = None) -> "Sales":
        """The same source in another period, compared as these or in another way; raises BadParameter for what names
        none.

        Example: `sales.in_period_called("2026-Q3", "last year")`.
        """
        if self.part_of is not None:
            again = self.part_of.in_period_called(period, comparison)
            return again.only(self.only_branches, self.only_price_lists)
        compared = self.parameters.comparison if comparison is None else comparison
        values = self.parameters.model_dump() | {"period": period, "comparison": compared}
        chosen = parse_period(period, self.today, self.company.fiscal_start)
        uncoded = self.uncoded and self.uncoded.in_period_called(period, "none")
        sales = replace(self, period=chosen, parameters=checked_parameters(values), before=None, uncoded=uncoded)
        return sales.compared()

    def compared(self) -> "Sales":
        """The same sales; `before` are those of the period that they are compared with."""
        if earlier := comparison_period(self.period, self.parameters.comparison, self.today):
            self.before = replace(self, period=earlier)
        return self

    @property
    def only_branches(self) -> list[str]:
        """The ids of the branches that these sales are narrowed to; none for all."""
        return several(self.parameters.only_branches)

    @property
    def only_price_lists(self) -> list[str]:
        """The names of the price lists that their clients have; none for all."""
        return several(self.parameters.only_price_lists)

    @property
    def whole(self) -> "Sales":
        """The same sales of all branches and clients."""
        return self if self.part_of is None else self.part_of

    @checked
    def only(
        self, branch: str | int | Iterable[str | int] | None = None, price_list: str | Iterable[str] | None = None
    ) -> "Sales":
        """The sales of some branches (ids or names), or of the clients with some price lists at the period's end, or of
        both; one or a list of them. What is not named stays as it was, an empty one is all, without either all are
        shown again. The comparison is narrowed to the same clients. Some branches alone have no bonus points: a
        client's are those of the whole company. Raises BadParameter.

        Example: `sales.only(branch=["Dentistry", "Cardiology"])`.
        """
        whole, is_all = self.whole, branch is None and price_list is None
        branch = self.only_branches if branch is None and not is_all else branch
        price_list = self.only_price_lists if price_list is None and not is_all else price_list
        ids = [branch_called(whole, each, may_be_several=True) for each in _each(branch)]
        names = [price_list_called(whole, each) for each in _each(price_list)]
        if not ids and not names:
            return whole
        says = dict(only_branches=in_one(ids), only_price_lists=in_one(names))
        clients = whole.clients.filter(whole.clients.price_list.isin(names)) if names else None
        part = replace(whole, part_of=whole, only_clients=clients, parameters=whole.parameters.model_copy(update=says),
                       uncoded=whole.uncoded and whole.uncoded.only(branch, price_list), before=None)  # fmt: skip
        if whole.before is not None:
            part.before = replace(part, period=whole.before.period, part_of=whole.before)
        return part

    def in_basis(self, basis: str) -> "Sales":
        """The same period in another basis, without a comparison."""
        source, company = in_basis(*self.opened, basis)
        company = company.model_copy(update={"currency": self.company.currency})
        whole = self.part_of and self.part_of.in_basis(basis)
        return replace(self, source=source, company=company, before=None, part_of=whole, lasting={})

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

    @cached_property
    def named_lines(self) -> ir.Table:
        """The lines that count, ready to group by: client_id and branch_id as text, client_name and branch_name beside
        them, price_list_name of the applied list and assigned_price_list at the period's end, sold_on (the day a line
        counts for) and sold_at_local (its moment) by the company's clock.

        Example: `sales.named_lines.group_by("sold_on").agg(net=sales.named_lines.amount.sum())`.
        """
        lines = self.counted.drop(c for c in ("left_out", "no_rate") if c in self.counted.columns)
        ids = {c: lines[c].cast("string") for c in ("client_id", "branch_id")}
        days = dict(sold_on=self.clock.day(lines.sold_at), sold_at_local=self.clock.local_time(lines.sold_at))
        lines = lines.mutate(**ids, **days)
        lines = lines.mutate(branch_name=_label(lines.branch_id, dict(self.branches[["branch_id", "name"]].to_numpy())))
        if self.has("price_list_id"):
            lines = lines.mutate(price_list_name=_label(lines.price_list_id.cast("string"), self.price_list_names))
        names = self.clients.select("client_id", "client_name", assigned_price_list="price_list")
        lines = lines.left_join(names, "client_id").drop("client_id_right")
        lines = lines.relocate("sold_on", "sold_at_local", after="sold_at").relocate("client_name", after="client_id")
        return self.source.named(lines.relocate("branch_name", after="branch_id"))

    @cached_property
    def bonus_entries(self) -> ir.Table | None:
        """The source's own ledger of points, under ids that are merged; None without one, and of some branches alone:
        a client's points are those of the whole company."""
        if (own := self.source.tables.get("bonus_entry")) is None or self.only_branches:
            return None
        own = merged(own, self.source.tables, self.company)
        own = own.mutate(client_id=own.client_id.cast("string"))
        return own if self.only_clients is None else own.filter(own.client_id.isin(self.only_clients.client_id))

    @cached_property
    def price_list_names(self) -> dict[str, str]:
        """Price list id (text) → its name; empty where the source names none.

        Example: `sales.price_list_names["VIP"]`.
        """
        if (lists := self.source.tables.get("price_list")) is None:
            return {}
        rows = lists.select(lists.price_list_id.cast("string"), "price_list_name").to_pandas()
        return dict(rows.dropna().itertuples(index=False, name=None))

    @checked
    def lines(
        self, client: str | int | None = None, branch: str | int | None = None, limit: int | None = None
    ) -> pd.DataFrame:
        """The lines behind a cell of the cross report, latest first, in pandas: the columns of `named_lines`, money as
        Decimal. All of them, or the first `limit`.

        Client and branch are an id or a name; "(no client)" and "(none)" are lines without one. Raises BadParameter for
        what is not known. `sold_at` is the moment by the source's own clock (`times_are_in`).

        Example: `sales.lines(branch="Dentistry").amount.sum()`.
        """
        lines = self.named_lines
        if client is not None:
            is_his = lines.client_id.isnull() if client == NO_CLIENT else lines.client_id == client_called(self, client)
            lines = lines.filter(is_his)
        if branch is not None:
            is_its = lines.branch_id.isnull() if branch == NO_BRANCH else lines.branch_id == branch_called(self, branch)
            lines = lines.filter(is_its)
        return self.latest_first(lines, limit)

    def latest_first(self, lines: ir.Table, limit: int | None = None) -> pd.DataFrame:
        """Lines in pandas, the latest first; all, or the first `limit`."""
        return frame(lines.order_by([ibis.desc("sold_at"), *self.keys]).limit(limit))

    @checked
    def sql(self, query: str) -> pd.DataFrame:
        """What a SELECT from `lines` gives, in pandas, in the engine's own SQL; `lines` has the columns of
        `named_lines`. Raises BadParameter for what the engine does not understand.

        Example: `sales.sql("select branch_name, sum(amount) as net from lines group by branch_name")`.
        """
        if not SELECT.match(query):
            raise BadParameter("sql: only a SELECT is asked, as in: select sum(amount) from lines")
        try:
            return frame(self.named_lines.alias("lines").sql(query))
        except Exception as error:  # each engine has its own
            said = " ".join(ANSI.sub("", str(error)).partition("\n\n")[0].split())
            raise BadParameter(f"sql: {said}") from error

    @property
    def has_documents(self) -> bool:
        """Whether the lines say which document they belong to: they carry the columns of `sale_key`."""
        return all(column == "day" or self.has(column) for column in self.company.sale_key)

    def document(self, lines: ir.Table, number: ir.Column | None = None) -> ir.Column:
        """What makes lines one document, by `sale_key`: None where a part is unknown; no branch, though, is one
        like any other. `number` is that of another document, in place of their own."""
        if self.company.sale_key == ["sale_id"]:
            return lines.sale_id if number is None else number
        other = {} if number is None else {"sale_id": number}
        parts = [self.clock.day(lines.sold_at) if c == "day" else other.get(c, lines[c]) for c in self.company.sale_key]
        texts = {c: part.cast("string") for c, part in zip(self.company.sale_key, parts, strict=True)}
        texts |= {c: text.fill_null("") for c, text in texts.items() if c == "branch_id"}
        return reduce(lambda key, part: key + SEPARATOR + part, texts.values())

    def sold_document(self, lines: ir.Table) -> ir.Value:
        """The document of a line that sells; None of returns and discounts, so that credit notes are no sales."""
        document = self.document(lines)
        return ibis.ifelse(lines.is_sale, document, ibis.null(document.type()))

    @property
    def keys(self) -> list[str]:
        """The columns that tell a line, as far as this source has them."""
        return [column for column in ("sale_id", "line_no") if self.has(column)]


def frame(table: ir.Table) -> pd.DataFrame:
    """A small table in pandas: money as Decimal, and None for what is unknown, in any column.

    Example: `frame(sales.clients.limit(5))`."""
    if not isinstance(table, ir.Table):
        raise BadParameter(f"frame: expected a lazy table, such as sales.clients, got {type(table).__name__}; "
                           "an answer has its own .frame")  # fmt: skip
    rows = table.to_pandas()
    unknown = rows.columns[rows.isna().any()]
    rows = rows.astype({c: "Int64" for c in unknown if table[c].type().is_integer()})  # or 13 would be 13.0
    return rows.assign(**{c: rows[c].astype(object).where(rows[c].notna(), None) for c in unknown})


def _asked_once(lasting: dict[tuple[object, ...], Any], what: tuple[object, ...], ask: Callable[[], Any]) -> Any:
    if what not in lasting:
        lasting[what] = ask()
    return lasting[what]


def _stored(source: Source, lasting: dict[tuple[object, ...], Any]) -> pd.Series:
    """What `Sales.stored` says."""
    return _asked_once(lasting, ("stored",), lambda: _facts(source.tables["sale_line"]))


def _facts(table: ir.Table) -> pd.Series:
    undated = table.sold_at.isnull().sum().fill_null(0)
    facts = table.agg(rows=table.count(), undated=undated, oldest=table.sold_at.min(), newest=table.sold_at.max())
    return facts.to_pandas().astype(object).iloc[0]


def _oldest(source: Source, lasting: dict[tuple[object, ...], Any]) -> dt.datetime | None:
    oldest: dt.datetime | None = _stored(source, lasting).oldest
    return oldest


def _each(typed: str | int | Iterable[str | int] | None) -> list[str | int]:
    """What was typed as a list: one, several, or nothing."""
    if isinstance(typed, str | int | Integral):
        typed = [str(typed)]
    each = list(typed or ())
    return [one for one in each if one != ""]


def _label(ids: ir.StringColumn, names: dict[str, str]) -> ir.StringColumn:
    """Each id's name, or the id where it has none."""
    return ids.cases(*names.items(), else_=ids) if names else ids


def _sum(amounts: pd.Series) -> Decimal | None:
    known = amounts.dropna()
    return sum(known, Decimal(0)) if len(known) else None


def _counted(lines: ir.Table) -> ir.Table:
    return lines.filter(lines.left_out.isnull())
