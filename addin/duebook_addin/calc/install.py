"""Installs the extension into the LibreOffice of whoever asks, tries it in a sheet, and takes it out again.

LibreOffice runs extensions in a Python of its own. Where that is the same as the one that asks, the packages
of this environment serve it; else it gets a folder of its own, filled for its version.
"""

from __future__ import annotations

import csv
import importlib
import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from duebook.errors import InputError, NoAnswerError
from duebook_addin.calc.build import IDENTIFIER, build_extension
from duebook_addin.calc.trial import TRIAL, expected

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PROGRAMS: Final = "DUEBOOK_LIBREOFFICE"
"""The environment variable that names the folder of soffice and unopkg."""

_OLDEST: Final = (3, 11)
_PATIENCE: Final = 180  # seconds; a first start of LibreOffice takes a few
_DOWNLOAD: Final = 900
_PACKAGES: Final = (
    "duebook",
    "duebook_addin",
    "duebook_cli",
    "duebook_connectors",
    "duebook_etl",
    "duebook_workbooks",
)
_USUAL: Final = {
    "win32": (r"C:\Program Files\LibreOffice\program", r"C:\Program Files (x86)\LibreOffice\program"),
    "darwin": ("/Applications/LibreOffice.app/Contents/MacOS",),
}.get(sys.platform, ("/usr/lib/libreoffice/program", "/opt/libreoffice/program", "/snap/bin"))
_BUNDLED: Final = ("python.exe", "python", "../Resources/python")
_ASK: Final = (
    "import json, sys, sysconfig, uno; "
    "print(json.dumps([list(sys.version_info[:2]), sysconfig.get_platform(), sys.implementation.name]))"
)
_CSV: Final = "csv:Text - txt - csv (StarCalc):44,34,76"  # commas, quotation marks, UTF-8
_CLOSE: Final = "Close LibreOffice and try again."


@dataclass(frozen=True)
class _Office:
    """A LibreOffice: its programs, and its Python as that describes itself."""

    soffice: str
    unopkg: str
    python: str
    version: tuple[int, int]
    platform: str
    implementation: str

    @property
    def is_ours(self) -> bool:
        """Whether its Python can use the packages of this environment."""
        ours = (sys.version_info[:2], sysconfig.get_platform(), sys.implementation.name)
        return (self.version, self.platform, self.implementation) == ours

    @property
    def named(self) -> str:
        return f"{self.version[0]}.{self.version[1]}"


def install(*, config: Path | None = None) -> Iterator[str]:
    """Install the extension for this user, and recalculate a sheet with it.

    Installed again, it takes the place of what was there.

    Args:
        config: The configuration whose store and policy the functions ask; None for none.

    Yields:
        What was done, a line each.

    Raises:
        InputError: There is no such configuration, no LibreOffice, it is open, it has no Python, or an
            administrator asks.
        NoAnswerError: The extension is installed, but its cells do not answer; the message has their words.
    """
    if config is not None and not config.is_file():
        raise InputError(f"{config}: there is no such configuration.", hint="`duebook init` writes one.")
    office = _found()
    _check_user()
    yield f"LibreOffice: {office.soffice}, with Python {office.named}."
    if office.version < _OLDEST:
        site: list[Path] = []
        yield "Its Python is too old for Duebook, which needs 3.11 or newer: the cells will say so."
    elif office.is_ours:
        site = _own_packages()
        yield f"It uses the packages of this environment: {site[-1]}."
    else:
        folder, lacking = _filled(office)
        site = [folder]
        yield f"Its packages: {folder}."
        if lacking:
            yield f"{lacking} The cells of functions that need them will say so."
    with TemporaryDirectory() as name:
        extension = build_extension(Path(name), config=config, site=site)
        _run([office.unopkg, "add", "--force", "--suppress-license", str(extension)], "install the extension")
    yield f"Installed; it asks {config or 'no store: name one with --config and install again'}."
    _try(office)
    yield "Tried in a sheet: Calc answers as Python does. Type =DUE.AGING(...) in a cell."


def uninstall() -> Iterator[str]:
    """Take out the extension and the packages that were put there for it.

    Yields:
        What was done, a line each.

    Raises:
        InputError: There is no LibreOffice, it is open, or an administrator asks.
    """
    office = _found()
    _check_user()
    if IDENTIFIER in _run([office.unopkg, "list"], "list its extensions"):
        _run([office.unopkg, "remove", IDENTIFIER], "remove the extension")
        yield "The extension is removed."
    else:
        yield "The extension was not installed."
    if _packages().exists():
        shutil.rmtree(_packages())
        yield f"Its packages are removed: {_packages()}."


def _found() -> _Office:
    """Find LibreOffice and its Python.

    Raises:
        InputError: There is none.
    """
    named = os.environ.get(PROGRAMS)
    folders = [named] if named else [*os.get_exec_path(), *_USUAL]
    path = os.pathsep.join(folders)
    soffice, unopkg = shutil.which("soffice", path=path), shutil.which("unopkg", path=path)
    if soffice is None or unopkg is None:
        where = f"in {named}" if named else "on the path or where it usually is"
        raise InputError(
            f"LibreOffice is not found {where}: soffice and unopkg are needed.",
            hint=f"Install LibreOffice Calc, or set {PROGRAMS} to the folder of its programs.",
        )
    beside = Path(soffice).resolve().parent
    pythons = [str(beside / name) for name in _BUNDLED if (beside / name).is_file()]
    if sys.platform not in _PLATFORMS_THAT_BUNDLE:
        pythons += [found for name in ("/usr/bin/python3", "python3") if (found := shutil.which(name))]
    for python in pythons:
        told = _output([python, "-c", _ASK])
        if told is not None:
            version, platform, implementation = json.loads(told)
            return _Office(soffice, unopkg, python, (version[0], version[1]), platform, implementation)
    raise InputError(
        f"The LibreOffice of {soffice} has no Python, which runs extensions.",
        hint="On Debian and Ubuntu install python3-uno; elsewhere LibreOffice's package for Python.",
    )


_PLATFORMS_THAT_BUNDLE: Final = ("win32", "darwin")


def _output(command: Sequence[str]) -> str | None:
    """Return what a program prints; None where it fails."""
    with suppress(OSError, subprocess.TimeoutExpired):
        done = subprocess.run(  # noqa: S603 - LibreOffice's Python
            command, capture_output=True, check=False, encoding="utf-8", timeout=_PATIENCE
        )
        return None if done.returncode else done.stdout
    return None


def _check_user() -> None:
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        raise InputError(
            "LibreOffice takes no extension from root: it belongs to the user who opens LibreOffice.",
            hint="Run the command as that user.",
        )
    lock = _settings() / ".lock"
    if lock.exists():
        raise InputError(
            "LibreOffice is open, and keeps its extensions to itself until it is closed.",
            hint=f"Close all its windows and the quickstarter. If it is not open, delete {lock}.",
        )


def _settings() -> Path:
    """Return where LibreOffice keeps this user's settings."""
    home = Path.home()
    base = {
        "win32": Path(os.environ.get("APPDATA") or home / "AppData/Roaming") / "LibreOffice",
        "darwin": home / "Library/Application Support/LibreOffice",
    }.get(sys.platform, Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "libreoffice")
    return base / "4"


def _run(command: Sequence[str], what: str) -> str:
    """Run one of LibreOffice's programs and return what it prints.

    Raises:
        InputError: It failed or took too long.
    """
    try:
        done = subprocess.run(  # noqa: S603 - LibreOffice's own programs
            command, capture_output=True, check=False, encoding="utf-8", errors="replace", timeout=_PATIENCE
        )
    except subprocess.TimeoutExpired:
        raise InputError(
            f"LibreOffice could not {what}: no answer in {_PATIENCE} seconds.", hint=_CLOSE
        ) from None
    except OSError as error:
        raise InputError(f"LibreOffice could not {what}: {error.strerror}.") from None
    if done.returncode:
        said = [line.strip() for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        raise InputError(
            f"LibreOffice could not {what}: {said[-1] if said else f'exit code {done.returncode}'}.",
            hint=_CLOSE,
        )
    return done.stdout


def _packages() -> Path:
    """Return the folder of the packages that only LibreOffice uses."""
    home = Path.home()
    base = {
        "win32": os.environ.get("LOCALAPPDATA") or home / "AppData/Local",
        "darwin": home / "Library/Application Support",
    }.get(sys.platform, os.environ.get("XDG_DATA_HOME") or home / ".local/share")
    return Path(base) / "duebook" / "libreoffice"


def _own_packages() -> list[Path]:
    """Return the folders that this program's own packages come from, Duebook's first."""
    ours = [Path(importlib.import_module(package).__path__[0]).parent for package in _PACKAGES]
    others = [
        Path(str(importlib.metadata.distribution(name.partition("[")[0]).locate_file("")))
        for name in _required()
    ]
    return list(dict.fromkeys([*ours, *others]))


def _filled(office: _Office) -> tuple[Path, str]:
    """Fill the folder of LibreOffice's packages, in the versions of this environment; it appears whole.

    Returns:
        The folder, and in words why it has Duebook's own packages only; most functions need no others.

    Raises:
        InputError: The folder cannot be written.
    """
    target = _packages()
    partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
    try:
        partial.parent.mkdir(parents=True, exist_ok=True)
        lacking = ""
        try:
            _download(partial, office)
        except InputError as error:
            shutil.rmtree(partial, ignore_errors=True)
            lacking = str(error)
        for package in _PACKAGES:
            source = importlib.import_module(package).__path__[0]
            shutil.copytree(source, partial / package, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.rmtree(target, ignore_errors=True)
        partial.rename(target)
    except OSError as error:
        raise InputError(f"{target}: the packages cannot be put there: {error.strerror}.") from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return target, lacking


def _download(target: Path, office: _Office) -> None:
    wanted = [f"{name}=={importlib.metadata.version(name.partition('[')[0])}" for name in _required()]
    chosen = ["--target", str(target), "--python-version", office.named, "--only-binary=:all:"]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if _output([*pip[:3], "--version"]) is None:
        uv = shutil.which("uv")
        if uv is None:
            raise InputError(
                "Neither pip nor uv is here to fetch the packages for LibreOffice's Python.",
                hint="Install pip into the environment of Duebook.",
            )
        pip = [uv, "pip", "install", "--quiet", "--python", sys.executable]
    try:
        subprocess.run(  # noqa: S603 - pip, with names and versions of what is installed here
            [*pip, *chosen, *wanted], check=True, capture_output=True, encoding="utf-8", timeout=_DOWNLOAD
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        said = [line for line in str(error.stderr or error).splitlines() if line.strip()]
        raise InputError(
            f"The packages for LibreOffice's Python {office.named} could not be fetched: {said[-1]}",
            hint="Check the connection, or install a LibreOffice whose Python is that of Duebook.",
        ) from None


def _required() -> list[str]:
    """Return what Duebook needs of others, such as ``psycopg[binary]``, without its own extras."""
    stated = importlib.metadata.requires("duebook") or []
    named = [re.match(r"[\w.-]+(\[[\w,-]+\])?", line) for line in stated if "extra ==" not in line]
    return [name[0] for name in named if name]


def _try(office: _Office) -> None:
    """Recalculate a sheet of known answers in a window-less LibreOffice.

    Raises:
        NoAnswerError: A cell holds something else.
    """
    with TemporaryDirectory() as name:
        folder = Path(name)
        sheet = folder / "trial.fods"
        sheet.write_text(TRIAL, encoding="utf-8")
        command = [
            office.soffice,
            "--headless",
            "--norestore",
            "--convert-to",
            "csv",
            "--outdir",
            name,
            str(sheet),
        ]
        _run(command, "recalculate a sheet")
        answered = folder / "trial.csv"
        if not answered.is_file():
            raise InputError("LibreOffice could not recalculate a sheet.", hint=_CLOSE)
        with answered.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
    for (formula, answer), row in zip(expected(), rows, strict=False):
        if row[:1] != [answer]:
            shown = row[0] if row and row[0] else "nothing"
            raise NoAnswerError(
                f"The extension is installed, but {formula} shows {shown} in LibreOffice, not {answer}."
            )
