"""Filling a table: workbooks written in rarer ways, keys of every kind, and files that change meanwhile."""

from __future__ import annotations

import os
import re
import shutil
import zipfile
from datetime import date, datetime
from typing import TYPE_CHECKING

import openpyxl
import pyarrow as pa
import pytest
import xlsxwriter

from corpus import without_default
from duebook.errors import InputError, OutOfRangeError
from duebook_workbooks.filling.comparing import differences
from duebook_workbooks.filling.delimited import read_rows
from duebook_workbooks.filling.fill import fill
from foreignbooks import TABLE, plain, table_into, with_parts, with_thread
from packages import MAIN, read

if TYPE_CHECKING:
    from pathlib import Path

SHEET = "xl/worksheets/sheet1.xml"
DECLARED = "xl/tables/table1.xml"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"


def rows(keys: str) -> pa.Table:
    return pa.table({"Key": list(keys), "Amount": [number + 0.25 for number in range(len(keys))]})


def replaced(path: Path, part: str, old: bytes, new: bytes) -> Path:
    """Replace something in a part of a workbook, which must be there."""
    assert old in read(path)[part]
    return with_parts(path, {}, change=lambda name, xml: xml.replace(old, new) if name == part else xml)


def shown(path: Path) -> list[list[object]]:
    sheet = openpyxl.load_workbook(path)["Data"]
    return [[cell.value for cell in row][:4] for row in sheet[sheet.tables[TABLE].ref][1:]]


@pytest.mark.parametrize(
    "parts", [("workbook", "styles"), ("sharedStrings",), ("table1",), ("sheet1",), ("",)]
)
def test_elements_with_a_prefix_are_the_same_elements(tmp_path: Path, parts: tuple[str, ...]) -> None:
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        sheet = table_into(workbook)
        sheet.conditional_format("B4:B6", {"type": "data_bar"})
        sheet.write("A10", "below")
        workbook.define_name("amounts", "=Data!$B$4:$B$6")
        workbook.add_worksheet("Other").write_formula("A1", "=Data!B4+SUM(Data!B4:B6)")
    main = [name for name, xml in read(path).items() if f'xmlns="{MAIN}"'.encode() in xml]
    chosen = {name for name in main if any(part in name for part in parts)}
    assert chosen
    with_parts(path, {}, change=lambda name, xml: without_default(xml) if name in chosen else xml)
    done = fill(path, TABLE, rows("CXAYZ"), key="Key")
    assert shown(path)[0] == ["C", 0.25, datetime(2023, 3, 20), "third"]  # noqa: DTZ001 - as openpyxl gives dates
    assert [row[0] for row in shown(path)] == list("CXAYZ")
    assert len(done.warnings) == 1  # of the formula on the other sheet
    after = read(path)
    assert b">Data!$B$4:$B$8<" in after["xl/workbook.xml"]
    assert b'fullCalcOnLoad="1"' in after["xl/workbook.xml"]
    assert re.findall(rb' (?:sqref|ref)="B4:B[0-9]+"', after[SHEET]) == [b' sqref="B4:B8"']
    once = path.read_bytes()
    fill(path, TABLE, rows("CXAYZ"), key="Key")
    assert path.read_bytes() == once


def test_a_prefix_is_found_wherever_a_piece_of_the_sheet_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("duebook_workbooks.filling.sheet_rows._PIECE", 7)
    path = plain(tmp_path / "book.xlsx")
    with_parts(path, {}, change=lambda name, xml: without_default(xml) if name == SHEET else xml)
    fill(path, TABLE, rows("CXA"), key="Key")
    assert [row[3] for row in shown(path)] == ["third", None, "first"]


def test_names_with_and_without_a_prefix_are_not_guessed_at(tmp_path: Path) -> None:
    path = plain(tmp_path / "book.xlsx")
    with_parts(path, {}, change=lambda name, xml: without_default(xml) if name == SHEET else xml)
    replaced(path, SHEET, b"</x:worksheet>", b'<x:extLst><ext xmlns="u"/></x:extLst></x:worksheet>')
    before = path.read_bytes()
    with pytest.raises(InputError, match="it mixes names of elements with and without a prefix"):
        fill(path, TABLE, rows("CXA"), key="Key")
    assert path.read_bytes() == before


def test_the_archive_of_a_strict_workbook_is_strict(tmp_path: Path) -> None:
    path = plain(tmp_path / "book.xlsx")
    with_parts(path, {}, change=lambda _, xml: xml.replace(MAIN.encode(), STRICT.encode()))
    assert fill(path, TABLE, rows("B"), key="Key").archived == 2
    archive = read(path)["xl/worksheets/sheet2.xml"]
    assert STRICT.encode() in archive
    assert MAIN.encode() not in archive


@pytest.mark.parametrize(
    ("part", "old", "new", "why"),
    [
        (SHEET, b'encoding="UTF-8"', b"encoding='ASCII'", "it is not in UTF-8"),
        (DECLARED, b'encoding="UTF-8"', b'encoding="gb2312"', "it is not in UTF-8"),
        ("xl/workbook.xml", b'encoding="UTF-8"', b'encoding="klingon"', "it is not in UTF-8"),
        (DECLARED, b'ref="A3:E6" ', b"ref='A3:E6' ", "its XML is not as spreadsheet programs write it"),
        ("xl/sharedStrings.xml", b"<si>", b'<si x="1">', "its XML is not as spreadsheet programs write it"),
        (
            "xl/sharedStrings.xml",
            b"<t>A</t>",
            b"<t><![CDATA[A]]></t>",
            "its XML is not as spreadsheet programs",
        ),
    ],
)
def test_parts_that_would_be_misread_are_refused(
    tmp_path: Path, part: str, old: bytes, new: bytes, why: str
) -> None:
    path = replaced(plain(tmp_path / "book.xlsx"), part, old, new)
    before = path.read_bytes()
    with pytest.raises(InputError, match=f"its part {part} cannot be read: {why}"):
        fill(path, TABLE, rows("AXBYZ"), key="Key")
    assert path.read_bytes() == before


def test_a_text_that_the_workbook_lacks_is_refused(tmp_path: Path) -> None:
    path = plain(tmp_path / "book.xlsx")
    replaced(path, SHEET, b'<c r="A4" t="s"><v>5</v>', b'<c r="A4" t="s"><v>99</v>')
    with pytest.raises(
        InputError, match=r"^A cell has text 99 of those that the sheets share, and there are"
    ):
        fill(path, TABLE, rows("ABC"), key="Key")


def test_a_cell_on_a_line_of_its_own_is_read(tmp_path: Path) -> None:
    path = replaced(plain(tmp_path / "book.xlsx"), SHEET, b'<c r="D4"', b'<c\n  r="D4"')
    fill(path, TABLE, rows("BA"), key="Key")
    assert [row[3] for row in shown(path)] == [None, "first"]


def test_a_text_of_several_colours_in_its_cell_stays_so(tmp_path: Path) -> None:
    path = plain(tmp_path / "book.xlsx")
    runs = b'<is><r><t>fir</t></r><r><rPr><charset val="1"/><color rgb="FFFF0000"/></rPr><t>st</t></r></is>'
    first = re.search(rb'<c r="D4"[^>]*>.*?</c>', read(path)[SHEET])
    assert first is not None
    replaced(path, SHEET, first[0], b'<c r="D4" t="inlineStr">%s</c>' % runs)
    fill(path, TABLE, rows("BA"), key="Key")
    assert b'<c r="D5" t="inlineStr">%s</c>' % runs in read(path)[SHEET]
    assert [row[3] for row in shown(path)] == [None, "first"]


def test_a_table_that_had_no_rows_is_said_to_have_some(tmp_path: Path) -> None:
    path = replaced(plain(tmp_path / "book.xlsx"), DECLARED, b"<table ", b'<table insertRow="1" ')
    fill(path, TABLE, rows("ABC"), key="Key")
    assert b"insertRow" not in read(path)[DECLARED]


@pytest.mark.parametrize("emptied", [False, True])
def test_the_archive_is_found_whatever_its_capitals(tmp_path: Path, emptied: bool) -> None:  # noqa: FBT001
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        table_into(workbook)
        archive = workbook.add_worksheet("DUE_Test Archive")
        if not emptied:
            archive.write_row(0, 0, ["Key", "Note"])
            archive.write_row(1, 0, ["Z", "long ago"])
    fill(path, TABLE, rows("B"), key="Key")
    after = openpyxl.load_workbook(path)
    assert after.sheetnames == ["Data", "DUE_Test Archive"]
    found = [[cell.value for cell in row] for row in after["DUE_Test Archive"].iter_rows()]
    key, note = (found[0].index(name) for name in ("Key", "Note"))
    old = [] if emptied else [("Z", "long ago")]
    assert [(row[key], row[note]) for row in found[1:]] == [*old, ("A", "first"), ("C", "third")]


def test_the_archive_of_a_table_whose_name_no_sheet_may_have(tmp_path: Path) -> None:
    def renamed(_: str, xml: bytes) -> bytes:
        return xml.replace(TABLE.encode(), rb"due\test")

    path = with_parts(plain(tmp_path / "book.xlsx"), {}, change=renamed)
    fill(path, r"due\test", rows("B"), key="Key")
    assert openpyxl.load_workbook(path).sheetnames == ["Data", "due_test archive"]


def test_a_sheet_without_cells_is_no_archive(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        table_into(workbook)
        chart = workbook.add_chart({"type": "line"})
        chart.add_series({"values": "=Data!$B$4:$B$6"})
        workbook.add_chartsheet("due_test archive").set_chart(chart)
    with pytest.raises(InputError) as refused:
        fill(path, TABLE, rows("B"), key="Key")
    assert str(refused.value) == (
        "table 'due_test': sheet 'due_test archive' has no cells, which is to be its archive. Rename that "
        "sheet."
    )


def test_links_of_a_row_that_leaves_go_to_the_archive(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        sheet = table_into(workbook)
        sheet.write_comment("D4", "signed")
        sheet.write_url("D4", "https://example.com/a?b=1&c=2#page", string="contract")
        sheet.write_url("D6", "internal:Data!A1", string="above")
        sheet.write_url("H4", "https://example.com/", string="beside")
    fill(path, TABLE, rows("B"), key="Key")
    archive = openpyxl.load_workbook(path)["due_test archive"]
    assert [[cell.value for cell in row][3::2] for row in archive.iter_rows(min_row=2)] == [
        ["contract", "signed\nhttps://example.com/a?b=1&c=2#page"],
        ["above", "#Data!A1"],
    ]


def test_threads_without_stand_ins_go_with_their_rows(tmp_path: Path) -> None:
    path = with_thread(plain(tmp_path / "book.xlsx"), "D5", "why")
    fill(path, TABLE, rows("XYBA"), key="Key")
    assert b'ref="D6"' in read(path)["xl/threadedComments/threadedComment1.xml"]


@pytest.mark.parametrize(("date_1904", "spelt"), [(False, False), (True, False), (False, True)])
def test_days_are_keys(tmp_path: Path, date_1904: bool, spelt: bool) -> None:  # noqa: FBT001
    path = tmp_path / "book.xlsx"
    days = [date(2025, 1, 1), date(2025, 1, 2)]
    with xlsxwriter.Workbook(path, {"date_1904": date_1904}) as workbook:
        sheet = workbook.add_worksheet("Data")
        sheet.add_table("A3:B5", {"name": TABLE, "columns": [{"header": "Key"}, {"header": "Note"}]})
        for row, day in enumerate(days, 3):
            sheet.write_datetime(row, 0, day, workbook.add_format({"num_format": "yyyy-mm-dd"}))
            sheet.write(row, 1, f"of {day}")
    if spelt:  # as in a strict workbook
        for row, day in enumerate(days, 4):
            old = re.search(rb'<c r="A%d" s="1"><v>[0-9]+' % row, read(path)[SHEET])
            assert old
            replaced(path, SHEET, old[0], f'<c r="A{row}" s="1" t="d"><v>{day}T00:00:00'.encode())
    done = fill(path, TABLE, pa.table({"Key": [*days[::-1], date(2025, 1, 3)]}), key="Key")
    assert (done.added, done.left) == (1, 0)
    assert [row[1] for row in shown(path)] == ["of 2025-01-02", "of 2025-01-01", None]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"Key": [1.0, float("nan")]},
            "row 2 to fill has no key in column 'Key'.",
        ),
        (
            {"Key": ["A", "B"], "Amount": [1.0, float("-inf")]},
            "column 'Amount' of row 2 is infinite, which no cell holds.",
        ),
        (
            {"Key": [999_999_999_999_999, 1_000_000_000_000_000]},
            "key 1000000000000000 of row 2 has more digits than the 15 that Excel keeps of a number.",
        ),
    ],
)
def test_numbers_that_no_cell_holds_are_refused(
    tmp_path: Path, given: dict[str, list[object]], message: str
) -> None:
    path = plain(tmp_path / "book.xlsx")
    before = path.read_bytes()
    with pytest.raises(InputError) as refused:
        fill(path, TABLE, pa.table(given), key="Key")
    assert refused.value.message == f"table 'due_test': {message}"
    assert path.read_bytes() == before


def test_texts_that_repeat_are_texts(tmp_path: Path) -> None:
    path = plain(tmp_path / "book.xlsx")
    note = pa.array(["again", "again"]).dictionary_encode()
    fill(path, TABLE, pa.table({"Key": ["A", "B"], "Note": note}), key="Key")
    assert [row[3] for row in shown(path)] == ["again", "again"]
    with pytest.raises(OutOfRangeError, match="column 'Note' of row 1 has 32,768 characters"):
        fill(
            path,
            TABLE,
            pa.table({"Key": ["A"], "Note": pa.array(["x" * 32_768]).dictionary_encode()}),
            key="Key",
        )


def test_a_column_of_numbers_that_becomes_text_is_told(tmp_path: Path) -> None:
    path, data = plain(tmp_path / "book.xlsx"), tmp_path / "data.csv"
    data.write_text("Key;Amount\nA;1,50\nB;2,25\n")
    done = fill(path, TABLE, read_rows(data), key="Key")
    assert done.warnings == (
        "column 'Amount' of table 'due_test' held numbers and holds text now, which sums leave out.",
    )
    data.write_text("Key;Amount\nA;1.50\nB;\n")
    assert fill(path, TABLE, read_rows(data), key="Key").warnings == ()
    data.write_text("Key;Amount\nA;\n")
    assert fill(path, TABLE, read_rows(data), key="Key").warnings == ()
    for keys in ([1, 2], ["1", "2"]):  # nobody adds up keys
        assert fill(path, TABLE, pa.table({"Key": keys}), key="Key").warnings == ()


def test_a_fill_that_changes_nothing_keeps_the_version_before(tmp_path: Path) -> None:
    path = plain(tmp_path / "book.xlsx")
    before = path.read_bytes()
    for _ in range(2):
        fill(path, TABLE, rows("ABCD"), key="Key", previous=1)
    assert (tmp_path / "book (previous 1).xlsx").read_bytes() == before


def test_a_workbook_saved_meanwhile_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = plain(tmp_path / "book.xlsx")
    saved = path.read_bytes() + b"\0"
    monkeypatch.setattr(shutil, "copymode", lambda *_: path.write_bytes(saved))
    with pytest.raises(InputError) as refused:
        fill(path, TABLE, rows("ABCD"), key="Key", previous=1)
    assert str(refused.value) == "book.xlsx: somebody saved it while it was being filled. Fill it again."
    assert path.read_bytes() == saved
    assert [each.name for each in tmp_path.iterdir()] == ["book.xlsx"]


def test_what_a_fill_that_was_killed_left_is_removed_an_hour_later(tmp_path: Path) -> None:
    path = plain(tmp_path / "book.xlsx")
    now = path.stat().st_mtime
    for name, age in (
        (".book.xlsx.77.partial", 3700),
        (".book.xlsx.78.partial", 3400),
        (".b.xlsx.7.partial", 9999),
    ):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (now - age, now - age))
    fill(path, TABLE, rows("ABCD"), key="Key")
    assert {each.name for each in tmp_path.iterdir()} == {
        ".b.xlsx.7.partial",
        ".book.xlsx.78.partial",
        "book.xlsx",
    }


def test_a_version_that_cannot_be_kept_costs_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = plain(tmp_path / "book.xlsx")
    fill(path, TABLE, rows("ABCD"), key="Key", previous=1)
    files = {each.name: each.read_bytes() for each in tmp_path.iterdir()}

    def full(_: Path, target: Path) -> None:
        target.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copy2", full)
    with pytest.raises(InputError, match=r"book.xlsx: No space left on device\.$"):
        fill(path, TABLE, rows("AB"), key="Key", previous=1)
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == files


def test_sheets_without_cells_are_compared(tmp_path: Path) -> None:
    first, second = tmp_path / "first.xlsx", tmp_path / "second.xlsx"
    for path, text in ((first, None), (second, "new")):
        with xlsxwriter.Workbook(path) as workbook:
            workbook.add_worksheet("Empty").write("B2", text)
    assert ("Empty!B2", None, "new") in [
        (each.place, each.before, each.after) for each in differences(first, second)
    ]
    assert list(differences(first, first)) == []


def test_what_cannot_be_compared_is_said(tmp_path: Path) -> None:
    path = plain(tmp_path / "book.xlsx")
    with pytest.raises(InputError, match="Is a directory"):
        list(differences(tmp_path, path))
    damaged = tmp_path / "damaged.xlsx"
    with zipfile.ZipFile(path) as package:
        entry = package.getinfo(SHEET)
    data = bytearray(path.read_bytes())
    at = entry.header_offset + 30 + len(SHEET) + 10
    data[at : at + 20] = bytes(20)
    damaged.write_bytes(data)
    with pytest.raises(InputError, match=r"^book.xlsx or damaged.xlsx: it is damaged, or no .xlsx workbook"):
        list(differences(path, damaged))


def test_a_header_of_two_lines_is_one_header(tmp_path: Path) -> None:
    data = tmp_path / "data.csv"
    for text in (
        'Key,"Amount\nEUR"\nA,1.5\n',
        '\ufeffKey,"Amount\r\nEUR"\r\nA,1.5\r\n',
        'Key,"Amount\rEUR"\rA,1.5\r',
    ):
        data.write_bytes(text.encode())
        assert [name.split() for name in read_rows(data).column_names] == [["Key"], ["Amount", "EUR"]]
        assert [list(map(str, row.values())) for row in read_rows(data).to_pylist()] == [["A", "1.5"]]
    for text in ("", "\nKey\nA\n"):
        data.write_text(text)
        with pytest.raises(InputError, match=r"^data.csv: its first line has no headers\.$"):
            read_rows(data)
