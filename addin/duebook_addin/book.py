"""What functions ask beside their arguments: the book of the refreshed store, and the credit policy in force.

The program that runs the functions names both once, with :func:`use_book` and :func:`use_policy`. The
functions know the store by nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from duebook.errors import NoAnswerError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from duebook.policy import Policy
    from duebook_addin.cells import Cell


class ReceivablesBook(Protocol):
    """Answers questions about the receivables of all companies in the store.

    ``as_of`` None is the day of the last refresh: a fact of the store, not of the clock. A customer is the
    id in the ERP. Money is in the company's currency, as decimals, dates are dates, a missing figure is None
    (PROFILE and PORTFOLIO make it ``#N/A``), and a text that the ledger leaves empty is empty text.
    A question without an answer (an unknown customer, field or measure, a day before the first document)
    raises an error of :mod:`duebook.errors` that says so.
    """

    def open_items(self, customer: str, as_of: date | None) -> Sequence[Sequence[Cell]]:
        """Return the open items of a customer at the end of a day: headings, then a row for each."""

    def profile_field(self, customer: str, field: str, as_of: date | None) -> Cell:
        """Return one figure of a customer's profile."""

    def portfolio(self, measure: str, as_of: date | None, by: str | None) -> Cell | Sequence[Sequence[Cell]]:
        """Return a measure of all receivables: a figure, or headings and a row for each group."""


class _Desk:
    """Where book and policy in use lie: one for the whole process, whichever thread asks."""

    book: ReceivablesBook | None = None
    policy: Policy | None = None
    read_policy: Callable[[], Policy] | None = None


def use_book(book: ReceivablesBook | None) -> None:
    """Name the book that the functions ask from now on; None for none."""
    _Desk.book = book


def current_book() -> ReceivablesBook:
    """Return the book in use.

    Raises:
        NoAnswerError: There is none.
    """
    if _Desk.book is None:
        raise NoAnswerError(
            "There is no refreshed store to ask.", hint="Run duebook refresh, or give --config FILE."
        )
    return _Desk.book


def use_policy(read: Callable[[], Policy] | None) -> None:
    """Name how the policy that applies from now on is read; None for the one that ships with Duebook.

    It is read once, when a function first asks: most never do, and the reader of policies takes longer to
    import than all functions together. A policy that cannot be read raises whenever it is asked for.
    """
    _Desk.policy, _Desk.read_policy = None, read


def current_policy() -> Policy:
    """Return the policy in force."""
    if _Desk.policy is None:
        from duebook.policy import default_policy  # noqa: PLC0415 - see use_policy

        _Desk.policy = (_Desk.read_policy or default_policy)()
    return _Desk.policy
