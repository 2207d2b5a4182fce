"""Filling the tables of a workbook: the rows of the tables named change, and nothing else does.

An .xlsx file is a zip package of parts. Of a filled table's sheet only the rows between the table's header
and its last row are made anew (with the extent of the sheet), of the table only the range it covers; every
other part is copied as the compressed bytes it is. A new cell has the style that its column has in the
table's first row.
"""

from __future__ import annotations

import os
import posixpath
import re
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final
from xml.etree import ElementTree as ET
from zipfile import BadZipFile, ZipFile

from duebook.errors import InputError, OutOfRangeError
from duebook_workbooks import tables
from duebook_workbooks.parts import Writer
from duebook_workbooks.replacing import partial_of, remove_abandoned

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_CONTENT_TYPES: Final = "[Content_Types].xml"
_ENCRYPTED: Final = bytes.fromhex(
    "d0cf11e0a1b11ae1"
)  # an OLE file, as encrypted workbooks and .xls files are
_REF: Final = re.compile(r"([A-Z]+)([0-9]+):([A-Z]+)([0-9]+)")
_ROW: Final = re.compile(rb'<row\b[^>]*?\br="([0-9]+)"[^>]*?(?:/>|>.*?</row>)', re.DOTALL)
_CELL: Final = re.compile(rb"<c\b([^>]*?)(?:/>|>(.*?)</c>)", re.DOTALL)
_CELL_COLUMN: Final = re.compile(rb'\br="([A-Z]+)[0-9]+"')
_CELL_STYLE: Final = re.compile(rb'\bs="([0-9]+)"')
_EXTENT: Final = re.compile(rb'(<dimension ref="[A-Z]+[0-9]+:[A-Z]+)[0-9]+(")')
_FULL_CALC: Final = re.compile(rb' fullCalcOnLoad="[^"]*"')


@dataclass(frozen=True)
class _Table:
    """A table as it stands in the workbook: its parts, its range and the names of its columns."""

    name: str
    part: str
    sheet: str
    first_column: int
    header_row: int
    last_column: int
    last_row: int
    columns: tuple[str, ...]

    def ref(self, last_row: int) -> bytes:
        """Return the attribute with the table's range if it ended in that row."""
        first, last = _letters(self.first_column), _letters(self.last_column)
        return f'ref="{first}{self.header_row}:{last}{last_row}"'.encode()


def fill(source: Path | BinaryIO, target: Path, contents: Mapping[str, Mapping[str, tables.Column]]) -> None:
    """Write a copy of a workbook in which tables have other rows. The copy appears whole, or not at all.

    A table that gets no rows keeps one empty row, for Excel refuses a table without any. Formulas are
    calculated anew when the workbook is opened.

    Args:
        source: The workbook: a file, or a binary stream that can seek.
        target: Where the copy goes; a file that is there is replaced, be it the source itself.
        contents: For each table by its name: the columns by their header, all of the table's, equally long.

    Raises:
        InputError: The source is no workbook that can be filled, a table or a column is missing, there is a
        column
            that the table does not have, or something beside or below the table is in the way.
        OutOfRangeError: More rows than the sheet can hold.
    """
    partial = partial_of(target)
    with ExitStack() as stack:
        stack.callback(partial.unlink, missing_ok=True)
        # The source is closed before the target is replaced: Windows replaces no file that is open.
        with ExitStack() as reading:
            file = reading.enter_context(source.open("rb")) if isinstance(source, Path) else source
            where = source.name if isinstance(source, Path) else "workbook"
            archive = reading.enter_context(_opened(file, where))
            changes = _changes(archive, contents, where=where)
            with partial.open("wb") as out:
                remove_abandoned(target, os.fstat(out.fileno()).st_mtime)
                writer = Writer(out)
                for entry in archive.infolist():
                    if entry.filename not in changes:
                        writer.copy(file, entry)
                    elif (pieces := changes[entry.filename]) is not None:
                        writer.add(entry, pieces)
                writer.close()
                out.flush()
                os.fsync(out.fileno())
        partial.replace(target)


def _opened(file: BinaryIO, where: str) -> ZipFile:
    encrypted = file.read(len(_ENCRYPTED)) == _ENCRYPTED
    if encrypted:
        raise InputError(
            f"{where}: it has a password or is of an old format, and cannot be filled.",
            hint="Save it as .xlsx without a password.",
        )
    try:
        archive = ZipFile(file)
    except BadZipFile:
        raise InputError(f"{where}: it is no .xlsx workbook.") from None
    names = archive.namelist()
    if _CONTENT_TYPES not in names:
        raise InputError(f"{where}: it is no .xlsx workbook.")
    if any(name.startswith("_xmlsignatures/") for name in names):
        raise InputError(
            f"{where}: it is signed, and filling it would break the signature.",
            hint="Remove the signature, or fill a copy without one.",
        )
    return archive


def _changes(
    archive: ZipFile, contents: Mapping[str, Mapping[str, tables.Column]], *, where: str
) -> dict[str, Iterable[bytes | memoryview] | None]:
    """Return the new content of every part that changes; None for a part that goes."""
    (workbook,) = _related(archive, "", "officeDocument")
    found = {table.name: table for table in _tables(archive, workbook)}
    changes: dict[str, Iterable[bytes | memoryview] | None] = {}
    for name, columns in contents.items():
        if name not in found:
            raise InputError(
                f"{where}: it has no table {name!r}.",
                hint=f"Its tables are {', '.join(map(repr, found))}." if found else "It has no table at all.",
            )
        if found[name].sheet in changes:
            raise InputError(f"{where}: table {name!r} shares its sheet with another table that is filled.")
        changes |= _filled(archive, found[name], columns)
    xml = archive.read(workbook)
    if not re.search(rb'<calcPr\b[^>]*\bfullCalcOnLoad="1"', xml):
        changes[workbook] = [_calculated_on_load(xml)]
    # The calculation chain lists cells with formulas; without it Excel makes a new one.
    for chain in _related(archive, workbook, "calcChain"):
        rels = _rels(workbook)
        changes[chain] = None
        changes[rels] = [re.sub(rb'<Relationship\b[^>]*/calcChain"[^>]*/>', b"", archive.read(rels))]
        override = rb'<Override\b[^>]*"/%s"[^>]*/>' % re.escape(chain.encode())
        changes[_CONTENT_TYPES] = [re.sub(override, b"", archive.read(_CONTENT_TYPES))]
    return changes


def _filled(
    archive: ZipFile, table: _Table, columns: Mapping[str, tables.Column]
) -> dict[str, Iterable[bytes | memoryview]]:
    """Return the new content of a table's part and of its sheet."""
    unknown = [name for name in columns if name not in table.columns]
    missing = [name for name in table.columns if name not in columns]
    if unknown or missing:
        raise InputError(
            f"table {table.name!r}: "
            + "; ".join(
                f"{what} {', '.join(map(repr, names))}"
                for what, names in (("no values for column", missing), ("it has no column", unknown))
                if names
            )
            + "."
        )
    count = max(1, *(tables.length(column) for column in columns.values()))
    room = tables.LAST_ROW - table.header_row
    if count > room:
        raise OutOfRangeError(
            f"table {table.name!r}: {count:,} rows do not fit its sheet, which has room for {room:,}.",
            hint="Fill it with fewer rows, such as those of one company.",
        )
    xml, last_row = archive.read(table.part), table.header_row + count
    return {
        # the table and its filter have the same range
        table.part: [xml.replace(table.ref(table.last_row), table.ref(last_row))],
        table.sheet: _sheet(archive.read(table.sheet), table, columns, last_row),
    }


def _sheet(
    xml: bytes, table: _Table, columns: Mapping[str, tables.Column], last_row: int
) -> Iterator[bytes | memoryview]:
    """Return the sheet with the new rows in the place of the old ones."""
    end = xml.rindex(b"</sheetData>")
    rows = [row for row in _rows(xml, end) if row.number > table.header_row]
    old = [row for row in rows if row.number <= table.last_row]
    for row in old:
        beside = [at for at in row.filled if not table.first_column <= at <= table.last_column]
        if beside:
            raise InputError(
                f"table {table.name!r}: cell {_letters(beside[0])}{row.number} beside it is not empty.",
                hint="Move what stands beside the table to another sheet.",
            )
    below = [row for row in rows if row.number > table.last_row]
    if last_row != table.last_row:
        in_the_way = [row.number for row in below if row.filled]
        if in_the_way:
            raise InputError(
                f"table {table.name!r}: it would end in row {last_row:,} instead of {table.last_row:,}, but "
                f"row {in_the_way[0]:,} below it is not empty.",
                hint="Move what stands below the table to another sheet.",
            )
        below = [row for row in below if row.number > last_row]
    styles = old[0].styles if old else {}
    places = {
        name: tables.Place(_letters(at), styles.get(at, 0))
        for at, name in enumerate(table.columns, table.first_column)
    }
    head = xml[: rows[0].start if rows else end]
    if not below:
        head = _EXTENT.sub(lambda old: b"%s%d%s" % (old[1], last_row, old[2]), head, count=1)
    ordered = {name: columns[name] for name in table.columns}
    yield head
    yield from tables.rows(ordered, places, first=table.header_row + 1)
    yield xml[below[0].start if below else end :]


@dataclass(frozen=True)
class _Row:
    """A row of a sheet: where its XML starts, its cells' styles by column, and the columns not empty."""

    number: int
    start: int
    styles: dict[int, int]
    filled: tuple[int, ...]


def _rows(xml: bytes, end: int) -> list[_Row]:
    start = xml.index(b"<sheetData")
    rows = []
    for row in _ROW.finditer(xml, start, end):
        styles, filled = {}, []
        for cell in _CELL.finditer(row[0]):
            column, style = _CELL_COLUMN.search(cell[1]), _CELL_STYLE.search(cell[1])
            if column is None:
                raise _unplaced()
            at = _number(column[1].decode())
            styles[at] = int(style[1]) if style else 0
            if cell[2]:
                filled.append(at)
        rows.append(_Row(int(row[1]), row.start(), styles, tuple(filled)))
    if len(rows) != len(re.findall(rb"<row\b", xml[start:end])):
        raise _unplaced()
    return rows


def _unplaced() -> InputError:
    return InputError(
        "A sheet to fill has rows or cells that do not say where they are.",
        hint="Open the workbook in Excel or LibreOffice and save it.",
    )


def _tables(archive: ZipFile, workbook: str) -> Iterator[_Table]:
    for sheet in _related(archive, workbook, "worksheet"):
        for part in _related(archive, sheet, "table"):
            root = _parsed(archive, part)
            name, ref = root.attrib["displayName"], root.attrib["ref"]
            corners = _REF.fullmatch(ref)
            if corners is None or root.get("headerRowCount") == "0" or root.get("totalsRowCount", "0") != "0":
                continue  # without a header no column has a name; a totals row would have to move
            left, top, right, bottom = corners.groups()
            columns = tuple(column.attrib["name"] for column in root.iter(f"{_MAIN}tableColumn"))
            yield _Table(name, part, sheet, _number(left), int(top), _number(right), int(bottom), columns)


def _related(archive: ZipFile, part: str, kind: str) -> list[str]:
    """Return the parts that a part, or the package (""), refers to by relationships of a kind."""
    if _rels(part) not in archive.namelist():
        return []
    folder = posixpath.dirname(part)
    return [
        posixpath.normpath(posixpath.join("/", folder, relationship.attrib["Target"])).lstrip("/")
        for relationship in _parsed(archive, _rels(part))
        if relationship.attrib["Type"].endswith(f"/{kind}") and relationship.get("TargetMode") != "External"
    ]


def _rels(part: str) -> str:
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def _parsed(archive: ZipFile, part: str) -> ET.Element:
    xml = archive.read(part)
    if b"<!DOCTYPE" in xml:  # the format forbids it, and entities that expand without end begin with it
        raise InputError(f"{part}: it declares a document type, which no workbook may.")
    return ET.fromstring(xml)  # noqa: S314 - no document type, so no entities


def _calculated_on_load(xml: bytes) -> bytes:
    """Return the workbook's part, asking for all formulas to be calculated when it is opened."""
    if b"<calcPr" in xml:
        return re.sub(rb"<calcPr\b", rb'<calcPr fullCalcOnLoad="1"', _FULL_CALC.sub(b"", xml), count=1)
    # the order of the elements is fixed: what may follow, or the end
    return re.sub(
        rb"(?=<oleSize\b|<customWorkbookViews\b|<pivotCaches\b|<extLst\b|</workbook>)",
        rb'<calcPr fullCalcOnLoad="1"/>',
        xml,
        count=1,
    )


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _letters(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
