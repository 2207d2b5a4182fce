"""The scores of many customers at once: the numbers of :func:`duebook.scorecard.score`, column by column.

Rows whose cells are not plain numbers, known words or empty are scored one by one, so that each gets its own
error and the rest their scores.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from duebook.errors import DuebookError, InputError
from duebook.grading import grade
from duebook.scorecard import CONTEXT, card, folded, score

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from duebook.policy import Policy
    from duebook.scorecard import Card, Part

    Column = Sequence[object] | NDArray[np.float64]
    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]

_NUMBERS: Final = {float, int, Decimal, type(None)}
_BEST: Final = 100


@dataclass(frozen=True)
class Scores:
    """The scores of many customers, row by row.

    Attributes:
        scores: Each score; an error in the place of a row that has none.
        grades: The grade of each; None where there is no score.
        confidences: The confidence of each; None where there is no score.
    """

    scores: list[float | DuebookError]
    grades: list[str | None]
    confidences: list[float | None]


def scores(
    names: Sequence[str],
    columns: Sequence[Column],
    policy: Policy,
    read: Callable[[object], Decimal | str | None],
) -> Scores:
    """Return the score, grade and confidence of each row.

    Args:
        names: The factor of each column, by any of its names.
        columns: Its values, a number, a word or None; or numbers as an array, NaN for None. All columns have
            equally many; no columns are no rows.
        policy: The policy.
        read: Reads a value that is neither, or raises the error of its row.

    Raises:
        InputError: A factor is unknown or stands there twice.
    """
    rules = card(policy)
    found = [rules.find(name) for name in names]
    twice = next((names[place] for place, each in enumerate(found) if each in found[:place]), None)
    if twice is not None:
        raise InputError(f"factor: {twice!r} stands there twice; once is allowed.")
    if not columns:
        return Scores([], [], [])
    rows = len(columns[0])
    odd: Flags = np.zeros(rows, dtype=bool)
    if any(name in CONTEXT for name in found) or policy.exception:
        odd[:] = True  # another policy may be in force in every row, so each is scored alone
        answers = Scores([0.0] * rows, [None] * rows, [None] * rows)
    else:
        parts = {place: columns[number] for number, place in enumerate(found) if isinstance(place, int)}
        answers = _together(rules, parts, odd)
    for row in np.flatnonzero(odd).tolist():
        try:
            one = score(
                [(name, read(column[row])) for name, column in zip(names, columns, strict=True)], policy
            )
        except DuebookError as error:
            answers.scores[row], answers.grades[row], answers.confidences[row] = error, None, None
        else:
            answers.scores[row] = float(one.score)
            answers.grades[row] = grade(one.score, policy).name
            answers.confidences[row] = float(one.confidence)
    return answers


def _together(rules: Card, columns: dict[int, Column], odd: Flags) -> Scores:
    parts, rows = rules.parts, len(odd)
    cyclical: Flags = np.zeros(rows, dtype=bool)
    points: dict[int, Ints] = {}
    known: dict[int, Flags] = {}
    numbers: dict[str, NDArray[np.float64]] = {}
    cap: Ints = np.full(rows, _BEST, dtype=np.int64)
    for place, column in columns.items():
        part = parts[place]
        if part.factor.words:
            places = _words(part, column, odd)
            if part.factor.by_industry:
                cycles = {
                    value
                    for value in set(column)
                    if isinstance(value, str) and folded(value) in rules.cyclical
                }
                if cycles:
                    cyclical |= np.fromiter((value in cycles for value in column), dtype=bool, count=rows)
        else:
            places = _bands(part, column, odd, numbers)
        known[place] = places >= 0
        size = len(part.factor.words or part.factor.bands)
        points[place] = np.array([part.points(n) for n in range(size)], dtype=np.int64)[places]
        if part.factor.words:
            most = np.array([part.at_most(n) for n in range(size)], dtype=np.int64)
            if most.min() < _BEST:
                cap = np.minimum(cap, np.where(known[place], most[places], _BEST))
    _mark_contradictions(numbers, odd)
    return _reckoned(rules, (points, known, cap), cyclical, odd)


def _words(part: Part, column: Column, odd: Flags) -> Ints:
    codes: dict[object, int] = {}
    for value in set(column):
        if value is None or value == "":
            codes[value] = -1
        elif isinstance(value, str):
            codes[value] = part.words.get(folded(value), -2)
        else:
            codes[value] = -2
    places = np.fromiter(map(codes.__getitem__, column), dtype=np.int64, count=len(column))
    odd |= places == -2  # noqa: PLR2004 - what no word stands for
    return places


def _bands(part: Part, column: Column, odd: Flags, numbers: dict[str, NDArray[np.float64]]) -> Ints:
    if isinstance(column, np.ndarray):
        values = column
    elif set(map(type, column)) <= _NUMBERS:
        values = np.array(column, dtype=np.float64)
    else:
        plain = [value if type(value) in _NUMBERS else None for value in column]
        odd |= np.fromiter(
            (value != "" and type(value) not in _NUMBERS for value in column), dtype=bool, count=len(column)
        )
        values = np.array(plain, dtype=np.float64)
    there = ~np.isnan(values)
    for bound, beyond in ((part.factor.lowest, np.less), (part.factor.highest, np.greater)):
        if bound is not None:
            odd |= there & beyond(values, float(bound))
    odd |= there & np.isinf(values)
    numbers[part.factor.name] = values
    bounds = np.array([float(bound) for bound in part.bounds])
    if part.rising:
        places = len(bounds) - np.searchsorted(bounds, values, side="right")
    else:
        places = np.searchsorted(bounds, values, side="left")
    return np.where(there, places, -1)


def _mark_contradictions(numbers: dict[str, Any], odd: Flags) -> None:
    share, oldest = numbers.get("overdue share"), numbers.get("oldest overdue")
    if share is not None and oldest is not None:
        odd |= ~np.isnan(share) & ~np.isnan(oldest) & ((share > 0) != (oldest > 0))
    cash, current = numbers.get("cash ratio"), numbers.get("current ratio")
    if cash is not None and current is not None:
        odd |= cash > current


def _reckoned(
    rules: Card, found: tuple[dict[int, Ints], dict[int, Flags], Ints], cyclical: Flags, odd: Flags
) -> Scores:
    (points, known, cap), policy, parts = found, rules.policy, rules.parts
    rows = len(odd)
    mains = {part.main for part in parts if part.main is not None}
    none: Flags = np.zeros(rows, dtype=bool)
    told, stood_in = {}, {}
    for main in mains:
        told[main] = np.logical_or.reduce(
            [none, *(known[n] for n in known if parts[n].main is None and parts[n].factor.group == main)]
        )
        stood_in[main] = ~told[main] & np.logical_or.reduce(
            [none, *(known[n] for n in known if parts[n].main == main)]
        )
    total: Ints = np.zeros(rows, dtype=np.int64)
    earned, sure, own = total.copy(), total.copy(), total.copy()
    for number, part in enumerate(parts):
        normal, more = part.weight
        weight: Ints = np.where(cyclical, more, normal) if normal != more else np.full(rows, normal)
        if part.main is None:
            own += weight
        there = known.get(number, none)
        if part.main is not None:
            there = there & stood_in[part.main]
        if number in points:
            counted = np.where(there, weight, 0)
            total += counted
            sure += counted
            earned += counted * points[number]
        missing = part.missing(policy)
        if part.main is None and missing is not None:
            absent = np.where(there | stood_in.get(part.factor.group, none), 0, weight)
            total += absent
            earned += absent * missing
    odd |= sure == 0
    safe = np.where(total == 0, 1, total)
    units = 10**policy.score.decimals
    reckoned = np.minimum((2 * earned * units + safe) // (2 * safe), cap * units)
    bounds = [-int(-(band.at_least * units) // 1) for band in reversed(policy.grade.band)]
    grades = np.array([band.name for band in reversed(policy.grade.band)], dtype=object)
    placed = np.searchsorted(np.array(bounds), reckoned, side="right") - 1
    confidence = (2 * sure * 10000 + own) // (2 * own) / 10000
    return Scores((reckoned / units).tolist(), grades[placed].tolist(), confidence.tolist())
