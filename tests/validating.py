"""Microsoft's Open XML SDK validator, which ``make services`` installs from npm into ``tools/validator``."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

PROGRAM: Final = Path(__file__).parents[1] / "tools/validator/node_modules/.bin/ooxml-validator"
VERSIONS: Final = ("Microsoft365", "Office2016")


def validation_errors(paths: Iterable[Path], version: str) -> list[tuple[str, str, str, str]]:
    """Return what the validator finds wrong with workbooks: file, part, place and description, sorted.

    Args:
        paths: The workbooks.
        version: For which Office, one of :data:`VERSIONS`.
    """
    found = []
    for path in paths:
        command = [str(PROGRAM), str(path), "--officeVersion", version]
        told = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)  # noqa: S603
        assert told.stdout, told.stderr
        for error in json.loads(told.stdout)["errors"]:
            place = (str(error.get(key, "")) for key in ("path", "xPath", "description"))
            found.append((path.name, *place))
    return sorted(found)  # type: ignore[arg-type]
