"""The SQL of source.yaml over a database: one FROM clause in `from:`, one expression a column, and nothing else.

In comes what a person wrote, out comes the same written anew from its parsed tree, so that nothing is run that was not
understood. What writes, asks the server's files or the network, or sets anything is refused (78) before it is sent.
"""

import logging
import re
from collections.abc import Iterator

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from helpers.errors import BadConfiguration

logging.getLogger("sqlglot").setLevel(logging.ERROR)  # it warns of statements that are refused here anyway

QUERIES = (
    exp.Condition, exp.Select, exp.SetOperation, exp.Subquery, exp.From, exp.Join, exp.Where, exp.Group, exp.Having,
    exp.Order, exp.Ordered, exp.Limit, exp.Offset, exp.Table, exp.TableAlias, exp.CTE, exp.With, exp.Lateral,
    exp.Values, exp.Tuple, exp.Distinct, exp.DataType, exp.DataTypeParam, exp.Alias, exp.Star, exp.Identifier, exp.Var,
    exp.Interval, exp.IntervalSpan, exp.Qualify, exp.Window, exp.WindowSpec, exp.IgnoreNulls, exp.Filter,
    exp.WithinGroup, exp.Slice, exp.JSONPath, exp.JSONPathPart, exp.Cube, exp.Rollup, exp.GroupingSets,
    exp.JSONKeyValue, exp.CharacterSet, exp.Collate, exp.AtTimeZone, exp.FromTimeZone,
)  # fmt: skip
"""What a query may be made of."""

FOREIGN = (
    exp.Parameter, exp.SessionParameter, exp.Placeholder, exp.ReadCSV, exp.ReadParquet, exp.ToFile, exp.NetFunc,
    exp.Host, exp.NextValueFor, exp.AIAgg, exp.AIClassify, exp.AISummarizeAgg, exp.MLForecast, exp.MLTranslate,
    exp.Predict, exp.GenerateEmbedding, exp.XMLTable, exp.XMLGet, exp.Columns, exp.Lambda, exp.CurrentIpAddress,
)  # fmt: skip
"""Of these what reaches beyond the tables, or waits for a value that nobody gives."""

SUB_SELECT = "it is one FROM clause of tables and joins, a sub-select stands in brackets: (SELECT … WHERE …) AS t"

CLAUSE = ("expressions", "from_", "joins", "laterals")
"""The parts of a SELECT that `from:` may fill."""

FUNCTIONS = frozenset(
    """
    age btrim date_bin date_format date_part datetime decode div divide encode epoch_ms format from_unixtime
    get_json_object ifnull initcap instr isfinite json_array_elements json_array_elements_text json_each
    json_each_text json_extract_path_text json_tree jsonb_array_elements jsonb_array_elements_text jsonb_each
    jsonb_each_text jsonb_extract_path_text jsonb_path_query julianday justify_interval list_value make_date
    make_interval make_timestamp make_timestamptz map_extract months_between nfc_normalize now num_nonnulls pmod
    prefix printf regexp_match regexp_matches regexp_split_to_table rint row string_to_array strip_accents
    struct_extract suffix timezone to_char to_jsonb to_date to_number to_timestamp total transaction_timestamp unaccent
    unixepoch unix_timestamp
    """.split()  # noqa: SIM905
)
"""Functions by name that compute from their arguments alone, beside those that every database has."""

LAKES = {"parquet", "delta", "iceberg", "orc"}
"""What Spark may read from a path; `text` or `csv` would read any file."""


def from_clause(text: str, dialect: str) -> str:
    """One FROM clause: tables, joins, sub-selects. Raises BadConfiguration for anything more or else.

    >>> from_clause("line l JOIN invoice i USING (id)", "postgres")
    'line AS l JOIN invoice AS i USING (id)'
    """
    if re.match(r"(?:SELECT|WITH)\b", text.strip(), re.IGNORECASE):
        raise BadConfiguration(f"from: {text}: {SUB_SELECT}")
    select = _parsed(f"SELECT 1 FROM {text}", text, dialect, "from:")
    more = [part for part, value in select.args.items() if value and part not in CLAUSE]
    if more or not select.args.get("from_"):
        what = f"{more[0].rstrip('_').upper()}" if more else "no table"
        raise BadConfiguration(f"from: {text}: holds {what}; {SUB_SELECT}")
    joined = [
        part.sql(dialect, comments=False) for name in ("joins", "laterals") for part in select.args.get(name) or []
    ]
    first = select.args["from_"].this.sql(dialect, comments=False)
    return " ".join([first, *joined]).replace(" , ", ", ")


def column(text: str, dialect: str) -> str:
    """One expression over a row. Raises BadConfiguration for anything more or else."""
    select = _parsed(f"SELECT {text}", text, dialect, "a column:")
    more = [part for part, value in select.args.items() if value and part != "expressions"]
    if more or len(select.expressions) != 1 or isinstance(select.expressions[0], exp.Alias | exp.Star):
        raise BadConfiguration(f"'{text}': expected one SQL expression over one row, without AS and FROM")
    return select.expressions[0].sql(dialect, comments=False)


def without(text: str, condition: str, dialect: str) -> str:
    """A FROM clause of one table without the rows of a condition, under the table's name; of several tables, and of
    what is not read, only the form of such a clause.

    >>> without("line l", "l.total", "duckdb"), without("a JOIN b", "total", "duckdb")
    ('(SELECT * FROM line l WHERE (l.total) IS NOT TRUE) AS l', '(SELECT … WHERE (total) IS NOT TRUE) AS t')
    """
    form = f"(SELECT … WHERE ({condition}) IS NOT TRUE) AS t"
    try:
        select = sqlglot.parse_one(f"SELECT 1 FROM {text}", read=dialect)
    except (SqlglotError, ValueError, RecursionError):
        return form
    clause, more = select.args.get("from_"), select.args.get("joins") or select.args.get("laterals")
    if clause is None or more or not isinstance(clause.this, exp.Table | exp.Subquery):
        return form
    name = clause.this.alias_or_name if re.fullmatch(r"\w+", clause.this.alias_or_name) else "t"
    return f"(SELECT * FROM {text} WHERE ({condition}) IS NOT TRUE) AS {name}"


def tables(text: str, dialect: str) -> list[str]:
    """The names of the tables that a FROM clause reads, without those it defines itself."""
    tree = sqlglot.parse_one(f"SELECT 1 FROM {text}", read=dialect)
    own = {cte.alias_or_name.casefold() for cte in tree.find_all(exp.CTE)}
    return [table.name for table in tree.find_all(exp.Table) if table.name and table.name.casefold() not in own]


def _parsed(sql: str, text: str, dialect: str, what: str) -> exp.Select:
    text = " ".join(text.split())
    try:
        trees = sqlglot.parse(sql, read=dialect)
    except (SqlglotError, ValueError, RecursionError):
        raise BadConfiguration(f"{what} {text}: is not understood as SQL of {dialect}; put what it says into a view of "
                               "the database, and name the view here") from None  # fmt: skip
    if len(trees) != 1 or not isinstance(trees[0], exp.Select):
        advice = SUB_SELECT if what == "from:" else "expected one clause, not a statement"
        raise BadConfiguration(f"{what} {text}: {advice}")
    for reason in _foreign(trees[0], dialect):
        raise BadConfiguration(f"{what} {text}: {reason} cannot stand in source.yaml; it reads tables, and no file, "
                               "network or setting; a view of the database may hold what you need")  # fmt: skip
    return trees[0]


def _foreign(tree: exp.Expression, dialect: str) -> Iterator[str]:
    """What of a query is no reading of tables."""
    for node in tree.walk():
        if isinstance(node, FOREIGN) or not isinstance(node, QUERIES):
            yield type(node).__name__
        elif isinstance(node, exp.Anonymous | exp.AnonymousAggFunc) and node.name.lower() not in FUNCTIONS:
            yield f"the function {node.name}"
        elif isinstance(node, exp.Dot) and isinstance(node.expression, exp.Anonymous):
            yield f"the function {node.sql(dialect)[:40]}"
        elif isinstance(node, exp.Table) and _is_path(node, dialect):
            yield f"the file {node.name}"
        elif isinstance(node, exp.Select) and node.args.get("into"):
            yield "INTO"


def _is_path(table: exp.Table, dialect: str) -> bool:
    """Whether a table's name leads to a file: on Spark only where it names no format of tables."""
    is_path = any(sign in table.name for sign in "/\\:*?") or table.name.startswith(("pragma_", "sqlite_dbpage"))
    return is_path and not (dialect == "spark" and table.db.lower() in LAKES)
