"""Days of sales outstanding, turnover and collection, against published figures."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duebook.errors import InputError, NoAnswerError, NothingToDivideError, OutOfRangeError
from duebook.turnover import (
    cei,
    dso,
    dso_best,
    dso_countback,
    dso_delay,
    dso_true,
    dso_weighted,
    turnover,
)

money = st.decimals(Decimal("0.01"), Decimal(10**9), places=2)
months = st.lists(st.tuples(money, st.integers(28, 31)), min_size=1, max_size=12)


def two(value: Decimal) -> Decimal:
    return round(value, 2)


def test_days_of_sales_outstanding() -> None:
    """JD Edwards EnterpriseOne: 10,869 x 90 / (5,538 + 4,566 + 7,570) = 55.35."""
    assert two(dso(Decimal(10_869), Decimal(5_538 + 4_566 + 7_570), 90)) == Decimal("55.35")


def test_days_of_a_month_and_days_of_delay() -> None:
    """Motley Fool: 18,000 / 20,000 x 30 = 27; with 7 days outstanding of which 3 at best, the delay is 4."""
    assert dso(Decimal(18_000), Decimal(20_000), 30) == 27
    assert dso_best(Decimal(2_000), Decimal(20_000), 30) == 3
    sales = Decimal(30_000)
    assert dso_delay(Decimal(7_000), Decimal(3_000), sales, 30) == 4


def test_counting_back() -> None:
    """BenjiPays' inputs, with months of 30 days: 212,000 over 100,000, 80,000 and 70,000."""
    sold = [Decimal(100_000), Decimal(80_000), Decimal(70_000)]
    assert two(dso_countback(Decimal(212_000), sold, [30] * 3)) == Decimal("73.71")


def test_the_example_that_oracle_prints_is_wrong() -> None:
    """Oracle Hyperion Financial Management, Administrator's Guide, table of the DSO function's example.

    It prints 2000/2250, 26.7 days and a total of 179.7 for April, but after the five months above it only
    1,000 of the 12,000 is left.
    """
    sold = [Decimal(value) for value in (2_500, 1_750, 2_250, 2_500, 2_000, 2_250)]
    days = [30, 31, 31, 30, 31, 30]  # September back to April
    found = two(dso_countback(Decimal(12_000), sold, days))
    assert found == Decimal("166.33")
    assert found != Decimal("179.7")


def test_turnover() -> None:
    """gaodun: 6,205,000 / 335,000 = 18.52 times, 19.71 days; a Q&A site: 35,657 / 3,955 = 9.02 times."""
    sales, receivables = Decimal(6_205_000), Decimal(335_000)
    assert two(turnover(sales, receivables, receivables)) == Decimal("18.52")
    assert two(dso(receivables, sales, 365)) == Decimal("19.71")
    assert two(turnover(Decimal(35_657), Decimal(3_955), Decimal(3_955))) == Decimal("9.02")
    assert turnover(Decimal(600), Decimal(100), Decimal(200)) == 4


def test_collection_effectiveness() -> None:
    """Gaviti: opening 100,000, sales 1,000,000, closing 120,000 of which 100,000 is current: 98%."""
    found = cei(Decimal(100_000), Decimal(1_000_000), Decimal(120_000), Decimal(100_000))
    assert found == 98
    spread = cei(Decimal(100_000), Decimal(12_000_000), Decimal(120_000), Decimal(100_000), months=12)
    assert spread == found


@given(receivables=money, sales=money, days=st.integers(1, 400), factor=st.integers(1, 1000))
def test_days_do_not_depend_on_the_unit_of_money(
    receivables: Decimal, sales: Decimal, days: int, factor: int
) -> None:
    scaled = dso(receivables * factor, sales * factor, days)
    assert scaled == pytest.approx(dso(receivables, sales, days))


@given(history=months, share=st.decimals(0, 1, places=3))
def test_counting_back_uses_up_no_more_than_it_needs(
    history: list[tuple[Decimal, int]], share: Decimal
) -> None:
    sold, days = [value for value, _ in history], [value for _, value in history]
    found = dso_countback(sum(sold) * share, sold, days)
    assert 0 <= found <= sum(days)
    assert dso_countback(Decimal(sum(sold)), sold, days) == sum(days)
    assert dso_countback(sold[0] * share, sold, days) == pytest.approx(days[0] * share)


def test_nothing_open_is_no_day_whatever_was_sold() -> None:
    assert dso_countback(Decimal(0), [], []) == 0
    assert dso_countback(Decimal(0), [Decimal(-1)], [30]) == 0
    assert dso(Decimal(0), Decimal(1), 30) == 0


def test_a_later_month_without_sales_does_not_matter_when_receivables_are_used_up() -> None:
    assert dso_countback(Decimal(5), [Decimal(10), Decimal(0)], [30, 31]) == 15
    assert dso_countback(Decimal(10), [Decimal(10), Decimal(0)], [30, 31]) == 30


@pytest.mark.parametrize(
    ("receivables", "sold", "message"),
    [
        (15, [10, 0, 20], "monthly_sales: month 2 has 0; counting back needs sales in every month."),
        (15, [10, -3, 20], "monthly_sales: month 2 has -3; counting back needs sales in every month."),
        (35, [10, 20], "monthly_sales: after 2 months 5 of the receivables is left; give more months."),
        (-1, [10], "receivables: -1 are negative, so no month's sales are outstanding."),
    ],
)
def test_counting_back_without_sales_has_no_answer(receivables: int, sold: list[int], message: str) -> None:
    with pytest.raises(NoAnswerError) as caught:
        dso_countback(Decimal(receivables), [Decimal(value) for value in sold], [30] * len(sold))
    assert caught.value.message == message


def test_a_period_without_sales_has_nothing_to_divide_by() -> None:
    with pytest.raises(NothingToDivideError, match=r"^sales: 0, so there is nothing to divide by\.$"):
        dso(Decimal(1), Decimal(0), 30)
    with pytest.raises(NothingToDivideError, match=r"^mean of opening and closing: 0"):
        turnover(Decimal(1), Decimal(5), Decimal(-5))
    with pytest.raises(NothingToDivideError, match=r"^opening \+ sales - closing_current: 0, so there"):
        cei(Decimal(0), Decimal(10), Decimal(10), Decimal(10))


def test_more_credit_notes_than_sales_say_nothing() -> None:
    with pytest.raises(NoAnswerError, match=r"^sales: -5 is negative") as caught:
        dso_delay(Decimal(1), Decimal(1), Decimal(-5), 30)
    assert not isinstance(caught.value, NothingToDivideError)


def test_a_period_without_length_is_refused() -> None:
    with pytest.raises(OutOfRangeError, match=r"^days: 0 is no length of a period; 1 or more is allowed\.$"):
        dso(Decimal(1), Decimal(1), 0)
    with pytest.raises(OutOfRangeError, match=r"^months: -1 is no length"):
        cei(Decimal(1), Decimal(1), Decimal(1), Decimal(1), months=-1)
    with pytest.raises(OutOfRangeError, match=r"^month_days: month 1 has 0 days"):
        dso_countback(Decimal(1), [Decimal(1)], [0])
    with pytest.raises(InputError, match=r"^month_days: 1 values for 2 months of sales"):
        dso_countback(Decimal(1), [Decimal(1)] * 2, [30])


END = date(2026, 3, 31)


def test_what_is_open_of_each_month_in_days_of_that_month() -> None:
    """By hand: 50 of 100 are 15 days of 30, 20 of 80 are 7.5, 10 of 40 are 7.5; together 30."""
    open_now, sold = [Decimal(50), Decimal(20), Decimal(10)], [Decimal(100), Decimal(80), Decimal(40)]
    assert dso_weighted(open_now, sold, [30] * 3) == 30
    assert dso_weighted([*open_now, Decimal(0)], [*sold, Decimal(0)], [30] * 4) == 30


@given(money, st.lists(st.integers(28, 31), min_size=1, max_size=6))
def test_months_of_even_sales_that_are_all_open_are_their_days(sold: Decimal, days: list[int]) -> None:
    open_now = [sold] * len(days)
    assert dso_weighted(open_now, open_now, days) == sum(days)
    assert dso_countback(sum(open_now), open_now, days) == sum(days)


def test_the_age_of_what_is_open_by_the_sales_of_its_month() -> None:
    """By hand: 28 days of 1,000 / 4,000 and 13 of 500 / 6,500 are 7 + 1; what is settled adds nothing."""
    dates = [date(2026, 1, 31), date(2026, 2, 15), date(2026, 2, 1), date(2026, 3, 1)]
    balances = [Decimal(1_000), Decimal(500), Decimal(0), Decimal(900)]
    sold = [Decimal(4_000), Decimal(6_500), Decimal(0), Decimal(0)]
    assert dso_true(dates, balances, sold, date(2026, 2, 28)) == 8


@given(st.lists(st.tuples(st.integers(0, 900), money, money), min_size=1, max_size=6))
def test_true_days_are_those_of_each_document(rows: list[tuple[int, Decimal, Decimal]]) -> None:
    ages, balances, sold = zip(*rows, strict=True)
    dates = [END - timedelta(age) for age in ages]
    alone = [
        dso_true([day], [left], [sales], END) for day, left, sales in zip(dates, balances, sold, strict=True)
    ]
    assert dso_true(dates, balances, sold, END) == sum(alone)


def test_open_amounts_without_sales_have_no_days() -> None:
    with pytest.raises(
        NothingToDivideError, match="monthly_sales of month 2: 0, so there is nothing to divide"
    ):
        dso_weighted([Decimal(0), Decimal(1)], [Decimal(5), Decimal(0)], [30, 30])
    with pytest.raises(
        NothingToDivideError, match="monthly_sales: none given, so there is nothing to divide by"
    ):
        dso_weighted([], [], [])
    with pytest.raises(OutOfRangeError, match="month_days: month 1 has 0 days; 1 or more is allowed"):
        dso_weighted([Decimal(0)], [Decimal(5)], [0])
    with pytest.raises(InputError, match="balance, monthly_sales, month_days: 1, 2 and 1 values; all need"):
        dso_weighted([Decimal(0)], [Decimal(5)] * 2, [30])
    with pytest.raises(
        NoAnswerError, match="sales of 2026-03: -5 is negative, so the figure would say nothing"
    ):
        dso_true([END], [Decimal(1)], [Decimal(-5)], END)
    with pytest.raises(NoAnswerError, match="document_date: none given; one or more are needed"):
        dso_true([], [], [], END)
    with pytest.raises(
        InputError, match="document_date, balance, sales: 1, 1 and 0 values; all need equally many"
    ):
        dso_true([END], [Decimal(1)], [], END)
