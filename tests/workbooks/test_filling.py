"""Filling a table of a workbook that people work in: what they made stays, and stays with its row."""

from __future__ import annotations

import re
import tempfile
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duebook.errors import InputError, OutOfRangeError
from duebook_workbooks.filling.fill import fill
from foreignbooks import (
    HEADERS,
    TABLE,
    by_openpyxl,
    grafted,
    plain,
    rich,
    with_parts,
    with_pivot,
    with_thread,
)
from packages import read, records

if TYPE_CHECKING:
    from collections.abc import Sequence

SHEET = "xl/worksheets/sheet1.xml"
DAY = date(2025, 6, 30)


def rows(keys: Sequence[str], amounts: Sequence[float] | None = None) -> pa.Table:
    """Return rows of the columns that are ours."""
    return pa.table(
        {
            "Key": pa.array(keys, pa.string()),
            "Amount": pa.array(amounts or range(10, 10 + len(keys)), pa.float64()),
            "Day": pa.array([DAY] * len(keys), pa.date32()),
        }
    )


def shown(path: Path, sheet: str = "Data") -> list[dict[str, Any]]:
    """Return the rows of the table as openpyxl reads them."""
    found = openpyxl.load_workbook(path)[sheet]
    header, *body = found[found.tables[TABLE].ref]
    return [{name.value: cell.value for name, cell in zip(header, row, strict=True)} for row in body]


def changed(before: dict[str, bytes], after: dict[str, bytes]) -> set[str]:
    """Return the parts that differ; none but the calculation chain may be lost, and none out of its place."""
    assert [name for name in after if name in before] == [
        name for name in before if name != "xl/calcChain.xml"
    ]
    return {name for name in before if before[name] != after.get(name)}


def test_what_people_wrote_follows_the_key_and_formulas_fill_down(tmp_path: Path) -> None:
    path = plain(tmp_path / "book.xlsx")
    done = fill(path, TABLE, rows(["C", "X", "A", "Y"]), key="Key")
    formula = f"={TABLE}[[#This Row],[Amount]]*2"
    assert [tuple(row.values()) for row in shown(path)] == [
        (key, amount, datetime(2025, 6, 30), note, formula)  # noqa: DTZ001 - as openpyxl gives dates
        for key, amount, note in (("C", 10, "third"), ("X", 11, None), ("A", 12, "first"), ("Y", 13, None))
    ]
    assert (done.rows, done.added, done.left, done.archived, done.warnings) == (4, 2, 1, 0, ())
    assert openpyxl.load_workbook(path)["Data"].tables[TABLE].autoFilter.ref == "A3:E7"


def test_every_other_part_keeps_its_compressed_bytes(tmp_path: Path) -> None:
    path = with_pivot(rich(tmp_path / "book.xlsm", tmp_path))
    before, entries = read(path), records(path)
    assert {"xl/vbaProject.bin", "customXml/item1.xml", "xl/printerSettings/printerSettings1.bin"} <= set(
        before
    )
    fill(path, TABLE, rows(["C", "X", "A", "Y"]), key="Key")
    after = records(path)
    made = changed(before, read(path))
    assert made == {
        SHEET,
        "xl/workbook.xml",
        "xl/tables/table1.xml",
        "xl/charts/chart1.xml",
        "xl/charts/chart3.xml",
        "xl/pivotCache/pivotCacheDefinition1.xml",
    }
    # what an entry was, header and compressed bytes and attributes, it still is
    assert {name for name in entries if entries[name] != after[name]} == made


def test_what_points_at_the_table_ends_with_it(tmp_path: Path) -> None:
    path = with_pivot(rich(tmp_path / "book.xlsm", tmp_path))
    fill(path, TABLE, rows(list("CXAYZ")), key="Key")
    parts = {name: xml.decode(errors="replace") for name, xml in read(path).items()}
    sheet = parts[SHEET]
    assert set(re.findall(r'<conditionalFormatting sqref="([^"]*)"', sheet)) == {"B4:B8"}
    assert re.findall(r'<dataValidation [^>]*sqref="([^"]*)"', sheet) == ["D4:D8"]
    assert re.findall("<xm:sqref>([^<]*)</xm:sqref>", sheet) == ["B4:B8", "G2"]
    assert re.findall("<xm:f>([^<]*)</xm:f>", sheet) == ["Data!B4:B8"]
    assert "<f>SUM(B4:B8)</f>" in sheet
    assert '<dimension ref="A1:G9"/>' in sheet
    assert '<definedName name="amounts">Data!$B$4:$B$8</definedName>' in parts["xl/workbook.xml"]
    assert "'其他 &amp; more'!$A$1:$A$9</definedName>" in parts["xl/workbook.xml"]
    assert 'fullCalcOnLoad="1"' in parts["xl/workbook.xml"]
    chart = parts["xl/charts/chart1.xml"]
    assert re.findall("<c:f>([^<]*)</c:f>", chart) == ["Data!$A$4:$A$8", "Data!$B$4:$B$8"]
    assert "Cache>" not in chart  # the figures kept there were those before
    cache = parts["xl/pivotCache/pivotCacheDefinition1.xml"]
    assert cache.count("refreshOnLoad") == 1
    assert 'refreshOnLoad="1"' in cache


def test_the_totals_row_stays_behind_the_rows(tmp_path: Path) -> None:
    path = plain(tmp_path / "book.xlsx", total_row=True)
    fill(path, TABLE, rows(list("ABCDEF")), key="Key")
    sheet = openpyxl.load_workbook(path)["Data"]
    assert sheet.tables[TABLE].ref == "A3:E10"
    assert sheet.tables[TABLE].autoFilter.ref == "A3:E9"
    assert sheet["B10"].value == "=SUBTOTAL(109,[Amount])"
    fill(path, TABLE, rows(["A"]), key="Key")
    sheet = openpyxl.load_workbook(path)["Data"]
    assert (sheet.tables[TABLE].ref, sheet["B5"].value) == ("A3:E5", "=SUBTOTAL(109,[Amount])")
    assert sheet.max_row == 5


def test_filling_again_changes_nothing_and_growing_back_neither(tmp_path: Path) -> None:
    path = with_pivot(rich(tmp_path / "book.xlsm", tmp_path))
    fill(path, TABLE, rows(list("ABC")), key="Key")
    once = path.read_bytes()
    fill(path, TABLE, rows(list("ABC")), key="Key")
    assert path.read_bytes() == once
    fill(path, TABLE, rows(["A", "B", "C", *map(str, range(10_000))]), key="Key")
    assert len(re.findall(b'<row r="', read(path)[SHEET])) == 2 + 10_003 + 1  # two above, and the totals
    fill(path, TABLE, rows(list("ABC")), key="Key")
    assert path.read_bytes() == once


NOTES = st.text(st.characters(codec="utf-8", exclude_categories=("Cc",)), min_size=1, max_size=8)


@settings(max_examples=25)
@given(
    notes=st.dictionaries(st.sampled_from("ABCDEFGHIJ"), NOTES, max_size=8),
    before=st.permutations("ABCDEFGHIJ"),
    after=st.permutations("ABCDEFGHIJKLM"),
)
def test_a_person_s_column_follows_its_keys_through_any_order(
    notes: dict[str, str], before: list[str], after: list[str]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = by_openpyxl(Path(folder) / "book.xlsx")
        fill(path, TABLE, rows(["A", "C", *(key for key in before if key not in "AC")]), key="Key")
        workbook = openpyxl.load_workbook(path)
        sheet = workbook["Data"]
        for row in range(4, 14):
            key = sheet.cell(row, 1).value
            sheet.cell(row, 4).value = None
            if key in notes:
                sheet.cell(row, 4).value = notes[key]
                sheet.cell(row, 4).data_type = "s"
                sheet.cell(row, 1).font = openpyxl.styles.Font(bold=True)
        sheet["D4"].comment = None
        workbook.save(path)
        fill(path, TABLE, rows(after), key="Key")
        once = path.read_bytes()
        found = openpyxl.load_workbook(path)["Data"]
        for at, key in enumerate(after, 4):
            assert found.cell(at, 1).value == key
            assert (found.cell(at, 4).value or "") == notes.get(key, "")
            if key in before:
                assert bool(found.cell(at, 1).font.bold) == (key in notes)
            assert found.cell(at, 5).value == f"=B{at}*2"
        fill(path, TABLE, rows(after), key="Key")
        assert path.read_bytes() == once


def test_formulas_of_a_row_go_with_it(tmp_path: Path) -> None:
    path = by_openpyxl(tmp_path / "book.xlsx")
    workbook = openpyxl.load_workbook(path)
    sheet = workbook["Data"]
    sheet["G1"] = 5
    for row, formula in ((4, "=B4/SUM($B$4:$B$6)+G1"), (5, "=SUM(B$4:B5)"), (6, "=Other!A6&$A$1&B6")):
        sheet.cell(row, 4).value = formula
    workbook.save(path)
    fill(path, TABLE, rows(list("CXBA")), key="Key")
    assert {row["Key"]: row["Note"] for row in shown(path)} == {
        "C": "=Other!A6&$A$1&B4",
        "X": None,
        "B": "=SUM(B$4:B6)",
        "A": "=B7/SUM($B$4:$B$7)+G1",
    }
    assert openpyxl.load_workbook(path)["Data"]["A1"].value == "=SUM(B4:B7)"


def test_a_formula_that_goes_is_calculated_anew_elsewhere(tmp_path: Path) -> None:
    path = plain(tmp_path / "book.xlsx")
    fill(path, TABLE, rows(list("ABC")), key="Key")
    assert b"</f><v>" not in read(path)[SHEET]  # no figure that is not this fill's


def test_shared_formulas_become_each_cell_s_own(tmp_path: Path) -> None:
    path = by_openpyxl(tmp_path / "book.xlsx")

    def share(name: str, xml: bytes) -> bytes:
        if name != SHEET:
            return xml
        xml = xml.replace(b"<f>B4*2</f>", b'<f t="shared" ref="E4:E6" si="0">B4*2</f>')
        for row in (5, 6):
            xml = xml.replace(b"<f>B%d*2</f>" % row, b'<f t="shared" si="0"/>')
        return xml

    with_parts(path, {}, change=share)
    assert read(path)[SHEET].count(b"shared") == 3
    fill(path, TABLE, rows(list("XCBA")), key="Key")
    assert [row["Twice"] for row in shown(path)] == [f"=B{at}*2" for at in range(4, 8)]
    assert b"shared" not in read(path)[SHEET]


def test_comments_go_with_their_rows(tmp_path: Path) -> None:
    path = with_thread(by_openpyxl(tmp_path / "book.xlsx"), "D4", "a thread")
    fill(path, TABLE, rows(list("XYZCBA")), key="Key")
    sheet = openpyxl.load_workbook(path)["Data"]
    assert {cell.coordinate: cell.comment.text for row in sheet for cell in row if cell.comment} == {
        "D9": "about the first"
    }
    parts = read(path)
    assert b'<threadedComment ref="D9"' in parts["xl/threadedComments/threadedComment1.xml"]
    (box,) = (xml for name, xml in parts.items() if name.endswith(".vml"))
    assert re.search(rb":Row>8</[^>]*>\s*<[^>]*:Column>3</", box)


def test_a_row_that_leaves_with_something_written_goes_to_the_archive(tmp_path: Path) -> None:
    path = with_thread(by_openpyxl(tmp_path / "book.xlsx"), "D4", "a thread")
    before = read(path)
    done = fill(path, TABLE, rows(["B"]), key="Key")
    assert (done.left, done.archived) == (2, 2)
    workbook = openpyxl.load_workbook(path)
    assert workbook.sheetnames == ["Data", "Other", f"{TABLE} archive"]
    archive = [[cell.value for cell in row] for row in workbook[f"{TABLE} archive"]]
    assert archive == [
        [*HEADERS, "Comments"],
        ["A", 1, None, "first", None, "a thread"],
        ["C", 3, None, "third", None, None],
    ]
    assert not any(cell.comment for row in workbook["Data"] for cell in row)
    assert "xl/worksheets/sheet3.xml" in set(read(path)) - set(before)
    # the next that leaves joins them, and a fill without one changes nothing
    workbook["Data"]["D4"] = "=1+1"
    workbook.save(path)
    fill(path, TABLE, rows(["B"]), key="Key")
    once = path.read_bytes()
    fill(path, TABLE, rows(["B"]), key="Key", language="zh")
    assert path.read_bytes() == once
    fill(path, TABLE, rows(["X"]), key="Key", language="zh")
    names = openpyxl.load_workbook(path).sheetnames
    assert names == ["Data", "Other", f"{TABLE} archive"]
    assert [row[0].value for row in openpyxl.load_workbook(path)[f"{TABLE} archive"]] == [
        "Key",
        "A",
        "C",
        "B",
    ]


def test_the_archive_is_called_in_the_reader_s_language(tmp_path: Path) -> None:
    path = plain(tmp_path / "book.xlsx")
    fill(path, TABLE, rows(["B"]), key="Key", language="zh")
    assert openpyxl.load_workbook(path).sheetnames == ["Data", f"{TABLE} 存档"]


def test_rows_below_move_and_what_refers_to_them_follows(tmp_path: Path) -> None:
    path = by_openpyxl(tmp_path / "book.xlsx")
    workbook = openpyxl.load_workbook(path)
    sheet = workbook["Data"]
    sheet["B9"], sheet["C9"] = "Signed:", "=B9&B10&B4"
    sheet["G1"] = "=B9"
    sheet.merge_cells("B11:C11")
    sheet["B9"].comment = comment("below")
    sheet["B12"].hyperlink = "https://example.com/"
    sheet["B12"] = "link"
    workbook.create_sheet("Third")["A1"] = "=Data!A1"
    workbook.defined_names["below"] = openpyxl.workbook.defined_name.DefinedName(
        "below", attr_text="Data!$B$9:$B$12"
    )
    workbook.save(path)
    fill(path, TABLE, rows(list("ABCDE")), key="Key")
    moved = openpyxl.load_workbook(path)
    sheet = moved["Data"]
    assert (sheet["B11"].value, sheet["C11"].value, sheet["G1"].value) == ("Signed:", "=B11&B12&B4", "=B11")
    assert [str(each) for each in sheet.merged_cells.ranges] == ["B13:C13"]
    assert sheet["B11"].comment.text == "below"
    assert sheet["B14"].hyperlink.target == "https://example.com/"
    assert moved.defined_names["below"].attr_text == "Data!$B$11:$B$14"
    fill(path, TABLE, rows(list("ABC")), key="Key")
    again = openpyxl.load_workbook(path)["Data"]
    assert (again["B9"].value, again["C9"].value, again["G1"].value) == ("Signed:", "=B9&B10&B4", "=B9")


def comment(text: str) -> openpyxl.comments.Comment:
    return openpyxl.comments.Comment(text, "Wang")


def test_what_cannot_move_with_certainty_is_refused(tmp_path: Path) -> None:
    path = by_openpyxl(tmp_path / "book.xlsx")
    workbook = openpyxl.load_workbook(path)
    workbook["Data"]["B8"] = "below"
    workbook["Data"]["G5"] = "beside"
    workbook.save(path)
    before = path.read_bytes()
    with pytest.raises(InputError) as refused:
        fill(path, TABLE, rows(list("ABCDE")), key="Key")
    assert str(refused.value) == (
        "table 'due_test': it would end in row 8 instead of 6, but row 8 below it is not empty and cannot "
        "move down, because cell G5 beside the table is not empty. Move what stands below the table to "
        "another sheet."
    )
    assert path.read_bytes() == before
    fill(path, TABLE, rows(list("ABX")), key="Key")  # as many rows need no room
    assert openpyxl.load_workbook(path)["Data"]["B8"].value == "below"


def test_a_formula_elsewhere_that_refers_to_what_would_move_is_a_reason(tmp_path: Path) -> None:
    path = by_openpyxl(tmp_path / "book.xlsx")
    workbook = openpyxl.load_workbook(path)
    workbook["Data"]["B8"] = 7
    workbook["Other"]["A2"] = "=Data!B8+1"
    workbook.save(path)
    with pytest.raises(InputError, match=r"a formula refers to it, Other!A2: Data!B8\+1\."):
        fill(path, TABLE, rows(list("ABCDE")), key="Key")


def test_what_stands_beside_the_table_stays_in_its_rows(tmp_path: Path) -> None:
    path = by_openpyxl(tmp_path / "book.xlsx")
    workbook = openpyxl.load_workbook(path)
    for row in range(1, 13):
        workbook["Data"].cell(row, 8).value = f"beside {row}"
    workbook["Data"]["I5"] = "=SUM(B4:B6)+H20"
    workbook.save(path)
    for keys in ("ABCDEFGHIJK", "AC", "CBA"):
        fill(path, TABLE, rows(list(keys)), key="Key")
        sheet = openpyxl.load_workbook(path)["Data"]
        assert [sheet.cell(row, 8).value for row in range(1, 13)] == [f"beside {row}" for row in range(1, 13)]
        assert [sheet.cell(4 + at, 1).value for at in range(len(keys))] == list(keys)
        assert sheet["I5"].value == f"=SUM(B4:B{3 + len(keys)})+H20"
        assert sheet.max_row == 12 + 2 * (len(keys) == 11)


def test_a_formula_elsewhere_that_will_not_grow_is_told(tmp_path: Path) -> None:
    path = by_openpyxl(tmp_path / "book.xlsx")
    workbook = openpyxl.load_workbook(path)
    workbook["Other"]["A2"] = "=SUM(Data!B4:B6)"
    workbook["Other"]["A3"] = f"=SUM({TABLE}[Amount])"
    workbook.save(path)
    told = (
        "Other!A2: SUM(Data!B4:B6) refers to cells of table 'due_test', and does not grow with it; "
        "a reference to the table would."
    )
    before = read(path)
    assert fill(path, TABLE, rows(list("ABCDE")), key="Key").warnings == (told,)
    assert fill(path, TABLE, rows(list("ABCDE")), key="Key").warnings == (told,)
    assert read(path)["xl/worksheets/sheet2.xml"] == before["xl/worksheets/sheet2.xml"]
    assert fill(path, TABLE, rows(list("ABC")), key="Key").warnings == ()


TEXTS = [
    '=HYPERLINK("http://x")',
    "+1",
    "@SUM(A1)",
    "-2+3",
    "_x000D_",
    "a\x00b\x1fc",
    "\r\n\t",
    " leading and trailing ",
    "مرحبا \u202eabc",
    "上海某某有限公司",
    "a" * 32_767,
    "<&>\"']]>",
    "🙂",
    "007",
    "1E5",
]


def test_text_stays_text_and_comes_back(tmp_path: Path) -> None:
    path = plain(tmp_path / "book.xlsx")
    for _ in range(2):  # the second fill reads its keys from what the first wrote
        done = fill(path, TABLE, rows(TEXTS), key="Key")
        cells = [row["Key"] for row in shown(path)]
        assert [
            re.sub("_x([0-9A-F]{4})_", lambda found: chr(int(found[1], 16)), text) for text in cells
        ] == TEXTS
    assert (done.added, done.left) == (0, 0)
    assert all(cell.data_type in "sn" for (cell,) in openpyxl.load_workbook(path)["Data"]["A4:A18"])


def test_half_a_character_becomes_the_replacement_character(tmp_path: Path) -> None:
    path = plain(tmp_path / "book.xlsx")
    broken = pa.array([b"a\xed\xa0\xbdb"]).view(pa.string())
    fill(path, TABLE, pa.table({"Key": ["A"], "Amount": [1], "Day": pa.array([DAY]), "Note": broken}))
    assert set(shown(path)[0]["Note"]) == {"a", "\ufffd", "b"}


def test_keys_are_the_same_whether_text_or_number(tmp_path: Path) -> None:
    path = plain(tmp_path / "book.xlsx")
    numbers = pa.table({"Key": [1, 2], "Amount": [1.5, 2.5], "Day": pa.array([DAY, None])})
    fill(path, TABLE, rows(["1", "2", "A", "B", "C"]), key="Key")
    done = fill(path, TABLE, numbers, key="Key")
    assert (done.added, done.left, done.archived) == (0, 3, 2)
    floats = numbers.set_column(0, "Key", pa.array([1.0, 3.5]))
    assert fill(path, TABLE, floats, key="Key").added == 1
    assert fill(path, TABLE, floats, key="Key").added == 0


def test_no_rows_are_one_empty_row(tmp_path: Path) -> None:
    path = plain(tmp_path / "book.xlsx")
    done = fill(path, TABLE, rows([]), key="Key")
    assert (done.rows, done.left, done.archived) == (0, 3, 2)
    (row,) = shown(path)
    assert set(row.values()) == {None, f"={TABLE}[[#This Row],[Amount]]*2"}
    once = path.read_bytes()
    fill(path, TABLE, rows([]), key="Key")
    assert path.read_bytes() == once


def test_dates_get_a_format_that_shows_them_where_the_column_has_none(tmp_path: Path) -> None:
    path = by_openpyxl(tmp_path / "book.xlsx")
    fill(path, TABLE, rows(list("ABC")), key="Key")
    assert {row["Day"] for row in shown(path)} == {datetime(2025, 6, 30)}  # noqa: DTZ001
    once = path.read_bytes()
    fill(path, TABLE, rows(list("ABC")), key="Key")
    assert path.read_bytes() == once
    own = plain(tmp_path / "own.xlsx")
    before = read(own)
    fill(own, TABLE, rows(list("ABC")), key="Key")
    assert "xl/styles.xml" not in changed(before, read(own))  # it has a date format of its own


def test_more_formats_than_excel_allows_are_refused(tmp_path: Path) -> None:
    path = plain(tmp_path / "book.xlsx")
    many = b'<cellXfs count="64000">' + b'<xf numFmtId="0" fontId="0"/>' * 64_000 + b"</cellXfs>"

    def change(name: str, xml: bytes) -> bytes:
        if name == "xl/styles.xml":
            return re.sub(rb"<cellXfs.*</cellXfs>", many, xml, flags=re.DOTALL)
        return re.sub(rb'(<c r="C[0-9]+") s="[0-9]+"', rb"\1", xml) if name == SHEET else xml

    before = with_parts(path, {}, change=change).read_bytes()
    with pytest.raises(OutOfRangeError, match=r"The workbook has 64,000 formats of cells and needs another"):
        fill(path, TABLE, rows(["A"]), key="Key")
    assert path.read_bytes() == before


def test_dates_count_from_1904_where_the_workbook_s_do(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    by_openpyxl(path)
    workbook = openpyxl.load_workbook(path)
    workbook.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    workbook.save(path)
    fill(path, TABLE, rows(["A"]), key="Key")
    assert shown(path)[0]["Day"] == datetime(2025, 6, 30)  # noqa: DTZ001


def test_row_heights_hidden_rows_and_formats_follow_the_key(tmp_path: Path) -> None:
    path = by_openpyxl(tmp_path / "book.xlsx")
    workbook = openpyxl.load_workbook(path)
    sheet = workbook["Data"]
    sheet.row_dimensions[4].height = 40
    sheet.row_dimensions[5].hidden = True
    sheet["D6"].fill = openpyxl.styles.PatternFill("solid", fgColor="FFFF00")
    workbook.save(path)
    fill(path, TABLE, rows(list("XCBA")), key="Key")
    sheet = openpyxl.load_workbook(path)["Data"]
    assert [sheet.row_dimensions[row].height for row in range(4, 8)] == [None, None, None, 40]
    assert [sheet.row_dimensions[row].hidden for row in range(4, 8)] == [False, False, True, False]
    assert [sheet.cell(row, 4).fill.fgColor.rgb for row in range(4, 8)] == [
        "00000000",
        "00FFFF00",
        "00000000",
        "00000000",
    ]


def test_previous_versions_are_kept(tmp_path: Path) -> None:
    path = plain(tmp_path / "book.xlsx")
    versions = []
    for keys in ("AB", "ABC", "ABCD"):
        versions.append(path.read_bytes())
        fill(path, TABLE, rows(list(keys)), key="Key", previous=2)
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "book (previous 1).xlsx",
        "book (previous 2).xlsx",
        "book.xlsx",
    ]
    assert [(tmp_path / f"book (previous {at}).xlsx").read_bytes() for at in (1, 2)] == versions[:0:-1]


@pytest.mark.parametrize(
    ("given_rows", "key", "message"),
    [
        (rows(["A", "A"]), "Key", "rows 1 and 2 to fill have the same key 'A' in column 'Key'."),
        (rows(["A", ""]), "Key", "row 2 to fill has no key in column 'Key'."),
        (rows(["A"]), "Note", "the key column 'Note' is not among the columns to fill."),
        (rows(["A"]).append_column("Wrong", pa.array([1])), "Key", "it has no column 'Wrong'."),
        (rows(["A"]), None, "row 4 holds something that a person wrote, and no key says to which of the new"),
        (rows(["a" * 32_768]), "Key", "column 'Key' of row 1 has 32,768 characters; a cell holds 32,767."),
    ],
)
def test_what_cannot_be_filled_is_said_and_changes_nothing(
    tmp_path: Path, given_rows: pa.Table, key: str | None, message: str
) -> None:
    path = plain(tmp_path / "book.xlsx")
    before = path.read_bytes()
    with pytest.raises(InputError) as refused:
        fill(path, TABLE, given_rows, key=key)
    assert refused.value.message.startswith(f"table 'due_test': {message}")
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["book.xlsx"]


def test_more_rows_than_a_sheet_holds_are_refused(tmp_path: Path) -> None:
    path = plain(tmp_path / "book.xlsx", total_row=True)
    many = pa.table({"Amount": pa.nulls(1_048_573, pa.int64())})
    with pytest.raises(OutOfRangeError) as refused:
        fill(path, TABLE, many)
    assert refused.value.message == (
        "table 'due_test': 1,048,573 rows do not fit its sheet, which has room for 1,048,572."
    )


def test_two_rows_with_one_key_and_two_notes_are_refused(tmp_path: Path) -> None:
    path = by_openpyxl(tmp_path / "book.xlsx")
    workbook = openpyxl.load_workbook(path)
    workbook["Data"]["A6"] = "A"
    workbook.save(path)
    with pytest.raises(InputError) as refused:
        fill(path, TABLE, rows(["A"]), key="Key")
    assert refused.value.message == (
        "table 'due_test': key 'A' stands in rows 4 and 6, each with something a person wrote, and cannot "
        "tell which of the two it belongs to."
    )


def test_files_that_must_not_be_touched_are_refused(tmp_path: Path) -> None:
    path = plain(tmp_path / "book.xlsx")

    def refusal() -> str:
        with pytest.raises(InputError) as refused:
            fill(path, TABLE, rows(["A", "B", "C"]), key="Key")
        return str(refused.value)

    lock = tmp_path / "~$book.xlsx"
    lock.touch()
    assert refusal() == (
        "book.xlsx: it is open in Excel, for ~$book.xlsx lies beside it. Close it there. If nobody has it "
        "open, delete ~$book.xlsx."
    )
    lock.unlink()
    good = path.read_bytes()
    with_parts(path, {"_xmlsignatures/origin.sigs": ("", b"")})
    assert refusal().startswith("book.xlsx: it is signed, and filling it would break the signature.")
    path.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600))
    assert refusal().startswith(
        "book.xlsx: it has a password or is of an old format, and its parts cannot be read."
    )
    path.write_bytes(good[: len(good) // 2])
    assert refusal() == "book.xlsx: it is no .xlsx workbook."
    path.write_bytes(good)
    with_parts(path, {"xl/tables/Table1.xml": ("", b"")})
    assert refusal().startswith("book.xlsx: it holds two parts of one name")
    path.unlink()
    assert refusal() == f"{path}: there is no such file."


def test_damage_is_found_before_the_workbook_is_replaced(tmp_path: Path) -> None:
    path = plain(tmp_path / "book.xlsx")
    with zipfile.ZipFile(path) as package:
        entry = package.getinfo("xl/workbook.xml")
        data = bytearray(path.read_bytes())
    at = entry.header_offset + 30 + len(entry.filename) + 10
    data[at : at + 20] = bytes(20)
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"^book.xlsx: it is damaged"):
        fill(path, TABLE, rows(["A"]), key="Key")
    assert path.read_bytes() == bytes(data)


def test_sheets_that_are_not_as_programs_write_them_are_not_guessed_at(tmp_path: Path) -> None:
    path = plain(tmp_path / "book.xlsx")
    good = path.read_bytes()
    for old, new, why in (
        (b'<row r="5"', b"<row", "it has rows or cells that do not say where they are"),
        (b'<c r="A5"', b"<c", "it has rows or cells that do not say where they are"),
        (b'<row r="5"', b'<!-- a --><row r="5"', "there are comments or the like among its rows"),
        (b'<row r="5"', b'<row r="9"', "its rows are not in order"),
        (
            b"sheetData>",
            b"x:sheetData>",
            "it has no rows, or its XML is not as spreadsheet programs write it",
        ),
        (b"<worksheet", b"<!DOCTYPE a []><worksheet", "it declares a document type"),
    ):
        path.write_bytes(good)
        with_parts(
            path,
            {},
            change=lambda name, xml, old=old, new=new: xml.replace(old, new) if name == SHEET else xml,
        )
        with pytest.raises(InputError) as refused:
            fill(path, TABLE, rows(["A"]), key="Key")
        assert refused.value.message == f"book.xlsx: its part {SHEET} cannot be read: {why}."


def test_unknown_tables_are_named(tmp_path: Path) -> None:
    path = plain(tmp_path / "book.xlsx")
    with pytest.raises(InputError) as refused:
        fill(path, "due_tset", rows(["A"]), key="Key")
    assert str(refused.value) == "book.xlsx: it has no table 'due_tset'. Its tables are 'due_test'."
    assert fill(path, "DUE_TEST", rows(["A"]), key="Key").table == "due_test"  # Excel knows no capitals


def test_stored_entries_stay_stored(tmp_path: Path) -> None:
    path, stored = plain(tmp_path / "book.xlsx"), tmp_path / "stored.xlsx"
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_STORED) as package:
        for name, xml in read(path).items():
            package.writestr(name, xml)
    for each in (path, stored):
        fill(each, TABLE, rows(list("ABC")), key="Key")
    assert read(path) == read(stored)


def test_calculation_chains_go(tmp_path: Path) -> None:
    path = plain(tmp_path / "book.xlsx")
    before = read(path)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.calcChain+xml"
    chain = (
        b'<calcChain xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        b'<c r="E4" i="1"/></calcChain>'
    )
    relation = (
        b'<Relationship Id="c" '
        b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/calcChain" '
        b'Target="calcChain.xml"/></Relationships>'
    )
    with_parts(
        path,
        {"xl/calcChain.xml": (kind, chain)},
        change=lambda name, xml: (
            xml.replace(b"</Relationships>", relation) if "workbook.xml.rels" in name else xml
        ),
    )
    fill(path, TABLE, rows(list("ABC")), key="Key")
    after = read(path)
    assert set(after) == set(before)
    assert after["[Content_Types].xml"] == before["[Content_Types].xml"]
    assert after["xl/_rels/workbook.xml.rels"] == before["xl/_rels/workbook.xml.rels"]


def test_workbooks_of_excel_and_others_keep_every_other_part(tmp_path: Path, shared: Path) -> None:
    found = 0
    for source in sorted((shared / "data").glob("*/*.xls[xm]")):
        path = grafted(source, tmp_path / source.name)
        before, entries = read(path), records(path)
        fill(path, TABLE, rows(list("CXAB")), key="Key")
        made = changed(before, read(path))
        assert {name for name in made if "sheet" in name or "table" in name} == set(list(before)[-3:-1]), (
            source
        )
        others = made - set(list(before)[-3:-1])
        assert others <= {
            "xl/workbook.xml",
            "xl/_rels/workbook.xml.rels",
            "[Content_Types].xml",
            "xl/calcChain.xml",
            "xl/styles.xml",
        }, source
        after = records(path)
        assert all(entries[name] == after[name] for name in entries if name in after and name not in made), (
            source
        )
        assert re.findall(b"note ([A-C])", read(path)[list(before)[-3]]) == [b"C", b"A", b"B"]
        found += 1
    assert found > 20


def test_calamine_reads_the_new_rows(tmp_path: Path) -> None:
    calamine = pytest.importorskip(
        "python_calamine", reason="needs python-calamine, which is not a dependency"
    )
    path = plain(tmp_path / "book.xlsx")
    fill(path, TABLE, rows(list("CXA")), key="Key")
    read_rows = (
        calamine.CalamineWorkbook.from_path(path).get_sheet_by_name("Data").to_python(skip_empty_area=False)
    )
    assert [row[:4] for row in read_rows[3:]] == [
        ["C", 10, DAY, "third"],
        ["X", 11, DAY, ""],
        ["A", 12, DAY, "first"],
    ]
