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
AS_NOBODY = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]


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
            *(AS_NOBODY if os.geteuid() == 0 else []),
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
