"""The provisions of many customers at once, by the rules of :mod:`duebook.provision`."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np

from duebook.provision import borne

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from duebook.ledger_columns import Flags, Whole
    from duebook.policy import Policy

_INDIVIDUAL: Final = "individual"
_MATRIX: Final = "matrix"
_FIXED: Final = "fixed"
_HALF: Final = 0.5
_STEP: Final = 2.0**-52  # between 1 and the next float


@dataclass(frozen=True, eq=False)
class Provisions:
    """What is provided for customers, minor units.

    Attributes:
        fixed: At the policy's fixed rates, or the customer's own.
        matrix: At the company's own loss rates, or the customer's own.
        unknown: Whether that by loss rates is missing.
        ways: ``individual``, ``matrix``, or ``fixed`` where loss rates are not known.
    """

    fixed: Whole
    matrix: Whole
    unknown: Flags
    ways: Sequence[str]


def provisions(
    buckets: Whole, own: Mapping[int, Decimal], policy: Policy, loss_rates: Sequence[Decimal] | None
) -> Provisions:
    """Return the provisions of customers, as :func:`duebook.assessment.assess` says.

    Args:
        buckets: What is open of items above zero, a row a customer and a column a bucket of the policy's
            aging, without date last; minor units.
        own: The rows of customers that are assessed on their own, with the loss rate of each.
        policy: The policy.
        loss_rates: As of :func:`duebook.assessment.assess`.
    """
    rules, size = policy.provision, len(buckets)
    fixed = _at_rates(buckets, [*rules.fixed_rates, rules.no_date_rate])
    if loss_rates is None:
        matrix, unknown = np.zeros(size, dtype=np.int64), buckets.sum(axis=1) > 0
    else:
        matrix = _at_rates(buckets, [*borne(loss_rates, rules.forward_factor), rules.no_date_rate])
        unknown = np.zeros(size, dtype=np.bool_)
    ways = [_FIXED if loss_rates is None else _MATRIX] * size
    for row, rate in own.items():
        (lost,) = _at_rates(buckets[row : row + 1], [rate] * buckets.shape[1])
        fixed[row] = matrix[row] = lost
        ways[row], unknown[row] = _INDIVIDUAL, False
    return Provisions(fixed, matrix, unknown, ways)


def _at_rates(amounts: Whole, rates: Sequence[Decimal]) -> Whole:
    """Return the sum of each row's amounts at the rates of their columns, rounded half up; 0 or more.

    Loss rates have more digits than whole numbers of 64 bits carry. A sum by floats rounds to the same whole
    number unless it lies as near to the half as floats may err; those few rows are summed exactly.
    """
    exact = [Fraction(rate) for rate in rates]
    near = amounts.astype(np.float64) @ np.array([float(rate) for rate in exact])
    whole = np.floor(near)
    found: Whole = (whole + (near - whole >= _HALF)).astype(np.int64)
    # A relative error of half a step for each of: amount, rate, product, and every sum but the first.
    for row in np.flatnonzero(np.abs(near - whole - _HALF) <= near * _STEP * (len(exact) + 3)).tolist():
        total = sum((amount * rate for amount, rate in zip(amounts[row].tolist(), exact, strict=True)), 0)
        found[row] = (2 * total + 1) // 2
    return found
