"""LibreOffice Calc with the built extension, in a profile of its own."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from duebook_addin.calc.build import build_extension
from duebook_addin.cells import CellError, to_serial
from duebook_addin.functions import FUNCTIONS
from nobody import as_nobody

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from calls import Answers, Call

_SYSTEM_PYTHON: Final = "/usr/bin/python3"


@dataclass(frozen=True)
class Calc:
    """LibreOffice in a profile of its own, with extensions in it.

    Attributes:
        folder: What it may read and write, and nobody else: for the files of its documents.
    """

    folder: Path

    def drive(self, program: str, orders: Mapping[str, object], *, seconds: float = 600) -> Any:  # noqa: ANN401 - as told
        """Run a program of this folder, in the Python that has UNO.

        Args:
            program: The program, which starts LibreOffice and ends it.
            orders: What it gets as JSON, together with the profile and a pipe to meet LibreOffice at.
            seconds: When to end it, and LibreOffice with it.

        Returns:
            What it tells, read from JSON.
        """
        place = {"profile": _profile(self.folder), "pipe": f"duebook{secrets.token_hex(8)}"}
        orders = {**place, "seconds": seconds, **orders}
        command = [_SYSTEM_PYTHON, str(Path(__file__).parent / program)]
        return json.loads(_run(self.folder, command, json.dumps(orders), seconds + 60))


@contextmanager
def installed(build: Callable[[Path], Sequence[Path]]) -> Iterator[Calc]:
    """Install extensions into a profile of their own, and take all away again.

    Args:
        build: Gets the folder of it all, writes what is needed there, and returns the extensions.
    """
    skip_where_packages_do_not_fit()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        extensions = [str(path) for path in build(folder)]
        _give_to_nobody(folder)
        _run(folder, ["unopkg", "add", f"-env:UserInstallation={_profile(folder)}", *extensions], "", 120)
        yield Calc(folder)


def duebook(config: Path) -> Callable[[Path], list[Path]]:
    """Return what builds Duebook's extension, with this environment's packages.

    Args:
        config: The configuration that the functions ask, in a folder with all it names.
    """

    def build(folder: Path) -> list[Path]:
        shutil.copytree(config.parent, folder / "books")
        packages = Path(sysconfig.get_path("purelib"))
        return [build_extension(folder, config=folder / "books" / config.name, site=[packages])]

    return build


@contextmanager
def calc(config: Path, size: Callable[[Call], tuple[int, int]]) -> Iterator[Answers]:
    """Install the extension, answer in cells, and take it away again.

    Args:
        config: The configuration that the functions ask, in a folder with all it names.
        size: Gives the rows and columns of an answer, because an array formula has to know them.
    """
    with installed(duebook(config)) as sheet:
        yield lambda calls: answers(sheet, calls, [size(call) for call in calls])


def skip_where_packages_do_not_fit() -> None:
    """Skip where this environment's packages are of another Python than LibreOffice's."""
    told = subprocess.run(  # noqa: S603 - the system's Python
        [_SYSTEM_PYTHON, "-c", "import sys; print(*sys.version_info[:2])"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    own = [str(part) for part in sys.version_info[:2]]
    if told != own:
        pytest.skip(f"LibreOffice has Python {'.'.join(told)}, the packages here are of {'.'.join(own)}")


def _profile(folder: Path) -> str:
    return (folder / "profile").as_uri()


def answers(sheet: Calc, calls: Sequence[Call], sizes: Sequence[tuple[int, int]]) -> list[object]:
    """Return what stands in the cells of calls."""
    found = sheet.drive("calcdrive.py", {"calls": typed(calls, sizes)})
    return [without_edge(answer, size) for answer, size in zip(found, sizes, strict=True)]


def typed(calls: Sequence[Call], sizes: Sequence[tuple[int, int]]) -> list[dict[str, object]]:
    """Return calls as ``calcdrive.py`` types them."""
    return [
        {"name": call.name, "arguments": _arguments(call), "rows": rows, "columns": columns}
        for call, (rows, columns) in zip(calls, sizes, strict=True)
    ]


def _arguments(call: Call) -> list[list[list[object]] | None]:
    parameters = FUNCTIONS.find(call.name).parameters
    return [
        None if argument is None and not parameter.required else _rows(argument)
        for parameter, argument in zip(parameters, call.arguments, strict=False)
    ]


def _rows(argument: object) -> list[list[object]]:
    rows = argument if isinstance(argument, list) else [argument]
    return [[_cell(cell) for cell in (row if isinstance(row, list) else [row])] for row in rows]


def _cell(cell: object) -> object:
    if isinstance(cell, date):
        return {"date": to_serial(cell)}
    return {"error": cell.code} if isinstance(cell, CellError) else cell


def without_edge(answer: list[list[object]], size: tuple[int, int]) -> object:
    """Return the cells of an answer's size where those beyond have none of it; an error is in them all."""
    rows, columns = size
    cells = [cell for row in answer for cell in row]
    beyond = [cell for row in answer for cell in row[columns:]] + [
        cell for row in answer[rows:] for cell in row
    ]
    if all(cell == {"error": "#N/A"} for cell in beyond):
        return [row[:columns] for row in answer[:rows]]
    return cells[0] if all(cell == cells[0] for cell in cells) else answer


def _give_to_nobody(folder: Path) -> None:
    if as_nobody():
        for path in [folder, *folder.rglob("*")]:
            shutil.chown(path, "nobody", "nogroup")


def _environment(folder: Path) -> dict[str, str]:
    """Return the environment without what would show LibreOffice's Python the way to packages."""
    kept = {name: value for name, value in os.environ.items() if name not in {"DUEBOOK_SITE", "PYTHONPATH"}}
    return kept | {"HOME": str(folder)}


def _run(folder: Path, command: list[str], stdin: str, seconds: float) -> str:
    done = subprocess.run(  # noqa: S603 - LibreOffice, and our own program
        [*as_nobody(), *command],
        cwd=folder,
        env=_environment(folder),
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=seconds,
    )
    assert done.returncode == 0, f"{command}: {done.stderr}"
    return done.stdout
