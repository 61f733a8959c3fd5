"""What an engine says against a mapping, as a sentence of ours.

In comes what an engine said, out come a few words: what is not there, or what does not fit; where we know no words, its
own first line.
"""

import re

SAID: dict[str, tuple[str, ...]] = {
    "there is no column '{}'": (
        r'Referenced column "([^"]+)" (?:not found|was not found)', r"no such column: (\S+)",
        r'column "?([\w.]+)"? does not exist', r"Unknown column '([^']+)'",
        r"UNRESOLVED_COLUMN.*?(?:with name|parameter) `(.+?)` cannot", r'does not have a column named "([^"]+)"',
    ),
    "there is no table '{}'": (
        r"Table with name (\S+) does not exist", r"no such table: (\S+)", r'relation "([^"]+)" does not exist',
        r"Table '([^']+)' doesn't exist", r"TABLE_OR_VIEW_NOT_FOUND.*?view `(.+?)` cannot",
    ),
    "there is no function '{}'": (
        r"(?:Scalar|Aggregate|Table) Function with name (\S+) does not exist", r"no such function: (\S+)",
        r"function (\w+)\(.*?\) does not exist", r"FUNCTION \S*?(\w+) does not exist",
        r"UNRESOLVED_ROUTINE.*?(?:routine|function) `(\w+)`",
    ),
    "'{}' does not fit what it is used with": (
        r"No function matches the given name and argument types '(.+?)'", r"operator does not exist: (.+)",
        r"Cannot compare values of type (.+? and type .+?) -",
    ),
    "'{}' stands for several columns; write the table before it": (
        r'Ambiguous reference to column name "([^"]+)"', r'column reference "([^"]+)" is ambiguous',
        r"ambiguous column name: (\S+)", r"Column '([^']+)' in .*? is ambiguous", r"AMBIGUOUS_REFERENCE.*?`(.+?)` is",
    ),
    "it is no SQL near '{}'": (
        r'syntax error at or near "([^"]+)"', r'near "([^"]+)": syntax error', r"near '([^']+)'",
        r"PARSE_SYNTAX_ERROR.*?at or near '?(\w+)",
    ),
}  # fmt: skip
"""Our words → how the engines say so, with what they name."""


def in_words(text: str) -> str:
    """What is the matter, in one line and without the values of a row.

    >>> in_words('Binder Error: Referenced column "Totl" not found in FROM clause!')
    "there is no column 'Totl'"
    """
    said = ((words, re.search(pattern, text, re.DOTALL)) for words, patterns in SAID.items() for pattern in patterns)
    return next((words.format(match[1].strip('`"')) for words, match in said if match), text.splitlines()[0])
