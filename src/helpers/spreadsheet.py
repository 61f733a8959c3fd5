"""Text in a file that a spreadsheet opens: never a formula, whatever separator the reader's language has."""

import re

FORMULA = re.compile(r"(^|[,;|\t\r\n])([ \"]*)(?=[=+\-@＝＋－＠\t\r])")
"""Where a cell may begin, here or for a reader whose list separator is another, and what would make it a formula."""


def as_text(cell: str) -> str:
    """The text, with an apostrophe wherever a spreadsheet would begin to compute.

    >>> as_text("=1+1"), as_text("＝1+1"), as_text("Ann;=1+1"), as_text("-Jean"), as_text("Anne-Marie, 7 + 2")
    ("'=1+1", "'＝1+1", "Ann;'=1+1", "'-Jean", 'Anne-Marie, 7 + 2')
    """
    return FORMULA.sub(r"\1\2'", cell)
