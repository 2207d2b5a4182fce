"""Who decides on a limit (信用审批): what the rules grant, and the levels that decide in their order.

A pure decision: the caller brings the request and the decisions so far, with their times.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from duebook.errors import InputError, OutOfRangeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duebook.policy import Policy
    from duebook.policy.watch import ApprovalLevel

_WORST_FIRST: Final = ("red", "amber", "green")
_COLOURS: Final = {"red": "红色", "amber": "黄色", "green": "绿色"}
_HIGHEST_SCORE: Final = 100


@dataclass(frozen=True)
class Request:
    """A limit that is asked for.

    Attributes:
        limit: How much.
        requested_by: Who asks.
        requested_at: When.
        score: The customer's score; None where it has none.
        confidence: The known part of the score.
        new_customer: Whether it has no limit yet.
        alert: The worst alert that is open: green, amber or red.
        over_proposal: Whether more is asked for than the policy's own limit.
    """

    limit: Decimal
    requested_by: str
    requested_at: datetime
    score: Decimal | None = None
    confidence: Decimal = Decimal(0)
    new_customer: bool = False
    alert: str = "green"
    over_proposal: bool = False


@dataclass(frozen=True)
class Vote:
    """What a level decided.

    Attributes:
        level: Its name.
        by: Who decided.
        at: When.
        granted: Whether it was granted.
    """

    level: str
    by: str
    at: datetime
    granted: bool


@dataclass(frozen=True)
class Route:
    """The way of a request.

    Attributes:
        automatic: Whether the rules grant it without a person.
        levels: The levels that decide otherwise, in their order.
        against: Why the rules do not grant it, in English.
        against_zh: The same in Chinese.
    """

    automatic: bool
    levels: tuple[str, ...]
    against: tuple[str, ...]
    against_zh: tuple[str, ...]


class Outcome(StrEnum):
    """What has become of a request."""

    GRANTED = "granted"
    REFUSED = "refused"
    WAITING = "waiting"


@dataclass(frozen=True)
class Standing:
    """Where a request stands.

    Attributes:
        outcome: What has become of it.
        level: The level that decides next; None where nothing is left to decide.
        decide_by: By when it decides; None likewise.
        late: The levels that decided later than they should have, and the one that is late now.
    """

    outcome: Outcome
    level: str | None
    decide_by: datetime | None
    late: tuple[str, ...]


def route(request: Request, policy: Policy) -> Route:
    """Return which way a request goes.

    Every level below the first that may grant the limit looks at it too, in order; a new customer passes all
    levels where the policy says so.

    Args:
        request: What is asked for.
        policy: The policy.

    Raises:
        OutOfRangeError: The limit is negative, or the score or its confidence is out of range.
        InputError: The alert is none of the three colours.
    """
    if request.limit < 0:
        raise OutOfRangeError(f"limit: {request.limit} is negative; 0 or more is allowed.")
    if request.score is not None and not 0 <= request.score <= _HIGHEST_SCORE:
        raise OutOfRangeError(f"score: {request.score} is not between 0 and {_HIGHEST_SCORE}.")
    if not 0 <= request.confidence <= 1:
        raise OutOfRangeError(
            f"confidence: {request.confidence} is not between 0 and 1.", hint="Write 0.5 for 50%."
        )
    if request.alert not in _WORST_FIRST:
        raise InputError(f"alert: {request.alert!r} is none of green, amber, red.")
    against = _against(request, policy)
    rules = policy.approval
    if request.new_customer and rules.new_customers_pass_all:
        needed = [level.name for level in rules.level]
    else:
        needed = []
        for level in rules.level:
            needed.append(level.name)
            if _may_grant(level, request.limit):
                break
    return Route(
        automatic=not against,
        levels=() if not against else tuple(needed),
        against=tuple(en for en, _ in against),
        against_zh=tuple(zh for _, zh in against),
    )


def _may_grant(level: ApprovalLevel, limit: Decimal) -> bool:
    return level.up_to is None or limit <= level.up_to


def _against(request: Request, policy: Policy) -> list[tuple[str, str]]:
    """Return what keeps a request from being granted by the rules alone."""
    rules = policy.approval.automatic
    score = request.score
    checks = [
        (not rules.enabled, "automatic approval is off", "未启用自动审批"),
        (
            request.limit > rules.up_to,
            f"the limit {request.limit} is above {rules.up_to}",
            f"额度 {request.limit} 高于 {rules.up_to}",
        ),
        (score is None, "the customer has no score", "客户无评分"),
        (
            score is not None and score < rules.least_score,
            f"the score {score} is below {rules.least_score}",
            f"评分 {score} 低于 {rules.least_score}",
        ),
        (
            request.confidence < rules.least_confidence,
            f"the confidence {request.confidence} is below {rules.least_confidence}",
            f"置信度 {request.confidence} 低于 {rules.least_confidence}",
        ),
        (request.new_customer and not rules.new_customers, "the customer is new", "新客户"),
        (
            _WORST_FIRST.index(request.alert) < _WORST_FIRST.index(rules.worst_alert),
            f"an alert is {request.alert}",
            f"存在{_COLOURS[request.alert]}预警",
        ),
        (request.over_proposal, "it is more than the policy's own limit", "超出政策测算额度"),
    ]
    return [(en, zh) for fires, en, zh in checks if fires]


def standing(request: Request, votes: Sequence[Vote], now: datetime, policy: Policy) -> Standing:
    """Return where a request stands after the decisions so far.

    Args:
        request: What is asked for.
        votes: The decisions so far, in their order.
        now: The time, to tell who is late.
        policy: The policy.

    Raises:
        InputError: A level decided out of its order, or one person twice or on an own request, or nobody, or
            after the request was already granted or refused, or before it was asked for; or only some of the
            times have a time zone.
    """
    way = route(request, policy)
    _check_times(request, votes, now)
    hours = timedelta(hours=policy.approval.decide_within_hours)
    if way.automatic:
        if votes:
            raise InputError(f"vote: {votes[0].by!r} decides on what the rules granted already.")
        return Standing(Outcome.GRANTED, None, None, ())
    late: list[str] = []
    since = request.requested_at
    for place, vote in enumerate(votes):
        _check_vote(place, vote, votes, way, request)
        seen = {_person(name) for name in (request.requested_by, *(other.by for other in votes[:place]))}
        if policy.approval.four_eyes and _person(vote.by) in seen:
            raise InputError(f"vote: {vote.by!r} asked for it or decided already; four eyes are needed.")
        if vote.at > since + hours:
            late.append(vote.level)
        since = vote.at
    if votes and not votes[-1].granted:
        return Standing(Outcome.REFUSED, None, None, tuple(late))
    if len(votes) == len(way.levels):
        return Standing(Outcome.GRANTED, None, None, tuple(late))
    level = way.levels[len(votes)]
    if now > since + hours:
        late.append(level)
    return Standing(Outcome.WAITING, level, since + hours, tuple(late))


def _person(name: str) -> str:
    """Return a name as names are compared: nobody has two pairs of eyes by writing it another way."""
    return " ".join(unicodedata.normalize("NFKC", name).split()).casefold()


def _check_times(request: Request, votes: Sequence[Vote], now: datetime) -> None:
    times = [request.requested_at, *(vote.at for vote in votes), now]
    if len({time.utcoffset() is None for time in times}) > 1:
        raise InputError(
            "requested_at, at, now: some have a time zone and others none; all or none need one."
        )


def _check_vote(place: int, vote: Vote, votes: Sequence[Vote], way: Route, request: Request) -> None:
    since = votes[place - 1].at if place else request.requested_at
    if not _person(vote.by):
        raise InputError(f"vote: nobody decides at level {vote.level!r}; a name is needed.")
    if place == len(way.levels) or (place and not votes[place - 1].granted):
        raise InputError(f"vote: {vote.by!r} decides on what was decided already.")
    if vote.level != way.levels[place]:
        raise InputError(
            f"vote: {vote.level!r} decides before {way.levels[place]!r}; levels keep their order."
        )
    if vote.at < since:
        raise InputError(f"vote: {vote.by!r} decides at {vote.at}, before {since}.")
