"""Letting an order through (订单放行): what a policy says to an order on credit, the day it comes in.

A pure decision, for one order by itself: the caller brings what is known of the customer at that moment. Its
own rule stops deliveries to whoever is too long overdue; the terms of its grade may ask for cash first; and
what is open with the order on top must stay within the limit.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from duebook.policy import Policy

PREPAYMENT: Final = "prepayment"
GUARANTEE: Final = "guarantee"


class Verdict(StrEnum):
    """What becomes of an order."""

    ALLOWED = "allowed"
    GUARANTEED = "against a guarantee"
    NO_LIMIT = "no limit known"
    PREPAYMENT = "on prepayment"
    OVER_LIMIT = "over the limit"
    OVERDUE = "overdue"

    @property
    def on_credit(self) -> bool:
        """Whether the order is delivered on credit."""
        return self in _ON_CREDIT

    @property
    def stopped(self) -> bool:
        """Whether the order is stopped; one on prepayment is delivered, for cash."""
        return self in _STOPPED


_ON_CREDIT: Final = frozenset({Verdict.ALLOWED, Verdict.GUARANTEED, Verdict.NO_LIMIT})
_STOPPED: Final = frozenset({Verdict.OVER_LIMIT, Verdict.OVERDUE})


def stops_from(policy: Policy) -> int | None:
    """Return from how many days late on orders are stopped: at the first stage of collection that says so.

    Args:
        policy: The policy.

    Returns:
        Days late of the oldest open item, inclusive; None where no stage stops orders.
    """
    return next((stage.from_days for stage in policy.dunning.stage if stage.stops_orders), None)


def release(  # noqa: PLR0913 - what is known of a customer
    adds: int,
    *,
    exposure: int,
    limit: int | None,
    oldest_overdue: int,
    stops_from: int | None,
    condition: str,
) -> Verdict:
    """Return what becomes of an order.

    First who is overdue from the policy's day on gets nothing. Then what is paid already is let through,
    whatever the limit. Then comes the condition of the terms: prepayment means cash, no credit. Where no
    limit is known the ledger has nothing to say and a person decided: the order is let through and counted
    apart. Else exposure and order together must not exceed the limit; one that is just used up holds.

    Args:
        adds: What the order adds to the exposure, minor units: its amount less what of it is paid already.
        exposure: The exposure before it, minor units; negative where the customer is in credit.
        limit: The limit, minor units; None where none is known.
        oldest_overdue: Days late of the oldest open item; 0 where none is late.
        stops_from: As of :func:`stops_from`.
        condition: ``none``, ``guarantee`` or ``prepayment``, as of :func:`duebook.terms.terms_for`.
    """
    if stops_from is not None and oldest_overdue >= max(1, stops_from):
        return Verdict.OVERDUE
    if adds <= 0:
        return Verdict.ALLOWED
    if condition == PREPAYMENT:
        return Verdict.PREPAYMENT
    if limit is not None and exposure + adds > limit:
        return Verdict.OVER_LIMIT
    if condition == GUARANTEE:
        return Verdict.GUARANTEED
    return Verdict.NO_LIMIT if limit is None else Verdict.ALLOWED
