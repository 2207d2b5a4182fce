"""Calls worksheet functions: with cells from any host, and with JSON from a shell.

In JSON the arguments are one array. A date is ISO text or a serial number, an empty cell ``null``, an
error cell its text (``"#N/A"``) or ``{"error": "#N/A"}``, a range an array of cells or of rows. The result
is a cell; an array of cells where it is one row, or a column made from an array of cells; else an array
of rows. Numbers are exact decimals both ways, dates come as ISO text, and an error as
``{"error": "#VALUE!", "message": "..."}`` in its place.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import zip_longest
from math import isfinite
from typing import TYPE_CHECKING, Final, NoReturn, TypeAlias, TypeVar, cast

from duebook.errors import DuebookError, InputError
from duebook_addin.cells import (
    ERRORS,
    RANGE,
    Argument,
    Cell,
    CellError,
    ErrorFoundError,
    Range,
    is_empty,
    plain,
)
from duebook_addin.functions import FUNCTIONS
from duebook_addin.registry import Function, Parameter, Row, Shape, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from duebook_addin.cells import Cells, Reader


@dataclass(frozen=True)
class Spill:
    """An answer of many cells.

    Attributes:
        rows: Rows of equal length.
        flat: Whether JSON writes it as one list: a column made from a list of cells, or one row.
    """

    rows: list[list[Cell]]
    flat: bool


Answer: TypeAlias = Cell | Spill

_T = TypeVar("_T")
_WIDE: Final = (float, Decimal)
_ERROR_KEYS: Final = {"error", "message"}
# Beyond what the binary numbers of cells reach, in powers of ten.
_FARTHEST_EXPONENT: Final = 330
# Every binary number has fewer digits than that, written out in full.
_LONGEST_NUMBER: Final = 1100
_JSON_HINT: Final = """Write one array, such as '[["2026-01-31", null], [100, 50], "2026-02-15"]'."""


def call(name: str, arguments: str) -> tuple[str, bool]:
    """Call a worksheet function by its name, with arguments and result in JSON.

    Args:
        name: The name, in any case, with or without ``DUE.`` or ``DUE_`` before it.
        arguments: The arguments, one JSON array.

    Returns:
        The result as JSON, and whether it is one: False for an error value. Errors within a column do
        not make it False.

    Raises:
        InputError: No function has the name, or the arguments are no JSON array of cells and ranges.
    """
    result = answer(FUNCTIONS.find(name), _read_json(arguments))
    return _json(result), not isinstance(result, CellError)


def answer(function: Function, arguments: Sequence[Argument]) -> Answer:
    """Call a worksheet function with what stands in cells.

    Args:
        function: The function.
        arguments: Its arguments, a range as a list of cells or of rows. An optional one that is empty,
            or left out at the end, takes its default.

    Returns:
        A cell, or the cells of a spill. Whatever a person can act upon is a :class:`CellError`, as the
        answer or in its place, and never raised. So is a number that no cell holds: ``#NUM!``.
    """
    try:
        if not function.required <= len(arguments) <= len(function.parameters):
            raise _miscounted(function, len(arguments))
        if not function.each:
            return _of_columns(function, arguments)
        for argument in arguments:
            if isinstance(argument, RANGE):
                return _for_each(function, arguments)
        cells = cast("Sequence[Cell]", arguments)
        values = [read(cell) for read, cell in zip(function.readers, cells, strict=False)]
        return _finite(function, cast("Cell", function.body(*values)))
    except ErrorFoundError as found:
        return found.error
    except DuebookError as error:
        return CellError.of(error)


def _miscounted(function: Function, given: int) -> InputError:
    missing = [item.name for item in function.parameters[given : function.required]]
    wrong = f"{' and '.join(missing)} missing" if missing else f"{given} arguments are too many"
    return InputError(f"{function.name}: {wrong}; write {function.usage}.")


def _finite(function: Function, cell: Cell) -> Cell:
    # A decimal of any size is finite, but no host has a cell for what its binary number cannot reach.
    if not isinstance(cell, _WIDE) or isfinite(cell):
        return cell
    return CellError(
        "#NUM!", f"{function.name}: the result is no finite number; a cell holds up to 1.8E+308."
    )


def _for_each(function: Function, arguments: Sequence[Argument]) -> Answer:
    """Call a function that is written for one cell, for every row of its columns."""
    columns: list[Sequence[object]] = []
    ranges: dict[str, Range] = {}
    for parameter, argument in zip(function.parameters, arguments, strict=False):
        if not isinstance(argument, RANGE):
            columns.append((_kept(parameter.read, cast("Cell", argument)),))
        elif parameter.read_whole and (parameter.shape is not Shape.SERIES or _has_two_columns(argument)):
            columns.append((parameter.read_whole(argument),))
        else:
            found = ranges[parameter.name] = Range.of(parameter.name, argument)
            columns.append(_all_kept(parameter.read, found.cells))
    length = _common_length(ranges)
    rows = zip(*(_stretched(values, length) for values in columns), strict=True)
    if any(CellError in map(type, values) for values in columns):
        return _like(ranges, [_first_error(row) or _answered(function, row) for row in rows])
    return _like(ranges, [_answered(function, row) for row in rows])


def _answered(function: Function, values: Iterable[object]) -> Cell:
    try:
        return _finite(function, cast("Cell", function.body(*values)))
    except DuebookError as error:
        return CellError.of(error)


def _first_error(values: Iterable[object]) -> CellError | None:
    return next((value for value in values if isinstance(value, CellError)), None)


def _has_two_columns(argument: Cells) -> bool:
    return all(isinstance(row, RANGE) and len(row) == 2 for row in argument)  # noqa: PLR2004


def _of_columns(function: Function, arguments: Sequence[Argument]) -> Answer:
    """Call a function that is written for whole columns."""
    given = list(zip_longest(function.parameters, arguments))
    groups: dict[str, _Group] = {}
    for parameter, argument in given:
        if parameter.shape is Shape.COLUMN:
            groups.setdefault(parameter.together, _Group()).add(parameter, argument)
    values: dict[str, object] = {}
    for group in groups.values():
        values |= group.read()
    for parameter, argument in given:
        if parameter.shape is not Shape.COLUMN:
            values[parameter.name] = _read_one(parameter, argument)
    result = function.body(*(values[parameter.name] for parameter in function.parameters))
    if isinstance(result, Table):
        return Spill([[_finite(function, cell) for cell in row] for row in result], flat=False)
    if isinstance(result, Row):
        return Spill([[_finite(function, cell) for cell in result]], flat=True)
    if isinstance(result, list):
        return _like(next(iter(groups.values())).ranges, [_finite(function, cell) for cell in result])
    return _finite(function, cast("Cell", result))


def _read_one(parameter: Parameter, argument: Argument) -> object:
    if isinstance(argument, RANGE):
        cells = Range.of(parameter.name, argument).cells
        # Of a single cell some programs hand over the cell, some a range of it.
        if parameter.read_whole and (parameter.shape is not Shape.SERIES or len(cells) != 1):
            return parameter.read_whole(argument)
        if len(cells) != 1:
            raise InputError(f"{parameter.name}: a range of {len(cells)} cells; one cell is allowed.")
        return parameter.read(cells[0])
    return parameter.read(cast("Cell", argument))


class _Group:
    """Columns that belong together."""

    def __init__(self) -> None:
        self.members: list[tuple[Parameter, Cell]] = []
        self.ranges: dict[str, Range] = {}

    def add(self, parameter: Parameter, argument: Argument) -> None:
        if isinstance(argument, RANGE):
            self.ranges[parameter.name] = Range.of(parameter.name, argument)
            self.members.append((parameter, None))
        else:
            self.members.append((parameter, cast("Cell", argument)))

    def read(self) -> dict[str, list[object]]:
        """Return the values of each column, all equally many."""
        length = _common_length(self.ranges)
        answers_in_place = any(parameter.keeps_errors for parameter, _ in self.members)
        rows = range(length) if answers_in_place else self._filled_rows(length)
        return {
            parameter.name: self._column(parameter, cell, rows, length) for parameter, cell in self.members
        }

    def _filled_rows(self, length: int) -> Sequence[int]:
        """Return the rows that are not wholly empty: people select more rows than they have filled.

        Where the place of a row carries meaning only those at the end are passed over.
        """
        columns = [found.cells for found in self.ranges.values() if len(found.cells) == length]
        if length == 1:  # a single cell counts, whether a program hands over the cell or a range of it
            columns += [(cell,) for parameter, cell in self.members if parameter.name not in self.ranges]
        if not all(None in cells or "" in cells for cells in columns):
            return range(length)
        filled = [row for row in range(length) if not all(is_empty(cells[row]) for cells in columns)]
        if filled and any(parameter.in_order for parameter, _ in self.members):
            return range(filled[-1] + 1)
        return filled

    def _column(self, parameter: Parameter, alone: Cell, rows: Sequence[int], length: int) -> list[object]:
        found = self.ranges.get(parameter.name)
        cells = _stretched(found.cells, length) if found else [alone] * length
        if parameter.keeps_errors:
            return _all_kept(parameter.read, cells)
        if found is None:
            return [parameter.read(alone)] * len(rows) if rows else []
        if len(rows) < length:
            cells = [cells[row] for row in rows]
        read, values = parameter.read, list[object]()
        try:
            for cell in cells:  # no comprehension: what has been read tells where reading failed
                values.append(read(cell))
        except DuebookError as error:
            place = _placed(parameter.name, rows[len(values)], error.message)
            raise type(error)(place, hint=error.hint) from None
        except ErrorFoundError as error:
            place = _placed(parameter.name, rows[len(values)], error.error.message)
            raise ErrorFoundError(CellError(error.error.code, place)) from None
        return values


def _all_kept(read: Reader, cells: Sequence[Cell]) -> list[object]:
    """Read every cell, one that cannot be read as its error."""
    try:
        return list(map(read, cells))
    except (ErrorFoundError, DuebookError):
        return [_kept(read, cell) for cell in cells]


def _kept(read: Reader, cell: Cell) -> object:
    try:
        return read(cell)
    except ErrorFoundError as found:
        return found.error
    except DuebookError as error:
        return CellError.of(error)


def _placed(name: str, row: int, message: str) -> str:
    return message.replace(f"{name}:", f"{name}, cell {row + 1}:", 1)


def _common_length(ranges: Mapping[str, Range]) -> int:
    """Return how many cells columns that belong together have; one cell stands for all."""
    lengths = {name: len(found.cells) for name, found in ranges.items() if len(found.cells) != 1}
    if len(set(lengths.values())) > 1:
        counted = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise InputError(f"{counted} cells; columns that belong together have equally many, or one for all.")
    return next(iter(lengths.values()), 1)


def _stretched(cells: Sequence[_T], length: int) -> Sequence[_T]:
    return cells if len(cells) == length else [cells[0]] * length


def _like(ranges: Mapping[str, Range], answers: list[Cell]) -> Answer:
    """Give the answers the shape of the first column that has a cell for each."""
    for found in ranges.values():
        if len(found.cells) == len(answers):
            return Spill(found.shaped(answers), flat=found.width is None)
    return answers[0]


def _read_json(text: str) -> list[Argument]:
    try:
        arguments = json.loads(
            text, parse_float=_number, parse_int=_whole, parse_constant=_no_number, object_hook=_error
        )
    except RecursionError:
        raise InputError("arguments: nested too deeply; a range is an array of rows.") from None
    except ValueError as error:
        raise InputError(f"arguments: not valid JSON: {error}.", hint=_JSON_HINT) from None
    if not isinstance(arguments, list):
        raise InputError("arguments: not a JSON array.", hint=_JSON_HINT)
    return arguments


def _number(text: str) -> Decimal | CellError:
    if len(text) > _LONGEST_NUMBER:
        return CellError("#NUM!", f"a number of {len(text)} characters is one that no cell holds.")
    exponent = int(text.lower().partition("e")[2] or "0")
    if abs(exponent) > _FARTHEST_EXPONENT:
        return CellError("#NUM!", f"{text} is a number that no cell holds.")
    return Decimal(text)


def _whole(text: str) -> int | CellError:
    if len(text) > _FARTHEST_EXPONENT:
        return CellError("#NUM!", f"a number of {len(text)} digits is one that no cell holds.")
    return int(text)


def _no_number(text: str) -> NoReturn:
    raise InputError(f"arguments: {text} is no number.", hint="Write null for an empty cell.")


def _error(found: dict[str, object]) -> CellError:
    code, message = found.get("error"), found.get("message", "")
    if isinstance(code, str) and code in ERRORS and isinstance(message, str) and found.keys() <= _ERROR_KEYS:
        return CellError(code, message)
    raise InputError(
        f"arguments: {json.dumps(found, default=_plainly)} is no cell.",
        hint='An error cell is {"error": "#N/A"}.',
    )


def _plainly(value: object) -> str:
    return value.code if isinstance(value, CellError) else str(value)


def _json(result: Answer) -> str:
    if not isinstance(result, Spill):
        return _cell_json(result)
    rows = [f"[{', '.join(map(_cell_json, row))}]" for row in result.rows]
    if not result.flat:
        return f"[{', '.join(rows)}]"
    return rows[0] if len(rows) == 1 else f"[{', '.join(_cell_json(row[0]) for row in result.rows)}]"


def _cell_json(cell: Cell) -> str:
    if isinstance(cell, CellError):
        return json.dumps({"error": cell.code, "message": cell.message}, ensure_ascii=False)
    if isinstance(cell, date):
        return json.dumps(cell.isoformat())
    if cell is None or isinstance(cell, str | bool):
        return json.dumps(cell, ensure_ascii=False)
    return plain(cell)
