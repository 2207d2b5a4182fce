"""Drives LibreOffice Calc for the tests of the extension: the wizard's texts, files written and read again.

It runs in the system's Python, as :mod:`calcdrive` does; :mod:`calcsheet` starts it. One run does all of it:

* ``wizard``: what the function wizard has for each of our functions; ``chinese``: the names and texts that
  LibreOffice's configuration has for Chinese.
* ``saved``: calls are typed and saved in each format; formulas and answers of the document and of each
  file, calculated anew.
* ``opened``: the cells with formulas of a workbook, calculated anew.
"""
# ruff: noqa: ANN401 - UNO's objects have no types

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from calcdrive import NEW, answers, create, named, opened, read, running

FORMATS = {".xlsx": "Calc MS Excel 2007 XML", ".ods": "calc8"}
ADD_IN = "/org.openoffice.Office.CalcAddIns/AddInInfo/DUE/AddInFunctions"
FORMULAS = 16  # com.sun.star.sheet.CellFlags.FORMULA


def main() -> None:
    """Start LibreOffice, do what is ordered, and end it."""
    orders = json.load(sys.stdin)
    with running(orders) as desktop:
        told = {
            "wizard": wizard(create(orders["pipe"], "com.sun.star.sheet.FunctionDescriptions")),
            "chinese": chinese(create(orders["pipe"], "com.sun.star.configuration.ConfigurationProvider")),
            "saved": saved(desktop, orders["calls"]),
            "opened": calculated(desktop, Path(orders["workbook"])) if "workbook" in orders else None,
        }
    json.dump(told, sys.stdout)


def wizard(descriptions: Any) -> dict[str, Any]:
    """Return each of our functions' description and its arguments' names and descriptions."""
    found = {}
    for place in range(descriptions.Count):
        function = {item.Name: item.Value for item in descriptions.getByIndex(place)}
        if function["Name"].startswith("DUE."):
            arguments = [[argument.Name, argument.Description] for argument in function["Arguments"]]
            found[function["Name"]] = [function["Description"], arguments]
    return found


def chinese(provider: Any) -> dict[str, Any]:
    """Return the same in Chinese, from the configuration that the wizard reads."""
    options = named("nodepath", ADD_IN), named("Locale", "zh-CN")
    functions = provider.createInstanceWithArguments(
        "com.sun.star.configuration.ConfigurationAccess", options
    )
    found = {}
    for name in functions.ElementNames:
        function = functions.getByName(name)
        parameters = [function.Parameters.getByName(each) for each in function.Parameters.ElementNames]
        arguments = [[parameter.DisplayName, parameter.Description] for parameter in parameters]
        found[function.DisplayName] = [function.Description, arguments]
    return found


def saved(desktop: Any, calls: list[dict[str, Any]]) -> dict[str, Any]:
    """Type calls, save them in each format; return formulas and answers of the document and of each file."""
    document = opened(desktop, NEW)
    found: dict[str, Any] = {"answers": answers(document, calls), "typed": formulas(document)}
    for suffix, kind in FORMATS.items():
        path = Path.cwd() / f"saved{suffix}"
        document.storeToURL(path.as_uri(), (named("FilterName", kind),))
        found[suffix] = calculated(desktop, path)
    document.close(True)  # noqa: FBT003 - its interface
    return found


def calculated(desktop: Any, path: Path) -> dict[str, Any]:
    """Open a file, calculate it anew, and return its formulas and what they show."""
    document = opened(desktop, path.as_uri())
    document.calculateAll()
    found = formulas(document)
    document.close(True)  # noqa: FBT003 - its interface
    return found


def formulas(document: Any) -> dict[str, Any]:
    """Return each cell with one of our formulas: the formula and what it shows, by the cell's address."""
    found = {}
    for sheet in document.Sheets:
        for cell in sheet.queryContentCells(FORMULAS).Cells:
            if "DUE." in cell.Formula:
                found[cell.AbsoluteName] = [cell.Formula, read(cell)]
    return found


if __name__ == "__main__":
    main()
