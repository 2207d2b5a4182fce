"""Workbooks as other programs and people make them, each with a table to fill and much that must stay."""

from __future__ import annotations

import struct
import zipfile
import zlib
from typing import TYPE_CHECKING, Any

import openpyxl
import xlsxwriter
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.worksheet.table import Table

from packages import read

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

TABLE = "due_test"
HEADERS = ("Key", "Amount", "Day", "Note", "Twice")
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_THREADS = "http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"
_RELATED = "http://schemas.microsoft.com/office/2017/10/relationships"


def png() -> bytes:
    """Return a picture of one pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0\xff\0\0"))
        + chunk(b"IEND", b"")
    )


def plain(path: Path, **options: Any) -> Path:  # noqa: ANN401 - XlsxWriter's own
    """Write a workbook with the table in A3:E6 of sheet ``Data``, made by XlsxWriter.

    Rows A, B and C have amounts 1, 2 and 3 and a person's notes; the last column is calculated.

    Args:
        path: Where.
        options: Of the table, such as ``total_row=True``.
    """
    with xlsxwriter.Workbook(path) as workbook:
        table_into(workbook, **options)
    return path


def table_into(workbook: xlsxwriter.Workbook, **options: Any) -> Any:  # noqa: ANN401 - XlsxWriter has no types
    """Add the sheet with the table to a workbook that XlsxWriter writes, and return the sheet."""
    sheet = workbook.add_worksheet("Data")
    day, money = (workbook.add_format({"num_format": code}) for code in ("yyyy\\-mm\\-dd", "#,##0.00"))
    total = options.get("total_row", False)
    sheet.add_table(
        2,
        0,
        5 + total,
        4,
        {
            "name": TABLE,
            "columns": [
                {"header": "Key"},
                {"header": "Amount", "format": money, "total_function": "sum" if total else None},
                {"header": "Day", "format": day},
                {"header": "Note"},
                {"header": "Twice", "formula": "=due_test[[#This Row],[Amount]]*2"},
            ],
        }
        | options,
    )
    for row, (key, amount, note) in enumerate((("A", 1, "first"), ("B", 2, None), ("C", 3, "third")), 3):
        sheet.write(row, 0, key)
        sheet.write(row, 1, amount, money)
        sheet.write(row, 2, 45_000 + row, day)
        sheet.write(row, 3, note)
    return sheet


def rich(path: Path, folder: Path) -> Path:
    """Write a workbook of XlsxWriter with nearly all that it can make.

    Args:
        path: Where.
        folder: A folder for the files it is made of.
    """
    picture, macros = folder / "picture.png", folder / "vbaProject.bin"
    picture.write_bytes(png())
    macros.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(range(256)) * 8)
    with xlsxwriter.Workbook(path) as workbook:
        sheet = table_into(workbook, total_row=True)
        other = workbook.add_worksheet("其他 & more")
        red = workbook.add_format({"bg_color": "#FFC7CE"})
        sheet.write_formula("G1", "=SUM(B4:B6)")
        sheet.conditional_format("B4:B6", {"type": "cell", "criteria": ">", "value": 2, "format": red})
        sheet.conditional_format("B4:B6", {"type": "data_bar", "data_bar_2010": True})
        sheet.data_validation("D4:D6", {"validate": "list", "source": ["first", "third"]})
        sheet.add_sparkline("G2", {"range": "Data!B4:B6"})
        sheet.write_comment("A3", "Above the table")
        sheet.write_url("G3", "https://example.com/")
        sheet.set_column("C:C", 14, None, {"hidden": True})
        sheet.freeze_panes(3, 1)
        sheet.set_header("&L&G", {"image_left": str(picture)})
        for row in range(40):
            other.write_row(row, 0, [row, f"=text {row}", f" {row} "])
        other.write_formula("E1", f"=SUM({TABLE}[Amount])")
        other.write_rich_string("E2", "plain ", workbook.add_format({"bold": True}), "bold")
        other.insert_image("H2", str(picture), {"description": "A pixel"})
        other.insert_textbox("H6", "A text box")
        other.insert_button("H12", {"macro": "Run", "caption": "Run"})
        other.insert_checkbox("E4", True)  # noqa: FBT003 - XlsxWriter's own
        other.write_comment("A1", "Elsewhere")
        other.merge_range("A50:C50", "merged")
        other.autofilter("A1:C40")
        other.add_table("J1:K3", {"name": "theirs", "columns": [{"header": "x"}, {"header": "y"}]})
        chart = workbook.add_chart({"type": "column"})
        chart.add_series({"values": "=Data!$B$4:$B$6", "categories": "=Data!$A$4:$A$6"})
        other.insert_chart("H16", chart)
        unrelated = workbook.add_chart({"type": "pie"})
        unrelated.add_series({"values": "='其他 & more'!$A$1:$A$5"})
        other.insert_chart("P16", unrelated)
        workbook.add_chartsheet("Chart").set_chart(_line(workbook))
        workbook.define_name("amounts", "=Data!$B$4:$B$6")
        workbook.define_name("elsewhere", "='其他 & more'!$A$1:$A$9")
        workbook.set_custom_property("Client", "Wang")
        workbook.add_vba_project(str(macros))
    return path


def _line(workbook: xlsxwriter.Workbook) -> Any:  # noqa: ANN401 - XlsxWriter has no types
    chart = workbook.add_chart({"type": "line"})
    chart.add_series({"values": "=Data!$B$4:$B$6"})
    return chart


def by_openpyxl(path: Path) -> Path:
    """Write a workbook with the table, a chart and comments by openpyxl, which declares no formula of it."""
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.title = "Data"
    sheet["A1"] = "=SUM(B4:B6)"
    for column, header in enumerate(HEADERS, 1):
        sheet.cell(3, column, header)
    for row, (key, amount, note) in enumerate((("A", 1, "first"), ("B", 2, None), ("C", 3, "third")), 4):
        for column, value in enumerate((key, amount, None, note, f"=B{row}*2"), 1):
            sheet.cell(row, column, value)
    sheet["D4"].comment = Comment("about the first", "Wang")
    sheet.add_table(Table(displayName=TABLE, ref="A3:E6"))
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=2, min_row=4, max_row=6))
    other = workbook.create_sheet("Other")
    other.add_chart(chart, "B2")
    other["A1"] = 1
    workbook.save(path)
    return path


def with_parts(
    path: Path,
    parts: Mapping[str, tuple[str, bytes]],
    *,
    change: Callable[[str, bytes], bytes] = lambda _, content: content,
) -> Path:
    """Add parts to a workbook, with their content types.

    Args:
        path: The workbook.
        parts: By their names: the content type and the content; no type for one that needs none.
        change: What the parts that were there become.
    """
    content = read(path)
    types = "".join(
        f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, (kind, _) in parts.items() if kind
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, xml in content.items():
            if name == "[Content_Types].xml":
                package.writestr(name, xml.replace(b"</Types>", types.encode() + b"</Types>"))
            else:
                package.writestr(name, change(name, xml))
        for name, (_, xml) in parts.items():
            package.writestr(name, xml)
    return path


def related(xml: bytes, *relations: tuple[str, str, str]) -> bytes:
    """Return a part of relations with more of them: identifier, type, target."""
    more = "".join(
        f'<Relationship Id="{identifier}" Type="{kind}" Target="{target}"/>'
        for identifier, kind, target in relations
    )
    return xml.replace(b"</Relationships>", more.encode() + b"</Relationships>")


def with_pivot(path: Path) -> Path:
    """Add a pivot table's source that is the table, custom XML and printer settings as Excel leaves them."""
    cache = (
        f'<pivotCacheDefinition xmlns="{_MAIN}" xmlns:r="{_OFFICE}" refreshOnLoad="0" recordCount="0">'
        f'<cacheSource type="worksheet"><worksheetSource name="{TABLE}"/></cacheSource>'
        '<cacheFields count="1"><cacheField name="Key" numFmtId="0"><sharedItems/></cacheField></cacheFields>'
        "</pivotCacheDefinition>"
    )
    parts = {
        "xl/pivotCache/pivotCacheDefinition1.xml": (f"{_PACKAGE}.pivotCacheDefinition+xml", cache.encode()),
        "customXml/item1.xml": ("", b"<note>kept</note>"),
        "xl/printerSettings/printerSettings1.bin": (f"{_PACKAGE}.printerSettings", bytes(range(256))),
    }

    def change(name: str, xml: bytes) -> bytes:
        if name == "xl/workbook.xml":
            return xml.replace(
                b"</workbook>",
                b'<pivotCaches><pivotCache cacheId="1" r:id="pivot1"/></pivotCaches></workbook>',
            )
        if name == "xl/_rels/workbook.xml.rels":
            target = "pivotCache/pivotCacheDefinition1.xml"
            return related(xml, ("pivot1", f"{_OFFICE}/pivotCacheDefinition", target))
        return xml

    return with_parts(path, parts, change=change)


def with_thread(path: Path, ref: str, text: str) -> Path:
    """Add a threaded comment to sheet ``Data``, which has an old comment at that cell already."""
    person = "{11111111-1111-1111-1111-111111111111}"
    thread = (
        f'<ThreadedComments xmlns="{_THREADS}"><threadedComment ref="{ref}" dT="2025-06-30T08:00:00.00" '
        f'personId="{person}" id="{{22222222-2222-2222-2222-222222222222}}"><text>{text}</text>'
        "</threadedComment></ThreadedComments>"
    )
    persons = (
        f'<personList xmlns="{_THREADS}"><person displayName="Wang" id="{person}" userId="w" '
        'providerId="None"/></personList>'
    )
    parts = {
        "xl/threadedComments/threadedComment1.xml": (
            "application/vnd.ms-excel.threadedcomments+xml",
            thread.encode(),
        ),
        "xl/persons/person.xml": ("application/vnd.ms-excel.person+xml", persons.encode()),
    }

    def change(name: str, xml: bytes) -> bytes:
        if name == "xl/worksheets/_rels/sheet1.xml.rels":
            return related(
                xml, ("thread1", f"{_RELATED}/threadedComment", "../threadedComments/threadedComment1.xml")
            )
        if name == "xl/_rels/workbook.xml.rels":
            return related(xml, ("person1", f"{_RELATED}/person", "persons/person.xml"))
        return xml

    return with_parts(path, parts, change=change)


def grafted(source: Path, path: Path) -> Path:
    """Write a copy of any workbook with one sheet more, which has the table in A3:E6.

    The sheet's name is ``Grafted``; texts are inline, as its cells must not rely on what others share.
    """
    names = read(source)
    number = next(at for at in range(1, 999) if f"xl/worksheets/sheet{at}.xml" not in names)
    table = next(at for at in range(1, 999) if f"xl/tables/table{at}.xml" not in names)

    def text(cell: str, value: str) -> str:
        return f'<c r="{cell}" t="inlineStr"><is><t>{value}</t></is></c>'

    header = "".join(text(f"{letter}3", name) for letter, name in zip("ABCDE", HEADERS, strict=True))
    rows = "".join(
        f'<row r="{at}">{text(f"A{at}", key)}<c r="B{at}"><v>{at}</v></c>{text(f"D{at}", "note " + key)}'
        f'<c r="E{at}"><f>{TABLE}[[#This Row],[Amount]]*2</f><v>0</v></c></row>'
        for at, key in enumerate("ABC", 4)
    )
    sheet = (
        f'<worksheet xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><dimension ref="A3:E6"/><sheetData>'
        f'<row r="3">{header}</row>{rows}</sheetData>'
        '<tableParts count="1"><tablePart r:id="rId1"/></tableParts></worksheet>'
    )
    columns = "".join(
        f'<tableColumn id="{at}" name="{name}"'
        + (
            f"><calculatedColumnFormula>{TABLE}[[#This Row],[Amount]]*2</calculatedColumnFormula>"
            "</tableColumn>"
            if name == "Twice"
            else "/>"
        )
        for at, name in enumerate(HEADERS, 1)
    )
    declared = (
        f'<table xmlns="{_MAIN}" id="{900 + table}" name="{TABLE}" displayName="{TABLE}" ref="A3:E6">'
        f'<autoFilter ref="A3:E6"/><tableColumns count="5">{columns}</tableColumns></table>'
    )
    relations = related(
        b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"></Relationships>',
        ("rId1", f"{_OFFICE}/table", f"../tables/table{table}.xml"),
    )
    path.write_bytes(source.read_bytes())
    parts = {
        f"xl/worksheets/sheet{number}.xml": (f"{_PACKAGE}.worksheet+xml", sheet.encode()),
        f"xl/tables/table{table}.xml": (f"{_PACKAGE}.table+xml", declared.encode()),
        f"xl/worksheets/_rels/sheet{number}.xml.rels": ("", relations),
    }

    def change(name: str, xml: bytes) -> bytes:
        if name == "xl/workbook.xml":
            tag = f'<sheet name="Grafted" sheetId="9999" r:id="graft1" xmlns:r="{_OFFICE}"/></sheets>'
            return xml.replace(b"</sheets>", tag.encode())
        if name == "xl/_rels/workbook.xml.rels":
            return related(xml, ("graft1", f"{_OFFICE}/worksheet", f"worksheets/sheet{number}.xml"))
        return xml

    return with_parts(path, parts, change=change)
