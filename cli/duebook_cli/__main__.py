"""The ``duebook`` program: runs a command and turns what went wrong into one message and an exit code."""

from __future__ import annotations

import io
import sys
from typing import Final

from duebook.errors import DuebookError, NoAnswerError, NotReconciledError, SourceError
from duebook_cli.app import app
from duebook_cli.output import say_error

# What scripts rely on; every other DuebookError is wrong use or configuration.
NO_ANSWER: Final = 1
WRONG_USE: Final = 2
SOURCE_NOT_READ: Final = 3
NOT_RECONCILED: Final = 4


def exit_code(error: DuebookError) -> int:
    """Return the exit code of an error, as the help of every command documents it."""
    match error:
        case NoAnswerError():
            return NO_ANSWER
        case SourceError():
            return SOURCE_NOT_READ
        case NotReconciledError():
            return NOT_RECONCILED
        case _:
            return WRONG_USE


def main() -> None:
    """Run the command line and leave with its exit code.

    A character that standard output has no room for, such as a Chinese one in a terminal of another encoding,
    is shown as a question mark.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        app(prog_name="duebook")
    except DuebookError as error:
        say_error(error)
        sys.exit(exit_code(error))


if __name__ == "__main__":
    main()
