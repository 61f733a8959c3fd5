"""From what a file is written in to plain UTF-8, unpacked; and what bytes that are not UTF-8 look like.

In come a file and the declared encoding, out comes a path that DuckDB can read. Looks are a hint for a
message, a note or a first source.yaml, never acted upon.
"""

import codecs
import gzip
import re
import shutil
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import IO, Any

from helpers.errors import BadData
from helpers.settings import company as config
from helpers.source.files.files import kind_by_content

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
COMMON = {
    "cp1251": "оеаинтсрвлкмдОЕАИНТСРВЛКМДПУЯіїєґўІЇЄ",
    "koi8-r": "оеаинтсрвлкмдпуя",
    "cp1252": "éèêàâçùûîïôöüäßñóíáúÉÈÀÇÖÜÄÑ€’–",
    "cp1250": "ąćęłńśźżěščřžýůĄĆĘŁŚŻĚŠČŘ",
    "cp1253": "αοιετσνηυρπκλςάόίέή",
    "cp1254": "ğışİŞĞçÇöÖüÜ",
    "cp1255": "יוהלארתבשמנ",
    "cp1256": "اليمونرتبع",
    "cp874": "านรกอเงมยลวดท่้ัิี",
    "cp850": "éèêàâçùûîôöüäßñóíáú",
    "mac_roman": "éèêàâçùûîïôöüäßñóíáú",
    "cp866": "оеаинтсрвлкмдпуяОЕАИНТСРВЛКМДПУЯ",
}
"""Encoding of a byte a letter → the letters that the languages written in it have most of."""
BY_LEAD = {
    "cp949": ("euc_kr", 0xB0, 0xC8),
    "gb18030": ("gb2312", 0xB0, 0xD7),
    "shift_jis": ("euc_jp", 0xB0, 0xCF),
    "euc_jp": ("euc_jp", 0xB0, 0xCF),
    "big5": ("big5", 0xA4, 0xC6),
}
"""Encoding of two bytes a letter → in which one the first byte of common letters lies between which two: the syllables
of Korean, the characters of Chinese and Japanese that schools teach first."""
KANA = "\u3041", "\u30ff"
SAMPLE = 20_000
LOOKED_AT = 1 << 20  # bytes of a file that is not written as declared
PLAIN = ("utf-8", "utf-8-sig", "ascii")
CONTINUED = bytes(range(0x80, 0xC0))
BROKEN_GZIP = (EOFError, gzip.BadGzipFile, zlib.error)
CUT_SHORT = "the gzip file is broken or cut short; copy it again"


def likely_encoding(content: bytes) -> str:
    """The one of some encodings in which most letters beyond ASCII are common ones; of equals the first.

    >>> likely_encoding("Иван Петров".encode("cp1251")), likely_encoding("Zoé Müller".encode("latin-1"))
    ('cp1251', 'cp1252')
    >>> likely_encoding("客户,王小明".encode("gb18030")), likely_encoding("顧客,田中さん".encode("shift_jis"))
    ('gb18030', 'shift_jis')
    """
    lines = [line for line in content[:SAMPLE].splitlines(keepends=True) if not line.isascii()]
    whole = b"".join(lines[:-1] if len(content) > SAMPLE else lines)  # the last one may be cut in a letter
    shares = {name: _share(whole, name, common.__contains__) for name, common in COMMON.items()}
    shares |= {name: _share(whole, name, partial(_is_taught, *lead)) for name, lead in BY_LEAD.items()}
    return max(shares, key=shares.__getitem__)


def _share(content: bytes, encoding: str, is_common: Callable[[str], bool]) -> float:
    """Of the letters beyond ASCII the share of common ones; 0 where the bytes are no text in an encoding."""
    try:
        letters = [letter for letter in content.decode(encoding) if not letter.isascii() and letter.isprintable()]
    except UnicodeDecodeError:
        letters = []
    return sum(map(is_common, letters)) / len(letters) if letters else 0.0


def _is_taught(encoding: str, first: int, last: int, letter: str) -> bool:
    lead = letter.encode(encoding, "replace")[0]
    return first <= lead <= last or (encoding == "euc_jp" and KANA[0] <= letter <= KANA[1])


WORD = re.compile(r"[^\W\d_]+")
ODD = re.compile(r"[\u00c0-\u024f]{4,}|[A-Za-z]+[\u0370-\u052f]+|[\u0370-\u052f]+[A-Za-z]+")
"""Four accented letters in a row, or Latin letters beside Greek or Cyrillic ones, in one word."""


def odd_words(text: str) -> int:
    """How many words no language writes, if most letters of those beyond ASCII stand in them: 0, or decoded wrongly.

    >>> odd_words("Иван Петров".encode("cp1251").decode("latin-1")), odd_words("Zoé Müller"), odd_words("Łódź, Київ")
    (2, 0, 0)
    """
    beyond = [word for word in WORD.findall(text) if not word.isascii()]
    odd = [word for word in beyond if ODD.search(word)]
    return len(odd) if 2 * len("".join(odd)) > len("".join(beyond)) else 0


def plain_utf8(file: Path, csv: config.Csv, folder: Path) -> Path:
    """The file itself where it is plain UTF-8, otherwise an unpacked and transcoded copy in `folder`.

    Lines that end with a bare CR, as of old, end with LF in it. A byte that the declared encoding does not have stays
    in the copy as it is, invalid UTF-8, for the rows to be judged one by one. A byte order mark outranks the declared
    encoding.
    """
    with file.open("rb") as stream:
        is_packed = stream.read(2) == b"\x1f\x8b"
    opened = gzip.open if is_packed else open
    try:
        with opened(file, "rb") as stream:
            start = stream.read(4096)
        encoding = _encoding(file, start, csv)
        if is_packed:
            kind_by_content(Path(file.stem), start)
        is_old = b"\r" in start and b"\n" not in start
        return _copy(file, opened, encoding, folder, is_old) if is_packed or is_old or encoding != "utf-8" else file
    except BROKEN_GZIP:
        raise BadData(f"{file}: {CUT_SHORT}") from None
    except UnicodeError:
        raise BadData(otherwise_written(file, csv)) from None


def otherwise_written(file: Path, csv: config.Csv) -> str:
    """What to say of a file that is not written as declared: what it looks like, unpacked."""
    with file.open("rb") as stream:
        is_packed = stream.read(2) == b"\x1f\x8b"
    try:
        with (gzip.open if is_packed else open)(file, "rb") as stream:
            looks = _other_encoding(iter(lambda: stream.read(LOOKED_AT), b""), codecs.lookup(csv.encoding).name)
    except BROKEN_GZIP:
        return f"{file}: {CUT_SHORT}"
    return f"{file}: {_not_as_declared(csv)}; looks like {looks}, set csv.encoding: {looks}"


def _other_encoding(parts: Iterator[bytes], declared: str) -> str:
    """What the first part looks like that is not written as declared; a part may begin and end within a letter."""
    for part in parts:
        if (side := _sixteen(part)) is not None:
            return f"utf-16-{side}"
        if part.isascii():
            continue
        try:
            codecs.getincrementaldecoder("utf-8")().decode(part.lstrip(CONTINUED))
        except UnicodeDecodeError:
            return likely_encoding(part)
        if declared not in PLAIN:
            return "utf-8"
    return likely_encoding(b"")


def _not_as_declared(csv: config.Csv) -> str:
    return "not UTF-8" if codecs.lookup(csv.encoding).name in PLAIN else f"not written in {csv.encoding}"


def _encoding(file: Path, start: bytes, csv: config.Csv) -> str:
    for bom, name in BOMS:
        if start.startswith(bom):
            return name
    declared = codecs.lookup(csv.encoding).name
    if (side := _sixteen(start)) is not None and declared not in (f"utf-16-{side}", "utf-16" if side == "le" else ""):
        raise BadData(f"{file}: {_not_as_declared(csv)}; looks like UTF-16, set csv.encoding: utf-16-{side}")
    return "utf-8" if declared in PLAIN else declared


def _sixteen(start: bytes) -> str | None:
    """`le` or `be` where every other byte is zero, as ASCII in UTF-16 without a mark is; a hole in a file is none."""
    odd, even = start[1::2], start[::2]
    for side, zeros, letters in (("le", odd, even), ("be", even, odd)):
        if len(zeros) > 4 and zeros.count(0) > len(zeros) / 2 > letters.count(0):
            return side
    return None


def _copy(file: Path, opened: Callable[..., IO[Any]], encoding: str, folder: Path, is_old: bool) -> Path:
    target = folder / f"{file.name}.utf8"
    if encoding == "utf-8" and not is_old:
        with opened(file, "rb") as packed, target.open("wb") as plain:
            shutil.copyfileobj(packed, plain, 1 << 20)
        return target
    with (
        opened(file, "rt", encoding=encoding, errors="surrogateescape", newline=None if is_old else "") as theirs,
        target.open("w", encoding="utf-8", errors="surrogateescape", newline="") as plain,
    ):
        shutil.copyfileobj(theirs, plain, 1 << 20)
    return target
