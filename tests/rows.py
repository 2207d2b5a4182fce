"""Rows as an ERP gives them, in chunks as a reader gives them, for tests of what happens to them next."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
from sqlalchemy import insert

from duebook.ledger import Item, Leg, open_amount
from duebook.money import from_minor
from duebook_connectors.base import QUERIES
from duebook_etl import schema
from duebook_etl.cast import ARROW, Chunk, Rejected

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duebook_etl.store import Store
    from ledgers import Ledger

POSTED: Final = date(2024, 3, 1)
END: Final = date(2200, 12, 31)


@dataclass
class Rows:
    """Rows of each query; amounts in major units. What a test does not care about has a plain value."""

    of: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {query: [] for query in QUERIES})
    rejected: dict[str, list[Rejected]] = field(default_factory=lambda: {query: [] for query in QUERIES})

    def company(self, company: str | None = "1", currency: str | None = "EUR", **fields: object) -> None:
        """Add a company."""
        self._add(
            "companies", {"company": company, "name": f"Company {company}", "currency": currency}, fields
        )

    def customer(self, customer: str | None = "C1", company: str = "1", **fields: object) -> None:
        """Add a customer."""
        self._add(
            "customers", {"company": company, "customer": customer, "name": f"Customer {customer}"}, fields
        )

    def item(self, item: str | None, amount: str | None, company: str = "1", **fields: object) -> None:
        """Add an item."""
        row = {
            "company": company,
            "item": item,
            "customer": "C1",
            "kind": "invoice",
            "document": f"INV-{item}",
            "document_date": POSTED,
            "posting_date": POSTED,
            "due_date": date(2024, 3, 31),
            "currency": "EUR",
            "amount_document": amount,
            "amount": amount,
        }
        self._add("items", row, fields)

    def leg(self, allocation: str | None, item: str, amount: str | None, **fields: object) -> None:
        """Add a leg of an allocation."""
        row = {
            "company": "1",
            "allocation": allocation,
            "item": item,
            "effective_date": POSTED,
            "amount_document": amount,
            "amount": amount,
        }
        self._add("allocations", row, fields)

    def moved(self, amount: str, posting_date: date = POSTED, company: str = "1", **fields: object) -> None:
        """Add a movement of the control account."""
        row = {"company": company, "account": "1200", "posting_date": posting_date, "amount": amount}
        self._add("control", row, fields)

    def _add(self, query: str, row: dict[str, Any], fields: dict[str, Any]) -> None:
        unknown = fields.keys() - {f.name for f in QUERIES[query]}
        assert not unknown, unknown
        row = dict.fromkeys(f.name for f in QUERIES[query]) | row | fields
        amounts = [f.name for f in QUERIES[query] if f.type == "amount" and row[f.name] is not None]
        self.of[query].append(row | {name: Decimal(row[name]) for name in amounts})

    def chunks(self, rows: int = 1000) -> dict[str, list[Chunk]]:
        """Return what a reader gives, in chunks of so many rows; refused rows come with the first."""
        result = {}
        for query, fields in QUERIES.items():
            columns = pa.schema([pa.field(f.name, ARROW[f.type]) for f in fields])
            table = pa.Table.from_pylist(self.of[query], columns)
            batches = table.to_batches(rows) or [pa.RecordBatch.from_pylist([], columns)]
            rejected = [tuple(self.rejected[query]), *[()] * len(batches)]
            result[query] = [Chunk(*pair) for pair in zip(batches, rejected, strict=False)]
        return result


def rows_of(ledger: Ledger, currencies: dict[str, str], *, stated: Sequence[date] = ()) -> Rows:
    """Return a ledger as its ERP would give it, with a control account made of its postings.

    Args:
        ledger: The ledger.
        currencies: The currency of each company.
        stated: For the first allocations, the effective date the ERP states instead, such as one too early.
    """
    rows = Rows()
    for company, currency in currencies.items():
        rows.company(company, currency)
    legs = [Leg(leg["item"], leg["effective_date"], leg["amount"], leg["reversed_on"]) for leg in ledger.legs]
    for company, customer in sorted({(row["company"], row["customer"]) for row in ledger.items} - {("", "")}):
        if customer:
            rows.customer(customer, company)
    moved = Counter[tuple[str, date]]()
    for row in ledger.items:
        own = [leg for leg, of in zip(legs, ledger.legs, strict=True) if of["company"] == row["company"]]
        item = Item(row["item"], row["posting_date"], row["amount"])
        currency = currencies[row["company"]]
        amounts = {
            "amount": from_minor(row["amount"], currency),
            "amount_document": from_minor(row["amount_document"], row["currency"]),
            "remaining": from_minor(open_amount(item, own, END), currency),
        }
        rows.item(**row | amounts | {"document": f"D{row['item']}"})
        moved[row["company"], row["posting_date"]] += row["amount"]
    dates = dict(zip(dict.fromkeys(leg["allocation"] for leg in ledger.legs), stated, strict=False))
    document = {(row["company"], row["item"]): row["currency"] for row in ledger.items}
    for leg in ledger.legs:
        amounts = {
            "amount": from_minor(leg["amount"], currencies[leg["company"]]),
            "amount_document": from_minor(leg["amount_document"], document[leg["company"], leg["item"]]),
        }
        rows.leg(**leg | amounts | {"effective_date": dates.get(leg["allocation"], leg["effective_date"])})
    for (company, day), amount in moved.items():
        rows.moved(str(from_minor(amount, currencies[company])), day, company)
    return rows


def begin_run(store: Store, run: int = 1, as_of: date = POSTED) -> int:
    """Enter a run in the store, which loading and reconciling belong to."""
    values = {"run": run, "started": datetime(2024, 1, 1), "as_of": as_of, "status": "running"}  # noqa: DTZ001
    values |= {"trigger": "command", "policy": "test", "policy_digest": "0"}
    with store.write() as connection:
        connection.execute(insert(schema.runs), [values])
    return run


def tables(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of the ledger's tables and the quarantine, sorted, without the quarantine's run."""
    result = {}
    with store.engine.connect() as connection:
        for name in (*QUERIES, "quarantine"):
            columns = [c for c in schema.metadata.tables[name].c if c.name != "run"]
            found = connection.execute(
                schema.metadata.tables[name].select().with_only_columns(*columns)
            ).all()
            result[name] = sorted((tuple(row) for row in found), key=repr)
    return result
