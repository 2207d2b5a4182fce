"""Filling a table of a workbook that people work in: its rows change, and all else stays what it is.

An .xlsx file is a zip package of parts. Made anew are the rows of the table's sheet, and as much of the parts
around them as says where the table ends; every other part keeps the compressed bytes that it has. What people
put into the table's rows follows the rows' keys (:mod:`duebook_workbooks.filling.people`).
"""

from __future__ import annotations

import filecmp
import os
import re
import shutil
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, BinaryIO, Final
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape
from zipfile import ZipFile

import pyarrow as pa
import pyarrow.compute as pc

from duebook.errors import InputError, OutOfRangeError
from duebook_workbooks import splice, tables
from duebook_workbooks.filling import dependents, formats
from duebook_workbooks.filling.archive import archived
from duebook_workbooks.filling.comments import Comments
from duebook_workbooks.filling.foreign import (
    CONTENT_TYPES,
    DAMAGE,
    Foreign,
    ForeignTable,
    refuse_open,
    rels_of,
)
from duebook_workbooks.filling.people import People, keys_of
from duebook_workbooks.filling.standing import Standing
from duebook_workbooks.previous import keep_previous
from duebook_workbooks.replacing import partial_of, remove_abandoned

if TYPE_CHECKING:
    from collections.abc import Iterable

    from duebook_workbooks.filling.archive import Language
    from duebook_workbooks.filling.extent import Extent

_DIGITS: Final = 15  # that Excel keeps of a number
_INSERT_ROW: Final = re.compile(rb'\sinsertRow(?:Shift)?="[^"]*"')
_FROM_1904: Final = 25_569 - 1_462  # 1970-01-01 as a serial of the date system of old Macs


@dataclass(frozen=True)
class Filled:
    """What a fill did.

    Attributes:
        table: The table's name.
        rows: How many rows it has now.
        added: How many of them it did not have; None where rows have no key.
        left: How many of its rows are gone; None where rows have no key.
        archived: How many of those went to the archive sheet, for a person had written something there.
        warnings: What is to be looked at, a sentence each.
    """

    table: str
    rows: int
    added: int | None
    left: int | None
    archived: int
    warnings: tuple[str, ...]


def fill(  # noqa: PLR0913 - options, by keyword only
    package: Path,
    table: str,
    rows: pa.Table,
    *,
    key: str | None = None,
    previous: int = 0,
    language: Language = "en",
) -> Filled:
    """Give a table of a workbook other rows, in the workbook's own place.

    The workbook appears whole, or not at all; formulas are calculated anew when it is opened. Without rows
    the table keeps one empty row, for Excel refuses a table without any.

    Args:
        package: The workbook, .xlsx or .xlsm.
        table: The name of an Excel table in it.
        rows: The rows: columns by the table's headers, in any order. Columns of the table that are not here
            are people's own.
        key: The column that tells each row from every other, through all fills; people's own columns need it.
            A row that leaves with something a person wrote goes to the table's archive sheet.
        language: Of the archive sheet's name.
        previous: How many versions of the workbook to keep beside it; the last is ``NAME (previous 1).xlsx``.

    Raises:
        InputError: The workbook cannot be filled, or not without losing something; it is left as it is.
        OutOfRangeError: A limit of Excel's would be exceeded.
    """
    target = Path(os.path.realpath(package))
    refuse_open(target)
    partial = partial_of(target)
    try:
        with ExitStack() as stack:
            # The workbook is closed before it is replaced: Windows replaces no file that is open.
            with target.open("rb") as file:
                found = _state(os.fstat(file.fileno()))
                book = Foreign(file, package.name)
                book.refuse_signed()
                filling = _Filling(book, book.table(table), rows, key)
                spool = stack.enter_context(TemporaryFile(dir=target.parent))
                remove_abandoned(target, os.fstat(spool.fileno()).st_mtime)
                contents, added, filled = filling.contents(language, spool)
                stack.callback(partial.unlink, missing_ok=True)
                with partial.open("wb") as out:
                    out.writelines(splice.spliced(file, book.archive, contents, added))
                    out.flush()
                    os.fsync(out.fileno())
            _read_back(partial, [*(name for name, content in contents.items() if content), *added])
            if filecmp.cmp(partial, target, shallow=False):  # the version before is no other then
                return filled
            shutil.copymode(target, partial)
            refuse_open(target)
            if _state(target.stat()) != found:
                raise InputError(
                    f"{package.name}: somebody saved it while it was being filled.", hint="Fill it again."
                )
            keep_previous(target, previous)
            partial.replace(target)
    except FileNotFoundError as error:
        raise InputError(f"{error.filename}: there is no such file.") from None
    except PermissionError as error:
        raise InputError(
            f"{package}: {error.strerror}.",
            hint="It must be readable and its folder writable, where the new version is put together.",
        ) from None
    except OSError as error:
        raise InputError(f"{package}: {error.strerror or error}.") from None
    except DAMAGE:
        raise InputError(f"{package.name}: it is damaged, or no .xlsx workbook at all.") from None
    return filled


def _state(file: os.stat_result) -> tuple[int, int, int]:
    """Return what changes when somebody saves a file."""
    return file.st_ino, file.st_size, file.st_mtime_ns


def _read_back(written: Path, changed: Iterable[str]) -> None:
    """Raise BadZipFile if a workbook's entries are not found again, as when its directory was damaged."""
    with ZipFile(written) as package:
        for name in changed:
            with package.open(name) as part:
                part.read(1)


class _Filling:
    """One fill: what it is given, what stands there, and what each part becomes."""

    def __init__(self, book: Foreign, table: ForeignTable, rows: pa.Table, key: str | None) -> None:
        self._book = book
        self._table = table
        rows = _decoded(rows)
        _check(table, rows, key)
        self._count = rows.num_rows
        if not self._count:  # one row of empty cells
            rows = pa.table({name: pa.nulls(1, rows[name].type) for name in rows.column_names})
        self._dates = {name for name in rows.column_names if pa.types.is_date32(rows[name].type)}
        self._rows = _serials_from_1904(rows) if book.from_1904 else rows
        self._keys = _keys(self._rows, key, table) if key is not None and self._count else {}
        own = tuple(table.position(each.name) for each in table.columns if each.name not in rows.column_names)
        self._comments = Comments(book, table.sheet)
        self._people = People(
            table,
            own,
            key=None if key is None else table.position(key),
            wanted=self._keys,
            commented=self._comments.rows_between(table.left, table.right),
        )
        self._key = key
        self._keyed = key is not None

    def contents(
        self, language: Language, spool: BinaryIO
    ) -> tuple[dict[str, splice.Content | None], dict[str, bytes], Filled]:
        """Return the new content of every part that changes, of parts that are new, and what was done."""
        book, table, people = self._book, self._table, self._people
        standing = Standing(book, table, people, table.header + self._rows.num_rows)
        extent = standing.extent
        leaving = [row for row in people.leaving if people.notes(row)]
        if leaving and not self._keyed:
            raise InputError(
                f"table {table.name!r}: row {leaving[0].number:,} holds something that a person wrote, and "
                "no key says to which of the new rows it belongs.",
                hint="Name the column that tells one row from the other.",
            )
        warnings = (
            *(
                f"column {name!r} of table {table.name!r} held numbers and holds text now, which sums leave "
                "out."
                for name in self._rows.column_names
                if name != self._key
                and table.position(name) in people.numbers
                and _has_text(self._rows[name])
            ),
            *(
                f"{where} refers to cells of table {table.name!r}, and does not grow with it; "
                "a reference to the table would."
                for where in dependents.by_cells(book, table, extent)
            ),
        )
        places = {
            people.rows[key].number: at
            for at, key in enumerate(self._keys, extent.first)
            if key in people.rows
        }

        def row_of(row: int, column: int) -> int | None:
            """Return where a cell stands after; None where it is gone."""
            inside = table.left <= column <= table.right
            if inside and extent.first <= row <= extent.last:
                return places.get(row) if self._keyed else row if row <= extent.new_last else None
            return extent.row(row, inside=inside)

        declared = _table_xml(book.read(table.part), extent)
        if ET.fromstring(declared).get("ref") != extent.ref:  # noqa: S314 - read already, so no entities
            raise book.unreadable(table.part, "its XML is not as spreadsheet programs write it")
        texts: dict[str, bytes | None] = {table.part: declared}
        self._workbook(texts, extent)
        self._dependents(texts, extent)
        texts.update(self._comments.moved(row_of))
        styles = self._date_styles(texts)
        new: dict[str, bytes] = {}
        if leaving:
            linked = standing.linked(book)
            rows = [
                (row, "\n".join(filter(None, [said, *linked.get(row.number, ())])))
                for row in leaving
                for said in (self._comments.text(row.number, table.left, table.right),)
            ]
            new = archived(book, table, rows, language=language, texts=texts)
        contents: dict[str, splice.Content | None] = {
            name: None if xml is None else splice.compressed(book.entry(name), xml)
            for name, xml in ((book.entry(part).filename, xml) for part, xml in texts.items())
            if xml is None or xml != book.read(name)
        }
        sheet = book.entry(table.sheet)
        pieces = standing.filled(
            self._columns(extent, standing),
            people.places(self._keys, styles),
            people.frame(self._keys),
            row_of,
        )
        contents[sheet.filename] = splice.packed(sheet, pieces, into=spool)
        filled = Filled(
            table=table.name,
            rows=self._count,
            added=self._count - len(people.rows) if self._keyed else None,
            left=people.known - len(people.rows) if self._keyed else None,
            archived=len(leaving),
            warnings=warnings,
        )
        return contents, new, filled

    def _columns(self, extent: Extent, standing: Standing) -> dict[str, tables.Column | tables.Kept]:
        """Return all columns of the table in their order."""
        found: dict[str, tables.Column | tables.Kept] = {}
        for at, column in enumerate(self._table.columns, self._table.left):
            if at in self._people.own:
                found[column.name] = self._people.kept(at, self._keys, extent, standing.formulas)
            else:
                found[column.name] = self._rows[column.name]
        return found

    def _workbook(self, texts: dict[str, bytes | None], extent: Extent) -> None:
        """Put the workbook's part with its names, and drop the chain in which Excel calculated."""
        book = self._book
        xml = dependents.calculated_on_load(book.read(book.workbook))
        texts[book.workbook] = dependents.names(xml, extent, book.tabs.index(extent.sheet))
        # The chain lists cells with formulas; without it Excel makes a new one.
        for chain in book.related(book.workbook, "calcChain"):
            rels = rels_of(book.workbook)
            texts[chain] = None
            texts[rels] = re.sub(rb'<Relationship\b[^>]*/calcChain"[^>]*/>', b"", book.read(rels))
            if b'/calcChain"' in (texts[rels] or b""):
                raise book.unreadable(rels, "its XML is not as spreadsheet programs write it")
            override = rb'<Override\b[^>]*"/%s"[^>]*/>' % re.escape(chain.encode())
            texts[CONTENT_TYPES] = re.sub(override, b"", book.read(CONTENT_TYPES))

    def _date_styles(self, texts: dict[str, bytes | None]) -> dict[int, int]:
        """Return the styles of columns whose dates would else be shown as numbers, having added them."""
        dates = {
            at: self._people.style(at)
            for at, column in enumerate(self._table.columns, self._table.left)
            if column.name in self._dates
        }
        changed: dict[int, int] = {}
        for part in self._book.related(self._book.workbook, "styles") if dates else ():
            texts[part], changed = formats.showing_dates(self._book.read(part), dates.values())
        return {at: changed[style] for at, style in dates.items() if style in changed}

    def _dependents(self, texts: dict[str, bytes | None], extent: Extent) -> None:
        """Put what shows the table elsewhere, and what is drawn on its sheet."""
        book = self._book
        for part in book.parts("xl/charts", "chart"):
            texts[part] = dependents.chart(book.read(part), extent)
        for part in book.related(book.workbook, "pivotCacheDefinition"):
            texts[part] = dependents.pivot_cache(book.read(part), self._table, extent, book.named)
        for part in book.related(self._table.sheet, "drawing") if extent.moves else ():
            texts[part] = dependents.drawing(book.read(part), extent)


def _check(table: ForeignTable, rows: pa.Table, key: str | None) -> None:
    """Raise an error for rows that the table cannot take."""
    names = [column.name for column in table.columns]
    unknown = [name for name in rows.column_names if name not in names]
    if unknown:
        raise InputError(
            f"table {table.name!r}: it has no column {', '.join(map(repr, unknown))}.",
            hint=f"Its columns are {', '.join(map(repr, names))}.",
        )
    if key is not None and key not in rows.column_names:
        raise InputError(
            f"table {table.name!r}: the key column {key!r} is not among the columns to fill.",
            hint=f"They are {', '.join(map(repr, rows.column_names))}.",
        )
    room = tables.LAST_ROW - table.header - table.totals
    if rows.num_rows > room:
        raise OutOfRangeError(
            f"table {table.name!r}: {rows.num_rows:,} rows do not fit its sheet, which has room for "
            f"{room:,}.",
            hint="Fill it with fewer rows, such as those of one company.",
        )
    for name in rows.column_names:
        _check_lengths(table, name, rows[name])
        _check_numbers(table, name, rows[name], is_key=name == key)


def _decoded(rows: pa.Table) -> pa.Table:
    """Return rows whose texts are texts, however they are packed."""
    for at, column in enumerate(rows.columns):
        if pa.types.is_dictionary(column.type):
            rows = rows.set_column(at, rows.column_names[at], pc.cast(column, column.type.value_type))
    return rows


def _check_numbers(table: ForeignTable, name: str, column: pa.ChunkedArray, *, is_key: bool) -> None:
    """Raise an error for numbers that no cell holds, and for keys that Excel would round."""
    if pa.types.is_floating(column.type):
        infinite = pc.index(pc.is_inf(column), value=True).as_py()
        if infinite >= 0:
            raise InputError(
                f"table {table.name!r}: column {name!r} of row {infinite + 1:,} is infinite, which no cell "
                "holds.",
                hint="Leave it empty, or make the column text.",
            )
    elif is_key and pa.types.is_integer(column.type):
        size = pc.abs(pc.cast(column, pa.float64(), safe=False))
        at = pc.index(pc.greater_equal(size, 10.0**_DIGITS), value=True).as_py()
        if at >= 0:
            raise InputError(
                f"table {table.name!r}: key {column[at].as_py()} of row {at + 1:,} has more digits than the "
                f"{_DIGITS} that Excel keeps of a number.",
                hint=f"Make column {name!r} text.",
            )


def _has_text(column: pa.ChunkedArray) -> bool:
    """Return whether a column is of texts, and has any."""
    kind = column.type
    is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    return bool(is_text) and column.null_count < len(column)


def _check_lengths(table: ForeignTable, name: str, column: pa.ChunkedArray) -> None:
    kind = column.type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        return
    if (pc.max(pc.binary_length(column)).as_py() or 0) <= tables.LONGEST_TEXT:
        return
    for at, text in enumerate(column.to_pylist(), 1):
        units = len((text or "").encode("utf-16-le", "replace")) // 2
        if units > tables.LONGEST_TEXT:
            raise OutOfRangeError(
                f"table {table.name!r}: column {name!r} of row {at:,} has {units:,} characters; a cell holds "
                f"{tables.LONGEST_TEXT:,}."
            )


def _keys(rows: pa.Table, key: str, table: ForeignTable) -> dict[str, None]:
    """Return the keys of rows, having seen that each has one of its own."""
    found = keys_of(rows[key])
    keys = dict.fromkeys(found)  # in their order, and each found at once
    if "" in keys:
        raise InputError(
            f"table {table.name!r}: row {found.index('') + 1:,} to fill has no key in column {key!r}."
        )
    if len(keys) < len(found):
        value, _ = Counter(found).most_common(1)[0]
        first = found.index(value) + 1
        raise InputError(
            f"table {table.name!r}: rows {first:,} and {found.index(value, first) + 1:,} to fill have "
            f"the same key {value!r} in column {key!r}.",
            hint="Choose a column whose values differ.",
        )
    return keys


def _serials_from_1904(rows: pa.Table) -> pa.Table:
    """Return rows with their dates as numbers counted from 1904."""
    for at, column in enumerate(rows.columns):
        if pa.types.is_date32(column.type):
            serial = pc.add(pc.cast(column, pa.int32()), _FROM_1904)
            rows = rows.set_column(at, rows.column_names[at], serial)
    return rows


def _table_xml(xml: bytes, extent: Extent) -> bytes:
    """Return a table's part with the range that it covers after, its filter and its sort order alike."""

    def ranged(tag: re.Match[bytes]) -> bytes:
        ref = extent.ref if tag[1] == b"table" else extent.ranges(tag[3].decode())
        return tag[0].replace(b'ref="%s"' % tag[3], b'ref="%s"' % ref.encode(), 1)

    # What Excel says of a table without rows: that the empty row which it shows is none.
    xml = re.sub(rb"<table\b[^>]*", lambda tag: _INSERT_ROW.sub(b"", tag[0]), xml, count=1)
    xml = re.sub(rb'<(table|autoFilter|sortState|sortCondition)\b([^>]*?)\sref="([^"]*)"', ranged, xml)

    def formula(old: re.Match[bytes]) -> bytes:
        text = unescape(old[2].decode())
        new = extent.formula(text, on_sheet=True)
        return old[0] if new == text else old[1] + escape(new).encode() + old[3]

    return re.sub(rb"(<(?:calculatedColumnFormula|totalsRowFormula)\b[^>]*>)([^<]*)(</)", formula, xml)
