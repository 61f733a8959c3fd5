"""The ledger of failed runs: how a run is marked failed, what stays of it, and how dead runs are cleared.

In come runs, out come their manifests, rewritten: attempts, reasons and evidence are read from there alone.
"""

import json
import shutil
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from helpers.errors import KernelDied, ReportError
from helpers.publishing.archive import RUNS, ReportArchive, Run
from helpers.publishing.kernel.processes import end_run, stopping
from helpers.settings.secrets import scrub_file, scrubbed

EVIDENCE = ("manifest.json", "notebook.ipynb", "log.txt", "checks.json", "failures.txt")
KEPT_FAILURES = 20


def tidy(archive: ReportArchive, period: str) -> None:
    """Clear what dead and replaced runs of a period left, its lock being held: processes, links, half-written folders.

    A run that died becomes a failed one, which the ledger counts; the run now published stays, and so do failed ones.
    """
    for link in archive.folder.glob(f".{period}.*.tmp"):
        link.unlink()
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
    """Of old failures the manifest stays, and nothing once their period is published: the ledger loses no debt."""
    failed = [run for run in archive.run_folders() if run.state == "failed"]
    failed.sort(key=lambda run: run.folder.name.partition("~")[2])
    for run in failed[:-KEPT_FAILURES]:
        shown = archive.shown(run.period)
        if shown and shown.due_at >= run.due_at:
            shutil.rmtree(run.folder, ignore_errors=True)
            continue
        for path in run.folder.iterdir():
            if path.name != "manifest.json":
                remove(path)


def write_manifest(run: Run) -> None:
    """Put the manifest in place by one rename."""
    beside = run.folder / ".manifest.tmp"
    beside.write_text(json.dumps(run.manifest, indent=1, ensure_ascii=False) + "\n", "utf-8")
    beside.chmod(0o640 if run.state == "published" else 0o600)
    beside.replace(run.folder / "manifest.json")


def fail(run: Run, error: ReportError, *, has_died: bool = False) -> ReportError:
    """Mark a run failed; the error, told with where its evidence is kept.

    The manifest is the ledger of retries. A run that died, or was told to stop, has no `finished_at`: it is not at
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
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink()
