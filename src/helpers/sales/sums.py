"""Lines that are sums of others, as a report has them between its rows, and the rule that leaves them out.

In come sales and their tally, out come how many lines are sums, their amount, and a condition over the file's columns.
"""

from decimal import Decimal
from itertools import combinations

import ibis
import ibis.expr.types as ir
import pandas as pd

from helpers.money import EXACT
from helpers.sales.lines import TOTAL_WORDS, is_unnamed
from helpers.sales.sales import Sales

FEWEST_ADDED, FEWEST_ADDED_UNNUMBERED = 2, 4  # rows that a sum adds up; more where no document's number tells it apart
LEVELS_OF_SUMS = (1, 2, 3)  # subtotals alone, with a grand total, of groups of groups
BESIDE_TOTAL = ("grand", "sub", "sous", "general", "général", "overall", "sum", "of", "for", "pour", "de", "-", "=")


def totals_rows(sales: Sales, counted: pd.DataFrame) -> tuple[int, Decimal, str]:
    """Lines that are sums of others: called a total beside what they add up, or of no client or document and as much
    as all the rest, one of them or all of them together. `counted` is the tally of the lines that count."""
    sales = sales.uncoded or sales  # a code says of no client that it is called a total
    lines = sales.counted
    is_sum = _is_called_a_total(lines)
    rows, amount = (0, Decimal(0)) if is_sum is None else count_and_sum(lines.filter(is_sum))
    rest, others = sum(counted.amount.dropna(), Decimal(0)) - amount, int(counted.lines.sum()) - rows
    fewest = FEWEST_ADDED if sales.has("sale_id") else FEWEST_ADDED_UNNUMBERED
    if others > fewest and counted.unnamed.sum():
        unnamed = is_unnamed(lines) if is_sum is None else is_unnamed(lines) & ~is_sum
        is_unnamed_sum = _adds_up(lines, unnamed, rest, others)
        is_sum = is_unnamed_sum if is_sum is None else is_sum | is_unnamed_sum
        rows, amount = count_and_sum(lines.filter(is_sum))
    return rows, amount, _rule_for(sales, lines, is_sum, rows) if is_sum is not None and rows else ""


def _adds_up(lines: ir.Table, unnamed: ir.BooleanValue, rest: Decimal, others: int) -> ir.BooleanValue:
    """Which of the lines that may be sums are one: all of them where they add up to the others once for each level of
    sums, or those that are as much as all the rest."""
    number, total = count_and_sum(lines.filter(unnamed))
    if others - number > FEWEST_ADDED_UNNUMBERED and total in [(rest - total) * level for level in LEVELS_OF_SUMS]:
        return unnamed & (rest - total > 0)
    return unnamed & (lines.amount > 0) & (lines.amount * 2 == rest)


def _rule_for(sales: Sales, lines: ir.Table, is_sum: ir.BooleanValue, rows: int) -> str:
    """The condition, over the file's own columns, that leaves out these lines and no others; the likeliest where none
    does."""
    theirs = {ours: sales.company.sale_line.columns.get(ours, ours) for ours in ("sale_id", "client_id", "branch_id")}
    rules = {f"{theirs[c]} IS NULL": lines[c].isnull() for c in theirs if sales.has(c)}
    for column in (c for c in ("client_id", "branch_id") if sales.has(c) and lines[c].type().is_string()):
        called = lines.filter(is_sum)[column].lower().name("called").as_table().distinct().to_pandas().called.dropna()
        words = [word for word in TOTAL_WORDS if called.str.contains(word, regex=False).any()]
        for word in sorted(words, key=len)[:1]:
            rules[f"lower({theirs[column]}) LIKE '%{word}'"] = lines[column].lower().endswith(word)
            rules[f"lower({theirs[column]}) LIKE '%{word}%'"] = lines[column].lower().contains(word)
    rules |= {f"{one} AND {other}": rules[one] & rules[other] for one, other in combinations(rules, 2)}
    sizes: dict[str, ir.Value] = {}
    for number, is_left_out in enumerate(rules.values()):
        sizes |= {f"all{number}": is_left_out.sum().fill_null(0), f"sums{number}": (is_left_out & is_sum).sum()}
    counts = lines.agg(**sizes).to_pandas().fillna(0).iloc[0]
    exact = [rule for n, rule in enumerate(rules) if counts[f"all{n}"] == counts[f"sums{n}"] == rows]
    return next(iter(exact), f"lower({theirs['client_id']}) LIKE '%total%'")


def _is_called_a_total(lines: ir.Table) -> ir.BooleanValue | None:
    """Whether a line's client, or its branch where it has no client, is a word for a total, alone or with the id of
    another ("Anna Total"); None where no line is."""
    columns = [c for c in ("client_id", "branch_id") if lines[c].type().is_string()]
    if not columns:
        return None
    ids = lines.select(*columns).distinct()
    pattern = "|".join(TOTAL_WORDS)
    with_word = ids.filter(ibis.or_(*(ids[c].lower().re_search(pattern) for c in columns))).to_pandas()
    called = {c: _called_totals(lines[c], set(with_word[c].dropna())) for c in columns}
    said = {c: lines[c].isin(names).fill_null(False) for c, names in called.items() if names}
    if "branch_id" in said:  # a client may buy in a branch that is called so, by a document
        has_none = lines.sale_id.isnull() if "sale_id" in lines.columns else ibis.literal(False)
        said["branch_id"] &= lines.client_id.isnull() | has_none
    return ibis.or_(*said.values()) if said else None


def _called_totals(column: ir.StringColumn, names: set[str]) -> list[str]:
    """Those of the names of a column that are words for a total alone, or beside another name of the column."""
    owners = {name: _without_total(name) for name in names if _without_total(name) != name.casefold().split()}
    if not (others := [" ".join(words) for words in owners.values() if words]):
        return list(owners)
    ids = column.name("own").as_table().distinct()
    known = ids.filter(ids.own.lower().isin(others)).to_pandas().own
    is_known = {name.casefold() for name in known}
    return [name for name, words in owners.items() if not words or " ".join(words) in is_known]


def _without_total(name: str) -> list[str]:
    """The words of a name that are no words for a total."""
    return [word for word in name.casefold().split() if word.strip(".:-=*") not in (*TOTAL_WORDS, *BESIDE_TOTAL, "")]


def count_and_sum(lines: ir.Table) -> tuple[int, Decimal]:
    sums = lines.agg(rows=lines.count(), amount=lines.amount.sum().fill_null(0).cast(EXACT)).to_pandas().iloc[0]
    return int(sums.rows), sums.amount
