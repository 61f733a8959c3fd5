"""Files and links put in place by one rename: a reader sees the old one or the new one, whole.

Whoever writes a place holds its lock, so what dead writers left beside it can go.
"""

import os
import secrets
from pathlib import Path


def atomic_write(place: Path, text: str, mode: int = 0o640, modified_at: float | None = None) -> None:
    """Write a text through to the disk, then rename it into its place; `modified_at` dates it otherwise than now."""
    temporary = _temporary(place)
    with open(temporary, "x", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.chmod(mode)
    if modified_at is not None:
        os.utime(temporary, (modified_at, modified_at))
    temporary.replace(place)


def atomic_link(place: Path, target: Path) -> None:
    """Point a relative link to a target by one rename."""
    temporary = _temporary(place)
    temporary.symlink_to(target)
    temporary.replace(place)
    sync(place.parent)


def remove_unfinished(place: Path) -> None:
    """Remove what dead writers of a place left beside it."""
    for left in place.parent.glob(f".{place.name}.*.tmp"):
        left.unlink()


def sync(path: Path) -> None:
    """Write a file or folder through to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _temporary(place: Path) -> Path:
    remove_unfinished(place)
    return place.with_name(f".{place.name}.{secrets.token_hex(4)}.tmp")
