"""Payment terms: what a policy gives, and what it costs to let a discount go (现金折扣成本)."""

# ruff: noqa: RUF001 - Chinese punctuation
from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from duebook.errors import InputError, NoAnswerError, NothingToDivideError, OutOfRangeError
from duebook.grading import find_grade
from duebook.interest import BASES

if TYPE_CHECKING:
    from datetime import date

    from duebook.calendar import Terms
    from duebook.policy import Policy

_NEW: Final = "new"
_NEW_ZH: Final = "新客户"
_OTHER: Final = "other"


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


def discount(amount: Decimal, document_date: date, paid: date, terms: Terms) -> Decimal:
    """Return the discount that a payment earns (现金折扣): per cent of the amount, if it is paid soon enough.

    ``2/10 Net 30`` gives 2% on a payment by the tenth day after the document date, that day included.

    Args:
        amount: The amount of the document, 0 or more.
        document_date: The date on the document.
        paid: The day of payment.
        terms: Payment terms, as of :func:`duebook.calendar.parse_terms`.

    Returns:
        What is taken off, unrounded; 0 where the day is too late or the terms give none.

    Raises:
        OutOfRangeError: The amount is negative.
    """
    if amount < 0:
        raise OutOfRangeError(f"amount: {amount} is negative; 0 or more is allowed.")
    late = (paid - document_date).days > terms.discount_days
    return Decimal(0) if late else amount * terms.discount_percent / 100


@dataclass(frozen=True)
class TermsDecision:
    """The terms that a policy gives a customer.

    Attributes:
        days: How many days; 0 for prepayment.
        condition: ``none``, ``guarantee`` or ``prepayment``.
        tier: The tier of the customer's grade.
        industry: The industry, as the policy names it.
        reason: Why, in English and in Chinese.
    """

    days: int
    condition: str
    tier: str
    industry: str
    reason: tuple[str, str]


def terms_for(industry: str, grade: str, policy: Policy) -> TermsDecision:
    """Return the terms of a customer by its industry and grade (阶梯式信用政策).

    Terms run from the strict to the flexible end of the industry; the tier of the grade says how far, and
    whether a guarantee or prepayment is asked for. They are rounded down to the policy's step, but not below
    the strict end.

    Args:
        industry: Any name of an industry of the policy; for one that it does not have, and that is no slip
            of the pen for one, its ``other`` applies.
        grade: A grade, or ``new`` for a customer that has none.
        policy: The policy; its exceptions for the industry apply.

    Raises:
        InputError: There is no such grade; or no such industry, and it reads like one of the policy, which
            the hint names, or the policy has no ``other``.
    """
    found = policy.find_industry(industry)
    if found is None:
        names = {
            name.casefold(): name
            for entry in policy.terms.industry
            for name in (*entry.aliases, entry.label.zh, entry.label.en, entry.name)
        }
        near = get_close_matches(industry.casefold(), names, n=1)
        found = None if near else policy.find_industry(_OTHER)
        if found is None:
            known = ", ".join(entry.name for entry in policy.terms.industry)
            hint = f"Did you mean {names[near[0]]!r}?" if near else f"There are {known}."
            raise InputError(f"industry: {industry!r} is no industry of the policy.", hint=hint)
    fitting = policy.of(industry=found.name)
    found = fitting.find_industry(found.name) or found
    named = grade.strip().casefold()
    name = _NEW if named in {_NEW, _NEW_ZH} else find_grade(grade, fitting).name
    grade_en, grade_zh = ("new customer", _NEW_ZH) if name == _NEW else (f"grade {name}", f"等级 {name}")
    tier = next(tier for tier in fitting.terms.tier if name in tier.grades)
    prepaid = tier.condition == "prepayment"
    span = found.most_days - found.least_days
    step = fitting.terms.step_days
    days = max(found.least_days, int(found.least_days + span * tier.position) // step * step)
    reason = (
        f"{found.label.en} {found.least_days} to {found.most_days} days; {grade_en}: {tier.label.en}.",
        f"{found.label.zh} {found.least_days} 至 {found.most_days} 天；{grade_zh}：{tier.label.zh}。",
    )
    return TermsDecision(0 if prepaid else days, tier.condition, tier.name, found.name, reason)
