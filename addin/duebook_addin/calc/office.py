"""LibreOffice on this computer: where it is, which Python it runs functions in, whether it is running."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from duebook.errors import InputError, NoAnswerError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

OLDEST_PYTHON: Final = (3, 11)
PROGRAM_VARIABLE: Final = "DUEBOOK_SOFFICE"
"""The environment variable that names LibreOffice's program where it is not found by itself."""

_PROBE: Final = (
    "import json, platform, sys, sysconfig; print(json.dumps([platform.python_version(), "
    "list(sys.version_info[:2]), [str(sysconfig.get_config_var('EXT_SUFFIX')), platform.machine()]]))"
)
_SECONDS_TO_ANSWER: Final = 60
_LONGEST_REASON: Final = 300


@dataclass(frozen=True)
class Python:
    """An interpreter of Python.

    Attributes:
        program: Its program.
        version: Such as ``3.11.2``.
        release: Such as ``(3, 11)``.
        binary: What compiled packages have to be made for: system, processor and release.
    """

    program: Path
    version: str
    release: tuple[int, int]
    binary: tuple[str, str]

    def fits(self, other: Python) -> bool:
        """Return whether the packages of another interpreter can be imported by this one."""
        return (self.release, self.binary) == (other.release, other.binary)


@dataclass(frozen=True)
class Office:
    """A LibreOffice.

    Attributes:
        folder: The folder of its programs.
    """

    folder: Path

    @property
    def soffice(self) -> Path:
        """LibreOffice itself."""
        return self.folder / ("soffice.com" if sys.platform == "win32" else "soffice")

    @property
    def unopkg(self) -> Path:
        """Its manager of extensions."""
        return self.folder / ("unopkg.com" if sys.platform == "win32" else "unopkg")

    def python(self) -> Python:
        """Return the interpreter that it runs functions in.

        Raises:
            InputError: It has none.
        """
        own = (
            self.folder / "python.exe",
            self.folder / "python",
            self.folder.parent / "Resources" / "python",
        )
        program = next((path for path in own if path.is_file()), Path("/usr/bin/python3"))
        try:
            return _asked(program, f"import uno; {_PROBE}")
        except (NoAnswerError, ValueError):
            raise InputError(
                f"LibreOffice in {self.folder} has no Python for functions: {program} cannot import uno.",
                hint="Install what adds it: python3-uno on Debian and Ubuntu, libreoffice-pyuno on Fedora.",
            ) from None

    def lock(self) -> Path | None:
        """Return the file that a running LibreOffice of this user's keeps, or None where there is none."""
        lock = _settings_folder() / "libreoffice" / "4" / ".lock"
        if sys.platform != "linux":
            lock = _settings_folder() / "LibreOffice" / "4" / ".lock"
        return lock if lock.exists() else None


def _settings_folder() -> Path:
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or home / "AppData" / "Roaming")
    if sys.platform == "darwin":
        return home / "Library" / "Application Support"
    return Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")


def find_office() -> Office:
    """Find LibreOffice on the path, or where it usually lies.

    Raises:
        InputError: There is none.
    """
    for program in _programs():
        if program.is_file():
            return Office(program.resolve().parent)
    raise InputError(
        "LibreOffice is not found on the path nor where it usually lies.",
        hint=f"Install LibreOffice Calc, or name its program soffice in {PROGRAM_VARIABLE}.",
    )


def _programs() -> Iterator[Path]:
    named = os.environ.get(PROGRAM_VARIABLE)
    if named:
        yield Path(named)
        return  # whoever names one means no other
    for name in ("soffice", "libreoffice"):
        found = shutil.which(name)
        if found:
            yield Path(found)
    if sys.platform == "win32":
        for variable in ("ProgramFiles", "ProgramFiles(x86)"):
            if os.environ.get(variable):
                yield Path(os.environ[variable]) / "LibreOffice" / "program" / "soffice.com"
    elif sys.platform == "darwin":
        for root in (Path("/"), Path.home()):
            yield root / "Applications" / "LibreOffice.app" / "Contents" / "MacOS" / "soffice"
    else:
        yield Path("/usr/lib/libreoffice/program/soffice")
        yield Path("/usr/lib64/libreoffice/program/soffice")
        yield from sorted(Path("/opt").glob("libreoffice*/program/soffice"), reverse=True)


def python_here() -> Python:
    """Return the interpreter that this runs in."""
    return _asked(Path(sys.executable), _PROBE)


def _asked(program: Path, probe: str) -> Python:
    told = run([program, "-c", probe], "Python cannot be asked", seconds=_SECONDS_TO_ANSWER)
    version, (major, minor), (suffix, machine) = json.loads(told)
    return Python(program, version, (major, minor), (suffix, machine))


def run(command: Sequence[str | Path], failure: str, *, seconds: int) -> str:
    """Run a program of somebody else's and return what it prints.

    Args:
        command: The program and its arguments.
        failure: What it means for a person where it fails; the program's own last words are added.
        seconds: When to end it.

    Raises:
        NoAnswerError: It could not be started, took too long, or failed.
    """
    try:
        done = subprocess.run(  # noqa: S603 - LibreOffice, its Python, or what fetches packages
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=seconds,
        )
    except OSError as error:
        raise NoAnswerError(f"{failure}: {command[0]}: {error.strerror}.") from None
    except subprocess.TimeoutExpired:
        raise NoAnswerError(f"{failure}: {command[0]} did not end within {seconds} seconds.") from None
    if done.returncode:
        said = " ".join((done.stderr.strip() or done.stdout.strip()).split())[-_LONGEST_REASON:]
        raise NoAnswerError(f"{failure}: {said or f'{command[0]} ended with {done.returncode}'}")
    return done.stdout
