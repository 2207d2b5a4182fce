"""The alerts of many customers at once: the levels of :func:`duebook.alerts.alarm`, column by column."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from duebook.alerts import Level, finding

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from duebook.alerts import Finding
    from duebook.policy import Policy
    from duebook.policy.watch import AlertRule

Floats: TypeAlias = NDArray[np.float64]
Ranks: TypeAlias = NDArray[np.int8]
_PLACES: Final = 12
_LEVELS: Final = tuple(Level)


@dataclass(frozen=True)
class Alarms:
    """The alerts of customers, a row each.

    Attributes:
        level: The worst level of all rules: ``green``, ``amber`` or ``red``.
        rule: The first rule of the policy that has that level; None where all are green.
        fired: The rules that are amber or red, with level and measure, as :func:`told` reads them, a column
            of texts; null where there are none.
    """

    level: list[str]
    rule: list[str | None]
    fired: pa.Array


def rise(before: Floats, now: Floats) -> Floats:
    """Return by how much a measure rose, 0 where it fell; NaN where it is not known on both days.

    A difference of two shares is taken to twelve decimals, so that 0.3 - 0.2 is a tenth here as it is in
    decimal arithmetic.
    """
    found: Floats = np.maximum(np.round(now - before, _PLACES), 0.0)
    return found


def share(part: Floats, whole: Floats) -> Floats:
    """Return a part of a whole, 0 where the whole is 0 or less; NaN where either is not known."""
    found: Floats = np.where(whole > 0, part / np.where(whole > 0, whole, 1.0), 0.0 * (part + whole))
    return found


def levels_of(rule: AlertRule, values: Floats, before: Ranks) -> Ranks:
    """Return the rank of each measure's level by one rule, as :func:`duebook.alerts.level_of`; NaN is green.

    Args:
        rule: The rule.
        values: The measures.
        before: The rank each had, which it leaves only once the measure has come back far enough.
    """
    found: Ranks = np.zeros(values.size, dtype=np.int8)
    for level, bound in ((Level.AMBER, rule.amber), (Level.RED, rule.red)):
        stays = (before >= level.rank) & (values > float(bound - rule.back))
        found[(values >= float(bound)) | stays] = level.rank
    return found


def levels(
    measures: Mapping[str, Floats], policy: Policy, before: Sequence[Mapping[str, Level]] | None = None
) -> dict[str, Ranks]:
    """Return the rank of each customer's level by every rule whose measure is there.

    Args:
        measures: What the rules look at, by the names that :func:`duebook.alerts.measures` gives; NaN where
            it is not known.
        policy: The policy.
        before: The levels that the rules of each customer had, as of :func:`levels_before`.
    """
    return {
        rule.name: levels_of(rule, values, _ranks(rule.name, before, values.size))
        for rule in policy.alert.rule
        if (values := measures.get(rule.measure)) is not None
    }


def alarms(measures: Mapping[str, Floats], policy: Policy, ranks: Mapping[str, Ranks]) -> Alarms:
    """Return the alert of each customer.

    Args:
        measures: As of :func:`levels`; at least one.
        policy: The policy.
        ranks: The ranks of their rules, as of :func:`levels`.
    """
    size = len(next(iter(measures.values())))
    worst: Ranks = np.zeros(size, dtype=np.int8)
    named = np.full(size, -1, dtype=np.int64)
    fired: list[pa.Array] = []
    for place, rule in enumerate(policy.alert.rule):
        own = ranks.get(rule.name)
        if own is None:
            continue
        worse = own > worst
        named[worse] = place
        worst = np.maximum(worst, own)
        if own.any():
            named_so = json.dumps(rule.name, ensure_ascii=False)
            heads = pa.array([None, *(f', {named_so}: ["{level.value}", ' for level in _LEVELS[1:])])
            shown = pa.array(measures[rule.measure]).cast(pa.string())
            each = pc.binary_join_element_wise(heads.take(pa.array(own)), shown, "]", "")
            fired.append(pc.fill_null(each, ""))
    names = np.array([level.value for level in _LEVELS], dtype=object)
    rules = np.array([*(rule.name for rule in policy.alert.rule), None], dtype=object)
    return Alarms(names[worst].tolist(), rules[named].tolist(), _joined(fired, worst))


def _joined(fired: Sequence[pa.Array], worst: Ranks) -> pa.Array:
    """Return the members of each customer, each behind a comma, as one object; null where nothing fired."""
    if not fired:
        return pa.nulls(worst.size, pa.string())
    inside = pc.utf8_slice_codeunits(pc.binary_join_element_wise(*fired, ""), len(", "))
    found = pc.binary_join_element_wise("{", inside, "}", "")
    return pc.if_else(pa.array(worst > 0), found, None)


def levels_before(fired: str | None) -> Mapping[str, Level]:
    """Return the levels that rules had when last looked; those not there were green.

    Args:
        fired: As of :attr:`Alarms.fired`.
    """
    return {} if fired is None else {rule: Level(level) for rule, (level, _) in json.loads(fired).items()}


def told(fired: str | None, policy: Policy) -> tuple[Finding, ...]:
    """Return the rules that fired with their reasons in words, the worst first.

    Args:
        fired: As of :attr:`Alarms.fired`.
        policy: The policy of the customer; a rule that it does not have is left out.
    """
    values = {} if fired is None else json.loads(fired)
    found = [
        finding(rule, Decimal(repr(float(values[rule.name][1]))), Level(values[rule.name][0]))
        for rule in policy.alert.rule
        if rule.name in values
    ]
    return tuple(sorted(found, key=lambda one: -one.level.rank))


def _ranks(rule: str, before: Sequence[Mapping[str, Level]] | None, size: int) -> Ranks:
    if before is None:
        return np.zeros(size, dtype=np.int8)
    return np.array([levels[rule].rank if rule in levels else 0 for levels in before], dtype=np.int8)
