"""A policy backtest of 24 months over 20,000 customers and 1,000,000 items, under both policies.

The ledger is made by NumPy: two invoices to a receipt, customers of very different size, a tenth of them late
payers, one in a hundred never pays some. What is measured is the whole of the work on it: turning the tables
into arrays, replaying every day under two policies, and adding up what they would have come to.
"""

from __future__ import annotations

import resource
import sys
from datetime import date
from decimal import Decimal
from time import perf_counter

import numpy as np
import pyarrow as pa

from duebook.ledger import Kind
from duebook.policy import default_policy, default_text, parse_policy
from duebook_etl.answers import Company, Customer
from duebook_etl.backtest.running import company_backtest

INVOICES = 690_000
CUSTOMERS = 20_000
FIRST, LAST = date(2024, 7, 1), date(2026, 6, 30)
DAYS = (LAST - FIRST).days
LATE, UNPAID = 0.1, 0.01
LIMIT = 60.0
TURNOVER = Decimal(1)  # times what a customer buys here: then the progressive limit is the one that binds


def ledger() -> tuple[pa.Table, pa.Table]:
    """Return items and allocation legs: 690,000 invoices and the receipts that pay most of them in pairs."""
    chance = np.random.default_rng(20260630)
    start = np.datetime64(FIRST, "D")
    weight = 1 / np.arange(1, CUSTOMERS + 1) ** 0.4
    whose = np.sort(chance.choice(CUSTOMERS, INVOICES, p=weight / weight.sum()))
    posted = chance.integers(0, DAYS + 1, INVOICES)
    order = np.lexsort((posted, whose))
    whose, posted = whose[order], posted[order]
    amount = chance.integers(1_000, 1_000_000, INVOICES)
    # Two invoices one behind the other are one receipt, where one customer has both.
    pair = np.arange(INVOICES) // 2
    pairs = INVOICES // 2
    same = whose[0::2] == whose[1::2]
    late = np.where(chance.random(CUSTOMERS) < LATE, 35, 3)[whose[1::2]]
    paid = posted[1::2] + 30 + np.maximum(-10, chance.normal(late, 8).astype(np.int64))
    pays = same & (paid <= DAYS) & (chance.random(pairs) > UNPAID)
    receipt = np.flatnonzero(pays)
    numbers = np.arange(pairs)
    total = amount[0::2] + amount[1::2]
    kinds = np.array([Kind.INVOICE.value] * INVOICES + [Kind.RECEIPT.value] * receipt.size)
    names = np.char.add("I", np.arange(INVOICES).astype(str))
    receipts = np.char.add("R", numbers[receipt].astype(str))
    customer = np.char.add("C", np.concatenate([whose, whose[0::2][receipt]]).astype(str))
    day = start + np.concatenate([posted, paid[receipt]])
    items = pa.table(
        {
            "item": np.concatenate([names, receipts]),
            "customer": customer,
            "kind": kinds,
            "document": np.concatenate([names, receipts]),
            "posting_date": pa.array(day),
            "due_date": pa.array(day + np.where(kinds == Kind.INVOICE.value, 30, 0)),
            "amount": np.concatenate([amount, -total[receipt]]),
        }
    )
    settled = np.flatnonzero(pays[pair])
    effective = pa.array(start + np.concatenate([paid[pair[settled]], paid[receipt]]))
    legs = pa.table(
        {
            "item": np.concatenate([names[settled], receipts]),
            "allocation": np.concatenate([pair[settled], numbers[receipt]]).astype(str),
            "effective_date": effective,
            "reversed_on": pa.nulls(len(effective), pa.date32()),
            "amount": np.concatenate([amount[settled], -total[receipt]]),
        }
    )
    return items, legs


def main() -> int:
    """Print seconds and memory, and return 1 where the limit is not kept."""
    items, legs = ledger()
    text = default_text().replace("raised_share = 0.5 ", "raised_share = 0.8 ", 1)
    new = parse_policy(text, where="new.toml")
    people = {
        f"C{number}": Customer("s", "1", f"C{number}", "", f"Customer {number}", "DE", "retail", "", "")
        for number in range(CUSTOMERS)
    }
    company = Company("s", "1", "Company", "EUR")
    started = perf_counter()
    found = company_backtest(
        company,
        items,
        legs,
        people,
        new=new,
        current=default_policy(),
        first=FIRST,
        until=LAST,
        factor=TURNOVER,
    )
    seconds = perf_counter() - started
    assert found is not None
    assert found.differing.num_rows  # two policies that decide alike would be one and the same work
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{items.num_rows:,} items, {legs.num_rows:,} legs, {CUSTOMERS:,} customers, {DAYS + 1} days, "
        f"two policies: {seconds:.1f} s (limit {LIMIT:.0f}), peak memory {memory:.0f} MB"
    )
    print(
        f"orders decided differently: {found.differing.num_rows:,}; "
        f"ratings: {found.current.ratings:,} and {found.new.ratings:,}"
    )
    return int(seconds > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
