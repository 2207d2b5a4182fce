"""Exposure (信用敞口): what a customer could cost now, part by part, and against which limit.

Exposure at risk is open receivables, unbilled deliveries, open orders within a horizon and bills that have
not cleared, less unapplied cash and deposits, enforceable collateral, and the insured part. What is disputed
is never counted as insured. Each part may count or not, and have a limit of its own beside the total, as in
OCA's account_financial_risk.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from duebook.errors import InputError, OutOfRangeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

_NOTHING: Final = Decimal(0)


class Part(StrEnum):
    """A part of exposure: the first four add to it, the others take off."""

    OPEN = "open"
    ORDERS = "orders"
    UNBILLED = "unbilled"
    BILLS = "bills"
    UNAPPLIED = "unapplied"
    COLLATERAL = "collateral"
    INSURED = "insured"


ADDING: Final = (Part.OPEN, Part.ORDERS, Part.UNBILLED, Part.BILLS)
EVERY_PART: Final = frozenset(Part)


@dataclass(frozen=True)
class Exposure:
    """The exposure to one customer.

    Attributes:
        parts: Each part as it was given, counted or not.
        counted: What of each part counts: 0 where it is left out; collateral and insurance at most what
            they can take off.
        gross: The parts that add.
        mitigants: What takes off.
        net: gross - mitigants; negative only where unapplied cash exceeds what is owed.
    """

    parts: Mapping[Part, Decimal]
    counted: Mapping[Part, Decimal]
    gross: Decimal
    mitigants: Decimal
    net: Decimal


def exposure(
    parts: Mapping[Part, Decimal],
    *,
    disputed: Decimal = _NOTHING,
    include: frozenset[Part] = EVERY_PART,
) -> Exposure:
    """Return the exposure that its parts make.

    Args:
        parts: The amount of each; one that is not there is 0. Unapplied cash, collateral and the insured part
            are written without a sign. What is open may be negative, where the customer is in credit.
        disputed: What of it is disputed: no insurance counts for it.
        include: The parts that count.

    Raises:
        OutOfRangeError: A part other than the open one, or what is disputed, is negative.
    """
    for name, amount in (*parts.items(), ("disputed", disputed)):
        if amount < 0 and name is not Part.OPEN:
            raise OutOfRangeError(f"{name}: {amount} is negative; 0 or more is allowed.")
    given = {part: parts.get(part, _NOTHING) for part in Part}
    counted = {part: amount if part in include else _NOTHING for part, amount in given.items()}
    gross = sum((counted[part] for part in ADDING), _NOTHING)
    left = gross - counted[Part.UNAPPLIED]
    counted[Part.COLLATERAL] = min(counted[Part.COLLATERAL], max(_NOTHING, left))
    left -= counted[Part.COLLATERAL]
    counted[Part.INSURED] = min(counted[Part.INSURED], max(_NOTHING, left - disputed))
    net = left - counted[Part.INSURED]
    return Exposure(given, counted, gross, gross - net, net)


def exceeded(found: Exposure, limits: Mapping[Part, Decimal]) -> tuple[Part, ...]:
    """Return the parts that exceed a limit of their own, whether they count in the total or not."""
    return tuple(part for part in Part if part in limits and found.parts[part] > limits[part])


@dataclass(frozen=True)
class Order:
    """An open order.

    Attributes:
        number: Its number in the ERP.
        amount: What of it is not delivered, with tax.
        delivery: When it is to be delivered; None where nobody said.
    """

    number: str
    amount: Decimal
    delivery: date | None = None


def in_horizon(
    orders: Iterable[Order], as_of: date, days: int | None
) -> tuple[tuple[Order, ...], tuple[Order, ...]]:
    """Return the orders that count, and those beyond the horizon (SAP's dynamic credit check).

    Args:
        orders: Open orders.
        as_of: The day.
        days: How many days ahead a delivery counts; None for all. An order without a day of delivery counts:
            it may be delivered tomorrow.

    Raises:
        OutOfRangeError: The horizon is negative.
    """
    if days is not None and days < 0:
        raise OutOfRangeError(f"horizon: {days} days; 0 or more is allowed.")
    near, far = list[Order](), list[Order]()
    for order in orders:
        beyond = days is not None and order.delivery is not None and (order.delivery - as_of).days > days
        (far if beyond else near).append(order)
    return tuple(near), tuple(far)


@dataclass(frozen=True)
class Breach:
    """A limit that is exceeded.

    Attributes:
        over: By how much.
        order: The order that broke it; None where it was exceeded before any order.
    """

    over: Decimal
    order: Order | None


def breach(limit: Decimal, without_orders: Decimal, orders: Sequence[Order]) -> Breach | None:
    """Return by how much a limit is exceeded, and by which order; None where it holds.

    Args:
        limit: The limit.
        without_orders: The exposure without the orders.
        orders: Those that count, in the order in which they were accepted.
    """
    running, first = without_orders, None
    for order in orders:
        running += order.amount
        if first is None and running > limit >= running - order.amount:
            first = order
    if running <= limit:
        return None
    return Breach(running - limit, None if without_orders > limit else first)


def top_of(customer: str, parents: Mapping[str, str]) -> str:
    """Return the head of the group that a customer belongs to; itself where it has no parent.

    Args:
        customer: The customer.
        parents: The parent of each customer that has one.

    Raises:
        InputError: The parents go round in a circle.
    """
    path = [customer]
    while (parent := parents.get(path[-1])) is not None:
        if parent in path:
            circle = " -> ".join([*path[path.index(parent) :], parent])
            raise InputError(f"parent: {circle} is a circle; a group has one head.")
        path.append(parent)
    return path[-1]


@dataclass(frozen=True)
class Group:
    """A group of customers: parent and children.

    Attributes:
        head: The customer on top.
        members: All of them, the head too, sorted.
        exposure: Their exposures together.
    """

    head: str
    members: tuple[str, ...]
    exposure: Decimal


def groups(exposures: Mapping[str, Decimal], parents: Mapping[str, str]) -> Mapping[str, Group]:
    """Return the groups of customers with their exposure, by their heads.

    Args:
        exposures: The net exposure of each customer.
        parents: The parent of each customer that has one; a parent need not be a customer itself.

    Returns:
        Each customer is in exactly one group, so the groups add up to the customers.

    Raises:
        InputError: The parents go round in a circle.
    """
    members: dict[str, list[str]] = {}
    for customer in sorted(exposures):
        members.setdefault(top_of(customer, parents), []).append(customer)
    return {
        head: Group(head, tuple(names), sum((exposures[name] for name in names), _NOTHING))
        for head, names in sorted(members.items())
    }


@dataclass(frozen=True)
class Level:
    """A limit and the exposure that it bounds: of a customer in one company, in all of them, or of its group.

    Attributes:
        name: Such as ``company``, ``customer`` or ``group``.
        limit: None where this level has none.
        exposure: The exposure that counts at it.
    """

    name: str
    limit: Decimal | None
    exposure: Decimal


@dataclass(frozen=True)
class Headroom:
    """What is left at the tightest level.

    Attributes:
        amount: Limit less exposure; negative where it is exceeded. None where no level has a limit.
        level: The level that binds; empty where none does.
    """

    amount: Decimal | None
    level: str


def headroom(levels: Sequence[Level]) -> Headroom:
    """Return the least that is left over levels: company, customer, group.

    Raises:
        OutOfRangeError: A limit is negative.
    """
    bounded = [(level.limit, level) for level in levels if level.limit is not None]
    for limit, level in bounded:
        if limit < 0:
            raise OutOfRangeError(f"{level.name}: the limit {limit} is negative; 0 or more is allowed.")
    if not bounded:
        return Headroom(None, "")
    limit, tightest = min(bounded, key=lambda pair: pair[0] - pair[1].exposure)
    return Headroom(limit - tightest.exposure, tightest.name)
