"""Excel on Windows, as far as it runs here: the built add-in's VBA, xlwings' own path, and the functions.

An interpreter of VBA (pyOpenVBA's) runs the add-in's own modules; they call xlwings' ``CallUDF`` over what
:mod:`windows` puts in the place of Windows. What the interpreter lacks is replaced: xlwings' library that
starts Python, events, module names before a dot, the attributes of the object browser, the code page of
Windows, and of Excel's own objects the calling cell, the status bar, the date system, the language and the
function wizard. Excel's calculation, COM between the two processes and the library itself have no part in it.

As a program it answers the calls on its standard input, since what :mod:`windows` puts in place stays in its
process.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyopenvba.apps.excel import ExcelApplication
from pyopenvba.interpreter import EMPTY, MISSING, VBAArray, VBADate, VBAErrorValue, VBAInt, VBAObject, method

import windows
from duebook_addin.excel.build import build_addin, vba_modules
from duebook_addin.excel.wire import ERROR_NUMBERS
from duebook_addin.functions import FUNCTIONS
from duebook_cli.desk import ready

if TYPE_CHECKING:
    from collections.abc import Callable

PROGRAM = r"C:\Duebook\.venv\Scripts\python.exe"
ENGLISH, CHINESE = 1033, 2052
_ERRORS = {number: text for text, number in ERROR_NUMBERS.items()}
_NEWER_ERROR = 2051  # one of those that Excel has and does not document
_STARTED, _ENDED = "Duebook.Started.", "Duebook.Ended."
_LIBRARY = f"""\
Private Function ActivateServer(ByRef result As Variant, ByVal command As String, ByVal mode As Long) As Long
    If mode = 1 Then Set result = CreateObject("{_STARTED}" & command)
    If mode = -1 Then ActivateServer = Len(CreateObject("{_ENDED}" & command).Name)
End Function
Private Function LoadLibrary(ByVal path As String) As Long
    LoadLibrary = Len(CreateObject("{_STARTED}" & path).Name)
End Function
"""


def answers(calls: list[tuple[str, list[Any]]], *, config: Path | None = None) -> list[Any]:
    """Return what Excel's cells would show for calls of worksheet functions.

    Args:
        calls: Function names without the namespace, and arguments: a number, text, a boolean, None for an
            empty cell, ``{"error": "#N/A"}``, ``{"date": "2026-01-31"}``, ``{"missing": True}`` for an
            argument that is left out, or a range as a list of rows; a list of such cells is a column.
        config: The configuration that the functions ask.

    Returns:
        For each call a number, text, boolean, ``{"error": code}`` or ``{"date": iso}``, or rows of these.
        What is empty is empty text, as a formula's result is.
    """
    orders = {"calls": calls, "config": str(config) if config else None}
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, __file__],
        input=json.dumps(orders),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    found: list[Any] = json.loads(done.stdout)
    return found


class Python(VBAObject):
    """The object that the add-in's VBA gets from xlwings' library, without COM between."""

    def __init__(self, call_udf: Callable[..., object]) -> None:
        """Take what answers: xlwings' own ``CallUDF``, or a test's."""
        self._call_udf = call_udf
        self.calls: list[tuple[str, tuple[object, ...]]] = []
        self.told: list[object] = []

    @method
    def CallUDF(self, script: str, name: str, arguments: VBAArray) -> object:  # noqa: N802 - xlwings' names
        """Call a worksheet function."""
        given = tuple(map(to_com, arguments.items))
        self.calls.append((name, given))
        return from_com(self._call_udf(script, name, given))

    @method
    def Module(self, name: str) -> object:  # noqa: N802
        """Name a module."""
        return name

    @method
    def Tuple(self, value: object = MISSING) -> object:  # noqa: N802
        """Make a tuple of at most one thing."""
        return _Made(None if value is MISSING else value)

    @method
    def Call(self, module: str, name: str, arguments: object) -> object:  # noqa: N802
        """Keep what the desk is told; a path stays its text."""
        assert isinstance(arguments, _Made)
        if (module, name) == ("pathlib", "Path"):
            return arguments.value
        assert (module, name) == ("duebook_cli.desk", "ready")
        self.told.append(arguments.value)
        return EMPTY


class _Made(VBAObject):
    """An object that Python made for VBA."""

    def __init__(self, value: object) -> None:
        self.value = value


class _Loaded(VBAObject):
    """A library that LoadLibrary found, or not."""

    def __init__(self, *, found: bool) -> None:
        self._name = "found" if found else ""

    @method
    def Name(self) -> object:  # noqa: N802 - VBA's
        return self._name


class _Languages(VBAObject):
    """Excel's languages, all of them one."""

    def __init__(self, language: int) -> None:
        self._language = language

    @method
    def LanguageID(self, _which: object) -> object:  # noqa: N802 - Excel's
        return VBAInt(self._language)


def to_com(value: object) -> object:
    """Return a VBA value as COM hands it to Python."""
    if isinstance(value, VBAArray):
        cells = [to_com(item) for item in value.items]
        return tuple(map(tuple, _rows(cells, value))) if value.dimensions > 1 else tuple(cells)
    if isinstance(value, VBAErrorValue):
        return windows.error_code(value.number)
    if isinstance(value, VBADate):
        return value.to_datetime().replace(tzinfo=UTC)
    if value is EMPTY or value is MISSING:
        return None if value is EMPTY else windows.MISSING
    return int(value) if isinstance(value, VBAInt) else value


def from_com(value: object) -> object:
    """Return a Python value as COM hands it to VBA."""
    if isinstance(value, list):
        if isinstance(value[0], list):
            return _array([[from_com(cell) for cell in row] for row in value], first=0)
        return VBAArray([(0, len(value) - 1)], items=[from_com(cell) for cell in value])
    if isinstance(value, datetime):
        assert value.tzinfo is UTC, "pywin32 would move a time without a zone, or with another"
        return VBADate.from_datetime(value.replace(tzinfo=None))
    assert type(value) in {float, str, bool}, f"{value!r}: what COM makes of it is not certain"
    return value


def to_vba(argument: Any) -> object:  # noqa: ANN401 - JSON
    """Return an argument of :func:`answers` as Excel hands it to a function."""
    if isinstance(argument, list):
        rows = argument if argument and isinstance(argument[0], list) else [[cell] for cell in argument]
        cells = [[to_vba(cell) for cell in row] for row in rows]
        return cells[0][0] if len(cells) == len(cells[0]) == 1 else _array(cells, first=1)
    if isinstance(argument, dict):
        if "error" in argument:
            return VBAErrorValue(ERROR_NUMBERS.get(argument["error"], _NEWER_ERROR))
        day = argument.get("date")
        return VBADate.from_datetime(date.fromisoformat(day)) if day else MISSING
    if argument is None:
        return EMPTY
    return argument if isinstance(argument, bool | str) else float(argument)


def from_vba(value: object) -> Any:  # noqa: ANN401 - JSON
    """Return what a function gave Excel, in the form of :func:`answers`."""
    if isinstance(value, VBAArray):
        cells = [from_vba(item) for item in value.items]
        return _rows(cells, value) if value.dimensions > 1 else [cells]
    if isinstance(value, VBAErrorValue):
        return {"error": _ERRORS[value.number]}
    if isinstance(value, VBADate):
        moment = value.to_datetime()
        assert moment.time() == time()
        return {"date": moment.date().isoformat()}
    assert isinstance(value, float | str | bool), value
    return value


def _rows(cells: list[Any], array: VBAArray) -> list[list[Any]]:
    height = array.bounds[0][1] - array.bounds[0][0] + 1
    return [cells[row::height] for row in range(height)]  # VBA keeps the cells of a column together


def _array(rows: list[list[object]], *, first: int) -> VBAArray:
    bounds = [(first, first + len(rows) - 1), (first, first + len(rows[0]) - 1)]
    return VBAArray(bounds, items=[cell for column in zip(*rows, strict=True) for cell in column])


class Desk:
    """Excel with the add-in loaded.

    Attributes:
        excel: The application.
        settings: The add-in's own sheet.
        sheet: The first sheet of a workbook beside the add-in.
        commands: The commands that Python was started with.
        ended: Those of them that were ended.
        asked: The places where xlwings' library was looked for.
        libraries: Where it is; None for everywhere.
        described: What the function wizard was told, by function.
        said: What the status bar showed.
        caller: The calling cell.
        language: Excel's language.
        date1904: Whether the workbooks count their days from 1904.
        folder: Where the add-in says that it lies.
    """

    def __init__(self, addin: Path, python: VBAObject) -> None:
        """Open the add-in's file, and load its VBA.

        Args:
            addin: The file.
            python: What xlwings' library gives when it is asked to start Python.
        """
        self.commands: list[str] = []
        self.ended: list[str] = []
        self.asked: list[str] = []
        self.libraries: set[str] | None = None
        self.described: dict[str, dict[str, Any]] = {}
        self.said: list[object] = []
        self.caller: object = "code"
        self.language = ENGLISH
        self.date1904 = False
        self.folder = str(addin.parent)
        self.excel = ExcelApplication.open(addin, with_vba=False)
        self._replace(python)
        for name, source in vba_modules().items():
            kind = "document" if name == "ThisWorkbook" else "standard"
            self.excel.add_module(_runnable(source), name=name, kind=kind)
        self.settings = self.excel.sheet(1)
        book = self.excel.add_workbook()
        self._answer(book, {"date1904": lambda _: self.date1904})
        self.sheet = self.excel.sheet(1, workbook=book)

    def run(self, name: str, *arguments: object) -> Any:  # noqa: ANN401 - whatever VBA gives
        """Call a procedure of the add-in."""
        return self.excel.interpreter.run(name, list(arguments))

    def cells(self, address: str) -> object:
        """Return a range of the sheet."""
        return self.sheet.sheet.vba_get("Range", [address])

    def _replace(self, python: VBAObject) -> None:
        application, create = self.excel.application, self.excel.interpreter.host.create
        change = application.vba_set

        def described(named: dict[str, Any]) -> object:
            self.described[named["Macro"]] = named
            return EMPTY

        def changed(name: str, value: object, *others: Any, **named: Any) -> None:  # noqa: ANN401
            if name.lower() == "statusbar":
                self.said.append(value)
            else:
                change(name, value, *others, **named)

        def created(name: str) -> object:
            if name.startswith(_ENDED):
                self.ended.append(name.removeprefix(_ENDED))
                return _Loaded(found=False)
            if not name.startswith(_STARTED):
                return create(name)
            asked = name.removeprefix(_STARTED)
            if asked.endswith(".dll"):
                self.asked.append(asked)
                return _Loaded(found=self.libraries is None or asked in self.libraries)
            self.commands.append(asked)
            return python

        wanted = {
            "caller": lambda _: self.caller,
            "macrooptions": described,
            "languagesettings": lambda _: _Languages(self.language),
            "calculatefull": lambda _: EMPTY,
        }
        self._answer(application, wanted)
        self._answer(self.excel.workbook, {"path": lambda _: self.folder})
        application.vba_set = changed
        self.excel.interpreter.host.create = created

    def _answer(self, owner: Any, members: dict[str, Callable[[Any], object]]) -> None:  # noqa: ANN401
        get = owner.vba_get

        def found(name: str, arguments: Any = (), named: Any = None) -> object:  # noqa: ANN401
            own = members.get(name.lower())
            return own(named or {}) if own else get(name, arguments, named or {})

        owner.vba_get = found


def _runnable(source: str) -> str:
    """Return VBA without what the interpreter lacks; see the module."""
    source, libraries = re.subn(r"(?ms)^#If Win64 Then.*?^#End If\n.*?LongPtr\) As LongPtr\n", "", source)
    source = re.sub(r"(?m)^Attribute (?!VB_Name).*\n", "", source)
    source = re.sub(r"\bDuebook(Call|Server|Help)\.", "", source).replace("WithEvents ", "")
    source = source.replace("StrPtr(", "(")
    source = source.replace("StrConv(StrConv(path, vbFromUnicode), vbUnicode)", "path")
    if not libraries:
        return source
    return source.replace("Option Private Module\n", '\nPrivate Const LIBRARY = "xlwings.dll"\n') + _LIBRARY


def main() -> None:
    """Answer the calls on standard input."""
    orders = json.load(sys.stdin)
    python = Python(windows.call_udf())
    ready(Path(orders["config"]) if orders["config"] else None)
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(build_addin(Path(folder), python=PROGRAM, config=None), python)
        found = []
        for name, arguments in orders["calls"]:
            left_out = [MISSING] * (len(FUNCTIONS.find(name).parameters) - len(arguments))
            found.append(from_vba(desk.run(f"DUE_{name}", *map(to_vba, arguments), *left_out)))
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
