"""Makes ``duebook.xlam``, the add-in for Excel on Windows, on any system.

Its VBA is what lies in ``addin/excel``, and a module of wrappers, one function for each worksheet function.
What differs from one computer to another stands in the add-in's hidden sheet, not in code: where Python and
the configuration are. So do the texts of the function wizard, since VBA source has no Chinese letters.
"""

from __future__ import annotations

import re
from pathlib import Path, PureWindowsPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final
from zipfile import ZipFile

from duebook.errors import InputError
from duebook_addin.assets import assets
from duebook_addin.excel.package import packed
from duebook_addin.functions import FUNCTIONS
from duebook_addin.registry import NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from duebook_addin.registry import Function, Parameter

NAME: Final = "duebook.xlam"
WRAPPERS: Final = "DuebookFunctions"
PYTHON_BESIDE: Final = r".venv\Scripts\python.exe"
"""The Python of a virtual environment in the folder of the add-in."""

_LONGEST_PATH: Final = 1000
# Words of VBA that cannot name a parameter.
_RESERVED: Final = frozenset(
    """
    abs addressof and any array as attribute base boolean byref byte byval call case cbool cbyte ccur cdate
    cdbl cdec cint circle clng close const csng cstr currency cvar cverr date debug decimal declare dim do
    double each else elseif empty end enum eqv erase error event exit false fix for friend function get
    global go gosub goto if imp implements in input int integer is lbound len lenb let like line lock long
    loop lset me mod module new next not nothing null on open option optional or paramarray preserve print
    private property pset public put raiseevent redim rem resume return rset scale seek select set sgn
    shared single spc static stop string sub tab then to true type typeof ubound unlock until variant wend
    while with withevents write xor
    """.split()  # noqa: SIM905 - a hundred words in quotation marks are no easier to read
)
_HEADINGS: Final = ("function", "parameter", "English", "Chinese", "category", "category in Chinese")
_NO_WINDOWS_PATH: Final = re.compile(r'[\x00-\x1f"<>|?*]')


def build_addin(output: Path, *, python: str, config: Path | None) -> Path:
    r"""Write the add-in.

    Args:
        output: The folder to write to; made where missing.
        python: The program of the Python that has Duebook, on the computer that runs Excel: a full Windows
            path, or one from the add-in's own folder such as ``.venv\Scripts\python.exe``.
        config: The configuration on that computer, a full Windows path; None for the one that the
            environment variable ``DUEBOOK_CONFIG`` names there.

    Returns:
        The file.

    Raises:
        InputError: A path that Windows does not have, or that no program is started with; or pyOpenVBA is
            missing.
    """
    settings = [("python", _checked_python(python)), ("config", _checked_config(config))]
    file = output / NAME
    content = packed(_vba_project(vba_modules()), [*settings, (), _HEADINGS, *_help()])
    output.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


def vba_modules() -> dict[str, str]:
    """Return the add-in's VBA modules by name, as a VBA editor exports them."""
    files = sorted([*assets("excel").glob("*.bas"), *assets("excel").glob("*.cls")])
    return {file.stem: file.read_text(encoding="ascii") for file in files} | {WRAPPERS: _wrappers()}


def _vba_project(modules: dict[str, str]) -> bytes:
    try:
        from pyopenvba import ExcelFile  # noqa: PLC0415 - an extra
    except ImportError:
        raise InputError(
            "pyOpenVBA is missing, which writes the VBA of Excel's add-in.",
            hint='Install it with: pip install "duebook[excel]"',
        ) from None
    with TemporaryDirectory() as folder:
        file = Path(folder) / NAME
        with ExcelFile.create_new(file) as book:
            project = book.vba_project()
            project.delete_module("Module1")
            for name, source in modules.items():
                lines = source.replace("\n", "\r\n")
                if name in project.module_names():
                    # The module of the workbook itself is there; its head says what it belongs to.
                    book.set_module(name, book.get_module(name) + lines)
                else:
                    project.add_module(name, lines)
            book.save()
        with ZipFile(file) as package:
            return package.read("xl/vbaProject.bin")


def _wrappers() -> str:
    head = f"""\
Attribute VB_Name = "{WRAPPERS}"
' The worksheet functions. Generated: one for each declared in Duebook; their help is in DuebookHelp.

Option Explicit
"""
    return head + "".join(f"\n{_wrapper(function)}" for function in FUNCTIONS)


def _wrapper(function: Function) -> str:
    name = f"{NAMESPACE}_{function.name}"
    names = [_variable(parameter) for parameter in function.parameters]
    declared = [
        f"    {'' if parameter.required else 'Optional '}ByVal {variable} As Variant"
        for parameter, variable in zip(function.parameters, names, strict=True)
    ]
    # The wizard's text in the language of the system comes when the add-in is opened; this is for the
    # object browser, and has no place for letters of another code page.
    help_text = function.help.en.replace('"', '""')
    described = f'Attribute {name}.VB_Description = "{help_text}"\n' if help_text.isascii() else ""
    call = "FreshAnswer" if function.asks_store else "Answer"
    parameters = ", _\n".join(declared)
    return (
        f"Public Function {name}( _\n{parameters}) As Variant\n{described}"
        f'    {name} = DuebookCall.{call}("{name}", Array({", ".join(names)}))\nEnd Function\n'
    )


def _variable(parameter: Parameter) -> str:
    return f"{parameter.name}_" if parameter.name in _RESERVED else parameter.name


def _help() -> Iterator[tuple[str, ...]]:
    """Return the function wizard's texts: a row for each function, followed by a row for each parameter."""
    for function in FUNCTIONS:
        name, category = f"{NAMESPACE}_{function.name}", function.category.value
        shelf = (f"Duebook: {category.en}", f"Duebook：{category.zh}")  # noqa: RUF001 - Chinese punctuation
        yield (name, "", function.help.en, function.help.zh, *shelf)
        for parameter in function.parameters:
            yield (name, parameter.name, parameter.help.en, parameter.help.zh)


def _checked_python(python: str) -> str:
    path = PureWindowsPath(python)
    _check_path("python", python)
    if path.suffix.lower() != ".exe":
        raise InputError(
            f"python: {python!r} is no program of Windows.",
            hint=r"Give its path where Excel runs, such as C:\Duebook\.venv\Scripts\python.exe.",
        )
    if "$(" in python:
        raise InputError(f"python: {python!r} holds '$(', which xlwings' library would replace.")
    if (path.drive and not path.is_absolute()) or (path.root and not path.drive):
        raise InputError(f"python: {python!r} is neither a full path nor one from the add-in's folder.")
    return str(path)


def _checked_config(config: Path | None) -> str:
    if config is None:
        return ""
    path = PureWindowsPath(config)
    _check_path("config", str(config))
    if not path.is_absolute():
        raise InputError(
            f"config: {str(config)!r} is no full path of Windows.",
            hint=r"Give its path where Excel runs, such as C:\Duebook\duebook.toml.",
        )
    return str(path)


def _check_path(setting: str, path: str) -> None:
    sign = _NO_WINDOWS_PATH.search(path)
    if sign:
        raise InputError(f"{setting}: {path!r} holds {sign[0]!r}, which no path of Windows does.")
    if len(path) > _LONGEST_PATH:
        raise InputError(f"{setting}: a path of {len(path)} characters; at most {_LONGEST_PATH} are allowed.")
