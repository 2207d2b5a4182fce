"""The same calls in every host: in Python, in Excel's cells, through the server, in LibreOffice's cells.

Hypothesis writes the calls (:mod:`calls`), all functions mixed. What is expected of a host is what Python
answers to the cells as the host hands them over, in what the host can show: :data:`UNAVOIDABLE` names where
that differs from what stands in the sheet, and why. Everything else that differs is a defect.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

import pytest

import calcsheet
import excelhost
from calls import Call, batch, books_to_ask, examples, normal, python, same
from duebook_addin.book import use_book, use_policy
from duebook_addin.cells import CellError, to_serial
from duebook_addin.functions import FUNCTIONS
from duebook_addin.registry import Kind, Shape
from duebook_cli.desk import ready
from officehost import OfficeHost
from serving import serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from calls import Answers, Normal
    from duebook_addin.cells import Argument, Cell
    from duebook_addin.registry import Parameter

SIZE = 8  # calls of each function in a batch
BATCHES = [1, 2]


@contextmanager
def excel(config: Path) -> Iterator[Answers]:
    """Answer through the add-in's VBA and xlwings' own path."""

    def cell(value: object) -> object:
        if isinstance(value, list | tuple):
            return [cell(one) for one in value]
        if isinstance(value, CellError):
            return {"error": value.code}
        return {"date": value.isoformat()} if isinstance(value, date) else value

    def argument(call: Call, place: int) -> object:
        optional = not FUNCTIONS.find(call.name).parameters[place].required
        value = call.arguments[place]
        return {"missing": True} if optional and value is None else cell(value)

    def back(value: object) -> object:
        if isinstance(value, list):
            return [back(one) for one in value]
        return date.fromisoformat(value["date"]) if isinstance(value, dict) and "date" in value else value

    def answers(calls: Sequence[Call]) -> Sequence[object]:
        sent = [
            (call.name, [argument(call, place) for place in range(len(call.arguments))]) for call in calls
        ]
        return [back(found) for found in excelhost.answers(sent, config=config)]

    yield answers


@contextmanager
def server(config: Path) -> Iterator[Answers]:
    """Answer through a running server."""
    with serving(prepare=partial(ready, config)) as served:
        yield served.answers


@contextmanager
def office(config: Path) -> Iterator[Answers]:
    """Answer through a running server and the script that it gives Excel, in Node."""
    with serving(prepare=partial(ready, config)) as served:
        yield OfficeHost(served).answers


@dataclass(frozen=True)
class Difference:
    """What a host does to a cell and no add-in can help.

    Attributes:
        reason: What it is, and who says so.
        sees: Gives a call as it reaches Python.
        shows: Gives an answer as it is shown, from the call and Python's answer in the normal form.
    """

    reason: str
    sees: Callable[[Call], Call] = lambda call: call
    shows: Callable[[Call, Normal], Normal] = lambda _, answer: answer


def of_cells(change: Callable[[Cell], Cell]) -> Callable[[Call], Call]:
    """Return what changes every cell of a call."""

    def changed(argument: Argument) -> Argument:
        return [changed(one) for one in argument] if isinstance(argument, list) else change(argument)

    return lambda call: Call(call.name, [changed(argument) for argument in call.arguments])


def of_errors(change: Callable[[str], str]) -> Callable[[Call, Normal], Normal]:
    """Return what changes the code of every error of an answer."""

    def changed(answer: Normal) -> Normal:
        if isinstance(answer, list):
            return [[changed(cell) for cell in row] for row in answer]
        return {"error": change(answer["error"])} if isinstance(answer, dict) else answer

    return lambda _, answer: changed(answer)


def serial(cell: Cell) -> Cell:
    """Return a date cell as its number."""
    return float(to_serial(cell)) if isinstance(cell, date) else cell


def number(cell: Cell) -> Cell:
    """Return a boolean as a number."""
    return float(cell) if isinstance(cell, bool) else cell


def cells_of(argument: Argument) -> list[Cell]:
    """Return the cells of an argument, row by row."""
    rows = argument if isinstance(argument, list) else [argument]
    return [cell for row in rows for cell in (row if isinstance(row, list) else [row])]


def zero(call: Call) -> Call:
    """Return a call with 0 for an empty cell that stands alone."""
    function = FUNCTIONS.find(call.name)

    def seen(parameter: Parameter, argument: Argument) -> Argument:
        cells = cells_of(argument)
        left_out = argument is None and not parameter.required
        if len(cells) > 1 or left_out or cells[0] not in {None, "", 0.0}:
            return argument
        return None if parameter.kind is Kind.TEXT or parameter.shape in {Shape.PAIRS, Shape.GRID} else 0.0

    parameters = zip(function.parameters, call.arguments, strict=False)
    return Call(call.name, [seen(parameter, argument) for parameter, argument in parameters])


def error_first(call: Call, answer: Normal) -> Normal:
    """Return the error of the last argument that has one, else the answer."""
    for argument in reversed(call.arguments):
        cells = cells_of(argument)
        for cell in cells:
            if isinstance(cell, CellError):
                return {"error": cell.code if len(cells) == 1 else "Err:504"}
    return answer


def in_calc(config: Path) -> AbstractContextManager[Answers]:
    """Answer in the cells of LibreOffice Calc."""

    def size(call: Call) -> tuple[int, int]:
        form = expected("calc", call)
        return (len(form), len(form[0])) if isinstance(form, list) else (1, 1)

    return calcsheet.calc(config, size)


GIVEN = {"#VALUE!", "#N/A", "#DIV/0!", "#NUM!", "#NULL!"}
ANSWERING: dict[str, Callable[[Path], AbstractContextManager[Answers]]] = {
    "excel": excel,
    "server": server,
    "office": office,
    "calc": in_calc,
}
UNAVOIDABLE = {
    "excel": [],
    "server": [],
    "office": [
        Difference("Office.js hands a date cell over as its number", sees=of_cells(serial)),
        Difference(
            "CustomFunctions.ErrorCode has no other errors to give",
            shows=of_errors(lambda code: code if code in GIVEN else "#VALUE!"),
        ),
    ],
    "calc": [
        Difference("Calc hands a date over as its number", sees=of_cells(serial)),
        Difference("Calc hands TRUE over as 1 and FALSE as 0", sees=of_cells(number)),
        Difference("Calc hands an empty cell that stands alone over as 0", sees=zero),
        Difference(
            "Calc calls nothing with an error: the last argument that has one answers, a range with Err:504",
            shows=error_first,
        ),
    ],
}
SERVICES = {"office": "node", "calc": "uno"}


def expected(host: str, call: Call) -> Normal:
    """Return what a host is to show for a call."""
    seen = call
    for difference in UNAVOIDABLE[host]:
        seen = difference.sees(seen)
    [answer] = python([seen])
    form = normal(answer)
    for difference in UNAVOIDABLE[host]:
        form = difference.shows(call, form)
    return form


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Write a small store, and let this process ask it too."""
    written = books_to_ask(tmp_path_factory.mktemp("books"))
    ready(written)
    yield written
    use_book(None)
    use_policy(None)


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(name, marks=[pytest.mark.service(SERVICES[name])] if name in SERVICES else [])
        for name in ANSWERING
    ],
)
def host(request: pytest.FixtureRequest, config: Path) -> Iterator[tuple[str, Answers]]:
    """Run each host once."""
    with ANSWERING[request.param](config) as answers:
        yield request.param, answers


def disagreements(host: tuple[str, Answers], calls: Sequence[Call]) -> list[tuple[Call, Normal, Normal]]:
    """Return the calls that a host answers otherwise than Python, with what is expected and what it gave."""
    name, answers = host
    found = [normal(answer) for answer in answers(calls)]
    answered = [(call, expected(name, call), given) for call, given in zip(calls, found, strict=True)]
    return [(call, wanted, given) for call, wanted, given in answered if not same(wanted, given)]


@pytest.mark.parametrize("number", BATCHES)
def test_random_calls_have_the_same_answers(host: tuple[str, Answers], number: int):
    calls = [call for function in FUNCTIONS for call in batch(function, SIZE, number)]

    assert disagreements(host, calls)[:5] == []


def test_examples_have_the_same_answers(host: tuple[str, Answers]):
    assert disagreements(host, examples()) == []
