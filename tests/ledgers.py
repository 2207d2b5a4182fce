"""Ledgers for tests: a small one by hand, or a random one with all that real ledgers hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from duebook.ledger import Item, Kind, Leg

if TYPE_CHECKING:
    from collections.abc import Iterable

FIRST: Final = date(2024, 1, 1)
DAYS: Final = 400
ITEMS: Final = pa.schema(
    [(name, pa.string()) for name in ("company", "item", "customer", "kind", "currency")]
    + [(name, pa.date32()) for name in ("document_date", "posting_date", "due_date")]
    + [(name, pa.int64()) for name in ("amount", "amount_document")]
)
ALLOCATIONS: Final = pa.schema(
    [(name, pa.string()) for name in ("company", "allocation", "item")]
    + [(name, pa.date32()) for name in ("effective_date", "reversed_on")]
    + [(name, pa.int64()) for name in ("amount", "amount_document")]
)


@dataclass
class Ledger:
    """Rows of items and of allocation legs, as dictionaries with the ledger's field names."""

    items: list[dict[str, Any]] = field(default_factory=list)
    legs: list[dict[str, Any]] = field(default_factory=list)

    def item(  # noqa: PLR0913 - an item has this many fields
        self,
        item: str,
        amount: int,
        posting_date: date,
        due_date: date | None = None,
        *,
        kind: Kind = Kind.INVOICE,
        customer: str = "C1",
        company: str = "1",
        currency: str = "EUR",
        document_date: date | None = None,
        amount_document: int | None = None,
    ) -> str:
        """Add an item and return its key."""
        self.items.append(
            {
                "company": company,
                "item": item,
                "customer": customer,
                "kind": str(kind),
                "currency": currency,
                "document_date": document_date or posting_date,
                "posting_date": posting_date,
                "due_date": due_date,
                "amount": amount,
                "amount_document": amount if amount_document is None else amount_document,
            }
        )
        return item

    def allocate(
        self, legs: dict[str, int], effective: date, *, company: str = "1", reversed_on: date | None = None
    ) -> None:
        """Add an allocation: what it takes off each item."""
        number = f"A{len(self.legs)}"
        for item, amount in legs.items():
            self.legs.append(
                {
                    "company": company,
                    "allocation": number,
                    "item": item,
                    "effective_date": effective,
                    "reversed_on": reversed_on,
                    "amount": amount,
                    "amount_document": amount,
                }
            )

    def tables(self) -> tuple[pa.Table, pa.Table]:
        """Return items and allocation legs as Arrow tables."""
        return pa.Table.from_pylist(self.items, ITEMS), pa.Table.from_pylist(self.legs, ALLOCATIONS)

    def scalar_items(self) -> Iterable[tuple[dict[str, Any], Item, list[Leg]]]:
        """Return each item's row, the item, and the legs of its company as the scalar rule takes them."""
        for row in self.items:
            legs = [
                Leg(leg["item"], leg["effective_date"], leg["amount"], leg["reversed_on"])
                for leg in self.legs
                if leg["company"] == row["company"]
            ]
            yield row, Item(row["item"], row["posting_date"], row["amount"], row["due_date"]), legs


def random_ledger(random: Random, size: int) -> Ledger:
    """Return a ledger of two companies that shares item keys between them.

    Invoices with and without due dates, credit notes, receipts, advances and journal entries of either sign,
    items without a customer, foreign documents, allocations of two to five items, some reversed, some that
    overpay.
    """
    ledger = Ledger()
    for number in range(size):
        kind = random.choice(list(Kind))
        size_ = random.randint(1, 1_000_000)
        amount = {Kind.INVOICE: size_, Kind.JOURNAL_ENTRY: random.choice((-size_, size_))}.get(kind, -size_)
        posted = FIRST + timedelta(random.randrange(DAYS))
        foreign = random.random() < 0.3
        ledger.item(
            f"I{number // 2}",
            amount,
            posted,
            None if random.random() < 0.2 else posted + timedelta(random.randint(-5, 150)),
            kind=kind,
            customer=random.choice(("", "C1", "C2", "C3")),
            company=str(number % 2),
            currency="USD" if foreign else "EUR",
            document_date=posted - timedelta(random.randint(0, 10)),
            amount_document=amount * 11 // 10 if foreign else amount,
        )
    for company in "01":
        rows = [row for row in ledger.items if row["company"] == company]
        for _ in range(len(rows) // 2 if len(rows) > 1 else 0):
            chosen = random.sample(rows, random.randint(2, min(5, len(rows))))
            legs = {row["item"]: random.randint(-900_000, 900_000) for row in chosen[1:]}
            legs[chosen[0]["item"]] = -sum(legs.values())
            effective = max(row["posting_date"] for row in chosen) + timedelta(random.choice((0, 0, 20)))
            undone = effective + timedelta(random.randint(0, 90)) if random.random() < 0.2 else None
            ledger.allocate(legs, effective, company=company, reversed_on=undone)
    return ledger


def seeded_ledger(seed: int, size: int) -> Ledger:
    """Return the same random ledger for the same seed."""
    return random_ledger(Random(seed), size)  # noqa: S311 - nothing secret about it
