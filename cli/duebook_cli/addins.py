"""The add-ins: built for each spreadsheet program, installed into LibreOffice; workbooks moved between."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from duebook_cli.context import CONFIG_FILE
from duebook_cli.output import say

addin = typer.Typer(
    help="The add-in for Excel, Office and LibreOffice: build, install, move workbooks between them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
build = typer.Typer(
    help="Make the add-in's files for one spreadsheet program.", no_args_is_help=True, rich_markup_mode=None
)
addin.add_typer(build, name="build")


class Host(StrEnum):
    """The spreadsheet programs, as a workbook spells function names for them."""

    EXCEL = "excel"
    OFFICE = "office"
    CALC = "calc"


OutputOption = Annotated[
    Path, typer.Option("--output", "-o", metavar="DIR", help="The folder to write to; made where missing.")
]


def _named(context: typer.Context) -> Path | None:
    """Return the configuration that the add-in is to ask: the one named, else the one that is here."""
    path: Path = context.obj
    return None if path == CONFIG_FILE and not path.exists() else path.absolute()


@build.command("excel")
def build_excel(
    context: typer.Context,
    output: OutputOption = Path(),
    python: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="The Python that runs the functions where Excel is, a Windows path. Left out, it is the one "
            "of this command on Windows, elsewhere .venv\\Scripts\\python.exe in the add-in's own folder.",
        ),
    ] = None,
) -> None:
    """Write duebook.xlam, the add-in for Excel on Windows.

    It can be built on any system. --python and --config say where Duebook lies on the computer that
    runs Excel.
    """
    from duebook_addin.excel.build import PYTHON_BESIDE, build_addin

    # Elsewhere, what lies here says nothing about the computer that runs Excel: only what is named counts.
    here = os.name == "nt"
    config = _named(context) if here else None if context.obj == CONFIG_FILE else context.obj
    program = python or (sys.executable if here else PYTHON_BESIDE)
    say(f"Written: {build_addin(output, python=program, config=config)}")
    say(f"It starts {program}, asks {config or 'the configuration that DUEBOOK_CONFIG names'}.")


@build.command("calc")
def build_calc(context: typer.Context, output: OutputOption = Path()) -> None:
    """Write duebook.oxt, the extension for LibreOffice Calc."""
    from duebook_addin.calc.build import build_extension

    say(f"Written: {build_extension(output, config=_named(context))}")


@build.command("office")
def build_office(
    output: OutputOption = Path(),
    url: Annotated[
        str, typer.Option(metavar="URL", help="Where `duebook serve` answers, as Excel reaches it.")
    ] = "https://localhost:8443",
) -> None:
    """Write manifest.xml, which tells Excel on Windows, Mac and the web where `duebook serve` answers."""
    from duebook_addin.officejs.manifest import build_manifest

    say(f"Written: {build_manifest(output, url=url)}")


@addin.command("install")
def install(context: typer.Context, host: Annotated[Host, typer.Argument(help="calc")]) -> None:
    """Install the extension into this user's LibreOffice, and try it in a sheet."""
    _only_calc(host)
    from duebook_addin.calc.install import install as install_extension

    for line in install_extension(config=_named(context)):
        say(line)


@addin.command("uninstall")
def uninstall(host: Annotated[Host, typer.Argument(help="calc")]) -> None:
    """Take the extension out of this user's LibreOffice."""
    _only_calc(host)
    from duebook_addin.calc.install import uninstall as uninstall_extension

    for line in uninstall_extension():
        say(line)


def _only_calc(host: Host) -> None:
    from duebook.errors import InputError

    if host is not Host.CALC:
        raise InputError(
            f"{host.value}: Duebook installs itself into LibreOffice only.",
            hint=f"`duebook addin build {host.value}` makes its files, and the guide in docs/ the rest.",
        )


@addin.command("rewrite")
def rewrite(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The workbook, .xlsx, .xlsm or .xlam.")],
    to: Annotated[Host, typer.Option("--to", help="The program that will open it.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write here, and leave FILE as it is."),
    ] = None,
) -> None:
    """Spell the function names of a workbook's formulas as another spreadsheet program does.

    Nothing else of the workbook changes, not a byte.
    """
    from duebook_addin.functions import FUNCTIONS
    from duebook_workbooks.spelling import rewrite as rewrite_workbook

    names = {function.name for function in FUNCTIONS}
    changed = rewrite_workbook(file, to=to.value, names=names, output=output)
    say(f"{output or file}: {changed} function names rewritten.")
