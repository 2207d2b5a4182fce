"""What a refresh brings to a standard workbook that people work in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class ManagedTable:
    """An Excel table whose rows are the refresh's.

    Attributes:
        name: The table's name, which begins with ``due_``.
        key: The header of the column that tells each row from every other; None where rows are no things.
        rows: Its rows, columns by header; money as decimals, days as date32.
    """

    name: str
    key: str | None
    rows: pa.Table
