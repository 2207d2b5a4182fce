"""Drives LibreOffice Calc for the tests of forms: fills entries in, calculates anew, reads every formula.

It runs in the system's Python, as :mod:`calcdrive` does; :mod:`calcsheet` starts it. Each order names a
workbook, what to put into cells by their sheet and address, and, where it is to be printed, a PDF file.
"""
# ruff: noqa: ANN401 - UNO's objects have no types

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from calcdrive import named, opened, put, read, running

FORMULAS = 16  # com.sun.star.sheet.CellFlags.FORMULA


def main() -> None:
    """Start LibreOffice, do what is ordered, and end it."""
    orders = json.load(sys.stdin)
    with running(orders) as desktop:
        told = [done(desktop, order) for order in orders["workbooks"]]
    json.dump(told, sys.stdout)


def done(desktop: Any, order: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Open a workbook, fill it in, calculate it, print it, and return what its formulas show by sheet."""
    document = opened(desktop, Path(order["path"]).as_uri())
    for sheet, cells in order.get("entries", {}).items():
        for address, value in cells.items():
            put(document, document.Sheets.getByName(sheet).getCellRangeByName(address), value)
    document.calculateAll()
    if "pdf" in order:
        document.storeToURL(Path(order["pdf"]).as_uri(), (named("FilterName", "calc_pdf_Export"),))
    found = {sheet.Name: shown(sheet) for sheet in document.Sheets}
    document.close(True)  # noqa: FBT003 - its interface
    return found


def shown(sheet: Any) -> dict[str, Any]:
    """Return what each cell with a formula shows, by its address."""
    return {
        cell.AbsoluteName.rpartition(".")[2].replace("$", ""): read(cell)
        for cell in sheet.queryContentCells(FORMULAS).Cells
    }


if __name__ == "__main__":
    main()
