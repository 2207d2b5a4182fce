"""Comments on a sheet's cells, old and threaded, when the rows that they are about come, go or move.

An old comment stands in two parts: its text beside the sheet, its box in a drawing of the kind that Excel had
before 2007 (VML). A threaded comment stands in a third, with an old one as its stand-in.
"""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Final

from duebook_workbooks.filling.foreign import cell_text
from duebook_workbooks.filling.references import column_number

if TYPE_CHECKING:
    from collections.abc import Callable

    from duebook_workbooks.filling.foreign import Foreign

    RowOf = Callable[[int, int], int | None]

_COMMENT: Final = re.compile(rb'<comment\b[^>]*?\sref="([A-Z]+)([0-9]+)"[^>]*>.*?</comment>', re.DOTALL)
_THREADED: Final = re.compile(
    rb'<threadedComment\b[^>]*?\sref="([A-Z]+)([0-9]+)"[^>]*>.*?</threadedComment>', re.DOTALL
)
_THREADED_TEXT: Final = re.compile(rb"<text\b[^>]*>([^<]*)</text>")
_SHAPE: Final = re.compile(rb"<(\w+:)shape\s.*?</\1shape>", re.DOTALL)
_BOX_ROW: Final = re.compile(rb"(:Row>\s*)([0-9]+)(\s*</)")
_BOX_COLUMN: Final = re.compile(rb":Column>\s*([0-9]+)\s*</")
_ANCHOR: Final = re.compile(rb"(:Anchor>)(\s*[0-9]+(?:\s*,\s*[0-9]+){7}\s*)(</)")
_NOTE: Final = b'ObjectType="Note"'
_ANCHOR_ROWS: Final = (2, 6)  # of its eight numbers: the rows where the box begins and ends


class Comments:
    """The comments of a sheet."""

    def __init__(self, book: Foreign, sheet: str) -> None:
        """Read them.

        Args:
            book: The workbook.
            sheet: The sheet's part.

        Raises:
            InputError: They are not written as spreadsheet programs do it.
        """
        self._book = book
        self._old = book.related(sheet, "comments")
        self._threaded = book.related(sheet, "threadedComment")
        self._boxes = book.related(sheet, "vmlDrawing") if self._old else []
        self._count = 0
        self._texts: dict[int, dict[int, list[str]]] = {}
        for part, pattern, tag in (
            *((part, _THREADED, b"<threadedComment ") for part in self._threaded),
            *((part, _COMMENT, b"<comment ") for part in self._old),
        ):
            xml = book.read(part)
            found = list(pattern.finditer(xml))
            if len(found) != xml.count(tag):
                raise book.unreadable(part, "its comments are not written as spreadsheet programs do it")
            self._count += len(found) * (pattern is _COMMENT)
            for each in found:
                self._keep(
                    column_number(each[1].decode()), int(each[2]), each[0], threaded=pattern is _THREADED
                )

    def _keep(self, column: int, row: int, xml: bytes, *, threaded: bool) -> None:
        texts = self._texts.setdefault(row, {}).setdefault(column, [])
        if threaded:
            texts.extend(unescape(each.decode()) for each in _THREADED_TEXT.findall(xml))
        elif not texts:  # else it stands in for the threaded one, whose text is known already
            texts.append(cell_text(xml))

    def rows_between(self, left: int, right: int) -> frozenset[int]:
        """Return the rows that have comments in some columns."""
        return frozenset(
            row for row, texts in self._texts.items() if any(left <= at <= right for at in texts)
        )

    def text(self, row: int, left: int, right: int) -> str:
        """Return what the comments in some columns of a row say, a line each."""
        columns = sorted(self._texts.get(row, {}).items())
        return "\n".join(text for at, texts in columns if left <= at <= right for text in texts)

    def moved(self, row_of: RowOf) -> dict[str, bytes]:
        """Return the parts after: each comment where its cell is, and none whose cell is gone.

        Args:
            row_of: Returns where the cell of a row and a column stands after; None where it is gone.

        Raises:
            InputError: A comment would have to move, and it cannot be told which box is its own.
        """
        parts = {part: _placed(self._book.read(part), _COMMENT, row_of) for part in self._old}
        parts |= {part: _placed(self._book.read(part), _THREADED, row_of) for part in self._threaded}
        if all(xml == self._book.read(part) for part, xml in parts.items()):
            return {}
        boxes = 0
        for part in self._boxes:
            xml = self._book.read(part)
            boxes += sum(_place(shape[0]) is not None for shape in _SHAPE.finditer(xml))
            parts[part] = _SHAPE.sub(lambda shape: _box(shape[0], row_of), xml)
        if boxes != self._count:
            part = (self._boxes or self._old)[0]
            raise self._book.unreadable(part, "comments and their boxes are not the same number")
        return parts


def _placed(xml: bytes, pattern: re.Pattern[bytes], row_of: RowOf) -> bytes:
    def one(old: re.Match[bytes]) -> bytes:
        row = row_of(int(old[2]), column_number(old[1].decode()))
        if row is None:
            return b""
        return old[0].replace(b'ref="%s%s"' % old.group(1, 2), b'ref="%s%d"' % (old[1], row), 1)

    return pattern.sub(one, xml)


def _place(shape: bytes) -> tuple[int, int] | None:
    """Return row and column of the cell that a comment's box is about; None for another shape."""
    row, column = _BOX_ROW.search(shape), _BOX_COLUMN.search(shape)
    if _NOTE not in shape or row is None or column is None:
        return None
    return int(row[2]) + 1, int(column[1]) + 1  # they count from 0 here


def _box(shape: bytes, row_of: RowOf) -> bytes:
    place = _place(shape)
    if place is None:
        return shape
    old = place[0]
    new = row_of(*place)
    if new is None:
        return b""
    if new == old:
        return shape

    def anchored(anchor: re.Match[bytes]) -> bytes:
        numbers = [int(each) for each in anchor[2].split(b",")]
        for at in _ANCHOR_ROWS:
            numbers[at] = max(0, numbers[at] + new - old)
        return anchor[1] + b", ".join(b"%d" % each for each in numbers) + anchor[3]

    shape = _ANCHOR.sub(anchored, shape, count=1)
    return _BOX_ROW.sub(lambda found: found[1] + b"%d" % (new - 1) + found[3], shape, count=1)
