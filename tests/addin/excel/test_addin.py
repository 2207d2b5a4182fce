"""The add-in's file: its VBA as other programs read it, its settings, and the versions it names."""

from __future__ import annotations

import importlib.metadata
import re
import sys
import tomllib
import warnings
from pathlib import Path
from zipfile import ZipFile

import pytest
from lxml import etree
from typer.testing import CliRunner

from duebook.errors import InputError
from duebook_addin.assets import assets
from duebook_addin.excel.build import PYTHON_BESIDE, WRAPPERS, build_addin, vba_modules
from duebook_addin.functions import FUNCTIONS
from duebook_cli.app import app

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # its own, of what it imports
    from oletools.olevba import VBA_Parser

HERE = Path(__file__).parents[3]
PROGRAM = r"C:\Duebook\.venv\Scripts\python.exe"
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
DECLARED = re.compile(r"Public Function (DUE_\w+)\(((?:[^)]|\n)*)\) As Variant\n")


@pytest.fixture(scope="module")
def addin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the add-in once."""
    config = Path(r"C:\Büro 1 & 账\duebook.toml")
    return build_addin(tmp_path_factory.mktemp("addin"), python=PROGRAM, config=config)


def test_olevba_reads_the_committed_and_the_generated_source(addin: Path) -> None:
    parser = VBA_Parser(str(addin))
    found = {Path(name).stem: code.replace("\r\n", "\n") for _, _, name, code in parser.extract_macros()}
    parser.close()
    modules = vba_modules()
    assert found.keys() == {*modules, "Sheet1"}
    for name, source in modules.items():
        # The workbook's own module has a head before what is ours.
        assert found[name].endswith(source) if name == "ThisWorkbook" else found[name] == source, name


def test_the_committed_source_is_all_there_is_beside_the_wrappers() -> None:
    assert vba_modules().keys() - {WRAPPERS} == {file.stem for file in assets("excel").iterdir()}


def test_there_is_a_wrapper_for_each_function_with_its_parameters() -> None:
    wrappers = dict(DECLARED.findall(vba_modules()[WRAPPERS]))
    assert wrappers.keys() == {f"DUE_{function.name}" for function in FUNCTIONS}
    for function in FUNCTIONS:
        declared = re.findall(r"(Optional )?ByVal (\w+) As Variant", wrappers[f"DUE_{function.name}"])
        assert [(name.rstrip("_"), not optional) for optional, name in declared] == [
            (parameter.name, parameter.required) for parameter in function.parameters
        ]


def test_answers_of_the_store_are_never_kept() -> None:
    fresh = set(re.findall(r'FreshAnswer\("DUE_(\w+)"', vba_modules()[WRAPPERS]))
    assert fresh == {function.name for function in FUNCTIONS if function.asks_store}


def test_no_parameter_is_a_word_of_vba() -> None:
    words = {name.lower() for name in re.findall(r"ByVal (\w+) As", vba_modules()[WRAPPERS])}
    assert not words & {"open", "name_", "to", "date", "next", "end", "in", "as", "rem", "array", "type"}


@pytest.mark.parametrize("name", vba_modules())
def test_the_source_keeps_vba_s_limits(name: str) -> None:
    source = vba_modules()[name]
    assert source.isascii()  # other letters are those of the reader's code page
    assert max(map(len, source.splitlines())) <= 1023
    assert not re.search(r"(?:.* _\n){25}", source)
    assert name == "ThisWorkbook" or source.startswith(f'Attribute VB_Name = "{name}"\n')
    assert "\nOption Explicit\n" in source


def test_nothing_in_the_source_runs_a_command_or_reads_another_workbook() -> None:
    code = "\n".join(line.partition(" ' ")[0] for line in _code_lines())
    for word in (
        r"Shell",
        r"WScript",
        r"cmd",
        r"Environ",
        r"Auto_?Open",
        r"ActiveWorkbook\.",
        r"Kill",
        r"\bOpen\b",
    ):
        assert not re.search(word, code, re.IGNORECASE), word
    assert set(re.findall(r'CreateObject\("([^"]*)"\)', code)) == {"Scripting.Dictionary"}
    assert set(re.findall(r' Lib "([^"]*)"', code)) == {"kernel32", *_libraries()}


def _code_lines() -> list[str]:
    sources = [source for name, source in vba_modules().items() if name != WRAPPERS]
    return [line for source in sources for line in source.splitlines() if not line.lstrip().startswith("'")]


def test_the_library_is_that_of_the_pinned_xlwings() -> None:
    pinned = importlib.metadata.version("xlwings")
    assert _libraries() == {f"xlwings32-{pinned}.dll", f"xlwings64-{pinned}.dll"}
    project = tomllib.loads((HERE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert f"xlwings=={pinned}" in project["optional-dependencies"]["excel"]


def _libraries() -> set[str]:
    return set(re.findall(r"xlwings\d\d-[\d.]*\.dll", vba_modules()["DuebookServer"]))


def test_no_source_of_ours_uses_the_part_of_xlwings_that_is_not_open() -> None:
    for file in (HERE / "addin").rglob("*.py"):
        assert not re.search(
            r"xlwings\.(pro|server)\b|from xlwings import .*\bserver\b", file.read_text("utf-8")
        ), file


def test_the_same_input_gives_the_same_bytes(addin: Path, tmp_path: Path) -> None:
    again = build_addin(tmp_path, python=PROGRAM, config=Path(r"C:\Büro 1 & 账\duebook.toml"))
    assert again.read_bytes() == addin.read_bytes()
    other = build_addin(tmp_path / "new" / "folder", python=PROGRAM, config=None)
    assert other.read_bytes() != addin.read_bytes()


def test_settings_and_help_stand_in_the_add_in_s_sheet(addin: Path) -> None:
    cells = _cells(addin)
    assert (cells["A1"], cells["B1"]) == ("python", PROGRAM)
    assert (cells["A2"], cells["B2"]) == ("config", r"C:\Büro 1 & 账\duebook.toml")
    dso = FUNCTIONS.find("DSO")
    row = next(int(place[1:]) for place, text in cells.items() if text == "DUE_DSO")
    shelf = ["Duebook: Turnover", "Duebook：周转"]  # noqa: RUF001 - Chinese punctuation
    assert [cells.get(f"{column}{row}") for column in "BCDEF"] == [None, dso.help.en, dso.help.zh, *shelf]
    for below, parameter in enumerate(dso.parameters, start=row + 1):
        texts = ["DUE_DSO", parameter.name, parameter.help.en, parameter.help.zh]
        assert [cells[f"{column}{below}"] for column in "ABCD"] == texts


def _cells(file: Path) -> dict[str, str]:
    with ZipFile(file) as package:
        sheet = etree.fromstring(package.read("xl/worksheets/sheet1.xml"))
    return {cell.get("r"): "".join(cell.itertext()) for cell in sheet.iter(f"{MAIN}c")}


@pytest.mark.parametrize(
    ("python", "message"),
    [
        ("/usr/bin/python3", "python: '/usr/bin/python3' is no program of Windows."),
        ("cmd.exe /c calc", "python: 'cmd.exe /c calc' is no program of Windows."),
        (
            'C:\\x" -c "evil.exe',
            "python: 'C:\\\\x\" -c \"evil.exe' holds '\"', which no path of Windows does.",
        ),
        ("C:\\$(Environment:TEMP)\\python.exe", "holds '$(', which xlwings' library would replace."),
        ("C:\\a\nb.exe", "holds '\\n', which no path of Windows does."),
        ("C:\\a|b.exe", "holds '|', which no path of Windows does."),
        ("C:python.exe", "is neither a full path nor one from the add-in's folder."),
        ("\\python.exe", "is neither a full path nor one from the add-in's folder."),
        (f"C:\\{'x' * 1000}.exe", "python: a path of 1007 characters; at most 1000 are allowed."),
    ],
)
def test_a_hostile_python_is_refused(python: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        build_addin(tmp_path, python=python, config=None)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "python",
    [PYTHON_BESIDE, r"C:\Program Files\A & B (x86)\100% ^\python.exe", r"\\server\share\Ünï\pythonw.EXE"],
)
def test_a_path_that_windows_has_is_taken_as_it_is(python: str, tmp_path: Path) -> None:
    file = build_addin(tmp_path, python=python, config=None)
    assert _cells(file)["B1"] == python


@pytest.mark.parametrize("config", ["duebook.toml", "/home/me/duebook.toml", r"C:duebook.toml"])
def test_a_configuration_is_a_full_path(config: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"config: {re.escape(repr(config))} is no full path of Windows"):
        build_addin(tmp_path, python=PROGRAM, config=Path(config))


def test_without_pyopenvba_the_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyopenvba", None)
    with pytest.raises(InputError, match="pyOpenVBA is missing") as raised:
        build_addin(tmp_path, python=PROGRAM, config=None)
    assert raised.value.hint == 'Install it with: pip install "duebook[excel]"'


def test_the_command_builds_it_on_any_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "duebook.toml").touch()  # of this computer, not of the one with Excel
    done = CliRunner().invoke(app, ["addin", "build", "excel", "--output", "made"])
    assert done.exit_code == 0, done.output
    cells = _cells(tmp_path / "made" / "duebook.xlam")
    assert cells["B1"] == PYTHON_BESIDE
    assert "B2" not in cells
