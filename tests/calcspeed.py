"""Times LibreOffice Calc: columns of a formula, and one array formula over columns.

It runs in the system's Python, as :mod:`calcdrive` does; ``benchmarks/calc.py`` starts it. Each order has
columns of values and a name, and the formula of the first row or of all. All are calculated in turns, so
that what else the machine does meets them alike; the seconds are those until the answers are read.
"""
# ruff: noqa: ANN401 - UNO's objects have no types

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable  # noqa: TC003 - nothing to save
from typing import Any

import uno
import unohelper

from calcdrive import NEW, create, opened, running


def main() -> None:
    """Start LibreOffice, time what is ordered, and end it."""
    orders = json.load(sys.stdin)
    with running(orders) as desktop:
        work = Work(lambda: timed(desktop, orders))
        create(orders["pipe"], "com.sun.star.awt.AsyncCallback").addCallback(work, None)
        work.done.wait(orders["seconds"])
        told = work.told
    json.dump(told, sys.stdout)


class Work(unohelper.Base, uno.getClass("com.sun.star.awt.XCallback")):
    """Work to be done in LibreOffice's main thread, where people's recalculations are.

    Elsewhere each call of an add-in makes a thread state of Python anew, which takes longer than the call.
    """

    def __init__(self, work: Callable[[], Any]) -> None:
        """Take the work."""
        self.work = work
        self.told: Any = None
        self.done = threading.Event()

    def notify(self, _: Any) -> None:
        """Do it; LibreOffice calls this, and waits in its main thread for every call that comes from here."""
        try:
            self.told = self.work()
        finally:
            self.done.set()


def timed(desktop: Any, orders: dict[str, Any]) -> dict[str, Any]:
    """Fill the sheets, calculate them in turns, and return the answers and the seconds of each."""
    documents = {name: opened(desktop, NEW) for name in orders["sheets"]}
    places = {name: filled(documents[name], sheet) for name, sheet in orders["sheets"].items()}
    told: dict[str, Any] = {name: {"seconds": []} for name in documents}
    for _ in range(orders["rounds"]):
        for name, document in documents.items():
            start = time.perf_counter()
            document.calculateAll()
            told[name]["answers"] = places[name].getDataArray()
            told[name]["seconds"].append(time.perf_counter() - start)
    for document in documents.values():
        document.close(True)  # noqa: FBT003 - its interface
    return told


def filled(document: Any, order: dict[str, Any]) -> Any:
    """Put values and formulas into a document at once, and return the cells with formulas."""
    document.enableAutomaticCalculation(False)  # noqa: FBT003 - its interface
    sheet, rows = document.Sheets.getByIndex(0), order["values"]
    width = len(rows[0])
    sheet.getCellRangeByPosition(0, 0, width - 1, len(rows) - 1).setDataArray(tuple(map(tuple, rows)))
    if "array" in order:
        down, right = order["size"]
        cells = sheet.getCellRangeByPosition(width, 0, width + right - 1, down - 1)
        cells.setArrayFormula(order["array"])
    else:
        cells = sheet.getCellRangeByPosition(width, 0, width, len(rows) - 1)
        # Not setFormulaArray: with an add-in's function, LibreOffice 7.4 does not return from 100,000.
        cells.getCellByPosition(0, 0).setFormula(order["formula"])
        cells.fillAuto(uno.Enum("com.sun.star.sheet.FillDirection", "TO_BOTTOM"), 1)
    return cells


if __name__ == "__main__":
    main()
