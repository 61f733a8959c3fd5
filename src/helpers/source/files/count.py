"""The independent count: how many records a CSV file has, told from its bytes alone.

In comes a file behind its header, out comes a number that DuckDB's must equal, or None where line ends,
quotes or lengths are in doubt; such a file is then read record by record (`text`).
"""

import csv as standard
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np

from helpers.source.files.text import LONGEST_LINE, TextFile

CHUNK = 1 << 22
LF, CR = 10, 13


def count_plain(text: TextFile) -> int | None:
    """The number of records after the header; None unless the file is beyond doubt."""
    total, ends = 0, set()
    with text.plain.open("rb") as stream:
        stream.seek(text.offset)
        for chunk in _whole_records(stream, text.csv.quote.encode()):
            count, crlf = _count(chunk, text.csv.delimiter, text.csv.quote)
            ends |= crlf
            if count is None or len(ends) > 1:
                return None
            total += count
    return total


def _whole_records(stream: BinaryIO, quote: bytes) -> Iterator[bytes]:
    """Chunks that end with a line, and outside quotes unless something is wrong with them."""
    while chunk := stream.read(CHUNK):
        chunk += stream.readline(LONGEST_LINE)
        while _is_open(chunk, quote) and len(chunk) < 2 * CHUNK and (more := stream.readline(LONGEST_LINE)):
            chunk += more
        yield chunk


def _is_open(chunk: bytes, quote: bytes) -> bool:
    """Whether a chunk ends inside quotes; to look for one takes less than to count them."""
    return bool(quote) and quote in chunk and chunk.count(quote) % 2 == 1


def _count(chunk: bytes, delimiter: str, quote: str) -> tuple[int | None, set[bool]]:
    """(records or None, whether their line ends are CRLF: empty where there is none)."""
    doubtful: tuple[None, set[bool]] = None, set()
    if b"\0" in chunk:
        return doubtful
    if (simple := _count_simple(chunk, quote)) is not None:
        return simple + (not chunk.endswith(b"\n")), {False} if simple else set()
    byte = np.frombuffer(b"\n" + chunk + b"\n", np.uint8)
    ends = np.flatnonzero(byte == LF)
    returns = np.flatnonzero(byte == CR) if b"\r" in chunk else ends[:0]
    if quote and quote.encode() in chunk:
        quotes = np.flatnonzero(byte == ord(quote))
        if not _well_quoted(byte, quotes, delimiter, quote):
            return doubtful
        ends, returns = (at[np.searchsorted(quotes, at) % 2 == 0] for at in (ends, returns))
    sizes, crlf, lines = np.diff(ends), int((byte[ends[1:] - 1] == CR).sum()), len(ends) - 2
    if sizes.max() > standard.field_size_limit() or len(returns) != crlf or crlf not in (0, lines):
        return doubtful
    blank = (sizes == 1) | ((sizes == 2) & (byte[ends[1:] - 1] == CR))
    return int((~blank).sum()), {crlf > 0} if lines else set()


def _count_simple(chunk: bytes, quote: str) -> int | None:
    """The ends of lines where each is the end of a record, as in most files: no quotes, no CR, no blank and no long
    line, which none is where each half of the longest has an end. None where it is not so simple."""
    half = standard.field_size_limit() // 2
    has_marks = b"\r" in chunk or (quote and quote.encode() in chunk)
    if has_marks or any(chunk.find(b"\n", at, at + half) < 0 for at in range(0, len(chunk) - half, half)):
        return None
    is_end = np.frombuffer(chunk, np.uint8) == LF
    has_blank = is_end[0] or (is_end[1:] & is_end[:-1]).any()
    return None if has_blank else int(np.count_nonzero(is_end))


def _well_quoted(byte: np.ndarray, quotes: np.ndarray, delimiter: str, quote: str) -> bool:
    """Whether every quote opens a field, closes one, or stands twice inside one."""
    edges = np.zeros(256, bool)
    edges[[LF, CR, ord(delimiter), ord(quote)]] = True
    opening, closing = quotes[::2], quotes[1::2]
    return len(quotes) % 2 == 0 and edges[byte[opening - 1]].all() and edges[byte[closing + 1]].all()
