"""A ledger at the end of many days equals the measures of each day, and roll rates the rule by hand."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from duebook.history import KINDS, NEVER, NOBODY, History, Items, Legs
from duebook.ledger import Kind
from duebook.policy import default_policy

if TYPE_CHECKING:
    from collections.abc import Sequence

EPOCH = date(1970, 1, 1)
POLICY = default_policy()
EDGES = POLICY.aging.edges


def number(day: date | None) -> int:
    return NEVER if day is None else (day - EPOCH).days


def items(*rows: tuple[Kind, date, date | None, int]) -> Items:
    """Return items of one group and customer: kind, posting date, due date, amount."""
    size = len(rows)
    amounts = np.array([row[3] for row in rows], np.int64)
    posted = np.array([number(row[1]) for row in rows], np.int64)
    return Items(
        group=np.zeros(size, np.int64),
        customer=np.zeros(size, np.int64),
        kind=np.array([KINDS.index(row[0]) for row in rows], np.int64),
        posted=posted,
        dated=posted,
        due=np.array([number(row[2]) for row in rows], np.int64),
        amount=amounts,
        amount_document=amounts,
    )


def legs(*rows: tuple[int, int, date, int] | tuple[int, int, date, int, date]) -> Legs:
    """Return legs: allocation, item, effective date, amount and, where it is undone, the day."""
    amounts = np.array([row[3] for row in rows], np.int64)
    return Legs(
        item=np.array([row[1] for row in rows], np.int64),
        allocation=np.array([row[0] for row in rows], np.int64),
        effective=np.array([number(row[2]) for row in rows], np.int64),
        reversed_on=np.array([number(row[4]) if len(row) > 4 else NEVER for row in rows], np.int64),  # type: ignore[misc]
        amount=amounts,
        amount_document=amounts,
    )


def table(rows: np.ndarray) -> list[list[int]]:
    return [[int(cell) for cell in row] for row in rows]


DAYS = (date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31))
NOTHING = legs()


def opened(days: Sequence[date], one: Items, other: Legs) -> list[int]:
    history = History(one, other, days, groups=1)
    return [int(history.on(place, POLICY).open[0]) for place in range(len(days))]


def test_an_empty_ledger_has_nothing_open():
    history = History(items(), NOTHING, DAYS, groups=1)
    end = history.on(1, POLICY)
    assert (end.open.tolist(), end.known.tolist(), end.customers.tolist()) == ([0], [False], [0])
    assert table(history.exposed(1, EDGES)) == [[0] * 5]
    assert table(history.written_off(1, EDGES)) == [[0] * 5]


def test_an_item_is_open_from_its_posting_until_it_is_settled():
    invoice = items((Kind.INVOICE, date(2026, 2, 1), date(2026, 3, 1), 100))
    assert opened(DAYS, invoice, NOTHING) == [0, 100, 100]
    assert opened(DAYS, invoice, legs((0, 0, date(2026, 3, 31), 60))) == [0, 100, 40]
    assert opened(DAYS, invoice, legs((0, 0, date(2026, 4, 1), 60))) == [0, 100, 100]


def test_a_leg_counts_no_longer_from_the_day_it_is_reversed_and_never_before_the_posting():
    invoice = items((Kind.INVOICE, date(2026, 2, 1), date(2026, 3, 1), 100))
    undone = legs((0, 0, date(2026, 2, 10), 60, date(2026, 3, 31)))
    assert opened(DAYS, invoice, undone) == [0, 40, 100]
    early = legs((0, 0, date(2026, 1, 10), 60))
    assert opened(DAYS, invoice, early) == [0, 40, 40]
    never = legs((0, 0, date(2026, 2, 10), 60, date(2026, 2, 10)))
    assert opened(DAYS, invoice, never) == [0, 100, 100]


def test_customers_with_open_items_are_counted_once_and_nobody_is_none():
    two = items(*[(Kind.INVOICE, date(2026, 1, 1), None, 5)] * 3)
    named = Items(**{**vars(two), "customer": np.array([0, 0, NOBODY])})
    assert History(named, NOTHING, DAYS, groups=1).on(0, POLICY).customers.tolist() == [1]


def test_what_is_owed_stands_in_the_bucket_of_its_age_and_credits_in_none():
    history = History(
        items(
            (Kind.INVOICE, date(2026, 1, 1), date(2026, 1, 31), 100),
            (Kind.INVOICE, date(2026, 1, 1), date(2026, 1, 30), 10),
            (Kind.RECEIPT, date(2026, 1, 5), date(2026, 1, 5), -40),
            (Kind.JOURNAL_ENTRY, date(2026, 1, 5), None, 7),
        ),
        NOTHING,
        DAYS,
        groups=1,
    )
    assert table(history.exposed(0, EDGES)) == [[100, 10, 0, 0, 0]]
    assert table(history.exposed(1, EDGES)) == [[0, 110, 0, 0, 0]]
    assert table(history.exposed(2, EDGES)) == [[0, 0, 110, 0, 0]]


def test_what_a_journal_entry_took_off_was_written_off_in_its_month_and_bucket():
    """Of 100, half rolls on and 20 are written off (Beijing Institute of CPAs, expert note 2020-3)."""
    written = date(2026, 2, 20)
    ledger = items(
        (Kind.INVOICE, date(2025, 12, 1), date(2026, 1, 10), 50),
        (Kind.INVOICE, date(2025, 12, 1), date(2026, 1, 10), 50),
        (Kind.JOURNAL_ENTRY, written, written, -20),
        (Kind.RECEIPT, written, written, -30),
    )
    history = History(
        ledger,
        legs((7, 0, written, 50), (7, 2, written, -20), (7, 3, written, -30)),
        DAYS,
        groups=1,
    )
    assert table(history.exposed(0, EDGES)) == [[0, 100, 0, 0, 0]]
    assert table(history.exposed(1, EDGES)) == [[0, 0, 50, 0, 0]]
    assert table(history.written_off(1, EDGES)) == [[0, 0, 20, 0, 0]]
    assert table(history.written_off(0, EDGES)) == table(history.written_off(2, EDGES)) == [[0] * 5]


@pytest.mark.parametrize(
    ("invoice", "lost", "gone"),
    [
        (2**53 + 1, 2**53 + 1, 2**53 + 1),  # more than a binary number holds
        (2**53 + 1, 2**53 - 1, 2**53 - 1),
        (5, 2, 2),
        (1, 0, 0),
    ],
)
def test_what_was_written_off_is_exact(invoice: int, lost: int, gone: int):
    written = date(2026, 2, 20)
    ledger = items(
        (Kind.INVOICE, date(2025, 12, 1), date(2026, 1, 10), invoice),
        (Kind.JOURNAL_ENTRY, written, written, -lost),
        (Kind.RECEIPT, written, written, lost - invoice),
    )
    settled = legs((7, 0, written, invoice), (7, 1, written, -lost), (7, 2, written, lost - invoice))
    assert table(History(ledger, settled, DAYS, groups=1).written_off(1, EDGES)) == [[0, 0, gone, 0, 0]]


def test_a_cent_that_was_written_off_of_two_invoices_is_one_cent():
    written = date(2026, 2, 20)
    ledger = items(
        *[(Kind.INVOICE, date(2025, 12, 1), date(2026, 1, 10), 1)] * 2,
        (Kind.JOURNAL_ENTRY, written, written, -1),
        (Kind.RECEIPT, written, written, -1),
    )
    settled = legs((7, 0, written, 1), (7, 1, written, 1), (7, 2, written, -1), (7, 3, written, -1))
    assert table(History(ledger, settled, DAYS, groups=1).written_off(1, EDGES)) == [[0, 0, 1, 0, 0]]


def test_a_write_off_that_was_undone_within_its_month_is_none():
    written = date(2026, 2, 20)
    ledger = items(
        (Kind.INVOICE, date(2025, 12, 1), date(2026, 1, 10), 50),
        (Kind.JOURNAL_ENTRY, written, written, -50),
    )
    undone = legs((0, 0, written, 50, date(2026, 2, 25)), (0, 1, written, -50, date(2026, 2, 25)))
    assert table(History(ledger, undone, DAYS, groups=1).written_off(1, EDGES)) == [[0] * 5]


@pytest.mark.parametrize(("days", "sold"), [(28, 100), (27, 0)])
def test_sales_are_of_documents_after_one_day_and_until_another(days: int, sold: int):
    history = History(
        items((Kind.INVOICE, date(2026, 2, 1), None, 100), (Kind.RECEIPT, date(2026, 2, 1), None, -9)),
        NOTHING,
        DAYS,
        groups=1,
    )
    assert history.sales(DAYS[1] - timedelta(days), DAYS[1]).tolist() == [sold]
