"""Trade credit insurance (贸易信用保险)."""

# ruff: noqa: RUF001 - Chinese punctuation
from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from duebook import insurance as rules
from duebook_addin.registry import Category, Example, Text, function


@function(
    "INDEMNITY",
    Category.INSURANCE,
    "信用保险赔款：限额以内的损失乘赔付比例，再减免赔额与首损。",
    keywords=Text("claim, bad debt", "理赔、坏账"),
    examples=[
        Example((500000, 300000, 0.9), 270000),
        Example(([500000, 100000], 300000, 0.9, 10000), [260000, 80000]),
        Example((500000, 300000, 0.9, 0, 50000, None, "first loss, percentage, deductible"), 225000),
    ],
)
def indemnity(  # noqa: PLR0913, PLR0917 - the catalogue's own parameters
    debt: Annotated[
        Decimal,
        Text("The debt that was lost, without what is disputed.", "损失的债权，不含争议金额。"),
    ],
    limit: Annotated[Decimal, Text("The limit valid at shipment.", "出运时有效的信用限额。")],
    insured_pct: Annotated[Decimal, Text("The insured percentage, 0.9 for 90%.", "赔付比例，90% 写作 0.9。")],
    deductible: Annotated[
        Decimal, Text("Taken off each claim. Left out: 0.", "每次免赔额；省略为 0。")
    ] = Decimal(0),
    first_loss: Annotated[
        Decimal,
        Text("What is left of the aggregate first loss. Left out: 0.", "剩余的累计首损；省略为 0。"),
    ] = Decimal(0),
    max_liability: Annotated[
        Decimal | None,
        Text(
            "What is left of the maximum liability. Left out: no maximum.",
            "剩余的最高赔偿限额；省略为不限。",
        ),
    ] = None,
    order: Annotated[
        str,
        Text(
            "The order of deductions. Left out: percentage, deductible, first loss.",
            "扣减顺序：percentage 赔付比例、deductible 免赔额、first loss 首损；省略即此顺序。",
        ),
    ] = "percentage, deductible, first loss",
) -> Annotated[
    Decimal, Text("What the insurer pays, unrounded, 0 or more.", "保险人赔付金额，不取整，不为负。")
]:
    """What the credit insurer pays for a debt: within the limit, by percentage, less deductions."""
    return rules.indemnity(
        debt,
        limit,
        insured_pct,
        deductible=deductible,
        first_loss=first_loss,
        max_liability=max_liability,
        order=rules.parse_order(order),
    ).paid
