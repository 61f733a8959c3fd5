"""Secrets kept out of what is said: every value of the environment that a name calls secret becomes `***`.

In come texts and files on their way to a log, a manifest, an error or a page; the environment is asked each time. What
is derived from a secret, the keys of the clients' codes, is one too.
"""

import gzip
import hashlib
import hmac
import html
import json
import os
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import markupsafe

if TYPE_CHECKING:
    from pyarrow import Array

SECRET = re.compile(r"pass(word|wd|phrase)?$|_pwd$|secret|token|api_?key|credential|^dsn$", re.IGNORECASE)
SECRET_VALUE = re.compile(r"://[^/\s:@]+:[^@\s]+@|password\s*=", re.IGNORECASE)
HIDDEN = "***"
LOGIN = re.compile(r"""(://[^/\s:@]*:)([^\s"'<>]+)@""")  # up to the last @, which a password may hold unescaped
PASSWORD = re.compile(r"(password\s*=\s*)('[^']*'|[^\s'\"&;]+)", re.IGNORECASE)
SHORTEST = 6
CODE_SECRET = "CLIENT_RATING_CODE_SECRET"


def secrets_known() -> list[str]:
    """The secrets of this process's environment, longest first; what is shorter than six characters is no secret."""
    named = [value for name, value in os.environ.items() if SECRET.search(name)]
    logins = [match[0][1:-1] for value in os.environ.values() for match in re.finditer(r":[^/\s:@]+@", value)]
    logins += [match[2] for value in os.environ.values() for match in LOGIN.finditer(value)]
    passwords = [match[2].strip("'") for value in os.environ.values() for match in PASSWORD.finditer(value)]
    values = [form for value in (*named, *logins, *passwords) for form in (value, unquote(value))]
    return sorted({value for value in (*values, *code_keys()) if len(value) >= SHORTEST}, key=len, reverse=True)


def code_keys() -> tuple[str, ...]:
    """The two keys that clients' codes are made with, derived from CLIENT_RATING_CODE_SECRET; none without it."""
    secret = os.environ.get(CODE_SECRET, "").encode()
    return tuple(hmac.new(secret, part, hashlib.sha256).hexdigest() for part in (b"inner", b"outer")) if secret else ()


def scrubbed(text: str) -> str:
    """The text with known secrets, and passwords in connection strings, made `***`."""
    for form in _forms(secrets_known()):
        text = text.replace(form, HIDDEN)
    return PASSWORD.sub(rf"\1{HIDDEN}", LOGIN.sub(rf"\1{HIDDEN}@", text))


def scrub_file(path: Path) -> None:
    """Rewrite a text file without secrets; one that holds none stays untouched."""
    before = path.read_text("utf-8", errors="surrogateescape")
    if (after := scrubbed(before)) != before:
        path.write_text(after, "utf-8", errors="surrogateescape")


def tells_a_secret(path: Path) -> bool:
    """Whether a file holds a known secret, in clear or as JSON or HTML write it, packed or not; a PDF shows what its
    page shows, and is not unpacked."""
    forms = [form.encode() for form in _forms(secrets_known())]
    return bool(forms) and any(form in piece for piece in _contents(path) for form in forms)


def _contents(path: Path) -> Iterator[bytes]:
    """A file's bytes, then what a workbook or other zip, a gzip or a Parquet file packs."""
    yield path.read_bytes()
    if path.suffix == ".parquet":
        from pyarrow.parquet import ParquetFile

        with ParquetFile(path) as file:
            for batch in file.iter_batches():
                yield from (bytes(b) for column in batch.columns for b in _plain(column).buffers() if b)
    elif path.suffix == ".gz":
        yield gzip.decompress(path.read_bytes())
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            yield from (packed.read(name) for name in packed.namelist())


def _plain(column: "Array[Any]") -> "Array[Any]":  # Any: whatever a column holds
    return column.dictionary_decode() if hasattr(column, "dictionary_decode") else column


def _forms(values: list[str]) -> list[str]:
    """Each value as typed, as JSON writes it, and as HTML does, in both of its spellings."""
    spelt = ((v, json.dumps(v)[1:-1], html.escape(v), str(markupsafe.escape(v))) for v in values)
    return list(dict.fromkeys(form for forms in spelt for form in forms))
