"""Every error Duebook raises on purpose, by what the caller should do about it.

A message says what was received, where, and what is allowed. A command turns the class into its exit code and
a worksheet function into its error value; neither rule lives here.
"""

from __future__ import annotations


class DuebookError(Exception):
    """The root: anything a person can act upon. Everything else that is raised is a defect."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        """Keep the message and the hint apart, so that each place shows them in its own way.

        Args:
            message: What was received, where, and what is allowed.
            hint: What to do next, such as ``Did you mean 'connector'?``.
        """
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        """Return the message, and the hint behind it where there is one."""
        return f"{self.message} {self.hint}" if self.hint else self.message


class InputError(DuebookError):
    """Fix the input: an argument, an option, a line of the configuration or of the policy."""


class OutOfRangeError(InputError):
    """Fix the input: it is of the right kind but outside what the rule admits."""


class NoAnswerError(DuebookError):
    """The question was understood and has no answer: an unknown customer, a date before the ledger begins."""


class NothingToDivideError(NoAnswerError):
    """The answer would be a division by nothing, such as days of sales without sales."""


class SourceError(DuebookError):
    """A source could not be read: look at its server, its rights or its version, then try again."""


class NotReconciledError(DuebookError):
    """What was read does not add up with the general ledger: look at the items named, then try again."""


class StoreError(DuebookError):
    """Duebook's own store could not be used: it is locked, of a newer version, or not a store."""
