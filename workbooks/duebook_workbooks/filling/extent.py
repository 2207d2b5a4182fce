"""Where things stand on a sheet before and after a table on it is filled with more rows, or fewer."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from duebook_workbooks.filling.references import Corner, Reference, column_number, letters, rewritten

if TYPE_CHECKING:
    from collections.abc import Iterator

_RANGE: Final = re.compile(r"([A-Za-z]{1,3})([0-9]+)(?::([A-Za-z]{1,3})([0-9]+))?")


@dataclass(frozen=True)
class Extent:
    """A table's place on its sheet, before and after.

    Attributes:
        sheet: The sheet's name.
        left: The table's first column, counted from 1.
        right: Its last column.
        header: The row of its header.
        last: Its last row before, without a totals row.
        new_last: Its last row after.
        totals: Whether a totals row follows.
        moves: Whether whatever stands below the table keeps its distance from it; else it stays in its rows.
    """

    sheet: str
    left: int
    right: int
    header: int
    last: int
    new_last: int
    totals: bool
    moves: bool

    @property
    def first(self) -> int:
        """The first row below the header."""
        return self.header + 1

    @property
    def end(self) -> int:
        """The last row before, with the totals row."""
        return self.last + self.totals

    @property
    def new_end(self) -> int:
        """The last row after, with the totals row."""
        return self.new_last + self.totals

    @property
    def ref(self) -> str:
        """The range that the table covers after."""
        return f"{letters(self.left)}{self.header}:{letters(self.right)}{self.new_end}"

    @property
    def delta(self) -> int:
        """How many rows more there are."""
        return self.new_last - self.last

    def row(self, row: int, *, inside: bool) -> int | None:
        """Return where a cell of a row stands after, rows of the table's body apart.

        Args:
            row: The row before.
            inside: Whether the cell is in one of the table's columns.

        Returns:
            The row after; None if that row is no longer there.
        """
        if row > self.end:
            return row + self.delta if self.moves else row
        if row > self.last:
            return row + self.delta if inside or self.moves else row
        return None if self.moves and row > self.new_last else row

    def span(self, top: int, bottom: int, left: int, right: int) -> tuple[int, int] | None:
        """Return the rows that a range covers after; one that ends with the table's rows ends with them then.

        Args:
            top: The first row before.
            bottom: The last row.
            left: The first column.
            right: The last column.
        """
        inside = left <= self.right and right >= self.left
        start = self.row(top, inside=inside)
        if inside and bottom == self.last and start is not None and start <= self.new_last:
            return start, self.new_last
        end = self.row(bottom, inside=inside)
        if start is None and end is None:
            return None
        if start is None:  # its beginning went with rows that left, its end stands below them
            start = self.new_last + 1
        if end is None:
            end = self.new_last
        return (start, end) if start <= end else None

    def ranges(self, text: str) -> str:
        """Return a list of ranges as an attribute holds it, such as ``B5:D14 F2``; empty if none is left."""
        return " ".join(self._ranges(text))

    def _ranges(self, text: str) -> Iterator[str]:
        for each in text.split():
            found = _RANGE.fullmatch(each)
            if found is None:  # whole columns or rows: they hold whatever the table becomes
                yield each
                continue
            left, top = column_number(found[1]), int(found[2])
            right, bottom = column_number(found[3] or found[1]), int(found[4] or found[2])
            span = self.span(top, bottom, left, right)
            if span == (top, bottom):
                yield each
            elif span is not None:
                first, last = f"{letters(left)}{span[0]}", f"{letters(right)}{span[1]}"
                yield first if first == last else f"{first}:{last}"

    def here(self, reference: Reference, *, on_sheet: bool) -> bool:
        """Return whether a reference is to the table's sheet.

        Args:
            reference: The reference.
            on_sheet: Whether the formula stands on that sheet itself.
        """
        if reference.sheet is None:
            return on_sheet
        return reference.sheet.casefold() == self.sheet.casefold()

    def formula(self, formula: str, *, on_sheet: bool, at: int = 0, series: bool = False) -> str:
        """Return a formula outside the table's body as it refers to the same things after.

        Args:
            formula: The formula, without XML's escapes.
            on_sheet: Whether it stands on the table's sheet, so that references without a sheet are to it.
            at: The row of that sheet where it stands; 0 where it stands in none.
            series: Whether a single cell counts as a range, as it does in a chart.
        """

        def change(reference: Reference) -> Reference | None:
            return (
                self.reference(reference, at=at, series=series)
                if self.here(reference, on_sheet=on_sheet)
                else (reference)
            )

        return rewritten(formula, change)

    def reference(self, reference: Reference, *, at: int = 0, series: bool = False) -> Reference | None:
        """Return a reference to the table's sheet as it refers to the same things after; None to nothing."""
        first, second = reference.first, reference.second
        if not first.row:
            return reference
        if second is None and not series:
            row = self.row(first.row, inside=self._inside(first.column))
            return None if row is None else replace(reference, first=replace(first, row=row))
        last = second or first
        columns = sorted((first.column, last.column)) if first.column else [1, self.right]
        top, bottom = sorted((first.row, last.row))
        if self._by_chance(first, last, at):
            return reference
        span = self.span(top, bottom, *columns)
        if span is None:
            return None
        if span == (top, bottom):
            return reference
        rows = span if first.row <= last.row else span[::-1]
        return replace(reference, first=replace(first, row=rows[0]), second=replace(last, row=rows[1]))

    def followed(self, formula: str, *, old: int, new: int) -> str:
        """Return a formula in a row of the table as it reads when that row stands elsewhere.

        What refers to rows of the table relatively keeps its distance; what covers the table's rows to the
        last covers them then; what refers to anything else refers to it still.

        Args:
            formula: The formula, without XML's escapes.
            old: The row where it stood.
            new: The row where it is to stand.
        """

        def corner(was: Corner) -> Corner | None:
            if not was.row:
                return was
            if not was.fixed_row and self.header <= was.row <= self.end:
                row = was.row + new - old
                return replace(was, row=row) if row >= 1 else None
            stays = self.row(was.row, inside=self._inside(was.column))
            return None if stays is None else replace(was, row=stays)

        def change(reference: Reference) -> Reference | None:
            if not self.here(reference, on_sheet=True):
                return reference
            first, second = reference.first, reference.second
            if second is not None and self._whole(first, second):
                return self.reference(reference)
            moved, other = corner(first), second and corner(second)
            if second and other and not first.fixed_row and second.fixed_row and second.row == self.last:
                other = replace(other, row=self.new_last)  # a sum from here on
            if moved is None or (second is not None and other is None):
                return None
            return replace(reference, first=moved, second=other or None)

        return rewritten(formula, change)

    def _whole(self, first: Corner, second: Corner) -> bool:
        """Return whether a range covers the table's rows from the first, or the header, to the last."""
        ends = first.row in {self.header, self.first} and second.row in {self.last, self.end}
        return ends and not _of_own_row(first, second)

    def _by_chance(self, first: Corner, last: Corner, at: int) -> bool:
        """Return whether a range ends in the table's last row, but not because the table does.

        So does one that is of the last of several rows alone; and, in a row beside the table's, one that is
        counted from that row: its own cells, a sum so far, an average of the rows before.
        """
        if last.row != self.last:
            return False
        if first.row == last.row > self.first:
            return first.fixed_row or not last.fixed_row  # else it is a sum from its own row on
        beside = self.first <= at <= self.last and not last.fixed_row
        return beside and (first.row not in {self.header, self.first} or _of_own_row(first, last))

    def _inside(self, column: int) -> bool:
        return self.left <= column <= self.right


def _of_own_row(first: Corner, last: Corner) -> bool:
    """Return whether a range is counted from the row of its formula, and so differs from row to row.

    A sum so far has its beginning fixed alone; what is of one row has more columns than one, for a table's
    whole column that has a single row reads ``B5:B5``.
    """
    across = first.row == last.row and first.column != last.column
    return first.fixed_row != last.fixed_row or (across and not first.fixed_row)
