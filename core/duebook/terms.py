"""What payment terms cost: the price of not taking a discount for early payment (现金折扣成本)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from duebook.errors import NoAnswerError, NothingToDivideError, OutOfRangeError
from duebook.interest import BASES

if TYPE_CHECKING:
    from duebook.calendar import Terms


def discount_cost(terms: Terms, *, basis: int = 365, compound: bool = False) -> Decimal:
    """Return the annual cost of not taking the discount of payment terms.

    Who lets the discount go borrows the discounted price for the days between the end of the discount and the
    due date: d / (100 - d) x basis / days, with the discount d in per cent. ``2/10 Net 30`` costs 37.24% a
    year of 365 days, 36.73% of 360, and 44.59% when compounded.

    Args:
        terms: Payment terms with a discount, as of :func:`duebook.calendar.parse_terms`.
        basis: The days of a year: 365, 366 or 360.
        compound: Whether the discounts that are let go are compounded over the year.

    Returns:
        A fraction of a year, .3724 for 37.24%, unrounded.

    Raises:
        NoAnswerError: The terms give no discount.
        NothingToDivideError: The discount ends when payment is due, so nothing is borrowed.
        OutOfRangeError: The basis is none of the three.
    """
    if basis not in BASES:
        raise OutOfRangeError(
            f"basis: {basis} is no number of days of a year; {', '.join(map(str, BASES))} are allowed."
        )
    if terms.discount_percent == 0:
        raise NoAnswerError("terms: they give no discount.", hint="Write, for example, 2/10 Net 30.")
    days = terms.days - terms.discount_days
    if days == 0:
        raise NothingToDivideError(
            f"terms: the discount ends when payment is due, after {terms.days} days, so waiting gains no day."
        )
    once = terms.discount_percent / (100 - terms.discount_percent)
    periods = Decimal(basis) / days
    return (1 + once) ** periods - 1 if compound else once * periods
