"""How good predictions of yes or no are: how well they tell apart, and how near they are to what came."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from duebook_etl.model.features import Flags, Floats

_CONFIDENCE = 1.96


@dataclass(frozen=True)
class Auc:
    """The area under the ROC curve: how often a bad one is ranked above a good one.

    Attributes:
        value: The area; .5 tells nothing.
        low: The lower end of its 95% interval, by DeLong's variance (Biometrics 44, 1988).
        high: The upper end.
    """

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """Return the area and its interval, to three decimals."""
        return f"{self.value:.3f} ({self.low:.3f}-{self.high:.3f})"


def auc(bad: Flags, risk: Floats) -> Auc:
    """Return the area under the ROC curve with its interval; NaN where all are good or all are bad.

    Args:
        bad: What came.
        risk: What was said before: the higher, the worse; equal values count half.
    """
    ones, zeros = risk[bad], risk[~bad]
    if not ones.size or not zeros.size:
        return Auc(math.nan, math.nan, math.nan)
    of_ones = (_below(zeros, ones) + _up_to(zeros, ones)) / 2 / zeros.size
    of_zeros = 1 - (_below(ones, zeros) + _up_to(ones, zeros)) / 2 / ones.size
    value = float(of_ones.mean())
    variance = sum(float(part.var(ddof=1)) / part.size for part in (of_ones, of_zeros) if part.size > 1)
    spread = _CONFIDENCE * math.sqrt(variance)
    return Auc(value, max(0.0, value - spread), min(1.0, value + spread))


def _below(among: Floats, values: Floats) -> Floats:
    found: Floats = np.searchsorted(np.sort(among), values, side="left").astype(np.float64)
    return found


def _up_to(among: Floats, values: Floats) -> Floats:
    found: Floats = np.searchsorted(np.sort(among), values, side="right").astype(np.float64)
    return found


def ks(bad: Flags, risk: Floats) -> float:
    """Return the Kolmogorov-Smirnov distance: the most by which the bad and the good lie apart."""
    ones, zeros = risk[bad], risk[~bad]
    if not ones.size or not zeros.size:
        return math.nan
    values = np.unique(risk)
    return float(np.abs(_up_to(ones, values) / ones.size - _up_to(zeros, values) / zeros.size).max())


def brier(bad: Flags, probability: Floats) -> float:
    """Return the mean squared distance of probabilities from what came."""
    return float(np.mean((probability - bad) ** 2)) if bad.size else math.nan


def share_interval(bad: Flags) -> tuple[float, float]:
    """Return the 95% interval of the share of the bad; 0 to 1 where there is nobody.

    Wilson's score interval without continuity correction (Journal of the American Statistical Association 22,
    1927, 209-212): it stays within 0 and 1, and has a width where none or all turned out bad. How much the
    level drifts from window to window is no part of it.

    Args:
        bad: What came.
    """
    if not bad.size:
        return 0.0, 1.0
    share, square = float(bad.mean()), _CONFIDENCE**2 / bad.size
    middle = share + square / 2
    spread = math.sqrt(square * (share * (1 - share) + square / 4))
    return max(0.0, (middle - spread) / (1 + square)), min(1.0, (middle + spread) / (1 + square))


@dataclass(frozen=True)
class Group:
    """Customers of like probability: what was predicted, and what came.

    Attributes:
        customers: How many.
        bad: How many of them turned out bad.
        predicted: The mean of their probabilities.
        observed: The share that turned out bad.
    """

    customers: int
    bad: int
    predicted: float
    observed: float


def groups(bad: Flags, probability: Floats, *, number: int = 5) -> tuple[Group, ...]:
    """Return predicted against observed, the safest customers first, in groups of like size."""
    order = np.argsort(probability, kind="stable")
    return tuple(
        Group(
            int(part.size),
            int(bad[part].sum()),
            float(probability[part].mean()),
            float(bad[part].mean()),
        )
        for part in np.array_split(order, number)
        if part.size
    )
