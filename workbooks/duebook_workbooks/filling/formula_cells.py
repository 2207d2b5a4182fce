"""Formulas of a sheet's cells when rows of a table on it come, go and change places."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Final, NamedTuple
from xml.sax.saxutils import escape

from duebook.errors import InputError
from duebook_workbooks.filling.references import shifted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from duebook_workbooks.filling.extent import Extent
    from duebook_workbooks.filling.sheet_rows import Cell

_FORMULA: Final = re.compile(rb"<f\b([^>]*?)(?:/>|>([^<]*)</f>)")
_KIND: Final = re.compile(rb'\st="([A-Za-z]+)"')
_GROUP: Final = re.compile(rb'\ssi="([0-9]+)"')
_LAST: Final = re.compile(rb'\sref="[^"]*?([0-9]+)"')
_AREA: Final = re.compile(rb'(\sref=")([^"]*)(")')
_VALUE: Final = re.compile(rb"<v\b[^>]*?(?:/>|>[^<]*</v>)")
_VALUE_KIND: Final = re.compile(rb'\st="(?:str|b|e|n)"')


class Master(NamedTuple):
    """The one formula of a group of cells that share it.

    Attributes:
        row: The row of its cell.
        column: The column.
        text: The formula, without XML's escapes.
        last: The last row of the group.
    """

    row: int
    column: int
    text: str
    last: int

    def at(self, row: int, column: int) -> str:
        """Return the formula as it reads in another cell of the group."""
        return shifted(self.text, rows=row - self.row, columns=column - self.column)


class Formulas:
    """The formulas of a sheet, the shared ones among them known by their groups."""

    def __init__(self) -> None:
        """Know no formula yet."""
        self._masters: dict[bytes, Master] = {}
        self._dissolved: frozenset[bytes] = frozenset()

    def note(self, row: int, cells: Iterable[Cell]) -> None:
        """Remember the formulas of a row that others share."""
        for cell in cells:
            found = _FORMULA.search(cell.inner)
            if found and _kind(found[1]) == b"shared" and found[2]:
                area = _LAST.search(found[1])
                last = int(area[1]) if area else row
                self._masters[_group(found[1])] = Master(row, cell.column, _text(found[2]), last)

    def settle(self, extent: Extent) -> None:
        """Find the groups whose cells no longer read alike; each of their cells gets a formula of its own."""
        self._dissolved = frozenset(
            group
            for group, master in self._masters.items()
            if extent.moves
            or (extent.first <= master.row <= extent.end and extent.left <= master.column <= extent.right)
            or any(
                extent.formula(text, on_sheet=True, at=row) != text
                for row in {master.row, master.last}
                for text in (master.at(row, master.column),)
            )
        )

    def of(self, row: int, cell: Cell) -> str | None:
        """Return a cell's formula without XML's escapes, or its group's if it shares one; None for none."""
        found = _FORMULA.search(cell.inner)
        if found is None:
            return None
        if _kind(found[1]) != b"shared":
            return _text(found[2] or b"")
        master = self._masters.get(_group(found[1]))
        if master is None:
            raise InputError(f"A cell of row {row} shares a formula that no cell has.")
        return master.at(row, cell.column)

    def outside(self, row: int, cell: Cell, extent: Extent) -> Cell:
        """Return a cell that stands outside the table's rows, its formula referring to the same things."""
        found = _FORMULA.search(cell.inner)
        if found is None:
            return cell
        kind = _kind(found[1])
        if kind == b"shared" and _group(found[1]) not in self._dissolved:
            return cell
        if kind == b"dataTable":
            if extent.moves:
                raise _immovable(row)
            return cell
        old = self.of(row, cell) or ""
        new = extent.formula(old, on_sheet=True, at=row)
        if kind == b"array":
            area = _AREA.sub(lambda ref: ref[1] + extent.ranges(ref[2].decode()).encode() + ref[3], found[1])
            if (area, new) == (found[1], old):
                return cell
            formula = b"<f%s>%s</f>" % (area, _escaped(new))
        elif kind != b"shared" and new == old:
            return cell
        else:
            formula = b"<f%s>%s</f>" % (found[1] if kind == b"normal" else b"", _escaped(new))
        return cell._replace(inner=_put(cell.inner, found, formula))

    def inside(self, old: int, new: int, cell: Cell, extent: Extent) -> Cell:
        """Return a cell with a formula as it reads in the row where it goes, to be calculated anew.

        Args:
            old: The row where the cell stood.
            new: The row where it goes.
            cell: The cell.
            extent: The table's place.
        """
        found = _FORMULA.search(cell.inner)
        if found is None:
            return cell
        kind = _kind(found[1])
        if kind == b"dataTable":
            raise _immovable(old)
        text = self.of(old, cell) or ""
        attributes = found[1] if kind == b"normal" else b""
        if kind == b"array":
            area = _AREA.search(found[1])
            if area is None or b":" in area[2]:
                raise _immovable(old)
            place = re.sub(rb"[0-9]+", b"%d" % new, area[2])
            attributes = _AREA.sub(lambda ref: ref[1] + place + ref[3], found[1])
        formula = b"<f%s>%s</f>" % (attributes, _escaped(extent.followed(text, old=old, new=new)))
        inner = _VALUE.sub(b"", _put(cell.inner, found, formula))
        return cell._replace(inner=inner, attributes=_VALUE_KIND.sub(b"", cell.attributes))


def has_formula(cell: Cell) -> bool:
    """Return whether a cell has a formula."""
    return b"<f" in cell.inner


def without_formula(cell: Cell) -> Cell:
    """Return a cell with the value that its formula last had."""
    return cell._replace(inner=_FORMULA.sub(b"", cell.inner))


def _kind(attributes: bytes) -> bytes:
    found = _KIND.search(attributes)
    return found[1] if found else b"normal"


def _group(attributes: bytes) -> bytes:
    found = _GROUP.search(attributes)
    return found[1] if found else b""


def _text(xml: bytes) -> str:
    return unescape(xml.decode())


def _escaped(formula: str) -> bytes:
    return escape(formula).encode()


def _put(inner: bytes, found: re.Match[bytes], formula: bytes) -> bytes:
    return inner[: found.start()] + formula + inner[found.end() :]


def _immovable(row: int) -> InputError:
    return InputError(
        f"Row {row:,} has a formula of several cells at once (an array or a data table), which cannot move.",
        hint="Put it on another sheet, or make each cell's formula its own.",
    )
