"""The archive: what is published, has failed or is in progress, by the manifests; there is no other state.

<out>/<company>/<report>/<period> and latest are links into .runs/<period>~<run>/; a run they point to is published. One
that failed keeps its folder, for retries are counted by it; one "running" without its period's lock has died.
"""

import datetime as dt
import json
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

RUNS = ".runs"


@dataclass(frozen=True)
class Run:
    """One run folder and its manifest."""

    folder: Path
    manifest: dict[str, Any]

    @property
    def period(self) -> str:
        """The period's name."""
        return self.folder.name.partition("~")[0]

    @property
    def title(self) -> str:
        """`demo/client_rating 2026-10`."""
        return f"{self.manifest['company']}/{self.manifest['report']} {self.period}"

    @property
    def state(self) -> str:
        """ "running", "failed", "published", or "" when it has no manifest."""
        return self.manifest.get("state", "")

    @cached_property
    def started_at(self) -> dt.datetime:
        """When it began, by the clock that its caller named: the schedule's `now`, or the machine's."""
        times = self.manifest["times"]
        return dt.datetime.fromisoformat(times.get("tried_at") or times["started_at"])

    @cached_property
    def ended_at(self) -> dt.datetime:
        """When it ended, by the same clock; a run that died ended as it began."""
        times = self.manifest["times"]
        begun = dt.datetime.fromisoformat(times["started_at"])
        return self.started_at + (dt.datetime.fromisoformat(times.get("finished_at", times["started_at"])) - begun)

    @cached_property
    def due_at(self) -> dt.datetime:
        """The tick it answers; a run that a person started answers every tick before it."""
        due = self.manifest["times"].get("due_at")
        return dt.datetime.fromisoformat(due) if due else self.started_at

    def lies_ahead(self, today: dt.date) -> bool:
        """Whether its period has not begun by a day: the clock was wrong when it was made."""
        return dt.date.fromisoformat(self.manifest["period"]["first"]) > today

    @property
    def is_whole(self) -> bool:
        """Whether the manifest of a published run says what others read of it; a damaged one says less."""
        parts = ("times", "period", "facts", "files", "checks", "parameters")
        try:
            for name in ("first", "last"):
                dt.date.fromisoformat(self.manifest["period"][name])
            dt.datetime.fromisoformat(self.manifest["times"]["finished_at"])
            texts = [self.manifest[name] for name in ("company", "report")] + [self.manifest["period"]["name"]]
        except (KeyError, TypeError, ValueError, AttributeError):
            return False
        is_right = all(isinstance(self.manifest.get(name), dict) for name in parts)
        return is_right and all(isinstance(text, str) for text in texts) and self.has_times

    @property
    def has_times(self) -> bool:
        """Whether its manifest says when it began, ended and was due, in moments that can be compared."""
        try:
            return all(moment.tzinfo for moment in (self.started_at, self.ended_at, self.due_at))
        except (KeyError, TypeError, ValueError, AttributeError):
            return False

    @property
    def is_scheduled(self) -> bool:
        """Whether it answers a tick, not a person."""
        return "due_at" in self.manifest["times"]

    @property
    def has_died(self) -> bool:
        """Whether its runner was killed or interrupted: it has no end."""
        return "finished_at" not in self.manifest["times"]

    @property
    def error(self) -> dict[str, Any]:
        """`exit_code` and `message` of a failed run."""
        return self.manifest.get("error", {})


@dataclass(frozen=True)
class ReportArchive:
    """The folder of one report of one company."""

    folder: Path

    @property
    def runs(self) -> Path:
        """Where run folders and locks are."""
        return self.folder / RUNS

    def shown(self, period: str) -> Run | None:
        """The run that readers see for a period; a foreign link or folder is not ours."""
        try:
            target = (self.folder / period).readlink()
        except OSError:
            return None
        if target.parts[:-1] != (RUNS,) or not target.name.startswith(f"{period}~"):
            return None
        run = read_run(self.folder / target)
        return run if run.state == "published" else None

    def published(self) -> dict[str, Run]:
        """Period name → the run that readers see."""
        runs = {name: self.shown(name) for name in _names(self.folder) if not name.startswith(".")}
        return {name: run for name, run in runs.items() if run}

    def whole(self) -> dict[str, Run]:
        """The same without those whose manifest is damaged: no derived page shows them, and none suffers by them."""
        return {name: run for name, run in self.published().items() if run.is_whole}

    def run_folders(self, period: str | None = None) -> list[Run]:
        """Every run folder, or those of one period, oldest first."""
        names = (n for n in _names(self.runs) if "~" in n and period in (None, n.partition("~")[0]))
        folders = (self.runs / name for name in names)
        return [read_run(folder) for folder in folders if folder.is_dir() and not folder.is_symlink()]


def report_archives(out: Path) -> list[ReportArchive]:
    """Every report of every company below `out`."""
    return [ReportArchive(p.parent) for p in sorted(out.glob(f"*/*/{RUNS}"))]


def read_run(folder: Path) -> Run:
    """The run of a folder; one that a killed runner left half written has an empty manifest."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    except (OSError, ValueError):
        manifest = {}
    return Run(folder, manifest if isinstance(manifest, dict) and "times" in manifest else {})


def _names(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return []
