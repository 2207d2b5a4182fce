"""What is known of customers on a day: by hand, against the measures, and without a look ahead."""

from __future__ import annotations

import math
from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duebook.errors import InputError
from duebook.ledger import Kind
from duebook.measures import open_items, settlements
from duebook_etl.model.features import (
    MODEL_FACTORS,
    day_number,
    history,
    known,
    open_amounts,
    outcomes,
    seriously_late,
)
from ledgers import DAYS, FIRST, Ledger, random_ledger, seeded_ledger

if TYPE_CHECKING:
    from duebook_etl.model.features import History, Known

DAY = date(2024, 6, 30)


def numbers(ledger: Ledger, last: date) -> History:
    return history(*ledger.tables(), last=last)


def of(past: History, seen: Known, customer: str, company: str = "1") -> dict[str, float]:
    keys = past.customers.to_pylist()
    place = keys.index({"company": company, "customer": customer})
    (row,) = np.flatnonzero(seen.customer == place)
    return {name: float(column[row]) for name, column in seen.columns.items()}


def test_factors_by_hand() -> None:
    ledger = Ledger()
    # Paid ten days late, and twenty days late with three times the amount.
    ledger.item("I1", 1000, date(2024, 2, 1), date(2024, 3, 1))
    ledger.item("R1", -1000, date(2024, 3, 11), kind=Kind.RECEIPT)
    ledger.allocate({"I1": 1000, "R1": -1000}, date(2024, 3, 11))
    ledger.item("I2", 3000, date(2024, 3, 1), date(2024, 4, 1))
    ledger.item("R2", -3000, date(2024, 4, 21), kind=Kind.RECEIPT)
    ledger.allocate({"I2": 3000, "R2": -3000}, date(2024, 4, 21))
    # Forty days overdue, five days overdue, not due; and cents of an invoice that is as good as paid.
    ledger.item("I3", 500, date(2024, 4, 21), DAY - timedelta(40))
    ledger.item("I4", 250, date(2024, 5, 26), DAY - timedelta(5))
    ledger.item("I5", 1250, date(2024, 6, 15), DAY + timedelta(15))
    ledger.item("I6", 10_000, date(2024, 1, 10), date(2024, 2, 10))
    ledger.item("R6", -9_999, date(2024, 2, 10), kind=Kind.RECEIPT)
    ledger.allocate({"I6": 9_999, "R6": -9_999}, date(2024, 2, 10))
    past = numbers(ledger, DAY)
    found = of(past, known(past, day_number(DAY)), "C1")
    settled = 1000 + 3000 + 9_999
    assert found == {
        "overdue": 751,
        "oldest overdue": 40,
        "overdue items": 2,
        "overdue share": pytest.approx(751 / 2001),
        "overdue to sales": pytest.approx(751 / 16_000),
        "days late": pytest.approx((10 * 1000 + 20 * 3000) / settled),
        "worst days late": 40,
        "share over 15": pytest.approx(3000 / settled),
        "share over 30": 0,
        "invoices a month": pytest.approx(6 / (day_number(DAY) - day_number(date(2024, 1, 10)) + 1) * 30),
        "quiet days": 15,
    }


def test_looking_back_no_further_than_asked() -> None:
    ledger = Ledger()
    ledger.item("I1", 1000, date(2024, 1, 1), date(2024, 1, 31))
    ledger.item("R1", -1000, date(2024, 3, 31), kind=Kind.RECEIPT)
    ledger.allocate({"I1": 1000, "R1": -1000}, date(2024, 3, 31))
    ledger.item("I2", 700, date(2024, 6, 1), date(2024, 7, 1))
    past = numbers(ledger, DAY)
    found = of(past, known(past, day_number(DAY), lookback=60), "C1")
    assert math.isnan(found["days late"])
    assert math.isnan(found["worst days late"])
    assert found["invoices a month"] == 1
    assert of(past, known(past, day_number(DAY)), "C1")["worst days late"] == 60


def test_who_has_been_quiet_longer_than_is_looked_back_is_not_known() -> None:
    ledger = Ledger()
    ledger.item("I1", 1000, date(2024, 1, 1), date(2024, 1, 31), customer="gone")
    ledger.item("R1", -1000, date(2024, 1, 31), kind=Kind.RECEIPT, customer="gone")
    ledger.allocate({"I1": 1000, "R1": -1000}, date(2024, 1, 31))
    ledger.item("I2", 1000, date(2024, 1, 1), date(2024, 1, 31), customer="owes")
    past = numbers(ledger, DAY)
    seen = known(past, day_number(DAY), lookback=60)
    assert [past.customers["customer"][int(place)].as_py() for place in seen.customer] == ["owes"]


@pytest.mark.parametrize(("paid_after", "bad"), [(30, False), (31, True), (None, True)])
def test_bad_is_who_leaves_an_invoice_unpaid_longer(paid_after: int | None, bad: bool) -> None:  # noqa: FBT001
    ledger = Ledger()
    due = date(2024, 2, 1)
    ledger.item("I1", 1000, date(2024, 1, 1), due)
    if paid_after is not None:
        paid = due + timedelta(paid_after)
        ledger.item("R1", -1000, paid, kind=Kind.RECEIPT)
        ledger.allocate({"I1": 1000, "R1": -1000}, paid)
    past = numbers(ledger, DAY)
    (found,) = outcomes(past, [day_number(due) - 1], horizon=60, late_days=30)
    assert found.tolist() == [bad]
    # What fell due on the day itself, or later than the window, is of another window.
    for day in (day_number(due), day_number(due) - 61):
        (other,) = outcomes(past, [day], horizon=60, late_days=30)
        assert other.tolist() == [False]


def test_a_window_that_has_not_been_seen_whole_is_no_outcome() -> None:
    past = numbers(seeded_ledger(1, 20), DAY)
    last = day_number(DAY)
    outcomes(past, [last - 210], horizon=180, late_days=30)
    with pytest.raises(InputError, match="its window of 180 days and 30 more ends after 2024-06-30"):
        outcomes(past, [last - 209], horizon=180, late_days=30)


def test_a_column_that_is_missing_is_named() -> None:
    items, allocations = seeded_ledger(1, 5).tables()
    with pytest.raises(InputError, match="items: column kind is missing"):
        history(items.drop("kind"), allocations, last=DAY)
    with pytest.raises(InputError, match="allocations: column reversed_on is missing"):
        history(items, allocations.drop("reversed_on"), last=DAY)


def test_an_empty_ledger() -> None:
    past = numbers(Ledger(), DAY)
    seen = known(past, day_number(DAY))
    assert seen.customer.size == 0
    assert outcomes(past, [0], horizon=10, late_days=1)[0].size == 0


randoms = st.builds(Random, st.integers(0, 10_000))


@given(randoms, st.integers(0, DAYS))
def test_open_amounts_are_those_of_the_measures(random: Random, day: int) -> None:
    ledger = random_ledger(random, 40)
    items, allocations = ledger.tables()
    as_of = FIRST + timedelta(day)
    past = history(items, allocations, last=FIRST + timedelta(DAYS + 200))
    found = open_amounts(past, np.full(past.invoices.amount.size, day_number(as_of)))
    posted = past.invoices.posted <= day_number(as_of)
    rows = items.take(pa.array(past.invoices.number))
    ours = {
        (row["company"], row["item"]): amount
        for row, amount, there in zip(rows.to_pylist(), found.tolist(), posted.tolist(), strict=True)
        if there and amount
    }
    expected = {
        (row["company"], row["item"]): row["open"]
        for row in open_items(items, allocations, as_of).to_pylist()
        if row["customer"] and row["open"]
    }
    assert ours == expected


@given(randoms, st.integers(0, DAYS))
def test_payments_are_those_of_the_measures(random: Random, day: int) -> None:
    items, allocations = random_ledger(random, 40).tables()
    as_of = FIRST + timedelta(day)
    past = history(items, allocations, last=FIRST + timedelta(DAYS + 200))
    paid = past.payments
    seen = (paid.effective <= day_number(as_of)) & (paid.reversed > day_number(as_of))
    key = past.customers.to_pylist()
    ours = sorted(
        (key[int(customer)]["company"], key[int(customer)]["customer"], round(late, 6), round(settled, 3))
        for customer, late, settled in zip(
            paid.customer[seen], paid.late[seen], paid.settled[seen], strict=True
        )
    )
    expected = sorted(
        (row["company"], row["customer"], round(row["days_late"], 6), round(row["settled"], 3))
        for row in settlements(items, allocations, as_of).to_pylist()
        if row["customer"] and row["days_late"] is not None
    )
    assert ours == expected


def later(ledger: Ledger, day: date, random: Random) -> Ledger:
    """Return a ledger that is the same up to the end of a day, and anything at all after it."""
    found = Ledger()
    for row in ledger.items:
        if row["posting_date"] <= day:
            found.items.append(row)
        elif random.random() < 0.5:
            found.items.append(row | {"amount": row["amount"] * 7, "due_date": DAY, "kind": "invoice"})
    there = {(row["company"], row["item"]) for row in found.items}
    for leg in ledger.legs:
        if leg["effective_date"] <= day:
            undone = leg["reversed_on"]
            forgotten = None if random.random() < 0.5 else day + timedelta(random.randint(1, 300))
            kept = undone if undone is not None and undone <= day else forgotten
            found.legs.append(leg | {"reversed_on": kept})
        elif random.random() < 0.5 and (leg["company"], leg["item"]) in there:
            found.legs.append(leg | {"amount": -3 * leg["amount"]})
    return found


@given(randoms, st.integers(1, DAYS))
def test_nothing_that_comes_later_changes_what_is_known(random: Random, day: int) -> None:
    ledger = random_ledger(random, 60)
    as_of = FIRST + timedelta(day)
    last = FIRST + timedelta(DAYS + 400)

    def table(past: History) -> dict[tuple[str, str], list[str]]:
        seen = known(past, day_number(as_of))
        keys = past.customers.to_pylist()
        return {
            (keys[int(place)]["company"], keys[int(place)]["customer"]): [
                f"{column[row]:.9g}" for column in seen.columns.values()
            ]
            for row, place in enumerate(seen.customer)
        }

    then = numbers(ledger, last)
    assert table(numbers(later(ledger, as_of, random), last)) == table(then)
    assert table(then.until(day_number(as_of))) == table(then)


@given(randoms, st.integers(30, DAYS))
def test_an_outcome_waits_for_nothing_after_its_window(random: Random, day: int) -> None:
    ledger = random_ledger(random, 60)
    first = day_number(FIRST + timedelta(day - 30))
    end = first + 90 + 20
    then = numbers(ledger, FIRST + timedelta(DAYS + 400))
    (whole,) = outcomes(then, [first], horizon=90, late_days=20)
    (seen,) = outcomes(then.until(end), [first], horizon=90, late_days=20)
    assert whole.tolist() == seen.tolist()


@given(randoms)
def test_what_is_known_of_one_customer_needs_no_other(random: Random) -> None:
    ledger = random_ledger(random, 60)
    items, allocations = ledger.tables()
    past = history(items, allocations, last=DAY)
    shuffled = list(range(items.num_rows))
    random.shuffle(shuffled)
    mixed = history(items.take(shuffled), allocations, last=DAY)

    def table(one: History) -> dict[str, list[float]]:
        seen = known(one, day_number(DAY))
        keys = one.customers.to_pylist()
        return {
            str(keys[int(place)]): [round(float(seen.columns[name][row]), 6) for name in MODEL_FACTORS]
            for row, place in enumerate(seen.customer)
        }

    for key, row in table(past).items():
        assert row == pytest.approx(table(mixed)[key], nan_ok=True)


def test_who_is_seriously_late_is_an_invoice_only() -> None:
    ledger = Ledger()
    ledger.item("I1", 1000, date(2024, 1, 1), date(2024, 1, 31))
    ledger.item("J1", 1000, date(2024, 1, 1), date(2024, 1, 31), kind=Kind.JOURNAL_ENTRY)
    ledger.item("I2", 1000, date(2024, 1, 1))
    assert seriously_late(numbers(ledger, DAY), late_days=30).tolist() == [True, False, False]
