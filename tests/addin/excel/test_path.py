"""Every function through the add-in's VBA and xlwings' own path, with every kind of argument."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import excelhost
from duebook_addin.call import Spill, answer
from duebook_addin.cells import CellError, to_serial
from duebook_addin.functions import FUNCTIONS

LEFT_OUT = {"missing": True}  # Excel takes no formula without a required argument
KINDS: dict[str, Any] = {
    "number": 46000.25,
    "text": "Müller 账",
    "true": True,
    "empty": None,
    "error": {"error": "#REF!"},
    "date": {"date": "2026-01-31"},
    "column": [1, None, {"error": "#N/A"}],
    "rows": [[{"date": "2026-01-31"}, 2.5], ["", "x"]],
}


def test_every_function_answers_every_kind_of_argument_as_python_does() -> None:
    calls = []
    for function in FUNCTIONS:
        for example in function.examples:
            calls.append((function.name, list(example.arguments)))
            for place, parameter in enumerate(function.parameters[: len(example.arguments)]):
                for kind in KINDS.values() if parameter.required else [*KINDS.values(), LEFT_OUT]:
                    arguments = list(example.arguments)
                    arguments[place] = kind
                    calls.append((function.name, arguments))
    for call, found in zip(calls, excelhost.answers(calls), strict=True):
        assert (call, found) == (call, expected(*call))


def expected(name: str, arguments: list[Any]) -> Any:  # noqa: ANN401 - JSON
    found = answer(FUNCTIONS.find(name), [cell(argument) for argument in arguments])
    if not isinstance(found, Spill):
        return shown(found)
    return [[shown(one) for one in row] for row in found.rows]


def cell(argument: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(argument, list):
        rows = argument if isinstance(argument[0], list) else [[one] for one in argument]
        cells = [[cell(one) for one in row] for row in rows]
        return cells[0][0] if len(cells) == len(cells[0]) == 1 else cells
    if isinstance(argument, dict):
        day = argument.get("date")
        return date.fromisoformat(day) if day else argument.get("error")
    return argument


def shown(found: Any) -> Any:  # noqa: ANN401 - a cell
    if isinstance(found, CellError):
        return {"error": found.code}
    if isinstance(found, date):
        # Before March 1900 COM and Excel number the days apart; there a date goes as Excel's number.
        return {"date": found.isoformat()} if found >= date(1900, 3, 1) else float(to_serial(found))
    if isinstance(found, int | Decimal) and not isinstance(found, bool):
        return float(found)
    return "" if found is None else found
