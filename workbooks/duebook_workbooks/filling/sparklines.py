"""Sparklines on a sheet, small charts in single cells, when a table on it is filled."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Final, NamedTuple
from xml.sax.saxutils import escape

from duebook.errors import InputError
from duebook_workbooks.filling.references import (
    Pattern,
    Reference,
    column_number,
    letters,
    pattern,
    rewritten,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from duebook_workbooks.filling.extent import Extent

_GROUP: Final = re.compile(
    rb"(<x14:sparklineGroup\b.*?<x14:sparklines>)(.*?)(</x14:sparklines>.*?</x14:sparklineGroup>)", re.DOTALL
)
_SPARKLINE: Final = re.compile(
    rb"<x14:sparkline>\s*(?:<xm:f>([^<]*)</xm:f>)?\s*<xm:sqref>([A-Z]+)([0-9]+)</xm:sqref>\s*</x14:sparkline>"
)
_DAYS: Final = re.compile(rb"(<xm:f>)([^<]*)(</xm:f>)")
_NO_GROUP: Final = re.compile(
    rb"<ext\b[^>]*>\s*<x14:sparklineGroups\b[^>]*>\s*</x14:sparklineGroups>\s*</ext>"
)
_NO_EXTENSION: Final = re.compile(rb"<extLst>\s*</extLst>")


class _Sparkline(NamedTuple):
    """A sparkline: its cell, and the cells that it shows."""

    column: int
    row: int
    formula: str

    def xml(self) -> bytes:
        formula = f"<xm:f>{escape(self.formula)}</xm:f>" if self.formula else ""
        cell = f"{letters(self.column)}{self.row}"
        return f"<x14:sparkline>{formula}<xm:sqref>{cell}</xm:sqref></x14:sparkline>".encode()


def sparklines(xml: bytes, extent: Extent, row_of: Callable[[int, int], int | None]) -> bytes:
    """Return what stands behind a sheet's rows with sparklines that show the same things.

    One in a row of the table goes with its row; a column that has one of its own row in every row has one in
    every row after.

    Args:
        xml: What stands behind the rows.
        extent: The table's place.
        row_of: Returns where the cell of a row and a column stands after; None where it is gone.

    Raises:
        InputError: One beside the table is in a row that leaves, as what stands below the table moves up.
    """

    def group(old: re.Match[bytes]) -> bytes:
        found = list(_SPARKLINE.finditer(old[2]))
        if len(found) != old[2].count(b"<x14:sparkline>"):
            raise InputError(
                f"sheet {extent.sheet!r}: its sparklines are not written as spreadsheet programs do it.",
                hint="Open it in Excel and save it.",
            )
        lines = [
            _Sparkline(column_number(each[2].decode()), int(each[3]), unescape((each[1] or b"").decode()))
            for each in found
        ]
        after = list(_after(lines, extent, row_of))
        if not after:
            return b""
        # The one range before the sparklines is of the days that they all go by.
        head = _DAYS.sub(lambda days: days[1] + _days(days[2], extent) + days[3], old[1])
        return head + (old[2] if after == lines else b"".join(line.xml() for line in after)) + old[3]

    changed = _GROUP.sub(group, xml)
    return xml if changed == xml else _NO_EXTENSION.sub(b"", _NO_GROUP.sub(b"", changed))


def shown_by_sparklines(xml: bytes) -> Iterator[tuple[str, str]]:
    """Yield the cell of each of a sheet's sparklines, and what it shows."""
    for each in _SPARKLINE.finditer(xml):
        yield (each[2] + each[3]).decode(), unescape((each[1] or b"").decode())


def _days(formula: bytes, extent: Extent) -> bytes:
    return escape(extent.formula(unescape(formula.decode()), on_sheet=True)).encode()


def _after(
    lines: Iterable[_Sparkline], extent: Extent, row_of: Callable[[int, int], int | None]
) -> Iterator[_Sparkline]:
    """Yield the sparklines of a group where they stand after."""
    columns: dict[int, list[_Sparkline]] = {}
    taken: set[tuple[int, int]] = set()
    for line in lines:
        mine = _mine(line, extent)
        if mine:
            columns.setdefault(line.column, []).append(line)
        row = row_of(line.row, line.column)
        if row is not None:
            taken.add((line.column, row))
            shown = (
                extent.followed(line.formula, old=line.row, new=row)
                if mine
                else extent.formula(line.formula, on_sheet=True, at=line.row)
            )
            yield _Sparkline(line.column, row, shown)
        elif not mine:
            raise InputError(
                f"sheet {extent.sheet!r}: a sparkline in {letters(line.column)}{line.row} is in rows that "
                "leave, and what stands below them moves up.",
                hint="Remove it, or move what stands below the table to another sheet.",
            )
    for column, each in columns.items():
        copied = _filled_down(each, extent)
        if copied is not None:
            for row in range(extent.first, extent.new_last + 1):
                if (column, row) not in taken:
                    yield _Sparkline(column, row, copied.at(row))


def _mine(line: _Sparkline, extent: Extent) -> bool:
    """Return whether a sparkline stands in a row of the table."""
    return extent.left <= line.column <= extent.right and extent.first <= line.row <= extent.last


def _filled_down(lines: list[_Sparkline], extent: Extent) -> Pattern | None:
    """Return what the sparklines of a column show if every row has one of its own cells; else None."""
    if len(lines) != extent.last - extent.header:
        return None
    patterns = {pattern(line.formula, line.row) for line in lines}
    copied = patterns.pop()
    return copied if not patterns and set(copied.offsets) == {0} and _here(lines[0].formula, extent) else None


def _here(formula: str, extent: Extent) -> bool:
    """Return whether all that a formula refers to is on the table's sheet."""
    found = []

    def one(reference: Reference) -> Reference:
        found.append(extent.here(reference, on_sheet=True))
        return reference

    rewritten(formula, one)
    return all(found)
