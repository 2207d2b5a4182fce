"""The rules of score, probability, terms and limit, in words, and what each is made of.

Each figure is made again by the scalar rule from what is listed, so that a trace holds the columns of
:func:`duebook.assessment.assess` against the rules they stand for.
"""

# ruff: noqa: RUF001 - Chinese punctuation
from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from duebook.assessment import EXPIRED, GRANTED
from duebook.calendar import add_months
from duebook.grading import grade
from duebook.terms import TermsDecision, terms_for
from duebook_etl.explanations import (
    Evidence,
    Explanation,
    Line,
    Words,
    added,
    fact_line,
    fact_lines,
    half_up,
    plain,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from duebook_etl.case import Case
    from duebook_etl.explanations import Answer, Exact

_NEW: Final = "new"
_OTHER: Final = "other"
_LIMIT: Final = "credit limit"
_NOTHING: Final = Words("", "")
_EVERY_LIMIT: Final = (
    "limit.methods",
    "limit.combine",
    "limit.floor",
    "limit.rounding_step",
    "limit.step",
)
_METHOD_KEYS: Final = {
    "progressive": "limit.progressive",
    "net worth": "limit.net_worth_share",
    "working capital": "limit.working_capital_share",
    "sales": "limit.sales_share",
    "grade": "grade.band",
    "blend": "limit.blend",
    "dso cap": "limit.tolerance_days",
    "expected loss": "limit.loss_given_default",
    "revenue": "limit.revenue",
    "seller annual sales": "limit.seller_share",
}
"""What each method and bound reads of the policy, beside what all limits read."""
_ALERT_KEYS: Final = ("measure", "amber", "red", "back")


# Score, grade, confidence


def _factors(case: Case) -> Iterable[Line]:
    for line in () if case.scored is None else case.scored.lines:
        told = fact_line("", case.facts[line.factor]).told if line.factor in case.facts else _NOTHING
        reason = Words(f"{line.reason[0]} {told.en}".strip(), f"{line.reason[1]}{told.zh}")
        yield Line(line.factor, plain(line.value), Fraction(line.points), reason)


def _score(given: Evidence) -> Answer:
    if not given.lines:
        return None
    # Shares of the weight that do not come out even are cut at the 28th digit: no digit that is rounded to.
    total = half_up(Fraction(added(given)), 20)
    return half_up(total, given.policy.score.decimals)


def _factor_keys(case: Case) -> Iterable[str]:
    return [f"score.factor.{line.name}.weight" for line in _factors(case)]


def _grade(given: Evidence) -> Answer:
    points = given.number("score")
    return None if points is None else grade(_decimal(points), given.policy).name


def _confidence(given: Evidence) -> Answer:
    scored = given.case.scored
    return None if scored is None else Fraction(scored.confidence)


# The probability of serious delinquency


def _reasons(case: Case) -> Iterable[Line]:
    found = case.foreseen
    if found is None:
        return
    reasons = {reason.factor: reason for reason in found.reasons}
    for name in dict.fromkeys([*reasons, *sorted(case.factors)]):
        reason = reasons.get(name)
        value = case.factors.get(name)
        words = Words("It costs no points.", "不扣分。") if reason is None else Words(reason.en, reason.zh)
        points = Fraction(0) if reason is None else Fraction(str(reason.points))
        yield Line(name, "" if value is None else f"{value:g}", points, words)


def _probability(given: Evidence) -> Answer:
    found = given.case.foreseen
    return None if found is None else Fraction(str(found.probability))


def _points_keys(case: Case) -> Iterable[str]:
    """Return the keys of the fixed points; a fitted model has its own."""
    if case.foreseen is None or case.model is not None:
        return []
    scales = [reason.factor.replace(" ", "_") for reason in case.foreseen.reasons]
    return [f"default.points.{name}" for name in (*scales, "probabilities")]


def _model(given: Evidence) -> Answer:
    model = given.case.model
    if given.case.foreseen is None:
        return None
    return "expert points" if model is None else f"fitted model {model.digest[:12]}"


# Terms


def _terms(case: Case, grade_name: Answer) -> TermsDecision | None:
    if not case.known:
        return None
    return terms_for(case.industry or _OTHER, str(grade_name or _NEW), case.own)


def _term_days(given: Evidence) -> Answer:
    found = _terms(given.case, given.terms["grade"])
    return None if found is None else found.days


def _tier(given: Evidence) -> Answer:
    found = _terms(given.case, given.terms["grade"])
    return None if found is None else found.tier


def _industry(case: Case) -> Iterable[Line]:
    found = _terms(case, case.profile.grade)
    return [] if found is None else [Line("industry", case.industry, None, Words(*found.reason))]


def _terms_keys(case: Case) -> Iterable[str]:
    found = _terms(case, case.profile.grade)
    if found is None:
        return []
    return [f"terms.industry.{found.industry}", f"terms.tier.{found.tier}", "terms.step_days"]


# The limit


def _limit_lines(case: Case) -> Iterable[Line]:
    if _LIMIT in case.facts:
        return [fact_line(_LIMIT, case.facts[_LIMIT])]
    given = Words("What the policy's methods are given.", "政策方法的输入。")
    lines = [Line(name, plain(value), None, given) for name, value in case.limit_inputs]
    step = Words(
        "A proposal, or what floor, caps and rounding left of it.", "测算额度，或经下限、上限、取整后的额度。"
    )
    steps = () if case.decision is None else case.decision.steps
    alerts = [Line(one.rule, plain(one.value), None, Words(*one.reason)) for one in case.stepping]
    return [*lines, *alerts, *(Line(name, plain(amount), None, step) for name, amount in steps)]


def _limit_keys(case: Case) -> Iterable[str]:
    if _LIMIT in case.facts:
        return ["limit.valid_months"]
    steps = () if case.decision is None else case.decision.steps
    alerts = [f"alert.rule.{one.rule}.{name}" for one in case.stepping for name in _ALERT_KEYS]
    return [*_EVERY_LIMIT, *alerts, *(key for name, _ in steps if (key := _METHOD_KEYS.get(name)))]


def _limit(given: Evidence) -> Answer:
    case = given.case
    if _LIMIT in case.facts:
        return case.minor(_LIMIT)
    return None if case.decision is None else int(half_up(Fraction(case.decision.amount) * case.unit))


def _limit_method(given: Evidence) -> Answer:
    until = _expires(given)
    if isinstance(until, date):
        return GRANTED if given.case.as_of <= until else EXPIRED
    return None if given.case.decision is None else given.case.decision.bound_by


def _expires(given: Evidence) -> Answer:
    fact = given.case.facts.get(_LIMIT)
    return None if fact is None else add_months(fact.known_from, given.policy.limit.valid_months)


def _decimal(value: Exact) -> Decimal:
    exact = Fraction(value)
    return Decimal(exact.numerator) / exact.denominator


_POLICY: Final = "domain reference 1, items of the trade-credit guide"
_LEDGER_FACTORS: Final = (
    "pay_index",
    "gross_open",
    "gross_overdue",
    "oldest_overdue_days",
    "months_of_business",
)


CREDIT: Final[dict[str, Explanation]] = {
    "score": Explanation(
        Words(
            "The mean of the points of the scorecard's factors, weighted; a factor that nobody knows is "
            "treated as the policy says. How it pays comes from the ledger, all else from the credit file.",
            "评分卡各因素得分的加权平均；缺失的因素按政策处理。付款行为取自账簿，其余取自信用档案。",
        ),
        "Σ points of the factors, rounded to score.decimals",
        f"{_POLICY}: 9",
        _score,
        ("score.decimals", "score.missing", "score.neutral_points", "score.cyclical_weight"),
        terms=_LEDGER_FACTORS,
        lines=_factors,
        more_keys=_factor_keys,
    ),
    "grade": Explanation(
        Words("The best grade whose lowest score the score reaches.", "评分达到最低分的最高等级。"),
        "the first band with score ≥ at_least",
        f"{_POLICY}: 9",
        _grade,
        ("grade.band",),
        terms=("score",),
    ),
    "confidence": Explanation(
        Words(
            "The part of the scorecard's weight that is known, to four places.",
            "评分卡中已知因素所占的权重，保留四位小数。",
        ),
        "weight of the known factors ÷ weight of all",
        f"{_POLICY}: 9",
        _confidence,
        lines=_factors,
        more_keys=_factor_keys,
    ),
    "default_probability": Explanation(
        Words(
            "How likely serious delinquency is: by points that are fixed, or by the fitted model where the "
            "configuration names one that knew nothing later than the day. Factors look back a year.",
            "严重逾期的概率：按固定分值，或按配置所指且不知晓该日之后信息的拟合模型。各因素回溯一年。",
        ),
        "probability (points of risk)",
        "model reference, Cold start and With history",
        _probability,
        ("default.horizon_days", "default.late_days"),
        terms=("gross_overdue", "oldest_overdue_days"),
        lines=_reasons,
        more_keys=_points_keys,
    ),
    "default_model": Explanation(
        Words("Which model gave the probability.", "给出违约概率的模型。"),
        "fixed points, or the fitted model and its digest",
        "model reference, Cold start and With history",
        _model,
        lines=_reasons,
    ),
    "term_days": Explanation(
        Words(
            "From the strict to the flexible end of the industry's terms, as far as the grade's tier says.",
            "自行业账期的严格端至宽松端，按等级所属层级的位置确定。",
        ),
        "least_days + (most_days − least_days) × position, rounded down to terms.step_days",
        f"{_POLICY}: 5 to 8",
        _term_days,
        terms=("grade",),
        lines=_industry,
        more_keys=_terms_keys,
    ),
    "terms_tier": Explanation(
        Words("The tier of terms that the grade belongs to.", "等级所属的账期层级。"),
        "the tier whose grades hold the grade",
        f"{_POLICY}: 5 to 8",
        _tier,
        terms=("grade",),
        lines=_industry,
        more_keys=_terms_keys,
    ),
    "credit_limit": Explanation(
        Words(
            "What a person granted; where nobody did, what the policy's methods come to for what is known. "
            "Years of good business step that up; each rule of alerts that is amber or red steps it down "
            "instead, but for those that look at the limit itself.",
            "人工授予的额度；未授予时，按政策方法以已知信息测算。良好合作年限上调额度；每条黄色或红色预警"
            "（以额度使用率为指标者除外）下调额度，且不再上调。",
        ),
        "granted, or the policy's methods with limit.step, floor, caps and rounding",
        f"{_POLICY}: 10 to 14",
        _limit,
        terms=("annual_sales", "term_days", "months_of_business", "average_days_late", "gross_overdue"),
        lines=_limit_lines,
        more_keys=_limit_keys,
    ),
    "limit_method": Explanation(
        Words(
            "The method or the bound that the limit comes from; expired after the last day of a limit that a "
            "person granted, which stands until somebody decides again.",
            "额度所依据的方法或界限；人工授予的额度到期后为 expired（已到期），在重新决定前仍按该额度。",
        ),
        "granted, expired, or what bound the limit",
        f"{_POLICY}: 10 to 14",
        _limit_method,
        lines=_limit_lines,
        more_keys=_limit_keys,
    ),
    "limit_expires": Explanation(
        Words("The last day of a limit that a person granted.", "人工授予额度的最后有效日。"),
        "known from + limit.valid_months",
        f"{_POLICY}: 14",
        _expires,
        ("limit.valid_months",),
        lines=lambda case: fact_lines(case, _LIMIT),
    ),
}
