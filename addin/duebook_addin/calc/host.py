"""What LibreOffice's own Python runs: Calc's arguments to cells, answers to what Calc shows.

Calc hands over None for an argument that is left out, ``""`` for an empty cell of a range, and 0.0 for an
empty cell that stands alone; dates and booleans as numbers; ranges as tuples of tuples. It calls nothing
where an argument holds an error: the error, or Err:504 for a range, is its own answer. Every answer goes back
as rows, because that is the one type that Calc takes a table in.
"""

from __future__ import annotations

import struct
from datetime import date
from typing import TYPE_CHECKING, Final, TypeAlias

from duebook.errors import DuebookError
from duebook_addin.call import Spill, answer
from duebook_addin.cells import CellError, to_serial
from duebook_addin.functions import FUNCTIONS
from duebook_addin.registry import Kind, Shape

if TYPE_CHECKING:
    from collections.abc import Callable

    from duebook_addin.cells import Argument, Cell
    from duebook_addin.registry import Function, Parameter

UnoCell: TypeAlias = str | float | None
UnoRows: TypeAlias = tuple[tuple[UnoCell, ...], ...]

# Calc's own numbers of its errors. What it has no error for shows as #VALUE!.
CODES: Final = {
    "#NUM!": 503,
    "#VALUE!": 519,
    "#NULL!": 521,
    "#REF!": 524,
    "#NAME?": 525,
    "#DIV/0!": 532,
    "#N/A": 32767,
}
NO_PACKAGE: Final = "LibreOffice's Python lacks a package"
_USUAL: Final = (float, int)  # and no bool, which is an int too
# As it comes to a parameter that takes a cell, and to one that takes a range.
_ZERO: Final = (0.0, ((0.0,),))


def methods() -> dict[str, Callable[..., UnoRows]]:
    """Return what Calc calls for each function, by the function's name in lower case."""
    return {function.name.lower(): _method(function) for function in FUNCTIONS}


def _method(function: Function) -> Callable[..., UnoRows]:
    # Where 0 is nothing that can be meant, it is the empty cell that Calc makes 0 of.
    no_zero = [at for at, parameter in enumerate(function.parameters) if _knows_no_zero(parameter)]

    def call(*arguments: Argument) -> UnoRows:
        for at in no_zero:
            if arguments[at] in _ZERO:
                arguments = (*arguments[:at], None, *arguments[at + 1 :])
        try:
            result = answer(function, arguments)
        except ImportError as error:  # of what only this function needs
            return ((_words(function, error),),)
        if type(result) in _USUAL:  # first and fast
            return ((float(result),),)  # type: ignore[arg-type]
        if isinstance(result, Spill):
            return tuple(tuple(map(_uno, row)) for row in result.rows)
        return ((_uno(result),),)

    return call


def _knows_no_zero(parameter: Parameter) -> bool:
    return parameter.kind is Kind.TEXT or parameter.shape in {Shape.PAIRS, Shape.GRID}


def _words(function: Function, error: ImportError) -> str:
    told = f"{function.name}: {NO_PACKAGE} ({error})"
    return f"{told}; run: duebook addin install calc / 缺少此包, 请运行此命令"


def _uno(cell: Cell) -> UnoCell:
    """Return a cell as Calc takes it; its null is an empty cell."""
    if type(cell) is float or isinstance(cell, str) or cell is None:
        return cell
    if isinstance(cell, date):
        try:
            return float(to_serial(cell))
        except DuebookError as error:
            return _error(CellError.of(error))
    if isinstance(cell, CellError):
        return _error(cell)
    # Calc tells TRUE from 1; of its integers it takes only small ones.
    return cell if isinstance(cell, bool) else float(cell)


def _error(error: CellError) -> float:
    """Return an error as Calc carries it: not a number, with its code in the lowest bits."""
    return _ERRORS.get(error.code, _ERRORS["#VALUE!"])


_ERRORS: Final = {
    text: float(struct.unpack("<d", struct.pack("<Q", 0x7FF8_0000_0000_0000 | code))[0])
    for text, code in CODES.items()
}
