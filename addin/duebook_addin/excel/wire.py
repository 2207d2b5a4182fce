"""Cells on their way between Excel and Python, as COM carries them.

Excel's values arrive as floats, text, booleans and None, a range as a tuple of rows, an error as its
32-bit code, a left out argument as None. Answers go back as a list of rows, one row of one cell where the
answer is a single cell: that is the form xlwings' ``CallUDF`` expects. COM's way of carrying an *error*
back is not one that pywin32 promises, so an error travels as text that begins with :data:`MARK`, and the
add-in's VBA makes it a real error value again. For an array VBA must not have to look at every cell, so
an array with errors has one row more, whose first cell is the mark alone.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from duebook.errors import OutOfRangeError
from duebook_addin.call import Spill
from duebook_addin.cells import CellError, to_serial

if TYPE_CHECKING:
    from duebook_addin.call import Answer
    from duebook_addin.cells import Argument, Cell

Sent: TypeAlias = float | str | bool | datetime

MARK: Final = "\x01"
"""Begins what is no text; no cell's text can begin with it, since a workbook's XML cannot hold it."""

ERROR_NUMBERS: Final = {
    "#NULL!": 2000,
    "#DIV/0!": 2007,
    "#VALUE!": 2015,
    "#REF!": 2023,
    "#NAME?": 2029,
    "#NUM!": 2036,
    "#N/A": 2042,
    "#GETTING_DATA": 2043,
    "#SPILL!": 2045,
    "#CONNECT!": 2046,
    "#BLOCKED!": 2047,
    "#UNKNOWN!": 2048,
    "#FIELD!": 2049,
    "#CALC!": 2050,
}
"""Excel's error values and the numbers that VBA's CVErr takes (the enumeration xlCVError)."""

_SCODE: Final = -2_146_828_288  # 0x800A0000, which COM adds to the number
_ERROR_TEXTS: Final = {_SCODE + number: text for text, number in ERROR_NUMBERS.items()}
_NUMBERS_OF_ERRORS: Final = range(2_000, 2_200)
_SAME_BOTH_WAYS: Final = frozenset({float, bool})
# From here on COM's dates and Excel's serial numbers agree; before, Excel has a day that never was.
_DATES_AGREE: Final = date(1900, 3, 1)


def received(argument: object) -> Argument:
    """Return an argument, as COM hands it over, as a cell or a list of rows."""
    if isinstance(argument, tuple | list):
        # One dimension is a row: an array constant such as {1,2}. A range of one cell comes as the cell.
        rows = argument if argument and isinstance(argument[0], tuple | list) else [argument]
        return [[cell if type(cell) in _AS_IS else _received(cell) for cell in row] for row in rows]
    return cast("Cell", argument) if type(argument) in _AS_IS else _received(argument)


_AS_IS: Final = frozenset({float, str, bool, type(None)})


def _received(cell: object) -> Cell:
    if isinstance(cell, int):
        if cell in _ERROR_TEXTS:
            return _ERROR_TEXTS[cell]
        return "#UNKNOWN!" if cell - _SCODE in _NUMBERS_OF_ERRORS else cell
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=None)  # COM's dates say UTC and mean the sheet's own day
    # Excel's currency comes as a decimal; whatever else there is (an object) the cells' readers refuse.
    return cast("Cell", cell)


def sent(answer: Answer) -> list[list[Sent]]:
    """Return an answer as COM hands it back: rows of values, errors marked."""
    if not isinstance(answer, Spill):
        return [[_sent(answer)]]
    rows: list[list[Sent]] = [
        [cast("Sent", cell) if type(cell) in _SAME_BOTH_WAYS else _sent(cell) for cell in row]
        for row in answer.rows
    ]
    if any(type(cell) is str and cell[:1] == MARK for row in rows for cell in row):
        rows.append([MARK] * len(rows[0]))
    return rows


def _sent(cell: Cell) -> Sent:
    if cell is None:
        return ""  # what a formula shows for nothing; COM's own nothing would show as 0
    if isinstance(cell, str):
        return cell.lstrip(MARK)
    if isinstance(cell, CellError):
        number = ERROR_NUMBERS.get(cell.code, ERROR_NUMBERS["#N/A"])
        return f"{MARK}{number}{MARK}{cell.message}"
    if isinstance(cell, date):
        return _sent_date(cell.date() if isinstance(cell, datetime) else cell)
    return cell if isinstance(cell, bool) else float(cell)


def _sent_date(day: date) -> Sent:
    if day >= _DATES_AGREE:
        return datetime(day.year, day.month, day.day, tzinfo=UTC)
    try:
        return float(to_serial(day))
    except OutOfRangeError as error:
        return _sent(CellError.of(error))
