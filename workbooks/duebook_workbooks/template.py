"""Turning what openpyxl makes into a template to fill: valid, and the same bytes for the same content."""

from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from openpyxl import Workbook

_FONT: Final = re.compile(r"(?<=<font>).*?(?=</font>)", re.DOTALL)
_PROPERTY: Final = re.compile(r"<([A-Za-z]+)[^>]*/>")
# openpyxl 3.1.5 writes a font's properties in an order that Microsoft's validator refuses.
_ORDER: Final = (
    *("b", "i", "strike", "condense", "extend", "outline", "shadow", "u", "vertAlign", "sz", "color"),
    *("name", "family", "charset", "scheme"),
)
_FORMULA: Final = re.compile(r'<c r="([A-Z]+[0-9]+)"( s="[0-9]+")?><f>(.*?)</f><v ?(?:/>|></v>)</c>')
_FRAME: Final = re.compile(r'<cNvPr id="[0-9]+" name="Chart [0-9]+"')
_LABEL_FORMAT: Final = re.compile(r'(<numFmt formatCode="[^"]*") ?/>')
_MODIFIED: Final = re.compile(r"(?<=W3CDTF\">)[^<]*(?=</dcterms:modified>)")
# By this word LibreOffice trusts a program to have calculated: of others it does not show the texts that
# formulas carry, but #NAME? where the add-in is missing.
_MADE_BY: Final = "Microsoft Excel Compatible / Duebook"
_PROGRAM: Final = re.compile(r"<Application>.*</AppVersion>")


def finished(
    workbook: Workbook, *, made: datetime, results: Callable[[str, str], str], descriptions: Sequence[str]
) -> BytesIO:
    """Return the workbook as a package to be filled.

    Args:
        workbook: What openpyxl holds.
        made: What its properties give as the time it was made and changed.
        results: Takes a sheet's name and its XML, and gives the XML with what the formulas show until they
            are calculated, if ever: a mail preview does not.
        descriptions: What the charts show, in their order, sheet by sheet, for those who cannot see them.
    """
    saved, template = BytesIO(), BytesIO()
    workbook.properties.created = made.replace(tzinfo=None)
    workbook.save(saved)
    sheets = {f"xl/worksheets/sheet{at}.xml": sheet.title for at, sheet in enumerate(workbook.worksheets, 1)}
    left = iter(descriptions)

    def described(frame: re.Match[str]) -> str:
        return f"{frame[0]} descr={quoteattr(next(left))}"

    with ZipFile(saved) as source, ZipFile(template, "w") as target:
        for name in source.namelist():
            xml = source.read(name).decode()
            if name == "xl/styles.xml":
                xml = _FONT.sub(_ordered, xml)
            elif name in sheets:
                xml = results(sheets[name], xml)
            elif name.startswith("xl/drawings/drawing"):
                xml = _FRAME.sub(described, xml)
            elif name.startswith("xl/charts/chart"):  # else the labels would take the cells' format
                xml = _LABEL_FORMAT.sub(r'\1 sourceLinked="0"/>', xml)
            elif name == "docProps/core.xml":  # openpyxl puts the time of saving there
                xml = _MODIFIED.sub(f"{made:%Y-%m-%dT%H:%M:%SZ}", xml)
            elif name == "docProps/app.xml":
                xml = _PROGRAM.sub(f"<Application>{_MADE_BY}</Application>", xml)
            # without a date of its own an entry bears the first one that a zip file knows, not today's
            target.writestr(ZipInfo(name), xml, ZIP_DEFLATED)
    template.seek(0)
    return template


def showing(texts: Mapping[tuple[str, str], str]) -> Callable[[str, str], str]:
    """Return what has formulas show texts, as :func:`finished` asks for it.

    Args:
        texts: The texts by the sheet's name and the cell, such as ``("Status", "K7")``: all formulas' cells.
    """

    def results(sheet: str, xml: str) -> str:
        def shown(cell: re.Match[str]) -> str:
            text = escape(texts[sheet, cell[1]])
            return f'<c r="{cell[1]}"{cell[2] or ""} t="str"><f>{cell[3]}</f><v>{text}</v></c>'

        return _FORMULA.sub(shown, xml)

    return results


def _ordered(font: re.Match[str]) -> str:
    properties = _PROPERTY.finditer(font[0])
    return "".join(found[0] for found in sorted(properties, key=lambda found: _ORDER.index(found[1])))
