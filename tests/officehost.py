"""Excel's side of the Office.js add-in: the script of a running server in Node, Excel being a stand-in."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from duebook_addin.cells import CellError, to_serial
from duebook_addin.functions import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calls import Call
    from serving import Serving

HOST: Final = Path(__file__).parent / "addin" / "officejs" / "host.js"


@dataclass(frozen=True)
class OfficeHost:
    """Excel with the add-in of a server."""

    server: Serving

    def run(self, *steps: tuple[str, object]) -> list[Any]:
        """Take steps one after another, as ``host.js`` names them, and return what came of each."""
        trusted = {"NODE_EXTRA_CA_CERTS": str(self.server.certificate)} if self.server.certificate else {}
        done = subprocess.run(  # noqa: S603 - Node and a script of ours
            ["node", str(HOST)],  # noqa: S607 - wherever it is installed
            input=json.dumps({"url": self.server.url, "steps": steps}),
            env=os.environ | trusted,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        found: list[Any] = json.loads(done.stdout)
        return found

    def answers(self, calls: Sequence[Call]) -> list[object]:
        """Type calls into cells, all at once, and return what the cells show; a whole error is an error."""
        typed = [[call.name, arguments_of(call)] for call in calls]
        _, found = self.run(("signIn", self.server.token), ("calls", typed))
        return [each["rejected"] if isinstance(each, dict) and "rejected" in each else each for each in found]


def as_excel_has_it(call: Call) -> Call:
    """Return a call with dates as serial numbers: to an Office.js add-in a date cell is a number."""

    def serial(argument: Any) -> Any:  # noqa: ANN401 - cells and ranges of them
        if isinstance(argument, list | tuple):
            return [serial(each) for each in argument]
        return float(to_serial(argument)) if isinstance(argument, date) else argument

    return call._replace(arguments=[serial(argument) for argument in call.arguments])


def arguments_of(call: Call) -> list[object]:
    """Return the arguments as Excel hands them over: ranges as rows, a missing argument as null."""
    parameters = FUNCTIONS.find(call.name).parameters
    found: list[object] = []
    for place in range(len(parameters)):
        argument = call.arguments[place] if place < len(call.arguments) else None
        missing = argument is None and not parameters[place].required
        found.append(None if missing else _rows(argument))
    return found


def _rows(argument: object) -> list[list[object]]:
    if not isinstance(argument, list | tuple):
        return [[_cell(argument)]]
    return [
        [_cell(cell) for cell in row] if isinstance(row, list | tuple) else [_cell(row)] for row in argument
    ]


def _cell(cell: object) -> object:
    if isinstance(cell, CellError):
        return {"error": cell.code}
    return to_serial(cell) if isinstance(cell, date) else cell
