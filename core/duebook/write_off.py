"""When a debt is to be written off (坏账核销), by tests that differ with its size, age and debtor."""

# ruff: noqa: RUF001 - Chinese punctuation

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Final

from duebook.aging import days_late
from duebook.calendar import add_months
from duebook.errors import InputError, OutOfRangeError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

_NOTHING: Final = Decimal(0)


class Ground(Enum):
    """A ground to write a debt off, in English and Chinese."""

    INSOLVENT = ("the debtor is insolvent", "债务人破产或资不抵债")
    GONE = ("the debtor was deregistered or cannot be found", "债务人已注销或失联")
    ENFORCEMENT_ENDED = ("the court has ended enforcement", "法院终结执行")
    STATUTE_BARRED = ("the period of limitation is over", "超过诉讼时效")
    SMALL_AND_OLD = ("the amount is small and old", "金额小且逾期久")
    COST_EXCEEDS = ("collecting would cost more than it brings", "催收成本高于可收回金额")


class Obstacle(Enum):
    """What keeps a debt from being written off, in English and Chinese."""

    DISPUTED = ("it is disputed: settle the dispute first", "存在争议，应先解决争议")
    PLAN_KEPT = ("a payment plan is being kept", "付款计划正常履行")
    CLAIM_OPEN = ("an insurance claim is open", "保险索赔未结")
    RELATED = ("the debtor is a related party", "债务人为关联方")
    NOT_PURSUED = ("it was not reminded often enough", "催收次数不足")


_FACTS: Final[dict[str, Ground | Obstacle]] = {
    "insolvent": Ground.INSOLVENT,
    "破产": Ground.INSOLVENT,
    "gone": Ground.GONE,
    "失联": Ground.GONE,
    "enforcement ended": Ground.ENFORCEMENT_ENDED,
    "终结执行": Ground.ENFORCEMENT_ENDED,
    "disputed": Obstacle.DISPUTED,
    "争议": Obstacle.DISPUTED,
    "plan kept": Obstacle.PLAN_KEPT,
    "计划履行中": Obstacle.PLAN_KEPT,
    "claim open": Obstacle.CLAIM_OPEN,
    "索赔未结": Obstacle.CLAIM_OPEN,
    "related": Obstacle.RELATED,
    "关联方": Obstacle.RELATED,
}


def parse_facts(texts: Sequence[str]) -> tuple[frozenset[Ground], frozenset[Obstacle]]:
    """Read what is known of a debt beside figures: grounds to write it off, and what keeps it.

    Args:
        texts: Each one of ``insolvent``, ``gone``, ``enforcement ended``, ``disputed``, ``plan kept``,
            ``claim open``, ``related``, or its Chinese name.

    Raises:
        InputError: One is none of these.
    """
    found = set[Ground | Obstacle]()
    for text in texts:
        fact = _FACTS.get(re.sub(r"[\s_-]+", " ", unicodedata.normalize("NFKC", text)).strip().casefold())
        if fact is None:
            known = ", ".join(name for name in _FACTS if name.isascii())
            raise InputError(f"facts: {text!r} is none that is known.", hint=f"There are {known}.")
        found.add(fact)
    return (
        frozenset(fact for fact in found if isinstance(fact, Ground)),
        frozenset(fact for fact in found if isinstance(fact, Obstacle)),
    )


@dataclass(frozen=True)
class BadDebt:
    """What is known of a debt that might be written off.

    Attributes:
        amount: What is open.
        due: Its original due date.
        last_acknowledged: The last day on which it was demanded in writing or acknowledged, from which the
            period of limitation runs anew; None for never.
        reminders: How often it was reminded.
        collection_cost: What collecting it is expected to cost.
        expected_recovery: What collecting it is expected to bring: a dividend, collateral, an indemnity.
        grounds: Facts that are grounds by themselves: insolvency, deregistration, the end of enforcement.
        obstacles: Facts that keep it: a dispute, a plan that is kept, an open claim, a related party.
    """

    amount: Decimal
    due: date
    last_acknowledged: date | None = None
    reminders: int = 0
    collection_cost: Decimal = _NOTHING
    expected_recovery: Decimal = _NOTHING
    grounds: frozenset[Ground] = frozenset()
    obstacles: frozenset[Obstacle] = frozenset()


@dataclass(frozen=True)
class WriteOffRules:
    """When a debt is written off; the numbers are policy.

    Attributes:
        small_amount: Up to which amount a debt is small.
        small_days: From how many days past due a small debt is old.
        limitation_months: The period of limitation in months: 36 in China (Civil Code, article 188).
        reminders: How many reminders a debt needs first, unless the debtor is insolvent or gone.
    """

    small_amount: Decimal
    small_days: int
    limitation_months: int = 36
    reminders: int = 3


@dataclass(frozen=True)
class Proposal:
    """Whether a debt should be written off.

    Attributes:
        amount: What is proposed: what is open less what is expected to come in, which is nothing where
            collecting does not pay; 0 for no proposal.
        grounds: What speaks for it.
        obstacles: What keeps it; with one, nothing is proposed.
    """

    amount: Decimal
    grounds: tuple[Ground, ...]
    obstacles: tuple[Obstacle, ...]


def propose_write_off(debt: BadDebt, as_of: date, rules: WriteOffRules) -> Proposal:
    """Return whether to propose a debt for write-off, why, and what speaks against it.

    Args:
        debt: What is known of it.
        as_of: The day.
        rules: The policy's numbers.

    Returns:
        An amount above 0 only with a ground and without an obstacle.

    Raises:
        OutOfRangeError: The debt, its cost, what is expected to come in or the number of reminders is
            negative, or the debt was last acknowledged after the day.
    """
    for name in ("amount", "collection_cost", "expected_recovery", "reminders"):
        value: Decimal | int = getattr(debt, name)
        if value < 0:
            raise OutOfRangeError(f"{name}: {value} is negative; 0 or more is allowed.")
    if debt.last_acknowledged is not None and debt.last_acknowledged > as_of:
        raise OutOfRangeError(
            f"last_acknowledged: {debt.last_acknowledged} is after {as_of}, when nobody knew of it; "
            "a day by then is allowed."
        )
    grounds, obstacles = set(debt.grounds), set(debt.obstacles)
    limitation = add_months(max(debt.due, debt.last_acknowledged or debt.due), rules.limitation_months)
    if as_of > limitation:
        grounds.add(Ground.STATUTE_BARRED)
    if debt.amount <= rules.small_amount and days_late(debt.due, as_of) >= rules.small_days:
        grounds.add(Ground.SMALL_AND_OLD)
    if debt.collection_cost > debt.expected_recovery and days_late(debt.due, as_of) > 0:
        grounds.add(Ground.COST_EXCEEDS)
    if debt.reminders < rules.reminders and not grounds & {Ground.INSOLVENT, Ground.GONE}:
        obstacles.add(Obstacle.NOT_PURSUED)
    expected = _NOTHING if Ground.COST_EXCEEDS in grounds else debt.expected_recovery
    loss = max(_NOTHING, debt.amount - expected)
    return Proposal(
        amount=loss if grounds and not obstacles else _NOTHING,
        grounds=tuple(ground for ground in Ground if ground in grounds),
        obstacles=tuple(obstacle for obstacle in Obstacle if obstacle in obstacles),
    )
