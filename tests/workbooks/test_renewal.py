"""A standard workbook that people changed, brought up to date: new figures, and everything of theirs."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import openpyxl
import pyarrow as pa
import pytest
import xlsxwriter
from openpyxl.utils.escape import unescape
from openpyxl.worksheet.table import Table

from duebook.errors import InputError
from duebook_workbooks.managed import ManagedTable
from duebook_workbooks.renewal import Renewed, chosen, is_ours, renew
from foreignbooks import with_parts
from packages import read

if TYPE_CHECKING:
    from pathlib import Path

ITEMS = "due_items"


def standard(path: Path, *, day: str, amounts: dict[str, int], chosen_text: str = "C-1") -> Path:
    """Write a workbook as a refresh publishes it: a title, a named day, a choice, a table and formulas."""
    total = sum(amounts.values())
    with xlsxwriter.Workbook(path) as workbook:
        sheet = workbook.add_worksheet("Status & co")
        sheet.write("A1", "Receivables")
        sheet.write("B2", day)
        workbook.define_name("due_as_of", "='Status & co'!$B$2")
        sheet.write("B3", chosen_text)
        workbook.define_name("due_customer", "='Status & co'!$B$3")
        sheet.write_formula("B5", "=SUM(due_items[Amount])", None, total)
        sheet.write_array_formula("B7:B8", "{=DUE.SERIES($B$3)}", None, total)
        sheet.write("B8", total + 1)
        items = workbook.add_worksheet("Items")
        items.add_table(
            0,
            0,
            len(amounts),
            1,
            {
                "name": ITEMS,
                "columns": [{"header": "Key"}, {"header": "Amount"}],
                "data": [list(each) for each in amounts.items()],
            },
        )
    return path


def table(amounts: dict[str, int]) -> ManagedTable:
    """Return the rows of the table."""
    rows = pa.table({"Key": list(amounts), "Amount": pa.array(amounts.values(), pa.decimal128(12, 2))})
    return ManagedTable(ITEMS, "Key", rows)


OLD = {"a": 1, "b": 2}
NEW = {"b": 20, "c": 30}


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """A published workbook that a person works in: a column, a sheet and a formula more, a row on top."""
    path = standard(tmp_path / "theirs.xlsx", day="2026-06-29", amounts=OLD)
    workbook = openpyxl.load_workbook(path)
    items = workbook["Items"]
    items["C1"], items["C2"], items["C3"] = "Note", "call", "promised"
    del items.tables[ITEMS]
    items.add_table(Table(displayName=ITEMS, ref="A1:C3"))
    workbook["Status & co"]["D5"] = "=B5*2"
    workbook["Status & co"]["A9"] = "mine"
    own = workbook.create_sheet("Mine")
    own["A1"] = "budget"
    workbook.save(path)
    return path


def brought_up(theirs: Path, tmp_path: Path, tables: list[ManagedTable] | None = None) -> Renewed:
    """Bring the workbook to the next day."""
    fresh = standard(tmp_path / "fresh.xlsx", day="2026-06-30", amounts=NEW)
    return renew(theirs, fresh, [table(NEW)] if tables is None else tables, language="en")


def test_tables_cells_and_results_are_new_and_what_people_did_stays(theirs: Path, tmp_path: Path):
    renewed = brought_up(theirs, tmp_path)
    assert renewed == Renewed(tables=(ITEMS,), archived=1, warnings=())
    formulas, values = openpyxl.load_workbook(theirs), openpyxl.load_workbook(theirs, data_only=True)
    rows = [[cell.value for cell in row] for row in values["Items"]["A1:C3"]]
    assert rows == [["Key", "Amount", "Note"], ["b", 20, "promised"], ["c", 30, None]]
    status = values["Status & co"]
    assert (status["A1"].value, status["B2"].value, status["A9"].value) == (
        "Receivables",
        "2026-06-30",
        "mine",
    )
    assert (status["B5"].value, formulas["Status & co"]["B5"].value) == (50, "=SUM(due_items[Amount])")
    assert [status["B7"].value, status["B8"].value] == [50, 51]
    assert formulas["Status & co"]["D5"].value == "=B5*2"
    assert values["Mine"]["A1"].value == "budget"


def test_a_second_renewal_changes_nothing(theirs: Path, tmp_path: Path):
    brought_up(theirs, tmp_path)
    first = theirs.read_bytes()
    brought_up(theirs, tmp_path)
    assert theirs.read_bytes() == first


def test_a_named_cell_is_found_where_people_moved_it(theirs: Path, tmp_path: Path):
    workbook = openpyxl.load_workbook(theirs)
    workbook["Mine"]["C4"] = "the day"
    workbook.defined_names["due_as_of"].attr_text = "Mine!$C$4"
    workbook.save(theirs)
    brought_up(theirs, tmp_path)
    values = openpyxl.load_workbook(theirs, data_only=True)
    assert (values["Mine"]["C4"].value, values["Status & co"]["B2"].value) == ("2026-06-30", "2026-06-29")


def test_a_cell_or_formula_that_people_rewrote_is_theirs(theirs: Path, tmp_path: Path):
    workbook = openpyxl.load_workbook(theirs)
    status = workbook["Status & co"]
    status["B2"] = "=TODAY()"
    status["B5"] = "=SUM(due_items[Amount])/1000"
    status["B7"] = None
    workbook.save(theirs)
    brought_up(theirs, tmp_path)
    status = openpyxl.load_workbook(theirs)["Status & co"]
    assert (status["B2"].value, status["B5"].value) == ("=TODAY()", "=SUM(due_items[Amount])/1000")
    # The second cell of an array formula that is gone holds what a person left there.
    assert (status["B7"].value, status["B8"].value) == (None, 4)


def test_a_named_cell_that_was_emptied_is_filled_again(theirs: Path, tmp_path: Path):
    workbook = openpyxl.load_workbook(theirs)
    del workbook["Status & co"]._cells[2, 2]  # noqa: SLF001 - so that the row lacks the cell
    workbook.save(theirs)
    assert b'r="B2"' not in read(theirs)["xl/worksheets/sheet1.xml"]
    brought_up(theirs, tmp_path)
    assert openpyxl.load_workbook(theirs)["Status & co"]["B2"].value == "2026-06-30"


def test_a_table_or_column_that_people_deleted_stays_deleted(theirs: Path, tmp_path: Path):
    workbook = openpyxl.load_workbook(theirs)
    del workbook["Items"].tables[ITEMS]
    workbook.save(theirs)
    before = read(theirs)["xl/worksheets/sheet2.xml"]
    assert brought_up(theirs, tmp_path).tables == ()
    assert read(theirs)["xl/worksheets/sheet2.xml"] == before


def test_a_table_without_its_key_column_is_refused(theirs: Path, tmp_path: Path):
    workbook = openpyxl.load_workbook(theirs)
    sheet = workbook["Items"]
    sheet["A1"] = "Number"
    old = sheet.tables[ITEMS]
    del sheet.tables[ITEMS]
    sheet.add_table(Table(displayName=ITEMS, ref=old.ref))
    workbook.save(theirs)
    with pytest.raises(InputError) as refused:
        brought_up(theirs, tmp_path)
    assert str(refused.value) == (
        "table 'due_items': its column 'Key', which tells its rows apart, is missing. "
        "Undo its renaming or removal."
    )


def test_days_numbers_and_difficult_texts_come_through(tmp_path: Path):
    def cell(path: Path, value: object) -> Path:
        with xlsxwriter.Workbook(path, {"strings_to_numbers": False}) as workbook:
            sheet = workbook.add_worksheet()
            if isinstance(value, date):
                sheet.write_datetime("A1", value, workbook.add_format({"num_format": "yyyy-mm-dd"}))
            elif isinstance(value, str):
                sheet.write_string("A1", value)
            else:
                sheet.write("A1", value)
            workbook.define_name("due_value", "=Sheet1!$A$1")
        return path

    for number, value in enumerate(
        (date(2026, 6, 30), 12.5, True, "=1+1", "  blanks ", "_x000D_ & <b>", "逾期", "7")
    ):
        book = cell(tmp_path / f"{number}.xlsx", "before")
        renew(book, cell(tmp_path / "fresh.xlsx", value), [], language="zh")
        sheet = openpyxl.load_workbook(book)["Sheet1"]
        expected = 46203 if isinstance(value, date) else value
        found = sheet["A1"].value
        # openpyxl shows escapes as they are spelt.
        assert (unescape(found) if isinstance(found, str) else found) == expected
        assert sheet["A1"].data_type != "f"


def test_what_was_chosen_is_read(theirs: Path, tmp_path: Path):
    assert (chosen(theirs, "due_customer"), chosen(theirs, "due_nothing")) == ("C-1", "")
    assert is_ours(theirs)
    other = tmp_path / "other.xlsx"
    openpyxl.Workbook().save(other)
    assert not is_ours(other)
    other.write_text("no workbook")
    with pytest.raises(InputError, match=r"other.xlsx: it is no .xlsx workbook."):
        is_ours(other)


def test_a_table_whose_columns_do_not_fit_its_range_is_refused(theirs: Path, tmp_path: Path):
    workbook = openpyxl.load_workbook(theirs)
    workbook["Items"].tables[ITEMS].ref = "A1:B3"
    workbook.save(theirs)
    with pytest.raises(InputError, match="table 'due_items' does not have as many columns as its range"):
        brought_up(theirs, tmp_path)


def test_only_formulas_of_peoples_own_ask_for_calculation_on_opening(theirs: Path, tmp_path: Path):
    def asked(path: Path) -> bool:
        return b'fullCalcOnLoad="1"' in read(path)["xl/workbook.xml"]

    published = standard(tmp_path / "published.xlsx", day="2026-06-29", amounts=OLD)
    for book, own in ((published, False), (theirs, True)):
        with_parts(book, {}, change=lambda _, part: part.replace(b' fullCalcOnLoad="1"', b""))
        assert not asked(book)
        brought_up(book, tmp_path, tables=[])
        assert openpyxl.load_workbook(book, data_only=True)["Status & co"]["B5"].value == 50
        assert asked(book) is own


def test_a_sheet_without_cells_stays_as_it_is(theirs: Path, tmp_path: Path):
    workbook = openpyxl.load_workbook(theirs)
    workbook.create_sheet("Scratch")
    workbook.save(theirs)
    part = "xl/worksheets/sheet4.xml"
    empty = read(theirs)[part].replace(b"<sheetData></sheetData>", b"<sheetData/>")  # as Excel writes it
    assert b"<sheetData/>" in empty
    with_parts(theirs, {}, change=lambda name, xml: empty if name == part else xml)
    assert brought_up(theirs, tmp_path).tables == (ITEMS,)
    assert read(theirs)[part] == empty
