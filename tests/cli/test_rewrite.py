"""Moving a workbook between spreadsheet programs, as a person does it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packages import SHEET, parts, read, sheet, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cli.conftest import Answer


def test_the_names_of_our_functions_change_and_those_of_others_stay(
    tmp_path: Path, duebook: Callable[..., Answer]
) -> None:
    path = write(tmp_path / "book.xlsx", parts(sheet=sheet("DUE_DSO(1)+DUE_MINE(1)", "DUE_AGINGBY(1)")))
    answer = duebook(tmp_path, "addin", "rewrite", "book.xlsx", "--to", "office", "--output", "new.xlsx")
    assert (answer.code, answer.out) == (0, "new.xlsx: 2 function names rewritten.\n")
    assert read(tmp_path / "new.xlsx")[SHEET] == sheet(
        "_xldudf_DUE_DSO(1)+DUE_MINE(1)", "_xldudf_DUE_AGINGBY(1)"
    )
    assert read(path)[SHEET] == sheet("DUE_DSO(1)+DUE_MINE(1)", "DUE_AGINGBY(1)")


def test_what_is_no_workbook_is_wrong_use(tmp_path: Path, duebook: Callable[..., Answer]) -> None:
    (tmp_path / "book.csv").write_text("=DUE_DSO(1)\n", encoding="utf-8")
    answer = duebook(tmp_path, "addin", "rewrite", "book.csv", "--to", "calc")
    assert answer.code == 2
    assert "book.csv: it is damaged, or no .xlsx, .xlsm, .xltx, .xltm or .xlam workbook at all." in answer.err
