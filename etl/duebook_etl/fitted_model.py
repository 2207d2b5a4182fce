"""The file of the fitted model of serious delinquency."""

from __future__ import annotations

from typing import TYPE_CHECKING

from duebook.errors import InputError
from duebook.fitted import read_scorecard

if TYPE_CHECKING:
    from pathlib import Path

    from duebook.fitted import Scorecard


def fitted_model(path: Path) -> Scorecard | None:
    """Return the model of a file; None where there is no such file, so that fixed points stand.

    Args:
        path: The file that ``duebook model fit`` writes.

    Raises:
        InputError: The file cannot be read, or is no model.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise InputError(f"{path}: the model cannot be read: {reason}.") from None
    return read_scorecard(text, where=path.name)
