"""Installing into a real LibreOffice, as the person who opens it would."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import calcsheet
from duebook.errors import InputError
from duebook_addin.calc.install import install, uninstall
from duebook_addin.calc.trial import expected
from nobody import as_nobody

if TYPE_CHECKING:
    from collections.abc import Iterator

# The command with this environment's packages in the system's Python: an ordinary user may not be able to run
# the environment's own.
COMMAND = """
import site, sys
site.addsitedir(sys.argv[1])
from duebook_cli.__main__ import main
sys.argv = ["duebook", *sys.argv[2:]]
main()
"""


@pytest.fixture
def home() -> Iterator[Path]:
    """Give the home of a user who has never opened LibreOffice."""
    with tempfile.TemporaryDirectory() as name:
        if os.geteuid() == 0:
            shutil.chown(name, "nobody", "nogroup")
        yield Path(name)


def duebook(home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own program
        [
            *as_nobody(),
            *("/usr/bin/python3", "-B", "-c", COMMAND, sysconfig.get_path("purelib"), *arguments),
        ],
        cwd=home,
        env=os.environ | {"HOME": str(home)} | environment,
        check=False,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )


@pytest.mark.service("uno")
def test_install_install_again_and_uninstall(home: Path) -> None:
    calcsheet.skip_where_packages_do_not_fit()

    first = duebook(home, "addin", "install", "calc")
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout.splitlines()[-1].startswith("Tried in a sheet: Calc answers as Python does.")

    again = duebook(home, "addin", "install", "calc")
    assert (again.returncode, again.stderr) == (0, "")

    gone = duebook(home, "addin", "uninstall", "calc")
    assert (gone.returncode, gone.stdout) == (0, "The extension is removed.\n")
    assert duebook(home, "addin", "uninstall", "calc").stdout == "The extension was not installed.\n"


@pytest.mark.service("uno")
def test_an_installation_whose_cells_do_not_answer_says_what_they_show(home: Path) -> None:
    calcsheet.skip_where_packages_do_not_fit()

    # A folder of other packages comes first: its duebook_addin has no function.
    package = home / "other" / "duebook_addin"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    done = duebook(home, "addin", "install", "calc", DUEBOOK_SITE=str(home / "other"))

    assert done.returncode == 1
    assert "Duebook's packages are not found by LibreOffice's Python" in done.stderr
    assert "not 15" in " ".join(done.stderr.split())


@pytest.mark.service("uno")
@pytest.mark.parametrize("command", ["install", "uninstall"])
def test_an_open_libreoffice_is_left_alone(home: Path, command: str) -> None:
    lock = home / "settings" / "libreoffice" / "4" / ".lock"
    lock.parent.mkdir(parents=True)
    lock.touch()

    done = duebook(home, "addin", command, "calc", XDG_CONFIG_HOME=str(home / "settings"), COLUMNS="1000")

    assert done.returncode == 2
    assert "error: LibreOffice is open, and keeps its extensions to itself" in done.stderr
    assert str(lock) in done.stderr


@pytest.mark.service("uno")
def test_another_python_gets_packages_of_its_own(home: Path) -> None:
    """LibreOffice's Python is a stand-in that says it is another one; no package can be fetched for it."""
    calcsheet.skip_where_packages_do_not_fit()
    programs = home / "programs"
    programs.mkdir()
    for name in ("soffice", "unopkg"):
        (programs / name).write_text(f'#!/bin/sh\nexec {shutil.which(name)} "$@"\n', encoding="utf-8")
    (programs / "python").write_text(
        """#!/bin/sh\necho '[[3, 99], "linux", "cpython"]'\n""", encoding="utf-8"
    )
    for program in programs.iterdir():
        program.chmod(0o755)
    alone = {
        "DUEBOOK_LIBREOFFICE": str(programs),
        "XDG_DATA_HOME": str(home / "data"),
        "PIP_NO_INDEX": "1",
        "UV_OFFLINE": "1",
        "COLUMNS": "1000",
    }
    packages = home / "data" / "duebook" / "libreoffice"

    done = duebook(home, "addin", "install", "calc", **alone)

    assert (done.returncode, done.stderr) == (0, "")
    said = done.stdout.splitlines()
    assert said[1] == f"Its packages: {packages}."
    assert said[2].startswith("The packages for LibreOffice's Python 3.99 could not be fetched: ")
    assert said[2].endswith("The cells of functions that need them will say so.")
    assert said[-1].startswith(
        "Tried in a sheet: Calc answers as Python does."
    )  # with Duebook's own packages
    assert duebook(home, "addin", "uninstall", "calc", **alone).returncode == 0
    assert not packages.exists()


def test_a_configuration_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.toml: there is no such configuration"):
        list(install(config=tmp_path / "nowhere.toml"))


def test_without_libreoffice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUEBOOK_LIBREOFFICE", str(tmp_path))

    for done in (install(), uninstall()):
        with pytest.raises(InputError, match=r"LibreOffice is not found in .*: soffice and unopkg"):
            list(done)


@pytest.mark.service("uno")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root is refused for being root")
def test_root_is_told_to_be_somebody() -> None:
    with pytest.raises(InputError, match=r"LibreOffice takes no extension from root.*Run the command as"):
        list(install())


def test_the_trial_has_an_answer_of_every_kind() -> None:
    shown = [answer for _, answer in expected()]
    assert {"15", "1-30", "#DIV/0!"} <= set(shown)
