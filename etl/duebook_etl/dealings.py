"""What one customer's figures are made of, item by item and exactly: what is open, what was paid, how late.

These are the scalar rules behind :mod:`duebook.measures`, on whole numbers and fractions: here nothing is
rounded, so that what is listed adds up.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from duebook.aging import days_late
from duebook.calendar import add_months
from duebook.ledger import Item, Kind, Leg, open_amount

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from duebook.policy import Policy

_RECEIPTS = (Kind.RECEIPT, Kind.ADVANCE)


@dataclass(frozen=True)
class Document:
    """An item of the ledger, with what a person knows it by.

    Attributes:
        item: Its id in the ERP.
        customer: Whose it is.
        kind: One of the kinds of an item.
        document: The document's number.
        reference: What the customer or the bank wrote on it; None for nothing.
        document_date: The date on the document.
        posting_date: The date in the general ledger.
        due_date: When it is to be paid; None for no date.
        amount: The original amount, minor units of the company's currency, debit positive.
    """

    item: str
    customer: str
    kind: str
    document: str
    reference: str | None
    document_date: date
    posting_date: date
    due_date: date | None
    amount: int


@dataclass(frozen=True)
class Settling:
    """A leg of an allocation of one company.

    Attributes:
        allocation: What it is a leg of.
        leg: What it takes off which item, and from when on.
    """

    allocation: str
    leg: Leg


@dataclass(frozen=True)
class Payment:
    """What receipts of one allocation settled of an invoice.

    Attributes:
        invoice: The invoice.
        settled: Minor units.
        paid_on: The mean of the receipts' posting dates, weighted by what each paid, as
            :meth:`~datetime.date.toordinal` counts days.
        receipts: The receipts' documents.
    """

    invoice: Document
    settled: Fraction
    paid_on: Fraction
    receipts: tuple[str, ...]

    @property
    def days_late(self) -> Fraction | None:
        """Days from the due date to the payment, negative for early; None without a due date."""
        due = self.invoice.due_date
        return None if due is None else self.paid_on - due.toordinal()

    @property
    def term_days(self) -> int | None:
        """Days from the document to its due date; None without one."""
        due = self.invoice.due_date
        return None if due is None else days_late(self.invoice.document_date, due)


class Dealings:
    """The items and allocations of one customer at the end of a day."""

    def __init__(  # noqa: PLR0913 - rows, and whose they are
        self,
        documents: Iterable[Document],
        settlings: Iterable[Settling],
        *,
        customer: str,
        as_of: date,
        policy: Policy,
        own: Policy,
    ) -> None:
        """Keep what concerns the customer.

        Args:
            documents: Items of one company posted by the day: the customer's, and those that share an
                allocation with one of them.
            settlings: The legs on them.
            customer: The customer's id in the ERP.
            as_of: The day.
            policy: The policy in force.
            own: The same with the exceptions that apply to the customer.
        """
        self.as_of, self.policy, self.own = as_of, policy, own
        self._by_item = {document.item: document for document in documents}
        self._own = [document for document in self._by_item.values() if document.customer == customer]
        self._in_force = [
            each for each in settlings if each.leg.counts(as_of) and each.leg.item in self._by_item
        ]

    @cached_property
    def documents(self) -> Sequence[Document]:
        """The customer's items, the oldest document first."""
        return sorted(self._own, key=lambda one: (one.document_date, one.document, one.item))

    @cached_property
    def open(self) -> Sequence[tuple[Document, int]]:
        """The customer's open items with what is open of each, by due date, those without one last."""
        legs: dict[str, list[Leg]] = {}
        for each in self._in_force:
            legs.setdefault(each.leg.item, []).append(each.leg)
        opened = [
            (
                one,
                open_amount(
                    Item(one.item, one.posting_date, one.amount, one.due_date),
                    legs.get(one.item, ()),
                    self.as_of,
                ),
            )
            for one in self.documents
        ]
        return sorted(
            ((one, amount) for one, amount in opened if amount),
            key=lambda pair: (pair[0].due_date is None, pair[0].due_date or pair[0].document_date),
        )

    def late(self, document: Document) -> int | None:
        """Return the days from a document's due date to the day; None without a due date."""
        return None if document.due_date is None else days_late(document.due_date, self.as_of)

    @cached_property
    def payments(self) -> Sequence[Payment]:
        """What receipts settled of the customer's invoices in the months that the policy looks back on."""
        return self.paid_after(add_months(self.as_of, -self.policy.behaviour.months))

    def paid_after(self, since: date) -> Sequence[Payment]:
        """Return what receipts settled of the customer's invoices after a day, in the order of payment.

        As :func:`duebook.measures.settlements` defines it.
        """
        together: dict[str, list[Leg]] = {}
        for each in self._in_force:
            # An allocation takes effect when the last of its items is posted: none older has a later payment.
            if each.leg.effective_date > since:
                together.setdefault(each.allocation, []).append(each.leg)
        own = {document.item for document in self._own}
        payments: list[Payment] = []
        for legs in together.values():
            debit = sum(leg.amount for leg in legs if leg.amount > 0)
            paid = [
                (self._by_item[leg.item], -leg.amount)
                for leg in legs
                if leg.amount < 0 and self._by_item[leg.item].kind in _RECEIPTS
            ]
            received = sum(amount for _, amount in paid)
            if not received:
                continue
            moment = sum(amount * receipt.posting_date.toordinal() for receipt, amount in paid)
            paid_on = Fraction(moment, received)
            if paid_on <= since.toordinal():
                continue
            receipts = tuple(dict.fromkeys(receipt.document for receipt, _ in paid))
            payments.extend(
                Payment(self._by_item[leg.item], Fraction(leg.amount * received, debit), paid_on, receipts)
                for leg in legs
                if leg.amount > 0 and leg.item in own and self._by_item[leg.item].kind == Kind.INVOICE
            )
        return sorted(payments, key=lambda one: (one.paid_on, one.invoice.document, one.invoice.item))
