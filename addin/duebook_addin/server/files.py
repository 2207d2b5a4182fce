"""The add-in's files as the server gives them out: read once, at start."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from duebook.errors import InputError
from duebook_addin.functions import FUNCTIONS
from duebook_addin.officejs.metadata import associations

if TYPE_CHECKING:
    from pathlib import Path

_PAGE: Final = "taskpane.html"
_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True)
class ServedFile:
    """A file's bytes and type."""

    content: bytes
    media_type: str


def read_files(folder: Path) -> dict[str, ServedFile]:
    """Return the files of the add-in by the path they are served at.

    Args:
        folder: The folder of the Office.js add-in's parts.

    Raises:
        InputError: The folder is incomplete.
    """
    names = [_PAGE, "taskpane.css", "taskpane.js", "functions.js"]
    icons = folder / "icons"
    names += sorted(f"icons/{file.name}" for file in icons.glob("*") if file.suffix in {".png", ".svg"})
    try:
        found = {f"/{name}": _read(folder, name) for name in names}
    except OSError as error:
        raise InputError(f"{error.filename}: the add-in's file cannot be read: {error.strerror}.") from None
    script = found["/functions.js"]
    found["/functions.js"] = ServedFile(script.content + associations().encode(), script.media_type)
    found["/"] = found[f"/{_PAGE}"]
    return found


def catalogue() -> bytes:
    """Return all declarations as JSON, which the task pane shows."""
    return json.dumps([function.describe() for function in FUNCTIONS], ensure_ascii=False).encode()


def _read(folder: Path, name: str) -> ServedFile:
    file = folder / name
    return ServedFile(file.read_bytes(), _TYPES[file.suffix])
