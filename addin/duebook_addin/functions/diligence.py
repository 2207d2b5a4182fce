"""Due diligence before a contract (签约前尽调), and the quick check in three steps (三步快速评估法)."""

# ruff: noqa: RUF001 - Chinese punctuation
from __future__ import annotations

from datetime import date  # noqa: TC003 - the registry reads the annotations at run time
from typing import TYPE_CHECKING, Annotated, Final

from duebook import grading as rules
from duebook.errors import NoAnswerError
from duebook_addin.book import PolicyName, policy_named
from duebook_addin.cells import Cell  # noqa: TC001 - the registry reads the annotations at run time
from duebook_addin.registry import Category, Column, Example, Table, Text, Together, function

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duebook.policy import Policy

_DOCUMENT: Final = Text(
    "The pieces that are there, by document: audit report, bank reference, platform report, peer enquiry ...",
    "已有资料，每份一行：近两年审计报告、银行资信证明、第三方平台信用报告、同行询问等。",
)
_DATED: Final = Text(
    "The date of each piece; one without a date is not there yet.", "每份资料的日期；无日期为尚未取得。"
)
_AS_OF: Final = Text("The end of this day.", "截至该日日终。")
_PIECES: Final = [
    ["platform report", "audit report", "audit report", "bank reference"],
    ["2026-01-15", "2025-04-30", "2024-04-30", "2026-02-01"],
]


def _found(
    document: Sequence[str | None], dated: Sequence[date | None], as_of: date, policy: Policy
) -> rules.Diligence:
    pieces: dict[str, list[date]] = {}
    for name, day in zip(document, dated, strict=True):
        if name is None and day is not None:
            raise NoAnswerError(f"document: the cell is empty, but its date is {day}.")
        if name is not None:
            pieces.setdefault(name, []).extend([] if day is None else [day])
    return rules.diligence(pieces, as_of, policy)


def _chinese(document: Sequence[str | None]) -> bool:
    first = next(filter(None, document), "")
    return not first.isascii()


@function(
    "QUICKCHECK",
    Category.CUSTOMER,
    "新客户三步快速评估：每步一行：步骤、是否通过、缺少的资料；末行为总体结论。",
    keywords=Text("new customer, onboarding, due diligence", "新客户、准入、尽调"),
    examples=[
        Example(
            (*_PIECES, "2026-06-30"),
            [
                ["step", "passed", "missing"],
                ["credit record", "yes", ""],
                ["audit and bank", "yes", ""],
                ["enquiry", "no", "supplier enquiry, peer enquiry"],
                ["quick check", "no", ""],
            ],
        ),
        Example(
            ("同行询问", "2026-06-01", "2026-06-30"),
            [
                ["步骤", "通过", "缺少"],
                ["查询征信系统或第三方平台", "否", "人民银行征信报告、第三方平台信用报告"],
                ["查阅近两年审计报告与银行资信", "否", "近两年审计报告、银行资信证明"],
                ["向供应商或同行了解", "是", ""],
                ["三步快速评估", "否", ""],
            ],
        ),
    ],
)
def quickcheck(
    document: Annotated[Column[str | None], _DOCUMENT, Together("documents")],
    dated: Annotated[Column[date | None], _DATED, Together("documents")],
    as_of: Annotated[date, _AS_OF],
    policy: PolicyName = None,
) -> Annotated[
    Table,
    Text(
        "Headings, a row a step, and the whole; in Chinese where the first document is named in Chinese.",
        "标题行、每步一行与总体结论；首项资料以中文书写时为中文。",
    ),
]:
    """The quick check of a new customer in three steps: which are passed, and what is missing.

    A step needs any or all of its documents, as the policy says, and none of them too old.
    """
    policy_ = policy_named(policy)
    found = _found(document, dated, as_of, policy_)
    if not _chinese(document):
        said = {True: "yes", False: "no"}
        rows: list[list[Cell]] = [
            [step.name, said[step.passed], ", ".join(step.missing)] for step in found.steps
        ]
        return Table([["step", "passed", "missing"], *rows, ["quick check", said[found.passed], ""]])
    named = {document.name: document.label.zh for document in policy_.due_diligence.document}
    said = {True: "是", False: "否"}
    steps: list[list[Cell]] = [
        [rule.label.zh, said[step.passed], "、".join(named[name] for name in step.missing)]
        for rule, step in zip(policy_.due_diligence.quick, found.steps, strict=True)
    ]
    return Table([["步骤", "通过", "缺少"], *steps, ["三步快速评估", said[found.passed], ""]])


@function(
    "DILIGENCE",
    Category.CUSTOMER,
    "尽职调查完整度：标题行与一行：完整度（0 至 1）、缺少的资料、过期的资料。",
    keywords=Text("onboarding, checklist, completeness", "尽调、资料清单、完整度"),
    examples=[
        Example(
            (*_PIECES, "2026-06-30"),
            [
                ["completeness", "missing", "outdated"],
                [
                    0.42857142857142855,
                    "business licence, payment terms, late-payment penalty, highest credit",
                    "",
                ],
            ],
        )
    ],
)
def diligence(
    document: Annotated[Column[str | None], _DOCUMENT, Together("documents")],
    dated: Annotated[Column[date | None], _DATED, Together("documents")],
    as_of: Annotated[date, _AS_OF],
    policy: PolicyName = None,
) -> Annotated[
    Table,
    Text(
        "Headings and one row; in Chinese where the first document is named in Chinese.",
        "标题行与一行；首项资料以中文书写时为中文。",
    ),
]:
    """How complete due diligence is: the share of the required pieces that are there, and what is not."""
    policy_ = policy_named(policy)
    found = _found(document, dated, as_of, policy_)
    share = float(found.completeness)
    if not _chinese(document):
        row: list[Cell] = [share, ", ".join(found.missing), ", ".join(found.outdated)]
        return Table([["completeness", "missing", "outdated"], row])
    named = {document.name: document.label.zh for document in policy_.due_diligence.document}
    return Table(
        [
            ["完整度", "缺少", "过期"],
            [
                share,
                "、".join(map(named.__getitem__, found.missing)),
                "、".join(map(named.__getitem__, found.outdated)),
            ],
        ]
    )
