"""What a command shows: tables and messages for people, one JSON document for scripts."""

from __future__ import annotations

import json
import os
import re
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console

    from duebook.errors import DuebookError

# Unicode's category Cc: text from a database may hold them, and a terminal would obey them.
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_DAY: Final = len("2026-12-31")


def visible(text: str) -> str:
    """Return a text with U+FFFD in place of each control character, line ends and tabs among them.

    Where the encoding of standard output has no U+FFFD, as GBK has none, a question mark stands in its place.
    """
    encoding = sys.stdout.encoding or "utf-8"
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}".encode(encoding, "replace").decode(encoding), text)


def console(*, stderr: bool = False) -> Console:
    """Return a console on standard output or error; off a terminal its lines are plain and unwrapped."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or "COLUMNS" in os.environ else 200
    return Console(file=stream, width=width, highlight=False, soft_wrap=not stream.isatty())


def say(text: str = "") -> None:
    """Print a line for people on standard output, as it stands but for control characters."""
    console().print(visible(text), markup=False)


def _lines(text: str) -> str:
    """Return a message with its line ends, and every other control character replaced."""
    return "\n".join(map(visible, text.split("\n")))


def say_error(error: DuebookError) -> None:
    """Print an error and its hint on standard error."""
    from rich.text import Text

    out = console(stderr=True)
    out.print(Text.assemble(("error: ", "bold red"), _lines(error.message)))
    if error.hint:
        out.print(Text.assemble(("hint:  ", "bold"), _lines(error.hint)))


def say_warning(message: str) -> None:
    """Print what a person should know, on standard error."""
    from rich.text import Text

    console(stderr=True).print(Text.assemble(("warning: ", "bold yellow"), _lines(message)))


def say_progress(message: str) -> None:
    """Print a line of a long-running command on standard error."""
    console(stderr=True).print(_lines(message), markup=False)


def say_json(document: object) -> None:
    """Print one JSON document on standard output; amounts are text already, so nothing is rounded here."""
    say_as_json(json.dumps(document, ensure_ascii=False, allow_nan=False))


def say_as_json(text: str) -> None:
    """Print what is JSON already; where standard output has no such character, as its escape in JSON."""
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        text = "".join(char if char.isascii() else json.dumps(char)[1:-1] for char in text)
    sys.stdout.write(text + "\n")


def money(minor: int | None, currency: str) -> str:
    """Return minor units as people read them: ``-1,234.50``; nothing for nothing."""
    from duebook.money import from_minor

    return "" if minor is None else f"{from_minor(minor, currency):,}"


def figure(value: object) -> str:
    """Return a figure with one decimal where it has any, and anything else as it is; nothing for nothing."""
    if isinstance(value, float):
        return f"{value:,.1f}"
    return "" if value is None else str(value)


def show_table(
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    total: Sequence[object] | None = None,
    left: int = 2,
) -> None:
    """Print a table whose figures stand right and whose first columns stand left.

    Args:
        title: What the table shows.
        columns: The header.
        rows: The rows; ``None`` is shown as nothing. Text from a database is never markup, and its control
            characters are shown as U+FFFD.
        total: A closing row, set apart.
        left: How many of the first columns are text.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    def shown(row: Sequence[object]) -> list[Text]:
        return [Text("" if value is None else visible(str(value))) for value in row]

    table = Table(title=Text(visible(title)), title_justify="left", box=box.SIMPLE_HEAD, show_footer=False)
    found = [shown(row) for row in rows]
    last = [] if total is None else [shown(total)]
    for number, column in enumerate(columns):
        text = number < left
        # In a narrow terminal texts break into lines, but for a day. Figures never do: half of one misleads.
        longest = max((row[number].cell_len for row in found + last if number < len(row)), default=0)
        least = min(longest, _DAY) if text else longest
        table.add_column(
            Text(visible(column)), justify="left" if text else "right", overflow="fold", min_width=least
        )
    for row in found:
        table.add_row(*row)
    if total is not None:
        table.add_section()
        table.add_row(*last[0], style="bold")
    console().print(table)
