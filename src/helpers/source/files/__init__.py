"""Files at the door: each row ends in the snapshot, in quarantine, among the rejected or skipped by a named rule.

In come a table's mapping, its files and how they are written, out comes a `Snapshot` in Parquet with exact types, kept
by the fingerprint of all that went in. Nothing is guessed, nothing is lost, nothing of the data is quoted.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from helpers.errors import BadData, NoInput
from helpers.settings import company as config
from helpers.source.files.cells import sheet_names, sheet_rows
from helpers.source.files.encodings import likely_encoding
from helpers.source.files.files import check_dialect, digest, find_files, fingerprint, kind_of
from helpers.source.files.job import no_quotations
from helpers.source.files.judge import Style
from helpers.source.files.read import Files, read_files
from helpers.source.files.snapshot import Snapshot, find_snapshot, keep, staging_folder

__all__ = ["Snapshot", "find_files", "ingest", "kind_of", "likely_encoding", "sheet_names", "sheet_rows"]


def ingest(
    table: str,
    mapping: config.Table,
    files: Sequence[Path],
    csv: config.Csv,
    snapshot_root: Path,
    currency: str = "",
    zone: str = "UTC",
    joined: Mapping[str, Path] | None = None,
) -> Snapshot:
    """The snapshot of a table's files: the kept one if nothing changed since, otherwise a new one. `currency` is the
    company's, `zone` that of times which name none, `joined` the files that `join` names.

    NoInput (66) for a file that is not there or cannot be read, BadData (65) for one that is not what it
    should be, BadConfiguration (78) for a dialect in which no date can be read, TryLater (75) for a file that
    changes meanwhile, CannotCreate (73) and OutOfSpace (74) for a snapshot that cannot be written.
    """
    check_dialect(csv)
    if not files:
        raise NoInput(f"{table}: no file matches '{mapping.from_}'")
    if doubles := [file for file, times in Counter(files).items() if times > 1]:
        raise BadData(f"{doubles[0]}: is named twice")
    is_pattern, joined = any(sign in mapping.from_.partition("#")[0] for sign in "*?["), dict(joined or {})
    kinds = {file: kind_of(file, is_pattern) for file in [*files, *joined.values()]}
    with no_quotations():
        digests = {file: digest(file) for file in kinds}
    mark = fingerprint(table, mapping, csv, [currency, zone, *digests.values()])
    folder = snapshot_root / f"{table}-{mark[:16]}"
    if kept := find_snapshot(folder):
        return kept
    to_read = Files(table, mapping, Style(csv, currency, zone), kinds, digests, joined)
    with staging_folder(snapshot_root) as work, no_quotations():
        return keep(work, folder, read_files(to_read, work, mark))
