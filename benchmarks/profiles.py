"""The whole profile of 20,000 customers over 1,000,000 items and 24 months, against one pass of DuckDB.

The ledger is that of benchmarks/refresh.py, larger: 690,000 invoices of two years, nine in ten paid, two
invoices a receipt. Every fourth customer has a limit that somebody granted, orders and insurance; nothing was
said of anybody before, and the company has loss rates of its own, which are worked out once a refresh. The
yardstick is the least that an analyst would run on the same items: one aggregation by customer and month.
Both take turns on the same Arrow tables in memory and answer in Arrow; the median of the rounds' ratios
counts. Run it with ``python benchmarks/profiles.py``.
"""

from __future__ import annotations

import sys
import time
from datetime import date
from decimal import Decimal
from statistics import median
from typing import Final

import duckdb
import numpy as np
import pyarrow as pa

from duebook.policy import default_policy
from duebook_etl.knowledge import Knowledge
from duebook_etl.profile import measure_company

INVOICES: Final = 689_655
RECEIPTS: Final = 310_345
CUSTOMERS: Final = 20_000
FIRST: Final = np.datetime64("2024-07-01")
AS_OF: Final = date(2026, 6, 30)
DAYS: Final = 729
ROUNDS: Final = 9
LIMIT: Final = 3.0
RATES: Final = tuple(map(Decimal, ("0.003", "0.016", "0.036", "0.066", "0.106")))
_PLACE: Final = ("books", "1")


def books() -> tuple[pa.Table, pa.Table]:
    """Return the items and the legs of one company, as the store gives them."""
    invoice = np.arange(1, INVOICES + 1)
    receipt = np.arange(1, RECEIPTS + 1)
    paid = 2 * RECEIPTS
    settled = (invoice[:paid] + 1) // 2
    amount = 1 + invoice * 7919 % 1_000_000
    received = -np.bincount(settled, amount[:paid])[1:].astype(np.int64)
    dated = FIRST + invoice * DAYS // INVOICES
    arrived = np.minimum(FIRST + 2 * receipt * DAYS // INVOICES + 25 + receipt % 40, np.datetime64(AS_OF))
    customer = np.concatenate([1 + (invoice + 1) // 2 % CUSTOMERS, 1 + receipt % CUSTOMERS])
    item = np.concatenate([invoice, INVOICES + receipt]).astype(str)
    posted = pa.array(np.concatenate([dated, arrived]), pa.date32())
    nobody = pa.array(np.concatenate([dated + 30, arrived]), pa.date32())
    money = pa.array(np.concatenate([amount, received]))
    items = pa.table(
        {
            "company": pa.repeat("1", item.size),
            "item": pa.array(item),
            "customer": pa.array(customer.astype(str)),
            "kind": pa.array(np.repeat(["invoice", "receipt"], [INVOICES, RECEIPTS])),
            "document_date": posted,
            "posting_date": posted,
            "due_date": nobody,
            "amount": money,
            "amount_document": money,
        }
    )
    allocation = np.concatenate([settled, receipt])
    legs = pa.table(
        {
            "company": pa.repeat("1", allocation.size),
            "item": pa.array(np.concatenate([invoice[:paid], INVOICES + receipt]).astype(str)),
            "allocation": pa.array(allocation.astype(str)),
            "effective_date": pa.array(np.maximum(arrived[allocation - 1], FIRST), pa.date32()),
            "reversed_on": pa.nulls(allocation.size, pa.date32()),
            "amount": pa.array(np.concatenate([amount[:paid], received])),
            "amount_document": pa.array(np.concatenate([amount[:paid], received])),
        }
    )
    return items, legs


def known() -> Knowledge:
    """Return what is known beside the ledger: industries, and what was granted to every fourth customer."""
    granted = {
        "credit limit": Decimal(50_000),
        "limit granted on": date(2026, 1, 15),
        "orders": Decimal(1200),
        "insured limit": Decimal(30_000),
    }
    keys = [(*_PLACE, str(number)) for number in range(1, CUSTOMERS + 1)]
    return Knowledge(
        currencies={_PLACE: "EUR"},
        described=dict.fromkeys(keys, ("NL", "manufacturing")),
        facts=dict.fromkeys(keys[::4], granted),
        portfolio={_PLACE: 10**12},
        loss_rates=lambda *_: RATES,
    )


def main() -> int:
    """Print the seconds and the ratio, and return 1 where the limit is not kept."""
    items, legs = books()
    policy, knowledge = default_policy(), known()
    connection = duckdb.connect()
    connection.register("items", items)

    def profile() -> object:
        return measure_company(
            items, legs, source="books", as_of=AS_OF, policy=policy, knowledge=knowledge
        ).figures

    def yardstick() -> object:
        return connection.sql(
            "SELECT customer, date_trunc('month', posting_date) AS month, sum(amount), count(*) "
            "FROM items GROUP BY ALL"
        ).to_arrow_table()

    ratios, seconds = [], []
    for _ in range(ROUNDS + 1):
        started = time.perf_counter()
        yardstick()
        between = time.perf_counter()
        profile()
        ended = time.perf_counter()
        ratios.append((ended - between) / (between - started))
        seconds.append((between - started, ended - between))
    least, whole = (median(each) for each in zip(*seconds[1:], strict=True))  # the first warms both up
    ratio = median(ratios[1:])
    print(f"{CUSTOMERS:,} customers, {items.num_rows:,} items, {legs.num_rows:,} legs, median of {ROUNDS}")
    print(f"  DuckDB, by customer and month  {least:7.3f} s")
    print(f"  whole profile                  {whole:7.3f} s")
    print(f"  ratio {ratio:.2f} (limit {LIMIT}), from {min(ratios[1:]):.2f} to {max(ratios[1:]):.2f}")
    return int(ratio > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
