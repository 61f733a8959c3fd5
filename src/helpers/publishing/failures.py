"""Failed runs: how a run is marked failed, what stays of it, and how crashed runs are recovered.

In come runs, out come their manifests, rewritten: attempts, reasons and evidence are read from there alone.
"""

import json
import shutil
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from helpers.errors import KernelDied, ReportError
from helpers.publishing.archive import RUNS, ReportArchive, Run
from helpers.publishing.atomic_write import atomic_write, remove_unfinished
from helpers.publishing.child import end_run, stopping
from helpers.settings.secrets import scrub_file, scrubbed

EVIDENCE = ("manifest.json", "notebook.ipynb", "log.txt", "checks.json", "failures.txt")
KEPT_FAILURES = 20


def recover_crashed_runs(archive: ReportArchive, period: str) -> None:
    """Clear what dead and replaced runs of a period left, its lock being held: processes, links, half-written folders.

    A run that died becomes a failed one, which counts as an attempt; the run now published stays, and so
    do failed ones.
    """
    remove_unfinished(archive.folder / period)
    published = archive.shown(period)
    for run in archive.run_folders(period):
        if run.state == "running":
            end_run(run.folder)
            fail(run, KernelDied("the runner died before it was done"), has_died=True)
        elif run.state != "failed" and (published is None or run.folder != published.folder):
            end_run(run.folder)
            shutil.rmtree(run.folder, ignore_errors=True)
    _thin_out(archive)


def _thin_out(archive: ReportArchive) -> None:
    """Of old failures the manifest stays, and nothing once their period is published."""
    failed = [run for run in archive.run_folders() if run.state == "failed" and run.has_times]
    failed.sort(key=lambda run: run.folder.name.partition("~")[2])
    for run in failed[:-KEPT_FAILURES]:
        shown = archive.shown(run.period)
        if shown and shown.has_times and shown.due_at >= run.due_at:
            shutil.rmtree(run.folder, ignore_errors=True)
            continue
        for path in run.folder.iterdir():
            if path.name != "manifest.json":
                remove(path)


def write_manifest(run: Run) -> None:
    """Put the manifest in place; the group reads that of a published run alone."""
    text = json.dumps(run.manifest, indent=1, ensure_ascii=False) + "\n"
    atomic_write(run.folder / "manifest.json", text, 0o640 if run.state == "published" else 0o600)


def fail(run: Run, error: ReportError, *, has_died: bool = False) -> ReportError:
    """Mark a run failed; the error, and where its evidence is kept.

    Retries are counted by the manifests. A run that died, or was interrupted, has no `finished_at`: it is not at
    fault. One that readers see already stays as it is.
    """
    message = scrubbed(str(error))
    place = run.folder.parents[1] / run.period
    if place.is_symlink() and place.readlink() == Path(RUNS) / run.folder.name:
        return type(error)(message)
    run.manifest.pop("runner", None)
    run.manifest.update(state="failed", error={"exit_code": error.exit_code, "message": message})
    if not (has_died or stopping.is_set()):
        run.manifest["times"]["finished_at"] = datetime.now(UTC).isoformat(timespec="seconds")
    with suppress(OSError):
        _keep_evidence(run.folder)
        write_manifest(run)
    return type(error)(f"{message} (kept in {run.folder})")


def _keep_evidence(folder: Path) -> None:
    """Only what shows the failure stays, for its owner alone, without secrets; half a report is of use to nobody."""
    folder.chmod(0o700)
    for path in folder.iterdir():
        if path.name not in EVIDENCE:
            remove(path)
        elif not path.is_symlink():
            path.chmod(0o600)
            scrub_file(path)


def remove(path: Path) -> None:
    """Remove a file, a link or a whole folder."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink()
