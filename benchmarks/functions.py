"""What the worksheet functions cost: importing them, a single cell, and whole columns.

Every line is a ratio to something plain measured in the same run, so that it means the same on any machine.

    python benchmarks/functions.py
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import timeit
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING

from duebook.aging import bucket, days_late
from duebook.behaviour import pay_index
from duebook.interest import interest
from duebook.ledger import Kind
from duebook.policy import default_policy
from duebook_addin.call import answer
from duebook_addin.functions import FUNCTIONS
from duebook_cli.desk import ready
from duebook_etl.book import Book
from duebook_etl.store import Store

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from books import NORTH, Books

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROWS = 100_000
CALLS = 500
IMPORT_LIMIT = 0.5
SCORES_LIMIT = 200_000
CUSTOMERS = 1_000
ITEMS = 20  # of a customer
FIELDS = ("name", "open", "overdue", "not due", "unapplied", "sales", "settled", "dso", "terms", "currency")


def best(work: Callable[[], object], number: int = 1) -> float:
    """Return the seconds of one call, the best of several short rounds: a busy machine leaves some alone."""
    return min(timeit.repeat(work, number=number, repeat=7 if number == 1 else 60)) / number


def started(program: str) -> float:
    """Return the seconds that a fresh interpreter takes for a program."""
    return best(lambda: subprocess.run([sys.executable, "-c", program], check=True))  # noqa: S603 - our own interpreter


def plain_table(keys: list[str], dues: list[float], amounts: list[float]) -> dict[str, list[float]]:
    """Add up the same table in binary floating point, without reading a cell or keeping a cent."""
    sums: dict[str, list[float]] = {}
    for key, due, amount in zip(keys, dues, amounts, strict=True):
        days = 46053 - int(due)
        place = 5 if due == 0 else 0 if days <= 0 else min(4, (days - 1) // 30 + 1)
        sums.setdefault(key, [0.0] * 6)[place] += amount
    return sums


@contextmanager
def store_of(chance: random.Random) -> Iterator[Path]:
    """Give the folder of a store with many customers, written long enough ago, and of its configuration."""
    books = Books()
    books.company(*NORTH, "North", "EUR")
    first, last = date(2025, 7, 1), date(2026, 6, 30)
    for customer in range(CUSTOMERS):
        books.customer(NORTH, str(customer), f"Name {customer}", code=f"C{customer:05}")
        for number in range(ITEMS):
            day = first + timedelta(chance.randrange(365))
            item = f"{customer}-{number}"
            books.item(NORTH, item, str(customer), Kind.INVOICE, day, day + timedelta(30), 10_000)
            paid = day + timedelta(chance.randrange(20, 80))
            if paid <= last:
                books.item(NORTH, f"{item}r", str(customer), Kind.RECEIPT, paid, paid, -10_000)
                books.allocate(NORTH, item, paid, [(item, 10_000), (f"{item}r", -10_000)])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "duebook.db"
        with Store.open(f"sqlite:///{file}") as store:
            books.save(store, last)
        (folder / "duebook.toml").write_text("", encoding="utf-8")
        for each in folder.iterdir():
            os.utime(each, (1_750_000_000, 1_750_000_000))
        yield folder


def store_line(chance: random.Random) -> tuple[str, float, float]:
    """Measure ten figures of every customer, a cell at a time, from a store that nothing was yet asked of."""
    profile = FUNCTIONS.find("PROFILE")
    with store_of(chance) as folder:

        def cells() -> None:
            ready(folder / "duebook.toml")
            for customer in range(CUSTOMERS):
                for field in FIELDS:
                    answer(profile, (f"C{customer:05}", field))

        def once() -> None:
            with Store.open(f"sqlite:///{folder / 'duebook.db'}") as store:
                Book(store, default_policy()).portfolio("open", by="customer")

        what = f"PROFILE, {CUSTOMERS:,} customers x {len(FIELDS)} fields / all measured at once"
        seconds = min(timeit.repeat(cells, number=1, repeat=3))
        against = min(timeit.repeat(once, number=1, repeat=3))
        ready()
    return what, seconds, against


def scores_a_second(chance: random.Random) -> float:
    """Return how many customers SCORES scores in a second, by every factor of the scorecard."""
    factors = default_policy().score.factor
    most = {"points": 100, "days": 90, "share": 1, "times": 3, "years": 20, "class": 7}
    columns: dict[str, list[object]] = {}
    for factor in factors:
        if factor.words:
            words = [word.name for word in factor.words]
            columns[factor.name] = [chance.choice(words) for _ in range(ROWS)]
        else:
            columns[factor.name] = [round(chance.uniform(0, most[factor.unit]), 2) for _ in range(ROWS)]
    # What contradicts itself is no customer: nothing is overdue by share or by days alone.
    columns["oldest overdue"] = [1 if share else 0 for share in columns["overdue share"]]
    columns["cash ratio"] = [0.5 * ratio for ratio in columns["current ratio"] if isinstance(ratio, float)]
    names, rows = list(columns), [list(row) for row in zip(*columns.values(), strict=True)]
    scores = FUNCTIONS.find("SCORES")
    return ROWS / best(lambda: answer(scores, [names, rows]))


def main() -> int:
    """Measure, print a table, and return 1 where a limit is not kept."""
    chance = random.Random(20260131)  # noqa: S311 - figures to measure with
    keys = [f"C{chance.randrange(5_000):04}" for _ in range(ROWS)]
    dues = [float(chance.randrange(45_000, 46_400)) for _ in range(ROWS)]
    amounts = [round(chance.uniform(-100, 10_000), 2) for _ in range(ROWS)]
    as_of, due = 46_053.0, 46_030.0
    agingby, aging, late, bucket_of, index, charge = (
        FUNCTIONS.find(name) for name in ("AGINGBY", "AGING", "DAYSLATE", "BUCKET", "PAYINDEX", "INTEREST")
    )
    due_day, day = date(2026, 1, 8), date(2026, 1, 31)
    column = [[value] for value in dues]
    anchors = default_policy().pay_index.anchors
    days, principal, rate = Decimal("17.25"), Decimal(36_500), Decimal("0.1")

    lines = [
        (
            "import of all functions / bare interpreter",
            started("import duebook_addin.call"),
            started("pass"),
        ),
        (
            f"AGINGBY, {ROWS:,} rows, 5,000 keys / plain Python floats",
            best(lambda: answer(agingby, [keys, dues, amounts, as_of])),
            best(lambda: plain_table(keys, dues, amounts)),
        ),
        (
            f"AGING, {ROWS:,} rows / plain Python floats",
            best(lambda: answer(aging, [dues, amounts, as_of])),
            best(lambda: plain_table(["all"] * ROWS, dues, amounts)),
        ),
        (
            f"DAYSLATE, {ROWS:,} rows / the rule on dates",
            best(lambda: answer(late, [column, as_of])),
            best(lambda: [days_late(due_day, day) for _ in repeat(None, ROWS)]),
        ),
        (
            f"BUCKET, {ROWS:,} rows / the rule on dates",
            best(lambda: answer(bucket_of, [column, as_of])),
            best(lambda: [bucket(days_late(due_day, day)) for _ in repeat(None, ROWS)]),
        ),
        (
            "DAYSLATE, one cell / the rule on dates",
            best(lambda: answer(late, (due, as_of)), CALLS),
            best(lambda: days_late(due_day, day), CALLS),
        ),
        (
            "BUCKET, one cell / the rule on dates",
            best(lambda: answer(bucket_of, (due, as_of)), CALLS),
            best(lambda: bucket(days_late(due_day, day)), CALLS),
        ),
        (
            "PAYINDEX, one cell / the rule on decimals",
            best(lambda: answer(index, (17.25,)), CALLS),
            best(lambda: pay_index(days, anchors), CALLS),
        ),
        (
            "INTEREST, one cell / the rule on decimals",
            best(lambda: answer(charge, (36_500.0, due, as_of, 0.1)), CALLS),
            best(lambda: interest(principal, due_day, day, rate), CALLS),
        ),
        store_line(chance),
    ]

    print(f"{'what':<62}{'seconds':>12}{'against':>12}{'ratio':>8}")
    for what, seconds, against in lines:
        print(f"{what:<62}{seconds:>12.7f}{against:>12.7f}{seconds / against:>8.1f}")
    scored = scores_a_second(chance)
    print(f"  import {lines[0][1]:.2f} s (limit {IMPORT_LIMIT})")
    print(f"  SCORES by every factor: {scored:,.0f} customers/s (at least {SCORES_LIMIT:,})")
    return int(lines[0][1] > IMPORT_LIMIT or scored < SCORES_LIMIT)


if __name__ == "__main__":
    sys.exit(main())
