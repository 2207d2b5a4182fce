"""Alerts (风险预警): red, amber or green by rules of the policy, with the rule that fired and why.

A level is entered at its bound, inclusive, and left only once the measure has come back below it by the
rule's distance: a measure that moves around the bound does not make the alert flap, and one that stays where
it is never changes it.
"""

# ruff: noqa: RUF001 - Chinese punctuation
from __future__ import annotations

import unicodedata
from dataclasses import dataclass, fields
from decimal import Decimal
from difflib import get_close_matches
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from duebook.errors import InputError, OutOfRangeError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from duebook.policy import Policy
    from duebook.policy.watch import AlertRule

_NOTHING: Final = Decimal(0)
LIMIT_USE: Final = "limit use"
"""The measure that depends on the limit."""
_ABOVE_ONE: Final = frozenset({LIMIT_USE})
_MEASURES_ZH: Final = {
    "overdue share": "逾期占比",
    "overdue rise": "逾期占比上升",
    "limit use": "额度使用率",
    "oldest overdue": "最长逾期天数",
    "days late rise": "平均逾期天数上升",
    "score drop": "评分下降",
    "grade drop": "等级下调",
    "report change": "信用报告变化",
    "dispute share": "争议占比",
    "dispute age": "争议天数",
    "cover cut": "保险减额",
    "concentration": "客户集中度",
    "event": "事件",
    "default rate rise": "违约率上升",
    "dso": "应收账款周转天数",
    "probability of default": "违约概率",
}


class Level(StrEnum):
    """How grave an alert is."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"

    @property
    def rank(self) -> int:
        """0 for green, 2 for red."""
        return list(Level).index(self)


_LEVELS: Final = {level.value: level for level in Level} | {
    "绿": Level.GREEN,
    "绿色": Level.GREEN,
    "黄": Level.AMBER,
    "黄色": Level.AMBER,
    "yellow": Level.AMBER,
    "红": Level.RED,
    "红色": Level.RED,
}


def parse_level(text: str) -> Level:
    """Read a level, in English or Chinese, in any case.

    Raises:
        InputError: It is none.
    """
    found = _LEVELS.get(unicodedata.normalize("NFKC", text).strip().casefold())
    if found is None:
        raise InputError(f"before: {text!r} is none of {', '.join(Level)}.")
    return found


@dataclass(frozen=True)
class Watched:
    """What is known of a customer on one day; None where it is not known.

    Attributes:
        open: What is open.
        overdue: What of it is overdue.
        disputed: What of it is disputed.
        limit: The credit limit.
        exposure: The exposure against it.
        oldest_overdue: Days late of the oldest overdue item.
        oldest_dispute: Days that the oldest dispute is open.
        days_late: Average days late of the last payments.
        score: The score.
        grade: The grade's place, 0 for the best.
        cover: The insurer's limit.
        portfolio: What is open of all customers.
        dso: Days of sales outstanding.
        default_rate: The default rate of its kind of customers.
        probability_of_default: Its own.
        report_changes: Adverse changes in its credit report since the last look.
        event: An event in its country or industry: 1 for one to watch, 2 for a grave one.
    """

    open: Decimal | None = None
    overdue: Decimal | None = None
    disputed: Decimal | None = None
    limit: Decimal | None = None
    exposure: Decimal | None = None
    oldest_overdue: Decimal | None = None
    oldest_dispute: Decimal | None = None
    days_late: Decimal | None = None
    score: Decimal | None = None
    grade: Decimal | None = None
    cover: Decimal | None = None
    portfolio: Decimal | None = None
    dso: Decimal | None = None
    default_rate: Decimal | None = None
    probability_of_default: Decimal | None = None
    report_changes: Decimal | None = None
    event: Decimal | None = None


@dataclass(frozen=True)
class Finding:
    """What one rule found.

    Attributes:
        rule: Its name.
        label: It in English and in Chinese.
        level: Red, amber or green.
        value: The measure.
        reason: Why, in English and in Chinese.
        collect: Whether it starts collection.
    """

    rule: str
    label: tuple[str, str]
    level: Level
    value: Decimal
    reason: tuple[str, str]
    collect: bool


@dataclass(frozen=True)
class Alarm:
    """The alert of a customer.

    Attributes:
        level: The worst of all rules.
        findings: What each rule with a measure found, the worst first.
    """

    level: Level
    findings: tuple[Finding, ...]

    @property
    def fired(self) -> tuple[Finding, ...]:
        """The rules that are amber or red."""
        return tuple(finding for finding in self.findings if finding.level is not Level.GREEN)

    @property
    def levels(self) -> Mapping[str, Level]:
        """The level of each rule, to hand over the next time."""
        return {finding.rule: finding.level for finding in self.findings}

    @property
    def collects(self) -> bool:
        """Whether a rule that fired starts collection."""
        return any(finding.collect for finding in self.fired)


def measures(now: Watched, before: Watched | None = None) -> dict[str, Decimal]:
    """Return what the rules look at; what cannot be worked out is not there.

    A share of nothing is nothing, but a limit of 0 that is used has no share: it counts as used twice over.

    Args:
        now: What is known now.
        before: What was known when last looked, for what rose, fell or was cut.

    Raises:
        OutOfRangeError: A figure other than days late, exposure and open is negative.
    """
    for field in fields(Watched):
        value = getattr(now, field.name)
        if value is not None and value < 0 and field.name not in {"days_late", "exposure", "open"}:
            raise OutOfRangeError(
                f"{field.name.replace('_', ' ')}: {value} is negative; 0 or more is allowed."
            )
    was = before or Watched()
    found = {
        "overdue share": _share(now.overdue, now.open),
        "overdue rise": _rise(_share(was.overdue, was.open), _share(now.overdue, now.open)),
        LIMIT_USE: _limit_use(now),
        "oldest overdue": now.oldest_overdue,
        "days late rise": _rise(was.days_late, now.days_late),
        "score drop": _fall(was.score, now.score),
        "grade drop": _rise(was.grade, now.grade),
        "report change": now.report_changes,
        "dispute share": _share(now.disputed, now.open),
        "dispute age": now.oldest_dispute,
        "cover cut": _share(_fall(was.cover, now.cover), was.cover),
        "concentration": _share(now.open, now.portfolio),
        "event": now.event,
        "default rate rise": _rise(was.default_rate, now.default_rate),
        "dso": now.dso,
        "probability of default": now.probability_of_default,
    }
    return {name: value for name, value in found.items() if value is not None}


def _share(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    if part is None or whole is None:
        return None
    return part / whole if whole > 0 else _NOTHING


def _limit_use(now: Watched) -> Decimal | None:
    if now.limit == 0 and now.exposure is not None and now.exposure > 0:
        return Decimal(2)
    return _share(now.exposure, now.limit)


def _rise(before: Decimal | None, now: Decimal | None) -> Decimal | None:
    return None if before is None or now is None else max(_NOTHING, now - before)


def _fall(before: Decimal | None, now: Decimal | None) -> Decimal | None:
    return _rise(now, before)


def level_of(rule: AlertRule, value: Decimal, before: Level = Level.GREEN) -> Level:
    """Return the level of a measure by one rule.

    Args:
        rule: The rule.
        value: The measure.
        before: The level it had, which it leaves only once the measure has come back far enough.
    """
    for level, bound in ((Level.RED, rule.red), (Level.AMBER, rule.amber)):
        if value >= bound or (before.rank >= level.rank and value > bound - rule.back):
            return level
    return Level.GREEN


def checked_value(rule: AlertRule, value: Decimal) -> Decimal:
    """Return a value that a person gives as the measure of a rule.

    Raises:
        OutOfRangeError: It is a share above 1, and not of a limit, which may be exceeded.
    """
    if rule.unit == "share" and rule.measure not in _ABOVE_ONE and value > 1:
        raise OutOfRangeError(
            f"value: {value} is above 1, and {rule.measure} is a share.", hint="Write 0.2 for 20%."
        )
    return value


def find_rule(name: str, policy: Policy) -> AlertRule:
    """Return the rule of a name, of its label, or of its measure, in English or Chinese.

    Raises:
        InputError: There is none; the hint names the nearest.
    """
    names = {
        other.casefold(): rule
        for rule in policy.alert.rule
        for other in (
            *(rule.name, rule.label.en, rule.label.zh),
            *(rule.measure, _MEASURES_ZH.get(rule.measure, rule.measure)),
        )
    }
    found = names.get(name.strip().casefold())
    if found is None:
        near = get_close_matches(name.strip().casefold(), names, n=1)
        known = ", ".join(rule.name for rule in policy.alert.rule)
        hint = f"Did you mean {names[near[0]].name!r}?" if near else f"There are {known}."
        raise InputError(f"rule: {name!r} is no alert of the policy.", hint=hint)
    return found


def alarm(
    found: Mapping[str, Decimal], policy: Policy, *, before: Mapping[str, Level] | None = None
) -> Alarm:
    """Return the alert of a customer.

    Args:
        found: The measures, as of :func:`measures`; a rule without its measure is silent.
        policy: The policy.
        before: The level each rule had, as of :attr:`Alarm.levels`.
    """
    findings = []
    for rule in policy.alert.rule:
        value = found.get(rule.measure)
        if value is None:
            continue
        level = level_of(rule, value, (before or {}).get(rule.name, Level.GREEN))
        findings.append(finding(rule, value, level))
    findings.sort(key=lambda one: -one.level.rank)
    return Alarm(findings[0].level if findings else Level.GREEN, tuple(findings))


def before_limit(found: Mapping[str, Decimal], policy: Policy, before: Mapping[str, Level]) -> Alarm:
    """Return the alert of a customer by the rules that do not look at its limit.

    Their amber and red ones are the open alerts that step a limit down: those of the limit's own use would
    need the limit first.

    Args:
        found: As of :func:`alarm`.
        policy: The policy.
        before: As of :func:`alarm`.
    """
    return alarm({name: value for name, value in found.items() if name != LIMIT_USE}, policy, before=before)


def finding(rule: AlertRule, value: Decimal, level: Level) -> Finding:
    """Return what a rule found, with its reason in words.

    Args:
        rule: The rule.
        value: The measure.
        level: The level that it has by the rule.
    """
    return Finding(
        rule.name,
        (rule.label.en, rule.label.zh),
        level,
        value,
        _reason(rule, value, level),
        rule.collect,
    )


_UNITS: Final = {
    "days": (" days", " 天"),
    "points": (" points", " 分"),
    "grades": (" grades", " 级"),
    "share": ("%", "%"),
}
_COLOURS: Final = {Level.GREEN: "绿色", Level.AMBER: "黄色", Level.RED: "红色"}


def _reason(rule: AlertRule, value: Decimal, level: Level) -> tuple[str, str]:
    if level is Level.GREEN:
        return f"{_told(rule, value, 0)}: green.", f"{_told(rule, value, 1)}：绿色。"
    bound = rule.red if level is Level.RED else rule.amber
    if value >= bound:
        return (
            f"{_told(rule, value, 0)}: {level} from {_told(rule, bound, 0)} on.",
            f"{_told(rule, value, 1)}：达到{_COLOURS[level]}起点 {_told(rule, bound, 1)}。",
        )
    back = bound - rule.back
    return (
        f"{_told(rule, value, 0)}: {level} until it is back at {_told(rule, back, 0)}.",
        f"{_told(rule, value, 1)}：回落至 {_told(rule, back, 1)} 前维持{_COLOURS[level]}。",
    )


def _told(rule: AlertRule, value: Decimal, lang: int) -> str:
    if rule.unit == "share":
        value *= 100
    text = f"{round(value, 2):f}"
    text = (text.rstrip("0").removesuffix(".") if "." in text else text) or "0"
    return text + _UNITS.get(rule.unit, ("", ""))[lang]
