"""The sheet of a table as it stands, and as it is when the table has other rows."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from duebook.errors import InputError
from duebook_workbooks import tables
from duebook_workbooks.filling.extent import Extent
from duebook_workbooks.filling.formula_cells import Formulas
from duebook_workbooks.filling.people import OldRow
from duebook_workbooks.filling.references import LAST_ROW, column_number, letters
from duebook_workbooks.filling.sheet_rows import Cell, SheetRows, row_xml
from duebook_workbooks.filling.surroundings import before_rows, behind_rows, links

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from duebook_workbooks.filling.foreign import Foreign, ForeignTable
    from duebook_workbooks.filling.people import People

_MERGED: Final = re.compile(rb'<mergeCell\b[^>]*?\sref="([A-Z]+)([0-9]+):([A-Z]+)[0-9]+"')
_RANGE: Final = re.compile(r"[A-Z]+([0-9]+)(?::[A-Z]+([0-9]+))?")


class Standing:
    """What stands on the sheet of a table.

    Attributes:
        extent: The table's place, before and after.
        formulas: The formulas of the sheet's cells.
    """

    def __init__(self, book: Foreign, table: ForeignTable, people: People, new_last: int) -> None:
        """Read the sheet.

        Args:
            book: The workbook.
            table: The table.
            people: Takes in what people put into the table's rows.
            new_last: The last row that the table is to have, without a totals row.

        Raises:
            InputError: Something stands in the way of the rows to come, and cannot move.
        """
        self._table = table
        self.formulas = Formulas()
        self._above: list[tuple[int, bytes]] = []
        self._below: list[tuple[int, bytes]] = []
        self._beside: dict[int, tuple[bytes, list[Cell]]] = {}
        self._totals: tuple[bytes, list[Cell]] = (b"", [])
        with book.stream(table.sheet) as stream:
            self._rows = SheetRows(stream, lambda why: book.unreadable(table.sheet, why))
            for number, row in self._rows:
                self._take(number, row, people, lambda: book.texts)
        self.extent = self._extent(book, new_last)
        self.formulas.settle(self.extent)

    def _take(self, number: int, row: bytes, people: People, texts: Callable[[], list[str]]) -> None:
        table = self._table
        if b't="shared"' in row:
            self.formulas.note(number, self._rows.taken_apart(row)[1])
        if number <= table.header:
            self._above.append((number, row))
        elif number > table.last + table.totals:
            self._below.append((number, row))
        else:
            attributes, cells = self._rows.taken_apart(row)
            mine = [cell for cell in cells if table.left <= cell.column <= table.right]
            if len(mine) < len(cells):
                beside = [cell for cell in cells if not table.left <= cell.column <= table.right]
                self._beside[number] = (attributes, beside)
            if number <= table.last:
                people.take(OldRow(number, attributes, tuple(mine)), texts, self.formulas)
            else:
                self._totals = (attributes, mine)

    def _extent(self, book: Foreign, new_last: int) -> Extent:
        """Return the table's place, having decided what happens to whatever stands below it."""
        table = self._table
        extent = Extent(
            sheet=table.sheet_name,
            left=table.left,
            right=table.right,
            header=table.header,
            last=table.last,
            new_last=new_last,
            totals=table.totals,
            moves=False,
        )
        below = self._first_below()
        if below is None or not extent.delta:
            return extent
        obstacle = self._obstacle(book)
        if obstacle is None:
            last = max([below, *(number for number, _ in self._below[-1:])]) + extent.delta
            if last > LAST_ROW:
                raise InputError(
                    f"table {table.name!r}: what stands below it would have to move below row {LAST_ROW:,}.",
                    hint="Move it to another sheet.",
                )
            return replace(extent, moves=True)
        if below > extent.new_end + 1:  # there is room, with an empty row between
            return extent
        raise InputError(
            f"table {table.name!r}: it would end in row {extent.new_end:,} instead of {extent.end:,}, but "
            f"row {below:,} below it is not empty and cannot move down, because {obstacle}.",
            hint="Move what stands below the table to another sheet.",
        )

    def _first_below(self) -> int | None:
        """Return the first row below the table that holds anything in its columns, or merges cells there."""
        return min(filter(None, [self._first_filled_below(), *self._merged_below()]), default=None)

    def _merged_below(self) -> Iterator[int]:
        """Yield the rows where merged cells begin below the table, which none of its own may be."""
        for left, top, right in _MERGED.findall(self._rows.tail):
            beside = (
                column_number(right.decode()) < self._table.left
                or column_number(left.decode()) > self._table.right
            )
            if int(top) > self._table.last + self._table.totals and not beside:
                yield int(top)

    def _first_filled_below(self) -> int | None:
        for number, row in self._below:
            if b"<v" in row or b"<f" in row or b"<is" in row:
                _, cells = self._rows.taken_apart(row)
                if any(cell.inner and self._table.left <= cell.column <= self._table.right for cell in cells):
                    return number
        return None

    def _obstacle(self, book: Foreign) -> str | None:
        """Return why the rows below the table cannot move as a whole; None where they can."""
        table, end = self._table, self._table.last + self._table.totals
        for number, (_, cells) in self._beside.items():
            for cell in cells:
                if cell.inner:
                    return f"cell {letters(cell.column)}{number} beside the table is not empty"
        for relation in book.relations(table.sheet):
            if relation.kind in {"table", "pivotTable"} and relation.target != table.part:
                root = book.tree(relation.target)
                location = root if relation.kind == "table" else root.find("{*}location")
                found = _RANGE.fullmatch("" if location is None else location.get("ref", ""))
                if found is None or int(found[2] or found[1]) > end:
                    return f"{root.get('displayName') or root.get('name')!r} is another table there"
        for element, what in ((b"<controls", "controls"), (b"<oleObjects", "embedded objects")):
            if element in self._rows.tail:
                return f"the sheet has {what}"
        return None

    def filled(
        self,
        columns: Mapping[str, tables.Column | tables.Kept],
        places: Mapping[str, tables.Place],
        frame: tables.Frame,
        row_of: Callable[[int, int], int | None],
    ) -> Iterator[bytes | memoryview]:
        """Yield the sheet with the new rows in the place of the old ones.

        Args:
            columns: The table's columns, all, in their order.
            places: Where each goes.
            frame: What the rows say of themselves.
            row_of: Returns where the cell of a row and a column stands after; None where it is gone.
        """
        extent = self.extent
        stay = not extent.moves
        fixed = dict(self._beside)  # by row: what stands beside the table, in rows that do not move with it
        below = self._below
        if stay:
            for number, row in self._below:
                if number <= extent.new_end:
                    attributes, cells = self._rows.taken_apart(row)
                    fixed[number] = (attributes, [cell for cell in cells if not self._mine(cell)])
            below = [each for each in below if each[0] > extent.new_end]
        else:
            fixed = {number: row for number, row in fixed.items() if number <= extent.new_last}
        behind = [self._outside(number, row) for number, row in below]
        rest = sorted(number for number in fixed if number > extent.new_end)
        bottom = max([extent.new_end, *rest, *(number for number, _ in behind)])
        yield before_rows(self._rows.head, extent, bottom)
        yield b"".join(self._outside(number, row)[1] for number, row in self._above)
        yield from tables.rows(columns, places, first=extent.first, frame=self._framed(frame, fixed))
        if extent.totals:
            attributes, cells = self._totals
            moved = [self.formulas.outside(extent.end, cell, extent) for cell in cells]
            around = self._around(extent.new_end, fixed)
            yield row_xml(extent.new_end, attributes, sorted(moved + around))
        rows = {number: row_xml(number, fixed[number][0], self._around(number, fixed)) for number in rest}
        rows.update(behind)
        yield b"".join(rows[number] for number in sorted(rows))
        yield behind_rows(self._rows.tail, extent, row_of)

    def linked(self, book: Foreign) -> dict[int, list[str]]:
        """Return where the links in the table's columns lead to, by row."""
        targets = {each.identifier: each.target for each in book.relations(self._table.sheet)}
        found: dict[int, list[str]] = {}
        for row, column, relation, place in links(self._rows.tail):
            if self._table.left <= column <= self._table.right:
                target = targets.get(relation, "") + (f"#{place}" if place else "")
                found.setdefault(row, []).append(target)
        return found

    def _mine(self, cell: Cell) -> bool:
        return self._table.left <= cell.column <= self._table.right

    def _around(self, number: int, fixed: Mapping[int, tuple[bytes, list[Cell]]]) -> list[Cell]:
        """Return the cells beside the table in a row, their formulas referring to the same things."""
        cells = fixed.get(number, (b"", []))[1]
        return [self.formulas.outside(number, cell, self.extent) for cell in cells]

    def _framed(self, frame: tables.Frame, fixed: Mapping[int, tuple[bytes, list[Cell]]]) -> tables.Frame:
        """Return what stands around the rows to come: also the cells beside the table."""
        if not any(cells for _, cells in fixed.values()):
            return frame
        before, after = [], []
        for number in range(self.extent.first, self.extent.new_last + 1):
            cells = self._around(number, fixed)
            before.append(b"".join(cell.xml(number) for cell in cells if cell.column < self._table.left))
            after.append(b"".join(cell.xml(number) for cell in cells if cell.column > self._table.right))
        return tables.Frame(frame.attributes, _texts(before), _texts(after))

    def _outside(self, number: int, row: bytes) -> tuple[int, bytes]:
        """Return a row outside the table with its new number, its formulas referring to the same things."""
        new = self.extent.row(number, inside=False) if number > self.extent.end else number
        assert new is not None  # noqa: S101 - for the type checker: only rows of the table's body go
        if new == number and b"<f" not in row:
            return number, row
        attributes, cells = self._rows.taken_apart(row)
        changed = [self.formulas.outside(number, cell, self.extent) for cell in cells]
        if new == number and changed == cells:
            return number, row
        return new, row_xml(new, attributes, changed)


def _texts(cells: list[bytes]) -> pa.ChunkedArray:
    return pa.chunked_array([[each.decode() for each in cells]], pa.string())
