"""Filling a table: what refers to its rows, from beside it, from other sheets, in charts and pivot tables."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import openpyxl
import pyarrow as pa
import pytest
import xlsxwriter
from openpyxl.worksheet.table import Table

from duebook.errors import InputError
from duebook_workbooks.filling.fill import fill
from foreignbooks import HEADERS, TABLE, plain, table_into, with_parts, with_pivot
from packages import read

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SHEET = "xl/worksheets/sheet1.xml"


def rows(keys: str) -> pa.Table:
    return pa.table({"Key": list(keys), "Amount": [number + 0.25 for number in range(len(keys))]})


def made(path: Path, more: Callable[[Any, Any], object]) -> Path:
    """Write the table's workbook with more in it: the workbook and the table's sheet are given."""
    with xlsxwriter.Workbook(path) as workbook:
        more(workbook, table_into(workbook))
    return path


def formulas(path: Path) -> dict[str, str]:
    sheet = openpyxl.load_workbook(path)["Data"]
    return {cell.coordinate: cell.value for row in sheet.iter_rows() for cell in row if cell.data_type == "f"}


def sparklines(path: Path) -> dict[str, str]:
    pairs = re.findall(rb"<xm:f>([^<]*)</xm:f><xm:sqref>([^<]*)</xm:sqref>", read(path)[SHEET])
    return {cell.decode(): shown.decode() for shown, cell in pairs}


def test_formulas_beside_the_table_keep_to_their_own_row(tmp_path: Path) -> None:
    def more(_: Any, sheet: Any) -> None:  # noqa: ANN401 - XlsxWriter has no types
        for row in (4, 5, 6):
            sheet.write_formula(f"G{row}", f"=SUM(B{row}:C{row})")
            sheet.write_formula(f"H{row}", f"=SUM(B$4:B{row})")
            sheet.write_formula(f"I{row}", f"=AVERAGE(B{row - 1}:B{row})")
            sheet.write_formula(f"J{row}", f"=SUM(B{row}:B$6)")
            sheet.write_formula(f"K{row}", f"=B{row}/SUM(B$4:B$6)")

    path = made(tmp_path / "book.xlsx", more)
    before = formulas(path)
    fill(path, TABLE, rows("ABCDE"), key="Key")
    after = formulas(path)
    for cell in (f"{column}{row}" for column in "GHI" for row in (4, 5, 6)):
        assert after[cell] == before[cell]
    assert [after[f"J{row}"] for row in (4, 5, 6)] == [f"=SUM(B{row}:B$8)" for row in (4, 5, 6)]
    assert [after[f"K{row}"] for row in (4, 5, 6)] == [f"=B{row}/SUM(B$4:B$8)" for row in (4, 5, 6)]


def test_what_is_of_the_last_row_alone_does_not_grow(tmp_path: Path) -> None:
    def more(workbook: Any, sheet: Any) -> None:  # noqa: ANN401 - XlsxWriter has no types
        sheet.write_formula("G1", "=SUM(B6:C6)")
        sheet.write_formula("G2", "=SUM(B4:B6)")
        workbook.define_name("last", "=Data!$B$6:$C$6")
        chart = workbook.add_chart({"type": "line"})
        chart.add_series({"values": "=Data!$B$6:$C$6", "name": "=Data!$A$6"})
        workbook.add_worksheet("Other").insert_chart("A1", chart)

    path = made(tmp_path / "book.xlsx", more)
    fill(path, TABLE, rows("ABCDE"), key="Key")
    assert {cell: text for cell, text in formulas(path).items() if cell[0] == "G"} == {
        "G1": "=SUM(B6:C6)",
        "G2": "=SUM(B4:B8)",
    }
    assert b">Data!$B$6:$C$6<" in read(path)["xl/workbook.xml"]
    assert set(re.findall(rb"<c:f>([^<]*)", read(path)["xl/charts/chart1.xml"])) == {
        b"Data!$A$6",
        b"Data!$B$6:$C$6",
    }


def test_formulas_of_the_only_row_grow_into_one_of_each_row(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.title = "Data"
    for row in (HEADERS, ("A", 1, None, "=SUM(B4:B$4)", "=SUM(B4:C4)")):
        sheet.append(row) if row is not HEADERS else [
            sheet.cell(3, at, each) for at, each in enumerate(row, 1)
        ]
    sheet["G1"] = "=SUM(B4:B4)"
    sheet.add_table(Table(displayName=TABLE, ref="A3:E4"))
    workbook.save(path)
    fill(path, TABLE, rows("ABC"), key="Key")
    assert formulas(path) == {
        "G1": "=SUM(B4:B6)",
        **{f"D{row}": f"=SUM(B{row}:B$6)" for row in (4, 5, 6)},
        **{f"E{row}": f"=SUM(B{row}:C{row})" for row in (4, 5, 6)},
    }


def test_a_shared_formula_whose_last_cell_alone_changes_is_rewritten(tmp_path: Path) -> None:
    def more(_: Any, sheet: Any) -> None:  # noqa: ANN401 - XlsxWriter has no types
        for row in (4, 5, 6):
            sheet.write_formula(f"G{row}", f"=B{row + 1}")

    path = made(tmp_path / "book.xlsx", more)
    with_parts(
        path,
        {},
        change=lambda name, xml: (
            xml.replace(b"<f>B5</f>", b'<f t="shared" ref="G4:G6" si="0">B5</f>')
            .replace(b"<f>B6</f>", b'<f t="shared" si="0"/>')
            .replace(b"<f>B7</f>", b'<f t="shared" si="0"/>')
            .replace(b"</sheetData>", b'<row r="7"><c r="B7"><v>6</v></c></row></sheetData>')
            if name == SHEET
            else xml
        ),
    )
    with_parts(
        path,
        {},
        change=lambda name, xml: (
            xml.replace(b'ref="A3:E6" totalsRowShown="0"', b'ref="A3:E7" totalsRowCount="1"')
            if name == "xl/tables/table1.xml"
            else xml
        ),
    )
    fill(path, TABLE, rows("ABCDE"), key="Key")
    assert [formulas(path)[f"G{row}"] for row in (4, 5, 6)] == ["=B5", "=B6", "=B9"]


def test_conditions_read_from_the_first_row_of_their_range(tmp_path: Path) -> None:
    def more(workbook: Any, sheet: Any) -> None:  # noqa: ANN401 - XlsxWriter has no types
        bold = workbook.add_format({"bold": True})
        for criteria in ("=COUNTIF(A$4:A4,A4)>1", "=MAX($B4:$C4)>5", "=A4>AVERAGE($B$4:$B$6)"):
            sheet.conditional_format("A4:A6", {"type": "formula", "criteria": criteria, "format": bold})

    path = made(tmp_path / "book.xlsx", more)

    def told() -> list[str]:
        return re.findall(r"<formula>([^<]*)", read(path)[SHEET].decode())

    fill(path, TABLE, rows("A"), key="Key")
    fill(path, TABLE, rows("ABCDE"), key="Key")
    assert told() == ["COUNTIF(A$4:A4,A4)&gt;1", "MAX($B4:$C4)&gt;5", "A4&gt;AVERAGE($B$4:$B$8)"]
    assert b'sqref="A4:A8"' in read(path)[SHEET]


def test_sparklines_in_the_table_go_with_their_rows_and_are_filled_down(tmp_path: Path) -> None:
    def more(_: Any, sheet: Any) -> None:  # noqa: ANN401 - XlsxWriter has no types
        cells = ["D4", "D5", "D6"]
        sheet.add_sparkline("D4", {"location": cells, "range": [f"Data!B{row}:C{row}" for row in (4, 5, 6)]})
        sheet.add_sparkline("H4", {"location": ["H4", "H6"], "range": ["Data!B4:C4", "Data!B6:C6"]})
        sheet.add_sparkline("G1", {"range": "Data!B4:B6"})

    path = made(tmp_path / "book.xlsx", more)
    start = read(path)[SHEET]
    for keys in ("CXABY", "A", "XYZ"):
        fill(path, TABLE, rows(keys), key="Key")
        last = 3 + len(keys)
        assert sparklines(path) == {
            **{f"D{row}": f"Data!B{row}:C{row}" for row in range(4, last + 1)},
            "H4": "Data!B4:C4",
            "H6": "Data!B6:C6",
            "G1": f"Data!B4:B{last}",
        }
    assert start.count(b"<x14:sparkline>") == read(path)[SHEET].count(b"<x14:sparkline>")


def test_a_sparkline_that_not_every_row_has_is_not_filled_down(tmp_path: Path) -> None:
    def more(_: Any, sheet: Any) -> None:  # noqa: ANN401 - XlsxWriter has no types
        sheet.add_sparkline("D4", {"location": ["D4", "D5"], "range": ["Data!B4:C4", "Data!B5:C5"]})

    path = made(tmp_path / "book.xlsx", more)
    fill(path, TABLE, rows("XBA"), key="Key")
    assert sparklines(path) == {"D5": "Data!B5:C5", "D6": "Data!B6:C6"}


def test_a_sparkline_of_other_figures_stays_with_its_row_and_leaves_with_it(tmp_path: Path) -> None:
    def more(workbook: Any, sheet: Any) -> None:  # noqa: ANN401 - XlsxWriter has no types
        workbook.add_worksheet("Past")
        sheet.add_sparkline("D4", {"location": ["D4", "D6"], "range": ["Past!A1:F1", "Past!A3:F3"]})

    path = made(tmp_path / "book.xlsx", more)
    fill(path, TABLE, rows("CXA"), key="Key")
    assert sparklines(path) == {"D4": "Past!A3:F3", "D6": "Past!A1:F1"}
    fill(path, TABLE, rows("XC"), key="Key")
    assert sparklines(path) == {"D5": "Past!A3:F3"}
    fill(path, TABLE, rows("X"), key="Key")
    assert b"extLst" not in read(path)[SHEET]  # a group without any would be no valid one


def elsewhere(workbook: Any, sheet: Any) -> None:  # noqa: ANN401 - XlsxWriter has no types
    other = workbook.add_worksheet("Other")
    bold = workbook.add_format({"bold": True})
    other.data_validation("A1", {"validate": "list", "source": "=Data!$A$4:$A$6"})
    other.conditional_format(
        "B1:B5", {"type": "formula", "criteria": "=B1>MAX(Data!$B$4:$B$6)", "format": bold}
    )
    other.add_sparkline("C1", {"range": "Data!B4:B6"})
    sheet.insert_textbox("J5", "", {"textlink": "=$B$7"})


def test_conditions_lists_and_shapes_elsewhere_that_do_not_grow_are_told(tmp_path: Path) -> None:
    path = plain(tmp_path / "book.xlsx", total_row=True)
    with xlsxwriter.Workbook(path) as workbook:
        elsewhere(workbook, table_into(workbook, total_row=True))
    done = fill(path, TABLE, rows("ABCDE"), key="Key")
    assert [each.partition(" refers to ")[0] for each in done.warnings] == [
        "Data, xl/drawings/drawing1.xml: $B$7",
        "Other!B1:B5: B1>MAX(Data!$B$4:$B$6)",
        "Other!A1: Data!$A$4:$A$6",
        "Other!C1: Data!B4:B6",
    ]
    assert fill(path, TABLE, rows("EDCBA"), key="Key").warnings == done.warnings[1:]


@pytest.mark.parametrize(
    ("where", "put"),
    [
        (
            "Other!A1",
            lambda other: other.data_validation("A1", {"validate": "list", "source": "=Data!$A$10"}),
        ),
        ("Other!B2", lambda other: other.add_sparkline("B2", {"range": "Data!A10:C10"})),
        (
            "Other, xl/drawings/drawing1.xml",
            lambda other: other.insert_textbox("A1", "", {"textlink": "=Data!$A$10"}),
        ),
    ],
)
def test_what_refers_to_cells_that_move_is_a_reason_wherever_it_stands(
    tmp_path: Path, where: str, put: Callable[[Any], object]
) -> None:
    def more(workbook: Any, sheet: Any) -> None:  # noqa: ANN401 - XlsxWriter has no types
        sheet.write("A10", "below")
        put(workbook.add_worksheet("Other"))

    path = made(tmp_path / "book.xlsx", more)
    with pytest.raises(InputError, match=f"and a formula refers to it, {where}: Data!"):
        fill(path, TABLE, rows("ABCDE"), key="Key")


def test_a_shared_formula_elsewhere_whose_last_cell_refers_to_what_moves_is_a_reason(tmp_path: Path) -> None:
    def more(workbook: Any, sheet: Any) -> None:  # noqa: ANN401 - XlsxWriter has no types
        sheet.write("A10", "below")
        other = workbook.add_worksheet("Other")
        other.write_formula("A1", "=Data!B1")
        other.write_formula("A10", "=Data!B10")

    path = made(tmp_path / "book.xlsx", more)
    with_parts(
        path,
        {},
        change=lambda name, xml: (
            xml.replace(b"<f>Data!B1</f>", b'<f t="shared" ref="A1:A10" si="0">Data!B1</f>').replace(
                b"<f>Data!B10</f>", b'<f t="shared" si="0"/>'
            )
            if name == "xl/worksheets/sheet2.xml"
            else xml
        ),
    )
    with pytest.raises(InputError, match="and a formula refers to it, Other!A1: Data!B10"):
        fill(path, TABLE, rows("ABCDE"), key="Key")


def test_labels_and_filtered_series_of_charts_grow(tmp_path: Path) -> None:
    def more(workbook: Any, _: Any) -> None:  # noqa: ANN401 - XlsxWriter has no types
        chart = workbook.add_chart({"type": "line"})
        chart.add_series({"values": "=Data!$B$4:$B$6"})
        workbook.add_worksheet("Other").insert_chart("A1", chart)

    path = made(tmp_path / "book.xlsx", more)
    extension = (
        b'<c:extLst><c:ext uri="{02D57815-91ED-43cb-92C2-25804820EDAC}" '
        b'xmlns:c15="http://schemas.microsoft.com/office/drawing/2012/chart"><c15:datalabelsRange>'
        b'<c15:f>Data!$D$4:$D$6</c15:f><c15:dlblRangeCache><c:ptCount val="3"/></c15:dlblRangeCache>'
        b"</c15:datalabelsRange><c15:fullRef><c15:sqref>Data!$B$4:$B$6</c15:sqref></c15:fullRef></c:ext>"
        b"</c:extLst></c:ser>"
    )
    with_parts(
        path,
        {},
        change=lambda name, xml: xml.replace(b"</c:ser>", extension) if name.endswith("chart1.xml") else xml,
    )
    fill(path, TABLE, rows("ABCDE"), key="Key")
    xml = read(path)["xl/charts/chart1.xml"]
    assert re.findall(rb"Data![^<]*", xml) == [b"Data!$B$4:$B$8", b"Data!$D$4:$D$8", b"Data!$B$4:$B$8"]
    assert b"dlblRangeCache" not in xml


@pytest.mark.parametrize(
    ("source", "read_anew"),
    [
        (f'name="{TABLE}"', True),
        ('name="amounts"', True),
        ('name="by_table"', True),
        ('name="elsewhere"', False),
        ('ref="A3:E6" sheet="Data"', True),
        ('ref="A1:B2" sheet="Data"', False),
        ('ref="A3:E6" sheet="Data" r:id="rId1"', False),
    ],
)
def test_pivot_tables_of_the_table_are_read_anew_however_they_name_it(
    tmp_path: Path,
    source: str,
    read_anew: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    def more(workbook: Any, _: Any) -> None:  # noqa: ANN401 - XlsxWriter has no types
        workbook.define_name("amounts", "=Data!$B$3:$B$6")
        workbook.define_name("by_table", f"={TABLE}[#All]")
        workbook.define_name("elsewhere", "=Data!$H$3:$I$6")

    path = with_pivot(made(tmp_path / "book.xlsx", more))
    with_parts(
        path,
        {},
        change=lambda _, xml: xml.replace(
            f'<worksheetSource name="{TABLE}"'.encode(), f"<worksheetSource {source}".encode()
        ),
    )
    before = read(path)
    fill(path, TABLE, rows("ABCDE"), key="Key")
    part = "xl/pivotCache/pivotCacheDefinition1.xml"
    assert (b' refreshOnLoad="1"' in read(path)[part]) == read_anew
    assert (read(path)[part] == before[part]) != read_anew


def test_merged_cells_below_are_never_within_the_table(tmp_path: Path) -> None:
    for at, (cells, text) in enumerate((("B9:C9", ""), ("E9:H9", "a title"))):
        path = tmp_path / f"book{at}.xlsx"
        with xlsxwriter.Workbook(path) as workbook:
            table_into(workbook).merge_range(cells, text)
        fill(path, TABLE, rows("ABCDEFGHIJ"), key="Key")
        assert [str(each) for each in openpyxl.load_workbook(path)["Data"].merged_cells.ranges] == [
            cells.replace("9", "16")
        ]
