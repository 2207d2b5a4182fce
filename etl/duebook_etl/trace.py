"""Where a figure of a customer comes from: the rule, the policy and its keys, and the documents behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from duebook_etl.answers import amount_text
from duebook_etl.book import check_option
from duebook_etl.case import Case, read_case
from duebook_etl.credit_explanations import CREDIT
from duebook_etl.explanations import LEDGER, Evidence
from duebook_etl.figures import ALL, Unit
from duebook_etl.watch_explanations import WATCHED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from duebook.policy.changes import Key
    from duebook_etl.answers import Document
    from duebook_etl.book import Book
    from duebook_etl.explanations import Answer, Exact, Explanation, Line, Part
    from duebook_etl.figures import Figure

    Value = int | float | str | date | None

EXPLANATIONS: Final[dict[str, Explanation]] = LEDGER | CREDIT | WATCHED
"""The rule of every figure of a profile, by its name."""
_FIGURES: Final = {figure.name: figure for figure in ALL}


@dataclass(frozen=True)
class Trace:
    """A figure of a customer and where it comes from.

    Attributes:
        figure: Which figure it is.
        value: The figure as the profile has it: minor units for money.
        explanation: Its rule.
        keys: The keys of the policy that the rule reads, with what they say.
        parts: The documents it is made of.
        lines: What else it is made of.
        terms: The figures it is made of.
    """

    figure: Figure
    value: Value
    explanation: Explanation
    keys: tuple[Key, ...]
    parts: tuple[Part, ...]
    lines: tuple[Line, ...]
    terms: tuple[Trace, ...]

    def remade(self, case: Case) -> Answer:
        """Return the figure made again of nothing but what is listed; None where it is missing.

        Nothing is rounded but what the rule rounds.
        """
        terms = {term.figure.name: term.remade(case) for term in self.terms}
        return self.explanation.made(Evidence(self.parts, self.lines, terms, case))

    def walk(self, depth: int = 0) -> Iterator[tuple[int, Trace]]:
        """Give this trace and all that it is made of, each with how deep it lies."""
        yield depth, self
        for term in self.terms:
            yield from term.walk(depth + 1)

    def shown(self, currency: str) -> Value:
        """Return the figure as documents show it: money as decimal text of the currency, days as ISO text."""
        if self.figure.unit is Unit.MONEY and isinstance(self.value, int):
            return amount_text(self.value, currency)
        return self.value.isoformat() if isinstance(self.value, date) else self.value

    def to_json(self, currency: str) -> Document:
        """Return the trace as a document."""
        said = self.explanation
        return {
            "figure": self.figure.name,
            "label": {"en": self.figure.en, "zh": self.figure.zh},
            "unit": self.figure.unit.value,
            "value": self.shown(currency),
            "rule": {"en": said.rule.en, "zh": said.rule.zh},
            "formula": said.formula,
            "source": said.source,
            "keys": {key.name: _plain(key.value) for key in self.keys},
            "parts": [_part(part, currency) for part in self.parts],
            "lines": [self._line(line, currency) for line in self.lines],
            "terms": [term.to_json(currency) for term in self.terms],
        }

    def counted(self, line: Line, currency: str) -> str:
        """Return what a line adds to the figure, as a plain decimal text; empty where it only decides."""
        if line.counted is None:
            return ""
        return counted_text(line.counted, currency if self.figure.unit is Unit.MONEY else None)

    def _line(self, line: Line, currency: str) -> Document:
        return {
            "name": line.name,
            "value": line.value,
            "counted": self.counted(line, currency) or None,
            "told": {"en": line.told.en, "zh": line.told.zh},
        }


@dataclass(frozen=True)
class Traced:
    """A figure of a customer, where it comes from, and the case that it was made in."""

    case: Case
    trace: Trace

    def to_json(self) -> Document:
        """Return the document of ``duebook trace --json``."""
        profile, policy = self.case.profile, self.case.policy
        return {
            "source": profile.customer.source,
            "company": profile.customer.company,
            "customer": profile.customer.customer,
            "name": profile.customer.name,
            "currency": profile.currency,
            "as_of": profile.as_of.isoformat(),
            "policy": {
                "name": policy.name,
                "version": policy.version,
                "valid_from": policy.valid_from.isoformat(),
                "digest": policy.digest,
                "excepted": self.case.own is not policy,
            },
            "trace": self.trace.to_json(profile.currency),
        }


def trace(
    book: Book, customer: str, figure: str, as_of: date | None = None, *, company: str | None = None
) -> Traced:
    """Return where a figure of a customer's profile comes from, down to the documents.

    Args:
        book: The book that is asked.
        customer: The customer, as in :meth:`duebook_etl.book.Book.customers`.
        figure: One of :data:`duebook_etl.profile.FIGURES`, in any case, blanks or underscores; or what it is
            called in English or Chinese.
        as_of: The day; left out, the day of the last refresh.
        company: Only in the companies of this id or name.

    Raises:
        InputError: The figure is unknown, or the key means several customers with dealings.
        NoAnswerError: No refresh yet, no such company or customer, or a day before the first document.
    """
    name = _named(figure)
    case = read_case(book, customer, as_of, company=company)
    return Traced(case, explained(case, name))


def _named(figure: str) -> str:
    """Return the name of a figure, by any of its names."""
    given = figure.strip().casefold()
    called = {name.casefold(): one.name for one in ALL for name in (one.en, one.zh)}
    name = called.get(given, given.replace(" ", "_"))
    check_option("figure", name, EXPLANATIONS)
    return name


def explained(case: Case, figure: str) -> Trace:
    """Return the trace of one figure of a case, by its name."""
    explanation = EXPLANATIONS[figure]
    said = case.policy_keys if figure in LEDGER else case.own_keys
    wanted = {*explanation.keys, *explanation.more_keys(case)}
    within = tuple(f"{name}." for name in wanted)
    return Trace(
        figure=_FIGURES[figure],
        value=getattr(case.profile, figure),
        explanation=explanation,
        keys=tuple(key for name, key in said.items() if name in wanted or name.startswith(within)),
        parts=(*explanation.parts(case.dealings), *explanation.more_parts(case)),
        lines=tuple(explanation.lines(case)),
        terms=tuple(explained(case, term) for term in explanation.terms),
    )


def counted_text(counted: Exact, currency: str | None) -> str:
    """Return what counts as a plain decimal text.

    Minor units are shown in their currency. A share of an allocation, or of a weight, that does not come out
    even has as many digits as :class:`~decimal.Decimal` carries.

    Args:
        counted: Minor units, or a number.
        currency: The currency; None for a number.
    """
    exact = Fraction(counted)
    if currency is not None and exact.denominator == 1:
        return amount_text(exact.numerator, currency)
    one = Decimal(1) if currency is None else Decimal(amount_text(1, currency))
    return f"{Decimal(exact.numerator) * one / exact.denominator:f}"


def _part(part: Part, currency: str) -> Document:
    document = part.document
    return {
        "item": document.item,
        "document": document.document,
        "reference": document.reference,
        "kind": document.kind,
        "document_date": document.document_date.isoformat(),
        "posting_date": document.posting_date.isoformat(),
        "due_date": None if document.due_date is None else document.due_date.isoformat(),
        "amount": amount_text(document.amount, currency),
        "counted": counted_text(part.counted, currency),
        "days": None if part.days is None else float(part.days),
        "rate": None if part.rate is None else str(part.rate),
        "paid_by": list(part.paid_by),
    }


def _plain(value: object) -> object:
    return value if isinstance(value, int | str | bool | None) else str(value)
