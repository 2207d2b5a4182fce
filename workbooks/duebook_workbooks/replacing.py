"""Files that are written beside another, to take its place in one step."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_ABANDONED: Final = 3600.0
"""Seconds after which nobody writes such a file any more: a fill takes minutes at the most."""


def partial_of(target: Path) -> Path:
    """Return where this process writes what is to take a file's place."""
    return target.with_name(f".{target.name}.{os.getpid()}.partial")


def remove_abandoned(target: Path, now: float) -> None:
    """Remove what processes wrote beside a file that ended before it could take the file's place.

    Args:
        target: The file.
        now: The time by the clock of its folder, such as when a file there was just made; seconds.
    """
    start, end = f".{target.name}.", ".partial"
    for left in target.parent.iterdir():
        name = left.name
        if name.startswith(start) and name.endswith(end) and name[len(start) : -len(end)].isdigit():
            try:
                if now - left.stat().st_mtime > _ABANDONED:
                    left.unlink()
            except OSError:  # another process was first, or may what this one may not
                continue
