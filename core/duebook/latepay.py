"""Late-payment interest by law, and on a debt that is paid in parts (逾期利息).

The law's rate is a reference rate, which changes, and a margin. Duebook ships no rates: they are a dated
series that the user keeps, oldest first, as fractions. What differs is the day the reference is taken, and
which day's rate counts:

========= =========================================== ==================================================
regime    reference                                   rate
========= =========================================== ==================================================
EU        in force on 1 January and 1 July            of the half-year each day falls in (2011/7/EU)
UK        in force on 31 December and 30 June         of the half-year in which interest begins to run
                                                      (Late Payment of Commercial Debts Act 1998)
IE        as EU                                       the one of the day of payment
CN        1-year LPR (before 2019-08-20: benchmark)   at the breach, times 1.3 to 1.5 (judicial
                                                      interpretation on sales contracts, 2020, article 18)
========= =========================================== ==================================================

A rate that the contract agrees goes before the law's: :func:`duebook.interest.interest` takes it as it is.
In China, for payments to small and medium firms (Order 802, in force since 2025-06-01, article 17), it is at
least the 1-year LPR of the day the contract was signed, and without agreement 0.05% a day, which needs no
reference: :func:`sme_rate`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum, StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, Final, TypeAlias

from duebook.errors import InputError, OutOfRangeError
from duebook.interest import Rounding, interest

if TYPE_CHECKING:
    from collections.abc import Sequence

Rate: TypeAlias = "Decimal | Sequence[tuple[date, Decimal]]"
"""A rate of a year as a fraction, or rates with the day each is in force from, oldest first."""
_NOTHING: Final = Decimal(0)
_JULY: Final = 7
LPR_SINCE: Final = date(2019, 8, 20)
SME_DAY_RATE: Final = Decimal("0.0005")
LOWEST_MULTIPLE: Final = Decimal("1.3")
HIGHEST_MULTIPLE: Final = Decimal("1.5")


class Fixing(StrEnum):
    """Which day's rate counts."""

    EACH_DAY = "each day"
    START = "start"
    PAYMENT = "payment"


@dataclass(frozen=True)
class Regime:
    """A law on late payment that adds a margin to a reference rate fixed for half a year.

    Attributes:
        margin: What is added to the reference, a fraction: at least .08; Germany .09, France .10.
        fixing: Which day's rate counts.
        before: Whether the reference is that of the day before the half-year, as in the United Kingdom.
        fees: The fixed compensation for recovery costs: from which debt on, and how much.
    """

    margin: Decimal
    fixing: Fixing
    before: bool
    fees: tuple[tuple[Decimal, Decimal], ...]


EU: Final = Regime(Decimal("0.08"), Fixing.EACH_DAY, before=False, fees=((_NOTHING, Decimal(40)),))
IRELAND: Final = Regime(Decimal("0.08"), Fixing.PAYMENT, before=False, fees=EU.fees)
UK: Final = Regime(
    Decimal("0.08"),
    Fixing.START,
    before=True,
    fees=((_NOTHING, Decimal(40)), (Decimal(1000), Decimal(70)), (Decimal(10_000), Decimal(100))),
)
"""Late Payment of Commercial Debts (Interest) Act 1998: 40, 70 or 100 pounds."""


def statutory_rate(
    regime: Regime, reference: Rate, due: date, paid: date
) -> tuple[tuple[date, Decimal], ...]:
    """Return the rates of a regime from the first late day to the day of payment.

    Args:
        regime: The law.
        reference: The reference rate as a fraction, or the dated series of it, oldest first.
        due: The due date.
        paid: The day of payment, or the day to reckon to.

    Returns:
        Rates with the day each is in force from, as :func:`duebook.interest.interest` takes them.

    Raises:
        InputError: The series is empty, out of order, or starts after a day that it is needed for.
        OutOfRangeError: A rate of it is not between -1 and 1, or the margin not between 0 and 1.
    """
    if not 0 <= regime.margin <= 1:
        raise OutOfRangeError(
            f"margin: {regime.margin} is not between 0 and 1.", hint="Write 0.08 for 8 percentage points."
        )
    start = _breach(due)
    if regime.fixing is Fixing.EACH_DAY and paid > start:
        halves = [_half_year(number) for number in range(_number(start), _number(paid) + 1)]
        return tuple((half, regime.margin + _fixed(regime, reference, half)) for half in halves)
    half = _half_year(_number(paid if regime.fixing is Fixing.PAYMENT and paid > start else start))
    return ((start, regime.margin + _fixed(regime, reference, half)),)


def compensation(regime: Regime, debt: Decimal) -> Decimal:
    """Return the fixed compensation for recovery costs of one late debt.

    Args:
        regime: The law.
        debt: The debt, above 0, without interest, in the currency of the law.

    Raises:
        OutOfRangeError: There is no debt.
    """
    if debt <= 0:
        raise OutOfRangeError(f"debt: {debt} is no debt; above 0 is allowed.")
    return [fee for least, fee in regime.fees if debt >= least][-1]


def court_rate(reference: Rate, due: date, *, multiple: Decimal = HIGHEST_MULTIPLE) -> Rate:
    """Return the rate that Chinese courts add without agreement (judicial interpretation, 2020, article 18).

    A breach since 2019-08-20 bears the 1-year LPR of its day, times 1.3 to 1.5, until it is paid. One before
    bears the benchmark rate in force on each day, times the same: the series goes from one to the other.

    Args:
        reference: The benchmark rate until 2019-08-19 and the 1-year LPR since, oldest first; or one rate.
        due: The due date; the breach is the day after.
        multiple: 1.3 to 1.5.

    Returns:
        A rate, or rates with the day each is in force from.

    Raises:
        InputError: The series is empty, out of order, or starts after the breach.
        OutOfRangeError: The multiple is not between 1.3 and 1.5, or a rate not between -1 and 1.
    """
    if not LOWEST_MULTIPLE <= multiple <= HIGHEST_MULTIPLE:
        raise OutOfRangeError(
            f"multiple: {multiple} is not between {LOWEST_MULTIPLE} and {HIGHEST_MULTIPLE}."
        )
    at_breach = in_force(reference, _breach(due)) * multiple
    if isinstance(reference, Decimal) or _breach(due) >= LPR_SINCE:
        return at_breach
    return tuple((day, rate * multiple) for day, rate in reference)


def sme_rate(agreed: Decimal | None, lpr: Rate, signed: date) -> Decimal:
    """Return the annual rate for late payments to small and medium firms in China (Order 802, article 17).

    Args:
        agreed: The rate that the contract agrees, a fraction of a year; None for none.
        lpr: The 1-year LPR, or the series of it, oldest first; looked at where a rate is agreed.
        signed: When the contract was signed.

    Returns:
        The agreed rate, but at least the LPR of the day of signing; without agreement 0.05% a day, for a
        year of 365 days.

    Raises:
        InputError: The series is empty, out of order, or starts after the day of signing.
        OutOfRangeError: A rate is not between -1 and 1.
    """
    if agreed is not None:
        _check_rate(agreed, "agreed")
    return SME_DAY_RATE * 365 if agreed is None else max(agreed, in_force(lpr, signed))


def in_force(reference: Rate, day: date) -> Decimal:
    """Return the rate of a dated series that is in force on a day.

    Raises:
        InputError: The series is empty, out of order, or starts after the day.
        OutOfRangeError: A rate is not between -1 and 1; reference rates have been below 0.
    """
    if isinstance(reference, Decimal):
        _check_rate(reference, "reference")
        return reference
    for _, rate in reference:
        _check_rate(rate, "reference")
    for (earlier, _), (later, _) in pairwise(reference):
        if earlier >= later:
            what = "stands twice" if earlier == later else f"comes after {earlier}"
            raise InputError(f"reference: the rate of {later} {what}; list every day once, oldest first.")
    found = [rate for since, rate in reference if since <= day]
    if not found:
        first = f"the first is of {reference[0][0]}" if reference else "the series is empty"
        raise InputError(f"reference: no rate is in force on {day}; {first}.")
    return found[-1]


def _check_rate(rate: Decimal, name: str) -> None:
    if abs(rate) > 1:
        raise OutOfRangeError(f"{name}: {rate} is not between -1 and 1.", hint="Write 0.08 for 8%.")


def _fixed(regime: Regime, reference: Rate, half: date) -> Decimal:
    return in_force(reference, half - timedelta(1) if regime.before and half > date.min else half)


def _breach(due: date) -> date:
    return due + timedelta(1) if due < date.max else due


def _number(day: date) -> int:
    return day.year * 2 + (day.month >= _JULY)


def _half_year(number: int) -> date:
    return date(number // 2, _JULY if number % 2 else 1, 1)


class Priority(Enum):
    """What a part payment pays first."""

    INTEREST_FIRST = ("costs", "interest", "principal")
    PRINCIPAL_FIRST = ("principal", "interest", "costs")


@dataclass(frozen=True)
class Stretch:
    """A run of days on which one principal was late.

    Attributes:
        since: The first day.
        until: The last day.
        principal: What was late.
        interest: The interest of the days.
    """

    since: date
    until: date
    principal: Decimal
    interest: Decimal


@dataclass(frozen=True)
class Claim:
    """What is claimed of a debt that was paid late or in parts: principal, interest and costs apart.

    Interest stays claimed when the principal is paid.

    Attributes:
        stretches: The runs of days, oldest first; their interest adds up to all that accrued.
        principal: What is left of the principal.
        interest: What is left of the interest.
        costs: What is left of the costs.
        unapplied: What was paid beyond all of it.
    """

    stretches: tuple[Stretch, ...]
    principal: Decimal
    interest: Decimal
    costs: Decimal
    unapplied: Decimal

    @property
    def accrued(self) -> Decimal:
        """All interest, paid or not."""
        return sum((stretch.interest for stretch in self.stretches), _NOTHING)


def claim(  # noqa: PLR0913 - a debt, its payments and its terms
    principal: Decimal,
    due: date,
    as_of: date,
    annual_rate: Rate,
    *,
    payments: Sequence[tuple[date, Decimal]] = (),
    costs: Decimal = _NOTHING,
    priority: Priority = Priority.INTEREST_FIRST,
    basis: int = 365,
    rounding: Rounding = Rounding.NONE,
    minor_digits: int = 2,
    grace_days: int = 0,
) -> Claim:
    """Return what is left of a debt and its interest after part payments.

    Interest runs on what was left of the principal: up to the day of a part payment on all of it, from the
    day after on the rest. It is simple: no interest on interest or costs. A payment by the due date pays the
    principal first, whatever the order: interest and costs of being late arise only after it.

    Args:
        principal: The debt, 0 or more.
        due: The due date.
        as_of: The day to reckon to; later payments are not looked at.
        annual_rate: As of :func:`duebook.interest.interest`; it may change on the way.
        payments: The day and amount of each payment, in any order; one by the due date bears no interest.
        costs: Fees and costs that are claimed beside it, such as :func:`compensation`.
        priority: What a payment pays first: costs, interest, principal (China, Civil Code, article 561;
            Germany, BGB, section 367), or principal first.
        basis: The days of a year.
        rounding: As of :func:`duebook.interest.interest`, for each stretch.
        minor_digits: Decimals of the currency.
        grace_days: The first days late, which bear no interest.

    Raises:
        OutOfRangeError: The principal, a payment or the costs are negative; or as of the interest.
        InputError: As of the interest.
    """
    for name, amount in (
        ("principal", principal),
        ("costs", costs),
        *(("payments", paid) for _, paid in payments),
    ):
        if amount < 0:
            raise OutOfRangeError(f"{name}: {amount} is negative; 0 or more is allowed.")
    left = {"costs": costs, "interest": _NOTHING, "principal": principal}
    if grace_days < 0:
        raise OutOfRangeError(f"grace_days: {grace_days}; 0 or more is allowed.")
    stretches, unapplied = list[Stretch](), _NOTHING
    since = date.fromordinal(min(due.toordinal() + grace_days, date.max.toordinal()))
    for day, paid in [*sorted(payment for payment in payments if payment[0] <= as_of), (as_of, _NOTHING)]:
        if day > since and left["principal"]:
            borne = interest(
                left["principal"],
                since,
                day,
                annual_rate,
                basis=basis,
                rounding=rounding,
                minor_digits=minor_digits,
            )
            stretches.append(Stretch(since + timedelta(1), day, left["principal"], borne))
            left["interest"] += borne
        since, unapplied = max(since, day), unapplied + paid
        for part in (priority if day > due else Priority.PRINCIPAL_FIRST).value:
            used = min(left[part], unapplied)
            left[part] -= used
            unapplied -= used
    return Claim(tuple(stretches), left["principal"], left["interest"], left["costs"], unapplied)
