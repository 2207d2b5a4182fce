"""Trade credit insurance (贸易信用保险): what is insured, what the insurer pays, and by when to tell it.

A loss is covered up to the limit that was valid when the goods were shipped, for the causes that the policy
names; disputed debt is not covered until the dispute is settled. Deadlines and waiting periods run from the
original due date: a deferral or a payment plan moves none of them (Atradius; EXIM). Where wordings differ,
the difference is a parameter:

- the order of deductions: Coface's glossary takes the insured percentage of the loss, then the deductible;
  others take the first loss off before the percentage (:class:`Deduction`);
- the waiting period: ICISA speaks of usually 60 days, EXIM of 3 months, Hermes' wording of 1997 of 6 months.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Final

from duebook.calendar import add_months
from duebook.errors import InputError, NoAnswerError, NothingToDivideError, OutOfRangeError
from duebook.turnover import dso

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NOTHING: Final = Decimal(0)


class Cause(Enum):
    """Why a debt is not paid: its name, its name in Chinese, and whether it is political."""

    INSOLVENCY = ("insolvency", "破产", False)
    PROTRACTED_DEFAULT = ("protracted default", "长期拖欠", False)
    REPUDIATION = ("repudiation", "拒收拒付", False)
    TRANSFER = ("transfer delay", "外汇管制", True)
    WAR = ("war", "战争", True)
    GOVERNMENT = ("government act", "政府行为", True)
    FORCE_MAJEURE = ("force majeure", "不可抗力", True)
    CARGO = ("cargo damage", "货物运输风险", False)

    def __init__(self, label: str, chinese: str, political: bool) -> None:  # noqa: FBT001 - a row of the table
        """Name the parts."""
        self.label, self.chinese, self.political = label, chinese, political


class Deduction(StrEnum):
    """A step from the debt to the indemnity."""

    LIMIT = "limit"
    FIRST_LOSS = "first loss"
    PERCENTAGE = "percentage"
    DEDUCTIBLE = "deductible"


_CAUSE_NAMES: Final = {
    "bankruptcy": Cause.INSOLVENCY,
    "丧失偿付能力": Cause.INSOLVENCY,
    "malicious default": Cause.PROTRACTED_DEFAULT,
    "late payment": Cause.PROTRACTED_DEFAULT,
    "恶意拖欠": Cause.PROTRACTED_DEFAULT,
    "拖欠": Cause.PROTRACTED_DEFAULT,
    "拒收": Cause.REPUDIATION,
    "拒付": Cause.REPUDIATION,
    "exchange control": Cause.TRANSFER,
    "foreign exchange control": Cause.TRANSFER,
    "汇兑限制": Cause.TRANSFER,
    "cargo": Cause.CARGO,
    "货损": Cause.CARGO,
} | {name: cause for cause in Cause for name in (cause.label, cause.chinese)}

PERCENTAGE_FIRST: Final = (
    Deduction.LIMIT,
    Deduction.PERCENTAGE,
    Deduction.DEDUCTIBLE,
    Deduction.FIRST_LOSS,
)
FIRST_LOSS_FIRST: Final = (
    Deduction.LIMIT,
    Deduction.FIRST_LOSS,
    Deduction.PERCENTAGE,
    Deduction.DEDUCTIBLE,
)


_STEP_NAMES: Final = {
    "insured percentage": "percentage",
    "赔付比例": "percentage",
    "免赔额": "deductible",
    "aggregate first loss": "first loss",
    "首损": "first loss",
    "限额": "limit",
}


def parse_order(text: str) -> tuple[Deduction, ...]:
    """Read an order of deductions, such as ``first loss, percentage, deductible``.

    Args:
        text: The steps in their order, each once, in English or Chinese, parted by commas, ``>`` or ``/``;
            ``limit`` may be left out and is then the first.

    Raises:
        InputError: A step is unknown, missing or repeated.
    """
    plain = re.sub(r"[-\u2212]+>", ">", unicodedata.normalize("NFKC", text).casefold())
    words = [re.sub(r"[\s_-]+", " ", step).strip() for step in re.split(r"[,;>/\u2192\u3001]", plain)]
    steps = [_STEP_NAMES.get(word, word) for word in words]
    if Deduction.LIMIT not in steps:
        steps = [Deduction.LIMIT, *steps]
    if sorted(steps) != sorted(Deduction):
        raise InputError(
            f"order: {text!r} is no order of deductions.",
            hint="Write percentage, deductible and first loss once each, in their order, parted by commas.",
        )
    return tuple(map(Deduction, steps))


@dataclass(frozen=True)
class Indemnity:
    """What the insurer pays, and how it came to that.

    Attributes:
        paid: The indemnity.
        retained: The rest of the debt, which the insured bears.
        steps: What was left after each step, in their order, and after the maximum liability.
        first_loss_left: What is left of the aggregate first loss for later claims.
        max_liability_left: What is left of the maximum liability; None where there is none.
        reason: Why nothing is paid; empty where something is.
    """

    paid: Decimal
    retained: Decimal
    steps: tuple[tuple[str, Decimal], ...]
    first_loss_left: Decimal
    max_liability_left: Decimal | None
    reason: str


def indemnity(  # noqa: PLR0913 - the conditions of a policy
    debt: Decimal,
    limit: Decimal,
    insured_share: Decimal,
    *,
    deductible: Decimal = _NOTHING,
    first_loss: Decimal = _NOTHING,
    max_liability: Decimal | None = None,
    claim_threshold: Decimal = _NOTHING,
    order: Sequence[Deduction] = PERCENTAGE_FIRST,
) -> Indemnity:
    """Return the indemnity (赔款) for a debt that was lost.

    Args:
        debt: The eligible debt: see :func:`eligible_debt`.
        limit: The limit that was valid when the goods were shipped.
        insured_share: The insured percentage (赔付比例) as a fraction, .9 for 90%.
        deductible: Taken off each claim (免赔额).
        first_loss: What is left of the aggregate first loss (首损) of the insured year.
        max_liability: What is left of the maximum liability (最高赔偿限额) of the year; None for none.
        claim_threshold: A debt below this is no claim.
        order: The steps in their order, each once.

    Raises:
        InputError: A step is missing or repeated in the order.
        OutOfRangeError: An amount is negative, or the insured share is not between 0 and 1.
    """
    _check(
        debt=debt,
        limit=limit,
        deductible=deductible,
        first_loss=first_loss,
        max_liability=max_liability or _NOTHING,
        claim_threshold=claim_threshold,
    )
    if not 0 <= insured_share <= 1:
        raise OutOfRangeError(
            f"insured_pct: {insured_share} is not between 0 and 1.", hint="Write 0.9 for 90%."
        )
    if sorted(order) != sorted(Deduction):
        raise InputError(f"order: {', '.join(order)} has not each of {', '.join(Deduction)} once.")
    if debt < claim_threshold:
        return Indemnity(
            paid=_NOTHING,
            retained=debt,
            steps=(),
            first_loss_left=first_loss,
            max_liability_left=max_liability,
            reason=f"the debt {debt} is below the claim threshold {claim_threshold}",
        )
    left, first_loss_left, steps = debt, first_loss, list[tuple[str, Decimal]]()
    for step in order:
        if step is Deduction.LIMIT:
            left = min(left, limit)
        elif step is Deduction.PERCENTAGE:
            left *= insured_share
        elif step is Deduction.DEDUCTIBLE:
            left = max(_NOTHING, left - deductible)
        else:
            first_loss_left = max(_NOTHING, first_loss - left)
            left = max(_NOTHING, left - first_loss)
        steps.append((step.value, left))
    if max_liability is not None:
        left = min(left, max_liability)
        steps.append(("maximum liability", left))
    used_up = next((name for name, amount in steps if amount == 0), "")
    return Indemnity(
        paid=left,
        retained=debt - left,
        steps=tuple(steps),
        first_loss_left=first_loss_left,
        max_liability_left=None if max_liability is None else max_liability - left,
        reason="" if left else f"nothing is left after {used_up}",
    )


def eligible_debt(
    debt: Decimal, *, disputed: Decimal = _NOTHING, received: Decimal = _NOTHING, credits_: Decimal = _NOTHING
) -> Decimal:
    """Return the debt that can be claimed: less receipts and credits before the loss and what is disputed.

    Args:
        debt: What was open before them.
        disputed: The part that the buyer disputes; it is not covered until the dispute is settled.
        received: What was paid before the loss.
        credits_: Credit notes and set-offs before the loss.

    Returns:
        0 or more.

    Raises:
        OutOfRangeError: An amount is negative.
    """
    _check(debt=debt, disputed=disputed, received=received, credits=credits_)
    return max(_NOTHING, debt - received - credits_ - disputed)


def _check(**amounts: Decimal) -> None:
    for name, amount in amounts.items():
        if amount < 0:
            raise OutOfRangeError(f"{name}: {amount} is negative; 0 or more is allowed.")


def share_recovery(
    recovered: Decimal, *, debt: Decimal, paid: Decimal, costs: Decimal = _NOTHING
) -> tuple[Decimal, Decimal]:
    """Return how what comes in after the loss is shared: to the insurer, and to the insured (追偿款).

    After the loss every receipt, less the costs of recovering it, is shared as the loss was (Atradius: before
    the loss receipts pay the oldest debt, after it they are shared pro rata).

    Args:
        recovered: What came in.
        debt: The debt that was lost, above 0.
        paid: The indemnity, at most the debt.
        costs: What recovering it cost; at most what came in is counted.

    Returns:
        The insurer's share and the insured's; together what came in less costs.

    Raises:
        OutOfRangeError: An amount is negative, or the indemnity is more than the debt.
    """
    _check(recovered=recovered, debt=debt, paid=paid, costs=costs)
    if paid > debt or debt == 0:
        raise OutOfRangeError(f"paid: {paid} is more than the debt {debt}, or there was none.")
    net = max(_NOTHING, recovered - costs)
    to_insurer = net * paid / debt
    return to_insurer, net - to_insurer


@dataclass(frozen=True)
class Period:
    """A length of time as a policy writes it: calendar months, then days."""

    months: int = 0
    days: int = 0

    def after(self, day: date) -> date:
        """Return the day that lies this long after another."""
        try:
            return add_months(day, self.months) + timedelta(self.days)
        except OverflowError:
            raise OutOfRangeError(f"period: {self.days} days after {day} is outside the calendar.") from None


@dataclass(frozen=True)
class Cover:
    """The conditions of an insurance policy that dates and causes depend on.

    Attributes:
        waiting: How long after the original due date each covered cause has to last before it is a loss; a
            cause that is not here is not covered. Insolvency has no waiting period; cargo is an option.
        report_overdue: How long after the original due date an overdue debt is to be reported.
        file_within: How long after the original due date a claim is to be filed.
        pay_within: How long after the end of the waiting period the insurer pays.
        maximum_extension: How long a due date may be put off without consent; deliveries stop when a debt is
            overdue longer.
        cut_notice: How long after its notice a cut counts; what was shipped before stays covered.
        report_age: How old the report may be that a discretionary limit rests on.
    """

    waiting: Mapping[Cause, Period]
    report_overdue: Period = field(default_factory=lambda: Period(months=2))
    file_within: Period = field(default_factory=lambda: Period(months=8))
    pay_within: Period = field(default_factory=lambda: Period(months=2))
    maximum_extension: Period = field(default_factory=lambda: Period(months=2))
    cut_notice: Period = field(default_factory=lambda: Period(days=30))
    report_age: Period = field(default_factory=lambda: Period(months=12))


def parse_cause(text: str) -> Cause:
    """Read why a debt is not paid, in English or Chinese, such as ``protracted default``.

    The names that the trade-credit guide and its glossary write are known too, such as ``恶意拖欠``.

    Raises:
        InputError: It is no cause.
    """
    word = re.sub(r"[\s_-]+", " ", unicodedata.normalize("NFKC", text)).strip().casefold()
    found = _CAUSE_NAMES.get(word)
    if found is None:
        known = ", ".join(cause.label if text.isascii() else cause.chinese for cause in Cause)
        raise InputError(f"cause: {text!r} is none that is known.", hint=f"There are {known}.")
    return found


@dataclass(frozen=True)
class Deadlines:
    """The days of a claim, all by the original due date.

    Attributes:
        report_by: The last day to report that the debt is overdue.
        stop_deliveries: The first day on which deliveries to the buyer are no longer covered.
        file_from: The first day on which a claim can be filed: the waiting period is over.
        file_by: The last day.
        pay_by: The day by which the insurer pays, if the claim is filed on the first day.
    """

    report_by: date
    stop_deliveries: date
    file_from: date
    file_by: date
    pay_by: date


def deadlines(
    original_due: date, cause: Cause, cover: Cover, *, insolvent_on: date | None = None
) -> Deadlines:
    """Return by when to report, to stop, to file, and to be paid.

    Args:
        original_due: The due date that the invoice was written with, whatever was agreed later.
        cause: Why it is not paid.
        cover: The conditions.
        insolvent_on: When the buyer became insolvent: from then on a claim for an insolvency can be filed.
            The last day to file it is by the original due date all the same.

    Raises:
        NoAnswerError: The policy does not cover the cause.
        OutOfRangeError: The buyer became insolvent after the last day to file a claim.
        InputError: A claim could only be filed after its last day.
    """
    if cause not in cover.waiting:
        covered = ", ".join(known.label for known in cover.waiting)
        raise NoAnswerError(f"cause: {cause.label} is not covered; {covered or 'nothing'} is.")
    start = insolvent_on if cause is Cause.INSOLVENCY and insolvent_on else original_due
    file_from = cover.waiting[cause].after(start)
    file_by = cover.file_within.after(original_due)
    if start > file_by:
        raise OutOfRangeError(
            f"insolvent_on: {start} is after {file_by}, the last day to file a claim for a debt due on "
            f"{original_due}.",
            hint="By then it was to be claimed as a protracted default.",
        )
    if file_from > file_by:
        raise InputError(
            f"cover: the waiting period ends on {file_from}, after the last day to file, {file_by}.",
            hint="file_within is to be longer than every waiting period.",
        )
    return Deadlines(
        report_by=cover.report_overdue.after(original_due),
        stop_deliveries=cover.maximum_extension.after(original_due) + timedelta(1),
        file_from=file_from,
        file_by=file_by,
        pay_by=cover.pay_within.after(file_from),
    )


@dataclass(frozen=True)
class PlanCover:
    """What a payment plan does to cover.

    Attributes:
        covered_until: The last day an instalment may fall on without the insurer's consent.
        beyond: The instalments that fall later, counted from 1.
    """

    covered_until: date
    beyond: tuple[int, ...]

    @property
    def needs_consent(self) -> bool:
        """Whether the insurer has to agree for the cover to stay."""
        return bool(self.beyond)


def plan_cover(original_due: date, instalments: Sequence[date], cover: Cover) -> PlanCover:
    """Return whether a payment plan stays within the maximum extension period (Atradius: past it, consent).

    Args:
        original_due: The due date that the debt had; of several, the oldest.
        instalments: The dates of the plan, one or more.
        cover: The conditions.

    Raises:
        NoAnswerError: The plan has no instalment.
    """
    if not instalments:
        raise NoAnswerError("instalment_date: none given; the dates of the plan are needed.")
    until = cover.maximum_extension.after(original_due)
    return PlanCover(until, tuple(number for number, day in enumerate(instalments, start=1) if day > until))


@dataclass(frozen=True)
class LimitDecision:
    """A decision of the insurer on one buyer.

    Attributes:
        notified: The day it was notified.
        amount: The limit from then on; 0 is a cancellation.
        expires: The last day it is valid; None where it has no end.
    """

    notified: date
    amount: Decimal
    expires: date | None = None


@dataclass(frozen=True)
class Discretionary:
    """A limit that the insured may set without asking (自行掌握限额).

    Attributes:
        amount: Up to which amount.
        report_date: The date of the report it rests on; None where there is none, and then no limit.
    """

    amount: Decimal
    report_date: date | None


@dataclass(frozen=True)
class InsuredLimit:
    """The limit for one shipment, and what it rests on: ``named``, ``discretionary`` or ``none``."""

    amount: Decimal
    kind: str


def limit_at(
    shipped: date,
    decisions: Sequence[LimitDecision],
    cover: Cover,
    discretionary: Discretionary | None = None,
) -> InsuredLimit:
    """Return the limit that is valid for a shipment.

    The insurer's decisions on the buyer come first: an increase counts from its notice, a cut once its notice
    is over; once the limit before has expired there is nothing left to cut, and it counts. Only where the
    insurer had not decided on the buyer by the day of shipment, a discretionary limit stands, as long as its
    report is not too old on that day.

    Args:
        shipped: The day of shipment.
        decisions: The insurer's decisions on this buyer, in any order.
        cover: The conditions.
        discretionary: What the policy allows for buyers without a decision.

    Raises:
        InputError: Two decisions of one day.
        OutOfRangeError: A limit is negative.
    """
    ordered = sorted(decisions, key=lambda decision: decision.notified)
    days = [decision.notified for decision in ordered]
    if len(set(days)) < len(days):
        twice = next(day for day in days if days.count(day) > 1)
        raise InputError(f"decisions: two were notified on {twice}; give the one that counts.")
    for decision in ordered:
        if decision.amount < 0:
            raise OutOfRangeError(
                f"decisions: {decision.amount} of {decision.notified} is negative; 0 or more is allowed."
            )
    found: LimitDecision | None = None
    for decision in ordered:
        if _counts_from(decision, found, cover) <= shipped:
            found = decision
    if found is not None:
        valid = found.amount if found.expires is None or shipped <= found.expires else _NOTHING
        return InsuredLimit(valid, "named" if valid else "none")
    if discretionary and discretionary.report_date is not None:
        _check(discretionary=discretionary.amount)
        report = discretionary.report_date
        if report <= shipped <= cover.report_age.after(report):
            return InsuredLimit(discretionary.amount, "discretionary")
    return InsuredLimit(_NOTHING, "none")


def _counts_from(decision: LimitDecision, before: LimitDecision | None, cover: Cover) -> date:
    if before is None or decision.amount >= before.amount:
        return decision.notified
    notice_over = cover.cut_notice.after(decision.notified)
    if before.expires is None:
        return notice_over
    return min(notice_over, max(decision.notified, before.expires + timedelta(1)))


def insured_part(
    exposure: Decimal, limit: Decimal, insured_share: Decimal, *, disputed: Decimal = _NOTHING
) -> tuple[Decimal, Decimal]:
    """Return which part of an exposure is insured, and which is not (未投保敞口).

    Args:
        exposure: What the customer owes, or would with open orders.
        limit: The insured limit.
        insured_share: The insured percentage as a fraction.
        disputed: The part that is disputed; it is never counted as insured.

    Returns:
        Both parts; together the exposure.

    Raises:
        OutOfRangeError: An amount is negative, or the insured share is not between 0 and 1.
    """
    _check(exposure=exposure, limit=limit, disputed=disputed)
    covered = indemnity(eligible_debt(exposure, disputed=disputed), limit, insured_share).paid
    return covered, exposure - covered


@dataclass(frozen=True)
class WithAndWithout:
    """A figure without insurance and with it."""

    without: Decimal
    insured: Decimal


def cash_ratio(liquid_assets: Decimal, current_liabilities: Decimal, claims: Decimal) -> WithAndWithout:
    """Return the cash ratio (现金比率) as if overdue debt stays unpaid, and as if the insurer pays for it.

    Args:
        liquid_assets: Cash, cash equivalents and marketable securities.
        current_liabilities: Current liabilities, above 0.
        claims: The indemnities that overdue debt would bring.

    Raises:
        NothingToDivideError: There are no current liabilities.
        OutOfRangeError: An amount is negative.
    """
    _check(liquid_assets=liquid_assets, current_liabilities=current_liabilities, claims=claims)
    if current_liabilities == 0:
        raise NothingToDivideError("current_liabilities: 0, so there is nothing to divide by.")
    return WithAndWithout(liquid_assets / current_liabilities, (liquid_assets + claims) / current_liabilities)


def days_sales(receivables: Decimal, sales: Decimal, days: int, claims: Decimal) -> WithAndWithout:
    """Return days sales outstanding without insurance, and as if the insurer had paid for overdue debt.

    Args:
        receivables: Open at the end of the period.
        sales: Credit sales of the period.
        days: Days of the period.
        claims: The indemnities that overdue debt would bring; they take as much off the receivables.

    Raises:
        NothingToDivideError: There were no sales.
        NoAnswerError: Credit notes exceed sales.
        OutOfRangeError: The period has no day, or claims are negative or exceed the receivables.
    """
    if not 0 <= claims <= max(_NOTHING, receivables):
        raise OutOfRangeError(f"claims: {claims} is not between 0 and the receivables {receivables}.")
    return WithAndWithout(dso(receivables, sales, days), dso(receivables - claims, sales, days))
