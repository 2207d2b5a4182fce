"""Credit limits (信用额度): each method by itself, what caps and rounds a limit, and what is left of it.

A method proposes an amount from one side: what the customer can bear (net worth, working capital, sales),
what others give it (trade references), what it needs, what the seller can lose, or what an insurer covers.
:func:`decide` takes the smallest of the proposals, caps and rounds it, and says what bound it. Every number
in a default is policy: callers pass their own.

A figure below zero, such as the net worth of a firm whose debts exceed its assets, carries no limit: that is
an error that says so, not a limit of zero.

Proposals are exact fractions, so that rounding down at the end never loses a whole step to a digit that was
cut before: a third of something, three times, is all of it. What is decided is a decimal.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal, localcontext
from fractions import Fraction
from typing import TYPE_CHECKING, Final, TypeAlias

from duebook.calendar import add_months
from duebook.errors import DuebookError, NoAnswerError, NothingToDivideError, OutOfRangeError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

Exact: TypeAlias = Decimal | Fraction
"""An amount that nothing was rounded of."""
_NOTHING: Final = Decimal(0)
_DIGITS: Final = 28  # of a decimal, where a fraction does not come out even
_TENTH: Final = Decimal("0.1")
_MONTH: Final = 30
_BEST: Final = 100  # of Duebook's own score


def progressive(  # noqa: PLR0913 - the customer, and the policy's numbers
    monthly_turnover: Decimal,
    months: int,
    *,
    good_record: bool,
    first_share: Decimal = Decimal("0.2"),
    later_share: Decimal = Decimal("0.5"),
    after_months: int = 6,
) -> Fraction:
    """Return the progressive limit (阶梯额度): at first 20% of a month's turnover, after six good months 50%.

    Source: the trade-credit guide that the default policy follows, where it is the most that a first
    transaction may be (首笔交易不超过客户月均营业额 20%).

    Args:
        monthly_turnover: The customer's own mean monthly turnover.
        months: Whole months since the first transaction.
        good_record: Whether it has kept its terms.
        first_share: The share at first.
        later_share: The share after so many good months.
        after_months: How many.

    Raises:
        NoAnswerError: The turnover is negative.
        OutOfRangeError: The months are negative, or a share is not between 0 and 1.
    """
    if months < 0:
        raise OutOfRangeError(f"months: {months} is negative; 0 or more is allowed.")
    share = later_share if good_record and months >= after_months else first_share
    return share_of(monthly_turnover, share, "monthly turnover")


def net_worth_share(net_worth: Decimal, *, share: Decimal = _TENTH) -> Fraction:
    """Return a tenth of the customer's net worth (净资产; bernsteinlaw, highako)."""
    return share_of(net_worth, share, "net worth")


def working_capital_share(working_capital: Decimal, *, share: Decimal = _TENTH) -> Fraction:
    """Return a tenth of the customer's working capital (营运资金; highako, miraitalk)."""
    return share_of(working_capital, share, "working capital")


def sales_share(monthly_sales: Decimal, *, share: Decimal = _TENTH) -> Fraction:
    """Return a tenth of mean monthly sales (月均销售额; highako)."""
    return share_of(monthly_sales, share, "monthly sales")


def references(limits: Sequence[Decimal], *, high_credit: Decimal | None = None) -> Fraction:
    """Return the median limit that other suppliers give, else the highest recent credit (highako).

    Args:
        limits: The limits of the trade references, in any order.
        high_credit: The highest recent credit; taken where no reference names a limit.

    Raises:
        NoAnswerError: There is neither.
        OutOfRangeError: One of them is negative.
    """
    given = [*limits, *([] if high_credit is None else [high_credit])]
    if not given:
        raise NoAnswerError("reference: no trade reference names a limit, and there is no high credit.")
    _check(reference=min(given))
    if not limits:
        return Fraction(given[0])
    ordered, half = sorted(map(Fraction, limits)), len(limits) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def need(sales: Decimal, term_days: int, *, months: int = 12, tax: Decimal = _NOTHING) -> Fraction:
    """Return what the customer needs: expected sales x (1 + tax) x term days / (months x 30).

    Inferred from the input fields of creditmanagement-tools.com.

    Args:
        sales: What is expected to be sold to it in these months, without tax.
        term_days: The days of its terms.
        months: How many months the sales are of.
        tax: The rate of sales tax, a fraction.

    Raises:
        OutOfRangeError: An argument is negative, the tax is above 1, or there is no month.
    """
    _check(sales=sales, term_days=term_days)
    check_share(tax, "tax")
    if months < 1:
        raise OutOfRangeError(f"months: {months} is no length of a period; 1 or more is allowed.")
    return Fraction(sales) * (1 + Fraction(tax)) * term_days / (months * _MONTH)


def grade_share(
    tangible_net_worth: Decimal,
    turnover: Decimal,
    *,
    net_worth_share: Decimal,
    turnover_share: Decimal,
    need: Decimal | None = None,
) -> Fraction:
    """Return the smaller of a share of tangible net worth and a share of turnover, and at most the need.

    The shares are those of the customer's grade: mydsomanager's help gives B 35% and 5%.

    Args:
        tangible_net_worth: Equity less intangible assets.
        turnover: The customer's yearly turnover.
        net_worth_share: The share of the one.
        turnover_share: The share of the other.
        need: What the customer needs; None where nobody knows.

    Raises:
        NoAnswerError: Tangible net worth or turnover is negative.
        OutOfRangeError: The need is negative, or a share is not between 0 and 1.
    """
    bounds = [
        share_of(tangible_net_worth, net_worth_share, "tangible net worth"),
        share_of(turnover, turnover_share, "turnover"),
    ]
    if need is not None:
        _check(need=need)
        bounds.append(Fraction(need))
    return min(bounds)


def blend(proposals: Sequence[Exact]) -> Fraction:
    """Return the mean of proposals: those by net worth, references and need (highako)."""
    if not proposals:
        raise NoAnswerError("blend: there is no proposal to take the mean of.")
    return sum((Fraction(each) for each in proposals), Fraction(0)) / len(proposals)


def sales_in_terms(monthly_sales: Decimal, term_days: int, *, tolerance: int = 0) -> Fraction:
    """Return the sales that are open when the customer pays in its terms and a tolerance (CreditRiskMonitor).

    Terms of 15 days and a tolerance of 30 are one and a half months of sales.

    Args:
        monthly_sales: What is sold to it in a month of 30 days.
        term_days: The days of its terms.
        tolerance: The days late that are accepted.

    Raises:
        OutOfRangeError: An argument is negative.
    """
    _check(monthly_sales=monthly_sales, term_days=term_days, tolerance=tolerance)
    return Fraction(monthly_sales) * (term_days + tolerance) / _MONTH


def expected_loss_limit(
    budget: Decimal, probability_of_default: Decimal, *, loss_given_default: Decimal = Decimal(1)
) -> Fraction:
    """Return the limit whose expected loss is a budget: budget / (PD x LGD) (CreditRiskMonitor).

    Args:
        budget: What may be lost on the customer in a year.
        probability_of_default: Above 0, at most 1.
        loss_given_default: The share that a default loses (违约损失率), above 0, at most 1.

    Raises:
        OutOfRangeError: The budget is negative, or a probability or share is not between 0 and 1.
        NothingToDivideError: One of them is 0, so no limit would lose anything.
    """
    _check(budget=budget)
    for name, value in (
        ("probability of default", probability_of_default),
        ("loss given default", loss_given_default),
    ):
        if not 0 <= value <= 1:
            raise OutOfRangeError(f"{name}: {value} is not between 0 and 1.", hint="Write 0.02 for 2%.")
        if value == 0:
            raise NothingToDivideError(f"{name}: 0, so no limit would lose anything.")
    return Fraction(budget) / (Fraction(probability_of_default) * Fraction(loss_given_default))


INDUSTRY_SHARES: Final = {"low": _TENTH, "medium": Decimal("0.07"), "high": Decimal("0.05")}


def revenue_share(  # noqa: PLR0913 - the customer, and the policy's numbers
    revenue: Decimal,
    *,
    share: Decimal,
    score: Decimal | None = None,
    good_score: int = 700,
    bad_score: int = 500,
    step: Decimal = Decimal("0.02"),
) -> Fraction:
    """Return a share of the customer's yearly revenue by the risk of its industry (creditinsurance.com).

    Args:
        revenue: The customer's yearly revenue.
        share: 10%, 7% or 5% for low, medium or high risk: :data:`INDUSTRY_SHARES`.
        score: On the scale of the two scores below, such as a bureau's from 300 to 850; None for none.
        good_score: Above it the share is a step more.
        bad_score: Below it the share is a step less.
        step: Two percentage points.

    Raises:
        NoAnswerError: The revenue is negative.
        OutOfRangeError: The share is not between 0 and 1; or the score is negative, or at most 100 where the
            two scores are above: Duebook's own score is no bureau's.
    """
    check_share(share, "revenue percent")
    if score is not None:
        _check(score=score)
        if score <= _BEST < bad_score:
            raise OutOfRangeError(
                f"score: {score} is on a scale of 0 to {_BEST}, but the policy compares it with {bad_score} "
                f"and {good_score}.",
                hint="Give a bureau's score of 300 to 850, or leave it out.",
            )
        share += step if score > good_score else -step if score < bad_score else 0
    return share_of(revenue, min(Decimal(1), max(_NOTHING, share)), "revenue")


def insured(insured_limit: Decimal, *, own_retention: Decimal = _NOTHING) -> Fraction:
    """Return the insurer's limit with what the seller is ready to bear itself on top.

    Raises:
        OutOfRangeError: One of them is negative.
    """
    _check(insured_limit=insured_limit, own_retention=own_retention)
    return Fraction(insured_limit) + Fraction(own_retention)


@dataclass(frozen=True)
class Decision:
    """A limit, and how it came about.

    Attributes:
        amount: The limit.
        method: The method whose proposal was the smallest.
        bound_by: What the amount comes from in the end: the method, the floor, or a cap.
        steps: Each proposal, then what floor, caps and rounding left, in their order.
        expires: The last day it is valid; None where it has no end.
    """

    amount: Decimal
    method: str
    bound_by: str
    steps: tuple[tuple[str, Decimal], ...]
    expires: date | None = None


def decide(  # noqa: PLR0913 - proposals, and the policy's bounds
    proposals: Mapping[str, Exact],
    *,
    caps: Mapping[str, Exact] | None = None,
    floor: Decimal = _NOTHING,
    rounding_step: Decimal = _NOTHING,
    granted: date | None = None,
    valid_months: int | None = None,
) -> Decision:
    """Return the limit that proposals come to: the smallest, not below the floor, within the caps, rounded.

    Args:
        proposals: The amount of each method, by its name.
        caps: Amounts that the limit never exceeds, by their names: such as a tenth of the seller's annual
            sales, a level of approval, what the insurer covers. A cap is stronger than the floor.
        floor: The smallest limit worth keeping: a proposal above 0 is raised to it.
        rounding_step: The limit is rounded down to a multiple of it; 0 for no rounding.
        granted: The day of the decision.
        valid_months: How many months it is valid; None for no end.

    Raises:
        NoAnswerError: There is no proposal.
        OutOfRangeError: An amount is negative, or no month.
    """
    if not proposals:
        raise NoAnswerError("limit: no method proposes an amount.")
    for name, given in {**proposals, **(caps or {}), "floor": floor, "rounding step": rounding_step}.items():
        if given < 0:
            raise OutOfRangeError(f"{name}: {to_decimal(given)} is negative; 0 or more is allowed.")
    if valid_months is not None and (valid_months < 1 or granted is None):
        raise OutOfRangeError(f"valid_months: {valid_months}; 1 or more from a day of decision is allowed.")
    exact = {name: Fraction(proposal) for name, proposal in proposals.items()}
    method = min(exact, key=lambda name: exact[name])
    amount, bound_by, steps = exact[method], method, list(exact.items())
    if 0 < amount < floor:
        amount, bound_by = Fraction(floor), "floor"
        steps.append(("floor", amount))
    for name, cap in (caps or {}).items():
        if cap < amount:
            amount, bound_by = Fraction(cap), name
        steps.append((name, amount))
    if rounding_step:
        amount = amount // Fraction(rounding_step) * Fraction(rounding_step)
        steps.append(("rounding", amount))
    expires = add_months(granted, valid_months) if granted and valid_months else None
    return Decision(
        to_decimal(amount), method, bound_by, tuple((name, to_decimal(step)) for name, step in steps), expires
    )


def stepped(  # noqa: PLR0913 - the customer, and the policy's numbers
    limit: Exact,
    *,
    years: int,
    good_record: bool,
    alerts: int = 0,
    up_each_year: Decimal = _TENTH,
    most_up: Decimal = Decimal("0.5"),
    down_each_alert: Decimal = Decimal("0.25"),
) -> Fraction:
    """Return a limit stepped up for years of good business, and down for alerts that are open.

    With an alert open nothing is stepped up.

    Args:
        limit: The limit before.
        years: Whole years of business.
        good_record: Whether terms were kept.
        alerts: How many alerts are open.
        up_each_year: The share more for each year.
        most_up: The most that years add.
        down_each_alert: The share less for each alert; the limit never falls below 0.

    Raises:
        OutOfRangeError: The limit, the years or the alerts are negative.
    """
    _check(limit=limit, years=years, alerts=alerts)
    if alerts:
        return Fraction(limit) * Fraction(max(_NOTHING, 1 - alerts * down_each_alert))
    up = min(most_up, years * up_each_year) if good_record else _NOTHING
    return Fraction(limit) * (1 + Fraction(up))


def available(limit: Decimal, exposure: Decimal) -> Decimal:
    """Return what may still be sold on credit: the limit less the exposure, never below 0.

    Args:
        limit: The limit, 0 or more.
        exposure: The exposure; negative where the customer is in credit, which adds to what may be sold.

    Raises:
        OutOfRangeError: The limit is negative.
    """
    _check(limit=limit)
    return max(_NOTHING, limit - exposure)


def two_way(
    rule: Callable[[Decimal, Decimal], Decimal], rows: Sequence[Decimal], columns: Sequence[Decimal]
) -> tuple[tuple[Decimal | DuebookError, ...], ...]:
    """Return what a rule gives for each pair of two inputs (额度模拟测算): a row for each of the first.

    Args:
        rule: Takes a value of each and gives the limit.
        rows: The values of the first input.
        columns: The values of the second.

    Returns:
        The limits; where the rule refuses a pair, its error stands in the place.
    """
    return tuple(tuple(_tried(rule, first, second) for second in columns) for first in rows)


def _tried(
    rule: Callable[[Decimal, Decimal], Decimal], first: Decimal, second: Decimal
) -> Decimal | DuebookError:
    try:
        return rule(first, second)
    except DuebookError as error:
        return error


def share_of(figure: Decimal, share: Decimal, name: str) -> Fraction:
    """Return a share of a figure that carries a limit.

    Args:
        figure: The figure.
        share: 0.1 for 10%.
        name: What the figure is, for messages.

    Raises:
        NoAnswerError: The figure is negative.
        OutOfRangeError: The share is not between 0 and 1.
    """
    if figure < 0:
        raise NoAnswerError(f"{name}: {figure} is negative, so it carries no limit.")
    check_share(share, f"{name} percent")
    return Fraction(figure) * Fraction(share)


def check_share(share: Decimal, name: str) -> None:
    """Refuse a share that is not between 0 and 1: whoever writes 10 means 10%, not ten times.

    Raises:
        OutOfRangeError: It is not.
    """
    if not 0 <= share <= 1:
        raise OutOfRangeError(f"{name}: {share} is not between 0 and 1.", hint="Write 0.1 for 10%.")


def to_decimal(amount: Exact) -> Decimal:
    """Return an amount as a decimal: exact where 28 digits hold it, else cut after them, never rounded up."""
    if isinstance(amount, Decimal):
        return amount
    with localcontext(prec=_DIGITS, rounding=ROUND_DOWN):
        return Decimal(amount.numerator) / Decimal(amount.denominator)


def _check(**amounts: Exact | int) -> None:
    for name, amount in amounts.items():
        if amount < 0:
            raise OutOfRangeError(f"{name.replace('_', ' ')}: {amount} is negative; 0 or more is allowed.")
