"""Distress from financial ratios: a readable score of a few, and a challenger that may use them all.

A short score that a person can read gives up much against gradient boosting on everything: both are fitted,
so that what is given up is seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from duebook.errors import InputError
from duebook_etl.model.logistic import Sign, edges_of, fit_scorecard, logistic_regression

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from duebook.fitted import Scorecard
    from duebook_etl.model.features import Flags, Floats

MOST_RATIOS: Final = 12
"""What a person still reads."""
_BINS: Final = 10
_STRENGTH: Final = 0.3
_PRIOR: Final = 20.0
_NOTHING: Final = 1e-9
_LEAST_SCORE: Final = 4.0  # two standard deviations, squared


class Classifier(Protocol):
    """What is used of the challenger."""

    def fit(self, x: Floats, y: Flags) -> object:
        """Fit it."""

    def predict_proba(self, x: Floats) -> Floats:
        """Return a column of probabilities for each class."""


def fit_ratio_score(
    columns: Mapping[str, Floats], bad: Flags, signs: Sequence[Sign], *, event: str, most: int = MOST_RATIOS
) -> Scorecard:
    """Fit a readable score: at most twelve ratios, each with the sign that sense demands.

    Args:
        columns: The ratios, a value a company, NaN where it is missing.
        bad: Which companies failed.
        signs: The ratios that may be used, and 1 where more is worse, -1 where more is better.
        event: What it foresees, in words.
        most: How many ratios at most.

    Raises:
        InputError: A ratio has no sign, no company failed or all did, or scikit-learn is not installed.
    """
    unsigned = next((one.name for one in signs if not one.sign), None)
    if unsigned is not None:
        raise InputError(f"ratio {unsigned!r} has no sign; 1 where more is worse, -1 where more is better.")
    chosen = chosen_ratios(columns, bad, signs, most=most)
    return fit_scorecard(columns, bad, chosen, event=event, strength=_STRENGTH, bins=_BINS)


def chosen_ratios(
    columns: Mapping[str, Floats], bad: Flags, signs: Sequence[Sign], *, most: int = MOST_RATIOS
) -> tuple[Sign, ...]:
    """Choose ratios one after the other, each time the one that adds most to those before it.

    Each ratio is first put on one scale, the evidence of its bins in log odds, which rises with risk as its
    sign demands; what a ratio would add is judged by the score test, so that one fit a step is enough.
    """
    if not bad.any() or bad.all():
        raise InputError("There is nothing to fit: every company turned out the same.")
    evidence = np.column_stack([_evidence(columns[one.name], bad, one.sign) for one in signs])
    chosen: list[int] = []
    probability = np.full(bad.size, bad.mean())
    while len(chosen) < min(most, len(signs)):
        weight = probability * (1 - probability)
        before = np.column_stack([np.ones(bad.size), evidence[:, chosen]])
        cross = before.T @ (before * weight[:, None])
        along = before.T @ (evidence * weight[:, None])
        spread = (evidence**2 * weight[:, None]).sum(axis=0)
        spread -= (along * np.linalg.lstsq(cross, along, rcond=None)[0]).sum(axis=0)
        slope = evidence.T @ (bad - probability)
        # More evidence of risk has to add risk: what would come in with the wrong sign stays out.
        gain = np.where((slope > 0) & (spread > _NOTHING), slope**2 / np.maximum(spread, _NOTHING), 0.0)
        gain[chosen] = 0.0
        best = int(gain.argmax())
        if gain[best] < _LEAST_SCORE:
            break
        chosen.append(best)
        model = logistic_regression(1.0)
        model.fit(evidence[:, chosen], bad)
        probability = model.predict_proba(evidence[:, chosen])[:, 1]
    return tuple(signs[place] for place in chosen)


def _evidence(column: Floats, bad: Flags, sign: int) -> Floats:
    """Return a ratio as the log odds of its bin against all, which rise as the sign demands."""
    edges = edges_of(column, bins=_BINS)
    place = np.searchsorted(edges, column, side="left")
    place[np.isnan(column)] = len(edges) + 1
    size = len(edges) + 2
    count = np.bincount(place, minlength=size).astype(np.float64)
    mean = float(bad.mean())
    rate = (np.bincount(place, bad, size) + _PRIOR * mean) / (count + _PRIOR)
    rate[:-1] = sign * _rising(sign * rate[:-1], np.maximum(count[:-1], 1e-9))
    odds: Floats = np.log(rate / (1 - rate)) - np.log(mean / (1 - mean))
    return odds[place]


def _rising(values: Floats, weights: Floats) -> Floats:
    """Return the nearest values that never fall: neighbours that do are put together."""
    blocks: list[list[float]] = []
    for value, weight in zip(values, weights, strict=True):
        blocks.append([float(value), float(weight), 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            last, before = blocks.pop(), blocks.pop()
            total = last[1] + before[1]
            mean = (last[0] * last[1] + before[0] * before[1]) / total
            blocks.append([mean, total, last[2] + before[2]])
    return np.concatenate([np.full(int(count), mean) for mean, _, count in blocks])


def challenger() -> Classifier:
    """Return gradient boosting as it is held against the readable score: on all ratios.

    Raises:
        InputError: scikit-learn is not installed.
    """
    try:
        from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415 - an extra, slow to import
    except ImportError:
        raise InputError(
            "The challenger needs scikit-learn, which is not installed.",
            hint="Install it with `pip install 'duebook[model]'`.",
        ) from None
    model: Classifier = HistGradientBoostingClassifier(
        max_iter=300, learning_rate=0.05, early_stopping=False, random_state=0
    )
    return model
