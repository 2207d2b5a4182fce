"""What the add-in's VBA does between Excel and Python, run by an interpreter of VBA; see :mod:`excelhost`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pyopenvba.interpreter import EMPTY, MISSING, VBAErrorValue, VBARuntimeError

from duebook_addin.excel.build import PYTHON_BESIDE, build_addin
from duebook_addin.functions import FUNCTIONS
from excelhost import CHINESE, PROGRAM, Desk, Python, from_vba
from windows import error_code

if TYPE_CHECKING:
    from collections.abc import Callable

MARK = "\x01"
SERVER_GONE = -2147023174  # 0x800706BA: the RPC server is unavailable
NOT_AVAILABLE, WRONG = VBAErrorValue(2042), VBAErrorValue(2015)
START = (
    f'"{PROGRAM}" -P -c "import duebook_cli.desk, duebook_addin.excel.functions, xlwings; '
    "xlwings.serve('$(CLSID)')\""
)


class Excel:
    """Excel with the add-in, and a Python that gives one answer."""

    def __init__(self, folder: Path, *, python: str = PROGRAM, config: Path | None = None) -> None:
        """Build and open the add-in."""
        self.answer: Callable[[], object] = lambda: 1.0
        self.python = Python(lambda *_: self.answer())
        self.desk = Desk(build_addin(folder, python=python, config=config), self.python)

    def dso(self, *arguments: object) -> object:
        """Call a function of three cells."""
        return self.desk.run("DUE_DSO", *arguments)

    @property
    def calls(self) -> list[Any]:
        """What reached Python."""
        return [arguments for _, arguments in self.python.calls]


@pytest.fixture
def excel(tmp_path: Path) -> Excel:
    """Open the add-in anew."""
    return Excel(tmp_path)


# --- Arguments


def test_a_range_arrives_as_its_values(excel: Excel) -> None:
    for cell, value in {"A1": 45000.5, "B1": "text", "A2": True, "B2": "x"}.items():
        excel.desk.sheet.set_value(cell, value)
    excel.desk.run("DUE_DSO", excel.desk.cells("A1:B2"), excel.desk.cells("A1"), excel.desk.cells("D9"))
    assert excel.calls == [(((45000.5, "text"), (True, "x")), 45000.5, None)]


def test_a_whole_column_ends_with_the_last_row_in_use(excel: Excel) -> None:
    excel.desk.sheet.set_value("A1", 1.0)
    excel.desk.sheet.set_value("B3", 2.0)
    excel.dso(excel.desk.cells("A:A"), 1.0, 1.0)
    assert excel.calls == [(((1.0,), (None,), (None,)), 1.0, 1.0)]


def test_several_ranges_in_one_argument_are_refused(excel: Excel) -> None:
    excel.desk.sheet.set_value("A1", 1.0)
    excel.desk.caller = excel.desk.cells("D5")
    assert excel.dso(1.0, excel.desk.cells("A1:A2,C1:C2"), 1.0) == WRONG
    assert reason(excel, "D5") == "argument 2: several ranges; one is allowed."
    assert not excel.calls


def test_error_cells_and_what_is_left_out(excel: Excel) -> None:
    excel.desk.run("DUE_BUCKET", VBAErrorValue(2023), EMPTY, MISSING)
    assert excel.calls == [(error_code(2023), None, None)]


# --- Answers


def test_a_marked_answer_is_an_error_and_its_message_is_kept(excel: Excel) -> None:
    excel.desk.caller = excel.desk.cells("D5")
    excel.answer = lambda: f"{MARK}2007{MARK}sales: 0, so there is nothing to divide by."
    assert excel.dso(1.0, 0.0, 30.0) == VBAErrorValue(2007)
    assert reason(excel, "D5") == "sales: 0, so there is nothing to divide by."
    assert reason(excel, "D6") == ""


def test_errors_within_rows_stand_in_their_place(excel: Excel) -> None:
    excel.desk.caller = excel.desk.cells("D5:E6")
    excel.answer = lambda: [["a", 1.5], [f"{MARK}2042{MARK}unknown", True], [MARK, MARK]]
    assert from_vba(excel.dso(1.0, 2.0, 3.0)) == [["a", 1.5], [{"error": "#N/A"}, True]]
    assert reason(excel, "D6") == "unknown"


@pytest.mark.parametrize("answer", [[["a", 1.5], ["b", ""]], [["a"], ["b"]], [1.0, 2.0]])
def test_rows_without_errors_pass_untouched(excel: Excel, answer: list[Any]) -> None:
    excel.answer = lambda: answer
    rows = answer if isinstance(answer[0], list) else [answer]  # xlwings hands one row over as a row
    assert from_vba(excel.dso(1.0, 2.0, 3.0)) == rows


def test_what_python_raises_is_not_available(excel: Excel) -> None:
    def defect() -> object:
        raise VBARuntimeError(-2147352567, "ZeroDivisionError: division by zero")

    excel.answer = defect
    excel.desk.caller = excel.desk.cells("D5")
    assert excel.dso(1.0, 2.0, 3.0) == NOT_AVAILABLE
    assert reason(excel, "D5") == "ZeroDivisionError: division by zero"
    assert len(excel.calls) == 1


# --- Equal calls


def test_equal_calls_are_made_once_in_a_calculation(excel: Excel) -> None:
    same = (1.0, "a", True)
    assert [excel.dso(*same) for _ in range(3)] == [1.0, 1.0, 1.0]
    assert len(excel.calls) == 1
    excel.desk.run("ThisWorkbook.app_AfterCalculate")
    excel.dso(*same)
    assert len(excel.calls) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((0.3, 1.0, 1.0), (0.1 + 0.2, 1.0, 1.0)),
        ((1.0, "a", 1.0), (1.0, "A", 1.0)),
        ((1.0, "1", 1.0), (1.0, 1.0, 1.0)),
        ((1.0, "a|s1:b", "c"), (1.0, "a", "b|s1:c")),
        ((1.0, "", 1.0), (1.0, EMPTY, 1.0)),
        ((1.0, True, 1.0), (1.0, "True", 1.0)),
        ((1.0, VBAErrorValue(2042), 1.0), (1.0, VBAErrorValue(2015), 1.0)),
    ],
)
def test_different_calls_are_never_taken_for_equal(
    excel: Excel, one: tuple[object, ...], other: tuple[object, ...]
) -> None:
    excel.dso(*one)
    excel.dso(*other)
    assert len(excel.calls) == 2


def test_the_same_arguments_of_two_functions_are_two_calls(excel: Excel) -> None:
    excel.dso(1.0, 2.0, 3.0)
    excel.desk.run("DUE_DSOBEST", 1.0, 2.0, 3.0)
    assert [name for name, _ in excel.python.calls] == ["DUE_DSO", "DUE_DSOBEST"]


def test_an_error_that_was_kept_tells_every_cell_its_reason(excel: Excel) -> None:
    excel.answer = lambda: f"{MARK}2015{MARK}no"
    for cell in ("D5", "D6"):
        excel.desk.caller = excel.desk.cells(cell)
        assert excel.dso(1.0, 2.0, 3.0) == WRONG
    assert len(excel.calls) == 1
    assert (reason(excel, "D5"), reason(excel, "D6")) == ("no", "no")


def test_answers_of_the_store_and_of_ranges_are_asked_again(excel: Excel) -> None:
    excel.desk.sheet.set_value("A1", 1.0)
    excel.desk.sheet.set_value("A2", 1.0)
    for _ in range(2):
        excel.desk.run("DUE_PROFILE", "C1", "open", MISSING)
        excel.dso(excel.desk.cells("A1:A2"), 1.0, 1.0)
    assert len(excel.calls) == 4


# --- Python


def test_python_is_started_once_with_its_path_in_quotes_and_told_the_configuration(tmp_path: Path) -> None:
    excel = Excel(tmp_path, config=Path(r"C:\Büro 1 & 账\duebook.toml"))
    excel.dso(1.0, 2.0, 3.0)
    excel.dso(4.0, 5.0, 6.0)
    assert excel.desk.commands == [START]
    assert excel.python.told == [r"C:\Büro 1 & 账\duebook.toml"]


def test_without_a_configuration_the_desk_looks_for_its_own(excel: Excel) -> None:
    excel.dso(1.0, 2.0, 3.0)
    assert excel.python.told == [None]


def test_a_python_that_ended_is_started_again(excel: Excel) -> None:
    excel.dso(1.0, 2.0, 3.0)
    answers: list[Callable[[], object]] = [lambda: 7.0]

    def gone() -> object:
        excel.answer = answers.pop()
        raise VBARuntimeError(SERVER_GONE, "The RPC server is unavailable.")

    excel.answer = gone
    assert excel.dso(2.0, 2.0, 3.0) == 7.0
    assert len(excel.desk.commands) == 2


def test_a_python_that_ends_at_once_is_not_started_for_ever(excel: Excel) -> None:
    def gone() -> object:
        raise VBARuntimeError(SERVER_GONE, "The RPC server is unavailable.")

    excel.answer = gone
    assert excel.dso(1.0, 2.0, 3.0) == NOT_AVAILABLE
    assert len(excel.desk.commands) == 2


def test_the_library_is_looked_for_in_python_s_folders_only(excel: Excel) -> None:
    excel.desk.libraries = {r"C:\Duebook\.venv\xlwings.dll"}
    assert excel.dso(1.0, 2.0, 3.0) == 1.0
    assert excel.desk.asked == [r"C:\Duebook\.venv\Scripts\xlwings.dll", r"C:\Duebook\.venv\xlwings.dll"]


def test_a_missing_library_is_tried_once_a_calculation_and_said(excel: Excel) -> None:
    excel.desk.libraries = set()
    excel.desk.caller = excel.desk.cells("D5")
    assert [excel.dso(float(number), 2.0, 3.0) for number in range(3)] == [NOT_AVAILABLE] * 3
    assert len(excel.desk.asked) == 2
    excel.desk.run("ThisWorkbook.app_AfterCalculate")
    why = (
        "Python could not be started: xlwings.dll could not be loaded from C:\\Duebook\\.venv\\Scripts or "
        'C:\\Duebook\\.venv. Is Duebook installed there, with pip install "duebook[excel]"?'
    )
    assert reason(excel, "D5") == why
    excel.desk.libraries = None
    assert excel.dso(1.0, 2.0, 3.0) == 1.0
    excel.desk.run("ThisWorkbook.app_AfterCalculate")
    assert excel.desk.said == [f"Duebook: {why}", False]


def test_a_path_without_a_drive_lies_in_the_add_in_s_folder(tmp_path: Path) -> None:
    excel = Excel(tmp_path, python=PYTHON_BESIDE)
    excel.desk.folder = r"\\server\share\A & B"
    assert excel.desk.run("PythonPath") == r"\\server\share\A & B\.venv\Scripts\python.exe"


@pytest.mark.parametrize(
    ("python", "folder", "message"),
    [
        (PYTHON_BESIDE, "https://example.org/team", "lies in https://example.org/team, which is no folder"),
        (r"C:\evil.bat", r"C:\x", r"the path C:\evil.bat does not end in .exe."),
        ('C:\\x.exe" -c "evil.exe', r"C:\x", "holds a quotation mark."),
        (r"C:\$(Environment:TEMP)\python.exe", r"C:\x", "holds $(, which xlwings' library would replace."),
        ("C:\\a\nb.exe", r"C:\x", "holds a control character."),
        (rf"C:\{'x' * 2000}.exe", r"C:\x", "is too long."),
    ],
)
def test_a_setting_that_somebody_changed_is_checked_again(
    excel: Excel, python: str, folder: str, message: str
) -> None:
    excel.desk.folder = folder
    excel.desk.settings.set_value("B1", python)
    excel.desk.caller = excel.desk.cells("D5")
    assert excel.dso(1.0, 2.0, 3.0) == NOT_AVAILABLE
    assert message in reason(excel, "D5")
    assert not excel.desk.commands


def test_an_active_workbook_with_settings_changes_nothing(excel: Excel) -> None:
    for cell, value in {
        "A1": "python",
        "B1": r"C:\evil\python.exe",
        "A2": "config",
        "B2": r"C:\evil.toml",
    }.items():
        excel.desk.sheet.set_value(cell, value)
    excel.dso(1.0, 2.0, 3.0)
    assert excel.desk.commands == [START]
    assert excel.python.told == [None]


# --- The function wizard


@pytest.mark.parametrize("language", [1033, CHINESE, 1028])
def test_every_function_is_described_in_excel_s_language(excel: Excel, language: int) -> None:
    excel.desk.language = language
    excel.desk.run("DescribeFunctions")
    described = excel.desk.described
    assert described.keys() == {f"'duebook.xlam'!DUE_{function.name}" for function in FUNCTIONS}
    which = "en" if language == 1033 else "zh"
    for function in FUNCTIONS:
        told = described[f"'duebook.xlam'!DUE_{function.name}"]
        assert told["Description"] == getattr(function.help, which)
        shelf = getattr(function.category.value, which)
        assert told["Category"] == (f"Duebook: {shelf}" if which == "en" else f"Duebook：{shelf}")  # noqa: RUF001
        assert told["ArgumentDescriptions"].items == [
            getattr(parameter.help, which) for parameter in function.parameters
        ]


def test_functions_are_described_once(excel: Excel) -> None:
    excel.desk.run("DescribeFunctions")
    excel.desk.described.clear()
    excel.desk.run("DescribeFunctions")
    assert not excel.desk.described


def test_opening_the_add_in_describes_its_functions_and_starts_nothing(excel: Excel) -> None:
    excel.desk.run("ThisWorkbook.Workbook_Open")
    assert len(excel.desk.described) == len(FUNCTIONS)
    assert not excel.desk.asked
    assert not excel.desk.commands


# --- Macros


def test_duebook_restart_ends_python_and_the_next_call_starts_it_anew(excel: Excel) -> None:
    excel.dso(1.0, 2.0, 3.0)
    excel.desk.run("DuebookRestart")
    excel.dso(4.0, 5.0, 6.0)
    assert (excel.desk.ended, excel.desk.commands) == ([START], [START, START])
    assert not excel.desk.excel.dialogs


def test_duebook_why_says_why_the_active_cell_holds_an_error(excel: Excel) -> None:
    excel.answer = lambda: f"{MARK}2007{MARK}nothing to divide by"
    excel.desk.caller = excel.desk.cells("A1")
    excel.desk.sheet.sheet.vba_get("Range", ["A1"]).vba_set("Value", excel.dso(1.0, 0.0, 30.0))
    excel.desk.run("DuebookWhy")
    excel.desk.sheet.set_value("A1", 5.0)
    excel.desk.run("DuebookWhy")
    assert [text for _, text, *_ in excel.desk.excel.dialogs] == [
        "nothing to divide by",
        "This cell holds no error.",
    ]


def reason(excel: Excel, cell: str) -> str:
    """Return what is known about a cell's error."""
    told: str = excel.desk.run("Reason", excel.desk.cells(cell))
    return told
