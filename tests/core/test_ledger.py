"""What is open of single items."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duebook.errors import InputError
from duebook.ledger import Item, Leg, open_amount, open_amounts
from ledgers import DAYS, FIRST, random_ledger

if TYPE_CHECKING:
    from random import Random


def test_part_payments_are_taken_off() -> None:
    """Odoo 16235: 10,000 less 1,500, 1,000 and 2,000 is 5,500."""
    invoice = Item("invoice", date(2017, 1, 29), 10_000_00, date(2017, 2, 28))
    legs = [
        Leg("invoice", date(2017, 3, day), amount)
        for day, amount in ((1, 1500_00), (10, 1000_00), (20, 2000_00))
    ]
    assert open_amount(invoice, legs, date(2017, 4, 4)) == 5500_00
    assert open_amount(invoice, legs, date(2017, 3, 10)) == 7500_00
    assert open_amount(invoice, legs, date(2017, 1, 28)) == 0


def test_a_leg_counts_to_the_day_before_it_is_undone() -> None:
    """ERPNext 35642, 59014: a credit note that was taken back left ghosts."""
    leg = Leg("invoice", date(2024, 1, 10), 40, reversed_on=date(2024, 2, 1))
    assert [
        leg.counts(day) for day in (date(2024, 1, 9), date(2024, 1, 10), date(2024, 1, 31), date(2024, 2, 1))
    ] == [
        False,
        True,
        True,
        False,
    ]


def test_open_by_columns_keeps_the_order_of_the_items() -> None:
    """ERPNext 36574: 15,000 + 7,500 + 7,500; 15,000 in advance and 8,500 leave 0, 0 and 6,500."""
    found = open_amounts(
        [15_000, 7_500, 7_500],
        [date(2023, 8, 1)] * 3,
        ["advance", "first", "second"],
        ["advance", "second", "first"],
        [15_000, 1_000, 7_500],
        [date(2023, 8, 1), date(2023, 8, 20), date(2023, 8, 20)],
        date(2023, 8, 31),
    )
    assert found == [0, 0, 6_500]


@given(random=st.randoms(use_true_random=False), size=st.integers(0, 20), offset=st.integers(-5, DAYS + 200))
def test_columns_say_what_single_items_say(random: Random, size: int, offset: int) -> None:
    ledger, as_of = random_ledger(random, size), FIRST + timedelta(offset)
    for row in ledger.items:
        row["item"] = f"{row['company']}/{row['item']}"
    legs = [leg for leg in ledger.legs if leg["reversed_on"] is None]
    found = open_amounts(
        [row["amount"] for row in ledger.items],
        [row["posting_date"] for row in ledger.items],
        [row["item"] for row in ledger.items],
        [f"{leg['company']}/{leg['item']}" for leg in legs],
        [leg["amount"] for leg in legs],
        [leg["effective_date"] for leg in legs],
        as_of,
    )
    single = [Leg(f"{leg['company']}/{leg['item']}", leg["effective_date"], leg["amount"]) for leg in legs]
    assert found == [
        open_amount(Item(row["item"], row["posting_date"], row["amount"]), single, as_of)
        for row in ledger.items
    ]


def test_amounts_stay_decimal() -> None:
    day = date(2024, 1, 1)
    (found,) = open_amounts([Decimal("0.30")], [day], ["1"], ["1"], [Decimal("0.10")], [day], day)
    assert found == Decimal("0.20")


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (
            ([1, 2], [date.min], ["1", "2"], [], [], []),
            "amount, posting_date, item: 2, 1 and 2 values; all need equally many.",
        ),
        (
            ([1], [date.min], ["1"], ["1"], [], []),
            "alloc_item, alloc_amount, alloc_date: 1, 0 and 0 values; all need equally many.",
        ),
        (([1, 2], [date.min] * 2, ["INV 1", "INV 1"], [], [], []), "item: 'INV 1' stands twice."),
        (
            ([1], [date.min], ["INV 1"], ["inv 1"], [1], [date.min]),
            "alloc_item: 'inv 1' is none of the items.",
        ),
    ],
)
def test_keys_that_do_not_match_are_named(columns: tuple[list[object], ...], message: str) -> None:
    with pytest.raises(InputError) as caught:
        open_amounts(*columns, date(2024, 1, 1))
    assert caught.value.message == message
