"""The catalogues: which languages there are, their messages, and what Babel finds to translate in a notebook.

English stands in the code as message ids; every other language is one file, `locale/<language>/LC_MESSAGES/helpers.po`,
read when it is first needed, never compiled to disk.
"""

import io
import json
import re
from collections.abc import Iterator
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import IO

from babel import Locale, UnknownLocaleError
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from helpers.errors import BadParameter, did_you_mean

CATALOGUES = Path(__file__).with_name("locale")
NARROW, WIDE = (re.compile(f"[ \u00a0\u202f]([{signs}])") for signs in ("?!;", ":%"))


def languages() -> list[str]:
    """The languages the pages can speak: English, and one for each catalogue."""
    return ["en", *sorted(path.parts[-3] for path in CATALOGUES.glob("*/LC_MESSAGES/helpers.po"))]


def read_locale(language: str) -> Locale:
    """`fr`, `fr_CA` or `fr-CA` as a locale; BadParameter when no catalogue speaks it."""
    try:
        locale = Locale.parse(language.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        locale = None
    if locale is None or locale.language not in languages():
        raise BadParameter(f"language: unknown language '{language}'{did_you_mean(language, languages())}")
    return locale


@cache
def catalogue(language: str) -> NullTranslations:
    """The messages of a language; English, which has no file, answers with the message itself."""
    path = CATALOGUES / language / "LC_MESSAGES" / "helpers.po"
    if not path.is_file():
        return NullTranslations()
    compiled = io.BytesIO()
    with path.open("rb") as file:
        messages = read_po(file, locale=language)
    for message in messages if language == "fr" else ():
        own = message.string
        message.string = french_spaces(own) if isinstance(own, str) else tuple(map(french_spaces, own or ()))
    write_mo(compiled, messages)
    compiled.seek(0)
    return GNUTranslations(compiled)


def french_spaces(text: str) -> str:
    """No line breaks before a sign: a narrow space before `?`, `!` and `;`, one as wide as a letter's before `:` and
    `%`.

    >>> french_spaces("Qui ? 10 % : oui ; non"), french_spaces("a: b {x}:")
    ('Qui\u202f? 10\xa0%\xa0: oui\u202f; non', 'a: b {x}:')
    """
    return WIDE.sub("\u00a0\\1", NARROW.sub("\u202f\\1", text))


def split_prose(source: str) -> tuple[str, str]:
    """A markdown cell as (its `# heading`, the rest): the page draws the heading itself, once.

    >>> split_prose("# Client rating\\n\\nBest first."), split_prose("## Where?")
    (('Client rating', 'Best first.'), ('', '## Where?'))
    """
    first, _, rest = source.strip().partition("\n")
    return (first[2:].strip(), rest.strip()) if first.startswith("# ") else ("", source.strip())


def notebook_prose(
    file: IO[bytes], keywords: object, comment_tags: object, options: object
) -> Iterator[tuple[int, str, str, list[str]]]:
    """Babel's extractor for notebooks: every `# heading`, and each markdown cell that the page shows."""
    for cell in json.load(file)["cells"]:
        if cell["cell_type"] == "markdown":
            heading, prose = split_prose("".join(cell["source"]))
            is_shown = "analyst" not in cell["metadata"].get("tags", [])
            yield from ((1, "gettext", text, []) for text in (heading, prose if is_shown else "") if text)
