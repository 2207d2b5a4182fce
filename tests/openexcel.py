"""A stand-in for an Excel that has workbooks open: the few objects and rules that filling one relies on.

No Excel runs here. What these objects do is what Microsoft's reference says of Range, ListObject and
Application: a range of one cell gives itself, others tuples of rows; a text given to a cell that is not
formatted as text is read as if typed; formulas are relative to their cell in R1C1; a table is resized over
cells as they stand.
"""

# ruff: noqa: ANN401, D101, D102, N802 - Excel's own names, and its cells hold anything
from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


class ComError(Exception):
    """What Excel raises where it refuses."""


@dataclass
class Cell:
    """A cell: a value, or a formula in R1C1 that shows ``shows``."""

    value: Any = None
    formula: str | None = None
    format: str = "General"
    color: int = 0


@dataclass
class Look:
    """The inside or the letters of a range."""

    range: Range

    @property
    def Color(self) -> Any:
        found = {cell.color for cell in self.range.cells}
        return found.pop() if len(found) == 1 else None

    Bold = Color


@dataclass
class Rows:
    """Whole rows."""

    range: Range

    @property
    def Hidden(self) -> Any:
        found = {row in self.range.sheet.hidden for row in range(self.range.Row, self.range.bottom + 1)}
        return found.pop() if len(found) == 1 else None


class Range:
    """Cells of a sheet."""

    def __init__(self, sheet: Sheet, top: int, left: int, bottom: int, right: int) -> None:
        """Take the corners."""
        self.sheet, self.Row, self.Column, self.bottom, self.right = sheet, top, left, bottom, right

    @property
    def places(self) -> list[list[tuple[int, int]]]:
        """Every place, row by row."""
        return [
            [(row, column) for column in range(self.Column, self.right + 1)]
            for row in range(self.Row, self.bottom + 1)
        ]

    @property
    def cells(self) -> list[Cell]:
        """Every cell."""
        return [self.sheet.at(*place) for row in self.places for place in row]

    @property
    def Count(self) -> int:
        return len(self.cells)

    @property
    def HasFormula(self) -> bool:
        return all(cell.formula is not None for cell in self.cells)

    @property
    def EntireRow(self) -> Rows:
        return Rows(self)

    @property
    def Interior(self) -> Look:
        return Look(self)

    Font = Interior

    @property
    def NumberFormat(self) -> str | None:
        found = {cell.format for cell in self.cells}
        return found.pop() if len(found) == 1 else None

    @NumberFormat.setter
    def NumberFormat(self, value: str) -> None:
        self.sheet.touch()
        for cell in self.cells:
            cell.format = value

    @property
    def Value2(self) -> Any:
        return self._shaped(lambda cell: "shown" if cell.formula is not None else cell.value)

    @Value2.setter
    def Value2(self, values: Any) -> None:
        self._write(values)

    @property
    def FormulaR1C1(self) -> Any:
        def told(cell: Cell) -> Any:
            if cell.formula is not None:
                return cell.formula
            return (
                "" if cell.value is None else cell.value if isinstance(cell.value, str) else f"{cell.value:g}"
            )

        return self._shaped(told)

    @FormulaR1C1.setter
    def FormulaR1C1(self, values: Any) -> None:
        self._write(values)

    def ClearContents(self) -> None:
        self.sheet.touch()
        for cell in self.cells:
            cell.value = cell.formula = None

    def _shaped(self, told: Any) -> Any:
        rows = tuple(tuple(told(self.sheet.at(*place)) for place in row) for row in self.places)
        return rows[0][0] if len(rows) == len(rows[0]) == 1 else rows

    def _write(self, values: Any) -> None:
        self.sheet.touch()
        for down, row in enumerate(self.places):
            for right, place in enumerate(row):
                value = values[down][right] if isinstance(values, tuple) else values
                self._type(self.sheet.at(*place), value)

    @staticmethod
    def _type(cell: Cell, value: Any) -> None:
        cell.formula = None
        if isinstance(value, str) and cell.format != "@":
            if value.startswith("'"):
                value = value[1:]
            elif value.startswith("="):
                cell.formula, value = value, None
            elif _NUMBER.fullmatch(value):
                value = float(value)
        cell.value = float(value) if isinstance(value, int) and not isinstance(value, bool) else value or None
        if value == 0:
            cell.value = 0.0


@dataclass
class Filter:
    FilterMode: bool = False


@dataclass
class Table:
    """A ListObject."""

    sheet: Sheet
    Name: str
    top: int
    left: int
    rows: int
    columns: int
    SourceType: int = 1
    ShowTotals: bool = False
    ShowAutoFilter: bool = True
    AutoFilter: Filter = field(default_factory=Filter)

    @property
    def HeaderRowRange(self) -> Range:
        return Range(self.sheet, self.top, self.left, self.top, self.left + self.columns - 1)

    @property
    def DataBodyRange(self) -> Range | None:
        if not self.rows:
            return None
        return Range(self.sheet, self.top + 1, self.left, self.top + self.rows, self.left + self.columns - 1)

    def Resize(self, to: Range) -> None:
        self.sheet.touch()
        if (to.Row, to.Column, to.right) != (self.top, self.left, self.left + self.columns - 1):
            raise ComError("the header stays in its row")
        self.rows = to.bottom - to.Row


@dataclass
class Comment:
    Parent: Range


class Functions:
    def CountA(self, cells: Range) -> float:
        return float(sum(cell.value is not None or cell.formula is not None for cell in cells.cells))


@dataclass
class Corrections:
    AutoFillFormulasInLists: bool = True


@dataclass
class Application:
    """The program, and after how many changes it refuses one more."""

    ScreenUpdating: bool = True
    EnableEvents: bool = True
    Calculation: int = -4105
    AutoCorrect: Corrections = field(default_factory=Corrections)
    WorksheetFunction: Functions = field(default_factory=Functions)
    changes: int = 0
    refuses_at: int = 0


class Sheet:
    """A worksheet."""

    def __init__(self, app: Application, name: str) -> None:
        """Begin with an empty one."""
        self.Application, self.Name = app, name
        self.ProtectContents = False
        self.ListObjects: list[Table] = []
        self.Comments: list[Comment] = []
        self.CommentsThreaded: list[Comment] = []
        self.hidden: set[int] = set()
        self.grid: dict[tuple[int, int], Cell] = {}

    def at(self, row: int, column: int) -> Cell:
        """Return the cell of a place."""
        return self.grid.setdefault((row, column), Cell())

    def touch(self) -> None:
        """Count a change, and refuse it where Excel is to."""
        self.Application.changes += 1
        if self.Application.changes == self.Application.refuses_at:
            raise ComError("Call was rejected by callee.")

    def Cells(self, row: int, column: int) -> Range:
        return Range(self, row, column, row, column)

    def Range(self, first: Range, last: Range) -> Range:
        return Range(self, first.Row, first.Column, last.bottom, last.right)


@dataclass
class Name:
    Name: str
    RefersToRange: Range


@dataclass
class Book:
    """A workbook."""

    Application: Application
    Worksheets: list[Sheet]
    Names: list[Name] = field(default_factory=list)
    ReadOnly: bool = False
