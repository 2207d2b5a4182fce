"""Late-payment interest (逾期利息): simple interest for the days a payment is late.

Interest runs from the day after the due date to the day of payment, both counted: due 1 April, paid 16 May is
45 days. Where the rate changes on the way, each day bears the rate in force on it, so the first day of a new
rate is the first day at that rate. Which rate a law or a contract prescribes, and whether it may change on
the way (Ireland applies the one rate of the payment date), is for the caller to say.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from duebook.errors import InputError, OutOfRangeError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

BASES: Final = (360, 365, 366)
_LARGEST_RATE: Final = 1


class Rounding(StrEnum):
    """Where interest is rounded half up to the minor unit: nowhere, at the end, or the interest of a day."""

    NONE = "none"
    TOTAL = "total"
    DAILY = "daily"


def interest(  # noqa: PLR0913 - the arguments of the worksheet function INTEREST
    principal: Decimal,
    due: date,
    paid: date,
    annual_rate: Decimal | Sequence[tuple[date, Decimal]],
    *,
    basis: int = 365,
    rounding: Rounding = Rounding.NONE,
    minor_digits: int = 2,
) -> Decimal:
    """Return the simple interest on an amount that was paid late.

    Args:
        principal: The amount that was late, in major units; a credit, below 0, bears interest below 0, so
            that the interest of items is that of their sum.
        due: The due date.
        paid: The day of payment, or the day to reckon to.
        annual_rate: The rate of a year as a fraction, 0.1225 for 12.25%; or rates with the day each is in
            force from, oldest first.
        basis: The days of a year: 365, 366 or 360.
        rounding: Where to round. Some calculators print the interest of a day rounded and multiply that
            (``daily``): 5,000 at 12.25% for 101 days is 169.49, with the day rounded to 1.68 it is 169.68.
        minor_digits: Decimals of the currency, as of :func:`duebook.money.minor_digits`.

    Returns:
        Interest in major units, 0 when paid on the due date or before.

    Raises:
        InputError: The dated rates are empty, not in order, repeat a day, or start after the first late day.
        OutOfRangeError: The basis is none of the three, or a rate is negative or above 1 (100%).
    """
    if basis not in BASES:
        raise OutOfRangeError(
            f"basis: {basis} is no number of days of a year; {', '.join(map(str, BASES))} are allowed."
        )
    # (rate, days it was borne), one for each rate: the days after the due date and up to the day of payment.
    if isinstance(annual_rate, Decimal):
        _check_rate(annual_rate)
        borne = [(annual_rate, max(0, (paid - due).days))]
    else:
        _check(annual_rate, due, paid)
        borne = _borne(annual_rate, due, paid)
    unit = Decimal(1).scaleb(-minor_digits)
    if rounding is Rounding.DAILY:
        days = ((principal * rate / basis).quantize(unit, ROUND_HALF_UP) * count for rate, count in borne)
        return sum(days, Decimal(0))
    exact = principal * sum((rate * count for rate, count in borne), Decimal(0)) / basis
    return exact.quantize(unit, ROUND_HALF_UP) if rounding is Rounding.TOTAL else exact


def _borne(rates: Sequence[tuple[date, Decimal]], due: date, paid: date) -> list[tuple[Decimal, int]]:
    first, last = due.toordinal() + 1, paid.toordinal()
    starts = [start.toordinal() for start, _ in rates]
    ends = [*(start - 1 for start in starts[1:]), last]
    return [
        (rate, max(0, min(end, last) - max(start, first) + 1))
        for (_, rate), start, end in zip(rates, starts, ends, strict=True)
    ]


def _check(rates: Sequence[tuple[date, Decimal]], due: date, paid: date) -> None:
    if not rates:
        raise InputError(
            "annual_rate: no rate is given.", hint="Give a fraction such as 0.1225, or dates and rates."
        )
    for (earlier, _), (later, _) in pairwise(rates):
        if earlier >= later:
            what = "stands twice" if earlier == later else f"comes after {earlier}"
            raise InputError(f"annual_rate: the rate of {later} {what}; list every day once, oldest first.")
    for start, rate in rates:
        _check_rate(rate, f" of {start}")
    if paid > due and rates[0][0].toordinal() > due.toordinal() + 1:
        raise InputError(
            f"annual_rate: interest runs from the day after {due}, but the first rate is of {rates[0][0]}."
        )


def _check_rate(rate: Decimal, of: str = "") -> None:
    if not 0 <= rate <= _LARGEST_RATE:
        raise OutOfRangeError(
            f"annual_rate: {rate}{of} is not between 0 and {_LARGEST_RATE}.",
            hint="Write 0.08 for 8%.",
        )
