"""Workbooks with what Excel puts there and our libraries cannot write, built part by part around the table.

A builder takes the file to write and a folder for what it is made of; the table is in A3:E6 of ``Data``.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final

import xlsxwriter

from foreignbooks import by_openpyxl, plain, related, rich, table_into, with_parts, with_pivot, with_thread

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATED: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_X14: Final = "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"
_X15: Final = "http://schemas.microsoft.com/office/spreadsheetml/2010/11/main"
_2007: Final = "http://schemas.microsoft.com/office/2007/relationships"
_DRAWN: Final = "http://schemas.openxmlformats.org/drawingml/2006"
_SPREAD: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_DIAGRAM: Final = "application/vnd.openxmlformats-officedocument.drawingml"
_SHEET: Final = "xl/worksheets/sheet1.xml"


def sliced(path: Path, _: Path) -> Path:
    """Write a workbook with a slicer of the table's column ``Note``."""
    slicer = f'<slicers xmlns="{_X14}"><slicer name="Note" cache="Slicer_Note" rowHeight="241300"/></slicers>'
    cache = (
        f'<slicerCacheDefinition xmlns="{_X14}" name="Slicer_Note" sourceName="Note"><extLst>'
        f'<x:ext xmlns:x="{_MAIN}" uri="{{2F2917AC-EB37-4324-AD4E-5DD8C200BD13}}">'
        f'<x15:tableSlicerCache xmlns:x15="{_X15}" tableId="1" column="4"/></x:ext></extLst>'
        "</slicerCacheDefinition>"
    )
    in_book = (
        f'<extLst><ext uri="{{46BE6895-7355-4a93-B00E-2C351335B9C9}}" xmlns:x15="{_X15}">'
        f'<x15:slicerCaches xmlns:x14="{_X14}"><x14:slicerCache r:id="cache1"/></x15:slicerCaches></ext>'
        "</extLst>"
    )
    in_sheet = (
        f'<extLst><ext uri="{{3A4CF648-6AED-40f4-86FF-DC5316D8AED3}}" xmlns:x14="{_X14}">'
        '<x14:slicerList><x14:slicer r:id="slicer1"/></x14:slicerList></ext></extLst>'
    )

    def change(name: str, xml: bytes) -> bytes:
        if name == "xl/workbook.xml":
            return xml.replace(b"</workbook>", in_book.encode() + b"</workbook>")
        if name == "xl/_rels/workbook.xml.rels":
            return related(xml, ("cache1", f"{_2007}/slicerCache", "slicerCaches/slicerCache1.xml"))
        if name == _SHEET:
            return xml.replace(b"</worksheet>", in_sheet.encode() + b"</worksheet>")
        if name == "xl/worksheets/_rels/sheet1.xml.rels":
            return related(xml, ("slicer1", f"{_2007}/slicer", "../slicers/slicer1.xml"))
        return xml

    parts = {
        "xl/slicers/slicer1.xml": ("application/vnd.ms-excel.slicer+xml", slicer.encode()),
        "xl/slicerCaches/slicerCache1.xml": ("application/vnd.ms-excel.slicerCache+xml", cache.encode()),
    }
    return with_parts(plain(path), parts, change=change)


def drawn(path: Path, _: Path) -> Path:
    """Write a workbook with SmartArt on the table's sheet, anchored below the rows."""
    with xlsxwriter.Workbook(path) as workbook:
        table_into(workbook).insert_textbox("H2", "beside")
    dgm = f"{_DRAWN}/diagram"
    frame = (
        "<xdr:twoCellAnchor><xdr:from><xdr:col>7</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>20</xdr:row>"
        "<xdr:rowOff>0</xdr:rowOff></xdr:from><xdr:to><xdr:col>9</xdr:col><xdr:colOff>0</xdr:colOff>"
        '<xdr:row>30</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:to><xdr:graphicFrame macro="">'
        '<xdr:nvGraphicFramePr><xdr:cNvPr id="77" name="Diagram 1"/><xdr:cNvGraphicFramePr/>'
        '</xdr:nvGraphicFramePr><xdr:xfrm><a:off x="0" y="0"/><a:ext cx="9" cy="9"/></xdr:xfrm>'
        f'<a:graphic><a:graphicData uri="{dgm}"><dgm:relIds xmlns:dgm="{dgm}" xmlns:r="{_RELATED}" '
        'r:dm="d1" r:lo="d2" r:qs="d3" r:cs="d4"/></a:graphicData></a:graphic></xdr:graphicFrame>'
        "<xdr:clientData/></xdr:twoCellAnchor></xdr:wsDr>"
    )
    kinds = {"data": "dataModel", "layout": "layoutDef", "quickStyle": "styleDef", "colors": "colorsDef"}
    inner = {
        "data": '<dgm:ptLst><dgm:pt modelId="1" type="doc"/></dgm:ptLst><dgm:cxnLst/><dgm:bg/><dgm:whole/>',
        "layout": '<dgm:catLst><dgm:cat type="list" pri="1"/></dgm:catLst><dgm:layoutNode name="n"/>',
        "quickStyle": '<dgm:title val=""/><dgm:desc val=""/>',
        "colors": '<dgm:title val=""/><dgm:desc val=""/>',
    }
    names = {"data": "Data", "layout": "Layout", "quickStyle": "Style", "colors": "Colors"}
    parts = {
        f"xl/diagrams/{kind}1.xml": (
            f"{_DIAGRAM}.diagram{names[kind]}+xml",
            f'<dgm:{root} xmlns:dgm="{dgm}" xmlns:a="{_DRAWN}/main">{inner[kind]}</dgm:{root}>'.encode(),
        )
        for kind, root in kinds.items()
    }

    def change(name: str, xml: bytes) -> bytes:
        return xml.replace(b"</xdr:wsDr>", frame.encode()) if name == "xl/drawings/drawing1.xml" else xml

    relations = related(
        b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"></Relationships>',
        *(
            (f"d{at}", f"{_RELATED}/diagram{kind[0].upper()}{kind[1:]}", f"../diagrams/{kind}1.xml")
            for at, kind in enumerate(kinds, 1)
        ),
    )
    return with_parts(path, {**parts, "xl/drawings/_rels/drawing1.xml.rels": ("", relations)}, change=change)


def linked(path: Path, _: Path) -> Path:
    """Write a workbook with a link to another file, and a formula that reads it."""
    with xlsxwriter.Workbook(path) as workbook:
        table_into(workbook)
        workbook.add_worksheet("Other").write_formula("A1", "=[1]Rates!$A$1", None, 7)
    link = (
        f'<externalLink xmlns="{_MAIN}"><externalBook xmlns:r="{_RELATED}" r:id="rId1"><sheetNames>'
        '<sheetName val="Rates"/></sheetNames></externalBook></externalLink>'
    )
    target = related(
        b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"></Relationships>',
        ("rId1", f"{_RELATED}/externalLinkPath", 'rates.xlsx" TargetMode="External'),
    )

    def change(name: str, xml: bytes) -> bytes:
        if name == "xl/workbook.xml":
            here = b'</sheets><externalReferences><externalReference r:id="link1"/></externalReferences>'
            return xml.replace(b"</sheets>", here)
        if name == "xl/_rels/workbook.xml.rels":
            return related(xml, ("link1", f"{_RELATED}/externalLink", "externalLinks/externalLink1.xml"))
        return xml

    parts = {
        "xl/externalLinks/externalLink1.xml": (f"{_SPREAD}.externalLink+xml", link.encode()),
        "xl/externalLinks/_rels/externalLink1.xml.rels": ("", target),
    }
    return with_parts(path, parts, change=change)


def queried(path: Path, _: Path) -> Path:
    """Write a workbook whose other table is filled by a query."""
    with xlsxwriter.Workbook(path) as workbook:
        table_into(workbook)
        other = workbook.add_worksheet("Query")
        other.add_table("A1:B3", {"name": "theirs", "columns": [{"header": "x"}, {"header": "y"}]})
    query = (
        f'<queryTable xmlns="{_MAIN}" name="q" connectionId="1" autoFormatId="16">'
        '<queryTableRefresh nextId="3">'
        '<queryTableFields count="2"><queryTableField id="1" name="x" tableColumnId="1"/>'
        '<queryTableField id="2" name="y" tableColumnId="2"/></queryTableFields></queryTableRefresh>'
        "</queryTable>"
    )
    connections = (
        f'<connections xmlns="{_MAIN}"><connection id="1" name="q" type="5" refreshedVersion="6">'
        '<dbPr connection="Provider=None" command="select 1"/></connection></connections>'
    )
    relation = related(
        b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"></Relationships>',
        ("q1", f"{_RELATED}/queryTable", "../queryTables/queryTable1.xml"),
    )

    def change(name: str, xml: bytes) -> bytes:
        if name == "xl/_rels/workbook.xml.rels":
            return related(xml, ("con1", f"{_RELATED}/connections", "connections.xml"))
        return xml

    parts = {
        "xl/queryTables/queryTable1.xml": (f"{_SPREAD}.queryTable+xml", query.encode()),
        "xl/connections.xml": (f"{_SPREAD}.connections+xml", connections.encode()),
        "xl/tables/_rels/table2.xml.rels": ("", relation),
    }
    return with_parts(path, parts, change=change)


def arranged(path: Path, _: Path) -> Path:
    """Write a workbook that a person has arranged: print areas, breaks, outlines, panes, protected sheets."""
    with xlsxwriter.Workbook(path) as workbook:
        sheet = table_into(workbook)
        sheet.write("A1", "Merged above")
        sheet.merge_range("A1:C1", "Merged above")
        sheet.write_dynamic_array_formula("G1", "=UNIQUE(due_test[Note])")
        sheet.write_array_formula("I1:I2", "{=ROW(A1:A2)*2}")
        sheet.print_area("A1:E6")
        sheet.repeat_rows(2)
        sheet.set_v_pagebreaks([3])
        sheet.freeze_panes(3, 1)
        sheet.set_column("D:D", 30, None, {"level": 1})
        sheet.ignore_errors({"number_stored_as_text": "A4:A6"})
        sheet.set_tab_color("#456789")
        other = workbook.add_worksheet("Locked")
        other.protect("", {"select_locked_cells": True})
        other.set_row(2, 40, None, {"level": 1, "hidden": True})
        other.write_formula("A1", "=COUNTA(due_test[Key])", None, 3)
        other.outline_settings(True, False, True, False)  # noqa: FBT003 - XlsxWriter's own
        workbook.add_worksheet("Hidden").hide()
        workbook.define_name("Locked!local", "=Locked!$A$1")
    return path


def sparkling(path: Path, _: Path) -> Path:
    """Write a workbook with a sparkline in each row of the table, one above it and one on another sheet."""
    with xlsxwriter.Workbook(path) as workbook:
        sheet = table_into(workbook)
        rows = range(4, 7)
        cells = {"location": [f"D{row}" for row in rows], "range": [f"Data!B{row}:C{row}" for row in rows]}
        sheet.add_sparkline("D4", cells)
        sheet.add_sparkline("G1", {"range": "Data!B4:B6", "type": "column"})
        workbook.add_worksheet("Other").add_sparkline("A1", {"range": "Data!B4:B6"})
    return path


def without_default(xml: bytes) -> bytes:
    """Return a part as programs write it that give the main namespace the prefix ``x:``."""
    if f'xmlns="{_MAIN}"'.encode() not in xml:
        return xml
    xml = re.sub(rb"<(/?)([A-Za-z])", rb"<\1x:\2", xml)
    return xml.replace(f'xmlns="{_MAIN}"'.encode(), f'xmlns:x="{_MAIN}"'.encode())


def prefixed(path: Path, _: Path) -> Path:
    """Write a workbook whose elements have a prefix, as the Open XML SDK writes them."""
    return with_parts(plain(path, total_row=True), {}, change=lambda _, xml: without_default(xml))


def since_1904(path: Path, _: Path) -> Path:
    """Write a workbook that counts days from 1904."""
    with xlsxwriter.Workbook(path, {"date_1904": True}) as workbook:
        table_into(workbook)
    return path


def _threaded(path: Path, _: Path) -> Path:
    with xlsxwriter.Workbook(path) as workbook:
        sheet = table_into(workbook)
        sheet.write_comment("A1", "[Threaded comment] why")
        sheet.write_comment("D5", "about the second")
    return with_thread(path, "A1", "why")


def _pivoted(path: Path, folder: Path) -> Path:
    return with_pivot(rich(path, folder))


CORPUS: Final[dict[str, Callable[[Path, Path], Path]]] = {
    "plain": lambda path, _: plain(path),
    "totals": lambda path, _: partial(plain, total_row=True)(path),
    "rich": rich,
    "pivot": _pivoted,
    "openpyxl": lambda path, _: by_openpyxl(path),
    "threads": _threaded,
    "slicer": sliced,
    "smartart": drawn,
    "external link": linked,
    "query": queried,
    "arranged": arranged,
    "sparklines": sparkling,
    "prefixes": prefixed,
    "1904": since_1904,
}
"""The builders by what they are about."""
