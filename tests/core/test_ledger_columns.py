"""A ledger as arrays: every sum is that of the measures, to the unit, whatever keys look like."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duebook.ledger_columns import NEVER, day_number, groups, ledger, settled
from duebook.measures import open_items, sales, settlements
from ledgers import DAYS, FIRST, Ledger, random_ledger

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

KEYS = {
    "texts": lambda key: key,
    "numbers": lambda key: key.removeprefix("I"),
    "far numbers": lambda key: str(10**12 * (1 + int(key.removeprefix("I")))),
    "numbers with zeros": lambda key: f"{int(key.removeprefix('I')):03}",
    "some of both": lambda key: key if int(key.removeprefix("I")) % 3 else key.removeprefix("I"),
}


def renamed(found: Ledger, rename: Callable[[str], str]) -> tuple[pa.Table, pa.Table]:
    for row in (*found.items, *found.legs):
        row["item"] = rename(row["item"])
    return found.tables()


@pytest.mark.parametrize("way", KEYS)
@settings(max_examples=25)
@given(st.randoms(use_true_random=False), st.integers(0, 60), st.integers(-10, DAYS + 100))
def test_what_is_open_is_what_the_measure_says(way: str, seed: Random, size: int, day: int):
    items, legs = renamed(random_ledger(seed, size), KEYS[way])
    as_of = FIRST + timedelta(day)
    expected = {
        (row["company"], row["item"]): (row["open"], row["open_document"])
        for row in open_items(items, legs, as_of).to_pylist()
    }
    found = ledger(items, legs, as_of)
    opened = {
        (row["company"], row["item"]): pair
        for row, *pair in zip(
            items.to_pylist(), found.open.tolist(), found.open_document.tolist(), strict=True
        )
        if any(pair)
    }
    assert {key: tuple(pair) for key, pair in opened.items()} == expected


@settings(max_examples=50)
@given(
    st.randoms(use_true_random=False), st.integers(0, 80), st.integers(-10, DAYS + 100), st.integers(0, 400)
)
def test_what_was_settled_and_when_is_what_the_measure_says(seed: Random, size: int, day: int, back: int):
    items, legs = random_ledger(seed, size).tables()
    as_of, since = FIRST + timedelta(day), FIRST + timedelta(day - back)
    recent = legs.filter(pa.compute.greater(legs["effective_date"], pa.scalar(since)))
    expected = Counter(
        (row["company"], row["item"], round(row["settled"], 3), round(row["days_late"] or 0, 6))
        for row in settlements(items, recent, as_of, since=since).to_pylist()
    )
    found = ledger(items, legs, as_of)
    paid = settled(found, since=day_number(since))
    rows = items.to_pylist()
    late = np.where(found.due[paid.item] == NEVER, 0.0, paid.paid - found.due[paid.item])
    assert expected == Counter(
        (rows[item]["company"], rows[item]["item"], round(amount, 3), round(days, 6))
        for item, amount, days in zip(paid.item.tolist(), paid.settled.tolist(), late.tolist(), strict=True)
    )


@settings(max_examples=50)
@given(
    st.randoms(use_true_random=False),
    st.integers(0, 60),
    st.sampled_from([("company",), ("company", "customer")]),
)
def test_sums_of_groups_are_those_of_the_measure(seed: Random, size: int, by: tuple[str, ...]):
    items, legs = random_ledger(seed, size).tables()
    as_of = FIRST + timedelta(DAYS + 50)
    found = ledger(items, legs, as_of)
    parts = groups(items, by, found.posted)
    assert parts.keys.to_pylist() == sorted(
        parts.keys.to_pylist(), key=lambda row: [row[name] for name in by]
    )
    expected = {
        tuple(row[name] for name in by): row["sales"]
        for row in sales(items, after=date.min, until=as_of, by=by).to_pylist()
    }
    chosen = np.flatnonzero(found.sale)
    sums = parts.added(found.amount[chosen], chosen).tolist()
    keys = [tuple(row.values()) for row in parts.keys.to_pylist()]
    assert {key: total for key, total in zip(keys, sums, strict=True) if key in expected} == expected
    least = parts.least(found.due, np.arange(items.num_rows))
    for key, first in zip(keys, least.tolist(), strict=True):
        own = [
            day_number(row["due_date"])
            for row in items.to_pylist()
            if row["due_date"] and tuple(row[name] for name in by) == key
        ]
        assert first == min(own, default=NEVER)


def test_sums_beyond_what_floating_point_holds_are_exact():
    books = Ledger()
    for number, amount in enumerate((2**60, 1, 2**60, 1)):
        books.item(f"I{number}", amount, FIRST, FIRST)
    items, legs = books.tables()
    found = ledger(items, legs, FIRST)
    parts = groups(items, ("customer",), found.posted)
    assert parts.added(found.open, np.arange(4)).tolist() == [2**61 + 2]


def test_a_leg_whose_item_is_not_there_takes_nothing_off_another():
    books = Ledger()
    books.item("7", 100, FIRST, FIRST)
    books.allocate({"007": 40, "8": -40}, FIRST)
    assert ledger(*books.tables(), FIRST).open.tolist() == [100]
