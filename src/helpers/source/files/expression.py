"""What a mapping says of one row: an SQL expression over a file's own columns, read and checked before it is used.

In come the text of a mapping or of a `skip` and the names of a file's columns, out comes DuckDB SQL over the cells as
texts. A name that makes a number is read as a number of this file, exactly; whatever is no expression over one row, and
whatever function is not known here, is refused.
"""

import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from helpers.errors import BadConfiguration, did_you_mean

logging.getLogger("sqlglot").setLevel(logging.ERROR)  # it warns of statements that are refused here anyway

ROW = '"record number"'
OWN = {"fill_down": "last_value({0} IGNORE NULLS) OVER (ORDER BY " + ROW + ")",
       "only_one": "CASE WHEN min({0}) OVER (PARTITION BY {1}) = max({0}) OVER (PARTITION BY {1}) "
                   "THEN min({0}) OVER (PARTITION BY {1}) END"}  # fmt: skip
"""Our own two words: a value written once for the rows below it, and the one value that rows of equal keys have."""

ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Mod, exp.Neg, exp.Abs, exp.Sign, exp.Round, exp.Floor, exp.Ceil)
AGGREGATES = (exp.Sum, exp.Min, exp.Max, exp.FirstValue, exp.LastValue, exp.Lag, exp.Lead, exp.IgnoreNulls)
COUNTS = (exp.Count, exp.RowNumber, exp.Rank, exp.DenseRank, exp.Length, exp.StrPosition)
CHOICES = (exp.Coalesce, exp.Nullif, exp.Greatest, exp.Least)
COMPARISONS = (exp.EQ, exp.NEQ, exp.LT, exp.GT, exp.LTE, exp.GTE, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Between, exp.In)
PATTERNS = (exp.Like, exp.ILike, exp.Escape, exp.SimilarTo, exp.RegexpLike, exp.RegexpFullMatch, exp.StartsWith,
            exp.EndsWith, exp.Contains)  # fmt: skip
TEXTS = (exp.Lower, exp.Upper, exp.Trim, exp.Replace, exp.Substring, exp.Left, exp.Right, exp.SplitPart, exp.Concat,
         exp.RegexpReplace, exp.RegexpExtract, exp.ConcatWs, exp.DPipe, exp.Pad, exp.Reverse)  # fmt: skip
SYNTAX = (exp.Column, exp.Identifier, exp.Literal, exp.Null, exp.Boolean, exp.Paren, exp.Case, exp.If, exp.And, exp.Or,
          exp.Not, exp.Is, exp.Window, exp.WindowSpec, exp.Order, exp.Ordered, exp.Distinct, exp.Anonymous,
          exp.Star)  # fmt: skip
ALLOWED = {*ARITHMETIC, *AGGREGATES, *COUNTS, *CHOICES, *COMPARISONS, *PATTERNS, *TEXTS, *SYNTAX}
OVER = (exp.Sum, exp.Min, exp.Max, exp.FirstValue, exp.LastValue, exp.Lag, exp.Lead, exp.Count, exp.RowNumber, exp.Rank,
        exp.DenseRank)  # fmt: skip
ORDERED = (exp.RowNumber, exp.FirstValue, exp.LastValue, exp.Lag, exp.Lead)
NAMED = "+ - *, ||, CASE, coalesce, fill_down, only_one, lower, trim, replace, round … and sum, count … OVER (…)"


@dataclass
class Number:
    """A text that an expression reads as a number: its SQL, what it is called in a complaint, whether it may be blank
    there."""

    sql: str
    label: str
    may_be_blank: bool


@dataclass
class Expression:
    """An expression as SQL in which `as_number(text, currency)` stands for each text that is read as a number; `strict`
    is the same with `strict_number`, which stops the query where a text is no number."""

    sql: str
    strict: str
    numbers: list[Number] = field(default_factory=list)
    has_window: bool = False


def parsed(text: str, names: Sequence[str]) -> exp.Expression:
    """The tree of an expression; the file's own names need no quotes. Raises BadConfiguration for anything else.

    >>> parsed("Qty * Unit price", ["Qty", "Unit price"]).sql("duckdb")
    '"Qty" * "Unit price"'
    """
    own = "|".join(map(re.escape, sorted(filter(None, names), key=len, reverse=True)))
    sql = re.sub(rf"""((?<!\w)(?:{own})(?!\w|\s*\())|'[^']*'|"[^"]*\"""", _quoted, text) if own else text
    try:
        trees = sqlglot.parse(sql, read="duckdb")
    except (SqlglotError, ValueError, RecursionError):
        raise BadConfiguration(f"'{text}' is no SQL expression over one row{unknown_in(text, names)}") from None
    if len(trees) != 1 or trees[0] is None:
        raise BadConfiguration(f"'{text}': expected one expression over one row")
    _refuse_foreign(trees[0], text, names)
    return trees[0]


def columns_in(text: str, names: Sequence[str]) -> list[str]:
    """The columns that a mapping reads, by a name or an expression; none where a file with these names cannot give it.

    >>> columns_in("upper(Currency)", ["Currency", "Cur"]), columns_in("Total", ["Net"])
    (['Currency'], [])
    """
    if not text or text in names:
        return [text] if text else []
    try:
        return list(dict.fromkeys(column.name for column in parsed(text, names).find_all(exp.Column)))
    except BadConfiguration:
        return []


def _quoted(match: re.Match[str]) -> str:
    return '"' + match[1].replace('"', '""') + '"' if match[1] else match[0]


def _refuse_foreign(tree: exp.Expression, text: str, names: Sequence[str]) -> None:
    for node in tree.walk():
        if isinstance(node, exp.Div | exp.IntDiv):
            raise BadConfiguration(f"'{text}': / gives no exact amount; multiply by a decimal (* 0.01), or by a column")
        if isinstance(node, exp.Alias) or (isinstance(node, exp.Column) and (node.name not in names or node.table)):
            raise BadConfiguration(f"'{text}' is no SQL expression over one row{unknown_in(text, names)}")
        is_star = isinstance(node, exp.Star) and not isinstance(node.parent, exp.Count)
        is_foreign = isinstance(node, exp.Anonymous) and node.name.lower() not in OWN
        if type(node) not in ALLOWED or is_star or is_foreign:
            what = node.name if is_foreign else node.sql("duckdb").split("(")[0][:40]
            raise BadConfiguration(f"'{text}': {what} cannot stand in a mapping; it is an expression over one row, of "
                                   f"column names, numbers, 'texts' and {NAMED}")  # fmt: skip
        if isinstance(node, OVER) and not isinstance(node.parent, exp.Window | exp.IgnoreNulls):
            raise BadConfiguration(f"'{text}': {node.sql('duckdb')} is over several rows; say which, as in "
                                   f"{node.sql('duckdb')} OVER (PARTITION BY column)")  # fmt: skip
        if isinstance(node, exp.Literal) and not node.is_string and not re.fullmatch(r"\d+(\.\d*)?|\.\d+", node.name):
            raise BadConfiguration(f"'{text}': {node.name} is no exact number; write its digits")


def unknown_in(text: str, names: Sequence[str]) -> str:
    """What of a text is neither a column, nor a number, nor a word of SQL: the likeliest mistake."""
    bare = re.sub(r"'[^']*'|\"[^\"]*\"", " ", text)
    for part in re.split(r"\s*(?:[-+*/(),=<>|%;]|\b(?:AND|OR|NOT|IS|NULL|CASE|WHEN|THEN|ELSE|END|LIKE|IN)\b)\s*", bare):
        if part and part not in names and not re.fullmatch(r"[\d.]+|\w+(?=\()", part):
            return f"; there is no column '{part}'{did_you_mean(part, [name for name in names if name])}"
    return ""


class Reader:
    """Turns trees into SQL over cells: `cell` gives the SQL of a column as a text (blank is NULL), or to be read as a
    number."""

    def __init__(self, cell: Callable[[str, bool], str], currency: str):
        self._cell, self._currency = cell, sqlglot.parse_one(currency, read="duckdb")
        self._numbers: list[Number] = []

    def value(self, tree: exp.Expression, is_number: bool) -> Expression:
        """The SQL of a value: of a number where one is wanted, else of a text."""
        self._numbers = []
        built = self._number(tree, False) if is_number else self._text(tree)
        return self._expression(built if is_number else exp.cast(built, "varchar", dialect="duckdb"))

    def condition(self, tree: exp.Expression) -> Expression:
        """The SQL of a condition of `skip`; what it cannot read as a number is no complaint: the row is not skipped."""
        self._numbers = []
        return self._expression(self._condition(tree))

    def _expression(self, built: exp.Expression) -> Expression:
        strict = built.transform(_strict).sql("duckdb")
        return Expression(built.sql("duckdb"), strict, self._numbers, bool(built.find(exp.Window)))

    def _column(self, node: exp.Expression, is_number: bool) -> exp.Expression:
        return sqlglot.parse_one(self._cell(node.name, is_number), read="duckdb")

    def _number(self, node: exp.Expression, may_be_blank: bool) -> exp.Expression:
        if isinstance(node, exp.Literal) and not node.is_string:
            return node.copy()
        if isinstance(node, exp.Null):
            return node.copy()
        if isinstance(node, (*ARITHMETIC, exp.Paren)):
            return self._rebuilt(node, lambda child: self._number(child, may_be_blank))
        if isinstance(node, CHOICES):
            return self._rebuilt(node, lambda child: self._number(child, True))
        if isinstance(node, exp.Case | exp.If):
            return self._case(node, lambda child: self._number(child, True))
        if isinstance(node, exp.Window):
            return self._window(node, lambda child: self._number(child, True))
        if isinstance(node, COUNTS):
            return self._rebuilt(node, self._text)
        return self._judged(node, may_be_blank)

    def _judged(self, node: exp.Expression, may_be_blank: bool) -> exp.Expression:
        is_column = isinstance(node, exp.Column)
        text = self._column(node, True) if is_column else self._text(node)
        label = node.name if is_column else node.sql("duckdb")
        self._numbers.append(Number(text.sql("duckdb"), label, may_be_blank))
        read = "as_number_or_blank" if may_be_blank else "as_number"
        return exp.Anonymous(this=read, expressions=[text, self._currency.copy()])

    def _text(self, node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.Column):
            return self._column(node, False)
        if isinstance(node, exp.Anonymous):
            return self._own(node)
        if isinstance(node, ARITHMETIC):
            return self._number(node, True)
        if isinstance(node, (*COMPARISONS, *PATTERNS, exp.And, exp.Or, exp.Not, exp.Is)):
            return self._condition(node)
        if isinstance(node, exp.Case | exp.If):
            return self._case(node, self._worded)
        if isinstance(node, CHOICES):
            return self._rebuilt(node, self._worded)
        if isinstance(node, exp.Window):
            return self._window(node, self._text)
        return self._rebuilt(node, self._text)

    def _worded(self, node: exp.Expression) -> exp.Expression:
        """A value among texts: `0` is then '0'."""
        return exp.Literal.string(node.name) if isinstance(node, exp.Literal) else self._text(node)

    def _condition(self, node: exp.Expression) -> exp.Expression:
        if isinstance(node, COMPARISONS):
            if any(_is_number(child) for child in _children(node)):
                return self._rebuilt(node, lambda child: self._number(child, True))
            return self._rebuilt(node, self._text)
        if isinstance(node, exp.And | exp.Or | exp.Not | exp.Paren):
            return self._rebuilt(node, self._condition)
        return self._rebuilt(node, self._text) if isinstance(node, (*PATTERNS, exp.Is)) else self._text(node)

    def _case(self, node: exp.Expression, result: Callable[[exp.Expression], exp.Expression]) -> exp.Expression:
        """`CASE x WHEN y` compares, `CASE WHEN y` decides; what comes out is a result."""
        built = node.copy()
        compared = built.args.get("this") if isinstance(built, exp.Case) else None
        if compared is not None:
            built.set("this", self._text(compared))
        for branch in [built] if isinstance(built, exp.If) else built.args["ifs"]:
            branch.set("this", self._condition(branch.this) if compared is None else self._text(branch.this))
            branch.set("true", result(branch.args["true"]))
        for name in ("false", "default"):
            if built.args.get(name) is not None:
                built.set(name, result(built.args[name]))
        return built

    def _window(self, node: exp.Window, inner: Callable[[exp.Expression], exp.Expression]) -> exp.Expression:
        """A window; one that depends on an order and names none goes by the rows of the file."""
        built = node.copy()
        function = built.this.this if isinstance(built.this, exp.IgnoreNulls) else built.this
        if isinstance(function, COUNTS):
            _replace(function, self._text)
        elif isinstance(function, AGGREGATES) and function.this is not None:
            function.set("this", inner(function.this))
        built.set("partition_by", [self._text(key) for key in built.args.get("partition_by") or []])
        if order := built.args.get("order"):
            for ordered in order.expressions:
                by_number = _is_number(ordered.this)
                ordered.set("this", self._number(ordered.this, True) if by_number else self._text(ordered.this))
        elif isinstance(function, ORDERED):
            built.set("order", exp.Order(expressions=[exp.Ordered(this=sqlglot.parse_one(ROW, read="duckdb"))]))
        return built

    def _own(self, node: exp.Anonymous) -> exp.Expression:
        of, *keys = [self._text(argument).sql("duckdb") for argument in node.expressions] or [""]
        name = node.name.lower()
        if not of or (name == "only_one") != bool(keys):
            raise BadConfiguration(f"{node.sql('duckdb')}: write fill_down(column), or only_one(column, key, …)")
        return sqlglot.parse_one(OWN[name].format(of, ", ".join(keys)), read="duckdb")

    def _rebuilt(self, node: exp.Expression, part: Callable[[exp.Expression], exp.Expression]) -> exp.Expression:
        built = node.copy()
        _replace(built, part)
        return built


def _strict(node: exp.Expression) -> exp.Expression:
    if isinstance(node, exp.Anonymous):
        node.set("this", node.name.replace("as_", "strict_"))
    return node


def _replace(node: exp.Expression, part: Callable[[exp.Expression], exp.Expression]) -> None:
    for name, value in list(node.args.items()):
        if isinstance(value, exp.Expression) and not isinstance(value, exp.Star):
            node.set(name, part(value) if not isinstance(value, exp.Distinct) else _distinct(value, part))
        elif isinstance(value, list) and value and isinstance(value[0], exp.Expression):
            node.set(name, [part(item) for item in value])


def _distinct(node: exp.Distinct, part: Callable[[exp.Expression], exp.Expression]) -> exp.Expression:
    return exp.Distinct(expressions=[part(item) for item in node.expressions])


def _children(node: exp.Expression) -> list[exp.Expression]:
    return list(node.iter_expressions())


def _is_number(node: exp.Expression) -> bool:
    """Whether an expression makes a number whatever stands in the cells."""
    if isinstance(node, exp.Literal):
        return not node.is_string
    if isinstance(node, (*ARITHMETIC, *COUNTS, exp.Sum)):
        return True
    if isinstance(node, (exp.Paren, *CHOICES, exp.Min, exp.Max)):
        return any(_is_number(child) for child in _children(node))
    return isinstance(node, exp.Window) and _is_number(node.this)
