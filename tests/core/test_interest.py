"""Late-payment interest, against published figures."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duebook.errors import InputError, OutOfRangeError
from duebook.interest import Rounding, interest

DUE = date(2024, 4, 1)
dates = st.dates(date(2020, 1, 1), date(2030, 1, 1))
rates = st.decimals(0, 1, places=4)


def after(days: int) -> date:
    return DUE + timedelta(days)


def test_a_british_calculator_rounds_the_interest_of_a_day() -> None:
    """5,000 at 12.25% for 101 days: 169.49; the calculator prints 169.68, having rounded the day to 1.68."""
    arguments = (Decimal(5_000), DUE, after(101), Decimal("0.1225"))
    assert interest(*arguments, rounding=Rounding.TOTAL) == Decimal("169.49")
    assert interest(*arguments, rounding=Rounding.DAILY) == Decimal("169.68")
    assert round(interest(*arguments), 6) == Decimal("169.486301")


def test_the_example_of_the_british_government() -> None:
    """GOV.UK, late commercial payments: 1,000 at 0.5% and 8 are 85 a year, 23p a day, 11.50 after 50 days."""
    arguments = (Decimal(1_000), DUE, after(50), Decimal("0.085"))
    assert interest(*arguments, rounding=Rounding.DAILY) == Decimal("11.50")
    assert interest(*arguments, rounding=Rounding.TOTAL) == Decimal("11.64")


def test_an_example_that_is_a_penny_wrong() -> None:
    """2,000 at 13.25% for 45 days is 32.67; the page that gives the example prints 32.66."""
    found = interest(Decimal(2_000), DUE, after(45), Decimal("0.1325"), rounding=Rounding.TOTAL)
    assert found == Decimal("32.67")
    assert found != Decimal("32.66")


def test_the_day_rate_of_the_chinese_rules_for_small_firms() -> None:
    """Order 802 of the State Council, Article 17: 0.05% a day; 1,000,000 for 30 days are 15,000."""
    assert interest(Decimal(1_000_000), DUE, after(30), Decimal("0.0005") * 365) == 15_000


def test_the_day_after_the_due_date_is_the_first_and_the_day_of_payment_the_last() -> None:
    """Due 1 April, paid 16 May: 45 days."""
    assert interest(Decimal(365), date(2024, 4, 1), date(2024, 5, 16), Decimal(1)) == 45


def test_the_interest_of_an_invoice_and_a_credit_is_that_of_the_difference() -> None:
    """A column of open items with a credit note in it: 1,000 less 250, 73 days at 10%."""
    amounts = (Decimal(1_000), Decimal(-250), Decimal(750))
    of_each = [interest(amount, DUE, after(73), Decimal("0.1")) for amount in amounts]
    assert of_each == [20, -5, 15]


def test_paid_in_time_bears_no_interest() -> None:
    series = [(date(2030, 1, 1), Decimal("0.1"))]
    for rate in (Decimal("0.1"), series):
        assert interest(Decimal(100), DUE, DUE, rate) == 0
        assert interest(Decimal(100), DUE, after(-20), rate) == 0


def test_each_day_bears_the_rate_in_force_on_it() -> None:
    """Due 29 June, paid 3 July: 30 June at the old rate, 1 to 3 July at the new."""
    series = [(date(2024, 1, 1), Decimal("0.10")), (date(2024, 7, 1), Decimal("0.20"))]
    found = interest(Decimal(36_500), date(2024, 6, 29), date(2024, 7, 3), series)
    assert found == 1 * 10 + 3 * 20
    assert interest(Decimal(36_500), date(2024, 6, 30), date(2024, 7, 1), series) == 20
    assert interest(Decimal(36_500), date(2024, 6, 29), date(2024, 6, 30), series) == 10


def test_the_first_rate_may_begin_on_the_first_late_day() -> None:
    assert interest(Decimal(36_500), DUE, after(2), [(after(1), Decimal("0.1"))]) == 20


def test_each_rate_has_its_own_rounded_day() -> None:
    series = [(DUE, Decimal("0.1225")), (after(11), Decimal("0.1325"))]
    found = interest(Decimal(5_000), DUE, after(30), series, rounding=Rounding.DAILY)
    assert found == 10 * Decimal("1.68") + 20 * Decimal("1.82")


def test_a_currency_without_cents_rounds_to_whole_units() -> None:
    arguments = (Decimal(100_000), DUE, after(7), Decimal("0.03"))
    assert interest(*arguments, rounding=Rounding.TOTAL, minor_digits=0) == 58
    assert interest(*arguments, rounding=Rounding.DAILY, minor_digits=0) == 7 * 8


def test_the_year_may_have_360_or_366_days() -> None:
    assert interest(Decimal(360), DUE, after(5), Decimal(1), basis=360) == 5
    assert interest(Decimal(366), DUE, after(5), Decimal(1), basis=366) == 5


@given(due=dates, paid=dates, rate=rates, changes=st.lists(dates, unique=True, max_size=5))
def test_a_series_of_one_rate_is_that_rate(due: date, paid: date, rate: Decimal, changes: list[date]) -> None:
    series = [(date(2019, 1, 1), rate), *((day, rate) for day in sorted(changes))]
    principal = Decimal(1_000)
    assert interest(principal, due, paid, series) == interest(principal, due, paid, rate)


@given(
    points=st.lists(dates, min_size=3, max_size=3).map(sorted),
    series=st.dictionaries(dates, rates, max_size=5),
)
def test_parts_of_a_period_add_up(points: list[date], series: dict[date, Decimal]) -> None:
    due, between, paid = points
    rates_ = sorted({date(2019, 1, 1): Decimal("0.05"), **series}.items())
    principal = Decimal(36_500)
    parts = interest(principal, due, between, rates_) + interest(principal, between, paid, rates_)
    assert parts == interest(principal, due, paid, rates_)


@pytest.mark.parametrize(
    ("rate", "basis", "error", "message"),
    [
        ([], 365, InputError, "annual_rate: no rate is given."),
        (
            [(date(2024, 7, 1), Decimal("0.1")), (date(2024, 1, 1), Decimal("0.1"))],
            365,
            InputError,
            "annual_rate: the rate of 2024-01-01 comes after 2024-07-01; list every day once, oldest first.",
        ),
        (
            [(date(2024, 1, 1), Decimal("0.1")), (date(2024, 1, 1), Decimal("0.2"))],
            365,
            InputError,
            "annual_rate: the rate of 2024-01-01 stands twice; list every day once, oldest first.",
        ),
        (
            [(date(2024, 7, 1), Decimal("0.1"))],
            365,
            InputError,
            "annual_rate: interest runs from the day after 2024-04-01, but the first rate is of 2024-07-01.",
        ),
        (Decimal("12.25"), 365, OutOfRangeError, "annual_rate: 12.25 is not between 0 and 1."),
        (Decimal("-0.01"), 365, OutOfRangeError, "annual_rate: -0.01 is not between 0 and 1."),
        (
            [(date(2024, 1, 1), Decimal(11))],
            365,
            OutOfRangeError,
            "annual_rate: 11 of 2024-01-01 is not between 0 and 1.",
        ),
        (
            Decimal("0.1"),
            364,
            OutOfRangeError,
            "basis: 364 is no number of days of a year; 360, 365, 366 are allowed.",
        ),
    ],
)
def test_rates_that_cannot_be_right_are_named(
    rate: Decimal | list[tuple[date, Decimal]], basis: int, error: type[InputError], message: str
) -> None:
    with pytest.raises(error) as caught:
        interest(Decimal(1), DUE, date(2024, 12, 31), rate, basis=basis)
    assert type(caught.value) is error
    assert caught.value.message == message
