"""Files without types at the door: each physical row ends in the snapshot, in quarantine or among the
rejected.

In come a table's mapping, its files and the dialect they are written in, out comes a `Snapshot` in Parquet
with exact types, kept by the fingerprint of all that went in. Nothing is guessed, nothing is lost, nothing of
the data is quoted.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from helpers.errors import BadData, NoInput
from helpers.settings import company as config
from helpers.source.files.cells import sheet_rows
from helpers.source.files.columns import terms
from helpers.source.files.encodings import likely_encoding
from helpers.source.files.files import check_dialect, digest, find_files, fingerprint, kind_of
from helpers.source.files.job import no_quotations
from helpers.source.files.read import Files, read_files
from helpers.source.files.snapshot import Snapshot, find_snapshot, keep, staging_folder

__all__ = ["Snapshot", "find_files", "ingest", "kind_of", "likely_encoding", "sheet_rows", "terms"]


def ingest(
    table: str,
    mapping: config.Table,
    files: Sequence[Path],
    csv: config.Csv,
    snapshot_root: Path,
) -> Snapshot:
    """The snapshot of a table's files: the kept one if nothing changed since, otherwise a new one.

    NoInput (66) for a file that is not there or cannot be read, BadData (65) for one that is not what it
    should be, BadConfiguration (78) for a dialect in which no date can be read, TryLater (75) for a file that
    changes meanwhile, CannotCreate (73) and OutOfSpace (74) for a snapshot that cannot be written.
    """
    check_dialect(csv)
    if not files:
        raise NoInput(f"{table}: no file matches '{mapping.from_}'")
    if doubles := [file for file, times in Counter(files).items() if times > 1]:
        raise BadData(f"{doubles[0]}: is named twice")
    is_pattern = any(sign in mapping.from_ for sign in "*?[")
    kinds = {file: kind_of(file, is_pattern) for file in files}
    with no_quotations():
        digests = {file: digest(file) for file in files}
    mark = fingerprint(table, mapping, csv, digests.values())
    folder = snapshot_root / f"{table}-{mark[:16]}"
    if kept := find_snapshot(folder):
        return kept
    with staging_folder(snapshot_root) as work, no_quotations():
        return keep(work, folder, read_files(Files(table, mapping, csv, kinds, digests), work, mark))
