"""Days late, payment dates and the thirteen weeks of cash, on ledgers whose habits are known."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

import numpy as np
import pytest

from duebook.ledger import Kind
from duebook_etl.model.cash import WEEKS, Forecast, forecast, received
from duebook_etl.model.features import as_date, day_number, history
from duebook_etl.model.lateness import (
    OWN_MEAN,
    PORTFOLIO_MEAN,
    SHRUNK_MEAN,
    WAYS,
    came,
    errors,
    expected,
    lateness,
    trial_days,
)
from duebook_etl.model.report import cash_document
from ledgers import Ledger
from payers import Payer, invoices, last_day, ledger

DAY = date(2024, 6, 30)
STEADY = [Payer(f"C{number}", number - 5, 0.0, 2) for number in range(30)]
PAID = invoices(Random(2), STEADY)  # noqa: S311 - nothing secret about it
PAST = history(*ledger(PAID, last_day()).tables(), last=last_day())


def paid_late(found: Ledger, customer: str, late: int, *, times: int = 1) -> None:
    for number in range(times):
        key = f"{customer} {number}"
        due = date(2024, 3, 1) + timedelta(number)
        found.item(key, 1000, date(2024, 2, 1), due, customer=customer)
        found.item(f"R {key}", -1000, due + timedelta(late), customer=customer, kind=Kind.RECEIPT)
        found.allocate({key: 1000, f"R {key}": -1000}, due + timedelta(late))


def test_a_customer_is_its_past_shrunk_towards_the_portfolio() -> None:
    found = Ledger()
    paid_late(found, "often", 20, times=9)
    paid_late(found, "once", 2)
    found.item("new", 500, date(2024, 6, 1), date(2024, 7, 1), customer="new")
    past = history(*found.tables(), last=DAY)
    late = lateness(past, day_number(DAY))
    names = past.customers["customer"].to_pylist()
    guess = dict(zip(names, late.late.tolist(), strict=True))
    everybody = (9 * 20 + 2) / 10
    assert late.way == SHRUNK_MEAN  # nothing to try a way on yet
    assert guess["often"] == pytest.approx((9 * 20 + everybody) / 10)
    assert guess["once"] == pytest.approx((2 + everybody) / 2)
    assert guess["new"] == pytest.approx(everybody)


def test_days_late_are_no_worse_than_the_customers_own_past() -> None:
    days = trial_days(PAST)
    tried = errors(PAST, days)
    chosen = np.concatenate(
        [np.abs(lateness(PAST, day).late[came(PAST, day)[0]] - came(PAST, day)[1]) for day in days]
    )
    assert chosen.mean() <= tried[OWN_MEAN] + 0.05
    assert tried[OWN_MEAN] < tried[PORTFOLIO_MEAN]
    # A normal's mean distance from its middle is 0.8 deviations, and days are whole.
    assert tried[SHRUNK_MEAN] == pytest.approx(0.8 * 4, abs=0.3)
    assert lateness(PAST, PAST.last).way in WAYS


def test_what_comes_later_changes_no_guess() -> None:
    day = PAST.last - 200
    then = history(*ledger(PAID, as_date(day)).tables(), last=as_date(day))
    one, other = lateness(then, day), lateness(PAST, day)
    names = [past.customers["customer"].to_pylist() for past in (then, PAST)]
    both = [dict(zip(keys, late.late, strict=True)) for keys, late in zip(names, (one, other), strict=True)]
    assert one.way == other.way
    assert all(both[1][name] == pytest.approx(guess) for name, guess in both[0].items())


def test_payment_dates_of_open_invoices() -> None:
    found = Ledger()
    for late in range(100):
        paid_late(found, f"C{late}", late)
    found.item("soon", 500, date(2024, 6, 1), date(2024, 6, 25), customer="C20")
    found.item("overdue", 500, date(2024, 4, 1), DAY - timedelta(45), customer="C20")
    found.item("lost", 500, date(2024, 2, 2), DAY - timedelta(140), customer="C20")
    past = history(*found.tables(), last=DAY)
    late = lateness(past, day_number(DAY))
    dates = expected(past, late)
    rows = past.invoices.number[dates.item]
    names = [found.items[int(row)]["item"] for row in rows]
    days = dict(zip(names, dates.day.tolist(), strict=True))
    guess = late.late[past.invoices.customer[dates.item[names.index("soon")]]]
    assert days["soon"] == day_number(date(2024, 6, 25)) + round(guess)
    # It has waited ten days beyond the guess: the middle of those who came as late came a week later still.
    assert days["overdue"] == pytest.approx(day_number(DAY) + 7, abs=1)
    assert np.isnan(days["lost"])
    assert (dates.open == 500).all()


def test_no_payment_yet_foresees_nothing() -> None:
    found = Ledger()
    found.item("I1", 500, date(2024, 6, 1), date(2024, 7, 1))
    past = history(*found.tables(), last=DAY)
    assert np.isnan(expected(past, lateness(past, day_number(DAY))).day).all()
    assert forecast(past, day_number(DAY)).total.sum() == 0


def test_cash_of_thirteen_weeks_is_near_what_comes() -> None:
    day = PAST.last - 7 * WEEKS
    found = forecast(PAST, day)
    actual = received(PAST, day)
    assert found.total.sum() == pytest.approx(actual.sum(), rel=0.15)
    assert found.trials >= 4
    assert (found.low <= found.total).all()
    assert (found.total <= found.high).all()
    assert ((found.low <= actual) & (actual <= found.high)).mean() >= 0.7
    assert found.covered is not None
    assert 0.7 <= found.covered <= 1
    assert found.missed is not None
    assert found.missed < 0.2
    # What is open now comes first, what will be sold later.
    assert found.open[0] > found.open[-1]
    assert found.sales[0] < found.sales[-1]


def test_a_forecast_knows_nothing_that_comes_later() -> None:
    day = PAST.last - 250
    then = history(*ledger(PAID, as_date(day)).tables(), last=as_date(day))
    one, other = forecast(then, day), forecast(PAST, day)
    assert one.total == pytest.approx(other.total)
    assert one.high == pytest.approx(other.high)


def test_what_was_received_by_week() -> None:
    found = Ledger()
    found.item("R1", -100, DAY + timedelta(1), kind=Kind.RECEIPT)
    found.item("R2", -50, DAY + timedelta(7), kind=Kind.ADVANCE)
    found.item("R3", -25, DAY + timedelta(8), kind=Kind.RECEIPT)
    found.item("R4", -10, DAY, kind=Kind.RECEIPT)
    found.item("N1", -5, DAY + timedelta(1), kind=Kind.CREDIT_NOTE)
    found.item("R5", -1, DAY + timedelta(92), kind=Kind.RECEIPT)
    past = history(*found.tables(), last=DAY + timedelta(100))
    assert received(past, day_number(DAY)).tolist() == [150, 25, *[0] * 11]


def test_the_document_of_a_forecast() -> None:
    found = forecast(PAST, PAST.last)
    document = cash_document(found, source="erp", company="1", currency="EUR")
    weeks = document["weeks"]
    assert isinstance(weeks, list)
    assert len(weeks) == WEEKS
    assert weeks[0]["from"] == as_date(PAST.last + 1).isoformat()
    assert weeks[-1]["to"] == as_date(PAST.last + 91).isoformat()
    assert float(weeks[0]["total"]) == pytest.approx(found.total[0] / 100, abs=0.01)


@pytest.mark.parametrize(
    ("part", "low", "high", "shown"),
    [(1.6, 2.8, 3.2, ("0.04", "0.03", "0.04")), (1.4, 2.8, 3.2, ("0.02", "0.02", "0.03"))],
)
def test_the_band_holds_what_the_rounded_parts_come_to(
    part: float, low: float, high: float, shown: tuple[str, str, str]
) -> None:
    parts, ends = np.full(WEEKS, part), (np.full(WEEKS, low), np.full(WEEKS, high))
    found = Forecast(PAST.last, parts, parts, *ends)
    document = cash_document(found, source="erp", company="1", currency="EUR")
    assert {(week["total"], week["low"], week["high"]) for week in document["weeks"]} == {shown}
