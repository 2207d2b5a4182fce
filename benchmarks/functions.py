"""What the worksheet functions cost: importing them, a single cell, and whole columns.

Every line is a ratio to something plain measured in the same run, so that it means the same on any machine.

    python benchmarks/functions.py
"""

from __future__ import annotations

import random
import subprocess
import sys
import timeit
from datetime import date
from decimal import Decimal
from itertools import repeat
from typing import TYPE_CHECKING

from duebook.aging import bucket, days_late
from duebook.behaviour import pay_index
from duebook.interest import interest
from duebook.policy import default_policy
from duebook_addin.call import answer
from duebook_addin.functions import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = 100_000
CALLS = 500
IMPORT_LIMIT = 0.5


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


def main() -> int:
    """Measure, print a table, and return 1 where the import takes longer than its limit."""
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
    ]

    print(f"{'what':<62}{'seconds':>12}{'against':>12}{'ratio':>8}")
    for what, seconds, against in lines:
        print(f"{what:<62}{seconds:>12.7f}{against:>12.7f}{seconds / against:>8.1f}")
    print(f"  import {lines[0][1]:.2f} s (limit {IMPORT_LIMIT})")
    return int(lines[0][1] > IMPORT_LIMIT)


if __name__ == "__main__":
    sys.exit(main())
