"""The versions of a workbook before the last, kept beside it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from duebook_workbooks.replacing import partial_of

if TYPE_CHECKING:
    from pathlib import Path


def keep_previous(workbook: Path, count: int) -> None:
    """Keep a workbook as it is as the last of its previous versions, before it changes.

    Args:
        workbook: The workbook. ``NAME (previous 1).xlsx`` becomes ``NAME (previous 2).xlsx``, and so on; the
            oldest goes.
        count: How many previous versions are kept; none for 0.
    """
    names = [
        workbook.with_name(f"{workbook.stem} (previous {at}){workbook.suffix}") for at in range(1, count + 1)
    ]
    if not names:
        return
    partial = partial_of(names[0])
    try:
        shutil.copy2(workbook, partial)
        for older, newer in zip(names[:0:-1], names[-2::-1], strict=True):
            if newer.exists():
                newer.replace(older)
        partial.replace(names[0])
    finally:
        partial.unlink(missing_ok=True)
