"""What people put into the rows of a table, and where it goes when the rows change.

A column that the fill brings no values for is a person's own. What stands in it belongs to the row's key and
follows it, with the cells' formats; so do the formats that a person gave to other cells of the row, the row's
height, and whether it is hidden.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from html import unescape
from math import isfinite
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias
from xml.sax.saxutils import escape

import pyarrow as pa
import pyarrow.compute as pc

from duebook.errors import InputError
from duebook_workbooks.filling.foreign import cell_text
from duebook_workbooks.filling.formula_cells import has_formula
from duebook_workbooks.filling.references import Pattern, letters, pattern
from duebook_workbooks.filling.sheet_rows import Cell
from duebook_workbooks.tables import Frame, Kept, Place

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from duebook_workbooks.filling.extent import Extent
    from duebook_workbooks.filling.foreign import ForeignTable
    from duebook_workbooks.filling.formula_cells import Formulas

_KIND: Final = re.compile(rb'\st="([A-Za-z]+)"')
_VALUE: Final = re.compile(rb"<v\b[^>]*>([^<]*)</v>")
_VALUE_KIND: Final = re.compile(r'\st="(?:str|b|e|n)"')
_ROW_S_OWN: Final = re.compile(rb'\s(?:hidden|collapsed|outlineLevel)="[^"]*"')


@dataclass(frozen=True)
class OldRow:
    """A row as it stood in the table.

    Attributes:
        number: Its number on the sheet.
        attributes: What it says of itself.
        cells: Its cells in the table's columns.
    """

    number: int
    attributes: bytes
    cells: tuple[Cell, ...]


_Looks: TypeAlias = tuple[tuple[int, bytes], ...]  # of a row's cells: column and attributes of each


class _KeptRow(NamedTuple):
    """Of a row that stays: its number, what it says of itself, its cells' looks, people's own cells."""

    number: int
    attributes: bytes
    looks: _Looks
    own: tuple[Cell, ...]


class People:
    """What the rows of a table hold, by their keys.

    Attributes:
        own: The columns that are people's, counted as the sheet's.
        rows: The rows that stay, by their key.
        leaving: The rows that go and may hold something of a person's.
        known: How many rows had a key.
        numbers: The columns that hold a number in the first row with anything in it.
    """

    def __init__(
        self,
        table: ForeignTable,
        own: Collection[int],
        *,
        key: int | None,
        wanted: Collection[str],
        commented: frozenset[int],
    ) -> None:
        """Expect the rows of a table.

        Args:
            table: The table.
            own: The columns that are people's, counted as the sheet's.
            key: The column of the key; None where rows have none.
            wanted: The keys of the rows to come.
            commented: The rows on the sheet that have comments in the table's columns.
        """
        self.own = frozenset(own)
        self.rows: dict[str, _KeptRow] = {}
        self.leaving: list[OldRow] = []
        self.known = 0
        self.numbers: frozenset[int] = frozenset()
        self._table, self._key = table, key
        self._wanted, self._commented = wanted, commented
        self._seen = 0
        self._looks: Counter[_Looks] = Counter()
        self._alike: dict[_Looks, _Looks] = {}
        self._attributes: Counter[bytes] = Counter()
        self._patterns: dict[int, Pattern | None] = {}

    def take(self, row: OldRow, texts: Callable[[], Sequence[str]], formulas: Formulas) -> None:
        """Take in a row of the table, before it is filled.

        Args:
            row: The row.
            texts: Returns the texts that the workbook's sheets share.
            formulas: The sheet's formulas so far.

        Raises:
            InputError: It holds something of a person's, and has the same key as another that does.
        """
        looks: _Looks = tuple([cell[:2] for cell in row.cells])
        looks = self._alike.setdefault(looks, looks)
        self._looks[looks] += 1
        self._attributes[row.attributes] += 1
        commented = row.number in self._commented
        if not commented and not any(cell.inner for cell in row.cells):
            return
        self._seen += 1
        if self._seen == 1:
            self.numbers = frozenset(cell.column for cell in row.cells if _is_number(cell))
        own = tuple([cell for cell in row.cells if cell.column in self.own and cell.inner])
        self._see_patterns(row.number, own, formulas)
        key = ""
        for cell in row.cells:
            if cell.column == self._key and cell.inner:
                key = key_of(cell, texts)
        self.known += bool(key)
        if key in self._wanted:
            kept = _KeptRow(row.number, row.attributes, looks, own)
            self.rows[key] = self._one_of(key, kept, self.rows[key]) if key in self.rows else kept
        elif commented or own:
            self.leaving.append(row)

    def _see_patterns(self, row: int, own: Sequence[Cell], formulas: Formulas) -> None:
        """Keep the formula that a column is filled down with, as long as all rows have it."""
        found = {cell.column: cell for cell in own}
        for column in self.own:
            expected = self._patterns.get(column)
            if expected is None and self._seen > 1:
                continue  # it differed before
            cell = found.get(column)
            formula = formulas.of(row, cell) if cell and has_formula(cell) else None
            if expected is None:
                self._patterns[column] = None if formula is None else pattern(formula, row)
            elif formula != expected.at(row):
                self._patterns[column] = None

    def _one_of(self, key: str, row: _KeptRow, other: _KeptRow) -> _KeptRow:
        """Return which of two rows of one key holds what a person wrote; the first if none does."""

        def written(one: _KeptRow) -> list[tuple[int, bytes]]:
            found = [(cell.column, cell.inner) for cell in one.own if not has_formula(cell)]
            return found + [(0, b"%d" % one.number)] * (one.number in self._commented)

        if not written(row) or written(row) == written(other):
            return other
        if written(other):
            raise InputError(
                f"table {self._table.name!r}: key {key!r} stands in rows {other.number:,} and "
                f"{row.number:,}, each with something a person wrote, and cannot tell which of the two it "
                "belongs to.",
                hint="Choose another key column, or move what is written into one of the rows.",
            )
        return row

    def formula(self, column: int) -> Pattern | None:
        """Return the formula that a column is filled down with; None for none."""
        first = self._table.header + 1
        declared = self._table.columns[column - self._table.left].formula
        found = self._patterns.get(column)
        if found is None and declared is not None:
            found = pattern(declared, first)
            return None if found.offsets else found  # its rows are not said to be those of any one row
        if found is None or any(first + offset < 1 for offset in found.offsets):
            return None
        return found

    def notes(self, row: OldRow) -> bool:
        """Return whether a row holds something that a person wrote, formulas filled down apart.

        The only row of a table may hold formulas that a person wrote there; not so one in which nothing else
        stands, which is what is left of a table without rows.
        """
        alone = self._seen == 1 and any(cell.inner for cell in row.cells if cell.column not in self.own)

        def filled_down(cell: Cell) -> bool:
            declared = self._table.columns[cell.column - self._table.left].formula is not None
            return has_formula(cell) and (
                declared or (not alone and self._patterns.get(cell.column) is not None)
            )

        return row.number in self._commented or any(
            cell.inner and not filled_down(cell) for cell in row.cells if cell.column in self.own
        )

    @cached_property
    def _usual(self) -> dict[int, int]:
        """The style that most cells of each column have, the topmost's among equals; of all rows."""
        counts: dict[int, Counter[int]] = {}
        for looks, rows in self._looks.items():
            for column, attributes in looks:
                counts.setdefault(column, Counter())[Cell(column, attributes, b"").style] += rows
        return {column: styles.most_common(1)[0][0] for column, styles in counts.items()}

    def style(self, column: int) -> int:
        """Return the style that most cells of a column have, the topmost's among equals."""
        return self._usual.get(column, 0)

    def places(self, keys: Collection[str], styles: Mapping[int, int]) -> dict[str, Place]:
        """Return where the columns go, and their cells' styles.

        Args:
            keys: The keys of the rows to come; none where rows have no key.
            styles: The styles of columns that need another than most of their cells have.
        """
        other: dict[int, dict[str, str]] = {}
        odd = {
            looks: [(column, style) for column, style in _styles(looks) if style != self.style(column)]
            for looks in self._looks
        }
        for key, row in self.rows.items():
            for column, style in odd[row.looks]:
                other.setdefault(column, {})[key] = str(style)
        found: dict[str, Place] = {}
        for at, declared in enumerate(self._table.columns, self._table.left):
            style = styles.get(at, self.style(at))
            theirs = other.get(at) if at not in self.own else None
            each = theirs and pa.chunked_array([[theirs.get(key, str(style)) for key in keys]], pa.string())
            found[declared.name] = Place(letters(at), style, each or None)
        return found

    def frame(self, keys: Collection[str]) -> Frame:
        """Return what the rows to come say of themselves: what a row said before, else what most said."""
        counts: Counter[bytes] = Counter()
        for attributes, count in self._attributes.items():
            counts[_ROW_S_OWN.sub(b"", attributes)] += count
        usual = counts.most_common(1)[0][0].decode() if counts else ""
        if all(attributes.decode() == usual for attributes in self._attributes):
            return Frame(usual)
        rows = (self.rows.get(key) for key in keys)
        said = [usual if row is None else row.attributes.decode() for row in rows]
        return Frame(pa.chunked_array([said], pa.string()) if said else usual)

    def kept(self, column: int, keys: Collection[str], extent: Extent, formulas: Formulas) -> Kept:
        """Return a person's column in the rows to come.

        Args:
            column: The column, counted as the sheet's.
            keys: The keys of the rows to come; none where rows have no key.
            extent: The table's place.
            formulas: The sheet's formulas.
        """
        style, copied = self.style(column), self.formula(column)
        look = f' s="{style}"' if style else ""
        usual: tuple[str | int, ...] = (f"{look}/>",)
        if copied is not None:
            first = extent.followed(copied.at(extent.first), old=extent.first, new=extent.first)
            usual = _filled_down(pattern(first, extent.first), look)
        differing = self._differing(column, copied, look)
        if not differing:
            return Kept(usual)
        other: dict[int, str] = {}
        for at, key in enumerate(keys, extent.first):
            if key in differing:
                cell = formulas.inside(self.rows[key].number, at, differing[key], extent)
                other[at - extent.first] = cell.tail().decode()
        return Kept(usual, other)

    def _differing(self, column: int, copied: Pattern | None, look: str) -> dict[str, Cell]:
        """Return the cells of a column, by key, that are not as a new row's would be."""
        whole = self._patterns.get(column) is not None
        plain = {
            looks: next((each[1].decode() for each in looks if each[0] == column), None)
            for looks in self._looks
        }
        found = {}
        for key, row in self.rows.items():
            cell = next((each for each in row.own if each.column == column), None)
            its = plain[row.looks]
            if cell is None and copied is None and (its or "") == look:
                continue
            as_copied = cell and whole and copied and has_formula(cell) and b"<f t=" not in cell.inner
            if as_copied and _VALUE_KIND.sub("", its or "") == look:
                continue
            found[key] = cell or Cell(column, (its or "").encode(), b"")
        return found


def _is_number(cell: Cell) -> bool:
    kind = _KIND.search(cell.attributes)
    return _VALUE.search(cell.inner) is not None and (kind is None or kind[1] == b"n")


def _filled_down(copied: Pattern, look: str) -> tuple[str | int, ...]:
    """Return what the cells of a column have in common that is filled down with a formula."""
    first, *others = (escape(text) for text in copied.texts)
    pieces: list[str | int] = [f"{look}><f>{first}"]
    for offset, text in zip(copied.offsets, others, strict=True):
        pieces += [offset, text]
    return (*pieces, "</f></c>")


def _styles(looks: _Looks) -> Iterator[tuple[int, int]]:
    return ((column, Cell(column, attributes, b"").style) for column, attributes in looks)


def key_of(cell: Cell, texts: Callable[[], Sequence[str]]) -> str:
    """Return a cell's value as a key: its text, or its number without needless digits.

    Args:
        cell: The cell, not empty.
        texts: Returns the texts that the workbook's sheets share.
    """
    kind = _KIND.search(cell.attributes)
    if kind and kind[1] == b"inlineStr":
        return cell_text(cell.inner)
    value = _VALUE.search(cell.inner)
    if value is None:
        return ""
    text = unescape(value[1].decode())
    match kind[1] if kind else b"n":
        case b"s":
            text = _shared(text, texts())
        case b"b":
            text = "TRUE" if text == "1" else "FALSE"
        case b"n":
            text = _number(text)
        case b"d":
            text = _day(text)
    return text


def keys_of(column: pa.ChunkedArray) -> list[str]:
    """Return the values of a column as keys, which compare with those of cells; nothing is an empty text."""
    kind = column.type
    if pa.types.is_date32(kind):
        column = pc.add(pc.cast(column, pa.int32()), 25_569)
    elif pa.types.is_boolean(kind):
        column = pc.if_else(column, "TRUE", "FALSE")
    if not pa.types.is_string(kind):
        column = pc.cast(column, pa.string())
    texts: list[str] = (pc.fill_null(column, "") if column.null_count else column).to_pylist()
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return [_number(text) if text else "" for text in texts]
    return texts


def _number(text: str) -> str:
    if text.lstrip("-").isdigit():
        return text
    try:
        number = float(text)
    except ValueError:  # no number, whatever the cell says
        return text
    if not isfinite(number):  # no cell holds it
        return ""
    return str(int(number)) if number.is_integer() else repr(number)


def _shared(index: str, texts: Sequence[str]) -> str:
    at = int(index) if index.strip().isdecimal() else len(texts)
    if at >= len(texts):
        raise InputError(
            f"A cell has text {index} of those that the sheets share, and there are {len(texts):,}.",
            hint="Open the workbook in Excel or LibreOffice and save it.",
        )
    return texts[at]


def _day(text: str) -> str:
    """Return the number of a day that a cell spells as ISO 8601; as it stands with a time of day."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return text
    days = (found.replace(tzinfo=None) - datetime(1899, 12, 30)) / timedelta(1)  # noqa: DTZ001 - cells have no zone
    return _number(repr(days))
