"""Aging (账龄): how late each open amount is at the end of a day, and how much lies in each bucket.

Days late count from the due date: nothing is late on the day it is due. Edges part the days into buckets,
each edge the last day of its bucket: 0, 30, 60, 90 gives ``not due`` (0 days or fewer), ``1-30``, ``31-60``,
``61-90`` and ``90+`` (91 days or more, without end). An amount without a due date stands in ``no date``. So
every amount is in exactly one bucket, and the buckets add up to what is open: the reports of several ERPs
lost what was not yet due (ERPNext issue 51596), what had no due date (43162) or what was older than the last
edge (35491).
"""

from __future__ import annotations

from bisect import bisect_left
from decimal import Decimal, localcontext
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from duebook.errors import InputError, OutOfRangeError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

NOT_DUE: Final = "not due"
NO_DATE: Final = "no date"
EDGES: Final = (0, 30, 60, 90)
# Far beyond any real due date, and small enough that a date may be moved by it.
_FARTHEST_EDGE: Final = 36_525
# Decimal rounds a sum to its context's precision: enough digits here that no sum of amounts is ever rounded.
_EXACT_DIGITS: Final = 100


def checked_edges(edges: Sequence[int]) -> tuple[int, ...]:
    """Return the edges of the buckets, or say what is wrong with them.

    Args:
        edges: The last day of every bucket but the open-ended one, in days late.

    Returns:
        The same edges.

    Raises:
        InputError: No edge, an edge that is no whole number, or edges that do not increase.
        OutOfRangeError: An edge of more than a century.
    """
    shown = ", ".join(str(edge) for edge in edges)
    hint = "Write increasing whole numbers of days, such as 0, 30, 60, 90."
    if not edges:
        raise InputError("edges: none given, at least one is needed.", hint=hint)
    if any(isinstance(edge, bool) or not isinstance(edge, int) for edge in edges):
        raise InputError(f"edges: {shown} are not all whole numbers.", hint=hint)
    if any(low >= high for low, high in pairwise(edges)):
        raise InputError(f"edges: {shown} do not increase.", hint=hint)
    if any(abs(edge) > _FARTHEST_EDGE for edge in edges):
        raise OutOfRangeError(f"edges: {shown} reach beyond {_FARTHEST_EDGE} days.", hint=hint)
    return tuple(edges)


def labels(edges: Sequence[int] = EDGES) -> tuple[str, ...]:
    """Return the labels of the buckets: ``not due``, one a pair of edges, the open-ended one, ``no date``.

    Args:
        edges: The last day of every bucket but the open-ended one, in days late. The first ends ``not due``.

    Returns:
        Two labels more than edges. Edges 0, 30, 60, 90: ``not due``, ``1-30``, ``31-60``, ``61-90``, ``90+``,
        ``no date``. Edges -1, 29, 59, 89, as in Tryton's aged balance: ``not due``, ``0-29``, ..., ``89+``,
        ``no date``.

    Raises:
        InputError: The edges are not increasing whole numbers.
    """
    # The types too, for True and 1 are one key: what is refused must not be found.
    return _labels(tuple(edges), tuple(map(type, edges)))


@lru_cache(maxsize=256)
def _labels(edges: tuple[int, ...], _types: tuple[type, ...]) -> tuple[str, ...]:
    edges = checked_edges(edges)
    between = (f"{low + 1}{' to ' if low + 1 < 0 else '-'}{high}" for low, high in pairwise(edges))
    return (NOT_DUE, *between, f"{edges[-1]}+", NO_DATE)


def days_late(due: date, as_of: date) -> int:
    """Return the days from the due date to a day: 0 on the due date, negative before.

    Args:
        due: The due date.
        as_of: The day at whose end the question is asked, or the day of payment.

    Returns:
        Calendar days.
    """
    return (as_of - due).days


def bucket(days: int | None, edges: Sequence[int] = EDGES) -> str:
    """Return the label of the bucket that an amount so many days late stands in.

    Args:
        days: Days late as of :func:`days_late`; None where there is no due date.
        edges: The last day of every bucket but the open-ended one.

    Returns:
        One of :func:`labels`.

    Raises:
        InputError: The edges are not increasing whole numbers.
    """
    return labels(edges)[-1 if days is None else bisect_left(edges, days)]


def age(
    dues: Sequence[date | None],
    amounts: Sequence[Decimal | int],
    as_of: date,
    edges: Sequence[int] = EDGES,
) -> tuple[Decimal, ...]:
    """Return how much of open amounts lies in each bucket at the end of a day.

    Nothing is netted, rounded or left out: an unapplied receipt counts negative in the bucket of its own due
    date, so the result always adds up to the amounts.

    Args:
        dues: The due date of each amount; None where there is none.
        amounts: What is open, debit positive, one a due date.
        as_of: The day.
        edges: The last day of every bucket but the open-ended one.

    Returns:
        One amount for each of :func:`labels`, in their order.

    Raises:
        InputError: Amounts and due dates differ in number, or the edges are not increasing whole numbers.
    """
    if len(dues) != len(amounts):
        raise InputError(f"amount: {len(amounts)} values for {len(dues)} due dates; both need equally many.")
    sums = [Decimal(0)] * len(labels(edges))
    # Far fewer days than amounts, as a rule.
    place = {due: -1 if due is None else bisect_left(edges, days_late(due, as_of)) for due in set(dues)}
    with localcontext(prec=_EXACT_DIGITS):
        for due, amount in zip(dues, amounts, strict=True):
            sums[place[due]] += amount
    return tuple(sums)
