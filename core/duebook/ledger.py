"""The receivables ledger: items, the allocations between them, and what is open at the end of any day.

An *item* is one line on the receivable account: an invoice (one item an instalment), a credit note, a
receipt, an advance, a journal entry. An *allocation* (clearing, 清账) settles items against each other on its
effective date: it has one *leg* an item, and its legs add up to nothing. What is open is computed, never
stored, so it exists for every day.

The fields below are the one vocabulary of connectors (the column labels of their queries), store (its
columns) and frames. Amounts are debit positive. An amount is in the company's currency; ``amount_document``
is in the document's.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date


class Kind(StrEnum):
    """What an item is, by its document and not by its sign."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit note"
    RECEIPT = "receipt"
    ADVANCE = "advance"
    JOURNAL_ENTRY = "journal entry"


class Type(StrEnum):
    """What the values of a field are."""

    TEXT = "text"
    DATE = "date"
    AMOUNT = "amount"
    INTEGER = "integer"
    FLAG = "flag"


@dataclass(frozen=True)
class Field:
    """One field of the ledger.

    Attributes:
        name: Its name in queries, store, frames and JSON.
        type: What its values are.
        required: Whether a row without it goes to quarantine.
        help: What it holds, in one sentence.
        currency: For an amount: the field that names its currency, or ``company`` for the company's own.
    """

    name: str
    type: Type
    required: bool
    help: str
    currency: str = ""


COMPANIES: Final = (
    Field("company", Type.TEXT, required=True, help="The company's id in the ERP."),
    Field("name", Type.TEXT, required=True, help="Its name."),
    Field("currency", Type.TEXT, required=True, help="The currency of its books, an ISO 4217 code."),
)
CUSTOMERS: Final = (
    Field("company", Type.TEXT, required=True, help="The company that sells to the customer."),
    Field(
        "customer", Type.TEXT, required=True, help="The customer's id in the ERP; with the company, the key."
    ),
    Field("code", Type.TEXT, required=False, help="The number people know the customer by."),
    Field("name", Type.TEXT, required=True, help="The name; two customers can bear the same."),
    Field("country", Type.TEXT, required=False, help="ISO 3166 code of two letters."),
    Field("industry", Type.TEXT, required=False, help="The industry, as the ERP names it."),
    Field("salesperson", Type.TEXT, required=False, help="Who sells to the customer."),
    Field("terms", Type.TEXT, required=False, help="The payment term agreed, as the ERP names it."),
)
ITEMS: Final = (
    Field("company", Type.TEXT, required=True, help="The company whose books the item stands in."),
    Field("item", Type.TEXT, required=True, help="The item's id in the ERP; with the company, the key."),
    Field(
        "customer", Type.TEXT, required=False, help="The customer; empty where the ledger line names none."
    ),
    Field("kind", Type.TEXT, required=True, help="One of the kinds of an item."),
    Field("document", Type.TEXT, required=True, help="The document's number; it can repeat."),
    Field("reference", Type.TEXT, required=False, help="What the customer or the bank wrote on it."),
    Field("document_date", Type.DATE, required=True, help="The date on the document."),
    Field("posting_date", Type.DATE, required=True, help="The date in the general ledger."),
    Field("due_date", Type.DATE, required=False, help="When it is to be paid; empty is shown as 'no date'."),
    Field("currency", Type.TEXT, required=True, help="The document's currency, an ISO 4217 code."),
    Field("amount_document", Type.AMOUNT, required=True, help="The original amount.", currency="currency"),
    Field("amount", Type.AMOUNT, required=True, help="The original amount.", currency="company"),
    Field("remaining", Type.AMOUNT, required=False, help="The ERP's own balance today.", currency="company"),
)
ALLOCATIONS: Final = (
    Field("company", Type.TEXT, required=True, help="The company of the items."),
    Field(
        "allocation", Type.TEXT, required=True, help="What the legs that settle each other have in common."
    ),
    Field("item", Type.TEXT, required=True, help="The item this leg settles."),
    Field("effective_date", Type.DATE, required=True, help="The day from whose end it counts."),
    Field("amount_document", Type.AMOUNT, required=True, help="What it takes off the item.", currency="item"),
    Field("amount", Type.AMOUNT, required=True, help="What it takes off the item.", currency="company"),
    Field("reversed_on", Type.DATE, required=False, help="The day from whose end it no longer counts."),
)
CONTROL: Final = (
    Field("company", Type.TEXT, required=True, help="The company."),
    Field("account", Type.TEXT, required=True, help="A receivable control account of its general ledger."),
    Field("posting_date", Type.DATE, required=True, help="A day on which the account moved."),
    Field("amount", Type.AMOUNT, required=True, help="The movement of that day.", currency="company"),
)


@dataclass(frozen=True)
class Leg:
    """One leg of an allocation: what it takes off an item, from the end of a day on."""

    item: str
    effective_date: date
    amount: int
    reversed_on: date | None = None

    def counts(self, as_of: date) -> bool:
        """Return whether the leg is in force at the end of a day."""
        return self.effective_date <= as_of and (self.reversed_on is None or self.reversed_on > as_of)


@dataclass(frozen=True)
class Item:
    """One receivable item, in minor units, debit positive."""

    item: str
    posting_date: date
    amount: int
    due_date: date | None = None


def open_amount(item: Item, legs: Iterable[Leg], as_of: date) -> int:
    """Return what is open of an item at the end of a day.

    The original amount when it was posted by then, less every leg on it that counts by then; nothing before
    its posting.

    Args:
        item: The item.
        legs: Allocation legs; those of other items are passed over.
        as_of: The day.

    Returns:
        Minor units, debit positive; negative for an unapplied receipt or credit.
    """
    if item.posting_date > as_of:
        return 0
    return item.amount - sum(leg.amount for leg in legs if leg.item == item.item and leg.counts(as_of))
