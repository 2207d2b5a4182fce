"""Duebook's functions in LibreOffice Calc: finds Duebook's packages and hands each call to them.

It runs in LibreOffice's own Python, so it stays readable to old ones (3.7 and newer): those get a cell that
says in words what is missing.
"""
# ruff: noqa: INP001 - it travels alone

from __future__ import annotations

import json
import os
import site
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import uno
import unohelper

if TYPE_CHECKING:
    from collections.abc import Callable

    Method = Callable[..., object]

OLDEST = (3, 11)
HINT = "run: duebook addin install calc / 请运行 duebook addin install calc"
WITH = json.loads((Path(__file__).parent / "extension.json").read_text(encoding="utf-8"))


def find_packages() -> None:
    """Put the folders of Duebook's packages first on the path, before older copies that a system has."""
    before = list(sys.path)
    for folder in [*os.environ.get("DUEBOOK_SITE", "").split(os.pathsep), *WITH["site"]]:
        if folder:
            site.addsitedir(folder)
    sys.path.sort(key=before.__contains__)


def found() -> dict[str, Method]:
    """Return what to call for each function; what cannot be called answers why, in words."""
    version = ".".join(map(str, sys.version_info[:2]))
    if sys.version_info < OLDEST:
        reason = "Duebook needs Python 3.11 or newer; this LibreOffice has {} / LibreOffice 的 Python 过旧"
        return dict.fromkeys(WITH["functions"], says(reason.format(version)))
    try:
        find_packages()
        from duebook_addin.calc.host import methods  # noqa: PLC0415 - not found before
        from duebook_cli.desk import ready  # noqa: PLC0415

        ready(Path(WITH["config"]) if WITH["config"] else None)
        callable_ = methods()
    except Exception as error:  # noqa: BLE001 - whatever it is, a cell has to say it
        reason = "Duebook's packages are not found by LibreOffice's Python {} ({}); {}"
        return dict.fromkeys(WITH["functions"], says(reason.format(version, error, HINT)))
    other = says("The extension and Duebook's packages are of different versions; " + HINT)
    return {name: callable_.get(name, other) for name in WITH["functions"]}


def says(words: str) -> Method:
    """Return a function that answers with words."""
    return lambda *_: ((words,),)


class Functions(unohelper.Base, uno.getClass("duebookcalc.XFunctions")):
    """The add-in, as Calc sees it."""

    def __init__(self, _context: object) -> None:
        """Take each function as a method; LibreOffice gives its context."""
        self.__dict__.update(found())


g_ImplementationHelper = unohelper.ImplementationHelper()  # noqa: N816 - the name LibreOffice looks for
g_ImplementationHelper.addImplementation(Functions, "DUE", ("com.sun.star.sheet.AddIn",))
