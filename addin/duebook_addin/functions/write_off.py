"""The write-off of bad debts, as a worksheet function."""

# ruff: noqa: RUF001 - Chinese punctuation
from __future__ import annotations

from datetime import date  # noqa: TC003 - the registry reads the annotations at run time
from decimal import Decimal
from typing import Annotated

from duebook import write_off as rules
from duebook_addin.book import PolicyName, policy_named
from duebook_addin.cells import Cell  # noqa: TC001 - the registry reads the annotations at run time
from duebook_addin.registry import Category, Column, Example, Table, Text, function


@function(
    "WRITEOFF",
    Category.PLANS,
    "坏账核销建议：建议金额、依据与障碍，按政策判断。",
    keywords=Text("bad debt, uncollectable", "坏账、呆账"),
    examples=[
        Example(
            (800, "2024-06-30", "2026-01-31", None, 3),
            [["write off", "grounds", "against"], [800, "the amount is small and old", "nothing"]],
        ),
        Example(
            (50000, "2025-06-30", "2026-01-31", None, 1, 0, 5000, ["破产", "索赔未结"]),
            [["坏账核销金额", "依据", "障碍"], [0, "债务人破产或资不抵债", "保险索赔未结"]],
        ),
    ],
)
def writeoff(  # noqa: PLR0913, PLR0917 - what is known of a debt
    amount: Annotated[Decimal, Text("What is open, 0 or more.", "未清金额，不为负。")],
    due_date: Annotated[date, Text("The due date on the invoice.", "发票到期日。")],
    as_of: Annotated[date, Text("The end of this day.", "截至该日日终。")],
    last_acknowledged: Annotated[
        date | None,
        Text(
            "When it was last demanded in writing or acknowledged. Left out: never.",
            "最近一次书面催告或债务人确认之日；省略为从未。",
        ),
    ] = None,
    reminders: Annotated[int, Text("How often it was reminded. Left out: 0.", "催款次数；省略为 0。")] = 0,
    collection_cost: Annotated[
        Decimal, Text("What collecting it would cost. Left out: 0.", "预计催收成本；省略为 0。")
    ] = Decimal(0),
    expected_recovery: Annotated[
        Decimal, Text("What collecting it would bring. Left out: 0.", "预计可收回金额；省略为 0。")
    ] = Decimal(0),
    facts: Annotated[
        Column[str],
        Text(
            "Any of insolvent, gone, enforcement ended; disputed, plan kept, claim open, related.",
            "可有：破产、失联、终结执行；争议、计划履行中、索赔未结、关联方。",
        ),
    ] = (),
    policy: PolicyName = None,
) -> Annotated[
    Table,
    Text(
        "Headings and one row: what to propose, why, and what speaks against; Chinese where a fact is.",
        "标题行与一行：建议金额、依据、障碍；事实以中文书写时为中文。",
    ),
]:
    """Whether to propose a debt for write-off, by the policy's tests: how much, why, and what keeps it."""
    grounds, obstacles = rules.parse_facts(facts)
    found = rules.propose_write_off(
        rules.BadDebt(
            amount,
            due_date,
            last_acknowledged,
            reminders,
            collection_cost,
            expected_recovery,
            grounds,
            obstacles,
        ),
        as_of,
        policy_named(policy).write_off.rules,
    )
    lang = int(any(not fact.isascii() for fact in facts))
    headings: list[Cell] = ["坏账核销金额", "依据", "障碍"] if lang else ["write off", "grounds", "against"]
    nothing, part = ("无", "；") if lang else ("nothing", "; ")
    why = part.join(ground.value[lang] for ground in found.grounds) or nothing
    against = part.join(obstacle.value[lang] for obstacle in found.obstacles) or nothing
    return Table([headings, [found.amount, why, against]])
