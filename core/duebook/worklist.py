"""The collector's next task about a customer (催收任务): what to do, by when, and how urgent it is."""

# ruff: noqa: RUF001 - Chinese punctuation
from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from duebook.dunning import StageNow, stage
from duebook.errors import OutOfRangeError

if TYPE_CHECKING:
    from datetime import date

    from duebook.policy import Policy

_BEFORE_ANY_STAGE: Final = 366  # days: no stage begins more than 365 before the due date
_COVERED: Final = -1
_IN_DISPUTE: Final = -2
_PROMISED: Final = -3
_NOTHING: Final = ("", "")


@dataclass(frozen=True)
class Task:
    """What to do next about a customer.

    Attributes:
        stage: The name of the stage it is in; ``covered`` where its credits cover what is overdue,
            ``promised`` where a promise to pay holds collection.
        label: It in English and in Chinese.
        procedure: What is done, in English and in Chinese; empty for nothing yet.
        due: The day by which it is due by the policy; None where the policy or the facts name none.
        then: What comes next if the debt stays open, in English and in Chinese; empty for nothing.
        then_on: The day on which that comes.
        rank: How urgent: the higher, the sooner. Stages rank in the policy's order from 1 on, the last one
            highest; 0 is nothing to do yet; below it are credits to clear, a dispute, and a promise.
    """

    stage: str
    label: tuple[str, str]
    procedure: tuple[str, str]
    due: date | None
    then: tuple[str, str]
    then_on: date | None
    rank: int


def task(  # noqa: PLR0913 - what is known of a customer, by name
    first_due: date | None,
    as_of: date,
    policy: Policy,
    *,
    overdue: int,
    disputed: int = 0,
    disputed_since: date | None = None,
    promised_for: date | None = None,
) -> Task:
    """Return what to do next about a customer.

    The stage is that of its oldest debt, by :func:`duebook.dunning.stage`, with one task: the stage's
    procedure, due on the stage's first day. Three things hold it up (ours):

    - credits that cover what is overdue: they are to be cleared, for nothing is left to ask the customer for.
    - a dispute about all that is overdue, from the policy's day on or while nothing else is to be done: it is
      to be resolved within the policy's days. Of a dispute about less the rest is collected as ever.
    - a promise to pay whose day has not passed.

    Args:
        first_due: The due date of the open item above zero that is due first; None without one.
        as_of: The day.
        policy: The policy of the customer.
        overdue: What is overdue, minor units, less the credits that are due.
        disputed: What is disputed, minor units; zero for nothing.
        disputed_since: The day on which the dispute was raised; None where it is not known.
        promised_for: The day for which payment is promised; None for no promise.

    Raises:
        OutOfRangeError: A day lies outside the calendar.
    """
    rules = policy.dunning
    try:
        now = stage(first_due or as_of + timedelta(_BEFORE_ANY_STAGE), as_of, policy)
        nothing = now.name == rules.none
        if overdue <= 0 and now.days_late > policy.aging.edges[0]:
            return _COVERED_BY_CREDITS
        held = nothing or now.days_late >= rules.disputed_from_days
        if held and overdue <= disputed and disputed > 0:
            return _dispute(as_of, policy, disputed_since)
        if promised_for is not None and promised_for >= as_of:
            return _promise(promised_for, _NOTHING if nothing else now.label)
        return _stage(first_due, now, policy)
    except OverflowError:
        raise OutOfRangeError("a due date, dispute or promise lies too near the calendar's end.") from None


def _dispute(as_of: date, policy: Policy, since: date | None) -> Task:
    rules = policy.dispute
    # What is done about a dispute does not depend on the day, from the policy's on.
    held = stage(as_of - timedelta(policy.dunning.disputed_from_days), as_of, policy, disputed=True)
    return Task(
        held.name,
        held.label,
        held.procedure,
        None if since is None else since + timedelta(rules.resolve_days),
        _NOTHING if since is None else ("Latest day to resolve", "最晚解决日"),
        None if since is None else since + timedelta(rules.latest_days),
        _IN_DISPUTE,
    )


def _promise(on: date, then: tuple[str, str]) -> Task:
    return Task(
        "promised",
        ("Promised", "已承诺付款"),
        (
            "See on that day whether the promised payment came; if not, go on with collection.",
            "届时核实承诺款项是否到账；未到账则继续催收。",
        ),
        on,
        then,
        on + timedelta(1) if any(then) else None,
        _PROMISED,
    )


def _stage(first_due: date | None, now: StageNow, policy: Policy) -> Task:
    stages = policy.dunning.stage
    rank = next((at for at, entry in enumerate(stages, start=1) if entry.name == now.name), 0)
    coming = stages[rank] if first_due is not None and rank < len(stages) else None
    return Task(
        now.name,
        now.label,
        now.procedure,
        now.since,
        _NOTHING if coming is None else (coming.label.en, coming.label.zh),
        None if coming is None or first_due is None else first_due + timedelta(coming.from_days),
        rank,
    )


_COVERED_BY_CREDITS: Final = Task(
    "covered",
    ("Covered by credits", "贷项可抵"),
    (
        "Clear unapplied receipts and credit notes against what is overdue: they cover it.",
        "将未清的收款与贷项同逾期单据清账：贷项足以抵扣。",
    ),
    None,
    _NOTHING,
    None,
    _COVERED,
)
