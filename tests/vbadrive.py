"""Opens a workbook with VBA in LibreOffice, its macros allowed, recalculates, and prints what cells show.

It runs in the system's Python, the one that has UNO. Orders come as JSON on standard input.
"""

from __future__ import annotations

import json
import subprocess
import sys

import uno

from calcdrive import connected, terminate

ALWAYS_EXECUTE = 4  # com.sun.star.document.MacroExecMode, without a warning


def main() -> None:
    """Start LibreOffice, read the cells, and end it."""
    orders = json.load(sys.stdin)
    options = ["--headless", "--norestore", "--nologo", f"--accept=pipe,name={orders['pipe']};urp;"]
    office = subprocess.Popen(  # noqa: S603 - LibreOffice
        ["soffice", f"-env:UserInstallation={orders['profile']}", *options],  # noqa: S607 - wherever it is
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        desktop = connected(orders["pipe"])
        wanted = []
        for name, value in (("Hidden", True), ("MacroExecutionMode", ALWAYS_EXECUTE)):
            wanted.append(uno.createUnoStruct("com.sun.star.beans.PropertyValue"))
            wanted[-1].Name, wanted[-1].Value = name, value
        document = desktop.loadComponentFromURL(orders["file"], "_blank", 0, tuple(wanted))
        document.calculateAll()
        sheet = document.Sheets.getByIndex(0)
        found = {cell: sheet.getCellRangeByName(cell).getString() for cell in orders["cells"]}
        document.close(True)  # noqa: FBT003 - its interface
        terminate(desktop)
        office.wait(60)
    finally:
        if office.poll() is None:
            office.kill()
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
