"""What a command shows in a terminal that is narrow, or of an encoding that lacks characters."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from duebook_cli.output import show_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    from cli.conftest import Answer


def test_a_figure_never_breaks_into_lines(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    figures = ["1,385,691.04", "-12,000,000.00", "314,826.99"]
    show_table("Open", ["day", "name", *"abc"], [["2026-12-31", "a long name " * 5, *figures]], total=["all"])
    out = capsys.readouterr().out
    assert all(figure in out for figure in ["2026-12-31", *figures])
    assert "a long name a long name" not in out  # texts do


def test_characters_that_standard_output_lacks_are_question_marks(
    tmp_path: Path, duebook: Callable[..., Answer]
) -> None:
    ascii_only = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    shown = duebook(tmp_path, "policy", "show", "--lang", "zh", **ascii_only)
    assert shown.code == 0
    assert "???" in shown.out
    asked = json.loads(duebook(tmp_path, "policy", "show", "--json", **ascii_only).out)
    assert asked == json.loads(duebook(tmp_path, "policy", "show", "--json").out)
