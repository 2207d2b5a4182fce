"""Credit limits by the name of a method, from inputs by their names, in English or Chinese.

:data:`METHODS` has the methods. Beside its own inputs every method takes bounds: caps, the seller's annual
sales, a floor, a step to round down to. One table of inputs may serve many methods: each takes what it knows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from difflib import get_close_matches
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from duebook import limits
from duebook.errors import DuebookError, InputError, NoAnswerError
from duebook.grading import find_grade
from duebook.limit_inputs import YEAR, Inputs, folded, input_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from duebook.limits import Decision

_TENTH: Final = Decimal("0.1")
# mydsomanager's help; the shares of the other grades are not published.
GRADE_SHARES: Final = {"B": (Decimal("0.35"), Decimal("0.05"))}


def _either(given: Inputs, name: str, instead: str) -> str:
    """Return the name of the input that a method asks, or of the one that serves instead and is given."""
    return instead if given.has(instead) and not given.has(name) else name


def _progressive(given: Inputs) -> Fraction:
    return limits.progressive(
        given.number(_either(given, "monthly turnover", "monthly sales")),
        given.whole("months of business" if given.has("months of business") else "months"),
        good_record=given.flag("good record"),
        first_share=given.number("first percent", Decimal("0.2")),
        later_share=given.number("later percent", Decimal("0.5")),
        after_months=given.whole("after months", 6),
    )


def _net_worth(given: Inputs) -> Fraction:
    return limits.net_worth_share(given.number("net worth"), share=given.number("net worth percent", _TENTH))


def _working_capital(given: Inputs) -> Fraction:
    share = given.number("working capital percent", _TENTH)
    return limits.working_capital_share(given.number("working capital"), share=share)


def _sales(given: Inputs) -> Fraction:
    name = _either(given, "monthly sales", "monthly turnover")
    return limits.sales_share(given.number(name), share=given.number("monthly sales percent", _TENTH))


def _references(given: Inputs) -> Fraction:
    high_credit = given.number("high credit") if given.has("high credit") else None
    return limits.references(given.numbers("reference"), high_credit=high_credit)


def _need(given: Inputs) -> Fraction:
    if given.has("need"):
        return Fraction(given.number("need"))
    return limits.need(
        given.number("sales"),
        given.whole("term days"),
        months=_months_of_sales(given),
        tax=given.number("tax", Decimal(0)),
    )


def _months_of_sales(given: Inputs) -> int:
    """Return of how many months the expected sales are: a year's where nobody says otherwise.

    Raises:
        InputError: ``months`` stands beside a good record: it may as well be the months of business, as the
            progressive limit reads it.
    """
    if given.has("months of sales"):
        return given.whole("months of sales")
    if given.has("months") and given.has("good record") and not given.has("months of business"):
        raise InputError(
            "inputs: months may be those of business or those of the sales.",
            hint="Name them months of business and months of sales.",
        )
    return given.whole("months", YEAR)


def _grade(given: Inputs) -> Fraction:
    of_net_worth, of_turnover = _grade_shares(given)
    return limits.grade_share(
        given.number(_either(given, "tangible net worth", "net worth")),
        given.number("turnover"),
        net_worth_share=of_net_worth,
        turnover_share=of_turnover,
        need=given.number("need") if given.has("need") else None,
    )


def _grade_parts(given: Inputs) -> dict[str, Fraction]:
    of_net_worth, of_turnover = _grade_shares(given)
    name = _either(given, "tangible net worth", "net worth")
    parts = {
        name: Fraction(given.number(name)) * Fraction(of_net_worth),
        "turnover": Fraction(given.number("turnover")) * Fraction(of_turnover),
    }
    return parts | ({"need": Fraction(given.number("need"))} if given.has("need") else {})


def _grade_shares(given: Inputs) -> tuple[Decimal, Decimal]:
    if given.has("net worth percent") and given.has("turnover percent"):
        return given.number("net worth percent"), given.number("turnover percent")
    if given.policy:
        band = find_grade(given.text("grade"), given.policy)
        return band.net_worth_share, band.turnover_share
    grade = given.text("grade").upper()
    if grade not in GRADE_SHARES:
        raise InputError(
            f"inputs: no shares are known for grade {grade!r}, only for {', '.join(GRADE_SHARES)}.",
            hint="Give net worth percent and turnover percent.",
        )
    return GRADE_SHARES[grade]


def _blend(given: Inputs) -> Fraction:
    return limits.blend(list(_blend_parts(given).values()))


def _blend_parts(given: Inputs) -> dict[str, Fraction]:
    names = given.policy.limit.blend if given.policy else ("net worth", "references", "need")
    return {name: _BY_NAME[name].propose(given) for name in names}


def _sales_in_terms(given: Inputs) -> Fraction:
    return limits.sales_in_terms(
        given.number(_either(given, "monthly sales", "monthly turnover")),
        given.whole("term days"),
        tolerance=given.whole("tolerance", 0),
    )


def _expected_loss(given: Inputs) -> Fraction:
    return limits.expected_loss_limit(
        given.number("loss budget"),
        given.number("probability of default"),
        loss_given_default=given.number("loss given default", Decimal(1)),
    )


def _revenue(given: Inputs) -> Fraction:
    if given.has("revenue percent"):
        share = given.number("revenue percent")
    else:
        risk = _risk(given)
        if risk not in limits.INDUSTRY_SHARES:
            known = ", ".join(limits.INDUSTRY_SHARES)
            raise InputError(f"inputs: industry risk is {risk!r}; {known} are allowed.")
        share = limits.INDUSTRY_SHARES[risk]
        if given.policy:
            rules = given.policy.limit.revenue
            share = {"low": rules.low, "medium": rules.medium, "high": rules.high}[risk]
    score = given.number("score") if given.has("score") else None
    if given.policy:
        rules = given.policy.limit.revenue
        return limits.revenue_share(
            given.number("revenue"),
            share=share,
            score=score,
            good_score=rules.good_score,
            bad_score=rules.bad_score,
            step=rules.step,
        )
    return limits.revenue_share(given.number("revenue"), share=share, score=score)


def _risk(given: Inputs) -> str:
    """Return the risk of the customer's industry: as it is given, else as the policy says of the industry."""
    if given.policy and given.has("industry") and not given.has("industry risk"):
        found = given.policy.find_industry(given.text("industry"))
        if found is None:
            known = ", ".join(entry.name for entry in given.policy.terms.industry)
            raise InputError(
                f"inputs: industry is {given.text('industry')!r}, none of the policy.",
                hint=f"There are {known}.",
            )
        return found.risk
    word = given.text("industry risk").casefold()
    return _RISKS.get(word, word)


_RISKS: Final = {
    "average": "medium",
    "moderate": "medium",
    "低": "low",
    "中": "medium",
    "中等": "medium",
    "高": "high",
}


def _insured(given: Inputs) -> Fraction:
    return limits.insured(
        given.number("insured limit"), own_retention=given.number("own retention", Decimal(0))
    )


@dataclass(frozen=True)
class Method:
    """A method: its name, what else it is called, what it makes of inputs, and of which parts."""

    name: str
    others: tuple[str, ...]
    propose: Callable[[Inputs], Fraction]
    parts: Callable[[Inputs], dict[str, Fraction]] | None = None


METHODS: Final = (
    Method("progressive", ("阶梯额度",), _progressive),
    Method("net worth", ("networth", "净资产法"), _net_worth),
    Method("working capital", ("营运资金法",), _working_capital),
    Method("sales", ("销售额法",), _sales),
    Method("references", ("trade references", "trade reference", "reference", "同行参考法"), _references),
    Method("need", ("需求法",), _need),
    Method("grade", ("等级法",), _grade, _grade_parts),
    Method("blend", ("综合法",), _blend, _blend_parts),
    Method(
        "dso cap",
        ("dso", "sales x dso cap", "sales in terms", "账期销售额法"),
        _sales_in_terms,
    ),
    Method(
        "expected loss",
        (
            "el",
            "预期损失法",
        ),
        _expected_loss,
    ),
    Method("revenue", ("revenue share", "revenue percent", "revenue %", "收入比例法"), _revenue),
    Method("insured", ("insured limit", "保险限额法"), _insured),
)
_BY_NAME: Final = {folded(name): method for method in METHODS for name in (method.name, *method.others)}


def limit(method: str, given: Inputs) -> Decision:
    """Return the limit by one named method, within the bounds that are given with it.

    Args:
        method: A name of :data:`METHODS`, in any case, or in Chinese; or ``policy``, which combines those of
            the policy.
        given: What the method asks; also caps, a floor, a step to round down to, and the seller's annual
            sales, of which one customer gets at most a tenth (highako).

    Returns:
        The limit with the method or the bound that it comes from.

    Raises:
        InputError: There is no such method, or an input is not what the method takes.
        NoAnswerError: An input is missing, or a figure that carries the limit is negative.
        OutOfRangeError: An input is out of range.
        NothingToDivideError: The expected loss of any limit would be nothing.
    """
    if folded(method) in _POLICY_NAMES:
        return _by_policy(given)
    found = _BY_NAME.get(folded(method))
    if found is None:
        near = get_close_matches(folded(method), [*_BY_NAME, *_POLICY_NAMES], n=1)
        names = ", ".join([*(known.name for known in METHODS), _POLICY_NAMES[0]])
        raise InputError(
            f"method: {method!r} is no method of setting limits.",
            hint=f"Did you mean {near[0]!r}?" if near else f"There are {names}.",
        )
    proposal = found.propose(given)
    decision = limits.decide(
        {found.name: proposal},
        caps=_caps(given),
        floor=given.number("floor", Decimal(0)),
        rounding_step=given.number("step", Decimal(0)),
    )
    if found.parts is None:
        return decision
    parts, bound_by = found.parts(given), decision.bound_by
    if found.name == bound_by == "grade":  # the smallest of its parts; a blend is their mean
        bound_by = min(parts, key=lambda name: parts[name])
    shown = ((name, limits.to_decimal(part)) for name, part in parts.items())
    return replace(decision, bound_by=bound_by, steps=(*shown, *decision.steps))


CEILINGS: Final = frozenset({"progressive", "insured"})
"""The methods whose proposals years never lift: the most of a turnover, and what an insurer covers."""
_POLICY_NAMES: Final = ("policy", "政策额度")


def _caps(given: Inputs) -> dict[str, Fraction]:
    caps = given.numbers("cap")
    bounds = {"cap": Fraction(min(caps))} if caps else {}
    if given.has("seller annual sales"):
        share = given.number("seller percent", _TENTH)
        bounds["seller annual sales"] = limits.share_of(
            given.number("seller annual sales"), share, "seller annual sales"
        )
    return bounds


def _by_policy(given: Inputs) -> Decision:
    """Combine the policy's methods whose inputs are given, and step, cap and round what they come to.

    Years step up every proposal but the :data:`CEILINGS`, or the mean of all; alerts step all of them down.
    """
    policy = given.policy
    if policy is None:
        raise InputError("method: 'policy' combines the methods of a policy, and there is none.")
    rules = policy.limit
    proposals: dict[str, Fraction] = {}
    missing: list[str] = []
    for name in rules.methods:
        if name == "references" and not (given.has("reference") or given.has("high credit")):
            missing.append("reference")
            continue
        try:
            proposals[name] = _BY_NAME[name].propose(given)
        except NoAnswerError as error:
            if not error.message.endswith(" is missing."):
                raise  # a figure that carries no limit: the customer gets none before somebody looks at it
            missing.append(error.message.removeprefix("inputs: ").removesuffix(" is missing."))
    if not proposals:
        raise NoAnswerError(
            "inputs: no method of the policy has what it asks.",
            hint=f"Missing: {', '.join(dict.fromkeys(missing))}.",
        )
    if rules.combine == "mean":
        proposals = {"mean": limits.blend(list(proposals.values()))}
    if given.has("years of business") or given.has("open alerts"):
        good_record = given.has("good record") and given.flag("good record")
        proposals = {
            name: limits.stepped(
                amount,
                years=given.whole("years of business", 0),
                good_record=good_record and name not in CEILINGS,
                alerts=given.whole("open alerts", 0),
                up_each_year=rules.step.up_each_year,
                most_up=rules.step.most_up,
                down_each_alert=rules.step.down_each_alert,
            )
            for name, amount in proposals.items()
        }
    caps = _caps(given)
    if given.has("monthly sales") and given.has("term days"):
        caps["dso cap"] = _sales_in_terms(given)
    return limits.decide(
        proposals,
        caps=caps,
        floor=given.number("floor", rules.floor),
        rounding_step=given.number("step", rules.rounding_step),
    )


def simulate(
    method: str,
    given: Inputs,
    rows: tuple[str, Sequence[Decimal]],
    columns: tuple[str, Sequence[Decimal]],
) -> tuple[tuple[Decimal | DuebookError, ...], ...]:
    """Return a two-way table of limits (额度模拟测算): each value of one input with each of another.

    Args:
        method: As of :func:`limit`.
        given: The other inputs.
        rows: The name of the input that changes down the rows, and its values.
        columns: The name of the input that changes across the columns, and its values.

    Returns:
        A row for each value of the first; where the method refuses a pair, its error.

    Raises:
        InputError: An input is unknown, or both are one.
    """
    names = [input_of(name) or name for name, _ in (rows, columns)]
    if names[0] == names[1]:
        raise InputError(f"inputs: {names[0]} cannot change down the rows and across the columns at once.")
    for name, _ in (rows, columns):
        given = given.with_number(name, Decimal(0))
    return limits.two_way(
        lambda first, second: (
            limit(method, given.with_number(rows[0], first).with_number(columns[0], second)).amount
        ),
        rows[1],
        columns[1],
    )
