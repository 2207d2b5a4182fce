"""Filling a table of a workbook: its rows change, and nothing else does."""

from __future__ import annotations

import hashlib
import re
import shutil
import zipfile
from datetime import date, datetime
from io import BytesIO
from typing import TYPE_CHECKING

import openpyxl
import pyarrow as pa
import pytest
from openpyxl.styles import Font

from duebook.errors import InputError, OutOfRangeError
from duebook_workbooks.package import fill
from duebook_workbooks.tables import Money

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from duebook_workbooks.tables import Column

SHEET = "xl/worksheets/sheet2.xml"
TABLE = "xl/tables/table1.xml"


def columns(count: int) -> dict[str, Column]:
    """Return rows for the table of the template."""
    return {
        "Text": pa.array([f"row {at}" for at in range(count)], pa.string()),
        "Date": pa.array([date(2025, 1, 1)] * count, pa.date32()),
        "Amount": Money(pa.array(range(count), pa.int64()), pa.array([2] * count, pa.int8())),
    }


def parts(path: Path) -> dict[str, bytes]:
    """Return the parts of a package in their order, having had the whole file checked."""
    with zipfile.ZipFile(path) as package:
        assert package.testzip() is None
        return {name: package.read(name) for name in package.namelist()}


def rewritten(
    path: Path, change: Callable[[str, bytes], bytes | None], extra: dict[str, bytes] | None = None
) -> Path:
    """Return a copy of a workbook whose parts went through a change; None drops one."""
    changed = path.with_name("changed.xlsx")
    with zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts(path).items():
            kept = change(name, content)
            if kept is not None:
                package.writestr(name, kept)
        for name, content in (extra or {}).items():
            package.writestr(name, content)
    return changed


@pytest.mark.parametrize("count", [0, 1, 2, 3, 1000])
def test_the_table_covers_its_rows_and_no_more(template: Path, tmp_path: Path, count: int) -> None:
    target = tmp_path / "filled.xlsx"
    fill(template, target, {"due_test": columns(count)})
    workbook = openpyxl.load_workbook(target)
    sheet = workbook["Data"]
    last = 4 + max(1, count)  # Excel refuses a table without a row, so none is one empty row
    table = sheet.tables["due_test"]
    assert table.ref == table.autoFilter.ref == f"B4:D{last}"
    assert f'<dimension ref="B2:D{last}"'.encode() in parts(target)[SHEET]
    assert [cell.value for cell in sheet["B"][4:]] == ([f"row {at}" for at in range(count)] or [None])
    assert [cell.value for cell in sheet["D"][4:]] == ([at / 100 for at in range(count)] or [None])
    assert {cell.value for cell in sheet["C"][4:]} == {datetime(2025, 1, 1) if count else None}  # noqa: DTZ001


def test_every_other_part_keeps_its_bytes_and_its_place(template: Path, tmp_path: Path) -> None:
    target = tmp_path / "filled.xlsx"
    fill(template, target, {"due_test": columns(50)})
    before, after = parts(template), parts(target)
    assert list(before) == list(after)
    assert {name for name in before if before[name] != after[name]} == {SHEET, TABLE}
    assert "xl/charts/chart1.xml" in before
    assert any("comments" in name for name in before)

    def compressed(path: Path) -> dict[str, bytes]:
        with zipfile.ZipFile(path) as package, path.open("rb") as file:
            found = {}
            for entry in package.infolist():
                file.seek(entry.header_offset + 26)
                skip = sum(int.from_bytes(file.read(2), "little") for _ in range(2))
                file.seek(skip, 1)
                found[entry.filename] = file.read(entry.compress_size)
            return found

    old, new = compressed(template), compressed(target)
    assert {name for name in old if old[name] != new[name]} == {SHEET, TABLE}


def test_around_the_rows_the_sheet_keeps_its_bytes(template: Path, tmp_path: Path) -> None:
    target = tmp_path / "filled.xlsx"
    fill(template, target, {"due_test": columns(2)})
    before, after = parts(template)[SHEET], parts(target)[SHEET]
    assert after[: after.index(b'<row r="5"')] == before[: before.index(b'<row r="5"')]
    assert after[after.index(b"</sheetData>") :] == before[before.index(b"</sheetData>") :]


def test_new_cells_have_the_style_of_the_first_row(template: Path, tmp_path: Path) -> None:
    target = tmp_path / "filled.xlsx"
    fill(template, target, {"due_test": columns(9)})
    sheet = openpyxl.load_workbook(target)["Data"]
    for row in sheet["B5:D13"]:
        assert [cell.font.italic for cell in row] == [True] * 3
        assert [cell.number_format for cell in row] == ["General", "yyyy\\-mm\\-dd", "#,##0.00"]


def test_filling_what_was_filled_gives_the_same_file(template: Path, tmp_path: Path) -> None:
    once, twice, back = (tmp_path / name for name in ("once.xlsx", "twice.xlsx", "back.xlsx"))
    fill(template, once, {"due_test": columns(300)})
    fill(once, twice, {"due_test": columns(300)})
    assert once.read_bytes() == twice.read_bytes()
    fill(twice, back, {"due_test": columns(1)})
    fill(back, twice, {"due_test": columns(300)})
    assert once.read_bytes() == twice.read_bytes()


def test_a_workbook_can_be_filled_in_place_and_from_memory(template: Path) -> None:
    stream = BytesIO(template.read_bytes())
    fill(template, template, {"due_test": columns(3)})
    in_place = template.read_bytes()
    fill(stream, template, {"due_test": columns(3)})
    assert template.read_bytes() == in_place
    assert [path.name for path in template.parent.iterdir()] == ["template.xlsx"]


def test_a_failure_leaves_the_target_as_it_was(template: Path) -> None:
    before = hashlib.sha256(template.read_bytes()).hexdigest()
    with pytest.raises(InputError):
        fill(template, template, {"due_test": columns(3) | {"Amount": pa.array([[1]] * 3)}})
    assert hashlib.sha256(template.read_bytes()).hexdigest() == before
    assert [path.name for path in template.parent.iterdir()] == ["template.xlsx"]


def test_text_below_stays_when_the_table_keeps_its_size(template: Path, tmp_path: Path) -> None:
    workbook = openpyxl.load_workbook(template)
    workbook["Data"]["B9"] = "below"
    workbook.save(template)
    target = tmp_path / "filled.xlsx"
    fill(template, target, {"due_test": columns(2)})
    sheet = openpyxl.load_workbook(target)["Data"]
    assert (sheet["B6"].value, sheet["B9"].value, sheet.dimensions) == ("row 1", "below", "B2:D9")
    with pytest.raises(InputError) as refused:
        fill(template, target, {"due_test": columns(3)})
    assert str(refused.value) == (
        "table 'due_test': it would end in row 7 instead of 6, but row 9 below it is not empty. "
        "Move what stands below the table to another sheet."
    )


def test_empty_rows_below_give_way(template: Path, tmp_path: Path) -> None:
    workbook = openpyxl.load_workbook(template)
    for row in (7, 9):
        workbook["Data"].cell(row, 2).font = Font(bold=True)
    workbook.save(template)
    target = tmp_path / "filled.xlsx"
    fill(template, target, {"due_test": columns(4)})
    numbers = re.findall(rb'<row r="([0-9]+)"', parts(target)[SHEET])
    assert numbers == [b"2", b"4", b"5", b"6", b"7", b"8", b"9"]
    assert openpyxl.load_workbook(target)["Data"]["B9"].font.bold


def test_what_stands_beside_the_rows_is_not_lost(template: Path, tmp_path: Path) -> None:
    workbook = openpyxl.load_workbook(template)
    workbook["Data"]["F6"] = "beside"
    workbook.save(template)
    with pytest.raises(InputError, match=r"table 'due_test': cell F6 beside it is not empty\."):
        fill(template, tmp_path / "filled.xlsx", {"due_test": columns(3)})


def test_more_rows_than_a_sheet_holds_are_refused(template: Path, tmp_path: Path) -> None:
    count = 1_048_576 - 4 + 1
    rows = {name: pa.nulls(count, pa.string()) for name in ("Text", "Date", "Amount")}
    with pytest.raises(OutOfRangeError) as refused:
        fill(template, tmp_path / "filled.xlsx", {"due_test": rows})
    assert refused.value.message == (
        "table 'due_test': 1,048,573 rows do not fit its sheet, which has room for 1,048,572."
    )
    assert not (tmp_path / "filled.xlsx").exists()


def test_unknown_tables_and_columns_are_named(template: Path, tmp_path: Path) -> None:
    target = tmp_path / "filled.xlsx"
    with pytest.raises(InputError) as refused:
        fill(template, target, {"due_tset": columns(1)})
    assert str(refused.value) == "template.xlsx: it has no table 'due_tset'. Its tables are 'due_test'."
    some = columns(1)
    del some["Date"]
    with pytest.raises(InputError) as refused:
        fill(template, target, {"due_test": some | {"Day": some["Text"]}})
    assert str(refused.value) == "table 'due_test': no values for column 'Date'; it has no column 'Day'."


def test_what_is_no_workbook_is_refused(template: Path, tmp_path: Path) -> None:
    target, other = tmp_path / "filled.xlsx", tmp_path / "other.xlsx"
    other.write_bytes(b"hello")
    with pytest.raises(InputError, match=r"^other.xlsx: it is no .xlsx workbook\.$"):
        fill(other, target, {})
    other.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600))
    with pytest.raises(InputError, match=r"^other.xlsx: it has a password or is of an old format"):
        fill(other, target, {})
    signed = rewritten(template, lambda _, content: content, {"_xmlsignatures/origin.sigs": b""})
    with pytest.raises(InputError, match=r"^changed.xlsx: it is signed"):
        fill(signed, target, {})
    typed = rewritten(
        template,
        lambda name, content: content if name != TABLE else b"<!DOCTYPE table [<!ENTITY a 'b'>]>" + content,
    )
    with pytest.raises(InputError, match=r"^xl/tables/table1.xml: it declares a document type"):
        fill(typed, target, {"due_test": columns(1)})
    assert not target.exists()


def test_rows_that_do_not_say_where_they_are_are_not_guessed_at(template: Path, tmp_path: Path) -> None:
    for old, new in ((b'<row r="5"', b"<row"), (b'<c r="C5"', b"<c")):
        changed = rewritten(template, lambda _, content, old=old, new=new: content.replace(old, new))
        with pytest.raises(InputError, match="rows or cells that do not say where they are"):
            fill(changed, tmp_path / "filled.xlsx", {"due_test": columns(1)})


def test_formulas_are_calculated_anew_when_it_is_opened(template: Path, tmp_path: Path) -> None:
    main = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    chain = b'<calcChain xmlns="%s"><c r="A1" i="1"/></calcChain>' % main
    kind = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/calcChain"
    mime = b"application/vnd.openxmlformats-officedocument.spreadsheetml.calcChain+xml"

    def change(name: str, content: bytes) -> bytes:
        if name == "xl/workbook.xml":
            return content.replace(b' fullCalcOnLoad="1"', b"")
        if name == "xl/_rels/workbook.xml.rels":
            link = b'<Relationship Type="%s" Target="calcChain.xml" Id="rId99"/></Relationships>' % kind
            return content.replace(b"</Relationships>", link)
        if name == "[Content_Types].xml":
            link = b'<Override PartName="/xl/calcChain.xml" ContentType="%s"/></Types>' % mime
            return content.replace(b"</Types>", link)
        return content

    changed = rewritten(template, change, {"xl/calcChain.xml": chain})
    target = tmp_path / "filled.xlsx"
    fill(changed, target, {"due_test": columns(1)})
    original, filled = parts(template), parts(target)
    assert "xl/calcChain.xml" not in filled
    assert filled["[Content_Types].xml"] == original["[Content_Types].xml"]
    assert filled["xl/_rels/workbook.xml.rels"] == original["xl/_rels/workbook.xml.rels"]
    assert b'fullCalcOnLoad="1"' in filled["xl/workbook.xml"]
    assert openpyxl.load_workbook(target).calculation.fullCalcOnLoad


def test_a_workbook_that_never_calculated_is_told_to(template: Path, tmp_path: Path) -> None:
    def change(name: str, content: bytes) -> bytes:
        if name != "xl/workbook.xml":
            return content
        start = content.index(b"<calcPr")
        return content[:start] + content[content.index(b">", start) + 1 :]

    changed = rewritten(template, change)
    assert b"calcPr" not in parts(changed)["xl/workbook.xml"]
    fill(changed, tmp_path / "filled.xlsx", {})
    assert openpyxl.load_workbook(tmp_path / "filled.xlsx").calculation.fullCalcOnLoad


def test_entries_written_as_a_stream_are_copied(template: Path, tmp_path: Path) -> None:
    class Pipe(BytesIO):
        """What cannot seek: zip files written to it carry sizes behind the data."""

        def seekable(self) -> bool:
            return False

        def seek(self, *_: int) -> int:
            raise OSError

        def tell(self) -> int:
            raise OSError

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w") as package:
        for at, (name, content) in enumerate(parts(template).items()):
            package.writestr(name, content, zipfile.ZIP_DEFLATED if at % 2 else zipfile.ZIP_STORED)
    streamed = tmp_path / "streamed.xlsx"
    streamed.write_bytes(pipe.getvalue())
    target, plain = tmp_path / "filled.xlsx", tmp_path / "plain.xlsx"
    fill(streamed, target, {"due_test": columns(5)})
    fill(template, plain, {"due_test": columns(5)})
    assert parts(target) == parts(plain)
    with zipfile.ZipFile(target) as package:
        assert [entry.filename for entry in package.infolist() if entry.flag_bits & 8] == []


def test_the_same_source_gives_the_same_bytes(template: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first.xlsx", tmp_path / "second.xlsx"
    fill(template, first, {"due_test": columns(5)})
    shutil.copy(template, tmp_path / "copy.xlsx")
    fill(tmp_path / "copy.xlsx", second, {"due_test": columns(5)})
    assert first.read_bytes() == second.read_bytes()
