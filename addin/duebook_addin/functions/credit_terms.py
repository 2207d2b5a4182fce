"""The terms that a policy gives (信用条款)."""

# ruff: noqa: RUF001 - Chinese punctuation
from __future__ import annotations

from typing import Annotated, Final

from duebook.terms import TermsDecision, terms_for
from duebook_addin.book import PolicyName, policy_named
from duebook_addin.cells import Cell  # noqa: TC001 - the registry reads the annotations at run time
from duebook_addin.registry import Category, Example, Table, Text, function

_INDUSTRY: Final = Text(
    "The industry, such as manufacturing or retail; one the policy does not have gets its other.",
    "行业，如制造业、零售；政策中没有的行业按“其他”。",
)
_GRADE: Final = Text("The grade, as of GRADE, or new.", "等级（见 GRADE），或新客户。")


def _decided(industry: str, grade: str, policy: str | None) -> TermsDecision:
    return terms_for(industry, grade, policy_named(policy))


@function(
    "TERMS",
    Category.TERMS,
    "按行业与等级给出的账期：天数，或 prepayment（预付款）、guarantee（担保）。",
    keywords=Text("payment terms, credit period, net days", "信用期、付款条件"),
    examples=[
        Example(("manufacturing", "A"), 60),
        Example(("retail", ["A", "B", "D", "E"]), [45, 30, "guarantee", "prepayment"]),
        Example(("零售", "新客户"), "guarantee"),
        Example(("falconry", "A"), 30),
    ],
)
def terms(
    industry: Annotated[str, _INDUSTRY],
    grade: Annotated[str, _GRADE],
    policy: PolicyName = None,
) -> Annotated[
    Cell,
    Text("Days; prepayment or guarantee where the tier says so.", "天数；或 prepayment、guarantee。"),
]:
    """The terms of an industry and a grade: days, or prepayment or guarantee where the tier asks for it.

    TERMSWHY tells the days that go with a guarantee.
    """
    found = _decided(industry, grade, policy)
    return found.days if found.condition == "none" else found.condition


@function(
    "TERMSWHY",
    Category.TERMS,
    "账期的由来：天数、条件、层级与理由。",
    examples=[
        Example(
            ("retail", "D"),
            [
                ["days", "condition", "tier", "reason"],
                [15, "guarantee", "guarantee", "Retail 15 to 45 days; grade D: Against a guarantee."],
            ],
        )
    ],
)
def termswhy(
    industry: Annotated[str, _INDUSTRY],
    grade: Annotated[str, _GRADE],
    policy: PolicyName = None,
) -> Annotated[
    Table,
    Text("Headings and one row; in Chinese where the industry is.", "标题行与一行；行业以中文书写时为中文。"),
]:
    """How terms come about: days, condition, tier and the reason."""
    found = _decided(industry, grade, policy)
    if not industry.isascii():
        return Table(
            [
                ["天数", "条件", "层级", "理由"],
                [found.days, found.condition, found.tier, found.reason[1]],
            ]
        )
    return Table(
        [["days", "condition", "tier", "reason"], [found.days, found.condition, found.tier, found.reason[0]]]
    )
