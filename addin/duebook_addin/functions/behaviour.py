"""Payment behaviour (付款行为): average days late and the index of it."""

# ruff: noqa: RUF001 - Chinese punctuation
from __future__ import annotations

from datetime import date  # noqa: TC003 - the registry reads the annotations at run time
from decimal import Decimal
from typing import Annotated

from duebook.behaviour import average_days_late, pay_index
from duebook.errors import NoAnswerError
from duebook_addin.book import PolicyName, policy_named
from duebook_addin.registry import Category, Column, Example, Text, function


@function(
    "AVGDAYSLATE",
    Category.BEHAVIOUR,
    "加权平均逾期天数：按金额加权，提前付款计为负。",
    keywords=Text("overdue, payment delay", "拖欠、平均逾期"),
    examples=[
        Example((["2026-01-31", "2026-02-28"], ["2026-02-10", "2026-02-18"], [300, 100]), 5),
        Example((["2026-01-31", "2026-02-28"], ["2026-02-10", None], [300, 100]), 10),
    ],
)
def avgdayslate(
    due_date: Annotated[
        Column[date | None],
        Text("When each payment was due; a row without it is left out.", "各笔付款的到期日；为空的行不计。"),
    ],
    paid_date: Annotated[
        Column[date | None],
        Text(
            "When it was paid; a row without it is not paid yet and left out.",
            "付款日期；为空即未付，该行不计。",
        ),
    ],
    amount: Annotated[Column[Decimal | None], Text("What was paid: the weight.", "付款金额，即权数。")],
) -> Annotated[float, Text("Days, negative for early, unrounded.", "天数，提前为负，不取整。")]:
    """Average days late, weighted by amount; early payment counts negative."""
    for due, paid, weight in zip(due_date, paid_date, amount, strict=True):
        if due and paid and weight is None:
            raise NoAnswerError(f"amount: the row due {due} and paid {paid} has none; a number is needed.")
    return float(average_days_late(due_date, paid_date, [weight or Decimal(0) for weight in amount]))


@function(
    "PAYINDEX",
    Category.BEHAVIOUR,
    "付款指数 0 至 100：越高越准时，按信用政策的锚点线性插值。",
    keywords=Text("overdue, paydex, payment record", "付款记录"),
    examples=[
        Example((0,), 80),
        Example(([-30, 15, 45, 400],), [100, 70, 45, 0]),
    ],
)
def payindex(
    days_late: Annotated[
        Decimal,
        Text("Average days late, such as of AVGDAYSLATE; negative is early.", "平均逾期天数，提前为负。"),
    ],
    policy: PolicyName = None,
) -> Annotated[float, Text("Points, 0 to 100, unrounded.", "分数，0 至 100，不取整。")]:
    """Payment index from 0 to 100: higher is more punctual, linear between the anchors of the policy."""
    return float(pay_index(days_late, policy_named(policy).pay_index.anchors))
