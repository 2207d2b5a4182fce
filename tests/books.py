"""A small group's books in a real store, for tests that ask the book about them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

import pyarrow as pa
from sqlalchemy import insert, update

from duebook.ledger import ALLOCATIONS, ITEMS, Field, Kind, Type
from duebook.policy import default_text, parse_policy
from duebook_etl import policies, schema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duebook.policy import Policy
    from duebook_etl.store import Store
    from ledgers import Ledger

_ARROW: Final = {Type.TEXT: pa.string(), Type.DATE: pa.date32(), Type.AMOUNT: pa.int64()}


@dataclass
class Books:
    """Rows of the ledger as they are written down; money in minor units."""

    companies: list[dict[str, object]] = field(default_factory=list)
    customers: list[dict[str, object]] = field(default_factory=list)
    items: list[dict[str, object]] = field(default_factory=list)
    allocations: list[dict[str, object]] = field(default_factory=list)

    def company(self, source: str, company: str, name: str, currency: str) -> None:
        """Add a company."""
        self.companies.append({"source": source, "company": company, "name": name, "currency": currency})

    def customer(self, place: tuple[str, str], customer: str, name: str, **fields: str) -> None:
        """Add a customer of a company."""
        row = dict.fromkeys(("code", "country", "industry", "salesperson", "terms"))
        row |= {"source": place[0], "company": place[1], "customer": customer, "name": name}
        self.customers.append(row | fields)

    def item(  # noqa: PLR0913, PLR0917 - an item has this many fields
        self,
        place: tuple[str, str],
        item: str,
        customer: str,
        kind: Kind,
        posted: date,
        due: date | None,
        amount: int,
        document: tuple[str, int] | None = None,
    ) -> None:
        """Add an item; ``document`` is its currency and amount there, where that is another."""
        own = next(str(c["currency"]) for c in self.companies if (c["source"], c["company"]) == place)
        currency, amount_document = document or (own, amount)
        row = {
            "source": place[0],
            "company": place[1],
            "item": item,
            "customer": customer,
            "kind": kind.value,
        }
        row |= {"document": f"D-{item}", "reference": None, "document_date": posted, "posting_date": posted}
        row |= {"due_date": due, "currency": currency, "amount_document": amount_document}
        self.items.append(row | {"amount": amount, "remaining": None})

    def allocate(
        self,
        place: tuple[str, str],
        allocation: str,
        effective: date,
        legs: Sequence[tuple[str, int] | tuple[str, int, int]],
        reversed_on: date | None = None,
    ) -> None:
        """Add an allocation: what it takes off each item, in the company's and the document's currency."""
        for item, amount, *document in legs:
            row = {"source": place[0], "company": place[1], "allocation": allocation, "item": item}
            row |= {"effective_date": effective, "amount": amount, "reversed_on": reversed_on}
            self.allocations.append(row | {"amount_document": document[0] if document else amount})

    def ledger(self, source: str, written: Ledger) -> None:
        """Add a whole ledger of a source, each document named as its item."""
        self.items.extend(
            row | {"source": source, "document": f"D-{row['item']}", "reference": None, "remaining": None}
            for row in written.items
        )
        self.allocations.extend(leg | {"source": source} for leg in written.legs)

    def items_frame(self) -> pa.Table:
        """Return the items as a table."""
        return _frame(self.items, ITEMS)

    def allocations_frame(self) -> pa.Table:
        """Return the legs as a table."""
        return _frame(self.allocations, ALLOCATIONS)

    def control(self) -> list[dict[str, object]]:
        """The general ledger that these items add up to: one movement an item."""
        keys = ("source", "company", "posting_date", "amount")
        return [{"account": "1200"} | {key: item[key] for key in keys} for item in self.items]

    def save(self, store: Store, as_of: date, *, run: int = 1) -> None:
        """Write everything into the store as one good run."""
        started = datetime(2026, 7, 1, 2, 30)  # noqa: DTZ001 - the store keeps UTC without a zone
        sources = sorted({str(company["source"]) for company in self.companies})
        rows = {
            schema.companies: self.companies,
            schema.customers: self.customers,
            schema.items: self.items,
            schema.allocations: self.allocations,
            schema.control: self.control(),
            schema.runs: [
                {
                    "run": run,
                    "started": started,
                    "finished": started,
                    "as_of": as_of,
                    "status": "ok",
                    "trigger": "command",
                    "policy": "standard-2025-11 1",
                    "policy_digest": "0",
                }
            ],
            schema.run_sources: [
                {
                    "run": run,
                    "source": source,
                    "connector": "odoo",
                    "read": len(self.items),
                    "quarantined": 0,
                    "seconds": 0.5,
                    "status": "ok",
                }
                for source in sources
            ],
        }
        with store.write() as connection:
            for table, content in rows.items():
                if content:
                    connection.execute(insert(table), content)


def _frame(rows: Sequence[dict[str, object]], fields: Sequence[Field]) -> pa.Table:
    types = {"source": pa.string()} | {f.name: _ARROW[f.type] for f in fields}
    return pa.table({name: pa.array([row[name] for row in rows], kind) for name, kind in types.items()})


NORTH: Final = ("erp", "1")
EAST: Final = ("erp", "2")
OTHER: Final = ("old", "1")


def group_books() -> Books:
    """Three companies: two of one source in EUR and JPY, one of another source in EUR with the same id."""
    books = Books()
    books.company(*NORTH, "North Ltd", "EUR")
    books.company(*EAST, "East KK", "JPY")
    books.company(*OTHER, "Old GmbH", "EUR")
    books.customer(NORTH, "7", "Acme", code="C0007", country="DE", industry="Machines", salesperson="Ann")
    books.customer(NORTH, "8", "Birch", code="C0008", country="FR", industry="Machines")
    books.customer(NORTH, "9", "Quiet", code="C0009", country="FR")
    books.customer(EAST, "7", "Acme Japan", code="C0107", country="JP", industry="Machines")
    books.customer(OTHER, "8", "Zephyr", code="Z/1", country="DE")
    invoice, receipt, note = Kind.INVOICE, Kind.RECEIPT, Kind.CREDIT_NOTE
    day = date
    # Acme: paid 10 days late; half paid; not due; an unapplied receipt; a credit note.
    books.item(NORTH, "a1", "7", invoice, day(2026, 3, 1), day(2026, 3, 31), 10_000)
    books.item(NORTH, "a1r", "7", receipt, day(2026, 4, 10), day(2026, 4, 10), -10_000)
    books.allocate(NORTH, "A1", day(2026, 4, 10), [("a1", 10_000), ("a1r", -10_000)])
    books.item(NORTH, "a2", "7", invoice, day(2026, 4, 1), day(2026, 5, 1), 20_001)
    books.item(NORTH, "a2r", "7", receipt, day(2026, 6, 10), day(2026, 6, 10), -10_000)
    books.allocate(NORTH, "A2", day(2026, 6, 10), [("a2", 10_000), ("a2r", -10_000)])
    books.item(NORTH, "a3", "7", invoice, day(2026, 6, 20), day(2026, 7, 20), 5_000)
    books.item(NORTH, "a4", "7", receipt, day(2026, 6, 25), day(2026, 6, 25), -3_000)
    books.item(NORTH, "a5", "7", note, day(2026, 6, 26), day(2026, 6, 26), -250)
    # Birch: in dollars, without a due date, and a payment that was undone; one payment with Acme's.
    books.item(NORTH, "b1", "8", invoice, day(2026, 2, 1), day(2026, 3, 1), 9_000, ("USD", 10_000))
    books.item(NORTH, "b2", "8", invoice, day(2026, 5, 1), None, 1_200)
    books.item(NORTH, "b1r", "8", receipt, day(2026, 3, 5), day(2026, 3, 5), -9_000, ("USD", -10_000))
    books.allocate(
        NORTH, "B1", day(2026, 3, 5), [("b1", 9_000, 10_000), ("b1r", -9_000, -10_000)], day(2026, 5, 5)
    )
    books.item(NORTH, "s1", "7", invoice, day(2026, 1, 1), day(2026, 1, 31), 600)
    books.item(NORTH, "s2", "8", invoice, day(2026, 1, 1), day(2026, 1, 31), 300)
    books.item(NORTH, "s3", "8", receipt, day(2026, 2, 10), day(2026, 2, 10), -900)
    books.allocate(NORTH, "S", day(2026, 2, 10), [("s1", 600), ("s2", 300), ("s3", -900)])
    # Items that name no customer stand on the control account too.
    books.item(NORTH, "n1", "", Kind.JOURNAL_ENTRY, day(2026, 6, 1), day(2026, 6, 1), -77)
    books.item(EAST, "j1", "7", invoice, day(2026, 6, 1), day(2026, 6, 30), 500_000)
    books.item(EAST, "j2", "7", invoice, day(2026, 5, 1), day(2026, 5, 31), 1)
    books.item(OTHER, "o1", "8", invoice, day(2026, 5, 1), day(2026, 6, 29), 4_400)
    return books


def keep_used_policy(store: Store, valid_from: str, days: int) -> Policy:
    """Keep a policy that the last run used: the shipped one, with other days of turnover."""
    text = default_text().replace("2025-11-01", valid_from, 1).replace("days = 90", f"days = {days}", 1)
    found = parse_policy(text, where="own.toml")
    with store.write() as connection:
        connection.execute(update(schema.runs).values(policy_digest=found.digest))
        policies.keep(connection, found)
    return found
