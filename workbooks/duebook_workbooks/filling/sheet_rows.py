"""The rows of a sheet as its XML has them: read in pieces, taken apart into cells only where needed."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from duebook_workbooks.filling.references import column_number, letters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import IO

    from duebook.errors import InputError

_OPENING: Final = re.compile(rb"(<sheetData(?:\s[^>]*?)?)(/?)>")
_CLOSING: Final = b"</sheetData>"
_NUMBER: Final = re.compile(rb'\s(?:[^>]*?\s)?r="([0-9]+)"')
_ROW: Final = re.compile(rb"<row\b([^>]*?)(?:/>|>(.*)</row>\s*\Z|>(?=\s*\Z))", re.DOTALL)
_ROW_PLACE: Final = re.compile(rb'\sr="[0-9]+"')
_CELL: Final = re.compile(rb'<c\s([^>]*?)r="([A-Z]+)[0-9]+"([^>]*?)(?:/>|>(.*?)</c>)', re.DOTALL)
# How cells begin; a text in one may be of several colours, each a <color>.
_BEGINNING: Final = re.compile(rb"<c[\s/>]")
_STYLE: Final = re.compile(rb'\ss="([0-9]+)"')
_PIECE: Final = 2**22
_UNPLACED: Final = "it has rows or cells that do not say where they are"


class Cell(NamedTuple):
    """A cell.

    Attributes:
        column: Counted from 1.
        attributes: What its tag says beside where it is, with a blank before each.
        inner: What stands in it: formula, value, text; empty in an empty cell.
    """

    column: int
    attributes: bytes
    inner: bytes

    def tail(self) -> bytes:
        """Return its XML behind the reference."""
        if not self.inner:
            return self.attributes + b"/>"
        return b"%s>%s</c>" % (self.attributes, self.inner)

    def xml(self, row: int) -> bytes:
        """Return its XML in a row."""
        return b'<c r="%s%d"%s' % (_letters(self.column), row, self.tail())

    @property
    def style(self) -> int:
        """Its style, an index into the workbook's formats."""
        return _style(self.attributes)


class SheetRows:
    """A sheet, read from its beginning to its end once.

    Attributes:
        head: What stands before the rows.
        tail: What stands behind them; known when all rows were read.
    """

    def __init__(self, stream: IO[bytes], unreadable: Callable[[str], InputError]) -> None:
        """Read what stands before the rows.

        Args:
            stream: The sheet's XML.
            unreadable: Makes an error of why the sheet cannot be read.

        Raises:
            InputError: It has no place for rows, or not as spreadsheet programs write it.
        """
        self._stream = stream
        self._unreadable = unreadable
        buffer = b""
        found = None
        while found is None:
            piece = stream.read(_PIECE)
            buffer += piece
            found = _OPENING.search(buffer)
            if not piece and found is None:
                raise unreadable("it has no rows, or its XML is not as spreadsheet programs write it")
        if b"<!DOCTYPE" in buffer[: found.end()]:
            raise unreadable("it declares a document type")
        self.head = buffer[: found.start()] + found[1] + b">"
        self.tail = b""
        self._buffer = (_CLOSING if found[2] else b"") + buffer[found.end() :]

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        """Yield each row's number and XML.

        Raises:
            InputError: A row does not say where it is, or the sheet ends within its rows.
        """
        before = 0
        while True:
            end = self._buffer.find(_CLOSING)
            cut = self._buffer.rfind(b"<row") if end < 0 else end
            if cut > 0:
                for number, row in self._rows(self._buffer[:cut]):
                    if number <= before:
                        raise self._unreadable("its rows are not in order")
                    before = number
                    yield number, row
                self._buffer = self._buffer[cut:]
            if end >= 0:
                break
            piece = self._stream.read(_PIECE)
            if not piece:
                raise self._unreadable("it ends within its rows")
            self._buffer += piece
        self.tail = self._buffer + self._stream.read()
        self._buffer = b""

    def _rows(self, block: bytes) -> Iterator[tuple[int, bytes]]:
        if b"<!" in block or b"<?" in block:
            raise self._unreadable("there are comments or the like among its rows")
        first, *rest = block.split(b"<row")
        if first.strip():
            raise self._unreadable("its XML is not as spreadsheet programs write it")
        for each in rest:
            number = _NUMBER.match(each)
            if number is None:
                raise self._unreadable(_UNPLACED)
            yield int(number[1]), b"<row" + each

    def taken_apart(self, row: bytes) -> tuple[bytes, list[Cell]]:
        """Return what a row says beside where it is, and its cells.

        Raises:
            InputError: A cell does not say where it is.
        """
        opened = _ROW.match(row)
        if opened is None:
            raise self._unreadable("its XML is not as spreadsheet programs write it")
        cells = [
            Cell(_column(column), b" " + before.rstrip() + after if before else after, inner)
            for before, column, after, inner in _CELL.findall(opened[2] or b"")
        ]
        if len(cells) != row.count(b"<c") and len(cells) != len(_BEGINNING.findall(row)):
            raise self._unreadable(_UNPLACED)
        return _ROW_PLACE.sub(b"", opened[1], count=1), cells


def row_xml(number: int, attributes: bytes, cells: Iterable[Cell]) -> bytes:
    """Return a row of cells."""
    return b'<row r="%d"%s>%s</row>' % (number, attributes, b"".join(cell.xml(number) for cell in cells))


@cache
def _column(text: bytes) -> int:
    return column_number(text.decode())


@cache
def _letters(column: int) -> bytes:
    return letters(column).encode()


@lru_cache(maxsize=4096)
def _style(attributes: bytes) -> int:
    found = _STYLE.search(attributes)
    return int(found[1]) if found else 0
