"""The rules of exposure, collection, alerts, provision, interest and reviews, and what each is made of.

As in :mod:`duebook_etl.credit_explanations`, each figure is made again by the scalar rule.
"""

# ruff: noqa: RUF001 - Chinese punctuation
from __future__ import annotations

import json
from bisect import bisect_left
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from duebook.aging import labels
from duebook.alerts import Level
from duebook.assessment import OWN_LOSS
from duebook.dunning import stage
from duebook.exposure import Part as Component
from duebook.exposure import exposure, top_of
from duebook.insurance import insured_part
from duebook.provision import borne
from duebook.reviews import REVIEWS, reviews_due
from duebook_etl.explanations import (
    Evidence,
    Explanation,
    Line,
    Part,
    Words,
    added,
    fact_line,
    fact_lines,
    half_up,
    overdue,
    plain,
    unapplied,
)
from duebook_etl.losses import last_month_end

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from duebook.exposure import Exposure
    from duebook_etl.case import Case
    from duebook_etl.dealings import Dealings
    from duebook_etl.explanations import Answer

_COVER: Final = "insured limit"
_MORE: Final = (Component.ORDERS, Component.UNBILLED, Component.BILLS)


# Exposure


def _owed(dealings: Dealings) -> Iterable[Part]:
    if Component.OPEN in dealings.own.exposure.include:
        for one, amount in dealings.open:
            if not unapplied(one, amount):
                yield Part(one, amount)


def _credits(dealings: Dealings) -> Iterable[Part]:
    if Component.UNAPPLIED in dealings.own.exposure.include:
        for one, amount in dealings.open:
            if unapplied(one, amount):
                yield Part(one, -amount)


def _exposure(case: Case) -> Exposure:
    """Return the exposure by the scalar rule, in minor units; the insured part is what the insurer bears."""
    profile = case.profile
    parts = {
        Component.OPEN: Decimal(profile.open - profile.unapplied),
        Component.UNAPPLIED: Decimal(-profile.unapplied),
        Component.COLLATERAL: Decimal(case.minor("collateral")),
        **{part: Decimal(case.minor(part.value)) for part in _MORE},
    }
    include = frozenset(Component(name) for name in case.own.exposure.include)
    disputed = Decimal(case.minor("disputed"))
    uninsured = exposure(parts, include=include)
    covered = min(Decimal(case.minor("insured limit")), max(Decimal(0), uninsured.net - disputed))
    parts[Component.INSURED] = _half_up(covered * case.own.insurance.insured_share)
    return exposure(parts, disputed=disputed, include=include)


def _half_up(amount: Decimal) -> Decimal:
    return Decimal(int(half_up(Fraction(amount))))


def _counted(case: Case, *parts: tuple[Component, str]) -> list[Line]:
    counted = _exposure(case).counted
    return [
        fact_line(name, case.facts[name], int(counted[part]))
        for part, name in parts
        if name in case.facts and part in case.own.exposure.include
    ]


def _orders(case: Case) -> Iterable[Line]:
    return _counted(case, *((part, part.value) for part in _MORE))


def _cover(case: Case) -> Iterable[Line]:
    found = _counted(case, (Component.COLLATERAL, "collateral"), (Component.INSURED, _COVER))
    return [*found, *fact_lines(case, "disputed")]


def _owed_and_credits(dealings: Dealings) -> Iterable[Part]:
    yield from _owed(dealings)
    for part in _credits(dealings):
        yield Part(part.document, -part.counted)


def _paid_by_insurer(case: Case) -> Iterable[Line]:
    """List what else is owed, and what of all the insurer would pay by the scalar rule."""
    orders = list(_orders(case))
    owed = sum((part.counted for part in _owed_and_credits(case.dealings)), 0)
    owed += sum((line.counted or 0 for line in orders), 0)
    paid, _ = insured_part(
        Decimal(int(max(0, owed))),
        Decimal(case.minor(_COVER)),
        case.own.insurance.insured_share,
        disputed=Decimal(case.minor("disputed")),
    )
    cover = [fact_line(_COVER, case.facts[_COVER], -int(_half_up(paid)))] if _COVER in case.facts else []
    return [*orders, *cover, *fact_lines(case, "disputed")]


def _uninsured(given: Evidence) -> Answer:
    return max(0, added(given))


def _less(first: str, second: str) -> Callable[[Evidence], Answer]:
    def made(given: Evidence) -> Answer:
        one, other = given.number(first), given.number(second)
        return None if one is None or other is None else one - other

    return made


def _use(given: Evidence) -> Answer:
    net, limit = given.number("net_exposure"), given.number("credit_limit")
    if net is None or limit is None:
        return None
    if limit <= 0:
        return 2 if net > 0 else 0
    return Fraction(net) / limit


def _over(given: Evidence) -> Answer:
    net, limit = given.number("net_exposure"), given.number("credit_limit")
    return None if net is None or limit is None else net > limit


def _parents(case: Case) -> Iterable[Line]:
    told = Words("Its parent, by the credit file.", "信用档案所载的母公司。")
    for member in case.group:
        yield Line(member, case.parents.get(member, ""), None, told)


def _head(given: Evidence) -> Answer:
    members = [line.name for line in given.lines]
    return top_of(members[0], given.case.parents) if members else None


def _members(case: Case) -> Iterable[Line]:
    told = Words("The net exposure of a customer of the group.", "集团成员的敞口净额。")
    for member, net in case.group.items():
        yield Line(member, case.parents.get(member, ""), net, told)


def _group(given: Evidence) -> Answer:
    return added(given) if given.lines else None


# Collection, alerts, provision, interest, reviews


def _first_due(dealings: Dealings) -> Iterable[Part]:
    owed = [(one, amount) for one, amount in dealings.open if amount > 0 and one.due_date is not None]
    return [Part(one, amount, dealings.late(one)) for one, amount in owed[:1]]


def _stage(given: Evidence) -> Answer:
    for part in given.parts:
        if part.document.due_date is not None:
            return stage(part.document.due_date, given.case.as_of, given.policy).name
    return None


def _stage_keys(case: Case) -> Iterable[str]:
    return [f"dunning.stage.{each.name}.from_days" for each in case.own.dunning.stage]


def _fired(case: Case) -> Iterable[Line]:
    for finding in case.alarm.fired:
        yield Line(finding.rule, plain(finding.value), None, Words(*finding.reason))


def _rule_keys(case: Case) -> Iterable[str]:
    return [
        f"alert.rule.{finding.rule}.{name}"
        for finding in case.alarm.fired
        for name in ("measure", "amber", "red", "back")
    ]


def _alert(given: Evidence) -> Answer:
    return given.case.alarm.level.value if given.case.known else None


def _alert_rule(given: Evidence) -> Answer:
    alarm = given.case.alarm
    if alarm.level is Level.GREEN:
        return None
    worst = {finding.rule for finding in alarm.fired if finding.level is alarm.level}
    return next(rule.name for rule in given.policy.alert.rule if rule.name in worst)


def _alert_reasons(given: Evidence) -> Answer:
    fired = {one.rule: [one.level.value, float(one.value)] for one in given.case.alarm.fired}
    names = [rule.name for rule in given.policy.alert.rule if rule.name in fired]
    return json.dumps({name: fired[name] for name in names}, ensure_ascii=False) if names else None


def _provided(case: Case, rates: Sequence[Decimal] | None) -> Iterable[Part]:
    """List what is owed at the rate of its bucket, or at the customer's own; no rate where none is known."""
    dealings, own, edges = case.dealings, case.number(OWN_LOSS), case.own.aging.edges
    for one, amount in dealings.open:
        if amount > 0:
            late = dealings.late(one)
            rate = own
            if own is None and rates is not None:
                rate = case.own.provision.no_date_rate if late is None else rates[bisect_left(edges, late)]
            yield Part(one, amount, late, rate)


def _by_fixed_rates(case: Case) -> Iterable[Part]:
    return _provided(case, case.own.provision.fixed_rates)


def _by_loss_rates(case: Case) -> Iterable[Part]:
    rates = case.loss_rates
    return _provided(case, None if rates is None else borne(rates, case.own.provision.forward_factor))


def _provision(given: Evidence) -> Answer:
    if any(part.rate is None for part in given.parts):
        return None
    loss = sum((part.counted * Fraction(part.rate or 0) for part in given.parts), Fraction(0))
    return int(half_up(loss))


def _own_loss(case: Case) -> Iterable[Line]:
    return fact_lines(case, OWN_LOSS)


def _loss_rates(case: Case) -> Iterable[Line]:
    """List the customer's own loss rate, or the company's by bucket."""
    own = list(_own_loss(case))
    if case.number(OWN_LOSS) is not None or case.loss_rates is None:
        return own
    until = last_month_end(case.as_of)
    told = Words(
        f"The company's own loss rate of the bucket until {until}, before the forward factor.",
        f"截至 {until} 本公司该账龄段的历史损失率，未乘前瞻系数。",
    )
    names = labels(case.own.aging.edges)[:-1]
    rates = zip(names, case.loss_rates, strict=True)
    return [*own, *(Line(name, plain(rate), None, told) for name, rate in rates)]


def _provision_method(given: Evidence) -> Answer:
    case = given.case
    if not case.known:
        return None
    if case.number(OWN_LOSS) is not None:
        return "individual"
    return "fixed" if case.loss_rates is None else "matrix"


def _bearing(dealings: Dealings) -> Iterable[Part]:
    rules = dealings.own.interest
    for one, amount in dealings.open:
        if amount > 0 and overdue(dealings, one):
            borne = max(0, (dealings.late(one) or 0) - rules.grace_days)
            yield Part(one, amount, borne, rules.daily_rate)


def _interest(given: Evidence) -> Answer:
    amount_days = sum((part.counted * (part.days or 0) for part in given.parts), 0)
    return int(half_up(Fraction(amount_days) * Fraction(given.policy.interest.daily_rate)))


def _review_facts(case: Case) -> Iterable[Line]:
    return fact_lines(case, *(f"last {review}" for review in REVIEWS))


def _review(given: Evidence) -> Answer:
    last = {line.name.removeprefix("last "): date.fromisoformat(line.value) for line in given.lines}
    return reviews_due(last, given.case.as_of, given.policy)[0].by if last else None


_POLICY: Final = "domain reference 1, items of the trade-credit guide"
_ECL: Final = "domain reference 3.7, ECL"

WATCHED: Final[dict[str, Explanation]] = {
    "exposure": Explanation(
        Words(
            "What is open without unapplied credits, and orders, unbilled deliveries and bills as the policy "
            "includes them.",
            "不计未清账贷项的未清金额，加上政策计入的订单、未开票交货和票据。",
        ),
        "Σ open + orders + unbilled + bills",
        f"{_POLICY}: 15 to 20",
        added,
        ("exposure.include",),
        _owed,
        lines=_orders,
    ),
    "mitigants": Explanation(
        Words(
            "What is taken off: unapplied credits, collateral, and the insured part of what is not disputed.",
            "抵减项：未清账贷项、抵押物，以及无争议部分中的保险赔付部分。",
        ),
        "Σ unapplied + collateral + min (insured limit, rest) × insured share",
        f"{_POLICY}: 15 to 20",
        added,
        ("exposure.include", "insurance.insured_share"),
        _credits,
        lines=_cover,
    ),
    "net_exposure": Explanation(
        Words("Exposure less what mitigates it.", "敞口总额减去抵减项。"),
        "exposure − mitigants",
        f"{_POLICY}: 15 to 20",
        _less("exposure", "mitigants"),
        terms=("exposure", "mitigants"),
    ),
    "uninsured": Explanation(
        Words(
            "What is owed less unapplied credits, and less what the insurer would pay of what is not in "
            "dispute: the insured share of it, within the insured limit. Collateral is not taken off.",
            "应收扣除未清账贷项后，再减去无争议部分中保险人按赔付比例、以保险限额为限应赔的金额；不扣抵押物。",
        ),
        "max (0, Σ exposure − unapplied) − min (insured limit, rest − disputed) × insured share",
        "domain reference 3.9, Insurance, plans",
        _uninsured,
        ("exposure.include", "insurance.insured_share"),
        _owed_and_credits,
        lines=_paid_by_insurer,
    ),
    "headroom": Explanation(
        Words("What is left of the limit; negative where it is exceeded.", "额度余额；超额度时为负。"),
        "credit limit − net exposure",
        f"{_POLICY}: 15 to 20",
        _less("credit_limit", "net_exposure"),
        terms=("credit_limit", "net_exposure"),
    ),
    "limit_use": Explanation(
        Words(
            "Net exposure as a share of the limit; 2 where a limit of 0 is used.",
            "敞口净额占额度的比例；额度为 0 而有敞口时为 2。",
        ),
        "net exposure ÷ credit limit",
        f"{_POLICY}: 15 to 20",
        _use,
        terms=("net_exposure", "credit_limit"),
    ),
    "over_limit": Explanation(
        Words("Whether the limit is exceeded.", "是否超出额度。"),
        "net exposure > credit limit",
        f"{_POLICY}: 15 to 20",
        _over,
        terms=("net_exposure", "credit_limit"),
    ),
    "group_head": Explanation(
        Words(
            "The customer on top of the group, by the credit file's parents.",
            "按信用档案母公司关系居集团之首的客户。",
        ),
        "the parent that has none",
        f"{_POLICY}: 15 to 20",
        _head,
        lines=_parents,
    ),
    "group_exposure": Explanation(
        Words("The net exposures of the group's customers together.", "集团各成员敞口净额之和。"),
        "Σ net exposure of the members",
        f"{_POLICY}: 15 to 20",
        _group,
        lines=_members,
    ),
    "dunning_stage": Explanation(
        Words(
            "The stage of collection of the item owed that is due first: the last whose day has come.",
            "最早到期的应收项目所处的催收阶段：起始日已到的最后一个阶段。",
        ),
        "the last stage with days late ≥ from_days",
        f"{_POLICY}: 30 to 34",
        _stage,
        parts=_first_due,
        more_keys=_stage_keys,
    ),
    "alert": Explanation(
        Words("The worst level that a rule of alerts reaches.", "各预警规则所达到的最严重级别。"),
        "the worst of red, amber, green",
        f"{_POLICY}: 22 to 29",
        _alert,
        terms=(
            "open",
            "gross_open",
            "gross_overdue",
            "oldest_overdue_days",
            "limit_use",
            "dso",
            "default_probability",
        ),
        lines=_fired,
        more_keys=_rule_keys,
    ),
    "alert_rule": Explanation(
        Words(
            "The first rule of the policy that reaches the worst level.", "政策中首个达到最严重级别的规则。"
        ),
        "the first rule at the level of the alert",
        f"{_POLICY}: 22 to 29",
        _alert_rule,
        terms=("alert",),
        lines=_fired,
        more_keys=_rule_keys,
    ),
    "alert_reasons": Explanation(
        Words("Every rule that is amber or red, with its measure.", "所有处于黄色或红色的规则及其指标。"),
        "measure ≥ amber or red; left only below it by back",
        f"{_POLICY}: 22 to 29",
        _alert_reasons,
        terms=("alert",),
        lines=_fired,
        more_keys=_rule_keys,
    ),
    "provision": Explanation(
        Words(
            "What is owed at the policy's fixed rate of its bucket, rounded half up; a customer that is "
            "assessed on its own bears its own rate on all.",
            "应收项目按账龄段的固定比例计提，四舍五入；单项计提的客户全部按其单项比例计提。",
        ),
        "Σ (open > 0 × rate of its bucket, or individual loss rate)",
        f"{_ECL} (IFRS 9, illustrative example 12)",
        _provision,
        ("provision.fixed_rates", "provision.no_date_rate", "aging.edges"),
        lines=_own_loss,
        more_parts=_by_fixed_rates,
    ),
    "provision_matrix": Explanation(
        Words(
            "What is owed at the company's own loss rate of its bucket times the forward factor, at most the "
            "whole, rounded half up. Loss rates come from roll rates of the company's ledger, write-offs "
            "counted as rolled on; without a due date the policy's rate of that counts. A customer that is "
            "assessed on its own bears its own rate on all. Missing where something is owed and the ledger "
            "has too little history, or the buckets are not a month wide.",
            "应收项目按本公司账龄段历史损失率乘前瞻系数计提，至多全额，四舍五入。损失率由本公司账簿迁徙率"
            "推算，坏账核销计为迁徙；无到期日项目按政策比例。单项计提的客户全部按其单项比例计提。"
            "有应收而历史不足，或账龄段不以月为宽度时，无此指标。",
        ),
        "Σ (open > 0 × min (1, loss rate of its bucket × provision.forward_factor), or individual loss rate)",
        f"{_ECL} (IFRS 9, B5.5.35; Beijing Institute of CPAs, expert note 2020-3)",
        _provision,
        (
            "provision.forward_factor",
            "provision.history_months",
            "provision.no_date_rate",
            "aging.edges",
        ),
        lines=_loss_rates,
        more_parts=_by_loss_rates,
    ),
    "provision_method": Explanation(
        Words(
            "How the customer is provided for: on its own (individual), by own loss rates (matrix), or where "
            "the ledger has too little history for those, by the fixed rates alone (fixed).",
            "减值计提方式：单项计提（individual）、按迁徙率（matrix），历史不足时仅按固定比例（fixed）。",
        ),
        "individual, else matrix, else fixed",
        _ECL,
        _provision_method,
        lines=_loss_rates,
    ),
    "late_interest": Explanation(
        Words(
            "The policy's daily rate on what is owed and overdue, for the days beyond those of grace; "
            "rounded half up.",
            "逾期应收项目按政策日利率计息，宽限期除外，四舍五入。",
        ),
        "Σ (open × days beyond interest.grace_days) × interest.daily_rate",
        "domain reference 3.8, Interest",
        _interest,
        ("interest.daily_rate", "interest.grace_days", "aging.edges.1"),
        _bearing,
    ),
    "review_due": Explanation(
        Words("The earliest day by which a review is due again.", "最早的下次复核日。"),
        "last review + its months",
        f"{_POLICY}: 49 to 52",
        _review,
        ("review.rating_months", "review.audit_months", "review.training_months", "review.terms_months"),
        lines=_review_facts,
    ),
}
