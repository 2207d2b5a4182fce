"""A regularised logistic on quantile bins, with the signs that sense demands, as a readable scorecard.

Every factor is cut into bins; each step from a bin to the next is one coefficient, so that a bin's weight is
the sum of the steps up to it, and what is not known is a bin of its own. A step against the sign that sense
demands is taken out, which merges the two bins, and the rest is fitted again. Quantile bins are also what
keeps extreme values from breaking a linear model.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from duebook.errors import InputError
from duebook.fitted import Binned, Scorecard

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from duebook_etl.model.features import Flags, Floats, Whole

STRENGTH: Final = 0.05
"""The inverse of the ridge penalty, in scikit-learn's terms: an even prior over all steps of all factors."""
_BINS: Final = 5
_HEAVY: Final = 0.5
_SLOPE_BADS: Final = 50
_STEEPEST, _FLATTEST = 1.5, 0.5
_DIGITS: Final = 6


class _Classifier(Protocol):
    """What is used of a classifier of scikit-learn."""

    coef_: Floats
    intercept_: Floats

    def fit(self, x: Floats, y: Flags, sample_weight: Floats | None = None) -> object:
        """Fit it."""

    def predict_proba(self, x: Floats) -> Floats:
        """Return a column of probabilities for each class."""


def logistic_regression(strength: float) -> _Classifier:
    """Return scikit-learn's logistic regression with a ridge penalty.

    Raises:
        InputError: scikit-learn is not installed.
    """
    try:
        from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - an extra, slow to import
    except ImportError:
        raise InputError(
            "Fitting a model needs scikit-learn, which is not installed.",
            hint="Install it with `pip install 'duebook[model]'`; a model that is fitted needs it no more.",
        ) from None
    model: _Classifier = LogisticRegression(C=strength, max_iter=1000)
    return model


def edges_of(column: Floats, *, bins: int = _BINS) -> tuple[float, ...]:
    """Return the upper ends of quantile bins but the last; a lowest value of half the rows is a bin."""
    values = np.sort(column[~np.isnan(column)])
    if not values.size:
        return ()
    lowest = values[0]
    rest = values[values > lowest]
    if rest.size < (1 - _HEAVY) * values.size:
        cuts = np.r_[lowest, _quantiles(rest, max(2, bins - 2))]
    else:
        cuts = _quantiles(values, bins)
    cuts = np.unique(np.array([_rounded(cut) for cut in cuts]))
    return tuple(float(cut) for cut in cuts if lowest <= cut < values[-1])


def _quantiles(values: Floats, bins: int) -> Floats:
    found: Floats = np.quantile(values, np.arange(1, bins) / bins) if values.size else values
    return found


def _rounded(value: float) -> float:
    """Return a cut as a person would write it: three significant digits."""
    return float(f"{value:.3g}")


@dataclass(frozen=True)
class Sign:
    """What sense demands of a factor: 1 where more is worse, -1 where it is better, 0 where either may be."""

    name: str
    sign: int


def fit_scorecard(  # noqa: PLR0913 - what a fit is made of
    columns: Mapping[str, Floats],
    bad: Flags,
    signs: Sequence[Sign],
    *,
    event: str,
    weight: Floats | None = None,
    strength: float = STRENGTH,
    bins: int = _BINS,
) -> Scorecard:
    """Fit a scorecard.

    Args:
        columns: The factors, a value a row, NaN where nothing is known.
        bad: What came.
        signs: Which factors, and their signs.
        event: What it foresees, in words.
        weight: What each row counts; left out, 1.
        strength: The inverse of the ridge penalty.
        bins: How many bins at most.

    Raises:
        InputError: scikit-learn is not installed, or all rows are good or all bad.
    """
    if not bad.any() or bad.all():
        raise InputError("There is nothing to fit: every customer turned out the same.")
    edges = {one.name: edges_of(columns[one.name], bins=bins) for one in signs}
    steps = [(one, at) for one in signs for at in (*edges[one.name], math.nan)]
    table = np.column_stack([_step(columns[one.name], at) for one, at in steps]).astype(np.float64)
    used = [place for place in range(len(steps)) if 0 < table[:, place].sum() < bad.size]
    coefficients = np.zeros(len(steps))
    intercept = math.log(bad.mean() / (1 - bad.mean()))
    while used:
        model = logistic_regression(strength)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it might converge further is no news to a person
            model.fit(table[:, used], bad, sample_weight=weight)
        found, intercept = np.ravel(model.coef_), float(np.ravel(model.intercept_)[0])
        right = [
            math.isnan(steps[place][1]) or steps[place][0].sign * value >= 0
            for place, value in zip(used, found, strict=True)
        ]
        if all(right):
            coefficients[used] = found
            break
        used = [place for place, fine in zip(used, right, strict=True) if fine]
    return Scorecard(event, _binned(steps, coefficients, signs), round(intercept, _DIGITS))


def _step(column: Floats, at: float) -> Flags:
    found: Flags = np.isnan(column) if math.isnan(at) else column > at
    return found


def _binned(
    steps: Sequence[tuple[Sign, float]], coefficients: Floats, signs: Sequence[Sign]
) -> tuple[Binned, ...]:
    factors = []
    for one in signs:
        edges, weights, missing = [], [0.0], 0.0
        for (sign, at), value in zip(steps, coefficients, strict=True):
            if sign != one:
                continue
            if math.isnan(at):
                missing = round(float(value), _DIGITS)
            elif round(float(value), _DIGITS):
                edges.append(at)
                weights.append(round(weights[-1] + float(value), _DIGITS))
        if edges or missing:
            factors.append(Binned(one.name, tuple(edges), tuple(weights), missing))
    return tuple(factors)


def calibration(log_odds: Floats, bad: Flags) -> tuple[float, float]:
    """Return the slope and the shift that make log odds as high as what came.

    The shift alone makes the mean probability the observed one. A slope needs fifty bad customers; it is held
    between a half and one and a half.

    Args:
        log_odds: Of customers that the fit has not seen.
        bad: What came.
    """
    slope = 1.0
    if min(int(bad.sum()), int((~bad).sum())) >= _SLOPE_BADS:
        model = logistic_regression(1e6)
        model.fit(log_odds[:, None], bad)
        slope = float(np.clip(np.ravel(model.coef_)[0], _FLATTEST, _STEEPEST))
    return slope, _shift(slope * log_odds, bad)


def _shift(log_odds: Floats, bad: Flags) -> float:
    """Return what has to be added to log odds so that the mean probability is the share of the bad."""
    # Half a customer is added to either side, so that none bad does not mean never.
    target = (bad.sum() + 0.5) / (bad.size + 1) if not 0 < bad.sum() < bad.size else bad.mean()
    low, high = -30.0, 30.0
    for _ in range(80):
        middle = (low + high) / 2
        if float(np.mean(0.5 * (1 + np.tanh((log_odds + middle) / 2)))) < target:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def folds(groups: Whole, bad: Flags, *, number: int = 5, seed: int = 0) -> Whole:
    """Return the fold of each row: rows of one group in one fold, the bad spread evenly.

    Args:
        groups: What belongs together, such as the customer.
        bad: What came.
        number: How many folds.
        seed: Of the shuffle.
    """
    distinct, of = np.unique(groups, return_inverse=True)
    worst = np.zeros(distinct.size, dtype=np.bool_)
    worst[of[bad]] = True
    chance = np.random.default_rng(seed)
    order = np.lexsort((chance.random(distinct.size), worst))
    fold = np.empty(distinct.size, dtype=np.int64)
    fold[order] = np.arange(distinct.size) % number
    found: Whole = fold[of]
    return found
