"""Aging of single values and columns."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duebook.aging import age, bucket, days_late, labels
from duebook.errors import InputError, OutOfRangeError

edge_lists = st.lists(st.integers(-400, 4000), min_size=1, max_size=8, unique=True).map(sorted)


def test_days_late_are_negative_before_the_due_date_and_nothing_on_it() -> None:
    """Odoo 16235: due 2017-02-28 is 35 days late on 2017-04-04."""
    assert days_late(date(2017, 2, 28), date(2017, 4, 4)) == 35
    assert days_late(date(2024, 2, 28), date(2024, 3, 1)) == 2
    assert days_late(date(2024, 2, 28), date(2024, 2, 28)) == 0
    assert days_late(date(2024, 2, 28), date(2024, 2, 27)) == -1


def test_labels_name_the_first_and_last_day_of_each_bucket() -> None:
    assert labels() == ("not due", "1-30", "31-60", "61-90", "90+", "no date")
    assert labels([0, 30, 60, 90, 120]) == ("not due", "1-30", "31-60", "61-90", "91-120", "120+", "no date")
    assert labels([0]) == ("not due", "0+", "no date")


def test_edges_of_tryton_give_the_labels_of_its_aged_balance() -> None:
    assert labels([-1, 29, 59, 89]) == ("not due", "0-29", "30-59", "60-89", "89+", "no date")


def test_a_bucket_before_the_due_date_reads_as_a_range() -> None:
    assert labels([-30, -1, 30]) == ("not due", "-29 to -1", "0-30", "30+", "no date")


@pytest.mark.parametrize(
    ("days", "label"),
    [
        (None, "no date"),
        (-1000, "not due"),
        (0, "not due"),
        (1, "1-30"),
        (30, "1-30"),
        (31, "31-60"),
        (60, "31-60"),
        (61, "61-90"),
        (90, "61-90"),
        (91, "90+"),
        (10_000, "90+"),
    ],
)
def test_the_last_day_of_a_bucket_belongs_to_it(days: int | None, label: str) -> None:
    """BCApps 10413 had wrong bucket ends; ERPNext 35491 lost the last bucket."""
    assert bucket(days) == label


@given(edges=edge_lists, days=st.integers(-5000, 5000))
def test_every_day_is_in_exactly_one_bucket_between_its_edges(edges: list[int], days: int) -> None:
    position = labels(edges).index(bucket(days, edges))
    assert position == 0 or days > edges[position - 1]
    assert position == len(edges) or days <= edges[position]
    assert len(set(labels(edges))) == len(edges) + 2


@given(
    rows=st.lists(
        st.tuples(
            st.none() | st.dates(date(2020, 1, 1), date(2026, 1, 1)),
            st.decimals(-(10**9), 10**9, places=2, allow_nan=False),
        )
    ),
    as_of=st.dates(date(2020, 1, 1), date(2026, 1, 1)),
    edges=edge_lists,
)
def test_buckets_add_up_and_hold_what_bucket_says(
    rows: list[tuple[date | None, Decimal]], as_of: date, edges: list[int]
) -> None:
    """ERPNext 51596 lost what was not yet due, 43162 what had no due date."""
    sums = age([due for due, _ in rows], [amount for _, amount in rows], as_of, edges)
    assert sum(sums) == sum(amount for _, amount in rows)
    for label, found in zip(labels(edges), sums, strict=True):
        assert found == sum(
            amount
            for due, amount in rows
            if bucket(None if due is None else days_late(due, as_of), edges) == label
        )


def test_sums_are_exact_however_large() -> None:
    amounts = [Decimal("1e30"), Decimal("0.01"), Decimal("-1e30")]
    assert age([None] * 3, amounts, date(2024, 1, 1), [0])[-1] == Decimal("0.01")


@pytest.mark.parametrize(
    ("edges", "error", "message"),
    [
        ([], InputError, "edges: none given, at least one is needed."),
        ([30, 30], InputError, "edges: 30, 30 do not increase."),
        ([0, 60, 30], InputError, "edges: 0, 60, 30 do not increase."),
        ([0, 30.5], InputError, "edges: 0, 30.5 are not all whole numbers."),
        ([True], InputError, "edges: True are not all whole numbers."),
        ([0, 50_000], OutOfRangeError, "edges: 0, 50000 reach beyond 36525 days."),
    ],
)
def test_wrong_edges_are_named(edges: list[int], error: type[InputError], message: str) -> None:
    with pytest.raises(error) as caught:
        labels(edges)
    assert type(caught.value) is error
    assert caught.value.message == message
    assert caught.value.hint == "Write increasing whole numbers of days, such as 0, 30, 60, 90."
    with pytest.raises(error):
        age([], [], date(2024, 1, 1), edges)


def test_what_equals_good_edges_is_still_looked_at():
    assert labels([0, 1]) == ("not due", "1-1", "1+", "no date")
    for edges in ([False, True], [0.0, 1.0]):
        with pytest.raises(InputError, match="are not all whole numbers"):
            labels(edges)


def test_columns_of_unequal_length_are_refused() -> None:
    with pytest.raises(InputError, match=r"^amount: 2 values for 1 due dates; both need equally many\.$"):
        age([date(2024, 1, 1)], [1, 2], date(2024, 1, 1) + timedelta(1))
