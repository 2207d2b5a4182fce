"""The one table that the evaluation prints, and which of its lines are targets."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One line: what was measured, on what, the figure, and the target where there is one.

    Attributes:
        data: The data set.
        what: What was measured.
        figure: The figure, as text.
        target: What it should be; empty where the line is there to be compared with.
        met: Whether it is; None where there is no target.
    """

    data: str
    what: str
    figure: str
    target: str = ""
    met: bool | None = None


class SkippedError(Exception):
    """A data set or a file of it is not there, damaged, or of no shape that can be read; it says which."""


def shown(lines: list[Line]) -> str:
    """Return the lines as a table."""
    verdicts = {True: "met", False: "MISSED", None: ""}
    heads = ("data", "what", "figure", "target", "")
    cells = [heads, *((one.data, one.what, one.figure, one.target, verdicts[one.met]) for one in lines)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(heads))]
    rows = [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]
    return "\n".join([rows[0], "  ".join("-" * width for width in widths), *rows[1:]])
