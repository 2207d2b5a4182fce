"""A small book of receivables, in memory: what the examples of the store's functions are about."""

from __future__ import annotations

import os
import threading
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from duebook.errors import NoAnswerError
from duebook_addin.book import use_book

if TYPE_CHECKING:
    from duebook_addin.cells import Cell

LAST_REFRESH = date(2026, 2, 15)


class SmallBook:
    """Two customers, one of them with open items, since 2026."""

    figures: dict[tuple[str, str], Cell] = {  # noqa: RUF012 - never changed
        ("C1", "open"): Decimal("150.50"),
        ("C1", "average_days_late"): 5.0,
        ("C1", "dso"): None,
        ("C1", "salesperson"): "",
        ("C2", "average_days_late"): -2.5,
    }

    def open_items(self, customer: str, as_of: date | None) -> list[list[Cell]]:
        """Return two items of one customer."""
        head: list[Cell] = [
            *("company", "document", "kind", "document_date", "due_date", "days_late", "currency"),
            *("open_document", "open"),
        ]
        if self._day(as_of) < date(2026, 1, 1):
            return [head]
        if customer != "C1":
            raise NoAnswerError(f"customer: {customer!r} is unknown.")
        due = date(2026, 1, 31)
        late = (self._day(as_of) - due).days
        one, other = Decimal("100.50"), Decimal("50.00")
        return [
            head,
            ["1", "INV1", "invoice", date(2026, 1, 1), due, late, "EUR", one, one],
            ["1", "INV2", "invoice", date(2026, 1, 2), None, None, "EUR", other, other],
        ]

    def profile_field(self, customer: str, field: str, as_of: date | None) -> Cell:
        """Return a figure."""
        if self._day(as_of) < date(2026, 1, 1) or (customer, field) not in self.figures:
            raise NoAnswerError(f"field: {field!r} of {customer} is unknown.")
        return self.figures[customer, field]

    def portfolio(self, measure: str, as_of: date | None, by: str | None) -> Cell | list[list[Cell]]:
        """Return what is open, by any group, or days of sales, which one group and the whole lack."""
        if measure == "dso":
            return (
                [[by, "name", "currency", measure], ["CN", "CN", "EUR", 27.0], ["", "", "EUR", None]]
                if by
                else None
            )
        if measure != "open" or self._day(as_of) < date(2026, 1, 1):
            raise NoAnswerError(f"measure: {measure!r} is unknown.")
        if by is None:
            return Decimal("150.50")
        return [
            [by, "name", "currency", measure],
            ["CN", "CN", "EUR", Decimal("100.50")],
            ["DE", "DE", "EUR", Decimal(50)],
        ]

    def history(self, measure: str, until: date, months: int, by: str | None) -> list[list[Cell]]:
        """Return what is open at the end of each month of 2026, and nothing before."""
        if measure != "open":
            raise NoAnswerError(f"measure: {measure!r} is unknown.")
        known: dict[date, Cell] = {
            date(2026, 1, 31): Decimal("100.50"),
            date(2026, 2, 28): Decimal("150.50"),
        }
        days = [date(2025, 12, 31), *known]
        shown = [day for day in days if day <= until][-months:]
        return [
            ["month", by or "portfolio", "name", "currency", measure],
            *([day, "", "", "EUR", known.get(day)] for day in shown),
        ]

    def trace(self, customer: str, figure: str, as_of: date | None) -> list[list[Cell]]:
        """Return the two items that make what is open of one customer."""
        head: list[Cell] = [
            *("figure", "what", "name", "kind", "document_date", "due_date"),
            *("amount", "counted", "value", "note"),
        ]
        value = self.profile_field(customer, figure, as_of)
        items = self.open_items(customer, as_of)[1:]
        return [
            head,
            [figure, "figure", "Open", *[None] * 5, value, "sum of what is open"],
            *(
                [figure, "document", name, kind, day, due, amount, amount, None, ""]
                for _, name, kind, day, due, _, _, _, amount in items
            ),
        ]

    def _day(self, as_of: date | None) -> date:
        return as_of or LAST_REFRESH


class StuckBook(SmallBook):
    """A small book that never answers what is asked of the whole portfolio."""

    def portfolio(self, measure: str, as_of: date | None, by: str | None) -> Cell | list[list[Cell]]:
        """Wait for what never comes."""
        threading.Event().wait()
        return super().portfolio(measure, as_of, by)


class FaultyBook(SmallBook):
    """A small book with defects."""

    def profile_field(self, customer: str, field: str, as_of: date | None) -> Cell:
        """Fail as no book should, or end the whole process."""
        if customer == "end":
            os._exit(7)
        raise RuntimeError(f"secret of {customer} {field} {as_of}")


def prepare_small_book() -> None:
    """Put a small book in use, in a process of its own for instance."""
    use_book(SmallBook())


def prepare_stuck_book() -> None:
    """Put a book in use that never answers what is asked of the whole portfolio."""
    use_book(StuckBook())


def prepare_for_ever() -> None:
    """Never be ready."""
    threading.Event().wait()


def prepare_faulty_book() -> None:
    """Put a book in use that fails."""
    use_book(FaultyBook())
