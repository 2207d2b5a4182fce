"""Where the parts of the add-ins lie that are not Python: VBA, pages, scripts, icons."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_INSTALLED: Final = Path(__file__).parent / "assets"
_CHECKOUT: Final = Path(__file__).parents[1]


def assets(host: str) -> Path:
    """Return the folder of a host's parts: ``excel``, ``officejs`` or ``calc``.

    In a wheel they lie inside the package, in a checkout beside it.
    """
    installed = _INSTALLED / host
    return installed if installed.is_dir() else _CHECKOUT / host
