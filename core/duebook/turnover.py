"""Turnover of receivables (应收账款周转): days of sales outstanding, times a period, and collection."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from duebook.errors import InputError, NoAnswerError, NothingToDivideError, OutOfRangeError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date


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


def dso_weighted(
    balances: Sequence[Decimal], monthly_sales: Sequence[Decimal], month_days: Sequence[int]
) -> Decimal:
    """Return sales-weighted days sales outstanding: what is open of each month's sales, in days of it.

    The sum of open amount / sales x days, month by month: a month of strong sales does not make old debt look
    young, as it does in :func:`dso`.

    Args:
        balances: What is open of each month's documents, newest first; 0 where all is paid.
        monthly_sales: Credit sales less credit notes of each of these months.
        month_days: Days of each; 30 in textbooks.

    Returns:
        Days, unrounded.

    Raises:
        InputError: The columns differ in length.
        OutOfRangeError: A month has no day.
        NothingToDivideError: Something is open of a month without sales, or there is no month.
        NoAnswerError: Something is open of a month with more credit notes than sales.
    """
    if not len(balances) == len(monthly_sales) == len(month_days):
        raise InputError(
            f"balance, monthly_sales, month_days: {len(balances)}, {len(monthly_sales)} and "
            f"{len(month_days)} values; all need equally many."
        )
    if not balances:
        raise NothingToDivideError("monthly_sales: none given, so there is nothing to divide by.")
    total = Decimal(0)
    for month, (left, sold, days) in enumerate(
        zip(balances, monthly_sales, month_days, strict=True), start=1
    ):
        if days <= 0:
            raise OutOfRangeError(f"month_days: month {month} has {days} days; 1 or more is allowed.")
        if left:
            total += left * days / _positive(sold, f"monthly_sales of month {month}")
    return total


def dso_true(
    document_dates: Sequence[date], balances: Sequence[Decimal], sales: Sequence[Decimal], as_of: date
) -> Decimal:
    """Return true days sales outstanding: the age of what is open, weighted by the sales of its own month.

    The sum of days from document to the day x open amount / net sales of the document's month. Source: Oracle
    Receivables, True DSO. Its text speaks of open documents and its program counted all (My Oracle Support
    4502155): here what is open counts, and what is settled has nothing open.

    Args:
        document_dates: The date on each document; one dated after the day is not there yet and left out.
        balances: What is open of each at the end of the day; credits count negative.
        sales: Credit sales less credit notes of the month of each document.
        as_of: The day.

    Returns:
        Days, unrounded; 0 when nothing is open.

    Raises:
        InputError: The columns differ in length.
        NothingToDivideError: Something is open of a month without sales.
        NoAnswerError: No document is given, or one is open of a month with more credit notes than sales.
    """
    if not document_dates:
        raise NoAnswerError("document_date: none given; one or more are needed.")
    if not len(document_dates) == len(balances) == len(sales):
        raise InputError(
            f"document_date, balance, sales: {len(document_dates)}, {len(balances)} and {len(sales)} values; "
            "all need equally many."
        )
    total = Decimal(0)
    for dated, left, sold in zip(document_dates, balances, sales, strict=True):
        if left and dated <= as_of:
            total += (as_of - dated).days * left / _positive(sold, f"sales of {dated:%Y-%m}")
    return total


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
