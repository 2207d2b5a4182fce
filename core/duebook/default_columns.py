"""The probability of serious delinquency for whole columns of customers: the same rules, by NumPy.

Columns are float64 arrays by the factors' names, NaN where nothing is known; all equally long. A result
is what :meth:`duebook.default.ExpertPoints.score` and :meth:`duebook.fitted.Scorecard.score` give for each
row, and NaN for a row of which nothing is known.
"""

from __future__ import annotations

import math
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from duebook.default import DECIMALS, HISTORY, NOW, ExpertPoints, bounds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from duebook.fitted import Scorecard

_PLAIN: Final = {float, int, Decimal, type(None)}
Column: TypeAlias = NDArray[np.float64]


def expert_points(expert: ExpertPoints, columns: Mapping[str, Column]) -> Column:
    """Return the points of risk of each row; NaN where nothing is known."""
    scales = expert.scales()
    size = len(next(iter(columns.values()), ()))
    given = {name: columns[name] for name in scales if name in columns}
    unknown = np.ones(size, dtype=bool)
    for column in given.values():
        unknown &= np.isnan(column)
    new = ~unknown
    for name in HISTORY & given.keys():
        new &= np.isnan(given[name])
    points: Column = np.where(new, float(expert.no_history), 0.0)
    for name, column in given.items():
        steps = scales[name]
        if not steps:
            continue
        table = np.array([0, *(step.points for step in steps)], dtype=np.float64)
        place = np.searchsorted([step.above for step in steps], column, side="left")
        points += np.where(np.isnan(column), 0.0, table[place])
    points[unknown] = math.nan
    return points


def expert_probabilities(expert: ExpertPoints, columns: Mapping[str, Column]) -> Column:
    """Return the probability of each row by fixed points."""
    return _logistic(_expert_log_odds(expert, columns))


def _expert_log_odds(expert: ExpertPoints, columns: Mapping[str, Column]) -> Column:
    anchors = np.array([float(at) for at, _ in expert.probabilities])
    odds = np.array([math.log(p / (1 - p)) for _, p in expert.probabilities])
    found: Column = np.interp(expert_points(expert, columns), anchors, odds)
    return found


def scorecard_log_odds(card: Scorecard, columns: Mapping[str, Column]) -> Column:
    """Return the calibrated log odds of each row by a fitted scorecard; NaN where nothing is known."""
    size = len(next(iter(columns.values()), ()))
    added = np.full(size, card.intercept)
    unknown = np.ones(size, dtype=bool)
    for one in card.factors:
        column = columns.get(one.name)
        if column is None:
            added += one.missing
            continue
        missing = np.isnan(column)
        unknown &= missing
        weights = np.array(one.weights)[np.searchsorted(one.edges, column, side="left")]
        added += np.where(missing, one.missing, weights)
    added = card.shift + card.slope * added
    added[unknown] = math.nan
    return added


def scorecard_probabilities(card: Scorecard, columns: Mapping[str, Column]) -> Column:
    """Return the probability of each row by a fitted scorecard."""
    return _logistic(scorecard_log_odds(card, columns))


def banded(model: ExpertPoints | Scorecard, columns: Mapping[str, Column]) -> tuple[Column, Column, Column]:
    """Return the probability of each row and the ends of its band; NaN where nothing is known."""
    if isinstance(model, ExpertPoints):
        odds = _expert_log_odds(model, columns)
        names, given = _needed(model, columns)
    else:
        odds = scorecard_log_odds(model, columns)
        names, given = [one.name for one in model.factors], dict(columns)
    missing = np.zeros(odds.size, dtype=bool)
    for name in names:
        missing |= np.isnan(given[name]) if name in given else True
    whole, part = model.spreads
    spread = np.where(missing, math.log(part), math.log(whole))
    return _logistic(odds), _logistic(odds - spread), _logistic(odds + spread)


def rows_foreseen(
    model: ExpertPoints | Scorecard, names: Sequence[str], rows: Sequence[Sequence[object]]
) -> Iterator[list[float] | None]:
    """Return of each row its probability and the ends of its band.

    Args:
        model: What foresees.
        names: The factor of each column.
        rows: A row a customer: numbers, None where nothing is known.

    Yields:
        The three numbers; None for a row that has to be looked at alone: a cell is no plain number or empty
        text, its factor cannot be so, or nothing is known.
    """
    table, fine = _numbers(rows)
    columns = dict(zip(names, table.T, strict=True))
    for name, column in columns.items():
        fine &= may_be(name, column)
    answers = np.column_stack(banded(model, columns))
    fine &= ~np.isnan(answers[:, 0])
    if fine.all():
        yield from answers.tolist()
        return
    for row, known in zip(answers.tolist(), fine.tolist(), strict=True):
        yield row if known else None


def may_be(name: str, column: Column) -> NDArray[np.bool_]:
    """Return which values a factor may have; what is not known it may."""
    low, high = bounds(name)
    found: NDArray[np.bool_] = np.isnan(column) | ((column >= low) & (column <= high) & np.isfinite(column))
    return found


def _numbers(rows: Sequence[Sequence[object]]) -> tuple[Column, NDArray[np.bool_]]:
    """Return rows as numbers, and which of them hold nothing else."""
    fine = np.ones(len(rows), dtype=bool)
    if set(map(type, chain.from_iterable(rows))) <= _PLAIN:
        return np.array(rows, dtype=np.float64), fine
    table = np.full((len(rows), len(rows[0])), math.nan)
    for place, row in enumerate(rows):
        cells = [None if cell == "" else cell for cell in row]
        if set(map(type, cells)) <= _PLAIN:
            table[place] = np.array(cells, dtype=np.float64)
        else:
            fine[place] = False
    return table, fine


def _needed(expert: ExpertPoints, columns: Mapping[str, Column]) -> tuple[list[str], dict[str, Column]]:
    """Return the factors of the points, and their columns; of what is not overdue nothing is missing."""
    given = dict(columns)
    nothing = [given[name] == 0 for name in NOW[:2] if name in given]
    if nothing:
        none = np.logical_or.reduce(nothing)
        for name in NOW:
            column = given.get(name)
            given[name] = np.where(none, 0.0, math.nan if column is None else column)
    return list(expert.scales()), given


def _logistic(log_odds: Column) -> Column:
    found: Column = np.round(0.5 * (1 + np.tanh(log_odds / 2)), DECIMALS)
    return found
