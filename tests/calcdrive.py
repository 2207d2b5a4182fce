"""Drives LibreOffice Calc: types calls into a sheet's cells, recalculates, and reads what stands there.

It runs in the system's Python, the one that has UNO; :mod:`calcsheet` starts it. Orders come as JSON on
standard input, answers go as JSON to standard output.
"""
# ruff: noqa: ANN401 - UNO's objects have no types

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator  # noqa: TC003 - nothing to save
from contextlib import contextmanager
from typing import Any

import uno

ERRORS = {
    503: "#NUM!",
    519: "#VALUE!",
    521: "#NULL!",
    524: "#REF!",
    525: "#NAME?",
    532: "#DIV/0!",
    32767: "#N/A",
}
TEXT = 2  # com.sun.star.sheet.FormulaResult
NEW = "private:factory/scalc"


def main() -> None:
    """Start LibreOffice, answer, and end it."""
    orders = json.load(sys.stdin)
    with running(orders) as desktop:
        document = opened(desktop, NEW)
        found = answers(document, orders["calls"])
        document.close(True)  # noqa: FBT003 - its interface
    json.dump(found, sys.stdout)


@contextmanager
def running(orders: dict[str, Any]) -> Iterator[Any]:
    """Start LibreOffice, give its desktop, and end it; at the latest when its time is over."""
    options = ["--headless", "--norestore", "--nologo", f"--accept=pipe,name={orders['pipe']};urp;"]
    office = subprocess.Popen(  # noqa: S603 - LibreOffice
        ["soffice", f"-env:UserInstallation={orders['profile']}", *options],  # noqa: S607 - wherever it is
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    # soffice is a program that starts others, so the group of it ends. A call in LibreOffice that hangs
    # lets no signal through, but another thread.
    watchdog = threading.Timer(orders["seconds"], os.killpg, (office.pid, signal.SIGKILL))
    watchdog.start()
    try:
        desktop = connected(orders["pipe"])
        yield desktop
        terminate(desktop)
        office.wait(60)
    except uno.getClass("com.sun.star.uno.Exception") as error:
        # It takes no traceback, which contextlib would give it.
        raise RuntimeError(f"LibreOffice: {error}") from None
    finally:
        watchdog.cancel()
        if office.poll() is None:
            os.killpg(office.pid, signal.SIGKILL)


def opened(desktop: Any, url: str) -> Any:
    """Return a document that no window shows."""
    return desktop.loadComponentFromURL(url, "_blank", 0, (named("Hidden", True),))  # noqa: FBT003 - its interface


def named(name: str, value: Any) -> Any:
    """Return a named value, as UNO takes options."""
    pair = uno.createUnoStruct("com.sun.star.beans.PropertyValue")
    pair.Name, pair.Value = name, value
    return pair


def connected(pipe: str) -> Any:
    """Return LibreOffice's desktop, as soon as it listens."""
    for _ in range(600):
        try:
            return create(pipe, "com.sun.star.frame.Desktop")
        except uno.getClass("com.sun.star.connection.NoConnectException"):
            time.sleep(0.1)
    raise TimeoutError("LibreOffice does not listen.")


def create(pipe: str, service: str) -> Any:
    """Return a service of LibreOffice by its name."""
    here = uno.getComponentContext()
    resolver = here.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", here)
    there = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
    return there.ServiceManager.createInstanceWithContext(service, there)


def terminate(desktop: Any) -> None:
    """End LibreOffice, which may hang up before it has answered."""
    try:
        desktop.terminate()
    except uno.getClass("com.sun.star.lang.DisposedException"):
        pass


def answers(document: Any, calls: list[dict[str, Any]]) -> list[Any]:
    """Type every call, its arguments beside one another, its answer on another sheet; read all answers."""
    sheets = document.Sheets
    sheets.insertNewByName("arguments", 0)
    sheets.insertNewByName("answers", 1)
    arguments, shown = sheets.getByIndex(0), sheets.getByIndex(1)
    top, places = 0, []
    for call in calls:
        left, height, written = 0, call["rows"] + 1, []
        for rows in call["arguments"]:
            if rows is None:
                written.append("")
                continue
            for down, row in enumerate(rows):
                for right, value in enumerate(row):
                    put(document, arguments.getCellByPosition(left + right, top + down), value)
            written.append(f"$arguments.{address(left, top, left + len(rows[0]) - 1, top + len(rows) - 1)}")
            left, height = left + len(rows[0]), max(height, len(rows))
        formula = f"=DUE.{call['name']}({';'.join(written)})"
        # A row and a column more than the answer has: they are to stay without one.
        rows, columns = (size + (size > 1) for size in (call["rows"], call["columns"]))
        if rows == columns == 1:
            shown.getCellByPosition(0, top).setFormula(formula)
        else:
            shown.getCellRangeByPosition(0, top, columns - 1, top + rows - 1).setArrayFormula(formula)
        places.append((top, rows, columns))
        top += height
    document.calculateAll()
    return [
        [
            [read(shown.getCellByPosition(right, top + down)) for right in range(columns)]
            for down in range(rows)
        ]
        for top, rows, columns in places
    ]


def address(left: int, top: int, right: int, bottom: int) -> str:
    """Return the address of a range; no call has more than 26 columns of arguments twice over."""

    def column(at: int) -> str:
        return (chr(64 + at // 26) if at >= 26 else "") + chr(65 + at % 26)

    first, last = f"{column(left)}{top + 1}", f"{column(right)}{bottom + 1}"
    return first if first == last else f"{first}:{last}"


def put(document: Any, cell: Any, value: Any) -> None:
    """Put a value into a cell, of the cell's own kind."""
    if isinstance(value, bool):
        cell.setFormula(f"={str(value).upper()}()")
    elif isinstance(value, str):
        cell.setString(value)
    elif isinstance(value, dict) and "error" in value:
        cell.setFormula(f"={value['error']}")
    elif isinstance(value, dict):
        cell.setValue(value["date"])
        english = uno.createUnoStruct("com.sun.star.lang.Locale", "en", "US", "")
        cell.NumberFormat = document.NumberFormats.getStandardFormat(2, english)  # a date
    elif value is not None:
        cell.setValue(value)


def read(cell: Any) -> Any:
    """Return what stands in a cell with a formula."""
    error = cell.getError()
    if error:
        return {"error": ERRORS.get(error, f"Err:{error}")}
    text = cell.getString()
    return text if cell.FormulaResultType2 == TEXT or not text else cell.getValue()


if __name__ == "__main__":
    main()
