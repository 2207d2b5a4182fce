"""Collection (催收): the stage of an item, what to do in it, and the plan for a sudden default."""

# ruff: noqa: RUF001 - Chinese punctuation
from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from duebook.aging import days_late
from duebook.errors import OutOfRangeError

if TYPE_CHECKING:
    from datetime import date

    from duebook.policy import Policy


@dataclass(frozen=True)
class StageNow:
    """The stage that an item is in.

    Attributes:
        name: Its name; what the policy calls none and disputed too.
        label: It in English and in Chinese.
        since: The day from which the item is in it; None before the first and for a dispute.
        days_late: How late the item is.
        channels: How the customer is told.
        procedure: What is done, in English and in Chinese; empty for none.
    """

    name: str
    label: tuple[str, str]
    since: date | None
    days_late: int
    channels: tuple[str, ...]
    procedure: tuple[str, str]


def stage(due: date, as_of: date, policy: Policy, *, disputed: bool = False) -> StageNow:
    """Return the stage of collection of an item: the last whose day has come, inclusive.

    A disputed item leaves the stages from the policy's day on: what is disputed is settled first, and the
    part that is not stays to be paid on time.

    Args:
        due: The due date that the item was written with.
        as_of: The day.
        policy: The policy.
        disputed: Whether the item is disputed.
    """
    late = days_late(due, as_of)
    rules = policy.dunning
    if disputed and late >= rules.disputed_from_days:
        return StageNow(
            rules.disputed,
            ("Disputed", "争议"),
            None,
            late,
            (),
            _procedure_of_dispute(policy),
        )
    found = next((entry for entry in reversed(rules.stage) if late >= entry.from_days), None)
    if found is None:
        return StageNow(rules.none, ("None", "无需催收"), None, late, (), ("", ""))
    return StageNow(
        found.name,
        (found.label.en, found.label.zh),
        due + timedelta(found.from_days),
        late,
        found.channels,
        (found.procedure.en, found.procedure.zh),
    )


def _procedure_of_dispute(policy: Policy) -> tuple[str, str]:
    rules = policy.dispute
    en = (
        f"Acknowledge in writing within {rules.acknowledge_hours} hours; resolve in {rules.resolve_days} days"
    )
    zh = f"{rules.acknowledge_hours} 小时内书面确认；{rules.resolve_days} 天内解决"
    return f"{en}, at the latest {rules.latest_days}.", f"{zh}，最晚 {rules.latest_days} 天。"


class DisputeState(StrEnum):
    """How long a dispute is open, by the policy's days."""

    OPEN = "open"
    CRITICAL = "critical"
    LATE = "late"
    TOO_LATE = "too late"


def dispute_state(opened: date, as_of: date, policy: Policy) -> DisputeState:
    """Return how long a dispute is open: from when on most become long arrears, and whether it is late.

    Source: the trade-credit guide, item 51: of the disputes open at 21 days more than 60% become long
    arrears; they take 45 to 90 days to resolve.

    Args:
        opened: The day it was raised.
        as_of: The day.
        policy: The policy: critical from its day on, late after the day by which it should be resolved, too
            late after the latest.

    Raises:
        OutOfRangeError: It was raised after the day.
    """
    days = (as_of - opened).days
    if days < 0:
        raise OutOfRangeError(f"opened: {opened} is after {as_of}.")
    rules = policy.dispute
    if days > rules.latest_days:
        return DisputeState.TOO_LATE
    if days > rules.resolve_days:
        return DisputeState.LATE
    return DisputeState.CRITICAL if days >= rules.critical_days else DisputeState.OPEN


@dataclass(frozen=True)
class CrisisStep:
    """A step of the plan for a sudden default.

    Attributes:
        number: Its place, from 1.
        name: Its name.
        label: It in English and in Chinese.
        by: The day by which it is done.
        procedure: What is done, in English and in Chinese.
    """

    number: int
    name: str
    label: tuple[str, str]
    by: date
    procedure: tuple[str, str]


def crisis_plan(since: date, policy: Policy, *, insolvent: bool) -> tuple[CrisisStep, ...]:
    """Return what to do when a customer suddenly defaults, in the policy's order (突发违约预案).

    Args:
        since: The day the default became known.
        policy: The policy.
        insolvent: Whether the customer is insolvent: only then some steps are taken.

    Raises:
        OutOfRangeError: A day lies outside the calendar.
    """
    steps = [step for step in policy.sudden_default.step if insolvent or not step.only_if_insolvent]
    try:
        return tuple(
            CrisisStep(
                number,
                step.name,
                (step.label.en, step.label.zh),
                since + timedelta(step.within_days),
                (step.procedure.en, step.procedure.zh),
            )
            for number, step in enumerate(steps, start=1)
        )
    except OverflowError:
        raise OutOfRangeError(f"since: {since} is too late a day to plan from.") from None
