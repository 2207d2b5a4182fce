"""A batch of calls as it travels: cells in JSON, read strictly, answered call by call.

Numbers, text, booleans and null, which is an empty cell, are what they are; a date is ``{"date":
"2026-01-31"}`` and an error ``{"error": "#N/A", "message": "..."}``. An argument is a cell, a list of cells,
which is a column, or a list of rows. An answer is a cell or a list of rows.

What is wrong with the form of a batch is wrong with all of it. A cell that cannot be read, such as an error
that a newer Excel has, a date that is no day or a text that is too long, is an error cell instead, so that it
costs only its own call an answer.
"""

from __future__ import annotations

import json
import logging
import time
from datetime import date
from typing import TYPE_CHECKING, Final, NoReturn, cast

from duebook.errors import InputError
from duebook_addin.call import Answer, Spill, answer
from duebook_addin.cells import ERRORS, CellError, shown
from duebook_addin.functions import FUNCTIONS

if TYPE_CHECKING:
    from decimal import Decimal

    from duebook_addin.cells import Argument, Cell
    from duebook_addin.server.limits import Limits

Call = tuple[str, list["Argument"]]

LONGEST_NAME: Final = 100
_FORM: Final = 'Write {"calls": [["AGING", [["2026-01-31", null], [100, 50], "2026-02-15"]]]}.'
_LOG: Final = logging.getLogger(__name__)


class RefusedError(Exception):
    """A request that the server does not answer.

    Attributes:
        status: The HTTP status that says why.
        detail: The same in a sentence.
    """

    def __init__(self, status: int, detail: str) -> None:
        """Keep status and sentence."""
        super().__init__(detail)
        self.status = status
        self.detail = detail


def read_batch(body: bytes, limits: Limits) -> list[Call]:
    """Read a batch.

    Raises:
        RefusedError: It is no JSON (400), not of the form (422), or too big (413).
    """
    try:
        # Cells hold binary numbers, so whole numbers are read as such too: Python's own have no end.
        batch = json.loads(
            body.decode(), parse_int=float, parse_constant=_no_number, object_hook=_read_object
        )
    except RecursionError:
        raise RefusedError(
            422, f"The batch is nested too deeply; a range is a list of rows. {_FORM}"
        ) from None
    except ValueError as error:  # so are wrong UTF-8 and wrong JSON
        raise RefusedError(400, f"The body is no JSON in UTF-8: {error}.") from None
    if not isinstance(batch, dict) or not isinstance(batch["calls"], list):
        raise _malformed('the body is no object with the one key "calls", a list')
    calls: list[object] = batch["calls"]
    if len(calls) > limits.calls:
        raise RefusedError(422, f"{len(calls):,} calls; a batch has at most {limits.calls:,}.")
    found = [_read_call(call, place, limits.text) for place, call in enumerate(calls)]
    cells = sum(_size(argument) for _, arguments in found for argument in arguments)
    if cells > limits.cells:
        raise RefusedError(413, f"{cells:,} cells; a batch has at most {limits.cells:,}. Select fewer rows.")
    return found


def answer_batch(body: bytes, limits: Limits) -> bytes:
    """Answer a batch, in JSON.

    Whatever goes wrong with one call is the answer of that call. Calls that the time or the room for answers
    does not suffice for are answered with ``#N/A``.

    Raises:
        RefusedError: It is no batch, or too big.
    """
    calls = read_batch(body, limits)
    end = time.monotonic() + limits.computing
    room = limits.cells
    results: list[object] = []
    for name, arguments in calls:
        if time.monotonic() > end:
            result: Answer = CellError(
                "#N/A", f"{name}: too slow; {limits.computing:g} seconds did not suffice for the batch."
            )
        else:
            result = _answer(name, arguments)
        cells = len(result.rows) * len(result.rows[0]) if isinstance(result, Spill) and result.rows else 1
        if cells > room:
            result, cells = CellError("#N/A", f"{name}: the answers of one batch are too many cells."), 1
        room -= cells
        results.append(result.rows if isinstance(result, Spill) else result)
    return json.dumps({"results": results}, default=_plain, allow_nan=False, separators=(",", ":")).encode()


def _answer(name: str, arguments: list[Argument]) -> Answer:
    try:
        return answer(FUNCTIONS.find(name), arguments)
    except InputError as error:
        return CellError("#NAME?", str(error))
    except Exception:  # noqa: BLE001 - a defect of one function is not to cost the others their answers
        _LOG.exception("%s failed", name)
        return CellError("#N/A", f"{name}: the calculation failed; the server's log says why.")


def _plain(cell: object) -> object:
    if isinstance(cell, CellError):
        return {"error": cell.code, "message": cell.message}
    if isinstance(cell, date):
        return {"date": cell.isoformat()[:10]}
    number = cast("Decimal", cell)
    return int(number) if number == number.to_integral_value() else float(number)


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")


def _read_object(found: dict[str, object]) -> object:
    keys = found.keys()
    if keys == {"calls"}:
        return found
    code, message = found.get("error"), found.get("message", "")
    if isinstance(code, str) and isinstance(message, str) and keys <= {"error", "message"}:
        if code in ERRORS:
            return CellError(code, message)
        return CellError(
            "#VALUE!", f"A cell holds the error {shown(code)}, which is none that is known here."
        )
    if keys == {"date"} and isinstance(found["date"], str):
        return _read_date(found["date"])
    what = f"with the keys {', '.join(map(repr, keys))}" if keys else "without keys"
    raise _malformed(f'an object {what} is no cell; write {{"date": "2026-01-31"}} or {{"error": "#N/A"}}')


def _read_date(text: str) -> date | CellError:
    try:
        # Python reads 20260131 and 2026-W05-6 as well.
        if text[4:5] == text[7:8] == "-":
            return date.fromisoformat(text)
    except ValueError:
        pass
    return CellError("#VALUE!", f"The date {shown(text)} is no day; write it as 2026-01-31.")


def _read_call(call: object, place: int, longest: int) -> Call:
    match call:
        case [str(name), list(arguments)] if len(name) <= LONGEST_NAME:
            return name, [_read_argument(argument, place, longest) for argument in arguments]
    raise _malformed("a call is a list of two: the function's name and the list of its arguments", place)


def _read_argument(argument: object, place: int, longest: int) -> Argument:
    if not isinstance(argument, list):
        return _read_cells([argument], place, longest)[0]
    if argument and all(isinstance(row, list) for row in argument):
        return [_read_cells(row, place, longest) for row in argument]
    return _read_cells(argument, place, longest)


def _read_cells(cells: list[object], place: int, longest: int) -> list[Cell]:
    kinds = set(map(type, cells))
    if list in kinds:
        raise _malformed("a range is a list of cells or a list of rows, and nothing deeper", place)
    if dict in kinds:
        raise _malformed('an object with the key "calls" is no cell', place)
    found = cast("list[Cell]", cells)
    if str in kinds and any(isinstance(cell, str) and len(cell) > longest for cell in found):
        too_long = CellError("#VALUE!", f"A cell's text has more than {longest:,} characters.")
        return [too_long if isinstance(cell, str) and len(cell) > longest else cell for cell in found]
    return found


def _size(argument: Argument) -> int:
    if not isinstance(argument, list):
        return 1
    return sum(len(row) if isinstance(row, list) else 1 for row in argument)


def _malformed(what: str, place: int | None = None) -> RefusedError:
    where = "" if place is None else f"Call {place + 1}: "
    return RefusedError(422, f"{where}{what[0].upper() if not where else what[0]}{what[1:]}. {_FORM}")
