"""What differs between two workbooks: part by part, and on sheets cell by cell."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from duebook.errors import InputError
from duebook_workbooks.filling.foreign import DAMAGE, Foreign
from duebook_workbooks.filling.formula_cells import Formulas
from duebook_workbooks.filling.people import key_of
from duebook_workbooks.filling.references import letters
from duebook_workbooks.filling.sheet_rows import Cell, SheetRows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_THERE: Final = "there"


@dataclass(frozen=True)
class Difference:
    """Something that two workbooks do not share.

    Attributes:
        place: A part's name, a sheet's, ``Sheet!B5`` for a cell, or ``Sheet!5`` for a row.
        before: What the first workbook has there; None where it has nothing.
        after: What the second has.
    """

    place: str
    before: str | None
    after: str | None


def differences(first: Path, second: Path) -> Iterator[Difference]:
    """Yield what differs between two workbooks.

    Texts count by what they say, wherever the workbook keeps them; a formula counts with the value that it
    last had.

    Args:
        first: A workbook.
        second: Another.

    Yields:
        Parts in the order of the first workbook, then its sheets in the order of their tabs.

    Raises:
        InputError: One of them is no workbook, or cannot be read.
    """
    with ExitStack() as stack:
        try:
            one, other = (
                Foreign(stack.enter_context(path.open("rb")), path.name) for path in (first, second)
            )
            yield from _parts(one, other)
            for name in {**one.sheets, **other.sheets}:
                if name in one.sheets and name in other.sheets:
                    yield from _Sheets(one, other, name).differences()
                else:
                    yield Difference(name, _there(name in one.sheets), _there(name in other.sheets))
        except FileNotFoundError as error:
            raise InputError(f"{error.filename}: there is no such file.") from None
        except OSError as error:
            raise InputError(f"{error.filename}: {error.strerror}.") from None
        except DAMAGE:
            raise InputError(f"{first.name} or {second.name}: it is damaged, or no .xlsx workbook.") from None


def _there(is_there: bool) -> str | None:  # noqa: FBT001 - it is the question itself
    return _THERE if is_there else None


def _parts(one: Foreign, other: Foreign) -> Iterator[Difference]:
    """Yield the parts that differ, worksheets apart."""
    names = [{entry.filename: entry for entry in book.archive.infolist()} for book in (one, other)]
    sheets = {*one.sheets.values(), *other.sheets.values()}
    for name in {**names[0], **names[1]}:
        if name in sheets:
            continue
        mine, its = (each.get(name) for each in names)
        if mine is None or its is None:
            yield Difference(name, _there(mine is not None), _there(its is not None))
        elif one.archive.read(mine) != other.archive.read(its):
            yield Difference(name, f"{mine.file_size:,} bytes", f"{its.file_size:,} bytes")


class _Sheets:
    """A sheet in two workbooks."""

    def __init__(self, one: Foreign, other: Foreign, name: str) -> None:
        self._name = name
        self._books = (one, other)
        self._formulas = (Formulas(), Formulas())

    def differences(self) -> Iterator[Difference]:
        """Yield what differs."""
        with ExitStack() as stack:
            one, other = (
                SheetRows(
                    stack.enter_context(book.stream(book.sheets[self._name])),
                    partial(book.unreadable, book.sheets[self._name]),
                )
                for book in self._books
            )
            yield from self._rows(one, other)
            for what, mine, its in (("before", one.head, other.head), ("behind", one.tail, other.tail)):
                if mine != its:
                    yield Difference(
                        f"{self._name}, {what} its rows", f"{len(mine):,} bytes", f"{len(its):,} bytes"
                    )

    def _rows(self, one: SheetRows, other: SheetRows) -> Iterator[Difference]:
        mine, its = iter(one), iter(other)
        left, right = next(mine, None), next(its, None)
        while left or right:
            number = min(row[0] for row in (left, right) if row)
            pair = []
            for at, (sheet, row) in enumerate(((one, left), (other, right))):
                attributes, cells = sheet.taken_apart(row[1]) if row and row[0] == number else (b"", [])
                self._formulas[at].note(number, cells)
                pair.append((attributes, {cell.column: cell for cell in cells}))
            yield from self._row(number, *pair)
            if left and left[0] == number:
                left = next(mine, None)
            if right and right[0] == number:
                right = next(its, None)

    def _row(
        self, number: int, one: tuple[bytes, dict[int, Cell]], other: tuple[bytes, dict[int, Cell]]
    ) -> Iterator[Difference]:
        if one[0] != other[0]:
            yield Difference(f"{self._name}!{number}", one[0].decode().strip(), other[0].decode().strip())
        for column in sorted({*one[1], *other[1]}):
            mine, its = one[1].get(column), other[1].get(column)
            before, after = self._shown(0, number, mine), self._shown(1, number, its)
            if before == after and (mine and mine.style) != (its and its.style):
                before, after = (f"format {cell.style}" if cell else None for cell in (mine, its))
            if before != after:
                yield Difference(f"{self._name}!{letters(column)}{number}", before, after)

    def _shown(self, at: int, row: int, cell: Cell | None) -> str | None:
        """Return what a cell says: its value, or its formula with the value that it last had."""
        if cell is None or not cell.inner:
            return None
        value = key_of(cell, lambda: self._books[at].texts)
        formula = self._formulas[at].of(row, cell)
        return value if formula is None else f"={formula}" + (f" ({value})" if value else "")
