"""Payment plans (付款计划) for a debt, and how they stand.

A plan changes when a debt is paid, not when it was due: aging, insurance and provision go on by the original
due date. The principal of its lines is the debt exactly: amounts are rounded half up to the minor unit, and
the last line takes what rounding left.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from duebook.aging import days_late
from duebook.calendar import add_months
from duebook.errors import InputError, NoAnswerError, OutOfRangeError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

_NOTHING: Final = Decimal(0)
_MOST_INSTALMENTS: Final = 1200
_HIGHEST_RATE: Final = 1
# Enough that rounding to the minor unit never meets the end of the precision.
_DIGITS: Final = 60


class Method(StrEnum):
    """How the instalments of a plan are made."""

    LEVEL = "level"
    EQUAL_PRINCIPAL = "equal principal"


_METHODS: Final = {
    "level": Method.LEVEL,
    "annuity": Method.LEVEL,
    "等额本息": Method.LEVEL,
    "equal principal": Method.EQUAL_PRINCIPAL,
    "equal": Method.EQUAL_PRINCIPAL,
    "等额本金": Method.EQUAL_PRINCIPAL,
}


_SHARES: Final = re.compile(r"\d{1,3}(\.\d+)?%?(\s*[-/:,]\s*\d{1,3}(\.\d+)?%?)+", re.ASCII)
_TENTHS: Final = re.compile("[一二三四五六七八九]{2,}")
_TENTH: Final = {digit: number for number, digit in enumerate("一二三四五六七八九", start=1)}
# What shares may be off by in all: three cells of =1/3 are 0.9999999999999999.
_LOST_IN_CELLS: Final = Decimal("1e-9")


def parse_method(
    given: str | Sequence[str | Decimal], *, name: str = "method"
) -> Method | tuple[Decimal, ...]:
    """Read how a plan is made: ``level``, ``equal principal``, or shares of each stage such as ``30/50/20``.

    Shares may be parted by ``/``, ``-``, ``:`` or a comma, with or without ``%``; they may also be tenths,
    such as ``3-3-4`` or ``三三四``, or fractions, such as ``0.3/0.5/0.2``. What fractions of a third lose in
    cells the last share takes.

    Args:
        given: The text; or its parts, one a stage, as the cells of a range have them.
        name: The argument that it is, for messages.

    Returns:
        The method, or the shares as fractions.

    Raises:
        InputError: It is none of these, or the shares are not 100 together.
    """
    text = given if isinstance(given, str) else "/".join(map(_part, given))
    plain = unicodedata.normalize("NFKC", text).casefold().strip()
    word = re.sub(r"[\s_-]+", " ", plain)
    if word in _METHODS:
        return _METHODS[word]
    if _TENTHS.fullmatch(plain):
        return _shares([Decimal(_TENTH[digit]) for digit in plain], 10, name)
    if _SHARES.fullmatch(plain):
        parts = [Decimal(part) for part in re.findall(r"[\d.]+", plain)]
        whole = 100
        if "%" not in plain:
            whole = 1 if max(parts) < 1 else 10 if sum(parts) == 10 else 100  # noqa: PLR2004 - tenths
        return _shares(parts, whole, name)
    raise InputError(
        f"{name}: {text!r} is not allowed; level and equal principal are, and shares such as 30/50/20."
    )


def _shares(parts: Sequence[Decimal], whole: int, name: str) -> tuple[Decimal, ...]:
    shares = [part / whole for part in parts]
    if abs(1 - sum(shares, _NOTHING)) <= _LOST_IN_CELLS:
        shares[-1] = 1 - sum(shares[:-1], _NOTHING)
    _check_shares(shares, name)
    return tuple(shares)


def _part(given: str | Decimal) -> str:
    return given if isinstance(given, str) else f"{given:f}"


def _check_shares(shares: Sequence[Decimal], name: str) -> None:
    total = sum(shares, _NOTHING)
    if total != 1 or any(share <= 0 for share in shares):
        shown = "/".join(map(_percent, shares))
        raise InputError(
            f"{name}: {shown} add up to {_percent(total)}%; each is to be above 0 and all together 100%."
        )


def _percent(share: Decimal) -> str:
    return f"{(share * 100).normalize():f}"


@dataclass(frozen=True)
class Instalment:
    """A line of a plan.

    Attributes:
        number: Counted from 1.
        due: When it is to be paid.
        payment: Interest and principal.
        interest: The interest of the month before it.
        principal: What it takes off the debt.
        balance: What is left of the debt after it.
    """

    number: int
    due: date
    payment: Decimal
    interest: Decimal
    principal: Decimal
    balance: Decimal


def monthly(  # noqa: PLR0913 - the arguments of the worksheet function PLAN
    amount: Decimal,
    instalments: int,
    first_date: date,
    *,
    annual_rate: Decimal = _NOTHING,
    method: Method = Method.LEVEL,
    minor_digits: int = 2,
) -> tuple[Instalment, ...]:
    """Return a plan of monthly instalments.

    Level payments are P r / (1 - (1 + r)^-n) each (等额本息), with r the rate of a month, a twelfth of the
    year's; of equal principal is P / n, and interest comes on top (等额本金).

    Args:
        amount: The debt, above 0.
        instalments: How many, 1 to 1200.
        first_date: When the first is to be paid, a month after the debt begins to bear interest. The others
            follow on the same day of each month, or its last where it is shorter.
        annual_rate: The rate of a year as a fraction; 0 for no interest.
        method: Level payments or equal principal.
        minor_digits: Decimals of the currency.

    Returns:
        The lines; their principal adds up to the debt exactly.

    Raises:
        OutOfRangeError: The debt is not above 0, there are not 1 to 1200 instalments, or the rate is negative
            or above 1 (100%).
    """
    if not 1 <= instalments <= _MOST_INSTALMENTS:
        raise OutOfRangeError(f"instalments: {instalments} is not between 1 and {_MOST_INSTALMENTS}.")
    if not 0 <= annual_rate <= _HIGHEST_RATE:
        raise OutOfRangeError(
            f"annual_rate: {annual_rate} is not between 0 and {_HIGHEST_RATE}.",
            hint="Write 0.08 for 8%.",
        )
    _check_amount(amount)
    dates = [add_months(first_date, number) for number in range(instalments)]
    with localcontext(prec=_DIGITS):
        unit = Decimal(1).scaleb(-minor_digits)
        rate = annual_rate / 12
        # What payments of 1 are worth now: (1 - (1 + r)^-n) / r, without dividing by a rate that may be 0.
        worth = sum(((1 + rate) ** -number for number in range(1, instalments + 1)), _NOTHING)
        payment = (amount / worth).quantize(unit, ROUND_HALF_UP)
        principal = (amount / instalments).quantize(unit, ROUND_HALF_UP)
        lines, left = list[Instalment](), amount
        for number, due in enumerate(dates, start=1):
            interest = (left * rate).quantize(unit, ROUND_HALF_UP)
            part = payment - interest if method is Method.LEVEL else principal
            # Rounding up may use up a small debt early; the last line takes what rounding down left.
            part = left if number == instalments else min(part, left)
            left -= part
            lines.append(Instalment(number, due, part + interest, interest, part, left))
        return tuple(lines)


def staged(
    amount: Decimal, shares: Sequence[Decimal], dates: Sequence[date], *, minor_digits: int = 2
) -> tuple[Instalment, ...]:
    """Return a plan by stages without interest: deposit, progress and final payment, such as 30/50/20.

    Args:
        amount: The debt or the price, above 0.
        shares: The share of each stage as a fraction, all of them 1.
        dates: When each is to be paid, in order.
        minor_digits: Decimals of the currency.

    Returns:
        The lines; their principal adds up to the amount exactly.

    Raises:
        InputError: Shares and dates differ in number, shares are not 1 together, or dates go back.
        OutOfRangeError: The amount is not above 0.
    """
    _check_amount(amount)
    _check_shares(shares, "shares")
    if len(shares) != len(dates):
        raise InputError(f"shares: {len(shares)} for {len(dates)} dates; both need equally many.")
    for earlier, later in pairwise(dates):
        if later < earlier:
            raise InputError(f"payment_date: {later} comes after {earlier}; list the stages in their order.")
    with localcontext(prec=_DIGITS):
        unit = Decimal(1).scaleb(-minor_digits)
        lines, left = list[Instalment](), amount
        for number, (share, due) in enumerate(zip(shares, dates, strict=True), start=1):
            part = min((amount * share).quantize(unit, ROUND_HALF_UP), left)
            part = left if number == len(shares) else part
            left -= part
            lines.append(Instalment(number, due, part, _NOTHING, part, left))
        return tuple(lines)


def agreed(
    dates: Sequence[date], payments: Sequence[Decimal], interest: Sequence[Decimal]
) -> tuple[Instalment, ...]:
    """Return the lines of a plan as it was agreed, whoever made it.

    Args:
        dates: When each instalment is to be paid, in order.
        payments: What is to be paid, interest and principal, 0 or more.
        interest: The interest in it, at most the payment.

    Raises:
        InputError: The columns differ in length, or dates go back.
        OutOfRangeError: A payment is negative, or its interest negative or more than it.
        NoAnswerError: The plan has no instalment.
    """
    if not len(dates) == len(payments) == len(interest):
        raise InputError(
            f"instalment_date, payment, interest: {len(dates)}, {len(payments)} and {len(interest)} values; "
            "all need equally many."
        )
    if not dates:
        raise NoAnswerError("instalment_date: none given; the lines of the plan are needed.")
    for earlier, later in pairwise(dates):
        if later < earlier:
            raise InputError(f"instalment_date: {later} comes after {earlier}; list the plan in its order.")
    lines, left = list[Instalment](), sum(payments, _NOTHING) - sum(interest, _NOTHING)
    for number, (due, payment, part) in enumerate(zip(dates, payments, interest, strict=True), start=1):
        if payment < 0:
            raise OutOfRangeError(f"payment: {payment} of {due} is negative; 0 or more is allowed.")
        if not 0 <= part <= payment:
            raise OutOfRangeError(f"interest: {part} of {due} is not between 0 and the payment {payment}.")
        left -= payment - part
        lines.append(Instalment(number, due, payment, part, payment - part, left))
    return tuple(lines)


def order_plan(  # noqa: PLR0913 - an order, and the policy's numbers
    amount: Decimal,
    shares: Sequence[Decimal],
    dates: Sequence[date],
    delivery: date,
    *,
    least_deposit: Decimal,
    most_deposit: Decimal,
    last_payment_days: int,
    minor_digits: int = 2,
) -> tuple[Instalment, ...]:
    """Return how a large order is paid in parts: deposit, progress and final payment (预付款、进度款、尾款).

    Source: sibling pages of the trade-credit guide, a deposit of 30 to 50% and the last payment at most 90
    days after delivery.

    Args:
        amount: The price, above 0.
        shares: The share of each part as a fraction, all of them 1; the first is the deposit.
        dates: When each is to be paid, in order.
        delivery: The day of delivery.
        least_deposit: The least share of the deposit.
        most_deposit: The most.
        last_payment_days: How many days after delivery the last part is paid at the latest.
        minor_digits: Decimals of the currency.

    Raises:
        InputError: Shares and dates differ in number, shares are not 1 together, or dates go back.
        OutOfRangeError: The amount is not above 0, the deposit is out of its bounds or paid after delivery,
            or the last part is paid later than allowed.
    """
    plan = staged(amount, shares, dates, minor_digits=minor_digits)
    if not least_deposit <= shares[0] <= most_deposit:
        raise OutOfRangeError(
            f"shares: the deposit of {_percent(shares[0])}% is not between {_percent(least_deposit)}% and "
            f"{_percent(most_deposit)}%."
        )
    if dates[0] > delivery:
        raise OutOfRangeError(
            f"payment_date: the deposit is paid on {dates[0]}, after delivery on {delivery}; by then is "
            "allowed."
        )
    after = (dates[-1] - delivery).days
    if after > last_payment_days:
        raise OutOfRangeError(
            f"payment_date: the last part is paid {after} days after delivery on {delivery}; up to "
            f"{last_payment_days} are allowed."
        )
    return plan


def debt_plan(  # noqa: PLR0913 - a debt, and the policy's numbers
    amount: Decimal,
    first_date: date,
    *,
    most_instalments: int,
    method: Method,
    instalments: int | None = None,
    annual_rate: Decimal = _NOTHING,
    minor_digits: int = 2,
) -> tuple[Instalment, ...]:
    """Return how a debt is paid off within what a policy allows (债务重组).

    Args:
        amount: The debt, above 0.
        first_date: As of :func:`monthly`.
        most_instalments: How many a policy allows.
        method: Its method.
        instalments: How many; None for as many as are allowed.
        annual_rate: As of :func:`monthly`.
        minor_digits: Decimals of the currency.

    Raises:
        OutOfRangeError: There are more instalments than allowed; or as of :func:`monthly`.
    """
    if instalments is not None and instalments > most_instalments:
        raise OutOfRangeError(f"instalments: {instalments} are more than the {most_instalments} allowed.")
    return monthly(
        amount,
        most_instalments if instalments is None else instalments,
        first_date,
        annual_rate=annual_rate,
        method=method,
        minor_digits=minor_digits,
    )


def _check_amount(amount: Decimal) -> None:
    if amount <= 0:
        raise OutOfRangeError(f"amount: {amount} is no debt; above 0 is allowed.")


@dataclass(frozen=True)
class Standing:
    """How a plan stands at the end of a day.

    Attributes:
        days_late: Of the debt, by its original due date: what aging, insurance and provision go by.
        missed: The instalments that are late and not fully paid, counted from 1.
        arrears: What is unpaid of them.
        accelerated: Whether so many were missed that all that is left is due at once.
        due_now: The arrears and whatever falls due on the day; when accelerated all that is left, without the
            interest of instalments that are not due yet.
        outstanding: What is left of the principal.
        unapplied: What was paid beyond the plan.
    """

    days_late: int
    missed: tuple[int, ...]
    arrears: Decimal
    accelerated: bool
    due_now: Decimal
    outstanding: Decimal
    unapplied: Decimal


def standing(  # noqa: PLR0913 - what was agreed, what was paid, and the day
    plan: Sequence[Instalment],
    receipts: Sequence[tuple[date, Decimal]],
    as_of: date,
    *,
    original_due: date,
    grace_days: int = 0,
    accelerate_after: int | None = None,
) -> Standing:
    """Return how a plan stands, from what was paid by the end of a day.

    Receipts settle the oldest instalment first, and of each its interest first.

    Args:
        plan: Its lines.
        receipts: The day and amount of each payment under the plan, in any order.
        as_of: The day.
        original_due: The due date that the debt had before the plan.
        grace_days: How many days after its date an instalment is missed.
        accelerate_after: At how many missed instalments all is due; None for never.

    Raises:
        OutOfRangeError: A receipt or the days of grace are negative, or fewer than one missed instalment
            accelerates.
    """
    if grace_days < 0:
        raise OutOfRangeError(f"grace_days: {grace_days} is negative; 0 or more is allowed.")
    if accelerate_after is not None and accelerate_after < 1:
        raise OutOfRangeError(f"accelerate_after: {accelerate_after}; 1 or more is allowed.")
    for day, amount in receipts:
        if amount < 0:
            raise OutOfRangeError(f"paid_amount: {amount} of {day} is negative; 0 or more is allowed.")
    left = sum((amount for day, amount in receipts if day <= as_of), _NOTHING)
    missed = list[int]()
    arrears = due_now = accelerated_due = outstanding = _NOTHING
    for line in plan:
        paid = min(line.payment, left)
        left -= paid
        unpaid, principal = line.payment - paid, line.principal - max(_NOTHING, paid - line.interest)
        outstanding += principal
        if (as_of - line.due).days > grace_days and unpaid:
            missed.append(line.number)
            arrears += unpaid
        due_now += unpaid if line.due <= as_of else _NOTHING
        accelerated_due += unpaid if line.due <= as_of else principal
    accelerated = accelerate_after is not None and len(missed) >= accelerate_after
    return Standing(
        days_late=days_late(original_due, as_of),
        missed=tuple(missed),
        arrears=arrears,
        accelerated=accelerated,
        due_now=accelerated_due if accelerated else due_now,
        outstanding=outstanding,
        unapplied=left,
    )
