"""Rows of a worksheet as XML, made a column at a time with Arrow's string kernels.

What a cell becomes follows from its column's type: text, date, number, truth value or :class:`Money`. Text is
written as an inline string, which no spreadsheet program ever reads as a formula, whatever it begins with. A
null, an empty text and a number that is none (NaN, infinite) are empty cells.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from duebook.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LAST_ROW: Final = 1_048_576
LONGEST_TEXT: Final = 32_767  # UTF-16 code units: Excel's limit for one cell
_ROWS: Final = (
    5_000  # a chunk of some megabytes of XML: large enough for the kernels, small enough for the cache
)
_BYTES: Final = 64 * 2**20  # of values in a chunk, so that no chunk of long texts outgrows 32-bit offsets

# XML cannot hold these, and a reader would fold a carriage return; Excel escapes them as _xHHHH_. Text that
# reads like such an escape has its underscore escaped instead.
_ESCAPE: Final = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_RARE: Final = (b"_x", "\ufffe".encode(), "\uffff".encode())
_TAB, _NEWLINE, _SPACE = b"\t\n "
_UNIX_EPOCH: Final = 25_569  # 1970-01-01 as a serial of the 1900 date system
_MARCH_1900: Final = 61  # before 1900-03-01 serials are one less, for Excel counts a 29 February 1900
# No header has a NUL, so these are no column's own name.
_DIGITS: Final = "\0digits of "
_STYLES: Final = "\0styles of "
_FRAME: Final = "\0frame "


@dataclass(frozen=True)
class Money:
    """A column of amounts in whole minor units, each with the number of decimals of its own currency.

    The cell's number is built from the integer's digits, never through floating point. (Excel itself
    calculates with 15 significant digits.)

    Attributes:
        minor: int64 minor units.
        digits: The decimals of each row's currency, 0 to 18; as long as ``minor``, without nulls.
        styles: The cell style for a number of decimals; the column's own style for one that is not here.
    """

    minor: pa.ChunkedArray
    digits: pa.ChunkedArray
    styles: Mapping[int, int] = field(default_factory=dict)


Column: TypeAlias = pa.ChunkedArray | pa.Array | Money


@dataclass(frozen=True)
class Kept:
    """A column whose cells stand already.

    Attributes:
        cells: The XML of a cell behind its reference, such as ``' s="4"><v>1</v></c>'``, in the texts that
            all have in common, with a whole number where a row's number goes, which it is added to.
        other: The XML of those cells that have another, by their places among the rows, counted from 0.
    """

    cells: tuple[str | int, ...]
    other: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """Where a column goes.

    Attributes:
        letters: The letters of the sheet's column.
        style: The style of its cells.
        styles: The style of each row's cell as text, where they differ.
    """

    letters: str
    style: int
    styles: pa.ChunkedArray | None = None


@dataclass(frozen=True)
class Frame:
    """What stands around the cells of rows: for each row, or one text where all are alike.

    Attributes:
        attributes: What else the row says of itself, each attribute with a blank before it.
        before: The cells left of the columns.
        after: The cells right of them.
    """

    attributes: pa.ChunkedArray | str = ""
    before: pa.ChunkedArray | str = ""
    after: pa.ChunkedArray | str = ""


def plain(text: str) -> str:
    """Return text as a cell can hold it.

    Control characters, and text that reads like an escape, are escaped as Excel does it (``_x000D_``); half a
    surrogate pair becomes U+FFFD; what is longer than 32,767 UTF-16 units is cut and then ends in an
    ellipsis.
    """
    text = _SURROGATE.sub("\ufffd", text)
    if len(text) > LONGEST_TEXT // 2:
        units = text.encode("utf-16-le")
        if len(units) > 2 * LONGEST_TEXT:
            text = units[: 2 * LONGEST_TEXT - 2].decode("utf-16-le", errors="ignore") + "…"
    return _ESCAPE.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def money_text(minor: pa.Array, digits: pa.Array) -> pa.Array:
    """Return amounts as decimal text, such as ``-0.05`` for -5 with 2 digits, without loss.

    Args:
        minor: int64 minor units; a null stays null.
        digits: The decimals of each, 0 to 18.
    """
    text = pc.cast(minor, pa.string())
    for count in pc.unique(digits).to_pylist():
        if count:
            unit = pa.scalar(10**count, pa.int64())
            whole = pc.divide(
                minor, unit
            )  # towards zero, so the sign of -0.05 is lost here and put back below
            part = pc.abs(pc.subtract(minor, pc.multiply(whole, unit)))
            sign = pc.if_else(pc.and_(pc.less(minor, 0), pc.equal(whole, 0)), "-", "")
            padded = pc.utf8_lpad(pc.cast(part, pa.string()), count, "0")
            fixed = _elementwise(sign, pc.cast(whole, pa.string()), ".", padded)
            text = pc.if_else(pc.equal(digits, count), fixed, text)
    return text


def length(column: Column) -> int:
    """Return how many rows a column has."""
    return len(column.minor if isinstance(column, Money) else column)


def rows(
    columns: Mapping[str, Column | Kept],
    places: Mapping[str, Place],
    *,
    first: int,
    frame: Frame | None = None,
) -> Iterator[memoryview]:
    """Yield the ``<row>`` elements of a table's rows, a chunk at a time.

    Args:
        columns: The columns by name, all equally long, in the order of the sheet.
        places: Where each goes.
        first: The sheet row of the first of them.
        frame: What stands around their cells; left out, nothing does.

    Yields:
        UTF-8 XML; for no rows at all, one row of empty cells (Excel refuses a table without a row).

    Raises:
        InputError: A column has a type that no cell can hold.
    """
    frame = frame or Frame()
    table = pa.table(_arrays(columns, places, frame))
    if not table.num_rows:
        cells = "".join(f'<c r="{place.letters}{first}" s="{place.style}"/>' for place in places.values())
        yield memoryview(f'<row r="{first}">{cells}</row>'.encode())
    start = 0
    while start < table.num_rows:
        count = _ROWS
        chunk = table.slice(start, count)
        while chunk.nbytes > _BYTES and count > 1:
            count //= 2
            chunk = table.slice(start, count)
        at = pa.array(np.arange(first + start, first + start + len(chunk)))
        numbers = pc.cast(at, pa.string())
        attributes, before, after = (
            text if isinstance(text, str) else _array(chunk[_FRAME + part])
            for part, text in _parts(frame).items()
        )
        parts: list[str | pa.Array] = ['<row r="', numbers, '"', attributes, ">", before]
        for name, column in columns.items():
            parts += [f'<c r="{places[name].letters}', numbers, '"']
            if isinstance(column, Kept):
                parts += _kept(column, at, start)
            else:
                parts += [' s="', *_cells(name, column, chunk, places[name])]
        yield _joined([*parts, after, "</row>"])
        start += len(chunk)


def _kept(column: Kept, rows: pa.Array, start: int) -> list[str | pa.Array]:
    """Return what follows the reference in each cell of a chunk that begins at a place among the rows."""
    usual = [
        piece if isinstance(piece, str) else pc.cast(pc.add(rows, piece), pa.string())
        for piece in column.cells
    ]
    other = [column.other.get(place) for place in range(start, start + len(rows))] if column.other else []
    if not any(other):
        return usual
    same = _elementwise(pa.nulls(len(rows), pa.string()).fill_null(""), *usual)
    return [pc.coalesce(pa.array(other, pa.string()), same)]


def _arrays(
    columns: Mapping[str, Column | Kept], places: Mapping[str, Place], frame: Frame
) -> dict[str, pa.ChunkedArray]:
    """Return whatever differs from row to row, so that all of it is cut into chunks alike."""
    arrays: dict[str, pa.ChunkedArray] = {
        _FRAME + part: text for part, text in _parts(frame).items() if not isinstance(text, str)
    }
    for name, column in columns.items():
        styles = places[name].styles
        if styles is not None:
            arrays[_STYLES + name] = styles
        if isinstance(column, Money):
            arrays[name] = column.minor
            arrays[_DIGITS + name] = column.digits
        elif not isinstance(column, Kept):
            arrays[name] = column
    return arrays


def _parts(frame: Frame) -> dict[str, pa.ChunkedArray | str]:
    return {"attributes": frame.attributes, "before": frame.before, "after": frame.after}


def _joined(parts: list[str | pa.Array]) -> memoryview:
    """Join texts and arrays element by element; the values' buffer of the result is the XML as it stands."""
    merged: list[str | pa.Array] = []
    for part in parts:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        else:
            merged.append(part)
    return memoryview(_elementwise(*merged).buffers()[2])


def _elementwise(*parts: str | pa.Array) -> pa.Array:
    """Join texts and arrays element by element; null where an array is."""
    return pc.binary_join_element_wise(*parts, "")  # the last argument is what stands between the parts


def _array(column: pa.ChunkedArray) -> pa.Array:
    array = column.combine_chunks()
    return array.dictionary_decode() if isinstance(array, pa.DictionaryArray) else array


def _cells(name: str, column: Column, chunk: pa.Table, place: Place) -> list[str | pa.Array]:
    """Return what follows ``s="`` in each cell: its style, its type and its value."""
    array = _array(chunk[name])
    kind = array.type
    style = str(place.style)
    styles: str | pa.Array = style if place.styles is None else _array(chunk[_STYLES + name])
    if isinstance(column, Money):
        digits = _array(chunk[_DIGITS + name])
        if column.styles:
            shown = pa.array([str(column.styles.get(count, style)) for count in range(19)])
            styles = pc.fill_null(shown.take(digits), style)
        values = _values('"><v>', money_text(array, digits), "</v></c>")
    elif pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        values = _text(pc.cast(array, pa.string()))
    elif pa.types.is_date32(kind):
        values = _dates(array)
    elif pa.types.is_boolean(kind):
        values = _values('" t="b"><v>', pc.cast(pc.cast(array, pa.uint8()), pa.string()), "</v></c>")
    elif pa.types.is_floating(kind):
        values = _number(pc.if_else(pc.is_finite(array), array, pa.scalar(None, kind)))
    elif pa.types.is_integer(kind) or pa.types.is_decimal(kind) or pa.types.is_null(kind):
        values = _number(array)
    else:
        raise InputError(
            f"column {name!r}: values of type {kind} do not fit a cell.",
            hint="Make them text, date32, numbers or truth values.",
        )
    return [styles, *values]


def _number(array: pa.Array) -> list[str | pa.Array]:
    return _values('"><v>', pc.cast(array, pa.string()), "</v></c>")


def _values(opening: str, text: pa.Array, closing: str) -> list[str | pa.Array]:
    """Return the parts of cells with a value, and of empty cells where the text is null."""
    if not text.null_count:
        return [opening, text, closing]
    return [pc.fill_null(_elementwise(opening, text, closing), '"/>')]


def _text(array: pa.Array) -> list[str | pa.Array]:
    array = _plain(array)
    blank = pc.equal(array, "")
    if pc.any(blank).as_py():
        array = pc.if_else(blank, pa.scalar(None, pa.string()), array)
    spaced = pc.all(pc.equal(pc.utf8_trim_whitespace(array), array)).as_py() is False
    data = _bytes(array)
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        if character.encode() in data:
            array = pc.replace_substring(array, character, entity)
    opening = '" t="inlineStr"><is><t xml:space="preserve">' if spaced else '" t="inlineStr"><is><t>'
    return _values(opening, array, "</t></is></c>")


def _plain(array: pa.Array) -> pa.Array:
    """Return texts as :func:`plain` would, one by one only where something rare is among them."""
    try:
        array.validate(full=True)
    except (
        pa.ArrowInvalid
    ):  # not UTF-8, such as half a surrogate pair: not every driver checks what it hands on
        raw = [value.as_buffer() for value in array]
        texts = [None if value is None else value.to_pybytes().decode(errors="replace") for value in raw]
        array = pa.array(texts, pa.string())
    data = _bytes(array)
    codes = np.frombuffer(data, dtype=np.uint8)
    rare = (
        bool(((codes < _SPACE) & (codes != _TAB) & (codes != _NEWLINE)).any())
        or any(sequence in data for sequence in _RARE)
        or (pc.max(pc.binary_length(array)).as_py() or 0) > LONGEST_TEXT
    )
    if not rare:
        return array
    return pa.array([None if text is None else plain(text) for text in array.to_pylist()], pa.string())


def _bytes(array: pa.Array) -> bytes:
    """Return the bytes of all texts together: searching them once costs a fraction of searching each."""
    _, offsets, data = array.buffers()
    if data is None:
        return b""
    first, last = np.frombuffer(offsets, dtype=np.int32)[[array.offset, array.offset + len(array)]]
    return bytes(memoryview(data)[first:last])


def _dates(array: pa.Array) -> list[str | pa.Array]:
    serial = pc.add(pc.cast(array, pa.int32()), _UNIX_EPOCH)
    earliest = pc.min(serial).as_py()
    if earliest is None or earliest >= _MARCH_1900:
        return _number(serial)
    number = pc.cast(pc.if_else(pc.less(serial, _MARCH_1900), pc.subtract(serial, 1), serial), pa.string())
    as_number = _elementwise('"><v>', number, "</v></c>")
    # Excel knows no day before 1900: such a date is shown as text, so that it is not lost.
    as_text = _elementwise('" t="inlineStr"><is><t>', pc.cast(array, pa.string()), "</t></is></c>")
    return [pc.fill_null(pc.if_else(pc.less_equal(serial, 1), as_text, as_number), '"/>')]
