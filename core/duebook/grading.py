"""The grade of a score (信用等级), and what of due diligence is there: the quick check, completeness."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from duebook.calendar import add_months
from duebook.errors import InputError, OutOfRangeError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from duebook.policy import Policy
    from duebook.policy.customer import Document, GradeBand

_BEST: Final = 100


def grade(score: Decimal, policy: Policy) -> GradeBand:
    """Return the grade of a score: the best whose lowest score it reaches, inclusive.

    Args:
        score: 0 to 100.
        policy: The policy.

    Raises:
        OutOfRangeError: The score is not between 0 and 100.
    """
    if not 0 <= score <= _BEST:
        raise OutOfRangeError(f"score: {score} is not between 0 and {_BEST}.")
    return next(band for band in policy.grade.band if score >= band.at_least)


def find_grade(name: str, policy: Policy) -> GradeBand:
    """Return the grade of a name, in any case, or of its label in English or Chinese.

    Raises:
        InputError: There is none; the hint names the grades.
    """
    wanted = name.strip().casefold()
    for band in policy.grade.band:
        if wanted in {band.name.casefold(), band.label.en.casefold(), band.label.zh}:
            return band
    known = ", ".join(policy.grade.names)
    raise InputError(f"grade: {name!r} is no grade of the policy.", hint=f"There are {known}.")


@dataclass(frozen=True)
class Step:
    """A step of the quick check (三步快速评估法).

    Attributes:
        name: Its name in the policy.
        passed: Whether its documents are there, and not too old.
        missing: Those that are not.
    """

    name: str
    passed: bool
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Diligence:
    """What of due diligence is there.

    Attributes:
        completeness: The share of the required pieces that are there, 0 to 1.
        missing: The required documents of which pieces are missing.
        outdated: The documents of which a piece is too old.
        steps: The quick check, in its order.
    """

    completeness: Decimal
    missing: tuple[str, ...]
    outdated: tuple[str, ...]
    steps: tuple[Step, ...]

    @property
    def passed(self) -> bool:
        """Whether the quick check is passed: every step of it."""
        return all(step.passed for step in self.steps)


def diligence(documents: Mapping[str, Sequence[date]], as_of: date, policy: Policy) -> Diligence:
    """Return what of due diligence is there on a day.

    Args:
        documents: The dates of the pieces of each document, by its name or label.
        as_of: The day; a document of a later day is not there yet.
        policy: The policy.

    Raises:
        InputError: The policy asks for no such document.
    """
    rules = {document.name: document for document in policy.due_diligence.document}
    names = {
        name.casefold(): document.name
        for document in rules.values()
        for name in (document.name, document.label.en, document.label.zh)
    }
    dates: dict[str, list[date]] = {name: [] for name in rules}
    for given, found in documents.items():
        name = names.get(given.strip().casefold())
        if name is None:
            near = get_close_matches(given.strip().casefold(), names, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else f"There are {', '.join(rules)}."
            raise InputError(f"document: {given!r} is no document of due diligence.", hint=hint)
        dates[name].extend(day for day in found if day <= as_of)
    valid = {name: min(rule.count, _valid(rule, dates[name], as_of)) for name, rule in rules.items()}
    there = {name for name, rule in rules.items() if valid[name] == rule.count}
    required = [rule for rule in rules.values() if rule.required]
    pieces = sum(rule.count for rule in required)
    steps = []
    for step in policy.due_diligence.quick:
        missing = tuple(name for name in step.documents if name not in there)
        passed = not missing if step.needs == "all" else len(missing) < len(step.documents)
        steps.append(Step(step.name, passed, () if passed else missing))
    return Diligence(
        completeness=Decimal(sum(valid[rule.name] for rule in required)) / pieces if pieces else Decimal(1),
        missing=tuple(rule.name for rule in required if rule.name not in there),
        outdated=tuple(
            name for name, rule in rules.items() if _valid(rule, dates[name], as_of) < len(dates[name])
        ),
        steps=tuple(steps),
    )


def _valid(rule: Document, dates: Sequence[date], as_of: date) -> int:
    months = rule.valid_months
    return sum(months is None or as_of <= add_months(day, months) for day in dates)
