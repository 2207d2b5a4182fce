"""A table of somebody's workbook filled from a CSV file, and two workbooks compared, as a person does it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import openpyxl
import pytest
from openpyxl.worksheet.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cli.conftest import Answer


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (("Key", "Amount", "Note"), ("A", 1, "call on Monday"), ("B", 2, None)):
        sheet.append(row)
    sheet.add_table(Table(displayName="due_items", ref="A1:C3"))
    book.save(tmp_path / "book.xlsx")
    (tmp_path / "before.xlsx").write_bytes((tmp_path / "book.xlsx").read_bytes())
    (tmp_path / "rows.csv").write_text("Key,Amount\nC,5.50\nA,7\n", encoding="utf-8")
    return tmp_path


def test_rows_come_and_go_and_a_note_stays_with_its_key(folder: Path, duebook: Callable[..., Answer]) -> None:
    answer = duebook(folder, "workbook", "fill", "book.xlsx", "due_items", "rows.csv", "--key", "Key")

    assert (answer.code, answer.out) == (
        0,
        "book.xlsx: table due_items has 2 rows, 1 of them new, 1 gone.\n",
    )
    sheet = openpyxl.load_workbook(folder / "book.xlsx").active
    assert [[cell.value for cell in row] for row in sheet["A2:C3"]] == [
        ["C", 5.5, None],
        ["A", 7, "call on Monday"],
    ]


def test_a_table_of_a_single_row(folder: Path, duebook: Callable[..., Answer]) -> None:
    (folder / "rows.csv").write_text("Key,Amount\nA,7\n", encoding="utf-8")
    answer = duebook(folder, "workbook", "fill", "book.xlsx", "due_items", "rows.csv", "--key", "Key")
    assert answer.out == "book.xlsx: table due_items has 1 row, 0 of them new, 1 gone.\n"


def test_an_unknown_table_changes_nothing(folder: Path, duebook: Callable[..., Answer]) -> None:
    answer = duebook(folder, "workbook", "fill", "book.xlsx", "due_item", "rows.csv")

    assert answer.code == 2
    assert "it has no table 'due_item'" in answer.err
    assert "'due_items'" in answer.err
    assert (folder / "book.xlsx").read_bytes() == (folder / "before.xlsx").read_bytes()


def test_what_differs_is_told_and_is_the_exit_code(folder: Path, duebook: Callable[..., Answer]) -> None:
    same = duebook(folder, "workbook", "diff", "before.xlsx", "book.xlsx")
    assert (same.code, same.out) == (0, "0 differences.\n")

    filled = duebook(
        folder, "workbook", "fill", "book.xlsx", "due_items", "rows.csv", "--key", "Key", "--json"
    )
    assert json.loads(filled.out)["left"] == 1
    other = duebook(folder, "workbook", "diff", "before.xlsx", "book.xlsx")
    assert other.code == 1
    assert "Sheet!B2: 1 -> 5.5" in other.out
