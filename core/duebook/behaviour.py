"""Payment behaviour (付款行为): how many days late, on what terms, and an index of it.

Every mean is weighted by amount, and payments before the due date count negative: a floor at nothing would
let early payment of one invoice hide in the mean of the others.
"""

from __future__ import annotations

from bisect import bisect_left
from decimal import Decimal
from operator import attrgetter
from typing import TYPE_CHECKING

from duebook.errors import InputError, NothingToDivideError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from duebook.policy import Anchor


def average_days_late(
    dues: Sequence[date | None], paids: Sequence[date | None], amounts: Sequence[Decimal]
) -> Decimal:
    """Return the amount-weighted mean of days late (加权平均逾期天数): sum of paid x days late / sum of paid.

    The weight is the amount that was paid. Oracle's text says the amount due remaining, which is nothing for
    all that was paid.

    Args:
        dues: The due date of each payment; a row without one is left out.
        paids: The day of each payment; a row without one is not paid yet and left out.
        amounts: What was paid.

    Returns:
        Days, negative for early, unrounded.

    Raises:
        InputError: The columns differ in length.
        NothingToDivideError: No row is left, or their amounts add up to nothing.
    """
    return _mean_days(dues, paids, amounts, ("due_date", "paid_date"))


def average_terms(
    document_dates: Sequence[date | None], dues: Sequence[date | None], amounts: Sequence[Decimal]
) -> Decimal:
    """Return the amount-weighted mean of the days from document to due date.

    Args:
        document_dates: The date on each document; a row without one is left out.
        dues: Its due date; a row without one is left out.
        amounts: The weights.

    Returns:
        Days, unrounded.

    Raises:
        InputError: The columns differ in length.
        NothingToDivideError: No row is left, or their amounts add up to nothing.
    """
    return _mean_days(document_dates, dues, amounts, ("document_date", "due_date"))


def average_days_paid(
    document_dates: Sequence[date | None], paids: Sequence[date | None], amounts: Sequence[Decimal]
) -> Decimal:
    """Return the amount-weighted mean of the days from document to payment.

    Over the same rows it is :func:`average_terms` plus :func:`average_days_late`: 25 days of terms and 5 late
    are 30 days paid (Oracle Receivables).

    Args:
        document_dates: The date on each document; a row without one is left out.
        paids: The day of each payment; a row without one is not paid yet and left out.
        amounts: What was paid.

    Returns:
        Days, unrounded.

    Raises:
        InputError: The columns differ in length.
        NothingToDivideError: No row is left, or their amounts add up to nothing.
    """
    return _mean_days(document_dates, paids, amounts, ("document_date", "paid_date"))


def pay_index(days_late: Decimal | int, anchors: Sequence[Anchor]) -> Decimal:
    """Return the payment index, 0 to 100, of average days late: higher is more punctual.

    Linear between the anchors of the policy, and the first or last anchor's points beyond them.

    Args:
        days_late: Average days late, negative for early.
        anchors: Points and the days they stand for, best first, as in a policy's ``pay_index.anchors``.

    Returns:
        Points, unrounded.

    Raises:
        InputError: The days late are no finite number.
    """
    days = Decimal(days_late)
    if not days.is_finite():
        raise InputError(f"days_late: {days_late} is no finite number.")
    place = bisect_left(anchors, days, key=attrgetter("days_late"))
    if place == 0 or place == len(anchors):
        return Decimal(anchors[min(place, len(anchors) - 1)].points)
    better, worse = anchors[place - 1], anchors[place]
    span = worse.days_late - better.days_late
    return worse.points + (better.points - worse.points) * (worse.days_late - days) / span


def _mean_days(
    starts: Sequence[date | None],
    ends: Sequence[date | None],
    amounts: Sequence[Decimal],
    names: tuple[str, str],
) -> Decimal:
    if not len(starts) == len(ends) == len(amounts):
        raise InputError(
            f"{names[0]}, {names[1]}, amount: {len(starts)}, {len(ends)} and {len(amounts)} values; "
            "all need equally many."
        )
    rows = [
        ((end - start).days, amount)
        for start, end, amount in zip(starts, ends, amounts, strict=True)
        if start is not None and end is not None
    ]
    weight = sum((amount for _, amount in rows), Decimal(0))
    if weight == 0:
        raise NothingToDivideError(
            f"amount: {len(rows)} of {len(starts)} rows have both {names[0]} and {names[1]}, "
            "and their amounts add up to 0."
        )
    return sum((days * amount for days, amount in rows), Decimal(0)) / weight
