"""What functions ask beside their arguments: the book of the refreshed store, and the credit policy in force.

The program that runs the functions names both once, with :func:`use_book` and :func:`use_policy`. The
functions know the store by nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Protocol, TypeAlias

from duebook.errors import InputError, NoAnswerError
from duebook_addin.registry import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from duebook.fitted import Scorecard
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

    def history(self, measure: str, until: date, months: int, by: str | None) -> Sequence[Sequence[Cell]]:
        """Return a measure at the end of every month: headings, then a row for each month and group."""

    def trace(self, customer: str, figure: str, as_of: date | None) -> Sequence[Sequence[Cell]]:
        """Return where a figure of a customer comes from: headings, then a row for each thing in it."""


class _Desk:
    """Where book and policy in use lie: one for the whole process, whichever thread asks."""

    book: ReceivablesBook | None = None
    policy: Policy | None = None
    read_policy: Callable[[], Policy] | None = None
    model: Scorecard | None = None
    read_model: Callable[[], Scorecard | None] | None = None


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


PolicyName: TypeAlias = Annotated[
    str | None, Text("The name of a policy. Left out: the active one.", "政策名称；省略为现行政策。")  # noqa: RUF001 - Chinese
]
"""The parameter of worksheet functions that :func:`policy_named` reads."""


def policy_named(name: str | None) -> Policy:
    """Return the policy in force, or the one of a name: that in force, or the one that ships with Duebook.

    Raises:
        InputError: Neither has the name.
    """
    current = current_policy()
    if name is None or name == current.name:
        return current
    from duebook.policy import default_policy  # noqa: PLC0415 - see use_policy

    shipped = default_policy()
    if name == shipped.name:
        return shipped
    known = " and ".join(dict.fromkeys((current.name, shipped.name)))
    raise InputError(f"policy: {name!r} is not known here.", hint=f"Known: {known}.")


def use_model(read: Callable[[], Scorecard | None] | None) -> None:
    """Name how the fitted model of serious delinquency is read; None for fixed points, which it may give too.

    It is read once, when a function first asks.
    """
    _Desk.model, _Desk.read_model = None, read


def current_model() -> Scorecard | None:
    """Return the fitted model in use; None where fixed points stand."""
    if _Desk.model is None and _Desk.read_model is not None:
        _Desk.model, _Desk.read_model = _Desk.read_model(), None
    return _Desk.model
