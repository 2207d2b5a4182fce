"""Days late, days of terms and the payment index, against published figures."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duebook.behaviour import average_days_late, average_days_paid, average_terms, pay_index
from duebook.errors import InputError, NothingToDivideError
from duebook.policy import default_policy

ANCHORS = default_policy().pay_index.anchors
DAY = date(2024, 6, 1)
offsets = st.integers(-200, 200).map(lambda days: DAY + timedelta(days))
rows = st.lists(
    st.tuples(offsets, offsets, offsets, st.decimals(Decimal("0.01"), 10**6, places=2)),
    min_size=1,
    max_size=12,
)


def test_days_late_are_weighted_by_amount_and_early_is_negative() -> None:
    dues = [DAY, DAY, DAY]
    paids = [DAY + timedelta(10), DAY - timedelta(5), DAY]
    assert average_days_late(dues, paids, [Decimal(100), Decimal(300), Decimal(100)]) == -1


def test_days_paid_are_terms_and_days_late() -> None:
    """Oracle Receivables: weighted average terms of 25 days and 5 days late are 30 days paid."""
    amounts = [Decimal(100), Decimal(100)]
    dues = [DAY + timedelta(20), DAY + timedelta(30)]
    paids = [DAY + timedelta(28), DAY + timedelta(32)]
    assert average_terms([DAY] * 2, dues, amounts) == 25
    assert average_days_late(dues, paids, amounts) == 5
    assert average_days_paid([DAY] * 2, paids, amounts) == 30


@given(rows=rows, factor=st.integers(1, 1000))
def test_means_scale_lie_between_and_add_up(
    rows: list[tuple[date, date, date, Decimal]], factor: int
) -> None:
    documents, dues, paids = ([row[position] for row in rows] for position in range(3))
    amounts = [row[3] for row in rows]
    late = average_days_late(dues, paids, amounts)
    single = [(paid - due).days for due, paid in zip(dues, paids, strict=True)]
    assert min(single) <= late <= max(single)
    assert average_days_late(dues, paids, [amount * factor for amount in amounts]) == pytest.approx(late)
    total = average_terms(documents, dues, amounts) + late
    assert average_days_paid(documents, paids, amounts) == pytest.approx(total, abs=Decimal("1e-20"))


def test_what_is_not_paid_or_has_no_due_date_is_left_out() -> None:
    dues = [DAY, None, DAY]
    paids = [DAY + timedelta(7), DAY + timedelta(90), None]
    assert average_days_late(dues, paids, [Decimal(1), Decimal(50), Decimal(50)]) == 7


def test_nothing_paid_has_no_mean() -> None:
    with pytest.raises(NothingToDivideError) as caught:
        average_days_late([DAY, DAY], [None, DAY], [Decimal(5), Decimal(0)])
    assert caught.value.message == (
        "amount: 1 of 2 rows have both due_date and paid_date, and their amounts add up to 0."
    )
    with pytest.raises(NothingToDivideError):
        average_terms([], [], [])


def test_columns_of_unequal_length_are_refused() -> None:
    with pytest.raises(InputError, match=r"^due_date, paid_date, amount: 1, 2 and 0 values; "):
        average_days_late([DAY], [DAY, DAY], [])


@pytest.mark.parametrize(
    ("points", "days"),
    [(100, -30), (90, -20), (80, 0), (70, 15), (60, 22), (50, 30), (40, 60), (30, 90), (20, 120)],
)
def test_the_index_goes_through_the_documented_anchors(points: int, days: int) -> None:
    """Dun & Bradstreet's documentation of its own score."""
    assert pay_index(days, ANCHORS) == points


@pytest.mark.parametrize(
    ("points", "days"), [(89, -18), (85, -10), (59, 23), (55, 26), (49, 33), (45, 45), (44, 48)]
)
def test_straight_lines_meet_a_published_chart_to_the_point(points: int, days: int) -> None:
    """The chart of points on dandb.com, a second source: every value agrees once rounded to a whole point."""
    assert round(pay_index(days, ANCHORS)) == points


@pytest.mark.parametrize(("points", "days"), [(70, 14), (60, 21)])
def test_other_charts_differ_by_a_day(points: int, days: int) -> None:
    """Others print 14 and 21 days for 70 and 60 points, the anchors 15 and 22: 0.67 and 1.43 more here."""
    assert 0 < pay_index(days, ANCHORS) - points < Decimal("1.5")


def test_the_index_ends_at_100_and_at_0() -> None:
    assert pay_index(-1000, ANCHORS) == 100
    assert pay_index(150, ANCHORS) == 10
    assert pay_index(180, ANCHORS) == 0
    assert pay_index(100_000, ANCHORS) == 0


@given(days=st.decimals(-100, 300, places=3), later=st.decimals(0, 50, places=3))
def test_later_never_scores_higher(days: Decimal, later: Decimal) -> None:
    assert 0 <= pay_index(days + later, ANCHORS) <= pay_index(days, ANCHORS) <= 100


@pytest.mark.parametrize("days", ["NaN", "Infinity", "-Infinity"])
def test_no_number_has_no_index(days: str) -> None:
    with pytest.raises(InputError, match=r"^days_late: .* is no finite number\.$"):
        pay_index(Decimal(days), ANCHORS)
