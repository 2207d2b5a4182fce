"""A standard workbook that is open in Excel on this machine, brought up to date there, through xlwings.

The tables that Duebook manages get their new rows, people's own columns follow their row's key, and single
cells of ours get what the workbook as published anew holds. Nothing is saved: whoever has it open does that.
Where something of a person's could be lost, it is refused before anything is changed. Amounts go to Excel as
the numbers of 15 digits that its cells hold.

Excel is talked to by its own object model, as ``xlwings`` gives it: https://learn.microsoft.com/office/vba/api.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from duebook.errors import InputError
from duebook_workbooks.filling import cells
from duebook_workbooks.filling.foreign import Foreign
from duebook_workbooks.filling.people import keys_of
from duebook_workbooks.renewal import Renewed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from duebook_workbooks.managed import ManagedTable

    Row = list[Any]

_AT_ONCE: Final = 10_000
"""Rows that are written in one go: Excel takes an array at once, and not one of any size."""
_RANGE: Final = 1  # xlSrcRange: of a table that is filled by hand, not by a query
_MANUAL: Final = -4135  # xlCalculationManual
_TEXT: Final = "@"
_GENERAL: Final = "General"
_DAY: Final = "yyyy-mm-dd"
_FIRST_DAY: Final = 25_569  # 1970-01-01 as Excel counts days


def open_books() -> Iterator[tuple[str, Any]]:
    """Yield the path and the object of each workbook that an Excel on this machine has open.

    Raises:
        InputError: This is no Windows, or xlwings is not installed.
    """
    if os.name != "nt":
        raise InputError("--live: only Excel on Windows can be reached; elsewhere close the workbook.")
    try:
        import xlwings  # noqa: PLC0415 - on Windows only, and an extra
    except ImportError:
        raise InputError("--live: xlwings is not installed.", hint="pip install 'duebook[excel]'") from None
    for app in xlwings.apps:
        for book in app.books:
            yield book.fullname, book.api


def fill_open(
    path: Path,
    fresh: Path,
    tables: Iterable[ManagedTable],
    *,
    books: Callable[[], Iterable[tuple[str, Any]]] = open_books,
) -> Renewed | None:
    """Bring a workbook that is open in Excel up to date there, without saving it.

    A table or a column that a person deleted stays deleted. Formulas that ask the add-in it calculates.

    Args:
        path: The workbook.
        fresh: The workbook as it would be published anew, for what single cells hold.
        tables: The rows of the tables that are managed.
        books: Gives the path and the object of each open workbook.

    Returns:
        What was done; None where no Excel has it open.

    Raises:
        InputError: Something could be lost, or Excel is busy; nothing is changed.
    """
    place = os.path.normcase(path)
    book = next((book for name, book in books() if os.path.normcase(name) == place), None)
    if book is None:
        return None
    try:
        return _filled(book, path.name, fresh, tables)
    except InputError:
        raise
    except Exception as error:  # COM's own, such as while somebody edits a cell
        raise InputError(f"{path.name}: Excel refuses ({error}); it is as it was.") from error


def _filled(
    book: Any,  # noqa: ANN401 - Excel's objects have no types
    name: str,
    fresh: Path,
    tables: Iterable[ManagedTable],
) -> Renewed:
    if book.ReadOnly:
        raise InputError(f"{name}: it is open for reading only.", hint="Close it; a refresh then fills it.")
    there = {each.Name.casefold(): (sheet, each) for sheet in book.Worksheets for each in sheet.ListObjects}
    wanted = [_Live(*there[each], table) for table in tables if (each := table.name.casefold()) in there]
    cells_of_ours = _single_cells(book, fresh)
    done: list[_Live] = []
    cells_before = [(cell, cell.Value2) for cell, _ in cells_of_ours]
    with _undisturbed(book.Application):
        try:
            for table in wanted:
                done.append(table)
                table.write()
            for cell, value in cells_of_ours:
                cell.Value2 = value
        except Exception:
            for table in reversed(done):
                table.undo()
            for cell, value in cells_before:
                cell.Value2 = f"'{value}" if isinstance(value, str) else value
            raise
    return Renewed(tuple(table.name for table in wanted), archived=0, warnings=())


@contextmanager
def _undisturbed(app: Any) -> Iterator[None]:  # noqa: ANN401 - Excel's objects have no types
    """Keep Excel from drawing, calculating and filling down while cells are written."""
    correct = app.AutoCorrect
    before = app.ScreenUpdating, app.EnableEvents, app.Calculation, correct.AutoFillFormulasInLists
    app.ScreenUpdating, app.EnableEvents, app.Calculation = False, False, _MANUAL
    correct.AutoFillFormulasInLists = False
    try:
        yield
    finally:
        app.ScreenUpdating, app.EnableEvents, app.Calculation = before[:3]
        correct.AutoFillFormulasInLists = before[3]


def _single_cells(book: Any, fresh: Path) -> list[tuple[Any, Any]]:  # noqa: ANN401 - as above
    """Return the cells that bear a name of ours and hold no formula, with what the new workbook holds."""
    from openpyxl import load_workbook  # noqa: PLC0415 - takes longer to import than all else here

    with fresh.open("rb") as file:
        places = cells.named(Foreign(file, fresh.name))
    values = load_workbook(fresh)
    found = []
    for name in book.Names:
        sheet, (row, column) = places.get(name.Name.casefold(), ("", (0, 0)))
        if not sheet:
            continue
        value = values[sheet].cell(row, column)
        target = name.RefersToRange
        if target.Count == 1 and not target.HasFormula and value.data_type != "f":
            found.append((target, _told(value.value)))
    return found


def _told(value: Any) -> object:  # noqa: ANN401 - whatever a cell holds
    """Return a value as a cell takes it: a day as its number, a text so that it stays one."""
    from openpyxl.utils.datetime import to_excel  # noqa: PLC0415 - as above

    if isinstance(value, date):
        return to_excel(value)
    return f"'{value}" if isinstance(value, str) and value else value


@dataclass
class _Column:
    """A column to write: its number in the table, what it holds, and whether it is text or days."""

    at: int
    values: list[Any]
    text: bool
    day: bool


class _Live:
    """A table of an open workbook, with the rows that it is to have.

    Attributes:
        name: The table's name.
    """

    def __init__(self, sheet: Any, table: Any, managed: ManagedTable) -> None:  # noqa: ANN401 - as above
        """Look at the table, and refuse it where something of a person's could be lost.

        Raises:
            InputError: It could.
        """
        self.name = managed.name
        self._sheet, self._table, self._managed = sheet, table, managed
        self._top, self._left = table.HeaderRowRange.Row, table.HeaderRowRange.Column
        self._headers = [str(header) for header in _rows(table.HeaderRowRange.Value2)[0]]
        body = table.DataBodyRange
        values: list[Row] = [] if body is None else _rows(body.Value2)
        formulas: list[Row] = [] if body is None else _rows(body.FormulaR1C1)
        self._before = [list(map(_content, *both)) for both in zip(formulas, values, strict=True)]
        rows = managed.rows
        ours = [name for name in rows.column_names if name in self._headers]
        self._size = max(1, rows.num_rows)
        self._refuse_what_moves()
        self._formats = [self._format(at) for at in range(len(self._headers))]
        if managed.key is not None and managed.key not in ours:
            raise self._refused(f"its column {managed.key!r}, which tells its rows apart, is missing")
        self._own = [at for at, header in enumerate(self._headers) if header not in ours]
        self._after = self._people(values) + [self._column(rows[name], name) for name in ours]

    def write(self) -> None:
        """Write the rows."""
        old = len(self._before)
        if old > self._size:
            self._cells(self._size, old, 0, len(self._headers)).ClearContents()
        if old != self._size:
            self._resize(self._size)
        for column in self._after:
            target = self._cells(0, self._size, column.at, column.at + 1)
            if column.text:  # a text that looks like a number or a formula stays a text in such cells
                target.NumberFormat = _TEXT
            for start in range(0, self._size, _AT_ONCE):
                part = column.values[start : start + _AT_ONCE]
                into = self._cells(start, start + len(part), column.at, column.at + 1)
                if column.at in self._own:
                    into.FormulaR1C1 = tuple((self._typed(column.at, value),) for value in part)
                else:
                    into.Value2 = tuple((value,) for value in part)
            shown = self._formats[column.at]
            target.NumberFormat = _DAY if column.day and shown == _GENERAL else shown

    def undo(self) -> None:
        """Write back what stood there."""
        old = max(1, len(self._before))
        if self._size > old:
            self._cells(old, self._size, 0, len(self._headers)).ClearContents()
        self._resize(old)
        for at, shown in enumerate(self._formats):
            column = self._cells(0, old, at, at + 1)
            column.NumberFormat = shown
            column.FormulaR1C1 = tuple((self._typed(at, row[at]),) for row in self._before) or ""

    def _typed(self, at: int, content: object) -> object:
        """Return a cell's content as it is typed: a text with the mark that keeps Excel from reading it."""
        typed = isinstance(content, _Text) and content and self._formats[at] != _TEXT
        return f"'{content}" if typed else content

    def _people(self, values: list[Row]) -> list[_Column]:
        """Return people's own columns in the order of the new rows, by the rows' keys.

        Raises:
            InputError: A row that goes, or two rows of one key, have something in them.
        """
        key = self._managed.key
        if key is None:
            if any(self._has(row) for row in self._before):
                raise self._refused("it has columns of yours, and nothing tells its rows apart")
            return [self._own_column(own, [self._calculated(own)] * self._size) for own in self._own]
        at = self._headers.index(key)
        wanted = keys_of(self._managed.rows[key])
        there: dict[str, Row] = {}
        going = set[str]()
        for formulas, row in zip(self._before, values, strict=True):
            name = _key(row[at])
            if not self._has(formulas):
                continue
            if name in there:
                raise self._refused(f"two rows have the key {name!r}, and something of yours")
            there[name] = formulas
            going.add(name)
        going -= set(wanted)
        if going:
            raise self._refused(
                f"the row {min(going)!r} goes, and has something of yours, which needs an archive sheet"
            )
        return [
            self._own_column(
                own,
                [there[name][own] if name in there else self._calculated(own) for name in wanted]
                or [self._calculated(own)],
            )
            for own in self._own
        ]

    def _own_column(self, own: int, formulas: list[Any]) -> _Column:
        return _Column(own, formulas, text=False, day=False)

    def _has(self, formulas: Row) -> bool:
        """Return whether a row has something of a person's: more than what a whole column calculates."""
        return any(
            formulas[own] not in {"", None} and formulas[own] != self._calculated(own) for own in self._own
        )

    def _calculated(self, own: int) -> str:
        """Return the formula that all cells of a column have, relative to their row; empty for none.

        A formula of the only row may be one that a person wrote there; not so in a row in which nothing else
        stands, which is what is left of a table without rows.
        """
        if self._managed.key is not None and self._is_only_row():
            return ""
        found = {row[own] for row in self._before}
        [formula] = found if len(found) == 1 else {""}
        return formula if isinstance(formula, str) and not isinstance(formula, _Text) else ""

    def _is_only_row(self) -> bool:
        """Return whether the table has one row, and what is ours stands in it."""
        return len(self._before) == 1 and any(
            content not in {"", None} for at, content in enumerate(self._before[0]) if at not in self._own
        )

    def _column(self, values: pa.ChunkedArray, name: str) -> _Column:
        kind = values.type
        day = pa.types.is_date32(kind)
        if day:
            values = pc.add(pc.cast(values, pa.int32()), _FIRST_DAY)
        if day or pa.types.is_decimal(kind) or pa.types.is_integer(kind):
            values = pc.cast(values, pa.float64())
        text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
        return _Column(self._headers.index(name), values.to_pylist() or [None], text=text, day=day)

    def _format(self, at: int) -> str:
        """Return how a column shows its cells; refuse one in which a person formatted some by themselves."""
        if not self._before:
            return _GENERAL
        column = self._cells(0, len(self._before), at, at + 1)
        looks = column.NumberFormat, column.Interior.Color, column.Font.Color, column.Font.Bold
        if None in looks:  # what is not the same in all cells
            raise self._refused(
                f"some cells of its column {self._headers[at]!r} look different from the others"
            )
        return str(looks[0])

    def _refuse_what_moves(self) -> None:
        """Refuse what Excel's own resizing could take with it."""
        sheet, table = self._sheet, self._table
        if sheet.ProtectContents:
            raise self._refused("its sheet is protected")
        if table.SourceType != _RANGE:
            raise self._refused("a query fills it")
        if table.ShowTotals:
            raise self._refused("it has a totals row")
        if table.ShowAutoFilter and table.AutoFilter.FilterMode:
            raise self._refused("a filter hides some of its rows")
        if self._before and self._cells(0, len(self._before), 0, 1).EntireRow.Hidden is not False:
            raise self._refused("some of its rows are hidden")
        first, last = self._top + 1, self._top + max(len(self._before), self._size)
        for comment in (*sheet.Comments, *getattr(sheet, "CommentsThreaded", ())):
            at = comment.Parent
            if first <= at.Row <= last and self._left <= at.Column < self._left + len(self._headers):
                raise self._refused(f"there is a comment in row {at.Row}")
        old = max(1, len(self._before))
        if self._size > old:
            below = self._cells(old, self._size, 0, len(self._headers))
            if sheet.Application.WorksheetFunction.CountA(below):
                raise self._refused("something stands below it, where its rows would go")

    def _resize(self, rows: int) -> None:
        self._table.Resize(self._cells(-1, rows, 0, len(self._headers)))

    def _cells(self, first: int, last: int, left: int, right: int) -> Any:  # noqa: ANN401 - as above
        """Return cells of the table by its rows, counted from 0 below the header, and columns."""
        sheet, top, at = self._sheet, self._top + 1, self._left
        return sheet.Range(sheet.Cells(top + first, at + left), sheet.Cells(top + last - 1, at + right - 1))

    def _refused(self, why: str) -> InputError:
        return InputError(f"table {self.name!r}: {why}.", hint="Close the workbook; a refresh then fills it.")


class _Text(str):
    """A text that stands in a cell, which a formula is not."""

    __slots__ = ()


def _content(formula: object, value: object) -> object:
    """Return what a cell holds: a text, a formula relative to its row, or a value."""
    if isinstance(value, str) and value == formula:
        return _Text(value)
    return formula if isinstance(formula, str) and formula.startswith("=") else value


def _rows(values: Any) -> list[Row]:  # noqa: ANN401 - a cell, or a tuple of rows
    """Return cells as rows: Excel gives a single cell as itself."""
    return [list(row) for row in values] if isinstance(values, tuple) else [[values]]


def _key(value: object) -> str:
    """Return a cell's value as a key, as :func:`duebook_workbooks.filling.people.keys_of` writes it."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return "" if value is None else str(value)
