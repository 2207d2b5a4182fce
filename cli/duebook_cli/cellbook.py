"""The refreshed store as the worksheet functions ask it: cells in, cells out."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from duebook.money import from_minor
from duebook_cli.fields import field_of, refuse_unreconciled
from duebook_etl.figures import Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from datetime import date
    from fractions import Fraction

    from duebook_addin.cells import Cell
    from duebook_etl.answers import PortfolioRow
    from duebook_etl.book import Book
    from duebook_etl.trace import Trace

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
_TRACE_HEADINGS: Final = (
    "figure",
    "what",
    "name",
    "kind",
    "document_date",
    "due_date",
    "amount",
    "counted",
    "value",
    "note",
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
            refuse_unreconciled(book, {(item.source, item.company) for item in answer.items})
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
        with self._opened() as book:
            return field_of(book, customer, field, as_of)

    def portfolio(self, measure: str, as_of: date | None, by: str | None) -> Cell | list[list[Cell]]:
        """Return a measure of the portfolio: one figure, or by groups a row of headings and a row a group."""
        with self._opened() as book:
            answer = book.portfolio(measure, as_of, by)
            refuse_unreconciled(book, book.unreconciled())

        def value(row: PortfolioRow) -> Cell:
            if answer.unit == "money" and isinstance(row.value, int):
                return from_minor(row.value, row.currency)
            return row.value

        if by is None and len(answer.rows) == 1:
            return value(answer.rows[0])
        headings: list[Cell] = [answer.by or "portfolio", "name", "currency", answer.measure]
        return [headings, *([row.key, row.name, row.currency, value(row)] for row in answer.rows)]

    def history(self, measure: str, until: date, months: int, by: str | None) -> list[list[Cell]]:
        """Return a row of headings, and a row a month and group with the measure at the end of it."""
        from duebook_etl.history import history

        with self._opened() as book:
            answer = history(book, measure, until, months=months, by=by)
            refuse_unreconciled(book, book.unreconciled())
        buckets = any(series.bucket for series in answer.series)
        headings: list[Cell] = ["month", answer.by or "portfolio", "name", "currency"]
        rows: list[list[Cell]] = [[*headings, *(["bucket"] if buckets else []), answer.measure]]
        for series in answer.series:
            about = [series.key, series.name, series.currency, *([series.bucket] if buckets else [])]
            for day, value in zip(answer.days, series.values, strict=True):
                money = answer.unit == "money" and isinstance(value, int)
                rows.append([day, *about, from_minor(int(value or 0), series.currency) if money else value])
        return rows

    def trace(self, customer: str, figure: str, as_of: date | None) -> list[list[Cell]]:
        """Return where a figure comes from: headings, policy and keys, rule, and what it is made of.

        A figure that is named in Chinese has its rule and reasons in Chinese.
        """
        from duebook_etl.trace import trace

        with self._opened() as book:
            answer = trace(book, customer, figure, as_of)
            profile = answer.case.profile
            refuse_unreconciled(book, {(profile.customer.source, profile.customer.company)})
        lang = "en" if figure.isascii() else "zh"
        policy = answer.case.policy
        note = f"{policy.version}, {policy.valid_from}, {policy.digest}"
        rows: list[list[Cell]] = [list(_TRACE_HEADINGS)]
        rows.append([answer.trace.figure.name, "policy", policy.name, *[None] * 6, note])
        for _, one in answer.trace.walk():
            rows.extend(_traced(one, profile.currency, lang))
        return rows


def _traced(one: Trace, currency: str, lang: str) -> Iterator[list[Cell]]:
    """Give the rows of one figure: itself, its keys, what it is given, its documents."""
    name, said = one.figure.name, one.explanation
    label = one.figure.zh if lang == "zh" else one.figure.en
    money = one.figure.unit is Unit.MONEY
    value: Cell = from_minor(one.value, currency) if money and isinstance(one.value, int) else one.value
    yield [name, "figure", label, *[None] * 5, value, said.formula]
    yield [name, "rule", said.source, *[None] * 6, said.rule.of(lang)]
    for key in one.keys:
        stated: Cell = key.value
        yield [name, "key", key.name, *[None] * 5, stated, key.label if lang == "zh" else key.meaning]
    for line in one.lines:
        counted = None if line.counted is None else _decimal(line.counted, currency if money else None)
        yield [name, "given", line.name, *[None] * 4, counted, line.value, line.told.of(lang)]
    for part in one.parts:
        document = part.document
        yield [
            *(name, "document", document.document, document.kind),
            *(document.document_date, document.due_date, from_minor(document.amount, currency)),
            _decimal(part.counted, currency),
            part.rate if part.days is None else _decimal(part.days, None),
            ", ".join(part.paid_by),
        ]


def _decimal(counted: int | Fraction, currency: str | None) -> Decimal:
    from duebook_etl.trace import counted_text

    return Decimal(counted_text(counted, currency))
