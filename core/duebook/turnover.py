"""Turnover of receivables (应收账款周转): days of sales outstanding, times a period, and collection."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from duebook.errors import InputError, NoAnswerError, NothingToDivideError, OutOfRangeError

if TYPE_CHECKING:
    from collections.abc import Sequence


def dso(receivables: Decimal, sales: Decimal, days: int) -> Decimal:
    """Return days sales outstanding (应收账款周转天数): receivables / credit sales x days of the period.

    Source: JD Edwards EnterpriseOne Accounts Receivable guide.

    Args:
        receivables: Open at the end of the period; negative gives negative days.
        sales: Credit sales of the period, less credit notes.
        days: Days of the period.

    Returns:
        Days, unrounded.

    Raises:
        NothingToDivideError: There were no sales.
        NoAnswerError: Credit notes exceed sales.
        OutOfRangeError: The period has no day.
    """
    if days <= 0:
        raise OutOfRangeError(f"days: {days} is no length of a period; 1 or more is allowed.")
    return receivables * days / _positive(sales, "sales")


def dso_countback(
    receivables: Decimal, monthly_sales: Sequence[Decimal], month_days: Sequence[int]
) -> Decimal:
    """Return days sales outstanding by counting back over months of sales until receivables are used up.

    Each month's sales are taken off receivables, newest first. A month used up counts all its days, the last
    one the share that was needed (exhaustion method, 倒推法). Source: Oracle Hyperion Financial Management,
    Administrator's Guide, function DSO; its printed example is wrong by its last month, as the tests show.

    Args:
        receivables: Open at the end of the newest month.
        monthly_sales: Credit sales less credit notes of each month, newest first.
        month_days: Days of each of these months.

    Returns:
        Days, unrounded; 0 when nothing is open.

    Raises:
        InputError: Months and their days differ in number.
        OutOfRangeError: A month has no day.
        NoAnswerError: Receivables are negative, a month that is needed had no sales or more credit notes than
            sales, or the history ends before receivables are used up.
    """
    if len(monthly_sales) != len(month_days):
        raise InputError(
            f"month_days: {len(month_days)} values for {len(monthly_sales)} months of sales; "
            "both need equally many."
        )
    if receivables < 0:
        raise NoAnswerError(f"receivables: {receivables} are negative, so no month's sales are outstanding.")
    left, total = receivables, Decimal(0)
    for month, (sold, days) in enumerate(zip(monthly_sales, month_days, strict=True), start=1):
        if days <= 0:
            raise OutOfRangeError(f"month_days: month {month} has {days} days; 1 or more is allowed.")
        if left == 0:
            return total
        if sold <= 0:
            raise NoAnswerError(
                f"monthly_sales: month {month} has {sold}; counting back needs sales in every month."
            )
        taken = min(left, sold)
        left -= taken
        total += days * taken / sold
    if left > 0:
        raise NoAnswerError(
            f"monthly_sales: after {len(monthly_sales)} months {left} of the receivables is left; "
            "give more months."
        )
    return total


def dso_best(current_receivables: Decimal, sales: Decimal, days: int) -> Decimal:
    """Return the best possible days sales outstanding: those if everybody had paid when due.

    Args:
        current_receivables: Open and not yet due at the end of the period.
        sales: Credit sales of the period, less credit notes.
        days: Days of the period.

    Returns:
        Days, unrounded.

    Raises:
        NothingToDivideError: There were no sales.
        NoAnswerError: Credit notes exceed sales.
        OutOfRangeError: The period has no day.
    """
    return dso(current_receivables, sales, days)


def dso_delay(receivables: Decimal, current_receivables: Decimal, sales: Decimal, days: int) -> Decimal:
    """Return the average days delinquent (平均拖欠天数): days sales outstanding less the best possible.

    Args:
        receivables: Open at the end of the period.
        current_receivables: The part of it that is not yet due.
        sales: Credit sales of the period, less credit notes.
        days: Days of the period.

    Returns:
        Days, unrounded.

    Raises:
        NothingToDivideError: There were no sales.
        NoAnswerError: Credit notes exceed sales.
        OutOfRangeError: The period has no day.
    """
    return dso(receivables - current_receivables, sales, days)


def turnover(sales: Decimal, opening: Decimal, closing: Decimal) -> Decimal:
    """Return how many times a period receivables turned over (应收账款周转率): sales / mean receivables.

    Args:
        sales: Credit sales of the period, less credit notes.
        opening: Receivables at its beginning.
        closing: Receivables at its end.

    Returns:
        Times a period, unrounded.

    Raises:
        NothingToDivideError: The mean of the receivables is nothing.
        NoAnswerError: It is negative.
    """
    return sales / _positive((opening + closing) / 2, "mean of opening and closing")


def cei(
    opening: Decimal, sales: Decimal, closing: Decimal, closing_current: Decimal, *, months: int = 1
) -> Decimal:
    """Return the collection effectiveness index (催收有效性指数): what was collected of what could be.

    (opening + sales / months - closing) / (opening + sales / months - closing not yet due) x 100.

    Args:
        opening: Receivables at the beginning of the period.
        sales: Credit sales of the period, less credit notes.
        closing: Receivables at its end.
        closing_current: The part of the closing receivables that is not yet due.
        months: Months of the period.

    Returns:
        Per cent, unrounded; 100 when everything due was collected.

    Raises:
        NothingToDivideError: There was nothing to collect.
        NoAnswerError: What there was to collect is negative.
        OutOfRangeError: The period has no month.
    """
    if months <= 0:
        raise OutOfRangeError(f"months: {months} is no length of a period; 1 or more is allowed.")
    gross = opening + sales / months
    collectable = _positive(gross - closing_current, "opening + sales - closing_current")
    return (gross - closing) * 100 / collectable


def _positive(divisor: Decimal, name: str) -> Decimal:
    if divisor == 0:
        raise NothingToDivideError(f"{name}: 0, so there is nothing to divide by.")
    if divisor < 0:
        raise NoAnswerError(f"{name}: {divisor} is negative, so the figure would say nothing.")
    return divisor
