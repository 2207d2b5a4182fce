"""What stands in a cell, and the value a rule reads from it.

A host hands over cells as plain Python values: numbers, text, dates, booleans, None for an empty
cell, and errors as their text (``'#N/A'``) or as :class:`CellError`. A range is a list of cells, or
a list of rows of equal length. The same readers serve every host, so that a cell means the same
everywhere:

- Empty (None or ``""``) is missing, never zero.
- A number is read as the shortest decimal that the cell's binary number stands for: 0.1 is exactly
  one tenth.
- Text is no number, even where it looks like one: ``'1,234'`` is a thousand to one reader and one to
  another, and a sheet that quietly adds up half of its column is worse than an error. A boolean is
  no number either.
- A date is a date cell, ISO text (``'2026-01-31'``), or a serial number of the 1900 date system: 1
  is 1900-01-01, 61 is 1900-03-01. Serial 60 is refused: Excel shows it as 1900-02-29, a day that
  never was. (LibreOffice numbers the days before 1900-03-01 one higher; from there on both agree.)
  A time of day is cut off. Serial 0 is an empty cell: it is what ``=A1`` makes of one in every
  spreadsheet, and what LibreOffice hands over for one.
- An error is handed on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, TypeAlias, cast

from duebook.errors import DuebookError, InputError, NoAnswerError, NothingToDivideError, OutOfRangeError

ERRORS: Final = frozenset(
    {
        *("#VALUE!", "#N/A", "#DIV/0!", "#NUM!", "#REF!", "#NAME?", "#NULL!", "#SPILL!", "#CALC!", "#FIELD!"),
        *("#BLOCKED!", "#BUSY!", "#CONNECT!", "#EXTERNAL!", "#GETTING_DATA", "#PYTHON!", "#UNKNOWN!"),
    }
)
_CODES: Final[tuple[tuple[type[DuebookError], str], ...]] = (
    (OutOfRangeError, "#NUM!"),
    (InputError, "#VALUE!"),
    (NothingToDivideError, "#DIV/0!"),
)


@dataclass(frozen=True, slots=True)
class CellError:
    """An error value in a cell, such as ``#N/A``, and why it is there.

    Attributes:
        code: The error as every spreadsheet writes it.
        message: What was received, where, and what is allowed; shown where the host can.
    """

    code: str
    message: str = ""

    @classmethod
    def of(cls, error: DuebookError) -> CellError:
        """Return the error value that a rule's exception is in a cell.

        Wrong input is ``#VALUE!``, or ``#NUM!`` when only out of range; a division by nothing is ``#DIV/0!``;
        whatever else leaves a question without an answer is ``#N/A``.
        """
        return cls(next((code for kind, code in _CODES if isinstance(error, kind)), "#N/A"), str(error))


class ErrorFoundError(Exception):
    """An argument holds an error cell: it is the answer."""

    def __init__(self, error: CellError) -> None:
        """Keep the error that was found."""
        super().__init__(error.code)
        self.error = error


Cell: TypeAlias = str | int | float | Decimal | date | CellError | None
Cells: TypeAlias = Sequence[Cell] | Sequence[Sequence[Cell]]
Argument: TypeAlias = Cell | Cells
RANGE: Final = (list, tuple)
"""What hosts hand over ranges as."""
Reader: TypeAlias = Callable[[Cell], object]
"""Reads a cell of one parameter, or raises."""

_LAST_SERIAL: Final = 2_958_465  # 9999-12-31
_NO_SUCH_DAY: Final = 60
_SURE, _BEYOND = _NO_SUCH_DAY + 1, _LAST_SERIAL + 1
# The ordinal of serial 0, as it is from 1900-03-01 on, and before the day that Excel invented.
_SINCE_MARCH, _BEFORE_MARCH = date(1899, 12, 30).toordinal(), date(1899, 12, 31).toordinal()
_DATE_AND_TIME: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2})[T ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?", re.ASCII
)
# Numbers of up to 18 digits before the point: about as far as the minor units of a store reach.
_MOST_DIGITS: Final = 18
_LARGEST: Final = 10.0**_MOST_DIGITS
# Up to here a binary number that is whole is the whole number that its shortest decimal says.
_EXACT: Final = 2.0**53
_LONGEST_SHOWN: Final = 40
_HALF_CHARACTER: Final = re.compile("[\ud800-\udfff]")  # UTF-16 writes rare characters as two of these
_LIST_TEXT: Final = re.compile(r"\s*-?\d{1,9}\s*(,\s*-?\d{1,9}\s*)*", re.ASCII)


def shown(cell: Cell) -> str:
    """Return a cell as a message quotes it: text in quotes and cut where it is long, the rest plainly."""
    if isinstance(cell, str):
        return repr(cell if len(cell) <= _LONGEST_SHOWN else f"{cell[:_LONGEST_SHOWN]}...")
    if isinstance(cell, bool):
        return str(cell).upper()
    return cell.code if isinstance(cell, CellError) else str(cell)


def is_empty(cell: Cell) -> bool:
    """Return whether a cell holds nothing."""
    return cell is None or cell == ""


def plain(number: Decimal | float) -> str:
    """Return a number as its shortest plain text: no exponent, no zeros at the end, no negative zero."""
    text = f"{Decimal(repr(number)) if isinstance(number, float) else Decimal(number):f}"
    if "." in text:
        text = text.rstrip("0").removesuffix(".")
    return "0" if text == "-0" else text


def to_serial(day: date) -> int:
    """Return the serial number of a day in the 1900 date system.

    Raises:
        OutOfRangeError: The day lies before 1900-01-01, where the system has no number for it.
    """
    ordinal = day.toordinal()
    if ordinal <= _BEFORE_MARCH:
        raise OutOfRangeError(f"{day} has no serial number; the first day that has one is 1900-01-01.")
    serial = ordinal - _SINCE_MARCH
    return serial if serial > _NO_SUCH_DAY else ordinal - _BEFORE_MARCH


def number_reader(name: str, empty: Callable[[], object]) -> Reader:
    """Return a reader of numbers, as :class:`~decimal.Decimal`.

    Args:
        name: The parameter, for messages.
        empty: Gives what an empty cell stands for, or raises.
    """

    def read(cell: Cell) -> object:
        if type(cell) is float and -_LARGEST < cell < _LARGEST:  # the usual cell, first and fast
            return Decimal(repr(cell))
        if isinstance(cell, float | int | Decimal) and not isinstance(cell, bool):
            number = Decimal(repr(cell)) if isinstance(cell, float) else Decimal(cell)
            if not number.is_finite():
                raise InputError(f"{name}: {cell} is no finite number.")
            if number.adjusted() >= _MOST_DIGITS:
                raise OutOfRangeError(
                    f"{name}: {cell} is too large; at most {_MOST_DIGITS} digits are allowed."
                )
            return number
        if is_empty(cell):
            return empty()
        hint = "Turn the text into a number." if isinstance(cell, str) else None
        raise _refused(name, cell, "a number", hint)

    return read


def whole_reader(name: str, empty: Callable[[], object]) -> Reader:
    """Return a reader of whole numbers, as int; the arguments are those of :func:`number_reader`."""
    number = number_reader(name, lambda: None)

    def read(cell: Cell) -> object:
        if type(cell) is float and -_EXACT < cell < _EXACT and cell.is_integer():  # the usual cell
            return int(cell)
        value = number(cell)
        if not isinstance(value, Decimal):
            return empty()
        if value != value.to_integral_value():
            raise InputError(f"{name}: {shown(cell)} is no whole number.")
        return int(value)

    return read


def date_reader(name: str, empty: Callable[[], object]) -> Reader:
    """Return a reader of dates; the arguments are those of :func:`number_reader`."""

    def read(cell: Cell) -> object:
        if type(cell) is float and _SURE <= cell < _BEYOND:  # the usual cell, first and fast
            return date.fromordinal(_SINCE_MARCH + int(cell))
        if isinstance(cell, float | int | Decimal) and not isinstance(cell, bool):
            return _from_serial(name, cell) if cell else empty()
        if isinstance(cell, datetime):
            return cell.date()
        if isinstance(cell, date):
            return cell
        if is_empty(cell):
            return empty()
        if isinstance(cell, str) and cell not in ERRORS:
            return _from_text(name, cell)
        raise _refused(name, cell, "a date", _DATE_HINT)

    return read


def text_reader(name: str, empty: Callable[[], object]) -> Reader:
    """Return a reader of text; a number is read as its plain text, so that a code may be typed as a number.

    The arguments are those of :func:`number_reader`.
    """

    def read(cell: Cell) -> object:
        if isinstance(cell, str) and cell and cell not in ERRORS:
            return _sound(name, cell)
        if isinstance(cell, float | int | Decimal) and not isinstance(cell, bool):
            return plain(cell)
        if is_empty(cell):
            return empty()
        raise _refused(name, cell, "text")

    return read


def _sound(name: str, text: str) -> str:
    """Return a text that can be stored and printed: one without half a character, as emoji have two."""
    if not text.isascii() and _HALF_CHARACTER.search(text):
        raise InputError(f"{name}: {shown(text)} holds half a character.", hint="Type the text again.")
    return text


def flag_reader(name: str, empty: Callable[[], object]) -> Reader:
    """Return a reader of yes or no: a boolean, 1 or 0, or a word.

    The arguments are those of :func:`number_reader`.
    """

    def read(cell: Cell) -> object:
        word = cell.strip().casefold() if isinstance(cell, str) else cell
        if is_empty(word):
            return empty()
        if word in _YES:
            return True
        if word in _NO:
            return False
        raise _refused(name, cell, "yes or no", "Write TRUE or FALSE, yes or no, 1 or 0.")

    return read


def key_reader(name: str, empty: Callable[[], object]) -> Reader:
    """Return a reader of what rows are grouped by: text, numbers or dates, each as it is.

    The arguments are those of :func:`number_reader`.
    """
    number = number_reader(name, empty)

    def read(cell: Cell) -> object:
        if isinstance(cell, str) and cell not in ERRORS:
            return _sound(name, cell) or empty()
        if isinstance(cell, datetime):
            return cell.date()
        return cell if isinstance(cell, date) else number(cell)

    return read


def value_reader(name: str, empty: Callable[[], object]) -> Reader:
    """Return a reader of what is a number or a word; TRUE is 1 and FALSE 0.

    The arguments are those of :func:`number_reader`.
    """
    number = number_reader(name, empty)

    def read(cell: Cell) -> object:
        if isinstance(cell, bool):
            return Decimal(cell)
        return _sound(name, cell) if isinstance(cell, str) and cell and cell not in ERRORS else number(cell)

    return read


def sheet_reader(name: str) -> Callable[[Argument], object]:
    """Return a reader of a range as its rows, each cell as it came.

    Args:
        name: The parameter, for messages.
    """

    def read(argument: Argument) -> object:
        if not isinstance(argument, RANGE):
            return ((cast("Cell", argument),),)
        if argument and all(isinstance(row, RANGE) for row in argument):
            rows = cast("Sequence[Sequence[Cell]]", argument)
            if len(set(map(len, rows))) == 1:
                return rows
        found = Range.of(name, argument)
        return tuple(map(tuple, found.shaped(list(found.cells))))

    return read


_YES: Final = frozenset({True, "true", "yes", "y", "是"})
_NO: Final = frozenset({False, "false", "no", "n", "否"})
_DATE_HINT: Final = "Give a date cell or text such as 2026-01-31."


def _from_serial(name: str, serial: float | Decimal) -> date:
    if _SURE <= serial < _BEYOND:
        return date.fromordinal(_SINCE_MARCH + int(serial))
    if 1 <= serial < _NO_SUCH_DAY:
        return date.fromordinal(_BEFORE_MARCH + int(serial))
    if _NO_SUCH_DAY <= serial < _SURE:
        raise OutOfRangeError(f"{name}: serial 60 is 1900-02-29, a day that never was.", hint=_DATE_HINT)
    raise OutOfRangeError(
        f"{name}: {serial} is no date; serial numbers from 1 (1900-01-01) to {_LAST_SERIAL} (9999-12-31) are."
    )


def _from_text(name: str, text: str) -> date:
    stamp = _DATE_AND_TIME.fullmatch(text)
    day = stamp[1] if stamp else text
    try:
        # Python reads 20260131 and 2026-W05-6 as well; neither is what a person means by a date in a cell.
        if day[4:5] == day[7:8] == "-":
            return date.fromisoformat(day)
    except ValueError:
        pass
    raise InputError(f"{name}: {shown(text)} is no date.", hint=_DATE_HINT)


def _refused(name: str, cell: Cell, wanted: str, hint: str | None = None) -> Exception:
    if isinstance(cell, CellError):
        return ErrorFoundError(
            cell if cell.message else CellError(cell.code, f"{name}: the cell holds {cell.code}.")
        )
    if isinstance(cell, str) and cell in ERRORS:
        return ErrorFoundError(CellError(cell, f"{name}: the cell holds {cell}."))
    kinds = ((bool, "a boolean"), (str, "text"), (date, "a date"), (int | float | Decimal, "a number"))
    kind = next((word for kind, word in kinds if isinstance(cell, kind)), type(cell).__name__)
    return InputError(f"{name}: {shown(cell)} is {kind}, not {wanted}.", hint=hint)


@dataclass(frozen=True, slots=True)
class Range:
    """The cells of a range, read row by row.

    Attributes:
        cells: The cells.
        width: Cells a row; None where it came as a plain list, which is a column.
    """

    cells: Sequence[Cell]
    width: int | None

    @classmethod
    def of(cls, name: str, argument: Cells) -> Range:
        """Read a list of cells or of rows as a range.

        Raises:
            InputError: Rows of unequal length, rows among cells, or lists within rows.
        """
        kinds = {issubclass(kind, RANGE) for kind in set(map(type, argument))}
        if True not in kinds:
            return cls(cast("Sequence[Cell]", argument), None)
        if False in kinds:
            raise InputError(f"{name}: a range is a list of cells or a list of rows, not a mixture.")
        rows = cast("Sequence[Sequence[Cell]]", argument)
        widths = {len(row) for row in rows}
        if len(widths) > 1:
            raise InputError(f"{name}: the rows of a range have equally many cells, not {_listed(widths)}.")
        found = [cell for row in rows for cell in row]
        if any(issubclass(kind, RANGE) for kind in set(map(type, found))):
            raise InputError(f"{name}: a cell holds one value, not a list.")
        return cls(found, widths.pop())

    def shaped(self, answers: list[Cell]) -> list[list[Cell]]:
        """Return one answer for each cell as rows, like those of the range."""
        width = self.width or 1
        return [answers[start : start + width] for start in range(0, len(answers), width)]


def _listed(numbers: set[int]) -> str:
    return " and ".join(str(number) for number in sorted(numbers))


def list_reader(name: str, empty: Callable[[], object]) -> Callable[[Argument], object]:
    """Return a reader of lists of whole numbers: a range, a single cell, or text such as ``0,30,60,90``.

    The arguments are those of :func:`number_reader`; empty cells are passed over.
    """
    whole = whole_reader(name, lambda: None)

    def read(argument: Argument) -> object:
        given = Range.of(name, argument).cells if isinstance(argument, RANGE) else (cast("Cell", argument),)
        found = [cell for cell in given if not is_empty(cell)]
        if len(found) == 1 and isinstance(found[0], str) and _LIST_TEXT.fullmatch(found[0]):
            return tuple(int(part) for part in found[0].split(","))
        return tuple(whole(cell) for cell in found) or empty()

    return read


def series_reader(name: str) -> Callable[[Cells], object]:
    """Return a reader of two columns: dates, and the number in force from each; empty rows are passed over.

    Args:
        name: The parameter, for messages.
    """

    def missing() -> object:
        raise NoAnswerError(
            f"{name}: a row of its two columns is half empty; a date and a number are needed."
        )

    day, number = date_reader(name, missing), number_reader(name, missing)

    def read(argument: Cells) -> object:
        found = Range.of(name, argument)
        if found.width != 2:  # noqa: PLR2004 - the two that its name says
            raise InputError(f"{name}: a series is a range of two columns, dates and numbers.")
        rows = zip(found.cells[::2], found.cells[1::2], strict=True)
        return tuple(
            (day(since), number(value)) for since, value in rows if not (is_empty(since) and is_empty(value))
        )

    return read


def figures_reader(name: str) -> Callable[[Argument], object]:
    """Return a reader of two columns: names, and the number of each.

    A row that is wholly empty is passed over, and so is a name without a number: that figure is missing.

    Args:
        name: The parameter, for messages.
    """
    return _pairs_reader(name, number_reader(name, lambda: None), "names and numbers")


def inputs_reader(name: str) -> Callable[[Argument], object]:
    """Return a reader of two columns: names, and what each is; as :func:`figures_reader`, with text too.

    Args:
        name: The parameter, for messages.
    """
    number = number_reader(name, lambda: None)

    def read(cell: Cell) -> object:
        if isinstance(cell, bool):
            return shown(cell)  # a word: TRUE is an answer to a question, and never the number 1
        return _sound(name, cell) if isinstance(cell, str) and cell not in ERRORS else number(cell)

    return _pairs_reader(name, read, "names and what each is")


def _pairs_reader(name: str, second: Reader, what: str) -> Callable[[Argument], object]:
    text = text_reader(name, lambda: None)

    def read(argument: Argument) -> object:
        if not isinstance(argument, RANGE):
            if is_empty(cast("Cell", argument)):
                return ()
            if isinstance(argument, CellError) or argument in ERRORS:
                raise _refused(name, cast("Cell", argument), what)
        found = Range.of(name, argument) if isinstance(argument, RANGE) else None
        # Of a single cell some programs hand over the cell, some a range of it.
        if found is not None and (not found.cells or (len(found.cells) == 1 and is_empty(found.cells[0]))):
            return ()
        if found is None or found.width != 2:  # noqa: PLR2004 - the two that its name says
            raise InputError(f"{name}: a range of two columns is needed, {what}.")
        pairs = []
        for row, cell in enumerate(found.cells[::2], start=1):
            key, value = text(cell), second(found.cells[2 * row - 1])
            if key is None and value is not None:
                raise NoAnswerError(f"{name}, row {row}: {value} has no name before it.")
            if not is_empty(cast("Cell", value)):
                pairs.append((key, value))
        return tuple(pairs)

    return read


def grid_reader(name: str) -> Callable[[Argument], object]:
    """Return a reader of a range of numbers as rows; rows at the end that are wholly empty are passed over.

    An empty row before them is a gap: which month a row is follows from its place.

    Args:
        name: The parameter, for messages.
    """

    def missing() -> object:
        raise NoAnswerError(f"{name}: the cell is empty; a number is needed.")

    number = number_reader(name, missing)

    def read(argument: Argument) -> object:
        if not isinstance(argument, RANGE):
            cell = cast("Cell", argument)
            return () if is_empty(cell) else ((number(cell),),)
        found = Range.of(name, argument)
        cells = list(found.cells)
        while cells and is_empty(cells[-1]):
            cells.pop()
        width = found.width or 1
        cells += [None] * (-len(cells) % width)
        rows = []
        for place, row in enumerate(found.shaped(cells), start=1):
            try:
                rows.append(tuple(map(number, row)))
            except DuebookError as error:
                message = error.message.replace(f"{name}:", f"{name}, row {place}:", 1)
                raise type(error)(message, hint=error.hint) from None
        return tuple(rows)

    return read
