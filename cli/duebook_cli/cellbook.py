"""The refreshed store as the worksheet functions ask it: cells in, cells out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from duebook.errors import InputError, NoAnswerError
from duebook.money import from_minor

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Set as AbstractSet
    from contextlib import AbstractContextManager
    from datetime import date

    from duebook_addin.cells import Cell
    from duebook_etl.answers import PortfolioRow, Profile
    from duebook_etl.book import Book

_ITEM_HEADINGS: Final = (
    "company",
    "document",
    "kind",
    "document_date",
    "due_date",
    "days_late",
    "currency",
    "open_document",
    "open",
)
_MONEY: Final = ("open", "not_due", "overdue", "no_date", "unapplied", "settled", "sales")
_DAYS: Final = ("oldest_overdue_days", "average_days_late", "average_terms", "dso", "pay_index")
_ABOUT: Final = (
    "customer",
    "code",
    "name",
    "country",
    "industry",
    "salesperson",
    "terms",
    "company",
    "currency",
    "as_of",
)


class CellBook:
    """Answers the store functions; the store is opened only when one of them asks."""

    def __init__(self, opened: Callable[[], AbstractContextManager[Book]]) -> None:
        """Keep the way to the book.

        Args:
            opened: Opens the book for one question.
        """
        self._opened = opened

    def open_items(self, customer: str, as_of: date | None) -> list[list[Cell]]:
        """Return a row of headings and a row an open item of a customer, the earliest due first."""
        with self._opened() as book:
            answer = book.items(customer, as_of or book.last_day())
            _refuse_unreconciled(book, {(item.source, item.company) for item in answer.items})
            companies = book.company_keys()
        rows: list[list[Cell]] = [
            [
                companies[item.source, item.company],
                *(item.document, item.kind, item.document_date, item.due_date, item.days_late),
                *(item.currency, from_minor(item.open_document, item.currency)),
                from_minor(item.open, item.company_currency),
            ]
            for item in answer.items
        ]
        return [list(_ITEM_HEADINGS), *rows]

    def profile_field(self, customer: str, field: str, as_of: date | None) -> Cell:
        """Return one figure of a customer's profile."""
        name = field.strip().casefold().replace(" ", "_")
        if name not in (*_MONEY, *_DAYS, *_ABOUT):
            raise InputError(f"field: {field!r} is none of {', '.join((*_MONEY, *_DAYS, *_ABOUT))}.")
        with self._opened() as book:
            profile = book.profile(customer, as_of)
            place = (profile.customer.source, profile.customer.company)
            _refuse_unreconciled(book, {place})
            return book.company_keys()[place] if name == "company" else _figure(profile, name)

    def portfolio(self, measure: str, as_of: date | None, by: str | None) -> Cell | list[list[Cell]]:
        """Return a measure of the portfolio: one figure, or by groups a row of headings and a row a group."""
        with self._opened() as book:
            answer = book.portfolio(measure, as_of, by)
            _refuse_unreconciled(book, book.unreconciled())

        def value(row: PortfolioRow) -> Cell:
            if answer.unit == "money" and isinstance(row.value, int):
                return from_minor(row.value, row.currency)
            return row.value

        if by is None and len(answer.rows) == 1:
            return value(answer.rows[0])
        headings: list[Cell] = [answer.by or "portfolio", "name", "currency", answer.measure]
        return [headings, *([row.key, row.name, row.currency, value(row)] for row in answer.rows)]


def _refuse_unreconciled(book: Book, places: AbstractSet[tuple[str, str]]) -> None:
    """Answer nothing of a company that does not reconcile: a cell has no room to say so beside a figure."""
    wrong = sorted(places & book.unreconciled())
    if wrong:
        named = ", ".join("/".join(place) for place in wrong)
        raise NoAnswerError(
            f"company {named} does not reconcile with the general ledger; nothing of it is shown.",
            hint="`duebook status --json` names the items behind the difference.",
        )


def _figure(profile: Profile, name: str) -> Cell:
    if name in _MONEY:
        return from_minor(getattr(profile, name), profile.currency)
    if name in ("currency", "as_of", *_DAYS):
        figure: Cell = getattr(profile, name)
        return figure
    text: str = getattr(profile.customer, name)
    return text
