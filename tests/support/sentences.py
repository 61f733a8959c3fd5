"""Every sentence that counts something, at 0, 1, 2 and 5, in each language: for a person to read.

    .venv/bin/python tests/support/sentences.py fr

What a sentence takes beside its number stands in it as a word of the company or as the name of the place.
"""

import re
import sys
from collections.abc import Iterator

from babel.messages.pofile import read_po

from helpers.page.catalogues import CATALOGUES
from helpers.page.words import Words

COUNTS = (0, 1, 2, 5)
PLACE = re.compile(r"{(\w+)}")


def sentences(language: str) -> Iterator[tuple[str, list[str]]]:
    """(the English singular, the sentence at each of COUNTS), sorted."""
    w = Words(language)
    with (CATALOGUES / "fr" / "LC_MESSAGES" / "helpers.po").open("rb") as file:
        counted = [message for message in read_po(file) if isinstance(message.id, tuple)]
    names = {name for message in counted for text in (*message.id, *message.string) for name in PLACE.findall(text)}
    for one, many in sorted(message.id for message in counted):
        yield one, [w.ngettext(one, many, n, **_places(names, one, n, w)) for n in COUNTS]


def _places(names: set[str], text: str, n: int, w: Words) -> dict[str, str]:
    """What stands in each place of a text but {n}: the company's words agree with the number."""
    is_counted = "{n} {client" in text or "{n} {branch" in text or "no {client" in text
    clients, branches = (w.client(n), w.branch(n)) if is_counted else (w.clients(n), w.branches(n))
    known = dict(client=w.client(n), clients=clients, some=w.clients(n), branch=w.branch(n), branches=branches)
    return {name: f"[{name}]" for name in names - {"n"}} | known


if __name__ == "__main__":
    for language in sys.argv[1:] or ("en", "fr", "ar"):
        for _, said in sentences(language):
            print("\n".join(said), end="\n\n")
