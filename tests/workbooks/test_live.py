"""Filling a workbook that is open in Excel: a stand-in for Excel says what would have become of it."""

from __future__ import annotations

import os
from copy import deepcopy
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import openpyxl
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl.workbook.defined_name import DefinedName

from duebook.errors import InputError
from duebook_workbooks.live import fill_open, open_books
from duebook_workbooks.managed import ManagedTable
from openexcel import Application, Book, Cell, Comment, Name, Sheet, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

HEADERS = ("Key", "Name", "Amount", "Day", "Note", "Twice")
TOP = 4
DAY = date(2026, 6, 30)
SERIAL = 46203.0
TWICE = "=RC[-3]*2"


def opened(notes: Mapping[str, object]) -> Book:
    """Return an open workbook with a row for each key, its note as a person typed it."""
    app = Application()
    sheet = Sheet(app, "Data")
    for column, header in enumerate(HEADERS, 1):
        sheet.grid[TOP, column] = Cell(header)
    for row, (key, note) in enumerate(notes.items(), TOP + 1):
        values = (key, f"Name {key}", 1.0, SERIAL - 1, note)
        for column, value in enumerate(values, 1):
            sheet.grid[row, column] = Cell(value, format="yyyy-mm-dd" if column == 4 else "General")
        sheet.grid[row, 6] = Cell(formula=TWICE)
    sheet.ListObjects.append(Table(sheet, "due_test", TOP, 1, len(notes), len(HEADERS)))
    return Book(app, [sheet])


def rows(keys: Sequence[str]) -> ManagedTable:
    found = pa.table(
        {
            "Key": pa.array(keys, pa.string()),
            "Name": pa.array([f"={key}" for key in keys], pa.string()),
            "Amount": pa.array(
                [Decimal(at) + Decimal("0.25") for at in range(len(keys))], pa.decimal128(9, 2)
            ),
            "Day": pa.array([DAY] * len(keys), pa.date32()),
        }
    )
    return ManagedTable("due_test", "Key", found)


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the workbook as it is published anew, with single cells of ours."""
    path = tmp_path_factory.mktemp("fresh") / "fresh.xlsx"
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.title = "Status"
    day = datetime(2026, 6, 30)  # noqa: DTZ001 - a cell has no zone
    told = {"due_as_of": day, "due_note": "=new", "due_run": 7, "due_sum": "=1+1"}
    for row, (name, value) in enumerate(told.items(), 1):
        sheet.cell(row, 1, value)
        if name == "due_note":
            sheet.cell(row, 1).data_type = "s"
        workbook.defined_names[name] = DefinedName(name, attr_text=f"'Status'!$A${row}")
    workbook.save(path)
    return path


def fill(path: Path, fresh: Path, book: Book, *tables: ManagedTable) -> Any:  # noqa: ANN401 - what came of it
    return fill_open(path, fresh, tables, books=lambda: [(str(path), book)])


def held(book: Book) -> list[list[Any]]:
    """Return the rows of the table: values, or formulas."""
    [table] = book.Worksheets[0].ListObjects
    body = table.DataBodyRange
    cells = [] if body is None else [[table.sheet.at(*place) for place in row] for row in body.places]
    return [[cell.formula or cell.value for cell in row] for row in cells]


notes = st.dictionaries(
    st.sampled_from(["A", "B", "C", "007", "7", "客户"]),
    st.sampled_from([None, "mine", "007", "=1+1", 12.5]),
    max_size=6,
)


@example({"A": None, "B": None}, ["A", "B", "C", "007", "7", "客户", "X", "Y"], 0)
@given(notes, st.permutations(["A", "B", "C", "007", "7", "客户", "X", "Y"]), st.integers(0, 8))
def test_people_s_columns_follow_their_keys(
    fresh: Path, typed: dict[str, object], order: list[str], count: int
) -> None:
    keys = [*(key for key in order if typed.get(key)), *(key for key in order if not typed.get(key))][:count]
    # What stays: a row with a note, and one whose formula may be a person's, for it is the only one.
    keys += [key for key in order if (typed.get(key) or [*typed] == [key]) and key not in keys]
    book, path = opened(typed), fresh.with_name("open.xlsx")
    before = deepcopy(book.Application)
    done = fill(path, fresh, book, rows(keys))
    assert done.tables == ("due_test",)
    calculated = TWICE if len(typed) > 1 else None
    expected = [
        [key, f"={key}", at + 0.25, SERIAL, typed.get(key), TWICE if key in typed else calculated]
        for at, key in enumerate(keys)
    ]
    if not keys:
        expected = [[None] * 5 + [calculated]]
    if len(typed) == 1:  # a formula of the only row may be a person's: it stays with its key
        expected = [[*row[:5], TWICE if row[0] in typed else None] for row in expected]
    assert held(book) == expected
    sheet = book.Worksheets[0]
    formats = {sheet.at(TOP + 1 + at, 4).format for at in range(len(expected))}
    assert formats == {"yyyy-mm-dd"}
    app = book.Application
    assert (app.ScreenUpdating, app.EnableEvents, app.Calculation, app.AutoCorrect) == (
        *(before.ScreenUpdating, before.EnableEvents, before.Calculation, before.AutoCorrect),
    )
    below = [sheet.grid.get((TOP + 1 + len(expected) + more, 1)) for more in range(9)]
    assert not any(cell is not None and cell.value is not None for cell in below)


def test_a_table_without_rows_keeps_the_formula_of_a_column_for_those_to_come(fresh: Path) -> None:
    book, path = opened({"A": None, "B": None}), fresh.with_name("open.xlsx")
    fill(path, fresh, book, rows([]))
    assert held(book) == [[None, None, None, None, None, TWICE]]
    fill(path, fresh, book, rows(["C", "D"]))
    assert [row[5] for row in held(book)] == [TWICE, TWICE]


def with_names(book: Book) -> Book:
    sheet = Sheet(book.Application, "Status")
    book.Worksheets.append(sheet)
    for row, name in enumerate(("due_as_of", "due_note", "due_run", "due_sum", "theirs"), 1):
        sheet.grid[row, 1] = Cell("old")
        book.Names.append(Name(name, sheet.Cells(row, 1)))
    sheet.grid[3, 1] = Cell(formula="=42")
    return book


def test_single_cells_get_what_the_new_workbook_holds(fresh: Path) -> None:
    book = with_names(opened({"A": None}))
    fill(fresh.with_name("open.xlsx"), fresh, book, rows(["A"]))
    sheet = book.Worksheets[1]
    assert [(sheet.at(row, 1).value, sheet.at(row, 1).formula) for row in range(1, 6)] == [
        (SERIAL, None),
        ("=new", None),
        (None, "=42"),  # a formula that a person put there stays
        ("old", None),  # what the new workbook calculates, Excel calculates too
        ("old", None),
    ]


def test_a_table_that_somebody_deleted_stays_deleted(fresh: Path) -> None:
    book = opened({"A": None})
    book.Worksheets[0].ListObjects.clear()
    assert fill(fresh.with_name("open.xlsx"), fresh, book, rows(["A"])).tables == ()
    assert book.Application.changes == 0


def test_a_workbook_that_is_not_open_is_none(tmp_path: Path, fresh: Path) -> None:
    book = opened({})
    elsewhere = str(tmp_path / "elsewhere.xlsx")
    assert fill_open(tmp_path / "open.xlsx", fresh, [], books=lambda: [(elsewhere, book)]) is None


def sheet_of(book: Book) -> Sheet:
    return book.Worksheets[0]


def below(book: Book) -> None:
    sheet_of(book).grid[TOP + 4, 2] = Cell("a sum of mine")


def comment(book: Book) -> None:
    sheet_of(book).Comments.append(Comment(sheet_of(book).Cells(TOP + 1, 2)))


def thread(book: Book) -> None:
    sheet_of(book).CommentsThreaded.append(Comment(sheet_of(book).Cells(TOP + 3, 6)))


def coloured(book: Book) -> None:
    sheet_of(book).at(TOP + 2, 3).color = 255


def twice(book: Book) -> None:
    sheet_of(book).at(TOP + 2, 1).value = "A"
    sheet_of(book).at(TOP + 2, 5).value = "another"


def renamed(book: Book) -> None:
    sheet_of(book).at(TOP, 1).value = "My key"


REFUSED: dict[str, Callable[[Book], object]] = {
    "it is open for reading only": lambda book: setattr(book, "ReadOnly", True),
    "its sheet is protected": lambda book: setattr(sheet_of(book), "ProtectContents", True),
    "a query fills it": lambda book: setattr(sheet_of(book).ListObjects[0], "SourceType", 3),
    "it has a totals row": lambda book: setattr(sheet_of(book).ListObjects[0], "ShowTotals", True),
    "a filter hides some": lambda book: setattr(sheet_of(book).ListObjects[0].AutoFilter, "FilterMode", True),
    "some of its rows are hidden": lambda book: sheet_of(book).hidden.add(TOP + 2),
    "there is a comment in row 5": comment,
    "there is a comment in row 7": thread,
    "some cells of its column 'Amount' look different": coloured,
    "something stands below it": below,
    "two rows have the key 'A'": twice,
    "its column 'Key', which tells its rows apart, is missing": renamed,
    "the row 'B' goes, and has something of yours": lambda book: setattr(
        sheet_of(book).at(TOP + 2, 5), "value", "mine"
    ),
}


@pytest.mark.parametrize("said", REFUSED)
def test_what_could_be_lost_is_refused_before_anything_changes(fresh: Path, said: str) -> None:
    book = opened({"A": "mine", "B": None})
    REFUSED[said](book)
    with pytest.raises(InputError, match=said) as caught:
        fill(fresh.with_name("open.xlsx"), fresh, book, rows(["A", "X", "Y", "Z"]))
    assert "Close" in str(caught.value.hint)
    assert book.Application.changes == 0


@pytest.mark.parametrize("keys", [["X", "A", "B", "Y"], ["B"]])
def test_where_excel_refuses_halfway_all_is_as_it_was(fresh: Path, keys: list[str]) -> None:
    typed: dict[str, object] = {"A": None, "B": "007", "C": None}
    whole = with_names(opened(typed))
    fill(fresh.with_name("open.xlsx"), fresh, whole, rows(keys))
    for at in range(1, whole.Application.changes + 1):
        book = with_names(opened(typed))
        book.Application.refuses_at = at
        before = held(book)
        with pytest.raises(InputError, match="Call was rejected by callee"):
            fill(fresh.with_name("open.xlsx"), fresh, book, rows(keys))
        assert held(book) == before, at
        app = book.Application
        assert (app.ScreenUpdating, app.EnableEvents, app.Calculation) == (True, True, -4105)
        assert app.AutoCorrect.AutoFillFormulasInLists


@pytest.mark.skipif(os.name == "nt", reason="there an Excel may answer")
def test_elsewhere_than_on_windows_it_is_said(fresh: Path) -> None:
    with pytest.raises(InputError, match="only Excel on Windows can be reached"):
        list(open_books())
    with pytest.raises(InputError, match="only Excel on Windows can be reached"):
        fill_open(fresh, fresh, [])
