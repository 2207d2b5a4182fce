"""Makes a ledger of paid invoices: two items and an allocation of two legs each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date  # noqa: TC003 - a field of the record

import pyarrow as pa

from duebook.ledger import Kind


@dataclass(frozen=True)
class Paid:
    """One invoice and when it was paid; ``amount`` in minor units."""

    customer: str
    posted: date
    due: date
    paid: date
    amount: int


def tables(invoices: list[Paid]) -> tuple[pa.Table, pa.Table]:
    """Return items and allocation legs."""
    count = len(invoices)
    keys = [f"invoice {number}" for number in range(count)]
    receipts = [f"receipt {number}" for number in range(count)]
    amounts = [one.amount for one in invoices]
    opposite = [-amount for amount in amounts]
    posted = [one.posted for one in invoices] + [one.paid for one in invoices]
    both = pa.array(amounts + opposite, pa.int64())
    items = pa.table(
        {
            "company": ["1"] * (2 * count),
            "item": keys + receipts,
            "customer": [one.customer for one in invoices] * 2,
            "kind": [Kind.INVOICE.value] * count + [Kind.RECEIPT.value] * count,
            "document_date": pa.array(posted, pa.date32()),
            "posting_date": pa.array(posted, pa.date32()),
            "due_date": pa.array([one.due for one in invoices] + [one.paid for one in invoices], pa.date32()),
            "amount": both,
            "amount_document": both,
        }
    )
    # An invoice may be paid before it is posted: settled is when both are there.
    effective = pa.array([max(one.paid, one.posted) for one in invoices] * 2, pa.date32())
    allocations = pa.table(
        {
            "company": ["1"] * (2 * count),
            "allocation": keys * 2,
            "item": keys + receipts,
            "effective_date": effective,
            "reversed_on": pa.nulls(2 * count, pa.date32()),
            "amount": both,
            "amount_document": both,
        }
    )
    return items, allocations
