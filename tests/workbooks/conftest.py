"""A workbook as a person would have it: a table to fill on one sheet, and other things around it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest
from openpyxl.chart import LineChart, Reference
from openpyxl.comments import Comment
from openpyxl.styles import Font
from openpyxl.worksheet.table import Table

from nobody import as_nobody

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HEADERS = ("Text", "Date", "Amount")


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """Return a workbook with the table ``due_test`` in B4:D6 of its second sheet, styled, text above it."""
    workbook = openpyxl.Workbook()
    notes = workbook.active
    notes.title = "Notes"
    notes.append(["=1+1", "kept", 3])
    notes["B1"].comment = Comment("A person wrote this.", "Wang")
    chart = LineChart()
    chart.add_data(Reference(notes, min_col=3, min_row=1, max_row=1))
    notes.add_chart(chart, "E2")
    sheet = workbook.create_sheet("Data")
    sheet["B2"] = "A title above"
    for column, header in enumerate(HEADERS, 2):
        sheet.cell(4, column, header)
        for row in (5, 6):
            sheet.cell(row, column, "old").font = Font(italic=True)
    sheet["C5"].number_format = "yyyy\\-mm\\-dd"
    sheet["D5"].number_format = "#,##0.00"
    sheet.add_table(Table(displayName="due_test", ref="B4:D6"))
    path = tmp_path / "template.xlsx"
    workbook.save(path)
    return path


@pytest.fixture(scope="session")
def office() -> Iterator[Callable[[Path, str], bytes]]:
    """Return a function that has LibreOffice open a workbook as anybody's does, and convert it."""
    with _office("") as convert:
        yield convert


@pytest.fixture(scope="session")
def calculating_office() -> Iterator[Callable[[Path, str], bytes]]:
    """Return a function that has LibreOffice open a workbook, calculate all of it anew, and convert it."""
    always = (
        '<item oor:path="/org.openoffice.Office.Calc/Formula/Load">'
        '<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>'
    )
    with _office(always) as convert:
        yield convert


@contextmanager
def _office(settings: str) -> Iterator[Callable[[Path, str], bytes]]:
    """Give a function that has LibreOffice convert a workbook, with such settings.

    LibreOffice refuses root in places, so root runs it as nobody, with its profile in a folder of its own.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        user = folder / "profile" / "user"
        user.mkdir(parents=True)
        (user / "registrymodifications.xcu").write_text(
            '<?xml version="1.0" encoding="UTF-8"?><oor:items '
            f'xmlns:oor="http://openoffice.org/2001/registry">{settings}</oor:items>'
        )
        if as_nobody():
            for each in (user.parent, *user.parent.rglob("*")):
                shutil.chown(each, "nobody", "nogroup")
        profile = f"-env:UserInstallation=file://{folder}/profile"

        def convert(path: Path, format_: str) -> bytes:
            source = folder / path.name
            shutil.copy(path, source)
            source.chmod(0o644)
            into = folder / "out"
            into.mkdir(exist_ok=True)
            into.chmod(0o777)
            command = [*as_nobody(), "soffice", profile, "--headless", "--norestore", "--convert-to", format_]
            subprocess.run(  # noqa: S603 - a fixed program on our own file
                [*command, "--outdir", str(into), str(source)],
                cwd=folder,  # nobody may not be allowed into ours
                env=os.environ | {"HOME": str(folder)},
                check=True,
                capture_output=True,
                timeout=120,
            )
            return (into / f"{path.stem}.{format_}").read_bytes()

        yield convert
