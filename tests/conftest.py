"""What every test shares: the Hypothesis profile, and the folder of data outside the repository."""

from __future__ import annotations

import ctypes.util
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from validating import PROGRAM

pytest_plugins = ("servers", "erp")

settings.register_profile("duebook", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", parent=settings.get_profile("duebook"), derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") else "duebook")


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of shared test data: ``DUEBOOK_SHARED``, or ``shared`` beside the repository."""
    folder = Path(os.environ.get("DUEBOOK_SHARED") or Path(__file__).parents[2] / "shared")
    if not (folder / "data").is_dir():
        pytest.skip(f"needs the shared test data, which is not at {folder}; DUEBOOK_SHARED names its folder")
    return folder


def _service_missing(name: str) -> str | None:
    """Return why a system package's service cannot be used here, or None where it can."""
    try:
        present = {
            "unixodbc": lambda: shutil.which("odbcinst") or shutil.which("isql") or _odbc_library(),
            "libreoffice": lambda: shutil.which("soffice"),
            "uno": lambda: shutil.which("soffice") and _system_python_has_uno(),
            "chromium": lambda: shutil.which("chromium"),
            "node": lambda: shutil.which("node"),
            "poppler": lambda: shutil.which("pdftotext"),
            "gnumeric": lambda: shutil.which("ssconvert"),
            "validator": PROGRAM.exists,
            "mariadb": lambda: shutil.which("mariadbd") or shutil.which("mariadbd", path="/usr/sbin"),
        }[name]()
    except KeyError:
        raise pytest.UsageError(f"marker service({name!r}): there is no such service") from None
    return None if present else f"needs {name}: make services installs it"


def _odbc_library() -> str | None:
    return ctypes.util.find_library("odbc")


def _system_python_has_uno() -> bool:
    """Return whether the system's own Python drives LibreOffice, which the environment's cannot."""
    system = Path("/usr/bin/python3")
    return (
        system.exists()
        and not subprocess.run(  # noqa: S603 - the system's Python, our program
            [system, "-c", "import uno"], check=False, capture_output=True
        ).returncode
    )


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what needs an absent service; where services are required, such a skip is a failure."""
    for marker in item.iter_markers("service"):
        reason = _service_missing(*marker.args)
        if reason and os.environ.get("DUEBOOK_REQUIRE_SERVICES"):
            pytest.fail(f"{reason}; DUEBOOK_REQUIRE_SERVICES allows no skip", pytrace=False)
        if reason:
            pytest.skip(reason)
