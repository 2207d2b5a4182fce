"""Progress of a refresh: bars on a terminal, plain lines elsewhere. Always on standard error."""

from __future__ import annotations

import sys
from time import monotonic
from typing import TYPE_CHECKING

from duebook_cli.output import console

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from rich.progress import Progress, TaskID


class Bars:
    """One bar a task on a terminal; rows are counted, and where the total is unknown the bar only moves."""

    def __init__(self) -> None:
        """Prepare the display; it appears when the block is entered."""
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        self._bars: Progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console(stderr=True),
        )
        self._ids: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        """Show the bars."""
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the bars as they stand."""
        self._bars.stop()

    def start(self, task: str, total: int | None = None) -> None:
        """Begin a task of so many rows."""
        self._ids[task] = self._bars.add_task(task, total=total)

    def advance(self, task: str, rows: int) -> None:
        """Count rows of a task."""
        self._bars.advance(self._ids[task], rows)

    def done(self, task: str) -> None:
        """End a task."""
        shown = next(t for t in self._bars.tasks if t.id == self._ids[task])
        self._bars.update(self._ids[task], total=max(shown.completed, 1), completed=max(shown.completed, 1))


class Lines:
    """One line when a task ends, with its rows and seconds; for logs."""

    def __init__(self) -> None:
        """Start with nothing counted."""
        self._rows: dict[str, int] = {}
        self._since: dict[str, float] = {}

    def __enter__(self) -> Self:
        """Nothing to show yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to put away."""

    def start(self, task: str, total: int | None = None) -> None:  # noqa: ARG002 - the bars need it
        """Begin a task."""
        self._rows[task], self._since[task] = 0, monotonic()

    def advance(self, task: str, rows: int) -> None:
        """Count rows of a task."""
        self._rows[task] += rows

    def done(self, task: str) -> None:
        """Print the task's line."""
        rows = f", {self._rows[task]:,} rows" if self._rows[task] else ""
        sys.stderr.write(f"{task}{rows}, {monotonic() - self._since[task]:.1f} s\n")


def progress() -> Bars | Lines:
    """Return bars where standard error is a terminal, else lines."""
    return Bars() if sys.stderr.isatty() else Lines()
