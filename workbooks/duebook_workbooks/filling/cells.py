"""Single cells of a workbook that people work in: those that bear a name of ours, and what formulas show.

The workbook as it would be published anew says what they hold. A cell that a person gave a formula keeps it;
a formula of ours keeps standing as it stands, and shows what the new one shows where it reads the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeAlias
from xml.sax.saxutils import escape

from duebook_workbooks.filling.formula_cells import Formulas, has_formula
from duebook_workbooks.filling.people import key_of
from duebook_workbooks.filling.references import LAST_ROW, column_number
from duebook_workbooks.filling.sheet_rows import Cell, SheetRows, row_xml
from duebook_workbooks.tables import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from duebook_workbooks.filling.foreign import Foreign

OURS: Final = "due_"
"""What the names of our tables and cells begin with."""

_PLACE: Final = re.compile(r"(?:'((?:[^']|'')+)'|([^'!]+))!\$([A-Z]{1,3})\$([0-9]+)")
_KIND: Final = re.compile(rb'\st="([A-Za-z]+)"')
_FORMULA: Final = re.compile(rb"<f\b([^>]*?)(?:/>|>[^<]*</f>)")
_AREA: Final = re.compile(rb'\sref="([A-Z]+)([0-9]+):([A-Z]+)([0-9]+)"')
_VALUE: Final = re.compile(rb"<v\b[^>]*>[^<]*</v>")

_At: TypeAlias = tuple[int, int]  # row and column


@dataclass(frozen=True)
class _Shown:
    """What a cell is to show.

    Attributes:
        kind: The kind of the value as the cell's attribute, a blank before it; empty for a number.
        value: The value's XML.
        formula: The formula that it is the value of; None for none.
        anchor: The first cell of an array formula that fills this one too; None for none.
    """

    kind: bytes
    value: bytes
    formula: str | None = None
    anchor: _At | None = None


def named(book: Foreign) -> dict[str, tuple[str, _At]]:
    """Return the single cells that bear a name of ours: by name, in small letters, sheet and place."""
    found = {}
    for node in book.tree(book.workbook).findall("{*}definedNames/{*}definedName"):
        name = node.get("name", "").casefold()
        place = _PLACE.fullmatch((node.text or "").strip())
        if name.startswith(OURS) and place and node.get("localSheetId") is None:
            sheet = (place[1] or place[2]).replace("''", "'")
            found[name] = (sheet, (int(place[4]), column_number(place[3])))
    return found


def told(book: Foreign, name: str) -> str:
    """Return what stands in the cell that bears a name of ours, as text; empty where nothing does."""
    sheet, at = named(book).get(name.casefold(), ("", (0, 0)))
    if sheet in book.sheets:
        for row, cell in _cells(book, sheet):
            if (row, cell.column) == at:
                return key_of(cell, lambda: book.texts) if cell.inner else ""
    return ""


def brought(book: Foreign, fresh: Foreign) -> tuple[dict[str, bytes], bool]:
    """Return the sheets in which single cells change, by their parts, and whether formulas are left behind.

    A formula is left behind that is not one of ours, so that nobody knows what it shows now.

    Args:
        book: The workbook that people work in.
        fresh: The workbook as it would be published anew.
    """
    wanted = _wanted(book, fresh)
    found, left_behind = {}, False
    for name, part in book.sheets.items():
        sheet = _Sheet(book, part, wanted.get(name, {}))
        found[part] = sheet.xml()
        left_behind = left_behind or sheet.left_behind
    return {part: xml for part, xml in found.items() if xml != book.read(part)}, left_behind


def _wanted(book: Foreign, fresh: Foreign) -> dict[str, dict[_At, _Shown]]:
    """Return what cells are to show, by the sheet of the people's workbook and place."""
    theirs = named(book)
    ours = {place: name for name, place in named(fresh).items() if name in theirs}
    found: dict[str, dict[_At, _Shown]] = {}
    for sheet in fresh.sheets:
        formulas = Formulas()
        filled: dict[_At, _At] = {}
        for row, cell in _cells(fresh, sheet, formulas):
            at = row, cell.column
            shown = _shown(fresh, row, cell, formulas)
            formula = _FORMULA.search(cell.inner)
            if formula and b'"array"' in formula[1] and (area := _AREA.search(formula[1])):
                filled.update(dict.fromkeys(_area(area), at))
            if shown.formula is not None:
                found.setdefault(sheet, {})[at] = shown
            elif at in filled:
                found.setdefault(sheet, {})[at] = replace(shown, anchor=filled[at])
            elif (sheet, at) in ours:
                there, place = theirs[ours[sheet, at]]
                found.setdefault(there, {})[place] = shown
    return found


class _Sheet:
    """A sheet whose cells get other values.

    Attributes:
        left_behind: Whether it has a formula that is none of ours.
    """

    def __init__(self, book: Foreign, part: str, wanted: dict[_At, _Shown]) -> None:
        self.left_behind = False
        self._book, self._part = book, part
        self._rows: dict[int, dict[int, _Shown]] = {}
        for (row, column), shown in sorted(wanted.items()):
            self._rows.setdefault(row, {})[column] = shown
        self._formulas = Formulas()
        self._alike: set[_At] = set()

    def xml(self) -> bytes:
        """Return the sheet with those values."""
        book, part = self._book, self._part
        pieces: list[bytes] = []
        with book.stream(part) as stream:
            sheet = SheetRows(stream, lambda why: book.unreadable(part, why))
            for number, row in sheet:
                pieces += self._missing(number)
                if number not in self._rows:
                    self.left_behind = self.left_behind or b"<f" in row
                    if b't="shared"' in row:
                        self._formulas.note(number, sheet.taken_apart(row)[1])
                    pieces.append(row)
                    continue
                attributes, cells = sheet.taken_apart(row)
                self._formulas.note(number, cells)
                changed = [self._changed(number, cell) for cell in cells]
                pieces.append(row_xml(number, attributes, sorted(changed + self._added(number))))
            pieces += self._missing(LAST_ROW + 1)
            return b"".join([sheet.head, *pieces, sheet.tail]) if pieces else book.read(part)

    def _changed(self, row: int, cell: Cell) -> Cell:
        """Return a cell with its new value, unless its formula is not the one that has that value."""
        shown = self._rows.get(row, {}).pop(cell.column, None)
        if shown is None or self._formulas.of(row, cell) != shown.formula:
            self.left_behind = self.left_behind or has_formula(cell)
            return cell
        if shown.anchor is not None and shown.anchor not in self._alike:
            return cell
        self._alike.add((row, cell.column))
        formula = _FORMULA.search(cell.inner)
        attributes = _KIND.sub(b"", cell.attributes) + shown.kind
        return Cell(cell.column, attributes, (formula[0] if formula else b"") + shown.value)

    def _added(self, row: int) -> list[Cell]:
        """Return the cells that a row lacks; one whose formula is gone stays away."""
        return [
            Cell(column, shown.kind, shown.value)
            for column, shown in self._rows.pop(row, {}).items()
            if shown.value and shown.formula is None and shown.anchor in {None, *self._alike}
        ]

    def _missing(self, before: int) -> list[bytes]:
        """Return the rows that the sheet lacks before another."""
        rows = {row: self._added(row) for row in list(self._rows) if row < before}
        return [row_xml(row, b"", cells) for row, cells in rows.items() if cells]


def _cells(book: Foreign, sheet: str, formulas: Formulas | None = None) -> Iterator[tuple[int, Cell]]:
    """Yield the cells of a sheet with their rows; the formulas that cells share become known on the way."""
    part = book.sheets[sheet]
    with book.stream(part) as stream:
        rows = SheetRows(stream, lambda why: book.unreadable(part, why))
        for number, row in rows:
            _, cells = rows.taken_apart(row)
            if formulas is not None:
                formulas.note(number, cells)
            for cell in cells:
                yield number, cell


def _shown(book: Foreign, row: int, cell: Cell, formulas: Formulas) -> _Shown:
    """Return what a cell shows; a text that sheets share as a text of its own."""
    formula = formulas.of(row, cell)
    kind = _KIND.search(cell.attributes)
    if kind and kind[1] in {b"s", b"inlineStr"}:
        text = escape(plain(key_of(cell, lambda: book.texts))) if cell.inner else ""
        if not text:
            return _Shown(b"", b"", formula)
        return _Shown(b' t="inlineStr"', f'<is><t xml:space="preserve">{text}</t></is>'.encode(), formula)
    value = _VALUE.search(cell.inner)
    return _Shown(kind[0] if kind else b"", value[0] if value else b"", formula)


def _area(found: re.Match[bytes]) -> Iterator[_At]:
    left, top, right, bottom = (each.decode() for each in found.groups())
    for row in range(int(top), int(bottom) + 1):
        for column in range(column_number(left), column_number(right) + 1):
            yield row, column
