"""The extension in the real LibreOffice: the wizard's texts, the examples, files, and what is missing."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
import xlsxwriter

import calcsheet
from calls import Call, books_to_ask, examples, extent, normal, python, same
from duebook_addin.book import use_book, use_policy
from duebook_addin.calc.build import build_extension
from duebook_addin.cells import CellError, to_serial
from duebook_addin.functions import FUNCTIONS
from duebook_cli.desk import ready
from duebook_workbooks.spelling import rewrite

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.service("uno")

DUE = date(2026, 1, 31)
OF_OUR_OWN = [
    Call("DAYSLATE", [date(2026, 1, 31), date(2026, 2, 15)]),
    Call("DAYSLATE", ["31/01/2026", date(2026, 2, 15)]),
    Call("DAYSLATE", [CellError("#N/A"), date(2026, 2, 15)]),
    Call("DUEDATE", [date(2026, 1, 31), "月结30天"]),
    Call("DUEDATE", [[date(2026, 1, 31), date(2026, 2, 28), "x"], "Net 30"]),
    Call(
        "AGINGBY",
        [["华信", "华信", "Å & <b>"], [date(2026, 1, 31)] * 3, [100.0, 50.5, -7.0], date(2026, 3, 1)],
    ),
    Call("DSO", [100.0, 0.0, 30.0]),
]
CALLS = [*examples(), *OF_OUR_OWN]


@contextmanager
def asked(config: Path) -> Iterator[None]:
    """Let this process ask the store that LibreOffice asks."""
    ready(config)
    yield
    use_book(None)
    use_policy(None)


def excel_workbook(path: Path) -> None:
    """Write a workbook as for Excel with duebook.xlam, and spell it for Calc."""
    with xlsxwriter.Workbook(path) as workbook:
        sheet = workbook.add_worksheet("赊销")
        sheet.write_row(0, 0, [to_serial(DUE), to_serial(date(2026, 2, 15))])
        sheet.write_formula("C1", "=DUE_DAYSLATE(A1,B1)", value=0)
        sheet.write_array_formula("D1:D2", '{=DUE_DUEDATE(A1:B1,"Net 30")}', value=0)
        sheet.write_formula("F1", '=IF(DUE_DAYSLATE(A1,B1)>10,"DUE_DAYSLATE(A1,B1)","")', value="")


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Do everything in one LibreOffice, and return what it told."""
    books = tmp_path_factory.mktemp("books")
    config = books_to_ask(books)
    excel_workbook(books / "credit.xlsx")
    rewrite(books / "credit.xlsx", to="calc", names={function.name for function in FUNCTIONS})
    with asked(config), calcsheet.installed(calcsheet.duebook(config)) as sheet:
        sizes = [extent(call) for call in CALLS]
        orders = {
            "calls": calcsheet.typed(CALLS, sizes),
            "workbook": str(sheet.folder / "books" / "credit.xlsx"),
        }
        told = sheet.drive("calcfiles.py", orders, seconds=50)
        shown = told["saved"]["answers"]
        told["answers"] = [calcsheet.without_edge(*each) for each in zip(shown, sizes, strict=True)]
        told["expected"] = python(CALLS)
        yield told


def test_the_wizard_describes_every_function_in_english(found: dict[str, Any]):
    assert found["wizard"] == {
        f"DUE.{function.name}": [
            function.help.en,
            [[item.name, item.help.en] for item in function.parameters],
        ]
        for function in FUNCTIONS
    }


def test_libreoffice_has_every_text_in_chinese(found: dict[str, Any]):
    assert found["chinese"] == {
        f"DUE.{function.name}": [
            function.help.zh,
            [[item.name, item.help.zh] for item in function.parameters],
        ]
        for function in FUNCTIONS
    }


def test_examples_dates_errors_arrays_and_chinese_text(found: dict[str, Any]):
    differing = [
        (call, expected, answer)
        for call, expected, answer in zip(CALLS, found["expected"], found["answers"], strict=True)
        if not same(normal(expected), normal(answer))
    ]

    assert differing == []


@pytest.mark.parametrize("suffix", [".xlsx", ".ods"])
def test_a_saved_workbook_keeps_formulas_and_answers(found: dict[str, Any], suffix: str):
    typed = found["saved"]["typed"]

    assert len(typed) > len(CALLS)
    assert found["saved"][suffix] == typed


def test_a_workbook_of_excel_answers_once_it_is_respelled(found: dict[str, Any]):
    thirty_days_later = to_serial(date(2026, 3, 2))

    assert list(found["opened"].values()) == [
        ["=DUE.DAYSLATE(A1;B1)", 15.0],
        ['{=DUE.DUEDATE(A1:B1;"Net 30")}', thirty_days_later],
        ['{=DUE.DUEDATE(A1:B1;"Net 30")}', thirty_days_later],
        ['=IF(DUE.DAYSLATE(A1;B1)>10;"DUE_DAYSLATE(A1,B1)";"")', "DUE_DAYSLATE(A1,B1)"],
    ]


def test_cells_say_that_the_packages_are_missing():
    calls = [OF_OUR_OWN[0], OF_OUR_OWN[3]]
    with calcsheet.installed(lambda folder: [build_extension(folder)]) as sheet:
        told = calcsheet.answers(sheet, calls, [(1, 1), (1, 1)])

    for [[words]] in told:
        assert words.startswith("Duebook's packages are not found by LibreOffice's Python 3.")
        assert "No module named 'duebook" in words
        assert words.endswith("run: duebook addin install calc / 请运行 duebook addin install calc")
