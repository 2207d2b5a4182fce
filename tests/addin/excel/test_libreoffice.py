"""The add-in's wrappers and its treatment of arguments and answers, run by LibreOffice as VBA of a workbook.

LibreOffice's compatibility mode is a second, independent reader of our VBA. Replaced are the call of the
Python object (by VBA that tells what reached it), and what LibreOffice 7.4 lacks: ``Value2``, ``Date1904``,
and the dictionary that keeps answers. LibreOffice shows an error that VBA made as text, ``Error 2042``,
and hands over TRUE as 1.
"""

from __future__ import annotations

import json
import secrets
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest
from pyopenvba import ExcelFile

from duebook_addin.excel.build import vba_modules

if TYPE_CHECKING:
    from collections.abc import Mapping

PYTHON = """\
Attribute VB_Name = "StandIn"
Option Explicit

Public Function CallUDF(ByVal script As String, ByVal name As String, ByVal arguments As Variant) As Variant
    Dim place As Long, told As String, cells(0 To 2, 0 To 1) As Variant
    Select Case name
        Case "DUE_DSODELAY"
            CallUDF = Chr$(1) & "2007" & Chr$(1) & "nothing to divide by"
        Case "DUE_OPEN"
            cells(0, 0) = 1.5
            cells(0, 1) = Chr$(1) & "2036" & Chr$(1) & "too far"
            cells(1, 0) = Chr$(1) & "2042" & Chr$(1) & "unknown"
            cells(1, 1) = "text"
            cells(2, 0) = Chr$(1)
            cells(2, 1) = Chr$(1)
            CallUDF = cells
        Case Else
            told = name
            For place = LBound(arguments) To UBound(arguments)
                told = told & " " & Told_(arguments(place))
            Next place
            CallUDF = told
    End Select
End Function

Private Function Told_(ByVal argument As Variant) As String
    If IsArray(argument) Then
        Told_ = (UBound(argument, 1) - LBound(argument, 1) + 1) & "x" & _
            (UBound(argument, 2) - LBound(argument, 2) + 1)
    Else
        Told_ = TypeName(argument) & "=" & argument
    End If
End Function
"""
CELLS = {"A1": "45000", "A2": "45001.5", "A3": "45002", "B1": "12"}
FORMULAS = {
    "D1": "DUE_DSO(A1,B1,3.5)",
    "D2": "DUE_DAYSLATE(A1:A3,45010)",
    "D3": "DUE_AGINGBY(A1:B3,A1:A2,C9,4)",
    "D4": 'DUE_BUCKET(TRUE(),"Müller 账")',
    "D5": "DUE_DSODELAY(1,2,3,4)",
}


@pytest.mark.service("uno")
def test_libreoffice_runs_the_wrappers(tmp_path: Path) -> None:
    """Ranges arrive as their values, what is left out is empty, errors come back in their place."""
    shown = _shown(_workbook(tmp_path), tmp_path, [*FORMULAS, "D11", "E11", "D12", "E12"])
    assert shown == {
        "D1": "DUE_DSO Double=45000 Double=12 Double=3.5",
        "D2": "DUE_DAYSLATE 3x1 Double=45010",
        "D3": "DUE_AGINGBY 3x2 2x1 Empty= Double=4 Empty=",
        "D4": "DUE_BUCKET Double=1 String=Müller 账 Empty=",
        "D5": "Error 2007",
        "D11": "1.5",
        "E11": "Error 2036",
        "D12": "Error 2042",
        "E12": "text",
    }


def _workbook(folder: Path) -> Path:
    modules = vba_modules()
    del modules["ThisWorkbook"]  # events of Excel
    call = modules["DuebookCall"]
    for excel, here in {
        "DuebookServer.Server().CallUDF(": "StandIn.CallUDF(",
        "cells.Worksheet.Parent.Date1904": "False",
        "cells.Value2": "cells.Value",
        "If Len(key) = 0 Then": "If True Then",
    }.items():
        assert excel in call
        call = call.replace(excel, here)
    empty, file = folder / "empty.xlsm", folder / "book.xlsm"
    with ExcelFile.create_new(empty) as book:
        for name, source in (modules | {"DuebookCall": call, "StandIn": PYTHON}).items():
            book.vba_project().add_module(name, source.replace("\n", "\r\n"))
        book.save()
    with ZipFile(empty) as source, ZipFile(file, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                content = content.replace(b"<sheetData/>", f"<sheetData>{_rows()}</sheetData>".encode())
            target.writestr(name, content)
    return file


def _rows() -> str:
    values: Mapping[str, str] = {cell: f"<v>{number}</v>" for cell, number in CELLS.items()}
    formulas = {cell: f"<f>{formula}</f>" for cell, formula in FORMULAS.items()}
    array = {"D11": '<f t="array" ref="D11:E12">DUE_OPEN(A1,1,1,1,1,1,1)</f>'}
    rows: dict[int, str] = {}
    for cell, content in sorted((values | formulas | array).items()):
        rows[int(cell[1:])] = f'{rows.get(int(cell[1:]), "")}<c r="{cell}">{content}</c>'
    return "".join(f'<row r="{number}">{cells}</row>' for number, cells in sorted(rows.items()))


def _shown(file: Path, folder: Path, cells: list[str]) -> dict[str, str]:
    orders = {
        "pipe": f"duebook{secrets.token_hex(8)}",
        "profile": (folder / "profile").as_uri(),
        "file": file.as_uri(),
        "cells": cells,
    }
    program = Path(__file__).parents[2] / "vbadrive.py"
    done = subprocess.run(  # noqa: S603 - our own program, in the system's Python
        ["/usr/bin/python3", program], input=json.dumps(orders), check=True, capture_output=True, text=True
    )
    found: dict[str, str] = json.loads(done.stdout)
    return found
