"""What stands at the door: are these files there, readable, and what their names say they are?

In come paths and a dialect, out come kinds, digests and a fingerprint, or a refusal. No row is looked at.
"""

import codecs
import hashlib
import json
import os
import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from helpers.errors import BadConfiguration, BadData, NoInput, TryLater, nearest
from helpers.settings import company as config

RULES = 6
"""Raise it when the same file would give another snapshot than before: old ones are then not reused."""
BLOCK, READ_AT_ONCE = 1 << 24, 1 << 20

WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
DATABASES = (".sqlite", ".sqlite3", ".db", ".db3")
ZIP, OLD_EXCEL, BZIP2, ZSTANDARD, SEVEN_ZIP = (
    b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"BZh", b"\x28\xb5\x2f\xfd", b"7z\xbc\xaf"
)  # fmt: skip
PACKED = (ZIP, BZIP2, ZSTANDARD, SEVEN_ZIP)
OPEN_DOCUMENT = b"mimetypeapplication/vnd.oasis.opendocument"
MAGIC = (
    (ZIP, "a ZIP or XLSX file", (".xlsx", ".xlsm", ".xlsb", ".ods"), "workbook"),
    (OLD_EXCEL, "an old Excel file (.xls)", (".xls",), "workbook"),
    (b"SQLite format 3\0", "a SQLite database", DATABASES, "sqlite"),
    (b"PAR1", "a Parquet file", (".parquet",), "parquet"),
    (b"%PDF", "a PDF", (), ""),
    (BZIP2, "a bzip2 file", (), ""),
    (ZSTANDARD, "a Zstandard file", (), ""),
    (SEVEN_ZIP, "a 7-Zip file", (), ""),
)  # fmt: skip


def find_files(folder: Path, pattern: str) -> list[Path]:
    """The files of a folder that a name or a pattern (`sales_*.csv`) means, by name; NoInput if none.

    What stands after `#` (`book.xlsx#Sheet2`) is not part of the name.
    """
    try:
        if "#" in pattern and not (folder / pattern).exists():
            pattern = pattern.partition("#")[0]
        result = [folder / pattern] if (folder / pattern).exists() else sorted(folder.glob(pattern))
    except (ValueError, NotImplementedError, OSError):
        result = []
    if not result:
        others = [path.name for path in folder.iterdir()] if folder.is_dir() else []
        raise NoInput(f"{folder / pattern}: there is no such file{nearest(pattern, others)}")
    for file in result:
        _refuse_outsider(file, folder)
    return result


def _refuse_outsider(file: Path, folder: Path) -> None:
    if not file.resolve().is_relative_to(folder.resolve()):
        raise NoInput(f"{file}: leads outside its folder; copy the file there, or name the real folder")


def kind_of(file: Path, is_pattern: bool) -> str:
    """`csv`, `workbook` or `sqlite`; NoInput if it cannot be read, BadData if name and content disagree."""
    try:
        if is_pattern:
            _refuse_outsider(file, file.parent)
        if not file.exists():
            raise NoInput(f"{file}: there is no such file")
        if not file.is_file():
            raise NoInput(f"{file}: is a {'folder' if file.is_dir() else 'device or pipe'}, expected a file")
        with file.open("rb") as stream:
            return kind_by_content(file, stream.read(512))
    except OSError as error:
        raise NoInput(f"{file}: cannot be read ({error.strerror})") from None


def kind_by_content(file: Path, start: bytes) -> str:
    """The kind that the first bytes tell, if the name tells the same."""
    if not start:
        raise NoInput(f"{file}: is empty (0 bytes)")
    suffix = file.suffix.lower()
    for magic, name, suffixes, kind in MAGIC:
        if start.startswith(magic):
            right = _right_name(start, suffixes)
            is_other = right and (suffix == ".ods") != (right == ".ods")
            if suffix in suffixes and not is_other:
                return kind
            raise BadData(f"{file}: this is {name}, not {_named(suffix)}; {_advice(magic, right, suffix)}")
    if start.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"<"):
        raise BadData(f"{file}: this is HTML or XML, not a table; export it as CSV or XLSX")
    if re.match(rb"\[?\s*\{\s*\"", start.removeprefix(codecs.BOM_UTF8).lstrip()):
        raise BadData(f"{file}: this is JSON, not a table; export it as CSV or XLSX, or make Parquet of it: "
                      f"duckdb -c \"COPY (FROM read_json('{file.name}')) TO '{file.stem}.parquet'\"")  # fmt: skip
    if suffix in WORKBOOKS + DATABASES:
        raise BadData(f"{file}: the name says {suffix}, the content does not; give it its right name (text: .csv)")
    return "csv"


def _named(suffix: str) -> str:
    return suffix if suffix in WORKBOOKS + DATABASES else "text"


def _right_name(start: bytes, suffixes: tuple[str, ...]) -> str:
    """The suffix that the first bytes tell; of a ZIP that is no workbook none."""
    if start.startswith(ZIP):
        packed = start[30:]  # the name of its first file
        is_open_xml = re.match(rb"\[Content_Types\]|_rels/|docProps/|xl/|customXml/", packed) is not None
        return ".ods" if packed.startswith(OPEN_DOCUMENT) else ".xlsx" if is_open_xml else ""
    return suffixes[0] if suffixes else ""


def _advice(magic: bytes, right: str, suffix: str) -> str:
    if right:
        locked = ", or save it without its password" if right == ".xls" and suffix in WORKBOOKS else ""
        return f"give it its right name ({right}) or export it as CSV{locked}"
    return "unpack it, and name what is in it" if magic in PACKED else "export it as CSV"


def digest(file: Path) -> str:
    """SHA-256 over the SHA-256 of a file's blocks, of which two processors take one each."""
    with file.open("rb") as stream, ThreadPoolExecutor(2) as pool:
        places = range(0, max(1, os.fstat(stream.fileno()).st_size), BLOCK)
        blocks = pool.map(partial(_digest_of_block, stream.fileno()), places)
        return hashlib.sha256(b"".join(blocks)).hexdigest()


def _digest_of_block(handle: int, at: int) -> bytes:
    hashed, end = hashlib.sha256(), at + BLOCK
    while at < end and (part := os.pread(handle, min(READ_AT_ONCE, end - at), at)):
        hashed.update(part)
        at += len(part)
    return hashed.digest()


def fingerprint(table: str, mapping: config.Table, csv: config.Csv, digests: Iterable[str]) -> str:
    """SHA-256 over the files' content, the mapping, the dialect and our rules; the snapshot's name."""
    what = [RULES, table, mapping.model_dump(mode="json"), csv.model_dump(mode="json"), *digests]
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()


def refuse_changed(digests: dict[Path, str]) -> None:
    """TryLater if a file is no longer what it was when its digest was taken."""
    for file, before in digests.items():
        try:
            now = digest(file)
        except OSError:
            now = None
        if now != before:
            raise TryLater(f"{file}: changed while it was read; try again when it is complete")


def check_dialect(csv: config.Csv) -> None:
    """BadConfiguration unless Python and DuckDB both can read CSV written so."""
    for name, text in (("delimiter", csv.delimiter), ("quote", csv.quote or '"')):
        if len(text) != 1 or not text.isascii() or text in "\r\n\0":
            tab = r'; a tab is "\t", in double quotes' if text.casefold() in ("tab", r"\t") else ""
            raise BadConfiguration(f"csv.{name}: expected one ASCII character, got {text!r}{tab}")
    if csv.quote == csv.delimiter:
        raise BadConfiguration("csv.quote and csv.delimiter must be two different characters")
    try:
        known = codecs.lookup(csv.encoding)._is_text_encoding
    except LookupError:
        known = False
    if not known:
        raise BadConfiguration(f"csv.encoding: unknown encoding '{csv.encoding}', expected utf-8, cp1251, latin-1 …")


def make_private(folder: Path) -> None:
    """Folders 0700, files 0600, all the way down: a snapshot holds the clients' data."""
    for path in (folder, *folder.rglob("*")):
        os.chmod(path, 0o700 if path.is_dir() else 0o600)
